/* What tests of the store share: a development node in a directory of its own, whose blocks are sealed by
 * hand, and random choices that come the same each time. */
#ifndef ASHLAR_STORE_CHAIN_TEST_H
#define ASHLAR_STORE_CHAIN_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "node/node.h"
#include "store/check.h"

enum { CHAIN_ACCOUNTS = 4 };

static struct {
    node *n;
    arena memory;
    char directory[64];
    uint64_t nonces[CHAIN_ACCOUNTS];
    uint32_t random; /* xorshift */
} chain;

static inline uint32_t random_below(uint32_t n)
{
    chain.random ^= chain.random << 13;
    chain.random ^= chain.random >> 17;
    chain.random ^= chain.random << 5;
    return chain.random % n;
}

static inline void chain_open(uint64_t history)
{
    node_options options = {.is_development = true, .seals = true, .directory = chain.directory,
                            .block_time_seconds = 1000000, .history = history};
    status s = node_open(&chain.n, &options);
    if (s != OK)
        fail_msg("%s: %s", status_name(s), node_error_text());
}

static inline void chain_close(void)
{
    node_close(chain.n);
    chain.n = NULL; /* what fails afterwards closes it no second time */
}

/* A directory; the node is still to be opened. */
static inline int chain_setup(uint32_t seed)
{
    memset(&chain, 0, sizeof chain);
    chain.random = seed;
    arena_open(&chain.memory, STORE_VIEW_ARENA_BYTES);
    strcpy(chain.directory, "/tmp/ashlar-store-XXXXXX");
    assert_non_null(mkdtemp(chain.directory));
    return 0;
}

static inline int chain_teardown(void **unused)
{
    (void)unused;
    chain_close();
    static const char *const files[] = {"data.mdb", "lock.mdb", "lock", "mempool.rlp"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", chain.directory, files[i]);
        unlink(path);
    }
    rmdir(chain.directory);
    arena_close(&chain.memory);
    return 0;
}

/* From one of the accounts, as its next transaction. */
static inline void send(uint32_t from, store_call *call)
{
    bytes encoding;
    hash256 hash;
    size_t mark = chain.memory.used_bytes;
    call->from = *node_account(chain.n, from);
    call->has_gas = call->has_nonce = true;
    call->gas = 200000;
    call->nonce = chain.nonces[from]++;
    assert_int_equal(node_sign_call(chain.n, &encoding, &chain.memory, call), OK);
    assert_int_equal(node_submit(chain.n, &hash, encoding), OK);
    arena_rewind(&chain.memory, mark);
}

static inline uint64_t head(void)
{
    store_view *v;
    size_t mark = chain.memory.used_bytes;
    assert_int_equal(node_view_open(&v, &chain.memory, chain.n), OK);
    uint64_t number = store_head_number(v);
    store_view_close(v);
    arena_rewind(&chain.memory, mark);
    return number;
}

#endif
