#include "settle/messages.h"

#include "base/check.h"
#include "crypto/keccak.h"

#include <string.h>

typedef struct {
    uint8_t bytes[9];
} place_key;

static place_key key_of(unsigned level, uint64_t index)
{
    place_key key = {{(uint8_t)level}};
    number_key number = number_key_of(index);
    _Static_assert(sizeof number + 1 == sizeof key, "eight bytes");
    memcpy(key.bytes + 1, &number, sizeof number);
    return key;
}

static void join(hash256 *out, const hash256 *left, const hash256 *right)
{
    hash256 both[2] = {*left, *right};
    keccak256(out, both[0].bytes, sizeof both);
}

static status get(database_transaction *t, hash256 *out, unsigned level, uint64_t index)
{
    bytes value;
    place_key key = key_of(level, index);
    TRY(database_get(t, &value, TABLE_MESSAGES, (bytes){key.bytes, sizeof key}));
    if (value.size != sizeof *out)
        return database_error(DATABASE_CORRUPT,
                              "the database is corrupt (messages): move it away and start anew");
    memcpy(out, value.data, sizeof *out);
    return OK;
}

status messages_append(database_transaction *t, uint64_t *count, const hash256 *leaf)
{
    hash256 node = *leaf, left;
    uint64_t index = *count;
    for (unsigned level = 0;; level++, index /= 2) {
        place_key key = key_of(level, index);
        CHECK(level < ROLLUP_BATCHES_DEPTH);
        TRY(database_put(t, TABLE_MESSAGES, (bytes){key.bytes, sizeof key}, (bytes){node.bytes, sizeof node}));
        if (index % 2 == 0)
            break;
        TRY(get(t, &left, level, index - 1));
        join(&node, &left, &node);
    }
    ++*count;
    return OK;
}

/* What is not there is zero, and so joined. */
static status read_node(database_transaction *t, hash256 *out, unsigned level, uint64_t index, uint64_t count)
{
    hash256 left, right;
    if ((index + 1) << level <= count)
        return get(t, out, level, index);
    if (index << level >= count) {
        *out = (hash256){0};
        while (level-- > 0)
            join(out, out, out);
        return OK;
    }
    TRY(read_node(t, &left, level - 1, 2 * index, count));
    TRY(read_node(t, &right, level - 1, 2 * index + 1, count));
    join(out, &left, &right);
    return OK;
}

status messages_root(database_transaction *t, hash256 *root, uint64_t count)
{
    return read_node(t, root, ROLLUP_BATCHES_DEPTH, 0, count);
}

status messages_path(database_transaction *t, hash256 path[ROLLUP_BATCHES_DEPTH], uint64_t count,
                     uint64_t message)
{
    CHECK(message < count && count <= (uint64_t)1 << ROLLUP_BATCHES_DEPTH);
    for (unsigned level = 0; level < ROLLUP_BATCHES_DEPTH; level++)
        TRY(read_node(t, &path[level], level, (message >> level) ^ 1, count));
    return OK;
}
