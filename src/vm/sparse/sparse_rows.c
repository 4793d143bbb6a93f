#include "vm/bus.h"
#include "vm/sparse/sparse.h"

uint32_t sparse_digits(uint32_t byte)
{
    uint32_t x = (byte | byte << 8) & 0x00F00F; /* halves, then quarters apart */
    x = (x | x << 4) & 0x0C30C3;
    return (x | x << 2) & 0x249249;
}

uint32_t sparse_weight(uint32_t kind, uint32_t field, uint32_t bit)
{
    uint32_t half = bit / 8, place = bit % 8, low = kind - SPARSE_CUT;
    switch (kind) {
    case SPARSE_UNSET:
    case SPARSE_EVEN:
        return field != 0 ? 0 : (bit % 2 != 0 ? 4 : kind == SPARSE_UNSET ? 1 : 2) << 3 * (bit / 2);
    case SPARSE_LIMB:
        return field == 0 ? UINT32_C(1) << bit : field == 1 + half ? UINT32_C(1) << 3 * place : 0;
    default:
        if (field != 2 * half + (place >= low))
            return 0;
        return UINT32_C(1) << 3 * (place < low ? place : place - low);
    }
}
