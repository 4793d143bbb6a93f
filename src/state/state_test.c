#include "state/state.h"

#include "base/memory.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { ARENA_BYTES = 1 << 28, ACCOUNTS = 7, SLOTS = 6, CODES = 4, MAX_DEPTH = 8, MAX_NODES = 8192 };

static uint64_t random_state = 7;

static uint64_t random_u64(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state * 0x2545f4914f6cdd1dull;
}

static unsigned random_below(unsigned bound) { return (unsigned)((random_u64() >> 32) % bound); }

/* Zero and small values often, so that things become empty and equal again. */
static u256 random_value(void)
{
    switch (random_below(4)) {
    case 0:
        return U256_ZERO;
    case 1:
        return u256_from_u64(1 + random_below(2));
    case 2:
        return u256_from_u64(random_u64());
    default:
        return (u256){{random_u64(), random_u64(), random_u64(), random_u64()}};
    }
}

static address test_address(unsigned i)
{
    address a = {{0}};
    a.bytes[0] = (uint8_t)(i * 37);
    a.bytes[19] = (uint8_t)(0x40 + i);
    return a;
}

static u256 test_key(unsigned i) { return (u256){{i, 0, 0, i < 3 ? 0 : 0x1234567890abcdefull}}; }

/* Code 0 is the empty one. */
static bytes test_code(unsigned i)
{
    static const uint8_t code[CODES][5] = {
        {0}, {0x5b, 0x60, 0x5b, 0x5b, 0x00}, {0x61, 0x5b}, {0x7f, 0x5b, 0x5b}};
    static const size_t size[CODES] = {0, 5, 2, 3};
    return (bytes){code[i], size[i]};
}

/* ---- the model: plain values, copied whole for every snapshot ---- */

typedef struct {
    bool exists, touched, created_now, self_destructed, warm, stored_before;
    uint64_t nonce;
    u256 balance;
    unsigned code;
    struct {
        u256 value, original, transient;
        bool warm;
    } slots[SLOTS];
} model_account;

typedef struct {
    model_account accounts[ACCOUNTS];
    uint64_t refund;
    unsigned logs;
} model;

static bool model_is_empty(const model_account *a)
{
    return a->nonce == 0 && a->code == 0 && u256_is_zero(a->balance);
}

static void model_clear_storage(model_account *a)
{
    for (unsigned i = 0; i < SLOTS; i++)
        a->slots[i].value = a->slots[i].original = U256_ZERO;
    a->stored_before = false;
}

static void model_end_transaction(model *m, bool delete_empty)
{
    for (unsigned i = 0; i < ACCOUNTS; i++) {
        model_account *a = &m->accounts[i];
        if (a->self_destructed || (delete_empty && a->touched && a->exists && model_is_empty(a))) {
            a->exists = false;
            a->nonce = 0;
            a->balance = U256_ZERO;
            a->code = 0;
            model_clear_storage(a);
        }
        a->touched = a->created_now = a->self_destructed = a->warm = false;
        for (unsigned j = 0; j < SLOTS; j++) {
            a->slots[j].original = a->slots[j].value;
            a->slots[j].transient = U256_ZERO;
            a->slots[j].warm = false;
        }
    }
    m->refund = 0;
    m->logs = 0;
}

typedef struct {
    arena *memory;
    bytes nodes[MAX_NODES];
    hash256 hashes[MAX_NODES];
    size_t count;
} store;

static void keep_node(void *context, const hash256 *hash, bytes node)
{
    store *s = context;
    for (size_t i = 0; i < s->count; i++)
        if (memcmp(&s->hashes[i], hash, sizeof *hash) == 0)
            return;
    assert_true(s->count < MAX_NODES);
    uint8_t *copy = arena_allocate(s->memory, node.size, 8);
    memcpy(copy, node.data, node.size);
    s->hashes[s->count] = *hash;
    s->nodes[s->count++] = (bytes){copy, node.size};
}

