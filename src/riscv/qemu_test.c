/* The emulator against qemu-riscv64, on programs that the GNU assembler made: so the decoder is checked too.
 * Each program fills a buffer of results and ends with Linux's write; the emulator stops there (it has no
 * such call) and its memory is compared with what qemu wrote. Skipped where the tools are missing. */
#define _GNU_SOURCE
#include "riscv/emulator.h"

#include "riscv/assemble_test.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { RESULTS_BYTES = 1 << 22, LINUX_WRITE = 64 };

static char folder[] = "/tmp/ashlar_qemu_test_XXXXXX";

static bool have_tools(void)
{
    return system("riscv64-unknown-elf-gcc --version >/dev/null 2>&1") == 0 &&
           system("qemu-riscv64 --version >/dev/null 2>&1") == 0;
}

static FILE *begin(void)
{
    char path[256];
    snprintf(path, sizeof path, "%s/test.s", folder);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "    .section .text.start, \"ax\"\n    .option norelax\n    .globl _start\n_start:\n"
               "    la s0, initial\n    la s1, bytes\n    la s2, initial_end\n"
               "fill:\n    ld s3, 0(s0)\n    sd s3, 0(s1)\n    addi s0, s0, 8\n    addi s1, s1, 8\n"
               "    bne s0, s2, fill\n"
               "    la s0, results\n    la s1, values\n");
    return f;
}

/* The operands: every edge, and random ones. */
static void end(FILE *f, uint64_t *seed)
{
    static const uint64_t edges[] = {
        0,           1,           2,           3,          7,           31,         32,
        63,          64,          0x7F,        0x80,       0xFF,        0x7FFF,     0x8000,
        0xFFFF,      0x7FFFFFFF,  0x80000000,  0xFFFFFFFF, 0x100000000, 0x7FFFFFFFFFFFFFFF,
        0x8000000000000000, 0xFFFFFFFF80000000, 0xFFFFFFFF7FFFFFFF, 0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFE,
    };
    fprintf(f, "    la a1, results\n    sub a2, s0, a1\n    li a0, 1\n    li a7, %d\n    ecall\n"
               "    li a0, 0\n    li a7, 93\n    ecall\n"
               "    .section .rodata\n    .balign 8\nvalues:\n", LINUX_WRITE);
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
        fprintf(f, "    .dword 0x%" PRIx64 "\n", edges[i]);
    for (int i = 0; i < 7; i++)
        fprintf(f, "    .dword 0x%" PRIx64 "\n", test_random(seed));
    fprintf(f, "values_end:\ninitial:\n");
    for (int i = 0; i < 64; i++)
        fprintf(f, "    .dword 0x%" PRIx64 "\n", test_random(seed));
    fprintf(f, "initial_end:\n    .bss\n    .balign 8\nresults:\n    .zero %d\nbytes:\n    .zero %d\n",
            RESULTS_BYTES, 64 * 8);
    fclose(f);
}

static bytes read_whole(arena *a, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    uint8_t *data = arena_allocate(a, RESULTS_BYTES * 2, 8);
    size_t size = fread(data, 1, RESULTS_BYTES * 2, f);
    fclose(f);
    return (bytes){data, size};
}

static void compare(arena *a, size_t least_bytes)
{
    char command[1024];
    size_t used = a->used_bytes;
    snprintf(command, sizeof command,
             "cd %s && riscv64-unknown-elf-gcc -march=rv64im_zbb -mabi=lp64 -nostdlib -static "
             "-Wl,--build-id=none "
             "-Wl,--no-warn-rwx-segments -Wl,-T,guest.ld test.s -o test.elf 2>gcc.log && qemu-riscv64 "
             "test.elf > expected",
             folder);
    if (system(command) != 0)
        fail_msg("the program did not build or run under qemu; see %s", folder);
    riscv_program program;
    const char *reason = "";
    status s = riscv_program_load(&program, a, &reason, read_whole(a, "test.elf"));
    if (s != OK)
        fail_msg("%s", reason);
    bytes expected = read_whole(a, "expected");
    riscv_machine machine;
    assert_int_equal(riscv_open(&machine, &program, (bytes){0}), OK);
    assert_int_equal(riscv_run(&machine, 0), GUEST_FAULT);
    if (machine.fault != RISCV_FAULT_CALL_UNKNOWN)
        fail_msg("%s at pc 0x%x", riscv_fault_message(machine.fault), 4 * machine.pc4);
    assert_int_equal(machine.fault_address, LINUX_WRITE);
    assert_true(expected.size >= least_bytes);
    assert_int_equal(machine.registers[12], expected.size);
    const uint8_t *results = machine.memory + machine.registers[11];
    for (size_t i = 0; i < expected.size; i++)
        if (results[i] != expected.data[i])
            fail_msg("results differ at byte %zu of %zu; see %s", i, expected.size, folder);
    riscv_close(&machine);
    arena_rewind(a, used);
}

