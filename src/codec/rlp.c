#include "codec/rlp.h"

#include "base/check.h"
#include "base/memory.h"

/* What a prefix says. */
typedef struct {
    size_t header_size;
    size_t payload_size;
    bool is_list;
} prefix;

/* The length that stands in `count` bytes after the first; minimal, so above 55 and without a leading
 * zero. */
static inline status long_length(size_t *length, bytes input, size_t count)
{
    if (count >= input.size || input.data[1] == 0)
        return RLP_MALFORMED;
    uint64_t value = 0;
    for (size_t i = 1; i <= count; i++)
        value = value << 8 | input.data[i];
    if (value <= 55 || value > SIZE_MAX)
        return RLP_MALFORMED;
    *length = (size_t)value;
    return OK;
}

static inline status read_prefix(prefix *p, bytes input)
{
    if (input.size == 0)
        return RLP_MALFORMED;
    uint8_t first = input.data[0];
    p->is_list = first >= 0xc0;
    p->header_size = 1;
    if (first < 0x80) {
        p->header_size = 0;
        p->payload_size = 1;
        return OK;
    }
    size_t short_size = first - (p->is_list ? 0xc0u : 0x80u);
    if (short_size <= 55) {
        p->payload_size = short_size;
    } else {
        p->header_size += short_size - 55;
        TRY(long_length(&p->payload_size, input, short_size - 55));
    }
    if (p->payload_size > input.size - p->header_size)
        return RLP_MALFORMED;
    if (first == 0x81 && input.data[1] < 0x80)
        return RLP_MALFORMED;
    return OK;
}

static inline void advance(bytes *input, size_t size)
{
    input->data += size;
    input->size -= size;
}

status rlp_decode(rlp_item *item, bytes *input)
{
    prefix p;
    TRY(read_prefix(&p, *input));
    item->payload = (bytes){input->data + p.header_size, p.payload_size};
    item->encoding = (bytes){input->data, p.header_size + p.payload_size};
    item->is_list = p.is_list;
    advance(input, item->encoding.size);
    return OK;
}

static inline status read_kind(bytes *payload, bytes *input, bool is_list)
{
    prefix p;
    TRY(read_prefix(&p, *input));
    if (p.is_list != is_list)
        return RLP_MALFORMED;
    *payload = (bytes){input->data + p.header_size, p.payload_size};
    advance(input, p.header_size + p.payload_size);
    return OK;
}

status rlp_list(bytes *items, bytes *input) { return read_kind(items, input, true); }

status rlp_bytes(bytes *out, bytes *input) { return read_kind(out, input, false); }

status rlp_fixed(uint8_t *out, size_t size_bytes, bytes *input)
{
    bytes after = *input, payload;
    TRY(rlp_bytes(&payload, &after));
    if (payload.size != size_bytes)
        return RLP_MALFORMED;
    memcpy(out, payload.data, size_bytes);
    *input = after;
    return OK;
}

status rlp_hash(hash256 *out, bytes *input) { return rlp_fixed(out->bytes, 32, input); }

status rlp_address(address *out, bytes *input) { return rlp_fixed(out->bytes, 20, input); }

/* An integer's bytes: no leading zero, at most `limit` of them. */
static status read_integer(bytes *payload, bytes *input, size_t limit)
{
    bytes after = *input;
    TRY(rlp_bytes(payload, &after));
    if (payload->size > limit || (payload->size > 0 && payload->data[0] == 0))
        return RLP_MALFORMED;
    *input = after;
    return OK;
}

status rlp_u64(uint64_t *out, bytes *input)
{
    bytes payload;
    TRY(read_integer(&payload, input, 8));
    uint64_t value = 0;
    for (size_t i = 0; i < payload.size; i++)
        value = value << 8 | payload.data[i];
    *out = value;
    return OK;
}

status rlp_u256(u256 *out, bytes *input)
{
    bytes payload;
    TRY(read_integer(&payload, input, 32));
    *out = u256_from_be(payload.data, payload.size);
    return OK;
}

status rlp_expect_end(bytes input) { return input.size == 0 ? OK : RLP_MALFORMED; }

