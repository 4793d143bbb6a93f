/* eth_simulateV1: blocks of calls, one after another, on a state that none of them outlives. */
#include "rpc/internal.h"

#include "chain/build.h"
#include "crypto/keccak.h"

#include <stdio.h>
#include <string.h>

enum {
    MOST_BLOCKS = 256,
    BLOCK_SECONDS = 12,
    MOST_LOG_BYTES = 1 << 24,
    SIMULATE_NONCE_TOO_LOW = -38010,
    SIMULATE_NONCE_TOO_HIGH = -38011,
    SIMULATE_FEE_TOO_LOW = -38012,
    SIMULATE_INTRINSIC_GAS = -38013,
    SIMULATE_FUNDS = -38014,
    SIMULATE_BLOCK_GAS = -38015,
    SIMULATE_NUMBER_ORDER = -38020,
    SIMULATE_TIME_ORDER = -38021,
    SIMULATE_TOO_MANY_BLOCKS = -38026,
    SIMULATE_VM_ERROR = -32015,
};

typedef struct logged {
    struct logged *next, *previous;
    log_entry entry;
    size_t index; /* in the block, counting what was reverted too, as geth does */
} logged;

typedef struct {
    hash256 hash;
    transaction tx;
    address sender;
    store_call_result result;
    logged *logs;
    bytes encoding;
} simulated_call;

/* What is to be run in one block, in order. */
typedef struct {
    uint64_t number, timestamp;
    store_block_overrides overrides;
    const json_t *state_overrides, *calls;
} plan;

typedef struct {
    rpc_call *c;
    store_session session;
    block_header parent;
    hash256 parent_hash;
    hash256 *ancestors; /* newest first, of the next block; grows downwards in a buffer */
    size_t ancestor_count;
    bool transfers, validates, full;
    uint64_t gas_left; /* for all calls together */
    /* the tracer's */
    logged *first_log, *last_log;
    size_t log_count; /* of the block */
    logged *marks[1032];
    unsigned depth;
} simulation;

/* ---- logs as they come, with transfers of ether as if a token had logged them ---- */

static void add_log(simulation *s, const log_entry *entry)
{
    logged *l = ARENA_NEW(s->c->memory, logged, 1);
    l->entry = *entry;
    l->index = s->log_count++;
    l->previous = s->last_log;
    if (s->last_log == NULL)
        s->first_log = l;
    else
        s->last_log->next = l;
    s->last_log = l;
}

static void add_transfer(simulation *s, const address *from, const address *to, u256 value)
{
    static const hash256 transfer = {{0xdd, 0xf2, 0x52, 0xad, 0x1b, 0xe2, 0xc8, 0x9b, 0x69, 0xc2, 0xb0, 0x68,
                                      0xfc, 0x37, 0x8d, 0xaa, 0x95, 0x2b, 0xa7, 0xf1, 0x63, 0xc4, 0xa1, 0x16,
                                      0x28, 0xf5, 0x5a, 0x4d, 0xf5, 0x23, 0xb3, 0xef}};
    if (!s->transfers || u256_is_zero(value))
        return;
    uint8_t *word = arena_allocate(s->c->memory, 32, 8);
    u256_to_be(word, value);
    log_entry entry = {.topic_count = 3, .data = {word, 32}};
    memset(entry.emitter.bytes, 0xee, sizeof entry.emitter.bytes);
    entry.topics[0] = transfer;
    memcpy(entry.topics[1].bytes + 12, from->bytes, 20);
    memcpy(entry.topics[2].bytes + 12, to->bytes, 20);
    add_log(s, &entry);
}

