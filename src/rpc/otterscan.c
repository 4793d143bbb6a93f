/* What block explorers ask: Otterscan's methods (ots_). */
#include "rpc/trace.h"

#include <stdlib.h>
#include <string.h>

enum {
    OP_CREATE = 0xf0,
    OP_CALL = 0xf1,
    OP_DELEGATECALL = 0xf4,
    OP_CREATE2 = 0xf5,
    OP_STATICCALL = 0xfa,
    OP_SELFDESTRUCT = 0xff,
    API_LEVEL = 8,
    MOST_PAGE = 1000,
};

static const trace_options FRAMES = {.kind = CALL_TRACER};

static bool same_address(const address *a, const address *b) { return memcmp(a->bytes, b->bytes, 20) == 0; }

/* ---- one transaction ---- */

void rpc_ots_getApiLevel(rpc_call *c) { rpc_number(c->out, API_LEVEL); }

static const trace *open_trace(rpc_call *c, store_session *session, store_block *block, store_transaction *tx)
{
    uint64_t gas_used;
    if (!trace_open_transaction(c, session, block, tx))
        return NULL;
    return trace_transaction(c, &FRAMES, session, tx, &gas_used);
}

void rpc_ots_getTransactionError(rpc_call *c)
{
    store_session session;
    store_block block;
    store_transaction tx;
    const trace *t = open_trace(c, &session, &block, &tx);
    if (t != NULL)
        rpc_data(c->out, t->output.data, t->halt == EVM_REVERT ? t->output.size : 0);
}

static void write_operation(rpc_writer *w, unsigned type, const trace_frame *f)
{
    rpc_begin_object(w);
    RPC_MEMBER(w, "type", number, type);
    RPC_MEMBER(w, "from", address, &f->start.caller);
    RPC_MEMBER(w, "to", address, &f->start.self);
    RPC_MEMBER(w, "value", quantity_u256, f->start.value);
    rpc_end_object(w);
}

/* Value that moves, contracts that come and go, beneath the transaction itself. */
static void write_operations(rpc_writer *w, const trace_frame *parent)
{
    enum { TRANSFER, SELF_DESTRUCT, CREATE, CREATE2 };
    if (parent->error != NULL)
        return;
    for (const trace_frame *f = parent->first; f != NULL; f = f->next) {
        if (f->error != NULL)
            continue;
        if (f->start.opcode == OP_CALL && !u256_is_zero(f->start.value))
            write_operation(w, TRANSFER, f);
        else if (f->start.opcode == OP_SELFDESTRUCT)
            write_operation(w, SELF_DESTRUCT, f);
        else if (f->start.opcode == OP_CREATE)
            write_operation(w, CREATE, f);
        else if (f->start.opcode == OP_CREATE2)
            write_operation(w, CREATE2, f);
        write_operations(w, f);
    }
}

void rpc_ots_getInternalOperations(rpc_call *c)
{
    store_session session;
    store_block block;
    store_transaction tx;
    const trace *t = open_trace(c, &session, &block, &tx);
    if (t == NULL)
        return;
    rpc_begin_array(c->out);
    if (t->root != NULL)
        write_operations(c->out, t->root);
    rpc_end_array(c->out);
}

static void write_entries(rpc_writer *w, const trace_frame *f, unsigned depth)
{
    uint8_t opcode = f->start.opcode;
    rpc_begin_object(w);
    RPC_MEMBER(w, "type", string, trace_type(opcode));
    RPC_MEMBER(w, "depth", number, depth);
    RPC_MEMBER(w, "from", address, &f->start.caller);
    RPC_MEMBER(w, "to", address,
               opcode == OP_CREATE || opcode == OP_CREATE2 ? &f->start.self : &f->start.code_address);
    rpc_key(w, "value");
    if (opcode == OP_STATICCALL || opcode == OP_DELEGATECALL)
        rpc_null(w);
    else
        rpc_quantity_u256(w, f->start.value);
    RPC_MEMBER(w, "input", data, f->start.input.data, f->start.input.size);
    RPC_MEMBER(w, "output", data, f->output.data, f->output.size);
    rpc_end_object(w);
    for (const trace_frame *child = f->first; child != NULL; child = child->next)
        write_entries(w, child, depth + 1);
}

void rpc_ots_traceTransaction(rpc_call *c)
{
    store_session session;
    store_block block;
    store_transaction tx;
    const trace *t = open_trace(c, &session, &block, &tx);
    if (t == NULL)
        return;
    rpc_begin_array(c->out);
    if (t->root != NULL)
        write_entries(c->out, t->root, 0);
    rpc_end_array(c->out);
}

/* ---- accounts ---- */

