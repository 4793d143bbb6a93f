/* The builds of the batch permutation, for the dispatcher and for tests that compare them. */
#ifndef ASHLAR_STARK_POSEIDON2_BUILDS_H
#define ASHLAR_STARK_POSEIDON2_BUILDS_H

#include "stark/poseidon2.h"

void poseidon2_permute_batch_portable(fp states[POSEIDON2_WIDTH][POSEIDON2_BATCH]);
void poseidon2_permute_batch_avx2(fp states[POSEIDON2_WIDTH][POSEIDON2_BATCH]);
void poseidon2_permute_batch_avx512(fp states[POSEIDON2_WIDTH][POSEIDON2_BATCH]);

#endif
