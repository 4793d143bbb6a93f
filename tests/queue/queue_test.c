/* A run proven over the queue, by workers that are killed, hang, are slow, lie, are of another version, have no memory; on a
 * server that is restarted and whose disk is full. Whatever happens, the proof has the bytes that one process makes, and nothing
 * counts that was not verified. The server is a throw-away one; where none is installed all is skipped. */
#include "tests/queue/queue.h"

#include <sys/mount.h>
#include <sys/prctl.h>

static bytes proof_a, proof_b;
static char disk[96];
static uint32_t parts;

static int open_all(void **state)
{
    (void)state;
    open_program();
    proof_a = expected_proof(&kept, input_a, output_a, &small_parts);
    parts = made.segment_count + made.ledger_count;
    proof_b = expected_proof(&kept, input_b, output_b, &small_parts);
    open_server();
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    umount2(disk, MNT_DETACH);
    close_server();
    fixture_close();
    return 0;
}

/* What the keeper says of workers. */
static void (*on_worker)(const char *name, const metrics_work *work);
static void take_figures_of(void *context, const char *name, const metrics_work *work)
{
    (void)context;
    if (on_worker != NULL)
        on_worker(name, work);
}

/* ---- a keeper ------------------------------------------------------------------------------------- */

/* Called by the keeper about once a second. */
static void (*on_progress)(const prover_progress *p);
static void (*on_failure)(void); /* before the keeper tries again */
static void progress(void *context, const prover_progress *p)
{
    (void)context;
    if (on_failure != NULL && strcmp(p->stage, "queue not reached") == 0)
        on_failure();
    if (on_progress != NULL && strcmp(p->stage + strlen(p->stage) - 4, "work") == 0)
        on_progress(p);
}

typedef struct {
    prover_run run;
    prover_options options;
    jobs_keeper *keeper;
    char error[JOBS_ERROR_BYTES];
} keeping;

/* Hands in run a (or b). */
static bool try_keep(keeping *k, bool is_b)
{
    char url[160];
    jobs_build build = build_of(1);
    jobs_queue queue = {.url = url_of(url, "keeper"), .build = &build, .worker = take_figures_of};
    k->options = small_parts;
    k->options.progress = progress;
    plan_run_of(&k->run, is_b ? input_b : input_a, is_b ? output_b : output_a, &k->options);
    prover_commit(&k->run, &memory, &scratch);
    return jobs_keeper_open(&k->keeper, k->error, &memory, &scratch, &k->run, &queue);
}

static void keep(keeping *k)
{
    on_progress = NULL;
    on_failure = NULL;
    on_worker = NULL;
    if (!try_keep(k, false))
        fail_msg("%s", k->error);
}

static void end_keeping(keeping *k, bool is_finished)
{
    jobs_keeper_close(k->keeper, is_finished);
    prover_close(&k->run);
}

/* Until the proof is there, which must be that of one process. */
static void finish(keeping *k)
{
    run_proof proof;
    if (!jobs_keeper_prove(&proof, k->error, k->keeper, &memory, &scratch))
        fail_msg("%s", k->error);
    assert_same_bytes(file_of(&proof), proof_a);
    end_keeping(k, true);
    assert_int_equal(number_of("select count(*) from ashlar.run"), 0);
}

static void finish_by(keeping *k, const char *login)
{
    pid_t w = start_worker(login, "honest");
    finish(k);
    end_worker(w);
}

/* A true part of a run, as an artefact. */
static bytes part_of_file(bytes file, uint32_t i)
{
    run_proof proof;
    assert_status(run_proof_read(&proof, &memory, &tiny, file), OK);
    size_t size = run_part_size_bytes(&proof.parts[i], &tiny);
    uint8_t *out = arena_allocate(&memory, size, 64);
    run_part_write(out, &proof.parts[i], &tiny);
    return (bytes){out, size};
}

/* ---- the usual way -------------------------------------------------------------------------------- */

static int lines;
static void count_line(void *context, const char *line)
{
    (void)context;
    print_message("# %s\n", line);
    lines++;
}

static metrics_work told[2];
static void take_figures(const char *name, const metrics_work *work)
{
    assert_true(strcmp(name, "w1/one") == 0 || strcmp(name, "w2/two") == 0);
    told[name[1] - '1'] = *work;
}

