/* What the node does in a second: transfers taken into the mempool, and sealed into blocks.
 * seal_bench [DIRECTORY [STATES THAT ARE KEPT]] */
#include "node/mempool.h"
#include "node/node.h"

#include "base/check.h"
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>

enum { TRANSFERS = 16000 };

int main(int argc, char **argv)
{
    node *n;
    arena memory;
    arena_open(&memory, STORE_VIEW_ARENA_BYTES);
    node_options options = {.directory = argc > 1 ? argv[1] : NULL,
                            .is_development = true,
                            .seals = true,
                            .block_time_seconds = 3600,
                            .history = argc > 2 ? strtoull(argv[2], NULL, 10) : STORE_HISTORY_AS_IT_IS};
    CHECK(node_open(&n, &options) == OK);
    bytes *encodings = ARENA_NEW(&memory, bytes, TRANSFERS);
    for (uint32_t i = 0; i < TRANSFERS; i++) {
        store_call call = {.from = *node_account(n, i % 10),
                           .to = {{0xbb, (uint8_t)(i >> 8), (uint8_t)i}},
                           .value = u256_from_u64(1),
                           .has_gas = true,
                           .gas = 21000,
                           .has_nonce = true,
                           .nonce = i / 10,
                           .has_max_fee = true,
                           .max_fee = u256_from_u64(100000000000)};
        bytes encoding;
        size_t mark = memory.used_bytes;
        CHECK(node_sign_call(n, &encoding, &memory, &call) == OK);
        uint8_t *copy = malloc(encoding.size);
        CHECK(copy != NULL);
        for (size_t j = 0; j < encoding.size; j++)
            copy[j] = encoding.data[j];
        encodings[i] = (bytes){copy, encoding.size};
        arena_rewind(&memory, mark);
    }
    uint64_t start = clock_milliseconds();
    for (size_t i = 0; i < TRANSFERS; i++) {
        hash256 hash;
        CHECK(node_submit(n, &hash, encodings[i]) == OK);
    }
    uint64_t submitted = clock_milliseconds();
    unsigned blocks = 0;
    while (mempool_pending_count(n) > 0) {
        CHECK(node_seal(n, NULL) == OK);
        blocks++;
    }
    uint64_t sealed = clock_milliseconds();
    printf("%-28s %8.0f / s\n", "transfers into the mempool",
           TRANSFERS * 1000.0 / (double)(submitted - start + 1));
    printf("%-28s %8.0f / s, %u blocks\n", "transfers sealed",
           TRANSFERS * 1000.0 / (double)(sealed - submitted + 1), blocks);
    node_close(n);
    for (size_t i = 0; i < TRANSFERS; i++)
        free((void *)(uintptr_t)encodings[i].data);
    arena_close(&memory);
    return 0;
}
