/* Fills the chips of the call `point`, an item at a time from what the items before left. */
#include "vm/point.h"

#include <string.h>

#include "base/check.h"
#include "vm/fill.h"
#include "vm/point_end/point_end.h"
#include "vm/point_start/point_start.h"
#include "vm/point_sum/point_sum.h"

vm_fill_row vm_fill_point_start, vm_fill_point_sum, vm_fill_point_end;

enum { POSITIONS = POINT_CARRIES + 1 };

/* ---- items ---- */

/* The accesses of an item: the words of T, then the list's word. */
static const riscv_access *item_accesses(const riscv_trace_data *trace, vm_call_item at)
{
    const riscv_call *call = &trace->calls[at.call];
    return &trace->call_accesses[call->first_item + at.item * call->item_words];
}

static secp256k1_point point_at(const riscv_access *accesses)
{
    secp256k1_point p;
    for (int i = 0; i < POINT_COORDINATE_WORDS; i++) {
        p.x.limb[i] = accesses[i].old;
        p.y.limb[i] = accesses[POINT_COORDINATE_WORDS + i].old;
    }
    return p;
}

void vm_point_prepare(vm_rows *rows, arena *a)
{
    const vm_call_item *items = rows->items[CALL_INDEX_POINT];
    const riscv_trace_data *trace = rows->source->trace;
    uint64_t count = rows->counts[VM_CHIP_POINT_SUM];
    vm_point_item *all = arena_allocate(a, count * sizeof *all, alignof(vm_point_item));
    uint32_t *ends = ARENA_NEW(a, uint32_t, rows->counts[VM_CHIP_POINT_END]), calls = 0;
    for (uint64_t i = 0; i < count; i++) {
        vm_point_item *item = &all[i];
        const riscv_call *call = &trace->calls[items[i].call];
        const riscv_access *words = item_accesses(trace, items[i]);
        item->at = items[i];
        item->before = item->at.item > 0 ? all[i - 1].sum.sum
                                         : point_at(&trace->call_accesses[call->first_read[2]]);
        item->t = point_at(words);
        item->word = words[POINT_WORDS].old;
        CHECK(secp256k1_add(&item->sum, &item->before, &item->t, (unsigned)(item->word >> 16)));
        if (item->at.item + 1 == call->n)
            ends[calls++] = (uint32_t)i;
    }
    CHECK(calls == rows->counts[VM_CHIP_POINT_END]);
    rows->point_items = all;
    rows->point_ends = ends;
}

/* ---- numbers ---- */

static void fill_balanced(uint32_t bytes[POINT_BYTES], const u256 *x)
{
    for (uint32_t i = 0; i < POINT_BYTES; i++)
        bytes[i] = x->limb[i / 8] >> 8 * (i % 8) & 0xFF;
}

static void fill_number(uint32_t limbs[POINT_LIMBS], const u256 *y)
{
    for (uint32_t i = 0; i < POINT_COORDINATE_WORDS; i++)
        fill_limbs(limbs + 4 * i, y->limb[i]);
}

static uint32_t inverse_of(uint32_t x) { return fp_to_u32(fp_inverse(fp_from_u32(x))); }

static void fill_canonical(uint32_t columns[CANONICAL_COLUMNS], const u256 *x)
{
    uint32_t limbs[POINT_LIMBS], above = 0;
    fill_number(limbs, x);
    for (uint32_t i = 3; i < POINT_LIMBS; i++)
        above += 0xFFFF - limbs[i];
    columns[CANONICAL_CARRY] = (limbs[0] + 977) >> 16;
    columns[CANONICAL_INVERSE] = inverse_of(above + 0xFFFF - limbs[2]);
    uint32_t to_prime = above + 0xFFFF - limbs[1];
    if (columns[CANONICAL_CARRY] == 0)
        return;
    if (to_prime != 0)
        columns[CANONICAL_FACTOR] = inverse_of(to_prime);
    else
        columns[CANONICAL_FACTOR_2] = inverse_of(0xFFFE - limbs[2]);
}

static void fill_words(uint32_t *age, const riscv_access *accesses, uint32_t time, uint32_t k)
{
    for (uint32_t i = 0; i < POINT_WORDS; i++)
        fill_age(age + AGE_COLUMNS * i, accesses[i].previous_tick, time, k);
}

/* ---- equations ---- */

typedef struct {
    int32_t digit[POINT_BYTES];
} digits;

