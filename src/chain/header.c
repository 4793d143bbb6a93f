#include "chain/header.h"

#include "base/memory.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"
#include "state/witness.h"

const hash256 EMPTY_OMMERS_HASH = {{0x1d, 0xcc, 0x4d, 0xe8, 0xde, 0xc7, 0x5d, 0x7a, 0xab, 0x85, 0xb5,
                                    0x67, 0xb6, 0xcc, 0xd4, 0x1a, 0xd3, 0x12, 0x45, 0x1b, 0x94, 0x8a,
                                    0x74, 0x13, 0xf0, 0xa1, 0x42, 0xfd, 0x40, 0xd4, 0x93, 0x47}};

enum {
    MINIMUM_GAS_LIMIT = 5000,
    GAS_LIMIT_BOUND_DIVISOR = 1024,
    ELASTICITY = 2,
    BASE_FEE_CHANGE_DENOMINATOR = 8,
    INITIAL_BASE_FEE = 1000000000,
    MAXIMUM_EXTRA_DATA_BYTES = 32,
    BLOB_BASE_COST = 1 << 13, /* EIP-7918 */
    MINIMUM_DIFFICULTY = 1 << 17,
    DIFFICULTY_BOUND_DIVISOR = 2048,
    BOMB_PERIOD_BLOCKS = 100000,
    DAO_MARKED_BLOCKS = 10, /* EIP-779: so many have the mark as their extra data, so that chains part */
};
static const char DAO_MARK[] = "dao-hard-fork";

status header_decode(block_header *header, bytes encoding)
{
    memset(header, 0, sizeof *header);
    bytes input = encoding, fields, fixed;
    TRY(rlp_list(&fields, &input));
    TRY(rlp_expect_end(input));
    TRY(rlp_hash(&header->parent_hash, &fields));
    TRY(rlp_hash(&header->ommers_hash, &fields));
    TRY(rlp_address(&header->coinbase, &fields));
    TRY(rlp_hash(&header->state_root, &fields));
    TRY(rlp_hash(&header->transactions_root, &fields));
    TRY(rlp_hash(&header->receipts_root, &fields));
    TRY(rlp_bytes(&fixed, &fields));
    if (fixed.size != LOGS_BLOOM_BYTES)
        return RLP_MALFORMED;
    header->logs_bloom = fixed.data;
    TRY(rlp_u256(&header->difficulty, &fields));
    TRY(rlp_u64(&header->number, &fields));
    TRY(rlp_u64(&header->gas_limit, &fields));
    TRY(rlp_u64(&header->gas_used, &fields));
    TRY(rlp_u64(&header->timestamp, &fields));
    TRY(rlp_bytes(&header->extra_data, &fields));
    TRY(rlp_hash(&header->mix_hash, &fields));
    TRY(rlp_bytes(&fixed, &fields));
    if (fixed.size != 8)
        return RLP_MALFORMED;
    for (size_t i = 0; i < 8; i++)
        header->nonce = header->nonce << 8 | fixed.data[i];
    header->field_count = HEADER_FIELDS_FRONTIER;
    if (rlp_at_end(fields))
        return OK;

    TRY(rlp_u256(&header->base_fee, &fields));
    header->field_count = HEADER_FIELDS_LONDON;
    if (rlp_at_end(fields))
        return OK;

    TRY(rlp_hash(&header->withdrawals_root, &fields));
    header->field_count = HEADER_FIELDS_SHANGHAI;
    if (rlp_at_end(fields))
        return OK;

    TRY(rlp_u64(&header->blob_gas_used, &fields));
    if (rlp_at_end(fields))
        return HEADER_FIELDS_WRONG;
    TRY(rlp_u64(&header->excess_blob_gas, &fields));
    if (rlp_at_end(fields))
        return HEADER_FIELDS_WRONG;
    TRY(rlp_hash(&header->parent_beacon_block_root, &fields));
    header->field_count = HEADER_FIELDS_CANCUN;
    if (rlp_at_end(fields))
        return OK;

    TRY(rlp_hash(&header->requests_hash, &fields));
    header->field_count = HEADER_FIELDS_PRAGUE;
    if (rlp_at_end(fields))
        return OK;

    TRY(rlp_hash(&header->access_list_hash, &fields));
    if (rlp_at_end(fields))
        return HEADER_FIELDS_WRONG;
    TRY(rlp_u64(&header->slot_number, &fields));
    header->field_count = HEADER_FIELDS_AMSTERDAM;
    return rlp_at_end(fields) ? OK : HEADER_FIELDS_WRONG;
}

