/* A rollup to test with: genesis, items, signed transactions, batches; each block that is derived is executed
 * once more as a block by itself. Transactions are signed by libsecp256k1. */
#ifndef ASHLAR_TESTS_ROLLUP_H
#define ASHLAR_TESTS_ROLLUP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <secp256k1_recovery.h>

#include "chain/build.h"
#include "chain/input.h"
#include "chain/store.h"
#include "chain/transaction.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"
#include "rollup/genesis.h"
#include "rollup/run.h"

enum { L1_CHAIN_ID = 31337, L2_CHAIN_ID = 1337, MOST_HEADERS = 4000, GENESIS_TIME = 1000000, PEOPLE = 6,
      CONTRACT = PEOPLE };
#define GWEI UINT64_C(1000000000)
#define ETHER ((u256){{UINT64_C(1000000000000000000)}})

static arena memory, scratch, second; /* what lasts, the derivation's, that of blocks by themselves */
static secp256k1_context *curve;

/* ---- randomness ---- */

static uint64_t random_state = 88172645463325252;

static inline uint64_t next_random(uint64_t below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % below;
}

/* ---- people ---- */

typedef struct {
    uint8_t key[32];
    address where;
    uint64_t nonce; /* the next */
} person;

static person people[PEOPLE + 1]; /* the last one is a contract whose key is known, which cannot be */

static void make_people(void)
{
    curve = secp256k1_context_create(SECP256K1_CONTEXT_SIGN);
    for (unsigned i = 0; i <= PEOPLE; i++) {
        people[i] = (person){.key = {[0] = (uint8_t)(i + 1), [31] = 1}};
        secp256k1_pubkey point;
        uint8_t serialised[65];
        size_t size = sizeof serialised;
        assert_int_equal(secp256k1_ec_pubkey_create(curve, &point, people[i].key), 1);
        secp256k1_ec_pubkey_serialize(curve, serialised, &size, &point, SECP256K1_EC_UNCOMPRESSED);
        hash256 hash;
        keccak256(&hash, serialised + 1, 64);
        memcpy(people[i].where.bytes, hash.bytes + 12, 20);
    }
}

/* What a transaction says; what is 0 has a default in `sign`. */
typedef struct {
    unsigned type; /* 0: of type 2; legacy is LEGACY */
    uint64_t chain_id, nonce;
    bool has_nonce;
    uint64_t gas_limit;
    u256 max_fee, tip;
    const address *to; /* NULL: creates */
    u256 value;
    bytes data;
    bool is_high_s, has_no_authorizations;
} order;
enum { LEGACY = 100 };

static inline bytes sign(person *from, order o)
{
    unsigned type = o.type == 0 ? TRANSACTION_DYNAMIC_FEE : o.type == LEGACY ? 0 : o.type;
    uint64_t nonce = o.has_nonce ? o.nonce : from->nonce++;
    if (o.chain_id == 0)
        o.chain_id = L2_CHAIN_ID;
    if (o.gas_limit == 0)
        o.gas_limit = 200000;
    if (u256_is_zero(o.max_fee))
        o.max_fee = u256_from_u64(3 * GWEI);
    size_t capacity = o.data.size + 1024;
    uint8_t *out = arena_allocate(&memory, capacity, 8);
    u256 r = U256_ZERO, s = U256_ZERO;
    unsigned parity = 0;
    for (unsigned pass = 0;; pass++) {
        rlp_writer w;
        rlp_writer_init(&w, out, capacity);
        if (type > 0)
            rlp_write_raw(&w, &(uint8_t){(uint8_t)type}, 1);
        size_t list = rlp_begin_list(&w);
        if (type > 0)
            rlp_write_u64(&w, o.chain_id);
        rlp_write_u64(&w, nonce);
        if (type >= TRANSACTION_DYNAMIC_FEE)
            rlp_write_u256(&w, o.tip);
        rlp_write_u256(&w, o.max_fee);
        rlp_write_u64(&w, o.gas_limit);
        if (o.to != NULL)
            rlp_write_address(&w, o.to);
        else
            rlp_write_bytes(&w, NULL, 0);
        rlp_write_u256(&w, o.value);
        rlp_write_bytes(&w, o.data.data, o.data.size);
        if (type > 0)
            rlp_write_list_header(&w, 0);
        if (type == TRANSACTION_BLOB) {
            rlp_write_u64(&w, 1);
            size_t hashes = rlp_begin_list(&w);
            rlp_write_hash(&w, &(hash256){{1}});
            rlp_end_list(&w, hashes);
        }
        if (type == TRANSACTION_SET_CODE) {
            size_t tuples = rlp_begin_list(&w);
            if (!o.has_no_authorizations) {
                size_t tuple = rlp_begin_list(&w);
                rlp_write_u64(&w, 0);
                rlp_write_address(&w, &ROLLUP_MESSAGE_PASSER);
                for (unsigned i = 0; i < 4; i++)
                    rlp_write_u64(&w, 1);
                rlp_end_list(&w, tuple);
            }
            rlp_end_list(&w, tuples);
        }
        if (pass == 0 && type == 0) {
            rlp_write_u64(&w, o.chain_id);
            rlp_write_u64(&w, 0);
            rlp_write_u64(&w, 0);
        } else if (pass == 1) {
            rlp_write_u64(&w, type == 0 ? 35 + 2 * o.chain_id + parity : parity);
            rlp_write_u256(&w, r);
            rlp_write_u256(&w, s);
        }
        rlp_end_list(&w, list);
        if (pass == 1)
            return rlp_written(&w);
        hash256 digest;
        keccak256(&digest, rlp_written(&w).data, rlp_written(&w).size);
        secp256k1_ecdsa_recoverable_signature signature;
        uint8_t compact[64];
        int odd;
        assert_int_equal(secp256k1_ecdsa_sign_recoverable(curve, &signature, digest.bytes, from->key, NULL,
                                                          NULL), 1);
        secp256k1_ecdsa_recoverable_signature_serialize_compact(curve, compact, &odd, &signature);
        r = u256_from_be(compact, 32);
        s = u256_from_be(compact + 32, 32);
        parity = (unsigned)odd;
        if (o.is_high_s) {
            static const u256 order_of_curve = {
                {0xbfd25e8cd0364141, 0xbaaedce6af48a03b, 0xfffffffffffffffe, 0xffffffffffffffff}};
            s = u256_sub(order_of_curve, s);
            parity ^= 1;
        }
    }
}

