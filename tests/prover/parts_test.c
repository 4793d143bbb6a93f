/* Runs in one proof and in parts: nothing that a proof file says of its parts can be changed, left out or exchanged. */
#include "tests/prover/fixture.h"

static prover_program program;
static test_code code;
static bytes output, input;
static run_proof both, split;

enum { SEGMENTS = 3, LEDGER_PARTS = 2, PARTS = SEGMENTS + LEDGER_PARTS };

/* A proof that stays. */
static status prove(run_proof *proof, cut how, prover_report *report)
{
    arena_rewind(&memory, 0);
    status s = prove_run(proof, report, &program, input, output, how);
    size_t size = s == OK ? run_proof_size_bytes(proof, &tiny) : 0;
    uint8_t *file = arena_allocate(&kept, size, 8);
    if (s == OK)
        run_proof_write(file, proof, &tiny);
    return s == OK ? run_proof_read(proof, &kept, &tiny, (bytes){file, size}) : s;
}

static status verify(const run_proof *proof) { return verify_for(&program, proof, NULL); }

static int open_run(void **state)
{
    (void)state;
    fixture_open();
    test_load(&code, 8, MAP_HEAP_BASE);
    test_load(&code, 9, 20);
    test_op(&code, OP_SD, 0, 8, 9, 0);
    test_op(&code, OP_LD, 7, 8, 0, 0);
    test_op(&code, OP_MUL, 6, 7, 9, 0);
    test_op(&code, OP_SLLI, 6, 6, 0, 3);
    test_op(&code, OP_ADDI, 8, 8, 0, 8);
    test_op(&code, OP_ADDI, 9, 9, 0, -1);
    test_op(&code, OP_BNE, 0, 9, 0, -24);
    test_load(&code, 10, MAP_HEAP_BASE + 512);
    test_load(&code, 11, MAP_HEAP_BASE);
    test_load(&code, 15, 5);
    test_load(&code, 17, CALL_COPY_WORDS);
    test_op(&code, OP_ECALL, 0, 0, 0, 0);
    test_load(&code, 12, MAP_IMAGE_BASE);
    test_op(&code, OP_LD, 6, 12, 0, 16);
    code_finish(&code);
    static uint8_t image[4096] = {1, 2, 3};
    elf_segment segments[2] = {{5, MAP_TEXT_BASE, text_of(&kept, &code)}, {4, MAP_IMAGE_BASE, {image, sizeof image}}};
    const char *reason;
    assert_status(prover_program_open(&program, &kept, &reason, &tiny, elf_of(&kept, MAP_TEXT_BASE, segments, 2)), OK);
    output = text_bytes("parts of a run");
    input = input_for(&kept, output, (bytes){0});
    return 0;
}

static int close_run(void **state)
{
    (void)state;
    fixture_close();
    return 0;
}

static void runs_are_proven_and_verified(void **state)
{
    (void)state;
    prover_report report;
    assert_status(prove(&both, (cut){0}, &report), OK);
    assert_int_equal(both.part_count, 1);
    assert_int_equal(both.records[0].kind, VM_BOTH);
    assert_status(verify(&both), OK);
    assert_true(report.planned_bytes > 0 && report.cycles > 100);
    bool odd = false; /* tables end with their rows */
    for (uint32_t chip = 0; chip < VM_CHIPS; chip++)
        odd |= (both.parts[0].rows[chip] & (both.parts[0].rows[chip] - 1)) != 0;
    assert_true(odd);

    assert_status(prove(&split, (cut){6, 40, NULL}, &report), OK);
    assert_int_equal(split.segment_count, SEGMENTS);
    assert_int_equal(split.ledger_count, LEDGER_PARTS);
    assert_int_equal(split.part_count, PARTS);
    run_statement statement;
    assert_status(run_verify(&statement, NULL, &tiny, &program.id, &split, &scratch), OK);
    assert_int_equal(statement.cycles, report.cycles);
    assert_true(statement.output.size == output.size && memcmp(statement.output.data, output.data, output.size) == 0);
    for (uint32_t i = 0; i < PARTS; i++) /* what the shared challenge was drawn from is what was proven */
        assert_int_equal(split.records[i].memory_rows, split.parts[i].rows[VM_CHIP_MEMORY]);
}

