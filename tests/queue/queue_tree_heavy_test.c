/* A tree of nodes over the queue: nodes are jobs as soon as their children are there, go to other workers when theirs is killed,
 * are verified before they count, and are found again after the keeper was killed; the joined proof has the bytes that one process
 * makes. With few queries; at full parameters: tests/queue/queue_heavy_test.sh. */
#include "tests/queue/tree.h"

#include "tests/queue/queue.h"

#include <sys/prctl.h>

static uint8_t join_text[PROGRAM_ID_BYTES];

static void open_programs(void)
{
    open_tree();
    program_id_write(join_text, &join.id);
    join_of_build = (jobs_program){join_text, guest_elf(&kept, "join_tree")};
}

static int open_all(void **state)
{
    (void)state;
    open_programs();
    make_true_tree();
    open_server();
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    close_server();
    fixture_close();
    return 0;
}

/* ---- a keeper that joins -------------------------------------------------------------------------- */

static void (*on_progress)(void);
static void progress(void *context, const prover_progress *p)
{
    (void)context, (void)p;
    if (on_progress != NULL)
        on_progress();
}

typedef struct {
    prover_run run;
    prover_options options;
    tree_options tree;
    jobs_keeper *keeper;
    run_proof proof;
    joined_proof joined;
    tree_report report;
    status outcome;
    char error[JOBS_ERROR_BYTES];
} keeping;

static void keep(keeping *k, const char *url)
{
    jobs_build build = build_of(1);
    jobs_queue queue = {.url = url, .build = &build};
    k->options = tree_parts;
    k->options.progress = progress;
    k->tree = tree_of_two;
    k->tree.options = &k->options;
    plan_run_of(&k->run, input_a, output_a, &k->options);
    prover_commit(&k->run, &memory, &scratch);
    if (!jobs_keeper_open(&k->keeper, k->error, &memory, &scratch, &k->run, &queue))
        fail_msg("%s", k->error);
}

static bool try_finish(keeping *k)
{
    return jobs_keeper_join(&k->joined, &k->report, &k->outcome, &k->proof, k->error, k->keeper, &k->tree, &memory, &scratch);
}

static void end_keeping(keeping *k, bool is_finished)
{
    jobs_keeper_close(k->keeper, is_finished);
    prover_close(&k->run);
}

static void finish(keeping *k)
{
    if (!try_finish(k))
        fail_msg("%s", k->error);
    assert_status(k->outcome, OK);
    assert_joined(&k->joined);
    assert_int_equal(k->report.nodes, TREE_NODES);
    end_keeping(k, true);
    assert_int_equal(number_of("select count(*) from ashlar.job"), 0);
}

/* keeper URL FILE */
static int keeper_process(char **argv)
{
    keeping k;
    open_programs();
    keep(&k, argv[2]);
    if (!try_finish(&k) || k.outcome != OK) {
        fprintf(stderr, "%s\n", k.error);
        return 3;
    }
    bytes file = joined_file(&memory, &k.joined);
    write_whole(argv[3], file.data, file.size);
    end_keeping(&k, true);
    return 0;
}

/* ---- jobs by the hand of the test ----------------------------------------------------------------- */

/* What a worker with that login is expected to get, and what it gives. */
typedef struct {
    const char *login;
    int64_t level, place;
    bytes result;
    const char *error;
} deed;

static bool do_deed(const deed *d)
{
    impostor i;
    if (!take_as(&i, d->login, NULL))
        return false;
    assert_int_equal(i.level, d->level);
    assert_int_equal(i.place, d->place);
    assert_true(give_as(&i, d->login, d->result, d->error));
    return true;
}

static const deed *deeds;
static int deeds_left;

/* One at each sign of life of the keeper, which has seen what the one before gave. */
static void do_next(void)
{
    if (deeds_left > 0 && do_deed(deeds)) {
        deeds++;
        deeds_left--;
    }
}

#define DO_ALL(list) (deeds = (list), deeds_left = (int)(sizeof(list) / sizeof *(list)), on_progress = do_next)

static bytes changed_copy(bytes of)
{
    uint8_t *copy = arena_allocate(&memory, of.size, 64);
    memcpy(copy, of.data, of.size);
    copy[of.size - 100] ^= 4;
    return (bytes){copy, of.size};
}

