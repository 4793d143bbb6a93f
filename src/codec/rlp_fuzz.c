/* libFuzzer: whatever decodes is canonical, so that it encodes back to the very bytes it came from. */
#include "base/check.h"
#include "base/memory.h"
#include "codec/rlp.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RLP_FUZZ_DEPTH = 64 };

static void rlp_fuzz_scalars(bytes item)
{
    bytes cursor = item;
    uint64_t small;
    u256 large;
    uint8_t encoding[40];
    rlp_writer w;
    rlp_writer_init(&w, encoding, sizeof encoding);
    if (rlp_u64(&small, &cursor) == OK) {
        rlp_write_u64(&w, small);
        CHECK(w.used_bytes == item.size - cursor.size && w.used_bytes == rlp_u64_size(small));
        CHECK(memcmp(encoding, item.data, w.used_bytes) == 0);
    }
    cursor = item;
    rlp_writer_init(&w, encoding, sizeof encoding);
    if (rlp_u256(&large, &cursor) == OK) {
        rlp_write_u256(&w, large);
        CHECK(w.used_bytes == item.size - cursor.size && memcmp(encoding, item.data, w.used_bytes) == 0);
    } else {
        CHECK(cursor.data == item.data && cursor.size == item.size);
    }
    cursor = item;
    hash256 hash;
    (void)rlp_hash(&hash, &cursor);
    address a;
    (void)rlp_address(&a, &cursor);
}

/* Writes all items of the cursor; false where one does not decode. */
static bool rlp_fuzz_copy(rlp_writer *w, bytes cursor, unsigned depth)
{
    while (!rlp_at_end(cursor)) {
        rlp_item item;
        rlp_fuzz_scalars(cursor);
        if (rlp_decode(&item, &cursor) != OK)
            return false;
        if (!item.is_list) {
            rlp_write_bytes(w, item.payload.data, item.payload.size);
        } else if (depth == RLP_FUZZ_DEPTH) {
            rlp_write_raw(w, item.encoding.data, item.encoding.size);
        } else {
            size_t list = rlp_begin_list(w);
            if (!rlp_fuzz_copy(w, item.payload, depth + 1))
                return false;
            rlp_end_list(w, list);
        }
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t count;
    (void)rlp_count(&count, (bytes){data, size});
    size_t capacity = size + 16 * RLP_FUZZ_DEPTH;
    uint8_t *memory = malloc(capacity);
    CHECK(memory != NULL);
    rlp_writer w;
    rlp_writer_init(&w, memory, capacity);
    if (rlp_fuzz_copy(&w, (bytes){data, size}, 0))
        CHECK(w.used_bytes == size && (size == 0 || memcmp(memory, data, size) == 0));
    free(memory);
    return 0;
}