static void files_are_read_as_written(void **state)
{
    (void)state;
    const run_proof *proofs[] = {&both, &split};
    for (int k = 0; k < 2; k++) {
        size_t size = run_proof_size_bytes(proofs[k], &tiny);
        uint8_t *file = arena_allocate(&memory, size + 8, 8);
        run_proof_write(file, proofs[k], &tiny);
        run_proof read;
        assert_status(run_proof_read(&read, &memory, &tiny, (bytes){file, size}), OK);
        assert_status(verify(&read), OK);
        uint64_t most;
        assert_status(run_proof_most_bytes(&most, &tiny, (bytes){file, size}), OK);
        assert_true(size <= most);
        for (size_t cut_off = 1; cut_off < size; cut_off = cut_off * 3 + 1)
            assert_status(run_proof_read(&read, &memory, &tiny, (bytes){file, size - cut_off}), PROOF_MALFORMED);
        memset(file + size, 0, 4);
        assert_status(run_proof_read(&read, &memory, &tiny, (bytes){file, size + 4}), PROOF_MALFORMED);
        /* Files of the first format are refused by their version. */
        file[8] = 1;
        assert_status(run_proof_read(&read, &memory, &tiny, (bytes){file, size}), PROOF_VERSION);
        file[8] = 2;
    }
}

/* Records of many parts without the parts: the reader refuses them in the memory that it promises to do with. */
static void counts_beyond_the_file(void **state)
{
    (void)state;
    enum { MANY = 5000, MANY_RECORD_WORDS = 3 + DIGEST_LENGTH };
    size_t size = run_proof_size_bytes(&both, &tiny);
    uint8_t *file = arena_allocate(&memory, size + (size_t)2 * MANY * MANY_RECORD_WORDS * 4, 8);
    run_proof_write(file, &both, &tiny);
    size_t records_end = size - 4 * (hash_even(7 + tiny.machine.count) + both.parts[0].word_count);
    if (((uint32_t *)(void *)(file + records_end))[-1] == 0)
        records_end -= 4; /* what the part begins at an even word by */
    size_t records = records_end - (size_t)4 * MANY_RECORD_WORDS;
    uint32_t *counts = (uint32_t *)(void *)(file + records - (output.size + 3) / 4 * 4) - 4;
    assert_true(counts[0] == 1 && counts[1] == 1 && counts[3] == output.size);
    counts[0] = counts[1] = MANY;
    uint32_t *at = (uint32_t *)(void *)(file + records);
    for (uint32_t i = 0; i < 2 * MANY; i++, at += MANY_RECORD_WORDS) {
        memset(at, 0, 4 * MANY_RECORD_WORDS);
        at[0] = i < MANY ? VM_SEGMENT : VM_LEDGER;
    }
    size = (size_t)((uint8_t *)at - file);
    arena promised;
    size_t promised_size = size / 4 * 5 + (1 << 20);
    arena_init(&promised, arena_allocate(&memory, promised_size, 64), promised_size);
    run_proof read;
    assert_status(run_proof_read(&read, &promised, &tiny, (bytes){file, size}), PROOF_MALFORMED);
}

/* Every word of a file's head, records and part headers, and a sample of the proofs'. */
static void every_word_counts(void **state)
{
    (void)state;
    size_t size = run_proof_size_bytes(&split, &tiny);
    uint8_t *file = arena_allocate(&memory, size, 8);
    run_proof_write(file, &split, &tiny);
    uint32_t *words = (uint32_t *)(void *)file, tried = 0;
    size_t count = size / 4, proof_start = count;
    for (uint32_t i = 0; i < PARTS; i++)
        proof_start -= split.parts[i].word_count + 7 + tiny.machine.count;
    for (size_t i = 0; i < count; i += i < proof_start + 7 + tiny.machine.count ? 1 : 409) {
        uint32_t kept_word = words[i];
        const uint32_t changed[] = {kept_word ^ 1, kept_word + FP_MODULUS, 0x7FFFFFFF};
        for (int k = 0; k < (i < proof_start ? 3 : 1); k++) {
            if (changed[k] == kept_word)
                continue;
            words[i] = changed[k];
            size_t mark = memory.used_bytes;
            run_proof read;
            status s = run_proof_read(&read, &memory, &tiny, (bytes){file, size});
            if (s == OK)
                s = verify(&read);
            if (s == OK)
                fail_msg("word %zu of %zu may be %x instead of %x", i, count, changed[k], kept_word);
            arena_rewind(&memory, mark);
            tried++;
        }
        words[i] = kept_word;
    }
    assert_true(tried > 700);
}