static status code_at(rpc_call *c, bool *has_code, const address *who, uint64_t number)
{
    store_block block;
    state *world;
    account *a;
    const contract_code *code;
    size_t mark = c->memory->used_bytes;
    TRY(store_block_by_number(c->view, &block, number));
    TRY(store_state_open(c->view, &world, &block));
    TRY(state_account(world, &a, who));
    TRY(state_code(world, &code, a));
    *has_code = code->code.size > 0;
    arena_rewind(c->memory, mark);
    return OK;
}

void rpc_ots_hasCode(rpc_call *c)
{
    address who;
    rpc_block block;
    state *world;
    account *a;
    const contract_code *code;
    if (!rpc_parse_address(c, &who, rpc_parameter(c, 0), 0) ||
        !rpc_parse_known_block(c, &block, rpc_parameter(c, 1), 1) || !rpc_state(c, &world, &block))
        return;
    RPC_TRY(c, state_account(world, &a, &who));
    RPC_TRY(c, state_code(world, &code, a));
    rpc_bool(c->out, code->code.size > 0);
}

static const trace_frame *creation_of(const trace_frame *f, const address *who)
{
    if (f->error != NULL)
        return NULL;
    if ((f->start.opcode == OP_CREATE || f->start.opcode == OP_CREATE2) && same_address(&f->start.self, who))
        return f;
    const trace_frame *found = NULL;
    for (const trace_frame *child = f->first; child != NULL && found == NULL; child = child->next)
        found = creation_of(child, who);
    return found;
}

/* In the block after which there is code for the first time. */
void rpc_ots_getContractCreator(rpc_call *c)
{
    address who;
    bool has_code;
    if (!rpc_parse_address(c, &who, rpc_parameter(c, 0), 0) || rpc_view(c) == NULL)
        return;
    uint64_t low = store_oldest_state(c->view), high = store_head_number(c->view), gas_used;
    RPC_TRY(c, code_at(c, &has_code, &who, high));
    while (has_code && low < high) {
        bool there;
        uint64_t middle = low + (high - low) / 2;
        RPC_TRY(c, code_at(c, &there, &who, middle));
        if (there)
            high = middle;
        else
            low = middle + 1;
    }
    if (!has_code || low == store_oldest_state(c->view)) {
        rpc_null(c->out); /* a genesis made it, or nobody knows any more */
        return;
    }
    store_block block;
    store_session session;
    RPC_TRY(c, store_block_by_number(c->view, &block, low));
    RPC_TRY(c, store_session_replay(&session, c->view, &block, 0));
    for (size_t i = 0; i < block.transaction_count; i++) {
        store_transaction tx;
        RPC_TRY(c, store_transaction_at(c->view, &tx, &block, i));
        const trace *t = trace_transaction(c, &FRAMES, &session, &tx, &gas_used);
        if (t == NULL)
            return;
        const trace_frame *f = t->root == NULL ? NULL : creation_of(t->root, &who);
        if (f == NULL)
            continue;
        rpc_begin_object(c->out);
        RPC_MEMBER(c->out, "hash", hash, &tx.hash);
        RPC_MEMBER(c->out, "creator", address, &f->start.caller);
        rpc_end_object(c->out);
        return;
    }
    rpc_null(c->out);
}

void rpc_ots_getTransactionBySenderAndNonce(rpc_call *c)
{
    store_transaction tx;
    bool found;
    address sender;
    uint64_t nonce;
    if (!rpc_parse_address(c, &sender, rpc_parameter(c, 0), 0) ||
        !rpc_parse_u64(c, &nonce, rpc_parameter(c, 1), 1) || rpc_view(c) == NULL ||
        !rpc_find_transaction_of(c, &found, &tx, &sender, nonce))
        return;
    if (found)
        rpc_hash(c->out, &tx.hash);
    else
        rpc_null(c->out);
}

/* ---- blocks ---- */

/* What the block's producer got of the fees. */
static u256 sum_of_fees(const store_transaction *transactions, const store_receipt *receipts, size_t count)
{
    u256 sum = U256_ZERO;
    for (size_t i = 0; i < count; i++)
        sum = u256_add(sum, u256_mul(transactions[i].gas_price, u256_from_u64(receipts[i].gas_used)));
    return sum;
}

static bool list_block(rpc_call *c, store_transaction **transactions, store_receipt **receipts,
                       const store_block *block)
{
    status s = store_receipts(c->view, receipts, block);
    *transactions = ARENA_NEW(c->memory, store_transaction, block->transaction_count + 1);
    for (size_t i = 0; s == OK && i < block->transaction_count; i++)
        s = store_transaction_at(c->view, &(*transactions)[i], block, i);
    return s == OK || rpc_refuse(c, s);
}

