/* What the contracts say of the rollup now, asked one by one: for commands. A node follows L1 (follow.h). */
#ifndef ASHLAR_SETTLE_ROLLUP_STATE_H
#define ASHLAR_SETTLE_ROLLUP_STATE_H

#include "settle/calldata.h"
#include "settle/deployment.h"

typedef struct {
    uint64_t index, queue_index, last_time, at;
    bool is_frozen;
} rollup_cursor;

typedef struct {
    endpoint_block l1;
    rollup_cursor tip, proven;
    uint64_t queue_count, item_price;
    bool is_open; /* anybody may commit */
    bool has_leader;
    address leader;
    uint64_t next_item_time; /* of the first item that no batch took; 0: none */
    u256 ether;              /* of the Queue */
    uint64_t forced_delay, commit_timeout, drop_delay, freeze_delay;
    uint64_t max_lag;
    u256 batch_bond;
} rollup_now;
status rollup_now_read(rollup_now *out, endpoint *l1, arena *memory, const rollup_deployment *d);

/* A getter without arguments, or with one. */
status rollup_get(endpoint *l1, bytes *out, arena *memory, const address *contract, const char *signature,
                  const uint64_t *argument);
status rollup_get_hash(endpoint *l1, hash256 *out, arena *memory, const address *contract,
                       const char *signature, uint64_t argument);
status rollup_get_u256(endpoint *l1, u256 *out, arena *memory, const address *contract, const char *signature,
                       const uint64_t *argument);

/* The last proof on L1: the batch and its outcome, from its event. BATCH_UNKNOWN: nothing is proven but the
 * genesis, whose outcome that is then. */
status rollup_last_outcome(uint64_t *batch, rollup_outcome *out, endpoint *l1, arena *memory,
                           const rollup_deployment *d);

#endif
