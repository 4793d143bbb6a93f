/* Provers that go wrong: whatever the process does, it costs an attempt and nothing else. Blocks are
 * counted by the real program; what should prove is a script. The real thing:
 * tests/node/proving_heavy_test.sh. */
#define _GNU_SOURCE
#include "proving/proving.h"

#include "base/clock.h"
#include "base/hex.h"
#include "store/store.h"
#include "telemetry/metrics.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static uint8_t program_id[32], join_id[32];

typedef struct {
    node *n;
    proving *p;
    arena memory;
    char script[64];
    const char *before; /* commands of the script for jobs of both kinds; NULL: none */
} fixture;

static int setup(void **state)
{
    static fixture f;
    memset(&f, 0, sizeof f);
    arena_open(&f.memory, STORE_VIEW_ARENA_BYTES);
    strcpy(f.script, "/tmp/ashlar-prover-XXXXXX");
    int fd = mkstemp(f.script);
    assert_true(fd >= 0);
    close(fd);
    *state = &f;
    return 0;
}

static void close_node(fixture *f)
{
    proving_stop(f->p);
    node_close(f->n);
    proving_close(f->p);
}

static int teardown(void **state)
{
    fixture *f = *state;
    close_node(f);
    unlink(f->script);
    arena_close(&f->memory);
    return 0;
}

/* A node whose prover runs `commands`; each block is a batch. */
static void open_only(fixture *f, const char *commands, proving_options options, uint64_t history)
{
    const char *build = getenv("BUILD");
    FILE *file = fopen(f->script, "w");
    assert_non_null(file);
    /* The job's first byte is its kind; counting is left to the real program. */
    fprintf(
        file,
        "#!/bin/bash\n%s\n[ \"$(head -c 1 | od -An -tu1 | tr -d ' ')\" = 1 ] && exec %s/ashlar prove --job\n"
        "%s\n",
        f->before != NULL ? f->before : "", build != NULL ? build : "build", commands);
    fclose(file);
    assert_int_equal(chmod(f->script, 0755), 0);
    options.program = f->script;
    options.program_id = program_id;
    options.join_id = join_id;
    options.limits.blocks = 1;
    f->p = proving_open(&options);
    node_options all = {
        .is_development = true, .seals = true, .follower = proving_follower(f->p), .history = history};
    assert_int_equal(node_open(&f->n, &all), OK);
}

/* And a first block. */
static void open_node(fixture *f, const char *commands, proving_options options)
{
    open_only(f, commands, options, STORE_HISTORY_ARCHIVE);
    assert_int_equal(node_seal(f->n, NULL), OK);
    proving_start(f->p, f->n);
}

static proving_options once(void)
{
    proving_options o = proving_options_default();
    o.attempts = 1;
    return o;
}

/* False: it is not there. */
static bool read_batch(fixture *f, batch *b, uint64_t number)
{
    store_view *v;
    size_t mark = f->memory.used_bytes;
    assert_int_equal(node_view_open(&v, &f->memory, f->n), OK);
    status s = store_batch_by_number(v, b, number);
    store_view_close(v);
    arena_rewind(&f->memory, mark);
    return s == OK;
}

static batch wait_for(fixture *f, uint64_t number, batch_status wanted)
{
    batch b = {0};
    for (int i = 0; i < 3000; i++) {
        if (read_batch(f, &b, number) && b.status == wanted)
            return b;
        usleep(20000);
    }
    fail_msg("batch %llu is %s: %s", (unsigned long long)number, batch_status_name(b.status), b.error);
    return b;
}

