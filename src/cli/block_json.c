#include "cli/block_json.h"

#include "base/hex.h"
#include "chain/transaction.h"
#include "codec/rlp.h"
#include "cli/json.h"

#include <string.h>

typedef enum {
    FIELD_END,
    FIELD_QUANTITY,
    FIELD_DATA,     /* null: empty (a transaction that creates a contract has no recipient) */
    FIELD_LATER,    /* data or a quantity of a later fork: where it is missing, the list ends */
    FIELD_HASHES,   /* an array of data */
    FIELD_OBJECTS,  /* an array of objects, each a list of its own fields */
    FIELD_ZERO,     /* not in the object */
} field_kind;

typedef struct layout {
    field_kind kind;
    const char *name;
    const char *other_name; /* as some nodes have it */
    const struct layout *items;
} layout;

static const layout HEADER[] = {
    {FIELD_DATA, "parentHash", 0, 0},       {FIELD_DATA, "sha3Uncles", 0, 0},
    {FIELD_DATA, "miner", 0, 0},            {FIELD_DATA, "stateRoot", 0, 0},
    {FIELD_DATA, "transactionsRoot", 0, 0}, {FIELD_DATA, "receiptsRoot", 0, 0},
    {FIELD_DATA, "logsBloom", 0, 0},        {FIELD_QUANTITY, "difficulty", 0, 0},
    {FIELD_QUANTITY, "number", 0, 0},       {FIELD_QUANTITY, "gasLimit", 0, 0},
    {FIELD_QUANTITY, "gasUsed", 0, 0},      {FIELD_QUANTITY, "timestamp", 0, 0},
    {FIELD_DATA, "extraData", 0, 0},        {FIELD_DATA, "mixHash", 0, 0},
    {FIELD_DATA, "nonce", 0, 0},            {FIELD_LATER, "baseFeePerGas", 0, 0},
    {FIELD_LATER, "withdrawalsRoot", 0, 0}, {FIELD_LATER, "blobGasUsed", 0, 0},
    {FIELD_LATER, "excessBlobGas", 0, 0},   {FIELD_LATER, "parentBeaconBlockRoot", 0, 0},
    {FIELD_LATER, "requestsHash", 0, 0},    {FIELD_LATER, "blockAccessListHash", 0, 0},
    {FIELD_LATER, "slotNumber", 0, 0},      {0},
};

static const layout ACCESS[] = {{FIELD_DATA, "address", 0, 0}, {FIELD_HASHES, "storageKeys", 0, 0}, {0}};
static const layout AUTHORIZATION[] = {
    {FIELD_QUANTITY, "chainId", 0, 0},   {FIELD_DATA, "address", 0, 0}, {FIELD_QUANTITY, "nonce", 0, 0},
    {FIELD_QUANTITY, "yParity", "v", 0}, {FIELD_QUANTITY, "r", 0, 0},   {FIELD_QUANTITY, "s", 0, 0},
    {0},
};
static const layout WITHDRAWAL[] = {
    {FIELD_QUANTITY, "index", 0, 0},
    {FIELD_QUANTITY, "validatorIndex", 0, 0},
    {FIELD_DATA, "address", 0, 0},
    {FIELD_QUANTITY, "amount", 0, 0},
    {0},
};

#define CALL_FIELDS                                                                           \
    {FIELD_QUANTITY, "gas", 0, 0}, {FIELD_DATA, "to", 0, 0}, {FIELD_QUANTITY, "value", 0, 0}, \
        {FIELD_DATA, "input", "data", 0}
#define FEE_FIELDS {FIELD_QUANTITY, "maxPriorityFeePerGas", 0, 0}, {FIELD_QUANTITY, "maxFeePerGas", 0, 0}
#define CHAIN_FIELDS {FIELD_QUANTITY, "chainId", 0, 0}, {FIELD_QUANTITY, "nonce", 0, 0}
#define ACCESS_FIELD {FIELD_OBJECTS, "accessList", 0, ACCESS}
#define SIGNATURE_FIELDS {FIELD_QUANTITY, "r", 0, 0}, {FIELD_QUANTITY, "s", 0, 0}, {0}
#define PARITY_FIELD {FIELD_QUANTITY, "yParity", "v", 0}

