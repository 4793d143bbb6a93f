/* Methods about state, and those that run something on it: balances, storage, proofs, calls, sending. */
#define _GNU_SOURCE
#include "rpc/internal.h"

#include "base/clock.h"
#include "crypto/keccak.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* Of the newest block its header is enough, which matters where it is large: most ask for that. */
static bool root_at(rpc_call *c, hash256 *root, size_t block_index)
{
    const json_t *value = rpc_parameter(c, block_index);
    rpc_block block;
    if (value != NULL && (!json_is_string(value) || strcmp(json_string_value(value), "latest") != 0)) {
        if (!rpc_parse_known_block(c, &block, value, block_index))
            return false;
        status s = store_state_root(c->view, root, &block.block);
        return s == OK || rpc_refuse(c, s);
    }
    if (rpc_view(c) == NULL)
        return false;
    status s = store_head_state_root(c->view, root);
    return s == OK || rpc_refuse(c, s);
}

static bool account_at(rpc_call *c, store_trie_account *out, size_t block_index)
{
    address who;
    hash256 root;
    if (!rpc_parse_address(c, &who, rpc_parameter(c, 0), 0) || !root_at(c, &root, block_index))
        return false;
    status s = store_read_account(c->view, out, &root, &who);
    return s == OK || rpc_refuse(c, s);
}

void rpc_eth_getBalance(rpc_call *c)
{
    store_trie_account a;
    if (account_at(c, &a, 1))
        rpc_quantity_u256(c->out, a.balance);
}

void rpc_eth_getAccount(rpc_call *c)
{
    store_trie_account a;
    if (!account_at(c, &a, 1))
        return;
    rpc_begin_object(c->out);
    RPC_MEMBER(c->out, "nonce", quantity, a.nonce);
    RPC_MEMBER(c->out, "balance", quantity_u256, a.balance);
    RPC_MEMBER(c->out, "storageRoot", hash, &a.storage_root);
    RPC_MEMBER(c->out, "codeHash", hash, &a.code_hash);
    rpc_end_object(c->out);
}

void rpc_eth_getAccountInfo(rpc_call *c)
{
    store_trie_account a;
    bytes code;
    if (!account_at(c, &a, 1))
        return;
    RPC_TRY(c, store_read_code(c->view, &code, &a));
    rpc_begin_object(c->out);
    RPC_MEMBER(c->out, "balance", quantity_u256, a.balance);
    RPC_MEMBER(c->out, "nonce", quantity, a.nonce);
    RPC_MEMBER(c->out, "code", data, code.data, code.size);
    rpc_end_object(c->out);
}

void rpc_eth_getCode(rpc_call *c)
{
    store_trie_account a;
    bytes code;
    if (!account_at(c, &a, 1))
        return;
    RPC_TRY(c, store_read_code(c->view, &code, &a));
    rpc_data(c->out, code.data, code.size);
}

void rpc_eth_getTransactionCount(rpc_call *c)
{
    store_trie_account a;
    hash256 root;
    address who;
    const char *tag = json_string_value(rpc_parameter(c, 1));
    if (tag == NULL || strcmp(tag, "pending") != 0) {
        if (account_at(c, &a, 1))
            rpc_quantity(c->out, a.nonce);
        return;
    }
    /* What waits counts; no block needs to be made for that. */
    if (!rpc_parse_address(c, &who, rpc_parameter(c, 0), 0) || rpc_view(c) == NULL)
        return;
    RPC_TRY(c, store_head_state_root(c->view, &root));
    RPC_TRY(c, store_read_account(c->view, &a, &root, &who));
    rpc_lock(c->r);
    uint64_t nonce = mempool_next_nonce(c->chain, &who, a.nonce);
    rpc_unlock(c->r);
    rpc_quantity(c->out, nonce);
}

static bool read_slot(rpc_call *c, u256 *out, state *world, account *a, const u256 *key)
{
    storage_slot *slot;
    status s = state_slot(world, &slot, a, key);
    if (s != OK)
        return rpc_refuse(c, s);
    *out = *slot_value(slot);
    return true;
}

