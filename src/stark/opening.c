#include "stark/opening.h"

#include "base/check.h"
#include "base/memory.h"
#include "stark/list.h"
#include "stark/multilinear.h"
#include "stark/sumcheck.h"

const opening_parameters OPENING_FULL = {
    .rounds = {{20, 1, 268}, {15, 2, 164}, {10, 3, 134}},
    .log2_cap = 9,
    .query_grinding_bits = 20,
};

const opening_parameters OPENING_TINY = {
    .rounds = {{9, 1, 5}, {6, 2, 4}, {4, 3, 3}},
    .log2_cap = 3,
    .query_grinding_bits = 2,
};

/* ---- shape ---- */

static unsigned log2_of(uint32_t count)
{
    return layout_log2_rows(count);
}

/* Elements of a leaf: of what the round before committed to, or of a matrix. */
static size_t folded_width(const opening_shape *s, unsigned round)
{
    return (size_t)opening_folded_slots(s, round - 1) * FP5_DEGREE;
}

static size_t path_digests(const opening_shape *s, unsigned round)
{
    return opening_log2_domain(s, round) - s->parameters.log2_cap;
}

static size_t words_of(const opening_shape *s)
{
    size_t words = 0, cap = (size_t)DIGEST_LENGTH << s->parameters.log2_cap;
    unsigned log2_last = s->parameters.rounds[OPENING_ROUNDS - 1].log2_height;
    for (unsigned round = 0; round < OPENING_ROUNDS; round++) {
        size_t query = 0, path = path_digests(s, round) * DIGEST_LENGTH;
        if (round > 0)
            query += folded_width(s, round) + path;
        for (uint32_t k = 0; k < s->matrix_count; k++)
            if (opening_matrix_round(k) == round)
                query += s->layouts[k].slots + path;
        words += s->log2_slots[round] * (size_t)SUMCHECK_PLAIN_WORDS;
        words += round + 1 < OPENING_ROUNDS ? cap : (size_t)FP5_DEGREE << log2_last;
        words += hash_even(1) + s->parameters.rounds[round].queries * query;
    }
    return words + log2_last * (size_t)SUMCHECK_PLAIN_WORDS;
}

status opening_shape_make(opening_shape *s, const opening_parameters *parameters, unsigned log2_rows,
                          uint32_t value_count, const opening_columns *matrices, uint32_t matrix_count)
{
    CHECK(matrix_count >= 1 && matrix_count <= OPENING_MAX_MATRICES);
    memset(s, 0, sizeof *s);
    s->parameters = *parameters;
    s->log2_rows = log2_rows;
    s->value_count = value_count;
    s->matrix_count = matrix_count;
    if (log2_rows > LAYOUT_LOG2_ROWS_MAX || value_count > OPENING_VALUES_MAX)
        return PROOF_SHAPE;
    uint32_t slots[OPENING_ROUNDS] = {0, opening_folded_slots(s, 0), opening_folded_slots(s, 1)};
    for (uint32_t k = 0; k < matrix_count; k++) {
        unsigned round = opening_matrix_round(k);
        layout *l = &s->layouts[k];
        if (layout_make(l, parameters->rounds[round].log2_height, matrices[k].tables, matrices[k].count) != OK)
            return PROOF_SHAPE;
        for (uint32_t i = 0; i < l->table_count; i++) {
            const layout_table *t = &l->tables[i];
            if (layout_log2_rows(t->rows) > log2_rows || t->first_value > value_count ||
                t->columns > value_count - t->first_value)
                return PROOF_SHAPE;
        }
        if (l->slots == 0 || l->slots > (1u << OPENING_LOG2_SLOTS_MAX) - slots[round])
            return PROOF_SHAPE;
        s->first_slot[k] = slots[round];
        slots[round] += l->slots;
    }
    for (unsigned round = 0; round < OPENING_ROUNDS; round++)
        s->log2_slots[round] = log2_of(slots[round]);
    s->words = words_of(s);
    return OK;
}

