/* When a batch is cut, batches' records, and what becomes of them when blocks leave the chain. */
#define _GNU_SOURCE
#include "store/batches.h"

#include "node/node.h"
#include "store/check.h"
#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const batch_limits limits = {.blocks = 4, .gas = 100, .cells = 1000, .wait_ms = 50};

static size_t cut(const waiting_block *blocks, size_t count, uint64_t waited_ms)
{
    return batch_cut(&limits, blocks, count, waited_ms);
}

static void test_cut(void **state)
{
    (void)state;
    waiting_block small[6];
    for (size_t i = 0; i < 6; i++)
        small[i] = (waiting_block){.gas_used = 10, .cells = 100};
    assert_int_equal(cut(small, 0, 1000), 0);
    assert_int_equal(cut(small, 1, 0), 0); /* it may wait for others */
    assert_int_equal(cut(small, 3, 49), 0);
    assert_int_equal(cut(small, 3, 50), 3); /* but not for ever */
    assert_int_equal(cut(small, 4, 0), 4);
    assert_int_equal(cut(small, 6, 0), 4);

    waiting_block gas[] = {{.gas_used = 60}, {.gas_used = 40}, {.gas_used = 1}};
    assert_int_equal(cut(gas, 1, 0), 0);
    assert_int_equal(cut(gas, 2, 0), 2); /* full to the brim */
    assert_int_equal(cut(gas, 3, 0), 2);
    waiting_block much[] = {{.gas_used = 101}, {.gas_used = 1}};
    assert_int_equal(cut(much, 1, 0), 1); /* more than a batch, by itself */
    assert_int_equal(cut(much, 2, 0), 1);

    waiting_block cells[] = {{.cells = 600}, {.cells = 500}, {.cells = 500}};
    assert_int_equal(cut(cells, 3, 0), 1);
    assert_int_equal(cut(cells + 1, 2, 0), 2);
    waiting_block huge[] = {{.gas_used = UINT64_MAX, .cells = 1}, {.gas_used = UINT64_MAX, .cells = 1}};
    assert_int_equal(cut(huge, 2, 0), 1); /* sums do not wrap around */
}

static void test_cut_around_what_cannot_be_proven(void **state)
{
    (void)state;
    waiting_block fine = {.cells = 10}, bad = {.cells = 2000, .cannot_be_proven = true};
    assert_int_equal(cut((waiting_block[]){fine, fine, bad}, 3, 0), 2);
    assert_int_equal(cut((waiting_block[]){bad, fine}, 2, 0), 1);
    assert_int_equal(cut((waiting_block[]){bad, bad, bad, fine}, 4, 0), 3);
    assert_int_equal(cut((waiting_block[]){bad, bad, bad, bad, bad, fine}, 6, 0), 4);
}

typedef struct {
    node *n;
    arena memory;
} fixture;

static int setup(void **state)
{
    static fixture f;
    arena_open(&f.memory, STORE_VIEW_ARENA_BYTES);
    assert_int_equal(node_open(&f.n, &(node_options){.is_development = true, .seals = true}), OK);
    for (int i = 0; i < 10; i++)
        assert_int_equal(node_seal(f.n, NULL), OK);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    node_close(f->n);
    arena_close(&f->memory);
    return 0;
}

/* Batches of blocks 1 to 3, 4 to 6, 7 to 9; the first two with proofs. */
static void put_batches(fixture *f)
{
    database_transaction *t;
    assert_int_equal(database_begin(&t, node_store(f->n)->db, true), OK);
    for (uint64_t i = 1; i <= 3; i++) {
        batch b = {.number = i, .status = i < 3 ? BATCH_PROVEN : BATCH_SEALED, .first_block = 3 * i - 2,
                   .last_block = 3 * i, .gas_used = i << 40, .cycles = i, .attempts = 2, .sealed_ms = 5,
                   .last_hash = {{(uint8_t)i}}, .is_joined = i == 2, .receipts_before = {{(uint8_t)(i + 9)}}};
        memset(b.error, 'e', sizeof b.error - 1);
        number_key key = number_key_of(i);
        assert_int_equal(batch_put(t, &f->memory, &b), OK);
        if (i < 3)
            assert_int_equal(database_put(t, TABLE_PROOFS, bytes_of_number(&key), bytes_of_text("proof")),
                             OK);
    }
    assert_int_equal(database_commit(t), OK);
}

