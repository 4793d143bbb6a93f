/* Every case of the execution-spec-tests' state tests: state root and logs, or refusal for the right reason.
 * Cases that call a precompile which this version lacks are counted apart. */
#define _GNU_SOURCE
#include "tests/chain/fixture.h"

#include "chain/transition.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"
#include "state/witness.h"

static struct {
    size_t passed, failed, unsupported;
} counts;

enum { FAILURES_SHOWN = 40 };

static void hash_logs(void *context, const log_entry *logs, size_t count)
{
    size_t capacity = 1024;
    for (size_t i = 0; i < count; i++)
        capacity += logs[i].data.size + 256;
    uint8_t *memory = malloc(capacity);
    rlp_writer w;
    rlp_writer_init(&w, memory, capacity);
    size_t list = rlp_begin_list(&w);
    for (size_t i = 0; i < count; i++) {
        size_t entry = rlp_begin_list(&w);
        rlp_write_address(&w, &logs[i].emitter);
        size_t topics = rlp_begin_list(&w);
        for (unsigned j = 0; j < logs[i].topic_count; j++)
            rlp_write_hash(&w, &logs[i].topics[j]);
        rlp_end_list(&w, topics);
        rlp_write_bytes(&w, logs[i].data.data, logs[i].data.size);
        rlp_end_list(&w, entry);
    }
    rlp_end_list(&w, list);
    keccak256(context, memory, w.used_bytes);
    free(memory);
}

typedef struct {
    const char *path, *name, *fork;
    size_t index;
} case_id;

static void judge(const case_id *id, const char *expected_exception, status outcome, bool roots_agree,
                  bool logs_agree)
{
    bool right = expected_exception ? exception_covers(expected_exception, outcome) && roots_agree
                                    : outcome == OK && roots_agree && logs_agree;
    if (outcome == UNSUPPORTED_PRECOMPILE) {
        counts.unsupported++;
    } else if (right) {
        counts.passed++;
    } else {
        if (counts.failed++ < FAILURES_SHOWN)
            printf("  FAIL %s %s [%s %zu]: %s, root %s, logs %s, expected %s\n", strrchr(id->path, '/') + 1,
                   id->name,
                   id->fork, id->index, status_name(outcome), roots_agree ? "agrees" : "differs",
                   logs_agree ? "agree" : "differ", expected_exception ? expected_exception : "success");
    }
}

static void fill_header(block_header *header, json_t *env)
{
    memset(header, 0, sizeof *header);
    header->coinbase = json_address(json_object_get(env, "currentCoinbase"));
    header->gas_limit = json_u64(json_object_get(env, "currentGasLimit"));
    header->number = json_u64(json_object_get(env, "currentNumber"));
    header->timestamp = json_u64(json_object_get(env, "currentTimestamp"));
    u256_to_be(header->mix_hash.bytes, json_u256(json_object_get(env, "currentRandom")));
    header->base_fee = json_u256(json_object_get(env, "currentBaseFee"));
    json_t *excess = json_object_get(env, "currentExcessBlobGas");
    header->excess_blob_gas = excess ? json_u64(excess) : 0;
}

static void run_case(arena *memory, const case_id *id, json_t *test, json_t *post)
{
    chain_config config;
    if (!config_of_network(&config, id->fork, json_object_get(test, "config")))
        return;
    byte_store nodes, codes;
    store_init(&nodes, memory);
    store_init(&codes, memory);
    size_t account_count;
    genesis_account *accounts = json_accounts(memory, json_object_get(test, "pre"), &account_count);
    hash256 root;
    assert_int_equal(genesis_state(&root, &nodes, &codes, memory, accounts, account_count), OK);
    witness *known;
    assert_int_equal(witness_open(&known, memory, store_items(&nodes), nodes.count, store_items(&codes),
                                  codes.count),
                     OK);

    block_header header;
    fill_header(&header, json_object_get(test, "env"));
    /* A state test has no chain; BLOCKHASH is keccak of the decimal number in the few that ask. */
    ancestor_hashes ancestors = {.number = header.number};
    hash256 ancestor[256];
    for (uint64_t number = header.number; number-- > 0 && ancestors.proven_count < 256;) {
        char text[24];
        int length = snprintf(text, sizeof text, "%llu", (unsigned long long)number);
        keccak256(&ancestor[ancestors.proven_count++], (const uint8_t *)text, (size_t)length);
    }
    ancestors.proven = ancestor;
    evm_block environment;
    fork_id fork = fork_by_name(id->fork);
    transition_environment(&environment, &header, &config, fork, &ancestors);
    state *world = state_open(memory, known, &root);
    transition *t = transition_open(memory, &config, &environment, world, 1);

    transaction tx;
    address sender;
    hash256 logs;
    hash_logs(&logs, NULL, 0);
    status outcome = transaction_decode(&tx, memory, json_hex(memory, json_object_get(post, "txbytes")));
    if (outcome == OK)
        outcome = transaction_sender(&sender, memory, &tx, fork);
    if (outcome == OK)
        outcome = transition_transaction(t, &tx, &sender, hash_logs, &logs);
    hash256 got = {{0}};
    if (outcome != UNSUPPORTED_PRECOMPILE) {
        status rooted = state_root(world, &got);
        if (outcome == OK)
            outcome = rooted;
    }
    hash256 expected = json_hash(json_object_get(post, "hash"));
    hash256 expected_logs = json_hash(json_object_get(post, "logs"));
    judge(id, json_string_value(json_object_get(post, "expectException")), outcome,
          memcmp(&got, &expected, 32) == 0, memcmp(&logs, &expected_logs, 32) == 0);
}

static void run_file(arena *memory, const char *path)
{
    json_t *root = load_json(path);
    const char *name, *fork;
    json_t *test, *cases, *post;
    json_object_foreach(root, name, test) {
        json_object_foreach(json_object_get(test, "post"), fork, cases) {
            size_t i;
            json_array_foreach(cases, i, post) {
                run_case(memory, &(case_id){path, name, fork, i}, test, post);
                arena_rewind(memory, 0);
            }
        }
    }
    json_decref(root);
}

static void run_folder(const char *folder)
{
    const char *root = fixture_root();
    if (root == NULL)
        skip();
    const char *only = getenv("ASHLAR_ONLY");
    memset(&counts, 0, sizeof counts);
    file_list files = list_files(root, folder);
    assert_true(files.count > 0);
    arena memory;
    arena_open(&memory, ARENA_RESERVED);
    for (size_t i = 0; i < files.count; i++)
        if (only == NULL || strstr(files.paths[i], only))
            run_file(&memory, files.paths[i]);
    arena_close(&memory);
    printf("  %s: %zu passed, %zu failed, %zu unsupported\n", folder, counts.passed, counts.failed,
           counts.unsupported);
    assert_int_equal(counts.failed, 0);
    assert_true(counts.passed > 0);
}

static void state_tests(void **unused)
{
    (void)unused;
    run_folder("state_tests");
}

static void state_tests_legacy(void **unused)
{
    (void)unused;
    run_folder("state_tests_legacy");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(state_tests), cmocka_unit_test(state_tests_legacy)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
