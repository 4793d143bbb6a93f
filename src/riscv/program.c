/* The ELF loader. System V ABI, chapters 4 and 5; RISC-V ELF psABI 1.0, section 8. */
#include "riscv/program.h"

#include "base/memory.h"

enum {
    HEADER_BYTES = 64,
    SEGMENT_BYTES = 56,
    SECTION_BYTES = 64,
    SYMBOL_BYTES = 24,
    TYPE_EXECUTABLE = 2,
    MACHINE_RISCV = 243,
    SEGMENT_LOAD = 1,
    SEGMENT_DYNAMIC = 2,
    SEGMENT_INTERPRETER = 3,
    SEGMENT_THREAD_LOCAL = 7,
    FLAG_EXECUTE = 1,
    FLAG_WRITE = 2,
    SECTION_SYMBOLS = 2,
    SYMBOL_FUNCTION = 2,
    SEGMENTS_MAX = 16,
    SYMBOLS_MAX = 1 << 16
};

typedef struct {
    uint64_t offset, address, file_bytes, memory_bytes;
    uint32_t type, flags;
} segment;

static uint64_t read_le(const uint8_t *p, unsigned size_bytes)
{
    uint64_t value = 0;
    for (unsigned i = size_bytes; i-- > 0;)
        value = value << 8 | p[i];
    return value;
}

#define REFUSE(text)            \
    do {                        \
        *reason = (text);       \
        return ELF_MALFORMED;   \
    } while (0)

static status read_header(segment segments[SEGMENTS_MAX], uint32_t *count, uint64_t *entry,
                          const char **reason, bytes elf)
{
    static const uint8_t magic[7] = {0x7F, 'E', 'L', 'F', 2, 1, 1};
    const uint8_t *h = elf.data;
    if (elf.size < HEADER_BYTES || memcmp(h, magic, sizeof magic) != 0)
        REFUSE("not a 64-bit little-endian ELF file");
    if (read_le(h + 16, 2) != TYPE_EXECUTABLE || read_le(h + 18, 2) != MACHINE_RISCV ||
        read_le(h + 20, 4) != 1)
        REFUSE("not a static RISC-V executable");
    if (read_le(h + 48, 4) != 0)
        REFUSE("the ELF flags ask for compressed instructions or floating point");
    *entry = read_le(h + 24, 8);

    uint64_t table = read_le(h + 32, 8);
    *count = (uint32_t)read_le(h + 56, 2);
    if (read_le(h + 54, 2) != SEGMENT_BYTES || *count > SEGMENTS_MAX)
        REFUSE("unusual program headers");
    if (table > elf.size || elf.size - table < (uint64_t)*count * SEGMENT_BYTES)
        REFUSE("program headers outside the file");
    for (uint32_t i = 0; i < *count; i++) {
        const uint8_t *p = h + table + (uint64_t)i * SEGMENT_BYTES;
        segment *s = &segments[i];
        *s = (segment){.type = (uint32_t)read_le(p, 4),
                       .flags = (uint32_t)read_le(p + 4, 4),
                       .offset = read_le(p + 8, 8),
                       .address = read_le(p + 16, 8),
                       .file_bytes = read_le(p + 32, 8),
                       .memory_bytes = read_le(p + 40, 8)};
        if (s->type == SEGMENT_DYNAMIC || s->type == SEGMENT_INTERPRETER || s->type == SEGMENT_THREAD_LOCAL)
            REFUSE("dynamic linking or thread-local storage");
        if (s->type != SEGMENT_LOAD)
            continue;
        if (s->offset > elf.size || elf.size - s->offset < s->file_bytes)
            REFUSE("a segment's bytes are outside the file");
        if (s->file_bytes > s->memory_bytes)
            REFUSE("a segment is larger in the file than in memory");
        if (s->address >= UINT64_C(1) << 32 || s->memory_bytes > (UINT64_C(1) << 32) - s->address)
            REFUSE("a segment beyond 2^32");
    }
    return OK;
}

/* All of the segment lies in [base, end). */
static bool within(const segment *s, uint64_t base, uint64_t end)
{
    return s->address >= base && s->address + s->memory_bytes <= end;
}

static status load_text(riscv_program *program, arena *a, const char **reason, const segment *s,
                        const uint8_t *data)
{
    if (program->instructions != NULL)
        REFUSE("more than one executable segment");
    if ((s->flags & FLAG_WRITE) != 0)
        REFUSE("a segment is both writable and executable");
    if (!within(s, MAP_TEXT_BASE, MAP_TEXT_END))
        REFUSE("executable segment outside the text region");
    if (s->file_bytes != s->memory_bytes || s->address % 4 != 0 || s->file_bytes % 4 != 0)
        REFUSE("the text is not a whole number of instructions");
    if (s->file_bytes / 4 > RISCV_INSTRUCTIONS_MAX)
        REFUSE("more instructions than the program table has rows (2^23)");
    uint32_t count = (uint32_t)(s->file_bytes / 4);
    riscv_instruction *instructions = ARENA_NEW(a, riscv_instruction, count);
    for (uint32_t i = 0; i < count; i++)
        instructions[i] = riscv_decode((uint32_t)(s->address / 4) + i,
                                       (uint32_t)read_le(data + 4 * (size_t)i, 4));
    program->instructions = instructions;
    program->instruction_count = count;
    return OK;
}

