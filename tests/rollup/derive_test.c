/* From batches to blocks: transactions of type 0x7E, what a batch can be wrong in, and that nothing else
 * drops anything; natively and by the guest program alike. The first argument, if any, is how many mutated
 * batches, which are derived natively alone. */
#include "rollup/inflate.h"
#include "tests/rollup/guest.h"
#include "tests/rollup/random.h"

static rig chain;
static unsigned long mutations = 20000;
static bool runs_guest;

static int fresh(void **unused)
{
    (void)unused;
    arena_rewind(&memory, 0);
    rig_open(&chain);
    return 0;
}

static int funded(void **unused)
{
    fresh(unused);
    rig_fund(&chain);
    return 0;
}

static const bytes NOTHING = {(const uint8_t *)"\x03\x00", 2}; /* the stream of no text */

/* The next batch, and the guest program comes to the same. */
static status derive(uint64_t seconds, bytes data, const rollup_item *items, size_t item_count)
{
    status s = rig_derive(&chain, seconds, data, items, item_count);
    if (s != OK || !runs_guest)
        return s;
    rollup_run run;
    rollup_step step;
    batch_output output;
    hash256 native, digest;
    rig_run(&chain, &run, &step, data, items, item_count);
    rig_output(&chain, &output);
    guest_digest(&native, &output);
    assert_int_equal(guest_run(&digest, rollup_run_write(&memory, &chain.config, &run)), OK);
    assert_memory_equal(&digest, &native, 32);
    return OK;
}

static uint64_t gas_of_last_block(void)
{
    block_header header;
    bytes last = chain.headers[chain.header_count - 1];
    assert_int_equal(header_decode(&header, last), OK);
    return header.gas_used;
}

/* ---- the genesis ---- */

static void genesis_has_no_ether(void **unused)
{
    (void)unused;
    const genesis_account *accounts;
    size_t count;
    rollup_genesis_accounts(&accounts, &count, &memory, &QUEUE, &BRIDGE);
    assert_int_equal(count, 7);
    for (size_t i = 0; i < count; i++) {
        assert_true(u256_is_zero(accounts[i].balance));
        assert_true(accounts[i].code.size > 0);
    }
    /* Changes only with the contracts (make pin-predeploys), and is then a new configuration. */
    static const char pinned[] = "4c6507f6bee75b50265e8d9c40f1ea6d17c771e0ac4b4073b4ed75fa9590caac";
    hash256 hash;
    rollup_predeploys_hash(&hash);
    char text[65];
    for (unsigned i = 0; i < 32; i++)
        snprintf(text + 2 * i, 3, "%02x", hash.bytes[i]);
    assert_string_equal(text, pinned);
}

static void code_hashes_are_those_of_the_codes(void **unused)
{
    (void)unused;
    const genesis_account *accounts;
    size_t count;
    rollup_genesis_accounts(&accounts, &count, &memory, &QUEUE, &BRIDGE);
    keccak256_context all;
    keccak256_init(&all);
    for (size_t i = 0; i < count; i++) {
        hash256 code;
        keccak256(&code, accounts[i].code.data, accounts[i].code.size);
        keccak256_absorb(&all, accounts[i].where.bytes, 20);
        keccak256_absorb(&all, code.bytes, 32);
    }
    hash256 computed, said;
    keccak256_finish(&all, &computed);
    rollup_predeploys_hash(&said);
    assert_memory_equal(&computed, &said, 32);
}

/* ---- items ---- */

static void a_deposit_mints(void **unused)
{
    (void)unused;
    rollup_item item = deposit_of(&people[0].where, ETHER);
    assert_int_equal(derive(5, NOTHING, &item, 1), OK);
    assert_false(chain.result.has_fault);
    assert_true(chain.result.has_closing_block);
    assert_int_equal(chain.result.transaction_count, 1);
    u256 balance;
    uint64_t nonce;
    account_now(&chain, &people[0].where, &balance, &nonce);
    assert_true(u256_equal(balance, ETHER));
    assert_int_equal(nonce, 1);
    assert_int_equal(chain.receipt_status, 1);
    assert_int_equal(gas_of_last_block(), 21000);
    /* Nothing is credited to the coinbase, which does not come into being. */
    assert_true(u256_is_zero(balance_of(&chain, &COMMITTER)));
    assert_int_equal(chain.position.outcome.queue_index, 1);
    hash256 rolling = {{0}};
    rollup_item_hash(&rolling, &rolling, 0, &item);
    assert_memory_equal(&rolling, &chain.position.queue_hash, 32);
}

