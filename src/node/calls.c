/* Transactions from calls, for unlocked accounts: what is left open is filled in, and they are signed. */
#include "base/clock.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"
#include "node/internal.h"

#include <string.h>

void node_overrides_of_next(const node *n, store_block_overrides *overrides, const store_block *head)
{
    if (!n->options.seals)
        return;
    if (!overrides->has_number)
        overrides->number = head->header.number + 1;
    if (!overrides->has_timestamp)
        overrides->timestamp = node_timestamp_after(n, head);
    overrides->has_number = overrides->has_timestamp = true;
}

status node_next_base_fee(const node *n, store_view *v, u256 *out)
{
    store_block head;
    TRY(store_block_by_number(v, &head, v->head));
    *out = next_base_fee(n, &head.header);
    return OK;
}

/* The fields that both signature and encoding have. */
static void write_fields(rlp_writer *w, const transaction *tx)
{
    bool legacy = tx->type == TRANSACTION_LEGACY;
    if (!legacy)
        rlp_write_u64(w, tx->chain_id);
    rlp_write_u64(w, tx->nonce);
    if (!legacy && tx->type != TRANSACTION_ACCESS_LIST)
        rlp_write_u256(w, tx->max_priority_fee);
    rlp_write_u256(w, tx->max_fee);
    rlp_write_u64(w, tx->gas_limit);
    if (tx->creates)
        rlp_write_bytes(w, NULL, 0);
    else
        rlp_write_address(w, &tx->to);
    rlp_write_u256(w, tx->value);
    rlp_write_bytes(w, tx->data.data, tx->data.size);
    if (legacy)
        return;
    rlp_write_list_header(w, tx->access_list.size);
    rlp_write_raw(w, tx->access_list.data, tx->access_list.size);
    if (tx->type == TRANSACTION_SET_CODE) {
        rlp_write_list_header(w, tx->authorizations.size);
        rlp_write_raw(w, tx->authorizations.data, tx->authorizations.size);
    }
}

/* The list is begun; what ends it follows. */
static size_t begin_transaction(rlp_writer *w, arena *memory, const transaction *tx)
{
    size_t room = tx->data.size + tx->access_list.size + tx->authorizations.size + 512;
    rlp_writer_init(w, arena_allocate(memory, room, 8), room);
    if (tx->type != TRANSACTION_LEGACY)
        rlp_write_raw(w, &(uint8_t){(uint8_t)tx->type}, 1);
    size_t list = rlp_begin_list(w);
    write_fields(w, tx);
    return list;
}

static void sign_transaction(const node *n, arena *memory, transaction *tx, const address *from)
{
    rlp_writer w;
    hash256 digest;
    uint8_t signature[65];
    size_t list = begin_transaction(&w, memory, tx);
    if (tx->type == TRANSACTION_LEGACY) { /* EIP-155 */
        rlp_write_u64(&w, tx->chain_id);
        rlp_write_u64(&w, 0);
        rlp_write_u64(&w, 0);
    }
    rlp_end_list(&w, list);
    bytes message = rlp_written(&w);
    keccak256(&digest, message.data, message.size);
    if (node_sign(n, signature, from, &digest) != OK) {
        unsigned_sign(tx, from);
        return;
    }
    tx->r = u256_from_be(signature, 32);
    tx->s = u256_from_be(signature + 32, 32);
    tx->y_is_odd = signature[64] == 28;
}

static bytes encode_transaction(arena *memory, const transaction *tx)
{
    rlp_writer w;
    size_t list = begin_transaction(&w, memory, tx);
    rlp_write_u64(&w, tx->type == TRANSACTION_LEGACY ? 35 + 2 * tx->chain_id + tx->y_is_odd : tx->y_is_odd);
    rlp_write_u256(&w, tx->r);
    rlp_write_u256(&w, tx->s);
    rlp_end_list(&w, list);
    return rlp_written(&w);
}

status node_fill_call(const node *n, store_view *v, transaction *tx, store_call_result *result,
                      const store_call *call, const store_block_overrides *next)
{
    store_block head;
    store_session s;
    *result = (store_call_result){.halt = EVM_SUCCESS};
    if (call->blob_hash_count > 0) /* no blobs come with it */
        return TRANSACTION_BLOBS_REFUSED;
    TRY(store_block_by_number(v, &head, v->head));
    TRY(store_session_open(&s, v, &head, NULL));
    TRY(store_session_transaction(&s, tx, call));
    if (call->has_gas)
        tx->gas_limit = call->gas; /* beyond what a call may have, too */
    else
        TRY(store_estimate_gas(v, &tx->gas_limit, result, &head, call, next, NULL, 0));
    if (!call->has_gas_price && head.fork >= FORK_LONDON) {
        u256 base_fee = next_base_fee(n, &head.header);
        if (tx->type < TRANSACTION_DYNAMIC_FEE && !call->has_access_list)
            tx->type = TRANSACTION_DYNAMIC_FEE;
        if (!call->has_max_priority_fee)
            tx->max_priority_fee = u256_from_u64(STORE_DEFAULT_TIP);
        if (!call->has_max_fee)
            tx->max_fee = u256_add(u256_add(base_fee, base_fee), tx->max_priority_fee);
        if (u256_less(tx->max_fee, tx->max_priority_fee))
            tx->max_priority_fee = tx->max_fee;
    }
    tx->encoding = encode_transaction(v->memory, tx);
    return OK;
}

/* Nonce and time are the mempool's and the sequencer's to say. */
static status fill_in_turn(transaction *tx, store_call_result *estimate, node *n, store_view *v,
                           const store_call *call)
{
    state *world;
    const store_block *head;
    account *from;
    store_call with_nonce = *call;
    store_block_overrides next = {0};
    TRY(node_head_state(n, &world, &head));
    TRY(state_account(world, &from, &call->from));
    if (!call->has_nonce)
        with_nonce.nonce = mempool_next_nonce(n, &call->from, account_nonce(from));
    with_nonce.has_nonce = true;
    node_overrides_of_next(n, &next, head);
    return node_fill_call(n, v, tx, estimate, &with_nonce, &next);
}

status node_sign_call(node *n, bytes *encoding, arena *memory, const store_call *call)
{
    enum { ESTIMATE_MILLISECONDS = 1000 }; /* others wait */
    store_view *v;
    transaction tx;
    store_call_result estimate; /* what fails is sent all the same, as its sender asked */
    if (!node_account_is_unlocked(n, &call->from))
        return ACCOUNT_UNKNOWN;
    /* An estimate is to see what was sent before; a nonce knows the mempool anyway. */
    if (n->wants_seal && !call->has_gas)
        TRY(node_tick(n));
    TRY(store_view_open(&v, memory, &n->store));
    store_view_set_deadline(v, clock_milliseconds() + ESTIMATE_MILLISECONDS);
    status s = fill_in_turn(&tx, &estimate, n, v, call);
    store_view_close(v);
    TRY(s);
    sign_transaction(n, memory, &tx, &call->from);
    *encoding = encode_transaction(memory, &tx);
    return OK;
}
