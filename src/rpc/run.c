/* What is to run on a block, and a session for it. */
#include "rpc/internal.h"

#include <string.h>

bool rpc_parse_run(rpc_call *c, rpc_run_request *out, size_t overrides_index, size_t block_overrides_index)
{
    memset(out, 0, sizeof *out);
    rpc_block block;
    const json_t *state_json = overrides_index == 0 ? NULL : rpc_parameter(c, overrides_index);
    const json_t *block_json = block_overrides_index == 0 ? NULL : rpc_parameter(c, block_overrides_index);
    if (!rpc_parse_call(c, &out->call, rpc_parameter(c, 0), 0) ||
        !rpc_parse_known_block(c, &block, rpc_parameter(c, 1), 1) ||
        !rpc_parse_overrides(c, &out->overrides, state_json, overrides_index) ||
        !rpc_check_moves(c, &out->overrides, block.block.fork) ||
        !rpc_parse_block_overrides(c, &out->block_overrides, block_json, block_overrides_index))
        return false;
    out->base = block.block;
    return true;
}

bool rpc_open_session(rpc_call *c, store_session *s, const rpc_run_request *request)
{
    status why = store_session_open(s, c->view, &request->base, &request->block_overrides);
    if (why == OK && request->overrides.count > 0)
        why = store_session_override(s, request->overrides.items, request->overrides.count);
    return why == OK || rpc_refuse(c, why);
}
