/* ecrecover in the machine, by hints that are true and by such as lie: the same answers as natively, by
 * both ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/u256.h"
#include "crypto/keccak.h"
#include "crypto/secp256k1_recover.h"
#include "evm/precompiles.h"
#include "riscv/emulator.h"

static arena memory;
static riscv_program program;

static uint64_t random_state = 0x5ec5;

static uint64_t random_u64(void)
{
    random_state += 0x9e3779b97f4a7c15;
    uint64_t z = random_state;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static bool load_program(void)
{
    const char *build = getenv("BUILD");
    char path[300];
    snprintf(path, sizeof path, "%s/guest/precompile.elf", build != NULL ? build : "build");
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        printf("skipped: no %s; `make %s` builds it\n", path, path);
        return false;
    }
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    rewind(file);
    uint8_t *elf = arena_allocate(&memory, size, 8);
    assert_int_equal(fread(elf, 1, size, file), size);
    fclose(file);
    assert_int_equal(riscv_program_load(&program, &memory, NULL, (bytes){elf, size}), OK);
    return true;
}

/* ---- inputs: hash, v, r, s ------------------------------------------------------------------------ */

typedef struct {
    uint8_t input[128];
} question;

static question question_of(u256 hash, unsigned v, u256 r, u256 s)
{
    question q;
    u256_to_be(q.input, hash);
    u256_to_be(q.input + 32, u256_from_u64(v));
    u256_to_be(q.input + 64, r);
    u256_to_be(q.input + 96, s);
    return q;
}

static const u256 order = {{0xbfd25e8cd0364141, 0xbaaedce6af48a03b, 0xfffffffffffffffe, UINT64_MAX}};
static const u256 generator_x = {
    {0x59f2815b16f81798, 0x029bfcdb2dce28d9, 0x55a06295ce870b07, 0x79be667ef9dcbbac}};

static u256 random_number(void)
{
    return (u256){{random_u64(), random_u64(), random_u64(), random_u64() >> 1}};
}

/* Signatures of points and of none, nonce 1, numbers at the ends, and those whose key is infinity: h = s·1
 * with R = G. */
static question question_number(int i)
{
    u256 s = random_number(), h = random_number();
    switch (i) {
    case 0:
        return question_of(h, 27, generator_x, s);
    case 1:
        return question_of(h, 28, generator_x, s);
    case 2:
        return question_of(s, 27, generator_x, s);
    case 3:
        return question_of(s, 28, generator_x, s);
    case 4:
        return question_of(U256_ZERO, 27, generator_x, u256_from_u64(1));
    case 5:
        return question_of(order, 28, generator_x, u256_sub(order, u256_from_u64(1)));
    case 6:
        return question_of(h, 27, order, s);
    case 7:
        return question_of(h, 27, U256_ZERO, s);
    case 8:
        return question_of(h, 27, s, U256_ZERO);
    case 9:
        return question_of(h, 27, s, order);
    case 10:
        return question_of(h, 27, u256_from_u64(1), u256_from_u64(1));
    default:
        return question_of(h, 27 + (unsigned)i % 2, random_number(), s);
    }
}

enum { QUESTIONS = 24 };

/* ---- runs ----------------------------------------------------------------------------------------- */

static hash256 run_native(const question *q)
{
    const precompile *p = precompile_find(FORK_OSAKA, &(address){{[19] = 1}});
    assert_non_null(p);
    uint64_t gas = 10000;
    uint8_t outcome[9] = {0};
    bool ok;
    bytes output;
    bytes input = {q->input, sizeof q->input};
    assert_int_equal(precompile_run(&ok, &gas, &output, &memory, FORK_OSAKA, p, input), OK);
    outcome[0] = ok;
    memcpy(outcome + 1, &gas, 8);
    keccak256_context context;
    hash256 digest;
    keccak256_init(&context);
    keccak256_absorb(&context, outcome, sizeof outcome);
    keccak256_absorb(&context, output.data, output.size);
    keccak256_finish(&context, &digest);
    keccak256(&digest, digest.bytes, sizeof digest.bytes);
    return digest;
}

