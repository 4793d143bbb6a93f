/* The columns of a chip are written once, as a list
 *
 *     #define ADD_COLUMNS(ONE, MANY) ONE(pc4) ONE(clk) MANY(a, 4) …
 *
 * and COLUMNS(add, ADD_COLUMNS) makes of it add_trace (canonical values of a row), add_columns (expressions
 * for them) and ADD_COLUMNS(COLUMN_NAME, COLUMN_NAMES) the names. */
#ifndef ASHLAR_VM_COLUMNS_H
#define ASHLAR_VM_COLUMNS_H

#include "stark/air.h"

#define COLUMN_TRACE(name) uint32_t name;
#define COLUMN_TRACES(name, n) uint32_t name[n];
#define COLUMN_EXPR(name) air_expr name;
#define COLUMN_EXPRS(name, n) air_expr name[n];
#define COLUMN_NAME(name) #name,
#define COLUMN_NAMES(name, n) COLUMN_NAMES_##n(name)
#define COLUMN_NAMES_2(name) #name "[0]", #name "[1]",
#define COLUMN_NAMES_3(name) COLUMN_NAMES_2(name) #name "[2]",
#define COLUMN_NAMES_4(name) COLUMN_NAMES_3(name) #name "[3]",
#define COLUMN_NAMES_5(name) COLUMN_NAMES_4(name) #name "[4]",
#define COLUMN_NAMES_6(name) COLUMN_NAMES_5(name) #name "[5]",
#define COLUMN_NAMES_7(name) COLUMN_NAMES_6(name) #name "[6]",
#define COLUMN_NAMES_8(name) COLUMN_NAMES_7(name) #name "[7]",

#define COLUMNS(prefix, LIST)                                          \
    typedef struct {                                                   \
        LIST(COLUMN_TRACE, COLUMN_TRACES)                              \
    } prefix##_trace;                                                  \
    typedef struct {                                                   \
        LIST(COLUMN_EXPR, COLUMN_EXPRS)                                \
    } prefix##_columns;                                                \
    _Static_assert(sizeof(prefix##_trace) == sizeof(prefix##_columns), \
                   "a value and an expression have one size")

#define COLUMNS_WIDTH(prefix) ((uint32_t)(sizeof(prefix##_trace) / sizeof(uint32_t)))

/* Sets every member of a prefix_columns to the column at its place. */
static inline void columns_at(air_tape *t, air_phase phase, void *columns, size_t size)
{
    for (uint32_t i = 0; i < size / sizeof(air_expr); i++)
        ((air_expr *)columns)[i] = air_column(t, phase, i);
}

/* The description of a chip that has main columns alone: names and record function stand in the same file. */
#define CHIP_AIR(prefix, LIST)                                                     \
    static const char *const prefix##_names[] = {LIST(COLUMN_NAME, COLUMN_NAMES)}; \
    const air vm_air_##prefix = {                                                  \
        .name = #prefix,                                                           \
        .width = {[AIR_MAIN] = COLUMNS_WIDTH(prefix)},                             \
        .record = prefix##_record,                                                 \
        .column_names = {[AIR_MAIN] = prefix##_names},                             \
    }

#endif
