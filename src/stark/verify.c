#include "base/check.h"
#include "base/memory.h"
#include "stark/shape.h"
#include "stark/transcript.h"
#include "stark/verify.h"

/* What the transcript gives, and where the parts of the proof are. */
typedef struct {
    const stark_machine *machine;
    const stark_parameters *parameters;
    const stark_key *key;
    const stark_claim *claim;
    stark_shape shape;
    const uint32_t *next; /* what of the proof is not yet read; its length is known to suffice */
    digest caps[SHAPE_MAX_TREES][SHAPE_CAP_DIGESTS];
    fp5 sums[STARK_MAX_CHIPS][SHAPE_GROUPS];
    bus_challenge challenges[SHAPE_GROUPS];
    fp5 lambda, zeta, theta;
    fp5 *openings;
    digest layer_caps[SHAPE_MAX_FRI_LAYERS][SHAPE_CAP_DIGESTS];
    fp5 betas[SHAPE_MAX_FRI_LAYERS];
    fp5 final[FRI_FINAL_COUNT];
    path_checker checker; /* NULL: paths are checked query by query */
} verification;

/* ---- reading: every word is known to be below p ---- */

static const fp *read_elements(verification *v, size_t count)
{
    const fp *elements = v->next;
    v->next += count;
    return elements;
}

static fp5 read_fp5(verification *v)
{
    fp5 x;
    memcpy(x.c, read_elements(v, FP5_DEGREE), sizeof x.c);
    return x;
}

static void read_cap(verification *v, transcript *t, digest *cap)
{
    memcpy(cap, read_elements(v, SHAPE_CAP_DIGESTS * DIGEST_LENGTH), SHAPE_CAP_DIGESTS * sizeof *cap);
    transcript_absorb_digests(t, cap, SHAPE_CAP_DIGESTS);
}

static void read_phase_cap(verification *v, transcript *t, unsigned phase)
{
    for (uint32_t i = 0; i < v->shape.tree_count; i++)
        if (v->shape.trees[i].phase == phase)
            read_cap(v, t, v->caps[i]);
}

static status read_nonce(verification *v, transcript *t, unsigned bits)
{
    return transcript_check_nonce(t, *read_elements(v, 1), bits) ? OK : PROOF_GRINDING;
}

static fp5 *read_fp5s(verification *v, transcript *t, fp5 *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = read_fp5(v);
        transcript_absorb_fp5(t, out[i]);
    }
    return out;
}

/* ---- constraints at ζ ---- */

typedef struct {
    const verification *v;
    const shape_table *table;
    const fp5 *here[SHAPE_PHASES];
    fp5 *values; /* of the tape's operations */
    fp5 sum, power;
} point_evaluation;

static void evaluate_tape(point_evaluation *e, const air_tape *tape)
{
    const fp *public_values = e->v->claim->public_values[e->table->chip];
    for (uint32_t i = 0; i < tape->operation_count; i++) {
        const air_operation *o = &tape->operations[i];
        fp5 x = FP5_ZERO;
        switch ((air_operation_kind)o->kind) {
        case AIR_CONSTANT:
            x = fp5_from_fp(fp_from_u32(o->a));
            break;
        case AIR_COLUMN:
            x = e->here[o->phase][o->a];
            break;
        case AIR_PUBLIC:
            x = fp5_from_fp(public_values[o->a]);
            break;
        case AIR_ADD:
            x = fp5_add(e->values[o->a], e->values[o->b]);
            break;
        case AIR_SUB:
            x = fp5_sub(e->values[o->a], e->values[o->b]);
            break;
        case AIR_MUL:
            x = fp5_mul(e->values[o->a], e->values[o->b]);
            break;
        }
        e->values[i] = x;
    }
}

static void add_constraint(point_evaluation *e, fp5 value)
{
    e->sum = fp5_add(e->sum, fp5_mul(value, e->power));
    e->power = fp5_mul(e->power, e->v->lambda);
}

