/* Ethereum's tests as JSON (execution-spec-tests, ethereum/tests): values, accounts, rules, transactions,
 * expected refusals. */
#ifndef ASHLAR_CONFORMANCE_FIXTURE_H
#define ASHLAR_CONFORMANCE_FIXTURE_H

#include "chain/build.h"
#include "chain/chain.h"

#include <jansson.h>

/* Reads values into the arena. What is missing or not as it should be reads as zero, and its name is
 * noted, the first one: who has read everything looks whether there is one. */
typedef struct {
    arena *memory;
    const char *malformed; /* NULL: none */
} fixture_reader;

/* Of a JSON string in hex (or decimal, or a JSON integer, for numbers). */
bytes fixture_bytes_of(fixture_reader *r, const json_t *value, const char *name);
u256 fixture_u256_of(fixture_reader *r, const json_t *value, const char *name);

/* Of an object's member. */
bytes fixture_bytes(fixture_reader *r, const json_t *object, const char *name);
/* An array of them; what is no array is malformed. */
bytes *fixture_bytes_list(fixture_reader *r, size_t *count, const json_t *array, const char *name);
/* Whether there are as many of both, and each of the first is among the others. */
bool fixture_same_items(const bytes *items, size_t count, const bytes *others, size_t other_count);
u256 fixture_u256(fixture_reader *r, const json_t *object, const char *name);
uint64_t fixture_u64(fixture_reader *r, const json_t *object, const char *name);
address fixture_address(fixture_reader *r, const json_t *object, const char *name);
hash256 fixture_hash(fixture_reader *r, const json_t *object, const char *name);
/* `otherwise` where there is no such member. */
uint64_t fixture_u64_or(fixture_reader *r, const json_t *object, const char *name, uint64_t otherwise);

/* A "pre" or "alloc": {address: {balance, nonce, code, storage}}. */
genesis_account *fixture_accounts(fixture_reader *r, size_t *count, const json_t *alloc);

/* The rules of a network as the tests name it: a fork from the start ("Prague", "EIP158"), or two,
 * "AToBAtTime15k", "AToBAt5" (a block), "AToBAtDiffC0000". `settings` is the test's "config", or NULL.
 * False for a name unknown. */
typedef struct {
    chain_config config;
    bool by_difficulty;         /* the merge comes where a parent's total difficulty reaches: */
    u256 terminal_difficulty;
} fixture_network;
bool fixture_network_read(fixture_network *network, const char *name, const json_t *settings);

/* The genesis of a blockchain test, for those who build on it. */
chain_genesis fixture_genesis(fixture_reader *r, const json_t *test);

/* The fork of such a name, FORK_COUNT where it is none: also the older names "EIP150", "Merge" and so on. */
fork_id fixture_fork(const char *name);

/* A transaction of a state test, by its "transaction" and the post entry's "indexes", encoded and signed:
 * where the test does not bring the bytes itself. Zero-sized, and something noted as malformed, where it
 * cannot be made. */
bytes fixture_transaction(fixture_reader *r, const chain_config *config, fork_id fork,
                          const json_t *transaction,
                          const json_t *indexes);

/* Whether a status is one of those that the tests' "A|B|…" stands for (fixture_exceptions.def). The oldest
 * tests do not say why a block is to be refused: any reason will do. */
#define FIXTURE_ANY_EXCEPTION "any refusal"
bool fixture_exception_covers(const char *expected, status got);

/* Signs with a secret key that everybody knows: with a nonce that is no secret either. Returns y's parity. */
unsigned fixture_sign(u256 *r, u256 *s, const hash256 *message, u256 key);

#endif
