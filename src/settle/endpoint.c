#include "settle/endpoint.h"

#include "base/check.h"
#include "base/hex.h"
#include "settle/contracts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_MOST_BYTES = 32 << 20, ERROR_ARENA_BYTES = 1 << 20 };
enum { LOG_BLOCKS_MOST = 1 << 24 };

struct endpoint {
    rpc_client *client;
    uint64_t log_blocks; /* whose logs it gives at once, by what it refused so far */
    char text[2048];
};

status endpoint_open(endpoint **out, const char *url, unsigned timeout_seconds)
{
    *out = NULL;
    rpc_client_options options = {
        .url = url, .timeout_seconds = timeout_seconds, .most_bytes = ANSWER_MOST_BYTES};
    rpc_client *client;
    TRY(rpc_client_open(&client, &options));
    CHECK((*out = calloc(1, sizeof **out)) != NULL);
    (*out)->client = client;
    (*out)->log_blocks = LOG_BLOCKS_MOST;
    return OK;
}

void endpoint_close(endpoint *e)
{
    if (e == NULL)
        return;
    rpc_client_close(e->client);
    free(e);
}

void endpoint_give_up_on(endpoint *e, const atomic_bool *stop) { rpc_client_give_up_on(e->client, stop); }

const char *endpoint_error_text(const endpoint *e) { return e->text; }
const char *endpoint_host(const endpoint *e) { return rpc_client_host(e->client); }

static status fail(endpoint *e, status s, const char *format, ...) __attribute__((format(printf, 3, 4)));
static status fail(endpoint *e, status s, const char *format, ...)
{
    va_list arguments;
    int host = snprintf(e->text, sizeof e->text, "%s: ", endpoint_host(e));
    va_start(arguments, format);
    vsnprintf(e->text + host, sizeof e->text - (size_t)host, format, arguments);
    va_end(arguments);
    return s;
}

static status malformed(endpoint *e, const char *method)
{
    return fail(e, REMOTE_FAILED, "the answer to %s is not as Ethereum nodes give it", method);
}

/* ---- what goes out ---- */

static json_t *hex_of(const uint8_t *data, size_t size_bytes)
{
    char *text = malloc(2 * size_bytes + 3);
    CHECK(text != NULL);
    text[0] = '0', text[1] = 'x';
    hex_encode(text + 2, data, size_bytes);
    json_t *value = json_stringn_nocheck(text, 2 * size_bytes + 2);
    free(text);
    return value;
}

static json_t *hex_of_u64(uint64_t value)
{
    return json_sprintf("0x%llx", (unsigned long long)value);
}

static json_t *hex_of_u256(u256 value)
{
    uint8_t all[32];
    char text[67] = "0x";
    u256_to_be(all, value);
    hex_encode(text + 2, all, 32);
    const char *digits = text + 2;
    while (*digits == '0' && digits[1] != 0)
        digits++;
    return json_sprintf("0x%s", digits);
}

static json_t *address_of(const address *a) { return hex_of(a->bytes, 20); }
static json_t *hash_of(const hash256 *h) { return hex_of(h->bytes, 32); }

/* ---- what comes ---- */

static bool read_u256(u256 *out, const json_t *value)
{
    const char *text = json_string_value(value);
    size_t size = json_string_length(value);
    char padded[65];
    uint8_t all[32];
    if (text == NULL || size < 3 || size > 66 || text[0] != '0' || text[1] != 'x')
        return false;
    memset(padded, '0', 64);
    memcpy(padded + 64 - (size - 2), text + 2, size - 2);
    if (hex_decode_exact(all, 32, padded, 64) != OK)
        return false;
    *out = u256_from_be(all, 32);
    return true;
}

static bool read_u64(uint64_t *out, const json_t *value)
{
    u256 number;
    if (!read_u256(&number, value) || !u256_fits_u64(number))
        return false;
    *out = number.limb[0];
    return true;
}

