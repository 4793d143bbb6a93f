#define _GNU_SOURCE
#include "cli/rollup_tool.h"

#include "base/hex.h"
#include "cli/amount.h"
#include "cli/rollup_file.h"
#include "settle/rollup_state.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TOOL_ARENA_BYTES ((size_t)4 << 30)

enum { KEY_FILE_MOST_BYTES = 256 };

/* ---- keys ---- */

int key_file_read(signing_key *out, const char *path)
{
    char text[KEY_FILE_MOST_BYTES];
    struct stat about;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0 || fstat(file, &about) != 0 || !S_ISREG(about.st_mode)) {
        if (file >= 0)
            close(file);
        return fail(EXIT_INPUT, "%s: cannot be read as a file with a key", path);
    }
    if ((about.st_mode & 077) != 0) {
        close(file);
        return fail(EXIT_INPUT, "%s: others than its owner may read the key; chmod 600 it", path);
    }
    ssize_t size = read(file, text, sizeof text);
    close(file);
    status s = size > 0 ? key_from_text(out, text, (size_t)size) : HEX_MALFORMED;
    explicit_bzero(text, sizeof text);
    return s == OK ? EXIT_FINE : fail(EXIT_INPUT, "%s: is no secret key: 32 bytes in hex", path);
}

int key_read(const command *c, signing_key *out, const char *path)
{
    const char *variable = getenv("ASHLAR_KEY");
    if (path == NULL && variable == NULL)
        return fail_usage(c, "a key is needed: --key-file FILE, or the variable ASHLAR_KEY");
    int code = EXIT_FINE;
    if (path != NULL)
        code = key_file_read(out, path);
    else if (key_from_text(out, variable, strlen(variable)) != OK)
        code = fail(EXIT_INPUT, "the environment variable ASHLAR_KEY is no secret key: 32 bytes in hex");
    if (variable != NULL) { /* nobody who looks at this process, and none that it starts, gets to see it */
        explicit_bzero((char *)(uintptr_t)variable, strlen(variable));
        unsetenv("ASHLAR_KEY");
    }
    return code;
}

/* ---- opening ---- */

static int open_endpoint(const rollup_tool *t, endpoint **out, const char *name, const char *url)
{
    if (url == NULL)
        return fail_usage(t->command, "%s URL is needed", name);
    if (endpoint_open(out, url, (unsigned)t->timeout_seconds) != OK)
        return fail_usage(t->command, "%s: %s", name, status_message(REMOTE_URL_WRONG));
    return EXIT_FINE;
}

int rollup_tool_open(rollup_tool *t, unsigned needs)
{
    arena_open(&t->memory, TOOL_ARENA_BYTES);
    int code = option_number(t->command, &t->timeout_seconds, "--timeout",
                             t->timeout_text != NULL ? t->timeout_text : "120", 1, 86400);
    if (code == EXIT_FINE)
        code = option_number(t->command, &t->fee_cap_gwei, "--fee-cap",
                             t->fee_cap_text != NULL ? t->fee_cap_text : FEE_CAP_GWEI, 1, (uint64_t)1 << 40);
    if (code == EXIT_FINE && (needs & TOOL_L1) != 0)
        code = open_endpoint(t, &t->l1, "--l1", t->l1_url);
    if (code == EXIT_FINE && (needs & TOOL_L2) != 0)
        code = open_endpoint(t, &t->l2, "--l2", t->l2_url);
    if (code == EXIT_FINE && (needs & TOOL_FILE) != 0)
        code = t->rollup_path == NULL ? fail_usage(t->command, "--rollup FILE is needed")
                                      : rollup_file_read(&t->rollup, &t->memory, t->rollup_path);
    t->has_key = t->key_path != NULL || getenv("ASHLAR_KEY") != NULL || !t->dry_run;
    if (code == EXIT_FINE && (needs & TOOL_KEY) != 0)
        code = !t->has_key ? EXIT_FINE : key_read(t->command, &t->key, t->key_path);
    if (code != EXIT_FINE || (needs & TOOL_L1) == 0 || (needs & TOOL_FILE) == 0)
        return code;
    const char *wrong;
    status s = deployment_check(&wrong, t->l1, &t->memory, &t->rollup);
    if (s != OK)
        return rollup_tool_fail(t->l1, s);
    return wrong == NULL ? EXIT_FINE
                         : fail(EXIT_INPUT, "%s: %s: %s", endpoint_host(t->l1), t->rollup_path, wrong);
}

void rollup_tool_close(rollup_tool *t)
{
    endpoint_close(t->l1);
    endpoint_close(t->l2);
    explicit_bzero(&t->key, sizeof t->key);
    if (t->memory.base != NULL)
        arena_close(&t->memory);
}

int rollup_tool_fail(const endpoint *e, status s)
{
    const char *text = endpoint_error_text(e);
    return fail(status_exit_code(s), "%s", text[0] != 0 ? text : status_message(s));
}

