#include "vm/keccak_absorb/keccak_absorb.h"

#include "abi/calls.h"
#include "vm/keccak.h"

enum { WORDS = KECCAK_RATE_LANES + 1 };

static void read_words(air_tape *t, const keccak_absorb_columns *row, air_expr real)
{
    for (uint32_t i = 0; i < WORDS; i++) {
        /* The last one only if the block begins within a word; else no byte of it is in the block. */
        air_expr selector = i < KECCAK_RATE_LANES ? real : air_sub(t, real, row->offset[0]);
        const air_expr *word = row->word + 4 * i;
        row_access(t, selector, air_add(t, row->at, air_constant(t, i)), word, word, row->time, K_READ,
                   row->age + AGE_COLUMNS * i);
        for (uint32_t k = 0; k < 4; k++)
            keccak_limb(t, selector, word[k], row->byte[8 * i + 2 * k], row->byte[8 * i + 2 * k + 1]);
    }
    for (uint32_t i = 0; i < KECCAK_RATE_LIMBS; i++)
        air_equal(t, "the block's bytes stand at the offset", row->block[i],
                  row_weigh_by(t, row->offset, row->byte + i, 8));
}

static void keccak_absorb_record(air_tape *t)
{
    static const uint32_t offsets[8] = {0, 1, 2, 3, 4, 5, 6, 7};
    keccak_absorb_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, row.offset, 8), zero = air_constant(t, 0), one = air_constant(t, 1);
    air_bool(t, "first is a bit", row.is_first);
    air_zero_when(t, "a first row is real", row.is_first, air_not(t, real));
    air_bool(t, "last is a bit", row.is_last);
    air_zero_when(t, "a last row is real", row.is_last, air_not(t, real));
    air_zero_when(t, "the last row has one block left", row.is_last, air_sub(t, row.left, one));
    air_zero_when(t, "the last block is at the tail", row.is_last, air_sub(t, row.at, row.tail));
    air_zero_when(t, "the tail has no offset", row.is_last, air_not(t, row.offset[0]));
    air_expr goes_on = air_sub(t, real, row.is_last);
    air_zero_when(t, "other blocks are the data's", goes_on, air_sub(t, row.at, row.data));
    air_zero_when(t, "the data has the call's offset", goes_on,
                  air_sub(t, row.data_offset, row_weigh(t, row.offset, offsets, 8)));

    air_expr follows = air_sub(t, real, row.is_first), block = air_constant(t, KECCAK_RATE_LANES);
    air_expr absorb = air_constant(t, STEP_KECCAK_ABSORB), digest = air_constant(t, STEP_KECCAK_DIGEST);
    bus_receive(t, BUS_CALL, row.is_first,
                (air_expr[]){air_constant(t, CALL_KECCAK256), row.time, row.digest, row.data, row.tail, zero,
                             zero, zero, row.left, row.data_offset},
                10);
    bus_receive(t, BUS_STEP, follows,
                (air_expr[]){absorb, row.time, row.left, row.data, row.data_offset, row.tail, row.digest}, 7);
    bus_send(t, BUS_STEP, goes_on,
             (air_expr[]){absorb, air_add(t, row.time, one), air_sub(t, row.left, one),
                          air_add(t, row.data, block), row.data_offset, row.tail, row.digest},
             7);
    bus_send(t, BUS_STEP, row.is_last, (air_expr[]){digest, row.time, row.digest, zero, zero, zero, zero}, 7);

    keccak_receive(t, follows, air_sub(t, row.time, one), air_constant(t, KECCAK_ROWS), row.x);
    for (uint32_t i = 0; i < KECCAK_LIMBS; i++)
        air_zero_when(t, "the first state is zero", row.is_first, row.x[i]);
    air_expr iota[KECCAK_IOTA_LIMBS];
    for (uint32_t i = 0; i < KECCAK_LANE_LIMBS; i++)
        if (keccak_iota_places[i] >= 0)
            iota[keccak_iota_places[i]] = air_scale(t, keccak_sparse_limb(keccak_constants[23], i), follows);
    keccak_normalise(t, real, row.x, iota, row.rate, KECCAK_RATE_LANES);
    read_words(t, &row, real);
    air_expr x[KECCAK_LIMBS];
    for (uint32_t i = 0; i < KECCAK_LIMBS; i++)
        x[i] = i < KECCAK_RATE_LIMBS ? air_scale(t, 2, air_add(t, row.rate[i], row.block[i])) : row.x[i];
    keccak_send(t, real, row.time, zero, x);
}

CHIP_AIR(keccak_absorb, KECCAK_ABSORB_COLUMNS);
