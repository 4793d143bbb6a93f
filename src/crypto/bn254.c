/* The group G1: y² = x³ + 3 over Fp, of prime order r. */
#include "crypto/bn254.h"

#include "base/check.h"
#include "base/memory.h"
#include "crypto/bn254_constants.h"
#include "crypto/bn254_curve.h"

/* Signed windows of the halves of a scalar: 8 odd multiples. */
#define WINDOW_BITS 5
#define TABLE_ENTRIES 8
/* Digits of a half: 128 bits and a carry. */
#define HALF_DIGITS 129

static const u256 group_order = {{0x43e1f593f0000001, 0x2833e84879b97091, BN254_P2, BN254_P3}};

/* (X/Z², Y/Z³). */
typedef struct {
    bn254_fp x, y, z;
    bool infinity;
} jacobian_point;

void bn254_fp_multiply(bn254_fp *r, const bn254_fp *a, const bn254_fp *b) { fp_mul(r, a, b); }

bool bn254_fp_read(bn254_fp *r, const uint8_t bytes[32])
{
    static const bn254_fp shift = BN254_R2;
    *r = u256_from_be(bytes, 32);
    if (fp_reaches_prime(r->limb))
        return false;
    if (!u256_is_zero(*r))
        bn254_fp_multiply(r, r, &shift);
    return true;
}

bool bn254_g1_read(bn254_affine *p, bool *infinity, const uint8_t bytes[64])
{
    if (!bn254_fp_read(&p->x, bytes) || !bn254_fp_read(&p->y, bytes + 32))
        return false;
    *infinity = fp_is_zero(&p->x) && fp_is_zero(&p->y);
    if (*infinity)
        return true;
    bn254_fp left, right;
    bn254_fp_multiply(&left, &p->y, &p->y);
    bn254_fp_multiply(&right, &p->x, &p->x);
    bn254_fp_multiply(&right, &right, &p->x);
    fp_add(&right, &right, &curve_b);
    return fp_equal(&left, &right);
}

static void write_affine(uint8_t out[64], const bn254_affine *p)
{
    static const bn254_fp one = {{1, 0, 0, 0}};
    bn254_fp t;
    bn254_fp_multiply(&t, &p->x, &one);
    u256_to_be(out, t);
    bn254_fp_multiply(&t, &p->y, &one);
    u256_to_be(out + 32, t);
}

bool bn254_g1_add_plainly(uint8_t sum[64], const uint8_t p[64], const uint8_t q[64])
{
    bn254_affine a, b;
    bool a_infinity, b_infinity;
    if (!bn254_g1_read(&a, &a_infinity, p) || !bn254_g1_read(&b, &b_infinity, q))
        return false;
    if (a_infinity || b_infinity) {
        memmove(sum, a_infinity ? q : p, 64);
        return true;
    }
    bn254_fp slope, divisor, t;
    if (fp_equal(&a.x, &b.x)) {
        /* No point has y = 0, since the order is odd. */
        if (!fp_equal(&a.y, &b.y)) {
            memset(sum, 0, 64);
            return true;
        }
        bn254_fp_multiply(&t, &a.x, &a.x);
        fp_add(&slope, &t, &t);
        fp_add(&slope, &slope, &t);
        fp_add(&divisor, &a.y, &a.y);
    } else {
        fp_sub(&slope, &b.y, &a.y);
        fp_sub(&divisor, &b.x, &a.x);
    }
    bn254_fp_inverse(&divisor, &divisor);
    bn254_fp_multiply(&slope, &slope, &divisor);
    bn254_fp_multiply(&t, &slope, &slope);
    fp_sub(&t, &t, &a.x);
    fp_sub(&t, &t, &b.x);
    fp_sub(&b.x, &a.x, &t);
    bn254_fp_multiply(&slope, &slope, &b.x);
    fp_sub(&a.y, &slope, &a.y);
    a.x = t;
    write_affine(sum, &a);
    return true;
}

/* ---- multiples ---- */

