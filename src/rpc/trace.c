/* Recording a trace; struct logs (EIP-3155's sort), and the methods that trace as geth has them. */
#include "rpc/trace.h"

#include "crypto/keccak.h"

#include <stdio.h>
#include <string.h>

enum {
    OP_SLOAD = 0x54,
    OP_SSTORE = 0x55,
    OP_LOG0 = 0xa0,
    OP_CREATE = 0xf0,
    OP_CALL = 0xf1,
    OP_CALLCODE = 0xf2,
    OP_DELEGATECALL = 0xf4,
    OP_CREATE2 = 0xf5,
    OP_STATICCALL = 0xfa,
    OP_SELFDESTRUCT = 0xff,
};

typedef struct slot_seen {
    struct slot_seen *next;
    address where;
    u256 key, value;
} slot_seen;

static address address_from(u256 word)
{
    uint8_t all[32];
    address a;
    u256_to_be(all, word);
    memcpy(a.bytes, all + 12, 20);
    return a;
}

/* A copy of memory as the machine would read it: beyond its end are zeros. */
static bytes read_memory(arena *to, bytes memory, u256 offset, u256 size)
{
    enum { MOST_BYTES = 1 << 24 };
    if (!u256_fits_u64(size) || size.limb[0] == 0 || size.limb[0] > MOST_BYTES || !u256_fits_u64(offset))
        return (bytes){0};
    uint8_t *copy = arena_allocate_zeroed(to, size.limb[0], 1);
    if (offset.limb[0] < memory.size) {
        size_t there = memory.size - offset.limb[0];
        memcpy(copy, memory.data + offset.limb[0], there < size.limb[0] ? there : size.limb[0]);
    }
    return (bytes){copy, size.limb[0]};
}

static bytes copy_bytes(arena *to, bytes from)
{
    if (from.size == 0)
        return (bytes){0};
    uint8_t *copy = arena_allocate(to, from.size, 1);
    memcpy(copy, from.data, from.size);
    return (bytes){copy, from.size};
}

/* ---- struct logs ---- */

static const char COST_BLANK[] = "                    "; /* as many digits as 64 bits have */

/* What a step cost is known for certain by the gas that is left after it; until then, and where it has no
 * after, what it was to cost stands there. */
static void settle_cost(trace *t, unsigned depth, uint64_t cost)
{
    size_t at = t->last[depth].cost_at;
    if (at == 0 || t->out->full)
        return;
    char digits[24];
    int size = snprintf(digits, sizeof digits, "%llu", (unsigned long long)cost);
    memcpy(t->out->data + at, COST_BLANK, sizeof COST_BLANK - 1);
    memcpy(t->out->data + at + sizeof COST_BLANK - 1 - (size_t)size, digits, (size_t)size);
}

static bool hands_on_gas(uint8_t opcode)
{
    return opcode == OP_CREATE || opcode == OP_CREATE2 || opcode == OP_CALL || opcode == OP_CALLCODE ||
           opcode == OP_DELEGATECALL || opcode == OP_STATICCALL;
}

static void write_storage(trace *t, const evm_step *step)
{
    u256 key = step->stack[0], value = U256_ZERO;
    if (step->opcode == OP_SSTORE) {
        value = step->stack[1];
    } else {
        account *a;
        storage_slot *slot;
        if (state_account(t->world, &a, step->self) != OK || state_slot(t->world, &slot, a, &key) != OK)
            return;
        value = *slot_value(slot);
    }
    slot_seen **at = &t->slots;
    while (*at != NULL && !(memcmp((*at)->where.bytes, step->self->bytes, 20) == 0 &&
                            u256_equal((*at)->key, key)))
        at = &(*at)->next;
    if (*at == NULL) {
        *at = ARENA_NEW(t->memory, slot_seen, 1);
        (*at)->where = *step->self;
        (*at)->key = key;
    }
    (*at)->value = value;
    rpc_key(t->out, "storage");
    rpc_begin_object(t->out);
    for (const slot_seen *s = t->slots; s != NULL; s = s->next) {
        if (memcmp(s->where.bytes, step->self->bytes, 20) != 0)
            continue;
        char name[67] = "0x";
        uint8_t word[32];
        u256_to_be(word, s->key);
        for (int i = 0; i < 32; i++)
            snprintf(name + 2 + 2 * i, 3, "%02x", word[i]);
        RPC_MEMBER(t->out, name, word, s->value);
    }
    rpc_end_object(t->out);
}

