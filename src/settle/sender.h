/* Sends the node's own transactions to L1. Each has a purpose ("commit batch 7"), and stands in the database
 * before it is sent: whoever kills the process at any moment finds at the next start what was under way.
 * There is one key, and one line of nonces. */
#ifndef ASHLAR_SETTLE_SENDER_H
#define ASHLAR_SETTLE_SENDER_H

#include "settle/endpoint.h"
#include "settle/key.h"
#include "settle/transact.h"
#include "store/database.h"

typedef enum {
    PURPOSE_COMMIT = 1, /* of a batch, */
    PURPOSE_PROVE = 2,  /* up to a batch, */
    PURPOSE_ANCHOR = 3  /* after a number of items */
} purpose_kind;

typedef struct {
    uint64_t bump_seconds; /* without a block: the same again with higher fees */
    u256 max_fee;          /* wei a gas, that is never exceeded */
} sender_options;

typedef struct sender sender;

/* Borrowed until it is closed: database, endpoint, key. */
status sender_open(sender **out, database *db, endpoint *l1, const signing_key *key, uint64_t chain_id,
                   const sender_options *options);
void sender_close(sender *s);
const char *sender_error_text(const sender *s);

/* Whether a transaction with this purpose is under way, and has not failed. */
status sender_has(sender *s, bool *has, purpose_kind kind, uint64_t subject);

/* Writes it down, then sends it, unless one with this purpose is under way. CONTRACT_REVERTED: it would fail
 * as L1 stands now; nothing is written then. MEMPOOL_SENDER_FULL: as many as may be wait for a block.
 * REMOTE_…: L1 does not answer; the next step sends what was written. */
status sender_plan(sender *s, purpose_kind kind, uint64_t subject, const address *to, const u256 *value,
                   bytes data);

/* Looks after all that are under way: what is in no block is sent again, after a while with higher fees; what
 * L1 took back as well, so that its nonce is no gap before others. Done with is what is final, whether it
 * worked or failed, and what had its nonce taken by another one. `final_block`: of L1. */
status sender_step(sender *s, uint64_t final_block);

/* What is under way, by nonces; in the arena. Any thread, without a sender. */
typedef struct {
    purpose_kind kind;
    uint64_t subject, nonce;
    u256 max_fee;
    hash256 hash;    /* of its newest version */
    uint64_t block;  /* of L1, not final, that it was seen in; 0: none */
    bool has_failed; /* it reverted there */
} sender_entry;
status sender_read(database_transaction *t, arena *memory, sender_entry **out, size_t *count);
const char *sender_purpose_name(purpose_kind kind);

#endif
