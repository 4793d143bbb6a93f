/* Whoever hands in a run: verifies what workers give, and alone writes what counts. What stands in the database is not believed:
 * plan, places and heights are those of this process, and every part and node is verified before it is taken, the ones that were
 * there before too. */
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

/* A node that has become a job. */
typedef struct {
    const tree_node *is;
    bytes plan;
    run_proof proof; /* once it is there */
    bool is_there;
} kept_node;

struct jobs_keeper {
    queue_connection *c;
    const char *url;
    prover_run *run;
    run_name name;
    char build[BUILD_TEXT_BYTES], channel[48];
    bytes plan;
    run_part *parts;
    bool *is_there;
    uint64_t *cells;
    size_t *part_bytes;
    uint32_t there;

    /* The tree over them; NULL: nobody asked for it. */
    join_tree *tree;
    const tree_options *tree_options;
    run_proof whole; /* the parts, as far as they are there */
    kept_node *nodes;
    uint32_t node_count;
    status tree_outcome; /* OK: it grows, or is there */

    void (*worker)(void *context, const char *name, const metrics_work *work);
    void *worker_context;
    double kept_seconds;
    double nobody_seconds; /* since then nobody is left who might go on; 0: somebody is */
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
        o = ask(&answer, error, c, "select format = 2 from ashlar.setting");
    if (o == QUEUE_FINE && !answer) {
        snprintf(error, JOBS_ERROR_BYTES, "the queue in this database was made by another version");
        return QUEUE_REFUSED;
    }
    return o;
}

