#include "riscv/assemble_test.h"

#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* ---- decoder -------------------------------------------------------------------------------------- */

static int32_t immediate_for(test_format format, uint64_t random)
{
    switch (format) {
    case TEST_I:
    case TEST_S:
        return (int32_t)(random % 4096) - 2048;
    case TEST_SHIFT:
        return (int32_t)(random % 64);
    case TEST_SHIFT_WORD:
        return (int32_t)(random % 32);
    case TEST_B:
        return ((int32_t)(random % 4096) - 2048) * 2;
    case TEST_J:
        return ((int32_t)(random % 1048576) - 524288) * 2;
    case TEST_U:
        return (int32_t)(random % 1048576);
    default:
        return 0;
    }
}

static void check_row(test_operation operation, uint32_t pc4, uint32_t rd, uint32_t rs1, uint32_t rs2,
                      int32_t immediate)
{
    const test_encoding *e = &test_encodings[operation];
    riscv_instruction r = riscv_decode(pc4, assemble(operation, rd, rs1, rs2, immediate));
    riscv_kind kind = operation == OP_ADDI && rs1 == 0 ? RISCV_CONSTANT : e->kind;
    const riscv_kind_info *info = &riscv_kinds[kind];
    uint64_t pc = 4 * (uint64_t)pc4, constants = 0;
    uint32_t target = pc4 + 1;
    switch (e->format) {
    case TEST_I:
    case TEST_S:
    case TEST_SHIFT:
    case TEST_SHIFT_WORD:
        constants = (uint64_t)(int64_t)immediate;
        break;
    case TEST_U:
        constants = (uint64_t)(int64_t)(int32_t)((uint32_t)immediate << 12);
        constants += operation == OP_AUIPC ? pc : 0;
        break;
    case TEST_J:
        constants = pc + 4;
        /* fall through */
    case TEST_B: {
        int64_t to = (int64_t)pc + immediate;
        target = to % 4 != 0 || to < 0 || to >= INT64_C(1) << 32 ? RISCV_NOWHERE : (uint32_t)(to / 4);
        break;
    }
    default:
        break;
    }
    if (operation == OP_JALR)
        constants = (pc + 4) | (uint64_t)(immediate & 0xFFFF) << 32 | (uint64_t)(immediate < 0) << 48;
    if (operation == OP_FENCE)
        rd = 0;
    assert_int_equal(r.kind, kind);
    assert_int_equal(r.pc4, pc4);
    assert_int_equal(r.target4, target);
    assert_true(r.constants == constants);
    assert_int_equal(r.rd, info->writes_rd ? (rd == 0 ? RISCV_SINK : rd) : 0);
    assert_int_equal(r.rs1, info->reads_rs1 ? rs1 : 0);
    assert_int_equal(r.rs2, info->reads_rs2 ? rs2 : 0);
}

static void every_instruction_decodes(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int operation = 0; operation < OP_COUNT; operation++)
        for (int i = 0; i < 2000; i++) {
            uint64_t random = test_random(&seed);
            uint32_t pc4 = i % 8 == 0 ? (uint32_t)(random >> 40 & 63)
                                      : MAP_TEXT_BASE / 4 + (uint32_t)(random >> 44);
            check_row((test_operation)operation, pc4, random & 31, random >> 5 & 31, random >> 10 & 31,
                      immediate_for(test_encodings[operation].format, random >> 15));
        }
}

/* Counted by hand from the tables of the specification: how many of all words with these low bits are
 * rv64im. rev8 has its rs2 field set. */