typedef void change_hint(secp256k1_recover_hint *hint);

static bool is_recover_hint(const riscv_machine *m)
{
    const riscv_instruction *at = &m->program->instructions[m->pc4 - m->program->instructions[0].pc4];
    return at->kind == RISCV_CALL && m->registers[17] == CALL_HINT && m->registers[12] == HINT_RECOVER;
}

/* An executor that changes what it was asked for. Returns the cycles. */
static uint64_t run_guest(hash256 *output, const question *q, change_hint *change)
{
    uint64_t head[3] = {1, 10000, 1};
    uint8_t *data = arena_allocate(&memory, sizeof head + sizeof q->input, 8);
    memcpy(data, head, sizeof head);
    memcpy(data + sizeof head, q->input, sizeof q->input);
    riscv_machine machine;
    assert_int_equal(riscv_open(&machine, &program, (bytes){data, sizeof head + sizeof q->input}), OK);
    while (machine.pc4 != RISCV_HALT) {
        bool asks = is_recover_hint(&machine);
        if (riscv_run(&machine, 1) != OK)
            fail_msg("%s", riscv_fault_message(machine.fault));
        if (!asks || change == NULL)
            continue;
        secp256k1_recover_hint hint;
        memcpy(&hint, machine.memory + machine.registers[10], sizeof hint);
        change(&hint);
        memcpy(machine.memory + machine.registers[10], &hint, sizeof hint);
    }
    *output = riscv_output(&machine);
    uint64_t cycles = machine.cycles;
    riscv_close(&machine);
    return cycles;
}

/* ---- hints ---------------------------------------------------------------------------------------- */

static void plainly(secp256k1_recover_hint *hint) { hint->way = SECP256K1_PLAINLY; }
static void all_zero(secp256k1_recover_hint *hint) { memset(hint, 0, sizeof *hint); }
static void even_half(secp256k1_recover_hint *hint) { hint->half[2][0] ^= 1; }
static void longer_half(secp256k1_recover_hint *hint) { hint->way ^= 1 << 9; }
static void another_root(secp256k1_recover_hint *hint) { hint->root.limb[1] ^= 2; }
static void the_other_way(secp256k1_recover_hint *hint) { hint->way ^= 1; }

static void any_number(secp256k1_recover_hint *hint)
{
    uint64_t words[SECP256K1_RECOVER_HINT_WORDS];
    for (int i = 0; i < SECP256K1_RECOVER_HINT_WORDS; i++)
        words[i] = random_u64();
    memcpy(hint, words, sizeof *hint);
}

static void recover_both_ways(void **state)
{
    (void)state;
    if (!load_program())
        skip();
    uint64_t fast = 0, slow = 0;
    for (int i = 0; i < QUESTIONS; i++) {
        question q = question_number(i);
        hash256 native = run_native(&q), by_points, by_plain_code;
        uint64_t with_hint = run_guest(&by_points, &q, NULL);
        uint64_t without = run_guest(&by_plain_code, &q, plainly);
        assert_memory_equal(&by_points, &native, sizeof native);
        assert_memory_equal(&by_plain_code, &native, sizeof native);
        fast = with_hint > fast ? with_hint : fast;
        slow = without > slow ? without : slow;
    }
    print_message("at most %llu cycles by points, %llu plainly\n", (unsigned long long)fast,
                  (unsigned long long)slow);
    assert_true(10 * fast < slow); /* no question needs the plain way */
}

static void recover_hints_that_lie(void **state)
{
    (void)state;
    static change_hint *const lies[] = {all_zero,      even_half,    longer_half,
                                        another_root, the_other_way, any_number};
    if (!load_program())
        skip();
    for (int i = 0; i < QUESTIONS; i += 2)
        for (size_t k = 0; k < sizeof lies / sizeof *lies; k++) {
            question q = question_number(i);
            hash256 native = run_native(&q), guest;
            run_guest(&guest, &q, lies[k]);
            assert_memory_equal(&guest, &native, sizeof native);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recover_both_ways),
        cmocka_unit_test(recover_hints_that_lie),
    };
    arena_open(&memory, (size_t)1 << 30);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
