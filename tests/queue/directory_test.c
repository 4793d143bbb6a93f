/* A run proven in a directory: it goes on after its process was killed at any moment, believes nothing that it finds, and comes
 * to the bytes that one process comes to. Small parameters; the command: tests/cli/prove_heavy_test.sh. */
#include "tests/queue/run.h"

#include "jobs/internal.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/resource.h>

static bytes proof_a, proof_b;
static char folder[64], out[80];

static int open_all(void **state)
{
    (void)state;
    open_program();
    proof_a = expected_proof(&kept, input_a, output_a, &small_parts);
    proof_b = expected_proof(&kept, input_b, output_b, &small_parts);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    fixture_close();
    return 0;
}

static int make_folder(void **state)
{
    fixture_clear(state);
    strcpy(folder, "/tmp/ashlar-work-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(out, sizeof out, "%s.proof", folder);
    return 0;
}

static int remove_folder(void **state)
{
    remove_tree(folder);
    unlink(out);
    return fixture_clear(state);
}

/* Proves in the folder; what is there stays there where it is not finished. Returns the number of parts that were found. */
static uint32_t prove_in_folder(bytes input, bytes output, const prover_options *options, bytes expected, bool is_finished)
{
    char error[JOBS_ERROR_BYTES];
    prover_run run;
    jobs_directory *d;
    run_proof proof;
    uint32_t found;
    size_t mark = memory.used_bytes;
    plan_run_of(&run, input, output, options);
    if (!jobs_directory_open(&d, error, &memory, &run, folder) ||
        !jobs_directory_prove(&proof, &found, error, d, &run, &memory, &scratch))
        fail_msg("%s", error);
    assert_same_bytes(file_of(&proof), expected);
    assert_int_equal(made.parts_proven, run.part_count - found);
    jobs_directory_close(d, is_finished);
    prover_close(&run);
    arena_rewind(&memory, mark);
    return found;
}

/* The process that is killed: run a, its proof into the file `to`. Exit code 3 with a line: it could not. */
static int child(const char *where, const char *to, bool is_limited)
{
    char error[JOBS_ERROR_BYTES];
    prover_run run;
    jobs_directory *d;
    run_proof proof;
    uint32_t found;
    open_program();
    if (is_limited) {
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){20000, 20000});
    }
    plan_run_of(&run, input_a, output_a, &small_parts);
    bool fine = jobs_directory_open(&d, error, &memory, &run, where) &&
                jobs_directory_prove(&proof, &found, error, d, &run, &memory, &scratch);
    if (!fine) {
        fprintf(stderr, "%s\n", error);
        return 3;
    }
    bytes file = file_of(&proof);
    write_whole(to, file.data, file.size);
    jobs_directory_close(d, true);
    prover_close(&run);
    return 0;
}

static void run_folder(char path[256])
{
    prover_run run;
    char error[JOBS_ERROR_BYTES];
    jobs_directory *d;
    size_t mark = memory.used_bytes;
    plan_run_of(&run, input_a, output_a, &small_parts);
    assert_true(jobs_directory_open(&d, error, &memory, &run, folder));
    jobs_directory_close(d, false);
    prover_close(&run);
    arena_rewind(&memory, mark);
    char command[128];
    snprintf(command, sizeof command, "ls -d %s/*", folder);
    FILE *list = popen(command, "r");
    assert_non_null(fgets(path, 256, list));
    pclose(list);
    path[strcspn(path, "\n")] = 0;
}

static void nothing_is_left_of_a_finished_run(void **state)
{
    (void)state;
    assert_int_equal(prove_in_folder(input_a, output_a, &small_parts, proof_a, true), 0);
    assert_int_equal(rmdir(folder), 0);
}

/* ---- killed at any moment ------------------------------------------------------------------------- */

static uint32_t random_below(uint64_t *seed, uint32_t most)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33) % most;
}

/* At a moment, or at the so manyth event of the folder: a file begun, written to, closed, renamed. */
static void kill_at(pid_t process, uint64_t *seed, int round, int events, const char *path)
{
    struct pollfd wait = {.fd = events, .events = POLLIN};
    if (round % 2 == 0) {
        poll(NULL, 0, (int)random_below(seed, 2500));
    } else {
        int watch = inotify_add_watch(events, path, IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_TO);
        char buffer[4096];
        int left = (int)random_below(seed, 12);
        while (watch >= 0 && left > 0 && poll(&wait, 1, 5000) > 0) {
            ssize_t size = read(events, buffer, sizeof buffer);
            for (ssize_t at = 0; at < size; left--)
                at += (ssize_t)(sizeof(struct inotify_event) + ((struct inotify_event *)(void *)(buffer + at))->len);
        }
    }
    kill(process, SIGKILL);
}