static fp5 fingerprint(const point_evaluation *e, const air_interaction *x, const bus_challenge *challenge)
{
    fp5 r = FP5_ZERO;
    for (uint32_t i = x->length; i-- > 0;)
        r = fp5_mul(fp5_add(r, e->values[x->message[i]]), challenge->alpha);
    return fp5_add_fp(fp5_add(r, challenge->gamma), fp_from_u32(x->tag));
}

static fp5 signed_multiplicity(const point_evaluation *e, const air_interaction *x)
{
    fp5 m = e->values[x->multiplicity];
    return x->receive ? fp5_neg(m) : m;
}

/* The pairs of one group: each but the last has a column, the last is what the running sum's step lacks. */
static void add_bus_constraints(point_evaluation *e, const air_tape *tape, unsigned group, const fp5 *next_sum)
{
    const bus_challenge *challenge = &e->v->challenges[group];
    uint32_t count = e->table->interactions[group];
    const fp5 *sum_columns = e->here[SHAPE_BUS] + e->table->sum_column[group];
    const fp5 *column = sum_columns - FP5_DEGREE * ((count + 1) / 2 - 1);
    fp rows_inverse = fp_inverse_power_of_two(e->table->log2_rows);
    fp5 step = fp5_sub(fp5_from_columns(next_sum), fp5_from_columns(sum_columns));
    step = fp5_add(step, fp5_mul_fp(e->v->sums[e->table - e->v->shape.tables][group], rows_inverse));

    uint32_t index = 0;
    for (uint32_t done = 0; done < count; done += 2) {
        const air_interaction *pair[2] = {NULL, NULL};
        for (int i = 0; i < 2 && done + i < count; i++, index++) {
            while (tape->interactions[index].shared != (group == SHAPE_SHARED))
                index++;
            pair[i] = &tape->interactions[index];
        }
        fp5 product = fingerprint(e, pair[0], challenge);
        fp5 numerator = signed_multiplicity(e, pair[0]);
        if (pair[1] != NULL) {
            fp5 second = fingerprint(e, pair[1], challenge);
            numerator = fp5_add(fp5_mul(numerator, second), fp5_mul(signed_multiplicity(e, pair[1]), product));
            product = fp5_mul(product, second);
        }
        fp5 term = step;
        if (done + 2 < count) {
            term = fp5_from_columns(column);
            step = fp5_sub(step, term);
            column += FP5_DEGREE;
        }
        add_constraint(e, fp5_sub(fp5_mul(term, product), numerator));
    }
}

static status check_constraints(const verification *v, const shape_table *table, fp5 *values)
{
    const air_tape *tape = v->machine->tape[table->chip];
    point_evaluation e = {.v = v, .table = table, .values = values, .sum = FP5_ZERO, .power = FP5_ONE};
    const fp5 *opening = v->openings + table->opening;
    for (unsigned phase = 0; phase < SHAPE_PHASES; phase++) {
        e.here[phase] = opening;
        opening += table->width[phase];
    }

    fp5 to_n = fp5_power(v->zeta, (uint64_t)1 << table->log2_rows);
    fp5 vanishing = fp5_sub_fp(to_n, FP_ONE);
    evaluate_tape(&e, tape);
    for (uint32_t i = 0; i < tape->constraint_count; i++)
        add_constraint(&e, values[tape->constraints[i].expression]);
    const fp5 *next_sum = opening;
    for (unsigned group = 0; group < SHAPE_GROUPS; group++)
        if (table->interactions[group] > 0) {
            add_bus_constraints(&e, tape, group, next_sum);
            next_sum += FP5_DEGREE;
        }
    const fp5 *q = e.here[SHAPE_QUOTIENT];
    fp5 quotient = fp5_add(fp5_from_columns(q), fp5_mul(to_n, fp5_from_columns(q + FP5_DEGREE)));
    return fp5_equal(e.sum, fp5_mul(vanishing, quotient)) ? OK : PROOF_CONSTRAINTS;
}