static bool read_exact(uint8_t *out, size_t size_bytes, const json_t *value)
{
    return json_is_string(value) &&
           hex_decode_exact(out, size_bytes, json_string_value(value), json_string_length(value)) == OK;
}
static bool read_hash(hash256 *out, const json_t *value) { return read_exact(out->bytes, 32, value); }
static bool read_address(address *out, const json_t *value) { return read_exact(out->bytes, 20, value); }

static bool read_bytes(bytes *out, arena *memory, const json_t *value)
{
    return json_is_string(value) &&
           hex_decode(memory, out, json_string_value(value), json_string_length(value)) == OK;
}

/* ---- asking ---- */

/* The line about a contract's refusal, and CONTRACT_REVERTED, where it is one. */
static status refusal(endpoint *e)
{
    rpc_client_refusal r = rpc_client_refused(e->client);
    bytes data = {0};
    char *memory = malloc(ERROR_ARENA_BYTES), words[1024];
    CHECK(memory != NULL);
    arena a;
    arena_init(&a, memory, ERROR_ARENA_BYTES);
    bool has_data = r.data != NULL && strlen(r.data) < ERROR_ARENA_BYTES &&
                    hex_decode(&a, &data, r.data, strlen(r.data)) == OK;
    status s = REMOTE_REFUSED;
    if (has_data && contract_error_text(words, sizeof words, data))
        s = fail(e, CONTRACT_REVERTED, "the contract refuses: %s", words);
    else if (r.code == 3 || strstr(r.message, "revert") != NULL)
        s = fail(e, CONTRACT_REVERTED, "the contract refuses: %s", r.message);
    free(memory);
    return s;
}

static status ask(endpoint *e, json_t **result, const char *method, json_t *parameters)
{
    status s = rpc_client_call(e->client, result, method, parameters);
    if (s != OK)
        snprintf(e->text, sizeof e->text, "%s", rpc_client_error_text(e->client));
    return s == REMOTE_REFUSED ? refusal(e) : s;
}

/* A method whose answer is a quantity. */
static status ask_u256(endpoint *e, u256 *out, const char *method, json_t *parameters)
{
    json_t *result;
    TRY(ask(e, &result, method, parameters));
    bool good = read_u256(out, result);
    json_decref(result);
    return good ? OK : malformed(e, method);
}

static status ask_u64(endpoint *e, uint64_t *out, const char *method, json_t *parameters)
{
    u256 value = U256_ZERO;
    TRY(ask_u256(e, &value, method, parameters));
    *out = value.limb[0];
    return u256_fits_u64(value) ? OK : malformed(e, method);
}

/* A method whose answer is bytes. */
static status ask_bytes(endpoint *e, bytes *out, arena *memory, const char *method, json_t *parameters)
{
    json_t *result;
    TRY(ask(e, &result, method, parameters));
    bool good = read_bytes(out, memory, result);
    json_decref(result);
    return good ? OK : malformed(e, method);
}

status endpoint_chain_id(endpoint *e, uint64_t *chain_id)
{
    return ask_u64(e, chain_id, "eth_chainId", json_array());
}

static status ask_block(endpoint *e, endpoint_block *out, json_t *which)
{
    const char *method = "eth_getBlockByNumber";
    json_t *block;
    *out = (endpoint_block){0};
    TRY(ask(e, &block, method, json_pack("[o,b]", which, 0)));
    if (json_is_null(block)) {
        json_decref(block);
        return fail(e, BLOCK_UNKNOWN, "has no such block");
    }
    const json_t *base_fee = json_object_get(block, "baseFeePerGas");
    out->has_base_fee = base_fee != NULL && !json_is_null(base_fee);
    bool good = read_u64(&out->number, json_object_get(block, "number")) &&
                read_u64(&out->timestamp, json_object_get(block, "timestamp")) &&
                read_hash(&out->hash, json_object_get(block, "hash")) &&
                read_hash(&out->parent_hash, json_object_get(block, "parentHash")) &&
                read_hash(&out->state_root, json_object_get(block, "stateRoot")) &&
                (!out->has_base_fee || read_u256(&out->base_fee, base_fee));
    json_decref(block);
    return good ? OK : malformed(e, method);
}