/* A node's children need not wait for other parts; and what is there is found by who goes on. */
static void a_node_before_all_parts(void **state)
{
    (void)state;
    keeping k;
    char url[160];
    const deed all[] = {{"w1", 0, 0, true_parts[0], NULL}, {"w2", 0, 1, true_parts[1], NULL},
                        {"w1", 1, 0, true_nodes[0], NULL}, {"w1", 0, 2, true_parts[2], NULL},
                        {"w2", 2, 0, true_nodes[1], NULL}};
    keep(&k, url_of(url, "keeper"));
    DO_ALL(all);
    finish(&k);
    assert_int_equal(deeds_left, 0);
    assert_int_equal(k.report.found, 0);
    assert_int_equal(number_of("select sum(jobs)::bigint from ashlar.worker"), TREE_PARTS + TREE_NODES);
}

/* A proof of another node, of a lower level, a part, a bit; each of another login, which gets nothing more. */
static void workers_that_lie_about_nodes(void **state)
{
    (void)state;
    keeping k;
    char url[160];
    const deed all[] = {{"w1", 0, 0, true_parts[0], NULL},  {"w2", 0, 1, true_parts[1], NULL},
                        {"w1", 1, 0, true_nodes[1], NULL},  {"w2", 1, 0, changed_copy(true_nodes[0]), NULL},
                        {"w3", 1, 0, true_nodes[0], NULL},  {"w3", 0, 2, true_parts[2], NULL},
                        {"w3", 2, 0, true_nodes[0], NULL},  {"w4", 2, 0, true_parts[0], NULL},
                        {"w5", 2, 0, true_nodes[1], NULL}};
    keep(&k, url_of(url, "keeper"));
    DO_ALL(all);
    if (!try_finish(&k))
        fail_msg("%s", k.error);
    assert_joined(&k.joined);
    assert_int_equal(number_of("select sum(refused)::bigint from ashlar.worker"), 4);
    assert_int_equal(number_of("select count(*) from ashlar.barred where login in ('w1', 'w2', 'w3', 'w4')"), 4);
    end_keeping(&k, true);
}

static void three_workers_that_fail_a_node(void **state)
{
    (void)state;
    keeping k;
    char url[160];
    const deed all[] = {{"w1", 0, 0, true_parts[0], NULL}, {"w1", 0, 1, true_parts[1], NULL}, {"w1", 1, 0, nothing, "no memory"},
                        {"w2", 1, 0, nothing, "no memory"}, {"w3", 1, 0, nothing, "no memory"}};
    keep(&k, url_of(url, "keeper"));
    DO_ALL(all);
    assert_false(try_finish(&k));
    assert_string_equal(k.error, "node 1 of level 1 failed at 3 logins: no memory");
    end_keeping(&k, false);
    /* Whoever hands it in again has it tried again. */
    const deed rest[] = {{"w4", 1, 0, true_nodes[0], NULL}, {"w4", 0, 2, true_parts[2], NULL}, {"w4", 2, 0, true_nodes[1], NULL}};
    keep(&k, url);
    DO_ALL(rest);
    finish(&k);
}

/* Who writes the database changes what a node is to be made of: no worker is to blame. */
static void change_input(void)
{
    if (deeds_left == 4)
        sql("update ashlar.job set input = '\\x00' where level = 1 and state = 'ready'");
    do_next();
}

static void changed_children(void **state)
{
    (void)state;
    keeping k;
    char url[160];
    const deed all[] = {{"w1", 0, 0, true_parts[0], NULL}, {"w1", 0, 1, true_parts[1], NULL},
                        {"w1", 1, 0, nothing, ERROR_OF_PLAN "its children do not hold"},
                        {"w1", 1, 0, true_nodes[0], NULL}, {"w1", 0, 2, true_parts[2], NULL},
                        {"w1", 2, 0, true_nodes[1], NULL}};
    keep(&k, url_of(url, "keeper"));
    DO_ALL(all);
    on_progress = change_input;
    finish(&k);
    assert_int_equal(deeds_left, 0);
    assert_int_equal(number_of("select sum(failed + refused)::bigint from ashlar.worker"), 0);
}

/* A tree that was cut otherwise leaves jobs that are not of this one. */
static void nodes_of_another_tree(void **state)
{
    (void)state;
    keeping k;
    char url[160];
    const deed parts[] = {{"w1", 0, 0, true_parts[0], NULL}, {"w1", 0, 1, true_parts[1], NULL}, {"w1", 0, 2, true_parts[2], NULL}};
    keep(&k, url_of(url, "keeper"));
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        assert_true(do_deed(&parts[i]));
    end_keeping(&k, false);
    keep(&k, url);
    sql("insert into ashlar.job (run, level, place, plan, input, cells, memory_bytes) "
        "select name, level, 0, plan, input, 1, 1 from ashlar.run, generate_series(1, 5) level");
    sql("update ashlar.job set state = 'given', result = '\\x00', login = 'w2', worker = 'w2' where level = 4");
    const deed nodes[] = {{"w1", 1, 0, true_nodes[0], NULL}, {"w1", 2, 0, true_nodes[1], NULL}};
    DO_ALL(nodes);
    finish(&k);
    assert_int_equal(number_of("select count(*) from ashlar.worker where refused > 0"), 0);
}

