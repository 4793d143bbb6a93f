/* What geth's native tracers make of a recording. */
#include "rpc/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    OP_CREATE = 0xf0,
    OP_CALL = 0xf1,
    OP_CALLCODE = 0xf2,
    OP_DELEGATECALL = 0xf4,
    OP_CREATE2 = 0xf5,
    OP_STATICCALL = 0xfa,
    OP_SELFDESTRUCT = 0xff,
};

const char *trace_type(uint8_t opcode)
{
    const char *name = evm_opcode_name(opcode);
    return name == NULL ? "CALL" : name;
}

static bool creates(const trace_frame *f)
{
    return f->start.opcode == OP_CREATE || f->start.opcode == OP_CREATE2;
}

/* ---- callTracer ---- */

static void write_logs(rpc_writer *w, const trace_frame *f, bool has_calls)
{
    rpc_key(w, "logs");
    rpc_begin_array(w);
    for (const struct trace_log *l = f->logs; l != NULL; l = l->next) {
        rpc_begin_object(w);
        RPC_MEMBER(w, "address", address, &l->entry.emitter);
        rpc_key(w, "topics");
        rpc_begin_array(w);
        for (unsigned i = 0; i < l->entry.topic_count; i++)
            rpc_hash(w, &l->entry.topics[i]);
        rpc_end_array(w);
        RPC_MEMBER(w, "data", data, l->entry.data.data, l->entry.data.size);
        RPC_MEMBER(w, "position", quantity, has_calls ? l->position : 0);
        rpc_end_object(w);
    }
    rpc_end_array(w);
}

/* Gas NULL: the frame's own. */
static void write_frame(const trace *t, const trace_options *o, const trace_frame *f, const uint64_t *gas,
                        const uint64_t *gas_used, bool parent_failed)
{
    rpc_writer *w = t->out;
    bool failed = parent_failed || f->error != NULL;
    rpc_begin_object(w);
    RPC_MEMBER(w, "type", string, trace_type(f->start.opcode));
    RPC_MEMBER(w, "from", address, &f->start.caller);
    if (!(creates(f) && f->error != NULL))
        RPC_MEMBER(w, "to", address, creates(f) ? &f->start.self : &f->start.code_address);
    if (f->start.opcode != OP_STATICCALL)
        RPC_MEMBER(w, "value", quantity_u256, f->start.value);
    RPC_MEMBER(w, "gas", quantity, gas != NULL ? *gas : f->start.gas);
    RPC_MEMBER(w, "gasUsed", quantity, gas_used != NULL ? *gas_used : f->gas_used);
    RPC_MEMBER(w, "input", data, f->start.input.data, f->start.input.size);
    if (f->output.size > 0 && (f->halt == EVM_SUCCESS || f->halt == EVM_REVERT))
        RPC_MEMBER(w, "output", data, f->output.data, f->output.size);
    if (f->error != NULL) {
        RPC_MEMBER(w, "error", string, f->error);
        if (f->halt == EVM_REVERT) {
            const char *reason = strchr(rpc_revert_text(t->memory, f->output), ':');
            if (reason != NULL)
                RPC_MEMBER(w, "revertReason", string, reason + 2);
        }
    }
    if (f->first != NULL && !o->only_top) {
        rpc_key(w, "calls");
        rpc_begin_array(w);
        for (const trace_frame *child = f->first; child != NULL; child = child->next)
            write_frame(t, o, child, NULL, NULL, failed);
        rpc_end_array(w);
    }
    if (o->with_logs && f->logs != NULL && !failed)
        write_logs(w, f, !o->only_top);
    rpc_end_object(w);
}

/* ---- flatCallTracer ---- */

