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
    uint64_t first_unlinked; /* nothing is left to be joined that ends below it */
    uint64_t link_failures;  /* in a row, of one link; the prover's thread alone */
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
/* What is going on: `now`, and then what the process says of its progress. */
void proving_set_now(proving *p, const proving_now *now);
void proving_take_progress(proving *p, const char *line, uint64_t begun_ms);
/* Whether a file is a proof of this build's program, and what it makes public, in the arena or the file. Statuses of
 * run_verify and joined_proof_verify. */
status proving_verify(bytes *output, bool *is_joined, arena *memory, const proving *p, bytes file);
/* Joins two proofs of batches, where there are two to be joined and no batch waits: *found. */
status proving_link(proving *p, arena *memory, bool *found);

/* The folder for what is made of the proof of this batch, in the arena; others that are there are removed. NULL: it is not
 * kept, or cannot be, which is logged. */
char *work_open(arena *memory, const proving_options *o, const batch *b);
void work_clear(const proving_options *o);

/* ---- the process that works for them ---- */

/* A job's file: this, then each input as its length, a word, and its bytes, with zeros up to a multiple of
 * 8. Both sides are the same build. It answers in lines:
 *
 *     cost CYCLES CELLS for each input of COUNT, in order; more than max_cells: not run to the end
 *     refused TEXT      in place of it, or of a proof: why there is none
 *     progress PART PARTS DONE CYCLES LEFT STAGE
 *     node NODE NODES LEFT STAGE      NODES 0: not known yet
 *     worker DONE FAILED CELLS SECONDS NAME     with a queue: what each worker on it did since it was made
 *
 * The inputs of PROVE are the program's, the URL of a queue, and the directory where parts and nodes are kept: texts with a zero
 * after them, empty where there is none; it gives one joined proof, or those of the parts where they do not fit a node. Those of
 * LINK are joined proofs whose runs follow each other. Either ends with exit code 0 once the proof lies in descriptor 3. Anything
 * else is its last words. */
enum { JOB_COUNT = 1, JOB_PROVE = 2, JOB_LINK = 3 };
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
