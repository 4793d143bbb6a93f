#include "vm/shift/shift_core.h"

#include "vm/row.h"

air_expr shift_core_kind(air_tape *t, const shift_core_columns *row)
{
    air_expr right = row_sum(t, row->right, 4);
    return row_weigh(t, (air_expr[]){right, row->is_signed, row->is_word}, (uint32_t[]){1, 1, 3}, 3);
}

air_expr shift_core(air_tape *t, const shift_core_columns *row, air_expr *real_out)
{
    _Static_assert(
        offsetof(shift_core_columns, right) == offsetof(shift_core_columns, left) + sizeof row->left, "");
    air_expr real = row_one_of(t, row->left, 6); /* left, then right */
    air_expr left = row_sum(t, row->left, 2), right = row_sum(t, row->right, 4);
    air_expr is_word = row->is_word, zero = air_constant(t, 0);
    *real_out = real;
    air_bool(t, "signed is a bit", row->is_signed);
    air_zero_when(t, "only a right shift is signed", row->is_signed, air_not(t, right));
    air_bool(t, "word is a bit", is_word);
    air_zero_when(t, "only a shift is of words", is_word, air_not(t, real));
    air_zero_when(t, "a word moves by one limb at most", is_word,
                  air_add(t, row->right[2], row->right[3]));
    air_zero_when(t, "what is no word is signed", air_sub(t, real, is_word), air_not(t, row->is_signed));

    air_expr table = row_weigh(t, (air_expr[]){left, right},
                               (uint32_t[]){SMALL_SHIFT_LEFT, SMALL_SHIFT_RIGHT}, 2);
    bus_look_up(t, BUS_SMALL, real, (air_expr[]){table, row->bits, row->cut, row->below, row->above}, 5);

    air_expr has_sign = row_select(t, is_word, row->a[1], row->a[3]);
    air_equal(t, "which limb has the sign", row->top, has_sign);
    row_sign(t, row->is_signed, row->top, row->sign);

    /* Of a word only the low two limbs count; a signed right shift extends them. */
    air_expr fill = air_scale(t, 0xFFFF, row->sign);
    air_expr above_cut = air_sub(t, air_constant(t, 16), row->cut);
    for (int i = 0; i < 4; i++) {
        air_expr limb = i < 2 ? row->a[i] : row_select(t, is_word, fill, row->a[i]);
        air_equal(t, "a limb is cut in two", air_add(t, row->low[i], air_mul(t, row->below, row->high[i])),
                  limb);
        bus_look_up(t, BUS_RANGE, real, (air_expr[]){row->cut, row->low[i]}, 2);
        bus_look_up(t, BUS_RANGE, real, (air_expr[]){above_cut, row->high[i]}, 2);
    }

    /* joined is below 2^16: above·low ≤ 2^16 − above, and high < above. The fill's lowest `cut` bits, moved
     * up, are 2^16 − above. */
    for (int j = 0; j < 5; j++) {
        air_expr moved = j < 4 ? air_mul(t, row->above, row->low[j])
                               : air_mul(t, row->sign, air_sub(t, air_constant(t, 0x10000), row->above));
        air_equal(t, "neighbours are joined", row->joined[j],
                  j > 0 ? air_add(t, moved, row->high[j - 1]) : moved);
    }

    air_expr extension = air_scale(t, 0xFFFF, row->result_sign);
    for (int i = 0; i < 4; i++) {
        air_expr result = zero;
        for (int places = 0; places < 4; places++) {
            air_expr from_above = i + places < 4 ? row->joined[i + places + 1] : fill;
            if (places < 2 && i >= places)
                result = air_add(t, result, air_mul(t, row->left[places], row->joined[i - places]));
            result = air_add(t, result, air_mul(t, row->right[places], from_above));
        }
        if (i >= 2)
            result = row_select(t, is_word, extension, result);
        air_equal(t, "limbs move", row->result[i], result);
    }
    row_sign(t, is_word, row->result[1], row->result_sign);

    air_expr places = air_add(t, row->left[1],
                              row_weigh(t, row->right, (uint32_t[]){0, 1, 2, 3}, 4));
    return row_join(t, row->bits, 4, places);
}
