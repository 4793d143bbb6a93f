/* Changes words of a proof file, one at a time: each must be refused. */
#ifndef ASHLAR_TESTS_PROVER_FLIP_H
#define ASHLAR_TESTS_PROVER_FLIP_H

#include "tests/prover/fixture.h"

#include <omp.h>

typedef struct {
    const verifier *v;
    const digest *program;
    const uint8_t *file;
    size_t size;
} proof_file;

static inline proof_file file_of(arena *a, const prover_program *p, const run_proof *proof)
{
    size_t size = run_proof_size_bytes(proof, p->verifier);
    uint8_t *file = arena_allocate(a, size, 8);
    run_proof_write(file, proof, p->verifier);
    return (proof_file){p->verifier, &p->id, file, size};
}

/* As the command line does: read, then verify; a valid run of that program with that output. */
static inline status accept(const proof_file *f, bytes file, arena *a)
{
    size_t mark = a->used_bytes;
    run_proof proof;
    run_statement statement;
    status s = run_proof_read(&proof, a, f->v, file);
    if (s == OK)
        s = run_verify(&statement, NULL, f->v, f->program, &proof, a);
    arena_rewind(a, mark);
    return s;
}

typedef enum { FLIP_BIT, FLIP_NEXT, FLIP_BEYOND, FLIPS } flip;

/* A changed word. NEXT stays an element where it was one; BEYOND is the same element, or none. */
static inline uint32_t flipped(uint32_t word, flip how, uint32_t random)
{
    switch (how) {
    case FLIP_BIT:
        return word ^ 1u << random % 32;
    case FLIP_NEXT:
        return word + 1 == FP_MODULUS ? 0 : word + 1;
    default:
        return word + FP_MODULUS;
    }
}

/* Changes the words listed; how[i] NULL: FLIP_NEXT. Fails at the first that is accepted; counts refusals
 * by status. */
static inline void refuse_words(const proof_file *f, const size_t *words, const flip *how, size_t count,
                                uint64_t refusals[STATUS_COUNT])
{
    size_t accepted = SIZE_MAX;
    memset(refusals, 0, STATUS_COUNT * sizeof *refusals);
#pragma omp parallel
    {
        arena a;
        arena_open(&a, (size_t)1 << 32);
        uint32_t *file = arena_allocate(&a, f->size, 8);
        memcpy(file, f->file, f->size);
#pragma omp for schedule(dynamic, 64)
        for (size_t i = 0; i < count; i++) {
            uint64_t seed = i;
            uint32_t word = file[words[i]];
            file[words[i]] = flipped(word, how != NULL ? how[i] : FLIP_NEXT, (uint32_t)test_random(&seed));
            status s = accept(f, (bytes){(const uint8_t *)file, f->size}, &a);
            file[words[i]] = word;
#pragma omp critical
            {
                refusals[s]++;
                if (s == OK)
                    accepted = i;
            }
        }
        arena_close(&a);
    }
    if (accepted != SIZE_MAX)
        fail_msg("word %zu of %zu may be changed", words[accepted], f->size / 4);
}

static inline void print_refusals(const uint64_t refusals[STATUS_COUNT])
{
    for (int s = 0; s < STATUS_COUNT; s++)
        if (refusals[s] != 0)
            print_message("    %7llu %s\n", (unsigned long long)refusals[s], status_name((status)s));
}

#endif
