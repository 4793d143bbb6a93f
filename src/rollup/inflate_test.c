/* Our decoder against zlib's. The first argument, if any, is how many mutated streams. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "rollup/batch.h"
#include "rollup/inflate.h"

enum { MOST_TEXT_BYTES = 1 << 16 };

static arena memory;
static unsigned long mutations = 20000;

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* What zlib says: true with the text's size, if it is a whole stream of at most most_bytes. */
static bool zlib_inflate(uint8_t *text, size_t *size_bytes, size_t most_bytes, bytes stream)
{
    z_stream z = {0};
    assert_int_equal(inflateInit2(&z, -MAX_WBITS), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)stream.data;
    z.avail_in = (uInt)stream.size;
    z.next_out = text;
    z.avail_out = (uInt)most_bytes;
    bool ends = inflate(&z, Z_FINISH) == Z_STREAM_END;
    *size_bytes = z.total_out;
    inflateEnd(&z);
    return ends;
}

/* Both agree; says whether they accept. */
static bool compare(bytes stream)
{
    static uint8_t expected[MOST_TEXT_BYTES];
    size_t size_bytes;
    size_t mark = memory.used_bytes;
    bytes text;
    bool ends = zlib_inflate(expected, &size_bytes, sizeof expected, stream);
    status s = rollup_inflate(&text, &memory, sizeof expected, stream);
    assert_true(s == OK || s == BATCH_STREAM_BROKEN || s == BATCH_TEXT_TOO_LONG);
    assert_int_equal(s == OK, ends);
    if (ends) {
        assert_int_equal(text.size, size_bytes);
        assert_memory_equal(text.data, expected, size_bytes);
    } else {
        assert_int_equal(memory.used_bytes, mark);
    }
    arena_rewind(&memory, mark);
    return ends;
}

/* Text of some kind: random, repetitive, or of few letters. */
static bytes make_text(uint64_t *random, size_t most_bytes)
{
    size_t size_bytes = next_random(random) % most_bytes;
    uint8_t *text = arena_allocate(&memory, size_bytes, 1);
    unsigned kind = (unsigned)(next_random(random) % 4);
    for (size_t i = 0; i < size_bytes; i++) {
        uint64_t r = next_random(random);
        if (kind == 0)
            text[i] = (uint8_t)r;
        else if (kind == 1)
            text[i] = (uint8_t)(r % 16);
        else
            text[i] = i > 300 && r % 32 != 0 ? text[i - (kind == 2 ? 1 : 1 + i % 300)] : (uint8_t)(r >> 8);
    }
    return (bytes){text, size_bytes};
}

/* By zlib in one of its ways: stored, fixed codes, codes of the block. */
static bytes make_stream(uint64_t *random, bytes text)
{
    static const int strategies[] = {Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE};
    size_t most_bytes = 2 * text.size + 1000;
    uint8_t *out = arena_allocate(&memory, most_bytes, 1);
    z_stream z = {0};
    int level = (int)(next_random(random) % 10), memory_level = 1 + (int)(next_random(random) % 9);
    assert_int_equal(deflateInit2(&z, level, Z_DEFLATED, -MAX_WBITS, memory_level,
                                  strategies[next_random(random) % 4]), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)text.data;
    z.avail_in = (uInt)text.size;
    z.next_out = out;
    z.avail_out = (uInt)most_bytes;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    bytes stream = {out, z.total_out};
    deflateEnd(&z);
    return stream;
}

static void streams_of_zlib_are_read(void **unused)
{
    (void)unused;
    uint64_t random = 1;
    for (unsigned i = 0; i < 300; i++) {
        size_t mark = memory.used_bytes;
        bytes text = make_text(&random, MOST_TEXT_BYTES - 1);
        bytes stream = make_stream(&random, text);
        assert_true(compare(stream));
        /* What follows the stream is not looked at. */
        uint8_t *longer = arena_allocate(&memory, stream.size + 9, 1);
        memcpy(longer, stream.data, stream.size);
        memset(longer + stream.size, 0xff, 9);
        assert_true(compare((bytes){longer, stream.size + 9}));
        /* Whatever is missing at its end is missed. */
        for (size_t cut = 1; cut <= 9 && cut <= stream.size; cut++)
            assert_false(compare((bytes){stream.data, stream.size - cut}));
        arena_rewind(&memory, mark);
    }
}

static void compressed_texts_come_back(void **unused)
{
    (void)unused;
    uint64_t random = 2;
    for (unsigned i = 0; i < 50; i++) {
        size_t mark = memory.used_bytes;
        bytes text = make_text(&random, ROLLUP_MAX_TEXT_BYTES), back;
        bytes stream = rollup_compress(&memory, text);
        assert_int_equal(rollup_inflate(&back, &memory, ROLLUP_MAX_TEXT_BYTES, stream), OK);
        assert_int_equal(back.size, text.size);
        assert_memory_equal(back.data, text.data, text.size);
        arena_rewind(&memory, mark);
    }
}

