/* The machine as the proof system sees it: its chips, and what prover and verifier of a segment or ledger
 * part must agree on. Freestanding; how tables are filled is in trace.h.
 *
 * A proof is of one kind: a segment of the run, a part of its ledger, or, for a run of one segment, both. */
#ifndef ASHLAR_VM_MACHINE_H
#define ASHLAR_VM_MACHINE_H

#include "riscv/program.h"
#include "stark/proof.h"
#include "vm/bus.h"

typedef enum {
#define CHIP(NAME, name, tree, in_segment, in_ledger) VM_CHIP_##NAME,
#include "vm/chips.def"
#undef CHIP
    VM_CHIPS
} vm_chip;

/* Where preprocessed columns are: in formulas, as they are the same for all programs, or in a matrix of the key. */
typedef enum { VM_TREE_COMMON, VM_TREE_PROGRAM, VM_TREE_IMAGE, VM_TREES, VM_TREE_NONE = 0 } vm_tree;

typedef enum { VM_SEGMENT = 1, VM_LEDGER = 2, VM_BOTH = 3 } vm_kind;

typedef enum { VM_FORBIDDEN, VM_OPTIONAL, VM_MANDATORY } vm_presence;

extern const air *const vm_airs[VM_CHIPS];

/* Records all tapes, in key order. */
void vm_machine_open(stark_machine *m, arena *memory);

/* Whether a chip may or must be in a proof of this kind. */
vm_presence vm_chip_presence(vm_kind kind, vm_chip chip);

/* protocol.md, section 10, check 2 of a part, as far as the kind fixes it: PROOF_SHAPE if a chip is absent that must be
 * there, or present that must not. */
__attribute__((warn_unused_result)) status vm_check_presence(vm_kind kind,
                                                             const uint32_t rows[STARK_MAX_CHIPS]);

/* What the messages of one proof refer to besides columns. */
typedef struct {
    vm_kind kind;
    uint32_t segment; /* s, from 1; for kinds with a segment */
} vm_public;

/* Sets opens and public_values of the claim; the caller sets the rest. */
void vm_claim_public(proof_claim *claim, const vm_public *values);

/* A word's place in the ledger, 2^29·space + w; part 1 starts after vm_first_key_before() = −1. */
fp vm_ledger_key(uint32_t space, uint32_t w);
fp vm_first_key_before(void);

/* 1/f of a message: fingerprint f = γ + tag + Σ α^i·m_i. False if f is zero: then reject the proof. */
__attribute__((warn_unused_result)) bool vm_message_term(fp5 *term, const bus_challenge *challenge,
                                                         bus_tag tag, const uint32_t *message,
                                                         uint32_t length);

/* The verifier's own terms. For a segment, local_sum + *sum must be 0:
 * *sum = 1/f(EXEC, pc4_first, 0) − 1/f(EXEC, pc4_last, cycles). */
__attribute__((warn_unused_result)) bool vm_execution_terms(fp5 *sum, const bus_challenge *local,
                                                            uint32_t pc4_first, uint32_t pc4_last,
                                                            uint32_t cycles);
/* For a ledger part likewise: *sum = 1/f(ORDER, key_before) − 1/f(ORDER, key_after). A proof of kind `both` has the sum of
 * the two. */
__attribute__((warn_unused_result)) bool vm_order_terms(fp5 *sum, const bus_challenge *local, fp key_before,
                                                        fp key_after);
/* For a run, Σ shared sums + *sum must be 0: *sum = − Σ_{i<4} 1/f(OUTPUT, i, limbs of output word i). */
__attribute__((warn_unused_result)) bool vm_output_terms(fp5 *sum, const bus_challenge *shared,
                                                         const hash256 *output);

/* The 16 limbs of the public output, as they stand in the transcript and on the OUTPUT bus. */
void vm_output_limbs(uint32_t limbs[16], const hash256 *output);

#endif
