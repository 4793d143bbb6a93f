/* Oracles: go-ethereum's opcode and precompile vectors (fixtures), the tables in EIP-1283, 2200, 3529, the
 * examples of EIP-1014 and EIP-7939, and, where nothing is published, the rules spelled out beside the
 * bytecode. Whole transactions and blocks are tested in tests/chain. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/hex.h"
#include "crypto/keccak.h"
#include "evm/evm.h"
#include "evm/machine.h"
#include "evm/words.h"

/* ---- a world to run in ---- */

typedef struct {
    arena memory;
    witness *witness;
    evm_block block;
    evm_transaction transaction;
    state *state;
    evm *vm;
    evm_result result;
} world;

static const address SENDER = {{0xaa}};
static const address TARGET = {{0xcc, [19] = 1}};
static const address OTHER = {{0xdd, [19] = 2}};

static status block_hash(void *context, hash256 *out, uint64_t number)
{
    (void)context;
    memset(out->bytes, (int)number, sizeof out->bytes);
    return OK;
}

static account *account_at(world *w, address a)
{
    account *out;
    assert_int_equal(state_account(w->state, &out, &a), OK);
    return out;
}

static bytes bytes_from_hex(arena *a, const char *text)
{
    bytes out;
    assert_int_equal(hex_decode(a, &out, text, strlen(text)), OK);
    return out;
}

static void begin(world *w, fork_id fork)
{
    memset(w, 0, sizeof *w);
    arena_open(&w->memory, (size_t)1 << 30);
    static const uint8_t empty_list = 0x80;
    hash256 empty_root;
    keccak256(&empty_root, &empty_list, 1);
    assert_int_equal(witness_open(&w->witness, &w->memory, NULL, 0, NULL, 0), OK);
    w->state = state_open(&w->memory, w->witness, &empty_root);
    w->block = (evm_block){.fork = fork,
                           .chain_id = 1,
                           .number = 1000,
                           .timestamp = 77,
                           .gas_limit = 60000000,
                           .base_fee = u256_from_u64(7),
                           .blob_base_fee = u256_from_u64(1),
                           .block_hash = block_hash};
    w->vm = evm_open(&w->memory, &w->block, w->state);
    state_set_balance(w->state, account_at(w, SENDER), u256_from_u64(1000000));
    state_begin_transaction(w->state);
}

static void end(world *w) { arena_close(&w->memory); }

static void put_code(world *w, address a, const char *hex)
{
    state_set_code(w->state, account_at(w, a), bytes_from_hex(&w->memory, hex));
    state_set_nonce(w->state, account_at(w, a), 1);
}

/* What stands now becomes the original values. */
static void settle(world *w)
{
    assert_int_equal(state_end_transaction(w->state, false), OK);
    state_begin_transaction(w->state);
}

static status run_status(world *w, address to, uint64_t value, const char *input, uint64_t gas)
{
    evm_message m = {.kind = EVM_CALL, .sender = SENDER, .recipient = to, .value = u256_from_u64(value),
                     .input = bytes_from_hex(&w->memory, input), .gas = gas};
    return evm_run(w->vm, &w->result, &w->transaction, &m);
}

static void run(world *w, address to, const char *input, uint64_t gas)
{
    assert_int_equal(run_status(w, to, 0, input, gas), OK);
}

static uint8_t any_byte(void) { return (uint8_t)(rand() >> 8); }

/* Runs code at TARGET with 10 million gas and checks halt, gas used and output (NULL: not checked). */
static void expect(world *w, const char *code, evm_halt halt, int64_t gas_used, const char *output)
{
    put_code(w, TARGET, code);
    run(w, TARGET, "", 10000000);
    if (w->result.halt != halt)
        fail_msg("%s: %s", code, evm_halt_message(w->result.halt));
    if (gas_used >= 0)
        assert_int_equal(10000000 - w->result.gas_left, gas_used);
    if (output != NULL) {
        bytes expected = bytes_from_hex(&w->memory, output);
        assert_int_equal(w->result.output.size, expected.size);
        assert_memory_equal(w->result.output.data, expected.data, expected.size);
    }
}

static void expect_once(fork_id fork, const char *code, evm_halt halt, int64_t gas_used, const char *output)
{
    world w;
    begin(&w, fork);
    expect(&w, code, halt, gas_used, output);
    end(&w);
}

#define RETURN_TOP "60005260206000f3"
#define ZERO_31 "00000000000000000000000000000000000000000000000000000000000000"

/* ---- vectors of others ---- */

static json_t *fixture(const char *path)
{
    const char *root = getenv("ASHLAR_FIXTURES");
    char name[512];
    snprintf(name, sizeof name, "%s/%s", root ? root : "../shared/fixtures", path);
    json_t *out = json_load_file(name, 0, NULL);
    if (out == NULL)
        printf("skipped: no %s; set ASHLAR_FIXTURES to the folder with the fixtures\n", name);
    return out;
}

static const char *text(json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static void test_opcode_vectors(void **unused)
{
    (void)unused;
    static const struct {
        const char *name;
        uint8_t opcode;
    } list[] = {{"add", 0x01}, {"mul", 0x02}, {"sub", 0x03}, {"div", 0x04}, {"sdiv", 0x05}, {"mod", 0x06},
                {"smod", 0x07}, {"exp", 0x0a}, {"signext", 0x0b}, {"lt", 0x10}, {"gt", 0x11}, {"slt", 0x12},
                {"sgt", 0x13}, {"eq", 0x14}, {"and", 0x16}, {"or", 0x17}, {"xor", 0x18}, {"byte", 0x1a},
                {"shl", 0x1b}, {"shr", 0x1c}, {"sar", 0x1d}};
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        char path[64];
        snprintf(path, sizeof path, "opcode_vectors/testcases_%s.json", list[i].name);
        json_t *cases = fixture(path);
        if (cases == NULL)
            skip();
        assert_true(json_array_size(cases) > 0);
        size_t index;
        json_t *one;
        world w;
        begin(&w, FORK_OSAKA);
        json_array_foreach(cases, index, one)
        {
            char code[256];
            snprintf(code, sizeof code, "7f%s7f%s%02x" RETURN_TOP, text(one, "X"), text(one, "Y"),
                     list[i].opcode);
            expect(&w, code, EVM_SUCCESS, -1, text(one, "Expected"));
        }
        end(&w);
        json_decref(cases);
    }
}

/* EXP beside multiplying again and again: exponents of each length. */
static void test_powers(void **unused)
{
    (void)unused;
    world w;
    begin(&w, FORK_OSAKA);
    for (unsigned bits = 0; bits <= 256; bits += bits % 64 < 2 || bits % 64 > 61 ? 1 : 5) {
        u256 base, exponent, expected = u256_from_u64(1);
        for (unsigned i = 0; i < 4; i++) {
            base.limb[i] = exponent.limb[i] = 0;
            for (unsigned k = 0; k < 8; k++) {
                base.limb[i] = base.limb[i] << 8 | any_byte();
                exponent.limb[i] = exponent.limb[i] << 8 | (bits % 3 != 0 ? any_byte() : 0);
            }
        }
        for (unsigned i = bits; i < 256; i++)
            exponent.limb[i / 64] &= ~((uint64_t)1 << i % 64);
        if (bits > 0)
            exponent.limb[(bits - 1) / 64] |= (uint64_t)1 << (bits - 1) % 64;
        for (unsigned i = bits; i-- > 0;) {
            expected = u256_mul(expected, expected);
            if (exponent.limb[i / 64] >> i % 64 & 1)
                expected = u256_mul(expected, base);
        }
        char code[256], words[3][65];
        uint8_t data[32];
        const u256 *const values[] = {&exponent, &base, &expected};
        for (unsigned i = 0; i < 3; i++) {
            u256_to_be(data, *values[i]);
            hex_encode(words[i], data, 32);
        }
        snprintf(code, sizeof code, "7f%s7f%s0a" RETURN_TOP, words[0], words[1]);
        expect(&w, code, EVM_SUCCESS, -1, words[2]);
    }
    end(&w);
}