bytes header_encode(arena *memory, const block_header *header)
{
    const size_t capacity = 1024;
    rlp_writer w;
    rlp_writer_init(&w, arena_allocate(memory, capacity, 8), capacity);
    size_t list = rlp_begin_list(&w);
    rlp_write_hash(&w, &header->parent_hash);
    rlp_write_hash(&w, &header->ommers_hash);
    rlp_write_address(&w, &header->coinbase);
    rlp_write_hash(&w, &header->state_root);
    rlp_write_hash(&w, &header->transactions_root);
    rlp_write_hash(&w, &header->receipts_root);
    rlp_write_bytes(&w, header->logs_bloom, LOGS_BLOOM_BYTES);
    rlp_write_u256(&w, header->difficulty);
    rlp_write_u64(&w, header->number);
    rlp_write_u64(&w, header->gas_limit);
    rlp_write_u64(&w, header->gas_used);
    rlp_write_u64(&w, header->timestamp);
    rlp_write_bytes(&w, header->extra_data.data, header->extra_data.size);
    rlp_write_hash(&w, &header->mix_hash);
    uint8_t nonce[8];
    for (unsigned i = 0; i < 8; i++)
        nonce[7 - i] = (uint8_t)(header->nonce >> 8 * i);
    rlp_write_bytes(&w, nonce, sizeof nonce);
    if (header->field_count >= HEADER_FIELDS_LONDON)
        rlp_write_u256(&w, header->base_fee);
    if (header->field_count >= HEADER_FIELDS_SHANGHAI)
        rlp_write_hash(&w, &header->withdrawals_root);
    if (header->field_count >= HEADER_FIELDS_CANCUN) {
        rlp_write_u64(&w, header->blob_gas_used);
        rlp_write_u64(&w, header->excess_blob_gas);
        rlp_write_hash(&w, &header->parent_beacon_block_root);
    }
    if (header->field_count >= HEADER_FIELDS_PRAGUE)
        rlp_write_hash(&w, &header->requests_hash);
    if (header->field_count >= HEADER_FIELDS_AMSTERDAM) {
        rlp_write_hash(&w, &header->access_list_hash);
        rlp_write_u64(&w, header->slot_number);
    }
    rlp_end_list(&w, list);
    return rlp_written(&w);
}

/* ---- validity ---- */

static unsigned fields_of_fork(fork_id fork)
{
    static const uint8_t counts[] = {
#define FORK(symbol, name, header_fields, ...) header_fields,
#include "evm/fork.def"
    };
    return counts[fork];
}

/* Excess blob gas follows from the parent, and the roots of withdrawals and requests from the block. */
static status check_rollup(const block_header *header, const chain_config *config)
{
    hash256 randao;
    header_rollup_randao(&randao, &header->parent_hash);
    static const hash256 zero;
    bool chosen = header->gas_limit != config->rollup.transaction_gas + config->rollup.item_gas ||
                  header->extra_data.size > 0 || memcmp(header->mix_hash.bytes, randao.bytes, 32) != 0 ||
                  memcmp(header->parent_beacon_block_root.bytes, zero.bytes, 32) != 0 ||
                  memcmp(header->withdrawals_root.bytes, witness_empty_trie_root.bytes, 32) != 0;
    return chosen ? HEADER_CHOSEN : OK;
}

void header_rollup_randao(hash256 *out, const hash256 *parent_hash)
{
    keccak256(out, parent_hash->bytes, sizeof parent_hash->bytes);
}

