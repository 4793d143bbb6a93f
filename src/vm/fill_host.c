#include "vm/fill.h"

vm_executed vm_executed_at(const vm_rows *rows, riscv_chip chip, uint64_t index)
{
    const vm_source *source = rows->source;
    uint32_t clk = rows->clks[chip][index];
    const riscv_event *event = &source->trace->events[clk];
    return (vm_executed){event, &source->program->instructions[event->instruction], clk};
}

void fill_limbs(uint32_t limbs[4], uint64_t value)
{
    for (int i = 0; i < 4; i++)
        limbs[i] = value >> 16 * i & 0xFFFF;
}

void fill_bytes(uint32_t bytes[8], uint64_t value)
{
    for (int i = 0; i < 8; i++)
        bytes[i] = value >> 8 * i & 0xFF;
}

void fill_age(uint32_t age[AGE_COLUMNS], uint32_t previous_tick, uint32_t clk, uint32_t k)
{
    age[AGE_PREVIOUS_TICK] = previous_tick;
    age[AGE_GAP_LOW] = (riscv_tick(clk, k) - previous_tick - 1) & 0xFFFF;
}

void fill_immediate(uint32_t *low, uint32_t *sign, const riscv_instruction *instruction)
{
    *low = instruction->constants & 0xFFFF;
    *sign = (uint32_t)(instruction->constants >> 63);
}

void fill_address(uint32_t *quotient, uint32_t *high, uint64_t address)
{
    *quotient = (address & 0xFFFF) >> 3;
    *high = address >> 16 & 0xFFFF;
}

void fill_offset(uint32_t limb[4], uint32_t *odd, uint64_t address)
{
    limb[address >> 1 & 3] = 1;
    *odd = address & 1;
}

void fill_less(uint32_t columns[LESS_COLUMNS], bool is_signed, uint64_t a, uint64_t b)
{
    columns[LESS_A_SIGN] = is_signed && a >> 63;
    columns[LESS_B_SIGN] = is_signed && b >> 63;
    uint64_t flip = is_signed ? UINT64_C(1) << 63 : 0;
    a ^= flip;
    b ^= flip;
    if (a == b)
        return;
    unsigned i = (63 - (unsigned)__builtin_clzll(a ^ b)) / 16;
    uint64_t larger = a < b ? b : a, smaller = a < b ? a : b;
    columns[LESS_FIRST + i] = 1;
    columns[LESS_GAP] = (uint32_t)((larger >> 16 * i & 0xFFFF) - (smaller >> 16 * i & 0xFFFF) - 1);
    columns[LESS_RESULT] = a < b;
}

void fill_product(uint32_t product[8], uint32_t carry[8], uint64_t a, bool a_sign, uint64_t b, bool b_sign,
                  uint64_t addend, bool addend_sign)
{
    uint64_t sum = 0;
    for (int k = 0; k < 8; k++) {
        sum += k < 4 ? addend >> 16 * k & 0xFFFF : addend_sign ? 0xFFFF : 0;
        for (int place = 2 * k; place < 2 * k + 2; place++)
            for (int i = 0; i <= place; i++) {
                int j = place - i;
                if (i >= 8 && j >= 8)
                    continue;
                uint64_t x = i < 8 ? a >> 8 * i & 0xFF : a_sign ? 0xFF : 0;
                uint64_t y = j < 8 ? b >> 8 * j & 0xFF : b_sign ? 0xFF : 0;
                sum += x * y << 8 * (place - 2 * k);
            }
        product[k] = sum & 0xFFFF;
        sum >>= 16;
        carry[k] = (uint32_t)sum;
    }
}
