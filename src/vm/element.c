#include "vm/element.h"

enum { HIGH_MAX = FP_MODULUS >> 16 };
_Static_assert(FP_MODULUS == (HIGH_MAX << 16) + 1, "p − 1 alone has this high half");

/* 1/2^32 modulo p, as a number. */
static const uint32_t inverse_of_2_32 = 1057030144;

air_expr element_of(air_tape *t, const air_expr limbs[2])
{
    return air_scale(t, inverse_of_2_32, row_join(t, limbs[0], 16, limbs[1]));
}

/* With top = 0 the look-up leaves high < 0x7F00. Any other top needs high = 0x7F00 and low = 0, and then the
 * look-up top ≥ 1: so without top these two are no word. */
void element_is_canonical(air_tape *t, air_expr selector, const air_expr limbs[2], air_expr top)
{
    air_expr under = air_sub(t, air_constant(t, HIGH_MAX), limbs[1]);
    air_bool(t, "top is a bit", top);
    air_zero_when(t, "only the greatest high half is on top", top, under);
    air_zero_when(t, "nothing is above p − 1", top, limbs[0]);
    bus_range(t, selector, 15, air_add(t, air_sub(t, under, air_constant(t, 1)), top));
}

void element_is_word(air_tape *t, air_expr selector, const air_expr limbs[2], air_expr top)
{
    bus_range(t, selector, 16, limbs[0]);
    bus_range(t, selector, 15, limbs[1]);
    element_is_canonical(t, selector, limbs, top);
}