static void struct_step(trace *t, const evm_step *step, unsigned depth, const evm_forecast *forecast)
{
    rpc_writer *w = t->out;
    if (!hands_on_gas(t->last[depth].opcode))
        settle_cost(t, depth, t->last[depth].gas - step->gas_left);
    t->last[depth].cost_at = 0;
    if (w->full || (t->options->limit > 0 && t->written_bytes > t->options->limit))
        return;
    size_t begin = w->size_bytes;
    const char *name = evm_opcode_name(step->opcode);
    char unknown[32];
    if (name == NULL) {
        snprintf(unknown, sizeof unknown, "opcode 0x%x not defined", step->opcode);
        name = unknown;
    }
    rpc_begin_object(w);
    RPC_MEMBER(w, "pc", number, step->program_counter);
    RPC_MEMBER(w, "op", string, name);
    RPC_MEMBER(w, "gas", number, step->gas_left);
    rpc_key(w, "gasCost");
    rpc_raw(w, COST_BLANK, sizeof COST_BLANK - 1);
    if (!w->full)
        t->last[depth].cost_at = w->size_bytes - (sizeof COST_BLANK - 1);
    settle_cost(t, depth, forecast->price);
    RPC_MEMBER(w, "depth", number, step->depth);
    /* What fails while it is carried out was logged by then. */
    if (forecast->halt != EVM_SUCCESS && forecast->halt != EVM_INVALID_OPCODE)
        RPC_MEMBER(w, "error", string, forecast->text);
    if (!t->options->no_stack) {
        rpc_key(w, "stack");
        rpc_begin_array(w);
        for (size_t i = step->stack_size; i-- > 0;)
            rpc_quantity_u256(w, step->stack[i]);
        rpc_end_array(w);
    }
    if (t->options->memory && step->memory.size > 0) {
        rpc_key(w, "memory");
        rpc_begin_array(w);
        for (size_t at = 0; at < step->memory.size; at += 32)
            rpc_word(w, u256_from_be(step->memory.data + at, 32));
        rpc_end_array(w);
    }
    if (t->options->return_data && step->return_data.size > 0)
        RPC_MEMBER(w, "returnData", data, step->return_data.data, step->return_data.size);
    if (!t->options->no_storage && forecast->halt == EVM_SUCCESS &&
        (step->opcode == OP_SLOAD || step->opcode == OP_SSTORE))
        write_storage(t, step);
    if (step->refund > 0)
        RPC_MEMBER(w, "refund", number, step->refund);
    rpc_end_object(w);
    t->written_bytes += w->size_bytes - begin;
}

/* ---- frames ---- */

static void add_frame(trace_frame *parent, trace_frame *f)
{
    f->parent = parent;
    if (parent == NULL)
        return;
    if (parent->first == NULL)
        parent->first = f;
    else
        parent->last->next = f;
    parent->last = f;
    parent->call_count++;
}

static bool is_static(const trace_frame *f)
{
    while (f != NULL && f->start.opcode != OP_STATICCALL)
        f = f->parent;
    return f != NULL;
}