static void killed_at_seeded_moments(void **state)
{
    (void)state;
    char path[256];
    run_folder(path);
    const char *arguments[] = {"child", folder, out, NULL};
    uint64_t seed = 11;
    int kills = 0;
    for (int round = 0; round < 80 && kills < 12; round++) { /* where one was finished, the next begins anew */
        int events = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        pid_t process = start_self(arguments, -1);
        kill_at(process, &seed, round, events, path);
        close(events);
        int end = end_of(process);
        assert_true(end == 0 || end == 128 + SIGKILL);
        kills += end != 0;
        bytes file = read_whole(&memory, out);
        if (end == 0 || file.size == proof_a.size)
            assert_same_bytes(file, proof_a);
    }
    print_message("# killed %d times\n", kills);
    assert_true(kills >= 10);
    assert_int_equal(end_of(start_self(arguments, -1)), 0);
    assert_same_bytes(read_whole(&memory, out), proof_a);
}

/* ---- what is there is not believed ---------------------------------------------------------------- */

static void file_in(char file[300], const char *path, const char *name) { snprintf(file, 300, "%s/%s", path, name); }

static void corrupted_artefacts(void **state)
{
    (void)state;
    char path[256], file[300], other[300];
    run_folder(path);
    prove_in_folder(input_a, output_a, &small_parts, proof_a, false);
    uint32_t parts = made.segment_count + made.ledger_count;
    assert_true(parts >= 5);
    assert_int_equal(prove_in_folder(input_a, output_a, &small_parts, proof_a, false), parts);

    uint64_t seed = 5;
    for (int i = 0; i < 4; i++) { /* a bit of a part */
        file_in(file, path, "part-00002");
        bytes part = read_whole(&memory, file);
        ((uint8_t *)part.data)[random_below(&seed, (uint32_t)part.size)] ^= (uint8_t)(1u << random_below(&seed, 8));
        write_whole(file, part.data, part.size);
        assert_int_equal(prove_in_folder(input_a, output_a, &small_parts, proof_a, false), parts - 1);
    }
    file_in(file, path, "part-00001");
    assert_int_equal(truncate(file, 1000), 0);
    file_in(file, path, "part-00003");
    assert_int_equal(truncate(file, 0), 0);
    assert_int_equal(prove_in_folder(input_a, output_a, &small_parts, proof_a, false), parts - 2);
    file_in(file, path, "part-00004"); /* too long; a link */
    assert_int_equal(truncate(file, (off_t)1 << 40), 0);
    file_in(file, path, "part-00002");
    assert_int_equal(unlink(file), 0);
    assert_int_equal(symlink("/dev/zero", file), 0);
    assert_int_equal(prove_in_folder(input_a, output_a, &small_parts, proof_a, false), parts - 2);
    /* The plan: its records come out the same, so the parts hold. */
    file_in(file, path, "plan");
    bytes plan = read_whole(&memory, file);
    ((uint8_t *)plan.data)[plan.size / 2] ^= 1;
    write_whole(file, plan.data, plan.size);
    assert_int_equal(prove_in_folder(input_a, output_a, &small_parts, proof_a, false), parts);
    assert_int_equal(truncate(file, 11), 0);
    assert_int_equal(prove_in_folder(input_a, output_a, &small_parts, proof_a, false), parts);
    /* Each the other's. */
    file_in(file, path, "part-00001");
    file_in(other, path, "part-00002");
    assert_int_equal(renameat2(AT_FDCWD, file, AT_FDCWD, other, RENAME_EXCHANGE), 0);
    assert_int_equal(prove_in_folder(input_a, output_a, &small_parts, proof_a, false), parts - 2);
}

static void artefact_of_another_job(void **state)
{
    (void)state;
    char path[256], command[700];
    run_folder(path);
    prove_in_folder(input_b, output_b, &small_parts, proof_b, false);
    uint32_t parts = made.segment_count + made.ledger_count;
    /* All of run b under run a's name, its plan too; it stays as it is in its own folder. */
    snprintf(command, sizeof command, "for f in %s/*/part-* %s/*/plan; do cp $f %s/; done 2>/dev/null; true", folder,
             folder, path);
    assert_int_equal(system(command), 0);
    assert_int_equal(prove_in_folder(input_a, output_a, &small_parts, proof_a, false), 0);
    assert_int_equal(prove_in_folder(input_b, output_b, &small_parts, proof_b, false), parts);
}