/* ---- the chain ---- */

typedef struct {
    chain_config config;
    byte_store nodes, codes;
    rollup_position position;
    bytes headers[MOST_HEADERS];
    size_t header_count;
    /* of the batch that was derived last */
    rollup_batch_result result;
    rollup_position before;
    size_t headers_before;
    uint64_t receipt_status; /* bit i: transaction i of its last block succeeded */
    uint64_t cumulative_gas[64];
    bytes last_block;
    const genesis_account *accounts; /* of the genesis */
    size_t account_count;
    bool is_silent; /* blocks are not executed again */
} rig;

static bytes lookup(void *context, const uint8_t hash[32], bool is_code)
{
    rig *r = context;
    hash256 key;
    memcpy(key.bytes, hash, 32);
    return store_find(is_code ? &r->codes : &r->nodes, &key);
}

static void node_sink(void *context, const hash256 *hash, bytes node)
{
    rig *r = context;
    store_add(&r->nodes, hash, node);
}

static void code_sink(void *context, const hash256 *hash, bytes code)
{
    rig *r = context;
    store_add(&r->codes, hash, code);
}

static address QUEUE, BRIDGE, ROLLUP;
static const address COMMITTER = {{0xc0, [19] = 4}}, PROVER = {{0x94, [19] = 5}};

/* Where the contracts come to stand if an account deploys them that has sent nothing before: a Deployer, and
 * what that creates with its nonces (contracts/l1/Deployer.sol). */
static void place_contracts(void)
{
    static const address owner = {{0xde, [19] = 0x91}};
    address deployer;
    transaction_created_address(&deployer, &owner, 0);
    transaction_created_address(&QUEUE, &deployer, 1);
    transaction_created_address(&ROLLUP, &deployer, 3);
    transaction_created_address(&BRIDGE, &deployer, 4);
}

static void rig_config(chain_config *config)
{
    *config = *chain_config_by_id(L2_CHAIN_ID);
    config->rollup = (rollup_parameters){.transaction_gas = 24000000,
                                         .item_gas = 12000000,
                                         .base_fee_target_gas = 2500000,
                                         .queue = QUEUE,
                                         .bridge = BRIDGE};
    rollup_predeploys_hash(&config->rollup.predeploys);
}

