#include "stark/layout.h"

#include "base/check.h"
#include "base/memory.h"
#include "stark/list.h"

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
    l->slots += l->slots % 2;
    return OK;
}

/* ---- weights ---- */

/* The weight as a list of multiplications (list.h); few of them are waiting at a time, so that little memory is touched. */
enum { LOG2_COLUMNS_MAX = 16, POINT_MAX = 31, ITEMS_MAX = 256, POWERS_MAX = 64, ITEMS_AT_ONCE = 80 };

/* Blocks. Of each coordinate 1 − z, then z; of a path eq of no coordinates, of the first one, … */
enum {
    ROW_FACTORS = LIST_OWN,
    ROW_NODES = ROW_FACTORS + 2 * LAYOUT_LOG2_ROWS_MAX,
    CELL_FACTORS = ROW_NODES + LAYOUT_LOG2_ROWS_MAX + 1,
    CELL_NODES = CELL_FACTORS + 2 * POINT_MAX,
    LOW = CELL_NODES + POINT_MAX + 1,         /* by a: eq of the last a coordinates of both */
    SQUARES = LOW + LAYOUT_LOG2_SLOT_MAX + 1, /* θ^(2^j) */
    BELOW = SQUARES + LOG2_COLUMNS_MAX,       /* by j: Π (1 − z + z·θ^(2^i)) over the last j coordinates of a block */
    FACTOR = BELOW + LOG2_COLUMNS_MAX + 1,
    RANGE, OF_SIZE, TOTAL, POWERS,
    WEIGHT_BLOCKS = POWERS + POWERS_MAX
};

/* eq of the first coordinates of a point and of the bits of an index, for one index after another: few nodes change. */
typedef struct {
    uint32_t factors, nodes; /* blocks */
    unsigned length, known;
    uint32_t index;
} eq_path;

typedef struct {
    uint64_t *next; /* item */
    list l;
    uint32_t power; /* the next block of POWERS */
    unsigned log2_columns;
    eq_path row, cell;
    uint64_t items[ITEMS_MAX], blocks[WEIGHT_BLOCKS * LIST_BLOCK_WORDS];
} weigher;

static void flush(weigher *w)
{
    list_run_items(&w->l, w->items, (uint32_t)(w->next - w->items));
    w->next = w->items;
    w->power = POWERS;
}

/* Room for what is added before it is asked for again. */
static inline void make_room(weigher *w)
{
    if (w->next > w->items + (ITEMS_MAX - ITEMS_AT_ONCE) || w->power == WEIGHT_BLOCKS)
        flush(w);
}

static inline void add(weigher *w, uint32_t a, uint32_t b, uint32_t c, uint32_t r)
{
    *w->next++ = call_multiply_add_item(a, b, c, r);
}

static eq_path path_open(weigher *w, uint32_t factors, uint32_t nodes, const fp5 *point, unsigned length)
{
    make_room(w);
    list_set_fp(&w->l, nodes, FP_ONE);
    for (uint32_t i = 0; i < length; i++) {
        list_set(&w->l, factors + 2 * i + 1, &point[i]);
        add(w, factors + 2 * i + 1, LIST_MINUS_ONE, LIST_ONE, factors + 2 * i);
    }
    return (eq_path){.factors = factors, .nodes = nodes, .length = length};
}

/* The block of eq of the first `depth` coordinates and the same bits of `index`, which has as many bits as coordinates. */
static inline uint32_t path_to(weigher *w, eq_path *p, uint32_t index, unsigned depth)
{
    unsigned known = p->known;
    while ((p->index ^ index) >> (p->length - known) != 0)
        known--;
    p->index = index;
    uint64_t *next = w->next;
    uint64_t item = call_multiply_add_item(p->nodes + known, p->factors + 2 * known, LIST_ZERO, p->nodes + known + 1);
    for (; known < depth; known++, item += CALL_MULTIPLY_ADD_ITEM(1, 2, 0, 1))
        *next++ = item + ((uint64_t)(index >> (p->length - 1 - known) & 1) << 16);
    p->known = known;
    w->next = next;
    return p->nodes + depth;
}

