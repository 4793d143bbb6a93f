/* The inner loops of the prover's side of the buses (protocol.md, section 5). fraction_kernel.inc is compiled for each
 * instruction set; fraction_kernels() gives the functions of the one that field/simd.h chose. All give the same results.
 *
 * Arrays are in groups of sixteen entries in their natural order, each group one column after another: a group of
 * fractions is p, q (ten columns), one of quads is p⁰ + λ·q⁰, p¹, q⁰, q¹ (twenty), one of weights five. What lies beyond
 * an array's groups is the constant of virtual rows. */
#ifndef ASHLAR_STARK_FRACTION_KERNELS_H
#define ASHLAR_STARK_FRACTION_KERNELS_H

#include "field/fp5.h"
#include "stark/schedule.h"

enum {
    GROUP_ENTRIES = 16,
    FRACTION_GROUP_WORDS = 2 * FP5_DEGREE * GROUP_ENTRIES,
    QUAD_GROUP_WORDS = 4 * FP5_DEGREE * GROUP_ENTRIES,
    WEIGHT_GROUP_WORDS = FP5_DEGREE * GROUP_ENTRIES,
    LEAF_GROUPS = SCHEDULE_BLOCK_ROWS / GROUP_ENTRIES, /* of a block */
};

typedef struct {
    const fp *groups;
    size_t count;
    fp5 constant; /* a virtual row's denominator; its numerator is 0 */
} fraction_array;

/* What all blocks of a table's leaves have in common. */
typedef struct {
    const schedule *schedule;
    const fp *scalars;
    const fp5 *const *alpha_powers; /* by interaction: α^0 … of its group */
    const fp5 *bases;               /* by interaction: γ + tag + the scalar part of the message */
} leaf_table;

/* One block of SCHEDULE_BLOCK_ROWS rows. */
typedef struct {
    const leaf_table *table;
    const fp *const *columns; /* of the schedule, at the block's first row */
    fp *registers;            /* register_count × SCHEDULE_BLOCK_ROWS */
} leaf_block;

/* u_0 and u_2 of a round, not yet times the weights of the slot and of the higher variables. */
typedef struct {
    fp5 u0, u2;
} round_sums;

typedef struct {
    /* Groups first … of the layer above: each has half as many. */
    void (*combine)(fp *out, const fraction_array *in, size_t first, size_t count);
    /* u_2 of a layer's first round: weights of `count` groups from weights on, for pairs in groups first …. */
    fp5 (*first_round)(const fraction_array *in, const fp *weights, size_t first, size_t count, fp5 lambda);
    /* Binds the first variable: writes quads' groups 2·first …, two for each of weights; and the sums of the next round.
     * Without weights nothing is summed up. */
    round_sums (*second_round)(fp *out, const fraction_array *in, const fp *weights, size_t first, size_t count,
                               fp5 lambda, fp5 challenge);
    /* The same from quads to quads. */
    round_sums (*next_round)(fp *out, const fp *in, size_t in_groups, fp5 constant, const fp *weights, size_t first,
                             size_t count, fp5 lambda, fp5 challenge);
    /* The same three over leaves, for all interactions of a block: out[i] is where the block's groups of interaction i
     * stand; sums have for each two fp5 in sixteen lanes (WEIGHT_GROUP_WORDS words), u_0 and u_2, and are added to. */
    void (*leaf_combine)(const leaf_block *b, fp *const *out);
    void (*leaf_first_round)(const leaf_block *b, fp *sums, const fp *weights, fp5 lambda);
    void (*leaf_second_round)(const leaf_block *b, fp *const *out, fp *sums, const fp *weights, fp5 lambda,
                              fp5 challenge);
} fraction_kernel_set;

const fraction_kernel_set *fraction_kernels(void);

extern const fraction_kernel_set fraction_kernel_set_avx512, fraction_kernel_set_avx2, fraction_kernel_set_portable;

#endif
