/* Follows L1: each step finds where the chain that is known and L1's part, and takes over what is new in one
 * transaction of the database. */
#ifndef ASHLAR_SETTLE_FOLLOW_H
#define ASHLAR_SETTLE_FOLLOW_H

#include "settle/deployment.h"
#include "settle/l1.h"

typedef struct follower follower;

/* Borrowed until it is closed: all of them. */
status follower_open(follower **out, database *db, endpoint *l1, const rollup_deployment *d);
void follower_close(follower *f);

typedef struct {
    bool changed;        /* anything */
    bool is_behind;      /* there is more to take at once */
    uint64_t undone;     /* blocks that L1 took back */
    uint64_t applied;
    uint64_t head, head_time; /* of L1 */
} follower_step;
/* REMOTE_…: L1 did not answer as it should; try again. BLOCK_UNKNOWN: L1 took back more than is known how to
 * undo. INPUT_MALFORMED: what L1's node says cannot be. DATABASE_…. follower_error_text says more. */
status follower_take(follower *f, follower_step *out);
const char *follower_error_text(const follower *f);

#endif
