#include "state/trie.h"

#include "base/hex.h"
#include "base/memory.h"
#include "crypto/keccak.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

/* libc's own <string.h> would declare memcpy and the rest a second time, with attributes. */
size_t strlen(const char *text);
int strcmp(const char *a, const char *b);

enum { ARENA_BYTES = 1 << 28, MAX_NODES = 4096 };

static uint64_t random_state = 1;

static uint64_t random_u64(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state * 0x2545f4914f6cdd1dull;
}

static unsigned random_below(unsigned bound) { return (unsigned)((random_u64() >> 32) % bound); }

static bytes copy_bytes(arena *a, bytes b)
{
    uint8_t *data = arena_allocate(a, b.size + 1, 1);
    memcpy(data, b.data ? b.data : data, b.size);
    return (bytes){data, b.size};
}

static bool same_bytes(bytes a, bytes b) { return a.size == b.size && memcmp(a.data, b.data, a.size) == 0; }

/* ---- published vectors ---- */

static const char *fixtures(void)
{
    const char *path = getenv("ASHLAR_FIXTURES");
    return path ? path : "../shared/fixtures";
}

static bytes text_or_hex(arena *a, const char *text)
{
    bytes out = {(const uint8_t *)text, strlen(text)};
    if (out.size >= 2 && text[0] == '0' && text[1] == 'x')
        assert_int_equal(hex_decode(a, &out, text, strlen(text)), OK);
    return out;
}

static void apply(trie *t, arena *a, const char *key_text, const json_t *value, bool hash_keys)
{
    bytes key = text_or_hex(a, key_text);
    hash256 hash;
    if (hash_keys) {
        keccak256(&hash, key.data, key.size);
        key = (bytes){hash.bytes, sizeof hash};
    }
    bytes v = json_is_string(value) ? text_or_hex(a, json_string_value(value)) : (bytes){NULL, 0};
    if (v.size == 0)
        assert_int_equal(trie_delete(t, key), OK);
    else
        assert_int_equal(trie_insert(t, key, v), OK);
}

/* Applies the entries of an object in an order drawn by chance. */
static void apply_object(trie *t, arena *a, json_t *in, bool hash_keys)
{
    const char *keys[64];
    unsigned count = 0;
    const char *key;
    json_t *value;
    json_object_foreach(in, key, value)
    {
        assert_true(count < 64);
        keys[count++] = key;
    }
    for (unsigned i = 0; i < count; i++) {
        unsigned j = i + random_below(count - i);
        const char *swapped = keys[i];
        keys[i] = keys[j];
        keys[j] = swapped;
        apply(t, a, keys[i], json_object_get(in, keys[i]), hash_keys);
    }
}

static void run_fixture(const char *name, bool hash_keys, unsigned *count)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/trie_tests/%s.json", fixtures(), name);
    json_t *file = json_load_file(path, 0, NULL);
    if (!file) {
        print_message("no %s: set ASHLAR_FIXTURES to a folder with trie_tests of ethereum/tests\n", path);
        skip();
    }
    arena a;
    arena_open(&a, ARENA_BYTES);
    const char *test_name;
    json_t *test;
    json_object_foreach(file, test_name, test)
    {
        json_t *in = json_object_get(test, "in"), *pair;
        bytes expected = text_or_hex(&a, json_string_value(json_object_get(test, "root")));
        for (unsigned round = 0; round < 20; round++) {
            trie *t = trie_open(&a, NULL, NULL);
            if (json_is_array(in)) {
                size_t i;
                json_array_foreach(in, i, pair)
                    apply(t, &a, json_string_value(json_array_get(pair, 0)), json_array_get(pair, 1),
                          hash_keys);
            } else {
                apply_object(t, &a, in, hash_keys);
            }
            hash256 root;
            trie_root(t, &root);
            assert_memory_equal(root.bytes, expected.data, 32);
        }
        ++*count;
    }
    arena_close(&a);
    json_decref(file);
}

