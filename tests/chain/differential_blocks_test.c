/* Makes whole blocks for another EVM's t8n to run (make fuzz-differential):
 * differential_blocks_test SEED COUNT FOLDER GUEST_EACH. Of each there is the state before it, its
 * environment, its transactions and what this one comes to with them: the roots and all else that the header
 * commits to, and which transactions are invalid. The block is executed from its witness too, natively and
 * each GUEST_EACH-th in the guest, and from witnesses that lack a node or have one twice. Ends with 1 where
 * that comes to something else. */
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
    size_t count = guest_fuzz_take(s, MOST_WITHDRAWALS + 1);
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

static json_t *hex_of(const uint8_t *data, size_t size)
{
    char *text = malloc(2 * size + 3);
    CHECK(text != NULL);
    memcpy(text, "0x", 3);
    hex_encode(text + 2, data, size);
    json_t *value = json_string(text);
    free(text);
    return value;
}

static void dump(json_t *value, const char *folder, uint64_t number, const char *what)
{
    char path[1024];
    int length = snprintf(path, sizeof path, "%s/block_%llu.%s", folder, (unsigned long long)number, what);
    CHECK((size_t)length < sizeof path);
    CHECK(json_dump_file(value, path, JSON_COMPACT | JSON_ENCODE_ANY) == 0);
    json_decref(value);
}

/* As t8n takes and gives them. */
static void write_block(const proposal *p, const char *folder, uint64_t number, fork_id fork, arena *memory)
{
    bytes rest = p->built.input.block, body, fields = p->built.input.headers[0];
    rlp_item item;
    block_header h;
    hash256 parent;
    CHECK(rlp_list(&body, &rest) == OK && rlp_decode(&item, &body) == OK &&
          header_decode(&h, item.encoding) == OK);
    keccak256(&parent, fields.data, fields.size);
    char ancestor[16];
    snprintf(ancestor, sizeof ancestor, "%d", BLOCK - 1);
    json_t *env = json_pack("{so so so so ss so s{so}}", "currentCoinbase", hex_of(h.coinbase.bytes, 20),
                            "currentRandom", hex_of(h.mix_hash.bytes, 32), "currentNumber",
                            hex_number(h.number), "currentTimestamp", hex_number(h.timestamp), "currentDifficulty", "0x0",
                            "withdrawals", json_incref(p->withdrawals), "blockHashes", ancestor,
                            hex_of(parent.bytes, 32));
    set(env, "currentGasLimit", hex_number(h.gas_limit));
    set(env, "currentBaseFee", hex_number(h.base_fee.limb[0]));
    json_t *result = json_object();
    set(result, "stateRoot", hex_of(h.state_root.bytes, 32));
    set(result, "txRoot", hex_of(h.transactions_root.bytes, 32));
    set(result, "receiptsRoot", hex_of(h.receipts_root.bytes, 32));
    set(result, "withdrawalsRoot", hex_of(h.withdrawals_root.bytes, 32));
    set(result, "logsBloom", hex_of(h.logs_bloom, LOGS_BLOOM_BYTES));
    set(result, "gasUsed", hex_number(h.gas_used));
    if (fork >= FORK_CANCUN) {
        set(env, "parentBeaconBlockRoot", hex_of(h.parent_beacon_block_root.bytes, 32));
        set(env, "currentExcessBlobGas", hex_number(h.excess_blob_gas));
        set(result, "blobGasUsed", hex_number(h.blob_gas_used));
        set(result, "currentExcessBlobGas", hex_number(h.excess_blob_gas));
    }
    if (fork >= FORK_PRAGUE)
        set(result, "requestsHash", hex_of(h.requests_hash.bytes, 32));
    json_t *rejected = json_array();
    for (size_t i = 0, k = 0; i < p->count; i++) {
        bool kept = k < p->kept_count && p->kept[k] == i;
        if (kept)
            k++;
        else
            json_array_append_new(rejected, json_integer((json_int_t)i));
    }
    size_t capacity = 64;
    for (size_t i = 0; i < p->count; i++)
        capacity += p->all[i].size + 16;
    rlp_writer w;
    rlp_writer_init(&w, arena_allocate(memory, capacity, 8), capacity);
    size_t list = rlp_begin_list(&w);
    for (size_t i = 0; i < p->count; i++)
        if (p->all[i].data[0] >= 0xc0)
            rlp_write_raw(&w, p->all[i].data, p->all[i].size);
        else
            rlp_write_bytes(&w, p->all[i].data, p->all[i].size);
    rlp_end_list(&w, list);
    dump(json_incref(p->pre), folder, number, "alloc.json");
    dump(env, folder, number, "env.json");
    dump(hex_of(w.data, w.used_bytes), folder, number, "txs.rlp");
    dump(json_pack("{ss so so}", "fork", fork_name(fork), "rejected", rejected, "result", result), folder,
         number, "expected.json");
}

