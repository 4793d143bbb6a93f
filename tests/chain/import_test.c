/* The chain of execution-apis: 54 blocks, three under each fork from Frontier to BPO2, some with ommers,
 * the first 35 of proof of work. Each executes on the state that the one before left, and the head is the
 * one of the chain's own forkchoice update. */
#define _GNU_SOURCE
#include "tests/chain/fixture.h"

#include "chain/header.h"
#include "cli/genesis.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"

static arena memory, scratch;

typedef struct {
    chain_config config;
    byte_store nodes, codes;
    bytes headers[256];
    size_t header_count;
} kept_chain;

static bytes read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    rewind(file);
    uint8_t *data = arena_allocate(&memory, size, 8);
    assert_int_equal(fread(data, 1, size, file), size);
    fclose(file);
    return (bytes){data, size};
}

static void start(kept_chain *chain, const char *path)
{
    chain_genesis genesis = {0};
    assert_int_equal(genesis_read(&genesis, &memory, path), 0);
    chain->config = genesis.config;
    store_init(&chain->nodes, &memory);
    store_init(&chain->codes, &memory);
    hash256 root;
    block_header header;
    assert_int_equal(genesis_state(&root, &chain->nodes, &chain->codes, &memory, genesis.accounts,
                                   genesis.account_count),
                     OK);
    assert_int_equal(genesis_header(&chain->headers[0], &header, &memory, &genesis, &root), OK);
    chain->header_count = 1;
}

typedef struct {
    byte_store nodes, codes;
} new_items;

static void keep_node(void *context, const hash256 *hash, bytes node)
{
    store_add(&((new_items *)context)->nodes, hash, node);
}

static void keep_code(void *context, const hash256 *hash, bytes code)
{
    store_add(&((new_items *)context)->codes, hash, code);
}

static status add(kept_chain *chain, chain_result *result, bytes block)
{
    chain_input input = {
        .block = block,
        .nodes = store_items(&chain->nodes),
        .node_count = chain->nodes.count,
        .codes = store_items(&chain->codes),
        .code_count = chain->codes.count,
        .headers = chain->headers,
        .header_count = chain->header_count,
    };
    new_items made;
    store_init(&made.nodes, &memory);
    store_init(&made.codes, &memory);
    chain_keeper keeper = {.node_sink = keep_node, .code_sink = keep_code, .context = &made};
    chain_fault fault;
    status outcome = chain_execute_on(result, &fault, &scratch, &chain->config, &input, &keeper);
    arena_rewind(&scratch, 0);
    if (outcome != OK)
        return outcome;
    /* A proof begins with the merge. */
    chain_result again;
    bool merged = chain_fork_at(&chain->config, result->number, result->timestamp) >= FORK_PARIS;
    assert_int_equal(chain_execute(&again, &fault, &scratch, &chain->config, &input), merged ? OK
                     : UNSUPPORTED_FORK);
    arena_rewind(&scratch, 0);

    store_add_all(&chain->nodes, &made.nodes);
    store_add_all(&chain->codes, &made.codes);
    bytes body;
    rlp_item header;
    assert_int_equal(rlp_list(&body, &block), OK);
    assert_int_equal(rlp_decode(&header, &body), OK);
    chain->headers[chain->header_count++] = header.encoding;
    return OK;
}

/* The i-th bit of the block flipped: it must be refused, or have another hash. */
static void assert_bits_count(kept_chain *chain, const chain_result *honest, bytes block)
{
    kept_chain copy = *chain;
    copy.header_count--;
    uint8_t *changed = arena_allocate(&memory, block.size, 8);
    for (size_t i = 0; i < block.size; i += 1 + block.size / 40) {
        memcpy(changed, block.data, block.size);
        changed[i] ^= (uint8_t)(1u << i % 8);
        chain_result result;
        kept_chain other = copy;
        if (add(&other, &result, (bytes){changed, block.size}) == OK)
            assert_memory_not_equal(&result.hash, &honest->hash, 32);
    }
}

