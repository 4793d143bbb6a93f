/* Runs a folder of the fixtures through the runner of `ashlar statetest` and `ashlar blocktest`. */
#ifndef ASHLAR_TESTS_CHAIN_SUITE_H
#define ASHLAR_TESTS_CHAIN_SUITE_H

#include "tests/chain/fixture.h"

static inline fixture_tally run_suite(const char *folder, fixture_runner runner,
                                      const fixture_options *options)
{
    fixture_tally tally = {0};
    fixture_files files = list_files(fixture_root(), folder);
    fixture_run(&tally, &files, runner, options);
    fixture_files_free(&files);
    return tally;
}

/* Natively; every case has to pass. ASHLAR_ONLY: only those whose name contains it. */
static inline bool suite_wants(void *only, const char *id) { return strstr(id, only) != NULL; }

static inline fixture_tally all_pass(const char *folder, fixture_runner runner)
{
    fixture_options options = {0};
    options.wants_context = getenv("ASHLAR_ONLY");
    options.wants = options.wants_context != NULL ? suite_wants : NULL;
    fixture_tally tally = run_suite(folder, runner, &options);
    printf("  %s: %llu passed, %llu failed\n", folder, (unsigned long long)tally.passed,
           (unsigned long long)tally.failed);
    assert_int_equal(tally.failed, 0);
    assert_true(tally.passed > 0);
    return tally;
}

#define SUITE(name, runner)                                                                                  \
    static void name(void **unused)                                                                          \
    {                                                                                                        \
        (void)unused;                                                                                        \
        if (fixture_root() == NULL)                                                                          \
            skip();                                                                                          \
        all_pass(#name, runner);                                                                             \
    }

#endif
