#include "stark/shape.h"

#include "base/check.h"
#include "base/memory.h"

enum { MAX_CONSTRAINTS = 1 << 12, MAX_OPENINGS = 1 << 14 };
#define MAX_MESSAGES ((uint64_t)1 << 33)

const stark_parameters STARK_FULL = {
    .queries = 262,
    .shared_grinding_bits = 16,
    .bus_grinding_bits = 16,
    .point_grinding_bits = 8,
    .batch_grinding_bits = 14,
    .fold_grinding_bits = 8,
    .query_grinding_bits = 20,
};

const stark_parameters STARK_TINY = {
    .queries = 12,
    .shared_grinding_bits = 1,
    .bus_grinding_bits = 1,
    .point_grinding_bits = 1,
    .batch_grinding_bits = 1,
    .fold_grinding_bits = 1,
    .query_grinding_bits = 2,
};

void shape_table_make(shape_table *t, const stark_machine *m, uint32_t chip)
{
    memset(t, 0, sizeof *t);
    const air_tape *tape = m->tape[chip];
    t->chip = chip;
    for (unsigned phase = 0; phase < AIR_PHASES; phase++)
        t->width[phase] = m->chip[chip]->width[phase];
    t->width[SHAPE_QUOTIENT] = SHAPE_QUOTIENT_WIDTH;
    for (uint32_t i = 0; i < tape->interaction_count; i++)
        t->interactions[tape->interactions[i].shared ? SHAPE_SHARED : SHAPE_LOCAL]++;
    t->constraint_count = tape->constraint_count;
    for (unsigned group = 0; group < SHAPE_GROUPS; group++) {
        uint32_t columns = (t->interactions[group] + 1) / 2;
        if (columns == 0)
            continue;
        t->sum_column[group] = t->width[SHAPE_BUS] + FP5_DEGREE * (columns - 1);
        t->width[SHAPE_BUS] += FP5_DEGREE * columns;
        t->constraint_count += columns;
        t->next_count += FP5_DEGREE;
    }
    for (unsigned phase = 0; phase < SHAPE_PHASES; phase++)
        t->here_count += t->width[phase];
}

void stark_machine_open(stark_machine *m, arena *memory, const air *const *chips, const uint8_t *preprocessed_tree,
                        uint32_t count)
{
    CHECK(count >= 1 && count <= STARK_MAX_CHIPS);
    memset(m, 0, sizeof *m);
    m->count = count;
    uint64_t openings = 0, constraints = 0;
    for (uint32_t i = 0; i < count; i++) {
        m->chip[i] = chips[i];
        m->preprocessed_tree[i] = preprocessed_tree[i];
        CHECK(preprocessed_tree[i] < STARK_MAX_PREPROCESSED_TREES);
        CHECK(chips[i]->public_count <= STARK_MAX_PUBLIC_VALUES);
        m->tape[i] = air_record(memory, chips[i]);
        CHECK(air_zero_row_fault(m->tape[i]) == NULL);
        shape_table t;
        shape_table_make(&t, m, i);
        CHECK(t.constraint_count < MAX_CONSTRAINTS);
        constraints += m->tape[i]->constraint_count;
        openings += t.here_count + t.next_count;
    }
    CHECK(openings < MAX_OPENINGS && constraints < MAX_CONSTRAINTS); /* the second protocol batches all of a machine */
}

bool shape_in_tree(const shape_tree *tree, const shape_table *t, const stark_machine *m)
{
    return t->width[tree->phase] > 0 &&
           (tree->phase != AIR_PREPROCESSED || m->preprocessed_tree[t->chip] == tree->preprocessed_tree);
}

