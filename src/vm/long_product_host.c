/* Fills the chips of muladd, muladd_384 and divide. */
#include "base/check.h"
#include "base/memory.h"
#include "base/u256.h"
#include "base/u384.h"
#include "vm/divide_long/divide_long.h"
#include "vm/fill.h"
#include "vm/long_product.h"
#include "vm/muladd/muladd.h"
#include "vm/muladd_384/muladd_384.h"
#include "vm/muladd_384_head/muladd_384_head.h"
#include "vm/muladd_head/muladd_head.h"

vm_fill_row vm_fill_muladd_head, vm_fill_muladd, vm_fill_divide_long;
vm_fill_row vm_fill_muladd_384_head, vm_fill_muladd_384;

/* Of up to WIDE_WORDS words. */
typedef struct {
    uint64_t limb[WIDE_WORDS];
} long_number;

/* What it takes besides a, b, c, m and r. */
typedef struct {
    uint32_t *q, *carry, *mark, *gap;
} witness;

static long_number value_of(const riscv_access *accesses, uint32_t words)
{
    long_number value = {{0}};
    for (uint32_t i = 0; i < words; i++)
        value.limb[i] = accesses[i].old;
    return value;
}

static bool is_zero(const long_number *value)
{
    uint64_t any = 0;
    for (uint32_t i = 0; i < WIDE_WORDS; i++)
        any |= value->limb[i];
    return any == 0;
}

static void fill_long_limbs(uint32_t *limbs, long_number value, uint32_t words)
{
    for (uint32_t i = 0; i < words; i++)
        fill_limbs(limbs + 4 * i, value.limb[i]);
}

static void fill_long_bytes(uint32_t *bytes, long_number value, uint32_t words)
{
    for (uint32_t i = 0; i < words; i++)
        fill_bytes(bytes + 8 * i, value.limb[i]);
}

static void fill_ages(uint32_t *age, const riscv_access *accesses, uint32_t words, uint32_t clk, uint32_t k)
{
    for (uint32_t i = 0; i < words; i++)
        fill_age(age + AGE_COLUMNS * i, accesses[i].previous_tick, clk, k);
}

static void divide(long_number *q, long_number *r, const long_number in[4], uint32_t words)
{
    memset(q, 0, sizeof *q);
    memset(r, 0, sizeof *r);
    bool divides = words == WIDE_WORDS
                       ? u384_multiply_divide(q->limb, r->limb, in[0].limb, in[1].limb, in[2].limb, in[3].limb)
                       : u256_multiply_divide_limbs(q->limb, r->limb, in[0].limb, in[1].limb, in[2].limb,
                                                    in[3].limb);
    CHECK(divides);
}

/* in: a, b, c and m. */
static void fill_witness(witness to, const long_number in[4], uint32_t *r_limbs, uint32_t words)
{
    const uint32_t bytes = 8 * words, limbs = 4 * words;
    long_number q, r;
    divide(&q, &r, in, words);
    uint32_t a_bytes[WIDE_BYTES], b_bytes[WIDE_BYTES], m_bytes[WIDE_BYTES];
    uint32_t c_limbs[WIDE_LIMBS], m_limbs[WIDE_LIMBS];
    bool is_power = is_zero(&in[3]);
    fill_long_bytes(a_bytes, in[0], words);
    fill_long_bytes(b_bytes, in[1], words);
    fill_long_bytes(m_bytes, in[3], words);
    fill_long_bytes(to.q, q, words);
    fill_long_limbs(c_limbs, in[2], words);
    fill_long_limbs(m_limbs, in[3], words);
    fill_long_limbs(r_limbs, r, words);
    int64_t places[2 * WIDE_BYTES] = {0}, carry = 0;
    for (uint32_t i = 0; i < bytes; i++)
        for (uint32_t j = 0; j < bytes; j++)
            places[i + j] += (int64_t)a_bytes[i] * b_bytes[j] - (int64_t)to.q[i] * m_bytes[j];
    for (uint32_t k = 0; k < bytes - 1; k++) {
        int64_t e = places[2 * k] + 256 * places[2 * k + 1] + carry;
        if (k < limbs)
            e += (int64_t)c_limbs[k] - r_limbs[k];
        else if (is_power)
            e -= to.q[2 * (k - limbs)] + 256 * (int64_t)to.q[2 * (k - limbs) + 1];
        CHECK(e % 65536 == 0);
        carry = e / 65536;
        to.carry[k] = (uint32_t)(carry < 0 ? carry + FP_MODULUS : carry);
    }
    for (uint32_t i = limbs; !is_power && i-- > 0;)
        if (m_limbs[i] != r_limbs[i]) {
            to.mark[i] = 1;
            *to.gap = m_limbs[i] - r_limbs[i] - 1;
            break;
        }
}

