#include "vm/muladd_384_head/muladd_384_head.h"

#include "abi/calls.h"
#include "vm/long_product.h"
#include "vm/muladd_384/muladd_384.h"

static void muladd_384_head_record(air_tape *t)
{
    muladd_384_head_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, &row.real, 1), zero = air_constant(t, 0);
    bus_receive(t, BUS_CALL, real,
                (air_expr[]){air_constant(t, CALL_MULADD_384), row.clk, row.blocks, row.list, row.modulus, zero,
                             zero, zero, row.n, zero},
                10);
    long_byte_pairs(t, real, row.m, WIDE_BYTES);
    long_read_bytes(t, real, row.modulus, WIDE_WORDS, row.m, row.clk, K_BEFORE_ITEMS, row.age);
    muladd_384_send(t, real, row.clk, row.n, row.blocks, row.list, row.m);
}

CHIP_AIR(muladd_384_head, MULADD_384_HEAD_COLUMNS);
