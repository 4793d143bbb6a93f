/* One permutation in 64-bit integers with few reductions. State elements are signed and only bounded, in
 * units of 2^31: 1.49 after an S-box, hence 73 after an external layer, 3.6 within the partial rounds. */
#include "stark/poseidon2.h"

/* What a reduction subtracts: with m = x/p modulo 2^32, signed or not, m·p/2^32. */
#ifdef __wasm__
static inline int64_t multiple(int64_t x)
{
    return (int64_t)(int32_t)((uint32_t)x * FP_MODULUS_INVERSE) * FP_MODULUS >> 32;
}

static inline int64_t multiple_unsigned(uint64_t x)
{
    return (int64_t)((uint64_t)((uint32_t)x * FP_MODULUS_INVERSE) * FP_MODULUS >> 32);
}
#else
/* The inverse of p in the upper half: the upper half of a product by p is then where it is wanted. The
 * value is hidden from the compiler, which would replace one multiplication by five shifts and additions. */
static inline uint64_t inverse_upper(void)
{
    uint64_t inverse = (uint64_t)FP_MODULUS_INVERSE << 32;
    __asm__("" : "+r"(inverse));
    return inverse;
}

static inline int64_t multiple(int64_t x)
{
    return (int64_t)(((__int128)(int64_t)((uint64_t)x * inverse_upper()) * FP_MODULUS) >> 64);
}

static inline int64_t multiple_unsigned(uint64_t x)
{
    return (int64_t)(((unsigned __int128)(x * inverse_upper()) * FP_MODULUS) >> 64);
}
#endif

/* x/2^32 modulo p, at most |x|/2^32 + p/2 in absolute value. The lower halves of both terms are equal. */
static inline int64_t montgomery(int64_t x)
{
    return (x >> 32) - multiple(x);
}

/* 2^31 = 2^24 − 1: for |x| < 73·2^31 the result lies within −0.58·2^31 and 1.58·2^31. */
static inline int64_t shorten(int64_t x)
{
    int64_t high = x >> 31;
    return (x & 0x7fffffff) + high * ((1 << 24) - 1);
}

/* With |x| ≤ 1.58·2^31 the square does not fit a signed integer. Its reduction is at most 1.25·2^31, as its
 * subtrahend is taken positive, so that the cube stays below 2^63. */
static inline int64_t cube(int64_t x)
{
    uint64_t square = (uint64_t)x * (uint64_t)x;
    int64_t reduced = (int64_t)(square >> 32) - multiple_unsigned(square);
    return montgomery(reduced * x);
}

static inline void external_layer(int64_t s[POSEIDON2_WIDTH])
{
    int64_t sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
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
        sum0 += x[0];
        sum1 += x[1];
        sum2 += x[2];
        sum3 += x[3];
    }
    for (int i = 0; i < POSEIDON2_WIDTH; i += 4) {
        s[i] += sum0;
        s[i + 1] += sum1;
        s[i + 2] += sum2;
        s[i + 3] += sum3;
    }
}

static void full_rounds(int64_t s[POSEIDON2_WIDTH], int first)
{
    for (int r = first; r < first + POSEIDON2_FULL_ROUNDS / 2; r++) {
        for (int i = 0; i < POSEIDON2_WIDTH; i++)
            s[i] = cube(shorten(s[i] + poseidon2_full_constants[r][i]));
        external_layer(s);
    }
}

/* Two elements a, b with diagonal entries d, −d: u = a + b and w = a − b go to 2·sum + d·w and d·u, so
 * that in two rounds u goes to 2·sum + d²·u. One value a pair is carried on, and only u enters the sum. */
enum { PAIR_COUNT = 9, SINGLE_COUNT = 5 };
static const struct {
    uint8_t plus, minus;
} pairs[PAIR_COUNT] = {{3, 6}, {4, 7}, {5, 8}, {9, 16}, {11, 17}, {12, 18}, {13, 19}, {14, 20}, {15, 23}};
static const uint8_t singles[SINGLE_COUNT] = {1, 2, 10, 21, 22};

