/* Recovery by sums of points (secp256k1_point.h). One list makes the key from odd halves of both scalars:
 * all four halves are written with 129 digits 1 and −1, and for each place acc = 2·acc ± T, T one of the
 * eight (G ± λG) ± (R' ± λR'), R' = λ^j·R: as no digit is zero there is always something to add. acc begins
 * with H_j, of which nobody knows a logarithm (secp256k1_table.h says how it was found), so it is 2^i·H_j +
 * a·G + b·R.
 *
 * The call refuses sums of equal x. In the list and where H_j is taken off again that is c·H_j + a·G + b·R
 * = 0 with a power of two c: for an R = α·H_j + β·G with α ≠ 0, which somebody may have chosen, and only
 * for one: otherwise they know a logarithm. In the table it is R' = ±G, or a sum and a difference of G and
 * λG, R' and λR', have one x: R is then a multiple of G, one of six that for j = 0 and j = 1 are others. So
 * a signature that the call refuses in one way it does not refuse in the other. */
#include "crypto/secp256k1_recover.h"

#include "abi/calls.h"
#include "base/check.h"
#include "base/memory.h"
#include "crypto/secp256k1.h"
#include "crypto/secp256k1_point.h"
#include "crypto/secp256k1_scalar.h"
#include "crypto/secp256k1_table.h"

static const u256 field_prime = {{0xfffffffefffffc2f, UINT64_MAX, UINT64_MAX, UINT64_MAX}};

/* Points that lists number from here. */
enum { ENTRIES = 8 };
typedef struct {
    uint64_t entry[ENTRIES][SECP256K1_POINT_WORDS]; /* bit 0: G − λG; 1: … − (…); 2: R' − λR' */
    uint64_t rotated[SECP256K1_POINT_WORDS];        /* λR' */
    uint64_t pair[2][SECP256K1_POINT_WORDS];        /* R' + λR', R' − λR' */
    uint64_t acc[SECP256K1_POINT_WORDS];
} frame;

enum { ROTATED = ENTRIES, PAIR = ROTATED + 1, ACC = PAIR + 2 };

#define ITEM(number, flags) ((uint64_t)(number) | (uint64_t)(flags) << 16)

static bool add_list(uint64_t result[SECP256K1_POINT_WORDS], const uint64_t *list,
                     const uint64_t start[SECP256K1_POINT_WORDS], const frame *f, size_t n)
{
#ifdef ASHLAR_GUEST
    call_point(result, list, start, (const uint64_t *)f, n);
    return true;
#else
    return secp256k1_add_list(result, list, start, (const uint64_t *)f, n);
#endif
}

/* Blocks of a list of products (call_muladd): r = a·b + c modulo m, each by its number. */
#define PRODUCT(a, b, c, r) \
    ((uint64_t)(a) | (uint64_t)(b) << 16 | (uint64_t)(c) << 32 | (uint64_t)(r) << 48)

/* a or b of each item is below m. */
static void multiply_list(u256 *blocks, const uint64_t *list, const u256 *m, size_t n)
{
#ifdef ASHLAR_GUEST
    call_muladd(blocks->limb, list, m->limb, n);
#else
    for (size_t i = 0; i < n; i++) {
        uint64_t quotient[4];
        u256 *r = &blocks[list[i] >> 48];
        CHECK(u256_multiply_divide_limbs(quotient, r->limb, blocks[list[i] & 0xFFFF].limb,
                                         blocks[list[i] >> 16 & 0xFFFF].limb,
                                         blocks[list[i] >> 32 & 0xFFFF].limb, m->limb));
    }
#endif
}

/* ---- the question --------------------------------------------------------------------------------- */

typedef struct {
    u256 r, s, m; /* r and s modulo n, m as it is */
    u256 x;
} signature;

static bool read_signature(signature *g, const secp256k1_recover_question *question)
{
    if (question->recovery_id > 3 || !secp256k1_scalar_read(&g->r, question->r) ||
        !secp256k1_scalar_read(&g->s, question->s))
        return false;
    g->m = u256_from_be(question->message.bytes, sizeof question->message.bytes);
    g->x = g->r;
    if (question->recovery_id & 2) {
        bool carry;
        g->x = u256_add_carry(&carry, g->x, secp256k1_order);
        if (carry || !u256_less(g->x, field_prime))
            return false;
    }
    return true;
}

/* What is modulo p: R' and λR' with their balanced x, and what tells whether there is an R. */
typedef struct {
    u256 root, y, square, cube; /* root modulo p and its square; x³ + 7 */
    u256 x, first, second;
    u256 zero, one, seven, balance, beta;
} field_blocks;

enum { ROOT, Y, SQUARE, CUBE, X, FIRST, SECOND, ZERO, ONE, SEVEN, BALANCE, BETA };

