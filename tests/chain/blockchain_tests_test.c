/* Every case of the blockchain tests, natively. */
#define _GNU_SOURCE
#include "tests/chain/suite.h"

SUITE(blockchain_tests, blocktest_file)
SUITE(blockchain_tests_legacy, blocktest_file)
SUITE(blockchain_tests_amsterdam, blocktest_file)

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(blockchain_tests),
                                       cmocka_unit_test(blockchain_tests_legacy),
                                       cmocka_unit_test(blockchain_tests_amsterdam)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
