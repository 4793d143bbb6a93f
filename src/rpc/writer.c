#include "rpc/writer.h"

#include "crypto/keccak.h"

#include <stdio.h>
#include <string.h>

static const char DIGITS[] = "0123456789abcdef";

void rpc_writer_init(rpc_writer *w, char *memory, size_t capacity_bytes)
{
    *w = (rpc_writer){.data = memory, .capacity_bytes = capacity_bytes};
}

static char *room(rpc_writer *w, size_t size_bytes)
{
    if (w->full || size_bytes > w->capacity_bytes - w->size_bytes) {
        w->full = true;
        return NULL;
    }
    char *at = w->data + w->size_bytes;
    w->size_bytes += size_bytes;
    return at;
}

static void put(rpc_writer *w, const char *text, size_t size_bytes)
{
    char *at = room(w, size_bytes);
    if (at != NULL)
        memcpy(at, text, size_bytes);
}

/* A value after another one needs a comma; what stands last says so. */
static void separate(rpc_writer *w)
{
    if (w->size_bytes == 0)
        return;
    char last = w->data[w->size_bytes - 1];
    if (last != '{' && last != '[' && last != ':' && last != ',')
        put(w, ",", 1);
}

void rpc_begin_object(rpc_writer *w)
{
    separate(w);
    put(w, "{", 1);
}

void rpc_end_object(rpc_writer *w) { put(w, "}", 1); }

void rpc_begin_array(rpc_writer *w)
{
    separate(w);
    put(w, "[", 1);
}

void rpc_end_array(rpc_writer *w) { put(w, "]", 1); }

void rpc_key(rpc_writer *w, const char *name)
{
    rpc_string(w, name);
    put(w, ":", 1);
}

void rpc_raw(rpc_writer *w, const char *json, size_t size_bytes)
{
    separate(w);
    put(w, json, size_bytes);
}

void rpc_null(rpc_writer *w) { rpc_raw(w, "null", 4); }

void rpc_bool(rpc_writer *w, bool value) { rpc_raw(w, value ? "true" : "false", value ? 4 : 5); }

void rpc_number(rpc_writer *w, uint64_t value)
{
    char text[24];
    rpc_raw(w, text, (size_t)snprintf(text, sizeof text, "%llu", (unsigned long long)value));
}

void rpc_real(rpc_writer *w, double value)
{
    char text[40];
    rpc_raw(w, text, (size_t)snprintf(text, sizeof text, "%.15g", value));
}

void rpc_text(rpc_writer *w, const char *text, size_t size_bytes)
{
    separate(w);
    put(w, "\"", 1);
    for (size_t i = 0; i < size_bytes; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\') {
            char escaped[2] = {'\\', (char)c};
            put(w, escaped, 2);
        } else if (c < 0x20) {
            char escaped[6] = {'\\', 'u', '0', '0', DIGITS[c >> 4], DIGITS[c & 15]};
            put(w, escaped, 6);
        } else {
            put(w, text + i, 1);
        }
    }
    put(w, "\"", 1);
}

void rpc_string(rpc_writer *w, const char *text) { rpc_text(w, text, strlen(text)); }

void rpc_quantity_u256(rpc_writer *w, u256 value)
{
    unsigned digits = (u256_bit_length(value) + 3) / 4;
    digits = digits == 0 ? 1 : digits;
    separate(w);
    char *at = room(w, digits + 4);
    if (at == NULL)
        return;
    memcpy(at, "\"0x", 3);
    for (unsigned i = 0; i < digits; i++) {
        unsigned nibble = digits - 1 - i;
        at[3 + i] = DIGITS[(value.limb[nibble / 16] >> (nibble % 16 * 4)) & 15];
    }
    at[3 + digits] = '"';
}

void rpc_quantity(rpc_writer *w, uint64_t value) { rpc_quantity_u256(w, u256_from_u64(value)); }

void rpc_data(rpc_writer *w, const uint8_t *data, size_t size_bytes)
{
    separate(w);
    char *at = room(w, 2 * size_bytes + 4);
    if (at == NULL)
        return;
    memcpy(at, "\"0x", 3);
    for (size_t i = 0; i < size_bytes; i++) {
        at[3 + 2 * i] = DIGITS[data[i] >> 4];
        at[4 + 2 * i] = DIGITS[data[i] & 15];
    }
    at[3 + 2 * size_bytes] = '"';
}

void rpc_word(rpc_writer *w, u256 value)
{
    uint8_t word[32];
    u256_to_be(word, value);
    rpc_data(w, word, sizeof word);
}

void rpc_hash(rpc_writer *w, const hash256 *value) { rpc_data(w, value->bytes, sizeof value->bytes); }

void rpc_address(rpc_writer *w, const address *value) { rpc_data(w, value->bytes, sizeof value->bytes); }

void rpc_checksummed(char out[43], const address *value)
{
    memcpy(out, "0x", 2);
    for (size_t i = 0; i < 20; i++) {
        out[2 + 2 * i] = DIGITS[value->bytes[i] >> 4];
        out[3 + 2 * i] = DIGITS[value->bytes[i] & 15];
    }
    out[42] = 0;
    hash256 hash;
    keccak256(&hash, (const uint8_t *)out + 2, 40);
    for (size_t i = 0; i < 40; i++) {
        unsigned nibble = i % 2 == 0 ? hash.bytes[i / 2] >> 4 : hash.bytes[i / 2] & 15;
        if (out[2 + i] >= 'a' && nibble >= 8)
            out[2 + i] = (char)(out[2 + i] - 'a' + 'A');
    }
}

void rpc_json(rpc_writer *w, const json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    if (text == NULL) {
        rpc_null(w);
        return;
    }
    rpc_raw(w, text, strlen(text));
    free(text);
}
