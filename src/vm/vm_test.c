#include "vm/run_test.h"

static test_code code;

static void three_instructions(void **state)
{
    (void)state;
    code.count = 0;
    test_exit(&code);
    test_run run;
    test_run_open(&run, &code, NULL, (bytes){0});
    assert_int_equal(test_run_check(&run, test_print, NULL), 0);
    test_run_close(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_instructions),
    };
    return cmocka_run_group_tests_name("vm", tests, NULL, NULL);
}
