/* What stands in a whole state: ranges of accounts and slots as geth gives them, dumps as anvil has them. */
#include "rpc/internal.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

/* The names of keys: an address or a slot of that size in bytes; NULL data where it is not known. */
static status name_of(rpc_call *c, bytes *out, const hash256 *key, size_t size_bytes)
{
    TRY(store_preimage(c->view, out, key));
    if (out->data != NULL && out->size != size_bytes)
        *out = (bytes){0};
    return OK;
}

/* Keys that are gone through. */
typedef struct {
    rpc_call *c;
    uint64_t left;   /* how many may still come */
    bool has_next;
    hash256 next;    /* the first that came too late */
    status failure;
    uint64_t nameless;
    bool skips_code, skips_storage, skips_nameless;
} listing;

/* Whether one more is to be listed. */
static bool takes(listing *l, const hash256 *key)
{
    if (l->failure == OK && store_view_is_late(l->c->view))
        l->failure = CALL_TIMED_OUT;
    if (l->failure != OK || l->c->out->full)
        return false;
    if (l->left == 0) {
        l->has_next = true;
        l->next = *key;
        return false;
    }
    l->left--;
    return true;
}

static void hex_name(char out[67], bytes name)
{
    strcpy(out, "0x");
    for (size_t i = 0; i < name.size && i < 32; i++)
        sprintf(out + 2 + 2 * i, "%02x", name.data[i]);
}

static bool finish(listing *l, status s)
{
    s = s == OK ? l->failure : s;
    return s == OK || rpc_refuse(l->c, s);
}

/* Up to 32 bytes from the left. */
static bool parse_start(rpc_call *c, hash256 *out, size_t index)
{
    bytes start;
    memset(out, 0, sizeof *out);
    if (!rpc_parse_data(c, &start, rpc_parameter(c, index), index))
        return false;
    if (start.size > 0)
        memcpy(out->bytes, start.data, start.size < sizeof out->bytes ? start.size : sizeof out->bytes);
    return true;
}

/* ---- debug_storageRangeAt ---- */

static bool list_slot(void *context, const hash256 *key, bytes value)
{
    listing *l = context;
    rpc_writer *w = l->c->out;
    bytes name;
    u256 word;
    if (!takes(l, key))
        return false;
    l->failure = name_of(l->c, &name, key, 32);
    if (l->failure == OK)
        l->failure = rlp_u256(&word, &value);
    if (l->failure != OK)
        return false;
    char hashed[67];
    hex_name(hashed, (bytes){key->bytes, sizeof key->bytes});
    rpc_key(w, hashed);
    rpc_begin_object(w);
    rpc_key(w, "key");
    if (name.data == NULL)
        rpc_null(w);
    else
        rpc_data(w, name.data, name.size);
    RPC_MEMBER(w, "value", word, word);
    rpc_end_object(w);
    return true;
}

/* The state before the transaction of that index, or that after none where the block has none. */
static bool open_before(rpc_call *c, store_session *session, const store_block *block, uint64_t index)
{
    if (block->header.number == store_first_number(c->view))
        return rpc_error(c, RPC_FAILED, "no transaction in genesis");
    if (index >= block->transaction_count && index + block->transaction_count > 0) {
        char hash[67];
        hex_name(hash, (bytes){block->hash.bytes, sizeof block->hash.bytes});
        return rpc_error(c, RPC_FAILED, "transaction index %llu out of range for block %s",
                         (unsigned long long)index, hash);
    }
    status s = store_session_replay(session, c->view, block, index);
    return s == OK || rpc_refuse(c, s);
}