static void fails_with(void **state, const char *commands, proving_options options, const char *expected)
{
    fixture *f = *state;
    open_node(f, commands, options);
    batch b = wait_for(f, 1, BATCH_FAILED);
    if (strstr(b.error, expected) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", expected, b.error);
    assert_int_equal(b.attempts, 1);
    assert_true(b.cycles > 10000);
    assert_true(b.ended_ms >= b.started_ms && b.started_ms >= b.sealed_ms && b.sealed_ms > 0);
    /* The node is as it was, and goes on with the next block. */
    assert_int_equal(node_seal(f->n, NULL), OK);
    b = wait_for(f, 2, BATCH_FAILED);
    assert_int_equal(b.first_block, 2);
}

static void test_crash(void **state) { fails_with(state, "kill -SEGV $$", once(), "signal 11"); }

static void test_killed(void **state) { fails_with(state, "kill -9 $$", once(), "signal 9"); }

static void test_exit_code(void **state)
{
    fails_with(state, "printf 'out of paper' >&2; exit 3", once(), "exit code 3 (out of paper)");
}

static void test_refusal(void **state)
{
    fails_with(state, "echo refused it is too hard; exit 1", once(), "it is too hard");
}

static void test_no_proof(void **state) { fails_with(state, "exit 0", once(), "gave no proof"); }

static void test_garbage(void **state)
{
    fails_with(state, "head -c 100000 /dev/urandom >&3", once(), "proof is wrong");
}

static void test_zeros(void **state)
{
    fails_with(state, "{ printf ASHLARPF; head -c 100000 /dev/zero; } >&3", once(), "proof is wrong");
}

static void test_hang(void **state)
{
    proving_options o = once();
    o.silence_ms = 8000; /* a count on a busy machine too has to say something */
    fails_with(state, "exec sleep 1000", o, "said nothing");
}

static void test_chatter_is_no_progress(void **state)
{
    /* However much it says: lines without end and bytes of any kind. */
    fails_with(state, "head -c 3000000 /dev/urandom; exit 4", once(), "exit code 4");
}

static void test_memory(void **state)
{
    proving_options o = once();
    o.memory_bytes = (uint64_t)256 << 20;
    fails_with(state, "exec dd if=/dev/zero of=/dev/null bs=1G count=1000", o, "more memory");
}

static void test_not_there(void **state)
{
    fixture *f = *state;
    open_node(f, "exit 0", once());
    unlink(f->script); /* sooner or later than the count: it fails either way */
    batch b = wait_for(f, 1, BATCH_FAILED);
    assert_true(b.error[0] != 0);
}

static void test_attempts(void **state)
{
    fixture *f = *state;
    proving_options o = once();
    o.attempts = 2;
    uint64_t start_ms = clock_milliseconds();
    open_node(f, "exit 5", o);
    for (int i = 0; i < 50; i++) { /* new blocks are no reason to hurry */
        assert_int_equal(node_seal(f->n, NULL), OK);
        usleep(20000);
    }
    batch b = wait_for(f, 1, BATCH_FAILED);
    assert_int_equal(b.attempts, 2);
    assert_true(clock_milliseconds() - start_ms >= 2000);
}

/* What the node's end interrupts is no attempt. */
static void test_stop(void **state)
{
    fixture *f = *state;
    open_node(f, "echo worker 3 1 500 2.5 rig/one two; echo progress 1 2 30 400 5.5 some stage; exec sleep 1000", once());
    batch b = wait_for(f, 1, BATCH_PROVING);
    proving_now now = {0};
    for (int i = 0; i < 500 && now.part == 0; i++) {
        usleep(10000);
        proving_read(f->p, &now);
    }
    assert_true(now.is_on);
    assert_int_equal(now.batch, 1);
    assert_int_equal(now.part, 1);
    assert_int_equal(now.parts, 2);
    assert_int_equal(now.cycles_done, 30);
    assert_int_equal(now.cycles, 400);
    assert_string_equal(now.stage, "some stage");
    assert_true(now.process > 0 && now.seconds_left == 5.5);
    char *metrics;
    size_t metrics_size;
    FILE *out = open_memstream(&metrics, &metrics_size);
    metrics_print(out);
    fclose(out);
    assert_non_null(strstr(metrics, "ashlar_worker_jobs_total{worker=\"rig/one two\",outcome=\"failed\"} 1\n"));
    assert_non_null(strstr(metrics, "ashlar_worker_cells_per_second{worker=\"rig/one two\"} 200\n"));
    free(metrics);
    uint64_t start_ms = clock_milliseconds();
    proving_stop(f->p);
    assert_true(clock_milliseconds() - start_ms < 5000);
    assert_true(kill(now.process, 0) != 0);
    assert_true(read_batch(f, &b, 1));
    assert_int_equal(b.status, BATCH_SEALED);
    assert_int_equal(b.attempts, 0);
}

static void test_progress_of_nodes(void **state)
{
    fixture *f = *state;
    open_node(f, "echo progress 2 2 400 400 0.5 open; echo node 1 3 7.5 trace; exec sleep 1000", once());
    wait_for(f, 1, BATCH_PROVING);
    proving_now now = {0};
    for (int i = 0; i < 500 && now.node == 0; i++) {
        usleep(10000);
        proving_read(f->p, &now);
    }
    assert_int_equal(now.node, 1);
    assert_int_equal(now.nodes, 3);
    assert_int_equal(now.parts, 2);
    assert_string_equal(now.stage, "trace");
    assert_true(now.seconds_left == 7.5);
}

/* A batch whose blocks leave the chain is given up at once. */
static void test_dropped(void **state)
{
    fixture *f = *state;
    batch b;
    open_node(f, "exec sleep 1000", once());
    wait_for(f, 1, BATCH_PROVING);
    proving_now now;
    do {
        usleep(10000);
        proving_read(f->p, &now);
    } while (now.process == 0);
    assert_int_equal(node_set_head(f->n, 0), OK);
    assert_false(read_batch(f, &b, 1));
    for (int i = 0; i < 500 && kill(now.process, 0) == 0; i++)
        usleep(10000);
    assert_true(kill(now.process, 0) != 0);
    assert_false(read_batch(f, &b, 1));
    assert_int_equal(node_seal_at(f->n, NULL, clock_unix_seconds() + 100), OK);
    b = wait_for(f, 1, BATCH_PROVING);
    assert_int_equal(b.attempts, 1);
}

/* A block that takes more cells than a batch may is known by the count, and does not hold up the others. */
static void test_too_many_cells(void **state)
{
    fixture *f = *state;
    proving_options o = once();
    o.limits.cells = 1000000;
    open_node(f, "exit 6", o);
    batch b = wait_for(f, 1, BATCH_FAILED);
    assert_string_equal(b.error, "block 1 takes more than 1000000 cells to prove, the most that a batch may take");
    assert_int_equal(b.attempts, 0);
    assert_in_range(b.cycles, 1000, 100000); /* it is not run to the end */
}

/* A count is tried again as a proof is. */
static void test_count_killed(void **state)
{
    fixture *f = *state;
    proving_options o = once();
    o.attempts = 2;
    f->before = "[ -e \"$0.once\" ] || { : >\"$0.once\"; kill -9 $$; }";
    open_node(f, "exit 9", o);
    batch b = wait_for(f, 1, BATCH_FAILED);
    char once[80];
    snprintf(once, sizeof once, "%s.once", f->script);
    assert_int_equal(unlink(once), 0);
    assert_non_null(strstr(b.error, "exit code 9"));
    assert_true(b.cycles > 10000);
}

static void test_count_always_killed(void **state)
{
    fixture *f = *state;
    f->before = "kill -9 $$";
    open_node(f, "exit 9", once());
    batch b = wait_for(f, 1, BATCH_FAILED);
    assert_non_null(strstr(b.error, "block 1 cannot be proven: the prover was ended by signal 9"));
}

static status state_after(fixture *f, uint64_t number)
{
    store_view *v;
    store_block block;
    state *world;
    size_t mark = f->memory.used_bytes;
    assert_int_equal(node_view_open(&v, &f->memory, f->n), OK);
    assert_int_equal(store_block_by_number(v, &block, number), OK);
    status s = store_state_open(v, &world, &block);
    store_view_close(v);
    arena_rewind(&f->memory, mark);
    return s;
}

/* State set by hand gets a batch of its own, and what comes after it goes on. */
static void test_not_provable(void **state)
{
    fixture *f = *state;
    open_only(f, "exit 1", once(), STORE_HISTORY_ARCHIVE);
    store_state_override rich = {.where = *node_account(f->n, 0), .has_balance = true};
    assert_int_equal(node_force_states(f->n, &rich, 1), OK);
    assert_int_equal(node_seal(f->n, NULL), OK);
    proving_start(f->p, f->n);
    batch forced = wait_for(f, 1, BATCH_FAILED);
    assert_non_null(strstr(forced.error, "block 1 cannot be proven: a development method made that block"));
    assert_int_equal(forced.last_block, 1);
    assert_int_equal(forced.attempts, 0);
    batch next = wait_for(f, 2, BATCH_FAILED); /* by its prover: it was counted and begun */
    assert_int_equal(next.attempts, 1);
    assert_true(next.cycles > 0);
}

/* States that are not kept otherwise stay until the blocks after them have been proven, or given up. */
static void test_history_waits(void **state)
{
    fixture *f = *state;
    open_only(f, "exit 7", once(), 2);
    for (int i = 0; i < 6; i++)
        assert_int_equal(node_seal(f->n, NULL), OK);
    assert_int_equal(state_after(f, 0), OK);
    proving_start(f->p, f->n);
    wait_for(f, 6, BATCH_FAILED);
    proving_now now = {0};
    for (int i = 0; i < 1000 && now.first_open != 7; i++) {
        usleep(10000);
        proving_read(f->p, &now);
    }
    proving_stop(f->p);
    assert_int_equal(node_seal(f->n, NULL), OK);
    assert_int_equal(state_after(f, 5), STATE_UNKNOWN);
    assert_int_equal(state_after(f, 6), OK);
    assert_int_equal(node_seal(f->n, NULL), OK); /* 7 is not proven: the state before it is needed */
    assert_int_equal(state_after(f, 6), OK);
}

/* A proof that holds, but is about other blocks: tests/node/proving_heavy_test.sh has one, and its
 * program's id; tests/cli/verify_test.c has one of a block that was not held against its parent. */
static void test_replayed_proof(void **state)
{
    char commands[4200];
    const char *id = getenv("ASHLAR_PROGRAM"), *joiner = getenv("ASHLAR_JOINER");
    assert_non_null(id);
    if (joiner != NULL)
        assert_int_equal(hex_decode_exact(join_id, sizeof join_id, joiner, strlen(joiner)), OK);
    snprintf(commands, sizeof commands, "cat '%s' >&3", getenv("ASHLAR_PROOF"));
    fails_with(state, commands, once(), "proof is wrong: the proof is about another program");
    close_node(*state);
    assert_int_equal(hex_decode_exact(program_id, sizeof program_id, id, strlen(id)), OK);
    const char *reason = getenv("ASHLAR_PROOF_REASON");
    fails_with(state, commands, once(),
               reason != NULL ? reason : "proof is wrong: it is about something else");
}

static bytes read_file(fixture *f, const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    uint8_t *data = arena_allocate(&f->memory, 8 << 20, 8);
    size_t size = fread(data, 1, 8 << 20, file);
    fclose(file);
    return (bytes){data, size};
}

/* Two batches of one block each, whose proofs (joined ones, of other blocks that follow each other) are in these files. */
static void put_proven(fixture *f, const char *const paths[2])
{
    for (uint64_t i = 1; i <= 2; i++) {
        store_view *v;
        database_transaction *t;
        bytes proof = read_file(f, paths[i - 1]);
        batch b = {.number = i, .status = BATCH_PROVEN, .first_block = i, .last_block = i, .is_joined = true,
                   .proof_bytes = proof.size};
        number_key key = number_key_of(i);
        assert_int_equal(node_view_open(&v, &f->memory, f->n), OK);
        assert_int_equal(store_block_hash(v, &b.last_hash, i), OK);
        store_view_close(v);
        assert_int_equal(database_begin(&t, node_store(f->n)->db, true), OK);
        assert_int_equal(batch_put(t, &f->memory, &b), OK);
        assert_int_equal(database_put(t, TABLE_PROOFS, bytes_of_number(&key), proof), OK);
        assert_int_equal(database_commit(t), OK);
    }
}

static bool has_link(fixture *f)
{
    store_view *v;
    bytes proof;
    assert_int_equal(node_view_open(&v, &f->memory, f->n), OK);
    status s = store_link_proof(v, &proof, 2, 1);
    store_view_close(v);
    return s == OK;
}

/* A prover that joins something else than it should: the proof of the first alone is a good one, and is not taken. */
static void test_wrong_link(void **state)
{
    fixture *f = *state;
    char commands[4200];
    const char *paths[2] = {getenv("ASHLAR_PROOF"), getenv("ASHLAR_PROOF_NEXT")}, *link = getenv("ASHLAR_PROOF_OF_BOTH");
    assert_true(paths[1] != NULL && link != NULL);
    snprintf(commands, sizeof commands, "echo >>$0.tried; [ $(wc -l <$0.tried) = 1 ] && cat '%s' >&3 || cat '%s' >&3",
             paths[0], link);
    open_only(f, commands, (proving_options){.attempts = 3, .memory_bytes = (uint64_t)4 << 30, .silence_ms = 60000,
                                             .limits = once().limits}, STORE_HISTORY_ARCHIVE);
    assert_int_equal(node_seal(f->n, NULL), OK);
    assert_int_equal(node_seal(f->n, NULL), OK);
    put_proven(f, paths);
    proving_start(f->p, f->n);
    for (int i = 0; i < 3000 && !has_link(f); i++)
        usleep(20000);
    assert_true(has_link(f));
    proving_stop(f->p);
    char path[80];
    snprintf(path, sizeof path, "%s.tried", f->script);
    assert_int_equal(read_file(f, path).size, 2); /* two lines: the first was refused */
    unlink(path);
    assert_int_equal(node_set_head(f->n, 1), OK);
    assert_false(has_link(f));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest replayed[] = {CASE(test_replayed_proof)};
    const struct CMUnitTest linked[] = {CASE(test_replayed_proof), CASE(test_wrong_link)};
    if (getenv("ASHLAR_PROOF_NEXT") != NULL)
        return cmocka_run_group_tests(linked, NULL, NULL);
    if (getenv("ASHLAR_PROOF") != NULL)
        return cmocka_run_group_tests(replayed, NULL, NULL);
    const struct CMUnitTest tests[] = {
        CASE(test_crash),  CASE(test_killed),    CASE(test_exit_code), CASE(test_refusal),
        CASE(test_no_proof), CASE(test_garbage), CASE(test_zeros),     CASE(test_hang),
        CASE(test_chatter_is_no_progress),       CASE(test_memory),    CASE(test_not_there),
        CASE(test_attempts), CASE(test_stop),    CASE(test_progress_of_nodes), CASE(test_dropped),   CASE(test_too_many_cells),
        CASE(test_count_killed), CASE(test_count_always_killed),
        CASE(test_history_waits),
        CASE(test_not_provable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
