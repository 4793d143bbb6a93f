#include "cli/block_formats.h"

#include "base/hex.h"
#include "chain/header.h"
#include "cli/block_json.h"
#include "cli/cli.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"

#include <stdlib.h>
#include <string.h>

json_t *block_formats_hex(bytes data)
{
    char *text = malloc(2 * data.size + 3);
    json_t *value = text == NULL ? NULL : json_string_nocheck(hex_text(text, data.data, data.size));
    free(text);
    return value;
}

/* The first of the names that the object has. */
static json_t *member(const json_t *object, const char *name, const char *other, const char *third)
{
    const char *names[] = {name, other, third};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        json_t *value = names[i] != NULL ? json_object_get(object, names[i]) : NULL;
        if (value != NULL && !json_is_null(value))
            return value;
    }
    return NULL;
}

/* What an answer of JSON-RPC is around. */
static json_t *unwrapped(json_t *value)
{
    json_t *result = json_object_get(value, "result");
    return result != NULL && json_object_get(value, "jsonrpc") != NULL ? result : value;
}

/* ---- names and values as JSON-RPC has them ---- */

/* "base_fee_per_gas" → "baseFeePerGas", and what others call what JSON-RPC has another name for. */
static void rpc_name(char out[64], const char *name)
{
    static const char *const others[][2] = {
        {"ommersHash", "sha3Uncles"}, {"beneficiary", "miner"},    {"prevRandao", "mixHash"},
        {"gasLimit", "gas"},          {"transactionType", "type"}, {"receiptRoot", "receiptsRoot"},
    };
    size_t at = 0;
    for (; *name != 0 && at < 63; name++) {
        bool follows = name[0] == '_' && name[1] >= 'a' && name[1] <= 'z' && at > 0;
        out[at++] = follows ? (char)(name[1] - 'a' + 'A') : *name;
        name += follows;
    }
    out[at] = 0;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(out, others[i][0]) == 0)
            strcpy(out, others[i][1]);
}

static json_t *rpc_form(const json_t *value, bool is_header);

static void take_members(json_t *out, const json_t *object, bool is_header)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, name, value) {
        char renamed[64];
        rpc_name(renamed, name);
        if (is_header && strcmp(renamed, "gas") == 0)
            strcpy(renamed, "gasLimit");
        if (json_object_get(out, renamed) == NULL)
            json_object_set_new(out, renamed, rpc_form(value, is_header));
    }
}

/* Numbers and booleans as hex; what is nested likewise. */
static json_t *rpc_form(const json_t *value, bool is_header)
{
    char text[24];
    if (json_is_boolean(value))
        return json_string(json_is_true(value) ? "0x1" : "0x0");
    if (json_is_integer(value)) {
        snprintf(text, sizeof text, "0x%llx", (unsigned long long)json_integer_value(value));
        return json_string(text);
    }
    if (json_is_array(value)) {
        json_t *out = json_array(), *item;
        size_t i;
        json_array_foreach(value, i, item) json_array_append_new(out, rpc_form(item, is_header));
        return out;
    }
    if (json_is_object(value)) {
        json_t *out = json_object(), *inner = json_object_get(value, "inner");
        if (json_is_object(inner)) /* of an authorization whose signature stands beside it */
            take_members(out, inner, is_header);
        take_members(out, value, is_header);
        return out;
    }
    return json_deep_copy(value);
}

/* ---- transactions ---- */

static const char *const KINDS[] = {"Legacy", "Eip2930", "Eip1559", "Eip4844", "Eip7702"};
enum { KIND_COUNT = sizeof KINDS / sizeof *KINDS };

/* The members of the object that a kind's name tags, if it does. */
static const json_t *tagged(unsigned *kind, const json_t *object)
{
    for (unsigned i = 0; json_object_size(object) == 1 && i < KIND_COUNT; i++) {
        const json_t *inside = json_object_get(object, KINDS[i]);
        if (inside != NULL) {
            *kind = i;
            return inside;
        }
    }
    return NULL;
}

/* EIP-155 has the chain in a legacy signature's v, where the tagged form has the parity alone. */
static void complete_legacy(json_t *tx)
{
    char text[32];
    const char *parity = json_string_value(member(tx, "yParity", "v", NULL));
    const char *chain = json_string_value(json_object_get(tx, "chainId"));
    unsigned long long v = parity != NULL ? strtoull(parity, NULL, 0) : 0;
    if (v > 1)
        return;
    v += chain != NULL ? 35 + 2 * strtoull(chain, NULL, 0) : 27;
    snprintf(text, sizeof text, "0x%llx", v);
    json_object_set_new(tx, "v", json_string(text));
}

