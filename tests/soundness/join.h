/* For tests of joins: a small program's run in one part and in several, and proofs of any statement, true or not, by a program
 * that stands in the place of `join` and makes public whatever it reads. */
#ifndef ASHLAR_TESTS_SOUNDNESS_JOIN_H
#define ASHLAR_TESTS_SOUNDNESS_JOIN_H

#include "tests/prover/fixture.h"

#include "prover/join.h"

enum { SEGMENTS = 3, LEDGER_PARTS = 2, PARTS = SEGMENTS + LEDGER_PARTS };

static test_code code, other_code, stand_in_code, false_code;
static prover_program program, other_program; /* what is proven */
static prover_program stand_in, false_join;   /* `join`, and another that is none */
static bytes output, input;
static run_proof whole, split; /* one run of the program, as one proof and in parts */
static run_header header;      /* of split */
static run_state states[PARTS + 1];

/* A proof of `join`, or of what stands in its place: a statement, and the run that has it as its output. */
typedef struct {
    join_statement said;
    run_proof proof;
} fact;

/* ---- proofs --------------------------------------------------------------------------------------- */

/* What prove_run leaves in `memory` stays. */
static inline void keep(run_proof *out, const run_proof *proof)
{
    *out = *proof;
    boundary_record *records = ARENA_NEW(&kept, boundary_record, proof->part_count);
    run_part *parts = ARENA_NEW(&kept, run_part, proof->part_count);
    memcpy(records, proof->records, proof->part_count * sizeof *records);
    memcpy(parts, proof->parts, proof->part_count * sizeof *parts);
    for (uint32_t i = 0; i < proof->part_count; i++) {
        uint32_t *words = ARENA_NEW(&kept, uint32_t, parts[i].word_count);
        memcpy(words, parts[i].words, parts[i].word_count * sizeof *words);
        parts[i].words = words;
    }
    out->records = records;
    out->parts = parts;
}

static inline run_header header_of(const prover_program *p, const run_proof *proof)
{
    run_header h;
    run_header_make(&h, &tiny, &p->id, proof->records, proof->segment_count, proof->ledger_count, proof->output);
    h.shared_nonce = proof->shared_nonce;
    return h;
}

/* A run of `by` whose output is this statement. */
static inline fact fact_cut(const prover_program *by, const join_statement *said, cut how)
{
    uint8_t *statement = ARENA_NEW(&memory, uint8_t, STATEMENT_BYTES_MAX);
    bytes public = {statement, statement_write(statement, said)};
    fact f = {.said = *said};
    assert_status(prove_run(&f.proof, NULL, by, input_for(&memory, public, (bytes){0}), public, how), OK);
    return f;
}

static inline fact fact_of(const join_statement *said) { return fact_cut(&stand_in, said, (cut){0}); }

/* ---- nodes ---------------------------------------------------------------------------------------- */

static inline join_child leaf(const run_part *part) { return (join_child){.part = part}; }

static inline join_child inner(const fact *f)
{
    return (join_child){.part = &f->proof.parts[0], .statement = &f->said, .shared_nonce = f->proof.shared_nonce};
}

static inline join_job span_of(const join_child *children, uint32_t count, const run_state *before)
{
    return (join_job){.operation = JOIN_SPAN,
                      .self = stand_in.id,
                      .program_key = &program.key,
                      .join_key = &stand_in.key,
                      .header = header,
                      .before = *before,
                      .children = children,
                      .child_count = count};
}

static inline join_job runs_of(uint32_t operation, const join_child *children, uint32_t count)
{
    return (join_job){.operation = operation,
                      .self = stand_in.id,
                      .join_key = &stand_in.key,
                      .children = children,
                      .child_count = count};
}

static inline status run_node(join_statement *out, const join_job *job)
{
    size_t mark = scratch.used_bytes;
    status s = join_node(out, &tiny, join_input_write(&memory, &tiny, job), &scratch);
    assert_true(scratch.used_bytes == mark);
    /* Nothing is said of what does not hold. */
    static const join_statement nothing;
    assert_true(s == OK || memcmp(out, &nothing, sizeof nothing) == 0);
    return s;
}

