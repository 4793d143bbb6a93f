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
#include "rpc/rpc.h"

enum { ANSWER_BYTES = 64 << 20, TIMEOUT_MS = 50 };

typedef struct {
    node *n;
    rpc *server;
    arena memory;
    char *answer;
} fixture;

static fixture f;
static uint64_t log_limit = 100000;

static void open_fixture(const node_options *options, uint64_t call_timeout_ms)
{
    rpc_options settings = rpc_options_default();
    settings.server.workers = 0;
    settings.call_timeout_ms = call_timeout_ms;
    settings.log_limit = log_limit;
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
    snprintf(request, sizeof request,
             "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":[%s]}", method, list);
    rpc_writer w;
    rpc_writer_init(&w, f.answer, ANSWER_BYTES);
    rpc_exchange exchange = {.memory = &f.memory, .out = &w};
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
                         "{'to':'0x00000000000000000000000000000000000000aa'},'latest',"
                         "{'tracer':'callTracer',"
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

/* ---- what a call sees ---- */

#define ALICE "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"
#define CONTRACT "0x5fbdb2315678afecb367f032d93f642f64180aa3" /* her first */
#define BOB "0x00000000000000000000000000000000000000b0"

static int setup_patient(void **unused)
{
    (void)unused;
    open_fixture(&(node_options){.is_development = true, .seals = true, .block_time_seconds = 3600}, 60000);
    return 0;
}

/* What waits in the mempool is in the state of "pending", and not in that of "latest". */
static void test_pending_sees_the_mempool(void **unused)
{
    (void)unused;
    /* A contract that stores 42 when it is made, and gives it when it is called. */
    json_decref(ask("eth_sendTransaction",
                    "{'from':'" ALICE "','gas':'0x100000',"
                    "'data':'0x602a5f55675f545f5260205ff35f5260086018f3'}"));
    json_decref(ask("eth_sendTransaction",
                    "{'from':'" ALICE "','to':'" BOB "','value':'0x7','gas':'0x5208'}"));
    const char *word = "0x000000000000000000000000000000000000000000000000000000000000002a",
               *zero = "0x0000000000000000000000000000000000000000000000000000000000000000";
    assert_text(ask("eth_blockNumber", " "), "0x0");
    assert_text(ask("eth_getBalance", "'" BOB "','latest'"), "0x0");
    assert_text(ask("eth_getBalance", "'" BOB "','pending'"), "0x7");
    assert_text(ask("eth_getTransactionCount", "'" ALICE "','latest'"), "0x0");
    assert_text(ask("eth_getTransactionCount", "'" ALICE "','pending'"), "0x2");
    assert_text(ask("eth_getCode", "'" CONTRACT "','latest'"), "0x");
    assert_text(ask("eth_getCode", "'" CONTRACT "','pending'"), "0x5f545f5260205ff3");
    assert_text(ask("eth_getStorageAt", "'" CONTRACT "','0x0','latest'"), zero);
    assert_text(ask("eth_getStorageAt", "'" CONTRACT "','0x0','pending'"), word);
    assert_text(ask("eth_call", "{'to':'" CONTRACT "'},'latest'"), "0x");
    assert_text(ask("eth_call", "{'to':'" CONTRACT "'},'pending'"), word);
    assert_text(ask("eth_call", "{'to':'" CONTRACT "'},'pending',{'" BOB "':{'nonce':'0x1'}}"), word);
    /* NUMBER, as the pending block has it. */
    assert_text(ask("eth_call", "{'data':'0x435f5260205ff3'},'pending'"),
                "0x0000000000000000000000000000000000000000000000000000000000000001");
    assert_text(ask("eth_estimateGas", "{'to':'" CONTRACT "'},'latest'"), "0x5208");
    json_t *gas = ask("eth_estimateGas", "{'to':'" CONTRACT "'},'pending'");
    assert_true(strtoul(json_string_value(gas), NULL, 16) > 23100); /* a cold slot */
    json_decref(gas);
    json_t *list = ask("eth_createAccessList", "{'to':'" CONTRACT "'},'pending'");
    assert_int_equal(json_array_size(json_object_get(list, "accessList")), 1);
    json_decref(list);
    json_t *proof = ask("eth_getProof", "'" CONTRACT "',['0x0'],'pending'");
    json_t *slot = json_array_get(json_object_get(proof, "storageProof"), 0);
    assert_string_equal(json_string_value(json_object_get(slot, "value")), "0x2a");
    json_decref(proof);
    json_t *trace = ask("debug_traceCall", "{'to':'" CONTRACT "'},'pending',{'tracer':'callTracer'}");
    assert_string_equal(json_string_value(json_object_get(trace, "output")), word);
    json_decref(trace);
    json_t *blocks =
        ask("eth_simulateV1", "{'blockStateCalls':[{'calls':[{'to':'" CONTRACT "'}]}]},'pending'");
    json_t *block = json_array_get(blocks, 0);
    assert_string_equal(json_string_value(json_object_get(block, "number")), "0x2");
    assert_string_equal(json_string_value(json_object_get(json_array_get(json_object_get(block, "calls"), 0),
                                                          "returnData")), word);
    json_decref(blocks);
    assert_text(ask("eth_blockNumber", " "), "0x0");
}

/* A node that keeps three states knows no older ones, but their blocks. */
static int setup_three_states(void **unused)
{
    (void)unused;
    open_fixture(&(node_options){.is_development = true, .seals = true, .history = 3}, 60000);
    return 0;
}

static void test_old_states_are_gone(void **unused)
{
    (void)unused;
    static const char *const asks[][2] = {
        {"eth_getBalance", "'" ALICE "','%s'"},
        {"eth_getTransactionCount", "'" ALICE "','%s'"},
        {"eth_getCode", "'" ALICE "','%s'"},
        {"eth_getStorageAt", "'" ALICE "','0x0','%s'"},
        {"eth_getProof", "'" ALICE "',[],'%s'"},
        {"eth_call", "{'to':'" ALICE "'},'%s'"},
        {"eth_estimateGas", "{'to':'" ALICE "'},'%s'"},
        {"eth_createAccessList", "{'to':'" ALICE "'},'%s'"},
        {"eth_simulateV1", "{'blockStateCalls':[{}]},'%s'"},
        {"debug_traceCall", "{'to':'" ALICE "'},'%s'"},
    };
    json_decref(ask("hardhat_mine", "'0x8'"));
    assert_text(ask("eth_blockNumber", " "), "0x8");
    for (size_t i = 0; i < sizeof asks / sizeof asks[0]; i++) {
        char parameters[256];
        for (int number = 4; number < 7; number++) {
            char block[8];
            snprintf(block, sizeof block, "0x%d", number);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            snprintf(parameters, sizeof parameters, asks[i][1], block);
#pragma GCC diagnostic pop
            json_t *answer = ask(asks[i][0], "%s", parameters);
            if (number < 6)
                assert_error(answer, "missing trie node: historical state is not available");
            else {
                assert_null(json_object_get(answer, "message"));
                json_decref(answer);
            }
        }
    }
    assert_error(ask("debug_executionWitness", "'0x6'"),
                 "missing trie node: historical state is not available"); /* it needs its parent's state */
    json_t *witness = ask("debug_executionWitness", "'0x7'");
    assert_non_null(json_object_get(witness, "state"));
    json_decref(witness);
    json_t *block = ask("eth_getBlockByNumber", "'0x1',false");
    assert_string_equal(json_string_value(json_object_get(block, "number")), "0x1");
    json_decref(block);
}

/* ---- logs ---- */

enum { LOG_LIMIT = 50, QUIET_BLOCKS = 3000 };

static int setup_log_limit(void **unused)
{
    (void)unused;
    log_limit = LOG_LIMIT;
    open_fixture(&(node_options){.is_development = true, .seals = true}, 60000);
    log_limit = rpc_options_default().log_limit;
    return 0;
}

/* A block with a log of one topic, by a contract of its own. */
static void log_topic(unsigned topic)
{
    json_decref(ask("eth_sendTransaction",
                    "{'from':'" ALICE "','gas':'0x20000','data':'0x60%02x5f5fa100'}", topic));
}

static void assert_logs(const char *filter, size_t count)
{
    json_t *logs = ask("eth_getLogs", "%s", filter);
    if (!json_is_array(logs) || json_array_size(logs) != count) {
        char *whole = json_dumps(logs, 0);
        fail_msg("%zu logs instead of %zu: %.200s", json_array_size(logs), count, whole);
    }
    json_decref(logs);
}

#define TOPIC(n) "'0x00000000000000000000000000000000000000000000000000000000000000" n "'"
#define WHOLE "{'fromBlock':'0x0','toBlock':'latest',"

/* Over thousands of blocks, of which few have logs: the index names these, so that a query is quick. */
static void test_logs_of_the_whole_chain(void **unused)
{
    (void)unused;
    for (unsigned i = 0; i < 12; i++) {
        log_topic(0x10 + i % 3);
        json_decref(ask("hardhat_mine", "'0x%x'", QUIET_BLOCKS / 12));
    }
    uint64_t begin = node_now_milliseconds();
    for (int i = 0; i < 20; i++) {
        assert_logs(WHOLE "'topics':[]}", 12);
        assert_logs(WHOLE "'topics':[" TOPIC("10") "]}", 4);
        assert_logs(WHOLE "'topics':[[" TOPIC("10") "," TOPIC("12") "]]}", 8);
        assert_logs(WHOLE "'topics':[" TOPIC("13") "]}", 0);
        assert_logs(WHOLE "'topics':[null," TOPIC("10") "]}", 0);
        assert_logs(WHOLE "'address':'" CONTRACT "'}", 1);
        assert_logs(WHOLE "'address':'" CONTRACT "','topics':[" TOPIC("11") "]}", 0);
        assert_logs("{'fromBlock':'0x2','toBlock':'0xfa','topics':[]}", 0);
        assert_logs("{'fromBlock':'0x1','toBlock':'0xfb','topics':[]}", 2);
    }
    assert_true(node_now_milliseconds() - begin < 2000); /* 180 queries; each block looked at: minutes */
}

static void test_log_queries_have_limits(void **unused)
{
    (void)unused;
    for (unsigned i = 0; i < LOG_LIMIT; i++)
        log_topic(0x20);
    assert_logs(WHOLE "'topics':[]}", LOG_LIMIT);
    log_topic(0x21);
    assert_error(ask("eth_getLogs", WHOLE "'topics':[]}"), "query returned more than 50 results");
    assert_logs(WHOLE "'topics':[" TOPIC("21") "]}", 1);
    static char list[1002 * 70];
    for (int many = 1000; many <= 1001; many++) {
        size_t at = 0;
        for (int i = 0; i < many; i++)
            at += (size_t)snprintf(list + at, sizeof list - at, "%s'0x%064x'", i > 0 ? "," : "", i + 0x21);
        json_t *logs = ask("eth_getLogs", WHOLE "'topics':[[%s]]}", list);
        if (many == 1000)
            assert_int_equal(json_array_size(logs), 1);
        else
            assert_error(json_incref(logs), "exceed max addresses or topics per search position");
        json_decref(logs);
    }
    assert_error(ask("eth_getLogs", WHOLE "'topics':[null,null,null,null,null]}"), "exceed max topics");
    assert_error(ask("eth_getLogs", "{'fromBlock':'0x2','toBlock':'0x1'}"), "invalid block range params");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_call_ends_at_its_deadline, setup_impatient, teardown),
        cmocka_unit_test_setup_teardown(test_a_memory_bomb_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pending_sees_the_mempool, setup_patient, teardown),
        cmocka_unit_test_setup_teardown(test_old_states_are_gone, setup_three_states, teardown),
        cmocka_unit_test_setup_teardown(test_logs_of_the_whole_chain, setup, teardown),
        cmocka_unit_test_setup_teardown(test_log_queries_have_limits, setup_log_limit, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