/* OpenEthereum's words. */
static const char *converted_error(const char *error)
{
    static const struct {
        const char *geth, *here;
    } exact[] = {
        {"contract creation code storage out of gas", "Out of gas"},
        {"out of gas", "Out of gas"},
        {"gas uint64 overflow", "Out of gas"},
        {"max code size exceeded", "Out of gas"},
        {"invalid jump destination", "Bad jump destination"},
        {"execution reverted", "Reverted"},
        {"return data out of bounds", "Out of bounds"},
        {"stack limit reached 1024 (1023)", "Out of stack"},
        {"precompile failed", "Built-in failed"},
    }, begins[] = {
        {"out of gas:", "Out of gas"},
        {"invalid opcode:", "Bad instruction"},
        {"stack underflow", "Stack underflow"},
    };
    for (size_t i = 0; i < sizeof exact / sizeof exact[0]; i++)
        if (strcmp(error, exact[i].geth) == 0)
            return exact[i].here;
    for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++)
        if (strncmp(error, begins[i].geth, strlen(begins[i].geth)) == 0)
            return begins[i].here;
    return error;
}

typedef struct {
    const trace *t;
    const trace_place *place;
    const trace_flat_options *options;
    size_t path[TRACE_MOST_DEPTH + 1];
} flat;

static bool is_listed(const flat *x, const trace_frame *f)
{
    return x->options->with_precompiles || f->parent == NULL ||
           (f->start.opcode != OP_CALL && f->start.opcode != OP_STATICCALL) ||
           !evm_is_precompile(x->t->fork, &f->start.code_address);
}

static const char *lowered(char out[16], const char *name)
{
    size_t i = 0;
    for (; name[i] != 0 && i < 15; i++)
        out[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] - 'A' + 'a' : name[i]);
    out[i] = 0;
    return out;
}

static void write_flat_action(const flat *x, const trace_frame *f)
{
    rpc_writer *w = x->t->out;
    char name[16];
    bool is_root = f->parent == NULL;
    rpc_key(w, "action");
    rpc_begin_object(w);
    if (f->start.opcode == OP_SELFDESTRUCT) {
        RPC_MEMBER(w, "address", address, &f->start.caller);
        RPC_MEMBER(w, "refundAddress", address, &f->start.self);
        RPC_MEMBER(w, "balance", quantity_u256, f->start.value);
        rpc_end_object(w);
        return;
    }
    RPC_MEMBER(w, creates(f) ? "creationMethod" : "callType", string,
               lowered(name, trace_type(f->start.opcode)));
    RPC_MEMBER(w, "from", address, &f->start.caller);
    if (!creates(f))
        RPC_MEMBER(w, "to", address, &f->start.code_address);
    RPC_MEMBER(w, "gas", quantity, is_root && x->options->gas != NULL ? *x->options->gas : f->start.gas);
    RPC_MEMBER(w, creates(f) ? "init" : "input", data, f->start.input.data, f->start.input.size);
    RPC_MEMBER(w, "value", quantity_u256, f->start.value);
    rpc_end_object(w);
}

static void write_flat_result(const flat *x, const trace_frame *f)
{
    rpc_writer *w = x->t->out;
    bool is_root = f->parent == NULL;
    rpc_key(w, "result");
    rpc_begin_object(w);
    RPC_MEMBER(w, "gasUsed", quantity,
               is_root && x->options->gas_used != NULL ? *x->options->gas_used : f->gas_used);
    if (creates(f) && f->error == NULL)
        RPC_MEMBER(w, "address", address, &f->start.self);
    RPC_MEMBER(w, creates(f) ? "code" : "output", data, f->output.data, f->output.size);
    rpc_end_object(w);
}

