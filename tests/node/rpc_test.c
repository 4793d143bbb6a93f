/* The RPC over a development chain, asked in this process: what a call may take, and what it sees. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "node/node.h"
#include "node/rpc.h"

enum { ANSWER_BYTES = 64 << 20, TIMEOUT_MS = 50 };

typedef struct {
    node *n;
    rpc *server;
    arena memory;
    char *answer;
} fixture;

static fixture f;

static void open_fixture(const node_options *options, uint64_t call_timeout_ms)
{
    rpc_options settings = rpc_options_default();
    settings.server.workers = 0;
    settings.call_timeout_ms = call_timeout_ms;
    settings.development_methods = settings.debug_methods = true;
    status s = node_open(&f.n, options);
    if (s != OK)
        fail_msg("%s: %s", status_name(s), node_error_text());
    f.server = rpc_open(f.n, &settings);
    assert_non_null(f.server);
    arena_open(&f.memory, (size_t)8 << 30);
    f.answer = malloc(ANSWER_BYTES);
    assert_non_null(f.answer);
}

static int setup(void **unused)
{
    (void)unused;
    open_fixture(&(node_options){.is_development = true, .seals = true}, 60000);
    return 0;
}

static int setup_impatient(void **unused)
{
    (void)unused;
    open_fixture(&(node_options){.is_development = true, .seals = true}, TIMEOUT_MS);
    return 0;
}

static int teardown(void **unused)
{
    (void)unused;
    rpc_close(f.server);
    node_close(f.n);
    arena_close(&f.memory);
    free(f.answer);
    return 0;
}

/* The answer's result, or its error; the caller's. `parameters` is JSON with ' for ". */
static json_t *ask(const char *method, const char *parameters, ...) __attribute__((format(printf, 2, 3)));
static json_t *ask(const char *method, const char *parameters, ...)
{
    static char list[1 << 20], request[(1 << 20) + 256];
    va_list arguments;
    va_start(arguments, parameters);
    vsnprintf(list, sizeof list, parameters, arguments);
    va_end(arguments);
    for (char *at = list; *at != 0; at++)
        if (*at == '\'')
            *at = '"';
    snprintf(request, sizeof request, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":[%s]}", method,
             list);
    rpc_writer w;
    rpc_writer_init(&w, f.answer, ANSWER_BYTES);
    rpc_exchange exchange = {&f.memory, &w, 0};
    rpc_answer(f.server, &exchange, request, strlen(request));
    json_t *answer = json_loadb(w.data, w.size_bytes, 0, NULL);
    assert_non_null(answer);
    json_t *result = json_object_get(answer, "result");
    result = json_incref(result != NULL ? result : json_object_get(answer, "error"));
    assert_non_null(result);
    json_decref(answer);
    return result;
}

static void assert_error(json_t *answer, const char *message)
{
    const char *text = json_string_value(json_object_get(answer, "message"));
    if (text == NULL) {
        char *whole = json_dumps(answer, JSON_ENCODE_ANY);
        fail_msg("no error, but %.200s", whole);
    }
    assert_string_equal(text, message);
    json_decref(answer);
}

static void assert_text(json_t *answer, const char *text)
{
    char *whole = json_dumps(answer, JSON_ENCODE_ANY);
    if (!json_is_string(answer) || strcmp(json_string_value(answer), text) != 0)
        fail_msg("%.300s instead of %s", whole, text);
    free(whole);
    json_decref(answer);
}

/* ---- what a call may take ---- */

/* The hash of 64 KiB, again and again: half a second for the gas that a call has. */
#define SLOW "0x5b61ffff5f20505f56"

static void test_a_call_ends_at_its_deadline(void **unused)
{
    (void)unused;
    static const char *const asks[][2] = {
        {"eth_call", "{'data':'" SLOW "'},'latest'"},
        {"eth_estimateGas", "{'data':'" SLOW "','gas':'0x2faf080'},'latest'"},
        {"eth_createAccessList", "{'data':'" SLOW "'},'latest'"},
        {"eth_simulateV1", "{'blockStateCalls':[{'calls':[{'data':'" SLOW "'}],"
                           "'blockOverrides':{'gasLimit':'0x2faf080'}}]},'latest'"},
        {"eth_call", "{'to':'0x00000000000000000000000000000000000000aa'},'latest',"
                     "{'0x00000000000000000000000000000000000000aa':{'code':'" SLOW "'}}"},
        /* Calls of one that does little, and creations. */
        {"eth_call", "{'to':'0x00000000000000000000000000000000000000aa'},'latest',"
                     "{'0x00000000000000000000000000000000000000aa':{'code':'0x5b5f5f5f5f60bb5afa505f56'},"
                     "'0x00000000000000000000000000000000000000bb':{'code':'0x61ffff5f2000'}}"},
    };
    for (size_t i = 0; i < sizeof asks / sizeof asks[0]; i++) {
        uint64_t begin = node_now_milliseconds();
        assert_error(ask(asks[i][0], "%s", asks[i][1]), "execution aborted (timeout = 50ms)");
        uint64_t taken = node_now_milliseconds() - begin;
        assert_true(taken >= TIMEOUT_MS && taken < 10 * TIMEOUT_MS);
    }
    assert_error(ask("debug_traceCall", "{'data':'" SLOW "'},'latest',{'tracer':'callTracer'}"),
                 "execution timeout");
    assert_error(ask("debug_traceCall", "{'data':'0x5b5f56'},'latest'"), "execution timeout");
    /* What is quick is as it was. */
    assert_error(ask("eth_call", "{'data':'0x5b5f56','gas':'0x100000'},'latest'"), "out of gas");
    assert_text(ask("eth_call", "{'to':'0x0000000000000000000000000000000000000004','data':'0x12'},'latest'"),
                "0x12");
}

/* A tracer copies what each call is given: a megabyte, for a hundred gas. */
static void test_a_memory_bomb_is_refused(void **unused)
{
    (void)unused;
    for (int i = 0; i < 3; i++)
        assert_error(ask("debug_traceCall",
                         "{'to':'0x00000000000000000000000000000000000000aa'},'latest',{'tracer':'callTracer',"
                         "'stateOverrides':{'0x00000000000000000000000000000000000000aa':"
                         "{'code':'0x5b5f5f623000005f60bb5afa505f56'}}}"),
                     "execution aborted (memory limit)");
    assert_text(ask("eth_blockNumber", " "), "0x0");
    /* A block whose gas limit is the largest number reserves no more than a call can buy. */
    assert_text(ask("eth_estimateGas",
                    "{'to':'0x00000000000000000000000000000000000000aa','data':'0x00'},'latest',{},"
                    "{'gasLimit':'0x7fffffffffffffff'}"),
                "0x52b7");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_call_ends_at_its_deadline, setup_impatient, teardown),
        cmocka_unit_test_setup_teardown(test_a_memory_bomb_is_refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