/* ---- verifier ---- */

/* A claim of a query on the folded vector: weight·y^x. */
typedef struct {
    fp5 weight;
    fp y;
} query_claim;

typedef struct {
    const opening_shape *shape;
    transcript *transcript;
    const digest *const *caps;
    const fp *next;
    fp5 claim;
    fp5 challenges[OPENING_ROUNDS][OPENING_LOG2_SLOTS_MAX];
    query_claim *queries[OPENING_ROUNDS];
    fp5 gamma_last; /* of round 0: γ^(t + 1), the power with which the others join */
    tree_checker checker;
    fp5 *eq; /* of the round's challenges */
    uint32_t *indices;
} opening_check;

static const fp *take(opening_check *c, size_t count)
{
    const fp *words = c->next;
    c->next += count;
    return words;
}

/* Blocks of the list that weighs queries. */
enum { QUERY_SUM = LIST_OWN, QUERY_WEIGHT, QUERY_Y, QUERY_FACTOR, QUERY_POINT, QUERY_REST = QUERY_POINT + LAYOUT_LOG2_SLOT_MAX };
enum { QUERY_BLOCKS = QUERY_REST + LAYOUT_LOG2_SLOT_MAX };

/* One tree of a round: where its first answer is, a leaf and a path, and whether its elements are of F. */
typedef struct {
    const digest *cap;
    const fp *answers;
    size_t width;
    const fp5 *eq; /* of its first slot */
    bool is_folded;
} round_tree;

/* In their order in an answer; returns how many. `words` are a whole answer's. */
static uint32_t trees_of(const opening_check *c, unsigned round, const digest *folded_cap,
                         round_tree trees[OPENING_MAX_MATRICES + 1], size_t *words)
{
    const opening_shape *s = c->shape;
    const fp *at = c->next;
    uint32_t count = 0;
    if (round > 0)
        trees[count++] = (round_tree){folded_cap, NULL, folded_width(s, round), c->eq, true};
    for (uint32_t k = 0; k < s->matrix_count; k++)
        if (opening_matrix_round(k) == round)
            trees[count++] = (round_tree){c->caps[k], NULL, s->layouts[k].slots, c->eq + s->first_slot[k], false};
    for (uint32_t i = 0; i < count; i++) {
        trees[i].answers = at;
        at += trees[i].width + path_digests(s, round) * DIGEST_LENGTH;
    }
    *words = (size_t)(at - c->next);
    return count;
}

/* The weight of each element of a leaf: eq(slot), and with coefficients of F as elements eq(slot)·x^i. */
static void weigh_elements(list *weights, const round_tree *t)
{
    if (!t->is_folded) {
        list_set_all(weights, LIST_OWN, t->eq, t->width);
        return;
    }
    for (size_t k = 0; k < t->width; k += FP5_DEGREE) {
        fp5 x = t->eq[k / FP5_DEGREE];
        for (uint32_t i = 0; i < FP5_DEGREE; i++, x = fp5_mul_x(x))
            list_set(weights, LIST_OWN + (uint32_t)k + i, &x);
    }
}

#ifdef ASHLAR_GUEST
/* The machine has it as a call, of leaves at even words. */
static bool is_in_place(const tree_answers *a)
{
    return ((uintptr_t)a->words | (uintptr_t)a->cap | a->stride * sizeof(fp) | a->width * sizeof(fp)) % 8 == 0;
}

/* Elements of an answer: the slots of all its trees, and a path of each. */
enum {
    ANSWER_MAX = (FP5_DEGREE << OPENING_LOG2_SLOTS_MAX) +
                 (OPENING_MAX_MATRICES + 1) * CALL_PATH_LEVELS_MAX * DIGEST_LENGTH
};
_Static_assert(ANSWER_MAX / 2 <= UINT16_MAX, "words of a leaf, and from one to the next, have 16 bits of the shape");