status header_check(const block_header *header, const chain_config *config, fork_id fork)
{
    if (header->field_count != fields_of_fork(fork))
        return HEADER_FIELDS_WRONG;
    if (fork >= FORK_PARIS) {
        if (memcmp(header->ommers_hash.bytes, EMPTY_OMMERS_HASH.bytes, 32) != 0)
            return HEADER_OMMERS_NOT_EMPTY;
        if (!u256_is_zero(header->difficulty))
            return HEADER_DIFFICULTY_NOT_ZERO;
        if (header->nonce != 0)
            return HEADER_NONCE_NOT_ZERO;
    }
    if (header->extra_data.size > MAXIMUM_EXTRA_DATA_BYTES)
        return HEADER_EXTRA_DATA_TOO_LONG;
    uint64_t dao_block = config->fork_block[FORK_DAO];
    if (dao_block != 0 && header->number >= dao_block && header->number - dao_block < DAO_MARKED_BLOCKS &&
        (header->extra_data.size != sizeof DAO_MARK - 1 ||
         memcmp(header->extra_data.data, DAO_MARK, sizeof DAO_MARK - 1) != 0))
        return HEADER_EXTRA_DATA_NOT_DAO;
    /* EIP-1985's upper bound is what clients hold; our sums of gas rely on it. */
    if (header->gas_limit < MINIMUM_GAS_LIMIT || header->gas_limit > INT64_MAX)
        return HEADER_GAS_LIMIT_WRONG;
    if (header->gas_used > header->gas_limit)
        return HEADER_GAS_USED_ABOVE_LIMIT;
    /* Blob gas is held against its limit transaction by transaction, and the sum against the header. */
    if (fork >= FORK_CANCUN && chain_blob_parameters_at(config, header->timestamp) == NULL)
        return UNSUPPORTED_FORK;
    return chain_is_rollup(config) ? check_rollup(header, config) : OK;
}

/* By how many times 1/2048 of the parent's difficulty the child's is higher (EIP-2, EIP-100). */
static int64_t difficulty_steps(const block_header *parent, uint64_t timestamp, fork_id fork)
{
    uint64_t seconds = timestamp - parent->timestamp;
    if (fork < FORK_HOMESTEAD)
        return seconds < 13 ? 1 : -1;
    bool has_ommers = memcmp(parent->ommers_hash.bytes, EMPTY_OMMERS_HASH.bytes, 32) != 0;
    uint64_t up = fork >= FORK_BYZANTIUM && has_ommers ? 2 : 1;
    uint64_t down = seconds / (fork >= FORK_BYZANTIUM ? 9 : 10);
    return down > 99 + up ? -99 : (int64_t)up - (int64_t)down;
}

/* What doubles every 100,000 blocks, so that the chain must change. */
static u256 difficulty_bomb(uint64_t number, fork_id fork)
{
    static const uint8_t delays[] = {
#define FORK(symbol, name, header_fields, reward_ether, bomb_delay, ...) bomb_delay,
#include "evm/fork.def"
    };
    uint64_t periods = number / BOMB_PERIOD_BLOCKS;
    if (periods < delays[fork] + 2u)
        return U256_ZERO;
    uint64_t exponent = periods - delays[fork] - 2;
    const u256 largest = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    if (exponent >= 256)
        return largest;
    u256 bomb = U256_ZERO;
    bomb.limb[exponent / 64] = (uint64_t)1 << exponent % 64;
    return bomb;
}

static u256 saturated_sum(u256 a, u256 b)
{
    bool carry;
    u256 sum = u256_add_carry(&carry, a, b);
    return carry ? (u256){{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}} : sum;
}

u256 header_next_difficulty(const block_header *parent, uint64_t timestamp, fork_id fork)
{
    const u256 minimum = u256_from_u64(MINIMUM_DIFFICULTY);
    u256 step, difficulty = parent->difficulty;
    u256_divide(&step, NULL, difficulty, u256_from_u64(DIFFICULTY_BOUND_DIVISOR));
    int64_t steps = difficulty_steps(parent, timestamp, fork);
    /* At most 99/2048 of it, so this does not pass below zero. */
    if (steps < 0)
        difficulty = u256_sub(difficulty, u256_mul(step, u256_from_u64((uint64_t)-steps)));
    else
        difficulty = saturated_sum(difficulty, u256_mul(step, u256_from_u64((uint64_t)steps)));
    if (u256_less(difficulty, minimum))
        difficulty = minimum;
    return saturated_sum(difficulty, difficulty_bomb(parent->number + 1, fork));
}

u256 header_next_base_fee(const block_header *parent, const chain_config *config)
{
    if (chain_fork_at(config, parent->number, parent->timestamp) < FORK_LONDON)
        return u256_from_u64(INITIAL_BASE_FEE);
    uint64_t target = chain_is_rollup(config) ? config->rollup.base_fee_target_gas
                                              : parent->gas_limit / ELASTICITY;
    if (parent->gas_used == target || target == 0)
        return parent->base_fee;
    bool rises = parent->gas_used > target;
    uint64_t difference = rises ? parent->gas_used - target : target - parent->gas_used;
    u256 change;
    u256_divide(&change, NULL, u256_mul(parent->base_fee, u256_from_u64(difference)), u256_from_u64(target));
    u256_divide(&change, NULL, change, u256_from_u64(BASE_FEE_CHANGE_DENOMINATOR));
    if (!rises)
        return u256_sub(parent->base_fee, change);
    return u256_add(parent->base_fee, u256_is_zero(change) ? u256_from_u64(1) : change);
}

