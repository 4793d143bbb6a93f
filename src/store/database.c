#define _GNU_SOURCE
#include "store/database.h"

#include "base/check.h"
#include "telemetry/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* Address space, not memory or disk. */
enum { MAX_READERS = 1024 };
static const size_t MOST_MAP_BYTES = (size_t)1 << 40, LEAST_MAP_BYTES = (size_t)1 << 28;

struct database {
    MDB_env *env;
    MDB_dbi tables[TABLE_COUNT];
    int lock_file;
    char directory[4096];
};

struct database_transaction {
    MDB_txn *txn;
    database *db;
    MDB_cursor *cursors[TABLE_COUNT]; /* of database_get_from, opened once */
};

static const struct {
    const char *name;
    bool several;
} tables[TABLE_COUNT] = {
#define TABLE(symbol, name, several) {name, several},
#include "store/database.def"
#undef TABLE
};

static _Thread_local char error_text[4600];

const char *database_error_text(void) { return error_text; }

status database_error(status s, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error_text, sizeof error_text, format, arguments);
    va_end(arguments);
    return s;
}

/* A return code of LMDB as a status. */
static status outcome(const char *directory, int code)
{
    if (code != MDB_SUCCESS)
        metrics_set(METRIC_database_up, 0);
    switch (code) {
    case MDB_SUCCESS:
        return OK;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_PANIC:
    case MDB_INVALID:
    case MDB_INCOMPATIBLE:
    case MDB_BAD_TXN:
        return database_error(
            DATABASE_CORRUPT,
            "the database in %s is corrupt (%s): move the directory away and start anew, from an "
            "export or from the chain's blocks",
            directory, mdb_strerror(code));
    case MDB_VERSION_MISMATCH:
        return database_error(
            DATABASE_VERSION,
            "the database in %s is of another version of LMDB: export it with the program that "
            "wrote it, and import it here",
            directory);
    case MDB_MAP_FULL:
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return database_error(
            DATABASE_FULL,
            "the disk that holds %s is full: nothing was lost; make room, and a node that runs "
            "goes on by itself",
            directory);
    case EIO:
        /* LMDB says so too when a write was cut short by a full disk. */
        return database_error(DATABASE_FAILED, "the disk that holds %s failed or is full: nothing that was "
                              "committed is lost", directory);
    default:
        return database_error(DATABASE_FAILED, "the database in %s: %s", directory, mdb_strerror(code));
    }
}

static status take_lock(database *db)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/lock", db->directory);
    db->lock_file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (db->lock_file < 0)
        return outcome(db->directory, errno);
    if (flock(db->lock_file, LOCK_EX | LOCK_NB) != 0)
        return database_error(DATABASE_IN_USE, "%s is in use by another process", db->directory);
    return OK;
}

/* How many pages of the file, from `first` on, are in LMDB's list of free ones. */
static int count_free_pages(uint64_t *count, MDB_env *env, uint64_t first)
{
    enum { FREE_PAGES = 0 }; /* its table: transaction → how many it freed, their numbers */
    MDB_txn *txn;
    MDB_cursor *cursor = NULL;
    MDB_val key, value;
    *count = 0;
    int code = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);
    if (code != 0)
        return code;
    code = mdb_cursor_open(txn, FREE_PAGES, &cursor);
    while (code == 0 && (code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
        size_t words[2] = {0};
        if (value.mv_size >= sizeof *words)
            memcpy(&words[0], value.mv_data, sizeof *words);
        for (size_t i = 1; i <= words[0] && i < value.mv_size / sizeof *words; i++) {
            memcpy(&words[1], (const uint8_t *)value.mv_data + i * sizeof *words, sizeof *words);
            *count += words[1] >= first;
        }
    }
    if (cursor != NULL)
        mdb_cursor_close(cursor);
    mdb_txn_abort(txn);
    return code == MDB_NOTFOUND ? 0 : code;
}