static void parts_are_in_their_places(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < PARTS; i++) {
        for (uint32_t j = 0; j < i; j++) { /* exchanged, with their records or without */
            run_proof *proof = proof_copy(&split);
            *part_of(proof, i) = split.parts[j];
            *part_of(proof, j) = split.parts[i];
            assert_true(verify(proof) != OK);
            *record_of(proof, i) = split.records[j];
            *record_of(proof, j) = split.records[i];
            assert_true(verify(proof) != OK);
        }
        for (int field = 0; field < 7; field++) {
            static const uint32_t deltas[] = {1, UINT32_MAX, FP_MODULUS, 1u << 30, 1u << 31};
            for (int k = 0; k < 5; k++) {
                run_proof *proof = proof_copy(&split);
                run_part *part = part_of(proof, i);
                uint32_t *fields[] = {&part->kind,   &part->index,  &part->pc4_first,         &part->pc4_last,
                                      &part->cycles, &part->key_before_plus_1, &part->key_after_plus_1};
                *fields[field] += deltas[k];
                assert_true(verify(proof) != OK);
            }
        }
        run_proof *proof = proof_copy(&split); /* left out */
        for (uint32_t j = i; j + 1 < PARTS; j++) {
            *part_of(proof, j) = split.parts[j + 1];
            *record_of(proof, j) = split.records[j + 1];
        }
        proof->part_count--;
        *(i < SEGMENTS ? &proof->segment_count : &proof->ledger_count) -= 1;
        assert_true(verify(proof) != OK);
    }
    run_proof *proof = proof_copy(&both); /* one proof for everything is for a run of one part alone */
    proof->segment_count = 2;
    assert_true(verify(proof) != OK);
}

/* The rows of the commitment, of the record and of the proof are one number. */
static void heights_of_two_minds(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < PARTS; i++)
        for (uint32_t chip = 0; chip < VM_CHIPS; chip++)
            for (int k = 0; k < 3; k++) {
                run_proof *proof = proof_copy(&split);
                uint32_t *rows = &part_of(proof, i)->rows[chip], old = *rows;
                *rows = k == 0 ? old + 1 : k == 1 ? (old == 0 ? 64 : 0) : old + layout_grain(old + 1);
                uint32_t bad_part;
                assert_true(verify_for(&program, proof, &bad_part) != OK);
                assert_int_equal(bad_part, i + 1);
                arena_rewind(&memory, 0);
            }
    for (uint32_t i = 0; i < PARTS; i++) {
        run_proof *proof = proof_copy(&split);
        record_of(proof, i)->memory_rows++;
        assert_true(verify(proof) != OK);
        proof = proof_copy(&split);
        record_of(proof, i)->ledger_rows++;
        assert_true(verify(proof) != OK);
        proof = proof_copy(&split);
        record_of(proof, i)->root.c[i] ^= 1;
        assert_true(verify(proof) != OK);
        proof = proof_copy(&split); /* record and proof alike: another χ */
        record_of(proof, i)->memory_rows++;
        part_of(proof, i)->rows[VM_CHIP_MEMORY]++;
        assert_true(verify(proof) != OK);
    }
}

/* Other rows, and as many words as a proof of those would have, in a file that is read: what the words say is then taken for
 * something else. The record is changed with it or not. */
static void heights_with_lengths_fitted(void **state)
{
    (void)state;
    uint32_t read_count = 0;
    for (uint32_t i = 0; i < PARTS; i++)
        for (uint32_t chip = 0; chip < VM_CHIPS; chip++)
            for (int k = 0; k < 4; k++) {
                arena_rewind(&memory, 0);
                run_proof *proof = proof_copy(&split), read;
                run_part *part = part_of(proof, i);
                uint32_t old = part->rows[chip];
                part->rows[chip] = k == 0 ? old + layout_grain(old + 1) : k == 1 ? old / 2 : k == 2 ? 2 * old : old == 0;
                if (part->rows[chip] == old || !layout_rows_are_allowed(part->rows[chip]))
                    continue;
                if (k % 2 == 0 && chip == VM_CHIP_MEMORY)
                    record_of(proof, i)->memory_rows = part->rows[chip];
                proof_claim claim;
                fp statement[RUN_STATEMENT];
                static const bus_challenge any;
                run_part_claim(&claim, statement, &tiny, &program.id, &any, SEGMENTS, LEDGER_PARTS, part);
                size_t count = proof_words(&tiny.machine, &tiny.parameters, &claim, &scratch);
                if (count == 0)
                    continue;
                uint32_t *words = ARENA_NEW(&memory, uint32_t, count);
                for (size_t j = 0; j < count; j++)
                    words[j] = part->words[j % part->word_count];
                part->words = words;
                part->word_count = count;
                size_t size = run_proof_size_bytes(proof, &tiny);
                uint8_t *file = arena_allocate(&memory, size, 8);
                run_proof_write(file, proof, &tiny);
                assert_status(run_proof_read(&read, &memory, &tiny, (bytes){file, size}), OK);
                assert_true(verify(&read) != OK);
                read_count++;
            }
    assert_true(read_count > 200);
}

