/* Generated blocks: a state, and what a proposer has for the first block on it. */
#ifndef ASHLAR_TESTS_CHAIN_DIFFERENTIAL_BLOCKS_H
#define ASHLAR_TESTS_CHAIN_DIFFERENTIAL_BLOCKS_H

#include "tests/chain/differential.h"

#include "chain/build.h"

/* The block is the first, so that BLOCKHASH has no ancestors but the one that is there. */
enum { MOST_TRANSACTIONS = 6, MOST_WITHDRAWALS = 3, BLOCK = 1, GAS_LIMIT = 30000000 };

/* What the blocks of every chain need to have. */
static const char *const SYSTEM[] = {
    "000f3df6d732807ef1319fb7b8bb8522d0beac02", "0000f90827f1c53a10cb7a02335b175320002935",
    "00000961ef480eb55e80d19ad83579a64c007002", "0000bbddc7ce488642fb579f8b00f3a590007251"};
#define DEPOSITS "0x00000000219ab540356cbb839cbe05303d7705fa"
/* Logs its input with the topic of EIP-6110. */
#define DEPOSITS_CODE "0x365f5f377f649bbc62d0e31342afea4e5cd82d4049e7e1ee912fc0889aa790803be39038c5365fa1"

static const char *system_code(const char *where)
{
    static const char *const contracts[][2] = {
#define SYSTEM_CONTRACT(address, code) {address, code},
#include "node/system_contracts.def"
#undef SYSTEM_CONTRACT
    };
    for (size_t i = 0; i < sizeof contracts / sizeof contracts[0]; i++)
        if (strcmp(contracts[i][0], where) == 0)
            return contracts[i][1];
    CHECK(false);
}

static void add_contracts(json_t *pre)
{
    for (size_t i = 0; i < sizeof SYSTEM / sizeof SYSTEM[0]; i++) {
        char where[43], code[4096];
        snprintf(where, sizeof where, "0x%s", SYSTEM[i]);
        CHECK((size_t)snprintf(code, sizeof code, "0x%s", system_code(SYSTEM[i])) < sizeof code);
        set(pre, where, json_pack("{ssssss s{}}", "balance", "0x0", "nonce", "0x1", "code", code, "storage"));
    }
    set(pre, DEPOSITS,
        json_pack("{ssssss s{}}", "balance", "0x0", "nonce", "0x1", "code", DEPOSITS_CODE, "storage"));
}

static json_t *random_bytes(guest_fuzz_source *s, size_t size)
{
    char text[2 * 600 + 3] = "0x";
    uint8_t data[600];
    CHECK(size <= sizeof data);
    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t)guest_fuzz_take(s, 256);
    hex_encode(text + 2, data, size);
    return json_string(text);
}

/* A deposit's log, laid out as the contract of mainnet does: five byte strings of these sizes, each at its
 * offset and after its length. */
static json_t *deposit_data(guest_fuzz_source *s)
{
    static const unsigned sizes[] = {48, 32, 8, 96, 8};
    uint8_t data[576] = {0};
    char text[2 * sizeof data + 3] = "0x";
    unsigned at = 5 * 32;
    for (unsigned i = 0; i < 5; i++) {
        data[32 * i + 30] = (uint8_t)(at >> 8);
        data[32 * i + 31] = (uint8_t)at;
        data[at + 31] = (uint8_t)sizes[i];
        for (unsigned k = 0; k < sizes[i]; k++)
            data[at + 32 + k] = (uint8_t)guest_fuzz_take(s, 256);
        at += 32 + (sizes[i] + 31) / 32 * 32;
    }
    CHECK(at == sizeof data);
    hex_encode(text + 2, data, sizeof data);
    return json_string(text);
}

