/* Where the cells of a committed matrix stand (protocol.md, section 4): a function of the tables' rows and
 * widths alone, the same struct for prover and verifier.
 *
 * A column of n rows is cut into pieces, each a power of two, from its first row on: as many of the greatest
 * size, a whole slot of 2^log2_slot cells, as fit, then the binary digits of the rest, falling. All pieces of
 * a matrix stand one after another by falling size; within a size by table, then by place in the column, then
 * by column. So every piece of 2^a cells starts at a multiple of 2^a. The cells are cut into slots; those
 * after the last piece are zero. Freestanding. */
#ifndef ASHLAR_STARK_LAYOUT_H
#define ASHLAR_STARK_LAYOUT_H

#include "base/status.h"
#include "field/fp5.h"

enum {
    LAYOUT_LOG2_ROWS_MAX = 23,
    LAYOUT_LOG2_GRAIN_PARTS = 6, /* a table of n rows has at most 2^6 grains */
    LAYOUT_MAX_TABLES = 64,
    LAYOUT_MAX_RUNS = LAYOUT_MAX_TABLES * LAYOUT_LOG2_GRAIN_PARTS, /* digits of a number below 2^6 */
    LAYOUT_LOG2_SLOT_MAX = 22,
};

/* The columns of one chip in one matrix. */
typedef struct {
    uint32_t rows;        /* 0: the chip is absent */
    uint32_t columns;
    uint32_t first_value; /* number of the first column's value among all values of a proof: its power of θ */
} layout_table;

/* All pieces of one size of one table. The piece of place first_place + i and column c has the rows from
 * (first_place + i)·2^log2_size on, and the cells from (first_block + i·columns + c)·2^log2_size on. */
typedef struct {
    uint32_t table; /* in the layout's own list */
    unsigned log2_size;
    uint32_t first_place, places;
    uint32_t first_block;
} layout_run;

typedef struct {
    unsigned log2_slot;
    uint32_t slots;      /* 0 for a matrix without cells */
    uint64_t cells;      /* of all pieces; the last slot may have more */
    uint32_t table_count;
    layout_table tables[LAYOUT_MAX_TABLES];
    uint32_t run_count;  /* in the order of their cells, without gaps */
    layout_run runs[LAYOUT_MAX_RUNS];
} layout;

/* The number of bits of a point for n rows: ⌈log2 n⌉, and 0 for n ≤ 1. */
unsigned layout_log2_rows(uint32_t rows);

/* 2^max(0, ⌈log2 n⌉ − 6): what the rows of a table must be a multiple of. */
uint32_t layout_grain(uint32_t rows);

/* `rows`, hostile or not, as a table may have them: at most 2^23, a multiple of their grain. */
bool layout_rows_are_allowed(uint32_t rows);

/* At most LAYOUT_MAX_TABLES tables, log2_slot at most LAYOUT_LOG2_SLOT_MAX. PROOF_SHAPE: rows that are not
 * allowed; more than 2^31 cells. */
status layout_make(layout *l, unsigned log2_slot, const layout_table *tables, uint32_t table_count);

/* What turns claims on columns into one claim on cells (section 7): with v_c = Σ_x column_c(x)·eq(r, x),
 *     Σ_c θ^c·v_c = Σ_s X(s)·W(s),   and this is Ŵ at `point`,
 * c being the number of a column's value. `powers` are θ^0 … as far as the numbers go; r has log2_rows coordinates, as
 * many as the tallest table needs or more; `point` has point_length: those of the slot, then log2_slot of the cell in
 * it. The matrix's first slot is number first_slot of those that the point tells apart. The columns of a run are one range of
 * blocks, which costs some four multiplications for each power of two that it is cut into. */
fp5 layout_weight(const layout *l, const fp5 *powers, const fp5 *r, unsigned log2_rows, const fp5 *point,
                  unsigned point_length, uint32_t first_slot);

#endif
