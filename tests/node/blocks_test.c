/* Several blocks in one run of the guest program: what it makes public of a chain, and that nothing but a
 * chain comes through. The blocks are a development node's. */
#define _GNU_SOURCE
#include "tests/chain/guest.h"

#include "abi/block_input.h"
#include "chain/header.h"
#include "codec/rlp.h"
#include "node/node.h"

enum { BLOCKS = 3 };
static arena memory;
static const chain_config *config;
static bytes inputs[BLOCKS]; /* of blocks 1, 2, 3 */
static chain_input blocks[BLOCKS];
static chain_result results[BLOCKS];
static hash256 genesis_root;

static void transfer(node *n, uint64_t nonce)
{
    store_call call = {.from = *node_account(n, 0), .to = {{0xaa}}, .value = {{7}}, .has_gas = true,
                       .gas = 21000, .has_nonce = true, .nonce = nonce};
    bytes encoding;
    hash256 hash;
    assert_int_equal(node_sign_call(n, &encoding, &memory, &call), OK);
    assert_int_equal(node_submit(n, &hash, encoding), OK);
}

static bytes copy(bytes b)
{
    uint8_t *data = arena_allocate(&memory, b.size, 8);
    memcpy(data, b.data, b.size);
    return (bytes){data, b.size};
}

/* Empty, a transfer, two. */
static int make_blocks(void **state)
{
    (void)state;
    arena_open(&memory, STORE_VIEW_ARENA_BYTES);
    node *n;
    store_view *v;
    assert_int_equal(node_open(&n, &(node_options){.is_development = true, .seals = true}), OK);
    static chain_config kept;
    kept = *node_config(n);
    config = &kept;
    for (uint64_t i = 0, nonce = 0; i < BLOCKS; i++) {
        for (uint64_t k = 0; k < i; k++)
            transfer(n, nonce++);
        assert_int_equal(node_seal(n, NULL), OK);
    }
    assert_int_equal(node_view_open(&v, &memory, n), OK);
    for (uint64_t i = 0; i < BLOCKS; i++) {
        store_block block;
        chain_fault fault;
        chain_config read;
        assert_int_equal(store_block_by_number(v, &block, i + 1), OK);
        assert_int_equal(block.transaction_count, i);
        assert_int_equal(store_witness(v, &blocks[i], &block), OK);
        inputs[i] = copy(chain_input_write(&memory, config, &blocks[i]));
        assert_int_equal(chain_input_parse(&read, &blocks[i], &memory, inputs[i]), OK);
        assert_int_equal(chain_execute(&results[i], &fault, &memory, config, &blocks[i]), OK);
    }
    genesis_root = results[0].pre_state_root;
    store_view_close(v);
    node_close(n);
    return load_program() ? 0 : 1;
}

static bytes join(const bytes *parts, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += parts[i].size;
    uint8_t *all = arena_allocate(&memory, size + 8, 8), *at = all;
    for (size_t i = 0; i < count; at += parts[i++].size)
        memcpy(at, parts[i].data, parts[i].size);
    return (bytes){all, size};
}

/* The outcome, which has to be the same natively and in the guest, the public output too. */
static status run_all(block_output *output, bytes input)
{
    hash256 digest, expected;
    uint64_t cycles;
    status native = chain_execute_blocks(output, &memory, input);
    status guest = run_guest(&digest, &cycles, input);
    if (guest != native)
        fail_msg("guest %s, native %s", status_name(guest), status_name(native));
    if (native == OK) {
        uint8_t encoding[BLOCK_OUTPUT_BYTES];
        block_output_write(encoding, output);
        keccak256(&expected, encoding, sizeof encoding);
        assert_memory_equal(&digest, &expected, 32);
        printf("  blocks %u to %u: %llu cycles\n", (unsigned)output->first_number,
               (unsigned)output->last_number, (unsigned long long)cycles);
    }
    return native;
}

static status run_of(const bytes *parts, size_t count)
{
    block_output output;
    return run_all(&output, join(parts, count));
}

