/* A run's artefacts as files: each is written under another name, synced and renamed, so that what has its name is whole. */
#define _GNU_SOURCE
#include "jobs/internal.h"

#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_NAME_BYTES = 32 };

struct jobs_directory {
    const char *path;
    char name[RUN_NAME_TEXT_BYTES];
    int outer, folder, lock;
};

static const char plan_file[] = "plan";

static const char *part_file(char out[FILE_NAME_BYTES], uint32_t i)
{
    snprintf(out, FILE_NAME_BYTES, "part-%05u", i + 1);
    return out;
}

static const char *node_file(char out[FILE_NAME_BYTES], uint32_t level, uint32_t index)
{
    snprintf(out, FILE_NAME_BYTES, "node-%02u-%05u", level, index + 1);
    return out;
}

static bool say(char error[JOBS_ERROR_BYTES], const jobs_directory *d, const char *what)
{
    snprintf(error, JOBS_ERROR_BYTES, "%.200s: %s: %s", d->path, what, strerror(errno));
    return false;
}

static bool say_faulty(char error[JOBS_ERROR_BYTES], status s)
{
    snprintf(error, JOBS_ERROR_BYTES, "the proof that was made does not verify: %s; the machine's memory may be faulty",
             status_message(s));
    return false;
}

static int make_folder(int at, const char *path, int flags)
{
    if (mkdirat(at, path, 0777) != 0 && errno != EEXIST)
        return -1;
    if (at != AT_FDCWD)
        fsync(at); /* or its name is lost, and what is in it */
    return openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags);
}

bool jobs_directory_open(jobs_directory **out, char error[JOBS_ERROR_BYTES], arena *memory, const prover_run *run,
                         const char *path)
{
    jobs_directory *d = *out = ARENA_NEW(memory, jobs_directory, 1);
    run_name name = run_name_of(run);
    *d = (jobs_directory){.path = path, .outer = -1, .folder = -1, .lock = -1};
    run_name_text(d->name, &name);
    if ((d->outer = make_folder(AT_FDCWD, path, 0)) < 0 ||
        (d->folder = make_folder(d->outer, d->name, O_NOFOLLOW)) < 0 ||
        (d->lock = openat(d->folder, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666)) < 0)
        return say(error, d, "cannot be used");
    /* A process that finished meanwhile has deleted what is locked here. */
    struct stat info;
    if (flock(d->lock, LOCK_EX | LOCK_NB) != 0 || fstat(d->lock, &info) != 0 || info.st_nlink == 0) {
        snprintf(error, JOBS_ERROR_BYTES, "%.200s: another process works on this run there", path);
        return false;
    }
    return true;
}

