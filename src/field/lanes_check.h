/* Used by field_test and field_bench alone. */
#ifndef ASHLAR_FIELD_LANES_CHECK_H
#define ASHLAR_FIELD_LANES_CHECK_H

#include "field/fp5.h"

#define LANES_CHECK_LENGTH 1024

typedef struct {
    fp a[LANES_CHECK_LENGTH + 16], b[LANES_CHECK_LENGTH];
    fp5 x[LANES_CHECK_LENGTH], y[LANES_CHECK_LENGTH];
} lanes_check_input;

typedef struct {
    fp sum[LANES_CHECK_LENGTH], difference[LANES_CHECK_LENGTH], product[LANES_CHECK_LENGTH];
    fp negative[LANES_CHECK_LENGTH], twice[LANES_CHECK_LENGTH], squared[LANES_CHECK_LENGTH];
    fp apart[2][LANES_CHECK_LENGTH / 2]; /* a at even places, and at odd ones */
    fp gathered[LANES_CHECK_LENGTH], wide[LANES_CHECK_LENGTH], inverse[LANES_CHECK_LENGTH];
    fp5 product5[LANES_CHECK_LENGTH], sum5[LANES_CHECK_LENGTH], difference5[LANES_CHECK_LENGTH];
    fp5 mixed5[LANES_CHECK_LENGTH], inverse5[LANES_CHECK_LENGTH], batch5[LANES_CHECK_LENGTH];
} lanes_check_result;

void lanes_check_portable(lanes_check_result *r, const lanes_check_input *in);
void lanes_check_avx2(lanes_check_result *r, const lanes_check_input *in);
void lanes_check_avx512(lanes_check_result *r, const lanes_check_input *in);

/* For field_bench: squares and inverses in place; `count` is a multiple of 512. */
void lanes_multiply_portable(fp5 *a, size_t count);
void lanes_multiply_avx2(fp5 *a, size_t count);
void lanes_multiply_avx512(fp5 *a, size_t count);
void lanes_invert_portable(fp5 *a, size_t count);
void lanes_invert_avx2(fp5 *a, size_t count);
void lanes_invert_avx512(fp5 *a, size_t count);

#endif
