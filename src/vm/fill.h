/* How a chip's file fills its rows; trace.h is what others use. Values in rows are canonical integers below
 * p. Hosted. */
#ifndef ASHLAR_VM_FILL_H
#define ASHLAR_VM_FILL_H

#include "crypto/secp256k1_point.h"
#include "field/fp5.h"
#include "vm/row.h"
#include "vm/trace.h"

/* One row of an accelerator: item `item` of call number `call` of the trace. */
typedef struct {
    uint32_t call, item;
} vm_call_item;

/* A block of a call keccak256, with what the calls' blocks before leave of the state. */
typedef struct {
    vm_call_item at;
    uint64_t lanes[25]; /* before the block is absorbed */
    uint64_t moved[25]; /* what the last chi began with; of no meaning in a first block */
} vm_keccak_block;

/* A state that is permuted, as Montgomery words. */
typedef struct {
    fp before[24];
} vm_permutation;

/* What rows of the call open begin with: a leaf's digest; the words of a leaf that blocks before have, and their sum;
 * a level of a path, and what is left of the index. */
typedef struct {
    fp element[8];
} vm_open_digest;

typedef struct {
    vm_call_item at;
    uint32_t done;
    fp5 sum;
    const vm_permutation *permutation;
} vm_open_leaf;

typedef struct {
    vm_call_item at;
    uint32_t level, index;
    const vm_permutation *permutation;
} vm_open_path;

/* A block of a call sha256, with the chaining values around it. */
typedef struct {
    vm_call_item at;
    uint32_t before[8], after[8];
} vm_sha256_block;

/* An item of a call `point`, with the sum before and what it computes. */
typedef struct {
    vm_call_item at;
    secp256k1_point before, t;
    uint64_t word; /* of the list */
    secp256k1_sum sum;
} vm_point_item;

/* The source of a proof, sorted by chips. */
typedef struct {
    const vm_source *source;
    const uint32_t *clks[RISCV_CHIPS];           /* of the instructions of each chip */
    const vm_call_item *items[CALL_INDEX_COUNT]; /* of each accelerator */
    const uint32_t *calls[CALL_INDEX_COUNT];     /* its calls, as numbers of the trace's */
    const vm_keccak_block *keccak_blocks;        /* of each item of keccak256 */
    const uint32_t *keccak_ends;                 /* of each call, its last block */
    const vm_sha256_block *sha256_blocks;        /* of each item of sha256 */
    const vm_permutation *permutations;          /* all, call by call of calls.def */
    vm_permutation *next_permutation;            /* the first that is not made yet */
    const vm_permutation *sponge_permutations;   /* of each item of sponge */
    const uint32_t *sponge_calls;                /* the calls themselves */
    const vm_open_digest *open_digests;          /* of each item of open */
    const vm_open_leaf *open_leaves;
    const vm_open_path *open_paths;
    const vm_call_item *open_weights;            /* words, for items */
    const vm_point_item *point_items;            /* of each item of point */
    const uint32_t *point_ends;                  /* of each call, its last item */
    uint64_t counts[VM_CHIPS];                   /* rows that are no padding */
} vm_rows;

/* Fills row `index` of a chip's columns of a phase; they are 0 before, and stay so in padding. */
typedef void vm_fill_row(void *row, const vm_rows *rows, uint64_t index);

/* One executed instruction. */
typedef struct {
    const riscv_event *event;
    const riscv_instruction *instruction;
    uint32_t clk;
} vm_executed;

vm_executed vm_executed_at(const vm_rows *rows, riscv_chip chip, uint64_t index);

/* Finds the blocks of all calls. */
void vm_keccak_prepare(vm_rows *rows, arena *a);
void vm_sha256_prepare(vm_rows *rows, arena *a);
void vm_sponge_prepare(vm_rows *rows, arena *a);
void vm_open_prepare(vm_rows *rows, arena *a);
/* Computes the items of all calls. */
void vm_point_prepare(vm_rows *rows, arena *a);

void fill_limbs(uint32_t limbs[4], uint64_t value);
void fill_bytes(uint32_t bytes[8], uint64_t value);
void fill_age(uint32_t age[AGE_COLUMNS], uint32_t previous_tick, uint32_t clk, uint32_t k);
/* The low limb and the sign of a program row's constants. */
void fill_immediate(uint32_t *low, uint32_t *sign, const riscv_instruction *instruction);
/* quotient and high of an address. */
void fill_address(uint32_t *quotient, uint32_t *high, uint64_t address);
/* Marks limb (address mod 8)/2, and says whether the address is odd. */
void fill_offset(uint32_t limb[4], uint32_t *odd, uint64_t address);
void fill_less(uint32_t columns[LESS_COLUMNS], bool is_signed, uint64_t a, uint64_t b);
/* Limbs and carries of row_product_limb's sums plus `addend` (extended by its sign) over eight limbs. */
void fill_product(uint32_t product[8], uint32_t carry[8], uint64_t a, bool a_sign, uint64_t b, bool b_sign,
                  uint64_t addend, bool addend_sign);

#endif
