/* What the accelerators compute, natively. */
#ifndef ASHLAR_RISCV_CALLS_H
#define ASHLAR_RISCV_CALLS_H

#include "abi/calls.h"

/* Executes call number `index` of calls.def, which has no list and is no hint, on the words its operands
 * point to. All inputs are read before any result is written, so operands may overlap. False: refused. */
bool call_execute(uint32_t index, uint8_t *const operands[CALL_OPERANDS_MAX], uint32_t n);

/* What a call with a list keeps from one item to the next. */
typedef struct {
    uint64_t words[16];
} call_state;

/* A call with a list: what is read before the items; each item, with its word and its blocks; what is
 * written after them. False: the item is refused. */
void call_list_begin(uint32_t index, call_state *state, uint8_t *const operands[CALL_OPERANDS_MAX]);
bool call_list_item(uint32_t index, call_state *state, uint64_t word, uint8_t *const blocks[CALL_LIST_NUMBERS]);
void call_list_end(uint32_t index, const call_state *state, uint8_t *const operands[CALL_OPERANDS_MAX]);

/* ---- open: leaves of a tree ---- */

typedef struct {
    uint32_t words, stride, levels;
    uint8_t weights[CALL_LEAF_WORDS_MAX * CALL_WEIGHT_WORDS * 8];
} call_leaves;

/* What the word before the list says; false: refused. */
bool call_leaves_begin(call_leaves *leaves, uint64_t shape);
/* Whether the weights that were read are elements. */
bool call_leaves_weights(const call_leaves *leaves);
/* A leaf with its path, and the word of the list. False: refused, or `entry` of the cap is another. */
bool call_leaves_item(const call_leaves *leaves, uint8_t sum[8 * CALL_SUM_WORDS], const uint8_t *data, const uint8_t *entry,
                      uint64_t index);

#endif
