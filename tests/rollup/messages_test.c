/* The tree of messages in a database is the tree over all of them, whatever went and came again. */
#define _GNU_SOURCE
#include "tests/rollup/anvil.h"

#include "settle/messages.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { MOST = 300, ROUNDS = 60 };

static hash256 leaf_of(uint64_t index, unsigned round)
{
    hash256 leaf = {{0xaa, (uint8_t)index, (uint8_t)(index >> 8), (uint8_t)round}};
    return leaf;
}

static void check(database_transaction *t, arena *memory, const hash256 *leaves, uint64_t count)
{
    hash256 own[ROLLUP_BATCHES_DEPTH], all[ROLLUP_BATCHES_DEPTH], root, expected;
    assert_int_equal(messages_root(t, &root, count), OK);
    rollup_tree_root(&expected, memory, leaves, count, ROLLUP_BATCHES_DEPTH);
    assert_memory_equal(&root, &expected, sizeof root);
    for (unsigned i = 0; i < 5 && count > 0; i++) {
        uint64_t message = i == 0 ? count - 1 : (uint64_t)random() % count;
        assert_int_equal(messages_path(t, own, count, message), OK);
        rollup_tree_path(all, memory, leaves, count, message, ROLLUP_BATCHES_DEPTH);
        assert_memory_equal(own, all, sizeof own);
    }
}

static void test_as_the_whole_tree(void **state)
{
    (void)state;
    temporary_database own;
    database_transaction *t;
    arena memory;
    static hash256 leaves[MOST];
    uint64_t count = 0;
    temporary_database_open(&own);
    arena_open(&memory, 1 << 24);
    srandom(3);
    for (unsigned round = 0; round < ROUNDS; round++) {
        assert_int_equal(database_begin(&t, own.db, true), OK);
        if (round % 4 == 3)
            count -= (uint64_t)random() % (count + 1); /* batches went, and their messages with them */
        for (uint64_t more = (uint64_t)random() % 20; more > 0 && count < MOST; more--) {
            leaves[count] = leaf_of(count, round);
            assert_int_equal(messages_append(t, &count, &leaves[count]), OK);
        }
        check(t, &memory, leaves, count);
        check(t, &memory, leaves, (uint64_t)random() % (count + 1)); /* an earlier proof's */
        assert_int_equal(database_commit(t), OK);
    }
    arena_close(&memory);
    temporary_database_close(&own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_as_the_whole_tree)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
