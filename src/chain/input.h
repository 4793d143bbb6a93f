/* The guest program's input (abi/block_input.h): what chain_execute takes, as bytes and back. */
#ifndef ASHLAR_CHAIN_INPUT_H
#define ASHLAR_CHAIN_INPUT_H

#include "base/arena.h"
#include "base/status.h"
#include "chain/chain.h"
#include "chain/config.h"

/* The bytes, 8-byte aligned, in the arena. A pre-state root is written only where there are no headers, since
 * with them it means nothing. */
bytes chain_input_write(arena *memory, const chain_config *config, const chain_input *input);

/* Parses in place: everything points into `data`, which stays with the caller, but for the arrays of runs,
 * which lie in the arena. Every length and count is held against what is left. INPUT_MALFORMED. */
status chain_input_parse(chain_config *config, chain_input *input, arena *memory, bytes data);

/* What may stand before the blocks of an input, BLOCK_INPUT_RECEIPTS_BYTES; taking it gives zero where it does not. */
void chain_input_write_receipts(uint8_t *out, const hash256 *receipts_before);
void chain_input_take_receipts(hash256 *receipts_before, bytes *left);

/* Takes the first block's input off what is left of several, without looking into it. INPUT_MALFORMED. */
status chain_input_take(bytes *one, bytes *left);

#endif
