#include "vm/multiply_add/multiply_add.h"

#include "vm/element.h"
#include "vm/fill.h"

vm_fill_row vm_fill_multiply_add;

enum { DEGREE = 5, WORDS = 3, BLOCKS_READ = 3 };

static void fill_top(uint32_t top[DEGREE], const uint32_t *limbs)
{
    for (int i = 0; i < DEGREE; i++)
        top[i] = element_is_top(limbs[2 * i] | limbs[2 * i + 1] << 16);
}

void vm_fill_multiply_add(void *columns, const vm_rows *rows, uint64_t index)
{
    multiply_add_trace *row = columns;
    const riscv_trace_data *trace = rows->source->trace;
    vm_call_item at = rows->items[CALL_INDEX_MULTIPLY_ADD][index];
    const riscv_call *call = &trace->calls[at.call];
    const riscv_access *item = &trace->call_accesses[call->first_item + call->item_words * at.item];
    const riscv_access *list = item + BLOCKS_READ * WORDS, *result = list + 1;
    row->time = call->clk + at.item;
    row->real = 1;
    row->is_first = at.item == 0;
    row->is_last = at.item + 1 == call->n;
    row->left = call->n - at.item;
    row->base = (uint32_t)(call->registers[0] / 8);
    row->list = (uint32_t)(call->registers[1] / 8) + at.item;
    fill_limbs(row->number, list->old);
    fill_age(row->list_age, list->previous_tick, row->time, K_LIST);
    uint32_t *const limbs[BLOCKS_READ] = {row->a, row->b, row->c};
    uint32_t *const ages[BLOCKS_READ] = {row->a_age, row->b_age, row->c_age};
    uint32_t *const tops[BLOCKS_READ] = {row->a_top, row->b_top, row->c_top};
    for (uint32_t k = 0; k < BLOCKS_READ; k++) {
        for (uint32_t i = 0; i < WORDS; i++, item++) {
            fill_limbs(limbs[k] + 4 * i, item->old);
            fill_age(ages[k] + AGE_COLUMNS * i, item->previous_tick, row->time, K_READ + k);
        }
        fill_top(tops[k], limbs[k]);
    }
    uint32_t written[4 * WORDS];
    for (uint32_t i = 0; i < WORDS; i++) {
        fill_limbs(written + 4 * i, result[i].new);
        fill_limbs(row->old + 4 * i, result[i].old);
        fill_age(row->r_age + AGE_COLUMNS * i, result[i].previous_tick, row->time, K_WRITE);
    }
    for (int i = 0; i < 2 * DEGREE; i++)
        row->r[i] = written[i];
    fill_top(row->r_top, row->r);
}
