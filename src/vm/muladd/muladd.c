#include "vm/muladd/muladd.h"

#include "vm/long_product.h"

enum { MESSAGE = 5 + LONG_BYTES };

static void make_message(air_expr message[MESSAGE], air_expr time, air_expr left, air_expr blocks,
                         air_expr list, air_expr is_power, const air_expr m[LONG_BYTES])
{
    message[0] = time;
    message[1] = left;
    message[2] = blocks;
    message[3] = list;
    message[4] = is_power;
    for (uint32_t i = 0; i < LONG_BYTES; i++)
        message[5 + i] = m[i];
}

void muladd_send(air_tape *t, air_expr selector, air_expr time, air_expr left, air_expr blocks, air_expr list,
                 air_expr is_power, const air_expr m[32])
{
    air_expr message[MESSAGE];
    make_message(message, time, left, blocks, list, is_power, m);
    bus_send(t, BUS_MULADD, selector, message, MESSAGE);
}

static void muladd_record(air_tape *t)
{
    muladd_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, &row.real, 1), one = air_constant(t, 1), message[MESSAGE];
    air_bool(t, "last is a bit", row.is_last);
    air_zero_when(t, "a last row is real", row.is_last, air_not(t, real));
    air_zero_when(t, "the last row has one item left", row.is_last, air_sub(t, row.left, one));
    make_message(message, row.time, row.left, row.blocks, row.list, row.is_power, row.m);
    bus_receive(t, BUS_MULADD, real, message, MESSAGE);
    muladd_send(t, air_sub(t, real, row.is_last), air_add(t, row.time, one), air_sub(t, row.left, one),
                row.blocks, air_add(t, row.list, one), row.is_power, row.m);

    air_expr block[4];
    for (uint32_t i = 0; i < 4; i++)
        block[i] = air_add(t, row.blocks, air_scale(t, LONG_WORDS, row.item[i]));
    long_byte_pairs(t, real, row.a, LONG_BYTES);
    long_byte_pairs(t, real, row.b, LONG_BYTES);
    long_byte_pairs(t, real, row.q, LONG_BYTES);
    long_read_bytes(t, real, block[0], LONG_WORDS, row.a, row.time, K_READ, row.a_age);
    long_read_bytes(t, real, block[1], LONG_WORDS, row.b, row.time, K_READ + 1, row.b_age);
    long_read(t, real, block[2], LONG_WORDS, row.c, row.time, K_READ + 2, row.c_age);
    row_access(t, real, row.list, row.item, row.item, row.time, K_LIST, row.item_age);
    long_access(t, real, block[3], LONG_WORDS, row.old, row.r, row.time, K_WRITE, row.r_age);
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

CHIP_AIR(muladd, MULADD_COLUMNS);
