/* The follower against a real L1 that takes blocks back: whatever happened, the database says what the
 * contracts say, and exactly what it would say had it followed the present chain alone. */
#define _GNU_SOURCE
#include "tests/rollup/anvil.h"

#include "crypto/keccak.h"
#include "settle/calldata.h"
#include "settle/events.h"
#include "settle/follow.h"
#include "settle/rollup_state.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static anvil chain;
static rollup_deployment rollup;
static temporary_database own;
static follower *f;

static void follow(follower *which)
{
    follower_step step = {.is_behind = true};
    for (int i = 0; i < 1000 && step.is_behind; i++) {
        status s = follower_take(which, &step);
        if (s != OK)
            fprintf(stderr, "%s\n", follower_error_text(which));
        assert_int_equal(s, OK);
    }
    assert_false(step.is_behind);
}

static int start(void **state)
{
    (void)state;
    if (!anvil_start(&chain, "osaka"))
        return 0;
    deployment_terms terms = anvil_terms(&chain);
    terms.drop_delay = 1000;
    terms.upgrade_delay = 1000;
    terms.freeze_delay = 4000;
    anvil_deploy(&chain, &rollup, &terms);
    temporary_database_open(&own);
    return follower_open(&f, own.db, chain.l1, &rollup) == OK ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    follower_close(f);
    temporary_database_close(&own);
    anvil_stop(&chain);
    return 0;
}

static void need_anvil(void)
{
    if (chain.pid == 0)
        skip();
}

/* ---- what happens on L1 ---- */

static status send_item(uint64_t wei)
{
    calldata c;
    endpoint_receipt receipt;
    calldata_begin(&c, &chain.memory, CALL_SEND);
    calldata_address(&c, &chain.owner.address);
    calldata_u64(&c, 0);
    calldata_u64(&c, wei);
    calldata_u64(&c, 50000);
    calldata_bytes(&c, (bytes){(const uint8_t *)"data", wei % 5});
    return anvil_send(&chain, &receipt, &rollup.queue, u256_from_u64(50000 * 10000000000ull + wei),
                      calldata_end(&c));
}

static status commit(uint64_t data_bytes)
{
    rollup_now now;
    hash256 previous, queue_hash;
    calldata c;
    endpoint_receipt receipt;
    uint8_t *data = ARENA_NEW(&chain.memory, uint8_t, data_bytes);
    memset(data, 0x5a, data_bytes);
    /* Times of batches grow; anvil may give several blocks the same. */
    anvil_do(&chain, "evm_increaseTime", "[2]");
    anvil_do(&chain, "anvil_mine", "[\"0x1\"]");
    TRY(rollup_now_read(&now, chain.l1, &chain.memory, &rollup));
    TRY(rollup_get_hash(chain.l1, &previous, &chain.memory, &rollup.rollup, "batch(uint256)", now.tip.index));
    TRY(rollup_get_hash(chain.l1, &queue_hash, &chain.memory, &rollup.queue, "rolling(uint256)",
                        now.queue_count));
    calldata_begin(&c, &chain.memory, CALL_COMMIT);
    calldata_hash(&c, &previous);
    calldata_hash(&c, &queue_hash);
    calldata_u64(&c, now.l1.timestamp);
    calldata_u64(&c, now.queue_count);
    calldata_bytes(&c, (bytes){data, data_bytes});
    return anvil_send(&chain, &receipt, &rollup.rollup, now.batch_bond, calldata_end(&c));
}

/* The attester signs whatever it is told here: what a proof shows is no matter of the follower's. */
static status prove(void)
{
    rollup_now now;
    rollup_outcome pre, post;
    uint64_t batch;
    bytes words;
    hash256 digest;
    uint8_t signature[65];
    calldata c;
    status s = rollup_last_outcome(&batch, &pre, chain.l1, &chain.memory, &rollup);
    if (s != BATCH_UNKNOWN)
        TRY(s);
    TRY(rollup_now_read(&now, chain.l1, &chain.memory, &rollup));
    if (now.tip.index == batch)
        return OK;
    post = pre;
    post.state_root.bytes[0]++;
    post.last_block = now.tip.index;
    post.last_time = now.tip.last_time;
    post.queue_index = now.tip.queue_index;
    calldata_begin(&c, &chain.memory,
                   "publicOutput(uint256,uint256," OUTCOME_TYPE "," OUTCOME_TYPE ",uint256,address)");
    calldata_u64(&c, batch + 1);
    calldata_u64(&c, now.tip.index);
    calldata_outcome(&c, &pre);
    calldata_outcome(&c, &post);
    calldata_u64(&c, 0);
    calldata_address(&c, &chain.owner.address);
    endpoint_message m = {.to = &rollup.rollup, .data = calldata_end(&c)};
    TRY(endpoint_call(chain.l1, &words, &chain.memory, &m));
    keccak256(&digest, words.data, words.size);
    key_sign(signature, &chain.attester, &digest);
    calldata_begin(&c, &chain.memory, CALL_PROVE);
    calldata_u64(&c, batch + 1);
    calldata_u64(&c, now.tip.index);
    calldata_outcome(&c, &pre);
    calldata_outcome(&c, &post);
    calldata_u64(&c, 0);
    calldata_bytes(&c, (bytes){0});
    calldata_bytes(&c, (bytes){signature, 65});
    endpoint_receipt receipt;
    return anvil_send(&chain, &receipt, &rollup.rollup, U256_ZERO, calldata_end(&c));
}