/* Each way in which an item cannot run: mint and nonce stay, the receipt says 0. */
static void items_fail_and_are_never_invalid(void **unused)
{
    (void)unused;
    static const uint8_t code_that_reverts[] = {0x60, 0, 0x60, 0, 0xfd}, burns[] = {0xfe};
    rollup_item item = deposit_of(&people[0].where, ETHER);
    const struct {
        const char *what;
        uint64_t kind;
        u256 value;
        uint64_t gas_limit;
        bytes data;
        uint64_t gas_used;
    } cases[] = {
        {"value above the balance", ROLLUP_ITEM_CALL, u256_mul(ETHER, u256_from_u64(1000)), 90000, {NULL, 0},
         21000},
        {"the same with data: the floor", ROLLUP_ITEM_CALL, u256_mul(ETHER, u256_from_u64(1000)), 90000,
         {(const uint8_t *)"aaaaaaaaaa", 10}, 21000 + 400},
        {"creation with value above the balance", ROLLUP_ITEM_CREATE, u256_mul(ETHER, u256_from_u64(1000)),
         90000, {burns, 1}, 53018},
        {"a creation that reverts", ROLLUP_ITEM_CREATE, U256_ZERO, 90000,
         {code_that_reverts, sizeof code_that_reverts}, 21000 + 32000 + 2 + 3 * 16 + 2 * 4 + 2 * 3},
        {"a creation that burns all", ROLLUP_ITEM_CREATE, U256_ZERO, 90000, {burns, 1}, 90000},
        {"less gas than the data costs", ROLLUP_ITEM_CALL, U256_ZERO, 20999, {NULL, 0}, 20999},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        item.kind = cases[i].kind;
        if (item.kind == ROLLUP_ITEM_CREATE)
            item.to = (address){{0}};
        item.value = cases[i].value;
        item.gas_limit = cases[i].gas_limit;
        item.data = cases[i].data;
        assert_int_equal(derive(5, NOTHING, &item, 1), OK);
        assert_false(chain.result.has_fault);
        assert_int_equal(chain.receipt_status, 0);
        if (gas_of_last_block() != cases[i].gas_used)
            print_message("%s: %zu gas\n", cases[i].what, (size_t)gas_of_last_block());
        assert_int_equal(gas_of_last_block(), cases[i].gas_used);
        u256 balance;
        uint64_t nonce;
        account_now(&chain, &people[0].where, &balance, &nonce);
        assert_int_equal(nonce, i + 1);
        assert_true(u256_equal(balance, u256_mul(ETHER, u256_from_u64(i + 1))));
    }
}

static void a_forced_withdrawal_is_a_message(void **unused)
{
    (void)unused;
    rollup_item item = deposit_of(&people[0].where, ETHER);
    item.to = ROLLUP_MESSAGE_PASSER;
    item.value = u256_from_u64(12345);
    bytes call = withdrawal_call();
    memset((uint8_t *)(uintptr_t)call.data + 4 + 12, 0xaa, 20);
    item.data = call;
    item.gas_limit = 500000;
    assert_true(chain.position.outcome.withdrawal_root.bytes[0] == 0);
    assert_int_equal(derive(5, NOTHING, &item, 1), OK);
    assert_int_equal(chain.receipt_status, 1);
    /* leaf 0 of a tree of depth 32 */
    uint8_t words[160] = {0};
    memcpy(words + 32 + 12, people[0].where.bytes, 20);
    memset(words + 64 + 12, 0xaa, 20);
    u256_to_be(words + 96, u256_from_u64(12345));
    keccak256((hash256 *)(void *)(words + 128), NULL, 0);
    hash256 leaf, root;
    keccak256(&leaf, words, sizeof words);
    rollup_tree_root(&root, &memory, &leaf, 1, 32);
    assert_memory_equal(&root, &chain.position.outcome.withdrawal_root, 32);
    assert_true(u256_equal(balance_of(&chain, &ROLLUP_MESSAGE_PASSER), u256_from_u64(12345)));
}

/* Only the Queue's alias may say what L1's block is. */
static void an_anchor_is_an_item(void **unused)
{
    (void)unused;
    rollup_item anchor = {.kind = ROLLUP_ITEM_CALL, .sender = QUEUE, .to = {{0x42, [19] = 0x15}},
                          .gas_limit = 100000, .time = GENESIS_TIME};
    u256 alias = u256_add(u256_from_be(QUEUE.bytes, 20),
                          u256_from_be((const uint8_t *)"\x11\x11\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x11\x11",
                                       20));
    uint8_t word[32], call[4 + 4 * 32] = {0};
    u256_to_be(word, alias);
    memcpy(anchor.from.bytes, word + 12, 20);
    hash256 selector;
    static const char name[] = "update(uint64,bytes32,uint128,uint128)";
    keccak256(&selector, (const uint8_t *)name, sizeof name - 1);
    memcpy(call, selector.bytes, 4);
    for (unsigned i = 0; i < 4; i++)
        call[4 + 32 * i + 31] = (uint8_t)(i + 1);
    anchor.data = (bytes){call, sizeof call};
    rollup_item items[2] = {anchor, anchor};
    items[1].from = people[0].where; /* not so by the Queue */
    assert_int_equal(derive(5, NOTHING, items, 2), OK);
    assert_int_equal(chain.receipt_status, 1);
}