static void frame_step(trace *t, const evm_step *step)
{
    trace_frame *f = t->current;
    if (f == NULL)
        return;
    unsigned topics = step->opcode - (unsigned)OP_LOG0;
    if (step->opcode >= OP_LOG0 && topics <= 4) {
        struct trace_log *l = arena_allocate_zeroed(t->memory, sizeof *l, alignof(struct trace_log));
        l->entry.emitter = *step->self;
        l->entry.topic_count = topics;
        for (unsigned i = 0; i < topics; i++)
            u256_to_be(l->entry.topics[i].bytes, step->stack[2 + i]);
        l->entry.data = read_memory(t->memory, step->memory, step->stack[0], step->stack[1]);
        l->position = f->call_count;
        if (f->logs == NULL)
            f->logs = l;
        else
            f->last_log->next = l;
        f->last_log = l;
    }
    if (step->opcode == OP_SELFDESTRUCT && !is_static(f)) {
        account *a;
        trace_frame *end = ARENA_NEW(t->memory, trace_frame, 1);
        end->start = (evm_frame_start){.opcode = OP_SELFDESTRUCT, .caller = *step->self};
        end->start.self = end->start.code_address = address_from(step->stack[0]);
        if (state_account(t->world, &a, step->self) == OK)
            end->start.value = *account_balance(a);
        add_frame(f, end);
    }
}

static void frame_enter(trace *t, const evm_frame_start *start)
{
    trace_frame *f = ARENA_NEW(t->memory, trace_frame, 1);
    f->start = *start;
    if (start->opcode == OP_DELEGATECALL)
        f->start.caller = start->self; /* geth: whose code it is that calls */
    f->start.input = copy_bytes(t->memory, start->input);
    add_frame(t->current, f);
    if (t->current == NULL)
        t->root = f;
    t->current = f;
}

/* Of the frame that ends now, in the words of geth. */
static const char *error_of(trace *t, unsigned depth, const trace_frame *f, evm_halt halt)
{
    enum { OP_RETURN = 0xf3, OP_STOP = 0 };
    if (halt == EVM_SUCCESS)
        return NULL;
    uint8_t opcode = t->last[depth].opcode;
    const char *text = t->last[depth].forecast.text;
    bool creates = f->start.opcode == OP_CREATE || f->start.opcode == OP_CREATE2;
    if (halt == EVM_OUT_OF_GAS && creates && text[0] == 0 && (opcode == OP_RETURN || opcode == OP_STOP))
        return "contract creation code storage out of gas";
    if (halt == EVM_REVERT || text[0] == 0)
        return evm_halt_message(halt);
    char *copy = arena_allocate(t->memory, strlen(text) + 1, 1);
    memcpy(copy, text, strlen(text) + 1);
    return copy;
}

static void frame_leave(trace *t, const evm_result *result, unsigned depth)
{
    trace_frame *f = t->current;
    if (f == NULL)
        return;
    f->halt = result->halt;
    f->error = error_of(t, depth, f, result->halt);
    f->output = copy_bytes(t->memory, result->output);
    f->gas_used = f->start.gas - result->gas_left;
    t->current = f->parent;
}

/* ---- accounts ---- */

static trace_account *account_at(trace *t, const address *where)
{
    trace_account **at = &t->accounts;
    while (*at != NULL && memcmp((*at)->where.bytes, where->bytes, 20) != 0)
        at = &(*at)->next;
    if (*at == NULL) {
        *at = ARENA_NEW(t->memory, trace_account, 1);
        (*at)->where = *where;
        (*at)->end = &(*at)->keys;
    }
    return *at;
}

void trace_touch(trace *t, const address *where) { account_at(t, where); }

/* An account that is called, and what it delegates to (EIP-7702). */
static void touch_callee(trace *t, const address *where)
{
    account *a;
    const contract_code *code;
    account_at(t, where);
    if (t->fork < FORK_PRAGUE || state_account(t->world, &a, where) != OK ||
        state_code(t->world, &code, a) != OK || code->code.size != 23 ||
        memcmp(code->code.data, (const uint8_t[]){0xef, 1, 0}, 3) != 0)
        return;
    address target;
    memcpy(target.bytes, code->code.data + 3, 20);
    account_at(t, &target);
}

