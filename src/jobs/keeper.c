/* Whoever hands in a run: verifies what workers give, and alone writes what counts. What stands in the database is not believed:
 * plan, places and heights are those of this process, and every part is verified before it is taken, the ones that were there
 * before too. */
#define _GNU_SOURCE
#include "jobs/internal.h"

#include "base/check.h"
#include "base/clock.h"
#include "telemetry/log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    WAIT_MS = 1000,
    KEEP_SECONDS = 10, /* between two signs of life */
    AGAIN_MS = 2000,   /* after a failure that may pass */
    SAMPLES = 64, SAMPLE_SECONDS = 4, /* of what is done, for the time left */
};

struct jobs_keeper {
    queue_connection *c;
    const char *url;
    prover_run *run;
    int priority;
    run_name name;
    char build[BUILD_TEXT_BYTES], channel[48];
    bytes plan;
    run_part *parts;
    bool *is_there;
    uint64_t *cells;
    size_t *part_bytes;
    uint32_t there;
    double kept_seconds;
    bool has_said; /* that it lacks rights */
    struct {
        double seconds;
        uint64_t cells;
    } samples[SAMPLES];
    uint32_t sample_count;
};

#define NAME_OF(k) queue_bytes((bytes){(k)->name.bytes, sizeof (k)->name.bytes})

static queue_parameter number_text(char text[24], uint64_t value)
{
    snprintf(text, 24, "%llu", (unsigned long long)value);
    return queue_text(text);
}

/* ---- handing in ----------------------------------------------------------------------------------- */

static queue_outcome ask(bool *answer, char error[JOBS_ERROR_BYTES], queue_connection *c, const char *question)
{
    queue_result *r;
    queue_outcome o = queue_do(&r, error, c, question, NULL, 0);
    if (o != QUEUE_FINE)
        return o;
    *answer = queue_rows(r) == 1 && queue_number(r, 0, 0) != 0;
    queue_free(r);
    return QUEUE_FINE;
}

/* The tables, where there are none. Of keepers that make them at once one does, and the others find them then. */
static queue_outcome make_tables(char error[JOBS_ERROR_BYTES], queue_connection *c)
{
    static const char is_made[] = "select to_regclass('ashlar.setting') is not null";
    char why[JOBS_ERROR_BYTES];
    bool answer;
    queue_outcome o = ask(&answer, error, c, is_made);
    if (o == QUEUE_FINE && !answer) {
        queue_outcome made = queue_script(why, c, "begin");
        if (made == QUEUE_FINE)
            made = queue_script(why, c, queue_schema);
        o = queue_script(error, c, made == QUEUE_FINE ? "commit" : "rollback");
        if (o == QUEUE_FINE && made != QUEUE_FINE)
            o = ask(&answer, error, c, is_made);
        if (o == QUEUE_FINE && made != QUEUE_FINE && !answer) {
            memcpy(error, why, sizeof why);
            return made;
        }
    }
    /* Whoever may make schemas could have made one of this name, with functions of its own. */
    if (o == QUEUE_FINE)
        o = ask(&answer, error, c, "select pg_has_role(nspowner, 'usage') from pg_namespace where nspname = 'ashlar'");
    if (o == QUEUE_FINE && !answer) {
        snprintf(error, JOBS_ERROR_BYTES, "the queue in this database is another role's");
        return QUEUE_REFUSED;
    }
    if (o == QUEUE_FINE)
        o = ask(&answer, error, c, "select format = 1 from ashlar.setting");
    if (o == QUEUE_FINE && !answer) {
        snprintf(error, JOBS_ERROR_BYTES, "the queue in this database was made by another version");
        return QUEUE_REFUSED;
    }
    return o;
}