static void on_step(void *context, const evm_step *step)
{
    enum { LOG0 = 0xa0, SELFDESTRUCT = 0xff };
    simulation *s = context;
    unsigned topics = step->opcode - LOG0;
    if (step->opcode == SELFDESTRUCT && step->stack_size > 0) {
        uint8_t word[32];
        address to;
        account *a;
        u256_to_be(word, step->stack[0]);
        memcpy(to.bytes, word + 12, 20);
        if (state_account(s->session.world, &a, step->self) == OK)
            add_transfer(s, step->self, &to, *account_balance(a));
    }
    if (step->opcode < LOG0 || topics > 4 || step->stack_size < topics + 2)
        return;
    u256 offset = step->stack[0], size = step->stack[1];
    if (!u256_fits_u64(size) || size.limb[0] > MOST_LOG_BYTES || !u256_fits_u64(offset))
        return; /* out of gas */
    log_entry entry = {.emitter = *step->self, .topic_count = topics};
    uint8_t *data = arena_allocate_zeroed(s->c->memory, size.limb[0], 1);
    if (offset.limb[0] < step->memory.size && size.limb[0] > 0) {
        size_t there = step->memory.size - offset.limb[0];
        memcpy(data, step->memory.data + offset.limb[0], there < size.limb[0] ? there : size.limb[0]);
    }
    entry.data = (bytes){data, size.limb[0]};
    for (unsigned i = 0; i < topics; i++)
        u256_to_be(entry.topics[i].bytes, step->stack[2 + i]);
    add_log(s, &entry);
}

static void on_enter(void *context, const evm_frame_start *start)
{
    enum { DELEGATECALL = 0xf4, CALLCODE = 0xf2 };
    simulation *s = context;
    s->marks[s->depth++] = s->last_log;
    if (start->opcode != DELEGATECALL && start->opcode != CALLCODE)
        add_transfer(s, &start->caller, &start->self, start->value);
}

static void on_leave(void *context, const evm_result *result)
{
    simulation *s = context;
    logged *mark = s->marks[--s->depth];
    if (result->halt == EVM_SUCCESS)
        return;
    s->last_log = mark;
    if (mark == NULL)
        s->first_log = NULL;
    else
        mark->next = NULL;
}

/* ---- what is to be done ---- */

static bool make_plan(rpc_call *c, plan *out, size_t *count, const json_t *blocks, const block_header *base)
{
    uint64_t number = base->number, time = base->timestamp;
    *count = 0;
    if (json_array_size(blocks) == 0)
        return rpc_error(c, RPC_INVALID_PARAMETERS, "empty input");
    if (json_array_size(blocks) > MOST_BLOCKS)
        return rpc_error(c, SIMULATE_TOO_MANY_BLOCKS, "too many blocks");
    for (size_t i = 0; i < json_array_size(blocks); i++) {
        const json_t *block = json_array_get(blocks, i), *overrides = json_object_get(block,
            "blockOverrides");
        plan p = {.state_overrides = json_object_get(block, "stateOverrides"),
                  .calls = json_object_get(block, "calls")};
        if (!rpc_parse_block_overrides(c, &p.overrides, json_is_null(overrides) ? NULL : overrides, 0))
            return false;
        p.number = p.overrides.has_number ? p.overrides.number : number + 1;
        if (p.number <= number)
            return rpc_error(c, SIMULATE_NUMBER_ORDER, "block numbers must be in order: %llu <= %llu",
                             (unsigned long long)p.number, (unsigned long long)number);
        if (p.number - base->number > MOST_BLOCKS)
            return rpc_error(c, SIMULATE_TOO_MANY_BLOCKS, "too many blocks");
        /* Blocks that are passed over are empty ones. */
        while (number + 1 < p.number)
            out[(*count)++] = (plan){.number = ++number, .timestamp = time += BLOCK_SECONDS};
        p.timestamp = p.overrides.has_timestamp ? p.overrides.timestamp : time + BLOCK_SECONDS;
        if (p.timestamp <= time)
            return rpc_error(c, SIMULATE_TIME_ORDER, "block timestamps must be in order: %llu <= %llu",
                             (unsigned long long)p.timestamp, (unsigned long long)time);
        number = p.number;
        time = p.timestamp;
        out[(*count)++] = p;
    }
    return true;
}

