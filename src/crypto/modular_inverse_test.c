/* The inverse as a guest takes it: whatever the hint says, it is that of plain code. */
#define ASHLAR_CALLS
#include "abi/calls.h"

static void any_hint(uint64_t *results, call_hint_kind kind, const uint64_t *arguments);

#define call_hint any_hint
#include "crypto/modular_inverse.c"
#undef call_hint

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static enum { HONEST, ZERO, ONE, NEXT, BEYOND, ALL, LIES } lie;
static unsigned asked;

static void any_hint(uint64_t *results, call_hint_kind kind, const uint64_t *arguments)
{
    asked++;
    call_hint(results, kind, arguments);
    u256 said, modulus, honest, one = u256_from_u64(1);
    memcpy(&honest, results, sizeof honest);
    memcpy(&modulus, arguments + 4, sizeof modulus);
    const u256 all = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    const u256 lies[LIES] = {honest, U256_ZERO, one, u256_add(honest, one), u256_add(honest, modulus), all};
    said = lies[lie];
    memcpy(results, &said, sizeof said);
}

static void whatever_the_hint_says(void **state)
{
    (void)state;
    static const u256 moduli[] = {
        {{3}},
        {{1000003}},
        {{0x3c208c16d87cfd47, 0x97816a916871ca8d, 0xb85045b68181585d, 0x30644e72e131a029}},
        {{0xffffffffffffffff, 0x00000000ffffffff, 0, 0xffffffff00000001}},
        {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}}, /* no prime: some have no inverse */
    };
    for (size_t i = 0; i < sizeof moduli / sizeof *moduli; i++)
        for (uint64_t k = 0; k < 40; k++) {
            u256 x = {{k, k * k, 0, k << 50}};
            u256_divide(NULL, &x, x, moduli[i]);
            u256 expected = modular_inverse_plain(x, &moduli[i]);
            for (lie = HONEST; lie < LIES; lie++)
                assert_true(u256_equal(modular_inverse(x, &moduli[i]), expected));
        }
    assert_true(asked >= 5 * 40 * LIES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_the_hint_says),
    };
    return cmocka_run_group_tests_name("inverses by hint", tests, NULL, NULL);
}
