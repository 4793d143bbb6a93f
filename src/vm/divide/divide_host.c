#include "vm/divide/divide.h"

#include "vm/fill.h"

vm_fill_row vm_fill_divide;

/* The limbs of |divisor| − |remainder| − 1, and what is carried between them if signs are taken into each
 * limb. */
static void fill_slack(divide_trace *row, uint64_t b, uint64_t b_size, uint64_t remainder,
                       uint64_t remainder_size)
{
    fill_limbs(row->slack, b_size - remainder_size - 1);
    bool remainder_negative = row->a_sign && remainder != 0;
    int64_t carried = -1;
    for (int i = 0; i < 3; i++) {
        int64_t divisor_limb = b >> 16 * i & 0xFFFF, remainder_limb = remainder >> 16 * i & 0xFFFF;
        carried += (row->b_sign ? -divisor_limb : divisor_limb) -
                   (remainder_negative ? -remainder_limb : remainder_limb);
        carried = (carried - row->slack[i]) / 0x10000;
        row->borrow[i] = (uint32_t)(carried < 0 ? FP_MODULUS + carried : carried);
    }
}

void vm_fill_divide(void *columns, const vm_rows *rows, uint64_t index)
{
    divide_trace *row = columns;
    vm_executed x = vm_executed_at(rows, RISCV_CHIP_DIVIDE, index);
    const riscv_event *event = x.event;
    row->pc4 = event->pc4;
    row->clk = x.clk;
    uint32_t code = (uint32_t)event->kind - RISCV_DIVIDE;
    bool is_unsigned = code & 1, is_word = code & 4;
    row->real = 1;
    row->is_unsigned = is_unsigned;
    row->is_remainder = code >> 1 & 1;
    row->is_word = is_word;
    row->rd = x.instruction->rd;
    row->rs1 = x.instruction->rs1;
    row->rs2 = x.instruction->rs2;
    fill_limbs(row->a, event->rs1);
    row->a_previous = event->rs1_previous_tick;
    fill_limbs(row->b, event->rs2);
    row->b_previous = event->rs2_previous_tick;
    uint64_t a = event->rs1, b = event->rs2;
    if (is_word) {
        a = is_unsigned ? (uint32_t)a : (uint64_t)(int32_t)a;
        b = is_unsigned ? (uint32_t)b : (uint64_t)(int32_t)b;
    }
    row->a_top = row->a[is_word ? 1 : 3];
    row->b_top = row->b[is_word ? 1 : 3];
    row->a_sign = !is_unsigned && a >> 63;
    row->b_sign = !is_unsigned && b >> 63;
    fill_bytes(row->divisor, b);
    row->by_zero = b == 0;

    uint64_t quotient = UINT64_MAX, remainder = a;
    if (b != 0) {
        uint64_t a_size = row->a_sign ? -a : a, b_size = row->b_sign ? -b : b;
        uint64_t remainder_size = a_size % b_size;
        quotient = a_size / b_size;
        row->quotient_sign = quotient != 0 && row->a_sign != row->b_sign;
        quotient = row->quotient_sign ? -quotient : quotient;
        remainder = row->a_sign ? -remainder_size : remainder_size;
        fill_slack(row, b, b_size, remainder, remainder_size);
    }
    row->remainder_sign = row->a_sign && remainder != 0;
    fill_bytes(row->quotient, quotient);
    fill_limbs(row->remainder, remainder);
    uint32_t dividend[8];
    fill_product(dividend, row->carry, quotient, row->quotient_sign, b, row->b_sign, remainder,
                 row->remainder_sign);
    fill_limbs(row->result, event->rd_new);
    row->result_sign = is_word && event->rd_new >> 63;
    fill_limbs(row->old, event->rd_old);
    row->old_previous = event->rd_previous_tick;
}
