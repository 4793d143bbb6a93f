/* blst for rv64im, which it has no assembly for: its portable C, but with limbs of 64 bits instead of the 32 it
 * would choose, and with our own products, which take most of the time. */
#include "vect.h"

typedef unsigned __int128 llimb_t;

#define __BLST_NO_ASM__
#define ct_inverse_mod_383 ct_inverse_mod_384

/* What vect.h leaves to assembly where limbs have 64 bits. */

#define SELECT(bytes)                                                                     \
    void vec_select_##bytes(void *ret, const void *a, const void *b, bool_t sel_a)        \
    {                                                                                     \
        const limb_t *from = sel_a ? a : b;                                               \
        limb_t *to = ret;                                                                 \
        for (size_t i = 0; i < bytes / sizeof(limb_t); i++)                               \
            to[i] = from[i];                                                              \
    }
SELECT(32)
SELECT(48)
SELECT(96)
SELECT(144)
SELECT(192)
SELECT(288)

bool_t vec_is_zero_16x(const void *a, size_t num)
{
    const limb_t *limbs = a;
    for (size_t i = 0; i < num / sizeof(limb_t); i++)
        if (limbs[i] != 0)
            return 0;
    return 1;
}

bool_t vec_is_equal_16x(const void *a, const void *b, size_t num)
{
    const limb_t *x = a, *y = b;
    for (size_t i = 0; i < num / sizeof(limb_t); i++)
        if (x[i] != y[i])
            return 0;
    return 1;
}

#include "bytes.h"
#include "vect.c"

#include "e1.c"
#include "map_to_g1.c"
#include "e2.c"
#include "map_to_g2.c"
#include "fp12_tower.c"
#include "pairing.c"
#include "exp.c"
#include "sqrt.c"
#include "recip.c"
#include "bulk_addition.c"
#include "multi_scalar.c"
#include "consts.c"
#include "exports.c"
