#include "settle/calldata.h"

#include "base/check.h"
#include "crypto/keccak.h"

#include <string.h>

void calldata_topic(hash256 *out, const char *signature)
{
    keccak256(out, (const uint8_t *)signature, strlen(signature));
}

uint32_t calldata_selector(const char *signature)
{
    hash256 h;
    calldata_topic(&h, signature);
    return (uint32_t)h.bytes[0] << 24 | (uint32_t)h.bytes[1] << 16 | (uint32_t)h.bytes[2] << 8 | h.bytes[3];
}

/* ---- writing ---- */

void calldata_begin_creation(calldata *c, arena *memory, bytes init_code)
{
    c->memory = memory;
    c->prefix = init_code;
    c->count = 0;
}

void calldata_begin_words(calldata *c, arena *memory) { calldata_begin_creation(c, memory, (bytes){0}); }

void calldata_begin(calldata *c, arena *memory, const char *signature)
{
    uint32_t selector = calldata_selector(signature);
    uint8_t *prefix = arena_allocate(memory, 4, 1);
    for (unsigned i = 0; i < 4; i++)
        prefix[i] = (uint8_t)(selector >> (24 - 8 * i));
    calldata_begin_creation(c, memory, (bytes){prefix, 4});
}

static uint8_t *next_word(calldata *c)
{
    CHECK(c->count < CALLDATA_ARGUMENTS);
    c->arguments[c->count].is_tail = false;
    uint8_t *word = c->arguments[c->count++].word;
    memset(word, 0, 32);
    return word;
}

static void put_u64(uint8_t word[32], uint64_t value)
{
    memset(word, 0, 24);
    for (unsigned i = 0; i < 8; i++)
        word[24 + i] = (uint8_t)(value >> (56 - 8 * i));
}

void calldata_u64(calldata *c, uint64_t value) { put_u64(next_word(c), value); }
void calldata_u256(calldata *c, const u256 *value) { u256_to_be(next_word(c), *value); }
void calldata_address(calldata *c, const address *value) { memcpy(next_word(c) + 12, value->bytes, 20); }
void calldata_hash(calldata *c, const hash256 *value) { memcpy(next_word(c), value->bytes, 32); }

void calldata_outcome(calldata *c, const rollup_outcome *o)
{
    calldata_hash(c, &o->state_root);
    calldata_hash(c, &o->block_hash);
    calldata_hash(c, &o->withdrawal_root);
    calldata_hash(c, &o->batch_tree);
    calldata_u64(c, o->last_block);
    calldata_u64(c, o->last_time);
    calldata_u64(c, o->queue_index);
}

static size_t padded(size_t size_bytes) { return (size_bytes + 31) / 32 * 32; }

static void put_bytes(uint8_t *at, bytes value)
{
    put_u64(at, value.size);
    if (value.size != 0)
        memcpy(at + 32, value.data, value.size);
}

static void add_tail(calldata *c, bytes tail)
{
    CHECK(c->count < CALLDATA_ARGUMENTS);
    c->arguments[c->count].is_tail = true;
    c->arguments[c->count++].tail = tail;
}

void calldata_bytes(calldata *c, bytes value)
{
    size_t size = 32 + padded(value.size);
    uint8_t *tail = arena_allocate_zeroed(c->memory, size, 1);
    put_bytes(tail, value);
    add_tail(c, (bytes){tail, size});
}

void calldata_bytes_list(calldata *c, const bytes *values, size_t count, bool is_fixed)
{
    size_t length = is_fixed ? 0 : 32, size = length + 32 * count;
    for (size_t i = 0; i < count; i++)
        size += 32 + padded(values[i].size);
    uint8_t *tail = arena_allocate_zeroed(c->memory, size, 1), *at = tail + length + 32 * count;
    if (!is_fixed)
        put_u64(tail, count);
    for (size_t i = 0; i < count; i++) {
        put_u64(tail + length + 32 * i, (uint64_t)(at - tail) - length);
        put_bytes(at, values[i]);
        at += 32 + padded(values[i].size);
    }
    add_tail(c, (bytes){tail, size});
}

bytes calldata_end(calldata *c)
{
    size_t size = 32 * c->count;
    for (size_t i = 0; i < c->count; i++)
        size += c->arguments[i].is_tail ? c->arguments[i].tail.size : 0;
    uint8_t *out = arena_allocate(c->memory, c->prefix.size + size, 1), *head = out + c->prefix.size;
    size_t tail = 32 * c->count;
    if (c->prefix.size != 0)
        memcpy(out, c->prefix.data, c->prefix.size);
    for (size_t i = 0; i < c->count; i++) {
        if (!c->arguments[i].is_tail) {
            memcpy(head + 32 * i, c->arguments[i].word, 32);
            continue;
        }
        put_u64(head + 32 * i, tail);
        memcpy(head + tail, c->arguments[i].tail.data, c->arguments[i].tail.size);
        tail += c->arguments[i].tail.size;
    }
    return (bytes){out, c->prefix.size + size};
}

/* ---- reading ---- */

static const uint8_t *word_at(bytes data, size_t index)
{
    return index < data.size / 32 ? data.data + 32 * index : NULL;
}

bool calldata_read_hash(hash256 *out, bytes data, size_t index)
{
    const uint8_t *word = word_at(data, index);
    if (word != NULL)
        memcpy(out->bytes, word, 32);
    return word != NULL;
}

bool calldata_read_u256(u256 *out, bytes data, size_t index)
{
    const uint8_t *word = word_at(data, index);
    if (word != NULL)
        *out = u256_from_be(word, 32);
    return word != NULL;
}

bool calldata_read_u64(uint64_t *out, bytes data, size_t index)
{
    u256 value;
    if (!calldata_read_u256(&value, data, index) || !u256_fits_u64(value))
        return false;
    *out = value.limb[0];
    return true;
}

bool calldata_read_address(address *out, bytes data, size_t index)
{
    static const uint8_t zeros[12];
    const uint8_t *word = word_at(data, index);
    if (word == NULL || memcmp(word, zeros, 12) != 0)
        return false;
    memcpy(out->bytes, word + 12, 20);
    return true;
}

bool calldata_read_bytes(bytes *out, bytes data, size_t index)
{
    uint64_t at, size;
    if (!calldata_read_u64(&at, data, index) || at > data.size)
        return false;
    bytes rest = {data.data + at, data.size - at};
    if (!calldata_read_u64(&size, rest, 0) || size > rest.size - 32)
        return false;
    *out = (bytes){rest.data + 32, size};
    return true;
}

bool calldata_read_outcome(rollup_outcome *out, bytes data, size_t index)
{
    return calldata_read_hash(&out->state_root, data, index) &&
           calldata_read_hash(&out->block_hash, data, index + 1) &&
           calldata_read_hash(&out->withdrawal_root, data, index + 2) &&
           calldata_read_hash(&out->batch_tree, data, index + 3) &&
           calldata_read_u64(&out->last_block, data, index + 4) &&
           calldata_read_u64(&out->last_time, data, index + 5) &&
           calldata_read_u64(&out->queue_index, data, index + 6);
}
