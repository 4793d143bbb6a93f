#define _GNU_SOURCE
#include "telemetry/metrics.h"

#include "base/check.h"

#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

typedef enum { KIND_COUNTER, KIND_GAUGE, KIND_HISTOGRAM } metric_kind;

static const double BOUNDS_SECONDS[] = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                        0.05,   0.1,     0.25,   0.5,   1,      2.5,   5,    10};
enum { BOUNDS = sizeof BOUNDS_SECONDS / sizeof *BOUNDS_SECONDS };

typedef struct {
    _Atomic uint64_t counts[BOUNDS + 1]; /* not cumulative; the last: above all bounds */
    _Atomic uint64_t nanoseconds;
} histogram;

static const struct {
    metric_kind kind;
    const char *name, *labels, *help;
} METRICS[METRIC_COUNT] = {
#define COUNTER(symbol, name, labels, help) {KIND_COUNTER, name, labels, help},
#define GAUGE(symbol, name, labels, help) {KIND_GAUGE, name, labels, help},
#define HISTOGRAM(symbol, name, labels, help) {KIND_HISTOGRAM, name, labels, help},
#include "telemetry/metrics.def"
#undef COUNTER
#undef GAUGE
#undef HISTOGRAM
};

static _Atomic uint64_t values[METRIC_COUNT];
static histogram histograms[METRIC_COUNT];
static const char *const *_Atomic method_names;
static struct {
    _Atomic uint64_t succeeded, failed;
    histogram seconds;
} requests[METRICS_METHODS + 1]; /* the last: unknown ones */

void metrics_add(metric m, int64_t amount)
{
    atomic_fetch_add_explicit(&values[m], (uint64_t)amount, memory_order_relaxed);
}

void metrics_set(metric m, uint64_t value) { atomic_store_explicit(&values[m], value, memory_order_relaxed); }
uint64_t metrics_get(metric m) { return atomic_load_explicit(&values[m], memory_order_relaxed); }

static void observe(histogram *h, double seconds)
{
    size_t i = 0;
    while (i < BOUNDS && seconds > BOUNDS_SECONDS[i])
        i++;
    atomic_fetch_add_explicit(&h->counts[i], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&h->nanoseconds, (uint64_t)(seconds * 1e9), memory_order_relaxed);
}

void metrics_observe(metric m, double seconds) { observe(&histograms[m], seconds); }

void metrics_name_methods(const char *const *names, size_t count)
{
    CHECK(count <= METRICS_METHODS);
    method_names = names;
}

void metrics_request(size_t method, bool failed, double seconds)
{
    size_t i = method == METRICS_METHOD_UNKNOWN ? METRICS_METHODS : method;
    atomic_fetch_add_explicit(failed ? &requests[i].failed : &requests[i].succeeded, 1, memory_order_relaxed);
    observe(&requests[i].seconds, seconds);
}

/* ---- workers ---- */

typedef struct {
    char name[METRICS_WORKER_NAME_BYTES]; /* empty: none */
    uint64_t told;                /* when, in calls */
    metrics_work work;
} metrics_of_worker;
static pthread_mutex_t workers_lock = PTHREAD_MUTEX_INITIALIZER;
static metrics_of_worker workers[METRICS_WORKERS];
static uint64_t workers_told;

void metrics_worker(const char *name, const metrics_work *work)
{
    pthread_mutex_lock(&workers_lock);
    metrics_of_worker *w = &workers[0];
    for (size_t i = 0; i < METRICS_WORKERS; i++) {
        if (strcmp(workers[i].name, name) == 0) {
            w = &workers[i];
            break;
        }
        if (workers[i].told < w->told)
            w = &workers[i];
    }
    snprintf(w->name, sizeof w->name, "%s", name);
    w->work = *work;
    w->told = ++workers_told;
    pthread_mutex_unlock(&workers_lock);
}

/* ---- the text format ---- */

static void print_family(FILE *out, const char *name, metric_kind kind, const char *help)
{
    static const char *const names[] = {"counter", "gauge", "histogram"};
    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, names[kind]);
}

