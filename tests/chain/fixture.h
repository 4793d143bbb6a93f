/* What the tests of this folder share: finding fixtures, reading their JSON. */
#ifndef ASHLAR_TESTS_CHAIN_FIXTURE_H
#define ASHLAR_TESTS_CHAIN_FIXTURE_H

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/hex.h"
#include "chain/build.h"
#include "chain/chain.h"

#define ARENA_RESERVED ((size_t)32 << 30)

/* NULL, after saying so, where the fixtures are not there. */
static inline const char *fixture_root(void)
{
    const char *root = getenv("ASHLAR_FIXTURES");
    if (root == NULL)
        root = "../shared/fixtures";
    if (access(root, R_OK) == 0)
        return root;
    printf("skipped: no fixtures at %s; set ASHLAR_FIXTURES to the folder that has real_blocks, state_tests "
           "(execution-spec-tests, fixtures release) and so on\n",
           root);
    return NULL;
}

/* ---- files ---- */

typedef struct {
    char **paths;
    size_t count;
} file_list;

static file_list *file_list_filled;

static inline int file_list_add(const char *path, const struct stat *info, int type, struct FTW *where)
{
    (void)info;
    (void)where;
    size_t length = strlen(path);
    if (type == FTW_F && length > 5 && strcmp(path + length - 5, ".json") == 0) {
        file_list *list = file_list_filled;
        list->paths = realloc(list->paths, (list->count + 1) * sizeof *list->paths);
        list->paths[list->count++] = strdup(path);
    }
    return 0;
}

static inline int file_list_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All .json files under a folder of the fixtures, sorted. */
static inline file_list list_files(const char *root, const char *folder)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", root, folder);
    file_list list = {NULL, 0};
    file_list_filled = &list;
    nftw(path, file_list_add, 16, FTW_PHYS);
    qsort(list.paths, list.count, sizeof *list.paths, file_list_compare);
    return list;
}

static inline json_t *load_json(const char *path)
{
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error);
    if (root == NULL)
        fail_msg("%s: %s", path, error.text);
    return root;
}

/* ---- values ---- */

static inline bytes json_hex(arena *memory, const json_t *value)
{
    const char *text = json_string_value(value);
    assert_non_null(text);
    bytes out;
    assert_int_equal(hex_decode(memory, &out, text, strlen(text)), OK);
    return out;
}

static inline u256 json_u256(const json_t *value)
{
    const char *text = json_string_value(value);
    assert_non_null(text);
    if (text[0] == '0' && text[1] == 'x')
        text += 2;
    u256 number = U256_ZERO;
    for (; *text; text++) {
        unsigned digit = (unsigned)(*text <= '9' ? *text - '0' : (*text | 32) - 'a' + 10);
        for (int i = 3; i > 0; i--)
            number.limb[i] = number.limb[i] << 4 | number.limb[i - 1] >> 60;
        number.limb[0] = number.limb[0] << 4 | digit;
    }
    return number;
}

static inline uint64_t json_u64(const json_t *value)
{
    if (json_is_integer(value))
        return (uint64_t)json_integer_value(value);
    return json_u256(value).limb[0];
}

static inline address json_address(const json_t *value)
{
    address out;
    const char *text = json_string_value(value);
    assert_int_equal(hex_decode_exact(out.bytes, sizeof out.bytes, text, strlen(text)), OK);
    return out;
}

static inline hash256 json_hash(const json_t *value)
{
    hash256 out;
    const char *text = json_string_value(value);
    assert_int_equal(hex_decode_exact(out.bytes, sizeof out.bytes, text, strlen(text)), OK);
    return out;
}

static inline bytes *json_hex_array(arena *memory, const json_t *array, size_t *count)
{
    *count = json_array_size(array);
    bytes *out = ARENA_NEW(memory, bytes, *count);
    for (size_t i = 0; i < *count; i++)
        out[i] = json_hex(memory, json_array_get(array, i));
    return out;
}

/* ---- states ---- */