static void published_roots(void **unused)
{
    (void)unused;
    unsigned count = 0;
    run_fixture("trietest", false, &count);
    run_fixture("trieanyorder", false, &count);
    run_fixture("trietest_secureTrie", true, &count);
    run_fixture("trieanyorder_secureTrie", true, &count);
    run_fixture("hex_encoded_securetrie_test", true, &count);
    assert_true(count >= 20);
}

/* ---- a model: a list of pairs, and a trie built of it from scratch ---- */

typedef struct {
    bytes key, value; /* NULL data: absent */
} pair;

typedef struct {
    pair pairs[512];
    unsigned count;
} model;

static pair *model_find(model *m, bytes key)
{
    for (unsigned i = 0; i < m->count; i++)
        if (same_bytes(m->pairs[i].key, key))
            return &m->pairs[i];
    return NULL;
}

static void model_set(model *m, bytes key, bytes value)
{
    pair *found = model_find(m, key);
    if (!found) {
        assert_true(m->count < 512);
        found = &m->pairs[m->count++];
        found->key = key;
    }
    found->value = value;
}

typedef struct {
    arena *memory;
    bytes nodes[MAX_NODES];
    size_t count;
} store;

/* Keeps every node once. */
static void keep_node(void *context, const hash256 *hash, bytes node)
{
    store *s = context;
    (void)hash;
    for (size_t i = 0; i < s->count; i++)
        if (same_bytes(s->nodes[i], node))
            return;
    assert_true(s->count < MAX_NODES);
    s->nodes[s->count++] = copy_bytes(s->memory, node);
}

static void model_root(arena *a, const model *m, hash256 *root, store *nodes)
{
    trie *t = trie_open(a, NULL, NULL);
    if (nodes)
        trie_set_node_sink(t, keep_node, nodes);
    for (unsigned i = 0; i < m->count; i++)
        if (m->pairs[i].value.data)
            assert_int_equal(trie_insert(t, m->pairs[i].key, m->pairs[i].value), OK);
    trie_root(t, root);
}

/* Few distinct nibbles and lengths, so that paths share, split and end inside one another. */
static bytes random_key(arena *a, unsigned shape)
{
    uint8_t data[32];
    size_t size = shape == 0 ? 1 + random_below(4) : shape == 1 ? 32 : 3;
    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t)(random_below(shape == 2 ? 16 : 3) * (random_below(2) ? 0x11 : 0x10));
    if (shape == 1) {
        hash256 hash;
        uint8_t number = (uint8_t)random_below(200);
        keccak256(&hash, &number, 1);
        memcpy(data, hash.bytes, 32);
    }
    return copy_bytes(a, (bytes){data, size});
}

static bytes random_value(arena *a)
{
    uint8_t data[80];
    size_t size = random_below(3) ? 1 + random_below(4) : 1 + random_below(sizeof data);
    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t)random_u64();
    return copy_bytes(a, (bytes){data, size});
}

static void random_operations(void **unused)
{
    (void)unused;
    for (unsigned round = 0; round < 120; round++) {
        arena a;
        arena_open(&a, ARENA_BYTES);
        trie *t = trie_open(&a, NULL, NULL);
        model m = {.count = 0};
        unsigned shape = round % 3;
        for (unsigned step = 0; step < 150; step++) {
            bytes key = random_key(&a, shape), value;
            pair *known = model_find(&m, key);
            assert_int_equal(trie_get(t, &value, key), OK);
            if (known && known->value.data)
                assert_true(value.data && same_bytes(value, known->value));
            else
                assert_null(value.data);
            /* Grow first, then shrink to nothing. */
            if (random_below(150) >= step) {
                value = random_value(&a);
                assert_int_equal(trie_insert(t, key, value), OK);
                model_set(&m, key, value);
            } else {
                assert_int_equal(trie_delete(t, key), OK);
                model_set(&m, key, (bytes){NULL, 0});
            }
            if (random_below(4) == 0 || step == 149) {
                hash256 root, expected;
                trie_root(t, &root);
                model_root(&a, &m, &expected, NULL);
                assert_memory_equal(&root, &expected, sizeof root);
            }
        }
        for (unsigned i = 0; i < m.count; i++)
            assert_int_equal(trie_delete(t, m.pairs[i].key), OK);
        hash256 root;
        trie_root(t, &root);
        assert_memory_equal(&root, &witness_empty_trie_root, sizeof root);
        arena_close(&a);
    }
}

