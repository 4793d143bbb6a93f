/* What L1 says becomes L2's chain in a node, and what L1 takes back goes: here L1 is what this test writes
 * into the database. (With a real L1: node_test.sh.) */
#define _GNU_SOURCE
#include "codec/rlp.h"
#include "node/node.h"
#include "node/mempool.h"
#include "settle/chain.h"
#include "settle/key.h"
#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { START = 1800000000, ETHER_GWEI = 1000000000 };

static arena memory;
static node *n;
static rollup_deployment d;
static signing_key user;
static uint64_t l1_number, l1_time;
static const address COMMITTER = {{0xc0, [19] = 1}}, FIRST = {{0xf1}}, SECOND = {{0xf2}},
                     DEPOSITOR = {{0xde}};
static const uint8_t empty_stream[] = {0x03, 0x00};

static u256 gwei(uint64_t number) { return u256_mul(u256_from_u64(number), u256_from_u64(1000000000)); }

static int start(void **unused)
{
    (void)unused;
    static const char key[] = "5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a";
    chain_genesis genesis;
    arena_open(&memory, (size_t)128 << 30);
    assert_int_equal(key_from_text(&user, key, 64), OK);
    d = (rollup_deployment){.l1_chain_id = 31337, .l2_chain_id = 1337, .genesis_time = START,
                            .queue = {{1}}, .verifiers = {{2}}, .rollup = {{3}}, .bridge = {{4}},
                            .transaction_gas = 24000000, .item_gas = 12000000,
                            .base_fee_target_gas = 3000000};
    assert_int_equal(deployment_genesis(&genesis, NULL, &d, &memory), OK);
    status s = node_open(&n, &(node_options){.genesis = &genesis, .seals = false, .coinbase = COMMITTER});
    if (s != OK)
        fail_msg("%s", node_error_text());
    assert_int_equal(chain_begin(n, &d), OK);
    l1_number = 100;
    l1_time = START;
    database_transaction *t;
    hash256 hash = {{100}};
    assert_int_equal(database_begin(&t, node_store(n)->db, true), OK);
    assert_int_equal(l1_begin(t, l1_number, l1_time, &hash), OK);
    assert_int_equal(database_commit(t), OK);
    return 0;
}

static int stop(void **unused)
{
    (void)unused;
    node_close(n);
    arena_close(&memory);
    return 0;
}

/* ---- L1 ---- */

static void l1_block(const l1_event *events, size_t count)
{
    database_transaction *t;
    hash256 hash = {{(uint8_t)++l1_number, 7}};
    l1_time += 12;
    assert_int_equal(database_begin(&t, node_store(n)->db, true), OK);
    assert_int_equal(l1_apply(t, &memory, l1_number, l1_time, &hash, events, count, false), OK);
    assert_int_equal(database_commit(t), OK);
}

static void l1_takes_back(unsigned blocks)
{
    database_transaction *t;
    assert_int_equal(database_begin(&t, node_store(n)->db, true), OK);
    for (; blocks > 0; blocks--, l1_number--, l1_time -= 12)
        assert_int_equal(l1_undo(t, &memory), OK);
    assert_int_equal(database_commit(t), OK);
}

static void l1_is_final(void)
{
    database_transaction *t;
    assert_int_equal(database_begin(&t, node_store(n)->db, true), OK);
    assert_int_equal(l1_finalize(t, l1_number), OK);
    assert_int_equal(database_commit(t), OK);
}

static l1_state now(void)
{
    database_transaction *t;
    l1_state state;
    bool found;
    assert_int_equal(database_begin(&t, node_store(n)->db, false), OK);
    assert_int_equal(l1_state_read(t, &found, &state), OK);
    database_abort(t);
    assert_true(found);
    return state;
}

static void enqueue(const address *to, u256 wei)
{
    l1_event e = {.kind = L1_ENQUEUED, .block = l1_number + 1, .index = now().item_count};
    e.item.item = (rollup_item){.kind = ROLLUP_ITEM_CALL, .sender = DEPOSITOR, .from = DEPOSITOR, .to = *to,
                                .mint = wei, .value = wei, .gas_limit = 50000, .time = l1_time + 12};
    l1_block(&e, 1);
}

static void commit_as(const address *committer, uint64_t last_time, uint64_t items, bytes data)
{
    l1_state state = now();
    l1_event e = {.kind = L1_COMMITTED, .block = l1_number + 1, .time = l1_time + 12};
    e.batch.previous_hash = state.tip_hash;
    e.batch.batch = (rollup_batch){.index = state.tip + 1, .committer = *committer, .last_time = last_time,
                                   .queue_index = items, .data = data};
    rollup_batch_hash(&e.batch.hash, &state.tip_hash, &e.batch.batch);
    l1_block(&e, 1);
}

