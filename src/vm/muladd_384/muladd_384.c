#include "vm/muladd_384/muladd_384.h"

#include "vm/long_product.h"

enum { MESSAGE = 4 + WIDE_BYTES };

static void make_message(air_expr message[MESSAGE], air_expr time, air_expr left, air_expr blocks,
                         air_expr list, const air_expr m[WIDE_BYTES])
{
    message[0] = time;
    message[1] = left;
    message[2] = blocks;
    message[3] = list;
    for (uint32_t i = 0; i < WIDE_BYTES; i++)
        message[4 + i] = m[i];
}

void muladd_384_send(air_tape *t, air_expr selector, air_expr time, air_expr left, air_expr blocks,
                     air_expr list, const air_expr m[WIDE_BYTES])
{
    air_expr message[MESSAGE];
    make_message(message, time, left, blocks, list, m);
    bus_send(t, BUS_MULADD_384, selector, message, MESSAGE);
}

static void muladd_384_record(air_tape *t)
{
    muladd_384_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, &row.real, 1), one = air_constant(t, 1), message[MESSAGE];
    air_bool(t, "last is a bit", row.is_last);
    air_zero_when(t, "a last row is real", row.is_last, air_not(t, real));
    air_zero_when(t, "the last row has one item left", row.is_last, air_sub(t, row.left, one));
    make_message(message, row.time, row.left, row.blocks, row.list, row.m);
    bus_receive(t, BUS_MULADD_384, real, message, MESSAGE);
    muladd_384_send(t, air_sub(t, real, row.is_last), air_add(t, row.time, one), air_sub(t, row.left, one),
                    row.blocks, air_add(t, row.list, one), row.m);

    air_expr block[4];
    for (uint32_t i = 0; i < 4; i++)
        block[i] = air_add(t, row.blocks, air_scale(t, WIDE_WORDS, row.item[i]));
    long_byte_pairs(t, real, row.a, WIDE_BYTES);
    long_byte_pairs(t, real, row.b, WIDE_BYTES);
    long_byte_pairs(t, real, row.q, WIDE_BYTES);
    long_read_bytes(t, real, block[0], WIDE_WORDS, row.a, row.time, K_READ, row.a_age);
    long_read_bytes(t, real, block[1], WIDE_WORDS, row.b, row.time, K_READ + 1, row.b_age);
    long_read(t, real, block[2], WIDE_WORDS, row.c, row.time, K_READ + 2, row.c_age);
    row_access(t, real, row.list, row.item, row.item, row.time, K_LIST, row.item_age);
    long_access(t, real, block[3], WIDE_WORDS, row.old, row.r, row.time, K_WRITE, row.r_age);
    long_product_holds(t, real,
                       &(long_product){.bytes = WIDE_BYTES,
                                       .a = row.a,
                                       .b = row.b,
                                       .m = row.m,
                                       .q = row.q,
                                       .c = row.c,
                                       .r = row.r,
                                       .carry = row.carry,
                                       .mark = row.mark,
                                       .gap = row.gap,
                                       .is_power = air_constant(t, 0)});
}

CHIP_AIR(muladd_384, MULADD_384_COLUMNS);
