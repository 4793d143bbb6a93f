/* Enough slots for the machine's tables, few queries: nothing is proven by it. */
#ifndef ASHLAR_VM_PARAMETERS_TEST_H
#define ASHLAR_VM_PARAMETERS_TEST_H

#include "stark/proof.h"

static const opening_parameters test_opening = {
    .rounds = {{15, 1, 5}, {11, 2, 4}, {7, 3, 3}}, .log2_cap = 3, .query_grinding_bits = 2};
static const proof_parameters test_parameters = {
    .opening = &test_opening, .shared_grinding_bits = 1, .bus_grinding_bits = 1};

/* The same with room for the run of a node of joined proofs (2^27 cells), and paths as long as a call `open` takes. */
static const opening_parameters test_tree_opening = {
    .rounds = {{19, 1, 5}, {14, 2, 4}, {9, 3, 3}}, .log2_cap = 7, .query_grinding_bits = 2};
static const proof_parameters test_tree_parameters = {
    .opening = &test_tree_opening, .shared_grinding_bits = 1, .bus_grinding_bits = 1};

#endif
