/* Hexadecimal text. A leading "0x" is optional everywhere; digits of either case; an even number of them. */
#ifndef ASHLAR_BASE_HEX_H
#define ASHLAR_BASE_HEX_H

#include "base/arena.h"
#include "base/status.h"
#include "base/types.h"

/* All bytes of the text, in the arena. HEX_MALFORMED: a digit too few, or something that is not one. */
status hex_decode(arena *a, bytes *out, const char *text, size_t text_size);

/* The same into `size_bytes` bytes of the caller; HEX_MALFORMED also when the text holds more or fewer.
 * On failure `out` may be partly written. */
status hex_decode_exact(uint8_t *out, size_t size_bytes, const char *text, size_t text_size);

/* 2·size_bytes digits in lower case and a NUL, without "0x"; out has room for 2·size_bytes + 1. */
void hex_encode(char *out, const uint8_t *data, size_t size_bytes);

#endif
