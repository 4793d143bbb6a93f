/* The verifier as a guest program: in the emulated machine it accepts what the native one accepts, and nothing else. What it costs
 * there: bench/recursion_bench.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/prover/fixture.h"

static verifier full;
static prover_program fibonacci;
static bytes proof_bytes; /* at full parameters: the guest knows no others */
static uint8_t output[16];

static int open_all(void **state)
{
    (void)state;
    fixture_open();
    verifier_open(&full, &kept, &PROOF_FULL);
    const char *reason;
    assert_status(prover_program_open(&fibonacci, &kept, &reason, &full, guest_elf(&kept, "fibonacci")), OK);

    uint64_t n = 20, result[2] = {20, 6765};
    memcpy(output, result, sizeof output);
    run_proof proof;
    prover_options options = {.memory_bytes = MEMORY_BYTES};
    prover_report report;
    prover_fault fault;
    assert_status(prover_prove(&proof, &report, &fault, &kept, &scratch, &fibonacci, (bytes){(const uint8_t *)&n, 8},
                                (bytes){output, sizeof output}, &options),
                  OK);
    size_t size_bytes = run_proof_size_bytes(&proof, &full);
    uint8_t *file = arena_allocate(&kept, size_bytes, 64);
    run_proof_write(file, &proof, &full);
    proof_bytes = (bytes){file, size_bytes};
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    fixture_close();
    return 0;
}

/* Runs the guest on a proof file. */
static status run_guest(riscv_machine *machine, riscv_program *program, bytes file)
{
    assert_status(riscv_program_load(program, &memory, NULL, guest_elf(&memory, "verify")), OK);
    assert_status(riscv_open(machine, program, file), OK);
    return riscv_run(machine, 0);
}

static void accepts_a_proof(void **state)
{
    (void)state;
    riscv_program program;
    riscv_machine machine;
    assert_status(run_guest(&machine, &program, proof_bytes), OK);

    uint8_t expected[PROGRAM_ID_BYTES + sizeof output];
    program_id_write(expected, &fibonacci.id);
    memcpy(expected + PROGRAM_ID_BYTES, output, sizeof output);
    hash256 hash, got = riscv_output(&machine);
    keccak256(&hash, expected, sizeof expected);
    assert_memory_equal(got.bytes, hash.bytes, 32);

    riscv_close(&machine);
}

static void refuses_a_changed_proof(void **state)
{
    (void)state;
    uint8_t *changed = arena_allocate(&memory, proof_bytes.size, 64);
    memcpy(changed, proof_bytes.data, proof_bytes.size);
    changed[proof_bytes.size / 2] ^= 1;
    riscv_program program;
    riscv_machine machine;
    assert_status(run_guest(&machine, &program, (bytes){changed, proof_bytes.size}), GUEST_FAULT);
    /* The byte is one of an opening's: a leaf or a path that is not in its tree has no call `open`. */
    assert_int_equal(machine.fault, RISCV_FAULT_CALL_REFUSED);
    riscv_close(&machine);
}

static void refuses_a_short_proof(void **state)
{
    (void)state;
    riscv_program program;
    riscv_machine machine;
    assert_status(run_guest(&machine, &program, (bytes){proof_bytes.data, proof_bytes.size - 4}), GUEST_FAULT);
    assert_int_equal(machine.fault, RISCV_FAULT_EXIT_CODE);
    assert_int_equal(machine.fault_address, PROOF_MALFORMED);
    riscv_close(&machine);
}

/* With accelerators and in plain C, the same code accepts the same proofs. */
static void guest_verifier_agrees(void **state)
{
    (void)state;
    enum { PLACES = 24 };
    static const uint32_t words[] = {0, 1, FP_MODULUS - 1, FP_MODULUS, UINT32_MAX};
    uint8_t *changed = arena_allocate(&memory, proof_bytes.size, 64);
    memcpy(changed, proof_bytes.data, proof_bytes.size);
    for (size_t i = 0; i <= PLACES; i++) {
        size_t mark = memory.used_bytes, at = i * (proof_bytes.size / PLACES) / 4 * 4;
        at = at < proof_bytes.size - 4 ? at : proof_bytes.size - 4;
        memcpy(changed + at, &words[i % (sizeof words / sizeof *words)], 4);
        bytes file = {changed, proof_bytes.size};
        run_proof proof;
        run_statement statement;
        digest id;
        status s = run_proof_read(&proof, &memory, &full, file);
        if (s == OK) {
            program_id(&id, &full, &proof.key);
            s = run_verify(&statement, NULL, &full, &id, &proof, &memory);
        }
        riscv_program program;
        riscv_machine machine;
        status in_guest = run_guest(&machine, &program, file);
        if ((s == OK) != (in_guest == OK))
            fail_msg("word %zu: natively %s, in the machine %s", at / 4, status_name(s), status_name(in_guest));
        riscv_close(&machine);
        memcpy(changed + at, proof_bytes.data + at, 4);
        arena_rewind(&memory, mark);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(accepts_a_proof, fixture_clear),
        cmocka_unit_test_teardown(refuses_a_changed_proof, fixture_clear),
        cmocka_unit_test_teardown(refuses_a_short_proof, fixture_clear),
        cmocka_unit_test_teardown(guest_verifier_agrees, fixture_clear),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
