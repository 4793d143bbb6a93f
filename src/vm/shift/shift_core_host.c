#include "vm/shift/shift_core.h"

#include "vm/fill.h"

void shift_core_fill(shift_core_trace *row, uint32_t kind, uint64_t a, uint64_t amount, uint64_t result)
{
    row->is_word = kind >= 3;
    row->is_signed = kind % 3 == 2;
    bool is_left = kind % 3 == 0;
    amount &= row->is_word ? 31 : 63;
    (is_left ? row->left : row->right)[amount / 16] = 1;
    row->bits = amount % 16;
    row->cut = is_left ? 16 - row->bits : row->bits;
    row->below = 1u << row->cut;
    row->above = 1u << (16 - row->cut);

    fill_limbs(row->a, a);
    row->top = row->a[row->is_word ? 1 : 3];
    row->sign = row->is_signed && row->top >> 15;
    for (int i = 0; i < 4; i++) {
        uint32_t limb = i >= 2 && row->is_word ? row->sign * 0xFFFF : row->a[i];
        row->low[i] = limb & (row->below - 1);
        row->high[i] = limb >> row->cut;
    }
    for (int j = 0; j < 5; j++) {
        uint32_t moved = j < 4 ? row->above * row->low[j] : row->sign * (0x10000 - row->above);
        row->joined[j] = moved + (j > 0 ? row->high[j - 1] : 0);
    }
    fill_limbs(row->result, result);
    row->result_sign = row->is_word && result >> 63;
}
