#include "base/memory.h"
#include "evm/machine.h"

enum { OPCODE_JUMPDEST = 0x5b, OPCODE_PUSH0 = 0x5f, OPCODE_PUSH32 = 0x7f };

static size_t padded_code_bytes(size_t code_size) { return (code_size + CODE_PADDING_BYTES + 7) / 8 * 8; }

size_t program_memory_bytes(size_t code_size) { return padded_code_bytes(code_size) + (code_size / 64 + 1) * 8; }

void program_init(program *p, uint8_t *memory, bytes code)
{
    size_t padded = padded_code_bytes(code.size);
    if (code.size != 0)
        memcpy(memory, code.data, code.size);
    memset(memory + code.size, 0, program_memory_bytes(code.size) - code.size);
    *p = (program){.code = memory, .size = code.size, .jump_destinations = memory + padded, .complete = false};
}

static void find_all_destinations(program *p)
{
    for (size_t i = 0; i < p->size; i++) {
        uint8_t opcode = p->code[i];
        if (opcode == OPCODE_JUMPDEST)
            p->jump_destinations[i / 8] |= (uint8_t)(1u << i % 8);
        else if (opcode > OPCODE_PUSH0 && opcode <= OPCODE_PUSH32)
            i += (size_t)(opcode - OPCODE_PUSH0);
    }
    p->complete = true;
}

/* Nearly always no PUSH among the 32 bytes before a JUMPDEST is long enough to reach it, whether those bytes
 * are opcodes or data: then it is a destination, and the rest of the code need not be looked at. */
bool program_find_destination(program *p, uint64_t target)
{
    if (target >= p->size || p->code[target] != OPCODE_JUMPDEST || p->complete)
        return false;
    uint64_t reach = target < 32 ? target : 32;
    for (unsigned distance = 1; distance <= reach; distance++) {
        uint8_t opcode = p->code[target - distance];
        if (opcode >= OPCODE_PUSH0 + distance && opcode <= OPCODE_PUSH32) {
            find_all_destinations(p);
            return p->jump_destinations[target / 8] >> target % 8 & 1;
        }
    }
    p->jump_destinations[target / 8] |= (uint8_t)(1u << target % 8);
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
        entry->program = ARENA_NEW(vm->memory, program, 1);
        program_init(entry->program, arena_allocate(vm->memory, program_memory_bytes(code->code.size), 8), code->code);
        vm->program_count++;
    }
    return entry->program;
}
