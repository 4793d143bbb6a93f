/* For tests: small programs, run, recorded and filled into tables. */
#ifndef ASHLAR_VM_RUN_TEST_H
#define ASHLAR_VM_RUN_TEST_H

#include <stdarg.h>
#include <stdio.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include "riscv/assemble_test.h"
#include "vm/parameters_test.h"
#include "vm/trace.h"

enum { TEST_BASE = MAP_TEXT_BASE / 4, TEST_CODE_MAX = 8192 };

typedef struct {
    uint32_t count;
    riscv_instruction instructions[TEST_CODE_MAX];
    riscv_program program;
    vm_heights heights;
    bool writes_anywhere; /* executed by a machine in which all that can be read can be written */
} test_code;

static inline void test_op(test_code *c, test_operation operation, uint32_t rd, uint32_t rs1, uint32_t rs2,
                           int32_t immediate)
{
    assert_true(c->count < TEST_CODE_MAX);
    uint32_t pc4 = TEST_BASE + c->count;
    c->instructions[c->count++] = riscv_decode(pc4, assemble(operation, rd, rs1, rs2, immediate));
}

/* rd = value */
static inline void test_load(test_code *c, uint32_t rd, uint64_t value)
{
    int64_t low = (int64_t)(value << 52) >> 52;
    if ((int64_t)value == low) {
        test_op(c, OP_ADDI, rd, 0, 0, (int32_t)low);
        return;
    }
    test_load(c, rd, (uint64_t)((int64_t)(value - (uint64_t)low) >> 12));
    test_op(c, OP_SLLI, rd, rd, 0, 12);
    if (low != 0)
        test_op(c, OP_ADDI, rd, rd, 0, (int32_t)low);
}

static inline void test_exit(test_code *c)
{
    test_op(c, OP_ADDI, 17, 0, 0, CALL_EXIT);
    test_op(c, OP_ADDI, 10, 0, 0, 0);
    test_op(c, OP_ECALL, 0, 0, 0, 0);
}

/* A program run, traced and filled; close it. `image` may be NULL. */
typedef struct {
    arena memory;
    riscv_machine machine;
    stark_machine chips;
    riscv_segment *segments;
    uint32_t segment_count;
    riscv_ledger_row *ledger;
    uint32_t ledger_count;
    vm_tables preprocessed;
    vm_source source;
    vm_tables tables;
    proof_claim *claim;
    hash256 output;
    vm_heights heights;
    bool writes_anywhere;
} test_run;

static inline void test_run_fill_from(test_run *run, vm_kind kind, const riscv_segment *segment,
                                      const riscv_trace_data *trace, fp key_before)
{
    run->source = (vm_source){
        .kind = kind,
        .heights = run->heights,
        .program = run->machine.program,
        .segment = segment,
        .trace = trace,
        .ledger = run->ledger,
        .ledger_count = run->ledger_count,
        .key_before = key_before,
    };
    uint64_t missing = vm_fill(&run->tables, &run->memory, &run->chips, &run->source, &run->preprocessed);
    assert_true(missing == 0 || run->writes_anywhere);
    run->claim = ARENA_NEW(&run->memory, proof_claim, 1);
    vm_public values = vm_source_public(&run->source);
    vm_claim(run->claim, &run->tables, &values);
}

/* Fills the tables of a segment, or of the whole ledger, or both. */
static inline void test_run_fill(test_run *run, vm_kind kind, const riscv_segment *segment,
                                 const riscv_trace_data *trace)
{
    test_run_fill_from(run, kind, segment, trace, vm_first_key_before());
}

/* Fills a part of the ledger, which run->ledger has been set to. */
static inline void test_run_fill_part(test_run *run, fp key_before)
{
    test_run_fill_from(run, VM_LEDGER, NULL, NULL, key_before);
}

static inline void test_machine_open(riscv_machine *machine, const test_code *c, bytes input)
{
    assert_int_equal(riscv_open(machine, &c->program, input), OK);
    uint8_t writable = machine->block_access[MAP_HEAP_BASE >> MAP_BLOCK_LOG2];
    for (uint32_t block = 0; c->writes_anywhere && block < MAP_WRITABLE_BASE >> MAP_BLOCK_LOG2; block++)
        if (machine->block_access[block] != 0)
            machine->block_access[block] = writable;
}

static inline void test_run_record(test_run *run, test_code *c, const uint64_t *image, bytes input,
                                   const riscv_limits *limits)
{
    c->program = (riscv_program){
        .entry_pc4 = TEST_BASE,
        .instructions = c->instructions,
        .instruction_count = c->count,
        .image_words = image,
        .image_blocks = image != NULL,
    };
    *run = (test_run){.heights = c->heights, .writes_anywhere = c->writes_anywhere};
    arena_open(&run->memory, (size_t)4 << 30);
    vm_machine_open(&run->chips, &run->memory);
    test_machine_open(&run->machine, c, input);
    run->segments = ARENA_NEW(&run->memory, riscv_segment, 256);
    do {
        riscv_segment *segment = &run->segments[run->segment_count++];
        assert_true(run->segment_count < 256);
        status s = riscv_record(&run->machine, segment, &run->memory, limits);
        if (s != OK)
            print_error("%s at pc4 %x\n", riscv_fault_message(run->machine.fault), run->machine.pc4);
        assert_int_equal(s, OK);
    } while (run->machine.pc4 != RISCV_HALT);
    riscv_ledger(&run->ledger, &run->ledger_count, &run->memory, &c->program, run->segments,
                 run->segment_count);
    run->output = riscv_output(&run->machine);
    riscv_close(&run->machine);
    test_machine_open(&run->machine, c, input);
    vm_preprocess(&run->preprocessed, &run->memory, &c->program, c->heights);
}

static inline void test_run_open(test_run *run, test_code *c, const uint64_t *image, bytes input)
{
    test_run_record(run, c, image, input,
                    &(riscv_limits){.cycles = 1u << 20, .words = 1u << 22, .call_words = 1u << 20});
    assert_int_equal(run->segment_count, 1);
    riscv_trace_data *trace = ARENA_NEW(&run->memory, riscv_trace_data, 1);
    riscv_trace(&run->machine, trace, &run->memory, &run->segments[0]);
    test_run_fill(run, VM_BOTH, &run->segments[0], trace);
}

static inline void test_run_close(test_run *run)
{
    riscv_close(&run->machine);
    arena_close(&run->memory);
}

static inline void test_print(void *context, uint32_t chip, const char *sentence)
{
    (void)context;
    print_error("%s: %s\n", chip < VM_CHIPS ? vm_airs[chip]->name : "?", sentence);
}

static inline uint64_t test_run_check(test_run *run, stark_report report, void *context)
{
    stark_external_message external[VM_EXTERNAL_MAX];
    uint32_t count = vm_external(external, &run->source, &run->output);
    return stark_check(&run->chips, run->claim, run->tables.tables, run->tables.count, external, count, 20,
                       report, context, &run->memory);
}

#endif