uint64_t header_next_excess_blob_gas(const block_header *parent, const blob_parameters *blob, fork_id fork)
{
    uint64_t target = (uint64_t)blob->target_blobs * GAS_PER_BLOB;
    uint64_t excess = parent->excess_blob_gas, used = parent->blob_gas_used, sum;
    if (__builtin_add_overflow(excess, used, &sum))
        sum = UINT64_MAX;
    if (sum < target)
        return 0;
    if (fork >= FORK_OSAKA && blob->max_blobs > 0) {
        /* EIP-7918: where execution is what blobs cost most, the excess falls no further. */
        u256 reserve_price = u256_mul(u256_from_u64(BLOB_BASE_COST), parent->base_fee);
        u256 blob_fee = header_blob_base_fee(excess, blob);
        u256 blob_price = u256_mul(u256_from_u64(GAS_PER_BLOB), blob_fee);
        bool price_fits = u256_bit_length(blob_fee) <= 256 - 18;
        if (price_fits && u256_less(blob_price, reserve_price)) {
            uint64_t rise = used / blob->max_blobs * (blob->max_blobs - blob->target_blobs) +
                            used % blob->max_blobs * (blob->max_blobs - blob->target_blobs) / blob->max_blobs;
            return __builtin_add_overflow(excess, rise, &sum) ? UINT64_MAX : sum;
        }
    }
    return sum - target;
}

u256 header_blob_base_fee(uint64_t excess_blob_gas, const blob_parameters *blob)
{
    /* Taylor series of e^(excess / fraction) in integers, as the EIP has it. Terms grow up to about
     * e^(excess / fraction); where a term leaves 256 bits, so does the fee. */
    u256 fraction = u256_from_u64(blob->base_fee_update_fraction);
    u256 excess = u256_from_u64(excess_blob_gas);
    u256 term = fraction, sum = U256_ZERO;
    const u256 infinite = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    for (uint64_t i = 1; !u256_is_zero(term); i++) {
        bool carry;
        sum = u256_add_carry(&carry, sum, term);
        if (carry || u256_bit_length(term) + 64 > 256)
            return infinite;
        u256_divide(&term, NULL, u256_mul(term, excess), u256_mul(fraction, u256_from_u64(i)));
    }
    u256_divide(&sum, NULL, sum, fraction);
    return sum;
}

status header_check_parent(const block_header *header, const block_header *parent, const chain_config *config,
                           fork_id fork)
{
    if (header->number != parent->number + 1)
        return HEADER_NUMBER_WRONG;
    if (header->timestamp <= parent->timestamp)
        return HEADER_TIMESTAMP_NOT_LATER;
    if (fork < FORK_PARIS &&
        !u256_equal(header->difficulty, header_next_difficulty(parent, header->timestamp, fork)))
        return HEADER_DIFFICULTY_WRONG;
    uint64_t limit = parent->gas_limit;
    if (fork >= FORK_LONDON && chain_fork_at(config, parent->number, parent->timestamp) < FORK_LONDON &&
        __builtin_mul_overflow(limit, ELASTICITY, &limit))
        return HEADER_GAS_LIMIT_WRONG;
    uint64_t difference = header->gas_limit > limit ? header->gas_limit - limit : limit - header->gas_limit;
    if (difference >= limit / GAS_LIMIT_BOUND_DIVISOR && !chain_is_rollup(config))
        return HEADER_GAS_LIMIT_WRONG;
    if (fork >= FORK_LONDON && !u256_equal(header->base_fee, header_next_base_fee(parent, config)))
        return HEADER_BASE_FEE_WRONG;
    if (fork >= FORK_CANCUN) {
        const blob_parameters *blob = chain_blob_parameters_at(config, header->timestamp);
        if (blob == NULL)
            return UNSUPPORTED_FORK;
        if (header->excess_blob_gas != header_next_excess_blob_gas(parent, blob, fork))
            return HEADER_EXCESS_BLOB_GAS_WRONG;
    }
    return OK;
}
