/* Proofs of random matrices, and provers that lie. The parameters are tiny ones, so a lie that is left to
 * chance would sometimes pass: those here are refused for certain, or for every seed that is tried. */
#include "field/simd.h"
#include "stark/multilinear.h"
#include "stark/opening_prover.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t seed = 0x9216d5d98979fb1b;
static arena memory;
static const ntt_tables *ntt;

static uint64_t random_u64(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed * 0x2545f4914f6cdd1d;
}

static fp random_fp(void)
{
    return (fp)((random_u64() >> 8) % FP_MODULUS);
}

static fp5 random_fp5(void)
{
    fp5 x;
    for (int i = 0; i < FP5_DEGREE; i++)
        x.c[i] = random_fp();
    return x;
}

enum { MAX_TABLES = 4, MAX_COLUMNS = 64 };

/* Matrices, what is claimed of them, and what was committed. */
typedef struct {
    opening_shape shape;
    const opening_parameters *parameters;
    unsigned log2_rows;
    layout_table tables[OPENING_MAX_MATRICES][MAX_TABLES];
    opening_columns columns[OPENING_MAX_MATRICES];
    uint32_t matrix_count;
    fp *cells[OPENING_MAX_MATRICES];
    opening_commitment commitments[OPENING_MAX_MATRICES];
    const opening_commitment *committed[OPENING_MAX_MATRICES];
    const digest *caps[OPENING_MAX_MATRICES];
    fp5 values[MAX_COLUMNS], r[LAYOUT_LOG2_ROWS_MAX];
    fp *words;
} instance;

static void commit_to(instance *x, uint32_t k)
{
    opening_commit(&x->commitments[k], x->parameters, k, x->cells[k], x->shape.layouts[k].slots, ntt, &memory);
    x->committed[k] = &x->commitments[k];
    x->caps[k] = tree_cap(&x->commitments[k].tree);
}

/* From x->tables, whose first values and rows are set. */
static void build(instance *x, uint32_t value_count)
{
    status shape = opening_shape_make(&x->shape, x->parameters, x->log2_rows, value_count, x->columns, x->matrix_count);
    assert_int_equal(shape, OK);
    for (unsigned i = 0; i < x->log2_rows; i++)
        x->r[i] = random_fp5();
    for (uint32_t k = 0; k < x->matrix_count; k++) {
        const fp *columns[MAX_COLUMNS];
        uint32_t count = 0;
        for (uint32_t t = 0; t < x->columns[k].count; t++)
            for (uint32_t c = 0; c < x->tables[k][t].columns; c++) {
                uint32_t rows = x->tables[k][t].rows;
                fp *column = ARENA_NEW(&memory, fp, rows);
                fp5 value = FP5_ZERO;
                for (uint32_t row = 0; row < rows; row++) {
                    column[row] = random_fp();
                    value = fp5_add_mul_fp(value, multilinear_eq_index(x->r, x->log2_rows, row), column[row]);
                }
                columns[count++] = column;
                x->values[x->tables[k][t].first_value + c] = value;
            }
        const layout *l = &x->shape.layouts[k];
        x->cells[k] = ARENA_NEW(&memory, fp, (size_t)l->slots << l->log2_slot);
        opening_fill(x->cells[k], l, columns);
        commit_to(x, k);
    }
    x->words = ARENA_NEW(&memory, fp, x->shape.words);
}

static void start(const instance *x, transcript *t)
{
    transcript_start(t);
    for (uint32_t k = 0; k < x->matrix_count; k++) {
        digest root;
        tree_root(&root, x->caps[k], x->parameters->log2_cap);
        transcript_absorb_digests(t, &root, 1);
    }
}

static void prove(instance *x, const opening_lies *lies)
{
    transcript t;
    start(x, &t);
    size_t mark = memory.used_bytes;
    arena part;
    size_t limit = opening_prove_bytes(&x->shape);
    arena_init(&part, arena_allocate(&memory, limit, 64), limit);
    opening_prove(x->words, &x->shape, &t, x->committed, x->values, x->r, ntt, lies, &part);
    arena_rewind(&memory, mark);
}

