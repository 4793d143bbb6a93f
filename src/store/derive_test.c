/* Empty blocks that are made many at once: their states are not stored, and are there all the same. */
#define _GNU_SOURCE
#include "store/chain_test.h"

#include "crypto/keccak.h"
#include "store/store.h"

/* EIP-2935: where the hash of the block before stands. */
static const address history_contract = {{0x00, 0x00, 0xf9, 0x08, 0x27, 0xf1, 0xc5, 0x3a, 0x10, 0xcb,
                                          0x7a, 0x02, 0x33, 0x5b, 0x17, 0x53, 0x20, 0x00, 0x29, 0x35}};
static const address rich = {{0xaa, 1}};
enum { HISTORY_SLOTS = 8191, GIFT = 12345 };

static int setup(void **unused)
{
    (void)unused;
    return chain_setup(0x5eed);
}

static void reopen(uint64_t history)
{
    chain_close();
    chain_open(history);
}

static void mine(uint64_t count)
{
    uint64_t sealed;
    for (uint64_t done = 0; done < count; done += sealed) {
        assert_int_equal(node_seal_several(chain.n, &sealed, count - done, 3, done == 0), OK);
        assert_in_range(sealed, 1, STORE_MOST_EMPTY_BLOCKS);
    }
}

/* A block that changes a state by more than the rules do. */
static void give(void)
{
    send(0, &(store_call){.to = rich, .value = u256_from_u64(GIFT)});
    assert_int_equal(node_seal(chain.n, NULL), OK);
}

static store_view *view(void)
{
    store_view *v;
    assert_int_equal(node_view_open(&v, &chain.memory, chain.n), OK);
    return v;
}

static void assert_slot(state *world, account *a, uint64_t number, const hash256 *expected)
{
    storage_slot *slot;
    u256 key = u256_from_u64(number % HISTORY_SLOTS);
    uint8_t value[32];
    assert_int_equal(state_slot(world, &slot, a, &key), OK);
    u256_to_be(value, *slot_value(slot));
    assert_memory_equal(value, expected->bytes, 32);
}

/* The state after a block, all ways of reading it: it knows its parent's hash, and not yet its own. */
static void check_state(store_view *v, uint64_t number, uint64_t gifts)
{
    /* First by itself: what was made for one way of reading serves the others. */
    if (number % 2 == 1) {
        store_block only;
        store_trie_account account;
        hash256 at;
        assert_int_equal(store_block_by_number(v, &only, number), OK);
        assert_int_equal(store_state_root(v, &at, &only), OK);
        assert_int_equal(store_read_account(v, &account, &at, &rich), OK);
        assert_int_equal(account.balance.limb[0], GIFT * gifts);
    }
    static const hash256 none;
    store_block block;
    state *world;
    account *a;
    hash256 parent, root;
    assert_int_equal(store_block_by_number(v, &block, number), OK);
    assert_int_equal(store_state_open(v, &world, &block), OK);
    assert_int_equal(state_account(world, &a, &history_contract), OK);
    assert_int_equal(store_block_hash(v, &parent, number - 1), OK);
    assert_slot(world, a, number - 1, &parent);
    assert_slot(world, a, number, &none);
    assert_int_equal(state_account(world, &a, &rich), OK);
    assert_int_equal(account_balance(a)->limb[0], GIFT * gifts);
    store_account_proof proof;
    u256 key = u256_from_u64((number - 1) % HISTORY_SLOTS);
    assert_int_equal(store_prove(v, &proof, &block, &history_contract, &key, 1), OK);
    keccak256(&root, proof.account.nodes[0].data, proof.account.nodes[0].size);
    assert_memory_equal(root.bytes, block.header.state_root.bytes, 32);
    uint8_t value[32];
    u256_to_be(value, proof.slots[0].value);
    assert_memory_equal(value, parent.bytes, 32);
    chain_input input;
    assert_int_equal(store_witness(v, &input, &block), OK);
}

static uint64_t checked_nodes(void)
{
    store_check_report report;
    status s = store_check(node_store(chain.n), &report);
    if (s != OK)
        fail_msg("%s: %s", status_name(s), node_error_text());
    return report.nodes;
}

