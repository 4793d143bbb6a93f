/* Parameters: JSON to types, with the messages that geth gives where they are wrong. */
#include "rpc/internal.h"

#include "base/hex.h"
#include "codec/rlp.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

json_t *rpc_parameter(const rpc_call *c, size_t index)
{
    json_t *value = json_array_get(c->parameters, index);
    return json_is_null(value) ? NULL : value;
}

const json_t *rpc_member(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    json_t *all = (json_t *)object;
    if (value != NULL)
        return json_is_null(value) ? NULL : value;
    size_t length = strlen(name);
    for (void *at = json_object_iter(all); at != NULL; at = json_object_iter_next(all, at))
        if (json_object_iter_key_len(at) == length && strcasecmp(json_object_iter_key(at), name) == 0)
            value = json_object_iter_value(at);
    return json_is_null(value) ? NULL : value;
}

static bool wrong(rpc_call *c, size_t index, const char *text)
{
    return rpc_error(c, RPC_INVALID_PARAMETERS, "invalid argument %zu: %s", index, text);
}

/* The digits after "0x", or the complaint. Where `type` is given, it is named as geth does. */
static bool hex_digits(rpc_call *c, const char **digits, size_t *count, const json_t *value, size_t index,
                       const char *type)
{
    const char *problem = NULL, *text = json_string_value(value);
    if (text == NULL)
        problem = "non-string";
    else if (text[0] == 0)
        problem = "empty hex string";
    else if (text[0] != '0' || (text[1] != 'x' && text[1] != 'X'))
        problem = "hex string without 0x prefix";
    else if (strspn(text + 2, "0123456789abcdefABCDEF") != json_string_length(value) - 2)
        problem = "invalid hex string";
    if (problem != NULL) {
        char complaint[160];
        snprintf(complaint, sizeof complaint, "json: cannot unmarshal %s into Go value of type %s", problem,
                 type);
        return wrong(c, index, text == NULL || strcmp(type, "rpc.BlockNumber") != 0 ? complaint : problem);
    }
    *digits = text + 2;
    *count = json_string_length(value) - 2;
    return true;
}

static bool fixed(rpc_call *c, uint8_t *out, size_t size_bytes, const json_t *value, size_t index,
                  const char *type)
{
    const char *digits;
    size_t count;
    if (!hex_digits(c, &digits, &count, value, index, type))
        return false;
    if (count != 2 * size_bytes) {
        char complaint[160];
        snprintf(complaint, sizeof complaint,
                 "json: cannot unmarshal hex string has length %zu, want %zu for %s into "
                 "Go value of type %s", count, 2 * size_bytes, type, type);
        return wrong(c, index, complaint);
    }
    return hex_decode_exact(out, size_bytes, digits, count) == OK;
}

bool rpc_parse_address(rpc_call *c, address *out, const json_t *value, size_t index)
{
    return fixed(c, out->bytes, sizeof out->bytes, value, index, "common.Address");
}

bool rpc_parse_hash(rpc_call *c, hash256 *out, const json_t *value, size_t index)
{
    return fixed(c, out->bytes, sizeof out->bytes, value, index, "common.Hash");
}

