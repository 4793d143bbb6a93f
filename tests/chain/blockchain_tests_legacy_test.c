/* The older blockchain tests of ethereum/tests, natively. */
#define _GNU_SOURCE
#include "tests/chain/blockchain_runner.h"

int main(void)
{
    blockchain_folder = "blockchain_tests_legacy";
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_blockchain_tests)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
