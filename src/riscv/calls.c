#include "riscv/calls.h"

#include "base/memory.h"
#include "base/u256.h"
#include "base/u384.h"
#include "crypto/keccak.h"
#include "crypto/secp256k1_point.h"
#include "crypto/sha256.h"
#include "field/fp5.h"
#include "stark/poseidon2.h"
#include "stark/tree.h"

static bool execute_copy_words(uint8_t *const operands[CALL_OPERANDS_MAX], uint32_t n)
{
    memmove(operands[0], operands[1], (size_t)n * 8);
    return true;
}

static bool execute_keccak256(uint8_t *const operands[CALL_OPERANDS_MAX], uint32_t n)
{
    hash256 digest;
    keccak256_blocks(&digest, operands[1], operands[2], n);
    memcpy(operands[0], digest.bytes, sizeof digest.bytes);
    return true;
}

static bool execute_sha256(uint8_t *const operands[CALL_OPERANDS_MAX], uint32_t n)
{
    hash256 start, state;
    memcpy(start.bytes, operands[3], sizeof start.bytes);
    sha256_blocks(&state, operands[1], operands[2], &start, n);
    memcpy(operands[0], state.bytes, sizeof state.bytes);
    return true;
}

static bool execute_divide(uint8_t *const operands[CALL_OPERANDS_MAX], uint32_t n)
{
    (void)n;
    u256 q, r, in[4];
    for (int i = 0; i < 4; i++)
        memcpy(&in[i], operands[2 + i], sizeof in[i]);
    if (!u256_multiply_divide_limbs(q.limb, r.limb, in[0].limb, in[1].limb, in[2].limb, in[3].limb))
        return false;
    memcpy(operands[0], &q, sizeof q);
    memcpy(operands[1], &r, sizeof r);
    return true;
}

static bool are_canonical(const fp *words, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (!fp_is_canonical(words[i]))
            return false;
    return true;
}

static bool execute_sponge(uint8_t *const operands[CALL_OPERANDS_MAX], uint32_t n)
{
    enum { RATE = 16, CAPACITY = 8 };
    fp state[RATE + CAPACITY];
    memcpy(state, operands[0], sizeof state);
    if (!are_canonical(state + RATE, CAPACITY))
        return false;
    for (uint32_t i = 0; i < n; i++) {
        memcpy(state, operands[1] + sizeof(fp[RATE]) * i, sizeof(fp[RATE]));
        if (!are_canonical(state, RATE))
            return false;
        poseidon2_permute(state);
    }
    memcpy(operands[0], state, sizeof state);
    return true;
}

bool call_execute(uint32_t index, uint8_t *const operands[CALL_OPERANDS_MAX], uint32_t n)
{
    switch (index) {
    case CALL_INDEX_COPY_WORDS:
        return execute_copy_words(operands, n);
    case CALL_INDEX_KECCAK256:
        return execute_keccak256(operands, n);
    case CALL_INDEX_SHA256:
        return execute_sha256(operands, n);
    case CALL_INDEX_DIVIDE:
        return execute_divide(operands, n);
    case CALL_INDEX_SPONGE:
        return execute_sponge(operands, n);
    default:
        return false;
    }
}

/* ---- lists ---------------------------------------------------------------------------------------- */

/* The state is m. */
static bool muladd_item(const call_state *state, uint8_t *const blocks[CALL_LIST_NUMBERS])
{
    u256 q, r, in[3];
    for (int i = 0; i < 3; i++)
        memcpy(&in[i], blocks[i], sizeof in[i]);
    if (!u256_multiply_divide_limbs(q.limb, r.limb, in[0].limb, in[1].limb, in[2].limb, state->words))
        return false;
    memcpy(blocks[3], &r, sizeof r);
    return true;
}

static bool muladd_384_item(const call_state *state, uint8_t *const blocks[CALL_LIST_NUMBERS])
{
    uint64_t q[U384_LIMBS], r[U384_LIMBS], in[3][U384_LIMBS];
    for (int i = 0; i < 3; i++)
        memcpy(in[i], blocks[i], sizeof in[i]);
    if (!u384_multiply_divide(q, r, in[0], in[1], in[2], state->words))
        return false;
    memcpy(blocks[3], r, sizeof r);
    return true;
}

