/* All blockchain tests once more, each block also by the guest program in the emulator: the same outcome,
 * and the public output that the native result says. */
#define _GNU_SOURCE
#include "tests/chain/blockchain_runner.h"
#include "tests/chain/guest.h"

static uint64_t all_cycles, most_cycles;
static size_t blocks;

static void observe(arena *memory, const chain_config *config, const chain_input *input, status outcome,
                    const chain_result *result)
{
    uint64_t cycles;
    size_t mark = memory->used_bytes;
    assert_guest_agrees(memory, &cycles, config, input, outcome, result);
    arena_rewind(memory, mark);
    all_cycles += cycles;
    most_cycles = cycles > most_cycles ? cycles : most_cycles;
    blocks++;
}

static void all_blockchain_tests_in_the_guest(void **state)
{
    if (!load_program())
        skip();
    blockchain_observer = observe;
    all_blockchain_tests(state);
    printf("  in the guest: %zu blocks, %llu million cycles, at most %llu million in one\n", blocks,
           (unsigned long long)all_cycles / 1000000, (unsigned long long)most_cycles / 1000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_blockchain_tests_in_the_guest)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