/* p = 2p, for p not infinity. With L = 3X²/2 and T = XY²: X' = L² − 2T, Y' = L(T − X') − Y⁴, Z' = YZ. */
static __attribute__((noinline)) void point_double(jacobian_point *p)
{
    bn254_fp l, s, t, u;
    fp_mul(&p->z, &p->z, &p->y);
    fp_square(&s, &p->y);
    fp_square(&l, &p->x);
    fp_half(&t, &l);
    fp_add(&l, &l, &t);
    fp_mul(&t, &p->x, &s);
    fp_square(&u, &l);
    fp_sub(&u, &u, &t);
    fp_sub(&p->x, &u, &t);
    fp_sub(&t, &t, &p->x);
    fp_mul(&t, &t, &l);
    fp_square(&s, &s);
    fp_sub(&p->y, &t, &s);
}

/* p = p + q. Where `ratio` is not NULL, Z of the sum is *ratio times that of p. */
static __attribute__((noinline)) void point_add(jacobian_point *p, const bn254_affine *q, bn254_fp *ratio)
{
    if (p->infinity) {
        *p = (jacobian_point){q->x, q->y, BN254_ONE, false};
        return;
    }
    bn254_fp zz, h, r, v, t;
    fp_square(&zz, &p->z);
    fp_mul(&h, &q->x, &zz);
    fp_sub(&h, &h, &p->x);
    fp_mul(&zz, &zz, &p->z);
    fp_mul(&r, &q->y, &zz);
    fp_sub(&r, &r, &p->y);
    if (__builtin_expect(h.limb[0] == 0, 0) && fp_is_zero(&h)) {
        if (fp_is_zero(&r))
            point_double(p);
        else
            p->infinity = true;
        return;
    }
    if (ratio)
        *ratio = h;
    fp_mul(&p->z, &p->z, &h);
    fp_square(&t, &h);
    fp_mul(&v, &p->x, &t);
    fp_mul(&h, &h, &t);
    fp_square(&t, &r);
    fp_sub(&t, &t, &h);
    fp_sub(&t, &t, &v);
    fp_sub(&p->x, &t, &v);
    fp_sub(&v, &v, &p->x);
    fp_mul(&v, &v, &r);
    fp_mul(&h, &h, &p->y);
    fp_sub(&p->y, &v, &h);
}

/* p as a point of the isomorphic curve whose Z is multiplied by z. */
static void scale_point(bn254_affine *p, const bn254_fp *z)
{
    bn254_fp square;
    bn254_fp_multiply(&square, z, z);
    bn254_fp_multiply(&p->x, &p->x, &square);
    bn254_fp_multiply(&square, &square, z);
    bn254_fp_multiply(&p->y, &p->y, &square);
}

/* table[i] = (2i + 1)·q, all with the same Z, so affine on the curve isomorphic by it: *shared_z. */
static void odd_multiples(bn254_affine table[TABLE_ENTRIES], bn254_fp *shared_z, const bn254_affine *q)
{
    /* On the curve where 2q is affine all that follow are additions of an affine point. */
    jacobian_point twice = {q->x, q->y, BN254_ONE, false};
    point_double(&twice);
    bn254_affine step = {twice.x, twice.y}, first = *q;
    scale_point(&first, &twice.z);
    jacobian_point sum = {first.x, first.y, BN254_ONE, false};
    bn254_fp ratio[TABLE_ENTRIES], z;
    table[0] = first;
    for (int i = 1; i < TABLE_ENTRIES; i++) {
        point_add(&sum, &step, &ratio[i]);
        table[i] = (bn254_affine){sum.x, sum.y};
    }
    bn254_fp_multiply(shared_z, &sum.z, &twice.z);
    /* Backwards: each gets the ratios of those after it. */
    z = ratio[TABLE_ENTRIES - 1];
    for (int i = TABLE_ENTRIES - 2; i >= 0; i--) {
        scale_point(&table[i], &z);
        if (i > 0)
            bn254_fp_multiply(&z, &z, &ratio[i]);
    }
}

