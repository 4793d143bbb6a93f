/* What a node asks of a state besides: the keys of a trie in order, and what they are hashes of. */
#include "codec/rlp.h"
#include "state/state_internal.h"

void state_visit_keys(const state *s, state_key_visitor visit, void *context)
{
    for (const account *a = s->first_account; a; a = a->next) {
        if (!a->in_trie)
            continue;
        visit(context, &a->trie_key, (bytes){a->address.bytes, sizeof a->address});
        for (const storage_slot *slot = a->slots; slot; slot = slot->next) {
            uint8_t key[32];
            u256_to_be(key, slot->key);
            if (slot->key_is_hashed && slot->epoch == a->epoch && !u256_is_zero(slot->trie_value))
                visit(context, &slot->trie_key, (bytes){key, sizeof key});
        }
    }
}

/* ---- the keys of a trie ---- */

enum { NIBBLES = 64 };

typedef struct {
    const witness *nodes;
    const hash256 *from;
    trie_visitor visit;
    void *context;
    uint8_t path[NIBBLES];
    bool ends; /* the visitor has had enough */
} walk;

static unsigned nibble_of(const hash256 *key, unsigned at)
{
    return at % 2 == 0 ? key->bytes[at / 2] >> 4 : key->bytes[at / 2] & 15;
}

static status visit_item(walk *w, const rlp_item *item, unsigned depth, bool is_bound);

/* `is_bound`: the path so far is that of `from`, so that some of what follows comes before it. */
static status visit_branch(walk *w, bytes items, unsigned depth, bool is_bound)
{
    rlp_item child;
    if (depth == NIBBLES)
        return INPUT_MALFORMED;
    for (unsigned i = 0; i < 16 && !w->ends; i++) {
        TRY(rlp_decode(&child, &items));
        if (is_bound && i < nibble_of(w->from, depth))
            continue;
        w->path[depth] = (uint8_t)i;
        if (child.is_list || child.payload.size > 0)
            TRY(visit_item(w, &child, depth + 1, is_bound && i == nibble_of(w->from, depth)));
    }
    return OK;
}

static void visit_leaf(walk *w, bytes value)
{
    hash256 key;
    for (unsigned i = 0; i < 32; i++)
        key.bytes[i] = (uint8_t)(w->path[2 * i] << 4 | w->path[2 * i + 1]);
    w->ends = !w->visit(w->context, &key, value);
}

/* A leaf or an extension: hex prefix and what it leads to (Yellow Paper, appendix C). */
static status visit_short(walk *w, bytes items, unsigned depth, bool is_bound)
{
    bytes path;
    rlp_item item;
    TRY(rlp_bytes(&path, &items));
    TRY(rlp_decode(&item, &items));
    if (path.size == 0 || path.data[0] > 0x3f)
        return INPUT_MALFORMED;
    bool is_leaf = (path.data[0] & 0x20) != 0, is_odd = (path.data[0] & 0x10) != 0;
    size_t count = 2 * (path.size - 1) + is_odd;
    if (is_leaf ? depth + count != NIBBLES : count == 0 || depth + count >= NIBBLES)
        return INPUT_MALFORMED;
    for (size_t i = 0; i < count; i++) {
        size_t at = i + 2 - is_odd; /* among the path's nibbles, its first byte's included */
        uint8_t nibble = at % 2 == 0 ? path.data[at / 2] >> 4 : path.data[at / 2] & 15;
        unsigned bound = nibble_of(w->from, depth);
        w->path[depth++] = nibble;
        if (is_bound && nibble < bound)
            return OK;
        is_bound = is_bound && nibble == bound;
    }
    if (!is_leaf)
        return visit_item(w, &item, depth, is_bound);
    visit_leaf(w, item.payload);
    return OK;
}

static status visit_node(walk *w, bytes node, unsigned depth, bool is_bound)
{
    bytes items;
    size_t count;
    if (rlp_list(&items, &node) != OK || rlp_count(&count, items) != OK || (count != 2 && count != 17))
        return INPUT_MALFORMED;
    status s = count == 2 ? visit_short(w, items, depth, is_bound) : visit_branch(w, items, depth, is_bound);
    return s == OK || s == WITNESS_INCOMPLETE ? s : INPUT_MALFORMED;
}

/* A node by its hash, or one that stands in its parent. */
static status visit_item(walk *w, const rlp_item *item, unsigned depth, bool is_bound)
{
    if (item->is_list)
        return visit_node(w, item->encoding, depth, is_bound);
    if (item->payload.size != 32)
        return INPUT_MALFORMED;
    bytes node = witness_node_at(w->nodes, item->payload.data);
    return node.data == NULL ? WITNESS_INCOMPLETE : visit_node(w, node, depth, is_bound);
}

status trie_visit(const witness *nodes, const hash256 *root, const hash256 *from, trie_visitor visit,
                  void *context)
{
    if (memcmp(root->bytes, witness_empty_trie_root.bytes, sizeof root->bytes) == 0)
        return OK;
    walk w = {.nodes = nodes, .from = from, .visit = visit, .context = context};
    const rlp_item whole = {.payload = {root->bytes, sizeof root->bytes}};
    return visit_item(&w, &whole, 0, true);
}
