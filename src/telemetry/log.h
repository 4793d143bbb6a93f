/* What the node says while it runs: an event a line, on the error stream, with fields. Any thread. Silent
 * until log_open, so that tests and commands that only open a database hear nothing. */
#ifndef ASHLAR_TELEMETRY_LOG_H
#define ASHLAR_TELEMETRY_LOG_H

#include "base/types.h"

typedef enum { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_LEVELS } log_level;
typedef enum {
    LOG_TEXT,     /* time=2026-01-02T03:04:05.678Z level=info event="block sealed" number=7 */
    LOG_JSON,     /* {"time":"2026-01-02T03:04:05.678Z","level":"info","event":"block sealed","number":7} */
    LOG_READABLE, /* 03:04:05 block sealed  number 7, for a terminal */
} log_format;

/* Events below `least` are left out. */
void log_open(log_level least, log_format format);
bool log_wants(log_level level);

/* A field is its name and a value; the pointers are borrowed during the call. */
typedef struct {
    const char *name;
    enum { LOG_FIELD_TEXT, LOG_FIELD_NUMBER, LOG_FIELD_REAL, LOG_FIELD_HASH } kind;
    union {
        const char *text;
        uint64_t number;
        double real; /* written with three digits after the point */
        const hash256 *hash;
    } value;
} log_field;
log_field log_text(const char *name, const char *value);
log_field log_number(const char *name, uint64_t value);
log_field log_real(const char *name, double value);
log_field log_hash(const char *name, const hash256 *value);

/* `fields` ends with one without a name. */
void log_write(log_level level, const char *event, const log_field *fields);
/* log_event(LOG_INFO, "block sealed", log_number("number", 7)): at least one field. */
#define log_event(level, event, ...)                                                      \
    do {                                                                                  \
        if (log_wants(level))                                                             \
            log_write((level), (event), (const log_field[]){__VA_ARGS__, {.name = NULL}}); \
    } while (0)

#endif
