#include "evm/evm.h"

#include "base/check.h"
#include "base/memory.h"
#include "evm/machine.h"
#include "evm/words.h"

const char *fork_name(fork_id fork)
{
    static const char *const names[] = {
#define FORK(symbol, name, ...) name,
#include "evm/fork.def"
    };
    return fork < FORK_COUNT ? names[fork] : "unknown";
}

const char *evm_halt_message(evm_halt halt)
{
    static const char *const messages[] = {
#define HALT(name, message) message,
        EVM_HALT_LIST(HALT)
#undef HALT
    };
    return halt < sizeof messages / sizeof messages[0] ? messages[halt] : "unknown";
}

const char *evm_opcode_name(uint8_t opcode)
{
    static const char *const names[256] = {
#define OPCODE(value, name, in, out, gas, fork) [value] = #name,
#include "evm/opcodes.def"
#undef OPCODE
        [0xfe] = "INVALID", /* EIP-141 */
    };
    return names[opcode];
}

size_t evm_max_init_code_bytes(fork_id fork) { return fork >= FORK_AMSTERDAM ? 0x10000 : 0xc000; }

uint64_t evm_state_byte_gas(uint64_t block_gas_limit)
{
    /* So that full blocks, half of the time, add 100 GiB a year of 2,628,000 blocks; in steps, of five
     * significant bits counted from an offset. */
    const uint64_t offset = 9578;
    unsigned __int128 scaled = (unsigned __int128)block_gas_limit * (2628000 / 100);
    uint64_t exact = (uint64_t)(scaled >> 31) + ((scaled & 0x7fffffff) != 0) + offset;
    unsigned bits = 64 - (unsigned)__builtin_clzll(exact);
    unsigned shift = bits > 5 ? bits - 5 : 0;
    uint64_t stepped = exact >> shift << shift;
    return stepped > offset ? stepped - offset : 1;
}

static uint64_t square_root(uint64_t x)
{
    uint64_t root = 0;
    for (uint64_t bit = (uint64_t)1 << 31; bit != 0; bit >>= 1)
        if ((root | bit) * (root | bit) <= x)
            root |= bit;
    return root;
}

/* What all frames can take. A frame with gas g has at most √(512·g) words of memory; k frames that share g
 * have at most k·√(512·g/k), so most for k = 1,025. Half as much again for what a create copies of its
 * init code and what a return leaves. */
static uint64_t region_bytes(fork_id fork, uint64_t gas_limit)
{
    uint64_t gas = gas_limit < ((uint64_t)1 << 40) ? gas_limit : (uint64_t)1 << 40;
    uint64_t words = square_root(gas * 512 * (DEPTH_LIMIT + 1));
    return 48 * words + (DEPTH_LIMIT + 1) * (STACK_LIMIT_WORDS * 32 + evm_max_init_code_bytes(fork) / 2 * 3);
}

evm *evm_open(arena *memory, const evm_block *block, state *s)
{
    evm *vm = ARENA_NEW(memory, evm, 1);
    vm->block = block;
    vm->state = s;
    vm->fork = block->fork;
    vm->memory = memory;
    vm->state_byte_gas = evm_state_byte_gas(block->gas_limit);
    vm->frames = (frame *)arena_allocate(memory, sizeof(frame) * (DEPTH_LIMIT + 1), alignof(frame));
    uint64_t wanted = region_bytes(block->fork, block->gas_limit);
    uint64_t half = (memory->size_bytes - memory->used_bytes) / 2;
    size_t size_bytes = (size_t)(wanted < half ? wanted : half) / 64 * 64;
    vm->region = arena_allocate(memory, size_bytes, 64);
    vm->region_end = vm->region + size_bytes;
    return vm;
}

const char *evm_unsupported_precompile(const evm *vm, uint16_t *number)
{
    if (number != NULL)
        *number = vm->refused != NULL ? precompile_number(vm->refused) : 0;
    return vm->refused != NULL ? precompile_name(vm->refused) : "none";
}

#ifndef ASHLAR_GUEST
void evm_set_tracer(evm *vm, const evm_tracer *tracer) { vm->tracer = tracer; }

void evm_set_interrupt(evm *vm, evm_interrupt ask, void *context)
{
    vm->interrupt = ask;
    vm->interrupt_context = context;
}

