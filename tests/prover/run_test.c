/* Runs, proven and verified: in one proof, in segments and ledger parts; what has no proof; and proofs
 * whose parts are dropped, moved, doubled or mixed. Run from the repository's root after `make guests`. */
#include "tests/prover/fixture.h"

#include "prover/estimate.h"

#include <omp.h>

static test_code code;
static prover_program program;        /* code, at parameters for tests */
static run_proof run_a, run_b;        /* the same program on two inputs, in segments and ledger parts */
static bytes input_a, input_b, output_a, output_b;

enum { SEGMENTS = 3, LEDGERS = 2, PARTS = SEGMENTS + LEDGERS };
static const cut small = {5, 20, NULL};

/* Some 80 instructions in a line, so that every segment has places of its own. */
static void write_code(void)
{
    test_load(&code, 8, MAP_HEAP_BASE);
    test_load(&code, 9, MAP_INPUT_BASE + 40);
    for (int32_t i = 0; i < 8; i++) {
        test_op(&code, OP_LD, 5, 9, 0, 8 * (i % 2));
        test_op(&code, OP_MUL, 6, 5, 5, 0);
        test_op(&code, OP_XOR, 7, 7, 6, 0);
        test_op(&code, OP_SD, 0, 8, 7, 8 * (i / 2));
        test_op(&code, OP_LBU, 4, 8, 0, i);
        test_op(&code, OP_BLTU, 0, 4, 5, 4);
    }
    test_load(&code, 10, MAP_HEAP_BASE + 64);
    test_load(&code, 11, MAP_HEAP_BASE);
    test_load(&code, 15, 4);
    test_load(&code, 17, CALL_COPY_WORDS);
    test_op(&code, OP_ECALL, 0, 0, 0, 0);
    code_finish(&code);
}

static int open_runs(void **state)
{
    (void)state;
    fixture_open();
    write_code();
    program_of(&program, &kept, &tiny, &code, (bytes){0});
    output_a = text_bytes("the first run");
    output_b = text_bytes("the second run");
    input_a = input_for(&kept, output_a, text_bytes("0123456789ABCDEF"));
    input_b = input_for(&kept, output_b, text_bytes("FEDCBA9876543210"));
    return 0;
}

static int close_runs(void **state)
{
    (void)state;
    fixture_close();
    return 0;
}

/* ---- what has a proof ----------------------------------------------------------------------------- */

/* The shortest program, at full parameters. It writes no output, so its output words are zero, of which
 * nobody knows a preimage: prover_prove has nothing to prove it for, and the steps are taken one by one. */
