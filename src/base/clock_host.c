#define _GNU_SOURCE
#include "base/clock.h"

#include <time.h>

static uint64_t nanoseconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

double clock_seconds(void) { return (double)nanoseconds(CLOCK_MONOTONIC) * 1e-9; }
uint64_t clock_milliseconds(void) { return nanoseconds(CLOCK_MONOTONIC) / 1000000; }
uint64_t clock_microseconds(void) { return nanoseconds(CLOCK_MONOTONIC) / 1000; }
uint64_t clock_unix_seconds(void) { return nanoseconds(CLOCK_REALTIME) / 1000000000; }
uint64_t clock_unix_milliseconds(void) { return nanoseconds(CLOCK_REALTIME) / 1000000; }
