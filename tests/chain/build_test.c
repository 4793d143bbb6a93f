/* A block built on a genesis state executes from its own witness, which is as small as can be. Transactions
 * are signed by libsecp256k1. */
#define _GNU_SOURCE
#include "tests/chain/fixture.h"

#include <secp256k1_recovery.h>

#include "chain/header.h"
#include "chain/input.h"
#include "chain/transaction.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"

static secp256k1_context *curve;
static arena memory;

/* ---- signing ---- */

typedef struct {
    uint8_t key[32];
    address where;
    uint64_t nonce;
} signer;

static signer make_signer(uint8_t seed)
{
    signer s = {.key = {[0] = seed, [31] = 1}};
    secp256k1_pubkey point;
    uint8_t serialised[65];
    size_t size = sizeof serialised;
    assert_int_equal(secp256k1_ec_pubkey_create(curve, &point, s.key), 1);
    secp256k1_ec_pubkey_serialize(curve, serialised, &size, &point, SECP256K1_EC_UNCOMPRESSED);
    hash256 hash;
    keccak256(&hash, serialised + 1, 64);
    memcpy(s.where.bytes, hash.bytes + 12, 20);
    return s;
}

static int sign(u256 *r, u256 *s, const signer *who, bytes message)
{
    hash256 digest;
    keccak256(&digest, message.data, message.size);
    secp256k1_ecdsa_recoverable_signature signature;
    uint8_t compact[64];
    int parity;
    assert_int_equal(secp256k1_ecdsa_sign_recoverable(curve, &signature, digest.bytes, who->key, NULL, NULL),
                     1);
    secp256k1_ecdsa_recoverable_signature_serialize_compact(curve, compact, &parity, &signature);
    *r = u256_from_be(compact, 32);
    *s = u256_from_be(compact + 32, 32);
    return parity;
}

enum { CHAIN_ID = 1337, GAS_LIMIT = 500000 };

static const u256 ONE_GWEI = {{1000000000}};

typedef struct {
    transaction_type type;
    const address *to; /* NULL: creates */
    u256 value;
    bytes data;
    const address *listed;    /* access list of one, with slot 0 */
    const signer *authority;  /* delegates to `listed` */
    size_t blobs;
} order;

static void write_fields(rlp_writer *w, const signer *from, const order *o)
{
    if (o->type != TRANSACTION_LEGACY)
        rlp_write_u64(w, CHAIN_ID);
    rlp_write_u64(w, from->nonce);
    if (o->type >= TRANSACTION_DYNAMIC_FEE)
        rlp_write_u256(w, ONE_GWEI);
    rlp_write_u256(w, u256_mul(ONE_GWEI, u256_from_u64(2)));
    rlp_write_u64(w, GAS_LIMIT);
    if (o->to)
        rlp_write_address(w, o->to);
    else
        rlp_write_bytes(w, NULL, 0);
    rlp_write_u256(w, o->value);
    rlp_write_bytes(w, o->data.data, o->data.size);
    if (o->type == TRANSACTION_LEGACY)
        return;
    size_t list = rlp_begin_list(w);
    if (o->listed) {
        size_t entry = rlp_begin_list(w);
        rlp_write_address(w, o->listed);
        size_t slots = rlp_begin_list(w);
        rlp_write_hash(w, &(hash256){{0}});
        rlp_end_list(w, slots);
        rlp_end_list(w, entry);
    }
    rlp_end_list(w, list);
    if (o->type == TRANSACTION_BLOB) {
        rlp_write_u256(w, ONE_GWEI);
        size_t hashes = rlp_begin_list(w);
        for (size_t i = 0; i < o->blobs; i++)
            rlp_write_hash(w, &(hash256){{1, (uint8_t)i}});
        rlp_end_list(w, hashes);
    }
    if (o->type == TRANSACTION_SET_CODE) {
        uint8_t buffer[128];
        rlp_writer m;
        rlp_writer_init(&m, buffer, sizeof buffer);
        rlp_write_raw(&m, &(uint8_t){5}, 1);
        size_t message = rlp_begin_list(&m);
        rlp_write_u64(&m, CHAIN_ID);
        rlp_write_address(&m, o->listed);
        rlp_write_u64(&m, o->authority->nonce);
        rlp_end_list(&m, message);
        u256 r, s;
        int parity = sign(&r, &s, o->authority, rlp_written(&m));
        size_t tuples = rlp_begin_list(w), tuple = rlp_begin_list(w);
        rlp_write_u64(w, CHAIN_ID);
        rlp_write_address(w, o->listed);
        rlp_write_u64(w, o->authority->nonce);
        rlp_write_u64(w, (uint64_t)parity);
        rlp_write_u256(w, r);
        rlp_write_u256(w, s);
        rlp_end_list(w, tuple);
        rlp_end_list(w, tuples);
    }
}

