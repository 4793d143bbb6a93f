/* What L1 sends: the items of contracts/l1/Queue.sol, their rolling hash, and the transactions that they are
 * on L2. */
#ifndef ASHLAR_ROLLUP_ITEM_H
#define ASHLAR_ROLLUP_ITEM_H

#include "base/arena.h"
#include "base/types.h"
#include "base/u256.h"

enum { ROLLUP_ITEM_CALL = 1, ROLLUP_ITEM_CREATE = 2 };

/* As the event Enqueued has it. */
typedef struct {
    uint64_t kind;
    address sender; /* on L1 */
    address from;   /* on L2: the sender, or its alias */
    address to;     /* zero for CREATE */
    u256 mint;      /* wei that come to exist at `from` */
    u256 value;     /* wei that are sent on */
    u256 fee;       /* wei that were paid on L1 */
    uint64_t gas_limit;
    uint64_t time;
    bytes data; /* calldata, or init code */
} rollup_item;

/* Queue.rolling[index + 1] from Queue.rolling[index], which is zero before the first item. `after` may be
 * `before`. */
void rollup_item_hash(hash256 *after, const hash256 *before, uint64_t index, const rollup_item *item);

/* The transaction of type 0x7E (chain/transaction.h), in the arena; source_hash is rolling[index + 1]. */
bytes rollup_item_transaction(arena *memory, const rollup_item *item, const hash256 *source_hash);

#endif