static queue_outcome put_run(char error[JOBS_ERROR_BYTES], jobs_keeper *k)
{
    uint8_t id[PROGRAM_ID_BYTES];
    char priority[16];
    program_id_write(id, &k->run->program->id);
    snprintf(priority, sizeof priority, "%d", k->priority);
    const queue_parameter values[] = {NAME_OF(k), queue_text(k->build), queue_bytes((bytes){id, sizeof id}),
                                      queue_bytes(k->run->input), queue_bytes(k->plan), queue_text(priority)};
    queue_outcome o = queue_do(NULL, error, k->c, "delete from ashlar.run where name = $1", values, 1);
    if (o == QUEUE_FINE)
        o = queue_do(NULL, error, k->c,
                     "insert into ashlar.run (name, build, program, input, plan, priority) values ($1, $2, $3, $4, $5, $6)",
                     values, 6);
    for (uint32_t i = 0; i < k->run->part_count && o == QUEUE_FINE; i++) {
        char place[24], cells[24], memory[24];
        const queue_parameter job[] = {NAME_OF(k), number_text(place, i), number_text(cells, k->cells[i]),
                                       number_text(memory, k->part_bytes[i]),
                                       queue_text(k->is_there[i] ? "done" : "ready")};
        o = queue_do(NULL, error, k->c,
                     "insert into ashlar.job (run, kind, level, first, last, cells, memory_bytes, state) "
                     "values ($1, 'part', 0, $2, $2, $3, $4, $5)", job, 5);
    }
    return o;
}

/* A run of this name that is the same goes on: what failed before is tried again. */
static queue_outcome go_on(bool *is_same, char error[JOBS_ERROR_BYTES], jobs_keeper *k)
{
    uint8_t id[PROGRAM_ID_BYTES];
    char count[24];
    queue_result *r;
    program_id_write(id, &k->run->program->id);
    const queue_parameter values[] = {NAME_OF(k), queue_text(k->build), queue_bytes((bytes){id, sizeof id}),
                                      queue_bytes(k->run->input), queue_bytes(k->plan),
                                      number_text(count, k->run->part_count)};
    queue_outcome o = queue_do(&r, error, k->c,
                               "update ashlar.run set kept = now(), error = null where name = $1 and build = $2 "
                               "and program = $3 and input = $4 and plan = $5 and $6::int = (select count(*) "
                               "from ashlar.job where run = $1 and kind = 'part') returning 1", values, 6);
    if (o != QUEUE_FINE)
        return o;
    *is_same = queue_rows(r) == 1;
    queue_free(r);
    if (!*is_same)
        return QUEUE_FINE;
    o = queue_do(NULL, error, k->c, "delete from ashlar.failure where job in (select id from ashlar.job "
                                    "where run = $1 and state = 'failed')", values, 1);
    if (o == QUEUE_FINE)
        o = queue_do(NULL, error, k->c, "update ashlar.job set state = 'ready', result = null, error = null "
                                        "where run = $1 and state = 'failed'", values, 1);
    return o;
}

/* One process keeps a run: the run says which session of the server, for as long as the server has that. No lock that others
 * could take, too. */
static queue_outcome check_that_nobody_keeps_it(char error[JOBS_ERROR_BYTES], jobs_keeper *k)
{
    queue_result *r;
    const queue_parameter name = NAME_OF(k);
    queue_outcome o = queue_do(&r, error, k->c,
                               "select 1 from ashlar.run r join pg_stat_activity a on a.pid = r.keeper_process "
                               "and a.usename = r.keeper and a.datname = current_database() "
                               "and coalesce(a.backend_start = r.keeper_since, true) "
                               "where r.name = $1 and a.pid <> pg_backend_pid()", &name, 1);
    if (o != QUEUE_FINE)
        return o;
    bool is_kept = queue_rows(r) > 0;
    queue_free(r);
    if (!is_kept)
        return QUEUE_FINE;
    snprintf(error, JOBS_ERROR_BYTES, "another process keeps this run on the queue");
    return k->kept_seconds > 0 ? QUEUE_AGAIN : QUEUE_REFUSED; /* what the server has not missed yet may be this one's last */
}

static queue_outcome hand_in(char error[JOBS_ERROR_BYTES], jobs_keeper *k)
{
    bool is_same = false;
    const queue_parameter name = NAME_OF(k);
    /* One keeper after the other. */
    queue_outcome o = queue_script(error, k->c, "begin; select from ashlar.setting for update");
    if (o == QUEUE_FINE)
        o = check_that_nobody_keeps_it(error, k);
    if (o == QUEUE_FINE)
        o = go_on(&is_same, error, k);
    if (o == QUEUE_FINE && !is_same)
        o = put_run(error, k);
    if (o == QUEUE_FINE)
        o = queue_do(NULL, error, k->c, "update ashlar.run set keeper = session_user, keeper_process = pg_backend_pid(), "
                                        "keeper_since = a.backend_start from pg_stat_activity a "
                                        "where a.pid = pg_backend_pid() and name = $1", &name, 1);
    char ignored[JOBS_ERROR_BYTES];
    if (o == QUEUE_FINE)
        return queue_script(error, k->c, "commit");
    queue_script(ignored, k->c, "rollback");
    return o;
}

