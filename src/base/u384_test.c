/* Against OpenSSL's BIGNUM, on limbs where carries and quotient estimates go wrong. */
#include "base/u384.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/bn.h>

enum { N = U384_LIMBS };

static uint64_t random_state = 384;
static BN_CTX *context;

static uint64_t random_u64(void)
{
    random_state += 0x9e3779b97f4a7c15;
    uint64_t z = random_state;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static void random_number(uint64_t out[N])
{
    unsigned used = (unsigned)(random_u64() % (N + 1));
    for (unsigned i = 0; i < N; i++) {
        uint64_t kind = random_u64() % 6, x = random_u64();
        out[i] = i >= used ? 0 : kind == 0 ? 0 : kind == 1 ? UINT64_MAX : kind == 2 ? (uint64_t)1 << x % 64
                 : kind == 3 ? UINT64_MAX << x % 64 : x;
    }
}

static BIGNUM *to_bn(const uint64_t x[N]) { return BN_lebin2bn((const uint8_t *)x, 8 * N, NULL); }

static void assert_number(const uint64_t got[N], const BIGNUM *want)
{
    uint64_t expected[N];
    assert_int_equal(BN_bn2lebinpad(want, (uint8_t *)expected, sizeof expected), sizeof expected);
    assert_memory_equal(got, expected, sizeof expected);
}

static void products_divided(void **unused)
{
    (void)unused;
    int fits = 0, zero = 0;
    for (int i = 0; i < 200000; i++) {
        uint64_t in[4][N], q[N], r[N], kept[N];
        for (int k = 0; k < 4; k++)
            random_number(in[k]);
        if (i % 4 == 0) /* quotients whose estimates are too large */
            memcpy(in[3] + 1, in[0] + 1, sizeof in[3] - 8);
        memset(q, 7, sizeof q);
        memcpy(kept, q, sizeof q);
        BIGNUM *a = to_bn(in[0]), *b = to_bn(in[1]), *c = to_bn(in[2]), *m = to_bn(in[3]);
        bool done = u384_multiply_divide(q, r, in[0], in[1], in[2], in[3]);
        if (BN_is_zero(m)) {
            assert_false(done);
            zero++;
        } else {
            assert_true(BN_mul(a, a, b, context) && BN_add(a, a, c) && BN_div(b, c, a, m, context));
            assert_int_equal(done, BN_num_bits(b) <= 384);
        }
        if (done) {
            assert_number(q, b);
            assert_number(r, c);
            assert_true(u384_multiply_divide(in[0], in[1], in[0], in[1], in[2], in[3]));
            assert_memory_equal(in[0], q, sizeof q);
            assert_memory_equal(in[1], r, sizeof r);
            fits++;
        } else {
            assert_memory_equal(q, kept, sizeof q);
        }
        BN_free(a);
        BN_free(b);
        BN_free(c);
        BN_free(m);
    }
    assert_true(fits > 50000 && zero > 1000);
}

int main(void)
{
    context = BN_CTX_new();
    const struct CMUnitTest tests[] = {cmocka_unit_test(products_divided)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    BN_CTX_free(context);
    return failed;
}
