#include "crypto/secp256r1.h"

#include "abi/calls.h"
#include "base/memory.h"
#include "crypto/lists.h"
#include "crypto/modular_inverse.h"
#include "crypto/secp256r1_field.h"
#include "crypto/secp256r1_lists.h"
#include "crypto/secp256r1_table.h"

/* Windows for the multiples of the key: 8 odd multiples. */
#define POINT_WINDOW_BITS 5
#define POINT_ENTRIES 8

/* 256 bits and a carry. */
#define DIGITS 257

static const u256 field_prime = R1_PRIME;
static const u256 group_order = {{0xf3b9cac2fc632551, 0xbce6faada7179e84, UINT64_MAX, 0xffffffff00000000}};

typedef struct {
    r1_field x, y;
} affine_point;

/* (X/Z², Y/Z³). */
typedef struct {
    r1_field x, y, z;
    bool infinity;
} jacobian_point;

static __attribute__((noinline)) void multiply(r1_field *r, const r1_field *a, const r1_field *b)
{
    r1_mul(r, a, b);
}

static void invert(r1_field *r, const r1_field *a)
{
    static const r1_field shift = R1_R3;
    *r = modular_inverse(*a, &field_prime);
    multiply(r, r, &shift);
}

/* False where the number is not below p. */
static bool read_field(r1_field *r, const u256 *number)
{
    static const r1_field shift = R1_R2;
    if (!u256_less(*number, field_prime))
        return false;
    multiply(r, number, &shift);
    return true;
}

/* p = 2p, for p not infinity: no point has y = 0, since the order is odd. With L = 3(X − Z²)(X + Z²)/2 and
 * T = XY²: X' = L² − 2T, Y' = L(T − X') − Y⁴, Z' = YZ. */
static __attribute__((noinline)) void point_double(jacobian_point *p)
{
    r1_field l, s, t, u;
    r1_square(&u, &p->z);
    r1_mul(&p->z, &p->z, &p->y);
    r1_square(&s, &p->y);
    r1_sub(&t, &p->x, &u);
    r1_add(&u, &p->x, &u);
    r1_mul(&l, &t, &u);
    r1_half(&t, &l);
    r1_add(&l, &l, &t);
    r1_mul(&t, &p->x, &s);
    r1_square(&u, &l);
    r1_sub(&u, &u, &t);
    r1_sub(&p->x, &u, &t);
    r1_sub(&t, &t, &p->x);
    r1_mul(&t, &t, &l);
    r1_square(&s, &s);
    r1_sub(&p->y, &t, &s);
}

/* p = p + q. Where `ratio` is not NULL, Z of the sum is *ratio times that of p. */
static __attribute__((noinline)) void point_add(jacobian_point *p, const affine_point *q, r1_field *ratio)
{
    if (p->infinity) {
        *p = (jacobian_point){q->x, q->y, R1_ONE, false};
        return;
    }
    r1_field zz, h, r, v, t;
    r1_square(&zz, &p->z);
    r1_mul(&h, &q->x, &zz);
    r1_sub(&h, &h, &p->x);
    r1_mul(&zz, &zz, &p->z);
    r1_mul(&r, &q->y, &zz);
    r1_sub(&r, &r, &p->y);
    if (__builtin_expect(h.limb[0] == 0, 0) && r1_is_zero(&h)) {
        if (r1_is_zero(&r))
            point_double(p);
        else
            p->infinity = true;
        return;
    }
    if (ratio)
        *ratio = h;
    r1_mul(&p->z, &p->z, &h);
    r1_square(&t, &h);
    r1_mul(&v, &p->x, &t);
    r1_mul(&h, &h, &t);
    r1_square(&t, &r);
    r1_sub(&t, &t, &h);
    r1_sub(&t, &t, &v);
    r1_sub(&p->x, &t, &v);
    r1_sub(&v, &v, &p->x);
    r1_mul(&v, &v, &r);
    r1_mul(&h, &h, &p->y);
    r1_sub(&p->y, &v, &h);
}

/* (x·z², y·z³) */
static void scale_point(affine_point *p, const r1_field *z)
{
    r1_field square;
    multiply(&square, z, z);
    multiply(&p->x, &p->x, &square);
    multiply(&square, &square, z);
    multiply(&p->y, &p->y, &square);
}

/* table[i] = (2i + 1)·q. */
static void odd_multiples(affine_point table[POINT_ENTRIES], const affine_point *q)
{
    /* On the isomorphic curve where 2q is affine all that follow are additions of an affine point; they
     * hold on any such curve. */
    jacobian_point twice = {q->x, q->y, R1_ONE, false};
    point_double(&twice);
    affine_point step = {twice.x, twice.y};
    table[0] = *q;
    scale_point(&table[0], &twice.z);
    jacobian_point sum = {table[0].x, table[0].y, R1_ONE, false};
    r1_field ratio[POINT_ENTRIES], z;
    for (int i = 1; i < POINT_ENTRIES; i++) {
        point_add(&sum, &step, &ratio[i]);
        table[i] = (affine_point){sum.x, sum.y};
    }
    /* Backwards: 1/Z of each is that of the one after it times the ratio. */
    multiply(&z, &sum.z, &twice.z);
    invert(&z, &z);
    for (int i = POINT_ENTRIES - 1; i > 0; i--) {
        scale_point(&table[i], &z);
        multiply(&z, &z, &ratio[i]);
    }
    table[0] = *q;
}

