/* The guest program `join` in the machine and the same code natively: on the same inputs both come to the same statement, or
 * both refuse for the same reason. The program is that for the parameters of tests (join_few.c). Prints what nodes cost.
 * Run from the repository's root. */
#include "tests/soundness/join.h"

static riscv_program join_program;
static uint64_t cycles;

static int open_guest(void **state)
{
    open_all(state);
    assert_status(riscv_program_load(&join_program, &kept, NULL, guest_elf(&kept, "join_few")), OK);
    return 0;
}

enum { CALL_REFUSED = 1 << 16 };

/* What the guest exits with, and at 0 its output; CALL_REFUSED where a call took no operand of its. */
static uint64_t run_guest(hash256 *digest_out, bytes node_input)
{
    riscv_machine machine;
    assert_status(riscv_open(&machine, &join_program, node_input), OK);
    status s = riscv_run(&machine, 0);
    uint64_t code_out = s == OK ? 0 : machine.fault_address;
    if (s != OK && machine.fault == RISCV_FAULT_CALL_REFUSED)
        code_out = CALL_REFUSED;
    else if (s != OK && machine.fault != RISCV_FAULT_EXIT_CODE)
        fail_msg("the guest ended at pc4 %x: %s", machine.pc4, riscv_fault_message(machine.fault));
    *digest_out = riscv_output(&machine);
    cycles = machine.cycles;
    riscv_close(&machine);
    return code_out;
}

static status both_agree(bytes node_input)
{
    join_statement out;
    hash256 digest_out, expected;
    status native = join_node(&out, &tiny, node_input, &scratch);
    uint64_t guest = run_guest(&digest_out, node_input);
    /* A word that is no element: the machine's calls see it when it is absorbed. A leaf that is not in its tree: `open` does. */
    if (guest != (uint64_t)native && !(guest == CALL_REFUSED && (native == PROOF_MALFORMED || native == PROOF_OPENING)))
        fail_msg("guest %s, native %s",
                 guest < STATUS_COUNT ? status_name((status)guest) : guest == CALL_REFUSED ? "a refused call" : "a CHECK",
                 status_name(native));
    if (native == OK) {
        uint8_t statement[STATEMENT_BYTES_MAX];
        keccak256(&expected, statement, statement_write(statement, &out));
        assert_memory_equal(&digest_out, &expected, sizeof expected);
    }
    return native;
}

static bytes written(const join_job *job) { return join_input_write(&memory, &tiny, job); }

static bytes one_leaf(void)
{
    join_child child = leaf(&whole.parts[0]);
    join_job job = span_of(&child, 1, &states[0]);
    job.header = header_of(&program, &whole);
    job.join_key = NULL;
    return written(&job);
}

static void guest_join_agrees(void **state)
{
    (void)state;
    join_child children[PARTS];
    assert_status(both_agree(one_leaf()), OK);
    print_message("# %11llu cycles: a run from a leaf of kind both, a proof of %zu bytes\n", (unsigned long long)cycles,
                  4 * whole.parts[0].word_count);
    join_job job = parts_of(children, 0, PARTS);
    job.join_key = NULL;
    assert_status(both_agree(written(&job)), OK);
    print_message("# %11llu cycles: a run from %d leaves\n", (unsigned long long)cycles, PARTS);
    join_statement a = span_said(0, 3), run = run_said(STATEMENT_RUN, output);
    fact span = fact_of(&a), made = fact_of(&run);
    join_child mixed[] = {inner(&span), leaf(&split.parts[3]), leaf(&split.parts[4])}, pass = inner(&made);
    job = span_of(mixed, 3, &states[0]);
    assert_status(both_agree(written(&job)), OK);
    print_message("# %11llu cycles: a run from a node and two leaves\n", (unsigned long long)cycles);
    job = runs_of(JOIN_PASS, &pass, 1);
    assert_status(both_agree(written(&job)), OK);
    print_message("# %11llu cycles: a statement passed on\n", (unsigned long long)cycles);
    job = runs_of(JOIN_LINK, &pass, 1);
    assert_status(both_agree(written(&job)), PROOF_MALFORMED);
    pass.preimage = (bytes){(const uint8_t[32]){0}, 32};
    assert_status(both_agree(written(&job)), LINK_UNKNOWN);
}