static void commit_empty(uint64_t items)
{
    commit_as(&COMMITTER, l1_time, items, (bytes){empty_stream, sizeof empty_stream});
}

static void prove(const rollup_outcome *outcome)
{
    l1_state state = now();
    l1_event e = {.kind = L1_PROVEN, .block = l1_number + 1, .time = l1_time + 12};
    e.proof = (l1_proof){.first = state.proven + 1, .last = state.tip, .outcome = *outcome};
    l1_block(&e, 1);
}

/* ---- L2 ---- */

static chain_step follow(bool alone)
{
    chain_step step = {.is_behind = true}, sum = {0};
    while (step.is_behind) {
        assert_int_equal(chain_follow(n, &memory, &step, alone), OK);
        sum.derived += step.derived;
        sum.faults += step.faults;
        sum.returned += step.returned;
        sum.unwound_to = step.unwound_to;
    }
    assert_int_equal(sum.faults, 0);
    return sum;
}

static void on_head(u256 *balance, const address *who, uint64_t *number, uint64_t *safe, uint64_t *finalized)
{
    store_view *v;
    hash256 root;
    store_trie_account a;
    size_t mark = memory.used_bytes;
    assert_int_equal(node_view_open_unsealed(&v, &memory, n), OK);
    assert_int_equal(store_head_state_root(v, &root), OK);
    assert_int_equal(store_read_account(v, &a, &root, who), OK);
    *balance = a.balance;
    *number = store_head_number(v);
    *safe = store_safe_number(v);
    *finalized = store_finalized_number(v);
    store_view_close(v);
    arena_rewind(&memory, mark);
}

static u256 balance_of(const address *who)
{
    u256 wei;
    uint64_t ignored;
    on_head(&wei, who, &ignored, &ignored, &ignored);
    return wei;
}

static uint64_t head(void)
{
    u256 wei;
    uint64_t number, ignored;
    on_head(&wei, &FIRST, &number, &ignored, &ignored);
    return number;
}

static uint64_t finalized(void)
{
    u256 wei;
    uint64_t number, ignored;
    on_head(&wei, &FIRST, &ignored, &ignored, &number);
    return number;
}

static uint64_t safe(void)
{
    u256 wei;
    uint64_t number, ignored;
    on_head(&wei, &FIRST, &ignored, &number, &ignored);
    return number;
}

static rollup_outcome derived(uint64_t batch)
{
    database_transaction *t;
    batch_outcome o;
    bool found;
    assert_int_equal(database_begin(&t, node_store(n)->db, false), OK);
    assert_int_equal(outcome_read(t, &found, &o, batch), OK);
    database_abort(t);
    assert_true(found);
    return o.position.outcome;
}

static hash256 submit_of(const signing_key *key, uint64_t nonce, const address *to)
{
    hash256 hash, ignored;
    key_transaction tx = {.chain_id = 1337, .nonce = nonce, .gas_limit = 21000, .max_fee = gwei(10),
                          .max_priority_fee = gwei(1), .to = to, .value = u256_from_u64(5)};
    assert_int_equal(node_submit(n, &ignored, key_sign_transaction(&hash, &memory, key, &tx)), OK);
    return hash;
}

static hash256 submit(uint64_t nonce, const address *to) { return submit_of(&user, nonce, to); }

static void seal(uint64_t timestamp)
{
    bool sealed;
    assert_int_equal(chain_seal(n, &memory, &sealed, timestamp, now().item_count, &COMMITTER), OK);
    assert_true(sealed);
}

/* ---- what must hold ---- */

static void assert_wei(const address *who, u256 wei) { assert_true(u256_equal(balance_of(who), wei)); }

/* The hash of a batch names its items by their number alone. */
static void the_same_batch_takes_other_items(void **unused)
{
    (void)unused;
    enqueue(&FIRST, gwei(7));
    commit_empty(1);
    hash256 before = now().tip_hash;
    follow(true);
    assert_wei(&FIRST, gwei(7));
    l1_takes_back(2);
    enqueue(&SECOND, gwei(7));
    commit_empty(1);
    hash256 after = now().tip_hash;
    assert_memory_equal(&before, &after, 32);
    follow(true);
    assert_wei(&FIRST, U256_ZERO);
    assert_wei(&SECOND, gwei(7));
    rollup_outcome o = derived(1);
    assert_int_equal(o.queue_index, 1);
    assert_int_equal(o.last_block, head());
}

