#include "vm/permutation/permutation.h"

#include "stark/poseidon2.h"
#include "vm/row.h"

enum { WIDTH = PERMUTATION_WIDTH };
_Static_assert(PERMUTATION_WIDTH == POSEIDON2_WIDTH, "the proof system's permutation");

static air_expr element_constant(air_tape *t, fp x) { return air_constant(t, fp_to_u32(x)); }

/* Each four elements times the circulant of 2, 3, 1, 1, then to each the sum of all at its place. */
static void external_layer(air_tape *t, air_expr s[WIDTH])
{
    air_expr sum[4];
    for (int i = 0; i < WIDTH; i += 4) {
        air_expr x0 = s[i], x2 = s[i + 2];
        air_expr t01 = air_add(t, s[i], s[i + 1]), t23 = air_add(t, s[i + 2], s[i + 3]);
        air_expr all = air_add(t, t01, t23);
        air_expr t1 = air_add(t, all, s[i + 1]), t3 = air_add(t, all, s[i + 3]);
        s[i] = air_add(t, t1, t01);
        s[i + 1] = air_add(t, t1, air_scale(t, 2, x2));
        s[i + 2] = air_add(t, t3, t23);
        s[i + 3] = air_add(t, t3, air_scale(t, 2, x0));
        for (int j = 0; j < 4; j++)
            sum[j] = i == 0 ? s[j] : air_add(t, sum[j], s[i + j]);
    }
    for (int i = 0; i < WIDTH; i++)
        s[i] = air_add(t, s[i], sum[i % 4]);
}

/* The constant is there where the row is real, so that a row of zeros is padding. */
static air_expr cube(air_tape *t, air_expr real, air_expr x, fp constant, air_expr column)
{
    air_expr sum = air_add(t, x, air_mul(t, real, element_constant(t, constant)));
    air_equal(t, "an S-box is a cube", column, air_mul(t, sum, air_mul(t, sum, sum)));
    return column;
}

static void full_rounds(air_tape *t, air_expr real, air_expr s[WIDTH], int first, const air_expr *columns)
{
    for (int r = first; r < first + POSEIDON2_FULL_ROUNDS / 2; r++) {
        for (int i = 0; i < WIDTH; i++)
            s[i] = cube(t, real, s[i], poseidon2_full_constants[r][i], columns[WIDTH * r + i]);
        external_layer(t, s);
    }
}

static void permute(air_tape *t, const permutation_columns *row, air_expr s[WIDTH])
{
    external_layer(t, s);
    full_rounds(t, row->real, s, 0, row->full);
    for (int r = 0; r < POSEIDON2_PARTIAL_ROUNDS; r++) {
        s[0] = cube(t, row->real, s[0], poseidon2_partial_constants[r], row->partial[r]);
        air_expr sum = row_sum(t, s, WIDTH);
        for (int i = 0; i < WIDTH; i++)
            s[i] = air_add(t, sum, air_mul(t, element_constant(t, poseidon2_diagonal[i]), s[i]));
    }
    full_rounds(t, row->real, s, POSEIDON2_FULL_ROUNDS / 2, row->full);
}

static void message_of(air_expr message[2 * WIDTH], const air_expr before[WIDTH], const air_expr after[WIDTH])
{
    for (int i = 0; i < WIDTH; i++) {
        message[i] = before[i];
        message[WIDTH + i] = after[i];
    }
}

void permutation_is(air_tape *t, air_expr selector, const air_expr before[WIDTH], const air_expr after[WIDTH])
{
    air_expr message[2 * WIDTH];
    message_of(message, before, after);
    bus_send(t, BUS_PERMUTATION, selector, message, 2 * WIDTH);
}

static void permutation_record(air_tape *t)
{
    permutation_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, &row.real, 1), s[WIDTH], message[2 * WIDTH];
    for (int i = 0; i < WIDTH; i++)
        s[i] = row.before[i];
    permute(t, &row, s);
    message_of(message, row.before, s);
    bus_receive(t, BUS_PERMUTATION, real, message, 2 * WIDTH);
}

CHIP_AIR(permutation, PERMUTATION_COLUMNS);