static void compute_point(field_blocks *b, const u256 *x, const u256 *root, unsigned way)
{
    static const uint64_t list[2][7] = {
        {PRODUCT(ROOT, ONE, ZERO, Y), PRODUCT(Y, Y, ZERO, SQUARE), PRODUCT(X, X, ZERO, CUBE),
         PRODUCT(CUBE, X, SEVEN, CUBE), PRODUCT(X, ONE, BALANCE, FIRST), PRODUCT(X, BETA, BALANCE, SECOND)},
        {PRODUCT(ROOT, ONE, ZERO, Y), PRODUCT(Y, Y, ZERO, SQUARE), PRODUCT(X, X, ZERO, CUBE),
         PRODUCT(CUBE, X, SEVEN, CUBE), PRODUCT(X, BETA, ZERO, X), PRODUCT(X, ONE, BALANCE, FIRST),
         PRODUCT(X, BETA, BALANCE, SECOND)},
    };
    const uint64_t balanced = 0x8080808080808080;
    b->x = *x;
    b->root = *root;
    b->zero = U256_ZERO;
    b->one = u256_from_u64(1);
    b->seven = u256_from_u64(7);
    b->balance = (u256){{balanced, balanced, balanced, balanced}};
    b->beta = endomorphism_beta;
    multiply_list(&b->root, list[way == 1], &field_prime, way == 1 ? 7 : 6);
}

/* ---- the hint's halves ---------------------------------------------------------------------------- */

typedef secp256k1_recover_hint hint_words;

static bool half_is_negative(const hint_words *hint, int i) { return hint->way >> (8 + 2 * i) & 1; }
static uint64_t half_top(const hint_words *hint, int i) { return hint->way >> (9 + 2 * i) & 1; }

/* u·r + m is 0, and λ^j·k·r is s, for u and k that the halves make. */
static bool halves_hold(const hint_words *hint, const signature *g, unsigned way)
{
    enum { HALF, R = 4, M, LAMBDA, NONE, U, K, BLOCKS };
    static const uint64_t list[5] = {
        PRODUCT(HALF + 1, LAMBDA, HALF, U), PRODUCT(U, R, M, U),          PRODUCT(HALF + 3, LAMBDA, HALF + 2, K),
        PRODUCT(K, R, NONE, K),             PRODUCT(K, LAMBDA, NONE, K),
    };
    u256 b[BLOCKS];
    for (int i = 0; i < 4; i++) {
        if ((hint->half[i][0] & 1) == 0)
            return false;
        b[i] = (u256){{hint->half[i][0], hint->half[i][1], half_top(hint, i), 0}};
        if (half_is_negative(hint, i))
            b[i] = u256_sub(secp256k1_order, b[i]);
    }
    b[R] = g->r;
    b[M] = g->m;
    b[LAMBDA] = endomorphism_lambda;
    b[NONE] = U256_ZERO;
    multiply_list(b, list, &secp256k1_order, way == 1 ? 5 : 4);
    return u256_is_zero(b[U]) && u256_equal(b[K], g->s);
}

/* ---- the list ------------------------------------------------------------------------------------- */

/* The 129 digits of a half: bit i is set if digit i is 1, clear if it is −1. An odd number is Σ ±2^i with the
 * sign of digit i as in its bit i + 1, and 1 at the top. */
typedef struct {
    uint64_t bits[2], top;
} digits;

static digits digits_of(const hint_words *hint, int i)
{
    uint64_t negative = half_is_negative(hint, i) ? UINT64_MAX : 0;
    return (digits){{(hint->half[i][0] >> 1 | hint->half[i][1] << 63) ^ negative,
                     (hint->half[i][1] >> 1 | half_top(hint, i) << 63) ^ negative},
                    1 ^ (negative & 1)};
}

/* The low sixteen bits, four places apart. */
static uint64_t spread(uint64_t x)
{
    x &= 0xFFFF;
    x = (x | x << 24) & 0x000000FF000000FF;
    x = (x | x << 12) & 0x000F000F000F000F;
    x = (x | x << 6) & 0x0303030303030303;
    return (x | x << 3) & 0x1111111111111111;
}

/* By the bits of an entry and, above, whether half 0's digit is 1. */
static const uint64_t list_items[2 * ENTRIES] = {
    ITEM(0, 3), ITEM(1, 3), ITEM(2, 3), ITEM(3, 3), ITEM(4, 3), ITEM(5, 3), ITEM(6, 3), ITEM(7, 3),
    ITEM(0, 2), ITEM(1, 2), ITEM(2, 2), ITEM(3, 2), ITEM(4, 2), ITEM(5, 2), ITEM(6, 2), ITEM(7, 2),
};

/* T's sign is that of half 0's digit; the others are told apart by whether they differ. */
static void make_list(uint64_t list[POINT_DIGITS], const hint_words *hint)
{
    digits d[4];
    for (int i = 0; i < 4; i++)
        d[i] = digits_of(hint, i);
    *list++ = list_items[(d[0].top ^ d[1].top) | (d[0].top ^ d[2].top) << 1 | (d[2].top ^ d[3].top) << 2 |
                         d[0].top << 3];
    for (int limb = 1; limb >= 0; limb--) {
        uint64_t a = d[0].bits[limb] ^ d[1].bits[limb], b = d[0].bits[limb] ^ d[2].bits[limb];
        uint64_t c = d[2].bits[limb] ^ d[3].bits[limb], sign = d[0].bits[limb];
        for (int shift = 48; shift >= 0; shift -= 16) {
            uint64_t places = spread(a >> shift) | spread(b >> shift) << 1 | spread(c >> shift) << 2 |
                              spread(sign >> shift) << 3;
            for (int i = 0; i < 16; i++, places <<= 4)
                *list++ = list_items[places >> 60];
        }
    }
}

