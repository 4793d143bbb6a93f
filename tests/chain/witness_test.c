/* Each node, code and header of a witness dropped, duplicated, changed: the block is refused, or, where an
 * honest witness held more than execution reads, the outcome is the very same. Nothing else may happen. */
#define _GNU_SOURCE
#include "tests/chain/fixture.h"

#include "chain/store.h"
#include "crypto/keccak.h"

typedef enum { DROP, DUPLICATE, CHANGE, MUTATIONS } mutation;

static const char *const mutation_names[] = {"dropped", "duplicated", "changed"};

typedef struct {
    size_t refused, harmless;
} tally;

static status run(arena *memory, const chain_config *config, const chain_input *input, chain_result *result)
{
    chain_fault fault;
    size_t mark = memory->used_bytes;
    status outcome = chain_execute(result, &fault, memory, config, input);
    arena_rewind(memory, mark);
    return outcome;
}

/* A copy of the array with item i mutated. */
static bytes *mutate(arena *memory, size_t *count_out, const bytes *items, size_t count, size_t i,
                     mutation how)
{
    bytes *out = ARENA_NEW(memory, bytes, count + 1);
    memcpy(out, items, count * sizeof *out);
    *count_out = count;
    if (how == DROP) {
        memmove(out + i, out + i + 1, (count - i - 1) * sizeof *out);
        --*count_out;
    } else if (how == DUPLICATE) {
        memmove(out + i + 1, out + i, (count - i) * sizeof *out);
        ++*count_out;
    } else {
        uint8_t *copy = arena_allocate(memory, items[i].size, 8);
        memcpy(copy, items[i].data, items[i].size);
        copy[i * 7 % items[i].size] ^= (uint8_t)(1u << i % 8);
        out[i].data = copy;
    }
    return out;
}

/* Whether a status says that the witness is no good. A node that is missing must never come out as a block
 * that is invalid: that would be an empty account read for an unknown one. */
static bool is_witness_refusal(status outcome)
{
    return outcome == WITNESS_INCOMPLETE || outcome == WITNESS_CODE_MISSING ||
           outcome == WITNESS_HEADER_MISSING || outcome == WITNESS_HEADERS_BROKEN ||
           outcome == WITNESS_DUPLICATE;
}

static void mutate_all(arena *memory, tally tallies[MUTATIONS], const chain_config *config,
                       const chain_input *honest, const bytes *items, size_t count, size_t stride,
                       const bytes **items_of, size_t *count_of, chain_input *changed,
                       const chain_result *expected)
{
    for (size_t i = 0; i < count; i += stride) {
        if (items[i].size == 0)
            continue;
        for (mutation how = 0; how < MUTATIONS; how++) {
            size_t mark = memory->used_bytes;
            *changed = *honest;
            *items_of = mutate(memory, count_of, items, count, i, how);
            chain_result result;
            status outcome = run(memory, config, changed, &result);
            arena_rewind(memory, mark);
            if (outcome == OK) {
                assert_memory_equal(&result.state_root, &expected->state_root, 32);
                assert_memory_equal(&result.pre_state_root, &expected->pre_state_root, 32);
                assert_memory_equal(&result.hash, &expected->hash, 32);
                tallies[how].harmless++;
            } else {
                if (!is_witness_refusal(outcome))
                    fail_msg("%s item %zu: %s", mutation_names[how], i, status_name(outcome));
                tallies[how].refused++;
            }
        }
    }
}

static void show(const char *what, const tally tallies[MUTATIONS])
{
    for (mutation how = 0; how < MUTATIONS; how++)
        if (tallies[how].refused + tallies[how].harmless)
            printf("    %s %s: %zu refused, %zu not read\n", what, mutation_names[how], tallies[how].refused,
                   tallies[how].harmless);
}

static void mutate_witness(arena *memory, const chain_config *config, const chain_input *honest,
                           size_t stride)
{
    chain_result expected;
    assert_int_equal(run(memory, config, honest, &expected), OK);
    tally nodes[MUTATIONS] = {0}, codes[MUTATIONS] = {0}, headers[MUTATIONS] = {0};
    chain_input changed;
    mutate_all(memory, nodes, config, honest, honest->nodes, honest->node_count, stride, &changed.nodes,
               &changed.node_count, &changed, &expected);
    mutate_all(memory, codes, config, honest, honest->codes, honest->code_count, stride, &changed.codes,
               &changed.code_count, &changed, &expected);
    mutate_all(memory, headers, config, honest, honest->headers, honest->header_count, 1, &changed.headers,
               &changed.header_count, &changed, &expected);
    show("nodes", nodes);
    show("codes", codes);
    show("headers", headers);
    assert_int_equal(nodes[DUPLICATE].harmless, 0);
    for (mutation how = 0; how < MUTATIONS; how++)
        assert_int_equal(headers[how].harmless, 0);
    assert_true(nodes[DROP].refused > nodes[DROP].harmless);
}