void rpc_eth_getStorageAt(rpc_call *c)
{
    u256 key, value;
    store_trie_account a;
    address who;
    if (!rpc_parse_address(c, &who, rpc_parameter(c, 0), 0) ||
        !rpc_parse_slot(c, &key, rpc_parameter(c, 1), 1) || !account_at(c, &a, 2))
        return;
    RPC_TRY(c, store_read_slot(c->view, &value, &a, &key));
    rpc_word(c->out, value);
}

void rpc_eth_getStorageValues(rpc_call *c)
{
    enum { MOST_SLOTS = 1024 };
    const json_t *requests = rpc_parameter(c, 0);
    rpc_block block;
    state *world;
    if (!json_is_object(requests)) {
        rpc_error(c, RPC_INVALID_PARAMETERS,
                  "invalid argument 0: json: cannot unmarshal non-object into Go value of "
                                             "type map[common.Address][]common.Hash");
        return;
    }
    size_t total = 0;
    const char *name;
    json_t *keys;
    json_object_foreach((json_t *)requests, name, keys) total += json_array_size(keys);
    if (total == 0 || total > MOST_SLOTS) {
        rpc_error(c, RPC_INVALID_PARAMETERS, total == 0 ? "empty request" : "too many slots (max %d)",
                  MOST_SLOTS);
        return;
    }
    if (!rpc_parse_known_block(c, &block, rpc_parameter(c, 1), 1) || !rpc_state(c, &world, &block))
        return;
    rpc_begin_object(c->out);
    json_object_foreach((json_t *)requests, name, keys) {
        address who;
        account *a;
        json_t *text = json_string(name);
        bool fine = rpc_parse_address(c, &who, text, 0);
        json_decref(text);
        if (!fine)
            return;
        RPC_TRY(c, state_account(world, &a, &who));
        rpc_key(c->out, name);
        rpc_begin_array(c->out);
        for (size_t i = 0; i < json_array_size(keys); i++) {
            u256 key, value;
            if (!rpc_parse_slot(c, &key, json_array_get(keys, i), 0) || !read_slot(c, &value, world, a, &key))
                return;
            rpc_word(c->out, value);
        }
        rpc_end_array(c->out);
    }
    rpc_end_object(c->out);
}

static void write_nodes(rpc_writer *w, const store_proof *proof)
{
    rpc_begin_array(w);
    for (size_t i = 0; i < proof->node_count; i++)
        rpc_data(w, proof->nodes[i].data, proof->nodes[i].size);
    rpc_end_array(w);
}

void rpc_eth_getProof(rpc_call *c)
{
    enum { MOST_KEYS = 1024 };
    address who;
    rpc_block block;
    const json_t *names = rpc_parameter(c, 1);
    size_t count = json_array_size(names);
    if (!rpc_parse_address(c, &who, rpc_parameter(c, 0), 0))
        return;
    if (!json_is_array(names) || count > MOST_KEYS) {
        rpc_error(c, RPC_INVALID_PARAMETERS, "too many keys (got %zu, limit %d)", count, MOST_KEYS);
        return;
    }
    u256 *keys = ARENA_NEW(c->memory, u256, count + 1);
    for (size_t i = 0; i < count; i++)
        if (!rpc_parse_slot(c, &keys[i], json_array_get(names, i), 1))
            return;
    if (!rpc_parse_known_block(c, &block, rpc_parameter(c, 2), 2))
        return;
    store_account_proof proof;
    state *world;
    account *a;
    RPC_TRY(c, store_prove(c->view, &proof, &block.block, &who, keys, count));
    if (!rpc_state(c, &world, &block))
        return;
    RPC_TRY(c, state_account(world, &a, &who));
    bool exists = account_exists(a);
    rpc_writer *w = c->out;
    rpc_begin_object(w);
    RPC_MEMBER(w, "address", address, &who);
    rpc_key(w, "accountProof");
    write_nodes(w, &proof.account);
    RPC_MEMBER(w, "balance", quantity_u256, proof.balance);
    /* Of an account that is not there geth knows neither code nor storage. */
    const hash256 none = {0};
    RPC_MEMBER(w, "codeHash", hash, exists ? &proof.code_hash : &none);
    RPC_MEMBER(w, "nonce", quantity, proof.nonce);
    RPC_MEMBER(w, "storageHash", hash, exists ? &proof.storage_root : &none);
    rpc_key(w, "storageProof");
    rpc_begin_array(w);
    for (size_t i = 0; i < count; i++) {
        rpc_begin_object(w);
        /* A key is given back as it came: as a word, or as a number. */
        if (json_string_length(json_array_get(names, i)) == 66)
            RPC_MEMBER(w, "key", word, keys[i]);
        else
            RPC_MEMBER(w, "key", quantity_u256, keys[i]);
        RPC_MEMBER(w, "value", quantity_u256, proof.slots[i].value);
        rpc_key(w, "proof");
        write_nodes(w, &proof.slots[i]);
        rpc_end_object(w);
    }
    rpc_end_array(w);
    rpc_end_object(w);
}

