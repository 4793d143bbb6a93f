/* Constraints are recorded once. A chip states its constraints and bus interactions in plain C; that
 * records a tape: a list of operations over columns, in topological order. From the same tape come the
 * prover's evaluator, the verifier's evaluation at a point, the check of each row that names the
 * constraint which fails, degrees and counts, and the digest that identifies the machine.
 *
 * Everything is about one row by itself, and a row of zeros is padding: every constraint holds in it and every
 * multiplicity is zero, whatever the public values are, which stand in messages alone. What rows have to do with each
 * other goes over buses.
 *
 * A column has degree 1, constants and public values 0. No constraint exceeds degree 3; no message entry and no
 * multiplicity exceeds 1. Freestanding. */
#ifndef ASHLAR_STARK_AIR_H
#define ASHLAR_STARK_AIR_H

#include "base/arena.h"
#include "field/fp5.h"

/* When a column is committed: with the key; before the shared challenge; before the bus challenges. */
typedef enum { AIR_PREPROCESSED, AIR_BOUNDARY, AIR_MAIN, AIR_PHASES } air_phase;

typedef enum {
    AIR_CONSTANT, /* a = value, canonical (not Montgomery) */
    AIR_COLUMN,   /* phase, a = column */
    AIR_PUBLIC,   /* a = index into the table's public values */
    AIR_ADD,
    AIR_SUB,
    AIR_MUL,
} air_operation_kind;

typedef struct {
    uint32_t a;          /* operands: indices of earlier operations, or as said above */
    uint32_t b : 25;
    uint32_t kind : 3;   /* air_operation_kind */
    uint32_t phase : 2;  /* of a column */
    uint32_t degree : 2;
} air_operation;

_Static_assert(sizeof(air_operation) == 8, "b, kind, phase and degree share a word");

/* Operation `expression` must be zero in every row. The name says in words what it means. */
typedef struct {
    uint32_t expression;
    const char *name;
} air_constraint;

enum { AIR_MAX_MESSAGE = 72 };

/* A row adds ± multiplicity / fingerprint to its bus. */
typedef struct {
    uint32_t tag;      /* bus, ≥ 1 */
    bool shared;       /* under the challenge that all segments share (χ), else the segment's own */
    bool receive;      /* the − side */
    uint32_t multiplicity;
    uint32_t length;   /* of the message, without the tag */
    const uint32_t *message;
} air_interaction;

typedef struct air_tape {
    arena *memory;
    air_operation *operations;
    uint32_t operation_count, operation_capacity;
    air_constraint *constraints;
    uint32_t constraint_count, constraint_capacity;
    air_interaction *interactions;
    uint32_t interaction_count, interaction_capacity;
    uint32_t *slots; /* hash table of operations, so that equal ones are merged: index + 1, 0 where empty */
    uint32_t slot_count;
} air_tape;

/* A kind of table: what a chip is to the proof system. Static data. */
typedef struct {
    const char *name;
    uint32_t width[AIR_PHASES]; /* columns of each phase */
    uint32_t public_count;      /* public values that its messages use */
    void (*record)(air_tape *tape);
    /* Of a table that no program changes, NULL for others: the extensions of its preprocessed columns at a point of `count`
     * ≥ formula_log2_rows coordinates, that of the most significant bit first. */
    void (*formula)(fp5 *columns, const fp5 *point, unsigned count);
    unsigned formula_log2_rows;
    const char *const *column_names[AIR_PHASES]; /* for messages; NULL entries where width is 0 */
} air;

/* An expression: an operation of the tape that it was made on. */
typedef struct {
    uint32_t index;
} air_expr;

/* ---- recording ---- */

air_expr air_constant(air_tape *t, uint32_t value);
air_expr air_column(air_tape *t, air_phase phase, uint32_t column);
air_expr air_public(air_tape *t, uint32_t index);

air_expr air_add(air_tape *t, air_expr a, air_expr b);
air_expr air_sub(air_tape *t, air_expr a, air_expr b);
air_expr air_mul(air_tape *t, air_expr a, air_expr b);
/* factor·a; factor < p, canonical. */
air_expr air_scale(air_tape *t, uint32_t factor, air_expr a);
/* 1 − a */
air_expr air_not(air_tape *t, air_expr a);

void air_zero(air_tape *t, const char *name, air_expr e);
void air_equal(air_tape *t, const char *name, air_expr a, air_expr b);
void air_bool(air_tape *t, const char *name, air_expr e);
/* e must be zero where `selector` is not. */
void air_zero_when(air_tape *t, const char *name, air_expr selector, air_expr e);

/* Adds multiplicity/fingerprint (or takes it off, where `receive`). */
void air_interact(air_tape *t, uint32_t tag, bool shared, bool receive, air_expr multiplicity,
                  const air_expr *message, uint32_t length);

/* ---- use ---- */

/* Runs the chip's record function on a new tape. Equal operations are merged; they stand in the order of their use,
 * which does not depend on the compiler; what nothing uses is left out. Nothing more can be recorded on it. CHECKs the
 * degrees, and that messages under the shared challenge have no column of the main phase. */
air_tape *air_record(arena *memory, const air *chip);

/* Degree of an operation. */
static inline unsigned air_degree(const air_tape *t, air_expr e) { return t->operations[e.index].degree; }

/* One row of a table, for checking and counting. `rows[phase]` points at the first column; column c is
 * at rows[phase][c·stride]. */
typedef struct {
    const fp *columns[AIR_PHASES];
    uint64_t row_count;
    const fp *public_values;
} air_table_view;

/* Evaluates every operation at row `row`: values has operation_count entries. */
void air_evaluate_row(fp *values, const air_tape *t, const air_table_view *table, uint64_t row);

/* NULL if a row of zeros is padding; else the name of the constraint that does not hold in it, or what a multiplicity does
 * wrong. */
const char *air_zero_row_fault(const air_tape *t);

/* A lint over the tape: calls `report` for each column that no constraint or interaction uses, and for each column in a
 * multiplicity that no constraint binds and that is not preprocessed; except that a receive's multiplicity may be one
 * free column (a provider's count). Returns their number. */
unsigned air_lint(const air_tape *t, const air *chip, void (*report)(void *context, const char *message),
                  void *context);

#endif