static void only_what_was_derived_here_is_finalized(void **unused)
{
    (void)unused;
    rollup_outcome right = derived(now().tip), wrong = right;
    uint64_t before = finalized();
    wrong.state_root.bytes[5] ^= 1;
    prove(&wrong);
    l1_is_final();
    assert_int_equal(chain_set_tags(n), OUTPUT_MISMATCH);
    assert_int_equal(finalized(), before);
    l1_takes_back(1);
    l1_is_final();
    assert_int_equal(chain_set_tags(n), OK);
    assert_int_equal(finalized(), before);
    prove(&right);
    assert_int_equal(chain_set_tags(n), OK);
    assert_int_equal(finalized(), before); /* L1's block is not final yet */
    l1_is_final();
    assert_int_equal(chain_set_tags(n), OK);
    assert_int_equal(finalized(), right.last_block);
    assert_true(finalized() > before);
}

/* Somebody else's batch comes first: what stood there goes, and its transactions come again. */
static void transactions_return(void **unused)
{
    (void)unused;
    enqueue(&user.address, gwei(ETHER_GWEI));
    commit_empty(now().item_count);
    follow(false);
    uint64_t base = head();
    submit(0, &FIRST);
    seal(l1_time + 1);
    submit(1, &FIRST);
    seal(l1_time + 2);
    assert_int_equal(head(), base + 2);
    assert_int_equal(mempool_pending_count(n), 0);
    enqueue(&SECOND, gwei(1));
    commit_as(&SECOND, l1_time, now().item_count, (bytes){empty_stream, sizeof empty_stream});
    chain_step step = follow(false);
    assert_int_equal(step.returned, 2);
    assert_int_equal(head(), base + 1);
    assert_int_equal(mempool_pending_count(n), 2);
    seal(l1_time + 1);
    assert_int_equal(mempool_pending_count(n), 0);
    assert_wei(&FIRST, u256_from_u64(10));
}

static chain_batch make(uint64_t oldest_time, uint64_t latest_time)
{
    chain_batch batch;
    chain_terms terms = {.committer = &COMMITTER, .oldest_time = oldest_time, .latest_time = latest_time,
                         .item_limit = now().item_count};
    assert_int_equal(chain_make_batch(n, &memory, &batch, &terms), OK);
    return batch;
}

static void commit_made(const chain_batch *b)
{
    commit_as(&COMMITTER, b->batch.last_time, b->batch.queue_index, b->batch.data);
}

/* Blocks that no batch may have as its last ones any more are closed by one that is young enough. */
static void old_blocks_are_closed(void **unused)
{
    (void)unused;
    uint64_t base = derived(now().tip).last_block;
    submit(2, &FIRST);
    seal(l1_time + 2);
    assert_int_equal(head(), base + 2);
    for (unsigned i = 0; i < 10; i++)
        enqueue(&SECOND, gwei(1));
    chain_batch plain = make(0, l1_time), closed;
    assert_int_equal(plain.block_count, 2);
    assert_true(plain.batch.last_time < l1_time - 100);
    assert_int_equal(plain.batch.queue_index, now().tip_items);
    closed = make(l1_time - 50, l1_time);
    assert_int_equal(closed.block_count, 2);
    assert_int_equal(closed.batch.last_time, l1_time);
    assert_int_equal(closed.batch.queue_index, now().item_count);
    uint64_t end = l1_time;
    /* What was sealed meanwhile stands where the closing block will: its transactions come again. */
    submit(3, &FIRST);
    seal(end - 20);
    assert_int_equal(head(), base + 3);
    commit_made(&closed);
    chain_step step = follow(false);
    assert_int_equal(step.derived, 1);
    assert_int_equal(step.returned, 1);
    assert_int_equal(head(), base + 3);
    assert_int_equal(derived(now().tip).last_time, end);
    seal(l1_time + 1);
    assert_int_equal(mempool_pending_count(n), 0);
    assert_wei(&FIRST, u256_from_u64(20));
}