static digits digits_of(const u256 *x)
{
    digits d;
    for (uint32_t i = 0; i < POINT_BYTES; i++)
        d.digit[i] = (int32_t)(x->limb[i / 8] >> 8 * (i % 8) & 0xFF) - POINT_BALANCE;
    return d;
}

static digits difference(const digits *a, const digits *b)
{
    digits d;
    for (uint32_t i = 0; i < POINT_BYTES; i++)
        d.digit[i] = a->digit[i] - b->digit[i];
    return d;
}

static void add_product(int64_t e[POSITIONS], const digits *a, const digits *b)
{
    for (uint32_t i = 0; i < POINT_BYTES; i++)
        for (uint32_t j = 0; j < POINT_BYTES; j++)
            e[(i + j) / 2] += (int64_t)(a->digit[i] * b->digit[j]) * ((i + j) % 2 == 0 ? 1 : 256);
}

static void add_digits(int64_t e[POSITIONS], const digits *a, int64_t factor)
{
    for (uint32_t i = 0; i < POINT_BYTES; i++)
        e[i / 2] += factor * a->digit[i] * (i % 2 == 0 ? 1 : 256);
}

static void add_number(int64_t e[POSITIONS], const u256 *y, int64_t factor)
{
    uint32_t limbs[POINT_LIMBS];
    fill_number(limbs, y);
    for (uint32_t i = 0; i < POINT_LIMBS; i++)
        e[i] += factor * limbs[i];
}

/* From the lowest position on, each limb of the quotient is what makes the position a multiple of 2^16. */
static void divide(uint32_t quotient[POINT_QUOTIENT_LIMBS], uint32_t carries[POINT_CARRIES],
                   const int64_t e[POSITIONS])
{
    /* −1/977 modulo 2^16 */
    enum { INVERSE = 0x10000 - 0x3531 };
    _Static_assert((977 * 0x3531u & 0xFFFF) == 1, "the inverse of 977");
    int64_t carry = 0;
    for (uint32_t k = 0; k < POSITIONS; k++) {
        int64_t s = e[k] + carry + point_offset[k];
        if (k >= 2 && k - 2 < POINT_QUOTIENT_LIMBS)
            s += quotient[k - 2];
        if (k >= 16)
            s -= quotient[k - 16];
        if (k < POINT_QUOTIENT_LIMBS) {
            quotient[k] = (uint32_t)s * INVERSE & 0xFFFF;
            s += 977 * (int64_t)quotient[k];
        }
        if (k == POSITIONS - 1) {
            CHECK(s == (int64_t)quotient[16] << 16);
            break;
        }
        carry = s >> 16;
        CHECK((s & 0xFFFF) == 0 && carry >= -(1 << 14) && carry < 1 << 14);
        carries[k] = (uint32_t)(carry + (1 << 14));
    }
    CHECK(quotient[16] < 256);
}

static void fill_equations(point_sum_trace *row, const vm_point_item *item)
{
    const secp256k1_sum *sum = &item->sum;
    const secp256k1_point *p = &item->before, *after = &sum->sum;
    digits x1 = digits_of(&p->x), x2 = digits_of(&item->t.x);
    digits x3 = digits_of(&sum->middle_x), x = digits_of(&after->x);
    digits slope = digits_of(&sum->slope), last = digits_of(&sum->last_slope);
    digits to_t = difference(&x2, &x1), to_middle = difference(&x3, &x1), from_sum = difference(&x1, &x);
    int64_t e[POINT_EQUATIONS][POSITIONS] = {{0}};

    add_product(e[0], &slope, &to_t);
    add_number(e[0], &item->t.y, row->negate ? 1 : -1);
    add_number(e[0], &p->y, 1);
    divide(row->quotient_0, row->carry_0, e[0]);

    add_product(e[1], &slope, &slope);
    add_digits(e[1], &x1, -1);
    add_digits(e[1], &x2, -1);
    add_digits(e[1], &x3, -1);
    divide(row->quotient_1, row->carry_1, e[1]);

    add_product(e[2], &slope, &to_middle);
    add_product(e[2], &last, &to_middle);
    add_number(e[2], &p->y, 2);
    add_number(e[2], &after->y, row->twice ? 0 : 2);
    divide(row->quotient_2, row->carry_2, e[2]);

    add_product(e[3], &last, &last);
    add_digits(e[3], &x1, -1);
    add_digits(e[3], &x, -1);
    add_digits(e[3], row->twice ? &x3 : &x2, -1);
    divide(row->quotient_3, row->carry_3, e[3]);

    add_product(e[4], &last, &from_sum);
    add_number(e[4], &p->y, -1);
    add_number(e[4], &after->y, -1);
    divide(row->quotient_4, row->carry_4, e[4]);
}

