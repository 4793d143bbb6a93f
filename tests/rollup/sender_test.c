/* What the node sends to L1, where L1 is slow, dear, forgets, or the process ends between two steps: a
 * purpose is carried out, and once. */
#define _GNU_SOURCE
#include "tests/rollup/anvil.h"

#include "settle/l1.h"
#include "settle/sender.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static anvil chain;
static temporary_database own;
static sender *s;
static const address TARGET = {{0x77, 1}};

static void open_sender(uint64_t bump_seconds, uint64_t most_gwei)
{
    sender_options options = {.bump_seconds = bump_seconds, .max_fee = u256_from_u64(most_gwei * 1000000000)};
    assert_int_equal(sender_open(&s, own.db, chain.l1, &chain.owner, 31337, &options), OK);
}

/* As if the process had been killed: nothing but the database is left. */
static void killed(uint64_t bump_seconds, uint64_t most_gwei)
{
    sender_close(s);
    database_close(own.db);
    assert_int_equal(database_open(&own.db, own.directory, false), OK);
    open_sender(bump_seconds, most_gwei);
}

static int start(void **state)
{
    (void)state;
    if (!anvil_start(&chain, "osaka"))
        return 0;
    temporary_database_open(&own);
    anvil_do(&chain, "evm_setAutomine", "[false]");
    anvil_do(&chain, "anvil_setBalance",
             "[\"0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266\", \"0x21e19e0c9bab2400000\"]");
    open_sender(1000, 1000);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    sender_close(s);
    temporary_database_close(&own);
    anvil_stop(&chain);
    return 0;
}

static void need_anvil(void)
{
    if (chain.pid == 0)
        skip();
}

static void mine(void) { anvil_do(&chain, "anvil_mine", "[\"0x1\"]"); }

static uint64_t paid(void)
{
    u256 wei;
    assert_int_equal(endpoint_balance(chain.l1, &wei, &TARGET), OK);
    return wei.limb[0];
}

static bool has(uint64_t subject)
{
    bool answer;
    assert_int_equal(sender_has(s, &answer, PURPOSE_COMMIT, subject), OK);
    return answer;
}

static void plan(uint64_t subject)
{
    u256 one = u256_from_u64(1);
    status code = sender_plan(s, PURPOSE_COMMIT, subject, &TARGET, &one, (bytes){0});
    if (code != OK)
        fprintf(stderr, "%s\n", sender_error_text(s));
    assert_int_equal(code, OK);
}

static uint64_t final_block(void) { return 0; }

static void step(uint64_t final)
{
    status code = sender_step(s, final);
    if (code != OK)
        fprintf(stderr, "%s\n", sender_error_text(s));
    assert_int_equal(code, OK);
}

static uint64_t head(void)
{
    endpoint_block block;
    assert_int_equal(endpoint_block_by_tag(chain.l1, &block, "latest"), OK);
    return block.number;
}

static void test_once(void **state)
{
    (void)state;
    need_anvil();
    uint64_t before = paid();
    plan(1);
    plan(1); /* again: it is under way */
    step(final_block());
    mine();
    step(final_block());
    assert_int_equal(paid(), before + 1);
    assert_true(has(1)); /* until L1's block is final */
    plan(1);
    mine();
    assert_int_equal(paid(), before + 1);
    step(head());
    assert_false(has(1));
}

/* Killed after it was written down and before it was sent is killed after it was sent and forgotten by L1. */
static void test_killed_at_each_step(void **state)
{
    (void)state;
    need_anvil();
    uint64_t before = paid();
    plan(2);
    anvil_do(&chain, "anvil_dropAllTransactions", "[]");
    killed(1000, 1000);
    assert_true(has(2));
    mine();
    assert_int_equal(paid(), before);
    step(final_block());
    killed(1000, 1000); /* sent */
    step(final_block());
    mine();
    killed(1000, 1000); /* in a block */
    plan(2);
    step(final_block());
    mine();
    assert_int_equal(paid(), before + 1);
    killed(1000, 1000);
    step(head());
    killed(1000, 1000); /* done with */
    assert_false(has(2));
    step(head());
    mine();
    assert_int_equal(paid(), before + 1);
}

static void test_taken_back(void **state)
{
    (void)state;
    need_anvil();
    uint64_t before = paid();
    plan(3);
    mine();
    step(final_block());
    assert_int_equal(paid(), before + 1);
    anvil_do(&chain, "anvil_reorg", "[1, []]");
    assert_int_equal(paid(), before);
    step(final_block());
    mine();
    assert_int_equal(paid(), before + 1);
    step(head());
    assert_false(has(3));
}

