/* What those who watch a node ask for by GET: /health (is it well), /ready (does it answer), /metrics. From
 * what the node counts (metrics.h), so that asking waits for nothing. */
#ifndef ASHLAR_SERVE_MONITOR_H
#define ASHLAR_SERVE_MONITOR_H

#include "serve/server.h"

/* Zero but for what is set here; one for each server, whose thread it belongs to. */
typedef struct {
    bool gives_metrics;
    uint64_t block_time_seconds; /* of a sequencer: health is lost with ten blocks in a row; 0: no matter */
    double start;                /* clock_seconds when blocks could begin to come */
    char *text;                  /* of the last page; monitor_close frees it */
} monitor;

/* For rpc_handler; the context is a monitor. False for other paths. */
bool monitor_page(void *context, const char *path, rpc_page *page);
void monitor_close(monitor *m);

#endif