static void two_workers(void **state)
{
    (void)state;
    keeping k;
    run_proof proof;
    keep(&k);
    on_worker = take_figures;
    pid_t a = start_worker("w1", "one"), b = start_worker("w2", "two");
    if (!jobs_keeper_prove(&proof, k.error, k.keeper, &memory, &scratch))
        fail_msg("%s", k.error);
    assert_same_bytes(file_of(&proof), proof_a);
    assert_int_equal(told[0].done + told[1].done, parts);
    assert_int_equal(told[0].failed + told[1].failed, 0);
    assert_true(told[0].cells + told[1].cells > 0 && told[0].seconds + told[1].seconds > 0);
    lines = 0;
    jobs_keeper_report(k.keeper, count_line, NULL);
    assert_true(lines >= 1 && lines <= 2);
    end_keeping(&k, true);
    assert_int_equal(number_of("select sum(jobs)::bigint from ashlar.workers"), parts);
    assert_int_equal(number_of("select sum(failed + lost + refused)::bigint from ashlar.workers"), 0);
    end_worker(a);
    end_worker(b);
}

static void two_that_race(void **state)
{
    (void)state;
    keeping k;
    pid_t w[4];
    keep(&k);
    for (int i = 0; i < 4; i++)
        w[i] = start_worker("w1", (const char *[]){"a", "b", "c", "d"}[i]);
    run_proof proof;
    if (!jobs_keeper_prove(&proof, k.error, k.keeper, &memory, &scratch))
        fail_msg("%s", k.error);
    assert_same_bytes(file_of(&proof), proof_a);
    /* Each job went to one of them, once. */
    assert_int_equal(number_of("select sum(attempt)::bigint from ashlar.job"), parts);
    end_keeping(&k, true);
    for (int i = 0; i < 4; i++)
        end_worker(w[i]);
}

static void no_server(void **state)
{
    (void)state;
    keeping k;
    char url[] = "postgresql:///nothing?host=/nowhere";
    jobs_build build = build_of(1);
    jobs_queue queue = {.url = url, .build = &build};
    k.options = small_parts;
    plan_run_of(&k.run, input_a, output_a, &k.options);
    prover_commit(&k.run, &memory, &scratch);
    assert_false(jobs_keeper_open(&k.keeper, k.error, &memory, &scratch, &k.run, &queue));
    assert_non_null(strstr(k.error, "No such file or directory"));
    end_keeping(&k, false);
}

/* ---- workers that end, hang, are slow ------------------------------------------------------------- */

static pid_t victims[3];
static uint64_t victims_seed;
static int kills;

static void kill_one(const prover_progress *p)
{
    if (kills >= 6 || p->part == p->parts || strcmp(p->stage, "0 at work") == 0)
        return;
    victims_seed = victims_seed * 6364136223846793005u + 1442695040888963407u;
    int i = (int)((victims_seed >> 33) % 3);
    end_worker(victims[i]);
    victims[i] = start_worker("w1", (const char *[]){"a", "b", "c"}[i]);
    kills++;
}

static void killed_workers(void **state)
{
    (void)state;
    keeping k;
    keep(&k);
    lease_of("2 seconds");
    kills = 0;
    victims_seed = 3;
    for (int i = 0; i < 3; i++)
        victims[i] = start_worker("w1", (const char *[]){"a", "b", "c"}[i]);
    on_progress = kill_one;
    finish(&k);
    print_message("# killed %d workers, %lld leases lost\n", kills,
                  (long long)number_of("select sum(lost)::bigint from ashlar.workers"));
    assert_true(kills > 0);
    for (int i = 0; i < 3; i++)
        end_worker(victims[i]);
}

static pid_t hung, helper;

/* Once it has a job it is stopped, as a whole; somebody else comes then. */
static void stop_the_first(const prover_progress *p)
{
    if (helper != 0 || strcmp(p->stage, "1 at work") != 0)
        return;
    assert_int_equal(kill(hung, SIGSTOP), 0);
    helper = start_worker("w2", "helper");
}

static void hung_worker(void **state)
{
    (void)state;
    keeping k;
    keep(&k);
    lease_of("2 seconds");
    helper = 0;
    hung = start_worker("w1", "hung");
    on_progress = stop_the_first;
    finish(&k);
    assert_true(helper != 0);
    end_worker(helper);
    /* It goes on, and finds its lease gone: either it is told so, or its part comes too late. */
    assert_int_equal(kill(hung, SIGCONT), 0);
    for (int i = 0; i < 100 && waitpid(hung, NULL, WNOHANG) == 0; i++)
        usleep(100000);
    kill(hung, SIGKILL);
    waitpid(hung, NULL, 0);
}

