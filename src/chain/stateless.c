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
    LOG2_TRANSACTIONS = 20,
    LOG2_TRANSACTION = 30 - 5,
    LOG2_WITHDRAWALS = 16,
    LOG2_ACCESS_LIST = 24 - 5,
    LOG2_BLOBS = 12,
    LOG2_REQUESTS = 4,
    LOG2_REQUEST = 20 - 5,
    LOG2_NODES = 20,
    LOG2_CODES = 16,
    LOG2_HEADERS = 8,
    LOG2_KEYS = 20,
    LOG2_PAYLOAD = 5, /* of its 19 fields */
    LOG2_REQUEST_FIELDS = 2,
};

/* Where fields stand in the fixed part of their container, and how long that is. */
enum {
    INPUT_REQUEST = 0,
    INPUT_WITNESS = 4,
    INPUT_CHAIN_ID = 8,
    INPUT_KEYS = 16,
    INPUT_BYTES = 20,
    REQUEST_PAYLOAD = 0,
    REQUEST_BLOBS = 4,
    REQUEST_BEACON_ROOT = 8,
    REQUEST_REQUESTS = 40,
    REQUEST_BYTES = 44,
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
    PAYLOAD_WITHDRAWALS = 508,
    PAYLOAD_BLOB_GAS_USED = 512,
    PAYLOAD_EXCESS_BLOB_GAS = 520,
    PAYLOAD_ACCESS_LIST = 528,
    PAYLOAD_SLOT = 532,
    PAYLOAD_BYTES = 540,
};

typedef struct {
    bytes payload; /* from its fixed part on */
    bytes extra_data, access_list, withdrawals;
    bytes *transactions;
    size_t transaction_count;
    bytes versioned_hashes;
    const uint8_t *beacon_root;
    bytes *requests;
    size_t request_count;
} payload_request;

