#include "vm/open_leaf/open_leaf.h"

#include "vm/element.h"
#include "vm/permutation/permutation.h"

enum { WORDS = 8, RATE = 16, CAPACITY = 8, SUM = 5, WEIGHTS = 2 * SUM };

/* Word i is the leaf's where is_in[i]. */
static void record_words(air_tape *t, const open_leaf_columns *row, const air_expr is_in[WORDS])
{
    air_expr taken = is_in[0];
    for (uint32_t i = 1; i < WORDS; i++) {
        air_bool(t, "in is a bit", is_in[i]);
        air_zero_when(t, "no word is left out", is_in[i], air_not(t, is_in[i - 1]));
        taken = air_add(t, taken, is_in[i]);
    }
    air_zero_when(t, "only a last block is not full", air_sub(t, row->real, row->is_last), air_not(t, is_in[WORDS - 1]));
    air_zero_when(t, "the last block has what is left", row->is_last, air_sub(t, row->left, taken));
    for (uint32_t i = 0; i < WORDS; i++)
        row_access(t, is_in[i], air_add(t, row->data, air_constant(t, i)), row->word + 4 * i, row->word + 4 * i, row->time,
                   K_READ, row->age + AGE_COLUMNS * i);
}

/* Elements of the words, or of the padding after them. */
static void record_elements(air_tape *t, const open_leaf_columns *row, const air_expr is_in[WORDS], air_expr e[RATE])
{
    for (uint32_t i = 0; i < RATE; i++) {
        element_is_canonical(t, is_in[i / 2], row->word + 2 * i, row->top[i]);
        e[i] = element_of(t, row->word + 2 * i);
    }
    for (uint32_t i = 1; i < WORDS; i++) {
        air_expr beyond = air_sub(t, row->real, is_in[i]);
        air_equal(t, "padding begins with 1", air_mul(t, beyond, e[2 * i]), air_sub(t, is_in[i - 1], is_in[i]));
        air_zero_when(t, "padding goes on with 0", beyond, e[2 * i + 1]);
    }
}

static void open_leaf_record(air_tape *t)
{
    open_leaf_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, &row.real, 1), all = air_constant(t, WORDS);
    air_bool(t, "last is a bit", row.is_last);
    air_zero_when(t, "a last row is real", row.is_last, air_not(t, real));
    air_expr is_in[WORDS] = {real}, s[RATE + CAPACITY];
    for (uint32_t i = 1; i < WORDS; i++)
        is_in[i] = row.in[i - 1];
    record_words(t, &row, is_in);
    record_elements(t, &row, is_in, s);

    for (uint32_t i = 0; i < WORDS; i++) {
        air_expr message[2 + WEIGHTS] = {row.begin, air_add(t, row.done, air_constant(t, i))};
        for (uint32_t k = 0; k < WEIGHTS; k++)
            message[2 + k] = row.weight[WEIGHTS * i + k];
        bus_receive(t, BUS_OPEN_WEIGHT, is_in[i], message, 2 + WEIGHTS);
    }
    for (uint32_t c = 0; c < SUM; c++) {
        air_expr sum = row.sum[c];
        for (uint32_t i = 0; i < WORDS; i++) {
            const air_expr *weight = row.weight + WEIGHTS * i;
            air_expr both = air_add(t, air_mul(t, weight[c], s[2 * i]), air_mul(t, weight[SUM + c], s[2 * i + 1]));
            sum = air_add(t, sum, air_mul(t, is_in[i], both));
        }
        air_equal(t, "what is read is weighed", row.sum_after[c], sum);
    }

    enum { LEAF = 5 + CAPACITY + SUM, DIGEST = 8 };
    air_expr before[LEAF] = {row.time, row.begin, row.left, row.done, row.data};
    air_expr next[LEAF] = {row.time, row.begin, air_sub(t, row.left, all), air_add(t, row.done, all), air_add(t, row.data, all)};
    air_expr digest[1 + DIGEST + SUM] = {row.time};
    for (uint32_t i = 0; i < CAPACITY; i++) {
        s[RATE + i] = before[5 + i] = row.capacity[i];
        next[5 + i] = row.after[RATE + i];
        digest[1 + i] = row.after[i];
    }
    for (uint32_t i = 0; i < SUM; i++) {
        before[5 + CAPACITY + i] = row.sum[i];
        next[5 + CAPACITY + i] = digest[1 + DIGEST + i] = row.sum_after[i];
    }
    permutation_is(t, real, s, row.after);
    bus_receive(t, BUS_OPEN_LEAF, real, before, LEAF);
    bus_send(t, BUS_OPEN_LEAF, air_sub(t, real, row.is_last), next, LEAF);
    bus_send(t, BUS_OPEN_DIGEST, row.is_last, digest, 1 + DIGEST + SUM);
}

CHIP_AIR(open_leaf, OPEN_LEAF_COLUMNS);