/* A request of one of the contracts, with a fee that suffices or does not. */
static void ask_for_request(json_t *tx, guest_fuzz_source *s)
{
    unsigned kind = guest_fuzz_take(s, 3);
    static const char *const contracts[] = {"0x00000961ef480eb55e80d19ad83579a64c007002",
                                            "0x0000bbddc7ce488642fb579f8b00f3a590007251", DEPOSITS};
    set(tx, "to", json_string(contracts[kind]));
    set(tx, "data", json_pack("[o]", kind == 0   ? random_bytes(s, guest_fuzz_take(s, 8) == 0 ? 55 : 56)
                                     : kind == 1 ? random_bytes(s, 96)
                                                 : deposit_data(s)));
    set(tx, "value", json_pack("[o]", hex_number(guest_fuzz_take(s, 6))));
    set(tx, "gasLimit", json_pack("[o]", hex_number(300000)));
}

/* EIP-4844. The hashes are of version 1, mostly. */
static void add_blobs(json_t *tx, guest_fuzz_source *s)
{
    json_t *hashes = json_array();
    for (unsigned i = 1 + guest_fuzz_take(s, 2); i > 0; i--) {
        json_t *hash = random_bytes(s, 32);
        char text[67];
        snprintf(text, sizeof text, "%s", json_string_value(hash));
        memcpy(text, guest_fuzz_take(s, 16) == 0 ? "0x02" : "0x01", 4);
        json_decref(hash);
        json_array_append_new(hashes, json_string(text));
    }
    json_object_del(tx, "gasPrice");
    json_object_del(tx, "authorizationList");
    if (json_object_get(tx, "accessLists") == NULL)
        set(tx, "accessLists", json_pack("[[]]"));
    set(tx, "maxFeePerGas", hex_number(9 + guest_fuzz_take(s, 9)));
    set(tx, "maxPriorityFeePerGas", hex_number(guest_fuzz_take(s, 9)));
    set(tx, "maxFeePerBlobGas", hex_number(guest_fuzz_take(s, 12)));
    set(tx, "blobVersionedHashes", hashes);
}

static bytes encode_withdrawal(arena *memory, json_t *into, guest_fuzz_source *s, uint64_t index)
{
    address to;
    const char *name = some_address(s);
    uint64_t amount = guest_fuzz_take(s, 4), validator = guest_fuzz_take(s, 1000);
    CHECK(hex_decode_exact(to.bytes, sizeof to.bytes, name, strlen(name)) == OK);
    json_array_append_new(into,
                          json_pack("{so so ss so}", "index", hex_number(index), "validatorIndex",
                                    hex_number(validator), "address", name, "amount", hex_number(amount)));
    rlp_writer w;
    rlp_writer_init(&w, arena_allocate(memory, 64, 8), 64);
    size_t list = rlp_begin_list(&w);
    rlp_write_u64(&w, index);
    rlp_write_u64(&w, validator);
    rlp_write_address(&w, &to);
    rlp_write_u64(&w, amount);
    rlp_end_list(&w, list);
    return rlp_written(&w);
}

typedef struct {
    chain_genesis genesis;
    block_choices choices;
    json_t *pre, *withdrawals;
    bytes all[MOST_TRANSACTIONS]; /* as they are proposed */
    size_t count;
    unsigned signers[MOST_TRANSACTIONS];
    size_t kept[MOST_TRANSACTIONS], kept_count; /* which of them are valid */
    built_block built;
} proposal;

