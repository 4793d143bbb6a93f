#include "evm/precompiles.h"

#include "base/memory.h"
#include "base/u256.h"
#include "crypto/modexp.h"
#include "crypto/zkvm_accelerators.h"
#include "evm/evm.h"

typedef uint64_t (*precompile_price)(fork_id fork, bytes input);
/* *ok and *output come in as false and empty. */
typedef status (*precompile_function)(bool *ok, bytes *output, arena *scratch, bytes input);

struct precompile {
    uint16_t number;
    uint8_t first_fork;
    const char *name;
    precompile_price price;
    precompile_function run;
};

/* `size_bytes` of scratch, 8-byte aligned; NULL where it has less. */
static uint8_t *take(arena *scratch, size_t size_bytes)
{
    size_t left = scratch->size_bytes - scratch->used_bytes;
    return left < 8 || size_bytes > left - 8 ? NULL : arena_allocate(scratch, size_bytes, 8);
}

/* The output: success with `size_bytes` of scratch to be filled, or NULL: MEMORY_EXHAUSTED. */
static uint8_t *succeed(bool *ok, bytes *output, arena *scratch, size_t size_bytes)
{
    uint8_t *place = take(scratch, size_bytes);
    *ok = place != NULL;
    *output = (bytes){place, place != NULL ? size_bytes : 0};
    return place;
}

static uint64_t words(bytes input) { return (input.size + 31) / 32; }

/* The input as if it had zeros without end: `size_bytes` of it from an offset. */
static void read_padded(uint8_t *out, bytes input, uint64_t offset, size_t size_bytes)
{
    size_t present = offset < input.size ? input.size - (size_t)offset : 0;
    present = present < size_bytes ? present : size_bytes;
    if (present != 0)
        memcpy(out, input.data + offset, present);
    memset(out + present, 0, size_bytes - present);
}

/* ---- Frontier ---- */

static uint64_t price_ecrecover(fork_id fork, bytes input)
{
    (void)fork, (void)input;
    return 3000;
}

static uint64_t price_sha256(fork_id fork, bytes input)
{
    (void)fork;
    return 60 + 12 * words(input);
}

static uint64_t price_ripemd160(fork_id fork, bytes input)
{
    (void)fork;
    return 600 + 120 * words(input);
}

static uint64_t price_identity(fork_id fork, bytes input)
{
    (void)fork;
    return 15 + 3 * words(input);
}

static status run_ecrecover(bool *ok, bytes *output, arena *scratch, bytes input)
{
    alignas(8) uint8_t padded[128];
    read_padded(padded, input, 0, sizeof padded);
    *ok = true;
    for (int i = 32; i < 63; i++)
        if (padded[i] != 0)
            return OK;
    uint8_t v = padded[63];
    if (v != 27 && v != 28)
        return OK;

    zkvm_secp256k1_hash message;
    zkvm_secp256k1_signature signature;
    zkvm_secp256k1_pubkey key;
    memcpy(message.data, padded, 32);
    memcpy(signature.data, padded + 64, 64);
    if (zkvm_secp256k1_ecrecover(&message, &signature, (uint8_t)(v - 27), &key) != ZKVM_EOK)
        return OK;
    zkvm_keccak256_hash digest;
    (void)zkvm_keccak256(key.data, 64, &digest);
    uint8_t *result = succeed(ok, output, scratch, 32);
    if (result == NULL)
        return MEMORY_EXHAUSTED;
    memset(result, 0, 12);
    memcpy(result + 12, digest.data + 12, 20);
    return OK;
}

static status run_sha256(bool *ok, bytes *output, arena *scratch, bytes input)
{
    uint8_t *result = succeed(ok, output, scratch, 32);
    if (result == NULL)
        return MEMORY_EXHAUSTED;
    (void)zkvm_sha256(input.data, input.size, (zkvm_sha256_hash *)(void *)result);
    return OK;
}

static status run_ripemd160(bool *ok, bytes *output, arena *scratch, bytes input)
{
    uint8_t *result = succeed(ok, output, scratch, 32);
    if (result == NULL)
        return MEMORY_EXHAUSTED;
    (void)zkvm_ripemd160(input.data, input.size, (zkvm_ripemd160_hash *)(void *)result);
    return OK;
}