status rlp_count(size_t *count, bytes input)
{
    size_t found = 0;
    while (!rlp_at_end(input)) {
        prefix p;
        TRY(read_prefix(&p, input));
        advance(&input, p.header_size + p.payload_size);
        found++;
    }
    *count = found;
    return OK;
}

/* ---- writing --------------------------------------------------------------------------------------- */

/* Bytes of a value without its leading zeros. */
static size_t integer_size(uint64_t value)
{
    size_t size = 0;
    for (; value > 0; value >>= 8)
        size++;
    return size;
}

static size_t header_size(size_t payload_bytes)
{
    return payload_bytes <= 55 ? 1 : 1 + integer_size(payload_bytes);
}

size_t rlp_bytes_size(const uint8_t *data, size_t size_bytes)
{
    return size_bytes == 1 && data[0] < 0x80 ? 1 : header_size(size_bytes) + size_bytes;
}

size_t rlp_u64_size(uint64_t value) { return value < 0x80 ? 1 : 1 + integer_size(value); }

size_t rlp_u256_size(u256 value)
{
    size_t size = (u256_bit_length(value) + 7) / 8;
    return size <= 1 && value.limb[0] < 0x80 ? 1 : 1 + size;
}

size_t rlp_list_size(size_t payload_bytes) { return header_size(payload_bytes) + payload_bytes; }

void rlp_writer_init(rlp_writer *w, uint8_t *memory, size_t capacity_bytes)
{
    *w = (rlp_writer){memory, capacity_bytes, 0};
}

static uint8_t *take(rlp_writer *w, size_t size_bytes)
{
    CHECK(size_bytes <= w->capacity_bytes - w->used_bytes);
    uint8_t *place = w->data + w->used_bytes;
    w->used_bytes += size_bytes;
    return place;
}

/* `offset` is 0x80 for strings, 0xc0 for lists. */
static void put_header(uint8_t *out, size_t payload_bytes, unsigned offset)
{
    if (payload_bytes <= 55) {
        out[0] = (uint8_t)(offset + payload_bytes);
        return;
    }
    size_t size = integer_size(payload_bytes);
    out[0] = (uint8_t)(offset + 55 + size);
    for (size_t i = size; i > 0; i--, payload_bytes >>= 8)
        out[i] = (uint8_t)payload_bytes;
}

void rlp_write_raw(rlp_writer *w, const uint8_t *data, size_t size_bytes)
{
    uint8_t *out = take(w, size_bytes);
    if (size_bytes > 0)
        memcpy(out, data, size_bytes);
}

void rlp_write_bytes(rlp_writer *w, const uint8_t *data, size_t size_bytes)
{
    if (size_bytes != 1 || data[0] >= 0x80)
        put_header(take(w, header_size(size_bytes)), size_bytes, 0x80);
    rlp_write_raw(w, data, size_bytes);
}

void rlp_write_hash(rlp_writer *w, const hash256 *value) { rlp_write_bytes(w, value->bytes, 32); }

void rlp_write_address(rlp_writer *w, const address *value) { rlp_write_bytes(w, value->bytes, 20); }

void rlp_write_u64(rlp_writer *w, uint64_t value)
{
    uint8_t big_endian[8];
    size_t size = integer_size(value);
    for (size_t i = size; i > 0; i--, value >>= 8)
        big_endian[i - 1] = (uint8_t)value;
    rlp_write_bytes(w, big_endian, size);
}

void rlp_write_u256(rlp_writer *w, u256 value)
{
    uint8_t big_endian[32];
    u256_to_be(big_endian, value);
    size_t size = (u256_bit_length(value) + 7) / 8;
    rlp_write_bytes(w, big_endian + 32 - size, size);
}

void rlp_write_list_header(rlp_writer *w, size_t payload_bytes)
{
    put_header(take(w, header_size(payload_bytes)), payload_bytes, 0xc0);
}

size_t rlp_begin_list(rlp_writer *w) { return w->used_bytes; }

void rlp_end_list(rlp_writer *w, size_t begin)
{
    CHECK(begin <= w->used_bytes);
    size_t payload_bytes = w->used_bytes - begin;
    size_t header_bytes = header_size(payload_bytes);
    take(w, header_bytes);
    memmove(w->data + begin + header_bytes, w->data + begin, payload_bytes);
    put_header(w->data + begin, payload_bytes, 0xc0);
}
