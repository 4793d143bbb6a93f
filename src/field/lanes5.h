/* The extension of degree 5 over lanes: five vectors, one for each coefficient. For kernels; see lanes.h. */
#ifndef ASHLAR_FIELD_LANES5_H
#define ASHLAR_FIELD_LANES5_H

#include "field/fp5.h"
#include "field/lanes.h"

typedef struct {
    lanes c[FP5_DEGREE];
} lanes5;

static inline lanes5 lanes5_zero(void)
{
    lanes zero = lanes_zero();
    return (lanes5){{zero, zero, zero, zero, zero}};
}

static inline lanes5 lanes5_broadcast(fp5 a)
{
    lanes5 r;
    for (int i = 0; i < FP5_DEGREE; i++)
        r.c[i] = lanes_broadcast(a.c[i]);
    return r;
}

static inline lanes5 lanes5_from_lanes(lanes a)
{
    lanes5 r = lanes5_zero();
    r.c[0] = a;
    return r;
}

/* From and to five columns, `stride` elements apart. */
static inline lanes5 lanes5_load_columns(const fp *p, size_t stride)
{
    lanes5 r;
    for (size_t i = 0; i < FP5_DEGREE; i++)
        r.c[i] = lanes_load(p + i * stride);
    return r;
}

static inline void lanes5_store_columns(fp *p, size_t stride, lanes5 a)
{
    for (size_t i = 0; i < FP5_DEGREE; i++)
        lanes_store(p + i * stride, a.c[i]);
}

/* From and to an array of LANES_WIDTH fp5. */
static inline lanes5 lanes5_load(const fp5 *p)
{
    lanes5 r;
    for (int i = 0; i < FP5_DEGREE; i++)
        r.c[i] = lanes_gather(&p->c[i], FP5_DEGREE);
    return r;
}

static inline void lanes5_store(fp5 *p, lanes5 a)
{
    fp part[FP5_DEGREE][LANES_WIDTH];
    for (int i = 0; i < FP5_DEGREE; i++)
        lanes_store(part[i], a.c[i]);
    for (int lane = 0; lane < LANES_WIDTH; lane++)
        for (int i = 0; i < FP5_DEGREE; i++)
            p[lane].c[i] = part[i][lane];
}

static inline lanes5 lanes5_add(lanes5 a, lanes5 b)
{
    for (int i = 0; i < FP5_DEGREE; i++)
        a.c[i] = lanes_add(a.c[i], b.c[i]);
    return a;
}

static inline lanes5 lanes5_sub(lanes5 a, lanes5 b)
{
    for (int i = 0; i < FP5_DEGREE; i++)
        a.c[i] = lanes_sub(a.c[i], b.c[i]);
    return a;
}

static inline lanes5 lanes5_neg(lanes5 a)
{
    return lanes5_sub(lanes5_zero(), a);
}

static inline lanes5 lanes5_add_lanes(lanes5 a, lanes b)
{
    a.c[0] = lanes_add(a.c[0], b);
    return a;
}

static inline lanes5 lanes5_sub_lanes(lanes5 a, lanes b)
{
    a.c[0] = lanes_sub(a.c[0], b);
    return a;
}

static inline lanes5 lanes5_mul_lanes(lanes5 a, lanes b)
{
    for (int i = 0; i < FP5_DEGREE; i++)
        a.c[i] = lanes_mul(a.c[i], b);
    return a;
}

static inline __attribute__((always_inline)) lanes lanes5_sum_of_five(const lanes a[5], lanes b0, lanes b1, lanes b2, lanes b3, lanes b4)
{
    lanes_wide w = lanes_wide_mul(a[0], b0);
    w = lanes_wide_add_mul(w, a[1], b1);
    w = lanes_wide_add_mul(w, a[2], b2);
    w = lanes_wide_add_mul(w, a[3], b3);
    w = lanes_wide_fold(w);
    w = lanes_wide_add_mul(w, a[4], b4);
    return lanes_wide_reduce(w);
}