static status run_identity(bool *ok, bytes *output, arena *scratch, bytes input)
{
    uint8_t *result = succeed(ok, output, scratch, input.size);
    if (result == NULL)
        return MEMORY_EXHAUSTED;
    if (input.size != 0)
        memcpy(result, input.data, input.size);
    return OK;
}

/* ---- modular exponentiation: EIP-198, 2565, 7823, 7883 ---- */

enum { MODEXP_HEADER = 96 };

/* What stands in the header, beyond 2^32 only as "too long": no gas suffices for such lengths of base and
 * modulus, and an exponent of that length costs too much unless the product of the others is free. */
#define MODEXP_TOO_LONG ((uint64_t)1 << 32)

typedef struct {
    uint64_t base_size, exponent_size, modulus_size;
} modexp_lengths;

static uint64_t read_length(bytes input, uint64_t offset)
{
    uint8_t word[32];
    read_padded(word, input, offset, sizeof word);
    u256 length = u256_from_be(word, 32);
    return u256_fits_u64(length) && length.limb[0] < MODEXP_TOO_LONG ? length.limb[0] : MODEXP_TOO_LONG;
}

static modexp_lengths read_lengths(bytes input)
{
    return (modexp_lengths){read_length(input, 0), read_length(input, 32), read_length(input, 64)};
}

/* The number that the price counts as squarings: about the bits of the exponent. */
static uint64_t modexp_iterations(const modexp_lengths *l, bytes input, uint64_t for_each_byte)
{
    uint8_t head[32];
    size_t head_size = l->exponent_size < 32 ? (size_t)l->exponent_size : 32;
    read_padded(head, input, MODEXP_HEADER + l->base_size, head_size);
    unsigned bits = u256_bit_length(u256_from_be(head, head_size));
    uint64_t count = for_each_byte * (l->exponent_size - head_size) + (bits != 0 ? bits - 1 : 0);
    return count != 0 ? count : 1;
}

static uint64_t modexp_complexity(fork_id fork, uint64_t size)
{
    uint64_t word_count = (size + 7) / 8;
    if (fork >= FORK_OSAKA)
        return size <= 32 ? 16 : 2 * word_count * word_count;
    if (fork >= FORK_BERLIN)
        return word_count * word_count;
    if (size <= 64)
        return size * size;
    return size <= 1024 ? size * size / 4 + 96 * size - 3072 : size * size / 16 + 480 * size - 199680;
}

static uint64_t price_modexp(fork_id fork, bytes input)
{
    const modexp_lengths l = read_lengths(input);
    if (fork >= FORK_OSAKA && (l.base_size > 1024 || l.exponent_size > 1024 || l.modulus_size > 1024))
        return UINT64_MAX;
    uint64_t longer = l.base_size > l.modulus_size ? l.base_size : l.modulus_size;
    if (longer == MODEXP_TOO_LONG)
        return UINT64_MAX;
    uint64_t complexity = modexp_complexity(fork, longer);
    uint64_t iterations = modexp_iterations(&l, input, fork >= FORK_OSAKA ? 16 : 8);
    unsigned __int128 cost = (unsigned __int128)complexity * iterations;
    uint64_t least = 0;
    if (fork >= FORK_OSAKA)
        least = 500;
    else if (fork >= FORK_BERLIN)
        least = 200, cost /= 3;
    else
        cost /= 20;
    if (l.exponent_size == MODEXP_TOO_LONG && complexity != 0)
        return UINT64_MAX;
    if (cost >> 64)
        return UINT64_MAX;
    return cost > least ? (uint64_t)cost : least;
}

/* What the input has of a part of it. */
static bytes present_part(bytes input, uint64_t offset, uint64_t size)
{
    if (offset >= input.size)
        return (bytes){NULL, 0};
    uint64_t left = input.size - offset;
    return (bytes){input.data + offset, (size_t)(size < left ? size : left)};
}

