/* The forms in which people have blocks with their witnesses, made into the one that block_file.c reads:
 *
 *     Ashlar                     {"block": RLP, "witness": {"state", "codes", "headers"}, "chainId"}
 *     JSON-RPC                   "block" as eth_getBlockBy… gives it, "witness" as debug_executionWitness
 *                                does: geth (headers as objects), reth, older ones (state and codes as
 *                                maps); each maybe in its envelope
 *     reth's StatelessInput      {"block": {"header", "body"}, "witness", "chain_config"}
 *     keth's ZKPI                {"blocks": [{"header", "transaction", …}], "witness": {…, "ancestors"},
 *                                "chainConfig"}
 *     sbv's BlockWitness         {"chain_id", "header", "transactions", "prev_state_root", "states", "codes",
 *                                "block_hashes"}
 *     Nethermind's for ZisK      binary: chain id, block, codes, headers, keys, state
 *
 * Where transactions are tagged by their kind, with the signature beside, as serde writes them, they are
 * taken apart. What comes out is believed as little as any file: the header's hash, the roots and the witness'
 * hashes are checked later. */
#ifndef ASHLAR_CLI_BLOCK_FORMATS_H
#define ASHLAR_CLI_BLOCK_FORMATS_H

#include "base/arena.h"
#include "base/types.h"
#include "chain/chain.h"

#include <jansson.h>

/* The file in Ashlar's form. Owned: json_decref. *format says which it was of; static. EXIT_FINE; EXIT_INPUT
 * or EXIT_UNSUPPORTED with a line, the latter for a form that is known but not read. */
int block_formats_own(json_t **own, const char **format, arena *memory, json_t *file, const char *path);

/* A witness as a node gives it: "state", "codes" and "headers" as arrays of hex, headers ascending. Owned.
 * NULL, and *wrong says why, where it is none. */
json_t *block_formats_witness(const char **wrong, arena *memory, const json_t *witness);

/* The data as a "0x" string. Owned. */
json_t *block_formats_hex(bytes data);

/* Nethermind's binary form; false where the data is not of it from the first byte to the last. */
bool block_formats_binary(chain_input *input, uint64_t *chain_id, arena *memory, bytes data);

/* Why binary data of a form that is known is not read; static. NULL where it is of none. */
const char *block_formats_binary_unsupported(bytes data);

#endif