static void test_precompile_vectors(void **unused)
{
    (void)unused;
    json_t *cases = fixture("precompiles/ecRecover.json");
    if (cases == NULL)
        skip();
    size_t index;
    json_t *one;
    json_array_foreach(cases, index, one)
    {
        world w;
        begin(&w, FORK_OSAKA);
        run(&w, (address){{[19] = 1}}, text(one, "Input"), 100000);
        assert_int_equal(w.result.halt, EVM_SUCCESS);
        assert_int_equal(100000 - w.result.gas_left, json_integer_value(json_object_get(one, "Gas")));
        bytes expected = bytes_from_hex(&w.memory, text(one, "Expected"));
        assert_int_equal(w.result.output.size, expected.size);
        if (expected.size != 0)
            assert_memory_equal(w.result.output.data, expected.data, expected.size);
        end(&w);
    }
    json_decref(cases);
}

/* ---- opcodes ---- */

static void test_three_operands(void **unused)
{
    (void)unused;
#define ONES "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
    /* 2·(2^256 − 1) ≡ 2·5 ≡ 0 (mod 10), since 2^256 ≡ 6. */
    expect_once(FORK_OSAKA, "600a7f" ONES "7f" ONES "08" RETURN_TOP, EVM_SUCCESS, -1, ZERO_31 "00");
    /* (2^256 − 1)² mod (2^256 − 2) = 1. */
    expect_once(FORK_OSAKA,
                "7ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe"
                "7f" ONES "7f" ONES "09" RETURN_TOP,
                EVM_SUCCESS, -1, ZERO_31 "01");
    expect_once(FORK_OSAKA, "6000600560060860005260206000f3", EVM_SUCCESS, -1, ZERO_31 "00");
    expect_once(FORK_OSAKA, "6000600560060960005260206000f3", EVM_SUCCESS, -1, ZERO_31 "00");
}

static void push_word(char **end, u256 x)
{
    uint8_t bytes_be[32];
    u256_to_be(bytes_be, x);
    *end += sprintf(*end, "7f");
    for (int i = 0; i < 32; i++)
        *end += sprintf(*end, "%02x", bytes_be[i]);
}

/* ADDMOD and MULMOD of edges, against sums and products that are reduced whole. */
static void test_modular_edges(void **unused)
{
    (void)unused;
    const uint64_t all = UINT64_MAX, top = UINT64_C(1) << 63;
    const u256 edges[] = {{{0}},   {{1}},     {{2}},         {{all}},       {{0, 1}}, {{all, all, all, all}},
                          {{all - 1, all, all, all}}, {{0, 0, 0, top}}, {{1, 0, 0, top}}, {{5, 6, 7, 8}}};
    enum { EDGES = sizeof edges / sizeof *edges };
    world w;
    begin(&w, FORK_OSAKA);
    for (int i = 0; i < 2 * EDGES * EDGES * EDGES; i++) {
        bool multiplies = i % 2;
        u256 a = edges[i / 2 % EDGES], b = edges[i / 2 / EDGES % EDGES], m = edges[i / 2 / EDGES / EDGES];
        uint64_t wide[8] = {0};
        if (multiplies) {
            u256_mul_wide(wide, a, b);
        } else {
            bool carry;
            u256 sum = u256_add_carry(&carry, a, b);
            memcpy(wide, sum.limb, sizeof sum.limb);
            wide[4] = carry;
        }
        u256 expected = u256_reduce_wide(wide, m);
        char code[256], *at = code, answer[65], *digits = answer;
        push_word(&at, m);
        push_word(&at, b);
        push_word(&at, a);
        sprintf(at, "%02x" RETURN_TOP, multiplies ? 0x09 : 0x08);
        uint8_t bytes_be[32];
        u256_to_be(bytes_be, expected);
        for (int k = 0; k < 32; k++)
            digits += sprintf(digits, "%02x", bytes_be[k]);
        for (int turn = 0; turn < 3; turn++) /* the third time with a reciprocal that was kept */
            expect(&w, code, EVM_SUCCESS, -1, answer);
    }
    end(&w);
}

/* Bit by bit, for every amount. */
static void test_shifts(void **unused)
{
    (void)unused;
    world w;
    begin(&w, FORK_OSAKA);
    srand(3);
    for (unsigned i = 0; i < 4 * 257; i++) {
        static const uint8_t opcodes[] = {0x1b, 0x1c, 0x1d, 0x0b};
        uint8_t opcode = opcodes[i / 257];
        unsigned amount = i % 257;
        uint8_t word[32], expected[32] = {0};
        for (unsigned k = 0; k < 32; k++)
            word[k] = any_byte();
        for (int bit = 0; bit < 256; bit++) {
            int from = opcode == 0x1b ? bit - (int)amount : bit + (int)amount;
            if (opcode == 0x0b)
                from = amount < 31 && bit > 8 * (int)amount + 7 ? 8 * (int)amount + 7 : bit;
            bool outside = from < 0 || from > 255;
            if (outside && opcode == 0x1d)
                from = 255;
            if (!outside || opcode == 0x1d)
                expected[31 - bit / 8] |= (uint8_t)((word[31 - from / 8] >> from % 8 & 1) << bit % 8);
        }
        /* With an amount of two bytes, and where it has one as PUSH1. */
        for (unsigned narrow = 0; narrow < 2 && (narrow == 0 || amount < 256); narrow++) {
            uint8_t code[48] = {0x7f}, *end = code + 33;
            memcpy(code + 1, word, 32);
            *end++ = narrow ? 0x60 : 0x61;
            if (!narrow)
                *end++ = (uint8_t)(amount >> 8);
            *end++ = (uint8_t)amount;
            *end++ = opcode;
            static const uint8_t give_back[] = {0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3};
            memcpy(end, give_back, sizeof give_back);
            state_set_code(w.state, account_at(&w, TARGET),
                           (bytes){code, (size_t)(end - code) + sizeof give_back});
            run(&w, TARGET, "", 100000);
            assert_int_equal(w.result.output.size, 32);
            assert_memory_equal(w.result.output.data, expected, 32);
        }
    }
    end(&w);
}

static void test_count_leading_zeros(void **unused)
{
    (void)unused;
    /* The examples of EIP-7939. */
    expect_once(FORK_OSAKA, "60001e" RETURN_TOP, EVM_SUCCESS, -1,
                "0000000000000000000000000000000000000000000000000000000000000100");
    expect_once(FORK_OSAKA, "60011e" RETURN_TOP, EVM_SUCCESS, -1, ZERO_31 "ff");
    expect_once(FORK_OSAKA, "7f" ONES "1e" RETURN_TOP, EVM_SUCCESS, -1, ZERO_31 "00");
    expect_once(FORK_PRAGUE, "60011e", EVM_INVALID_OPCODE, 10000000, "");
}

