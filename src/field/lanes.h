/* A vector of LANES_WIDTH base elements (16, 8 or 1), so that a hot loop is written once and compiled three
 * times.
 *
 * How to write a kernel:
 *
 *     sum_kernel.inc      #include "field/lanes.h"
 *                         void LANES_NAME(sum)(fp *out, const fp *a, const fp *b, size_t count)
 *                         {
 *                             for (size_t i = 0; i < count; i += LANES_WIDTH)
 *                                 lanes_store(out + i, lanes_add(lanes_load(a + i), lanes_load(b + i)));
 *                         }
 *     sum_avx512.c        #include "stark/sum_kernel.inc"         defines sum_avx512
 *     sum_avx2.c          #include "stark/sum_kernel.inc"         defines sum_avx2
 *     sum_portable.c      #define LANES_PORTABLE
 *                         #include "stark/sum_kernel.inc"         defines sum_portable
 *     sum_host.c          the dispatcher: sum() calls one of them by simd_get() (field/simd.h)
 *
 * The results are equal bit for bit, because every value is canonical. Arrays need no alignment, though 64
 * bytes are best; `count` must be a multiple of the largest width, LANES_WIDTH_MAX. Freestanding builds link
 * the _portable file alone.
 *
 *     lanes_load(p), lanes_store(p, v), lanes_broadcast(x), lanes_zero()
 *     lanes_gather(p, stride)                p[0], p[stride], p[2·stride], …
 *     lanes_add, lanes_sub, lanes_mul (a, b); lanes_neg, lanes_double, lanes_square, lanes_inverse (a)
 *     lanes_sub_loose(a, b)                  a − b + p, below 2p: only to be a factor of lanes_mul
 *     lanes_transpose(a[LANES_WIDTH])        rows to columns
 *     lanes_deinterleave(&e, &o, a, b)       a ‖ b at even places and at odd ones
 *
 * Sums of products: a `lanes_wide` is a 64-bit sum for each lane. FOUR products of elements fit. After
 * lanes_wide_fold TWO more fit, and then it must be folded again; lanes_wide_reduce takes any sum within these rules.
 *
 *     lanes_wide_zero(), lanes_wide_mul(a, b), lanes_wide_add_mul(w, a, b)
 *     lanes_wide_fold(w)
 *     lanes_wide_reduce(w) → lanes
 *     lanes_wide_reduce_two(w) → lanes        faster, for a sum of at most two products
 *
 * lanes5.h has the extension on top. */
#ifndef ASHLAR_FIELD_LANES_H
#define ASHLAR_FIELD_LANES_H

#include "field/fp.h"

#define LANES_WIDTH_MAX 16

#if defined(LANES_PORTABLE)
#include "field/lanes_portable.h"
#define LANES_NAME(name) name##_portable
#elif defined(__AVX512F__)
#include "field/lanes_avx512.h"
#define LANES_NAME(name) name##_avx512
#elif defined(__AVX2__)
#include "field/lanes_avx2.h"
#define LANES_NAME(name) name##_avx2
#else
#error "a portable kernel says so: define LANES_PORTABLE before including field/lanes.h"
#endif

static inline lanes lanes_double(lanes a)
{
    return lanes_add(a, a);
}

static inline lanes lanes_square(lanes a)
{
    return lanes_mul(a, a);
}

static inline lanes lanes_neg(lanes a)
{
    return lanes_sub(lanes_zero(), a);
}

/* 1/a; 0 for 0. */
static inline lanes lanes_inverse(lanes a)
{
    /* p − 2 is 111111 0 and four times 111111 in binary. */
    lanes a3 = lanes_mul(lanes_square(lanes_mul(lanes_square(a), a)), a);
    lanes a6 = a3;
    for (int i = 0; i < 3; i++)
        a6 = lanes_square(a6);
    a6 = lanes_mul(a6, a3);
    lanes r = lanes_square(a6);
    for (int k = 0; k < 4; k++) {
        for (int i = 0; i < 6; i++)
            r = lanes_square(r);
        r = lanes_mul(r, a6);
    }
    return r;
}

/* Whether any lane is zero. */
static inline bool lanes_any_zero(lanes a)
{
    fp part[LANES_WIDTH];
    lanes_store(part, a);
    bool any = false;
    for (int i = 0; i < LANES_WIDTH; i++)
        any |= part[i] == 0;
    return any;
}

#endif