static void touch_created(trace *t, const address *where) { account_at(t, where)->is_created = true; }

void trace_touch_transaction(trace *t, const transaction *tx, const address *sender, uint64_t nonce)
{
    address a;
    account_at(t, sender);
    if (tx->creates) {
        transaction_created_address(&a, sender, nonce);
        touch_created(t, &a);
    } else {
        touch_callee(t, &tx->to);
    }
    bytes rest = tx->authorizations;
    for (size_t i = 0; i < tx->authorization_count; i++) {
        transaction_authorization one;
        if (transaction_next_authorization(&one, &rest) != OK)
            return;
        if (transaction_authority(&a, &one) == OK)
            account_at(t, &a);
    }
}

static void touch_key(trace *t, const evm_step *step)
{
    trace_account *a = account_at(t, step->self);
    for (const struct trace_key *k = a->keys; k != NULL; k = k->next)
        if (u256_equal(k->key, step->stack[0]))
            return;
    struct trace_key *k = arena_allocate_zeroed(t->memory, sizeof *k, alignof(struct trace_key));
    k->key = step->stack[0];
    *a->end = k;
    a->end = &k->next;
}

static void touch_create2(trace *t, const evm_step *step)
{
    uint8_t preimage[85] = {0xff};
    hash256 hash;
    address created;
    bytes code = read_memory(t->memory, step->memory, step->stack[1], step->stack[2]);
    keccak256(&hash, code.data, code.size);
    memcpy(preimage + 1, step->self->bytes, 20);
    u256_to_be(preimage + 21, step->stack[3]);
    memcpy(preimage + 53, hash.bytes, 32);
    keccak256(&hash, preimage, sizeof preimage);
    memcpy(created.bytes, hash.bytes + 12, 20);
    touch_created(t, &created);
}

static void account_step(trace *t, const evm_step *step)
{
    enum { BALANCE = 0x31, EXTCODESIZE = 0x3b, EXTCODECOPY = 0x3c, EXTCODEHASH = 0x3f };
    address a;
    account *self;
    switch (step->opcode) {
    case OP_SLOAD:
    case OP_SSTORE: touch_key(t, step); return;
    case OP_CALL:
    case OP_CALLCODE:
    case OP_DELEGATECALL:
    case OP_STATICCALL:
        a = address_from(step->stack[1]);
        touch_callee(t, &a);
        return;
    case BALANCE:
    case EXTCODESIZE:
    case EXTCODECOPY:
    case EXTCODEHASH:
    case OP_SELFDESTRUCT:
        a = address_from(step->stack[0]);
        account_at(t, &a);
        if (step->opcode == OP_SELFDESTRUCT) {
            trace_account *own = account_at(t, step->self);
            own->is_deleted = own->is_deleted || own->is_created || t->fork < FORK_CANCUN;
        }
        return;
    case OP_CREATE:
        if (state_account(t->world, &self, step->self) != OK)
            return;
        transaction_created_address(&a, step->self, account_nonce(self));
        touch_created(t, &a);
        return;
    case OP_CREATE2: touch_create2(t, step); return;
    default: return;
    }
}

/* ---- the tracer's functions ---- */

static void on_step(void *context, const evm_step *step)
{
    trace *t = context;
    unsigned depth = step->depth < TRACE_MOST_DEPTH ? step->depth : TRACE_MOST_DEPTH;
    evm_forecast *forecast = &t->last[depth].forecast;
    evm_forecast_step(t->vm, forecast);
    if (t->options->kind == STRUCT_LOGS)
        struct_step(t, step, depth, forecast);
    t->last[depth].gas = step->gas_left;
    t->last[depth].opcode = step->opcode;
    if (forecast->halt != EVM_SUCCESS)
        return;
    if (t->keeps_frames)
        frame_step(t, step);
    if (t->keeps_accounts)
        account_step(t, step);
}

