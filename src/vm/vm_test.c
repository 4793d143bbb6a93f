/* Every instruction on edge values, aliased operands and random ones: the tables pass the check of
 * constraints and buses. */
#include "base/u256.h"
#include "crypto/keccak.h"
#include "crypto/sha256.h"
#include "crypto/secp256k1_point.h"
#include "crypto/secp256k1_table.h"
#include "stark/layout.h"
#include "riscv/open_test.h"
#include "vm/run_test.h"

static test_code code;

static const uint64_t edges[] = {
    0,
    1,
    2,
    0x7F,
    0x80,
    0xFF,
    0xFFFF,
    0x10000,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFFF,
    0x100000000,
    UINT64_MAX,
    UINT64_MAX - 1,
    INT64_MAX,
    (uint64_t)INT64_MIN,
    0xFFFFFFFF80000000,
    0xFFFFFFFF7FFFFFFF,
    0x8000000080000000,
    0x0123456789ABCDEF,
    0xFFFF0000FFFF0000,
    0x0000FFFF0000FFFF,
    31,
    32,
    63,
    64,
    15,
    16,
    48,
};
enum { EDGES = sizeof edges / sizeof *edges };

static const int32_t immediates[] = {0, 1, -1, 2047, -2048, 0x55, 8};
enum { IMMEDIATES = sizeof immediates / sizeof *immediates };

static void begin(void)
{
    code.count = 0;
}

static void passes_with(const uint64_t *image, bytes input)
{
    test_exit(&code);
    test_run run;
    test_run_open(&run, &code, image, input);
    assert_int_equal(test_run_check(&run, test_print, NULL), 0);
    test_run_close(&run);
}

static void passes(void)
{
    passes_with(NULL, (bytes){0});
}

static void three_instructions(void **state)
{
    (void)state;
    begin();
    passes();
}

/* x1 = a, x2 = b, then all register operations of one kind with all aliases */
static void registers_of(test_operation operation)
{
    uint64_t seed = operation;
    begin();
    for (int i = 0; i < EDGES; i++)
        for (int k = 0; k < 4; k++) {
            uint64_t other = k < 3 ? edges[(i * 7 + k * 5) % EDGES] : test_random(&seed);
            test_load(&code, 1, edges[i]);
            test_load(&code, 2, other);
            test_op(&code, operation, 3, 1, 2, 0);
            test_op(&code, operation, 4, 2, 1, 0);
            if (k == 0) {
                test_op(&code, operation, 0, 1, 2, 0);
                test_op(&code, operation, 5, 1, 1, 0);
                test_op(&code, operation, 5, 0, 1, 0);
                test_op(&code, operation, 5, 1, 0, 0);
                test_op(&code, operation, 1, 1, 2, 0);
                test_op(&code, operation, 2, 2, 2, 0);
            }
        }
    passes();
}

static void immediates_of(test_operation operation, const int32_t *values, int count)
{
    begin();
    for (int i = 0; i < EDGES; i++) {
        for (int k = 0; k < count; k++) {
            test_load(&code, 1, edges[i]);
            test_op(&code, operation, 3, 1, 0, values[k]);
            test_op(&code, operation, 1, 1, 0, values[k]);
        }
        test_op(&code, operation, 0, 1, 0, values[i % count]);
        test_op(&code, operation, 6, 0, 0, values[i % count]);
    }
    passes();
}

static void register_operations(void **state)
{
    (void)state;
    for (int operation = 0; operation < OP_COUNT; operation++)
        if (test_encodings[operation].format == TEST_R)
            registers_of((test_operation)operation);
}

static void immediate_operations(void **state)
{
    (void)state;
    static const int32_t amounts[] = {0, 1, 15, 16, 17, 31, 32, 33, 47, 48, 63};
    static const test_operation arithmetic[] = {OP_ADDI, OP_SLTI, OP_SLTIU, OP_XORI,
                                                OP_ORI,  OP_ANDI, OP_ADDIW};
    for (int i = 0; i < 7; i++)
        immediates_of(arithmetic[i], immediates, IMMEDIATES);
    for (int operation = 0; operation < OP_COUNT; operation++)
        if (test_encodings[operation].format == TEST_SHIFT ||
            test_encodings[operation].format == TEST_SHIFT_WORD)
            immediates_of((test_operation)operation, amounts, 11);
}

static void reversals(void **state)
{
    (void)state;
    static const int32_t none[] = {0};
    immediates_of(OP_REV8, none, 1);
}

static void constants(void **state)
{
    (void)state;
    begin();
    static const int32_t uppers[] = {0, 1, 0x7FFFF, 0x80000, 0xFFFFF};
    for (int i = 0; i < 5; i++) {
        test_op(&code, OP_LUI, 5, 0, 0, uppers[i]);
        test_op(&code, OP_AUIPC, 6, 0, 0, uppers[i]);
        test_op(&code, OP_AUIPC, 0, 0, 0, uppers[i]);
        test_op(&code, OP_JAL, 1, 0, 0, 8);
        test_op(&code, OP_ADDI, 0, 0, 0, 0);
        test_op(&code, OP_FENCE, 0, 0, 0, 0);
        test_op(&code, OP_JAL, 0, 0, 0, 4);
    }
    passes();
}

static void branches(void **state)
{
    (void)state;
    for (int operation = OP_BEQ; operation <= OP_BGEU; operation++) {
        begin();
        for (int i = 0; i < EDGES; i++)
            for (int k = 0; k < 4; k++) {
                test_load(&code, 1, edges[i]);
                test_load(&code, 2, k == 0 ? edges[i] : edges[(i * 11 + k * 3) % EDGES]);
                test_op(&code, (test_operation)operation, 0, 1, 2, 8);
                test_op(&code, OP_ADDI, 3, 3, 0, 1);
                test_op(&code, (test_operation)operation, 0, 2, 1, 12);
                test_op(&code, (test_operation)operation, 0, 1, 1, 8);
                test_op(&code, (test_operation)operation, 0, 0, 1, 4);
                test_op(&code, OP_ADDI, 3, 3, 0, 1);
            }
        /* back, and again */
        test_load(&code, 4, 5);
        test_op(&code, OP_ADDI, 4, 4, 0, -1);
        test_op(&code, OP_BNE, 0, 4, 0, -4);
        passes();
    }
}

