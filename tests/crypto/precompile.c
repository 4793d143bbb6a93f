/* A guest program that runs one precompiled contract, for tests and measurements. Input: its number, the gas,
 * how often, each 8 bytes, then the contract's input. Output: the Keccak-256 of whether it succeeded, the gas
 * left and the output, the last time. */
#include "abi/io.h"
#include "base/memory.h"
#include "crypto/keccak.h"
#include "evm/precompiles.h"
#include "guest/heap.h"

int guest_main(void)
{
    const uint8_t *data;
    size_t size;
    read_input(&data, &size);
    if (size < 24)
        return 1;
    uint64_t number, available, times;
    memcpy(&number, data, 8);
    memcpy(&available, data + 8, 8);
    memcpy(&times, data + 16, 8);
    arena scratch;
    guest_heap(&scratch);
    address a = {{[18] = (uint8_t)(number >> 8), [19] = (uint8_t)number}};
    const precompile *p = precompile_find(FORK_OSAKA, &a);
    if (p == NULL)
        return 1;
    hash256 digest = {{0}};
    for (uint64_t i = 0; i < times; i++) {
        bool ok;
        uint64_t gas = available;
        bytes output;
        size_t mark = scratch.used_bytes;
        if (precompile_run(&ok, &gas, &output, &scratch, FORK_OSAKA, p, (bytes){data + 24, size - 24}) != OK)
            return 1;
        if (i + 1 < times) { /* so that what a call costs more is its own */
            arena_rewind(&scratch, mark);
            continue;
        }
        uint8_t *outcome = arena_allocate(&scratch, 9 + output.size, 8);
        outcome[0] = ok;
        memcpy(outcome + 1, &gas, 8);
        if (output.size != 0)
            memcpy(outcome + 9, output.data, output.size);
        keccak256(&digest, outcome, 9 + output.size);
    }
    write_output(digest.bytes, sizeof digest.bytes);
    return 0;
}