static bytes written(arena *a, const uint8_t *data, size_t size)
{
    uint8_t *copy = arena_allocate(a, size, 1);
    memcpy(copy, data, size);
    return (bytes){copy, size};
}

static void model_root(arena *a, model *m, hash256 *root)
{
    trie *accounts = trie_open(a, NULL, NULL);
    for (unsigned i = 0; i < ACCOUNTS; i++) {
        model_account *x = &m->accounts[i];
        if (!x->exists)
            continue;
        uint8_t buffer[160];
        rlp_writer w;
        hash256 key, storage_root, code_hash;
        trie *storage = trie_open(a, NULL, NULL);
        x->stored_before = false;
        for (unsigned j = 0; j < SLOTS; j++) {
            if (u256_is_zero(x->slots[j].value))
                continue;
            u256_to_be(buffer, test_key(j));
            keccak256(&key, buffer, 32);
            rlp_writer_init(&w, buffer, sizeof buffer);
            rlp_write_u256(&w, x->slots[j].value);
            bytes value = written(a, w.data, w.used_bytes);
            assert_int_equal(trie_insert(storage, (bytes){key.bytes, 32}, value), OK);
            x->stored_before = true;
        }
        trie_root(storage, &storage_root);
        keccak256(&code_hash, test_code(x->code).data, test_code(x->code).size);
        rlp_writer_init(&w, buffer, sizeof buffer);
        size_t begin = rlp_begin_list(&w);
        rlp_write_u64(&w, x->nonce);
        rlp_write_u256(&w, x->balance);
        rlp_write_hash(&w, &storage_root);
        rlp_write_hash(&w, &code_hash);
        rlp_end_list(&w, begin);
        address where = test_address(i);
        keccak256(&key, where.bytes, sizeof where);
        assert_int_equal(trie_insert(accounts, (bytes){key.bytes, 32}, written(a, w.data, w.used_bytes)), OK);
    }
    trie_root(accounts, root);
}

/* ---- comparing ---- */

static void assert_u256_equal(u256 a, u256 b) { assert_memory_equal(&a, &b, sizeof a); }

static status compare_account(state *s, const model *m, unsigned i)
{
    const model_account *expected = &m->accounts[i];
    address where = test_address(i);
    account *a;
    TRY(state_account(s, &a, &where));
    hash256 code_hash;
    keccak256(&code_hash, test_code(expected->code).data, test_code(expected->code).size);
    assert_memory_equal(account_address(a), &where, sizeof where);
    assert_u256_equal(*account_balance(a), expected->balance);
    assert_int_equal(account_nonce(a), expected->nonce);
    assert_memory_equal(account_code_hash(a), &code_hash, sizeof code_hash);
    assert_int_equal(account_exists(a), expected->exists);
    assert_int_equal(account_is_empty(a), model_is_empty(expected));
    assert_int_equal(account_created_now(a), expected->created_now);
    assert_int_equal(account_self_destructed(a), expected->self_destructed);
    assert_int_equal(state_refund(s), m->refund);
    size_t log_count;
    const log_entry *logs = state_logs(s, &log_count);
    assert_int_equal(log_count, m->logs);
    for (size_t j = 0; j < log_count; j++)
        assert_int_equal(logs[j].data.data[0], j);
    return OK;
}

static status compare_slot(state *s, const model *m, unsigned i, unsigned j)
{
    address where = test_address(i);
    u256 key = test_key(j);
    account *a;
    storage_slot *slot;
    TRY(state_account(s, &a, &where));
    TRY(state_slot(s, &slot, a, &key));
    assert_u256_equal(*slot_value(slot), m->accounts[i].slots[j].value);
    assert_u256_equal(*slot_original(slot), m->accounts[i].slots[j].original);
    assert_u256_equal(state_transient(s, a, &key), m->accounts[i].slots[j].transient);
    return OK;
}

/* ---- running ---- */

static void model_touch(model_account *a) { a->touched = a->exists = true; }