static bool open_in_place(const tree_answers *a, const uint64_t *weights, uint64_t *sums, arena *scratch)
{
    if (!is_in_place(a))
        return false;
    uint64_t *indices = ARENA_NEW(scratch, uint64_t, 1 + a->count);
    indices[0] = call_open_shape((uint32_t)a->width / 2, (uint32_t)a->stride / 2, a->log2_leaves - a->log2_cap);
    for (uint32_t j = 0; j < a->count; j++)
        indices[1 + j] = a->indices[j];
    call_open(sums, (const uint64_t *)(const void *)a->words, weights, (const uint64_t *)(const void *)a->cap, indices,
              a->count);
    return true;
}
#else
static bool open_in_place(const tree_answers *a, const uint64_t *weights, uint64_t *sums, arena *scratch)
{
    (void)a;
    (void)weights;
    (void)sums;
    (void)scratch;
    return false;
}
#endif

/* Whether a tree's answers stand in it; Σ weight·element of each leaf to the list's blocks from `sums` on. */
static bool open_tree(list *l, uint32_t sums, const tree_answers *a, const list *weights, tree_checker checker, arena *scratch)
{
    if (open_in_place(a, weights->blocks + (size_t)LIST_BLOCK_WORDS * LIST_OWN, l->blocks + (size_t)LIST_BLOCK_WORDS * sums,
                      scratch))
        return true;
    if (!checker(a))
        return false;
    for (uint32_t j = 0; j < a->count; j++) {
        fp5 sum = FP5_ZERO;
        for (uint32_t k = 0; k < a->width; k++)
            sum = fp5_add_mul_fp(sum, list_get(weights, LIST_OWN + k), a->words[j * a->stride + k]);
        list_set(l, sums + j, &sum);
    }
    return true;
}

/* Powers of a root of unity by their low, middle and high bits. */
enum { POWER_BITS = 7, POWER_TABLES = 3 };
typedef struct {
    fp of[POWER_TABLES][1 << POWER_BITS];
} power_tables;

static void power_tables_make(power_tables *p, fp root)
{
    for (uint32_t k = 0; k < POWER_TABLES; k++) {
        p->of[k][0] = FP_ONE;
        for (uint32_t i = 1; i < 1 << POWER_BITS; i++)
            p->of[k][i] = fp_mul(p->of[k][i - 1], root);
        root = fp_mul(p->of[k][(1 << POWER_BITS) - 1], root);
    }
}

static fp power_of(const power_tables *p, uint32_t exponent)
{
    const uint32_t mask = (1 << POWER_BITS) - 1;
    fp y = fp_mul(p->of[0][exponent & mask], p->of[1][exponent >> POWER_BITS & mask]);
    return fp_mul(y, p->of[2][exponent >> 2 * POWER_BITS]);
}

/* Blocks of the list that adds up what a round's leaves say; the sums are tree by tree. */
enum { ROUND_CLAIM = LIST_OWN, ROUND_GAMMA, ROUND_POWERS };

