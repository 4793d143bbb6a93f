/* What a database is opened again from. */
#define _GNU_SOURCE
#include "store/database.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <lmdb.h>

enum { KEPT = 100, VALUE_BYTES = 300, PASSING_BYTES = 1 << 20 };

static char directory[64], file[80];
static uint64_t page_bytes;

static int setup(void **unused)
{
    (void)unused;
    strcpy(directory, "/tmp/ashlar-database-XXXXXX");
    assert_non_null(mkdtemp(directory));
    snprintf(file, sizeof file, "%s/data.mdb", directory);
    return 0;
}

static int teardown(void **unused)
{
    (void)unused;
    static const char *const files[] = {"data.mdb", "lock.mdb", "lock"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", directory, files[i]);
        unlink(path);
    }
    rmdir(directory);
    return 0;
}

static database *open_again(void)
{
    database *db;
    status s = database_open(&db, directory, false);
    if (s != OK)
        fail_msg("%s: %s", status_name(s), database_error_text());
    return db;
}

/* Keys in no order, as hashes are. */
static hash256 key_of(uint32_t number)
{
    hash256 key = {{0}};
    uint32_t mixed = number * 2654435761u;
    memcpy(key.bytes, &mixed, sizeof mixed);
    return key;
}

/* In a transaction each, so that some pages are free afterwards. */
static void put_kept(void)
{
    static const uint8_t value[VALUE_BYTES] = {1};
    database *db = open_again();
    for (uint32_t i = 0; i < KEPT; i++) {
        database_transaction *t;
        hash256 key = key_of(i);
        assert_int_equal(database_begin(&t, db, true), OK);
        assert_int_equal(database_put(t, TABLE_NODES, bytes_of_hash(&key), (bytes){value, sizeof value}), OK);
        assert_int_equal(database_commit(t), OK);
    }
    database_close(db);
}

/* Pages for a value that no free ones have room for, which the same transaction gives back. */
static void put_and_delete(void)
{
    static const uint8_t value[PASSING_BYTES] = {1};
    database *db = open_again();
    database_transaction *t;
    hash256 key = key_of(KEPT);
    assert_int_equal(database_begin(&t, db, true), OK);
    assert_int_equal(database_put(t, TABLE_NODES, bytes_of_hash(&key), (bytes){value, sizeof value}), OK);
    assert_int_equal(database_delete(t, TABLE_NODES, bytes_of_hash(&key)), OK);
    assert_int_equal(database_commit(t), OK);
    database_close(db);
}

static void check_kept(void)
{
    database_transaction *t;
    uint64_t count;
    database *db = open_again();
    assert_int_equal(database_begin(&t, db, false), OK);
    assert_int_equal(database_count(t, &count, TABLE_NODES), OK);
    assert_int_equal(count, KEPT);
    for (uint32_t i = 0; i < KEPT; i++) {
        hash256 key = key_of(i);
        bytes value;
        assert_int_equal(database_get(t, &value, TABLE_NODES, bytes_of_hash(&key)), OK);
        assert_int_equal(value.size, VALUE_BYTES);
    }
    database_abort(t);
    database_close(db);
}

static uint64_t file_bytes(void)
{
    struct stat about;
    assert_int_equal(stat(file, &about), 0);
    return (uint64_t)about.st_size;
}

/* As many as LMDB has given a number to. */
static uint64_t bytes_of_pages(void)
{
    MDB_env *env;
    MDB_envinfo info;
    MDB_stat about;
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_open(env, directory, MDB_RDONLY, 0), 0);
    assert_int_equal(mdb_env_info(env, &info), 0);
    assert_int_equal(mdb_env_stat(env, &about), 0);
    mdb_env_close(env);
    page_bytes = about.ms_psize;
    return (info.me_last_pgno + 1) * page_bytes;
}

static void refuses_a_file_of(uint64_t size)
{
    database *db;
    assert_int_equal(truncate(file, (off_t)size), 0);
    assert_int_equal(database_open(&db, directory, false), DATABASE_CORRUPT);
    assert_non_null(strstr(database_error_text(), "is corrupt"));
    assert_int_equal(file_bytes(), size); /* else it would be taken the next time */
}

static void test_cut_file_is_refused(void **unused)
{
    (void)unused;
    put_kept();
    uint64_t whole = bytes_of_pages();
    assert_int_equal(file_bytes(), whole);
    refuses_a_file_of(whole - 1);
    for (uint64_t size = whole - page_bytes; size >= page_bytes; size -= page_bytes)
        refuses_a_file_of(size);
}

static void test_pages_given_back_were_not_cut_off(void **unused)
{
    (void)unused;
    put_kept();
    put_and_delete();
    uint64_t written = file_bytes();
    assert_true(written < bytes_of_pages());
    check_kept();
    put_and_delete();
    check_kept();
}

static void test_cut_file_that_was_short(void **unused)
{
    (void)unused;
    put_kept();
    put_and_delete();
    uint64_t written = file_bytes();
    assert_true(written < bytes_of_pages());
    for (uint64_t size = written - page_bytes; size >= page_bytes; size -= page_bytes)
        refuses_a_file_of(size);
}

/* In both of the pages with which the file begins. */
static void test_more_pages_than_there_can_be(void **unused)
{
    (void)unused;
    enum { LAST_PAGE_OFFSET_BYTES = 136 };
    const uint64_t numbers[] = {1 << 30, UINT64_MAX};
    put_kept();
    uint64_t whole = bytes_of_pages();
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        FILE *f = fopen(file, "r+");
        assert_non_null(f);
        for (uint64_t page = 0; page < 2; page++) {
            assert_int_equal(fseek(f, (long)(page * page_bytes + LAST_PAGE_OFFSET_BYTES), SEEK_SET), 0);
            assert_int_equal(fwrite(&numbers[i], sizeof *numbers, 1, f), 1);
        }
        assert_int_equal(fclose(f), 0);
        refuses_a_file_of(whole);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_cut_file_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pages_given_back_were_not_cut_off, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cut_file_that_was_short, setup, teardown),
        cmocka_unit_test_setup_teardown(test_more_pages_than_there_can_be, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