/* ---- calls ---- */

void rpc_eth_call(rpc_call *c)
{
    rpc_run_request request;
    store_session session;
    store_call_result result;
    if (!rpc_parse_run(c, &request, 2, 3) || !rpc_open_session(c, &session, &request))
        return;
    status s = store_session_call(&session, &result, &request.call);
    if (s != OK)
        rpc_refuse_call(c, s, &session, &request.call);
    else if (result.halt != EVM_SUCCESS)
        rpc_halted(c, result.halt, result.output, &request);
    else
        rpc_data(c->out, result.output.data, result.output.size);
}

void rpc_eth_estimateGas(rpc_call *c)
{
    rpc_run_request q;
    store_call_result result;
    uint64_t gas;
    if (!rpc_parse_run(c, &q, 2, 3))
        return;
    if (rpc_parameter(c, 1) == NULL) { /* of what is about to be sent */
        rpc_lock(c->r);
        node_overrides_of_next(c->chain, &q.block_overrides, &q.base);
        rpc_unlock(c->r);
    }
    status s = store_estimate_gas(c->view, &gas, &result, &q.base, &q.call, &q.block_overrides,
                                  q.overrides.items, q.overrides.count);
    if (s == CALL_GAS_ALLOWANCE)
        rpc_error(c, RPC_FAILED, "gas required exceeds allowance (%llu)", (unsigned long long)gas);
    else if (s != OK)
        rpc_refuse_estimate(c, s, &q, gas);
    else if (result.halt != EVM_SUCCESS)
        rpc_halted(c, result.halt, result.output, &q);
    else
        rpc_quantity(c->out, gas);
}

/* ---- access lists: what a call touches ---- */

typedef struct touched {
    struct touched *next;
    address where;
    struct touched_slot {
        struct touched_slot *next;
        u256 key;
    } *slots;
    size_t slot_count;
} touched;

typedef struct {
    arena *memory;
    touched *first;
    size_t count, slot_count;
} touched_list;

static touched *touch(touched_list *l, const address *where)
{
    touched **at = &l->first;
    while (*at != NULL && memcmp((*at)->where.bytes, where->bytes, 20) != 0)
        at = &(*at)->next;
    if (*at == NULL) {
        *at = ARENA_NEW(l->memory, touched, 1);
        (*at)->where = *where;
        l->count++;
    }
    return *at;
}

