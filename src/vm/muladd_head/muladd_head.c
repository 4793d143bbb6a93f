#include "vm/muladd_head/muladd_head.h"

#include "abi/calls.h"
#include "vm/long_product.h"
#include "vm/muladd/muladd.h"

static void muladd_head_record(air_tape *t)
{
    muladd_head_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, &row.real, 1), zero = air_constant(t, 0);
    air_bool(t, "whether m stands for 2^256 is a bit", row.is_power);
    air_zero_when(t, "what stands for 2^256 is real", row.is_power, air_not(t, real));
    long_power_is_zero(t, row.is_power, row.m);
    bus_receive(t, BUS_CALL, real,
                (air_expr[]){air_constant(t, CALL_MULADD), row.clk, row.blocks, row.list, row.modulus, zero, zero,
                             zero, row.n, zero},
                10);
    long_byte_pairs(t, real, row.m, LONG_BYTES);
    long_read_bytes(t, real, row.modulus, LONG_WORDS, row.m, row.clk, K_BEFORE_ITEMS, row.age);
    muladd_send(t, real, row.clk, row.n, row.blocks, row.list, row.is_power, row.m);
}

CHIP_AIR(muladd_head, MULADD_HEAD_COLUMNS);