static status check_queries(opening_check *c, unsigned round, const digest *folded_cap, arena *scratch)
{
    const opening_shape *s = c->shape;
    size_t mark = scratch->used_bytes;
    unsigned log2_domain = opening_log2_domain(s, round);
    uint32_t count = s->parameters.rounds[round].queries;
    CHECK(log2_domain <= POWER_TABLES * POWER_BITS);
    if (!transcript_check_nonce(c->transcript, *take(c, 1), s->parameters.query_grinding_bits))
        return PROOF_GRINDING;
    if (*take(c, 1) != 0)
        return PROOF_MALFORMED;
    for (uint32_t j = 0; j < count; j++)
        c->indices[j] = transcript_squeeze_bits(c->transcript, log2_domain);
    fp5 gamma = transcript_squeeze_fp5(c->transcript);
    list_eq_table(c->eq, scratch, c->challenges[round], s->log2_slots[round]);
    round_tree trees[OPENING_MAX_MATRICES + 1];
    size_t stride;
    uint32_t tree_count = trees_of(c, round, folded_cap, trees, &stride);
    list l;
    const uint32_t sums = ROUND_POWERS + count + 1;
    list_open(&l, scratch, sums + tree_count * count);
    list_set(&l, ROUND_CLAIM, &c->claim);
    list_set(&l, ROUND_GAMMA, &gamma);
    list_set(&l, ROUND_POWERS, &gamma);
    list_add_series(&l, call_multiply_add_item(ROUND_POWERS, ROUND_GAMMA, LIST_ZERO, ROUND_POWERS + 1),
                    call_multiply_add_item(1, 0, 0, 1), count);
    for (uint32_t i = 0; i < tree_count; i++) {
        tree_answers answers = {trees[i].cap,     s->parameters.log2_cap, log2_domain, trees[i].width,
                                trees[i].answers, stride,                 c->indices,  count};
        list weights;
        size_t inner = scratch->used_bytes;
        list_open(&weights, scratch, LIST_OWN + (uint32_t)trees[i].width);
        weigh_elements(&weights, &trees[i]);
        if (!open_tree(&l, sums + i * count, &answers, &weights, c->checker, scratch))
            return PROOF_OPENING;
        arena_rewind(scratch, inner);
        list_add_series(&l, call_multiply_add_item(ROUND_POWERS, (uint16_t)(sums + i * count), ROUND_CLAIM, ROUND_CLAIM),
                        call_multiply_add_item(1, 1, 0, 0), count);
    }
    list_run(&l);
    c->claim = list_get(&l, ROUND_CLAIM);
    power_tables *roots = ARENA_NEW(scratch, power_tables, 1);
    power_tables_make(roots, fp_root_of_unity(log2_domain));
    for (uint32_t j = 0; j < count; j++)
        c->queries[round][j] = (query_claim){list_get(&l, ROUND_POWERS + j), power_of(roots, c->indices[j])};
    take(c, count * stride);
    if (round == 0)
        c->gamma_last = list_get(&l, ROUND_POWERS + count);
    arena_rewind(scratch, mark);
    return OK;
}

/* Σ weight·ŵ_y(point): w_y(x) = y^x is Π ((1 − x_t) + x_t·y^(2^t)), t counting from the lowest bit. The items are the same
 * for each query. */
static fp5 query_weight(const query_claim *queries, uint32_t count, const fp5 *point, unsigned length, arena *scratch)
{
    size_t mark = scratch->used_bytes;
    list l;
    list_open(&l, scratch, QUERY_BLOCKS);
    for (unsigned i = length; i-- > 0;) {
        fp5 rest = fp5_sub(FP5_ONE, point[i]);
        list_set(&l, QUERY_POINT + i, &point[i]);
        list_set(&l, QUERY_REST + i, &rest);
        list_add(&l, QUERY_POINT + i, QUERY_Y, QUERY_REST + i, QUERY_FACTOR);
        if (i > 0)
            list_add(&l, QUERY_Y, QUERY_Y, LIST_ZERO, QUERY_Y);
        list_add(&l, QUERY_WEIGHT, QUERY_FACTOR, i > 0 ? LIST_ZERO : QUERY_SUM, i > 0 ? QUERY_WEIGHT : QUERY_SUM);
    }
    for (uint32_t j = 0; j < count; j++) {
        fp5 y = fp5_from_fp(queries[j].y);
        list_set(&l, QUERY_WEIGHT, &queries[j].weight);
        list_set(&l, QUERY_Y, &y);
        list_repeat(&l);
    }
    fp5 sum = list_get(&l, QUERY_SUM);
    arena_rewind(scratch, mark);
    return sum;
}

