/* Whose turn it is to make blocks and to commit them, by the seats in contracts/l1/Rollup.sol. */
#ifndef ASHLAR_SETTLE_TURN_H
#define ASHLAR_SETTLE_TURN_H

#include "settle/deployment.h"
#include "store/database.h"

typedef struct {
    bool is_ours;    /* it may commit */
    bool may_seal;   /* and what it seals now can still be committed in its turn */
    bool has_leader; /* false: there are no seats, and anybody may commit */
    address leader;
} turn;

/* Of this account at a time of L1; `tip_time`: when the last batch was committed. It is the leader's turn; half a
 * slot after its beginning, or the last batch, any operator's; and everybody's where Rollup is open. In the
 * last twelfth of a slot, five minutes at most, nothing is sealed, unless the next one is ours as well: what
 * was sealed is committed by then, and the next leader builds on that. What endpoints return. */
status turn_ask(turn *out, endpoint *l1, arena *memory, const rollup_deployment *d, const address *who,
                uint64_t time, uint64_t tip_time);

/* What a node does for the rollup, as its database has it for others. */
typedef struct {
    address account;
    bool is_sequencer, proves;
    turn turn; /* a sequencer's */
} turn_record;
/* Does nothing where it is there already. */
status turn_record_write(database *db, const turn_record *r);
/* *found is false where the node is a replica alone. Any thread. */
status turn_record_read(database_transaction *t, bool *found, turn_record *out);
status turn_record_remove(database *db);

#endif
