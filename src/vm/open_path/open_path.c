#include "vm/open_path/open_path.h"

#include "stark/hash.h"
#include "vm/element.h"
#include "vm/permutation/permutation.h"

enum { WORDS = 4, PATH = 4 + DIGEST_LENGTH };

static void open_path_record(air_tape *t)
{
    open_path_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, &row.real, 1), one = air_constant(t, 1), zero = air_constant(t, 0);
    air_expr bit = air_sub(t, row.index, air_scale(t, 2, row.next));
    air_bool(t, "an index has bits", bit);
    air_expr s[PERMUTATION_WIDTH];
    air_expr before[PATH] = {row.time, row.left, row.data, row.index};
    air_expr after[PATH] = {row.time, air_sub(t, row.left, one), air_add(t, row.data, air_constant(t, WORDS)), row.next};
    for (uint32_t i = 0; i < WORDS; i++)
        row_access(t, real, air_add(t, row.data, air_constant(t, i)), row.word + 4 * i, row.word + 4 * i, row.time, K_READ,
                   row.age + AGE_COLUMNS * i);
    for (uint32_t i = 0; i < DIGEST_LENGTH; i++) {
        element_is_canonical(t, real, row.word + 2 * i, row.top[i]);
        air_expr sibling = element_of(t, row.word + 2 * i);
        air_equal(t, "the bit says which is first", row.first[i], row_select(t, bit, sibling, row.node[i]));
        s[i] = row.first[i];
        s[DIGEST_LENGTH + i] = air_sub(t, air_add(t, row.node[i], sibling), row.first[i]);
        s[2 * DIGEST_LENGTH + i] = i == 0 ? air_constant(t, HASH_NODE) : zero;
        before[4 + i] = row.node[i];
        after[4 + i] = row.after[i];
    }
    permutation_is(t, real, s, row.after);
    bus_receive(t, BUS_OPEN_PATH, real, before, PATH);
    bus_send(t, BUS_OPEN_PATH, real, after, PATH);
}

CHIP_AIR(open_path, OPEN_PATH_COLUMNS);