static void test_records(void **state)
{
    fixture *f = *state;
    store_view *v;
    batch b;
    bytes proof;
    uint64_t count;
    put_batches(f);
    assert_int_equal(node_view_open(&v, &f->memory, f->n), OK);
    assert_int_equal(store_batch_count(v, &count), OK);
    assert_int_equal(count, 3);
    assert_int_equal(store_batch_by_number(v, &b, 2), OK);
    assert_int_equal(b.status, BATCH_PROVEN);
    assert_int_equal(b.gas_used, (uint64_t)2 << 40);
    assert_int_equal(b.last_hash.bytes[0], 2);
    assert_true(b.is_joined);
    assert_int_equal(b.receipts_before.bytes[0], 11);
    assert_int_equal(strlen(b.error), sizeof b.error - 1);
    assert_int_equal(store_batch_by_number(v, &b, 0), BATCH_UNKNOWN);
    assert_int_equal(store_batch_by_number(v, &b, 4), BATCH_UNKNOWN);
    for (uint64_t block = 1; block <= 9; block++) {
        assert_int_equal(store_batch_by_block(v, &b, block), OK);
        assert_int_equal(b.number, (block + 2) / 3);
    }
    assert_int_equal(store_batch_by_block(v, &b, 0), BATCH_UNKNOWN);
    assert_int_equal(store_batch_by_block(v, &b, 10), BATCH_UNKNOWN);
    assert_int_equal(store_batch_proof(v, &proof, 1), OK);
    assert_int_equal(proof.size, 5);
    assert_int_equal(store_batch_proof(v, &proof, 3), BATCH_UNKNOWN);
    store_view_close(v);
}

/* A batch goes with any of its blocks, those below stay. */
static void test_set_head_drops_batches(void **state)
{
    fixture *f = *state;
    store_view *v;
    bytes proof;
    uint64_t count;
    static const struct {
        uint64_t head, left;
    } steps[] = {{9, 3}, {5, 1}, {2, 0}};
    put_batches(f);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(node_set_head(f->n, steps[i].head), OK);
        assert_int_equal(node_view_open(&v, &f->memory, f->n), OK);
        assert_int_equal(store_batch_count(v, &count), OK);
        assert_int_equal(count, steps[i].left);
        assert_int_equal(store_batch_proof(v, &proof, 2), count >= 2 ? OK : BATCH_UNKNOWN);
        assert_int_equal(store_batch_proof(v, &proof, 1), count >= 1 ? OK : BATCH_UNKNOWN);
        store_view_close(v);
    }
}

static void put_link(fixture *f, uint64_t last_batch, uint32_t level)
{
    database_transaction *t;
    link_key key = link_key_of(last_batch, level);
    assert_int_equal(database_begin(&t, node_store(f->n)->db, true), OK);
    assert_int_equal(database_put(t, TABLE_LINKS, bytes_of_link(&key), bytes_of_text("joined")), OK);
    assert_int_equal(database_commit(t), OK);
}

