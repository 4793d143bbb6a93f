/* Proofs of accounts and slots, and witnesses of blocks. */
#include "base/check.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"
#include "store/store.h"

#include <string.h>

/* The nodes on the way to a key, and the value there (NULL data: none). */
static status walk(store_proof *proof, bytes *value, store_view *v, const hash256 *root, bytes key)
{
    hash256 hashed;
    keccak256(&hashed, key.data, key.size);
    *proof = (store_proof){0};
    *value = (bytes){NULL, 0};
    if (same_hash(root, &witness_empty_trie_root))
        return OK;
    witness *w = store_view_witness(v);
    TRY(trie_get(trie_open(v->memory, w, root), value, bytes_of_hash(&hashed)));
    proof->node_count = witness_used_node_count(w);
    bytes *nodes = ARENA_NEW(v->memory, bytes, proof->node_count);
    witness_used_nodes(w, nodes);
    proof->nodes = nodes;
    return OK;
}

status store_prove(store_view *v, store_account_proof *out, const store_block *block, const address *who,
                   const u256 *keys, size_t key_count)
{
    *out =
        (store_account_proof){.storage_root = witness_empty_trie_root, .code_hash = witness_empty_code_hash};
    bytes value;
    TRY(store_state_derive(v, block->header.number, &block->header.state_root));
    TRY(walk(&out->account, &value, v, &block->header.state_root, (bytes){who->bytes, sizeof who->bytes}));
    if (value.data != NULL) {
        store_trie_account a;
        TRY(store_trie_account_read(&a, value));
        out->nonce = a.nonce;
        out->balance = a.balance;
        out->storage_root = a.storage_root;
        out->code_hash = a.code_hash;
    }
    out->slots = ARENA_NEW(v->memory, store_proof, key_count);
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

/* Executes the block on its parent's state, of which `keeper` then has what was used, with all headers that
 * BLOCKHASH could ask for. */
static status execute_again(store_view *v, chain_input *input, chain_keeper *keeper, const store_block *block)
{
    enum { MOST_ANCESTORS = 256 };
    *input = (chain_input){.block = block->encoding};
    if (block->header.number <= v->first)
        return BLOCK_UNKNOWN;
    if (!store_block_is_provable(block))
        return BLOCK_NOT_PROVABLE;
    uint64_t parent = block->header.number - 1;
    uint64_t first = parent - v->first < MOST_ANCESTORS ? v->first : parent - (MOST_ANCESTORS - 1);
    input->header_count = (size_t)(parent - first + 1);
    bytes *headers = ARENA_NEW(v->memory, bytes, input->header_count);
    for (size_t i = 0; i < input->header_count; i++) {
        store_block ancestor;
        TRY(store_block_by_number(v, &ancestor, first + i));
        headers[i] = ancestor.header_encoding;
        if (first + i == parent)
            TRY(store_state_derive(v, parent, &ancestor.header.state_root));
    }
    input->headers = headers;

    *keeper = (chain_keeper){.known = store_view_witness(v)};
    chain_result result;
    chain_fault fault;
    status s = chain_execute_on(&result, &fault, v->memory, &v->store->config, input, keeper);
    if (s == WITNESS_INCOMPLETE || s == WITNESS_CODE_MISSING)
        return STATE_UNKNOWN;
    if (s != OK)
        return database_error(DATABASE_CORRUPT, "block %llu does not execute again: %s",
                              (unsigned long long)block->header.number, status_message(s));
    return OK;
}

status store_witness(store_view *v, chain_input *out, const store_block *block)
{
    enum { MOST_OMMER_HEADERS = 7 };
    chain_keeper keeper;
    TRY(execute_again(v, out, &keeper, block));
    const witness *known = keeper.known;
    size_t needed = block->fork < FORK_PARIS && keeper.headers_used < MOST_OMMER_HEADERS
                        ? MOST_OMMER_HEADERS
                        : keeper.headers_used;
    if (needed < out->header_count) {
        out->headers += out->header_count - needed;
        out->header_count = needed;
    }
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

status store_access_list(store_view *v, bytes *out, const store_block *block)
{
    static const uint8_t empty = 0xc0;
    chain_input input;
    chain_keeper keeper;
    if (block->fork < FORK_AMSTERDAM)
        return BLOCK_UNKNOWN;
    *out = (bytes){&empty, 1};
    if (block->header.number == v->first)
        return OK;
    TRY(execute_again(v, &input, &keeper, block));
    *out = keeper.access_list;
    return OK;
}
