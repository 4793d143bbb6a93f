/* Raw data, witnesses, and traces: struct logs (EIP-3155's sort), callTracer, prestateTracer, as geth has
 * them. */
#include "rpc/internal.h"

#include "crypto/keccak.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- raw ---- */

static bool raw_block(rpc_call *c, rpc_block *block)
{
    if (!rpc_parse_block(c, block, rpc_parameter(c, 0), 0))
        return false;
    const char *name = json_string_value(rpc_parameter(c, 0));
    return block->found || rpc_error(c, RPC_FAILED, "block %s not found", name == NULL ? "" : name);
}

void rpc_debug_getRawBlock(rpc_call *c)
{
    rpc_block block;
    if (raw_block(c, &block))
        rpc_data(c->out, block.block.encoding.data, block.block.encoding.size);
}

void rpc_debug_getRawHeader(rpc_call *c)
{
    rpc_block block;
    if (raw_block(c, &block))
        rpc_data(c->out, block.block.header_encoding.data, block.block.header_encoding.size);
}

void rpc_debug_getRawReceipts(rpc_call *c)
{
    rpc_block block;
    node_receipt *receipts;
    if (!raw_block(c, &block))
        return;
    if (block.is_pending)
        RPC_TRY(c, node_receipts_decode(&receipts, c->memory, block.pending.receipts,
                                        block.block.transaction_count));
    else
        RPC_TRY(c, node_receipts(c->view, &receipts, &block.block));
    rpc_begin_array(c->out);
    for (size_t i = 0; i < block.block.transaction_count; i++)
        rpc_data(c->out, receipts[i].encoding.data, receipts[i].encoding.size);
    rpc_end_array(c->out);
}

static void write_all(rpc_writer *w, const char *name, const bytes *items, size_t count)
{
    rpc_key(w, name);
    rpc_begin_array(w);
    for (size_t i = 0; i < count; i++)
        rpc_data(w, items[i].data, items[i].size);
    rpc_end_array(w);
}

/* EIP-8025 has nodes and codes ascending. */
static int compare_bytes(const void *left, const void *right)
{
    const bytes *a = left, *b = right;
    int order = memcmp(a->data, b->data, a->size < b->size ? a->size : b->size);
    return order != 0 ? order : (a->size > b->size) - (a->size < b->size);
}

static const bytes *sorted(arena *memory, const bytes *items, size_t count)
{
    bytes *copy = ARENA_NEW(memory, bytes, count);
    if (count > 0) {
        memcpy(copy, items, count * sizeof *copy);
        qsort(copy, count, sizeof *copy, compare_bytes);
    }
    return copy;
}

void rpc_debug_executionWitness(rpc_call *c)
{
    rpc_block block;
    chain_input input;
    if (!raw_block(c, &block))
        return;
    RPC_TRY(c, node_witness(c->view, &input, &block.block));
    rpc_begin_object(c->out);
    write_all(c->out, "state", sorted(c->memory, input.nodes, input.node_count), input.node_count);
    write_all(c->out, "codes", sorted(c->memory, input.codes, input.code_count), input.code_count);
    write_all(c->out, "keys", NULL, 0);
    write_all(c->out, "headers", input.headers, input.header_count);
    rpc_end_object(c->out);
}

/* ---- what traces have in common ---- */

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
    MOST_DEPTH = 1026,
};

typedef enum { STRUCT_LOGS, CALL_TRACER, PRESTATE_TRACER } tracer_kind;

typedef struct {
    tracer_kind kind;
    bool memory, no_stack, no_storage, return_data; /* struct logs */
    uint64_t limit;
    bool only_top, with_logs, difference;
} trace_options;

typedef struct slot_seen {
    struct slot_seen *next;
    address where;
    u256 key, value;
} slot_seen;

typedef struct frame {
    struct frame *next, *parent, *first, *last;
    evm_frame_start start;
    uint64_t gas_used;
    evm_halt halt;
    bytes output;
    struct frame_log {
        struct frame_log *next;
        log_entry entry;
        size_t position; /* how many calls came before it */
    } *logs, *last_log;
    size_t call_count;
} frame;

typedef struct account_seen {
    struct account_seen *next;
    address where;
    struct key_seen {
        struct key_seen *next;
        u256 key;
    } *keys;
} account_seen;

