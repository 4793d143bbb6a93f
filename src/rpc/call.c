/* What every method takes of its call: errors, the node's lock, a view of the chain. */
#include "rpc/internal.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool rpc_error(rpc_call *c, int code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(c->message, sizeof c->message, format, arguments);
    va_end(arguments);
    c->error = code;
    return false;
}

const char *rpc_status_text(status why)
{
    switch ((int)why) {
#define RPC_STATUS(symbol, text) \
    case symbol:                 \
        return text;
#include "rpc/status.def"
#undef RPC_STATUS
    default:
        return status_message(why);
    }
}

/* Milliseconds as Go writes a duration: "5s", "1.5s", "200ms". */
static const char *duration(char out[32], uint64_t milliseconds)
{
    if (milliseconds < 1000)
        snprintf(out, 32, "%llums", (unsigned long long)milliseconds);
    else if (milliseconds % 1000 == 0)
        snprintf(out, 32, "%llus", (unsigned long long)(milliseconds / 1000));
    else
        snprintf(out, 32, "%gs", (double)milliseconds / 1000);
    return out;
}

bool rpc_refuse(rpc_call *c, status why)
{
    char timeout[32];
    if (why == CALL_TIMED_OUT && strncmp(c->method, "debug_", 6) == 0)
        return rpc_error(c, RPC_FAILED, "execution timeout");
    if (why == CALL_TIMED_OUT)
        return rpc_error(c, RPC_FAILED, "execution aborted (timeout = %s)",
                         duration(timeout, c->r->options.call_timeout_ms));
    if (why == DATABASE_CORRUPT || why == DATABASE_FAILED || why == DATABASE_FULL)
        return rpc_error(c, RPC_INTERNAL, "%s", node_error_text());
    return rpc_error(c, RPC_FAILED, "%s", rpc_status_text(why));
}

void rpc_lock(rpc *r) { pthread_mutex_lock(&r->lock); }

void rpc_unlock(rpc *r) { pthread_mutex_unlock(&r->lock); }

store_view *rpc_view(rpc_call *c)
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
        store_view_set_deadline(c->view, now_ms + timeout_ms < last_ms ? now_ms + timeout_ms : last_ms);
    }
    return c->view;
}