/* ---- queries ---- */

/* The batched quotient of one height: Σ θ^k·(c_k(x) − c_k(ζ))/(x − ζ) and the same at ζ·g. */
typedef struct {
    fp5 opened_here, opened_next; /* Σ θ^k·opened value */
} height_batch;

typedef struct {
    const verification *v;
    const fp5 *powers;            /* of θ */
    height_batch heights[STARK_MAX_LOG2_ROWS + 1];
} query_context;

static fp5 weighted_sum(const fp5 *powers, const fp *row, size_t count)
{
    uint64_t w[FP5_DEGREE];
    fp5 r = FP5_ZERO;
    size_t k = 0;
    for (; k + 2 <= count; k += 2)
        for (int i = 0; i < FP5_DEGREE; i++) {
            w[i] = (uint64_t)powers[k].c[i] * row[k] + (uint64_t)powers[k + 1].c[i] * row[k + 1];
            r.c[i] = fp_add(r.c[i], fp_reduce(w[i]));
        }
    if (k < count)
        r = fp5_add_mul_fp(r, powers[k], row[k]);
    return r;
}

static void prepare_heights(query_context *q)
{
    const stark_shape *s = &q->v->shape;
    for (uint32_t i = 0; i < s->table_count; i++) {
        const shape_table *t = &s->tables[i];
        height_batch *h = &q->heights[t->log2_rows];
        const fp5 *opened = q->v->openings + t->opening;
        const fp5 *power = q->powers + t->batch;
        for (uint32_t k = 0; k < t->here_count; k++)
            h->opened_here = fp5_add(h->opened_here, fp5_mul(*power++, *opened++));
        for (uint32_t k = 0; k < t->next_count; k++)
            h->opened_next = fp5_add(h->opened_next, fp5_mul(*power++, *opened++));
    }
}

/* Rows of the tables at one query, as they stand in the proof. */
typedef const fp *table_rows[STARK_MAX_CHIPS][SHAPE_PHASES];

static fp5 deep_value(const query_context *q, const table_rows rows, unsigned height, uint32_t index)
{
    const verification *v = q->v;
    const stark_shape *s = &v->shape;
    fp5 here = fp5_neg(q->heights[height].opened_here);
    fp5 next = fp5_neg(q->heights[height].opened_next);
    for (uint32_t i = 0; i < s->table_count; i++) {
        const shape_table *t = &s->tables[i];
        if (t->log2_rows != height)
            continue;
        const fp5 *power = q->powers + t->batch;
        for (unsigned phase = 0; phase < SHAPE_PHASES; phase++) {
            here = fp5_add(here, weighted_sum(power, rows[i][phase], t->width[phase]));
            power += t->width[phase];
        }
        for (unsigned group = 0; group < SHAPE_GROUPS; group++)
            if (t->interactions[group] > 0) {
                next = fp5_add(next, weighted_sum(power, rows[i][SHAPE_BUS] + t->sum_column[group], FP5_DEGREE));
                power += FP5_DEGREE;
            }
    }
    unsigned log2_domain = height + STARK_LOG2_BLOWUP;
    fp x = fp_mul(FP_GENERATOR, fp_power(fp_root_of_unity(log2_domain), reverse_bits(index, log2_domain)));
    fp5 zeta_next = fp5_mul_fp(v->zeta, fp_root_of_unity(height));
    /* 1/a and 1/b as b/ab and a/ab. */
    fp5 a = fp5_sub(fp5_from_fp(x), v->zeta), b = fp5_sub(fp5_from_fp(x), zeta_next);
    return fp5_mul(fp5_add(fp5_mul(here, b), fp5_mul(next, a)), fp5_inverse(fp5_mul(a, b)));
}

static const digest *cap_of(const verification *v, uint32_t tree)
{
    const shape_tree *t = &v->shape.trees[tree];
    return t->phase == AIR_PREPROCESSED ? v->key->cap[t->preprocessed_tree] : v->caps[tree];
}

