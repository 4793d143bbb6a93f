/* The fastest checker of Merkle paths that this processor has. */
#ifndef ASHLAR_LIBRARY_CHECKER_H
#define ASHLAR_LIBRARY_CHECKER_H

#include "stark/tree.h"

tree_checker checker_for_processor(void);

#endif
