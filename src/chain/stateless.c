#include "chain/stateless.h"

#include "base/memory.h"
#include "chain/build.h"
#include "chain/header.h"
#include "chain/receipt.h"
#include "chain/ssz.h"
#include "chain/transaction.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"
#include "crypto/sha256.h"

/* Log2 of what lists may hold, which their roots depend on; of bytes in leaves of 32. */
enum {
    LOG2_EXTRA_DATA = 0,
    LOG2_REQUESTS = 4,
    LOG2_REQUEST = 20 - 5,
    LOG2_NODES = 20,
    LOG2_CODES = 16,
    LOG2_HEADERS = 8,
    LOG2_KEYS = 20,
    LOG2_PAYLOAD = 5, /* of its 19 fields */
    LOG2_REQUEST_FIELDS = 2,
    LOG2_MOST = 31, /* where there is no such number */
};

typedef struct {
    unsigned transactions, transaction, withdrawals, access_list, blobs;
} depths;
static const depths DEPTHS_OF_TESTS = {20, 30 - 5, 16, 24 - 5, 12};
static const depths PROGRESSIVE = {SSZ_PROGRESSIVE, SSZ_PROGRESSIVE, SSZ_PROGRESSIVE, SSZ_PROGRESSIVE,
                                   SSZ_PROGRESSIVE};

/* What items of a witness may have, by a schema. */
enum { MOST_NODE_BYTES = 1 << 10, MOST_CODE_BYTES = 1 << 16, MOST_HEADER_BYTES = 1 << 10, KEY_BYTES = 65 };

/* Where fields stand in the fixed part of their container, and how long that is. */
enum {
    INPUT_REQUEST = 0,
    INPUT_WITNESS = 4,
    INPUT_CHAIN_ID = 8,
    INPUT_KEYS = 16,
    INPUT_BYTES = 20,
    REQUEST_PAYLOAD = 0,
    REQUEST_BYTES_PARIS = 4,
    REQUEST_BLOBS = 4,
    REQUEST_BEACON_ROOT = 8,
    REQUEST_BYTES_CANCUN = 40,
    REQUEST_REQUESTS = 40,
    REQUEST_BYTES_PRAGUE = 44,
    REQUESTS_BYTES = 12,
    WITNESS_BYTES = 12,
    WITHDRAWAL_BYTES = 44,
    PAYLOAD_PARENT_HASH = 0,
    PAYLOAD_COINBASE = 32,
    PAYLOAD_STATE_ROOT = 52,
    PAYLOAD_RECEIPTS_ROOT = 84,
    PAYLOAD_BLOOM = 116,
    PAYLOAD_RANDAO = 372,
    PAYLOAD_NUMBER = 404,
    PAYLOAD_GAS_LIMIT = 412,
    PAYLOAD_GAS_USED = 420,
    PAYLOAD_TIMESTAMP = 428,
    PAYLOAD_EXTRA_DATA = 436,
    PAYLOAD_BASE_FEE = 440,
    PAYLOAD_HASH = 472,
    PAYLOAD_TRANSACTIONS = 504,
    PAYLOAD_BYTES_PARIS = 508,
    PAYLOAD_WITHDRAWALS = 508,
    PAYLOAD_BYTES_SHANGHAI = 512,
    PAYLOAD_BLOB_GAS_USED = 512,
    PAYLOAD_EXCESS_BLOB_GAS = 520,
    PAYLOAD_BYTES_CANCUN = 528,
    PAYLOAD_ACCESS_LIST = 528,
    PAYLOAD_SLOT = 532,
    PAYLOAD_BYTES_AMSTERDAM = 540,
};

/* ---- schemas ---- */

enum { SCHEMA_BYTES = 2, SCHEMA_REVISION = 1, SCHEMA_FORK_PARIS = 0x0e };

typedef struct {
    uint16_t id; /* 0: that of zkevm@v0.3.3 */
    fork_id fork;
    const char *rules; /* whose blob parameters they are */
} schema;

