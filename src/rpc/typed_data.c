/* eth_signTypedData_v4: the digest of typed data (EIP-712), signed by an unlocked account. */
#include "rpc/internal.h"

#include "base/hex.h"
#include "crypto/keccak.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_TYPES = 64, MOST_NAME = 128, DEEPEST = 64, MOST_ELEMENTS = 65536 };

typedef struct {
    rpc_call *c;
    const json_t *types;
} encoder;

static bool wrong(const encoder *e, const char *what, const char *name)
{
    return rpc_error(e->c, RPC_INVALID_PARAMETERS, "invalid argument 1: typed data: %s \"%.100s\"", what,
                     name);
}

/* ---- types ---- */

/* "Stone[2][]" → "Stone". False: the name is too long. */
static bool base_of(char out[MOST_NAME], const char *type)
{
    size_t size = strcspn(type, "[");
    if (size >= MOST_NAME)
        return false;
    memcpy(out, type, size);
    out[size] = 0;
    return true;
}

/* The struct types that one refers to, itself first; each once. */
static bool collect(const encoder *e, const char **names, size_t *count, const char *type)
{
    const json_t *members = json_object_get(e->types, type);
    if (*count == MOST_TYPES)
        return wrong(e, "more types than", "64");
    names[(*count)++] = type;
    for (size_t i = 0; i < json_array_size(members); i++) {
        const json_t *member = json_array_get(members, i);
        const char *name = json_string_value(json_object_get(member, "name")),
                   *of = json_string_value(json_object_get(member, "type"));
        char base[MOST_NAME];
        if (name == NULL || of == NULL || !base_of(base, of))
            return wrong(e, "no name and type in a member of", type);
        const char *known = NULL, *key;
        json_t *value;
        json_object_foreach((json_t *)e->types, key, value) if (strcmp(key, base) == 0) known = key;
        bool seen = known == NULL;
        for (size_t k = 0; k < *count && !seen; k++)
            seen = strcmp(names[k], known) == 0;
        if (!seen && !collect(e, names, count, known))
            return false;
    }
    return true;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void absorb_text(keccak256_context *k, const char *text)
{
    keccak256_absorb(k, (const uint8_t *)text, strlen(text));
}

/* "Order(Stone[] stones,address by)Stone(uint256 weight)": the type, then the others by name. */
static bool hash_type(const encoder *e, hash256 *out, const char *type)
{
    const char *names[MOST_TYPES];
    size_t count = 0;
    if (!collect(e, names, &count, type))
        return false;
    qsort(names + 1, count - 1, sizeof *names, compare_names);
    keccak256_context k;
    keccak256_init(&k);
    for (size_t i = 0; i < count; i++) {
        const json_t *members = json_object_get(e->types, names[i]);
        absorb_text(&k, names[i]);
        absorb_text(&k, "(");
        for (size_t m = 0; m < json_array_size(members); m++) {
            const json_t *member = json_array_get(members, m);
            absorb_text(&k, m == 0 ? "" : ",");
            absorb_text(&k, json_string_value(json_object_get(member, "type")));
            absorb_text(&k, " ");
            absorb_text(&k, json_string_value(json_object_get(member, "name")));
        }
        absorb_text(&k, ")");
    }
    keccak256_finish(&k, out);
    return true;
}

/* ---- values: 32 bytes each ---- */

static bool encode_integer(const encoder *e, uint8_t out[32], const char *type, const json_t *value)
{
    u256 magnitude;
    bool negative, is_signed = type[0] == 'i';
    const char *digits = type + (is_signed ? 3 : 4);
    char *end;
    unsigned long bits = *digits == 0 ? 256 : strtoul(digits, &end, 10);
    if (bits == 0 || bits > 256 || bits % 8 != 0 || (*digits != 0 && *end != 0))
        return wrong(e, "unknown type", type);
    if (!rpc_read_integer(&magnitude, &negative, value) || (negative && !is_signed))
        return wrong(e, "a value is not of type", type);
    /* Of a signed one, −2^(bits−1) is the least. */
    u256 bound = negative ? u256_sub(magnitude, u256_from_u64(!u256_is_zero(magnitude))) : magnitude;
    if (u256_bit_length(bound) > bits - is_signed)
        return wrong(e, "a value is too large for", type);
    u256_to_be(out, negative ? u256_sub(U256_ZERO, magnitude) : magnitude);
    return true;
}

static bool encode_bytes(const encoder *e, uint8_t out[32], const char *type, const json_t *value)
{
    bytes data;
    if (!rpc_parse_data(e->c, &data, value, 1))
        return false;
    if (type[5] == 0) {
        hash256 hash;
        keccak256(&hash, data.data, data.size);
        memcpy(out, hash.bytes, 32);
        return true;
    }
    char *end;
    unsigned long size = strtoul(type + 5, &end, 10);
    if (size == 0 || size > 32 || *end != 0)
        return wrong(e, "unknown type", type);
    if (data.size != size)
        return wrong(e, "a value has not the length of", type);
    memset(out, 0, 32);
    memcpy(out, data.data, size);
    return true;
}

static bool encode_atom(const encoder *e, uint8_t out[32], const char *type, const json_t *value)
{
    hash256 hash;
    memset(out, 0, 32);
    if (strcmp(type, "string") == 0) {
        if (!json_is_string(value))
            return wrong(e, "a value is not of type", type);
        keccak256(&hash, (const uint8_t *)json_string_value(value), json_string_length(value));
        memcpy(out, hash.bytes, 32);
        return true;
    }
    if (strcmp(type, "bool") == 0) {
        out[31] = json_is_true(value);
        return json_is_boolean(value) || wrong(e, "a value is not of type", type);
    }
    if (strcmp(type, "address") == 0) {
        address who;
        if (!rpc_parse_address(e->c, &who, value, 1))
            return false;
        memcpy(out + 12, who.bytes, 20);
        return true;
    }
    if (strncmp(type, "bytes", 5) == 0)
        return encode_bytes(e, out, type, value);
    if (strncmp(type, "uint", 4) == 0 || strncmp(type, "int", 3) == 0)
        return encode_integer(e, out, type, value);
    return wrong(e, "unknown type", type);
}

static bool hash_struct(const encoder *e, uint8_t out[32], const char *type, const json_t *value,
                        unsigned depth);

static bool encode(const encoder *e, uint8_t out[32], const char *type, const json_t *value, unsigned depth)
{
    const char *bracket = strrchr(type, '[');
    if (bracket == NULL)
        return json_object_get(e->types, type) != NULL ? hash_struct(e, out, type, value, depth)
                                                       : encode_atom(e, out, type, value);
    char element[MOST_NAME];
    size_t size = (size_t)(bracket - type), count = json_array_size(value);
    if (size >= MOST_NAME || depth == DEEPEST || count > MOST_ELEMENTS)
        return wrong(e, "too long or too deep:", type);
    if (!json_is_array(value) || (bracket[1] != ']' && strtoul(bracket + 1, NULL, 10) != count))
        return wrong(e, "a value is not of type", type);
    memcpy(element, type, size);
    element[size] = 0;
    keccak256_context k;
    hash256 hash;
    keccak256_init(&k);
    for (size_t i = 0; i < count; i++) {
        if (!encode(e, out, element, json_array_get(value, i), depth + 1))
            return false;
        keccak256_absorb(&k, out, 32);
    }
    keccak256_finish(&k, &hash);
    memcpy(out, hash.bytes, 32);
    return true;
}

static bool hash_struct(const encoder *e, uint8_t out[32], const char *type, const json_t *value,
                        unsigned depth)
{
    const json_t *members = json_object_get(e->types, type);
    hash256 hash;
    if (!json_is_array(members) || !json_is_object(value) || depth == DEEPEST)
        return wrong(e, "no type, or no value, of", type);
    if (!hash_type(e, &hash, type))
        return false;
    keccak256_context k;
    keccak256_init(&k);
    keccak256_absorb(&k, hash.bytes, 32);
    for (size_t i = 0; i < json_array_size(members); i++) {
        const json_t *member = json_array_get(members, i);
        const char *name = json_string_value(json_object_get(member, "name"));
        const json_t *field = json_object_get(value, name);
        if (field == NULL)
            return wrong(e, "no value for", name);
        if (!encode(e, out, json_string_value(json_object_get(member, "type")), field, depth + 1))
            return false;
        keccak256_absorb(&k, out, 32);
    }
    keccak256_finish(&k, &hash);
    memcpy(out, hash.bytes, 32);
    return true;
}

static bool digest_of(const encoder *e, hash256 *out, const json_t *data)
{
    uint8_t message[66] = {0x19, 0x01};
    const char *primary = json_string_value(json_object_get(data, "primaryType"));
    if (primary == NULL || !json_is_object(e->types))
        return wrong(e, "it has no", primary == NULL ? "primaryType" : "types");
    if (!hash_struct(e, message + 2, "EIP712Domain", json_object_get(data, "domain"), 0))
        return false;
    size_t size = 34;
    if (strcmp(primary, "EIP712Domain") != 0) {
        if (!hash_struct(e, message + 34, primary, json_object_get(data, "message"), 0))
            return false;
        size = 66;
    }
    keccak256(out, message, size);
    return true;
}

/* The data comes as an object, or as the text of one. */
void rpc_eth_signTypedData(rpc_call *c) { rpc_eth_signTypedData_v4(c); }

/* What version 3 can say, 4 says the same. */
void rpc_eth_signTypedData_v3(rpc_call *c) { rpc_eth_signTypedData_v4(c); }

void rpc_eth_signTypedData_v4(rpc_call *c)
{
    address who;
    hash256 digest;
    uint8_t signature[65];
    json_t *data = rpc_parameter(c, 1), *parsed = NULL;
    if (!rpc_parse_address(c, &who, rpc_parameter(c, 0), 0))
        return;
    if (json_is_string(data))
        data = parsed = json_loads(json_string_value(data), 0, NULL);
    encoder e = {c, json_object_get(data, "types")};
    bool fine = digest_of(&e, &digest, data);
    json_decref(parsed);
    if (!fine)
        return;
    RPC_TRY(c, node_sign(c->chain, signature, &who, &digest));
    rpc_data(c->out, signature, sizeof signature);
}
