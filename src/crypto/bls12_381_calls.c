/* BLS12-381 by lists of products (lists.h). */
#include "crypto/bls12_381.h"

#include "base/memory.h"
#include "base/u256.h"
#include "crypto/bls12_381_lists.h"
#include "crypto/lists.h"

enum { WORDS = 6, NUMBER_BYTES = 48, BATCH_WORDS = 8640, PAIRING_BATCH = 16 };

/* A group, and the lists about it: what is asked of coordinates, and of points in the subgroup of order r. */
typedef struct {
    lists_group group;
    size_t degree;            /* blocks of a coordinate */
    const uint64_t *curve;    /* of x and y in SUM the sides of the equation, into ADDEND */
    const uint64_t *in_group; /* see is_in_group */
    size_t curve_items, in_group_items;
    int powers; /* of x, the curve's parameter, that the subgroup's check takes */
    size_t constants;
} side;

static const side first_side = {
    .group = {.sum = SUM,
              .addend = ADDEND,
              .blocks = 3,
              .add = add_list,
              .add_items = ADD_ITEMS,
              .doubles = double_list,
              .doubles_items = LISTS_WINDOW_BITS * DOUBLE_ITEMS},
    .degree = 1,
    .curve = curve_list,
    .curve_items = CURVE_ITEMS,
    .in_group = in_group_list,
    .in_group_items = IN_GROUP_ITEMS,
    .powers = 2,
    .constants = POINT_CONSTANTS,
};

static const side second_side = {
    .group = {.sum = SUM_2,
              .addend = ADDEND_2,
              .blocks = 6,
              .add = add_2_list,
              .add_items = ADD_2_ITEMS,
              .doubles = double_2_list,
              .doubles_items = LISTS_WINDOW_BITS * DOUBLE_2_ITEMS},
    .degree = 2,
    .curve = curve_2_list,
    .curve_items = CURVE_2_ITEMS,
    .in_group = in_group_2_list,
    .in_group_items = IN_GROUP_2_ITEMS,
    .powers = 1,
    .constants = TWIST_CONSTANTS,
};

/* Doublings between the bits of |x| = 0xd201000000010000 that are set, and behind the last. */
static const uint8_t parameter_runs[6] = {1, 2, 3, 9, 32, 16};
enum { PARAMETER_RUNS = 6 };

static void field_inverse(const lists_frame *f, size_t block);

#include "crypto/pairing_lists.inc"

static bool is_one(const uint64_t *number)
{
    return number[0] == 1 && (number[1] | number[2] | number[3] | number[4] | number[5]) == 0;
}

/* The inverse of a block, in its place; 0 of 0. By a hint, or where that does not hold by a power. */
static void field_inverse(const lists_frame *f, size_t block)
{
    uint64_t question[2 * WORDS];
    memcpy(question, lists_at(f, block), WORDS * sizeof *question);
    memcpy(question + WORDS, f->modulus, WORDS * sizeof *question);
    uint64_t found[WORDS];
    call_hint(found, HINT_INVERSE_384, question);
    lists_put(f, POWER, lists_at(f, block), 1);
    lists_put(f, POWER + 1, found, 1);
    RUN(f, product);
    if (is_one(lists_at(f, POWER + 1))) {
        lists_put(f, block, found, 1);
        return;
    }
    RUN(f, power);
    RUN(f, power_inverse);
    lists_put(f, block, lists_at(f, POWER), 1);
}

static lists_frame frame_of(uint64_t *blocks, size_t constants)
{
    lists_frame f = {blocks, field_prime[0], WORDS};
    lists_put(&f, 0, frame_constants[0], constants);
    return f;
}

/* ---- points --------------------------------------------------------------------------------------- */

static void set_one(const lists_frame *f, size_t block, size_t blocks)
{
    memset(lists_at(f, block), 0, blocks * WORDS * sizeof(uint64_t));
    lists_at(f, block)[0] = 1;
}