static json_t *rpc_transaction(const json_t *value)
{
    unsigned kind = 0;
    json_t *out = json_object();
    const json_t *inside = tagged(&kind, value), *signature = json_object_get(value, "signature");
    if (inside != NULL && json_object_get(inside, "transaction") != NULL) {
        /* {"Eip1559": {"signature", "transaction"}} */
        signature = json_object_get(inside, "signature");
        inside = json_object_get(inside, "transaction");
    } else if (inside == NULL && json_object_get(value, "transaction") != NULL) {
        /* {"signature", "transaction": {…}} */
        const json_t *nested = json_object_get(value, "transaction");
        inside = tagged(&kind, nested);
        if (inside == NULL) {
            inside = nested;
            kind = KIND_COUNT;
        }
    }
    if (inside != NULL && kind < KIND_COUNT) {
        char text[8];
        snprintf(text, sizeof text, "0x%x", kind);
        json_object_set_new(out, "type", json_string(text));
    }
    if (json_is_object(signature))
        take_members(out, signature, false);
    take_members(out, inside != NULL ? inside : value, false);
    const char *type = json_string_value(json_object_get(out, "type"));
    if (type == NULL || strtoull(type, NULL, 0) == 0)
        complete_legacy(out);
    return out;
}

/* A block as JSON-RPC has it, of one that has its header apart. */
static json_t *rpc_block(const json_t *block)
{
    const json_t *header = json_object_get(block, "header"), *body = json_object_get(block, "body");
    if (!json_is_object(body))
        body = block;
    json_t *out = rpc_form(header != NULL ? header : block, true), *list = json_array(), *item;
    size_t i;
    json_array_foreach(member(body, "transactions", "transaction", NULL), i, item) {
        if (json_is_object(item))
            json_array_append_new(list, rpc_transaction(item));
        else
            json_array_append(list, item); /* a hash alone, which is refused */
    }
    json_object_set_new(out, "transactions", list);
    json_t *uncles = member(body, "uncles", "ommers", NULL),
           *withdrawals = json_object_get(body, "withdrawals");
    json_object_set(out, "uncles", uncles != NULL ? uncles : json_null());
    /* The newtype that some wrap them in. */
    if (json_is_object(withdrawals) && json_is_array(json_object_get(withdrawals, "withdrawals")))
        withdrawals = json_object_get(withdrawals, "withdrawals");
    json_object_set_new(out, "withdrawals", withdrawals != NULL ? rpc_form(withdrawals, false) : json_null());
    return out;
}

/* ---- the witness ---- */

/* An array of hex; or, as older versions have it, an object whose values are. What is empty is left out. */
static json_t *list_of(const json_t *value)
{
    json_t *list = json_array(), *item;
    const char *name;
    size_t i;
    if (json_is_array(value))
        json_array_foreach(value, i, item) json_array_append(list, item);
    else if (json_is_object(value))
        json_object_foreach((json_t *)(uintptr_t)value, name, item) json_array_append(list, item);
    for (i = json_array_size(list); i-- > 0;) {
        const char *text = json_string_value(json_array_get(list, i));
        if (text == NULL || strcmp(text, "0x") == 0)
            json_array_remove(list, i);
    }
    return list;
}

typedef struct {
    uint64_t number;
    bytes encoding;
} ancestor;

static int compare_ancestors(const void *a, const void *b)
{
    uint64_t x = ((const ancestor *)a)->number, y = ((const ancestor *)b)->number;
    return (x > y) - (x < y);
}

/* RLP in hex (reth), or an object (geth). */
static status take_header(ancestor *out, arena *memory, const json_t *value)
{
    const char *field;
    block_header header;
    status s = INPUT_MALFORMED;
    if (json_is_object(value)) {
        json_t *form = rpc_form(value, true);
        s = block_json_header(&out->encoding, &field, memory, form);
        json_decref(form);
    } else if (json_is_string(value)) {
        s = hex_decode(memory, &out->encoding, json_string_value(value), json_string_length(value));
    }
    TRY(s);
    TRY(header_decode(&header, out->encoding));
    out->number = header.number;
    return OK;
}

json_t *block_formats_witness(const char **wrong, arena *memory, const json_t *witness)
{
    const json_t *state = member(witness, "state", "states", NULL);
    const json_t *headers = member(witness, "headers", "ancestors", NULL);
    size_t count = json_array_size(headers);
    if (state == NULL) {
        *wrong = "it has no \"state\"";
        return NULL;
    }
    ancestor *all = ARENA_NEW(memory, ancestor, count);
    for (size_t i = 0; i < count; i++)
        if (take_header(&all[i], memory, json_array_get(headers, i)) != OK) {
            *wrong = "its headers are none";
            return NULL;
        }
    qsort(all, count, sizeof *all, compare_ancestors);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, block_formats_hex(all[i].encoding));
    return json_pack("{s:o,s:o,s:o}", "state", list_of(state), "codes",
                     list_of(json_object_get(witness, "codes")), "headers", list);
}

