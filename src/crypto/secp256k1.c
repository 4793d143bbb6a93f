#include "crypto/secp256k1.h"

#include "base/check.h"
#include "base/memory.h"
#include "crypto/modular_inverse.h"
#include "crypto/secp256k1_field.h"
#include "crypto/secp256k1_scalar.h"
#include "crypto/secp256k1_table.h"

/* Windows for the multiples of the point that is not known beforehand: 8 odd multiples. */
#define POINT_WINDOW_BITS 5
#define POINT_ENTRIES 8

/* Digits of a half-length scalar: 128 bits and a carry. */
#define HALF_DIGITS 129

static const u256 field_prime = {{0xfffffffefffffc2f, UINT64_MAX, UINT64_MAX, UINT64_MAX}};

/* ---- points ---------------------------------------------------------------------------------------- */

typedef struct {
    field x, y;
} affine_point;

/* (X/Z², Y/Z³). */
typedef struct {
    field x, y, z;
    bool infinity;
} jacobian_point;

/* p = 2p, for p not infinity: no point has y = 0, since the order is odd. With L = 3X²/2 and T = XY²:
 * X' = L² − 2T, Y' = L(T − X') − Y⁴, Z' = YZ. */
static __attribute__((noinline)) void point_double(jacobian_point *p)
{
    field l, s, t, u;
    field_mul(&p->z, &p->z, &p->y);
    field_square(&s, &p->y);
    field_square(&l, &p->x);
    field_half(&t, &l);
    field_add(&l, &l, &t);
    field_mul(&t, &p->x, &s);
    field_square(&u, &l);
    field_sub(&u, &u, &t);
    field_sub(&p->x, &u, &t);
    field_sub(&t, &t, &p->x);
    field_mul(&t, &t, &l);
    field_square(&s, &s);
    field_sub(&p->y, &t, &s);
}

/* p = p + q. Where `scale` is not NULL, q stands for the point (q.x·scale², q.y·scale³) on the isomorphic
 * curve that p is on. Where `ratio` is not NULL, Z of the sum is *ratio times that of p. */
static __attribute__((noinline)) void point_add(jacobian_point *p, const affine_point *q, const field *scale,
                                                field *ratio)
{
    if (p->infinity) {
        *p = (jacobian_point){q->x, q->y, {{1, 0, 0, 0}}, false};
        if (scale) {
            field square;
            secp256k1_field_square_times(&square, scale, 1);
            secp256k1_field_multiply(&p->x, &p->x, &square);
            secp256k1_field_multiply(&square, &square, scale);
            secp256k1_field_multiply(&p->y, &p->y, &square);
        }
        return;
    }
    field z = p->z, zz, h, r, hh, v, t;
    if (scale)
        secp256k1_field_multiply(&z, &z, scale);
    field_square(&zz, &z);
    field_mul(&h, &q->x, &zz);
    field_sub(&h, &h, &p->x);
    field_mul(&zz, &zz, &z);
    field_mul(&r, &q->y, &zz);
    field_sub(&r, &r, &p->y);
    if (__builtin_expect(h.limb[0] == 0 || h.limb[0] == field_prime.limb[0], 0) && field_is_zero(&h)) {
        if (field_is_zero(&r))
            point_double(p);
        else
            p->infinity = true;
        return;
    }
    if (ratio)
        *ratio = h;
    field_mul(&p->z, &p->z, &h);
    field_square(&hh, &h);
    field_mul(&v, &p->x, &hh);
    field_mul(&hh, &hh, &h);
    field_square(&t, &r);
    field_sub(&t, &t, &hh);
    field_sub(&t, &t, &v);
    field_sub(&p->x, &t, &v);
    field_sub(&v, &v, &p->x);
    field_mul(&v, &v, &r);
    field_mul(&hh, &hh, &p->y);
    field_sub(&p->y, &v, &hh);
}

