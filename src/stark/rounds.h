/* What the files of the prover share: each is one phase of protocol.md. Hosted. */
#ifndef ASHLAR_STARK_ROUNDS_H
#define ASHLAR_STARK_ROUNDS_H

#include "stark/constraints.h"
#include "stark/schedule.h"

/* What a lying prover may change, for tests; every member may be NULL. What follows is consistent with the change: a
 * round polynomial that a claim determines in part is made for the claim as it then is. */
typedef struct {
    void *context;
    /* p and q of the local group, then of the shared one */
    void (*change_top)(void *context, fp5 top[4]);
    /* u_1 … of a round: of layer `layer`, or of the constraints, where it is 0 */
    void (*change_round)(void *context, unsigned layer, unsigned round, fp5 *sent, unsigned degree);
    /* p⁰, p¹, q⁰, q¹ at the end of a layer, which should give `claim` = p⁰q¹ + p¹q⁰ + λ·q⁰q¹ */
    void (*change_layer)(void *context, unsigned layer, fp5 claim, fp5 lambda, fp5 values[4]);
    /* what the columns are at the point, where `sum` should be `claim` */
    void (*change_values)(void *context, const constraint_sum *sum, fp5 claim,
                          fp5 *const columns[STARK_MAX_CHIPS][AIR_PHASES]);
} rounds_lies;

typedef struct {
    const stark_machine *machine;
    const rounds_lies *lies; /* never NULL */
    arena *memory;
    bus_slots slots;
    unsigned log2_rows; /* H */
    uint32_t rows[STARK_MAX_CHIPS];
    const fp *columns[STARK_MAX_CHIPS][AIR_PHASES]; /* column c from c·rows on */
    const fp *public_values[STARK_MAX_CHIPS];
    bus_challenge challenges[BUS_GROUPS];
    transcript transcript;
    fp *next; /* where the proof continues */
} rounds;

/* What a machine's tapes have in a row of zeros: values has operation_count entries. */
void rounds_zero_row(fp *values, const air_tape *tape, const fp *public_values);

/* `count` rows of a block of a table, read where they stand, or copied to `spare` (SCHEDULE_BLOCK_ROWS words for each
 * column) where the table ends within the block: zeros follow. */
void rounds_block_columns(const fp **columns, fp *spare, const rounds *p, uint32_t chip, const schedule *s,
                           size_t first_row);

/* Sends a round and draws its challenge. */
fp5 rounds_send(rounds *p, fp5 *claim, fp5 coordinate, fp5 *sent, unsigned degree, unsigned layer, unsigned round);

/* Writes and absorbs. */
void rounds_write(rounds *p, const fp5 *values, size_t count);

/* eq(z, ·) over k variables as products of a low and a high part. Low: WEIGHT_LOW_GROUPS groups of sixteen (five columns
 * each), zeros beyond 2^k; high: one for each so many groups. */
enum { WEIGHT_LOG2_LOW = 10, WEIGHT_LOW_GROUPS = 1 << (WEIGHT_LOG2_LOW - 4) };
typedef struct {
    const fp *low;
    const fp5 *high;
    size_t high_count;
} rounds_weights;
void rounds_weights_make(rounds_weights *w, arena *memory, const fp5 *z, unsigned k);

/* What the columns are at the point: by chip and phase, NULL where there are none. */
typedef struct {
    fp5 point[STARK_MAX_LOG2_ROWS];
    fp5 *columns[STARK_MAX_CHIPS][AIR_PHASES];
    constraint_sum sum;
    fp5 claim; /* what `sum` must be at the point */
} constraint_values;

/* Section 5: the rounds of all layers, after α and γ are drawn. */
void prove_buses(rounds *p, gkr_claims *g);
size_t prove_buses_bytes(const stark_machine *m, const bus_slots *slots, const uint32_t *rows, unsigned log2_rows);

/* Section 6: the rounds. CHECKs that multiplicities have degree 1: so what the buses end in is a sum of columns. The
 * values live in the arena. */
void prove_constraints(rounds *p, constraint_values *v, const gkr_claims *g);
size_t prove_constraints_bytes(const stark_machine *m, const bus_slots *slots, const uint32_t *rows);

/* At most what a schedule and its scratch take of an arena, for one part of a tape. */
size_t rounds_schedule_bytes(const air_tape *tape);

#endif