static void each_rule_of_zlib_holds(void **unused)
{
    (void)unused;
    static const struct {
        const char *what;
        uint8_t stream[24];
        size_t size_bytes;
        status expected;
    } cases[] = {
        {"nothing", {0}, 0, BATCH_STREAM_BROKEN},
        {"an empty stored block", {1, 0, 0, 0xff, 0xff}, 5, OK},
        {"a length that is not its complement's", {1, 1, 0, 0xff, 0xff, 7}, 6, BATCH_STREAM_BROKEN},
        {"a stored block that is cut", {1, 2, 0, 0xfd, 0xff, 7}, 6, BATCH_STREAM_BROKEN},
        {"a block that is not the last", {0, 0, 0, 0xff, 0xff}, 5, BATCH_STREAM_BROKEN},
        {"block type 3", {7, 0, 0, 0xff, 0xff}, 5, BATCH_STREAM_BROKEN},
        {"the end of a block of fixed codes", {3, 0}, 2, OK},
        {"the same without its last byte", {3}, 1, BATCH_STREAM_BROKEN},
        /* Fixed codes; 0x63 is the first byte of a literal zero. */
        {"a distance before the start", {0x63, 0x00, 0x42, 0x00}, 4, BATCH_STREAM_BROKEN},
        {"length symbol 286", {0x1b, 0x03}, 2, BATCH_STREAM_BROKEN},
        {"287 codes", {0xf5, 0xc0, 0x81, 0, 0, 0, 0, 0}, 8, BATCH_STREAM_BROKEN},
        {"31 distances", {0x05, 0xde, 0, 0, 0, 0, 0, 0}, 8, BATCH_STREAM_BROKEN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bytes stream = {cases[i].stream, cases[i].size_bytes}, text;
        size_t mark = memory.used_bytes;
        status s = rollup_inflate(&text, &memory, MOST_TEXT_BYTES, stream);
        if (s != cases[i].expected)
            print_message("%s: %s\n", cases[i].what, status_name(s));
        assert_int_equal(s, cases[i].expected);
        arena_rewind(&memory, mark);
        compare(stream);
    }
    /* One byte more than a text may have. */
    bytes text = make_text(&(uint64_t){77}, MOST_TEXT_BYTES), back;
    bytes stream = rollup_compress(&memory, text);
    assert_int_equal(rollup_inflate(&back, &memory, text.size, stream), OK);
    assert_int_equal(rollup_inflate(&back, &memory, text.size - 1, stream), BATCH_TEXT_TOO_LONG);
}

static void short_streams_agree(void **unused)
{
    (void)unused;
    uint8_t stream[3];
    for (unsigned i = 0; i < 1 << 16; i++) {
        stream[0] = (uint8_t)i;
        stream[1] = (uint8_t)(i >> 8);
        stream[2] = (uint8_t)(i * 37);
        compare((bytes){stream, 1 + i % 3});
    }
}

/* Bytes changed, moved, cut out; and blocks of written codes from random bits. */
static void mutated_streams_agree(void **unused)
{
    (void)unused;
    uint64_t random = 3;
    unsigned long accepted = 0;
    for (unsigned long i = 0; i < mutations; i++) {
        size_t mark = memory.used_bytes;
        bytes text = make_text(&random, i % 16 == 0 ? 8000 : 400);
        bytes made = make_stream(&random, text);
        uint8_t *stream = arena_allocate(&memory, made.size + 1, 1);
        memcpy(stream, made.data, made.size);
        size_t size_bytes = made.size;
        if (i % 8 == 7)
            for (size_t k = 0; k < size_bytes; k++)
                stream[k] = (uint8_t)(k == 0 ? (next_random(&random) & 0xf8) | 5 : next_random(&random));
        unsigned changes = 1 + (unsigned)(next_random(&random) % 4);
        for (; changes > 0 && size_bytes > 0; changes--) {
            size_t at = next_random(&random) % size_bytes;
            if (next_random(&random) % 2)
                at %= 40; /* the codes stand at the start */
            if (at >= size_bytes)
                continue;
            switch (next_random(&random) % 4) {
            case 0: stream[at] = (uint8_t)next_random(&random); break;
            case 1: stream[at] ^= (uint8_t)(1u << next_random(&random) % 8); break;
            case 2: size_bytes = at; break;
            default: memmove(stream + at, stream + at + 1, --size_bytes - at); break;
            }
        }
        accepted += compare((bytes){stream, size_bytes});
        arena_rewind(&memory, mark);
    }
    print_message("%lu mutated streams: zlib and we accept the same %lu\n", mutations, accepted);
    assert_in_range(accepted, mutations / 100, mutations - 1);
}

static int open_memory(void **unused)
{
    (void)unused;
    arena_open(&memory, (size_t)1 << 27);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1)
        mutations = strtoul(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_of_zlib_are_read), cmocka_unit_test(compressed_texts_come_back),
        cmocka_unit_test(each_rule_of_zlib_holds),  cmocka_unit_test(short_streams_agree),
        cmocka_unit_test(mutated_streams_agree),
    };
    return cmocka_run_group_tests_name("inflate", tests, open_memory, NULL);
}
