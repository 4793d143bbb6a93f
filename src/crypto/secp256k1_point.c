#include "crypto/secp256k1_point.h"

#include "base/memory.h"
#include "crypto/modular_inverse.h"
#include "crypto/secp256k1_field.h"

static const u256 field_prime = {{0xfffffffefffffc2f, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
static const u256 balance = {
    {0x8080808080808080, 0x8080808080808080, 0x8080808080808080, 0x8080808080808080}};

u256 secp256k1_balance(u256 x)
{
    field_add(&x, &x, &balance);
    field_normalize(&x);
    return x;
}

u256 secp256k1_unbalance(u256 balanced)
{
    field_sub(&balanced, &balanced, &balance);
    field_normalize(&balanced);
    return balanced;
}

/* a/b; false for b = 0. */
static bool divide(field *r, const field *a, field b)
{
    field_normalize(&b);
    if (u256_is_zero(b))
        return false;
    field inverse = modular_inverse(b, &field_prime);
    field_mul(r, a, &inverse);
    return true;
}

/* slope² − a − b */
static field third_x(const field *slope, const field *a, const field *b)
{
    field x;
    field_square(&x, slope);
    field_sub(&x, &x, a);
    field_sub(&x, &x, b);
    return x;
}

bool secp256k1_add(secp256k1_sum *out, const secp256k1_point *a, const secp256k1_point *t, unsigned flags)
{
    if (!u256_less(a->x, field_prime) || !u256_less(t->x, field_prime))
        return false;
    field x1 = secp256k1_unbalance(a->x), x2 = secp256k1_unbalance(t->x), dx, dy, slope;
    field y2 = t->y;
    if (flags & SECP256K1_NEGATE)
        field_negate(&y2, &y2);
    field_sub(&dy, &y2, &a->y);
    field_sub(&dx, &x2, &x1);
    if (!divide(&slope, &dy, dx))
        return false;
    field middle = third_x(&slope, &x1, &x2), last = slope, x = middle, y;
    if (flags & SECP256K1_TWICE) {
        /* slope + last = −2·y1 / (middle − x1) */
        field_add(&dy, &a->y, &a->y);
        field_sub(&dx, &x1, &middle);
        if (!divide(&last, &dy, dx))
            return false;
        field_sub(&last, &last, &slope);
        x = third_x(&last, &x1, &middle);
    }
    field_sub(&y, &x1, &x);
    field_mul(&y, &y, &last);
    field_sub(&y, &y, &a->y);
    field_normalize(&y);
    field_normalize(&x);
    *out = (secp256k1_sum){
        .slope = secp256k1_balance(slope),
        .middle_x = secp256k1_balance(middle),
        .last_slope = secp256k1_balance(last),
        .sum = {secp256k1_balance(x), y},
    };
    return true;
}

bool secp256k1_add_list(uint64_t result[SECP256K1_POINT_WORDS], const uint64_t *list,
                        const uint64_t start[SECP256K1_POINT_WORDS], const uint64_t *base, size_t n)
{
    secp256k1_point t;
    secp256k1_sum step;
    memcpy(&step.sum, start, sizeof step.sum);
    for (size_t i = 0; i < n; i++) {
        uint64_t word = list[i];
        if (word >> 18 != 0)
            return false;
        memcpy(&t, base + SECP256K1_POINT_WORDS * (word & 0xFFFF), sizeof t);
        secp256k1_point acc = step.sum;
        if (!secp256k1_add(&step, &acc, &t, (unsigned)(word >> 16)))
            return false;
    }
    memcpy(result, &step.sum, sizeof step.sum);
    return true;
}
