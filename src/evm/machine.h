/* What the parts of the EVM share: frames, programs and the machine itself.
 *
 * One region of memory holds the memories of all frames, upwards from its start, and their stacks,
 * downwards from its end. Only the top frame grows, so a child's memory starts where its parent's ends.
 * What a child returned stays where it is until the parent's memory grows over it: then it moves up. */
#ifndef ASHLAR_EVM_MACHINE_H
#define ASHLAR_EVM_MACHINE_H

#include "base/arena.h"
#include "base/memory.h"
#include "evm/evm.h"
#include "evm/precompiles.h"

enum {
    STACK_LIMIT_WORDS = 1024,
    DEPTH_LIMIT = 1024,
    DELEGATION_BYTES = 23 /* EIP-7702: 0xef0100 and an address */
};

enum {
#define OPCODE(value, name, in, out, gas, fork) OPCODE_##name = value,
#include "evm/opcodes.def"
#undef OPCODE
};

/* ---- code made ready to run ---- */
typedef struct {
    const uint8_t *code; /* WITNESS_CODE_PADDING_BYTES zeros follow */
    size_t size;
    /* One bit for each byte of code: set where a jump destination is known. Complete only after a jump
     * to a place that could not be judged by what stands before it. */
    uint8_t *jump_destinations;
    bool complete;
} program;

size_t program_memory_bytes(size_t code_size);
/* `memory` is 8-byte aligned and has program_memory_bytes. Copies the code. */
void program_init(program *p, uint8_t *memory, bytes code);
/* For a target whose bit is not set. */
bool program_find_destination(program *p, uint64_t target);
/* The program of a contract, made once for each code hash. */
program *program_of(evm *vm, const contract_code *code);

/* ---- frames ---- */
typedef struct {
    const uint8_t *pc;
    u256 *sp; /* the top word; the stack grows down */
    uint64_t gas;
    uint8_t *memory; /* 32-byte aligned */
    uint64_t memory_size; /* bytes, a multiple of 32 */
    u256 *stack_base;
    program *program;
    account *self;
    bytes input;
    u256 value;
    address caller;
    bool is_static;
    bool is_create;
    uint64_t output_offset; /* where the parent wants the output, in its memory */
    uint64_t output_size;
    state_snapshot snapshot;
    program init_program;
    /* EIP-8037; of ended children that succeeded too. */
    uint64_t state_gas_used;
    uint64_t state_gas_returned;
    uint64_t state_gas_owed; /* to be returned by an ancestor that has paid it */
} frame;

typedef struct {
    hash256 hash;
    program *program;
} program_entry;

struct evm {
    const evm_block *block;
    state *state;
    const evm_transaction *transaction;
    fork_id fork;
    arena *memory;
    frame *frames;
    frame *top; /* NULL when nothing runs */
    uint8_t *region;
    uint8_t *region_end;
    uint8_t *memory_limit; /* the top frame's memory grows to here without a further look */
    bytes return_data;     /* of the last call of the top frame */
    uint64_t state_gas_left; /* children take all of it and leave what they did not use */
    uint64_t state_gas_lost;
    uint64_t state_byte_gas;

    /* How the top frame, or a call that needed none, has ended. */
    evm_halt halt;
    bytes output;
    status error;
    const precompile *refused;

    program_entry *programs; /* open addressing */
    size_t program_capacity;
    size_t program_count;

    /* Labels of the interpreter by opcode; the first are reached from the second by an index below zero,
     * which saves the guest a cycle. */
    struct {
        const void *after_push1[256]; /* by the opcode behind a PUSH1 */
        const void *dispatch[256];
    };
    bool dispatch_ready;
#ifndef ASHLAR_CALLS
    u256_modulus modulus; /* MULMOD's last */
#endif
#ifndef ASHLAR_GUEST
    const void *trace_dispatch[256];
    const void *single_dispatch[256]; /* of opcodes alone: a trace has no sequences */
    const evm_tracer *tracer;
    evm_interrupt interrupt;
    void *interrupt_context;
    const evm_precompile_move *precompile_moves;
    size_t precompile_move_count;
#endif
};

