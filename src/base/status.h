/* One status for every way in which input can be refused. A bug of ours is not a status: see check.h. */
#ifndef ASHLAR_BASE_STATUS_H
#define ASHLAR_BASE_STATUS_H

typedef enum {
#define STATUS(name, exit_code, message) name,
#include "base/status.def"
#undef STATUS
    STATUS_COUNT
} status;

/* A short sentence in lower case without a full stop; static. */
const char *status_message(status s);

/* The symbol itself, "RLP_MALFORMED"; static. */
const char *status_name(status s);

/* What the command line exits with. */
int status_exit_code(status s);

/* Pass a refusal on to the caller. */
#define TRY(expression)                    \
    do {                                   \
        status try_status_ = (expression); \
        if (try_status_ != OK)             \
            return try_status_;            \
    } while (0)

#endif