/* The examples of EIP-8024; what is on top, or deeper, is brought there and returned. */
static void test_deep_stack_opcodes(void **unused)
{
    (void)unused;
    static const char one[] = ZERO_31 "01", two[] = ZERO_31 "02";
    expect_once(FORK_AMSTERDAM, "60016000808080808080808080808080808080e680" RETURN_TOP, EVM_SUCCESS, -1,
                one);
    expect_once(FORK_AMSTERDAM, "600160008080808080808080808080808080806002e780" RETURN_TOP, EVM_SUCCESS, -1,
                one);
    expect_once(FORK_AMSTERDAM, "600060016002e88e" RETURN_TOP, EVM_SUCCESS, -1, two);
    expect_once(FORK_AMSTERDAM, "600060016002e88e50" RETURN_TOP, EVM_SUCCESS, -1, ZERO_31 "00");
    expect_once(FORK_AMSTERDAM,
                "600080808080808080808080808080808080808080808080808080808060016002e88f" RETURN_TOP,
                EVM_SUCCESS, -1, two);
    expect_once(FORK_AMSTERDAM, "60008080e88e15" RETURN_TOP, EVM_SUCCESS, -1, one);
    /* At the end of the code the operand is 0. */
    expect_once(FORK_AMSTERDAM, "600260008080808080600160008080808080808080e8", EVM_SUCCESS, -1, "");
    expect_once(FORK_AMSTERDAM, "600456e65b", EVM_SUCCESS, 3 + 8 + 1, "");
    static const char *const refused[] = {"e75b", "e65b", "e660", "e67f", "e77f", "e852", "e87f"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        expect_once(FORK_AMSTERDAM, refused[i], EVM_INVALID_OPCODE, 10000000, "");
    expect_once(FORK_AMSTERDAM, "6000808080808080808080808080808080e680", EVM_STACK_UNDERFLOW, 10000000, "");
    expect_once(FORK_AMSTERDAM, "60008080808080808080808080808080808080e780", EVM_SUCCESS, -1, "");
    expect_once(FORK_AMSTERDAM, "600080808080808080808080808080808080e780", EVM_STACK_UNDERFLOW, 10000000,
                "");
    expect_once(FORK_AMSTERDAM, "60008080e89d", EVM_STACK_UNDERFLOW, 10000000, "");
    expect_once(FORK_OSAKA, "60016000808080808080808080808080808080e680", EVM_INVALID_OPCODE, 10000000, "");
}

/* EIP-8037: 120 million gas are its own example. */
static void test_state_gas(void **unused)
{
    (void)unused;
    assert_int_equal(evm_state_byte_gas(120000000), 1174);
    assert_int_equal(evm_state_byte_gas(100000000), 1174);
    assert_int_equal(evm_state_byte_gas(0), 1);
    assert_true(evm_state_byte_gas(INT64_MAX) < (uint64_t)1 << 47);
    world w;
    begin(&w, FORK_AMSTERDAM);
    const uint64_t byte_gas = evm_state_byte_gas(w.block.gas_limit), slot_gas = STATE_BYTES_SLOT * byte_gas;
    /* A new slot: 2,100 to look, 2,900 to write, and what it is as state. */
    put_code(&w, TARGET, "600160005500");
    run(&w, TARGET, "", 1000000);
    assert_int_equal(w.result.gas_left, 1000000 - 6 - 5000 - slot_gas);
    assert_int_equal(w.result.state_gas_used, slot_gas);
    assert_int_equal(w.result.state_gas_left, 0);
    settle(&w);
    /* Cleared again, the state's part comes back at once. */
    put_code(&w, TARGET, "600160015560006001555a60005260206000f3");
    run(&w, TARGET, "", 1000000);
    assert_int_equal(w.result.state_gas_used, 0);
    assert_int_equal(w.result.state_gas_left, slot_gas);
    settle(&w);
    /* Of a message that fails nothing has grown. */
    put_code(&w, TARGET, "600160025560006000fd");
    run(&w, TARGET, "", 1000000);
    assert_int_equal(w.result.halt, EVM_REVERT);
    assert_int_equal(w.result.state_gas_used, 0);
    assert_int_equal(w.result.state_gas_left, slot_gas);
    end(&w);
}

static void test_forks_of_opcodes(void **unused)
{
    (void)unused;
    static const struct {
        const char *code;
        fork_id first;
    } list[] = {{"5f", FORK_SHANGHAI},           {"60005c", FORK_CANCUN},     {"6000600060005e", FORK_CANCUN},
                {"4a", FORK_CANCUN},             {"600049", FORK_CANCUN},     {"48", FORK_LONDON},
                {"46", FORK_ISTANBUL},           {"47", FORK_ISTANBUL},       {"60006000fd", FORK_BYZANTIUM},
                {"600060001b", FORK_CONSTANTINOPLE}, {"3d", FORK_BYZANTIUM}, {"60003f", FORK_CONSTANTINOPLE},
                {"4b", FORK_AMSTERDAM}};
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        for (fork_id fork = FORK_FRONTIER; fork < FORK_COUNT; fork++) {
            world w;
            begin(&w, fork);
            put_code(&w, TARGET, list[i].code);
            run(&w, TARGET, "", 100000);
            assert_int_equal(w.result.halt == EVM_INVALID_OPCODE, fork < list[i].first);
            end(&w);
        }
    }
}

static void test_stack_bounds(void **unused)
{
    (void)unused;
    expect_once(FORK_OSAKA, "01", EVM_STACK_UNDERFLOW, 10000000, "");
    expect_once(FORK_OSAKA, "600101", EVM_STACK_UNDERFLOW, 10000000, "");
    expect_once(FORK_OSAKA, "80", EVM_STACK_UNDERFLOW, 10000000, "");
    expect_once(FORK_OSAKA, "600190", EVM_STACK_UNDERFLOW, 10000000, "");
    char code[2 * 1026 + 1];
    for (int i = 0; i < 1025; i++)
        memcpy(code + 2 * i, "5f", 3);
    expect_once(FORK_OSAKA, code, EVM_STACK_OVERFLOW, 10000000, "");
    code[2 * 1024] = 0;
    expect_once(FORK_OSAKA, code, EVM_SUCCESS, 2048, "");
}

static void test_jump_destinations(void **unused)
{
    (void)unused;
    expect_once(FORK_OSAKA, "6003565b", EVM_SUCCESS, 3 + 8 + 1, "");
    expect_once(FORK_OSAKA, "600456005b", EVM_SUCCESS, 3 + 8 + 1, "");
    expect_once(FORK_OSAKA, "600456605b", EVM_BAD_JUMP, 10000000, "");
    expect_once(FORK_OSAKA, "60ff56", EVM_BAD_JUMP, 10000000, "");
    expect_once(FORK_OSAKA, "7f010000000000000000000000000000000000000000000000000000000000000356",
                EVM_BAD_JUMP, 10000000, "");
    expect_once(FORK_OSAKA, "60006007575b00", EVM_SUCCESS, 3 + 3 + 10 + 1, "");

    /* What is judged from the bytes before a target agrees with a walk from the start of the code. */
    srand(7);
    for (int round = 0; round < 600; round++) {
        uint8_t code[1000];
        alignas(8) uint8_t memory[1500];
        /* Some rounds with so many long PUSHes that no place is safe from them. */
        int pushes = round % 3 == 0 ? 2 : 8, shortest = round % 3 == 1 ? 0x7c : 0x60;
        for (size_t i = 0; i < sizeof code; i++)
            code[i] = rand() % 3 == 0        ? 0x5b
                      : rand() % pushes == 0 ? (uint8_t)(shortest + rand() % (0x80 - shortest))
                                             : (uint8_t)rand();
        bool truth[sizeof code] = {false};
        for (size_t i = 0; i < sizeof code; i++) {
            truth[i] = code[i] == 0x5b;
            if (code[i] >= 0x60 && code[i] <= 0x7f)
                i += code[i] - 0x5fu;
        }
        program p;
        assert_true(program_memory_bytes(sizeof code) <= sizeof memory);
        program_init(&p, memory, (bytes){code, sizeof code});
        for (int probe = 0; probe < 100; probe++) {
            size_t i = (size_t)rand() % sizeof code;
            bool known = p.jump_destinations[i / 8] >> i % 8 & 1;
            assert_int_equal(known || program_find_destination(&p, i), truth[i]);
        }
    }
}

/* ---- sequences that are carried out at once ---- */

typedef struct {
    uint8_t code[2048];
    size_t size;
    uint16_t destinations[64];
    unsigned destination_count;
} random_program;

static void put(random_program *p, size_t size, const uint8_t *code)
{
    memcpy(p->code + p->size, code, size);
    p->size += size;
}
#define PUT(p, ...) put((p), sizeof (uint8_t[]){__VA_ARGS__}, (const uint8_t[]){__VA_ARGS__})

/* Mostly a place where there is or will be a JUMPDEST, else a place near one, or none. */
static void put_target(random_program *p)
{
    size_t target = rand() % 4 == 0 || p->destination_count == 0
                        ? p->size + (size_t)rand() % 12
                        : p->destinations[(size_t)rand() % p->destination_count];
    if (rand() % 16 == 0)
        target = (size_t)rand() % 0x10000;
    PUT(p, (uint8_t)(target >> 8), (uint8_t)target);
}

