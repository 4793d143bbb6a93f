#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What is asked for as zero is zero, whatever was written where and given back. */
static void zeroed(void **unused)
{
    (void)unused;
    enum { SIZE_BYTES = 4096, ROUNDS = 20000 };
    static alignas(64) uint8_t clean[SIZE_BYTES], dirty[SIZE_BYTES];
    memset(dirty, 0xa5, sizeof dirty);
    arena arenas[2];
    arena_init_zeroed(&arenas[0], clean, sizeof clean);
    arena_init(&arenas[1], dirty, sizeof dirty);
    srand(1);
    for (unsigned i = 0; i < 2; i++) {
        arena *a = &arenas[i];
        for (unsigned round = 0; round < ROUNDS; round++) {
            size_t size = (size_t)rand() % 200, alignment = (size_t)1 << rand() % 7;
            if (rand() % 8 == 0 || a->used_bytes + size + alignment > SIZE_BYTES) {
                arena_rewind(a, a->used_bytes == 0 ? 0 : (size_t)rand() % a->used_bytes);
                continue;
            }
            bool is_zeroed = rand() % 2;
            uint8_t *given = is_zeroed ? arena_allocate_zeroed(a, size, alignment)
                                       : arena_allocate(a, size, alignment);
            assert_int_equal((uintptr_t)given % alignment, 0);
            for (size_t k = 0; is_zeroed && k < size; k++)
                assert_int_equal(given[k], 0);
            memset(given, 0xff, size);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(zeroed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