/* A file that was cut would be read beyond its end, which ends the process. One that is too short need not
 * have been cut: pages at its end that a transaction took and gave back are never written. Those are in the
 * list of free ones; the file gets its length before that list is read. */
static status check_size(database *db)
{
    MDB_envinfo info;
    MDB_stat about;
    struct stat file;
    char path[4200];
    snprintf(path, sizeof path, "%s/data.mdb", db->directory);
    if (mdb_env_info(db->env, &info) != 0 || mdb_env_stat(db->env, &about) != 0 || stat(path, &file) != 0)
        return outcome(db->directory, errno);
    uint64_t pages = (uint64_t)info.me_last_pgno + 1, there = (uint64_t)file.st_size / about.ms_psize;
    uint64_t free_pages;
    if (info.me_last_pgno >= MOST_MAP_BYTES / about.ms_psize)
        return outcome(db->directory, MDB_CORRUPTED);
    if (info.me_last_txnid == 0 || there >= pages)
        return OK;
    if (truncate(path, (off_t)(pages * about.ms_psize)) != 0)
        return outcome(db->directory, errno);
    int code = count_free_pages(&free_pages, db->env, there);
    if (code == 0 && free_pages == pages - there)
        return OK;
    if (truncate(path, file.st_size) != 0)
        return outcome(db->directory, errno);
    return outcome(db->directory, code != 0 ? code : MDB_CORRUPTED);
}

static status open_tables(database *db)
{
    MDB_txn *txn;
    int code = mdb_txn_begin(db->env, NULL, 0, &txn);
    if (code != 0)
        return outcome(db->directory, code);
    for (unsigned i = 0; i < TABLE_COUNT && code == 0; i++)
        code =
            mdb_dbi_open(txn, tables[i].name,
                         MDB_CREATE | (tables[i].several ? MDB_DUPSORT | MDB_DUPFIXED : 0u), &db->tables[i]);
    static const uint8_t format[4] = {0, 0, 0, DATABASE_FORMAT};
    MDB_val key = {6, "format"}, value;
    if (code == 0 && (code = mdb_get(txn, db->tables[TABLE_META], &key, &value)) == MDB_NOTFOUND) {
        value = (MDB_val){sizeof format, (void *)(uintptr_t)format};
        code = mdb_put(txn, db->tables[TABLE_META], &key, &value, 0);
    } else if (code == 0 &&
               (value.mv_size != sizeof format || memcmp(value.mv_data, format, sizeof format) != 0)) {
        unsigned found = value.mv_size == sizeof format ? ((uint8_t *)value.mv_data)[3] : 0;
        mdb_txn_abort(txn);
        return database_error(
            DATABASE_VERSION,
            "the database in %s is of format %u, and this version reads format %u: export it with "
            "the version that wrote it (ashlar db export), and import it here",
            db->directory, found, DATABASE_FORMAT);
    }
    if (code != 0) {
        mdb_txn_abort(txn);
        return outcome(db->directory, code);
    }
    return outcome(db->directory, mdb_txn_commit(txn));
}

/* Address space is limited on some machines (ulimit -v): then the database can grow less. */
static int open_environment(database *db, size_t map_bytes, bool durable)
{
    if (db->env != NULL)
        mdb_env_close(db->env);
    db->env = NULL;
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
        map_bytes > limit.rlim_cur / 2)
        return ENOMEM;
    int code = mdb_env_create(&db->env);
    if (code == 0)
        code = mdb_env_set_maxdbs(db->env, TABLE_COUNT);
    if (code == 0)
        code = mdb_env_set_maxreaders(db->env, MAX_READERS);
    if (code == 0)
        code = mdb_env_set_mapsize(db->env, map_bytes);
    if (code == 0)
        code = mdb_env_open(db->env, db->directory, MDB_NOTLS | MDB_NORDAHEAD | (durable ? 0u : MDB_NOSYNC),
                            0644);
    return code;
}

