/* Cycles per second of the emulator's modes.
 *     emulator_bench [program.elf [input file]] [--profile]
 * Without a program: a loop of arithmetic, memory and branches that is built in. */
#define _GNU_SOURCE
#include "riscv/emulator.h"

#include "base/check.h"
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bytes read_file(arena *a, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(2);
    }
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    rewind(file);
    uint8_t *data = arena_allocate(a, size + 1, 8);
    CHECK(fread(data, 1, size, file) == size);
    fclose(file);
    return (bytes){data, size};
}

/* xorshift over a table of 4096 words: per round a load, a store, shifts, a multiplication and two
 * branches. */
static const uint32_t loop[] = {
    0x40000437, /* lui   s0, 0x40000 */
    0x02000937, /* lui   s2, 0x2000: 33,554,432 rounds */
    0x00100493, /* li    s1, 1 */
    0x00d49293, /* 1: slli t0, s1, 13 */
    0x0054c4b3, /* xor   s1, s1, t0 */
    0x0074d293, /* srli  t0, s1, 7 */
    0x0054c4b3, /* xor   s1, s1, t0 */
    0x7f84f313, /* andi  t1, s1, 0x7f8 */
    0x00640333, /* add   t1, s0, t1 */
    0x00033383, /* ld    t2, 0(t1) */
    0x029383b3, /* mul   t2, t2, s1 */
    0x009383b3, /* add   t2, t2, s1 */
    0x00733023, /* sd    t2, 0(t1) */
    0x0013fe13, /* andi  t3, t2, 1 */
    0x000e0463, /* beqz  t3, 2f */
    0x00138393, /* addi  t2, t2, 1 */
    0xfff90913, /* 2: addi s2, s2, -1 */
    0xfc0914e3, /* bnez  s2, 1b */
    0x05d00893, /* li    a7, 93 */
    0x00000513, /* li    a0, 0 */
    0x00000073, /* ecall */
};

static void built_in(riscv_program *program, arena *a)
{
    uint32_t count = sizeof loop / sizeof *loop;
    riscv_instruction *instructions = ARENA_NEW(a, riscv_instruction, count);
    for (uint32_t i = 0; i < count; i++)
        instructions[i] = riscv_decode(MAP_TEXT_BASE / 4 + i, loop[i]);
    *program = (riscv_program){
        .entry_pc4 = MAP_TEXT_BASE / 4, .instructions = instructions, .instruction_count = count};
}

static void stop_on_fault(status s, const riscv_machine *machine)
{
    if (s == OK)
        return;
    printf("%s: %s at pc 0x%llx, address 0x%llx, cycle %llu\n", status_message(s),
           riscv_fault_message(machine->fault),
           4 * (unsigned long long)machine->pc4, (unsigned long long)machine->fault_address,
           (unsigned long long)machine->cycles);
    exit(1);
}

int main(int argc, char **argv)
{
    arena a;
    arena_open(&a, UINT64_C(1) << 37);
    bool profile = argc > 1 && strcmp(argv[argc - 1], "--profile") == 0;
    if (profile)
        argc--;
    riscv_program program;
    bytes input = {0};
    if (argc > 1) {
        const char *reason;
        if (riscv_program_load(&program, &a, &reason, read_file(&a, argv[1])) != OK) {
            printf("%s: %s\n", argv[1], reason);
            return 1;
        }
    } else {
        built_in(&program, &a);
    }
    if (argc > 2)
        input = read_file(&a, argv[2]);

    riscv_machine machine;
    CHECK(riscv_open(&machine, &program, input) == OK);
    double start = clock_seconds();
    stop_on_fault(profile ? riscv_profile(&machine) : riscv_run(&machine, 0), &machine);
    double elapsed = clock_seconds() - start;
    printf("%-8s %12llu cycles  %7.1f M/s  output ", profile ? "profile" : "run",
           (unsigned long long)machine.cycles,
           (double)machine.cycles / elapsed / 1e6);
    hash256 output = riscv_output(&machine);
    for (int i = 0; i < 32; i++)
        printf("%02x", output.bytes[i]);
    printf("\n");
    if (profile) {
        riscv_profile_row *rows;
        uint32_t count;
        riscv_profile_rows(&rows, &count, &a, &machine);
        for (uint32_t i = 0; i < count && i < 40; i++)
            printf("%12llu  %5.1f %%  %s\n", (unsigned long long)rows[i].cycles,
                   100 * (double)rows[i].cycles / (double)machine.cycles, rows[i].name);
        return 0;
    }
    riscv_close(&machine);

    const riscv_limits limits = {.cycles = 1 << 20, .words = 1 << 22, .call_words = 1 << 21};
    enum { SEGMENTS_MAX = 65535 };
    riscv_segment *segments = ARENA_NEW(&a, riscv_segment, SEGMENTS_MAX);
    uint32_t count = 0;
    uint64_t touched = 0, rows[RISCV_CHIPS] = {0};
    CHECK(riscv_open(&machine, &program, input) == OK);
    start = clock_seconds();
    while (machine.pc4 != RISCV_HALT) {
        stop_on_fault(riscv_record(&machine, &segments[count], &a, &limits), &machine);
        touched += segments[count].touched_count;
        for (int chip = 0; chip < RISCV_CHIPS; chip++)
            rows[chip] += segments[count].chip_rows[chip];
        count++;
    }
    elapsed = clock_seconds() - start;
    printf("record   %12llu cycles  %7.1f M/s  %u segments, %.0f touched words each\n",
           (unsigned long long)machine.cycles,
           (double)machine.cycles / elapsed / 1e6, count, (double)touched / count);
    double cycles = (double)machine.cycles;
    riscv_close(&machine);

    CHECK(riscv_open(&machine, &program, input) == OK);
    uint64_t traced = 0;
    elapsed = 0;
    size_t mark = a.used_bytes;
    for (uint32_t i = 0; i < count && i < 16; i++) {
        riscv_trace_data trace;
        arena_rewind(&a, mark);
        start = clock_seconds();
        riscv_trace(&machine, &trace, &a, &segments[i]);
        if (i > 0 || count == 1) { /* the first one waits for its pages */
            elapsed += clock_seconds() - start;
            traced += trace.event_count;
        }
    }
    printf("trace    %12llu cycles  %7.1f M/s\n", (unsigned long long)traced, (double)traced / elapsed / 1e6);
    riscv_close(&machine);
    for (int chip = 0; chip < RISCV_CHIPS; chip++)
        if (rows[chip] != 0)
            printf("  %-18s %12llu  %5.1f %%\n", riscv_chip_names[chip], (unsigned long long)rows[chip],
                   100 * (double)rows[chip] / cycles);
    arena_close(&a);
    return 0;
}
