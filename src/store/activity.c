/* What accounts have to do with transactions: an index by kind and address, newest first. */
#include "chain/transaction.h"
#include "store/store.h"

#include <string.h>

enum { PLACE_BYTES = 12, KEY_BYTES = 21, FILL_BLOCKS = 1000 };

/* Number and index count down, so that the order of the bytes is newest first. */
static void place_write(uint8_t out[PLACE_BYTES], store_place place)
{
    for (unsigned i = 0; i < 8; i++)
        out[i] = (uint8_t)(~place.block >> (56 - 8 * i));
    for (unsigned i = 0; i < 4; i++)
        out[8 + i] = (uint8_t)(~place.index >> (24 - 8 * i));
}

static store_place place_read(const uint8_t in[PLACE_BYTES])
{
    store_place place = {0, 0};
    for (unsigned i = 0; i < 8; i++)
        place.block = place.block << 8 | (uint8_t)~in[i];
    for (unsigned i = 8; i < PLACE_BYTES; i++)
        place.index = place.index << 8 | (uint8_t)~in[i];
    return place;
}

static void key_write(uint8_t out[KEY_BYTES], store_activity_kind kind, const uint8_t who[20])
{
    out[0] = (uint8_t)kind;
    memcpy(out + 1, who, 20);
}

/* keccak256 of Transfer(address,address,uint256), and of TransferSingle and TransferBatch of ERC-1155. */
static const uint8_t TRANSFER[32] = {0xdd, 0xf2, 0x52, 0xad, 0x1b, 0xe2, 0xc8, 0x9b, 0x69, 0xc2, 0xb0,
                                     0x68, 0xfc, 0x37, 0x8d, 0xaa, 0x95, 0x2b, 0xa7, 0xf1, 0x63, 0xc4,
                                     0xa1, 0x16, 0x28, 0xf5, 0x5a, 0x4d, 0xf5, 0x23, 0xb3, 0xef};
static const uint8_t TRANSFER_SINGLE[32] = {0xc3, 0xd5, 0x81, 0x68, 0xc5, 0xae, 0x73, 0x97, 0x73, 0x1d, 0x06,
                                            0x3d, 0x5b, 0xbf, 0x3d, 0x65, 0x78, 0x54, 0x42, 0x73, 0x43, 0xf4,
                                            0xc0, 0x83, 0x24, 0x0f, 0x7a, 0xac, 0xaa, 0x2d, 0x0f, 0x62};
static const uint8_t TRANSFER_BATCH[32] = {0x4a, 0x39, 0xdc, 0x06, 0xd4, 0xc0, 0xdb, 0xc6, 0x4b, 0x70, 0xaf,
                                           0x90, 0xfd, 0x69, 0x8a, 0x23, 0x3a, 0x51, 0x8a, 0xa5, 0xd0, 0x7e,
                                           0x59, 0x5d, 0x98, 0x3b, 0x8c, 0x05, 0x26, 0xc8, 0xf7, 0xfb};

unsigned store_transfer_topic(const log_entry *entry)
{
    if (entry->topic_count < 3)
        return 0;
    const uint8_t *what = entry->topics[0].bytes;
    if (memcmp(what, TRANSFER, 32) == 0)
        return 1;
    bool is_1155 = memcmp(what, TRANSFER_SINGLE, 32) == 0 || memcmp(what, TRANSFER_BATCH, 32) == 0;
    return is_1155 && entry->topic_count == 4 ? 2 : 0;
}

typedef status (*activity_action)(database_transaction *t, bytes key, bytes place);

static status put(database_transaction *t, bytes key, bytes place)
{
    return database_put(t, TABLE_ACTIVITY, key, place);
}

static status remove(database_transaction *t, bytes key, bytes place)
{
    return database_delete_value(t, TABLE_ACTIVITY, key, place);
}

static status expect(database_transaction *t, bytes key, bytes place)
{
    bytes stored;
    TRY(database_get_from(t, &stored, TABLE_ACTIVITY, key, place));
    return stored.size == place.size && memcmp(stored.data, place.data, place.size) == 0 ? OK
                                                                                         : DATABASE_CORRUPT;
}

static status each_of_transaction(database_transaction *t, arena *memory, bytes encoding,
                                  const transaction_origin *origin, const store_receipt *receipt, bytes place,
                                  activity_action act)
{
    transaction tx;
    address other;
    uint8_t key[KEY_BYTES];
    TRY(transaction_decode(&tx, memory, encoding));
    if (tx.creates)
        transaction_created_address(&other, &origin->sender, origin->nonce);
    else
        other = tx.to;
    key_write(key, STORE_TRANSACTIONS, origin->sender.bytes);
    TRY(act(t, (bytes){key, sizeof key}, place));
    key_write(key, STORE_TRANSACTIONS, other.bytes);
    TRY(act(t, (bytes){key, sizeof key}, place));
    for (size_t i = 0; i < receipt->log_count; i++) {
        unsigned from = store_transfer_topic(&receipt->logs[i]);
        for (unsigned k = from; from != 0 && k < from + 2; k++) {
            key_write(key, STORE_TOKEN_TRANSFERS, receipt->logs[i].topics[k].bytes + 12);
            TRY(act(t, (bytes){key, sizeof key}, place));
        }
    }
    return OK;
}

