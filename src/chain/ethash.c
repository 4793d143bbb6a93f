#include "chain/ethash.h"

#include "base/check.h"
#include "base/memory.h"
#include "chain/header.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"

enum {
    EPOCH_BLOCKS = 30000,
    NODE_WORDS = 16,
    NODE_BYTES = 64,
    PAGE_NODES = 2, /* of the data set are read at once */
    CACHE_ROUNDS = 3,
    NODE_PARENTS = 256,
    ACCESSES = 64,
};

typedef union {
    uint32_t word[NODE_WORDS]; /* little-endian */
    uint8_t bytes[NODE_BYTES];
} node;

struct ethash {
    uint64_t epoch, page_count;
    uint32_t node_count;
    node *nodes;
};

static uint32_t fnv(uint32_t a, uint32_t b) { return a * 0x01000193u ^ b; }

/* Keccak-512 of at most 64 bytes; the output may be the input. */
static void keccak512(node *out, const uint8_t *data, size_t size_bytes)
{
    enum { RATE_BYTES = 72 };
    CHECK(size_bytes < RATE_BYTES);
    uint64_t state[25] = {0};
    memcpy(state, data, size_bytes);
    ((uint8_t *)state)[size_bytes] ^= 0x01;
    ((uint8_t *)state)[RATE_BYTES - 1] ^= 0x80;
    keccak_f1600(state);
    memcpy(out->bytes, state, NODE_BYTES);
}

static bool is_prime(uint64_t n)
{
    for (uint64_t d = 2; d * d <= n; d++)
        if (n % d == 0)
            return false;
    return true;
}

/* The largest prime number of units of which `size_bytes` are not more than that. */
static uint64_t prime_units(uint64_t size_bytes, uint64_t unit_bytes)
{
    uint64_t units = size_bytes / unit_bytes - 1;
    while (!is_prime(units))
        units -= 2;
    return units;
}

ethash *ethash_open(arena *memory, uint64_t number)
{
    ethash *e = ARENA_NEW(memory, ethash, 1);
    e->epoch = number / EPOCH_BLOCKS;
    e->node_count = (uint32_t)prime_units(((uint64_t)1 << 24) + (e->epoch << 17), NODE_BYTES);
    e->page_count = prime_units(((uint64_t)1 << 30) + (e->epoch << 23), PAGE_NODES * NODE_BYTES);
    e->nodes = arena_allocate(memory, (size_t)e->node_count * sizeof *e->nodes, 8);

    hash256 seed = {{0}};
    for (uint64_t i = 0; i < e->epoch; i++)
        keccak256(&seed, seed.bytes, sizeof seed.bytes);
    keccak512(&e->nodes[0], seed.bytes, sizeof seed.bytes);
    for (uint32_t i = 1; i < e->node_count; i++)
        keccak512(&e->nodes[i], e->nodes[i - 1].bytes, NODE_BYTES);
    for (unsigned round = 0; round < CACHE_ROUNDS; round++)
        for (uint32_t i = 0; i < e->node_count; i++) {
            const node *a = &e->nodes[i == 0 ? e->node_count - 1 : i - 1];
            const node *b = &e->nodes[e->nodes[i].word[0] % e->node_count];
            node sum;
            for (unsigned k = 0; k < NODE_WORDS; k++)
                sum.word[k] = a->word[k] ^ b->word[k];
            keccak512(&e->nodes[i], sum.bytes, NODE_BYTES);
        }
    return e;
}

/* A node of the data set. */
static void make_node(node *out, const ethash *e, uint32_t index)
{
    *out = e->nodes[index % e->node_count];
    out->word[0] ^= index;
    keccak512(out, out->bytes, NODE_BYTES);
    for (uint32_t i = 0; i < NODE_PARENTS; i++) {
        const node *parent = &e->nodes[fnv(index ^ i, out->word[i % NODE_WORDS]) % e->node_count];
        for (unsigned k = 0; k < NODE_WORDS; k++)
            out->word[k] = fnv(out->word[k], parent->word[k]);
    }
    keccak512(out, out->bytes, NODE_BYTES);
}

/* What is sealed: the hash of the header without mix hash and nonce, its items 13 and 14. */
static void sealed_hash(hash256 *out, arena *memory, bytes header)
{
    size_t mark = memory->used_bytes;
    rlp_writer w;
    rlp_writer_init(&w, arena_allocate(memory, header.size, 8), header.size);
    bytes fields;
    CHECK(rlp_list(&fields, &header) == OK);
    size_t list = rlp_begin_list(&w);
    for (unsigned i = 0; !rlp_at_end(fields); i++) {
        rlp_item item;
        CHECK(rlp_decode(&item, &fields) == OK);
        if (i != 13 && i != 14)
            rlp_write_raw(&w, item.encoding.data, item.encoding.size);
    }
    rlp_end_list(&w, list);
    bytes written = rlp_written(&w);
    keccak256(out, written.data, written.size);
    arena_rewind(memory, mark);
}

bool ethash_holds(const ethash *e, arena *memory, bytes encoding)
{
    block_header header;
    CHECK(header_decode(&header, encoding) == OK);
    if (header.number / EPOCH_BLOCKS != e->epoch)
        return false;

    struct {
        hash256 hash;
        uint64_t nonce; /* little-endian */
    } start = {.nonce = header.nonce};
    sealed_hash(&start.hash, memory, encoding);
    struct {
        node seed;
        uint32_t mix[8];
    } end;
    keccak512(&end.seed, start.hash.bytes, sizeof start);

    enum { MIX_WORDS = PAGE_NODES * NODE_WORDS };
    uint32_t mix[MIX_WORDS];
    for (unsigned i = 0; i < MIX_WORDS; i++)
        mix[i] = end.seed.word[i % NODE_WORDS];
    for (uint32_t i = 0; i < ACCESSES; i++) {
        uint64_t page = fnv(i ^ end.seed.word[0], mix[i % MIX_WORDS]) % e->page_count;
        for (unsigned part = 0; part < PAGE_NODES; part++) {
            node made;
            make_node(&made, e, (uint32_t)(page * PAGE_NODES + part));
            for (unsigned k = 0; k < NODE_WORDS; k++)
                mix[part * NODE_WORDS + k] = fnv(mix[part * NODE_WORDS + k], made.word[k]);
        }
    }
    for (unsigned i = 0; i < MIX_WORDS; i += 4)
        end.mix[i / 4] = fnv(fnv(fnv(mix[i], mix[i + 1]), mix[i + 2]), mix[i + 3]);
    if (memcmp(end.mix, header.mix_hash.bytes, sizeof end.mix) != 0)
        return false;

    /* At most 2^256 / difficulty. */
    hash256 work;
    keccak256(&work, end.seed.bytes, sizeof end);
    uint64_t product[8];
    u256_mul_wide(product, u256_from_be(work.bytes, 32), header.difficulty);
    uint64_t low = product[0] | product[1] | product[2] | product[3],
             high = product[5] | product[6] | product[7];
    return high == 0 && (product[4] == 0 || (product[4] == 1 && low == 0));
}