static void jumps(void **state)
{
    (void)state;
    begin();
    static const int32_t offsets[] = {0, 1, 2047, -2048, -1, 4, -4};
    for (int i = 0; i < 7; i++)
        for (uint32_t rd = 0; rd < 3; rd++) {
            uint32_t at = TEST_BASE * 4 + (code.count + 20) * 4;
            uint32_t before = code.count;
            test_load(&code, 1, (uint64_t)(int64_t)((int32_t)at - offsets[i]));
            test_op(&code, OP_JALR, rd, 1, 0, offsets[i]);
            while (code.count < before + 20)
                test_op(&code, OP_ADDI, 3, 3, 0, 1);
        }
    passes();
}

/* Loads and stores of every size at every offset, around `address`. */
static void accesses_at(uint64_t address, bool at_start)
{
    static const struct {
        test_operation load, load_unsigned, store;
    } sizes[] = {
        {OP_LB, OP_LBU, OP_SB}, {OP_LH, OP_LHU, OP_SH}, {OP_LW, OP_LWU, OP_SW}, {OP_LD, OP_LD, OP_SD}};
    uint64_t seed = address;
    test_load(&code, 8, address);
    for (int32_t offset = at_start ? 0 : -16; offset < 16; offset++)
        for (int i = 0; i < 4; i++) {
            test_load(&code, 5, offset % 2 ? UINT64_C(0x8081828384858687) : test_random(&seed));
            test_op(&code, OP_LD, 9, 8, 0, 0);
            test_op(&code, sizes[i].store, 0, 8, 5, offset);
            test_op(&code, sizes[i].load, 6, 8, 0, offset);
            test_op(&code, sizes[i].load_unsigned, 7, 8, 0, offset);
            test_op(&code, sizes[i].load, 0, 8, 0, offset);
        }
}

static void loads_and_stores(void **state)
{
    (void)state;
    static uint64_t image[1 << 16];
    for (uint64_t i = 0, seed = 1; i < 1 << 16; i++)
        image[i] = test_random(&seed);
    uint8_t input[100];
    memset(input, 0xA5, sizeof input);
    begin();
    accesses_at(MAP_HEAP_BASE + 0x1000, false);
    accesses_at(MAP_HEAP_BASE, true);
    accesses_at(MAP_HEAP_END - 32, true); /* the last words of a region: nothing lies beyond */
    passes_with(image, (bytes){input, sizeof input});
    begin();
    test_load(&code, 8, MAP_INPUT_BASE + 64);
    test_load(&code, 10, MAP_IMAGE_BASE + 0x7FFC0);
    for (int32_t offset = 0; offset < 17; offset++)
        for (uint32_t base = 8; base <= 10; base += 2) {
            test_op(&code, OP_LD, 6, base, 0, offset);
            test_op(&code, OP_LW, 6, base, 0, offset);
            test_op(&code, OP_LHU, 6, base, 0, offset);
            test_op(&code, OP_LB, 6, base, 0, offset);
        }
    accesses_at(MAP_STACK_END - 16 - 24, false);
    accesses_at(MAP_HEAP_BASE + 0x7FFF0,
                false); /* across two blocks of the map, and two limbs of the address */
    passes_with(image, (bytes){input, sizeof input});
}

/* Aliases: the address register is loaded into, or stored; the address is a sum that wraps. */
static void memory_aliases(void **state)
{
    (void)state;
    begin();
    test_load(&code, 8, MAP_HEAP_BASE);
    for (int32_t offset = 0; offset < 8; offset++) {
        test_op(&code, OP_SD, 0, 8, 8, offset);
        test_op(&code, OP_LD, 8, 8, 0, offset);
        test_op(&code, OP_SH, 0, 8, 8, offset);
        test_op(&code, OP_SB, 0, 8, 0, offset);
    }
    test_load(&code, 9, MAP_HEAP_BASE + 2048);
    test_op(&code, OP_SD, 0, 9, 9, -2048);
    test_op(&code, OP_LW, 9, 9, 0, -2044);
    passes();
}

static void output_and_input(void **state)
{
    (void)state;
    uint8_t input[40];
    for (uint32_t i = 0; i < sizeof input; i++)
        input[i] = (uint8_t)(i * 37);
    begin();
    test_load(&code, 1, MAP_INPUT_BASE);
    test_load(&code, 2, MAP_OUTPUT_BASE);
    for (int32_t i = 0; i < 4; i++) {
        test_op(&code, OP_LD, 3, 1, 0, 8 * i);
        test_op(&code, OP_SD, 0, 2, 3, 8 * i);
    }
    passes_with(NULL, (bytes){input, sizeof input});
}

/* The hint is read at once, by a run that ends without reading it, and after the input's end. */
static void hints(void **state)
{
    (void)state;
    uint8_t input[13] = "of 13 bytes";
    for (int reads = 0; reads < 3; reads++) {
        begin();
        test_load(&code, 11, MAP_HEAP_BASE);
        test_load(&code, 5, 0x123457);
        test_op(&code, OP_SD, 0, 11, 5, 0);
        test_load(&code, 5, 0xFEDCBA9);
        test_op(&code, OP_SD, 0, 11, 5, 32);
        test_load(&code, 10, MAP_INPUT_BASE + (reads == 2 ? 0x10000 : 24));
        test_load(&code, 12, HINT_INVERSE);
        test_load(&code, 17, CALL_HINT);
        test_op(&code, OP_ECALL, 0, 0, 0, 0);
        for (int32_t i = 0; i < 4 && reads != 0; i++)
            test_op(&code, OP_LD, 6, 10, 0, 8 * i);
        passes_with(NULL, (bytes){input, sizeof input});
    }
}