static void three_instructions_at_full_parameters(void **state)
{
    (void)state;
    verifier *full = ARENA_NEW(&memory, verifier, 1);
    verifier_open(full, &memory, &PROOF_FULL);
    prover_program p;
    program_open(&p, &memory, full, guest_elf(&memory, "three"));
    run_proof none;
    assert_status(prove_run(&none, NULL, &p, (bytes){0}, (bytes){0}, (cut){0}), OUTPUT_MISMATCH);

    riscv_machine machine;
    riscv_segment segment;
    riscv_ledger_row *ledger;
    uint32_t ledger_count;
    riscv_trace_data trace;
    assert_status(riscv_open(&machine, &p.program, (bytes){0}), OK);
    assert_status(riscv_record(&machine, &segment, &memory,
                               &(riscv_limits){.cycles = 1 << 10, .words = 1 << 22, .call_words = 1 << 20}), OK);
    assert_int_equal(segment.cycles, 3);
    hash256 output = riscv_output(&machine);
    riscv_ledger(&ledger, &ledger_count, &memory, &p.program, &segment, 1);
    riscv_close(&machine);
    assert_status(riscv_open(&machine, &p.program, (bytes){0}), OK);
    riscv_trace(&machine, &trace, &memory, &segment);
    vm_source source = {.kind = VM_BOTH,
                        .heights = VM_GRAINS,
                        .program = &p.program,
                        .segment = &segment,
                        .trace = &trace,
                        .ledger = ledger,
                        .ledger_count = ledger_count,
                        .key_before = vm_first_key_before()};
    vm_tables tables;
    assert_int_equal(vm_fill(&tables, &memory, &full->machine, &source, &p.preprocessed), 0);
    riscv_close(&machine);

    boundary_record record = {.kind = VM_BOTH};
    run_part part = {.kind = VM_BOTH,
                     .index = 1,
                     .pc4_first = segment.pc4_first,
                     .pc4_last = segment.pc4_last,
                     .cycles = segment.cycles,
                     .key_after_plus_1 = fp_to_u32(fp_add(vm_source_key_after(&source), FP_ONE))};
    for (uint32_t i = 0; i < tables.count; i++)
        part.rows[tables.tables[i].chip] = tables.tables[i].rows;
    record.memory_rows = part.rows[VM_CHIP_MEMORY];
    record.ledger_rows = part.rows[VM_CHIP_LEDGER];
    proof_claim *claim = ARENA_NEW(&memory, proof_claim, 1);
    fp statement[RUN_STATEMENT];
    run_part_claim(claim, statement, full, &p.id, &(bus_challenge){0}, 1, 1, &part);
    proof_boundary_root(&record.root, &full->machine, &PROOF_FULL, claim, tables.tables, tables.count, &scratch);
    transcript t;
    run_header header;
    run_header_make(&header, full, &p.id, &record, 1, 1, (bytes){0});
    run_shared_transcript(&t, &header);
    (void)transcript_grind(&t, PROOF_FULL.shared_grinding_bits);
    bus_challenge shared = run_squeeze_shared(&t);

    run_part_claim(claim, statement, full, &p.id, &shared, 1, 1, &part);
    part.word_count = proof_words(&full->machine, &PROOF_FULL, claim, &scratch);
    uint32_t *words = ARENA_NEW(&memory, uint32_t, part.word_count);
    part.words = words;
    proof_outcome outcome;
    proof_prove(words, &outcome, &full->machine, &PROOF_FULL, p.proving_key, claim, tables.tables, tables.count, NULL,
                &scratch);
    boundary_record verified;
    assert_status(run_verify_part(&outcome, &verified, full, &p.id, &p.key, &shared, 1, 1, &part, tree_check, &scratch),
                  OK);
    assert_memory_equal(&verified, &record, sizeof record);
    fp5 terms;
    assert_true(vm_output_terms(&terms, &shared, &output));
    assert_true(fp5_is_zero(fp5_add(outcome.shared_sum, terms)));
    output.bytes[31] ^= 1;
    assert_true(vm_output_terms(&terms, &shared, &output));
    assert_false(fp5_is_zero(fp5_add(outcome.shared_sum, terms)));
}

static void fibonacci_of(uint64_t n, uint64_t pair[2])
{
    pair[0] = n;
    pair[1] = 0;
    for (uint64_t i = 0, b = 1; i < n; i++) {
        uint64_t next = pair[1] + b;
        pair[1] = b;
        b = next;
    }
}

static void fibonacci_in_one_proof_and_in_many(void **state)
{
    (void)state;
    prover_program p;
    program_open(&p, &memory, &tiny, guest_elf(&memory, "fibonacci"));
    uint64_t n = 100, pair[2];
    fibonacci_of(n, pair);
    bytes input = {(const uint8_t *)&n, 8}, output = {(const uint8_t *)pair, 16};
    static const cut cuts[] = {{0, 0, NULL}, {12, 0, NULL}, {0, 24, NULL}, {11, 40, NULL}};
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        run_proof proof;
        prover_report report;
        assert_status(prove_run(&proof, &report, &p, input, output, cuts[i]), OK);
        uint32_t cycles = (uint32_t)report.cycles, log2_cycles = cuts[i].segment_log2_cycles;
        uint32_t segments = log2_cycles == 0 ? 1 : (cycles + (1u << log2_cycles) - 1) >> log2_cycles;
        assert_int_equal(proof.segment_count, segments);
        if (cuts[i].ledger_rows == 0)
            assert_int_equal(proof.ledger_count, 1);
        else
            assert_true(proof.ledger_count > 1);
        bool both = proof.segment_count == 1 && proof.ledger_count == 1;
        assert_int_equal(proof.part_count, both ? 1 : proof.segment_count + proof.ledger_count);
        assert_int_equal(proof.parts[0].kind, both ? VM_BOTH : VM_SEGMENT);
        run_statement statement;
        assert_status(run_verify(&statement, NULL, &tiny, &p.id, &proof, &scratch), OK);
        assert_true(statement.cycles == report.cycles);
        assert_int_equal(statement.segment_count, proof.segment_count);
        assert_int_equal(statement.ledger_count, proof.ledger_count);
        assert_int_equal(statement.output.size, 16);
        assert_memory_equal(statement.output.data, pair, 16);
        assert_true(digest_equal(&statement.program, &p.id));
    }
}