static status verify_words(const instance *x, const fp *words, size_t count)
{
    transcript t;
    start(x, &t);
    status result = opening_verify(&x->shape, &t, x->caps, x->values, x->r, words, count, tree_check, &memory);
    start(x, &t);
    assert_int_equal(opening_verify(&x->shape, &t, x->caps, x->values, x->r, words, count, tree_check_fast, &memory),
                     result);
    return result;
}

static status verify(const instance *x)
{
    return verify_words(x, x->words, x->shape.words);
}

static const opening_parameters *const profiles[] = {&OPENING_TINY, &(opening_parameters){
    .rounds = {{6, 2, 3}, {5, 1, 6}, {3, 3, 2}}, .log2_cap = 2, .query_grinding_bits = 0}};

static instance *new_instance(const opening_parameters *parameters, uint32_t matrix_count)
{
    instance *x = ARENA_NEW(&memory, instance, 1);
    x->parameters = parameters;
    x->matrix_count = matrix_count;
    for (uint32_t k = 0; k < matrix_count; k++)
        x->columns[k].tables = x->tables[k];
    return x;
}

/* Tables of random rows and widths; the first matrix has at least one cell, and so have all. */
static instance *random_instance(const opening_parameters *parameters)
{
    instance *x = new_instance(parameters, 1 + (uint32_t)(random_u64() % OPENING_MAX_MATRICES));
    uint32_t values = 0;
    for (uint32_t k = 0; k < x->matrix_count; k++) {
        x->columns[k].count = 1 + (uint32_t)(random_u64() % MAX_TABLES);
        for (uint32_t t = 0; t < x->columns[k].count; t++) {
            uint32_t rows = (uint32_t)(random_u64() % 1500) >> random_u64() % 9;
            rows = rows / layout_grain(rows) * layout_grain(rows);
            rows = t == 0 && rows == 0 ? 1 : rows;
            uint32_t columns = rows == 0 ? 0 : 1 + (uint32_t)(random_u64() % 3);
            x->tables[k][t] = (layout_table){rows, columns, values};
            values += columns;
            if (x->log2_rows < layout_log2_rows(rows))
                x->log2_rows = layout_log2_rows(rows);
        }
    }
    x->log2_rows += (unsigned)(random_u64() % 2);
    build(x, values);
    return x;
}

/* One matrix of `rows` rows and two that join. */
static instance *plain_instance(uint32_t rows)
{
    instance *x = new_instance(&OPENING_TINY, 3);
    x->log2_rows = 11;
    x->tables[0][0] = (layout_table){rows, 3, 0};
    x->tables[1][0] = (layout_table){200, 2, 3};
    x->tables[2][0] = (layout_table){96, 1, 5};
    for (uint32_t k = 0; k < 3; k++)
        x->columns[k].count = 1;
    build(x, 6);
    return x;
}

static void honest_openings_verify(void **state)
{
    (void)state;
    for (size_t profile = 0; profile < 2; profile++)
        for (int round = 0; round < 40; round++) {
            size_t mark = memory.used_bytes;
            instance *x = random_instance(profiles[profile]);
            prove(x, NULL);
            assert_int_equal(verify(x), OK);
            /* Of another value, or at another point, none. */
            uint32_t c = (uint32_t)(random_u64() % x->shape.value_count);
            x->values[c] = fp5_add_fp(x->values[c], FP_ONE);
            assert_int_not_equal(verify(x), OK);
            x->values[c] = fp5_sub_fp(x->values[c], FP_ONE);
            assert_int_equal(verify(x), OK);
            if (x->log2_rows > 0) {
                unsigned i = (unsigned)(random_u64() % x->log2_rows);
                x->r[i] = fp5_add_fp(x->r[i], FP_ONE);
                assert_int_not_equal(verify(x), OK);
            }
            memory.used_bytes = mark;
        }
}