static status count_messages(stark_shape *s, const stark_machine *m)
{
    struct {
        uint32_t tag;
        uint64_t count;
    } tags[SHAPE_MAX_TAGS];
    uint32_t tag_count = 0;
    uint64_t total = 0;
    for (uint32_t i = 0; i < s->table_count; i++) {
        const air_tape *tape = m->tape[s->tables[i].chip];
        uint64_t rows = (uint64_t)1 << s->tables[i].log2_rows;
        for (uint32_t k = 0; k < tape->interaction_count; k++) {
            uint32_t j = 0;
            while (j < tag_count && tags[j].tag != tape->interactions[k].tag)
                j++;
            if (j == tag_count) {
                CHECK(tag_count < SHAPE_MAX_TAGS);
                tags[tag_count].tag = tape->interactions[k].tag;
                tags[tag_count++].count = 0;
            }
            tags[j].count += rows;
            total += rows;
            if (tape->interactions[k].shared)
                s->shared_count += rows;
        }
    }
    for (uint32_t j = 0; j < tag_count; j++)
        if (tags[j].count >= FP_MODULUS)
            return PROOF_SHAPE;
    return total < MAX_MESSAGES ? OK : PROOF_SHAPE;
}

static void add_tree(stark_shape *s, const stark_machine *m, unsigned phase, unsigned preprocessed_tree)
{
    shape_tree *tree = &s->trees[s->tree_count];
    tree->phase = phase;
    tree->preprocessed_tree = preprocessed_tree;
    for (uint32_t i = 0; i < s->table_count; i++) {
        const shape_table *t = &s->tables[i];
        if (!shape_in_tree(tree, t, m))
            continue;
        tree->width[t->log2_rows] += t->width[phase];
        if (tree->log2_leaves < t->log2_rows + STARK_LOG2_BLOWUP)
            tree->log2_leaves = t->log2_rows + STARK_LOG2_BLOWUP;
    }
    if (tree->log2_leaves > 0)
        s->tree_count++;
}

static void lay_out_layers(stark_shape *s)
{
    for (unsigned height = s->log2_rows; height > FRI_FINAL_LOG2;) {
        unsigned next = height - 1;
        while (next > FRI_FINAL_LOG2 && s->height_tables[next] == 0)
            next--;
        unsigned arity = height - next < SHAPE_MAX_LOG2_ARITY ? height - next : SHAPE_MAX_LOG2_ARITY;
        s->layer_log2_rows[s->layer_count] = height;
        s->layer_log2_arity[s->layer_count++] = arity;
        height -= arity;
    }
}

static void count_words(stark_shape *s, const stark_parameters *parameters)
{
    enum { CAP_WORDS = SHAPE_CAP_DIGESTS * DIGEST_LENGTH };
    size_t words = 0, query = 0;
    for (uint32_t i = 0; i < s->tree_count; i++) {
        const shape_tree *tree = &s->trees[i];
        if (tree->phase != AIR_PREPROCESSED)
            words += CAP_WORDS;
        for (unsigned h = 0; h <= STARK_MAX_LOG2_ROWS; h++)
            query += tree->width[h];
        query += (size_t)DIGEST_LENGTH * merkle_path_length(tree->log2_leaves);
    }
    for (uint32_t i = 0; i < s->table_count; i++)
        for (unsigned group = 0; group < SHAPE_GROUPS; group++)
            words += s->tables[i].interactions[group] > 0 ? FP5_DEGREE : 0;
    words += 4; /* nonces before α, ζ, the batch challenge, the queries */
    words += (size_t)FP5_DEGREE * s->opening_count;
    for (uint32_t i = 0; i < s->layer_count; i++) {
        unsigned log2_leaves = s->layer_log2_rows[i] + STARK_LOG2_BLOWUP - s->layer_log2_arity[i];
        words += CAP_WORDS + 1;
        query += (size_t)FP5_DEGREE << s->layer_log2_arity[i];
        query += (size_t)DIGEST_LENGTH * merkle_path_length(log2_leaves);
    }
    words += (size_t)FP5_DEGREE * FRI_FINAL_COUNT;
    s->query_words = query;
    s->words = words + query * parameters->queries;
}

