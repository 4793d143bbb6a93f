/* Each row of the protocol's table of attacks, as a test of its own.
 *
 *   attack                                                        test
 *   p look-ups of one bad value                                   look_ups_that_wrap_around_p
 *   `real`, `last` or is_output chosen after χ                    columns_chosen_after_the_shared_challenge
 *   an empty ledger part resets the key; a word twice             empty_ledger_part, word_listed_twice
 *   a padding row whose constraint or multiplicity is not inert   zero_row_not_inert
 *   refreshes of a register climb around p                        refresh_climbs_around_p
 *   an address that is 2^32 more or less                          address_beyond_memory
 *   a ring of ORDER tokens                                        ring_of_keys
 *   a block cut off; a ring of STEPs without a CALL               block_cut_off, ring_of_steps
 *   a fifth operand's address free; n = p + 5 reads as 5          operand_not_of_the_call, count_beyond_p
 *   zero padding of `region` or `small`                           block_zero_mapped_by_padding, shift_by_padding
 *   is_output set in a padding row                                output_in_a_padding_row
 *   code that falls through to HALT; a branch to 2^30             code_that_reaches_halt
 *   shared χ with list decoding                                   list_decoding
 *   χ missing from the segment transcript                         shared_challenge_not_absorbed
 *   a null function pointer taken as successful exit              null_pointer_as_exit
 *   unaligned store at 2^32 − 1                                   word_with_the_key_of_x0
 *   straddle flag set false                                       straddle_denied
 *   padding between ledger rows; gap between parts                padding_hides_a_duplicate, gap_between_parts
 *   image word declared zero or input                             image_word_as_zero_or_input
 *   a stray store reaches constants, tables of functions, input   store_to_read_only_memory
 *   all-zero `program` padding decodes as a kind                  program_padding_executed
 *   accelerator row without a call                                accelerator_without_a_call
 *   accelerator output x or x + p                                 accelerator_output_not_canonical
 *   two calls swap intermediate states                            calls_that_swap_states
 *   AUIPC, link, branch target from unchecked pc limbs            pc_limbs_not_of_the_program
 *   bytes that are none make a limb, and reversed another         reversed_bytes_that_are_none
 *   overlapping ELF segments, two decodings of one pc             overlapping_segments
 *   a zero denominator                                            zero_denominators
 *   a second `ledger`; absent `memory`; duplicate chip            tables_of_another_kind
 *   weak parameters in a child's proof                            weak_parameters
 *   hostile self_id; SPAN shown as RUN                            span_shown_as_run, hostile_program_id
 *   hostile hint length or pointer                                words_that_are_not_input, hostile_length
 *
 * Run from the repository's root after `make guests`. */
#include <math.h>
#undef FP_ZERO /* fpclassify's; fp.h has its own */

#include "tests/soundness/forge.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stark/accounting.h"

/* ---- the run that is attacked --------------------------------------------------------------------- */

static test_code code;
static uint64_t image[1 << 16];
static subject run_subject = {.code = &code, .image = image};
static run_proof honest; /* one proof of kind BOTH */
static run_proof split;  /* the same run as segments and ledger parts */

enum { HEAP_W = MAP_HEAP_BASE / 8, INPUT_W = MAP_INPUT_BASE / 8, IMAGE_W = MAP_IMAGE_BASE / 8,
       OUTPUT_W = MAP_OUTPUT_BASE / 8, TARGET_W = INPUT_W + 5, COPY_W = HEAP_W + 32, COPY_AGAIN_W = HEAP_W + 64 };

static void call_copy(uint32_t destination, uint32_t source)
{
    test_load(&code, 10, destination);
    test_load(&code, 11, source);
    test_load(&code, 15, 3);
    test_load(&code, 17, CALL_COPY_WORDS);
    test_op(&code, OP_ECALL, 0, 0, 0, 0);
}

/* The output first, then a little of everything, then a jump through a pointer from the input to the exit. */
static void write_code(void)
{
    test_load(&code, 30, MAP_INPUT_BASE + 8);
    test_load(&code, 31, MAP_OUTPUT_BASE);
    for (int32_t i = 0; i < 4; i++) {
        test_op(&code, OP_LD, 29, 30, 0, 8 * i);
        test_op(&code, OP_SD, 0, 31, 29, 8 * i);
    }
    test_load(&code, 8, MAP_HEAP_BASE);
    test_load(&code, 5, 0x8796A5B4C3D2E1F0);
    test_op(&code, OP_SD, 0, 8, 5, 0);
    test_op(&code, OP_SD, 0, 8, 5, 8);
    test_op(&code, OP_SD, 0, 8, 5, 5); /* into the next word */
    test_op(&code, OP_LD, 7, 8, 0, 5);
    test_op(&code, OP_AUIPC, 9, 0, 0, 0x12345);
    test_op(&code, OP_AND, 4, 5, 7, 0);
    test_op(&code, OP_REV8, 28, 5, 0, 0);
    test_op(&code, OP_ADD, 6, 5, 5, 0);
    test_op(&code, OP_ADD, 6, 6, 6, 0);
    test_op(&code, OP_SLLI, 6, 6, 0, 16);
    test_op(&code, OP_BEQ, 0, 0, 0, 8);
    test_op(&code, OP_ADDI, 3, 3, 0, 1);
    test_op(&code, OP_JAL, 1, 0, 0, 8);
    test_op(&code, OP_ADDI, 3, 3, 0, 1);
    test_load(&code, 12, MAP_IMAGE_BASE);
    test_op(&code, OP_LD, 6, 12, 0, 16);
    call_copy(MAP_HEAP_BASE + 256, MAP_HEAP_BASE);
    call_copy(MAP_HEAP_BASE + 512, MAP_HEAP_BASE + 8);
    test_op(&code, OP_LD, 3, 30, 0, 32);
    test_op(&code, OP_JALR, 1, 3, 0, 4);
    image[2] = 0x123456789ABCDEF0;
    uint64_t pointer = 4 * (TEST_BASE + (uint64_t)code.count) - 4;
    test_exit(&code);
    run_subject.output = text_bytes("what is proven");
    run_subject.input = input_for(&kept, run_subject.output, (bytes){(const uint8_t *)&pointer, 8});
}

static int open_run(void **state)
{
    (void)state;
    fixture_open();
    write_code();
    subject_open(&run_subject);
    return 0;
}

static int close_run(void **state)
{
    (void)state;
    fixture_close();
    return 0;
}

/* Proofs that stay: what prove_run leaves in `memory` is copied. */
static void keep(run_proof *out, const run_proof *proof)
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

/* The control of every test below: what is attacked is valid. */
static void the_honest_run_is_accepted(void **state)
{
    (void)state;
    const subject *s = &run_subject;
    test_run run;
    run_part part;
    run_open(&run, &part, s);
    if (check_tables(&run, &part) != 0)
        fail_msg("%s", sentences);
    test_run_close(&run);
    run_proof proof;
    assert_status(prove_run(&proof, NULL, &s->program, s->input, s->output, (cut){0}), OK);
    assert_int_equal(proof.part_count, 1);
    assert_status(verify_run(&s->program, &proof), OK);
    keep(&honest, &proof);
    assert_status(prove_run(&proof, NULL, &s->program, s->input, s->output, (cut){6, 32, NULL}), OK);
    assert_int_equal(proof.segment_count, 2);
    assert_int_equal(proof.ledger_count, 2);
    assert_status(verify_run(&s->program, &proof), OK);
    keep(&split, &proof);
}

/* ---- counting rule -------------------------------------------------------------------------------- */

/* A chip that looks up one value 256 times a row, beside the machine's own `range`. */
static void record_crowd(air_tape *t)
{
    for (int i = 0; i < 256; i++)
        bus_range(t, air_column(t, AIR_MAIN, 1), 16, air_column(t, AIR_MAIN, 0));
}

/* A machine that could: proof_test.c. This one, with as many rows of everything as there can be: no tag comes to p, or it is
 * refused. */
static void look_ups_that_wrap_around_p(void **state)
{
    (void)state;
    for (unsigned log2_rows = 6; log2_rows <= STARK_MAX_LOG2_ROWS; log2_rows++) {
        proof_claim *all = ARENA_NEW(&memory, proof_claim, 1);
        uint64_t counts[BUS_TAGS] = {0}, most = 0, total = 0;
        vm_claim_public(all, &(vm_public){.kind = VM_BOTH, .segment = 1});
        for (int chip = 0; chip < VM_CHIPS; chip++) {
            bool is_formula = vm_airs[chip]->formula != NULL;
            all->rows[chip] = UINT32_C(1) << (is_formula ? vm_airs[chip]->formula_log2_rows : log2_rows);
            const air_tape *tape = tiny.machine.tape[chip];
            for (uint32_t i = 0; i < tape->interaction_count; i++)
                counts[tape->interactions[i].tag] += all->rows[chip];
        }
        for (int tag = 0; tag < BUS_TAGS; tag++) {
            most = counts[tag] > most ? counts[tag] : most;
            total += counts[tag];
        }
        if (most >= FP_MODULUS || total >= UINT64_C(1) << 33)
            assert_int_equal(proof_words(&tiny.machine, &PROOF_FULL, all, &scratch), 0);
        if (log2_rows <= 15) /* the control: what fits into the slots has a proof */
            assert_true(proof_words(&tiny.machine, &PROOF_FULL, all, &scratch) > 0);
    }
}

static uint64_t shared_count_of(vm_kind kind, vm_chip chip, uint32_t rows)
{
    proof_claim *claim = ARENA_NEW(&memory, proof_claim, 1);
    proof_shape *shape = ARENA_NEW(&memory, proof_shape, 1);
    vm_plan_rows(claim->rows, &(vm_source){.kind = kind, .ledger_count = 1, .segment = &(riscv_segment){.touched_count = 1}},
                 &run_subject.program.preprocessed);
    vm_claim_public(claim, &(vm_public){.kind = kind, .segment = 1});
    claim->rows[chip] = rows;
    assert_status(proof_shape_make(shape, &tiny.machine, &PROOF_FULL, claim), OK);
    return shape->shared_count;
}

/* Under χ the rule is one over the whole run: the counts that parts yield add up as 64-bit integers. */
static void shared_messages_are_counted(void **state)
{
    (void)state;
    assert_true(shared_count_of(VM_SEGMENT, VM_CHIP_MEMORY, 1 << 19) == UINT64_C(2) << 19);
    assert_true(shared_count_of(VM_LEDGER, VM_CHIP_LEDGER, 1 << 10) == UINT64_C(3) << 10);
}

/* ---- the boundary phase --------------------------------------------------------------------------- */

static bool before_shared_challenge(const air_tape *tape, uint32_t operation)
{
    const air_operation *o = &tape->operations[operation];
    switch ((air_operation_kind)o->kind) {
    case AIR_COLUMN:
        return o->phase != AIR_MAIN;
    case AIR_ADD:
    case AIR_SUB:
    case AIR_MUL:
        return before_shared_challenge(tape, o->a) && before_shared_challenge(tape, o->b);
    default:
        return true;
    }
}

