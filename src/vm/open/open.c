#include "vm/open/open.h"

#include "abi/calls.h"
#include "stark/hash.h"
#include "vm/element.h"

enum { DIGEST_WORDS = 4, SUM = 5, SUM_WORDS = 3 };

/* What all leaves have in common, from the word before the list; and their weights. */
static void record_shape(air_tape *t, const open_columns *row)
{
    air_expr zero = air_constant(t, 0), one = air_constant(t, 1);
    row_access(t, row->is_first, air_sub(t, row->list, one),
               (air_expr[]){row->words, row->stride, row->levels, zero},
               (air_expr[]){row->words, row->stride, row->levels, zero}, row->time, K_BEFORE_ITEMS, row->header_age);
    bus_range(t, row->is_first, 4, air_add(t, row->levels, air_constant(t, 2)));
    bus_send(t, BUS_STEP, row->is_first,
             (air_expr[]){air_constant(t, STEP_OPEN_WEIGHT), row->time, row->words, row->weights, zero, row->left, zero}, 7);
}

/* The leaf's digest and sum, and where its path leads. */
static void record_leaf(air_tape *t, const open_columns *row, const air_expr sum[SUM], const air_expr entry[DIGEST_LENGTH])
{
    air_expr zero = air_constant(t, 0);
    air_expr leaf[5 + DIGEST_LENGTH + SUM] = {row->time, row->begin, row->words, zero, row->data};
    for (uint32_t i = 5; i < 5 + DIGEST_LENGTH + SUM; i++)
        leaf[i] = zero;
    leaf[5] = air_constant(t, HASH_LEAF);
    leaf[6] = air_scale(t, 2, row->words);
    bus_send(t, BUS_OPEN_LEAF, row->real, leaf, 5 + DIGEST_LENGTH + SUM);

    air_expr path = air_add(t, row->data, row->words);
    air_expr digest[1 + DIGEST_LENGTH + SUM] = {row->time};
    air_expr start[4 + DIGEST_LENGTH] = {row->time, row->levels, path, row_join(t, row->index[0], 16, row->index[1])};
    air_expr end[4 + DIGEST_LENGTH] = {row->time, zero, air_add(t, path, air_scale(t, DIGEST_WORDS, row->levels)), row->rest};
    for (uint32_t i = 0; i < DIGEST_LENGTH; i++) {
        digest[1 + i] = start[4 + i] = row->digest[i];
        end[4 + i] = entry[i];
    }
    for (uint32_t i = 0; i < SUM; i++)
        digest[1 + DIGEST_LENGTH + i] = sum[i];
    bus_receive(t, BUS_OPEN_DIGEST, row->real, digest, 1 + DIGEST_LENGTH + SUM);
    bus_send(t, BUS_OPEN_PATH, row->real, start, 4 + DIGEST_LENGTH);
    bus_receive(t, BUS_OPEN_PATH, row->real, end, 4 + DIGEST_LENGTH);
    bus_range(t, row->real, 16, row->rest);
    bus_range(t, row->real, 13, row->index[1]);
}

static void open_record(air_tape *t)
{
    open_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, &row.real, 1), zero = air_constant(t, 0), one = air_constant(t, 1);
    air_bool(t, "first is a bit", row.is_first);
    air_zero_when(t, "a first row is real", row.is_first, air_not(t, real));
    air_bool(t, "last is a bit", row.is_last);
    air_zero_when(t, "a last row is real", row.is_last, air_not(t, real));
    air_zero_when(t, "the last row has one leaf left", row.is_last, air_sub(t, row.left, one));
    air_zero_when(t, "the call begins with its first leaf", row.is_first, air_sub(t, row.begin, row.time));

    bus_receive(t, BUS_CALL, row.is_first,
                (air_expr[]){air_constant(t, CALL_OPEN), row.time, row.results, row.data, row.weights, row.cap,
                             air_sub(t, row.list, one), zero, row.left, zero},
                10);
    enum { OPEN = 11 };
    bus_receive(t, BUS_OPEN, air_sub(t, real, row.is_first),
                (air_expr[]){row.time, row.begin, row.left, row.results, row.data, row.weights, row.cap, row.list, row.words,
                             row.stride, row.levels},
                OPEN);
    bus_send(t, BUS_OPEN, air_sub(t, real, row.is_last),
             (air_expr[]){air_add(t, row.time, one), row.begin, air_sub(t, row.left, one),
                          air_add(t, row.results, air_constant(t, SUM_WORDS)), air_add(t, row.data, row.stride), row.weights,
                          row.cap, air_add(t, row.list, one), row.words, row.stride, row.levels},
             OPEN);
    record_shape(t, &row);

    const air_expr index[4] = {row.index[0], row.index[1], zero, zero};
    row_access(t, real, row.list, index, index, row.time, K_LIST, row.list_age);
    air_expr entry[DIGEST_LENGTH], sum[SUM], at = air_add(t, row.cap, air_scale(t, DIGEST_WORDS, row.rest));
    for (uint32_t i = 0; i < DIGEST_WORDS; i++)
        row_access(t, real, air_add(t, at, air_constant(t, i)), row.entry + 4 * i, row.entry + 4 * i, row.time, K_READ + 1,
                   row.entry_age + AGE_COLUMNS * i);
    for (uint32_t i = 0; i < DIGEST_LENGTH; i++) {
        element_is_canonical(t, real, row.entry + 2 * i, row.entry_top[i]);
        entry[i] = element_of(t, row.entry + 2 * i);
    }
    for (uint32_t i = 0; i < SUM; i++) {
        element_is_word(t, real, row.r + 2 * i, row.r_top[i]);
        sum[i] = element_of(t, row.r + 2 * i);
    }
    record_leaf(t, &row, sum, entry);
    const air_expr new[4 * SUM_WORDS] = {row.r[0], row.r[1], row.r[2], row.r[3], row.r[4], row.r[5],
                                         row.r[6], row.r[7], row.r[8], row.r[9], zero,     zero};
    for (uint32_t i = 0; i < SUM_WORDS; i++)
        row_access(t, real, air_add(t, row.results, air_constant(t, i)), row.old + 4 * i, new + 4 * i, row.time, K_WRITE,
                   row.r_age + AGE_COLUMNS * i);
}

CHIP_AIR(open, OPEN_COLUMNS);