/* Of addresses; valgrind says it in another way than Linux. */
static bool is_room_missing(int code) { return code == ENOMEM || code == EINVAL; }

static status open_in(database *db, bool durable)
{
    if (mkdir(db->directory, 0755) != 0 && errno != EEXIST)
        return database_error(DATABASE_FAILED, "%s: cannot be created: %s", db->directory, strerror(errno));
    TRY(take_lock(db));
    int code = ENOMEM;
    for (size_t map_bytes = MOST_MAP_BYTES; is_room_missing(code) && map_bytes >= LEAST_MAP_BYTES;
         map_bytes /= 4)
        code = open_environment(db, map_bytes, durable);
    if (is_room_missing(code))
        return database_error(DATABASE_FAILED,
                              "%s: the database needs %zu MiB of address space: raise the limit (ulimit -v)",
                              db->directory, LEAST_MAP_BYTES >> 20);
    TRY(outcome(db->directory, code));
    TRY(check_size(db));
    return open_tables(db);
}

status database_open(database **out, const char *directory, bool durable)
{
    *out = NULL;
    database *db = calloc(1, sizeof *db);
    CHECK(db != NULL);
    db->lock_file = -1;
    int length = snprintf(db->directory, sizeof db->directory, "%s", directory);
    status s = length < 0 || (size_t)length >= sizeof db->directory
                   ? database_error(DATABASE_FAILED, "the directory's name is too long")
                   : open_in(db, durable);
    if (s != OK) {
        database_close(db);
        return s;
    }
    metrics_set(METRIC_database_up, 1);
    metrics_set(METRIC_database_bytes, database_size_bytes(db));
    *out = db;
    return OK;
}

void database_close(database *db)
{
    if (db == NULL)
        return;
    if (db->env != NULL) {
        mdb_env_sync(db->env, 1);
        mdb_env_close(db->env);
    }
    if (db->lock_file >= 0)
        close(db->lock_file);
    free(db);
}

uint64_t database_size_bytes(const database *db)
{
    char path[4200];
    struct stat file;
    snprintf(path, sizeof path, "%s/data.mdb", db->directory);
    return stat(path, &file) == 0 ? (uint64_t)file.st_size : 0;
}

/* ---- transactions ---- */

status database_begin(database_transaction **out, database *db, bool writes)
{
    *out = NULL;
    database_transaction *t = calloc(1, sizeof *t);
    CHECK(t != NULL);
    t->db = db;
    int code = mdb_txn_begin(db->env, NULL, writes ? 0 : MDB_RDONLY, &t->txn);
    if (code != 0) {
        free(t);
        return outcome(db->directory, code);
    }
    *out = t;
    return OK;
}

static void close_cursors(database_transaction *t)
{
    for (unsigned i = 0; i < TABLE_COUNT; i++)
        if (t->cursors[i] != NULL)
            mdb_cursor_close(t->cursors[i]);
}

status database_commit(database_transaction *t)
{
    close_cursors(t);
    status s = outcome(t->db->directory, mdb_txn_commit(t->txn));
    if (s == OK) {
        metrics_set(METRIC_database_up, 1);
        metrics_set(METRIC_database_bytes, database_size_bytes(t->db));
    }
    free(t);
    return s;
}

void database_abort(database_transaction *t)
{
    if (t == NULL)
        return;
    close_cursors(t);
    mdb_txn_abort(t->txn);
    free(t);
}

static MDB_val val(bytes b) { return (MDB_val){b.size, (void *)(uintptr_t)b.data}; }

static bytes found(int code, const MDB_val *value)
{
    static const uint8_t nothing[1];
    if (code != 0)
        return (bytes){NULL, 0};
    return (bytes){value->mv_size > 0 ? value->mv_data : nothing, value->mv_size};
}