static void put_piece(random_program *p)
{
    static const uint8_t comparisons[] = {0x10, 0x11, 0x12, 0x13, 0x14, 0x15};
    static const uint8_t short_words[] = {0, 1, 4, 31, 32, 33, 63, 64, 65, 96, 127, 128, 160, 192, 224, 255};
    switch (rand() % 12) {
    case 0: /* PUSH1 and anything that is no end */
    case 1:
    case 2: {
        static const uint8_t behind[] = {0x01, 0x1b, 0x1c, 0x51, 0x52, 0x60, 0x61, 0x80, 0x81,
                                         0x82, 0x85, 0x90, 0x91, 0x5b, 0x50, 0x03, 0x16, 0x1d,
                                         0x0b, 0x53, 0x5f, 0x62, 0x54, 0x35, 0x1a};
        PUT(p, 0x60, short_words[(size_t)rand() % sizeof short_words],
            behind[(size_t)rand() % sizeof behind]);
        break;
    }
    case 3: PUT(p, 0x60, any_byte(), any_byte()); break;
    case 4: /* PUSH2 and a jump */
        PUT(p, 0x61);
        put_target(p);
        PUT(p, (uint8_t)(0x56 + (rand() % 3 != 0)));
        break;
    case 5: /* a comparison, of what is alike at times, and a jump */
        if (rand() % 2)
            PUT(p, 0x80);
        PUT(p, comparisons[(size_t)rand() % sizeof comparisons], 0x61);
        put_target(p);
        PUT(p, (uint8_t)(rand() % 8 ? 0x57 : any_byte()));
        break;
    case 6: { /* a selector, which is there at times, also below other limbs */
        uint8_t x = (uint8_t)(rand() % 2);
        if (rand() % 3 == 0)
            PUT(p, 0x63, x, x, x, x);
        if (rand() % 8 == 0)
            PUT(p, 0x60, 1, 0x60, 64, 0x1b, 0x01);
        PUT(p, 0x80, 0x63, x, x, x, x, (uint8_t)(rand() % 8 ? 0x14 : 0x11), 0x61);
        put_target(p);
        PUT(p, 0x57);
        break;
    }
    case 7: /* the ones of an address, or nearly, made or written out, and perhaps AND */
        if (rand() % 2) {
            PUT(p, 0x60, 1, 0x60, 1, 0x60, (uint8_t)(rand() % 4 ? 160 : 161), 0x1b, 0x03);
        } else {
            unsigned other = (unsigned)rand() % 40;
            PUT(p, 0x73);
            for (unsigned i = 0; i < 20; i++)
                PUT(p, (uint8_t)(i == other ? any_byte() : 0xff));
        }
        if (rand() % 2)
            PUT(p, 0x16);
        break;
    case 8: /* a jump to a word of the stack */
        if (rand() % 8) {
            PUT(p, 0x61);
            put_target(p);
            PUT(p, 0x80, 0x50);
        }
        PUT(p, 0x56);
        break;
    case 9:
    case 10:
        p->destinations[p->destination_count++ % 64] = (uint16_t)p->size;
        p->destination_count = p->destination_count > 64 ? 64 : p->destination_count;
        PUT(p, 0x5b);
        break;
    default: /* words of all lengths */
        PUT(p, 0x7f);
        for (unsigned i = 0, size = (unsigned)rand() % 33; i < 32; i++)
            PUT(p, (uint8_t)(i + size < 32 ? 0 : rand() % 4 ? any_byte() : 0xff));
        break;
    }
}

/* Opcodes one by one, which is how a tracer sees them, and sequences come to the same end, whatever there is
 * of gas and stack. */
static void test_sequences(void **unused)
{
    (void)unused;
    static const fork_id forks[] = {FORK_FRONTIER, FORK_BYZANTIUM, FORK_CONSTANTINOPLE, FORK_SHANGHAI,
                                    FORK_OSAKA};
    static const evm_tracer nothing = {0};
    srand(11);
    unsigned halts[32] = {0};
    for (unsigned round = 0; round < 60; round++) {
        world w;
        begin(&w, forks[round % (sizeof forks / sizeof *forks)]);
        for (unsigned i = 0; i < 300; i++) {
            random_program p = {.size = 0};
            /* Words on the stack: few, or nearly as many as there may be. */
            unsigned words = rand() % 4 == 0 ? 1010 + (unsigned)rand() % 15 : (unsigned)rand() % 6;
            for (unsigned k = 0; k < words; k++)
                PUT(&p, (uint8_t)(k == 0 ? 0x36 : 0x80));
            for (unsigned pieces = 1 + (unsigned)rand() % 12; pieces > 0; pieces--)
                put_piece(&p);
            if (words < 100 && rand() % 3) /* what is on the stack then; or the end, which takes no gas */
                PUT(&p, 0x5b, 0x60, 0, 0x52, 0x60, 32, 0x52, 0x60, 64, 0x52, 0x60, 96, 0x60, 0, 0xf3);
            state_set_code(w.state, account_at(&w, TARGET), (bytes){p.code, p.size});
            /* The second time the jump destinations are known; the third time opcodes are traced; then there
             * is about as much gas as is used. */
            uint64_t gas = 20000;
            evm_result results[6] = {{.gas_left = 0}};
            bytes outputs[6];
            for (unsigned k = 0; k < 6; k++) {
                uint64_t used = gas - results[0].gas_left, less = (uint64_t)rand() % 16;
                if (k == 3)
                    gas = used > less ? used - less : 0;
                state_snapshot before = state_take_snapshot(w.state);
                evm_set_tracer(w.vm, k % 3 == 2 ? &nothing : NULL);
                run(&w, TARGET, "0102030405", gas);
                evm_set_tracer(w.vm, NULL);
                state_revert(w.state, before);
                results[k] = w.result;
                outputs[k] = w.result.output;
                if (outputs[k].size != 0) {
                    uint8_t *copy = arena_allocate(&w.memory, outputs[k].size, 1);
                    memcpy(copy, outputs[k].data, outputs[k].size);
                    outputs[k].data = copy;
                }
                unsigned first = k / 3 * 3;
                assert_int_equal(results[k].halt, results[first].halt);
                assert_int_equal(results[k].gas_left, results[first].gas_left);
                assert_int_equal(outputs[k].size, outputs[first].size);
                if (outputs[k].size != 0)
                    assert_memory_equal(outputs[k].data, outputs[first].data, outputs[first].size);
                halts[results[k].halt]++;
            }
        }
        end(&w);
    }
    /* Those that jump, to the last opcode of all, with every amount of gas. */
    static const char *const jumps[] = {"610004565b",
                                        "6001610006575b",
                                        "600015610007575b",
                                        "60018014610008575b",
                                        "6003565b",
                                        "63010101018063010101011461001057"
                                        "5b"};
    for (size_t i = 0; i < sizeof jumps / sizeof *jumps; i++) {
        world w;
        begin(&w, FORK_OSAKA);
        put_code(&w, TARGET, jumps[i]);
        for (uint64_t gas = 0; gas < 60; gas++) {
            evm_result results[2];
            for (unsigned k = 0; k < 2; k++) {
                evm_set_tracer(w.vm, k == 1 ? &nothing : NULL);
                run(&w, TARGET, "", gas);
                results[k] = w.result;
            }
            assert_int_equal(results[0].halt, results[1].halt);
            assert_int_equal(results[0].gas_left, results[1].gas_left);
            assert_true(gas < 50 || results[0].halt == EVM_SUCCESS);
        }
        end(&w);
    }
    /* The programs do not all end alike. */
    static const evm_halt seen[] = {EVM_SUCCESS,        EVM_OUT_OF_GAS, EVM_STACK_UNDERFLOW,
                                    EVM_STACK_OVERFLOW, EVM_BAD_JUMP,   EVM_INVALID_OPCODE};
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++)
        assert_true(halts[seen[i]] > 100);
}

