/* libFuzzer: the guest's input, parsed and executed. Odd sizes take the input as it is; even ones without
 * its headers and on the first node as the state's root, so that what is changed there is still reached. */
#include "base/check.h"
#include "base/memory.h"
#include "chain/chain.h"
#include "chain/input.h"
#include "crypto/keccak.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static arena memory;
    if (memory.base == NULL)
        arena_open(&memory, (size_t)16 << 30);
    arena_rewind(&memory, 0);
    uint8_t *copy = arena_allocate(&memory, size, 8);
    if (size > 0)
        memcpy(copy, data, size);
    bool patched = size % 2 == 0;
    if (patched && size >= 16) {
        /* The length that the input says is not what is to be fuzzed. */
        for (unsigned i = 0; i < 8; i++)
            copy[8 + i] = (uint8_t)((uint64_t)size >> 8 * i);
    }
    chain_config config;
    chain_input input;
    if (chain_input_parse(&config, &input, &memory, (bytes){copy, size}) != OK)
        return 0;
    bytes again = chain_input_write(&memory, &config, &input);
    chain_config config_again;
    chain_input input_again;
    CHECK(chain_input_parse(&config_again, &input_again, &memory, again) == OK);
    hash256 root;
    if (patched && input.node_count > 0) {
        keccak256(&root, input.nodes[0].data, input.nodes[0].size);
        input.headers = NULL;
        input.header_count = 0;
        input.pre_state_root = &root;
    }
    chain_result result;
    chain_fault fault;
    (void)chain_execute(&result, &fault, &memory, &config, &input);
    return 0;
}
