#include "vm/sponge/sponge.h"

#include "stark/poseidon2.h"
#include "vm/element.h"

enum { WIDTH = POSEIDON2_WIDTH, RATE = 16, CAPACITY = 8, WORDS = 8 };

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

static void permute(air_tape *t, const sponge_columns *row, air_expr s[WIDTH])
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

static void sponge_record(air_tape *t)
{
    sponge_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, &row.real, 1), one = air_constant(t, 1);
    air_bool(t, "last is a bit", row.is_last);
    air_zero_when(t, "a last row is real", row.is_last, air_not(t, real));
    air_zero_when(t, "the last row has one block left", row.is_last, air_sub(t, row.left, one));

    air_expr s[WIDTH];
    for (uint32_t i = 0; i < WORDS; i++)
        row_access(t, real, air_add(t, row.data, air_constant(t, i)), row.word + 4 * i, row.word + 4 * i,
                   row.time, K_READ, row.age + AGE_COLUMNS * i);
    for (uint32_t i = 0; i < RATE; i++) {
        element_is_canonical(t, real, row.word + 2 * i, row.top[i]);
        s[i] = element_of(t, row.word + 2 * i);
    }
    air_expr before[3 + CAPACITY] = {row.time, row.left, row.data}, after[1 + WIDTH] = {row.time};
    for (uint32_t i = 0; i < CAPACITY; i++)
        before[3 + i] = s[RATE + i] = row.capacity[i];
    bus_receive(t, BUS_SPONGE, real, before, 3 + CAPACITY);
    permute(t, &row, s);
    air_expr next[3 + CAPACITY] = {air_add(t, row.time, one), air_sub(t, row.left, one),
                                   air_add(t, row.data, air_constant(t, WORDS))};
    for (uint32_t i = 0; i < CAPACITY; i++)
        next[3 + i] = s[RATE + i];
    for (uint32_t i = 0; i < WIDTH; i++)
        after[1 + i] = s[i];
    bus_send(t, BUS_SPONGE, air_sub(t, real, row.is_last), next, 3 + CAPACITY);
    bus_send(t, BUS_SPONGE_STATE, row.is_last, after, 1 + WIDTH);
}

CHIP_AIR(sponge, SPONGE_COLUMNS);
