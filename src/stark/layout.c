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

enum { LOG2_COLUMNS_MAX = 16 };

/* Σ θ^x·eq(point, g + x) over blocks of 2^j of them that begin at a multiple of 2^j: the coordinates above
 * are a product, and those below give Π ((1 − z) + z·θ^(2^i)), the same for all blocks of a size. Products
 * of the coordinates above are kept: from one block to the next few of them change. */
typedef struct {
    const fp5 *point;
    unsigned length;
    fp5 below[LOG2_COLUMNS_MAX + 1]; /* by j, as far as columns go */
    uint64_t index;                  /* whose bits `above` has */
    unsigned known;
    fp5 above[32]; /* by the number of coordinates */
} block_sums;

static unsigned highest_bit(uint64_t x)
{
    return 63 - (unsigned)__builtin_clzll(x);
}

static void block_sums_start(block_sums *b, const fp5 *powers, const fp5 *point, unsigned length,
                             unsigned log2_columns)
{
    CHECK(length < 32 && log2_columns <= LOG2_COLUMNS_MAX);
    b->point = point;
    b->length = length;
    b->index = 0;
    b->known = 0;
    b->above[0] = b->below[0] = FP5_ONE;
    for (unsigned j = 0; j < log2_columns && j < length; j++) {
        fp5 z = point[length - 1 - j];
        b->below[j + 1] = fp5_mul(b->below[j], multilinear_line(FP5_ONE, powers[(size_t)1 << j], z));
    }
}

static fp5 block_sum(block_sums *b, uint64_t index, unsigned j)
{
    unsigned depth = b->length - j;
    if (b->index != index) {
        unsigned same = b->length - 1 - highest_bit(b->index ^ index);
        b->known = b->known < same ? b->known : same;
        b->index = index;
    }
    for (; b->known < depth; b->known++) {
        fp5 one = fp5_mul(b->above[b->known], b->point[b->known]);
        bool set = index >> (b->length - 1 - b->known) & 1;
        b->above[b->known + 1] = set ? one : fp5_sub(b->above[b->known], one);
    }
    return fp5_mul(b->above[depth], b->below[j]);
}

/* Σ_c θ^(first + c)·eq(point, index + c) for c < count. */
static fp5 range_sum(block_sums *b, const fp5 *powers, uint64_t index, uint32_t count)
{
    fp5 sum = FP5_ZERO;
    for (uint32_t done = 0; done < count;) {
        unsigned j = highest_bit(count - done), aligned = index == 0 ? j : (unsigned)__builtin_ctzll(index);
        j = j < aligned ? j : aligned;
        sum = fp5_add(sum, fp5_mul(powers[done], block_sum(b, index, j)));
        index += UINT64_C(1) << j;
        done += UINT32_C(1) << j;
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
    unsigned log2_columns = 0;
    for (uint32_t i = 0; i < l->table_count; i++)
        while (l->tables[i].columns >> (log2_columns + 1) != 0)
            log2_columns++;
    block_sums sums;
    for (uint32_t i = 0; i < l->run_count; i++) {
        const layout_run *run = &l->runs[i];
        unsigned a = run->log2_size;
        const layout_table *t = &l->tables[run->table];
        CHECK(layout_log2_rows(t->rows) <= log2_rows);
        if (i == 0 || l->runs[i - 1].log2_size != a)
            block_sums_start(&sums, powers, point, point_length - a, log2_columns);
        uint64_t block = ((uint64_t)first_slot << (l->log2_slot - a)) + run->first_block;
        fp5 weight = FP5_ZERO;
        for (uint32_t k = 0; k < run->places; k++, block += t->columns)
            weight = fp5_add(weight, fp5_mul(range_sum(&sums, powers + t->first_value, block, t->columns),
                                             multilinear_eq_index(r, log2_rows - a, run->first_place + k)));
        total = fp5_add(total, fp5_mul(low[a], weight));
    }
    return total;
}
