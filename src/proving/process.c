/* The process that counts and proves, seen from the node. */
#define _GNU_SOURCE
#include "proving/internal.h"

#include "base/clock.h"
#include "telemetry/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOWEST_PRIORITY = 19, WATCH_INTERVAL_MS = 200, LINE_BYTES = 512 };
#define MOST_RESULT_BYTES ((off_t)1 << 30)

static bool write_all(int fd, const void *data, size_t size_bytes)
{
    const uint8_t *at = data;
    while (size_bytes > 0) {
        ssize_t written = write(fd, at, size_bytes < (1u << 30) ? size_bytes : 1u << 30);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        at += written;
        size_bytes -= (size_t)written;
    }
    return true;
}

/* A file in memory that no path leads to. Below 0: none. */
static int write_job(const job_header *job, const bytes *inputs)
{
    static const uint8_t zeros[8];
    int fd = memfd_create("ashlar-job", MFD_CLOEXEC);
    bool fine = fd >= 0 && write_all(fd, job, sizeof *job);
    for (uint64_t i = 0; i < job->input_count && fine; i++) {
        uint64_t size = inputs[i].size;
        fine = write_all(fd, &size, sizeof size) && write_all(fd, inputs[i].data, inputs[i].size) &&
               write_all(fd, zeros, -inputs[i].size & 7);
    }
    fine = fine && lseek(fd, 0, SEEK_SET) == 0;
    if (!fine && fd >= 0)
        close(fd);
    return fine ? fd : -1;
}

/* In the child, between fork and exec: nothing but system calls. The first memory the system takes back is
 * its. */
static void become(const char *program, char **environment, pid_t parent, int job, int out, int result)
{
    /* Clear of the numbers that they go to. */
    job = fcntl(job, F_DUPFD, 16);
    out = fcntl(out, F_DUPFD, 16);
    result = fcntl(result, F_DUPFD, 16);
    if (dup2(job, JOB_INPUT_FD) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0 ||
        dup2(result, JOB_RESULT_FD) < 0)
        _exit(127);
    close_range(JOB_RESULT_FD + 1, ~0u, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127);
    setpriority(PRIO_PROCESS, 0, LOWEST_PRIORITY);
    int score = open("/proc/self/oom_score_adj", O_WRONLY);
    if (score >= 0 && write(score, "1000", 4) == 4)
        close(score);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    /* Who stops the node means the node alone, which ends this process by itself. */
    signal(SIGTERM, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    char *arguments[] = {"ashlar", "prove", "--job", NULL};
    execve(program, arguments, environment);
    _exit(127);
}

/* This process' environment, and threads that wait without spinning. */
static char **make_environment(void)
{
    size_t count = 0;
    while (environ[count] != NULL)
        count++;
    char **out = calloc(count + 2, sizeof *out);
    size_t kept = 0;
    for (size_t i = 0; i < count && out != NULL; i++)
        if (strncmp(environ[i], "OMP_WAIT_POLICY=", 16) != 0)
            out[kept++] = environ[i];
    if (out != NULL)
        out[kept] = "OMP_WAIT_POLICY=passive";
    return out;
}

static uint64_t resident_bytes(pid_t process)
{
    char path[64];
    unsigned long long all, resident = 0;
    snprintf(path, sizeof path, "/proc/%d/statm", (int)process);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return 0;
    if (fscanf(file, "%llu %llu", &all, &resident) != 2)
        resident = 0;
    fclose(file);
    return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

typedef struct {
    const process_watch *watch;
    char line[LINE_BYTES], last_words[LINE_BYTES], refusal[LINE_BYTES];
    size_t used;
    bool ended_by_us; /* with `why` */
    char why[LINE_BYTES];
} conversation;

/* What a worker on the queue did is a metric, whoever watches. */
static void take_worker(const char *line)
{
    unsigned long long done, failed, cells;
    double seconds;
    int name = 0;
    if (sscanf(line, "worker %llu %llu %llu %lf %n", &done, &failed, &cells, &seconds, &name) == 4 && line[name] != 0)
        metrics_worker(line + name, &(metrics_work){done, failed, cells, seconds});
}

static bool take_line(conversation *c)
{
    c->line[c->used] = 0;
    c->used = 0;
    if (strncmp(c->line, "worker ", 7) == 0) {
        take_worker(c->line);
        return true;
    }
    if (strncmp(c->line, "cost ", 5) == 0 || strncmp(c->line, "progress ", 9) == 0 ||
        strncmp(c->line, "node ", 5) == 0)
        return c->watch->line(c->watch->context, c->line);
    if (strncmp(c->line, "refused ", 8) == 0) {
        strcpy(c->refusal, c->line + 8);
        return c->watch->line(c->watch->context, c->line);
    }
    if (c->line[0] != 0)
        strcpy(c->last_words, c->line);
    return true;
}

static bool take_text(conversation *c, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\n') {
            if (!take_line(c))
                return false;
        } else if (c->used < sizeof c->line - 1) {
            c->line[c->used++] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
        }
    }
    return true;
}

