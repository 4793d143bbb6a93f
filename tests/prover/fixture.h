/* For tests of whole proofs: small programs and guest programs, proven and verified. */
#ifndef ASHLAR_TESTS_PROVER_FIXTURE_H
#define ASHLAR_TESTS_PROVER_FIXTURE_H

#include "vm/run_test.h" /* assembles */

#include "crypto/keccak.h"
#include "prover/run.h"

#include <stdlib.h>

/* `kept` holds what a whole test program uses, `memory` what one test does, `scratch` what one call does. */
static arena kept, memory, scratch;
static verifier tiny;

static inline void fixture_open(void)
{
    arena_open(&kept, (size_t)1 << 36);
    arena_open(&memory, (size_t)1 << 36);
    arena_open(&scratch, (size_t)1 << 36);
    verifier_open(&tiny, &kept, &test_parameters);
}

static inline void fixture_close(void)
{
    arena_close(&scratch);
    arena_close(&memory);
    arena_close(&kept);
}

/* Between tests. */
static inline int fixture_clear(void **state)
{
    (void)state;
    arena_rewind(&memory, 0);
    arena_rewind(&scratch, 0);
    return 0;
}

#define assert_status(actual, expected) assert_string_equal(status_name(actual), status_name(expected))

/* ---- programs ------------------------------------------------------------------------------------- */

enum { ELF_HEADER_BYTES = 64, ELF_SEGMENT_BYTES = 56, ELF_SEGMENTS_MAX = 4 };

typedef struct {
    uint32_t flags; /* 4 readable, 2 writable, 1 executable */
    uint64_t address;
    bytes data;
} elf_segment;