bool rpc_read_integer(u256 *magnitude, bool *negative, const json_t *value)
{
    if (json_is_integer(value)) {
        json_int_t number = json_integer_value(value);
        *negative = number < 0;
        *magnitude = u256_from_u64(number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
        return true;
    }
    const char *text = json_string_value(value);
    if (text == NULL)
        return false;
    *negative = *text == '-';
    text += *negative;
    bool is_hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    text += is_hex ? 2 : 0;
    u256 base = u256_from_u64(is_hex ? 16 : 10), most, unused;
    u256_divide(&most, &unused, u256_sub(U256_ZERO, u256_from_u64(1)), base);
    *magnitude = U256_ZERO;
    if (*text == 0)
        return false;
    for (; *text != 0; text++) {
        const char *digits = "0123456789abcdef",
                   *at = strchr(digits, *text >= 'A' && *text <= 'F' ? *text + 32 : *text);
        if (at == NULL || (!is_hex && at - digits > 9) || u256_less(most, *magnitude))
            return false;
        u256 scaled = u256_mul(*magnitude, base);
        *magnitude = u256_add(scaled, u256_from_u64((uint64_t)(at - digits)));
        if (u256_less(*magnitude, scaled))
            return false;
    }
    return true;
}

bool rpc_parse_amount(rpc_call *c, u256 *out, const json_t *value, size_t index)
{
    const char *text = json_string_value(value);
    bool is_decimal = text != NULL && text[0] != 0 && strspn(text, "0123456789") == strlen(text), negative;
    return (is_decimal && rpc_read_integer(out, &negative, value)) || rpc_parse_u256(c, out, value, index);
}

bool rpc_parse_u256(rpc_call *c, u256 *out, const json_t *value, size_t index)
{
    if (json_is_integer(value) && json_integer_value(value) >= 0) {
        *out = u256_from_u64((uint64_t)json_integer_value(value));
        return true;
    }
    /* Beside a number beyond 64 bits all integers of a message are read as such. */
    double real = json_real_value(value);
    if (json_is_real(value) && real >= 0 && real < 0x1p53 && real == (double)(uint64_t)real) {
        *out = u256_from_u64((uint64_t)real);
        return true;
    }
    const char *digits;
    size_t count;
    if (!hex_digits(c, &digits, &count, value, index, "*hexutil.Big"))
        return false;
    if (count == 0)
        return wrong(c, index, "json: cannot unmarshal hex string \"0x\" into Go value of type *hexutil.Big");
    /* Leading zeros are let pass: clients that pad exist. */
    while (count > 64 && digits[0] == '0')
        digits++, count--;
    if (count > 64)
        return wrong(c, index,
                     "json: cannot unmarshal hex number > 256 bits into Go value of type *hexutil.Big");
    char padded[64];
    uint8_t word[32];
    memset(padded, '0', sizeof padded);
    memcpy(padded + 64 - count, digits, count);
    (void)hex_decode_exact(word, sizeof word, padded, sizeof padded);
    *out = u256_from_be(word, sizeof word);
    return true;
}

bool rpc_parse_u64(rpc_call *c, uint64_t *out, const json_t *value, size_t index)
{
    u256 wide;
    if (!rpc_parse_u256(c, &wide, value, index))
        return false;
    if (!u256_fits_u64(wide))
        return wrong(c, index,
                     "json: cannot unmarshal hex number > 64 bits into Go value of type hexutil.Uint64");
    *out = wide.limb[0];
    return true;
}

bool rpc_parse_data(rpc_call *c, bytes *out, const json_t *value, size_t index)
{
    const char *digits;
    size_t count;
    if (!hex_digits(c, &digits, &count, value, index, "hexutil.Bytes"))
        return false;
    if (count % 2 != 0)
        return wrong(c, index,
                     "json: cannot unmarshal hex string of odd length into Go value of type hexutil.Bytes");
    *out = (bytes){0};
    return count == 0 || hex_decode(c->memory, out, digits, count) == OK;
}

bool rpc_parse_slot(rpc_call *c, u256 *out, const json_t *value, size_t index)
{
    const char *text = json_string_value(value);
    (void)index;
    if (text == NULL)
        return wrong(c, index, "json: cannot unmarshal non-string into Go value of type string");
    const char *digits = text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? text + 2 : text;
    size_t count = strlen(digits);
    if (strspn(digits, "0123456789abcdefABCDEF") != count)
        return rpc_error(c, RPC_INVALID_PARAMETERS, "invalid hex in storage key: \"%.200s\"", text);
    if (count > 64)
        return rpc_error(c, RPC_INVALID_PARAMETERS,
                         "storage key too long (want at most 32 bytes): \"%.200s\"", text);
    char padded[64];
    uint8_t word[32];
    memset(padded, '0', sizeof padded);
    memcpy(padded + 64 - count, digits, count);
    (void)hex_decode_exact(word, sizeof word, padded, sizeof padded);
    *out = u256_from_be(word, sizeof word);
    return true;
}

/* ---- calls ---- */

static bool parse_access_list(rpc_call *c, bytes *out, const json_t *list, size_t index)
{
    size_t most = 64;
    for (size_t i = 0; i < json_array_size(list); i++)
        most += 64 + 33 * json_array_size(rpc_member(json_array_get(list, i), "storageKeys"));
    rlp_writer w;
    rlp_writer_init(&w, arena_allocate(c->memory, most, 1), most);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *entry = json_array_get(list, i), *keys = rpc_member(entry, "storageKeys");
        address where;
        if (!rpc_parse_address(c, &where, rpc_member(entry, "address"), index))
            return false;
        size_t item = rlp_begin_list(&w);
        rlp_write_address(&w, &where);
        size_t slots = rlp_begin_list(&w);
        for (size_t k = 0; k < json_array_size(keys); k++) {
            hash256 key;
            if (!rpc_parse_hash(c, &key, json_array_get(keys, k), index))
                return false;
            rlp_write_hash(&w, &key);
        }
        rlp_end_list(&w, slots);
        rlp_end_list(&w, item);
    }
    *out = rlp_written(&w);
    return true;
}

