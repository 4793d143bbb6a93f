/* A development chain: sealing, the mempool's rules, state, calls, proofs, witnesses. */
#define _GNU_SOURCE
#include "node/node.h"

#include "base/hex.h"
#include "chain/chain.h"
#include "store/check.h"
#include "node/mempool.h"

#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct {
    node *n;
    arena memory;
    char directory[64];
} fixture;

static const node_options development = {.is_development = true, .seals = true};

static void open_node(fixture *f, const node_options *options)
{
    status s = node_open(&f->n, options);
    if (s != OK)
        print_message("%s: %s\n", status_name(s), node_error_text());
    assert_int_equal(s, OK);
}

static int setup(void **state)
{
    static fixture f;
    memset(&f, 0, sizeof f);
    arena_open(&f.memory, STORE_VIEW_ARENA_BYTES);
    open_node(&f, &development);
    *state = &f;
    return 0;
}

/* What fails afterwards ends in teardown: it closes what is open, once. */
static void close_node(fixture *f)
{
    node_close(f->n);
    f->n = NULL;
}

static int teardown(void **state)
{
    fixture *f = *state;
    close_node(f);
    arena_close(&f->memory);
    return 0;
}

static store_view *view(fixture *f)
{
    store_view *v;
    assert_int_equal(node_view_open(&v, &f->memory, f->n), OK);
    return v;
}

static u256 ether(uint64_t n) { return u256_mul(u256_from_u64(n), u256_from_u64(1000000000000000000)); }

/* Signed by an account, not yet submitted. */
static bytes transfer(fixture *f, size_t from, uint64_t nonce, uint64_t tip_gwei)
{
    u256 gwei = u256_from_u64(1000000000);
    store_call call = {.from = *node_account(f->n, from),
                       .to = {{0xaa, (uint8_t)from}},
                       .value = ether(1),
                       .has_gas = true,
                       .gas = 21000,
                       .has_nonce = true,
                       .nonce = nonce,
                       .has_max_fee = true,
                       .max_fee = u256_mul(gwei, u256_from_u64(100 + tip_gwei)),
                       .has_max_priority_fee = true,
                       .max_priority_fee = u256_mul(gwei, u256_from_u64(tip_gwei))};
    bytes encoding;
    assert_int_equal(node_sign_call(f->n, &encoding, &f->memory, &call), OK);
    return encoding;
}

static hash256 submit(fixture *f, bytes encoding)
{
    hash256 hash;
    assert_int_equal(node_submit(f->n, &hash, encoding), OK);
    return hash;
}

static u256 balance(store_view *v, const address *who)
{
    store_block head;
    state *world;
    account *a;
    assert_int_equal(store_block_by_number(v, &head, store_head_number(v)), OK);
    assert_int_equal(store_state_open(v, &world, &head), OK);
    assert_int_equal(state_account(world, &a, who), OK);
    return *account_balance(a);
}