/* It works but says nothing; what it gives comes after somebody else had the job, and again. */
static void lease_lost(void **state)
{
    (void)state;
    keeping k;
    impostor slow, quick;
    keep(&k);
    assert_true(take_as(&slow, "w1", NULL));
    assert_true(beat_as(&slow, "w1"));
    assert_false(beat_as(&slow, "w2")); /* another's */
    assert_false(give_as(&slow, "w2", part_of_file(proof_a, 0), NULL));
    leases_run_out();
    assert_true(take_as(&quick, "w2", NULL));
    assert_string_equal(slow.job, quick.job);
    assert_int_equal(slow.place, quick.place);
    assert_false(beat_as(&slow, "w1"));
    bytes part = part_of_file(proof_a, (uint32_t)slow.place);
    assert_false(give_as(&slow, "w1", part, NULL));
    assert_true(give_as(&quick, "w2", part, NULL));
    assert_false(give_as(&quick, "w2", part, NULL)); /* doubled */
    /* Late, but nobody else has it: as good as any. */
    assert_true(take_as(&slow, "w1", NULL));
    leases_run_out();
    assert_true(give_as(&slow, "w1", part_of_file(proof_a, (uint32_t)slow.place), NULL));
    finish_by(&k, "w3");
    assert_int_equal(number_of("select sum(lost)::bigint from ashlar.worker where login = 'w1'"), 1);
}

/* Renewals have an end. */
static void worker_that_only_beats(void **state)
{
    (void)state;
    keeping k;
    impostor i;
    keep(&k);
    assert_true(take_as(&i, "w1", NULL));
    assert_true(beat_as(&i, "w1"));
    assert_int_equal(number_of("select count(*) from ashlar.job where state = 'leased' and renew_until < now() + "
                               "interval '1 hour' and renew_until > now() + interval '10 minutes'"), 1);
    sql("update ashlar.job set renew_until = now() - interval '1 second' where state = 'leased'");
    assert_false(beat_as(&i, "w1"));
    leases_run_out();
    finish_by(&k, "w2");
}

/* It takes what there is in a transaction that it leaves open, with a part that it gave before to be counted. */
static void worker_that_never_commits(void **state)
{
    (void)state;
    keeping k;
    impostor i;
    char url[160], error[JOBS_ERROR_BYTES], build_name[BUILD_TEXT_BYTES], take[300];
    jobs_build build = build_of(1);
    queue_connection *c;
    keep(&k);
    sql("update ashlar.setting set transaction = '3 seconds'");
    assert_true(take_as(&i, "w1", NULL));
    assert_true(give_as(&i, "w1", part_of_file(proof_a, (uint32_t)i.place), NULL));
    assert_int_equal(queue_connect(&c, error, url_of(url, "w1")), QUEUE_FINE);
    assert_int_equal(queue_script(error, c, "set idle_in_transaction_session_timeout = 0; begin"), QUEUE_FINE);
    snprintf(take, sizeof take, "select * from ashlar.take('impostor', '%s', 1::bigint << 40, 1, null)",
             build_text(build_name, &tiny, &build));
    for (uint32_t n = 1; n < parts; n++)
        assert_int_equal(queue_script(error, c, take), QUEUE_FINE);
    assert_false(take_as(&i, "w2", NULL));
    finish_by(&k, "w2");
    assert_int_equal(queue_script(error, c, "commit"), QUEUE_AGAIN); /* its session has gone */
    queue_disconnect(c);
}

static void leases_of_a_login(void **state)
{
    (void)state;
    keeping k;
    impostor a, b, c;
    keep(&k);
    sql("update ashlar.setting set leases = 2");
    assert_true(take_as(&a, "w1", NULL));
    assert_true(take_as(&b, "w1", NULL));
    assert_false(take_as(&c, "w1", NULL));
    assert_true(take_as(&c, "w2", NULL));
    assert_true(give_as(&c, "w2", nothing, NULL));
    assert_true(give_as(&b, "w1", nothing, NULL));
    /* Handed back once or thrice it may be had again; then others come first. */
    for (int n = 0; n < 4; n++) {
        assert_true(take_as(&c, "w3", NULL));
        assert_int_equal(c.place, b.place);
        assert_true(give_as(&c, "w3", nothing, NULL));
    }
    assert_true(take_as(&c, "w3", NULL));
    assert_int_not_equal(c.place, b.place);
    assert_true(take_as(&b, "w2", NULL));
    assert_int_equal(b.place, 1);
    lease_of("1 second");
    sql("update ashlar.job set lease_until = now() where state = 'leased'");
    finish_by(&k, "w4");
}

static void ended_worker_hands_back(void **state)
{
    (void)state;
    keeping k;
    keep(&k);
    pid_t w = start_worker("w1", "polite");
    wait_until("select count(*) from ashlar.job where state = 'leased'");
    kill(w, SIGTERM);
    assert_int_equal(end_of(w), 0);
    assert_int_equal(number_of("select count(*) from ashlar.job where state = 'leased'"), 0);
    assert_int_equal(number_of("select count(*) from ashlar.failure where failed + lost > 0"), 0);
    finish_by(&k, "w1");
}

/* ---- workers that lie ----------------------------------------------------------------------------- */