/* ---- a whole file ---- */

static bool is_own(const json_t *file)
{
    const json_t *witness = json_object_get(file, "witness"), *codes = json_object_get(witness, "codes"),
                 *item;
    size_t i;
    json_array_foreach(json_object_get(witness, "headers"), i, item) if (json_is_object(item)) return false;
    return json_object_get(file, "blocks") == NULL && !json_is_object(json_object_get(file, "block")) &&
           json_is_object(witness) &&
           !json_is_object(json_object_get(witness, "state")) && !json_is_object(codes) &&
           json_object_get(witness, "jsonrpc") == NULL && json_object_get(witness, "ancestors") == NULL;
}

/* Forms that are known but not read. */
static const char *unsupported(const json_t *file)
{
    if (json_object_get(file, "parent_state_trie") != NULL)
        return "the input of raiko or zeth, whose tries are trees of decoded nodes, is not read; give the "
               "node's "
               "debug_executionWitness";
    if (json_object_get(file, "parent_state") != NULL || json_object_get(file, "state_requests") != NULL)
        return "the input of rsp, whose state is a trie of decoded nodes, is not read; give the node's "
               "debug_executionWitness";
    if (json_array_size(json_object_get(file, "blocks")) > 1)
        return "several blocks with one witness are not read; give each its own";
    return NULL;
}

static bool has_hash(bytes block, const json_t *hash)
{
    bytes items;
    rlp_item header;
    hash256 made, claimed;
    if (hash == NULL)
        return true;
    if (!json_is_string(hash) || rlp_list(&items, &block) != OK || rlp_decode(&header, &items) != OK ||
        hex_decode_exact(claimed.bytes, 32, json_string_value(hash), json_string_length(hash)) != OK)
        return false;
    keccak256(&made, header.encoding.data, header.encoding.size);
    return memcmp(made.bytes, claimed.bytes, 32) == 0;
}

/* The RLP of a block given as JSON. */
static int encode_block(json_t **out, arena *memory, const json_t *block, const char *path)
{
    bytes encoding;
    const char *field = NULL;
    json_t *form = rpc_block(block);
    status s = block_json_block(&encoding, &field, memory, form);
    bool right = s == OK && has_hash(encoding, json_object_get(form, "hash"));
    json_decref(form);
    if (s == UNSUPPORTED_FORK)
        return fail(EXIT_UNSUPPORTED, "%s: a block with ommers is not made from JSON; give its RLP", path);
    if (s == TRANSACTION_TYPE_UNKNOWN)
        return fail(EXIT_UNSUPPORTED, "%s: the block has a transaction of a type that is not known here",
                    path);
    if (s != OK)
        return fail(EXIT_INPUT, "%s: the block's \"%s\" is missing or not as JSON-RPC has it", path,
                    field != NULL ? field : "transactions");
    if (!right)
        return fail(EXIT_INPUT, "%s: the block's fields do not give its hash", path);
    *out = block_formats_hex(encoding);
    return EXIT_FINE;
}

/* What else the own form has, by the names that others give it. */
static void take_rest(json_t *own, const json_t *file)
{
    json_t *config = member(file, "chainConfig", "chain_config", NULL);
    json_t *chain = member(file, "chainId", "chain_id", NULL), *value;
    if (chain == NULL)
        chain = member(config, "chainId", "chain_id", NULL);
    if (chain != NULL)
        json_object_set(own, "chainId", chain);
    if ((value = member(file, "preStateRoot", "prev_state_root", "pre_state_root")) != NULL)
        json_object_set(own, "preStateRoot", value);
    if ((value = member(file, "blockHashes", "block_hashes", NULL)) != NULL)
        json_object_set(own, "blockHashes", value);
}