/* What the heads of both lists have; m is known to the items too. */
typedef struct {
    uint32_t *clk, *real, *blocks, *list, *modulus, *n, *m, *age;
} head_cells;

#define HEAD_CELLS(row) \
    {&(row)->clk, &(row)->real, &(row)->blocks, &(row)->list, &(row)->modulus, &(row)->n, (row)->m, (row)->age}

/* Gives m. */
static long_number fill_head(head_cells to, const vm_rows *rows, int call_index, uint64_t index, uint32_t words)
{
    const riscv_trace_data *trace = rows->source->trace;
    const riscv_call *call = &trace->calls[rows->calls[call_index][index]];
    const riscv_access *modulus = &trace->call_accesses[call->first_read[2]];
    long_number m = value_of(modulus, words);
    *to.clk = call->clk;
    *to.real = 1;
    *to.blocks = (uint32_t)(call->registers[0] / 8);
    *to.list = (uint32_t)(call->registers[1] / 8);
    *to.modulus = (uint32_t)(call->registers[2] / 8);
    *to.n = call->n;
    fill_long_bytes(to.m, m, words);
    fill_ages(to.age, modulus, words, call->clk, K_BEFORE_ITEMS);
    return m;
}

void vm_fill_muladd_head(void *columns, const vm_rows *rows, uint64_t index)
{
    muladd_head_trace *row = columns;
    long_number m = fill_head((head_cells)HEAD_CELLS(row), rows, CALL_INDEX_MULADD, index, LONG_WORDS);
    row->is_power = is_zero(&m);
}

void vm_fill_muladd_384_head(void *columns, const vm_rows *rows, uint64_t index)
{
    muladd_384_head_trace *row = columns;
    fill_head((head_cells)HEAD_CELLS(row), rows, CALL_INDEX_MULADD_384, index, WIDE_WORDS);
}

/* What items of both lists have. */
typedef struct {
    uint32_t *time, *real, *is_last, *left, *blocks, *list, *m, *item, *item_age;
    uint32_t *a, *b, *c, *r, *old, *a_age, *b_age, *c_age, *r_age;
    witness besides;
} item_cells;

#define ITEM_CELLS(row)                                                                                       \
    {&(row)->time, &(row)->real, &(row)->is_last, &(row)->left, &(row)->blocks, &(row)->list,                 \
     (row)->m, (row)->item, (row)->item_age, (row)->a, (row)->b, (row)->c, (row)->r, (row)->old,              \
     (row)->a_age, (row)->b_age, (row)->c_age, (row)->r_age,                                                  \
     {(row)->q, (row)->carry, (row)->mark, &(row)->gap}}