static status check_trees(verification *v, table_rows rows, uint32_t index)
{
    const stark_shape *s = &v->shape;
    for (uint32_t i = 0; i < s->tree_count; i++) {
        const shape_tree *tree = &s->trees[i];
        merkle_leaf leaves[STARK_MAX_LOG2_ROWS + 1];
        size_t leaf_count = 0;
        for (unsigned height = STARK_MAX_LOG2_ROWS; height >= STARK_MIN_LOG2_ROWS; height--) {
            if (tree->width[height] == 0)
                continue;
            const fp *row = v->next;
            for (uint32_t k = 0; k < s->table_count; k++)
                if (s->tables[k].log2_rows == height && shape_in_tree(tree, &s->tables[k], v->machine))
                    rows[k][tree->phase] = read_elements(v, s->tables[k].width[tree->phase]);
            leaves[leaf_count].log2_rows = height + STARK_LOG2_BLOWUP;
            if (v->checker == NULL)
                hash_elements(&leaves[leaf_count].leaf, HASH_LEAF, row, tree->width[height]);
            leaf_count++;
        }
        digest path[MERKLE_LOG2_ROWS_MAX];
        size_t length = merkle_path_length(tree->log2_leaves);
        memcpy(path, read_elements(v, length * DIGEST_LENGTH), length * sizeof *path);
        uint32_t leaf_index = index >> (s->log2_rows + STARK_LOG2_BLOWUP - tree->log2_leaves);
        if (v->checker == NULL && !merkle_verify(cap_of(v, i), leaf_index, leaves, leaf_count, path))
            return PROOF_OPENING;
    }
    return OK;
}

static fp5 final_value(const verification *v, fp y)
{
    fp5 r = FP5_ZERO;
    for (int i = FRI_FINAL_COUNT - 1; i >= 0; i--)
        r = fp5_add(fp5_mul_fp(r, y), v->final[i]);
    return r;
}

static status check_query(verification *v, const query_context *q, uint32_t index)
{
    const stark_shape *s = &v->shape;
    table_rows rows = {{NULL}};
    TRY(check_trees(v, rows, index));

    unsigned height = s->log2_rows;
    fp5 value = deep_value(q, rows, height, index);
    for (uint32_t layer = 0; layer < s->layer_count; layer++) {
        unsigned log2_arity = s->layer_log2_arity[layer];
        uint32_t arity = 1u << log2_arity;
        unsigned log2_leaves = height + STARK_LOG2_BLOWUP - log2_arity;
        const fp *row = read_elements(v, (size_t)FP5_DEGREE * arity);
        merkle_leaf leaf = {.log2_rows = log2_leaves};
        if (v->checker == NULL)
            hash_elements(&leaf.leaf, HASH_LEAF, row, (size_t)FP5_DEGREE * arity);
        digest path[MERKLE_LOG2_ROWS_MAX];
        size_t length = merkle_path_length(log2_leaves);
        memcpy(path, read_elements(v, length * DIGEST_LENGTH), length * sizeof *path);

        fp5 values[1 << SHAPE_MAX_LOG2_ARITY];
        memcpy(values, row, arity * sizeof *values);
        if (!fp5_equal(values[index & (arity - 1)], value))
            return PROOF_FOLDING;
        index >>= log2_arity;
        if (v->checker == NULL && !merkle_verify(v->layer_caps[layer], index, &leaf, 1, path))
            return PROOF_OPENING;
        fp root = fp_root_of_unity_inverse(height + STARK_LOG2_BLOWUP);
        value = fri_fold(values, log2_arity, v->betas[layer], fp_power(root, reverse_bits(index, log2_leaves)));
        height -= log2_arity;
        if (s->height_tables[height] > 0)
            value = fp5_add(value, fp5_mul(fp5_power(v->betas[layer], arity), deep_value(q, rows, height, index)));
    }
    unsigned log2_domain = height + STARK_LOG2_BLOWUP;
    fp y = fp_power(fp_root_of_unity(log2_domain), reverse_bits(index, log2_domain));
    return fp5_equal(final_value(v, y), value) ? OK : PROOF_FOLDING;
}

