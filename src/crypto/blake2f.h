/* The compression function F of BLAKE2b with any number of rounds: RFC 7693, section 3.2; EIP-152. */
#ifndef ASHLAR_CRYPTO_BLAKE2F_H
#define ASHLAR_CRYPTO_BLAKE2F_H

#include "base/types.h"

/* h = F(h, m, t, last). */
void blake2f(uint64_t h[8], const uint64_t m[16], const uint64_t t[2], bool last, uint32_t rounds);

#endif