static inline genesis_account *json_accounts(arena *memory, json_t *alloc, size_t *count)
{
    genesis_account *accounts = ARENA_NEW(memory, genesis_account, json_object_size(alloc));
    size_t i = 0;
    const char *name;
    json_t *fields;
    json_object_foreach(alloc, name, fields) {
        genesis_account *a = &accounts[i++];
        assert_int_equal(hex_decode_exact(a->where.bytes, sizeof a->where.bytes, name, strlen(name)), OK);
        a->balance = json_u256(json_object_get(fields, "balance"));
        json_t *nonce = json_object_get(fields, "nonce"), *code = json_object_get(fields, "code");
        json_t *storage = json_object_get(fields, "storage");
        a->nonce = nonce ? json_u64(nonce) : 0;
        if (code)
            a->code = json_hex(memory, code);
        genesis_slot *slots = ARENA_NEW(memory, genesis_slot, json_object_size(storage));
        const char *key;
        json_t *value;
        json_object_foreach(storage, key, value) {
            json_t *key_string = json_string(key);
            slots[a->slot_count++] = (genesis_slot){json_u256(key_string), json_u256(value)};
            json_decref(key_string);
        }
        a->slots = slots;
    }
    *count = i;
    return accounts;
}

/* ---- rules ---- */

/* "Prague", "Cancun", …; FORK_COUNT where unknown. */
static inline fork_id fork_by_name(const char *name)
{
    for (unsigned i = 0; i < FORK_COUNT; i++)
        if (strcmp(fork_name(i), name) == 0)
            return i;
    return FORK_COUNT;
}

static inline void add_blob_parameters(chain_config *config, json_t *schedule, const char *name,
                                       uint64_t timestamp)
{
    json_t *blob = json_object_get(schedule, name);
    if (blob == NULL)
        return;
    config->blob_schedule[config->blob_schedule_count++] = (blob_parameters){
        .timestamp = timestamp,
        .target_blobs = (uint32_t)json_u64(json_object_get(blob, "target")),
        .max_blobs = (uint32_t)json_u64(json_object_get(blob, "max")),
        .base_fee_update_fraction = json_u64(json_object_get(blob, "baseFeeUpdateFraction")),
    };
}

static inline void start_forks(chain_config *config, fork_id last, uint64_t timestamp)
{
    for (fork_id fork = FORK_SHANGHAI; fork <= last; fork++)
        if (config->fork_timestamp[fork] == UINT64_MAX)
            config->fork_timestamp[fork] = timestamp;
}

/* The rules of a network as the execution-spec-tests name it: a fork from the start, or "AToBAtTime15k". */
static inline bool config_of_network(chain_config *config, const char *network, json_t *settings)
{
    char first[64], second[64];
    *config = *chain_config_by_id(1);
    memset(config->fork_block, 0, sizeof config->fork_block);
    config->blob_schedule_count = 0;
    for (fork_id fork = FORK_SHANGHAI; fork < FORK_COUNT; fork++)
        config->fork_timestamp[fork] = UINT64_MAX;
    json_t *chain_id = json_object_get(settings, "chainid");
    config->chain_id = chain_id ? json_u64(chain_id) : 1;

    snprintf(first, sizeof first, "%s", network);
    second[0] = 0;
    char *to = strstr(first, "To"), *at = strstr(first, "AtTime15k");
    if (to && at) {
        *at = 0;
        snprintf(second, sizeof second, "%s", to + 2);
        *to = 0;
    }
    json_t *schedule = json_object_get(settings, "blobSchedule");
    fork_id fork = fork_by_name(first);
    if (fork == FORK_COUNT || fork < FORK_PARIS)
        return false;
    start_forks(config, fork, 0);
    add_blob_parameters(config, schedule, first, 0);
    if (schedule == NULL && fork >= FORK_CANCUN) {
        /* Older tests leave it out. */
        const chain_config *mainnet = chain_config_by_id(1);
        config->blob_schedule[0] = *chain_blob_parameters_at(mainnet, mainnet->fork_timestamp[fork]);
        config->blob_schedule[0].timestamp = 0;
        config->blob_schedule_count = 1;
    }
    if (second[0]) {
        fork_id next = fork_by_name(second);
        if (next != FORK_COUNT)
            start_forks(config, next, 15000);
        add_blob_parameters(config, schedule, second, 15000);
    }
    return true;
}

/* ---- real blocks ---- */

typedef struct {
    json_t *json; /* keep it as long as the input */
    const chain_config *config;
    chain_input input;
} real_block;