static void artefact_of_another_job(void **state)
{
    (void)state;
    keeping k;
    impostor i[LOGINS - 1];
    char login[8];
    keep(&k);
    for (int n = 0; n < LOGINS - 1; n++) {
        snprintf(login, sizeof login, "w%d", n + 1);
        assert_true(take_as(&i[n], login, NULL));
    }
    uint32_t other = i[0].place == 1 ? 2 : 1;
    bytes true_part = part_of_file(proof_a, (uint32_t)i[2].place);
    uint8_t *changed = arena_allocate(&memory, true_part.size, 64), garbage[5000];
    memcpy(changed, true_part.data, true_part.size);
    changed[true_part.size - 100] ^= 4;
    memset(garbage, 0xA5, sizeof garbage);
    assert_true(give_as(&i[0], "w1", part_of_file(proof_a, other), NULL));                 /* another job's */
    assert_true(give_as(&i[1], "w2", part_of_file(proof_b, (uint32_t)i[1].place), NULL)); /* another run's */
    assert_true(give_as(&i[2], "w3", (bytes){changed, true_part.size}, NULL));
    assert_true(give_as(&i[3], "w4", (bytes){garbage, sizeof garbage}, NULL));
    assert_true(give_as(&i[4], "w5", (bytes){garbage, 0}, NULL));
    run_proof proof;
    pid_t w = start_worker("w6", "honest");
    if (!jobs_keeper_prove(&proof, k.error, k.keeper, &memory, &scratch))
        fail_msg("%s", k.error);
    end_worker(w);
    assert_same_bytes(file_of(&proof), proof_a);
    assert_int_equal(number_of("select sum(refused)::bigint from ashlar.worker"), LOGINS - 1);
    assert_int_equal(number_of("select count(*) from ashlar.barred"), LOGINS - 1);
    assert_int_equal(number_of("select count(*) from ashlar.artefact where login <> 'w6'"), 0);
    /* Whoever lied gets nothing of this run any more. */
    sql("update ashlar.job set state = 'ready'");
    sql("update ashlar.failure set again = now()");
    impostor again;
    assert_false(take_as(&again, "w1", NULL));
    assert_true(take_as(&again, "w6", NULL));
    end_keeping(&k, true);
}

static void plan_with_a_false_record(void **state)
{
    (void)state;
    keeping k;
    keep(&k);
    /* A writer of the database: one record is false, the rest is made to fit. */
    bytes plan = plan_write(&memory, &k.run);
    prover_run lie = k.run;
    boundary_record *records = ARENA_NEW(&memory, boundary_record, parts);
    memcpy(records, k.run.records, parts * sizeof *records);
    fp *c = &records[parts - 1].root.c[0];
    *c = *c == 0 ? 1 : *c - 1;
    for (uint32_t nonce = 0; prover_commit_as(&lie, records, fp_from_u32(nonce)) != OK;)
        assert_true(++nonce < 64);
    bytes false_plan = plan_write(&memory, &lie);
    assert_int_equal(plan.size, false_plan.size);
    char error[JOBS_ERROR_BYTES];
    const queue_parameter value = queue_bytes(false_plan);
    assert_int_equal(queue_do(NULL, error, owner, "update ashlar.run set plan = $1", &value, 1), QUEUE_FINE);
    /* Only the part itself can show it. */
    sql("update ashlar.job set lease_until = now() + interval '1 hour', state = 'leased', login = 'w6' where place < %u",
        parts - 1);
    run_proof proof;
    pid_t w = start_worker("w1", "honest");
    wait_until("select count(*) from ashlar.job where error like 'the plan: the record%'");
    sql("update ashlar.job set state = 'ready' where state = 'leased'");
    if (!jobs_keeper_prove(&proof, k.error, k.keeper, &memory, &scratch))
        fail_msg("%s", k.error);
    end_worker(w);
    assert_same_bytes(file_of(&proof), proof_a);
    assert_int_equal(number_of("select count(*) from ashlar.failure"), 0);
    end_keeping(&k, true);
}

/* Bytes of any kind in the database stop a worker from nothing but this job. */
static void plan_of_garbage(void **state)
{
    (void)state;
    keeping k;
    keep(&k);
    sql("update ashlar.run set plan = '\\x00112233'");
    pid_t w = start_worker("w1", "honest");
    wait_until("select count(*) from ashlar.job where error like 'the plan:%'");
    sql("update ashlar.run set input = '\\x00'");
    finish(&k); /* restored, both */
    end_worker(w);
}

static impostor liars[3];