/* The runs that the tests below take apart; and the same once more, on one thread: equal to the last word. */
static void proofs_are_deterministic(void **state)
{
    (void)state;
    prover_report report;
    run_proof proof;
    assert_status(prove_run(&proof, &report, &program, input_a, output_a, small), OK);
    assert_int_equal(report.segment_count, SEGMENTS);
    assert_int_equal(report.ledger_count, LEDGERS);
    assert_status(verify_run(&program, &proof), OK);
    size_t size = run_proof_size_bytes(&proof, &tiny);
    uint8_t *file = arena_allocate(&kept, size, 8);
    run_proof_write(file, &proof, &tiny);
    assert_status(run_proof_read(&run_a, &kept, &tiny, (bytes){file, size}), OK);
    assert_status(verify_run(&program, &run_a), OK);

    int threads = omp_get_max_threads();
    omp_set_num_threads(1);
    assert_status(prove_run(&proof, NULL, &program, input_a, output_a, small), OK);
    omp_set_num_threads(threads);
    assert_true(run_proof_size_bytes(&proof, &tiny) == size);
    uint8_t *again = arena_allocate(&memory, size, 8);
    run_proof_write(again, &proof, &tiny);
    assert_memory_equal(again, file, size);
}

/* ---- what has none -------------------------------------------------------------------------------- */

static status prove_with_memory(size_t memory_bytes, prover_report *report)
{
    run_proof proof;
    prover_fault fault;
    prover_options options = {.memory_bytes = memory_bytes};
    return prover_prove(&proof, report, &fault, &memory, &scratch, &program, input_a, output_a, &options);
}

static void too_little_memory_is_refused(void **state)
{
    (void)state;
    prover_report report;
    assert_status(prove_with_memory((size_t)1 << 20, &report), MEMORY_LIMIT);
    assert_true(report.planned_bytes > (size_t)1 << 20);
    size_t needed = report.planned_bytes;
    assert_status(prove_with_memory(needed - 1, &report), MEMORY_LIMIT);
    size_t before = scratch.used_bytes;
    assert_status(prove_with_memory(needed, &report), OK);
    assert_true(report.planned_bytes <= needed);
    assert_true(scratch.used_bytes == before);
}

/* Where a run has more than one segment they are of a length, within what memory allows. */
static void segments_are_even(void **state)
{
    (void)state;
    static test_code c;
    c.count = 0;
    test_load(&c, 4, 60000);
    test_op(&c, OP_ADDI, 4, 4, 0, -1);
    test_op(&c, OP_BNE, 0, 4, 0, -4);
    code_finish(&c);
    prover_program p;
    program_of(&p, &memory, &tiny, &c, (bytes){0});
    run_proof proof;
    prover_report report;
    prover_fault fault;
    prover_options options = {.memory_bytes = MEMORY_BYTES};
    size_t mark = memory.used_bytes;
    assert_status(prover_prove(&proof, &report, &fault, &memory, &scratch, &p, input_a, output_a, &options), OK);
    assert_int_equal(proof.segment_count, 1);
    arena_rewind(&memory, mark);
    options.memory_bytes = report.planned_bytes / 5 * 3;
    assert_status(prover_prove(&proof, &report, &fault, &memory, &scratch, &p, input_a, output_a, &options), OK);
    assert_in_range(proof.segment_count, 2, 4);
    assert_true(report.planned_bytes <= options.memory_bytes);
    for (uint32_t i = 1; i < proof.segment_count; i++) {
        uint32_t difference = proof.parts[0].cycles - proof.parts[i].cycles;
        assert_in_range(difference, 0, proof.parts[0].cycles / 8 + 2 * RISCV_WINDOW); /* they end with windows */
    }
    assert_status(verify_run(&p, &proof), OK);
}

