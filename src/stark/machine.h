/* A machine as the proof system sees it: chips with their constraints and buses. Freestanding. */
#ifndef ASHLAR_STARK_MACHINE_H
#define ASHLAR_STARK_MACHINE_H

#include "base/arena.h"
#include "base/status.h"
#include "field/fp.h"
#include "field/fp5.h"
#include "stark/air.h"
#include "stark/hash.h"

enum {
    STARK_MAX_CHIPS = 64,
    STARK_MAX_PREPROCESSED_TREES = 3,
    STARK_MAX_LOG2_ROWS = 23,
    STARK_MAX_PUBLIC_VALUES = 2,
    STARK_MAX_BUSES = 128,
};

/* How many interactions a chip has on a bus, buses being numbered as they first occur. */
typedef struct {
    uint32_t chip, bus, count;
} stark_bus_use;

/* A list of multiplications over blocks: constraint_list.h says what for. */
typedef struct {
    const uint64_t *items;
    uint32_t item_count, block_count;
    const fp *constants;
    uint32_t constant_count;
} constraint_list;

/* The chips of a machine, in key order, with their recorded tapes, and what follows from these. */
typedef struct {
    uint32_t count;
    const air *chip[STARK_MAX_CHIPS];
    /* Which preprocessed tree a chip with preprocessed columns belongs to; ignored for others. */
    uint8_t preprocessed_tree[STARK_MAX_CHIPS];
    const air_tape *tape[STARK_MAX_CHIPS]; /* NULL where a machine is a constant: a verifier needs what follows from them */
    uint32_t constraint_count[STARK_MAX_CHIPS];
    uint32_t interactions[STARK_MAX_CHIPS][2]; /* of a chip under its own challenge and under the shared one */
    const stark_bus_use *bus_uses;
    uint32_t bus_use_count, bus_count;
    constraint_list constraints;
} stark_machine;

/* Records every chip's tape. CHECKs what soundness assumes of a machine: a row of zeros is padding; constraints of all
 * chips together below 2^12, columns below 2^13, buses at most STARK_MAX_BUSES. */
void stark_machine_open(stark_machine *m, arena *memory, const air *const *chips, const uint8_t *preprocessed_tree,
                        uint32_t count);
/* Everything that fixes the constraints: widths, tapes, buses. */
void stark_absorb_machine(hash_sponge *s, const stark_machine *m);

typedef struct {
    fp5 alpha, gamma;
} bus_challenge;

#endif