static void nothing_else_decodes(void **state)
{
    (void)state;
    static const struct {
        uint32_t opcode, legal; /* of the 2^10 combinations of funct7 and funct3 */
    } expected[] = {
        {0x37, 1024}, {0x17, 1024}, {0x6F, 1024},
        {0x67, 128},                                /* jalr */
        {0x63, 6 * 128}, {0x03, 7 * 128}, {0x23, 4 * 128},
        {0x13, 6 * 128 + 2 + 4},                    /* slli, srli and srai ignore the lowest bit of funct7 */
        {0x33, 8 + 2 + 8}, {0x1B, 128 + 1 + 2}, {0x3B, 3 + 2 + 5},
        {0x0F, 128},                                /* fence, not fence.i */
        {0x73, 1},                                  /* ecall: with rd = rs1 = rs2 = 0 */
        {0x2F, 0}, {0x07, 0}, {0x27, 0}, {0x43, 0}, {0x53, 0}, {0x57, 0}, {0x0B, 0},
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        uint32_t legal = 0;
        for (uint32_t funct = 0; funct < 1024; funct++) {
            uint32_t word = expected[i].opcode | (funct & 7) << 12 | (funct >> 3) << 25;
            legal += riscv_decode(0x100000, word).kind != RISCV_ILLEGAL;
        }
        assert_int_equal(legal, expected[i].legal);
    }
    for (uint32_t word = 0x68005013; word < 0x6C005013; word += 1u << 20) /* and of Zbb's others none is there */
        assert_int_equal(riscv_decode(0x100000, word).kind,
                         word == 0x6B805013 ? RISCV_REVERSE_BYTES : RISCV_ILLEGAL);
    static const uint32_t illegal[] = {
        0,          UINT32_MAX,
        0x69805013, /* the rev8 of RV32 */
        0x60001013, /* clz */
        0x28705013, /* orc.b */
        0x00100073, /* ebreak */
        0x30200073, /* mret */
        0xC0002573, /* rdcycle */
        0x000000F3, /* ecall with rd = x1 */
        0x00000001, /* c.nop */
        0x0000100F, /* fence.i */
    };
    for (size_t i = 0; i < sizeof illegal / sizeof *illegal; i++)
        assert_int_equal(riscv_decode(0x100000, illegal[i]).kind, RISCV_ILLEGAL);
    /* Not one word whose two lowest bits say "compressed". */
    uint64_t seed = 2;
    for (int i = 0; i < 10000; i++)
        assert_int_equal(riscv_decode(0x100000, (uint32_t)test_random(&seed) & ~(uint32_t)(1 << i % 2)).kind,
                         RISCV_ILLEGAL);
}

static void lists_are_consistent(void **state)
{
    (void)state;
    assert_null(riscv_kinds[RISCV_ILLEGAL].name);
    bool used[RISCV_KINDS] = {false};
    for (int i = 0; i < OP_COUNT; i++)
        used[test_encodings[i].kind] = true;
    for (int kind = 1; kind < RISCV_KINDS; kind++) {
        assert_true(used[kind]);
        assert_true(riscv_kinds[kind].chip < RISCV_CHIPS);
    }
}

/* ---- ELF ------------------------------------------------------------------------------------------ */

enum { HEADERS_MAX = 8, DATA_OFFSET = 64 + 56 * HEADERS_MAX, FILE_BYTES = 4096 };

typedef struct {
    uint32_t type, flags;
    uint64_t offset, address, file_bytes, memory_bytes;
} test_segment;

typedef struct {
    uint64_t entry;
    uint32_t count;
    test_segment segments[HEADERS_MAX];
    uint8_t file[FILE_BYTES];
} test_elf;

