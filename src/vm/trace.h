/* Fills the machine's tables from what the emulator recorded. Hosted.
 *
 * Every table lies in the arena given, column-major, padded as vm_heights says. */
#ifndef ASHLAR_VM_TRACE_H
#define ASHLAR_VM_TRACE_H

#include "riscv/emulator.h"
#include "stark/proof_prover.h"
#include "vm/machine.h"

/* How many rows a table has: a power of two, at least 64; or just so many that they are a multiple of their grain
 * (layout.h), at least one where the table must be there. */
typedef enum { VM_POWERS_OF_TWO, VM_GRAINS } vm_heights;

/* What one proof is about. */
typedef struct {
    vm_kind kind;
    vm_heights heights;
    const riscv_program *program;
    /* kinds with a segment */
    const riscv_segment *segment;
    const riscv_trace_data *trace; /* not needed for the boundary alone */
    /* kinds with a ledger: this part's rows, and the key of the row before them */
    const riscv_ledger_row *ledger;
    uint32_t ledger_count;
    fp key_before;
} vm_source;

/* Tables of one proof, in key order; or the preprocessed ones. */
typedef struct {
    stark_table tables[VM_CHIPS];
    uint32_t count;
    uint64_t used_rows[VM_CHIPS]; /* by chip: rows that are no padding */
} vm_tables;

/* Rows that a chip has for each item of a call, and for each call besides. */
typedef struct {
    vm_chip chip;
    uint32_t call, rows_of_item, rows_of_call;
} vm_call_rows;

enum { VM_CALL_CHIPS = 20 };
extern const vm_call_rows vm_calls_rows[VM_CALL_CHIPS];

/* Chips with a row for each of something that the call open has besides leaves (abi/calls.h). */
typedef struct {
    vm_chip chip;
    uint32_t part;
} vm_leaf_rows;

enum { VM_LEAF_CHIPS = 5 };
extern const vm_leaf_rows vm_leaf_rows_of[VM_LEAF_CHIPS];

/* Public values that belong to the source. */
vm_public vm_source_public(const vm_source *source);

/* The last row's key, of a source with a ledger. */
fp vm_source_key_after(const vm_source *source);

/* The preprocessed columns of all six providers, for proof_setup. */
void vm_preprocess(vm_tables *preprocessed, arena *a, const riscv_program *program, vm_heights heights);
/* Their heights alone, without columns. */
void vm_preprocess_rows(vm_tables *preprocessed, const riscv_program *program, vm_heights heights);

/* What a recorded segment costs a proof: by chip, rows that are no padding, their committed cells and their interactions. The
 * tables that every segment looks things up in are left out. */
typedef struct {
    uint64_t rows, cells, interactions;
} vm_cost;

void vm_add_costs(vm_cost costs[VM_CHIPS], const stark_machine *m, const riscv_segment *segment);

/* The rows that vm_fill will give the tables, 0 for those that are absent. Needs no trace. */
void vm_plan_rows(uint32_t rows[STARK_MAX_CHIPS], const vm_source *source, const vm_tables *preprocessed);

/* Only the tables with boundary columns, and only those columns, for proof_boundary_root. */
void vm_fill_boundary(vm_tables *tables, arena *a, const vm_source *source);

/* All tables of a proof: every phase, with the providers' multiplicities. Preprocessed columns are borrowed
 * from `preprocessed`. Returns how many lookups no provider has: none, for what the emulator executed by the
 * rules. */
uint64_t vm_fill(vm_tables *tables, arena *a, const stark_machine *m, const vm_source *source,
                 const vm_tables *preprocessed);

/* The multiplicities alone, anew, for tables that were changed. Returns the number of lookups that no
 * provider has, of which `report` (may be NULL) hears each. */
uint64_t vm_count_lookups(const stark_machine *m, const vm_tables *tables, const proof_claim *claim,
                          stark_report report, void *context, arena *scratch);

/* The rows, opened matrices and public values of a claim for these tables. */
void vm_claim(proof_claim *claim, const vm_tables *tables, const vm_public *values);

/* What the verifier adds to the buses, for stark_check: EXEC for a segment; ORDER for a ledger part, and OUTPUT if it
 * holds the output words. Returns the count. */
enum { VM_EXTERNAL_MAX = 8 };
uint32_t vm_external(stark_external_message out[VM_EXTERNAL_MAX], const vm_source *source, const hash256 *output);

#endif
