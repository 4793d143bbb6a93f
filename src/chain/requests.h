/* Requests of the execution layer to the consensus layer. EIP-7685, 6110, 7002, 7251. */
#ifndef ASHLAR_CHAIN_REQUESTS_H
#define ASHLAR_CHAIN_REQUESTS_H

#include "base/arena.h"
#include "base/status.h"
#include "base/types.h"
#include "state/state.h"

enum { REQUEST_DEPOSIT = 0, REQUEST_WITHDRAWAL = 1, REQUEST_CONSOLIDATION = 2, REQUEST_TYPES = 3 };

/* A deposit as the consensus layer takes it: public key, credentials, amount, signature, index. */
enum { DEPOSIT_BYTES = 48 + 32 + 8 + 96 + 8 };

typedef struct deposit {
    struct deposit *next;
    uint8_t data[DEPOSIT_BYTES];
} deposit;

/* Deposits of a block in the order of their logs. Zero at the start. */
typedef struct {
    deposit *first, *last;
    size_t count;
} deposit_list;

/* Adds what a log of the deposit contract says; other logs of that contract are passed over.
 * DEPOSIT_LOG_MALFORMED. */
status deposits_add(deposit_list *list, arena *memory, const log_entry *entry);

/* All deposits one after another. */
bytes deposits_join(arena *memory, const deposit_list *list);

/* The hash in the header; `data` by type, without type bytes, empty ones leave no trace. */
void requests_hash(hash256 *out, arena *memory, const bytes data[REQUEST_TYPES]);

#endif
