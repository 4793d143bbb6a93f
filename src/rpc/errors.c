/* Refusals and failed executions in the words of geth. */
#include "rpc/internal.h"

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

/* Solidity's Panic(uint256). */
static const char *panic_text(uint64_t code)
{
    switch (code) {
    case 0x00: return "generic panic";
    case 0x01: return "assert(false)";
    case 0x11: return "arithmetic underflow or overflow";
    case 0x12: return "division or modulo by zero";
    case 0x21: return "enum overflow";
    case 0x22: return "invalid encoded storage byte array accessed";
    case 0x31: return "out-of-bounds array access; popping on an empty array";
    case 0x32: return "out-of-bounds access of an array or bytesN";
    case 0x41: return "out of memory";
    case 0x51: return "uninitialized function";
    default: return NULL;
    }
}

const char *rpc_revert_text(arena *memory, bytes output)
{
    static const uint8_t error_selector[4] = {0x08, 0xc3, 0x79, 0xa0},
        panic_selector[4] = {0x4e, 0x48, 0x7b, 0x71};
    static const char begin[] = "execution reverted";
    if (output.size >= 36 && memcmp(output.data, panic_selector, 4) == 0) {
        u256 code = u256_from_be(output.data + 4, 32);
        char *text = arena_allocate(memory, 128, 1);
        const char *known = u256_fits_u64(code) ? panic_text(code.limb[0]) : NULL;
        if (known != NULL)
            snprintf(text, 128, "%s: %s", begin, known);
        else
            snprintf(text, 128, "%s: unknown panic code: 0x%llx", begin, (unsigned long long)code.limb[0]);
        return text;
    }
    if (output.size < 68 || memcmp(output.data, error_selector, 4) != 0)
        return begin;
    u256 offset = u256_from_be(output.data + 4, 32), size = u256_from_be(output.data + 36, 32);
    if (!u256_equal(offset, u256_from_u64(32)) || !u256_fits_u64(size) || size.limb[0] > output.size - 68)
        return begin;
    char *text = arena_allocate(memory, sizeof begin + 2 + size.limb[0], 1);
    memcpy(text, begin, sizeof begin - 1);
    memcpy(text + sizeof begin - 1, ": ", 2);
    memcpy(text + sizeof begin + 1, output.data + 68, size.limb[0]);
    text[sizeof begin + 1 + size.limb[0]] = 0;
    return text;
}

bool rpc_halted(rpc_call *c, evm_halt halt, bytes output)
{
    if (halt != EVM_REVERT)
        return rpc_error(c, RPC_FAILED, "%s", evm_halt_message(halt));
    c->error_data = output;
    c->has_error_data = true;
    return rpc_error(c, RPC_REVERTED, "%s", rpc_revert_text(c->memory, output));
}