static void on_enter(void *context, const evm_frame_start *start)
{
    trace *t = context;
    unsigned depth = start->depth < TRACE_MOST_DEPTH ? start->depth : TRACE_MOST_DEPTH;
    if (t->options->kind == STRUCT_LOGS && depth > 1) {
        bool creates = start->opcode == OP_CREATE || start->opcode == OP_CREATE2;
        settle_cost(t, depth - 1,
                    t->last[depth - 1].gas - start->caller_gas_left - (creates ? start->gas : 0));
    }
    t->last[depth].cost_at = 0;
    t->last[depth].opcode = 0;
    t->last[depth].forecast.text[0] = 0;
    if (t->keeps_frames)
        frame_enter(t, start);
    t->depth = start->depth;
}

static void on_leave(void *context, const evm_result *result)
{
    trace *t = context;
    unsigned depth = t->depth < TRACE_MOST_DEPTH ? t->depth : TRACE_MOST_DEPTH;
    if (t->keeps_frames)
        frame_leave(t, result, depth);
    if (depth <= 1) {
        t->halt = result->halt;
        t->output = copy_bytes(t->memory, result->output);
    }
    t->depth = t->depth == 0 ? 0 : t->depth - 1;
}

static bool keeps(const trace_options *o, bool (*one)(tracer_kind kind))
{
    if (o->kind != MUX_TRACER)
        return one(o->kind);
    for (size_t i = 0; i < o->part_count; i++)
        if (keeps(&o->parts[i], one))
            return true;
    return false;
}

static bool is_of_frames(tracer_kind kind)
{
    return kind == CALL_TRACER || kind == FLAT_CALL_TRACER || kind == FOUR_BYTE_TRACER;
}

static bool is_of_accounts(tracer_kind kind) { return kind == PRESTATE_TRACER; }

bool trace_wants_before(const trace_options *options) { return keeps(options, is_of_accounts); }

trace *trace_begin(rpc_call *c, const trace_options *options, store_session *session)
{
    trace *t = ARENA_NEW(c->memory, trace, 1);
    t->options = options;
    t->out = c->out;
    t->memory = c->memory;
    t->world = session->world;
    t->vm = session->run->vm;
    t->fork = session->run->block.fork;
    t->keeps_frames = keeps(options, is_of_frames);
    t->keeps_accounts = keeps(options, is_of_accounts);
    t->functions = (evm_tracer){.step = on_step, .enter = on_enter, .leave = on_leave, .context = t};
    if (options->kind == NOOP_TRACER)
        t->functions.step = NULL;
    evm_set_tracer(t->vm, &t->functions);
    if (options->kind == STRUCT_LOGS) {
        rpc_begin_object(c->out);
        rpc_key(c->out, "structLogs");
        rpc_begin_array(c->out);
    }
    return t;
}

void trace_end(trace *t) { evm_set_tracer(t->vm, NULL); }

/* ---- options ---- */

static bool parse_tracer(rpc_call *c, trace_options *out, const char *name, const json_t *config);

static bool parse_parts(rpc_call *c, trace_options *out, const json_t *config)
{
    size_t count = json_object_size(config), i = 0;
    const char *name;
    json_t *value;
    out->part_count = count;
    out->parts = ARENA_NEW(c->memory, trace_options, count + 1);
    out->names = ARENA_NEW(c->memory, const char *, count + 1);
    json_object_foreach ((json_t *)config, name, value) {
        out->names[i] = name;
        if (!parse_tracer(c, &out->parts[i++], name, value))
            return false;
    }
    return true;
}

