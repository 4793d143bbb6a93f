/* A worker: takes a job, proves it, gives it, takes the next. A second thread tells the queue that it is still at it, and ends
 * the process when it is told to. What the queue says is not believed further than it can waste this worker's time. */
#define _GNU_SOURCE
#include "jobs/internal.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/memory.h"
#include "telemetry/log.h"

#include <errno.h>
#include <omp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Reserved, not taken. */
#define WORKER_ARENA_BYTES ((size_t)64 << 30)
enum { IDLE_MS = 1000, AGAIN_LEAST_MS = 1000, AGAIN_MOST_MS = 10000, TICK_MS = 500 };

typedef struct {
    char id[24], attempt[24];
    double lease_seconds;
} lease;

typedef struct {
    const jobs_worker_options *options;
    char build[BUILD_TEXT_BYTES];
    queue_connection *c; /* of the thread that proves */

    /* The run that it is about, of which its memory holds the input and the execution. */
    arena memory, part_memory, scratch;
    bool has_run;
    run_name name;
    uint8_t known[sizeof(run_name) + 32]; /* its name, and the hash that ends its plan */
    uint64_t program; /* that is open, in `programs`; UINT64_MAX: none */
    size_t run_mark;
    prover_program opened;
    prover_run run;
    prover_report report;
    prover_options prover;

    /* Shared with the thread that tells. */
    pthread_mutex_t lock;
    bool has_job, is_over;
    lease job;
} worker;

/* ---- telling that it is still at it --------------------------------------------------------------- */

static volatile sig_atomic_t asked_to_end;
static void ask_to_end(int number) { asked_to_end = number; }

static void rest(uint64_t ms)
{
    struct timespec time = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
    nanosleep(&time, NULL);
}

static bool copy_job(worker *w, lease *job)
{
    pthread_mutex_lock(&w->lock);
    *job = w->job;
    bool has_job = w->has_job;
    pthread_mutex_unlock(&w->lock);
    return has_job;
}

static bool is_over(worker *w)
{
    pthread_mutex_lock(&w->lock);
    bool over = w->is_over;
    pthread_mutex_unlock(&w->lock);
    return over;
}

static void end_with(worker *w, queue_connection *c)
{
    char error[JOBS_ERROR_BYTES];
    lease job;
    /* The lock is kept: nothing is given any more. */
    pthread_mutex_lock(&w->lock);
    job = w->job;
    const queue_parameter values[] = {queue_text(job.id), queue_text(job.attempt)};
    if (w->has_job && (c != NULL || queue_connect(&c, error, w->options->url) == QUEUE_FINE))
        queue_do(NULL, error, c, "select ashlar.give($1, $2, null, null, 0)", values, 2);
    log_event(LOG_INFO, "worker ends", log_text("job", w->has_job ? "handed back" : "none"));
    _exit(0);
}

/* False: the lease is lost. */
static bool beat(worker *w, queue_connection **c, const lease *job)
{
    char error[JOBS_ERROR_BYTES];
    queue_result *r;
    const queue_parameter values[] = {queue_text(job->id), queue_text(job->attempt)};
    if (*c == NULL && queue_connect(c, error, w->options->url) != QUEUE_FINE)
        return true; /* next time */
    if (queue_do(&r, error, *c, "select ashlar.beat($1, $2)", values, 2) != QUEUE_FINE) {
        queue_disconnect(*c);
        *c = NULL;
        return true;
    }
    bool is_held = queue_number(r, 0, 0) != 0;
    queue_free(r);
    lease now;
    return is_held || !copy_job(w, &now) || strcmp(now.id, job->id) != 0 || strcmp(now.attempt, job->attempt) != 0;
}

static void *tell(void *context)
{
    worker *w = context;
    queue_connection *c = NULL;
    double told = clock_seconds();
    while (!is_over(w)) {
        lease job;
        rest(TICK_MS);
        if (asked_to_end)
            end_with(w, c);
        if (!copy_job(w, &job)) {
            told = clock_seconds();
            continue;
        }
        if (clock_seconds() - told < job.lease_seconds / 4)
            continue;
        told = clock_seconds();
        if (!beat(w, &c, &job)) {
            log_event(LOG_WARN, "lease lost", log_text("job", job.id));
            w->options->begin_anew();
            _exit(1);
        }
    }
    if (c != NULL)
        queue_disconnect(c);
    return NULL;
}

/* ---- the run of a job ----------------------------------------------------------------------------- */

static void forget_run(worker *w)
{
    if (w->has_run)
        prover_close(&w->run);
    w->has_run = false;
    arena_rewind(&w->memory, w->run_mark);
}

/* False: this build has no such program. */
static bool open_program(worker *w, bytes id)
{
    const jobs_build *b = w->options->build;
    const char *reason;
    for (uint32_t i = 0; i < b->program_count; i++) {
        if (id.size != PROGRAM_ID_BYTES || memcmp(b->programs[i].id, id.data, id.size) != 0)
            continue;
        if (w->program == i)
            return true;
        forget_run(w);
        arena_rewind(&w->memory, 0);
        w->program = UINT64_MAX;
        if (prover_program_open(&w->opened, &w->memory, &reason, b->verifier, b->programs[i].elf) != OK)
            return false;
        w->program = i;
        w->run_mark = w->memory.used_bytes;
        return true;
    }
    return false;
}

