#include "base/u256.h"

#include "base/memory.h"

void u256_mul_wide(uint64_t product[8], u256 a, u256 b)
{
    memset(product, 0, 8 * sizeof(uint64_t));
    for (int i = 0; i < 4; i++) {
        uint64_t carry = 0;
        for (int j = 0; j < 4; j++) {
            unsigned __int128 t = (unsigned __int128)a.limb[i] * b.limb[j] + product[i + j] + carry;
            product[i + j] = (uint64_t)t;
            carry = (uint64_t)(t >> 64);
        }
        product[i + 4] = carry;
    }
}

u256 u256_mul(u256 a, u256 b)
{
    if (u256_fits_u64(a) && u256_fits_u64(b)) {
        unsigned __int128 t = (unsigned __int128)a.limb[0] * b.limb[0];
        return (u256){{(uint64_t)t, (uint64_t)(t >> 64), 0, 0}};
    }
    u256 r = U256_ZERO;
    for (int i = 0; i < 4; i++) {
        uint64_t carry = 0;
        for (int j = 0; i + j < 4; j++) {
            unsigned __int128 t = (unsigned __int128)a.limb[i] * b.limb[j] + r.limb[i + j] + carry;
            r.limb[i + j] = (uint64_t)t;
            carry = (uint64_t)(t >> 64);
        }
    }
    return r;
}

unsigned u256_bit_length(u256 a)
{
    for (unsigned i = 4; i-- > 0;)
        if (a.limb[i] != 0)
            return 64 * i + 64 - (unsigned)__builtin_clzll(a.limb[i]);
    return 0;
}

/* (high, low) / divisor for high < divisor; a division of 128 by 64 bits would call into libgcc, which
 * the guest does not link, so: two steps of 32 bits. Knuth, TAOCP vol. 2, 4.3.1, algorithm D. */
static uint64_t divide_128_by_64(uint64_t *remainder, uint64_t high, uint64_t low, uint64_t divisor)
{
    /* The divisor is normalised: its highest bit is set. */
    uint64_t d1 = divisor >> 32, d0 = divisor & 0xffffffffu;
    uint64_t quotient = 0;
    uint64_t rest = high;
    for (int half = 1; half >= 0; half--) {
        uint64_t next = half ? low >> 32 : low & 0xffffffffu;
        uint64_t q = rest / d1, r = rest % d1;
        while (q >> 32 || q * d0 > (r << 32 | next)) {
            q--;
            r += d1;
            if (r >> 32)
                break;
        }
        rest = (rest << 32) + next - q * divisor;
        quotient = quotient << 32 | q;
    }
    *remainder = rest;
    return quotient;
}