static void change_final(void *context, uint32_t part, vm_tables *tables, bool boundary_only)
{
    (void)part;
    const char *name = context;
    if (boundary_only)
        return;
    if (strcmp(name, "is_output") == 0) {
        set(tables, VM_CHIP_LEDGER, "is_output", ledger_row(tables, 0, OUTPUT_W), 0);
        return;
    }
    /* In both tables alike, so that nothing but the order of commitments is wrong. */
    uint64_t m = memory_row(tables, 0, HEAP_W + 1), l = ledger_row(tables, 0, HEAP_W + 1);
    set(tables, VM_CHIP_MEMORY, name, m, get(tables, VM_CHIP_MEMORY, name, m) ^ 1);
    set(tables, VM_CHIP_LEDGER, name, l, get(tables, VM_CHIP_LEDGER, name, l) ^ 1);
}

static void columns_chosen_after_the_shared_challenge(void **state)
{
    (void)state;
    uint32_t found = 0;
    for (uint32_t chip = 0; chip < VM_CHIPS; chip++) {
        const air_tape *tape = tiny.machine.tape[chip];
        for (uint32_t i = 0; i < tape->interaction_count; i++) {
            const air_interaction *x = &tape->interactions[i];
            assert_int_equal(x->shared, x->tag == BUS_GLOBAL || x->tag == BUS_OUTPUT);
            if (!x->shared)
                continue;
            found++;
            assert_true(before_shared_challenge(tape, x->multiplicity));
            for (uint32_t k = 0; k < x->length; k++)
                assert_true(before_shared_challenge(tape, x->message[k]));
        }
    }
    assert_int_equal(found, 5);

    static const char *const columns[] = {"final[0]", "real", "last", "is_output"};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        prover_lies lies = {.context = (void *)columns[i], .change_tables = change_final};
        const subject *s = &run_subject;
        run_proof proof;
        assert_status(prove_run(&proof, NULL, &s->program, s->input, s->output, (cut){.lies = &lies}), OK);
        status refusal = verify_run(&s->program, &proof);
        assert_true(refusal == PROOF_SHAPE || refusal == PROOF_CONSTRAINTS || refusal == PROOF_BUS);
        fixture_clear(NULL);
        if (i == 0) /* valid tables: the commitment alone is not the one that χ was drawn from */
            assert_status(refusal, PROOF_SHAPE);
    }
}

/* ---- padding --------------------------------------------------------------------------------------- */

static void record_first_key(air_tape *t)
{
    air_equal(t, "the key starts here", air_column(t, AIR_MAIN, 0), air_public(t, 0));
}

static void record_seven(air_tape *t) { air_equal(t, "x is 7", air_column(t, AIR_MAIN, 0), air_constant(t, 7)); }

static void record_sent_in_padding(air_tape *t)
{
    bus_range(t, air_not(t, air_column(t, AIR_MAIN, 0)), 16, air_column(t, AIR_MAIN, 1));
}

static void record_sent_always(air_tape *t) { bus_range(t, air_constant(t, 1), 16, air_column(t, AIR_MAIN, 0)); }

/* Rows that no table has are rows of zeros: a machine in which one of those is a lie, or says something, is no machine. */
static void zero_row_not_inert(void **state)
{
    (void)state;
    for (int chip = 0; chip < VM_CHIPS; chip++)
        assert_null(air_zero_row_fault(tiny.machine.tape[chip]));
    void (*const records[])(air_tape *) = {record_crowd, record_seven, record_first_key, record_sent_in_padding,
                                           record_sent_always};
    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        const air chip = {.name = "padding", .width = {0, 0, 2}, .public_count = 1, .record = records[i]};
        fflush(NULL);
        pid_t child = fork();
        if (child == 0) {
            (void)freopen("/dev/null", "w", stderr);
            stark_machine *m = ARENA_NEW(&memory, stark_machine, 1);
            stark_machine_open(m, &memory, (const air *const[]){&chip}, (const uint8_t[]){0}, 1);
            _exit(0);
        }
        int ended = 0;
        assert_int_equal(waitpid(child, &ended, 0), child);
        if (i == 0) /* the control: it is opened */
            assert_true(WIFEXITED(ended) && WEXITSTATUS(ended) == 0);
        else
            assert_true(WIFSIGNALED(ended) && WTERMSIG(ended) == SIGABRT);
    }
}

/* ---- ledger --------------------------------------------------------------------------------------- */

static void empty_the_ledger(vm_tables *t)
{
    for (uint64_t row = 0; row < height_of(t, VM_CHIP_LEDGER); row++)
        clear_row(t, VM_CHIP_LEDGER, row);
}

static void key_is_reset(run_part *part)
{
    part->key_before_plus_1 = HEAP_W;
    part->key_after_plus_1 = 0;
}

static void key_stays(run_part *part) { part->key_after_plus_1 = part->key_before_plus_1; }

/* A part without rows goes from no key to another; one that stays where it is says nothing of any word. */
static void empty_ledger_part(void **state)
{
    (void)state;
    refused(&(attack){&run_subject, empty_the_ledger, NULL}, on_bus(BUS_ORDER), PROOF_BUS);
    check_says(&(attack){&run_subject, empty_the_ledger, key_is_reset}, on_bus(BUS_ORDER));
    refused(&(attack){&run_subject, empty_the_ledger, key_stays}, on_bus(BUS_GLOBAL), PROOF_BUS);
    assert_null(strstr(sentences, on_bus(BUS_ORDER)));
    /* A part that really has no rows does not stand in a run either: K parts take part_count = N + K. */
    run_proof *proof = proof_copy(&split);
    part_of(proof, 3)->rows[VM_CHIP_LEDGER] = 0;
    record_of(proof, 3)->ledger_rows = 0;
    status s = verify_run(&run_subject.program, proof); /* another χ, whose nonce is one by chance of a half here */
    assert_true(s == PROOF_GRINDING || s == PROOF_BUS);
}

static void list_twice(vm_tables *t)
{
    uint64_t at = ledger_row(t, 0, HEAP_W);
    ledger_insert(t, at + 1);
    ledger_untouched(t, at + 1, 0, HEAP_W >> 16, HEAP_W & 0xFFFF, "is_zero");
}

/* A smaller key after all others, with the gap that is right modulo p. */
static void list_behind(vm_tables *t)
{
    uint64_t at = rows_in(t, VM_CHIP_LEDGER);
    ledger_insert(t, at);
    ledger_untouched(t, at, 0, HEAP_W >> 16, HEAP_W & 0xFFFF, "is_zero");
}

static void ends_with_heap(run_part *part) { part->key_after_plus_1 = HEAP_W + 1; }

static void touch_twice(vm_tables *t)
{
    uint64_t row = t->used_rows[VM_CHIP_MEMORY]++;
    copy_row(t, VM_CHIP_MEMORY, row, memory_row(t, 0, HEAP_W));
    set_limbs(t, VM_CHIP_MEMORY, "final", row, 0);
    set(t, VM_CHIP_MEMORY, "last_tick", row, 0);
}

static void word_listed_twice(void **state)
{
    (void)state;
    refused(&(attack){&run_subject, list_twice, NULL}, "looks up what RANGE does not have: 13", PROOF_BUS);
    refused(&(attack){&run_subject, list_behind, ends_with_heap}, "looks up what RANGE does not have: 13",
            PROOF_BUS);
    /* `memory` is not sorted: a word that stands in it twice has nothing to receive. */
    refused(&(attack){&run_subject, touch_twice, NULL}, on_bus(BUS_GLOBAL), PROOF_BUS);
}

static void pad_and_list_twice(vm_tables *t)
{
    uint64_t at = ledger_row(t, 0, HEAP_W);
    list_twice(t);
    ledger_insert(t, at + 1);
    clear_row(t, VM_CHIP_LEDGER, at + 1); /* padding, which may stand anywhere and have any key */
    set(t, VM_CHIP_LEDGER, "w_high", at + 1, HEAP_W >> 16);
    set(t, VM_CHIP_LEDGER, "w_low", at + 1, (HEAP_W & 0xFFFF) - 1);
    follow_keys(t);
}

static void padding_hides_a_duplicate(void **state)
{
    (void)state;
    refused(&(attack){&run_subject, pad_and_list_twice, NULL}, on_bus(BUS_ORDER), PROOF_BUS);
}

/* Rows beside the path, each of which has its key from the one before it, and the first from the last: the second time
 * that words are listed. All gaps are below 2^29. */
static uint32_t ring_rows;

static void add_ring(vm_tables *t)
{
    uint64_t first = rows_in(t, VM_CHIP_LEDGER);
    uint32_t step = (FP_MODULUS + ring_rows - 1) / ring_rows; /* ring_rows of them go around p */
    fp keys[4];
    for (uint32_t i = 0; i < ring_rows; i++) {
        uint32_t key = HEAP_W + step * i;
        keys[i] = fp_from_u32(key);
        ledger_insert(t, first + i);
        ledger_untouched(t, first + i, 0, key >> 16, key & 0xFFFF, "is_zero");
    }
    for (uint32_t i = 0; i < ring_rows; i++) {
        fp before = keys[(i + ring_rows - 1) % ring_rows];
        column_of(t, VM_CHIP_LEDGER, "key_before")[first + i] = before;
        set(t, VM_CHIP_LEDGER, "gap_low", first + i, fp_to_u32(fp_sub(fp_sub(keys[i], before), FP_ONE)) & 0xFFFF);
    }
}

static void ring_of_keys(void **state)
{
    (void)state;
    ring_rows = 4; /* enough for p, as 4·2^29 > p: but keys are below 2^30 */
    refused(&(attack){&run_subject, add_ring, NULL}, "looks up what REGION does not have: 0 ", PROOF_BUS);
    assert_null(strstr(sentences, "RANGE"));
    assert_null(strstr(sentences, on_bus(BUS_ORDER)));
    for (ring_rows = 1; ring_rows < 4; ring_rows++) { /* fewer rows: longer steps */
        check_says(&(attack){&run_subject, add_ring, NULL}, "looks up what RANGE does not have: 13");
        assert_null(strstr(sentences, on_bus(BUS_ORDER)));
    }
    ring_rows = 1;
    proof_refused(&(attack){&run_subject, add_ring, NULL}, PROOF_BUS);
}

static void gap_between_parts(void **state)
{
    (void)state;
    assert_int_equal(split.ledger_count, 2);
    static const int32_t moves[] = {-1, 1, 1 << 20};
    for (int i = 0; i < 3; i++) {
        run_proof *proof = proof_copy(&split);
        part_of(proof, 3)->key_before_plus_1 += (uint32_t)moves[i];
        uint32_t bad_part;
        assert_status(verify_for(&run_subject.program, proof, &bad_part), PROOF_CHAIN);
        assert_int_equal(bad_part, 4);
        proof = proof_copy(&split);
        part_of(proof, 2)->key_after_plus_1 += (uint32_t)moves[i];
        assert_status(verify_run(&run_subject.program, proof), PROOF_CHAIN);
        /* Both alike: continuous, but not what was proven. */
        part_of(proof, 3)->key_before_plus_1 += (uint32_t)moves[i];
        status refusal = verify_for(&run_subject.program, proof, &bad_part);
        assert_true(refusal == PROOF_GRINDING || refusal == PROOF_CONSTRAINTS || refusal == PROOF_BUS);
        assert_int_equal(bad_part, 3);
    }
    run_proof *proof = proof_copy(&split); /* the first part does not start before all words */
    part_of(proof, 2)->key_before_plus_1 = 1;
    assert_status(verify_run(&run_subject.program, proof), PROOF_CHAIN);
}

