#include "stark/poseidon2_builds.h"

void poseidon2_permute_batch_portable(fp states[POSEIDON2_WIDTH][POSEIDON2_BATCH])
{
    for (int j = 0; j < POSEIDON2_BATCH; j++) {
        fp state[POSEIDON2_WIDTH];
        for (int i = 0; i < POSEIDON2_WIDTH; i++)
            state[i] = states[i][j];
        poseidon2_permute(state);
        for (int i = 0; i < POSEIDON2_WIDTH; i++)
            states[i][j] = state[i];
    }
}