static void gas_has_no_price_for_items(void **unused)
{
    (void)unused;
    static const uint8_t code[] = {0x60, 1, 0x3a, 0x01, 0x60, 0, 0x55}; /* stores 1 + GASPRICE */
    rollup_item item = deposit_of(&people[0].where, ETHER);
    item.kind = ROLLUP_ITEM_CREATE;
    item.to = (address){{0}};
    item.data = (bytes){code, sizeof code};
    assert_int_equal(derive(5, NOTHING, &item, 1), OK);
    assert_int_equal(chain.receipt_status, 1);
    address at;
    transaction_created_address(&at, &people[0].where, 0);
    state *world = state_open(&second, rig_witness(&chain), &chain.position.outcome.state_root);
    account *a;
    storage_slot *slot;
    assert_int_equal(state_account(world, &a, &at), OK);
    assert_int_equal(state_slot(world, &slot, a, &U256_ZERO), OK);
    assert_true(u256_equal(*slot_value(slot), u256_from_u64(1)));
    arena_rewind(&second, 0);
    /* It pays with nothing that it was given. */
    assert_true(u256_equal(balance_of(&chain, &people[0].where), ETHER));
}

/* ---- fees and the header ---- */

static void the_coinbase_gets_the_base_fee(void **unused)
{
    (void)unused;
    bytes tx = sign(&people[0], (order){.to = &people[1].where, .value = u256_from_u64(7),
                                        .tip = u256_from_u64(1000)});
    block_header parent, header;
    assert_int_equal(header_decode(&parent, chain.headers[chain.header_count - 1]), OK);
    uint64_t time = chain.position.outcome.last_time;
    assert_int_equal(derive(12, one_block(time, 12, 0, &tx, 1), NULL, 0), OK);
    assert_false(chain.result.has_fault);
    assert_false(chain.result.has_closing_block);
    assert_int_equal(header_decode(&header, chain.headers[chain.header_count - 1]), OK);
    u256 price = u256_add(header.base_fee, u256_from_u64(1000));
    assert_true(u256_equal(balance_of(&chain, &COMMITTER), u256_mul(price, u256_from_u64(21000))));
    /* The target is the configuration's own: far below half of the gas limit. */
    assert_true(u256_equal(header.base_fee, header_next_base_fee(&parent, &chain.config)));
    hash256 randao;
    keccak256(&randao, header.parent_hash.bytes, 32);
    assert_memory_equal(&header.mix_hash, &randao, 32);
    assert_int_equal(header.gas_limit, 36000000);
    parent.gas_used = 2500000;
    assert_true(u256_equal(header_next_base_fee(&parent, &chain.config), parent.base_fee));
}

/* What a rollup's header must not choose is refused by whoever executes the block. */
static void nothing_of_the_header_is_chosen(void **unused)
{
    (void)unused;
    assert_int_equal(derive(12, NOTHING, NULL, 0), OK);
    block_header good;
    assert_int_equal(header_decode(&good, chain.headers[chain.header_count - 1]), OK);
    assert_int_equal(header_check(&good, &chain.config, FORK_OSAKA), OK);
    for (unsigned i = 0; i < 5; i++) {
        block_header bad = good;
        switch (i) {
        case 0: bad.mix_hash.bytes[0] ^= 1; break;
        case 1: bad.gas_limit--; break;
        case 2: bad.extra_data = (bytes){(const uint8_t *)"x", 1}; break;
        case 3: bad.parent_beacon_block_root.bytes[31] = 1; break;
        default: bad.withdrawals_root.bytes[0] ^= 1; break;
        }
        assert_int_equal(header_check(&bad, &chain.config, FORK_OSAKA), HEADER_CHOSEN);
    }
}

/* On Ethereum's chains there is no such type, and on a rollup it comes first. */
static void items_have_their_place(void **unused)
{
    (void)unused;
    rollup_item item = deposit_of(&people[0].where, ETHER);
    hash256 source = {{1}};
    bytes queued = rollup_item_transaction(&memory, &item, &source);
    transaction tx;
    assert_int_equal(transaction_decode(&tx, &memory, queued), OK);
    assert_int_equal(tx.type, TRANSACTION_QUEUED);
    assert_memory_equal(&tx.source_hash, &source, 32);
    assert_true(u256_equal(tx.mint, ETHER));

    chain_genesis genesis = {.config = *chain_config_by_id(L2_CHAIN_ID), .gas_limit = 36000000};
    genesis_account rich = {.where = people[1].where, .balance = ETHER};
    const genesis_account *predeploys;
    size_t count;
    rollup_genesis_accounts(&predeploys, &count, &memory, &QUEUE, &BRIDGE);
    genesis_account *accounts = ARENA_NEW(&memory, genesis_account, count + 1);
    memcpy(accounts, predeploys, count * sizeof *accounts);
    accounts[count] = rich;
    genesis.accounts = accounts;
    genesis.account_count = count + 1;
    block_choices choices = block_choices_default(&genesis);
    built_block built;
    chain_fault fault;
    assert_int_equal(chain_build(&built, &fault, &memory, &genesis, &choices, &queued, 1),
                     TRANSACTION_TYPE_UNKNOWN);

    genesis.config = chain.config;
    hash256 root;
    byte_store nodes, codes;
    store_init(&nodes, &memory);
    store_init(&codes, &memory);
    bytes parent;
    block_header header;
    assert_int_equal(genesis_state(&root, &nodes, &codes, &memory, genesis.accounts, genesis.account_count),
                     OK);
    assert_int_equal(genesis_header(&parent, &header, &memory, &genesis, &root), OK);
    hash256 parent_hash;
    keccak256(&parent_hash, parent.data, parent.size);
    header_rollup_randao(&choices.prev_randao, &parent_hash);
    assert_int_equal(chain_build(&built, &fault, &memory, &genesis, &choices, &queued, 1), OK);
    people[1].nonce = 0;
    bytes both[2] = {sign(&people[1], (order){.to = &people[0].where}), queued};
    assert_int_equal(chain_build(&built, &fault, &memory, &genesis, &choices, both, 2),
                     TRANSACTION_QUEUED_NOT_FIRST);
    assert_int_equal(fault.transaction_index, 1);
    bytes blob = sign(&people[1], (order){.type = TRANSACTION_BLOB, .to = &people[0].where, .nonce = 0,
                                          .has_nonce = true});
    assert_int_equal(chain_build(&built, &fault, &memory, &genesis, &choices, &blob, 1),
                     TRANSACTION_TYPE_UNKNOWN);
}

