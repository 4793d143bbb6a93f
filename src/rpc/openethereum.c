/* Traces as OpenEthereum had them (trace_). */
#include "rpc/trace.h"

#include <string.h>

enum { OP_CREATE = 0xf0, OP_CREATE2 = 0xf5, OP_SELFDESTRUCT = 0xff };

static const trace_options FRAMES = {.kind = CALL_TRACER};

static void write_flat(const trace *t, const store_block *block, const store_transaction *tx)
{
    const trace_place place = {true, block->hash, tx->hash, block->header.number, tx->index};
    const trace_flat_options options = {.converts_errors = true};
    trace_write_flat(t, &place, &options);
}

void rpc_trace_transaction(rpc_call *c)
{
    store_session session;
    store_block block;
    store_transaction tx;
    uint64_t gas_used;
    if (!trace_open_transaction(c, &session, &block, &tx))
        return;
    const trace *t = trace_transaction(c, &FRAMES, &session, &tx, &gas_used);
    if (t == NULL)
        return;
    rpc_begin_array(c->out);
    write_flat(t, &block, &tx);
    rpc_end_array(c->out);
}

void rpc_trace_block(rpc_call *c)
{
    rpc_block block;
    store_session session;
    uint64_t gas_used;
    if (!rpc_parse_block(c, &block, rpc_parameter(c, 0), 0) || !trace_open_block(c, &session, &block, 0))
        return;
    rpc_begin_array(c->out);
    for (size_t i = 0; i < block.block.transaction_count; i++) {
        store_transaction tx;
        RPC_TRY(c, store_transaction_at(c->view, &tx, &block.block, i));
        const trace *t = trace_transaction(c, &FRAMES, &session, &tx, &gas_used);
        if (t == NULL)
            return;
        write_flat(t, &block.block, &tx);
    }
    rpc_end_array(c->out);
}

/* ---- of a range of blocks ---- */

typedef struct {
    const address *items;
    size_t count;
    bool given;
} address_list;

typedef struct {
    address_list from, to;
    bool is_intersection; /* of both lists; else what is in either */
    uint64_t skip, left;
} frame_filter;

static bool is_in(const address_list *l, const address *a)
{
    for (size_t i = 0; i < l->count; i++)
        if (memcmp(l->items[i].bytes, a->bytes, sizeof a->bytes) == 0)
            return true;
    return false;
}

static bool matches(const frame_filter *x, const trace_frame *f)
{
    bool creates = f->start.opcode == OP_CREATE || f->start.opcode == OP_CREATE2;
    /* A creation that failed has no address. */
    bool from = is_in(&x->from, &f->start.caller);
    bool to = f->start.opcode == OP_SELFDESTRUCT ? is_in(&x->to, &f->start.self)
              : creates                          ? f->error == NULL && is_in(&x->to, &f->start.self)
                                                 : is_in(&x->to, &f->start.code_address);
    if (x->is_intersection)
        return (from || !x->from.given) && (to || !x->to.given);
    return (!x->from.given && !x->to.given) || from || to;
}

static bool wants(void *context, const trace_frame *f)
{
    frame_filter *x = context;
    if (x->left == 0 || !matches(x, f))
        return false;
    if (x->skip > 0) {
        x->skip--;
        return false;
    }
    x->left--;
    return true;
}

static bool parse_list(rpc_call *c, address_list *out, const json_t *list)
{
    out->count = json_array_size(list);
    out->given = out->count > 0;
    address *items = ARENA_NEW(c->memory, address, out->count + 1);
    out->items = items;
    if (list != NULL && !json_is_array(list))
        return rpc_error(c, RPC_INVALID_PARAMETERS, "invalid argument 0: a list of addresses is wanted");
    for (size_t i = 0; i < out->count; i++)
        if (!rpc_parse_address(c, &items[i], json_array_get(list, i), 0))
            return false;
    return true;
}

static bool parse_filter(rpc_call *c, frame_filter *out, const json_t *json)
{
    const json_t *mode = rpc_member(json, "mode"), *skip = rpc_member(json, "after");
    const json_t *most = rpc_member(json, "count");
    const char *name = mode == NULL ? "union" : json_string_value(mode);
    *out = (frame_filter){.left = UINT64_MAX};
    if (name == NULL || (strcmp(name, "union") != 0 && strcmp(name, "intersection") != 0))
        return rpc_error(c, RPC_INVALID_PARAMETERS, "invalid argument 0: mode is union or intersection");
    out->is_intersection = strcmp(name, "intersection") == 0;
    return parse_list(c, &out->from, rpc_member(json, "fromAddress")) &&
           parse_list(c, &out->to, rpc_member(json, "toAddress")) &&
           (skip == NULL || rpc_parse_u64(c, &out->skip, skip, 0)) &&
           (most == NULL || rpc_parse_u64(c, &out->left, most, 0));
}