/* Numbers of 256 bits in the image: edges of limbs, bytes and quotients. */
enum { NUMBERS = 24, NUMBERS_BASE = MAP_IMAGE_BASE };

static uint64_t (*long_numbers(void))[4]
{
    static uint64_t image[1 << 16];
    uint64_t(*numbers)[4] = (uint64_t(*)[4])image, seed = 3;
    static const uint64_t kinds[] = {
        0, UINT64_MAX, 0xFF00FF00FF00FF00, 0x00FF00FF00FF00FF, 0xFFFF0000FFFF0000, 1, 2};
    for (int i = 0; i < NUMBERS; i++)
        for (int k = 0; k < 4; k++) {
            if (i < 7)
                numbers[i][k] = i < 5 || k == 0 ? kinds[i] : 0; /* 0, 2^256 − 1, …, 1, 2 */
            else if (i < 10)
                numbers[i][k] = k == 3 ? UINT64_C(1) << 63 : i == 7 ? 0 : i == 8 ? 1 : UINT64_MAX;
            else if (i < 14)
                numbers[i][k] = k == i - 10 ? test_random(&seed) : 0;
            else
                numbers[i][k] = test_random(&seed);
        }
    return numbers;
}

static bool has_quotient(uint64_t (*numbers)[4], int a, int b, int c, int m)
{
    uint64_t q[4], r[4];
    return u256_multiply_divide_limbs(q, r, numbers[a], numbers[b], numbers[c], numbers[m]);
}

static void divisions(void **state)
{
    (void)state;
    uint64_t(*numbers)[4] = long_numbers(), seed = 5;
    begin();
    uint32_t divided = 0;
    for (int i = 0; i < 1500; i++) {
        int place[4];
        for (int k = 0; k < 4; k++)
            place[k] = (int)(test_random(&seed) % (i < 1000 ? 10 : NUMBERS));
        if (!has_quotient(numbers, place[0], place[1], place[2], place[3]))
            continue;
        uint64_t random = test_random(&seed);
        test_load(&code, 10, MAP_HEAP_BASE + 8 * (random & 31));
        test_load(&code, 11, MAP_HEAP_BASE + 8 * ((random & 31) + 4 + (random >> 5 & 31)));
        for (int k = 0; k < 4; k++)
            test_load(&code, 12 + (uint32_t)k, NUMBERS_BASE + 32 * (uint32_t)place[k]);
        test_load(&code, 17, CALL_DIVIDE);
        test_op(&code, OP_ECALL, 0, 0, 0, 0);
        if (++divided == 300)
            break;
    }
    assert_true(divided >= 200);
    passes_with((const uint64_t *)numbers, (bytes){0});
}

/* Lists whose items write what the next read, over operands of their own and over words of the list. */
static void lists(void **state)
{
    (void)state;
    uint64_t(*numbers)[4] = long_numbers(), seed = 7;
    for (int modulus = 0; modulus < NUMBERS; modulus += modulus < 14 ? 1 : 4) {
        begin();
        test_load(&code, 10, MAP_HEAP_BASE);
        test_load(&code, 11, MAP_IMAGE_BASE);
        test_load(&code, 15, 4 * NUMBERS);
        test_load(&code, 17, CALL_COPY_WORDS);
        test_op(&code, OP_ECALL, 0, 0, 0, 0);
        uint32_t m = NUMBERS_BASE + 32 * (uint32_t)modulus;
        enum { LIST = NUMBERS_BASE + 0x1000, ITEMS = 9, ONE = 5, ZERO = 0 };
        uint64_t *list = &numbers[0x1000 / 32][0];
        for (int i = 0; i < ITEMS; i++) {
            /* first remainders, each a·1 + 0, which any m but 0 leaves; then products of them */
            uint16_t at[4];
            for (int k = 0; k < 4; k++)
                at[k] = (uint16_t)(i < 4 ? 16 + test_random(&seed) % 8 : NUMBERS + test_random(&seed) % 4);
            list[i] = i < 4 ? call_muladd_item(at[0], ONE, ZERO, (uint16_t)(NUMBERS + i))
                            : call_muladd_item(at[0], at[1], at[2], at[3]);
        }
        for (uint32_t first = 0; first < ITEMS; first += 3 + first) {
            test_load(&code, 10, MAP_HEAP_BASE);
            test_load(&code, 11, LIST + 8 * first);
            test_load(&code, 12, m);
            test_load(&code, 15, first == 0 ? ITEMS : 1);
            test_load(&code, 17, CALL_MULADD);
            test_op(&code, OP_ECALL, 0, 0, 0, 0);
        }
        passes_with((const uint64_t *)numbers, (bytes){0});
    }
    /* zeros: block 0 four times, which the list itself lies in, and so does m */
    begin();
    test_load(&code, 10, MAP_HEAP_BASE);
    test_load(&code, 11, MAP_HEAP_BASE + 8);
    test_load(&code, 12, MAP_HEAP_BASE);
    test_load(&code, 15, 3);
    test_load(&code, 17, CALL_MULADD);
    test_op(&code, OP_ECALL, 0, 0, 0, 0);
    passes();
}

