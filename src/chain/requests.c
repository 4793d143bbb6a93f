#include "chain/requests.h"

#include "base/memory.h"
#include "crypto/sha256.h"

/* keccak256("DepositEvent(bytes,bytes,bytes,bytes,bytes)") */
static const hash256 DEPOSIT_EVENT = {{0x64, 0x9b, 0xbc, 0x62, 0xd0, 0xe3, 0x13, 0x42, 0xaf, 0xea, 0x4e,
                                       0x5c, 0xd8, 0x2d, 0x40, 0x49, 0xe7, 0xe1, 0xee, 0x91, 0x2f, 0xc0,
                                       0x88, 0x9a, 0xa7, 0x90, 0x80, 0x3b, 0xe3, 0x90, 0x38, 0xc5}};

/* Five byte strings in the ABI's layout: five offsets, then each string as length and padded bytes. */
static const struct {
    unsigned offset, size_bytes;
} DEPOSIT_FIELDS[] = {{160, 48}, {256, 32}, {320, 8}, {384, 96}, {512, 8}};

enum { DEPOSIT_LOG_BYTES = 576, DEPOSIT_FIELD_COUNT = 5 };

static bool word_is(const uint8_t *word, unsigned value)
{
    for (unsigned i = 0; i < 30; i++)
        if (word[i] != 0)
            return false;
    return (unsigned)(word[30] << 8 | word[31]) == value;
}

status deposits_add(deposit_list *list, arena *memory, const log_entry *entry)
{
    if (entry->topic_count == 0 || memcmp(entry->topics[0].bytes, DEPOSIT_EVENT.bytes, 32) != 0)
        return OK;
    const uint8_t *data = entry->data.data;
    if (entry->data.size != DEPOSIT_LOG_BYTES)
        return DEPOSIT_LOG_MALFORMED;
    deposit *d = ARENA_NEW(memory, deposit, 1);
    uint8_t *out = d->data;
    for (unsigned i = 0; i < DEPOSIT_FIELD_COUNT; i++) {
        unsigned offset = DEPOSIT_FIELDS[i].offset, size_bytes = DEPOSIT_FIELDS[i].size_bytes;
        if (!word_is(data + 32 * i, offset) || !word_is(data + offset, size_bytes))
            return DEPOSIT_LOG_MALFORMED;
        memcpy(out, data + offset + 32, size_bytes);
        out += size_bytes;
    }
    if (list->last)
        list->last->next = d;
    else
        list->first = d;
    list->last = d;
    list->count++;
    return OK;
}

bytes deposits_join(arena *memory, const deposit_list *list)
{
    size_t size_bytes = list->count * DEPOSIT_BYTES;
    uint8_t *out = arena_allocate(memory, size_bytes, 8), *at = out;
    for (const deposit *d = list->first; d; d = d->next, at += DEPOSIT_BYTES)
        memcpy(at, d->data, DEPOSIT_BYTES);
    return (bytes){out, size_bytes};
}

void requests_hash(hash256 *out, arena *memory, const bytes data[REQUEST_TYPES])
{
    uint8_t digests[REQUEST_TYPES * 32];
    size_t used = 0;
    for (unsigned type = 0; type < REQUEST_TYPES; type++) {
        if (data[type].size == 0)
            continue;
        size_t mark = memory->used_bytes;
        uint8_t *request = arena_allocate(memory, 1 + data[type].size, 8);
        request[0] = (uint8_t)type;
        memcpy(request + 1, data[type].data, data[type].size);
        hash256 digest;
        sha256(&digest, request, 1 + data[type].size);
        arena_rewind(memory, mark);
        memcpy(digests + used, digest.bytes, 32);
        used += 32;
    }
    sha256(out, digests, used);
}
