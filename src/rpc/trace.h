/* Recording what runs in a session, and what geth's native tracers make of it. One recording serves several
 * tracers; each writes its part of it in the end. Struct logs alone are written while it runs. */
#ifndef ASHLAR_RPC_TRACE_H
#define ASHLAR_RPC_TRACE_H

#include "rpc/internal.h"

typedef enum {
    STRUCT_LOGS,
    CALL_TRACER,
    FLAT_CALL_TRACER,
    FOUR_BYTE_TRACER,
    NOOP_TRACER,
    PRESTATE_TRACER,
    MUX_TRACER
} tracer_kind;

typedef struct trace_options {
    tracer_kind kind;
    bool memory, no_stack, no_storage, return_data; /* struct logs */
    uint64_t limit;
    bool only_top, with_logs;                                 /* callTracer */
    bool converts_errors, with_precompiles;                   /* flatCallTracer */
    bool difference, without_code, without_storage, with_empty; /* prestateTracer */
    const char **names; /* muxTracer: of its parts */
    struct trace_options *parts;
    size_t part_count;
} trace_options;

/* Parameter `index`: tracer, tracerConfig, and what struct logs take. */
bool trace_parse_options(rpc_call *c, trace_options *out, const json_t *options);

/* A message that ran. A SELFDESTRUCT is one too. */
typedef struct trace_frame {
    struct trace_frame *next, *parent, *first, *last;
    evm_frame_start start;
    uint64_t gas_used; /* before refunds */
    evm_halt halt;
    const char *error; /* as geth words it; NULL: none */
    bytes output;
    struct trace_log {
        struct trace_log *next;
        log_entry entry;
        size_t position; /* how many calls came before it */
    } *logs, *last_log;
    size_t call_count;
} trace_frame;

typedef struct trace_account {
    struct trace_account *next;
    address where;
    bool is_created, is_deleted;
    struct trace_key {
        struct trace_key *next;
        u256 key;
    } *keys, **end;
} trace_account;

/* Where it stands: unknown for a call. */
typedef struct {
    bool known;
    hash256 block_hash, transaction;
    uint64_t number;
    size_t index;
} trace_place;

enum { TRACE_MOST_DEPTH = 1026 };

typedef struct {
    const trace_options *options;
    rpc_writer *out;
    arena *memory;
    state *world;
    evm *vm;
    fork_id fork;
    evm_tracer functions;
    bool keeps_frames, keeps_accounts;
    /* the outermost message */
    evm_halt halt;
    bytes output;
    unsigned depth; /* of the frame that runs */
    /* of each depth, the step that was last */
    struct {
        uint64_t gas;
        size_t cost_at; /* in the text; 0: none, or it is settled */
        uint8_t opcode;
        evm_forecast forecast;
    } last[TRACE_MOST_DEPTH + 1];
    uint64_t written_bytes;
    struct slot_seen *slots;
    trace_frame *root, *current;
    trace_account *accounts;
} trace;

/* From now on until trace_end the session's EVM is followed. `options` is borrowed. */
trace *trace_begin(rpc_call *c, const trace_options *options, store_session *session);
void trace_end(trace *t);
/* For prestateTracer: what a transaction touches before it runs. */
void trace_touch(trace *t, const address *where);
void trace_touch_transaction(trace *t, const transaction *tx, const address *sender, uint64_t nonce);

/* The tracers' own results as one value. `before`, for prestateTracer alone: the state before the message. */
status trace_write(trace *t, const trace_place *place, uint64_t gas_limit, uint64_t gas_used, state *before);
bool trace_wants_before(const trace_options *options);

/* flatCallTracer's items, of an array that the caller begins and ends. NULL gas: the message's own. */
typedef struct {
    const uint64_t *gas, *gas_used; /* of the outermost message */
    bool converts_errors, with_precompiles;
    bool (*wants)(void *context, const trace_frame *f); /* which of them; NULL: all */
    void *context;
} trace_flat_options;
/* NULL place: nothing is said of it. */
void trace_write_flat(const trace *t, const trace_place *place, const trace_flat_options *options);

/* One transaction of a block, recorded but not written; the session stands before it and afterwards behind
 * it. NULL with the error set. */
trace *trace_transaction(rpc_call *c, const trace_options *options, store_session *session,
                         const store_transaction *tx, uint64_t *gas_used);
/* A block that can be traced, replayed up to transaction `count`. False with the error set. */
bool trace_open_block(rpc_call *c, store_session *session, const rpc_block *block, size_t count);
/* The transaction whose hash is parameter 0, its block, and the session before it. */
bool trace_open_transaction(rpc_call *c, store_session *session, store_block *block, store_transaction *tx);

const char *trace_type(uint8_t opcode); /* "CALL" */

#endif