/* The same of 384 bits: each number is one of 256 and half of the next one but one. */
static void lists_of_384_bits(void **state)
{
    (void)state;
    enum { WIDE_NUMBERS = NUMBERS * 4 / 6, ITEMS = 9, ONE = 4, ZERO = 5, LIST = NUMBERS_BASE + 0x1000 };
    uint64_t(*numbers)[4] = long_numbers(), *words = numbers[0], seed = 11;
    for (int i = 0; i < 6; i++) {
        words[6 * ONE + i] = i == 0;
        words[6 * ZERO + i] = 0;
    }
    uint64_t *list = &numbers[0x1000 / 32][0];
    for (int modulus = 0; modulus < WIDE_NUMBERS; modulus++) {
        if (modulus == ZERO)
            continue;
        begin();
        test_load(&code, 10, MAP_HEAP_BASE);
        test_load(&code, 11, MAP_IMAGE_BASE);
        test_load(&code, 15, 6 * WIDE_NUMBERS);
        test_load(&code, 17, CALL_COPY_WORDS);
        test_op(&code, OP_ECALL, 0, 0, 0, 0);
        for (int i = 0; i < ITEMS; i++) {
            uint16_t at[4];
            for (int k = 0; k < 4; k++)
                at[k] = (uint16_t)(test_random(&seed) % (i < 4 ? WIDE_NUMBERS : 4) + (i < 4 ? 0 : WIDE_NUMBERS));
            list[i] = i < 4 ? call_muladd_item(at[0], ONE, ZERO, (uint16_t)(WIDE_NUMBERS + i))
                            : call_muladd_item(at[0], at[1], at[2], at[3]);
        }
        for (uint32_t first = 0; first < ITEMS; first += 3 + first) {
            test_load(&code, 10, MAP_HEAP_BASE);
            test_load(&code, 11, LIST + 8 * first);
            test_load(&code, 12, NUMBERS_BASE + 48 * (uint32_t)modulus);
            test_load(&code, 15, first == 0 ? ITEMS : 1);
            test_load(&code, 17, CALL_MULADD_384);
            test_op(&code, OP_ECALL, 0, 0, 0, 0);
        }
        passes_with((const uint64_t *)numbers, (bytes){0});
    }
}

static void copies(void **state)
{
    (void)state;
    begin();
    test_load(&code, 1, MAP_HEAP_BASE);
    for (int32_t i = 0; i < 20; i++) {
        test_load(&code, 2, UINT64_C(0x123456789ABCDEF) * (uint64_t)(i + 1));
        test_op(&code, OP_SD, 0, 1, 2, 8 * i);
    }
    static const uint32_t counts[] = {1, 2, 20, 1};
    for (uint32_t i = 0; i < 4; i++) {
        test_load(&code, 10, MAP_HEAP_BASE + 0x7FF80 + 256 * i);
        test_load(&code, 11, MAP_HEAP_BASE);
        test_load(&code, 15, counts[i]);
        test_load(&code, 17, CALL_COPY_WORDS);
        test_op(&code, OP_ECALL, 0, 0, 0, 0);
    }
    passes();
}

/* Source and destination overlap: constraints and emulator agree that all words are read first. */
static void copies_that_overlap(void **state)
{
    (void)state;
    static const struct {
        uint32_t to, from;
        uint64_t words[4]; /* what stands in words 3 … 6 after seven words are copied */
    } cases[] = {{3, 0, {1, 2, 3, 4}}, {0, 3, {7, 8, 9, 10}}, {1, 1, {4, 5, 6, 7}}, {2, 1, {3, 4, 5, 6}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin();
        test_load(&code, 1, MAP_HEAP_BASE);
        for (int32_t w = 0; w < 12; w++) {
            test_op(&code, OP_ADDI, 2, 0, 0, w + 1);
            test_op(&code, OP_SD, 0, 1, 2, 8 * w);
        }
        test_load(&code, 10, MAP_HEAP_BASE + 8 * cases[i].to);
        test_load(&code, 11, MAP_HEAP_BASE + 8 * cases[i].from);
        test_load(&code, 15, 7);
        test_load(&code, 17, CALL_COPY_WORDS);
        test_op(&code, OP_ECALL, 0, 0, 0, 0);
        test_load(&code, 9, MAP_OUTPUT_BASE);
        for (int32_t w = 0; w < 4; w++) {
            test_op(&code, OP_LD, 3, 1, 0, 8 * (w + 3));
            test_op(&code, OP_SD, 0, 9, 3, 8 * w);
        }
        test_exit(&code);
        test_run run;
        test_run_open(&run, &code, NULL, (bytes){0});
        assert_memory_equal(run.output.bytes, cases[i].words, 32);
        assert_int_equal(test_run_check(&run, test_print, NULL), 0);
        test_run_close(&run);
    }
}

enum { HASHED_BYTES = 1600 };

static void hash(uint64_t digest, uint64_t data, uint64_t tail, uint64_t n)
{
    test_load(&code, 10, digest);
    test_load(&code, 11, data);
    test_load(&code, 12, tail);
    test_load(&code, 15, n);
    test_load(&code, 17, CALL_KECCAK256);
    test_op(&code, OP_ECALL, 0, 0, 0, 0);
}

/* Blocks at every offset within a word, calls one after another, and operands all over each other: the last digest is the
 * output. */
static void sponges(void **state)
{
    (void)state;
    enum { IN = MAP_INPUT_BASE + 8, HEAP = MAP_HEAP_BASE };
    static const struct {
        uint64_t digest, data, tail, n;
    } cases[] = {
        {HEAP, IN, IN, 1},
        {HEAP + 8, IN, IN + 136, 2},
        {HEAP + 64, IN + 1, IN + 8, 3},
        {HEAP + 64, IN + 2, IN + 16, 2},
        {HEAP + 64, IN + 3, IN + 16, 2},
        {HEAP + 64, IN + 4, HEAP, 5},
        {HEAP + 16, IN + 5, HEAP, 2},
        {HEAP + 64, IN + 6, IN + 16, 2},
        {HEAP + 64, IN + 7, HEAP + 24, 9},
        {HEAP + 24, HEAP + 3, HEAP, 2},
        {HEAP, HEAP, HEAP, 4},
        {HEAP + 8, 0xFFFFFFFF, HEAP, 1},
        {MAP_OUTPUT_BASE, HEAP + 1, HEAP, 3},
    };
    static uint8_t input[HASHED_BYTES], heap[1024];
    uint64_t seed = 3;
    for (size_t i = 0; i < sizeof input; i++)
        input[i] = (uint8_t)test_random(&seed);
    begin();
    hash256 digest;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hash(cases[i].digest, cases[i].data, cases[i].tail, cases[i].n);
        const uint8_t *data =
            cases[i].data < HEAP ? input + (cases[i].data - IN) : heap + (cases[i].data - HEAP) % sizeof heap;
        const uint8_t *tail = cases[i].tail < HEAP ? input + (cases[i].tail - IN) : heap + (cases[i].tail - HEAP);
        keccak256_blocks(&digest, data, tail, cases[i].n);
        if (cases[i].digest != MAP_OUTPUT_BASE)
            memcpy(heap + (cases[i].digest - HEAP), digest.bytes, 32);
    }
    test_exit(&code);
    for (int heights = VM_POWERS_OF_TWO; heights <= VM_GRAINS; heights++) {
        test_run run;
        code.heights = (vm_heights)heights;
        test_run_open(&run, &code, NULL, (bytes){input, sizeof input});
        assert_memory_equal(run.output.bytes, digest.bytes, 32);
        assert_int_equal(test_run_check(&run, test_print, NULL), 0);
        test_run_close(&run);
    }
    code.heights = VM_POWERS_OF_TWO;
}

