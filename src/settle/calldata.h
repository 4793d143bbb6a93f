/* Calls of contracts, what they answer and what they log, as Solidity's ABI lays them out: words of 32 bytes,
 * what has no fixed length behind them (docs.soliditylang.org, Contract ABI Specification). */
#ifndef ASHLAR_SETTLE_CALLDATA_H
#define ASHLAR_SETTLE_CALLDATA_H

#include "base/arena.h"
#include "base/types.h"
#include "base/u256.h"
#include "rollup/outcome.h"

/* ---- writing: begin, the arguments in order, end ---- */

enum { CALLDATA_ARGUMENTS = 96 };
typedef struct {
    arena *memory;
    bytes prefix; /* selector or init code */
    size_t count;
    struct {
        bool is_tail;
        uint8_t word[32];
        bytes tail;
    } arguments[CALLDATA_ARGUMENTS];
} calldata;

/* Of a function: "commit(bytes32,bytes32,uint256,uint256,bytes)". */
void calldata_begin(calldata *c, arena *memory, const char *signature);
/* Of a constructor: behind its init code. */
void calldata_begin_creation(calldata *c, arena *memory, bytes init_code);
/* Of nothing: what abi.encode gives. */
void calldata_begin_words(calldata *c, arena *memory);
void calldata_u64(calldata *c, uint64_t value);
void calldata_u256(calldata *c, const u256 *value);
void calldata_address(calldata *c, const address *value);
void calldata_hash(calldata *c, const hash256 *value);
/* Its seven words. */
void calldata_outcome(calldata *c, const rollup_outcome *outcome);
/* bytes, or string. */
void calldata_bytes(calldata *c, bytes value);
/* bytes[], or with a fixed length bytes[4]. */
void calldata_bytes_list(calldata *c, const bytes *values, size_t count, bool is_fixed);
/* In the arena. */
bytes calldata_end(calldata *c);

/* The four bytes by which calls and errors of this signature begin, and the topic of such an event. */
uint32_t calldata_selector(const char *signature);
void calldata_topic(hash256 *out, const char *signature);

/* ---- reading: false where the data is shorter, or a word does not fit ---- */

bool calldata_read_u64(uint64_t *out, bytes data, size_t index);
bool calldata_read_u256(u256 *out, bytes data, size_t index);
bool calldata_read_address(address *out, bytes data, size_t index);
bool calldata_read_hash(hash256 *out, bytes data, size_t index);
/* Seven words from this one on. */
bool calldata_read_outcome(rollup_outcome *out, bytes data, size_t index);
/* `bytes` whose place stands in this word; borrowed from the data. */
bool calldata_read_bytes(bytes *out, bytes data, size_t index);

#endif
