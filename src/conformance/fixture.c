#define _GNU_SOURCE
#include "conformance/fixture.h"

#include "base/hex.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"

#include <string.h>

/* ---- values ---- */

static void note(fixture_reader *r, const char *name)
{
    if (r->malformed == NULL)
        r->malformed = name;
}

bytes fixture_bytes_of(fixture_reader *r, const json_t *value, const char *name)
{
    bytes out = {NULL, 0};
    const char *text = json_string_value(value);
    if (text == NULL || hex_decode(r->memory, &out, text, strlen(text)) != OK)
        note(r, name);
    return out;
}

static bool number_from_text(u256 *out, const char *text)
{
    bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    /* Where the tests mean a number too large on purpose. */
    if (strncmp(text, "0x:bigint ", 10) == 0)
        text += 10;
    if (text[0] == '0' && text[1] == 'x')
        text += 2;
    u256 number = U256_ZERO, base = u256_from_u64(hex ? 16 : 10);
    for (; *text; text++) {
        unsigned digit = 99;
        if (*text >= '0' && *text <= '9')
            digit = (unsigned)(*text - '0');
        else if (hex && (*text | 32) >= 'a' && (*text | 32) <= 'f')
            digit = (unsigned)((*text | 32) - 'a') + 10;
        if (digit == 99 || u256_bit_length(number) > 252)
            return false;
        number = u256_add(u256_mul(number, base), u256_from_u64(digit));
    }
    *out = number;
    return true;
}

u256 fixture_u256_of(fixture_reader *r, const json_t *value, const char *name)
{
    u256 number = U256_ZERO;
    if (json_is_integer(value) && json_integer_value(value) >= 0)
        return u256_from_u64((uint64_t)json_integer_value(value));
    const char *text = json_string_value(value);
    if (text == NULL || !number_from_text(&number, text))
        note(r, name);
    return number;
}

bytes fixture_bytes(fixture_reader *r, const json_t *object, const char *name)
{
    return fixture_bytes_of(r, json_object_get(object, name), name);
}

bytes *fixture_bytes_list(fixture_reader *r, size_t *count, const json_t *array, const char *name)
{
    *count = json_array_size(array);
    if (!json_is_array(array))
        note(r, name);
    bytes *out = ARENA_NEW(r->memory, bytes, *count);
    for (size_t i = 0; i < *count; i++)
        out[i] = fixture_bytes_of(r, json_array_get(array, i), name);
    return out;
}

bool fixture_same_items(const bytes *items, size_t count, const bytes *others, size_t other_count)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;
        while (at < other_count && (others[at].size != items[i].size ||
                                    memcmp(others[at].data, items[i].data, items[i].size) != 0))
            at++;
        if (at == other_count)
            return false;
    }
    return count == other_count;
}

u256 fixture_u256(fixture_reader *r, const json_t *object, const char *name)
{
    return fixture_u256_of(r, json_object_get(object, name), name);
}

uint64_t fixture_u64(fixture_reader *r, const json_t *object, const char *name)
{
    u256 number = fixture_u256(r, object, name);
    if (!u256_fits_u64(number))
        note(r, name);
    return number.limb[0];
}

uint64_t fixture_u64_or(fixture_reader *r, const json_t *object, const char *name, uint64_t otherwise)
{
    return json_object_get(object, name) == NULL ? otherwise : fixture_u64(r, object, name);
}

static void exact(fixture_reader *r, uint8_t *out, size_t size_bytes, const char *text, const char *name)
{
    memset(out, 0, size_bytes);
    if (text == NULL || hex_decode_exact(out, size_bytes, text, strlen(text)) != OK)
        note(r, name);
}

address fixture_address(fixture_reader *r, const json_t *object, const char *name)
{
    address out;
    exact(r, out.bytes, sizeof out.bytes, json_string_value(json_object_get(object, name)), name);
    return out;
}

hash256 fixture_hash(fixture_reader *r, const json_t *object, const char *name)
{
    hash256 out;
    exact(r, out.bytes, sizeof out.bytes, json_string_value(json_object_get(object, name)), name);
    return out;
}

/* ---- states ---- */

