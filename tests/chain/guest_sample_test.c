/* Of all state and blockchain tests those 2,000 whose names hash to the smallest numbers, in the guest too,
 * which must come to the same. `make test-all` takes every one. */
#define _GNU_SOURCE
#include "cli/block_program.h"
#include "tests/chain/suite.h"

#include "crypto/keccak.h"

enum { SAMPLE = 2000 };

/* Keeps the smallest hashes seen, the greatest of them at the end. */
static struct {
    uint64_t hashes[SAMPLE];
    size_t count, seen;
} sample;

static uint64_t hash_of(const char *id)
{
    hash256 hash;
    uint64_t first;
    keccak256(&hash, (const uint8_t *)id, strlen(id));
    memcpy(&first, hash.bytes, sizeof first);
    return first;
}

static bool note(void *unused, const char *id)
{
    (void)unused;
    uint64_t hash = hash_of(id);
    sample.seen++;
    size_t at = sample.count;
    while (at > 0 && sample.hashes[at - 1] > hash)
        at--;
    if (at == SAMPLE)
        return false;
    size_t moved = (sample.count < SAMPLE ? sample.count : SAMPLE - 1) - at;
    memmove(&sample.hashes[at + 1], &sample.hashes[at], moved * sizeof sample.hashes[0]);
    sample.hashes[at] = hash;
    sample.count += sample.count < SAMPLE;
    return false;
}

static bool is_in_sample(void *unused, const char *id)
{
    (void)unused;
    return hash_of(id) <= sample.hashes[sample.count - 1];
}

static const struct {
    const char *folder;
    fixture_runner runner;
} suites[] = {
    {"state_tests", statetest_file},
    {"state_tests_legacy", statetest_file},
    {"blockchain_tests", blocktest_file},
    {"blockchain_tests_legacy", blocktest_file},
    {"blockchain_tests_amsterdam", blocktest_file},
};

static void guest_agrees_on_a_sample(void **unused)
{
    (void)unused;
    if (fixture_root() == NULL)
        skip();
    uint64_t passed = 0, failed = 0;
    fixture_options options = {.wants = note};
    for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++)
        (void)run_suite(suites[i].folder, suites[i].runner, &options);
    options = (fixture_options){.guest = true, .program = block_program_elf(),
                                .stateless_program = stateless_program_elf(), .wants = is_in_sample};
    for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++) {
        fixture_tally tally = run_suite(suites[i].folder, suites[i].runner, &options);
        printf("  %s: %llu passed, %llu failed; %llu runs of the guest, %llu million cycles, at most %llu "
               "million\n",
               suites[i].folder, (unsigned long long)tally.passed, (unsigned long long)tally.failed,
               (unsigned long long)tally.guest_runs, (unsigned long long)tally.guest_cycles / 1000000,
               (unsigned long long)tally.guest_cycles_most / 1000000);
        passed += tally.passed;
        failed += tally.failed;
    }
    printf("  %llu of %zu cases\n", (unsigned long long)(passed + failed), sample.seen);
    assert_int_equal(failed, 0);
    assert_int_equal(passed, sample.seen < SAMPLE ? sample.seen : SAMPLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(guest_agrees_on_a_sample)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
