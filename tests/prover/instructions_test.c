/* Every instruction at edge values, and random programs, as proofs: emulator, tables, prover and verifier
 * agree. */
#include "tests/prover/fixture.h"

static test_code code;

static int open_arenas(void **state)
{
    (void)state;
    fixture_open();
    return 0;
}

static int close_arenas(void **state)
{
    (void)state;
    fixture_close();
    return 0;
}

/* The tables of the whole run pass the check, every row and every bus. */
static void check_rows(bytes input)
{
    test_run run;
    test_run_open(&run, &code, NULL, input);
    assert_int_equal(test_run_check(&run, test_print, NULL), 0);
    test_run_close(&run);
}

static void prove(bytes input, bytes output, cut how, uint32_t segments)
{
    prover_program p;
    program_of(&p, &memory, &tiny, &code, (bytes){0});
    run_proof proof;
    assert_status(prove_run(&proof, NULL, &p, input, output, how), OK);
    assert_int_equal(proof.segment_count, segments);
    assert_status(verify_run(&p, &proof), OK);
    proof.output = text_bytes("something else");
    assert_true(verify_run(&p, &proof) != OK);
    fixture_clear(NULL);
}

/* ---- edges ---------------------------------------------------------------------------------------- */

static const uint64_t edges[][2] = {
    {0, 0},
    {1, UINT64_MAX},
    {(uint64_t)INT64_MIN, UINT64_MAX},
    {INT64_MAX, 1},
    {0xFFFFFFFF80000000, 0xFFFFFFFFFFFFFFFF},
    {0x7FFFFFFF, 0x80000000},
    {0x0123456789ABCDEF, 63},
    {0xFFFF0000FFFF0000, 0x0000FFFF0000FFFF},
};
enum { EDGES = sizeof edges / sizeof *edges };

static void load_pair(int i)
{
    test_op(&code, OP_LD, 1, 20, 0, 16 * i);
    test_op(&code, OP_LD, 2, 20, 0, 16 * i + 8);
}