/* Whether x and y in SUM are of the curve; Z = 1. ADDEND is lost. */
static bool is_on_curve(const lists_frame *f, const side *s)
{
    set_one(f, s->group.sum + 2 * s->degree, s->degree);
    lists_run(f, s->curve, s->curve_items);
    return lists_equal(f, s->group.addend, s->group.addend + s->degree, s->degree);
}

/* Into SUM. Infinity is all zeros; (0, 0) is not on either curve. */
static bool read_point(const lists_frame *f, const side *s, bool *infinity, const uint8_t *bytes)
{
    for (size_t i = 0; i < 2 * s->degree; i++)
        if (!lists_read(f, s->group.sum + i, bytes + NUMBER_BYTES * i))
            return false;
    *infinity = lists_is_zero(f, s->group.sum, 2 * s->degree);
    if (*infinity) {
        lists_infinity(f, &s->group);
        return true;
    }
    return is_on_curve(f, s);
}

/* SUM = |x|·SUM */
static void multiply_by_parameter(const lists_frame *f, const lists_group *g)
{
    size_t one = g->doubles_items / LISTS_WINDOW_BITS;
    lists_put(f, g->addend, lists_at(f, g->sum), g->blocks);
    for (int i = 0; i < PARAMETER_RUNS; i++) {
        for (size_t left = parameter_runs[i]; left != 0;) {
            size_t some = left < LISTS_WINDOW_BITS ? left : LISTS_WINDOW_BITS;
            lists_run(f, g->doubles, some * one);
            left -= some;
        }
        if (i != PARAMETER_RUNS - 1)
            lists_run(f, g->add, g->add_items);
    }
}

/* Whether the affine point in SUM, which stays there, is of order r: an endomorphism then maps it to −x² or x
 * times itself, and no other point. M. Scott, "A note on group membership tests for G1, G2 and GT on BLS
 * pairing-friendly curves" (2021). */
static bool is_in_group(const lists_frame *f, const side *s)
{
    uint64_t point[6 * WORDS];
    const lists_group *g = &s->group;
    lists_get(point, f, g->sum, g->blocks);
    for (int i = 0; i < s->powers; i++)
        multiply_by_parameter(f, g);
    lists_put(f, g->addend, point, g->blocks);
    lists_run(f, s->in_group, s->in_group_items);
    lists_put(f, g->sum, point, g->blocks);
    return lists_is_zero(f, g->addend, 2 * s->degree);
}

static bool read_point_of_group(const lists_frame *f, const side *s, bool *infinity, const uint8_t *bytes)
{
    return read_point(f, s, infinity, bytes) && (*infinity || is_in_group(f, s));
}

/* SUM with Z = 1; false where it is infinity. */
static bool make_affine(const lists_frame *f, const side *s)
{
    size_t z = s->group.sum + 2 * s->degree;
    if (lists_is_zero(f, z, s->degree))
        return false;
    if (s->degree == 1) {
        lists_put(f, ADDEND, lists_at(f, z), 1);
        field_inverse(f, ADDEND);
        RUN(f, affine);
    } else {
        RUN(f, norm_2);
        field_inverse(f, NORM);
        RUN(f, affine_2);
    }
    set_one(f, z, s->degree);
    return true;
}

static void write_point(uint8_t *bytes, const lists_frame *f, const side *s)
{
    if (!make_affine(f, s)) {
        memset(bytes, 0, 2 * s->degree * NUMBER_BYTES);
        return;
    }
    for (size_t i = 0; i < 2 * s->degree; i++)
        lists_write(bytes + NUMBER_BYTES * i, f, s->group.sum + i);
}