static void touch_step(void *context, const evm_step *step)
{
    enum { BALANCE = 0x31, EXTCODESIZE = 0x3b, EXTCODECOPY, EXTCODEHASH = 0x3f, SLOAD = 0x54, SSTORE,
          CALL = 0xf1,
           CALLCODE, DELEGATECALL = 0xf4, STATICCALL = 0xfa, SELFDESTRUCT = 0xff };
    touched_list *l = context;
    size_t position;
    switch (step->opcode) {
    case SLOAD:
    case SSTORE:
        if (step->stack_size > 0) {
            touched *t = touch(l, step->self);
            struct touched_slot **at = &t->slots;
            while (*at != NULL && !u256_equal((*at)->key, step->stack[0]))
                at = &(*at)->next;
            if (*at == NULL) {
                *at = ARENA_NEW(l->memory, struct touched_slot, 1);
                (*at)->key = step->stack[0];
                t->slot_count++;
                l->slot_count++;
            }
        }
        return;
    case BALANCE:
    case EXTCODESIZE:
    case EXTCODECOPY:
    case EXTCODEHASH:
    case SELFDESTRUCT:
        position = 0;
        break;
    case CALL:
    case CALLCODE:
    case DELEGATECALL:
    case STATICCALL:
        position = 1;
        break;
    default:
        return;
    }
    if (step->stack_size > position) {
        uint8_t word[32];
        address where;
        u256_to_be(word, step->stack[position]);
        memcpy(where.bytes, word + 12, 20);
        touch(l, &where);
    }
}

/* What is warm without a list is left out, unless it has slots. */
static bool is_listed(const touched *t, const store_call *call, const address *recipient, fork_id fork)
{
    if (t->slot_count > 0)
        return true;
    return memcmp(t->where.bytes, call->from.bytes, 20) != 0 &&
        memcmp(t->where.bytes, recipient->bytes, 20) != 0 &&
           !evm_is_precompile(fork, &t->where);
}

static bytes encode_touched(arena *memory, const touched_list *l, const store_call *call,
                            const address *recipient,
                            fork_id fork)
{
    size_t most = 64 * l->count + 33 * l->slot_count + 64;
    rlp_writer w;
    rlp_writer_init(&w, arena_allocate(memory, most, 1), most);
    for (const touched *t = l->first; t != NULL; t = t->next) {
        if (!is_listed(t, call, recipient, fork))
            continue;
        size_t item = rlp_begin_list(&w);
        rlp_write_address(&w, &t->where);
        size_t slots = rlp_begin_list(&w);
        for (const struct touched_slot *s = t->slots; s != NULL; s = s->next) {
            hash256 key;
            u256_to_be(key.bytes, s->key);
            rlp_write_hash(&w, &key);
        }
        rlp_end_list(&w, slots);
        rlp_end_list(&w, item);
    }
    return rlp_written(&w);
}

void rpc_eth_createAccessList(rpc_call *c)
{
    enum { MOST_ROUNDS = 16 };
    rpc_run_request q;
    if (!rpc_parse_run(c, &q, 2, 0))
        return;
    touched_list touches = {.memory = c->memory};
    store_call_result result;
    address recipient = q.call.to;
    /* A list changes what things cost, and so perhaps what is done: again until it stays the same. */
    for (int round = 0; round < MOST_ROUNDS; round++) {
        store_session session;
        size_t count = touches.count, slot_count = touches.slot_count;
        if (!rpc_open_session(c, &session, &q))
            return;
        if (q.call.creates) {
            account *sender;
            RPC_TRY(c, state_account(session.world, &sender, &q.call.from));
            transaction_created_address(&recipient, &q.call.from,
                                        q.call.has_nonce ? q.call.nonce : account_nonce(sender));
        }
        evm_tracer tracer = {.step = touch_step, .context = &touches};
        evm_set_tracer(session.run->vm, &tracer);
        status s = store_session_call(&session, &result, &q.call);
        evm_set_tracer(session.run->vm, NULL);
        if (s != OK) {
            rpc_refuse_call(c, s, &session, &q.call);
            return;
        }
        q.call.access_list = encode_touched(c->memory, &touches, &q.call, &recipient, q.base.fork);
        q.call.has_access_list = true;
        if (round > 0 && count == touches.count && slot_count == touches.slot_count)
            break;
    }
    rpc_writer *w = c->out;
    rpc_begin_object(w);
    rpc_key(w, "accessList");
    rpc_begin_array(w);
    for (const touched *t = touches.first; t != NULL; t = t->next) {
        if (!is_listed(t, &q.call, &recipient, q.base.fork))
            continue;
        rpc_begin_object(w);
        RPC_MEMBER(w, "address", address, &t->where);
        rpc_key(w, "storageKeys");
        rpc_begin_array(w);
        for (const struct touched_slot *s = t->slots; s != NULL; s = s->next)
            rpc_word(w, s->key);
        rpc_end_array(w);
        rpc_end_object(w);
    }
    rpc_end_array(w);
    RPC_MEMBER(w, "gasUsed", quantity, result.gas_used);
    if (result.halt != EVM_SUCCESS)
        RPC_MEMBER(w, "error", string, evm_halt_message(result.halt));
    rpc_end_object(w);
}

