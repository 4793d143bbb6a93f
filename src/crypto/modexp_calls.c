/* Powers modulo numbers of up to 256 bits as lists of the machine's products. */
#include "abi/calls.h"
#include "base/memory.h"
#include "base/u256.h"
#include "crypto/modexp.h"

enum { WINDOW_BITS = 4, WINDOW_VALUES = 1 << WINDOW_BITS };

/* From this length on the table of a window saves more than it costs. */
enum { WINDOW_FROM_BITS = 64 };

/* Blocks of the list; TABLE has the powers 0, 1, … of the base. */
enum { ZERO, ONE, MOST, SHIFT, CHUNK, POWER, TABLE, BLOCKS = TABLE + WINDOW_VALUES };
enum { BASE = TABLE + 1, LIST_ITEMS = 256 };

typedef struct {
    u256 block[BLOCKS];
    const u256 *modulus;
    uint64_t list[LIST_ITEMS];
    size_t items;
} products;

static void run(products *p)
{
    if (p->items != 0)
        call_muladd(p->block[0].limb, p->list, p->modulus->limb, p->items);
    p->items = 0;
}

static inline void append(products *p, unsigned a, unsigned b, unsigned c, unsigned r)
{
    if (p->items == LIST_ITEMS)
        run(p);
    p->list[p->items++] = call_muladd_item((uint16_t)a, (uint16_t)b, (uint16_t)c, (uint16_t)r);
}

/* 32 bytes at a time, from the highest on. */
static void reduce_base(products *p, bytes base)
{
    append(p, ONE, MOST, ONE, SHIFT); /* 2^256 */
    append(p, ONE, ZERO, ZERO, BASE);
    while (base.size != 0) {
        size_t taken = base.size % 32 != 0 ? base.size % 32 : 32;
        run(p);
        p->block[CHUNK] = u256_from_be(base.data, taken);
        append(p, BASE, SHIFT, CHUNK, BASE);
        base.data += taken;
        base.size -= taken;
    }
}

static unsigned digit_at(bytes number, size_t digit, unsigned width)
{
    size_t bit = digit * width;
    return number.data[number.size - 1 - bit / 8] >> bit % 8 & ((1u << width) - 1);
}

bool modexp_by_lists(uint8_t *result, bytes base, bytes exponent, bytes modulus)
{
    while (modulus.size != 0 && modulus.data[0] == 0) {
        *result++ = 0;
        modulus.data++;
        modulus.size--;
    }
    while (exponent.size != 0 && exponent.data[0] == 0) {
        exponent.data++;
        exponent.size--;
    }
    if (modulus.size > 32)
        return false;
    if (modulus.size == 0)
        return true;
    const u256 one = u256_from_u64(1), m = u256_from_be(modulus.data, modulus.size);
    if (u256_equal(m, one)) {
        memset(result, 0, modulus.size);
        return true;
    }
    products p;
    p.block[ZERO] = U256_ZERO;
    p.block[ONE] = p.block[POWER] = p.block[TABLE] = one;
    p.block[MOST] = u256_sub(U256_ZERO, one);
    p.modulus = &m;
    p.items = 0;
    reduce_base(&p, base);

    unsigned width = 8 * exponent.size > WINDOW_FROM_BITS ? WINDOW_BITS : 1;
    for (unsigned i = 2; i < 1u << width; i++)
        append(&p, TABLE + i - 1, BASE, ZERO, TABLE + i);
    bool started = false;
    for (size_t i = exponent.size * 8 / width; i-- != 0;) {
        unsigned digit = digit_at(exponent, i, width);
        if (started)
            for (unsigned k = 0; k < width; k++)
                append(&p, POWER, POWER, ZERO, POWER);
        if (digit == 0)
            continue;
        append(&p, started ? POWER : ONE, TABLE + digit, ZERO, POWER);
        started = true;
    }
    run(&p);
    uint8_t be[32];
    u256_to_be(be, p.block[POWER]);
    memcpy(result, be + 32 - modulus.size, modulus.size);
    return true;
}
