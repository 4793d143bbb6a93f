#include "vm/formula.h"

#include "base/check.h"
#include "stark/list.h"
#include "stark/multilinear.h"
#include "vm/bus.h"
#include "vm/byte/byte.h"
#include "vm/range/range.h"
#include "vm/small/small.h"
#include "vm/sparse/sparse.h"

/* The coordinate of bit t. */
static fp5 at_bit(const fp5 *point, unsigned count, unsigned t)
{
    return point[count - 1 - t];
}

/* Π (1 − r_t) over the bits that a table of 2^log2_rows rows does not have. */
static fp5 beyond(const fp5 *point, unsigned count, unsigned log2_rows)
{
    CHECK(count >= log2_rows);
    fp5 product = FP5_ONE;
    for (unsigned t = log2_rows; t < count; t++)
        product = fp5_mul(product, fp5_sub(FP5_ONE, at_bit(point, count, t)));
    return product;
}

/* Row a + 2^8·b. A product of two bits is the AND; OR and XOR are linear in it. */
void vm_byte_formula(fp5 *columns, const fp5 *point, unsigned count)
{
    fp5 factor = beyond(point, count, VM_BYTE_LOG2_ROWS);
    fp5 a = FP5_ZERO, b = FP5_ZERO, both = FP5_ZERO;
    for (unsigned i = 0; i < 8; i++) {
        fp weight = fp_from_u32(1u << i);
        fp5 a_bit = at_bit(point, count, i), b_bit = at_bit(point, count, 8 + i);
        a = fp5_add_mul_fp(a, a_bit, weight);
        b = fp5_add_mul_fp(b, b_bit, weight);
        both = fp5_add_mul_fp(both, fp5_mul(a_bit, b_bit), weight);
    }
    fp5 either = fp5_sub(fp5_add(a, b), both);
    const fp5 values[] = {a, b, both, either, fp5_sub(either, both)};
    _Static_assert(sizeof values / sizeof *values == COLUMNS_WIDTH(byte_preprocessed), "a, b, AND, OR, XOR");
    for (size_t i = 0; i < COLUMNS_WIDTH(byte_preprocessed); i++)
        columns[i] = fp5_mul(factor, values[i]);
}

/* Row 2^bits + x: bits is the place of its leading one, x what stands below. */
void vm_range_formula(fp5 *columns, const fp5 *point, unsigned count)
{
    fp5 factor = beyond(point, count, VM_RANGE_LOG2_ROWS); /* · Π (1 − r_t) over the bits above the leading one */
    fp5 bits = FP5_ZERO, x = FP5_ZERO;
    fp5 below[VM_RANGE_LOG2_ROWS] = {FP5_ZERO};            /* by place: the bits below it */
    for (unsigned t = 0; t + 1 < VM_RANGE_LOG2_ROWS; t++)
        below[t + 1] = fp5_add_mul_fp(below[t], at_bit(point, count, t), fp_from_u32(1u << t));
    for (unsigned place = VM_RANGE_LOG2_ROWS; place-- > 0;) {
        fp5 leads = fp5_mul(factor, at_bit(point, count, place));
        bits = fp5_add_mul_fp(bits, leads, fp_from_u32(place));
        x = fp5_add(x, fp5_mul(leads, below[place]));
        factor = fp5_sub(factor, leads);
    }
    _Static_assert(COLUMNS_WIDTH(range_preprocessed) == 2, "bits, x");
    columns[0] = bits;
    columns[1] = x;
}