/* The schema's fork is a number: Paris is 14, and each that follows the next. */
static bool find_schema(schema *out, bytes data)
{
    static const schema known[] = {{0, FORK_PARIS, "Paris"},   {0, FORK_SHANGHAI, "Shanghai"},
                                   {0, FORK_CANCUN, "Cancun"}, {0, FORK_PRAGUE, "Prague"},
                                   {0, FORK_OSAKA, "Osaka"},   {0, FORK_OSAKA, "BPO1"},
                                   {0, FORK_OSAKA, "BPO2"}};
    if (data.size < SCHEMA_BYTES || data.data[1] != SCHEMA_REVISION || data.data[0] < SCHEMA_FORK_PARIS ||
        data.data[0] >= SCHEMA_FORK_PARIS + sizeof known / sizeof known[0])
        return false;
    *out = known[data.data[0] - SCHEMA_FORK_PARIS];
    out->id = (uint16_t)(data.data[0] << 8 | data.data[1]);
    return true;
}

static bool is_of_tests(bytes data)
{
    return data.size >= INPUT_BYTES && ssz_u32(data.data) == INPUT_BYTES;
}

static size_t payload_bytes(fork_id fork)
{
    return fork >= FORK_AMSTERDAM  ? PAYLOAD_BYTES_AMSTERDAM
           : fork >= FORK_CANCUN   ? PAYLOAD_BYTES_CANCUN
           : fork >= FORK_SHANGHAI ? PAYLOAD_BYTES_SHANGHAI
                                   : PAYLOAD_BYTES_PARIS;
}

static size_t request_bytes(fork_id fork)
{
    return fork >= FORK_PRAGUE   ? REQUEST_BYTES_PRAGUE
           : fork >= FORK_CANCUN ? REQUEST_BYTES_CANCUN
                                 : REQUEST_BYTES_PARIS;
}

/* ---- the payload request ---- */

/* Requests as containers of numbers and bytes, of these sizes (EIP-6110, EIP-7002, EIP-7251). */
enum { REQUEST_KINDS = 3, MOST_REQUEST_FIELDS = 5 };
typedef struct {
    uint8_t sizes[MOST_REQUEST_FIELDS];
    uint8_t fields, log2_fields, size_bytes;
} request_kind;
static const request_kind REQUESTS[REQUEST_KINDS] = {{{48, 32, 8, 96, 8}, 5, 3, 192},
                                                     {{20, 48, 8}, 3, 2, 76},
                                                     {{20, 48, 48}, 3, 2, 116}};

typedef struct {
    schema schema;
    bytes payload; /* from its fixed part on */
    bytes extra_data, access_list, withdrawals;
    bytes *transactions;
    size_t transaction_count;
    bytes versioned_hashes;
    const uint8_t *beacon_root;
    bytes *requests; /* each with its type before it */
    size_t request_count;
    bytes request_lists[REQUEST_KINDS]; /* as they stand in a schema */
} payload_request;

static bool fits(bytes list, size_t item_bytes, unsigned log2_most)
{
    return list.size % item_bytes == 0 && list.size / item_bytes <= (size_t)1 << log2_most;
}

static bool all_fit(const bytes *items, size_t count, size_t most_bytes)
{
    for (size_t i = 0; i < count; i++)
        if (items[i].size > most_bytes)
            return false;
    return true;
}

/* Of the tests: a list of byte strings. */
static status read_requests_of_tests(payload_request *r, arena *memory, bytes list)
{
    TRY(ssz_items(&r->requests, &r->request_count, memory, list, (size_t)1 << LOG2_REQUESTS));
    return all_fit(r->requests, r->request_count, (size_t)32 << LOG2_REQUEST) ? OK : INPUT_MALFORMED;
}

static status read_requests(payload_request *r, arena *memory, bytes container)
{
    TRY(ssz_fields(r->request_lists, container, REQUESTS_BYTES, (const size_t[]){0, 4, 8}, REQUEST_KINDS));
    r->requests = ARENA_NEW(memory, bytes, REQUEST_KINDS);
    for (unsigned kind = 0; kind < REQUEST_KINDS; kind++) {
        bytes list = r->request_lists[kind];
        if (!fits(list, REQUESTS[kind].size_bytes, LOG2_MOST))
            return INPUT_MALFORMED;
        if (list.size == 0)
            continue;
        uint8_t *with_type = arena_allocate(memory, 1 + list.size, 8);
        with_type[0] = (uint8_t)kind;
        memcpy(with_type + 1, list.data, list.size);
        r->requests[r->request_count++] = (bytes){with_type, 1 + list.size};
    }
    return OK;
}