/* The accounts and keys that every development node prints for this mnemonic. */
static void test_accounts(void **state)
{
    fixture *f = *state;
    char text[65];
    hex_encode(text, node_account(f->n, 0)->bytes, 20);
    assert_string_equal(text, "f39fd6e51aad88f6f4ce6ab8827279cfffb92266");
    hex_encode(text, node_account(f->n, 9)->bytes, 20);
    assert_string_equal(text, "a0ee7a142d267c1f36714e4a8f75612f20a79720");
    hex_encode(text, node_account_key(f->n, 0), 32);
    assert_string_equal(text, "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
    store_view *v = view(f);
    assert_true(u256_equal(balance(v, node_account(f->n, 3)), ether(10000)));
    store_view_close(v);
}

static void test_seals_a_transfer(void **state)
{
    fixture *f = *state;
    hash256 hash = submit(f, transfer(f, 0, 0, 1));
    store_view *v = view(f);
    assert_int_equal(store_head_number(v), 1);
    store_transaction tx;
    assert_int_equal(store_transaction_by_hash(v, &tx, &hash), OK);
    assert_int_equal(tx.block_number, 1);
    assert_memory_equal(tx.sender.bytes, node_account(f->n, 0)->bytes, 20);
    store_block block;
    store_receipt *receipts;
    assert_int_equal(store_block_by_number(v, &block, 1), OK);
    assert_int_equal(store_receipts(v, &receipts, &block), OK);
    assert_true(receipts[0].succeeded);
    assert_int_equal(receipts[0].gas_used, 21000);
    address to = {{0xaa, 0}};
    assert_true(u256_equal(balance(v, &to), ether(1)));
    hash256 unknown = {{1}};
    assert_int_equal(store_transaction_by_hash(v, &tx, &unknown), TRANSACTION_UNKNOWN);
    assert_int_equal(store_block_by_hash(v, &block, &unknown), BLOCK_UNKNOWN);
    store_view_close(v);
}

/* A snapshot does not move while blocks are sealed. */
static void test_views_are_snapshots(void **state)
{
    fixture *f = *state;
    store_view *old = view(f);
    submit(f, transfer(f, 0, 0, 1));
    store_view *new = view(f);
    assert_int_equal(store_head_number(old), 0);
    assert_int_equal(store_head_number(new), 1);
    assert_true(u256_equal(balance(old, node_account(f->n, 0)), ether(10000)));
    assert_false(u256_equal(balance(new, node_account(f->n, 0)), ether(10000)));
    store_view_close(new);
    store_view_close(old);
}

static void test_mempool_rules(void **state)
{
    fixture *f = *state;
    hash256 hash;
    /* A gap waits, and what fills it releases both. */
    hash256 later = submit(f, transfer(f, 1, 1, 1));
    assert_int_equal(mempool_queued_count(f->n), 1);
    store_view *v = view(f);
    assert_int_equal(store_head_number(v), 0);
    store_view_close(v);
    assert_int_equal(node_submit(f->n, &hash, transfer(f, 1, 1, 1)), TRANSACTION_KNOWN);
    /* Replacement by at least ten per cent, of both fees. */
    assert_int_equal(node_submit(f->n, &hash, transfer(f, 1, 1, 2)), TRANSACTION_REPLACEMENT_UNDERPRICED);
    hash256 replaced = submit(f, transfer(f, 1, 1, 12));
    assert_null(mempool_find(f->n, &later));
    assert_non_null(mempool_find(f->n, &replaced));
    submit(f, transfer(f, 1, 0, 1));
    assert_int_equal(mempool_pending_count(f->n), 2);
    v = view(f);
    assert_int_equal(store_head_number(v), 1);
    store_block block;
    assert_int_equal(store_block_by_number(v, &block, 1), OK);
    assert_int_equal(block.transaction_count, 2);
    store_view_close(v);
    assert_int_equal(mempool_pending_count(f->n), 0);
    assert_int_equal(node_submit(f->n, &hash, transfer(f, 1, 0, 30)), TRANSACTION_NONCE_TOO_LOW);
    assert_int_equal(node_submit(f->n, &hash, transfer(f, 1, 5000, 1)), MEMPOOL_NONCE_GAP);
    uint8_t blob[] = {3, 0xc0};
    assert_int_not_equal(node_submit(f->n, &hash, (bytes){blob, sizeof blob}), OK);
}

/* The best paying first, but a sender's in the order of nonces. */
static void test_order(void **state)
{
    fixture *f = *state;
    submit(f, transfer(f, 0, 0, 1));
    submit(f, transfer(f, 0, 1, 50));
    submit(f, transfer(f, 1, 0, 5));
    store_view *v = view(f);
    store_block block;
    assert_int_equal(store_block_by_number(v, &block, 1), OK);
    assert_int_equal(block.transaction_count, 3);
    static const struct {
        size_t account;
        uint64_t nonce;
    } expected[] = {{1, 0}, {0, 0}, {0, 1}};
    for (size_t i = 0; i < 3; i++) {
        store_transaction tx;
        assert_int_equal(store_transaction_at(v, &tx, &block, i), OK);
        assert_memory_equal(tx.sender.bytes, node_account(f->n, expected[i].account)->bytes, 20);
        assert_int_equal(tx.tx.nonce, expected[i].nonce);
    }
    store_view_close(v);
}

/* Stores its input's first word at slot 0, logs it with one topic, and returns it; reverts for an empty
 * input. CALLDATASIZE PUSH1 8 JUMPI PUSH0 PUSH0 REVERT; JUMPDEST … */
static const uint8_t runtime[] = {
    0x36, 0x60, 0x07, 0x57, 0x5f, 0x5f, 0xfd,             /* revert unless there is input */
    0x5b, 0x5f, 0x35, 0x80, 0x5f, 0x55,                   /* sstore(0, x), x stays */
    0x5f, 0x52, 0x60, 0x2a, 0x60, 0x20, 0x5f, 0xa1,       /* log1(x) with topic 42 */
    0x60, 0x01, 0x43, 0x03, 0x40, 0x50,                   /* blockhash(number - 1) */
    0x60, 0x20, 0x5f, 0xf3,
};

static address deploy(fixture *f)
{
    uint8_t init[11 + sizeof runtime] = {0x60, sizeof runtime, 0x60,           0x0b, 0x5f,
                                         0x39, 0x60,           sizeof runtime, 0x5f, 0xf3};
    memcpy(init + 11, runtime, sizeof runtime);
    store_call call = {.from = *node_account(f->n, 2), .creates = true, .data = {init, sizeof init}};
    bytes encoding;
    assert_int_equal(node_sign_call(f->n, &encoding, &f->memory, &call), OK);
    submit(f, encoding);
    address created;
    transaction_created_address(&created, node_account(f->n, 2), 0);
    return created;
}

static store_call call_with(fixture *f, const address *to, const uint8_t *word)
{
    return (store_call){.from = *node_account(f->n, 2), .to = *to, .data = {word, word != NULL ? 32 : 0}};
}

static void test_calls_and_logs(void **state)
{
    fixture *f = *state;
    address contract = deploy(f);
    uint8_t word[32] = {[31] = 7};
    store_call call = call_with(f, &contract, word);
    bytes encoding;
    assert_int_equal(node_sign_call(f->n, &encoding, &f->memory, &call), OK);
    submit(f, encoding);
    store_view *v = view(f);
    assert_int_equal(store_head_number(v), 2);
    store_block head;
    assert_int_equal(store_block_by_number(v, &head, 2), OK);

    store_session s;
    store_call_result result;
    assert_int_equal(store_session_open(&s, v, &head, NULL), OK);
    assert_int_equal(store_session_call(&s, &result, &call), OK);
    assert_int_equal(result.halt, EVM_SUCCESS);
    assert_int_equal(result.output.size, 32);
    assert_int_equal(result.output.data[31], 7);
    assert_int_equal(result.log_count, 1);
    store_call empty = call_with(f, &contract, NULL);
    assert_int_equal(store_session_call(&s, &result, &empty), OK);
    assert_int_equal(result.halt, EVM_REVERT);
    uint64_t gas;
    assert_int_equal(store_estimate_gas(v, &gas, &result, &head, &call, NULL, NULL, 0), OK);
    assert_in_range(gas, result.gas_used, result.gas_used + 5000);

    /* An account that is not there, with the code of one that is. */
    store_state_override override = {.where = {{9}},
                                     .has_code = true,
                                     .code = {runtime, sizeof runtime},
                                     .has_balance = true,
                                     .balance = ether(3)};
    store_call to_override = call_with(f, &override.where, word);
    assert_int_equal(store_session_override(&s, &override, 1), OK);
    assert_int_equal(store_session_call(&s, &result, &to_override), OK);
    assert_int_equal(result.output.size, 32);

    /* The index names the block, and no other. */
    uint64_t numbers[8];
    size_t count;
    hash256 topics[] = {{{[31] = 42}}, {{[31] = 43}}};
    store_log_filter filter = {
        .addresses = &contract, .address_count = 1, .topics = {topics}, .topic_counts = {1}};
    assert_int_equal(store_log_blocks(v, numbers, &count, 8, &filter, 0, 100), OK);
    assert_int_equal(count, 1);
    assert_int_equal(numbers[0], 2);
    filter.topics[0] = topics + 1;
    assert_int_equal(store_log_blocks(v, numbers, &count, 8, &filter, 0, 100), OK);
    assert_int_equal(count, 0);
    filter = (store_log_filter){0};
    assert_int_equal(store_log_blocks(v, numbers, &count, 8, &filter, 0, 100), OK);
    assert_int_equal(count, 1);

    store_account_proof proof;
    u256 key = U256_ZERO;
    assert_int_equal(store_prove(v, &proof, &head, &contract, &key, 1), OK);
    assert_int_equal(proof.slots[0].value.limb[0], 7);
    assert_true(proof.account.node_count > 0 && proof.slots[0].node_count == 1);
    store_view_close(v);
}

/* The witness alone, without the node's state, gives the same block. */
static void test_witness_executes_again(void **state)
{
    fixture *f = *state;
    address contract = deploy(f);
    for (uint8_t i = 1; i < 6; i++) {
        uint8_t word[32] = {[31] = i};
        store_call call = call_with(f, &contract, word);
        bytes encoding;
        assert_int_equal(node_sign_call(f->n, &encoding, &f->memory, &call), OK);
        submit(f, encoding);
        submit(f, transfer(f, 3, i - 1u, 1));
        store_view_close(view(f));
    }
    store_view *v = view(f);
    for (uint64_t i = 1; i <= store_head_number(v); i++) {
        store_block block;
        chain_input input;
        chain_result result;
        chain_fault fault;
        assert_int_equal(store_block_by_number(v, &block, i), OK);
        assert_int_equal(store_witness(v, &input, &block), OK);
        assert_int_equal(chain_execute(&result, &fault, &f->memory, node_config(f->n), &input), OK);
        assert_memory_equal(result.hash.bytes, block.hash.bytes, 32);
        assert_memory_equal(result.state_root.bytes, block.header.state_root.bytes, 32);
        assert_true(result.held_against_parent);
        input.node_count--;
        assert_int_not_equal(chain_execute(&result, &fault, &f->memory, node_config(f->n), &input), OK);
    }
    store_view_close(v);
}

/* A second node takes the blocks of the first, and comes to the same state. */
static void test_imports_sealed_blocks(void **state)
{
    fixture *f = *state, other = {0};
    for (uint64_t i = 0; i < 4; i++) {
        submit(f, transfer(f, 0, i, 1));
        store_view_close(view(f));
    }
    arena_open(&other.memory, STORE_VIEW_ARENA_BYTES);
    open_node(&other, &(node_options){.is_development = true});
    store_view *v = view(f);
    for (uint64_t i = 1; i <= 4; i++) {
        store_block block;
        chain_fault fault;
        assert_int_equal(store_block_by_number(v, &block, i), OK);
        uint8_t *broken = arena_allocate(&f->memory, block.encoding.size, 8);
        memcpy(broken, block.encoding.data, block.encoding.size);
        broken[block.encoding.size - 8] ^= 1;
        assert_int_not_equal(node_import(other.n, &fault, (bytes){broken, block.encoding.size}), OK);
        assert_int_equal(node_import(other.n, &fault, block.encoding), OK);
        assert_int_equal(node_import(other.n, &fault, block.encoding), BLOCK_NOT_ON_HEAD);
    }
    store_view *w = view(&other);
    assert_int_equal(store_head_number(w), 4);
    assert_true(u256_equal(balance(w, node_account(f->n, 0)), balance(v, node_account(f->n, 0))));
    store_view_close(w);
    store_view_close(v);
    assert_int_equal(node_set_head(other.n, 2), OK);
    w = view(&other);
    assert_int_equal(store_head_number(w), 2);
    store_view_close(w);
    node_close(other.n);
    arena_close(&other.memory);
}

static void test_pending_block(void **state)
{
    fixture *f = *state;
    close_node(f);
    open_node(f, &(node_options){.is_development = true, .seals = true, .block_time_seconds = 3600});
    submit(f, transfer(f, 0, 0, 1));
    store_view *v = view(f);
    assert_int_equal(store_head_number(v), 0);
    node_pending pending;
    assert_int_equal(node_block_pending(f->n, v, &pending), OK);
    assert_int_equal(pending.block.header.number, 1);
    assert_int_equal(pending.block.transaction_count, 1);
    store_view_close(v);
    assert_int_equal(node_seal(f->n, NULL), OK);
    v = view(f);
    assert_int_equal(store_head_number(v), 1);
    store_view_close(v);
}

static void use_directory(fixture *f, char *template, const node_options *options)
{
    close_node(f);
    strcpy(f->directory, template);
    assert_non_null(mkdtemp(f->directory));
    node_options with_directory = *options;
    with_directory.directory = f->directory;
    open_node(f, &with_directory);
}

static void reopen(fixture *f, const node_options *options)
{
    node_options with_directory = *options;
    with_directory.directory = f->directory;
    open_node(f, &with_directory);
}

static void remove_directory(fixture *f)
{
    static const char *const files[] = {"data.mdb", "lock.mdb", "lock", "mempool.rlp", "mempool.rlp.part"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", f->directory, files[i]);
        unlink(path);
    }
    rmdir(f->directory);
}

static const node_options slow = {.is_development = true, .seals = true, .block_time_seconds = 3600};

/* What waited comes back after a restart, also where a crash cut the journal's end off. */
static void test_journal(void **state)
{
    fixture *f = *state;
    use_directory(f, "/tmp/ashlar-node-test-XXXXXX", &slow);
    hash256 first = submit(f, transfer(f, 0, 0, 1)), second = submit(f, transfer(f, 4, 1, 1));
    char path[128];
    snprintf(path, sizeof path, "%s/mempool.rlp", f->directory);
    struct stat about;
    assert_int_equal(stat(path, &about), 0);
    close_node(f);
    reopen(f, &slow);
    assert_non_null(mempool_find(f->n, &first));
    assert_non_null(mempool_find(f->n, &second));
    assert_int_equal(mempool_pending_count(f->n), 1);
    assert_int_equal(node_seal(f->n, NULL), OK);
    close_node(f);
    assert_int_equal(truncate(path, about.st_size / 2 - 1), 0);
    reopen(f, &slow);
    assert_null(mempool_find(f->n, &first)); /* in a block */
    remove_directory(f);
}

static void test_mempool_limits(void **state)
{
    fixture *f = *state;
    close_node(f);
    open_node(f, &slow);
    hash256 hash;
    size_t mark = f->memory.used_bytes;
    for (size_t i = 0; i < MEMPOOL_MOST; i++) {
        submit(f, transfer(f, i % 4, i / 4, 10));
        arena_rewind(&f->memory, mark);
    }
    assert_int_equal(mempool_pending_count(f->n), MEMPOOL_MOST);
    assert_int_equal(node_submit(f->n, &hash, transfer(f, 0, MEMPOOL_MOST_PER_SENDER, 90)),
                     MEMPOOL_SENDER_FULL);
    /* Full: cheaper ones are refused, better ones push out the end of a sender's queue. */
    assert_int_equal(node_submit(f->n, &hash, transfer(f, 5, 0, 9)), TRANSACTION_UNDERPRICED);
    submit(f, transfer(f, 5, 0, 90));
    assert_int_equal(mempool_pending_count(f->n), MEMPOOL_MOST);
    /* What cannot be executed goes first. */
    hash256 queued = submit(f, transfer(f, 6, 3, 95));
    submit(f, transfer(f, 7, 0, 90));
    assert_null(mempool_find(f->n, &queued));
    const pooled **all;
    assert_int_equal(mempool_list(f->n, &all, &f->memory), mempool_pending_count(f->n));
}

/* A block that spends a sender's money leaves none for what waits. */
static void test_revalidates(void **state)
{
    fixture *f = *state;
    close_node(f);
    open_node(f, &slow);
    submit(f, transfer(f, 0, 1, 1));
    store_call all = {.from = *node_account(f->n, 0),
                      .to = {{0xcc}},
                      .value = u256_sub(ether(10000), ether(1)),
                      .has_gas = true,
                      .gas = 21000};
    bytes encoding;
    assert_int_equal(node_sign_call(f->n, &encoding, &f->memory, &all), OK);
    submit(f, encoding);
    assert_int_equal(mempool_pending_count(f->n), 2);
    assert_int_equal(node_seal(f->n, NULL), OK);
    assert_int_equal(mempool_pending_count(f->n) + mempool_queued_count(f->n), 0);
    store_view *v = view(f);
    store_block block;
    assert_int_equal(store_block_by_number(v, &block, 1), OK);
    assert_int_equal(block.transaction_count, 1);
    store_view_close(v);
}

/* The file may not grow: a clear status, and the chain is as it was before that block. */
static void test_full_disk(void **state)
{
    fixture *f = *state;
    use_directory(f, "/tmp/ashlar-node-test-XXXXXX", &development);
    char path[128];
    struct stat about;
    struct rlimit unlimited, limited;
    snprintf(path, sizeof path, "%s/data.mdb", f->directory);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
    limited = unlimited;
    limited.rlim_cur = (rlim_t)about.st_size + 65536;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limited), 0);
    uint64_t sealed = 0;
    status s = OK;
    for (uint64_t i = 0; i < 200 && s == OK; i++) {
        submit(f, transfer(f, 0, i, 1));
        s = node_tick(f->n);
        sealed += s == OK;
    }
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
    assert_true(s == DATABASE_FULL || s == DATABASE_FAILED);
    assert_non_null(strstr(node_error_text(), "full"));
    assert_int_equal(mempool_pending_count(f->n), 1);
    /* Once there is room it goes on by itself. */
    assert_int_equal(node_tick(f->n), OK);
    assert_int_equal(mempool_pending_count(f->n), 1);
    int wait_ms = node_next_tick_ms(f->n);
    assert_true(wait_ms >= 0 && wait_ms <= 1000);
    usleep(1000 * (unsigned)wait_ms + 1000);
    assert_int_equal(node_tick(f->n), OK);
    assert_int_equal(mempool_pending_count(f->n), 0);
    close_node(f);
    reopen(f, &slow);
    store_check_report report;
    assert_int_equal(store_check(node_store(f->n), &report), OK);
    assert_int_equal(report.blocks, sealed + 2);
    remove_directory(f);
}