static void output_in_padding(vm_tables *t)
{
    uint64_t row = rows_in(t, VM_CHIP_LEDGER);
    assert_true(row < height_of(t, VM_CHIP_LEDGER));
    set(t, VM_CHIP_LEDGER, "is_output", row, 1);
}

static void output_in_a_padding_row(void **state)
{
    (void)state;
    refused(&(attack){&run_subject, output_in_padding, NULL}, "\"a real row has one class\"",
            PROOF_CONSTRAINTS);
}

/* ---- time ----------------------------------------------------------------------------------------- */

/* x5 is written twice and then read; before that, cycles enough for registers that wait. */
static test_code waiting_code;
static subject waiting = {.code = &waiting_code};

enum { OLD_VALUE = 0x111, NEW_VALUE = 0x222 };

static void open_waiting(void)
{
    test_code *c = &waiting_code;
    test_load(c, 31, MAP_OUTPUT_BASE);
    test_load(c, 30, MAP_INPUT_BASE + 8);
    for (int32_t i = 0; i < 4; i++) {
        test_op(c, OP_LD, 29, 30, 0, 8 * i);
        test_op(c, OP_SD, 0, 31, 29, 8 * i);
    }
    test_load(c, 4, 4500);
    test_op(c, OP_ADDI, 4, 4, 0, -1);
    test_op(c, OP_BNE, 0, 4, 0, -4);
    test_op(c, OP_ADDI, 7, 31, 0, 0); /* x31 has waited */
    test_load(c, 5, OLD_VALUE);
    test_load(c, 5, NEW_VALUE);
    test_op(c, OP_ADD, 6, 5, 5, 0);
    test_exit(c);
    waiting.output = text_bytes("registers that wait");
    waiting.input = input_for(&kept, waiting.output, (bytes){0});
    subject_open(&waiting);
}

/* The read takes the value from before the second write. What it leaves is sent on, tick by tick, around p until it comes
 * to lie before that write, which takes it. */
static void read_the_old_value(vm_tables *t)
{
    uint64_t read = find(t, VM_CHIP_ADD, "rd", 6, 0);
    uint64_t first = find(t, VM_CHIP_CONSTANT, "value[0]", OLD_VALUE, 0);
    uint64_t second = find(t, VM_CHIP_CONSTANT, "value[0]", NEW_VALUE, 0);
    uint32_t first_tick = 8 * get(t, VM_CHIP_CONSTANT, "clk", first) + 8;
    uint32_t second_tick = 8 * get(t, VM_CHIP_CONSTANT, "clk", second) + 8;
    uint32_t tick = 8 * get(t, VM_CHIP_ADD, "clk", read) + 2; /* of the second operand */
    set_limbs(t, VM_CHIP_ADD, "a", read, OLD_VALUE);
    set_limbs(t, VM_CHIP_ADD, "b", read, OLD_VALUE);
    set_limbs(t, VM_CHIP_ADD, "result", read, 2 * OLD_VALUE);
    set(t, VM_CHIP_ADD, "a_previous", read, first_tick);
    follow_memory(t, &tiny.machine);
    follow_ledger(t);
    set(t, VM_CHIP_CONSTANT, "old_previous", second, second_tick - 1);
    set_limbs(t, VM_CHIP_MEMORY, "final", memory_row(t, 1, 5), NEW_VALUE);
    set_limbs(t, VM_CHIP_LEDGER, "final", ledger_row(t, 1, 5), NEW_VALUE);
    set(t, VM_CHIP_MEMORY, "last_tick", memory_row(t, 1, 5), second_tick);
    for (uint64_t left = (uint64_t)FP_MODULUS + second_tick - 1 - tick; left != 0;) {
        uint32_t step = left < 1u << 26 ? (uint32_t)left : 1u << 26, next = (tick + step) % FP_MODULUS;
        uint64_t row = t->used_rows[VM_CHIP_REFRESH]++;
        assert_true(row < height_of(t, VM_CHIP_REFRESH));
        set(t, VM_CHIP_REFRESH, "real", row, 1);
        set(t, VM_CHIP_REFRESH, "r", row, 5);
        set_limbs(t, VM_CHIP_REFRESH, "value", row, OLD_VALUE);
        set(t, VM_CHIP_REFRESH, "previous", row, tick);
        set(t, VM_CHIP_REFRESH, "gap_low", row, (step - 1) & 0xFFFF);
        set(t, VM_CHIP_REFRESH, "tick", row, next);
        set(t, VM_CHIP_REFRESH, "tick_low", row, next & 0xFFFF);
        tick = next;
        left -= step;
    }
}

static void refresh_climbs_around_p(void **state)
{
    (void)state;
    open_waiting();
    refused(&(attack){&waiting, read_the_old_value, NULL}, "looks up what RANGE does not have: 10 1025", PROOF_BUS);
    for (bus_tag tag = BUS_EXEC; tag < BUS_TAGS; tag++) /* all else is right */
        assert_true(tag == BUS_RANGE || strstr(sentences, on_bus(tag)) == NULL);
}

/* ---- the memory map ------------------------------------------------------------------------------- */

static const char *class_column;

static void map_block_zero(vm_tables *t)
{
    ledger_insert(t, 0);
    ledger_untouched(t, 0, 0, 0, 1, class_column);
}

static void map_block_zero_without_class(vm_tables *t)
{
    class_column = "is_zero";
    map_block_zero(t);
    set(t, VM_CHIP_LEDGER, "is_zero", 0, 0); /* the class that padding of `region` has */
}

static void block_zero_mapped_by_padding(void **state)
{
    (void)state;
    static const char *const classes[] = {"is_zero", "is_input", "is_image", "is_register", "is_output"};
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        class_column = classes[i];
        check_says(&(attack){&run_subject, map_block_zero, NULL}, "looks up what REGION does not have: 0 0");
    }
    class_column = "is_zero";
    proof_refused(&(attack){&run_subject, map_block_zero, NULL}, PROOF_BUS);
    check_says(&(attack){&run_subject, map_block_zero_without_class, NULL}, "\"a real row has one class\"");

    vm_tables *t = &run_subject.program.preprocessed;
    for (uint64_t row = 0; row < height_of(t, VM_CHIP_REGION); row++) {
        uint32_t space = get(t, VM_CHIP_REGION, "space", row), w_high = get(t, VM_CHIP_REGION, "w_high", row);
        uint32_t class = get(t, VM_CHIP_REGION, "class", row);
        if (class == 0)
            continue;
        assert_true(space == 0 ? w_high != 0 && w_high < MAP_BLOCKS : space == 1 && w_high == 0);
        assert_int_equal(class == RISCV_REGION_REGISTERS, space == 1);
    }
}

static void shift_by_zero_row(vm_tables *t)
{
    /* SLLI by 16 cuts limbs at u = 0: what padding would say of key 0 is that all powers are 0. */
    for (uint64_t row = 0; row < rows_in(t, VM_CHIP_SHIFT_LOGICAL_IMMEDIATE); row++)
        for (int i = 0; i < 4; i++) {
            char limb[32];
            set(t, VM_CHIP_SHIFT_LOGICAL_IMMEDIATE, limb_name(limb, "a", i), row, 0);
        }
}

static void shift_by_padding(void **state)
{
    (void)state;
    vm_tables *t = &run_subject.program.preprocessed;
    uint32_t rows = 0;
    for (uint64_t row = 0; row < height_of(t, VM_CHIP_SMALL); row++) {
        uint32_t table = get(t, VM_CHIP_SMALL, "table", row), key = get(t, VM_CHIP_SMALL, "key", row);
        uint32_t r[3];
        char name[32];
        for (int i = 0; i < 3; i++)
            r[i] = get(t, VM_CHIP_SMALL, limb_name(name, "result", i), row);
        if (table == 0)
            continue;
        rows++;
        if (table == SMALL_SHIFT_LEFT)
            assert_true(key < 16 && r[0] == 16 - key && r[1] == 1u << (16 - key) && r[2] == 1u << key);
        else if (table == SMALL_SHIFT_RIGHT)
            assert_true(key < 16 && r[0] == key && r[1] == 1u << key && r[2] == 1u << (16 - key));
        else
            assert_true(table == SMALL_CROSSES && key / 8 >= 1 && key / 8 <= 3 &&
                        r[0] == (key % 8 + (1u << key / 8) > 8) && r[1] == 0 && r[2] == 0);
    }
    assert_int_equal(rows, 16 + 16 + 24);
    /* No user can ask for table 0: where a look-up is made, its table is a constant or a sum of the row's
     * flags. */
    test_run run;
    run_part part;
    run_open(&run, &part, &run_subject);
    for (uint32_t i = 0; i < run.tables.count; i++) {
        const stark_table *table = &run.tables.tables[i];
        const air_tape *tape = run.chips.tape[table->chip];
        for (uint32_t k = 0; k < tape->interaction_count; k++) {
            const air_interaction *x = &tape->interactions[k];
            if (x->tag != BUS_SMALL || x->receive)
                continue;
            const air_operation *o = &tape->operations[x->message[0]];
            assert_true(o->kind == AIR_CONSTANT ? o->a != 0 : o->kind >= AIR_ADD);
        }
    }
    test_run_close(&run);
    check_says(&(attack){&run_subject, shift_by_zero_row, NULL}, "shift_logical_immediate");
}

/* Words 2^29 of space 0 and 0 of space 1 have one key; the first is what an unaligned store at 2^32 − 1
 * would reach. */
static void move_x0(vm_tables *t)
{
    uint64_t row = memory_row(t, 1, 0), at = ledger_row(t, 1, 0);
    set(t, VM_CHIP_MEMORY, "space", row, 0);
    set(t, VM_CHIP_MEMORY, "w", row, UINT32_C(1) << 29);
    set(t, VM_CHIP_LEDGER, "space", at, 0);
    set(t, VM_CHIP_LEDGER, "w_high", at, MAP_BLOCKS);
}

static void move_x0_as_zero(vm_tables *t)
{
    move_x0(t);
    uint64_t at = find(t, VM_CHIP_LEDGER, "w_high", MAP_BLOCKS, 0);
    set(t, VM_CHIP_LEDGER, "is_register", at, 0);
    set(t, VM_CHIP_LEDGER, "is_zero", at, 1);
}

static void list_beyond_the_last_word(vm_tables *t)
{
    uint64_t at = ledger_row(t, 1, 0);
    ledger_insert(t, at);
    ledger_untouched(t, at, 0, MAP_BLOCKS, 0, "is_zero");
}

static void word_with_the_key_of_x0(void **state)
{
    (void)state;
    assert_true(vm_ledger_key(0, UINT32_C(1) << 29) == vm_ledger_key(1, 0));
    check_says(&(attack){&run_subject, move_x0, NULL}, "looks up what REGION does not have: 0 8192");
    refused(&(attack){&run_subject, move_x0_as_zero, NULL}, "looks up what REGION does not have: 0 8192",
            PROOF_BUS);
    check_says(&(attack){&run_subject, move_x0_as_zero, NULL}, on_bus(BUS_MEMORY));
    refused(&(attack){&run_subject, list_beyond_the_last_word, NULL},
            "looks up what REGION does not have: 0 8192",
            PROOF_BUS);
}

/* A load through a pointer from the input, of which the prover says that it is 2^32 less: the carry out of limb 1 makes up
 * for it, and so the word is 2^29 less. */
static test_code far_code;
static subject far = {.code = &far_code};