/* Centred, which halves the products: −½ < x/p < ½. */
#define CENTRED(x) ((int64_t)FP_CONSTANT(x) - ((int64_t)FP_CONSTANT(x) > FP_MODULUS / 2 ? FP_MODULUS : 0))

/* d² of the pairs. */
static const int64_t pair_squares[PAIR_COUNT] = {
    CENTRED(1598029825u), CENTRED(9u), CENTRED(16u), CENTRED(2130673921u), CENTRED(2097414145u),
    CENTRED(2122383361u), CENTRED(2128625665u), CENTRED(2130186241u), CENTRED(16129u),
};

static int64_t centred(fp x)
{
    return (int64_t)x - (x > FP_MODULUS / 2 ? FP_MODULUS : 0);
}

/* In units of 2^31: u and w start with at most 3.2, the sum is at most 1.1, so that u stays below 3.6 =
 * 2.2 for twice the sum, ½ for the reduction, and a quarter of itself; products with constants below ½
 * stay below 2^63 up to 4. */
static void partial_rounds(int64_t s[POSEIDON2_WIDTH])
{
    int64_t u[PAIR_COUNT], before[PAIR_COUNT], single[SINGLE_COUNT];
    for (int i = 0; i < POSEIDON2_WIDTH; i++)
        s[i] = shorten(s[i]);
    int64_t pair_factor[PAIR_COUNT], single_factor[SINGLE_COUNT];
    for (int k = 0; k < PAIR_COUNT; k++) {
        u[k] = s[pairs[k].plus] + s[pairs[k].minus];
        before[k] = s[pairs[k].plus] - s[pairs[k].minus];
        pair_factor[k] = centred(poseidon2_diagonal[pairs[k].plus]);
    }
    for (int k = 0; k < SINGLE_COUNT; k++) {
        single[k] = s[singles[k]];
        single_factor[k] = centred(poseidon2_diagonal[singles[k]]);
    }
    const int64_t *factor = pair_factor; /* at first `before` is w */
    int64_t first = s[0];
    for (int r = 0; r < POSEIDON2_PARTIAL_ROUNDS; r++) {
        first = cube(shorten(first + poseidon2_partial_constants[r]));
        int64_t rest = 0;
#pragma GCC unroll 5
        for (int k = 0; k < SINGLE_COUNT; k++)
            rest += single[k];
#pragma GCC unroll 9
        for (int k = 0; k < PAIR_COUNT; k++)
            rest += u[k];
        int64_t sum = shorten(rest + first + (1 << 30)) - (1 << 30);
        first = sum - 2 * first;
#pragma GCC unroll 5
        for (int k = 0; k < SINGLE_COUNT; k++)
            single[k] = sum + montgomery(single[k] * single_factor[k]);
#pragma GCC unroll 9
        for (int k = 0; k < PAIR_COUNT; k++) {
            int64_t next = 2 * sum + montgomery(before[k] * factor[k]);
            before[k] = u[k];
            u[k] = next;
        }
        factor = pair_squares;
    }
    s[0] = first;
    for (int k = 0; k < SINGLE_COUNT; k++)
        s[singles[k]] = single[k];
    for (int k = 0; k < PAIR_COUNT; k++) {
        int64_t w = montgomery(before[k] * pair_factor[k]);
        s[pairs[k].plus] = montgomery((u[k] + w) * CENTRED(1065353217u)); /* halves */
        s[pairs[k].minus] = montgomery((u[k] - w) * CENTRED(1065353217u));
    }
}

void poseidon2_permute(fp state[POSEIDON2_WIDTH])
{
    int64_t s[POSEIDON2_WIDTH];
    for (int i = 0; i < POSEIDON2_WIDTH; i++)
        s[i] = state[i];
    external_layer(s);
    full_rounds(s, 0);

    partial_rounds(s);
    full_rounds(s, POSEIDON2_FULL_ROUNDS / 2);
    for (int i = 0; i < POSEIDON2_WIDTH; i++) {
        int64_t x = shorten(s[i]);
        x += x < 0 ? FP_MODULUS : 0;
        x -= x >= FP_MODULUS ? FP_MODULUS : 0;
        state[i] = (fp)x;
    }
}