static block_header make_header(const simulation *s, const plan *p)
{
    static const uint8_t no_bloom[LOGS_BLOOM_BYTES];
    const chain_config *config = node_config(s->c->chain);
    fork_id fork = chain_fork_at(config, p->number, p->timestamp);
    block_header h = {
        .parent_hash = s->parent_hash,
        .ommers_hash = EMPTY_OMMERS_HASH,
        .coinbase = p->overrides.has_coinbase ? p->overrides.coinbase : s->parent.coinbase,
        .difficulty = fork >= FORK_PARIS ? U256_ZERO : s->parent.difficulty,
        .number = p->number,
        .gas_limit = p->overrides.has_gas_limit ? p->overrides.gas_limit : s->parent.gas_limit,
        .timestamp = p->timestamp,
        .logs_bloom = no_bloom,
        .withdrawals_root = witness_empty_trie_root,
        .field_count = fork >= FORK_AMSTERDAM  ? HEADER_FIELDS_AMSTERDAM
                       : fork >= FORK_PRAGUE   ? HEADER_FIELDS_PRAGUE
                       : fork >= FORK_CANCUN   ? HEADER_FIELDS_CANCUN
                       : fork >= FORK_SHANGHAI ? HEADER_FIELDS_SHANGHAI
                       : fork >= FORK_LONDON   ? HEADER_FIELDS_LONDON
                                               : HEADER_FIELDS_FRONTIER,
    };
    if (p->overrides.has_prev_randao)
        h.mix_hash = p->overrides.prev_randao;
    if (fork >= FORK_LONDON) {
        if (p->overrides.has_base_fee)
            h.base_fee = p->overrides.base_fee;
        else if (s->validates)
            h.base_fee = header_next_base_fee(&s->parent, config);
    }
    if (fork >= FORK_CANCUN)
        h.excess_blob_gas =
            header_next_excess_blob_gas(&s->parent, chain_blob_parameters_at(config, p->timestamp), fork);
    return h;
}

/* ---- one call ---- */

/* A transaction that nobody signed: its hash is that of the encoding with zeros for a signature. */
static void encode_unsigned(arena *memory, simulated_call *one, const store_call *call)
{
    const transaction *tx = &one->tx;
    size_t room =
        512 + tx->data.size + tx->access_list.size + tx->authorizations.size + 40 * tx->blob_hash_count;
    rlp_writer w;
    rlp_writer_init(&w, arena_allocate(memory, room, 8), room);
    bool legacy = tx->type == TRANSACTION_LEGACY;
    if (!legacy)
        rlp_write_raw(&w, &(uint8_t){(uint8_t)tx->type}, 1);
    size_t list = rlp_begin_list(&w);
    if (!legacy)
        rlp_write_u64(&w, tx->chain_id);
    rlp_write_u64(&w, tx->nonce);
    if (tx->type >= TRANSACTION_DYNAMIC_FEE)
        rlp_write_u256(&w, tx->max_priority_fee);
    rlp_write_u256(&w, tx->max_fee);
    rlp_write_u64(&w, tx->gas_limit);
    if (tx->creates)
        rlp_write_bytes(&w, NULL, 0);
    else
        rlp_write_address(&w, &tx->to);
    rlp_write_u256(&w, tx->value);
    rlp_write_bytes(&w, tx->data.data, tx->data.size);
    if (!legacy) {
        rlp_write_list_header(&w, call->access_list.size);
        rlp_write_raw(&w, call->access_list.data, call->access_list.size);
    }
    if (tx->type == TRANSACTION_BLOB) {
        rlp_write_u256(&w, tx->max_blob_fee);
        size_t hashes = rlp_begin_list(&w);
        for (size_t i = 0; i < tx->blob_hash_count; i++)
            rlp_write_hash(&w, &tx->blob_hashes[i]);
        rlp_end_list(&w, hashes);
    }
    if (tx->type == TRANSACTION_SET_CODE) {
        rlp_write_list_header(&w, call->authorizations.size);
        rlp_write_raw(&w, call->authorizations.data, call->authorizations.size);
    }
    for (int i = 0; i < 3; i++)
        rlp_write_u64(&w, 0);
    rlp_end_list(&w, list);
    one->encoding = rlp_written(&w);
    keccak256(&one->hash, one->encoding.data, one->encoding.size);
}

static int code_of(status why)
{
    switch ((int)why) {
    case TRANSACTION_NONCE_TOO_LOW: return SIMULATE_NONCE_TOO_LOW;
    case TRANSACTION_NONCE_TOO_HIGH: return SIMULATE_NONCE_TOO_HIGH;
    case TRANSACTION_FEE_BELOW_BASE_FEE: return SIMULATE_FEE_TOO_LOW;
    case TRANSACTION_GAS_BELOW_INTRINSIC: return SIMULATE_INTRINSIC_GAS;
    case TRANSACTION_FUNDS_INSUFFICIENT: return SIMULATE_FUNDS;
    default: return RPC_FAILED;
    }
}

