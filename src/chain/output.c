#include "chain/output.h"

void chain_output(block_output *output, const chain_config *config, const chain_result *result)
{
    output->chain_id = config->chain_id;
    chain_config_hash(&output->chain_config_hash, config);
    output->pre_state_root = result->pre_state_root;
    output->post_state_root = result->state_root;
    output->parent_hash = result->parent_hash;
    output->block_hash = result->hash;
    output->block_number = result->number;
    output->timestamp = result->timestamp;
    output->gas_used = result->gas_used;
    output->receipts_root = result->receipts_root;
    output->anchored = result->anchored;
}
