/* Proves a run of a program: executes it once, cuts it into segments, commits to their boundaries, draws the shared
 * challenge, and proves each segment and the ledger. Hosted. */
#ifndef ASHLAR_PROVER_RUN_H
#define ASHLAR_PROVER_RUN_H

#include "riscv/emulator.h"
#include "stark/proof_prover.h"
#include "verify/run.h"
#include "vm/trace.h"

/* What a lying prover changes, for tests; members may be NULL. Everything downstream is computed honestly. */
typedef struct {
    void *context;
    /* The tables of part `part` (from 0), first those that the boundary commitment is made of, later all. */
    void (*change_tables)(void *context, uint32_t part, vm_tables *tables, bool boundary_only);
    /* The places of all parts, before the shared challenge is drawn. */
    void (*change_parts)(void *context, run_part *parts, uint32_t count);
    /* What χ is drawn from, before its nonce is ground. */
    void (*change_header)(void *context, run_header *header);
    bool recount_lookups; /* count the providers' multiplicities anew after change_tables */
    const proof_lies *proof;
} prover_lies;

typedef struct {
    const char *stage;      /* "execute", "commit", "prove", … */
    uint32_t part, parts;   /* from 1; 0 where not known yet */
    uint32_t node, nodes;   /* likewise, of the tree that joins the parts (prover/progress.h) */
    uint64_t cycles_done, cycles;
    double seconds_left;    /* below 0: not known yet */
} prover_progress;

typedef struct {
    uint64_t memory_bytes;        /* to stay under; segments are made as short as that needs */
    uint32_t segment_log2_cycles; /* at most; 0: as many as fit */
    uint32_t ledger_rows;         /* in one part, at most; 0: as many as fit */
    void (*progress)(void *context, const prover_progress *p); /* may be NULL */
    void *progress_context;
    const prover_lies *lies; /* NULL but in tests */
} prover_options;

enum { PROVER_STAGES_MAX = 24 };

typedef struct {
    const char *name;
    double seconds;
} prover_stage;

typedef struct {
    double execute_seconds, commit_seconds, trace_seconds, prove_seconds;
    uint64_t cycles;
    uint32_t segment_count, ledger_count;
    uint32_t parts_proven;  /* here: the others were there already, or come from others */
    uint64_t cycles_proven;
    uint64_t used_rows[VM_CHIPS], rows[VM_CHIPS], cells[VM_CHIPS]; /* over all parts; cells are committed ones */
    size_t planned_bytes; /* what the largest part takes */
    prover_stage stages[PROVER_STAGES_MAX]; /* over all parts, in the order in which they first came */
    uint32_t stage_count;
} prover_report;

/* A program made ready: loaded, its preprocessed tables committed. */
typedef struct {
    const verifier *verifier;
    riscv_program program;
    vm_tables preprocessed;
    program_key key;
    digest id;
    proof_proving_key *proving_key;
} prover_program;

/* ELF_MALFORMED with *reason (may be NULL). Everything lives in the arena; the verifier is borrowed. */
status prover_program_open(prover_program *p, arena *memory, const char **reason, const verifier *v, bytes elf);

/* Why a run has no proof. */
typedef struct {
    riscv_fault fault;
    uint32_t pc4;
    uint64_t address; /* what the fault is about; the exit code for RISCV_FAULT_EXIT_CODE */
} prover_fault;

/* How a run is cut into parts: with the program and the input it says what each part is. */
typedef struct {
    uint64_t segment_cells; /* a segment ends where it comes to so many; */
    uint32_t segment_log2_cycles;
    uint32_t ledger_rows; /* in one part, at most */
    bool is_both;         /* one proof for all; only where there is one segment and one ledger part */
} prover_cut;

/* A run that was executed and cut. Its parts are proven one by one, in any order, by whoever has the program, the input and
 * the cut: each comes out the same everywhere. */
typedef struct {
    const prover_program *program;
    const prover_options *options;
    prover_report *report;
    bytes input, output;
    prover_cut cut;
    uint64_t cycles;
    uint32_t segment_count, ledger_count, part_count;
    run_part *parts; /* their places and planned heights; the proofs are not here */
    /* From prover_commit on: */
    boundary_record *records;
    run_header header;
    bus_challenge shared;
    /* Private. */
    struct prover_execution *execution;
} prover_run;

/* Executes the run and cuts it into as few parts as the memory allows. The run lives in the arena `memory` and borrows what
 * it is given; `scratch` is used and given back; close it, whatever the status. GUEST_FAULT: see `fault`; OUTPUT_MISMATCH: the
 * program made something else public; MEMORY_LIMIT: not even the shortest segments fit into memory_bytes;
 * INPUT_MALFORMED: larger than the input region. */
status prover_plan(prover_run *run, prover_report *report, prover_fault *fault, arena *memory, arena *scratch,
                   const prover_program *program, bytes input, bytes output, const prover_options *options);
/* Cuts it as somebody else did, who may lie: then PROOF_SHAPE too. What it takes is for the caller to see: prover_part_bytes. */
status prover_plan_as(prover_run *run, prover_report *report, prover_fault *fault, arena *memory, arena *scratch,
                      const prover_program *program, bytes input, bytes output, const prover_options *options,
                      const prover_cut *cut);
void prover_close(prover_run *run);

/* Memory that proving part `i`, from 0, takes, and its committed cells. */
size_t prover_part_bytes(const prover_run *run, uint32_t i, arena *scratch);
uint64_t prover_part_cells(const prover_run *run, uint32_t i);

/* Commits to all boundaries and draws χ. */
void prover_commit(prover_run *run, arena *memory, arena *scratch);
/* The same with the records and the nonce that somebody else came to, who may lie: PROOF_SHAPE, PROOF_GRINDING. The record of a
 * part shows to be false when that part is proven. */
status prover_commit_as(prover_run *run, const boundary_record *records, uint32_t shared_nonce);

/* Proves a part; the proof lies in `memory`. *record (may be NULL) is what it commits to: run->records[i], unless that is
 * false. `left_cells` (of all that is to be proven after it) is for the progress. */
void prover_part(run_part *part, boundary_record *record, prover_run *run, uint32_t i, uint64_t left_cells, arena *memory,
                 arena *scratch);

/* All parts, each as prover_part makes it, as one proof; borrows them. */
void prover_assemble(run_proof *proof, const prover_run *run, const run_part *parts);

/* Commits, and proves all parts one after another. The proof lies in `memory`. */
void prover_finish(run_proof *proof, prover_run *run, arena *memory, arena *scratch);

/* Both: plans and finishes. Statuses of prover_plan. */
status prover_prove(run_proof *proof, prover_report *report, prover_fault *fault, arena *memory, arena *scratch,
                    const prover_program *program, bytes input, bytes output, const prover_options *options);

#endif