/* Transactions of all signers on one state, each with programs of its own for data. */
static void propose(proposal *p, fixture_worker *w, guest_fuzz_source *s, const fixture_network *network)
{
    static const uint8_t no_extra[1];
    json_t *first = guest_fuzz_test(s), *env = json_object_get(first, "env");
    vary(first, s);
    p->pre = json_incref(json_object_get(first, "pre"));
    uint64_t nonces[SIGNER_COUNT];
    fixture_reader r = {.memory = &w->memory};
    for (unsigned i = 0; i < SIGNER_COUNT; i++) {
        json_t *account = json_object_get(p->pre, SIGNERS[i]);
        if (account == NULL) {
            set(p->pre, SIGNERS[i],
                json_pack("{ssssss s{}}", "balance", "0x5", "nonce", "0x0", "code", "0x", "storage"));
            account = json_object_get(p->pre, SIGNERS[i]);
        }
        if (guest_fuzz_take(s, 6) > 0)
            set(account, "balance", json_string("0xffffffffffffffff"));
        nonces[i] = fixture_u64(&r, account, "nonce");
    }
    add_contracts(p->pre);
    p->count = 1 + guest_fuzz_take(s, MOST_TRANSACTIONS);
    const json_t *indexes = json_pack("{sisisi}", "data", 0, "gas", 0, "value", 0);
    for (size_t i = 0; i < p->count; i++) {
        json_t *test = i == 0 ? json_incref(first) : guest_fuzz_test(s);
        if (i > 0)
            vary(test, s);
        json_t *tx = json_object_get(test, "transaction");
        unsigned signer = guest_fuzz_take(s, SIGNER_COUNT);
        char key[67];
        p->signers[i] = signer;
        snprintf(key, sizeof key, "0x%064x", signer + 1);
        set(tx, "secretKey", json_string(key));
        if (guest_fuzz_take(s, 5) == 0)
            ask_for_request(tx, s);
        bool creates = json_string_length(json_object_get(tx, "to")) == 0;
        if (s->fork >= FORK_CANCUN && !creates && guest_fuzz_take(s, 5) == 0)
            add_blobs(tx, s);
        uint64_t nonce = nonces[signer];
        nonces[signer]++;
        if (guest_fuzz_take(s, 12) == 0)
            nonce++;
        set(tx, "nonce", hex_number(nonce));
        p->all[i] = fixture_transaction(&r, &network->config, s->fork, tx, indexes);
        CHECK(r.malformed == NULL);
        json_decref(test);
    }
    json_decref((json_t *)(uintptr_t)indexes);

    p->genesis = (chain_genesis){
        .config = network->config,
        .number = BLOCK - 1,
        .gas_limit = GAS_LIMIT,
        .gas_used = guest_fuzz_take(s, 4) * (GAS_LIMIT / 4),
        .timestamp = 1000 - 12,
        .extra_data = {no_extra, 0},
        .has_base_fee = true,
        .base_fee = u256_from_u64(7),
        .excess_blob_gas = guest_fuzz_take(s, 8) * 7654321,
        .blob_gas_used = guest_fuzz_take(s, 7) * 131072,
    };
    p->genesis.accounts = fixture_accounts(&r, &p->genesis.account_count, p->pre);
    p->choices = block_choices_default(&p->genesis);
    p->choices.coinbase = fixture_address(&r, env, "currentCoinbase");
    p->choices.prev_randao = fixture_hash(&r, env, "currentRandom");
    memset(p->choices.parent_beacon_block_root.bytes, (int)guest_fuzz_take(s, 256), 32);
    p->withdrawals = json_array();
    size_t count = s->fork >= FORK_SHANGHAI ? guest_fuzz_take(s, MOST_WITHDRAWALS + 1) : 0;
    bytes *items = ARENA_NEW(&w->memory, bytes, MOST_WITHDRAWALS);
    for (size_t i = 0; i < count; i++)
        items[i] = encode_withdrawal(&w->memory, p->withdrawals, s, i);
    p->choices.withdrawals = (block_withdrawals){items, count};
    CHECK(r.malformed == NULL);
    json_decref(first);
}

/* The block of those that are valid, where those before them are in it. */
static void build(proposal *p, arena *memory)
{
    bool refused[MOST_TRANSACTIONS] = {false};
    for (;;) {
        bytes items[MOST_TRANSACTIONS];
        p->kept_count = 0;
        for (size_t i = 0; i < p->count; i++)
            if (!refused[i]) {
                items[p->kept_count] = p->all[i];
                p->kept[p->kept_count++] = i;
            }
        chain_fault fault;
        status s = chain_build(&p->built, &fault, memory, &p->genesis, &p->choices, items, p->kept_count);
        if (s == OK)
            return;
        CHECK(fault.transaction_index < p->kept_count);
        refused[p->kept[fault.transaction_index]] = true;
    }
}

#endif