static void run_of_another_size(void **state)
{
    (void)state;
    prove_in_folder(input_a, output_a, &small_parts, proof_a, false);
    uint32_t parts = made.segment_count + made.ledger_count;
    bytes expected = expected_proof(&memory, input_a, output_a, &large_parts);
    assert_true(made.segment_count + made.ledger_count < parts);
    assert_int_equal(prove_in_folder(input_a, output_a, &large_parts, expected, false), 0);
    assert_int_equal(prove_in_folder(input_a, output_a, &small_parts, proof_a, false), parts);
}

/* The hash that ends a plan is right, but a record is not what its part commits to: every other part verifies under the χ of
 * that plan, and the run would never end. */
static void plan_with_a_false_record(void **state)
{
    (void)state;
    char path[256], file[300];
    run_folder(path);
    prove_in_folder(input_a, output_a, &small_parts, proof_a, false);
    uint32_t parts = made.segment_count + made.ledger_count;
    file_in(file, path, "plan");
    bytes plan = read_whole(&memory, file);
    uint32_t *words = (uint32_t *)(void *)(uintptr_t)plan.data;
    size_t count = plan.size / 4 - 8, nonce_at = 10, last_root = count - 1;
    words[last_root] = words[last_root] == 0 ? 1 : words[last_root] - 1;
    hash256 hash;
    bool is_taken = false;
    for (uint32_t nonce = 0; nonce < 64 && !is_taken; nonce++) { /* one that grinds */
        size_t mark = memory.used_bytes;
        prover_run run;
        words[nonce_at] = fp_from_u32(nonce);
        keccak256(&hash, (const uint8_t *)words, 4 * count);
        memcpy(words + count, hash.bytes, 32);
        plan_run_of(&run, input_a, output_a, &small_parts);
        boundary_record records[64];
        const uint32_t *at = words + count - 11 * (size_t)run.part_count;
        for (uint32_t i = 0; i < run.part_count; i++, at += 11) {
            records[i] = (boundary_record){.kind = at[0], .memory_rows = at[1], .ledger_rows = at[2]};
            memcpy(records[i].root.c, at + 3, 32);
        }
        is_taken = prover_commit_as(&run, records, words[nonce_at]) == OK;
        prover_close(&run);
        arena_rewind(&memory, mark);
    }
    assert_true(is_taken);
    write_whole(file, plan.data, plan.size);
    /* No part holds under it; the last one shows whose fault that is. */
    char error[JOBS_ERROR_BYTES];
    prover_run run;
    jobs_directory *d;
    run_proof proof;
    uint32_t found;
    plan_run_of(&run, input_a, output_a, &small_parts);
    assert_true(jobs_directory_open(&d, error, &memory, &run, folder));
    if (!jobs_directory_prove(&proof, &found, error, d, &run, &memory, &scratch))
        fail_msg("%s", error);
    assert_same_bytes(file_of(&proof), proof_a);
    assert_int_equal(found, 0);
    assert_int_equal(made.parts_proven, 2 * parts); /* it was taken for true at first */
    jobs_directory_close(d, false);
    prover_close(&run);
    assert_int_equal(prove_in_folder(input_a, output_a, &small_parts, proof_a, true), parts);
}

static void one_process_at_a_time(void **state)
{
    (void)state;
    char path[256], lock[300], error[JOBS_ERROR_BYTES];
    run_folder(path);
    file_in(lock, path, "lock");
    int fd = open(lock, O_RDWR | O_CLOEXEC);
    assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
    prover_run run;
    jobs_directory *d;
    plan_run_of(&run, input_a, output_a, &small_parts);
    assert_false(jobs_directory_open(&d, error, &memory, &run, folder));
    assert_non_null(strstr(error, "another process works on this run there"));
    jobs_directory_close(d, false);
    prover_close(&run);
    close(fd);
}

/* Files that this program has not made stay, and a link is no folder of its own. */
static void what_others_have_there(void **state)
{
    (void)state;
    static const char *const names[] = {"planet", "part-", "part-1", "part-00000", "part-00001.old", "part-00001.new.new"};
    char path[256], aside[300], file[300], error[JOBS_ERROR_BYTES];
    run_folder(path);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        file_in(file, path, names[i]);
        write_whole(file, "mine", 4);
    }
    file_in(file, path, "part-00001.new");
    write_whole(file, "left", 4);
    assert_int_equal(prove_in_folder(input_a, output_a, &small_parts, proof_a, true), 0);
    assert_int_not_equal(access(file, F_OK), 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        file_in(file, path, names[i]);
        assert_int_equal(access(file, F_OK), 0);
    }
    snprintf(aside, sizeof aside, "%s.aside", path);
    assert_int_equal(rename(path, aside), 0);
    assert_int_equal(symlink(aside, path), 0);
    prover_run run;
    jobs_directory *d;
    plan_run_of(&run, input_a, output_a, &small_parts);
    assert_false(jobs_directory_open(&d, error, &memory, &run, folder));
    assert_non_null(strstr(error, "cannot be used: "));
    jobs_directory_close(d, false);
    prover_close(&run);
}

