/* A chip's tape made ready for blocks of rows: which operations are needed, in which order, in which registers. The
 * prover runs one such schedule for the interactions, on the trace, and one for the constraints, on the trace and on
 * what is folded of it. Freestanding. */
#ifndef ASHLAR_STARK_SCHEDULE_H
#define ASHLAR_STARK_SCHEDULE_H

#include "stark/air.h"

/* Rows that a step handles at once: the registers of a block stay in the first-level cache. */
enum { SCHEDULE_BLOCK_ROWS = 128, SCHEDULE_CONSTRAINTS_PER_STEP = 8 };

typedef enum { OPERAND_REGISTER, OPERAND_COLUMN, OPERAND_SCALAR } schedule_operand_kind;

typedef struct {
    uint32_t kind : 2;
    uint32_t index : 30;
} schedule_operand;

typedef enum {
    STEP_ADD,
    STEP_SUB,
    STEP_MUL,
    STEP_CONSTRAINTS, /* `count` constraints from number `target` */
    STEP_INTERACTION, /* number `target` of the tape */
} schedule_step_kind;

/* A scalar is the right operand, but for one that something is subtracted from. */
typedef struct {
    uint8_t kind;
    uint8_t count;
    uint32_t target;
    schedule_operand a, b;
} schedule_step;

typedef struct {
    uint8_t phase;
    uint32_t column;
} schedule_column;

typedef struct {
    uint32_t length, varying; /* entries of the message; the first `varying` are no scalars, the others are */
    schedule_operand message[AIR_MAX_MESSAGE];
    uint8_t power[AIR_MAX_MESSAGE]; /* of α, for each entry */
    schedule_operand multiplicity;
    bool negative;
} schedule_interaction;

typedef struct {
    schedule_step *steps;
    uint32_t step_count;
    schedule_operand *constraints; /* all of the tape, or none */
    uint32_t constraint_count;
    schedule_interaction *interactions; /* likewise */
    uint32_t interaction_count;
    schedule_column *columns; /* what is read of the table */
    uint32_t column_count;
    uint32_t *scalars; /* operations of the tape */
    uint32_t scalar_count;
    uint32_t register_count;
} schedule;

typedef enum { SCHEDULE_CONSTRAINTS, SCHEDULE_INTERACTIONS } schedule_part;

/* Lives in the arena. CHECKs that the tape has no next row, and no first or last one. */
const schedule *schedule_new(arena *memory, const air_tape *tape, schedule_part part);

/* The scalars' values. */
void schedule_scalars(fp *values, const schedule *s, const air_tape *tape, const fp *public_values, arena *scratch);

#endif
