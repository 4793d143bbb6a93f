/* The guest program of the EVM benchmark. Input: the sender, the number of steps, and each step as
 * bench_guest_step followed by its data, padded to 8 bytes. Output: what the last step returned. */
#include "abi/io.h"
#include "base/memory.h"
#include "bench/evm/guest_input.h"
#include "bench/evm/machine.h"
#include "guest/heap.h"

int guest_main(void)
{
    arena heap;
    guest_heap(&heap);
    const uint8_t *input;
    size_t size;
    read_input(&input, &size);
    const bench_guest_header *header = (const bench_guest_header *)input;
    bench_machine machine;
    bench_open(&machine, &heap, &header->sender);
    evm_result result = {.gas_left = 0};
    const uint8_t *next = input + sizeof *header;
    for (uint64_t i = 0; i < header->count; i++) {
        const bench_guest_step *given = (const bench_guest_step *)next;
        next += sizeof *given;
        bench_step step = {(bench_kind)given->kind, given->where, {next, given->size}};
        result = bench_take(&machine, &step);
        next += (given->size + 7) / 8 * 8;
    }
    write_output((const uint8_t *)&result.gas_left, sizeof result.gas_left);
    write_output(result.output.data, result.output.size);
    return 0;
}
