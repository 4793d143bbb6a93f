/* EIP-8025: witnesses that are complete and some that are not, and stateless inputs that were tampered
 * with. */
#define _GNU_SOURCE
#include "cli/block_program.h"
#include "tests/chain/suite.h"

#include "chain/header.h"
#include "chain/stateless.h"
#include "codec/rlp.h"

/* Cases that were filled for other gas than that of the rules here (conformance/earlier_gas.h): these and no
 * others are counted apart. */
static const char *const other_gas[] = {
    "witness_codes_redelegation_old_marker_included", "witness_codes_reset_delegation",
    "witness_codes_reverted_transaction", "witness_codes_failed_create_includes_factory",
    "witness_codes_reverted_create_same_hash", "witness_codes_create_then_selfdestruct_same_tx",
    "validation_codes_missing_redelegation_old_marker",
};

static bool has_same_gas(const char *id)
{
    for (size_t i = 0; i < sizeof other_gas / sizeof other_gas[0]; i++)
        if (strstr(id, other_gas[i]) != NULL)
            return false;
    return true;
}

static bool wants_gas(void *is_same, const char *id) { return has_same_gas(id) == *(const bool *)is_same; }

static fixture_tally run_by_gas(bool is_same)
{
    fixture_options options = {.wants = wants_gas, .wants_context = &is_same, .guest = true,
                               .program = block_program_elf(), .stateless_program = stateless_program_elf()};
    fixture_tally tally = run_suite("blockchain_tests_zkevm", blocktest_file, &options);
    printf("  %llu passed, %llu failed, %llu apart; %llu runs of the guest\n",
           (unsigned long long)tally.passed, (unsigned long long)tally.failed,
           (unsigned long long)tally.unsupported, (unsigned long long)tally.guest_runs);
    return tally;
}

static void blockchain_tests_zkevm(void **unused)
{
    (void)unused;
    if (fixture_root() == NULL)
        skip();
    fixture_tally tally = run_by_gas(true);
    assert_int_equal(tally.failed + tally.unsupported, 0);
    if (tally.passed == 0)
        skip();
}

static void cases_of_other_gas(void **unused)
{
    (void)unused;
    if (fixture_root() == NULL)
        skip();
    fixture_tally tally = run_by_gas(false);
    assert_int_equal(tally.failed + tally.passed, 0);
    if (tally.unsupported == 0)
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
