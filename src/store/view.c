/* Reading the chain: blocks, transactions, receipts, logs. */
#include "base/check.h"
#include "base/clock.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"
#include "store/store.h"

#include <string.h>

static status corrupt(const store_view *v, const char *what, uint64_t number)
{
    return database_error(
        DATABASE_CORRUPT,
        "the database in %s is corrupt (%s of block %llu): run `ashlar db check`, or move it away "
        "and start anew",
        v->store->directory, what, (unsigned long long)number);
}

status store_view_open(store_view **out, arena *memory, store *store)
{
    *out = NULL;
    store_view *v = ARENA_NEW(memory, store_view, 1);
    *v = (store_view){.store = store, .memory = memory};
    TRY(database_begin(&v->read, store->db, false));
    bytes head, first, oldest;
    status s = database_get(v->read, &head, TABLE_META, bytes_of_text("head"));
    if (s == OK)
        s = database_get(v->read, &first, TABLE_META, bytes_of_text("first"));
    if (s == OK)
        s = database_get(v->read, &oldest, TABLE_META, bytes_of_text("oldest"));
    if (s == OK && (head.size != 8 || first.size != 8))
        s = corrupt(v, "the head", 0);
    if (s != OK) {
        database_abort(v->read);
        return s;
    }
    v->head = number_of_key(head);
    v->first = number_of_key(first);
    v->oldest = oldest.size == 8 ? number_of_key(oldest) : v->first;
    *out = v;
    return OK;
}

void store_view_close(store_view *v)
{
    if (v == NULL)
        return;
    database_abort(v->read);
    if (v->has_derived)
        arena_close(&v->derived_memory);
}

void store_view_set_deadline(store_view *v, uint64_t deadline_ms) { v->deadline_ms = deadline_ms; }

bool store_view_is_late(const store_view *v)
{
    return v->deadline_ms != 0 && clock_milliseconds() > v->deadline_ms;
}

arena *store_view_memory(const store_view *v) { return v->memory; }
const chain_config *store_view_config(const store_view *v) { return &v->store->config; }
uint64_t store_head_number(const store_view *v) { return v->head; }
uint64_t store_first_number(const store_view *v) { return v->first; }
uint64_t store_oldest_state(const store_view *v) { return v->oldest; }
/* Whoever follows L1 says it; who knows none believes the head. */
static uint64_t tag(const store_view *v, const char *name)
{
    bytes value;
    if (!chain_is_rollup(&v->store->config))
        return v->head;
    if (database_get(v->read, &value, TABLE_META, bytes_of_text(name)) != OK ||
        value.size != sizeof(number_key))
        return v->first;
    uint64_t number = number_of_key(value);
    return number < v->head ? number : v->head;
}

uint64_t store_safe_number(const store_view *v) { return tag(v, STORE_SAFE_KEY); }
uint64_t store_finalized_number(const store_view *v) { return tag(v, STORE_FINALIZED_KEY); }

/* ---- blocks ---- */

/* All but the hash. */
static status parse_block(store_block *out, arena *memory, const chain_config *config, bytes encoding)
{
    memset(out, 0, sizeof *out);
    bytes input = encoding, body, items;
    rlp_item header;
    TRY(rlp_list(&body, &input));
    TRY(rlp_expect_end(input));
    TRY(rlp_decode(&header, &body));
    out->encoding = encoding;
    out->header_encoding = header.encoding;
    TRY(header_decode(&out->header, header.encoding));
    TRY(rlp_list(&items, &body));
    TRY(rlp_count(&out->transaction_count, items));
    bytes *transactions = ARENA_NEW(memory, bytes, out->transaction_count);
    for (size_t i = 0; i < out->transaction_count; i++) {
        rlp_item item;
        TRY(rlp_decode(&item, &items));
        transactions[i] = item.is_list ? item.encoding : item.payload;
    }
    out->transactions = transactions;
    TRY(rlp_list(&out->ommers, &body));
    out->has_withdrawals = !rlp_at_end(body);
    if (out->has_withdrawals)
        TRY(rlp_list(&out->withdrawals, &body));
    TRY(rlp_expect_end(body));
    out->fork = chain_fork_at(config, out->header.number, out->header.timestamp);
    return OK;
}

status block_parse(store_block *out, arena *memory, const chain_config *config, bytes encoding)
{
    TRY(parse_block(out, memory, config, encoding));
    keccak256(&out->hash, out->header_encoding.data, out->header_encoding.size);
    return OK;
}