static void write_flat_item(const flat *x, const trace_frame *f, size_t depth)
{
    rpc_writer *w = x->t->out;
    size_t count = 0;
    for (const trace_frame *child = f->first; child != NULL; child = child->next)
        count += is_listed(x, child);
    rpc_begin_object(w);
    write_flat_action(x, f);
    if (x->place != NULL) {
        if (x->place->known)
            RPC_MEMBER(w, "blockHash", hash, &x->place->block_hash);
        else
            (rpc_key(w, "blockHash"), rpc_null(w));
        RPC_MEMBER(w, "blockNumber", number, x->place->number);
    }
    if (f->error != NULL)
        RPC_MEMBER(w, "error", string, x->options->converts_errors ? converted_error(f->error) : f->error);
    if (f->start.opcode != OP_SELFDESTRUCT && (f->error == NULL || f->halt == EVM_REVERT))
        write_flat_result(x, f);
    RPC_MEMBER(w, "subtraces", number, count);
    rpc_key(w, "traceAddress");
    rpc_begin_array(w);
    for (size_t i = 0; i < depth; i++)
        rpc_number(w, x->path[i]);
    rpc_end_array(w);
    if (x->place != NULL) {
        if (x->place->known)
            RPC_MEMBER(w, "transactionHash", hash, &x->place->transaction);
        else
            (rpc_key(w, "transactionHash"), rpc_null(w));
        RPC_MEMBER(w, "transactionPosition", number, x->place->index);
    }
    RPC_MEMBER(w, "type", string,
               f->start.opcode == OP_SELFDESTRUCT ? "suicide" : creates(f) ? "create" : "call");
    rpc_end_object(w);
}

static void write_flat_frame(flat *x, const trace_frame *f, size_t depth)
{
    size_t count = 0;
    if (x->options->wants == NULL || x->options->wants(x->options->context, f))
        write_flat_item(x, f, depth);
    for (const trace_frame *child = f->first; child != NULL; child = child->next)
        if (is_listed(x, child)) {
            x->path[depth] = count++;
            write_flat_frame(x, child, depth + 1);
        }
}

void trace_write_flat(const trace *t, const trace_place *place, const trace_flat_options *options)
{
    flat *x = ARENA_NEW(t->memory, flat, 1);
    x->t = t;
    x->place = place;
    x->options = options;
    if (t->root != NULL)
        write_flat_frame(x, t->root, 0);
}

/* ---- 4byteTracer ---- */

typedef struct {
    char name[40]; /* "0xa9059cbb-64" */
    uint64_t count;
} selector_seen;

static size_t count_frames(const trace_frame *f)
{
    size_t count = 1;
    for (const trace_frame *child = f->first; child != NULL; child = child->next)
        count += count_frames(child);
    return count;
}

static size_t list_selectors(selector_seen *out, size_t count, const trace *t, const trace_frame *f)
{
    uint8_t opcode = f->start.opcode;
    bool calls = opcode == OP_CALL || opcode == OP_CALLCODE || opcode == OP_DELEGATECALL ||
                 opcode == OP_STATICCALL;
    if (calls && f->start.input.size >= 4 && !evm_is_precompile(t->fork, &f->start.code_address)) {
        const uint8_t *d = f->start.input.data;
        snprintf(out[count].name, sizeof out[count].name, "0x%02x%02x%02x%02x-%zu", d[0], d[1], d[2], d[3],
                 f->start.input.size - 4);
        out[count++].count = 1;
    }
    for (const trace_frame *child = f->first; child != NULL; child = child->next)
        count = list_selectors(out, count, t, child);
    return count;
}

static int compare_selectors(const void *a, const void *b)
{
    return strcmp(((const selector_seen *)a)->name, ((const selector_seen *)b)->name);
}

static void write_selectors(const trace *t)
{
    rpc_begin_object(t->out);
    if (t->root != NULL) {
        selector_seen *seen = ARENA_NEW(t->memory, selector_seen, count_frames(t->root));
        size_t count = list_selectors(seen, 0, t, t->root);
        qsort(seen, count, sizeof *seen, compare_selectors);
        for (size_t i = 0, same; i < count; i += same) {
            same = 1;
            while (i + same < count && compare_selectors(&seen[i], &seen[i + same]) == 0)
                same++;
            RPC_MEMBER(t->out, seen[i].name, number, same);
        }
    }
    rpc_end_object(t->out);
}

/* ---- prestateTracer ---- */

