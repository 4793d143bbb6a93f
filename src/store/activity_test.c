/* The index of accounts: what walking through all blocks finds, no more and no less, also after blocks left
 * the chain and after a database of a version without it was opened. */
#define _GNU_SOURCE
#include "store/chain_test.h"

#include "store/database.h"

enum { ACCOUNTS = CHAIN_ACCOUNTS, MOST = 4000 };

static address token;
static size_t compared[2]; /* entries, by kind */

static int setup(void **unused)
{
    (void)unused;
    memset(compared, 0, sizeof compared);
    chain_setup(4711);
    chain_open(STORE_HISTORY_AS_IT_IS);
    return 0;
}

/* log4(0, 32, word 0, word 1, word 2, word 3): whatever event it is asked for. */
static void deploy(void)
{
    static const uint8_t code[] = {0x70, 0x60, 0x60, 0x35, 0x60, 0x40, 0x35, 0x60, 0x20, 0x35, 0x5f, 0x35,
                                   0x60, 0x20, 0x5f, 0xa4, 0x00, 0x00, 0x5f, 0x52, 0x60, 0x11, 0x60, 0x0f,
                                   0xf3};
    transaction_created_address(&token, node_account(chain.n, 0), chain.nonces[0]);
    send(0, &(store_call){.creates = true, .data = {code, sizeof code}});
    assert_int_equal(node_seal(chain.n, NULL), OK);
}

static void log_event(uint32_t from, const char *topic, const address *first, const address *second)
{
    uint8_t data[128] = {0};
    for (unsigned i = 0; i < 32; i++) {
        unsigned byte;
        assert_int_equal(sscanf(topic + 2 * i, "%2x", &byte), 1);
        data[i] = (uint8_t)byte;
    }
    memcpy(data + 44, first->bytes, 20);
    memcpy(data + 76, second->bytes, 20);
    memcpy(data + 108, node_account(chain.n, 3)->bytes, 20);
    send(from, &(store_call){.to = token, .data = {data, sizeof data}});
}

static const char TRANSFER[] = "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef",
                  TRANSFER_SINGLE[] = "c3d58168c5ae7397731d063d5bbf3d657854427343f4c083240f7aacaa2d0f62",
                  OTHER[] = "8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925";

static void seal_something(void)
{
    for (uint32_t i = random_below(6); i > 0; i--) {
        uint32_t from = random_below(ACCOUNTS);
        const address *one = node_account(chain.n, random_below(ACCOUNTS)), *two = node_account(chain.n, 5);
        switch (random_below(5)) {
        case 0: send(from, &(store_call){.to = *one, .value = u256_from_u64(1)}); break;
        case 1: send(from, &(store_call){.creates = true}); break;
        case 2: log_event(from, TRANSFER, one, two); break;
        case 3: log_event(from, TRANSFER_SINGLE, one, two); break;
        case 4: log_event(from, OTHER, one, two); break;
        }
    }
    assert_int_equal(node_seal(chain.n, NULL), OK);
}

static bool same(const address *a, const uint8_t *b) { return memcmp(a->bytes, b, 20) == 0; }

/* By the topics as they are written here, not by what the index goes by. */
static bool moves_tokens(const store_receipt *r, const address *who)
{
    for (size_t i = 0; i < r->log_count; i++) {
        const log_entry *e = &r->logs[i];
        unsigned at = e->topics[0].bytes[0] == 0xdd ? 1 : e->topics[0].bytes[0] == 0xc3 ? 2 : 0;
        if (at != 0 && (same(who, e->topics[at].bytes + 12) || same(who, e->topics[at + 1].bytes + 12)))
            return true;
    }
    return false;
}