static bytes make_transaction(signer *from, const order *o)
{
    size_t capacity = o->data.size + 2048;
    rlp_writer w;
    u256 r, s;
    uint8_t type = (uint8_t)o->type;
    rlp_writer_init(&w, arena_allocate(&memory, capacity, 8), capacity);
    if (type)
        rlp_write_raw(&w, &type, 1);
    size_t list = rlp_begin_list(&w);
    write_fields(&w, from, o);
    if (!type) {
        rlp_write_u64(&w, CHAIN_ID);
        rlp_write_u64(&w, 0);
        rlp_write_u64(&w, 0);
    }
    rlp_end_list(&w, list);
    int parity = sign(&r, &s, from, rlp_written(&w));

    rlp_writer_init(&w, arena_allocate(&memory, capacity, 8), capacity);
    if (type)
        rlp_write_raw(&w, &type, 1);
    list = rlp_begin_list(&w);
    write_fields(&w, from, o);
    rlp_write_u64(&w, (uint64_t)parity + (type ? 0 : 35 + 2 * CHAIN_ID));
    rlp_write_u256(&w, r);
    rlp_write_u256(&w, s);
    rlp_end_list(&w, list);
    from->nonce++;
    return rlp_written(&w);
}

/* ---- a genesis ---- */

/* sstore(0, sload(0) + 1); log1(0, 0, topic 7) */
static const uint8_t counter_code[] = {0x60, 0x00, 0x54, 0x60, 0x01, 0x01, 0x60, 0x00, 0x55,
                                       0x60, 0x07, 0x60, 0x00, 0x60, 0x00, 0xa1, 0x00};
/* Clears slot 1, so that a branch of the storage trie collapses. */
static const uint8_t clearing_code[] = {0x60, 0x00, 0x60, 0x01, 0x55, 0x00};
/* Deploys one STOP. */
static const uint8_t init_code[] = {0x60, 0x01, 0x60, 0x00, 0xf3};

enum { BYSTANDERS = 100 };
static const address counter_address = {{0xc0}}, clearing_address = {{0xc1}};

static chain_genesis make_genesis(const char *root, const signer *signers, size_t signer_count)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/blockchain_tests/prague/eip7702_set_code_tx/test_set_code_to_log.json",
             root);
    json_t *tests = load_json(path), *test;
    const char *name;
    genesis_account *system = NULL;
    size_t system_count = 0;
    json_object_foreach(tests, name, test) {
        system = json_accounts(&memory, json_object_get(test, "pre"), &system_count);
        break;
    }
    genesis_account *accounts =
        ARENA_NEW(&memory, genesis_account, system_count + signer_count + BYSTANDERS + 2);
    size_t count = 0;
    for (size_t i = 0; i < system_count; i++)
        if (system[i].where.bytes[0] == 0)
            accounts[count++] = system[i];
    for (size_t i = 0; i < signer_count; i++)
        accounts[count++] = (genesis_account){.where = signers[i].where, .balance = {{0, 1}}};
    for (size_t i = 0; i < BYSTANDERS; i++)
        accounts[count++] = (genesis_account){.where = {{0xb5, (uint8_t)i}}, .balance = {{i + 1}}};
    static const genesis_slot counter_slots[] = {{{{0}}, {{41}}}, {{{9}}, {{1}}}};
    static const genesis_slot clearing_slots[] = {{{{1}}, {{1}}}, {{{2}}, {{1}}}};
    accounts[count++] = (genesis_account){.where = counter_address,
                                          .nonce = 1,
                                          .code = {counter_code, sizeof counter_code},
                                          .slots = counter_slots,
                                          .slot_count = 2};
    accounts[count++] = (genesis_account){.where = clearing_address,
                                          .nonce = 1,
                                          .code = {clearing_code, sizeof clearing_code},
                                          .slots = clearing_slots,
                                          .slot_count = 2};
    json_decref(tests);
    return (chain_genesis){.config = *chain_config_by_id(CHAIN_ID),
                           .accounts = accounts,
                           .account_count = count,
                           .gas_limit = 30000000,
                           .timestamp = 1000};
}