/* ---- partial witnesses ---- */

typedef struct {
    bytes key, value; /* value NULL: delete; `read`: only read */
    bool read;
} change;

/* Reads all keys, then writes what is to be written, deletions last, as a block does. */
static status run_changes(arena *a, const witness *w, const hash256 *old_root, const change *changes,
                          unsigned count, hash256 *root)
{
    trie *t = trie_open(a, w, old_root);
    bytes value;
    for (unsigned i = 0; i < count; i++)
        TRY(trie_get(t, &value, changes[i].key));
    for (unsigned i = 0; i < count; i++)
        if (!changes[i].read && changes[i].value.data)
            TRY(trie_insert(t, changes[i].key, changes[i].value));
    for (unsigned i = 0; i < count; i++)
        if (!changes[i].read && !changes[i].value.data)
            TRY(trie_delete(t, changes[i].key));
    trie_root(t, root);
    return OK;
}

static void partial_witnesses(void **unused)
{
    (void)unused;
    static store full;
    unsigned refused = 0, collapses = 0;
    for (unsigned round = 0; round < 150; round++) {
        arena a;
        arena_open(&a, ARENA_BYTES);
        model m = {.count = 0};
        unsigned shape = round % 3;
        unsigned size = 1 + random_below(120);
        for (unsigned i = 0; i < size; i++) {
            bytes value = random_value(&a);
            bytes key = random_key(&a, shape);
            model_set(&m, key, value);
        }
        full = (store){.memory = &a};
        hash256 old_root;
        model_root(&a, &m, &old_root, &full);

        change changes[12];
        unsigned count = 1 + random_below(12);
        for (unsigned i = 0; i < count; i++) {
            bool known = random_below(3) != 0;
            changes[i].key = known ? m.pairs[random_below(m.count)].key : random_key(&a, shape);
            changes[i].value = random_below(2) ? random_value(&a) : (bytes){NULL, 0};
            changes[i].read = random_below(4) == 0;
            for (unsigned j = 0; j < i; j++)
                if (same_bytes(changes[i].key, changes[j].key))
                    changes[i].read = true;
        }
        for (unsigned i = 0; i < count; i++)
            if (!changes[i].read)
                model_set(&m, changes[i].key, changes[i].value);
        hash256 expected, root;
        model_root(&a, &m, &expected, NULL);

        witness *everything, *partial;
        assert_int_equal(witness_open(&everything, &a, full.nodes, full.count, NULL, 0), OK);
        assert_int_equal(run_changes(&a, everything, &old_root, changes, count, &root), OK);
        assert_memory_equal(&root, &expected, sizeof root);

        /* What was used suffices, and nothing of it can be missing or different. */
        bytes used[MAX_NODES], without[MAX_NODES];
        size_t used_count = witness_used_node_count(everything);
        witness_used_nodes(everything, used);
        collapses += used_count < full.count;
        assert_int_equal(witness_open(&partial, &a, used, used_count, NULL, 0), OK);
        assert_int_equal(run_changes(&a, partial, &old_root, changes, count, &root), OK);
        assert_memory_equal(&root, &expected, sizeof root);
        assert_int_equal(witness_used_node_count(partial), used_count);
        for (size_t dropped = 0; dropped < used_count; dropped++) {
            for (size_t i = 0; i < used_count; i++)
                without[i] = used[i < dropped ? i : i + 1 < used_count ? i + 1 : i];
            assert_int_equal(witness_open(&partial, &a, without, used_count - 1, NULL, 0), OK);
            assert_int_equal(run_changes(&a, partial, &old_root, changes, count, &root), WITNESS_INCOMPLETE);
            memcpy(without, used, used_count * sizeof *used);
            without[dropped] = copy_bytes(&a, used[dropped]);
            ((uint8_t *)without[dropped].data)[random_below((unsigned)used[dropped].size)] ^=
                (uint8_t)(1u << random_below(8));
            assert_int_equal(witness_open(&partial, &a, without, used_count, NULL, 0), OK);
            assert_int_equal(run_changes(&a, partial, &old_root, changes, count, &root), WITNESS_INCOMPLETE);
            refused++;
        }
        arena_close(&a);
    }
    assert_true(refused > 500 && collapses > 50);
}