static void builds_agree(void **state)
{
    (void)state;
    simd_level best = simd_get();
    size_t mark = memory.used_bytes;
    instance *x = plain_instance(1152);
    fp *first = ARENA_NEW(&memory, fp, x->shape.words);
    for (int level = 0; level < 3; level++) {
        if (!simd_set((simd_level)level)) {
            print_message("this processor lacks %s: not compared\n", simd_name((simd_level)level));
            continue;
        }
        ntt = ntt_tables_new(&memory, 12);
        for (uint32_t k = 0; k < x->matrix_count; k++)
            commit_to(x, k);
        prove(x, NULL);
        if (level == 0)
            memcpy(first, x->words, x->shape.words * sizeof(fp));
        assert_memory_equal(first, x->words, x->shape.words * sizeof(fp));
    }
    assert_true(simd_set(best));
    ntt = ntt_tables_new(&memory, 12);
    assert_int_equal(verify(x), OK);
    (void)mark; /* the tables stay */
}

/* Cells after the last piece may be anything. */
static void cells_that_nothing_refers_to(void **state)
{
    (void)state;
    size_t mark = memory.used_bytes;
    instance *x = plain_instance(1152);
    bool any = false;
    for (uint32_t k = 0; k < 3; k++) {
        const layout *l = &x->shape.layouts[k];
        for (size_t i = l->cells; i < (size_t)l->slots << l->log2_slot; i++, any = true)
            x->cells[k][i] = random_fp();
        commit_to(x, k);
    }
    assert_true(any);
    prove(x, NULL);
    assert_int_equal(verify(x), OK);
    memory.used_bytes = mark;
}

/* ---- lies ---- */

static void every_word_counts(void **state)
{
    (void)state;
    size_t mark = memory.used_bytes;
    instance *x = plain_instance(640);
    prove(x, NULL);
    for (size_t i = 0; i < x->shape.words; i++) {
        fp old = x->words[i];
        x->words[i] = fp_add(old, FP_ONE);
        assert_int_not_equal(verify(x), OK);
        x->words[i] = old + FP_MODULUS; /* the same element, not canonical; or a word that is none */
        assert_int_equal(verify(x), PROOF_MALFORMED);
        x->words[i] = old;
    }
    assert_int_equal(verify(x), OK);
    memory.used_bytes = mark;
}

static void rounds_of_another_count(void **state)
{
    (void)state;
    size_t mark = memory.used_bytes;
    instance *x = plain_instance(640);
    prove(x, NULL);
    size_t words = x->shape.words;
    fp *more = ARENA_NEW(&memory, fp, words + 64);
    memcpy(more, x->words, words * sizeof(fp));
    for (size_t count = 0; count < words + 64; count += count + 40 > words && count < words + 20 ? 1 : 37)
        if (count != words)
            assert_int_equal(verify_words(x, more, count), PROOF_MALFORMED);
    assert_int_equal(verify_words(x, more, words + 2 * FP5_DEGREE), PROOF_MALFORMED); /* a round more */
    assert_int_equal(verify_words(x, more, words - 2 * FP5_DEGREE), PROOF_MALFORMED);
    /* A proof of another shape, its length right for that shape alone. */
    instance *y = plain_instance(1152);
    prove(y, NULL);
    assert_int_equal(verify(y), OK);
    assert_int_not_equal(verify_words(x, y->words, y->shape.words), OK);
    assert_int_not_equal(verify_words(x, y->words, words), OK);
    memory.used_bytes = mark;
}

/* Another g: committed and folded on from there, though it is no fold. */
typedef struct {
    unsigned round;
    size_t place;
    fp5 difference;
} other_word;

static void change_word(void *context, unsigned round, planes folded, planes weights, size_t count)
{
    const other_word *o = context;
    (void)weights;
    for (size_t c = 0; round == o->round && c < FP5_DEGREE; c++) {
        fp *at = folded.data + c * folded.stride + o->place % count;
        *at = fp_add(*at, o->difference.c[c]);
    }
}

static void fold_of_another_word(void **state)
{
    (void)state;
    for (unsigned round = 0; round < OPENING_ROUNDS; round++)
        for (int i = 0; i < 8; i++) {
            size_t mark = memory.used_bytes;
            instance *x = plain_instance(640);
            other_word other = {round, random_u64(), random_fp5()};
            prove(x, &(opening_lies){.context = &other, .change_folded = change_word});
            assert_int_equal(verify(x), PROOF_FOLDING);
            memory.used_bytes = mark;
        }
}

/* Weights of its own: each at the place of another, or twice as many, as if a claim were added twice. */
typedef struct {
    unsigned round;
    bool twice;
} other_weights;