static void fill_apart(uint32_t apart[POINT_GROUPS], const uint32_t x1[POINT_BYTES],
                       const uint32_t x2[POINT_BYTES])
{
    for (uint32_t group = 0; group < POINT_GROUPS; group++) {
        fp difference = FP_ZERO;
        for (uint32_t i = 3 * group; i < 3 * group + 3 && i < POINT_BYTES; i++)
            difference = fp_add(difference, fp_from_u32((x1[i] << 8 * (i % 3))));
        for (uint32_t i = 3 * group; i < 3 * group + 3 && i < POINT_BYTES; i++)
            difference = fp_sub(difference, fp_from_u32((x2[i] << 8 * (i % 3))));
        if (difference == FP_ZERO)
            continue;
        apart[group] = fp_to_u32(fp_inverse(difference));
        return;
    }
}

/* ---- rows ---- */

/* The first word of an operand. */
static uint32_t operand_word(const riscv_call *call, int operand)
{
    return (uint32_t)(call->registers[operand] / 8);
}

void vm_fill_point_start(void *columns, const vm_rows *rows, uint64_t index)
{
    point_start_trace *row = columns;
    const vm_point_item *last = &rows->point_items[rows->point_ends[index]], *first = last - last->at.item;
    const riscv_call *call = &rows->source->trace->calls[first->at.call];
    row->time = call->clk;
    row->real = 1;
    row->n = call->n;
    row->result = operand_word(call, 0);
    row->list = operand_word(call, 1);
    row->start = operand_word(call, 2);
    row->base = operand_word(call, 3);
    fill_balanced(row->x, &first->before.x);
    fill_canonical(row->canonical, &first->before.x);
    fill_number(row->y, &first->before.y);
    fill_words(row->age, &rows->source->trace->call_accesses[call->first_read[2]], row->time, K_BEFORE_ITEMS);
}

void vm_fill_point_sum(void *columns, const vm_rows *rows, uint64_t index)
{
    point_sum_trace *row = columns;
    const vm_point_item *item = &rows->point_items[index];
    const riscv_trace_data *trace = rows->source->trace;
    const riscv_call *call = &trace->calls[item->at.call];
    const riscv_access *accesses = item_accesses(trace, item->at);
    row->time = call->clk + item->at.item;
    row->real = 1;
    row->left = call->n - item->at.item;
    row->list = operand_word(call, 1) + item->at.item;
    row->base = operand_word(call, 3);
    row->result = operand_word(call, 0);
    row->number = item->word & 0xFFFF;
    row->negate = item->word >> 16 & 1;
    row->twice = item->word >> 17 & 1;
    fill_balanced(row->x1, &item->before.x);
    fill_number(row->y1, &item->before.y);
    fill_balanced(row->x2, &item->t.x);
    fill_canonical(row->canonical2, &item->t.x);
    fill_number(row->y2, &item->t.y);
    fill_apart(row->apart, row->x1, row->x2);
    fill_balanced(row->slope, &item->sum.slope);
    fill_balanced(row->x3, &item->sum.middle_x);
    fill_balanced(row->last, &item->sum.last_slope);
    fill_balanced(row->x, &item->sum.sum.x);
    fill_canonical(row->canonical, &item->sum.sum.x);
    fill_number(row->y, &item->sum.sum.y);
    fill_equations(row, item);
    fill_words(row->age, accesses, row->time, K_READ);
    fill_age(row->list_age, accesses[POINT_WORDS].previous_tick, row->time, K_LIST);
}

void vm_fill_point_end(void *columns, const vm_rows *rows, uint64_t index)
{
    point_end_trace *row = columns;
    const vm_point_item *item = &rows->point_items[rows->point_ends[index]];
    const riscv_trace_data *trace = rows->source->trace;
    const riscv_call *call = &trace->calls[item->at.call];
    const riscv_access *written = &trace->call_accesses[call->first_write[0]];
    row->time = call->clk + item->at.item;
    row->real = 1;
    row->list = operand_word(call, 1) + call->n;
    row->base = operand_word(call, 3);
    row->result = operand_word(call, 0);
    fill_balanced(row->x, &item->sum.sum.x);
    fill_number(row->y, &item->sum.sum.y);
    fill_canonical(row->canonical, &item->sum.sum.y);
    for (uint32_t i = 0; i < POINT_WORDS; i++)
        fill_limbs(row->old + 4 * i, written[i].old);
    fill_words(row->age, written, row->time, K_WRITE);
}
