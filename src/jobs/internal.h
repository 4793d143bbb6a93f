/* What the files of jobs share, from the ground up. */
#ifndef ASHLAR_JOBS_INTERNAL_H
#define ASHLAR_JOBS_INTERNAL_H

#include "jobs/jobs.h"

/* ---- artefact.c: what is kept, and whether it holds ----------------------------------------------- */

/* Larger ones are not read. */
enum { PLAN_BYTES_MAX = 16 << 20, PART_BYTES_MAX = RUN_PART_BYTES_MAX + (4 << 10) };

/* A run as jobs: its program, the version that cut it, its input and the cut are all in the name. */
typedef struct {
    uint8_t bytes[32];
} run_name;
run_name run_name_of(const prover_run *run);
bool same_run_name(const run_name *a, const run_name *b);
enum { RUN_NAME_TEXT_BYTES = 65 };
const char *run_name_text(char out[RUN_NAME_TEXT_BYTES], const run_name *name);

/* A plan: how the run is cut, what it makes public, the records of all parts and the nonce of χ. */
bytes plan_write(arena *memory, const prover_run *run);
/* Of an untrusted one: what whoever executes the run must know before. False: malformed, or changed since it was written. */
bool plan_read_cut(prover_cut *cut, bytes *output, bytes plan);
/* Its records, for a run that was cut so: prover_commit_as. False: it is about another run, or does not hold. */
bool plan_read_records(prover_run *run, arena *memory, bytes plan);

/* A part is kept as it stands in a proof file. */
bytes part_write(arena *memory, const prover_run *run, const run_part *part);
/* OK: it is part `i` of this run, verified; it borrows the artefact. PROOF_SHAPE: it is about something else, or its tables
 * are taller than they need be. */
status part_read(run_part *part, const prover_run *run, uint32_t i, bytes artefact, arena *scratch);

/* A node of the tree over a run's parts: the plan of a run of `join`, for plan_read_cut alone; and its proof. */
enum { NODE_BYTES_MAX = PART_BYTES_MAX };
bytes plan_write_node(arena *memory, const tree_node *node);
bytes node_write(arena *memory, const verifier *v, const run_proof *proof);
/* OK: it is a proof that this `join` made that output public, with so many rows of each chip, verified. It lies in `memory` and
 * borrows the artefact, which is 8-byte aligned, and the output. PROOF_SHAPE: other rows. */
status node_read(run_proof *proof, arena *memory, const prover_program *join, bytes output, const uint32_t *rows,
                 bytes artefact, arena *scratch);

/* Whether all parts together make a proof. */
status parts_assemble(run_proof *proof, const prover_run *run, const run_part *parts, arena *scratch);

/* ---- database.c: PostgreSQL ----------------------------------------------------------------------- */

typedef struct database_connection queue_connection;

typedef enum {
    QUEUE_FINE,
    QUEUE_AGAIN,   /* the server is gone, or full, or busy: may go better later */
    QUEUE_REFUSED, /* will not */
} queue_outcome;

/* A parameter: bytes, or text. */
typedef struct {
    const void *data; /* NULL: null */
    int size_bytes;
    bool is_binary;
} queue_parameter;
queue_parameter queue_bytes(bytes b);
queue_parameter queue_text(const char *text);

typedef struct queue_result queue_result;

/* QUEUE_REFUSED or QUEUE_AGAIN with *error. */
queue_outcome queue_connect(queue_connection **c, char error[JOBS_ERROR_BYTES], const char *url);
void queue_disconnect(queue_connection *c);
/* One statement. The result (may be NULL) is owned where the outcome is QUEUE_FINE: queue_free. */
queue_outcome queue_do(queue_result **result, char error[JOBS_ERROR_BYTES], queue_connection *c, const char *statement,
                       const queue_parameter *parameters, int count);
/* Statements without parameters. */
queue_outcome queue_script(char error[JOBS_ERROR_BYTES], queue_connection *c, const char *text);
/* Until somebody notifies, or so long. */
void queue_wait(queue_connection *c, int milliseconds);

int queue_rows(const queue_result *r);
bool queue_is_null(const queue_result *r, int row, int column);
int64_t queue_number(const queue_result *r, int row, int column); /* of int4, int8, bool */
const char *queue_string(const queue_result *r, int row, int column); /* what is not printable ASCII is '?' */
bytes queue_data(const queue_result *r, int row, int column);
double queue_real(const queue_result *r, int row, int column); /* of float8 */
void queue_free(queue_result *r);

/* Which worker fits which run: the version, the machine and the programs of a build. */
enum { BUILD_TEXT_BYTES = 64 };
const char *build_text(char out[BUILD_TEXT_BYTES], const verifier *v, const jobs_build *build);

extern const char queue_schema[]; /* queue.sql */

/* What a worker says where the run's plan, not the part, is at fault. */
#define ERROR_OF_PLAN "the plan: "

#endif