static bool generate(uint64_t seed, uint64_t count, const char *folder, uint64_t guest_each)
{
    static const fork_id forks[] = {FORK_SHANGHAI, FORK_CANCUN, FORK_PRAGUE, FORK_OSAKA};
    uint64_t failed = 0, transactions = 0, proposed = 0;
    const fixture_options options = {.guest = true, .program = block_program_elf(),
                                     .stateless_program = stateless_program_elf()};
    fixture_worker w;
    fixture_worker_open(&w, &options);
    for (uint64_t i = 0; i < count; i++) {
        uint64_t number = seed + i;
        guest_fuzz_source source = {.state = (number + 1) * 0x9e3779b97f4a7c15u ^ 0x7654321};
        for (unsigned k = 0; k < 8; k++)
            (void)guest_fuzz_take(&source, 2);
        source.fork = forks[guest_fuzz_take(&source, sizeof forks / sizeof forks[0])];
        (void)fixture_begin(&w, "block_%llu", (unsigned long long)number);
        fixture_network network;
        proposal *p = ARENA_NEW(&w.memory, proposal, 1);
        CHECK(fixture_network_read(&network, fork_name(source.fork), NULL));
        propose(p, &w, &source, &network);
        build(p, &w.memory);
        transactions += p->kept_count;
        proposed += p->count;

        chain_result result;
        chain_fault fault;
        size_t mark = w.scratch.used_bytes;
        status outcome = chain_execute(&result, &fault, &w.scratch, &network.config, &p->built.input);
        arena_rewind(&w.scratch, mark);
        if (outcome != OK || memcmp(&result.hash, &p->built.result.hash, sizeof result.hash) != 0)
            fixture_fail(&w, "from its own witness: %s", status_name(outcome));
        else
            fixture_compare_tampered(&w, &network.config, &p->built.input);
        if (!w.failed && guest_each > 0 && i % guest_each == 0)
            fixture_compare_guest(&w, &network.config, &p->built.input, outcome, &result);
        if (folder != NULL)
            write_block(p, folder, number, source.fork, &w.memory);
        json_decref(p->pre);
        json_decref(p->withdrawals);
        failed += w.failed;
        fixture_end(&w);
    }
    fixture_worker_close(&w);
    printf("%llu blocks with %llu of %llu transactions, %llu differ in the guest or took a bad witness\n",
           (unsigned long long)count, (unsigned long long)transactions, (unsigned long long)proposed,
           (unsigned long long)failed);
    CHECK(2 * transactions > proposed);
    return failed == 0;
}

static void sample(void **unused)
{
    (void)unused;
    assert_true(generate(1, 60, NULL, 10));
}

int main(int argc, char **argv)
{
    if (argc == 5)
        return !generate(strtoull(argv[1], NULL, 0), strtoull(argv[2], NULL, 0), argv[3],
                         strtoull(argv[4], NULL, 0));
    const struct CMUnitTest tests[] = {cmocka_unit_test(sample)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
