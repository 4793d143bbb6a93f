#include "vm/image/image.h"

#include "vm/bus.h"
#include "vm/preprocess.h"

void vm_image_row(void *columns, const riscv_program *program, uint64_t index)
{
    image_preprocessed_trace *row = columns;
    uint64_t words = (uint64_t)program->image_blocks << 16;
    if (words == 0)
        return;
    uint64_t i = index < words ? index : 0;
    row->w = (uint32_t)(MAP_IMAGE_BASE / 8 + i);
    for (int limb = 0; limb < 4; limb++)
        row->value[limb] = program->image_words[i] >> 16 * limb & 0xFFFF;
}
