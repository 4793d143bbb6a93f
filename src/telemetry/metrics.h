/* What the node counts and measures, for Prometheus. One set for the process; any thread. */
#ifndef ASHLAR_TELEMETRY_METRICS_H
#define ASHLAR_TELEMETRY_METRICS_H

#include "base/types.h"

#include <stdio.h>

typedef enum {
#define COUNTER(symbol, name, labels, help) METRIC_##symbol,
#define GAUGE COUNTER
#define HISTOGRAM COUNTER
#include "telemetry/metrics.def"
#undef COUNTER
#undef GAUGE
#undef HISTOGRAM
    METRIC_COUNT
} metric;

void metrics_add(metric m, int64_t amount);
void metrics_set(metric m, uint64_t value);
uint64_t metrics_get(metric m);
/* Of a histogram. */
void metrics_observe(metric m, double seconds);

/* The RPC's methods, at most METRICS_METHODS, before any is counted. Borrowed. */
enum { METRICS_METHODS = 512 };
void metrics_name_methods(const char *const *names, size_t count);
/* One call of the method with that index among the names; METRICS_METHOD_UNKNOWN for others. */
#define METRICS_METHOD_UNKNOWN SIZE_MAX
void metrics_request(size_t method, bool failed, double seconds);

/* What a worker on the queue of proofs has done since the queue was made. Its name is printable ASCII and less than
 * METRICS_WORKER_NAME_BYTES long. The METRICS_WORKERS that were told of last are shown. */
enum { METRICS_WORKERS = 100, METRICS_WORKER_NAME_BYTES = 200 };
typedef struct {
    uint64_t done, failed, cells; /* jobs; failed, lost and refused together; committed cells that were proven */
    double seconds;               /* that these took */
} metrics_work;
void metrics_worker(const char *name, const metrics_work *work);

/* All of them in Prometheus' text format, version 0.0.4. */
void metrics_print(FILE *out);
#define METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

#endif
