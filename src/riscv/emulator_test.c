#include "riscv/emulator.h"

#include "base/u256.h"
#include "crypto/keccak.h"
#include "crypto/sha256.h"
#include "field/fp.h"
#include "riscv/assemble_test.h"
#include "riscv/open_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { BASE = MAP_TEXT_BASE / 4, CODE_MAX = 4096 };

typedef struct {
    uint32_t count;
    riscv_instruction instructions[CODE_MAX];
    riscv_program program;
} code;

static void start(code *c) { c->count = 0; }

static void emit(code *c, uint32_t word)
{
    assert_true(c->count < CODE_MAX);
    c->instructions[c->count] = riscv_decode(BASE + c->count, word);
    c->count++;
}

static void op(code *c, test_operation operation, uint32_t rd, uint32_t rs1, uint32_t rs2, int32_t immediate)
{
    emit(c, assemble(operation, rd, rs1, rs2, immediate));
}

/* rd = a 32-bit constant, zero-extended. */
static void load_constant(code *c, uint32_t rd, uint32_t value)
{
    op(c, OP_LUI, rd, 0, 0, (int32_t)((value + 0x800) >> 12));
    op(c, OP_ADDIW, rd, rd, 0, (int32_t)(value << 20) >> 20);
    op(c, OP_SLLI, rd, rd, 0, 32);
    op(c, OP_SRLI, rd, rd, 0, 32);
}

static void exit_zero(code *c)
{
    op(c, OP_ADDI, 17, 0, 0, CALL_EXIT);
    op(c, OP_ADDI, 10, 0, 0, 0);
    op(c, OP_ECALL, 0, 0, 0, 0);
}

static const riscv_program *finish(code *c)
{
    c->program = (riscv_program){.entry_pc4 = BASE, .instructions = c->instructions, .instruction_count =
                                 c->count};
    return &c->program;
}

/* ---- faults --------------------------------------------------------------------------------------- */

static void expect_fault(code *c, riscv_fault fault, uint32_t at)
{
    riscv_machine machine;
    assert_int_equal(riscv_open(&machine, finish(c), (bytes){0}), OK);
    assert_int_equal(riscv_run(&machine, 1000), GUEST_FAULT);
    if (machine.fault != fault)
        print_error("fault: %s\n", riscv_fault_message(machine.fault));
    assert_int_equal(machine.fault, fault);
    assert_int_equal(machine.pc4, at);
    riscv_close(&machine);
}

/* One access of each size around every border of the map. */
static void the_map_is_enforced(void **state)
{
    (void)state;
    static const struct {
        uint64_t first, end;
    } good[] = {{MAP_INPUT_BASE, MAP_INPUT_END},
                {MAP_HEAP_BASE, MAP_HEAP_END},
                {MAP_STACK_BASE, MAP_STACK_END},
                {MAP_OUTPUT_BASE, MAP_OUTPUT_BASE + MAP_OUTPUT_BYTES}};
    static const uint64_t around[] = {0,
                                      MAP_BLOCK_BYTES,
                                      MAP_TEXT_BASE,
                                      MAP_TEXT_BASE + 8,
                                      MAP_IMAGE_BASE,
                                      MAP_INPUT_BASE,
                                      MAP_INPUT_END,
                                      MAP_HEAP_BASE,
                                      MAP_HEAP_END,
                                      MAP_STACK_BASE,
                                      MAP_STACK_END,
                                      MAP_OUTPUT_BASE,
                                      MAP_OUTPUT_BASE + 32,
                                      MAP_OUTPUT_BASE + MAP_BLOCK_BYTES,
                                      UINT64_C(1) << 32,
                                      UINT64_C(1) << 63};
    static const test_operation accesses[] = {OP_LB, OP_LHU, OP_LW, OP_LD, OP_SB, OP_SH, OP_SW, OP_SD};
    for (size_t i = 0; i < sizeof around / sizeof *around; i++)
        for (int delta = -9; delta <= 9; delta++)
            for (size_t k = 0; k < sizeof accesses / sizeof *accesses; k++) {
                uint64_t address = around[i] + (uint64_t)(int64_t)delta, size = UINT64_C(1) << k % 4;
                bool inside = false;
                for (size_t g = 0; g < 4; g++)
                    inside |= address >= good[g].first && address < good[g].end && good[g].end - address >=
                        size;
                code c;
                start(&c);
                op(&c, accesses[k], k < 4 ? 6 : 0, 5, 6, 0);
                exit_zero(&c);
                riscv_machine machine;
                assert_int_equal(riscv_open(&machine, finish(&c), (bytes){0}), OK);
                machine.registers[5] = address;
                bool allowed = inside && (k < 4 || address >= MAP_HEAP_BASE);
                assert_int_equal(riscv_run(&machine, 0), allowed ? OK : GUEST_FAULT);
                if (!allowed) {
                    assert_int_equal(machine.fault, inside ? RISCV_FAULT_WRITE_READ_ONLY
                                                           : RISCV_FAULT_ACCESS_OUTSIDE_MAP);
                    assert_true(machine.fault_address == address);
                    assert_int_equal(machine.pc4, BASE);
                    assert_int_equal(machine.cycles, 0);
                }
                riscv_close(&machine);
            }
}

static void control_flow_faults(void **state)
{
    (void)state;
    code c;
    start(&c);
    emit(&c, 0x00100073); /* ebreak */
    expect_fault(&c, RISCV_FAULT_ILLEGAL_INSTRUCTION, BASE);

    start(&c);
    op(&c, OP_ADDI, 5, 5, 0, 1);
    expect_fault(&c, RISCV_FAULT_PC_OUTSIDE_TEXT, BASE + 1);

    start(&c); /* a null function pointer */
    op(&c, OP_JALR, 1, 0, 0, 0);
    expect_fault(&c, RISCV_FAULT_PC_OUTSIDE_TEXT, BASE);

    start(&c); /* one behind the last instruction */
    op(&c, OP_AUIPC, 5, 0, 0, 0);
    op(&c, OP_JALR, 1, 5, 0, 8);
    expect_fault(&c, RISCV_FAULT_PC_OUTSIDE_TEXT, BASE + 1);

    start(&c); /* HALT is no address that a jump reaches */
    op(&c, OP_ADDI, 5, 0, 0, 1);
    op(&c, OP_SLLI, 5, 5, 0, 32);
    op(&c, OP_JALR, 1, 5, 0, 0);
    expect_fault(&c, RISCV_FAULT_PC_OUTSIDE_TEXT, BASE + 2);

    start(&c);
    op(&c, OP_AUIPC, 5, 0, 0, 0);
    op(&c, OP_JALR, 1, 5, 0, 6);
    expect_fault(&c, RISCV_FAULT_JUMP_MISALIGNED, BASE + 1);

    start(&c); /* bit 0 of the target is cleared */
    op(&c, OP_AUIPC, 5, 0, 0, 0);
    op(&c, OP_JALR, 1, 5, 0, 9);
    emit(&c, 0);
    expect_fault(&c, RISCV_FAULT_ILLEGAL_INSTRUCTION, BASE + 2);

    start(&c);
    op(&c, OP_BEQ, 0, 0, 0, -4);
    expect_fault(&c, RISCV_FAULT_PC_OUTSIDE_TEXT, RISCV_NOWHERE);

    start(&c);
    op(&c, OP_JAL, 1, 0, 0, 6);
    emit(&c, 0);
    emit(&c, 0);
    expect_fault(&c, RISCV_FAULT_PC_OUTSIDE_TEXT, RISCV_NOWHERE);

    start(&c);
    op(&c, OP_ADDI, 17, 0, 0, CALL_EXIT);
    op(&c, OP_ADDI, 10, 0, 0, 1);
    op(&c, OP_ECALL, 0, 0, 0, 0);
    expect_fault(&c, RISCV_FAULT_EXIT_CODE, BASE + 2);

    start(&c); /* 2^32 is not 0 */
    op(&c, OP_ADDI, 17, 0, 0, CALL_EXIT);
    op(&c, OP_ADDI, 10, 0, 0, 1);
    op(&c, OP_SLLI, 10, 10, 0, 32);
    op(&c, OP_ECALL, 0, 0, 0, 0);
    expect_fault(&c, RISCV_FAULT_EXIT_CODE, BASE + 3);

    start(&c);
    op(&c, OP_ECALL, 0, 0, 0, 0);
    expect_fault(&c, RISCV_FAULT_CALL_UNKNOWN, BASE);
}

static void copy_words_is_checked(void **state)
{
    (void)state;
    const uint64_t heap = MAP_HEAP_BASE;
    static const struct {
        uint64_t to, from, n;
        riscv_fault fault;
    } cases[] = {
        {0x40000100, 0x40000000, 4, RISCV_FAULT_NONE},
        {0x40000020, 0x40000000, 4, RISCV_FAULT_NONE}, /* side by side */
        {0x40000000, 0x40000020, 4, RISCV_FAULT_NONE},
        {0x40000018, 0x40000000, 4, RISCV_FAULT_NONE}, /* overlapping */
        {0x40000000, 0x40000018, 4, RISCV_FAULT_NONE},
        {0x40000000, 0x40000000, 1, RISCV_FAULT_NONE},
        {0x40000100, 0x40000000, 0, RISCV_FAULT_CALL_COUNT},
        {0x40000100, 0x40000000, UINT64_C(1) << 32 | 4, RISCV_FAULT_CALL_COUNT},
        {0x40000100, 0x40000000, UINT64_MAX, RISCV_FAULT_CALL_COUNT},
        {0x80000000, 0x40000000, RISCV_CALL_WORDS_MAX / 2, RISCV_FAULT_NONE},
        {0x80000000, 0x40000000, RISCV_CALL_WORDS_MAX / 2 + 1, RISCV_FAULT_CALL_COUNT},
        {0x40000104, 0x40000000, 4, RISCV_FAULT_CALL_MISALIGNED},
        {0x40000100, 0x40000001, 4, RISCV_FAULT_CALL_MISALIGNED},
        {0x3FFFFFF8, 0x40000000, 4, RISCV_FAULT_ACCESS_OUTSIDE_MAP},
        {0x40000100, MAP_HEAP_END - 8, 2, RISCV_FAULT_ACCESS_OUTSIDE_MAP},
        {0x40000100, MAP_HEAP_END - 16, 2, RISCV_FAULT_NONE},
        {0x40000100, MAP_TEXT_BASE, 2, RISCV_FAULT_ACCESS_OUTSIDE_MAP},
        {MAP_OUTPUT_BASE, 0x40000000, 4, RISCV_FAULT_NONE},
        {MAP_OUTPUT_BASE, 0x40000000, 5, RISCV_FAULT_ACCESS_OUTSIDE_MAP},
        {0x40000100, UINT64_C(0x140000000), 2, RISCV_FAULT_ACCESS_OUTSIDE_MAP},
        {0x40000100, 0xFFFFFFF8, 2, RISCV_FAULT_ACCESS_OUTSIDE_MAP},
        {0x40000100, UINT64_MAX - 7, 2, RISCV_FAULT_ACCESS_OUTSIDE_MAP},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        code c;
        start(&c);
        op(&c, OP_ECALL, 0, 0, 0, 0);
        exit_zero(&c);
        riscv_machine machine;
        assert_int_equal(riscv_open(&machine, finish(&c), (bytes){0}), OK);
        for (uint64_t k = 0; k < 64; k++)
            memcpy(machine.memory + heap + 8 * k, &k, 8);
        uint64_t before[4];
        if (cases[i].fault == RISCV_FAULT_NONE)
            memcpy(before, machine.memory + cases[i].from, sizeof before);
        machine.registers[17] = CALL_COPY_WORDS;
        machine.registers[10] = cases[i].to;
        machine.registers[11] = cases[i].from;
        machine.registers[15] = cases[i].n;
        status s = riscv_run(&machine, 0);
        if (machine.fault != cases[i].fault)
            print_error("case %zu: %s\n", i, riscv_fault_message(machine.fault));
        assert_int_equal(machine.fault, cases[i].fault);
        assert_int_equal(s, cases[i].fault == RISCV_FAULT_NONE ? OK : GUEST_FAULT);
        if (s == OK)
            assert_memory_equal(machine.memory + cases[i].to, before, cases[i].n < 4 ? cases[i].n * 8 : 32);
        riscv_close(&machine);
    }
}

