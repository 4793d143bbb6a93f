#include "conformance/earlier_gas.h"

#include "chain/header.h"
#include "codec/rlp.h"

#include <string.h>

bool earlier_gas_explains(fixture_reader *r, const json_t *block, status refusal)
{
    if ((refusal != GAS_USED_MISMATCH && refusal != RECEIPTS_ROOT_MISMATCH) ||
        json_object_get(block, "statelessInputBytes") == NULL)
        return false;
    stateless_input input;
    bytes data = fixture_bytes(r, block, "statelessInputBytes");
    return stateless_form_of(data) == STATELESS_READ && stateless_parse(&input, r->memory, data) == OK &&
           input.schema_id == 0;
}

/* The transactions of a block as its trie has them, and what its proposer chose. False where a block that is
 * built cannot be like it. */
static bool take_block(bytes **transactions, size_t *count, block_choices *choices, arena *memory,
                       bytes block)
{
    bytes body, list;
    rlp_item item;
    block_header header;
    if (rlp_list(&body, &block) != OK || rlp_decode(&item, &body) != OK ||
        header_decode(&header, item.encoding) != OK || header.slot_number != 0 ||
        rlp_list(&list, &body) != OK || rlp_count(count, list) != OK)
        return false;
    choices->coinbase = header.coinbase;
    choices->timestamp = header.timestamp;
    choices->gas_limit = header.gas_limit;
    choices->prev_randao = header.mix_hash;
    choices->parent_beacon_block_root = header.parent_beacon_block_root;
    choices->extra_data = header.extra_data;
    *transactions = ARENA_NEW(memory, bytes, *count);
    for (size_t i = 0; i < *count; i++) {
        if (rlp_decode(&item, &list) != OK)
            return false;
        (*transactions)[i] = item.is_list ? item.encoding : item.payload;
    }
    return true;
}

void earlier_gas_judge(fixture_worker *w, const json_t *test)
{
    fixture_reader r = {.memory = &w->memory};
    const json_t *blocks = json_object_get(test, "blocks"), *block = json_array_get(blocks, 0),
                 *witness = json_object_get(block, "executionWitness");
    chain_genesis genesis = fixture_genesis(&r, test);
    bytes encoding = fixture_bytes(&r, block, "rlp"),
          output = fixture_bytes(&r, block, "statelessOutputBytes");
    stateless_result right;
    block_choices choices = block_choices_default(&genesis);
    bytes *transactions;
    size_t count;
    if (r.malformed != NULL || stateless_result_read(&right, output) != OK || json_array_size(blocks) != 1 ||
        !take_block(&transactions, &count, &choices, &w->memory, encoding)) {
        fixture_fail(w, "filled for an earlier EIP-8037, and cannot be built anew");
        return;
    }
    built_block built;
    chain_fault fault;
    status outcome = chain_build(&built, &fault, &w->memory, &genesis, &choices, transactions, count);
    if (outcome != OK) {
        fixture_fail(w, "filled for an earlier EIP-8037; built anew: %s", status_name(outcome));
        return;
    }
    chain_input input = built.input;
    bytes *nodes, *codes, *headers;
    nodes = fixture_bytes_list(&r, &input.node_count, json_object_get(witness, "state"), "state");
    codes = fixture_bytes_list(&r, &input.code_count, json_object_get(witness, "codes"), "codes");
    headers = fixture_bytes_list(&r, &input.header_count, json_object_get(witness, "headers"), "headers");
    input.nodes = nodes;
    input.codes = codes;
    input.headers = headers;
    if (r.malformed != NULL) {
        fixture_fail(w, "the test is malformed at \"%s\"", r.malformed);
        return;
    }
    if (right.successful_validation &&
        (!fixture_same_items(built.input.nodes, built.input.node_count, nodes, input.node_count) ||
         !fixture_same_items(built.input.codes, built.input.code_count, codes, input.code_count)))
        fixture_fail(w,
                     "built anew, execution reads %zu nodes and %zu codes, not the %zu and %zu of the "
                     "witness",
                     built.input.node_count, built.input.code_count, input.node_count, input.code_count);
    chain_result result;
    outcome = chain_execute(&result, &fault, &w->scratch, &genesis.config, &input);
    arena_rewind(&w->scratch, 0);
    if (right.successful_validation ? outcome != OK : status_exit_code(outcome) != 3)
        fixture_fail(w, "built anew, from its own witness: expected it %s, got %s",
                     right.successful_validation ? "valid" : "incomplete", status_name(outcome));
    if (w->options->guest)
        fixture_compare_guest(w, &genesis.config, &input, outcome, &result);
    fixture_unsupported(w, "was filled for the gas of an earlier EIP-8037 (zkevm@v0.3.3); with the gas of "
                           "now its witness and verdict hold");
}
