#include "base/memory.h"
#include "evm/machine.h"
#include "evm/words.h"

static size_t padded_code_bytes(size_t code_size)
{
    return (code_size + WITNESS_CODE_PADDING_BYTES + 7) / 8 * 8;
}

static size_t destinations_bytes(size_t code_size) { return (code_size / 64 + 1) * 8; }

size_t program_memory_bytes(size_t code_size)
{
    return padded_code_bytes(code_size) + destinations_bytes(code_size);
}

void program_init(program *p, uint8_t *memory, bytes code)
{
    size_t padded = padded_code_bytes(code.size);
    if (code.size != 0)
        memcpy(memory, code.data, code.size);
    memset(memory + code.size, 0, program_memory_bytes(code.size) - code.size);
    *p = (program){.code = memory, .size = code.size, .jump_destinations = memory + padded};
}

static inline void mark_destination(program *p, uint64_t target)
{
    p->jump_destinations[target / 8] |= (uint8_t)(1u << target % 8);
}

/* Marks all destinations. */
static void find_destinations(program *p)
{
    for (size_t i = 0; i < p->size; i++) {
        uint8_t opcode = p->code[i];
        if (opcode == OPCODE_JUMPDEST)
            mark_destination(p, i);
        else if (opcode > OPCODE_PUSH0 && opcode <= OPCODE_PUSH32)
            i += (size_t)(opcode - OPCODE_PUSH0);
    }
}

#define EACH_BYTE UINT64_C(0x0101010101010101)
#define TOP_BITS (0x80 * EACH_BYTE)

/* Of eight bytes, the first of them `farthest` before a place: the top bit of each that, were it an opcode,
 * would be a PUSH with data over the place. From distance d on that takes PUSH d; adding 0x80 less that
 * opcode carries into the top bit, and a byte that had it from the start is no PUSH. */
static inline uint64_t pushes_over(const uint8_t *code, uint64_t farthest)
{
    const uint64_t distances = UINT64_C(0x0706050403020100); /* what each byte is nearer than the first */
    uint64_t x = ((const unaligned_u64 *)code)->value;
    uint64_t addend = (0x80 - OPCODE_PUSH0 - farthest) * EACH_BYTE + distances;
    return ((x & 0x7f * EACH_BYTE) + addend) & ~x;
}

/* The same of all bytes that could reach `place`, the farthest first; at least 32 bytes of code stand before
 * it. What comes back is all of it in one word: of which only the top bits of bytes count here too. */
static inline uint64_t pushes_before(uint64_t marks[4], const uint8_t *place)
{
    uint64_t any = 0;
#pragma GCC unroll 4
    for (unsigned i = 0; i < 4; i++)
        any |= marks[i] = pushes_over(place - 32 + 8 * i, 32 - 8 * i);
    return any & TOP_BITS;
}

/* The distance of the farthest byte before `at` that, were it an opcode, would be a PUSH with data over
 * `at`; 0: none, so an opcode stands at `at` whatever comes before. */
static unsigned reaching_push(const uint8_t *code, size_t at)
{
    if (at < 32) {
        unsigned distance = (unsigned)at;
        while (distance > 0 &&
               (code[at - distance] < OPCODE_PUSH0 + distance || code[at - distance] > OPCODE_PUSH32))
            distance--;
        return distance;
    }
    uint64_t marks[4];
    if (pushes_before(marks, code + at) == 0)
        return 0;
    unsigned distance = 32;
    uint64_t left = marks[0] & TOP_BITS;
#pragma GCC unroll 3
    for (unsigned i = 1; left == 0; i++, distance -= 8)
        left = marks[i] & TOP_BITS;
    /* The lowest bit is that of byte k; multiplied by it, byte 7 - k of the constant comes to the top. */
    uint64_t lowest = (left & -left) >> 7;
    return distance - (unsigned)(lowest * UINT64_C(0x0001020304050607) >> 56);
}

/* A few steps back there is mostly a place that no PUSH reaches; the walk from there decides. Code made so
 * that there is no such place near is walked as a whole, once. */
static __attribute__((noinline)) bool walk_to_destination(program *p, uint64_t target)
{
    enum { MAX_STEPS_BACK = 16 };
    if (p->complete)
        return false;
    size_t start = (size_t)target;
    unsigned steps = 0;
    for (unsigned distance; (distance = reaching_push(p->code, start)) != 0; start -= distance) {
        if (++steps > MAX_STEPS_BACK) {
            find_destinations(p);
            p->complete = true;
            return p->jump_destinations[target / 8] >> target % 8 & 1;
        }
    }
    while (start < target) {
        unsigned pushed = p->code[start] - (unsigned)OPCODE_PUSH1;
        start += pushed < 32 ? pushed + 2 : 1;
    }
    if (start == target)
        mark_destination(p, target);
    return start == target;
}

/* Nearly always no byte before a JUMPDEST could be a PUSH that reaches it: then it is a destination, and the
 * rest of the code need not be looked at. */
bool program_find_destination(program *p, uint64_t target)
{
    if (target >= p->size || p->code[target] != OPCODE_JUMPDEST)
        return false;
    uint64_t marks[4];
    if (target < 32 || pushes_before(marks, p->code + target) != 0)
        return walk_to_destination(p, target);
    mark_destination(p, target);
    return true;
}

static program_entry *find_entry(program_entry *entries, size_t capacity, const hash256 *hash)
{
    uint64_t index;
    memcpy(&index, hash->bytes, 8);
    for (;; index++) {
        program_entry *entry = &entries[index & (capacity - 1)];
        if (entry->program == NULL || memcmp(&entry->hash, hash, sizeof *hash) == 0)
            return entry;
    }
}

static void grow_table(evm *vm)
{
    size_t capacity = vm->program_capacity ? 2 * vm->program_capacity : 64;
    program_entry *entries = ARENA_NEW(vm->memory, program_entry, capacity);
    for (size_t i = 0; i < vm->program_capacity; i++)
        if (vm->programs[i].program != NULL)
            *find_entry(entries, capacity, &vm->programs[i].hash) = vm->programs[i];
    vm->programs = entries;
    vm->program_capacity = capacity;
}

program *program_of(evm *vm, const contract_code *code)
{
    if (2 * vm->program_count >= vm->program_capacity)
        grow_table(vm);
    program_entry *entry = find_entry(vm->programs, vm->program_capacity, code->hash);
    if (entry->program == NULL) {
        entry->hash = *code->hash;
        program *made = entry->program = ARENA_NEW(vm->memory, program, 1);
        size_t size = code->code.size;
        if (code->is_padded) {
            uint8_t *destinations = arena_allocate_zeroed(vm->memory, destinations_bytes(size), 8);
            *made = (program){.code = code->code.data, .size = size, .jump_destinations = destinations};
        } else {
            program_init(made, arena_allocate(vm->memory, program_memory_bytes(size), 8), code->code);
        }
        vm->program_count++;
    }
    return entry->program;
}