/* What an instruction, or the start or end of a frame, leads to. */
typedef enum {
    STEP_NEXT = 0, /* go on in the same frame */
    STEP_FRAME,    /* another frame is on top */
    STEP_HALTED,   /* the top frame has ended: vm->halt, vm->output */
    STEP_FINISHED, /* the outermost message has ended */
    STEP_ERROR     /* vm->error */
} step;

/* A halt without output. */
step machine_halt(evm *vm, evm_halt halt);
step machine_error(evm *vm, status error);

/* False when the gas does not suffice. */
static inline bool machine_charge(frame *f, uint64_t gas)
{
    if (f->gas < gas)
        return false;
    f->gas -= gas;
    return true;
}

/* From Amsterdam on: for bytes of new state, and back for those that do not come to be. */
static inline bool machine_charge_state(evm *vm, frame *f, uint64_t state_bytes)
{
    uint64_t price = state_bytes * vm->state_byte_gas;
    uint64_t reserved = price < vm->state_gas_left ? price : vm->state_gas_left;
    if (!machine_charge(f, price - reserved))
        return false;
    vm->state_gas_left -= reserved;
    f->state_gas_used += price;
    return true;
}

static inline void machine_return_state_gas(evm *vm, frame *f, uint64_t gas)
{
    uint64_t own = gas < f->state_gas_used ? gas : f->state_gas_used;
    vm->state_gas_left += own;
    f->state_gas_used -= own;
    f->state_gas_returned += own;
    f->state_gas_owed += gas - own;
}

/* What a frame that has failed used comes back, since nothing has grown, but not what it was returned: that
 * is lost. (The EIP would have it come back too; its reference and its tests do not.) */
static inline void machine_fail_state_gas(evm *vm, const frame *f)
{
    vm->state_gas_left += f->state_gas_used;
    uint64_t lost = f->state_gas_returned < vm->state_gas_left ? f->state_gas_returned : vm->state_gas_left;
    vm->state_gas_left -= lost;
    vm->state_gas_lost += lost;
}

static inline size_t max_code_bytes(fork_id fork) { return fork >= FORK_AMSTERDAM ? 0x8000 : 0x6000; }

static inline u256 *frame_stack_limit(const frame *f) { return f->stack_base - STACK_LIMIT_WORDS; }

/* Memory up to `end` bytes; charges for it. */
step memory_grow(evm *vm, frame *f, uint64_t end);
/* Takes a range off two words of the stack, grows the memory to hold it, charges. *offset is 0 when the
 * size is. */
step memory_range(evm *vm, frame *f, uint64_t *offset, uint64_t *size, const u256 *offset_word,
                  const u256 *size_word);
/* Room above the memory of `f` (NULL: an empty machine) for data that outlives no call. NULL where there is
 * none: MEMORY_EXHAUSTED. */
uint8_t *memory_scratch(evm *vm, const frame *f, size_t size_bytes);
/* All of that room, as an arena that starts where the room does. */
arena memory_scratch_arena(evm *vm, const frame *f);

/* ---- calls.c ---- */

/* A message about to run. */
typedef struct {
    uint8_t opcode;
    account *self;                /* loaded where code runs or value moves */
    account *sender;              /* who pays the value; read only where value moves */
    const contract_code *code;    /* NULL: none */
    const precompile *precompile; /* instead of code */
    const address *code_address;
    address caller;
    u256 value;
    bool moves_value;
    bool is_static;
    bytes input;
    uint64_t gas;
    uint64_t output_offset;
    uint64_t output_size;
} call;

