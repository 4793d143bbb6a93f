#include "vm/small/small.h"

#include "vm/bus.h"

void small_row(small_preprocessed_trace *row, uint32_t index)
{
    uint32_t key = index % 16;
    if (index < 32) {
        uint32_t cut = index < 16 ? 16 - key : key;
        row->table = index < 16 ? SMALL_SHIFT_LEFT : SMALL_SHIFT_RIGHT;
        row->key = key;
        row->result[0] = cut;
        row->result[1] = 1u << cut;
        row->result[2] = 1u << (16 - cut);
    } else {
        uint32_t size = 2u << (index - 32) / 8, offset = index % 8;
        row->table = SMALL_CROSSES;
        row->key = index - 32 + 8;
        row->result[0] = offset + size > 8;
    }
}