static void full_disk(void **state)
{
    (void)state;
    char path[256], file[300];
    run_folder(path);
    const char *arguments[] = {"limited-child", folder, out, NULL};
    char said_name[96];
    snprintf(said_name, sizeof said_name, "%s.said", folder);
    int said = open(said_name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_int_equal(end_of(start_self(arguments, said)), 3);
    close(said);
    bytes line = read_whole(&memory, said_name);
    unlink(said_name);
    ((uint8_t *)line.data)[line.size] = 0;
    assert_non_null(strstr((const char *)line.data, "cannot be written: File too large"));
    file_in(file, path, "part-00001");
    assert_int_not_equal(access(file, F_OK), 0);
    file_in(file, path, "part-00001.new");
    assert_int_not_equal(access(file, F_OK), 0);
    assert_int_equal(prove_in_folder(input_a, output_a, &small_parts, proof_a, true), 0);
}

/* Of the first part: a table of zeros for each chip that it has no rows of. */
static void add_empty_tables(void *context, uint32_t part, vm_tables *t, bool boundary_only)
{
    (void)context;
    if (boundary_only || part != 0)
        return;
    vm_tables taller = {0};
    uint32_t at = 0;
    for (uint32_t chip = 0; chip < VM_CHIPS; chip++) {
        const uint32_t *width = tiny.machine.chip[chip]->width;
        taller.used_rows[chip] = t->used_rows[chip];
        if (at < t->count && t->tables[at].chip == chip) {
            taller.tables[taller.count++] = t->tables[at++];
        } else if (vm_chip_presence(VM_SEGMENT, (vm_chip)chip) == VM_OPTIONAL && width[AIR_BOUNDARY] == 0 &&
                   width[AIR_PREPROCESSED] == 0) {
            stark_table empty = {.chip = chip, .rows = 64};
            empty.columns[AIR_MAIN] = arena_allocate_zeroed(&memory, sizeof(fp) * 64 * width[AIR_MAIN], 64);
            taller.tables[taller.count++] = empty;
        }
    }
    assert_true(taller.count > t->count);
    *t = taller;
}

/* It holds, but joining it would take much more. */
static void artefact_with_tables_that_are_not_needed(void **state)
{
    (void)state;
    const prover_lies lies = {.change_tables = add_empty_tables, .recount_lookups = true};
    prover_options lying = small_parts;
    lying.lies = &lies;
    prover_run honest, larger;
    run_proof proof;
    run_part part;
    run_statement statement;
    plan_run_of(&honest, input_a, output_a, &small_parts);
    prover_commit(&honest, &memory, &scratch);
    plan_run_of(&larger, input_a, output_a, &lying);
    prover_finish(&proof, &larger, &memory, &scratch);
    assert_status(run_verify(&statement, NULL, &tiny, &program.id, &proof, &scratch), OK);
    assert_status(part_read(&part, &honest, 0, part_write(&memory, &larger, &proof.parts[0]), &scratch), PROOF_SHAPE);
    assert_status(part_read(&part, &honest, 1, part_write(&memory, &larger, &proof.parts[1]), &scratch), OK);
    prover_close(&larger);
    prover_close(&honest);
}

static void folder_that_cannot_be(void **state)
{
    (void)state;
    char error[JOBS_ERROR_BYTES];
    prover_run run;
    jobs_directory *d;
    plan_run_of(&run, input_a, output_a, &small_parts);
    assert_false(jobs_directory_open(&d, error, &memory, &run, "/proc/nothing/here"));
    assert_non_null(strstr(error, "/proc/nothing/here: cannot be used: No such file"));
    jobs_directory_close(d, false);
    prover_close(&run);
}

int main(int argc, char **argv)
{
    if (argc == 4)
        return child(argv[2], argv[3], strcmp(argv[1], "limited-child") == 0);
#define CASE(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        CASE(nothing_is_left_of_a_finished_run), CASE(killed_at_seeded_moments), CASE(corrupted_artefacts),
        CASE(artefact_of_another_job), CASE(run_of_another_size), CASE(plan_with_a_false_record), CASE(artefact_with_tables_that_are_not_needed),
        CASE(one_process_at_a_time), CASE(what_others_have_there), CASE(full_disk), CASE(folder_that_cannot_be),
    };
    return cmocka_run_group_tests_name("a run in a directory", tests, open_all, close_all);
}