static bool refuse(simulation *s, status why, const simulated_call *one)
{
    rpc_call *c = s->c;
    if (why == CALL_TIMED_OUT || why == MEMORY_EXHAUSTED)
        return rpc_refuse(c, why);
    const rpc_refused r = {&one->tx, one->sender, s->session.world, &s->session.run->block, false, 0};
    return rpc_error(c, code_of(why), "err: %s (supplied gas %llu)", rpc_refusal_text(c->memory, why, &r),
                     (unsigned long long)one->tx.gas_limit);
}

static bool run_call(simulation *s, simulated_call *one, bytes *receipt, const json_t *json)
{
    rpc_call *c = s->c;
    transition *t = s->session.run;
    store_call call;
    account *from;
    if (!rpc_parse_call(c, &call, json, 0))
        return false;
    status why = state_account(s->session.world, &from, &call.from);
    if (why != OK)
        return rpc_refuse(c, why);
    uint64_t block_left = transition_gas_left(t);
    if (!call.has_gas)
        call.gas = block_left;
    if (call.gas > block_left)
        return rpc_error(c, SIMULATE_BLOCK_GAS, "block gas limit reached: %llu >= %llu",
                         (unsigned long long)transition_gas_used(t), (unsigned long long)t->block.gas_limit);
    if (call.gas > s->gas_left)
        call.gas = s->gas_left;
    call.has_gas = true;
    if (!call.has_gas_price && t->block.fork >= FORK_LONDON)
        call.has_max_fee = call.has_max_priority_fee = true;
    if (!call.has_nonce)
        call.nonce = account_nonce(from);
    one->sender = call.from;
    one->tx = (transaction){
        .type = call.authorization_count > 0 ? TRANSACTION_SET_CODE
                : call.blob_hash_count > 0   ? TRANSACTION_BLOB
                : call.has_max_fee           ? TRANSACTION_DYNAMIC_FEE
                : call.has_access_list       ? TRANSACTION_ACCESS_LIST
                                             : TRANSACTION_LEGACY,
        .creates = call.creates,
        .chain_id = node_config(c->chain)->chain_id,
        .nonce = call.nonce,
        .gas_limit = call.gas,
        .max_fee = call.has_gas_price ? call.gas_price : call.max_fee,
        .max_priority_fee = call.has_gas_price ? call.gas_price : call.max_priority_fee,
        .value = call.value,
        .to = call.to,
        .data = call.data,
        .access_list = call.access_list,
        .max_blob_fee = call.max_blob_fee,
        .blob_hashes = call.blob_hashes,
        .blob_hash_count = call.blob_hash_count,
        .authorizations = call.authorizations,
        .authorization_count = call.authorization_count,
    };
    encode_unsigned(c->memory, one, &call);
    /* Without validation the nonce is what is said, but counts on from what it was. */
    if (s->validates) {
        why = call.nonce < account_nonce(from)   ? TRANSACTION_NONCE_TOO_LOW
              : call.nonce > account_nonce(from) ? TRANSACTION_NONCE_TOO_HIGH
              : u256_less(one->tx.max_fee, t->block.base_fee) ? TRANSACTION_FEE_BELOW_BASE_FEE
                                                              : OK;
        if (why != OK)
            return refuse(s, why, one);
    }
    store_call run = call;
    run.has_nonce = true;
    run.nonce = account_nonce(from);
    s->first_log = s->last_log = NULL;
    s->depth = 0;
    evm_tracer tracer = {on_step, on_enter, on_leave, s};
    evm_set_tracer(t->vm, &tracer);
    why = store_session_call(&s->session, &one->result, &run);
    evm_set_tracer(t->vm, NULL);
    if (why != OK)
        return refuse(s, why, one);
    one->logs = s->first_log;
    *receipt = t->receipts[0];
    s->gas_left -= one->result.gas_used < s->gas_left ? one->result.gas_used : s->gas_left;
    return true;
}

/* ---- one block ---- */