/* ---- sending ---- */

bool rpc_submit(rpc_call *c, hash256 *hash, bytes encoding)
{
    node_prepared *prepared;
    status s = node_prepare(&prepared, c->chain, encoding);
    if (s == OK) {
        rpc_lock(c->r);
        s = node_submit_prepared(c->chain, hash, prepared);
        pthread_cond_signal(&c->r->tick);
        rpc_unlock(c->r);
    }
    return s == OK || rpc_refuse_submitted(c, s, encoding);
}

void rpc_eth_sendRawTransaction(rpc_call *c)
{
    bytes encoding;
    hash256 hash;
    if (rpc_parse_data(c, &encoding, rpc_parameter(c, 0), 0) && rpc_submit(c, &hash, encoding))
        rpc_hash(c->out, &hash);
}

/* EIP-7966: answers with the receipt. The second parameter may say how long to wait. */
static void wait_for_receipt(rpc_call *c, const hash256 *hash, uint64_t asked_ms)
{
    enum { STEP_MS = 5, NOT_IN_TIME = 4 };
    uint64_t timeout_ms = c->r->options.call_timeout_ms;
    if (asked_ms != 0 && asked_ms < timeout_ms)
        timeout_ms = asked_ms;
    uint64_t until_ms = clock_milliseconds() + timeout_ms;
    for (size_t mark = c->memory->used_bytes;;) {
        bool found;
        if (!rpc_write_receipt_of(c, &found, hash) || found)
            return;
        store_view_close(c->view);
        c->view = NULL;
        arena_rewind(c->memory, mark);
        if (clock_milliseconds() >= until_ms)
            break;
        nanosleep(&(struct timespec){.tv_nsec = STEP_MS * 1000000L}, NULL);
    }
    c->error_data = (bytes){hash->bytes, sizeof hash->bytes};
    c->has_error_data = true;
    rpc_error(c, NOT_IN_TIME, "the transaction was added to the mempool but not processed in %llu ms",
              (unsigned long long)timeout_ms);
}

static bool parse_wait(rpc_call *c, uint64_t *asked_ms)
{
    *asked_ms = 0;
    return rpc_parameter(c, 1) == NULL || rpc_parse_u64(c, asked_ms, rpc_parameter(c, 1), 1);
}

void rpc_eth_sendRawTransactionSync(rpc_call *c)
{
    bytes encoding;
    uint64_t asked_ms;
    hash256 *hash = ARENA_NEW(c->memory, hash256, 1);
    if (parse_wait(c, &asked_ms) && rpc_parse_data(c, &encoding, rpc_parameter(c, 0), 0) &&
        rpc_submit(c, hash, encoding))
        wait_for_receipt(c, hash, asked_ms);
}

enum { TRANSFER_GAS = 21000 };

bool rpc_sign_call(rpc_call *c, bytes *encoding, const store_call *call)
{
    rpc_lock(c->r);
    status s = node_sign_call(c->chain, encoding, c->memory, call), why = s;
    /* What its estimate refused is said of the transaction that it cannot become. */
    if (s != OK && status_exit_code(s) == 1 && !call->has_gas) {
        store_call least = *call;
        least.has_gas = true;
        least.gas = TRANSFER_GAS;
        s = node_sign_call(c->chain, encoding, c->memory, &least);
    }
    rpc_unlock(c->r);
    if (why == OK)
        return true;
    return s == OK ? rpc_refuse_submitted(c, why, *encoding) : rpc_refuse(c, why);
}

static bool sign_call(rpc_call *c, bytes *encoding)
{
    store_call call;
    return rpc_parse_call(c, &call, rpc_parameter(c, 0), 0) && rpc_sign_call(c, encoding, &call);
}