/* A branch is encoded anew as a copy of what was read where that will do: branches of all sizes of children
 * and values, with a value as long as makes one of fifteen children look like one of sixteen, and each change
 * of one of them. */
static void branches_change(void **unused)
{
    (void)unused;
    static const uint8_t data[40] = {5, 6, 7}, other[40] = {9, 8, 7};
    static const uint8_t high[1] = {0x85};
    static const bytes values[] = {{NULL, 0}, {data, 1}, {high, 1}, {data, 3}, {data, 32}};
    static const bytes replaced[] = {{other, 40}, {other, 1}, {NULL, 0}};
    enum { CHILDREN = 16, VALUES = sizeof values / sizeof *values };
    static store full;
    uint8_t keys[CHILDREN];
    unsigned cases = 0;
    for (unsigned shape = 0; shape < 17 * VALUES * 8; shape++) {
        unsigned child_count = shape % 17;
        bytes own = values[shape / 17 % VALUES];
        unsigned embedded = shape / (17 * VALUES); /* of the children none, or each so many'th */
        if (child_count + (own.data != NULL) < 2)
            continue;
        arena a;
        arena_open(&a, ARENA_BYTES);
        model m = {.count = 0};
        for (unsigned i = 0; i < CHILDREN; i++) {
            keys[i] = (uint8_t)(i << 4 | 1);
            bool is_embedded = embedded != 0 && i % embedded == 0;
            if (i < child_count)
                model_set(&m, (bytes){&keys[i], 1}, (bytes){data, is_embedded ? 2 : 40});
        }
        if (own.data)
            model_set(&m, (bytes){keys, 0}, own);
        full = (store){.memory = &a};
        hash256 old_root, expected, root;
        model_root(&a, &m, &old_root, &full);
        witness *w;
        assert_int_equal(witness_open(&w, &a, full.nodes, full.count, NULL, 0), OK);
        for (unsigned i = 0; i <= CHILDREN * 3 + 2; i++) {
            change c = {.key = {keys, 0}, .value = i % 3 == 2 ? (bytes){NULL, 0} : values[1 + i % 3]};
            if (i < CHILDREN * 3)
                c = (change){.key = {&keys[i / 3], 1}, .value = replaced[i % 3]};
            model changed = m;
            model_set(&changed, c.key, c.value);
            model_root(&a, &changed, &expected, NULL);
            assert_int_equal(run_changes(&a, w, &old_root, &c, 1, &root), OK);
            assert_memory_equal(&root, &expected, sizeof root);
            cases++;
        }
        arena_close(&a);
    }
    assert_true(cases > 10000);
}

/* Updates before deletions: A leaves, B comes, C stays unread, all under one branch. In the other order C
 * would have to be read. */
static void insertion_spares_the_sibling(void **unused)
{
    (void)unused;
    arena a;
    arena_open(&a, ARENA_BYTES);
    static store full;
    full = (store){.memory = &a};
    uint8_t long_value[40] = {1};
    bytes value = {long_value, sizeof long_value};
    bytes key_a = {(const uint8_t *)"\x10\x00", 2}, key_b = {(const uint8_t *)"\x20\x00", 2},
          key_c = {(const uint8_t *)"\x30\x01", 2};
    trie *t = trie_open(&a, NULL, NULL);
    trie_set_node_sink(t, keep_node, &full);
    assert_int_equal(trie_insert(t, key_a, value), OK);
    assert_int_equal(trie_insert(t, key_c, value), OK);
    hash256 old_root, root;
    trie_root(t, &old_root);
    assert_int_equal(full.count, 3);

    witness *w;
    bytes nodes[2];
    for (unsigned missing = 0; missing < 2; missing++) { /* the sink gives children first: A, C, branch */
        nodes[0] = full.nodes[1 - missing];
        nodes[1] = full.nodes[2];
        assert_int_equal(witness_open(&w, &a, nodes, 2, NULL, 0), OK);
        t = trie_open(&a, w, &old_root);
        bytes gone = missing == 0 ? key_c : key_a;
        assert_int_equal(trie_insert(t, key_b, value), OK);
        assert_int_equal(trie_delete(t, gone), OK);
        trie_root(t, &root);
        t = trie_open(&a, w, &old_root);
        assert_int_equal(trie_delete(t, gone), WITNESS_INCOMPLETE);
    }
    arena_close(&a);
}