static void keccak256_is_checked(void **state)
{
    (void)state;
    enum { DATA = 0x40000000, TAIL = 0x40008000, DIGEST = 0x40009000 };
    static const struct {
        uint64_t digest, data, tail, n;
        riscv_fault fault;
    } cases[] = {
        {DIGEST, DATA, TAIL, 1, RISCV_FAULT_NONE},
        {DIGEST, DATA, TAIL, 2, RISCV_FAULT_NONE},
        {DIGEST, DATA + 5, TAIL, 7, RISCV_FAULT_NONE},
        {DATA + 8, DATA + 1, DATA + 64, 2, RISCV_FAULT_NONE}, /* all over each other */
        {DATA, DATA, DATA, 3, RISCV_FAULT_NONE},
        {DIGEST, 0, TAIL, 1, RISCV_FAULT_NONE}, /* nothing is read there */
        {DIGEST, 0xFFFFFFFF, TAIL, 1, RISCV_FAULT_NONE},
        {DIGEST, UINT64_C(0x100000000), TAIL, 1, RISCV_FAULT_ACCESS_OUTSIDE_MAP},
        {DIGEST, UINT64_MAX, TAIL, 1, RISCV_FAULT_ACCESS_OUTSIDE_MAP},
        {DIGEST, 0, TAIL, 2, RISCV_FAULT_ACCESS_OUTSIDE_MAP},
        {DIGEST, MAP_HEAP_END - 272, TAIL, 3, RISCV_FAULT_NONE},
        {DIGEST, MAP_HEAP_END - 271, TAIL, 3, RISCV_FAULT_ACCESS_OUTSIDE_MAP},
        {DIGEST, MAP_TEXT_BASE, TAIL, 2, RISCV_FAULT_ACCESS_OUTSIDE_MAP},
        {DIGEST, MAP_INPUT_BASE, TAIL, 2, RISCV_FAULT_NONE},
        {DIGEST, DATA, TAIL, 0, RISCV_FAULT_CALL_COUNT},
        {DIGEST, DATA, TAIL, CALL_ITEMS_MAX, RISCV_FAULT_NONE},
        {DIGEST, DATA, TAIL, CALL_ITEMS_MAX + 1, RISCV_FAULT_CALL_COUNT},
        {DIGEST, DATA, TAIL, UINT64_C(1) << 32 | 1, RISCV_FAULT_CALL_COUNT},
        {DIGEST, DATA, TAIL + 4, 1, RISCV_FAULT_CALL_MISALIGNED},
        {DIGEST + 1, DATA, TAIL, 1, RISCV_FAULT_CALL_MISALIGNED},
        {DIGEST, DATA, MAP_HEAP_END - 128, 1, RISCV_FAULT_ACCESS_OUTSIDE_MAP},
        {MAP_INPUT_BASE, DATA, TAIL, 1, RISCV_FAULT_WRITE_READ_ONLY},
        {MAP_HEAP_END - 24, DATA, TAIL, 1, RISCV_FAULT_ACCESS_OUTSIDE_MAP},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        code c;
        start(&c);
        op(&c, OP_ECALL, 0, 0, 0, 0);
        exit_zero(&c);
        riscv_machine machine;
        assert_int_equal(riscv_open(&machine, finish(&c), (bytes){0}), OK);
        uint64_t seed = i;
        for (uint64_t at = DATA; at < DIGEST; at += 8) {
            uint64_t word = test_random(&seed);
            memcpy(machine.memory + at, &word, 8);
        }
        const uint64_t registers[][2] = {{17, CALL_KECCAK256}, {10, cases[i].digest}, {11, cases[i].data},
                                         {12, cases[i].tail},  {15, cases[i].n}};
        for (int k = 0; k < 5; k++)
            machine.registers[registers[k][0]] = registers[k][1];
        hash256 expected;
        if (cases[i].fault == RISCV_FAULT_NONE)
            keccak256_blocks(&expected, machine.memory + cases[i].data, machine.memory + cases[i].tail, cases[i].n);
        status s = riscv_run(&machine, 0);
        if (machine.fault != cases[i].fault)
            print_error("case %zu: %s\n", i, riscv_fault_message(machine.fault));
        assert_int_equal(machine.fault, cases[i].fault);
        assert_int_equal(s, cases[i].fault == RISCV_FAULT_NONE ? OK : GUEST_FAULT);
        if (s == OK) {
            assert_memory_equal(machine.memory + cases[i].digest, expected.bytes, 32);
            assert_int_equal(machine.cycles, cases[i].n + 3);
        }
        riscv_close(&machine);
    }
}

static void sha256_is_checked(void **state)
{
    (void)state;
    enum { DATA = 0x40000000, TAIL = 0x40008000, START = 0x40008800, STATE = 0x40009000 };
    static const struct {
        uint64_t state, data, tail, start, n;
        riscv_fault fault;
    } cases[] = {
        {STATE, DATA, TAIL, START, 1, RISCV_FAULT_NONE},
        {STATE, DATA, TAIL, START, 2, RISCV_FAULT_NONE},
        {STATE, DATA + 5, TAIL, START, 7, RISCV_FAULT_NONE},
        {DATA + 8, DATA + 1, DATA + 64, DATA + 72, 2, RISCV_FAULT_NONE}, /* all over each other */
        {DATA, DATA, DATA, DATA, 3, RISCV_FAULT_NONE},
        {STATE, 0, TAIL, START, 1, RISCV_FAULT_NONE}, /* nothing is read there */
        {STATE, UINT64_C(0x100000000), TAIL, START, 1, RISCV_FAULT_ACCESS_OUTSIDE_MAP},
        {STATE, 0, TAIL, START, 2, RISCV_FAULT_ACCESS_OUTSIDE_MAP},
        {STATE, MAP_HEAP_END - 128, TAIL, START, 3, RISCV_FAULT_NONE},
        {STATE, MAP_HEAP_END - 127, TAIL, START, 3, RISCV_FAULT_ACCESS_OUTSIDE_MAP},
        {STATE, DATA, TAIL, START, 0, RISCV_FAULT_CALL_COUNT},
        {STATE, DATA, TAIL, START, CALL_ITEMS_MAX, RISCV_FAULT_NONE},
        {STATE, DATA, TAIL, START, CALL_ITEMS_MAX + 1, RISCV_FAULT_CALL_COUNT},
        {STATE, DATA, TAIL + 4, START, 1, RISCV_FAULT_CALL_MISALIGNED},
        {STATE, DATA, TAIL, START + 1, 1, RISCV_FAULT_CALL_MISALIGNED},
        {STATE + 1, DATA, TAIL, START, 1, RISCV_FAULT_CALL_MISALIGNED},
        {STATE, DATA, TAIL, MAP_HEAP_END - 24, 1, RISCV_FAULT_ACCESS_OUTSIDE_MAP},
        {MAP_INPUT_BASE, DATA, TAIL, START, 1, RISCV_FAULT_WRITE_READ_ONLY},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        code c;
        start(&c);
        op(&c, OP_ECALL, 0, 0, 0, 0);
        exit_zero(&c);
        riscv_machine machine;
        assert_int_equal(riscv_open(&machine, finish(&c), (bytes){0}), OK);
        uint64_t seed = i;
        for (uint64_t at = DATA; at < STATE; at += 8) {
            uint64_t word = test_random(&seed);
            memcpy(machine.memory + at, &word, 8);
        }
        const uint64_t registers[][2] = {{17, CALL_SHA256},    {10, cases[i].state}, {11, cases[i].data},
                                         {12, cases[i].tail}, {13, cases[i].start}, {15, cases[i].n}};
        for (int k = 0; k < 6; k++)
            machine.registers[registers[k][0]] = registers[k][1];
        hash256 expected;
        if (cases[i].fault == RISCV_FAULT_NONE)
            sha256_blocks(&expected, machine.memory + cases[i].data, machine.memory + cases[i].tail,
                          (const hash256 *)(const void *)(machine.memory + cases[i].start), cases[i].n);
        status s = riscv_run(&machine, 0);
        if (machine.fault != cases[i].fault)
            print_error("case %zu: %s\n", i, riscv_fault_message(machine.fault));
        assert_int_equal(machine.fault, cases[i].fault);
        assert_int_equal(s, cases[i].fault == RISCV_FAULT_NONE ? OK : GUEST_FAULT);
        if (s == OK) {
            assert_memory_equal(machine.memory + cases[i].state, expected.bytes, 32);
            assert_int_equal(machine.cycles, cases[i].n + 3);
        }
        riscv_close(&machine);
    }
}

typedef struct {
    uint64_t registers[6]; /* a0 … a5 */
    riscv_fault fault;
} call_case;