static void compare(const address *who)
{
    store_view *v;
    size_t mark = chain.memory.used_bytes, counts[2] = {0, 0};
    assert_int_equal(node_view_open(&v, &chain.memory, chain.n), OK);
    store_place *indexed[2];
    for (unsigned kind = 0; kind < 2; kind++) {
        indexed[kind] = ARENA_NEW(&chain.memory, store_place, MOST);
        size_t count = 0;
        /* In pages of three, as a reader goes on. */
        store_place at = {UINT64_MAX, UINT32_MAX};
        for (size_t got = 3; got == 3; count += got < 3 ? got : 2) {
            assert_true(count + 3 < MOST);
            assert_int_equal(store_activity(v, indexed[kind] + count, &got, 3, kind, who, at), OK);
            if (got == 3)
                at = indexed[kind][count + 2];
        }
        counts[kind] = count;
    }
    size_t seen[2] = {0, 0};
    for (uint64_t number = store_head_number(v) + 1; number-- > 0;) {
        store_block block;
        store_receipt *receipts;
        assert_int_equal(store_block_by_number(v, &block, number), OK);
        assert_int_equal(store_receipts(v, &receipts, &block), OK);
        for (size_t i = block.transaction_count; i-- > 0;) {
            store_transaction tx;
            assert_int_equal(store_transaction_at(v, &tx, &block, i), OK);
            address other = tx.tx.to;
            if (tx.tx.creates)
                transaction_created_address(&other, &tx.sender, tx.tx.nonce);
            bool is_of[2] = {same(who, tx.sender.bytes) || same(who, other.bytes),
                             moves_tokens(&receipts[i], who)};
            for (unsigned kind = 0; kind < 2; kind++)
                if (is_of[kind]) {
                    assert_true(seen[kind] < counts[kind]);
                    assert_int_equal(indexed[kind][seen[kind]].block, number);
                    assert_int_equal(indexed[kind][seen[kind]].index, i);
                    seen[kind]++;
                }
        }
    }
    for (unsigned kind = 0; kind < 2; kind++) {
        assert_int_equal(seen[kind], counts[kind]);
        compared[kind] += counts[kind];
    }
    store_view_close(v);
    arena_rewind(&chain.memory, mark);
}

static void compare_all(void)
{
    store_check_report report;
    for (uint32_t i = 0; i < 6; i++)
        compare(node_account(chain.n, i));
    compare(&token);
    assert_int_equal(store_check(node_store(chain.n), &report), OK);
}

static void read_nonces(void)
{
    store_view *v;
    store_block block;
    state *world;
    size_t mark = chain.memory.used_bytes;
    assert_int_equal(node_view_open(&v, &chain.memory, chain.n), OK);
    assert_int_equal(store_block_by_number(v, &block, store_head_number(v)), OK);
    assert_int_equal(store_state_open(v, &world, &block), OK);
    for (uint32_t i = 0; i < ACCOUNTS; i++) {
        account *a;
        assert_int_equal(state_account(world, &a, node_account(chain.n, i)), OK);
        chain.nonces[i] = account_nonce(a);
    }
    store_view_close(v);
    arena_rewind(&chain.memory, mark);
}

static void test_is_what_the_blocks_say(void **unused)
{
    (void)unused;
    deploy();
    for (int i = 0; i < 40; i++)
        seal_something();
    compare_all();
    for (int i = 0; i < 3; i++) {
        assert_int_equal(node_set_head(chain.n, head() - 1 - random_below(9)), OK);
        read_nonces();
        compare_all();
        for (int j = 0; j < 6; j++)
            seal_something();
        compare_all();
    }
    assert_true(compared[0] > 100 && compared[1] > 100);
}

/* Takes the index away, wholly or from a block on, as a version without it leaves a database. */
static void unindex(bool wholly)
{
    database *db;
    database_transaction *t;
    store_check_report report;
    chain_close();
    assert_int_equal(database_open(&db, chain.directory, false), OK);
    assert_int_equal(database_begin(&t, db, true), OK);
    assert_int_equal(database_clear(t, TABLE_ACTIVITY), OK);
    if (wholly)
        assert_int_equal(database_delete(t, TABLE_META, (bytes){(const uint8_t *)"activity", 8}), OK);
    assert_int_equal(database_commit(t), OK);
    database_close(db);
    chain_open(STORE_HISTORY_AS_IT_IS);
    assert_int_equal(store_check(node_store(chain.n), &report), wholly ? OK : DATABASE_CORRUPT);
}

static void test_an_old_database_gets_it(void **unused)
{
    (void)unused;
    deploy();
    for (int i = 0; i < 20; i++)
        seal_something();
    unindex(true);
    compare_all();
    unindex(false); /* a check sees what is missing */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_is_what_the_blocks_say, setup, chain_teardown),
        cmocka_unit_test_setup_teardown(test_an_old_database_gets_it, setup, chain_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