static status load_image(riscv_program *program, arena *a, const char **reason, const segment *segments,
                         uint32_t count,
                         const uint8_t *elf)
{
    uint64_t end = MAP_IMAGE_BASE;
    for (uint32_t i = 0; i < count; i++) {
        const segment *s = &segments[i];
        if (s->type != SEGMENT_LOAD || s->memory_bytes == 0 || (s->flags & FLAG_EXECUTE) != 0)
            continue;
        if (s->file_bytes == 0 && within(s, MAP_HEAP_BASE, MAP_HEAP_END))
            continue;
        if (!within(s, MAP_IMAGE_BASE, MAP_IMAGE_END))
            REFUSE("data outside the image region");
        if ((s->flags & FLAG_WRITE) != 0)
            REFUSE("data that is both given a value and writable: what can be written begins as zero");
        if (s->address + s->memory_bytes > end)
            end = s->address + s->memory_bytes;
    }
    program->image_blocks = (uint32_t)((end - MAP_IMAGE_BASE + MAP_BLOCK_BYTES - 1) / MAP_BLOCK_BYTES);
    uint8_t *image = arena_allocate_zeroed(a, (size_t)program->image_blocks * MAP_BLOCK_BYTES, 8);
    for (uint32_t i = 0; i < count; i++) {
        const segment *s = &segments[i];
        if (s->type == SEGMENT_LOAD && (s->flags & FLAG_EXECUTE) == 0 && s->file_bytes != 0)
            memcpy(image + (s->address - MAP_IMAGE_BASE), elf + s->offset, s->file_bytes);
    }
    program->image_words = (const uint64_t *)image;
    return OK;
}

/* Symbols are a comfort for profiles: a table that is odd in any way is left out. */
static void load_symbols(riscv_program *program, arena *a, bytes elf)
{
    const uint8_t *h = elf.data;
    uint64_t table = read_le(h + 40, 8), sections = read_le(h + 60, 2);
    if (read_le(h + 58, 2) != SECTION_BYTES || table > elf.size ||
        (elf.size - table) / SECTION_BYTES < sections)
        return;
    for (uint64_t i = 0; i < sections; i++) {
        const uint8_t *section = h + table + i * SECTION_BYTES;
        uint64_t offset = read_le(section + 24, 8), size = read_le(section + 32, 8);
        uint64_t link = read_le(section + 40, 4);
        if (read_le(section + 4, 4) != SECTION_SYMBOLS)
            continue;
        if (link >= sections || offset > elf.size || elf.size - offset < size)
            return;
        const uint8_t *strings = h + table + link * SECTION_BYTES;
        uint64_t names = read_le(strings + 24, 8), names_bytes = read_le(strings + 32, 8);
        if (names > elf.size || elf.size - names < names_bytes || names_bytes == 0)
            return;
        char *copy = arena_allocate(a, names_bytes + 1, 1);
        memcpy(copy, h + names, names_bytes);
        copy[names_bytes] = 0;
        if (size / SYMBOL_BYTES > SYMBOLS_MAX)
            return;
        riscv_symbol *symbols = ARENA_NEW(a, riscv_symbol, size / SYMBOL_BYTES + 1);
        uint32_t count = 0;
        for (uint64_t j = 0; j < size / SYMBOL_BYTES; j++) {
            const uint8_t *p = h + offset + j * SYMBOL_BYTES;
            uint64_t name = read_le(p, 4), value = read_le(p + 8, 8);
            if ((p[4] & 15) != SYMBOL_FUNCTION || name >= names_bytes || value < MAP_TEXT_BASE ||
                value >= MAP_TEXT_END)
                continue;
            riscv_symbol symbol = {copy + name, (uint32_t)(value / 4), (uint32_t)(read_le(p + 16, 8) / 4)};
            uint32_t at = count++;
            for (; at > 0 && symbols[at - 1].pc4 > symbol.pc4; at--)
                symbols[at] = symbols[at - 1];
            symbols[at] = symbol;
        }
        program->symbols = symbols;
        program->symbol_count = count;
        return;
    }
}

static status load(riscv_program *program, arena *a, const char **reason, bytes elf)
{
    segment segments[SEGMENTS_MAX];
    uint32_t count;
    uint64_t entry;
    TRY(read_header(segments, &count, &entry, reason, elf));
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t j = 0; j < i; j++) {
            const segment *s = &segments[i], *t = &segments[j];
            if (s->type == SEGMENT_LOAD && t->type == SEGMENT_LOAD && s->memory_bytes != 0 &&
                t->memory_bytes != 0 &&
                s->address < t->address + t->memory_bytes && t->address < s->address + s->memory_bytes)
                REFUSE("segments overlap");
        }
    for (uint32_t i = 0; i < count; i++)
        if (segments[i].type == SEGMENT_LOAD && (segments[i].flags & FLAG_EXECUTE) != 0 &&
            segments[i].memory_bytes != 0)
            TRY(load_text(program, a, reason, &segments[i], elf.data + segments[i].offset));
    if (program->instruction_count == 0)
        REFUSE("no executable segment");
    TRY(load_image(program, a, reason, segments, count, elf.data));

    uint32_t first = program->instructions[0].pc4;
    if (entry % 4 != 0 || entry / 4 < first || entry / 4 - first >= program->instruction_count ||
        program->instructions[entry / 4 - first].kind == RISCV_ILLEGAL)
        REFUSE("the entry point is no instruction");
    program->entry_pc4 = (uint32_t)(entry / 4);
    load_symbols(program, a, elf);
    return OK;
}

/* The row that follows the last instruction must not be HALT's. */
_Static_assert(MAP_TEXT_END / 4 < (1 << 30) - 1, "code at the last address would fall through to HALT");

status riscv_program_load(riscv_program *program, arena *a, const char **reason, bytes elf)
{
    const char *unused;
    *program = (riscv_program){0};
    return load(program, a, reason != NULL ? reason : &unused, elf);
}
