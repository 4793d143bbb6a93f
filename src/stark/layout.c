#include "stark/layout.h"

#include "base/check.h"
#include "base/memory.h"
#include "stark/multilinear.h"

unsigned layout_log2_rows(uint32_t rows)
{
    unsigned k = 0;
    while (k < 32 && (uint64_t)1 << k < rows)
        k++;
    return k;
}

uint32_t layout_grain(uint32_t rows)
{
    unsigned k = layout_log2_rows(rows);
    return k <= LAYOUT_LOG2_GRAIN_PARTS ? 1 : (uint32_t)1 << (k - LAYOUT_LOG2_GRAIN_PARTS);
}

bool layout_rows_are_allowed(uint32_t rows)
{
    return rows <= (uint32_t)1 << LAYOUT_LOG2_ROWS_MAX && rows % layout_grain(rows) == 0;
}

/* How many pieces of 2^log2_size rows a column of n has, and how many of that size fit before them. */
static uint32_t places_of(uint32_t rows, unsigned log2_size, unsigned log2_slot, uint32_t *first_place)
{
    if (log2_size == log2_slot) {
        *first_place = 0;
        return rows >> log2_size;
    }
    *first_place = rows >> (log2_size + 1) << 1;
    return rows >> log2_size & 1;
}

status layout_make(layout *l, unsigned log2_slot, const layout_table *tables, uint32_t table_count)
{
    CHECK(log2_slot <= LAYOUT_LOG2_SLOT_MAX && table_count <= LAYOUT_MAX_TABLES);
    l->log2_slot = log2_slot;
    l->slots = l->table_count = l->run_count = 0;
    l->cells = 0;
    for (uint32_t i = 0; i < table_count; i++) {
        if (!layout_rows_are_allowed(tables[i].rows) || tables[i].columns >= 1 << 16)
            return PROOF_SHAPE;
        l->tables[i] = tables[i];
    }
    l->table_count = table_count;
    for (unsigned log2_size = log2_slot + 1; log2_size-- > 0;)
        for (uint32_t i = 0; i < table_count; i++) {
            layout_run run = {.table = i, .log2_size = log2_size};
            run.places = places_of(tables[i].rows, log2_size, log2_slot, &run.first_place);
            if (run.places == 0 || tables[i].columns == 0)
                continue;
            run.first_block = (uint32_t)(l->cells >> log2_size);
            l->cells += (uint64_t)run.places * tables[i].columns << log2_size;
            if (l->cells > (uint64_t)1 << 31)
                return PROOF_SHAPE;
            CHECK(l->run_count < LAYOUT_MAX_RUNS);
            l->runs[l->run_count++] = run;
        }
    uint64_t slot_cells = (uint64_t)1 << log2_slot;
    l->slots = (uint32_t)((l->cells + slot_cells - 1) >> log2_slot);
    return OK;
}

/* eq(point, g) for g one after another: level d has the products over the first d coordinates with the next
 * one's factor for 0 and for 1, so that a step costs one multiplication on average. */
typedef struct {
    const fp5 *point;
    unsigned length;
    uint64_t index;
    fp5 level[32][2];
} eq_walk;

static void walk_levels(eq_walk *w, unsigned first)
{
    for (unsigned d = first; d < w->length; d++) {
        fp5 whole = d == 0 ? FP5_ONE : w->level[d - 1][w->index >> (w->length - d) & 1];
        w->level[d][1] = fp5_mul(whole, w->point[d]);
        w->level[d][0] = fp5_sub(whole, w->level[d][1]);
    }
}

static void walk_start(eq_walk *w, const fp5 *point, unsigned length, uint64_t index)
{
    CHECK(length < 32);
    w->point = point;
    w->length = length;
    w->index = index;
    walk_levels(w, 0);
}

static fp5 walk_value(const eq_walk *w)
{
    return w->length == 0 ? FP5_ONE : w->level[w->length - 1][w->index & 1];
}

static void walk_step(eq_walk *w)
{
    uint64_t changed = w->index ^ (w->index + 1); /* its lowest bits */
    w->index++;
    unsigned bits = 0;
    while (changed >> bits != 0)
        bits++;
    if (bits > 1 && w->index >> w->length == 0)
        walk_levels(w, w->length - bits + 1);
}

/* eq(r_high, b) for b = first … first + count − 1, times Σ_c θ^c·eq(point_high, g), over the blocks of a
 * run. */
static fp5 run_weight(const layout_table *t, const layout_run *run, eq_walk *blocks, const fp5 *powers, const fp5 *r,
                      unsigned high)
{
    fp5 sum = FP5_ZERO;
    eq_walk places;
    walk_start(&places, r, high, run->first_place);
    for (uint32_t i = 0; i < run->places; i++) {
        fp5 columns = FP5_ZERO;
        for (uint32_t c = 0; c < t->columns; c++) {
            columns = fp5_add(columns, fp5_mul(powers[t->first_value + c], walk_value(blocks)));
            walk_step(blocks);
        }
        sum = fp5_add(sum, fp5_mul(columns, walk_value(&places)));
        walk_step(&places);
    }
    return sum;
}

fp5 layout_weight(const layout *l, const fp5 *powers, const fp5 *r, unsigned log2_rows, const fp5 *point,
                  unsigned point_length, uint32_t first_slot)
{
    CHECK(point_length >= l->log2_slot);
    CHECK((uint64_t)first_slot + l->slots <= (uint64_t)1 << (point_length - l->log2_slot));
    /* low[a]: eq of the last a coordinates of r and of the point. */
    fp5 low[LAYOUT_LOG2_SLOT_MAX + 1] = {FP5_ONE}, total = FP5_ZERO;
    for (unsigned a = 1; a <= l->log2_slot && a <= log2_rows; a++)
        low[a] = fp5_mul(low[a - 1], multilinear_eq_one(r[log2_rows - a], point[point_length - a]));
    eq_walk blocks;
    for (uint32_t i = 0; i < l->run_count; i++) {
        const layout_run *run = &l->runs[i];
        unsigned a = run->log2_size;
        const layout_table *t = &l->tables[run->table];
        CHECK(layout_log2_rows(t->rows) <= log2_rows);
        if (i == 0 || l->runs[i - 1].log2_size != a)
            walk_start(&blocks, point, point_length - a,
                       ((uint64_t)first_slot << (l->log2_slot - a)) + run->first_block);
        total = fp5_add(total, fp5_mul(low[a], run_weight(t, run, &blocks, powers, r, log2_rows - a)));
    }
    return total;
}