static bool parse_authorizations(rpc_call *c, bytes *out, const json_t *list, size_t index)
{
    size_t most = 64 + 192 * json_array_size(list);
    rlp_writer w;
    rlp_writer_init(&w, arena_allocate(c->memory, most, 1), most);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *entry = json_array_get(list, i), *parity = rpc_member(entry, "yParity");
        address where;
        u256 chain, r, s;
        uint64_t nonce, y;
        if (!rpc_parse_u256(c, &chain, rpc_member(entry, "chainId"), index) ||
            !rpc_parse_address(c, &where, rpc_member(entry, "address"), index) ||
            !rpc_parse_u64(c, &nonce, rpc_member(entry, "nonce"), index) ||
            !rpc_parse_u64(c, &y, parity != NULL ? parity : rpc_member(entry, "v"), index) ||
            !rpc_parse_u256(c, &r, rpc_member(entry, "r"), index) ||
            !rpc_parse_u256(c, &s, rpc_member(entry, "s"), index))
            return false;
        size_t item = rlp_begin_list(&w);
        rlp_write_u256(&w, chain);
        rlp_write_address(&w, &where);
        rlp_write_u64(&w, nonce);
        rlp_write_u64(&w, y);
        rlp_write_u256(&w, r);
        rlp_write_u256(&w, s);
        rlp_end_list(&w, item);
    }
    *out = rlp_written(&w);
    return true;
}