/* ---- malformed nodes ---- */

static status get_from(arena *a, const char *node_hex, const char *child_hex, bytes key)
{
    bytes nodes[2], value;
    assert_int_equal(hex_decode(a, &nodes[0], node_hex, strlen(node_hex)), OK);
    hash256 root;
    size_t count = 1;
    if (child_hex) {
        /* The 32 bytes of 0xee in the first node become the hash of the second. */
        assert_int_equal(hex_decode(a, &nodes[1], child_hex, strlen(child_hex)), OK);
        hash256 child;
        keccak256(&child, nodes[1].data, nodes[1].size);
        for (size_t i = 0; i + 32 <= nodes[0].size; i++)
            if (nodes[0].data[i] == 0xee && nodes[0].data[i + 31] == 0xee) {
                memcpy((uint8_t *)nodes[0].data + i, &child, 32);
                break;
            }
        count = 2;
    }
    keccak256(&root, nodes[0].data, nodes[0].size);
    witness *w;
    assert_int_equal(witness_open(&w, a, nodes, count, NULL, 0), OK);
    return trie_get(trie_open(a, w, &root), &value, key);
}

#define HASH_HOLE "a0eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
#define BRANCH_14_EMPTY "8080808080808080808080808080"

static void malformed_nodes(void **unused)
{
    (void)unused;
    arena a;
    arena_open(&a, ARENA_BYTES);
    bytes key = {(const uint8_t *)"\x01\x23", 2};
    static const char *const bad[] = {
        "83202020",                              /* a string */
        "c0",                                    /* no items */
        "c120",                                  /* one item */
        "c3202020",                              /* three items */
        "c68320012382abcd",                      /* a length too small, */
        "c88320012382abcd",                      /* or too large */
        "f8078320012382abcd",                    /* or not canonical */
        "c7832001238240cd00",                    /* something behind */
        "c7834001238240cd",                      /* unknown flags */
        "c7832101238240cd",                      /* a padding nibble that is not zero */
        "c58320012380",                          /* an empty value */
        "c583200123c0",                          /* a list as value */
        "c28001",                                /* an empty path */
        "c3c12001",                              /* a list as path */
        "c3832001",                              /* a truncated path */
        "c400c22001",                            /* an extension without a path, */
        "c21080",                                /* to nothing, */
        "c41082eeee",                            /* to two bytes, */
        "c410c23101",                            /* to a leaf, */
        "d310d1" BRANCH_14_EMPTY "808001",       /* to a branch of one value */
        "d1" BRANCH_14_EMPTY "808080",           /* a branch of nothing, */
        "d1" BRANCH_14_EMPTY "808001",           /* of one value, */
        "d3c23101" BRANCH_14_EMPTY "8080",       /* of one child, */
        "d6c23101c23102" BRANCH_14_EMPTY "8080", /* of 18 items, */
        "d4c23101c23102" BRANCH_14_EMPTY,        /* of 16 items */
        "d5c23101c23102" BRANCH_14_EMPTY "c0",   /* with a list as value */
        "d6c23101c23102" BRANCH_14_EMPTY "8101", /* with a value that is not canonical */
        "d3c2310101" BRANCH_14_EMPTY "80",       /* with a byte as child */
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        status got = get_from(&a, bad[i], NULL, key);
        if (got != INPUT_MALFORMED)
            print_message("%s: %s\n", bad[i], status_name(got));
        assert_int_equal(got, INPUT_MALFORMED);
    }
    /* An extension to a leaf by hash; a node of less than 32 bytes by hash. */
    const char *leaf = "e4823123a0000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    assert_int_equal(get_from(&a, "e210" HASH_HOLE, leaf, key), INPUT_MALFORMED);
    assert_int_equal(get_from(&a, "f2" HASH_HOLE "c23102" BRANCH_14_EMPTY "80", leaf, key), INPUT_MALFORMED);
    assert_int_equal(get_from(&a, "f3" HASH_HOLE "c23102" BRANCH_14_EMPTY "80", leaf, key), OK);
    assert_int_equal(get_from(&a, "f3" HASH_HOLE "c23102" BRANCH_14_EMPTY "80", "c482312301", key),
                     INPUT_MALFORMED);
    assert_int_equal(get_from(&a, "e210" HASH_HOLE, "d5c23101c23102" BRANCH_14_EMPTY "80", key),
                     INPUT_MALFORMED);
    uint8_t long_key[TRIE_MAX_KEY_BYTES + 1] = {0};
    assert_int_equal(get_from(&a, "c7832001238240cd", NULL, (bytes){long_key, sizeof long_key}),
                     INPUT_MALFORMED);
    arena_close(&a);
}