static void a_chain_is_one_output(void **state)
{
    (void)state;
    block_output output, one;
    assert_int_equal(run_all(&output, join(inputs, BLOCKS)), OK);
    assert_int_equal(output.chain_id, 1337);
    assert_int_equal(output.first_number, 1);
    assert_int_equal(output.last_number, 3);
    assert_memory_equal(&output.pre_state_root, &results[0].pre_state_root, 32);
    assert_memory_equal(&output.parent_hash, &results[0].parent_hash, 32);
    assert_memory_equal(&output.post_state_root, &results[2].state_root, 32);
    assert_memory_equal(&output.block_hash, &results[2].hash, 32);
    assert_int_equal(output.timestamp, results[2].timestamp);
    assert_int_equal(output.gas_used, 3 * 21000);
    assert_true(output.held_against_parent);
    hash256 fold = {{0}};
    assert_memory_equal(&output.receipts_before, &fold, 32);
    for (size_t i = 0; i < BLOCKS; i++) {
        uint8_t both[64];
        memcpy(both, fold.bytes, 32);
        memcpy(both + 32, results[i].receipts_root.bytes, 32);
        keccak256(&fold, both, sizeof both);
    }
    assert_memory_equal(&output.receipts_after, &fold, 32);
    /* Alone each is what it always was. */
    for (size_t i = 0; i < BLOCKS; i++) {
        uint64_t cycles;
        assert_guest_agrees(&memory, &cycles, config, &blocks[i], OK, &results[i]);
        chain_output(&one, NULL, config, &results[i]);
        assert_int_equal(one.first_number, one.last_number);
    }
}

/* From block 1 alone to blocks 2 and 3 the receipts go on, so that the two outputs can be joined. */
static void receipts_go_on_from_what_was_before(void **state)
{
    (void)state;
    block_output whole, first, rest;
    assert_int_equal(run_all(&whole, join(inputs, BLOCKS)), OK);
    assert_int_equal(run_all(&first, inputs[0]), OK);
    uint8_t before[BLOCK_INPUT_RECEIPTS_BYTES];
    chain_input_write_receipts(before, &first.receipts_after);
    bytes prefix = {before, sizeof before};
    assert_int_equal(run_all(&rest, join((bytes[]){prefix, inputs[1], inputs[2]}, 3)), OK);
    assert_memory_equal(&rest.receipts_before, &first.receipts_after, 32);
    assert_memory_equal(&rest.receipts_after, &whole.receipts_after, 32);
    /* It stands once, before the first block, and whole. */
    assert_int_equal(run_of((bytes[]){prefix, prefix, inputs[1]}, 3), INPUT_MALFORMED);
    assert_int_equal(run_of((bytes[]){inputs[0], prefix, inputs[1]}, 3), INPUT_MALFORMED);
    assert_int_equal(run_of((bytes[]){prefix}, 1), INPUT_MALFORMED);
    assert_int_equal(run_of((bytes[]){{before, 32}, inputs[1]}, 2), INPUT_MALFORMED);
}

static void what_is_no_chain_is_refused(void **state)
{
    (void)state;
    assert_int_equal(run_of((bytes[]){inputs[1], inputs[2]}, 2), OK);
    assert_int_equal(run_of((bytes[]){inputs[1], inputs[0]}, 2), BLOCKS_BROKEN); /* out of order */
    assert_int_equal(run_of((bytes[]){inputs[0], inputs[2]}, 2), BLOCKS_BROKEN); /* a gap */
    assert_int_equal(run_of((bytes[]){inputs[0], inputs[0]}, 2), BLOCKS_BROKEN); /* twice */
    assert_int_equal(run_of((bytes[]){inputs[0], inputs[1], inputs[1]}, 3), BLOCKS_BROKEN);
    assert_int_equal(run_of(NULL, 0), INPUT_MALFORMED);
}

static void other_rules_are_refused(void **state)
{
    (void)state;
    /* Rules that make no difference to these blocks, but are others. */
    chain_config other = *config;
    other.blob_schedule[0].max_blobs++;
    bytes second = chain_input_write(&memory, &other, &blocks[1]);
    assert_int_equal(run_of(&second, 1), OK);
    assert_int_equal(run_of((bytes[]){inputs[0], second}, 2), BLOCKS_CONFIG_DIFFERS);
}

