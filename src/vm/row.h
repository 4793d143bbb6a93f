/* What the rows of instructions have in common: the step of execution, register and memory accesses,
 * addresses, comparisons. A value is four limbs of 16 bits, lowest first. Freestanding.
 *
 * Time: clk counts instructions; the accesses of one have the ticks 8·clk + k + 1, in order of k. */
#ifndef ASHLAR_VM_ROW_H
#define ASHLAR_VM_ROW_H

#include "vm/bus.h"

/* When an access happens within its instruction. */
enum {
    K_RS1 = 0,
    K_CALL_REGISTERS = 0,
    K_RS2 = 1,
    K_BEFORE_ITEMS = 1, /* what a call with a list reads but for its items */
    K_READ = 2,
    K_LIST = 5,
    K_WRITE = 6,
    K_RD = 7
};

/* Two columns of each access to memory: the tick of the access before, and the low limb of the gap to it less 1. A
 * register has only the first, for its gap has a single limb: what is older is refreshed before (the chip `refresh`). */
enum { AGE_PREVIOUS_TICK, AGE_GAP_LOW, AGE_COLUMNS };

/* ---- small expressions ---- */

/* e / 2^k */
air_expr row_divide(air_tape *t, air_expr e, uint32_t k);
air_expr row_sum(air_tape *t, const air_expr *terms, uint32_t count);
/* low + 2^bits·high */
air_expr row_join(air_tape *t, air_expr low, uint32_t bits, air_expr high);
/* if ? then : otherwise, of one degree more than either */
air_expr row_select(air_tape *t, air_expr condition, air_expr then, air_expr otherwise);
/* Σ flags_i·weights_i */
air_expr row_weigh(air_tape *t, const air_expr *flags, const uint32_t *weights, uint32_t count);
/* Σ flags_i·values_i */
air_expr row_weigh_by(air_tape *t, const air_expr *flags, const air_expr *values, uint32_t count);
/* Each flag is a bit and at most one of them is 1; returns their sum. */
air_expr row_one_of(air_tape *t, const air_expr *flags, uint32_t count);
/* The four limbs of eight bytes. */
void row_limbs_of_bytes(air_tape *t, air_expr limbs[4], const air_expr bytes[8]);
/* The four limbs of a sign-extended constant: low, and three times 0xFFFF where sign is 1. */
void row_immediate(air_tape *t, air_expr limbs[4], air_expr low, air_expr sign);

/* ---- execution ---- */

/* What the program says stands at a pc. */
typedef struct {
    air_expr kind, rd, rs1, rs2, constants[4], target4;
} row_instruction;

/* All fields 0, but target4 = pc4 + 1. */
row_instruction row_instruction_at(air_tape *t, air_expr pc4);

/* Where `real`: receives (pc4, clk), finds the instruction there, sends (next, clk + 1). */
void row_step(air_tape *t, air_expr real, air_expr pc4, air_expr clk, air_expr next,
              const row_instruction *instruction);
/* The same to (next, next_clk). */
void row_step_to(air_tape *t, air_expr real, air_expr pc4, air_expr clk, air_expr next, air_expr next_clk,
                 const row_instruction *instruction);

/* ---- accesses ---- */

/* Where `selector`: word w of memory held `old`, was last accessed before, and now holds `new`. `new` must have limbs
 * below 2^16: the caller sees to it. The same for registers, last accessed at the tick `previous`. */
void row_access(air_tape *t, air_expr selector, air_expr w, const air_expr old[4], const air_expr new[4], air_expr clk,
                uint32_t k, const air_expr age[AGE_COLUMNS]);
void row_read_register(air_tape *t, air_expr selector, air_expr r, const air_expr value[4], air_expr clk,
                       uint32_t k, air_expr previous);
void row_write_rd(air_tape *t, air_expr selector, air_expr rd, const air_expr old[4], const air_expr new[4],
                  air_expr clk, air_expr previous);

/* The four limbs are below 2^16. */
void row_range_limbs(air_tape *t, air_expr selector, const air_expr limbs[4]);

/* ---- arithmetic ---- */

/* Everywhere that `selector` is not 0: a + b = sum modulo 2^64. All limbs must be known to be below 2^16,
 * hence each carry (a_i + b_i + carry − sum_i)/2^16 is at most (2^17 − 1)/2^16 and a bit is enough.
 * `selector` has degree 1 at most. */
void row_add(air_tape *t, air_expr selector, const air_expr a[4], const air_expr b[4], const air_expr sum[4]);
/* The same modulo 2^(16·count). */
void row_add_limbs(air_tape *t, air_expr selector, const air_expr *a, const air_expr *b, const air_expr *sum,
                   uint32_t count);

/* Everywhere: base + immediate is an address below 2^32, 8·quotient + offset + 2^16·high. Returns the word, w, which must
 * be accessed: only the ledger bounds `high`. Checks that quotient has 13 bits; offset must be known to be below 8. */
air_expr row_address(air_tape *t, air_expr selector, const air_expr base[4], const air_expr immediate[4],
                     air_expr quotient, air_expr offset, air_expr high);

/* The same of an address that is written: not below MAP_WRITABLE_BASE either. Words from 2^29 on are not
 * excluded here; the ledger lists none. */
air_expr row_store_address(air_tape *t, air_expr selector, const air_expr base[4],
                           const air_expr immediate[4], air_expr quotient, air_expr offset, air_expr high);

/* Where `selector`: `high`, limb 1 of an address, is that of one that can be written. */
void row_writable(air_tape *t, air_expr selector, air_expr high);

/* For accesses of 2, 4 or 8 bytes (flags is[0…2]) at this offset in a word: crosses is 1 if they reach into
 * the next word, else 0. */
void row_crosses(air_tape *t, air_expr real, const air_expr is[3], air_expr offset, air_expr crosses);

/* Σ of the products of bytes that belong to limb k < 8 of the product modulo 2^128 of two numbers of 64 bits,
 * each extended by its sign. At most 257·16·255². */
air_expr row_product_limb(air_tape *t, const air_expr a[8], air_expr a_sign, const air_expr b[8],
                          air_expr b_sign, uint32_t k);

/* `sign` is the highest bit of the limb where `selector` is 1, and 0 elsewhere. */
void row_sign(air_tape *t, air_expr selector, air_expr limb, air_expr sign);

/* The columns of a comparison a < b of 64 bits. */
enum { LESS_FIRST, LESS_A_SIGN = 4, LESS_B_SIGN, LESS_GAP, LESS_RESULT, LESS_COLUMNS };
/* is_signed must be 0 where real is. The result is columns[LESS_RESULT], a bit. columns[0…3] mark the highest
 * limb in which a and b differ (none when equal); there the larger less the smaller is gap + 1. */
void row_less(air_tape *t, air_expr real, air_expr is_signed, const air_expr a[4], const air_expr b[4],
              const air_expr columns[LESS_COLUMNS]);

#endif