/* Random bytes that hash right: any answer, but no crash (build with -fsanitize to see more). */
static void hostile_nodes(void **unused)
{
    (void)unused;
    static store full;
    arena a;
    arena_open(&a, ARENA_BYTES);
    unsigned outcomes[3] = {0};
    for (unsigned round = 0; round < 4000; round++) {
        arena_rewind(&a, 0);
        model m = {.count = 0};
        for (unsigned i = 0; i < 12; i++) {
            bytes value = random_value(&a);
            bytes key = random_key(&a, 0);
            model_set(&m, key, value);
        }
        full = (store){.memory = &a};
        hash256 root;
        model_root(&a, &m, &root, &full);
        bytes node = full.nodes[full.count - 1];
        /* Exactly as large as the node, so that a sanitizer sees what reads beyond it. */
        uint8_t *changed = malloc(node.size);
        memcpy(changed, node.data, node.size);
        for (unsigned i = 0; i < 1 + round % 3; i++)
            changed[random_below((unsigned)node.size)] = (uint8_t)random_u64();
        full.nodes[full.count - 1] = (bytes){changed, node.size - random_below(2) * random_below(3)};
        keccak256(&root, changed, full.nodes[full.count - 1].size);
        witness *w;
        if (witness_open(&w, &a, full.nodes, full.count, NULL, 0) == OK) {
            change changes[4];
            for (unsigned i = 0; i < 4; i++)
                changes[i] = (change){m.pairs[random_below(m.count)].key,
                                      random_below(2) ? random_value(&a) : (bytes){NULL, 0}, false};
            hash256 new_root;
            status got = run_changes(&a, w, &root, changes, 4, &new_root);
            assert_true(got == OK || got == WITNESS_INCOMPLETE || got == INPUT_MALFORMED);
            outcomes[got == OK ? 0 : got == WITNESS_INCOMPLETE ? 1 : 2]++;
        }
        free(changed);
    }
    assert_true(outcomes[0] > 10 && outcomes[1] > 10 && outcomes[2] > 10);
    arena_close(&a);
}

/* ---- the witness itself ---- */