static void open_far(void)
{
    test_load(&far_code, 30, MAP_INPUT_BASE + 8);
    test_load(&far_code, 31, MAP_OUTPUT_BASE);
    for (int32_t i = 0; i < 4; i++) {
        test_op(&far_code, OP_LD, 29, 30, 0, 8 * i);
        test_op(&far_code, OP_SD, 0, 31, 29, 8 * i);
    }
    test_op(&far_code, OP_LD, 3, 30, 0, 32);
    test_op(&far_code, OP_LD, 7, 3, 0, 0);
    test_exit(&far_code);
    static const uint64_t pointer = MAP_HEAP_BASE + 8;
    far.output = text_bytes("far");
    far.input = input_for(&kept, far.output, (bytes){(const uint8_t *)&pointer, 8});
    subject_open(&far);
}

static void load_from_below_zero(vm_tables *t)
{
    const uint64_t pointer = MAP_HEAP_BASE + 8 - (UINT64_C(1) << 32);
    set_limbs(t, VM_CHIP_LOAD_DOUBLE, "word", find(t, VM_CHIP_LOAD_DOUBLE, "rd", 3, 0), pointer);
    uint64_t load = find(t, VM_CHIP_LOAD_DOUBLE, "rd", 7, 0);
    set_limbs(t, VM_CHIP_LOAD_DOUBLE, "a", load, pointer);
    fp *high = &column_of(t, VM_CHIP_LOAD_DOUBLE, "high")[load];
    *high = fp_sub(*high, fp_from_u32(1 << 16));
    uint64_t input = memory_row(t, 0, TARGET_W);
    set_limbs(t, VM_CHIP_MEMORY, "initial", input, pointer);
    set_limbs(t, VM_CHIP_MEMORY, "final", input, pointer);
    set_limbs(t, VM_CHIP_MEMORY, "final", memory_row(t, 1, 3), pointer);
    input = ledger_row(t, 0, TARGET_W);
    set_limbs(t, VM_CHIP_LEDGER, "initial", input, pointer);
    set_limbs(t, VM_CHIP_LEDGER, "final", input, pointer);
    set_limbs(t, VM_CHIP_LEDGER, "final", ledger_row(t, 1, 3), pointer);
    fp *w = &column_of(t, VM_CHIP_MEMORY, "w")[memory_row(t, 0, HEAP_W + 1)];
    *w = fp_sub(*w, fp_from_u32(1 << 29));
    fp *w_high = &column_of(t, VM_CHIP_LEDGER, "w_high")[ledger_row(t, 0, HEAP_W + 1)];
    *w_high = fp_sub(*w_high, fp_from_u32(1 << 13));
}

static void address_beyond_memory(void **state)
{
    (void)state;
    open_far();
    refused(&(attack){&far, load_from_below_zero, NULL}, "looks up what REGION does not have: 0 ", PROOF_BUS);
    assert_null(strstr(sentences, "does not hold"));
    assert_null(strstr(sentences, on_bus(BUS_MEMORY))); /* but for the ledger's, all messages match */
    assert_null(strstr(sentences, on_bus(BUS_GLOBAL)));
}

static void image_to_zero(vm_tables *t)
{
    uint64_t at = ledger_row(t, 0, IMAGE_W + 2);
    set(t, VM_CHIP_LEDGER, "is_image", at, 0);
    set(t, VM_CHIP_LEDGER, "is_zero", at, 1);
    set_limbs(t, VM_CHIP_LEDGER, "initial", at, 0);
}

static void image_to_input(vm_tables *t)
{
    uint64_t at = ledger_row(t, 0, IMAGE_W + 2);
    set(t, VM_CHIP_LEDGER, "is_image", at, 0);
    set(t, VM_CHIP_LEDGER, "is_input", at, 1);
    set_limbs(t, VM_CHIP_LEDGER, "initial", at, 12345);
}

static void image_of_another_value(vm_tables *t)
{
    set_limbs(t, VM_CHIP_LEDGER, "initial", ledger_row(t, 0, IMAGE_W + 2), 12345);
}

static void image_word_as_zero_or_input(void **state)
{
    (void)state;
    refused(&(attack){&run_subject, image_to_zero, NULL}, "looks up what REGION does not have: 0 128",
            PROOF_BUS);
    refused(&(attack){&run_subject, image_to_input, NULL}, "looks up what REGION does not have: 0 128",
            PROOF_BUS);
    check_says(&(attack){&run_subject, image_of_another_value, NULL}, "looks up what IMAGE does not have");
    /* The table holds every word of its blocks, zeros included. */
    vm_tables *t = &run_subject.program.preprocessed;
    assert_int_equal(height_of(t, VM_CHIP_IMAGE), 1 << 16);
    for (uint64_t row = 0; row < 1 << 16; row++) {
        assert_int_equal(get(t, VM_CHIP_IMAGE, "w", row), IMAGE_W + row);
        assert_true(get_limbs(t, VM_CHIP_IMAGE, "value", row) == image[row]);
    }
}

enum { POINTERS = 4 }; /* of a store of a double, a byte, a misaligned word, and of a call */

static bytes input_with(uint32_t moved, uint64_t address)
{
    uint8_t *pointers = ARENA_NEW(&kept, uint8_t, 8 * POINTERS);
    for (uint32_t i = 0; i < POINTERS; i++)
        put_number(pointers + 8 * i, i == moved ? address : MAP_HEAP_BASE + 0x1000 * (i + 1), 8);
    return input_for(&kept, text_bytes("what is proven"), (bytes){pointers, 8 * POINTERS});
}

/* Each run is a whole one of a machine without the rule, in which a store or a call changes the image or the input
 * through a pointer that the prover chose. It would change a table of functions as well. */
static void store_to_read_only_memory(void **state)
{
    (void)state;
    static test_code stores;
    test_load(&stores, 30, MAP_INPUT_BASE + 8);
    test_load(&stores, 31, MAP_OUTPUT_BASE);
    for (int32_t i = 0; i < 4; i++) {
        test_op(&stores, OP_LD, 29, 30, 0, 8 * i);
        test_op(&stores, OP_SD, 0, 31, 29, 8 * i);
    }
    test_op(&stores, OP_LD, 20, 30, 0, 32);
    test_op(&stores, OP_LD, 21, 30, 0, 40);
    test_op(&stores, OP_LD, 22, 30, 0, 48);
    test_op(&stores, OP_LD, 10, 30, 0, 56);
    test_op(&stores, OP_SD, 0, 20, 30, 0);
    test_op(&stores, OP_SB, 0, 21, 30, 1);
    test_op(&stores, OP_SW, 0, 22, 30, 6);
    test_load(&stores, 11, MAP_HEAP_BASE);
    test_load(&stores, 15, 3);
    test_load(&stores, 17, CALL_COPY_WORDS);
    test_op(&stores, OP_ECALL, 0, 0, 0, 0);
    test_exit(&stores);
    subject about = {.code = &stores, .image = image, .output = text_bytes("what is proven"),
                     .input = input_with(POINTERS, 0)};
    subject_open(&about);
    static const char *const reasons[POINTERS] = {"store_double row 4 looks up what RANGE does not have: 16",
                                                  "store_narrow row 0 looks up what RANGE does not have: 16",
                                                  "store_misaligned row 0 looks up what RANGE does not have: 16",
                                                  "call row 0 looks up what RANGE does not have: 16"};
    static const uint64_t places[] = {MAP_IMAGE_BASE + 64, MAP_INPUT_BASE + 0x1000};
    for (uint32_t i = 0; i < POINTERS; i++)
        for (uint32_t k = 0; k < 2; k++) {
            about.shown_input = input_with(i, places[k]);
            refused(&(attack){&about, NULL, NULL}, reasons[i], PROOF_BUS);
            int lines = 0; /* that look-up and its bus: nothing else is wrong */
            for (const char *c = sentences; *c != 0; c++)
                lines += *c == '\n';
            assert_int_equal(lines, 2);
            assert_status(prove_run(&(run_proof){0}, NULL, &about.program, about.shown_input, about.output, (cut){0}),
                          GUEST_FAULT);
        }
    about.shown_input = about.input; /* the control */
    test_run run;
    run_part part;
    attack_open(&run, &part, &(attack){&about, NULL, NULL});
    assert_int_equal(check_tables(&run, &part), 0);
    test_run_close(&run);
}

/* ---- accelerators --------------------------------------------------------------------------------- */

static void cut_last_row(vm_tables *t)
{
    uint64_t last = find(t, VM_CHIP_COPY_WORDS, "is_last", 1, 0);
    clear_row(t, VM_CHIP_COPY_WORDS, last);
    follow_memory(t, &tiny.machine);
    follow_ledger(t);
}

static void end_early(vm_tables *t)
{
    uint64_t last = find(t, VM_CHIP_COPY_WORDS, "is_last", 1, 0);
    cut_last_row(t);
    set(t, VM_CHIP_COPY_WORDS, "is_last", last - 1, 1);
}

static void block_cut_off(void **state)
{
    (void)state;
    refused(&(attack){&run_subject, cut_last_row, NULL}, on_bus(BUS_STEP), PROOF_BUS);
    refused(&(attack){&run_subject, end_early, NULL}, "\"the last step is n − 1\"", PROOF_CONSTRAINTS);
}

/* A row that copies a word onto another, after all that ever happens to both. */
static uint64_t add_copy(vm_tables *t, uint32_t to, uint32_t from, uint32_t step, uint32_t n)
{
    const vm_chip chip = VM_CHIP_COPY_WORDS;
    uint64_t row = t->used_rows[chip]++;
    assert_true(row < height_of(t, chip));
    uint32_t clk = code.count; /* later than the run's end */
    uint64_t source = memory_row(t, 0, from), destination = memory_row(t, 0, to);
    set(t, chip, "clk", row, clk);
    set(t, chip, "real", row, 1);
    set(t, chip, "step", row, step);
    set(t, chip, "n", row, n);
    set(t, chip, "destination", row, to - step);
    set(t, chip, "source", row, from - step);
    set_limbs(t, chip, "word", row, get_limbs(t, VM_CHIP_MEMORY, "final", source));
    set_age(t, chip, "read_age", row, get(t, VM_CHIP_MEMORY, "last_tick", source), clk, 2);
    set_limbs(t, chip, "old", row, get_limbs(t, VM_CHIP_MEMORY, "final", destination));
    set_age(t, chip, "write_age", row, get(t, VM_CHIP_MEMORY, "last_tick", destination), clk, 6);
    follow_memory(t, &tiny.machine);
    follow_ledger(t);
    return row;
}

static void copy_without_call(vm_tables *t)
{
    uint64_t row = add_copy(t, COPY_W, IMAGE_W + 2, 0, 1);
    set(t, VM_CHIP_COPY_WORDS, "is_first", row, 1);
    set(t, VM_CHIP_COPY_WORDS, "is_last", row, 1);
}

/* Only real, and not even that. */
static void copy_from_nothing(vm_tables *t) { add_copy(t, COPY_W, IMAGE_W + 2, 1, 3); }

static void copy_in_padding(vm_tables *t)
{
    uint64_t row = add_copy(t, COPY_W, IMAGE_W + 2, 0, 1);
    set(t, VM_CHIP_COPY_WORDS, "real", row, 0);
    set(t, VM_CHIP_COPY_WORDS, "is_first", row, 1);
}

