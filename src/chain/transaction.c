#include "chain/transaction.h"

#include "base/memory.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"
#include "crypto/zkvm_accelerators.h"
#include "evm/evm.h"

/* n / 2 of secp256k1, the largest s that EIP-2 lets pass. */
static const u256 HALF_ORDER = {
    {0xdfe92f46681b20a0, 0x5d576e7357a4501d, 0xffffffffffffffff, 0x7fffffffffffffff}};

static bytes between(bytes from, bytes to) { return (bytes){from.data, from.size - to.size}; }

/* ---- decoding ---- */

static status read_recipient(transaction *tx, bytes *fields)
{
    bytes to;
    TRY(rlp_bytes(&to, fields));
    tx->creates = to.size == 0;
    if (tx->creates)
        return OK;
    if (to.size != sizeof tx->to.bytes)
        return RLP_MALFORMED;
    memcpy(tx->to.bytes, to.data, sizeof tx->to.bytes);
    return OK;
}

static status read_signature(transaction *tx, bytes *fields)
{
    TRY(rlp_u256(&tx->r, fields));
    TRY(rlp_u256(&tx->s, fields));
    return rlp_expect_end(*fields);
}

static status decode_legacy(transaction *tx)
{
    bytes input = tx->encoding, fields;
    TRY(rlp_list(&fields, &input));
    TRY(rlp_expect_end(input));
    bytes start = fields;
    TRY(rlp_u64(&tx->nonce, &fields));
    TRY(rlp_u256(&tx->max_fee, &fields));
    TRY(rlp_u64(&tx->gas_limit, &fields));
    TRY(read_recipient(tx, &fields));
    TRY(rlp_u256(&tx->value, &fields));
    TRY(rlp_bytes(&tx->data, &fields));
    tx->signed_fields = between(start, fields);
    tx->max_priority_fee = tx->max_fee;
    u256 v;
    TRY(rlp_u256(&v, &fields));
    TRY(read_signature(tx, &fields));
    if (!u256_fits_u64(v))
        return TRANSACTION_SIGNATURE_INVALID;
    uint64_t parity = v.limb[0];
    if (parity == 27 || parity == 28) {
        tx->y_is_odd = parity == 28;
    } else if (parity >= 35) {
        tx->is_replay_protected = true;
        tx->chain_id = (parity - 35) / 2;
        tx->y_is_odd = (parity - 35) & 1;
    } else {
        return TRANSACTION_SIGNATURE_INVALID;
    }
    return OK;
}

static status read_access_list(transaction *tx, bytes *fields)
{
    TRY(rlp_list(&tx->access_list, fields));
    bytes entries = tx->access_list;
    while (!rlp_at_end(entries)) {
        bytes entry, slots;
        address account;
        TRY(rlp_list(&entry, &entries));
        TRY(rlp_address(&account, &entry));
        TRY(rlp_list(&slots, &entry));
        TRY(rlp_expect_end(entry));
        /* Slots are all of one size, so their prefixes can be checked without decoding them one by one. */
        if (slots.size % RLP_HASH_SIZE != 0)
            return RLP_MALFORMED;
        for (size_t i = 0; i < slots.size; i += RLP_HASH_SIZE)
            if (slots.data[i] != 0x80 + 32)
                return RLP_MALFORMED;
        tx->access_list_addresses++;
        tx->access_list_slots += slots.size / RLP_HASH_SIZE;
    }
    return OK;
}

static status read_blobs(transaction *tx, arena *memory, bytes *fields)
{
    bytes hashes;
    TRY(rlp_u256(&tx->max_blob_fee, fields));
    TRY(rlp_list(&hashes, fields));
    if (hashes.size % RLP_HASH_SIZE != 0)
        return RLP_MALFORMED;
    tx->blob_hash_count = hashes.size / RLP_HASH_SIZE;
    hash256 *copies = ARENA_NEW(memory, hash256, tx->blob_hash_count);
    for (size_t i = 0; i < tx->blob_hash_count; i++)
        TRY(rlp_hash(&copies[i], &hashes));
    tx->blob_hashes = copies;
    return OK;
}

