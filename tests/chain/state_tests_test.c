/* Every case of the state tests, natively. */
#define _GNU_SOURCE
#include "tests/chain/suite.h"

SUITE(state_tests, statetest_file)
SUITE(state_tests_legacy, statetest_file)

/* Cases that were made because something came out wrong, with the roots that geth gives. */
static void reports(void **unused)
{
    (void)unused;
    if (fixture_root() == NULL)
        skip();
    char path[4096];
    snprintf(path, sizeof path, "%s/reports/state", fixture_root());
    if (access(path, R_OK) != 0)
        skip();
    all_pass("reports/state", statetest_file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(state_tests), cmocka_unit_test(state_tests_legacy),
                                       cmocka_unit_test(reports)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
