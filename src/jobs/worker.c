/* A worker: takes a job, a part or a node, proves it, gives it, takes the next. A second thread tells the queue that it is still at it, and ends
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
    arena memory, made_memory, scratch;
    bool has_run;
    run_name name;
    uint8_t known[sizeof(run_name) + 32]; /* its name, and the hash that ends its plan */
    uint64_t program; /* that is open, in `programs`; UINT64_MAX: none */
    size_t run_mark;
    prover_program opened;
    prover_run run;
    prover_report report;
    prover_options prover;

    /* For nodes, once there was one. */
    arena join_memory;
    bool has_join;
    prover_program join;

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
        if (prover_program_open(&w->opened, &w->memory, &reason, w->options->verifier, b->programs[i].elf) != OK)
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

typedef struct {
    uint32_t level, place;
    uint64_t cells; /* once it is made */
    bytes artefact; /* in made_memory */
} made_job;

static bool has_memory_for(const worker *w, char error[JOBS_ERROR_BYTES], size_t size_bytes)
{
    return size_bytes <= w->options->memory_bytes || refuse(error, "", "it takes more memory than this worker has");
}

static bool make_part(worker *w, made_job *made, char error[JOBS_ERROR_BYTES])
{
    prover_run *run = &w->run;
    uint32_t i = made->place;
    if (i >= run->part_count)
        return refuse(error, ERROR_OF_PLAN, "it has no such part");
    if (!has_memory_for(w, error, prover_part_bytes(run, i, &w->scratch)))
        return false;
    run_part part;
    boundary_record record;
    prover_part(&part, &record, run, i, 0, &w->made_memory, &w->scratch);
    if (!digest_equal(&record.root, &run->records[i].root))
        return refuse(error, ERROR_OF_PLAN, "the record of this part is false");
    made->cells = prover_part_cells(run, i);
    made->artefact = part_write(&w->made_memory, run, &part);
    run_part read;
    status s = part_read(&read, run, i, made->artefact, &w->scratch);
    return s == OK || refuse(error, "the proof that was made does not verify: ", status_message(s));
}

static bool open_join(worker *w)
{
    const char *reason;
    w->has_join = w->has_join || prover_program_open(&w->join, &w->join_memory, &reason, w->options->verifier,
                                                     w->options->build->join.elf) == OK;
    return w->has_join;
}

/* To execute `join` is to verify the children: where one does not hold, there is no such run. */
static bool prove_node(worker *w, made_job *made, char error[JOBS_ERROR_BYTES], prover_run *run, bytes plan, bytes input)
{
    bytes output;
    prover_cut cut;
    prover_fault fault;
    prover_report report;
    run_proof proof, read;
    if (!plan_read_cut(&cut, &output, plan) || !cut.is_both)
        return refuse(error, ERROR_OF_PLAN, "it cannot be read");
    status s = prover_plan_as(run, &report, &fault, &w->join_memory, &w->scratch, &w->join, input, output, &w->prover, &cut);
    if (s != OK)
        return refuse(error, ERROR_OF_PLAN, s == GUEST_FAULT ? "its children do not hold" : status_message(s));
    if (!has_memory_for(w, error, prover_part_bytes(run, 0, &w->scratch)))
        return false;
    made->cells = prover_part_cells(run, 0);
    prover_finish(&proof, run, &w->join_memory, &w->scratch);
    made->artefact = node_write(&w->made_memory, w->options->verifier, &proof);
    s = node_read(&read, &w->made_memory, &w->join, output, run->parts[0].rows, made->artefact, &w->scratch);
    return s == OK || refuse(error, "the proof that was made does not verify: ", status_message(s));
}

static bytes copy_of(arena *memory, bytes from)
{
    uint8_t *copy = arena_allocate(memory, from.size + 1, 64);
    memcpy(copy, from.data, from.size);
    return (bytes){copy, from.size};
}