/* Every register instruction and branch on every pair of operands, with every coincidence of registers. */
static void register_instructions(void **state)
{
    uint64_t seed = 11;
    FILE *f = begin();
    int label = 0, rows = 0;
    for (int i = 0; i < OP_COUNT; i++) {
        const test_encoding *e = &test_encodings[i];
        if (e->format != TEST_R && e->format != TEST_B)
            continue;
        fprintf(f, "    la a0, values\n1: la a1, values\n2:\n");
        static const char *const forms[] = {"a4, a2, a3",   "a2, a2, a3",   "a3, a2, a3",  "a4, a2, a2",
                                            "a4, zero, a3", "a4, a2, zero", "zero, a2, a3"};
        for (size_t form = 0; form < sizeof forms / sizeof *forms; form++) {
            fprintf(f, "    ld a2, 0(a0)\n    ld a3, 0(a1)\n    li a4, 77\n");
            if (e->format == TEST_R) {
                fprintf(f, "    %s %s\n", e->mnemonic, forms[form]);
                fprintf(f, "    add a4, a4, a2\n    slli a5, a3, 1\n    xor a4, a4, a5\n"
                           "    sd a4, 0(s0)\n    addi s0, s0, 8\n");
                rows++;
            } else if (form == 0 || form >= 3) {
                const char *two = forms[form == 6 ? 5 : form] + 4;
                fprintf(f, "    %s %s, .L%d\n    li a4, 78\n.L%d: sb a4, 0(s0)\n    addi s0, s0, 1\n",
                        e->mnemonic, two, label, label);
                label++;
            }
        }
        fprintf(f, "    addi a1, a1, 8\n    la a6, values_end\n    bltu a1, a6, 2b\n"
                   "    addi a0, a0, 8\n    bltu a0, a6, 1b\n    addi s0, s0, 7\n    andi s0, s0, -8\n");
    }
    end(f, &seed);
    compare(*state, (size_t)rows * 32 * 32 * 8);
}

static void unary_instructions(void **state)
{
    uint64_t seed = 14;
    FILE *f = begin();
    int rows = 0;
    for (int i = 0; i < OP_COUNT; i++) {
        const test_encoding *e = &test_encodings[i];
        if (e->format != TEST_REV8)
            continue;
        fprintf(f, "    la a0, values\n1:\n    ld a2, 0(a0)\n    %s a3, a2\n    %s a2, a2\n    %s a4, zero\n"
                   "    %s zero, a3\n", e->mnemonic, e->mnemonic, e->mnemonic, e->mnemonic);
        fprintf(f, "    sd a3, 0(s0)\n    sd a2, 8(s0)\n    sd a4, 16(s0)\n    sd zero, 24(s0)\n    addi s0, s0, 32\n"
                   "    addi a0, a0, 8\n    la a6, values_end\n    bltu a0, a6, 1b\n");
        rows++;
    }
    end(f, &seed);
    compare(*state, (size_t)rows * 32 * 32);
}

