/* Fills the sponge's chips. */
#include <string.h>

#include "stark/poseidon2.h"
#include "vm/element.h"
#include "vm/fill.h"
#include "vm/sponge/sponge.h"
#include "vm/sponge_state/sponge_state.h"

vm_fill_row vm_fill_sponge, vm_fill_sponge_state;

enum { WIDTH = POSEIDON2_WIDTH, RATE = 16, CAPACITY = 8, WORDS = 8, STATE_WORDS = 12 };

/* Two elements of a word. */
static void read_pair(fp pair[2], uint64_t word)
{
    pair[0] = (fp)word;
    pair[1] = (fp)(word >> 32);
}

static const riscv_access *block_words(const riscv_trace_data *trace, vm_call_item at)
{
    return &trace->call_accesses[trace->calls[at.call].first_read[1] + WORDS * at.item];
}

static void read_block(fp state[RATE], const riscv_trace_data *trace, vm_call_item at)
{
    const riscv_access *words = block_words(trace, at);
    for (int i = 0; i < WORDS; i++)
        read_pair(state + 2 * i, words[i].old);
}

void vm_sponge_prepare(vm_rows *rows, arena *a)
{
    const riscv_trace_data *trace = rows->source->trace;
    const vm_call_item *items = rows->items[CALL_INDEX_SPONGE];
    uint64_t count = rows->counts[VM_CHIP_SPONGE], calls = 0;
    vm_permutation *next = rows->next_permutation;
    uint32_t *sponge_calls = ARENA_NEW(a, uint32_t, rows->counts[VM_CHIP_SPONGE_STATE]);
    fp state[WIDTH];
    for (uint64_t i = 0; i < count; i++) {
        const riscv_call *call = &trace->calls[items[i].call];
        if (items[i].item == 0) {
            sponge_calls[calls++] = items[i].call;
            for (int k = 0; k < CAPACITY / 2; k++)
                read_pair(state + RATE + 2 * k, trace->call_accesses[call->first_write[0] + WORDS + k].old);
        }
        read_block(state, trace, items[i]);
        memcpy(next++->before, state, sizeof state);
        poseidon2_permute(state);
    }
    rows->sponge_permutations = rows->next_permutation;
    rows->next_permutation = next;
    rows->sponge_calls = sponge_calls;
}

/* ---- rows ---- */

void vm_fill_sponge(void *columns, const vm_rows *rows, uint64_t index)
{
    sponge_trace *row = columns;
    const riscv_trace_data *trace = rows->source->trace;
    vm_call_item at = rows->items[CALL_INDEX_SPONGE][index];
    const riscv_call *call = &trace->calls[at.call];
    const riscv_access *words = block_words(trace, at);
    row->time = call->clk + at.item;
    row->real = 1;
    row->is_last = at.item + 1 == call->n;
    row->left = call->n - at.item;
    row->data = (uint32_t)(call->registers[1] / 8) + WORDS * at.item;
    fp state[WIDTH];
    memcpy(state, rows->sponge_permutations[index].before, sizeof state);
    for (int i = 0; i < RATE; i++)
        row->top[i] = element_is_top(state[i]);
    for (int i = 0; i < CAPACITY; i++)
        row->capacity[i] = fp_to_u32(state[RATE + i]);
    for (int i = 0; i < WORDS; i++) {
        fill_limbs(row->word + 4 * i, words[i].old);
        fill_age(row->age + AGE_COLUMNS * i, words[i].previous_tick, row->time, K_READ);
    }
    poseidon2_permute(state);
    for (int i = 0; i < WIDTH; i++)
        row->after[i] = fp_to_u32(state[i]);
}

void vm_fill_sponge_state(void *columns, const vm_rows *rows, uint64_t index)
{
    sponge_state_trace *row = columns;
    const riscv_trace_data *trace = rows->source->trace;
    const riscv_call *call = &trace->calls[rows->sponge_calls[index]];
    const riscv_access *words = &trace->call_accesses[call->first_write[0]];
    row->clk = call->clk;
    row->real = 1;
    row->state = (uint32_t)(call->registers[0] / 8);
    row->data = (uint32_t)(call->registers[1] / 8);
    row->n = call->n;
    for (int i = 0; i < STATE_WORDS; i++) {
        fp old[2], new[2];
        read_pair(old, words[i].old);
        read_pair(new, words[i].new);
        fill_limbs(row->old + 4 * i, words[i].old);
        fill_limbs(row->new + 4 * i, words[i].new);
        fill_age(row->age + AGE_COLUMNS * i, words[i].previous_tick, call->clk + call->n - 1, K_WRITE);
        for (int k = 0; k < 2; k++) {
            row->top_new[2 * i + k] = element_is_top(new[k]);
            if (2 * i + k >= RATE)
                row->top_old[2 * i + k - RATE] = element_is_top(old[k]);
        }
    }
}