static bool parse_tracer(rpc_call *c, trace_options *out, const char *name, const json_t *config)
{
    static const struct {
        const char *name;
        tracer_kind kind;
    } tracers[] = {
        {"callTracer", CALL_TRACER},        {"flatCallTracer", FLAT_CALL_TRACER},
        {"4byteTracer", FOUR_BYTE_TRACER},  {"noopTracer", NOOP_TRACER},
        {"prestateTracer", PRESTATE_TRACER}, {"muxTracer", MUX_TRACER},
    };
    size_t i = 0;
    while (i < sizeof tracers / sizeof tracers[0] && strcmp(tracers[i].name, name) != 0)
        i++;
    if (i == sizeof tracers / sizeof tracers[0])
        return rpc_error(c, RPC_FAILED, "tracer not found: %.100s (tracers in JavaScript are not supported)",
                         name);
    if (config != NULL && !json_is_null(config) && !json_is_object(config))
        return rpc_error(c, RPC_FAILED, "tracerConfig of %s is not an object", name);
    out->kind = tracers[i].kind;
    out->only_top = json_is_true(rpc_member(config, "onlyTopCall"));
    out->with_logs = json_is_true(rpc_member(config, "withLog"));
    out->converts_errors = json_is_true(rpc_member(config, "convertParityErrors"));
    out->with_precompiles = json_is_true(rpc_member(config, "includePrecompiles"));
    out->difference = json_is_true(rpc_member(config, "diffMode"));
    out->without_code = json_is_true(rpc_member(config, "disableCode"));
    out->without_storage = json_is_true(rpc_member(config, "disableStorage"));
    out->with_empty = json_is_true(rpc_member(config, "includeEmpty"));
    if (out->kind == PRESTATE_TRACER && out->difference && out->with_empty)
        return rpc_error(c, RPC_FAILED, "cannot use diffMode with includeEmpty");
    return out->kind != MUX_TRACER || parse_parts(c, out, config);
}

bool trace_parse_options(rpc_call *c, trace_options *out, const json_t *options)
{
    memset(out, 0, sizeof *out);
    const char *name = json_string_value(rpc_member(options, "tracer"));
    if (name != NULL && name[0] != 0)
        return parse_tracer(c, out, name, rpc_member(options, "tracerConfig"));
    out->memory = json_is_true(rpc_member(options, "enableMemory"));
    out->no_stack = json_is_true(rpc_member(options, "disableStack"));
    out->no_storage = json_is_true(rpc_member(options, "disableStorage"));
    out->return_data = json_is_true(rpc_member(options, "enableReturnData"));
    out->limit = (uint64_t)json_integer_value(rpc_member(options, "limit"));
    return true;
}

/* ---- transactions and blocks ---- */

trace *trace_transaction(rpc_call *c, const trace_options *options, store_session *session,
                         const store_transaction *tx, uint64_t *gas_used)
{
    uint64_t gas_before = session->run->gas_used;
    trace *t = trace_begin(c, options, session);
    if (t->keeps_accounts) {
        trace_touch(t, &session->header.coinbase);
        trace_touch_transaction(t, &tx->tx, &tx->sender, tx->tx.nonce);
    }
    status s = store_session_next(session, tx);
    trace_end(t);
    if (s != OK) {
        rpc_refuse(c, s);
        return NULL;
    }
    *gas_used = session->run->gas_used - gas_before;
    return t;
}

static bool trace_one(rpc_call *c, const trace_options *options, store_session *session,
                      const store_block *block, const store_transaction *tx)
{
    uint64_t gas_used;
    const trace_place place = {true, block->hash, tx->hash, block->header.number, tx->index};
    trace *t = trace_transaction(c, options, session, tx, &gas_used);
    if (t == NULL)
        return false;
    size_t mark = c->memory->used_bytes;
    store_session before = {0};
    status s = OK;
    if (trace_wants_before(options))
        s = store_session_replay(&before, c->view, block, tx->index);
    if (s == OK)
        s = trace_write(t, &place, tx->tx.gas_limit, gas_used, before.world);
    arena_rewind(c->memory, mark);
    return s == OK || rpc_refuse(c, s);
}