/* round(k·g / 2^320) */
static u256 multiply_shift(u256 k, u256 g)
{
    uint64_t t[8];
    u256_mul_wide(t, k, g);
    u256 r = {{t[5], t[6], t[7], 0}};
    return u256_add(r, u256_from_u64(t[4] >> 63));
}

/* k = k1 + k2·λ mod r, both below 2^128 in size: Gallant, Lambert, Vanstone, "Faster point multiplication on
 * elliptic curves with efficient endomorphisms" (2001), section 4. */
static void split_scalar(u256 *k1, u256 *k2, u256 k)
{
    u256 c1 = multiply_shift(k, lattice_g1), c2 = multiply_shift(k, lattice_g2);
    *k1 = u256_sub(k, u256_add(u256_mul(c1, lattice_a), u256_mul(c2, lattice_c)));
    *k2 = u256_sub(u256_mul(c1, lattice_minus_b), u256_mul(c2, lattice_d));
}

/* Signed digits of |k|, each odd or zero and followed by WINDOW_BITS − 1 zeros at least. Returns how many
 * there are up to the last that is not zero. */
static int recode(int8_t digits[HALF_DIGITS], u256 k)
{
    bool negative = k.limb[3] >> 63;
    if (negative)
        k = u256_sub(U256_ZERO, k);
    CHECK((k.limb[2] | k.limb[3]) == 0);
    memset(digits, 0, HALF_DIGITS);
    uint64_t low = k.limb[0], high = k.limb[1], carry = 0;
    int count = 0;
    for (int position = 0; position < HALF_DIGITS;) {
        unsigned bits = 1;
        if ((low & 1) != carry) {
            bits = WINDOW_BITS;
            int digit = (int)((low & ((1u << WINDOW_BITS) - 1)) + carry);
            carry = (unsigned)digit >> (WINDOW_BITS - 1);
            digit -= (int)carry << WINDOW_BITS;
            digits[position] = (int8_t)(negative ? -digit : digit);
            count = position + 1;
        }
        low = low >> bits | high << (64 - bits);
        high >>= bits;
        position += (int)bits;
    }
    return count;
}

bool bn254_g1_multiply_plainly(uint8_t product[64], const uint8_t p[64], const uint8_t scalar[32])
{
    bn254_affine point;
    bool infinity;
    if (!bn254_g1_read(&point, &infinity, p))
        return false;
    u256 k = u256_from_be(scalar, 32), halves[2];
    while (!u256_less(k, group_order))
        k = u256_sub(k, group_order);
    if (infinity || u256_is_zero(k)) {
        memset(product, 0, 64);
        return true;
    }

    bn254_affine table[2][TABLE_ENTRIES];
    bn254_fp shared_z;
    int8_t digits[2][HALF_DIGITS];
    int top = 0;
    odd_multiples(table[0], &shared_z, &point);
    split_scalar(&halves[0], &halves[1], k);
    for (int i = 0; i < TABLE_ENTRIES; i++) {
        bn254_fp_multiply(&table[1][i].x, &table[0][i].x, &endomorphism_beta);
        table[1][i].y = table[0][i].y;
    }
    for (int h = 0; h < 2; h++) {
        int count = recode(digits[h], halves[h]);
        top = count > top ? count : top;
    }
    jacobian_point sum = {U256_ZERO, U256_ZERO, U256_ZERO, true};
    for (int i = top - 1; i >= 0; i--) {
        if (!sum.infinity)
            point_double(&sum);
        for (int h = 0; h < 2; h++) {
            int digit = digits[h][i];
            if (digit == 0)
                continue;
            bn254_affine term = table[h][(digit < 0 ? -digit : digit) >> 1];
            if (digit < 0)
                fp_negate(&term.y, &term.y);
            point_add(&sum, &term, NULL);
        }
    }
    /* 0 < k < r, and the order is prime. */
    CHECK(!sum.infinity);
    bn254_fp z;
    bn254_fp_multiply(&z, &sum.z, &shared_z);
    bn254_fp_inverse(&z, &z);
    bn254_affine result = {sum.x, sum.y};
    scale_point(&result, &z);
    write_affine(product, &result);
    return true;
}
