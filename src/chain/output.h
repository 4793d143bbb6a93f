/* What a proof of the execution of one or more blocks makes public. */
#ifndef ASHLAR_CHAIN_OUTPUT_H
#define ASHLAR_CHAIN_OUTPUT_H

#include "abi/block_output.h"
#include "chain/chain.h"

/* Of one block; receipts_before NULL: zero. */
void chain_output(block_output *output, const hash256 *receipts_before, const chain_config *config,
                  const chain_result *result);

/* Adds the next block. BLOCKS_BROKEN: it does not follow the last one, or the state before it is not the one
 * after that; BLOCKS_CONFIG_DIFFERS: it was executed by other rules; WITNESS_HEADER_MISSING: its parent's
 * header was not at hand, so that it was not held against it. */
status chain_output_append(block_output *output, const chain_config *config, const chain_result *result);

/* The receipts so far, with the next block's root: of receipts_before comes receipts_after. */
void chain_output_fold(hash256 *receipts, const hash256 *next_root);

/* Executes all blocks of a guest's input (abi/block_input.h) and gives what they make public together. The
 * arena is rewound between them. Besides the statuses of chain_execute and chain_output_append:
 * INPUT_MALFORMED. */
status chain_execute_blocks(block_output *output, arena *memory, bytes input);

#endif
