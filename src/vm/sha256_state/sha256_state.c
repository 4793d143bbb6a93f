#include "vm/sha256_state/sha256_state.h"

#include "abi/calls.h"
#include "vm/sha256.h"

enum { BYTES = 8 * SHA256_STATE_WORDS, WORDS = SHA256_STATE_WORDS, K_START = K_READ + 1 };

static void sha256_state_record(air_tape *t)
{
    sha256_state_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, &row.real, 1), zero = air_constant(t, 0), one = air_constant(t, 1);
    bus_receive(t, BUS_CALL, real,
                (air_expr[]){air_constant(t, CALL_SHA256), row.clk, row.result, row.data, row.tail, row.start,
                             zero, zero, row.n, row.data_offset},
                10);
    air_expr next = air_add(t, row.clk, row.n), last = air_sub(t, next, one), state[SHA256_LIMBS];
    for (uint32_t i = 0; i < BYTES; i += 2) {
        bus_byte_pair(t, real, row.first[i], row.first[i + 1]);
        bus_byte_pair(t, real, row.last[i], row.last[i + 1]);
    }
    sha256_limbs_of_bytes(t, state, row.first, SHA256_LIMBS);
    sha256_send(t, real, &(sha256_place){row.clk, zero, row.n, row.data, row.data_offset, row.tail}, state);
    sha256_limbs_of_bytes(t, state, row.last, SHA256_LIMBS);
    air_expr behind = air_add(t, row.data, air_scale(t, SHA256_BLOCK_WORDS, row.n));
    sha256_receive(t, real, &(sha256_place){next, one, zero, behind, row.data_offset, row.tail}, state);
    for (uint32_t i = 0; i < WORDS; i++) {
        air_expr at = air_constant(t, i), limbs[4];
        row_limbs_of_bytes(t, limbs, row.first + 8 * i);
        row_access(t, real, air_add(t, row.start, at), limbs, limbs, last, K_START,
                   row.first_age + AGE_COLUMNS * i);
        row_limbs_of_bytes(t, limbs, row.last + 8 * i);
        row_access(t, real, air_add(t, row.result, at), row.old + 4 * i, limbs, last, K_WRITE,
                   row.last_age + AGE_COLUMNS * i);
    }
}

CHIP_AIR(sha256_state, SHA256_STATE_COLUMNS);
