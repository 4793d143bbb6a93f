/* What the files of the RPC share: a request in progress, its parameters, and how things are written. */
#ifndef ASHLAR_RPC_INTERNAL_H
#define ASHLAR_RPC_INTERNAL_H

#include "base/version.h"
#include "codec/rlp.h"
#include "node/mempool.h"
#include "node/node.h"
#include "rpc/rpc.h"
#include "rpc/writer.h"

#include <jansson.h>
#include <pthread.h>

enum {
    RPC_PARSE_ERROR = -32700,
    RPC_INVALID_REQUEST = -32600,
    RPC_METHOD_UNKNOWN = -32601,
    RPC_INVALID_PARAMETERS = -32602,
    RPC_INTERNAL = -32603,
    RPC_FAILED = -32000,
    RPC_LIMIT = -32005,
    RPC_NO_ACCESS_LIST = 4445, /* of execution-apis */
    RPC_REVERTED = 3,
};

/* Name, version, system, language: as clients of geth take it apart. */
#define RPC_CLIENT_VERSION "Ashlar/v" ASHLAR_VERSION "/linux-amd64/c17"

/* Of a method, in methods.def. */
enum {
    RPC_PLAIN = 0,
    RPC_DEVELOPMENT = 1, /* only where development methods are on */
    RPC_DEBUG = 2,
    RPC_TESTING = 4,
    RPC_SOCKET = 8,      /* needs a connection that can be pushed to */
    RPC_HEAVY = 16,      /* may take long, or much memory: only some at a time */
    RPC_TRIED = 32,      /* is often quick: tried at once before it counts as heavy */
    RPC_LIGHT = 64,      /* little work, and no lock: answered at once */
    RPC_NAMED = 128,     /* its parameters may come by their names */
};

typedef struct rpc_filters rpc_filters;

struct rpc {
    node *chain;
    rpc_options options;
    pthread_mutex_t lock; /* of the node */
    rpc_carrier carrier; /* all zero: none */
    rpc_filters *filters;
    arena page_memory;    /* of the last proof that was got by GET; the server's own thread */
    pthread_cond_t tick;  /* there is something for node_tick */
    struct {
        uint64_t id, head;
        int64_t clock_shift;
    } snapshots[4096]; /* evm_snapshot; the oldest first */
    unsigned snapshot_count;
    uint64_t last_snapshot;
    hash256 instance; /* random: tells one run of the node from another */
};

typedef struct {
    rpc *r;
    node *chain;
    arena *memory;
    rpc_writer *out;
    rpc_connection connection;
    uint64_t arrived_ms;
    bool at_once;       /* as in rpc_exchange */
    bool is_late;       /* it could not be answered at once */
    const char *method;
    json_t *parameters; /* an array, never NULL */
    store_view *view;    /* rpc_view opens it */
    int error;          /* 0: none */
    char message[1024];
    bytes error_data;
    bool has_error_data;
} rpc_call;

/* ---- errors: each returns false ---- */