/* ---- what a batch can be wrong in ---- */

static bool seen[STATUS_COUNT];

/* The chain has gone on to the batch's last time, whatever its bytes were. */
static void assert_cut(status cut, size_t blocks, size_t skipped)
{
    if (chain.result.cut != cut)
        print_message("%s instead of %s\n", status_name(chain.result.cut), status_name(cut));
    assert_int_equal(chain.result.cut, cut);
    assert_int_equal(chain.result.block_count, blocks);
    assert_int_equal(chain.result.skipped_count, skipped);
    assert_int_equal(chain.result.has_fault, cut != OK || skipped > 0);
    seen[cut] = true;
    if (skipped > 0)
        seen[chain.result.first_skip] = true;
}

static bytes text_of(const char *hex)
{
    size_t size_bytes = strlen(hex) / 2;
    uint8_t *out = arena_allocate(&memory, size_bytes, 1);
    for (size_t i = 0; i < size_bytes; i++) {
        unsigned byte;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
        out[i] = (uint8_t)byte;
    }
    return (bytes){out, size_bytes};
}

static void lists_end(void **unused)
{
    (void)unused;
    static const struct {
        const char *what, *text;
        status cut;
        size_t blocks; /* with the closing one */
    } cases[] = {
        {"no block", "", OK, 1},
        {"a block below the last time", "c30180c0", OK, 2},
        {"one at the last time", "c30a80c0", OK, 1},
        {"one below and one at the last time", "c30180c0c30980c0", OK, 2},
        {"a block after the last time's", "c30a80c0c30180c0", BATCH_TIME_WRONG, 1},
        {"no time has passed", "c38080c0", BATCH_TIME_WRONG, 1},
        {"later than the batch", "c30b80c0", BATCH_TIME_WRONG, 1},
        {"a time that would wrap", "cb88ffffffffffffffff80c0", BATCH_TIME_WRONG, 1},
        {"the second is wrong", "c30180c0c38080c0", BATCH_TIME_WRONG, 2},
        {"an item that there is not", "c30101c0", BATCH_ITEMS_WRONG, 1},
        {"a number with a leading zero", "c40a8100c0", RLP_MALFORMED, 1},
        {"a byte with a prefix", "c4810a80c0", RLP_MALFORMED, 1},
        {"a field too many", "c40a80c080", RLP_MALFORMED, 1},
        {"a field too few", "c20a80", RLP_MALFORMED, 1},
        {"a string in the place of the list", "c30a8080", RLP_MALFORMED, 1},
        {"a block that is cut", "c30a80", RLP_MALFORMED, 1},
        {"a block that is a string", "830a80c0", RLP_MALFORMED, 1},
        {"a long length that is short", "f8030a80c0", RLP_MALFORMED, 1},
        {"an empty transaction", "c40a80c180", RLP_MALFORMED, 1},
        {"an empty list as a transaction", "c40a80c1c0", RLP_MALFORMED, 1},
        {"a transaction of type 5", "c60a80c38205c0", TRANSACTION_TYPE_UNKNOWN, 1},
        {"a transaction of type 0", "c60a80c38200c0", TRANSACTION_TYPE_UNKNOWN, 1},
        {"a broken transaction of type 2", "c60a80c38202c0", RLP_MALFORMED, 1},
        {"a legacy transaction in a string", "c60a80c382c180", RLP_MALFORMED, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (getenv("ASHLAR_VERBOSE"))
            print_message("%s\n", cases[i].what);
        assert_int_equal(derive(10, rollup_compress(&memory, text_of(cases[i].text)), NULL, 0),
                         OK);
        assert_cut(cases[i].cut, cases[i].blocks, 0);
    }
    bytes junk = {(const uint8_t *)"\xff\xff", 2};
    assert_int_equal(derive(10, junk, NULL, 0), OK);
    assert_cut(BATCH_STREAM_BROKEN, 1, 0);
    assert_int_equal(derive(10, (bytes){NULL, 0}, NULL, 0), OK);
    assert_cut(BATCH_STREAM_BROKEN, 1, 0);
    /* Anything may follow the stream. */
    assert_int_equal(derive(10, (bytes){(const uint8_t *)"\x03\x00junk", 6}, NULL, 0), OK);
    assert_cut(OK, 1, 0);

    /* A text of 1 MiB is read, one byte more is not: the first block of either would be good. */
    enum { TOO_LONG = ROLLUP_MAX_TEXT_BYTES + 1 };
    uint8_t *text = ARENA_NEW(&memory, uint8_t, TOO_LONG);
    memcpy(text, "\xc3\x01\x80\xc0", 4);
    bytes longest = rollup_compress(&memory, (bytes){text, TOO_LONG - 1});
    assert_int_equal(derive(10, longest, NULL, 0), OK);
    assert_cut(RLP_MALFORMED, 2, 0);
    assert_int_equal(derive(10, rollup_compress(&memory, (bytes){text, TOO_LONG}), NULL, 0), OK);
    assert_cut(BATCH_TEXT_TOO_LONG, 1, 0);

    for (unsigned i = 0; i <= ROLLUP_MAX_BLOCKS; i++)
        memcpy(text + 4 * i, "\xc3\x01\x80\xc0", 4);
    bytes most = rollup_compress(&memory, (bytes){text, 4 * ROLLUP_MAX_BLOCKS});
    assert_int_equal(derive(2000, most, NULL, 0), OK);
    assert_cut(OK, ROLLUP_MAX_BLOCKS + 1, 0);
    bytes one_more = rollup_compress(&memory, (bytes){text, 4 * (ROLLUP_MAX_BLOCKS + 1)});
    assert_int_equal(derive(2000, one_more, NULL, 0), OK);
    assert_cut(BATCH_BLOCKS_TOO_MANY, ROLLUP_MAX_BLOCKS + 1, 0);
}

static void items_are_taken_in_order(void **unused)
{
    (void)unused;
    rollup_item items[3] = {deposit_of(&people[0].where, ETHER), deposit_of(&people[1].where, ETHER),
                            deposit_of(&people[2].where, ETHER)};
    static const struct {
        const char *text;
        status cut;
        size_t blocks;
        uint64_t in_last_block;
    } cases[] = {
        {"", OK, 1, 3},
        {"c30101c0", OK, 2, 2},
        {"c30103c0", OK, 2, 0},
        {"c30103c0c30980c0", OK, 2, 0},
        {"c30a03c0", OK, 1, 3},
        {"c30a02c0", BATCH_ITEMS_WRONG, 1, 3},         /* leaves one */
        {"c30102c0c30902c0", BATCH_ITEMS_WRONG, 2, 1}, /* there is one left */
        {"c30104c0", BATCH_ITEMS_WRONG, 1, 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(derive(10, rollup_compress(&memory, text_of(cases[i].text)), items, 3),
                         OK);
        assert_cut(cases[i].cut, cases[i].blocks, 0);
        assert_int_equal(gas_of_last_block(), 21000 * cases[i].in_last_block);
        assert_int_equal(chain.result.transaction_count, 3);
        assert_int_equal(chain.position.outcome.queue_index, PEOPLE + 3 * (i + 1));
        hash256 root;
        rollup_tree_root(&root, &memory, chain.result.leaves, 3, ROLLUP_TRANSACTIONS_DEPTH);
        assert_memory_equal(&root, &chain.result.root, 32);
    }
    /* L1 has no such batches. */
    const rollup_position before = chain.position;
    assert_int_equal(derive(0, NOTHING, NULL, 0), BATCH_RANGE_WRONG);
    chain.position.outcome.last_time++;
    assert_int_equal(derive(10, NOTHING, NULL, 0), BATCH_POSITION_WRONG);
    chain.position = before;
    chain.position.batches.count++;
    assert_int_equal(derive(10, NOTHING, NULL, 0), BATCH_POSITION_WRONG);
    chain.position = before;
}

static void types_from_elsewhere_end_the_list(void **unused)
{
    (void)unused;
    hash256 source = {{9}};
    rollup_item item = deposit_of(&people[0].where, ETHER);
    bytes cases[2] = {rollup_item_transaction(&memory, &item, &source),
                      sign(&people[0], (order){.type = TRANSACTION_BLOB, .to = &people[1].where})};
    for (unsigned i = 0; i < 2; i++) {
        uint64_t time = chain.position.outcome.last_time;
        assert_int_equal(derive(10, one_block(time, 10, 0, &cases[i], 1), NULL, 0), OK);
        assert_cut(TRANSACTION_TYPE_UNKNOWN, 1, 0);
        assert_int_equal(chain.result.transaction_count, 0);
    }
}

static void invalid_transactions_are_skipped(void **unused)
{
    (void)unused;
    person *a = &people[0];
    const address *to = &people[1].where;
    static uint8_t zeros[50000];
    const struct {
        const char *what;
        order order;
        person *from;
        status why;
    } cases[] = {
        {"a high s", {.to = to, .is_high_s = true}, a, TRANSACTION_SIGNATURE_INVALID},
        {"another chain", {.to = to, .chain_id = 5}, a, TRANSACTION_CHAIN_ID_WRONG},
        {"another chain, legacy", {.to = to, .type = LEGACY, .chain_id = 5}, a, TRANSACTION_CHAIN_ID_WRONG},
        {"a nonce that was", {.to = to, .has_nonce = true}, a, TRANSACTION_NONCE_TOO_LOW},
        {"a nonce to come", {.to = to, .has_nonce = true, .nonce = 99}, a, TRANSACTION_NONCE_TOO_HIGH},
        {"the largest nonce", {.to = to, .has_nonce = true, .nonce = UINT64_MAX}, a,
         TRANSACTION_NONCE_IS_MAX},
        {"more than there is", {.to = to, .value = u256_mul(ETHER, u256_from_u64(2000))}, a,
         TRANSACTION_FUNDS_INSUFFICIENT},
        {"a contract's key", {.to = to, .has_nonce = true, .nonce = 1}, &people[CONTRACT],
         TRANSACTION_SENDER_HAS_CODE},
        {"too low a fee", {.to = to, .max_fee = u256_from_u64(1)}, a, TRANSACTION_FEE_BELOW_BASE_FEE},
        {"a tip above the fee", {.to = to, .tip = ETHER}, a, TRANSACTION_TIP_ABOVE_FEE},
        {"next to no gas", {.to = to, .gas_limit = 1}, a, TRANSACTION_GAS_BELOW_INTRINSIC},
        {"too little for its data", {.to = to, .gas_limit = 21001, .data = {zeros, 1}}, a,
         TRANSACTION_GAS_BELOW_INTRINSIC},
        {"less than the floor", {.to = to, .gas_limit = 26000, .data = {zeros, 1000}}, a,
         TRANSACTION_GAS_BELOW_FLOOR},
        {"above the cap", {.to = to, .gas_limit = TRANSACTION_GAS_CAP + 1}, a, TRANSACTION_GAS_ABOVE_CAP},
        {"above the batch's gas", {.to = to, .gas_limit = 24000001}, a, TRANSACTION_GAS_ABOVE_BATCH},
        {"much init code", {.gas_limit = 2000000, .data = {zeros, 49153}}, a,
         TRANSACTION_INIT_CODE_TOO_LARGE},
        {"a creation with authorizations", {.type = TRANSACTION_SET_CODE}, a,
         TRANSACTION_CREATES_WITH_AUTHORIZATIONS},
        {"no authorizations", {.type = TRANSACTION_SET_CODE, .to = to, .has_no_authorizations = true}, a,
         TRANSACTION_AUTHORIZATIONS_NONE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        order o = cases[i].order;
        if (!o.has_nonce)
            o.nonce = a->nonce;
        o.has_nonce = true;
        /* The good ones before and after it are included. */
        bytes transactions[3] = {sign(&people[2], (order){.to = to}), sign(cases[i].from, o),
                                 sign(&people[2], (order){.to = to, .type = LEGACY})};
        uint64_t time = chain.position.outcome.last_time;
        assert_int_equal(derive(10, one_block(time, 10, 0, transactions, 3), NULL, 0), OK);
        if (chain.result.first_skip != cases[i].why)
            print_message("%s: %s\n", cases[i].what, status_name(chain.result.first_skip));
        assert_int_equal(chain.result.first_skip, cases[i].why);
        assert_cut(OK, 1, 1);
        assert_int_equal(chain.result.transaction_count, 2);
        assert_int_equal(chain.receipt_status, 3);
    }
}

/* Gas of a batch's transactions is one budget over its blocks, and what is skipped counts. */
static void gas_of_a_batch_is_bounded(void **unused)
{
    (void)unused;
    enum { MANY = 1200 };
    bytes *transactions = ARENA_NEW(&memory, bytes, MANY);
    order bad = {.to = &people[1].where, .has_nonce = true, .nonce = 0};
    bytes low_nonce = sign(&people[0], bad);
    for (unsigned i = 0; i < MANY; i++)
        transactions[i] = low_nonce;
    /* 1,142 times 21,000 leave 18,000. */
    transactions[1142] = sign(&people[2], (order){.to = &people[1].where, .gas_limit = 21000,
                                                  .has_nonce = true, .nonce = 1});
    uint64_t time = chain.position.outcome.last_time;
    assert_int_equal(derive(10, one_block(time, 10, 0, transactions, MANY), NULL, 0), OK);
    assert_cut(OK, 1, MANY);
    transactions[1141] = transactions[1142];
    time = chain.position.outcome.last_time;
    assert_int_equal(derive(10, one_block(time, 10, 0, transactions, MANY), NULL, 0), OK);
    assert_cut(OK, 1, MANY - 1);
    people[2].nonce = 2;

    /* The second block has what the first one left; items have gas of their own. */
    static const uint8_t burns[] = {0xfe};
    rollup_item item = deposit_of(&people[3].where, ETHER);
    item.kind = ROLLUP_ITEM_CREATE;
    item.to = (address){{0}};
    item.data = (bytes){burns, 1};
    item.gas_limit = 6000000;
    rollup_item items[2] = {item, item};
    bytes first = sign(&people[2], (order){.gas_limit = 12000000, .data = {burns, 1}});
    bytes second_one = sign(&people[2], (order){.gas_limit = 12000000, .data = {burns, 1}});
    bytes third = sign(&people[4], (order){.gas_limit = 21000, .to = &people[1].where});
    time = chain.position.outcome.last_time;
    rollup_block blocks[2] = {{time + 1, 1, &first, 1}, {time + 2, 1, (bytes[]){second_one, third}, 2}};
    bytes data = rollup_compress(&memory, rollup_write_blocks(&memory, time, blocks, 2));
    assert_int_equal(derive(2, data, items, 2), OK);
    assert_cut(OK, 2, 1);
    assert_int_equal(chain.result.first_skip, TRANSACTION_GAS_ABOVE_BATCH);
    assert_int_equal(gas_of_last_block(), 18000000);
}

/* The list that any bytes are: it ends at the last time and takes all items, and the same bytes give it
 * again. */
static void assert_list(bytes data, uint64_t parent_time, uint64_t last_time, uint64_t item_count,
                        unsigned long *cuts)
{
    size_t mark = memory.used_bytes;
    rollup_blocks list, again;
    rollup_read_blocks(&list, &memory, data, parent_time, last_time, item_count);
    rollup_read_blocks(&again, &memory, data, parent_time, last_time, item_count);
    assert_in_range(list.block_count, 1, ROLLUP_MAX_BLOCKS + 1);
    assert_int_equal(again.block_count, list.block_count);
    assert_int_equal(again.cut, list.cut);
    *cuts += list.cut != OK;
    uint64_t time = parent_time, taken = 0;
    for (size_t i = 0; i < list.block_count; i++) {
        const rollup_block *block = &list.blocks[i], *other = &again.blocks[i];
        assert_true(block->timestamp > time && block->timestamp <= last_time);
        assert_int_equal(other->transaction_count, block->transaction_count);
        time = block->timestamp;
        taken += block->item_count;
        for (size_t k = 0; k < block->transaction_count; k++) {
            transaction tx;
            status s = transaction_decode(&tx, &memory, block->transactions[k]);
            assert_true(s != RLP_MALFORMED && s != TRANSACTION_TYPE_UNKNOWN);
            assert_true(s != OK || (tx.type != TRANSACTION_BLOB && tx.type != TRANSACTION_QUEUED));
            assert_int_equal(other->transactions[k].size, block->transactions[k].size);
        }
    }
    assert_int_equal(time, last_time);
    assert_int_equal(taken, item_count);
    /* Written again, the blocks are read back as they are: nothing was invented. */
    size_t written = list.block_count - list.has_closing_block;
    bytes stream = rollup_compress(&memory, rollup_write_blocks(&memory, parent_time, list.blocks, written));
    rollup_read_blocks(&again, &memory, stream, parent_time, last_time, item_count);
    assert_int_equal(again.cut, OK);
    assert_int_equal(again.block_count, list.block_count);
    assert_int_equal(again.has_closing_block, list.has_closing_block);
    arena_rewind(&memory, mark);
}

static void any_bytes_are_one_list(void **unused)
{
    (void)unused;
    enum { TEXTS = 64 };
    unsigned long cuts = 0;
    bytes texts[TEXTS];
    uint64_t seconds[TEXTS];
    for (unsigned i = 0; i < TEXTS; i++) {
        bytes data = random_batch(&chain, &seconds[i], i % 5);
        if (rollup_inflate(&texts[i], &memory, ROLLUP_MAX_TEXT_BYTES, data) != OK)
            texts[i] = (bytes){NULL, 0};
    }
    uint64_t parent_time = chain.position.outcome.last_time;
    for (unsigned long i = 0; i < mutations; i++) {
        size_t mark = memory.used_bytes;
        unsigned which = (unsigned)next_random(TEXTS);
        bytes text = texts[which];
        uint8_t *copy = arena_allocate(&memory, text.size + 8, 1);
        size_t size_bytes = text.size;
        if (size_bytes > 0)
            memcpy(copy, text.data, size_bytes);
        for (unsigned changes = (unsigned)next_random(4); changes > 0 && size_bytes > 0; changes--) {
            size_t at = next_random(next_random(2) ? size_bytes : size_bytes < 12 ? size_bytes : 12);
            switch (next_random(3)) {
            case 0: copy[at] = (uint8_t)next_random(256); break;
            case 1: memmove(copy + at, copy + at + 1, --size_bytes - at); break;
            default: size_bytes = at; break;
            }
        }
        /* Stored, so that reading is what takes the time. */
        uint8_t *stream = arena_allocate(&memory, size_bytes + 5, 1);
        uint16_t length = (uint16_t)size_bytes;
        const uint8_t head[5] = {1, (uint8_t)length, (uint8_t)(length >> 8), (uint8_t)~length,
                                 (uint8_t)(~length >> 8)};
        memcpy(stream, head, 5);
        memcpy(stream + 5, copy, size_bytes);
        assert_list((bytes){stream, size_bytes + 5}, parent_time,
                    parent_time + seconds[which] + next_random(2), next_random(5), &cuts);
        arena_rewind(&memory, mark);
    }
    print_message("%lu mutated batches, %lu cut\n", mutations, cuts);
    assert_in_range(cuts, mutations / 4, mutations - mutations / 20);
}

/* Each status of the table was seen above: none is there for nothing. */
static void each_drop_was_seen(void **unused)
{
    (void)unused;
    static const status drops[] = {
#define ENDS(name) name,
#define SKIPS(name) name,
#include "rollup/drop.def"
    };
    for (size_t i = 0; i < sizeof drops / sizeof drops[0]; i++) {
        if (!seen[drops[i]])
            print_message("%s was not seen\n", status_name(drops[i]));
        assert_true(seen[drops[i]]);
    }
}

/* BLOCKHASH and the history contract over more blocks than a window. */
static void ancestors_reach_over_batches(void **unused)
{
    (void)unused;
    /* Stores BLOCKHASH(NUMBER − 256), then − 257, then − 1, in slots 0 to 2 (by init code). */
    static const uint8_t code[] = {0x61, 0x01, 0x00, 0x43, 0x03, 0x40, 0x60, 0x00, 0x55, 0x61, 0x01, 0x01,
                                   0x43, 0x03,
                                   0x40, 0x60, 0x01, 0x55, 0x60, 0x01, 0x43, 0x03, 0x40, 0x60, 0x02, 0x55};
    static uint8_t text[4 * 1000];
    for (unsigned i = 0; i < 1000; i++)
        memcpy(text + 4 * i, "\xc3\x01\x80\xc0", 4);
    bytes many = rollup_compress(&memory, (bytes){text, sizeof text});
    for (unsigned round = 0; round < 2; round++) {
        bytes tx = sign(&people[0], (order){.data = {code, sizeof code}});
        uint64_t time = chain.position.outcome.last_time;
        if (round == 1) { /* after a thousand blocks of the same batch */
            rollup_block *blocks = ARENA_NEW(&memory, rollup_block, 1000);
            for (unsigned i = 0; i < 1000; i++)
                blocks[i] = (rollup_block){.timestamp = time + i + 1};
            blocks[999].transactions = &tx;
            blocks[999].transaction_count = 1;
            many = rollup_compress(&memory, rollup_write_blocks(&memory, time, blocks, 1000));
            assert_int_equal(rig_derive(&chain, 1000, many, NULL, 0), OK);
        } else {
            assert_int_equal(rig_derive(&chain, 1001, many, NULL, 0), OK);
            time = chain.position.outcome.last_time;
            assert_int_equal(rig_derive(&chain, 1, one_block(time, 1, 0, &tx, 1), NULL, 0), OK);
        }
        assert_false(chain.result.has_fault);
        assert_int_equal(chain.receipt_status, 1);
        address at;
        transaction_created_address(&at, &people[0].where, people[0].nonce - 1);
        state *world = state_open(&second, rig_witness(&chain), &chain.position.outcome.state_root);
        account *a;
        storage_slot *slot;
        assert_int_equal(state_account(world, &a, &at), OK);
        for (unsigned i = 0; i < 3; i++) {
            u256 key = u256_from_u64(i);
            hash256 expected = {{0}};
            static const unsigned back[3] = {256, 257, 1};
            bytes header = chain.headers[chain.header_count - 1 - back[i]];
            if (back[i] <= 256)
                keccak256(&expected, header.data, header.size);
            assert_int_equal(state_slot(world, &slot, a, &key), OK);
            assert_true(u256_equal(*slot_value(slot), u256_from_be(expected.bytes, 32)));
        }
        arena_rewind(&second, 0);
    }
}

int main(int argc, char **argv)
{
    if (argc > 1)
        mutations = strtoul(argv[1], NULL, 10);
    runs_guest = guest_load();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(genesis_has_no_ether),
        cmocka_unit_test(code_hashes_are_those_of_the_codes),
        cmocka_unit_test_setup(a_deposit_mints, fresh),
        cmocka_unit_test_setup(items_fail_and_are_never_invalid, fresh),
        cmocka_unit_test_setup(a_forced_withdrawal_is_a_message, fresh),
        cmocka_unit_test_setup(an_anchor_is_an_item, fresh),
        cmocka_unit_test_setup(gas_has_no_price_for_items, fresh),
        cmocka_unit_test_setup(the_coinbase_gets_the_base_fee, funded),
        cmocka_unit_test_setup(nothing_of_the_header_is_chosen, funded),
        cmocka_unit_test_setup(items_have_their_place, fresh),
        cmocka_unit_test_setup(lists_end, fresh),
        cmocka_unit_test_setup(items_are_taken_in_order, funded),
        cmocka_unit_test_setup(types_from_elsewhere_end_the_list, funded),
        cmocka_unit_test_setup(invalid_transactions_are_skipped, funded),
        cmocka_unit_test_setup(gas_of_a_batch_is_bounded, funded),
        cmocka_unit_test_setup(any_bytes_are_one_list, funded),
        cmocka_unit_test(each_drop_was_seen),
        cmocka_unit_test_setup(ancestors_reach_over_batches, funded),
    };
    return cmocka_run_group_tests_name("derive", tests, open_memories, NULL);
}
