/* The rollup beside a node: follows L1, derives L2's blocks from it, and, where it is asked to, makes blocks,
 * commits batches and proves them. One thread of its own; it takes the node's lock around what it does with
 * the node. */
#ifndef ASHLAR_SETTLE_SETTLE_H
#define ASHLAR_SETTLE_SETTLE_H

#include "node/node.h"
#include "settle/deployment.h"
#include "settle/key.h"
#include "settle/sender.h"

typedef enum {
    SETTLE_PROVER_OFF,
    SETTLE_PROVER_PROOF,  /* by the guest program; the attester signs what was verified */
    SETTLE_PROVER_NATIVE, /* development: the attester signs what this process derived itself, without a proof
                           */
} settle_prover;

typedef struct {
    const char *l1_url, *second_l1_url; /* the second is compared with; NULL: none */
    rollup_deployment rollup;
    bool is_sequencer;        /* false: a replica */
    signing_key key;          /* of a sequencer or prover */
    settle_prover prover;
    signing_key attester;     /* of a prover */
    uint64_t block_seconds;   /* between blocks, at least; none that are empty */
    uint64_t batch_seconds;   /* that the oldest block waits for its batch */
    uint64_t item_depth;      /* blocks of L1 on top of an item, or final, before a block takes it */
    uint64_t poll_ms;
    uint64_t prover_memory_gib;
    uint64_t prover_seconds;  /* that a proof may take; after that fewer batches are tried */
    uint64_t anchor_seconds;  /* between two of L1's blocks that a sequencer tells L2 of; 0: none */
    sender_options sender;
    void (*lock)(void *context); /* of the node */
    void (*unlock)(void *context);
    void *lock_context;
} settle_options;

typedef struct settle settle;

/* Before the node is served: asks L1's nodes once whether they have this rollup, the second whether it is of
 * that chain. False with a line in settle_open_error.
 * Borrowed: the node; the options are copied. */
bool settle_open(settle **out, node *n, const settle_options *options);
const char *settle_open_error(void);
void settle_start(settle *s);
/* Waits for what it is doing. */
void settle_close(settle *s);

#endif
