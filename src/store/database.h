/* The embedded database (LMDB): tables of bytes by bytes, one writer, any number of readers of snapshots.
 * A crash, or kill -9, leaves what the last committed transaction wrote. */
#ifndef ASHLAR_STORE_DATABASE_H
#define ASHLAR_STORE_DATABASE_H

#include "base/status.h"
#include "base/types.h"

typedef struct database database;
typedef struct database_transaction database_transaction;

enum { DATABASE_FORMAT = 1 };

typedef enum {
#define TABLE(symbol, name, several) TABLE_##symbol,
#include "store/database.def"
#undef TABLE
    TABLE_COUNT
} database_table;

/* Creates the directory and the database where there are none. Not `durable`: commits are not forced to the
 * disk, so that a power failure (not a crash of the process) may lose or break it; for databases that are
 * thrown away. DATABASE_IN_USE, DATABASE_CORRUPT, DATABASE_VERSION, DATABASE_FULL, DATABASE_FAILED. */
status database_open(database **out, const char *directory, bool durable);
void database_close(database *db);

/* What the last failure was about; static, one for each thread. */
const char *database_error_text(void);
/* Sets it: for those above who find that what the database says cannot be. Returns `s`. */
status database_error(status s, const char *format, ...) __attribute__((format(printf, 2, 3)));

status database_begin(database_transaction **out, database *db, bool writes);
/* Ends it either way. */
status database_commit(database_transaction *t);
void database_abort(database_transaction *t); /* NULL: nothing */

/* NULL data where there is none. Borrowed: until the transaction ends, or writes. */
status database_get(database_transaction *t, bytes *value, database_table table, bytes key);
status database_put(database_transaction *t, database_table table, bytes key, bytes value);
/* Puts it where there is none yet: *is_new. */
status database_add(database_transaction *t, bool *is_new, database_table table, bytes key, bytes value);
status database_delete(database_transaction *t, database_table table, bytes key);
/* The same for one of several values. */
status database_delete_value(database_transaction *t, database_table table, bytes key, bytes value);
/* The least of several values that is not below `from`; NULL data where there is none. */
status database_get_from(database_transaction *t, bytes *value, database_table table, bytes key, bytes from);

/* All entries in the order of their keys; ends with the first status that is not OK. */
typedef status (*database_visitor)(void *context, bytes key, bytes value);
status database_visit(database_transaction *t, database_table table, database_visitor visit, void *context);
status database_count(database_transaction *t, uint64_t *count, database_table table);
status database_clear(database_transaction *t, database_table table);

/* ---- keys and values ---- */

typedef struct {
    uint8_t bytes[8];
} number_key;
number_key number_key_of(uint64_t number);
uint64_t number_of_key(bytes key);
static inline bytes bytes_of_number(const number_key *key) { return (bytes){key->bytes, sizeof key->bytes}; }
static inline bytes bytes_of_hash(const hash256 *hash) { return (bytes){hash->bytes, sizeof hash->bytes}; }
bytes bytes_of_text(const char *text);
static inline bool same_hash(const hash256 *a, const hash256 *b)
{
    const uint64_t *x = (const uint64_t *)(const void *)a->bytes,
                   *y = (const uint64_t *)(const void *)b->bytes;
    return x[0] == y[0] && x[1] == y[1] && x[2] == y[2] && x[3] == y[3];
}

/* Bytes that the file takes. */
uint64_t database_size_bytes(const database *db);

#endif