static inline void put_number(uint8_t *at, uint64_t value, int size_bytes)
{
    for (int i = 0; i < size_bytes; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

/* An executable of these segments; nothing is checked. */
static inline bytes elf_of(arena *a, uint64_t entry, const elf_segment *segments, uint32_t count)
{
    static const uint8_t magic[7] = {0x7F, 'E', 'L', 'F', 2, 1, 1};
    size_t size = ELF_HEADER_BYTES + ELF_SEGMENT_BYTES * (size_t)count;
    for (uint32_t i = 0; i < count; i++)
        size += segments[i].data.size;
    uint8_t *file = ARENA_NEW(a, uint8_t, size);
    memcpy(file, magic, sizeof magic);
    put_number(file + 16, 2, 2);
    put_number(file + 18, 243, 2);
    put_number(file + 20, 1, 4);
    put_number(file + 24, entry, 8);
    put_number(file + 32, ELF_HEADER_BYTES, 8);
    put_number(file + 54, ELF_SEGMENT_BYTES, 2);
    put_number(file + 56, count, 2);
    size_t at = ELF_HEADER_BYTES + ELF_SEGMENT_BYTES * (size_t)count;
    for (uint32_t i = 0; i < count; i++) {
        uint8_t *p = file + ELF_HEADER_BYTES + ELF_SEGMENT_BYTES * (size_t)i;
        put_number(p, 1, 4);
        put_number(p + 4, segments[i].flags, 4);
        put_number(p + 8, at, 8);
        put_number(p + 16, segments[i].address, 8);
        put_number(p + 32, segments[i].data.size, 8);
        put_number(p + 40, segments[i].data.size, 8);
        memcpy(file + at, segments[i].data.data, segments[i].data.size);
        at += segments[i].data.size;
    }
    return (bytes){file, size};
}

static inline bytes text_of(arena *a, const test_code *c)
{
    uint8_t *text = ARENA_NEW(a, uint8_t, 4 * c->count);
    for (uint32_t i = 0; i < c->count; i++)
        put_number(text + 4 * i, c->instructions[i].word, 4);
    return (bytes){text, 4 * (size_t)c->count};
}

/* Ends a program: the first 32 bytes of its input become its output. */
static inline void code_finish(test_code *c)
{
    test_load(c, 30, MAP_INPUT_BASE + 8);
    test_load(c, 31, MAP_OUTPUT_BASE);
    for (int32_t i = 0; i < 4; i++) {
        test_op(c, OP_LD, 29, 30, 0, 8 * i);
        test_op(c, OP_SD, 0, 31, 29, 8 * i);
    }
    test_exit(c);
}

static inline bytes text_bytes(const char *text) { return (bytes){(const uint8_t *)text, strlen(text)}; }

/* Input for code_finish: the digest of what is made public, and then more. */
static inline bytes input_for(arena *a, bytes output, bytes more)
{
    hash256 hash;
    keccak256(&hash, output.data, output.size);
    uint8_t *input = ARENA_NEW(a, uint8_t, 32 + more.size);
    memcpy(input, hash.bytes, 32);
    if (more.size != 0)
        memcpy(input + 32, more.data, more.size);
    return (bytes){input, 32 + more.size};
}

static inline void program_open(prover_program *p, arena *a, const verifier *v, bytes elf)
{
    const char *reason = "";
    status s = prover_program_open(p, a, &reason, v, elf);
    if (s != OK)
        fail_msg("%s: %s", status_name(s), reason);
}

/* Of code, with data in the image region or without. */
static inline void program_of(prover_program *p, arena *a, const verifier *v, const test_code *c, bytes image)
{
    elf_segment segments[2] = {{5, MAP_TEXT_BASE, text_of(a, c)}, {4, MAP_IMAGE_BASE, image}};
    program_open(p, a, v, elf_of(a, MAP_TEXT_BASE, segments, image.size != 0 ? 2 : 1));
}

/* build/guest/<name>.elf, or a failure that says how to make it. */
static inline bytes guest_elf(arena *a, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "build/guest/%s.elf", name);
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        fail_msg("%s is missing: make guests", path);
    uint8_t *data = arena_allocate(a, 1 << 22, 8);
    size_t size = fread(data, 1, 1 << 22, f);
    fclose(f);
    return (bytes){data, size};
}

/* ---- proofs --------------------------------------------------------------------------------------- */

#define MEMORY_BYTES ((size_t)8 << 30)

/* How the run is cut; 0 for as little as possible. */
typedef struct {
    uint32_t segment_log2_cycles, ledger_rows;
    const prover_lies *lies;
} cut;

static inline status prove_run(run_proof *proof, prover_report *report, const prover_program *p, bytes input,
                               bytes output, cut how)
{
    prover_options options = {.memory_bytes = MEMORY_BYTES,
                              .segment_log2_cycles = how.segment_log2_cycles,
                              .ledger_rows = how.ledger_rows,
                              .lies = how.lies};
    prover_report ignored;
    prover_fault fault;
    size_t mark = scratch.used_bytes;
    status s = prover_prove(proof, report != NULL ? report : &ignored, &fault, &memory, &scratch, p, input,
                            output,
                            &options);
    arena_rewind(&scratch, mark);
    return s;
}

/* What χ of this proof is drawn from, up to its nonce. */
static inline void shared_transcript(transcript *t, const verifier *v, const digest *program, const run_proof *proof)
{
    run_header header;
    run_header_make(&header, v, program, proof->records, proof->segment_count, proof->ledger_count, proof->output);
    run_shared_transcript(t, &header);
}

static inline status verify_for(const prover_program *p, const run_proof *proof, uint32_t *bad_part)
{
    run_statement statement;
    size_t mark = scratch.used_bytes;
    uint32_t bad, bad_fast;
    status s = run_verify(&statement, &bad, p->verifier, &p->id, proof, &scratch);
    status fast = run_verify_fast(&statement, &bad_fast, p->verifier, &p->id, proof, &scratch);
    assert_true((s == OK) == (fast == OK));
    assert_int_equal(bad, bad_fast);
    if (bad_part != NULL)
        *bad_part = bad;
    arena_rewind(&scratch, mark);
    return s;
}

static inline status verify_run(const prover_program *p, const run_proof *proof)
{
    return verify_for(p, proof, NULL);
}

/* A copy whose records and parts may be changed; the proofs' words are shared. */
static inline run_proof *proof_copy(const run_proof *proof)
{
    run_proof *copy = ARENA_NEW(&memory, run_proof, 1);
    *copy = *proof;
    boundary_record *records = ARENA_NEW(&memory, boundary_record, proof->part_count + 1);
    run_part *parts = ARENA_NEW(&memory, run_part, proof->part_count + 1);
    memcpy(records, proof->records, proof->part_count * sizeof *records);
    memcpy(parts, proof->parts, proof->part_count * sizeof *parts);
    copy->records = records;
    copy->parts = parts;
    return copy;
}

static inline boundary_record *record_of(run_proof *copy, uint32_t i)
{
    return (boundary_record *)&copy->records[i];
}

static inline run_part *part_of(run_proof *copy, uint32_t i) { return (run_part *)&copy->parts[i]; }

#endif