enum { TRANSACTION_TYPES = 5, TRANSACTION_FIELDS = 15 };
static const layout TRANSACTIONS[TRANSACTION_TYPES][TRANSACTION_FIELDS] = {
    {{FIELD_QUANTITY, "nonce", 0, 0}, {FIELD_QUANTITY, "gasPrice", 0, 0}, CALL_FIELDS,
     {FIELD_QUANTITY, "v", 0, 0}, SIGNATURE_FIELDS},
    {CHAIN_FIELDS, {FIELD_QUANTITY, "gasPrice", 0, 0}, CALL_FIELDS, ACCESS_FIELD, PARITY_FIELD,
     SIGNATURE_FIELDS},
    {CHAIN_FIELDS, FEE_FIELDS, CALL_FIELDS, ACCESS_FIELD, PARITY_FIELD, SIGNATURE_FIELDS},
    {CHAIN_FIELDS, FEE_FIELDS, CALL_FIELDS, ACCESS_FIELD, {FIELD_QUANTITY, "maxFeePerBlobGas", 0, 0},
     {FIELD_HASHES, "blobVersionedHashes", 0, 0}, PARITY_FIELD, SIGNATURE_FIELDS},
    {CHAIN_FIELDS, FEE_FIELDS, CALL_FIELDS, ACCESS_FIELD,
     {FIELD_OBJECTS, "authorizationList", 0, AUTHORIZATION}, PARITY_FIELD, SIGNATURE_FIELDS},
};

/* Type 0x7E, of a rollup. */
static const layout QUEUED[] = {
    {FIELD_DATA, "sourceHash", 0, 0},  {FIELD_DATA, "from", 0, 0},      {FIELD_DATA, "to", 0, 0},
    {FIELD_QUANTITY, "mint", 0, 0},    {FIELD_QUANTITY, "value", 0, 0}, {FIELD_QUANTITY, "gas", 0, 0},
    {FIELD_ZERO, "isSystemTx", 0, 0}, {FIELD_DATA, "input", "data", 0}, {0},
};

typedef struct {
    arena *memory;
    rlp_writer out;
    const char *field; /* that is wrong */
} writer;

/* No encoding is longer than the hex it is read from, but for prefixes. */
static size_t room_for(const json_t *value)
{
    size_t all = 64, i;
    const char *name;
    json_t *item;
    if (json_is_string(value))
        return all + json_string_length(value);
    if (json_is_array(value))
        json_array_foreach(value, i, item) all += room_for(item);
    else
        json_object_foreach((json_t *)(uintptr_t)value, name, item) all += room_for(item);
    return all;
}

static void open_writer(writer *w, arena *memory, const json_t *value)
{
    size_t room = room_for(value);
    *w = (writer){.memory = memory};
    rlp_writer_init(&w->out, arena_allocate(memory, room, 8), room);
}

static status write_data(writer *w, const json_t *value)
{
    bytes data = {NULL, 0};
    if (value != NULL && !json_is_null(value)) {
        const char *text = json_string_value(value);
        if (text == NULL || strncmp(text, "0x", 2) != 0)
            return INPUT_MALFORMED;
        TRY(hex_decode(w->memory, &data, text, json_string_length(value)));
    }
    rlp_write_bytes(&w->out, data.data, data.size);
    return OK;
}

static status write_quantity(writer *w, const json_t *value)
{
    uint8_t number[32];
    const char *text = json_string_value(value);
    size_t digits = text != NULL && strncmp(text, "0x", 2) == 0 ? strlen(text) - 2 : 0;
    if (digits == 0 || digits > 64)
        return INPUT_MALFORMED;
    char padded[65];
    memset(padded, '0', sizeof padded);
    memcpy(padded + 64 - digits, text + 2, digits);
    TRY(hex_decode_exact(number, sizeof number, padded, 64));
    size_t zeros = 0;
    while (zeros < sizeof number && number[zeros] == 0)
        zeros++;
    rlp_write_bytes(&w->out, number + zeros, sizeof number - zeros);
    return OK;
}

static status write_fields(writer *w, const layout *fields, const json_t *object);

static status write_array(writer *w, const layout *field, const json_t *array)
{
    if (!json_is_array(array))
        return INPUT_MALFORMED;
    size_t begin = rlp_begin_list(&w->out);
    for (size_t i = 0; i < json_array_size(array); i++)
        TRY(field->kind == FIELD_HASHES ? write_data(w, json_array_get(array, i))
                                        : write_fields(w, field->items, json_array_get(array, i)));
    rlp_end_list(&w->out, begin);
    return OK;
}