static void compress(uint64_t state, uint64_t data, uint64_t tail, uint64_t start, uint64_t n)
{
    test_load(&code, 10, state);
    test_load(&code, 11, data);
    test_load(&code, 12, tail);
    test_load(&code, 13, start);
    test_load(&code, 15, n);
    test_load(&code, 17, CALL_SHA256);
    test_op(&code, OP_ECALL, 0, 0, 0, 0);
}

/* As `sponges`: calls of SHA-256 from values anywhere, also in their results and blocks. */
static void compressions(void **state)
{
    (void)state;
    enum { IN = MAP_INPUT_BASE + 8, HEAP = MAP_HEAP_BASE };
    static const struct {
        uint64_t state, data, tail, start, n;
    } cases[] = {
        {HEAP, IN, IN, IN + 8, 1},
        {HEAP + 8, IN, IN + 64, HEAP, 2},
        {HEAP + 64, IN + 1, IN + 8, HEAP + 8, 3},
        {HEAP + 64, IN + 2, IN + 16, HEAP + 64, 2},
        {HEAP + 64, IN + 3, IN + 16, IN, 2},
        {HEAP + 64, IN + 4, HEAP, HEAP, 5},
        {HEAP + 16, IN + 5, HEAP, HEAP + 40, 2},
        {HEAP + 64, IN + 6, IN + 16, HEAP + 56, 2},
        {HEAP + 64, IN + 7, HEAP + 24, HEAP + 24, 9},
        {HEAP + 24, HEAP + 3, HEAP, HEAP + 8, 2},
        {HEAP, HEAP, HEAP, HEAP, 4},
        {HEAP + 8, 0xFFFFFFFF, HEAP, HEAP, 1},
        {MAP_OUTPUT_BASE, HEAP + 1, HEAP, HEAP + 8, 3},
    };
    static uint8_t input[HASHED_BYTES], heap[1024];
    uint64_t seed = 5;
    for (size_t i = 0; i < sizeof input; i++)
        input[i] = (uint8_t)test_random(&seed);
    begin();
    hash256 out, start;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        compress(cases[i].state, cases[i].data, cases[i].tail, cases[i].start, cases[i].n);
        const uint64_t at[3] = {cases[i].data, cases[i].tail, cases[i].start};
        const uint8_t *bytes_at[3];
        for (int k = 0; k < 3; k++)
            bytes_at[k] = at[k] < HEAP ? input + (at[k] - IN) : heap + (at[k] - HEAP) % sizeof heap;
        memcpy(start.bytes, bytes_at[2], 32);
        sha256_blocks(&out, bytes_at[0], bytes_at[1], &start, cases[i].n);
        if (cases[i].state != MAP_OUTPUT_BASE)
            memcpy(heap + (cases[i].state - HEAP), out.bytes, 32);
    }
    test_exit(&code);
    for (int heights = VM_POWERS_OF_TWO; heights <= VM_GRAINS; heights++) {
        test_run run;
        code.heights = (vm_heights)heights;
        test_run_open(&run, &code, NULL, (bytes){input, sizeof input});
        assert_memory_equal(run.output.bytes, out.bytes, 32);
        assert_int_equal(test_run_check(&run, test_print, NULL), 0);
        test_run_close(&run);
    }
    code.heights = VM_POWERS_OF_TWO;
}

static void absorb(uint64_t sponge, uint64_t data, uint64_t n)
{
    test_load(&code, 10, sponge);
    test_load(&code, 11, data);
    test_load(&code, 15, n);
    test_load(&code, 17, CALL_SPONGE);
    test_op(&code, OP_ECALL, 0, 0, 0, 0);
}