bool rpc_parse_call(rpc_call *c, store_call *out, const json_t *value, size_t index)
{
    memset(out, 0, sizeof *out);
    if (!json_is_object(value))
        return wrong(c, index,
                     "json: cannot unmarshal non-object into Go value of type ethapi.TransactionArgs");
    const json_t *from = rpc_member(value, "from"), *to = rpc_member(value, "to");
    const json_t *data = rpc_member(value, "data"), *input = rpc_member(value, "input");
    out->creates = to == NULL;
    if ((from != NULL && !rpc_parse_address(c, &out->from, from, index)) ||
        (to != NULL && !rpc_parse_address(c, &out->to, to, index)))
        return false;

#define U256_MEMBER(name, field)                                                              \
    if (rpc_member(value, name) != NULL) {                                                        \
        out->has_##field = true;                                                              \
        if (!rpc_parse_u256(c, &out->field, rpc_member(value, name), index))                      \
            return false;                                                                     \
    }
#define U64_MEMBER(name, field)                                                               \
    if (rpc_member(value, name) != NULL) {                                                        \
        out->has_##field = true;                                                              \
        if (!rpc_parse_u64(c, &out->field, rpc_member(value, name), index))                       \
            return false;                                                                     \
    }
    U64_MEMBER("gas", gas)
    U64_MEMBER("nonce", nonce)
    U256_MEMBER("gasPrice", gas_price)
    U256_MEMBER("maxFeePerGas", max_fee)
    U256_MEMBER("maxPriorityFeePerGas", max_priority_fee)
    U256_MEMBER("maxFeePerBlobGas", max_blob_fee)
#undef U256_MEMBER
#undef U64_MEMBER
    if (out->has_gas_price && (out->has_max_fee || out->has_max_priority_fee))
        return rpc_error(c, RPC_FAILED, "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified");
    if (out->has_max_fee && out->has_max_priority_fee && u256_less(out->max_fee, out->max_priority_fee))
        return rpc_error(c, RPC_FAILED, "maxFeePerGas is less than maxPriorityFeePerGas");
    const json_t *wei = rpc_member(value, "value");
    if (wei != NULL && !rpc_parse_u256(c, &out->value, wei, index))
        return false;
    bytes first = {0}, second = {0};
    if ((data != NULL && !rpc_parse_data(c, &first, data, index)) ||
        (input != NULL && !rpc_parse_data(c, &second, input, index)))
        return false;
    if (data != NULL && input != NULL &&
        (first.size != second.size || (first.size > 0 && memcmp(first.data, second.data, first.size) != 0)))
        return rpc_error(c, RPC_FAILED,
                         "both \"data\" and \"input\" are set and not equal. Please use \"input\" to "
                                        "pass transaction call data");
    out->data = input != NULL ? second : first;
    if (rpc_member(value, "chainId") != NULL) {
        uint64_t chain_id, own = node_config(c->chain)->chain_id;
        if (!rpc_parse_u64(c, &chain_id, rpc_member(value, "chainId"), index))
            return false;
        if (chain_id != own)
            return rpc_error(c, RPC_FAILED, "chainId does not match node's (have=%llu, want=%llu)",
                             (unsigned long long)chain_id, (unsigned long long)own);
    }
    const json_t *list = rpc_member(value, "accessList");
    if (list != NULL) {
        out->has_access_list = true;
        if (!parse_access_list(c, &out->access_list, list, index))
            return false;
    }
    list = rpc_member(value, "authorizationList");
    if (list != NULL) {
        out->authorization_count = json_array_size(list);
        if (!parse_authorizations(c, &out->authorizations, list, index))
            return false;
    }
    list = rpc_member(value, "blobVersionedHashes");
    if (list != NULL) {
        out->blob_hash_count = json_array_size(list);
        hash256 *hashes = ARENA_NEW(c->memory, hash256, out->blob_hash_count + 1);
        for (size_t i = 0; i < out->blob_hash_count; i++)
            if (!rpc_parse_hash(c, &hashes[i], json_array_get(list, i), index))
                return false;
        out->blob_hashes = hashes;
    }
    return true;
}

/* ---- overrides ---- */

bool rpc_parse_slots(rpc_call *c, store_state_override *out, const json_t *object, size_t index)
{
    store_slot_override *slots = ARENA_NEW(c->memory, store_slot_override, json_object_size(object) + 1);
    const char *key;
    json_t *value;
    size_t count = 0;
    json_object_foreach((json_t *)object, key, value) {
        json_t *name = json_string(key);
        bool fine = rpc_parse_slot(c, &slots[count].key, name, index) &&
                    rpc_parse_slot(c, &slots[count].value, value, index);
        json_decref(name);
        if (!fine)
            return false;
        count++;
    }
    out->slots = slots;
    out->slot_count = count;
    return true;
}