/* Fees rise while it waits: the same nonce, higher fees, one payment. */
static void test_fees_rise(void **state)
{
    (void)state;
    need_anvil();
    uint64_t before = paid();
    plan(4);
    plan(5); /* behind it */
    anvil_do(&chain, "anvil_setNextBlockBaseFeePerGas", "[\"0x4a817c800\"]"); /* 20 gwei */
    mine();
    assert_int_equal(paid(), before);
    killed(0, 1000);
    for (int i = 0; i < 30; i++)
        step(final_block());
    anvil_do(&chain, "anvil_setNextBlockBaseFeePerGas", "[\"0x4a817c800\"]");
    mine();
    assert_int_equal(paid(), before + 2);
    killed(1000, 1000);
    step(head());
    assert_false(has(4) || has(5));
}

/* At the cap it waits, and goes through once it is cheap again. */
static void test_the_cap(void **state)
{
    (void)state;
    need_anvil();
    uint64_t before = paid();
    anvil_do(&chain, "anvil_setNextBlockBaseFeePerGas", "[\"0x3b9aca00\"]");
    mine();
    killed(0, 3);
    plan(6);
    for (int i = 0; i < 20; i++)
        step(final_block());
    anvil_do(&chain, "anvil_setNextBlockBaseFeePerGas", "[\"0x12a05f200\"]"); /* 5 gwei */
    mine();
    step(final_block());
    assert_int_equal(paid(), before);
    assert_true(has(6));
    for (int i = 0; i < 2; i++) { /* anvil forgets what a block was too dear for */
        anvil_do(&chain, "anvil_setNextBlockBaseFeePerGas", "[\"0x3b9aca00\"]");
        mine();
        step(final_block());
    }
    mine();
    assert_int_equal(paid(), before + 1);
    step(head());
    assert_false(has(6));
}

/* Its nonce was taken by another transaction of the key: the purpose is free to be planned anew. */
static void test_nonce_taken(void **state)
{
    (void)state;
    need_anvil();
    uint64_t before = paid();
    killed(1000, 1000);
    plan(7);
    anvil_do(&chain, "anvil_dropAllTransactions", "[]");
    address other = {{9, 9}};
    transact_plan terms;
    transact_order order = {.to = &other, .value = u256_from_u64(3)};
    assert_int_equal(transact_prepare(&terms, chain.l1, &chain.owner.address, &order, 0, 0), OK);
    key_transaction tx = {.chain_id = 31337,
                          .nonce = terms.nonce,
                          .gas_limit = terms.gas,
                          .max_fee = terms.max_fee,
                          .max_priority_fee = terms.max_priority_fee,
                          .to = &other,
                          .value = order.value};
    hash256 hash;
    assert_int_equal(endpoint_send(chain.l1, key_sign_transaction(&hash, &chain.memory, &chain.owner, &tx)),
                     OK);
    mine();
    step(final_block());
    assert_false(has(7));
    plan(7);
    mine();
    step(head());
    assert_int_equal(paid(), before + 1);
    assert_false(has(7));
}

/* What fails when it is simulated is not written down. */
static void test_refused(void **state)
{
    (void)state;
    need_anvil();
    anvil_do(&chain, "anvil_setCode", "[\"0x0000000000000000000000000000000000000099\", \"0x5f5ffd\"]");
    address reverting = {{[19] = 0x99}};
    u256 none = U256_ZERO;
    assert_int_equal(sender_plan(s, PURPOSE_COMMIT, 8, &reverting, &none, (bytes){0}), CONTRACT_REVERTED);
    assert_false(has(8));
}

static void set_code(const char *who, const char *code)
{
    char parameters[120];
    snprintf(parameters, sizeof parameters, "[\"%s\", \"%s\"]", who, code);
    anvil_do(&chain, "anvil_setCode", parameters);
}

/* One that failed is done with when its block is final, not before: L1 may take the block back, and what
 * comes behind it waits for its nonce. */
static void test_a_failed_one_is_taken_back(void **state)
{
    (void)state;
    need_anvil();
    static const char where[] = "0x0000000000000000000000000000000000000098";
    const address breaking = {{[19] = 0x98}};
    uint64_t before = paid();
    u256 none = U256_ZERO;
    assert_int_equal(sender_plan(s, PURPOSE_COMMIT, 9, &breaking, &none, (bytes){0}), OK);
    plan(10);
    set_code(where, "0x5f5ffd"); /* it reverts */
    mine();
    step(final_block());
    assert_false(has(9)); /* its purpose is free … */
    assert_true(has(10));
    killed(1000, 1000);
    assert_false(has(9));
    plan(11);
    mine();
    assert_int_equal(paid(), before + 2);
    anvil_do(&chain, "anvil_reorg", "[2, []]");
    assert_int_equal(paid(), before);
    step(final_block()); /* … but it is sent again, too */
    mine();
    assert_int_equal(paid(), before + 2);
    step(head());
    assert_false(has(10) || has(11));
    plan(12);
    mine();
    assert_int_equal(paid(), before + 3);
    step(head());
}