/* Algorithm D for a dividend of up to 8 limbs; quotient has as many limbs as the dividend. */
static void divide_limbs(uint64_t *quotient, u256 *remainder, const uint64_t *dividend, unsigned limbs, u256 divisor)
{
    unsigned n = (u256_bit_length(divisor) + 63) / 64;
    unsigned shift = (unsigned)__builtin_clzll(divisor.limb[n - 1]);
    uint64_t u[9] = {0}, v[4] = {0};
    for (unsigned i = 0; i < n; i++)
        v[i] = divisor.limb[i] << shift | (shift && i ? divisor.limb[i - 1] >> (64 - shift) : 0);
    for (unsigned i = 0; i < limbs; i++)
        u[i] = dividend[i] << shift | (shift && i ? dividend[i - 1] >> (64 - shift) : 0);
    u[limbs] = shift ? dividend[limbs - 1] >> (64 - shift) : 0;
    for (unsigned i = 0; i < limbs; i++)
        quotient[i] = 0;

    for (unsigned j = limbs - n + 1; limbs >= n && j-- > 0;) {
        uint64_t q, r;
        bool r_overflows = false;
        if (u[j + n] >= v[n - 1]) {
            q = UINT64_MAX;
            r = u[j + n - 1] + v[n - 1];
            r_overflows = r < v[n - 1];
        } else {
            q = divide_128_by_64(&r, u[j + n], u[j + n - 1], v[n - 1]);
        }
        while (n >= 2 && !r_overflows &&
               (unsigned __int128)q * v[n - 2] > ((unsigned __int128)r << 64 | u[j + n - 2])) {
            q--;
            r += v[n - 1];
            r_overflows = r < v[n - 1];
        }
        uint64_t borrow = 0, carry = 0;
        for (unsigned i = 0; i < n; i++) {
            unsigned __int128 p = (unsigned __int128)q * v[i] + carry;
            carry = (uint64_t)(p >> 64);
            uint64_t d = u[i + j] - (uint64_t)p;
            uint64_t b = u[i + j] < (uint64_t)p;
            u[i + j] = d - borrow;
            borrow = b | (d < borrow);
        }
        uint64_t top = u[j + n];
        u[j + n] = top - carry - borrow;
        if (top < carry || top - carry < borrow) {
            q--;
            uint64_t c = 0;
            for (unsigned i = 0; i < n; i++) {
                unsigned __int128 s = (unsigned __int128)u[i + j] + v[i] + c;
                u[i + j] = (uint64_t)s;
                c = (uint64_t)(s >> 64);
            }
            u[j + n] += c;
        }
        quotient[j] = q;
    }
    *remainder = U256_ZERO;
    for (unsigned i = 0; i < n; i++)
        remainder->limb[i] = u[i] >> shift | (shift ? u[i + 1] << (64 - shift) : 0);
}

void u256_divide(u256 *quotient, u256 *remainder, u256 a, u256 b)
{
    u256 q = U256_ZERO, r = U256_ZERO;
    if (u256_is_zero(b)) {
        /* both stay zero */
    } else if (u256_less(a, b)) {
        r = a;
    } else if (u256_fits_u64(a)) {
        q.limb[0] = a.limb[0] / b.limb[0];
        r.limb[0] = a.limb[0] % b.limb[0];
    } else {
        divide_limbs(q.limb, &r, a.limb, 4, b);
    }
    if (quotient)
        *quotient = q;
    if (remainder)
        *remainder = r;
}

u256 u256_reduce_wide(const uint64_t value[8], u256 m)
{
    uint64_t quotient[8];
    u256 r = U256_ZERO;
    if (!u256_is_zero(m))
        divide_limbs(quotient, &r, value, 8, m);
    return r;
}

static inline uint64_t swap_bytes(uint64_t x)
{
#if defined(__riscv) && !defined(__riscv_zbb)
    /* Without an instruction for it the compiler would call libgcc. */
    const uint64_t bytes_mask = 0x00ff00ff00ff00ff, pairs_mask = 0x0000ffff0000ffff;
    x = (x >> 8 & bytes_mask) | (x & bytes_mask) << 8;
    x = (x >> 16 & pairs_mask) | (x & pairs_mask) << 16;
    return x >> 32 | x << 32;
#else
    return __builtin_bswap64(x);
#endif
}

static inline uint64_t load_be64(const uint8_t *data)
{
    uint64_t x;
    memcpy(&x, data, 8);
    return swap_bytes(x);
}

u256 u256_from_be(const uint8_t *data, size_t size_bytes)
{
    u256 r = U256_ZERO;
    if (size_bytes == 32) {
        for (int i = 0; i < 4; i++)
            r.limb[i] = load_be64(data + 24 - 8 * i);
        return r;
    }
    int limb = 0;
    for (; size_bytes >= 8; size_bytes -= 8)
        r.limb[limb++] = load_be64(data + size_bytes - 8);
    for (size_t i = 0; i < size_bytes; i++)
        r.limb[limb] = r.limb[limb] << 8 | data[i];
    return r;
}

void u256_to_be(uint8_t out[32], u256 a)
{
    for (int i = 0; i < 4; i++) {
        uint64_t big_endian = swap_bytes(a.limb[3 - i]);
        memcpy(out + 8 * i, &big_endian, 8);
    }
}
