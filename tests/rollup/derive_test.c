/* From batches to blocks: transactions of type 0x7E, what a batch can be wrong in, and that nothing else drops anything. */
#include "tests/rollup/rollup.h"

static rig chain;

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
    rollup_item item = deposit(&people[0].where, ETHER);
    assert_int_equal(rig_derive(&chain, 5, NOTHING, &item, 1), OK);
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
    rollup_item item = deposit(&people[0].where, ETHER);
    const struct {
        const char *what;
        uint64_t kind;
        u256 value;
        uint64_t gas_limit;
        bytes data;
        uint64_t gas_used;
    } cases[] = {
        {"value above the balance", ROLLUP_ITEM_CALL, u256_mul(ETHER, u256_from_u64(1000)), 90000, {NULL, 0}, 21000},
        {"the same with data: the floor", ROLLUP_ITEM_CALL, u256_mul(ETHER, u256_from_u64(1000)), 90000,
         {(const uint8_t *)"aaaaaaaaaa", 10}, 21000 + 400},
        {"creation with value above the balance", ROLLUP_ITEM_CREATE, u256_mul(ETHER, u256_from_u64(1000)), 90000,
         {burns, 1}, 53018},
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
        assert_int_equal(rig_derive(&chain, 5, NOTHING, &item, 1), OK);
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

/* MessagePasser.initiateWithdrawal(to, ""), with value. */
static bytes withdrawal_call(void)
{
    static uint8_t call[100];
    hash256 selector;
    static const char name[] = "initiateWithdrawal(address,bytes)";
    keccak256(&selector, (const uint8_t *)name, sizeof name - 1);
    memcpy(call, selector.bytes, 4);
    memset(call + 4 + 12, 0xaa, 20);
    call[4 + 63] = 0x40;
    return (bytes){call, sizeof call};
}

static void a_forced_withdrawal_is_a_message(void **unused)
{
    (void)unused;
    rollup_item item = deposit(&people[0].where, ETHER);
    item.to = ROLLUP_MESSAGE_PASSER;
    item.value = u256_from_u64(12345);
    item.data = withdrawal_call();
    item.gas_limit = 500000;
    assert_true(chain.position.outcome.withdrawal_root.bytes[0] == 0);
    assert_int_equal(rig_derive(&chain, 5, NOTHING, &item, 1), OK);
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

/* Only the Queue's alias may say what L1's block is; GASPRICE is zero. */
static void an_anchor_is_an_item(void **unused)
{
    (void)unused;
    rollup_item anchor = {.kind = ROLLUP_ITEM_CALL, .sender = QUEUE, .to = {{0x42, [19] = 0x15}}, .gas_limit = 100000,
                          .time = GENESIS_TIME};
    u256 alias = u256_add(u256_from_be(QUEUE.bytes, 20),
                          u256_from_be((const uint8_t *)"\x11\x11\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x11\x11", 20));
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
    assert_int_equal(rig_derive(&chain, 5, NOTHING, items, 2), OK);
    assert_int_equal(chain.receipt_status, 1);
}

/* ---- fees and the header ---- */

static void the_coinbase_gets_the_base_fee(void **unused)
{
    (void)unused;
    bytes tx = sign(&people[0], (order){.to = &people[1].where, .value = u256_from_u64(7), .tip = u256_from_u64(1000)});
    block_header parent, header;
    assert_int_equal(header_decode(&parent, chain.headers[chain.header_count - 1]), OK);
    uint64_t time = chain.position.outcome.last_time;
    assert_int_equal(rig_derive(&chain, 12, one_block(time, 12, 0, &tx, 1), NULL, 0), OK);
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
    assert_int_equal(rig_derive(&chain, 12, NOTHING, NULL, 0), OK);
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
    rollup_item item = deposit(&people[0].where, ETHER);
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
    assert_int_equal(chain_build(&built, &fault, &memory, &genesis, &choices, &queued, 1), TRANSACTION_TYPE_UNKNOWN);

    genesis.config = chain.config;
    hash256 root;
    byte_store nodes, codes;
    store_init(&nodes, &memory);
    store_init(&codes, &memory);
    bytes parent;
    block_header header;
    assert_int_equal(genesis_state(&root, &nodes, &codes, &memory, genesis.accounts, genesis.account_count), OK);
    assert_int_equal(genesis_header(&parent, &header, &memory, &genesis, &root), OK);
    hash256 parent_hash;
    keccak256(&parent_hash, parent.data, parent.size);
    header_rollup_randao(&choices.prev_randao, &parent_hash);
    assert_int_equal(chain_build(&built, &fault, &memory, &genesis, &choices, &queued, 1), OK);
    people[1].nonce = 0;
    bytes both[2] = {sign(&people[1], (order){.to = &people[0].where}), queued};
    assert_int_equal(chain_build(&built, &fault, &memory, &genesis, &choices, both, 2), TRANSACTION_QUEUED_NOT_FIRST);
    assert_int_equal(fault.transaction_index, 1);
    bytes blob = sign(&people[1], (order){.type = TRANSACTION_BLOB, .to = &people[0].where, .nonce = 0, .has_nonce = true});
    assert_int_equal(chain_build(&built, &fault, &memory, &genesis, &choices, &blob, 1), TRANSACTION_TYPE_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(genesis_has_no_ether),
        cmocka_unit_test(code_hashes_are_those_of_the_codes),
        cmocka_unit_test_setup(a_deposit_mints, fresh),
        cmocka_unit_test_setup(items_fail_and_are_never_invalid, fresh),
        cmocka_unit_test_setup(a_forced_withdrawal_is_a_message, fresh),
        cmocka_unit_test_setup(an_anchor_is_an_item, fresh),
        cmocka_unit_test_setup(the_coinbase_gets_the_base_fee, funded),
        cmocka_unit_test_setup(nothing_of_the_header_is_chosen, funded),
        cmocka_unit_test_setup(items_have_their_place, fresh),
    };
    return cmocka_run_group_tests_name("derive", tests, open_memories, NULL);
}