static status run_modexp(bool *ok, bytes *output, arena *scratch, bytes input)
{
    const modexp_lengths l = read_lengths(input);
    uint64_t exponent_at = MODEXP_HEADER + l.base_size, modulus_at = exponent_at + l.exponent_size;
    if (l.modulus_size == 0) {
        *ok = true;
        return OK;
    }
    uint8_t *result = succeed(ok, output, scratch, (size_t)l.modulus_size);
    if (result == NULL)
        return MEMORY_EXHAUSTED;
    bytes base = present_part(input, MODEXP_HEADER, l.base_size);
    bytes exponent = present_part(input, exponent_at, l.exponent_size);
    bytes modulus = present_part(input, modulus_at, l.modulus_size);
    if (modulus.size == 0) {
        /* All zeros; and otherwise base and exponent are there in full. */
        memset(result, 0, (size_t)l.modulus_size);
        return OK;
    }
    if (modulus.size < l.modulus_size) {
        uint8_t *padded = take(scratch, (size_t)l.modulus_size);
        if (padded == NULL)
            return MEMORY_EXHAUSTED;
        read_padded(padded, input, modulus_at, (size_t)l.modulus_size);
        modulus = (bytes){padded, (size_t)l.modulus_size};
    }
    if (modulus.size <= ZKVM_MODEXP_MAX_MODULUS_BYTES) {
        *ok = zkvm_modexp(base.data, base.size, exponent.data, exponent.size, modulus.data, modulus.size,
                          result) == ZKVM_EOK;
        return OK;
    }
    uint64_t *numbers = (void *)take(scratch, MODEXP_SCRATCH_WORDS(modulus.size) * sizeof *numbers);
    if (numbers == NULL)
        return MEMORY_EXHAUSTED;
    modexp(result, numbers, base, exponent, modulus);
    return OK;
}

/* ---- BN254: EIP-196, 197, 1108 ---- */

static uint64_t price_bn254_add(fork_id fork, bytes input)
{
    (void)input;
    return fork >= FORK_ISTANBUL ? 150 : 500;
}

static uint64_t price_bn254_mul(fork_id fork, bytes input)
{
    (void)input;
    return fork >= FORK_ISTANBUL ? 6000 : 40000;
}

static uint64_t price_bn254_pairing(fork_id fork, bytes input)
{
    uint64_t pairs = input.size / sizeof(zkvm_bn254_pairing_pair);
    return fork >= FORK_ISTANBUL ? 45000 + 34000 * pairs : 100000 + 80000 * pairs;
}

static status run_bn254_add(bool *ok, bytes *output, arena *scratch, bytes input)
{
    zkvm_bn254_g1_point a, b;
    read_padded(a.data, input, 0, 64);
    read_padded(b.data, input, 64, 64);
    if (zkvm_bn254_g1_add(&a, &b, &a) != ZKVM_EOK)
        return OK;
    uint8_t *result = succeed(ok, output, scratch, 64);
    if (result == NULL)
        return MEMORY_EXHAUSTED;
    memcpy(result, a.data, 64);
    return OK;
}

static status run_bn254_mul(bool *ok, bytes *output, arena *scratch, bytes input)
{
    zkvm_bn254_g1_point point;
    zkvm_bn254_scalar scalar;
    read_padded(point.data, input, 0, 64);
    read_padded(scalar.data, input, 64, 32);
    if (zkvm_bn254_g1_mul(&point, &scalar, &point) != ZKVM_EOK)
        return OK;
    uint8_t *result = succeed(ok, output, scratch, 64);
    if (result == NULL)
        return MEMORY_EXHAUSTED;
    memcpy(result, point.data, 64);
    return OK;
}

static status run_bn254_pairing(bool *ok, bytes *output, arena *scratch, bytes input)
{
    size_t start = scratch->used_bytes;
    if (input.size % sizeof(zkvm_bn254_pairing_pair) != 0)
        return OK;
    /* The pairs are as the standard has them, but perhaps not aligned. */
    uint8_t *pairs = take(scratch, input.size);
    if (pairs == NULL)
        return MEMORY_EXHAUSTED;
    if (input.size != 0)
        memcpy(pairs, input.data, input.size);
    bool verified;
    if (zkvm_bn254_pairing((const zkvm_bn254_pairing_pair *)(void *)pairs,
                           input.size / sizeof(zkvm_bn254_pairing_pair), &verified) != ZKVM_EOK)
        return OK;
    arena_rewind(scratch, start);
    uint8_t *result = succeed(ok, output, scratch, 32);
    if (result == NULL)
        return MEMORY_EXHAUSTED;
    memset(result, 0, 32);
    result[31] = verified;
    return OK;
}