/* A machine that stands before an ECALL, then an exit. */
static void open_before_call(riscv_machine *machine, code *c, uint64_t number, const uint64_t registers[6])
{
    start(c);
    op(c, OP_ECALL, 0, 0, 0, 0);
    exit_zero(c);
    assert_int_equal(riscv_open(machine, finish(c), (bytes){(const uint8_t *)"13 bytes long", 13}), OK);
    machine->registers[17] = number;
    for (int k = 0; k < 6; k++)
        machine->registers[10 + k] = registers[k];
}

static void run_case(riscv_machine *machine, const call_case *expected, size_t index)
{
    status s = riscv_run(machine, 0);
    if (machine->fault != expected->fault)
        print_error("case %zu: %s\n", index, riscv_fault_message(machine->fault));
    assert_int_equal(machine->fault, expected->fault);
    assert_int_equal(s, expected->fault == RISCV_FAULT_NONE ? OK : GUEST_FAULT);
}

static void put(riscv_machine *machine, uint64_t address, const void *data, size_t size)
{
    memcpy(machine->memory + address, data, size);
}

static void muladd_is_checked(void **state)
{
    (void)state;
    enum { BLOCKS = MAP_HEAP_BASE, LIST = BLOCKS + 0x8000, M = MAP_INPUT_BASE + 0x1000, LAST = 0xFFFF };
    static const call_case cases[] = {
        {{BLOCKS, LIST, M, 0, 0, 3}, RISCV_FAULT_NONE},
        {{BLOCKS, LIST, M, 0, 0, 4}, RISCV_FAULT_CALL_REFUSED},
        {{BLOCKS, LIST + 8, M + 8, 0, 0, 1}, RISCV_FAULT_NONE}, /* m = 2^256 */
        {{BLOCKS, LIST + 32, M, 0, 0, 1}, RISCV_FAULT_NONE},    /* the last block that there is */
        {{MAP_HEAP_END - 32 * LAST - 32, LIST + 32, M, 0, 0, 1}, RISCV_FAULT_NONE},
        {{MAP_HEAP_END - 32 * LAST - 24, LIST + 32, M, 0, 0, 1}, RISCV_FAULT_ACCESS_OUTSIDE_MAP},
        {{MAP_HEAP_END, LIST, M, 0, 0, 1}, RISCV_FAULT_ACCESS_OUTSIDE_MAP},
        {{UINT64_C(0xFFFFFFF8), LIST + 32, M, 0, 0, 1}, RISCV_FAULT_ACCESS_OUTSIDE_MAP},
        {{UINT64_C(1) << 32, LIST, M, 0, 0, 1}, RISCV_FAULT_ACCESS_OUTSIDE_MAP},
        {{MAP_INPUT_BASE, LIST, M, 0, 0, 1}, RISCV_FAULT_WRITE_READ_ONLY},
        {{BLOCKS, LIST, M, 0, 0, 0}, RISCV_FAULT_CALL_COUNT},
        {{BLOCKS, LIST + 64, M + 8, 0, 0, CALL_ITEMS_MAX}, RISCV_FAULT_NONE},
        {{BLOCKS, LIST + 64, M + 8, 0, 0, CALL_ITEMS_MAX + 1}, RISCV_FAULT_CALL_COUNT},
        {{BLOCKS + 4, LIST, M, 0, 0, 1}, RISCV_FAULT_CALL_MISALIGNED},
        {{BLOCKS, LIST + 4, M, 0, 0, 1}, RISCV_FAULT_CALL_MISALIGNED},
        {{BLOCKS, LIST, M + 4, 0, 0, 1}, RISCV_FAULT_CALL_MISALIGNED},
        {{BLOCKS, MAP_HEAP_END - 8, M, 0, 0, 2}, RISCV_FAULT_ACCESS_OUTSIDE_MAP},
        {{BLOCKS, LIST, MAP_INPUT_END - 24, 0, 0, 1}, RISCV_FAULT_ACCESS_OUTSIDE_MAP},
    };
    static const uint64_t blocks[4][4] = {{5}, {7}, {11}, {13}};
    static const uint64_t modulus[5] = {10};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        code c;
        riscv_machine machine;
        open_before_call(&machine, &c, CALL_MULADD, cases[i].registers);
        const uint64_t list[5] = {
            call_muladd_item(0, 1, 2, 3),             /* 5·7 + 11 = 46: 6 */
            call_muladd_item(3, 3, 3, 3),             /* 6·6 + 6 = 42: 2 */
            call_muladd_item(3, 1, 0, 4),             /* 2·7 + 5 = 19: 9 */
            call_muladd_item(5, 5, 0, 4),             /* (2^256 − 1)²: the quotient is too large */
            call_muladd_item(LAST, LAST, LAST, LAST), /* 0 */
        };
        put(&machine, BLOCKS, blocks, sizeof blocks);
        memset(machine.memory + BLOCKS + 160, 0xFF, 32);
        put(&machine, LIST, list, sizeof list);
        put(&machine, M, modulus, sizeof modulus);
        run_case(&machine, &cases[i], i);
        if (i == 0) {
            assert_int_equal(riscv_word(&machine, BLOCKS / 8 + 12), 2);
            assert_int_equal(riscv_word(&machine, BLOCKS / 8 + 16), 9);
            assert_int_equal(machine.cycles, 3 + 3);
        } else if (i == 2) {
            assert_int_equal(riscv_word(&machine, BLOCKS / 8 + 12), 13 * 13 + 13);
        }
        riscv_close(&machine);
    }
}

static void muladd_384_is_checked(void **state)
{
    (void)state;
    enum { BLOCKS = MAP_HEAP_BASE, LIST = BLOCKS + 0x8000, M = MAP_INPUT_BASE + 0x1000, LAST = 0xFFFF };
    static const call_case cases[] = {
        {{BLOCKS, LIST, M, 0, 0, 3}, RISCV_FAULT_NONE},
        {{BLOCKS, LIST, M, 0, 0, 4}, RISCV_FAULT_CALL_REFUSED},
        {{BLOCKS, LIST, M + 8, 0, 0, 1}, RISCV_FAULT_CALL_REFUSED}, /* m = 0 */
        {{MAP_HEAP_END - 48 * LAST - 48, LIST + 32, M, 0, 0, 1}, RISCV_FAULT_NONE},
        {{MAP_HEAP_END - 48 * LAST - 40, LIST + 32, M, 0, 0, 1}, RISCV_FAULT_ACCESS_OUTSIDE_MAP},
        {{MAP_HEAP_END, LIST, M, 0, 0, 1}, RISCV_FAULT_ACCESS_OUTSIDE_MAP},
        {{MAP_INPUT_BASE, LIST, M, 0, 0, 1}, RISCV_FAULT_WRITE_READ_ONLY},
        {{BLOCKS, LIST, M, 0, 0, 0}, RISCV_FAULT_CALL_COUNT},
        {{BLOCKS, LIST + 64, M, 0, 0, CALL_ITEMS_MAX + 1}, RISCV_FAULT_CALL_COUNT},
        {{BLOCKS + 4, LIST, M, 0, 0, 1}, RISCV_FAULT_CALL_MISALIGNED},
        {{BLOCKS, LIST, MAP_INPUT_END - 40, 0, 0, 1}, RISCV_FAULT_ACCESS_OUTSIDE_MAP},
    };
    static const uint64_t blocks[4][6] = {{5}, {7}, {11}, {13}};
    static const uint64_t modulus[7] = {10};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        code c;
        riscv_machine machine;
        open_before_call(&machine, &c, CALL_MULADD_384, cases[i].registers);
        const uint64_t list[5] = {
            call_muladd_item(0, 1, 2, 3),             /* 5·7 + 11 = 46: 6 */
            call_muladd_item(3, 3, 3, 3),             /* 6·6 + 6 = 42: 2 */
            call_muladd_item(3, 1, 0, 4),             /* 2·7 + 5 = 19: 9 */
            call_muladd_item(5, 5, 0, 4),             /* (2^384 − 1)²: the quotient is too large */
            call_muladd_item(LAST, LAST, LAST, LAST), /* 0 */
        };
        put(&machine, BLOCKS, blocks, sizeof blocks);
        memset(machine.memory + BLOCKS + 240, 0xFF, 48);
        put(&machine, LIST, list, sizeof list);
        put(&machine, M, modulus, sizeof modulus);
        run_case(&machine, &cases[i], i);
        if (i == 0) {
            assert_int_equal(riscv_word(&machine, BLOCKS / 8 + 18), 2);
            assert_int_equal(riscv_word(&machine, BLOCKS / 8 + 24), 9);
            assert_int_equal(machine.cycles, 3 + 3);
        }
        riscv_close(&machine);
    }
}

