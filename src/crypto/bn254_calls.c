/* BN254 by lists of products (lists.h). The only inverses, of a point's Z and in the final power, are
 * modular_inverse's. */
#include "base/memory.h"
#include "crypto/bn254.h"
#include "crypto/bn254_constants.h"
#include "crypto/bn254_lists.h"
#include "crypto/lists.h"
#include "crypto/modular_inverse.h"

/* Pairs that share the squarings of one Miller loop; bounds the stack. */
#define GROUP_PAIRS 16

enum { WORDS = 4, POINT_BLOCKS = 3, TABLE_WORDS = LISTS_TABLE_POINTS * POINT_BLOCKS * WORDS };

static const u256 prime = BN254_PRIME;

static const lists_group group = {
    .sum = SUM,
    .addend = ADDEND,
    .blocks = POINT_BLOCKS,
    .add = add_list,
    .add_items = ADD_ITEMS,
    .doubles = double_list,
    .doubles_items = DOUBLE_ITEMS * LISTS_WINDOW_BITS,
};

/* The inverse of a block, in its place; 0 of 0. */
static void field_inverse(const lists_frame *f, size_t block)
{
    u256 x;
    memcpy(x.limb, lists_at(f, block), sizeof x.limb);
    x = modular_inverse(x, &prime);
    memcpy(lists_at(f, block), x.limb, sizeof x.limb);
}

#include "crypto/pairing_lists.inc"

static lists_frame frame_of(uint64_t *blocks, size_t constants)
{
    lists_frame f = {blocks, prime.limb, WORDS};
    lists_put(&f, 0, frame_constants[0], constants);
    return f;
}

/* ---- G1 ------------------------------------------------------------------------------------------- */

/* Into SUM; what is in ADDEND is lost. */
static bool read_point(const lists_frame *f, bool *infinity, const uint8_t bytes[64])
{
    if (!lists_read(f, SUM, bytes) || !lists_read(f, SUM + 1, bytes + 32))
        return false;
    *infinity = lists_is_zero(f, SUM, 2);
    if (*infinity) {
        lists_infinity(f, &group);
        return true;
    }
    lists_put_small(f, SUM + 2, 1);
    RUN(f, curve);
    return lists_equal(f, ADDEND, ADDEND + 1, 1);
}

static void write_point(uint8_t bytes[64], const lists_frame *f)
{
    if (lists_is_zero(f, SUM + 2, 1)) {
        memset(bytes, 0, 64);
        return;
    }
    lists_put(f, ADDEND, lists_at(f, SUM + 2), 1);
    field_inverse(f, ADDEND);
    RUN(f, affine);
    lists_write(bytes, f, SUM);
    lists_write(bytes + 32, f, SUM + 1);
}

bool bn254_g1_add_by_lists(uint8_t sum[64], const uint8_t p[64], const uint8_t q[64])
{
    uint64_t blocks[FRAME_BLOCKS * WORDS], first[POINT_BLOCKS * WORDS];
    lists_frame f = frame_of(blocks, POINT_CONSTANTS);
    bool infinity;
    if (!read_point(&f, &infinity, p))
        return false;
    lists_get(first, &f, SUM, POINT_BLOCKS);
    if (!read_point(&f, &infinity, q))
        return false;
    lists_put(&f, ADDEND, first, POINT_BLOCKS);
    RUN(&f, add);
    write_point(sum, &f);
    return true;
}

bool bn254_g1_multiply_by_lists(uint8_t product[64], const uint8_t p[64], const uint8_t scalar[32])
{
    uint64_t blocks[FRAME_BLOCKS * WORDS], multiples[TABLE_WORDS];
    lists_frame f = frame_of(blocks, POINT_CONSTANTS);
    bool infinity;
    if (!read_point(&f, &infinity, p))
        return false;
    u256 k = u256_from_be(scalar, 32);
    if (!infinity) {
        const uint64_t *tables[1] = {multiples};
        lists_multiples(multiples, &f, &group);
        lists_sum_multiples(&f, &group, tables, &k.limb, 1);
    }
    write_point(product, &f);
    return true;
}