/* ---- BLAKE2 F: EIP-152 ---- */

enum { BLAKE2F_INPUT = 213 };

static uint32_t blake2f_rounds(bytes input)
{
    const uint8_t *r = input.data;
    return (uint32_t)r[0] << 24 | (uint32_t)r[1] << 16 | (uint32_t)r[2] << 8 | r[3];
}

static uint64_t price_blake2f(fork_id fork, bytes input)
{
    (void)fork;
    return input.size == BLAKE2F_INPUT ? blake2f_rounds(input) : 0;
}

static status run_blake2f(bool *ok, bytes *output, arena *scratch, bytes input)
{
    if (input.size != BLAKE2F_INPUT)
        return OK;
    zkvm_blake2f_state h;
    zkvm_blake2f_message m;
    zkvm_blake2f_offset t;
    memcpy(h.data, input.data + 4, 64);
    memcpy(m.data, input.data + 68, 128);
    memcpy(t.data, input.data + 196, 16);
    if (zkvm_blake2f(blake2f_rounds(input), &h, &m, &t, input.data[212]) != ZKVM_EOK)
        return OK;
    uint8_t *result = succeed(ok, output, scratch, 64);
    if (result == NULL)
        return MEMORY_EXHAUSTED;
    memcpy(result, h.data, 64);
    return OK;
}

/* ---- P-256: EIP-7951 ---- */

static uint64_t price_p256_verify(fork_id fork, bytes input)
{
    (void)fork, (void)input;
    return 6900;
}

/* Input of another length, and a signature that does not hold, give success and no output. */
static status run_p256_verify(bool *ok, bytes *output, arena *scratch, bytes input)
{
    *ok = true;
    if (input.size != 160)
        return OK;
    zkvm_secp256r1_hash message;
    zkvm_secp256r1_signature signature;
    zkvm_secp256r1_pubkey key;
    memcpy(message.data, input.data, 32);
    memcpy(signature.data, input.data + 32, 64);
    memcpy(key.data, input.data + 96, 64);
    bool verified;
    if (zkvm_secp256r1_verify(&message, &signature, &key, &verified) != ZKVM_EOK || !verified)
        return OK;
    uint8_t *result = succeed(ok, output, scratch, 32);
    if (result == NULL)
        return MEMORY_EXHAUSTED;
    memset(result, 0, 32);
    result[31] = 1;
    return OK;
}

/* ---- KZG point evaluation: EIP-4844 ---- */

static uint64_t price_point_evaluation(fork_id fork, bytes input)
{
    (void)fork, (void)input;
    return 50000;
}

/* versioned hash ‖ z ‖ y ‖ commitment ‖ proof */
static status run_point_evaluation(bool *ok, bytes *output, arena *scratch, bytes input)
{
    /* FIELD_ELEMENTS_PER_BLOB and BLS_MODULUS. */
    static const uint8_t constants[64] = {
        [30] = 0x10, [32] = 0x73, 0xed, 0xa7, 0x53, 0x29, 0x9d, 0x7d, 0x48, 0x33, 0x39, 0xd8, 0x08,
        0x09, 0xa1, 0xd8, 0x05, 0x53, 0xbd, 0xa4, 0x02, 0xff, 0xfe, 0x5b, 0xfe, 0xff, 0xff, 0xff,
        0xff, 0x00, 0x00, 0x00, 0x01,
    };
    if (input.size != 192)
        return OK;
    zkvm_kzg_field_element z, y;
    zkvm_kzg_commitment commitment;
    zkvm_kzg_proof proof;
    memcpy(z.data, input.data + 32, 32);
    memcpy(y.data, input.data + 64, 32);
    memcpy(commitment.data, input.data + 96, 48);
    memcpy(proof.data, input.data + 144, 48);
    zkvm_sha256_hash hash;
    (void)zkvm_sha256(commitment.data, 48, &hash);
    hash.data[0] = 0x01;
    bool verified;
    if (memcmp(hash.data, input.data, 32) != 0 ||
        zkvm_kzg_point_eval(&commitment, &z, &y, &proof, &verified) != ZKVM_EOK || !verified)
        return OK;
    uint8_t *result = succeed(ok, output, scratch, sizeof constants);
    if (result == NULL)
        return MEMORY_EXHAUSTED;
    memcpy(result, constants, sizeof constants);
    return OK;
}

