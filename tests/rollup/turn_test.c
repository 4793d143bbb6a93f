/* Whose turn it is, held against the contract: an operator thinks that it may commit where Rollup would let it,
 * whatever seats were bought and given back, and when. */
#define _GNU_SOURCE
#include "tests/rollup/anvil.h"

#include "settle/calldata.h"
#include "settle/events.h"
#include "settle/rollup_state.h"
#include "settle/turn.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { OPERATORS = 3, STEPS = 150, SLOT = 3600 };

static anvil chain, as[OPERATORS]; /* the same L1 with the keys of each */
static rollup_deployment rollup;
static unsigned seen_ours, seen_not, seen_quiet, seen_waiting;

static int start(void **state)
{
    (void)state;
    static const char third[] = "5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a";
    if (!anvil_start(&chain, "osaka"))
        return 0;
    deployment_terms terms = anvil_terms(&chain);
    anvil_deploy(&chain, &rollup, &terms);
    as[0] = as[1] = as[2] = chain;
    as[1].owner = chain.attester;
    return key_from_text(&as[2].owner, third, 64) == OK ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    anvil_stop(&chain);
    return 0;
}

static void pass(unsigned seconds)
{
    char parameters[32];
    snprintf(parameters, sizeof parameters, "[%u]", seconds);
    anvil_do(&chain, "evm_increaseTime", parameters);
    anvil_do(&chain, "anvil_mine", "[\"0x1\"]");
}

static uint64_t seats_of(unsigned who)
{
    calldata c;
    bytes answer;
    uint64_t seats;
    calldata_begin(&c, &chain.memory, "stake(address)");
    calldata_address(&c, &as[who].owner.address);
    endpoint_message m = {.to = &rollup.rollup, .data = calldata_end(&c)};
    assert_int_equal(endpoint_call(chain.l1, &answer, &chain.memory, &m), OK);
    assert_true(calldata_read_u64(&seats, answer, 2));
    return seats;
}

static bytes commit_call(const rollup_now *now)
{
    hash256 previous;
    calldata c;
    assert_int_equal(rollup_get_hash(chain.l1, &previous, &chain.memory, &rollup.rollup, "batch(uint256)",
                                     now->tip.index), OK);
    calldata_begin(&c, &chain.memory, CALL_COMMIT);
    calldata_hash(&c, &previous);
    calldata_hash(&c, &(hash256){0}); /* of a queue without items */
    calldata_u64(&c, now->l1.timestamp);
    calldata_u64(&c, 0);
    calldata_bytes(&c, (bytes){(const uint8_t *)"\3\0", 2});
    return calldata_end(&c);
}

/* What Rollup says in the block that is L1's head. */
static bool may_commit(unsigned who, const rollup_now *now)
{
    bytes answer;
    endpoint_message m = {.from = &as[who].owner.address, .to = &rollup.rollup, .value = now->batch_bond,
                          .data = commit_call(now)};
    status s = endpoint_call(chain.l1, &answer, &chain.memory, &m);
    if (s != OK && strstr(endpoint_error_text(chain.l1), "NotTheLeader") == NULL)
        fail_msg("%s", endpoint_error_text(chain.l1));
    return s == OK;
}

static turn ask(unsigned who, const rollup_now *now)
{
    turn t;
    assert_int_equal(turn_ask(&t, chain.l1, &chain.memory, &rollup, &as[who].owner.address, now->l1.timestamp,
                              now->tip.at), OK);
    return t;
}

static void check(void)
{
    rollup_now now;
    assert_int_equal(rollup_now_read(&now, chain.l1, &chain.memory, &rollup), OK);
    for (unsigned who = 0; who < OPERATORS; who++) {
        turn t = ask(who, &now);
        bool may = may_commit(who, &now);
        if (t.is_ours != may)
            fail_msg("at %u s of the slot operator %u %s commit, and thinks otherwise",
                     (unsigned)(now.l1.timestamp % SLOT), who, may ? "may" : "may not");
        assert_true(t.is_ours || !t.may_seal);
        assert_int_equal(t.has_leader, now.has_leader);
        seen_ours += may && t.has_leader;
        seen_not += !may;
        seen_quiet += t.is_ours && !t.may_seal;
        seen_waiting += !may && seats_of(who) > 0;
    }
}

static void send(unsigned who, const char *signature, u256 value)
{
    calldata c;
    endpoint_receipt receipt;
    calldata_begin(&c, &chain.memory, signature);
    assert_int_equal(anvil_send(&as[who], &receipt, &rollup.rollup, value, calldata_end(&c)), OK);
}

static void commit(unsigned who)
{
    rollup_now now;
    endpoint_receipt receipt;
    assert_int_equal(rollup_now_read(&now, chain.l1, &chain.memory, &rollup), OK);
    if (!may_commit(who, &now) || now.l1.timestamp % SLOT > SLOT - 60) /* the next block is of another slot */
        return;
    assert_int_equal(anvil_send(&as[who], &receipt, &rollup.rollup, now.batch_bond, commit_call(&now)), OK);
}

static void test_as_the_contract_says(void **state)
{
    (void)state;
    if (chain.pid == 0)
        skip();
    const u256 stake = u256_from_u64(1000000000000000000);
    srandom(7);
    pass(2);
    check();
    for (unsigned i = 0; i < STEPS; i++) {
        unsigned who = (unsigned)random() % OPERATORS, what = (unsigned)random() % 8;
        if (what == 0 && seats_of(who) < 3)
            send(who, "join()", stake);
        else if (what == 1 && seats_of(who) > 0)
            send(who, "leave()", U256_ZERO);
        else if (what == 2)
            commit(who);
        pass(i % 50 == 49 ? 90000 : 2 + (unsigned)random() % (SLOT / 3));
        check();
        arena_rewind(&chain.memory, 0);
    }
    print_message("%u times it was an operator's turn, %u times not, of them %u with a seat; %u times too late to "
                  "seal\n",
                  seen_ours, seen_not, seen_waiting, seen_quiet);
    assert_true(seen_ours > 20 && seen_not > 20 && seen_waiting > 10 && seen_quiet > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_as_the_contract_says)};
    return cmocka_run_group_tests(tests, start, stop);
}
