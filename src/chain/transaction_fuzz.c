/* libFuzzer: a transaction that decodes can be walked, priced and recovered under every fork. */
#include "base/check.h"
#include "chain/transaction.h"
#include "codec/rlp.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void transaction_fuzz_walk(const transaction *tx)
{
    size_t addresses = 0, slots = 0, authorizations = 0;
    for (bytes cursor = tx->access_list; !rlp_at_end(cursor); addresses++) {
        bytes entry, keys;
        address where;
        hash256 key;
        CHECK(rlp_list(&entry, &cursor) == OK && rlp_address(&where, &entry) == OK &&
              rlp_list(&keys, &entry) == OK);
        for (; !rlp_at_end(keys); slots++)
            CHECK(rlp_hash(&key, &keys) == OK);
    }
    CHECK(addresses == tx->access_list_addresses && slots == tx->access_list_slots);
    for (bytes cursor = tx->authorizations; !rlp_at_end(cursor); authorizations++) {
        transaction_authorization authorization;
        address signer;
        CHECK(transaction_next_authorization(&authorization, &cursor) == OK);
        if (authorizations < 4)
            (void)transaction_authority(&signer, &authorization);
    }
    CHECK(authorizations == tx->authorization_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t capacity = 65536 + 64 * size;
    void *memory = malloc(capacity);
    CHECK(memory != NULL);
    arena a;
    arena_init(&a, memory, capacity);
    transaction tx;
    if (transaction_decode(&tx, &a, (bytes){data, size}) == OK) {
        transaction_fuzz_walk(&tx);
        hash256 hash;
        transaction_hash(&hash, &tx);
        address frontier, latest;
        status loose = transaction_sender(&frontier, &a, &tx, FORK_FRONTIER);
        status strict = transaction_sender(&latest, &a, &tx, FORK_COUNT - 1);
        CHECK(strict != OK || loose == OK);
        for (fork_id fork = 0; fork < FORK_COUNT; fork++)
            CHECK(transaction_intrinsic_gas(&tx, fork, 1174).intrinsic >= 21000);
    }
    free(memory);
    return 0;
}