typedef struct {
    const trace_options *options;
    rpc_writer *out;
    arena *memory;
    state *world;
    /* the outermost message */
    evm_halt halt;
    bytes output;
    unsigned depth; /* of the frame that runs */
    /* struct logs: of each depth, the entry whose cost is not known yet */
    struct {
        size_t cost_at; /* in the text; 0: none */
        uint64_t gas, child_gas_left;
    } open[MOST_DEPTH + 1];
    uint64_t steps;
    slot_seen *slots;
    /* callTracer */
    frame *root, *current;
    /* prestateTracer */
    account_seen *accounts;
} trace;

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

static void settle_cost(trace *t, unsigned depth, uint64_t cost)
{
    size_t at = t->open[depth].cost_at;
    t->open[depth].cost_at = 0;
    if (at == 0 || t->out->full)
        return;
    char digits[24];
    int size = snprintf(digits, sizeof digits, "%llu", (unsigned long long)cost);
    memcpy(t->out->data + at + sizeof COST_BLANK - 1 - (size_t)size, digits, (size_t)size);
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

static void struct_step(void *context, const evm_step *step)
{
    trace *t = context;
    rpc_writer *w = t->out;
    unsigned depth = step->depth < MOST_DEPTH ? step->depth : MOST_DEPTH;
    settle_cost(t, depth, t->open[depth].gas - step->gas_left + t->open[depth].child_gas_left);
    t->open[depth].gas = step->gas_left;
    t->open[depth].child_gas_left = 0;
    if (w->full || (t->options->limit > 0 && t->steps >= t->options->limit))
        return;
    t->steps++;
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
    if (!w->full) {
        t->open[depth].cost_at = w->size_bytes - (sizeof COST_BLANK - 1);
        w->data[w->size_bytes - 1] = '0';
    }
    RPC_MEMBER(w, "depth", number, step->depth);
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
    if (!t->options->no_storage && ((step->opcode == OP_SLOAD && step->stack_size > 0) ||
                                    (step->opcode == OP_SSTORE && step->stack_size > 1)))
        write_storage(t, step);
    if (step->refund > 0)
        RPC_MEMBER(w, "refund", number, step->refund);
    rpc_end_object(w);
}

/* ---- callTracer ---- */

static void call_step(trace *t, const evm_step *step)
{
    frame *f = t->current;
    if (f == NULL)
        return;
    unsigned topics = step->opcode - OP_LOG0;
    if (t->options->with_logs && step->opcode >= OP_LOG0 && topics <= 4 && step->stack_size >= topics + 2) {
        struct frame_log *l = arena_allocate_zeroed(t->memory, sizeof *l, alignof(struct frame_log));
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
    if (step->opcode == OP_SELFDESTRUCT && step->stack_size > 0 && !t->options->only_top) {
        account *a;
        frame *end = ARENA_NEW(t->memory, frame, 1);
        end->parent = f;
        end->start = (evm_frame_start){.opcode = OP_SELFDESTRUCT, .caller = *step->self};
        end->start.self = end->start.code_address = address_from(step->stack[0]);
        if (state_account(t->world, &a, step->self) == OK)
            end->start.value = *account_balance(a);
        if (f->first == NULL)
            f->first = end;
        else
            f->last->next = end;
        f->last = end;
        f->call_count++;
    }
}

static void on_enter(trace *t, const evm_frame_start *start)
{
    frame *f = ARENA_NEW(t->memory, frame, 1), *parent = t->current;
    f->start = *start;
    f->start.input = copy_bytes(t->memory, start->input);
    f->parent = parent;
    if (parent == NULL) {
        t->root = f;
    } else {
        if (parent->first == NULL)
            parent->first = f;
        else
            parent->last->next = f;
        parent->last = f;
        parent->call_count++;
    }
    t->current = f;
}

static const char *frame_type(uint8_t opcode)
{
    const char *name = evm_opcode_name(opcode);
    return name == NULL ? "CALL" : name;
}

static void write_frame(const trace *t, const frame *f, const uint64_t *gas, const uint64_t *gas_used)
{
    rpc_writer *w = t->out;
    bool creates = f->start.opcode == OP_CREATE || f->start.opcode == OP_CREATE2;
    rpc_begin_object(w);
    RPC_MEMBER(w, "type", string, frame_type(f->start.opcode));
    RPC_MEMBER(w, "from", address, &f->start.caller);
    if (!(creates && f->halt != EVM_SUCCESS))
        RPC_MEMBER(w, "to", address, creates ? &f->start.self : &f->start.code_address);
    if (f->start.opcode != OP_STATICCALL)
        RPC_MEMBER(w, "value", quantity_u256, f->start.value);
    RPC_MEMBER(w, "gas", quantity, gas != NULL ? *gas : f->start.gas);
    RPC_MEMBER(w, "gasUsed", quantity, gas_used != NULL ? *gas_used : f->gas_used);
    RPC_MEMBER(w, "input", data, f->start.input.data, f->start.input.size);
    if (f->output.size > 0 && (f->halt == EVM_SUCCESS || f->halt == EVM_REVERT))
        RPC_MEMBER(w, "output", data, f->output.data, f->output.size);
    if (f->halt != EVM_SUCCESS) {
        RPC_MEMBER(w, "error", string, evm_halt_message(f->halt));
        if (f->halt == EVM_REVERT) {
            const char *reason = strchr(rpc_revert_text(t->memory, f->output), ':');
            if (reason != NULL)
                RPC_MEMBER(w, "revertReason", string, reason + 2);
        }
    }
    if (f->first != NULL && !t->options->only_top) {
        rpc_key(w, "calls");
        rpc_begin_array(w);
        for (const frame *child = f->first; child != NULL; child = child->next)
            write_frame(t, child, NULL, NULL);
        rpc_end_array(w);
    }
    if (f->logs != NULL && f->halt == EVM_SUCCESS) {
        rpc_key(w, "logs");
        rpc_begin_array(w);
        for (const struct frame_log *l = f->logs; l != NULL; l = l->next) {
            rpc_begin_object(w);
            RPC_MEMBER(w, "address", address, &l->entry.emitter);
            rpc_key(w, "topics");
            rpc_begin_array(w);
            for (unsigned i = 0; i < l->entry.topic_count; i++)
                rpc_hash(w, &l->entry.topics[i]);
            rpc_end_array(w);
            RPC_MEMBER(w, "data", data, l->entry.data.data, l->entry.data.size);
            RPC_MEMBER(w, "position", quantity, l->position);
            rpc_end_object(w);
        }
        rpc_end_array(w);
    }
    rpc_end_object(w);
}

/* ---- prestateTracer ---- */

static account_seen *see(trace *t, const address *where)
{
    account_seen **at = &t->accounts;
    while (*at != NULL && memcmp((*at)->where.bytes, where->bytes, 20) != 0)
        at = &(*at)->next;
    if (*at == NULL) {
        *at = ARENA_NEW(t->memory, account_seen, 1);
        (*at)->where = *where;
    }
    return *at;
}

static void prestate_step(trace *t, const evm_step *step)
{
    enum { BALANCE = 0x31, EXTCODESIZE = 0x3b, EXTCODECOPY = 0x3c, EXTCODEHASH = 0x3f };
    size_t position = 0;
    switch (step->opcode) {
    case OP_SLOAD:
    case OP_SSTORE:
        if (step->stack_size > 0) {
            struct key_seen **at = &see(t, step->self)->keys;
            while (*at != NULL && !u256_equal((*at)->key, step->stack[0]))
                at = &(*at)->next;
            if (*at == NULL) {
                *at = arena_allocate_zeroed(t->memory, sizeof **at, alignof(struct key_seen));
                (*at)->key = step->stack[0];
            }
        }
        return;
    case OP_CALL:
    case OP_CALLCODE:
    case OP_DELEGATECALL:
    case OP_STATICCALL:
        position = 1;
        break;
    case BALANCE:
    case EXTCODESIZE:
    case EXTCODECOPY:
    case EXTCODEHASH:
    case OP_SELFDESTRUCT:
        break;
    default:
        return;
    }
    if (step->stack_size > position) {
        address a = address_from(step->stack[position]);
        see(t, &a);
    }
}

typedef struct {
    bool exists;
    u256 balance;
    uint64_t nonce;
    bytes code;
    u256 *values; /* of keys, in order */
} account_then;

static status read_account(account_then *out, arena *memory, state *world, const account_seen *seen)
{
    account *a;
    const contract_code *code;
    size_t count = 0;
    for (const struct key_seen *k = seen->keys; k != NULL; k = k->next)
        count++;
    memset(out, 0, sizeof *out);
    TRY(state_account(world, &a, &seen->where));
    out->exists = account_exists(a);
    out->balance = *account_balance(a);
    out->nonce = account_nonce(a);
    TRY(state_code(world, &code, a));
    out->code = copy_bytes(memory, code->code);
    out->values = ARENA_NEW(memory, u256, count + 1);
    size_t i = 0;
    for (const struct key_seen *k = seen->keys; k != NULL; k = k->next, i++) {
        storage_slot *slot;
        TRY(state_slot(world, &slot, a, &k->key));
        out->values[i] = *slot_value(slot);
    }
    return OK;
}

static bool same_bytes(bytes a, bytes b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* `other` NULL: all there is. Otherwise only where the two differ. */
static void write_account_then(rpc_writer *w, const account_seen *seen, const account_then *a,
                               const account_then *other, bool is_post)
{
    char name[43] = "0x";
    for (int i = 0; i < 20; i++)
        snprintf(name + 2 + 2 * i, 3, "%02x", seen->where.bytes[i]);
    rpc_key(w, name);
    rpc_begin_object(w);
    if (other == NULL || !is_post || !u256_equal(a->balance, other->balance))
        RPC_MEMBER(w, "balance", quantity_u256, a->balance);
    if (a->nonce > 0 && (other == NULL || !is_post || a->nonce != other->nonce))
        RPC_MEMBER(w, "nonce", number, a->nonce);
    if (a->code.size > 0 && (other == NULL || !is_post || !same_bytes(a->code, other->code)))
        RPC_MEMBER(w, "code", data, a->code.data, a->code.size);
    bool any = false;
    size_t i = 0;
    for (const struct key_seen *k = seen->keys; k != NULL; k = k->next, i++) {
        if (other != NULL && (u256_equal(a->values[i], other->values[i]) || u256_is_zero(a->values[i])))
            continue;
        if (!any) {
            rpc_key(w, "storage");
            rpc_begin_object(w);
            any = true;
        }
        char slot[67] = "0x";
        uint8_t word[32];
        u256_to_be(word, k->key);
        for (int b = 0; b < 32; b++)
            snprintf(slot + 2 + 2 * b, 3, "%02x", word[b]);
        RPC_MEMBER(w, slot, word, a->values[i]);
    }
    if (any)
        rpc_end_object(w);
    rpc_end_object(w);
}

static bool then_differ(const account_seen *seen, const account_then *a, const account_then *b)
{
    if (a->exists != b->exists || !u256_equal(a->balance, b->balance) || a->nonce != b->nonce ||
        !same_bytes(a->code, b->code))
        return true;
    size_t i = 0;
    for (const struct key_seen *k = seen->keys; k != NULL; k = k->next, i++)
        if (!u256_equal(a->values[i], b->values[i]))
            return true;
    return false;
}

static status write_prestate(const trace *t, state *before, state *after)
{
    rpc_writer *w = t->out;
    size_t count = 0, i = 0;
    for (const account_seen *a = t->accounts; a != NULL; a = a->next)
        count++;
    account_then *pre = ARENA_NEW(t->memory, account_then, count + 1);
    account_then *post = ARENA_NEW(t->memory, account_then, count + 1);
    for (const account_seen *a = t->accounts; a != NULL; a = a->next, i++) {
        TRY(read_account(&pre[i], t->memory, before, a));
        if (t->options->difference)
            TRY(read_account(&post[i], t->memory, after, a));
    }
    rpc_begin_object(w);
    if (!t->options->difference) {
        i = 0;
        for (const account_seen *a = t->accounts; a != NULL; a = a->next, i++)
            if (pre[i].exists)
                write_account_then(w, a, &pre[i], NULL, false);
        rpc_end_object(w);
        return OK;
    }
    for (int is_post = 0; is_post < 2; is_post++) {
        const account_then *mine = is_post ? post : pre, *theirs = is_post ? pre : post;
        rpc_key(w, is_post ? "post" : "pre");
        rpc_begin_object(w);
        i = 0;
        for (const account_seen *a = t->accounts; a != NULL; a = a->next, i++)
            if (mine[i].exists && then_differ(a, &pre[i], &post[i]))
                write_account_then(w, a, &mine[i], &theirs[i], is_post);
        rpc_end_object(w);
    }
    rpc_end_object(w);
    return OK;
}

/* ---- the tracer's functions ---- */

static void trace_step(void *context, const evm_step *step)
{
    trace *t = context;
    if (t->options->kind == STRUCT_LOGS)
        struct_step(t, step);
    else if (t->options->kind == CALL_TRACER)
        call_step(t, step);
    else
        prestate_step(t, step);
}

static void trace_enter(void *context, const evm_frame_start *start)
{
    trace *t = context;
    if (t->options->kind == CALL_TRACER)
        on_enter(t, start);
    if (t->options->kind == PRESTATE_TRACER) {
        see(t, &start->caller);
        see(t, &start->self);
    }
    if (t->options->kind == STRUCT_LOGS) {
        unsigned depth = start->depth < MOST_DEPTH ? start->depth : MOST_DEPTH;
        t->open[depth].cost_at = 0;
        t->open[depth].gas = start->gas;
    }
    t->depth = start->depth;
}

static void trace_leave(void *context, const evm_result *result)
{
    trace *t = context;
    unsigned depth = t->depth;
    if (t->options->kind == STRUCT_LOGS && depth <= MOST_DEPTH) {
        uint64_t gas = t->open[depth].gas;
        bool kept = result->halt == EVM_SUCCESS || result->halt == EVM_REVERT;
        settle_cost(t, depth, kept && gas > result->gas_left ? gas - result->gas_left : kept ? 0 : gas);
        if (depth > 1)
            t->open[depth - 1].child_gas_left = result->gas_left;
    }
    if (t->options->kind == CALL_TRACER && t->current != NULL) {
        frame *f = t->current;
        f->halt = result->halt;
        f->output = copy_bytes(t->memory, result->output);
        f->gas_used = f->start.gas - result->gas_left;
        t->current = f->parent;
    }
    if (depth <= 1) {
        t->halt = result->halt;
        t->output = copy_bytes(t->memory, result->output);
    }
    t->depth = depth == 0 ? 0 : depth - 1;
}

static bool parse_options(rpc_call *c, trace_options *out, const json_t *options)
{
    memset(out, 0, sizeof *out);
    const char *name = json_string_value(json_object_get(options, "tracer"));
    const json_t *config = json_object_get(options, "tracerConfig");
    if (name != NULL && strcmp(name, "callTracer") == 0)
        out->kind = CALL_TRACER;
    else if (name != NULL && strcmp(name, "prestateTracer") == 0)
        out->kind = PRESTATE_TRACER;
    else if (name != NULL && name[0] != 0)
        return rpc_error(c, RPC_FAILED, "tracer not found: %.100s", name);
    out->memory = json_is_true(json_object_get(options, "enableMemory"));
    out->no_stack = json_is_true(json_object_get(options, "disableStack"));
    out->no_storage = json_is_true(json_object_get(options, "disableStorage"));
    out->return_data = json_is_true(json_object_get(options, "enableReturnData"));
    out->limit = (uint64_t)json_integer_value(json_object_get(options, "limit"));
    out->only_top = json_is_true(json_object_get(config, "onlyTopCall"));
    out->with_logs = json_is_true(json_object_get(config, "withLog"));
    out->difference = json_is_true(json_object_get(config, "diffMode"));
    return true;
}

static trace *trace_begin(rpc_call *c, const trace_options *options, node_session *session,
                          evm_tracer *tracer)
{
    trace *t = ARENA_NEW(c->memory, trace, 1);
    t->options = options;
    t->out = c->out;
    t->memory = c->memory;
    t->world = session->world;
    *tracer = (evm_tracer){trace_step, trace_enter, trace_leave, t};
    evm_set_tracer(session->run->vm, tracer);
    if (options->kind == STRUCT_LOGS) {
        rpc_begin_object(c->out);
        rpc_key(c->out, "structLogs");
        rpc_begin_array(c->out);
    }
    return t;
}

/* What is the tracer's own to say once the message has ended; the prestate is the caller's. */
static void trace_end(trace *t, uint64_t gas_limit, uint64_t gas_used)
{
    rpc_writer *w = t->out;
    if (t->options->kind == STRUCT_LOGS) {
        rpc_end_array(w);
        RPC_MEMBER(w, "gas", number, gas_used);
        RPC_MEMBER(w, "failed", bool, t->halt != EVM_SUCCESS);
        bool has_output = t->halt == EVM_SUCCESS || t->halt == EVM_REVERT;
        RPC_MEMBER(w, "returnValue", data, t->output.data, has_output ? t->output.size : 0);
        rpc_end_object(w);
    } else if (t->options->kind == CALL_TRACER && t->root != NULL) {
        write_frame(t, t->root, &gas_limit, &gas_used);
    } else if (t->options->kind == CALL_TRACER) {
        rpc_null(w);
    }
}

/* One transaction of a block; the session stands before it and afterwards behind it. */
static bool trace_one(rpc_call *c, const trace_options *options, node_session *session,
                      const node_block *block,
                      const node_transaction *tx)
{
    evm_tracer tracer;
    uint64_t gas_before = session->run->gas_used;
    trace *t = trace_begin(c, options, session, &tracer);
    status s = node_session_next(session, tx);
    evm_set_tracer(session->run->vm, NULL);
    if (s != OK)
        return rpc_refuse(c, s);
    trace_end(t, tx->tx.gas_limit, session->run->gas_used - gas_before);
    if (options->kind != PRESTATE_TRACER)
        return true;
    see(t, &tx->sender);
    see(t, &block->header.coinbase);
    if (!tx->tx.creates)
        see(t, &tx->tx.to);
    node_session before;
    size_t mark = c->memory->used_bytes;
    s = node_session_replay(&before, c->view, block, tx->index);
    if (s == OK)
        s = write_prestate(t, before.world, session->world);
    arena_rewind(c->memory, mark);
    return s == OK || rpc_refuse(c, s);
}

void rpc_debug_traceTransaction(rpc_call *c)
{
    hash256 hash;
    node_view *v;
    trace_options options;
    if (!rpc_parse_hash(c, &hash, rpc_parameter(c, 0), 0) ||
        !parse_options(c, &options, rpc_parameter(c, 1)) ||
        (v = rpc_view(c)) == NULL)
        return;
    node_transaction tx;
    node_block block;
    node_session session;
    RPC_TRY(c, node_transaction_by_hash(v, &tx, &hash));
    RPC_TRY(c, node_block_by_number(v, &block, tx.block_number));
    RPC_TRY(c, node_session_replay(&session, v, &block, tx.index));
    trace_one(c, &options, &session, &block, &tx);
}

static void trace_block(rpc_call *c)
{
    rpc_block block;
    trace_options options;
    node_session session;
    if (!rpc_parse_block(c, &block, rpc_parameter(c, 0), 0) ||
        !parse_options(c, &options, rpc_parameter(c, 1)))
        return;
    if (!block.found || block.is_pending) {
        const char *name = json_string_value(rpc_parameter(c, 0));
        rpc_error(c, RPC_FAILED, "block %s not found", name == NULL ? "" : name);
        return;
    }
    if (block.block.header.number == node_first_number(c->view)) {
        rpc_error(c, RPC_FAILED, "genesis is not traceable");
        return;
    }
    RPC_TRY(c, node_session_replay(&session, c->view, &block.block, 0));
    rpc_begin_array(c->out);
    for (size_t i = 0; i < block.block.transaction_count; i++) {
        node_transaction tx;
        RPC_TRY(c, node_transaction_at(c->view, &tx, &block.block, i));
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
    node_session session, before;
    node_call_result result;
    evm_tracer tracer;
    const json_t *json = rpc_parameter(c, 2);
    if (!parse_options(c, &options, json) || !rpc_parse_run(c, &q, 0, 0) ||
        !rpc_parse_overrides(c, &q.overrides, json_object_get(json, "stateOverrides"), 2) ||
        !rpc_parse_block_overrides(c, &q.block_overrides, json_object_get(json, "blockOverrides"), 2) ||
        !rpc_open_session(c, &session, &q))
        return;
    trace *t = trace_begin(c, &options, &session, &tracer);
    status s = node_session_call(&session, &result, &q.call);
    evm_set_tracer(session.run->vm, NULL);
    if (s != OK) {
        rpc_refuse_call(c, s, &q.call);
        return;
    }
    trace_end(t, q.call.has_gas ? q.call.gas : q.base.header.gas_limit, result.gas_used);
    if (options.kind != PRESTATE_TRACER)
        return;
    see(t, &q.call.from);
    if (!q.call.creates)
        see(t, &q.call.to);
    if (rpc_open_session(c, &before, &q))
        RPC_TRY(c, write_prestate(t, before.world, session.world));
}
