#include "vm/point_sum/point_sum.h"

#include "vm/point.h"

enum { POSITIONS = POINT_CARRIES + 1 };

/* 2^516 − 2^292 − 977·2^260 */
const uint32_t point_offset[POSITIONS] = {
    [16] = 0xC2F0, [17] = 0xFFFF, [18] = 0xFFEF, [19] = 0xFFFF, [20] = 0xFFFF, [21] = 0xFFFF,
    [22] = 0xFFFF, [23] = 0xFFFF, [24] = 0xFFFF, [25] = 0xFFFF, [26] = 0xFFFF, [27] = 0xFFFF,
    [28] = 0xFFFF, [29] = 0xFFFF, [30] = 0xFFFF, [31] = 0xFFFFF,
};

/* The digits of balanced bytes. */
static void digits_of(air_tape *t, air_expr real, air_expr digits[POINT_BYTES],
                      const air_expr bytes[POINT_BYTES])
{
    for (uint32_t i = 0; i < POINT_BYTES; i++)
        digits[i] = air_sub(t, bytes[i], air_scale(t, POINT_BALANCE, real));
}

/* At each position: digits of `b` in pairs that begin with an even one go with even digits of `a`, the
 * others with odd ones. */
static void add_product(air_tape *t, air_expr sum[POSITIONS], const air_expr a[POINT_BYTES],
                        const air_expr b[POINT_BYTES])
{
    air_expr even[POINT_LIMBS], odd[POINT_LIMBS + 1];
    for (uint32_t i = 0; i < POINT_LIMBS; i++)
        even[i] = row_join(t, b[2 * i], 8, b[2 * i + 1]);
    odd[0] = air_scale(t, 256, b[0]);
    for (uint32_t i = 1; i < POINT_LIMBS; i++)
        odd[i] = row_join(t, b[2 * i - 1], 8, b[2 * i]);
    odd[POINT_LIMBS] = b[POINT_BYTES - 1];
    for (uint32_t i = 0; i < POINT_LIMBS; i++) {
        for (uint32_t j = 0; j < POINT_LIMBS; j++)
            sum[i + j] = air_add(t, sum[i + j], air_mul(t, a[2 * i], even[j]));
        for (uint32_t j = 0; j <= POINT_LIMBS; j++)
            sum[i + j] = air_add(t, sum[i + j], air_mul(t, a[2 * i + 1], odd[j]));
    }
}

static void subtract_digits(air_tape *t, air_expr sum[POSITIONS], const air_expr a[POINT_BYTES])
{
    for (uint32_t i = 0; i < POINT_LIMBS; i++)
        sum[i] = air_sub(t, sum[i], row_join(t, a[2 * i], 8, a[2 * i + 1]));
}

static void add_limbs(air_tape *t, air_expr sum[POSITIONS], const air_expr limbs[POINT_LIMBS],
                      uint32_t factor)
{
    for (uint32_t i = 0; i < POINT_LIMBS; i++)
        sum[i] = air_add(t, sum[i], air_scale(t, factor, limbs[i]));
}

static void subtract_limbs(air_tape *t, air_expr sum[POSITIONS], const air_expr limbs[POINT_LIMBS])
{
    for (uint32_t i = 0; i < POINT_LIMBS; i++)
        sum[i] = air_sub(t, sum[i], limbs[i]);
}

/* sum = (quotient − 2^260)·p, p = 2^256 − 2^32 − 977. The last limb of the quotient, of eight bits, reaches
 * position 32. */
static void divisible(air_tape *t, air_expr real, const char *name, const air_expr sum[POSITIONS],
                      const air_expr quotient[POINT_QUOTIENT_LIMBS], const air_expr carries[POINT_CARRIES])
{
    air_expr carry = air_constant(t, 0);
    for (uint32_t k = 0; k < POSITIONS; k++) {
        air_expr e = air_add(t, sum[k], carry);
        if (k < POINT_QUOTIENT_LIMBS)
            e = air_add(t, e, air_scale(t, 977, quotient[k]));
        if (k >= 2 && k - 2 < POINT_QUOTIENT_LIMBS)
            e = air_add(t, e, quotient[k - 2]);
        if (k >= 16)
            e = air_sub(t, e, quotient[k - 16]);
        if (k == POSITIONS - 1)
            e = air_sub(t, e, air_scale(t, 0x10000, quotient[16]));
        e = air_add(t, e, air_scale(t, point_offset[k], real));
        if (k < POINT_CARRIES) {
            carry = air_sub(t, carries[k], air_scale(t, 1 << 14, real));
            bus_range(t, real, 15, carries[k]);
            e = air_sub(t, e, air_scale(t, 0x10000, carry));
        }
        air_zero(t, name, e);
    }
    for (uint32_t k = 0; k < POINT_QUOTIENT_LIMBS; k++)
        bus_range(t, real, k == POINT_QUOTIENT_LIMBS - 1 ? 8 : 16, quotient[k]);
}