static void write_result(rpc_call *c, const simulated_call *one, size_t index, const store_block *block)
{
    rpc_writer *w = c->out;
    const store_call_result *r = &one->result;
    rpc_begin_object(w);
    RPC_MEMBER(w, "returnData", data, r->output.data, r->halt == EVM_SUCCESS ? r->output.size : 0);
    rpc_key(w, "logs");
    rpc_begin_array(w);
    for (const logged *l = one->logs; l != NULL; l = l->next)
        rpc_write_log(w, &l->entry, block, &one->hash, index, l->index, false);
    rpc_end_array(w);
    RPC_MEMBER(w, "gasUsed", quantity, r->gas_used);
    RPC_MEMBER(w, "maxUsedGas", quantity, r->gas_peak);
    RPC_MEMBER(w, "status", quantity, r->halt == EVM_SUCCESS);
    if (r->halt != EVM_SUCCESS) {
        char code[16];
        bool reverted = r->halt == EVM_REVERT;
        rpc_key(w, "error");
        rpc_begin_object(w);
        rpc_key(w, "code");
        rpc_raw(w, code, (size_t)snprintf(code, sizeof code, "%d", reverted ? RPC_REVERTED
                                          : SIMULATE_VM_ERROR));
        RPC_MEMBER(w, "message", string,
                   reverted ? rpc_revert_text(c->memory, r->output) : evm_halt_message(r->halt));
        if (reverted)
            RPC_MEMBER(w, "data", data, r->output.data, r->output.size);
        rpc_end_object(w);
    }
    rpc_end_object(w);
}

static status finish_block(simulation *s, block_header *h, const bytes *encodings, const bytes *receipts,
                           size_t count)
{
    transition *t = s->session.run;
    rpc_call *c = s->c;
    TRY(transition_requests(t));
    if (t->block.fork < FORK_PARIS)
        TRY(transition_rewards(t, NULL, 0));
    TRY(transition_complete_header(t, h));
    uint8_t *bloom = arena_allocate(c->memory, LOGS_BLOOM_BYTES, 8);
    memcpy(bloom, t->logs_bloom, LOGS_BLOOM_BYTES);
    h->logs_bloom = bloom;
    TRY(index_trie_root(&h->transactions_root, c->memory, encodings, count));
    TRY(index_trie_root(&h->receipts_root, c->memory, receipts, count));
    return state_root(s->session.world, &h->state_root);
}

/* The EVM's memory is reserved once, not for each of many blocks. */
static status next_block(simulation *s, const block_header *h)
{
    transition *t = s->session.run;
    const chain_config *config = node_config(s->c->chain);
    fork_id fork = chain_fork_at(config, h->number, h->timestamp);
    if (t->block.fork != fork)
        return store_session_next_block(&s->session, h, s->ancestors, s->ancestor_count);
    s->session.header = *h;
    s->session.ancestors =
        (ancestor_hashes){.number = h->number, .proven = s->ancestors, .proven_count = s->ancestor_count};
    transition_environment(&t->block, h, config, fork, &s->session.ancestors);
    t->blob = chain_blob_parameters_at(config, h->timestamp);
    t->gas_used = t->blob_gas_used = t->execution_gas_used = t->state_gas_used = 0;
    t->receipt_count = 0;
    memset(t->logs_bloom, 0, sizeof t->logs_bloom);
    memset(&t->deposits, 0, sizeof t->deposits);
    memset(t->requests, 0, sizeof t->requests);
    return OK;
}