static void accelerator_without_a_call(void **state)
{
    (void)state;
    attack a = {&run_subject, copy_without_call, NULL};
    refused(&a, on_bus(BUS_CALL), PROOF_BUS);
    /* And that is all that is wrong with it. */
    check_says(&a, on_bus(BUS_CALL));
    for (const char *line = sentences; *line != 0; line = strchr(line, '\n') + 1)
        assert_true(strncmp(line, on_bus(BUS_CALL), strlen(on_bus(BUS_CALL))) == 0);
    check_says(&(attack){&run_subject, copy_from_nothing, NULL}, on_bus(BUS_STEP));
    check_says(&(attack){&run_subject, copy_in_padding, NULL}, "\"a first row is real\"");
}

static void ring(vm_tables *t)
{
    add_copy(t, COPY_W, IMAGE_W + 2, 1, 3);
    add_copy(t, COPY_W + 1, IMAGE_W + 2, 2, 3);
    for (uint64_t row = rows_in(t, VM_CHIP_COPY_WORDS) - 2; row < rows_in(t, VM_CHIP_COPY_WORDS); row++) {
        set(t, VM_CHIP_COPY_WORDS, "destination", row, COPY_W - 1);
        set(t, VM_CHIP_COPY_WORDS, "source", row, IMAGE_W + 1);
    }
}

/* A row that follows itself: its step would have to be its own successor. */
static void ring_of_one(vm_tables *t)
{
    uint64_t row = add_copy(t, COPY_W, IMAGE_W + 2, 1, 3);
    set(t, VM_CHIP_COPY_WORDS, "step", row, FP_MODULUS - 1);
}

static void ring_of_steps(void **state)
{
    (void)state;
    refused(&(attack){&run_subject, ring, NULL}, on_bus(BUS_STEP), PROOF_BUS);
    check_says(&(attack){&run_subject, ring_of_one, NULL}, on_bus(BUS_STEP));
}

static void move_destination(vm_tables *t)
{
    for (uint64_t row = 0; row < 3; row++)
        set(t, VM_CHIP_COPY_WORDS, "destination", row, COPY_AGAIN_W);
    follow_memory(t, &tiny.machine);
    follow_ledger(t);
}

static uint64_t first_copy_call(vm_tables *t) { return find(t, VM_CHIP_CALL, "is[1]", 1, 0); }

/* Of a call that has two. */
static void third_operand(vm_tables *t) { set(t, VM_CHIP_CALL, "w[2]", first_copy_call(t), 5); }

static bool is_zero(const air_tape *tape, uint32_t operation)
{
    return tape->operations[operation].kind == AIR_CONSTANT && tape->operations[operation].a == 0;
}

static void operand_not_of_the_call(void **state)
{
    (void)state;
    refused(&(attack){&run_subject, move_destination, NULL}, on_bus(BUS_CALL), PROOF_BUS);
    check_says(&(attack){&run_subject, third_operand, NULL}, "\"the operand's word\"");
    /* What no call uses is the constant 0 where it is sent; what a call does not use, where it is received. */
    for (uint32_t chip = 0; chip < VM_CHIPS; chip++) {
        const air_tape *tape = tiny.machine.tape[chip];
        for (uint32_t i = 0; i < tape->interaction_count; i++) {
            const air_interaction *x = &tape->interactions[i];
            if (x->tag != BUS_CALL)
                continue;
            assert_int_equal(x->length, 10);
            bool used[CALL_OPERANDS_MAX] = {false}, bytes = false;
            for (uint32_t call = 0; call < CALL_INDEX_COUNT; call++) {
                const call_description *c = &call_descriptions[call];
                if (x->receive && tape->operations[x->message[0]].a != c->number)
                    continue;
                for (int k = 0; k < CALL_OPERANDS_MAX; k++) {
                    used[k] |= c->operands[k].access != 0;
                    bytes |= (c->operands[k].access & CALL_BYTES) != 0;
                }
            }
            for (int operand = 0; operand < CALL_OPERANDS_MAX; operand++)
                assert_true(used[operand] || is_zero(tape, x->message[2 + operand]));
            assert_true(bytes || is_zero(tape, x->message[9]));
        }
    }
}

static void count_is_n_plus_p(vm_tables *t)
{
    uint64_t row = first_copy_call(t);
    uint32_t n = get(t, VM_CHIP_CALL, "n", row) + FP_MODULUS;
    set_limbs(t, VM_CHIP_CALL, "a5", row, n);
}

static void count_is_zero(vm_tables *t)
{
    uint64_t row = first_copy_call(t);
    set_limbs(t, VM_CHIP_CALL, "a5", row, 0);
    set(t, VM_CHIP_CALL, "n", row, 0);
    set(t, VM_CHIP_CALL, "n_low", row, 0xFFFF);
}

static void count_in_high_limb(vm_tables *t) { set(t, VM_CHIP_CALL, "a5[2]", first_copy_call(t), 1); }
static void operand_in_high_limb(vm_tables *t) { set(t, VM_CHIP_CALL, "a0[2]", first_copy_call(t), 1); }

static void operand_not_aligned(vm_tables *t)
{
    uint64_t row = first_copy_call(t);
    set(t, VM_CHIP_CALL, "a0[0]", row, get(t, VM_CHIP_CALL, "a0[0]", row) + 4);
    column_of(t, VM_CHIP_CALL, "w[0]")[row] =
        fp_add(fp_mul(fp_from_u32(get(t, VM_CHIP_CALL, "a0[0]", row)), fp_inverse(fp_from_u32(8))),
               fp_from_u32(get(t, VM_CHIP_CALL, "a0[1]", row) << 13));
}

static void count_beyond_p(void **state)
{
    (void)state;
    refused(&(attack){&run_subject, count_is_n_plus_p, NULL},
            "call row 0 looks up what RANGE does not have: 13 32512",
            PROOF_BUS);
    check_says(&(attack){&run_subject, count_is_zero, NULL}, "call row 0 looks up what RANGE does not have: 4");
    check_says(&(attack){&run_subject, count_in_high_limb, NULL}, "\"n has two limbs\"");
    check_says(&(attack){&run_subject, operand_in_high_limb, NULL}, "\"an operand has two limbs\"");
    check_says(&(attack){&run_subject, operand_not_aligned, NULL},
               "call row 0 looks up what RANGE does not have: 13");
}

static const char *const copied_state[] = {"step", "destination", "source"};

static void swap_states(vm_tables *t)
{
    for (uint64_t row = 1; row < 3; row++)
        for (size_t i = 0; i < sizeof copied_state / sizeof *copied_state; i++)
            swap_cells(t, VM_CHIP_COPY_WORDS, copied_state[i], row, row + 3);
}

static void calls_that_swap_states(void **state)
{
    (void)state;
    refused(&(attack){&run_subject, swap_states, NULL}, on_bus(BUS_STEP), PROOF_BUS);
    /* The control: the order of rows is free, and whole blocks may change places. */
    test_run run;
    run_part part;
    run_open(&run, &part, &run_subject);
    const stark_table *table = table_of(&run.tables, VM_CHIP_COPY_WORDS);
    for (uint32_t c = 0; c < vm_airs[VM_CHIP_COPY_WORDS]->width[AIR_MAIN]; c++)
        for (uint64_t row = 0; row < 3; row++) {
            fp *column = (fp *)table->columns[AIR_MAIN] + (uint64_t)c * table->rows, cell = column[row];
            column[row] = column[5 - row];
            column[5 - row] = cell;
        }
    if (check_tables(&run, &part) != 0)
        fail_msg("%s", sentences);
    test_run_close(&run);
}

static void copy_with_a_carry(vm_tables *t)
{
    /* The same number in other limbs: v0 + 2^16, v1 − 1. */
    uint64_t row = find(t, VM_CHIP_COPY_WORDS, "is_last", 1, 0);
    set(t, VM_CHIP_COPY_WORDS, "word[0]", row, get(t, VM_CHIP_COPY_WORDS, "word[0]", row) + 0x10000);
    column_of(t, VM_CHIP_COPY_WORDS, "word[1]")[row] =
        fp_sub(column_of(t, VM_CHIP_COPY_WORDS, "word[1]")[row], FP_ONE);
    follow_memory(t, &tiny.machine);
    follow_ledger(t);
}

/* copy_words passes on what it read, keccak256, muladd, muladd_384 and divide look their limbs up
 * (keccak_word_not_canonical, long_output_not_canonical, muladd_384_output_not_canonical), sponge, multiply_add and
 * open write words below p (sponge_word_not_canonical, product_not_canonical, open_word_not_canonical), point numbers
 * below its own prime (point_output_not_canonical), sha256 bytes (sha256_bytes_that_are_none); hint writes nothing. A
 * new one belongs here. */
static void accelerator_output_not_canonical(void **state)
{
    (void)state;
    assert_int_equal(CALL_INDEX_COUNT, 11);
    refused(&(attack){&run_subject, copy_with_a_carry, NULL}, on_bus(BUS_MEMORY), PROOF_BUS);
    /* And an element of a proof or an id that is x + p is refused before it is looked at. */
    run_proof *proof = proof_copy(&honest);
    run_part *part = part_of(proof, 0);
    uint32_t *words = ARENA_NEW(&memory, uint32_t, part->word_count);
    memcpy(words, part->words, part->word_count * sizeof *words);
    part->words = words;
    assert_status(verify_run(&run_subject.program, proof), OK);
    for (size_t i = 0; i < part->word_count; i += part->word_count / 37) {
        words[i] += FP_MODULUS;
        assert_status(verify_run(&run_subject.program, proof), PROOF_MALFORMED);
        words[i] -= FP_MODULUS;
    }
}

/* ---- instructions --------------------------------------------------------------------------------- */

static uint64_t auipc_row(vm_tables *t) { return find(t, VM_CHIP_CONSTANT, "rd", 9, 0); }

static void auipc_with_a_carry(vm_tables *t)
{
    uint64_t row = auipc_row(t);
    set(t, VM_CHIP_CONSTANT, "value[0]", row, get(t, VM_CHIP_CONSTANT, "value[0]", row) + 0x10000);
    column_of(t, VM_CHIP_CONSTANT, "value[1]")[row] =
        fp_sub(column_of(t, VM_CHIP_CONSTANT, "value[1]")[row], FP_ONE);
    follow_memory(t, &tiny.machine);
    follow_ledger(t);
}

static void auipc_of_another_value(vm_tables *t)
{
    set(t, VM_CHIP_CONSTANT, "value[3]", auipc_row(t), 1);
    follow_memory(t, &tiny.machine);
    follow_ledger(t);
}

static void another_link(vm_tables *t)
{
    set(t, VM_CHIP_JUMP, "link[0]", 0, get(t, VM_CHIP_JUMP, "link[0]", 0) + 4);
    follow_memory(t, &tiny.machine);
    follow_ledger(t);
}

static void another_branch_target(vm_tables *t)
{
    set(t, VM_CHIP_BRANCH_EQUAL, "target4", 0, get(t, VM_CHIP_BRANCH_EQUAL, "target4", 0) + 1);
    set(t, VM_CHIP_BRANCH_EQUAL, "next", 0, get(t, VM_CHIP_BRANCH_EQUAL, "next", 0) + 1);
}