void rpc_debug_storageRangeAt(rpc_call *c)
{
    rpc_block block;
    uint64_t index, most;
    address where;
    hash256 start, root;
    store_session session;
    rpc_writer *w = c->out;
    if (!rpc_parse_known_block(c, &block, rpc_parameter(c, 0), 0) ||
        !rpc_parse_u64(c, &index, rpc_parameter(c, 1), 1) ||
        !rpc_parse_address(c, &where, rpc_parameter(c, 2), 2) || !parse_start(c, &start, 3) ||
        !rpc_parse_u64(c, &most, rpc_parameter(c, 4), 4) || !open_before(c, &session, &block.block, index))
        return;
    RPC_TRY(c, store_session_storage(&session, &root, &where));
    listing l = {.c = c, .left = most};
    bool is_empty = memcmp(root.bytes, witness_empty_trie_root.bytes, sizeof root.bytes) == 0;
    rpc_begin_object(w);
    rpc_key(w, "storage");
    if (is_empty) {
        rpc_null(w);
    } else {
        rpc_begin_object(w);
        if (!finish(&l, store_visit_keys(c->view, &root, &start, list_slot, &l)))
            return;
        rpc_end_object(w);
    }
    rpc_key(w, "nextKey");
    if (l.has_next)
        rpc_hash(w, &l.next);
    else
        rpc_null(w);
    rpc_end_object(w);
}

/* ---- debug_accountRange ---- */

/* As geth has it: hex of the content, without a prefix. */
static bool list_plain_slot(void *context, const hash256 *key, bytes value)
{
    listing *l = context;
    bytes name, content;
    l->failure = name_of(l->c, &name, key, 32);
    if (l->failure == OK)
        l->failure = rlp_bytes(&content, &value);
    if (l->failure != OK || l->c->out->full)
        return false;
    char hashed[67], text[67];
    hex_name(hashed, name.data != NULL ? name : (bytes){key->bytes, sizeof key->bytes});
    hex_name(text, content);
    rpc_key(l->c->out, hashed);
    rpc_string(l->c->out, text + 2);
    return true;
}

static status write_code(rpc_call *c, const store_trie_account *a)
{
    bytes code;
    TRY(store_read_code(c->view, &code, a));
    rpc_key(c->out, "code");
    rpc_data(c->out, code.data, code.size);
    return OK;
}

/* The memory that one account takes is given back behind it. */
static bool in_passing(trie_visitor visit, listing *l, const hash256 *key, bytes value)
{
    size_t mark = l->c->memory->used_bytes;
    bool goes_on = visit(l, key, value);
    arena_rewind(l->c->memory, mark);
    return goes_on;
}

static bool list_account_in(void *context, const hash256 *key, bytes value)
{
    listing *l = context;
    rpc_writer *w = l->c->out;
    bytes name;
    store_trie_account a;
    l->failure = name_of(l->c, &name, key, sizeof(address));
    if (l->failure == OK && name.data == NULL && l->skips_nameless)
        return true;
    if (l->failure == OK && !takes(l, key))
        return false;
    if (l->failure == OK)
        l->failure = store_trie_account_read(&a, value);
    if (l->failure != OK)
        return false;
    char text[80], title[80] = "";
    address where = {{0}};
    if (name.data != NULL) {
        memcpy(where.bytes, name.data, sizeof where.bytes);
        rpc_checksummed(title, &where);
    } else {
        hex_name(text, (bytes){key->bytes, sizeof key->bytes});
        snprintf(title, sizeof title, "pre(%s)", text);
    }
    rpc_key(w, title);
    rpc_begin_object(w);
    RPC_MEMBER(w, "balance", string, rpc_decimal(text, a.balance));
    RPC_MEMBER(w, "nonce", number, a.nonce);
    RPC_MEMBER(w, "root", hash, &a.storage_root);
    RPC_MEMBER(w, "codeHash", hash, &a.code_hash);
    bool has_code = memcmp(a.code_hash.bytes, witness_empty_code_hash.bytes, sizeof a.code_hash.bytes) != 0;
    if (has_code && !l->skips_code)
        l->failure = write_code(l->c, &a);
    bool has_slots = memcmp(a.storage_root.bytes, witness_empty_trie_root.bytes, 32) != 0;
    if (l->failure == OK && has_slots && !l->skips_storage) {
        const hash256 zero = {{0}};
        listing slots = {.c = l->c};
        rpc_key(w, "storage");
        rpc_begin_object(w);
        l->failure = store_visit_keys(l->c->view, &a.storage_root, &zero, list_plain_slot, &slots);
        if (l->failure == OK)
            l->failure = slots.failure;
        rpc_end_object(w);
    }
    if (name.data != NULL)
        RPC_MEMBER(w, "address", address, &where);
    RPC_MEMBER(w, "key", hash, key);
    rpc_end_object(w);
    return l->failure == OK;
}