/* Blocks of the input and of the heap, and states that lie in their own data: the first half of the last one is the output. */
static void elements(void **state)
{
    (void)state;
    enum { IN = MAP_INPUT_BASE + 8, HEAP = MAP_HEAP_BASE, WORDS = 256 };
    static const struct {
        uint32_t sponge, data, n; /* words from HEAP; of the input from WORDS on */
    } cases[] = {
        {0, WORDS, 1}, {0, 0, 1}, {16, WORDS + 8, 5}, {1, 0, 2}, {16, 17, 3}, {40, WORDS, 9}, {0, 36, 4},
    };
    static uint32_t input[2 * WORDS];
    static uint64_t heap[WORDS];
    memset(heap, 0, sizeof heap);
    uint64_t seed = 3;
    for (size_t i = 0; i < sizeof input / sizeof *input; i++)
        input[i] = i % 7 == 3 ? FP_MODULUS - 1 : (uint32_t)(test_random(&seed) % FP_MODULUS);
    begin();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool of_input = cases[i].data >= WORDS;
        absorb(HEAP + 8 * cases[i].sponge, (of_input ? IN - 8 * WORDS : HEAP) + 8 * cases[i].data, cases[i].n);
        uint64_t data[WORDS];
        memcpy(data, of_input ? (const void *)(input + 2 * (cases[i].data - WORDS)) : (const void *)(heap + cases[i].data),
               64 * cases[i].n);
        call_sponge(heap + cases[i].sponge, data, cases[i].n);
    }
    test_load(&code, 1, HEAP);
    test_load(&code, 2, MAP_OUTPUT_BASE);
    for (int32_t i = 0; i < 32; i += 8) {
        test_op(&code, OP_LD, 3, 1, 0, i);
        test_op(&code, OP_SD, 0, 2, 3, i);
    }
    test_exit(&code);
    for (int heights = VM_POWERS_OF_TWO; heights <= VM_GRAINS; heights++) {
        test_run run;
        code.heights = (vm_heights)heights;
        test_run_open(&run, &code, NULL, (bytes){(const uint8_t *)input, sizeof input});
        assert_memory_equal(run.output.bytes, heap, 32);
        assert_int_equal(test_run_check(&run, test_print, NULL), 0);
        test_run_close(&run);
    }
    code.heights = VM_POWERS_OF_TWO;
}

/* Lists of one to seven items with all flags, one after another, with operands all over each other; the
 * last result's x is the output. */
static void points(void **state)
{
    (void)state;
    enum { IN = MAP_INPUT_BASE + 8, LIST = 64, HEAP = MAP_HEAP_BASE };
    static const struct {
        uint64_t result, list, start, base, n;
    } cases[] = {
        {HEAP, IN + 8 * LIST, IN, IN, 1},
        {HEAP + 64, IN + 8 * (LIST + 1), IN + 64, IN + 64, 7},
        {HEAP, IN + 8 * (LIST + 2), HEAP, IN, 2},              /* start and result are one */
        {HEAP + 128, IN + 8 * (LIST + 8), HEAP + 64, HEAP, 1}, /* T is what was just made */
        {HEAP, IN + 8 * (LIST + 8), HEAP + 128, HEAP, 1},      /* T and result */
        {HEAP + 88, IN + 8 * (LIST + 9), IN, IN + 128, 3},
        {HEAP, IN + 8 * (LIST + 3), HEAP + 88, IN, 6},
    };
    static uint64_t input[80], heap[64];
    secp256k1_sum sum;
    memcpy(input, generator_pair[0], 64);
    memcpy(input + 8, generator_pair[1], 64);
    memcpy(input + 16, blinding_point[0], 64);
    memcpy(input + 24, blinding_point[1], 64);
    for (int i = 4; i < 8; i++) {
        secp256k1_point p, q;
        memcpy(&p, input + 8 * (i - 4), sizeof p);
        memcpy(&q, input + 8 * (i - 1), sizeof q);
        assert_true(secp256k1_add(&sum, &p, &q, (unsigned)i & 3));
        memcpy(input + 8 * i, &sum.sum, 64);
    }
    static const uint64_t list[] = {1, 2 | 2 << 16, 3 | 1 << 16, 4 | 3 << 16, 2 | 2 << 16, 3,
                                    1 | 3 << 16, 4, 0, 3 | 2 << 16, 1, 2 | 3 << 16};
    memcpy(input + LIST, list, sizeof list);
    begin();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        test_load(&code, 10, cases[i].result);
        test_load(&code, 11, cases[i].list);
        test_load(&code, 12, cases[i].start);
        test_load(&code, 13, cases[i].base);
        test_load(&code, 15, cases[i].n);
        test_load(&code, 17, CALL_POINT);
        test_op(&code, OP_ECALL, 0, 0, 0, 0);
#define WORDS_AT(address) ((address) < HEAP ? input + ((address) - IN) / 8 : heap + ((address) - HEAP) / 8)
        assert_true(secp256k1_add_list(WORDS_AT(cases[i].result), WORDS_AT(cases[i].list),
                                       WORDS_AT(cases[i].start), WORDS_AT(cases[i].base), cases[i].n));
    }
    test_load(&code, 10, MAP_OUTPUT_BASE);
    test_load(&code, 11, HEAP);
    test_load(&code, 15, 4);
    test_load(&code, 17, CALL_COPY_WORDS);
    test_op(&code, OP_ECALL, 0, 0, 0, 0);
    test_exit(&code);
    for (int heights = VM_POWERS_OF_TWO; heights <= VM_GRAINS; heights++) {
        test_run run;
        code.heights = (vm_heights)heights;
        test_run_open(&run, &code, NULL, (bytes){(const uint8_t *)input, sizeof input});
        assert_memory_equal(run.output.bytes, heap, 32);
        assert_int_equal(test_run_check(&run, test_print, NULL), 0);
        test_run_close(&run);
    }
    code.heights = VM_POWERS_OF_TWO;
}

