/* Methods about the chain: blocks, transactions, receipts, logs, fees. */
#include "rpc/internal.h"

#include "crypto/keccak.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the node and the network ---- */

void rpc_web3_clientVersion(rpc_call *c) { rpc_string(c->out, RPC_CLIENT_VERSION); }

void rpc_web3_sha3(rpc_call *c)
{
    bytes data;
    hash256 hash;
    if (!rpc_parse_data(c, &data, rpc_parameter(c, 0), 0))
        return;
    keccak256(&hash, data.data, data.size);
    rpc_hash(c->out, &hash);
}

void rpc_net_version(rpc_call *c)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)node_config(c->chain)->chain_id);
    rpc_string(c->out, text);
}

void rpc_net_listening(rpc_call *c) { rpc_bool(c->out, true); }

void rpc_net_peerCount(rpc_call *c) { rpc_quantity(c->out, 0); }

void rpc_eth_chainId(rpc_call *c) { rpc_quantity(c->out, node_config(c->chain)->chain_id); }

void rpc_eth_syncing(rpc_call *c) { rpc_bool(c->out, false); }

void rpc_eth_blockNumber(rpc_call *c)
{
    store_view *v = rpc_view(c);
    if (v != NULL)
        rpc_quantity(c->out, store_head_number(v));
}

void rpc_eth_capabilities(rpc_call *c)
{
    store_view *v = rpc_view(c);
    if (v == NULL)
        return;
    rpc_writer *w = c->out;
    hash256 hash;
    RPC_TRY(c, store_block_hash(v, &hash, store_head_number(v)));
    rpc_begin_object(w);
    rpc_key(w, "head");
    rpc_begin_object(w);
    RPC_MEMBER(w, "number", quantity, store_head_number(v));
    RPC_MEMBER(w, "hash", hash, &hash);
    rpc_end_object(w);
    static const char *const kinds[] = {"state", "tx", "logs", "receipts", "blocks", "stateproofs"};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        rpc_key(w, kinds[i]);
        rpc_begin_object(w);
        RPC_MEMBER(w, "disabled", bool, false);
        bool is_state = strncmp(kinds[i], "state", 5) == 0;
        RPC_MEMBER(w, "oldestBlock", quantity, is_state ? store_oldest_state(v) : store_first_number(v));
        rpc_end_object(w);
    }
    rpc_end_object(w);
}

/* ---- configuration (EIP-7910) ---- */

