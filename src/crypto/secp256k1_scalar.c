#include "crypto/secp256k1_scalar.h"

#include "crypto/limbs.h"
#include "crypto/secp256k1_table.h"

const u256 secp256k1_order = {{0xbfd25e8cd0364141, 0xbaaedce6af48a03b, 0xfffffffffffffffe, UINT64_MAX}};

bool secp256k1_scalar_read(u256 *out, const uint8_t bytes[32])
{
    *out = u256_from_be(bytes, 32);
    return !u256_is_zero(*out) && u256_less(*out, secp256k1_order);
}

u256 secp256k1_scalar_of_message(const hash256 *message)
{
    u256 m = u256_from_be(message->bytes, 32);
    return u256_less(m, secp256k1_order) ? m : u256_sub(m, secp256k1_order);
}

u256 secp256k1_scalar_multiply(u256 a, u256 b)
{
    /* 2^256 − n, 129 bits. */
    static const uint64_t fold[3] = {0x402da1732fc9bebf, 0x4551231950b75fc4, 1};
    uint64_t t[8];
    u256_mul_wide(t, a, b);
    /* 512 bits become 386, then 260, then 256 and a bit. */
    for (int pass = 0; pass < 3; pass++) {
        uint64_t high[4] = {t[4], t[5], t[6], t[7]};
        t[4] = t[5] = t[6] = t[7] = 0;
        for (int i = 0; i < 4; i++) {
            if (high[i] == 0)
                continue;
            uint64_t carry = 0;
            for (int j = 0; j < 3; j++)
                t[i + j] = limbs_multiply_add(&carry, t[i + j], high[i], fold[j]);
            for (int j = i + 3; carry != 0; j++) {
                t[j] += carry;
                carry = t[j] < carry;
            }
        }
    }
    u256 r = {{t[0], t[1], t[2], t[3]}};
    if (t[4] != 0 || !u256_less(r, secp256k1_order))
        r = u256_sub(r, secp256k1_order);
    return r;
}

u256 secp256k1_scalar_negate(u256 a) { return u256_is_zero(a) ? a : u256_sub(secp256k1_order, a); }

/* round(k·g / 2^384) */
static u256 multiply_shift_384(u256 k, u256 g)
{
    uint64_t t[8];
    u256_mul_wide(t, k, g);
    u256 r = {{t[6], t[7], 0, 0}};
    return u256_add(r, u256_from_u64(t[5] >> 63));
}

void secp256k1_scalar_split(u256 *k1, u256 *k2, u256 k)
{
    u256 c1 = multiply_shift_384(k, lattice_g1), c2 = multiply_shift_384(k, lattice_g2);
    *k1 = u256_sub(k, u256_add(u256_mul(c1, lattice_a1), u256_mul(c2, lattice_a2)));
    *k2 = u256_sub(u256_mul(c1, lattice_minus_b1), u256_mul(c2, lattice_b2));
}
