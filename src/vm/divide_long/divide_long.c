#include "vm/divide_long/divide_long.h"

#include "abi/calls.h"
#include "vm/long_product.h"

static void divide_long_record(air_tape *t)
{
    divide_long_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, &row.real, 1), zero = air_constant(t, 0);
    air_bool(t, "whether m stands for 2^256 is a bit", row.is_power);
    air_zero_when(t, "what stands for 2^256 is real", row.is_power, air_not(t, real));
    long_power_is_zero(t, row.is_power, row.m);
    const air_expr *w = row.w;
    bus_receive(t, BUS_CALL, real,
                (air_expr[]){air_constant(t, CALL_DIVIDE), row.clk, w[0], w[1], w[2], w[3], w[4], w[5], zero, zero},
                10);

    long_byte_pairs(t, real, row.a, LONG_BYTES);
    long_byte_pairs(t, real, row.b, LONG_BYTES);
    long_byte_pairs(t, real, row.m, LONG_BYTES);
    long_byte_pairs(t, real, row.q, LONG_BYTES);
    long_read_bytes(t, real, w[2], LONG_WORDS, row.a, row.clk, K_READ, row.a_age);
    long_read_bytes(t, real, w[3], LONG_WORDS, row.b, row.clk, K_READ + 1, row.b_age);
    long_read(t, real, w[4], LONG_WORDS, row.c, row.clk, K_READ + 2, row.c_age);
    long_read_bytes(t, real, w[5], LONG_WORDS, row.m, row.clk, K_READ + 3, row.m_age);
    air_expr q[LONG_LIMBS];
    long_limbs_of_bytes(t, q, row.q, LONG_BYTES);
    long_access(t, real, w[0], LONG_WORDS, row.old_q, q, row.clk, K_WRITE, row.q_age);
    long_access(t, real, w[1], LONG_WORDS, row.old_r, row.r, row.clk, K_WRITE, row.r_age);
    long_product_holds(t, real,
                       &(long_product){.bytes = LONG_BYTES,
                                       .a = row.a,
                                       .b = row.b,
                                       .m = row.m,
                                       .q = row.q,
                                       .c = row.c,
                                       .r = row.r,
                                       .carry = row.carry,
                                       .mark = row.mark,
                                       .gap = row.gap,
                                       .is_power = row.is_power});
}

CHIP_AIR(divide_long, DIVIDE_LONG_COLUMNS);