status store_block_by_number(store_view *v, store_block *out, uint64_t number)
{
    number_key key = number_key_of(number);
    bytes encoding;
    TRY(database_get(v->read, &encoding, TABLE_BLOCKS, bytes_of_number(&key)));
    if (encoding.data == NULL)
        return BLOCK_UNKNOWN;
    if (parse_block(out, v->memory, &v->store->config, encoding) != OK || out->header.number != number)
        return corrupt(v, "the RLP", number);
    return store_block_hash(v, &out->hash, number); /* found sooner than made */
}

status store_head_state_root(store_view *v, hash256 *out)
{
    number_key key = number_key_of(v->head);
    bytes encoding, body;
    rlp_item header;
    block_header decoded;
    TRY(database_get(v->read, &encoding, TABLE_BLOCKS, bytes_of_number(&key)));
    if (encoding.data == NULL || rlp_list(&body, &encoding) != OK || rlp_decode(&header, &body) != OK ||
        header_decode(&decoded, header.encoding) != OK)
        return corrupt(v, "the RLP", v->head);
    *out = decoded.state_root;
    return OK;
}

status store_block_by_hash(store_view *v, store_block *out, const hash256 *hash)
{
    bytes number;
    TRY(database_get(v->read, &number, TABLE_NUMBERS, bytes_of_hash(hash)));
    return number.size == 8 ? store_block_by_number(v, out, number_of_key(number)) : BLOCK_UNKNOWN;
}

static status canonical(store_view *v, bytes *out, uint64_t number)
{
    number_key key = number_key_of(number);
    TRY(database_get(v->read, out, TABLE_CANONICAL, bytes_of_number(&key)));
    return out->size == 64 ? OK : BLOCK_UNKNOWN;
}

status store_block_hash(store_view *v, hash256 *out, uint64_t number)
{
    bytes record;
    TRY(canonical(v, &record, number));
    memcpy(out->bytes, record.data, 32);
    return OK;
}

status store_view_block_hash(void *view, hash256 *out, uint64_t number)
{
    return store_block_hash(view, out, number);
}

status store_total_difficulty(store_view *v, u256 *out, const store_block *block)
{
    bytes record;
    TRY(canonical(v, &record, block->header.number));
    *out = u256_from_be(record.data + 32, 32);
    return OK;
}

/* ---- blocks that follow from no rules ---- */

/* In extraData: 31 bytes, as many as it may nearly have. */
static const char unprovable_mark[] = "state set by development method";

bytes unprovable_extra_data(void)
{
    return (bytes){(const uint8_t *)unprovable_mark, sizeof unprovable_mark - 1};
}

bool store_block_is_provable(const store_block *block)
{
    bytes mark = unprovable_extra_data(), extra = block->header.extra_data;
    return extra.size != mark.size || memcmp(extra.data, mark.data, mark.size) != 0;
}

/* ---- transactions and receipts ---- */

/* [[sender, receipt], …], as a cursor. */
static status receipts_record(store_view *v, bytes *items, uint64_t number)
{
    number_key key = number_key_of(number);
    bytes record;
    TRY(database_get(v->read, &record, TABLE_RECEIPTS, bytes_of_number(&key)));
    if (record.data == NULL || rlp_list(items, &record) != OK)
        return corrupt(v, "the receipts", number);
    return OK;
}

static u256 effective_price(const transaction *tx, const block_header *header)
{
    if (u256_less(tx->max_fee, header->base_fee))
        return tx->max_fee;
    u256 tip = u256_sub(tx->max_fee, header->base_fee);
    if (u256_less(tx->max_priority_fee, tip))
        tip = tx->max_priority_fee;
    return u256_add(header->base_fee, tip);
}