/* ---- sending ---- */

int rollup_tool_send(rollup_tool *t, endpoint_receipt *receipt, endpoint *e, uint64_t chain_id,
                     const char *what, const transact_order *order)
{
    static const address nobody;
    transact_plan plan;
    hash256 hash;
    *receipt = (endpoint_receipt){0};
    status s = transact_prepare(&plan, e, t->has_key ? &t->key.address : &nobody, order, 0, 0);
    if (s != OK)
        return rollup_tool_fail(e, s);
    u256 balance;
    if (!transact_limit(&plan, order, u256_mul(u256_from_u64(t->fee_cap_gwei), u256_from_u64(1000000000))))
        return fail(EXIT_INVALID, "%s: a gas costs %s gwei now, more than --fee-cap allows; nothing was sent",
                    endpoint_host(e), amount_text(plan.fee, 9));
    if (t->has_key && (s = endpoint_balance(e, &balance, &t->key.address)) != OK)
        return rollup_tool_fail(e, s);
    if (t->has_key && u256_less(balance, plan.most))
        return fail(EXIT_INPUT, "%s: %s has %s ETH, and this may take %s", endpoint_host(e),
                    address_text(&t->key.address), amount_text(balance, 18), amount_text(plan.most, 18));
    if (t->dry_run) {
        printf("would send  %s\n  to        %s\n  value     %s ETH\n  data      %s bytes\n  gas       %s, at "
               "most %s ETH\n",
               what, order->to != NULL ? address_text(order->to) : "(creates)", amount_text(order->value, 18),
               grouped(order->data.size), grouped(plan.gas),
               amount_text(u256_sub(plan.most, order->value), 18));
        return EXIT_FINE;
    }
    s = transact(receipt, &hash, e, &t->memory, chain_id, &t->key, order, &plan,
                 (unsigned)t->timeout_seconds);
    if (s == TRANSACTION_UNKNOWN)
        return fail(EXIT_INPUT, "%s: %s is in no block after %llu s; it may still come", endpoint_host(e),
                    hash_text(&hash), (unsigned long long)t->timeout_seconds);
    if (s != OK)
        return rollup_tool_fail(e, s);
    printf("%-11s %s\n            block %s, %s gas\n", what, hash_text(&hash), grouped(receipt->block_number),
           grouped(receipt->gas_used));
    return EXIT_FINE;
}

/* ---- texts ---- */

int option_address(const command *c, address *out, const char *name, const char *text)
{
    return hex_decode_exact(out->bytes, 20, text, strlen(text)) == OK
               ? EXIT_FINE
               : fail_usage(c, "%s must be an address, 20 bytes in hex, not '%s'", name, text);
}

int option_amount(const command *c, u256 *out, const char *name, const char *text, unsigned decimals)
{
    if (amount_read(out, text, decimals))
        return EXIT_FINE;
    return fail_usage(c, "%s must be an amount as 1.5%s, with at most %u digits behind the point, not '%s'",
                      name, decimals == 18 ? ", 20gwei or 1000wei" : "", decimals, text);
}

int option_bytes(const command *c, bytes *out, arena *memory, const char *name, const char *text)
{
    return hex_decode(memory, out, text, strlen(text)) == OK
               ? EXIT_FINE
               : fail_usage(c, "%s must be whole bytes in hex, not '%s'", name, text);
}

int ask_decimals(unsigned *decimals, endpoint *e, arena *memory, const address *token)
{
    u256 value;
    status s = rollup_get_u256(e, &value, memory, token, "decimals()", NULL);
    if (s == REMOTE_FAILED || s == CONTRACT_REVERTED || (s == OK && u256_less(u256_from_u64(255), value)))
        return fail(EXIT_INPUT, "%s: %s is no token that says its decimals", endpoint_host(e),
                    address_text(token));
    if (s != OK)
        return rollup_tool_fail(e, s);
    *decimals = (unsigned)value.limb[0];
    return EXIT_FINE;
}

static char *next_buffer(void)
{
    static char buffers[8][72];
    static unsigned next;
    return buffers[next++ % 8];
}

const char *address_text(const address *a) { return hex_text(next_buffer(), a->bytes, 20); }
const char *hash_text(const hash256 *h) { return hex_text(next_buffer(), h->bytes, 32); }

const char *duration_text(uint64_t seconds)
{
    char *out = next_buffer();
    unsigned long long d = seconds / 86400, h = seconds / 3600 % 24, m = seconds / 60 % 60, s = seconds % 60;
    if (d > 0)
        snprintf(out, 72, h > 0 ? "%llu d %llu h" : "%llu d", d, h);
    else if (h > 0)
        snprintf(out, 72, m > 0 ? "%llu h %llu min" : "%llu h", h, m);
    else if (m > 0)
        snprintf(out, 72, s > 0 ? "%llu min %llu s" : "%llu min", m, s);
    else
        snprintf(out, 72, "%llu s", s);
    return out;
}
