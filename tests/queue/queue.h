/* For tests of the queue: a throw-away server with a database for each test, workers as processes of their own, and impostors who
 * call the same functions as they. Where no server is installed all is skipped. */
#ifndef ASHLAR_TESTS_QUEUE_QUEUE_H
#define ASHLAR_TESTS_QUEUE_QUEUE_H

#include "tests/queue/run.h"

#include "jobs/internal.h"

#include <stdarg.h>

enum { LOGINS = 6 }; /* w1 … w6 are workers */

static char server[64];
static bool has_server;
static char database[32]; /* of the present test */
static queue_connection *owner; /* a superuser's */

/* ---- the server ----------------------------------------------------------------------------------- */

static inline int serve(const char *what)
{
    char command[256];
    snprintf(command, sizeof command, "tests/queue/server %s %s >&2", what, server);
    int outcome = system(command);
    return WIFEXITED(outcome) ? WEXITSTATUS(outcome) : 1;
}

static inline const char *url_of(char out[160], const char *login)
{
    snprintf(out, 160, "postgresql:///%s?host=%s/socket&user=%s", database, server, login);
    return out;
}

static inline void connect_owner(void)
{
    char url[160], error[JOBS_ERROR_BYTES];
    if (owner != NULL)
        queue_disconnect(owner);
    if (queue_connect(&owner, error, url_of(url, "postgres")) != QUEUE_FINE)
        fail_msg("%s", error);
}