int block_formats_own(json_t **own, const char **format, arena *memory, json_t *file, const char *path)
{
    file = unwrapped(file);
    if (json_array_size(file) == 1)
        file = json_array_get(file, 0);
    if (is_own(file)) {
        *format = "block with its witness";
        *own = json_incref(file);
        return EXIT_FINE;
    }
    const char *reason = unsupported(file), *wrong = "";
    if (reason != NULL)
        return fail(EXIT_UNSUPPORTED, "%s: %s", path, reason);
    json_t *block = unwrapped(json_object_get(file, "block")), *text = NULL;
    json_t *witness = unwrapped(member(file, "witness", "executionWitness", NULL));
    *format = "block and debug_executionWitness of JSON-RPC";
    if (json_object_get(block, "header") != NULL)
        *format = "reth's StatelessInput";
    if (block == NULL && json_array_size(json_object_get(file, "blocks")) == 1) {
        block = json_array_get(json_object_get(file, "blocks"), 0);
        *format = "keth's ZKPI";
    }
    if (block == NULL && json_object_get(file, "header") != NULL) {
        block = file;
        *format = "sbv's BlockWitness";
    }
    if (witness == NULL)
        witness = file;
    bool has_block = json_is_string(block) || json_is_object(block);
    json_t *lists = block_formats_witness(&wrong, memory, witness);
    if (!has_block || lists == NULL) {
        json_decref(lists);
        if (json_is_object(block))
            return fail(EXIT_INPUT, "%s: the block has no witness that is known here: %s", path, wrong);
        if (lists != NULL)
            return fail(EXIT_INPUT, "%s: is a witness without its block; give {\"block\": …, \"witness\": …}",
                        path);
        *own = json_incref(file); /* whatever it is, the reader of the own form says what is wrong */
        return EXIT_FINE;
    }
    int code = EXIT_FINE;
    if (json_is_string(block))
        text = json_incref(block);
    else
        code = encode_block(&text, memory, block, path);
    if (code != EXIT_FINE) {
        json_decref(lists);
        return code;
    }
    *own = json_pack("{s:o,s:o}", "block", text, "witness", lists);
    take_rest(*own, file);
    return EXIT_FINE;
}

/* ---- binary ---- */

static bool take_u32(uint32_t *out, bytes *data)
{
    if (data->size < 4)
        return false;
    memcpy(out, data->data, 4); /* little-endian, as this machine is */
    *data = (bytes){data->data + 4, data->size - 4};
    return true;
}

static bool take_run(bytes *out, bytes *data)
{
    uint32_t size;
    if (!take_u32(&size, data) || size > data->size)
        return false;
    *out = (bytes){data->data, size};
    *data = (bytes){data->data + size, data->size - size};
    return true;
}

static bool take_section(const bytes **items, size_t *count, arena *memory, bytes *data)
{
    bytes section;
    uint32_t given;
    if (!take_run(&section, data) || !take_u32(&given, &section) || given > section.size / 4)
        return false;
    bytes *list = ARENA_NEW(memory, bytes, given);
    for (uint32_t i = 0; i < given; i++)
        if (!take_run(&list[i], &section))
            return false;
    *items = list;
    *count = given;
    return section.size == 0;
}

static bool take_u64(uint64_t *out, bytes *data)
{
    if (data->size < 8)
        return false;
    memcpy(out, data->data, 8);
    *data = (bytes){data->data + 8, data->size - 8};
    return true;
}

/* bincode's bytes: their number in 64 bits before them. */
static bool skip_run(bytes *data, uint64_t size)
{
    uint64_t given;
    if (!take_u64(&given, data) || given != size || size > data->size)
        return false;
    *data = (bytes){data->data + size, data->size - size};
    return true;
}

/* Parent hash, ommers' hash, beneficiary. */
static bool starts_with_header(bytes data)
{
    return skip_run(&data, 32) && skip_run(&data, 32) && skip_run(&data, 20);
}

const char *block_formats_binary_unsupported(bytes data)
{
    uint64_t size, header_count;
    bytes block, rest = data, items;
    bool is_rsp = false;
    if (take_u64(&size, &rest) && size <= rest.size) {
        /* Of 2026 on: the block's RLP, and the ancestors. */
        block = (bytes){rest.data, (size_t)size};
        rest = (bytes){rest.data + size, rest.size - (size_t)size};
        is_rsp = rlp_list(&items, &block) == OK && block.size == 0 && take_u64(&header_count, &rest) &&
                 header_count > 0 && header_count <= 256 && starts_with_header(rest);
    }
    return is_rsp || starts_with_header(data)
               ? "is bincode with a trie of decoded nodes, as rsp, raiko and zeth have it, which is not "
                 "read; give the node's debug_executionWitness"
               : NULL;
}

bool block_formats_binary(chain_input *input, uint64_t *chain_id, arena *memory, bytes data)
{
    uint32_t chain;
    const bytes *keys;
    size_t key_count;
    *input = (chain_input){0};
    if (!take_u32(&chain, &data) || !take_run(&input->block, &data) || input->block.size == 0 ||
        input->block.data[0] < 0xc0 || !take_section(&input->codes, &input->code_count, memory, &data) ||
        !take_section(&input->headers, &input->header_count, memory, &data) ||
        !take_section(&keys, &key_count, memory, &data) ||
        !take_section(&input->nodes, &input->node_count, memory, &data) || data.size != 0)
        return false;
    *chain_id = chain;
    return true;
}
