/* What every program of this folder prints, one object of JSON: */
#ifndef ASHLAR_BENCH_PEERS_MEASURE_H
#define ASHLAR_BENCH_PEERS_MEASURE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

typedef struct {
    double clock, user, system; /* seconds; the last two of all threads */
} measure_times;

static inline measure_times measure_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (measure_times){(double)t.tv_sec + 1e-9 * (double)t.tv_nsec,
                           (double)used.ru_utime.tv_sec + 1e-6 * (double)used.ru_utime.tv_usec,
                           (double)used.ru_stime.tv_sec + 1e-6 * (double)used.ru_stime.tv_usec};
}

static inline measure_times measure_since(measure_times start)
{
    measure_times now = measure_now();
    return (measure_times){now.clock - start.clock, now.user - start.user, now.system - start.system};
}

/* Cycles are 0 where there is no machine, cells where they are not known. */
static inline void measure_print(uint64_t cycles, uint64_t cells, measure_times proving, measure_times verifying,
                                 size_t proof_bytes)
{
    printf("{\"cycles\": %llu, \"cells\": %llu, \"clock\": %.2f, \"user\": %.2f, \"system\": %.2f, \"verifying\": %.3f, "
           "\"proof_bytes\": %zu}\n",
           (unsigned long long)cycles, (unsigned long long)cells, proving.clock, proving.user, proving.system,
           verifying.clock, proof_bytes);
}

#endif