static void change_weights(void *context, unsigned round, planes folded, planes weights, size_t count)
{
    const other_weights *o = context;
    (void)folded;
    for (size_t c = 0; round == o->round && c < FP5_DEGREE; c++) {
        fp *at = weights.data + c * weights.stride, first = at[0];
        for (size_t i = 0; i < count; i++)
            at[i] = o->twice ? fp_double(at[i]) : i + 1 < count ? at[i + 1] : first;
    }
}

static void weights_of_the_provers_own(void **state)
{
    (void)state;
    for (unsigned round = 0; round < OPENING_ROUNDS; round++)
        for (int twice = 0; twice < 2; twice++) {
            size_t mark = memory.used_bytes;
            instance *x = plain_instance(640);
            other_weights other = {round, twice};
            prove(x, &(opening_lies){.context = &other, .change_folded = change_weights});
            assert_int_equal(verify(x), PROOF_FOLDING);
            memory.used_bytes = mark;
        }
}

/* Another g that keeps the claim: only the queries can tell. Their sum is claimed, not looked at. */
static void change_within_claim(void *context, unsigned round, planes folded, planes weights, size_t count)
{
    unsigned wanted = *(const unsigned *)context;
    if (round != wanted)
        return;
    fp5 w[2] = {FP5_ZERO, FP5_ZERO};
    for (size_t i = 0; i < 2; i++)
        for (size_t c = 0; c < FP5_DEGREE; c++)
            w[i].c[c] = weights.data[c * weights.stride + i];
    fp5 change[2] = {w[1], fp5_neg(w[0])}; /* w_0·w_1 − w_1·w_0 = 0 */
    for (size_t i = 0; i < 2 && i < count; i++)
        for (size_t c = 0; c < FP5_DEGREE; c++) {
            fp *at = folded.data + c * folded.stride + i;
            *at = fp_add(*at, change[i].c[c]);
        }
}

static void fold_of_another_word_with_the_same_claim(void **state)
{
    (void)state;
    for (unsigned round = 0; round < OPENING_ROUNDS; round++) {
        size_t mark = memory.used_bytes;
        instance *x = plain_instance(640);
        prove(x, &(opening_lies){.context = &round, .change_folded = change_within_claim});
        assert_int_equal(verify(x), PROOF_FOLDING);
        memory.used_bytes = mark;
    }
}

/* A false claim carried through the rounds: a constant error polynomial halves it each time. It ends as an
 * error of `carried`, whatever the challenges. */
typedef struct {
    fp5 carried;
    unsigned rounds;
} carrier;

static void carry(void *context, unsigned round, unsigned k, fp sent[2 * FP5_DEGREE])
{
    carrier *c = context;
    if (round != 0 || k >= c->rounds)
        return;
    c->carried = fp5_mul_fp(c->carried, FP_HALF);
    for (int i = 0; i < FP5_DEGREE; i++)
        sent[i] = fp_add(sent[i], c->carried.c[i]);
}

/* Both matrices have a column of number 0, as if the powers of θ started again for each. Its value v is false
 * for both, so that the error of the first, carried through round 0, is the negative of the other's. Were the
 * join without a power of γ of its own, this would be accepted. */