/* Signed digits of k, each odd or zero and followed by window_bits − 1 zeros at least. Returns how many
 * there are up to the last that is not zero. */
static int recode(int16_t digits[DIGITS], u256 k, unsigned window_bits)
{
    memset(digits, 0, DIGITS * sizeof *digits);
    uint64_t carry = 0;
    int count = 0;
    for (int position = 0; position < DIGITS;) {
        unsigned at = (unsigned)position % 64, limb = (unsigned)position / 64;
        uint64_t bits = limb < 4 ? k.limb[limb] >> at : 0;
        if ((bits & 1) == carry) {
            position++;
            continue;
        }
        if (at + window_bits > 64 && limb < 3)
            bits |= k.limb[limb + 1] << (64 - at);
        int digit = (int)((bits & ((1u << window_bits) - 1)) + carry);
        carry = (unsigned)digit >> (window_bits - 1);
        digits[position] = (int16_t)(digit - ((int)carry << window_bits));
        count = position + 1;
        position += (int)window_bits;
    }
    return count;
}

static inline void add_multiple(jacobian_point *sum, const affine_point *table, int digit)
{
    affine_point term = table[(digit < 0 ? -digit : digit) >> 1];
    if (digit < 0) {
        const r1_field zero = U256_ZERO;
        r1_sub(&term.y, &zero, &term.y);
    }
    point_add(sum, &term, NULL);
}

/* u·G + k·q by Straus's method. */
static void double_multiply(jacobian_point *sum, u256 u, u256 k, const affine_point *q)
{
    int16_t generator_digits[DIGITS], point_digits[DIGITS];
    affine_point table[POINT_ENTRIES];
    odd_multiples(table, q);
    int top = recode(generator_digits, u, GENERATOR_WINDOW_BITS);
    int count = recode(point_digits, k, POINT_WINDOW_BITS);
    top = count > top ? count : top;
    sum->infinity = true;
    for (int i = top - 1; i >= 0; i--) {
        if (!sum->infinity)
            point_double(sum);
        if (point_digits[i] != 0)
            add_multiple(sum, table, point_digits[i]);
        if (generator_digits[i] != 0)
            add_multiple(sum, (const affine_point *)generator_table, generator_digits[i]);
    }
}

static bool read_scalar(u256 *out, const uint8_t bytes[32])
{
    *out = u256_from_be(bytes, 32);
    return !u256_is_zero(*out) && u256_less(*out, group_order);
}

static bool on_curve(const affine_point *p)
{
    r1_field left, right, t;
    multiply(&left, &p->y, &p->y);
    multiply(&right, &p->x, &p->x);
    multiply(&right, &right, &p->x);
    r1_add(&t, &p->x, &p->x);
    r1_add(&t, &t, &p->x);
    r1_sub(&right, &right, &t);
    r1_add(&right, &right, &curve_b);
    return u256_equal(left, right);
}

/* The scalars of a signature: the sum of of_generator·G and of_key·key has to have an x of r, or r + n. */
typedef struct {
    u256 r, of_generator, of_key;
} verification;

static u256 scalar_multiply(u256 a, u256 b)
{
    const u256 zero = U256_ZERO;
    u256 quotient, product;
    call_divide(quotient.limb, product.limb, a.limb, b.limb, zero.limb, group_order.limb);
    return product;
}

static bool read_verification(verification *v, const hash256 *message, const uint8_t r[32],
                              const uint8_t s[32])
{
    u256 s_scalar, digest = u256_from_be(message->bytes, 32);
    if (!read_scalar(&v->r, r) || !read_scalar(&s_scalar, s))
        return false;
    s_scalar = modular_inverse(s_scalar, &group_order);
    v->of_generator = scalar_multiply(digest, s_scalar);
    v->of_key = scalar_multiply(v->r, s_scalar);
    return true;
}

bool secp256r1_verify_plainly(const uint8_t public_key_xy[64], const hash256 *message, const uint8_t r[32],
                              const uint8_t s[32])
{
    verification v;
    u256 x = u256_from_be(public_key_xy, 32), y = u256_from_be(public_key_xy + 32, 32);
    affine_point key;
    /* (0, 0), which stands for infinity, is not on the curve. */
    if (!read_verification(&v, message, r, s) || !read_field(&key.x, &x) || !read_field(&key.y, &y) ||
        !on_curve(&key))
        return false;

    jacobian_point sum;
    double_multiply(&sum, v.of_generator, v.of_key, &key);
    if (sum.infinity)
        return false;
    /* Compared with X, so no inversion. */
    r1_field zz, candidate;
    multiply(&zz, &sum.z, &sum.z);
    while (read_field(&candidate, &v.r)) {
        multiply(&candidate, &candidate, &zz);
        if (u256_equal(candidate, sum.x))
            return true;
        bool carry;
        v.r = u256_add_carry(&carry, v.r, group_order);
        if (carry)
            return false;
    }
    return false;
}