static bool list_account(void *context, const hash256 *key, bytes value)
{
    return in_passing(list_account_in, context, key, value);
}

void rpc_debug_accountRange(rpc_call *c)
{
    enum { MOST = 256 };
    rpc_block block;
    hash256 start;
    uint64_t most;
    rpc_writer *w = c->out;
    if (!rpc_parse_known_block(c, &block, rpc_parameter(c, 0), 0) || !parse_start(c, &start, 1) ||
        !rpc_parse_u64(c, &most, rpc_parameter(c, 2), 2))
        return;
    const hash256 *root = &block.block.header.state_root;
    listing l = {
        .c = c,
        .left = most == 0 || most > MOST ? MOST : most,
        .skips_code = json_is_true(rpc_parameter(c, 3)),
        .skips_storage = json_is_true(rpc_parameter(c, 4)),
        .skips_nameless = !json_is_true(rpc_parameter(c, 5)),
    };
    state *known; /* whether the state is kept */
    RPC_TRY(c, store_state_open(c->view, &known, &block.block));
    char text[67];
    hex_name(text, (bytes){root->bytes, sizeof root->bytes});
    rpc_begin_object(w);
    RPC_MEMBER(w, "root", string, text + 2);
    rpc_key(w, "accounts");
    rpc_begin_object(w);
    if (!finish(&l, store_visit_keys(c->view, root, &start, list_account, &l)))
        return;
    rpc_end_object(w);
    if (l.has_next) {
        uint8_t base64[48];
        EVP_EncodeBlock(base64, l.next.bytes, sizeof l.next.bytes);
        RPC_MEMBER(w, "next", string, (const char *)base64);
    }
    rpc_end_object(w);
}

/* ---- hardhat_dumpState ---- */

static bool dump_slot(void *context, const hash256 *key, bytes value)
{
    listing *l = context;
    bytes name;
    u256 word;
    char text[67];
    l->failure = name_of(l->c, &name, key, 32);
    if (l->failure == OK)
        l->failure = rlp_u256(&word, &value);
    if (l->failure != OK || l->c->out->full)
        return false;
    if (name.data == NULL) {
        l->nameless++;
        return true;
    }
    hex_name(text, name);
    rpc_key(l->c->out, text);
    rpc_word(l->c->out, word);
    return true;
}

static bool dump_account_in(void *context, const hash256 *key, bytes value)
{
    listing *l = context;
    rpc_writer *w = l->c->out;
    bytes name;
    store_trie_account a;
    char text[67];
    if (store_view_is_late(l->c->view))
        l->failure = CALL_TIMED_OUT;
    if (l->failure == OK)
        l->failure = name_of(l->c, &name, key, sizeof(address));
    if (l->failure == OK)
        l->failure = store_trie_account_read(&a, value);
    if (l->failure != OK || w->full)
        return false;
    if (name.data == NULL) {
        l->nameless++;
        return true;
    }
    hex_name(text, name);
    rpc_key(w, text);
    rpc_begin_object(w);
    RPC_MEMBER(w, "nonce", number, a.nonce);
    RPC_MEMBER(w, "balance", quantity_u256, a.balance);
    l->failure = write_code(l->c, &a);
    rpc_key(w, "storage");
    rpc_begin_object(w);
    const hash256 zero = {{0}};
    listing slots = {.c = l->c};
    if (l->failure == OK)
        l->failure = store_visit_keys(l->c->view, &a.storage_root, &zero, dump_slot, &slots);
    if (l->failure == OK)
        l->failure = slots.failure;
    l->nameless += slots.nameless;
    rpc_end_object(w);
    rpc_end_object(w);
    return l->failure == OK;
}