static void every_instruction_at_edges(void **state)
{
    (void)state;
    bytes output = text_bytes("edges");
    bytes input = input_for(&memory, output, (bytes){(const uint8_t *)edges, sizeof edges});
    static const int32_t immediates[] = {0, 1, -1, 2047, -2048};
    static const int32_t amounts[] = {0, 1, 15, 16, 17, 31, 32, 48, 63};
    bool seen[OP_COUNT] = {false};
    code.count = 0;
    test_load(&code, 20, MAP_INPUT_BASE + 40);
    test_load(&code, 21, MAP_HEAP_BASE + 0x7FFF0); /* near the border of two blocks */
    for (int operation = 0; operation < OP_COUNT; operation++) {
        const test_encoding *e = &test_encodings[operation];
        test_operation o = (test_operation)operation;
        seen[operation] = true;
        for (int i = 0; i < EDGES; i++) {
            load_pair(i);
            switch (e->format) {
            case TEST_R:
                test_op(&code, o, 3, 1, 2, 0);
                test_op(&code, o, 3, 2, 1, 0);
                test_op(&code, o, 4, 1, 1, 0);
                test_op(&code, o, 0, 1, 2, 0);
                test_op(&code, o, 1, 1, 2, 0);
                test_op(&code, o, 2, 2, 2, 0);
                break;
            case TEST_REV8:
                test_op(&code, o, 3, 1, 0, 0);
                test_op(&code, o, 2, 2, 0, 0);
                test_op(&code, o, 0, 1, 0, 0);
                test_op(&code, o, 5, 0, 0, 0);
                break;
            case TEST_SHIFT:
            case TEST_SHIFT_WORD:
                for (int k = 0; k < 9; k++)
                    test_op(&code, o, 3, 1 + (uint32_t)k % 2, 0, amounts[k]);
                test_op(&code, o, 1, 1, 0, amounts[i]);
                break;
            case TEST_I:
                if (o == OP_JALR)
                    break;
                if (e->opcode == 0x03) { /* loads, at an offset of each kind */
                    test_op(&code, OP_SD, 0, 21, 1, 0);
                    test_op(&code, OP_SD, 0, 21, 2, 8);
                    test_op(&code, o, 3, 21, 0, i);
                    test_op(&code, o, 0, 21, 0, 8 - i);
                    break;
                }
                for (int k = 0; k < 5; k++)
                    test_op(&code, o, 3, 1 + (uint32_t)k % 2, 0, immediates[k]);
                test_op(&code, o, 1, 1, 0, immediates[i % 5]);
                test_op(&code, o, 5, 0, 0, immediates[i % 5]);
                break;
            case TEST_S:
                test_op(&code, o, 0, 21, 1, i);
                test_op(&code, o, 0, 21, 2, 8 + i);
                test_op(&code, o, 0, 21, 21, 16 - i);
                break;
            case TEST_B:
                test_op(&code, o, 0, 1, 2, 8);
                test_op(&code, OP_ADDI, 3, 3, 0, 1);
                test_op(&code, o, 0, 2, 1, 8);
                test_op(&code, OP_ADDI, 3, 3, 0, 1);
                test_op(&code, o, 0, 1, 1, 8);
                test_op(&code, OP_ADDI, 3, 3, 0, 1);
                break;
            case TEST_U:
                test_op(&code, o, 3, 0, 0, (int32_t)(edges[i][0] & 0xFFFFF));
                test_op(&code, o, 0, 0, 0, (int32_t)(edges[i][1] & 0xFFFFF));
                break;
            case TEST_J:
                test_op(&code, o, (uint32_t)i % 2, 0, 0, 8);
                test_op(&code, OP_ADDI, 3, 3, 0, 1);
                break;
            case TEST_FENCE:
                test_op(&code, o, 0, 0, 0, 0);
                break;
            case TEST_ECALL:
                break; /* the exit, and the copies below */
            }
        }
    }
    for (int32_t i = 0; i < 4; i++) { /* odd targets, a link that is the pointer, wrapping sums */
        uint32_t before = code.count, at = 4 * (TEST_BASE + before + 8);
        static const int32_t offsets[] = {0, 1, 2047, -2048};
        test_load(&code, 1, (uint64_t)((int64_t)at - offsets[i] + (i == 0)));
        test_op(&code, OP_JALR, i % 2 ? 1 : 0, 1, 0, offsets[i]);
        while (code.count < before + 8)
            test_op(&code, OP_ADDI, 3, 3, 0, 1);
    }
    for (uint32_t n = 1; n <= 70; n += 69) {
        test_load(&code, 10, MAP_HEAP_BASE + 0x10000 - 8 * n); /* up to a border of limbs */
        test_load(&code, 11, MAP_HEAP_BASE + 0x7FFF8 - 512);
        test_load(&code, 15, n);
        test_load(&code, 17, CALL_COPY_WORDS);
        test_op(&code, OP_ECALL, 0, 0, 0, 0);
    }
    for (uint32_t i = 0; i < 3; i++) { /* onto itself: behind, in place, in front */
        test_load(&code, 10, MAP_HEAP_BASE + 0x7FF80 + 8 * i);
        test_load(&code, 11, MAP_HEAP_BASE + 0x7FF88);
        test_load(&code, 15, 5);
        test_load(&code, 17, CALL_COPY_WORDS);
        test_op(&code, OP_ECALL, 0, 0, 0, 0);
    }
    code_finish(&code);
    for (int operation = 0; operation < OP_COUNT; operation++)
        assert_true(seen[operation]);
    check_rows(input);
    prove(input, output, (cut){0}, 1);
}

/* ---- random --------------------------------------------------------------------------------------- */

/* Anything that stays in line, over 1 KiB of memory; x20 and x21 point to input and memory and are not
 * written. */
