/* Proves a run of a program in the second protocol; it takes run.h's place once the first goes. Options, report, progress
 * and faults are those of run.h; of the lies not those of the first protocol's proofs. Hosted. */
#ifndef ASHLAR_PROVER_RUN2_H
#define ASHLAR_PROVER_RUN2_H

#include "prover/run.h"
#include "stark/proof_prover.h"
#include "verify/run2.h"

/* A program made ready: loaded, its preprocessed tables committed. */
typedef struct {
    const verifier2 *verifier;
    riscv_program program;
    vm_tables preprocessed;
    program_key2 key;
    digest id;
    proof_proving_key *proving_key;
} prover_program2;

/* As prover_program_open and prover_prove. Segments are cut by cells: as long as memory and the matrices allow. */
status prover_program2_open(prover_program2 *p, arena *memory, const char **reason, const verifier2 *v, bytes elf);
status prover_prove2(run_proof2 *proof, prover_report *report, prover_fault *fault, arena *memory, arena *scratch,
                     const prover_program2 *program, bytes input, bytes output, const prover_options *options);

#endif