static void test_links(void **state)
{
    fixture *f = *state;
    store_view *v;
    bytes proof;
    uint32_t level = 7;
    put_batches(f);
    put_link(f, 2, 1);
    assert_int_equal(node_view_open(&v, &f->memory, f->n), OK);
    assert_int_equal(store_link_proof(v, &proof, 2, 1), OK);
    assert_int_equal(proof.size, 6);
    assert_int_equal(store_link_proof(v, &proof, 2, 0), OK);
    assert_int_equal(proof.size, 5); /* the batch's own */
    assert_int_equal(store_link_proof(v, &proof, 1, 1), BATCH_UNKNOWN);
    assert_int_equal(store_link_proof(v, &proof, 2, 2), BATCH_UNKNOWN);
    assert_int_equal(store_link_largest(v, &level, 2), OK);
    assert_int_equal(level, 1);
    assert_int_equal(store_link_largest(v, &level, 1), OK);
    assert_int_equal(level, 0);
    assert_int_equal(store_link_largest(v, &level, 3), BATCH_UNKNOWN); /* it has no proof */
    store_view_close(v);
    assert_int_equal(link_last_batch(5, 0), 5);
    assert_int_equal(link_last_batch(5, 2), 8);
    assert_int_equal(link_last_batch(8, 2), 8);
    assert_int_equal(link_first_batch(8, 2), 5);
    assert_int_equal(link_first_batch(8, 3), 1);

    /* It goes with any of its batches. */
    assert_int_equal(node_set_head(f->n, 6), OK);
    assert_int_equal(node_view_open(&v, &f->memory, f->n), OK);
    assert_int_equal(store_link_proof(v, &proof, 2, 1), OK);
    store_view_close(v);
    assert_int_equal(node_set_head(f->n, 5), OK);
    assert_int_equal(node_view_open(&v, &f->memory, f->n), OK);
    assert_int_equal(store_link_proof(v, &proof, 2, 1), BATCH_UNKNOWN);
    store_view_close(v);
}

/* As `ashlar db check` sees them. */
static status check_with_first(fixture *f, batch_status first)
{
    for (uint64_t i = 1; i <= 2; i++) {
        store_view *v;
        batch b = {.number = i, .status = i == 1 ? first : BATCH_PROVEN, .first_block = i, .last_block = i};
        b.proof_bytes = b.status == BATCH_PROVEN ? 5 : 0;
        assert_int_equal(node_view_open(&v, &f->memory, f->n), OK);
        assert_int_equal(store_block_hash(v, &b.last_hash, i), OK);
        store_view_close(v);
        database_transaction *t;
        number_key key = number_key_of(i);
        assert_int_equal(database_begin(&t, node_store(f->n)->db, true), OK);
        assert_int_equal(batch_put(t, &f->memory, &b), OK);
        assert_int_equal(b.status == BATCH_PROVEN
                             ? database_put(t, TABLE_PROOFS, bytes_of_number(&key), bytes_of_text("proof"))
                             : database_delete(t, TABLE_PROOFS, bytes_of_number(&key)),
                         OK);
        assert_int_equal(database_commit(t), OK);
    }
    store_check_report report;
    return store_check(node_store(f->n), &report);
}

static void test_check_of_links(void **state)
{
    fixture *f = *state;
    assert_int_equal(check_with_first(f, BATCH_FAILED), OK);
    put_link(f, 2, 1);
    assert_int_equal(check_with_first(f, BATCH_FAILED), DATABASE_CORRUPT);
    assert_int_equal(check_with_first(f, BATCH_PROVEN), OK);
}

static void test_costs(void **state)
{
    fixture *f = *state;
    hash256 hash = {{7}}, other = {{8}};
    block_cost cost = {.cycles = 77, .cells = 1999, .reason = "why"}, read;
    bool found;
    database_transaction *t;
    assert_int_equal(database_begin(&t, node_store(f->n)->db, true), OK);
    assert_int_equal(batch_put_cost(t, 3, &hash, &cost), OK);
    assert_int_equal(batch_get_cost(t, &read, &found, 3, &hash), OK);
    assert_true(found);
    assert_int_equal(read.cycles, 77);
    assert_int_equal(read.cells, 1999);
    assert_string_equal(read.reason, "why");
    /* Of another block with that number it says nothing. */
    assert_int_equal(batch_get_cost(t, &read, &found, 3, &other), OK);
    assert_false(found);
    assert_int_equal(batch_get_cost(t, &read, &found, 4, &hash), OK);
    assert_false(found);
    database_abort(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_cut_around_what_cannot_be_proven),
        cmocka_unit_test_setup_teardown(test_records, setup, teardown),
        cmocka_unit_test_setup_teardown(test_set_head_drops_batches, setup, teardown),
        cmocka_unit_test_setup_teardown(test_links, setup, teardown),
        cmocka_unit_test_setup_teardown(test_check_of_links, setup, teardown),
        cmocka_unit_test_setup_teardown(test_costs, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
