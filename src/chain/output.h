/* What a proof of a block's execution makes public. */
#ifndef ASHLAR_CHAIN_OUTPUT_H
#define ASHLAR_CHAIN_OUTPUT_H

#include "abi/block_output.h"
#include "chain/chain.h"

void chain_output(block_output *output, const chain_config *config, const chain_result *result);

#endif
