/* Every cell of small valid tables is changed in several ways. A change is caught if a constraint of its row
 * fails, if the buses no longer balance, or if a lookup finds no row: multiplicities of
 * lookups are taken to be counted anew, as a prover who lies would do. What is not caught must be listed,
 * with the reason why it is harmless. And each constraint must catch something. */
#include "crypto/secp256k1_table.h"
#include "riscv/open_test.h"
#include "vm/preprocess.h"
#include "vm/run_test.h"

#include <stdlib.h>

static test_code code;

/* ---- a program that uses every chip in every way, but few rows ---- */

static void registers(test_operation operation, uint64_t a, uint64_t b)
{
    test_load(&code, 1, a);
    test_load(&code, 2, b);
    test_op(&code, operation, 3, 1, 2, 0);
}

/* Words of the image: three points and a list of items. */
enum { IMAGE_POINTS = 32, IMAGE_LIST = 64 };
/* Leaves of nine words, two levels below the cap. */
enum { LEAVES = 3, LEAF_WORDS = 9, LEAF_STRIDE = 18, IMAGE_CAP = 96, IMAGE_INDICES = 120, IMAGE_LEAVES = 128, IMAGE_WEIGHTS = 256 };

static void every_instruction(void)
{
    static const uint64_t pairs[][2] = {
        {0x8000000080000000, 0xFFFFFFFFFFFFFFFF},
        {0x123456789ABCDEF0, 0x0FEDCBA987654329},
        {5, 0},
        {7, 7},
        {0xFFFFFFFFFFFFFFF9, 2},
        {0x8000000000000000, 0xFFFFFFFFFFFFFFFF},
        {0xFEDCBA9876543210, 0x35},
    };
    code.count = 0;
    for (int operation = 0; operation < OP_COUNT; operation++) {
        const test_encoding *e = &test_encodings[operation];
        if (e->format == TEST_R)
            for (int i = 0; i < 7; i++)
                registers((test_operation)operation, pairs[i][0], pairs[i][1]);
        if (e->format == TEST_SHIFT || e->format == TEST_SHIFT_WORD)
            for (int32_t amount = 0; amount < 64; amount += 13) {
                test_load(&code, 1, pairs[amount % 2][0]);
                test_op(&code, (test_operation)operation, 3, 1, 0, amount);
            }
        if (e->format == TEST_REV8)
            for (int i = 0; i < 7; i++) {
                test_load(&code, 1, pairs[i][0]);
                test_op(&code, (test_operation)operation, 3, 1, 0, 0);
            }
        if (e->format == TEST_I && e->opcode != 0x67 && e->opcode != 0x03)
            for (int i = 0; i < 7; i++) {
                test_load(&code, 1, pairs[i][0]);
                test_op(&code, (test_operation)operation, 3, 1, 0,
                        i % 2 ? (int32_t)pairs[i][1] % 2048 : -0x123);
            }
        if (e->format == TEST_B)
            for (int i = 0; i < 7; i++) {
                test_load(&code, 1, pairs[i][0]);
                test_load(&code, 2, pairs[i][1]);
                test_op(&code, (test_operation)operation, 0, 1, 2, 8);
                test_op(&code, OP_ADD, 0, 1, 2, 0);
            }
    }
    for (int i = 0; i < 2; i++) {
        uint32_t at = TEST_BASE * 4 + (code.count + 8) * 4, before = code.count;
        test_load(&code, 1, at + (i ? 5 : -4u) + (i ? 1 : 0));
        test_op(&code, OP_JALR, (uint32_t)i, 1, 0, i ? -5 : 4);
        while (code.count < before + 8)
            test_op(&code, OP_LUI, 3, 0, 0, 0xABCDE);
    }
    test_op(&code, OP_JAL, 1, 0, 0, 8);
    test_op(&code, OP_AUIPC, 1, 0, 0, 0x12345);
    test_load(&code, 8, MAP_HEAP_BASE + 8);
    test_load(&code, 5, 0x8796A5B4C3D2E1F0);
    test_op(&code, OP_SD, 0, 8, 5, 0);
    test_op(&code, OP_SD, 0, 8, 5, -8);
    static const test_operation loads[] = {OP_LB, OP_LH, OP_LW, OP_LD, OP_LBU, OP_LHU, OP_LWU};
    static const test_operation stores[] = {OP_SB, OP_SH, OP_SW, OP_SD};
    for (int32_t offset = -8; offset < 0; offset++) {
        for (int i = 0; i < 7; i++)
            test_op(&code, loads[i], 6, 8, 0, offset);
        for (int i = 0; i < 4; i++)
            test_op(&code, stores[i], 0, 8, 5, offset);
        test_op(&code, OP_LD, 7, 8, 0, 0);
    }
    test_load(&code, 1, MAP_INPUT_BASE);
    test_op(&code, OP_LD, 6, 1, 0, 8);
    test_load(&code, 1, MAP_IMAGE_BASE);
    test_op(&code, OP_LD, 6, 1, 0, 16);
    test_load(&code, 1, MAP_OUTPUT_BASE);
    for (int32_t i = 0; i < 4; i++)
        test_op(&code, OP_SD, 0, 1, 5, 8 * i);
    for (uint32_t i = 1; i < 4; i++) {
        test_load(&code, 10, MAP_HEAP_BASE + 0x7FF80 + 256 * i);
        test_load(&code, 11, MAP_HEAP_BASE);
        test_load(&code, 15, i);
        test_load(&code, 17, CALL_COPY_WORDS);
        test_op(&code, OP_ECALL, 0, 0, 0, 0);
    }
    for (uint32_t i = 0; i < 2; i++) { /* two blocks that begin within words, then one */
        test_load(&code, 10, MAP_HEAP_BASE + 32 * i);
        test_load(&code, 11, MAP_INPUT_BASE + 13);
        test_load(&code, 12, MAP_INPUT_BASE + 160);
        test_load(&code, 15, 2 - i);
        test_load(&code, 17, CALL_KECCAK256);
        test_op(&code, OP_ECALL, 0, 0, 0, 0);
    }
    for (uint32_t i = 0; i < 2; i++) { /* the same, from the image and then from its own result */
        test_load(&code, 10, MAP_HEAP_BASE + 64);
        test_load(&code, 11, MAP_INPUT_BASE + 13);
        test_load(&code, 12, MAP_INPUT_BASE + 160);
        test_load(&code, 13, i ? MAP_HEAP_BASE + 64 : MAP_IMAGE_BASE + 64);
        test_load(&code, 15, 2 - i);
        test_load(&code, 17, CALL_SHA256);
        test_op(&code, OP_ECALL, 0, 0, 0, 0);
    }
    test_load(&code, 1, MAP_HEAP_BASE + 0x400); /* two blocks, p − 1 in one and in the capacity; then the state itself */
    test_load(&code, 2, UINT64_C(0x7F00000000000005));
    test_op(&code, OP_SD, 0, 1, 2, 80);
    test_op(&code, OP_SD, 0, 1, 2, 128);
    for (uint32_t i = 0; i < 2; i++) {
        test_load(&code, 10, MAP_HEAP_BASE + 0x400);
        test_load(&code, 11, MAP_HEAP_BASE + (i ? 0x400 : 0x480));
        test_load(&code, 15, 2 - i);
        test_load(&code, 17, CALL_SPONGE);
        test_op(&code, OP_ECALL, 0, 0, 0, 0);
    }
    for (uint32_t i = 0; i < 4; i++) { /* m and 2^256; two items, the second reads what the first wrote */
        uint32_t numbers = MAP_IMAGE_BASE + 64, m = numbers + 32 * (i % 2);
        test_load(&code, 10, MAP_HEAP_BASE);
        test_load(&code, 11, MAP_IMAGE_BASE + 32);
        test_load(&code, 12, m);
        test_load(&code, 15, i < 2 ? 2 : 1);
        test_load(&code, 17, CALL_MULADD);
        test_op(&code, OP_ECALL, 0, 0, 0, 0);
        test_load(&code, 11, MAP_HEAP_BASE + 512);
        test_load(&code, 12, MAP_HEAP_BASE + 32 * i);
        test_load(&code, 13, MAP_HEAP_BASE);
        test_load(&code, 14, numbers);
        test_load(&code, 15, m);
        test_load(&code, 17, CALL_DIVIDE);
        test_op(&code, OP_ECALL, 0, 0, 0, 0);
    }
    for (uint32_t i = 0; i < 2; i++) { /* the same lists of 384 bits, m with two zeros below */
        test_load(&code, 10, MAP_HEAP_BASE);
        test_load(&code, 11, MAP_IMAGE_BASE + 32);
        test_load(&code, 12, MAP_IMAGE_BASE + 48);
        test_load(&code, 15, 2 - i);
        test_load(&code, 17, CALL_MULADD_384);
        test_op(&code, OP_ECALL, 0, 0, 0, 0);
    }
    test_load(&code, 10, MAP_INPUT_BASE + 4096);
    test_load(&code, 11, MAP_HEAP_BASE);
    test_load(&code, 12, HINT_INVERSE);
    test_load(&code, 17, CALL_HINT);
    test_op(&code, OP_ECALL, 0, 0, 0, 0);
    for (uint32_t i = 0; i < 2; i++) { /* all flags, then one item from its result on */
        test_load(&code, 10, MAP_HEAP_BASE + 128);
        test_load(&code, 11, MAP_IMAGE_BASE + 8 * (IMAGE_LIST + 4 * i));
        test_load(&code, 12, i == 0 ? MAP_IMAGE_BASE + 8 * IMAGE_POINTS : MAP_HEAP_BASE + 128);
        test_load(&code, 13, MAP_IMAGE_BASE + 8 * IMAGE_POINTS);
        test_load(&code, 15, 4 - 3 * i);
        test_load(&code, 17, CALL_POINT);
        test_op(&code, OP_ECALL, 0, 0, 0, 0);
    }
    test_load(&code, 1, MAP_HEAP_BASE + 0x600); /* blocks of F with p − 1 in the first three; two items */
    for (int32_t i = 0; i < 9; i++)
        test_op(&code, OP_SD, 0, 1, 2, 8 * i);
    test_load(&code, 3, call_multiply_add_item(0, 1, 2, 3));
    test_op(&code, OP_SD, 0, 1, 3, 256);
    test_load(&code, 3, call_multiply_add_item(3, 3, 1, 1));
    test_op(&code, OP_SD, 0, 1, 3, 264);
    test_load(&code, 3, call_multiply_add_item(4, 4, 0, 5)); /* p − 1 as a result */
    test_op(&code, OP_SD, 0, 1, 3, 272);
    test_load(&code, 10, MAP_HEAP_BASE + 0x600);
    test_load(&code, 11, MAP_HEAP_BASE + 0x600 + 256);
    test_load(&code, 15, 3);
    test_load(&code, 17, CALL_MULTIPLY_ADD);
    test_op(&code, OP_ECALL, 0, 0, 0, 0);
    for (uint32_t i = 0; i < 2; i++) { /* three leaves, then the first alone: it is the last */
        test_load(&code, 10, MAP_HEAP_BASE + 0x800);
        test_load(&code, 11, MAP_IMAGE_BASE + 8 * IMAGE_LEAVES);
        test_load(&code, 12, MAP_IMAGE_BASE + 8 * IMAGE_WEIGHTS);
        test_load(&code, 13, MAP_IMAGE_BASE + 8 * IMAGE_CAP);
        test_load(&code, 14, MAP_IMAGE_BASE + 8 * IMAGE_INDICES);
        test_load(&code, 15, LEAVES - 2 * i);
        test_load(&code, 17, CALL_OPEN);
        test_op(&code, OP_ECALL, 0, 0, 0, 0);
    }
    /* registers that wait: refresh */
    test_load(&code, 4, 4500);
    test_op(&code, OP_ADDI, 4, 4, 0, -1);
    test_op(&code, OP_BNE, 0, 4, 0, -4);
    test_exit(&code);
}

