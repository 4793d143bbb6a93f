#include "vm/row.h"

/* 2^−k modulo p: 1/2 is (p + 1)/2. */
static uint32_t inverse_power(uint32_t k)
{
    uint64_t inverse = 1;
    for (uint32_t i = 0; i < k; i++)
        inverse = (inverse % 2 == 0 ? inverse : inverse + FP_MODULUS) / 2;
    return (uint32_t)inverse;
}

air_expr row_divide(air_tape *t, air_expr e, uint32_t k)
{
    return air_scale(t, inverse_power(k), e);
}