bool trace_open_transaction(rpc_call *c, store_session *session, store_block *block, store_transaction *tx)
{
    hash256 hash;
    store_view *v;
    if (!rpc_parse_hash(c, &hash, rpc_parameter(c, 0), 0) || (v = rpc_view(c)) == NULL)
        return false;
    status s = store_transaction_by_hash(v, tx, &hash);
    if (s == OK)
        s = store_block_by_number(v, block, tx->block_number);
    if (s == OK)
        s = store_session_replay(session, v, block, tx->index);
    return s == OK || rpc_refuse(c, s);
}

bool trace_open_block(rpc_call *c, store_session *session, const rpc_block *block, size_t count)
{
    if (!block->found || block->is_pending) {
        const char *name = json_string_value(rpc_parameter(c, 0));
        return rpc_error(c, RPC_FAILED, "block %s not found", name == NULL ? "" : name);
    }
    if (block->block.header.number == store_first_number(c->view))
        return rpc_error(c, RPC_FAILED, "genesis is not traceable");
    status s = store_session_replay(session, c->view, &block->block, count);
    return s == OK || rpc_refuse(c, s);
}

void rpc_debug_traceTransaction(rpc_call *c)
{
    trace_options options;
    store_transaction tx;
    store_block block;
    store_session session;
    if (trace_parse_options(c, &options, rpc_parameter(c, 1)) &&
        trace_open_transaction(c, &session, &block, &tx))
        trace_one(c, &options, &session, &block, &tx);
}

static void trace_block(rpc_call *c)
{
    rpc_block block;
    trace_options options;
    store_session session;
    if (!rpc_parse_block(c, &block, rpc_parameter(c, 0), 0) ||
        !trace_parse_options(c, &options, rpc_parameter(c, 1)) || !trace_open_block(c, &session, &block, 0))
        return;
    rpc_begin_array(c->out);
    for (size_t i = 0; i < block.block.transaction_count; i++) {
        store_transaction tx;
        RPC_TRY(c, store_transaction_at(c->view, &tx, &block.block, i));
        rpc_begin_object(c->out);
        RPC_MEMBER(c->out, "txHash", hash, &tx.hash);
        rpc_key(c->out, "result");
        if (!trace_one(c, &options, &session, &block.block, &tx))
            return;
        rpc_end_object(c->out);
    }
    rpc_end_array(c->out);
}

void rpc_debug_traceBlockByNumber(rpc_call *c) { trace_block(c); }
void rpc_debug_traceBlockByHash(rpc_call *c) { trace_block(c); }

void rpc_debug_traceCall(rpc_call *c)
{
    rpc_run_request q;
    trace_options options;
    store_session session, before = {0};
    store_call_result result;
    account *from;
    const json_t *json = rpc_parameter(c, 2);
    if (!trace_parse_options(c, &options, json) || !rpc_parse_run(c, &q, 0, 0) ||
        !rpc_parse_overrides(c, &q.overrides, rpc_member(json, "stateOverrides"), 2) ||
        !rpc_parse_block_overrides(c, &q.block_overrides, rpc_member(json, "blockOverrides"), 2) ||
        !rpc_open_session(c, &session, &q))
        return;
    trace *t = trace_begin(c, &options, &session);
    if (t->keeps_accounts) {
        const transaction tx = {.creates = q.call.creates,
                                .to = q.call.to,
                                .authorizations = q.call.authorizations,
                                .authorization_count = q.call.authorization_count};
        RPC_TRY(c, state_account(session.world, &from, &q.call.from));
        trace_touch(t, &session.run->block.coinbase);
        trace_touch_transaction(t, &tx, &q.call.from, account_nonce(from));
    }
    status s = store_session_call(&session, &result, &q.call);
    trace_end(t);
    if (s != OK) {
        rpc_refuse_call(c, s, &session, &q.call);
        return;
    }
    if (trace_wants_before(&options) && !rpc_open_session(c, &before, &q))
        return;
    const trace_place nowhere = {0};
    uint64_t gas_limit = q.call.has_gas ? q.call.gas : q.base.header.gas_limit;
    RPC_TRY(c, trace_write(t, &nowhere, gas_limit, result.gas_used, before.world));
}
