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
    double setup_seconds, execute_seconds, commit_seconds, trace_seconds, prove_seconds;
    uint64_t cycles;
    uint32_t segment_count, ledger_count;
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

/* Proves that the program, on this private input, makes `output` public (the preimage of the digest that it stores). The
 * proof lies in the arena `memory`; `scratch` is used and given back. GUEST_FAULT: see `fault`; OUTPUT_MISMATCH: the
 * program made something else public; MEMORY_LIMIT: not even the shortest segments fit into memory_bytes;
 * INPUT_MALFORMED: larger than the input region. */
status prover_prove(run_proof *proof, prover_report *report, prover_fault *fault, arena *memory, arena *scratch,
                    const prover_program *program, bytes input, bytes output, const prover_options *options);

/* Committed cells of one row of a chip. */
uint32_t prover_chip_cells(const stark_machine *m, uint32_t chip);

#endif