/* The weight of the whole claim at the point where the last sumcheck ended. */
static fp5 final_weight(const opening_check *c, const fp5 *powers, const fp5 *r, const fp5 *tail, arena *scratch)
{
    const opening_shape *s = c->shape;
    fp5 point[OPENING_LOG2_SLOTS_MAX + LAYOUT_LOG2_SLOT_MAX + OPENING_LOG2_SLOTS_MAX];
    unsigned length[OPENING_ROUNDS]; /* coordinates of the vector that round i folds to */
    for (unsigned i = 0; i < OPENING_ROUNDS; i++)
        length[i] = s->parameters.rounds[i].log2_height;
    unsigned low = length[0] - length[1];            /* coordinates of the slot of F_1 among its own */
    unsigned lead = s->log2_slots[1] - low;          /* those that F_1 shares with the matrices */
    /* point = (a_0, last coordinates of a_1, a_2, tail); its ends are the points of the later vectors. */
    fp5 *folded = point + s->log2_slots[0];
    memcpy(point, c->challenges[0], s->log2_slots[0] * sizeof(fp5));
    memcpy(folded, c->challenges[1] + lead, low * sizeof(fp5));
    memcpy(folded + low, c->challenges[2], s->log2_slots[2] * sizeof(fp5));
    memcpy(folded + low + s->log2_slots[2], tail, length[2] * sizeof(fp5));
    fp5 first = layout_weight(&s->layouts[0], powers, r, s->log2_rows, point, s->log2_slots[0] + length[0], 0);
    first = fp5_add(first, query_weight(c->queries[0], s->parameters.rounds[0].queries, folded, length[0], scratch));
    for (unsigned i = 0; i < lead; i++)
        first = fp5_mul(first, fp5_sub(FP5_ONE, c->challenges[1][i]));
    fp5 joined = FP5_ZERO;
    memcpy(point, c->challenges[1], s->log2_slots[1] * sizeof(fp5));
    memcpy(point + s->log2_slots[1], c->challenges[2], s->log2_slots[2] * sizeof(fp5));
    memcpy(point + s->log2_slots[1] + s->log2_slots[2], tail, length[2] * sizeof(fp5));
    for (uint32_t k = 1; k < s->matrix_count; k++)
        joined = fp5_add(joined, layout_weight(&s->layouts[k], powers, r, s->log2_rows, point,
                                               s->log2_slots[1] + length[1], s->first_slot[k]));
    fp5 sum = fp5_add(first, fp5_mul(c->gamma_last, joined));
    fp5 second = query_weight(c->queries[1], s->parameters.rounds[1].queries, point + s->log2_slots[1], length[1], scratch);
    sum = fp5_add(sum, second);
    return fp5_add(sum, query_weight(c->queries[2], s->parameters.rounds[2].queries, tail, length[2], scratch));
}

/* The powers of θ, and Σ θ^c·v_c over the columns of each matrix. */
static void weigh_values(fp5 *powers, fp5 claims[OPENING_MAX_MATRICES], const opening_shape *s, fp5 theta, const fp5 *values,
                         arena *scratch)
{
    enum { THETA = LIST_OWN, CLAIMS, POWERS = CLAIMS + OPENING_MAX_MATRICES };
    static const fp5 one = {{FP_ONE, 0, 0, 0, 0}};
    size_t mark = scratch->used_bytes;
    list l;
    const uint32_t first = POWERS + s->value_count + 1; /* block of the first value */
    list_open(&l, scratch, first + s->value_count);
    list_set(&l, THETA, &theta);
    list_set(&l, POWERS, &one);
    list_set_all(&l, first, values, s->value_count);
    list_add_series(&l, call_multiply_add_item(POWERS, THETA, LIST_ZERO, POWERS + 1), call_multiply_add_item(1, 0, 0, 1),
                    s->value_count);
    for (uint32_t k = 0; k < s->matrix_count; k++)
        for (uint32_t i = 0; i < s->layouts[k].table_count; i++) {
            const layout_table *t = &s->layouts[k].tables[i];
            const uint32_t c = t->first_value;
            list_add_series(&l, call_multiply_add_item(POWERS + c, first + c, CLAIMS + k, CLAIMS + k),
                            call_multiply_add_item(1, 1, 0, 0), t->rows != 0 ? t->columns : 0);
        }
    list_run(&l);
    for (uint32_t c = 0; c <= s->value_count; c++)
        powers[c] = list_get(&l, POWERS + c);
    for (uint32_t k = 0; k < s->matrix_count; k++)
        claims[k] = list_get(&l, CLAIMS + k);
    arena_rewind(scratch, mark);
}