/* table[i] = (2i + 1)·q, all with the same Z, so affine on the curve isomorphic by it: *shared_z. */
static void odd_multiples(affine_point table[POINT_ENTRIES], field *shared_z, const affine_point *q)
{
    /* On the curve where 2q is affine all that follows are mixed additions of it. */
    jacobian_point twice = {q->x, q->y, {{1, 0, 0, 0}}, false};
    point_double(&twice);
    affine_point step = {twice.x, twice.y};
    jacobian_point sum = {U256_ZERO, U256_ZERO, U256_ZERO, true};
    point_add(&sum, q, &twice.z, NULL);

    field ratio[POINT_ENTRIES];
    table[0] = (affine_point){sum.x, sum.y};
    for (int i = 1; i < POINT_ENTRIES; i++) {
        point_add(&sum, &step, NULL, &ratio[i]);
        table[i] = (affine_point){sum.x, sum.y};
    }
    secp256k1_field_multiply(shared_z, &sum.z, &twice.z);
    /* Backwards: each gets the ratios of those after it. */
    field z = ratio[POINT_ENTRIES - 1], square;
    for (int i = POINT_ENTRIES - 2; i >= 0; i--) {
        secp256k1_field_square_times(&square, &z, 1);
        secp256k1_field_multiply(&table[i].x, &table[i].x, &square);
        secp256k1_field_multiply(&square, &square, &z);
        secp256k1_field_multiply(&table[i].y, &table[i].y, &square);
        if (i > 0)
            secp256k1_field_multiply(&z, &z, &ratio[i]);
    }
}

/* ---- scalars ---------------------------------------------------------------------------------------- */

/* Width-w NAF of a 128-bit number: odd digits below 2^(w−1) in size, each followed by w − 1 zeros at
 * least. Returns how many digits there are up to the last that is not zero. */
static int recode(int16_t digits[HALF_DIGITS], const uint64_t value[2], int window_bits, bool negate)
{
    memset(digits, 0, HALF_DIGITS * sizeof *digits);
    uint64_t low = value[0], high = value[1];
    uint64_t carry = 0;
    int position = 0, count = 0;
    while (position < 128) {
        if ((low & 1) == carry) {
            low = low >> 1 | high << 63;
            high >>= 1;
            position++;
            continue;
        }
        int bits = window_bits <= 128 - position ? window_bits : 128 - position;
        int digit = (int)((low & ((1u << bits) - 1)) + carry);
        carry = (unsigned)digit >> (window_bits - 1) & 1;
        digit -= (int)carry << window_bits;
        digits[position] = (int16_t)(negate ? -digit : digit);
        low = low >> bits | high << (64 - bits);
        high >>= bits;
        count = position + 1;
        position += bits;
    }
    if (carry) {
        digits[128] = negate ? -1 : 1;
        count = 129;
    }
    return count;
}

/* |a| of a number in two's complement, which has 128 bits. */
static bool take_sign(u256 *a)
{
    bool negative = a->limb[3] >> 63;
    if (negative)
        *a = u256_sub(U256_ZERO, *a);
    return negative;
}

/* The multiple of a table of odd multiples; a table's entry is x ‖ y. */
static inline void pick(affine_point *out, const affine_point *table, int digit)
{
    *out = table[(digit < 0 ? -digit : digit) >> 1];
    if (digit < 0)
        field_negate(&out->y, &out->y);
}

/* u·G + k·q by Straus's method: four half-length scalars share 128 doublings. q is not infinity. */
static void double_multiply(jacobian_point *result, u256 u, u256 k, const affine_point *q)
{
    int16_t generator_digits[2][HALF_DIGITS], point_digits[2][HALF_DIGITS];
    affine_point table[2][POINT_ENTRIES];
    field shared_z;
    u256 half[2];
    int top = 0;

    odd_multiples(table[0], &shared_z, q);
    for (int i = 0; i < POINT_ENTRIES; i++) {
        secp256k1_field_multiply(&table[1][i].x, &table[0][i].x, &endomorphism_beta);
        table[1][i].y = table[0][i].y;
    }
    secp256k1_scalar_split(&half[0], &half[1], k);
    for (int h = 0; h < 2; h++) {
        bool negative = take_sign(&half[h]);
        CHECK(half[h].limb[2] == 0 && half[h].limb[3] == 0);
        int count = recode(point_digits[h], half[h].limb, POINT_WINDOW_BITS, negative);
        top = count > top ? count : top;
        count = recode(generator_digits[h], u.limb + 2 * h, GENERATOR_WINDOW_BITS, false);
        top = count > top ? count : top;
    }

    jacobian_point sum = {U256_ZERO, U256_ZERO, U256_ZERO, true};
    affine_point term;
    for (int i = top - 1; i >= 0; i--) {
        if (!sum.infinity)
            point_double(&sum);
        for (int h = 0; h < 2; h++) {
            if (point_digits[h][i] != 0) {
                pick(&term, table[h], point_digits[h][i]);
                point_add(&sum, &term, NULL, NULL);
            }
            if (generator_digits[h][i] != 0) {
                pick(&term, (const affine_point *)generator_table[h], generator_digits[h][i]);
                point_add(&sum, &term, &shared_z, NULL);
            }
        }
    }
    /* Back from the curve on which the table is affine. */
    secp256k1_field_multiply(&sum.z, &sum.z, &shared_z);
    *result = sum;
}