static void open_weigher(weigher *w, const layout *l, const fp5 *powers, const fp5 *r, unsigned log2_rows,
                         const fp5 *point, unsigned point_length)
{
    memset(w->blocks, 0, sizeof w->blocks);
    list_open_on(&w->l, w->blocks, NULL);
    w->next = w->items;
    w->power = POWERS;
    w->row = path_open(w, ROW_FACTORS, ROW_NODES, r, log2_rows);
    w->cell = path_open(w, CELL_FACTORS, CELL_NODES, point, point_length);
    list_set_fp(&w->l, LOW, FP_ONE);
    list_set_fp(&w->l, BELOW, FP_ONE);
    for (unsigned a = 1; a <= l->log2_slot && a <= log2_rows; a++) {
        uint32_t row = ROW_FACTORS + 2 * (log2_rows - a), cell = CELL_FACTORS + 2 * (point_length - a);
        make_room(w);
        add(w, row, cell, LIST_ZERO, FACTOR);
        add(w, row + 1, cell + 1, FACTOR, FACTOR);
        add(w, LOW + a - 1, FACTOR, LIST_ZERO, LOW + a);
    }
    w->log2_columns = 0;
    for (uint32_t i = 0; i < l->table_count; i++)
        while (l->tables[i].columns >> (w->log2_columns + 1) != 0)
            w->log2_columns++;
    CHECK(w->log2_columns <= LOG2_COLUMNS_MAX);
    for (unsigned j = 0; j < w->log2_columns; j++)
        list_set(&w->l, SQUARES + j, &powers[(size_t)1 << j]);
}

/* For blocks of 2^a cells. */
static void start_size(weigher *w, unsigned a)
{
    make_room(w);
    for (unsigned j = 0; j < w->log2_columns && a + j < w->cell.length; j++) {
        uint32_t factor = CELL_FACTORS + 2 * (w->cell.length - 1 - a - j);
        add(w, factor + 1, SQUARES + j, factor, FACTOR);
        add(w, BELOW + j, FACTOR, LIST_ZERO, BELOW + j + 1);
    }
    add(w, LIST_ZERO, LIST_ZERO, LIST_ZERO, OF_SIZE);
}

/* Adds θ^c·eq(point, index + c) for the 2^j values of c from `done` on: the coordinates above are a product, and those below
 * give BELOW. */
static inline void add_piece(weigher *w, const fp5 *powers, uint32_t index, unsigned a, uint32_t done, unsigned j)
{
    make_room(w);
    uint32_t power = w->power++;
    uint32_t above = path_to(w, &w->cell, (index + done) << a, w->cell.length - a - j);
    list_set(&w->l, power, &powers[done]);
    add(w, above, BELOW + j, LIST_ZERO, FACTOR);
    add(w, FACTOR, power, done == 0 ? LIST_ZERO : RANGE, RANGE);
}

/* RANGE = Σ_c θ^c·eq(point, index + c) for c < count, over blocks of 2^a cells: pieces of 2^j of them that begin at a multiple of
 * 2^j, as they first grow and then shrink. Not inlined: fields at a pointer are nearer than those of a large frame. */
static __attribute__((noinline)) void range_sum(weigher *w, const fp5 *powers, uint32_t index, unsigned a, uint32_t count)
{
    uint32_t done = 0;
    unsigned j = 0;
    for (; done + (1u << j) <= count; j++)
        if ((index + done) >> j & 1) {
            add_piece(w, powers, index, a, done, j);
            done += 1u << j;
        }
    while (j-- > 0)
        if (done + (1u << j) <= count) {
            add_piece(w, powers, index, a, done, j);
            done += 1u << j;
        }
}

fp5 layout_weight(const layout *l, const fp5 *powers, const fp5 *r, unsigned log2_rows, const fp5 *point,
                  unsigned point_length, uint32_t first_slot)
{
    CHECK(point_length >= l->log2_slot && point_length <= POINT_MAX && log2_rows <= LAYOUT_LOG2_ROWS_MAX);
    CHECK((uint64_t)first_slot + l->slots <= (uint64_t)1 << (point_length - l->log2_slot));
    weigher w;
    open_weigher(&w, l, powers, r, log2_rows, point, point_length);
    for (uint32_t i = 0; i < l->run_count; i++) {
        const layout_run *run = &l->runs[i];
        unsigned a = run->log2_size;
        const layout_table *t = &l->tables[run->table];
        CHECK(layout_log2_rows(t->rows) <= log2_rows);
        if (i == 0 || l->runs[i - 1].log2_size != a)
            start_size(&w, a);
        uint32_t block = (first_slot << (l->log2_slot - a)) + run->first_block;
        for (uint32_t k = 0; k < run->places; k++, block += t->columns) {
            range_sum(&w, powers + t->first_value, block, a, t->columns);
            make_room(&w);
            uint32_t place = path_to(&w, &w.row, (run->first_place + k) << a, log2_rows - a);
            add(&w, place, RANGE, OF_SIZE, OF_SIZE);
        }
        if (i + 1 == l->run_count || l->runs[i + 1].log2_size != a)
            add(&w, LOW + a, OF_SIZE, TOTAL, TOTAL);
    }
    flush(&w);
    return list_get(&w.l, TOTAL);
}