void vm_small_formula(fp5 *columns, const fp5 *point, unsigned count)
{
    enum { WIDTH = COLUMNS_WIDTH(small_preprocessed), NODES = LIST_OWN, ROWS = NODES + (1 << VM_SMALL_LOG2_ROWS) };
    enum { COORDINATES = NODES + (2 << VM_SMALL_LOG2_ROWS), WEIGHT = COORDINATES + VM_SMALL_LOG2_ROWS, VALUES = WEIGHT + 1,
           SUMS = VALUES + WIDTH, BLOCKS = SUMS + WIDTH };
    _Static_assert((int)VM_SMALL_ROWS <= 1 << VM_SMALL_LOG2_ROWS, "");
    uint64_t blocks[BLOCKS * LIST_BLOCK_WORDS] = {0}, items[2 << VM_SMALL_LOG2_ROWS];
    fp5 factor = beyond(point, count, VM_SMALL_LOG2_ROWS);
    list l;
    list_open_on(&l, blocks, items);
    list_set(&l, NODES + 1, &factor);
    list_set_all(&l, COORDINATES, point + count - VM_SMALL_LOG2_ROWS, VM_SMALL_LOG2_ROWS);
    list_add_eq(&l, NODES, COORDINATES, VM_SMALL_LOG2_ROWS);
    list_run(&l);
    for (unsigned i = 0; i < WIDTH; i++)
        list_add(&l, WEIGHT, VALUES + i, SUMS + i, SUMS + i);
    for (uint32_t row = 0; row < VM_SMALL_ROWS; row++) {
        small_preprocessed_trace entry = {0};
        small_row(&entry, row);
        const uint32_t values[] = {entry.table, entry.key, entry.result[0], entry.result[1], entry.result[2]};
        _Static_assert(sizeof values / sizeof *values == WIDTH, "table, key, results");
        fp5 weight = list_get(&l, ROWS + row);
        list_set(&l, WEIGHT, &weight);
        for (unsigned i = 0; i < WIDTH; i++)
            list_set_fp(&l, VALUES + i, fp_from_u32(values[i]));
        list_repeat(&l);
    }
    for (unsigned i = 0; i < WIDTH; i++)
        columns[i] = list_get(&l, SUMS + i);
}

/* Row v + 2^16·(kind − 1): for each kind the fields are linear in the coordinates of v. */
void vm_sparse_formula(fp5 *columns, const fp5 *point, unsigned count)
{
    enum { V_BITS = 16, KIND_BITS = VM_SPARSE_LOG2_ROWS - V_BITS, FIELDS = COLUMNS_WIDTH(sparse_preprocessed) - 1 };
    _Static_assert(SPARSE_KINDS - SPARSE_CUT == 1 << KIND_BITS, "every row has a kind");
    enum { BITS = LIST_OWN, FACTORS = BITS + V_BITS, NUMBER = FACTORS + (1 << KIND_BITS), WEIGHTS, SUM = WEIGHTS + V_BITS,
           COLUMNS, BLOCKS = COLUMNS + 1 + FIELDS };
    fp5 eq[1 << KIND_BITS];
    multilinear_eq_table(eq, beyond(point, count, VM_SPARSE_LOG2_ROWS), point + count - VM_SPARSE_LOG2_ROWS, KIND_BITS);
    uint64_t blocks[BLOCKS * LIST_BLOCK_WORDS] = {0}, items[V_BITS + 1];
    list l;
    list_open_on(&l, blocks, items);
    list_set_all(&l, BITS, point + count - V_BITS, V_BITS); /* the most significant first */
    list_set_all(&l, FACTORS, eq, 1 << KIND_BITS);
    for (uint32_t kind = SPARSE_CUT; kind < SPARSE_KINDS; kind++) {
        uint32_t factor = FACTORS + kind - SPARSE_CUT;
        list_set_fp(&l, NUMBER, fp_from_u32(kind));
        list_add(&l, factor, NUMBER, COLUMNS, COLUMNS);
        list_run(&l);
        for (unsigned field = 0; field < FIELDS; field++) {
            uint32_t sum = LIST_ZERO;
            for (unsigned bit = 0; bit < V_BITS; bit++) {
                uint32_t weight = sparse_weight(kind, field, bit);
                if (weight == 0)
                    continue;
                list_set_fp(&l, WEIGHTS + bit, fp_from_u32(weight));
                list_add(&l, BITS + V_BITS - 1 - bit, WEIGHTS + bit, sum, SUM);
                sum = SUM;
            }
            list_add(&l, factor, sum, COLUMNS + 1 + field, COLUMNS + 1 + field);
            list_run(&l);
        }
    }
    for (unsigned i = 0; i <= FIELDS; i++)
        columns[i] = list_get(&l, COLUMNS + i);
}