static status read_payload(payload_request *r, arena *memory)
{
    static const size_t at[] = {PAYLOAD_EXTRA_DATA, PAYLOAD_TRANSACTIONS, PAYLOAD_WITHDRAWALS,
                                PAYLOAD_ACCESS_LIST};
    fork_id fork = r->schema.fork;
    bool limited = r->schema.id == 0;
    bytes parts[4] = {{NULL, 0}};
    TRY(ssz_fields(parts, r->payload, payload_bytes(fork), at,
                   fork >= FORK_AMSTERDAM ? 4 : fork >= FORK_SHANGHAI ? 3 : 2));
    r->extra_data = parts[0];
    r->withdrawals = parts[2];
    r->access_list = parts[3];
    const depths *d = &DEPTHS_OF_TESTS;
    if (r->extra_data.size > 32 || (limited && r->access_list.size > (size_t)32 << d->access_list) ||
        !fits(r->withdrawals, WITHDRAWAL_BYTES, limited ? d->withdrawals : LOG2_MOST))
        return INPUT_MALFORMED;
    TRY(ssz_items(&r->transactions, &r->transaction_count, memory, parts[1],
                  (size_t)1 << (limited ? d->transactions : LOG2_MOST)));
    bool fit = !limited || all_fit(r->transactions, r->transaction_count, (size_t)32 << d->transaction);
    return fit ? OK : INPUT_MALFORMED;
}

static status read_request(payload_request *r, arena *memory, bytes data)
{
    static const size_t at[] = {REQUEST_PAYLOAD, REQUEST_BLOBS, REQUEST_REQUESTS};
    fork_id fork = r->schema.fork;
    bytes fields[3] = {{NULL, 0}};
    TRY(ssz_fields(fields, data, request_bytes(fork), at,
                   fork >= FORK_PRAGUE ? 3 : fork >= FORK_CANCUN ? 2 : 1));
    r->payload = fields[0];
    r->versioned_hashes = fields[1];
    r->beacon_root = data.data + REQUEST_BEACON_ROOT;
    if (!fits(fields[1], 32, r->schema.id == 0 ? DEPTHS_OF_TESTS.blobs : LOG2_MOST))
        return INPUT_MALFORMED;
    if (r->schema.id == 0)
        TRY(read_requests_of_tests(r, memory, fields[2]));
    else if (fork >= FORK_PRAGUE)
        TRY(read_requests(r, memory, fields[2]));
    return read_payload(r, memory);
}

/* ---- the root ---- */

static void add_byte_lists(hash256 *out, const bytes *items, size_t count, unsigned list_depth,
                           unsigned depth)
{
    ssz_tree t;
    ssz_open(&t, list_depth);
    for (size_t i = 0; i < count; i++) {
        hash256 root;
        ssz_bytes_root(&root, items[i], depth);
        ssz_add(&t, &root);
    }
    ssz_list_root(&t, out, count);
}

static void withdrawals_root(hash256 *out, bytes withdrawals, unsigned depth)
{
    ssz_tree t;
    ssz_open(&t, depth);
    for (size_t at = 0; at < withdrawals.size; at += WITHDRAWAL_BYTES) {
        const uint8_t *w = withdrawals.data + at;
        ssz_tree one;
        hash256 root;
        ssz_open(&one, 2);
        ssz_add_bytes(&one, w, 8);
        ssz_add_bytes(&one, w + 8, 8);
        ssz_add_bytes(&one, w + 16, sizeof(address));
        ssz_add_bytes(&one, w + 36, 8);
        ssz_root(&one, &root);
        ssz_add(&t, &root);
    }
    ssz_list_root(&t, out, withdrawals.size / WITHDRAWAL_BYTES);
}

/* A list of containers of fixed size. */
static void add_requests(ssz_tree *t, bytes list, const request_kind *kind)
{
    ssz_tree items;
    hash256 root;
    ssz_open(&items, SSZ_PROGRESSIVE);
    for (size_t at = 0; at < list.size;) {
        ssz_tree one;
        ssz_open(&one, kind->log2_fields);
        for (unsigned i = 0; i < kind->fields; at += kind->sizes[i++]) {
            /* 48 and 96 bytes are two and three leaves. */
            unsigned size = kind->sizes[i];
            ssz_vector_root(&root, (bytes){list.data + at, size}, size <= 32 ? 0 : size <= 64 ? 1 : 2);
            ssz_add(&one, &root);
        }
        ssz_root(&one, &root);
        ssz_add(&items, &root);
    }
    ssz_list_root(&items, &root, list.size / kind->size_bytes);
    ssz_add(t, &root);
}

