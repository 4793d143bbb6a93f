#include "vm/copy_words/copy_words.h"

#include "abi/calls.h"
#include "vm/row.h"

static void copy_words_record(air_tape *t)
{
    copy_words_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, &row.real, 1), zero = air_constant(t, 0), one = air_constant(t, 1);
    air_bool(t, "first is a bit", row.is_first);
    air_zero_when(t, "a first row is real", row.is_first, air_not(t, real));
    air_zero_when(t, "the first step is 0", row.is_first, row.step);
    air_bool(t, "last is a bit", row.is_last);
    air_zero_when(t, "a last row is real", row.is_last, air_not(t, real));
    air_expr next_step = air_add(t, row.step, one);
    air_zero_when(t, "the last step is n − 1", row.is_last, air_sub(t, row.n, next_step));

    air_expr call = air_constant(t, CALL_COPY_WORDS), chip = air_constant(t, STEP_COPY_WORDS);
    bus_receive(t, BUS_CALL, row.is_first,
                (air_expr[]){call, row.clk, row.destination, row.source, zero, zero, zero, zero, row.n, zero},
                10);
    bus_receive(t, BUS_STEP, air_sub(t, real, row.is_first),
                (air_expr[]){chip, row.clk, row.step, row.destination, row.source, row.n, zero}, 7);
    bus_send(t, BUS_STEP, air_sub(t, real, row.is_last),
             (air_expr[]){chip, row.clk, next_step, row.destination, row.source, row.n, zero}, 7);

    air_expr from = air_add(t, row.source, row.step), to = air_add(t, row.destination, row.step);
    row_access(t, real, from, row.word, row.word, row.clk, K_READ, row.read_age);
    row_access(t, real, to, row.old, row.word, row.clk, K_WRITE, row.write_age);
}

CHIP_AIR(copy_words, COPY_WORDS_COLUMNS);
