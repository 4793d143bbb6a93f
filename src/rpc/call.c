/* What every method takes of its call: the node's lock, and a view of the chain. */
#include "rpc/internal.h"

#include "base/clock.h"

void rpc_lock(rpc *r) { pthread_mutex_lock(&r->lock); }

void rpc_unlock(rpc *r) { pthread_mutex_unlock(&r->lock); }

node_view *rpc_view(rpc_call *c)
{
    if (c->view != NULL)
        return c->view;
    status s = OK;
    if (c->at_once && node_waits_to_seal(c->chain)) {
        c->is_late = true;
        rpc_error(c, RPC_FAILED, "a block is being made");
        return NULL;
    }
    if (node_waits_to_seal(c->chain)) {
        rpc_lock(c->r);
        s = node_waits_to_seal(c->chain) ? node_tick(c->chain) : OK;
        rpc_unlock(c->r);
    }
    if (s == OK)
        s = node_view_open_unsealed(&c->view, c->memory, c->chain);
    if (s != OK) {
        c->view = NULL;
        rpc_refuse(c, s);
    } else {
        /* Of one call from where it begins; of all of a message, with its wait, from where it came. */
        enum { TIMEOUTS_OF_MESSAGE = 6, AT_ONCE_MS = 2 };
        uint64_t timeout_ms = c->r->options.call_timeout_ms, now_ms = clock_milliseconds();
        uint64_t last_ms = (c->arrived_ms == 0 ? now_ms : c->arrived_ms) + TIMEOUTS_OF_MESSAGE * timeout_ms;
        if (c->at_once)
            last_ms = now_ms + AT_ONCE_MS;
        node_view_set_deadline(c->view, now_ms + timeout_ms < last_ms ? now_ms + timeout_ms : last_ms);
    }
    return c->view;
}