static void payload_root(hash256 *out, const payload_request *r, const depths *d)
{
    const uint8_t *p = r->payload.data;
    fork_id fork = r->schema.fork;
    hash256 root;
    ssz_tree t;
    ssz_open(&t, r->schema.id == 0 ? LOG2_PAYLOAD : SSZ_PROGRESSIVE);
    ssz_add_bytes(&t, p + PAYLOAD_PARENT_HASH, 32);
    ssz_add_bytes(&t, p + PAYLOAD_COINBASE, sizeof(address));
    ssz_add_bytes(&t, p + PAYLOAD_STATE_ROOT, 32);
    ssz_add_bytes(&t, p + PAYLOAD_RECEIPTS_ROOT, 32);
    ssz_vector_root(&root, (bytes){p + PAYLOAD_BLOOM, LOGS_BLOOM_BYTES}, 3);
    ssz_add(&t, &root);
    ssz_add_bytes(&t, p + PAYLOAD_RANDAO, 32);
    ssz_add_bytes(&t, p + PAYLOAD_NUMBER, 8);
    ssz_add_bytes(&t, p + PAYLOAD_GAS_LIMIT, 8);
    ssz_add_bytes(&t, p + PAYLOAD_GAS_USED, 8);
    ssz_add_bytes(&t, p + PAYLOAD_TIMESTAMP, 8);
    ssz_bytes_root(&root, r->extra_data, LOG2_EXTRA_DATA);
    ssz_add(&t, &root);
    ssz_add_bytes(&t, p + PAYLOAD_BASE_FEE, 32);
    ssz_add_bytes(&t, p + PAYLOAD_HASH, 32);
    add_byte_lists(&root, r->transactions, r->transaction_count, d->transactions, d->transaction);
    ssz_add(&t, &root);
    unsigned fields = 14;
    if (fork >= FORK_SHANGHAI) {
        withdrawals_root(&root, r->withdrawals, d->withdrawals);
        ssz_add(&t, &root);
        fields += 1;
    }
    if (fork >= FORK_CANCUN) {
        ssz_add_bytes(&t, p + PAYLOAD_BLOB_GAS_USED, 8);
        ssz_add_bytes(&t, p + PAYLOAD_EXCESS_BLOB_GAS, 8);
        fields += 2;
    }
    if (fork >= FORK_AMSTERDAM) {
        ssz_bytes_root(&root, r->access_list, d->access_list);
        ssz_add(&t, &root);
        ssz_add_bytes(&t, p + PAYLOAD_SLOT, 8);
        fields += 2;
    }
    if (r->schema.id == 0)
        ssz_root(&t, out);
    else
        ssz_list_root(&t, out, ((uint64_t)1 << fields) - 1);
}

static void request_root(hash256 *out, const payload_request *r)
{
    const depths *d = r->schema.id == 0 ? &DEPTHS_OF_TESTS : &PROGRESSIVE;
    fork_id fork = r->schema.fork;
    hash256 root;
    ssz_tree t, list;
    ssz_open(&t, fork >= FORK_CANCUN ? LOG2_REQUEST_FIELDS : 0);
    payload_root(&root, r, d);
    ssz_add(&t, &root);
    if (fork >= FORK_CANCUN) {
        ssz_open(&list, d->blobs);
        for (size_t at = 0; at < r->versioned_hashes.size; at += 32)
            ssz_add_bytes(&list, r->versioned_hashes.data + at, 32);
        ssz_list_root(&list, &root, r->versioned_hashes.size / 32);
        ssz_add(&t, &root);
        ssz_add_bytes(&t, r->beacon_root, 32);
    }
    if (r->schema.id == 0) {
        add_byte_lists(&root, r->requests, r->request_count, LOG2_REQUESTS, LOG2_REQUEST);
        ssz_add(&t, &root);
    } else if (fork >= FORK_PRAGUE) {
        ssz_open(&list, SSZ_PROGRESSIVE);
        for (unsigned kind = 0; kind < REQUEST_KINDS; kind++)
            add_requests(&list, r->request_lists[kind], &REQUESTS[kind]);
        ssz_list_root(&list, &root, (1 << REQUEST_KINDS) - 1);
        ssz_add(&t, &root);
    }
    ssz_root(&t, out);
}