/* A loop that stores to one word after another. */
static void write_stores(test_code *c, uint32_t words)
{
    c->count = 0;
    test_load(c, 4, words);
    test_load(c, 5, MAP_HEAP_BASE);
    test_op(c, OP_SD, 0, 5, 4, 0);
    test_op(c, OP_ADDI, 5, 5, 0, 8);
    test_op(c, OP_ADDI, 4, 4, 0, -1);
    test_op(c, OP_BNE, 0, 4, 0, -12);
    code_finish(c);
}

/* Of runs in one part and in many, as they are planned. */
static void an_estimate_is_what_is_planned(void **state)
{
    (void)state;
    static const uint32_t words[] = {100, 400000};
    for (int i = 0; i < 2; i++) {
        static test_code c;
        prover_program p;
        prover_run run;
        prover_report report;
        prover_fault fault;
        prover_options options = {.memory_bytes = (size_t)1 << 40};
        write_stores(&c, words[i]);
        program_of(&p, &memory, &tiny, &c, (bytes){0});
        assert_status(prover_plan(&run, &report, &fault, &memory, &scratch, &p, input_a, output_a, &options), OK);
        uint64_t planned = 0;
        for (uint32_t part = 0; part < run.part_count; part++)
            planned += prover_part_cells(&run, part);

        riscv_machine machine;
        prover_estimate e;
        assert_status(riscv_open(&machine, &p.program, input_a), OK);
        assert_status(prover_estimate_run(&e, &machine, &tiny, 0, &scratch), OK);
        assert_int_equal(machine.pc4, RISCV_HALT);
        riscv_close(&machine);
        assert_int_equal(e.cycles, run.cycles);
        if (i == 0) {
            assert_int_equal(run.part_count, 1);
            assert_int_equal(e.cells, planned);
        } else {
            assert_true(run.segment_count > 2 && run.ledger_count > 1);
            assert_in_range(e.cells, planned - planned / 20, planned + planned / 20);

            assert_status(riscv_open(&machine, &p.program, input_a), OK);
            assert_status(prover_estimate_run(&e, &machine, &tiny, planned / 2, &scratch), OK);
            assert_int_not_equal(machine.pc4, RISCV_HALT);
            assert_in_range(e.cells, planned / 2, planned);
            riscv_close(&machine);
        }
        prover_close(&run);
    }
}

static status prove_code(const test_code *c, prover_fault *fault)
{
    prover_program p;
    program_of(&p, &memory, &tiny, c, (bytes){0});
    run_proof proof;
    prover_report report;
    prover_options options = {.memory_bytes = MEMORY_BYTES};
    return prover_prove(&proof, &report, fault, &memory, &scratch, &p, input_a, output_a, &options);
}

static void faults_have_no_proof(void **state)
{
    (void)state;
    static test_code c;
    prover_fault fault;
    c.count = 0; /* exit code 3 */
    test_load(&c, 17, CALL_EXIT);
    test_load(&c, 10, 3);
    test_op(&c, OP_ECALL, 0, 0, 0, 0);
    assert_status(prove_code(&c, &fault), GUEST_FAULT);
    assert_int_equal(fault.fault, RISCV_FAULT_EXIT_CODE);
    assert_int_equal(fault.address, 3);
    assert_int_equal(fault.pc4, TEST_BASE + c.count - 1);
    c.count = 0; /* through a null pointer */
    test_op(&c, OP_LD, 5, 0, 0, 16);
    test_exit(&c);
    assert_status(prove_code(&c, &fault), GUEST_FAULT);
    assert_int_equal(fault.fault, RISCV_FAULT_ACCESS_OUTSIDE_MAP);
    assert_int_equal(fault.address, 16);
    c.count = 0; /* into its own text */
    test_load(&c, 6, MAP_TEXT_BASE);
    test_op(&c, OP_SD, 0, 6, 0, 0);
    test_exit(&c);
    assert_status(prove_code(&c, &fault), GUEST_FAULT);
    assert_int_equal(fault.fault, RISCV_FAULT_ACCESS_OUTSIDE_MAP);
    c.count = 0; /* beyond the last instruction */
    test_op(&c, OP_ADDI, 5, 5, 0, 1);
    assert_status(prove_code(&c, &fault), GUEST_FAULT);
    assert_int_equal(fault.fault, RISCV_FAULT_PC_OUTSIDE_TEXT);
    c.count = 0; /* a copy of nothing */
    test_load(&c, 10, MAP_HEAP_BASE + 8);
    test_load(&c, 11, MAP_HEAP_BASE);
    test_load(&c, 15, 0);
    test_load(&c, 17, CALL_COPY_WORDS);
    test_op(&c, OP_ECALL, 0, 0, 0, 0);
    test_exit(&c);
    assert_status(prove_code(&c, &fault), GUEST_FAULT);
    assert_int_equal(fault.fault, RISCV_FAULT_CALL_COUNT);
}

