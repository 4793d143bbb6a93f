/* Inputs to begin with for the fuzz targets, from the fixtures. */
#ifndef ASHLAR_TESTS_CHAIN_FUZZ_SEEDS_H
#define ASHLAR_TESTS_CHAIN_FUZZ_SEEDS_H

#include "tests/chain/fixture.h"

#include "chain/input.h"

enum { SEEDS_MAX = 64 };

typedef struct {
    bytes items[SEEDS_MAX];
    size_t count;
} fuzz_seeds;

/* In the order of src's targets. */
typedef struct {
    fuzz_seeds rlp, transaction, input, evm, guest;
} all_fuzz_seeds;

static inline void add_seed(fuzz_seeds *seeds, bytes seed)
{
    if (seeds->count < SEEDS_MAX && seed.size > 0)
        seeds->items[seeds->count++] = seed;
}

/* Fork and gas before the code; evm_fuzz.c reads them. */
static inline void add_code_seed(all_fuzz_seeds *all, arena *memory, bytes code, unsigned number)
{
    uint8_t *seed = arena_allocate(memory, code.size + 2, 8);
    seed[0] = (uint8_t)(number % FORK_COUNT);
    seed[1] = 18;
    memcpy(seed + 2, code.data, code.size);
    add_seed(&all->evm, (bytes){seed, code.size + 2});
    add_seed(&all->guest, (bytes){seed, code.size < 62 ? code.size + 2 : 64});
}

static inline void seeds_from_state_test(all_fuzz_seeds *all, arena *memory, const char *path,
                                         unsigned number)
{
    json_t *tests = load_json(path), *test, *posts, *account;
    const char *name, *fork, *where;
    json_object_foreach(tests, name, test) {
        json_object_foreach(json_object_get(test, "post"), fork, posts) {
            bytes encoding = json_hex(memory, json_object_get(json_array_get(posts, 0), "txbytes"));
            add_seed(&all->transaction, encoding);
            add_seed(&all->rlp, encoding);
            break;
        }
        json_object_foreach(json_object_get(test, "pre"), where, account) {
            bytes code = json_hex(memory, json_object_get(account, "code"));
            if (code.size == 0 || code.size >= 4096)
                continue;
            add_code_seed(all, memory, code, number);
            break;
        }
        break;
    }
    json_decref(tests);
}

/* The first block of a blockchain test, over its genesis. */
static inline void seed_from_blockchain_test(all_fuzz_seeds *all, arena *memory, const char *path)
{
    json_t *tests = load_json(path), *test;
    const char *name;
    json_object_foreach(tests, name, test) {
        fixture_network network;
        if (!fixture_network_read(&network, json_string_value(json_object_get(test, "network")),
                                  json_object_get(test, "config")))
            break;
        size_t count;
        genesis_account *accounts = json_accounts(memory, json_object_get(test, "pre"), &count);
        byte_store nodes, codes;
        store_init(&nodes, memory);
        store_init(&codes, memory);
        hash256 *root = ARENA_NEW(memory, hash256, 1);
        assert_int_equal(genesis_state(root, &nodes, &codes, memory, accounts, count), OK);
        /* The root's node first: input_fuzz.c takes it for the state. */
        bytes *ordered = ARENA_NEW(memory, bytes, nodes.count);
        for (size_t i = 0; i < nodes.count; i++)
            ordered[i] = store_items(&nodes)[nodes.count - 1 - i];
        chain_input input = {
            .block = json_hex(memory, json_object_get(json_array_get(json_object_get(test, "blocks"), 0),
                                                      "rlp")),
            .nodes = ordered,
            .node_count = nodes.count,
            .codes = store_items(&codes),
            .code_count = codes.count,
            .pre_state_root = root,
        };
        bytes seed = chain_input_write(memory, &network.config, &input);
        if (seed.size < 64 << 10)
            add_seed(&all->input, seed);
        add_seed(&all->rlp, input.block);
        break;
    }
    json_decref(tests);
}

static inline void make_fuzz_seeds(all_fuzz_seeds *all, arena *memory, const char *root)
{
    memset(all, 0, sizeof *all);
    fixture_files files = list_files(root, "state_tests");
    for (size_t i = 0; i < files.count; i += files.count / 100 + 1)
        seeds_from_state_test(all, memory, files.paths[i], (unsigned)i);
    fixture_files_free(&files);
    files = list_files(root, "blockchain_tests");
    for (size_t i = 0; i < files.count; i += files.count / 60 + 1)
        seed_from_blockchain_test(all, memory, files.paths[i]);
    fixture_files_free(&files);
}

#endif
