/* Native speed of the EVM:  native CASES [ROUNDS]
 * For each case a line: name, seconds of the fastest round, gas, instructions, Keccak-256 of the output; tabs
 * between. Every peer in bench/peers prints the same but the instructions (0); `table` sets them side by
 * side. */
#define _GNU_SOURCE
#include "base/clock.h"
#include "bench/evm/cases.h"


static void count_step(void *context, const evm_step *step)
{
    (void)step;
    ++*(uint64_t *)context;
}

/* A new EVM with everything done but the last step. */
static void prepare(bench_machine *m, arena *memory, const bench_cases *all, const bench_case *c)
{
    bench_open(m, memory, &all->sender);
    for (unsigned i = 0; i + 1 < c->step_count; i++)
        (void)bench_take(m, &c->steps[i]);
}

static void measure(const bench_cases *all, const bench_case *c, int rounds)
{
    arena memory;
    arena_open(&memory, (size_t)8 << 30);
    bench_machine m;
    prepare(&m, &memory, all, c);
    bench_set_times(c, c->native_times);
    const bench_step *last = &c->steps[c->step_count - 1];
    double best = 1e9;
    uint64_t gas = 0;
    hash256 output = {{0}};
    for (int round = 0; round < rounds; round++) {
        double start = clock_seconds();
        evm_result result = bench_take(&m, last);
        double taken = clock_seconds() - start;
        best = taken < best ? taken : best;
        if (round == 0) {
            gas = BENCH_GAS - result.gas_left;
            keccak256(&output, result.output.data, result.output.size);
        }
    }
    uint64_t instructions = 0;
    evm_tracer tracer = {.step = count_step, .context = &instructions};
    evm_set_tracer(m.vm, &tracer);
    (void)bench_take(&m, last);
    char hex[65];
    hex_encode(hex, output.bytes, 32);
    printf("%s\t%.9f\t%lu\t%lu\t%s\n", c->name, best, gas, instructions, hex);
    fflush(stdout);
    arena_close(&memory);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: native CASES [ROUNDS]\n");
        return 2;
    }
    arena memory;
    arena_open(&memory, (size_t)1 << 28);
    bench_cases all;
    bench_read(&all, &memory, argv[1]);
    for (size_t i = 0; i < all.count; i++)
        measure(&all, &all.cases[i], argc > 2 ? atoi(argv[2]) : 3);
    return 0;
}