static status random_operation(state *s, model *m)
{
    unsigned i = random_below(ACCOUNTS), j = random_below(SLOTS);
    model_account *x = &m->accounts[i];
    address where = test_address(i);
    u256 key = test_key(j), value = random_value();
    account *a = state_account_entry(s, &where);
    storage_slot *slot;
    unsigned kind = random_below(17);
    if (kind == 0) {
        assert_int_equal(state_warm_account(s, a), x->warm);
        x->warm = true;
        return OK;
    }
    if (kind == 1) {
        slot = state_slot_entry(s, a, &key);
        assert_int_equal(state_warm_slot(s, slot), x->slots[j].warm);
        x->slots[j].warm = true;
        return OK;
    }
    TRY(state_load_account(s, a));
    switch (kind) {
    case 2:
        state_set_balance(s, a, value);
        model_touch(x);
        x->balance = value;
        break;
    case 3:
        state_set_nonce(s, a, value.limb[0]);
        model_touch(x);
        x->nonce = value.limb[0];
        break;
    case 4: {
        unsigned code = random_below(CODES);
        state_set_code(s, a, test_code(code));
        model_touch(x);
        x->code = code;
        break;
    }
    case 5:
        state_touch(s, a);
        model_touch(x);
        break;
    case 6:
        if (random_below(3) == 0) {
            state_create_contract(s, a);
            model_touch(x);
            model_clear_storage(x);
            x->created_now = true;
        }
        break;
    case 7:
        if (random_below(3) == 0) {
            state_self_destruct(s, a);
            model_touch(x);
            x->self_destructed = true;
        }
        break;
    case 8:
        state_set_transient(s, a, &key, value);
        x->slots[j].transient = value;
        break;
    case 9: {
        uint8_t number = (uint8_t)m->logs++;
        log_entry *log = state_log(s, (bytes){&number, 1});
        log->emitter = where;
        log->topic_count = 0;
        break;
    }
    case 10: {
        int64_t gas = random_below(2) ? 4800 : -(int64_t)random_below((unsigned)m->refund + 1);
        state_add_refund(s, gas);
        m->refund += (uint64_t)gas;
        break;
    }
    case 11: {
        const contract_code *code;
        TRY(state_code(s, &code, a));
        assert_int_equal(code->code.size, test_code(x->code).size);
        assert_memory_equal(code->code.data, test_code(x->code).data, code->code.size);
        break;
    }
    case 12: {
        bool has, expected = x->stored_before;
        TRY(state_has_storage(s, &has, a));
        for (unsigned n = 0; n < SLOTS; n++)
            expected |= !u256_is_zero(x->slots[n].value);
        /* Slots that were not read are not known one by one, which is no matter while the trie has them. */
        assert_int_equal(has, expected);
        break;
    }
    default:
        if (!x->exists)
            break; /* who writes storage runs code, so exists */
        TRY(state_slot(s, &slot, a, &key));
        state_set_slot(s, slot, value);
        x->slots[j].value = value;
        break;
    }
    return OK;
}

static status random_transaction(state *s, model *m, bool delete_empty)
{
    model saved[MAX_DEPTH];
    state_snapshot snapshots[MAX_DEPTH];
    unsigned depth = 0;
    state_begin_transaction(s);
    for (unsigned step = random_below(60); step > 0; step--) {
        switch (random_below(8)) {
        case 0:
            if (depth < MAX_DEPTH) {
                saved[depth] = *m;
                snapshots[depth++] = state_take_snapshot(s);
            }
            break;
        case 1:
            if (depth > 0) {
                depth = random_below(depth);
                *m = saved[depth];
                state_revert(s, snapshots[depth]);
            }
            break;
        case 2:
            depth -= depth > 0;
            break;
        case 3:
            TRY(compare_account(s, m, random_below(ACCOUNTS)));
            TRY(compare_slot(s, m, random_below(ACCOUNTS), random_below(SLOTS)));
            break;
        default:
            TRY(random_operation(s, m));
        }
    }
    TRY(state_end_transaction(s, delete_empty));
    model_end_transaction(m, delete_empty);
    return OK;
}