static void witness_finds_by_hash(void **unused)
{
    (void)unused;
    arena a;
    arena_open(&a, ARENA_BYTES);
    bytes blobs[200];
    uint8_t data[200][40];
    for (unsigned i = 0; i < 200; i++) {
        for (unsigned j = 0; j < 40; j++)
            data[i][j] = (uint8_t)random_u64();
        blobs[i] = (bytes){data[i], i % 40 + (i >= 40 ? 1 : 0)};
        if (i < 40)
            blobs[i].size = 40;
    }
    witness *w;
    assert_int_equal(witness_open(&w, &a, blobs, 40, blobs, 40), OK);
    hash256 hash;
    for (unsigned i = 0; i < 40; i++) {
        unsigned at = (i * 7) % 40;
        keccak256(&hash, blobs[at].data, blobs[at].size);
        assert_ptr_equal(witness_node(w, &hash).data, blobs[at].data);
        assert_int_equal(witness_used_node_count(w), i + 1);
        hash.bytes[31] ^= 1;
        assert_null(witness_node(w, &hash).data);
        assert_null(witness_code(w, &hash).data);
    }
    bytes used[40];
    witness_used_nodes(w, used);
    for (unsigned i = 0; i < 40; i++)
        assert_ptr_equal(used[i].data, blobs[(i * 7) % 40].data);
    assert_int_equal(witness_used_code_count(w), 0);

    keccak256(&hash, NULL, 0);
    assert_memory_equal(&hash, &witness_empty_code_hash, sizeof hash);
    assert_non_null(witness_code(NULL, &hash).data);
    assert_int_equal(witness_code(NULL, &hash).size, 0);
    keccak256(&hash, (const uint8_t *)"\x80", 1);
    assert_memory_equal(&hash, &witness_empty_trie_root, sizeof hash);
    assert_int_equal(witness_node(NULL, &hash).size, 1);

    /* One by one it grows to the same. */
    witness *grown;
    assert_int_equal(witness_open(&grown, &a, blobs, 3, NULL, 0), OK);
    for (unsigned i = 0; i < 200; i++) {
        witness_add_node(grown, &a, blobs[i]);
        keccak256(&hash, blobs[i / 2].data, blobs[i / 2].size);
        assert_ptr_equal(witness_node(grown, &hash).data, blobs[i / 2].data);
        witness_add_code(grown, &a, blobs[i]);
        assert_ptr_equal(witness_code(grown, &hash).data, blobs[i / 2].data);
    }
    assert_int_equal(witness_used_node_count(grown), 100);
    assert_int_equal(witness_used_code_count(grown), 100);
    witness_forget_used(grown);
    assert_int_equal(witness_used_node_count(grown), 0);
    assert_ptr_equal(witness_node(grown, &hash).data, blobs[99].data);
    assert_int_equal(witness_used_node_count(grown), 1);

    bytes twice[5] = {blobs[1], blobs[0], blobs[1], blobs[2], blobs[0]};
    assert_int_equal(witness_remove_duplicates(&a, twice, 5), 3);
    assert_ptr_equal(twice[0].data, blobs[1].data);
    assert_ptr_equal(twice[1].data, blobs[0].data);
    assert_ptr_equal(twice[2].data, blobs[2].data);

    blobs[39] = blobs[3];
    assert_int_equal(witness_open(&w, &a, blobs, 40, NULL, 0), WITNESS_DUPLICATE);
    assert_int_equal(witness_open(&w, &a, NULL, 0, blobs, 40), WITNESS_DUPLICATE);
    arena_close(&a);
}

/* ---- keys in order ---- */

typedef struct {
    witness *nodes;
    arena *memory;
} witness_keeper;

static void keep_in_witness(void *context, const hash256 *hash, bytes node)
{
    (void)hash;
    witness_keeper *k = context;
    witness_add_node(k->nodes, k->memory, node);
}

typedef struct {
    hash256 keys[512];
    uint8_t values[512]; /* their first bytes */
    size_t count, most;
} key_list;

static bool take_key(void *context, const hash256 *key, bytes value)
{
    key_list *l = context;
    l->keys[l->count] = *key;
    l->values[l->count++] = value.data[0];
    return l->count < l->most;
}

static int compare_keys(const void *a, const void *b) { return memcmp(a, b, sizeof(hash256)); }

