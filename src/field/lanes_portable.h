/* lanes.h in plain C: one element at a time. Freestanding. */
#ifndef ASHLAR_FIELD_LANES_PORTABLE_H
#define ASHLAR_FIELD_LANES_PORTABLE_H

#include "field/fp.h"

#define LANES_WIDTH 1

/* Structures, so that a kernel that mixes up lanes and elements does not compile here either. */
typedef struct {
    fp x;
} lanes;

typedef struct {
    uint64_t x;
} lanes_wide;

static inline lanes lanes_load(const fp *p)
{
    return (lanes){*p};
}

static inline void lanes_store(fp *p, lanes a)
{
    *p = a.x;
}

static inline lanes lanes_broadcast(fp a)
{
    return (lanes){a};
}

static inline lanes lanes_zero(void)
{
    return (lanes){0};
}

static inline lanes lanes_gather(const fp *p, size_t stride)
{
    (void)stride;
    return (lanes){*p};
}

static inline lanes lanes_add(lanes a, lanes b)
{
    return (lanes){fp_add(a.x, b.x)};
}

static inline lanes lanes_sub(lanes a, lanes b)
{
    return (lanes){fp_sub(a.x, b.x)};
}

static inline lanes lanes_mul(lanes a, lanes b)
{
    return (lanes){fp_mul(a.x, b.x)};
}

static inline lanes_wide lanes_wide_zero(void)
{
    return (lanes_wide){0};
}

static inline lanes_wide lanes_wide_mul(lanes a, lanes b)
{
    return (lanes_wide){(uint64_t)a.x * b.x};
}

static inline lanes_wide lanes_wide_add_mul(lanes_wide w, lanes a, lanes b)
{
    return (lanes_wide){w.x + (uint64_t)a.x * b.x};
}

static inline lanes_wide lanes_wide_fold(lanes_wide w)
{
    return (lanes_wide){fp_fold(w.x)};
}

/* For sums below p·2^32, that is, of two products. */
static inline lanes lanes_wide_reduce_two(lanes_wide w)
{
    return (lanes){fp_reduce(w.x)};
}

static inline lanes lanes_wide_reduce(lanes_wide w)
{
    return (lanes){fp_reduce(fp_fold(w.x))};
}

/* a − b + p, below 2p: only to be a factor of lanes_mul. */
static inline lanes lanes_sub_loose(lanes a, lanes b)
{
    return (lanes){a.x - b.x + FP_MODULUS};
}

/* Rows to columns. */
static inline void lanes_transpose(lanes a[LANES_WIDTH])
{
    (void)a;
}

/* Elements at even places of a ‖ b, and those at odd places. */
static inline void lanes_deinterleave(lanes *even, lanes *odd, lanes a, lanes b)
{
    *even = a;
    *odd = b;
}

#endif