static inline real_block load_real_block(arena *memory, const char *path)
{
    real_block block = {.json = load_json(path)};
    json_t *root = block.json, *witness_json = json_object_get(root, "witness");
    block.config = chain_config_by_id(json_u64(json_object_get(root, "chainId")));
    assert_non_null(block.config);
    chain_input *input = &block.input;
    input->block = json_hex(memory, json_object_get(root, "block"));
    input->nodes = json_hex_array(memory, json_object_get(witness_json, "state"), &input->node_count);
    input->codes = json_hex_array(memory, json_object_get(witness_json, "codes"), &input->code_count);
    input->headers = json_hex_array(memory, json_object_get(witness_json, "headers"), &input->header_count);
    if (input->header_count == 0) {
        hash256 *root_hash = ARENA_NEW(memory, hash256, 1);
        *root_hash = json_hash(json_object_get(root, "preStateRoot"));
        input->pre_state_root = root_hash;
    }
    json_t *hashes = json_object_get(root, "blockHashes");
    input->block_hash_count = json_array_size(hashes);
    hash256 *copies = ARENA_NEW(memory, hash256, input->block_hash_count);
    for (size_t i = 0; i < input->block_hash_count; i++)
        copies[i] = json_hash(json_array_get(hashes, i));
    input->block_hashes = copies;
    return block;
}

/* ---- expected refusals ---- */