/* Each lies about another part, so no part fails; and a worker of another version is no help. */
static void nobody_is_left(void **state)
{
    (void)state;
    keeping k;
    run_proof proof;
    const uint8_t garbage[100] = {1, 2, 3};
    keep(&k);
    for (int n = 0; n < 3; n++) {
        char login[8];
        snprintf(login, sizeof login, "w%d", n + 1);
        assert_true(take_as(&liars[n], login, NULL));
        assert_int_equal(liars[n].place, n);
        assert_true(give_as(&liars[n], login, (bytes){garbage, sizeof garbage}, NULL));
    }
    impostor other;
    assert_false(take_as(&other, "w4", "0.0.9-0123456789abcdef"));
    sql("update ashlar.setting set abandoned = '2 seconds'");
    assert_false(jobs_keeper_prove(&proof, k.error, k.keeper, &memory, &scratch));
    assert_string_equal(k.error, "no worker is left for this run: what these logins gave does not hold: w1, w2, w3");
    end_keeping(&k, false);
    /* One of another login goes on. */
    sql("update ashlar.setting set abandoned = '2 minutes'");
    keep(&k);
    finish_by(&k, "w5");
}

static void worker_that_fails_thrice(void **state)
{
    (void)state;
    keeping k;
    impostor i;
    int failed = 0;
    keep(&k);
    /* The keeper is not there meanwhile: what it does with a failure is done by hand. */
    for (int n = 0; n < 4; n++) {
        sql("update ashlar.failure set again = now()");
        assert_true(take_as(&i, "w1", NULL));
        assert_int_equal(i.place, 0);
        assert_true(give_as(&i, "w1", nothing, n % 2 == 0 ? "it is too hard" : ERROR_OF_PLAN "it is wrong"));
        sql("select ashlar.count_failure(%s, 'it is too hard', false)", i.job);
        failed++;
    }
    /* It gets others at once, and this one later. */
    assert_true(take_as(&i, "w1", NULL));
    assert_int_not_equal(i.place, 0);
    assert_true(give_as(&i, "w1", nothing, NULL));
    assert_int_equal(number_of("select count(*) from ashlar.run where error is null"), 1);
    assert_int_equal(number_of("select failed from ashlar.failure where login = 'w1' and failed > 0"), failed);
    finish_by(&k, "w2");
}

static void three_workers_that_fail(void **state)
{
    (void)state;
    keeping k;
    impostor i;
    run_proof proof;
    keep(&k);
    for (int n = 0; n < 3; n++) {
        char login[8];
        snprintf(login, sizeof login, "w%d", n + 1);
        assert_true(take_as(&i, login, NULL));
        assert_int_equal(i.place, 0);
        assert_true(give_as(&i, login, nothing, "no memory"));
        if (n < 2)
            sql("select ashlar.count_failure(%s, 'no memory', false)", i.job);
    }
    assert_false(jobs_keeper_prove(&proof, k.error, k.keeper, &memory, &scratch));
    assert_string_equal(k.error, "part 1 failed at 3 logins: no memory");
    assert_false(take_as(&i, "w4", NULL));
    end_keeping(&k, false);
    /* Whoever hands it in again has it tried again. */
    keep(&k);
    finish_by(&k, "w1");
}

/* Nobody says what is wrong: it takes ten times, and three logins. */
static void ten_leases_that_run_out(void **state)
{
    (void)state;
    keeping k;
    impostor i;
    run_proof proof;
    keep(&k);
    for (int n = 0; n < 10; n++) {
        char login[8];
        snprintf(login, sizeof login, "w%d", n % 3 + 1);
        sql("update ashlar.failure set again = now()");
        assert_true(take_as(&i, login, NULL));
        assert_int_equal(i.place, 0);
        leases_run_out();
    }
    assert_int_equal(number_of("select count(*) from ashlar.run where error is null"), 1);
    assert_false(take_as(&i, "w4", NULL));
    assert_false(jobs_keeper_prove(&proof, k.error, k.keeper, &memory, &scratch));
    assert_string_equal(k.error, "part 1 failed at 3 logins: its lease ran out");
    end_keeping(&k, false);
}

static void workers_of_another_version(void **state)
{
    (void)state;
    keeping k;
    impostor i;
    keep(&k);
    assert_false(take_as(&i, "w1", "0.0.9-0123456789abcdef"));
    assert_int_equal(end_of(start_worker_as("w1", "new", "8192", "2", "2")), 0);
    assert_int_equal(end_of(start_worker_as("w1", "small", "1", "2", "1")), 0); /* and one without memory */
    assert_int_equal(number_of("select sum(attempt)::bigint from ashlar.job"), 0);
    assert_int_equal(number_of("select count(*) from ashlar.worker"), 3);
    finish_by(&k, "w1");
}