/* A transaction that the journal did not take whole does not take those after it along. */
static void test_torn_journal(void **state)
{
    fixture *f = *state;
    use_directory(f, "/tmp/ashlar-node-test-XXXXXX", &slow);
    hash256 hashes[3];
    char path[128], kept[140];
    struct stat about;
    struct rlimit unlimited, limited;
    hashes[0] = submit(f, transfer(f, 0, 0, 1));
    snprintf(path, sizeof path, "%s/mempool.rlp", f->directory);
    snprintf(kept, sizeof kept, "%s.kept", path);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
    limited = unlimited;
    limited.rlim_cur = (rlim_t)about.st_size + 50;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limited), 0);
    hashes[1] = submit(f, transfer(f, 0, 1, 1));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
    hashes[2] = submit(f, transfer(f, 0, 2, 1));
    /* As a crash leaves it: an end in order writes it anew. */
    assert_int_equal(link(path, kept), 0);
    close_node(f);
    assert_int_equal(rename(kept, path), 0);
    reopen(f, &slow);
    for (size_t i = 0; i < 3; i++)
        assert_non_null(mempool_find(f->n, &hashes[i]));
    remove_directory(f);
}

/* Seals one transfer after another, and says on the pipe which blocks are stored. */
static void seal_until_killed(const char *directory, int said, uint64_t history)
{
    fixture f = {0};
    arena_open(&f.memory, STORE_VIEW_ARENA_BYTES);
    node_options options = development;
    options.directory = directory;
    options.history = history;
    if (node_open(&f.n, &options) != OK)
        _exit(1);
    for (;;) {
        size_t mark = f.memory.used_bytes;
        store_view *v;
        if (node_view_open(&v, &f.memory, f.n) != OK)
            _exit(1);
        uint64_t head = store_head_number(v);
        store_view_close(v);
        if (write(said, &head, sizeof head) != sizeof head)
            _exit(1);
        submit(&f, transfer(&f, 0, head, 1));
        arena_rewind(&f.memory, mark);
    }
}