static void pc_limbs_not_of_the_program(void **state)
{
    (void)state;
    static void (*const changes[])(vm_tables *) = {auipc_with_a_carry, auipc_of_another_value, another_link,
                                                   another_branch_target};
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        check_says(&(attack){&run_subject, changes[i], NULL}, "looks up what PROGRAM does not have");
    proof_refused(&(attack){&run_subject, auipc_of_another_value, NULL}, PROOF_BUS);
}

/* The same limb of a. */
static void reverse_no_bytes(vm_tables *t)
{
    set(t, VM_CHIP_REVERSE_BYTES, "a[0]", 0, get(t, VM_CHIP_REVERSE_BYTES, "a[0]", 0) + 256);
    set(t, VM_CHIP_REVERSE_BYTES, "a[1]", 0, get(t, VM_CHIP_REVERSE_BYTES, "a[1]", 0) - 1);
    follow_memory(t, &tiny.machine);
    follow_ledger(t);
}

static void reversed_bytes_that_are_none(void **state)
{
    (void)state;
    refused(&(attack){&run_subject, reverse_no_bytes, NULL}, "reverse_bytes row 0 looks up what BYTE does not have: ",
            PROOF_BUS);
    assert_null(strstr(sentences, on_bus(BUS_MEMORY))); /* all else follows */
}

static void deny_load_straddle(vm_tables *t) { set(t, VM_CHIP_LOAD_MISALIGNED, "crosses", 0, 0); }
static void deny_store_straddle(vm_tables *t) { set(t, VM_CHIP_STORE_MISALIGNED, "crosses", 0, 0); }

static void straddle_denied(void **state)
{
    (void)state;
    refused(&(attack){&run_subject, deny_load_straddle, NULL},
            "load_misaligned row 0 looks up what SMALL does not have",
            PROOF_BUS);
    check_says(&(attack){&run_subject, deny_store_straddle, NULL},
               "store_misaligned row 0 looks up what SMALL does not have");
}

/* All of a padding row of `program` is 0, so that would be an instruction at pc 0. */
static void execute_padding(vm_tables *t)
{
    uint64_t row = auipc_row(t);
    set(t, VM_CHIP_CONSTANT, "pc4", row, 0);
    set(t, VM_CHIP_CONSTANT, "rd", row, 0);
    set(t, VM_CHIP_CONSTANT, "target4", row, 0);
    set_limbs(t, VM_CHIP_CONSTANT, "value", row, 0);
}

static void program_padding_executed(void **state)
{
    (void)state;
    refused(&(attack){&run_subject, execute_padding, NULL}, "looks up what PROGRAM does not have: 0",
            PROOF_BUS);
    /* Wherever a chip looks up an instruction, its kind is a constant, not 0, or weighs the flags that are
     * the selector; kind 0 is that of padding alone. */
    test_run run;
    run_part part;
    run_open(&run, &part, &run_subject);
    uint64_t looked_up = 0;
    for (uint32_t i = 0; i < run.tables.count; i++) {
        const stark_table *table = &run.tables.tables[i];
        const air_tape *tape = run.chips.tape[table->chip];
        air_table_view view = {.row_count = table->rows,
                               .public_values = run.claim->public_values[table->chip]};
        memcpy(view.columns, table->columns, sizeof view.columns);
        fp *values = ARENA_NEW(&run.memory, fp, tape->operation_count);
        for (uint32_t k = 0; k < tape->interaction_count; k++) {
            const air_interaction *x = &tape->interactions[k];
            if (x->tag != BUS_PROGRAM || x->receive)
                continue;
            for (uint64_t row = 0; row < view.row_count; row++) {
                air_evaluate_row(values, tape, &view, row);
                if (values[x->multiplicity] != 0) {
                    assert_true(values[x->message[1]] != 0);
                    looked_up++;
                }
            }
        }
    }
    assert_int_equal(looked_up, part.cycles);
    vm_tables *t = &run.preprocessed;
    for (uint64_t row = 0; row < height_of(t, VM_CHIP_PROGRAM); row++)
        assert_int_equal(get(t, VM_CHIP_PROGRAM, "kind", row) != 0, row < code.count);
    test_run_close(&run);
}

/* The pointer that is jumped through is `pointer`: all that comes later did not happen. */
static void jump_and_stop(vm_tables *t, uint64_t pointer)
{
    uint32_t clk = get(t, VM_CHIP_JUMP, "clk", 0);
    uint64_t row = find(t, VM_CHIP_LOAD_DOUBLE, "clk", clk - 1, 0), input = ledger_row(t, 0, TARGET_W);
    set_limbs(t, VM_CHIP_LEDGER, "initial", input, pointer);
    set_limbs(t, VM_CHIP_MEMORY, "initial", memory_row(t, 0, TARGET_W), pointer);
    set_limbs(t, VM_CHIP_LOAD_DOUBLE, "word", row, pointer);
    set_limbs(t, VM_CHIP_JUMP, "a", 0, pointer);
    uint64_t target = pointer + 4;
    set(t, VM_CHIP_JUMP, "low_bit", 0, target & 1);
    set(t, VM_CHIP_JUMP, "quotient", 0, (target & 0xFFFF) >> 2);
    set(t, VM_CHIP_JUMP, "high", 0, (uint32_t)(target >> 16 & 0x1FFFF));
    for (int chip = 0; chip < RISCV_CHIPS; chip++)
        for (uint32_t i = 0; i < t->count; i++)
            if (t->tables[i].chip == (uint32_t)chip)
                for (uint64_t k = 0; k < height_of(t, (vm_chip)chip); k++)
                    if (get(t, (vm_chip)chip, "clk", k) > clk)
                        clear_row(t, (vm_chip)chip, k);
    follow_memory(t, &tiny.machine);
    follow_ledger(t);
}

/* −4 + 4 = 0 */
static void jump_to_null(vm_tables *t) { jump_and_stop(t, (uint64_t)-4); }

/* 2^32 − 4 + 4: one bit more than an address has */
static void jump_to_halt(vm_tables *t) { jump_and_stop(t, 0xFFFFFFFC); }

static uint32_t place_of_stop;

static void stops_there(run_part *part)
{
    part->cycles -= 3; /* the exit's instructions */
    part->pc4_last = place_of_stop;
}

static void null_pointer_as_exit(void **state)
{
    (void)state;
    attack a = {&run_subject, jump_to_null, stops_there};
    /* A run that stands at pc 0 is a true one, so nothing fails but the end that it has: it is no exit. */
    place_of_stop = 0;
    test_run run;
    run_part part;
    run_open(&run, &part, &run_subject);
    jump_to_null(&run.tables);
    stops_there(&part);
    if (check_tables(&run, &part) != 0)
        fail_msg("%s", sentences);
    test_run_close(&run);
    proof_refused(&a, PROOF_CHAIN);
    /* To say that this is HALT does not help. */
    place_of_stop = RISCV_HALT;
    refused(&a, on_bus(BUS_EXEC), PROOF_BUS);
    a.change = jump_to_halt;
    refused(&a, "jump row 0 looks up what RANGE does not have: 16 65536", PROOF_BUS);
}

/* ---- the loader ----------------------------------------------------------------------------------- */

static status load_text_at(uint64_t address, const uint32_t *words, uint32_t count, const char **reason)
{
    uint8_t *text = ARENA_NEW(&memory, uint8_t, 4 * count);
    for (uint32_t i = 0; i < count; i++)
        put_number(text + 4 * i, words[i], 4);
    riscv_program program;
    elf_segment segment = {5, address, {text, 4 * (size_t)count}};
    return riscv_program_load(&program, &memory, reason, elf_of(&memory, address, &segment, 1));
}

static void code_that_reaches_halt(void **state)
{
    (void)state;
    const char *reason = "";
    uint32_t nop = assemble(OP_ADDI, 1, 1, 0, 0);
    assert_status(load_text_at(MAP_TEXT_BASE, &nop, 1, &reason), OK);
    assert_status(load_text_at(MAP_TEXT_END - 4, &nop, 1, &reason), OK);
    assert_status(load_text_at(UINT64_C(0xFFFFFFFC), &nop, 1, &reason), ELF_MALFORMED);
    assert_status(load_text_at(MAP_TEXT_END, &nop, 1, &reason), ELF_MALFORMED);
    assert_status(load_text_at(UINT64_C(1) << 32, &nop, 1, &reason), ELF_MALFORMED);
    /* Whatever stands at whatever address, no target is HALT. */
    for (uint32_t k = 1; k <= 4; k++) {
        uint32_t pc4 = RISCV_HALT - k;
        assert_int_equal(riscv_decode(pc4, assemble(OP_BEQ, 0, 1, 1, (int32_t)(4 * k))).target4,
                         RISCV_NOWHERE);
        assert_int_equal(riscv_decode(pc4, assemble(OP_JAL, 0, 0, 0, (int32_t)(4 * k))).target4,
                         RISCV_NOWHERE);
    }
    assert_int_equal(riscv_decode(0, assemble(OP_JAL, 0, 0, 0, -4)).target4, RISCV_NOWHERE);
    assert_int_equal(riscv_decode(100, assemble(OP_BEQ, 0, 1, 1, 6)).target4, RISCV_NOWHERE);
    vm_tables *t = &run_subject.program.preprocessed;
    for (uint64_t row = 0; row < height_of(t, VM_CHIP_PROGRAM); row++)
        assert_true(get(t, VM_CHIP_PROGRAM, "target4", row) != RISCV_HALT);
    /* Text that no ELF was loaded from, with a branch to the exit, is another program; with one to HALT it
     * is not even made a table of. */
    riscv_instruction *forged = ARENA_NEW(&memory, riscv_instruction, code.count);
    memcpy(forged, code.instructions, code.count * sizeof *forged);
    for (uint32_t i = 0; i < code.count; i++)
        if (forged[i].kind == RISCV_BRANCH_EQUAL)
            forged[i].target4 = TEST_BASE + code.count - 3;
    riscv_program program = run_subject.program.program;
    program.instructions = forged;
    vm_tables preprocessed;
    vm_preprocess(&preprocessed, &memory, &program, VM_POWERS_OF_TWO);
    run_proof *proof = proof_copy(&honest);
    (void)proof_setup(&proof->key.proof, &memory, &tiny.machine, &tiny.parameters, preprocessed.tables, preprocessed.count);
    assert_status(verify_run(&run_subject.program, proof), PROOF_PROGRAM);
}

static void overlapping_segments(void **state)
{
    (void)state;
    uint8_t text[16], data[64] = {0};
    for (int i = 0; i < 4; i++)
        put_number(text + 4 * i, assemble(OP_ADDI, 1, 1, 0, i), 4);
    elf_segment segments[2] = {{5, MAP_TEXT_BASE, {text, 16}}, {5, MAP_TEXT_BASE, {text, 16}}};
    riscv_program program;
    const char *reason = "";
    for (uint64_t shift = 0; shift < 16; shift += 4) {
        segments[1].address = MAP_TEXT_BASE + shift;
        assert_status(riscv_program_load(&program, &memory, &reason,
                                         elf_of(&memory, MAP_TEXT_BASE, segments, 2)),
                      ELF_MALFORMED);
        assert_string_equal(reason, "segments overlap");
    }
    segments[1].address = MAP_TEXT_BASE + 16; /* no overlap, but then there are two texts */
    assert_status(riscv_program_load(&program, &memory, &reason, elf_of(&memory, MAP_TEXT_BASE, segments, 2)),
                  ELF_MALFORMED);
    segments[1] = (elf_segment){4, MAP_TEXT_BASE + 12, {data, 64}};
    assert_status(riscv_program_load(&program, &memory, &reason, elf_of(&memory, MAP_TEXT_BASE, segments, 2)),
                  ELF_MALFORMED);
    elf_segment images[3] = {segments[0], {4, MAP_IMAGE_BASE, {data, 64}},
                             {4, MAP_IMAGE_BASE + 63, {data, 64}}};
    assert_status(riscv_program_load(&program, &memory, &reason, elf_of(&memory, MAP_TEXT_BASE, images, 3)),
                  ELF_MALFORMED);
    assert_string_equal(reason, "segments overlap");
    images[2].address = MAP_IMAGE_BASE + 64; /* the control */
    assert_status(riscv_program_load(&program, &memory, &reason, elf_of(&memory, MAP_TEXT_BASE, images, 3)),
                  OK);
    vm_tables *t = &run_subject.program.preprocessed;
    for (uint64_t row = 1; row < code.count; row++)
        assert_true(get(t, VM_CHIP_PROGRAM, "pc4", row) > get(t, VM_CHIP_PROGRAM, "pc4", row - 1));
}