/* No more than so many in no block, and it is said; any number in blocks that are not final. */
static void test_too_many(void **state)
{
    (void)state;
    need_anvil();
    uint64_t before = paid();
    u256 one = u256_from_u64(1);
    for (uint64_t i = 0; i < 256; i++)
        plan(1000 + i);
    assert_int_equal(sender_plan(s, PURPOSE_COMMIT, 2000, &TARGET, &one, (bytes){0}), MEMPOOL_SENDER_FULL);
    assert_non_null(strstr(sender_error_text(s), "256 transactions"));
    for (int i = 0; i < 6; i++)
        mine();
    assert_int_equal(paid(), before + 256);
    step(final_block());
    for (uint64_t i = 0; i < 100; i++)
        plan(2000 + i);
    for (int i = 0; i < 3; i++)
        mine();
    step(final_block());
    assert_int_equal(paid(), before + 356);
    anvil_do(&chain, "anvil_reorg", "[9, []]");
    assert_int_equal(paid(), before);
    for (int i = 0; i < 10; i++) {
        step(final_block());
        mine();
    }
    assert_int_equal(paid(), before + 356);
    step(head());
    assert_false(has(1000) || has(2099));
    plan(3000);
    mine();
    step(head());
    assert_int_equal(paid(), before + 357);
}

/* Whoever lists what is under way takes little memory for it, whatever it weighs. */
static void test_reading_copies_nothing(void **state)
{
    (void)state;
    need_anvil();
    static const uint8_t data[30000];
    const u256 none = U256_ZERO;
    uint8_t room[8192];
    arena small;
    database_transaction *t;
    sender_entry *all;
    size_t count;
    assert_int_equal(sender_plan(s, PURPOSE_ANCHOR, 77, &TARGET, &none, (bytes){data, sizeof data}), OK);
    arena_init(&small, room, sizeof room);
    assert_int_equal(database_begin(&t, own.db, false), OK);
    assert_int_equal(sender_read(t, &small, &all, &count), OK);
    database_abort(t);
    assert_int_equal(count, 1);
    assert_int_equal(all[0].kind, PURPOSE_ANCHOR);
    assert_int_equal(all[0].subject, 77);
    assert_int_equal(all[0].block, 0);
    mine();
    step(head());
    assert_false(has(77));
}

/* The block as the follower has it in the database. */
static void follow(void)
{
    database_transaction *t;
    endpoint_block block;
    assert_int_equal(endpoint_block_by_tag(chain.l1, &block, "latest"), OK);
    assert_int_equal(database_begin(&t, own.db, true), OK);
    assert_int_equal(l1_begin(t, block.number, block.timestamp, &block.hash), OK);
    assert_int_equal(database_commit(t), OK);
}

/* Of what is in a block that is followed L1 is not asked again, as long as that block stands. */
static void test_nothing_is_asked_twice(void **state)
{
    (void)state;
    need_anvil();
    uint64_t before = paid();
    sender *alone;
    endpoint *nobody;
    sender_options options = {.bump_seconds = 1000, .max_fee = u256_from_u64(1000000000000)};
    assert_int_equal(endpoint_open(&nobody, "http://127.0.0.1:1", 1), OK);
    assert_int_equal(sender_open(&alone, own.db, nobody, &chain.owner, 31337, &options), OK);
    plan(4000);
    assert_int_equal(sender_step(alone, 0), REMOTE_FAILED);
    mine();
    step(final_block());
    assert_int_equal(sender_step(alone, 0), REMOTE_FAILED); /* nobody follows L1 yet */
    follow();
    assert_int_equal(sender_step(alone, 0), OK);
    anvil_do(&chain, "anvil_reorg", "[1, []]");
    follow();
    assert_int_equal(sender_step(alone, 0), REMOTE_FAILED); /* another block stands there */
    step(final_block());
    mine();
    step(final_block());
    follow();
    assert_int_equal(paid(), before + 1);
    assert_int_equal(sender_step(alone, head()), OK);
    assert_false(has(4000));
    sender_close(alone);
    endpoint_close(nobody);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_once),      cmocka_unit_test(test_killed_at_each_step),
        cmocka_unit_test(test_taken_back), cmocka_unit_test(test_fees_rise),
        cmocka_unit_test(test_the_cap),   cmocka_unit_test(test_nonce_taken),
        cmocka_unit_test(test_refused),    cmocka_unit_test(test_a_failed_one_is_taken_back),
        cmocka_unit_test(test_too_many),  cmocka_unit_test(test_nothing_is_asked_twice),
        cmocka_unit_test(test_reading_copies_nothing),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