/* What was dropped is not safe any more, and no other batch is for having its number. */
static void safe_after_a_drop(void **unused)
{
    (void)unused;
    rollup_outcome proven = derived(now().tip);
    if (now().proven < now().tip)
        prove(&proven);
    follow(false);
    uint64_t proven_time = l1_time, proven_batch = now().proven;
    enqueue(&SECOND, gwei(1));
    commit_empty(now().item_count);
    commit_empty(now().item_count);
    follow(false);
    l1_is_final();
    assert_int_equal(chain_set_tags(n), OK);
    assert_int_equal(safe(), derived(now().tip).last_block);
    assert_true(safe() > proven.last_block);
    l1_block(&(l1_event){.kind = L1_DROPPED, .block = l1_number + 1, .index = proven_batch}, 1);
    assert_int_equal(now().tip, proven_batch);
    assert_int_equal(now().tip_time, proven_time);
    follow(true); /* it is a replica's again: blocks go with their batches */
    assert_int_equal(chain_set_tags(n), OK);
    assert_int_equal(head(), proven.last_block);
    assert_int_equal(safe(), proven.last_block);
    /* Another batch of the same number, which no final block has. */
    commit_empty(now().item_count);
    follow(true);
    assert_int_equal(chain_set_tags(n), OK);
    assert_int_equal(safe(), proven.last_block);
    assert_int_equal(finalized(), proven.last_block);
    l1_is_final();
    assert_int_equal(chain_set_tags(n), OK);
    assert_int_equal(safe(), head());
    assert_int_equal(finalized(), proven.last_block);
}

static bool waits(const hash256 *hash) { return mempool_find(n, hash) != NULL; }

/* L1 takes back what a sender's ether came by: what the sender signed waits until it comes again. */
static void transactions_wait_for_ether(void **unused)
{
    (void)unused;
    signing_key poor;
    static const char key[] = "7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6";
    assert_int_equal(key_from_text(&poor, key, 64), OK);
    enqueue(&poor.address, gwei(ETHER_GWEI));
    uint64_t base = head(), pending = mempool_pending_count(n);
    seal(l1_time + 1);
    hash256 sealed = submit_of(&poor, 0, &FIRST), waiting;
    seal(l1_time + 2);
    waiting = submit_of(&poor, 1, &FIRST);
    u256 before = balance_of(&FIRST);
    l1_takes_back(1);
    chain_step step = follow(false);
    assert_int_equal(step.unwound_to, base);
    assert_int_equal(step.returned, 1);
    assert_int_equal(head(), base);
    assert_true(waits(&sealed) && waits(&waiting));
    assert_int_equal(mempool_pending_count(n), pending); /* neither can be in a block now */
    submit(4, &SECOND);
    enqueue(&SECOND, gwei(1));
    seal(l1_time + 3); /* blocks come and go */
    assert_true(waits(&sealed) && waits(&waiting));
    enqueue(&poor.address, gwei(ETHER_GWEI));
    seal(l1_time + 4);
    assert_int_equal(mempool_pending_count(n), pending + 2);
    seal(l1_time + 5);
    assert_int_equal(mempool_pending_count(n), 0);
    assert_wei(&FIRST, u256_add(before, u256_from_u64(5)));
}

/* Blocks go in two steps, the later ones first: the order of what was in them stays. */
static void transactions_keep_their_order(void **unused)
{
    (void)unused;
    l1_block(NULL, 0);
    chain_batch all = make(0, l1_time);
    commit_made(&all);
    follow(false);
    uint64_t base = head();
    const address order[] = {{{0xd1}}, {{0xd2}}, {{0xd3}}};
    submit(5, &order[0]);
    seal(l1_time + 1);
    hash256 second = submit(6, &order[1]);
    enqueue(&SECOND, gwei(1));
    seal(l1_time + 2);
    hash256 third = submit(7, &order[2]);
    l1_takes_back(1); /* the second block goes, and then the first: somebody else's batch is there */
    commit_as(&SECOND, l1_time, now().item_count, (bytes){empty_stream, sizeof empty_stream});
    chain_step step = follow(false);
    assert_int_equal(step.returned, 2);
    assert_int_equal(head(), base + 1);
    assert_int_equal(mempool_pending_count(n), 3);
    const pooled *a = mempool_find_nonce(n, &user.address, 5), *b = mempool_find(n, &second),
                 *c = mempool_find(n, &third);
    assert_non_null(a);
    assert_true(a->received < b->received && b->received < c->received);
    seal(l1_time + 1);
    assert_int_equal(mempool_pending_count(n), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_batch_takes_other_items),
        cmocka_unit_test(only_what_was_derived_here_is_finalized),
        cmocka_unit_test(transactions_return),
        cmocka_unit_test(old_blocks_are_closed),
        cmocka_unit_test(transactions_wait_for_ether),
        cmocka_unit_test(transactions_keep_their_order),
        cmocka_unit_test(safe_after_a_drop),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