status transaction_next_authorization(transaction_authorization *out, bytes *cursor)
{
    bytes fields;
    TRY(rlp_list(&fields, cursor));
    TRY(rlp_u256(&out->chain_id, &fields));
    TRY(rlp_address(&out->target, &fields));
    TRY(rlp_u64(&out->nonce, &fields));
    TRY(rlp_u64(&out->y_parity, &fields));
    TRY(rlp_u256(&out->r, &fields));
    TRY(rlp_u256(&out->s, &fields));
    TRY(rlp_expect_end(fields));
    return out->y_parity < 256 ? OK : RLP_MALFORMED;
}

static status read_authorizations(transaction *tx, bytes *fields)
{
    TRY(rlp_list(&tx->authorizations, fields));
    bytes cursor = tx->authorizations;
    while (!rlp_at_end(cursor)) {
        transaction_authorization ignored;
        TRY(transaction_next_authorization(&ignored, &cursor));
        tx->authorization_count++;
    }
    return OK;
}

static status decode_typed(transaction *tx, arena *memory)
{
    bytes input = {tx->encoding.data + 1, tx->encoding.size - 1}, fields;
    TRY(rlp_list(&fields, &input));
    TRY(rlp_expect_end(input));
    bytes start = fields;
    u256 chain_id;
    TRY(rlp_u256(&chain_id, &fields));
    TRY(rlp_u64(&tx->nonce, &fields));
    TRY(rlp_u256(&tx->max_priority_fee, &fields));
    if (tx->type == TRANSACTION_ACCESS_LIST)
        tx->max_fee = tx->max_priority_fee;
    else
        TRY(rlp_u256(&tx->max_fee, &fields));
    TRY(rlp_u64(&tx->gas_limit, &fields));
    TRY(read_recipient(tx, &fields));
    TRY(rlp_u256(&tx->value, &fields));
    TRY(rlp_bytes(&tx->data, &fields));
    TRY(read_access_list(tx, &fields));
    if (tx->type == TRANSACTION_BLOB)
        TRY(read_blobs(tx, memory, &fields));
    if (tx->type == TRANSACTION_SET_CODE)
        TRY(read_authorizations(tx, &fields));
    tx->signed_fields = between(start, fields);
    uint64_t y_parity;
    TRY(rlp_u64(&y_parity, &fields));
    TRY(read_signature(tx, &fields));
    if (tx->creates && tx->type == TRANSACTION_BLOB)
        return TRANSACTION_CREATES_WITH_BLOBS;
    if (tx->creates && tx->type == TRANSACTION_SET_CODE)
        return TRANSACTION_CREATES_WITH_AUTHORIZATIONS;
    if (!u256_fits_u64(chain_id))
        return TRANSACTION_CHAIN_ID_WRONG;
    tx->chain_id = chain_id.limb[0];
    if (y_parity > 1)
        return TRANSACTION_SIGNATURE_INVALID;
    tx->y_is_odd = y_parity;
    return OK;
}

static status decode_queued(transaction *tx)
{
    enum { MOST_MINT_BITS = 128 }; /* so that no sum of mints leaves 256 bits */
    bytes input = {tx->encoding.data + 1, tx->encoding.size - 1}, fields;
    uint64_t is_system;
    TRY(rlp_list(&fields, &input));
    TRY(rlp_expect_end(input));
    TRY(rlp_hash(&tx->source_hash, &fields));
    TRY(rlp_address(&tx->from, &fields));
    TRY(read_recipient(tx, &fields));
    TRY(rlp_u256(&tx->mint, &fields));
    TRY(rlp_u256(&tx->value, &fields));
    TRY(rlp_u64(&tx->gas_limit, &fields));
    TRY(rlp_u64(&is_system, &fields));
    TRY(rlp_bytes(&tx->data, &fields));
    TRY(rlp_expect_end(fields));
    return is_system == 0 && u256_bit_length(tx->mint) <= MOST_MINT_BITS ? OK : RLP_MALFORMED;
}

status transaction_decode(transaction *tx, arena *memory, bytes encoding)
{
    memset(tx, 0, sizeof *tx);
    tx->encoding = encoding;
    if (encoding.size == 0)
        return RLP_MALFORMED;
    uint8_t first = encoding.data[0];
    if (first >= 0xc0)
        return decode_legacy(tx);
    if (first == TRANSACTION_QUEUED) {
        tx->type = TRANSACTION_QUEUED;
        return decode_queued(tx);
    }
    if (first == TRANSACTION_LEGACY || first > TRANSACTION_SET_CODE)
        return TRANSACTION_TYPE_UNKNOWN;
    tx->type = (transaction_type)first;
    return decode_typed(tx, memory);
}

