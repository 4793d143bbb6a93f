/* ashlar_getAddressActivity: the transactions of an account, or those that moved its tokens, page by page. */
#include "rpc/internal.h"

#include <string.h>

enum { MOST_ENTRIES = 100, USUAL_ENTRIES = 25, CURSOR_BYTES = 12 };

static bool parse_kind(rpc_call *c, store_activity_kind *out)
{
    const json_t *value = rpc_parameter(c, 1);
    const char *text = value != NULL ? json_string_value(value) : "transactions";
    *out = STORE_TRANSACTIONS;
    if (text != NULL && strcmp(text, "tokenTransfers") == 0)
        *out = STORE_TOKEN_TRANSFERS;
    else if (text == NULL || strcmp(text, "transactions") != 0)
        return rpc_error(c, RPC_INVALID_PARAMETERS,
                         "invalid argument 1: \"transactions\" or \"tokenTransfers\" is needed");
    return true;
}

static bool parse_options(rpc_call *c, store_place *newest, uint64_t *most)
{
    bytes cursor = {NULL, 0};
    *newest = (store_place){UINT64_MAX, UINT32_MAX};
    *most = USUAL_ENTRIES;
    if (rpc_parameter(c, 2) != NULL && !rpc_parse_u64(c, most, rpc_parameter(c, 2), 2))
        return false;
    if (*most == 0 || *most > MOST_ENTRIES)
        return rpc_error(c, RPC_INVALID_PARAMETERS, "invalid argument 2: 1 to %d entries may be asked for",
                         MOST_ENTRIES);
    if (rpc_parameter(c, 3) == NULL)
        return true;
    if (!rpc_parse_data(c, &cursor, rpc_parameter(c, 3), 3))
        return false;
    if (cursor.size != CURSOR_BYTES)
        return rpc_error(c, RPC_INVALID_PARAMETERS, "invalid argument 3: not a cursor that was given here");
    *newest = (store_place){0, 0};
    for (unsigned i = 0; i < 8; i++)
        newest->block = newest->block << 8 | cursor.data[i];
    for (unsigned i = 8; i < CURSOR_BYTES; i++)
        newest->index = newest->index << 8 | cursor.data[i];
    return true;
}

static void write_cursor(rpc_writer *w, store_place place)
{
    uint8_t cursor[CURSOR_BYTES];
    for (unsigned i = 0; i < 8; i++)
        cursor[i] = (uint8_t)(place.block >> (56 - 8 * i));
    for (unsigned i = 0; i < 4; i++)
        cursor[8 + i] = (uint8_t)(place.index >> (24 - 8 * i));
    rpc_data(w, cursor, sizeof cursor);
}

static bool concerns(const log_entry *entry, const address *who)
{
    unsigned from = store_transfer_topic(entry);
    return from != 0 && (memcmp(entry->topics[from].bytes + 12, who->bytes, 20) == 0 ||
                         memcmp(entry->topics[from + 1].bytes + 12, who->bytes, 20) == 0);
}

static status write_entry(rpc_call *c, store_activity_kind kind, const address *who, store_place place)
{
    rpc_writer *w = c->out;
    store_block block;
    store_transaction tx;
    store_receipt *receipts;
    TRY(store_block_by_number(c->view, &block, place.block));
    TRY(store_transaction_at(c->view, &tx, &block, place.index));
    TRY(store_receipts(c->view, &receipts, &block));
    const store_receipt *receipt = &receipts[place.index];
    rpc_begin_object(w);
    rpc_key(w, "transaction");
    rpc_write_transaction(w, &tx, block.header.timestamp);
    RPC_MEMBER(w, "timestamp", quantity, block.header.timestamp);
    rpc_key(w, "succeeded");
    if (receipt->has_status)
        rpc_bool(w, receipt->succeeded);
    else
        rpc_null(w);
    if (kind == STORE_TOKEN_TRANSFERS) {
        rpc_key(w, "logs");
        rpc_begin_array(w);
        for (size_t i = 0; i < receipt->log_count; i++)
            if (concerns(&receipt->logs[i], who))
                rpc_write_log(w, &receipt->logs[i], &block, &tx.hash, tx.index, receipt->first_log_index + i,
                              false);
        rpc_end_array(w);
    }
    rpc_end_object(w);
    return OK;
}

void rpc_ashlar_getAddressActivity(rpc_call *c)
{
    address who;
    store_activity_kind kind;
    store_place newest, places[MOST_ENTRIES + 1];
    uint64_t most;
    size_t count;
    if (!rpc_parse_address(c, &who, rpc_parameter(c, 0), 0) || !parse_kind(c, &kind) ||
        !parse_options(c, &newest, &most) || rpc_view(c) == NULL)
        return;
    RPC_TRY(c, store_activity(c->view, places, &count, most + 1, kind, &who, newest));
    rpc_writer *w = c->out;
    rpc_begin_object(w);
    rpc_key(w, "entries");
    rpc_begin_array(w);
    for (size_t i = 0; i < count && i < most; i++) {
        size_t mark = c->memory->used_bytes;
        RPC_TRY(c, write_entry(c, kind, &who, places[i]));
        arena_rewind(c->memory, mark);
    }
    rpc_end_array(w);
    rpc_key(w, "next");
    if (count > most)
        write_cursor(w, places[most]);
    else
        rpc_null(w);
    rpc_end_object(w);
}