__attribute__((format(printf, 1, 2))) static inline void sql(const char *format, ...)
{
    char text[2000], error[JOBS_ERROR_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (queue_script(error, owner, text) != QUEUE_FINE)
        fail_msg("%s: %s", text, error);
}

static inline int64_t number_of(const char *text)
{
    char error[JOBS_ERROR_BYTES];
    queue_result *r;
    if (queue_do(&r, error, owner, text, NULL, 0) != QUEUE_FINE || queue_rows(r) != 1)
        fail_msg("%s: %s", text, error);
    int64_t number = queue_number(r, 0, 0);
    queue_free(r);
    return number;
}

static inline void wait_until(const char *question)
{
    for (int i = 0; number_of(question) == 0; i++) {
        if (i == 1200)
            fail_msg("never: %s", question);
        usleep(50000);
    }
}

static inline void open_server(void)
{
    strcpy(server, "/tmp/ashlar-queue-XXXXXX");
    assert_non_null(mkdtemp(server));
    has_server = serve("start") == 0;
    if (!has_server)
        return;
    strcpy(database, "postgres");
    connect_owner();
    sql("create role ashlar_worker nologin");
    sql("create role keeper login in role pg_signal_backend, pg_read_all_stats");
    for (int i = 1; i <= LOGINS; i++)
        sql("create role w%d login in role ashlar_worker", i);
}

static inline void close_server(void)
{
    if (owner != NULL)
        queue_disconnect(owner);
    if (has_server)
        serve("stop");
    remove_tree(server);
}

/* Each test has a database of its own. */
static inline int open_one(void **state)
{
    static int count;
    fixture_clear(state);
    if (!has_server)
        skip();
    alarm(600); /* who waits for ever ends the program */
    strcpy(database, "postgres");
    connect_owner();
    count++;
    sql("create database t%d owner keeper", count);
    snprintf(database, sizeof database, "t%d", count);
    connect_owner();
    return 0;
}

static inline int close_one(void **state)
{
    alarm(0);
    return fixture_clear(state);
}

/* ---- keepers and workers -------------------------------------------------------------------------- */

static const jobs_program programs[] = {{.id = program_text}, {.id = (const uint8_t *)"another program, of a new build"}};

static jobs_program join_of_build; /* none: no node fits it */

static inline jobs_build build_of(uint32_t count)
{
    static jobs_program list[2];
    memcpy(list, programs, sizeof list);
    list[0].elf = program_elf;
    return (jobs_build){.programs = list, .program_count = count, .join = join_of_build.elf.size > 0 ? join_of_build : list[0]};
}

static inline void begin_anew(void) { _exit(7); }

/* The worker's process, which has its programs open: worker URL NAME MEMORY_MIB IDLE_SECONDS PROGRAMS */
static inline int worker_process(char **argv)
{
    char error[JOBS_ERROR_BYTES];
    jobs_build build = build_of((uint32_t)atoi(argv[6]));
    jobs_worker_options options = {.url = argv[2], .name = argv[3], .verifier = &tiny, .build = &build, .threads = 1,
                                   .memory_bytes = (uint64_t)atoi(argv[4]) << 20, .idle_seconds = (uint64_t)atoi(argv[5]),
                                   .begin_anew = begin_anew};
    if (jobs_worker_run(error, &options))
        return 0;
    fprintf(stderr, "%s\n", error);
    return 3;
}

static inline pid_t start_worker_as(const char *login, const char *name, const char *memory_mib, const char *idle, const char *build)
{
    char url[160];
    const char *arguments[] = {"worker", url_of(url, login), name, memory_mib, idle, build, NULL};
    return start_self(arguments, -1);
}

static inline pid_t start_worker(const char *login, const char *name) { return start_worker_as(login, name, "8192", "0", "1"); }

static inline void end_worker(pid_t process)
{
    kill(process, SIGKILL);
    end_of(process);
}

static inline void lease_of(const char *interval) { sql("update ashlar.setting set lease = '%s'", interval); }

static inline void leases_run_out(void)
{
    sql("update ashlar.job set lease_until = now() - interval '1 second' where state = 'leased'");
}

/* A worker that the test itself is, by the same three functions. */
typedef struct {
    queue_connection *c;
    char job[24], attempt[24];
    int64_t level, place;
} impostor;

static inline queue_outcome try_sql(queue_result **r, const char *login, const char *text, const queue_parameter *values, int count)
{
    char url[160], error[JOBS_ERROR_BYTES];
    queue_connection *c;
    assert_int_equal(queue_connect(&c, error, url_of(url, login)), QUEUE_FINE);
    queue_outcome o = queue_do(r, error, c, text, values, count);
    queue_disconnect(c);
    return o;
}

static inline bool take_as(impostor *i, const char *login, const char *build_wanted)
{
    char build_name[BUILD_TEXT_BYTES];
    jobs_build build = build_of(1);
    queue_result *r;
    const queue_parameter value = queue_text(build_wanted != NULL ? build_wanted : build_text(build_name, &tiny, &build));
    assert_int_equal(try_sql(&r, login, "select * from ashlar.take('impostor', $1, 1::bigint << 40, 1, null)", &value, 1),
                     QUEUE_FINE);
    bool is_taken = queue_rows(r) == 1;
    if (is_taken) {
        snprintf(i->job, sizeof i->job, "%lld", (long long)queue_number(r, 0, 0));
        snprintf(i->attempt, sizeof i->attempt, "%lld", (long long)queue_number(r, 0, 1));
        i->level = queue_number(r, 0, 3);
        i->place = queue_number(r, 0, 4);
    }
    queue_free(r);
    return is_taken;
}

static inline bool asks(const char *login, const char *text, const queue_parameter *values, int count)
{
    queue_result *r;
    assert_int_equal(try_sql(&r, login, text, values, count), QUEUE_FINE);
    bool answer = queue_number(r, 0, 0) != 0;
    queue_free(r);
    return answer;
}

static inline bool give_as(const impostor *i, const char *login, bytes result, const char *error)
{
    const queue_parameter values[] = {queue_text(i->job), queue_text(i->attempt),
                                      result.data != NULL ? queue_bytes(result) : queue_text(NULL), queue_text(error)};
    return asks(login, "select ashlar.give($1, $2, $3, $4, 1)", values, 4);
}

static inline bool beat_as(const impostor *i, const char *login)
{
    const queue_parameter values[] = {queue_text(i->job), queue_text(i->attempt)};
    return asks(login, "select ashlar.beat($1, $2)", values, 2);
}

static const bytes nothing = {NULL, 0};

#endif
