/* Fixed-width types and the few structures that every module speaks. */
#ifndef ASHLAR_BASE_TYPES_H
#define ASHLAR_BASE_TYPES_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A borrowed run of bytes. `data` may be NULL only when `size` is 0. */
typedef struct {
    const uint8_t *data;
    size_t size;
} bytes;

/* A 256-bit digest, as it stands on the wire. */
typedef struct {
    alignas(8) uint8_t bytes[32];
} hash256;

/* A 160-bit account address. */
typedef struct {
    alignas(4) uint8_t bytes[20];
} address;

#endif