void rpc_eth_sendTransactionSync(rpc_call *c)
{
    bytes encoding;
    uint64_t asked_ms;
    hash256 *hash = ARENA_NEW(c->memory, hash256, 1);
    if (parse_wait(c, &asked_ms) && sign_call(c, &encoding) && rpc_submit(c, hash, encoding))
        wait_for_receipt(c, hash, asked_ms);
}

void rpc_eth_sendTransaction(rpc_call *c)
{
    bytes encoding;
    hash256 hash;
    if (sign_call(c, &encoding) && rpc_submit(c, &hash, encoding))
        rpc_hash(c->out, &hash);
}

static void write_raw_and_decoded(rpc_call *c, pooled *p)
{
    bytes raw = p->tx.encoding;
    keccak256(&p->hash, raw.data, raw.size);
    rpc_begin_object(c->out);
    RPC_MEMBER(c->out, "raw", data, raw.data, raw.size);
    rpc_key(c->out, "tx");
    rpc_write_filled(c->out, p);
    rpc_end_object(c->out);
}

void rpc_eth_signTransaction(rpc_call *c)
{
    bytes encoding;
    pooled signed_one = {0};
    if (!sign_call(c, &encoding) ||
        !rpc_parse_address(c, &signed_one.sender, rpc_member(rpc_parameter(c, 0), "from"), 0))
        return;
    RPC_TRY(c, transaction_decode(&signed_one.tx, c->memory, encoding));
    write_raw_and_decoded(c, &signed_one);
}

/* What eth_sendTransaction would sign, for whoever signs it. */
void rpc_eth_fillTransaction(rpc_call *c)
{
    store_call call;
    store_call_result estimate;
    store_block head;
    state *world;
    account *from;
    store_block_overrides next = {0};
    pooled filled = {0};
    if (!rpc_parse_call(c, &call, rpc_parameter(c, 0), 0) || rpc_view(c) == NULL)
        return;
    RPC_TRY(c, store_block_by_number(c->view, &head, store_head_number(c->view)));
    RPC_TRY(c, store_state_open(c->view, &world, &head));
    RPC_TRY(c, state_account(world, &from, &call.from));
    rpc_lock(c->r);
    if (!call.has_nonce)
        call.nonce = mempool_next_nonce(c->chain, &call.from, account_nonce(from));
    node_overrides_of_next(c->chain, &next, &head);
    rpc_unlock(c->r);
    call.has_nonce = true;
    RPC_TRY(c, node_fill_call(c->chain, c->view, &filled.tx, &estimate, &call, &next));
    if (estimate.halt != EVM_SUCCESS) {
        const rpc_run_request request = {.call = call, .base = head, .block_overrides = next};
        rpc_halted(c, estimate.halt, estimate.output, &request);
        return;
    }
    filled.sender = call.from;
    write_raw_and_decoded(c, &filled);
}

void rpc_eth_accounts(rpc_call *c)
{
    rpc_begin_array(c->out);
    for (size_t i = 0; c->r->options.development_methods && i < node_account_count(c->chain); i++)
        rpc_address(c->out, node_account(c->chain, i));
    rpc_lock(c->r);
    for (size_t i = 0; c->r->options.development_methods && i < node_impersonated_count(c->chain); i++)
        rpc_address(c->out, node_impersonated(c->chain, i));
    rpc_unlock(c->r);
    rpc_end_array(c->out);
}

/* Of the blocks that are sealed here. */
void rpc_eth_coinbase(rpc_call *c)
{
    rpc_lock(c->r);
    rpc_address(c->out, &node_options_of(c->chain)->coinbase);
    rpc_unlock(c->r);
}

void rpc_eth_requestAccounts(rpc_call *c) { rpc_eth_accounts(c); }