status database_get(database_transaction *t, bytes *value, database_table table, bytes key)
{
    MDB_val k = val(key), v;
    int code = mdb_get(t->txn, t->db->tables[table], &k, &v);
    *value = found(code, &v);
    return code == MDB_NOTFOUND ? OK : outcome(t->db->directory, code);
}

status database_put(database_transaction *t, database_table table, bytes key, bytes value)
{
    MDB_val k = val(key), v = val(value);
    int code = mdb_put(t->txn, t->db->tables[table], &k, &v, tables[table].several ? MDB_NODUPDATA : 0);
    return code == MDB_KEYEXIST ? OK : outcome(t->db->directory, code);
}

status database_add(database_transaction *t, bool *is_new, database_table table, bytes key, bytes value)
{
    MDB_val k = val(key), v = val(value);
    int code = mdb_put(t->txn, t->db->tables[table], &k, &v, MDB_NOOVERWRITE);
    *is_new = code == 0;
    return code == MDB_KEYEXIST ? OK : outcome(t->db->directory, code);
}

status database_delete(database_transaction *t, database_table table, bytes key)
{
    MDB_val k = val(key);
    int code = mdb_del(t->txn, t->db->tables[table], &k, NULL);
    return code == MDB_NOTFOUND ? OK : outcome(t->db->directory, code);
}

status database_delete_value(database_transaction *t, database_table table, bytes key, bytes value)
{
    MDB_val k = val(key), v = val(value);
    int code = mdb_del(t->txn, t->db->tables[table], &k, &v);
    return code == MDB_NOTFOUND ? OK : outcome(t->db->directory, code);
}

static status cursor_of(database_transaction *t, MDB_cursor **out, database_table table)
{
    if (t->cursors[table] == NULL)
        TRY(outcome(t->db->directory, mdb_cursor_open(t->txn, t->db->tables[table], &t->cursors[table])));
    *out = t->cursors[table];
    return OK;
}

status database_get_from(database_transaction *t, bytes *value, database_table table, bytes key, bytes from)
{
    MDB_cursor *cursor;
    TRY(cursor_of(t, &cursor, table));
    MDB_val k = val(key), v = val(from);
    int code = mdb_cursor_get(cursor, &k, &v, MDB_GET_BOTH_RANGE);
    *value = found(code, &v);
    return code == MDB_NOTFOUND ? OK : outcome(t->db->directory, code);
}

status database_visit(database_transaction *t, database_table table, database_visitor visit, void *context)
{
    MDB_cursor *cursor;
    TRY(outcome(t->db->directory, mdb_cursor_open(t->txn, t->db->tables[table], &cursor)));
    MDB_val k, v;
    status s = OK;
    int code;
    while (s == OK && (code = mdb_cursor_get(cursor, &k, &v, MDB_NEXT)) == 0)
        s = visit(context, found(0, &k), found(0, &v));
    mdb_cursor_close(cursor);
    return s != OK || code == MDB_NOTFOUND ? s : outcome(t->db->directory, code);
}

status database_count(database_transaction *t, uint64_t *count, database_table table)
{
    MDB_stat about;
    TRY(outcome(t->db->directory, mdb_stat(t->txn, t->db->tables[table], &about)));
    *count = about.ms_entries;
    return OK;
}

status database_clear(database_transaction *t, database_table table)
{
    return outcome(t->db->directory, mdb_drop(t->txn, t->db->tables[table], 0));
}

/* ---- keys and values ---- */

number_key number_key_of(uint64_t number)
{
    number_key key;
    for (unsigned i = 0; i < 8; i++)
        key.bytes[i] = (uint8_t)(number >> (56 - 8 * i));
    return key;
}

uint64_t number_of_key(bytes key)
{
    uint64_t number = 0;
    for (size_t i = 0; i < 8 && i < key.size; i++)
        number = number << 8 | key.data[i];
    return number;
}

bytes bytes_of_text(const char *text) { return (bytes){(const uint8_t *)text, strlen(text)}; }
