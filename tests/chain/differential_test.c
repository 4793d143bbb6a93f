/* Makes state tests for other EVMs to run (make fuzz-differential):  differential_test SEED COUNT FILE
 * GUEST_EACH Every test has the state root and the hash of the logs that this one comes to, so that whoever
 * runs the file finds the differences. Transactions that are invalid are left out. Each GUEST_EACH-th case is
 * executed in the guest too, from its witness, and from witnesses that lack a node or have one twice. Ends
 * with 1 where the guest differs, or such a witness was taken. */
#include "tests/chain/differential.h"

static bool generate(uint64_t seed, uint64_t count, const char *path, uint64_t guest_each)
{
    uint64_t kept = 0, failed = 0;
    const fixture_options options = {.quiet = false},
                          with_guest = {.guest = true, .program = block_program_elf(),
                                        .stateless_program = stateless_program_elf(), .tampers = true};
    fixture_worker native, guest;
    fixture_worker_open(&native, &options);
    if (guest_each > 0)
        fixture_worker_open(&guest, &with_guest);
    json_t *file = json_object();
    static const fork_id forks[] = {FORK_SHANGHAI, FORK_CANCUN, FORK_PRAGUE, FORK_OSAKA};
    for (uint64_t i = 0; i < count; i++) {
        uint64_t number = seed + i;
        guest_fuzz_source source = {.state = (number + 1) * 0x9e3779b97f4a7c15u ^ 0x1234567};
        for (unsigned k = 0; k < 8; k++)
            (void)guest_fuzz_take(&source, 2);
        source.fork = forks[guest_fuzz_take(&source, sizeof forks / sizeof forks[0])];
        json_t *test = guest_fuzz_test(&source);
        vary(test, &source);
        json_t *post = json_pack("{s{sisisi}ssss}", "indexes", "data", 0, "gas", 0, "value", 0, "hash",
                                 "0x0000000000000000000000000000000000000000000000000000000000000000", "logs",
                                 "0x0000000000000000000000000000000000000000000000000000000000000000");
        status outcome;
        hash256 root, logs;
        const char *fork = fork_name(source.fork);
        CHECK(statetest_outcome(&native, &outcome, &root, &logs, fork, test, post));
        if (outcome == OK) {
            char text[67] = "0x", name[32];
            hex_encode(text + 2, root.bytes, 32);
            set(post, "hash", json_string(text));
            hex_encode(text + 2, logs.bytes, 32);
            set(post, "logs", json_string(text));
            if (guest_each > 0 && i % guest_each == 0)
                failed += !statetest_run(&guest, fork, test, post);
            set(test, "post", json_pack("{s[O]}", fork, post));
            snprintf(name, sizeof name, "case_%llu", (unsigned long long)number);
            set(file, name, json_incref(test));
            kept++;
        }
        json_decref(post);
        json_decref(test);
    }
    CHECK(json_dump_file(file, path, JSON_COMPACT) == 0);
    printf("%llu cases, %llu differ in the guest or took a bad witness\n", (unsigned long long)kept,
           (unsigned long long)failed);
    json_decref(file);
    CHECK(kept > count / 2);
    return failed == 0;
}

static void sample(void **unused)
{
    (void)unused;
    assert_true(generate(1, 200, "/dev/null", 10));
}

int main(int argc, char **argv)
{
    if (argc == 5)
        return !generate(strtoull(argv[1], NULL, 0), strtoull(argv[2], NULL, 0), argv[3],
                         strtoull(argv[4], NULL, 0));
    const struct CMUnitTest tests[] = {cmocka_unit_test(sample)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