static status write_field(writer *w, const layout *field, const json_t *value)
{
    switch (field->kind) {
    case FIELD_QUANTITY:
        return write_quantity(w, value);
    case FIELD_LATER: /* a root has 32 bytes, and a quantity no zeros before it */
        return json_string_length(value) == 66 ? write_data(w, value) : write_quantity(w, value);
    case FIELD_DATA:
        return write_data(w, value);
    default:
        return write_array(w, field, value);
    }
}

/* One list. */
static status write_fields(writer *w, const layout *fields, const json_t *object)
{
    size_t begin = rlp_begin_list(&w->out);
    for (; fields->kind != FIELD_END; fields++) {
        if (fields->kind == FIELD_ZERO) {
            rlp_write_u64(&w->out, 0);
            continue;
        }
        const json_t *value = json_object_get(object, fields->name);
        if (value == NULL && fields->other_name != NULL)
            value = json_object_get(object, fields->other_name);
        if (fields->kind == FIELD_LATER && (value == NULL || json_is_null(value)))
            break;
        status s = value == NULL ? INPUT_MALFORMED : write_field(w, fields, value);
        if (s != OK) {
            w->field = w->field == NULL ? fields->name : w->field;
            return s;
        }
    }
    rlp_end_list(&w->out, begin);
    return OK;
}

static status write_transaction(writer *w, const json_t *transaction)
{
    const char *text = json_string_value(json_object_get(transaction, "type"));
    bool is_queued = text != NULL && strcmp(text, "0x7e") == 0;
    if (text != NULL && strlen(text) != 3 && !is_queued)
        return TRANSACTION_TYPE_UNKNOWN;
    uint8_t type = is_queued ? TRANSACTION_QUEUED : text == NULL ? 0 : (uint8_t)(text[2] - '0');
    if (type >= TRANSACTION_TYPES && !is_queued)
        return TRANSACTION_TYPE_UNKNOWN;
    if (type == 0)
        return write_fields(w, TRANSACTIONS[0], transaction);
    /* A string in the block's list: the type, then the list. */
    writer inner;
    open_writer(&inner, w->memory, transaction);
    rlp_write_raw(&inner.out, &type, 1);
    status s = write_fields(&inner, is_queued ? QUEUED : TRANSACTIONS[type], transaction);
    if (s == OK)
        rlp_write_bytes(&w->out, inner.out.data, inner.out.used_bytes);
    w->field = inner.field;
    return s;
}

status block_json_header(bytes *out, const char **field, arena *memory, const json_t *header)
{
    writer w;
    open_writer(&w, memory, header);
    status s = write_fields(&w, HEADER, header);
    *field = w.field;
    *out = rlp_written(&w.out);
    return s;
}

static status write_block(writer *w, const json_t *block)
{
    const json_t *transactions = json_object_get(block, "transactions");
    const json_t *withdrawals = json_object_get(block, "withdrawals");
    size_t whole = rlp_begin_list(&w->out);
    TRY(write_fields(w, HEADER, block));
    w->field = "transactions";
    if (!json_is_array(transactions))
        return INPUT_MALFORMED;
    w->field = NULL;
    size_t list = rlp_begin_list(&w->out);
    for (size_t i = 0; i < json_array_size(transactions); i++)
        TRY(write_transaction(w, json_array_get(transactions, i)));
    rlp_end_list(&w->out, list);
    rlp_write_list_header(&w->out, 0);
    if (withdrawals != NULL && !json_is_null(withdrawals)) {
        const layout field = {FIELD_OBJECTS, "withdrawals", NULL, WITHDRAWAL};
        TRY(write_array(w, &field, withdrawals));
    }
    rlp_end_list(&w->out, whole);
    return OK;
}

status block_json_block(bytes *out, const char **field, arena *memory, const json_t *block)
{
    writer w;
    open_writer(&w, memory, block);
    bool has_ommers = json_array_size(json_object_get(block, "uncles")) > 0;
    status s = has_ommers ? UNSUPPORTED_FORK : write_block(&w, block);
    *field = w.field;
    *out = rlp_written(&w.out);
    return s;
}
