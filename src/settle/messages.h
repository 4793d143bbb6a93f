/* MessagePasser's tree in the node's database: every complete subtree, so that a path takes a few dozen reads
 * however many messages there are. What reads or writes may return DATABASE_FAILED or DATABASE_CORRUPT. */
#ifndef ASHLAR_SETTLE_MESSAGES_H
#define ASHLAR_SETTLE_MESSAGES_H

#include "rollup/merkle.h"
#include "store/database.h"

/* Message *count, which counts up. What stood there and behind it is of a chain that went. */
status messages_append(database_transaction *t, uint64_t *count, const hash256 *leaf);

/* Of the first `count` messages, as many as were appended or fewer. */
status messages_root(database_transaction *t, hash256 *root, uint64_t count);
/* The siblings of a message, from the leaf up; message < count. */
status messages_path(database_transaction *t, hash256 path[ROLLUP_BATCHES_DEPTH], uint64_t count,
                     uint64_t message);

#endif