/* ---- pairings ------------------------------------------------------------------------------------- */

/* False where it is refused. */
static bool read_pair(const lists_frame *f, miller_pair *pair, bool *no_twist,
                      const uint8_t bytes[BN254_PAIR_BYTES])
{
    static const uint8_t places[4] = {1, 0, 3, 2}; /* the part in i comes first */
    bool infinity;
    if (!read_point(f, &infinity, bytes))
        return false;
    pair->has_line = !infinity;
    for (int i = 0; i < Q_BLOCKS; i++)
        if (!lists_read(f, Q + places[i], bytes + 64 + 32 * i))
            return false;
    *no_twist = lists_is_zero(f, Q, Q_BLOCKS);
    if (*no_twist)
        return true;
    RUN(f, twist);
    if (!lists_equal(f, LINE, LINE + 2, 2))
        return false;
    RUN(f, negate_point);
    lists_get(pair->at, f, AT, AT_BLOCKS);
    lists_get(pair->q, f, Q, Q_BLOCKS);
    miller_begin(pair);
    return true;
}

/* A = the product of the Miller functions. False where a point of the twist is not of order r: see
 * bn254_pairing.c, which has the same loop. A sum without a slope leaves a Z of 0 for good, as there are no
 * points of order 2. */
static bool miller_loop(const lists_frame *f, miller_pair *pairs, size_t count)
{
    memset(lists_at(f, A), 0, sizeof(fp12));
    lists_put_small(f, A, 1);
    for (int i = (int)sizeof ate_digits - 2; i >= 0; i--) {
        if (i != (int)sizeof ate_digits - 2)
            miller_square(f);
        for (size_t k = 0; k < count; k++) {
            miller_double(f, &pairs[k]);
            if (ate_digits[i] == 0)
                continue;
            lists_put(f, Q, pairs[k].q, Q_BLOCKS);
            if (ate_digits[i] < 0)
                RUN(f, negate_twist);
            miller_add(f, &pairs[k]);
        }
    }
    for (size_t k = 0; k < count; k++) {
        uint64_t once[Q_BLOCKS * WORDS];
        lists_put(f, Q, pairs[k].q, Q_BLOCKS);
        RUN(f, frobenius_twist);
        lists_get(once, f, Q, Q_BLOCKS);
        miller_add(f, &pairs[k]);
        lists_put(f, Q, once, Q_BLOCKS);
        RUN(f, frobenius_twist);
        lists_get(once, f, Q, Q_BLOCKS);
        RUN(f, negate_twist);
        miller_add(f, &pairs[k]);
        lists_put(f, Q, once, Q_BLOCKS);
        RUN(f, frobenius_twist);
        RUN(f, negate_twist);
        lists_put(f, T, pairs[k].t, T_BLOCKS);
        RUN(f, compare);
        if (lists_is_zero(f, T + 4, 2) || !lists_is_zero(f, LINE, 4))
            return false;
    }
    return true;
}

/* r = a^(−u) for a in the cyclotomic subgroup. */
static void power_minus_u(const lists_frame *f, fp12 *r, const fp12 *a)
{
    fp12 odd[2][4], square;
    odd[0][0] = *a;
    fp12_cyclotomic_square(f, &square, a);
    for (int i = 1; i < 4; i++)
        fp12_multiply(f, &odd[0][i], &odd[0][i - 1], &square);
    for (int i = 0; i < 4; i++)
        fp12_conjugate(f, &odd[1][i], &odd[0][i]);
    lists_put(f, A, odd[0][parameter_digits[sizeof parameter_digits - 1] >> 1].word, FP12_BLOCKS);
    for (int i = (int)sizeof parameter_digits - 2; i >= 0; i--) {
        int digit = parameter_digits[i];
        RUN(f, cyclotomic_square);
        if (digit == 0)
            continue;
        lists_put(f, B, odd[digit < 0][(digit < 0 ? -digit : digit) >> 1].word, FP12_BLOCKS);
        RUN(f, multiply);
        lists_put(f, A, lists_at(f, R), FP12_BLOCKS);
    }
    RUN(f, conjugate);
    lists_get(r->word, f, A, FP12_BLOCKS);
}