status endpoint_block_by_tag(endpoint *e, endpoint_block *out, const char *tag)
{
    return ask_block(e, out, json_string(tag));
}

status endpoint_block_by_number(endpoint *e, endpoint_block *out, uint64_t number)
{
    TRY(ask_block(e, out, hex_of_u64(number)));
    return out->number == number ? OK : malformed(e, "eth_getBlockByNumber");
}

status endpoint_balance(endpoint *e, u256 *wei, const address *who)
{
    return ask_u256(e, wei, "eth_getBalance", json_pack("[o,s]", address_of(who), "latest"));
}

status endpoint_code(endpoint *e, bytes *code, arena *memory, const address *who)
{
    return ask_bytes(e, code, memory, "eth_getCode", json_pack("[o,s]", address_of(who), "latest"));
}

status endpoint_code_at(endpoint *e, bytes *code, arena *memory, const address *who, uint64_t block_number)
{
    return ask_bytes(e, code, memory, "eth_getCode",
                     json_pack("[o,o]", address_of(who), hex_of_u64(block_number)));
}

status endpoint_nonce(endpoint *e, uint64_t *nonce, const address *who, bool with_pending)
{
    return ask_u64(e, nonce, "eth_getTransactionCount",
                   json_pack("[o,s]", address_of(who), with_pending ? "pending" : "latest"));
}

status endpoint_storage(endpoint *e, hash256 *out, const address *who, const hash256 *slot)
{
    u256 value = U256_ZERO;
    TRY(ask_u256(e, &value, "eth_getStorageAt",
                 json_pack("[o,o,s]", address_of(who), hash_of(slot), "latest")));
    u256_to_be(out->bytes, value);
    return OK;
}

static json_t *message_of(const endpoint_message *m)
{
    json_t *object =
        json_pack("{s:o,s:o}", "value", hex_of_u256(m->value), "data", hex_of(m->data.data, m->data.size));
    if (m->from != NULL)
        json_object_set_new(object, "from", address_of(m->from));
    if (m->to != NULL)
        json_object_set_new(object, "to", address_of(m->to));
    return object;
}

status endpoint_call(endpoint *e, bytes *out, arena *memory, const endpoint_message *m)
{
    return ask_bytes(e, out, memory, "eth_call", json_pack("[o,s]", message_of(m), "latest"));
}

status endpoint_estimate(endpoint *e, uint64_t *gas, const endpoint_message *m)
{
    return ask_u64(e, gas, "eth_estimateGas", json_pack("[o]", message_of(m)));
}

status endpoint_priority_fee(endpoint *e, u256 *wei)
{
    return ask_u256(e, wei, "eth_maxPriorityFeePerGas", json_array());
}

status endpoint_send(endpoint *e, bytes transaction)
{
    json_t *result;
    status s = ask(e, &result, "eth_sendRawTransaction",
                   json_pack("[o]", hex_of(transaction.data, transaction.size)));
    if (s == OK)
        json_decref(result);
    else if (s == REMOTE_REFUSED &&
             (strstr(e->text, "already known") != NULL || strstr(e->text, "already imported") != NULL))
        s = OK;
    return s;
}

/* ---- logs, receipts, proofs ---- */

static bool read_log(endpoint_log *out, arena *memory, const json_t *log)
{
    const json_t *topics = json_object_get(log, "topics");
    *out = (endpoint_log){.topic_count = json_array_size(topics)};
    if (!json_is_array(topics) || out->topic_count > 4)
        return false;
    for (size_t i = 0; i < out->topic_count; i++)
        if (!read_hash(&out->topics[i], json_array_get(topics, i)))
            return false;
    return read_address(&out->where, json_object_get(log, "address")) &&
           read_bytes(&out->data, memory, json_object_get(log, "data")) &&
           read_u64(&out->block_number, json_object_get(log, "blockNumber")) &&
           read_hash(&out->block_hash, json_object_get(log, "blockHash")) &&
           read_hash(&out->transaction_hash, json_object_get(log, "transactionHash")) &&
           read_u64(&out->index, json_object_get(log, "logIndex"));
}