/* Blocks that items share, also as operands and result of one; two calls with the same list. */
static void products(void **state)
{
    (void)state;
    enum { IN = MAP_INPUT_BASE + 8, HEAP = MAP_HEAP_BASE, ITEMS = 40, BLOCKS = 12 };
    static struct {
        fp blocks[BLOCKS][6];
        uint64_t list[ITEMS];
    } input;
    uint64_t seed = 5, copy[3 * BLOCKS];
    for (int i = 0; i < 6 * BLOCKS; i++)
        input.blocks[i / 6][i % 6] = i % 7 == 3 ? FP_MODULUS - 1 : (fp)(test_random(&seed) % FP_MODULUS);
    for (int i = 0; i < ITEMS; i++) {
        uint32_t number[4];
        for (int k = 0; k < 4; k++)
            number[k] = (uint32_t)(test_random(&seed) % BLOCKS);
        input.list[i] = call_multiply_add_item(number[0], number[1], number[2], number[3]);
    }
    memcpy(copy, input.blocks, sizeof copy);
    call_multiply_add(copy, input.list, ITEMS);
    call_multiply_add(copy, input.list + 1, 1);
    begin();
    test_load(&code, 10, HEAP);
    test_load(&code, 11, IN);
    test_load(&code, 15, 3 * BLOCKS);
    test_load(&code, 17, CALL_COPY_WORDS);
    test_op(&code, OP_ECALL, 0, 0, 0, 0);
    for (uint32_t i = 0; i < 2; i++) {
        test_load(&code, 11, IN + sizeof input.blocks + 8 * i);
        test_load(&code, 15, i == 0 ? ITEMS : 1);
        test_load(&code, 17, CALL_MULTIPLY_ADD);
        test_op(&code, OP_ECALL, 0, 0, 0, 0);
    }
    test_load(&code, 1, HEAP);
    test_load(&code, 2, MAP_OUTPUT_BASE);
    uint32_t last = (uint32_t)(input.list[1] >> 48);
    for (int32_t i = 0; i < 32; i += 8) {
        test_op(&code, OP_LD, 3, 1, 0, 24 * (int32_t)(last < BLOCKS - 1 ? last : BLOCKS - 2) + i);
        test_op(&code, OP_SD, 0, 2, 3, i);
    }
    test_exit(&code);
    for (int heights = VM_POWERS_OF_TWO; heights <= VM_GRAINS; heights++) {
        test_run run;
        code.heights = (vm_heights)heights;
        test_run_open(&run, &code, NULL, (bytes){(const uint8_t *)&input, sizeof input});
        assert_memory_equal(run.output.bytes, copy + 3 * (last < BLOCKS - 1 ? last : BLOCKS - 2), 32);
        assert_int_equal(test_run_check(&run, test_print, NULL), 0);
        test_run_close(&run);
    }
    code.heights = VM_POWERS_OF_TWO;
}

/* Leaves of one block and of several, full and not, with paths and without; the sums take the place of the weights. */
static void leaves(void **state)
{
    (void)state;
    enum { IN = MAP_INPUT_BASE + 8, HEAP = MAP_HEAP_BASE, LEAVES = 5, WORDS = 17, LEVELS = 13, STRIDE = 4 * LEVELS + WORDS };
    static const uint32_t shapes[][2] = {{1, 0}, {7, 1}, {8, 13}, {16, 0}, {17, 3}};
    typedef struct {
        uint64_t list[1 + LEAVES], leaves[LEAVES * STRIDE], cap[CALL_DIGEST_WORDS * LEAVES];
        uint64_t weights[2 * CALL_SUM_WORDS * WORDS];
    } operands;
    static operands input;
    enum { DATA = IN + (int)offsetof(operands, leaves), CAP = IN + (int)offsetof(operands, cap) };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        uint64_t sums[CALL_SUM_WORDS * LEAVES];
        test_open_operands(input.list, input.leaves, input.weights, input.cap, shapes[i][0], STRIDE, shapes[i][1], LEAVES);
        call_open(sums, input.leaves, input.weights, input.cap, input.list, LEAVES);
        begin();
        test_load(&code, 10, HEAP);
        test_load(&code, 11, IN + (uint32_t)offsetof(operands, weights));
        test_load(&code, 15, sizeof input.weights / 8);
        test_load(&code, 17, CALL_COPY_WORDS);
        test_op(&code, OP_ECALL, 0, 0, 0, 0);
        test_load(&code, 11, DATA);
        test_load(&code, 12, HEAP);
        test_load(&code, 13, CAP);
        test_load(&code, 14, IN);
        test_load(&code, 15, LEAVES);
        test_load(&code, 17, CALL_OPEN);
        test_op(&code, OP_ECALL, 0, 0, 0, 0);
        test_load(&code, 1, HEAP);
        test_load(&code, 2, MAP_OUTPUT_BASE);
        for (int32_t k = 0; k < 32; k += 8) {
            test_op(&code, OP_LD, 3, 1, 0, 24 * (LEAVES - 2) + k);
            test_op(&code, OP_SD, 0, 2, 3, k);
        }
        test_exit(&code);
        for (int heights = VM_POWERS_OF_TWO; heights <= VM_GRAINS; heights++) {
            test_run run;
            code.heights = (vm_heights)heights;
            test_run_open(&run, &code, NULL, (bytes){(const uint8_t *)&input, sizeof input});
            assert_memory_equal(run.output.bytes, sums + CALL_SUM_WORDS * (LEAVES - 2), 32);
            assert_int_equal(test_run_check(&run, test_print, NULL), 0);
            test_run_close(&run);
        }
    }
    code.heights = VM_POWERS_OF_TWO;
}

/* Several segments, each its own proof, and the ledger in one of its own: every table passes, and across them
 * the global bus balances. */