/* A block by the rules that follows block 1 by its parent hash, but on a state that its witness claims. */
static chain_input block_on_claimed_state(chain_result *result, const hash256 *root)
{
    chain_input lie = blocks[0];
    lie.headers = NULL;
    lie.header_count = 0;
    lie.pre_state_root = root;
    bytes body = blocks[0].block, list, first;
    rlp_item item;
    assert_int_equal(rlp_list(&list, &body), OK);
    assert_int_equal(rlp_decode(&item, &list), OK);
    first = item.encoding;
    block_header header;
    assert_int_equal(header_decode(&header, first), OK);
    header.number = 2;
    header.parent_hash = results[0].hash;
    header.timestamp = results[1].timestamp;
    for (int i = 0; i < 2; i++) { /* the state root that execution comes to is put in */
        chain_fault fault;
        lie.block = block_encode(&memory, header_encode(&memory, &header), NULL, 0, &NO_WITHDRAWALS);
        status s = chain_execute(result, &fault, &memory, config, &lie);
        assert_int_equal(s, i == 0 ? STATE_ROOT_MISMATCH : OK);
        header.state_root = result->state_root;
    }
    return lie;
}

static void a_claimed_state_is_refused(void **state)
{
    (void)state;
    chain_result result;
    chain_input lie = block_on_claimed_state(&result, &genesis_root);
    bytes second = chain_input_write(&memory, config, &lie);
    assert_int_equal(run_of(&second, 1), OK); /* by itself it is fine, and not held against its parent */
    assert_false(result.held_against_parent);
    assert_int_equal(run_of((bytes[]){inputs[0], second}, 2), WITNESS_HEADER_MISSING);

    /* Even if its header had been held against its parent's, the state is not the one after block 1. */
    block_output output;
    chain_output(&output, NULL, config, &results[0]);
    result.follows_parent = true;
    assert_int_equal(chain_output_append(&output, config, &result), BLOCKS_BROKEN);

    /* The right state, claimed: a later block must bring its parent's header all the same. */
    chain_input claimed = blocks[1];
    claimed.headers = NULL;
    claimed.header_count = 0;
    claimed.pre_state_root = &results[0].state_root;
    second = chain_input_write(&memory, config, &claimed);
    assert_int_equal(run_of((bytes[]){inputs[0], second}, 2), WITNESS_HEADER_MISSING);
}

/* One claim is enough: nothing of the run counts as held against its parent. */
static void a_claim_of_the_first_counts_for_all(void **state)
{
    (void)state;
    chain_input claimed = blocks[0];
    claimed.headers = NULL;
    claimed.header_count = 0;
    claimed.pre_state_root = &genesis_root;
    bytes first = chain_input_write(&memory, config, &claimed);
    block_output output;
    assert_int_equal(run_all(&output, join((bytes[]){first, inputs[1], inputs[2]}, 3)), OK);
    assert_false(output.held_against_parent);
    assert_int_equal(output.last_number, 3);
}

static void what_is_cut_or_has_more_is_refused(void **state)
{
    (void)state;
    bytes two = join(inputs, 2);
    for (size_t size = inputs[0].size + 8; size < two.size; size += 8 * 61)
        assert_int_equal(run_of(&(bytes){two.data, size}, 1), INPUT_MALFORMED);
    bytes zeros = {(const uint8_t[64]){0}, 64};
    assert_int_equal(run_of((bytes[]){inputs[0], zeros}, 2), INPUT_MALFORMED);
    assert_int_equal(run_of((bytes[]){inputs[0], {zeros.data, 8}}, 2), INPUT_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_is_one_output),      cmocka_unit_test(receipts_go_on_from_what_was_before),
        cmocka_unit_test(what_is_no_chain_is_refused),
        cmocka_unit_test(other_rules_are_refused),    cmocka_unit_test(a_claimed_state_is_refused),
        cmocka_unit_test(a_claim_of_the_first_counts_for_all),
        cmocka_unit_test(what_is_cut_or_has_more_is_refused),
    };
    return cmocka_run_group_tests(tests, make_blocks, NULL);
}
