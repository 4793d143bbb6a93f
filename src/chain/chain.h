/* Stateless execution of a block: the heart of the node and of the proof.
 * Everything is checked against the header; nothing in the input is believed beyond its hash. */
#ifndef ASHLAR_CHAIN_CHAIN_H
#define ASHLAR_CHAIN_CHAIN_H

#include "base/arena.h"
#include "base/status.h"
#include "base/types.h"
#include "base/u256.h"
#include "chain/config.h"
#include "chain/transaction.h"
#include "state/state.h"

/* A block and all that is needed to execute it. Borrowed bytes throughout. Ancestors come as `headers`
 * (RLP, ascending, the last one is the parent), which prove the pre-state root and as many ancestor hashes
 * as they are, and one more before Amsterdam (EIP-8025). Without headers `pre_state_root` is taken as claimed. BLOCKHASH beyond what
 * headers prove is answered from `block_hashes` (newest first), claims too. Without headers nothing is checked
 * against the parent either: number, timestamp and so fork, gas limit, base fee and blob gas are claims. What
 * rests on a claim does not count as held against its parent. */
typedef struct {
    bytes block; /* RLP of [header, transactions, ommers, withdrawals] */
    const bytes *nodes;
    size_t node_count;
    const bytes *codes;
    size_t code_count;
    bool codes_are_padded; /* WITNESS_CODE_PADDING_BYTES zeros stand behind each */
    const bytes *headers;
    size_t header_count;
    const hash256 *pre_state_root; /* used only without headers; may be NULL with them */
    const hash256 *block_hashes; /* of the parent, its parent, … */
    size_t block_hash_count;
    const address *senders; /* of each transaction, as somebody says: checked (EIP-8025); NULL: nobody does */
} chain_input;

/* What execution yields; all of it computed, none of it copied from a claim that was not checked. */
typedef struct {
    uint64_t number;
    uint64_t timestamp;
    hash256 hash;
    hash256 parent_hash;
    hash256 pre_state_root;
    hash256 state_root;
    hash256 receipts_root;
    uint8_t logs_bloom[256];
    uint64_t gas_used;
    /* It follows its parent, and nothing that execution asked of ancestors was taken from a claim. */
    bool held_against_parent;
    bool follows_parent; /* its header was held against its parent's, which was at hand */
    size_t transaction_count;
} chain_result;

/* Where and why a block is refused, for people: "transaction 3". */
typedef struct {
    size_t transaction_index; /* SIZE_MAX where no transaction is to blame */
    unsigned precompile; /* the number of the one that is not supported, for UNSUPPORTED_PRECOMPILE; else 0 */
    state_missing_item missing; /* for WITNESS_INCOMPLETE and WITNESS_CODE_MISSING */
    uint64_t missing_header; /* for WITNESS_HEADER_MISSING: of the block of this number */
} chain_fault;

/* status_message, but that it names the precompile which is not supported; static. */
const char *chain_fault_message(status why, const chain_fault *fault);

/* Executes one block. OK, or why the block is invalid (statuses of exit code 1), or what is missing or
 * malformed (3), or unsupported (4). `fault` and `result` are filled as far as execution got. */
status chain_execute(chain_result *result, chain_fault *fault, arena *memory, const chain_config *config,
                     const chain_input *input);

/* The same for those who keep the state, maybe in a database (witness_set_lookup), and for blocks of proof of
 * work too, from Frontier on, which chain_execute, and so a proof, refuses with UNSUPPORTED_FORK. `node_sink` gets
 * every trie node by which the state after the block differs from the one before (only a block that turns out valid is
 * to be kept), and some of states between. */
typedef struct {
    witness *known; /* if any: in place of the input's nodes and codes */
    trie_node_sink node_sink, code_sink; /* new nodes, and codes of new contracts; may be NULL */
    void *context;
    /* Before Paris: the blocks (RLP) of which the headers are, the parent first, at least 5 of them or all. NULL:
     * whether one of them has named an ommer of the block before is not checked. */
    const bytes *ancestors;
    /* Before Paris: whether a header's seal is right (chain/ethash.h); NULL: seals are not checked. */
    bool (*seal_holds)(void *context, bytes header);
    const bytes *receipts; /* out, as the receipts trie takes them; in the arena */
    size_t receipt_count;
    const transaction_origin *origins; /* out, of each receipt's transaction */
    size_t headers_used; /* out: of the newest ones so many were asked for, the parent's in any case */
    bytes access_list; /* out: EIP-7928's, from Amsterdam on; in the arena */
} chain_keeper;
status chain_execute_on(chain_result *result, chain_fault *fault, arena *memory, const chain_config *config,
                        const chain_input *input, chain_keeper *keeper);

#endif