static bool write_block(rpc_call *c, const trace_flat_options *options, const store_block *block)
{
    store_session session;
    uint64_t gas_used;
    status s = store_session_replay(&session, c->view, block, 0);
    for (size_t i = 0; i < block->transaction_count && s == OK; i++) {
        store_transaction tx;
        s = store_transaction_at(c->view, &tx, block, i);
        const trace *t = s == OK ? trace_transaction(c, &FRAMES, &session, &tx, &gas_used) : NULL;
        if (s == OK && t == NULL)
            return false;
        const trace_place place = {true, block->hash, tx.hash, block->header.number, i};
        if (s == OK)
            trace_write_flat(t, &place, options);
    }
    return s == OK || rpc_refuse(c, s);
}

void rpc_trace_filter(rpc_call *c)
{
    const json_t *json = rpc_parameter(c, 0), *begin = rpc_member(json, "fromBlock");
    const json_t *end = rpc_member(json, "toBlock");
    frame_filter filter;
    uint64_t first, last;
    if (!parse_filter(c, &filter, json) || rpc_view(c) == NULL)
        return;
    first = store_first_number(c->view);
    if ((begin != NULL && !rpc_parse_block_number(c, &first, begin, 0)) ||
        !rpc_parse_block_number(c, &last, end, 0))
        return;
    if (first > last || last > store_head_number(c->view)) {
        rpc_error(c, RPC_INVALID_PARAMETERS, "invalid block range params");
        return;
    }
    const trace_flat_options options = {.converts_errors = true, .wants = wants, .context = &filter};
    if (first == store_first_number(c->view))
        first++; /* nothing ran in it */
    rpc_begin_array(c->out);
    for (uint64_t number = first; number <= last && filter.left > 0 && !c->out->full; number++) {
        store_block block;
        size_t mark = c->memory->used_bytes;
        if (store_view_is_late(c->view)) {
            rpc_refuse(c, CALL_TIMED_OUT);
            return;
        }
        RPC_TRY(c, store_block_by_number(c->view, &block, number));
        if (block.transaction_count > 0 && !write_block(c, &options, &block))
            return;
        arena_rewind(c->memory, mark);
    }
    rpc_end_array(c->out);
}

/* ---- of a call ---- */

/* The second parameter lists what is wanted: of "trace", "stateDiff" and "vmTrace" the first. */
void rpc_trace_call(rpc_call *c)
{
    rpc_writer *w = c->out;
    rpc_run_request q = {0};
    rpc_block block;
    store_session session;
    store_call_result result;
    const json_t *kinds = rpc_parameter(c, 1);
    bool is_wanted = false;
    if (!json_is_array(kinds)) {
        rpc_error(c, RPC_INVALID_PARAMETERS, "invalid argument 1: a list of what is wanted, as [\"trace\"]");
        return;
    }
    for (size_t i = 0; i < json_array_size(kinds); i++) {
        const char *kind = json_string_value(json_array_get(kinds, i));
        is_wanted = kind != NULL && strcmp(kind, "trace") == 0;
        if (!is_wanted) {
            rpc_error(c, RPC_INVALID_PARAMETERS, "invalid argument 1: of traces there is \"trace\" alone");
            return;
        }
    }
    if (!rpc_parse_call(c, &q.call, rpc_parameter(c, 0), 0) ||
        !rpc_parse_known_block(c, &block, rpc_parameter(c, 2), 2))
        return;
    q.base = block.block;
    if (!rpc_open_session(c, &session, &q))
        return;
    trace *t = trace_begin(c, &FRAMES, &session);
    status s = store_session_call(&session, &result, &q.call);
    trace_end(t);
    if (s != OK) {
        rpc_refuse_call(c, s, &session, &q.call);
        return;
    }
    const trace_flat_options options = {.converts_errors = true};
    rpc_begin_object(w);
    RPC_MEMBER(w, "output", data, result.output.data, result.output.size);
    rpc_key(w, "stateDiff");
    rpc_null(w);
    rpc_key(w, "trace");
    rpc_begin_array(w);
    if (is_wanted)
        trace_write_flat(t, NULL, &options);
    rpc_end_array(w);
    rpc_key(w, "vmTrace");
    rpc_null(w);
    rpc_end_object(w);
}
