#include "chain/output.h"

#include "base/check.h"
#include "base/memory.h"
#include "chain/input.h"
#include "crypto/keccak.h"

static bool same_hash(const hash256 *a, const hash256 *b) { return memcmp(a->bytes, b->bytes, 32) == 0; }

void chain_output_fold(hash256 *receipts, const hash256 *next_root)
{
    uint8_t both[64];
    memcpy(both, receipts->bytes, 32);
    memcpy(both + 32, next_root->bytes, 32);
    keccak256(receipts, both, sizeof both);
}

void chain_output(block_output *output, const hash256 *receipts_before, const chain_config *config,
                  const chain_result *result)
{
    output->chain_id = config->chain_id;
    chain_config_hash(&output->chain_config_hash, config);
    output->pre_state_root = result->pre_state_root;
    output->post_state_root = result->state_root;
    output->parent_hash = result->parent_hash;
    output->block_hash = result->hash;
    output->first_number = result->number;
    output->last_number = result->number;
    output->timestamp = result->timestamp;
    output->gas_used = result->gas_used;
    if (receipts_before != NULL)
        output->receipts_before = *receipts_before;
    else
        memset(&output->receipts_before, 0, sizeof output->receipts_before);
    output->receipts_after = output->receipts_before;
    chain_output_fold(&output->receipts_after, &result->receipts_root);
    output->held_against_parent = result->held_against_parent;
}

status chain_output_append(block_output *output, const chain_config *config, const chain_result *result)
{
    block_output next;
    chain_output(&next, &output->receipts_after, config, result);
    if (!result->follows_parent)
        return WITNESS_HEADER_MISSING;
    if (!same_hash(&next.parent_hash, &output->block_hash) ||
        !same_hash(&next.pre_state_root, &output->post_state_root))
        return BLOCKS_BROKEN;
    if (!same_hash(&next.chain_config_hash, &output->chain_config_hash))
        return BLOCKS_CONFIG_DIFFERS;
    CHECK(next.last_number == output->last_number + 1); /* the header was held against its parent's */
    output->post_state_root = next.post_state_root;
    output->block_hash = next.block_hash;
    output->last_number = next.last_number;
    output->timestamp = next.timestamp;
    CHECK(!__builtin_add_overflow(output->gas_used, next.gas_used, &output->gas_used));
    output->receipts_after = next.receipts_after;
    output->held_against_parent = output->held_against_parent && next.held_against_parent;
    return OK;
}

status chain_execute_blocks(block_output *output, arena *memory, bytes input)
{
    size_t mark = memory->used_bytes;
    bool is_first = true;
    hash256 receipts_before;
    chain_input_take_receipts(&receipts_before, &input);
    do {
        bytes one;
        chain_config config;
        chain_input block;
        chain_result result;
        chain_fault fault;
        arena_rewind(memory, mark);
        TRY(chain_input_take(&one, &input));
        TRY(chain_input_parse(&config, &block, memory, one));
        TRY(chain_execute(&result, &fault, memory, &config, &block));
        if (is_first)
            chain_output(output, &receipts_before, &config, &result);
        else
            TRY(chain_output_append(output, &config, &result));
        is_first = false;
    } while (input.size > 0);
    return OK;
}