static void another_output_has_no_proof(void **state)
{
    (void)state;
    run_proof proof;
    assert_status(prove_run(&proof, NULL, &program, input_a, output_b, (cut){0}), OUTPUT_MISMATCH);
    assert_status(prove_run(&proof, NULL, &program, input_a, (bytes){0}, (cut){0}), OUTPUT_MISMATCH);
}

/* ---- runs put together wrongly -------------------------------------------------------------------- */

static void count_parts(run_proof *proof, uint32_t segments, uint32_t ledgers)
{
    proof->segment_count = segments;
    proof->ledger_count = ledgers;
    proof->part_count = segments + ledgers;
    for (uint32_t i = 0; i < proof->part_count; i++)
        part_of(proof, i)->index = i < segments ? i + 1 : i + 1 - segments;
}

static void grind_again(run_proof *proof)
{
    transcript t;
    shared_transcript(&t, &tiny, &program.id, proof);
    proof->shared_nonce = transcript_grind(&t, tiny.parameters.shared_grinding_bits);
}

/* χ is another one, and the parts were made for the old. */
static void assert_other_challenge(run_proof *proof)
{
    grind_again(proof);
    status s = verify_run(&program, proof);
    if (s != PROOF_GRINDING && s != PROOF_BUS)
        fail_msg("%s", status_name(s));
}

static void parts_dropped(void **state)
{
    (void)state;
    for (uint32_t gone = 0; gone < PARTS; gone++) {
        run_proof *proof = proof_copy(&run_a);
        for (uint32_t i = gone; i + 1 < PARTS; i++) {
            *part_of(proof, i) = run_a.parts[i + 1];
            *record_of(proof, i) = run_a.records[i + 1];
        }
        proof->part_count--;
        assert_status(verify_run(&program, proof), PROOF_SHAPE);
        bool segment = gone < SEGMENTS;
        proof->segment_count -= segment;
        proof->ledger_count -= !segment;
        bool last = gone == SEGMENTS - 1 || gone == PARTS - 1;
        if (!last)
            assert_status(verify_run(&program, proof), PROOF_SHAPE);
        count_parts(proof, proof->segment_count, proof->ledger_count);
        if (gone != PARTS - 1)
            assert_status(verify_run(&program, proof), PROOF_CHAIN);
        else
            assert_other_challenge(proof); /* nothing says what the last key is, but the buses do */
    }
}

static void exchange(run_proof *proof, uint32_t i, uint32_t k)
{
    run_part part = proof->parts[i];
    boundary_record record = proof->records[i];
    *part_of(proof, i) = proof->parts[k];
    *record_of(proof, i) = proof->records[k];
    *part_of(proof, k) = part;
    *record_of(proof, k) = record;
}

static void parts_swapped(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < PARTS; i++)
        for (uint32_t k = 0; k < i; k++) {
            run_proof *proof = proof_copy(&run_a);
            exchange(proof, i, k);
            assert_status(verify_run(&program, proof), PROOF_SHAPE);
            grind_again(proof);
            assert_status(verify_run(&program, proof), PROOF_SHAPE);
            if ((i < SEGMENTS) != (k < SEGMENTS))
                continue;
            count_parts(proof, SEGMENTS, LEDGERS);
            assert_status(verify_run(&program, proof), PROOF_CHAIN);
            proof = proof_copy(&run_a); /* the proofs, but not what they say of their places */
            const uint32_t *words = proof->parts[i].words;
            part_of(proof, i)->words = proof->parts[k].words;
            part_of(proof, k)->words = words;
            status s = verify_run(&program, proof);
            assert_true(s == PROOF_GRINDING || s == PROOF_BUS || s == PROOF_MALFORMED);
        }
}