status stark_shape_make(stark_shape *s, const stark_machine *m, const stark_parameters *parameters,
                        const stark_claim *claim)
{
    memset(s, 0, sizeof *s);
    for (uint32_t i = 0; i < m->count; i++) {
        unsigned rows = claim->log2_rows[i];
        if (m->chip[i]->width[AIR_PREPROCESSED] > 0 && (rows != 0) != (claim->opens_tree[m->preprocessed_tree[i]] != 0))
            return PROOF_SHAPE;
        if (rows == 0)
            continue;
        if (rows < STARK_MIN_LOG2_ROWS || rows > STARK_MAX_LOG2_ROWS)
            return PROOF_SHAPE;
        shape_table *t = &s->tables[s->table_count++];
        shape_table_make(t, m, i);
        t->log2_rows = rows;
        s->height_tables[rows]++;
        if (s->log2_rows < rows)
            s->log2_rows = rows;
    }
    if (s->table_count == 0)
        return PROOF_SHAPE;
    TRY(count_messages(s, m));

    uint32_t batch[STARK_MAX_LOG2_ROWS + 1] = {0};
    for (uint32_t i = 0; i < s->table_count; i++) {
        shape_table *t = &s->tables[i];
        uint32_t opened = t->here_count + t->next_count;
        t->opening = s->opening_count;
        t->batch = batch[t->log2_rows];
        s->opening_count += opened;
        batch[t->log2_rows] += opened;
        if (s->batch_count < batch[t->log2_rows])
            s->batch_count = batch[t->log2_rows];
    }
    for (unsigned tree = 0; tree < STARK_MAX_PREPROCESSED_TREES; tree++)
        if (claim->opens_tree[tree])
            add_tree(s, m, AIR_PREPROCESSED, tree);
    for (unsigned phase = AIR_BOUNDARY; phase < SHAPE_PHASES; phase++)
        add_tree(s, m, phase, 0);
    lay_out_layers(s);
    count_words(s, parameters);
    return OK;
}

size_t stark_proof_words(const stark_machine *m, const stark_parameters *parameters, const stark_claim *claim)
{
    stark_shape s;
    return stark_shape_make(&s, m, parameters, claim) == OK ? s.words : 0;
}

void stark_absorb_claim(transcript *transcript, const stark_machine *m, const stark_shape *s, const stark_key *key,
                        const stark_claim *claim)
{
    transcript_absorb_number(transcript, claim->statement_count);
    transcript_absorb(transcript, claim->statement, claim->statement_count);
    for (uint32_t i = 0; i < m->count; i++)
        transcript_absorb_number(transcript, claim->log2_rows[i]);
    for (unsigned tree = 0; tree < STARK_MAX_PREPROCESSED_TREES; tree++)
        transcript_absorb_number(transcript, claim->opens_tree[tree] != 0);
    for (uint32_t i = 0; i < s->tree_count; i++)
        if (s->trees[i].phase == AIR_PREPROCESSED)
            transcript_absorb_digests(transcript, key->cap[s->trees[i].preprocessed_tree], SHAPE_CAP_DIGESTS);
    transcript_absorb_fp5(transcript, claim->shared.alpha);
    transcript_absorb_fp5(transcript, claim->shared.gamma);
    for (uint32_t i = 0; i < s->table_count; i++) {
        uint32_t chip = s->tables[i].chip;
        transcript_absorb(transcript, claim->public_values[chip], m->chip[chip]->public_count);
    }
}

/* All these domains lie in those of the greatest height. */
bool stark_point_is_inside(const stark_shape *s, fp5 zeta)
{
    uint64_t rows = (uint64_t)1 << s->log2_rows;
    fp5 in_coset = fp5_mul_fp(zeta, fp_inverse(FP_GENERATOR));
    return fp5_equal(fp5_power(zeta, rows), FP5_ONE) ||
           fp5_equal(fp5_power(in_coset, rows << STARK_LOG2_BLOWUP), FP5_ONE);
}