/* kill -9 at any moment, also of a node that keeps some states only: no block that was there is lost, and
 * what is there is whole. */
static void test_killed_while_sealing(void **state)
{
    fixture *f = *state;
    use_directory(f, "/tmp/ashlar-node-test-XXXXXX", &slow);
    close_node(f);
    uint64_t total = 0;
    for (unsigned round = 0; round < 6; round++) {
        int said[2], outcome;
        assert_int_equal(pipe(said), 0);
        fflush(NULL);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            seal_until_killed(f->directory, said[1], round < 3 ? STORE_HISTORY_ARCHIVE : 4);
        close(said[1]);
        uint64_t head = 0, last = total;
        while (head <= total && read(said[0], &head, sizeof head) == sizeof head)
            last = head;
        usleep(3777 * round); /* somewhere in what follows */
        kill(child, SIGKILL);
        waitpid(child, &outcome, 0);
        assert_true(WIFSIGNALED(outcome));
        while (read(said[0], &head, sizeof head) == sizeof head)
            last = head;
        close(said[0]);
        reopen(f, &slow);
        store_check_report report;
        assert_int_equal(store_check(node_store(f->n), &report), OK);
        assert_true(report.blocks - 1 >= last);
        total = report.blocks - 1;
        close_node(f);
    }
    assert_true(total > 0);
    reopen(f, &slow);
    remove_directory(f);
}