static chain_fault last_fault;

static status execute(const chain_config *config, const chain_input *input, chain_result *result)
{
    size_t mark = memory.used_bytes;
    status outcome = chain_execute(result, &last_fault, &memory, config, input);
    arena_rewind(&memory, mark);
    return outcome;
}

static void assert_dropping_is_refused(const chain_config *config, const built_block *block)
{
    chain_result result;
    for (size_t i = 0; i < block->input.node_count; i++) {
        chain_input input = block->input;
        bytes *nodes = ARENA_NEW(&memory, bytes, input.node_count);
        memcpy(nodes, input.nodes, input.node_count * sizeof *nodes);
        nodes[i] = nodes[--input.node_count];
        input.nodes = nodes;
        assert_int_equal(execute(config, &input, &result), WITNESS_INCOMPLETE);
        /* Which one is said. */
        hash256 hash;
        keccak256(&hash, block->input.nodes[i].data, block->input.nodes[i].size);
        assert_memory_equal(last_fault.missing.hash.bytes, hash.bytes, 32);
    }
    for (size_t i = 0; i < block->input.code_count; i++) {
        chain_input input = block->input;
        bytes *codes = ARENA_NEW(&memory, bytes, input.code_count);
        memcpy(codes, input.codes, input.code_count * sizeof *codes);
        codes[i] = codes[--input.code_count];
        input.codes = codes;
        assert_int_equal(execute(config, &input, &result), WITNESS_CODE_MISSING);
    }
}

static void built_block_executes(void **unused)
{
    (void)unused;
    const char *root = fixture_root();
    if (root == NULL)
        skip();
    signer signers[] = {make_signer(1), make_signer(2), make_signer(3)};
    chain_genesis genesis = make_genesis(root, signers, 3);
    address nobody = {{0x77}};
    bytes transactions[] = {
        make_transaction(&signers[0], &(order){.to = &nobody, .value = {{5}}}),
        make_transaction(&signers[0], &(order){.type = 1, .to = &counter_address,
                                               .listed = &counter_address}),
        make_transaction(&signers[1], &(order){.type = 2, .data = {init_code, sizeof init_code}}),
        make_transaction(&signers[1], &(order){.type = 3, .to = &counter_address, .blobs = 2}),
        make_transaction(&signers[1], &(order){.type = 4, .to = &signers[2].where, .listed = &counter_address,
                                               .authority = &signers[2]}),
        make_transaction(&signers[1], &(order){.type = 2, .to = &clearing_address}),
    };
    enum { COUNT = sizeof transactions / sizeof transactions[0] };
    block_choices choices = block_choices_default(&genesis);
    choices.coinbase = (address){{0xfe}};
    built_block block;
    chain_fault fault;
    assert_int_equal(chain_build(&block, &fault, &memory, &genesis, &choices, transactions, COUNT), OK);

    chain_result result;
    assert_int_equal(execute(&genesis.config, &block.input, &result), OK);
    assert_memory_equal(&result.hash, &block.result.hash, 32);
    assert_memory_equal(&result.state_root, &block.result.state_root, 32);
    assert_memory_equal(&result.receipts_root, &block.result.receipts_root, 32);
    assert_memory_equal(result.logs_bloom, block.result.logs_bloom, 256);
    assert_int_equal(result.gas_used, block.result.gas_used);
    assert_true(result.held_against_parent);
    assert_int_equal(result.transaction_count, COUNT);
    assert_int_equal(result.number, 1);
    assert_dropping_is_refused(&genesis.config, &block);

    /* The same through the guest's input. */
    chain_config config;
    chain_input input;
    bytes data = chain_input_write(&memory, &genesis.config, &block.input);
    assert_int_equal(chain_input_parse(&config, &input, &memory, data), OK);
    assert_int_equal(execute(&config, &input, &result), OK);
    assert_memory_equal(&result.state_root, &block.result.state_root, 32);

    /* The rules are not the block's to choose. */
    config.chain_id++;
    assert_int_equal(execute(&config, &block.input, &result), TRANSACTION_CHAIN_ID_WRONG);
    config.fork_block[FORK_PARIS] = 2;
    assert_int_equal(execute(&config, &block.input, &result), UNSUPPORTED_FORK);
}

