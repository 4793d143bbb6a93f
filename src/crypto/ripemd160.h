/* RIPEMD-160: Dobbertin, Bosselaers, Preneel, "RIPEMD-160: a strengthened version of RIPEMD" (1996). */
#ifndef ASHLAR_CRYPTO_RIPEMD160_H
#define ASHLAR_CRYPTO_RIPEMD160_H

#include "base/types.h"

/* The digest of `data`, of any alignment. */
void ripemd160(uint8_t out[20], const uint8_t *data, size_t size_bytes);

#endif