/* ---- BLS12-381: EIP-2537 ---- */

/* Sizes in bytes as the contracts take them: an element of Fp is 16 zeros and 48 bytes. */
enum { BLS_FP = 64, BLS_FP2 = 128, BLS_G1 = 128, BLS_G2 = 256, BLS_SCALAR = 32 };

static const uint16_t g1_discounts[128] = {
    1000, 949, 848, 797, 764, 750, 738, 728, 719, 712, 705, 698, 692, 687, 682, 677,
    673, 669, 665, 661, 658, 654, 651, 648, 645, 642, 640, 637, 635, 632, 630, 627,
    625, 623, 621, 619, 617, 615, 613, 611, 609, 608, 606, 604, 603, 601, 599, 598,
    596, 595, 593, 592, 591, 589, 588, 586, 585, 584, 582, 581, 580, 579, 577, 576,
    575, 574, 573, 572, 570, 569, 568, 567, 566, 565, 564, 563, 562, 561, 560, 559,
    558, 557, 556, 555, 554, 553, 552, 551, 550, 549, 548, 547, 547, 546, 545, 544,
    543, 542, 541, 540, 540, 539, 538, 537, 536, 536, 535, 534, 533, 532, 532, 531,
    530, 529, 528, 528, 527, 526, 525, 525, 524, 523, 522, 522, 521, 520, 520, 519,
};
static const uint16_t g2_discounts[128] = {
    1000, 1000, 923, 884, 855, 832, 812, 796, 782, 770, 759, 749, 740, 732, 724, 717,
    711, 704, 699, 693, 688, 683, 679, 674, 670, 666, 663, 659, 655, 652, 649, 646,
    643, 640, 637, 634, 632, 629, 627, 624, 622, 620, 618, 615, 613, 611, 609, 607,
    606, 604, 602, 600, 598, 597, 595, 593, 592, 590, 589, 587, 586, 584, 583, 582,
    580, 579, 578, 576, 575, 574, 573, 571, 570, 569, 568, 567, 566, 565, 563, 562,
    561, 560, 559, 558, 557, 556, 555, 554, 553, 552, 552, 551, 550, 549, 548, 547,
    546, 545, 545, 544, 543, 542, 541, 541, 540, 539, 538, 537, 537, 536, 535, 535,
    534, 533, 532, 532, 531, 530, 530, 529, 528, 528, 527, 526, 526, 525, 524, 524,
};

static uint64_t price_msm(uint64_t count, uint64_t multiplication, const uint16_t discounts[128])
{
    return count == 0 ? 0 : count * multiplication * discounts[(count < 128 ? count : 128) - 1] / 1000;
}

static uint64_t price_bls_g1_add(fork_id fork, bytes input)
{
    (void)fork, (void)input;
    return 375;
}

static uint64_t price_bls_g1_msm(fork_id fork, bytes input)
{
    (void)fork;
    return price_msm(input.size / (BLS_G1 + BLS_SCALAR), 12000, g1_discounts);
}

static uint64_t price_bls_g2_add(fork_id fork, bytes input)
{
    (void)fork, (void)input;
    return 600;
}

static uint64_t price_bls_g2_msm(fork_id fork, bytes input)
{
    (void)fork;
    return price_msm(input.size / (BLS_G2 + BLS_SCALAR), 22500, g2_discounts);
}

static uint64_t price_bls_pairing(fork_id fork, bytes input)
{
    (void)fork;
    return 37700 + 32600 * (uint64_t)(input.size / (BLS_G1 + BLS_G2));
}

static uint64_t price_bls_map_to_g1(fork_id fork, bytes input)
{
    (void)fork, (void)input;
    return 5500;
}

static uint64_t price_bls_map_to_g2(fork_id fork, bytes input)
{
    (void)fork, (void)input;
    return 23800;
}

/* `size_bytes` of elements of Fp without their zeros; false where those are not zero. */
static bool bls_unpad(uint8_t *out, const uint8_t *in, size_t size_bytes)
{
    uint8_t others = 0;
    for (size_t at = 0; at < size_bytes; at += BLS_FP, out += 48) {
        for (int i = 0; i < 16; i++)
            others |= in[at + i];
        memcpy(out, in + at + 16, 48);
    }
    return others == 0;
}