static status check_rounds(opening_check *c, const fp5 *powers, const fp5 *claims, const fp5 *r, arena *scratch)
{
    const opening_shape *s = c->shape;
    const digest *cap = NULL;
    unsigned log2_last = s->parameters.rounds[OPENING_ROUNDS - 1].log2_height;
    const fp5 *last = NULL;
    fp5 tail[LAYOUT_LOG2_SLOT_MAX];
    c->claim = claims[0];
    for (unsigned round = 0; round < OPENING_ROUNDS; round++) {
        for (uint32_t k = 1; k < s->matrix_count && round == 1; k++)
            c->claim = fp5_add(c->claim, fp5_mul(c->gamma_last, claims[k]));
        sumcheck_plain(c->transcript, &c->claim, c->challenges[round], s->log2_slots[round],
                       take(c, s->log2_slots[round] * (size_t)SUMCHECK_PLAIN_WORDS));
        const digest *round_cap = cap;
        if (round + 1 < OPENING_ROUNDS) {
            digest root;
            cap = (const digest *)take(c, (size_t)DIGEST_LENGTH << s->parameters.log2_cap);
            tree_root(&root, cap, s->parameters.log2_cap);
            transcript_absorb_digests(c->transcript, &root, 1);
        } else {
            const fp *words = take(c, (size_t)FP5_DEGREE << log2_last);
            transcript_absorb(c->transcript, words, (size_t)FP5_DEGREE << log2_last);
            last = (const fp5 *)(const void *)words;
        }
        TRY(check_queries(c, round, round_cap, scratch));
    }
    sumcheck_plain(c->transcript, &c->claim, tail, log2_last, take(c, log2_last * (size_t)SUMCHECK_PLAIN_WORDS));
    fp5 value = multilinear_evaluate(last, tail, log2_last);
    return fp5_equal(c->claim, fp5_mul(value, final_weight(c, powers, r, tail, scratch))) ? OK : PROOF_FOLDING;
}

status opening_verify(const opening_shape *s, transcript *t, const digest *const *caps, const fp5 *values,
                      const fp5 *r, const fp *words, size_t word_count, tree_checker checker, arena *scratch)
{
    if (word_count != s->words)
        return PROOF_MALFORMED;
    /* All of them are hashed. */
    if (!hash_may_absorb(words, word_count))
        return PROOF_MALFORMED;
    size_t mark = scratch->used_bytes;
    transcript_absorb(t, (const fp *)values, (size_t)FP5_DEGREE * s->value_count);
    fp5 theta = transcript_squeeze_fp5(t);
    fp5 *powers = ARENA_NEW(scratch, fp5, s->value_count + 1), claims[OPENING_MAX_MATRICES];
    weigh_values(powers, claims, s, theta, values, scratch);
    opening_check c = {.shape = s, .transcript = t, .caps = caps, .checker = checker, .next = words};
    uint32_t most = 0;
    for (unsigned round = 0; round < OPENING_ROUNDS; round++) {
        uint32_t queries = s->parameters.rounds[round].queries;
        c.queries[round] = ARENA_NEW(scratch, query_claim, queries);
        most = queries > most ? queries : most;
    }
    c.indices = ARENA_NEW(scratch, uint32_t, most);
    c.eq = ARENA_NEW(scratch, fp5, 1 << OPENING_LOG2_SLOTS_MAX);
    status result = check_rounds(&c, powers, claims, r, scratch);
    CHECK(result != OK || c.next == words + word_count);
    arena_rewind(scratch, mark);
    return result;
}
