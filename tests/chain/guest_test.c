/* The guest program `block` in the emulator: the same outcome as natively, for real blocks and for inputs
 * that are no good. Prints cycles; with ASHLAR_PROFILE set, by function. */
#define _GNU_SOURCE
#include "tests/chain/guest.h"

static void compare(arena *memory, const char *path)
{
    real_block block = load_real_block(memory, path);
    chain_result result;
    chain_fault fault;
    status native = chain_execute(&result, &fault, memory, block.config, &block.input);
    uint64_t cycles;
    assert_guest_agrees(memory, &cycles, block.config, &block.input, native, &result);
    printf("  %s: %s, %llu cycles\n", strrchr(path, '/') + 1, status_name(native),
           (unsigned long long)cycles);
    json_decref(block.json);
}

static bool ready(const char **root)
{
    *root = fixture_root();
    return *root != NULL && program.instruction_count != 0;
}

static void guest_agrees_on_real_blocks(void **unused)
{
    (void)unused;
    const char *root;
    if (!ready(&root))
        skip();
    const char *only = getenv("ASHLAR_ONLY");
    fixture_files files = list_files(root, "real_blocks");
    arena memory;
    arena_open(&memory, ARENA_RESERVED);
    for (size_t i = 0; i < files.count; i++) {
        if (only == NULL || strstr(files.paths[i], only))
            compare(&memory, files.paths[i]);
        arena_rewind(&memory, 0);
    }
    arena_close(&memory);
}

typedef enum { DROP, DUPLICATE, CHANGE, MUTATIONS } mutation;

/* Mutates item i of one of the input's arrays, in a copy. */
static void mutate(arena *memory, const bytes **items, size_t *count, size_t i, mutation how)
{
    bytes *copy = ARENA_NEW(memory, bytes, *count + 1);
    memcpy(copy, *items, *count * sizeof *copy);
    if (how == DROP) {
        copy[i] = copy[--*count];
    } else if (how == DUPLICATE) {
        copy[(*count)++] = copy[i];
    } else {
        uint8_t *data = arena_allocate(memory, copy[i].size, 8);
        memcpy(data, copy[i].data, copy[i].size);
        data[i % copy[i].size] ^= 1;
        copy[i].data = data;
    }
    *items = copy;
}

static size_t compare_mutated(arena *memory, const chain_config *config, const chain_input *input)
{
    size_t mark = memory->used_bytes;
    chain_result result;
    chain_fault fault;
    status native = chain_execute(&result, &fault, memory, config, input);
    uint64_t cycles;
    assert_guest_agrees(memory, &cycles, config, input, native, &result);
    arena_rewind(memory, mark);
    return native != OK;
}

/* What is refused natively is refused by the guest for the same reason; witness_test says what is. */
static void guest_refuses_mutated_witnesses(void **unused)
{
    (void)unused;
    const char *root;
    if (!ready(&root))
        skip();
    char path[4096];
    arena memory;
    arena_open(&memory, ARENA_RESERVED);
    size_t tried = 0, refused = 0;
    for (int which = 0; which < 2; which++) {
        static const char *const names[] = {"holesky-2971844", "mainnet-22615247"};
        static const size_t strides[] = {1, 97};
        snprintf(path, sizeof path, "%s/real_blocks/%s.json", root, names[which]);
        real_block block = load_real_block(&memory, path);
        for (mutation how = 0; how < MUTATIONS; how++) {
            for (size_t i = 0; i < block.input.node_count; i += strides[which], tried++) {
                chain_input input = block.input;
                mutate(&memory, &input.nodes, &input.node_count, i, how);
                refused += compare_mutated(&memory, block.config, &input);
            }
            for (size_t i = 0; i < block.input.code_count; i += 1 + strides[which] / 8, tried++) {
                chain_input input = block.input;
                mutate(&memory, &input.codes, &input.code_count, i, how);
                refused += compare_mutated(&memory, block.config, &input);
            }
            for (size_t i = 0; i < block.input.header_count; i++, tried++) {
                chain_input input = block.input;
                mutate(&memory, &input.headers, &input.header_count, i, how);
                refused += compare_mutated(&memory, block.config, &input);
            }
        }
        json_decref(block.json);
    }
    printf("  %zu mutated witnesses, %zu refused, each as natively\n", tried, refused);
    assert_true(2 * refused > tried);
    arena_close(&memory);
}

/* An input that is no input. */
static void guest_refuses_garbage(void **unused)
{
    (void)unused;
    const char *root;
    if (!ready(&root))
        skip();
    alignas(8) uint8_t garbage[64] = {1, 2, 3};
    hash256 digest;
    uint64_t cycles;
    assert_int_equal(run_guest(&digest, &cycles, (bytes){garbage, sizeof garbage}), INPUT_MALFORMED);
    assert_int_equal(run_guest(&digest, &cycles, (bytes){garbage, 0}), INPUT_MALFORMED);
}

int main(void)
{
    (void)load_program();
    const struct CMUnitTest tests[] = {cmocka_unit_test(guest_agrees_on_real_blocks),
                                       cmocka_unit_test(guest_refuses_mutated_witnesses),
                                       cmocka_unit_test(guest_refuses_garbage)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
