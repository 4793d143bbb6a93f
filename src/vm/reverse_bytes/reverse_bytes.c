#include "vm/reverse_bytes/reverse_bytes.h"

#include "riscv/program.h"
#include "vm/row.h"

static void reverse_bytes_record(air_tape *t)
{
    reverse_bytes_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, &row.real, 1);

    row_instruction instruction = row_instruction_at(t, row.pc4);
    instruction.kind = air_constant(t, RISCV_REVERSE_BYTES);
    instruction.rd = row.rd;
    instruction.rs1 = row.rs1;
    row_step(t, real, row.pc4, row.clk, instruction.target4, &instruction);

    air_expr a[4], result[4];
    for (int i = 0; i < 4; i++) {
        bus_byte_pair(t, real, row.a[2 * i], row.a[2 * i + 1]);
        a[i] = row_join(t, row.a[2 * i], 8, row.a[2 * i + 1]);
        result[3 - i] = row_join(t, row.a[2 * i + 1], 8, row.a[2 * i]);
    }
    row_read_register(t, real, row.rs1, a, row.clk, K_RS1, row.a_previous);
    row_write_rd(t, real, row.rd, row.old, result, row.clk, row.old_previous);
}

CHIP_AIR(reverse_bytes, REVERSE_BYTES_COLUMNS);