/* A worker may hold what it took in a transaction that it never ends, and undo whatever limit its login was given. The rights
 * that it takes to end that are the administrator's to give. */
static queue_outcome end_long_transactions(char error[JOBS_ERROR_BYTES], jobs_keeper *k)
{
    queue_result *r;
    queue_outcome o = queue_do(&r, error, k->c,
        "select pg_has_role('pg_signal_backend', 'usage') and pg_has_role('pg_read_all_stats', 'usage'), "
        "(select count(pg_terminate_backend(a.pid)) from pg_stat_activity a join pg_roles u on u.oid = a.usesysid "
        "where pg_has_role('pg_signal_backend', 'usage') and a.datname = current_database() and not u.rolsuper "
        "and u.rolname <> current_user and pg_has_role(u.oid, 'ashlar_worker', 'member') "
        "and a.xact_start < clock_timestamp() - (select transaction from ashlar.setting))", NULL, 0);
    if (o != QUEUE_FINE)
        return o;
    bool may = queue_number(r, 0, 0) != 0;
    int64_t ended = queue_number(r, 0, 1);
    queue_free(r);
    if (ended > 0)
        log_event(LOG_WARN, "sessions of workers ended", log_number("sessions", (uint64_t)ended),
                  log_text("why", "their transactions did not end"));
    if (!may && !k->has_said)
        log_event(LOG_WARN, "workers that end no transaction can hold up the queue",
                  log_text("missing", "grant pg_signal_backend, pg_read_all_stats to the keeper's login"));
    k->has_said = true;
    return QUEUE_FINE;
}

static queue_outcome begin(char error[JOBS_ERROR_BYTES], jobs_keeper *k)
{
    char listen[80];
    snprintf(listen, sizeof listen, "listen %s", k->channel);
    queue_outcome o = queue_connect(&k->c, error, k->url);
    if (o == QUEUE_FINE)
        o = queue_script(error, k->c, "set lock_timeout = '3s'; set statement_timeout = '10min'; "
                                      "set search_path = pg_catalog, pg_temp");
    if (o == QUEUE_FINE)
        o = make_tables(error, k->c);
    if (o == QUEUE_FINE)
        o = end_long_transactions(error, k);
    if (o == QUEUE_FINE)
        o = hand_in(error, k);
    if (o == QUEUE_FINE)
        o = queue_script(error, k->c, listen);
    if (o == QUEUE_FINE)
        k->kept_seconds = clock_seconds();
    return o;
}

static void end_connection(jobs_keeper *k)
{
    if (k->c != NULL)
        queue_disconnect(k->c);
    k->c = NULL;
}

bool jobs_keeper_open(jobs_keeper **out, char error[JOBS_ERROR_BYTES], arena *memory, arena *scratch, prover_run *run,
                      const jobs_queue *queue)
{
    jobs_keeper *k = *out = ARENA_NEW(memory, jobs_keeper, 1);
    size_t url_bytes = strlen(queue->url) + 1;
    char *url = arena_allocate(memory, url_bytes, 1);
    memcpy(url, queue->url, url_bytes);
    *k = (jobs_keeper){.url = url, .run = run, .priority = queue->priority, .name = run_name_of(run)};
    char name[RUN_NAME_TEXT_BYTES];
    snprintf(k->channel, sizeof k->channel, "ashlar_%.32s", run_name_text(name, &k->name));
    build_text(k->build, queue->build);
    k->plan = plan_write(memory, run);
    k->parts = ARENA_NEW(memory, run_part, run->part_count);
    k->is_there = ARENA_NEW(memory, bool, run->part_count);
    k->cells = ARENA_NEW(memory, uint64_t, run->part_count);
    k->part_bytes = ARENA_NEW(memory, size_t, run->part_count);
    for (uint32_t i = 0; i < run->part_count; i++) {
        k->cells[i] = prover_part_cells(run, i);
        k->part_bytes[i] = prover_part_bytes(run, i, scratch);
    }
    return begin(error, k) == QUEUE_FINE;
}