static void read_account(fixture_reader *r, genesis_account *a, json_t *fields)
{
    if (json_object_get(fields, "balance") != NULL)
        a->balance = fixture_u256(r, fields, "balance");
    a->nonce = fixture_u64_or(r, fields, "nonce", 0);
    if (json_object_get(fields, "code") != NULL)
        a->code = fixture_bytes(r, fields, "code");
    json_t *storage = json_object_get(fields, "storage"), *value;
    genesis_slot *slots = ARENA_NEW(r->memory, genesis_slot, json_object_size(storage));
    const char *key;
    json_object_foreach(storage, key, value) {
        genesis_slot *slot = &slots[a->slot_count++];
        if (!number_from_text(&slot->key, key))
            note(r, key);
        slot->value = fixture_u256_of(r, value, "storage");
    }
    a->slots = slots;
}

genesis_account *fixture_accounts(fixture_reader *r, size_t *count, const json_t *alloc)
{
    genesis_account *accounts = ARENA_NEW(r->memory, genesis_account, json_object_size(alloc));
    *count = 0;
    const char *name;
    json_t *fields;
    if (!json_is_object(alloc))
        note(r, "pre");
    json_object_foreach((json_t *)(uintptr_t)alloc, name, fields) {
        genesis_account *a = &accounts[(*count)++];
        exact(r, a->where.bytes, sizeof a->where.bytes, name, name);
        read_account(r, a, fields);
    }
    return accounts;
}

/* ---- rules ---- */

fork_id fixture_fork(const char *name)
{
    static const struct {
        const char *name;
        fork_id fork;
    } others[] = {
        {"EIP150", FORK_TANGERINE_WHISTLE}, {"EIP158", FORK_SPURIOUS_DRAGON},
        {"ConstantinopleFix", FORK_PETERSBURG}, {"Merge", FORK_PARIS}, {"Paris+", FORK_PARIS},
    };
    for (fork_id fork = 0; fork < FORK_COUNT; fork++)
        if (strcmp(fork_name(fork), name) == 0)
            return fork;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (strcmp(others[i].name, name) == 0)
            return others[i].fork;
    /* A fork that changes blob parameters alone is the fork before it; the tests have more of them than there
     * are. */
    return strncmp(name, "BPO", 3) == 0 ? FORK_OSAKA : FORK_COUNT;
}

static void add_blob_parameters(fixture_reader *r, chain_config *config, const json_t *schedule,
                                const char *name,
                                uint64_t timestamp)
{
    blob_parameters parameters = {0};
    const json_t *entry = json_object_get(schedule, name);
    if (entry != NULL) {
        parameters.target_blobs = (uint32_t)fixture_u64(r, entry, "target");
        parameters.max_blobs = (uint32_t)fixture_u64(r, entry, "max");
        parameters.base_fee_update_fraction = fixture_u64(r, entry, "baseFeeUpdateFraction");
    } else if (!chain_blob_parameters_of(&parameters, name)) {
        return;
    }
    parameters.timestamp = timestamp;
    config->blob_schedule[config->blob_schedule_count++] = parameters;
}

/* All up to one; the DAO fork only where it is the one that is named: most chains of tests do without it. */
static void begin_forks(chain_config *config, fork_id last, uint64_t block, uint64_t timestamp)
{
    for (fork_id fork = FORK_FRONTIER; fork <= last && fork <= FORK_PARIS; fork++)
        if (config->fork_block[fork] == UINT64_MAX && (fork != FORK_DAO || last == FORK_DAO))
            config->fork_block[fork] = block;
    for (fork_id fork = FORK_SHANGHAI; fork <= last; fork++)
        if (config->fork_timestamp[fork] == UINT64_MAX)
            config->fork_timestamp[fork] = timestamp;
}

/* "AToBAtX" → the three parts; false where it is one name. */
static bool split(char *first, char **second, char **moment)
{
    char *to = strstr(first, "To"), *at = to != NULL ? strstr(to, "At") : NULL;
    if (at == NULL)
        return false;
    *to = *at = 0;
    *second = to + 2;
    *moment = at + 2;
    return true;
}

