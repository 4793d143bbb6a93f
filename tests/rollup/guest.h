/* The guest program `batch` in the emulator, and what must come out of it for the batch that a rig took last.
 */
#ifndef ASHLAR_TESTS_ROLLUP_GUEST_H
#define ASHLAR_TESTS_ROLLUP_GUEST_H

#include "tests/rollup/rollup.h"

#include "riscv/emulator.h"

static riscv_program guest_program;
static arena guest_memory;
static uint64_t guest_cycles; /* of the last run */

/* False, and a line that says so, where the program is not built. */
static bool guest_load(void)
{
    static const char path[] = "build/guest/batch.elf";
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        printf("skipped: no %s; `make guests` builds it\n", path);
        return false;
    }
    arena_open(&guest_memory, (size_t)1 << 30);
    uint8_t *elf = arena_allocate(&guest_memory, (size_t)1 << 24, 8);
    size_t size_bytes = fread(elf, 1, (size_t)1 << 24, file);
    fclose(file);
    assert_int_equal(riscv_program_load(&guest_program, &guest_memory, NULL, (bytes){elf, size_bytes}), OK);
    return true;
}

/* The exit code's status; OK with the output's digest. Anything but an exit code is a CHECK of ours: then
 * STATUS_COUNT. */
static status guest_run(hash256 *digest, bytes input)
{
    riscv_machine machine;
    assert_int_equal(riscv_open(&machine, &guest_program, input), OK);
    status outcome = riscv_run(&machine, 0);
    guest_cycles = machine.cycles;
    if (outcome == OK)
        *digest = riscv_output(&machine);
    else
        outcome = machine.fault == RISCV_FAULT_EXIT_CODE && machine.fault_address < STATUS_COUNT
                      ? (status)machine.fault_address
                      : STATUS_COUNT;
    riscv_close(&machine);
    return outcome;
}

static void guest_digest(hash256 *digest, const batch_output *output)
{
    uint8_t encoding[BATCH_OUTPUT_BYTES];
    batch_output_write(encoding, output);
    keccak256(digest, encoding, sizeof encoding);
    batch_output back;
    assert_int_equal(batch_output_read(&back, (bytes){encoding, sizeof encoding}), OK);
    assert_memory_equal(&back, output, sizeof back);
}

/* What L1 computes of the batch that the chain has just taken. */
static void rig_output(const rig *r, batch_output *out)
{
    memset(out, 0, sizeof *out);
    out->l1_chain_id = L1_CHAIN_ID;
    out->l2_chain_id = L2_CHAIN_ID;
    out->rollup = ROLLUP;
    out->prover = PROVER;
    chain_config_hash(&out->config_hash, &r->config);
    out->first = out->last = r->before.batches.count;
    out->batch_hash_before = r->before.batch_hash;
    out->batch_hash = r->position.batch_hash;
    rollup_outcome_hash(&out->outcome_before, &r->before.outcome);
    rollup_outcome_hash(&out->outcome, &r->position.outcome);
    out->queue_hash_before = r->before.queue_hash;
    out->queue_hash = r->position.queue_hash;
    out->faults.bytes[31] = r->result.has_fault;
}

#endif
