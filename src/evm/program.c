#include "base/memory.h"
#include "evm/machine.h"
#include "evm/words.h"

static size_t padded_code_bytes(size_t code_size) { return (code_size + CODE_PADDING_BYTES + 7) / 8 * 8; }

size_t program_memory_bytes(size_t code_size)
{
    return padded_code_bytes(code_size) + (code_size / 64 + 1) * 8;
}

void program_init(program *p, uint8_t *memory, bytes code)
{
    size_t padded = padded_code_bytes(code.size);
    if (code.size != 0)
        memcpy(memory, code.data, code.size);
    memset(memory + code.size, 0, program_memory_bytes(code.size) - code.size);
    *p = (program){.code = memory, .size = code.size, .jump_destinations = memory + padded};
}

/* Marks the destinations between an opcode and `end`. */
static void find_destinations(program *p, size_t start, size_t end)
{
    for (size_t i = start; i < end; i++) {
        uint8_t opcode = p->code[i];
        if (opcode == OPCODE_JUMPDEST)
            p->jump_destinations[i / 8] |= (uint8_t)(1u << i % 8);
        else if (opcode > OPCODE_PUSH0 && opcode <= OPCODE_PUSH32)
            i += (size_t)(opcode - OPCODE_PUSH0);
    }
}

static bool has_zero_byte(uint64_t x) { return ((x - 0x0101010101010101) & ~x & 0x8080808080808080) != 0; }

/* The distance of the farthest byte before `at` that, were it an opcode, would be a PUSH with data over
 * `at`; 0: none, so an opcode stands at `at` whatever comes before. */
static unsigned reaching_push(const uint8_t *code, size_t at)
{
    unsigned distance = at < 32 ? (unsigned)at : 32;
    if (distance == 32) {
        /* Eight bytes at once: from 25 on it takes 0x78 to 0x7f to reach, from 17 on 0x70 to 0x7f. */
        uint64_t far = ((const unaligned_u64 *)(code + at - 32))->value & 0xf8f8f8f8f8f8f8f8;
        uint64_t near = ((const unaligned_u64 *)(code + at - 24))->value & 0xf0f0f0f0f0f0f0f0;
        if (!has_zero_byte(far ^ 0x7878787878787878))
            distance = has_zero_byte(near ^ 0x7070707070707070) ? 24 : 16;
    }
    for (; distance > 0; distance--) {
        uint8_t opcode = code[at - distance];
        if (opcode >= OPCODE_PUSH0 + distance && opcode <= OPCODE_PUSH32)
            return distance;
    }
    return 0;
}

/* Nearly always no byte before a JUMPDEST could be a PUSH that reaches it: then it is a destination, and the
 * rest of the code need not be looked at. Otherwise a few steps back there is a place that none reaches; the
 * walk from there decides. Code made so that there is no such place near is walked as a whole, once. */
bool program_find_destination(program *p, uint64_t target)
{
    enum { MAX_STEPS_BACK = 16 };
    if (target >= p->size || p->code[target] != OPCODE_JUMPDEST || p->complete)
        return false;
    size_t start = (size_t)target;
    unsigned steps = 0;
    for (unsigned distance; (distance = reaching_push(p->code, start)) != 0; start -= distance) {
        if (++steps > MAX_STEPS_BACK) {
            find_destinations(p, 0, p->size);
            p->complete = true;
            return p->jump_destinations[target / 8] >> target % 8 & 1;
        }
    }
    find_destinations(p, start, (size_t)target + 1);
    return p->jump_destinations[target / 8] >> target % 8 & 1;
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
        entry->program = ARENA_NEW(vm->memory, program, 1);
        uint8_t *memory = arena_allocate(vm->memory, program_memory_bytes(code->code.size), 8);
        program_init(entry->program, memory, code->code);
        vm->program_count++;
    }
    return entry->program;
}