fp5 fp5_from_columns(const fp5 columns[FP5_DEGREE])
{
    fp5 r = columns[FP5_DEGREE - 1];
    for (int i = FP5_DEGREE - 2; i >= 0; i--)
        r = fp5_add(fp5_mul_x(r), columns[i]);
    return r;
}

fp5 fri_fold(fp5 *values, unsigned log2_arity, fp5 beta, fp y_inverse)
{
    for (unsigned level = log2_arity; level > 0; level--) {
        uint32_t half = 1u << (level - 1);
        fp root = fp_root_of_unity_inverse(level);
        fp5 beta_half = fp5_mul_fp(beta, fp_halve(y_inverse));
        for (uint32_t i = 0; i < half; i++) {
            fp5 a = values[2 * i], b = values[2 * i + 1];
            fp twist = fp_power(root, reverse_bits(i, level - 1));
            fp5 odd = fp5_mul(fp5_mul_fp(beta_half, twist), fp5_sub(a, b));
            fp5 even = fp5_mul_fp(fp5_add(a, b), FP_HALF);
            values[i] = fp5_add(even, odd);
        }
        beta = fp5_square(beta);
        y_inverse = fp_square(y_inverse);
    }
    return values[0];
}

/* ---- identity ---- */

static void absorb_number(hash_sponge *s, uint32_t x)
{
    CHECK(x < FP_MODULUS);
    fp element = fp_from_u32(x);
    hash_absorb(s, &element, 1);
}

/* Everything is absorbed with a count or a kind before it, so that two machines never give the same elements. Names
 * fix nothing and are left out. */
void stark_absorb_machine(hash_sponge *s, const stark_machine *m)
{
    absorb_number(s, m->count);
    for (uint32_t c = 0; c < m->count; c++) {
        const air_tape *t = m->tape[c];
        for (unsigned phase = 0; phase < AIR_PHASES; phase++)
            absorb_number(s, m->chip[c]->width[phase]);
        absorb_number(s, m->chip[c]->width[AIR_PREPROCESSED] > 0 ? m->preprocessed_tree[c] : 0);
        absorb_number(s, m->chip[c]->public_count);
        absorb_number(s, t->operation_count);
        absorb_number(s, t->constraint_count);
        absorb_number(s, t->interaction_count);
        for (uint32_t i = 0; i < t->operation_count; i++) {
            absorb_number(s, (uint32_t)(t->operations[i].kind << 8 | t->operations[i].phase));
            absorb_number(s, t->operations[i].a);
            absorb_number(s, t->operations[i].b);
        }
        for (uint32_t i = 0; i < t->constraint_count; i++)
            absorb_number(s, t->constraints[i].expression);
        for (uint32_t i = 0; i < t->interaction_count; i++) {
            const air_interaction *x = &t->interactions[i];
            absorb_number(s, x->tag);
            absorb_number(s, (uint32_t)(x->shared << 1 | x->receive));
            absorb_number(s, x->multiplicity);
            absorb_number(s, x->length);
            for (uint32_t k = 0; k < x->length; k++)
                absorb_number(s, x->message[k]);
        }
    }
}

void stark_machine_id(digest *id, const stark_machine *m, const stark_parameters *parameters, arena *scratch)
{
    (void)scratch;
    hash_sponge s;
    hash_start(&s, HASH_ID, 0);
    const uint32_t numbers[] = {
        parameters->queries, parameters->shared_grinding_bits, parameters->bus_grinding_bits,
        parameters->point_grinding_bits, parameters->batch_grinding_bits, parameters->fold_grinding_bits,
        parameters->query_grinding_bits, STARK_LOG2_BLOWUP, STARK_MIN_LOG2_ROWS, STARK_MAX_LOG2_ROWS,
        SHAPE_MAX_LOG2_ARITY, FRI_FINAL_COUNT, MERKLE_LOG2_CAP,
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        absorb_number(&s, numbers[i]);
    stark_absorb_machine(&s, m);
    hash_finish(&s, id);
}
