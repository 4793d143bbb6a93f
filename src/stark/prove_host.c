#include "stark/prover.h"

#include "base/check.h"
#include "base/memory.h"
#include "field/simd.h"

#include <omp.h>

const prove_kernel_set *prove_kernels(void)
{
    switch (simd_get()) {
#if defined(__x86_64__)
    case SIMD_AVX512:
        return &prove_kernel_set_avx512;
    case SIMD_AVX2:
        return &prove_kernel_set_avx2;
#endif
    default:
        return &prove_kernel_set_portable;
    }
}

fp *prove_new_columns(arena *memory, size_t count, size_t rows)
{
    return arena_allocate(memory, count * rows * sizeof(fp), CACHE_LINE);
}

fp *prove_new_extension(arena *memory, size_t count, unsigned log2_rows)
{
    return prove_new_columns(memory, count, extension_stride(log2_rows));
}

void prove_write_words(prover *p, const fp *words, size_t count)
{
    memcpy(p->next, words, count * sizeof *words);
    p->next += count;
}

void prove_write_fp5s(prover *p, const fp5 *x, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        prove_write_words(p, x[i].c, FP5_DEGREE);
        transcript_absorb_fp5(&p->transcript, x[i]);
    }
}

void prove_write_cap(prover *p, const digest *cap)
{
    prove_write_words(p, cap->c, SHAPE_CAP_DIGESTS * DIGEST_LENGTH);
    transcript_absorb_digests(&p->transcript, cap, SHAPE_CAP_DIGESTS);
}

void prove_write_nonce(prover *p, unsigned bits)
{
    fp nonce = transcript_grind(&p->transcript, bits);
    prove_write_words(p, &nonce, 1);
}

static void report_progress(const prover *p, const char *stage, double done)
{
    if (p->options != NULL && p->options->progress != NULL)
        p->options->progress(p->options->progress_context, stage, done);
}

static void open_prover(prover *p, const stark_table *tables, uint32_t count)
{
    CHECK(stark_shape_make(&p->shape, p->machine, p->parameters, p->claim) == OK);
    CHECK(count == p->shape.table_count);
    for (uint32_t i = 0; i < count; i++) {
        const shape_table *t = &p->shape.tables[i];
        CHECK(tables[i].chip == t->chip && tables[i].rows == UINT32_C(1) << t->log2_rows);
        for (unsigned phase = AIR_BOUNDARY; phase < AIR_PHASES; phase++)
            p->traces[i][phase] = tables[i].columns[phase];
        if (t->width[AIR_PREPROCESSED] > 0) {
            CHECK(p->key != NULL && p->key->extended[t->chip] != NULL);
            CHECK(p->key->key.log2_rows[t->chip] == t->log2_rows);
            p->traces[i][AIR_PREPROCESSED] = p->key->columns[t->chip];
            p->extended[i][AIR_PREPROCESSED] = p->key->extended[t->chip];
        }
    }
    unsigned log2_rows = p->shape.log2_rows;
    p->ntt = ntt_tables_new(p->memory, log2_rows > FRI_FINAL_LOG2 ? log2_rows : FRI_FINAL_LOG2 + 1);
    p->openings = ARENA_NEW(p->memory, fp5, p->shape.opening_count);
}

static void draw_bus_challenges(prover *p)
{
    p->challenges[SHAPE_LOCAL].alpha = transcript_squeeze_fp5(&p->transcript);
    p->challenges[SHAPE_LOCAL].gamma = transcript_squeeze_fp5(&p->transcript);
    p->challenges[SHAPE_SHARED] = p->claim->shared;
    for (unsigned group = 0; group < SHAPE_GROUPS; group++) {
        p->alpha_powers[group][0] = FP5_ONE;
        for (unsigned i = 1; i <= AIR_MAX_MESSAGE; i++)
            p->alpha_powers[group][i] = fp5_mul(p->alpha_powers[group][i - 1], p->challenges[group].alpha);
    }
}