/* ---- challenges ----------------------------------------------------------------------------------- */

static void list_decoding(void **state)
{
    (void)state;
    /* The bound of the queries is the one of unique decoding, (1 − (1 − ρ)/2)^t, whatever N is. */
    static const struct {
        double rate;
        uint32_t queries;
    } rounds[] = {{1.0 / 2, 268}, {1.0 / 4, 164}, {1.0 / 8, 134}};
    static accounting a;
    accounting_make(&a, &tiny.machine, &PROOF_FULL);
    unsigned found = 0;
    for (uint32_t i = 0; i < a.count; i++)
        if (strncmp(a.rounds[i].name, "queries ", 8) == 0) {
            double expected = -log2(1 - (1 - rounds[found].rate) / 2) * rounds[found].queries;
            assert_true(fabs(a.rounds[i].error_bits - expected) < 1e-9);
            assert_true(a.rounds[i].bits >= 131);
            found++;
        }
    assert_int_equal(found, 3);
    assert_true(a.sum_bits >= 128.7 && a.overall_bits >= 123.9);
    accounting_make(&a, &tiny.machine, &tiny.parameters);
    assert_true(a.sum_bits < 16);
}

static bus_challenge shared_of(const run_proof *proof)
{
    transcript t;
    shared_transcript(&t, &tiny, &run_subject.program.id, proof);
    assert_true(transcript_check_nonce(&t, proof->shared_nonce, tiny.parameters.shared_grinding_bits));
    return run_squeeze_shared(&t);
}

static fp first_squeeze(const run_part *part, const bus_challenge *in_statement)
{
    proof_claim claim;
    fp statement[RUN_STATEMENT];
    run_part_claim(&claim, statement, &tiny, &run_subject.program.id, in_statement, 1, 1, part);
    transcript t;
    transcript_start(&t);
    proof_absorb_claim(&t, &tiny.machine, &run_subject.program.key.proof, &claim);
    return transcript_squeeze(&t);
}

static void shared_challenge_not_absorbed(void **state)
{
    (void)state;
    bus_challenge shared = shared_of(&honest), other = shared;
    proof_outcome outcome;
    const run_part *part = &honest.parts[0];
    boundary_record record;
    assert_status(run_verify_part(&outcome, &record, &tiny, &run_subject.program.id, &honest.key, &shared, 1, 1, part,
                                  tree_check, &scratch), OK);
    assert_memory_equal(&record, &honest.records[0], sizeof record);
    for (int i = 0; i < 10; i++) {
        other = shared;
        fp *element = i < 5 ? &other.alpha.c[i] : &other.gamma.c[i - 5];
        *element = fp_add(*element, FP_ONE);
        status s = run_verify_part(&outcome, &record, &tiny, &run_subject.program.id, &honest.key, &other, 1, 1, part,
                                   tree_check, &scratch);
        assert_true(s == PROOF_GRINDING || s == PROOF_BUS);
        /* The part's own challenges depend on every element of it. */
        assert_true(first_squeeze(part, &other) != first_squeeze(part, &shared));
    }
}

/* χ depends on every record, on N, K, the output, the program and the machine; and its nonce counts. */
static void shared_challenge_covers_the_run(void **state)
{
    (void)state;
    for (int change = 0; change < 8; change++) {
        run_proof *proof = proof_copy(&split);
        boundary_record *record = record_of(proof, 1 + change % 3);
        switch (change) {
        case 0: record->root.c[7] = fp_add(record->root.c[7], FP_ONE); break;
        case 1: record->memory_rows ^= 1; break;
        case 2: record->ledger_rows ^= 1; break;
        case 3: record->root.c[0] = fp_add(record->root.c[0], FP_ONE); break;
        case 4: proof->output = text_bytes("what is not proven"); break;
        case 5: proof->shared_nonce = fp_add(proof->shared_nonce, FP_ONE); break;
        case 6: record->kind = VM_BOTH; break;
        case 7: { /* two records change places */
            boundary_record first = proof->records[0];
            *record_of(proof, 0) = proof->records[1];
            *record_of(proof, 1) = first;
            break;
        }
        }
        status s = verify_run(&run_subject.program, proof);
        if (s != PROOF_GRINDING && s != PROOF_SHAPE && s != PROOF_BUS)
            fail_msg("change %d: %s", change, status_name(s));
    }
}

/* ---- zero denominators ---------------------------------------------------------------------------- */

static void zero_denominators(void **state)
{
    (void)state;
    /* Of the tables: gkr_test.c, proof_test.c. The verifier's own terms refuse a zero; γ stands in every fingerprint with
     * coefficient 1. */
    static const fp5 shift = {{1, 2, 3, 4, 5}};
    bus_challenge c = shared_of(&honest);
    uint32_t message[] = {3, 5, 7, 11, 13};
    fp5 term, moved;
    assert_true(vm_message_term(&term, &c, BUS_OUTPUT, message, 5));
    fp5 fingerprint = fp5_inverse(term);
    bus_challenge d = c;
    d.gamma = fp5_add(c.gamma, shift);
    assert_true(vm_message_term(&moved, &d, BUS_OUTPUT, message, 5));
    assert_true(fp5_equal(fp5_sub(fp5_inverse(moved), fingerprint), shift));
    d.gamma = fp5_sub(c.gamma, fingerprint);
    assert_false(vm_message_term(&term, &d, BUS_OUTPUT, message, 5));
    fp5 first;
    assert_true(vm_message_term(&first, &c, BUS_EXEC, (uint32_t[]){9, 0}, 2));
    d = c;
    d.gamma = fp5_sub(c.gamma, fp5_inverse(first));
    assert_false(vm_execution_terms(&term, &d, 9, 10, 4));
    assert_false(vm_execution_terms(&term, &d, 10, 9, 0));
    assert_true(vm_execution_terms(&term, &d, 9, 10, 4) == false && vm_execution_terms(&term, &c, 9, 10, 4));
    assert_true(vm_message_term(&first, &c, BUS_ORDER, (uint32_t[]){9}, 1));
    d.gamma = fp5_sub(c.gamma, fp5_inverse(first));
    assert_false(vm_order_terms(&term, &d, fp_from_u32(9), fp_from_u32(10)));
    assert_false(vm_order_terms(&term, &d, vm_first_key_before(), fp_from_u32(9)));
    assert_true(vm_order_terms(&term, &c, vm_first_key_before(), fp_from_u32(9)));
    hash256 output = {{0}};
    assert_true(vm_message_term(&first, &c, BUS_OUTPUT, (uint32_t[]){2, 0, 0, 0, 0}, 5));
    d.gamma = fp5_sub(c.gamma, fp5_inverse(first));
    assert_false(vm_output_terms(&term, &d, &output));
}

/* ---- shapes, kinds, parameters -------------------------------------------------------------------- */

static void tables_of_another_kind(void **state)
{
    (void)state;
    const prover_program *p = &run_subject.program;
    /* Every chip that a kind forbids is refused, and every one that it demands is missed; a chip has one
     * place in a shape, so it cannot stand there twice. */
    for (uint32_t i = 0; i < split.part_count; i++)
        for (uint32_t chip = 0; chip < VM_CHIPS; chip++) {
            vm_kind kind = (vm_kind)split.parts[i].kind;
            vm_presence presence = vm_chip_presence(kind, (vm_chip)chip);
            run_proof *proof = proof_copy(&split);
            uint32_t *rows = &part_of(proof, i)->rows[chip];
            bool was_there = *rows != 0;
            assert_true(presence != VM_FORBIDDEN || !was_there);
            assert_true(presence != VM_MANDATORY || was_there);
            uint32_t fixed_rows = p->key.proof.rows[chip]; /* of a table that the key knows */
            *rows = was_there ? 0 : fixed_rows != 0 ? fixed_rows : 64;
            uint32_t bad_part;
            status s = verify_for(p, proof, &bad_part);
            assert_int_equal(bad_part, i + 1);
            if (presence == VM_OPTIONAL)
                assert_status(s, PROOF_MALFORMED); /* allowed, but not the proof that is there */
            else
                assert_status(s, PROOF_SHAPE);
            fixture_clear(NULL);
        }
    assert_int_equal(vm_chip_presence(VM_SEGMENT, VM_CHIP_LEDGER), VM_FORBIDDEN);
    assert_int_equal(vm_chip_presence(VM_SEGMENT, VM_CHIP_MEMORY), VM_MANDATORY);
    assert_int_equal(vm_chip_presence(VM_LEDGER, VM_CHIP_LEDGER), VM_MANDATORY);
    assert_int_equal(vm_chip_presence(VM_LEDGER, VM_CHIP_MEMORY), VM_FORBIDDEN);
    /* Preprocessed tables are as high as the key says. */
    static const vm_chip fixed[] = {VM_CHIP_PROGRAM, VM_CHIP_RANGE, VM_CHIP_BYTE, VM_CHIP_SMALL,
                                    VM_CHIP_IMAGE,
                                    VM_CHIP_REGION};
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
        run_proof *proof = proof_copy(&honest);
        part_of(proof, 0)->rows[fixed[i]] *= 2;
        assert_status(verify_run(p, proof), PROOF_SHAPE);
        proof->key.proof.rows[fixed[i]] *= 2; /* and the key is the program's */
        assert_status(verify_run(p, proof), PROOF_PROGRAM);
    }
    /* The heights that χ was drawn from are those of the proof. */
    for (int i = 0; i < 2; i++) {
        run_proof *proof = proof_copy(&honest);
        part_of(proof, 0)->rows[i == 0 ? VM_CHIP_MEMORY : VM_CHIP_LEDGER] += 1;
        assert_status(verify_run(p, proof), PROOF_SHAPE);
    }
    /* One proof for everything is for a run of one part alone. */
    run_proof *proof = proof_copy(&honest);
    proof->segment_count = 2;
    status s = verify_run(p, proof);
    assert_true(s == PROOF_SHAPE || s == PROOF_GRINDING);
    uint32_t no_rows[STARK_MAX_CHIPS] = {0};
    assert_status(vm_check_presence((vm_kind)0, no_rows), OK); /* no kind at all: not by this check … */
    proof = proof_copy(&honest);
    part_of(proof, 0)->kind = record_of(proof, 0)->kind = 0; /* … but by the chain's */
    assert_true(verify_run(p, proof) != OK);
}

