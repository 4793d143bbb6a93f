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
#define COLUMN_NAMES_TEN(name, tens) \
    #name "[" #tens "0]", #name "[" #tens "1]", #name "[" #tens "2]", #name "[" #tens "3]", #name "[" #tens "4]", \
    #name "[" #tens "5]", #name "[" #tens "6]", #name "[" #tens "7]", #name "[" #tens "8]", #name "[" #tens "9]",
#define COLUMN_NAMES_9(name) COLUMN_NAMES_8(name) #name "[8]",
#define COLUMN_NAMES_10(name) COLUMN_NAMES_8(name) #name "[8]", #name "[9]",
#define COLUMN_NAMES_11(name) COLUMN_NAMES_8(name) #name "[8]", #name "[9]", #name "[10]",
#define COLUMN_NAMES_12(name) COLUMN_NAMES_8(name) #name "[8]", #name "[9]", #name "[10]", #name "[11]",
#define COLUMN_NAMES_14(name) COLUMN_NAMES_12(name) #name "[12]", #name "[13]",
#define COLUMN_NAMES_16(name) COLUMN_NAMES_12(name) #name "[12]", #name "[13]", #name "[14]", \
    #name "[15]",
#define COLUMN_NAMES_23(name) COLUMN_NAMES_16(name) #name "[16]", #name "[17]", #name "[18]", \
    #name "[19]", #name "[20]", #name "[21]", #name "[22]",
#define COLUMN_NAMES_24(name) COLUMN_NAMES_23(name) #name "[23]",
#define COLUMN_NAMES_17(name) COLUMN_NAMES_16(name) #name "[16]",
#define COLUMN_NAMES_18(name) COLUMN_NAMES_16(name) #name "[16]", #name "[17]",
#define COLUMN_NAMES_31(name) COLUMN_NAMES_16(name) #name "[16]", #name "[17]", #name "[18]", \
    #name "[19]", COLUMN_NAMES_TEN(name, 2) #name "[30]",
#define COLUMN_NAMES_32(name) COLUMN_NAMES_31(name) #name "[31]",
#define COLUMN_NAMES_36(name) COLUMN_NAMES_32(name) #name "[32]", #name "[33]", #name "[34]", \
    #name "[35]",
#define COLUMN_NAMES_40(name) COLUMN_NAMES_36(name) #name "[36]", #name "[37]", #name "[38]", \
    #name "[39]",
#define COLUMN_NAMES_47(name) COLUMN_NAMES_40(name) #name "[40]", #name "[41]", #name "[42]", \
    #name "[43]", #name "[44]", #name "[45]", #name "[46]",
#define COLUMN_NAMES_48(name) COLUMN_NAMES_47(name) #name "[47]",
#define COLUMN_NAMES_64(name) COLUMN_NAMES_48(name) #name "[48]", #name "[49]", \
    COLUMN_NAMES_TEN(name, 5) #name "[60]", #name "[61]", #name "[62]", #name "[63]",
#define COLUMN_NAMES_72(name) COLUMN_NAMES_40(name) COLUMN_NAMES_TEN(name, 4) COLUMN_NAMES_TEN(name, 5) \
    COLUMN_NAMES_TEN(name, 6) #name "[70]", #name "[71]",
#define COLUMN_NAMES_80(name) COLUMN_NAMES_72(name) #name "[72]", #name "[73]", #name "[74]", #name "[75]", \
    #name "[76]", #name "[77]", #name "[78]", #name "[79]",
#define COLUMN_NAMES_96(name) COLUMN_NAMES_80(name) COLUMN_NAMES_TEN(name, 8) \
    #name "[90]", #name "[91]", #name "[92]", #name "[93]", #name "[94]", #name "[95]",
#define COLUMN_NAMES_136(name) COLUMN_NAMES_72(name) #name "[72]", #name "[73]", #name "[74]", \
    #name "[75]", #name "[76]", #name "[77]", #name "[78]", #name "[79]", COLUMN_NAMES_TEN(name, 8) \
    COLUMN_NAMES_TEN(name, 9) COLUMN_NAMES_TEN(name, 10) COLUMN_NAMES_TEN(name, 11) \
    COLUMN_NAMES_TEN(name, 12) #name "[130]", #name "[131]", #name "[132]", #name "[133]", \
    #name "[134]", #name "[135]",
#define COLUMN_NAMES_144(name) COLUMN_NAMES_136(name) #name "[136]", #name "[137]", #name "[138]", \
    #name "[139]", #name "[140]", #name "[141]", #name "[142]", #name "[143]",
#define COLUMN_NAMES_192(name) COLUMN_NAMES_144(name) #name "[144]", #name "[145]", #name "[146]", \
    #name "[147]", #name "[148]", #name "[149]", COLUMN_NAMES_TEN(name, 15) COLUMN_NAMES_TEN(name, 16) \
    COLUMN_NAMES_TEN(name, 17) COLUMN_NAMES_TEN(name, 18) #name "[190]", #name "[191]",
#define COLUMN_NAMES_200(name) COLUMN_NAMES_144(name) #name "[144]", #name "[145]", #name "[146]", \
    #name "[147]", #name "[148]", #name "[149]", COLUMN_NAMES_TEN(name, 15) COLUMN_NAMES_TEN(name, 16) \
    COLUMN_NAMES_TEN(name, 17) COLUMN_NAMES_TEN(name, 18) COLUMN_NAMES_TEN(name, 19)
#define COLUMN_NAMES_256(name) COLUMN_NAMES_200(name) COLUMN_NAMES_TEN(name, 20) \
    COLUMN_NAMES_TEN(name, 21) COLUMN_NAMES_TEN(name, 22) COLUMN_NAMES_TEN(name, 23) \
    COLUMN_NAMES_TEN(name, 24) #name "[250]", #name "[251]", #name "[252]", #name "[253]", \
    #name "[254]", #name "[255]",
#define COLUMN_NAMES_376(name) COLUMN_NAMES_200(name) COLUMN_NAMES_TEN(name, 20) \
    COLUMN_NAMES_TEN(name, 21) COLUMN_NAMES_TEN(name, 22) COLUMN_NAMES_TEN(name, 23) \
    COLUMN_NAMES_TEN(name, 24) COLUMN_NAMES_TEN(name, 25) COLUMN_NAMES_TEN(name, 26) \
    COLUMN_NAMES_TEN(name, 27) COLUMN_NAMES_TEN(name, 28) COLUMN_NAMES_TEN(name, 29) \
    COLUMN_NAMES_TEN(name, 30) COLUMN_NAMES_TEN(name, 31) COLUMN_NAMES_TEN(name, 32) \
    COLUMN_NAMES_TEN(name, 33) COLUMN_NAMES_TEN(name, 34) COLUMN_NAMES_TEN(name, 35) \
    COLUMN_NAMES_TEN(name, 36) #name "[370]", #name "[371]", #name "[372]", #name "[373]", \
    #name "[374]", #name "[375]",

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