static status call_rollup(const char *signature)
{
    calldata c;
    endpoint_receipt receipt;
    calldata_begin(&c, &chain.memory, signature);
    return anvil_send(&chain, &receipt, &rollup.rollup, U256_ZERO, calldata_end(&c));
}

static void mine(unsigned blocks)
{
    char parameters[32];
    snprintf(parameters, sizeof parameters, "[\"0x%x\"]", blocks);
    anvil_do(&chain, "anvil_mine", parameters);
}

static void reorganize(unsigned depth)
{
    char parameters[32];
    snprintf(parameters, sizeof parameters, "[%u, []]", depth);
    anvil_do(&chain, "anvil_reorg", parameters);
}

/* ---- what must hold ---- */

static void read_all(database *from, l1_state *state, hash256 *digest)
{
    database_transaction *t;
    bool found;
    keccak256_context k;
    keccak256_init(&k);
    assert_int_equal(database_begin(&t, from, false), OK);
    assert_int_equal(l1_state_read(t, &found, state), OK);
    assert_true(found);
    for (uint64_t i = 0; i <= state->item_count; i++) {
        l1_item item;
        assert_int_equal(l1_item_read(t, &found, &item, i), OK);
        assert_int_equal(found, i < state->item_count);
        if (found)
            keccak256_absorb(&k, item.hash.bytes, 32);
    }
    for (uint64_t i = 1; i <= state->tip + 1; i++) {
        l1_batch batch;
        assert_int_equal(l1_batch_read(t, &found, &batch, i), OK);
        assert_int_equal(found, i <= state->tip);
        if (found) {
            keccak256_absorb(&k, batch.hash.bytes, 32);
            keccak256_absorb(&k, batch.transaction.bytes, 32);
            keccak256_absorb(&k, batch.batch.data.data, batch.batch.data.size);
        }
        l1_proof proof;
        assert_int_equal(l1_proof_read(t, &found, &proof, i), OK);
        assert_true(!found || i <= state->proven);
        if (found) {
            keccak256_absorb(&k, proof.transaction.bytes, 32);
            keccak256_absorb(&k, proof.outcome.state_root.bytes, 32);
        }
    }
    database_abort(t);
    keccak256_finish(&k, digest);
}

static void check_against_contracts(void)
{
    l1_state state;
    hash256 digest, other, hash;
    rollup_now now;
    follow(f);
    read_all(own.db, &state, &digest);
    assert_int_equal(rollup_now_read(&now, chain.l1, &chain.memory, &rollup), OK);
    assert_int_equal(state.number, now.l1.number);
    assert_memory_equal(&state.hash, &now.l1.hash, 32);
    assert_int_equal(state.item_count, now.queue_count);
    assert_int_equal(state.tip, now.tip.index);
    assert_int_equal(state.tip_items, now.tip.queue_index);
    assert_int_equal(state.tip_time, now.tip.at);
    assert_int_equal(state.proven, now.proven.index);
    assert_int_equal(state.is_frozen, now.tip.is_frozen);
    assert_int_equal(
        rollup_get_hash(chain.l1, &hash, &chain.memory, &rollup.queue, "rolling(uint256)", state.item_count),
        OK);
    assert_memory_equal(&hash, &state.queue_hash, 32);
    assert_int_equal(
        rollup_get_hash(chain.l1, &hash, &chain.memory, &rollup.rollup, "batch(uint256)", state.tip), OK);
    assert_memory_equal(&hash, &state.tip_hash, 32);

    /* One that comes anew. */
    temporary_database fresh;
    follower *g;
    l1_state state2;
    temporary_database_open(&fresh);
    assert_int_equal(follower_open(&g, fresh.db, chain.l1, &rollup), OK);
    follow(g);
    read_all(fresh.db, &state2, &other);
    follower_close(g);
    temporary_database_close(&fresh);
    assert_memory_equal(&digest, &other, 32);
    assert_memory_equal(&state.hash, &state2.hash, 32);
    assert_int_equal(state.tip_time, state2.tip_time);
    assert_int_equal(state.proven_items, state2.proven_items);
}