/* ---- ECDSA ----------------------------------------------------------------------------------------- */

bool secp256k1_recover_plainly(uint8_t public_key_xy[64], const hash256 *message, const uint8_t r[32],
                               const uint8_t s[32], unsigned recovery_id)
{
    u256 r_scalar, s_scalar;
    if (recovery_id > 3 || !secp256k1_scalar_read(&r_scalar, r) || !secp256k1_scalar_read(&s_scalar, s))
        return false;
    affine_point nonce;
    nonce.x = r_scalar;
    if (recovery_id & 2) {
        bool carry;
        nonce.x = u256_add_carry(&carry, nonce.x, secp256k1_order);
        if (carry || !u256_less(nonce.x, field_prime))
            return false;
    }
    field square;
    secp256k1_field_curve(&square, &nonce.x);
    if (!secp256k1_field_square_root(&nonce.y, &square))
        return false;
    field_normalize(&nonce.y);
    if ((nonce.y.limb[0] & 1) != (recovery_id & 1))
        field_negate(&nonce.y, &nonce.y);

    /* key = (s·nonce − m·G) / r */
    u256 r_inverse = modular_inverse(r_scalar, &secp256k1_order);
    u256 m = secp256k1_scalar_of_message(message);
    u256 u = secp256k1_scalar_negate(secp256k1_scalar_multiply(m, r_inverse));
    u256 k = secp256k1_scalar_multiply(s_scalar, r_inverse);
    jacobian_point key;
    double_multiply(&key, u, k, &nonce);
    if (key.infinity)
        return false;

    field z_inverse, power;
    field_normalize(&key.z);
    z_inverse = modular_inverse(key.z, &field_prime);
    secp256k1_field_square_times(&power, &z_inverse, 1);
    secp256k1_field_multiply(&key.x, &key.x, &power);
    secp256k1_field_multiply(&power, &power, &z_inverse);
    secp256k1_field_multiply(&key.y, &key.y, &power);
    field_normalize(&key.x);
    field_normalize(&key.y);
    u256_to_be(public_key_xy, key.x);
    u256_to_be(public_key_xy + 32, key.y);
    return true;
}

bool secp256k1_verify(const uint8_t public_key_xy[64], const hash256 *message, const uint8_t r[32],
                      const uint8_t s[32])
{
    u256 r_scalar, s_scalar;
    if (!secp256k1_scalar_read(&r_scalar, r) || !secp256k1_scalar_read(&s_scalar, s))
        return false;
    affine_point key = {u256_from_be(public_key_xy, 32), u256_from_be(public_key_xy + 32, 32)};
    if (!u256_less(key.x, field_prime) || !u256_less(key.y, field_prime))
        return false;
    field left, right;
    secp256k1_field_square_times(&left, &key.y, 1);
    secp256k1_field_curve(&right, &key.x);
    field_sub(&left, &left, &right);
    if (!field_is_zero(&left))
        return false;

    u256 s_inverse = modular_inverse(s_scalar, &secp256k1_order);
    u256 u = secp256k1_scalar_multiply(secp256k1_scalar_of_message(message), s_inverse);
    u256 k = secp256k1_scalar_multiply(r_scalar, s_inverse);
    jacobian_point sum;
    double_multiply(&sum, u, k, &key);
    if (sum.infinity)
        return false;
    /* x of the sum is r or r + n: compared with X, so no inversion. */
    field zz, candidate = r_scalar, difference;
    secp256k1_field_square_times(&zz, &sum.z, 1);
    for (;;) {
        secp256k1_field_multiply(&difference, &candidate, &zz);
        field_sub(&difference, &difference, &sum.x);
        if (field_is_zero(&difference))
            return true;
        bool carry;
        candidate = u256_add_carry(&carry, candidate, secp256k1_order);
        if (carry || !u256_less(candidate, field_prime))
            return false;
    }
}