static void prove(prover *p, stark_outcome *outcome)
{
    const stark_shape *s = &p->shape;
    transcript_start(&p->transcript);
    static const stark_key no_key;
    stark_absorb_claim(&p->transcript, p->machine, s, p->key != NULL ? &p->key->key : &no_key, p->claim);
    prove_commit_phase(p, AIR_PREPROCESSED);
    report_progress(p, "extend", 0);
    prove_extend_phase(p, AIR_BOUNDARY);
    prove_extend_phase(p, AIR_MAIN);
    report_progress(p, "commit", 0.15);
    prove_commit_phase(p, AIR_BOUNDARY);
    prove_commit_phase(p, AIR_MAIN);
    prove_write_nonce(p, p->parameters->bus_grinding_bits);
    draw_bus_challenges(p);

    report_progress(p, "buses", 0.4);
    for (uint32_t i = 0; i < s->table_count; i++)
        if (s->tables[i].width[SHAPE_BUS] > 0)
            prove_make_bus_columns(p, i);
    report_progress(p, "commit buses", 0.55);
    prove_commit_phase(p, SHAPE_BUS);
    memset(outcome, 0, sizeof *outcome);
    for (uint32_t i = 0; i < s->table_count; i++)
        for (unsigned group = 0; group < SHAPE_GROUPS; group++)
            if (s->tables[i].interactions[group] > 0) {
                prove_write_fp5s(p, &p->sums[i][group], 1);
                fp5 *total = group == SHAPE_LOCAL ? &outcome->local_sum : &outcome->shared_sum;
                *total = fp5_add(*total, p->sums[i][group]);
            }
    p->lambda = transcript_squeeze_fp5(&p->transcript);

    report_progress(p, "quotient", 0.7);
    for (uint32_t i = 0; i < s->table_count; i++)
        prove_make_quotient(p, i);
    report_progress(p, "commit quotient", 0.8);
    prove_commit_phase(p, SHAPE_QUOTIENT);
    prove_write_nonce(p, p->parameters->point_grinding_bits);
    p->zeta = transcript_squeeze_fp5(&p->transcript);
    CHECK(!stark_point_is_inside(s, p->zeta));

    report_progress(p, "openings", 0.82);
    for (unsigned height = STARK_MIN_LOG2_ROWS; height <= s->log2_rows; height++)
        if (s->height_tables[height] > 0)
            prove_open_height(p, height);
    if (p->lies->change_openings != NULL)
        p->lies->change_openings(p->lies->context, p->openings, s->opening_count);
    prove_write_fp5s(p, p->openings, s->opening_count);
    prove_write_nonce(p, p->parameters->batch_grinding_bits);
    p->theta = transcript_squeeze_fp5(&p->transcript);

    report_progress(p, "batch", 0.87);
    fp5 *powers = ARENA_NEW(p->memory, fp5, s->batch_count);
    powers[0] = FP5_ONE;
    for (uint32_t i = 1; i < s->batch_count; i++)
        powers[i] = fp5_mul(powers[i - 1], p->theta);
    for (unsigned height = STARK_MIN_LOG2_ROWS; height <= s->log2_rows; height++)
        if (s->height_tables[height] > 0)
            prove_make_deep(p, height, powers);
    report_progress(p, "fold", 0.92);
    prove_fold_all(p);
    prove_write_nonce(p, p->parameters->query_grinding_bits);
    report_progress(p, "queries", 0.98);
    for (uint32_t i = 0; i < p->parameters->queries; i++)
        prove_answer_query(p, transcript_squeeze_bits(&p->transcript, s->log2_rows + STARK_LOG2_BLOWUP));

    outcome->local = p->challenges[SHAPE_LOCAL];
    outcome->shared_count = s->shared_count;
    for (uint32_t i = 0; i < s->tree_count; i++)
        if (s->trees[i].phase == AIR_BOUNDARY)
            memcpy(outcome->boundary_cap, merkle_cap(&p->trees[i].tree), sizeof outcome->boundary_cap);
}