void transaction_hash(hash256 *out, const transaction *tx)
{
    keccak256(out, tx->encoding.data, tx->encoding.size);
}

/* ---- who signed ---- */

static status recover(address *signer, const hash256 *message, u256 r, u256 s, bool y_is_odd)
{
    zkvm_secp256k1_signature signature;
    zkvm_secp256k1_hash digest;
    zkvm_secp256k1_pubkey key;
    u256_to_be(signature.data, r);
    u256_to_be(signature.data + 32, s);
    memcpy(digest.data, message->bytes, sizeof digest.data);
    if (zkvm_secp256k1_ecrecover(&digest, &signature, y_is_odd, &key) != ZKVM_EOK)
        return TRANSACTION_SIGNATURE_INVALID;
    hash256 hash;
    keccak256(&hash, key.data, sizeof key.data);
    memcpy(signer->bytes, hash.bytes + 12, sizeof signer->bytes);
    return OK;
}

status transaction_sender(address *sender, arena *memory, const transaction *tx, fork_id fork)
{
    if (tx->type == TRANSACTION_QUEUED) {
        *sender = tx->from;
        return OK;
    }
    if (fork >= FORK_HOMESTEAD && u256_less(HALF_ORDER, tx->s))
        return TRANSACTION_SIGNATURE_INVALID;
    size_t payload_bytes = tx->signed_fields.size;
    if (tx->is_replay_protected)
        payload_bytes += rlp_u64_size(tx->chain_id) + 2;

    size_t mark = memory->used_bytes;
    size_t message_bytes = 1 + rlp_list_size(payload_bytes);
    rlp_writer w;
    rlp_writer_init(&w, arena_allocate(memory, message_bytes, 8), message_bytes);
    if (tx->type != TRANSACTION_LEGACY)
        rlp_write_raw(&w, &(uint8_t){(uint8_t)tx->type}, 1);
    rlp_write_list_header(&w, payload_bytes);
    rlp_write_raw(&w, tx->signed_fields.data, tx->signed_fields.size);
    if (tx->is_replay_protected) {
        rlp_write_u64(&w, tx->chain_id);
        rlp_write_u64(&w, 0);
        rlp_write_u64(&w, 0);
    }
    bytes message = rlp_written(&w);
    hash256 digest;
    keccak256(&digest, message.data, message.size);
    arena_rewind(memory, mark);
    return recover(sender, &digest, tx->r, tx->s, tx->y_is_odd);
}

/* EIP-7702: keccak256(0x05 ‖ rlp([chain id, address, nonce])). */
status transaction_authority(address *authority, const transaction_authorization *authorization)
{
    if (authorization->y_parity > 1 || u256_less(HALF_ORDER, authorization->s))
        return TRANSACTION_SIGNATURE_INVALID;
    uint8_t message[80];
    rlp_writer w;
    rlp_writer_init(&w, message, sizeof message);
    rlp_write_raw(&w, &(uint8_t){0x05}, 1);
    rlp_write_list_header(&w, rlp_u256_size(authorization->chain_id) + RLP_ADDRESS_SIZE +
                                  rlp_u64_size(authorization->nonce));
    rlp_write_u256(&w, authorization->chain_id);
    rlp_write_address(&w, &authorization->target);
    rlp_write_u64(&w, authorization->nonce);
    hash256 digest;
    keccak256(&digest, message, w.used_bytes);
    return recover(authority, &digest, authorization->r, authorization->s, authorization->y_parity);
}

void transaction_created_address(address *out, const address *sender, uint64_t nonce)
{
    uint8_t encoding[1 + RLP_ADDRESS_SIZE + 9];
    rlp_writer w;
    rlp_writer_init(&w, encoding, sizeof encoding);
    rlp_write_list_header(&w, RLP_ADDRESS_SIZE + rlp_u64_size(nonce));
    rlp_write_address(&w, sender);
    rlp_write_u64(&w, nonce);
    hash256 hash;
    keccak256(&hash, encoding, w.used_bytes);
    memcpy(out->bytes, hash.bytes + 12, sizeof out->bytes);
}