static void rights_of_workers(void **state)
{
    (void)state;
    keeping k;
    queue_result *r;
    impostor i;
    keep(&k);
    static const char *const tables[] = {"setting", "run", "job", "artefact", "failure", "barred", "worker", "workers", "runs"};
    for (size_t n = 0; n < sizeof tables / sizeof *tables; n++) {
        char text[200];
        snprintf(text, sizeof text, "select * from ashlar.%s", tables[n]);
        assert_int_equal(try_sql(&r, "w1", text, NULL, 0), QUEUE_REFUSED);
        snprintf(text, sizeof text, "delete from ashlar.%s", tables[n]);
        assert_int_equal(try_sql(&r, "w1", text, NULL, 0), QUEUE_REFUSED);
    }
    static const char *const calls[] = {"accept(1, 1)", "refuse(1, 1, '', true)", "count_failure(1, '', false)"};
    for (size_t n = 0; n < sizeof calls / sizeof *calls; n++) {
        char text[200];
        snprintf(text, sizeof text, "select ashlar.%s", calls[n]);
        assert_int_equal(try_sql(&r, "w1", text, NULL, 0), QUEUE_REFUSED);
        assert_int_equal(try_sql(&r, "keeper", text, NULL, 0), n == 2 ? QUEUE_REFUSED : QUEUE_FINE);
        if (n < 2)
            queue_free(r);
    }
    /* Who is no worker may call nothing. */
    sql("create role nobody_%s login", database);
    char nobody[48];
    snprintf(nobody, sizeof nobody, "nobody_%s", database);
    assert_int_equal(try_sql(&r, nobody, "select * from ashlar.take('n', 'b', 1, 1, null)", NULL, 0), QUEUE_REFUSED);
    /* An artefact of more than a part may have does not come in. */
    assert_true(take_as(&i, "w1", NULL));
    uint8_t *large = ARENA_NEW(&memory, uint8_t, 6 << 20);
    const queue_parameter values[] = {queue_text(i.job), queue_text(i.attempt), queue_bytes((bytes){large, 6 << 20})};
    assert_int_equal(try_sql(&r, "w1", "select ashlar.give($1, $2, $3, null, 1)", values, 3), QUEUE_REFUSED);
    /* Seconds that are no number would spoil every sum of them. */
    const queue_parameter job[] = {queue_text(i.job), queue_text(i.attempt)};
    assert_true(asks("w1", "select ashlar.give($1, $2, null, null, 'NaN')", job, 2));
    assert_int_equal(number_of("select count(*) from ashlar.job where seconds between 0 and 1e6"), 1);
    end_keeping(&k, true);
}

/* What it says ends at a terminal. */
static void worker_of_strange_words(void **state)
{
    (void)state;
    keeping k;
    impostor i;
    queue_result *r;
    char build_name[BUILD_TEXT_BYTES], take[300];
    jobs_build build = build_of(1);
    keep(&k);
    snprintf(take, sizeof take, "select * from ashlar.take('a' || chr(27) || '[2J' || chr(155), '%s', "
                                "1::bigint << 40, 1, null)", build_text(build_name, &tiny, &build));
    assert_int_equal(try_sql(&r, "w1", take, NULL, 0), QUEUE_FINE);
    snprintf(i.job, sizeof i.job, "%lld", (long long)queue_number(r, 0, 0));
    snprintf(i.attempt, sizeof i.attempt, "%lld", (long long)queue_number(r, 0, 1));
    queue_free(r);
    assert_true(give_as(&i, "w1", nothing, "it\033]0;is\a over"));
    assert_int_equal(number_of("select count(*) from ashlar.worker where name = 'a?[2J?'"), 1);
    assert_int_equal(number_of("select count(*) from ashlar.job where worker = 'a?[2J?' and error = 'it?]0;is? over'"), 1);
    /* And what stands in the database of whoever else writes it. */
    assert_int_equal(try_sql(&r, "postgres", "select 'b' || chr(27) || '[2J'", NULL, 0), QUEUE_FINE);
    assert_string_equal(queue_string(r, 0, 0), "b?[2J");
    queue_free(r);
    finish_by(&k, "w2");
}

/* ---- keepers -------------------------------------------------------------------------------------- */

/* keeper URL FILE */
static int keeper_process(char **argv)
{
    keeping k;
    run_proof proof;
    open_program();
    jobs_build build = build_of(1);
    jobs_queue queue = {.url = argv[2], .build = &build};
    k.options = small_parts;
    plan_run_of(&k.run, input_a, output_a, &k.options);
    prover_commit(&k.run, &memory, &scratch);
    if (!jobs_keeper_open(&k.keeper, k.error, &memory, &scratch, &k.run, &queue) ||
        !jobs_keeper_prove(&proof, k.error, k.keeper, &memory, &scratch)) {
        fprintf(stderr, "%s\n", k.error);
        return 3;
    }
    bytes file = file_of(&proof);
    write_whole(argv[3], file.data, file.size);
    end_keeping(&k, true);
    return 0;
}