bool rpc_parse_overrides(rpc_call *c, rpc_overrides *out, const json_t *value, size_t index)
{
    memset(out, 0, sizeof *out);
    if (value == NULL)
        return true;
    if (!json_is_object(value))
        return wrong(c, index,
                     "json: cannot unmarshal non-object into Go value of type override.StateOverride");
    out->items = ARENA_NEW(c->memory, store_state_override, json_object_size(value) + 1);
    const char *key;
    json_t *entry;
    json_object_foreach((json_t *)value, key, entry) {
        store_state_override *o = &out->items[out->count++];
        const json_t *whole = rpc_member(entry, "state"), *difference = rpc_member(entry, "stateDiff");
        json_t *name = json_string(key);
        bool fine = rpc_parse_address(c, &o->where, name, index);
        json_decref(name);
        if (!fine)
            return false;
        o->has_balance = rpc_member(entry, "balance") != NULL;
        o->has_nonce = rpc_member(entry, "nonce") != NULL;
        o->has_code = rpc_member(entry, "code") != NULL;
        if ((o->has_balance && !rpc_parse_u256(c, &o->balance, rpc_member(entry, "balance"), index)) ||
            (o->has_nonce && !rpc_parse_u64(c, &o->nonce, rpc_member(entry, "nonce"), index)) ||
            (o->has_code && !rpc_parse_data(c, &o->code, rpc_member(entry, "code"), index)))
            return false;
        if (whole != NULL && difference != NULL)
            return rpc_error(c, RPC_FAILED, "account %s has both 'state' and 'stateDiff'", key);
        o->replaces_storage = whole != NULL;
        if ((whole != NULL || difference != NULL) &&
            !rpc_parse_slots(c, o, whole != NULL ? whole : difference, index))
            return false;
        const json_t *destination = rpc_member(entry, "movePrecompileToAddress");
        o->moves_precompile = destination != NULL;
        if (o->moves_precompile && !rpc_parse_address(c, &o->destination, destination, index))
            return false;
    }
    return true;
}

bool rpc_check_moves(rpc_call *c, const rpc_overrides *overrides, fork_id fork)
{
    char who[43];
    for (size_t i = 0; i < overrides->count; i++) {
        const store_state_override *o = &overrides->items[i];
        if (!o->moves_precompile)
            continue;
        rpc_checksummed(who, &o->where);
        if (!evm_is_precompile(fork, &o->where))
            return rpc_error(c, RPC_FAILED, "account %s is not a precompile", who);
        rpc_checksummed(who, &o->destination);
        for (size_t j = 0; j < overrides->count; j++)
            if (memcmp(overrides->items[j].where.bytes, o->destination.bytes, 20) == 0)
                return rpc_error(c, RPC_FAILED, "account %s is already overridden", who);
    }
    return true;
}