/* ---- points --------------------------------------------------------------------------------------- */

static void store_point(uint64_t words[SECP256K1_POINT_WORDS], const u256 *balanced_x, const u256 *y)
{
    memcpy(words, balanced_x, sizeof *balanced_x);
    memcpy(words + 4, y, sizeof *y);
}

static bool make_table(frame *f, const uint64_t point[SECP256K1_POINT_WORDS])
{
    static const uint64_t plus_rotated[1] = {ITEM(ROTATED, 0)};
    static const uint64_t minus_rotated[1] = {ITEM(ROTATED, SECP256K1_NEGATE)};
    static const uint64_t pairs[4][1] = {
        {ITEM(PAIR, 0)},
        {ITEM(PAIR, SECP256K1_NEGATE)},
        {ITEM(PAIR + 1, 0)},
        {ITEM(PAIR + 1, SECP256K1_NEGATE)},
    };
    if (!add_list(f->pair[0], plus_rotated, point, f, 1) || !add_list(f->pair[1], minus_rotated, point, f, 1))
        return false;
    for (int i = 0; i < ENTRIES; i++)
        if (!add_list(f->entry[i], pairs[i >> 1], generator_pair[i & 1], f, 1))
            return false;
    return true;
}

/* acc less 2^129·H_j. Where they have one x the key is infinity, or the other way must do. */
static secp256k1_recovered take_blinding_off(uint8_t public_key_xy[64], frame *f,
                                             const uint64_t far[SECP256K1_POINT_WORDS])
{
    static const uint64_t plus_acc[1] = {ITEM(ACC, 0)};
    if (memcmp(f->acc, far, 32) == 0)
        return memcmp(f->acc + 4, far + 4, 32) == 0 ? SECP256K1_UNDECIDED : SECP256K1_NO_KEY;
    if (!add_list(f->acc, plus_acc, far, f, 1))
        return SECP256K1_UNDECIDED;
    secp256k1_point key;
    memcpy(&key, f->acc, sizeof key);
    u256_to_be(public_key_xy, secp256k1_unbalance(key.x));
    u256_to_be(public_key_xy + 32, key.y);
    return SECP256K1_KEY;
}

secp256k1_recovered secp256k1_recover_by_points(uint8_t public_key_xy[64],
                                                const secp256k1_recover_question *question,
                                                const secp256k1_recover_hint *hint)
{
    signature g;
    field_blocks b;
    unsigned way = hint->way & 3;
    if (!read_signature(&g, question))
        return SECP256K1_NO_KEY;
    compute_point(&b, &g.x, &hint->root, way);
    if (!u256_equal(b.square, b.cube)) /* −1 is no square, so a root of −(x³ + 7) shows that there is no y */
        return u256_equal(b.square, u256_sub(field_prime, b.cube)) ? SECP256K1_NO_KEY : SECP256K1_UNDECIDED;
    if (way >= SECP256K1_WAYS || !halves_hold(hint, &g, way))
        return SECP256K1_UNDECIDED;
    if ((b.y.limb[0] & 1) != (question->recovery_id & 1))
        b.y = u256_sub(field_prime, b.y);

    frame f;
    uint64_t point[SECP256K1_POINT_WORDS], list[POINT_DIGITS];
    store_point(point, &b.first, &b.y);
    store_point(f.rotated, &b.second, &b.y);
    make_list(list, hint);
    if (!make_table(&f, point) || !add_list(f.acc, list, blinding_point[way], &f, POINT_DIGITS))
        return SECP256K1_UNDECIDED;
    return take_blinding_off(public_key_xy, &f, blinding_far[way]);
}

/* ---- the way -------------------------------------------------------------------------------------- */

/* The machine has a call for it; elsewhere the plain way is the faster one. */
bool secp256k1_recover(uint8_t public_key_xy[64], const hash256 *message, const uint8_t r[32],
                       const uint8_t s[32], unsigned recovery_id)
{
#ifdef ASHLAR_GUEST
    secp256k1_recover_question question = {.message = *message, .recovery_id = recovery_id};
    secp256k1_recover_hint hint;
    memcpy(question.r, r, sizeof question.r);
    memcpy(question.s, s, sizeof question.s);
    call_hint((uint64_t *)&hint, HINT_RECOVER, (const uint64_t *)&question);
    secp256k1_recovered recovered = secp256k1_recover_by_points(public_key_xy, &question, &hint);
    if (recovered != SECP256K1_UNDECIDED)
        return recovered == SECP256K1_KEY;
#endif
    return secp256k1_recover_plainly(public_key_xy, message, r, s, recovery_id);
}
