/* A node that keeps some states only: these are whole, no other trie node stays, and what an archive of the
 * same chain says of them is what it says. */
#define _GNU_SOURCE
#include "store/chain_test.h"

enum { CONTRACTS = 3, KEPT = 8 };

static address contracts[CONTRACTS];

static void reopen(uint64_t history)
{
    chain_close();
    chain_open(history);
}

static int setup(void **unused)
{
    (void)unused;
    return chain_setup(12345);
}

static void seal(void)
{
    status s = node_seal(chain.n, NULL);
    if (s != OK)
        fail_msg("%s: %s", status_name(s), node_error_text());
}

/* Contracts that store what they are told: sstore(word 0, word 1). */
static void deploy(void)
{
    static const uint8_t code[] = {0x66, 0x60, 0x20, 0x35, 0x5f, 0x35, 0x55, 0x00, 0x5f,
                                   0x52, 0x60, 0x07, 0x60, 0x19, 0xf3};
    for (int i = 0; i < CONTRACTS; i++) {
        transaction_created_address(&contracts[i], node_account(chain.n, 0), chain.nonces[0]);
        send(0, &(store_call){.creates = true, .data = {code, sizeof code}});
    }
    seal();
}

static void set_slot(uint32_t contract, uint32_t key, uint32_t value)
{
    uint8_t data[64] = {[30] = (uint8_t)(key >> 8), [31] = (uint8_t)key, [63] = (uint8_t)value};
    send(0, &(store_call){.to = contracts[contract], .data = {data, sizeof data}});
}

/* New slots, slots that go, values that come back, two contracts with the same storage, accounts. */
static void seal_something(void)
{
    for (uint32_t i = random_below(5); i > 0; i--) {
        uint32_t key = random_below(300), value = random_below(3);
        set_slot(0, key, value);
        if (random_below(4) > 0)
            set_slot(1, key, value);
        set_slot(2, random_below(300), random_below(2));
        store_call transfer = {.to = {{0xaa, (uint8_t)random_below(64)}}, .value = u256_from_u64(1)};
        send(0, &transfer);
    }
    seal();
}

static uint64_t checked_nodes(node *n)
{
    store_check_report report;
    status s = store_check(node_store(n), &report);
    if (s != OK)
        fail_msg("%s: %s", status_name(s), node_error_text());
    return report.nodes;
}

/* A digest of what a state has, read by its trie: false where it is not kept. */
static bool read_state(hash256 *out, node *n, uint64_t number)
{
    store_view *v;
    store_block block;
    state *world;
    size_t mark = chain.memory.used_bytes;
    uint64_t sum = 0;
    assert_int_equal(node_view_open(&v, &chain.memory, n), OK);
    assert_int_equal(store_block_by_number(v, &block, number), OK);
    status s = store_state_open(v, &world, &block);
    assert_true(s == OK || s == STATE_UNKNOWN);
    store_account_proof proof;
    assert_int_equal(store_prove(v, &proof, &block, &contracts[0], NULL, 0), s);
    for (uint32_t i = 0; s == OK && i < CONTRACTS * 300; i++) {
        account *a;
        storage_slot *slot;
        u256 key = u256_from_u64(i / CONTRACTS);
        assert_int_equal(state_account(world, &a, &contracts[i % CONTRACTS]), OK);
        assert_int_equal(state_slot(world, &slot, a, &key), OK);
        sum = sum * 31 + slot_value(slot)->limb[0];
    }
    for (uint32_t i = 0; s == OK && i < 64; i++) {
        account *a;
        address who = {{0xaa, (uint8_t)i}};
        assert_int_equal(state_account(world, &a, &who), OK);
        sum = sum * 31 + account_balance(a)->limb[0];
    }
    memset(out, 0, sizeof *out);
    memcpy(out->bytes, &sum, sizeof sum);
    store_view_close(v);
    arena_rewind(&chain.memory, mark);
    return s == OK;
}

/* The blocks of the chain executed by an archive. */
static node *make_archive(void)
{
    node *archive;
    store_view *v;
    store_block block;
    assert_int_equal(node_open(&archive, &(node_options){.is_development = true}), OK);
    size_t mark = chain.memory.used_bytes;
    assert_int_equal(node_view_open(&v, &chain.memory, chain.n), OK);
    for (uint64_t i = 1; i <= store_head_number(v); i++) {
        assert_int_equal(store_block_by_number(v, &block, i), OK);
        assert_int_equal(node_import(archive, NULL, block.encoding), OK);
    }
    store_view_close(v);
    arena_rewind(&chain.memory, mark);
    return archive;
}

static void compare_with_archive(uint64_t kept)
{
    node *archive = make_archive();
    for (uint64_t i = 0; i <= head(); i++) {
        hash256 mine, theirs;
        bool is_there = read_state(&mine, chain.n, i);
        assert_int_equal(is_there, i + kept > head());
        assert_true(read_state(&theirs, archive, i));
        if (is_there)
            assert_memory_equal(mine.bytes, theirs.bytes, 32);
    }
    node_close(archive);
}