/* ---- the block ---- */

static hash256 hash_at(const uint8_t *at)
{
    hash256 out;
    memcpy(out.bytes, at, sizeof out.bytes);
    return out;
}

/* EIP-7685. */
static void hash_of_requests(hash256 *out, arena *memory, const payload_request *r)
{
    uint8_t *digests = arena_allocate(memory, r->request_count * 32, 8);
    for (size_t i = 0; i < r->request_count; i++) {
        hash256 digest;
        sha256(&digest, r->requests[i].data, r->requests[i].size);
        memcpy(digests + 32 * i, digest.bytes, 32);
    }
    sha256(out, digests, 32 * r->request_count);
}

static bytes encode_withdrawal(arena *memory, const uint8_t *w)
{
    enum { MOST_BYTES = 1 + 3 * 9 + 21 };
    rlp_writer out;
    rlp_writer_init(&out, arena_allocate(memory, MOST_BYTES, 8), MOST_BYTES);
    size_t list = rlp_begin_list(&out);
    rlp_write_u64(&out, ssz_u64(w));
    rlp_write_u64(&out, ssz_u64(w + 8));
    rlp_write_bytes(&out, w + 16, sizeof(address));
    rlp_write_u64(&out, ssz_u64(w + 36));
    rlp_end_list(&out, list);
    return rlp_written(&out);
}

static status make_header(block_header *h, arena *memory, const payload_request *r, const bytes *withdrawals)
{
    const uint8_t *p = r->payload.data;
    fork_id fork = r->schema.fork;
    *h = (block_header){
        .parent_hash = hash_at(p + PAYLOAD_PARENT_HASH),
        .ommers_hash = EMPTY_OMMERS_HASH,
        .state_root = hash_at(p + PAYLOAD_STATE_ROOT),
        .receipts_root = hash_at(p + PAYLOAD_RECEIPTS_ROOT),
        .logs_bloom = p + PAYLOAD_BLOOM,
        .number = ssz_u64(p + PAYLOAD_NUMBER),
        .gas_limit = ssz_u64(p + PAYLOAD_GAS_LIMIT),
        .gas_used = ssz_u64(p + PAYLOAD_GAS_USED),
        .timestamp = ssz_u64(p + PAYLOAD_TIMESTAMP),
        .extra_data = r->extra_data,
        .mix_hash = hash_at(p + PAYLOAD_RANDAO),
    };
    header_fill_by_fork(h, fork);
    memcpy(h->coinbase.bytes, p + PAYLOAD_COINBASE, sizeof h->coinbase.bytes);
    for (unsigned i = 0; i < 4; i++)
        h->base_fee.limb[i] = ssz_u64(p + PAYLOAD_BASE_FEE + 8 * i);
    TRY(index_trie_root(&h->transactions_root, memory, r->transactions, r->transaction_count));
    if (fork >= FORK_SHANGHAI)
        TRY(index_trie_root(&h->withdrawals_root, memory, withdrawals,
                            r->withdrawals.size / WITHDRAWAL_BYTES));
    if (fork >= FORK_CANCUN) {
        h->blob_gas_used = ssz_u64(p + PAYLOAD_BLOB_GAS_USED);
        h->excess_blob_gas = ssz_u64(p + PAYLOAD_EXCESS_BLOB_GAS);
        h->parent_beacon_block_root = hash_at(r->beacon_root);
    }
    if (fork >= FORK_PRAGUE)
        hash_of_requests(&h->requests_hash, memory, r);
    if (fork >= FORK_AMSTERDAM) {
        keccak256(&h->access_list_hash, r->access_list.data, r->access_list.size);
        h->slot_number = ssz_u64(p + PAYLOAD_SLOT);
    }
    return OK;
}

/* A fork's rules from the genesis on: what it is about is one block, and what its parent went by does not
 * matter. */
static chain_config rules_from_genesis(uint64_t chain_id, const schema *by)
{
    chain_config config = {.chain_id = chain_id};
    for (fork_id fork = by->fork + 1; fork < FORK_COUNT; fork++)
        config.fork_timestamp[fork] = UINT64_MAX;
    if (by->fork >= FORK_CANCUN)
        config.blob_schedule_count = chain_blob_parameters_of(&config.blob_schedule[0], by->rules);
    config.deposit_contract = chain_config_by_id(1)->deposit_contract;
    return config;
}