static void key_of_another_height(void **state)
{
    (void)state;
    static const vm_chip fixed[] = {VM_CHIP_PROGRAM, VM_CHIP_RANGE, VM_CHIP_BYTE,
                                    VM_CHIP_SMALL,   VM_CHIP_IMAGE, VM_CHIP_REGION};
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
        run_proof *proof = proof_copy(&both);
        part_of(proof, 0)->rows[fixed[i]] *= 2;
        assert_status(verify(proof), PROOF_SHAPE);
        proof->key.proof.rows[fixed[i]] *= 2; /* and the key is the program's */
        assert_status(verify(proof), PROOF_PROGRAM);
    }
    run_proof *proof = proof_copy(&both);
    proof->key.entry_pc4++;
    assert_status(verify(proof), PROOF_PROGRAM);
    for (int k = 0; k < PROOF_KEY_MATRICES; k++) {
        proof = proof_copy(&both);
        proof->key.proof.root[k].c[3] ^= 1;
        assert_status(verify(proof), PROOF_PROGRAM);
        proof = proof_copy(&both); /* a cap that is not the root's: what a file says is hashed when it is read */
        proof->key.proof.cap[k][1].c[3] ^= 1;
        proof_key_roots(&proof->key.proof, &tiny.parameters);
        assert_status(verify(proof), PROOF_PROGRAM);
    }
    run_proof *nonce = proof_copy(&both);
    nonce->shared_nonce ^= 1;
    assert_true(verify(nonce) != OK);
    run_proof *other = proof_copy(&both);
    other->output = text_bytes("another output");
    assert_true(verify(other) != OK);
}

/* A column under the shared challenge that is changed after the boundary's root is in the records. */
static void change_after_the_boundary(void *context, uint32_t part, vm_tables *tables, bool boundary_only)
{
    (void)part;
    bool *in_both_phases = context;
    for (uint32_t i = 0; i < tables->count; i++)
        if (tables->tables[i].chip == VM_CHIP_MEMORY && (!boundary_only || *in_both_phases)) {
            fp *cells = (fp *)tables->tables[i].columns[AIR_BOUNDARY]; /* `last`, of some row */
            cells[11 * tables->tables[i].rows + 2] = fp_add(cells[11 * tables->tables[i].rows + 2], FP_ONE);
        }
}

static void columns_chosen_after_the_shared_challenge(void **state)
{
    (void)state;
    bool in_both_phases = false;
    prover_lies lies = {.context = &in_both_phases, .change_tables = change_after_the_boundary};
    run_proof proof;
    assert_status(prove(&proof, (cut){.lies = &lies}, NULL), OK);
    assert_status(verify(&proof), PROOF_SHAPE); /* its root is not the record's */
    in_both_phases = true;
    assert_status(prove(&proof, (cut){.lies = &lies}, NULL), OK);
    assert_status(verify(&proof), PROOF_BUS);
}

/* The boundary that goes into χ has fewer rows than the one that is proven: the rest could be chosen after χ. */
static void commit_to_fewer_rows(void *context, uint32_t part, vm_tables *tables, bool boundary_only)
{
    (void)part;
    for (uint32_t i = 0; i < tables->count; i++) {
        stark_table *table = &tables->tables[i];
        if (table->chip != VM_CHIP_MEMORY || !boundary_only)
            continue;
        uint32_t rows = table->rows, width = vm_airs[VM_CHIP_MEMORY]->width[AIR_BOUNDARY];
        uint32_t fewer = rows - layout_grain(rows);
        fp *cells = ARENA_NEW(&memory, fp, (size_t)width * fewer);
        for (uint32_t c = 0; c < width; c++)
            memcpy(cells + (size_t)c * fewer, table->columns[AIR_BOUNDARY] + (size_t)c * rows, fewer * sizeof *cells);
        table->columns[AIR_BOUNDARY] = cells;
        *(uint32_t *)context = rows;
        table->rows = fewer;
    }
}