static void test_memory_gas(void **unused)
{
    (void)unused;
    expect_once(FORK_OSAKA, "600051", EVM_SUCCESS, 3 + 3 + 3, "");
    expect_once(FORK_OSAKA, "600151", EVM_SUCCESS, 3 + 3 + 6, "");
    expect_once(FORK_OSAKA, "6001601f53", EVM_SUCCESS, 3 + 3 + 3 + 3, "");
    /* 1024 words: 3·1024 + 1024²/512. */
    expect_once(FORK_OSAKA, "6001617fff53", EVM_SUCCESS, 9 + 3072 + 2048, "");
    expect_once(FORK_OSAKA, "7f" ONES "51", EVM_OUT_OF_GAS, 10000000, "");
    expect_once(FORK_OSAKA, "67ffffffffffffffff51", EVM_OUT_OF_GAS, 10000000, "");
    expect_once(FORK_OSAKA, "67ffffffffffffffe051", EVM_OUT_OF_GAS, 10000000, "");
    expect_once(FORK_OSAKA, "67ffffffffffffffff6001f3", EVM_OUT_OF_GAS, 10000000, "");
    expect_once(FORK_OSAKA, "600067fffffffffffffffff3", EVM_SUCCESS, 6, "");
    /* MSIZE after a word at 1. */
    expect_once(FORK_OSAKA, "60ff60015259" RETURN_TOP, EVM_SUCCESS, -1, ZERO_31 "40");
    /* Words at any offset: 01..20 written at 5, read at 5. */
    expect_once(FORK_OSAKA,
                "7f0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20600552600551" RETURN_TOP,
                EVM_SUCCESS, -1, "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20");
}