static bool has_blob_parameters(const chain_config *config, uint64_t timestamp, const char *rules)
{
    blob_parameters expected;
    const blob_parameters *at = chain_blob_parameters_at(config, timestamp);
    if (!chain_blob_parameters_of(&expected, rules))
        return at == NULL;
    return at != NULL && at->max_blobs == expected.max_blobs && at->target_blobs == expected.target_blobs &&
           at->base_fee_update_fraction == expected.base_fee_update_fraction;
}

/* A chain that is known has its own forks, of which the schema must name the one that is on. */
static status find_rules(chain_config *config, uint64_t chain_id, const payload_request *r)
{
    const schema *by = &r->schema;
    const chain_config *known = by->id != 0 ? chain_config_by_id(chain_id) : NULL;
    *config = known != NULL ? *known : rules_from_genesis(chain_id, by);
    uint64_t number = ssz_u64(r->payload.data + PAYLOAD_NUMBER),
             timestamp = ssz_u64(r->payload.data + PAYLOAD_TIMESTAMP);
    if (chain_fork_at(config, number, timestamp) != by->fork ||
        !has_blob_parameters(config, timestamp, by->rules))
        return PAYLOAD_FORK_MISMATCH;
    return OK;
}

/* The accounts whose keys they are, one for each transaction. */
static status read_keys(stateless_input *out, arena *memory, bytes keys)
{
    if (keys.size / KEY_BYTES != out->transaction_count)
        return PAYLOAD_KEYS_MISMATCH;
    address *senders = ARENA_NEW(memory, address, out->transaction_count);
    for (size_t i = 0; i < out->transaction_count; i++) {
        const uint8_t *key = keys.data + KEY_BYTES * i;
        hash256 hash;
        if (key[0] != 4) /* not compressed */
            return PAYLOAD_KEYS_MISMATCH;
        keccak256(&hash, key + 1, KEY_BYTES - 1);
        memcpy(senders[i].bytes, hash.bytes + 12, sizeof senders[i].bytes);
    }
    out->block.senders = senders;
    return OK;
}

static status read_witness(chain_input *block, arena *memory, bytes data, bool has_schema)
{
    bytes lists[3], *items;
    TRY(ssz_fields(lists, data, WITNESS_BYTES, (const size_t[]){0, 4, 8}, 3));
    TRY(ssz_items(&items, &block->node_count, memory, lists[0],
                  (size_t)1 << (has_schema ? LOG2_MOST : LOG2_NODES)));
    block->nodes = items;
    TRY(ssz_items(&items, &block->code_count, memory, lists[1],
                  (size_t)1 << (has_schema ? LOG2_MOST : LOG2_CODES)));
    block->codes = items;
    TRY(ssz_items(&items, &block->header_count, memory, lists[2], (size_t)1 << LOG2_HEADERS));
    block->headers = items;
    if (has_schema && (!all_fit(block->nodes, block->node_count, MOST_NODE_BYTES) ||
                       !all_fit(block->codes, block->code_count, MOST_CODE_BYTES) ||
                       !all_fit(block->headers, block->header_count, MOST_HEADER_BYTES)))
        return INPUT_MALFORMED;
    return OK;
}