/* Whether f^((p^12 − 1)/r) = 1, as in bn254_pairing.c. */
static bool final_power_is_one(const lists_frame *f, const fp12 *value)
{
    fp12 a, b, t, minus_2u, minus_6u, plus_6u2, plus_12u3, sum, low;
    fp12_easy_power(f, &a, value);

    /* Exponents of a. */
    power_minus_u(f, &b, &a);
    fp12_cyclotomic_square(f, &minus_2u, &b);
    fp12_cyclotomic_square(f, &t, &minus_2u);
    fp12_multiply(f, &minus_6u, &t, &minus_2u);
    power_minus_u(f, &plus_6u2, &minus_6u);
    fp12_cyclotomic_square(f, &t, &plus_6u2);
    power_minus_u(f, &plus_12u3, &t);
    fp12_conjugate(f, &plus_12u3, &plus_12u3);

    /* s = 12u³ + 6u² + 6u; then (s + 6u² + 1) + p·(s − 2u) + p²·s + p³·(s − 2u − 1). */
    fp12_multiply(f, &sum, &plus_12u3, &plus_6u2);
    fp12_conjugate(f, &t, &minus_6u);
    fp12_multiply(f, &sum, &sum, &t);
    fp12_multiply(f, &low, &sum, &minus_2u);
    fp12_multiply(f, &t, &sum, &plus_6u2);
    fp12_multiply(f, &t, &t, &a);
    fp12_map(f, &b, &low, frobenius_1_list, FROBENIUS_1_ITEMS);
    fp12_multiply(f, &t, &t, &b);
    fp12_map(f, &b, &sum, frobenius_2_list, FROBENIUS_2_ITEMS);
    fp12_multiply(f, &t, &t, &b);
    fp12_conjugate(f, &a, &a);
    fp12_multiply(f, &low, &low, &a);
    fp12_map(f, &b, &low, frobenius_3_list, FROBENIUS_3_ITEMS);
    fp12_multiply(f, &t, &t, &b);
    return fp12_is_one(&t);
}

bool bn254_pairing_check_by_lists(bool *is_one, const uint8_t *pairs, size_t count)
{
    uint64_t blocks[FRAME_BLOCKS * WORDS];
    lists_frame f = frame_of(blocks, CONSTANTS);
    miller_pair some[GROUP_PAIRS];
    fp12 product, part;
    bool any = false;
    for (size_t done = 0; done < count;) {
        size_t used = 0;
        for (; done < count && used < GROUP_PAIRS; done++) {
            bool no_twist;
            if (!read_pair(&f, &some[used], &no_twist, pairs + BN254_PAIR_BYTES * done))
                return false;
            used += !no_twist;
        }
        if (used == 0)
            continue;
        if (!miller_loop(&f, some, used))
            return false;
        if (any) {
            lists_get(part.word, &f, A, FP12_BLOCKS);
            fp12_multiply(&f, &product, &product, &part);
        } else {
            lists_get(product.word, &f, A, FP12_BLOCKS);
        }
        any = true;
    }
    *is_one = !any || final_power_is_one(&f, &product);
    return true;
}

/* ---- the way -------------------------------------------------------------------------------------- */

#ifdef ASHLAR_CALLS
#define WAY(name) name##_by_lists
#else
#define WAY(name) name##_plainly
#endif

bool bn254_g1_add(uint8_t sum[64], const uint8_t p[64], const uint8_t q[64])
{
    return WAY(bn254_g1_add)(sum, p, q);
}

bool bn254_g1_multiply(uint8_t product[64], const uint8_t p[64], const uint8_t scalar[32])
{
    return WAY(bn254_g1_multiply)(product, p, scalar);
}

bool bn254_pairing_check(bool *is_one, const uint8_t *pairs, size_t count)
{
    return WAY(bn254_pairing_check)(is_one, pairs, count);
}