static bool refuse(char error[JOBS_ERROR_BYTES], const char *label, const char *why)
{
    snprintf(error, JOBS_ERROR_BYTES, "%s%s", label, why);
    return false;
}

/* Input and plan come from the queue; what the run is, this machine executes. */
static bool open_run(worker *w, char error[JOBS_ERROR_BYTES], const run_name *name, bytes program, bytes plan_in, bytes input_in)
{
    if (!open_program(w, program))
        return refuse(error, "", "this build has no such program");
    forget_run(w);
    uint8_t *input = arena_allocate(&w->memory, input_in.size + 1, 64), *plan = arena_allocate(&w->memory, plan_in.size + 1, 64);
    memcpy(input, input_in.data, input_in.size);
    memcpy(plan, plan_in.data, plan_in.size);
    bytes plan_bytes = {plan, plan_in.size}, output;
    prover_cut cut;
    prover_fault fault;
    if (!plan_read_cut(&cut, &output, plan_bytes))
        return refuse(error, ERROR_OF_PLAN, "it cannot be read");
    status s = prover_plan_as(&w->run, &w->report, &fault, &w->memory, &w->scratch, &w->opened,
                              (bytes){input, input_in.size}, output, &w->prover, &cut);
    w->has_run = true;
    arena_rewind(&w->scratch, 0);
    if (s != OK)
        return refuse(error, ERROR_OF_PLAN, s == GUEST_FAULT ? riscv_fault_message(fault.fault) : status_message(s));
    w->name = run_name_of(&w->run);
    if (!same_run_name(&w->name, name))
        return refuse(error, ERROR_OF_PLAN, "its input or its cut is another run's");
    if (!plan_read_records(&w->run, &w->memory, plan_bytes))
        return refuse(error, ERROR_OF_PLAN, "its records are not of this run");
    memcpy(w->known, name->bytes, sizeof name->bytes);
    memcpy(w->known + sizeof name->bytes, plan + plan_bytes.size - 32, 32);
    return true;
}

/* ---- a job ---------------------------------------------------------------------------------------- */

/* The artefact, in part_memory. */
static bool make_part(worker *w, bytes *artefact, char error[JOBS_ERROR_BYTES], uint64_t place)
{
    prover_run *run = &w->run;
    if (place >= run->part_count)
        return refuse(error, ERROR_OF_PLAN, "it has no such part");
    uint32_t i = (uint32_t)place;
    if (prover_part_bytes(run, i, &w->scratch) > w->options->memory_bytes)
        return refuse(error, "", "the part takes more memory than this worker has");
    run_part part;
    boundary_record record;
    prover_part(&part, &record, run, i, 0, &w->part_memory, &w->scratch);
    if (!digest_equal(&record.root, &run->records[i].root))
        return refuse(error, ERROR_OF_PLAN, "the record of this part is false");
    *artefact = part_write(&w->part_memory, run, &part);
    run_part read;
    status s = part_read(&read, run, i, *artefact, &w->scratch);
    return s == OK || refuse(error, "the proof that was made does not verify: ", status_message(s));
}

/* One statement, tried until the server has an answer. */
static queue_outcome insist(worker *w, queue_result **r, char error[JOBS_ERROR_BYTES], const char *statement,
                            const queue_parameter *values, int count)
{
    for (uint64_t pause_ms = AGAIN_LEAST_MS;; pause_ms = pause_ms < AGAIN_MOST_MS / 2 ? 2 * pause_ms : AGAIN_MOST_MS) {
        queue_outcome o = w->c != NULL ? QUEUE_FINE : queue_connect(&w->c, error, w->options->url);
        if (o == QUEUE_FINE)
            o = queue_do(r, error, w->c, statement, values, count);
        if (o != QUEUE_AGAIN)
            return o;
        log_event(LOG_WARN, "queue not reached", log_text("error", error));
        if (w->c != NULL)
            queue_disconnect(w->c);
        w->c = NULL;
        rest(pause_ms);
    }
}

static void set_job(worker *w, const lease *job)
{
    pthread_mutex_lock(&w->lock);
    w->has_job = job != NULL;
    if (job != NULL)
        w->job = *job;
    pthread_mutex_unlock(&w->lock);
}