void jobs_keeper_close(jobs_keeper *k, bool is_finished)
{
    char error[JOBS_ERROR_BYTES];
    if (k == NULL)
        return;
    const queue_parameter name = NAME_OF(k);
    if (is_finished && k->c != NULL)
        queue_do(NULL, error, k->c, "delete from ashlar.run where name = $1", &name, 1);
    end_connection(k);
}

/* ---- what comes back ------------------------------------------------------------------------------ */

/* A part that holds is copied into `memory`. */
static status take_part(jobs_keeper *k, uint32_t i, bytes artefact, arena *memory, arena *scratch)
{
    if (artefact.size > PART_BYTES_MAX)
        return PROOF_SHAPE;
    size_t mark = memory->used_bytes;
    uint8_t *copy = arena_allocate(memory, artefact.size + 1, 64);
    memcpy(copy, artefact.data, artefact.size);
    status s = part_read(&k->parts[i], k->run, i, (bytes){copy, artefact.size}, scratch);
    if (s != OK)
        arena_rewind(memory, mark);
    return s;
}

static void count_part(jobs_keeper *k, uint32_t i)
{
    k->there += !k->is_there[i];
    k->is_there[i] = true;
}

/* What was verified once and is still there is verified again; the jobs of what does not hold are ready again. */
static queue_outcome find_artefacts(char error[JOBS_ERROR_BYTES], jobs_keeper *k, arena *memory, arena *scratch)
{
    for (uint32_t i = 0; i < k->run->part_count; i++) {
        queue_result *r;
        char place[24];
        const queue_parameter values[] = {NAME_OF(k), number_text(place, i)};
        if (k->is_there[i])
            continue;
        queue_outcome o = queue_do(&r, error, k->c,
                                   "select j.id, a.bytes from ashlar.job j left join ashlar.artefact a on a.job = j.id "
                                   "where j.run = $1 and j.kind = 'part' and j.first = $2 and j.state = 'done'", values, 2);
        if (o != QUEUE_FINE)
            return o;
        bool is_done = queue_rows(r) == 1, holds = false;
        if (is_done && !queue_is_null(r, 0, 1))
            holds = take_part(k, i, queue_data(r, 0, 1), memory, scratch) == OK;
        queue_free(r);
        if (holds)
            count_part(k, i);
        if (!is_done || holds)
            continue;
        o = queue_do(NULL, error, k->c, "delete from ashlar.artefact where job in (select id from ashlar.job "
                                        "where run = $1 and kind = 'part' and first = $2)", values, 2);
        if (o == QUEUE_FINE)
            o = queue_do(NULL, error, k->c, "update ashlar.job set state = 'ready' where run = $1 and kind = 'part' "
                                            "and first = $2", values, 2);
        if (o != QUEUE_FINE)
            return o;
    }
    return QUEUE_FINE;
}

/* A worker says that the plan is false, or gives what does not hold: then somebody changed the plan in the database, or the
 * worker is to blame. Where it was changed, nothing that is under way counts, for or against anybody. */
static queue_outcome restore_plan(bool *was_changed, char error[JOBS_ERROR_BYTES], jobs_keeper *k)
{
    queue_result *r;
    const queue_parameter values[] = {NAME_OF(k), queue_bytes(k->plan), queue_bytes(k->run->input)};
    queue_outcome o = queue_do(&r, error, k->c, "update ashlar.run set plan = $2, input = $3 where name = $1 "
                                                "and (plan <> $2 or input <> $3) returning 1", values, 3);
    if (o != QUEUE_FINE)
        return o;
    *was_changed = queue_rows(r) > 0;
    queue_free(r);
    if (!*was_changed)
        return QUEUE_FINE;
    log_event(LOG_WARN, "plan restored", log_text("why", "it was changed in the database"));
    return queue_do(NULL, error, k->c, "update ashlar.job set state = 'ready', result = null, error = null where run = $1 "
                                       "and state in ('leased', 'given')", values, 1);
}

typedef struct {
    char job[24], attempt[24];
    uint32_t part;
    const char *login, *worker, *error;
    bytes result;
} given;