status stateless_parse(stateless_input *out, arena *memory, bytes data)
{
    memset(out, 0, sizeof *out);
    payload_request request = {.schema = {0, FORK_AMSTERDAM, "Amsterdam"}};
    bool has_schema = !is_of_tests(data);
    if (has_schema) {
        if (!find_schema(&request.schema, data))
            return INPUT_MALFORMED;
        data = (bytes){data.data + SCHEMA_BYTES, data.size - SCHEMA_BYTES};
    }
    bytes fields[3], *items;
    size_t count;
    TRY(ssz_fields(fields, data, INPUT_BYTES, (const size_t[]){INPUT_REQUEST, INPUT_WITNESS, INPUT_KEYS}, 3));
    TRY(read_request(&request, memory, fields[0]));
    TRY(read_witness(&out->block, memory, fields[1], has_schema));
    if (has_schema && !fits(fields[2], KEY_BYTES, LOG2_MOST))
        return INPUT_MALFORMED;
    if (!has_schema)
        TRY(ssz_items(&items, &count, memory, fields[2], (size_t)1 << LOG2_KEYS));

    uint64_t chain_id = ssz_u64(data.data + INPUT_CHAIN_ID);
    out->schema_id = request.schema.id;
    out->chain_id = chain_id;
    out->block_hash = hash_at(request.payload.data + PAYLOAD_HASH);
    out->versioned_hashes = request.versioned_hashes;
    out->transactions = request.transactions;
    out->transaction_count = request.transaction_count;
    request_root(&out->new_payload_request_root, &request);
    out->fault = find_rules(&out->config, chain_id, &request);
    if (out->fault == OK && has_schema)
        out->fault = read_keys(out, memory, fields[2]);

    size_t withdrawal_count = request.withdrawals.size / WITHDRAWAL_BYTES;
    bytes *withdrawals = ARENA_NEW(memory, bytes, withdrawal_count);
    for (size_t i = 0; i < withdrawal_count; i++)
        withdrawals[i] = encode_withdrawal(memory, request.withdrawals.data + i * WITHDRAWAL_BYTES);
    for (size_t i = 0; i < out->transaction_count; i++)
        if (out->transactions[i].size == 0)
            out->fault = RLP_MALFORMED;
    if (out->fault != OK)
        return OK;
    block_header header;
    TRY(make_header(&header, memory, &request, withdrawals));
    out->block.block = block_encode(memory, header_encode(memory, &header), out->transactions,
                                    out->transaction_count,
                                    request.schema.fork >= FORK_SHANGHAI
                                        ? &(block_withdrawals){withdrawals, withdrawal_count}
                                        : NULL);
    return OK;
}

status stateless_check(const stateless_input *input, arena *memory)
{
    bytes block = input->block.block, body;
    rlp_item header;
    hash256 hash;
    TRY(input->fault);
    TRY(rlp_list(&body, &block));
    TRY(rlp_decode(&header, &body));
    keccak256(&hash, header.encoding.data, header.encoding.size);
    if (memcmp(hash.bytes, input->block_hash.bytes, sizeof hash) != 0)
        return PAYLOAD_HASH_MISMATCH;
    bytes left = input->versioned_hashes;
    for (size_t i = 0; i < input->transaction_count; i++) {
        transaction tx;
        TRY(transaction_decode(&tx, memory, input->transactions[i]));
        for (size_t j = 0; j < tx.blob_hash_count; j++) {
            if (left.size == 0 || memcmp(left.data, tx.blob_hashes[j].bytes, sizeof(hash256)) != 0)
                return PAYLOAD_BLOBS_MISMATCH;
            left = (bytes){left.data + sizeof(hash256), left.size - sizeof(hash256)};
        }
    }
    return left.size == 0 ? OK : PAYLOAD_BLOBS_MISMATCH;
}

void stateless_validate(stateless_result *result, arena *memory, bytes data)
{
    stateless_input input;
    chain_result executed;
    chain_fault fault;
    *result = (stateless_result){.has_schema = !is_of_tests(data)};
    if (stateless_parse(&input, memory, data) != OK)
        return;
    result->new_payload_request_root = input.new_payload_request_root;
    result->chain_id = input.chain_id;
    result->schema_id = input.schema_id;
    result->successful_validation = stateless_check(&input, memory) == OK &&
                                    chain_execute(&executed, &fault, memory, &input.config, &input.block) ==
                                        OK &&
                                    executed.held_against_parent;
}

stateless_form stateless_form_of(bytes data)
{
    schema by;
    if (is_of_tests(data))
        return data.size >= INPUT_BYTES + REQUEST_BYTES_PRAGUE &&
                       ssz_u32(data.data + INPUT_BYTES) == REQUEST_BYTES_PRAGUE
                   ? STATELESS_READ
                   : STATELESS_NONE;
    /* A fork below 32, any revision, and what begins as one without an id does. */
    if (data.size < SCHEMA_BYTES + INPUT_BYTES || data.data[0] == 0 || data.data[0] >= 0x20 ||
        !is_of_tests((bytes){data.data + SCHEMA_BYTES, data.size - SCHEMA_BYTES}))
        return STATELESS_NONE;
    return find_schema(&by, data) ? STATELESS_READ : STATELESS_UNKNOWN_SCHEMA;
}
