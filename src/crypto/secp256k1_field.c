#include "crypto/secp256k1_field.h"

void secp256k1_field_carry(field *r)
{
    for (;;) {
        if (++r->limb[1] != 0 || ++r->limb[2] != 0 || ++r->limb[3] != 0)
            return;
        /* Past 2^256 again, so what is left is small. */
        r->limb[0] += FIELD_FOLD;
        if (r->limb[0] >= FIELD_FOLD)
            return;
    }
}

void secp256k1_field_borrow(field *r)
{
    for (;;) {
        if (r->limb[1]-- != 0 || r->limb[2]-- != 0 || r->limb[3]-- != 0)
            return;
        uint64_t before = r->limb[0];
        r->limb[0] -= FIELD_FOLD;
        if (before >= FIELD_FOLD)
            return;
    }
}

void secp256k1_field_square_times(field *r, const field *a, unsigned times)
{
    field t = *a;
    for (unsigned i = 0; i < times; i++)
        field_square(&t, &t);
    *r = t;
}

void secp256k1_field_multiply(field *r, const field *a, const field *b)
{
    field_mul(r, a, b);
}

/* r = a^(2^times)·b */
static void shift_multiply(field *r, const field *a, unsigned times, const field *b)
{
    field t;
    secp256k1_field_square_times(&t, a, times);
    secp256k1_field_multiply(r, &t, b);
}

/* a^((p + 1)/4), since p = 3 mod 4. The exponent in binary: 223 ones, a zero,
 * 22 ones, four zeros, two ones, two zeros; xk below is a to the power of k ones. */
bool secp256k1_field_square_root(field *r, const field *a)
{
    field x2, x3, x6, x9, x11, x22, x44, x88, x176, x220, x223, t;
    shift_multiply(&x2, a, 1, a);
    shift_multiply(&x3, &x2, 1, a);
    shift_multiply(&x6, &x3, 3, &x3);
    shift_multiply(&x9, &x6, 3, &x3);
    shift_multiply(&x11, &x9, 2, &x2);
    shift_multiply(&x22, &x11, 11, &x11);
    shift_multiply(&x44, &x22, 22, &x22);
    shift_multiply(&x88, &x44, 44, &x44);
    shift_multiply(&x176, &x88, 88, &x88);
    shift_multiply(&x220, &x176, 44, &x44);
    shift_multiply(&x223, &x220, 3, &x3);
    shift_multiply(&t, &x223, 23, &x22);
    shift_multiply(&t, &t, 6, &x2);
    secp256k1_field_square_times(r, &t, 2);
    secp256k1_field_square_times(&t, r, 1);
    field_sub(&t, &t, a);
    return field_is_zero(&t);
}

void secp256k1_field_curve(field *r, const field *x)
{
    const field seven = {{7, 0, 0, 0}};
    field t;
    secp256k1_field_square_times(&t, x, 1);
    secp256k1_field_multiply(&t, &t, x);
    field_add(r, &t, &seven);
}