static status random_block(state *s, model *m, bool delete_empty, hash256 *root)
{
    for (unsigned count = random_below(5); count > 0; count--)
        TRY(random_transaction(s, m, delete_empty));
    return state_root(s, root);
}

static status compare_all(state *s, const model *m)
{
    for (unsigned i = 0; i < ACCOUNTS; i++) {
        TRY(compare_account(s, m, i));
        for (unsigned j = 0; j < SLOTS; j++)
            TRY(compare_slot(s, m, i, j));
    }
    return OK;
}

static witness *full_witness(arena *a, const store *nodes)
{
    bytes codes[CODES];
    for (unsigned i = 0; i < CODES; i++)
        codes[i] = test_code(i);
    witness *w;
    assert_int_equal(witness_open(&w, a, nodes->nodes, nodes->count, codes, CODES), OK);
    return w;
}

static void random_blocks(void **unused)
{
    (void)unused;
    static store nodes;
    unsigned dropped_count = 0;
    for (unsigned round = 0; round < 150; round++) {
        arena a;
        arena_open(&a, ARENA_BYTES);
        bool delete_empty = round % 3 != 0;
        model m = {.refund = 0};
        hash256 root = witness_empty_trie_root, expected;
        nodes = (store){.memory = &a};
        state *s = state_open(&a, NULL, &root);
        state_set_node_sink(s, keep_node, &nodes);
        for (unsigned block = 0; block < 6; block++) {
            if (block > 0 && random_below(2)) {
                /* From the nodes of all blocks so far; later from those alone that it used. */
                model before = m;
                hash256 old_root = root;
                uint64_t seed = random_state;
                witness *w = full_witness(&a, &nodes);
                s = state_open(&a, w, &old_root);
                state_set_node_sink(s, keep_node, &nodes);
                assert_int_equal(random_block(s, &m, delete_empty, &root), OK);
                uint64_t after = random_state;
                model m_after = m;

                size_t used_count = witness_used_node_count(w), code_count = witness_used_code_count(w);
                bytes used[512], codes[CODES];
                assert_true(used_count < 512);
                witness_used_nodes(w, used);
                witness_used_codes(w, codes);
                for (size_t drop = 0; drop <= used_count; drop++) {
                    witness *partial;
                    bytes kept = {NULL, 0};
                    if (drop < used_count) {
                        kept = used[drop];
                        used[drop] = used[used_count - 1];
                    }
                    assert_int_equal(witness_open(&partial, &a, used, used_count - (drop < used_count), codes,
                                                  code_count), OK);
                    if (drop < used_count)
                        used[drop] = kept;
                    random_state = seed;
                    m = before;
                    hash256 again;
                    status got = random_block(state_open(&a, partial, &old_root), &m, delete_empty, &again);
                    assert_int_equal(got, drop < used_count ? WITNESS_INCOMPLETE : OK);
                    if (got == OK)
                        assert_memory_equal(&again, &root, sizeof root);
                    else
                        dropped_count++;
                }
                for (size_t drop = 0; drop < code_count; drop++) {
                    witness *partial;
                    bytes kept = codes[drop];
                    codes[drop] = codes[code_count - 1];
                    assert_int_equal(witness_open(&partial, &a, used, used_count, codes, code_count - 1), OK);
                    codes[drop] = kept;
                    random_state = seed;
                    m = before;
                    hash256 again;
                    state *lacking = state_open(&a, partial, &old_root);
                    assert_int_equal(random_block(lacking, &m, delete_empty, &again),
                                     WITNESS_CODE_MISSING);
                }
                random_state = after;
                m = m_after;
            } else {
                assert_int_equal(random_block(s, &m, delete_empty, &root), OK);
            }
            model_root(&a, &m, &expected);
            assert_memory_equal(&root, &expected, sizeof root);
            if (random_below(2)) {
                assert_int_equal(compare_all(s, &m), OK);
                hash256 same;
                assert_int_equal(state_root(s, &same), OK);
                assert_memory_equal(&same, &root, sizeof root);
            }
        }
        assert_int_equal(compare_all(state_open(&a, full_witness(&a, &nodes), &root), &m), OK);
        arena_close(&a);
    }
    assert_true(dropped_count > 500);
}