static void bad_transactions_are_named(void **unused)
{
    (void)unused;
    const char *root = fixture_root();
    if (root == NULL)
        skip();
    signer signers[] = {make_signer(1), make_signer(2)};
    chain_genesis genesis = make_genesis(root, signers, 1);
    address nobody = {{0x77}};
    block_choices choices = block_choices_default(&genesis);
    built_block block;
    chain_fault fault;

    bytes good = make_transaction(&signers[0], &(order){.to = &nobody});
    bytes poor = make_transaction(&signers[1], &(order){.to = &nobody});
    assert_int_equal(chain_build(&block, &fault, &memory, &genesis, &choices, (bytes[]){good, poor}, 2),
                     TRANSACTION_FUNDS_INSUFFICIENT);
    assert_int_equal(fault.transaction_index, 1);
    assert_int_equal(chain_build(&block, &fault, &memory, &genesis, &choices, (bytes[]){good, good}, 2),
                     TRANSACTION_NONCE_TOO_LOW);
    bytes cut = {good.data, good.size - 1};
    assert_int_equal(chain_build(&block, &fault, &memory, &genesis, &choices, &cut, 1), RLP_MALFORMED);
    assert_int_equal(fault.transaction_index, 0);
    choices.timestamp = genesis.timestamp;
    assert_int_equal(chain_build(&block, &fault, &memory, &genesis, &choices, &good, 1),
                     HEADER_TIMESTAMP_NOT_LATER);
}

/* The genesis of execution-apis' chain has the hash that its block 1 names as parent. */
static void genesis_hash(void **unused)
{
    (void)unused;
    const char *root = fixture_root();
    if (root == NULL)
        skip();
    char path[4096];
    snprintf(path, sizeof path, "%s/execution_apis/genesis.json", root);
    json_t *file = load_json(path);
    snprintf(path, sizeof path, "%s/execution_apis/chain.rlp", root);
    FILE *chain = fopen(path, "rb");
    assert_non_null(chain);
    uint8_t start[2048];
    assert_int_equal(fread(start, 1, sizeof start, chain), sizeof start);
    fclose(chain);
    bytes block = {start, sizeof start}, body, fields;
    hash256 parent_hash;
    assert_int_equal(rlp_list(&body, &block), OK);
    assert_int_equal(rlp_list(&fields, &body), OK);
    assert_int_equal(rlp_hash(&parent_hash, &fields), OK);

    chain_genesis genesis = {
        .gas_limit = json_u64(json_object_get(file, "gasLimit")),
        .difficulty = json_u256(json_object_get(file, "difficulty")),
        .extra_data = json_hex(&memory, json_object_get(file, "extraData")),
    };
    genesis.accounts = json_accounts(&memory, json_object_get(file, "alloc"), &genesis.account_count);
    for (fork_id fork = FORK_HOMESTEAD; fork <= FORK_PARIS; fork++)
        genesis.config.fork_block[fork] = 3 * (uint64_t)fork;
    for (fork_id fork = FORK_SHANGHAI; fork < FORK_COUNT; fork++)
        genesis.config.fork_timestamp[fork] = 390;
    byte_store nodes, codes;
    store_init(&nodes, &memory);
    store_init(&codes, &memory);
    hash256 state_root, hash;
    bytes encoding;
    block_header header;
    assert_int_equal(genesis_state(&state_root, &nodes, &codes, &memory, genesis.accounts,
                                   genesis.account_count), OK);
    assert_int_equal(genesis_header(&encoding, &header, &memory, &genesis, &state_root), OK);
    keccak256(&hash, encoding.data, encoding.size);
    assert_memory_equal(&hash, &parent_hash, 32);
    json_decref(file);
}

int main(void)
{
    curve = secp256k1_context_create(SECP256K1_CONTEXT_SIGN);
    arena_open(&memory, ARENA_RESERVED);
    const struct CMUnitTest tests[] = {cmocka_unit_test(built_block_executes),
                                       cmocka_unit_test(bad_transactions_are_named),
                                       cmocka_unit_test(genesis_hash)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