static bool dump_account(void *context, const hash256 *key, bytes value)
{
    return in_passing(dump_account_in, context, key, value);
}

static void write_environment(rpc_writer *w, const store_block *head, const blob_parameters *blob)
{
    const block_header *h = &head->header;
    u256 price = blob == NULL ? U256_ZERO : header_blob_base_fee(h->excess_blob_gas, blob);
    rpc_key(w, "block");
    rpc_begin_object(w);
    RPC_MEMBER(w, "number", quantity, h->number);
    RPC_MEMBER(w, "beneficiary", address, &h->coinbase);
    RPC_MEMBER(w, "timestamp", quantity, h->timestamp);
    RPC_MEMBER(w, "gas_limit", number, h->gas_limit);
    RPC_MEMBER(w, "basefee", number, u256_fits_u64(h->base_fee) ? h->base_fee.limb[0] : UINT64_MAX);
    RPC_MEMBER(w, "difficulty", quantity_u256, h->difficulty);
    RPC_MEMBER(w, "prevrandao", hash, &h->mix_hash);
    rpc_key(w, "blob_excess_gas_and_price");
    rpc_begin_object(w);
    RPC_MEMBER(w, "excess_blob_gas", number, h->excess_blob_gas);
    RPC_MEMBER(w, "blob_gasprice", number, price.limb[0]);
    rpc_end_object(w);
    RPC_MEMBER(w, "slot_num", number, h->slot_number);
    rpc_end_object(w);
}

/* The newest state, and the newest block's header; no history. False with the error set. */
static bool write_dump(rpc_call *c)
{
    store_block head;
    rpc_writer *w = c->out;
    status s = store_block_by_number(c->view, &head, store_head_number(c->view));
    if (s != OK)
        return rpc_refuse(c, s);
    listing l = {.c = c};
    const hash256 zero = {{0}};
    rpc_begin_object(w);
    write_environment(w, &head, rpc_blob_of(c, &head));
    rpc_key(w, "accounts");
    rpc_begin_object(w);
    if (!finish(&l, store_visit_keys(c->view, &head.header.state_root, &zero, dump_account, &l)))
        return false;
    rpc_end_object(w);
    if (l.nameless > 0)
        return rpc_error(c, RPC_FAILED, "the names of %llu accounts and slots are not known: they were made "
                         "by an older version, or by imported blocks", (unsigned long long)l.nameless);
    RPC_MEMBER(w, "best_block_number", number, head.header.number);
    rpc_key(w, "blocks");
    rpc_begin_array(w);
    rpc_begin_object(w);
    rpc_key(w, "header");
    rpc_begin_object(w);
    rpc_write_header(w, &head.header, &head.hash);
    rpc_end_object(w);
    rpc_key(w, "transactions");
    rpc_begin_array(w);
    rpc_end_array(w);
    rpc_key(w, "ommers");
    rpc_begin_array(w);
    rpc_end_array(w);
    rpc_key(w, "withdrawals");
    rpc_null(w);
    rpc_end_object(w);
    rpc_end_array(w);
    rpc_key(w, "transactions");
    rpc_begin_array(w);
    rpc_end_array(w);
    rpc_key(w, "historical_states");
    rpc_null(w);
    rpc_end_object(w);
    return !w->full || rpc_error(c, RPC_LIMIT, "response too large");
}

/* gzip's header and trailer around deflate (RFC 1952). */
enum { GZIP_WINDOW = 15 + 16, GZIP_MEMORY = 8 };

