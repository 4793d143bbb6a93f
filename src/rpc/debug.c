/* Raw data and witnesses. */
#include "rpc/internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- raw ---- */

static bool raw_block(rpc_call *c, rpc_block *block)
{
    if (!rpc_parse_block(c, block, rpc_parameter(c, 0), 0))
        return false;
    const char *name = json_string_value(rpc_parameter(c, 0));
    return block->found || rpc_error(c, RPC_FAILED, "block %s not found", name == NULL ? "" : name);
}

void rpc_debug_getRawBlock(rpc_call *c)
{
    rpc_block block;
    if (raw_block(c, &block))
        rpc_data(c->out, block.block.encoding.data, block.block.encoding.size);
}

void rpc_debug_getRawHeader(rpc_call *c)
{
    rpc_block block;
    if (raw_block(c, &block))
        rpc_data(c->out, block.block.header_encoding.data, block.block.header_encoding.size);
}

void rpc_debug_getRawReceipts(rpc_call *c)
{
    rpc_block block;
    store_receipt *receipts;
    if (!raw_block(c, &block))
        return;
    if (block.is_pending)
        RPC_TRY(c, store_receipts_decode(&receipts, c->memory, block.pending.receipts,
                                         block.block.transaction_count));
    else
        RPC_TRY(c, store_receipts(c->view, &receipts, &block.block));
    rpc_begin_array(c->out);
    for (size_t i = 0; i < block.block.transaction_count; i++)
        rpc_data(c->out, receipts[i].encoding.data, receipts[i].encoding.size);
    rpc_end_array(c->out);
}

static void write_all(rpc_writer *w, const char *name, const bytes *items, size_t count)
{
    rpc_key(w, name);
    rpc_begin_array(w);
    for (size_t i = 0; i < count; i++)
        rpc_data(w, items[i].data, items[i].size);
    rpc_end_array(w);
}

/* EIP-8025 has nodes and codes ascending. */
static int compare_bytes(const void *left, const void *right)
{
    const bytes *a = left, *b = right;
    int order = memcmp(a->data, b->data, a->size < b->size ? a->size : b->size);
    return order != 0 ? order : (a->size > b->size) - (a->size < b->size);
}

static const bytes *sorted(arena *memory, const bytes *items, size_t count)
{
    bytes *copy = ARENA_NEW(memory, bytes, count);
    if (count > 0) {
        memcpy(copy, items, count * sizeof *copy);
        qsort(copy, count, sizeof *copy, compare_bytes);
    }
    return copy;
}

void rpc_debug_executionWitness(rpc_call *c)
{
    rpc_block block;
    chain_input input;
    if (!raw_block(c, &block))
        return;
    RPC_TRY(c, store_witness(c->view, &input, &block.block));
    rpc_begin_object(c->out);
    write_all(c->out, "state", sorted(c->memory, input.nodes, input.node_count), input.node_count);
    write_all(c->out, "codes", sorted(c->memory, input.codes, input.code_count), input.code_count);
    write_all(c->out, "keys", NULL, 0);
    write_all(c->out, "headers", input.headers, input.header_count);
    rpc_end_object(c->out);
}