/* Statuses by the names that the execution-spec-tests give to exceptions. */
static const struct {
    const char *name;
    status answers[6];
} EXCEPTIONS[] = {
    {"TransactionException.INSUFFICIENT_ACCOUNT_FUNDS", {TRANSACTION_FUNDS_INSUFFICIENT}},
    {"TransactionException.INTRINSIC_GAS_TOO_LOW", {TRANSACTION_GAS_BELOW_INTRINSIC,
                                                    TRANSACTION_GAS_BELOW_FLOOR}},
    {"TransactionException.SENDER_NOT_EOA", {TRANSACTION_SENDER_HAS_CODE}},
    {"TransactionException.INSUFFICIENT_MAX_FEE_PER_GAS", {TRANSACTION_FEE_BELOW_BASE_FEE}},
    {"TransactionException.NONCE_IS_MAX", {TRANSACTION_NONCE_IS_MAX}},
    {"TransactionException.NONCE_MISMATCH_TOO_LOW", {TRANSACTION_NONCE_TOO_LOW}},
    {"TransactionException.NONCE_MISMATCH_TOO_HIGH", {TRANSACTION_NONCE_TOO_HIGH}},
    {"TransactionException.INSUFFICIENT_MAX_FEE_PER_BLOB_GAS", {TRANSACTION_BLOB_FEE_TOO_LOW}},
    {"TransactionException.PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS", {TRANSACTION_TIP_ABOVE_FEE}},
    {"TransactionException.GAS_ALLOWANCE_EXCEEDED", {TRANSACTION_GAS_ABOVE_BLOCK}},
    {"TransactionException.GAS_LIMIT_EXCEEDS_MAXIMUM", {TRANSACTION_GAS_ABOVE_CAP}},
    {"TransactionException.INITCODE_SIZE_EXCEEDED", {TRANSACTION_INIT_CODE_TOO_LARGE}},
    {"TransactionException.TYPE_3_TX_CONTRACT_CREATION", {TRANSACTION_CREATES_WITH_BLOBS}},
    {"TransactionException.TYPE_3_TX_ZERO_BLOBS", {TRANSACTION_BLOBS_NONE}},
    /* Before Osaka a transaction has no limit but the block's. */
    {"TransactionException.TYPE_3_TX_BLOB_COUNT_EXCEEDED",
     {TRANSACTION_BLOBS_TOO_MANY, TRANSACTION_BLOB_GAS_ABOVE_BLOCK}},
    {"TransactionException.TYPE_3_TX_MAX_BLOB_GAS_ALLOWANCE_EXCEEDED", {TRANSACTION_BLOB_GAS_ABOVE_BLOCK}},
    {"TransactionException.TYPE_3_TX_INVALID_BLOB_VERSIONED_HASH", {TRANSACTION_BLOB_HASH_INVALID}},
    {"TransactionException.TYPE_4_TX_CONTRACT_CREATION", {TRANSACTION_CREATES_WITH_AUTHORIZATIONS}},
    {"TransactionException.TYPE_4_EMPTY_AUTHORIZATION_LIST", {TRANSACTION_AUTHORIZATIONS_NONE}},
    {"TransactionException.TYPE_4_TX_PRE_FORK", {TRANSACTION_TYPE_UNKNOWN}},
    {"BlockException.INVALID_REQUESTS", {REQUESTS_HASH_MISMATCH}},
    {"BlockException.INCORRECT_EXCESS_BLOB_GAS", {HEADER_EXCESS_BLOB_GAS_WRONG}},
    {"BlockException.INCORRECT_BLOB_GAS_USED", {BLOB_GAS_USED_MISMATCH}},
    {"BlockException.INVALID_GASLIMIT", {HEADER_GAS_LIMIT_WRONG}},
    {"BlockException.INVALID_BASEFEE_PER_GAS", {HEADER_BASE_FEE_WRONG}},
    {"BlockException.SYSTEM_CONTRACT_CALL_FAILED", {SYSTEM_CALL_FAILED}},
    {"BlockException.SYSTEM_CONTRACT_EMPTY", {SYSTEM_CONTRACT_MISSING}},
    {"BlockException.INVALID_WITHDRAWALS_ROOT", {WITHDRAWALS_ROOT_MISMATCH}},
    {"BlockException.INVALID_DEPOSIT_EVENT_LAYOUT", {DEPOSIT_LOG_MALFORMED}},
    {"BlockException.RLP_BLOCK_LIMIT_EXCEEDED", {BLOCK_TOO_LARGE}},
    {"BlockException.RLP_STRUCTURES_ENCODING", {RLP_MALFORMED}},
    {"BlockException.RLP_INVALID_FIELD_OVERFLOW_64", {RLP_MALFORMED}},
    {"BlockException.RLP_INVALID_ADDRESS", {RLP_MALFORMED}},
    {"BlockException.RLP_WITHDRAWALS_NOT_READ", {RLP_MALFORMED, BLOCK_FIELDS_WRONG}},
    {"BlockException.IMPORT_IMPOSSIBLE_UNCLES_OVER_PARIS", {HEADER_OMMERS_NOT_EMPTY}},
    {"BlockException.IMPORT_IMPOSSIBLE_DIFFICULTY_OVER_PARIS", {HEADER_DIFFICULTY_NOT_ZERO}},
    {"BlockException.INVALID_STATE_ROOT", {STATE_ROOT_MISMATCH}},
    {"BlockException.INVALID_TRANSACTIONS_ROOT", {TRANSACTIONS_ROOT_MISMATCH}},
    {"BlockException.INVALID_RECEIPTS_ROOT", {RECEIPTS_ROOT_MISMATCH}},
    {"BlockException.INVALID_LOG_BLOOM", {LOGS_BLOOM_MISMATCH}},
    {"BlockException.INVALID_GAS_USED", {GAS_USED_MISMATCH}},
    {"BlockException.GAS_USED_OVERFLOW", {GAS_USED_MISMATCH, HEADER_GAS_USED_ABOVE_LIMIT,
                                          TRANSACTION_GAS_ABOVE_BLOCK}},
    {"BlockException.GASLIMIT_TOO_BIG", {HEADER_GAS_LIMIT_WRONG}},
    {"BlockException.EXTRA_DATA_TOO_BIG", {HEADER_EXTRA_DATA_TOO_LONG}},
    {"BlockException.UNKNOWN_PARENT", {WITNESS_HEADERS_BROKEN}},
    {"BlockException.INVALID_BLOCK_TIMESTAMP_OLDER_THAN_PARENT", {HEADER_TIMESTAMP_NOT_LATER}},
    {"BlockException.INCORRECT_BLOCK_FORMAT", {HEADER_FIELDS_WRONG, RLP_MALFORMED, BLOCK_FIELDS_WRONG}},
};

/* Whether a status is one of those that "A|B|…" stands for. */
static inline bool exception_covers(const char *expected, status got)
{
    char copy[512], *rest = copy;
    snprintf(copy, sizeof copy, "%s", expected);
    for (char *name; (name = strsep(&rest, "|")) != NULL;)
        for (size_t i = 0; i < sizeof EXCEPTIONS / sizeof EXCEPTIONS[0]; i++)
            if (strcmp(EXCEPTIONS[i].name, name) == 0)
                for (size_t j = 0; j < 6 && EXCEPTIONS[i].answers[j] != OK; j++)
                    if (EXCEPTIONS[i].answers[j] == got)
                        return true;
    return false;
}

#endif
