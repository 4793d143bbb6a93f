/* What proving a run takes, from executing it alone. Hosted. */
#ifndef ASHLAR_PROVER_ESTIMATE_H
#define ASHLAR_PROVER_ESTIMATE_H

#include "verify/run.h"
#include "vm/trace.h"

typedef struct {
    uint64_t cycles, cells, interactions; /* committed and looked up in all parts together, the ledger's too, padding and all */
    uint32_t segments;
    vm_cost chips[VM_CHIPS]; /* of the segments, by chip, as vm_add_costs has it */
} prover_estimate;

/* Runs a machine that has just been opened until it exits, at most to the end of the segment in which the cells come to
 * more than most_cells (0: no limit): then the machine has not halted. What prover_prove takes where memory does not make
 * its segments shorter; each part more takes the tables besides that all look things up in (half a million cells, with
 * Keccak one and a half). Statuses and the machine's fault as riscv_record has them. The scratch is
 * given back. */
status prover_estimate_run(prover_estimate *e, riscv_machine *machine, const verifier *v, uint64_t most_cells,
                           arena *scratch);

/* ---- what estimate and prover share ---- */

enum { PROVER_LOG2_CYCLES_MAX = 23, PROVER_LOG2_CELLS_MAX = 28 }; /* of a segment */

/* Committed cells of one row of a chip. */
uint32_t prover_chip_cells(const stark_machine *m, uint32_t chip);

/* What rows cost, in cells. */
riscv_weights prover_weights(const stark_machine *m);

/* Cells that a segment may have by the proof system's own limits. */
uint64_t prover_segment_cells_max(const verifier *v);

/* Where a segment ends that may have so many cycles and cells. Borrows the weights. */
riscv_limits prover_segment_limits(const verifier *v, const vm_tables *preprocessed, const riscv_weights *weights,
                                   uint32_t log2_cycles, uint64_t cells);
/* Rows of one part of the ledger. 0: the program leaves no room. */
uint32_t prover_ledger_rows_max(const verifier *v, const vm_tables *preprocessed);

#endif
