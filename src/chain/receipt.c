#include "chain/receipt.h"

#include "base/memory.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"
#include "state/trie.h"

/* ---- bloom ---- */

static void bloom_add_value(uint8_t bloom[LOGS_BLOOM_BYTES], bloom_cache *cache, const uint8_t *value,
                            unsigned size_bytes)
{
    enum { SLOTS = sizeof cache->slots / sizeof cache->slots[0] };
    unsigned at = (unsigned)(value[0] ^ value[size_bytes - 1] ^ size_bytes) % SLOTS;
    if (cache->slots[at].size_bytes != size_bytes || memcmp(cache->slots[at].value, value, size_bytes) != 0) {
        hash256 hash;
        keccak256(&hash, value, size_bytes);
        memcpy(cache->slots[at].value, value, size_bytes);
        cache->slots[at].size_bytes = size_bytes;
        for (unsigned i = 0; i < 3; i++)
            cache->slots[at].bits[i] = (uint16_t)((hash.bytes[2 * i] << 8 | hash.bytes[2 * i + 1]) & 2047);
    }
    for (unsigned i = 0; i < 3; i++) {
        unsigned bit = cache->slots[at].bits[i];
        bloom[LOGS_BLOOM_BYTES - 1 - bit / 8] |= (uint8_t)(1u << bit % 8);
    }
}

void bloom_add(uint8_t bloom[LOGS_BLOOM_BYTES], bloom_cache *cache, const log_entry *entry)
{
    bloom_add_value(bloom, cache, entry->emitter.bytes, sizeof entry->emitter.bytes);
    for (unsigned i = 0; i < entry->topic_count; i++)
        bloom_add_value(bloom, cache, entry->topics[i].bytes, sizeof entry->topics[i].bytes);
}

/* ---- receipts ---- */

static size_t log_payload_size(const log_entry *entry)
{
    return RLP_ADDRESS_SIZE + rlp_list_size(entry->topic_count * RLP_HASH_SIZE) +
           rlp_bytes_size(entry->data.data, entry->data.size);
}

bytes receipt_encode(arena *memory, const receipt *r)
{
    size_t logs_bytes = 0;
    for (size_t i = 0; i < r->log_count; i++)
        logs_bytes += rlp_list_size(log_payload_size(&r->logs[i]));
    size_t payload_bytes = (r->has_state_root ? RLP_HASH_SIZE : 1) + rlp_u64_size(r->cumulative_gas_used) +
                           rlp_bytes_size(r->logs_bloom, LOGS_BLOOM_BYTES) + rlp_list_size(logs_bytes);
    size_t capacity = 1 + rlp_list_size(payload_bytes);

    rlp_writer w;
    rlp_writer_init(&w, arena_allocate(memory, capacity, 8), capacity);
    if (r->type != TRANSACTION_LEGACY)
        rlp_write_raw(&w, &(uint8_t){(uint8_t)r->type}, 1);
    rlp_write_list_header(&w, payload_bytes);
    if (r->has_state_root)
        rlp_write_hash(&w, &(hash256){{0}});
    else
        rlp_write_u64(&w, r->succeeded);
    rlp_write_u64(&w, r->cumulative_gas_used);
    rlp_write_bytes(&w, r->logs_bloom, LOGS_BLOOM_BYTES);
    rlp_write_list_header(&w, logs_bytes);
    for (size_t i = 0; i < r->log_count; i++) {
        const log_entry *entry = &r->logs[i];
        rlp_write_list_header(&w, log_payload_size(entry));
        rlp_write_address(&w, &entry->emitter);
        rlp_write_list_header(&w, entry->topic_count * RLP_HASH_SIZE);
        for (unsigned j = 0; j < entry->topic_count; j++)
            rlp_write_hash(&w, &entry->topics[j]);
        rlp_write_bytes(&w, entry->data.data, entry->data.size);
    }
    return rlp_written(&w);
}

void receipt_set_state_root(bytes encoding, const hash256 *root)
{
    /* Longer than 55 bytes, so that the list's prefix is one byte and the bytes of its length; then the
     * root's prefix. */
    size_t at = 1 + (encoding.data[0] - 0xf7u) + 1;
    memcpy((uint8_t *)(uintptr_t)encoding.data + at, root->bytes, sizeof root->bytes);
}

/* ---- tries by index ---- */

status index_trie_root(hash256 *root, arena *memory, const bytes *values, size_t count)
{
    size_t mark = memory->used_bytes;
    trie *t = trie_open(memory, NULL, NULL);
    for (size_t i = 0; i < count; i++) {
        uint8_t key[9];
        rlp_writer w;
        rlp_writer_init(&w, key, sizeof key);
        rlp_write_u64(&w, i);
        TRY(trie_insert(t, rlp_written(&w), values[i]));
    }
    trie_root(t, root);
    arena_rewind(memory, mark);
    return OK;
}