static void die(void *context, store_view *before, uint64_t number)
{
    (void)context, (void)before, (void)number;
    _exit(7);
}

/* What was in blocks that go waits again, also where the process ends once they are gone. */
static void test_killed_while_unwinding(void **state)
{
    fixture *f = *state;
    use_directory(f, "/tmp/ashlar-node-test-XXXXXX", &slow);
    hash256 sealed = submit(f, transfer(f, 0, 0, 1));
    assert_int_equal(node_seal(f->n, NULL), OK);
    hash256 waiting = submit(f, transfer(f, 0, 1, 1));
    close_node(f);
    pid_t child = fork();
    int outcome;
    assert_int_not_equal(child, -1);
    if (child == 0) {
        reopen(f, &slow);
        node_set_listener(f->n, &(node_listener){.removed = die});
        uint64_t returned;
        node_unwind(f->n, &returned, 0);
        _exit(1);
    }
    waitpid(child, &outcome, 0);
    assert_true(WIFEXITED(outcome) && WEXITSTATUS(outcome) == 7);
    reopen(f, &slow);
    store_view *v = view(f);
    assert_int_equal(store_head_number(v), 0);
    store_view_close(v);
    assert_non_null(mempool_find(f->n, &sealed));
    assert_non_null(mempool_find(f->n, &waiting));
    assert_int_equal(mempool_pending_count(f->n), 2);
    assert_int_equal(node_seal(f->n, NULL), OK);
    uint64_t returned;
    assert_int_equal(node_unwind(f->n, &returned, 0), OK);
    assert_int_equal(returned, 2);
    assert_int_equal(mempool_pending_count(f->n), 2);
    assert_int_equal(node_unwind(f->n, &returned, 7), BLOCK_UNKNOWN);
    remove_directory(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(test_accounts),        TEST(test_seals_a_transfer),       TEST(test_views_are_snapshots),
        TEST(test_mempool_rules),   TEST(test_order),                  TEST(test_calls_and_logs),
        TEST(test_witness_executes_again), TEST(test_imports_sealed_blocks), TEST(test_pending_block),
        TEST(test_journal),         TEST(test_mempool_limits),         TEST(test_revalidates),
        TEST(test_full_disk),       TEST(test_torn_journal),           TEST(test_killed_while_sealing),
        TEST(test_killed_while_unwinding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