static void killed_keeper(void **state)
{
    (void)state;
    char url[160], file[96];
    snprintf(file, sizeof file, "%s/killed.proof", server);
    const char *arguments[] = {"keeper", url_of(url, "keeper"), file, NULL};
    pid_t w = start_worker("w1", "early"); /* there is no queue yet: it waits */
    usleep(1500000);
    assert_int_equal(kill(w, SIGSTOP), 0);
    pid_t first = start_self(arguments, -1);
    wait_until("select to_regclass('ashlar.setting') is not null");
    wait_until("select count(*) from ashlar.run");
    /* Others have the rest, so that it does not end before it is killed. */
    sql("update ashlar.job set lease_until = now() + interval '1 hour', state = 'leased', login = 'w6' where place >= 3");
    assert_int_equal(kill(w, SIGCONT), 0);
    wait_until("select count(*) >= 2 from ashlar.artefact");
    end_worker(first);
    wait_until("select count(*) = 0 from pg_stat_activity where usename = 'keeper' and datname = current_database()");
    assert_in_range(number_of("select count(*) from ashlar.artefact"), 2, 3);
    sql("update ashlar.job set state = 'ready' where state = 'leased' and login = 'w6'");
    sql("update ashlar.artefact set bytes = set_byte(bytes, 1000, get_byte(bytes, 1000) # 1) where job = "
        "(select min(job) from ashlar.artefact)");
    assert_int_equal(end_of(start_self(arguments, -1)), 0);
    assert_same_bytes(read_whole(&memory, file), proof_a);
    assert_int_equal(number_of("select count(*) from ashlar.run"), 0);
    /* What stood there and did not hold was made again. */
    int64_t made_parts = number_of("select sum(jobs)::bigint from ashlar.worker");
    assert_int_equal(made_parts, parts + 1);
    end_worker(w);
}

static void one_keeper_at_a_time(void **state)
{
    (void)state;
    keeping k, second;
    keep(&k);
    assert_false(try_keep(&second, false));
    assert_string_equal(second.error, "another process keeps this run on the queue");
    end_keeping(&second, false);
    assert_true(try_keep(&second, true)); /* another run */
    end_keeping(&second, true);
    finish_by(&k, "w1");
}

/* Whatever locks of the server's a worker takes: they are not what keepers ask for. A keeper has none; the numbers are
 * those that it could have asked for. */
static void worker_that_locks(void **state)
{
    (void)state;
    keeping k;
    char url[160], error[JOBS_ERROR_BYTES], name[RUN_NAME_TEXT_BYTES], lock[300];
    queue_connection *c;
    keep(&k);
    assert_int_equal(number_of("select count(*) from pg_locks where locktype = 'advisory'"), 0);
    run_name run = run_name_of(&k.run);
    int64_t number;
    memcpy(&number, run.bytes, sizeof number);
    end_keeping(&k, false);
    assert_int_equal(queue_connect(&c, error, url_of(url, "w1")), QUEUE_FINE);
    snprintf(lock, sizeof lock, "select pg_advisory_lock(1634953324), pg_advisory_lock(%lld), pg_advisory_lock(x'%.16s'::bigint)",
             (long long)number, run_name_text(name, &run));
    assert_int_equal(queue_script(error, c, lock), QUEUE_FINE);
    keep(&k);
    finish_by(&k, "w1");
    sql("drop schema ashlar cascade");
    keep(&k); /* the tables, too */
    end_keeping(&k, true);
    queue_disconnect(c);
}

static void schema_of_another(void **state)
{
    (void)state;
    keeping k;
    sql("create schema ashlar; create table ashlar.setting (format int); insert into ashlar.setting values (1); "
        "grant all on schema ashlar to public; grant all on all tables in schema ashlar to public");
    on_progress = NULL;
    assert_false(try_keep(&k, false));
    assert_string_equal(k.error, "the queue in this database is another role's");
    end_keeping(&k, false);
}

static int vanished;
static void delete_the_run(const prover_progress *p)
{
    if (p->part >= 2 && vanished++ == 0)
        sql("delete from ashlar.run");
}

static void vanished_run(void **state)
{
    (void)state;
    keeping k;
    keep(&k);
    vanished = 0;
    on_progress = delete_the_run;
    finish_by(&k, "w1");
    assert_true(vanished > 0);
    /* What was there already was not made again, but for what was under way. */
    assert_in_range(number_of("select jobs from ashlar.worker"), parts, parts + 1);
}

static void abandoned_run(void **state)
{
    (void)state;
    keeping k;
    impostor i;
    keep(&k);
    sql("update ashlar.run set kept = now() - interval '3 minutes'");
    assert_false(take_as(&i, "w1", NULL));
    end_keeping(&k, false);
    keep(&k);
    assert_true(take_as(&i, "w1", NULL));
    end_keeping(&k, true);
}