/* STEP_FRAME, or STEP_HALTED when it needed no frame (*gas_left is then what is left), or STEP_ERROR. */
step call_begin(evm *vm, uint64_t *gas_left, const call *c);
/* A contract creation, whose account is known; `c->input` is the init code. The sender's nonce is up. */
step create_begin(evm *vm, uint64_t *gas_left, const call *c);
/* Ends the top frame after STEP_HALTED and hands the outcome to its parent. */
step frame_finish(evm *vm);
/* Follows an EIP-7702 designation: true and the target's address when the code is one. */
bool code_is_delegation(address *target, const evm *vm, const contract_code *code);
/* Calls of precompiles are accesses of their accounts: while empty ones could be removed, and by EIP-7928. */
static inline bool call_reads_precompiles(const evm *vm)
{
    return vm->fork < FORK_PARIS || vm->fork >= FORK_AMSTERDAM;
}
/* NULL where none runs at the address. */
static inline const precompile *precompile_at(const evm *vm, const address *a)
{
#ifndef ASHLAR_GUEST
    for (size_t i = 0; i < vm->precompile_move_count; i++) {
        const evm_precompile_move *move = &vm->precompile_moves[i];
        if (memcmp(move->at.bytes, a->bytes, sizeof a->bytes) == 0)
            return move->is_precompile ? precompile_find(vm->fork, &move->of) : NULL;
    }
#endif
    return precompile_find(vm->fork, a);
}

step instruction_call(evm *vm, frame *f, uint8_t opcode);
step instruction_create(evm *vm, frame *f, uint8_t opcode);

/* ---- instructions.c: those that reach beyond stack and memory. Operands are taken from f->sp. ---- */
#define INSTRUCTION_LIST(INSTRUCTION)                                                               \
    INSTRUCTION(exp)                                                                                \
    INSTRUCTION(keccak256)                                                                          \
    INSTRUCTION(balance)                                                                            \
    INSTRUCTION(calldatacopy)                                                                       \
    INSTRUCTION(codecopy)                                                                           \
    INSTRUCTION(extcodesize)                                                                        \
    INSTRUCTION(extcodecopy)                                                                        \
    INSTRUCTION(returndatacopy)                                                                     \
    INSTRUCTION(extcodehash)                                                                        \
    INSTRUCTION(blockhash)                                                                          \
    INSTRUCTION(blobhash)                                                                           \
    INSTRUCTION(mcopy)                                                                              \
    INSTRUCTION(sload)                                                                              \
    INSTRUCTION(sstore)                                                                             \
    INSTRUCTION(tload)                                                                              \
    INSTRUCTION(tstore)                                                                             \
    INSTRUCTION(return)                                                                             \
    INSTRUCTION(revert)                                                                             \
    INSTRUCTION(selfdestruct)
#define INSTRUCTION(name) step instruction_##name(evm *vm, frame *f);
INSTRUCTION_LIST(INSTRUCTION)
#undef INSTRUCTION
step instruction_log(evm *vm, frame *f, unsigned topic_count);

/* The account named by a word of the stack, not yet read, after charging for the access: EIP-2929, or
 * `price_before_berlin`. False when the gas does not suffice. */
bool charge_account_access(evm *vm, frame *f, account **out, const u256 *word, uint64_t price_before_berlin);
/* The same for an entry that is known. */
bool charge_entry_access(evm *vm, frame *f, account *entry, uint64_t price_before_berlin);
/* For an account that comes to be (EIP-161, EIP-8037). */
bool charge_new_account(evm *vm, frame *f);
/* Before EIP-2929. */
static inline uint64_t price_of_balance(fork_id fork)
{
    return fork >= FORK_ISTANBUL ? 700 : fork >= FORK_TANGERINE_WHISTLE ? 400 : 20;
}
static inline uint64_t price_of_code(fork_id fork) { return fork >= FORK_TANGERINE_WHISTLE ? 700 : 20; }
/* Price and refund of a store by what the slot held at the start of the transaction, holds, and will hold:
 * EIP-2200 with the figures of EIP-2929 and EIP-3529, EIP-1283, and the rule before them. */
uint64_t price_of_store(int64_t *refund, fork_id fork, const u256 *original, const u256 *current,
                        const u256 *value);
/* A price for each word of a size given by a word of the stack. */
bool charge_words(frame *f, const u256 *size, uint64_t price);
/* From one account to another, which may be the same. Both are loaded, the balance suffices. From Amsterdam
 * on there is a log of it (EIP-7708). */
void move_value(evm *vm, account *from, account *to, const u256 *value);

/* ---- interpreter.c ---- */
/* Runs the frames from the top one until the outermost ends. */
status interpret(evm *vm);

#endif