static zkvm_status add(const side *s, uint8_t *result, const uint8_t *p, const uint8_t *q)
{
    uint64_t blocks[FRAME_BLOCKS * WORDS], point[6 * WORDS];
    const lists_frame f = frame_of(blocks, s->constants);
    const lists_group *g = &s->group;
    bool infinity;
    if (!read_point(&f, s, &infinity, p))
        return ZKVM_EFAIL;
    lists_get(point, &f, g->sum, g->blocks);
    if (!read_point(&f, s, &infinity, q))
        return ZKVM_EFAIL;
    lists_put(&f, g->addend, point, g->blocks);
    lists_run(&f, g->add, g->add_items);
    write_point(result, &f, s);
    return ZKVM_EOK;
}

/* Pairs are a point and a scalar behind it, `stride` bytes. */
static zkvm_status sum_multiples(const side *s, uint8_t *result, const uint8_t *pairs, size_t stride,
                                 size_t count)
{
    enum { MOST = BATCH_WORDS / (LISTS_TABLE_POINTS * 3 * WORDS) };
    uint64_t blocks[FRAME_BLOCKS * WORDS], sum[6 * WORDS], tables[BATCH_WORDS], scalars[MOST][4];
    const uint64_t *table_of[MOST];
    const lists_frame f = frame_of(blocks, s->constants);
    const lists_group *g = &s->group;
    size_t table_words = LISTS_TABLE_POINTS * g->blocks * WORDS, most = BATCH_WORDS / table_words;
    lists_infinity(&f, g);
    lists_get(sum, &f, g->sum, g->blocks);
    for (size_t done = 0; done < count;) {
        size_t used = 0;
        for (; done < count && used < most; done++) {
            bool infinity;
            const uint8_t *pair = pairs + stride * done;
            if (!read_point_of_group(&f, s, &infinity, pair))
                return ZKVM_EFAIL;
            if (infinity)
                continue;
            u256 k = u256_from_be(pair + stride - 32, 32);
            memcpy(scalars[used], k.limb, sizeof k.limb);
            table_of[used] = tables + used * table_words;
            lists_multiples(tables + used * table_words, &f, g);
            used++;
        }
        lists_sum_multiples(&f, g, table_of, (const uint64_t(*)[4])scalars, used);
        lists_put(&f, g->addend, sum, g->blocks);
        lists_run(&f, g->add, g->add_items);
        lists_get(sum, &f, g->sum, g->blocks);
    }
    lists_put(&f, g->sum, sum, g->blocks);
    write_point(result, &f, s);
    return ZKVM_EOK;
}

zkvm_status bls12_381_g1_add_by_lists(const zkvm_bls12_381_g1_point *p1, const zkvm_bls12_381_g1_point *p2,
                                      zkvm_bls12_381_g1_point *result)
{
    return add(&first_side, result->data, p1->data, p2->data);
}

zkvm_status bls12_381_g2_add_by_lists(const zkvm_bls12_381_g2_point *p1, const zkvm_bls12_381_g2_point *p2,
                                      zkvm_bls12_381_g2_point *result)
{
    return add(&second_side, result->data, p1->data, p2->data);
}

zkvm_status bls12_381_g1_msm_by_lists(const zkvm_bls12_381_g1_msm_pair *pairs, size_t num_pairs,
                                      zkvm_bls12_381_g1_point *result)
{
    return sum_multiples(&first_side, result->data, (const uint8_t *)pairs, sizeof *pairs, num_pairs);
}

zkvm_status bls12_381_g2_msm_by_lists(const zkvm_bls12_381_g2_msm_pair *pairs, size_t num_pairs,
                                      zkvm_bls12_381_g2_point *result)
{
    return sum_multiples(&second_side, result->data, (const uint8_t *)pairs, sizeof *pairs, num_pairs);
}

/* ---- pairings ------------------------------------------------------------------------------------- */

/* A = A times the Miller functions of |x|. Those of x are their inverses but for what the final power takes
 * away, and whether the product is 1 is all that is asked. */