/* With further accounts in the genesis. */
static void rig_open_with(rig *r, const genesis_account *more, size_t more_count)
{
    memset(r, 0, sizeof *r);
    rig_config(&r->config);
    store_init(&r->nodes, &memory);
    store_init(&r->codes, &memory);
    chain_genesis genesis = {.config = r->config, .gas_limit = 36000000, .timestamp = GENESIS_TIME};
    rollup_genesis_accounts(&genesis.accounts, &genesis.account_count, &memory, &QUEUE, &BRIDGE);
    genesis_account *accounts = ARENA_NEW(&memory, genesis_account, genesis.account_count + more_count + 1);
    memcpy(accounts, genesis.accounts, genesis.account_count * sizeof *accounts);
    static const uint8_t stop[] = {0};
    accounts[genesis.account_count++] = (genesis_account){
        .where = people[CONTRACT].where, .nonce = 1, .balance = ETHER, .code = {stop, sizeof stop}};
    for (size_t i = 0; i < more_count; i++)
        accounts[genesis.account_count++] = more[i];
    r->accounts = genesis.accounts = accounts;
    r->account_count = genesis.account_count;
    hash256 root, hash;
    block_header header;
    assert_int_equal(genesis_state(&root, &r->nodes, &r->codes, &memory, genesis.accounts,
                                   genesis.account_count), OK);
    assert_int_equal(genesis_header(&r->headers[r->header_count++], &header, &memory, &genesis, &root), OK);
    keccak256(&hash, r->headers[0].data, r->headers[0].size);
    rollup_position_init(&r->position, &hash, &root, GENESIS_TIME);
    for (unsigned i = 0; i < PEOPLE; i++)
        people[i].nonce = 0;
}

static inline void rig_open(rig *r) { rig_open_with(r, NULL, 0); }

static void note_receipts(rig *r, const rollup_derived_block *block)
{
    r->receipt_status = 0;
    for (size_t i = 0; i < block->transaction_count && i < 64; i++) {
        bytes receipt = block->receipts[i], fields;
        uint64_t succeeded;
        if (receipt.data[0] < 0xc0)
            receipt = (bytes){receipt.data + 1, receipt.size - 1};
        assert_int_equal(rlp_list(&fields, &receipt), OK);
        assert_int_equal(rlp_u64(&succeeded, &fields), OK);
        assert_int_equal(rlp_u64(&r->cumulative_gas[i], &fields), OK);
        r->receipt_status |= succeeded << i;
    }
}

/* The block by itself, from a witness over the same nodes: an execution that knows nothing of batches. */
static status execute_again(void *context, const rollup_derived_block *block)
{
    rig *r = context;
    if (!r->is_silent) {
        witness *known;
        assert_int_equal(witness_open(&known, &second, NULL, 0, NULL, 0), OK);
        witness_set_lookup(known, &second, lookup, r);
        size_t header_count = r->header_count < 257 ? r->header_count : 257;
        chain_input input = {.block = block->encoding,
                             .headers = r->headers + (r->header_count - header_count),
                             .header_count = header_count};
        chain_result result;
        chain_fault fault;
        chain_keeper keeper = {.known = known};
        status s = chain_execute_on(&result, &fault, &second, &r->config, &input, &keeper);
        if (s != OK)
            print_message("block %zu: %s\n", (size_t)block->header->number, status_message(s));
        assert_int_equal(s, OK);
        assert_memory_equal(&result.hash, &block->hash, 32);
        assert_memory_equal(&result.state_root, &block->header->state_root, 32);
        arena_rewind(&second, 0);
    }
    note_receipts(r, block);
    uint8_t *copy = arena_allocate(&memory, block->encoding.size, 8);
    memcpy(copy, block->encoding.data, block->encoding.size);
    r->last_block = (bytes){copy, block->encoding.size};
    bytes cursor = r->last_block, body;
    rlp_item header;
    assert_int_equal(rlp_list(&body, &cursor), OK);
    assert_int_equal(rlp_decode(&header, &body), OK);
    assert_true(r->header_count < MOST_HEADERS);
    r->headers[r->header_count++] = header.encoding;
    return OK;
}

static inline witness *rig_witness(rig *r)
{
    witness *known;
    assert_int_equal(witness_open(&known, &memory, NULL, 0, NULL, 0), OK);
    witness_set_lookup(known, &memory, lookup, r);
    return known;
}

/* The next batch, as a replica takes it. */
static status rig_derive(rig *r, uint64_t seconds, bytes data, const rollup_item *items, size_t item_count)
{
    rollup_source source = {.config = &r->config,
                            .known = rig_witness(r),
                            .headers = r->headers,
                            .header_count = r->header_count,
                            .node_sink = node_sink,
                            .code_sink = code_sink,
                            .block_sink = execute_again,
                            .context = r};
    rollup_batch batch = {.index = r->position.batches.count,
                          .committer = COMMITTER,
                          .last_time = r->position.outcome.last_time + seconds,
                          .queue_index = r->position.outcome.queue_index + item_count,
                          .data = data};
    rollup_derivation *d;
    r->before = r->position;
    r->headers_before = r->header_count;
    status s = rollup_derive_open(&d, &memory, &scratch, &source, &r->position);
    if (s == OK)
        s = rollup_derive(d, &r->result, &batch, items, item_count);
    if (s == OK)
        r->position = *rollup_derive_position(d);
    assert_true(s != OK || scratch.used_bytes == 0);
    arena_rewind(&scratch, 0);
    return s;
}

