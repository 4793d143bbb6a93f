/* A chip's tape made ready for blocks of rows: which operations are needed, in which order, in which registers. The
 * prover runs one such program on the trace (for the bus columns) and one on the extension (for the quotient). */
#ifndef ASHLAR_STARK_EVALUATOR_H
#define ASHLAR_STARK_EVALUATOR_H

#include "stark/shape.h"

/* Rows that a step handles at once: the registers of a block stay in the first-level cache. */
enum { EVALUATOR_BLOCK_ROWS = 128, EVALUATOR_CONSTRAINTS_PER_STEP = 8 };

typedef enum { OPERAND_REGISTER, OPERAND_COLUMN, OPERAND_SCALAR } operand_kind;

typedef struct {
    uint32_t kind : 2;
    uint32_t index : 30;
} operand;

typedef enum {
    STEP_ADD,
    STEP_SUB,
    STEP_MUL,
    STEP_CONSTRAINTS, /* `count` constraints from number `target` */
    STEP_PAIR,        /* pair `target` */
} step_kind;

typedef struct {
    uint8_t kind;
    uint8_t count;
    uint32_t target;
    operand a, b;
} evaluator_step;

/* Where a column operand comes from. */
typedef struct {
    uint8_t phase;
    uint32_t column;
} column_source;

typedef struct {
    uint32_t interaction; /* of the tape */
    uint32_t length, varying; /* entries of the message; the first `varying` are no scalars, the others are */
    operand message[AIR_MAX_MESSAGE];
    uint8_t power[AIR_MAX_MESSAGE]; /* of α, for each entry */
    operand multiplicity;
    bool negative;
    bool is_one; /* the multiplicity is the constant 1 */
} evaluator_interaction;

typedef struct {
    uint8_t group;
    uint8_t count; /* 1 or 2 interactions */
    bool is_sum;   /* the group's last pair: closed by the running sum */
    uint32_t column; /* first base column in the bus phase: its own, or that of the sum */
    evaluator_interaction side[2];
} evaluator_pair;

typedef struct {
    evaluator_step *steps;
    uint32_t step_count;
    operand *constraints;
    uint32_t constraint_count;
    evaluator_pair *pairs; /* local group first */
    uint32_t pair_count;
    column_source *columns;
    uint32_t column_count;
    uint32_t *scalars; /* operations of the tape */
    uint32_t scalar_count;
    uint32_t register_count;
} evaluator;

/* With all constraints, or for the buses alone. Lives in the arena. */
const evaluator *evaluator_new(arena *memory, const air_tape *tape, const shape_table *shape, bool with_constraints);

/* The scalars' values for one table. */
void evaluator_scalars(fp *values, const evaluator *e, const air_tape *tape, const fp *public_values, arena *scratch);

#endif