static void claims_that_cancel_across_matrices(void **state)
{
    (void)state;
    size_t mark = memory.used_bytes;
    instance *x = new_instance(&OPENING_TINY, 2);
    x->log2_rows = 11;
    x->tables[0][0] = (layout_table){640, 3, 0};
    x->tables[1][0] = (layout_table){192, 1, 0};
    x->columns[0].count = x->columns[1].count = 1;
    build(x, 3);
    unsigned rounds = x->shape.log2_slots[0];
    fp share = fp_inverse_power_of_two(rounds);
    assert_true(rounds > 0);
    fp5 second = x->values[0], first = FP5_ZERO; /* `build` left that of the matrix that joins */
    fp *cells = x->cells[0];
    const layout *l = &x->shape.layouts[0];
    for (uint32_t i = 0; i < l->run_count; i++) { /* column 0 of the first, from its cells */
        const layout_run *run = &l->runs[i];
        for (uint32_t place = 0; place < run->places; place++)
            for (uint32_t row = 0; row < 1u << run->log2_size; row++) {
                size_t cell = ((run->first_block + (size_t)place * 3) << run->log2_size) + row;
                uint32_t index = ((run->first_place + place) << run->log2_size) + row;
                first = fp5_add_mul_fp(first, multilinear_eq_index(x->r, x->log2_rows, index), cells[cell]);
            }
    }
    /* (v − first)·2^−K + v − second = 0 */
    fp5 sum = fp5_add(fp5_mul_fp(first, share), second);
    x->values[0] = fp5_mul_fp(sum, fp_inverse(fp_add(share, FP_ONE)));
    carrier c = {fp5_sub(x->values[0], first), rounds};
    prove(x, &(opening_lies){.context = &c, .change_polynomial = carry});
    assert_true(fp5_equal(c.carried, fp5_sub(second, x->values[0]))); /* the lie was told as meant */
    assert_int_equal(verify(x), PROOF_FOLDING);
    memory.used_bytes = mark;
}

/* A matrix that joins is committed to as something else than what was claimed of it: left out, at another
 * slot. */
static void matrix_left_out(void **state)
{
    (void)state;
    size_t mark = memory.used_bytes;
    instance *x = plain_instance(640);
    fp *cells = x->cells[1];
    size_t size = sizeof(fp) << x->shape.layouts[1].log2_slot;
    assert_true(x->shape.layouts[1].slots >= 2);
    fp *other = ARENA_NEW(&memory, fp, x->shape.layouts[1].slots * size);
    x->cells[1] = other; /* zeros, as if it were not there */
    commit_to(x, 1);
    prove(x, NULL);
    assert_int_equal(verify(x), PROOF_FOLDING);
    memcpy(other, cells + size / sizeof(fp), size); /* its slots in another order */
    memcpy(other + size / sizeof(fp), cells, size);
    commit_to(x, 1);
    prove(x, NULL);
    assert_int_equal(verify(x), PROOF_FOLDING);
    /* The matrices in another order. */
    x->cells[1] = cells;
    commit_to(x, 1);
    prove(x, NULL);
    assert_int_equal(verify(x), OK);
    const digest *cap = x->caps[1];
    x->caps[1] = x->caps[2];
    x->caps[2] = cap;
    assert_int_not_equal(verify(x), OK);
    memory.used_bytes = mark;
}

/* The power of two beyond the matrix's slots is in no leaf: an error put there by a round polynomial has
 * nothing to stand on. */
static void slots_beyond(void **state)
{
    (void)state;
    size_t mark = memory.used_bytes;
    instance *x = plain_instance(1024); /* 3072 cells: six slots of 512 */
    assert_true(x->shape.layouts[0].slots < 1u << x->shape.log2_slots[0]);
    /* As many slots as the power of two, the last not zero: the leaf is wider than the shape says. */
    uint32_t all = 1u << x->shape.log2_slots[0];
    const layout *l = &x->shape.layouts[0];
    fp *cells = ARENA_NEW(&memory, fp, (size_t)all << l->log2_slot);
    memcpy(cells, x->cells[0], sizeof(fp) * ((size_t)l->slots << l->log2_slot));
    for (size_t i = (size_t)l->slots << l->log2_slot; i < (size_t)all << l->log2_slot; i++)
        cells[i] = random_fp();
    opening_commit(&x->commitments[0], x->parameters, 0, cells, all, ntt, &memory);
    x->caps[0] = tree_cap(&x->commitments[0].tree);
    x->commitments[0].slots = l->slots; /* answers without them */
    prove(x, NULL);
    assert_int_equal(verify(x), PROOF_OPENING);
    memory.used_bytes = mark;
}

/* ---- trees ---- */

static size_t first_leaf(const instance *x)
{
    size_t cap = (size_t)DIGEST_LENGTH << x->parameters->log2_cap;
    return x->shape.log2_slots[0] * (size_t)(2 * FP5_DEGREE) + cap + 2;
}

