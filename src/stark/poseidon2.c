/* One permutation in 64-bit integers with few reductions. State elements are signed and only bounded, in units of
 * 2^31: 1.49 after an S-box, hence 73 after an external layer, 2.8 within the partial rounds. */
#include "stark/poseidon2.h"

/* x/2^32 modulo p, at most |x|/2^32 + p/2 in absolute value. The lower halves of both terms are equal. */
static inline int64_t montgomery(int64_t x)
{
    int64_t m = (int32_t)((uint32_t)x * FP_MODULUS_INVERSE);
    return (x >> 32) - ((m * FP_MODULUS) >> 32);
}

/* 2^31 = 2^24 − 1: for |x| < 73·2^31 the result lies within −0.58·2^31 and 1.58·2^31. */
static inline int64_t shorten(int64_t x)
{
    int64_t high = x >> 31;
    return (x & 0x7fffffff) + high * ((1 << 24) - 1);
}

/* With |x| ≤ 1.58·2^31 the square's reduction is at most 1.25·2^31, as its subtrahend is taken positive, so that the
 * cube stays below 2^63. */
static inline int64_t cube(int64_t x)
{
    uint64_t square = (uint64_t)(x * x);
    uint32_t m = (uint32_t)square * FP_MODULUS_INVERSE;
    int64_t reduced = (int64_t)(square >> 32) - (int64_t)(((uint64_t)m * FP_MODULUS) >> 32);
    return montgomery(reduced * x);
}

static inline void external_layer(int64_t s[POSEIDON2_WIDTH])
{
    int64_t sum[4] = {0, 0, 0, 0};
    for (int i = 0; i < POSEIDON2_WIDTH; i += 4) {
        int64_t *x = s + i;
        int64_t t01 = x[0] + x[1];
        int64_t t23 = x[2] + x[3];
        int64_t t1 = t01 + t23 + x[1];
        int64_t t3 = t01 + t23 + x[3];
        int64_t x3 = t3 + 2 * x[0];
        x[0] = t1 + t01;
        x[1] = t1 + 2 * x[2];
        x[2] = t3 + t23;
        x[3] = x3;
        for (int j = 0; j < 4; j++)
            sum[j] += x[j];
    }
    for (int i = 0; i < POSEIDON2_WIDTH; i++)
        s[i] += sum[i % 4];
}

static void full_rounds(int64_t s[POSEIDON2_WIDTH], int first)
{
    for (int r = first; r < first + POSEIDON2_FULL_ROUNDS / 2; r++) {
        for (int i = 0; i < POSEIDON2_WIDTH; i++)
            s[i] = cube(shorten(s[i] + poseidon2_full_constants[r][i]));
        external_layer(s);
    }
}

void poseidon2_permute(fp state[POSEIDON2_WIDTH])
{
    int64_t s[POSEIDON2_WIDTH];
    for (int i = 0; i < POSEIDON2_WIDTH; i++)
        s[i] = state[i];
    external_layer(s);
    full_rounds(s, 0);

    /* Centred constants halve the products. */
    int64_t diagonal[POSEIDON2_WIDTH];
    for (int i = 0; i < POSEIDON2_WIDTH; i++) {
        diagonal[i] = poseidon2_diagonal[i];
        diagonal[i] -= poseidon2_diagonal[i] > FP_MODULUS / 2 ? FP_MODULUS : 0;
        s[i] = shorten(s[i]);
    }
    for (int r = 0; r < POSEIDON2_PARTIAL_ROUNDS; r++) {
        s[0] = cube(shorten(s[0] + poseidon2_partial_constants[r]));
        int64_t sum = 0;
        for (int i = 0; i < POSEIDON2_WIDTH; i++)
            sum += s[i];
        sum = shorten(sum);
        for (int i = 0; i < POSEIDON2_WIDTH; i++)
            s[i] = sum + montgomery(s[i] * diagonal[i]);
    }

    full_rounds(s, POSEIDON2_FULL_ROUNDS / 2);
    for (int i = 0; i < POSEIDON2_WIDTH; i++) {
        int64_t x = shorten(s[i]);
        x += x < 0 ? FP_MODULUS : 0;
        x -= x >= FP_MODULUS ? FP_MODULUS : 0;
        state[i] = (fp)x;
    }
}
