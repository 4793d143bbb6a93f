/* A chain that others made, from Frontier to Osaka: imported, killed in the middle, executed again from
 * witnesses. */
#define _GNU_SOURCE
#include "cli/genesis.h"
#include "store/check.h"
#include "node/node.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cli.h"
#include <cmocka.h>

static arena memory;
static chain_genesis genesis;
static bytes blocks;
static bool have_fixtures;

static int find_fixtures(void **state)
{
    (void)state;
    const char *root = getenv("ASHLAR_FIXTURES");
    char path[4096];
    arena_open(&memory, STORE_VIEW_ARENA_BYTES);
    root = root != NULL ? root : "../shared/fixtures";
    snprintf(path, sizeof path, "%s/execution_apis/chain.rlp", root);
    if (access(path, R_OK) != 0) {
        printf("skipped: no fixtures at %s; set ASHLAR_FIXTURES to the folder that has execution_apis\n",
               root);
        return 0;
    }
    have_fixtures = true;
    if (file_read(&blocks, &memory, path) != EXIT_FINE)
        return 1;
    snprintf(path, sizeof path, "%s/execution_apis/genesis.json", root);
    return genesis_read(&genesis, &memory, path);
}

static node *open_in(const char *directory)
{
    node *n;
    status s =
        node_open(&n, &(node_options){.directory = directory, .genesis = &genesis, .accepts_blobs = true});
    if (s != OK)
        print_message("%s: %s\n", status_name(s), node_error_text());
    assert_int_equal(s, OK);
    return n;
}

static void import_all(node *n)
{
    chain_fault fault = {.transaction_index = SIZE_MAX};
    uint64_t imported;
    status s = node_import_file(n, &imported, &fault, blocks);
    if (s != OK)
        print_message("after %llu blocks: transaction %zu: %s\n", (unsigned long long)imported,
                      fault.transaction_index, status_message(s));
    assert_int_equal(s, OK);
}

static void assert_sound(node *n)
{
    store_check_report report;
    status s = store_check(node_store(n), &report);
    if (s != OK)
        print_message("%s\n", node_error_text());
    assert_int_equal(s, OK);
}

static void remove_directory(const char *directory)
{
    static const char *const files[] = {"data.mdb", "lock.mdb", "lock", "mempool.rlp", "mempool.rlp.part"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[4200];
        snprintf(path, sizeof path, "%s/%s", directory, files[i]);
        unlink(path);
    }
    rmdir(directory);
}

static void test_import(void **state)
{
    (void)state;
    if (!have_fixtures)
        skip();
    node *n = open_in(NULL);
    import_all(n);
    assert_sound(n);
    size_t mark = memory.used_bytes;
    store_view *v;
    assert_int_equal(node_view_open(&v, &memory, n), OK);
    uint64_t head = store_head_number(v);
    assert_true(head >= 40);
    store_view_close(v);
    for (uint64_t i = 1; i <= head; i++) {
        arena_rewind(&memory, mark);
        store_block block;
        chain_input input;
        chain_result result;
        chain_fault fault;
        assert_int_equal(node_view_open(&v, &memory, n), OK);
        assert_int_equal(store_block_by_number(v, &block, i), OK);
        assert_int_equal(store_witness(v, &input, &block), OK);
        chain_keeper keeper = {0};
        status s = chain_execute_on(&result, &fault, &memory, node_config(n), &input, &keeper);
        if (s != OK)
            print_message("block %llu: %s\n", (unsigned long long)i, status_message(s));
        assert_int_equal(s, OK);
        assert_memory_equal(result.state_root.bytes, block.header.state_root.bytes, 32);
        assert_true(result.held_against_parent);
        store_view_close(v);
    }
    arena_rewind(&memory, mark);
    node_close(n);
}

/* Killed again and again while it imports: each time what is there is whole, and in the end it is all there.
 */
static void test_killed_while_importing(void **state)
{
    (void)state;
    if (!have_fixtures)
        skip();
    char directory[] = "/tmp/ashlar-chain-test-XXXXXX";
    assert_non_null(mkdtemp(directory));
    uint64_t before = 0;
    for (unsigned round = 0; round < 8; round++) {
        fflush(NULL);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            node *n;
            uint64_t imported;
            chain_fault fault;
            if (node_open(&n, &(node_options){.directory = directory, .genesis = &genesis}) != OK ||
                node_import_file(n, &imported, &fault, blocks) != OK)
                _exit(1);
            pause();
        }
        usleep(3000 + 7000 * round);
        kill(child, SIGKILL);
        int outcome;
        waitpid(child, &outcome, 0);
        assert_true(WIFSIGNALED(outcome));
        node *n = open_in(directory);
        assert_sound(n);
        size_t mark = memory.used_bytes;
        store_view *v;
        assert_int_equal(node_view_open(&v, &memory, n), OK);
        assert_true(store_head_number(v) >= before);
        before = store_head_number(v);
        store_view_close(v);
        arena_rewind(&memory, mark);
        node_close(n);
    }
    node *n = open_in(directory);
    import_all(n);
    assert_sound(n);
    node_close(n);
    remove_directory(directory);
}

static void test_refuses_what_is_not_its_own(void **state)
{
    (void)state;
    if (!have_fixtures)
        skip();
    char directory[] = "/tmp/ashlar-chain-test-XXXXXX", path[4096];
    assert_non_null(mkdtemp(directory));
    node *n = open_in(directory), *second;
    import_all(n);
    assert_int_equal(node_open(&second, &(node_options){.directory = directory}), DATABASE_IN_USE);
    assert_null(second);
    node_close(n);
    chain_genesis other = genesis;
    other.timestamp++;
    assert_int_equal(node_open(&second, &(node_options){.directory = directory, .genesis = &other}),
                     DATABASE_OTHER_GENESIS);
    /* Cut in half, the file would be read beyond its end. */
    snprintf(path, sizeof path, "%s/data.mdb", directory);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    assert_int_equal(ftruncate(fileno(file), size / 2), 0);
    assert_int_equal(node_open(&second, &(node_options){.directory = directory}), DATABASE_CORRUPT);
    assert_non_null(strstr(node_error_text(), directory));
    memset(path + 2000, 0x55, 2000);
    rewind(file);
    fwrite(path, 1, sizeof path, file);
    fwrite(path, 1, sizeof path, file);
    fwrite(path, 1, sizeof path, file);
    fclose(file);
    assert_int_equal(node_open(&second, &(node_options){.directory = directory}), DATABASE_CORRUPT);
    remove_directory(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_import),
        cmocka_unit_test(test_killed_while_importing),
        cmocka_unit_test(test_refuses_what_is_not_its_own),
    };
    return cmocka_run_group_tests(tests, find_fixtures, NULL);
}