static void open_is_checked(void **state)
{
    (void)state;
    enum { WORDS = 9, STRIDE = 18, LEVELS = 2, LEAVES = 3, SUMS = MAP_HEAP_BASE, IN = MAP_INPUT_BASE + 0x1000 };
    typedef struct {
        uint64_t list[1 + LEAVES], leaves[LEAVES * STRIDE], weights[2 * CALL_SUM_WORDS * WORDS];
        uint64_t cap[CALL_DIGEST_WORDS * LEAVES];
    } operands;
    enum {
        LIST = IN + (int)offsetof(operands, list), DATA = IN + (int)offsetof(operands, leaves),
        WEIGHTS = IN + (int)offsetof(operands, weights), CAP = IN + (int)offsetof(operands, cap)
    };
#define REFUSED {{SUMS, DATA, WEIGHTS, CAP, LIST, 1}, RISCV_FAULT_CALL_REFUSED}
    const struct {
        call_case of;
        size_t word; /* of the operands, which has this instead */
        uint64_t value;
    } cases[] = {
        {{{SUMS, DATA, WEIGHTS, CAP, LIST, LEAVES}, RISCV_FAULT_NONE}, 0, 0},
        {{{SUMS, DATA, WEIGHTS, CAP, LIST, 1}, RISCV_FAULT_NONE}, 0, 0},
        {{{SUMS, DATA, WEIGHTS, CAP, LIST, 0}, RISCV_FAULT_CALL_COUNT}, 0, 0},
        {{{SUMS, DATA, WEIGHTS, CAP, LIST, CALL_ITEMS_MAX + 1}, RISCV_FAULT_CALL_COUNT}, 0, 0},
        {{{SUMS + 4, DATA, WEIGHTS, CAP, LIST, 1}, RISCV_FAULT_CALL_MISALIGNED}, 0, 0},
        {{{SUMS, DATA + 4, WEIGHTS, CAP, LIST, 1}, RISCV_FAULT_CALL_MISALIGNED}, 0, 0},
        {{{SUMS, DATA + 8, WEIGHTS, CAP, LIST, 1}, RISCV_FAULT_CALL_REFUSED}, 0, 0},
        {{{SUMS, DATA, WEIGHTS, CAP + 32, LIST, 1}, RISCV_FAULT_CALL_REFUSED}, 0, 0},
        {{{MAP_INPUT_BASE, DATA, WEIGHTS, CAP, LIST, 1}, RISCV_FAULT_WRITE_READ_ONLY}, 0, 0},
        {{{MAP_HEAP_END - 24, DATA, WEIGHTS, CAP, LIST, 2}, RISCV_FAULT_ACCESS_OUTSIDE_MAP}, 0, 0},
        {{{SUMS, MAP_HEAP_END - 8, WEIGHTS, CAP, LIST, 1}, RISCV_FAULT_ACCESS_OUTSIDE_MAP}, 0, 0},
        {{{SUMS, DATA, MAP_HEAP_END - 8, CAP, LIST, 1}, RISCV_FAULT_ACCESS_OUTSIDE_MAP}, 0, 0},
        {{{SUMS, DATA, WEIGHTS, MAP_HEAP_END - 8, LIST, 1}, RISCV_FAULT_ACCESS_OUTSIDE_MAP}, 0, 0},
        {{{SUMS, DATA, WEIGHTS, CAP, MAP_HEAP_END, 1}, RISCV_FAULT_ACCESS_OUTSIDE_MAP}, 0, 0},
        {{{SUMS, DATA, LIST - 8, CAP, LIST, 1}, RISCV_FAULT_CALL_REFUSED}, 0, 0}, /* a list in the weights */
        {REFUSED, 0, call_open_shape(0, STRIDE, LEVELS)},
        {REFUSED, 0, call_open_shape(WORDS + 1, STRIDE, LEVELS)},
        {REFUSED, 0, call_open_shape(CALL_LEAF_WORDS_MAX + 1, STRIDE, LEVELS)},
        {REFUSED, 0, call_open_shape(WORDS, STRIDE, LEVELS - 1)},
        {REFUSED, 0, call_open_shape(WORDS, STRIDE, CALL_PATH_LEVELS_MAX + 1)},
        {REFUSED, 0, call_open_shape(WORDS, STRIDE, LEVELS) | UINT64_C(1) << 48},
        {REFUSED, 1, 3}, /* indices */
        {REFUSED, 1, UINT64_C(1) << 32 | 2},
        {REFUSED, 1, UINT64_C(1) << 18 | 2},
        {REFUSED, 1 + LEAVES, FP_MODULUS}, /* of a leaf, a path, a weight */
        {REFUSED, 1 + LEAVES + WORDS, FP_MODULUS},
        {REFUSED, 1 + LEAVES + LEAVES * STRIDE, FP_MODULUS},
    };
#undef REFUSED
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        code c;
        riscv_machine machine;
        operands in = {{0}, {0}, {0}, {0}};
        open_before_call(&machine, &c, CALL_OPEN, cases[i].of.registers);
        test_open_operands(in.list, in.leaves, in.weights, in.cap, WORDS, STRIDE, LEVELS, LEAVES);
        if (cases[i].value != 0)
            ((uint64_t *)&in)[cases[i].word] = cases[i].value;
        put(&machine, IN, &in, sizeof in);
        run_case(&machine, &cases[i].of, i);
        if (i == 0) {
            uint64_t expected[CALL_SUM_WORDS * LEAVES];
            call_open(expected, in.leaves, in.weights, in.cap, in.list, LEAVES);
            assert_memory_equal(machine.memory + SUMS, expected, sizeof expected);
            assert_int_equal(machine.cycles, 3 + LEAVES);
        }
        riscv_close(&machine);
    }
}

static void multiply_add_is_checked(void **state)
{
    (void)state;
    enum { BLOCKS = MAP_HEAP_BASE, LIST = MAP_INPUT_BASE + 0x1000, LAST = 0xFFFF, BLOCK_BYTES = 24 };
    static const call_case cases[] = {
        {{BLOCKS, LIST, 0, 0, 0, 3}, RISCV_FAULT_NONE},
        {{BLOCKS, LIST + 24, 0, 0, 0, 1}, RISCV_FAULT_CALL_REFUSED}, /* a word that is p */
        {{BLOCKS, LIST, 0, 0, 0, 4}, RISCV_FAULT_CALL_REFUSED},
        {{BLOCKS, LIST + 32, 0, 0, 0, 1}, RISCV_FAULT_NONE}, /* the last block that there is */
        {{MAP_HEAP_END - BLOCK_BYTES * (LAST + 1), LIST + 32, 0, 0, 0, 1}, RISCV_FAULT_NONE},
        {{MAP_HEAP_END - BLOCK_BYTES * LAST, LIST + 32, 0, 0, 0, 1}, RISCV_FAULT_ACCESS_OUTSIDE_MAP},
        {{MAP_INPUT_BASE, LIST, 0, 0, 0, 1}, RISCV_FAULT_WRITE_READ_ONLY},
        {{BLOCKS, LIST, 0, 0, 0, 0}, RISCV_FAULT_CALL_COUNT},
        {{BLOCKS, LIST + 64, 0, 0, 0, CALL_ITEMS_MAX}, RISCV_FAULT_NONE},
        {{BLOCKS, LIST + 64, 0, 0, 0, CALL_ITEMS_MAX + 1}, RISCV_FAULT_CALL_COUNT},
        {{BLOCKS + 4, LIST, 0, 0, 0, 1}, RISCV_FAULT_CALL_MISALIGNED},
        {{BLOCKS, LIST + 4, 0, 0, 0, 1}, RISCV_FAULT_CALL_MISALIGNED},
        {{BLOCKS, MAP_HEAP_END - 8, 0, 0, 0, 2}, RISCV_FAULT_ACCESS_OUTSIDE_MAP},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        code c;
        riscv_machine machine;
        open_before_call(&machine, &c, CALL_MULTIPLY_ADD, cases[i].registers);
        const uint64_t list[5] = {
            call_multiply_add_item(0, 1, 2, 3), call_multiply_add_item(3, 3, 0, 2), call_multiply_add_item(2, 3, 2, 2),
            call_multiply_add_item(1, 4, 1, 3), call_multiply_add_item(LAST, LAST, LAST, LAST),
        };
        fp blocks[5][6];
        uint64_t seed = i;
        for (int k = 0; k < 30; k++)
            blocks[k / 6][k % 6] = (fp)(test_random(&seed) % FP_MODULUS);
        blocks[0][5] = blocks[2][5] = UINT32_MAX; /* is not looked at */
        blocks[1][2] = FP_MODULUS - 1;
        blocks[4][4] = FP_MODULUS;
        put(&machine, BLOCKS, blocks, sizeof blocks);
        put(&machine, LIST, list, sizeof list);
        run_case(&machine, &cases[i], i);
        if (i == 0) {
            uint64_t expected[15];
            memcpy(expected, blocks, sizeof expected);
            call_multiply_add(expected, list, 3);
            assert_memory_equal(machine.memory + BLOCKS, expected, 4 * BLOCK_BYTES);
            assert_int_equal(machine.cycles, 3 + 3);
        }
        riscv_close(&machine);
    }
}

static void divide_is_checked(void **state)
{
    (void)state;
    enum { Q = MAP_HEAP_BASE, R = Q + 32 };
    enum { A = MAP_INPUT_BASE + 0x1000, B = A + 32, C = B + 32, M = C + 32, ALL = M + 32 };
    static const call_case cases[] = {
        {{Q, R, A, B, C, M}, RISCV_FAULT_NONE},
        {{Q, R, A, B, C, ALL + 32}, RISCV_FAULT_NONE}, /* m = 2^256 */
        {{R, Q, A, B, C, M}, RISCV_FAULT_NONE},
        {{Q, Q, A, B, C, M}, RISCV_FAULT_CALL_REFUSED},
        {{Q, Q + 24, A, B, C, M}, RISCV_FAULT_CALL_REFUSED},
        {{Q + 24, Q, A, B, C, M}, RISCV_FAULT_CALL_REFUSED},
        {{Q, R, A, ALL, ALL, M}, RISCV_FAULT_NONE}, /* a quotient as large as can be */
        {{Q, R, M, ALL, ALL, M}, RISCV_FAULT_CALL_REFUSED},
        {{Q, R, ALL, ALL, C, A}, RISCV_FAULT_CALL_REFUSED},
        {{Q, R, A + 4, B, C, M}, RISCV_FAULT_CALL_MISALIGNED},
        {{Q, R, A, B, C, M + 1}, RISCV_FAULT_CALL_MISALIGNED},
        {{A, R, A, B, C, M}, RISCV_FAULT_WRITE_READ_ONLY},
        {{Q, A, A, B, C, M}, RISCV_FAULT_WRITE_READ_ONLY},
        {{Q, R, A, B, C, MAP_TEXT_BASE}, RISCV_FAULT_ACCESS_OUTSIDE_MAP},
        {{Q, R, A, B, C, UINT64_C(1) << 32}, RISCV_FAULT_ACCESS_OUTSIDE_MAP},
        {{Q, R, A, B, C, MAP_INPUT_END - 24}, RISCV_FAULT_ACCESS_OUTSIDE_MAP},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        code c;
        riscv_machine machine;
        open_before_call(&machine, &c, CALL_DIVIDE, cases[i].registers);
        const uint64_t numbers[4] = {1000, 1001, 77, 1002};
        for (uint64_t k = 0; k < 4; k++)
            put(&machine, A + 32 * k, &numbers[k], 8);
        memset(machine.memory + ALL, 0xFF, 32);
        run_case(&machine, &cases[i], i);
        const uint64_t value = 1000 * 1001 + 77;
        uint64_t q = riscv_word(&machine, Q / 8), r = riscv_word(&machine, R / 8);
        if (i == 0)
            assert_true(q == value / 1002 && r == value % 1002);
        else if (i == 1)
            assert_true(q == 0 && r == value);
        else if (i == 2)
            assert_true(r == value / 1002 && q == value % 1002);
        riscv_close(&machine);
    }
}

