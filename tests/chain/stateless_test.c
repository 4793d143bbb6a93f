/* EIP-8025: witnesses that are complete and some that are not, and stateless inputs that were tampered
 * with. */
#define _GNU_SOURCE
#include "cli/block_program.h"
#include "tests/chain/suite.h"

#include "chain/header.h"
#include "chain/stateless.h"
#include "codec/rlp.h"

/* The collection was made by an earlier draft of EIP-8037 than the one whose rules are here: these blocks
 * pay, for creations that fail, authorizations and transactions that revert, other gas than bal@v5.7.0 has
 * it. What their witnesses are must hold all the same: cases_of_other_gas. */
static const char *const other_gas[] = {
    "witness_codes_redelegation_old_marker_included", "witness_codes_reset_delegation",
    "witness_codes_reverted_transaction", "witness_codes_failed_create_includes_factory",
    "witness_codes_reverted_create_same_hash", "witness_codes_create_then_selfdestruct_same_tx",
    "validation_codes_missing_redelegation_old_marker",
};

static bool same_gas(void *unused, const char *id)
{
    (void)unused;
    for (size_t i = 0; i < sizeof other_gas / sizeof other_gas[0]; i++)
        if (strstr(id, other_gas[i]) != NULL)
            return false;
    return true;
}

static void blockchain_tests_zkevm(void **unused)
{
    (void)unused;
    if (fixture_root() == NULL)
        skip();
    fixture_options options = {.wants = same_gas, .guest = true, .program = block_program_elf(),
                               .stateless_program = stateless_program_elf()};
    fixture_tally tally = run_suite("blockchain_tests_zkevm", blocktest_file, &options);
    printf("  %llu passed, %llu failed; %llu runs of the guest\n", (unsigned long long)tally.passed,
           (unsigned long long)tally.failed, (unsigned long long)tally.guest_runs);
    assert_int_equal(tally.failed, 0);
    if (tally.passed == 0)
        skip();
}

/* ---- the cases of other gas ---- */

typedef struct {
    size_t blocks, refused;
} rebuilt_tally;

static bool holds_all(const bytes *items, size_t count, const bytes *others, size_t other_count)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < other_count; k++)
            if (items[i].size == others[k].size &&
                memcmp(items[i].data, others[k].data, items[i].size) == 0) {
                found++;
                break;
            }
    return found == count;
}

/* The transactions of a block, as its trie has them. */
static bytes *transactions_of(arena *memory, size_t *count, block_choices *choices, bytes block)
{
    bytes body, list;
    rlp_item item;
    block_header header;
    assert_int_equal(rlp_list(&body, &block), OK);
    assert_int_equal(rlp_decode(&item, &body), OK);
    assert_int_equal(header_decode(&header, item.encoding), OK);
    choices->coinbase = header.coinbase;
    choices->timestamp = header.timestamp;
    choices->gas_limit = header.gas_limit;
    choices->prev_randao = header.mix_hash;
    choices->parent_beacon_block_root = header.parent_beacon_block_root;
    choices->extra_data = header.extra_data;
    assert_int_equal(header.slot_number, 0); /* a built block has none */
    assert_int_equal(rlp_list(&list, &body), OK);
    assert_int_equal(rlp_count(count, list), OK);
    bytes *items = ARENA_NEW(memory, bytes, *count);
    for (size_t i = 0; i < *count; i++) {
        assert_int_equal(rlp_decode(&item, &list), OK);
        items[i] = item.is_list ? item.encoding : item.payload;
    }
    return items;
}

/* The same transactions as a block that has the gas of the rules here: what its execution reads must be the
 * test's witness, which with this block must come to the test's verdict. */
static void rebuild(rebuilt_tally *tally, arena *memory, const char *name, const json_t *test)
{
    fixture_reader r = {.memory = memory};
    chain_genesis genesis = suite_genesis(&r, test);
    const json_t *blocks = json_object_get(test, "blocks"), *block = json_array_get(blocks, 0);
    assert_int_equal(json_array_size(blocks), 1);
    const json_t *witness = json_object_get(block, "executionWitness");
    bytes output = fixture_bytes(&r, block, "statelessOutputBytes");
    stateless_result right;
    assert_int_equal(stateless_result_read(&right, output), OK);
    block_choices choices = block_choices_default(&genesis);
    size_t count;
    bytes *transactions = transactions_of(memory, &count, &choices, fixture_bytes(&r, block, "rlp"));
    built_block built;
    chain_fault fault;
    assert_int_equal(chain_build(&built, &fault, memory, &genesis, &choices, transactions, count), OK);

    chain_input input = built.input;
    const json_t *state = json_object_get(witness, "state"), *listed = json_object_get(witness, "codes");
    const json_t *ancestors = json_object_get(witness, "headers");
    bytes *nodes = fixture_bytes_list(&r, &input.node_count, state, "state"),
          *codes = fixture_bytes_list(&r, &input.code_count, listed, "codes"),
          *headers = fixture_bytes_list(&r, &input.header_count, ancestors, "headers");
    assert_null(r.malformed);
    input.nodes = nodes;
    input.codes = codes;
    input.headers = headers;
    if (right.successful_validation &&
        (!holds_all(built.input.nodes, built.input.node_count, nodes, input.node_count) ||
         !holds_all(built.input.codes, built.input.code_count, codes, input.code_count) ||
         built.input.node_count != input.node_count || built.input.code_count != input.code_count))
        fail_msg("%s: execution reads %zu nodes and %zu codes, not the %zu and %zu of the witness", name,
                 built.input.node_count, built.input.code_count, input.node_count, input.code_count);
    chain_result result;
    status outcome = chain_execute(&result, &fault, memory, &genesis.config, &input);
    if (right.successful_validation ? outcome != OK : status_exit_code(outcome) != 3)
        fail_msg("%s: %s", name, status_name(outcome));
    tally->blocks++;
    tally->refused += outcome != OK;
}