static void weak_parameters(void **state)
{
    (void)state;
    verifier *full = ARENA_NEW(&memory, verifier, 1);
    verifier_open(full, &memory, &PROOF_FULL);
    assert_false(digest_equal(&full->machine_id, &tiny.machine_id));
    run_statement statement;
    digest full_id, tiny_id = run_subject.program.id;
    program_id(&full_id, full, &honest.key);
    assert_false(digest_equal(&full_id, &tiny_id));
    /* Who expects the program at full parameters does not get there … */
    assert_status(run_verify(&statement, NULL, full, &tiny_id, &honest, &scratch), PROOF_PROGRAM);
    /* … nor does the nonce of χ, drawn with too little work, nor the length of what few queries need. */
    run_proof *proof = proof_copy(&honest);
    assert_status(run_verify(&statement, NULL, full, &full_id, proof, &scratch), PROOF_GRINDING);
    transcript t;
    shared_transcript(&t, full, &full_id, proof);
    proof->shared_nonce = transcript_grind(&t, PROOF_FULL.shared_grinding_bits);
    assert_status(run_verify(&statement, NULL, full, &full_id, proof, &scratch), PROOF_MALFORMED);
}

/* ---- runs ----------------------------------------------------------------------------------------- */

/* There is no join yet; what a span of a run's parts would be is refused as a run. */
static void span_shown_as_run(void **state)
{
    (void)state;
    const prover_program *p = &run_subject.program;
    for (uint32_t first = 0; first < split.part_count; first++)
        for (uint32_t last = first; last < split.part_count; last++) {
            run_proof *proof = proof_copy(&split);
            uint32_t segments = 0, ledgers = 0;
            for (uint32_t i = first; i <= last; i++) {
                *record_of(proof, i - first) = split.records[i];
                *part_of(proof, i - first) = split.parts[i];
                segments += split.parts[i].kind == VM_SEGMENT;
                ledgers += split.parts[i].kind == VM_LEDGER;
            }
            proof->part_count = segments + ledgers;
            bool whole = proof->part_count == split.part_count;
            status as_it_was = verify_run(p, proof);
            proof->segment_count = segments;
            proof->ledger_count = ledgers;
            status as_a_run = verify_run(p, proof);
            if (whole)
                assert_status(as_a_run, OK);
            else
                assert_true(as_it_was == PROOF_SHAPE && (as_a_run == PROOF_CHAIN || as_a_run == PROOF_SHAPE ||
                                                         as_a_run == PROOF_GRINDING || as_a_run == PROOF_BUS));
        }
}

static void hostile_program_id(void **state)
{
    (void)state;
    uint8_t id[PROGRAM_ID_BYTES];
    digest read;
    program_id_write(id, &run_subject.program.id);
    assert_status(program_id_read(&read, id), OK);
    assert_true(digest_equal(&read, &run_subject.program.id));
    for (int i = 0; i < DIGEST_LENGTH; i++) {
        uint8_t other[PROGRAM_ID_BYTES];
        memcpy(other, id, sizeof id);
        uint64_t word = fp_to_u32(run_subject.program.id.c[i]) + (uint64_t)FP_MODULUS;
        if (word <= UINT32_MAX) { /* the same element, written in another way */
            put_number(other + 4 * i, word, 4);
            assert_status(program_id_read(&read, other), INPUT_MALFORMED);
        }
        put_number(other + 4 * i, FP_MODULUS, 4);
        assert_status(program_id_read(&read, other), INPUT_MALFORMED);
        put_number(other + 4 * i, UINT32_MAX, 4);
        assert_status(program_id_read(&read, other), INPUT_MALFORMED);
        put_number(other + 4 * i, FP_MODULUS - 1, 4);
        assert_status(program_id_read(&read, other), OK);
    }
    /* The id covers the entry, all rows and roots of the key. */
    for (int change = 0; change < 4; change++) {
        run_proof *proof = proof_copy(&honest);
        switch (change) {
        case 0: proof->key.entry_pc4++; break;
        case 1: proof->key.entry_pc4 += FP_MODULUS; break; /* the same element: but no pc */
        case 2: proof->key.proof.rows[VM_CHIP_PROGRAM]++; break;
        case 3: proof->key.proof.root[1].c[7] = fp_add(proof->key.proof.root[1].c[7], FP_ONE); break;
        }
        assert_status(verify_run(&run_subject.program, proof), change == 1 ? PROOF_CHAIN : PROOF_PROGRAM);
    }
}

/* ---- free words ----------------------------------------------------------------------------------- */

static uint32_t changed_space, changed_word;

static void change_initial(vm_tables *t)
{
    uint64_t at = ledger_row(t, changed_space, changed_word);
    set(t, VM_CHIP_LEDGER, "initial[0]", at, get(t, VM_CHIP_LEDGER, "initial[0]", at) ^ 1);
    uint64_t row = memory_row(t, changed_space, changed_word);
    set(t, VM_CHIP_MEMORY, "initial[0]", row, get(t, VM_CHIP_MEMORY, "initial[0]", row) ^ 1);
}

static void input_word_too_large(vm_tables *t)
{
    uint64_t at = ledger_row(t, 0, TARGET_W);
    set(t, VM_CHIP_LEDGER, "initial[3]", at, 0x10000);
}

static void add_input_word(vm_tables *t)
{
    uint64_t at = ledger_row(t, 0, TARGET_W) + 1;
    ledger_insert(t, at);
    ledger_untouched(t, at, 0, (TARGET_W + 1) >> 16, (TARGET_W + 1) & 0xFFFF, "is_input");
    set_limbs(t, VM_CHIP_LEDGER, "initial", at, 0xFEDCBA9876543210);
    set_limbs(t, VM_CHIP_LEDGER, "final", at, 0xFEDCBA9876543210);
}

static void words_that_are_not_input(void **state)
{
    (void)state;
    static const struct {
        uint32_t space, word;
        const char *reason;
    } words[] = {
        {0, HEAP_W, "\"it starts as zero\""},
        {0, OUTPUT_W, "\"it starts as zero\""},
        {1, 5, "\"it starts as zero\""},
        {1, 0, "\"it starts as zero\""},
        {0, IMAGE_W + 2, "looks up what IMAGE does not have"},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        changed_space = words[i].space;
        changed_word = words[i].word;
        check_says(&(attack){&run_subject, change_initial, NULL}, words[i].reason);
    }
    check_says(&(attack){&run_subject, input_word_too_large, NULL},
               "looks up what RANGE does not have: 16 65536");
    /* The control: an input word may hold anything. */
    test_run run;
    run_part part;
    run_open(&run, &part, &run_subject);
    add_input_word(&run.tables);
    if (check_tables(&run, &part) != 0)
        fail_msg("%s", sentences);
    test_run_close(&run);
}

/* The length that the runtime reads is an input word like any other, so it may say anything: none of these
 * runs comes to a good end. */
static void hostile_length(void **state)
{
    (void)state;
    static const uint64_t lengths[] = {MAP_INPUT_END - MAP_INPUT_BASE - 7, MAP_INPUT_END - MAP_INPUT_BASE,
                                       1u << 31,
                                       UINT64_C(1) << 32, UINT64_C(1) << 63, UINT64_MAX, UINT64_MAX - 7};
    static const char *const programs[] = {"fibonacci", "runtime_check"};
    for (int k = 0; k < 2; k++) {
        riscv_program program;
        const char *reason = "";
        assert_status(riscv_program_load(&program, &memory, &reason, guest_elf(&memory, programs[k])), OK);
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
            riscv_machine machine;
            assert_status(riscv_open(&machine, &program, text_bytes("12345678")), OK);
            memcpy(machine.memory + MAP_INPUT_BASE, &lengths[i], 8);
            assert_status(riscv_run(&machine, 0), GUEST_FAULT);
            riscv_close(&machine);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_honest_run_is_accepted, fixture_clear), /* first: others attack its proofs */
        cmocka_unit_test_teardown(look_ups_that_wrap_around_p, fixture_clear),
        cmocka_unit_test_teardown(shared_messages_are_counted, fixture_clear),
        cmocka_unit_test_teardown(columns_chosen_after_the_shared_challenge, fixture_clear),
        cmocka_unit_test_teardown(zero_row_not_inert, fixture_clear),
        cmocka_unit_test_teardown(empty_ledger_part, fixture_clear),
        cmocka_unit_test_teardown(word_listed_twice, fixture_clear),
        cmocka_unit_test_teardown(block_cut_off, fixture_clear),
        cmocka_unit_test_teardown(ring_of_steps, fixture_clear),
        cmocka_unit_test_teardown(operand_not_of_the_call, fixture_clear),
        cmocka_unit_test_teardown(count_beyond_p, fixture_clear),
        cmocka_unit_test_teardown(refresh_climbs_around_p, fixture_clear),
        cmocka_unit_test_teardown(block_zero_mapped_by_padding, fixture_clear),
        cmocka_unit_test_teardown(shift_by_padding, fixture_clear),
        cmocka_unit_test_teardown(output_in_a_padding_row, fixture_clear),
        cmocka_unit_test_teardown(code_that_reaches_halt, fixture_clear),
        cmocka_unit_test_teardown(list_decoding, fixture_clear),
        cmocka_unit_test_teardown(shared_challenge_not_absorbed, fixture_clear),
        cmocka_unit_test_teardown(shared_challenge_covers_the_run, fixture_clear),
        cmocka_unit_test_teardown(null_pointer_as_exit, fixture_clear),
        cmocka_unit_test_teardown(word_with_the_key_of_x0, fixture_clear),
        cmocka_unit_test_teardown(reversed_bytes_that_are_none, fixture_clear),
        cmocka_unit_test_teardown(straddle_denied, fixture_clear),
        cmocka_unit_test_teardown(padding_hides_a_duplicate, fixture_clear),
        cmocka_unit_test_teardown(ring_of_keys, fixture_clear),
        cmocka_unit_test_teardown(gap_between_parts, fixture_clear),
        cmocka_unit_test_teardown(address_beyond_memory, fixture_clear),
        cmocka_unit_test_teardown(image_word_as_zero_or_input, fixture_clear),
        cmocka_unit_test_teardown(store_to_read_only_memory, fixture_clear),
        cmocka_unit_test_teardown(program_padding_executed, fixture_clear),
        cmocka_unit_test_teardown(accelerator_without_a_call, fixture_clear),
        cmocka_unit_test_teardown(accelerator_output_not_canonical, fixture_clear),
        cmocka_unit_test_teardown(calls_that_swap_states, fixture_clear),
        cmocka_unit_test_teardown(pc_limbs_not_of_the_program, fixture_clear),
        cmocka_unit_test_teardown(overlapping_segments, fixture_clear),
        cmocka_unit_test_teardown(zero_denominators, fixture_clear),
        cmocka_unit_test_teardown(tables_of_another_kind, fixture_clear),
        cmocka_unit_test_teardown(weak_parameters, fixture_clear),
        cmocka_unit_test_teardown(span_shown_as_run, fixture_clear),
        cmocka_unit_test_teardown(hostile_program_id, fixture_clear),
        cmocka_unit_test_teardown(words_that_are_not_input, fixture_clear),
        cmocka_unit_test_teardown(hostile_length, fixture_clear),
    };
    return cmocka_run_group_tests_name("attacks", tests, open_run, close_run);
}