static void equations(air_tape *t, const point_sum_columns *row, air_expr real)
{
    air_expr x1[POINT_BYTES], x2[POINT_BYTES], x3[POINT_BYTES], x[POINT_BYTES];
    air_expr slope[POINT_BYTES], last[POINT_BYTES];
    digits_of(t, real, x1, row->x1);
    digits_of(t, real, x2, row->x2);
    digits_of(t, real, x3, row->x3);
    digits_of(t, real, x, row->x);
    digits_of(t, real, slope, row->slope);
    digits_of(t, real, last, row->last);
    air_expr to_t[POINT_BYTES], to_middle[POINT_BYTES], from_sum[POINT_BYTES];
    air_expr both[POINT_BYTES], added[POINT_BYTES];
    for (uint32_t i = 0; i < POINT_BYTES; i++) {
        to_t[i] = air_sub(t, x2[i], x1[i]);
        to_middle[i] = air_sub(t, x3[i], x1[i]);
        from_sum[i] = air_sub(t, x1[i], x[i]);
        both[i] = air_add(t, slope[i], last[i]);
        added[i] = row_select(t, row->twice, x3[i], x2[i]);
        air_zero_when(t, "one addition has one slope", air_not(t, row->twice), air_sub(t, last[i], slope[i]));
    }
    air_expr t_y[POINT_LIMBS], single_y[POINT_LIMBS];
    for (uint32_t i = 0; i < POINT_LIMBS; i++) {
        t_y[i] = air_sub(t, row->y2[i], air_scale(t, 2, air_mul(t, row->negate, row->y2[i])));
        single_y[i] = air_sub(t, row->y[i], air_mul(t, row->twice, row->y[i]));
    }

    air_expr zero = air_constant(t, 0), e[POINT_EQUATIONS][POSITIONS];
    for (uint32_t n = 0; n < POINT_EQUATIONS; n++)
        for (uint32_t k = 0; k < POSITIONS; k++)
            e[n][k] = zero;
    add_product(t, e[0], slope, to_t);
    subtract_limbs(t, e[0], t_y);
    add_limbs(t, e[0], row->y1, 1);
    divisible(t, real, "slope is of P and T", e[0], row->quotient_0, row->carry_0);

    add_product(t, e[1], slope, slope);
    subtract_digits(t, e[1], x1);
    subtract_digits(t, e[1], x2);
    subtract_digits(t, e[1], x3);
    divisible(t, real, "x3 is of P + T", e[1], row->quotient_1, row->carry_1);

    add_product(t, e[2], both, to_middle);
    add_limbs(t, e[2], row->y1, 2);
    add_limbs(t, e[2], single_y, 2);
    divisible(t, real, "both slopes are -2 y1 by x3 - x1", e[2], row->quotient_2, row->carry_2);

    add_product(t, e[3], last, last);
    subtract_digits(t, e[3], x1);
    subtract_digits(t, e[3], x);
    subtract_digits(t, e[3], added);
    divisible(t, real, "x is of the sum", e[3], row->quotient_3, row->carry_3);

    add_product(t, e[4], last, from_sum);
    subtract_limbs(t, e[4], row->y1);
    subtract_limbs(t, e[4], row->y);
    divisible(t, real, "y is of the sum", e[4], row->quotient_4, row->carry_4);
}

/* Three bytes make a difference below 2^24 in size, so it is zero modulo p_native only if they are equal. */
static void x_apart(air_tape *t, const point_sum_columns *row, air_expr real)
{
    air_expr sum = air_constant(t, 0);
    for (uint32_t group = 0; group < POINT_GROUPS; group++) {
        air_expr difference = air_constant(t, 0);
        for (uint32_t i = 3 * group; i < 3 * group + 3 && i < POINT_BYTES; i++)
            difference = air_add(
                t, difference, air_scale(t, UINT32_C(1) << 8 * (i % 3), air_sub(t, row->x1[i], row->x2[i])));
        sum = air_add(t, sum, air_mul(t, row->apart[group], difference));
    }
    air_equal(t, "x1 is not x2", sum, real);
}

static void point_sum_record(air_tape *t)
{
    point_sum_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, &row.real, 1), zero = air_constant(t, 0), one = air_constant(t, 1);
    air_bool(t, "negate is a bit", row.negate);
    air_bool(t, "twice is a bit", row.twice);

    air_expr next_time = air_add(t, row.time, one), next_left = air_sub(t, row.left, one);
    air_expr next_list = air_add(t, row.list, one);
    point_receive(t, real,
                  &(point_state){row.time, row.left, row.list, row.base, row.result, row.x1, row.y1});
    point_send(t, real, &(point_state){next_time, next_left, next_list, row.base, row.result, row.x, row.y});

    air_expr item[4] = {row.number, row_join(t, row.negate, 1, row.twice), zero, zero};
    row_access(t, real, row.list, item, item, row.time, K_LIST, row.list_age);
    point_read(t, real, row_join(t, row.base, 3, row.number), row.x2, row.y2, row.time, K_READ, row.age);

    air_expr limbs[POINT_LIMBS];
    point_limbs(t, limbs, row.x2);
    point_canonical(t, real, limbs, row.canonical2);
    point_limbs(t, limbs, row.x);
    point_canonical(t, real, limbs, row.canonical);
    point_bytes(t, real, row.x2);
    point_bytes(t, real, row.x3);
    point_bytes(t, real, row.x);
    point_bytes(t, real, row.slope);
    point_bytes(t, real, row.last);
    for (uint32_t i = 0; i < POINT_LIMBS; i++)
        bus_range(t, real, 16, row.y[i]);
    x_apart(t, &row, real);
    equations(t, &row, real);
}

CHIP_AIR(point_sum, POINT_SUM_COLUMNS);
