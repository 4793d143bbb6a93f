/* What time it is. Any thread. */
#ifndef ASHLAR_BASE_CLOCK_H
#define ASHLAR_BASE_CLOCK_H

#include <stdint.h>

/* Of a clock that only goes forward, from some point on. */
double clock_seconds(void);
uint64_t clock_milliseconds(void);
uint64_t clock_microseconds(void);

/* Since 1970, as the system has it. */
uint64_t clock_unix_seconds(void);
uint64_t clock_unix_milliseconds(void);

#endif
