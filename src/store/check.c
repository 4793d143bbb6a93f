#include "store/check.h"

#include "codec/rlp.h"
#include "crypto/keccak.h"
#include "store/store.h"

#include <string.h>

typedef struct {
    store_view *v;
    store_check_report *report;
} checker;

static status damaged(const checker *c, const char *what, uint64_t number)
{
    return database_error(DATABASE_CORRUPT, "the database in %s is corrupt: %s (block %llu)",
                          c->v->store->directory, what, (unsigned long long)number);
}

/* ---- hashes ---- */

static status check_hash(void *context, bytes key, bytes value)
{
    hash256 hash;
    keccak256(&hash, value.data, value.size);
    if (key.size != 32 || memcmp(hash.bytes, key.data, 32) != 0)
        return DATABASE_CORRUPT;
    ++*(uint64_t *)context;
    return OK;
}

static status check_hashes(const checker *c)
{
    status s = database_visit(c->v->read, TABLE_NODES, check_hash, &c->report->nodes);
    if (s == DATABASE_CORRUPT)
        return damaged(c, "a trie node is not what its hash says", c->v->head);
    TRY(s);
    s = database_visit(c->v->read, TABLE_CODES, check_hash, &c->report->codes);
    return s == DATABASE_CORRUPT ? damaged(c, "a code is not what its hash says", c->v->head) : s;
}

/* ---- blocks ---- */

static status check_block(const checker *c, uint64_t number, hash256 *previous)
{
    store_view *v = c->v;
    store_block block, by_hash;
    store_receipt *receipts;
    hash256 made, root;
    TRY(store_block_by_number(v, &block, number));
    keccak256(&made, block.header_encoding.data, block.header_encoding.size);
    if (number > v->first && !same_hash(&block.header.parent_hash, previous))
        return damaged(c, "it does not follow its parent", number);
    if (!same_hash(&made, &block.hash) ||
        store_block_by_hash(v, &by_hash, &block.hash) != OK || by_hash.header.number != number)
        return damaged(c, "its hash is not in the index", number);
    *previous = block.hash;
    TRY(index_trie_root(&root, v->memory, block.transactions, block.transaction_count));
    if (!same_hash(&root, &block.header.transactions_root))
        return damaged(c, "its transactions are not those of its header", number);
    TRY(store_receipts(v, &receipts, &block));
    bytes *encodings = ARENA_NEW(v->memory, bytes, block.transaction_count);
    for (size_t i = 0; i < block.transaction_count; i++) {
        hash256 hash;
        bytes place;
        encodings[i] = receipts[i].encoding;
        keccak256(&hash, block.transactions[i].data, block.transactions[i].size);
        TRY(database_get(v->read, &place, TABLE_TRANSACTIONS, bytes_of_hash(&hash)));
        if (place.size != 16 || number_of_key(place) != number ||
            number_of_key((bytes){place.data + 8, 8}) != i)
            return damaged(c, "a transaction is not in the index", number);
    }
    TRY(index_trie_root(&root, v->memory, encodings, block.transaction_count));
    if (!same_hash(&root, &block.header.receipts_root))
        return damaged(c, "its receipts are not those of its header", number);
    status indexed = activity_check(v, &block, receipts);
    if (indexed == DATABASE_CORRUPT)
        return damaged(c, "an account's transaction is not in the index", number);
    TRY(indexed);
    c->report->blocks++;
    c->report->transactions += block.transaction_count;
    return OK;
}

/* ---- the state, from the root down ---- */

static status walk_node(const checker *c, bytes node, bool is_storage, unsigned depth);

static status walk_hash(const checker *c, const uint8_t hash[32], bool is_storage, unsigned depth)
{
    bytes node;
    TRY(database_get(c->v->read, &node, TABLE_NODES, (bytes){hash, 32}));
    if (node.data == NULL)
        return damaged(c, "a trie node of its state is missing", c->v->head);
    return walk_node(c, node, is_storage, depth);
}

static status walk_account(const checker *c, bytes encoding)
{
    bytes fields, code;
    uint64_t nonce;
    u256 balance;
    hash256 storage_root, code_hash;
    if (rlp_list(&fields, &encoding) != OK || rlp_u64(&nonce, &fields) != OK ||
        rlp_u256(&balance, &fields) != OK || rlp_hash(&storage_root, &fields) != OK ||
        rlp_hash(&code_hash, &fields) != OK)
        return damaged(c, "an account is malformed", c->v->head);
    c->report->accounts++;
    if (!same_hash(&code_hash, &witness_empty_code_hash)) {
        TRY(database_get(c->v->read, &code, TABLE_CODES, bytes_of_hash(&code_hash)));
        if (code.data == NULL)
            return damaged(c, "a code of its state is missing", c->v->head);
    }
    return same_hash(&storage_root, &witness_empty_trie_root) ? OK
                                                              : walk_hash(c, storage_root.bytes, true, 0);
}

