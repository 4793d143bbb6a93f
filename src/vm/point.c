#include "vm/point.h"

void point_limbs(air_tape *t, air_expr limbs[POINT_LIMBS], const air_expr bytes[POINT_BYTES])
{
    for (uint32_t i = 0; i < POINT_LIMBS; i++)
        limbs[i] = row_join(t, bytes[2 * i], 8, bytes[2 * i + 1]);
}

void point_bytes(air_tape *t, air_expr real, const air_expr bytes[POINT_BYTES])
{
    for (uint32_t i = 0; i < POINT_BYTES; i += 2)
        bus_byte_pair(t, real, bytes[i], bytes[i + 1]);
}

/* p's limbs are 0xFC2F, 0xFFFF, 0xFFFE, then 0xFFFF. A number is p or more if limbs 2 … 15 are 0xFFFF, or
 * if limbs 1 … 15 are p's and limb 0 + 977 carries. The distances to p's limbs are sums of less than
 * 2^20. */
void point_canonical(air_tape *t, air_expr real, const air_expr limbs[POINT_LIMBS],
                     const air_expr columns[CANONICAL_COLUMNS])
{
    air_expr carry = columns[CANONICAL_CARRY], all = air_scale(t, 0xFFFF, real);
    air_bool(t, "the carry of limb 0 + 977 is a bit", carry);
    air_expr low = air_add(t, limbs[0], air_scale(t, 977, real));
    bus_range(t, real, 16, air_sub(t, low, air_scale(t, 0x10000, carry)));
    air_expr above = air_constant(t, 0);
    for (uint32_t i = 3; i < POINT_LIMBS; i++)
        above = air_add(t, above, air_sub(t, all, limbs[i]));
    air_expr to_all = air_add(t, above, air_sub(t, all, limbs[2]));
    air_expr to_prime = air_add(t, above, air_sub(t, all, limbs[1]));
    air_expr limb_2 = air_sub(t, air_sub(t, all, real), limbs[2]);
    air_expr one = air_mul(t, columns[CANONICAL_INVERSE], to_all);
    air_equal(t, "a limb above the lowest two is not 0xFFFF", one, real);
    air_expr differs = air_add(t, air_mul(t, columns[CANONICAL_FACTOR], to_prime),
                               air_mul(t, columns[CANONICAL_FACTOR_2], limb_2));
    air_equal(t, "or limb 0 does not carry", differs, carry);
}

void point_read(air_tape *t, air_expr real, air_expr w, const air_expr x[POINT_BYTES],
                const air_expr y[POINT_LIMBS], air_expr time, uint32_t k,
                const air_expr age[AGE_COLUMNS * POINT_WORDS])
{
    air_expr limbs[POINT_LIMBS];
    point_limbs(t, limbs, x);
    for (uint32_t i = 0; i < POINT_WORDS; i++) {
        const air_expr *word =
            i < POINT_COORDINATE_WORDS ? limbs + 4 * i : y + 4 * (i - POINT_COORDINATE_WORDS);
        row_access(t, real, air_add(t, w, air_constant(t, i)), word, word, time, k, age + AGE_COLUMNS * i);
    }
}

enum { STATE_FIELDS = 5, MESSAGE_LENGTH = STATE_FIELDS + POINT_BYTES + POINT_LIMBS };

static void message_of(air_expr message[MESSAGE_LENGTH], const point_state *s)
{
    air_expr fields[STATE_FIELDS] = {s->time, s->left, s->list, s->base, s->result};
    for (uint32_t i = 0; i < STATE_FIELDS; i++)
        message[i] = fields[i];
    for (uint32_t i = 0; i < POINT_BYTES; i++)
        message[STATE_FIELDS + i] = s->x[i];
    for (uint32_t i = 0; i < POINT_LIMBS; i++)
        message[STATE_FIELDS + POINT_BYTES + i] = s->y[i];
}

void point_send(air_tape *t, air_expr real, const point_state *state)
{
    air_expr message[MESSAGE_LENGTH];
    message_of(message, state);
    bus_send(t, BUS_POINT, real, message, MESSAGE_LENGTH);
}

void point_receive(air_tape *t, air_expr real, const point_state *state)
{
    air_expr message[MESSAGE_LENGTH];
    message_of(message, state);
    bus_receive(t, BUS_POINT, real, message, MESSAGE_LENGTH);
}
