/* Parameters of the small proofs: enough slots for the machine's tables, few queries; nothing is proven by
 * them. verify.py has the same numbers. */
#ifndef ASHLAR_TESTS_REFERENCE_PARAMETERS_H
#define ASHLAR_TESTS_REFERENCE_PARAMETERS_H

#include "vm/parameters_test.h"

#include <string.h>

static const opening_parameters small_opening = {
    .rounds = {{15, 1, 5}, {11, 2, 4}, {7, 3, 3}}, .log2_cap = 3, .query_grinding_bits = 2};
static const proof_parameters small_parameters = {
    .opening = &small_opening, .shared_grinding_bits = 6, .bus_grinding_bits = 1};

/* NULL: there are none of this name. `tree` has room for a node of joined proofs. */
static inline const proof_parameters *parameters_by_name(const char *name)
{
    return strcmp(name, "small") == 0  ? &small_parameters
           : strcmp(name, "tree") == 0 ? &test_tree_parameters
           : strcmp(name, "full") == 0 ? &PROOF_FULL
                                       : NULL;
}

#endif