/* ---- gas ---- */

enum {
    GAS_TRANSACTION = 21000,
    GAS_CREATE = 32000,
    GAS_ZERO_BYTE = 4,
    GAS_BYTE_FRONTIER = 68,
    GAS_BYTE = 16,
    GAS_ACCESS_LIST_ADDRESS = 2400,
    GAS_ACCESS_LIST_SLOT = 1900,
    GAS_INIT_CODE_WORD = 2,
    GAS_AUTHORIZATION = 25000,
    GAS_FLOOR_TOKEN = 10,
    TOKENS_OF_NONZERO_BYTE = 4,
    /* From Amsterdam on: EIP-7976, 7981, 8037. */
    GAS_FLOOR_BYTE = 64,
    GAS_CREATE_AMSTERDAM = 9000,
    GAS_AUTHORIZATION_AMSTERDAM = 7500,
};

static size_t count_nonzero_bytes(bytes data)
{
    const uint64_t low = 0x7f7f7f7f7f7f7f7f, ones = 0x0101010101010101;
    size_t count = 0, i = 0;
    for (; i + 8 <= data.size; i += 8) {
        uint64_t word;
        memcpy(&word, data.data + i, sizeof word);
        /* The highest bit of each byte says that the byte is not zero; the product adds them up. */
        uint64_t marks = (((word & low) + low) | word) & ~low;
        count += (marks >> 7) * ones >> 56;
    }
    for (; i < data.size; i++)
        count += data.data[i] != 0;
    return count;
}

transaction_gas transaction_intrinsic_gas(const transaction *tx, fork_id fork, uint64_t state_byte_gas)
{
    uint64_t nonzero = count_nonzero_bytes(tx->data);
    uint64_t zero = tx->data.size - nonzero;
    bool amsterdam = fork >= FORK_AMSTERDAM;
    transaction_gas gas = {.intrinsic = GAS_TRANSACTION};
    gas.intrinsic += zero * GAS_ZERO_BYTE;
    gas.intrinsic += nonzero * (fork >= FORK_ISTANBUL ? GAS_BYTE : GAS_BYTE_FRONTIER);
    if (tx->creates && fork >= FORK_HOMESTEAD)
        gas.intrinsic += amsterdam ? GAS_CREATE_AMSTERDAM : GAS_CREATE;
    if (tx->creates && fork >= FORK_SHANGHAI)
        gas.intrinsic += (tx->data.size + 31) / 32 * GAS_INIT_CODE_WORD;
    gas.intrinsic += tx->access_list_addresses * GAS_ACCESS_LIST_ADDRESS;
    gas.intrinsic += tx->access_list_slots * GAS_ACCESS_LIST_SLOT;
    gas.intrinsic += tx->authorization_count * (amsterdam ? GAS_AUTHORIZATION_AMSTERDAM : GAS_AUTHORIZATION);
    if (amsterdam) {
        uint64_t listed_bytes = tx->access_list_addresses * sizeof(address) +
                                tx->access_list_slots * sizeof(hash256);
        gas.intrinsic += listed_bytes * GAS_FLOOR_BYTE;
        gas.floor = GAS_TRANSACTION + (tx->data.size + listed_bytes) * GAS_FLOOR_BYTE;
        uint64_t state_bytes = tx->authorization_count * (STATE_BYTES_ACCOUNT + STATE_BYTES_DELEGATION);
        if (tx->creates)
            state_bytes += STATE_BYTES_ACCOUNT;
        if (__builtin_mul_overflow(state_bytes, state_byte_gas, &gas.state) || gas.state > INT64_MAX)
            gas.state = INT64_MAX;
    } else if (fork >= FORK_PRAGUE) {
        gas.floor = GAS_TRANSACTION + (zero + nonzero * TOKENS_OF_NONZERO_BYTE) * GAS_FLOOR_TOKEN;
    }
    return gas;
}

uint64_t transaction_capped_gas(const transaction *tx, const transaction_gas *gas, fork_id fork)
{
    if (fork < FORK_AMSTERDAM)
        return tx->gas_limit;
    return gas->floor > gas->intrinsic ? gas->floor : gas->intrinsic;
}
