/* What keccak.c shares with its twin in assembly. */
#ifndef ASHLAR_CRYPTO_KECCAK_INTERNAL_H
#define ASHLAR_CRYPTO_KECCAK_INTERNAL_H

#include "base/types.h"

extern const uint64_t keccak_round_constants[24];

/* For each of `count` ≥ 1 blocks of KECCAK256_RATE_BYTES: folds it into the state, then permutes. With
 * blocks NULL and count 1 permutes only. Any alignment; on rv64 the machine must have misaligned loads
 * (Zicclsm), which may cost more there than aligned ones. */
void keccak_absorb_blocks(uint64_t state[25], const uint8_t *blocks, size_t count);

#endif