static inline status verdict(const join_job *job)
{
    join_statement out;
    return run_node(&out, job);
}

static inline void refused(const join_job *job, status expected) { assert_status(verdict(job), expected); }

/* The parts first … last − 1 of the split run, as leaves. */
static inline join_job parts_of(join_child children[PARTS], uint32_t first, uint32_t last)
{
    for (uint32_t i = first; i < last; i++)
        children[i - first] = leaf(&split.parts[i]);
    return span_of(children, last - first, &states[first]);
}

static inline join_statement span_said(uint32_t first, uint32_t last)
{
    join_child children[PARTS];
    join_statement out;
    join_job job = parts_of(children, first, last);
    assert_status(run_node(&out, &job), OK);
    assert_int_equal(out.kind, STATEMENT_SPAN);
    return out;
}

static inline join_statement run_said(statement_kind kind, bytes public)
{
    join_statement said = {.kind = kind, .self = stand_in.id, .header = {.program = program.id}};
    keccak256(&said.header.output, public.data, public.size);
    return said;
}

static inline status run_last(join_statement *out, const fact *f)
{
    join_child child = inner(f);
    join_job job = runs_of(JOIN_PASS, &child, 1);
    return last_node(out, &tiny, &stand_in.id, last_input_write(&memory, &tiny, &job), &scratch);
}

/* Nobody who asks for a run takes this. */
static inline void is_no_run(const fact *f)
{
    join_statement out;
    join_child child = inner(f);
    join_job pass = runs_of(JOIN_PASS, &child, 1), link = runs_of(JOIN_LINK, &child, 1);
    refused(&pass, PROOF_STATEMENT);
    refused(&link, PROOF_STATEMENT);
    assert_status(run_last(&out, f), PROOF_STATEMENT);
}

/* ---- set-up --------------------------------------------------------------------------------------- */

static inline void write_code(test_code *c, int32_t rounds)
{
    test_load(c, 8, MAP_HEAP_BASE);
    test_load(c, 9, (uint64_t)rounds);
    test_op(c, OP_SD, 0, 8, 9, 0);
    test_op(c, OP_LD, 7, 8, 0, 0);
    test_op(c, OP_MUL, 6, 7, 9, 0);
    test_op(c, OP_SLLI, 6, 6, 0, 3);
    test_op(c, OP_ADDI, 8, 8, 0, 8);
    test_op(c, OP_ADDI, 9, 9, 0, -1);
    test_op(c, OP_BNE, 0, 9, 0, -24);
    code_finish(c);
}

static inline int open_all(void **state)
{
    (void)state;
    fixture_open();
    write_code(&code, 20);
    write_code(&other_code, 19);
    program_of(&program, &kept, &tiny, &code, (bytes){0});
    program_of(&other_program, &kept, &tiny, &other_code, (bytes){0});
    code_finish(&stand_in_code);
    program_of(&stand_in, &kept, &tiny, &stand_in_code, (bytes){0});
    test_op(&false_code, OP_ADDI, 5, 0, 0, 1);
    code_finish(&false_code);
    program_of(&false_join, &kept, &tiny, &false_code, (bytes){0});

    output = text_bytes("what is joined");
    input = input_for(&kept, output, (bytes){0});
    run_proof proof;
    assert_status(prove_run(&proof, NULL, &program, input, output, (cut){0}), OK);
    keep(&whole, &proof);
    assert_status(prove_run(&proof, NULL, &program, input, output, (cut){6, 40, NULL}), OK);
    keep(&split, &proof);
    assert_int_equal(whole.part_count, 1);
    assert_int_equal(split.segment_count, SEGMENTS);
    assert_int_equal(split.ledger_count, LEDGER_PARTS);
    header = header_of(&program, &split);
    join_start(&states[0], &tiny, &program.id, &program.key);
    for (uint32_t i = 0; i < PARTS; i++) {
        states[i + 1] = states[i];
        join_advance(&states[i + 1], &split.parts[i], &split.records[i]);
    }
    fixture_clear(NULL);
    return 0;
}

static inline int close_all(void **state)
{
    (void)state;
    fixture_close();
    return 0;
}

#endif