static void boundary_of_other_rows(void **state)
{
    (void)state;
    uint32_t rows = 0;
    prover_lies lies = {.context = &rows, .change_tables = commit_to_fewer_rows};
    run_proof proof;
    assert_status(prove(&proof, (cut){.lies = &lies}, NULL), OK);
    assert_true(rows > proof.records[0].memory_rows && rows == proof.parts[0].rows[VM_CHIP_MEMORY]);
    assert_status(verify(&proof), PROOF_SHAPE);
    run_proof *other = proof_copy(&proof); /* the record says the rows that are proven: another χ */
    record_of(other, 0)->memory_rows = rows;
    assert_true(verify(other) != OK);
    other = proof_copy(&proof); /* the proof says those of the record: it has another length */
    part_of(other, 0)->rows[VM_CHIP_MEMORY] = proof.records[0].memory_rows;
    assert_true(verify(other) != OK);
}

/* Segments end with the window in which they have come to weigh so much. */
static void segments_are_cut_by_weight(void **state)
{
    (void)state;
    test_code loop = {.count = 0};
    test_load(&loop, 4, 20000);
    test_op(&loop, OP_ADDI, 4, 4, 0, -1);
    test_op(&loop, OP_BNE, 0, 4, 0, -4);
    test_exit(&loop);
    loop.program = (riscv_program){
        .entry_pc4 = TEST_BASE, .instructions = loop.instructions, .instruction_count = loop.count};
    riscv_weights weights = {.touched = 100};
    weights.chip[RISCV_CHIP_ADD_IMMEDIATE] = 3;
    weights.chip[RISCV_CHIP_BRANCH_EQUAL] = 5;
    riscv_limits limits = {.cycles = UINT32_MAX, .words = 1 << 22, .call_words = 1 << 22,
                           .weights = &weights, .weight = 40000};
    riscv_machine machine;
    assert_status(riscv_open(&machine, &loop.program, (bytes){0}), OK);
    uint64_t cycles = 0;
    uint32_t count = 0;
    while (machine.pc4 != RISCV_HALT) {
        riscv_segment segment;
        assert_status(riscv_record(&machine, &segment, &memory, &limits), OK);
        uint64_t weight = segment.chip_rows[RISCV_CHIP_ADD_IMMEDIATE] * 3 + segment.chip_rows[RISCV_CHIP_BRANCH_EQUAL] * 5;
        assert_true(weight < 40000 + RISCV_WINDOW * 4 + 1000);
        if (segment.pc4_last != RISCV_HALT) {
            assert_true(weight + 1000 >= 40000);
            assert_int_equal(segment.cycles % RISCV_WINDOW, 0);
        }
        cycles += segment.cycles;
        count++;
    }
    assert_true(count == 4 && cycles == machine.cycles);
    riscv_close(&machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(runs_are_proven_and_verified, fixture_clear), /* first: others change its proofs */
        cmocka_unit_test_teardown(files_are_read_as_written, fixture_clear),
        cmocka_unit_test_teardown(counts_beyond_the_file, fixture_clear),
        cmocka_unit_test_teardown(every_word_counts, fixture_clear),
        cmocka_unit_test_teardown(parts_are_in_their_places, fixture_clear),
        cmocka_unit_test_teardown(heights_of_two_minds, fixture_clear),
        cmocka_unit_test_teardown(heights_with_lengths_fitted, fixture_clear),
        cmocka_unit_test_teardown(key_of_another_height, fixture_clear),
        cmocka_unit_test_teardown(columns_chosen_after_the_shared_challenge, fixture_clear),
        cmocka_unit_test_teardown(boundary_of_other_rows, fixture_clear),
        cmocka_unit_test_teardown(segments_are_cut_by_weight, fixture_clear),
    };
    return cmocka_run_group_tests_name("parts of runs", tests, open_run, close_run);
}