void evm_set_precompile_moves(evm *vm, const evm_precompile_move *moves, size_t count)
{
    vm->precompile_moves = moves;
    vm->precompile_move_count = count;
}
#endif

/* ---- memory of frames ---- */

/* Where the gas function has its last defined value in common clients; beyond, no gas suffices. */
#define MEMORY_MAX_BYTES ((uint64_t)0x1fffffffe0)

step machine_halt(evm *vm, evm_halt halt)
{
    vm->halt = halt;
    vm->output = (bytes){NULL, 0};
    return STEP_HALTED;
}

step machine_error(evm *vm, status error)
{
    vm->error = error;
    return STEP_ERROR;
}

static bool make_room(evm *vm, const frame *f, uint64_t memory_size)
{
    uint8_t *limit = (uint8_t *)frame_stack_limit(f);
    /* Compared as sizes: the pointer past the end may not exist. */
    if (memory_size > (uint64_t)(limit - f->memory))
        return false;
    uint8_t *end = f->memory + memory_size;
    size_t size = vm->return_data.size;
    if (size > (size_t)(limit - end))
        return false;
    if (size == 0) {
        vm->memory_limit = limit;
        return true;
    }
    /* As far up as the data is long, so that moving stays cheap for memory that grows by small steps. */
    size_t room = (size_t)(limit - end) - size;
    size_t gap = size < 4096 ? 4096 : size;
    uint8_t *to = end + (gap < room ? gap / 8 * 8 : room);
    memmove(to, vm->return_data.data, size);
    vm->return_data.data = to;
    vm->memory_limit = to;
    return true;
}

/* The rare case of memory_grow, which has no call but at its end and so needs no stack. */
static __attribute__((noinline)) step memory_take(evm *vm, frame *f, uint64_t size)
{
    if (size > (uint64_t)(vm->memory_limit - f->memory) && !make_room(vm, f, size))
        return machine_error(vm, MEMORY_EXHAUSTED);
    memset(f->memory + f->memory_size, 0, size - f->memory_size);
    f->memory_size = size;
    return STEP_NEXT;
}

step memory_grow(evm *vm, frame *f, uint64_t end)
{
    uint64_t size = f->memory_size;
    if (end <= size)
        return STEP_NEXT;
    if (end > MEMORY_MAX_BYTES)
        return machine_halt(vm, EVM_OUT_OF_GAS);
    uint64_t before = size / 32, after = (end + 31) / 32;
    uint64_t cost = 3 * (after - before) + after * after / 512 - before * before / 512;
    if (!machine_charge(f, cost))
        return machine_halt(vm, EVM_OUT_OF_GAS);
    if (after - before > 4 || 32 * after > (uint64_t)(vm->memory_limit - f->memory))
        return memory_take(vm, f, 32 * after);
    f->memory_size = 32 * after;
    for (u256 *word = (u256 *)(f->memory + size); before < after; before++, word++)
        word_set_u64(word, 0);
    return STEP_NEXT;
}

step memory_range(evm *vm, frame *f, uint64_t *offset, uint64_t *size, const u256 *offset_word,
                  const u256 *size_word)
{
    *offset = 0;
    *size = size_word->limb[0];
    if (word_is_zero(size_word))
        return STEP_NEXT;
    if (word_high(size_word) | word_high(offset_word))
        return machine_halt(vm, EVM_OUT_OF_GAS);
    *offset = offset_word->limb[0];
    if (*offset > MEMORY_MAX_BYTES || *size > MEMORY_MAX_BYTES)
        return machine_halt(vm, EVM_OUT_OF_GAS);
    return memory_grow(vm, f, *offset + *size);
}

uint8_t *memory_scratch(evm *vm, const frame *f, size_t size_bytes)
{
    uint8_t *start = f != NULL ? f->memory + f->memory_size : vm->region;
    uint8_t *limit = f != NULL ? (uint8_t *)frame_stack_limit(f) : vm->region_end;
    return limit > start && size_bytes <= (size_t)(limit - start) ? start : NULL;
}

arena memory_scratch_arena(evm *vm, const frame *f)
{
    uint8_t *start = memory_scratch(vm, f, 0);
    uint8_t *limit = f != NULL ? (uint8_t *)frame_stack_limit(f) : vm->region_end;
    arena a;
    arena_init(&a, start != NULL ? start : limit, start != NULL ? (size_t)(limit - start) : 0);
    return a;
}