static void killed_keeper(void **state)
{
    (void)state;
    char url[160], file[100];
    snprintf(file, sizeof file, "%s/joined", server);
    const char *arguments[] = {"keeper", url_of(url, "keeper"), file, NULL};
    static const char gone[] = "select count(*) = 0 from pg_stat_activity where usename = 'keeper' and datname = current_database()";
    const deed before[] = {{"w1", 0, 0, true_parts[0], NULL}, {"w1", 0, 1, true_parts[1], NULL}};
    pid_t keeper = start_self(arguments, -1);
    wait_until("select (to_regclass('ashlar.job') is not null)::int");
    wait_until("select count(*) from ashlar.run where keeper is not null");
    for (size_t i = 0; i < 2; i++)
        assert_true(do_deed(&before[i]));
    wait_until("select count(*) from ashlar.job where level = 1"); /* the node is a job, part 3 is not there */
    end_worker(keeper);
    wait_until(gone);
    assert_true(do_deed(&(deed){"w1", 1, 0, true_nodes[0], NULL})); /* nobody has verified it yet */
    keeper = start_self(arguments, -1);
    wait_until("select count(*) from ashlar.job where level = 1 and state = 'done'");
    end_worker(keeper);
    wait_until(gone);
    assert_true(do_deed(&(deed){"w1", 0, 2, true_parts[2], NULL}));
    /* Somebody writes into what was verified: it is made again. */
    sql("update ashlar.artefact set bytes = set_byte(bytes, 1000, get_byte(bytes, 1000) # 1) where job = "
        "(select id from ashlar.job where level = 1)");
    keeper = start_self(arguments, -1);
    wait_until("select count(*) from ashlar.job where level = 1 and state = 'ready'");
    assert_true(do_deed(&(deed){"w2", 1, 0, true_nodes[0], NULL}));
    wait_until("select count(*) from ashlar.job where level = 2");
    assert_true(do_deed(&(deed){"w2", 2, 0, true_nodes[1], NULL}));
    assert_int_equal(end_of(keeper), 0);
    assert_same_bytes(read_whole(&memory, file), true_file);
}

/* ---- real workers --------------------------------------------------------------------------------- */

static pid_t victim;
static int64_t killed_levels;

/* Once it has a node of each level, kill -9; somebody else comes. */
static void kill_at_nodes(void)
{
    if (number_of("select count(*) from ashlar.job where level > 0 and state = 'leased'") == 0)
        return;
    int64_t level = number_of("select max(level) from ashlar.job where state = 'leased'");
    if (level <= killed_levels)
        return;
    killed_levels = level;
    end_worker(victim);
    print_message("# killed with a node of level %d\n", (int)level);
    victim = start_worker("w2", "next");
}

static int lines_of_nodes;
static void count_line(void *context, const char *line)
{
    (void)context;
    print_message("# %s\n", line);
    lines_of_nodes += strstr(line, " node") != NULL;
}

static void killed_workers(void **state)
{
    (void)state;
    keeping k;
    char url[160];
    keep(&k, url_of(url, "keeper"));
    lease_of("5 seconds");
    killed_levels = 0;
    on_progress = kill_at_nodes;
    victim = start_worker("w1", "first");
    if (!try_finish(&k))
        fail_msg("%s", k.error);
    assert_status(k.outcome, OK);
    assert_joined(&k.joined);
    assert_int_equal(killed_levels, 2);
    assert_true(number_of("select sum(lost)::bigint from ashlar.worker") >= 2);
    jobs_keeper_report(k.keeper, count_line, NULL);
    assert_true(lines_of_nodes > 0);
    end_keeping(&k, true);
    end_worker(victim);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (argc == 7 && strcmp(argv[1], "worker") == 0) {
        open_programs();
        return worker_process(argv);
    }
    if (argc == 4 && strcmp(argv[1], "keeper") == 0)
        return keeper_process(argv);
#define CASE(name) cmocka_unit_test_setup_teardown(name, open_one, close_one)
    const struct CMUnitTest tests[] = {CASE(a_node_before_all_parts), CASE(workers_that_lie_about_nodes),
                                       CASE(three_workers_that_fail_a_node),
                                       CASE(changed_children), CASE(nodes_of_another_tree), CASE(killed_keeper),
                                       CASE(killed_workers)};
    return cmocka_run_group_tests_name("a tree of nodes over the queue", tests, open_all, close_all);
}
