#include "vm/keccak_digest/keccak_digest.h"

#include "vm/keccak.h"

enum { WORDS = 4 };

static void keccak_digest_record(air_tape *t)
{
    keccak_digest_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, &row.real, 1), zero = air_constant(t, 0);
    bus_receive(t, BUS_STEP, real,
                (air_expr[]){air_constant(t, STEP_KECCAK_DIGEST), row.time, row.digest, zero, zero, zero, zero},
                7);
    keccak_receive(t, real, row.time, air_constant(t, KECCAK_ROWS), row.x);
    air_expr iota[KECCAK_IOTA_LIMBS];
    for (uint32_t i = 0; i < KECCAK_LANE_LIMBS; i++)
        if (keccak_iota_places[i] >= 0)
            iota[keccak_iota_places[i]] = air_constant(t, keccak_sparse_limb(keccak_constants[23], i));
    keccak_normalise(t, real, row.x, iota, row.lane, WORDS);
    for (uint32_t i = 0; i < 4 * WORDS; i++)
        keccak_limb(t, real, row.word[i], row.lane[2 * i], row.lane[2 * i + 1]);
    for (uint32_t i = 0; i < WORDS; i++)
        row_access(t, real, air_add(t, row.digest, air_constant(t, i)), row.old + 4 * i, row.word + 4 * i,
                   row.time, K_WRITE, row.age + AGE_COLUMNS * i);
}

CHIP_AIR(keccak_digest, KECCAK_DIGEST_COLUMNS);
