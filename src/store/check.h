/* Whether a database holds what it should: `ashlar db check`. */
#ifndef ASHLAR_STORE_CHECK_H
#define ASHLAR_STORE_CHECK_H

#include "store/store.h"

typedef struct {
    uint64_t blocks, transactions, accounts, slots, codes, nodes;
} store_check_report;

/* Each block: its link to its parent, its transactions' and receipts' roots, its indexes. Each trie node and
 * code: its hash. The state after the newest block: whole, from the root down; where only some states are
 * kept, each of these, and that no other trie node is there. DATABASE_CORRUPT, with what and where in
 * database_error_text. */
status store_check(store *store, store_check_report *report);

#endif