static void parts_doubled(void **state)
{
    (void)state;
    for (uint32_t twice = 0; twice < PARTS; twice++) {
        run_proof *proof = proof_copy(&run_a);
        for (uint32_t i = PARTS; i > twice; i--) {
            *part_of(proof, i) = run_a.parts[i - 1];
            *record_of(proof, i) = run_a.records[i - 1];
        }
        proof->part_count++;
        assert_status(verify_run(&program, proof), PROOF_SHAPE);
        bool segment = twice < SEGMENTS;
        proof->segment_count += segment;
        proof->ledger_count += !segment;
        assert_status(verify_run(&program, proof), PROOF_SHAPE);
        count_parts(proof, proof->segment_count, proof->ledger_count);
        assert_status(verify_run(&program, proof), PROOF_CHAIN);
    }
}

static void runs_truncated(void **state)
{
    (void)state;
    for (uint32_t count = 1; count < PARTS; count++) {
        run_proof *proof = proof_copy(&run_a);
        proof->part_count = count;
        assert_status(verify_run(&program, proof), PROOF_SHAPE);
        if (count <= SEGMENTS) { /* said to be the whole run, with the ledger */
            proof = proof_copy(&run_a);
            for (uint32_t i = 0; i < LEDGERS; i++) {
                *part_of(proof, count + i) = run_a.parts[SEGMENTS + i];
                *record_of(proof, count + i) = run_a.records[SEGMENTS + i];
            }
            count_parts(proof, count, LEDGERS);
            if (count < SEGMENTS) {
                assert_status(verify_run(&program, proof), PROOF_CHAIN);
                part_of(proof, count - 1)->pc4_last = RISCV_HALT; /* and to have ended there */
                assert_other_challenge(proof);
            } else {
                assert_status(verify_run(&program, proof), OK);
            }
        }
    }
    for (uint32_t segments = 0; segments < 2; segments++) { /* nothing at all */
        run_proof *proof = proof_copy(&run_a);
        proof->part_count = proof->ledger_count = 0;
        proof->segment_count = segments;
        status s = verify_run(&program, proof);
        assert_true(s == PROOF_SHAPE || s == PROOF_BUS || s == PROOF_GRINDING);
    }
}

static void places_changed(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < PARTS; i++)
        for (int field = 0; field < 7; field++) {
            run_proof *proof = proof_copy(&run_a);
            run_part *part = part_of(proof, i);
            uint32_t *fields[] = {&part->kind,   &part->index,  &part->pc4_first,         &part->pc4_last,
                                  &part->cycles, &part->key_before_plus_1, &part->key_after_plus_1};
            *fields[field] += 1;
            status s = verify_run(&program, proof);
            if (s != PROOF_SHAPE && s != PROOF_CHAIN && s != PROOF_GRINDING && s != PROOF_BUS)
                fail_msg("part %u, field %d: %s", i, field, status_name(s));
        }
    /* Numbers that are the same element, or too large for what they count. */
    for (uint32_t i = 0; i < PARTS; i++)
        for (int field = 2; field < 7; field++) {
            static const uint32_t values[] = {(1u << 30) + 1, 1u << 31, UINT32_MAX};
            for (int k = 0; k < 4; k++) {
                run_proof *proof = proof_copy(&run_a);
                run_part *part = part_of(proof, i);
                uint32_t *fields[] = {NULL, NULL, &part->pc4_first, &part->pc4_last, &part->cycles,
                                      &part->key_before_plus_1, &part->key_after_plus_1};
                *fields[field] = k < 3 ? values[k] : *fields[field] + FP_MODULUS;
                status s = verify_run(&program, proof);
                if (s != PROOF_SHAPE && s != PROOF_CHAIN)
                    fail_msg("part %u, field %d: %s", i, field, status_name(s));
            }
        }
}

/* ---- two runs mixed ------------------------------------------------------------------------------- */

