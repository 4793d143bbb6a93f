/* Cycles of each opcode in the guest, dispatch and gas included:  cycles CASES GUEST.elf
 * A case is run twice, the second time with twice as many turns: the difference is what the turns take. The
 * cost of one opcode follows from the opcodes that were measured before. */
#define _GNU_SOURCE
#include "bench/evm/cases.h"
#include "bench/evm/guest_input.h"
#include "riscv/emulator.h"

static riscv_program program;

static void append(uint8_t **end, const void *data, size_t size)
{
    memcpy(*end, data, size);
    *end += size;
}

/* Cycles of all steps. */
static uint64_t run(arena memory, const bench_cases *all, const bench_case *c, uint64_t times)
{
    bench_set_times(c, times);
    size_t size = sizeof(bench_guest_header);
    for (unsigned i = 0; i < c->step_count; i++)
        size += sizeof(bench_guest_step) + (c->steps[i].data.size + 7) / 8 * 8;
    uint8_t *input = arena_allocate_zeroed(&memory, size, 8), *end = input;
    bench_guest_header header = {.count = c->step_count, .sender = all->sender};
    append(&end, &header, sizeof header);
    for (unsigned i = 0; i < c->step_count; i++) {
        const bench_step *step = &c->steps[i];
        bench_guest_step given = {.kind = step->kind, .size = step->data.size, .where = step->where};
        append(&end, &given, sizeof given);
        append(&end, step->data.data, step->data.size);
        end += (8 - step->data.size % 8) % 8;
    }
    riscv_machine machine;
    CHECK(riscv_open(&machine, &program, (bytes){input, size}) == OK);
    CHECK(riscv_run(&machine, 0) == OK && machine.pc4 == RISCV_HALT);
    uint64_t cycles = machine.cycles;
    riscv_close(&machine);
    return cycles;
}

/* Gas of one turn, natively. */
static double gas_of_turn(const bench_cases *all, const bench_case *c)
{
    uint64_t gas[2];
    for (unsigned twice = 0; twice < 2; twice++) {
        arena memory;
        arena_open(&memory, (size_t)8 << 30);
        bench_machine m;
        bench_open(&m, &memory, &all->sender);
        bench_set_times(c, c->guest_times << twice);
        evm_result result = {.gas_left = 0};
        for (unsigned i = 0; i < c->step_count; i++)
            result = bench_take(&m, &c->steps[i]);
        gas[twice] = BENCH_GAS - result.gas_left;
        arena_close(&memory);
    }
    return (double)(gas[1] - gas[0]) / (double)c->guest_times;
}

/* Goals of the design, cycles. */
static double goal_of(const char *name)
{
    static const struct {
        const char *name;
        double goal;
    } goals[] = {{"PUSH", 25}, {"DUP", 25}, {"SWAP", 25}, {"POP", 25}, {"ADD", 45}, {"AND", 45},
                 {"LT", 45},   {"MUL", 100}, {"MLOAD", 60}, {"JUMPI", 60}};
    for (size_t i = 0; i < sizeof goals / sizeof *goals; i++) {
        size_t length = strlen(goals[i].name);
        bool numbered = name[length] >= '0' && name[length] <= '9';
        if (strncmp(name, goals[i].name, length) == 0 &&
            (name[length] == 0 || name[length] == ',' || numbered))
            return goals[i].goal;
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: cycles CASES GUEST.elf\n");
        return 2;
    }
    arena memory;
    arena_open(&memory, (size_t)1 << 28);
    bench_cases all;
    bench_read(&all, &memory, argv[1]);
    FILE *file = fopen(argv[2], "rb");
    if (file == NULL) {
        perror(argv[2]);
        return 2;
    }
    uint8_t *elf = arena_allocate(&memory, (size_t)1 << 24, 8);
    bytes image = {elf, fread(elf, 1, (size_t)1 << 24, file)};
    fclose(file);
    CHECK(riscv_program_load(&program, &memory, NULL, image) == OK);

    bench_count *known = ARENA_NEW(&memory, bench_count, all.count);
    size_t known_count = 0;
    printf("| opcode | cycles | goal |\n| --- | ---: | ---: |\n");
    for (size_t i = 0; i < all.count; i++) {
        bench_case *c = &all.cases[i];
        uint64_t once = run(memory, &all, c, c->guest_times),
                 twice = run(memory, &all, c, 2 * c->guest_times);
        double rest = (double)(twice - once) / (double)c->guest_times;
        if (!c->is_opcode) {
            if (all.cases[i - 1].is_opcode)
                printf("\n| workload | cycles of one turn | gas of one turn | cycles per gas |\n"
                       "| --- | ---: | ---: | ---: |\n");
            double gas = gas_of_turn(&all, c);
            printf("| %s | %.0f | %.0f | %.1f |\n", c->name, rest, gas, rest / gas);
            continue;
        }
        double unknown = 0;
        for (unsigned j = 0; j < c->count_count; j++) {
            size_t k = 0;
            while (k < known_count && strcmp(known[k].name, c->counts[j].name) != 0)
                k++;
            if (k < known_count) {
                rest -= c->counts[j].count * known[k].count;
            } else {
                CHECK(unknown == 0 && strcmp(c->counts[j].name, c->name) == 0);
                unknown = c->counts[j].count;
            }
        }
        CHECK(unknown != 0);
        strcpy(known[known_count].name, c->name);
        known[known_count++].count = rest / unknown;
        if (strcmp(c->name, "loop") == 0)
            continue;
        double goal = goal_of(c->name);
        printf(goal > 0 ? "| %s | %.1f | %.0f |\n" : "| %s | %.1f | |\n", c->name, rest / unknown, goal);
    }
    return 0;
}