typedef struct {
    u256 balance;
    uint64_t nonce;
    bytes code;
    hash256 code_hash; /* zero where there is no code */
    u256 *values;      /* of keys, in order */
} account_then;

static bool is_empty(const account_then *a)
{
    return a->nonce == 0 && a->code.size == 0 && u256_is_zero(a->balance);
}

static status read_account(account_then *out, arena *memory, state *world, const trace_account *seen)
{
    account *a;
    const contract_code *code;
    size_t count = 0, i = 0;
    for (const struct trace_key *k = seen->keys; k != NULL; k = k->next)
        count++;
    memset(out, 0, sizeof *out);
    TRY(state_account(world, &a, &seen->where));
    out->balance = *account_balance(a);
    out->nonce = account_nonce(a);
    TRY(state_code(world, &code, a));
    if (code->code.size > 0) {
        uint8_t *copy = arena_allocate(memory, code->code.size, 1);
        memcpy(copy, code->code.data, code->code.size);
        out->code = (bytes){copy, code->code.size};
        out->code_hash = *account_code_hash(a);
    }
    out->values = ARENA_NEW(memory, u256, count + 1);
    for (const struct trace_key *k = seen->keys; k != NULL; k = k->next) {
        storage_slot *slot;
        TRY(state_slot(world, &slot, a, &k->key));
        out->values[i++] = *slot_value(slot);
    }
    return OK;
}

