#include "vm/call/call.h"

#include "abi/calls.h"
#include "base/check.h"
#include "riscv/program.h"
#include "vm/row.h"

enum { OPERAND_OF_BYTES = 1, OPERAND_OF_COUNT = 5, REGISTER_COLUMNS = 5 };

static bool is_sent(const call_description *call) { return (call->flags & CALL_UNPROVEN) == 0; }

/* Σ of the flags of the calls that have operand i, or, with COUNTED, of those among them that are counted. */
static air_expr calls_with(air_tape *t, const call_columns *row, uint32_t operand, uint32_t flags)
{
    air_expr sum = air_constant(t, 0);
    for (uint32_t c = 0; c < CALL_INDEX_COUNT; c++) {
        const call_description *call = &call_descriptions[c];
        if ((operand >= CALL_OPERANDS_MAX || call->operands[operand].access != 0) &&
            (call->flags & flags) == flags)
            sum = air_add(t, sum, row->is[1 + c]);
    }
    return sum;
}

/* Σ of the flags of the calls whose operand i has this access. */
static air_expr calls_that(air_tape *t, const call_columns *row, uint32_t operand, uint32_t access)
{
    air_expr sum = air_constant(t, 0);
    for (uint32_t c = 0; c < CALL_INDEX_COUNT; c++)
        if ((call_descriptions[c].operands[operand].access & access) != 0)
            sum = air_add(t, sum, row->is[1 + c]);
    return sum;
}

static void call_record(air_tape *t)
{
    call_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    _Static_assert(sizeof row.is / sizeof *row.is == 1 + CALL_INDEX_COUNT, "a flag for each call");
    air_expr real = row_one_of(t, row.is, 1 + CALL_INDEX_COUNT), is_exit = row.is[0];
    air_expr zero = air_constant(t, 0), one = air_constant(t, 1);

    row_instruction instruction = row_instruction_at(t, row.pc4);
    instruction.kind = air_constant(t, RISCV_CALL);
    air_expr next_clk = air_add(t, air_add(t, row.clk, one), row.waits);
    row_step_to(t, real, row.pc4, row.clk, row.next, next_clk, &instruction);
    air_expr goes_on = air_sub(t, real, is_exit);
    air_expr next = air_add(t, air_scale(t, RISCV_HALT, is_exit), air_mul(t, goes_on, instruction.target4));
    air_equal(t, "exit halts, other calls go on", row.next, next);

    static const uint32_t registers[7] = {10, 11, 12, 13, 14, 15, 17};
    const air_expr *values = (const air_expr *)&row + offsetof(call_columns, a0) / sizeof(air_expr);
    for (uint32_t i = 0; i < 7; i++) {
        const air_expr *value = values + REGISTER_COLUMNS * i;
        row_read_register(t, real, air_constant(t, registers[i]), value, row.clk, K_CALL_REGISTERS,
                          value[4]);
    }

    air_expr number = zero;
    for (uint32_t c = 0; c < CALL_INDEX_COUNT; c++)
        number = air_add(t, number, air_scale(t, call_descriptions[c].number, row.is[1 + c]));
    air_equal(t, "a7 is the number", row.a7[0], air_add(t, number, air_scale(t, CALL_EXIT, is_exit)));
    for (int i = 1; i < 4; i++)
        air_zero(t, "the number has one limb", row.a7[i]);
    for (int i = 0; i < 4; i++)
        air_zero_when(t, "the exit code is 0", is_exit, row.a0[i]);

    air_expr counted = calls_with(t, &row, CALL_OPERANDS_MAX, CALL_COUNTED);
    air_equal(t, "n is a5 if counted", row.n, air_mul(t, counted, row_join(t, row.a5[0], 16, row.a5[1])));
    bus_range(t, counted, 13, row.a5[1]);
    air_zero_when(t, "n has two limbs", counted, row.a5[2]);
    air_zero_when(t, "n has no fourth limb", counted, row.a5[3]);
    air_expr n_less_1 = air_sub(t, row.n, one);
    bus_range_wide(t, counted, 4, n_less_1, row.n_low);
    air_expr by_items = calls_with(t, &row, CALL_OPERANDS_MAX, CALL_COUNTED | CALL_ITEMS);
    air_equal(t, "items wait", row.waits, air_mul(t, by_items, n_less_1));

    air_expr of_bytes = calls_that(t, &row, OPERAND_OF_BYTES, CALL_BYTES);
    air_zero_when(t, "words have no offset", air_not(t, of_bytes), row.offset);
    bus_range(t, of_bytes, 3, row.offset);
    for (uint32_t i = 0; i < CALL_OPERANDS_MAX; i++) {
        for (uint32_t c = 0; c < CALL_INDEX_COUNT; c++) {
            const call_operand *operand = &call_descriptions[c].operands[i];
            CHECK(i == OPERAND_OF_BYTES || (operand->access & CALL_BYTES) == 0);
            bool counted_call = (call_descriptions[c].flags & CALL_COUNTED) != 0;
            CHECK(i != OPERAND_OF_COUNT || operand->access == 0 || !counted_call);
            CHECK(is_sent(&call_descriptions[c]) || operand->access == 0);
        }
        const air_expr *value = values + REGISTER_COLUMNS * i;
        air_expr used = calls_with(t, &row, i, 0);
        air_expr low = i == OPERAND_OF_BYTES ? air_sub(t, value[0], row.offset) : value[0];
        air_expr quotient = row_divide(t, low, 3);
        air_equal(t, "the operand's word", row.w[i], air_mul(t, used, row_join(t, quotient, 13, value[1])));
        bus_range(t, used, 13, quotient);
        air_zero_when(t, "an operand has two limbs", used, value[2]);
        air_zero_when(t, "an operand has no fourth limb", used, value[3]);
        row_writable(t, calls_that(t, &row, i, CALL_WRITE), value[1]);
    }
    air_expr sent = zero;
    for (uint32_t c = 0; c < CALL_INDEX_COUNT; c++)
        if (is_sent(&call_descriptions[c]))
            sent = air_add(t, sent, row.is[1 + c]);
    const air_expr *w = row.w;
    bus_send(t, BUS_CALL, sent,
             (air_expr[]){number, row.clk, w[0], w[1], w[2], w[3], w[4], w[5], row.n, row.offset}, 10);
}

CHIP_AIR(call, CALL_COLUMNS);
