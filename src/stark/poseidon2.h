/* Poseidon2 (eprint 2023/323) over KoalaBear, width 24: S-box x^3, 8 full and 23 partial rounds. The
 * constants are those of the paper's Grain LFSR; tools/poseidon2_constants.py makes them. Freestanding but
 * for the last function. */
#ifndef ASHLAR_STARK_POSEIDON2_H
#define ASHLAR_STARK_POSEIDON2_H

#include "field/fp.h"

#define POSEIDON2_WIDTH 24
#define POSEIDON2_FULL_ROUNDS 8
#define POSEIDON2_PARTIAL_ROUNDS 23
#define POSEIDON2_BATCH 16

/* In Montgomery form. Full rounds 0–3 come before the partial rounds, 4–7 after them. */
extern const fp poseidon2_full_constants[POSEIDON2_FULL_ROUNDS][POSEIDON2_WIDTH];
extern const fp poseidon2_partial_constants[POSEIDON2_PARTIAL_ROUNDS];

/* The internal layer is s_i ← Σ s + diagonal_i·s_i. */
extern const fp poseidon2_diagonal[POSEIDON2_WIDTH];

void poseidon2_permute(fp state[POSEIDON2_WIDTH]);

/* Hosted: sixteen permutations at once, element i of state j at [i][j]. */
void poseidon2_permute_batch(fp states[POSEIDON2_WIDTH][POSEIDON2_BATCH]);

#endif