/* The run of the batch that rig_derive took last, with a witness as small as can be. */
static inline void rig_run(rig *r, rollup_run *run, rollup_step *step, bytes data, const rollup_item *items,
                           size_t item_count)
{
    *step = (rollup_step){{.committer = COMMITTER,
                           .last_time = r->position.outcome.last_time,
                           .queue_index = r->position.outcome.queue_index,
                           .data = data},
                          items,
                          item_count};
    *run = (rollup_run){.l1_chain_id = L1_CHAIN_ID, .rollup = ROLLUP, .prover = PROVER, .position = r->before,
                        .steps = step, .step_count = 1};
    witness *known = rig_witness(r);
    rollup_source source = {.config = &r->config, .known = known, .headers = r->headers,
                            .header_count = r->headers_before};
    rollup_batch batch = step->batch;
    batch.index = r->before.batches.count;
    rollup_derivation *d;
    rollup_batch_result result;
    assert_int_equal(rollup_derive_open(&d, &memory, &scratch, &source, &r->before), OK);
    assert_int_equal(rollup_derive(d, &result, &batch, items, item_count), OK);
    assert_memory_equal(rollup_derive_position(d), &r->position, sizeof r->position);
    run->node_count = witness_used_node_count(known);
    run->code_count = witness_used_code_count(known);
    bytes *nodes = ARENA_NEW(&memory, bytes, run->node_count);
    bytes *codes = ARENA_NEW(&memory, bytes, run->code_count);
    witness_used_nodes(known, nodes);
    witness_used_codes(known, codes);
    run->nodes = nodes;
    run->codes = codes;
    run->headers = r->headers + r->headers_before - 1;
    run->header_count = 1;
}

/* ---- what a state holds ---- */

static void account_now(rig *r, const address *where, u256 *balance, uint64_t *nonce)
{
    state *world = state_open(&second, rig_witness(r), &r->position.outcome.state_root);
    account *a;
    assert_int_equal(state_account(world, &a, where), OK);
    *balance = *account_balance(a);
    *nonce = account_nonce(a);
    arena_rewind(&second, 0);
}

static inline u256 balance_of(rig *r, const address *where)
{
    u256 balance;
    uint64_t nonce;
    account_now(r, where, &balance, &nonce);
    return balance;
}

/* ---- items and batches ---- */

static inline void set_gas(rollup_item *item, uint64_t gas_limit)
{
    item->gas_limit = gas_limit;
    item->fee = u256_from_u64(gas_limit * GWEI);
}

static rollup_item deposit_of(const address *who, u256 amount)
{
    rollup_item item = {.kind = ROLLUP_ITEM_CALL, .sender = *who, .from = *who, .to = *who, .mint = amount,
                        .time = GENESIS_TIME};
    set_gas(&item, 100000);
    return item;
}

/* A batch of one block with these transactions, at its last time. */
static inline bytes one_block(uint64_t parent_time, uint64_t seconds, uint64_t item_count,
                              const bytes *transactions, size_t count)
{
    rollup_block block = {parent_time + seconds, item_count, transactions, count};
    return rollup_compress(&memory, rollup_write_blocks(&memory, parent_time, &block, 1));
}

/* Everybody gets a thousand ether. */
static inline void rig_fund(rig *r)
{
    rollup_item items[PEOPLE];
    for (unsigned i = 0; i < PEOPLE; i++) {
        items[i] = deposit_of(&people[i].where, u256_mul(ETHER, u256_from_u64(1000)));
        items[i].time = r->position.outcome.last_time;
        people[i].nonce++;
    }
    bytes nothing = rollup_compress(&memory, (bytes){NULL, 0});
    assert_int_equal(rig_derive(r, 10, nothing, items, PEOPLE), OK);
    assert_false(r->result.has_fault);
}

static int open_memories(void **unused)
{
    (void)unused;
    arena_open(&memory, (size_t)16 << 30);
    arena_open(&scratch, (size_t)4 << 30);
    arena_open(&second, (size_t)4 << 30);
    make_people();
    place_contracts();
    return 0;
}

#endif
