/* The Ethereum Virtual Machine: runs messages on a state. Yellow Paper, section 9 and appendix H.
 * Iterative: a call pushes a frame, the C stack does not grow with call depth.
 *
 * Out of gas, revert, bad jump and the like are results (evm_halt), not errors. The status of a
 * function is an error of the surroundings: an incomplete witness, a precompile that this version lacks
 * (UNSUPPORTED_PRECOMPILE), or an arena too small for what the gas can buy (MEMORY_EXHAUSTED). */
#ifndef ASHLAR_EVM_EVM_H
#define ASHLAR_EVM_EVM_H

#include "base/arena.h"
#include "base/status.h"
#include "base/types.h"
#include "base/u256.h"
#include "evm/fork.h"
#include "state/state.h"

/* What BLOCKHASH asks: the hash of an ancestor at most 256 blocks back, zero for others.
 * WITNESS_HEADER_MISSING when the witness does not reach that far. */
typedef status (*evm_block_hash)(void *context, hash256 *out, uint64_t number);

typedef struct {
    fork_id fork;
    uint64_t chain_id;
    address coinbase;
    uint64_t number;
    uint64_t timestamp;
    uint64_t gas_limit;
    hash256 prev_randao;   /* from Paris on; before it, the difficulty as 32 big-endian bytes */
    u256 base_fee;         /* wei for each gas; zero before London */
    u256 blob_base_fee;    /* wei for each blob gas; from Cancun on */
    uint64_t slot_number;  /* from Amsterdam on */
    evm_block_hash block_hash;
    void *block_hash_context;
} evm_block;

typedef struct {
    address origin;
    u256 gas_price; /* effective, wei for each gas */
    const hash256 *blob_hashes;
    size_t blob_hash_count;
} evm_transaction;

typedef enum { EVM_CALL, EVM_CREATE, EVM_CREATE2 } evm_message_kind;

/* The outermost message of a transaction or a system call. */
typedef struct {
    evm_message_kind kind;   /* EVM_CALL or EVM_CREATE */
    address sender;
    address recipient;       /* call: whose state runs; create: the new contract, computed by the caller */
    u256 value;              /* wei; transferred by the EVM */
    bytes input;             /* call data, or init code */
    uint64_t gas;            /* at most 2^63 - 1, as a header's gas limit is */
    uint64_t state_gas;      /* for state that grows, before `gas` pays for that too: EIP-8037's reservoir */
} evm_message;

#define EVM_HALT_LIST(HALT)                                                                         \
    HALT(SUCCESS, "success")                                                                        \
    HALT(REVERT, "execution reverted")                                                              \
    HALT(OUT_OF_GAS, "out of gas")                                                                  \
    HALT(INVALID_OPCODE, "invalid opcode")                                                          \
    HALT(STACK_UNDERFLOW, "stack underflow")                                                        \
    HALT(STACK_OVERFLOW, "stack overflow")                                                          \
    HALT(BAD_JUMP, "invalid jump destination")                                                      \
    HALT(STATIC_VIOLATION, "write protection")                                                      \
    HALT(RETURN_DATA_OUT_OF_BOUNDS, "return data out of bounds")                                    \
    HALT(CALL_DEPTH, "max call depth exceeded")                                                     \
    HALT(INSUFFICIENT_BALANCE, "insufficient balance for transfer")                                 \
    HALT(ADDRESS_COLLISION, "contract address collision")                                           \
    HALT(CODE_TOO_LARGE, "max code size exceeded")                                                  \
    HALT(INIT_CODE_TOO_LARGE, "max initcode size exceeded")                                         \
    HALT(INVALID_CODE, "invalid code: must not begin with 0xef")                                    \
    HALT(NONCE_OVERFLOW, "nonce uint64 overflow")                                                          \
    HALT(PRECOMPILE_FAILED, "precompile failed")

typedef enum {
#define HALT(name, message) EVM_##name,
    EVM_HALT_LIST(HALT)
#undef HALT
} evm_halt;

const char *evm_halt_message(evm_halt halt);

typedef struct {
    evm_halt halt;
    uint64_t gas_left; /* 0 unless SUCCESS or REVERT */
    uint64_t state_gas_left; /* on anything but SUCCESS with what was used */
    uint64_t state_gas_used; /* for state that has grown; 0 unless SUCCESS */
    uint64_t state_gas_lost; /* with frames that failed: neither left nor used (machine.h) */
    bytes output;      /* return data, revert data, or deployed code; valid until the next message */
} evm_result;

typedef struct evm evm;

/* An EVM for one block. Its frames' stacks and memories live in the arena and are reused: it reserves,
 * without touching, what the block's gas limit can buy, but at most half of what the arena has left.
 * Borrowed: block, state and the arena, which later takes copies of codes. */