/* Room is made as logs come that are good: a short answer cannot take much memory. */
static bool read_logs(endpoint_log **out, size_t *count, arena *memory, const json_t *logs)
{
    size_t capacity = 0, all = json_array_size(logs);
    *out = NULL;
    for (*count = 0; *count < all; ++*count) {
        if (*count == capacity) {
            capacity = capacity == 0 ? 16 : 2 * capacity;
            endpoint_log *larger = ARENA_NEW(memory, endpoint_log, capacity);
            if (*count != 0)
                memcpy(larger, *out, *count * sizeof *larger);
            *out = larger;
        }
        if (!read_log(&(*out)[*count], memory, json_array_get(logs, *count)))
            return false;
    }
    return json_is_array(logs);
}

status endpoint_receipt_of(endpoint *e, endpoint_receipt *out, arena *memory, const hash256 *transaction)
{
    const char *method = "eth_getTransactionReceipt";
    json_t *receipt;
    *out = (endpoint_receipt){0};
    TRY(ask(e, &receipt, method, json_pack("[o]", hash_of(transaction))));
    if (json_is_null(receipt)) {
        json_decref(receipt);
        return fail(e, TRANSACTION_UNKNOWN, "the transaction is in no block");
    }
    uint64_t worked = 0;
    const json_t *created = json_object_get(receipt, "contractAddress");
    out->has_created = created != NULL && !json_is_null(created);
    bool good = read_u64(&worked, json_object_get(receipt, "status")) &&
                read_u64(&out->block_number, json_object_get(receipt, "blockNumber")) &&
                read_hash(&out->block_hash, json_object_get(receipt, "blockHash")) &&
                read_u64(&out->gas_used, json_object_get(receipt, "gasUsed")) &&
                read_u256(&out->gas_price, json_object_get(receipt, "effectiveGasPrice")) &&
                (!out->has_created || read_address(&out->created, created)) &&
                read_logs(&out->logs, &out->log_count, memory, json_object_get(receipt, "logs"));
    out->succeeded = worked == 1;
    json_decref(receipt);
    return good ? OK : malformed(e, method);
}

status endpoint_transaction_of(endpoint *e, endpoint_transaction *out, arena *memory,
                               const hash256 *transaction)
{
    const char *method = "eth_getTransactionByHash";
    json_t *tx;
    *out = (endpoint_transaction){0};
    TRY(ask(e, &tx, method, json_pack("[o]", hash_of(transaction))));
    if (json_is_null(tx)) {
        json_decref(tx);
        return fail(e, TRANSACTION_UNKNOWN, "does not know the transaction");
    }
    const json_t *to = json_object_get(tx, "to"), *block = json_object_get(tx, "blockHash");
    out->is_in_block = block != NULL && !json_is_null(block);
    bool good = read_address(&out->from, json_object_get(tx, "from")) &&
                (to == NULL || json_is_null(to) || read_address(&out->to, to)) &&
                read_bytes(&out->input, memory, json_object_get(tx, "input")) &&
                read_u64(&out->nonce, json_object_get(tx, "nonce")) &&
                (!out->is_in_block || read_hash(&out->block_hash, block));
    json_decref(tx);
    return good ? OK : malformed(e, method);
}

static status ask_logs(endpoint *e, endpoint_log **out, size_t *count, arena *memory, json_t *filter,
                       const address *contracts, size_t contract_count, const hash256 *topic)
{
    const char *method = "eth_getLogs";
    json_t *list = json_array(), *result;
    for (size_t i = 0; i < contract_count; i++)
        json_array_append_new(list, address_of(&contracts[i]));
    json_object_set_new(filter, "address", list);
    if (topic != NULL)
        json_object_set_new(filter, "topics", json_pack("[o]", hash_of(topic)));
    TRY(ask(e, &result, method, json_pack("[o]", filter)));
    bool good = read_logs(out, count, memory, result);
    json_decref(result);
    return good ? OK : malformed(e, method);
}