static void hints_fill_free_input(void **state)
{
    (void)state;
    enum { TO = MAP_INPUT_BASE + 24, ARGUMENTS = MAP_HEAP_BASE };
    static const call_case cases[] = {
        {{TO, ARGUMENTS, HINT_INVERSE}, RISCV_FAULT_NONE},
        {{MAP_INPUT_END - 32, ARGUMENTS, HINT_INVERSE}, RISCV_FAULT_NONE},
        {{TO - 8, ARGUMENTS, HINT_INVERSE}, RISCV_FAULT_HINT_PLACE}, /* there are bytes of the input */
        {{MAP_HEAP_BASE, ARGUMENTS, HINT_INVERSE}, RISCV_FAULT_HINT_PLACE},
        {{MAP_INPUT_END - 24, ARGUMENTS, HINT_INVERSE}, RISCV_FAULT_HINT_PLACE},
        {{UINT64_MAX - 7, ARGUMENTS, HINT_INVERSE}, RISCV_FAULT_HINT_PLACE},
        {{TO, ARGUMENTS, HINT_COUNT}, RISCV_FAULT_CALL_UNKNOWN},
        {{TO, ARGUMENTS, UINT64_MAX}, RISCV_FAULT_CALL_UNKNOWN},
        {{TO + 4, ARGUMENTS, HINT_INVERSE}, RISCV_FAULT_CALL_MISALIGNED},
        {{TO, ARGUMENTS + 4, HINT_INVERSE}, RISCV_FAULT_CALL_MISALIGNED},
        {{TO, MAP_HEAP_END - 56, HINT_INVERSE}, RISCV_FAULT_ACCESS_OUTSIDE_MAP},
    };
    static const uint64_t arguments[8] = {3, 0, 0, 0, 7, 0, 0, 0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        code c;
        riscv_machine machine;
        open_before_call(&machine, &c, CALL_HINT, cases[i].registers);
        put(&machine, ARGUMENTS, arguments, sizeof arguments);
        run_case(&machine, &cases[i], i);
        if (cases[i].fault == RISCV_FAULT_NONE) {
            uint32_t w = (uint32_t)(cases[i].registers[0] / 8);
            assert_int_equal(riscv_word(&machine, w), 5); /* 3·5 = 1 mod 7 */
            assert_int_equal(machine.cycles, 1 + 3);
        }
        riscv_close(&machine);
    }
}

/* What a hint says stands in the ledger as input, even if a later segment reads it; a machine that skips the
 * hint's segment has it too. A word that was read is not free. */
static void hints_are_input_of_every_segment(void **state)
{
    (void)state;
    for (int already_read = 0; already_read < 2; already_read++) {
        code c;
        start(&c);
        load_constant(&c, 10, MAP_INPUT_BASE + 8);
        load_constant(&c, 11, MAP_HEAP_BASE);
        op(&c, OP_ADDI, 5, 0, 0, 3);
        op(&c, OP_SD, 0, 11, 5, 0);
        op(&c, OP_ADDI, 5, 0, 0, 7);
        op(&c, OP_SD, 0, 11, 5, 32);
        op(&c, OP_ADDI, 12, 0, 0, HINT_INVERSE);
        op(&c, OP_ADDI, 17, 0, 0, CALL_HINT);
        if (already_read)
            op(&c, OP_LD, 6, 10, 0, 0);
        op(&c, OP_ECALL, 0, 0, 0, 0);
        uint32_t first = c.count;
        op(&c, OP_LD, 6, 10, 0, 0);
        load_constant(&c, 7, MAP_OUTPUT_BASE);
        op(&c, OP_SD, 0, 7, 6, 0);
        exit_zero(&c);
        const riscv_program *program = finish(&c);
        arena memory;
        arena_open(&memory, UINT64_C(1) << 30);
        riscv_machine machine;
        assert_int_equal(riscv_open(&machine, program, (bytes){0}), OK);
        riscv_segment segments[2];
        riscv_limits limits = {.cycles = first, .words = 1u << 21, .call_words = 1u << 20};
        status s = riscv_record(&machine, &segments[0], &memory, &limits);
        if (already_read) {
            assert_int_equal(s, GUEST_FAULT);
            assert_int_equal(machine.fault, RISCV_FAULT_HINT_PLACE);
        } else {
            assert_int_equal(s, OK);
            assert_int_equal(riscv_record(&machine, &segments[1], &memory, &limits), OK);
            assert_int_equal(machine.pc4, RISCV_HALT);
            riscv_ledger_row *ledger;
            uint32_t count, found = 0;
            riscv_ledger(&ledger, &count, &memory, program, segments, 2);
            for (uint32_t i = 0; i < count; i++)
                if (ledger[i].w == MAP_INPUT_BASE / 8 + 1) {
                    found++;
                    assert_true(ledger[i].initial == 5 && ledger[i].final == 5);
                    assert_int_equal(ledger[i].region, RISCV_REGION_INPUT);
                }
            assert_int_equal(found, 1);
            riscv_machine second;
            riscv_trace_data trace;
            assert_int_equal(riscv_open(&second, program, (bytes){0}), OK);
            riscv_skip(&second, &segments[0]);
            riscv_trace(&second, &trace, &memory, &segments[1]);
            assert_int_equal(riscv_output(&second).bytes[0], 5);
            riscv_close(&second);
            assert_int_equal(riscv_open(&second, program, (bytes){0}), OK);
            riscv_trace(&second, &trace, &memory, &segments[0]);
            riscv_close(&second);
        }
        riscv_close(&machine);
        arena_close(&memory);
    }
}

/* p − 1 is a word, p is none; the capacity of the state counts, its rate does not. */
static void sponge_is_checked(void **state)
{
    (void)state;
    enum { DATA = MAP_HEAP_BASE, STATE = MAP_HEAP_BASE + 0x60000 };
    static const struct {
        uint64_t state, data, n, changed, word; /* a half word that is set before */
        riscv_fault fault;
    } cases[] = {
        {STATE, DATA, 1, DATA, 0, RISCV_FAULT_NONE},
        {STATE, DATA, 3, DATA + 100, FP_MODULUS - 1, RISCV_FAULT_NONE},
        {STATE, DATA, 3, DATA + 100, FP_MODULUS, RISCV_FAULT_CALL_REFUSED},
        {STATE, DATA, 3, DATA + 100, FP_MODULUS + 1, RISCV_FAULT_CALL_REFUSED},
        {STATE, DATA, 3, DATA + 188, UINT32_MAX, RISCV_FAULT_CALL_REFUSED},
        {STATE, DATA, 3, DATA + 192, UINT32_MAX, RISCV_FAULT_NONE},
        {STATE, DATA, 1, STATE + 60, UINT32_MAX, RISCV_FAULT_NONE},
        {STATE, DATA, 1, STATE + 64, FP_MODULUS, RISCV_FAULT_CALL_REFUSED},
        {STATE, DATA, 1, STATE + 92, FP_MODULUS - 1, RISCV_FAULT_NONE},
        {STATE, STATE, 1, DATA, 0, RISCV_FAULT_NONE},
        {DATA + 64, DATA, 5, DATA, 0, RISCV_FAULT_NONE},
        {STATE, DATA, CALL_ITEMS_MAX, DATA, 0, RISCV_FAULT_NONE},
        {STATE, DATA, CALL_ITEMS_MAX + 1, DATA, 0, RISCV_FAULT_CALL_COUNT},
        {STATE, DATA, 0, DATA, 0, RISCV_FAULT_CALL_COUNT},
        {STATE, DATA + 4, 1, DATA, 0, RISCV_FAULT_CALL_MISALIGNED},
        {STATE + 4, DATA, 1, DATA, 0, RISCV_FAULT_CALL_MISALIGNED},
        {MAP_INPUT_BASE, DATA, 1, DATA, 0, RISCV_FAULT_WRITE_READ_ONLY},
        {MAP_HEAP_END - 88, DATA, 1, DATA, 0, RISCV_FAULT_ACCESS_OUTSIDE_MAP},
        {STATE, MAP_HEAP_END - 64, 1, DATA, 0, RISCV_FAULT_NONE},
        {STATE, MAP_HEAP_END - 56, 1, DATA, 0, RISCV_FAULT_ACCESS_OUTSIDE_MAP},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        code c;
        start(&c);
        op(&c, OP_ECALL, 0, 0, 0, 0);
        exit_zero(&c);
        riscv_machine machine;
        assert_int_equal(riscv_open(&machine, finish(&c), (bytes){0}), OK);
        uint64_t seed = i;
        for (uint64_t at = DATA; at < STATE + 96; at += 4) {
            uint32_t word = (uint32_t)(test_random(&seed) % FP_MODULUS);
            memcpy(machine.memory + at, &word, 4);
        }
        uint32_t changed = (uint32_t)cases[i].word;
        memcpy(machine.memory + cases[i].changed, &changed, 4);
        const uint64_t registers[][2] = {
            {17, CALL_SPONGE}, {10, cases[i].state}, {11, cases[i].data}, {15, cases[i].n}};
        for (int k = 0; k < 4; k++)
            machine.registers[registers[k][0]] = registers[k][1];
        uint64_t expected[12];
        if (cases[i].fault == RISCV_FAULT_NONE) {
            memcpy(expected, machine.memory + cases[i].state, sizeof expected);
            call_sponge(expected, (const uint64_t *)(const void *)(machine.memory + cases[i].data), cases[i].n);
        }
        status s = riscv_run(&machine, 0);
        if (machine.fault != cases[i].fault)
            print_error("case %zu: %s\n", i, riscv_fault_message(machine.fault));
        assert_int_equal(machine.fault, cases[i].fault);
        assert_int_equal(s, cases[i].fault == RISCV_FAULT_NONE ? OK : GUEST_FAULT);
        if (s == OK) {
            assert_memory_equal(machine.memory + cases[i].state, expected, sizeof expected);
            assert_int_equal(machine.cycles, cases[i].n + 3);
        }
        riscv_close(&machine);
    }
}