static void write_block_head(rpc_writer *w, const store_block *block)
{
    rpc_write_header(w, &block->header, &block->hash);
    RPC_MEMBER(w, "size", quantity, block->encoding.size);
    RPC_MEMBER(w, "transactionCount", quantity, block->transaction_count);
    rpc_key(w, "uncles");
    rpc_begin_array(w);
    rpc_end_array(w);
}

static void write_details(rpc_call *c, const store_block *block)
{
    static const char *const issued[] = {"blockReward", "uncleReward", "issuance"};
    rpc_writer *w = c->out;
    store_transaction *transactions;
    store_receipt *receipts;
    if (!list_block(c, &transactions, &receipts, block))
        return;
    rpc_begin_object(w);
    rpc_key(w, "block");
    rpc_begin_object(w);
    write_block_head(w, block);
    rpc_end_object(w);
    rpc_key(w, "issuance");
    rpc_begin_object(w);
    for (size_t i = 0; i < sizeof issued / sizeof issued[0]; i++)
        RPC_MEMBER(w, issued[i], quantity, 0);
    rpc_end_object(w);
    RPC_MEMBER(w, "totalFees", quantity_u256, sum_of_fees(transactions, receipts, block->transaction_count));
    rpc_end_object(w);
}

/* By number, also one that is a JSON number. Null is written where there is none. */
static bool open_numbered(rpc_call *c, store_block *out)
{
    uint64_t number;
    const json_t *value = rpc_parameter(c, 0);
    if (json_is_integer(value) ? !rpc_parse_u64(c, &number, value, 0)
                               : !rpc_parse_block_number(c, &number, value, 0))
        return false;
    if (rpc_view(c) == NULL)
        return false;
    status s = store_block_by_number(c->view, out, number);
    if (s == BLOCK_UNKNOWN)
        rpc_null(c->out);
    else if (s != OK)
        rpc_refuse(c, s);
    return s == OK;
}

void rpc_ots_getBlockDetails(rpc_call *c)
{
    store_block block;
    if (open_numbered(c, &block))
        write_details(c, &block);
}

void rpc_ots_getBlockDetailsByHash(rpc_call *c)
{
    store_block block;
    hash256 hash;
    if (!rpc_parse_hash(c, &hash, rpc_parameter(c, 0), 0) || rpc_view(c) == NULL)
        return;
    status s = store_block_by_hash(c->view, &block, &hash);
    if (s == OK)
        write_details(c, &block);
    else if (s == BLOCK_UNKNOWN)
        rpc_null(c->out);
    else
        rpc_refuse(c, s);
}

/* Pages count from the block's end; of the call data only the selector is sent, and no logs. */
void rpc_ots_getBlockTransactions(rpc_call *c)
{
    rpc_writer *w = c->out;
    store_block block;
    store_transaction *transactions;
    store_receipt *receipts;
    uint64_t page, page_size;
    if (!rpc_parse_u64(c, &page, rpc_parameter(c, 1), 1) ||
        !rpc_parse_u64(c, &page_size, rpc_parameter(c, 2), 2) || !open_numbered(c, &block) ||
        !list_block(c, &transactions, &receipts, &block))
        return;
    size_t count = block.transaction_count;
    size_t size = page_size < MOST_PAGE ? (size_t)page_size : MOST_PAGE;
    size_t end = size > 0 && page < count / size + 1 && page * size < count ? count - (size_t)page * size : 0;
    size_t first = end > size ? end - size : 0;
    rpc_begin_object(w);
    rpc_key(w, "fullblock");
    rpc_begin_object(w);
    write_block_head(w, &block);
    rpc_key(w, "transactions");
    rpc_begin_array(w);
    for (size_t i = first; i < end; i++) {
        store_transaction brief = transactions[i];
        brief.tx.data.size = brief.tx.data.size < 4 ? brief.tx.data.size : 4;
        rpc_write_transaction(w, &brief, block.header.timestamp);
    }
    rpc_end_array(w);
    rpc_end_object(w);
    rpc_key(w, "receipts");
    rpc_begin_array(w);
    for (size_t i = first; i < end; i++) {
        store_receipt brief = receipts[i];
        brief.log_count = 0;
        rpc_write_receipt(w, &block, rpc_blob_of(c, &block), &transactions[i], &brief);
    }
    rpc_end_array(w);
    rpc_end_object(w);
}

/* ---- an account's transactions ---- */

/* As sender, recipient, or in what they call. */
static bool has_part(const trace_frame *f, const address *who)
{
    if (same_address(&f->start.caller, who) || same_address(&f->start.self, who) ||
        same_address(&f->start.code_address, who))
        return true;
    for (const trace_frame *child = f->first; child != NULL; child = child->next)
        if (has_part(child, who))
            return true;
    return false;
}

