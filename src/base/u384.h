/* Products and quotients of numbers of 384 bits: six limbs of 64, the lowest first. */
#ifndef ASHLAR_BASE_U384_H
#define ASHLAR_BASE_U384_H

#include "base/types.h"

enum { U384_LIMBS = 6 };

/* a·b + c = quotient·m + remainder with remainder < m. False, and nothing is written, if m is 0 or the
 * quotient has more than 384 bits. The results may overlap operands, but not each other. */
bool u384_multiply_divide(uint64_t quotient[U384_LIMBS], uint64_t remainder[U384_LIMBS],
                          const uint64_t a[U384_LIMBS], const uint64_t b[U384_LIMBS],
                          const uint64_t c[U384_LIMBS], const uint64_t m[U384_LIMBS]);

#endif