static void input_and_output(void **state)
{
    (void)state;
    code c;
    start(&c); /* output word 0 = length, 1 = the first input word; 9 bytes */
    load_constant(&c, 5, MAP_INPUT_BASE);
    load_constant(&c, 6, MAP_OUTPUT_BASE);
    op(&c, OP_LD, 7, 5, 0, 0);
    op(&c, OP_SD, 0, 6, 7, 0);
    op(&c, OP_LD, 7, 5, 0, 8);
    op(&c, OP_SD, 0, 6, 7, 8);
    op(&c, OP_LD, 7, 5, 0, 16);
    op(&c, OP_SD, 0, 6, 7, 16);
    exit_zero(&c);
    riscv_machine machine;
    static const uint8_t input[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    assert_int_equal(riscv_open(&machine, finish(&c), (bytes){input, sizeof input}), OK);
    assert_int_equal(riscv_run(&machine, 5), OK); /* in two parts */
    assert_int_equal(machine.cycles, 5);
    assert_int_equal(riscv_run(&machine, 0), OK);
    assert_int_equal(machine.pc4, RISCV_HALT);
    static const uint8_t expected[32] = {9, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    hash256 output = riscv_output(&machine);
    assert_memory_equal(output.bytes, expected, 32);
    riscv_close(&machine);
    assert_int_equal(riscv_open(&machine, &c.program, (bytes){input, MAP_INPUT_END - MAP_INPUT_BASE - 7}),
                     INPUT_MALFORMED);
}

/* ---- segments and traces against the rules of the buses ------------------------------------------- */

enum { POINTER = 8, COUNTER = 18, POINTER_2 = 9 };

static uint32_t random_rd(uint64_t *seed)
{
    uint32_t rd = test_random(seed) % 32;
    return rd == POINTER || rd == POINTER_2 || rd == COUNTER ? 0 : rd;
}

/* A loop of random instructions over 32 words of heap, with calls, and jumps of all kinds forward. */
static void random_program(code *c, uint64_t *seed)
{
    start(c);
    load_constant(c, POINTER, MAP_HEAP_BASE + 128);
    load_constant(c, POINTER_2, MAP_OUTPUT_BASE);
    load_constant(c, COUNTER, 40);
    uint32_t loop = c->count;
    for (int i = 0; i < 300; i++) {
        uint64_t random = test_random(seed);
        test_operation operation = (test_operation)(random % OP_COUNT);
        uint32_t rd = random_rd(seed), rs1 = random >> 8 & 31, rs2 = random >> 13 & 31;
        switch (test_encodings[operation].format) {
        case TEST_B:
        case TEST_J:
            op(c, operation, rd, rs1, rs2, 4 + 4 * (int32_t)(random >> 20 & 1));
            op(c, OP_ADDI, random_rd(seed), rs1, 0, 1);
            break;
        case TEST_S:
            if ((random >> 40 & 7) == 0)
                op(c, OP_SB, 0, POINTER_2, rs2, (int32_t)(random >> 50 & 31));
            else
                op(c, operation, 0, POINTER, rs2, (int32_t)(random >> 50 & 255) - 128);
            break;
        case TEST_ECALL:
            op(c, OP_ADDI, 17, 0, 0, CALL_COPY_WORDS);
            op(c, OP_ADDI, 15, 0, 0, 1 + (int32_t)(random >> 20 & 7));
            op(c, OP_ADDI, random >> 63 ? 10 : 11, POINTER, 0, -128 + 8 * (int32_t)(random >> 30 & 3));
            op(c, OP_ADDI, random >> 63 ? 11 : 10, POINTER, 0, 8 * (int32_t)(random >> 40 & 3));
            op(c, OP_ECALL, 0, 0, 0, 0);
            op(c, OP_ADDI, 17, 0, 0, CALL_KECCAK256);
            op(c, OP_ADDI, 11, POINTER, 0, -128 + (int32_t)(random >> 44 & 15));
            op(c, OP_ADDI, 12, POINTER, 0, 8 * (int32_t)(random >> 48 & 15));
            op(c, OP_ECALL, 0, 0, 0, 0);
            op(c, OP_ADDI, 17, 0, 0, CALL_SHA256);
            op(c, OP_ADDI, 13, POINTER, 0, 8 * (int32_t)(random >> 52 & 15));
            op(c, OP_ECALL, 0, 0, 0, 0);
            /* muladd on blocks that are one another, m = 2^256 */
            op(c, OP_ADDI, 17, 0, 0, CALL_MULADD);
            op(c, OP_ADDI, 10, POINTER, 0, -128 + 8 * (int32_t)(random >> 30 & 3));
            op(c, OP_ADDI, 11, POINTER, 0, 1000);
            op(c, OP_ADDI, 12, POINTER, 0, 1600);
            op(c, OP_ANDI, 7, rs1, 0, 3);
            op(c, OP_SD, 0, 11, 7, 8 * (int32_t)(random >> 50 & 3));
            op(c, OP_ECALL, 0, 0, 0, 0);
            op(c, OP_ADDI, 17, 0, 0, CALL_DIVIDE);
            for (uint32_t k = 1; k < 5; k++)
                op(c, OP_ADDI, 10 + k, POINTER, 0, -128 + 8 * (int32_t)(random >> (4 * k + 20) & 15));
            op(c, OP_ADDI, 10, 11, 0, random >> 60 & 1 ? 32 : 40);
            op(c, OP_ADDI, 15, POINTER, 0, 1600);
            op(c, OP_ECALL, 0, 0, 0, 0);
            break;
        case TEST_I:
            if (operation == OP_JALR) {
                op(c, OP_AUIPC, 7, 0, 0, 0);
                op(c, OP_JALR, rd, 7, 0, 8 + 4 * (int32_t)(random >> 20 & 1) + (int32_t)(random >> 21 & 1));
                op(c, OP_ADDI, random_rd(seed), rs1, 0, 1);
                break;
            }
            if (test_encodings[operation].opcode == 0x03) {
                op(c, operation, rd, POINTER, 0, (int32_t)(random >> 50 & 255) - 128);
                break;
            }
            op(c, operation, rd, rs1, 0, (int32_t)(random >> 50 & 4095) - 2048);
            break;
        default:
            op(c, operation, rd, rs1, rs2, (int32_t)(random >> 40 & 0xFFFFF));
        }
    }
    op(c, OP_ADDI, COUNTER, COUNTER, 0, -1);
    op(c, OP_BEQ, 0, COUNTER, 0, 8);
    op(c, OP_JAL, 0, 0, 0, 4 * ((int32_t)loop - (int32_t)c->count));
    exit_zero(c);
    finish(c);
}

/* A multiset as a sum of hashes: two are equal if and (but for chance) only if the sums are. */
static uint64_t token(uint64_t space, uint64_t w, uint64_t value, uint64_t time)
{
    uint64_t seed = space * 3 + 1;
    uint64_t h = test_random(&seed);
    seed = h ^ w;
    h = test_random(&seed);
    seed = h ^ value;
    h = test_random(&seed);
    seed = h ^ time;
    return test_random(&seed);
}

typedef struct {
    uint64_t sum;
    uint32_t clk;
} bus;

static void access_word(bus *b, uint64_t space, uint64_t w, uint64_t old, uint64_t new, uint32_t previous,
                        uint32_t k)
{
    uint32_t tick = riscv_tick(b->clk, k);
    assert_true(previous < tick);
    b->sum += token(space, w, new, tick) - token(space, w, old, previous);
}

/* Item i in the call's cycle i; the digest in the last. */
static uint64_t check_keccak256_row(bus *b, const riscv_trace_data *trace, const riscv_call *call)
{
    static uint8_t blocks[16 * 136 + 8], tail[136];
    uint32_t offset = call->registers[1] % 8, words = offset != 0 ? 18 : 17, first = b->clk;
    assert_int_equal(call->operands, 3);
    assert_true(call->n <= 16);
    for (uint32_t i = 0; i + 1 < call->n; i++, b->clk++)
        for (uint32_t j = 0; j < words; j++) {
            const riscv_access *a = &trace->call_accesses[call->first_read[1] + words * i + j];
            assert_int_equal(a->w, call->registers[1] / 8 + 17 * i + j);
            access_word(b, 0, a->w, a->old, a->new, a->previous_tick, 2);
            memcpy(blocks + 136 * i + 8 * j, &a->old, 8);
        }
    for (uint32_t j = 0; j < 17; j++) {
        const riscv_access *a = &trace->call_accesses[call->first_read[2] + j];
        assert_int_equal(a->w, call->registers[2] / 8 + j);
        access_word(b, 0, a->w, a->old, a->new, a->previous_tick, 2);
        memcpy(tail + 8 * j, &a->old, 8);
    }
    hash256 digest;
    keccak256_blocks(&digest, blocks + offset, tail, call->n);
    for (uint32_t j = 0; j < 4; j++) {
        const riscv_access *a = &trace->call_accesses[call->first_write[0] + j];
        assert_int_equal(a->w, call->registers[0] / 8 + j);
        access_word(b, 0, a->w, a->old, a->new, a->previous_tick, 6);
        assert_memory_equal(&a->new, digest.bytes + 8 * j, 8);
    }
    assert_int_equal(b->clk, first + call->n - 1);
    return 0;
}

/* Item i in the call's cycle i; the tail and then the state before in the last. */
static uint64_t check_sha256_row(bus *b, const riscv_trace_data *trace, const riscv_call *call)
{
    static uint8_t blocks[16 * 64 + 8], tail[64];
    uint32_t offset = call->registers[1] % 8, words = offset != 0 ? 9 : 8, first = b->clk;
    hash256 before, state;
    assert_int_equal(call->operands, 4);
    assert_true(call->n <= 16);
    for (uint32_t i = 0; i + 1 < call->n; i++, b->clk++)
        for (uint32_t j = 0; j < words; j++) {
            const riscv_access *a = &trace->call_accesses[call->first_read[1] + words * i + j];
            assert_int_equal(a->w, call->registers[1] / 8 + 8 * i + j);
            access_word(b, 0, a->w, a->old, a->new, a->previous_tick, 2);
            memcpy(blocks + 64 * i + 8 * j, &a->old, 8);
        }
    for (uint32_t j = 0; j < 12; j++) {
        uint32_t operand = j < 8 ? 2 : 3, word = j < 8 ? j : j - 8;
        const riscv_access *a = &trace->call_accesses[call->first_read[operand] + word];
        assert_int_equal(a->w, call->registers[operand] / 8 + word);
        access_word(b, 0, a->w, a->old, a->new, a->previous_tick, operand);
        memcpy(j < 8 ? tail + 8 * j : before.bytes + 8 * (j - 8), &a->old, 8);
    }
    sha256_blocks(&state, blocks + offset, tail, &before, call->n);
    for (uint32_t j = 0; j < 4; j++) {
        const riscv_access *a = &trace->call_accesses[call->first_write[0] + j];
        assert_int_equal(a->w, call->registers[0] / 8 + j);
        access_word(b, 0, a->w, a->old, a->new, a->previous_tick, 6);
        assert_memory_equal(&a->new, state.bytes + 8 * j, 8);
    }
    assert_int_equal(b->clk, first + call->n - 1);
    return 0;
}

/* m before the items; in cycle i a, b, c, the list's word, r. */
static void check_muladd_row(bus *b, const riscv_trace_data *trace, const riscv_call *call)
{
    uint64_t m[4], r[4], q[4];
    const riscv_access *a = &trace->call_accesses[call->first_read[2]];
    for (uint32_t j = 0; j < 4; j++) {
        assert_int_equal(a[j].w, call->registers[2] / 8 + j);
        access_word(b, 0, a[j].w, a[j].old, a[j].new, a[j].previous_tick, 1);
        m[j] = a[j].old;
    }
    assert_int_equal(call->item_words, 17);
    for (uint32_t i = 0; i < call->n; i++, b->clk += i < call->n) {
        const riscv_access *item = &trace->call_accesses[call->first_item + 17 * i], *list = item + 12;
        uint64_t values[3][4];
        assert_int_equal(list->w, call->registers[1] / 8 + i);
        for (uint32_t k = 0; k < 4; k++) {
            uint64_t first = call->registers[0] / 8 + 4 * (list->old >> 16 * k & 0xFFFF);
            const riscv_access *block = item + (k == 3 ? 13 : 4 * k);
            for (uint32_t j = 0; j < 4; j++) {
                assert_int_equal(block[j].w, first + j);
                access_word(b, 0, block[j].w, block[j].old, block[j].new, block[j].previous_tick,
                            k == 3 ? 6 : 2 + k);
                if (k < 3)
                    values[k][j] = block[j].old;
                else
                    r[j] = block[j].new;
            }
        }
        access_word(b, 0, list->w, list->old, list->new, list->previous_tick, 5);
        uint64_t expected[4];
        assert_true(u256_multiply_divide_limbs(q, expected, values[0], values[1], values[2], m));
        assert_memory_equal(r, expected, 32);
    }
}

static void check_divide_row(bus *b, const riscv_trace_data *trace, const riscv_call *call)
{
    uint64_t values[6][4], q[4], r[4];
    for (uint32_t i = 0; i < 6; i++) {
        uint32_t operand = (i + 2) % 6; /* a, b, c, m, then q and r at once */
        uint32_t first = operand < 2 ? call->first_write[operand] : call->first_read[operand];
        const riscv_access *a = &trace->call_accesses[first];
        for (uint32_t j = 0; j < 4; j++) {
            assert_int_equal(a[j].w, call->registers[operand] / 8 + j);
            access_word(b, 0, a[j].w, a[j].old, a[j].new, a[j].previous_tick, i < 4 ? 2 + i : 6);
            values[operand][j] = a[j].new;
        }
    }
    assert_true(u256_multiply_divide_limbs(q, r, values[2], values[3], values[4], values[5]));
    assert_memory_equal(values[0], q, 32);
    assert_memory_equal(values[1], r, 32);
}

static uint64_t check_call_row(bus *b, const riscv_trace_data *trace, const riscv_event *event)
{
    static const uint8_t registers[7] = {10, 11, 12, 13, 14, 15, 17};
    const riscv_call *call = &trace->calls[event->call];
    assert_int_equal(call->clk, b->clk);
    for (int i = 0; i < 7; i++)
        access_word(b, 1, registers[i], call->registers[i], call->registers[i], call->previous_ticks[i], 0);
    if (call->number == CALL_EXIT) {
        assert_int_equal(call->call_index, CALL_INDEX_COUNT);
        assert_int_equal(event->next_pc4, RISCV_HALT);
        return 0;
    }
    if (call->call_index == CALL_INDEX_DIVIDE) {
        check_divide_row(b, trace, call);
        return 0;
    }
    assert_int_equal(call->n, call->registers[5]);
    if (call->call_index == CALL_INDEX_MULADD) {
        check_muladd_row(b, trace, call);
        return 0;
    }
    if (call->call_index == CALL_INDEX_KECCAK256)
        return check_keccak256_row(b, trace, call);
    if (call->call_index == CALL_INDEX_SHA256)
        return check_sha256_row(b, trace, call);
    assert_int_equal(call->call_index, CALL_INDEX_COPY_WORDS);
    assert_int_equal(call->operands, 2);
    for (uint32_t j = 0; j < call->n; j++) {
        const riscv_access *from = &trace->call_accesses[call->first_read[1] + j];
        const riscv_access *to = &trace->call_accesses[call->first_write[0] + j];
        assert_int_equal(from->w, call->registers[1] / 8 + j);
        assert_int_equal(to->w, call->registers[0] / 8 + j);
        assert_true(from->old == from->new && to->new == from->new);
        access_word(b, 0, from->w, from->old, from->new, from->previous_tick, 2);
        access_word(b, 0, to->w, to->old, to->new, to->previous_tick, 6);
    }
    return 2 * call->n;
}

static uint64_t size_of_access(riscv_kind kind)
{
    switch (kind) {
    case RISCV_LOAD_DOUBLE:
    case RISCV_STORE_DOUBLE:
        return 8;
    case RISCV_LOAD_WORD:
    case RISCV_LOAD_WORD_UNSIGNED:
    case RISCV_STORE_WORD:
        return 4;
    case RISCV_LOAD_HALF:
    case RISCV_LOAD_HALF_UNSIGNED:
    case RISCV_STORE_HALF:
        return 2;
    default:
        return 1;
    }
}

static void check_event(bus *b, const riscv_program *program, const riscv_trace_data *trace,
                        const riscv_event *event)
{
    const riscv_instruction *in = &program->instructions[event->instruction];
    const riscv_kind_info *info = &riscv_kinds[in->kind];
    assert_int_equal(event->pc4, in->pc4);
    assert_int_equal(event->kind, in->kind);
    if (info->reads_rs1)
        access_word(b, 1, in->rs1, event->rs1, event->rs1, event->rs1_previous_tick, 0);
    if (info->reads_rs2)
        access_word(b, 1, in->rs2, event->rs2, event->rs2, event->rs2_previous_tick, 1);
    if (in->rs1 == 0)
        assert_true(event->rs1 == 0);
    if (in->rs2 == 0)
        assert_true(event->rs2 == 0);
    bool store = info->chip == RISCV_CHIP_STORE_NARROW || info->chip == RISCV_CHIP_STORE_DOUBLE;
    bool load = info->chip == RISCV_CHIP_LOAD_NARROW || info->chip == RISCV_CHIP_LOAD_DOUBLE;
    assert_int_equal(event->accesses != 0, store || load);
    if (store || load) {
        uint64_t address = event->rs1 + in->constants;
        uint64_t size = size_of_access((riscv_kind)in->kind);
        assert_int_equal(event->accesses, address % 8 + size > 8 ? 2 : 1);
        assert_int_equal(event->memory[0].w, address / 8);
        if (event->accesses == 2)
            assert_int_equal(event->memory[1].w, address / 8 + 1);
        riscv_chip misaligned = load ? RISCV_CHIP_LOAD_MISALIGNED : RISCV_CHIP_STORE_MISALIGNED;
        assert_int_equal(event->chip, address % size != 0 ? misaligned : info->chip);
        uint8_t before[16], after[16];
        memcpy(before, &event->memory[0].old, 8);
        memcpy(before + 8, &event->memory[1].old, 8);
        memcpy(after, &event->memory[0].new, 8);
        memcpy(after + 8, &event->memory[1].new, 8);
        if (store)
            memcpy(before + address % 8, &event->rs2, size);
        assert_memory_equal(before, after, 16);
        if (load) {
            bool is_signed = in->kind == RISCV_LOAD_BYTE || in->kind == RISCV_LOAD_HALF || in->kind ==
                RISCV_LOAD_WORD;
            uint64_t value = is_signed && (after[address % 8 + size - 1] & 0x80) != 0 ? UINT64_MAX : 0;
            memcpy(&value, after + address % 8, size);
            assert_true(event->rd_new == value);
        }
        for (int i = 0; i < event->accesses; i++)
            access_word(b, 0, event->memory[i].w, event->memory[i].old, event->memory[i].new,
                        event->memory[i].previous_tick, store ? 6 : 2);
    } else {
        assert_int_equal(event->chip, info->chip);
    }
    if (in->kind == RISCV_CALL)
        (void)check_call_row(b, trace, event);
    if (info->writes_rd)
        access_word(b, 1, in->rd, event->rd_old, event->rd_new, event->rd_previous_tick, 7);
    if (in->kind == RISCV_CONSTANT)
        assert_int_equal(event->next_pc4, in->target4);
    else if (in->kind != RISCV_JUMP && in->kind != RISCV_CALL && event->next_pc4 != in->target4)
        assert_int_equal(event->next_pc4, in->pc4 + 1);
}

/* MEMORY and EXEC within one segment, and its share of GLOBAL. */
static uint64_t check_segment(const riscv_program *program, const riscv_segment *segment,
                              const riscv_trace_data *trace)
{
    bus b = {0};
    uint64_t rows[RISCV_CHIPS] = {0}, global = 0;
    assert_int_equal(trace->event_count, segment->cycles);
    uint32_t pc4 = segment->pc4_first;
    for (b.clk = 0; b.clk < trace->event_count; b.clk++) {
        const riscv_event *event = &trace->events[b.clk];
        assert_int_equal(event->pc4, pc4);
        pc4 = event->next_pc4;
        uint32_t clk = b.clk;
        check_event(&b, program, trace, event);
        rows[event->chip]++;
        while (clk++ < b.clk)
            assert_int_equal(trace->events[clk].chip, RISCV_CHIPS);
    }
    assert_int_equal(pc4, segment->pc4_last);
    assert_memory_equal(rows, segment->chip_rows, sizeof rows);
    for (uint32_t i = 0; i < segment->touched_count; i++) {
        const riscv_touched *t = &segment->touched[i];
        assert_true(t->last_segment < segment->index);
        b.sum += token(t->space, t->w, t->initial, 0) - token(t->space, t->w, t->final, trace->last_ticks[i]);
        global += token(t->space, t->w, t->final, segment->index) - token(t->space, t->w, t->initial,
                                                                          t->last_segment);
    }
    assert_true(b.sum == 0);
    return global;
}

static void check_program(arena *a, const riscv_program *program, bytes input, const riscv_limits *limits,
                          bool skip_odd)
{
    size_t used = a->used_bytes;
    riscv_machine machine, plain;
    riscv_segment *segments = ARENA_NEW(a, riscv_segment, 8192);
    uint32_t count = 0;
    assert_int_equal(riscv_open(&machine, program, input), OK);
    while (machine.pc4 != RISCV_HALT) {
        assert_true(count < 8192);
        assert_int_equal(riscv_record(&machine, &segments[count], a, limits), OK);
        assert_true(segments[count].cycles <= (limits->cycles < 16 ? 16 : limits->cycles));
        assert_true(segments[count].touched_count <= limits->words);
        assert_true(segments[count].call_words <= limits->call_words);
        count++;
    }
    assert_int_equal(riscv_open(&plain, program, input), OK);
    assert_int_equal(riscv_run(&plain, 0), OK);
    assert_true(plain.cycles == machine.cycles);
    assert_memory_equal(plain.registers, machine.registers, sizeof plain.registers);

    riscv_machine second;
    uint64_t global = 0, cycles = 0;
    assert_int_equal(riscv_open(&second, program, input), OK);
    for (uint32_t s = 0; s < count; s++) {
        assert_int_equal(segments[s].pc4_first, s == 0 ? program->entry_pc4 : segments[s - 1].pc4_last);
        cycles += segments[s].cycles;
        size_t mark = a->used_bytes;
        if (skip_odd && s % 2 == 1) {
            riscv_skip(&second, &segments[s]);
            for (uint32_t i = 0; i < segments[s].touched_count; i++) {
                const riscv_touched *t = &segments[s].touched[i];
                global += token(t->space, t->w, t->final, s + 1) - token(t->space, t->w, t->initial,
                                                                         t->last_segment);
            }
        } else {
            riscv_trace_data trace;
            riscv_trace(&second, &trace, a, &segments[s]);
            global += check_segment(program, &segments[s], &trace);
        }
        arena_rewind(a, mark);
    }
    assert_true(cycles == machine.cycles);
    assert_int_equal(second.pc4, RISCV_HALT);
    assert_memory_equal(second.registers, plain.registers, sizeof plain.registers);
    assert_memory_equal(second.memory + MAP_HEAP_BASE, plain.memory + MAP_HEAP_BASE, 4096);

    riscv_ledger_row *ledger;
    uint32_t rows, outputs = 0;
    riscv_ledger(&ledger, &rows, a, program, segments, count);
    for (uint32_t i = 0; i < rows; i++) {
        const riscv_ledger_row *row = &ledger[i];
        if (i > 0)
            assert_true(((uint64_t)row[-1].space << 29 | row[-1].w) < ((uint64_t)row->space << 29 | row->w));
        global += token(row->space, row->w, row->initial, 0) - token(row->space, row->w, row->final,
                                                                     row->last_segment);
        outputs += row->region == RISCV_REGION_OUTPUT;
        if (row->region != RISCV_REGION_INPUT && row->region != RISCV_REGION_IMAGE)
            assert_true(row->initial == 0);
        if (row->space == 0)
            assert_true(row->final == riscv_word(&plain, row->w));
        else
            assert_true(row->final == plain.registers[row->w]);
        assert_int_not_equal(row->region, RISCV_UNMAPPED);
    }
    assert_int_equal(outputs, 4);
    assert_true(global == 0);
    riscv_close(&machine);
    riscv_close(&plain);
    riscv_close(&second);
    arena_rewind(a, used);
}

static void buses_balance_for_random_programs(void **state)
{
    static const uint32_t cycles[] = {7, 100, 1000, 1 << 20};
    uint64_t seed = 5;
    for (int i = 0; i < 24; i++) {
        code c;
        random_program(&c, &seed);
        const riscv_limits limits = {
            .cycles = cycles[i % 4], .words = RISCV_WORDS_MIN, .call_words = RISCV_CALL_WORDS_MAX};
        check_program(*state, &c.program, (bytes){0}, &limits, i % 8 >= 4);
    }
}

/* Large calls and many words end a segment early. */
static void segments_are_cut_when_full(void **state)
{
    code c;
    start(&c);
    load_constant(&c, 5, MAP_HEAP_BASE);
    load_constant(&c, 6, 7);
    op(&c, OP_ADDI, 17, 0, 0, CALL_COPY_WORDS);
    load_constant(&c, 15, 100000);
    uint32_t loop = c.count; /* seven calls of 200,000 words each: five fit 2^20 */
    op(&c, OP_ADDI, 11, 5, 0, 0);
    load_constant(&c, 7, 800000);
    op(&c, OP_ADD, 5, 5, 7, 0);
    op(&c, OP_ADDI, 10, 5, 0, 0);
    op(&c, OP_ECALL, 0, 0, 0, 0);
    op(&c, OP_ADDI, 6, 6, 0, -1);
    op(&c, OP_BNE, 0, 6, 0, 4 * ((int32_t)loop - (int32_t)c.count));
    exit_zero(&c);
    finish(&c);
    riscv_limits limits = {.cycles = 1 << 20, .words = RISCV_WORDS_MIN, .call_words = RISCV_CALL_WORDS_MAX};
    check_program(*state, &c.program, (bytes){0}, &limits, false);

    riscv_machine machine;
    riscv_segment segment;
    assert_int_equal(riscv_open(&machine, &c.program, (bytes){0}), OK);
    size_t used = ((arena *)*state)->used_bytes;
    assert_int_equal(riscv_record(&machine, &segment, *state, &limits), OK);
    assert_int_equal(segment.call_counts[CALL_INDEX_COPY_WORDS], 5);
    assert_int_equal(segment.call_items[CALL_INDEX_COPY_WORDS], 500000);
    assert_int_equal(machine.program->instructions[segment.pc4_last - BASE].kind, RISCV_CALL);
    assert_int_equal(riscv_record(&machine, &segment, *state, &limits), OK);
    assert_int_equal(segment.call_counts[CALL_INDEX_COPY_WORDS], 2);
    assert_int_equal(segment.pc4_last, RISCV_HALT);
    riscv_close(&machine);
    arena_rewind(*state, used);
}

/* A call that takes more cycles than a segment has left begins the next one; one that is longer than any has its own, and
 * registers that waited for it are refreshed. */
static void long_calls_are_cut(void **state)
{
    code c;
    start(&c);
    load_constant(&c, 11, MAP_HEAP_BASE + 3);
    load_constant(&c, 12, MAP_HEAP_BASE);
    load_constant(&c, 10, MAP_HEAP_BASE + 64);
    load_constant(&c, 17, CALL_KECCAK256);
    load_constant(&c, 15, 16);
    load_constant(&c, COUNTER, 300);
    uint32_t loop = c.count;
    op(&c, OP_ADDI, 7, 7, 0, 3);
    op(&c, OP_ECALL, 0, 0, 0, 0);
    op(&c, OP_ADDI, COUNTER, COUNTER, 0, -1);
    op(&c, OP_BNE, 0, COUNTER, 0, 4 * ((int32_t)loop - (int32_t)c.count));
    op(&c, OP_ADDI, 20, 20, 0, 3);
    exit_zero(&c);
    finish(&c);
    static const uint32_t cycles[] = {1, 10, 16, 17, 100, 5000, 1 << 20};
    for (size_t i = 0; i < sizeof cycles / sizeof *cycles; i++) {
        const riscv_limits limits = {
            .cycles = cycles[i], .words = RISCV_WORDS_MIN, .call_words = RISCV_CALL_WORDS_MAX};
        check_program(*state, &c.program, (bytes){0}, &limits, i % 2 == 1);
    }
}

/* A call that would make a segment too heavy begins the next one, to the last cell; one that is heavier than any has its own. */
static void heavy_calls_are_cut(void **state)
{
    enum { CALLS = 12, ITEMS = 4, ITEM = 1000, CALL = 5, HEAVY = CALL + ITEMS * ITEM, ADD = 2 };
    code c;
    start(&c);
    load_constant(&c, 11, MAP_HEAP_BASE + 3);
    load_constant(&c, 12, MAP_HEAP_BASE);
    load_constant(&c, 10, MAP_HEAP_BASE + 64);
    load_constant(&c, 17, CALL_KECCAK256);
    load_constant(&c, 15, ITEMS);
    load_constant(&c, COUNTER, CALLS);
    uint32_t loop = c.count;
    op(&c, OP_ECALL, 0, 0, 0, 0);
    op(&c, OP_ADDI, COUNTER, COUNTER, 0, -1);
    op(&c, OP_BNE, 0, COUNTER, 0, 4 * ((int32_t)loop - (int32_t)c.count));
    exit_zero(&c);
    finish(&c);
    riscv_weights weights = {.chip[RISCV_CHIP_ADD_IMMEDIATE] = ADD};
    weights.call[CALL_INDEX_KECCAK256] = CALL;
    weights.call_item[CALL_INDEX_KECCAK256] = ITEM;
    /* Of whole segments after the first: before each call but the first stands one ADDI. */
    static const struct {
        uint64_t weight;
        uint32_t calls;
    } cases[] = {
        {1, 1},
        {HEAVY - 1, 1},
        {2 * HEAVY + ADD - 1, 1},
        {2 * HEAVY + ADD, 2},
        {3 * HEAVY + 2 * ADD - 1, 2},
        {3 * HEAVY + 2 * ADD, 3},
        {4 * HEAVY + 3 * ADD, 4},
    };
    size_t used = ((arena *)*state)->used_bytes;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const riscv_limits limits = {.cycles = 1 << 20,
                                     .words = RISCV_WORDS_MIN,
                                     .call_words = RISCV_CALL_WORDS_MAX,
                                     .weights = &weights,
                                     .weight = cases[i].weight};
        check_program(*state, &c.program, (bytes){0}, &limits, i % 2 == 1);
        riscv_machine machine;
        riscv_segment segment;
        assert_int_equal(riscv_open(&machine, &c.program, (bytes){0}), OK);
        for (uint32_t s = 0; machine.pc4 != RISCV_HALT; s++) {
            assert_int_equal(riscv_record(&machine, &segment, *state, &limits), OK);
            if (s > 0 && machine.pc4 != RISCV_HALT) {
                assert_int_equal(machine.program->instructions[segment.pc4_last - BASE].kind, RISCV_CALL);
                assert_int_equal(segment.call_counts[CALL_INDEX_KECCAK256], cases[i].calls);
            }
            arena_rewind(*state, used);
        }
        riscv_close(&machine);
    }
}

static int open_arena(void **state)
{
    static arena a;
    arena_open(&a, UINT64_C(1) << 35);
    *state = &a;
    return 0;
}

static int close_arena(void **state)
{
    arena_close(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_map_is_enforced),
        cmocka_unit_test(control_flow_faults),
        cmocka_unit_test(copy_words_is_checked),
        cmocka_unit_test(keccak256_is_checked),
        cmocka_unit_test(sha256_is_checked),
        cmocka_unit_test(muladd_is_checked),
        cmocka_unit_test(muladd_384_is_checked),
        cmocka_unit_test(divide_is_checked),
        cmocka_unit_test(multiply_add_is_checked),
        cmocka_unit_test(open_is_checked),
        cmocka_unit_test(hints_fill_free_input),
        cmocka_unit_test(hints_are_input_of_every_segment),
        cmocka_unit_test(sponge_is_checked),
        cmocka_unit_test(long_calls_are_cut),
        cmocka_unit_test(heavy_calls_are_cut),
        cmocka_unit_test(input_and_output),
        cmocka_unit_test(buses_balance_for_random_programs),
        cmocka_unit_test(segments_are_cut_when_full),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
