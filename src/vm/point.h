/* What the chips of the call `point` have in common: sums of points on secp256k1, y² = x³ + 7 modulo p =
 * 2^256 − 2^32 − 977 (crypto/secp256k1_point.h).
 *
 * A number modulo p is 32 balanced bytes: cells 0 … 255, each 128 more than its digit −128 … 127. y has
 * limbs of 16 bits. Freestanding. */
#ifndef ASHLAR_VM_POINT_H
#define ASHLAR_VM_POINT_H

#include "vm/row.h"

enum { POINT_BYTES = 32, POINT_LIMBS = 16, POINT_WORDS = 8, POINT_COORDINATE_WORDS = 4, POINT_BALANCE = 128 };

/* Columns that prove a number of 16 limbs to be below p. */
enum { CANONICAL_CARRY, CANONICAL_INVERSE, CANONICAL_FACTOR, CANONICAL_FACTOR_2, CANONICAL_COLUMNS };

/* The limbs of bytes, as they stand in memory. */
void point_limbs(air_tape *t, air_expr limbs[POINT_LIMBS], const air_expr bytes[POINT_BYTES]);
/* The cells are bytes. */
void point_bytes(air_tape *t, air_expr real, const air_expr bytes[POINT_BYTES]);
/* Limbs of 16 bits make a number below p. */
void point_canonical(air_tape *t, air_expr real, const air_expr limbs[POINT_LIMBS],
                     const air_expr columns[CANONICAL_COLUMNS]);
/* Reads the eight words of a point from word w on. */
void point_read(air_tape *t, air_expr real, air_expr w, const air_expr x[POINT_BYTES],
                const air_expr y[POINT_LIMBS], air_expr time, uint32_t k,
                const air_expr age[AGE_COLUMNS * POINT_WORDS]);

/* What goes from one row of a call to the next: before item n − left, at its time, the point so far. */
typedef struct {
    air_expr time, left, list, base, result; /* items; words of the next item, of point 0, of the result */
    const air_expr *x, *y;
} point_state;

void point_send(air_tape *t, air_expr real, const point_state *state);
void point_receive(air_tape *t, air_expr real, const point_state *state);

#endif