static void write_random(uint64_t seed, uint32_t count)
{
    code.count = 0;
    test_load(&code, 20, MAP_INPUT_BASE + 40);
    test_load(&code, 21, MAP_HEAP_BASE + 512);
    for (uint32_t r = 1; r < 32; r++)
        if (r != 20 && r != 21)
            test_op(&code, OP_LD, r, 20, 0, (int32_t)(8 * (r % 16)));
    while (code.count < count) {
        uint64_t random = test_random(&seed);
        test_operation o = (test_operation)(random % OP_COUNT);
        const test_encoding *e = &test_encodings[o];
        uint32_t rd = random >> 8 & 31, rs1 = random >> 13 & 31, rs2 = random >> 18 & 31;
        int32_t immediate = (int32_t)(random >> 30 & 4095) - 2048;
        if (rd == 20 || rd == 21)
            rd = 0;
        switch (e->format) {
        case TEST_R:
        case TEST_REV8:
        case TEST_SHIFT:
        case TEST_SHIFT_WORD:
            test_op(&code, o, rd, rs1, rs2, immediate);
            break;
        case TEST_I:
            if (o == OP_JALR)
                break;
            test_op(&code, o, rd, e->opcode == 0x03 ? 21 : rs1, 0,
                    e->opcode == 0x03 ? immediate % 480 : immediate);
            break;
        case TEST_S:
            test_op(&code, o, 0, 21, rs2, immediate % 480);
            break;
        case TEST_B:
            test_op(&code, o, 0, rs1, rs2, 8);
            test_op(&code, OP_ADDI, rd, rd, 0, 1);
            break;
        case TEST_U:
            test_op(&code, o, rd, 0, 0, (int32_t)(random >> 40 & 0xFFFFF));
            break;
        case TEST_J:
            test_op(&code, o, rd, 0, 0, 8);
            test_op(&code, OP_ADDI, rd, rd, 0, 1);
            break;
        case TEST_FENCE:
            test_op(&code, o, 0, 0, 0, 0);
            break;
        case TEST_ECALL: /* a copy of what is stored, onto itself or beyond */
            test_load(&code, 10, MAP_HEAP_BASE + 8 * (random >> 20 & 127));
            test_load(&code, 11, MAP_HEAP_BASE + 8 * (random >> 30 & 63));
            test_load(&code, 15, 1 + (random >> 40 & 15));
            test_load(&code, 17, CALL_COPY_WORDS);
            test_op(&code, OP_ECALL, 0, 0, 0, 0);
            break;
        }
        if ((random >> 50 & 7) == 0) /* lest everything become 0 or −1 */
            test_op(&code, OP_LD, rs2 == 20 || rs2 == 21 ? 1 : rs2, 20, 0,
                    (int32_t)(8 * (random >> 53 & 15)));
    }
    code_finish(&code);
}

static bytes random_input(uint64_t seed, bytes output)
{
    uint64_t values[16];
    for (int i = 0; i < 16; i++)
        values[i] = test_random(&seed) >> (i % 4 == 3 ? 40 : 0);
    return input_for(&memory, output, (bytes){(const uint8_t *)values, sizeof values});
}

static void random_programs_pass_the_check(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        write_random(seed, 3000);
        check_rows(random_input(seed, text_bytes("random")));
        fixture_clear(NULL);
    }
}

static void random_programs_are_proven_in_segments(void **state)
{
    (void)state;
    for (uint64_t seed = 101; seed <= 102; seed++) {
        bytes output = text_bytes("random");
        write_random(seed, 900);
        bytes input = random_input(seed, output);
        riscv_machine machine;
        code.program = (riscv_program){.entry_pc4 = TEST_BASE,
                                       .instructions = code.instructions,
                                       .instruction_count = code.count};
        assert_status(riscv_open(&machine, &code.program, input), OK);
        assert_status(riscv_run(&machine, 0), OK);
        uint32_t segments = (uint32_t)((machine.cycles + 511) / 512);
        riscv_close(&machine);
        assert_true(segments > 1);
        prove(input, output, (cut){9, 100, NULL}, segments);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(every_instruction_at_edges, fixture_clear),
        cmocka_unit_test_teardown(random_programs_pass_the_check, fixture_clear),
        cmocka_unit_test_teardown(random_programs_are_proven_in_segments, fixture_clear),
    };
    return cmocka_run_group_tests_name("instructions", tests, open_arenas, close_arenas);
}