static void test_keeps_the_newest_states(void **unused)
{
    (void)unused;
    chain_open(KEPT);
    deploy();
    uint64_t nodes = 0;
    for (int i = 0; i < 300; i++) {
        seal_something();
        if (i % 25 == 24)
            nodes = checked_nodes(chain.n);
    }
    compare_with_archive(KEPT);
    /* Beyond the newest state's there are nodes of eight blocks, not of three hundred. */
    node *archive = make_archive();
    uint64_t all = checked_nodes(archive);
    node_close(archive);
    reopen(1);
    seal();
    uint64_t newest = checked_nodes(chain.n);
    assert_true(newest < nodes);
    assert_true((nodes - newest) * 20 < all - newest);
}

static void test_head_is_set_back(void **unused)
{
    (void)unused;
    chain_open(KEPT);
    deploy();
    for (int i = 0; i < 20; i++)
        seal_something();
    uint64_t top = head();
    assert_int_equal(node_set_head(chain.n, top - KEPT), STATE_UNKNOWN);
    for (uint64_t back = 1; back < KEPT; back += 2) {
        uint64_t nonce = chain.nonces[0];
        for (uint64_t i = 0; i < back; i++)
            seal_something();
        assert_int_equal(node_set_head(chain.n, head() - back), OK);
        chain.nonces[0] = nonce;
        (void)checked_nodes(chain.n);
        seal_something();
        (void)checked_nodes(chain.n);
    }
    for (int i = 0; i < KEPT; i++)
        seal_something();
    (void)checked_nodes(chain.n);
    compare_with_archive(KEPT);
}

/* What no transaction makes: storage that is replaced, accounts that become empty or code, each in turn. */
static void force_something(void)
{
    store_slot_override slots[4];
    store_state_override o = {.where = contracts[random_below(CONTRACTS)], .slots = slots};
    if (random_below(2) == 0)
        o.where = (address){{0xaa, (uint8_t)random_below(64)}};
    o.slot_count = random_below(5);
    for (size_t i = 0; i < o.slot_count; i++)
        slots[i] = (store_slot_override){u256_from_u64(random_below(300)), u256_from_u64(random_below(3))};
    o.replaces_storage = random_below(3) == 0;
    o.has_balance = random_below(2) == 0;
    o.balance = u256_from_u64(random_below(3));
    o.has_code = random_below(4) == 0;
    o.code = (bytes){(const uint8_t *)"\x00\x01\x02", random_below(4)};
    status s = node_force_states(chain.n, &o, 1);
    if (s != OK)
        fail_msg("%s: %s", status_name(s), node_error_text());
}

/* Contracts that are there during their creation alone, with storage. */
static void create_and_destroy(void)
{
    static const uint8_t code[] = {0x60, 0x01, 0x5f, 0x55, 0x33, 0xff};
    send(0, &(store_call){.creates = true, .data = {code, sizeof code}});
}

static uint64_t oldest(void)
{
    store_view *v;
    size_t mark = chain.memory.used_bytes;
    assert_int_equal(node_view_open(&v, &chain.memory, chain.n), OK);
    uint64_t number = store_oldest_state(v);
    store_view_close(v);
    arena_rewind(&chain.memory, mark);
    return number;
}

static void test_anything_in_turn(void **unused)
{
    (void)unused;
    hash256 digest;
    uint64_t nonces[1024] = {0};
    chain_open(KEPT);
    deploy();
    nonces[1] = chain.nonces[0];
    for (int i = 0; i < 300; i++) {
        switch (random_below(8)) {
        case 0:
            assert_int_equal(
                node_set_head(chain.n, oldest() + random_below((uint32_t)(head() - oldest()) + 1)), OK);
            chain.nonces[0] = nonces[head()];
            break;
        case 1:
        case 2:
            force_something();
            break;
        case 3:
            create_and_destroy();
            seal();
            break;
        default:
            if (chain.nonces[0] >= CONTRACTS)
                seal_something();
            else
                deploy();
        }
        nonces[head()] = chain.nonces[0];
        (void)checked_nodes(chain.n);
        assert_true(read_state(&digest, chain.n, oldest()));
        if (random_below(20) == 0)
            reopen(random_below(3) == 0 ? STORE_HISTORY_ARCHIVE : 1 + random_below(KEPT));
    }
}

static void test_from_an_archive_and_back(void **unused)
{
    (void)unused;
    chain_open(STORE_HISTORY_AS_IT_IS);
    deploy();
    for (int i = 0; i < 40; i++)
        seal_something();
    uint64_t all = checked_nodes(chain.n);
    compare_with_archive(UINT32_MAX);
    reopen(KEPT);
    assert_true(checked_nodes(chain.n) < all / 2);
    compare_with_archive(KEPT);
    seal_something();
    reopen(STORE_HISTORY_AS_IT_IS); /* it stays as it was */
    for (int i = 0; i < 3; i++)
        seal_something();
    (void)checked_nodes(chain.n);
    compare_with_archive(KEPT);
    reopen(2);
    seal_something();
    (void)checked_nodes(chain.n);
    compare_with_archive(2);
    reopen(STORE_HISTORY_ARCHIVE);
    for (int i = 0; i < 10; i++)
        seal_something();
    (void)checked_nodes(chain.n);
    compare_with_archive(12);
    reopen(KEPT);
    (void)checked_nodes(chain.n);
    compare_with_archive(KEPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_keeps_the_newest_states, setup, chain_teardown),
        cmocka_unit_test_setup_teardown(test_head_is_set_back, setup, chain_teardown),
        cmocka_unit_test_setup_teardown(test_anything_in_turn, setup, chain_teardown),
        cmocka_unit_test_setup_teardown(test_from_an_archive_and_back, setup, chain_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
