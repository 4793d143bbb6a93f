#include "vm/shift_logical/shift_logical_core.h"

#include "vm/fill.h"

void shift_logical_core_fill(shift_logical_core_trace *row, bool is_left, uint64_t a, uint64_t amount,
                             uint64_t result)
{
    amount &= 63;
    row->places[amount / 16] = 1;
    row->left = is_left;
    row->bits = amount % 16;
    row->cut = is_left ? 16 - row->bits : row->bits;
    row->below = 1u << row->cut;
    row->above = 1u << (16 - row->cut);
    fill_limbs(row->a, a);
    for (int i = 0; i < 4; i++) {
        row->low[i] = row->a[i] & (row->below - 1);
        row->high[i] = row->a[i] >> row->cut;
        row->joined[i] = row->above * row->low[i] + (i > 0 ? row->high[i - 1] : 0);
    }
    fill_limbs(row->result, result);
}