status store_transaction_at(store_view *v, store_transaction *out, const store_block *block, size_t index)
{
    memset(out, 0, sizeof *out);
    if (index >= block->transaction_count)
        return TRANSACTION_UNKNOWN;
    TRY(transaction_decode(&out->tx, v->memory, block->transactions[index]));
    transaction_hash(&out->hash, &out->tx);
    out->gas_price = effective_price(&out->tx, &block->header);
    out->block_number = block->header.number;
    out->block_hash = block->hash;
    out->index = index;
    hash256 stored;
    if (store_block_hash(v, &stored, block->header.number) != OK || !same_hash(&stored, &block->hash))
        return transaction_sender(&out->sender, v->memory, &out->tx, block->fork); /* a pending block's */
    bytes items;
    TRY(receipts_record(v, &items, block->header.number));
    rlp_item item = {.is_list = false};
    for (size_t i = 0; i <= index; i++)
        if (rlp_decode(&item, &items) != OK)
            return corrupt(v, "the receipts", block->header.number);
    bytes fields = item.payload;
    bytes receipt;
    if (rlp_address(&out->sender, &fields) != OK || rlp_bytes(&receipt, &fields) != OK ||
        (out->tx.type == TRANSACTION_QUEUED && rlp_u64(&out->tx.nonce, &fields) != OK))
        return corrupt(v, "the receipts", block->header.number);
    return OK;
}

status store_transaction_by_hash(store_view *v, store_transaction *out, const hash256 *hash)
{
    bytes place;
    TRY(database_get(v->read, &place, TABLE_TRANSACTIONS, bytes_of_hash(hash)));
    if (place.size != 16)
        return TRANSACTION_UNKNOWN;
    store_block block;
    TRY(store_block_by_number(v, &block, number_of_key(place)));
    return store_transaction_at(v, out, &block, number_of_key((bytes){place.data + 8, 8}));
}

static status decode_logs(store_receipt *r, arena *memory, bytes cursor)
{
    TRY(rlp_count(&r->log_count, cursor));
    r->logs = ARENA_NEW(memory, log_entry, r->log_count);
    for (size_t i = 0; i < r->log_count; i++) {
        bytes fields, topics;
        log_entry *entry = &r->logs[i];
        TRY(rlp_list(&fields, &cursor));
        TRY(rlp_address(&entry->emitter, &fields));
        TRY(rlp_list(&topics, &fields));
        while (!rlp_at_end(topics) && entry->topic_count < 4)
            TRY(rlp_hash(&entry->topics[entry->topic_count++], &topics));
        TRY(rlp_bytes(&entry->data, &fields));
    }
    return OK;
}

static status decode_receipt(store_receipt *r, arena *memory, bytes encoding)
{
    memset(r, 0, sizeof *r);
    r->encoding = encoding;
    if (encoding.size > 0 && encoding.data[0] < 0xc0) {
        r->type = encoding.data[0];
        encoding = (bytes){encoding.data + 1, encoding.size - 1};
    }
    bytes fields, outcome, bloom, logs;
    TRY(rlp_list(&fields, &encoding));
    TRY(rlp_bytes(&outcome, &fields));
    r->has_status = outcome.size != 32;
    if (r->has_status)
        r->succeeded = outcome.size == 1 && outcome.data[0] == 1;
    else
        memcpy(r->state_root.bytes, outcome.data, 32);
    TRY(rlp_u64(&r->cumulative_gas_used, &fields));
    TRY(rlp_bytes(&bloom, &fields));
    if (bloom.size != LOGS_BLOOM_BYTES)
        return RLP_MALFORMED;
    r->logs_bloom = bloom.data;
    TRY(rlp_list(&logs, &fields));
    return decode_logs(r, memory, logs);
}

status store_receipts_decode(store_receipt **out, arena *memory, const bytes *encodings, size_t count)
{
    *out = ARENA_NEW(memory, store_receipt, count);
    for (size_t i = 0; i < count; i++) {
        store_receipt *r = &(*out)[i];
        TRY(decode_receipt(r, memory, encodings[i]));
        r->gas_used = r->cumulative_gas_used;
        if (i > 0) {
            r->gas_used -= r[-1].cumulative_gas_used;
            r->first_log_index = r[-1].first_log_index + r[-1].log_count;
        }
    }
    return OK;
}

status store_receipts(store_view *v, store_receipt **out, const store_block *block)
{
    bytes items;
    TRY(receipts_record(v, &items, block->header.number));
    size_t count = block->transaction_count;
    bytes *encodings = ARENA_NEW(v->memory, bytes, count);
    for (size_t i = 0; i < count; i++) {
        bytes fields;
        address sender;
        if (rlp_list(&fields, &items) != OK || rlp_address(&sender, &fields) != OK ||
            rlp_bytes(&encodings[i], &fields) != OK)
            return corrupt(v, "the receipts", block->header.number);
    }
    if (store_receipts_decode(out, v->memory, encodings, count) != OK)
        return corrupt(v, "the receipts", block->header.number);
    return OK;
}

