/* Honest provers by the definition, for products of multilinear functions; and lies that must end in a false
 * claim. */
#include "stark/multilinear.h"
#include "stark/sumcheck.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { K = 6, SIZE = 1 << K, WORDS = 3 * FP5_DEGREE };

static uint64_t seed = 0x2ffd72dbd01adfb7;

static fp5 random_fp5(void)
{
    fp5 x;
    for (int i = 0; i < FP5_DEGREE; i++) {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        x.c[i] = (fp)((seed * 0x2545f4914f6cdd1d >> 8) % FP_MODULUS);
    }
    return x;
}

/* `degree` functions; the sum is over their product. */
typedef struct {
    unsigned degree;
    fp5 f[3][SIZE];
    fp5 z[K];
} instance;

static void make(instance *s, unsigned degree)
{
    s->degree = degree;
    for (unsigned d = 0; d < degree; d++)
        for (unsigned b = 0; b < SIZE; b++)
            s->f[d][b] = random_fp5();
    for (unsigned i = 0; i < K; i++)
        s->z[i] = random_fp5();
}

static fp5 product_at(const instance *s, const fp5 *point)
{
    fp5 r = FP5_ONE;
    for (unsigned d = 0; d < s->degree; d++) {
        fp5 values[SIZE];
        memcpy(values, s->f[d], sizeof values);
        r = fp5_mul(r, multilinear_evaluate(values, point, K));
    }
    return r;
}

/* The polynomial in one variable between values at 0 and 1 of each function, multiplied out and added. */
static void add_product(fp5 u[4], unsigned degree, const fp5 *at0, const fp5 *at1, fp5 weight)
{
    fp5 product[4] = {weight, FP5_ZERO, FP5_ZERO, FP5_ZERO};
    for (unsigned d = 0; d < degree; d++) {
        fp5 slope = fp5_sub(at1[d], at0[d]);
        for (unsigned i = d + 2; i-- > 0;)
            product[i] = fp5_add(fp5_mul(product[i], at0[d]), i == 0 ? FP5_ZERO : fp5_mul(product[i - 1], slope));
    }
    for (unsigned i = 0; i < 4; i++)
        u[i] = fp5_add(u[i], product[i]);
}

static void eq_rounds(unsigned degree)
{
    instance s;
    make(&s, degree);
    fp5 eq[SIZE], claim = FP5_ZERO;
    multilinear_eq_table(eq, FP5_ONE, s.z, K);
    for (unsigned b = 0; b < SIZE; b++) {
        fp5 product = eq[b];
        for (unsigned d = 0; d < degree; d++)
            product = fp5_mul(product, s.f[d][b]);
        claim = fp5_add(claim, product);
    }
    fp5 first_claim = claim, point[K], f[3][SIZE];
    memcpy(f, s.f, sizeof f);
    fp sent[K * WORDS];
    transcript t;
    transcript_start(&t);
    for (unsigned i = K; i-- > 0;) { /* from the last variable: pairs stand side by side */
        fp5 u[4] = {FP5_ZERO, FP5_ZERO, FP5_ZERO, FP5_ZERO};
        multilinear_eq_table(eq, FP5_ONE, s.z, i);
        for (unsigned y = 0; y < 1u << i; y++) {
            fp5 at0[3], at1[3];
            for (unsigned d = 0; d < degree; d++) {
                at0[d] = f[d][2 * y];
                at1[d] = f[d][2 * y + 1];
            }
            add_product(u, degree, at0, at1, eq[y]);
        }
        fp *words = sent + (K - 1 - i) * FP5_DEGREE * degree;
        memcpy(words, &u[1], sizeof(fp5) * degree);
        point[i] = sumcheck_eq_round(&t, &claim, s.z[i], words, degree);
        for (unsigned d = 0; d < degree; d++)
            for (unsigned y = 0; y < 1u << i; y++)
                f[d][y] = multilinear_line(f[d][2 * y], f[d][2 * y + 1], point[i]);
    }
    fp5 truth = product_at(&s, point);
    assert_memory_equal(&claim, &truth, sizeof claim);

    fp5 again[K], end = first_claim;
    transcript_start(&t);
    sumcheck_eq(&t, &end, again, s.z, K, sent, degree);
    assert_memory_equal(again, point, sizeof point);
    assert_memory_equal(&end, &truth, sizeof end);

    /* Another claim, or another word, ends in what is not the product at the point. */
    for (unsigned lie = 0; lie <= K * FP5_DEGREE * degree; lie++) {
        end = first_claim;
        fp *changed = lie == 0 ? &end.c[2] : &sent[lie - 1];
        *changed = fp_add(*changed, FP_ONE);
        transcript_start(&t);
        sumcheck_eq(&t, &end, again, s.z, K, sent, degree);
        assert_false(fp5_equal(end, product_at(&s, again)));
        if (lie != 0)
            *changed = fp_sub(*changed, FP_ONE);
    }
}

static void rounds_with_eq_left_out(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        eq_rounds(SUMCHECK_LAYER_DEGREE);
        eq_rounds(SUMCHECK_CONSTRAINT_DEGREE);
    }
}

static void plain_rounds(void **state)
{
    (void)state;
    instance s;
    make(&s, 2);
    fp5 claim = FP5_ZERO, point[K], f[2][SIZE];
    memcpy(f, s.f, sizeof f);
    for (unsigned b = 0; b < SIZE; b++)
        claim = fp5_add(claim, fp5_mul(f[0][b], f[1][b]));
    fp5 first_claim = claim;
    fp sent[K * SUMCHECK_PLAIN_WORDS];
    transcript t;
    transcript_start(&t);
    for (unsigned i = 0; i < K; i++) {
        unsigned half = SIZE >> (i + 1);
        fp5 u[4] = {FP5_ZERO, FP5_ZERO, FP5_ZERO, FP5_ZERO};
        for (unsigned y = 0; y < half; y++)
            add_product(u, 2, (fp5[]){f[0][y], f[1][y]}, (fp5[]){f[0][y + half], f[1][y + half]}, FP5_ONE);
        fp *words = sent + i * SUMCHECK_PLAIN_WORDS;
        memcpy(words, &u[0], sizeof(fp5));
        memcpy(words + FP5_DEGREE, &u[2], sizeof(fp5));
        point[i] = sumcheck_plain_round(&t, &claim, words);
        for (unsigned d = 0; d < 2; d++)
            for (unsigned y = 0; y < half; y++)
                f[d][y] = multilinear_line(f[d][y], f[d][y + half], point[i]);
    }
    fp5 truth = product_at(&s, point);
    assert_memory_equal(&claim, &truth, sizeof claim);

    for (unsigned lie = 0; lie <= K * SUMCHECK_PLAIN_WORDS + 1; lie++) {
        fp5 end = first_claim, again[K];
        bool honest = lie == K * SUMCHECK_PLAIN_WORDS + 1;
        fp unused, *changed = honest ? &unused : lie == 0 ? &end.c[4] : &sent[lie - 1];
        fp old = *changed = honest ? FP_ZERO : *changed;
        *changed = fp_add(*changed, FP_ONE);
        transcript_start(&t);
        sumcheck_plain(&t, &end, again, K, sent);
        assert_int_equal(fp5_equal(end, product_at(&s, again)), honest);
        *changed = old;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rounds_with_eq_left_out),
        cmocka_unit_test(plain_rounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
