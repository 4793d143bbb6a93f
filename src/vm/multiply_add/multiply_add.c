#include "vm/multiply_add/multiply_add.h"

#include "abi/calls.h"
#include "vm/element.h"

enum { DEGREE = 5, WORDS = 3 };

static air_expr block_at(air_tape *t, const multiply_add_columns *row, uint32_t which)
{
    return air_add(t, row->base, air_scale(t, WORDS, row->number[which]));
}

/* Reads a block at tick K_READ + which; its elements. */
static void read_block(air_tape *t, const multiply_add_columns *row, uint32_t which, const air_expr *limbs,
                       const air_expr *age, const air_expr *top, air_expr x[DEGREE])
{
    air_expr at = block_at(t, row, which);
    for (uint32_t i = 0; i < WORDS; i++)
        row_access(t, row->real, air_add(t, at, air_constant(t, i)), limbs + 4 * i, limbs + 4 * i, row->time,
                   K_READ + which, age + AGE_COLUMNS * i);
    for (uint32_t i = 0; i < DEGREE; i++) {
        element_is_canonical(t, row->real, limbs + 2 * i, top[i]);
        x[i] = element_of(t, limbs + 2 * i);
    }
}

/* Coefficient k of a·b modulo x^5 + x^2 − 1: x^(5 + d) = x^d − x^(2 + d), and x^7 and x^8 go on by that. */
static air_expr product_coefficient(air_tape *t, const air_expr a[DEGREE], const air_expr b[DEGREE],
                                    uint32_t k)
{
    air_expr b14 = air_sub(t, b[1], b[4]), b03 = air_sub(t, b[0], b[3]), b42 = air_sub(t, b[4], b[2]);
    const air_expr rows[DEGREE][DEGREE] = {
        {b[0], b[4], b[3], b[2], b14},
        {b[1], b[0], b[4], b[3], b[2]},
        {b[2], b14, b03, b42, air_sub(t, b[3], b14)},
        {b[3], b[2], b14, b03, b42},
        {b[4], b[3], b[2], b14, b03},
    };
    return row_weigh_by(t, a, rows[k], DEGREE);
}

static void multiply_add_record(air_tape *t)
{
    multiply_add_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, &row.real, 1), zero = air_constant(t, 0), one = air_constant(t, 1);
    air_bool(t, "first is a bit", row.is_first);
    air_zero_when(t, "a first row is real", row.is_first, air_not(t, real));
    air_bool(t, "last is a bit", row.is_last);
    air_zero_when(t, "a last row is real", row.is_last, air_not(t, real));
    air_zero_when(t, "the last row has one item left", row.is_last, air_sub(t, row.left, one));

    air_expr call = air_constant(t, CALL_MULTIPLY_ADD), chip = air_constant(t, STEP_MULTIPLY_ADD);
    bus_receive(t, BUS_CALL, row.is_first,
                (air_expr[]){call, row.time, row.base, row.list, zero, zero, zero, zero, row.left, zero}, 10);
    bus_receive(t, BUS_STEP, air_sub(t, real, row.is_first),
                (air_expr[]){chip, row.time, row.left, row.base, row.list, zero, zero}, 7);
    bus_send(t, BUS_STEP, air_sub(t, real, row.is_last),
             (air_expr[]){chip, air_add(t, row.time, one), air_sub(t, row.left, one), row.base,
                          air_add(t, row.list, one), zero, zero},
             7);

    row_access(t, real, row.list, row.number, row.number, row.time, K_LIST, row.list_age);
    air_expr a[DEGREE], b[DEGREE], c[DEGREE];
    read_block(t, &row, 0, row.a, row.a_age, row.a_top, a);
    read_block(t, &row, 1, row.b, row.b_age, row.b_top, b);
    read_block(t, &row, 2, row.c, row.c_age, row.c_top, c);
    for (uint32_t k = 0; k < DEGREE; k++) {
        element_is_word(t, real, row.r + 2 * k, row.r_top[k]);
        air_expr sum = air_add(t, product_coefficient(t, a, b, k), c[k]);
        air_equal(t, "r = a·b + c", element_of(t, row.r + 2 * k), sum);
    }
    air_expr at = block_at(t, &row, 3);
    const air_expr new[4 * WORDS] = {row.r[0], row.r[1], row.r[2], row.r[3], row.r[4], row.r[5],
                                     row.r[6], row.r[7], row.r[8], row.r[9], zero,     zero};
    for (uint32_t i = 0; i < WORDS; i++)
        row_access(t, real, air_add(t, at, air_constant(t, i)), row.old + 4 * i, new + 4 * i, row.time,
                   K_WRITE, row.r_age + AGE_COLUMNS * i);
}

CHIP_AIR(multiply_add, MULTIPLY_ADD_COLUMNS);
