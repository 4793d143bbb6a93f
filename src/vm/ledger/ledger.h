/* Every word and register of the run, once: where its first value comes from, and its last value. Each row hands its key
 * = 2^29·space + w on to the next greater one (ORDER), so no key comes twice. A run has one or several parts, each of
 * which goes on after the key where the one before ended. Here alone the memory map is enforced: a word without a row
 * cannot be accessed. */
#ifndef ASHLAR_VM_LEDGER_H
#define ASHLAR_VM_LEDGER_H

#include "vm/columns.h"

#define LEDGER_BOUNDARY_COLUMNS(ONE, MANY) \
    ONE(real) ONE(is_output) \
    ONE(space) ONE(w_low) ONE(w_high) /* w = w_low + 2^16·w_high */ \
    MANY(initial, 4) MANY(final, 4) ONE(last) /* the last segment that touches it */

#define LEDGER_MAIN_COLUMNS(ONE, MANY) \
    ONE(is_image) ONE(is_input) ONE(is_zero) ONE(is_register) \
    ONE(key_before) ONE(gap_low) /* of the row before; low limb of key − key_before − 1 */

COLUMNS(ledger_boundary, LEDGER_BOUNDARY_COLUMNS);
COLUMNS(ledger_main, LEDGER_MAIN_COLUMNS);

#endif