static void keys_come_in_order(void **unused)
{
    (void)unused;
    for (unsigned round = 0; round < 200; round++) {
        arena a;
        arena_open(&a, ARENA_BYTES);
        witness *nodes;
        assert_int_equal(witness_open(&nodes, &a, NULL, 0, NULL, 0), OK);
        witness_keeper keeper = {nodes, &a};
        trie *t = trie_open(&a, NULL, NULL);
        trie_set_node_sink(t, keep_in_witness, &keeper);
        unsigned count = random_below(round < 100 ? 12 : 300);
        hash256 *keys = ARENA_NEW(&a, hash256, count + 1), root, from;
        for (unsigned i = 0; i < count; i++) {
            /* Some share a long beginning with the one before, so that nodes stand in others. */
            unsigned shared = i > 0 && random_below(2) ? random_below(33) : 0;
            for (unsigned j = 0; j < 32; j++)
                keys[i].bytes[j] = j < shared ? keys[i - 1].bytes[j] : (uint8_t)random_u64();
            uint8_t *value = arena_allocate(&a, 40, 1);
            memset(value, keys[i].bytes[31] | 1, 40);
            bytes key = {keys[i].bytes, 32}, written = {value, 1 + random_below(40)};
            assert_int_equal(trie_insert(t, key, written), OK);
        }
        trie_root(t, &root);
        qsort(keys, count, sizeof *keys, compare_keys);
        unsigned distinct = 0;
        for (unsigned i = 0; i < count; i++)
            if (i == 0 || memcmp(&keys[i], &keys[i - 1], 32) != 0)
                keys[distinct++] = keys[i];
        key_list *list = ARENA_NEW(&a, key_list, 1);
        for (unsigned turn = 0; turn < 20; turn++) {
            memset(&from, 0, sizeof from);
            if (turn > 0)
                for (unsigned j = 0; j < 32; j++)
                    from.bytes[j] = (uint8_t)random_u64();
            if (turn > 4 && distinct > 0) { /* one of them, or just beside it */
                from = keys[random_below(distinct)];
                from.bytes[31] = (uint8_t)(from.bytes[31] + random_below(3) - 1);
            }
            list->count = 0;
            list->most = turn % 3 == 0 ? 512 : 1 + random_below(5);
            assert_int_equal(trie_visit(nodes, &root, &from, take_key, list), OK);
            unsigned first = 0;
            while (first < distinct && memcmp(&keys[first], &from, 32) < 0)
                first++;
            size_t expected = distinct - first < list->most ? distinct - first : list->most;
            assert_int_equal(list->count, expected);
            for (size_t i = 0; i < expected; i++) {
                assert_memory_equal(&list->keys[i], &keys[first + i], 32);
                assert_int_equal(list->values[i], keys[first + i].bytes[31] | 1);
            }
        }
        arena_close(&a);
    }
    /* What is no trie of such keys, or not there. */
    arena a;
    arena_open(&a, ARENA_BYTES);
    static const char *const bad[] = {"c0",     "c22080", "c320c101",           "c20081",
                                      "c23f80", "c21180", "c82000000000000000", "80"};
    key_list *list = ARENA_NEW(&a, key_list, 1);
    const hash256 zero = {{0}};
    list->most = 512;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        witness *nodes;
        hash256 root;
        bytes node;
        assert_int_equal(hex_decode(&a, &node, bad[i], strlen(bad[i])), OK);
        assert_int_equal(witness_open(&nodes, &a, &node, 1, NULL, 0), OK);
        keccak256(&root, node.data, node.size);
        if (i + 1 < sizeof bad / sizeof bad[0])
            assert_int_equal(trie_visit(nodes, &root, &zero, take_key, list), INPUT_MALFORMED);
        assert_int_equal(trie_visit(nodes, &zero, &zero, take_key, list), WITNESS_INCOMPLETE);
    }
    assert_int_equal(trie_visit(NULL, &witness_empty_trie_root, &zero, take_key, list), OK);
    assert_int_equal(list->count, 0);
    arena_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_come_in_order),    cmocka_unit_test(witness_finds_by_hash),
        cmocka_unit_test(random_operations),     cmocka_unit_test(partial_witnesses),
        cmocka_unit_test(branches_change),       cmocka_unit_test(insertion_spares_the_sibling),
        cmocka_unit_test(malformed_nodes),       cmocka_unit_test(hostile_nodes),
        cmocka_unit_test(published_roots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