/* Of transactions that wait: those of unlocked accounts. */
void rpc_eth_pendingTransactions(rpc_call *c)
{
    const pooled **list;
    rpc_lock(c->r);
    size_t count = mempool_list(c->chain, &list, c->memory);
    rpc_begin_array(c->out);
    for (size_t i = 0; i < count; i++)
        if (node_account_is_unlocked(c->chain, &list[i]->sender))
            rpc_write_pooled(c->out, list[i]);
    rpc_end_array(c->out);
    rpc_unlock(c->r);
}

/* EIP-191, version 0x45. */
static void sign_message(rpc_call *c, size_t who_index, size_t data_index)
{
    address who;
    bytes data;
    uint8_t signature[65];
    if (!rpc_parse_address(c, &who, rpc_parameter(c, who_index), who_index) ||
        !rpc_parse_data(c, &data, rpc_parameter(c, data_index), data_index))
        return;
    char begin[64];
    int size = snprintf(begin, sizeof begin, "\x19" "Ethereum Signed Message:\n%zu", data.size);
    keccak256_context context;
    hash256 digest;
    keccak256_init(&context);
    keccak256_absorb(&context, (const uint8_t *)begin, (size_t)size);
    keccak256_absorb(&context, data.data, data.size);
    keccak256_finish(&context, &digest);
    RPC_TRY(c, node_sign(c->chain, signature, &who, &digest));
    rpc_data(c->out, signature, sizeof signature);
}

void rpc_eth_sign(rpc_call *c) { sign_message(c, 0, 1); }
void rpc_personal_sign(rpc_call *c) { sign_message(c, 1, 0); }

/* ---- the mempool ---- */

static void write_pool(rpc_call *c, bool executable, const address *only, bool inspect)
{
    rpc_writer *w = c->out;
    const pooled **list;
    size_t count = mempool_list(c->chain, &list, c->memory);
    const address *current = NULL;
    rpc_begin_object(w);
    for (size_t i = 0; i < count; i++) {
        const pooled *p = list[i];
        if (p->is_executable != executable || (only != NULL && memcmp(only->bytes, p->sender.bytes, 20) != 0))
            continue;
        if (only == NULL && (current == NULL || memcmp(current->bytes, p->sender.bytes, 20) != 0)) {
            char who[43];
            if (current != NULL)
                rpc_end_object(w);
            current = &p->sender;
            rpc_checksummed(who, current);
            rpc_key(w, who);
            rpc_begin_object(w);
        }
        char nonce[24];
        snprintf(nonce, sizeof nonce, "%llu", (unsigned long long)p->tx.nonce);
        rpc_key(w, nonce);
        if (inspect) {
            char to[43] = "contract creation", text[128];
            if (!p->tx.creates)
                rpc_checksummed(to, &p->tx.to);
            snprintf(text, sizeof text, "%s: %llu gas x %llu wei", to, (unsigned long long)p->tx.gas_limit,
                     (unsigned long long)p->tx.max_fee.limb[0]);
            rpc_string(w, text);
        } else {
            rpc_write_pooled(w, p);
        }
    }
    if (current != NULL)
        rpc_end_object(w);
    rpc_end_object(w);
}

static void both_pools(rpc_call *c, const address *only, bool inspect)
{
    rpc_lock(c->r);
    rpc_begin_object(c->out);
    rpc_key(c->out, "pending");
    write_pool(c, true, only, inspect);
    rpc_key(c->out, "queued");
    write_pool(c, false, only, inspect);
    rpc_end_object(c->out);
    rpc_unlock(c->r);
}

void rpc_txpool_content(rpc_call *c) { both_pools(c, NULL, false); }
void rpc_txpool_inspect(rpc_call *c) { both_pools(c, NULL, true); }

void rpc_txpool_contentFrom(rpc_call *c)
{
    address who;
    if (rpc_parse_address(c, &who, rpc_parameter(c, 0), 0))
        both_pools(c, &who, false);
}

void rpc_txpool_status(rpc_call *c)
{
    rpc_lock(c->r);
    rpc_begin_object(c->out);
    RPC_MEMBER(c->out, "pending", quantity, mempool_pending_count(c->chain));
    RPC_MEMBER(c->out, "queued", quantity, mempool_queued_count(c->chain));
    rpc_end_object(c->out);
    rpc_unlock(c->r);
}
