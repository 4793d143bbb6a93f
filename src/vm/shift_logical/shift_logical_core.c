#include "vm/shift_logical/shift_logical_core.h"

#include "vm/row.h"

air_expr shift_logical_core(air_tape *t, const shift_logical_core_columns *row, air_expr *real_out)
{
    air_expr real = row_one_of(t, row->places, 4), left = row->left, zero = air_constant(t, 0);
    *real_out = real;
    air_bool(t, "left is a bit", left);
    air_zero_when(t, "only a shift goes left", left, air_not(t, real));
    air_expr table = row_weigh(t, (air_expr[]){left, air_sub(t, real, left)},
                               (uint32_t[]){SMALL_SHIFT_LEFT, SMALL_SHIFT_RIGHT}, 2);
    bus_look_up(t, BUS_SMALL, real, (air_expr[]){table, row->bits, row->cut, row->below, row->above}, 5);

    air_expr above_cut = air_sub(t, air_constant(t, 16), row->cut);
    for (int i = 0; i < 4; i++) {
        air_equal(t, "a limb is cut in two", air_add(t, row->low[i], air_mul(t, row->below, row->high[i])), row->a[i]);
        bus_look_up(t, BUS_RANGE, real, (air_expr[]){row->cut, row->low[i]}, 2);
        bus_look_up(t, BUS_RANGE, real, (air_expr[]){above_cut, row->high[i]}, 2);
    }

    /* joined is below 2^16: above·low ≤ 2^16 − above, and high < above. */
    for (int j = 0; j < 4; j++) {
        air_expr moved = air_mul(t, row->above, row->low[j]);
        air_equal(t, "neighbours are joined", row->joined[j], j > 0 ? air_add(t, moved, row->high[j - 1]) : moved);
    }
    for (int i = 0; i < 4; i++) {
        air_expr result = zero;
        for (int places = 0; places < 4; places++) {
            air_expr from_below = i >= places ? row->joined[i - places] : zero;
            air_expr from_above = i + places < 3    ? row->joined[i + places + 1]
                                  : i + places == 3 ? row->high[3]
                                                    : zero;
            result = air_add(t, result, air_mul(t, row->places[places], row_select(t, left, from_below, from_above)));
        }
        air_equal(t, "limbs move", row->result[i], result);
    }
    return row_join(t, row->bits, 4, row_weigh(t, row->places, (uint32_t[]){0, 1, 2, 3}, 4));
}