static void miller_loop(const lists_frame *f, miller_pair *pairs, size_t count)
{
    fp12 before;
    lists_get(before.word, f, A, FP12_BLOCKS);
    set_one(f, A, FP12_BLOCKS);
    for (int i = 0; i < PARAMETER_RUNS; i++)
        for (int k = 0; k < parameter_runs[i]; k++) {
            if (i != 0 || k != 0)
                miller_square(f);
            for (size_t j = 0; j < count; j++)
                miller_double(f, &pairs[j]);
            for (size_t j = 0; k + 1 == parameter_runs[i] && i != PARAMETER_RUNS - 1 && j < count; j++) {
                lists_put(f, Q, pairs[j].q, Q_BLOCKS);
                miller_add(f, &pairs[j]);
            }
        }
    lists_put(f, B, before.word, FP12_BLOCKS);
    RUN(f, multiply);
    lists_put(f, A, lists_at(f, R), FP12_BLOCKS);
}

/* r = a^x for a in the cyclotomic subgroup. */
static void power_x(const lists_frame *f, fp12 *r, const fp12 *a)
{
    lists_put(f, A, a->word, FP12_BLOCKS);
    lists_put(f, B, a->word, FP12_BLOCKS);
    for (int i = 0; i < PARAMETER_RUNS; i++) {
        for (int k = 0; k < parameter_runs[i]; k++)
            RUN(f, cyclotomic_square);
        if (i == PARAMETER_RUNS - 1)
            break;
        RUN(f, multiply);
        lists_put(f, A, lists_at(f, R), FP12_BLOCKS);
    }
    RUN(f, conjugate);
    lists_get(r->word, f, A, FP12_BLOCKS);
}

static void power_x_less_1(const lists_frame *f, fp12 *r, const fp12 *a)
{
    fp12 t, inverse;
    power_x(f, &t, a);
    fp12_conjugate(f, &inverse, a);
    fp12_multiply(f, r, &t, &inverse);
}

/* Whether A^((p^12 − 1)/r) = 1. Three times the hard part is (x − 1)²(x + p)(x² + p² − 1) + 3: D. Hayashida, K.
 * Hayasaka, T. Teruya, "Efficient final exponentiation via cyclotomic structure for pairings over families of
 * elliptic curves" (2020). */
static bool final_power_is_one(const lists_frame *f)
{
    fp12 a, b, c, t;
    lists_get(t.word, f, A, FP12_BLOCKS);
    fp12_easy_power(f, &a, &t);
    power_x_less_1(f, &t, &a);
    power_x_less_1(f, &b, &t);
    power_x(f, &c, &b);
    fp12_map(f, &t, &b, frobenius_1_list, FROBENIUS_1_ITEMS);
    fp12_multiply(f, &c, &c, &t);
    power_x(f, &t, &c);
    power_x(f, &t, &t);
    fp12_map(f, &b, &c, frobenius_2_list, FROBENIUS_2_ITEMS);
    fp12_multiply(f, &t, &t, &b);
    fp12_conjugate(f, &c, &c);
    fp12_multiply(f, &t, &t, &c);
    fp12_cyclotomic_square(f, &b, &a);
    fp12_multiply(f, &b, &b, &a);
    fp12_multiply(f, &t, &t, &b);
    return fp12_is_one(&t);
}

/* From the affine points in SUM and Q. */
static void begin_pair(const lists_frame *f, miller_pair *pair)
{
    RUN(f, negate_point);
    lists_get(pair->at, f, AT, AT_BLOCKS);
    lists_get(pair->q, f, Q, Q_BLOCKS);
    pair->has_line = true;
    miller_begin(pair);
}