static status each(database_transaction *t, arena *memory, const store_block *block,
                   const transaction_origin *origins, const store_receipt *receipts, activity_action act)
{
    for (size_t i = 0; i < block->transaction_count; i++) {
        uint8_t place[PLACE_BYTES];
        size_t mark = memory->used_bytes;
        place_write(place, (store_place){block->header.number, (uint32_t)i});
        TRY(each_of_transaction(t, memory, block->transactions[i], &origins[i], &receipts[i],
                                (bytes){place, sizeof place}, act));
        arena_rewind(memory, mark);
    }
    return OK;
}

static status indexed_to(database_transaction *t, uint64_t next)
{
    number_key key = number_key_of(next);
    return database_put(t, TABLE_META, bytes_of_text("activity"), bytes_of_number(&key));
}

status activity_add(database_transaction *t, arena *memory, const store_block *block,
                    const transaction_origin *origins, const store_receipt *receipts)
{
    TRY(each(t, memory, block, origins, receipts, put));
    return indexed_to(t, block->header.number + 1);
}

static status origins_of(store_view *v, transaction_origin **out, const store_block *block)
{
    *out = ARENA_NEW(v->memory, transaction_origin, block->transaction_count);
    for (size_t i = 0; i < block->transaction_count; i++) {
        store_transaction tx;
        TRY(store_transaction_at(v, &tx, block, i));
        (*out)[i] = (transaction_origin){tx.sender, tx.tx.nonce};
    }
    return OK;
}

status activity_remove(database_transaction *t, store_view *v, const store_block *block,
                       const store_receipt *receipts)
{
    transaction_origin *origins;
    TRY(origins_of(v, &origins, block));
    TRY(each(t, v->memory, block, origins, receipts, remove));
    return indexed_to(t, block->header.number);
}

status activity_check(store_view *v, const store_block *block, const store_receipt *receipts)
{
    transaction_origin *origins;
    TRY(origins_of(v, &origins, block));
    return each(v->read, v->memory, block, origins, receipts, expect);
}

static status fill(database_transaction *t, store_view *v, uint64_t first, uint64_t last)
{
    for (uint64_t number = first; number <= last; number++) {
        size_t mark = v->memory->used_bytes;
        store_block block;
        store_receipt *receipts;
        transaction_origin *origins;
        TRY(store_block_by_number(v, &block, number));
        TRY(store_receipts(v, &receipts, &block));
        TRY(origins_of(v, &origins, &block));
        TRY(activity_add(t, v->memory, &block, origins, receipts));
        arena_rewind(v->memory, mark);
    }
    return OK;
}

/* Some blocks in a transaction of their own, so that a stop in between loses little. */
static status fill_some(store *store, bool *is_done)
{
    store_view *v;
    bytes next;
    size_t mark = store->memory.used_bytes;
    TRY(store_view_open(&v, &store->memory, store));
    status s = database_get(v->read, &next, TABLE_META, bytes_of_text("activity"));
    uint64_t first = next.size == 8 ? number_of_key(next) : v->first;
    *is_done = first > v->head;
    if (s == OK && !*is_done) {
        database_transaction *t = NULL;
        s = database_begin(&t, store->db, true);
        if (s == OK)
            s = fill(t, v, first, v->head - first < FILL_BLOCKS ? v->head : first + FILL_BLOCKS - 1);
        if (s == OK)
            s = database_commit(t);
        else
            database_abort(t);
    }
    store_view_close(v);
    arena_rewind(&store->memory, mark);
    return s;
}

status activity_open(store *store)
{
    bool is_done = false;
    while (!is_done)
        TRY(fill_some(store, &is_done));
    return OK;
}

status store_activity(store_view *v, store_place *out, size_t *count, size_t most, store_activity_kind kind,
                      const address *who, store_place newest)
{
    uint8_t key[KEY_BYTES], from[PLACE_BYTES];
    key_write(key, kind, who->bytes);
    *count = 0;
    for (store_place at = newest; *count < most;) {
        bytes stored;
        place_write(from, at);
        TRY(database_get_from(v->read, &stored, TABLE_ACTIVITY, (bytes){key, sizeof key},
                              (bytes){from, sizeof from}));
        if (stored.size != PLACE_BYTES)
            break;
        at = out[(*count)++] = place_read(stored.data);
        if (at.index == 0 && at.block-- == 0) /* the one before it */
            break;
        at.index--;
    }
    return OK;
}
