/* What a node can say of its rollup: for JSON-RPC. On any thread, from a view. */
#ifndef ASHLAR_SETTLE_STANDING_H
#define ASHLAR_SETTLE_STANDING_H

#include "rollup/outcome.h"
#include "settle/l1.h"
#include "store/view.h"

/* False where the node follows no L1. */
status standing_read(store_view *v, bool *follows, l1_state *l1, uint64_t *derived);

typedef enum { STANDING_SEALED, STANDING_COMMITTED, STANDING_PROVEN } standing_status;

/* What has become of a block of L2. */
typedef struct {
    standing_status status;
    uint64_t batch;        /* that it is in; 0: in none */
    uint64_t proven_batch; /* of a proven one: the last batch whose outcome L1 has, and that outcome */
    rollup_outcome outcome;
} block_standing;
status standing_of_block(store_view *v, block_standing *out, uint64_t block);

#endif