/* All paths of all queries, by the caller's function: what check_query leaves out then. */
static status check_all_paths(const verification *v, const uint32_t *indices)
{
    const stark_shape *s = &v->shape;
    const fp *words = v->next;
    for (uint32_t i = 0; i < s->tree_count + s->layer_count; i++) {
        path_batch b = {.words = words, .stride = s->query_words, .indices = indices, .count = v->parameters->queries};
        if (i < s->tree_count) {
            const shape_tree *tree = &s->trees[i];
            b.cap = cap_of(v, i);
            b.log2_leaves = tree->log2_leaves;
            for (unsigned height = STARK_MAX_LOG2_ROWS; height >= STARK_MIN_LOG2_ROWS; height--)
                if (tree->width[height] > 0) {
                    b.heights[b.height_count].log2_rows = height + STARK_LOG2_BLOWUP;
                    b.heights[b.height_count++].width = tree->width[height];
                    words += tree->width[height];
                }
        } else {
            uint32_t layer = i - s->tree_count;
            b.cap = v->layer_caps[layer];
            b.log2_leaves = s->layer_log2_rows[layer] + STARK_LOG2_BLOWUP - s->layer_log2_arity[layer];
            b.heights[0].log2_rows = b.log2_leaves;
            b.heights[b.height_count++].width = (uint32_t)FP5_DEGREE << s->layer_log2_arity[layer];
            words += b.heights[0].width;
        }
        b.shift = s->log2_rows + STARK_LOG2_BLOWUP - b.log2_leaves;
        words += (size_t)DIGEST_LENGTH * merkle_path_length(b.log2_leaves);
        if (!v->checker(&b))
            return PROOF_OPENING;
    }
    return OK;
}

/* ---- all of it ---- */

static status check_words(const uint32_t *proof, size_t words)
{
    for (size_t i = 0; i < words; i++)
        if (!fp_is_canonical(proof[i]))
            return PROOF_MALFORMED;
    return OK;
}