zkvm_status bls12_381_pairing_by_lists(const zkvm_bls12_381_pairing_pair *pairs, size_t num_pairs,
                                       bool *verified)
{
    uint64_t blocks[FRAME_BLOCKS * WORDS];
    const lists_frame f = frame_of(blocks, CONSTANTS);
    miller_pair some[PAIRING_BATCH];
    size_t used = 0;
    set_one(&f, A, FP12_BLOCKS);
    for (size_t i = 0; i < num_pairs; i++) {
        bool no_point, no_twist;
        if (!read_point_of_group(&f, &first_side, &no_point, pairs[i].g1.data) ||
            !read_point_of_group(&f, &second_side, &no_twist, pairs[i].g2.data))
            return ZKVM_EFAIL;
        /* e(P, ∞) = e(∞, Q) = 1. */
        if (no_point || no_twist)
            continue;
        lists_put(&f, Q, lists_at(&f, SUM_2), Q_BLOCKS);
        begin_pair(&f, &some[used]);
        if (++used == PAIRING_BATCH) {
            miller_loop(&f, some, used);
            used = 0;
        }
    }
    if (used != 0)
        miller_loop(&f, some, used);
    *verified = final_power_is_one(&f);
    return ZKVM_EOK;
}

/* ---- KZG ------------------------------------------------------------------------------------------ */

static bool read_scalar(uint64_t out[4], const zkvm_kzg_field_element *in)
{
    static const u256 order = {
        {0xffffffff00000001, 0x53bda402fffe5bfe, 0x3339d80809a1d805, 0x73eda753299d7d48}};
    u256 k = u256_from_be(in->data, 32);
    memcpy(out, k.limb, sizeof k.limb);
    return u256_less(k, order);
}

/* A number is the larger of it and its negation. */
static bool is_larger(const uint64_t y[WORDS])
{
    for (size_t i = WORDS; i-- != 0;) {
        uint64_t half = field_prime[0][i] >> 1 | (i + 1 < WORDS ? field_prime[0][i + 1] << 63 : 0);
        if (y[i] != half)
            return y[i] > half;
    }
    return false;
}

static void negate_y(const lists_frame *f, size_t block)
{
    uint64_t *y = lists_at(f, block), borrow = 0;
    for (size_t i = 0; i < WORDS; i++) {
        uint64_t d = field_prime[0][i] - y[i], under = field_prime[0][i] < y[i];
        y[i] = d - borrow;
        borrow = under | (d < borrow);
    }
}

/* Into SUM, from 48 bytes: the highest bits say that it is compressed, that it is infinity, and which of two y it
 * has. Points of the subgroup only; y is not 0, as the order is odd. */
static bool read_compressed(const lists_frame *f, bool *infinity, const uint8_t bytes[NUMBER_BYTES])
{
    enum { COMPRESSED = 0x80, INFINITY = 0x40, LARGER = 0x20 };
    uint8_t x[NUMBER_BYTES];
    uint8_t flags = bytes[0];
    memcpy(x, bytes, sizeof x);
    x[0] &= LARGER - 1;
    if (!(flags & COMPRESSED) || !lists_read(f, SUM, x))
        return false;
    *infinity = (flags & INFINITY) != 0;
    if (*infinity) {
        bool good = !(flags & LARGER) && lists_is_zero(f, SUM, 1);
        lists_infinity(f, &first_side.group);
        return good;
    }
    lists_put_small(f, SUM + 1, 0);
    RUN(f, curve);
    lists_put(f, POWER, lists_at(f, ADDEND + 1), 1);
    RUN(f, power);
    RUN(f, root);
    lists_put(f, SUM + 1, lists_at(f, POWER), 1);
    if (!is_on_curve(f, &first_side))
        return false;
    if (is_larger(lists_at(f, SUM + 1)) != ((flags & LARGER) != 0))
        negate_y(f, SUM + 1);
    return is_in_group(f, &first_side);
}