/* Gives m. */
static long_number fill_item(item_cells to, const vm_rows *rows, int call_index, uint64_t index, uint32_t words)
{
    const riscv_trace_data *trace = rows->source->trace;
    vm_call_item at = rows->items[call_index][index];
    const riscv_call *call = &trace->calls[at.call];
    const riscv_access *a = &trace->call_accesses[call->first_item + at.item * call->item_words];
    const riscv_access *b = a + words, *c = b + words, *list = c + words, *r = list + 1;
    const long_number in[4] = {value_of(a, words), value_of(b, words), value_of(c, words),
                               value_of(&trace->call_accesses[call->first_read[2]], words)};
    const uint32_t time = call->clk + at.item;
    *to.time = time;
    *to.real = 1;
    *to.is_last = at.item + 1 == call->n;
    *to.left = call->n - at.item;
    *to.blocks = (uint32_t)(call->registers[0] / 8);
    *to.list = list->w;
    fill_long_bytes(to.m, in[3], words);
    fill_limbs(to.item, list->old);
    fill_age(to.item_age, list->previous_tick, time, K_LIST);
    fill_long_bytes(to.a, in[0], words);
    fill_long_bytes(to.b, in[1], words);
    fill_long_limbs(to.c, in[2], words);
    fill_witness(to.besides, in, to.r, words);
    fill_long_limbs(to.old, value_of(r, words), words);
    fill_ages(to.a_age, a, words, time, K_READ);
    fill_ages(to.b_age, b, words, time, K_READ + 1);
    fill_ages(to.c_age, c, words, time, K_READ + 2);
    fill_ages(to.r_age, r, words, time, K_WRITE);
    return in[3];
}

void vm_fill_muladd(void *columns, const vm_rows *rows, uint64_t index)
{
    muladd_trace *row = columns;
    long_number m = fill_item((item_cells)ITEM_CELLS(row), rows, CALL_INDEX_MULADD, index, LONG_WORDS);
    row->is_power = is_zero(&m);
}

void vm_fill_muladd_384(void *columns, const vm_rows *rows, uint64_t index)
{
    muladd_384_trace *row = columns;
    fill_item((item_cells)ITEM_CELLS(row), rows, CALL_INDEX_MULADD_384, index, WIDE_WORDS);
}

void vm_fill_divide_long(void *columns, const vm_rows *rows, uint64_t index)
{
    divide_long_trace *row = columns;
    const riscv_trace_data *trace = rows->source->trace;
    const riscv_call *call = &trace->calls[rows->calls[CALL_INDEX_DIVIDE][index]];
    const riscv_access *words[6];
    for (uint32_t i = 0; i < 6; i++) {
        words[i] = &trace->call_accesses[i < 2 ? call->first_write[i] : call->first_read[i]];
        row->w[i] = (uint32_t)(call->registers[i] / 8);
    }
    long_number in[4];
    for (uint32_t i = 0; i < 4; i++)
        in[i] = value_of(words[2 + i], LONG_WORDS);
    row->clk = call->clk;
    row->real = 1;
    row->is_power = is_zero(&in[3]);
    fill_long_bytes(row->a, in[0], LONG_WORDS);
    fill_long_bytes(row->b, in[1], LONG_WORDS);
    fill_long_limbs(row->c, in[2], LONG_WORDS);
    fill_long_bytes(row->m, in[3], LONG_WORDS);
    fill_witness((witness){row->q, row->carry, row->mark, &row->gap}, in, row->r, LONG_WORDS);
    fill_long_limbs(row->old_q, value_of(words[0], LONG_WORDS), LONG_WORDS);
    fill_long_limbs(row->old_r, value_of(words[1], LONG_WORDS), LONG_WORDS);
    fill_ages(row->a_age, words[2], LONG_WORDS, call->clk, K_READ);
    fill_ages(row->b_age, words[3], LONG_WORDS, call->clk, K_READ + 1);
    fill_ages(row->c_age, words[4], LONG_WORDS, call->clk, K_READ + 2);
    fill_ages(row->m_age, words[5], LONG_WORDS, call->clk, K_READ + 3);
    fill_ages(row->q_age, words[0], LONG_WORDS, call->clk, K_WRITE);
    fill_ages(row->r_age, words[1], LONG_WORDS, call->clk, K_WRITE);
}