static status verify(verification *v, stark_outcome *outcome, arena *scratch)
{
    const stark_parameters *parameters = v->parameters;
    const stark_shape *s = &v->shape;
    transcript t;
    transcript_start(&t);
    stark_absorb_claim(&t, v->machine, s, v->key, v->claim);
    read_phase_cap(v, &t, AIR_BOUNDARY);
    read_phase_cap(v, &t, AIR_MAIN);
    TRY(read_nonce(v, &t, parameters->bus_grinding_bits));
    v->challenges[SHAPE_LOCAL].alpha = transcript_squeeze_fp5(&t);
    v->challenges[SHAPE_LOCAL].gamma = transcript_squeeze_fp5(&t);
    v->challenges[SHAPE_SHARED] = v->claim->shared;

    read_phase_cap(v, &t, SHAPE_BUS);
    fp5 totals[SHAPE_GROUPS] = {FP5_ZERO, FP5_ZERO};
    for (uint32_t i = 0; i < s->table_count; i++)
        for (unsigned group = 0; group < SHAPE_GROUPS; group++)
            if (s->tables[i].interactions[group] > 0) {
                read_fp5s(v, &t, &v->sums[i][group], 1);
                totals[group] = fp5_add(totals[group], v->sums[i][group]);
            }
    v->lambda = transcript_squeeze_fp5(&t);

    read_phase_cap(v, &t, SHAPE_QUOTIENT);
    TRY(read_nonce(v, &t, parameters->point_grinding_bits));
    v->zeta = transcript_squeeze_fp5(&t);
    if (stark_point_is_inside(s, v->zeta))
        return PROOF_CONSTRAINTS;
    v->openings = read_fp5s(v, &t, ARENA_NEW(scratch, fp5, s->opening_count), s->opening_count);
    TRY(read_nonce(v, &t, parameters->batch_grinding_bits));
    v->theta = transcript_squeeze_fp5(&t);

    for (uint32_t i = 0; i < s->layer_count; i++) {
        read_cap(v, &t, v->layer_caps[i]);
        TRY(read_nonce(v, &t, parameters->fold_grinding_bits));
        v->betas[i] = transcript_squeeze_fp5(&t);
    }
    read_fp5s(v, &t, v->final, FRI_FINAL_COUNT);
    TRY(read_nonce(v, &t, parameters->query_grinding_bits));

    for (uint32_t i = 0; i < s->table_count; i++) {
        size_t mark = scratch->used_bytes;
        fp5 *values = ARENA_NEW(scratch, fp5, v->machine->tape[s->tables[i].chip]->operation_count + 1);
        TRY(check_constraints(v, &s->tables[i], values));
        arena_rewind(scratch, mark);
    }

    query_context *q = ARENA_NEW(scratch, query_context, 1);
    q->v = v;
    fp5 *powers = ARENA_NEW(scratch, fp5, s->batch_count);
    powers[0] = FP5_ONE;
    for (uint32_t i = 1; i < s->batch_count; i++)
        powers[i] = fp5_mul(powers[i - 1], v->theta);
    q->powers = powers;
    prepare_heights(q);
    uint32_t *indices = ARENA_NEW(scratch, uint32_t, parameters->queries);
    for (uint32_t i = 0; i < parameters->queries; i++)
        indices[i] = transcript_squeeze_bits(&t, s->log2_rows + STARK_LOG2_BLOWUP);
    if (v->checker != NULL)
        TRY(check_all_paths(v, indices));
    for (uint32_t i = 0; i < parameters->queries; i++)
        TRY(check_query(v, q, indices[i]));

    memset(outcome, 0, sizeof *outcome);
    outcome->local = v->challenges[SHAPE_LOCAL];
    outcome->local_sum = totals[SHAPE_LOCAL];
    outcome->shared_sum = totals[SHAPE_SHARED];
    for (uint32_t i = 0; i < s->tree_count; i++)
        if (s->trees[i].phase == AIR_BOUNDARY)
            memcpy(outcome->boundary_cap, v->caps[i], sizeof outcome->boundary_cap);
    outcome->shared_count = s->shared_count;
    return OK;
}

status stark_verify_with(stark_outcome *outcome, const stark_machine *m, const stark_parameters *parameters,
                         const stark_key *key, const stark_claim *claim, const uint32_t *proof, size_t proof_words,
                         arena *scratch, path_checker checker)
{
    size_t mark = scratch->used_bytes;
    memset(outcome, 0, sizeof *outcome);
    verification *v = ARENA_NEW(scratch, verification, 1);
    v->machine = m;
    v->parameters = parameters;
    v->key = key;
    v->claim = claim;
    v->next = proof;
    v->checker = checker;
    status s = stark_shape_make(&v->shape, m, parameters, claim);
    for (uint32_t i = 0; s == OK && i < m->count; i++)
        if (m->chip[i]->width[AIR_PREPROCESSED] > 0 && claim->log2_rows[i] != 0 &&
            claim->log2_rows[i] != key->log2_rows[i])
            s = PROOF_SHAPE;
    if (s == OK)
        s = proof_words == v->shape.words ? check_words(proof, proof_words) : PROOF_MALFORMED;
    if (s == OK)
        s = verify(v, outcome, scratch);
    arena_rewind(scratch, mark);
    return s;
}

status stark_verify(stark_outcome *outcome, const stark_machine *m, const stark_parameters *parameters,
                    const stark_key *key, const stark_claim *claim, const uint32_t *proof, size_t proof_words,
                    arena *scratch)
{
    return stark_verify_with(outcome, m, parameters, key, claim, proof, proof_words, scratch, NULL);
}