static bool run_block(simulation *s, const plan *p)
{
    rpc_call *c = s->c;
    rpc_writer *w = c->out;
    rpc_overrides overrides;
    block_header h = make_header(s, p);
    status why = next_block(s, &h);
    if (why != OK)
        return rpc_refuse(c, why);
    transition *t = s->session.run;
    if (p->overrides.has_blob_base_fee)
        t->block.blob_base_fee = p->overrides.blob_base_fee;
    const json_t *state_json = json_is_null(p->state_overrides) ? NULL : p->state_overrides;
    if (!rpc_parse_overrides(c, &overrides, state_json, 0) ||
        !rpc_check_moves(c, &overrides, t->block.fork))
        return false;
    why = store_session_override(&s->session, overrides.items, overrides.count);
    if (why == OK)
        why = transition_begin_block(t, &h.parent_hash, &h.parent_beacon_block_root);
    if (why != OK)
        return rpc_refuse(c, why);

    s->log_count = 0;
    size_t count = json_array_size(p->calls);
    simulated_call *calls = ARENA_NEW(c->memory, simulated_call, count + 1);
    bytes *receipts = ARENA_NEW(c->memory, bytes, count + 1),
        *encodings = ARENA_NEW(c->memory, bytes, count + 1);
    for (size_t i = 0; i < count; i++) {
        if (!run_call(s, &calls[i], &receipts[i], json_array_get(p->calls, i)))
            return false;
        encodings[i] = calls[i].encoding;
    }
    why = finish_block(s, &h, encodings, receipts, count);
    if (why != OK)
        return rpc_refuse(c, why);
    store_block block = {.header = h, .transaction_count = count};
    block.header_encoding = header_encode(c->memory, &h);
    keccak256(&block.hash, block.header_encoding.data, block.header_encoding.size);
    bool withdrawals = h.field_count >= HEADER_FIELDS_SHANGHAI;
    bytes whole = block_encode(c->memory, block.header_encoding, encodings, count,
                               withdrawals ? &NO_WITHDRAWALS : NULL);

    rpc_begin_object(w);
    rpc_write_header(w, &h, &block.hash);
    RPC_MEMBER(w, "size", quantity, whole.size);
    rpc_key(w, "transactions");
    rpc_begin_array(w);
    for (size_t i = 0; i < count; i++) {
        if (!s->full) {
            rpc_hash(w, &calls[i].hash);
            continue;
        }
        store_transaction one = {.tx = calls[i].tx, .hash = calls[i].hash, .sender = calls[i].sender,
                                 .block_number = h.number, .block_hash = block.hash, .index = i};
        one.gas_price = u256_add(h.base_fee, one.tx.max_priority_fee);
        if (one.tx.type < TRANSACTION_DYNAMIC_FEE || u256_less(one.tx.max_fee, one.gas_price))
            one.gas_price = one.tx.max_fee;
        rpc_write_transaction(w, &one, h.timestamp);
    }
    rpc_end_array(w);
    rpc_key(w, "uncles");
    rpc_begin_array(w);
    rpc_end_array(w);
    if (withdrawals) {
        rpc_key(w, "withdrawals");
        rpc_begin_array(w);
        rpc_end_array(w);
    }
    rpc_key(w, "calls");
    rpc_begin_array(w);
    for (size_t i = 0; i < count; i++)
        write_result(c, &calls[i], i, &block);
    rpc_end_array(w);
    rpc_end_object(w);
    s->parent = h;
    s->parent_hash = block.hash;
    *--s->ancestors = block.hash;
    s->ancestor_count++;
    return true;
}

void rpc_eth_simulateV1(rpc_call *c)
{
    const json_t *payload = rpc_parameter(c, 0);
    rpc_block base;
    if (!rpc_parse_known_block(c, &base, rpc_parameter(c, 1), 1))
        return;
    plan *plans = ARENA_NEW(c->memory, plan, 2 * MOST_BLOCKS);
    size_t count;
    if (!make_plan(c, plans, &count, json_object_get(payload, "blockStateCalls"), &base.block.header))
        return;
    simulation *s = ARENA_NEW(c->memory, simulation, 1);
    *s = (simulation){
        .c = c,
        .parent = base.block.header,
        .parent_hash = base.block.hash,
        .transfers = json_is_true(json_object_get(payload, "traceTransfers")),
        .validates = json_is_true(json_object_get(payload, "validation")),
        .full = json_is_true(json_object_get(payload, "returnFullTransactions")),
        .gas_left = STORE_CALL_GAS_CAP,
    };
    hash256 *hashes = ARENA_NEW(c->memory, hash256, 3 * MOST_BLOCKS);
    s->ancestors = hashes + 2 * MOST_BLOCKS;
    uint64_t first = store_first_number(c->view), number = base.block.header.number;
    if (base.is_pending)
        s->ancestors[s->ancestor_count++] = base.block.hash;
    for (; s->ancestor_count < MOST_BLOCKS && number - s->ancestor_count + 1 > first; s->ancestor_count++)
        RPC_TRY(c, store_block_hash(c->view, &s->ancestors[s->ancestor_count], number - s->ancestor_count));
    RPC_TRY(c, store_session_open(&s->session, c->view, &base.block, NULL));
    rpc_begin_array(c->out);
    for (size_t i = 0; i < count; i++)
        if (!run_block(s, &plans[i]))
            return;
    rpc_end_array(c->out);
}
