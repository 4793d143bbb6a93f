/* Proofs of accounts and slots, and witnesses of blocks. */
#include "base/check.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"
#include "node/internal.h"

#include <string.h>

/* The nodes on the way to a key, and the value there (NULL data: none). */
static status walk(node_proof *proof, bytes *value, node_view *v, const hash256 *root, bytes key)
{
    hash256 hashed;
    keccak256(&hashed, key.data, key.size);
    *proof = (node_proof){0};
    *value = (bytes){NULL, 0};
    if (same_hash(root, &witness_empty_trie_root))
        return OK;
    witness *w = view_witness(v);
    TRY(trie_get(trie_open(v->memory, w, root), value, bytes_of_hash(&hashed)));
    proof->node_count = witness_used_node_count(w);
    bytes *nodes = ARENA_NEW(v->memory, bytes, proof->node_count);
    witness_used_nodes(w, nodes);
    proof->nodes = nodes;
    return OK;
}

status node_prove(node_view *v, node_account_proof *out, const node_block *block, const address *who,
                  const u256 *keys, size_t key_count)
{
    *out =
        (node_account_proof){.storage_root = witness_empty_trie_root, .code_hash = witness_empty_code_hash};
    bytes value;
    if (witness_node(view_witness(v), &block->header.state_root).data == NULL)
        return STATE_UNKNOWN;
    TRY(walk(&out->account, &value, v, &block->header.state_root, (bytes){who->bytes, sizeof who->bytes}));
    if (value.data != NULL) {
        bytes fields;
        TRY(rlp_list(&fields, &value));
        TRY(rlp_u64(&out->nonce, &fields));
        TRY(rlp_u256(&out->balance, &fields));
        TRY(rlp_hash(&out->storage_root, &fields));
        TRY(rlp_hash(&out->code_hash, &fields));
    }
    out->slots = ARENA_NEW(v->memory, node_proof, key_count);
    for (size_t i = 0; i < key_count; i++) {
        uint8_t key[32];
        u256_to_be(key, keys[i]);
        TRY(walk(&out->slots[i], &value, v, &out->storage_root, (bytes){key, sizeof key}));
        if (value.data != NULL)
            TRY(rlp_u256(&out->slots[i].value, &value));
    }
    return OK;
}

/* ---- witnesses ---- */

/* Which ancestors BLOCKHASH asked for, seen by a tracer: it asks for what is in range only. */
typedef struct {
    uint64_t number, oldest;
} asked_blocks;

static void see_step(void *context, const evm_step *step)
{
    enum { OP_BLOCKHASH = 0x40, MOST_ANCESTORS = 256 };
    asked_blocks *asked = context;
    if (step->opcode != OP_BLOCKHASH || step->stack_size == 0 || !u256_fits_u64(step->stack[0]))
        return;
    uint64_t wanted = step->stack[0].limb[0];
    if (wanted < asked->number && asked->number - wanted <= MOST_ANCESTORS && wanted < asked->oldest)
        asked->oldest = wanted;
}

static status find_oldest(uint64_t *oldest, node_view *v, const node_block *block)
{
    node_session s;
    asked_blocks asked = {block->header.number, block->header.number};
    TRY(node_session_replay(&s, v, block, 0));
    evm_tracer tracer = {.step = see_step, .context = &asked};
    evm_set_tracer(s.run->vm, &tracer);
    for (size_t i = 0; i < block->transaction_count; i++) {
        node_transaction tx;
        TRY(node_transaction_at(v, &tx, block, i));
        TRY(node_session_next(&s, &tx));
    }
    evm_set_tracer(s.run->vm, NULL);
    *oldest = asked.oldest;
    return OK;
}

status node_witness(node_view *v, chain_input *out, const node_block *block)
{
    *out = (chain_input){.block = block->encoding};
    if (block->header.number <= v->first)
        return BLOCK_UNKNOWN;
    if (!node_block_is_provable(block))
        return BLOCK_NOT_PROVABLE;
    uint64_t oldest, parent = block->header.number - 1;
    size_t mark = v->memory->used_bytes;
    TRY(find_oldest(&oldest, v, block));
    arena_rewind(v->memory, mark);
    /* A header proves its own hash and its parent's: the hash of block k needs the header of k + 1. */
    uint64_t first = oldest + 1 < parent ? oldest + 1 : parent;
    size_t most_ommer_headers = block->fork < FORK_PARIS ? 7 : 0;
    while (first > v->first && parent - first < most_ommer_headers)
        first--;
    if (first < v->first)
        first = v->first;
    out->header_count = (size_t)(parent - first + 1);
    bytes *headers = ARENA_NEW(v->memory, bytes, out->header_count);
    for (size_t i = 0; i < out->header_count; i++) {
        node_block ancestor;
        TRY(node_block_by_number(v, &ancestor, first + i));
        headers[i] = ancestor.header_encoding;
    }
    out->headers = headers;

    witness *known = view_witness(v);
    chain_keeper keeper = {.known = known};
    chain_result result;
    chain_fault fault;
    status s = chain_execute_on(&result, &fault, v->memory, &v->owner->config, out, &keeper);
    if (s == WITNESS_INCOMPLETE || s == WITNESS_CODE_MISSING)
        return STATE_UNKNOWN;
    if (s != OK)
        return database_error(DATABASE_CORRUPT, "block %llu does not execute again: %s",
                              (unsigned long long)block->header.number, status_message(s));
    out->node_count = witness_used_node_count(known);
    out->code_count = witness_used_code_count(known);
    bytes *nodes = ARENA_NEW(v->memory, bytes, out->node_count),
          *codes = ARENA_NEW(v->memory, bytes, out->code_count);
    witness_used_nodes(known, nodes);
    witness_used_codes(known, codes);
    out->nodes = nodes;
    out->codes = codes;
    return OK;
}