static status walk_child(const checker *c, const rlp_item *child, bool is_storage, unsigned depth)
{
    if (child->is_list)
        return walk_node(c, child->encoding, is_storage, depth + 1);
    if (child->payload.size == 0)
        return OK;
    return child->payload.size == 32 ? walk_hash(c, child->payload.data, is_storage, depth + 1)
                                     : damaged(c, "a trie node is malformed", c->v->head);
}

static status walk_node(const checker *c, bytes node, bool is_storage, unsigned depth)
{
    enum { DEEPEST = 65 };
    bytes items;
    size_t count;
    if (depth > DEEPEST || rlp_list(&items, &node) != OK || rlp_count(&count, items) != OK ||
        (count != 2 && count != 17))
        return damaged(c, "a trie node is malformed", c->v->head);
    rlp_item item;
    if (count == 17) {
        for (unsigned i = 0; i < 16; i++) {
            TRY(rlp_decode(&item, &items));
            TRY(walk_child(c, &item, is_storage, depth));
        }
        return OK;
    }
    bytes path;
    TRY(rlp_bytes(&path, &items));
    TRY(rlp_decode(&item, &items));
    bool is_leaf = path.size > 0 && (path.data[0] & 0x20) != 0;
    if (!is_leaf)
        return walk_child(c, &item, is_storage, depth);
    if (!is_storage)
        return walk_account(c, item.payload);
    c->report->slots++;
    return OK;
}

/* Of those that end with this batch, each has its halves. */
static status check_links(const checker *c, uint64_t batch, uint64_t last_block)
{
    bytes proof;
    for (uint32_t level = 1; level <= LINK_LEVELS_MAX && link_last_batch(batch, level) == batch; level++) {
        status s = store_link_proof(c->v, &proof, batch, level);
        if (s == BATCH_UNKNOWN)
            continue;
        TRY(s);
        status left = store_link_proof(c->v, &proof, batch - (UINT64_C(1) << (level - 1)), level - 1);
        status right = store_link_proof(c->v, &proof, batch, level - 1);
        if (left == BATCH_UNKNOWN || right == BATCH_UNKNOWN)
            return damaged(c, "batches are joined that have no proof", last_block);
        TRY(left);
        TRY(right);
    }
    return OK;
}

/* Each goes on from the one before, is of blocks that are there, and has a proof if it says so. */
static status check_batches(const checker *c)
{
    store_view *v = c->v;
    uint64_t count, next = v->first + 1;
    TRY(store_batch_count(v, &count));
    for (uint64_t i = 1; i <= count; i++) {
        batch b;
        hash256 last;
        bytes proof;
        TRY(store_batch_by_number(v, &b, i));
        if (b.first_block != next || b.last_block < next || b.last_block > v->head)
            return damaged(c, "a batch does not follow the one before it", b.first_block);
        next = b.last_block + 1;
        TRY(store_block_hash(v, &last, b.last_block));
        if (!same_hash(&last, &b.last_hash))
            return damaged(c, "a batch is of another block", b.last_block);
        status s = store_batch_proof(v, &proof, i);
        if (s != OK && s != BATCH_UNKNOWN)
            return s;
        if ((s == OK) != (b.status == BATCH_PROVEN) || (s == OK && proof.size != b.proof_bytes))
            return damaged(c, "a batch's proof is not what it says", b.first_block);
        TRY(check_links(c, i, b.last_block));
    }
    return OK;
}

static status check(const checker *c)
{
    store_view *v = c->v;
    hash256 previous = {{0}};
    TRY(check_hashes(c));
    size_t mark = v->memory->used_bytes;
    for (uint64_t i = v->first; i <= v->head; i++) {
        TRY(check_block(c, i, &previous));
        arena_rewind(v->memory, mark);
    }
    TRY(history_check(v));
    TRY(check_batches(c));
    store_block head;
    TRY(store_block_by_number(v, &head, v->head));
    return same_hash(&head.header.state_root, &witness_empty_trie_root)
               ? OK
               : walk_hash(c, head.header.state_root.bytes, false, 0);
}

status store_check(store *store, store_check_report *report)
{
    *report = (store_check_report){0};
    size_t mark = store->memory.used_bytes;
    store_view *v;
    TRY(store_view_open(&v, &store->memory, store));
    status s = check(&(checker){v, report});
    if (s == RLP_MALFORMED)
        s = database_error(DATABASE_CORRUPT, "the database in %s is corrupt: RLP is malformed",
                           store->directory);
    store_view_close(v);
    arena_rewind(&store->memory, mark);
    return s;
}