/* The state is the sum so far. */
static bool point_item(call_state *state, uint64_t word, const uint8_t *block)
{
    uint64_t t[SECP256K1_POINT_WORDS], item = word & ~UINT64_C(0xFFFF);
    memcpy(t, block, sizeof t);
    return secp256k1_add_list(state->words, &item, state->words, t, 1);
}

static bool multiply_add_item(uint8_t *const blocks[CALL_LIST_NUMBERS])
{
    fp5 in[3];
    for (int i = 0; i < 3; i++) {
        memcpy(in[i].c, blocks[i], sizeof in[i].c);
        if (!are_canonical(in[i].c, FP5_DEGREE))
            return false;
    }
    const fp5 r = fp5_add(fp5_mul(in[0], in[1]), in[2]);
    memset(blocks[3], 0, 24);
    memcpy(blocks[3], r.c, sizeof r.c);
    return true;
}

void call_list_begin(uint32_t index, call_state *state, uint8_t *const operands[CALL_OPERANDS_MAX])
{
    if (index == CALL_INDEX_MULADD)
        memcpy(state->words, operands[2], 32);
    if (index == CALL_INDEX_MULADD_384)
        memcpy(state->words, operands[2], 8 * U384_LIMBS);
    if (index == CALL_INDEX_POINT)
        memcpy(state->words, operands[2], 8 * SECP256K1_POINT_WORDS);
}

bool call_list_item(uint32_t index, call_state *state, uint64_t word, uint8_t *const blocks[CALL_LIST_NUMBERS])
{
    switch (index) {
    case CALL_INDEX_MULADD:
        return muladd_item(state, blocks);
    case CALL_INDEX_MULADD_384:
        return muladd_384_item(state, blocks);
    case CALL_INDEX_POINT:
        return point_item(state, word, blocks[0]);
    case CALL_INDEX_MULTIPLY_ADD:
        return multiply_add_item(blocks);
    default:
        return false;
    }
}

void call_list_end(uint32_t index, const call_state *state, uint8_t *const operands[CALL_OPERANDS_MAX])
{
    if (index == CALL_INDEX_POINT)
        memcpy(operands[0], state->words, 8 * SECP256K1_POINT_WORDS);
}

/* ---- open ----------------------------------------------------------------------------------------- */

bool call_leaves_begin(call_leaves *leaves, uint64_t shape)
{
    leaves->words = shape & 0xFFFF;
    leaves->stride = shape >> 16 & 0xFFFF;
    leaves->levels = shape >> 32 & 0xFFFF;
    return shape >> 48 == 0 && leaves->words > 0 && leaves->words <= CALL_LEAF_WORDS_MAX &&
           leaves->levels <= CALL_PATH_LEVELS_MAX;
}

static fp5 weight_of(const call_leaves *leaves, uint32_t element)
{
    fp5 x;
    memcpy(x.c, leaves->weights + (size_t)8 * CALL_SUM_WORDS * element, sizeof x.c);
    return x;
}

bool call_leaves_weights(const call_leaves *leaves)
{
    for (uint32_t i = 0; i < 2 * leaves->words; i++)
        if (!are_canonical(weight_of(leaves, i).c, FP5_DEGREE))
            return false;
    return true;
}

bool call_leaves_item(const call_leaves *leaves, uint8_t sum[8 * CALL_SUM_WORDS], const uint8_t *data, const uint8_t *entry,
                      uint64_t index)
{
    fp leaf[2 * CALL_LEAF_WORDS_MAX];
    digest path[CALL_PATH_LEVELS_MAX], top;
    uint32_t count = 2 * leaves->words;
    memcpy(leaf, data, sizeof *leaf * count);
    memcpy(path, data + sizeof *leaf * count, sizeof *path * leaves->levels);
    memcpy(&top, entry, sizeof top);
    if (!are_canonical(leaf, count) || !are_canonical(path->c, DIGEST_LENGTH * leaves->levels) ||
        !are_canonical(top.c, DIGEST_LENGTH))
        return false;
    if (!tree_verify(&top, 0, leaves->levels, index & ((UINT32_C(1) << leaves->levels) - 1), leaf, count, path))
        return false;
    fp5 result = FP5_ZERO;
    for (uint32_t i = 0; i < count; i++)
        result = fp5_add_mul_fp(result, weight_of(leaves, i), leaf[i]);
    memset(sum, 0, 8 * CALL_SUM_WORDS);
    memcpy(sum, result.c, sizeof result.c);
    return true;
}