bool fixture_network_read(fixture_network *network, const char *name, const json_t *settings)
{
    char first[128], *second, *moment;
    fixture_reader r = {0};
    chain_config *config = &network->config;
    if (name == NULL || strlen(name) >= sizeof first)
        return false;
    strcpy(first, name);
    memset(network, 0, sizeof *network);
    for (fork_id fork = FORK_FRONTIER; fork <= FORK_PARIS; fork++)
        config->fork_block[fork] = UINT64_MAX;
    for (fork_id fork = FORK_SHANGHAI; fork < FORK_COUNT; fork++)
        config->fork_timestamp[fork] = UINT64_MAX;
    config->deposit_contract = chain_config_by_id(1)->deposit_contract;
    config->chain_id = fixture_u64_or(&r, settings, "chainid", 1);

    bool changes = split(first, &second, &moment);
    const json_t *schedule = json_object_get(settings, "blobSchedule");
    fork_id fork = fixture_fork(first);
    if (fork == FORK_COUNT)
        return false;
    begin_forks(config, fork, 0, 0);
    add_blob_parameters(&r, config, schedule, first, 0);
    if (!changes)
        return r.malformed == NULL;

    u256 when;
    bool by_time = strncmp(moment, "Time", 4) == 0;
    network->by_difficulty = strncmp(moment, "Diff", 4) == 0;
    char number[64];
    snprintf(number, sizeof number, "%s%s", network->by_difficulty ? "0x" : "",
             moment + (by_time || network->by_difficulty ? 4 : 0));
    size_t length = strlen(number);
    bool thousands = !network->by_difficulty && length > 0 && number[length - 1] == 'k';
    if (thousands)
        number[length - 1] = 0;
    if (!number_from_text(&when, number))
        return false;
    if (thousands)
        when = u256_mul(when, u256_from_u64(1000));
    fork_id next = fixture_fork(second);
    if (next == FORK_COUNT)
        return false;
    network->terminal_difficulty = when;
    if (network->by_difficulty)
        begin_forks(config, FORK_PARIS - 1, 0, 0);
    else
        begin_forks(config, next, by_time ? 0 : when.limb[0], when.limb[0]);
    if (by_time)
        add_blob_parameters(&r, config, schedule, second, when.limb[0]);
    return r.malformed == NULL;
}

chain_genesis fixture_genesis(fixture_reader *r, const json_t *test)
{
    const json_t *header = json_object_get(test, "genesisBlockHeader");
    const char *name = json_string_value(json_object_get(test, "network"));
    fixture_network network;
    if (!fixture_network_read(&network, name, json_object_get(test, "config"))) {
        r->malformed = "network";
        return (chain_genesis){.account_count = 0};
    }
    chain_genesis genesis = {
        .config = network.config,
        .coinbase = fixture_address(r, header, "coinbase"),
        .gas_limit = fixture_u64(r, header, "gasLimit"),
        .timestamp = fixture_u64(r, header, "timestamp"),
        .extra_data = fixture_bytes(r, header, "extraData"),
        .mix_hash = fixture_hash(r, header, "mixHash"),
        .has_base_fee = true,
        .base_fee = fixture_u256(r, header, "baseFeePerGas"),
        .excess_blob_gas = fixture_u64(r, header, "excessBlobGas"),
        .blob_gas_used = fixture_u64(r, header, "blobGasUsed"),
        .parent_beacon_block_root = fixture_hash(r, header, "parentBeaconBlockRoot"),
    };
    genesis.accounts = fixture_accounts(r, &genesis.account_count, json_object_get(test, "pre"));
    return genesis;
}

/* ---- transactions ---- */

static const u256 GROUP_ORDER = {{0xbfd25e8cd0364141, 0xbaaedce6af48a03b, 0xfffffffffffffffe,
                                  0xffffffffffffffff}};
/* x of the group's generator; its y is even. */
static const u256 GENERATOR_X = {{0x59f2815b16f81798, 0x029bfcdb2dce28d9, 0x55a06295ce870b07,
                                  0x79be667ef9dcbbac}};

static u256 times_generator_x(u256 key)
{
    uint64_t wide[8];
    u256_mul_wide(wide, key, GENERATOR_X);
    return u256_reduce_wide(wide, GROUP_ORDER);
}

/* The keys of tests are public, so the nonce may be 1: its point is the generator. Returns y's parity. */
unsigned fixture_sign(u256 *r, u256 *s, const hash256 *message, u256 key)
{
    u256 z = u256_from_be(message->bytes, 32), sum;
    if (!u256_less(z, GROUP_ORDER))
        z = u256_sub(z, GROUP_ORDER);
    bool carry;
    sum = u256_add_carry(&carry, z, times_generator_x(key));
    if (carry || !u256_less(sum, GROUP_ORDER))
        sum = u256_sub(sum, GROUP_ORDER);
    *r = GENERATOR_X;
    *s = u256_sub(GROUP_ORDER, sum);
    bool high = u256_less(*s, sum);
    if (!high)
        *s = sum;
    return high;
}