static void test_copies(void **unused)
{
    (void)unused;
#define COUNTING "7f000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
    /* CODECOPY of the code itself; past its end, zeros. */
    expect_once(FORK_OSAKA, "602060006000396020" "6000f3", EVM_SUCCESS, 9 + 3 + 3 + 3 + 6,
                "6020600060003960206000f3" "0000000000000000000000000000000000000000");
    /* EIP-5656: from another place, and forwards over itself. */
    expect_once(FORK_CANCUN, COUNTING "60205260206020" "60005e60206000f3", EVM_SUCCESS, -1, COUNTING + 2);
    expect_once(FORK_CANCUN, COUNTING "600052600860006001" "5e60206000f3", EVM_SUCCESS, -1,
                "000001020304050607" "090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    /* The same within the memory that there is; of no size, from and to where no memory can be. */
    expect_once(FORK_CANCUN, COUNTING "6000526000602052" "6020600060015e" "60206001f3", EVM_SUCCESS, -1,
                COUNTING + 2);
    expect_once(FORK_CANCUN, "5f" "7f" ONES "7f" ONES "5e" "59" RETURN_TOP, EVM_SUCCESS, -1, ZERO_31 "00");
    /* Call data from an odd place, padded. */
    world w;
    begin(&w, FORK_OSAKA);
    put_code(&w, TARGET, "600335" RETURN_TOP);
    run(&w, TARGET, "0102030405", 100000);
    assert_int_equal(w.result.output.data[0], 4);
    assert_int_equal(w.result.output.data[1], 5);
    assert_int_equal(w.result.output.data[2], 0);
    put_code(&w, OTHER, "604060016000375f5160205160406000f3");
    run(&w, OTHER, "0102030405", 100000);
    assert_int_equal(w.result.output.data[0], 2);
    assert_int_equal(w.result.output.data[4], 0);
    end(&w);
}

static void test_surroundings(void **unused)
{
    (void)unused;
    expect_once(FORK_OSAKA, "46" RETURN_TOP, EVM_SUCCESS, -1, ZERO_31 "01");
    expect_once(FORK_OSAKA, "42" RETURN_TOP, EVM_SUCCESS, -1, ZERO_31 "4d");
    expect_once(FORK_OSAKA, "33" RETURN_TOP, EVM_SUCCESS, -1,
                "000000000000000000000000aa00000000000000000000000000000000000000");
    expect_once(FORK_OSAKA, "6103e740" RETURN_TOP, EVM_SUCCESS, -1,
                "e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7");
    expect_once(FORK_OSAKA, "6103e840" RETURN_TOP, EVM_SUCCESS, -1, ZERO_31 "00"); /* itself */
    expect_once(FORK_OSAKA, "6102e740" RETURN_TOP, EVM_SUCCESS, -1, ZERO_31 "00"); /* 257 back */
    expect_once(FORK_OSAKA, "600049" RETURN_TOP, EVM_SUCCESS, -1, ZERO_31 "00");
    /* keccak256 of nothing: 30 gas. */
    expect_once(FORK_OSAKA, "6000600020" RETURN_TOP, EVM_SUCCESS, -1,
                "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
    expect_once(FORK_OSAKA, "6000600020", EVM_SUCCESS, 36, "");
    expect_once(FORK_OSAKA, "61010060020a", EVM_SUCCESS, 3 + 3 + 10 + 100, "");
}

/* ---- storage: the tables of the EIPs ---- */

typedef struct {
    const char *code;
    int64_t gas_used;
    int64_t refund;
    uint64_t original;
} store_case;

static void check_store_table(fork_id fork, const store_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        world w;
        begin(&w, fork);
        put_code(&w, TARGET, cases[i].code);
        storage_slot *slot;
        u256 key = U256_ZERO;
        assert_int_equal(state_slot(w.state, &slot, account_at(&w, TARGET), &key), OK);
        state_set_slot(w.state, slot, u256_from_u64(cases[i].original));
        settle(&w);
        if (fork >= FORK_BERLIN)
            (void)state_warm_slot(w.state, slot);
        run(&w, TARGET, "", 10000000);
        assert_int_equal(w.result.halt, EVM_SUCCESS);
        if (10000000 - (int64_t)w.result.gas_left != cases[i].gas_used)
            fail_msg("%s of %s: gas %ld", cases[i].code, fork_name(fork), 10000000 - (long)w.result.gas_left);
        assert_int_equal(state_refund(w.state), cases[i].refund);
        end(&w);
    }
}

static void test_store_gas(void **unused)
{
    (void)unused;
    static const store_case london[] = {/* EIP-3529 */
        {"60006000556000600055", 212, 0, 0},        {"60006000556001600055", 20112, 0, 0},
        {"60016000556000600055", 20112, 19900, 0},  {"60016000556002600055", 20112, 0, 0},
        {"60016000556001600055", 20112, 0, 0},      {"60006000556000600055", 3012, 4800, 1},
        {"60006000556001600055", 3012, 2800, 1},    {"60006000556002600055", 3012, 0, 1},
        {"60026000556000600055", 3012, 4800, 1},    {"60026000556003600055", 3012, 0, 1},
        {"60026000556001600055", 3012, 2800, 1},    {"60026000556002600055", 3012, 0, 1},
        {"60016000556000600055", 3012, 4800, 1},    {"60016000556002600055", 3012, 0, 1},
        {"60016000556001600055", 212, 0, 1},        {"600160005560006000556001600055", 40118, 19900, 0},
        {"600060005560016000556000600055", 5918, 7600, 1}};
    static const store_case istanbul[] = {/* EIP-2200 */
        {"60006000556000600055", 1612, 0, 0},       {"60006000556001600055", 20812, 0, 0},
        {"60016000556000600055", 20812, 19200, 0},  {"60016000556002600055", 20812, 0, 0},
        {"60016000556001600055", 20812, 0, 0},      {"60006000556000600055", 5812, 15000, 1},
        {"60006000556001600055", 5812, 4200, 1},    {"60006000556002600055", 5812, 0, 1},
        {"60026000556000600055", 5812, 15000, 1},   {"60016000556001600055", 1612, 0, 1},
        {"600160005560006000556001600055", 40818, 19200, 0},
        {"600060005560016000556000600055", 10818, 19200, 1}};
    static const store_case constantinople[] = {/* EIP-1283 */
        {"60006000556000600055", 412, 0, 0},        {"60016000556000600055", 20212, 19800, 0},
        {"60006000556000600055", 5212, 15000, 1},   {"60006000556001600055", 5212, 4800, 1},
        {"600060005560016000556000600055", 10218, 19800, 1}};
    static const store_case petersburg[] = {
        {"60006000556000600055", 10012, 0, 0},      {"60016000556000600055", 25012, 15000, 0},
        {"60006000556001600055", 25012, 15000, 1}};
    check_store_table(FORK_LONDON, london, sizeof london / sizeof london[0]);
    check_store_table(FORK_OSAKA, london, sizeof london / sizeof london[0]);
    check_store_table(FORK_ISTANBUL, istanbul, sizeof istanbul / sizeof istanbul[0]);
    check_store_table(FORK_CONSTANTINOPLE, constantinople, sizeof constantinople / sizeof constantinople[0]);
    check_store_table(FORK_PETERSBURG, petersburg, sizeof petersburg / sizeof petersburg[0]);
    check_store_table(FORK_HOMESTEAD, petersburg, sizeof petersburg / sizeof petersburg[0]);
    /* Cold: 2,100 more; a load of what is cold, then warm. */
    expect_once(FORK_OSAKA, "6001600055", EVM_SUCCESS, 3 + 3 + 22100, "");
    expect_once(FORK_OSAKA, "600054600054", EVM_SUCCESS, 3 + 2100 + 3 + 100, "");
    expect_once(FORK_ISTANBUL, "600054", EVM_SUCCESS, 803, "");
    expect_once(FORK_TANGERINE_WHISTLE, "600054", EVM_SUCCESS, 203, "");
    expect_once(FORK_FRONTIER, "600054", EVM_SUCCESS, 53, "");
}

static void test_store_needs_more_than_a_stipend(void **unused)
{
    (void)unused;
    world w;
    begin(&w, FORK_OSAKA);
    put_code(&w, TARGET, "6000600055");
    run(&w, TARGET, "", 2306);
    assert_int_equal(w.result.halt, EVM_OUT_OF_GAS);
    run(&w, TARGET, "", 2307);
    assert_int_equal(w.result.halt, EVM_SUCCESS);
    assert_int_equal(w.result.gas_left, 2307 - 2206);
    end(&w);
}

static void test_transient_storage(void **unused)
{
    (void)unused;
    expect_once(FORK_CANCUN, "602a60015d60015c" RETURN_TOP, EVM_SUCCESS, -1, ZERO_31 "2a");
    expect_once(FORK_CANCUN, "602a60015d60015c", EVM_SUCCESS, 6 + 100 + 3 + 100, "");
}

/* ---- calls ---- */

#define CALL_OTHER_ADDRESS "73dd00000000000000000000000000000000000002"

/* CALL with the stack: gas, address, value, input offset, size, output offset, size. */
#define CALL_OTHER(value) "60006000" "60006000" "60" value CALL_OTHER_ADDRESS "5af1"
#define STATIC_OTHER "6000600060006000" CALL_OTHER_ADDRESS "5afa"
#define DELEGATE_OTHER "6000600060006000" CALL_OTHER_ADDRESS "5af4"

static void test_calls(void **unused)
{
    (void)unused;
    world w;
    begin(&w, FORK_OSAKA);
    put_code(&w, OTHER, "602a60005260206000f3");
    /* Cold call with 18 gas inside: 6·3 + 2 + 2600 + 18. The address is a PUSH20. */
    expect(&w, CALL_OTHER("00"), EVM_SUCCESS, 6 * 3 + 2 + 2600 + 18, "");
    settle(&w);
    /* Its return data, from both places. */
    expect(&w, "60206000600060006000" CALL_OTHER_ADDRESS "5af160206000f3", EVM_SUCCESS, -1, ZERO_31 "2a");
    expect(&w, CALL_OTHER("00") "3d60006000" "3e60206000f3", EVM_SUCCESS, -1, ZERO_31 "2a");
    expect(&w, CALL_OTHER("00") "602160006000" "3e", EVM_RETURN_DATA_OUT_OF_BOUNDS, 10000000, "");
    /* Return data survives memory that grows over where it lay, by steps and by a leap. */
    expect(&w, CALL_OTHER("00") "600061200052" "3d60006000" "3e60206000f3", EVM_SUCCESS, -1, ZERO_31 "2a");
    expect(&w, CALL_OTHER("00") "6000600052" "6000602052" "6000604052" "3d600060003e60206000f3", EVM_SUCCESS,
           -1, ZERO_31 "2a");
    /* The result of the call, and value without a balance. */
    expect(&w, CALL_OTHER("00") RETURN_TOP, EVM_SUCCESS, -1, ZERO_31 "01");
    expect(&w, CALL_OTHER("01") RETURN_TOP, EVM_SUCCESS, -1, ZERO_31 "00");
    /* Delegated, the caller's caller and storage. */
    put_code(&w, OTHER, "3360005260206000f3");
    expect(&w, DELEGATE_OTHER "3d60006000" "3e60206000f3", EVM_SUCCESS, -1,
           "000000000000000000000000aa00000000000000000000000000000000000000");
    expect(&w, CALL_OTHER("00") "3d60006000" "3e60206000f3", EVM_SUCCESS, -1,
           "000000000000000000000000cc00000000000000000000000000000000000001");
    put_code(&w, OTHER, "602a600755");
    expect(&w, DELEGATE_OTHER "600754" RETURN_TOP, EVM_SUCCESS, -1, ZERO_31 "2a");
    end(&w);
}

static void test_value(void **unused)
{
    (void)unused;
    world w;
    begin(&w, FORK_OSAKA);
    state_set_balance(w.state, account_at(&w, TARGET), u256_from_u64(10));
    settle(&w);
    /* To an account that is not there: 2600 + 9000 + 25000, and the stipend comes back. */
    expect(&w, CALL_OTHER("03"), EVM_SUCCESS, 6 * 3 + 2 + 2600 + 9000 + 25000 - 2300, "");
    assert_int_equal(account_balance(account_at(&w, OTHER))->limb[0], 3);
    assert_int_equal(account_balance(account_at(&w, TARGET))->limb[0], 7);
    expect(&w, CALL_OTHER("03"), EVM_SUCCESS, 6 * 3 + 2 + 100 + 9000 - 2300, "");
    /* What reverts gives the value back. */
    put_code(&w, OTHER, "60006000fd");
    expect(&w, CALL_OTHER("01") RETURN_TOP, EVM_SUCCESS, -1, ZERO_31 "00");
    assert_int_equal(account_balance(account_at(&w, OTHER))->limb[0], 6);
    /* The outermost message moves value too, and refuses what the sender lacks. */
    put_code(&w, OTHER, "");
    assert_int_equal(run_status(&w, OTHER, 5, "", 100), OK);
    assert_int_equal(account_balance(account_at(&w, OTHER))->limb[0], 11);
    assert_int_equal(w.result.gas_left, 100);
    assert_int_equal(run_status(&w, OTHER, 5000000, "", 100), OK);
    assert_int_equal(w.result.halt, EVM_INSUFFICIENT_BALANCE);
    end(&w);
}

static uint64_t stored(world *w, address a, uint64_t key)
{
    storage_slot *slot;
    u256 k = u256_from_u64(key);
    assert_int_equal(state_slot(w->state, &slot, account_at(w, a), &k), OK);
    return slot_value(slot)->limb[0];
}

static void test_revert(void **unused)
{
    (void)unused;
    world w;
    begin(&w, FORK_OSAKA);
    /* Stores, then reverts with a byte. */
    put_code(&w, TARGET, "602a60005560ab6000536001" "6000fd");
    run(&w, TARGET, "", 100000);
    assert_int_equal(w.result.halt, EVM_REVERT);
    assert_int_equal(w.result.output.size, 1);
    assert_int_equal(w.result.output.data[0], 0xab);
    assert_int_equal(100000 - w.result.gas_left, 6 + 22100 + 6 + 6 + 6);
    assert_int_equal(stored(&w, TARGET, 0), 0);
    /* Logs, storage and transient storage of a child that fails are gone; its gas too. */
    put_code(&w, OTHER, "602a600055602a60005d60006000a0fe");
    expect(&w, "60006000600060006000" CALL_OTHER_ADDRESS "62030d40f1" RETURN_TOP, EVM_SUCCESS, -1,
           ZERO_31 "00");
    assert_true(10000000 - w.result.gas_left > 200000);
    assert_true(10000000 - w.result.gas_left < 203000);
    assert_int_equal(stored(&w, OTHER, 0), 0);
    size_t count;
    (void)state_logs(w.state, &count);
    assert_int_equal(count, 0);
    end(&w);
}

static void test_static(void **unused)
{
    (void)unused;
    static const char *const writes[] = {
        "6001600055",
        "600160005d",
        "60006000a0",
        "600060006000f0",
        "6000600060006000f5",
        "6000ff",
        "6000600060006000600173dd000000000000000000000000000000000000035af1",
    };
    for (size_t i = 0; i < sizeof writes / sizeof writes[0]; i++) {
        world w;
        begin(&w, FORK_OSAKA);
        put_code(&w, OTHER, writes[i]);
        expect(&w, STATIC_OTHER RETURN_TOP, EVM_SUCCESS, -1, ZERO_31 "00");
        expect(&w, CALL_OTHER("00") RETURN_TOP, EVM_SUCCESS, -1, ZERO_31 "01");
        end(&w);
    }
}

static void test_depth(void **unused)
{
    (void)unused;
    /* Each frame counts up slot 0, then calls itself with all gas but a 64th. */
    world w;
    begin(&w, FORK_OSAKA);
    put_code(&w, TARGET, "600160005401600055" "60006000600060006000" "305af1");
    run(&w, TARGET, "", (uint64_t)1 << 50);
    assert_int_equal(w.result.halt, EVM_SUCCESS);
    assert_int_equal(stored(&w, TARGET, 0), 1025);
    end(&w);
}

static void test_deep_memory(void **unused)
{
    (void)unused;
    /* Each of many frames writes its gas at 0x2000, calls itself, and reads the word back afterwards; where
     * it is another, slot 0 becomes 1. */
    world w;
    begin(&w, FORK_OSAKA);
    put_code(&w, TARGET, "5a8061200052" "60006000600060006000" "305af150" "6120005114602257"
                         "6001600055005b");
    run(&w, TARGET, "", 60000000);
    assert_int_equal(w.result.halt, EVM_SUCCESS);
    assert_int_equal(stored(&w, TARGET, 0), 0);
    end(&w);
}

static void test_arena_too_small(void **unused)
{
    (void)unused;
    /* 8 MiB of memory cost less than 200 million gas, but the machine was opened with less. */
    world w;
    begin(&w, FORK_OSAKA);
    arena small;
    arena_open(&small, (size_t)4 << 20);
    w.vm = evm_open(&small, &w.block, w.state);
    put_code(&w, TARGET, "600062800000" "52");
    assert_int_equal(run_status(&w, TARGET, 0, "", 200000000), MEMORY_EXHAUSTED);
    put_code(&w, TARGET, "600062080000" "52");
    assert_int_equal(run_status(&w, TARGET, 0, "", 200000000), OK);
    assert_int_equal(w.result.halt, EVM_SUCCESS);
    end(&w);
    arena_close(&small);
}

/* ---- creates ---- */

static void test_creates(void **unused)
{
    (void)unused;
    world w;
    begin(&w, FORK_OSAKA);
    /* EIP-1014, example: deployer 0, salt 0, init code 00. */
    address zero = {{0}};
    put_code(&w, zero, "6000600160006000f5" RETURN_TOP);
    run(&w, zero, "", 100000);
    assert_int_equal(w.result.halt, EVM_SUCCESS);
    bytes expected =
        bytes_from_hex(&w.memory, "0000000000000000000000004d1a2e2bb4f88f0250f26ffff098b0b30b26bf38");
    assert_memory_equal(w.result.output.data, expected.data, 32);
    /* 4·3 + 32000 + 2 + 6 + 3 of memory. */
    put_code(&w, zero, "6001600160006000f5");
    run(&w, zero, "", 100000);
    assert_int_equal(100000 - w.result.gas_left, 12 + 32000 + 8 + 3);
    /* Again at the same place: a collision takes the gas, but the nonce goes up. */
    uint64_t nonce = account_nonce(account_at(&w, zero));
    run(&w, zero, "", 100000);
    assert_int_equal(w.result.halt, EVM_SUCCESS);
    assert_true(w.result.gas_left < 2000);
    assert_int_equal(account_nonce(account_at(&w, zero)), nonce + 1);
    /* Init code that returns one byte of its memory. */
    put_code(&w, OTHER, "6460016000f3" "600052" "6005601b6000f0" RETURN_TOP);
    run(&w, OTHER, "", 200000);
    assert_int_equal(w.result.halt, EVM_SUCCESS);
    address made;
    memcpy(made.bytes, w.result.output.data + 12, 20);
    const contract_code *code;
    assert_int_equal(state_code(w.state, &code, account_at(&w, made)), OK);
    assert_int_equal(code->code.size, 1);
    assert_int_equal(code->code.data[0], 0);
    assert_int_equal(account_nonce(account_at(&w, made)), 1);
    end(&w);
}

static void create(world *w, const char *init_code, uint64_t gas)
{
    evm_message m = {.kind = EVM_CREATE, .sender = SENDER, .recipient = TARGET, .value = u256_from_u64(5),
                     .input = bytes_from_hex(&w->memory, init_code), .gas = gas};
    assert_int_equal(evm_run(w->vm, &w->result, &w->transaction, &m), OK);
}

static void test_create_messages(void **unused)
{
    (void)unused;
    world w;
    begin(&w, FORK_OSAKA);
    /* Deploys the byte 0xef: refused, all gas taken, value given back (EIP-3541). */
    create(&w, "60ef60005360016000f3", 100000);
    assert_int_equal(w.result.halt, EVM_INVALID_CODE);
    assert_int_equal(w.result.gas_left, 0);
    assert_int_equal(account_balance(account_at(&w, TARGET))->limb[0], 0);
    /* 24,577 bytes: too large; 24,576: deployed. */
    create(&w, "6160016000f3", 10000000);
    assert_int_equal(w.result.halt, EVM_CODE_TOO_LARGE);
    create(&w, "6160006000f3", 10000000);
    assert_int_equal(w.result.halt, EVM_SUCCESS);
    assert_int_equal(w.result.output.size, 24576);
    assert_int_equal(10000000 - w.result.gas_left, 6 + 3 * 768 + 768 * 768 / 512 + 200 * 24576);
    assert_int_equal(account_balance(account_at(&w, TARGET))->limb[0], 5);
    create(&w, "00", 100000);
    assert_int_equal(w.result.halt, EVM_ADDRESS_COLLISION);
    end(&w);
    /* The deposit not paid for: nothing deployed in Frontier, out of gas later. */
    begin(&w, FORK_FRONTIER);
    create(&w, "6103e86000f3", 1000);
    assert_int_equal(w.result.halt, EVM_SUCCESS);
    assert_int_equal(w.result.output.size, 0);
    end(&w);
    begin(&w, FORK_HOMESTEAD);
    create(&w, "6103e86000f3", 1000);
    assert_int_equal(w.result.halt, EVM_OUT_OF_GAS);
    end(&w);
}

static void test_self_destruct(void **unused)
{
    (void)unused;
    world w;
    begin(&w, FORK_OSAKA);
    state_set_balance(w.state, account_at(&w, TARGET), u256_from_u64(10));
    put_code(&w, TARGET, CALL_OTHER_ADDRESS "ff");
    settle(&w);
    run(&w, TARGET, "", 100000);
    assert_int_equal(w.result.halt, EVM_SUCCESS);
    assert_int_equal(100000 - w.result.gas_left, 3 + 5000 + 2600 + 25000);
    assert_int_equal(account_balance(account_at(&w, OTHER))->limb[0], 10);
    assert_false(account_self_destructed(account_at(&w, TARGET))); /* EIP-6780 */
    /* In its own creation it goes; what it left to itself is burnt. */
    create(&w, "30ff", 100000);
    assert_int_equal(w.result.halt, EVM_ADDRESS_COLLISION);
    end(&w);
    begin(&w, FORK_OSAKA);
    create(&w, "30ff", 100000);
    assert_int_equal(w.result.halt, EVM_SUCCESS);
    assert_true(account_self_destructed(account_at(&w, TARGET)));
    assert_int_equal(account_balance(account_at(&w, TARGET))->limb[0], 0);
    end(&w);
    begin(&w, FORK_BERLIN);
    put_code(&w, TARGET, CALL_OTHER_ADDRESS "ff");
    settle(&w);
    run(&w, TARGET, "", 100000);
    assert_true(account_self_destructed(account_at(&w, TARGET)));
    assert_int_equal(state_refund(w.state), 24000);
    end(&w);
}

/* ---- delegations (EIP-7702), precompiles ---- */

static void test_delegations(void **unused)
{
    (void)unused;
    world w;
    begin(&w, FORK_PRAGUE);
    address delegate = {{[0] = 0xee, [19] = 9}};
    put_code(&w, delegate, "3060005260206000f3");
    put_code(&w, OTHER, "ef0100" "ee00000000000000000000000000000000000009");
    settle(&w);
    /* Two cold accounts, 17 gas inside: ADDRESS, PUSH, MSTORE + memory, PUSH, PUSH. */
    expect(&w, CALL_OTHER("00") "3d60006000" "3e60206000f3", EVM_SUCCESS, -1,
           "000000000000000000000000dd00000000000000000000000000000000000002");
    settle(&w);
    expect(&w, CALL_OTHER("00"), EVM_SUCCESS, 6 * 3 + 2 + 2600 + 2600 + 17, "");
    expect(&w, CALL_OTHER_ADDRESS "3b" RETURN_TOP, EVM_SUCCESS, -1, ZERO_31 "17");
    run(&w, OTHER, "", 100000);
    assert_int_equal(w.result.output.data[12], 0xdd);
    /* A delegation to a precompile is a call to no code. */
    put_code(&w, OTHER, "ef0100" "0000000000000000000000000000000000000005");
    expect(&w, CALL_OTHER("00") RETURN_TOP, EVM_SUCCESS, -1, ZERO_31 "01");
    end(&w);
    /* Before Prague it is code that begins with an invalid opcode. */
    begin(&w, FORK_CANCUN);
    put_code(&w, OTHER, "ef0100" "ee00000000000000000000000000000000000009");
    run(&w, OTHER, "", 100000);
    assert_int_equal(w.result.halt, EVM_INVALID_OPCODE);
    end(&w);
}

static void test_precompiles(void **unused)
{
    (void)unused;
    world w;
    begin(&w, FORK_OSAKA);
    address a = {{[19] = 2}};
    run(&w, a, "616263", 72);
    bytes expected =
        bytes_from_hex(&w.memory, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_memory_equal(w.result.output.data, expected.data, 32);
    run(&w, a, "616263", 71);
    assert_int_equal(w.result.halt, EVM_PRECOMPILE_FAILED);
    a.bytes[19] = 3;
    run(&w, a, "616263", 1000);
    assert_int_equal(w.result.gas_left, 280);
    expected = bytes_from_hex(&w.memory, "0000000000000000000000008eb208f7e05d987a9b044a8e98c6b087f15a0bfc");
    assert_memory_equal(w.result.output.data, expected.data, 32);
    a.bytes[19] = 4;
    run(&w, a, "616263", 1000);
    assert_int_equal(w.result.gas_left, 1000 - 18);
    assert_memory_equal(w.result.output.data, "abc", 3);
    a.bytes[19] = 5;
    run(&w, a, "", 1000);
    assert_int_equal(w.result.gas_left, 500);
    assert_int_equal(w.result.output.size, 0);
    a = (address){{[18] = 1}};
    run(&w, a, "", 7000);
    assert_int_equal(w.result.gas_left, 100);
    assert_false(evm_is_precompile(FORK_PRAGUE, &a));
    /* From code: identity, whose return data outlives memory that grows over it. */
    expect(&w, "602a600052" "60006000602060006000" "60045af1" "600061100052" "3d600060003e60206000f3",
           EVM_SUCCESS, -1, ZERO_31 "2a");
    end(&w);

    static const unsigned counts[FORK_COUNT] = {4, 4, 4, 4, 4, 8, 8, 8, 9, 9,
                                                 9, 9, 9, 9, 9, 9, 10, 17, 18, 18};
    for (fork_id fork = FORK_FRONTIER; fork < FORK_COUNT; fork++) {
        unsigned i = 0;
        for (; evm_precompile_at(&a, fork, i); i++)
            assert_true(evm_is_precompile(fork, &a));
        assert_int_equal(i, counts[fork]);
    }
}

/* ---- tracing ---- */

typedef struct {
    unsigned steps, enters, leaves, deepest;
    uint64_t top_at_stop;
} trace_counts;

static void on_step(void *context, const evm_step *step_now)
{
    trace_counts *c = context;
    c->steps++;
    if (step_now->depth > c->deepest)
        c->deepest = step_now->depth;
    if (step_now->opcode == 0 && step_now->stack_size > 0)
        c->top_at_stop = step_now->stack[0].limb[0];
}

static void on_enter(void *context, const evm_frame_start *start)
{
    (void)start;
    ((trace_counts *)context)->enters++;
}

static void on_leave(void *context, const evm_result *result)
{
    (void)result;
    ((trace_counts *)context)->leaves++;
}

static void test_tracer(void **unused)
{
    (void)unused;
    world w;
    begin(&w, FORK_OSAKA);
    trace_counts counts = {0};
    evm_tracer tracer = {on_step, on_enter, on_leave, &counts};
    evm_set_tracer(w.vm, &tracer);
    put_code(&w, OTHER, "602a00");
    expect(&w, CALL_OTHER("00") "00", EVM_SUCCESS, 20 + 2600 + 3, "");
    assert_int_equal(counts.steps, 8 + 1 + 2);
    assert_int_equal(counts.enters, 2);
    assert_int_equal(counts.leaves, 2);
    assert_int_equal(counts.deepest, 2);
    assert_int_equal(counts.top_at_stop, 1);
    evm_set_tracer(w.vm, NULL);
    run(&w, TARGET, "", 100000);
    assert_int_equal(counts.steps, 11);
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_opcode_vectors),
        cmocka_unit_test(test_powers),
        cmocka_unit_test(test_precompile_vectors),
        cmocka_unit_test(test_three_operands),
        cmocka_unit_test(test_modular_edges),
        cmocka_unit_test(test_shifts),
        cmocka_unit_test(test_count_leading_zeros),
        cmocka_unit_test(test_deep_stack_opcodes),
        cmocka_unit_test(test_state_gas),
        cmocka_unit_test(test_forks_of_opcodes),
        cmocka_unit_test(test_stack_bounds),
        cmocka_unit_test(test_jump_destinations),
        cmocka_unit_test(test_sequences),
        cmocka_unit_test(test_memory_gas),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_surroundings),
        cmocka_unit_test(test_store_gas),
        cmocka_unit_test(test_store_needs_more_than_a_stipend),
        cmocka_unit_test(test_transient_storage),
        cmocka_unit_test(test_calls),
        cmocka_unit_test(test_value),
        cmocka_unit_test(test_revert),
        cmocka_unit_test(test_static),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_deep_memory),
        cmocka_unit_test(test_arena_too_small),
        cmocka_unit_test(test_creates),
        cmocka_unit_test(test_create_messages),
        cmocka_unit_test(test_self_destruct),
        cmocka_unit_test(test_delegations),
        cmocka_unit_test(test_precompiles),
        cmocka_unit_test(test_tracer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