/* Size 0: there is none that could be read. 64-byte aligned. */
static bytes read_file(const jobs_directory *d, arena *memory, const char *name, size_t most_bytes)
{
    struct stat info;
    bytes none = {NULL, 0};
    int fd = openat(d->folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return none;
    bool fine = fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0 &&
                (uint64_t)info.st_size <= most_bytes;
    size_t size = fine ? (size_t)info.st_size : 0, read_bytes = 0;
    uint8_t *data = fine ? arena_allocate(memory, size, 64) : NULL;
    while (fine && read_bytes < size) {
        ssize_t got = read(fd, data + read_bytes, size - read_bytes);
        fine = got > 0 || (got < 0 && errno == EINTR);
        read_bytes += got > 0 ? (size_t)got : 0;
    }
    close(fd);
    return fine ? (bytes){data, size} : none;
}

static bool write_file(char error[JOBS_ERROR_BYTES], const jobs_directory *d, const char *name, bytes data)
{
    char beside[FILE_NAME_BYTES + 8];
    snprintf(beside, sizeof beside, "%s.new", name);
    unlinkat(d->folder, beside, 0); /* of a process that was ended */
    int fd = openat(d->folder, beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    bool fine = fd >= 0;
    for (size_t at = 0; fine && at < data.size;) {
        ssize_t written = write(fd, data.data + at, data.size - at);
        fine = written > 0 || (written < 0 && errno == EINTR);
        at += written > 0 ? (size_t)written : 0;
    }
    fine = fine && fsync(fd) == 0;
    int problem = errno;
    if (fd >= 0 && close(fd) != 0 && fine) {
        problem = errno;
        fine = false;
    }
    if (fine && (renameat(d->folder, beside, d->folder, name) != 0 || fsync(d->folder) != 0)) {
        problem = errno;
        fine = false;
    }
    if (!fine) {
        unlinkat(d->folder, beside, 0);
        errno = problem;
        return say(error, d, "cannot be written");
    }
    return true;
}

static void delete_file(const jobs_directory *d, const char *name) { unlinkat(d->folder, name, 0); }

/* Whether this program gives a file that name, or one like it with `.new`. */
static bool is_ours(const char *name)
{
    char whole[FILE_NAME_BYTES + 8], part[FILE_NAME_BYTES];
    unsigned i, level;
    size_t length = strlen(name);
    if (length >= sizeof whole)
        return false;
    memcpy(whole, name, length + 1);
    if (length > 4 && strcmp(whole + length - 4, ".new") == 0)
        whole[length - 4] = 0;
    return strcmp(whole, plan_file) == 0 ||
           (sscanf(whole, "part-%9u", &i) == 1 && i > 0 && strcmp(whole, part_file(part, i - 1)) == 0) ||
           (sscanf(whole, "node-%9u-%9u", &level, &i) == 2 && i > 0 && strcmp(whole, node_file(part, level, i - 1)) == 0);
}

/* Everything but the lock. */
static void delete_all(const jobs_directory *d)
{
    int fd = openat(d->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
    if (list == NULL) {
        if (fd >= 0)
            close(fd);
        return;
    }
    for (struct dirent *entry; (entry = readdir(list)) != NULL;)
        if (is_ours(entry->d_name))
            unlinkat(d->folder, entry->d_name, 0);
    closedir(list);
}

void jobs_directory_close(jobs_directory *d, bool is_finished)
{
    if (d == NULL)
        return;
    if (is_finished) {
        delete_all(d);
        delete_file(d, "lock");
        unlinkat(d->outer, d->name, AT_REMOVEDIR);
    }
    int open_fds[] = {d->lock, d->folder, d->outer};
    for (size_t i = 0; i < sizeof open_fds / sizeof *open_fds; i++)
        if (open_fds[i] >= 0)
            close(open_fds[i]);
}

/* ---- proving -------------------------------------------------------------------------------------- */

static bool commit(char error[JOBS_ERROR_BYTES], const jobs_directory *d, prover_run *run, arena *memory, arena *scratch)
{
    prover_commit(run, memory, scratch);
    size_t mark = scratch->used_bytes;
    bool fine = write_file(error, d, plan_file, plan_write(scratch, run));
    arena_rewind(scratch, mark);
    return fine;
}

/* The parts that are there and hold; those that do not are deleted. */
static uint32_t find_parts(run_part *parts, bool *is_there, const jobs_directory *d, const prover_run *run, arena *memory,
                           arena *scratch)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < run->part_count; i++) {
        char name[FILE_NAME_BYTES];
        size_t mark = memory->used_bytes;
        bytes file = read_file(d, memory, part_file(name, i), PART_BYTES_MAX);
        is_there[i] = file.size > 0 && part_read(&parts[i], run, i, file, scratch) == OK;
        found += is_there[i];
        if (!is_there[i]) {
            delete_file(d, name);
            arena_rewind(memory, mark);
        }
    }
    return found;
}

typedef enum { PARTS_MADE, PLAN_IS_FALSE, NOT_KEPT } parts_outcome;

static parts_outcome make_parts(run_part *parts, const bool *is_there, char error[JOBS_ERROR_BYTES],
                                const jobs_directory *d, prover_run *run, arena *memory, arena *scratch)
{
    uint64_t left = 0;
    for (uint32_t i = 0; i < run->part_count; i++)
        left += is_there[i] ? 0 : prover_part_cells(run, i);
    for (uint32_t i = 0; i < run->part_count; i++) {
        if (is_there[i])
            continue;
        boundary_record record;
        left -= prover_part_cells(run, i);
        prover_part(&parts[i], &record, run, i, left, memory, scratch);
        if (!digest_equal(&record.root, &run->records[i].root))
            return PLAN_IS_FALSE;
        char name[FILE_NAME_BYTES];
        size_t mark = scratch->used_bytes;
        bool kept = write_file(error, d, part_file(name, i), part_write(scratch, run, &parts[i]));
        arena_rewind(scratch, mark);
        if (!kept)
            return NOT_KEPT;
    }
    return PARTS_MADE;
}

bool jobs_directory_prove(run_proof *proof, uint32_t *found, char error[JOBS_ERROR_BYTES], jobs_directory *d,
                          prover_run *run, arena *memory, arena *scratch)
{
    size_t mark = memory->used_bytes;
    bool trusts = true; /* that a plan which is there may be true: its lies show in the parts, or in the whole */
    for (;; trusts = false) {
        arena_rewind(memory, mark);
        bytes plan = trusts ? read_file(d, memory, plan_file, PLAN_BYTES_MAX) : (bytes){NULL, 0};
        bool is_kept = plan.size > 0 && plan_read_records(run, memory, plan);
        if (!trusts)
            delete_all(d);
        if (!is_kept && !commit(error, d, run, memory, scratch))
            return false;
        run_part *parts = ARENA_NEW(memory, run_part, run->part_count);
        bool *is_there = ARENA_NEW(memory, bool, run->part_count);
        *found = find_parts(parts, is_there, d, run, memory, scratch);
        parts_outcome outcome = make_parts(parts, is_there, error, d, run, memory, scratch);
        if (outcome == NOT_KEPT)
            return false;
        status s = outcome == PARTS_MADE ? parts_assemble(proof, run, parts, scratch) : PROOF_SHAPE;
        if (s == OK)
            return true;
        if (!is_kept && *found == 0)
            return say_faulty(error, s);
    }
}

/* ---- joining -------------------------------------------------------------------------------------- */

/* A node that is there and holds is taken; else it is made, and kept. */
static bool make_node(char error[JOBS_ERROR_BYTES], const jobs_directory *d, join_tree *t, const tree_node *node,
                      const prover_program *join, arena *memory, arena *scratch)
{
    char name[FILE_NAME_BYTES];
    node_file(name, node->level, node->index);
    run_proof proof;
    size_t mark = memory->used_bytes;
    bytes file = read_file(d, memory, name, NODE_BYTES_MAX);
    bool was_found = file.size > 0 && node_read(&proof, memory, join, node->output, node->rows, file, scratch) == OK;
    if (!was_found) {
        delete_file(d, name);
        arena_rewind(memory, mark);
        run_proof made;
        join_tree_prove(&made, t, node, memory, scratch);
        bytes artefact = node_write(memory, join->verifier, &made);
        status s = node_read(&proof, memory, join, node->output, node->rows, artefact, scratch);
        if (s != OK)
            return say_faulty(error, s);
        if (!write_file(error, d, name, artefact))
            return false;
    }
    join_tree_put_node(t, node, &proof, was_found);
    return true;
}

bool jobs_directory_join(joined_proof *joined, tree_report *report, status *outcome, char error[JOBS_ERROR_BYTES],
                         jobs_directory *d, const run_proof *proof, const tree_options *options, arena *memory, arena *scratch)
{
    join_tree *t = join_tree_open(memory, options, proof);
    for (uint32_t i = 0; i < proof->part_count; i++)
        join_tree_put_part(t, i);
    *outcome = OK;
    *report = (tree_report){0};
    while (*outcome == OK && !join_tree_is_whole(t)) {
        const tree_node *node = NULL;
        *outcome = join_tree_next(&node, t, memory, scratch);
        if (*outcome == OK && !make_node(error, d, t, node, options->join, memory, scratch))
            return false;
    }
    if (*outcome == OK)
        *outcome = join_tree_result(joined, report, t);
    return true;
}