/* ---- the server ----------------------------------------------------------------------------------- */

static int restarts;

static void restart_server(const prover_progress *p)
{
    if ((restarts == 0 && p->part >= 1) || (restarts == 1 && p->part >= 3)) {
        restarts++;
        assert_int_equal(serve("restart"), 0);
    }
}

static void restarted_server(void **state)
{
    (void)state;
    keeping k;
    run_proof proof;
    keep(&k);
    restarts = 0;
    on_progress = restart_server;
    pid_t a = start_worker("w1", "one"), b = start_worker("w2", "two");
    bool is_proven = jobs_keeper_prove(&proof, k.error, k.keeper, &memory, &scratch);
    connect_owner();
    if (!is_proven)
        fail_msg("%s", k.error);
    assert_same_bytes(file_of(&proof), proof_a);
    assert_int_equal(restarts, 2);
    end_keeping(&k, true);
    end_worker(a);
    end_worker(b);
}

static bool is_real_disk;
static int full_times;

/* The keeper could not store: now there is room. */
static void make_room(void)
{
    char filler[128];
    if (full_times++ > 0)
        return;
    assert_int_equal(number_of("select count(*) from ashlar.artefact"), 0);
    snprintf(filler, sizeof filler, "%s/filler", disk);
    if (is_real_disk)
        assert_int_equal(unlink(filler), 0);
    else
        sql("drop trigger full_disk on ashlar.artefact");
}

/* The artefacts on a small disk of their own, where one can be had; else they fail as if it was full. */
static void full_disk(void **state)
{
    (void)state;
    char command[256];
    keeping k;
    run_proof proof;
    keep(&k);
    snprintf(disk, sizeof disk, "%s/disk", server);
    assert_int_equal(mkdir(disk, 0755), 0);
    is_real_disk = mount("none", disk, "tmpfs", 0, "size=20m") == 0;
    if (is_real_disk) {
        snprintf(command, sizeof command, "mkdir %s/space && chown postgres %s/space", disk, disk);
        assert_int_equal(system(command), 0);
        sql("create tablespace small location '%s/space'", disk);
        sql("alter table ashlar.artefact set tablespace small");
        snprintf(command, sizeof command, "cat /dev/zero >%s/filler 2>/dev/null; true", disk);
        assert_int_equal(system(command), 0);
    } else {
        sql("create function public.full_disk() returns trigger language plpgsql as $$ begin raise exception "
            "'could not extend file: No space left on device' using errcode = '53100'; end $$");
        sql("create trigger full_disk before insert on ashlar.artefact execute function public.full_disk()");
    }
    print_message("# %s\n", is_real_disk ? "a disk of 20 MB" : "no disk could be mounted: a trigger stands in");
    full_times = 0;
    on_failure = make_room;
    pid_t w = start_worker("w1", "one");
    if (!jobs_keeper_prove(&proof, k.error, k.keeper, &memory, &scratch))
        fail_msg("%s", k.error);
    assert_true(full_times > 0);
    assert_same_bytes(file_of(&proof), proof_a);
    end_worker(w);
    end_keeping(&k, true);
    if (is_real_disk) {
        sql("alter table ashlar.artefact set tablespace pg_default");
        sql("drop tablespace small");
        umount(disk);
    }
}

int main(int argc, char **argv)
{
    if (argc == 7 && strcmp(argv[1], "worker") == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        open_program();
        return worker_process(argv);
    }
    if (argc == 4 && strcmp(argv[1], "keeper") == 0)
        return prctl(PR_SET_PDEATHSIG, SIGKILL), keeper_process(argv);
#define CASE(name) cmocka_unit_test_setup_teardown(name, open_one, close_one)
    const struct CMUnitTest tests[] = {
        CASE(two_workers), CASE(two_that_race), CASE(no_server),
        CASE(killed_workers), CASE(hung_worker), CASE(lease_lost), CASE(worker_that_only_beats), CASE(worker_that_never_commits), CASE(leases_of_a_login),
        CASE(ended_worker_hands_back),
        CASE(artefact_of_another_job), CASE(plan_with_a_false_record), CASE(plan_of_garbage),
        CASE(nobody_is_left), CASE(worker_that_fails_thrice), CASE(three_workers_that_fail), CASE(ten_leases_that_run_out),
        CASE(workers_of_another_version), CASE(rights_of_workers), CASE(worker_of_strange_words),
        CASE(killed_keeper), CASE(one_keeper_at_a_time), CASE(worker_that_locks), CASE(schema_of_another), CASE(vanished_run), CASE(abandoned_run),
        CASE(restarted_server), CASE(full_disk),
    };
    return cmocka_run_group_tests_name("a run over the queue", tests, open_all, close_all);
}
