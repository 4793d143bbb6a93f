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
    return OK;
}

/* ---- weights ---- */

/* The weight as a list of multiplications (list.h): few of them are waiting at a time, so that little memory is touched. */
enum { LOG2_COLUMNS_MAX = 16, POINT_MAX = 31, ITEMS_MAX = 256, POWERS_MAX = 64, ITEMS_AT_ONCE = 80 };

/* eq of the first coordinates of a point and of the bits of an index, for one index after another: few nodes change. */
typedef struct {
    uint32_t coordinates, complements, nodes; /* blocks; the node of no coordinates is 1 */
    unsigned length, known;
    uint64_t index;
} eq_path;

enum {
    ROW_COORDINATES = LIST_OWN,
    ROW_COMPLEMENTS = ROW_COORDINATES + LAYOUT_LOG2_ROWS_MAX,
    ROW_NODES = ROW_COMPLEMENTS + LAYOUT_LOG2_ROWS_MAX,
    CELL_COORDINATES = ROW_NODES + LAYOUT_LOG2_ROWS_MAX,
    CELL_COMPLEMENTS = CELL_COORDINATES + POINT_MAX,
    CELL_NODES = CELL_COMPLEMENTS + POINT_MAX,
    LOW = CELL_NODES + POINT_MAX,              /* by a: eq of the last a coordinates of both */
    SQUARES = LOW + LAYOUT_LOG2_SLOT_MAX + 1,  /* θ^(2^j) */
    BELOW = SQUARES + LOG2_COLUMNS_MAX,        /* by j: Π (1 − z + z·θ^(2^i)) over the last j coordinates of a block */
    FACTOR = BELOW + LOG2_COLUMNS_MAX + 1,
    RANGE, OF_SIZE, TOTAL, POWERS,
    WEIGHT_BLOCKS = POWERS + POWERS_MAX
};

typedef struct {
    uint64_t blocks[WEIGHT_BLOCKS * LIST_BLOCK_WORDS], items[ITEMS_MAX];
    list l;
    uint32_t power_count;
    unsigned log2_columns;
    eq_path row, cell;
} weigher;

static void flush(weigher *w)
{
    list_run(&w->l);
    w->power_count = 0;
}

/* Room for what is added before it is asked for again. */
static void make_room(weigher *w)
{
    if (w->l.item_count > ITEMS_MAX - ITEMS_AT_ONCE || w->power_count == POWERS_MAX)
        flush(w);
}

static unsigned highest_bit(uint64_t x)
{
    return 63 - (unsigned)__builtin_clzll(x);
}

static eq_path path_open(weigher *w, uint32_t coordinates, uint32_t complements, uint32_t nodes, const fp5 *point,
                         unsigned length)
{
    make_room(w);
    list_set_all(&w->l, coordinates, point, length);
    for (uint32_t i = 0; i < length; i++)
        list_add(&w->l, coordinates + i, LIST_MINUS_ONE, LIST_ONE, complements + i);
    return (eq_path){.coordinates = coordinates, .complements = complements, .nodes = nodes, .length = length};
}

/* The block of eq of the first `depth` coordinates and the same bits of `index`, which has as many bits as coordinates. */
static uint32_t path_to(weigher *w, eq_path *p, uint64_t index, unsigned depth)
{
    if (depth == 0)
        return LIST_ONE;
    if (p->index != index) {
        unsigned same = p->length - 1 - highest_bit(p->index ^ index);
        p->known = p->known < same ? p->known : same;
        p->index = index;
    }
    for (; p->known < depth; p->known++) {
        bool set = index >> (p->length - 1 - p->known) & 1;
        list_add(&w->l, p->known == 0 ? (uint32_t)LIST_ONE : p->nodes + p->known - 1,
                 (set ? p->coordinates : p->complements) + p->known, LIST_ZERO, p->nodes + p->known);
    }
    return p->nodes + depth - 1;
}

static void open_weigher(weigher *w, const layout *l, const fp5 *powers, const fp5 *r, unsigned log2_rows,
                         const fp5 *point, unsigned point_length)
{
    memset(w->blocks, 0, sizeof w->blocks);
    list_open_on(&w->l, w->blocks, w->items);
    w->power_count = 0;
    w->row = path_open(w, ROW_COORDINATES, ROW_COMPLEMENTS, ROW_NODES, r, log2_rows);
    w->cell = path_open(w, CELL_COORDINATES, CELL_COMPLEMENTS, CELL_NODES, point, point_length);
    list_set_fp(&w->l, LOW, FP_ONE);
    list_set_fp(&w->l, BELOW, FP_ONE);
    for (unsigned a = 1; a <= l->log2_slot && a <= log2_rows; a++) {
        make_room(w);
        list_add(&w->l, ROW_COORDINATES + log2_rows - a, CELL_COORDINATES + point_length - a, LIST_ZERO, FACTOR);
        list_add(&w->l, ROW_COMPLEMENTS + log2_rows - a, CELL_COMPLEMENTS + point_length - a, FACTOR, FACTOR);
        list_add(&w->l, LOW + a - 1, FACTOR, LIST_ZERO, LOW + a);
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
        uint32_t at = w->cell.length - 1 - a - j;
        list_add(&w->l, CELL_COORDINATES + at, SQUARES + j, CELL_COMPLEMENTS + at, FACTOR);
        list_add(&w->l, BELOW + j, FACTOR, LIST_ZERO, BELOW + j + 1);
    }
    list_add(&w->l, LIST_ZERO, LIST_ZERO, LIST_ZERO, OF_SIZE);
}

/* RANGE = Σ_c θ^c·eq(point, index + c) for c < count, over blocks of 2^a cells: over 2^j of them that begin at a multiple of
 * 2^j, the coordinates above are a product, and those below give BELOW. */
static void range_sum(weigher *w, const fp5 *powers, uint64_t index, unsigned a, uint32_t count)
{
    for (uint32_t done = 0; done < count;) {
        make_room(w);
        unsigned j = highest_bit(count - done), aligned = index == 0 ? j : (unsigned)__builtin_ctzll(index);
        j = j < aligned ? j : aligned;
        uint32_t power = POWERS + w->power_count++, above = path_to(w, &w->cell, index << a, w->cell.length - a - j);
        list_set(&w->l, power, &powers[done]);
        list_add(&w->l, above, BELOW + j, LIST_ZERO, FACTOR);
        list_add(&w->l, FACTOR, power, done == 0 ? LIST_ZERO : RANGE, RANGE);
        index += UINT64_C(1) << j;
        done += UINT32_C(1) << j;
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
        uint64_t block = ((uint64_t)first_slot << (l->log2_slot - a)) + run->first_block;
        for (uint32_t k = 0; k < run->places; k++, block += t->columns) {
            range_sum(&w, powers + t->first_value, block, a, t->columns);
            make_room(&w);
            uint32_t place = path_to(&w, &w.row, (uint64_t)(run->first_place + k) << a, log2_rows - a);
            list_add(&w.l, place, RANGE, OF_SIZE, OF_SIZE);
        }
        if (i + 1 == l->run_count || l->runs[i + 1].log2_size != a)
            list_add(&w.l, LOW + a, OF_SIZE, TOTAL, TOTAL);
    }
    flush(&w);
    return list_get(&w.l, TOTAL);
}