static void test_states_in_between(void **unused)
{
    (void)unused;
    chain_open(STORE_HISTORY_AS_IT_IS);
    mine(2500);
    /* Two leaves of each block stay; the ways to them, of a dozen nodes, are of three states alone. */
    assert_true(checked_nodes() < 4 * 2500);
    give();
    mine(1500);
    assert_int_equal(head(), 4001);
    static const struct {
        uint64_t number, gifts;
    } CASES[] = {{1, 0},    {2, 0},    {511, 0},  {512, 0},  {513, 0},  {700, 0},
                 {1023, 0}, {1024, 0}, {1025, 0}, {2048, 0}, {2499, 0}, {2500, 0},
                 {2501, 1}, {2502, 1}, {3000, 1}, {4000, 1}, {4001, 1}};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        store_view *v = view(); /* of its own, then all on one */
        check_state(v, CASES[i].number, CASES[i].gifts);
        store_view_close(v);
    }
    store_view *v = view();
    for (size_t i = sizeof CASES / sizeof CASES[0]; i > 0; i--)
        check_state(v, CASES[i - 1].number, CASES[i - 1].gifts);
    store_view_close(v);
}

static void test_head_is_set_back_between(void **unused)
{
    (void)unused;
    chain_open(STORE_HISTORY_AS_IT_IS);
    mine(1000);
    assert_int_equal(node_set_head(chain.n, 333), OK);
    (void)checked_nodes();
    give();
    mine(100);
    reopen(STORE_HISTORY_AS_IT_IS);
    (void)checked_nodes();
    store_view *v = view();
    check_state(v, 333, 0);
    check_state(v, 334, 1);
    check_state(v, 400, 1);
    check_state(v, 200, 0);
    store_view_close(v);
}

static void test_fewer_states_are_kept(void **unused)
{
    (void)unused;
    chain_open(STORE_HISTORY_AS_IT_IS);
    mine(600);
    reopen(50);
    (void)checked_nodes();
    store_view *v = view();
    store_block block;
    state *world;
    for (uint64_t i = 552; i <= 600; i += 8)
        check_state(v, i, 0);
    assert_int_equal(store_block_by_number(v, &block, 550), OK);
    assert_int_equal(store_state_open(v, &world, &block), STATE_UNKNOWN);
    assert_int_equal(store_block_by_number(v, &block, 551), OK);
    assert_int_equal(store_state_open(v, &world, &block), OK);
    store_view_close(v);
    mine(70);
    (void)checked_nodes();
}

/* What was executed is what the header says, or the database is broken. */
static void test_wrong_root_is_found(void **unused)
{
    (void)unused;
    chain_open(STORE_HISTORY_AS_IT_IS);
    mine(40);
    store_view *v = view();
    store_block block, other;
    assert_int_equal(store_block_by_number(v, &block, 20), OK);
    assert_int_equal(store_block_by_number(v, &other, 21), OK);
    uint8_t *changed = arena_allocate(&chain.memory, block.encoding.size, 8);
    memcpy(changed, block.encoding.data, block.encoding.size);
    size_t at = 0;
    while (memcmp(changed + at, block.header.state_root.bytes, 32) != 0)
        at++;
    memcpy(changed + at, other.header.state_root.bytes, 32);
    bytes encoding = {changed, block.encoding.size};
    store_view_close(v);
    database_transaction *t;
    number_key key = number_key_of(20);
    assert_int_equal(database_begin(&t, node_store(chain.n)->db, true), OK);
    assert_int_equal(database_put(t, TABLE_BLOCKS, bytes_of_number(&key), encoding), OK);
    assert_int_equal(database_commit(t), OK);
    v = view();
    state *world;
    assert_int_equal(store_block_by_number(v, &block, 30), OK);
    assert_int_equal(store_state_open(v, &world, &block), DATABASE_CORRUPT);
    assert_int_equal(store_block_by_number(v, &block, 10), OK);
    assert_int_equal(store_state_open(v, &world, &block), OK);
    store_view_close(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_states_in_between, setup, chain_teardown),
        cmocka_unit_test_setup_teardown(test_head_is_set_back_between, setup, chain_teardown),
        cmocka_unit_test_setup_teardown(test_fewer_states_are_kept, setup, chain_teardown),
        cmocka_unit_test_setup_teardown(test_wrong_root_is_found, setup, chain_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
