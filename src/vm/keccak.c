#include "vm/keccak.h"

#include "vm/sparse/sparse.h"

enum { MESSAGE_LIMBS = 67, MESSAGES = 3 };
_Static_assert(MESSAGE_LIMBS * MESSAGES >= KECCAK_LIMBS, "the state fits its messages");

const uint8_t keccak_rotations[KECCAK_LANES] = {
    0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14,
};

const uint64_t keccak_constants[24] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000,
    0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
    0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
    0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
    0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};

const int8_t keccak_iota_places[KECCAK_LANE_LIMBS] = {0, 1, -1, 2, -1, -1, -1, 3};

uint32_t keccak_sparse_limb(uint64_t lane, uint32_t limb)
{
    return sparse_digits((uint32_t)(lane >> 8 * limb) & 0xFF);
}

static void look_up(air_tape *t, air_expr selector, uint32_t kind, air_expr a, air_expr b, air_expr c,
                    air_expr d)
{
    bus_look_up(t, BUS_SPARSE, selector, (air_expr[]){air_constant(t, kind), a, b, c, d}, 5);
}

void keccak_bits(air_tape *t, air_expr selector, air_expr a, air_expr b)
{
    air_expr zero = air_constant(t, 0);
    keccak_cut(t, selector, 0, zero, a, zero, b);
}

void keccak_cut(air_tape *t, air_expr selector, uint32_t low, air_expr a, air_expr b, air_expr c, air_expr d)
{
    look_up(t, selector, SPARSE_CUT + low, a, b, c, d);
}

void keccak_digits(air_tape *t, air_expr selector, uint32_t kind, air_expr value)
{
    air_expr zero = air_constant(t, 0);
    look_up(t, selector, kind, value, zero, zero, zero);
}

void keccak_limb(air_tape *t, air_expr selector, air_expr limb, air_expr low, air_expr high)
{
    look_up(t, selector, SPARSE_LIMB, limb, low, high, air_constant(t, 0));
}

void keccak_normalise(air_tape *t, air_expr selector, const air_expr *x,
                      const air_expr iota[KECCAK_IOTA_LIMBS], const air_expr *bits, uint32_t count)
{
    for (uint32_t i = 0; i < count * KECCAK_LANE_LIMBS; i++) {
        air_expr value = x[i];
        if (i < KECCAK_LANE_LIMBS && keccak_iota_places[i] >= 0)
            value = air_add(t, value, air_scale(t, 2, iota[keccak_iota_places[i]]));
        keccak_digits(t, selector, SPARSE_UNSET, air_sub(t, value, air_scale(t, 2, bits[i])));
        if (i % 2 == 1)
            keccak_bits(t, selector, bits[i - 1], bits[i]);
    }
}

static void hand_over(air_tape *t, bool receive, air_expr selector, air_expr time, air_expr row,
                      const air_expr x[KECCAK_LIMBS])
{
    for (uint32_t part = 0; part < MESSAGES; part++) {
        air_expr message[3 + MESSAGE_LIMBS] = {air_constant(t, part), time, row};
        for (uint32_t i = 0; i < MESSAGE_LIMBS; i++) {
            uint32_t limb = part * MESSAGE_LIMBS + i;
            message[3 + i] = limb < KECCAK_LIMBS ? x[limb] : air_constant(t, 0);
        }
        if (receive)
            bus_receive(t, BUS_KECCAK, selector, message, 3 + MESSAGE_LIMBS);
        else
            bus_send(t, BUS_KECCAK, selector, message, 3 + MESSAGE_LIMBS);
    }
}

void keccak_send(air_tape *t, air_expr selector, air_expr time, air_expr row,
                 const air_expr x[KECCAK_LIMBS])
{
    hand_over(t, false, selector, time, row, x);
}

void keccak_receive(air_tape *t, air_expr selector, air_expr time, air_expr row,
                    const air_expr x[KECCAK_LIMBS])
{
    hand_over(t, true, selector, time, row, x);
}