/* As kzg.c has it: e(C − [y]₁ + z·π, [1]₂) · e(−π, [τ]₂) = 1. */
zkvm_status bls12_381_kzg_by_lists(const zkvm_kzg_commitment *commitment, const zkvm_kzg_field_element *z,
                                   const zkvm_kzg_field_element *y, const zkvm_kzg_proof *proof, bool *verified)
{
    enum { POINT_WORDS = 3 * WORDS, TABLE_WORDS = LISTS_TABLE_POINTS * POINT_WORDS };
    uint64_t blocks[FRAME_BLOCKS * WORDS], c[POINT_WORDS], w[POINT_WORDS];
    uint64_t tables[2][TABLE_WORDS], scalars[2][4];
    const uint64_t *table_of[2] = {tables[0], tables[1]};
    const lists_frame f = frame_of(blocks, CONSTANTS);
    const lists_group *g = &first_side.group;
    bool no_commitment, no_proof;
    if (!read_scalar(scalars[0], y) || !read_scalar(scalars[1], z) ||
        !read_compressed(&f, &no_commitment, commitment->data))
        return ZKVM_EFAIL;
    lists_get(c, &f, SUM, 3);
    if (!read_compressed(&f, &no_proof, proof->data))
        return ZKVM_EFAIL;
    lists_get(w, &f, SUM, 3);
    lists_multiples(tables[1], &f, g);
    lists_put(&f, SUM, generator_1[0], 2);
    set_one(&f, SUM + 2, 1);
    negate_y(&f, SUM + 1);
    lists_multiples(tables[0], &f, g);
    lists_sum_multiples(&f, g, table_of, (const uint64_t(*)[4])scalars, 2);
    lists_put(&f, ADDEND, c, 3);
    RUN(&f, add);

    miller_pair pairs[2];
    size_t count = 0;
    if (make_affine(&f, &first_side)) {
        lists_put(&f, Q, generator_2[0], Q_BLOCKS);
        begin_pair(&f, &pairs[count++]);
    }
    if (!no_proof) {
        lists_put(&f, SUM, w, 3);
        negate_y(&f, SUM + 1);
        for (size_t i = 0; i < Q_BLOCKS; i++)
            (void)lists_read(&f, Q + i, kzg_setup_g2_tau[i]);
        begin_pair(&f, &pairs[count++]);
    }
    set_one(&f, A, FP12_BLOCKS);
    if (count != 0)
        miller_loop(&f, pairs, count);
    *verified = final_power_is_one(&f);
    return ZKVM_EOK;
}

/* ---- the way -------------------------------------------------------------------------------------- */

#ifdef ASHLAR_CALLS
#define WAY(name) bls12_381_##name##_by_lists
#else
#define WAY(name) bls12_381_##name##_plainly
#endif

zkvm_status zkvm_bls12_g1_add(const zkvm_bls12_381_g1_point *p1, const zkvm_bls12_381_g1_point *p2,
                              zkvm_bls12_381_g1_point *result)
{
    return WAY(g1_add)(p1, p2, result);
}

zkvm_status zkvm_bls12_g2_add(const zkvm_bls12_381_g2_point *p1, const zkvm_bls12_381_g2_point *p2,
                              zkvm_bls12_381_g2_point *result)
{
    return WAY(g2_add)(p1, p2, result);
}

zkvm_status zkvm_bls12_g1_msm(const zkvm_bls12_381_g1_msm_pair *pairs, size_t num_pairs,
                              zkvm_bls12_381_g1_point *result)
{
    return WAY(g1_msm)(pairs, num_pairs, result);
}

zkvm_status zkvm_bls12_g2_msm(const zkvm_bls12_381_g2_msm_pair *pairs, size_t num_pairs,
                              zkvm_bls12_381_g2_point *result)
{
    return WAY(g2_msm)(pairs, num_pairs, result);
}

zkvm_status zkvm_bls12_pairing(const zkvm_bls12_381_pairing_pair *pairs, size_t num_pairs, bool *verified)
{
    return WAY(pairing)(pairs, num_pairs, verified);
}

zkvm_status zkvm_kzg_point_eval(const zkvm_kzg_commitment *commitment, const zkvm_kzg_field_element *z,
                                const zkvm_kzg_field_element *y, const zkvm_kzg_proof *proof, bool *verified)
{
    return WAY(kzg)(commitment, z, y, proof, verified);
}
