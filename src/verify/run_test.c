/* What a run's verifier does before and after it verifies parts. Whole proofs are tested in tests/prover. */
#include "verify/run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* A run whose every field is right but for its one proof, which is empty. */
static void make_empty_run(run_proof *proof, run_part *part, boundary_record *record, const verifier *v)
{
    *part = (run_part){.kind = VM_BOTH, .index = 1, .pc4_first = 64, .pc4_last = RISCV_HALT, .cycles = 3};
    *record = (boundary_record){.kind = VM_BOTH, .memory_rows = 64, .ledger_rows = 64};
    *proof = (run_proof){.segment_count = 1, .ledger_count = 1, .part_count = 1};
    proof->records = record;
    proof->parts = part;
    proof->key.entry_pc4 = part->pc4_first;
    for (uint32_t chip = 0; chip < v->machine.count; chip++) {
        if (vm_chip_presence(VM_BOTH, (vm_chip)chip) == VM_MANDATORY)
            part->rows[chip] = v->machine.chip[chip]->formula == NULL ? 64
                                                                       : UINT32_C(1) << v->machine.chip[chip]->formula_log2_rows;
        if (v->machine.chip[chip]->width[AIR_PREPROCESSED] > 0)
            proof->key.proof.rows[chip] = part->rows[chip];
    }
}

/* Whoever verifies one hostile proof after another in the same memory must not run out of it. */
static void gives_the_scratch_back(void **state)
{
    (void)state;
    arena memory;
    arena_open(&memory, 64 << 20);
    verifier v;
    verifier_open(&v, &memory, &PROOF_FULL);
    run_proof proof;
    run_part part;
    boundary_record record;
    make_empty_run(&proof, &part, &record, &v);
    digest id;
    program_id(&id, &v, &proof.key);
    transcript t;
    run_header header;
    run_header_make(&header, &v, &id, &record, 1, 1, proof.output);
    run_shared_transcript(&t, &header);
    proof.shared_nonce = transcript_grind(&t, v.parameters.shared_grinding_bits);

    size_t used = memory.used_bytes;
    run_statement statement;
    uint32_t bad_part;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(run_verify(&statement, &bad_part, &v, &id, &proof, &memory), PROOF_MALFORMED);
        assert_int_equal(bad_part, 1);
        assert_true(memory.used_bytes == used);
    }
    arena_close(&memory);
}

static void same_derived(const stark_machine *x, const stark_machine *y)
{
    assert_memory_equal(x->constraint_count, y->constraint_count, sizeof x->constraint_count);
    assert_memory_equal(x->interactions, y->interactions, sizeof x->interactions);
    assert_int_equal(x->bus_count, y->bus_count);
    assert_int_equal(x->bus_use_count, y->bus_use_count);
    assert_memory_equal(x->bus_uses, y->bus_uses, x->bus_use_count * sizeof *x->bus_uses);
    const constraint_list *l = &x->constraints, *k = &y->constraints;
    assert_int_equal(l->item_count, k->item_count);
    assert_int_equal(l->block_count, k->block_count);
    assert_int_equal(l->constant_count, k->constant_count);
    assert_memory_equal(l->items, k->items, l->item_count * sizeof *l->items);
    assert_memory_equal(l->constants, k->constants, l->constant_count * sizeof *l->constants);
}

/* The constants say what the chips record. */
static void constants_are_the_machine(void **state)
{
    (void)state;
    arena memory;
    arena_open(&memory, 64 << 20);
    verifier recorded;
    verifier_open(&recorded, &memory, &PROOF_FULL);
    const stark_machine *m = &verifier_full.machine;
    assert_int_equal(m->count, recorded.machine.count);
    for (uint32_t chip = 0; chip < m->count; chip++) {
        const air *a = m->chip[chip], *b = recorded.machine.chip[chip];
        assert_string_equal(a->name, b->name);
        assert_memory_equal(a->width, b->width, sizeof a->width);
        assert_int_equal(a->public_count, b->public_count);
        assert_ptr_equal(a->formula, b->formula);
        assert_int_equal(a->formula_log2_rows, b->formula_log2_rows);
        assert_int_equal(m->preprocessed_tree[chip], recorded.machine.preprocessed_tree[chip]);
    }
    same_derived(m, &recorded.machine);
    assert_true(digest_equal(&verifier_full.machine_id, &recorded.machine_id));
    assert_ptr_equal(verifier_full.parameters.opening, PROOF_FULL.opening);
    assert_int_equal(verifier_full.parameters.shared_grinding_bits, PROOF_FULL.shared_grinding_bits);
    assert_int_equal(verifier_full.parameters.bus_grinding_bits, PROOF_FULL.bus_grinding_bits);
    arena_close(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constants_are_the_machine),
        cmocka_unit_test(gives_the_scratch_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