/* ---- single cases ---- */

/* What is only warmed is not read: an empty witness suffices, under a root that nobody knows. */
static void warming_reads_nothing(void **unused)
{
    (void)unused;
    arena a;
    arena_open(&a, ARENA_BYTES);
    hash256 root = {{1}}, after;
    state *s = state_open(&a, NULL, &root);
    state_begin_transaction(s);
    address where = test_address(1);
    u256 key = test_key(1);
    account *x = state_account_entry(s, &where);
    storage_slot *slot = state_slot_entry(s, x, &key);
    assert_false(state_warm_account(s, x));
    assert_false(state_warm_slot(s, slot));
    assert_true(state_warm_account(s, x));
    assert_true(state_warm_slot(s, slot));
    assert_int_equal(state_root(s, &after), OK);
    assert_memory_equal(&after, &root, sizeof root);
    assert_int_equal(state_load_slot(s, slot), WITNESS_INCOMPLETE);
    assert_int_equal(state_account(s, &x, &where), WITNESS_INCOMPLETE);
    arena_close(&a);
}

/* The touch of the address 3 survives a revert, as it did in mainnet's block 2,675,119. */
static void ripemd_touch(void **unused)
{
    (void)unused;
    arena a;
    arena_open(&a, ARENA_BYTES);
    for (uint8_t number = 2; number <= 3; number++) {
        state *s = state_open(&a, NULL, &witness_empty_trie_root);
        address where = {{0}};
        where.bytes[19] = number;
        account *x;
        assert_int_equal(state_account(s, &x, &where), OK);
        state_touch(s, x);
        assert_int_equal(state_end_transaction(s, false), OK);
        assert_true(account_exists(x));
        state_begin_transaction(s);
        state_snapshot snapshot = state_take_snapshot(s);
        state_touch(s, x);
        state_revert(s, snapshot);
        assert_int_equal(state_end_transaction(s, true), OK);
        assert_int_equal(account_exists(x), number == 2);
    }
    arena_close(&a);
}

/* Accounts that hash right but are none. */
static void malformed_accounts(void **unused)
{
    (void)unused;
    arena a;
    arena_open(&a, ARENA_BYTES);
    address where = test_address(1);
    hash256 key, root;
    keccak256(&key, where.bytes, sizeof where);
    for (unsigned damage = 0; damage < 8; damage++) {
        uint8_t buffer[128];
        rlp_writer w;
        rlp_writer_init(&w, buffer, sizeof buffer);
        size_t begin = rlp_begin_list(&w);
        rlp_write_u64(&w, 5);
        if (damage == 1)
            rlp_write_bytes(&w, (const uint8_t *)"\0\1", 2);
        else
            rlp_write_u64(&w, 6);
        if (damage != 2)
            rlp_write_hash(&w, &witness_empty_trie_root);
        if (damage == 3)
            rlp_write_bytes(&w, key.bytes, 31);
        else
            rlp_write_hash(&w, &witness_empty_code_hash);
        if (damage == 4)
            rlp_write_u64(&w, 0);
        rlp_end_list(&w, begin);
        if (damage == 5)
            rlp_write_u64(&w, 0);
        if (damage == 6)
            buffer[0] = 0xb8;
        bytes value = {w.data, w.used_bytes - (damage == 7)};
        static store nodes;
        nodes = (store){.memory = &a};
        trie *t = trie_open(&a, NULL, NULL);
        trie_set_node_sink(t, keep_node, &nodes);
        assert_int_equal(trie_insert(t, (bytes){key.bytes, 32}, value), OK);
        trie_root(t, &root);
        account *x;
        state *s = state_open(&a, full_witness(&a, &nodes), &root);
        assert_int_equal(state_account(s, &x, &where), damage ? INPUT_MALFORMED : OK);
    }
    arena_close(&a);
}