/* What a transaction has besides the fields that all have. */
typedef struct {
    unsigned type;
    uint64_t chain_id;
    const json_t *fields, *access_list;
    bytes data;
    u256 value;
    uint64_t gas_limit;
} order;

static const json_t *indexed(fixture_reader *r, const json_t *fields, const char *name, const json_t *indexes,
                             const char *index_name)
{
    const json_t *list = json_object_get(fields, name);
    const json_t *item = json_array_get(list, (size_t)fixture_u64(r, indexes, index_name));
    if (item == NULL)
        note(r, name);
    return item;
}

static void write_access_list(fixture_reader *r, rlp_writer *w, const json_t *list)
{
    size_t all = rlp_begin_list(w), i, k;
    const json_t *entry, *key;
    json_array_foreach(list, i, entry) {
        size_t tuple = rlp_begin_list(w);
        address where = fixture_address(r, entry, "address");
        rlp_write_address(w, &where);
        size_t keys = rlp_begin_list(w);
        json_array_foreach(json_object_get(entry, "storageKeys"), k, key) {
            hash256 slot;
            u256_to_be(slot.bytes, fixture_u256_of(r, key, "storageKeys"));
            rlp_write_hash(w, &slot);
        }
        rlp_end_list(w, keys);
        rlp_end_list(w, tuple);
    }
    rlp_end_list(w, all);
}

static void write_authorizations(fixture_reader *r, rlp_writer *w, const json_t *list)
{
    size_t all = rlp_begin_list(w), i;
    const json_t *entry;
    json_array_foreach(list, i, entry) {
        size_t tuple = rlp_begin_list(w);
        rlp_write_u256(w, fixture_u256(r, entry, "chainId"));
        address where = fixture_address(r, entry, "address");
        rlp_write_address(w, &where);
        rlp_write_u64(w, fixture_u64(r, entry, "nonce"));
        rlp_write_u64(w, json_object_get(entry, "yParity") != NULL ? fixture_u64(r, entry, "yParity")
                                                                   : fixture_u64(r, entry, "v"));
        rlp_write_u256(w, fixture_u256(r, entry, "r"));
        rlp_write_u256(w, fixture_u256(r, entry, "s"));
        rlp_end_list(w, tuple);
    }
    rlp_end_list(w, all);
}

static void write_fields(fixture_reader *r, rlp_writer *w, const order *o)
{
    const json_t *fields = o->fields;
    if (o->type != 0)
        rlp_write_u64(w, o->chain_id);
    rlp_write_u64(w, fixture_u64(r, fields, "nonce"));
    if (o->type >= 2) {
        rlp_write_u256(w, fixture_u256(r, fields, "maxPriorityFeePerGas"));
        rlp_write_u256(w, fixture_u256(r, fields, "maxFeePerGas"));
    } else {
        rlp_write_u256(w, fixture_u256(r, fields, "gasPrice"));
    }
    rlp_write_u64(w, o->gas_limit);
    const char *to = json_string_value(json_object_get(fields, "to"));
    if (to == NULL || *to == 0) {
        rlp_write_bytes(w, NULL, 0);
    } else {
        address recipient = fixture_address(r, fields, "to");
        rlp_write_address(w, &recipient);
    }
    rlp_write_u256(w, o->value);
    rlp_write_bytes(w, o->data.data, o->data.size);
    if (o->type == 0)
        return;
    write_access_list(r, w, o->access_list);
    if (o->type == 3) {
        rlp_write_u256(w, fixture_u256(r, fields, "maxFeePerBlobGas"));
        size_t hashes = rlp_begin_list(w), i;
        const json_t *item;
        json_array_foreach(json_object_get(fields, "blobVersionedHashes"), i, item) {
            bytes hash = fixture_bytes_of(r, item, "blobVersionedHashes");
            rlp_write_bytes(w, hash.data, hash.size);
        }
        rlp_end_list(w, hashes);
    }
    if (o->type == 4)
        write_authorizations(r, w, json_object_get(fields, "authorizationList"));
}