static void cases_of_other_gas(void **unused)
{
    (void)unused;
    if (fixture_root() == NULL)
        skip();
    arena memory;
    rebuilt_tally tally = {0};
    arena_open(&memory, (size_t)4 << 30);
    fixture_files files = list_files(fixture_root(), "blockchain_tests_zkevm");
    for (size_t i = 0; i < files.count; i++) {
        json_t *tests = load_json(files.paths[i]), *test;
        const char *name;
        json_object_foreach(tests, name, test)
            if (!same_gas(NULL, name)) {
                rebuild(&tally, &memory, name, test);
                arena_rewind(&memory, 0);
            }
        json_decref(tests);
    }
    fixture_files_free(&files);
    arena_close(&memory);
    printf("  %zu blocks rebuilt, %zu of them refused for their witness\n", tally.blocks, tally.refused);
    if (tally.blocks == 0)
        skip();
}

/* An input of the fixtures whose payload is valid. */
static bool find_input(arena *memory, bytes *input)
{
    fixture_files files = list_files(fixture_root(), "blockchain_tests_zkevm");
    bool found = false;
    for (size_t i = 0; i < files.count && !found; i++) {
        if (strstr(files.paths[i], "witness_headers") == NULL)
            continue;
        json_t *tests = json_load_file(files.paths[i], 0, NULL), *test;
        const char *name;
        json_object_foreach(tests, name, test) {
            fixture_reader r = {.memory = memory};
            json_t *block = json_array_get(json_object_get(test, "blocks"), 0);
            if (found || json_object_get(block, "statelessInputBytes") == NULL)
                continue;
            *input = fixture_bytes(&r, block, "statelessInputBytes");
            found = r.malformed == NULL;
        }
        json_decref(tests);
    }
    fixture_files_free(&files);
    return found;
}

static bool validates(arena *memory, bytes data, stateless_result *result)
{
    size_t mark = memory->used_bytes;
    stateless_validate(result, memory, data);
    arena_rewind(memory, mark);
    return result->successful_validation;
}

static void tampered_inputs(void **unused)
{
    (void)unused;
    arena memory;
    bytes input = {NULL, 0};
    arena_open(&memory, (size_t)4 << 30);
    if (fixture_root() == NULL || !find_input(&memory, &input)) {
        arena_close(&memory);
        skip();
    }
    stateless_result right, result, again;
    assert_true(validates(&memory, input, &right));
    uint8_t encoding[STATELESS_RESULT_BYTES];
    size_t written = stateless_result_write(encoding, &right);
    assert_int_equal(written, STATELESS_RESULT_BYTES_OF_TESTS);
    assert_int_equal(stateless_result_read(&again, (bytes){encoding, written}), OK);
    assert_memory_equal(&again.new_payload_request_root, &right.new_payload_request_root, 32);
    encoding[32] = 2;
    assert_int_equal(stateless_result_read(&again, (bytes){encoding, written}), INPUT_MALFORMED);
    assert_int_equal(stateless_result_read(&again, (bytes){encoding, written - 1}), INPUT_MALFORMED);
    assert_int_equal(stateless_result_read(&again, (bytes){encoding, written + 1}), INPUT_MALFORMED);

    uint8_t *copy = arena_allocate(&memory, input.size + 1, 8);
    memcpy(copy, input.data, input.size);
    copy[input.size] = 0;
    assert_false(validates(&memory, (bytes){copy, input.size + 1}, &result));
    for (size_t size = 0; size < input.size; size += 1 + size / 16)
        assert_false(validates(&memory, (bytes){input.data, size}, &result));
    /* Every byte of the fixed parts, and some of all others; but the chain id, which a block without
     * transactions does not depend on, and then the result says another one. */
    for (size_t at = 0; at < input.size; at += at < 640 ? 1 : 7) {
        copy[at] ^= (uint8_t)(1 + at % 255);
        bool valid = validates(&memory, (bytes){copy, input.size}, &result);
        copy[at] = input.data[at];
        if (valid)
            assert_true(result.chain_id != right.chain_id);
    }
    arena_close(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(blockchain_tests_zkevm),
                                       cmocka_unit_test(cases_of_other_gas),
                                       cmocka_unit_test(tampered_inputs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
