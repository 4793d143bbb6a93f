#include "base/check.h"
#include "rollup/batch.h"

#include <zlib.h>

static void *allocate(void *memory, unsigned count, unsigned size_bytes)
{
    return arena_allocate(memory, (size_t)count * size_bytes, 16);
}
static void release(void *memory, void *block) { (void)memory, (void)block; }

bytes rollup_compress(arena *memory, bytes text)
{
    size_t most_bytes = compressBound(text.size) + 64;
    uint8_t *out = arena_allocate(memory, most_bytes, 8);
    z_stream z = {.zalloc = allocate, .zfree = release, .opaque = memory};
    CHECK(deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, -MAX_WBITS, MAX_MEM_LEVEL,
                       Z_DEFAULT_STRATEGY) == Z_OK);
    z.next_in = (Bytef *)(uintptr_t)text.data;
    z.avail_in = (uInt)text.size;
    z.next_out = out;
    z.avail_out = (uInt)most_bytes;
    CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
    bytes stream = {out, z.total_out};
    deflateEnd(&z);
    arena_rewind(memory, (size_t)(out - memory->base) + stream.size);
    return stream;
}