static void print_histogram(FILE *out, const char *name, const char *labels, const histogram *h)
{
    const char *comma = labels[0] != 0 ? "," : "";
    uint64_t sum = 0;
    for (size_t i = 0; i <= BOUNDS; i++) {
        sum += atomic_load_explicit(&h->counts[i], memory_order_relaxed);
        char bound[24] = "+Inf";
        if (i < BOUNDS)
            snprintf(bound, sizeof bound, "%g", BOUNDS_SECONDS[i]);
        fprintf(out, "%s_bucket{%s%sle=\"%s\"} %llu\n", name, labels, comma, bound, (unsigned long long)sum);
    }
    char braced[128] = "";
    if (labels[0] != 0)
        snprintf(braced, sizeof braced, "{%s}", labels);
    double seconds = (double)atomic_load_explicit(&h->nanoseconds, memory_order_relaxed) * 1e-9;
    fprintf(out, "%s_sum%s %.9f\n%s_count%s %llu\n", name, braced, seconds, name, braced,
            (unsigned long long)sum);
}

static void print_listed(FILE *out)
{
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        if (i == 0 || strcmp(METRICS[i].name, METRICS[i - 1].name) != 0)
            print_family(out, METRICS[i].name, METRICS[i].kind, METRICS[i].help);
        if (METRICS[i].kind == KIND_HISTOGRAM) {
            print_histogram(out, METRICS[i].name, METRICS[i].labels, &histograms[i]);
            continue;
        }
        const char *labels = METRICS[i].labels;
        fprintf(out, "%s%s%s%s %llu\n", METRICS[i].name, labels[0] != 0 ? "{" : "", labels,
                labels[0] != 0 ? "}" : "", (unsigned long long)metrics_get((metric)i));
    }
}

static const char *method_name(size_t i) { return i == METRICS_METHODS ? "unknown" : method_names[i]; }

static bool was_called(size_t method) { return (requests[method].succeeded | requests[method].failed) != 0; }

static void print_requests(FILE *out)
{
    print_family(out, "ashlar_rpc_requests_total", KIND_COUNTER, "RPC requests by method and outcome.");
    for (size_t i = 0; i <= METRICS_METHODS; i++)
        if (was_called(i))
            fprintf(out,
                    "ashlar_rpc_requests_total{method=\"%s\",outcome=\"success\"} %llu\n"
                    "ashlar_rpc_requests_total{method=\"%s\",outcome=\"error\"} %llu\n",
                    method_name(i), (unsigned long long)requests[i].succeeded, method_name(i),
                    (unsigned long long)requests[i].failed);
    print_family(out, "ashlar_rpc_request_seconds", KIND_HISTOGRAM, "Time to answer an RPC request.");
    for (size_t i = 0; i <= METRICS_METHODS; i++) {
        char labels[80];
        if (!was_called(i))
            continue;
        snprintf(labels, sizeof labels, "method=\"%s\"", method_name(i));
        print_histogram(out, "ashlar_rpc_request_seconds", labels, &requests[i].seconds);
    }
}

enum { BY_DONE, BY_FAILED, BY_CELLS, BY_SECONDS, BY_RATE, BY_COUNT };
static const struct {
    const char *name, *more;
    metric_kind kind;
    const char *help;
} BY_WORKER[BY_COUNT] = {
    {"ashlar_worker_jobs_total", ",outcome=\"done\"", KIND_COUNTER, "Jobs of the queue of proofs by worker and outcome."},
    {"ashlar_worker_jobs_total", ",outcome=\"failed\"", KIND_COUNTER, ""},
    {"ashlar_worker_cells_total", "", KIND_COUNTER, "Committed cells that the worker proved."},
    {"ashlar_worker_seconds_total", "", KIND_COUNTER, "Time that these took."},
    {"ashlar_worker_cells_per_second", "", KIND_GAUGE, "Their quotient."},
};