static void test_everything_is_found(void **state)
{
    (void)state;
    need_anvil();
    check_against_contracts();
    assert_int_equal(send_item(5), OK);
    assert_int_equal(send_item(7), OK);
    check_against_contracts();
    assert_int_equal(commit(1), OK);
    assert_int_equal(send_item(1), OK);
    assert_int_equal(commit(1000), OK);
    check_against_contracts();
    assert_int_equal(prove(), OK);
    check_against_contracts();
}

static void test_a_block_is_taken_back(void **state)
{
    (void)state;
    need_anvil();
    for (unsigned what = 0; what < 3; what++)
        for (unsigned depth = 1; depth <= 2; depth++) {
            if (what == 2)
                assert_int_equal(commit(3), OK);
            assert_int_equal(what == 0 ? send_item(3) : what == 1 ? commit(2) : prove(), OK);
            if (depth == 2)
                mine(1);
            check_against_contracts();
            l1_state before, after;
            hash256 digest;
            read_all(own.db, &before, &digest);
            reorganize(depth);
            check_against_contracts();
            read_all(own.db, &after, &digest);
            /* It is gone: anvil does not send the transactions of lost blocks again. */
            assert_int_equal(after.item_count, before.item_count - (what == 0));
            assert_int_equal(after.tip, before.tip - (what == 1));
            assert_true(what == 2 ? after.proven < before.proven : after.proven == before.proven);
            mine(2);
        }
}

static void test_sixty_four_blocks_are_taken_back(void **state)
{
    (void)state;
    need_anvil();
    mine(10);
    check_against_contracts();
    for (unsigned i = 0; i < 16; i++) {
        assert_int_equal(send_item(i), OK);
        if (i % 3 == 0)
            assert_int_equal(commit(10 + i), OK);
        if (i == 8)
            assert_int_equal(prove(), OK);
        mine(3);
        follow(f);
    }
    check_against_contracts();
    reorganize(64);
    check_against_contracts();
    assert_int_equal(send_item(1), OK);
    assert_int_equal(commit(4), OK);
    check_against_contracts();
}

static void test_a_snapshot_comes_back(void **state)
{
    (void)state;
    need_anvil();
    check_against_contracts();
    json_t *snapshot = anvil_call(&chain, "evm_snapshot", "[]");
    assert_int_equal(send_item(9), OK);
    assert_int_equal(commit(5), OK);
    assert_int_equal(prove(), OK);
    mine(7);
    check_against_contracts();
    char parameters[80];
    snprintf(parameters, sizeof parameters, "[\"%s\"]", json_string_value(snapshot));
    json_decref(snapshot);
    anvil_do(&chain, "evm_revert", parameters);
    check_against_contracts();
    mine(1);
    check_against_contracts();
}

static void test_batches_are_dropped(void **state)
{
    (void)state;
    need_anvil();
    assert_int_equal(prove(), OK);
    assert_int_equal(commit(6), OK);
    assert_int_equal(commit(7), OK);
    anvil_do(&chain, "evm_increaseTime", "[1001]");
    mine(1);
    assert_int_equal(call_rollup("drop()"), OK);
    check_against_contracts();
    assert_int_equal(commit(8), OK);
    check_against_contracts();
    /* The drop itself is taken back, with what came in its place. */
    reorganize(2);
    check_against_contracts();
    assert_int_equal(prove(), OK);
    check_against_contracts();
}

/* A long absence: what is final by then comes by ranges. */
static void test_much_at_once(void **state)
{
    (void)state;
    need_anvil();
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(send_item(i), OK);
        assert_int_equal(commit(20 + i), OK);
        mine(60);
    }
    assert_int_equal(prove(), OK);
    check_against_contracts();
    reorganize(3);
    check_against_contracts();
}

static void test_the_end(void **state)
{
    (void)state;
    need_anvil();
    assert_int_equal(send_item(4), OK);
    anvil_do(&chain, "evm_increaseTime", "[100000]");
    mine(1);
    assert_int_equal(call_rollup("freeze()"), OK);
    check_against_contracts();
    reorganize(1);
    check_against_contracts();
}

/* The follower is asked to go on where L1 is another chain altogether. */
static void test_another_chain(void **state)
{
    (void)state;
    need_anvil();
    anvil_do(&chain, "anvil_reset", "[]");
    mine(3);
    follower_step step;
    assert_int_equal(follower_take(f, &step), BLOCK_UNKNOWN);
    assert_non_null(strstr(follower_error_text(f), "another chain"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_is_found),
        cmocka_unit_test(test_a_block_is_taken_back),
        cmocka_unit_test(test_sixty_four_blocks_are_taken_back),
        cmocka_unit_test(test_a_snapshot_comes_back),
        cmocka_unit_test(test_batches_are_dropped),
        cmocka_unit_test(test_much_at_once),
        cmocka_unit_test(test_the_end),
        cmocka_unit_test(test_another_chain),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
