/* Receipts, the logs bloom, and the tries that a header commits to by index. Yellow Paper, sections 4.3.1,
 * 4.4.1 and 4.4.3; EIP-658, 2718. */
#ifndef ASHLAR_CHAIN_RECEIPT_H
#define ASHLAR_CHAIN_RECEIPT_H

#include "base/arena.h"
#include "base/status.h"
#include "base/types.h"
#include "chain/header.h"
#include "chain/transaction.h"
#include "state/state.h"

/* The filter's bits of a value are found by a hash; values that come again (the topic of a token's transfer,
 * the token itself) are looked up here instead. */
typedef struct {
    struct {
        uint8_t value[32];
        unsigned size_bytes; /* 20 or 32; 0 where free */
        uint16_t bits[3];
    } slots[64];
} bloom_cache;

/* Adds a log to the filter. */
void bloom_add(uint8_t bloom[LOGS_BLOOM_BYTES], bloom_cache *cache, const log_entry *entry);

typedef struct {
    transaction_type type;
    bool succeeded;
    uint64_t cumulative_gas_used;
    const uint8_t *logs_bloom;
    const log_entry *logs;
    size_t log_count;
    bool has_state_root; /* before Byzantium, instead of `succeeded`; receipt_set_state_root brings it */
} receipt;

/* As the receipts trie takes it: type byte, if any, and list. */
bytes receipt_encode(arena *memory, const receipt *r);

/* Puts the state root into a receipt encoded with has_state_root. */
void receipt_set_state_root(bytes encoding, const hash256 *root);

/* The root of the trie that has rlp(i) → values[i]. The arena is left as it was. */
status index_trie_root(hash256 *root, arena *memory, const bytes *values, size_t count);

#endif