static void put(uint8_t *at, uint64_t value, int size_bytes)
{
    for (int i = 0; i < size_bytes; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

/* A good file: three instructions, 20 bytes of data, some .bss. */
static void good(test_elf *e)
{
    *e = (test_elf){.entry = MAP_TEXT_BASE,
                    .count = 3,
                    .segments = {{1, 5, DATA_OFFSET, MAP_TEXT_BASE, 12, 12},
                                 {1, 4, DATA_OFFSET + 12, MAP_IMAGE_BASE + 4, 20, 100},
                                 {1, 6, 0, MAP_HEAP_BASE, 0, 4096}}};
    static const uint8_t magic[7] = {0x7F, 'E', 'L', 'F', 2, 1, 1};
    memcpy(e->file, magic, sizeof magic);
    put(e->file + 16, 2, 2);
    put(e->file + 18, 243, 2);
    put(e->file + 20, 1, 4);
    put(e->file + 54, 56, 2);
    put(e->file + 32, 64, 8);
    put(e->file + DATA_OFFSET, assemble(OP_ADDI, 17, 0, 0, 93), 4);
    put(e->file + DATA_OFFSET + 4, assemble(OP_ADDI, 10, 0, 0, 0), 4);
    put(e->file + DATA_OFFSET + 8, assemble(OP_ECALL, 0, 0, 0, 0), 4);
    for (int i = 0; i < 20; i++)
        e->file[DATA_OFFSET + 12 + i] = (uint8_t)(i + 1);
}

static status load_size(test_elf *e, riscv_program *program, arena *a, const char **reason, size_t size)
{
    put(e->file + 24, e->entry, 8);
    put(e->file + 56, e->count, 2);
    for (uint32_t i = 0; i < e->count && i < HEADERS_MAX; i++) {
        uint8_t *p = e->file + 64 + 56 * i;
        put(p, e->segments[i].type, 4);
        put(p + 4, e->segments[i].flags, 4);
        put(p + 8, e->segments[i].offset, 8);
        put(p + 16, e->segments[i].address, 8);
        put(p + 32, e->segments[i].file_bytes, 8);
        put(p + 40, e->segments[i].memory_bytes, 8);
    }
    return riscv_program_load(program, a, reason, (bytes){e->file, size});
}

static void a_good_file_loads(void **state)
{
    arena *a = *state;
    test_elf e;
    riscv_program program;
    good(&e);
    assert_int_equal(load_size(&e, &program, a, NULL, FILE_BYTES), OK);
    assert_int_equal(program.entry_pc4, MAP_TEXT_BASE / 4);
    assert_int_equal(program.instruction_count, 3);
    assert_int_equal(program.instructions[2].kind, RISCV_CALL);
    assert_int_equal(program.image_blocks, 1);
    assert_true(program.image_words[0] == UINT64_C(0x0403020100000000));
    assert_true(program.image_words[2] == UINT64_C(0x14131211100F0E0D));
    assert_true(program.image_words[65535] == 0);
    assert_int_equal(riscv_region_of(&program, 0), RISCV_UNMAPPED);
    assert_int_equal(riscv_region_of(&program, MAP_TEXT_BASE >> 19), RISCV_UNMAPPED);
    assert_int_equal(riscv_region_of(&program, MAP_IMAGE_BASE >> 19), RISCV_REGION_IMAGE);
    assert_int_equal(riscv_region_of(&program, (MAP_IMAGE_BASE >> 19) + 1), RISCV_UNMAPPED);
    assert_int_equal(riscv_region_of(&program, MAP_INPUT_BASE >> 19), RISCV_REGION_INPUT);
    assert_int_equal(riscv_region_of(&program, MAP_INPUT_END >> 19), RISCV_UNMAPPED);
    assert_int_equal(riscv_region_of(&program, MAP_HEAP_BASE >> 19), RISCV_REGION_ZERO);
    assert_int_equal(riscv_region_of(&program, (MAP_STACK_END - 1) >> 19), RISCV_REGION_ZERO);
    assert_int_equal(riscv_region_of(&program, MAP_STACK_END >> 19), RISCV_UNMAPPED);
    assert_int_equal(riscv_region_of(&program, MAP_OUTPUT_BASE >> 19), RISCV_REGION_OUTPUT);
    assert_int_equal(riscv_region_of(&program, (MAP_OUTPUT_BASE >> 19) + 1), RISCV_UNMAPPED);
    assert_int_equal(riscv_region_of(&program, MAP_BLOCKS - 1), RISCV_UNMAPPED);
}

/* Each changes one thing in the good file. */
static void bad_files_are_refused(void **state)
{
    arena *a = *state;
    for (int bad = 0;; bad++) {
        test_elf e;
        good(&e);
        test_segment *text = &e.segments[0], *data = &e.segments[1], *zero = &e.segments[2];
        size_t size = FILE_BYTES;
        switch (bad) {
        case 0: size = 63; break;
        case 1: e.file[0] = 0; break;
        case 2: e.file[4] = 1; break;                               /* 32 bits */
        case 3: e.file[5] = 2; break;                               /* big-endian */
        case 4: e.file[16] = 3; break;                              /* position-independent */
        case 5: e.file[18] = 62; break;                             /* x86-64 */
        case 6: e.file[48] = 1; break;                              /* compressed instructions */
        case 7: e.file[48] = 4; break;                              /* hard-float ABI */
        case 8: text->flags = 7; break;                             /* writable text */
        case 9: text->address = MAP_HEAP_BASE + 65536; e.entry = text->address; break;
        case 10: text->address = MAP_TEXT_END - 8; e.entry = text->address; break;
        case 11: text->file_bytes = 10; text->memory_bytes = 10; break;
        case 12: text->memory_bytes = 16; break;
        case 13: text->address += 2; e.entry += 2; break;
        case 14: e.entry += 2; break;
        case 15: e.entry = MAP_TEXT_BASE + 12; break;
        case 16: e.entry = MAP_TEXT_BASE - 4; break;
        case 17: e.entry = 0; break;
        case 18: put(e.file + DATA_OFFSET, 0, 4); break;            /* illegal first instruction */
        case 19: data->address = MAP_INPUT_BASE; break;             /* would preset the input */
        case 20: data->address = MAP_OUTPUT_BASE; break;
        case 21: data->address = 0; break;
        case 22: data->address = MAP_IMAGE_END - 50; break;
        case 23: data->address = MAP_HEAP_BASE + 65536; break;      /* bytes in zeroed memory */
        case 24: data->address = MAP_TEXT_BASE + 4; break;          /* overlap */
        case 25: zero->address = MAP_STACK_BASE; break;
        case 26: zero->memory_bytes = UINT64_C(1) << 33; break;
        case 27: zero->address = UINT64_MAX - 100; break;
        case 28: zero->memory_bytes = UINT64_MAX; break;
        case 29: data->offset = FILE_BYTES - 10; break;
        case 30: data->offset = UINT64_MAX - 5; break;
        case 31: data->file_bytes = 101; break;                     /* more than in memory */
        case 32: e.segments[3] = *data; e.count = 4; break;         /* twice */
        case 33: e.segments[3] = *text; e.segments[3].address += 4096; e.count = 4; break;
        case 34: e.segments[3] = (test_segment){2, 6, 0, 0, 0, 0}; e.count = 4; break; /* dynamic */
        case 35: e.segments[3] = (test_segment){3, 6, 0, 0, 0, 0}; e.count = 4; break; /* interpreter */
        case 36: e.segments[3] = (test_segment){7, 6, 0, 0, 0, 0}; e.count = 4; break; /* thread-local */
        case 37: text->flags = 4; break;                            /* nothing executable */
        case 38: e.count = 0; break;
        case 39: e.count = 65535; break;
        case 40: put(e.file + 32, FILE_BYTES - 60, 8); break;       /* headers outside */
        case 41: put(e.file + 32, UINT64_MAX - 8, 8); break;
        case 42: put(e.file + 54, 64, 2); break;
        case 43: size = DATA_OFFSET + 16; break;                    /* cut off */
        /* overlap by one byte */
        case 44: e.segments[3] = *data; e.segments[3].address += 99; e.count = 4; break;
        case 45: data->flags = 6; break;                            /* writable, with a value */
        default: return;
        }
        riscv_program program;
        const char *reason = NULL;
        status s = load_size(&e, &program, a, &reason, size);
        if (s != ELF_MALFORMED || reason == NULL)
            print_error("case %d was not refused\n", bad);
        assert_int_equal(s, ELF_MALFORMED);
        assert_non_null(reason);
    }
}

/* A row of the program table for each, and no more. */
static void more_instructions_than_rows_are_refused(void **state)
{
    arena *a = *state;
    test_elf e;
    good(&e);
    size_t used = a->used_bytes, most = (size_t)4 << 23;
    (void)load_size(&e, &(riscv_program){0}, a, NULL, FILE_BYTES); /* writes the headers */
    uint8_t *file = arena_allocate_zeroed(a, FILE_BYTES + most + 4, 8);
    memcpy(file, e.file, FILE_BYTES);
    memcpy(file + FILE_BYTES, e.file + DATA_OFFSET, 12);
    put(file + 64 + 8, FILE_BYTES, 8);
    for (size_t more = 0; more <= 4; more += 4) {
        riscv_program program;
        const char *reason = "";
        put(file + 64 + 32, most + more, 8);
        put(file + 64 + 40, most + more, 8);
        status s = riscv_program_load(&program, a, &reason, (bytes){file, FILE_BYTES + most + 4});
        assert_int_equal(s, more == 0 ? OK : ELF_MALFORMED);
        assert_string_equal(reason, more == 0 ? "" : "more instructions than the program table has rows (2^23)");
    }
    arena_rewind(a, used);
}

/* Any byte may be anything: refused or loaded, never a crash, and what is loaded obeys the map. */
static void broken_bytes_do_no_harm(void **state)
{
    arena *a = *state;
    uint64_t seed = 3;
    for (int i = 0; i < 20000; i++) {
        test_elf e;
        riscv_program program;
        good(&e);
        size_t used = a->used_bytes;
        (void)load_size(&e, &program, a, NULL, FILE_BYTES); /* writes the headers */
        for (int j = 0; j < 3; j++)
            e.file[test_random(&seed) % (64 + 56 * 3)] =
                (uint8_t)(test_random(&seed) >> (i % 2 ? 8 : 14) % 64);
        if (riscv_program_load(&program, a, NULL, (bytes){e.file, FILE_BYTES}) == OK) {
            assert_true(program.instructions[0].pc4 >= MAP_TEXT_BASE / 4);
            assert_true(program.instructions[0].pc4 + program.instruction_count <= MAP_TEXT_END / 4);
            assert_true(program.image_blocks <= (MAP_IMAGE_END - MAP_IMAGE_BASE) / MAP_BLOCK_BYTES);
        }
        arena_rewind(a, used);
    }
}

static int open_arena(void **state)
{
    static arena a;
    arena_open(&a, UINT64_C(1) << 33);
    *state = &a;
    return 0;
}

static int close_arena(void **state)
{
    arena_close(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_instruction_decodes),
        cmocka_unit_test(nothing_else_decodes),
        cmocka_unit_test(lists_are_consistent),
        cmocka_unit_test(a_good_file_loads),
        cmocka_unit_test(bad_files_are_refused),
        cmocka_unit_test(more_instructions_than_rows_are_refused),
        cmocka_unit_test(broken_bytes_do_no_harm),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
