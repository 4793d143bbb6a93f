#include "verify/check.h"

#include "stark/list.h"

#include <omp.h>

/* Of one thread: what proof_verify says, and its claim. */
static size_t scratch_size_bytes(const verifier *v)
{
    size_t blocks = v->machine.constraints.block_count;
    return ((size_t)2 << 20) + ((size_t)64 << 10) + blocks * LIST_BLOCK_WORDS * sizeof(uint64_t);
}

status run_verify_fast(run_statement *statement, uint32_t *bad_part, const verifier *v, const digest *expected_program,
                        const run_proof *proof, arena *scratch)
{
    uint32_t ignored;
    bad_part = bad_part != NULL ? bad_part : &ignored;
    run_check check;
    TRY(run_check_start(&check, statement, bad_part, v, expected_program, proof));

    size_t mark = scratch->used_bytes, size_bytes = scratch_size_bytes(v);
    int threads = omp_get_max_threads();
    arena *scratches = ARENA_NEW(scratch, arena, threads);
    for (int i = 0; i < threads; i++)
        arena_init(&scratches[i], arena_allocate(scratch, size_bytes, 64), size_bytes);
    status first_failure = OK;
    uint32_t count = proof->part_count;
#pragma omp parallel for schedule(dynamic, 1) if (count > 1)
    for (uint32_t i = 0; i < count; i++) {
        proof_outcome outcome;
        status s = run_check_part(&outcome, &check, i, tree_check_fast, &scratches[omp_get_thread_num()]);
#pragma omp critical
        if (s == OK) {
            run_check_add(&check, i, &outcome);
        } else if (*bad_part == 0 || i + 1 < *bad_part) {
            first_failure = s;
            *bad_part = i + 1;
        }
    }
    arena_rewind(scratch, mark);
    return first_failure != OK ? first_failure : run_check_finish(&check);
}