static void leaf_read_as_node(void **state)
{
    (void)state;
    size_t mark = memory.used_bytes;
    /* A leaf of sixteen elements is as long as a node; and two matrices' leaves could be split at another
     * place. */
    fp row[2 * DIGEST_LENGTH];
    for (int i = 0; i < 2 * DIGEST_LENGTH; i++)
        row[i] = random_fp();
    digest leaf, node;
    hash_elements(&leaf, HASH_LEAF, row, 2 * DIGEST_LENGTH);
    hash_compress(&node, HASH_NODE, (const digest *)row, (const digest *)row + 1);
    assert_false(digest_equal(&leaf, &node));
    hash_elements(&node, HASH_CAP, row, 2 * DIGEST_LENGTH);
    assert_false(digest_equal(&leaf, &node));

    /* The next query's answer. */
    instance *x = plain_instance(640);
    prove(x, NULL);
    assert_int_equal(verify(x), OK);
    fp *words = x->words + first_leaf(x), swapped[64];
    size_t path = (opening_log2_domain(&x->shape, 0) - x->parameters->log2_cap) * DIGEST_LENGTH;
    size_t answer = x->shape.layouts[0].slots + path;
    assert_true(answer <= 64 && memcmp(words, words + answer, answer * sizeof(fp)) != 0);
    memcpy(swapped, words, answer * sizeof(fp));
    memcpy(words, words + answer, answer * sizeof(fp));
    memcpy(words + answer, swapped, answer * sizeof(fp));
    assert_int_equal(verify(x), PROOF_OPENING);
    memory.used_bytes = mark;
}

static void answer_elsewhere(void *context, unsigned round, uint32_t *indices, uint32_t count)
{
    if (round != *(const unsigned *)context)
        return;
    for (uint32_t j = 0; j < count; j++)
        indices[j] ^= 1;
}

static void answers_at_another_index(void **state)
{
    (void)state;
    for (unsigned round = 0; round < OPENING_ROUNDS; round++) {
        size_t mark = memory.used_bytes;
        instance *x = plain_instance(640);
        prove(x, &(opening_lies){.context = &round, .change_indices = answer_elsewhere});
        assert_int_equal(verify(x), PROOF_OPENING);
        memory.used_bytes = mark;
    }
}

static void cap_of_another_root(void **state)
{
    (void)state;
    size_t mark = memory.used_bytes;
    instance *x = plain_instance(640);
    digest root, other;
    tree_root(&root, x->caps[0], x->parameters->log2_cap);
    /* Another size: a cap's length stands in the capacity. */
    tree_root(&other, x->caps[0], x->parameters->log2_cap - 1);
    assert_false(digest_equal(&root, &other));
    digest changed[1 << 3];
    memcpy(changed, x->caps[0], sizeof changed);
    for (size_t i = 0; i < 8; i++) {
        changed[i].c[i] = fp_add(changed[i].c[i], FP_ONE);
        tree_root(&other, changed, 3);
        assert_false(digest_equal(&root, &other));
        changed[i] = x->caps[0][i];
    }
    /* The cap of another tree is refused even where the transcript has its own root. */
    prove(x, NULL);
    assert_int_equal(verify(x), OK);
    x->cells[0][0] = fp_add(x->cells[0][0], FP_ONE);
    commit_to(x, 0);
    assert_int_not_equal(verify(x), OK);
    memory.used_bytes = mark;
}

/* ---- shapes and parameters ---- */

static void weak_parameters(void **state)
{
    (void)state;
    /* What the verifier of the command uses is this and nothing else. */
    const opening_parameters *p = &OPENING_FULL;
    assert_int_equal(p->log2_cap, 9);
    assert_int_equal(p->query_grinding_bits, 20);
    const unsigned expected[OPENING_ROUNDS][3] = {{20, 1, 268}, {15, 2, 164}, {10, 3, 134}};
    for (unsigned i = 0; i < OPENING_ROUNDS; i++) {
        assert_int_equal(p->rounds[i].log2_height, expected[i][0]);
        assert_int_equal(p->rounds[i].log2_inverse_rate, expected[i][1]);
        assert_int_equal(p->rounds[i].queries, expected[i][2]);
    }
    /* A nonce that does not pass. */
    size_t mark = memory.used_bytes;
    instance *x = plain_instance(640);
    prove(x, NULL);
    size_t nonce = first_leaf(x) - 2;
    unsigned refused = 0;
    fp found = x->words[nonce];
    for (fp i = 0; i < 16; i++) {
        x->words[nonce] = i;
        status s = verify(x);
        refused += s == PROOF_GRINDING;
        assert_true(i == found ? s == OK : s != OK);
    }
    assert_true(refused > 4);
    memory.used_bytes = mark;
}