static queue_outcome put_run(char error[JOBS_ERROR_BYTES], jobs_keeper *k)
{
    uint8_t id[PROGRAM_ID_BYTES];
    program_id_write(id, &k->run->program->id);
    const queue_parameter values[] = {NAME_OF(k), queue_text(k->build), queue_bytes((bytes){id, sizeof id}),
                                      queue_bytes(k->run->input), queue_bytes(k->plan)};
    queue_outcome o = queue_do(NULL, error, k->c, "delete from ashlar.run where name = $1", values, 1);
    if (o == QUEUE_FINE)
        o = queue_do(NULL, error, k->c,
                     "insert into ashlar.run (name, build, program, input, plan) values ($1, $2, $3, $4, $5)", values, 5);
    for (uint32_t i = 0; i < k->run->part_count && o == QUEUE_FINE; i++) {
        char place[24], cells[24], memory[24];
        const queue_parameter job[] = {NAME_OF(k), number_text(place, i), number_text(cells, k->cells[i]),
                                       number_text(memory, k->part_bytes[i]),
                                       queue_text(k->is_there[i] ? "done" : "ready")};
        o = queue_do(NULL, error, k->c,
                     "insert into ashlar.job (run, level, place, cells, memory_bytes, state) values ($1, 0, $2, $3, $4, $5)",
                     job, 5);
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
                               "from ashlar.job where run = $1 and level = 0) returning 1", values, 6);
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
    *k = (jobs_keeper){.url = url, .run = run, .name = run_name_of(run), .worker = queue->worker,
                       .worker_context = queue->worker_context};
    char name[RUN_NAME_TEXT_BYTES];
    snprintf(k->channel, sizeof k->channel, "ashlar_%.32s", run_name_text(name, &k->name));
    build_text(k->build, run->program->verifier, queue->build);
    k->plan = plan_write(memory, run);
    k->parts = ARENA_NEW(memory, run_part, run->part_count);
    k->is_there = ARENA_NEW(memory, bool, run->part_count);
    k->cells = ARENA_NEW(memory, uint64_t, run->part_count);
    k->part_bytes = ARENA_NEW(memory, size_t, run->part_count);
    for (uint32_t i = 0; i < run->part_count; i++) {
        k->parts[i] = run->parts[i];
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

/* What a job is about. */
typedef struct {
    int64_t level, place;
} job_place;

static kept_node *node_at(jobs_keeper *k, const job_place *at)
{
    for (uint32_t i = 0; i < k->node_count; i++)
        if (k->nodes[i].is->level == at->level && k->nodes[i].is->index == at->place)
            return &k->nodes[i];
    return NULL;
}

static bool is_of_run(jobs_keeper *k, const job_place *at)
{
    return at->level == 0 ? at->place >= 0 && at->place < k->run->part_count : node_at(k, at) != NULL;
}

static bool is_there(jobs_keeper *k, const job_place *at)
{
    return at->level == 0 ? k->is_there[at->place] : node_at(k, at)->is_there;
}

/* What holds is copied into `memory`; count_job makes it count. */
static status take_artefact(jobs_keeper *k, const job_place *at, bytes artefact, arena *memory, arena *scratch)
{
    if (artefact.size > PART_BYTES_MAX)
        return PROOF_SHAPE;
    /* One that is there already must hold as well: whoever made it is credited for it. */
    const bool was_there = is_there(k, at);
    run_part part;
    run_proof proof;
    size_t mark = memory->used_bytes;
    uint8_t *copy = arena_allocate(memory, artefact.size + 1, 64);
    memcpy(copy, artefact.data, artefact.size);
    const bytes data = {copy, artefact.size};
    kept_node *n = node_at(k, at);
    status s = n == NULL ? part_read(was_there ? &part : &k->parts[at->place], k->run, (uint32_t)at->place, data, scratch)
                         : node_read(was_there ? &proof : &n->proof, memory, k->tree_options->join, n->is->output,
                                     n->is->rows, data, scratch);
    if (s != OK || was_there)
        arena_rewind(memory, mark);
    return s;
}

static void count_job(jobs_keeper *k, const job_place *at, bool was_found)
{
    if (is_there(k, at))
        return;
    if (at->level > 0) {
        kept_node *n = node_at(k, at);
        n->is_there = true;
        join_tree_put_node(k->tree, n->is, &n->proof, was_found);
        return;
    }
    k->is_there[at->place] = true;
    k->there++;
    if (k->tree != NULL)
        join_tree_put_part(k->tree, (uint32_t)at->place);
}

static queue_outcome tell_of_workers(char error[JOBS_ERROR_BYTES], jobs_keeper *k)
{
    queue_result *r;
    char of_worker[METRICS_WORKER_NAME_BYTES], most[24];
    const queue_parameter limit = number_text(most, METRICS_WORKERS);
    if (k->worker == NULL)
        return QUEUE_FINE;
    queue_outcome o = queue_do(&r, error, k->c, "select login::text, name, jobs, failed + lost, cells, seconds "
                                                "from ashlar.worker order by seen desc limit $1::int", &limit, 1);
    if (o != QUEUE_FINE)
        return o;
    for (int i = queue_rows(r) - 1; i >= 0; i--) {
        snprintf(of_worker, sizeof of_worker, "%.63s/%.100s", queue_string(r, i, 0), queue_string(r, i, 1));
        const metrics_work work = {.done = (uint64_t)queue_number(r, i, 2), .failed = (uint64_t)queue_number(r, i, 3),
                                   .cells = (uint64_t)queue_number(r, i, 4), .seconds = queue_real(r, i, 5)};
        k->worker(k->worker_context, of_worker, &work);
    }
    queue_free(r);
    return QUEUE_FINE;
}

/* A sign of life, wherever the keeper works for long. */
static queue_outcome keep_alive(char error[JOBS_ERROR_BYTES], jobs_keeper *k)
{
    const queue_parameter name = NAME_OF(k);
    double now = clock_seconds();
    if (now - k->kept_seconds < KEEP_SECONDS)
        return QUEUE_FINE;
    k->kept_seconds = now;
    queue_outcome o = queue_do(NULL, error, k->c, "update ashlar.run set kept = now() where name = $1", &name, 1);
    if (o == QUEUE_FINE)
        o = end_long_transactions(error, k);
    return o == QUEUE_FINE ? tell_of_workers(error, k) : o;
}

/* Of a job that is done the artefact is verified again; where it does not hold, it is ready again. */
static queue_outcome find_artefact(char error[JOBS_ERROR_BYTES], jobs_keeper *k, const job_place *at, arena *memory,
                                   arena *scratch)
{
    queue_result *r;
    char level[24], place[24];
    const queue_parameter values[] = {NAME_OF(k), number_text(level, (uint64_t)at->level),
                                      number_text(place, (uint64_t)at->place)};
    if (is_there(k, at))
        return QUEUE_FINE;
    queue_outcome o = queue_do(&r, error, k->c,
                               "select a.bytes from ashlar.job j left join ashlar.artefact a on a.job = j.id "
                               "where j.run = $1 and j.level = $2 and j.place = $3 and j.state = 'done'", values, 3);
    if (o != QUEUE_FINE)
        return o;
    bool is_done = queue_rows(r) == 1, holds = false;
    if (is_done && !queue_is_null(r, 0, 0))
        holds = take_artefact(k, at, queue_data(r, 0, 0), memory, scratch) == OK;
    queue_free(r);
    if (holds)
        count_job(k, at, true);
    if (!is_done || holds)
        return QUEUE_FINE;
    o = queue_do(NULL, error, k->c, "delete from ashlar.artefact where job in (select id from ashlar.job "
                                    "where run = $1 and level = $2 and place = $3)", values, 3);
    if (o == QUEUE_FINE)
        o = queue_do(NULL, error, k->c, "update ashlar.job set state = 'ready' where run = $1 and level = $2 "
                                        "and place = $3", values, 3);
    return o;
}

/* Makes a node a job, unless it is one. */
static queue_outcome put_node(char error[JOBS_ERROR_BYTES], jobs_keeper *k, const kept_node *n)
{
    char level[24], place[24], cells[24], memory[24];
    queue_result *r;
    const queue_parameter values[] = {NAME_OF(k), number_text(level, n->is->level), number_text(place, n->is->index),
                                      queue_bytes(n->plan), queue_bytes(n->is->input), number_text(cells, n->is->cells),
                                      number_text(memory, n->is->memory_bytes), queue_text(n->is_there ? "done" : "ready")};
    queue_outcome o = queue_do(&r, error, k->c, "select 1 from ashlar.job where run = $1 and level = $2 and place = $3 "
                                                "and plan = $4 and input = $5", values, 5);
    if (o != QUEUE_FINE)
        return o;
    bool is_one = queue_rows(r) == 1;
    queue_free(r);
    if (is_one)
        return QUEUE_FINE;
    o = queue_do(NULL, error, k->c, "delete from ashlar.job where run = $1 and level = $2 and place = $3", values, 3);
    if (o == QUEUE_FINE)
        o = queue_do(NULL, error, k->c,
                     "insert into ashlar.job (run, level, place, plan, input, cells, memory_bytes, state) "
                     "values ($1, $2, $3, $4, $5, $6, $7, $8)", values, 8);
    return o;
}

/* Of a tree that was cut otherwise, or that nobody asks for any more. */
static queue_outcome drop_other_nodes(char error[JOBS_ERROR_BYTES], jobs_keeper *k)
{
    queue_result *r;
    const queue_parameter name = NAME_OF(k);
    queue_outcome o = queue_do(&r, error, k->c, "select id, level, place from ashlar.job where run = $1 and level > 0", &name, 1);
    if (o != QUEUE_FINE)
        return o;
    for (int i = 0; i < queue_rows(r) && o == QUEUE_FINE; i++) {
        char id[24];
        const job_place at = {queue_number(r, i, 1), queue_number(r, i, 2)};
        const queue_parameter value = number_text(id, (uint64_t)queue_number(r, i, 0));
        if (k->tree_outcome != OK || node_at(k, &at) == NULL)
            o = queue_do(NULL, error, k->c, "delete from ashlar.job where id = $1", &value, 1);
    }
    queue_free(r);
    return o;
}

/* Nodes whose children are there now. */
static queue_outcome grow(char error[JOBS_ERROR_BYTES], jobs_keeper *k, arena *memory, arena *scratch)
{
    queue_outcome o = QUEUE_FINE;
    while (k->tree != NULL && k->tree_outcome == OK && o == QUEUE_FINE) {
        const tree_node *node;
        k->tree_outcome = join_tree_next(&node, k->tree, memory, scratch);
        if (k->tree_outcome != OK)
            return drop_other_nodes(error, k);
        if (node == NULL)
            break;
        kept_node *n = &k->nodes[k->node_count++];
        *n = (kept_node){.is = node, .plan = plan_write_node(memory, node)};
        const job_place at = {node->level, node->index};
        o = put_node(error, k, n);
        if (o == QUEUE_FINE)
            o = find_artefact(error, k, &at, memory, scratch);
        if (o == QUEUE_FINE)
            o = keep_alive(error, k);
    }
    return o;
}

/* All that is there and holds. */
static queue_outcome find_artefacts(char error[JOBS_ERROR_BYTES], jobs_keeper *k, arena *memory, arena *scratch)
{
    queue_outcome o = QUEUE_FINE;
    for (uint32_t i = 0; i < k->run->part_count && o == QUEUE_FINE; i++) {
        o = find_artefact(error, k, &(job_place){0, i}, memory, scratch);
        if (o == QUEUE_FINE)
            o = keep_alive(error, k);
    }
    for (uint32_t i = 0; i < k->node_count && o == QUEUE_FINE; i++) {
        const job_place at = {k->nodes[i].is->level, k->nodes[i].is->index};
        o = put_node(error, k, &k->nodes[i]);
        if (o == QUEUE_FINE)
            o = find_artefact(error, k, &at, memory, scratch);
        if (o == QUEUE_FINE)
            o = keep_alive(error, k);
    }
    if (o == QUEUE_FINE)
        o = grow(error, k, memory, scratch);
    return o == QUEUE_FINE ? drop_other_nodes(error, k) : o;
}

/* A worker says that a plan is false, or gives what does not hold: then somebody changed plan or input in the database, or the
 * worker is to blame. Where they were changed, nothing that is under way by them counts, for or against anybody. */
static queue_outcome restore_plan(bool *was_changed, char error[JOBS_ERROR_BYTES], jobs_keeper *k, const job_place *at)
{
    queue_result *r;
    char level[24], place[24];
    const kept_node *n = node_at(k, at);
    const queue_parameter values[] = {NAME_OF(k), queue_bytes(n == NULL ? k->plan : n->plan),
                                      queue_bytes(n == NULL ? k->run->input : n->is->input),
                                      number_text(level, (uint64_t)at->level), number_text(place, (uint64_t)at->place)};
    queue_outcome o = n == NULL ? queue_do(&r, error, k->c, "update ashlar.run set plan = $2, input = $3 where name = $1 "
                                                            "and (plan <> $2 or input <> $3) returning 1", values, 3)
                                : queue_do(&r, error, k->c, "update ashlar.job set plan = $2, input = $3 where run = $1 "
                                                            "and level = $4 and place = $5 and (plan <> $2 or input <> $3) "
                                                            "returning 1", values, 5);
    if (o != QUEUE_FINE)
        return o;
    *was_changed = queue_rows(r) > 0;
    queue_free(r);
    if (!*was_changed)
        return QUEUE_FINE;
    log_event(LOG_WARN, "plan restored", log_text("why", "it was changed in the database"));
    const queue_parameter jobs[] = {values[0], values[3], values[4]};
    return queue_do(NULL, error, k->c, "update ashlar.job set state = 'ready', result = null, error = null where run = $1 "
                                       "and level = $2 and ($2 = 0 or place = $3) and state in ('leased', 'given')", jobs, 3);
}

typedef struct {
    char job[24], attempt[24];
    job_place at;
    const char *login, *worker, *error;
    bytes result;
} given;

static queue_outcome take_given(char error[JOBS_ERROR_BYTES], jobs_keeper *k, const given *g, arena *memory, arena *scratch)
{
    if (!is_of_run(k, &g->at) && g->at.level > 0)
        return drop_other_nodes(error, k);
    if (!is_of_run(k, &g->at) || (g->result.data == NULL && g->error == NULL)) {
        snprintf(error, JOBS_ERROR_BYTES, "the queue has a job that this run has not");
        return QUEUE_REFUSED;
    }
    status s = g->error == NULL ? take_artefact(k, &g->at, g->result, memory, scratch) : OK;
    const char *why = g->error != NULL ? g->error : status_message(s);
    const queue_parameter values[] = {queue_text(g->job), queue_text(g->attempt), queue_text(why)};
    if (g->error == NULL && s == OK) {
        queue_outcome o = queue_do(NULL, error, k->c, "select ashlar.accept($1, $2)", values, 2);
        if (o == QUEUE_FINE) {
            count_job(k, &g->at, false);
            o = grow(error, k, memory, scratch);
        }
        return o;
    }
    bool was_changed;
    queue_outcome o = restore_plan(&was_changed, error, k, &g->at);
    if (o != QUEUE_FINE || was_changed)
        return o;
    log_event(LOG_WARN, g->error != NULL ? "job failed" : "job refused",
              log_number(g->at.level == 0 ? "part" : "node", (uint64_t)g->at.place + 1),
              log_number("level", (uint64_t)g->at.level), log_text("login", g->login), log_text("worker", g->worker),
              log_text("error", why));
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
                               "select id, attempt, level, place, coalesce(login::text, ''), coalesce(worker, ''), result, error "
                               "from ashlar.job where run = $1 and state = 'given' order by id limit 1", &name, 1);
    if (o != QUEUE_FINE)
        return o;
    *was_one = queue_rows(r) == 1;
    if (*was_one) {
        given g = {.at = {queue_number(r, 0, 2), queue_number(r, 0, 3)},
                   .login = queue_string(r, 0, 4),
                   .worker = queue_string(r, 0, 5)};
        snprintf(g.job, sizeof g.job, "%lld", (long long)queue_number(r, 0, 0));
        snprintf(g.attempt, sizeof g.attempt, "%lld", (long long)queue_number(r, 0, 1));
        g.result = queue_is_null(r, 0, 6) ? (bytes){NULL, 0} : queue_data(r, 0, 6);
        g.error = queue_is_null(r, 0, 7) ? NULL : queue_string(r, 0, 7);
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

/* Parts and nodes, as far as it is known how many there will be. */
static void show(jobs_keeper *k, const char *what)
{
    const prover_run *run = k->run;
    if (run->options->progress == NULL)
        return;
    char stage[64];
    tree_progress nodes = {0};
    uint64_t done = 0, all = 0;
    prover_progress p = {.stage = what, .part = k->there, .parts = run->part_count, .cycles = run->cycles};
    for (uint32_t i = 0; i < run->part_count; i++) {
        all += k->cells[i];
        done += k->is_there[i] ? k->cells[i] : 0;
        p.cycles_done += k->is_there[i] ? run->parts[i].cycles : 0;
    }
    if (k->tree != NULL && k->tree_outcome == OK)
        nodes = join_tree_count(k->tree);
    if (nodes.expected > 0) {
        snprintf(stage, sizeof stage, "node %u of %u, %.30s", nodes.done, nodes.expected, what);
        p.stage = stage;
    }
    p.seconds_left = seconds_left(k, done + nodes.cells_done, all + nodes.cells_expected);
    run->options->progress(run->options->progress_context, &p);
}

/* Where all who came are barred, others may come for as long as a keeper may be away. */
static queue_outcome check_that_somebody_is_left(char error[JOBS_ERROR_BYTES], jobs_keeper *k)
{
    queue_result *r;
    double now = clock_seconds();
    const queue_parameter values[] = {NAME_OF(k), queue_text(k->build)};
    queue_outcome o = queue_do(&r, error, k->c,
        "select string_agg(b.login::text, ', ' order by b.login), max(extract(epoch from s.abandoned))::float8 "
        "from ashlar.barred b, ashlar.setting s where b.run = $1 having not exists (select from ashlar.worker w, ashlar.setting s "
        "where w.build = $2 and w.seen > now() - s.abandoned and not exists "
        "(select from ashlar.barred x where x.run = $1 and x.login = w.login))", values, 2);
    if (o != QUEUE_FINE)
        return o;
    bool is_nobody = queue_rows(r) == 1 && !queue_is_null(r, 0, 0);
    if (is_nobody && k->nobody_seconds == 0)
        log_event(LOG_WARN, "no worker is left", log_text("why", "what they gave does not hold"),
                  log_text("logins", queue_string(r, 0, 0)));
    k->nobody_seconds = !is_nobody ? 0 : k->nobody_seconds == 0 ? now : k->nobody_seconds;
    bool is_over = is_nobody && now - k->nobody_seconds >= queue_real(r, 0, 1);
    if (is_over)
        snprintf(error, JOBS_ERROR_BYTES, "no worker is left for this run: what these logins gave does not hold: %.200s",
                 queue_string(r, 0, 0));
    queue_free(r);
    return is_over ? QUEUE_REFUSED : QUEUE_FINE;
}

/* What goes on, and whether the run has failed. */
static queue_outcome look(char error[JOBS_ERROR_BYTES], jobs_keeper *k)
{
    queue_result *r;
    const queue_parameter name = NAME_OF(k);
    queue_outcome o = keep_alive(error, k);
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
    char at_work[32];
    snprintf(at_work, sizeof at_work, "%lld at work", (long long)workers);
    show(k, at_work);
    return workers == 0 ? check_that_somebody_is_left(error, k) : QUEUE_FINE;
}

static bool is_finished(const jobs_keeper *k)
{
    return k->there == k->run->part_count &&
           (k->tree == NULL || k->tree_outcome != OK || join_tree_is_whole(k->tree));
}

static queue_outcome step(char error[JOBS_ERROR_BYTES], jobs_keeper *k, arena *memory, arena *scratch)
{
    bool was_one = true;
    queue_outcome o = QUEUE_FINE;
    while (o == QUEUE_FINE && was_one && !is_finished(k)) {
        o = take_one(&was_one, error, k, memory, scratch);
        if (o == QUEUE_FINE)
            o = look(error, k);
    }
    if (o == QUEUE_FINE && !is_finished(k))
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

static bool wait_for_all(char error[JOBS_ERROR_BYTES], jobs_keeper *k, arena *memory, arena *scratch)
{
    queue_outcome o = find_artefacts(error, k, memory, scratch);
    while (o != QUEUE_REFUSED && (o == QUEUE_AGAIN || !is_finished(k)))
        o = o == QUEUE_AGAIN ? recover(error, k, memory, scratch) : step(error, k, memory, scratch);
    char ignored[JOBS_ERROR_BYTES];
    if (o == QUEUE_FINE)
        tell_of_workers(ignored, k);
    return o == QUEUE_FINE;
}

static bool assemble(run_proof *proof, char error[JOBS_ERROR_BYTES], jobs_keeper *k, arena *scratch)
{
    status s = parts_assemble(proof, k->run, k->parts, scratch);
    if (s != OK)
        snprintf(error, JOBS_ERROR_BYTES, "all parts are there, but do not make a proof: %s", status_message(s));
    return s == OK;
}

bool jobs_keeper_prove(run_proof *proof, char error[JOBS_ERROR_BYTES], jobs_keeper *k, arena *memory, arena *scratch)
{
    return wait_for_all(error, k, memory, scratch) && assemble(proof, error, k, scratch);
}

bool jobs_keeper_join(joined_proof *joined, tree_report *report, status *outcome, run_proof *proof,
                      char error[JOBS_ERROR_BYTES], jobs_keeper *k, const tree_options *options, arena *memory, arena *scratch)
{
    prover_assemble(&k->whole, k->run, k->parts);
    k->tree_options = options;
    k->tree = join_tree_open(memory, options, &k->whole);
    k->nodes = ARENA_NEW(memory, kept_node, k->run->part_count + 1);
    if (!wait_for_all(error, k, memory, scratch))
        return false;
    *outcome = k->tree_outcome;
    if (*outcome == OK)
        *outcome = join_tree_result(joined, report, k->tree);
    if (*outcome != OK)
        return assemble(proof, error, k, scratch);
    *proof = k->whole;
    return true;
}

void jobs_keeper_report(jobs_keeper *k, void (*write)(void *context, const char *line), void *context)
{
    queue_result *r;
    char error[JOBS_ERROR_BYTES], line[200];
    const queue_parameter name = NAME_OF(k);
    if (k->c == NULL ||
        queue_do(&r, error, k->c, "select a.login::text, a.worker, count(*) filter (where j.level = 0), "
                                  "sum(a.seconds)::float8, sum(j.cells)::bigint, count(*) filter (where j.level > 0) "
                                  "from ashlar.artefact a join ashlar.job j on j.id = a.job where j.run = $1 "
                                  "group by a.login, a.worker order by 5 desc", &name, 1) != QUEUE_FINE)
        return;
    for (int i = 0; i < queue_rows(r); i++) {
        double seconds = queue_real(r, i, 3);
        int64_t nodes = queue_number(r, i, 5);
        char and_nodes[40] = "";
        if (nodes > 0)
            snprintf(and_nodes, sizeof and_nodes, ", %lld node%s", (long long)nodes, nodes == 1 ? "" : "s");
        snprintf(line, sizeof line, "%.40s %.60s: %lld parts%s in %.1f s, %.1f million cells/s", queue_string(r, i, 0),
                 queue_string(r, i, 1), (long long)queue_number(r, i, 2), and_nodes, seconds,
                 seconds > 0 ? (double)queue_number(r, i, 4) / seconds * 1e-6 : 0.0);
        write(context, line);
    }
    queue_free(r);
}
