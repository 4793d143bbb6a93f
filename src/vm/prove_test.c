/* The tables of small runs go through the real prover and verifier; what the verifier must add to the buses
 * balances them. */
#include "vm/run_test.h"

static test_code code;

static const bus_challenge shared = {
    .alpha = {{FP_CONSTANT(3), FP_CONSTANT(1), FP_CONSTANT(4), FP_CONSTANT(1), FP_CONSTANT(5)}},
    .gamma = {{FP_CONSTANT(9), FP_CONSTANT(2), FP_CONSTANT(6), FP_CONSTANT(5), FP_CONSTANT(3)}},
};

static proof_key *key;
static proof_proving_key *proving_key;

/* Of the run's program. */
static void set_up_keys(test_run *run)
{
    key = ARENA_NEW(&run->memory, proof_key, 1);
    proving_key = proof_setup(key, &run->memory, &run->chips, &test_parameters, run->preprocessed.tables,
                              run->preprocessed.count);
}

/* Proves and verifies the filled tables; returns the outcome as the verifier has it. */
static proof_outcome prove(test_run *run)
{
    arena *a = &run->memory;
    proof_claim *claim = run->claim;
    claim->statement = (const fp *)&shared;
    claim->statement_count = sizeof shared / sizeof(fp);
    claim->shared = shared;
    size_t words = proof_words(&run->chips, &test_parameters, claim, a);
    assert_true(words > 0);
    uint32_t *proof = ARENA_NEW(a, uint32_t, words);
    proof_outcome proven, verified;
    proof_prove(proof, &proven, &run->chips, &test_parameters, proving_key, claim, run->tables.tables, run->tables.count,
                NULL, a);
    assert_int_equal(proof_verify(&verified, &run->chips, &test_parameters, key, claim, proof, words, a), OK);
    assert_true(fp5_equal(proven.shared_sum, verified.shared_sum));

    vm_tables boundary;
    vm_fill_boundary(&boundary, a, &run->source);
    digest root;
    proof_boundary_root(&root, &run->chips, &test_parameters, claim, boundary.tables, boundary.count, a);
    assert_true(digest_equal(&root, &verified.boundary_root));

    fp5 terms = FP5_ZERO;
    if (run->source.kind & VM_SEGMENT) {
        const riscv_segment *s = run->source.segment;
        assert_true(vm_execution_terms(&terms, &verified.local, s->pc4_first, s->pc4_last, s->cycles));
    }
    fp5 order = FP5_ZERO;
    if (run->source.kind & VM_LEDGER)
        assert_true(vm_order_terms(&order, &verified.local, run->source.key_before, vm_source_key_after(&run->source)));
    assert_true(fp5_is_zero(fp5_add(verified.local_sum, fp5_add(terms, order))));
    return verified;
}

static void one_proof_of_segment_and_ledger(void **state)
{
    (void)state;
    code.count = 0;
    test_exit(&code);
    test_run run;
    test_run_open(&run, &code, NULL, (bytes){0});
    set_up_keys(&run);
    proof_outcome outcome = prove(&run);
    fp5 terms;
    assert_true(vm_output_terms(&terms, &shared, &run.output));
    assert_true(fp5_is_zero(fp5_add(outcome.shared_sum, terms)));
    test_run_close(&run);
}

static void segments_and_ledger_balance_together(void **state)
{
    (void)state;
    code.count = 0;
    test_load(&code, 1, MAP_HEAP_BASE);
    test_load(&code, 2, 100);
    test_load(&code, 3, MAP_OUTPUT_BASE);
    uint32_t loop = code.count;
    test_op(&code, OP_SD, 0, 1, 2, 0);
    test_op(&code, OP_LD, 4, 1, 0, 0);
    test_op(&code, OP_SD, 0, 3, 4, 8);
    test_op(&code, OP_ADDI, 1, 1, 0, 4);
    test_op(&code, OP_ADDI, 2, 2, 0, -1);
    test_op(&code, OP_BNE, 0, 2, 0, 4 * ((int32_t)loop - (int32_t)code.count));
    test_exit(&code);
    test_run run;
    test_run_record(&run, &code, NULL, (bytes){0},
                    &(riscv_limits){.cycles = 350, .words = 1u << 22, .call_words = 1u << 20});
    assert_int_equal(run.segment_count, 2);
    set_up_keys(&run);
    fp5 sum;
    assert_true(vm_output_terms(&sum, &shared, &run.output));
    for (uint32_t i = 0; i < run.segment_count; i++) {
        riscv_trace_data trace;
        riscv_trace(&run.machine, &trace, &run.memory, &run.segments[i]);
        test_run_fill(&run, VM_SEGMENT, &run.segments[i], &trace);
        sum = fp5_add(sum, prove(&run).shared_sum);
    }
    assert_false(fp5_is_zero(sum));
    /* the ledger in two parts */
    riscv_ledger_row *ledger = run.ledger;
    uint32_t count = run.ledger_count, half = count / 2;
    for (uint32_t part = 0; part < 2; part++) {
        const riscv_ledger_row *before = &ledger[half - 1];
        run.ledger = ledger + (part ? half : 0);
        run.ledger_count = part ? count - half : half;
        test_run_fill_part(&run, part ? vm_ledger_key(before->space, before->w) : vm_first_key_before());
        sum = fp5_add(sum, prove(&run).shared_sum);
    }
    assert_true(fp5_is_zero(sum));
    test_run_close(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_proof_of_segment_and_ledger),
        cmocka_unit_test(segments_and_ledger_balance_together),
    };
    return cmocka_run_group_tests_name("vm proofs", tests, NULL, NULL);
}
