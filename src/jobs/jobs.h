/* A run of a program proven as jobs, one for each part and for each node of the tree that joins them: kept in a directory, so that
 * what was proven outlives the process; or done by workers, on this machine and on others, over PostgreSQL. Every part and node
 * comes out the same wherever it is made, so the proof has the bytes that prover_prove and tree_join_parts give. Hosted. */
#ifndef ASHLAR_JOBS_JOBS_H
#define ASHLAR_JOBS_JOBS_H

#include "prover/tree.h"
#include "telemetry/metrics.h"

enum { JOBS_ERROR_BYTES = 400 };

/* ---- in a directory ------------------------------------------------------------------------------- */

typedef struct jobs_directory jobs_directory;

/* What becomes of the run, which is planned, in `path`: made if it is not there. The run's artefacts lie in a folder of its
 * own there, whose name says which run, of which version and cut how; what other runs have there is left alone. False with
 * *error: it cannot be used, or another process works on this run there. */
bool jobs_directory_open(jobs_directory **d, char error[JOBS_ERROR_BYTES], arena *memory, const prover_run *run,
                         const char *path);
/* Proves the parts that are not there, and keeps each before it begins the next. What it finds it verifies first, and deletes
 * what does not hold. An end at any moment costs the part under way and nothing else. *found: parts that were there. The proof
 * lies in `memory`, and has been verified. False with *error: something cannot be written. */
bool jobs_directory_prove(run_proof *proof, uint32_t *found, char error[JOBS_ERROR_BYTES], jobs_directory *d,
                          prover_run *run, arena *memory, arena *scratch);
/* Joins them, after that, in the same way: nodes are kept beside the parts, and what is there is verified first. *outcome is that of
 * tree_join_parts; where it is OK, the joined proof lies in `memory` and borrows `proof`. False with *error: something cannot be
 * written. */
bool jobs_directory_join(joined_proof *joined, tree_report *report, status *outcome, char error[JOBS_ERROR_BYTES],
                         jobs_directory *d, const run_proof *proof, const tree_options *tree, arena *memory, arena *scratch);
/* `is_finished`: deletes the run's folder, as whoever asked has the proof. */
void jobs_directory_close(jobs_directory *d, bool is_finished);

/* ---- on a queue ----------------------------------------------------------------------------------- */

/* A guest program that this build has. What a worker proves is one of these, whatever the queue says. */
typedef struct {
    const uint8_t *id; /* PROGRAM_ID_BYTES */
    bytes elf;
} jobs_program;

typedef struct jobs_build {
    const jobs_program *programs;
    uint32_t program_count;
    jobs_program join; /* that nodes are runs of */
} jobs_build;

typedef struct {
    const char *url; /* postgres://…, as libpq reads it */
    const jobs_build *build; /* both needed for jobs_keeper_open alone */
    /* Some times a minute, for each worker of late, by login and name: what it did since the queue was made. May be NULL. */
    void (*worker)(void *context, const char *name, const metrics_work *work);
    void *worker_context;
} jobs_queue;

typedef struct jobs_keeper jobs_keeper;

/* Hands in the run, which is planned and committed to; one that is there already goes on. The database gets the queue's tables
 * where it has none. Only this process writes them: it verifies each part that a worker gives before it counts. False with
 * *error: no connection, no right to it, another process keeps this run. */
bool jobs_keeper_open(jobs_keeper **k, char error[JOBS_ERROR_BYTES], arena *memory, arena *scratch, prover_run *run,
                      const jobs_queue *queue);
/* Until workers have made all parts. Tells the run's progress. A server that goes away is waited for. False with *error: a
 * job failed at three logins, or ten times at three or more, leases that ran out among them; or what all who came gave did not
 * hold, so that nobody is left. */
bool jobs_keeper_prove(run_proof *proof, char error[JOBS_ERROR_BYTES], jobs_keeper *k, arena *memory, arena *scratch);
/* The same, and the nodes that join them, each as soon as its children are there. *outcome is that of tree_join_parts: where it
 * is OK, *joined lies in `memory` and borrows *proof; else there are the parts alone. */
bool jobs_keeper_join(joined_proof *joined, tree_report *report, status *outcome, run_proof *proof,
                      char error[JOBS_ERROR_BYTES], jobs_keeper *k, const tree_options *tree, arena *memory, arena *scratch);

/* What the workers did for this run, most first; `write` gets a line each, without its end. */
void jobs_keeper_report(jobs_keeper *k, void (*write)(void *context, const char *line), void *context);
/* `is_finished`: takes the run off the queue. */
void jobs_keeper_close(jobs_keeper *k, bool is_finished);

typedef struct {
    const char *url;
    const char *name; /* of this worker; its login is what counts */
    const verifier *verifier;
    const jobs_build *build;
    uint64_t memory_bytes; /* that a job may take */
    uint32_t threads;
    uint64_t idle_seconds; /* ends once it has had no job for so long; 0: never */
    /* Its lease has gone to somebody else while it worked: does not return. */
    void (*begin_anew)(void);
} jobs_worker_options;

/* Takes jobs one after another, and logs each. SIGTERM and SIGINT end the process at once, and hand its job back. Returns only
 * for want of jobs (true), or with *error: no connection at the start, no right to the queue. */
bool jobs_worker_run(char error[JOBS_ERROR_BYTES], const jobs_worker_options *options);

#endif