static double value_by_worker(const metrics_work *w, int i)
{
    const double values[BY_COUNT] = {(double)w->done, (double)w->failed, (double)w->cells, w->seconds,
                                     w->seconds > 0 ? (double)w->cells / w->seconds : 0};
    return values[i];
}

static void print_workers(FILE *out)
{
    pthread_mutex_lock(&workers_lock);
    for (int i = 0; i < BY_COUNT && workers_told > 0; i++) {
        if (i == 0 || strcmp(BY_WORKER[i].name, BY_WORKER[i - 1].name) != 0)
            print_family(out, BY_WORKER[i].name, BY_WORKER[i].kind, BY_WORKER[i].help);
        for (const metrics_of_worker *w = workers; w < workers + METRICS_WORKERS && w->told > 0; w++) {
            fprintf(out, "%s{worker=\"", BY_WORKER[i].name);
            for (const char *at = w->name; *at != 0; at++) /* as a label's value is written */
                fprintf(out, *at == '"' || *at == '\\' ? "\\%c" : "%c", *at);
            fprintf(out, "\"%s} %.17g\n", BY_WORKER[i].more, value_by_worker(&w->work, i));
        }
    }
    pthread_mutex_unlock(&workers_lock);
}

static uint64_t count_open_files(void)
{
    DIR *folder = opendir("/proc/self/fd");
    if (folder == NULL)
        return 0;
    uint64_t count = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count - 1; /* the folder itself */
}

/* proc(5): the time since the machine's start at which this process started. */
static double start_seconds(void)
{
    char line[1024] = "";
    FILE *file = fopen("/proc/self/stat", "r");
    if (file == NULL)
        return 0;
    size_t size = fread(line, 1, sizeof line - 1, file);
    fclose(file);
    line[size] = 0;
    const char *at = strrchr(line, ')'); /* the name before it may hold anything */
    unsigned long long ticks = 0;
    for (int field = 2; at != NULL && field < 22; field++)
        at = strchr(at + 1, ' ');
    if (at == NULL || sscanf(at, "%llu", &ticks) != 1)
        return 0;
    struct timespec now, since_boot;
    clock_gettime(CLOCK_REALTIME, &now);
    clock_gettime(CLOCK_BOOTTIME, &since_boot);
    return (double)(now.tv_sec - since_boot.tv_sec) + (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

static void print_process(FILE *out)
{
    unsigned long long pages = 0, resident = 0, page_bytes = (unsigned long long)sysconf(_SC_PAGESIZE);
    FILE *file = fopen("/proc/self/statm", "r");
    if (file != NULL) {
        if (fscanf(file, "%llu %llu", &pages, &resident) != 2)
            pages = resident = 0;
        fclose(file);
    }
    struct rusage usage;
    struct rlimit files;
    getrusage(RUSAGE_SELF, &usage);
    getrlimit(RLIMIT_NOFILE, &files);
    const struct timeval *user = &usage.ru_utime, *system = &usage.ru_stime;
    double cpu = (double)(user->tv_sec + system->tv_sec) + (double)(user->tv_usec + system->tv_usec) * 1e-6;
    const struct {
        const char *name, *help;
        metric_kind kind;
        double value;
    } rows[] = {
        {"process_cpu_seconds_total", "User and system time spent.", KIND_COUNTER, cpu},
        {"process_resident_memory_bytes", "Memory in use.", KIND_GAUGE, (double)(resident * page_bytes)},
        {"process_virtual_memory_bytes", "Address space in use.", KIND_GAUGE, (double)(pages * page_bytes)},
        {"process_open_fds", "Open files and sockets.", KIND_GAUGE, (double)count_open_files()},
        {"process_max_fds", "How many there may be.", KIND_GAUGE, (double)files.rlim_cur},
        {"process_start_time_seconds", "When the process started.", KIND_GAUGE, start_seconds()},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        print_family(out, rows[i].name, rows[i].kind, rows[i].help);
        fprintf(out, "%s %.17g\n", rows[i].name, rows[i].value);
    }
}

void metrics_print(FILE *out)
{
    print_listed(out);
    print_requests(out);
    print_workers(out);
    print_process(out);
}