static queue_outcome give(worker *w, char error[JOBS_ERROR_BYTES], const lease *job, bytes artefact, const char *why,
                          double seconds, uint64_t place)
{
    char took[32];
    queue_result *r;
    snprintf(took, sizeof took, "%.3f", seconds);
    const queue_parameter values[] = {queue_text(job->id), queue_text(job->attempt),
                                      why == NULL ? queue_bytes(artefact) : queue_text(NULL), queue_text(why),
                                      queue_text(took)};
    queue_outcome o = insist(w, &r, error, "select ashlar.give($1, $2, $3, $4, $5)", values, 5);
    set_job(w, NULL);
    if (o != QUEUE_FINE)
        return o;
    bool is_taken = queue_number(r, 0, 0) != 0;
    queue_free(r);
    if (why != NULL)
        log_event(LOG_WARN, "part failed", log_number("part", place + 1), log_text("error", why));
    else
        log_event(LOG_INFO, is_taken ? "part proven" : "part came too late", log_number("part", place + 1),
                  log_number("parts", w->run.part_count), log_real("seconds", seconds),
                  log_real("million_cells_a_second", (double)prover_part_cells(&w->run, (uint32_t)place) / seconds * 1e-6));
    return QUEUE_FINE;
}

/* *was_one is false where there is nothing to do. */
static queue_outcome work_once(worker *w, bool *was_one, char error[JOBS_ERROR_BYTES])
{
    const jobs_worker_options *options = w->options;
    char memory[24], threads[24], why[JOBS_ERROR_BYTES];
    queue_result *r;
    snprintf(memory, sizeof memory, "%llu", (unsigned long long)options->memory_bytes);
    snprintf(threads, sizeof threads, "%u", options->threads);
    const queue_parameter values[] = {queue_text(options->name), queue_text(w->build), queue_text(memory),
                                      queue_text(threads),
                                      w->has_run ? queue_bytes((bytes){w->known, sizeof w->known})
                                                 : queue_text(NULL)};
    queue_outcome o = insist(w, &r, error, "select * from ashlar.take($1, $2, $3, $4, $5)", values, 5);
    *was_one = false;
    if (o != QUEUE_FINE)
        return o;
    *was_one = queue_rows(r) == 1;
    if (!*was_one) {
        queue_free(r);
        return QUEUE_FINE;
    }
    double start = clock_seconds();
    lease job = {.lease_seconds = queue_real(r, 0, 7)};
    snprintf(job.id, sizeof job.id, "%lld", (long long)queue_number(r, 0, 0));
    snprintf(job.attempt, sizeof job.attempt, "%lld", (long long)queue_number(r, 0, 1));
    set_job(w, &job);
    bytes name = queue_data(r, 0, 2), artefact = {NULL, 0};
    uint64_t place = (uint64_t)queue_number(r, 0, 5);
    run_name wanted = {{0}};
    bool fine = name.size == sizeof wanted.bytes && strcmp(queue_string(r, 0, 3), "part") == 0;
    if (!fine)
        refuse(why, "", "a job of a kind that this version does not know");
    else {
        memcpy(wanted.bytes, name.data, name.size);
        fine = (w->has_run && queue_is_null(r, 0, 9) && same_run_name(&w->name, &wanted)) || open_run(w, why, &wanted, queue_data(r, 0, 8), queue_data(r, 0, 9), queue_data(r, 0, 10));
    }
    queue_free(r);
    fine = fine && make_part(w, &artefact, why, place);
    o = give(w, error, &job, artefact, fine ? NULL : why, clock_seconds() - start, place);
    if (!fine)
        forget_run(w); /* what was wrong with it may be mended when it comes again */
    arena_rewind(&w->part_memory, 0);
    arena_rewind(&w->scratch, 0);
    return o;
}

static bool run_until_idle(worker *w, char error[JOBS_ERROR_BYTES])
{
    double busy = clock_seconds();
    for (;;) {
        bool was_one;
        if (work_once(w, &was_one, error) != QUEUE_FINE)
            return false;
        if (was_one) {
            busy = clock_seconds();
            continue;
        }
        if (w->options->idle_seconds > 0 && clock_seconds() - busy >= (double)w->options->idle_seconds)
            return true;
        rest(IDLE_MS);
    }
}

bool jobs_worker_run(char error[JOBS_ERROR_BYTES], const jobs_worker_options *options)
{
    worker w = {.options = options, .program = UINT64_MAX, .lock = PTHREAD_MUTEX_INITIALIZER,
                .prover = {.memory_bytes = options->memory_bytes}};
    struct sigaction end = {.sa_handler = ask_to_end, .sa_flags = SA_RESTART};
    sigaction(SIGTERM, &end, NULL);
    sigaction(SIGINT, &end, NULL);
    omp_set_num_threads((int)options->threads);
    build_text(w.build, options->build);
    if (queue_connect(&w.c, error, options->url) != QUEUE_FINE)
        return false;
    arena_open(&w.memory, WORKER_ARENA_BYTES);
    arena_open(&w.part_memory, WORKER_ARENA_BYTES);
    arena_open(&w.scratch, WORKER_ARENA_BYTES);
    pthread_t teller;
    if (pthread_create(&teller, NULL, tell, &w) != 0)
        return refuse(error, "", "no thread can be started");
    bool fine = run_until_idle(&w, error);
    pthread_mutex_lock(&w.lock);
    w.is_over = true;
    pthread_mutex_unlock(&w.lock);
    pthread_join(teller, NULL);
    if (w.c != NULL)
        queue_disconnect(w.c);
    forget_run(&w);
    arena_close(&w.scratch);
    arena_close(&w.part_memory);
    arena_close(&w.memory);
    return fine;
}