/* ---- logs ---- */

bool store_log_matches(const store_log_filter *filter, const log_entry *entry)
{
    bool matches = filter->address_count == 0;
    for (size_t i = 0; i < filter->address_count && !matches; i++)
        matches = memcmp(filter->addresses[i].bytes, entry->emitter.bytes, 20) == 0;
    for (unsigned i = 0; i < 4 && matches; i++) {
        if (filter->topic_counts[i] == 0)
            continue;
        matches = false;
        for (size_t j = 0; j < filter->topic_counts[i] && i < entry->topic_count && !matches; j++)
            matches = same_hash(&filter->topics[i][j], &entry->topics[i]);
    }
    return matches;
}

/* The least number from `from` on of any of the values at a place; UINT64_MAX where there is none. */
static status next_number(store_view *v, uint64_t *out, uint8_t place, const uint8_t *values,
                          size_t value_bytes, size_t stride, size_t count, uint64_t from)
{
    *out = UINT64_MAX;
    number_key start = number_key_of(from);
    for (size_t i = 0; i < count; i++) {
        uint8_t key[33] = {place};
        if (value_bytes > 0)
            memcpy(key + 1, values + i * stride, value_bytes);
        bytes number;
        TRY(database_get_from(v->read, &number, TABLE_LOGS, (bytes){key, 1 + value_bytes},
                              bytes_of_number(&start)));
        if (number.size == 8 && number_of_key(number) < *out)
            *out = number_of_key(number);
    }
    return OK;
}

status store_log_blocks(store_view *v, uint64_t *numbers, size_t *count, size_t most,
                        const store_log_filter *filter, uint64_t first, uint64_t last)
{
    enum { STEPS_BETWEEN_LOOKS = 64 };
    *count = 0;
    uint64_t candidate = first, steps = 0;
    /* Each constraint moves the candidate on to its own next number, until all agree. */
    while (*count < most && candidate <= last) {
        uint64_t agreed = candidate, next;
        if (++steps % STEPS_BETWEEN_LOOKS == 0 && store_view_is_late(v))
            return CALL_TIMED_OUT;
        TRY(next_number(v, &next, 0xff, NULL, 0, 0, 1, agreed)); /* any log at all */
        agreed = next;
        if (agreed <= last && filter->address_count > 0) {
            TRY(next_number(v, &next, 0, filter->addresses->bytes, 20, sizeof(address), filter->address_count,
                            agreed));
            agreed = next;
        }
        for (unsigned i = 0; i < 4 && agreed <= last; i++) {
            if (filter->topic_counts[i] == 0)
                continue;
            TRY(next_number(v, &next, (uint8_t)(i + 1), filter->topics[i]->bytes, 32, sizeof(hash256),
                            filter->topic_counts[i], agreed));
            agreed = next;
        }
        if (agreed > last)
            break;
        if (agreed == candidate) {
            numbers[(*count)++] = candidate;
            if (candidate == UINT64_MAX)
                break;
            candidate++;
        } else {
            candidate = agreed;
        }
    }
    return OK;
}

/* ---- state ---- */

static bytes look_up(void *view, const uint8_t hash[32], bool is_code)
{
    store_view *v = view;
    bytes found;
    hash256 key;
    memcpy(key.bytes, hash, sizeof key.bytes);
    if (v->has_pending) {
        found = store_find(is_code ? &v->pending_codes : &v->pending_nodes, &key);
        if (found.data != NULL)
            return found;
    }
    if (v->has_derived && !is_code) {
        found = store_find(&v->derived_nodes, &key);
        if (found.data != NULL)
            return found;
    }
    if (database_get(v->read, &found, is_code ? TABLE_CODES : TABLE_NODES, (bytes){hash, 32}) != OK)
        return (bytes){NULL, 0};
    return found;
}

witness *store_view_witness(store_view *v)
{
    witness *w;
    status s = witness_open(&w, v->memory, NULL, 0, NULL, 0);
    CHECK(s == OK);
    witness_set_lookup(w, v->memory, look_up, v);
    return w;
}

status store_state_at(store_view *v, state **out, const hash256 *state_root)
{
    witness *w = store_view_witness(v);
    if (witness_node(w, state_root).data == NULL)
        return STATE_UNKNOWN;
    *out = state_open(v->memory, w, state_root);
    return OK;
}
