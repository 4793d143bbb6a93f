/* Makes whole blocks for another EVM's t8n to run (make fuzz-differential):
 * differential_blocks_test SEED COUNT FOLDER GUEST_EACH. Of each there is the state before it, its
 * environment, its transactions and what this one comes to with them: the roots and all else that the header
 * commits to, and which transactions are invalid. The block is executed from its witness too, natively and
 * each GUEST_EACH-th in the guest, and from witnesses that lack a node or have one twice. Ends with 1 where
 * that comes to something else. */
#include "tests/chain/differential_blocks.h"

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
                            hex_number(h.number), "currentTimestamp", hex_number(h.timestamp),
                            "currentDifficulty", "0x0", "withdrawals", json_incref(p->withdrawals),
                            "blockHashes", ancestor, hex_of(parent.bytes, 32));
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
