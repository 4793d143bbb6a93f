#include "vm/keccak_rounds/keccak_rounds.h"

#include "vm/keccak.h"
#include "vm/sparse/sparse.h"

enum { LIMBS = KECCAK_LANE_LIMBS };

typedef struct {
    const air_expr *parity_low, *parity_top, *theta, *theta_iota, *piece;
} round_columns;

/* The limbs of OUT and of what rho makes of it, from the pieces. */
static void join_pieces(air_tape *t, air_expr real, air_expr out[KECCAK_LIMBS],
                        air_expr rotated[KECCAK_LIMBS], const air_expr *piece)
{
    for (uint32_t lane = 0; lane < KECCAK_LANES; lane++) {
        uint32_t moved = keccak_rotations[lane] % 8, whole = keccak_rotations[lane] / 8, stays = 8 - moved;
        air_expr low[LIMBS], high[LIMBS];
        for (uint32_t i = 0; i < LIMBS; i++) {
            low[i] = *piece++;
            high[i] = moved != 0 ? *piece++ : air_constant(t, 0);
            out[LIMBS * lane + i] = air_add(t, low[i], air_scale(t, 1u << 3 * stays, high[i]));
        }
        for (uint32_t i = 0; i < LIMBS; i++) {
            uint32_t to = LIMBS * lane + (i + whole) % LIMBS;
            rotated[to] = air_add(t, air_scale(t, 1u << 3 * moved, low[i]), high[(i + LIMBS - 1) % LIMBS]);
        }
        for (uint32_t i = 0; i < LIMBS; i += 2) {
            if (moved <= 4)
                keccak_cut(t, real, moved, high[i], low[i], high[i + 1], low[i + 1]);
            else
                keccak_cut(t, real, stays, low[i], high[i], low[i + 1], high[i + 1]);
        }
    }
}

/* From x to the x of the next round. `iota`: of the round before. */
static void record_round(air_tape *t, air_expr real, air_expr x[KECCAK_LIMBS],
                         const air_expr iota[KECCAK_IOTA_LIMBS], const round_columns *c)
{
    air_expr out[KECCAK_LIMBS], rotated[KECCAK_LIMBS];
    join_pieces(t, real, out, rotated, c->piece);
    for (uint32_t column = 0; column < 5; column++) {
        uint32_t before = LIMBS * ((column + 4) % 5), behind = LIMBS * ((column + 1) % 5);
        for (uint32_t i = 0; i < LIMBS; i++) {
            uint32_t at = LIMBS * column + i;
            air_expr theta = c->theta[at];
            uint32_t below = behind + (i + LIMBS - 1) % LIMBS;
            air_expr turned = row_join(t, c->parity_top[below], 3, c->parity_low[behind + i]);
            air_expr straight = row_join(t, c->parity_low[before + i], 21, c->parity_top[before + i]);
            air_expr sum = air_add(t, straight, turned);
            keccak_bits(t, real, theta, row_divide(t, air_sub(t, sum, theta), 1));

            air_expr parity = row_join(t, c->parity_low[at], 21, c->parity_top[at]), lanes = theta;
            for (uint32_t y = 0; y < 5; y++)
                lanes = air_add(t, lanes, out[LIMBS * (column + 5 * y) + i]);
            keccak_digits(t, real, SPARSE_EVEN, air_sub(t, lanes, parity));
            if (i % 2 == 1)
                keccak_cut(t, real, 1, c->parity_top[at - 1], c->parity_low[at - 1], c->parity_top[at],
                           c->parity_low[at]);

            int place = column == 0 ? keccak_iota_places[i] : -1;
            if (place >= 0) {
                air_expr with = c->theta_iota[place];
                keccak_bits(t, real, with, row_divide(t, air_sub(t, air_add(t, sum, iota[place]), with), 1));
            }
            for (uint32_t y = 0; y < 5; y++) {
                uint32_t limb = LIMBS * (column + 5 * y) + i;
                air_expr d = y == 0 && place >= 0 ? c->theta_iota[place] : theta;
                air_expr sum_of_digits = air_add(t, x[limb], air_scale(t, 2, d));
                keccak_digits(t, real, SPARSE_UNSET, air_sub(t, sum_of_digits, air_scale(t, 2, out[limb])));
            }
        }
    }
    /* pi: lane (x, y) goes to (y, 2x + 3y). */
    air_expr moved[KECCAK_LIMBS], ones = air_constant(t, sparse_digits(0xFF));
    for (uint32_t lane = 0; lane < KECCAK_LANES; lane++) {
        uint32_t to = lane / 5 + 5 * ((2 * (lane % 5) + 3 * (lane / 5)) % 5);
        for (uint32_t i = 0; i < LIMBS; i++)
            moved[LIMBS * to + i] = rotated[LIMBS * lane + i];
    }
    for (uint32_t lane = 0; lane < KECCAK_LANES; lane++) {
        uint32_t row = lane / 5 * 5, second = row + (lane + 1) % 5, third = row + (lane + 2) % 5;
        for (uint32_t i = 0; i < LIMBS; i++) {
            air_expr chi = air_add(t, air_sub(t, ones, moved[LIMBS * second + i]), moved[LIMBS * third + i]);
            x[LIMBS * lane + i] = air_add(t, air_scale(t, 2, moved[LIMBS * lane + i]), chi);
        }
    }
}

static void keccak_rounds_record(air_tape *t)
{
    keccak_rounds_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, row.row, KECCAK_ROWS), number = air_constant(t, 0);
    for (uint32_t i = 1; i < KECCAK_ROWS; i++)
        number = air_add(t, number, air_scale(t, i, row.row[i]));
    const round_columns rounds[KECCAK_ROW_ROUNDS] = {
        {row.parity_low_0, row.parity_top_0, row.theta_0, row.theta_iota_0, row.piece_0},
        {row.parity_low_1, row.parity_top_1, row.theta_1, row.theta_iota_1, row.piece_1},
    };
    air_expr x[KECCAK_LIMBS];
    for (uint32_t i = 0; i < KECCAK_LIMBS; i++)
        x[i] = row.x[i];
    keccak_receive(t, real, row.time, number, x);
    for (uint32_t k = 0; k < KECCAK_ROW_ROUNDS; k++) {
        air_expr zero = air_constant(t, 0), iota[KECCAK_IOTA_LIMBS] = {zero, zero, zero, zero};
        for (uint32_t i = 0; i < KECCAK_ROWS; i++)
            for (uint32_t limb = 0; limb < LIMBS; limb++) {
                uint32_t round = KECCAK_ROW_ROUNDS * i + k;
                uint32_t value = round == 0 ? 0 : keccak_sparse_limb(keccak_constants[round - 1], limb);
                if (value == 0)
                    continue;
                air_expr *at = &iota[keccak_iota_places[limb]];
                *at = air_add(t, *at, air_scale(t, value, row.row[i]));
            }
        record_round(t, real, x, iota, &rounds[k]);
    }
    keccak_send(t, real, row.time, air_add(t, number, air_constant(t, 1)), x);
}

CHIP_AIR(keccak_rounds, KECCAK_ROUNDS_COLUMNS);