/* Plan and input come from the queue. */
static bool make_node(worker *w, made_job *made, char error[JOBS_ERROR_BYTES], bytes plan, bytes input)
{
    if (!open_join(w))
        return refuse(error, "", "the guest program `join` of this build cannot be loaded");
    size_t mark = w->join_memory.used_bytes;
    prover_run *run = ARENA_NEW(&w->join_memory, prover_run, 1);
    bool fine = prove_node(w, made, error, run, copy_of(&w->join_memory, plan), copy_of(&w->join_memory, input));
    if (run->execution != NULL)
        prover_close(run);
    arena_rewind(&w->join_memory, mark);
    return fine;
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

static queue_outcome give(worker *w, char error[JOBS_ERROR_BYTES], const lease *job, const made_job *made, const char *why,
                          double seconds)
{
    char took[32];
    queue_result *r;
    snprintf(took, sizeof took, "%.3f", seconds);
    const queue_parameter values[] = {queue_text(job->id), queue_text(job->attempt),
                                      why == NULL ? queue_bytes(made->artefact) : queue_text(NULL), queue_text(why),
                                      queue_text(took)};
    queue_outcome o = insist(w, &r, error, "select ashlar.give($1, $2, $3, $4, $5)", values, 5);
    set_job(w, NULL);
    if (o != QUEUE_FINE)
        return o;
    bool is_taken = queue_number(r, 0, 0) != 0;
    queue_free(r);
    const log_field place = log_number(made->level == 0 ? "part" : "node", made->place + 1);
    const log_field of = made->level == 0 ? log_number("parts", w->has_run ? w->run.part_count : 0)
                                          : log_number("level", made->level);
    if (why != NULL)
        log_event(LOG_WARN, made->level == 0 ? "part failed" : "node failed", place, of, log_text("error", why));
    else
        log_event(LOG_INFO, !is_taken ? "came too late" : made->level == 0 ? "part proven" : "node proven", place, of,
                  log_real("seconds", seconds), log_real("million_cells_a_second", (double)made->cells / seconds * 1e-6));
    return QUEUE_FINE;
}

/* The job in a row of `take`. */
static bool make(worker *w, made_job *made, char why[JOBS_ERROR_BYTES], const queue_result *r)
{
    bytes name = queue_data(r, 0, 2), plan = queue_data(r, 0, 7), input = queue_data(r, 0, 8);
    int64_t level = queue_number(r, 0, 3), place = queue_number(r, 0, 4);
    run_name wanted = {{0}};
    if (name.size != sizeof wanted.bytes || level < 0 || place < 0)
        return refuse(why, "", "it is no job of this version");
    memcpy(wanted.bytes, name.data, name.size);
    *made = (made_job){.level = (uint32_t)level, .place = (uint32_t)place};
    if (level > 0)
        return make_node(w, made, why, plan, input);
    bool is_known = w->has_run && queue_is_null(r, 0, 7) && same_run_name(&w->name, &wanted);
    bool fine = (is_known || open_run(w, why, &wanted, queue_data(r, 0, 6), plan, input)) && make_part(w, made, why);
    if (!fine)
        forget_run(w); /* what was wrong with it may be mended when it comes again */
    return fine;
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
    lease job = {.lease_seconds = queue_real(r, 0, 5)};
    snprintf(job.id, sizeof job.id, "%lld", (long long)queue_number(r, 0, 0));
    snprintf(job.attempt, sizeof job.attempt, "%lld", (long long)queue_number(r, 0, 1));
    set_job(w, &job);
    made_job made = {0};
    bool fine = make(w, &made, why, r);
    queue_free(r);
    o = give(w, error, &job, &made, fine ? NULL : why, clock_seconds() - start);
    arena_rewind(&w->made_memory, 0);
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
    build_text(w.build, options->verifier, options->build);
    if (queue_connect(&w.c, error, options->url) != QUEUE_FINE)
        return false;
    arena_open(&w.memory, WORKER_ARENA_BYTES);
    arena_open(&w.made_memory, WORKER_ARENA_BYTES);
    arena_open(&w.join_memory, WORKER_ARENA_BYTES);
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
    arena_close(&w.join_memory);
    arena_close(&w.made_memory);
    arena_close(&w.memory);
    return fine;
}
