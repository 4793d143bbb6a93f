/* Every case of the state tests, natively. */
#define _GNU_SOURCE
#include "tests/chain/suite.h"

SUITE(state_tests, statetest_file)
SUITE(state_tests_legacy, statetest_file)

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(state_tests), cmocka_unit_test(state_tests_legacy)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