static queue_outcome take_given(char error[JOBS_ERROR_BYTES], jobs_keeper *k, const given *g, arena *memory, arena *scratch)
{
    if (g->part >= k->run->part_count || (g->result.data == NULL && g->error == NULL)) {
        snprintf(error, JOBS_ERROR_BYTES, "the queue has a job that this run has not");
        return QUEUE_REFUSED;
    }
    status s = g->error == NULL ? take_part(k, g->part, g->result, memory, scratch) : OK;
    const char *why = g->error != NULL ? g->error : status_message(s);
    const queue_parameter values[] = {queue_text(g->job), queue_text(g->attempt), queue_text(why)};
    if (g->error == NULL && s == OK) {
        queue_outcome o = queue_do(NULL, error, k->c, "select ashlar.accept($1, $2)", values, 2);
        if (o == QUEUE_FINE)
            count_part(k, g->part);
        return o;
    }
    bool was_changed;
    queue_outcome o = restore_plan(&was_changed, error, k);
    if (o != QUEUE_FINE || was_changed)
        return o;
    log_event(LOG_WARN, g->error != NULL ? "part failed" : "part refused", log_number("part", g->part + 1),
              log_text("login", g->login), log_text("worker", g->worker), log_text("error", why));
    return queue_do(NULL, error, k->c, "select ashlar.refuse($1, $2, $3, $4)",
                    (const queue_parameter[]){values[0], values[1], values[2],
                                              queue_text(g->error != NULL ? "false" : "true")}, 4);
}

/* One of what workers gave. */
static queue_outcome take_one(bool *was_one, char error[JOBS_ERROR_BYTES], jobs_keeper *k, arena *memory, arena *scratch)
{
    queue_result *r;
    const queue_parameter name = NAME_OF(k);
    queue_outcome o = queue_do(&r, error, k->c,
                               "select id, attempt, first, coalesce(login::text, ''), coalesce(worker, ''), result, error "
                               "from ashlar.job where run = $1 and state = 'given' order by id limit 1", &name, 1);
    if (o != QUEUE_FINE)
        return o;
    *was_one = queue_rows(r) == 1;
    if (*was_one) {
        given g = {.part = (uint32_t)queue_number(r, 0, 2), .login = queue_string(r, 0, 3), .worker = queue_string(r, 0, 4)};
        snprintf(g.job, sizeof g.job, "%lld", (long long)queue_number(r, 0, 0));
        snprintf(g.attempt, sizeof g.attempt, "%lld", (long long)queue_number(r, 0, 1));
        g.result = queue_is_null(r, 0, 5) ? (bytes){NULL, 0} : queue_data(r, 0, 5);
        g.error = queue_is_null(r, 0, 6) ? NULL : queue_string(r, 0, 6);
        o = take_given(error, k, &g, memory, scratch);
    }
    queue_free(r);
    return o;
}

/* ---- until all is there --------------------------------------------------------------------------- */

static double seconds_left(jobs_keeper *k, uint64_t done, uint64_t all)
{
    double now = clock_seconds();
    uint32_t count = k->sample_count;
    if (count == 0 || now - k->samples[(count - 1) % SAMPLES].seconds >= SAMPLE_SECONDS) {
        k->samples[count % SAMPLES].seconds = now;
        k->samples[count % SAMPLES].cells = done;
        k->sample_count++;
    }
    uint32_t first = k->sample_count > SAMPLES ? k->sample_count % SAMPLES : 0;
    uint64_t made = done - k->samples[first].cells;
    double spent = now - k->samples[first].seconds;
    return made > 0 && spent > 0 ? (double)(all - done) / ((double)made / spent) : -1;
}

static void show(jobs_keeper *k, const char *stage)
{
    const prover_run *run = k->run;
    if (run->options->progress == NULL)
        return;
    uint64_t done = 0, all = 0;
    prover_progress p = {.stage = stage, .part = k->there, .parts = run->part_count, .cycles = run->cycles};
    for (uint32_t i = 0; i < run->part_count; i++) {
        all += k->cells[i];
        done += k->is_there[i] ? k->cells[i] : 0;
        p.cycles_done += k->is_there[i] ? run->parts[i].cycles : 0;
    }
    p.seconds_left = seconds_left(k, done, all);
    run->options->progress(run->options->progress_context, &p);
}