/* Words changed, cut off, added. */
static void both_refuse_alike(void **state)
{
    (void)state;
    bytes good = one_leaf();
    size_t count = good.size / 4;
    uint32_t *words = arena_allocate(&memory, good.size + 8, 8), random = 1;
    memcpy(words, good.data, good.size);
    memset(words + count, 0, 8);
    uint32_t refusals[STATUS_COUNT] = {0};
    for (int i = 0; i < 60; i++) {
        random = random * 1103515245 + 12345;
        /* The head and what is said of the part; the proof's own. */
        size_t at = i < 30 ? (size_t)i * 3 % 90 : (random >> 4) % count;
        uint32_t word = words[at];
        words[at] = i % 3 == 0 ? word + 1 : i % 3 == 1 ? FP_MODULUS : word ^ 1u << (random >> 20) % 32;
        refusals[both_agree((bytes){(const uint8_t *)words, good.size})]++;
        words[at] = word;
    }
    for (size_t size = 4; size < good.size; size = size * 3)
        refusals[both_agree((bytes){(const uint8_t *)words, size})]++;
    refusals[both_agree((bytes){(const uint8_t *)words, good.size + 4})]++;
    for (int s = 0; s < STATUS_COUNT; s++)
        if (refusals[s] > 0)
            print_message("# %6u %s\n", refusals[s], status_name((status)s));
    assert_true(refusals[PROOF_MALFORMED] > 0 && refusals[PROOF_PROGRAM] > 0);
}

/* In each part of a proof: p − 1 is an element, p is none, in the machine as natively. */
static void word_p_minus_1(void **state)
{
    (void)state;
    enum { PLACES = 40 };
    bytes good = one_leaf();
    size_t count = good.size / 4, proof = whole.parts[0].word_count;
    uint32_t *words = arena_allocate(&memory, good.size, 8);
    memcpy(words, good.data, good.size);
    for (size_t i = 0; i < PLACES; i++) {
        size_t at = count - proof + i * (proof - 1) / (PLACES - 1);
        uint32_t word = words[at];
        words[at] = FP_MODULUS - 1;
        status s = both_agree((bytes){(const uint8_t *)words, good.size});
        assert_true(s != OK && s != PROOF_MALFORMED);
        words[at] = FP_MODULUS;
        assert_status(both_agree((bytes){(const uint8_t *)words, good.size}), PROOF_MALFORMED);
        words[at] = word;
    }
}

/* Where the cycles of one leaf go. */
static void cycles_by_function(void **state)
{
    (void)state;
    riscv_machine machine;
    riscv_profile_row *rows;
    uint32_t count;
    assert_status(riscv_open(&machine, &join_program, one_leaf()), OK);
    assert_status(riscv_profile(&machine), OK);
    riscv_profile_rows(&rows, &count, &memory, &machine);
    for (uint32_t i = 0; i < count && i < 20; i++)
        print_message("# %11llu  %5.1f %%  %s\n", (unsigned long long)rows[i].cycles,
                      100.0 * (double)rows[i].cycles / (double)machine.cycles, rows[i].name);
    riscv_close(&machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(guest_join_agrees, fixture_clear),
        cmocka_unit_test_teardown(both_refuse_alike, fixture_clear),
        cmocka_unit_test_teardown(word_p_minus_1, fixture_clear),
        cmocka_unit_test_teardown(cycles_by_function, fixture_clear),
    };
    return cmocka_run_group_tests_name("join in the machine", tests, open_guest, close_all);
}
