/* What each opcode costs in the guest, dispatch and gas included:  cycles CASES GUEST.elf [worst]
 * Cycles, or, with `worst`, the cells that they and their calls take in a proof, for its gas.
 * A case is run twice, the second time with twice as many turns: the difference is what the turns take. The
 * cost of one opcode follows from the opcodes that were measured before. */
#define _GNU_SOURCE
#include "bench/evm/cases.h"
#include "bench/evm/guest_input.h"
#include "riscv/emulator.h"
#include "vm/trace.h"

static riscv_program program;
static stark_machine chips;

typedef struct {
    double cycles, cells, gas;
} cost;

static cost less(cost a, cost b, double times)
{
    return (cost){a.cycles - times * b.cycles, a.cells - times * b.cells, a.gas - times * b.gas};
}

static cost share(cost a, double of)
{
    return (cost){a.cycles / of, a.cells / of, a.gas / of};
}

static void append(uint8_t **end, const void *data, size_t size)
{
    memcpy(*end, data, size);
    *end += size;
}

/* Cycles and cells of all steps. */
static cost run(arena memory, const bench_cases *all, const bench_case *c, uint64_t times)
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
    vm_cost costs[VM_CHIPS] = {0};
    const uint32_t most = RISCV_ROWS_MAX;
    const riscv_limits limits = {.cycles = most, .words = most, .call_words = most};
    riscv_segment segment;
    for (size_t mark = memory.used_bytes; machine.pc4 != RISCV_HALT; arena_rewind(&memory, mark)) {
        CHECK(riscv_record(&machine, &segment, &memory, &limits) == OK);
        vm_add_costs(costs, &chips, &segment);
    }
    cost all_steps = {.cycles = (double)machine.cycles};
    for (int chip = 0; chip < VM_CHIPS; chip++)
        if (chip != VM_CHIP_SPARSE) /* a table that is there once */
            all_steps.cells += (double)costs[chip].cells;
    riscv_close(&machine);
    return all_steps;
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

static void print_worst(const char *name, cost c)
{
    printf("| %s | %.0f | %.0f | %.1f | %.0f |\n", name, c.cycles, c.cells, c.gas, c.cells / c.gas);
}

int main(int argc, char **argv)
{
    if (argc != 3 && !(argc == 4 && strcmp(argv[3], "worst") == 0)) {
        fprintf(stderr, "usage: cycles CASES GUEST.elf [worst]\n");
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

    vm_machine_open(&chips, &memory);
    arena recorded;
    arena_open(&recorded, (size_t)1 << 31);

    bool is_worst = argc == 4;
    bench_count *names = ARENA_NEW(&memory, bench_count, all.count);
    cost *known = ARENA_NEW(&memory, cost, all.count);
    size_t known_count = 0;
    printf(is_worst ? "| opcode, or workload | cycles | cells | gas | cells a gas |\n| --- | ---: | ---: | ---: | ---: |\n"
                    : "| opcode | cycles | goal |\n| --- | ---: | ---: |\n");
    for (size_t i = 0; i < all.count; i++) {
        bench_case *c = &all.cases[i];
        cost once = run(recorded, &all, c, c->guest_times), twice = run(recorded, &all, c, 2 * c->guest_times);
        cost rest = share(less(twice, once, 1), (double)c->guest_times);
        rest.gas = gas_of_turn(&all, c);
        if (!c->is_opcode) {
            if (!is_worst && all.cases[i - 1].is_opcode)
                printf("\n| workload | cycles of one turn | gas of one turn | cycles per gas |\n"
                       "| --- | ---: | ---: | ---: |\n");
            if (is_worst)
                print_worst(c->name, rest);
            else
                printf("| %s | %.0f | %.0f | %.1f |\n", c->name, rest.cycles, rest.gas, rest.cycles / rest.gas);
            continue;
        }
        double unknown = 0;
        for (unsigned j = 0; j < c->count_count; j++) {
            size_t k = 0;
            while (k < known_count && strcmp(names[k].name, c->counts[j].name) != 0)
                k++;
            if (k < known_count) {
                rest = less(rest, known[k], c->counts[j].count);
            } else {
                CHECK(unknown == 0 && strcmp(c->counts[j].name, c->name) == 0);
                unknown = c->counts[j].count;
            }
        }
        CHECK(unknown != 0);
        strcpy(names[known_count].name, c->name);
        known[known_count] = share(rest, unknown);
        cost one = known[known_count++];
        if (strcmp(c->name, "loop") == 0)
            continue;
        double goal = goal_of(c->name);
        if (is_worst)
            print_worst(c->name, one);
        else
            printf(goal > 0 ? "| %s | %.1f | %.0f |\n" : "| %s | %.1f | |\n", c->name, one.cycles, goal);
    }
    return 0;
}