/* ---- changes that are no lies ---- */

static const struct {
    vm_chip chip;
    const char *column; /* its beginning */
    const char *unless; /* harmless in rows where this column is 0; NULL: in all */
    const char *where;  /* and where this one is not 0; NULL: in all */
    const char *why;
} harmless[] = {
    {VM_CHIP_ADD_WORD, "b", NULL, "is[2]",
     "ADDIW reads no second register; the limbs of b that matter are bound"},
    {VM_CHIP_COMPARE, "less[6]", "marked", NULL, "equal values have no gap"},
    {VM_CHIP_COMPARE_IMMEDIATE, "less[6]", "marked", NULL, "equal values have no gap"},
    {VM_CHIP_BRANCH_LESS, "less[6]", "marked", NULL, "equal values have no gap"},
    {VM_CHIP_BRANCH_EQUAL, "inverse", NULL, NULL,
     "values that differ in several limbs have many witnesses of it"},
    {VM_CHIP_LOAD_NARROW, "byte", "is[0]", NULL, "only loads of bytes cut a limb"},
    {VM_CHIP_STORE_NARROW, "word_byte", "is[0]", NULL, "only stores of bytes cut a limb"},
    {VM_CHIP_STORE_NARROW, "b_byte", "is[0]", NULL, "only stores of bytes cut a limb"},
    {VM_CHIP_LOAD_MISALIGNED, "next", "crosses", NULL, "the next word is not read"},
    {VM_CHIP_LOAD_MISALIGNED, "rest", NULL, "is[2]", "a double is not extended"},
    {VM_CHIP_LOAD_MISALIGNED, "sign", NULL, "is[2]", "a double is not extended"},
    {VM_CHIP_STORE_MISALIGNED, "next", "crosses", NULL, "the next word is not accessed"},
    {VM_CHIP_MULTIPLY, "carry[2]", NULL, "is[1]", "a word ends after two limbs"},
    {VM_CHIP_MULTIPLY, "carry[3]", NULL, "is[1]", "a word ends after two limbs"},
    {VM_CHIP_DIVIDE, "slack", NULL, "by_zero", "there is no remainder to compare"},
    {VM_CHIP_DIVIDE, "borrow", NULL, "by_zero", "there is no remainder to compare"},
    {VM_CHIP_DIVIDE, "quotient_sign", NULL, "by_zero", "times 0"},
    {VM_CHIP_CALL, "n_low", "n", NULL, "exit counts nothing"},
    {VM_CHIP_KECCAK_ABSORB, "word[68]", NULL, "offset[0]", "the block begins with a word: the 18th is not read"},
    {VM_CHIP_KECCAK_ABSORB, "word[69]", NULL, "offset[0]", "the block begins with a word: the 18th is not read"},
    {VM_CHIP_KECCAK_ABSORB, "word[70]", NULL, "offset[0]", "the block begins with a word: the 18th is not read"},
    {VM_CHIP_KECCAK_ABSORB, "word[71]", NULL, "offset[0]", "the block begins with a word: the 18th is not read"},
    {VM_CHIP_KECCAK_ABSORB, "age[34]", NULL, "offset[0]", "the block begins with a word: the 18th is not read"},
    {VM_CHIP_KECCAK_ABSORB, "age[35]", NULL, "offset[0]", "the block begins with a word: the 18th is not read"},
    {VM_CHIP_KECCAK_ABSORB, "byte[136]", NULL, "offset[0]", "the block begins with a word: the 18th is not read"},
    {VM_CHIP_KECCAK_ABSORB, "byte[137]", NULL, "offset[0]", "the block begins with a word: the 18th is not read"},
    {VM_CHIP_KECCAK_ABSORB, "byte[138]", NULL, "offset[0]", "the block begins with a word: the 18th is not read"},
    {VM_CHIP_KECCAK_ABSORB, "byte[139]", NULL, "offset[0]", "the block begins with a word: the 18th is not read"},
    {VM_CHIP_KECCAK_ABSORB, "byte[140]", NULL, "offset[0]", "the block begins with a word: the 18th is not read"},
    {VM_CHIP_KECCAK_ABSORB, "byte[141]", NULL, "offset[0]", "the block begins with a word: the 18th is not read"},
    {VM_CHIP_KECCAK_ABSORB, "byte[142]", NULL, "offset[0]", "the block begins with a word: the 18th is not read"},
    {VM_CHIP_KECCAK_ABSORB, "byte[143]", NULL, "offset[0]", "the block begins with a word: the 18th is not read"},
    {VM_CHIP_OPEN, "header_age", "is_first", NULL, "read once"},
#define BEYOND(column, in) {VM_CHIP_OPEN_LEAF, column, in, NULL, "beyond the leaf nothing is read or weighed"}
#define BEYOND_TEN(i, in)                                                                                    \
    BEYOND("weight[" #i "0]", in), BEYOND("weight[" #i "1]", in), BEYOND("weight[" #i "2]", in),             \
        BEYOND("weight[" #i "3]", in), BEYOND("weight[" #i "4]", in), BEYOND("weight[" #i "5]", in),         \
        BEYOND("weight[" #i "6]", in), BEYOND("weight[" #i "7]", in), BEYOND("weight[" #i "8]", in),         \
        BEYOND("weight[" #i "9]", in)
#define BEYOND_WORD(i, age, age_gap, in) BEYOND("age[" #age "]", in), BEYOND("age[" #age_gap "]", in), BEYOND_TEN(i, in)
    BEYOND_WORD(1, 2, 3, "in[0]"),   BEYOND_WORD(2, 4, 5, "in[1]"),   BEYOND_WORD(3, 6, 7, "in[2]"),
    BEYOND_WORD(4, 8, 9, "in[3]"),   BEYOND_WORD(5, 10, 11, "in[4]"), BEYOND_WORD(6, 12, 13, "in[5]"),
    BEYOND_WORD(7, 14, 15, "in[6]"),
    {VM_CHIP_SHA256_BLOCK, "age[16]", NULL, "offset[0]", "the block begins with a word: no ninth is read"},
    {VM_CHIP_SHA256_BLOCK, "age[17]", NULL, "offset[0]", "the block begins with a word: no ninth is read"},
};
enum { HARMLESS = sizeof harmless / sizeof *harmless };

/* Columns by which a row says that it is no padding. */
static const char *const realness[] = {"real",      "is[0]",     "is[1]",     "is[2]",    "is[3]",    "is[4]",
                                       "is[5]",     "is[6]",     "is[7]",     "is[8]",    "is[9]",    "is[10]",   "is[11]",
                                       "places[0]", "places[1]", "places[2]", "places[3]", "left[0]",  "left[1]",
                                       "right[0]",  "right[1]",  "right[2]",  "right[3]",  "offset[0]", "offset[1]",
                                       "offset[2]", "offset[3]", "offset[4]", "offset[5]", "offset[6]", "offset[7]",
                                       "row[0]",    "row[1]",    "row[2]",    "row[3]",    "row[4]",    "row[5]",
                                       "row[6]",    "row[7]",    "row[8]",    "row[9]",    "row[10]",   "row[11]"};

typedef struct {
    test_run *run;
    const stark_table *table;
    const air *chip;
    const air_tape *tape;
    air_table_view view;
    const vm_providers *providers;
    fp *before, *after;       /* values of the row */
    bool *covered;            /* by constraint */
    uint64_t changes, caught, excused;
} subject;

static fp *cell(const subject *s, air_phase phase, uint32_t column, uint64_t row)
{
    return (fp *)s->table->columns[phase] + column * s->view.row_count + row;
}

/* The value of a named column in a row; 0 if the chip has none of that name. */
static fp named(const subject *s, const char *name, uint64_t row)
{
    if (strcmp(name, "marked") == 0) /* in a comparison: whether a limb is */
        return named(s, "less[0]", row) | named(s, "less[1]", row) | named(s, "less[2]", row) |
               named(s, "less[3]", row);
    for (int phase = AIR_BOUNDARY; phase <= AIR_MAIN; phase++)
        for (uint32_t c = 0; c < s->chip->width[phase]; c++)
            if (strcmp(s->chip->column_names[phase][c], name) == 0)
                return *cell(s, (air_phase)phase, c, row);
    return 0;
}

static bool is_padding(const subject *s, uint64_t row)
{
    for (size_t i = 0; i < sizeof realness / sizeof *realness; i++)
        if (named(s, realness[i], row) != 0)
            return false;
    return true;
}

typedef struct {
    uint32_t tag, length;
    fp message[AIR_MAX_MESSAGE], sum;
} balance;

static void add_messages(balance *list, uint32_t *count, const air_tape *t, const fp *values, bool negative)
{
    for (uint32_t i = 0; i < t->interaction_count; i++) {
        const air_interaction *x = &t->interactions[i];
        fp multiplicity = values[x->multiplicity];
        if (bus_infos[x->tag].lookup || multiplicity == 0)
            continue;
        balance entry = {.tag = x->tag, .length = x->length};
        for (uint32_t j = 0; j < x->length; j++)
            entry.message[j] = values[x->message[j]];
        uint32_t at = 0;
        while (at < *count && (list[at].tag != entry.tag ||
                               memcmp(list[at].message, entry.message, sizeof entry.message) != 0))
            at++;
        if (at == *count)
            list[(*count)++] = entry;
        list[at].sum = fp_add(list[at].sum, x->receive != negative ? fp_neg(multiplicity) : multiplicity);
    }
}

static bool is_caught(subject *s, uint64_t row)
{
    const air_tape *t = s->tape;
    bool caught = false;
    air_evaluate_row(s->after, t, &s->view, row);
    for (uint32_t i = 0; i < t->constraint_count; i++)
        if (s->after[t->constraints[i].expression] != 0)
            s->covered[i] = caught = true;
    if (caught)
        return true;
    static balance list[256];
    uint32_t count = 0;
    memset(list, 0, sizeof list);
    add_messages(list, &count, t, s->before, true);
    add_messages(list, &count, t, s->after, false);
    assert_true(count < 200);
    for (uint32_t i = 0; i < count; i++)
        if (list[i].sum != 0)
            return true;
    for (uint32_t i = 0; i < t->interaction_count; i++) {
        const air_interaction *x = &t->interactions[i];
        fp message[AIR_MAX_MESSAGE];
        if (!bus_infos[x->tag].lookup || x->receive || s->after[x->multiplicity] == 0)
            continue;
        for (uint32_t j = 0; j < x->length; j++)
            message[j] = s->after[x->message[j]];
        if (vm_find_lookup(s->providers, x->tag, message, x->length) < 0)
            return true;
    }
    return false;
}

static bool is_harmless(const subject *s, const char *column, uint64_t row)
{
    for (int i = 0; i < HARMLESS; i++)
        if (s->table->chip == (uint32_t)harmless[i].chip &&
            strncmp(column, harmless[i].column, strlen(harmless[i].column)) == 0 &&
            (harmless[i].unless == NULL || named(s, harmless[i].unless, row) == 0) &&
            (harmless[i].where == NULL || named(s, harmless[i].where, row) != 0))
            return true;
    return is_padding(s, row);
}

static void change_cells_of_row(subject *s, uint64_t row)
{
    static const uint32_t deltas[] = {1,       FP_MODULUS - 1,         1 << 8,    1 << 15,
                                      1 << 16, FP_MODULUS - (1 << 16), 0x12345678};
    air_evaluate_row(s->before, s->tape, &s->view, row);
    for (int phase = AIR_BOUNDARY; phase <= AIR_MAIN; phase++)
        for (uint32_t c = 0; c < s->chip->width[phase]; c++) {
            fp *at = cell(s, (air_phase)phase, c, row), old = *at;
            for (size_t d = 0; d < sizeof deltas / sizeof *deltas; d++) {
                *at = fp_add(old, fp_from_u32(deltas[d]));
                bool caught = is_caught(s, row);
                *at = old;
                s->changes++;
                s->caught += caught;
                if (caught)
                    continue;
                const char *name = s->chip->column_names[phase][c];
                if (is_harmless(s, name, row)) {
                    s->excused++;
                    continue;
                }
                print_error("%s row %llu: %s + %u is not caught\n", s->chip->name, (unsigned long long)row,
                            name, deltas[d]);
            }
        }
}

/* VM_ROWS_WRITE=FILE: rows of each chip's main columns as JSON, for tools/determinism.py, and nothing else. */
static void write_rows(const test_run *run, const char *path)
{
    enum { ROWS = 40 };
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    const char *chip_comma = "{";
    for (uint32_t i = 0; i < run->tables.count; i++) {
        const stark_table *table = &run->tables.tables[i];
        const air *chip = vm_airs[table->chip];
        if (chip->width[AIR_PREPROCESSED] != 0)
            continue;
        fprintf(f, "%s\"%s\": {\"columns\": [", chip_comma, chip->name);
        chip_comma = ",\n";
        for (uint32_t c = 0; c < chip->width[AIR_MAIN]; c++)
            fprintf(f, "%s\"%s\"", c == 0 ? "" : ", ", chip->column_names[AIR_MAIN][c]);
        fprintf(f, "], \"rows\": [");
        uint64_t used = run->tables.used_rows[table->chip], step = used / ROWS + 1;
        for (uint64_t row = 0; row < used; row += step) {
            fprintf(f, "%s[", row == 0 ? "" : ",\n");
            for (uint32_t c = 0; c < chip->width[AIR_MAIN]; c++)
                fprintf(f, "%s%u", c == 0 ? "" : ",",
                        fp_to_u32(table->columns[AIR_MAIN][(uint64_t)c * table->rows + row]));
            fprintf(f, "]");
        }
        fprintf(f, "]}");
    }
    fprintf(f, "}\n");
    assert_int_equal(fclose(f), 0);
}

static void every_cell_of_every_chip(void **state)
{
    (void)state;
    static uint64_t image[1 << 16];
    image[2] = 0x123456789ABCDEF0;
    image[4] = call_muladd_item(0, 1, 1, 2);
    image[5] = call_muladd_item(2, 0, 2, 0);
    static const uint64_t modulus[4] = {0xFEDCBA9876543210, 0x0123456789ABCDEF, 0xFFFF0000FF00F0F0,
                                        UINT64_MAX};
    memcpy(image + 8, modulus, sizeof modulus);
    static const uint64_t items[5] = {1, 2 | 1 << 16, 1 | 2 << 16, 2 | 3 << 16, 0};
    memcpy(image + IMAGE_POINTS, generator_pair, sizeof generator_pair);
    memcpy(image + IMAGE_POINTS + 16, blinding_point[0], sizeof blinding_point[0]);
    memcpy(image + IMAGE_LIST, items, sizeof items);
    test_open_operands(image + IMAGE_INDICES, image + IMAGE_LEAVES, image + IMAGE_WEIGHTS, image + IMAGE_CAP, LEAF_WORDS,
                       LEAF_STRIDE, 2, LEAVES);
    uint8_t input[24] = "some private input";
    every_instruction();
    test_run run;
    test_run_open(&run, &code, image, (bytes){input, sizeof input});
    assert_int_equal(test_run_check(&run, test_print, NULL), 0);
    if (getenv("VM_ROWS_WRITE") != NULL) {
        write_rows(&run, getenv("VM_ROWS_WRITE"));
        test_run_close(&run);
        return;
    }
    const vm_providers *providers = vm_providers_of(&run.tables, &run.memory);
    uint64_t changes = 0, missed = 0, excused = 0;
    uint32_t uncovered = 0, chips = 0;
    for (uint32_t i = 0; i < run.tables.count; i++) {
        const stark_table *table = &run.tables.tables[i];
        const air *chip = vm_airs[table->chip];
        if (chip->width[AIR_PREPROCESSED] != 0)
            continue; /* providers: fixed columns, and multiplicities that only the bus binds */
        chips++;
        const air_tape *tape = run.chips.tape[table->chip];
        subject s = {.run = &run, .table = table, .chip = chip, .tape = tape, .providers = providers};
        s.view = (air_table_view){.row_count = table->rows,
                                  .public_values = run.claim->public_values[table->chip]};
        memcpy(s.view.columns, table->columns, sizeof s.view.columns);
        s.before = ARENA_NEW(&run.memory, fp, tape->operation_count);
        s.after = ARENA_NEW(&run.memory, fp, tape->operation_count);
        s.covered = ARENA_NEW(&run.memory, bool, tape->constraint_count);
        uint64_t used = run.tables.used_rows[table->chip], step = used / 400 + 1;
        for (uint64_t row = 0; row < used; row += step)
            change_cells_of_row(&s, row);
        if (used < s.view.row_count) {
            change_cells_of_row(&s, used);
            change_cells_of_row(&s, s.view.row_count - 1);
        }
        for (uint32_t k = 0; k < tape->constraint_count; k++)
            if (!s.covered[k]) {
                print_error("%s: no change breaks \"%s\" (%u)\n", chip->name, tape->constraints[k].name, k);
                uncovered++;
            }
        changes += s.changes;
        excused += s.excused;
        missed += s.changes - s.caught - s.excused;
    }
    print_message("%u chips: %llu changes, %llu harmless, %llu not caught; %u constraints not broken\n",
                  chips, (unsigned long long)changes, (unsigned long long)excused, (unsigned long long)missed,
                  uncovered);
    assert_int_equal(chips, RISCV_CHIPS + 26);
    assert_int_equal(missed, 0);
    assert_int_equal(uncovered, 0);
    test_run_close(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell_of_every_chip),
    };
    return cmocka_run_group_tests_name("mutations", tests, NULL, NULL);
}