void rpc_hardhat_dumpState(rpc_call *c)
{
    rpc_writer *w = c->out, dump;
    if (rpc_view(c) == NULL)
        return;
    size_t room = w->capacity_bytes;
    rpc_writer_init(&dump, arena_allocate(c->memory, room, 1), room);
    c->out = &dump;
    bool fine = write_dump(c);
    c->out = w;
    if (!fine)
        return;
    z_stream z = {.next_in = (Bytef *)dump.data, .avail_in = (uInt)dump.size_bytes};
    if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        rpc_error(c, RPC_INTERNAL, "no memory to compress the state");
        return;
    }
    uLong most = deflateBound(&z, dump.size_bytes);
    z.next_out = arena_allocate(c->memory, most, 1);
    z.avail_out = (uInt)most;
    const uint8_t *packed = z.next_out;
    int code = deflate(&z, Z_FINISH);
    deflateEnd(&z);
    if (code != Z_STREAM_END)
        rpc_error(c, RPC_INTERNAL, "the state cannot be compressed");
    else
        rpc_data(w, packed, z.total_out);
}

/* ---- hardhat_loadState ---- */

/* Of gzip, or as it is. False: it is neither, or too large. */
static bool unpack(bytes *out, arena *memory, bytes given)
{
    const size_t most_bytes = (size_t)64 << 20;
    *out = given;
    if (given.size < 2 || given.data[0] != 0x1f || given.data[1] != 0x8b)
        return true;
    z_stream z = {.next_in = (Bytef *)(uintptr_t)given.data, .avail_in = (uInt)given.size};
    if (inflateInit2(&z, GZIP_WINDOW) != Z_OK)
        return false;
    uint8_t *plain = arena_allocate(memory, most_bytes, 1);
    z.next_out = plain;
    z.avail_out = (uInt)most_bytes;
    int code = inflate(&z, Z_FINISH);
    inflateEnd(&z);
    *out = (bytes){plain, z.total_out};
    return code == Z_STREAM_END;
}

static bool parse_account(rpc_call *c, store_state_override *out, const char *where, const json_t *json)
{
    const json_t *nonce = rpc_member(json, "nonce"), *balance = rpc_member(json, "balance");
    const json_t *code = rpc_member(json, "code"), *storage = rpc_member(json, "storage");
    json_t *name = json_string(where);
    bool fine = rpc_parse_address(c, &out->where, name, 0);
    json_decref(name);
    out->has_nonce = out->has_balance = true;
    out->has_code = code != NULL;
    return fine && rpc_parse_u64(c, &out->nonce, nonce, 0) && rpc_parse_u256(c, &out->balance, balance, 0) &&
           (code == NULL || rpc_parse_data(c, &out->code, code, 0)) && rpc_parse_slots(c, out, storage, 0);
}

static bool load(rpc_call *c, const json_t *accounts)
{
    store_state_override *all = ARENA_NEW(c->memory, store_state_override, json_object_size(accounts) + 1);
    size_t count = 0;
    const char *where;
    json_t *one;
    json_object_foreach ((json_t *)accounts, where, one)
        if (!parse_account(c, &all[count++], where, one))
            return false;
    if (rpc_view(c) == NULL) /* what was sent before is sealed before */
        return false;
    rpc_lock(c->r);
    status s = node_force_states(c->chain, all, count);
    rpc_unlock(c->r);
    return s == OK || rpc_refuse(c, s);
}

/* Accounts alone, all in one block on the head: blocks of another chain are none of this one. */
void rpc_hardhat_loadState(rpc_call *c)
{
    bytes given, dump;
    if (!rpc_parse_data(c, &given, rpc_parameter(c, 0), 0))
        return;
    json_t *json = unpack(&dump, c->memory, given)
                       ? json_loadb((const char *)dump.data, dump.size, JSON_REJECT_DUPLICATES, NULL)
                       : NULL;
    const json_t *accounts = rpc_member(json, "accounts");
    if (!json_is_object(accounts))
        rpc_error(c, RPC_INVALID_PARAMETERS, "Failed to decode state dump");
    else if (load(c, accounts))
        rpc_bool(c->out, true);
    json_decref(json);
}