static uint32_t crc32_of(uint32_t crc, const uint8_t *data, size_t size_bytes)
{
    crc = ~crc;
    for (size_t i = 0; i < size_bytes; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

static int compare_u64(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

enum { MOST_ACTIVATIONS = FORK_COUNT + CHAIN_MAX_BLOB_SCHEDULE };

/* All activations, each once, ascending: blocks, or timestamps (of forks and of blob parameters). */
static size_t list_activations(uint64_t *out, const rpc_call *c, bool times)
{
    const chain_config *config = node_config(c->chain);
    size_t count = 0;
    if (times) {
        for (int i = FORK_PARIS + 1; i < FORK_COUNT; i++)
            out[count++] = config->fork_timestamp[i];
        for (unsigned i = 0; i < config->blob_schedule_count; i++)
            out[count++] = config->blob_schedule[i].timestamp;
    } else {
        for (int i = 0; i <= FORK_PARIS; i++)
            out[count++] = config->fork_block[i];
    }
    qsort(out, count, sizeof *out, compare_u64);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (out[i] != UINT64_MAX && (kept == 0 || out[kept - 1] != out[i]))
            out[kept++] = out[i];
    return kept;
}

/* EIP-2124 and 6122: the genesis' hash and all activations up to a time, but those at the genesis. */
static uint32_t fork_hash(const rpc_call *c, const hash256 *genesis, uint64_t genesis_time, uint64_t time)
{
    uint64_t activations[MOST_ACTIVATIONS];
    uint32_t crc = crc32_of(0, genesis->bytes, 32);
    for (int times = 0; times < 2; times++) {
        size_t count = list_activations(activations, c, times);
        for (size_t i = 0; i < count; i++) {
            uint64_t at = activations[i];
            if (times ? at <= genesis_time || at > time : at == 0)
                continue;
            uint8_t word[8];
            for (int b = 0; b < 8; b++)
                word[b] = (uint8_t)(at >> (56 - 8 * b));
            crc = crc32_of(crc, word, 8);
        }
    }
    return crc;
}

static const struct {
    const char *name;
    uint16_t number;
} PRECOMPILE_NAMES[] = {
    {"ECREC", 1}, {"SHA256", 2}, {"RIPEMD160", 3}, {"ID", 4}, {"MODEXP", 5}, {"BN254_ADD", 6},
    {"BN254_MUL", 7}, {"BN254_PAIRING", 8}, {"BLAKE2F", 9}, {"KZG_POINT_EVALUATION", 10},
    {"BLS12_G1ADD", 11}, {"BLS12_G1MSM", 12},
    {"BLS12_G2ADD", 13}, {"BLS12_G2MSM", 14}, {"BLS12_PAIRING_CHECK", 15}, {"BLS12_MAP_FP_TO_G1", 16},
    {"BLS12_MAP_FP2_TO_G2", 17}, {"P256VERIFY", 256},
};

static address address_of(uint64_t high, uint64_t middle, uint32_t low)
{
    address a;
    for (int i = 0; i < 8; i++) {
        a.bytes[i] = (uint8_t)(high >> (56 - 8 * i));
        a.bytes[8 + i] = (uint8_t)(middle >> (56 - 8 * i));
    }
    for (int i = 0; i < 4; i++)
        a.bytes[16 + i] = (uint8_t)(low >> (24 - 8 * i));
    return a;
}

static void write_config(rpc_call *c, uint64_t time, uint64_t number, const hash256 *genesis,
                         uint64_t genesis_time)
{
    rpc_writer *w = c->out;
    const chain_config *config = node_config(c->chain);
    fork_id fork = chain_fork_at(config, number, time);
    bool is_rollup = chain_is_rollup(config); /* no blobs, and of system contracts EIP-2935's alone */
    const blob_parameters *blob = is_rollup ? NULL : chain_blob_parameters_at(config, time);
    rpc_begin_object(w);
    RPC_MEMBER(w, "activationTime", number, time);
    rpc_key(w, "blobSchedule");
    if (blob == NULL) {
        rpc_null(w);
    } else {
        rpc_begin_object(w);
        RPC_MEMBER(w, "target", number, blob->target_blobs);
        RPC_MEMBER(w, "max", number, blob->max_blobs);
        RPC_MEMBER(w, "baseFeeUpdateFraction", number, blob->base_fee_update_fraction);
        rpc_end_object(w);
    }
    RPC_MEMBER(w, "chainId", quantity, config->chain_id);
    uint32_t crc = fork_hash(c, genesis, genesis_time, time);
    uint8_t hash[4] = {(uint8_t)(crc >> 24), (uint8_t)(crc >> 16), (uint8_t)(crc >> 8), (uint8_t)crc};
    RPC_MEMBER(w, "forkId", data, hash, 4);
    rpc_key(w, "precompiles");
    rpc_begin_object(w);
    for (size_t i = 0; i < sizeof PRECOMPILE_NAMES / sizeof PRECOMPILE_NAMES[0]; i++) {
        address a = address_of(0, 0, PRECOMPILE_NAMES[i].number);
        if (evm_is_precompile(fork, &a))
            RPC_MEMBER(w, PRECOMPILE_NAMES[i].name, address, &a);
    }
    rpc_end_object(w);
    rpc_key(w, "systemContracts");
    rpc_begin_object(w);
    address beacon = address_of(0x000f3df6d732807eULL, 0xf1319fb7b8bb8522ULL, 0xd0beac02u);
    address consolidation = address_of(0x0000bbddc7ce4886ULL, 0x42fb579f8b00f3a5ULL, 0x90007251u);
    address history = address_of(0x0000f90827f1c53aULL, 0x10cb7a02335b1753ULL, 0x20002935u);
    address withdrawal = address_of(0x00000961ef480eb5ULL, 0x5e80d19ad83579a6ULL, 0x4c007002u);
    if (fork >= FORK_CANCUN && !is_rollup)
        RPC_MEMBER(w, "BEACON_ROOTS_ADDRESS", address, &beacon);
    if (is_rollup) {
        RPC_MEMBER(w, "HISTORY_STORAGE_ADDRESS", address, &history);
    } else if (fork >= FORK_PRAGUE) {
        RPC_MEMBER(w, "CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS", address, &consolidation);
        RPC_MEMBER(w, "DEPOSIT_CONTRACT_ADDRESS", address, &config->deposit_contract);
        RPC_MEMBER(w, "HISTORY_STORAGE_ADDRESS", address, &history);
        RPC_MEMBER(w, "WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS", address, &withdrawal);
    }
    rpc_end_object(w);
    rpc_end_object(w);
}

void rpc_eth_config(rpc_call *c)
{
    store_view *v = rpc_view(c);
    if (v == NULL)
        return;
    store_block head, genesis;
    RPC_TRY(c, store_block_by_number(v, &head, store_head_number(v)));
    RPC_TRY(c, store_block_by_number(v, &genesis, store_first_number(v)));
    uint64_t times[MOST_ACTIVATIONS], now = head.header.timestamp, current = 0;
    size_t count = list_activations(times, c, true), next = 0;
    while (next < count && times[next] <= now)
        current = times[next++];
    rpc_writer *w = c->out;
    rpc_begin_object(w);
    rpc_key(w, "current");
    write_config(c, current, head.header.number, &genesis.hash, genesis.header.timestamp);
    static const char *const later[] = {"next", "last"};
    for (int i = 0; i < 2; i++) {
        rpc_key(w, later[i]);
        if (next == count)
            rpc_null(w);
        else
            write_config(c, times[i == 0 ? next : count - 1], head.header.number, &genesis.hash,
                         genesis.header.timestamp);
    }
    rpc_end_object(w);
}

/* ---- blocks ---- */

void rpc_eth_getBlockByNumber(rpc_call *c)
{
    rpc_block block;
    const json_t *full = rpc_parameter(c, 1);
    if (!json_is_boolean(full)) {
        rpc_error(c, RPC_INVALID_PARAMETERS,
                  "invalid argument 1: json: cannot unmarshal non-boolean into Go value of type bool");
        return;
    }
    if (!rpc_parse_block(c, &block, rpc_parameter(c, 0), 0))
        return;
    if (!block.found)
        rpc_null(c->out);
    else
        rpc_write_block(c, &block, json_is_true(full));
}

void rpc_eth_getBlockByHash(rpc_call *c)
{
    hash256 hash;
    if (rpc_parse_hash(c, &hash, rpc_parameter(c, 0), 0))
        rpc_eth_getBlockByNumber(c);
}

void rpc_eth_getHeaderByNumber(rpc_call *c)
{
    rpc_block block;
    if (!rpc_parse_block(c, &block, rpc_parameter(c, 0), 0))
        return;
    if (!block.found) {
        rpc_null(c->out);
        return;
    }
    rpc_begin_object(c->out);
    rpc_write_header(c->out, &block.block.header, block.is_pending ? NULL : &block.block.hash);
    rpc_end_object(c->out);
}

void rpc_eth_getHeaderByHash(rpc_call *c)
{
    hash256 hash;
    if (rpc_parse_hash(c, &hash, rpc_parameter(c, 0), 0))
        rpc_eth_getHeaderByNumber(c);
}

typedef enum { TRANSACTIONS, OMMERS } counted;

static void count_in_block(rpc_call *c, counted what)
{
    rpc_block block;
    if (!rpc_parse_block(c, &block, rpc_parameter(c, 0), 0))
        return;
    size_t count = block.block.transaction_count;
    if (block.found && what == OMMERS)
        RPC_TRY(c, rlp_count(&count, block.block.ommers));
    if (block.found)
        rpc_quantity(c->out, count);
    else
        rpc_null(c->out);
}

void rpc_eth_getBlockTransactionCountByNumber(rpc_call *c) { count_in_block(c, TRANSACTIONS); }
void rpc_eth_getBlockTransactionCountByHash(rpc_call *c) { count_in_block(c, TRANSACTIONS); }
void rpc_eth_getUncleCountByBlockNumber(rpc_call *c) { count_in_block(c, OMMERS); }
void rpc_eth_getUncleCountByBlockHash(rpc_call *c) { count_in_block(c, OMMERS); }

static void ommer_in_block(rpc_call *c)
{
    rpc_block block;
    uint64_t index;
    rlp_item item = {0};
    block_header header;
    hash256 hash;
    if (!rpc_parse_block(c, &block, rpc_parameter(c, 0), 0) ||
        !rpc_parse_u64(c, &index, rpc_parameter(c, 1), 1))
        return;
    bytes rest = block.found ? block.block.ommers : (bytes){0};
    uint64_t i = 0;
    for (; !rlp_at_end(rest) && i <= index; i++)
        RPC_TRY(c, rlp_decode(&item, &rest));
    if (i <= index) {
        rpc_null(c->out);
        return;
    }
    RPC_TRY(c, header_decode(&header, item.encoding));
    keccak256(&hash, item.encoding.data, item.encoding.size);
    rpc_begin_object(c->out);
    rpc_write_header(c->out, &header, &hash);
    RPC_MEMBER(c->out, "size", quantity, item.encoding.size);
    rpc_key(c->out, "uncles");
    rpc_begin_array(c->out);
    rpc_end_array(c->out);
    rpc_end_object(c->out);
}

void rpc_eth_getUncleByBlockNumberAndIndex(rpc_call *c) { ommer_in_block(c); }
void rpc_eth_getUncleByBlockHashAndIndex(rpc_call *c) { ommer_in_block(c); }

/* The receipts of a block, also of the pending one. */
static status receipts_of(rpc_call *c, store_receipt **out, const rpc_block *block)
{
    return block->is_pending ? store_receipts_decode(out, c->memory, block->pending.receipts,
                                                     block->block.transaction_count)
                             : store_receipts(c->view, out, &block->block);
}

const blob_parameters *rpc_blob_of(const rpc_call *c, const store_block *block)
{
    return chain_blob_parameters_at(node_config(c->chain), block->header.timestamp);
}

void rpc_eth_getBlockReceipts(rpc_call *c)
{
    rpc_block block;
    if (!rpc_parse_block(c, &block, rpc_parameter(c, 0), 0))
        return;
    if (!block.found) {
        rpc_null(c->out);
        return;
    }
    store_receipt *receipts;
    RPC_TRY(c, receipts_of(c, &receipts, &block));
    rpc_begin_array(c->out);
    for (size_t i = 0; i < block.block.transaction_count; i++) {
        store_transaction t;
        RPC_TRY(c, store_transaction_at(c->view, &t, &block.block, i));
        rpc_write_receipt(c->out, &block.block, rpc_blob_of(c, &block.block), &t, &receipts[i]);
    }
    rpc_end_array(c->out);
}

/* ---- transactions ---- */

void rpc_eth_getTransactionByHash(rpc_call *c)
{
    hash256 hash;
    store_view *v;
    if (!rpc_parse_hash(c, &hash, rpc_parameter(c, 0), 0) || (v = rpc_view(c)) == NULL)
        return;
    store_transaction t;
    status s = store_transaction_by_hash(v, &t, &hash);
    if (s == OK) {
        store_block block;
        RPC_TRY(c, store_block_by_number(v, &block, t.block_number));
        rpc_write_transaction(c->out, &t, block.header.timestamp);
        return;
    }
    if (s != TRANSACTION_UNKNOWN) {
        rpc_refuse(c, s);
        return;
    }
    rpc_lock(c->r);
    const pooled *p = mempool_find(c->chain, &hash);
    if (p != NULL)
        rpc_write_pooled(c->out, p);
    else
        rpc_null(c->out);
    rpc_unlock(c->r);
}

static void transaction_in_block(rpc_call *c)
{
    rpc_block block;
    uint64_t index;
    if (!rpc_parse_block(c, &block, rpc_parameter(c, 0), 0) ||
        !rpc_parse_u64(c, &index, rpc_parameter(c, 1), 1))
        return;
    if (!block.found || index >= block.block.transaction_count) {
        rpc_null(c->out);
        return;
    }
    store_transaction t;
    RPC_TRY(c, store_transaction_at(c->view, &t, &block.block, index));
    rpc_write_transaction(c->out, &t, block.block.header.timestamp);
}

void rpc_eth_getTransactionByBlockNumberAndIndex(rpc_call *c) { transaction_in_block(c); }
void rpc_eth_getTransactionByBlockHashAndIndex(rpc_call *c) { transaction_in_block(c); }

/* The nonce of an account after a block. */
static status nonce_after(rpc_call *c, uint64_t *out, const address *who, uint64_t number)
{
    store_block block;
    state *world;
    account *a;
    size_t mark = c->memory->used_bytes;
    TRY(store_block_by_number(c->view, &block, number));
    TRY(store_state_open(c->view, &world, &block));
    TRY(state_account(world, &a, who));
    *out = account_nonce(a);
    arena_rewind(c->memory, mark);
    return OK;
}

/* The first block after which the account's nonce is above this one; the head's is. */
static status block_above_nonce(rpc_call *c, uint64_t *out, const address *who, uint64_t nonce)
{
    uint64_t low = store_first_number(c->view), high = store_head_number(c->view);
    while (low < high) {
        uint64_t middle = low + (high - low) / 2, at;
        TRY(nonce_after(c, &at, who, middle));
        if (at > nonce)
            high = middle;
        else
            low = middle + 1;
    }
    *out = low;
    return OK;
}

bool rpc_find_transaction_of(rpc_call *c, bool *found, store_transaction *out, const address *sender,
                             uint64_t nonce)
{
    uint64_t at, number;
    store_block block;
    *found = false;
    status s = nonce_after(c, &at, sender, store_head_number(c->view));
    if (s == OK && at <= nonce)
        return true;
    if (s == OK)
        s = block_above_nonce(c, &number, sender, nonce);
    if (s == OK)
        s = store_block_by_number(c->view, &block, number);
    for (size_t i = 0; s == OK && !*found && i < block.transaction_count; i++) {
        s = store_transaction_at(c->view, out, &block, i);
        *found = s == OK && out->tx.nonce == nonce && memcmp(out->sender.bytes, sender->bytes, 20) == 0;
    }
    return s == OK || rpc_refuse(c, s);
}

void rpc_eth_getTransactionBySenderAndNonce(rpc_call *c)
{
    address sender;
    uint64_t nonce;
    bool found;
    store_transaction t;
    store_block block;
    if (!rpc_parse_address(c, &sender, rpc_parameter(c, 0), 0) ||
        !rpc_parse_u64(c, &nonce, rpc_parameter(c, 1), 1) || rpc_view(c) == NULL ||
        !rpc_find_transaction_of(c, &found, &t, &sender, nonce))
        return;
    if (found) {
        RPC_TRY(c, store_block_by_number(c->view, &block, t.block_number));
        rpc_write_transaction(c->out, &t, block.header.timestamp);
        return;
    }
    rpc_lock(c->r);
    const pooled *p = mempool_find_nonce(c->chain, &sender, nonce);
    if (p != NULL)
        rpc_write_pooled(c->out, p);
    else
        rpc_null(c->out); /* or an authorization took it */
    rpc_unlock(c->r);
}

/* Where the chain lacks it: null, or for debug_getRawTransaction no bytes. */
static void raw_transaction(rpc_call *c, bool null_if_unknown)
{
    hash256 hash;
    store_view *v;
    if (!rpc_parse_hash(c, &hash, rpc_parameter(c, 0), 0) || (v = rpc_view(c)) == NULL)
        return;
    store_transaction t;
    status s = store_transaction_by_hash(v, &t, &hash);
    if (s != OK && s != TRANSACTION_UNKNOWN) {
        rpc_refuse(c, s);
        return;
    }
    rpc_lock(c->r);
    const pooled *p = s == OK ? NULL : mempool_find(c->chain, &hash);
    bytes encoding = s == OK ? t.tx.encoding : p != NULL ? p->tx.encoding : (bytes){0};
    if (encoding.size == 0 && null_if_unknown)
        rpc_null(c->out);
    else
        rpc_data(c->out, encoding.data, encoding.size);
    rpc_unlock(c->r);
}

static void raw_transaction_in_block(rpc_call *c)
{
    rpc_block block;
    uint64_t index;
    if (!rpc_parse_block(c, &block, rpc_parameter(c, 0), 0) ||
        !rpc_parse_u64(c, &index, rpc_parameter(c, 1), 1))
        return;
    bool found = block.found && index < block.block.transaction_count;
    const bytes *encoding = found ? &block.block.transactions[index] : &(const bytes){0};
    rpc_data(c->out, encoding->data, encoding->size);
}

void rpc_eth_getRawTransactionByBlockNumberAndIndex(rpc_call *c) { raw_transaction_in_block(c); }
void rpc_eth_getRawTransactionByBlockHashAndIndex(rpc_call *c) { raw_transaction_in_block(c); }

void rpc_eth_getRawTransactionByHash(rpc_call *c) { raw_transaction(c, true); }
void rpc_debug_getRawTransaction(rpc_call *c) { raw_transaction(c, false); }

bool rpc_write_receipt_of(rpc_call *c, bool *found, const hash256 *hash)
{
    store_view *v = rpc_view(c);
    store_transaction t;
    store_block block;
    store_receipt *receipts;
    if (v == NULL)
        return false;
    status s = store_transaction_by_hash(v, &t, hash);
    *found = s == OK;
    if (s == TRANSACTION_UNKNOWN)
        return true;
    if (s == OK)
        s = store_block_by_number(v, &block, t.block_number);
    if (s == OK)
        s = store_receipts(v, &receipts, &block);
    if (s != OK)
        return rpc_refuse(c, s);
    rpc_write_receipt(c->out, &block, rpc_blob_of(c, &block), &t, &receipts[t.index]);
    return true;
}

void rpc_eth_getTransactionReceipt(rpc_call *c)
{
    hash256 hash;
    bool found;
    if (rpc_parse_hash(c, &hash, rpc_parameter(c, 0), 0) && rpc_write_receipt_of(c, &found, &hash) && !found)
        rpc_null(c->out);
}

/* ---- logs ---- */

/* Each costs a look into the index for each block. */
enum { MOST_ALTERNATIVES = 1000 };

static bool too_many_alternatives(rpc_call *c)
{
    return rpc_error(c, RPC_INVALID_PARAMETERS, "exceed max addresses or topics per search position");
}

static bool parse_topics(rpc_call *c, store_log_filter *out, const json_t *topics, size_t index)
{
    if (json_array_size(topics) > 4)
        return rpc_error(c, RPC_INVALID_PARAMETERS, "exceed max topics");
    for (size_t i = 0; i < json_array_size(topics); i++) {
        const json_t *entry = json_array_get(topics, i);
        if (json_is_null(entry))
            continue;
        size_t count = json_is_array(entry) ? json_array_size(entry) : 1;
        if (count > MOST_ALTERNATIVES)
            return too_many_alternatives(c);
        hash256 *list = ARENA_NEW(c->memory, hash256, count + 1);
        for (size_t k = 0; k < count; k++) {
            const json_t *one = json_is_array(entry) ? json_array_get(entry, k) : entry;
            if (json_is_null(one)) { /* anything */
                count = 0;
                break;
            }
            if (!rpc_parse_hash(c, &list[k], one, index))
                return false;
        }
        out->topics[i] = list;
        out->topic_counts[i] = count;
    }
    return true;
}

bool rpc_parse_log_filter(rpc_call *c, store_log_filter *out, const json_t *filter, size_t index)
{
    memset(out, 0, sizeof *out);
    const json_t *where = rpc_member(filter, "address");
    if (where != NULL) {
        size_t count = json_is_array(where) ? json_array_size(where) : 1;
        if (count > MOST_ALTERNATIVES)
            return too_many_alternatives(c);
        address *list = ARENA_NEW(c->memory, address, count + 1);
        for (size_t i = 0; i < count; i++)
            if (!rpc_parse_address(c, &list[i], json_is_array(where) ? json_array_get(where, i) : where,
                                   index))
                return false;
        out->addresses = list;
        out->address_count = count;
    }
    return parse_topics(c, out, rpc_member(filter, "topics"), index);
}

/* A filter asks for as many topics as it has positions, whatever they may be; store_log_matches looks only at
 * those that are named. */
static size_t least_topics(const json_t *filter)
{
    return json_array_size(rpc_member(filter, "topics"));
}

bool rpc_write_block_logs(rpc_call *c, const store_block *block, const store_log_filter *filter,
                          size_t topics, uint64_t *budget)
{
    store_receipt *receipts;
    status s = store_receipts(c->view, &receipts, block);
    if (s != OK)
        return rpc_refuse(c, s);
    for (size_t i = 0; i < block->transaction_count; i++) {
        hash256 hash;
        bool hashed = false;
        for (size_t k = 0; k < receipts[i].log_count; k++) {
            const log_entry *entry = &receipts[i].logs[k];
            if (entry->topic_count < topics || !store_log_matches(filter, entry))
                continue;
            if ((*budget)-- == 0)
                return rpc_error(c, RPC_LIMIT, "query returned more than %llu results",
                                 (unsigned long long)c->r->options.log_limit);
            if (!hashed)
                keccak256(&hash, block->transactions[i].data, block->transactions[i].size);
            hashed = true;
            rpc_write_log(c->out, entry, block, &hash, i, receipts[i].first_log_index + k, false);
        }
    }
    return true;
}

bool rpc_write_range_logs(rpc_call *c, const json_t *filter, uint64_t first, uint64_t last)
{
    enum { STRETCH = 256 };
    store_log_filter parsed;
    uint64_t numbers[STRETCH], budget = c->r->options.log_limit;
    if (!rpc_parse_log_filter(c, &parsed, filter, 0))
        return false;
    while (first <= last && !c->out->full) {
        size_t count;
        status s = store_log_blocks(c->view, numbers, &count, STRETCH, &parsed, first, last);
        for (size_t i = 0; i < count && s == OK && !c->out->full; i++) {
            store_block block;
            size_t mark = c->memory->used_bytes; /* a block's receipts may be megabytes */
            s = store_view_is_late(c->view) ? CALL_TIMED_OUT
                                           : store_block_by_number(c->view, &block, numbers[i]);
            if (s == OK && !rpc_write_block_logs(c, &block, &parsed, least_topics(filter), &budget))
                return false;
            arena_rewind(c->memory, mark);
        }
        if (s == CALL_TIMED_OUT)
            return rpc_error(c, RPC_LIMIT, "query timeout exceeded");
        if (s != OK)
            return rpc_refuse(c, s);
        if (count < STRETCH)
            break;
        first = numbers[count - 1] + 1;
    }
    return true;
}

static bool is_pending(const json_t *block)
{
    const char *text = json_string_value(block);
    return text != NULL && strcmp(text, "pending") == 0;
}

bool rpc_logs_are_of_blocks(rpc_call *c, const json_t *filter)
{
    return (!is_pending(rpc_member(filter, "fromBlock")) && !is_pending(rpc_member(filter, "toBlock"))) ||
           rpc_error(c, RPC_INVALID_PARAMETERS, "pending logs are not supported");
}

bool rpc_write_logs(rpc_call *c, const json_t *filter)
{
    store_view *v = rpc_view(c);
    if (v == NULL)
        return false;
    if (!json_is_object(filter))
        return rpc_error(c, RPC_INVALID_PARAMETERS,
                         "invalid argument 0: json: cannot unmarshal non-object into Go value of type "
                         "filters.input");
    const json_t *hash = rpc_member(filter, "blockHash");
    const json_t *from = rpc_member(filter, "fromBlock"), *to = rpc_member(filter, "toBlock");
    bool fine = true;
    if (hash != NULL) {
        store_log_filter parsed;
        rpc_block block;
        uint64_t budget = c->r->options.log_limit;
        if (from != NULL || to != NULL)
            return rpc_error(c, RPC_INVALID_PARAMETERS,
                             "invalid argument 0: cannot specify both BlockHash and "
                                                        "FromBlock/ToBlock, choose one or the other");
        if (!rpc_parse_log_filter(c, &parsed, filter, 0) || !rpc_parse_block(c, &block, hash, 0))
            return false;
        if (!block.found)
            return rpc_error(c, RPC_FAILED, "unknown block");
        rpc_begin_array(c->out);
        fine = rpc_write_block_logs(c, &block.block, &parsed, least_topics(filter), &budget);
    } else {
        uint64_t first, last;
        if (!rpc_logs_are_of_blocks(c, filter) || !rpc_parse_block_number(c, &first, from, 0) ||
            !rpc_parse_block_number(c, &last, to, 0))
            return false;
        if (first > last || last > store_head_number(v))
            return rpc_error(c, RPC_INVALID_PARAMETERS, "invalid block range params");
        rpc_begin_array(c->out);
        fine = rpc_write_range_logs(c, filter, first, last);
    }
    rpc_end_array(c->out);
    return fine;
}

void rpc_eth_getLogs(rpc_call *c) { rpc_write_logs(c, rpc_parameter(c, 0)); }

/* ---- fees ---- */

enum { DEFAULT_TIP = 1000000000, TIP_BLOCKS = 20, TIP_TRANSACTIONS = 3 };

static int compare_u256(const void *a, const void *b)
{
    const u256 *x = a, *y = b;
    return u256_less(*x, *y) ? -1 : u256_less(*y, *x);
}

static u256 tip_of(const store_transaction *t, const store_block *block)
{
    return u256_less(t->gas_price, block->header.base_fee) ? U256_ZERO
                                                            : u256_sub(t->gas_price, block->header.base_fee);
}

/* The median of what the first transactions of the last blocks gave; a gwei where there were none. */
static status suggest_tip(rpc_call *c, u256 *out)
{
    u256 tips[TIP_BLOCKS * TIP_TRANSACTIONS];
    size_t count = 0, mark = c->memory->used_bytes;
    uint64_t head = store_head_number(c->view), first = store_first_number(c->view);
    for (uint64_t back = 0; back < TIP_BLOCKS && head - back > first; back++) {
        store_block block;
        TRY(store_block_by_number(c->view, &block, head - back));
        for (size_t i = 0; i < block.transaction_count && i < TIP_TRANSACTIONS; i++) {
            store_transaction t;
            TRY(store_transaction_at(c->view, &t, &block, i));
            tips[count++] = tip_of(&t, &block);
        }
    }
    arena_rewind(c->memory, mark);
    qsort(tips, count, sizeof *tips, compare_u256);
    *out = count == 0 ? u256_from_u64(DEFAULT_TIP) : tips[count / 2];
    return OK;
}

void rpc_eth_maxPriorityFeePerGas(rpc_call *c)
{
    u256 tip;
    if (rpc_view(c) == NULL)
        return;
    RPC_TRY(c, suggest_tip(c, &tip));
    rpc_quantity_u256(c->out, tip);
}

/* Enough for the next block, and for a call on the newest one: clients estimate with what they get here. */
void rpc_eth_gasPrice(rpc_call *c)
{
    u256 tip, base_fee;
    store_block head;
    if (rpc_view(c) == NULL)
        return;
    RPC_TRY(c, suggest_tip(c, &tip));
    RPC_TRY(c, node_next_base_fee(c->chain, c->view, &base_fee));
    RPC_TRY(c, store_block_by_number(c->view, &head, store_head_number(c->view)));
    if (u256_less(base_fee, head.header.base_fee))
        base_fee = head.header.base_fee;
    rpc_quantity_u256(c->out, u256_add(tip, base_fee));
}

void rpc_eth_baseFee(rpc_call *c)
{
    u256 base_fee;
    if (rpc_view(c) == NULL)
        return;
    RPC_TRY(c, node_next_base_fee(c->chain, c->view, &base_fee));
    rpc_quantity_u256(c->out, base_fee);
}

static u256 blob_fee_of(const rpc_call *c, const store_block *block)
{
    const blob_parameters *blob = rpc_blob_of(c, block);
    return blob == NULL ? U256_ZERO : header_blob_base_fee(block->header.excess_blob_gas, blob);
}

void rpc_eth_blobBaseFee(rpc_call *c)
{
    store_view *v = rpc_view(c);
    store_block block;
    if (v == NULL)
        return;
    RPC_TRY(c, store_block_by_number(v, &block, store_head_number(v)));
    rpc_quantity_u256(c->out, blob_fee_of(c, &block));
}

typedef struct {
    u256 tip;
    uint64_t gas;
} reward;

static int compare_rewards(const void *a, const void *b)
{
    return compare_u256(&((const reward *)a)->tip, &((const reward *)b)->tip);
}

/* Tips at percentiles of the gas used. */
static bool write_rewards(rpc_call *c, const store_block *block, const json_t *percentiles)
{
    store_receipt *receipts;
    status s = store_receipts(c->view, &receipts, block);
    if (s != OK)
        return rpc_refuse(c, s);
    size_t count = block->transaction_count;
    reward *rewards = ARENA_NEW(c->memory, reward, count + 1);
    for (size_t i = 0; i < count; i++) {
        store_transaction t;
        s = store_transaction_at(c->view, &t, block, i);
        if (s != OK)
            return rpc_refuse(c, s);
        rewards[i] = (reward){tip_of(&t, block), receipts[i].gas_used};
    }
    qsort(rewards, count, sizeof *rewards, compare_rewards);
    rpc_begin_array(c->out);
    for (size_t k = 0; k < json_array_size(percentiles); k++) {
        double share = json_number_value(json_array_get(percentiles, k));
        uint64_t threshold = (uint64_t)((double)block->header.gas_used * share / 100), sum = 0;
        size_t i = 0;
        for (; i < count; i++) {
            sum += rewards[i].gas;
            if (sum >= threshold || i + 1 == count)
                break;
        }
        rpc_quantity_u256(c->out, count == 0 ? U256_ZERO : rewards[i].tip);
    }
    rpc_end_array(c->out);
    return true;
}

static bool percentiles_fine(rpc_call *c, const json_t *percentiles)
{
    double before = -1;
    if (percentiles != NULL && !json_is_array(percentiles))
        return rpc_error(c, RPC_INVALID_PARAMETERS, "invalid argument 2: json: cannot unmarshal non-array "
                                                    "into Go value of type []float64");
    if (json_array_size(percentiles) > 100)
        return rpc_error(c, RPC_FAILED, "invalid reward percentile: over the query limit 100");
    for (size_t k = 0; k < json_array_size(percentiles); k++) {
        if (!json_is_number(json_array_get(percentiles, k)))
            return rpc_error(c, RPC_INVALID_PARAMETERS, "invalid argument 2: json: cannot unmarshal "
                                                        "non-number into Go value of type float64");
        double share = json_number_value(json_array_get(percentiles, k));
        if (share < 0 || share > 100)
            return rpc_error(c, RPC_FAILED, "invalid reward percentile: %f", share);
        if (k > 0 && share <= before)
            return rpc_error(c, RPC_FAILED, "invalid reward percentile: #%zu:%f >= #%zu:%f", k - 1, before,
                             k, share);
        before = share;
    }
    return true;
}

void rpc_eth_feeHistory(rpc_call *c)
{
    enum { MOST_BLOCKS = 1024 };
    uint64_t count, last;
    rpc_writer *w = c->out;
    const json_t *percentiles = rpc_parameter(c, 2);
    if (!rpc_parse_u64(c, &count, rpc_parameter(c, 0), 0) || rpc_view(c) == NULL ||
        !rpc_parse_block_number(c, &last, rpc_parameter(c, 1), 1) || !percentiles_fine(c, percentiles))
        return;
    uint64_t head = store_head_number(c->view), first = store_first_number(c->view);
    if (last == head + 1)
        last = head;
    if (last > head) {
        rpc_error(c, RPC_FAILED, "request beyond head block: requested %llu, head %llu",
                  (unsigned long long)last,
                  (unsigned long long)head);
        return;
    }
    count = count > MOST_BLOCKS ? MOST_BLOCKS : count;
    count = count > last - first + 1 ? last - first + 1 : count;
    rpc_begin_object(w);
    RPC_MEMBER(w, "oldestBlock", quantity, count == 0 ? 0 : last + 1 - count);
    if (count == 0) {
        rpc_key(w, "gasUsedRatio");
        rpc_null(w);
        rpc_end_object(w);
        return;
    }
    store_block *blocks = ARENA_NEW(c->memory, store_block, count);
    for (uint64_t i = 0; i < count; i++)
        RPC_TRY(c, store_block_by_number(c->view, &blocks[i], last + 1 - count + i));
    u256 next_base_fee = header_next_base_fee(&blocks[count - 1].header, node_config(c->chain));
    if (last == head) { /* it may have been chosen */
        rpc_lock(c->r);
        status s = node_next_base_fee(c->chain, c->view, &next_base_fee);
        rpc_unlock(c->r);
        RPC_TRY(c, s);
    }
    rpc_key(w, "baseFeePerGas");
    rpc_begin_array(w);
    for (uint64_t i = 0; i < count; i++)
        rpc_quantity_u256(w, blocks[i].header.base_fee);
    rpc_quantity_u256(w, next_base_fee);
    rpc_end_array(w);
    rpc_key(w, "gasUsedRatio");
    rpc_begin_array(w);
    for (uint64_t i = 0; i < count; i++)
        rpc_real(w, (double)blocks[i].header.gas_used / (double)blocks[i].header.gas_limit);
    rpc_end_array(w);
    rpc_key(w, "baseFeePerBlobGas");
    rpc_begin_array(w);
    for (uint64_t i = 0; i < count; i++)
        rpc_quantity_u256(w, blob_fee_of(c, &blocks[i]));
    const store_block *newest = &blocks[count - 1];
    const blob_parameters *blob = rpc_blob_of(c, newest);
    rpc_quantity_u256(w, blob == NULL ? U256_ZERO
                                      : header_blob_base_fee(
                                            header_next_excess_blob_gas(&newest->header, blob, newest->fork),
                                                blob));
    rpc_end_array(w);
    rpc_key(w, "blobGasUsedRatio");
    rpc_begin_array(w);
    for (uint64_t i = 0; i < count; i++) {
        blob = rpc_blob_of(c, &blocks[i]);
        rpc_real(w, blob == NULL || blob->max_blobs == 0 ? 0
                                                         : (double)blocks[i].header.blob_gas_used /
                                                               ((double)blob->max_blobs * GAS_PER_BLOB));
    }
    rpc_end_array(w);
    if (json_array_size(percentiles) > 0) {
        rpc_key(w, "reward");
        rpc_begin_array(w);
        for (uint64_t i = 0; i < count; i++)
            if (!write_rewards(c, &blocks[i], percentiles))
                return;
        rpc_end_array(w);
    }
    rpc_end_object(w);
}
