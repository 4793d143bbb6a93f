#include "rollup/item.h"

#include "chain/transaction.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"
#include "rollup/words.h"

void rollup_item_hash(hash256 *after, const hash256 *before, uint64_t index, const rollup_item *item)
{
    hash256 data_hash;
    keccak256(&data_hash, item->data.data, item->data.size);
    alignas(8) uint8_t words[12 * 32];
    uint8_t *at = word_hash(words, before);
    at = word_u64(at, index);
    at = word_u64(at, item->kind);
    at = word_address(at, &item->sender);
    at = word_address(at, &item->from);
    at = word_address(at, &item->to);
    at = word_u256(at, item->mint);
    at = word_u256(at, item->value);
    at = word_u256(at, item->fee);
    at = word_u64(at, item->gas_limit);
    at = word_u64(at, item->time);
    word_hash(at, &data_hash);
    keccak256(after, words, sizeof words);
}

bytes rollup_item_transaction(arena *memory, const rollup_item *item, const hash256 *source_hash)
{
    bool creates = item->kind == ROLLUP_ITEM_CREATE;
    size_t payload_bytes = RLP_HASH_SIZE + RLP_ADDRESS_SIZE + (creates ? 1 : RLP_ADDRESS_SIZE) +
                           rlp_u256_size(item->mint) + rlp_u256_size(item->value) +
                           rlp_u64_size(item->gas_limit) + 1 + rlp_bytes_size(item->data.data,
                                                                              item->data.size);
    size_t capacity = 1 + rlp_list_size(payload_bytes);
    rlp_writer w;
    rlp_writer_init(&w, arena_allocate(memory, capacity, 8), capacity);
    rlp_write_raw(&w, &(uint8_t){TRANSACTION_QUEUED}, 1);
    rlp_write_list_header(&w, payload_bytes);
    rlp_write_hash(&w, source_hash);
    rlp_write_address(&w, &item->from);
    if (creates)
        rlp_write_bytes(&w, NULL, 0);
    else
        rlp_write_address(&w, &item->to);
    rlp_write_u256(&w, item->mint);
    rlp_write_u256(&w, item->value);
    rlp_write_u64(&w, item->gas_limit);
    rlp_write_u64(&w, 0); /* no system transaction */
    rlp_write_bytes(&w, item->data.data, item->data.size);
    return rlp_written(&w);
}