/* Success with elements of Fp that take `size_bytes` with their zeros. */
static status bls_succeed(bool *ok, bytes *output, arena *scratch, const uint8_t *elements, size_t size_bytes)
{
    uint8_t *result = succeed(ok, output, scratch, size_bytes);
    if (result == NULL)
        return MEMORY_EXHAUSTED;
    for (size_t at = 0; at < size_bytes; at += BLS_FP, elements += 48) {
        memset(result + at, 0, 16);
        memcpy(result + at + 16, elements, 48);
    }
    return OK;
}

/* A point of either group; both are arrays of bytes. */
typedef union {
    uint8_t data[sizeof(zkvm_bls12_381_g2_point)];
    zkvm_bls12_381_g1_point g1;
    zkvm_bls12_381_g2_point g2;
} bls_point;

/* `point_bytes` with their zeros say of which group. */
static status run_bls_add(bool *ok, bytes *output, arena *scratch, bytes input, size_t point_bytes)
{
    bls_point a, b;
    if (input.size != 2 * point_bytes || !bls_unpad(a.data, input.data, point_bytes) ||
        !bls_unpad(b.data, input.data + point_bytes, point_bytes) ||
        (point_bytes == BLS_G1 ? zkvm_bls12_g1_add(&a.g1, &b.g1, &a.g1)
                               : zkvm_bls12_g2_add(&a.g2, &b.g2, &a.g2)) != ZKVM_EOK)
        return OK;
    return bls_succeed(ok, output, scratch, a.data, point_bytes);
}

static status run_bls_g1_add(bool *ok, bytes *output, arena *scratch, bytes input)
{
    return run_bls_add(ok, output, scratch, input, BLS_G1);
}

static status run_bls_g2_add(bool *ok, bytes *output, arena *scratch, bytes input)
{
    return run_bls_add(ok, output, scratch, input, BLS_G2);
}

/* The pairs of a point, of `point_bytes` with their zeros, and a scalar, one after another as the
 * accelerators take them; none where the input is not of such pairs. Taken from the scratch. */
static status bls_msm_pairs(void **pairs, size_t *count, arena *scratch, bytes input, size_t point_bytes)
{
    size_t pair_bytes = point_bytes + BLS_SCALAR, point = point_bytes / BLS_FP * 48;
    size_t most = input.size % pair_bytes == 0 ? input.size / pair_bytes : 0;
    *count = 0;
    *pairs = NULL;
    if (most == 0)
        return OK;
    uint8_t *at = take(scratch, most * (point + BLS_SCALAR));
    if (at == NULL)
        return MEMORY_EXHAUSTED;
    *pairs = at;
    for (size_t i = 0; i < most; i++, at += point + BLS_SCALAR) {
        const uint8_t *pair = input.data + i * pair_bytes;
        if (!bls_unpad(at, pair, point_bytes))
            return OK;
        memcpy(at + point, pair + point_bytes, BLS_SCALAR);
    }
    *count = most;
    return OK;
}

static status run_bls_msm(bool *ok, bytes *output, arena *scratch, bytes input, size_t point_bytes)
{
    size_t start = scratch->used_bytes, count;
    void *pairs;
    bls_point sum;
    TRY(bls_msm_pairs(&pairs, &count, scratch, input, point_bytes));
    if (count == 0 || (point_bytes == BLS_G1 ? zkvm_bls12_g1_msm(pairs, count, &sum.g1)
                                             : zkvm_bls12_g2_msm(pairs, count, &sum.g2)) != ZKVM_EOK)
        return OK;
    arena_rewind(scratch, start);
    return bls_succeed(ok, output, scratch, sum.data, point_bytes);
}

static status run_bls_g1_msm(bool *ok, bytes *output, arena *scratch, bytes input)
{
    return run_bls_msm(ok, output, scratch, input, BLS_G1);
}

static status run_bls_g2_msm(bool *ok, bytes *output, arena *scratch, bytes input)
{
    return run_bls_msm(ok, output, scratch, input, BLS_G2);
}