static void proof_of_the_other_run(void **state)
{
    (void)state;
    run_proof proof_b;
    assert_status(prove_run(&proof_b, NULL, &program, input_b, output_b, small), OK);
    assert_status(verify_run(&program, &proof_b), OK);
    assert_int_equal(proof_b.part_count, PARTS);
    run_b = proof_b;
    for (uint32_t i = 0; i < PARTS; i++) {
        run_proof *proof = proof_copy(&run_a);
        *part_of(proof, i) = run_b.parts[i]; /* alone */
        status s = verify_run(&program, proof);
        assert_true(s == PROOF_GRINDING || s == PROOF_BUS || s == PROOF_SHAPE || s == PROOF_CHAIN);
        *record_of(proof, i) = run_b.records[i]; /* with its record, so with another χ */
        assert_other_challenge(proof);
    }
    run_proof *proof = proof_copy(&run_a); /* the ledger */
    for (uint32_t i = SEGMENTS; i < PARTS; i++) {
        *part_of(proof, i) = run_b.parts[i];
        *record_of(proof, i) = run_b.records[i];
    }
    assert_other_challenge(proof);
    proof = proof_copy(&run_a); /* everything but the output */
    proof->output = output_b;
    assert_other_challenge(proof);
    proof = proof_copy(&run_b);
    proof->output = output_a;
    assert_other_challenge(proof);
}

/* Tables as they are handed to the prover; copied, then put into the other run. */
typedef struct {
    vm_tables tables[PARTS][2]; /* all, and the boundary alone */
    uint32_t taken;             /* by bit: parts that come from here */
    bool give;
} table_store;

static void copy_tables(vm_tables *out, const vm_tables *in)
{
    *out = *in;
    for (uint32_t i = 0; i < in->count; i++)
        for (int phase = AIR_BOUNDARY; phase <= AIR_MAIN; phase++) {
            size_t cells = (size_t)vm_airs[in->tables[i].chip]->width[phase] * in->tables[i].rows;
            if (in->tables[i].columns[phase] == NULL)
                continue;
            fp *columns = arena_allocate(&memory, cells * sizeof(fp) + 64, 64);
            memcpy(columns, in->tables[i].columns[phase], cells * sizeof(fp));
            out->tables[i].columns[phase] = columns;
        }
}

static void store_or_give(void *context, uint32_t part, vm_tables *tables, bool boundary_only)
{
    table_store *store = context;
    if (!store->give)
        copy_tables(&store->tables[part][boundary_only], tables);
    else if (store->taken >> part & 1)
        *tables = store->tables[part][boundary_only];
}

/* What joins the parts is then honest: one χ for all of them. Each proof is valid for itself; the values
 * that one segment leaves behind are not those that the next finds. */
static void segments_of_two_runs_under_one_challenge(void **state)
{
    (void)state;
    table_store *store = ARENA_NEW(&memory, table_store, 1);
    prover_lies lies = {.context = store, .change_tables = store_or_give};
    cut lying = small;
    lying.lies = &lies;
    run_proof proof;
    assert_status(prove_run(&proof, NULL, &program, input_b, output_b, lying), OK);
    assert_status(verify_run(&program, &proof), OK);
    store->give = true;
    static const uint32_t mixtures[] = {1 << 1, 1 << 0 | 1 << 2, 1 << SEGMENTS};
    for (size_t i = 0; i < sizeof mixtures / sizeof *mixtures; i++) {
        store->taken = mixtures[i];
        assert_status(prove_run(&proof, NULL, &program, input_a, output_a, lying), OK);
        uint32_t bad_part;
        assert_status(verify_for(&program, &proof, &bad_part), PROOF_BUS);
        assert_int_equal(bad_part, 0); /* no part is to blame: it is their sum */
    }
    store->taken = (1 << PARTS) - 1; /* the whole other run, under this run's output */
    assert_status(prove_run(&proof, NULL, &program, input_a, output_a, lying), OK);
    assert_status(verify_run(&program, &proof), PROOF_BUS);
}

/* ---- what a run is of ----------------------------------------------------------------------------- */