static status read_request(payload_request *r, arena *memory, bytes data)
{
    bytes fields[3];
    TRY(ssz_fields(fields, data, REQUEST_BYTES,
                   (const size_t[]){REQUEST_PAYLOAD, REQUEST_BLOBS, REQUEST_REQUESTS}, 3));
    r->payload = fields[0];
    r->versioned_hashes = fields[1];
    r->beacon_root = data.data + REQUEST_BEACON_ROOT;
    if (fields[1].size % 32 != 0 || fields[1].size / 32 > (size_t)1 << LOG2_BLOBS)
        return INPUT_MALFORMED;
    TRY(ssz_items(&r->requests, &r->request_count, memory, fields[2], (size_t)1 << LOG2_REQUESTS));
    for (size_t i = 0; i < r->request_count; i++)
        if (r->requests[i].size > (size_t)32 << LOG2_REQUEST)
            return INPUT_MALFORMED;
    bytes parts[4];
    TRY(ssz_fields(parts, r->payload, PAYLOAD_BYTES,
                   (const size_t[]){PAYLOAD_EXTRA_DATA, PAYLOAD_TRANSACTIONS, PAYLOAD_WITHDRAWALS,
                                    PAYLOAD_ACCESS_LIST}, 4));
    r->extra_data = parts[0];
    r->withdrawals = parts[2];
    r->access_list = parts[3];
    if (r->extra_data.size > 32 || r->access_list.size > (size_t)32 << LOG2_ACCESS_LIST ||
        r->withdrawals.size % WITHDRAWAL_BYTES != 0 ||
        r->withdrawals.size / WITHDRAWAL_BYTES > (size_t)1 << LOG2_WITHDRAWALS)
        return INPUT_MALFORMED;
    TRY(ssz_items(&r->transactions, &r->transaction_count, memory, parts[1], (size_t)1 << LOG2_TRANSACTIONS));
    for (size_t i = 0; i < r->transaction_count; i++)
        if (r->transactions[i].size > (size_t)32 << LOG2_TRANSACTION)
            return INPUT_MALFORMED;
    return OK;
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

static void withdrawals_root(hash256 *out, bytes withdrawals)
{
    ssz_tree t;
    ssz_open(&t, LOG2_WITHDRAWALS);
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

static void payload_root(hash256 *out, const payload_request *r)
{
    const uint8_t *p = r->payload.data;
    hash256 root;
    ssz_tree t;
    ssz_open(&t, LOG2_PAYLOAD);
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
    add_byte_lists(&root, r->transactions, r->transaction_count, LOG2_TRANSACTIONS, LOG2_TRANSACTION);
    ssz_add(&t, &root);
    withdrawals_root(&root, r->withdrawals);
    ssz_add(&t, &root);
    ssz_add_bytes(&t, p + PAYLOAD_BLOB_GAS_USED, 8);
    ssz_add_bytes(&t, p + PAYLOAD_EXCESS_BLOB_GAS, 8);
    ssz_bytes_root(&root, r->access_list, LOG2_ACCESS_LIST);
    ssz_add(&t, &root);
    ssz_add_bytes(&t, p + PAYLOAD_SLOT, 8);
    ssz_root(&t, out);
}

static void request_root(hash256 *out, const payload_request *r)
{
    hash256 root;
    ssz_tree t, blobs;
    ssz_open(&t, LOG2_REQUEST_FIELDS);
    payload_root(&root, r);
    ssz_add(&t, &root);
    ssz_open(&blobs, LOG2_BLOBS);
    for (size_t at = 0; at < r->versioned_hashes.size; at += 32)
        ssz_add_bytes(&blobs, r->versioned_hashes.data + at, 32);
    ssz_list_root(&blobs, &root, r->versioned_hashes.size / 32);
    ssz_add(&t, &root);
    ssz_add_bytes(&t, r->beacon_root, 32);
    add_byte_lists(&root, r->requests, r->request_count, LOG2_REQUESTS, LOG2_REQUEST);
    ssz_add(&t, &root);
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
        .blob_gas_used = ssz_u64(p + PAYLOAD_BLOB_GAS_USED),
        .excess_blob_gas = ssz_u64(p + PAYLOAD_EXCESS_BLOB_GAS),
        .parent_beacon_block_root = hash_at(r->beacon_root),
        .slot_number = ssz_u64(p + PAYLOAD_SLOT),
        .field_count = HEADER_FIELDS_AMSTERDAM,
    };
    memcpy(h->coinbase.bytes, p + PAYLOAD_COINBASE, sizeof h->coinbase.bytes);
    for (unsigned i = 0; i < 4; i++)
        h->base_fee.limb[i] = ssz_u64(p + PAYLOAD_BASE_FEE + 8 * i);
    TRY(index_trie_root(&h->transactions_root, memory, r->transactions, r->transaction_count));
    TRY(index_trie_root(&h->withdrawals_root, memory, withdrawals, r->withdrawals.size / WITHDRAWAL_BYTES));
    hash_of_requests(&h->requests_hash, memory, r);
    keccak256(&h->access_list_hash, r->access_list.data, r->access_list.size);
    return OK;
}

/* Amsterdam's rules from the genesis on: what it is about is one block, and what its parent went by does not
 * matter. */
static chain_config config_of(uint64_t chain_id)
{
    chain_config config = {.chain_id = chain_id, .blob_schedule_count = 1};
    (void)chain_blob_parameters_of(&config.blob_schedule[0], fork_name(FORK_AMSTERDAM));
    config.deposit_contract = chain_config_by_id(1)->deposit_contract;
    return config;
}

status stateless_parse(stateless_input *out, arena *memory, bytes data)
{
    memset(out, 0, sizeof *out);
    bytes fields[3], lists[3], *items;
    size_t count;
    TRY(ssz_fields(fields, data, INPUT_BYTES, (const size_t[]){INPUT_REQUEST, INPUT_WITNESS, INPUT_KEYS}, 3));
    payload_request request;
    TRY(read_request(&request, memory, fields[0]));
    TRY(ssz_fields(lists, fields[1], WITNESS_BYTES, (const size_t[]){0, 4, 8}, 3));
    TRY(ssz_items(&items, &out->block.node_count, memory, lists[0], (size_t)1 << LOG2_NODES));
    out->block.nodes = items;
    TRY(ssz_items(&items, &out->block.code_count, memory, lists[1], (size_t)1 << LOG2_CODES));
    out->block.codes = items;
    TRY(ssz_items(&items, &out->block.header_count, memory, lists[2], (size_t)1 << LOG2_HEADERS));
    out->block.headers = items;
    TRY(ssz_items(&items, &count, memory, fields[2], (size_t)1 << LOG2_KEYS));

    out->config = config_of(ssz_u64(data.data + INPUT_CHAIN_ID));
    out->block_hash = hash_at(request.payload.data + PAYLOAD_HASH);
    out->versioned_hashes = request.versioned_hashes;
    out->transactions = request.transactions;
    out->transaction_count = request.transaction_count;
    request_root(&out->new_payload_request_root, &request);

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
                                    &(block_withdrawals){withdrawals, withdrawal_count});
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
    memset(result, 0, sizeof *result);
    if (stateless_parse(&input, memory, data) != OK)
        return;
    result->new_payload_request_root = input.new_payload_request_root;
    result->chain_id = input.config.chain_id;
    result->successful_validation = stateless_check(&input, memory) == OK &&
                                    chain_execute(&executed, &fault, memory, &input.config, &input.block) ==
                                        OK &&
                                    executed.held_against_parent;
}

bool stateless_is_input(bytes data)
{
    return data.size >= INPUT_BYTES + REQUEST_BYTES && ssz_u32(data.data) == INPUT_BYTES &&
           ssz_u32(data.data + INPUT_BYTES) == REQUEST_BYTES;
}
