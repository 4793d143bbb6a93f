#include "base/check.h"
#include "stark/poseidon2.h"
#include "stark/transcript.h"

enum { NONCES_PER_STEP = 1 << 14 };

/* The state that a nonce leads to, before the last permutation. */
typedef struct {
    fp state[POSEIDON2_WIDTH];
    unsigned place;
} grinding;

/* The least nonce of start … start + 15 that passes, or 16 + start. */
static uint32_t grind_batch(const grinding *g, uint32_t start, uint32_t mask)
{
    fp states[POSEIDON2_WIDTH][POSEIDON2_BATCH];
    for (unsigned i = 0; i < POSEIDON2_WIDTH; i++)
        for (unsigned j = 0; j < POSEIDON2_BATCH; j++)
            states[i][j] = i == g->place ? start + j : g->state[i];
    poseidon2_permute_batch(states);
    for (uint32_t j = 0; j < POSEIDON2_BATCH; j++)
        if ((states[0][j] & mask) == 0)
            return start + j;
    return start + POSEIDON2_BATCH;
}

fp transcript_grind(transcript *t, unsigned bits)
{
    grinding g;
    uint32_t mask = (1u << bits) - 1;
    for (unsigned i = 0; i < POSEIDON2_WIDTH; i++)
        g.state[i] = t->sponge.state[i];
    g.place = t->absorbing ? t->sponge.filled : 0;
    for (unsigned i = g.place + 1; i < HASH_RATE; i++)
        g.state[i] = i == g.place + 1 ? FP_ONE : FP_ZERO;
    uint32_t found = FP_MODULUS;
    for (uint32_t start = 0; found == FP_MODULUS; start += NONCES_PER_STEP) {
        CHECK(start < FP_MODULUS - NONCES_PER_STEP);
#pragma omp parallel for reduction(min : found) schedule(static) if (bits > 10)
        for (uint32_t i = 0; i < NONCES_PER_STEP; i += POSEIDON2_BATCH) {
            if (start + i >= found)
                continue;
            uint32_t nonce = grind_batch(&g, start + i, mask);
            if (nonce < start + i + POSEIDON2_BATCH && nonce < found)
                found = nonce;
        }
    }
    CHECK(transcript_check_nonce(t, found, bits));
    return found;
}