/* A sign of life, what goes on, and whether the run has failed. */
static queue_outcome look(char error[JOBS_ERROR_BYTES], jobs_keeper *k)
{
    queue_result *r;
    const queue_parameter name = NAME_OF(k);
    double now = clock_seconds();
    queue_outcome o = QUEUE_FINE;
    if (now - k->kept_seconds >= KEEP_SECONDS) {
        k->kept_seconds = now;
        o = queue_do(NULL, error, k->c, "update ashlar.run set kept = now() where name = $1", &name, 1);
        if (o == QUEUE_FINE)
            o = end_long_transactions(error, k);
    }
    if (o == QUEUE_FINE)
        o = queue_do(&r, error, k->c, "select count(j.id) filter (where j.state = 'leased' and j.lease_until > now()), max(r.error), "
                                      "count(r.name) > 0 from ashlar.run r left join ashlar.job j on j.run = r.name where r.name = $1", &name, 1);
    if (o != QUEUE_FINE)
        return o;
    int64_t workers = queue_number(r, 0, 0);
    bool has_failed = !queue_is_null(r, 0, 1), is_there = queue_number(r, 0, 2) != 0;
    if (has_failed)
        snprintf(error, JOBS_ERROR_BYTES, "%.300s", queue_string(r, 0, 1));
    queue_free(r);
    if (has_failed)
        return QUEUE_REFUSED;
    if (!is_there) {
        snprintf(error, JOBS_ERROR_BYTES, "the queue: the run is not there any more");
        return QUEUE_AGAIN;
    }
    char stage[48];
    snprintf(stage, sizeof stage, "%lld at work", (long long)workers);
    show(k, stage);
    return QUEUE_FINE;
}

static queue_outcome step(char error[JOBS_ERROR_BYTES], jobs_keeper *k, arena *memory, arena *scratch)
{
    bool was_one = true;
    queue_outcome o = QUEUE_FINE;
    while (o == QUEUE_FINE && was_one && k->there < k->run->part_count) {
        o = take_one(&was_one, error, k, memory, scratch);
        if (o == QUEUE_FINE)
            o = look(error, k);
    }
    if (o == QUEUE_FINE && k->there < k->run->part_count)
        queue_wait(k->c, WAIT_MS);
    return o;
}

/* After what may pass: a new connection, and the run handed in again if the server lost it. */
static queue_outcome recover(char error[JOBS_ERROR_BYTES], jobs_keeper *k, arena *memory, arena *scratch)
{
    log_event(LOG_WARN, "queue not reached", log_text("error", error));
    show(k, "queue not reached");
    end_connection(k);
    usleep(AGAIN_MS * 1000);
    queue_outcome o = begin(error, k);
    return o == QUEUE_FINE ? find_artefacts(error, k, memory, scratch) : o;
}

bool jobs_keeper_prove(run_proof *proof, char error[JOBS_ERROR_BYTES], jobs_keeper *k, arena *memory, arena *scratch)
{
    queue_outcome o = find_artefacts(error, k, memory, scratch);
    while (o != QUEUE_REFUSED && (o == QUEUE_AGAIN || k->there < k->run->part_count))
        o = o == QUEUE_AGAIN ? recover(error, k, memory, scratch) : step(error, k, memory, scratch);
    if (o != QUEUE_FINE)
        return false;
    status s = parts_assemble(proof, k->run, k->parts, scratch);
    if (s != OK)
        snprintf(error, JOBS_ERROR_BYTES, "all parts are there, but do not make a proof: %s", status_message(s));
    return s == OK;
}

void jobs_keeper_report(jobs_keeper *k, void (*write)(void *context, const char *line), void *context)
{
    queue_result *r;
    char error[JOBS_ERROR_BYTES], line[200];
    const queue_parameter name = NAME_OF(k);
    if (k->c == NULL ||
        queue_do(&r, error, k->c, "select a.login::text, a.worker, count(*), sum(a.seconds)::float8, sum(j.cells)::bigint "
                                  "from ashlar.artefact a join ashlar.job j on j.id = a.job where j.run = $1 "
                                  "group by a.login, a.worker order by 5 desc", &name, 1) != QUEUE_FINE)
        return;
    for (int i = 0; i < queue_rows(r); i++) {
        double seconds = queue_real(r, i, 3);
        snprintf(line, sizeof line, "%.40s %.60s: %lld parts in %.1f s, %.1f million cells/s", queue_string(r, i, 0),
                 queue_string(r, i, 1), (long long)queue_number(r, i, 2), seconds,
                 seconds > 0 ? (double)queue_number(r, i, 4) / seconds * 1e-6 : 0.0);
        write(context, line);
    }
    queue_free(r);
}