static void another_program(void **state)
{
    (void)state;
    digest other = program.id;
    other.c[3] = fp_add(other.c[3], FP_ONE);
    run_statement statement;
    assert_status(run_verify(&statement, NULL, &tiny, &other, &run_a, &scratch), PROOF_PROGRAM);
    static test_code c;
    c.count = 0;
    memcpy(c.instructions, code.instructions, sizeof code.instructions);
    c.count = code.count;
    c.instructions[40] = riscv_decode(TEST_BASE + 40, assemble(OP_ADDI, 7, 7, 0, 1));
    prover_program p;
    program_of(&p, &memory, &tiny, &c, (bytes){0});
    assert_false(digest_equal(&p.id, &program.id));
    assert_status(verify_run(&p, &run_a), PROOF_PROGRAM);
    run_proof *proof = proof_copy(&run_a); /* with the other's key: what was proven is not about that */
    proof->key = p.key;
    assert_status(verify_run(&program, proof), PROOF_PROGRAM);
    status s = verify_run(&p, proof);
    assert_true(s == PROOF_GRINDING || s == PROOF_BUS);
    proof = proof_copy(&run_a);
    proof->key.entry_pc4++;
    assert_status(verify_run(&program, proof), PROOF_PROGRAM);
    for (int tree = 0; tree < PROOF_KEY_MATRICES; tree++)
        for (int i = 0; i < DIGEST_LENGTH; i++) {
            proof = proof_copy(&run_a);
            proof->key.proof.root[tree].c[i] = fp_add(proof->key.proof.root[tree].c[i], FP_ONE);
            assert_status(verify_run(&program, proof), PROOF_PROGRAM);
        }
    for (uint32_t chip = 0; chip < VM_CHIPS; chip++) {
        proof = proof_copy(&run_a);
        proof->key.proof.rows[chip]++;
        assert_status(verify_run(&program, proof), PROOF_PROGRAM);
    }
}

static void another_nonce_of_the_shared_challenge(void **state)
{
    (void)state;
    unsigned not_ground = 0;
    for (uint32_t k = 1; k <= 16; k++) {
        run_proof *proof = proof_copy(&run_a);
        proof->shared_nonce = fp_add(proof->shared_nonce, fp_from_u32(k));
        status s = verify_run(&program, proof);
        assert_true(s == PROOF_GRINDING || s == PROOF_BUS);
        not_ground += s == PROOF_GRINDING;
    }
    assert_true(not_ground > 0);
    run_proof *proof = proof_copy(&run_a);
    proof->shared_nonce = FP_MODULUS;
    assert_status(verify_run(&program, proof), PROOF_GRINDING);
    proof->shared_nonce = UINT32_MAX;
    assert_status(verify_run(&program, proof), PROOF_GRINDING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(three_instructions_at_full_parameters, fixture_clear),
        cmocka_unit_test_teardown(fibonacci_in_one_proof_and_in_many, fixture_clear),
        cmocka_unit_test_teardown(proofs_are_deterministic, fixture_clear), /* makes run_a */
        cmocka_unit_test_teardown(too_little_memory_is_refused, fixture_clear),
        cmocka_unit_test_teardown(segments_are_even, fixture_clear),
        cmocka_unit_test_teardown(an_estimate_is_what_is_planned, fixture_clear),
        cmocka_unit_test_teardown(faults_have_no_proof, fixture_clear),
        cmocka_unit_test_teardown(another_output_has_no_proof, fixture_clear),
        cmocka_unit_test_teardown(parts_dropped, fixture_clear),
        cmocka_unit_test_teardown(parts_swapped, fixture_clear),
        cmocka_unit_test_teardown(parts_doubled, fixture_clear),
        cmocka_unit_test_teardown(runs_truncated, fixture_clear),
        cmocka_unit_test_teardown(places_changed, fixture_clear),
        cmocka_unit_test_teardown(proof_of_the_other_run, fixture_clear),
        cmocka_unit_test_teardown(segments_of_two_runs_under_one_challenge, fixture_clear),
        cmocka_unit_test_teardown(another_program, fixture_clear),
        cmocka_unit_test_teardown(another_nonce_of_the_shared_challenge, fixture_clear),
    };
    return cmocka_run_group_tests_name("runs", tests, open_runs, close_runs);
}