status endpoint_logs(endpoint *e, endpoint_log **out, size_t *count, arena *memory, uint64_t *first,
                     uint64_t *last, bool from_the_end, const address *contracts, size_t contract_count,
                     const hash256 *topic)
{
    enum { LESS_IF_REFUSED = 2, LESS_IF_SLOW = 16 }; /* an answer that is too slow takes its time */
    uint64_t blocks = *last - *first + 1;
    for (;;) {
        if (blocks > e->log_blocks)
            blocks = e->log_blocks;
        uint64_t from = from_the_end ? *last - blocks + 1 : *first, to = from + blocks - 1;
        size_t mark = memory->used_bytes;
        json_t *filter = json_pack("{s:o,s:o}", "fromBlock", hex_of_u64(from), "toBlock", hex_of_u64(to));
        status s = ask_logs(e, out, count, memory, filter, contracts, contract_count, topic);
        bool is_refused = s == REMOTE_REFUSED && !rpc_client_refused(e->client).is_for_now,
             is_too_slow = s == REMOTE_FAILED && rpc_client_asked_too_much(e->client);
        if ((!is_refused && !is_too_slow) || blocks == 1) {
            if (s == OK) { /* a little more the next time: what was too much may have been many logs */
                e->log_blocks += e->log_blocks < LOG_BLOCKS_MOST ? e->log_blocks / 8 + 1 : 0;
                *first = from, *last = to;
            }
            return s;
        }
        arena_rewind(memory, mark);
        blocks /= is_refused ? LESS_IF_REFUSED : LESS_IF_SLOW;
        blocks += blocks == 0;
        e->log_blocks = blocks;
    }
}

status endpoint_block_logs(endpoint *e, endpoint_log **out, size_t *count, arena *memory,
                           const hash256 *block, const address *contracts, size_t contract_count)
{
    status s = ask_logs(e, out, count, memory, json_pack("{s:o}", "blockHash", hash_of(block)), contracts,
                        contract_count, NULL);
    return s == REMOTE_REFUSED && !rpc_client_refused(e->client).is_for_now ? BLOCK_UNKNOWN : s;
}

static bool read_nodes(bytes **out, size_t *count, arena *memory, const json_t *nodes)
{
    *count = json_array_size(nodes);
    *out = ARENA_NEW(memory, bytes, *count);
    for (size_t i = 0; i < *count; i++)
        if (!read_bytes(&(*out)[i], memory, json_array_get(nodes, i)))
            return false;
    return json_is_array(nodes);
}

status endpoint_proof_of(endpoint *e, endpoint_proof *out, arena *memory, const address *who,
                         const hash256 *slot, uint64_t block_number)
{
    const char *method = "eth_getProof";
    json_t *slots = json_array(), *proof;
    *out = (endpoint_proof){0};
    if (slot != NULL)
        json_array_append_new(slots, hash_of(slot));
    TRY(ask(e, &proof, method, json_pack("[o,o,o]", address_of(who), slots, hex_of_u64(block_number))));
    const json_t *first = json_array_get(json_object_get(proof, "storageProof"), 0);
    bool good = read_u256(&out->balance, json_object_get(proof, "balance")) &&
                read_u64(&out->nonce, json_object_get(proof, "nonce")) &&
                read_hash(&out->code_hash, json_object_get(proof, "codeHash")) &&
                read_hash(&out->storage_hash, json_object_get(proof, "storageHash")) &&
                read_nodes(&out->nodes, &out->node_count, memory, json_object_get(proof, "accountProof")) &&
                (slot == NULL || (read_u256(&out->value, json_object_get(first, "value")) &&
                                  read_nodes(&out->slot_nodes, &out->slot_node_count, memory,
                                             json_object_get(first, "proof"))));
    json_decref(proof);
    return good ? OK : malformed(e, method);
}