static void chain_is_imported(void **unused)
{
    (void)unused;
    const char *root = fixture_root();
    if (root == NULL)
        skip();
    char path[4096];
    kept_chain *chain = ARENA_NEW(&memory, kept_chain, 1);
    snprintf(path, sizeof path, "%s/execution_apis/genesis.json", root);
    start(chain, path);
    snprintf(path, sizeof path, "%s/execution_apis/chain.rlp", root);
    bytes blocks = read_file(path);
    chain_result result;
    size_t transactions = 0;
    while (blocks.size > 0) {
        rlp_item block;
        assert_int_equal(rlp_decode(&block, &blocks), OK);
        status outcome = add(chain, &result, block.encoding);
        if (outcome != OK)
            fail_msg("block %zu: %s", chain->header_count, status_name(outcome));
        transactions += result.transaction_count;
        if (result.number % 3 == 1)
            assert_bits_count(chain, &result, block.encoding);
    }
    printf("  %zu blocks, %zu transactions\n", chain->header_count - 1, transactions);

    snprintf(path, sizeof path, "%s/execution_apis/headfcu.json", root);
    json_t *update = load_json(path);
    hash256 head = json_hash(json_object_get(json_array_get(json_object_get(update, "params"), 0),
                                             "headBlockHash"));
    json_decref(update);
    assert_memory_equal(&result.hash, &head, 32);
}

/* Two ommers with the block's header changed to name them: those that the rules do not allow are refused. */
static void ommers_are_checked(void **unused)
{
    (void)unused;
    const char *root = fixture_root();
    if (root == NULL)
        skip();
    char path[4096];
    kept_chain *chain = ARENA_NEW(&memory, kept_chain, 1);
    snprintf(path, sizeof path, "%s/execution_apis/genesis.json", root);
    start(chain, path);
    snprintf(path, sizeof path, "%s/execution_apis/chain.rlp", root);
    bytes blocks = read_file(path);
    size_t tried = 0;
    for (unsigned number = 1; number < 12; number++) {
        rlp_item block, header, transactions, ommers;
        chain_result result;
        assert_int_equal(rlp_decode(&block, &blocks), OK);
        bytes body = block.payload;
        assert_int_equal(rlp_decode(&header, &body), OK);
        assert_int_equal(rlp_decode(&transactions, &body), OK);
        assert_int_equal(rlp_decode(&ommers, &body), OK);
        bytes honest = ommers.payload;
        if (honest.size > 0) {
            bytes parent = chain->headers[chain->header_count - 1];
            struct {
                bytes items[3];
                size_t count;
            } wrong[] = {
                {{honest, honest}, 2},         /* twice the same */
                {{parent}, 1},                 /* an ancestor */
                {{chain->headers[0]}, 1},      /* the genesis */
                {{honest, honest, honest}, 3}, /* too many */
            };
            for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++, tried++) {
                block_header changed;
                assert_int_equal(header_decode(&changed, header.encoding), OK);
                size_t capacity = block.encoding.size + 4096;
                rlp_writer w, list;
                rlp_writer_init(&list, arena_allocate(&memory, capacity, 8), capacity);
                size_t at = rlp_begin_list(&list);
                for (size_t k = 0; k < wrong[i].count; k++)
                    rlp_write_raw(&list, wrong[i].items[k].data, wrong[i].items[k].size);
                rlp_end_list(&list, at);
                keccak256(&changed.ommers_hash, list.data, list.used_bytes);
                bytes encoded = header_encode(&memory, &changed);
                rlp_writer_init(&w, arena_allocate(&memory, capacity, 8), capacity);
                at = rlp_begin_list(&w);
                rlp_write_raw(&w, encoded.data, encoded.size);
                rlp_write_raw(&w, transactions.encoding.data, transactions.encoding.size);
                rlp_write_raw(&w, list.data, list.used_bytes);
                rlp_end_list(&w, at);
                assert_int_equal(add(chain, &result, rlp_written(&w)), OMMERS_INVALID);
            }
        }
        assert_int_equal(add(chain, &result, block.encoding), OK);
    }
    assert_true(tried > 0);
}

int main(void)
{
    arena_open(&memory, ARENA_RESERVED);
    arena_open(&scratch, ARENA_RESERVED);
    const struct CMUnitTest tests[] = {cmocka_unit_test(chain_is_imported),
                                       cmocka_unit_test(ommers_are_checked)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