/* ---- by lists, on (X : Y : Z) ----------------------------------------------------------------------- */

enum { WORDS = 4, COORDINATES = 3, DOUBLINGS = sizeof double_list / sizeof *double_list / DOUBLE_ITEMS };

#define RUN(f, name) lists_run(f, name##_list, sizeof name##_list / sizeof *name##_list)

/* table[i] = (2i + 1)·SUM; SUM is lost. */
static void list_odd_multiples(uint64_t table[POINT_ENTRIES][COORDINATES * WORDS], const lists_frame *f)
{
    lists_get(table[0], f, SUM, COORDINATES);
    lists_run(f, double_list, DOUBLE_ITEMS);
    lists_put(f, ADDEND, lists_at(f, SUM), COORDINATES);
    lists_put(f, SUM, table[0], COORDINATES);
    for (int i = 1; i < POINT_ENTRIES; i++) {
        RUN(f, add);
        lists_get(table[i], f, SUM, COORDINATES);
    }
}

static void double_often(const lists_frame *f, unsigned times)
{
    for (; times > DOUBLINGS; times -= DOUBLINGS)
        lists_run(f, double_list, DOUBLINGS * DOUBLE_ITEMS);
    if (times != 0)
        lists_run(f, double_list, times * DOUBLE_ITEMS);
}

/* SUM = of_generator·G + of_key·SUM */
static void list_double_multiply(const lists_frame *f, const verification *v)
{
    int16_t generator_digits[DIGITS], point_digits[DIGITS];
    uint64_t table[POINT_ENTRIES][COORDINATES * WORDS];
    list_odd_multiples(table, f);
    int top = recode(generator_digits, v->of_generator, GENERATOR_WINDOW_BITS);
    int count = recode(point_digits, v->of_key, POINT_WINDOW_BITS);
    top = count > top ? count : top;
    unsigned doublings = 0;
    memset(lists_at(f, SUM), 0, COORDINATES * WORDS * sizeof(uint64_t));
    lists_put_small(f, SUM + 1, 1);
    for (int i = top - 1; i >= 0; i--) {
        int of_key = point_digits[i], of_generator = generator_digits[i];
        doublings += i != top - 1;
        if ((of_key | of_generator) == 0)
            continue;
        double_often(f, doublings);
        doublings = 0;
        if (of_key != 0) {
            lists_put(f, ADDEND, table[(of_key < 0 ? -of_key : of_key) >> 1], COORDINATES);
            if (of_key < 0)
                RUN(f, negate_addend);
            RUN(f, add);
        }
        if (of_generator != 0) {
            const u256 *entry = generator_table[(of_generator < 0 ? -of_generator : of_generator) >> 1];
            lists_put(f, ADDEND, entry[0].limb, 2);
            RUN(f, from_montgomery);
            lists_put_small(f, ADDEND + 2, 1);
            if (of_generator < 0)
                RUN(f, negate_addend);
            RUN(f, add);
        }
    }
    double_often(f, doublings);
}

bool secp256r1_verify_by_lists(const uint8_t public_key_xy[64], const hash256 *message, const uint8_t r[32],
                               const uint8_t s[32])
{
    uint64_t blocks[FRAME_BLOCKS * WORDS];
    const lists_frame f = {blocks, field_prime.limb, WORDS};
    verification v;
    lists_put(&f, 0, frame_constants[0], CONSTANTS);
    if (!read_verification(&v, message, r, s) || !lists_read(&f, SUM, public_key_xy) ||
        !lists_read(&f, SUM + 1, public_key_xy + 32))
        return false;
    RUN(&f, curve);
    if (!lists_equal(&f, ADDEND, ADDEND + 1, 1))
        return false;
    lists_put_small(&f, SUM + 2, 1);
    list_double_multiply(&f, &v);
    if (lists_is_zero(&f, SUM + 2, 1))
        return false;
    while (u256_less(v.r, field_prime)) {
        memcpy(lists_at(&f, ADDEND), v.r.limb, sizeof v.r.limb);
        RUN(&f, times_z);
        if (lists_equal(&f, ADDEND, SUM, 1))
            return true;
        bool carry;
        v.r = u256_add_carry(&carry, v.r, group_order);
        if (carry)
            return false;
    }
    return false;
}

bool secp256r1_verify(const uint8_t public_key_xy[64], const hash256 *message, const uint8_t r[32],
                      const uint8_t s[32])
{
#ifdef ASHLAR_CALLS
    return secp256r1_verify_by_lists(public_key_xy, message, r, s);
#else
    return secp256r1_verify_plainly(public_key_xy, message, r, s);
#endif
}
