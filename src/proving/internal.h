/* What the files of proving share: a job, and the process that does it. */
#ifndef ASHLAR_PROVING_INTERNAL_H
#define ASHLAR_PROVING_INTERNAL_H

#include "proving/proving.h"

#include <pthread.h>
#include <sys/types.h>

/* ---- what the two threads share ---- */

/* Both work on snapshots of the database and write short transactions that look again at what they are
 * about. */
struct proving {
    node *n; /* from proving_start on */
    proving_options options;
    bool is_started;
    pthread_t grouper, prover;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool stop;
    uint64_t first_open; /* batches below it are proven or failed */
    uint64_t drops;      /* how often batches went */
    proving_now now;
};

/* Reserved, not taken. */
#define PROVING_ARENA_BYTES ((size_t)64 << 30)
enum {
    PROVING_REST_MS = 500, /* at most until a thread looks again */
    PROVING_REST_AFTER_ERROR_MS = 5000,
    PROVING_PRIORITY = 19, /* the lowest */
};

void *proving_group(void *p); /* the threads */
void *proving_prove(void *p);

bool proving_is_stopping(proving *p);
/* Until something changes, but not for longer. */
void proving_rest(proving *p, uint64_t ms);
/* Before the next attempt after so many that failed: new blocks do not shorten it. */
void proving_rest_after(proving *p, uint64_t failures);
/* A block and its witness, as the guest reads it, in the arena `to`; what else it takes in the view's is
 * given back. */
status proving_write_input(bytes *out, arena *to, store_view *v, uint64_t number);

/* ---- the process that works for them ---- */

/* A job's file: this, then each input as its length, a word, and its bytes, with zeros up to a multiple of
 * 8. Both sides are the same build. It answers in lines:
 *
 *     cost CYCLES CELLS for each input of COUNT, in order; more than max_cells: not run to the end
 *     refused TEXT      in place of it, or of a proof: why there is none
 *     progress PART PARTS DONE CYCLES LEFT STAGE
 *     worker DONE FAILED CELLS SECONDS NAME     with a queue: what each worker on it did since it was made
 *
 * The second input of PROVE, where there is one, is the URL of a queue, with a zero after it.
 * It ends, for PROVE, with exit code 0 once the proof lies in descriptor 3. Anything else is its last words. */
enum { JOB_COUNT = 1, JOB_PROVE = 2 };
typedef struct {
    uint64_t kind, memory_bytes, threads, max_cells, input_count;
} job_header;

enum { JOB_INPUT_FD = 0, JOB_RESULT_FD = 3 };

typedef struct {
    /* Called for each line, first "process PID", and some times a second with NULL; false ends the
     * process. */
    bool (*line)(void *context, const char *text);
    void *context;
    uint64_t memory_bytes; /* the process may be so large */
    uint64_t silence_ms;
} process_watch;

/* Runs `program prove --job` on the inputs until it ends. True with exit code 0: the result's file is
 * mapped, owned (munmap) where its size is not 0. False with `error` saying why, in a line. */
bool process_run(bytes *result, char *error, size_t error_bytes, const char *program, const job_header *job,
                 const bytes *inputs, const process_watch *watch);

#endif