static void expect_list(state *s, size_t items, const uint8_t *expected, size_t size_bytes)
{
    size_t count;
    bytes list = state_access_list(s, &count);
    assert_int_equal(count, items);
    assert_int_equal(list.size, size_bytes);
    assert_memory_equal(list.data, expected, size_bytes);
}

/* What EIP-7928 lists: accounts by address, changes by index, what was undone only as read. */
static void access_lists(void **unused)
{
    (void)unused;
    arena a;
    arena_open(&a, ARENA_BYTES);
    state *s = state_open(&a, NULL, &witness_empty_trie_root);
    state_set_change_index(s, 0);
    expect_list(s, 0, (const uint8_t[]){0xc0}, 1);
    address high = {{[0] = 2}}, low = {{[0] = 1}};
    account *x, *y;
    storage_slot *slot, *other;
    assert_int_equal(state_account(s, &x, &high), OK);
    assert_int_equal(state_account(s, &y, &low), OK);
    (void)state_slot_entry(s, x, &(u256){{9}}); /* warmed alone */
    state_begin_transaction(s);
    state_set_change_index(s, 1);
    state_set_nonce(s, x, 1);
    state_set_balance(s, x, u256_from_u64(5));
    state_set_balance(s, x, U256_ZERO); /* as it was */
    assert_int_equal(state_slot(s, &slot, x, &(u256){{7}}), OK);
    state_set_slot(s, slot, u256_from_u64(1));
    state_snapshot snapshot = state_take_snapshot(s);
    assert_int_equal(state_slot(s, &other, x, &(u256){{3}}), OK);
    state_set_slot(s, other, u256_from_u64(1));
    state_revert(s, snapshot);
    assert_int_equal(state_end_transaction(s, true), OK);
    state_set_change_index(s, 2);
    state_begin_transaction(s);
    state_set_slot(s, slot, u256_from_u64(2));
    state_set_transient(s, x, &(u256){{7}}, u256_from_u64(4));
    /* Created and destroyed at once: what it stored counts as read. */
    state_create_contract(s, y);
    state_set_nonce(s, y, 1);
    assert_int_equal(state_slot(s, &other, y, &(u256){{8}}), OK);
    state_set_slot(s, other, u256_from_u64(1));
    size_t gone;
    state_self_destruct(s, y);
    assert_int_equal(account_slots_in_use(y), 1);
    assert_ptr_equal(state_self_destructed(s, &gone)[0], y);
    assert_int_equal(gone, 1);
    assert_int_equal(state_end_transaction(s, true), OK);
    /* Two systems' calls have one index; the last value counts. */
    state_set_change_index(s, 3);
    for (unsigned i = 1; i < 3; i++) {
        state_begin_transaction(s);
        state_set_balance(s, x, u256_from_u64(i));
        assert_int_equal(state_end_transaction(s, true), OK);
    }
    static const uint8_t expected[] = {
        0xf8, 0x47,
        0xdb, 0x94, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0xc0, 0xc1, 8, 0xc0, 0xc0, 0xc0,
        0xea, 0x94, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0xc9, 0xc8, 7, 0xc6, 0xc2, 1, 1, 0xc2, 2, 2,
        0xc1, 3,
        0xc3, 0xc2, 3, 2,
        0xc3, 0xc2, 1, 1,
        0xc0};
    expect_list(s, 5, expected, sizeof expected);
    arena_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_blocks),
        cmocka_unit_test(warming_reads_nothing),
        cmocka_unit_test(ripemd_touch),
        cmocka_unit_test(malformed_accounts),
        cmocka_unit_test(access_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
