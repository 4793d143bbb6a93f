/* Fills the chips of muladd and divide. */
#include "base/check.h"
#include "base/u256.h"
#include "vm/divide_long/divide_long.h"
#include "vm/fill.h"
#include "vm/long_product.h"
#include "vm/muladd/muladd.h"
#include "vm/muladd_head/muladd_head.h"

vm_fill_row vm_fill_muladd_head, vm_fill_muladd, vm_fill_divide_long;

/* What it takes besides a, b, c, m and r. */
typedef struct {
    uint32_t *q, *carry, *mark, *gap;
} witness;

static u256 value_of(const riscv_access words[LONG_WORDS])
{
    u256 value;
    for (uint32_t i = 0; i < LONG_WORDS; i++)
        value.limb[i] = words[i].old;
    return value;
}

static void fill_long_limbs(uint32_t limbs[LONG_LIMBS], u256 value)
{
    for (uint32_t i = 0; i < LONG_WORDS; i++)
        fill_limbs(limbs + 4 * i, value.limb[i]);
}

static void fill_long_bytes(uint32_t bytes[LONG_BYTES], u256 value)
{
    for (uint32_t i = 0; i < LONG_WORDS; i++)
        fill_bytes(bytes + 8 * i, value.limb[i]);
}

static void fill_ages(uint32_t age[LONG_AGE], const riscv_access words[LONG_WORDS], uint32_t clk, uint32_t k)
{
    for (uint32_t i = 0; i < LONG_WORDS; i++)
        fill_age(age + AGE_COLUMNS * i, words[i].previous_tick, clk, k);
}

static void fill_witness(witness to, u256 a, u256 b, u256 c, u256 m, uint32_t r_limbs[LONG_LIMBS])
{
    u256 q, r;
    CHECK(u256_multiply_divide_limbs(q.limb, r.limb, a.limb, b.limb, c.limb, m.limb));
    uint32_t a_bytes[LONG_BYTES], b_bytes[LONG_BYTES], m_bytes[LONG_BYTES];
    uint32_t c_limbs[LONG_LIMBS], m_limbs[LONG_LIMBS];
    fill_long_bytes(a_bytes, a);
    fill_long_bytes(b_bytes, b);
    fill_long_bytes(m_bytes, m);
    fill_long_bytes(to.q, q);
    fill_long_limbs(c_limbs, c);
    fill_long_limbs(m_limbs, m);
    fill_long_limbs(r_limbs, r);
    int64_t places[4 * LONG_LIMBS] = {0}, carry = 0;
    for (uint32_t i = 0; i < LONG_BYTES; i++)
        for (uint32_t j = 0; j < LONG_BYTES; j++)
            places[i + j] += (int64_t)a_bytes[i] * b_bytes[j] - (int64_t)to.q[i] * m_bytes[j];
    for (uint32_t k = 0; k < LONG_CARRIES; k++) {
        int64_t e = places[2 * k] + 256 * places[2 * k + 1] + carry;
        if (k < LONG_LIMBS)
            e += (int64_t)c_limbs[k] - r_limbs[k];
        else if (u256_is_zero(m))
            e -= to.q[2 * (k - LONG_LIMBS)] + 256 * (int64_t)to.q[2 * (k - LONG_LIMBS) + 1];
        CHECK(e % 65536 == 0);
        carry = e / 65536;
        to.carry[k] = (uint32_t)(carry < 0 ? carry + FP_MODULUS : carry);
    }
    for (uint32_t i = LONG_LIMBS; !u256_is_zero(m) && i-- > 0;)
        if (m_limbs[i] != r_limbs[i]) {
            to.mark[i] = 1;
            *to.gap = m_limbs[i] - r_limbs[i] - 1;
            break;
        }
}

void vm_fill_muladd_head(void *columns, const vm_rows *rows, uint64_t index)
{
    muladd_head_trace *row = columns;
    const riscv_trace_data *trace = rows->source->trace;
    const riscv_call *call = &trace->calls[rows->calls[CALL_INDEX_MULADD][index]];
    const riscv_access *modulus = &trace->call_accesses[call->first_read[2]];
    u256 m = value_of(modulus);
    row->clk = call->clk;
    row->real = 1;
    row->blocks = (uint32_t)(call->registers[0] / 8);
    row->list = (uint32_t)(call->registers[1] / 8);
    row->modulus = (uint32_t)(call->registers[2] / 8);
    row->n = call->n;
    row->is_power = u256_is_zero(m);
    fill_long_bytes(row->m, m);
    fill_ages(row->age, modulus, call->clk, K_BEFORE_ITEMS);
}

void vm_fill_muladd(void *columns, const vm_rows *rows, uint64_t index)
{
    muladd_trace *row = columns;
    const riscv_trace_data *trace = rows->source->trace;
    vm_call_item at = rows->items[CALL_INDEX_MULADD][index];
    const riscv_call *call = &trace->calls[at.call];
    const riscv_access *item = &trace->call_accesses[call->first_item + at.item * call->item_words];
    const riscv_access *a_words = item, *b_words = item + LONG_WORDS, *c_words = item + 2 * LONG_WORDS;
    const riscv_access *list = item + 3 * LONG_WORDS, *r_words = list + 1;
    u256 a = value_of(a_words), b = value_of(b_words), c = value_of(c_words);
    u256 m = value_of(&trace->call_accesses[call->first_read[2]]);
    row->time = call->clk + at.item;
    row->real = 1;
    row->is_last = at.item + 1 == call->n;
    row->left = call->n - at.item;
    row->blocks = (uint32_t)(call->registers[0] / 8);
    row->list = list->w;
    row->is_power = u256_is_zero(m);
    fill_long_bytes(row->m, m);
    fill_limbs(row->item, list->old);
    fill_age(row->item_age, list->previous_tick, row->time, K_LIST);
    fill_long_bytes(row->a, a);
    fill_long_bytes(row->b, b);
    fill_long_limbs(row->c, c);
    fill_witness((witness){row->q, row->carry, row->mark, &row->gap}, a, b, c, m, row->r);
    fill_long_limbs(row->old, value_of(r_words));
    fill_ages(row->a_age, a_words, row->time, K_READ);
    fill_ages(row->b_age, b_words, row->time, K_READ + 1);
    fill_ages(row->c_age, c_words, row->time, K_READ + 2);
    fill_ages(row->r_age, r_words, row->time, K_WRITE);
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
    u256 a = value_of(words[2]), b = value_of(words[3]), c = value_of(words[4]), m = value_of(words[5]);
    row->clk = call->clk;
    row->real = 1;
    row->is_power = u256_is_zero(m);
    fill_long_bytes(row->a, a);
    fill_long_bytes(row->b, b);
    fill_long_limbs(row->c, c);
    fill_long_bytes(row->m, m);
    fill_witness((witness){row->q, row->carry, row->mark, &row->gap}, a, b, c, m, row->r);
    fill_long_limbs(row->old_q, value_of(words[0]));
    fill_long_limbs(row->old_r, value_of(words[1]));
    fill_ages(row->a_age, words[2], call->clk, K_READ);
    fill_ages(row->b_age, words[3], call->clk, K_READ + 1);
    fill_ages(row->c_age, words[4], call->clk, K_READ + 2);
    fill_ages(row->m_age, words[5], call->clk, K_READ + 3);
    fill_ages(row->q_age, words[0], call->clk, K_WRITE);
    fill_ages(row->r_age, words[1], call->clk, K_WRITE);
}