static unsigned type_of(const order *o)
{
    if (json_object_get(o->fields, "authorizationList") != NULL)
        return 4;
    if (json_object_get(o->fields, "maxFeePerBlobGas") != NULL ||
        json_object_get(o->fields, "blobVersionedHashes") != NULL)
        return 3;
    if (json_object_get(o->fields, "maxFeePerGas") != NULL)
        return 2;
    return json_is_array(o->access_list) ? 1 : 0;
}

bytes fixture_transaction(fixture_reader *r, const chain_config *config, fork_id fork,
                          const json_t *transaction,
                          const json_t *indexes)
{
    order o = {.chain_id = config->chain_id, .fields = transaction};
    const json_t *data = indexed(r, transaction, "data", indexes, "data");
    const json_t *gas = indexed(r, transaction, "gasLimit", indexes, "gas");
    const json_t *value = indexed(r, transaction, "value", indexes, "value");
    const json_t *lists = json_object_get(transaction, "accessLists");
    o.access_list = json_object_get(transaction, "accessList");
    if (lists != NULL)
        o.access_list = json_array_get(lists, (size_t)fixture_u64(r, indexes, "data"));
    o.data = fixture_bytes_of(r, data, "data");
    u256 gas_limit = fixture_u256_of(r, gas, "gasLimit");
    o.gas_limit = u256_fits_u64(gas_limit) ? gas_limit.limb[0] : UINT64_MAX;
    o.value = fixture_u256_of(r, value, "value");
    o.type = type_of(&o);
    u256 key = fixture_u256(r, transaction, "secretKey");
    if (r->malformed != NULL)
        return (bytes){NULL, 0};

    size_t entries = json_array_size(o.access_list), i, capacity = o.data.size + 4096;
    const json_t *entry;
    json_array_foreach(o.access_list, i, entry)
        capacity += 64 + 40 * json_array_size(json_object_get(entry, "storageKeys"));
    capacity += 64 * entries + 40 * json_array_size(json_object_get(transaction, "blobVersionedHashes")) +
                192 * json_array_size(json_object_get(transaction, "authorizationList"));
    bool protected = o.type == 0 && fork >= FORK_SPURIOUS_DRAGON && o.chain_id < UINT64_MAX / 4;
    uint8_t type = (uint8_t)o.type;
    u256 signature_r = U256_ZERO, signature_s = U256_ZERO;
    uint64_t v = 0;
    rlp_writer w;
    /* Once for the message, once with its signature. */
    for (unsigned pass = 0; pass < 2; pass++) {
        rlp_writer_init(&w, arena_allocate(r->memory, capacity, 8), capacity);
        if (type != 0)
            rlp_write_raw(&w, &type, 1);
        size_t list = rlp_begin_list(&w);
        write_fields(r, &w, &o);
        if (pass == 1) {
            rlp_write_u64(&w, v);
            rlp_write_u256(&w, signature_r);
            rlp_write_u256(&w, signature_s);
        } else if (protected) {
            rlp_write_u64(&w, o.chain_id);
            rlp_write_u64(&w, 0);
            rlp_write_u64(&w, 0);
        }
        rlp_end_list(&w, list);
        if (pass == 0) {
            hash256 digest;
            keccak256(&digest, w.data, w.used_bytes);
            unsigned parity = fixture_sign(&signature_r, &signature_s, &digest, key);
            v = parity + (type != 0 ? 0 : protected ? 35 + 2 * o.chain_id : 27);
        }
    }
    return rlp_written(&w);
}

/* ---- expected refusals ---- */

bool fixture_exception_covers(const char *expected, status got)
{
    static const struct {
        const char *name;
        status statuses[5]; /* OK ends them */
    } rows[] = {
#define EXCEPTION(kind, name, ...) {#kind "Exception." #name, {__VA_ARGS__}},
#define OLD_EXCEPTION(name, ...) {#name, {__VA_ARGS__}},
#include "conformance/fixture_exceptions.def"
    };
    if (strcmp(expected, FIXTURE_ANY_EXCEPTION) == 0)
        return got != OK;
    while (*expected != 0) {
        size_t length = strcspn(expected, "|");
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
            if (strlen(rows[i].name) == length && strncmp(rows[i].name, expected, length) == 0)
                for (size_t k = 0; k < 5 && rows[i].statuses[k] != OK; k++)
                    if (rows[i].statuses[k] == got)
                        return true;
        expected += length + (expected[length] == '|');
    }
    return false;
}
