/* Runs every case of the execution-spec-tests' blockchain tests: each block executes from a witness, invalid
 * ones are refused for the right reason, and the last one is the one that the test names. */
#ifndef ASHLAR_TESTS_CHAIN_BLOCKCHAIN_RUNNER_H
#define ASHLAR_TESTS_CHAIN_BLOCKCHAIN_RUNNER_H

#include "tests/chain/fixture.h"

#include "codec/rlp.h"
#include "crypto/keccak.h"

static struct {
    size_t passed, failed, unsupported, refused_blocks;
} counts;

enum { FAILURES_SHOWN = 40, MAXIMUM_HEADERS = 512 };

static const char *blockchain_folder = "blockchain_tests";

/* Looks at each block's outcome too; NULL: nobody does. */
static void (*blockchain_observer)(arena *memory, const chain_config *config, const chain_input *input,
                                   status outcome, const chain_result *result);

typedef struct {
    arena *memory;  /* for the case */
    arena *scratch; /* for one execution */
    chain_config config;
    byte_store nodes, codes;
    struct {
        bytes header;
        hash256 hash;
        size_t parent;
    } blocks[MAXIMUM_HEADERS]; /* valid ones, the genesis first; there are side chains */
    size_t block_count;
} test_chain;

static void add_block(test_chain *chain, bytes header, size_t parent)
{
    assert_true(chain->block_count < MAXIMUM_HEADERS);
    size_t i = chain->block_count++;
    chain->blocks[i].header = header;
    chain->blocks[i].parent = parent;
    keccak256(&chain->blocks[i].hash, header.data, header.size);
}

/* Where a block with this hash is; the last one where there is none. */
static size_t find_block(const test_chain *chain, const hash256 *hash)
{
    size_t i = chain->block_count;
    while (i-- > 0)
        if (memcmp(&chain->blocks[i].hash, hash, 32) == 0)
            return i;
    return chain->block_count - 1;
}

/* The headers up to a block, at most 256. */
static const bytes *headers_up_to(test_chain *chain, size_t *count, size_t last)
{
    size_t length = 1;
    for (size_t i = last; i != 0 && length < 256; i = chain->blocks[i].parent)
        length++;
    bytes *headers = ARENA_NEW(chain->memory, bytes, length);
    for (size_t i = last, at = length; at-- > 0; i = chain->blocks[i].parent)
        headers[at] = chain->blocks[i].header;
    *count = length;
    return headers;
}

static void add_codes(test_chain *chain, json_t *alloc)
{
    const char *name;
    json_t *fields;
    json_object_foreach(alloc, name, fields) {
        bytes code = json_hex(chain->memory, json_object_get(fields, "code"));
        hash256 hash;
        keccak256(&hash, code.data, code.size);
        if (code.size > 0)
            store_add(&chain->codes, &hash, code);
    }
}

static void start_chain(test_chain *chain, json_t *test)
{
    store_init(&chain->nodes, chain->memory);
    store_init(&chain->codes, chain->memory);
    size_t account_count;
    genesis_account *accounts = json_accounts(chain->memory, json_object_get(test, "pre"), &account_count);
    hash256 root;
    assert_int_equal(genesis_state(&root, &chain->nodes, &chain->codes, chain->memory, accounts,
                                   account_count), OK);
    add_codes(chain, json_object_get(test, "postState"));

    bytes genesis = json_hex(chain->memory, json_object_get(test, "genesisRLP")), body, input = genesis;
    rlp_item header;
    block_header fields;
    assert_int_equal(rlp_list(&body, &input), OK);
    assert_int_equal(rlp_decode(&header, &body), OK);
    assert_int_equal(header_decode(&fields, header.encoding), OK);
    assert_memory_equal(&fields.state_root, &root, 32);
    bytes again = header_encode(chain->memory, &fields);
    assert_int_equal(again.size, header.encoding.size);
    assert_memory_equal(again.data, header.encoding.data, again.size);
    add_block(chain, header.encoding, 0);
}

/* A chain of headers is refused where one of them is not what its child says. */
static void assert_headers_count(test_chain *chain, const chain_input *honest)
{
    for (size_t i = 0; i < honest->header_count; i += 1 + honest->header_count / 4) {
        chain_input input = *honest;
        bytes *headers = ARENA_NEW(chain->memory, bytes, input.header_count);
        memcpy(headers, honest->headers, input.header_count * sizeof *headers);
        uint8_t *copy = arena_allocate(chain->memory, headers[i].size, 8);
        memcpy(copy, headers[i].data, headers[i].size);
        copy[headers[i].size - 1] ^= 1;
        headers[i].data = copy;
        input.headers = headers;
        chain_result result;
        chain_fault fault;
        assert_int_equal(chain_execute(&result, &fault, chain->scratch, &chain->config, &input),
                         WITNESS_HEADERS_BROKEN);
        arena_rewind(chain->scratch, 0);
    }
}

