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
#include "base/memory.h"
#include "crypto/secp256k1.h"
#include "crypto/secp256k1_field.h"
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

/* ---- the question --------------------------------------------------------------------------------- */

typedef struct {
    u256 r, s, m; /* modulo n */
    field x, y_square;
} signature;

static bool read_signature(signature *g, const secp256k1_recover_question *question)
{
    if (question->recovery_id > 3 || !secp256k1_scalar_read(&g->r, question->r) ||
        !secp256k1_scalar_read(&g->s, question->s))
        return false;
    g->m = secp256k1_scalar_of_message(&question->message);
    g->x = g->r;
    if (question->recovery_id & 2) {
        bool carry;
        g->x = u256_add_carry(&carry, g->x, secp256k1_order);
        if (carry || !u256_less(g->x, field_prime))
            return false;
    }
    secp256k1_field_curve(&g->y_square, &g->x);
    return true;
}

/* ---- the hint's halves ---------------------------------------------------------------------------- */

typedef secp256k1_recover_hint hint_words;

static bool half_is_negative(const hint_words *hint, int i) { return hint->way >> (8 + 2 * i) & 1; }
static uint64_t half_top(const hint_words *hint, int i) { return hint->way >> (9 + 2 * i) & 1; }

static u256 half_size(const hint_words *hint, int i)
{
    return (u256){{hint->half[i][0], hint->half[i][1], half_top(hint, i), 0}};
}

static u256 scalar_add(u256 a, u256 b)
{
    bool carry;
    u256 sum = u256_add_carry(&carry, a, b);
    return carry || !u256_less(sum, secp256k1_order) ? u256_sub(sum, secp256k1_order) : sum;
}

/* half_i + half_{i+1}·λ mod n */
static u256 join_halves(const hint_words *hint, int i)
{
    u256 low = half_size(hint, i);
    u256 high = secp256k1_scalar_multiply(half_size(hint, i + 1), endomorphism_lambda);
    if (half_is_negative(hint, i))
        low = secp256k1_scalar_negate(low);
    if (half_is_negative(hint, i + 1))
        high = secp256k1_scalar_negate(high);
    return scalar_add(low, high);
}

static bool halves_hold(const hint_words *hint, const signature *g, unsigned way)
{
    for (int i = 0; i < 4; i++)
        if ((hint->half[i][0] & 1) == 0)
            return false;
    u256 u = secp256k1_scalar_multiply(join_halves(hint, 0), g->r);
    u256 k = secp256k1_scalar_multiply(join_halves(hint, 2), g->r);
    if (way == 1)
        k = secp256k1_scalar_multiply(k, endomorphism_lambda);
    return u256_equal(u, secp256k1_scalar_negate(g->m)) && u256_equal(k, g->s);
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

static void store_point(uint64_t words[SECP256K1_POINT_WORDS], u256 x, u256 y)
{
    x = secp256k1_balance(x);
    memcpy(words, &x, sizeof x);
    memcpy(words + 4, &y, sizeof y);
}

/* λ^j·R and λ^(j + 1)·R. */
static void rotate_point(uint64_t first[SECP256K1_POINT_WORDS], uint64_t second[SECP256K1_POINT_WORDS],
                         field x, field y, unsigned way)
{
    if (way == 1)
        secp256k1_field_multiply(&x, &x, &endomorphism_beta);
    store_point(first, x, y);
    secp256k1_field_multiply(&x, &x, &endomorphism_beta);
    store_point(second, x, y);
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

/* root² is x³ + 7 or its negative: then it is a root of what has one, as −1 is no square. Neither: false. */
static bool root_decides(bool *on_curve, const signature *g, const u256 *root)
{
    field square = *root, difference, sum;
    secp256k1_field_square_times(&square, &square, 1);
    field_sub(&difference, &square, &g->y_square);
    *on_curve = field_is_zero(&difference);
    if (*on_curve)
        return true;
    field_add(&sum, &square, &g->y_square);
    return field_is_zero(&sum);
}

secp256k1_recovered secp256k1_recover_by_points(uint8_t public_key_xy[64],
                                                const secp256k1_recover_question *question,
                                                const secp256k1_recover_hint *hint)
{
    signature g;
    bool on_curve;
    if (!read_signature(&g, question))
        return SECP256K1_NO_KEY;
    if (!root_decides(&on_curve, &g, &hint->root))
        return SECP256K1_UNDECIDED;
    if (!on_curve)
        return SECP256K1_NO_KEY;
    unsigned way = hint->way & 3;
    if (way >= SECP256K1_WAYS || !halves_hold(hint, &g, way))
        return SECP256K1_UNDECIDED;
    field y = hint->root;
    field_normalize(&y);
    if ((y.limb[0] & 1) != (question->recovery_id & 1))
        field_negate(&y, &y);

    frame f;
    uint64_t point[SECP256K1_POINT_WORDS], list[POINT_DIGITS];
    rotate_point(point, f.rotated, g.x, y, way);
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