typedef struct found {
    struct found *next;
    uint64_t number;
    size_t index;
} found;

/* A block's, newest first, onto a list: in front of it, or at its end. */
static bool search_block(rpc_call *c, found **list, size_t *count, const address *who, uint64_t number,
                         bool to_front)
{
    store_block block;
    store_session session;
    uint64_t gas_used;
    size_t mark = c->memory->used_bytes, hit_count = 0;
    status s = store_block_by_number(c->view, &block, number);
    if (s == OK && block.transaction_count == 0) {
        arena_rewind(c->memory, mark);
        return true;
    }
    if (s == OK)
        s = store_session_replay(&session, c->view, &block, 0);
    if (s != OK)
        return rpc_refuse(c, s);
    size_t *hits = calloc(block.transaction_count, sizeof *hits);
    bool ok = hits != NULL || rpc_refuse(c, MEMORY_EXHAUSTED);
    for (size_t i = 0; ok && i < block.transaction_count; i++) {
        store_transaction tx;
        s = store_transaction_at(c->view, &tx, &block, i);
        const trace *t = s == OK ? trace_transaction(c, &FRAMES, &session, &tx, &gas_used) : NULL;
        ok = s == OK ? t != NULL : rpc_refuse(c, s);
        if (ok && t->root != NULL && has_part(t->root, who))
            hits[hit_count++] = i;
    }
    arena_rewind(c->memory, mark);
    found **at = list;
    while (!to_front && *at != NULL)
        at = &(*at)->next;
    for (size_t i = hit_count; ok && i-- > 0; (*count)++) {
        found *one = ARENA_NEW(c->memory, found, 1);
        *one = (found){*at, number, hits[i]};
        *at = one;
        at = &one->next;
    }
    free(hits);
    return ok;
}

static void write_found(rpc_call *c, const found *list, bool is_first, bool is_last)
{
    rpc_writer *w = c->out;
    rpc_begin_object(w);
    for (int kind = 0; kind < 2; kind++) {
        rpc_key(w, kind == 0 ? "txs" : "receipts");
        rpc_begin_array(w);
        for (const found *f = list; f != NULL; f = f->next) {
            store_block block;
            store_transaction tx;
            store_receipt *receipts;
            RPC_TRY(c, store_block_by_number(c->view, &block, f->number));
            RPC_TRY(c, store_transaction_at(c->view, &tx, &block, f->index));
            if (kind == 0) {
                rpc_write_transaction(w, &tx, block.header.timestamp);
                continue;
            }
            RPC_TRY(c, store_receipts(c->view, &receipts, &block));
            rpc_write_receipt(w, &block, rpc_blob_of(c, &block), &tx, &receipts[f->index]);
            if (!w->full && w->size_bytes > 0)
                w->size_bytes--; /* one member more */
            RPC_MEMBER(w, "timestamp", quantity, block.header.timestamp);
            rpc_end_object(w);
        }
        rpc_end_array(w);
    }
    RPC_MEMBER(w, "firstPage", bool, is_first);
    RPC_MEMBER(w, "lastPage", bool, is_last);
    rpc_end_object(w);
}

/* Block by block, each executed again, until a page is full: newest first, blocks whole. */
static void search(rpc_call *c, bool before)
{
    address who;
    uint64_t number, page_size;
    if (!rpc_parse_address(c, &who, rpc_parameter(c, 0), 0) ||
        !rpc_parse_u64(c, &number, rpc_parameter(c, 1), 1) ||
        !rpc_parse_u64(c, &page_size, rpc_parameter(c, 2), 2) || rpc_view(c) == NULL)
        return;
    uint64_t oldest = store_oldest_state(c->view) + 1, head = store_head_number(c->view), next;
    size_t count = 0, most = page_size < MOST_PAGE ? (size_t)page_size : MOST_PAGE;
    found *list = NULL;
    bool from_end = number == 0 || (before && number > head);
    if (before) {
        for (next = from_end ? head + 1 : number; next > oldest && count < most; next--)
            if (!search_block(c, &list, &count, &who, next - 1, false))
                return;
        write_found(c, list, from_end, next <= oldest);
        return;
    }
    next = number + 1 > oldest && number < head ? number + 1 : number >= head ? head + 1 : oldest;
    for (; next <= head && count < most; next++)
        if (!search_block(c, &list, &count, &who, next, true))
            return;
    write_found(c, list, next > head, number == 0);
}

void rpc_ots_searchTransactionsBefore(rpc_call *c) { search(c, true); }
void rpc_ots_searchTransactionsAfter(rpc_call *c) { search(c, false); }