evm *evm_open(arena *memory, const evm_block *block, state *s);

/* Runs one message to its end. Access lists must be warm as the transaction prescribes; the intrinsic
 * gas is already taken off `gas`; the sender's nonce is already counted up. On anything but SUCCESS all
 * changes of state are reverted. EIP-7702 delegations are followed. */
status evm_run(evm *vm, evm_result *result, const evm_transaction *transaction, const evm_message *message);

/* EIP-8037: how many bytes of new state an account, a slot and a delegation are, and what one costs: below
 * 2^47 gas. */
enum { STATE_BYTES_ACCOUNT = 112, STATE_BYTES_SLOT = 32, STATE_BYTES_DELEGATION = 23 };
uint64_t evm_state_byte_gas(uint64_t block_gas_limit);

/* Who calls system contracts (EIP-4788) and emits what EIP-7708 says of value. */
#define EVM_SYSTEM_ADDRESS                                                                                   \
    ((address){{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,                                  \
                0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe}})

/* EIP-7708: that value is gone with an account; nothing for none. */
void evm_log_burn(evm *vm, const account *from, const u256 *value);

/* EIP-3860, EIP-7954. */
size_t evm_max_init_code_bytes(fork_id fork);

/* After UNSUPPORTED_PRECOMPILE: which one was called; static, "modexp". */
const char *evm_unsupported_precompile(const evm *vm, uint16_t *number);

/* ---- precompiled contracts, named by their number: the address is the number, big-endian ---- */

/* True where a call to this address runs a precompile under the fork's rules. */
bool evm_is_precompile(fork_id fork, const address *a);
/* The i-th precompile of the fork, i counted from zero; false past the last one. All of them are warm at
 * the start of a transaction (EIP-2929). */
bool evm_precompile_at(address *out, fork_id fork, unsigned i);

/* ---- tracing and simulating: not in the guest ---- */
#ifndef ASHLAR_GUEST
/* The machine before an instruction (EIP-3155). Borrowed, valid during the call. */
typedef struct {
    size_t program_counter;
    uint8_t opcode;
    uint64_t gas_left;
    unsigned depth;         /* 1 for the outermost message */
    const u256 *stack;      /* the top first */
    size_t stack_size;      /* words */
    bytes memory;
    bytes return_data;
    const address *self;
    uint64_t refund;
} evm_step;

/* What a frame begins with. Kinds as the opcodes that make them; the outermost message is CALL or CREATE. */
typedef struct {
    uint8_t opcode;
    unsigned depth;
    address caller;
    address self;
    address code_address;
    u256 value;
    uint64_t gas;
    uint64_t caller_gas_left; /* after paying for the call and handing on gas; 0 for the outermost message */
    bytes input;
} evm_frame_start;

/* Any of the functions may be NULL. `leave` is called once for each `enter`, in the order of a stack. */
typedef struct {
    void (*step)(void *context, const evm_step *step);
    void (*enter)(void *context, const evm_frame_start *start);
    void (*leave)(void *context, const evm_result *result);
    void *context;
} evm_tracer;

/* Borrowed for as long as it is set; NULL ends tracing. */
void evm_set_tracer(evm *vm, const evm_tracer *tracer);

/* Of the instruction that a tracer's `step` was called for; to be asked there alone. */
typedef struct {
    uint64_t price; /* what is charged before it is carried out, gas handed to a call among it: not what a
                       CREATE hands on, and from EIP-8037 on not what state that grows costs */
    evm_halt halt;  /* by which it will fail before it is carried out: the stack's bounds, too little gas, an
                       opcode that the fork lacks; EVM_SUCCESS: none of them */
    char text[80];  /* the same in geth's words, numbers among them */
} evm_forecast;
void evm_forecast_step(evm *vm, evm_forecast *out);

/* Asked while a message runs: at each call, and at a jump once EVM_ASK_GAS have gone since it was asked last.
 * Anything but OK ends evm_run, which returns it; the state is then of no more use. NULL: nobody is asked. */
enum { EVM_ASK_GAS = 10000 };
typedef status (*evm_interrupt)(void *context);
void evm_set_interrupt(evm *vm, evm_interrupt ask, void *context);

/* For simulations: what runs at an address is not what the fork says but the precompile of another one, or
 * none. The first that names an address counts. Borrowed for as long as it is set; 0: none. */
typedef struct {
    address at;
    bool is_precompile;
    address of;
} evm_precompile_move;
void evm_set_precompile_moves(evm *vm, const evm_precompile_move *moves, size_t count);
#endif

/* "ADD"; NULL where no fork names the opcode. */
const char *evm_opcode_name(uint8_t opcode);

#endif
