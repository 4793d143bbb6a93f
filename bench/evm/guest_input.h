/* The input of the guest program, in place. */
#ifndef ASHLAR_BENCH_EVM_GUEST_INPUT_H
#define ASHLAR_BENCH_EVM_GUEST_INPUT_H

#include "base/types.h"

typedef struct {
    uint64_t count; /* of steps */
    address sender;
    uint8_t zeros[4];
} bench_guest_header;

typedef struct {
    uint64_t kind; /* bench_kind */
    uint64_t size; /* bytes of data */
    address where;
    uint8_t zeros[4];
} bench_guest_step;

#endif