bool rpc_error(rpc_call *c, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* A status in geth's words. */
bool rpc_refuse(rpc_call *c, status why);
const char *rpc_status_text(status why);
/* In decimal; what is returned lies in `out`. */
const char *rpc_decimal(char out[80], u256 value);
/* "execution reverted: not the owner", in the arena. */
const char *rpc_revert_text(arena *memory, bytes output);

#define RPC_TRY(c, expression)               \
    do {                                     \
        status rpc_try_ = (expression);      \
        if (rpc_try_ != OK) {                \
            rpc_refuse((c), rpc_try_);       \
            return;                          \
        }                                    \
    } while (0)

/* NULL with the error set. */
store_view *rpc_view(rpc_call *c);

/* ---- parameters: false with the error set where they are wrong ---- */

/* Of an object, by its name as it is, else whatever the case; NULL where it is missing or null. */
const json_t *rpc_member(const json_t *object, const char *name);
/* NULL where it is missing or null. */
json_t *rpc_parameter(const rpc_call *c, size_t index);
bool rpc_parse_address(rpc_call *c, address *out, const json_t *value, size_t index);
bool rpc_parse_hash(rpc_call *c, hash256 *out, const json_t *value, size_t index);
bool rpc_parse_u64(rpc_call *c, uint64_t *out, const json_t *value, size_t index);
bool rpc_parse_u256(rpc_call *c, u256 *out, const json_t *value, size_t index);
/* The same, or decimal digits in a string: what development methods take, as anvil does. */
bool rpc_parse_amount(rpc_call *c, u256 *out, const json_t *value, size_t index);
/* Decimal or hexadecimal, as a number or as text, with a sign; false: it is none, or beyond 256 bits. */
bool rpc_read_integer(u256 *magnitude, bool *negative, const json_t *value);
bool rpc_parse_data(rpc_call *c, bytes *out, const json_t *value, size_t index);
/* A storage key: up to 32 bytes of hex, right-aligned. */
bool rpc_parse_slot(rpc_call *c, u256 *out, const json_t *value, size_t index);
/* Of eth_call and eth_sendTransaction. */
bool rpc_parse_call(rpc_call *c, store_call *out, const json_t *value, size_t index);

typedef struct {
    store_state_override *items;
    size_t count;
} rpc_overrides;
bool rpc_parse_overrides(rpc_call *c, rpc_overrides *out, const json_t *value, size_t index);
/* Of an object slot → word. */
bool rpc_parse_slots(rpc_call *c, store_state_override *out, const json_t *object, size_t index);
/* Whether what is to be moved are precompiles, and to where nothing else is overridden. */
bool rpc_check_moves(rpc_call *c, const rpc_overrides *overrides, fork_id fork);
bool rpc_parse_block_overrides(rpc_call *c, store_block_overrides *out, const json_t *value, size_t index);

/* A block that a tag, a number, a hash, or an object with one of them names. */
typedef struct {
    store_block block;
    bool is_pending;
    bool found; /* the error is not set where it is not */
    bool by_hash;
    node_pending pending;
} rpc_block;
bool rpc_parse_block(rpc_call *c, rpc_block *out, const json_t *value, size_t index);
/* The same, but that an unknown block is an error: "header not found". */
bool rpc_parse_known_block(rpc_call *c, rpc_block *out, const json_t *value, size_t index);
/* A number or a tag; for ranges. Pending is the number after the head. */
bool rpc_parse_block_number(rpc_call *c, uint64_t *out, const json_t *value, size_t index);
bool rpc_state(rpc_call *c, state **out, const rpc_block *block);

/* ---- running something on a block ---- */

typedef struct {
    store_call call;
    store_block base;
    rpc_overrides overrides;
    store_block_overrides block_overrides;
} rpc_run_request;

/* The first two parameters are the call and the block; the overrides are where the indexes say (0: there are
 * none). False with the error set. */
bool rpc_parse_run(rpc_call *c, rpc_run_request *out, size_t overrides_index, size_t block_overrides_index);
bool rpc_open_session(rpc_call *c, store_session *s, const rpc_run_request *request);

/* ---- why it failed, with the numbers that geth names ---- */

/* A transaction that was refused, and what it was held against. */
typedef struct {
    const transaction *tx;
    address sender;
    state *world;
    const evm_block *block;
    bool by_pool; /* which has other words for some things */
    size_t most_bytes; /* that it takes of a transaction */
} rpc_refused;
/* "max fee per gas less than block base fee: address 0x…, …"; may be in the arena. */
const char *rpc_refusal_text(arena *memory, status why, const rpc_refused *r);
/* Of a call in that session, of an estimate that tried so much gas, of what was to enter the mempool. */
bool rpc_refuse_call(rpc_call *c, status why, const store_session *session, const store_call *call);
bool rpc_refuse_estimate(rpc_call *c, status why, const rpc_run_request *request, uint64_t gas);
bool rpc_refuse_submitted(rpc_call *c, status why, bytes encoding);
/* A message that ended badly: "execution reverted: …" with its data (code 3), or why it halted. */
bool rpc_halted(rpc_call *c, evm_halt halt, bytes output, const rpc_run_request *request);

/* ---- how things are written ---- */

/* A header's members, of an object that the caller begins and ends. */
void rpc_write_header(rpc_writer *w, const block_header *header, const hash256 *hash);
/* With transactions, or their hashes. */
bool rpc_write_block(rpc_call *c, const rpc_block *block, bool full);
void rpc_write_transaction(rpc_writer *w, const store_transaction *tx, uint64_t timestamp);
void rpc_write_pooled(rpc_writer *w, const pooled *p);
/* Of no block and no mempool. */
void rpc_write_filled(rpc_writer *w, const pooled *p);
void rpc_write_receipt(rpc_writer *w, const store_block *block, const blob_parameters *blob,
                       const store_transaction *tx, const store_receipt *receipt);
const blob_parameters *rpc_blob_of(const rpc_call *c, const store_block *block);
/* In a block; the call's view is open. False with the error set. */
bool rpc_find_transaction_of(rpc_call *c, bool *found, store_transaction *out, const address *sender,
                             uint64_t nonce);
/* Of a transaction in a block; nothing is written where it is not found. False with the error set. */
bool rpc_write_receipt_of(rpc_call *c, bool *found, const hash256 *hash);
void rpc_write_log(rpc_writer *w, const log_entry *entry, const store_block *block,
                   const hash256 *transaction, size_t transaction_index, size_t log_index, bool removed);

/* ---- logs ---- */

bool rpc_parse_log_filter(rpc_call *c, store_log_filter *out, const json_t *filter, size_t index);
/* Of one block, as values of an array; `topics`: at least as many. The budget: how many may still be. */
bool rpc_write_block_logs(rpc_call *c, const store_block *block, const store_log_filter *filter,
                          size_t topics, uint64_t *budget);
bool rpc_write_range_logs(rpc_call *c, const json_t *filter, uint64_t first, uint64_t last);
/* The array that eth_getLogs gives. */
bool rpc_write_logs(rpc_call *c, const json_t *filter);
/* There are none of the pending block. */
bool rpc_logs_are_of_blocks(rpc_call *c, const json_t *filter);

/* ---- transactions in ---- */

/* Into the pool; false with the error set. */
bool rpc_submit(rpc_call *c, hash256 *hash, bytes encoding);
/* What eth_sendTransaction sends, signed or by whoever is impersonated. */
bool rpc_sign_call(rpc_call *c, bytes *encoding, const store_call *call);

/* ---- batches ---- */

/* As it stands in the call's view; {number, status: "dropped"} where it is not there. */
void rpc_write_changed_batch(rpc_call *c, uint64_t number);
/* GET /proofs/7, /proofs/5-8: the file of that batch's proof, or of those batches' joined one. False for other paths. */
bool rpc_proof_page(rpc *r, const char *path, rpc_page *page);

/* ---- filters and subscriptions ---- */

rpc_filters *rpc_filters_open(rpc *r);
void rpc_filters_close(rpc_filters *f);
void rpc_filters_listen(rpc_filters *f);
void rpc_filters_answered(void *r, rpc_connection connection);
void rpc_filters_closed(void *r, rpc_connection connection);
void rpc_filters_publish(void *r, arena *memory, rpc_writer *out);

/* ---- the methods ---- */

#define RPC_METHOD(name, parameters, result, flags) void rpc_##name(rpc_call *c);
#include "rpc/methods.def"
#undef RPC_METHOD

#endif
