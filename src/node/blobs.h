/* What blob transactions carry with them: blobs, commitments, proofs (EIP-4844; EIP-7594 from Osaka on). */
#ifndef ASHLAR_NODE_BLOBS_H
#define ASHLAR_NODE_BLOBS_H

#include "base/arena.h"
#include "base/status.h"
#include "base/types.h"
#include "chain/transaction.h"
#include "evm/fork.h"

/* The transaction as it stands in a block, from how it travels; the same where nothing is around it. In the
 * arena. RLP_MALFORMED. */
status blobs_strip(bytes *plain, arena *memory, bytes network);

/* That everything belongs together: as many blobs, commitments and proofs as the transaction names, hashes of
 * the commitments, and the proofs hold. Before Osaka a proof for each blob, from then on one for each of its
 * 128 cells. RLP_MALFORMED, TRANSACTION_SIDECAR_MISSING, TRANSACTION_SIDECAR_VERSION (proofs of the other
 * kind), TRANSACTION_SIDECAR_INVALID. */
status blobs_verify(const transaction *tx, bytes network, fork_id fork);

#endif