static void real_witness(const char *name, size_t stride)
{
    const char *root = fixture_root();
    if (root == NULL)
        skip();
    char path[4096];
    snprintf(path, sizeof path, "%s/real_blocks/%s.json", root, name);
    arena memory;
    arena_open(&memory, ARENA_RESERVED);
    real_block block = load_real_block(&memory, path);
    printf("  %s\n", name);
    mutate_witness(&memory, block.config, &block.input, stride);
    json_decref(block.json);
    arena_close(&memory);
}

static void holesky_2971844(void **unused) { (void)unused; real_witness("holesky-2971844", 1); }
static void holesky_2971846(void **unused) { (void)unused; real_witness("holesky-2971846", 9); }
static void mainnet_22615247(void **unused) { (void)unused; real_witness("mainnet-22615247", 11); }

/* Claims that stand in for headers. */
static void claims(void **unused)
{
    (void)unused;
    const char *root = fixture_root();
    if (root == NULL)
        skip();
    char path[4096];
    snprintf(path, sizeof path, "%s/real_blocks/holesky-2971844.json", root);
    arena memory;
    arena_open(&memory, ARENA_RESERVED);
    real_block block = load_real_block(&memory, path);
    chain_result result;

    chain_input changed = block.input;
    changed.pre_state_root = NULL;
    assert_int_equal(run(&memory, block.config, &changed, &result), WITNESS_HEADER_MISSING);

    hash256 other = *block.input.pre_state_root;
    other.bytes[31] ^= 1;
    changed = block.input;
    changed.pre_state_root = &other;
    assert_int_equal(run(&memory, block.config, &changed, &result), WITNESS_INCOMPLETE);

    hash256 *hashes = ARENA_NEW(&memory, hash256, block.input.block_hash_count);
    memcpy(hashes, block.input.block_hashes, block.input.block_hash_count * sizeof *hashes);
    hashes[0].bytes[0] ^= 1;
    changed = block.input;
    changed.block_hashes = hashes;
    assert_int_equal(run(&memory, block.config, &changed, &result), WITNESS_HEADERS_BROKEN);
    json_decref(block.json);
    arena_close(&memory);
}

/* Every bit of a header counts: what it commits to is computed, and its hash is what the block is
 * known by. */
static void block_bytes(void **unused)
{
    (void)unused;
    const char *root = fixture_root();
    if (root == NULL)
        skip();
    char path[4096];
    snprintf(path, sizeof path, "%s/real_blocks/mainnet-22615247.json", root);
    arena memory;
    arena_open(&memory, ARENA_RESERVED);
    real_block block = load_real_block(&memory, path);
    chain_result expected, result;
    assert_int_equal(run(&memory, block.config, &block.input, &expected), OK);
    uint8_t *copy = arena_allocate(&memory, block.input.block.size, 8);
    chain_input changed = block.input;
    changed.block.data = copy;
    size_t same_hash = 0, accepted = 0, tried = 0;
    for (size_t i = 0; i < block.input.block.size; i += i < 640 ? 1 : 37) {
        memcpy(copy, block.input.block.data, block.input.block.size);
        copy[i] ^= (uint8_t)(1u << i % 8);
        status outcome = run(&memory, block.config, &changed, &result);
        tried++;
        accepted += outcome == OK;
        same_hash += outcome == OK && memcmp(&result.hash, &expected.hash, 32) == 0;
    }
    printf("    %zu changed blocks: %zu are valid, as other blocks\n", tried, accepted);
    assert_int_equal(same_hash, 0);
    /* The fields that nothing computes: extra data, RANDAO, the coinbase of a block without tips and their
     * like. */
    assert_true(accepted < 100);
    json_decref(block.json);
    arena_close(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holesky_2971844),
        cmocka_unit_test(holesky_2971846),
        cmocka_unit_test(mainnet_22615247),
        cmocka_unit_test(claims),          cmocka_unit_test(block_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
