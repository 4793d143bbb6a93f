/* Sixteen hashes at a time, by whichever build of the permutation. Freestanding. */
#ifndef ASHLAR_STARK_TREE_BATCH_H
#define ASHLAR_STARK_TREE_BATCH_H

#include "stark/poseidon2.h"
#include "stark/tree.h"

/* Element i of state j at [i][j]. */
typedef void (*permutation_batch)(fp states[HASH_WIDTH][POSEIDON2_BATCH]);

/* Sixteen sponges as hash_start leaves one. */
void hash_start_batch(fp states[HASH_WIDTH][POSEIDON2_BATCH], hash_role role, size_t length);

/* As tree_check. */
bool tree_check_batches(const tree_answers *answers, permutation_batch permute);

#endif
