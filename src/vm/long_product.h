/* a·b + c = q·m + r of numbers of 256 or 384 bits, with r < m: what the calls muladd, divide and
 * muladd_384 have in common. m = 0 stands for 2^256, where `is_power`; of 384 bits there is no such m.
 * Freestanding.
 *
 * With B = 32 or 48, a, b, m and q are B bytes, c and r B/2 limbs of 16 bits. Let P be the difference of the
 * convolutions of bytes a·b − q·m. At position k = 0 … B − 1 of 16 bits e_k = P_2k + 2^8·P_2k+1 + c_k −
 * r_k, without c and r from k = B/2 on, and e_k + t_k−1 = 2^16·t_k with t_−1 = t_B−1 = 0; where m =
 * 2^256 the limbs of q are taken off from k = 16 on.
 *
 * A convolution is at most B·255², so |e_k| ≤ B·255²·257 + 2^16: 534.9 M, or 802.3 M. A carry t is looked
 * up as t + 2^14 of 15 bits, which is enough: |t_k| ≤ 8,162, or 12,242. So |e_k + t_k−1 − 2^16·t_k| <
 * 1,877 M < p: what holds modulo p holds of integers, and the equations times 2^16k add up. As r < m, q
 * and r are the only ones; if a·b + c ≥ 2^8B·m there is no q of B bytes, and no row.
 * (tools/chip_bounds.py computes these bounds.) */
#ifndef ASHLAR_VM_LONG_PRODUCT_H
#define ASHLAR_VM_LONG_PRODUCT_H

#include "vm/row.h"

enum {
    LONG_BYTES = 32,
    LONG_LIMBS = 16,
    LONG_WORDS = 4,
    WIDE_BYTES = 48,
    WIDE_LIMBS = 24,
    WIDE_WORDS = 6,
};

/* Columns of a row. */
typedef struct {
    uint32_t bytes;                /* LONG_BYTES or WIDE_BYTES */
    const air_expr *a, *b, *m, *q; /* bytes, each known to be one */
    const air_expr *c;             /* limbs, known to have 16 bits */
    const air_expr *r;             /* limbs, which are looked up here */
    const air_expr *carry;
    const air_expr *mark; /* the highest limb in which m and r differ */
    air_expr gap;         /* there m − r − 1 */
    air_expr is_power;    /* m = 0 stands for 2^256 */
} long_product;

/* Where real; is_power must be a bit, 1 only where real is and m is 0. */
void long_product_holds(air_tape *t, air_expr real, const long_product *p);

/* Where `selector`, all `count` are bytes. */
void long_byte_pairs(air_tape *t, air_expr selector, const air_expr *bytes, uint32_t count);

/* Where m stands for 2^256 its bytes are 0. */
void long_power_is_zero(air_tape *t, air_expr is_power, const air_expr m[LONG_BYTES]);

/* The count/2 limbs of bytes. */
void long_limbs_of_bytes(air_tape *t, air_expr *limbs, const air_expr *bytes, uint32_t count);

/* The `words` words from w on; each has four limbs, eight bytes, and its columns of age. */
void long_access(air_tape *t, air_expr selector, air_expr w, uint32_t words, const air_expr *old,
                 const air_expr *new, air_expr clk, uint32_t k, const air_expr *age);
void long_read(air_tape *t, air_expr selector, air_expr w, uint32_t words, const air_expr *limbs,
               air_expr clk, uint32_t k, const air_expr *age);
void long_read_bytes(air_tape *t, air_expr selector, air_expr w, uint32_t words, const air_expr *bytes,
                     air_expr clk, uint32_t k, const air_expr *age);

#endif