static void immediate_instructions(void **state)
{
    uint64_t seed = 12;
    FILE *f = begin();
    static const int32_t immediates[] = {0, 1, -1, 2, -2, 7, 63, 2047, -2048, 1024, -1024, 255};
    for (int i = 0; i < OP_COUNT; i++) {
        const test_encoding *e = &test_encodings[i];
        bool shift = e->format == TEST_SHIFT || e->format == TEST_SHIFT_WORD;
        if (!shift && (e->format != TEST_I || e->opcode == 0x03 || i == OP_JALR))
            continue;
        fprintf(f, "    la a0, values\n1:\n");
        for (int j = 0; j < (shift ? (e->format == TEST_SHIFT ? 64 : 32) : 20); j++) {
            int32_t immediate = (int32_t)(test_random(&seed) % 4096) - 2048;
            if (shift)
                immediate = j;
            else if (j < 12)
                immediate = immediates[j];
            fprintf(f, "    ld a2, 0(a0)\n    %s a3, a2, %d\n    %s a2, a2, %d\n    %s a4, zero, %d\n"
                       "    %s zero, a3, %d\n", e->mnemonic,
                    immediate, e->mnemonic, immediate, e->mnemonic, immediate, e->mnemonic, immediate);
            fprintf(f, "    sd a3, 0(s0)\n    sd a2, 8(s0)\n    sd a4, 16(s0)\n    sd zero, 24(s0)\n"
                       "    addi s0, s0, 32\n");
        }
        fprintf(f, "    addi a0, a0, 8\n    la a6, values_end\n    bgeu a0, a6, 2f\n    j 1b\n2:\n");
    }
    static const uint32_t uppers[] = {0, 1, 0x7FFFF, 0x80000, 0xFFFFF, 0x12345, 0xFEDCB};
    for (size_t j = 0; j < sizeof uppers / sizeof *uppers; j++)
        fprintf(f, "    lui a2, 0x%x\n    auipc a3, 0x%x\n    lui zero, 0x%x\n    sd a2, 0(s0)\n"
                   "    sd a3, 8(s0)\n    sd zero, 16(s0)\n"
                   "    addi s0, s0, 24\n", uppers[j], uppers[j], uppers[j]);
    /* Jumps: forward, back, with and without link, through a register that is also the link, odd targets. */
    fprintf(f, "    jal a2, 1f\n    li a2, 5\n1:  j 3f\n2:  jalr a3, 0(a4)\n    j 5f\n3:  jal a4, 2b\n"
               "    sd a3, 0(s0)\n    addi s0, s0, 8\n    jr a3\n5:  sd a2, 0(s0)\n    sd a4, 8(s0)\n"
               "    la a5, 6f\n    jalr a5, 1(a5)\n    nop\n6:  sd a5, 16(s0)\n    la a5, 7f + 2047\n"
               "    jalr zero, -2047(a5)\n    nop\n"
               "7:  sd zero, 24(s0)\n    fence\n    fence rw, w\n    addi s0, s0, 32\n");
    end(f, &seed);
    compare(*state, 32 * 8 * 20 * 32);
}

/* All sizes at all alignments, stores that overlap words, a store over the word just loaded. */
static void memory_instructions(void **state)
{
    uint64_t seed = 13;
    FILE *f = begin();
    fprintf(f, "    la a0, bytes\n");
    for (int i = 0; i < OP_COUNT; i++)
        if (test_encodings[i].opcode == 0x03)
            for (int offset = 0; offset < 24; offset++)
                fprintf(f, "    %s a1, %d(a0)\n    sd a1, 0(s0)\n    addi s0, s0, 8\n"
                           "    addi a2, a0, %d\n    %s a2, -8(a2)\n"
                           "    sd a2, 0(s0)\n    addi s0, s0, 8\n",
                        test_encodings[i].mnemonic, offset, offset + 8, test_encodings[i].mnemonic);
    for (int i = 0; i < OP_COUNT; i++)
        if (test_encodings[i].opcode == 0x23)
            for (int offset = 0; offset < 24; offset++) {
                fprintf(f, "    ld a3, %d(s1)\n    %s a3, %d(a0)\n    ld a4, %d(a0)\n    %s a4, %d(a0)\n",
                        8 * (offset + i % 7), test_encodings[i].mnemonic, offset, offset % 8,
                        test_encodings[i].mnemonic, 24 + offset % 9);
                for (int w = 0; w < 5; w++)
                    fprintf(f, "    ld a5, %d(a0)\n    sd a5, %d(s0)\n", 8 * w, 8 * w);
                fprintf(f, "    addi s0, s0, 40\n");
            }
    end(f, &seed);
    compare(*state, 7 * 24 * 16 + 4 * 24 * 40);
}

