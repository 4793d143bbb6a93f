#include "vm/permutation/permutation.h"

#include <string.h>

#include "stark/poseidon2.h"
#include "vm/fill.h"

vm_fill_row vm_fill_permutation;

enum { WIDTH = POSEIDON2_WIDTH };

static void external_layer(fp s[WIDTH])
{
    fp sum[4] = {0};
    for (int i = 0; i < WIDTH; i += 4) {
        fp x[4];
        memcpy(x, s + i, sizeof x);
        fp all = fp_add(fp_add(x[0], x[1]), fp_add(x[2], x[3]));
        for (int j = 0; j < 4; j++) {
            s[i + j] = fp_add(fp_add(all, x[j]), fp_double(x[(j + 1) % 4]));
            sum[j] = fp_add(sum[j], s[i + j]);
        }
    }
    for (int i = 0; i < WIDTH; i++)
        s[i] = fp_add(s[i], sum[i % 4]);
}

static fp cube(fp x, fp constant)
{
    fp sum = fp_add(x, constant);
    return fp_mul(sum, fp_square(sum));
}

static void full_rounds(uint32_t *columns, fp s[WIDTH], int first)
{
    for (int r = first; r < first + POSEIDON2_FULL_ROUNDS / 2; r++) {
        for (int i = 0; i < WIDTH; i++) {
            s[i] = cube(s[i], poseidon2_full_constants[r][i]);
            columns[WIDTH * r + i] = fp_to_u32(s[i]);
        }
        external_layer(s);
    }
}

static void fill_permutation(permutation_trace *row, fp s[WIDTH])
{
    external_layer(s);
    full_rounds(row->full, s, 0);
    for (int r = 0; r < POSEIDON2_PARTIAL_ROUNDS; r++) {
        s[0] = cube(s[0], poseidon2_partial_constants[r]);
        row->partial[r] = fp_to_u32(s[0]);
        fp sum = s[0];
        for (int i = 1; i < WIDTH; i++)
            sum = fp_add(sum, s[i]);
        for (int i = 0; i < WIDTH; i++)
            s[i] = fp_add(sum, fp_mul(poseidon2_diagonal[i], s[i]));
    }
    full_rounds(row->full, s, POSEIDON2_FULL_ROUNDS / 2);
}

void vm_fill_permutation(void *columns, const vm_rows *rows, uint64_t index)
{
    permutation_trace *row = columns;
    fp state[WIDTH];
    memcpy(state, rows->permutations[index].before, sizeof state);
    row->real = 1;
    for (int i = 0; i < WIDTH; i++)
        row->before[i] = fp_to_u32(state[i]);
    fill_permutation(row, state);
}