static void shapes_that_are_refused(void **state)
{
    (void)state;
    static opening_shape s;
    layout_table main[2] = {{1 << 20, 512, 0}, {0, 0, 0}}, joined = {1 << 15, 480, 512};
    opening_columns columns[2] = {{main, 1}, {&joined, 1}};
    assert_int_equal(opening_shape_make(&s, &OPENING_FULL, 20, 992, columns, 2), OK);
    assert_int_equal(s.log2_slots[0], 9);
    assert_int_equal(s.log2_slots[1], 9);
    assert_int_equal(s.log2_slots[2], 5);
    assert_int_equal(opening_shape_make(&s, &OPENING_FULL, 19, 992, columns, 2), PROOF_SHAPE);
    assert_int_equal(opening_shape_make(&s, &OPENING_FULL, 24, 992, columns, 2), PROOF_SHAPE);
    assert_int_equal(opening_shape_make(&s, &OPENING_FULL, 20, 991, columns, 2), PROOF_SHAPE);
    assert_int_equal(opening_shape_make(&s, &OPENING_FULL, 20, OPENING_VALUES_MAX + 1, columns, 2), PROOF_SHAPE);
    joined.columns = 481;
    assert_int_equal(opening_shape_make(&s, &OPENING_FULL, 20, 993, columns, 2), PROOF_SHAPE);
    joined.columns = 480;
    main[0].columns = 513;
    assert_int_equal(opening_shape_make(&s, &OPENING_FULL, 20, 992, columns, 1), PROOF_SHAPE);
    main[0].columns = 512;
    joined.rows = 0; /* a matrix without cells */
    assert_int_equal(opening_shape_make(&s, &OPENING_FULL, 20, 992, columns, 2), PROOF_SHAPE);
    joined.rows = 65;
    assert_int_equal(opening_shape_make(&s, &OPENING_FULL, 20, 992, columns, 2), PROOF_SHAPE);
    joined.rows = 64;
    joined.first_value = UINT32_MAX;
    assert_int_equal(opening_shape_make(&s, &OPENING_FULL, 20, 992, columns, 2), PROOF_SHAPE);
}

/* Hostile words of the right length never make the verifier read or write beyond them. */
static void random_words(void **state)
{
    (void)state;
    size_t mark = memory.used_bytes;
    instance *x = plain_instance(640);
    fp *words = malloc(x->shape.words * sizeof(fp));
    for (int round = 0; round < 200; round++) {
        for (size_t i = 0; i < x->shape.words; i++)
            words[i] = round & 1 ? (fp)random_u64() : random_fp();
        assert_int_not_equal(verify_words(x, words, x->shape.words), OK);
    }
    free(words);
    memory.used_bytes = mark;
}

int main(void)
{
    arena_open(&memory, (size_t)1 << 30);
    ntt = ntt_tables_new(&memory, 12);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(honest_openings_verify),
        cmocka_unit_test(builds_agree),
        cmocka_unit_test(cells_that_nothing_refers_to),
        cmocka_unit_test(every_word_counts),
        cmocka_unit_test(rounds_of_another_count),
        cmocka_unit_test(fold_of_another_word),
        cmocka_unit_test(weights_of_the_provers_own),
        cmocka_unit_test(fold_of_another_word_with_the_same_claim),
        cmocka_unit_test(claims_that_cancel_across_matrices),
        cmocka_unit_test(matrix_left_out),
        cmocka_unit_test(slots_beyond),
        cmocka_unit_test(leaf_read_as_node),
        cmocka_unit_test(answers_at_another_index),
        cmocka_unit_test(cap_of_another_root),
        cmocka_unit_test(weak_parameters),
        cmocka_unit_test(shapes_that_are_refused),
        cmocka_unit_test(random_words),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_close(&memory);
    return failed;
}
