/* Metrics of workers, whose names are theirs to choose. */
#define _GNU_SOURCE
#include "telemetry/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *printed(void)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    metrics_print(out);
    fclose(out);
    return text;
}

static void workers_by_name(void **state)
{
    (void)state;
    char *text = printed();
    assert_null(strstr(text, "ashlar_worker_")); /* where there is no queue */
    free(text);
    metrics_worker("rig1/a", &(metrics_work){.done = 1, .failed = 0, .cells = 10, .seconds = 1});
    metrics_worker("rig2/q\"u\\o", &(metrics_work){.done = 3, .failed = 4, .cells = 50, .seconds = 0});
    metrics_worker("rig1/a", &(metrics_work){.done = 2, .failed = 1, .cells = 30, .seconds = 4});
    text = printed();
    assert_non_null(strstr(text, "\n# TYPE ashlar_worker_jobs_total counter\n"
                                 "ashlar_worker_jobs_total{worker=\"rig1/a\",outcome=\"done\"} 2\n"
                                 "ashlar_worker_jobs_total{worker=\"rig2/q\\\"u\\\\o\",outcome=\"done\"} 3\n"
                                 "ashlar_worker_jobs_total{worker=\"rig1/a\",outcome=\"failed\"} 1\n"
                                 "ashlar_worker_jobs_total{worker=\"rig2/q\\\"u\\\\o\",outcome=\"failed\"} 4\n"));
    assert_non_null(strstr(text, "\nashlar_worker_cells_total{worker=\"rig1/a\"} 30\n"));
    assert_non_null(strstr(text, "\nashlar_worker_seconds_total{worker=\"rig1/a\"} 4\n"));
    assert_non_null(strstr(text, "\nashlar_worker_cells_per_second{worker=\"rig1/a\"} 7.5\n"));
    assert_non_null(strstr(text, "\nashlar_worker_cells_per_second{worker=\"rig2/q\\\"u\\\\o\"} 0\n"));
    free(text);
}

/* Any number of names: those that were told of last. */
static void too_many_workers(void **state)
{
    (void)state;
    for (int i = 0; i < METRICS_WORKERS + 7; i++) {
        char name[32];
        snprintf(name, sizeof name, "many/%d", i);
        metrics_worker(name, &(metrics_work){.done = 1});
    }
    char *text = printed();
    int shown = 0;
    for (const char *at = text; (at = strstr(at, ",outcome=\"done\"} ")) != NULL; at++)
        shown++;
    assert_int_equal(shown, METRICS_WORKERS);
    assert_null(strstr(text, "rig1/a"));
    assert_null(strstr(text, "\"many/6\""));
    assert_non_null(strstr(text, "\"many/7\""));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(workers_by_name), cmocka_unit_test(too_many_workers)};
    return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