/* The products with x^5 … x^8 are folded into b beforehand: x^5 = 1 − x^2. */
static inline __attribute__((always_inline)) lanes5 lanes5_mul(lanes5 a, lanes5 b)
{
    const lanes *y = b.c;
    lanes y14 = lanes_sub(y[1], y[4]);
    lanes y03 = lanes_sub(y[0], y[3]);
    lanes y42 = lanes_sub(y[4], y[2]);
    lanes y314 = lanes_sub(y[3], y14);
    return (lanes5){{
        lanes5_sum_of_five(a.c, y[0], y[4], y[3], y[2], y14),
        lanes5_sum_of_five(a.c, y[1], y[0], y[4], y[3], y[2]),
        lanes5_sum_of_five(a.c, y[2], y14, y03, y42, y314),
        lanes5_sum_of_five(a.c, y[3], y[2], y14, y03, y42),
        lanes5_sum_of_five(a.c, y[4], y[3], y[2], y14, y03),
    }};
}

static inline lanes5 lanes5_square(lanes5 a)
{
    return lanes5_mul(a, a);
}

/* a^p for powers[0], a^(p^2) for powers[1] of fp5_frobenius_powers. */
static inline lanes5 lanes5_frobenius(lanes5 a, const fp5 powers[4])
{
    lanes5 r;
    for (int j = 0; j < FP5_DEGREE; j++) {
        lanes_wide w = lanes_wide_mul(a.c[1], lanes_broadcast(powers[0].c[j]));
        for (int i = 1; i < 4; i++)
            w = lanes_wide_add_mul(w, a.c[i + 1], lanes_broadcast(powers[i].c[j]));
        r.c[j] = lanes_wide_reduce(w);
    }
    r.c[0] = lanes_add(r.c[0], a.c[0]);
    return r;
}

/* b and c with 1/a = b/c. */
static inline lanes5 lanes5_inverse_parts(lanes *norm, lanes5 a)
{
    lanes5 b = lanes5_frobenius(a, fp5_frobenius_powers[0]);
    b = lanes5_mul(b, lanes5_frobenius(b, fp5_frobenius_powers[0]));
    b = lanes5_mul(b, lanes5_frobenius(b, fp5_frobenius_powers[1]));
    *norm = lanes5_sum_of_five(a.c, b.c[0], b.c[4], b.c[3], b.c[2], lanes_sub(b.c[1], b.c[4]));
    return b;
}

/* 1/a; 0 for 0. */
static inline lanes5 lanes5_inverse(lanes5 a)
{
    lanes norm;
    lanes5 b = lanes5_inverse_parts(&norm, a);
    return lanes5_mul_lanes(b, lanes_inverse(norm));
}

#define LANES5_BATCH_MAX 32

/* 1/a for each of at most LANES5_BATCH_MAX vectors, in place, at three multiplications each; 0 for 0. */
static inline void lanes5_inverse_batch(lanes5 *a, int count)
{
    lanes5 prefix[LANES5_BATCH_MAX];
    if (count == 0)
        return;
    lanes5 product = a[0];
    for (int i = 1; i < count; i++) {
        prefix[i] = product;
        product = lanes5_mul(product, a[i]);
    }
    lanes norm;
    lanes5 inverse = lanes5_inverse_parts(&norm, product);
    if (lanes_any_zero(norm)) {
        for (int i = 0; i < count; i++)
            a[i] = lanes5_inverse(a[i]);
        return;
    }
    inverse = lanes5_mul_lanes(inverse, lanes_inverse(norm));
    for (int i = count - 1; i > 0; i--) {
        lanes5 x = a[i];
        a[i] = lanes5_mul(inverse, prefix[i]);
        inverse = lanes5_mul(inverse, x);
    }
    a[0] = inverse;
}

#endif