bool rpc_parse_block_overrides(rpc_call *c, store_block_overrides *out, const json_t *value, size_t index)
{
    memset(out, 0, sizeof *out);
    if (value == NULL)
        return true;
#define MEMBER(name, field, kind)                                                             \
    if (rpc_member(value, name) != NULL) {                                                        \
        out->has_##field = true;                                                              \
        if (!rpc_parse_##kind(c, &out->field, rpc_member(value, name), index))                    \
            return false;                                                                     \
    }
    MEMBER("number", number, u64)
    MEMBER("time", timestamp, u64)
    MEMBER("timestamp", timestamp, u64)
    MEMBER("gasLimit", gas_limit, u64)
    MEMBER("feeRecipient", coinbase, address)
    MEMBER("coinbase", coinbase, address)
    MEMBER("prevRandao", prev_randao, hash)
    MEMBER("random", prev_randao, hash)
    MEMBER("baseFeePerGas", base_fee, u256)
    MEMBER("baseFee", base_fee, u256)
    MEMBER("blobBaseFee", blob_base_fee, u256)
#undef MEMBER
    return true;
}

/* ---- blocks ---- */

/* A tag, or a number. */
static bool parse_number(rpc_call *c, uint64_t *out, bool *pending, const char *text, const json_t *value,
                         size_t index)
{
    *pending = false;
    store_view *v = rpc_view(c);
    if (v == NULL)
        return false;
    if (strcmp(text, "latest") == 0)
        *out = store_head_number(v);
    else if (strcmp(text, "pending") == 0)
        *out = store_head_number(v) + 1, *pending = true;
    else if (strcmp(text, "earliest") == 0)
        *out = store_first_number(v);
    else if (strcmp(text, "safe") == 0)
        *out = store_safe_number(v);
    else if (strcmp(text, "finalized") == 0)
        *out = store_finalized_number(v);
    else {
        const char *digits;
        size_t count;
        if (!hex_digits(c, &digits, &count, value, index, "rpc.BlockNumber"))
            return false;
        if (count == 0)
            return wrong(c, index, "hex string \"0x\"");
        if (count > 1 && digits[0] == '0')
            return wrong(c, index, "hex number with leading zero digits");
        return rpc_parse_u64(c, out, value, index);
    }
    return true;
}

bool rpc_parse_block_number(rpc_call *c, uint64_t *out, const json_t *value, size_t index)
{
    bool pending;
    const char *text = value == NULL ? "latest" : json_string_value(value);
    if (text == NULL)
        return wrong(c, index, "json: cannot unmarshal non-string into Go value of type rpc.BlockNumber");
    return parse_number(c, out, &pending, text, value, index);
}

static bool find_by_hash(rpc_call *c, rpc_block *out, const json_t *value, size_t index)
{
    hash256 hash;
    store_view *v = rpc_view(c);
    if (v == NULL || !rpc_parse_hash(c, &hash, value, index))
        return false;
    out->by_hash = true;
    status s = store_block_by_hash(v, &out->block, &hash);
    out->found = s == OK;
    return s == OK || s == BLOCK_UNKNOWN || rpc_refuse(c, s);
}

bool rpc_parse_block(rpc_call *c, rpc_block *out, const json_t *value, size_t index)
{
    memset(out, 0, sizeof *out);
    if (json_is_object(value)) {
        const json_t *hash = rpc_member(value, "blockHash"), *number = rpc_member(value, "blockNumber");
        if (hash != NULL && number != NULL)
            return wrong(c, index, "cannot specify both BlockHash and BlockNumber, choose one or the other");
        if (hash != NULL)
            return find_by_hash(c, out, hash, index);
        if (number == NULL)
            return rpc_error(c, RPC_FAILED, "invalid arguments; neither block nor hash specified");
        value = number;
    }
    const char *text = value == NULL ? "latest" : json_string_value(value);
    if (text == NULL)
        return wrong(c, index, "json: cannot unmarshal non-string into Go value of type string");
    if (strlen(text) == 66)
        return find_by_hash(c, out, value, index);
    uint64_t number;
    bool pending;
    if (!parse_number(c, &number, &pending, text, value, index))
        return false;
    status s;
    if (pending) {
        rpc_lock(c->r); /* it looks into the mempool */
        s = node_block_pending(c->chain, c->view, &out->pending);
        rpc_unlock(c->r);
        out->is_pending = true;
        out->block = out->pending.block;
    } else {
        s = store_block_by_number(c->view, &out->block, number);
    }
    out->found = s == OK;
    return s == OK || s == BLOCK_UNKNOWN || rpc_refuse(c, s);
}

bool rpc_parse_known_block(rpc_call *c, rpc_block *out, const json_t *value, size_t index)
{
    if (!rpc_parse_block(c, out, value, index))
        return false;
    const char *complaint = out->by_hash ? "header for hash not found" : "header not found";
    return out->found || rpc_error(c, RPC_FAILED, "%s", complaint);
}

bool rpc_state(rpc_call *c, state **out, const rpc_block *block)
{
    status s = store_state_open(c->view, out, &block->block);
    return s == OK || rpc_refuse(c, s);
}