static bool same_bytes(bytes a, bytes b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static void hex_name(char *out, const uint8_t *data, size_t size)
{
    memcpy(out, "0x", 3);
    for (size_t i = 0; i < size; i++)
        snprintf(out + 2 + 2 * i, 3, "%02x", data[i]);
}

/* `other` NULL: all there is, zeros too. Before: all but slots that stay or were zero. After: changes. */
static void write_account_then(rpc_writer *w, const trace_options *o, const trace_account *seen,
                               const account_then *a, const account_then *other, bool is_after)
{
    char name[67];
    bool any = false, keeps_all = !is_after;
    size_t i = 0;
    hex_name(name, seen->where.bytes, 20);
    rpc_key(w, name);
    rpc_begin_object(w);
    if (keeps_all || !u256_equal(a->balance, other->balance))
        RPC_MEMBER(w, "balance", quantity_u256, a->balance);
    if (a->nonce > 0 && (keeps_all || a->nonce != other->nonce))
        RPC_MEMBER(w, "nonce", number, a->nonce);
    bool code_changes = !keeps_all && !same_bytes(a->code, other->code);
    if (!o->without_code && (code_changes || (keeps_all && a->code.size > 0)))
        RPC_MEMBER(w, "code", data, a->code.data, a->code.size);
    if (code_changes || (keeps_all && a->code.size > 0))
        RPC_MEMBER(w, "codeHash", hash, &a->code_hash);
    for (const struct trace_key *k = o->without_storage ? NULL : seen->keys; k != NULL; k = k->next, i++) {
        if (other != NULL && (u256_equal(a->values[i], other->values[i]) || u256_is_zero(a->values[i])))
            continue;
        if (!any) {
            rpc_key(w, "storage");
            rpc_begin_object(w);
            any = true;
        }
        uint8_t word[32];
        u256_to_be(word, k->key);
        hex_name(name, word, sizeof word);
        RPC_MEMBER(w, name, word, a->values[i]);
    }
    if (any)
        rpc_end_object(w);
    rpc_end_object(w);
}

static bool differ(const trace_options *o, const trace_account *seen, const account_then *a,
                   const account_then *b)
{
    if (!u256_equal(a->balance, b->balance) || a->nonce != b->nonce || !same_bytes(a->code, b->code))
        return true;
    size_t i = 0;
    for (const struct trace_key *k = o->without_storage ? NULL : seen->keys; k != NULL; k = k->next, i++)
        if (!u256_equal(a->values[i], b->values[i]))
            return true;
    return false;
}

static status write_prestate(const trace *t, const trace_options *o, state *before)
{
    rpc_writer *w = t->out;
    size_t count = 0, i = 0;
    for (const trace_account *a = t->accounts; a != NULL; a = a->next)
        count++;
    account_then *pre = ARENA_NEW(t->memory, account_then, count + 1);
    account_then *post = ARENA_NEW(t->memory, account_then, count + 1);
    for (const trace_account *a = t->accounts; a != NULL; a = a->next, i++) {
        TRY(read_account(&pre[i], t->memory, before, a));
        if (o->difference)
            TRY(read_account(&post[i], t->memory, t->world, a));
    }
    rpc_begin_object(w);
    if (!o->difference) {
        i = 0;
        for (const trace_account *a = t->accounts; a != NULL; a = a->next, i++)
            if (o->with_empty || !is_empty(&pre[i]))
                write_account_then(w, o, a, &pre[i], NULL, false);
        rpc_end_object(w);
        return OK;
    }
    for (int is_after = 0; is_after < 2; is_after++) {
        rpc_key(w, is_after ? "post" : "pre");
        rpc_begin_object(w);
        i = 0;
        for (const trace_account *a = t->accounts; a != NULL; a = a->next, i++) {
            if (is_after ? a->is_deleted : is_empty(&pre[i]))
                continue;
            if (a->is_deleted)
                write_account_then(w, o, a, &pre[i], NULL, false);
            else if (differ(o, a, &pre[i], &post[i]))
                write_account_then(w, o, a, is_after ? &post[i] : &pre[i], is_after ? &pre[i] : &post[i],
                                   is_after);
        }
        rpc_end_object(w);
    }
    rpc_end_object(w);
    return OK;
}

/* ---- all of them ---- */

static void write_struct_end(const trace *t, uint64_t gas_used)
{
    rpc_writer *w = t->out;
    bool has_output = t->halt == EVM_SUCCESS || t->halt == EVM_REVERT;
    rpc_end_array(w);
    RPC_MEMBER(w, "gas", number, gas_used);
    RPC_MEMBER(w, "failed", bool, t->halt != EVM_SUCCESS);
    RPC_MEMBER(w, "returnValue", data, t->output.data, has_output ? t->output.size : 0);
    rpc_end_object(w);
}

static status write_tracer(trace *t, const trace_options *o, const trace_place *place, uint64_t gas_limit,
                           uint64_t gas_used, state *before)
{
    rpc_writer *w = t->out;
    switch (o->kind) {
    case STRUCT_LOGS: write_struct_end(t, gas_used); break;
    case CALL_TRACER:
        if (t->root != NULL)
            write_frame(t, o, t->root, &gas_limit, &gas_used, false);
        else
            rpc_null(w);
        break;
    case FLAT_CALL_TRACER: {
        const trace_flat_options flat_options = {.gas = &gas_limit,
                                                 .gas_used = &gas_used,
                                                 .converts_errors = o->converts_errors,
                                                 .with_precompiles = o->with_precompiles};
        rpc_begin_array(w);
        trace_write_flat(t, place, &flat_options);
        rpc_end_array(w);
        break;
    }
    case FOUR_BYTE_TRACER: write_selectors(t); break;
    case NOOP_TRACER:
        rpc_begin_object(w);
        rpc_end_object(w);
        break;
    case PRESTATE_TRACER: return write_prestate(t, o, before);
    case MUX_TRACER:
        rpc_begin_object(w);
        for (size_t i = 0; i < o->part_count; i++) {
            rpc_key(w, o->names[i]);
            TRY(write_tracer(t, &o->parts[i], place, gas_limit, gas_used, before));
        }
        rpc_end_object(w);
        break;
    }
    return OK;
}

status trace_write(trace *t, const trace_place *place, uint64_t gas_limit, uint64_t gas_used, state *before)
{
    return write_tracer(t, t->options, place, gas_limit, gas_used, before);
}