/* The status of a block; a valid one joins the chain. */
static status try_block(test_chain *chain, bytes encoding)
{
    arena *memory = chain->memory;
    /* The header is the first item of the first item; its first is the parent's hash. */
    hash256 parent_hash = {{0}};
    bytes rest = encoding, body, fields;
    if (rlp_list(&body, &rest) == OK && rlp_list(&fields, &body) == OK)
        (void)rlp_hash(&parent_hash, &fields);
    size_t parent = find_block(chain, &parent_hash);
    chain_input input = {
        .block = encoding,
        .nodes = store_items(&chain->nodes),
        .node_count = chain->nodes.count,
        .codes = store_items(&chain->codes),
        .code_count = chain->codes.count,
    };
    input.headers = headers_up_to(chain, &input.header_count, parent);
    byte_store added;
    store_init(&added, memory);
    chain_result result;
    chain_fault fault;
    status outcome = chain_execute_keeping(&result, &fault, chain->scratch, &chain->config, &input,
                                           store_sink, &added);
    arena_rewind(chain->scratch, 0);
    if (blockchain_observer)
        blockchain_observer(chain->scratch, &chain->config, &input, outcome, &result);
    if (outcome != OK)
        return outcome;
    if (input.header_count > 1)
        assert_headers_count(chain, &input);
    for (size_t i = 0; i < added.count; i++)
        store_add(&chain->nodes, &added.hashes[i], added.items[i]);
    rlp_item header;
    assert_int_equal(rlp_list(&body, &encoding), OK);
    assert_int_equal(rlp_decode(&header, &body), OK);
    add_block(chain, header.encoding, parent);
    return OK;
}

static void show_failure(const char *path, const char *name, size_t index, status outcome,
                         const char *expected)
{
    if (counts.failed++ < FAILURES_SHOWN)
        printf("  FAIL %s %s block %zu: %s, expected %s\n", strrchr(path, '/') + 1, name, index,
               status_name(outcome),
               expected ? expected : "success");
}

static void run_case(arena *memory, arena *scratch, const char *path, const char *name, json_t *test)
{
    test_chain *chain = ARENA_NEW(memory, test_chain, 1);
    chain->memory = memory;
    chain->scratch = scratch;
    const char *network = json_string_value(json_object_get(test, "network"));
    if (!config_of_network(&chain->config, network, json_object_get(test, "config")))
        fail_msg("%s: network %s", path, network);
    start_chain(chain, test);
    size_t index;
    json_t *block;
    json_array_foreach(json_object_get(test, "blocks"), index, block) {
        const char *expected = json_string_value(json_object_get(block, "expectException"));
        status outcome = try_block(chain, json_hex(memory, json_object_get(block, "rlp")));
        if (outcome == UNSUPPORTED_PRECOMPILE) {
            counts.unsupported++;
            return;
        }
        if (expected ? !exception_covers(expected, outcome) : outcome != OK) {
            show_failure(path, name, index, outcome, expected);
            return;
        }
        counts.refused_blocks += outcome != OK;
    }
    hash256 last = json_hash(json_object_get(test, "lastblockhash"));
    if (memcmp(&last, &chain->blocks[find_block(chain, &last)].hash, 32) != 0)
        show_failure(path, name, index, OK, "another head");
    else
        counts.passed++;
}

static void all_blockchain_tests(void **unused)
{
    (void)unused;
    const char *root = fixture_root();
    if (root == NULL)
        skip();
    const char *only = getenv("ASHLAR_ONLY");
    file_list files = list_files(root, blockchain_folder);
    assert_true(files.count > 0);
    arena memory, scratch;
    arena_open(&memory, ARENA_RESERVED);
    arena_open(&scratch, ARENA_RESERVED);
    for (size_t i = 0; i < files.count; i++) {
        if (only && !strstr(files.paths[i], only))
            continue;
        json_t *tests = load_json(files.paths[i]), *test;
        const char *name;
        json_object_foreach(tests, name, test) {
            run_case(&memory, &scratch, files.paths[i], name, test);
            arena_rewind(&memory, 0);
        }
        json_decref(tests);
    }
    arena_close(&memory);
    arena_close(&scratch);
    printf("  blockchain tests: %zu passed, %zu failed, %zu unsupported; %zu blocks refused as they should\n",
           counts.passed, counts.failed, counts.unsupported, counts.refused_blocks);
    assert_int_equal(counts.failed, 0);
    assert_true(counts.passed > 0);
}

#endif
