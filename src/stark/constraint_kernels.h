/* The inner loops of the prover's side of the constraints (protocol.md, section 6). constraint_kernel.inc is compiled
 * for each instruction set; constraint_kernels() gives the functions of the one that field/simd.h chose. All give the
 * same results. Columns over F are in groups of sixteen entries, five columns each (WEIGHT_GROUP_WORDS words). */
#ifndef ASHLAR_STARK_CONSTRAINT_KERNELS_H
#define ASHLAR_STARK_CONSTRAINT_KERNELS_H

#include "stark/fraction_kernels.h"

/* The first two rounds are made in the base field, of the values on a grid of both variables. A block of theirs has
 * four rows for each of SCHEDULE_BLOCK_ROWS entries. */
enum {
    GRID_ROUNDS = 2,
    GRID_ROWS = 1 << GRID_ROUNDS,
    GRID_NODES = 4, /* 0, 1, 2, −1 */
    GRID_POINTS = GRID_NODES * GRID_NODES,
    GRID_BLOCK_ROWS = GRID_ROWS * SCHEDULE_BLOCK_ROWS,
    GRID_BLOCK_GROUPS = SCHEDULE_BLOCK_ROWS / GROUP_ENTRIES, /* of weights */
    UNIT_GROUPS = 2, /* of each column that a unit of later rounds sums up: sixteen pairs */
};

typedef struct {
    const schedule *schedule;
    const fp *scalars;
    const fp5 *lambda_powers; /* by constraint of the chip */
    const fp5 *factors;       /* by column of the table: what the buses' claims take of it */
    uint32_t column_count;    /* of the table, all phases */
} constraint_table;

typedef struct {
    const constraint_table *table;
    const fp *const *columns; /* of the table, at the block's first row */
    const uint32_t *places;   /* of the schedule's columns among them */
    const fp **points;        /* scratch: one for each of the schedule's columns */
    fp *apart;                /* GRID_ROWS + 3 columns of SCHEDULE_BLOCK_ROWS for each of the schedule's columns */
    fp *registers;            /* register_count × SCHEDULE_BLOCK_ROWS */
} grid_block;

typedef struct {
    /* Adds the constraints' values at grid point x₁ + 4·x₂ to sums[that], in sixteen lanes, weighed: the first variable
     * to be bound is x₁. Points of zeros and ones are left out: there the constraints hold. */
    void (*grid)(const grid_block *b, fp *sums, const fp *weights);
    /* The buses' part of a block's rows to `out`, GRID_BLOCK_ROWS / 16 groups; weighed, rows 4t + i to sums[i]. */
    void (*bus_part)(const grid_block *b, fp *out, fp *sums, const fp *weights);
    /* entry t of `out` = Σ_i factors[i]·column[4t + i], for UNIT_GROUPS groups. */
    void (*bind_rows)(fp *out, const fp *column, const fp5 factors[GRID_ROWS]);
    /* The same where the column is over F: 4·UNIT_GROUPS groups. */
    void (*bind_grid)(fp *out, const fp *column, const fp5 factors[GRID_ROWS]);
    /* UNIT_GROUPS groups of twice as many. */
    void (*bind)(fp *out, const fp *column, fp5 challenge);
    /* Of UNIT_GROUPS groups: adds u(0), u(2), u(−1) to sums, in sixteen lanes each. `values` is scratch: one group for
     * each column of the schedule and each register. */
    void (*unit)(const constraint_table *t, const fp *const *columns, const fp *bus, fp *sums, const fp *weights,
                 fp *values);
} constraint_kernel_set;

const constraint_kernel_set *constraint_kernels(void);

extern const constraint_kernel_set constraint_kernel_set_avx512, constraint_kernel_set_avx2,
    constraint_kernel_set_portable;

#endif