static bool give_up(conversation *c, const char *why)
{
    snprintf(c->why, sizeof c->why, "%s", why);
    return false;
}

/* Until the process closes its output, or is not wanted any more. */
static bool listen_to(conversation *c, pid_t process, int in)
{
    uint64_t heard_ms = clock_milliseconds();
    for (;;) {
        struct pollfd wait = {.fd = in, .events = POLLIN};
        int ready = poll(&wait, 1, WATCH_INTERVAL_MS);
        uint64_t now_ms = clock_milliseconds();
        if (ready > 0) {
            char text[4096];
            ssize_t size = read(in, text, sizeof text);
            if (size == 0)
                return c->used == 0 || take_line(c); /* last words may lack their end */
            if (size > 0 && !take_text(c, text, (size_t)size))
                return give_up(c, "it was stopped");
            heard_ms = now_ms;
        }
        if (!c->watch->line(c->watch->context, NULL))
            return give_up(c, "it was stopped");
        if (now_ms - heard_ms > c->watch->silence_ms)
            return give_up(c, "the prover said nothing for too long and was ended");
        if (resident_bytes(process) > c->watch->memory_bytes)
            return give_up(c, "the prover took more memory than it may and was ended: allow more with "
                              "--prover-memory");
    }
}

static void explain(char *error, size_t error_bytes, const conversation *c, int outcome)
{
    const char *words = c->last_words[0] != 0 ? c->last_words : "no last words";
    if (c->why[0] != 0)
        snprintf(error, error_bytes, "%s", c->why);
    else if (c->refusal[0] != 0)
        snprintf(error, error_bytes, "%s", c->refusal);
    else if (WIFSIGNALED(outcome))
        snprintf(error, error_bytes, "the prover was ended by signal %d (%s)", WTERMSIG(outcome),
                 WTERMSIG(outcome) == SIGKILL ? "somebody, or the system for want of memory" : words);
    else
        snprintf(error, error_bytes, "the prover ended with exit code %d (%s)", WEXITSTATUS(outcome), words);
}

static bool take_result(bytes *result, int fd)
{
    struct stat file;
    *result = (bytes){NULL, 0};
    if (fstat(fd, &file) != 0 || file.st_size > MOST_RESULT_BYTES)
        return false;
    if (file.st_size == 0)
        return true;
    void *map = mmap(NULL, (size_t)file.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (map == MAP_FAILED)
        return false;
    *result = (bytes){map, (size_t)file.st_size};
    return true;
}

static bool converse(bytes *result, char *error, size_t error_bytes, pid_t process, int in, int result_fd,
                     const process_watch *watch)
{
    conversation *c = calloc(1, sizeof *c);
    if (c == NULL) {
        kill(process, SIGKILL);
        waitpid(process, NULL, 0);
        snprintf(error, error_bytes, "no memory");
        return false;
    }
    c->watch = watch;
    int outcome = 0;
    snprintf(c->line, sizeof c->line, "process %d", (int)process);
    bool fine = watch->line(watch->context, c->line) && listen_to(c, process, in);
    if (!fine)
        kill(process, SIGKILL);
    while (waitpid(process, &outcome, 0) < 0 && errno == EINTR)
        ;
    fine = fine && WIFEXITED(outcome) && WEXITSTATUS(outcome) == 0 && c->refusal[0] == 0;
    if (!fine)
        explain(error, error_bytes, c, outcome);
    else if (!take_result(result, result_fd)) {
        snprintf(error, error_bytes, "the prover's result cannot be read");
        fine = false;
    }
    free(c);
    return fine;
}

bool process_run(bytes *result, char *error, size_t error_bytes, const char *program, const job_header *job,
                 const bytes *inputs, const process_watch *watch)
{
    pid_t process = -1;
    int ends[2] = {-1, -1}, result_fd = memfd_create("ashlar-proof", MFD_CLOEXEC);
    int job_fd = write_job(job, inputs);
    char **environment = make_environment();
    bool fine = result_fd >= 0 && job_fd >= 0 && environment != NULL && pipe2(ends, O_CLOEXEC) == 0;
    *result = (bytes){NULL, 0};
    if (fine) {
        pid_t parent = getpid();
        process = fork();
        if (process == 0)
            become(program != NULL ? program : "/proc/self/exe", environment, parent, job_fd, ends[1],
                   result_fd);
        close(ends[1]);
        ends[1] = -1;
    }
    if (process > 0)
        fine = converse(result, error, error_bytes, process, ends[0], result_fd, watch);
    else {
        snprintf(error, error_bytes, "the prover cannot be started: %s", strerror(errno));
        fine = false;
    }
    free(environment);
    int open_fds[] = {ends[0], ends[1], job_fd, result_fd};
    for (size_t i = 0; i < sizeof open_fds / sizeof *open_fds; i++)
        if (open_fds[i] >= 0)
            close(open_fds[i]);
    return fine;
}