void stark_prove(uint32_t *proof, stark_outcome *outcome, const stark_machine *m, const stark_parameters *parameters,
                 const stark_proving_key *key, const stark_claim *claim, const stark_table *tables, uint32_t count,
                 const stark_options *options, arena *memory)
{
    static const stark_lies no_lies;
    size_t mark = memory->used_bytes;
    prover *p = ARENA_NEW(memory, prover, 1);
    p->machine = m;
    p->parameters = parameters;
    p->key = key;
    p->claim = claim;
    p->options = options;
    p->lies = options != NULL && options->lies != NULL ? options->lies : &no_lies;
    p->kernels = prove_kernels();
    p->memory = memory;
    p->next = proof;
    open_prover(p, tables, count);
    prove(p, outcome);
    CHECK(p->next == proof + p->shape.words);
    if (p->lies->change_proof != NULL)
        p->lies->change_proof(p->lies->context, proof, p->shape.words);
    arena_rewind(memory, mark);
}

size_t stark_prove_memory_bytes(const stark_machine *m, const stark_parameters *parameters, const stark_claim *claim)
{
    stark_shape s;
    if (stark_shape_make(&s, m, parameters, claim) != OK)
        return 0;
    size_t bytes = (size_t)1 << 20;
    bytes += sizeof(prover) + ntt_tables_size_bytes(s.log2_rows > FRI_FINAL_LOG2 ? s.log2_rows : FRI_FINAL_LOG2 + 1);
    /* The greatest of what is needed for a while: bus columns before extension; the quotient's values; weights. */
    size_t passing = 0;
    for (uint32_t i = 0; i < s.table_count; i++) {
        const shape_table *t = &s.tables[i];
        size_t rows = (size_t)1 << t->log2_rows, kept = 0;
        for (unsigned phase = AIR_BOUNDARY; phase < SHAPE_PHASES; phase++)
            kept += t->width[phase];
        bytes += extension_stride(t->log2_rows) * kept * sizeof(fp);
        const air_tape *tape = m->tape[t->chip];
        size_t columns = t->width[SHAPE_BUS] > SHAPE_QUOTIENT_WIDTH + 4 ? t->width[SHAPE_BUS] : SHAPE_QUOTIENT_WIDTH + 4;
        size_t program = (size_t)tape->operation_count * 64 + (size_t)tape->interaction_count * 1024 +
                         (size_t)tape->constraint_count * 64;
        size_t per_thread = (size_t)(tape->operation_count + 3 * FP5_DEGREE * tape->interaction_count + 16) *
                            EVALUATOR_BLOCK_ROWS * sizeof(fp);
        size_t needed = columns * rows * sizeof(fp) + program + (size_t)omp_get_max_threads() * per_thread;
        if (passing < needed)
            passing = needed;
    }
    for (uint32_t i = 0; i < s.tree_count; i++)
        if (s.trees[i].phase != AIR_PREPROCESSED)
            bytes += merkle_size_bytes(s.trees[i].log2_leaves);
    for (unsigned height = STARK_MIN_LOG2_ROWS; height <= s.log2_rows; height++) {
        if (s.height_tables[height] == 0)
            continue;
        size_t rows = (size_t)1 << height;
        bytes += rows * FP5_DEGREE * sizeof(fp) * (2 + 2); /* inverses, DEEP */
        size_t needed = rows * FP5_DEGREE * sizeof(fp) * 2 + (size_t)s.opening_count * 128;
        if (passing < needed)
            passing = needed;
    }
    bytes += ((size_t)1 << s.log2_rows) * sizeof(fp); /* twists */
    for (uint32_t i = 0; i < s.layer_count; i++) {
        bytes += ((size_t)3 << s.layer_log2_rows[i]) / 2 * sizeof(fp5);
        bytes += merkle_size_bytes(s.layer_log2_rows[i] + STARK_LOG2_BLOWUP - s.layer_log2_arity[i]);
    }
    return bytes + passing + (size_t)s.opening_count * 3 * sizeof(fp5);
}
