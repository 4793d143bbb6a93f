/* Traces as OpenEthereum had them (trace_). */
#include "rpc/trace.h"

static const trace_options FRAMES = {.kind = CALL_TRACER};

static void write_flat(const trace *t, const node_block *block, const node_transaction *tx)
{
    const trace_place place = {true, block->hash, tx->hash, block->header.number, tx->index};
    const trace_flat_options options = {.converts_errors = true};
    trace_write_flat(t, &place, &options);
}

void rpc_trace_transaction(rpc_call *c)
{
    node_session session;
    node_block block;
    node_transaction tx;
    uint64_t gas_used;
    if (!trace_open_transaction(c, &session, &block, &tx))
        return;
    const trace *t = trace_transaction(c, &FRAMES, &session, &tx, &gas_used);
    if (t == NULL)
        return;
    rpc_begin_array(c->out);
    write_flat(t, &block, &tx);
    rpc_end_array(c->out);
}

void rpc_trace_block(rpc_call *c)
{
    rpc_block block;
    node_session session;
    uint64_t gas_used;
    if (!rpc_parse_block(c, &block, rpc_parameter(c, 0), 0) || !trace_open_block(c, &session, &block, 0))
        return;
    rpc_begin_array(c->out);
    for (size_t i = 0; i < block.block.transaction_count; i++) {
        node_transaction tx;
        RPC_TRY(c, node_transaction_at(c->view, &tx, &block.block, i));
        const trace *t = trace_transaction(c, &FRAMES, &session, &tx, &gas_used);
        if (t == NULL)
            return;
        write_flat(t, &block.block, &tx);
    }
    rpc_end_array(c->out);
}