/* Streams of anything that stays in line, with all registers stored now and then. */
static void random_streams(void **state)
{
    for (uint64_t stream = 0; stream < 6; stream++) {
        uint64_t seed = 1000 + stream;
        FILE *f = begin();
        fprintf(f, "    la s2, bytes + 256\n");
        for (int r = 1; r < 32; r++)
            if (r != 8 && r != 9 && r != 18)
                fprintf(f, "    ld x%d, %d(s1)\n", r, 8 * r);
        for (int n = 0; n < 20000; n++) {
            uint64_t random = test_random(&seed);
            int i = (int)(random % OP_COUNT);
            const test_encoding *e = &test_encodings[i];
            unsigned rd = random >> 8 & 31, rs1 = random >> 13 & 31, rs2 = random >> 18 & 31;
            int immediate = (int)(random >> 30 & 4095) - 2048;
            if (rd == 8 || rd == 9 || rd == 18)
                rd = 0;
            switch (e->format) {
            case TEST_R:
                fprintf(f, "    %s x%u, x%u, x%u\n", e->mnemonic, rd, rs1, rs2);
                break;
            case TEST_REV8:
                fprintf(f, "    %s x%u, x%u\n", e->mnemonic, rd, rs1);
                break;
            case TEST_SHIFT:
            case TEST_SHIFT_WORD:
                fprintf(f, "    %s x%u, x%u, %d\n", e->mnemonic, rd, rs1,
                        immediate & (e->format == TEST_SHIFT ? 63 : 31));
                break;
            case TEST_I:
                if (e->opcode == 0x03)
                    fprintf(f, "    %s x%u, %d(s2)\n", e->mnemonic, rd, immediate % 240);
                else if (i != OP_JALR)
                    fprintf(f, "    %s x%u, x%u, %d\n", e->mnemonic, rd, rs1, immediate);
                break;
            case TEST_S:
                fprintf(f, "    %s x%u, %d(s2)\n", e->mnemonic, rs2, immediate % 240);
                break;
            case TEST_B:
                fprintf(f, "    %s x%u, x%u, 1f\n    addi x%u, x%u, 1\n1:\n", e->mnemonic, rs1, rs2, rd, rd);
                break;
            case TEST_U:
                fprintf(f, "    %s x%u, 0x%x\n", e->mnemonic, rd, (unsigned)(random >> 40 & 0xFFFFF));
                break;
            case TEST_J:
                fprintf(f, "    jal x%u, 1f\n    addi x%u, x%u, 1\n1:\n", rd, rd, rd);
                break;
            default:
                break;
            }
            if (n % 50 == 49) {
                for (int r = 1; r < 32; r++)
                    fprintf(f, "    sd x%d, %d(s0)\n", r, 8 * r);
                fprintf(f, "    addi s0, s0, 256\n");
                for (int r = 1; r < 32; r++) /* lest everything become 0 or -1 */
                    if (r != 8 && r != 9 && r != 18 && (test_random(&seed) & 3) == 0)
                        fprintf(f, "    ld x%d, %d(s1)\n", r, (int)(test_random(&seed) & 31) * 8);
            }
        }
        for (int w = -32; w < 32; w++)
            fprintf(f, "    ld a0, %d(s2)\n    sd a0, 0(s0)\n    addi s0, s0, 8\n", 8 * w);
        end(f, &seed);
        compare(*state, 400 * 256);
    }
}

static int open_all(void **state)
{
    static arena a;
    char command[512];
    arena_open(&a, UINT64_C(1) << 33);
    *state = &a;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(command, sizeof command,
             "riscv64-unknown-elf-gcc -E -P -x c -Isrc src/guest/guest.ld.in -o %s/guest.ld", folder);
    return system(command);
}

static int close_all(void **state)
{
    char command[256];
    arena_close(*state);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

int main(void)
{
    if (!have_tools()) {
        printf("skipped: install riscv64-unknown-elf-gcc and qemu-riscv64 (Debian: "
               "gcc-riscv64-unknown-elf, qemu-user)\n");
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(register_instructions),
        cmocka_unit_test(unary_instructions),
        cmocka_unit_test(immediate_instructions),
        cmocka_unit_test(memory_instructions),
        cmocka_unit_test(random_streams),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