static status run_bls_pairing(bool *ok, bytes *output, arena *scratch, bytes input)
{
    size_t pair_bytes = BLS_G1 + BLS_G2, count = input.size / pair_bytes, start = scratch->used_bytes;
    if (count == 0 || input.size % pair_bytes != 0)
        return OK;
    zkvm_bls12_381_pairing_pair *pairs = (void *)take(scratch, count * sizeof *pairs);
    if (pairs == NULL)
        return MEMORY_EXHAUSTED;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *pair = input.data + i * pair_bytes;
        if (!bls_unpad(pairs[i].g1.data, pair, BLS_G1) || !bls_unpad(pairs[i].g2.data, pair + BLS_G1, BLS_G2))
            return OK;
    }
    bool verified;
    if (zkvm_bls12_pairing(pairs, count, &verified) != ZKVM_EOK)
        return OK;
    arena_rewind(scratch, start);
    uint8_t *result = succeed(ok, output, scratch, 32);
    if (result == NULL)
        return MEMORY_EXHAUSTED;
    memset(result, 0, 32);
    result[31] = verified;
    return OK;
}

static status run_bls_map_to_g1(bool *ok, bytes *output, arena *scratch, bytes input)
{
    zkvm_bls12_381_fp u;
    zkvm_bls12_381_g1_point point;
    if (input.size != BLS_FP || !bls_unpad(u.data, input.data, BLS_FP) ||
        zkvm_bls12_map_fp_to_g1(&u, &point) != ZKVM_EOK)
        return OK;
    return bls_succeed(ok, output, scratch, point.data, BLS_G1);
}

static status run_bls_map_to_g2(bool *ok, bytes *output, arena *scratch, bytes input)
{
    zkvm_bls12_381_fp2 u;
    zkvm_bls12_381_g2_point point;
    if (input.size != BLS_FP2 || !bls_unpad(u.data, input.data, BLS_FP2) ||
        zkvm_bls12_map_fp2_to_g2(&u, &point) != ZKVM_EOK)
        return OK;
    return bls_succeed(ok, output, scratch, point.data, BLS_G2);
}

#define unsupported NULL
static const precompile precompiles[] = {
#define PRECOMPILE(number, name, fork, price, function) {number, FORK_##fork, name, price, function},
#include "evm/precompiles.def"
#undef PRECOMPILE
};
#undef unsupported
enum { PRECOMPILE_COUNT = sizeof precompiles / sizeof precompiles[0] };

const precompile *precompile_find(fork_id fork, const address *a)
{
    uint64_t words[2];
    memcpy(words, a->bytes, sizeof words);
    uint64_t others = words[0] | words[1] | a->bytes[16] | a->bytes[17];
    unsigned number = (unsigned)a->bytes[18] << 8 | a->bytes[19];
    if (others != 0 || number == 0 || number > 0x100)
        return NULL;
    for (unsigned i = 0; i < PRECOMPILE_COUNT; i++)
        if (precompiles[i].number == number)
            return precompiles[i].first_fork <= fork ? &precompiles[i] : NULL;
    return NULL;
}

status precompile_run(bool *ok, uint64_t *gas, bytes *output, arena *scratch, fork_id fork,
                      const precompile *p, bytes input)
{
    if (p->run == NULL)
        return UNSUPPORTED_PRECOMPILE;
    *ok = false;
    *output = (bytes){NULL, 0};
    uint64_t cost = p->price(fork, input);
    if (*gas < cost)
        return OK;
    *gas -= cost;
    return p->run(ok, output, scratch, input);
}

const char *precompile_name(const precompile *p) { return p->name; }
uint16_t precompile_number(const precompile *p) { return p->number; }

bool evm_is_precompile(fork_id fork, const address *a) { return precompile_find(fork, a) != NULL; }

bool evm_precompile_at(address *out, fork_id fork, unsigned i)
{
    for (unsigned k = 0; k < PRECOMPILE_COUNT; k++) {
        if (precompiles[k].first_fork > fork || i-- != 0)
            continue;
        memset(out->bytes, 0, sizeof out->bytes);
        out->bytes[18] = (uint8_t)(precompiles[k].number >> 8);
        out->bytes[19] = (uint8_t)precompiles[k].number;
        return true;
    }
    return false;
}
