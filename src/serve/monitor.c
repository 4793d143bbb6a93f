#define _GNU_SOURCE
#include "serve/monitor.h"

#include "base/clock.h"
#include "telemetry/metrics.h"
#include "node/node.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MISSED_BLOCKS = 10, LEAST_STALL_SECONDS = 60 };

/* Since the head, or since the start where the head is older. */
static bool has_stalled(const monitor *m, uint64_t head_age_seconds)
{
    uint64_t most = MISSED_BLOCKS * m->block_time_seconds;
    most = most > LEAST_STALL_SECONDS ? most : LEAST_STALL_SECONDS;
    return m->block_time_seconds > 0 && head_age_seconds > most &&
           clock_seconds() - m->start > (double)most;
}

static bool print_state(const monitor *m, FILE *out, bool is_health)
{
    uint64_t now = clock_unix_seconds(), head_time = metrics_get(METRIC_head_timestamp);
    uint64_t age_seconds = now > head_time ? now - head_time : 0;
    bool database_up = metrics_get(METRIC_database_up) != 0, serving = metrics_get(METRIC_serving) != 0;
    bool stalled = has_stalled(m, age_seconds);
    bool good = database_up && (is_health ? !stalled : serving);
    /* The time of a genesis is no block's: a chain is often older than its first. */
    char age[24] = "null";
    if (metrics_get(METRIC_head_number) > 0)
        snprintf(age, sizeof age, "%llu", (unsigned long long)age_seconds);
    fprintf(out,
            "{\"status\":\"%s\",\"head\":%llu,\"headAgeSeconds\":%s,\"database\":\"%s\",\"rpc\":\"%s\","
            "\"blocks\":\"%s\"}\n",
            good ? "ok" : "failed", (unsigned long long)metrics_get(METRIC_head_number), age,
            database_up ? "ok" : "failed", serving ? "ok" : "not serving", stalled ? "stalled" : "ok");
    return good;
}

bool monitor_page(void *context, const char *path, rpc_page *page)
{
    monitor *m = context;
    bool is_health = strcmp(path, "/health") == 0, is_ready = strcmp(path, "/ready") == 0;
    bool is_metrics = m->gives_metrics && strcmp(path, "/metrics") == 0, good = true;
    if (!is_health && !is_ready && !is_metrics)
        return false;
    free(m->text);
    m->text = NULL;
    size_t size_bytes = 0;
    FILE *out = open_memstream(&m->text, &size_bytes);
    if (out == NULL)
        return false;
    if (is_metrics)
        metrics_print(out);
    else
        good = print_state(m, out, is_health);
    if (fclose(out) != 0)
        return false;
    page->code = good ? 200 : 503;
    page->content_type = is_metrics ? METRICS_CONTENT_TYPE : "application/json";
    page->body = (bytes){(const uint8_t *)m->text, size_bytes};
    return true;
}

void monitor_close(monitor *m)
{
    free(m->text);
    m->text = NULL;
}