static void segments(void **state)
{
    (void)state;
    begin();
    test_load(&code, 1, MAP_HEAP_BASE);
    test_load(&code, 2, 400);
    uint32_t loop = code.count;
    test_op(&code, OP_SD, 0, 1, 2, 0);
    test_op(&code, OP_LD, 3, 1, 0, 0);
    test_op(&code, OP_ADDI, 1, 1, 0, 4);
    test_op(&code, OP_ADDI, 2, 2, 0, -1);
    test_op(&code, OP_BNE, 0, 2, 0, 4 * ((int32_t)loop - (int32_t)code.count));
    test_exit(&code);
    test_run run;
    test_run_record(&run, &code, NULL, (bytes){0},
                    &(riscv_limits){.cycles = 500, .words = 1u << 22, .call_words = 1u << 20});
    assert_true(run.segment_count == 5);
    for (uint32_t i = 0; i < run.segment_count; i++) {
        riscv_trace_data trace;
        riscv_trace(&run.machine, &trace, &run.memory, &run.segments[i]);
        test_run_fill(&run, VM_SEGMENT, &run.segments[i], &trace);
        assert_int_equal(vm_check_presence(VM_SEGMENT, run.claim->rows), OK);
        assert_int_equal(vm_check_presence(VM_BOTH, run.claim->rows), PROOF_SHAPE);
    }
    test_run_fill(&run, VM_LEDGER, NULL, NULL);
    assert_int_equal(vm_check_presence(VM_LEDGER, run.claim->rows), OK);
    test_run_close(&run);
}

/* Registers are accessed after pauses around one and two windows: as operands, results, and by calls. */
static void pauses(void **state)
{
    (void)state;
    static const uint32_t iterations[] = {2040, 2046, 2047, 2048, 2049, 4090, 4094, 4095, 4096, 4097, 6200};
    begin();
    for (size_t i = 0; i < sizeof iterations / sizeof *iterations; i++) {
        test_load(&code, 4, iterations[i]);
        test_op(&code, OP_ADDI, 4, 4, 0, -1);
        test_op(&code, OP_BNE, 0, 4, 0, -4);
        test_op(&code, OP_ADD, 5, 6, 7, 0);
        test_op(&code, OP_ADD, 8, 8, 8, 0);
        test_op(&code, OP_ADDI, 9 + (uint32_t)i % 2, 0, 0, 1);
        test_load(&code, 10, MAP_HEAP_BASE + 256);
        test_load(&code, 11, MAP_HEAP_BASE);
        test_load(&code, 15, 2);
        test_load(&code, 17, CALL_COPY_WORDS);
        test_op(&code, OP_ECALL, 0, 0, 0, 0);
    }
    test_exit(&code);
    test_run run;
    test_run_open(&run, &code, NULL, (bytes){0});
    assert_true(run.segments[0].refresh_count > 30);
    assert_int_equal(run.tables.used_rows[VM_CHIP_REFRESH], run.segments[0].refresh_count);
    assert_int_equal(test_run_check(&run, test_print, NULL), 0);
    test_run_close(&run);
}

/* Tables that end with their rows: the same rows, and everything balances, though none is a power of two. */
static void tables_of_any_height(void **state)
{
    (void)state;
    static uint64_t image[1 << 16];
    image[3] = 7;
    for (int k = 0; k < 2; k++) {
        begin();
        test_load(&code, 4, 700);
        test_op(&code, OP_ADDI, 4, 4, 0, -1);
        test_op(&code, OP_BNE, 0, 4, 0, -4);
        test_load(&code, 1, MAP_IMAGE_BASE);
        if (k == 1)
            test_op(&code, OP_LD, 6, 1, 0, 24);
        test_load(&code, 8, MAP_HEAP_BASE);
        test_op(&code, OP_SD, 0, 8, 6, 8);
        test_exit(&code);
        code.heights = VM_GRAINS;
        test_run run;
        test_run_open(&run, &code, k ? image : NULL, (bytes){0});
        uint32_t planned[STARK_MAX_CHIPS], odd = 0;
        vm_plan_rows(planned, &run.source, &run.preprocessed);
        for (uint32_t i = 0; i < run.tables.count; i++) {
            const stark_table *table = &run.tables.tables[i];
            uint64_t used = run.tables.used_rows[table->chip];
            assert_int_equal(planned[table->chip], table->rows);
            assert_true(layout_rows_are_allowed(table->rows) && table->rows >= 1 && table->rows >= used);
            assert_true(table->rows <= used + layout_grain(table->rows));
            odd += (table->rows & (table->rows - 1)) != 0;
        }
        assert_true(odd > 5);
        assert_int_equal(run.tables.tables[run.tables.count - 1].rows, (1 << 13) + 256); /* region */
        assert_int_equal(test_run_check(&run, test_print, NULL), 0);
        test_run_close(&run);
    }
    code.heights = VM_POWERS_OF_TWO;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_instructions),
        cmocka_unit_test(reversals),
        cmocka_unit_test(constants),
        cmocka_unit_test(branches),
        cmocka_unit_test(jumps),
        cmocka_unit_test(immediate_operations),
        cmocka_unit_test(register_operations),
        cmocka_unit_test(loads_and_stores),
        cmocka_unit_test(memory_aliases),
        cmocka_unit_test(output_and_input),
        cmocka_unit_test(hints),
        cmocka_unit_test(divisions),
        cmocka_unit_test(lists),
        cmocka_unit_test(lists_of_384_bits),
        cmocka_unit_test(copies),
        cmocka_unit_test(copies_that_overlap),
        cmocka_unit_test(sponges),
        cmocka_unit_test(compressions),
        cmocka_unit_test(elements),
        cmocka_unit_test(points),
        cmocka_unit_test(products),
        cmocka_unit_test(leaves),
        cmocka_unit_test(segments),
        cmocka_unit_test(pauses),
        cmocka_unit_test(tables_of_any_height),
    };
    return cmocka_run_group_tests_name("vm", tests, NULL, NULL);
}
