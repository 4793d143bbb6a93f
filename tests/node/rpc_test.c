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

#include "base/clock.h"
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
        uint64_t begin = clock_milliseconds();
        assert_error(ask(asks[i][0], "%s", asks[i][1]), "execution aborted (timeout = 50ms)");
        uint64_t taken = clock_milliseconds() - begin;
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
    uint64_t begin = clock_milliseconds();
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
    assert_true(clock_milliseconds() - begin < 2000); /* 180 queries; each block looked at: minutes */
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

/* ---- traces: values are those of geth 1.16.7 ---- */

#define THERE "0x00000000000000000000000000000000000000aa"
#define ALL_ONES "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

/* debug_traceCall of code at THERE, whose slot 7 holds 5; options end with a comma. */
static json_t *trace_code(const char *code, unsigned gas, const char *options)
{
    return ask("debug_traceCall",
               "{'to':'" THERE "','gas':'0x%x'},'latest',{%s'stateOverrides':{'" THERE "':{'code':'0x%s',"
               "'balance':'0x100','state':{'0x%064x':'0x%064x'}}}}", gas, options, code, 7, 5);
}

static const char *text_at(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text == NULL ? "" : text;
}

static json_int_t number_at(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

static json_t *last_step(json_t *result)
{
    json_t *steps = json_object_get(result, "structLogs");
    return json_array_get(steps, json_array_size(steps) - 1);
}

static void test_a_step_that_fails_says_why(void **unused)
{
    (void)unused;
    static const struct {
        const char *code, *op, *error, *halt;
        json_int_t cost;
        unsigned gas;
    } cases[] = {
        {"01", "ADD", "stack underflow (0 <=> 2)", "stack underflow (0 <=> 2)", 3, 30000},
        {"5b5f600056", "PUSH1", "stack limit reached 1024 (1023)", "stack limit reached 1024 (1023)", 3,
         60000},
        {"fe", "INVALID", "", "invalid opcode: INVALID", 0, 30000},
        {"0c", "opcode 0xc not defined", "", "invalid opcode: opcode 0xc not defined", 0, 30000},
        {"600556", "JUMP", "", "invalid jump destination", 8, 30000},
        {"600054", "SLOAD", "out of gas", "out of gas", 2100, 21006},
        {"6001600755", "SSTORE", "out of gas: not enough gas for reentrancy sentry",
         "out of gas: not enough gas for reentrancy sentry", 0, 23306},
        {"6001600755", "SSTORE", "out of gas", "out of gas", 5000, 23406},
        {"6001600855", "SSTORE", "out of gas", "out of gas", 22100, 43000},
        {"7f" ALL_ONES "51", "MLOAD", "gas uint64 overflow", "gas uint64 overflow", 3, 30000},
        {"67100000000000000051", "MLOAD", "out of gas: gas uint64 overflow",
         "out of gas: gas uint64 overflow", 3, 30000},
        {"62ffffff51", "MLOAD", "out of gas", "out of gas", 538445830, 30000},
        {"5f5f5f5f5f60bb5af1", "CALL", "out of gas: out of gas", "out of gas: out of gas", 100, 23000},
        {"61c0015f5ff0", "CREATE", "out of gas: max initcode size exceeded: size 49153",
         "out of gas: max initcode size exceeded: size 49153", 32000, 90000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *structs = trace_code(cases[i].code, cases[i].gas, ""), *last = last_step(structs);
        assert_string_equal(text_at(last, "op"), cases[i].op);
        assert_string_equal(text_at(last, "error"), cases[i].error);
        if (number_at(last, "gasCost") != cases[i].cost)
            fail_msg("%s: %lld instead of %lld", cases[i].code, number_at(last, "gasCost"), cases[i].cost);
        json_decref(structs);
        json_t *calls = trace_code(cases[i].code, cases[i].gas, "'tracer':'callTracer',");
        assert_string_equal(text_at(calls, "error"), cases[i].halt);
        json_decref(calls);
    }
}

/* What a step costs where it succeeds, as the gas after it shows, is what it is said to cost where a unit of
 * gas is missing. */
static void test_a_step_costs_the_same_where_it_fails(void **unused)
{
    (void)unused;
    enum { GAS = 1000000 };
    static const char *const programs[] = {
        "60ff60ff0a50", "610120515f61030052", "60ff610500536107005f2050",      /* EXP, memory, KECCAK256 */
        "60405f61080037" "60405f61090039" "60405f61010060bb3c", "5f5f5f3e", "60605f610a005e", /* copies */
        "60bb3160bb3b60bb3f60cc3f", "60075460075460085400",                    /* accounts, slots */
        "6001600955600260075560016010555f600755", "60015f60405fa1", "6001600260036101006102" "00a3",
        "60405f5ff0", "600161040061010060" "fff5", "60eeff", "60ff60ff5d60ff5c60024060" "0149",
    };
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        json_t *whole = trace_code(programs[i], GAS, ""), *step;
        size_t k;
        json_array_foreach (json_object_get(whole, "structLogs"), k, step) {
            json_int_t cost = number_at(step, "gasCost"), gas = number_at(step, "gas");
            const char *op = text_at(step, "op");
            assert_string_equal(text_at(step, "error"), "");
            if (cost == 0 || number_at(step, "depth") > 1 || (strcmp(op, "SSTORE") == 0 && cost <= 2300))
                continue; /* below what an SSTORE must leave */
            json_t *less = trace_code(programs[i], (unsigned)(GAS - gas + cost - 1), ""),
                   *last = last_step(less);
            if (strcmp(text_at(last, "op"), op) != 0 || number_at(last, "gasCost") != cost ||
                strcmp(text_at(last, "error"), "out of gas") != 0)
                fail_msg("program %zu: %s for %lld, %s, instead of %s for %lld", i, text_at(last, "op"),
                         number_at(last, "gasCost"), text_at(last, "error"), op, cost);
            json_decref(less);
        }
        json_decref(whole);
    }
}

static void test_calls_and_creations_cost_their_own(void **unused)
{
    (void)unused;
    /* A creation whose init code runs; a call with all gas; one whose value is not there. */
    static const struct {
        const char *op;
        json_int_t own;
        bool hands_on;
    } cases[] = {{"CREATE", 32002, false}, {"CALL", 2600, true}, {"CALL", 34100, true}};
    json_t *result =
               trace_code("60fe5f5260205f5ff0" "5f5f5f5f5f60bb5af1" "5f5f5f5f61101060bb5af1", 500000, ""),
           *step;
    size_t i, seen = 0;
    json_array_foreach (json_object_get(result, "structLogs"), i, step) {
        json_int_t gas = number_at(step, "gas");
        if (seen >= 3 || strcmp(text_at(step, "op"), cases[seen].op) != 0)
            continue;
        json_int_t left = gas - cases[seen].own;
        assert_int_equal(number_at(step, "gasCost"),
                         cases[seen].own + (cases[seen].hands_on ? left - left / 64 : 0));
        seen++;
    }
    assert_int_equal(seen, 3);
    json_decref(result);
    result = trace_code("5f5f5f5f61101060bb5af1" "5f5f61fffff0", 500000, "'tracer':'callTracer',");
    json_t *calls = json_object_get(result, "calls");
    assert_int_equal(json_array_size(calls), 2);
    for (i = 0; i < 2; i++) {
        const json_t *call = json_array_get(calls, i);
        assert_string_equal(text_at(call, "error"), "insufficient balance for transfer");
        assert_string_equal(text_at(call, "gasUsed"), "0x0");
        assert_int_equal(json_object_get(call, "to") == NULL, i == 1);
    }
    json_decref(result);
    /* Who delegates is who calls. */
    result = trace_code("5f5f5f5f60bb5af4", 500000, "'tracer':'callTracer',");
    assert_string_equal(text_at(json_array_get(json_object_get(result, "calls"), 0), "from"), THERE);
    json_decref(result);
}

static json_t *prestate(const char *config)
{
    char options[256];
    snprintf(options, sizeof options, "'tracer':'prestateTracer','tracerConfig':{%s},", config);
    return trace_code("60075460bb31", 200000, options);
}

static void test_options_of_prestate(void **unused)
{
    (void)unused;
    json_t *all = prestate(""), *a = json_object_get(all, THERE);
    assert_string_equal(text_at(a, "code"), "0x60075460bb31");
    assert_int_equal(strlen(text_at(a, "codeHash")), 66);
    assert_int_equal(json_object_size(json_object_get(a, "storage")), 1);
    assert_null(json_object_get(all, "0x00000000000000000000000000000000000000bb"));
    json_decref(all);
    all = prestate("'disableCode':true,'disableStorage':true,'includeEmpty':true");
    a = json_object_get(all, THERE);
    assert_null(json_object_get(a, "code"));
    assert_null(json_object_get(a, "storage"));
    assert_int_equal(strlen(text_at(a, "codeHash")), 66);
    assert_string_equal(
        text_at(json_object_get(all, "0x00000000000000000000000000000000000000bb"), "balance"), "0x0");
    json_decref(all);
    assert_error(prestate("'diffMode':true,'includeEmpty':true"), "cannot use diffMode with includeEmpty");
    /* What destroys itself stands before and not after, where it was made by then. */
    all = trace_code("6005600755" "6130ff5f52" "60025f601e5f5ff0", 200000,
                     "'tracer':'prestateTracer','tracerConfig':{'diffMode':true},");
    const json_t *before = json_object_get(json_object_get(all, "pre"), THERE),
                 *after = json_object_get(json_object_get(all, "post"), THERE);
    assert_string_equal(text_at(before, "balance"), "0x100");
    assert_int_equal(number_at(after, "nonce"), 1);
    assert_null(json_object_get(after, "code"));
    assert_null(json_object_get(after, "storage")); /* 5 as before */
    json_decref(all);
}

static void test_other_tracers(void **unused)
{
    (void)unused;
    /* Calls with data: of BOB twice, of a precompile. */
#define CALL_WITH_DATA(where) "5f5f60245f5f60" where "5af1"
    const char *code = CALL_WITH_DATA("b0") CALL_WITH_DATA("b0") CALL_WITH_DATA("04") "0c";
    json_t *result = trace_code(code, 200000,
                                "'tracer':'muxTracer','tracerConfig':{'4byteTracer':{},'noopTracer':null,"
                                "'flatCallTracer':{'convertParityErrors':true},'callTracer':{}},");
    assert_int_equal(json_object_size(result), 4);
    const json_t *selectors = json_object_get(result, "4byteTracer");
    assert_int_equal(json_object_size(selectors), 1);
    assert_int_equal(number_at(selectors, "0x00000000-32"), 2);
    assert_int_equal(json_object_size(json_object_get(result, "noopTracer")), 0);
    const json_t *flat = json_object_get(result, "flatCallTracer"), *first = json_array_get(flat, 0);
    assert_int_equal(json_array_size(flat), 3);
    assert_int_equal(number_at(first, "subtraces"), 2);
    assert_string_equal(text_at(first, "error"), "Bad instruction");
    assert_null(json_object_get(first, "result"));
    assert_int_equal(json_integer_value(json_array_get(
                         json_object_get(json_array_get(flat, 2), "traceAddress"), 0)), 1);
    assert_int_equal(json_array_size(json_object_get(json_object_get(result, "callTracer"), "calls")), 3);
    json_decref(result);
    assert_error(trace_code("00", 30000, "'tracer':'{step: function() {}}',"),
                 "tracer not found: {step: function() {}} (tracers in JavaScript are not supported)");
}

/* ---- what explorers ask ---- */

/* The traces that a filter finds, as block and path of each: "1: 1:0 2:". */
static void assert_traces(const char *filter, const char *expected)
{
    char text[512] = "";
    json_t *found = ask("trace_filter", "%s", filter), *one;
    size_t i, j;
    json_array_foreach (found, i, one) {
        json_t *path = json_object_get(one, "traceAddress"), *step;
        size_t used = strlen(text);
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%lld:", i == 0 ? "" : " ",
                                 (long long)number_at(one, "blockNumber"));
        json_array_foreach (path, j, step)
            used += (size_t)snprintf(text + used, sizeof text - used, "%lld", json_integer_value(step));
    }
    assert_string_equal(text, expected);
    json_decref(found);
}

static void test_traces_by_address(void **unused)
{
    (void)unused;
    /* Gives 1 wei of its 5 to BOB and makes a contract; one to BOB; one that fails; an empty block
     * between. */
    json_t *hash = ask("eth_sendTransaction", "{'from':'" ALICE "','gas':'0x80000','value':'0x5',"
                                              "'data':'0x5f5f5f5f600160b05af15f5f5ff05f5ff3'}");
    assert_text(ask("eth_blockNumber", " "), "0x1");
    json_decref(ask("evm_mine", " "));
    json_decref(ask("eth_sendTransaction", "{'from':'" ALICE "','to':'" BOB "','value':'0x1'}"));
    assert_text(ask("eth_blockNumber", " "), "0x3");
    json_decref(ask("eth_sendTransaction", "{'from':'" ALICE "','gas':'0x80000','data':'0x5f5ffd'}"));
    json_t *traces = ask("trace_transaction", "'%s'", json_string_value(hash));
    const char *inner = text_at(json_object_get(json_array_get(traces, 2), "result"), "address");
    assert_traces("{}", "1: 1:0 1:1 3: 4:");
    assert_traces("{'fromBlock':'0x1','toBlock':'0x2'}", "1: 1:0 1:1");
    assert_traces("{'fromBlock':'0x2','toBlock':'latest'}", "3: 4:");
    assert_traces("{'toAddress':['" BOB "']}", "1:0 3:");
    assert_traces("{'fromAddress':['" ALICE "']}", "1: 3: 4:");
    assert_traces("{'fromAddress':['" ALICE "'],'toAddress':['" BOB "']}", "1: 1:0 3: 4:");
    assert_traces("{'fromAddress':['" ALICE "'],'toAddress':['" BOB "'],'mode':'intersection'}", "3:");
    assert_traces("{'fromAddress':['" CONTRACT "']}", "1:0 1:1");
    char filter[200];
    snprintf(filter, sizeof filter, "{'toAddress':['%s','" CONTRACT "']}", inner);
    assert_traces(filter, "1: 1:1");
    assert_traces("{'after':1,'count':2}", "1:0 1:1");
    assert_traces("{'after':4,'count':9}", "4:");
    assert_traces("{'count':0}", "");
    json_t *all = ask("trace_filter", "{'toBlock':'0x1'}");
    assert_true(json_equal(all, traces));
    json_decref(all);
    assert_error(ask("trace_filter", "{'fromBlock':'0x3','toBlock':'0x1'}"), "invalid block range params");
    assert_error(ask("trace_filter", "{'toBlock':'0x9'}"), "invalid block range params");
    assert_error(ask("trace_filter", "{'mode':'either'}"),
                 "invalid argument 0: mode is union or intersection");
    json_decref(traces);
    json_decref(hash);

    json_t *call = ask("trace_call", "{'from':'" ALICE "','gas':'0x80000','value':'0x5',"
                                     "'data':'0x5f5f5f5f600160b05af15f5f5ff05f5ff3'},['trace'],'latest'");
    const json_t *list = json_object_get(call, "trace"), *first = json_array_get(list, 0);
    assert_int_equal(json_array_size(list), 3);
    assert_null(json_object_get(first, "blockHash"));
    assert_true(json_is_null(json_object_get(call, "vmTrace")));
    assert_string_equal(text_at(json_object_get(json_array_get(list, 1), "action"), "to"), BOB);
    json_decref(call);
    assert_error(ask("trace_call", "{'to':'" BOB "'},['vmTrace']"),
                 "invalid argument 1: of traces there is \"trace\" alone");
}

static void test_explorers_methods(void **unused)
{
    (void)unused;
    /* Gives 1 wei of its 5 to BOB and makes a contract; then one that fails with two bytes. */
    json_t *hash = ask("eth_sendTransaction", "{'from':'" ALICE "','gas':'0x80000','value':'0x5',"
                                              "'data':'0x5f5f5f5f600160b05af15f5f5ff05f5ff3'}");
    assert_text(ask("eth_blockNumber", " "), "0x1");
    json_t *failed = ask("eth_sendTransaction", "{'from':'" ALICE "','gas':'0x80000',"
                                                "'data':'0x6112345f526002601efd'}");
    const char *first = json_string_value(hash);
    json_t *traces = ask("trace_transaction", "'%s'", first), *block = ask("trace_block", "'0x1'");
    assert_int_equal(json_array_size(traces), 3);
    assert_true(json_equal(traces, block));
    const json_t *root = json_array_get(traces, 0);
    assert_string_equal(text_at(root, "type"), "create");
    assert_string_equal(text_at(json_object_get(root, "result"), "address"), CONTRACT);
    assert_string_equal(text_at(root, "transactionHash"), first);
    json_decref(traces);
    json_decref(block);
    traces = ask("trace_transaction", "'%s'", json_string_value(failed));
    assert_string_equal(text_at(json_array_get(traces, 0), "error"), "Reverted");
    json_decref(traces);

    json_t *level = ask("ots_getApiLevel", " ");
    assert_int_equal(json_integer_value(level), 8);
    json_decref(level);
    assert_text(ask("ots_getTransactionError", "'%s'", json_string_value(failed)), "0x1234");
    assert_text(ask("ots_getTransactionError", "'%s'", first), "0x");
    json_t *operations = ask("ots_getInternalOperations", "'%s'", first);
    assert_int_equal(json_array_size(operations), 2);
    assert_int_equal(number_at(json_array_get(operations, 0), "type"), 0);
    assert_string_equal(text_at(json_array_get(operations, 0), "to"), BOB);
    assert_int_equal(number_at(json_array_get(operations, 1), "type"), 2);
    const char *inner = text_at(json_array_get(operations, 1), "to");
    json_t *entries = ask("ots_traceTransaction", "'%s'", first);
    assert_int_equal(json_array_size(entries), 3);
    assert_int_equal(number_at(json_array_get(entries, 2), "depth"), 1);
    json_decref(entries);
    json_t *creator = ask("ots_getContractCreator", "'" ALICE "'");
    assert_true(json_is_null(creator));
    json_decref(creator);
    json_t *has_code = ask("ots_hasCode", "'%s','latest'", inner);
    assert_true(json_is_false(has_code));
    json_decref(has_code);
    json_decref(operations);
    assert_text(ask("ots_getTransactionBySenderAndNonce", "'" ALICE "',1"), json_string_value(failed));

    json_t *details = ask("ots_getBlockDetails", "1");
    assert_string_equal(text_at(json_object_get(details, "block"), "transactionCount"), "0x1");
    assert_true(strlen(text_at(details, "totalFees")) > 3);
    json_t *by_hash =
        ask("ots_getBlockDetailsByHash", "'%s'", text_at(json_object_get(details, "block"), "hash"));
    assert_true(json_equal(details, by_hash));
    json_decref(by_hash);
    json_decref(details);
    for (int page = 0; page < 2; page++) {
        json_t *list = ask("ots_getBlockTransactions", "1,%d,25", page);
        const json_t *transactions = json_object_get(json_object_get(list, "fullblock"), "transactions");
        assert_int_equal(json_array_size(transactions), page == 0);
        if (page == 0)
            assert_string_equal(text_at(json_array_get(transactions, 0), "input"), "0x5f5f5f5f");
        assert_int_equal(json_array_size(json_object_get(list, "receipts")), page == 0);
        json_decref(list);
    }

    /* Newest first, a page each; BOB only by an inner call. */
    static const struct {
        const char *method, *parameters, *newest;
        size_t count;
        bool first, last;
    } searches[] = {
        {"ots_searchTransactionsBefore", "'" ALICE "',0,25", "0x1", 2, true, true},
        {"ots_searchTransactionsBefore", "'" ALICE "',0,1", "0x1", 1, true, false},
        {"ots_searchTransactionsBefore", "'" ALICE "',2,25", "0x0", 1, false, true},
        {"ots_searchTransactionsAfter", "'" ALICE "',0,25", "0x1", 2, true, true},
        {"ots_searchTransactionsAfter", "'" ALICE "',0,1", "0x0", 1, false, true},
        {"ots_searchTransactionsAfter", "'" ALICE "',1,25", "0x1", 1, true, false},
        {"ots_searchTransactionsBefore", "'" BOB "',0,25", "0x0", 1, true, true},
    };
    for (size_t i = 0; i < sizeof searches / sizeof searches[0]; i++) {
        json_t *list = ask(searches[i].method, "%s", searches[i].parameters);
        const json_t *txs = json_object_get(list, "txs"), *receipts = json_object_get(list, "receipts");
        assert_int_equal(json_array_size(txs), searches[i].count);
        assert_int_equal(json_array_size(receipts), searches[i].count);
        assert_string_equal(text_at(json_array_get(txs, 0), "nonce"), searches[i].newest);
        assert_non_null(json_object_get(json_array_get(receipts, 0), "timestamp"));
        assert_int_equal(json_is_true(json_object_get(list, "firstPage")), searches[i].first);
        assert_int_equal(json_is_true(json_object_get(list, "lastPage")), searches[i].last);
        json_decref(list);
    }
    json_decref(hash);
    json_decref(failed);
}

/* ---- what leaves the chain ---- */

static void test_logs_that_leave_are_sent_again(void **unused)
{
    (void)unused;
    json_t *filter = ask("eth_newFilter", "{}");
    json_t *other = ask("eth_newFilter", "{'topics':[" TOPIC("77") "]}");
    json_t *late = ask("eth_newFilter", "{}");
    const char *id = json_string_value(filter);
    json_t *snapshot = ask("evm_snapshot", " ");
    log_topic(0x31);
    assert_text(ask("eth_blockNumber", " "), "0x1");
    log_topic(0x32);
    json_t *given = ask("eth_getFilterChanges", "'%s'", id);
    assert_int_equal(json_array_size(given), 2);
    json_decref(ask("evm_revert", "'%s'", json_string_value(snapshot)));
    log_topic(0x33);
    assert_text(ask("eth_blockNumber", " "), "0x1");
    json_t *changes = ask("eth_getFilterChanges", "'%s'", id);
    assert_int_equal(json_array_size(changes), 3);
    for (size_t i = 0; i < 3; i++) {
        json_t *log = json_array_get(changes, i);
        assert_int_equal(json_is_true(json_object_get(log, "removed")), i < 2);
        if (i == 2)
            break;
        json_object_set_new(log, "removed", json_false());
        assert_true(json_equal(log, json_array_get(given, i)));
    }
    json_decref(changes);
    json_decref(given);
    /* Not what was never given, nor what does not match. */
    changes = ask("eth_getFilterChanges", "'%s'", json_string_value(late));
    assert_int_equal(json_array_size(changes), 1);
    json_decref(changes);
    changes = ask("eth_getFilterChanges", "'%s'", json_string_value(other));
    assert_int_equal(json_array_size(changes), 0);
    json_decref(changes);
    changes = ask("eth_getFilterChanges", "'%s'", id);
    assert_int_equal(json_array_size(changes), 0);
    json_decref(changes);
    json_decref(filter);
    json_decref(other);
    json_decref(late);
    json_decref(snapshot);
}

/* ---- what geth refuses, and what wallets ask ---- */

static void test_what_geth_refuses_is_refused(void **unused)
{
    (void)unused;
    static const struct {
        const char *method, *parameters, *message;
    } cases[] = {
        {"eth_getBalance", "'" ALICE "',{}", "invalid arguments; neither block nor hash specified"},
        {"eth_feeHistory", "'0x1','latest',[5,5]",
         "invalid reward percentile: #0:5.000000 >= #1:5.000000"},
        {"eth_feeHistory", "'0x1','latest',['5']",
         "invalid argument 2: json: cannot unmarshal non-number into Go value of type float64"},
        {"eth_newFilter", "{'fromBlock':'0x2','toBlock':'0x1'}", "invalid block range params"},
        {"eth_getLogs", "{'fromBlock':'0x0','toBlock':'0x9'}", "invalid block range params"},
        {"eth_newFilter", "{'fromBlock':'latest','toBlock':'0x0'}", "invalid block range params"},
        {"eth_newFilter", "{'fromBlock':'pending'}", "pending logs are not supported"},
        {"eth_getLogs", "{'fromBlock':'0x0','toBlock':'pending'}", "pending logs are not supported"},
        {"eth_getBlockByNumber", "'latest'", "missing value for required argument 1"},
        {"eth_getBlockByNumber", "'latest','true'",
         "invalid argument 1: json: cannot unmarshal non-boolean into Go value of type bool"},
        {"debug_setHead", "'0x5'", "not allowed to rewind to a future block"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_error(ask(cases[i].method, "%s", cases[i].parameters), cases[i].message);
    /* A method that is not there is not there whatever it is given. */
    static const char unknown[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_no\",\"params\":{\"a\":1}}";
    rpc_writer w;
    rpc_writer_init(&w, f.answer, ANSWER_BYTES);
    rpc_exchange exchange = {.memory = &f.memory, .out = &w};
    rpc_answer(f.server, &exchange, unknown, strlen(unknown));
    assert_non_null(memmem(w.data, w.size_bytes, "-32601", 6));
    json_t *proof = ask("eth_getProof", "'" BOB "',['0x0'],'latest'");
    const char *zero = "0x0000000000000000000000000000000000000000000000000000000000000000";
    assert_string_equal(text_at(proof, "codeHash"), zero);
    assert_string_equal(text_at(proof, "storageHash"), zero);
    json_decref(proof);
    proof = ask("eth_getProof", "'" ALICE "',[],'latest'");
    assert_string_not_equal(text_at(proof, "codeHash"), zero);
    json_decref(proof);
}

static void test_the_chain_has_another_id(void **unused)
{
    (void)unused;
    json_decref(ask("hardhat_mine", "'0x3'"));
    json_decref(ask("anvil_setChainId", "31337"));
    assert_text(ask("eth_chainId", " "), "0x7a69");
    assert_error(ask("anvil_setChainId", "0"), "invalid argument 0: a chain's id is from 1 to 2^62 - 37");
    json_t *hash = ask("eth_sendTransaction", "{'from':'" ALICE "','to':'" BOB "','value':'0x1'}");
    json_t *sent = ask("eth_getTransactionByHash", "'%s'", json_string_value(hash));
    assert_string_equal(text_at(sent, "chainId"), "0x7a69");
    json_decref(sent);
    assert_error(ask("anvil_setChainId", "7"),
                 "the chain has transactions or proofs that name its id, 31337: it "
                 "can be changed before them, or after anvil_reset");
    /* What the opcode CHAINID gives, and traces of what was: both by the one id that the chain has. */
    assert_text(ask("eth_call", "{'data':'0x465f5260205ff3'}"),
                "0x0000000000000000000000000000000000000000000000000000000000007a69");
    json_t *trace = ask("debug_traceTransaction", "'%s',{'tracer':'callTracer'}", json_string_value(hash));
    assert_string_equal(text_at(trace, "type"), "CALL");
    json_decref(trace);
    json_decref(ask("anvil_reset", " "));
    json_decref(ask("anvil_setChainId", "'0x7'"));
    assert_text(ask("eth_chainId", " "), "0x7");
    json_decref(hash);
}

static void test_what_was_sent_is_sealed_before_sealing_stops(void **unused)
{
    (void)unused;
    json_decref(ask("eth_sendTransaction", "{'from':'" ALICE "','to':'" BOB "','value':'0x1'}"));
    json_decref(ask("evm_setAutomine", "false"));
    assert_text(ask("eth_blockNumber", " "), "0x1");
    json_decref(ask("eth_sendTransaction", "{'from':'" ALICE "','to':'" BOB "','value':'0x1'}"));
    assert_text(ask("eth_blockNumber", " "), "0x1");
}

static void test_methods_of_wallets(void **unused)
{
    (void)unused;
    json_t *hash = ask("eth_sendTransaction", "{'from':'" ALICE "','to':'" BOB "','value':'0x1'}");
    json_t *waiting = ask("eth_pendingTransactions", " ");
    assert_int_equal(json_array_size(waiting), 1);
    assert_string_equal(text_at(json_array_get(waiting, 0), "hash"), json_string_value(hash));
    json_decref(waiting);
    json_decref(ask("evm_mine", " "));
    json_t *raw = ask("eth_getRawTransactionByHash", "'%s'", json_string_value(hash));
    assert_text(ask("eth_getRawTransactionByBlockNumberAndIndex", "'0x1','0x0'"), json_string_value(raw));
    assert_text(ask("eth_getRawTransactionByBlockNumberAndIndex", "'0x1','0x1'"), "0x");
    json_t *uncle = ask("eth_getUncleByBlockNumberAndIndex", "'0x1','0x0'");
    assert_true(json_is_null(uncle));
    json_decref(uncle);
    json_t *accounts = ask("eth_accounts", " "), *requested = ask("eth_requestAccounts", " ");
    assert_true(json_equal(accounts, requested));
    json_decref(accounts);
    json_decref(requested);
    json_decref(ask("debug_setHead", "'0x0'"));
    assert_text(ask("eth_blockNumber", " "), "0x0");
    json_decref(raw);
    json_decref(hash);
}

/* ---- ids, names and numbers as geth has them ---- */

/* Both are JSON with ' for ". */
static void assert_answer(const char *request, const char *answer)
{
    char asked[1024], expected[1024];
    snprintf(asked, sizeof asked, "%s", request);
    snprintf(expected, sizeof expected, "%s", answer);
    for (char *at = asked; (at = strchr(at, '\'')) != NULL;)
        *at = '"';
    for (char *at = expected; (at = strchr(at, '\'')) != NULL;)
        *at = '"';
    rpc_writer w;
    rpc_writer_init(&w, f.answer, ANSWER_BYTES);
    rpc_exchange exchange = {.memory = &f.memory, .out = &w};
    rpc_answer(f.server, &exchange, asked, strlen(asked));
    if (w.size_bytes != strlen(expected) || memcmp(w.data, expected, w.size_bytes) != 0)
        fail_msg("%.*s instead of %s", (int)w.size_bytes, w.data, expected);
}

#define INVALID "{'jsonrpc':'2.0','id':null,'error':{'code':-32600,'message':'invalid request'}}"
static void test_ids_come_back_as_they_came(void **unused)
{
    (void)unused;
    static const char *const ids[] = {
        "1", "0", "-7", "9223372036854775807", "9223372036854775808", "18446744073709551615", "1.50", "1e2",
        "-0.0", "123456789012345678901234567890", "'a'", "''", "true", "false", "null",
    };
    char request[512], answer[512];
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        snprintf(answer, sizeof answer, "{'jsonrpc':'2.0','id':%s,'result':'0x539'}", ids[i]);
        snprintf(request, sizeof request, "{'jsonrpc':'2.0','id':%s,'method':'eth_chainId'}", ids[i]);
        assert_answer(request, answer);
        snprintf(request, sizeof request,
                 "\n {'o':[{'id':5.5},'id'], 'id' : %s ,'jsonrpc':'2.0','method':'eth_chainId'}",
                 ids[i]);
        assert_answer(request, answer);
    }
    assert_answer("[{'jsonrpc':'2.0','id':18446744073709551616,'method':'eth_chainId'}, 7 ,']',[{'id':2.5}],"
                  "{'id':5.5,'jsonrpc':'2.0','id':1.0,'method':'no'}]",
                  "[{'jsonrpc':'2.0','id':18446744073709551616,'result':'0x539'},"
                  INVALID "," INVALID "," INVALID ","
                  "{'jsonrpc':'2.0','id':1.0,'error':{'code':-32601,"
                  "'message':'the method no does not exist/is not available'}}]");
    /* A name written in another way loses the digits alone; small integers beside a large id stay such. */
    assert_answer("{'jsonrpc':'2.0','\\u0069d':2.5,'method':'eth_chainId'}",
                  "{'jsonrpc':'2.0','id':2.5,'result':'0x539'}");
    assert_answer("{'jsonrpc':'2.0','id':99999999999999999999,'method':'evm_increaseTime','params':[0]}",
                  "{'jsonrpc':'2.0','id':99999999999999999999,'result':0}");
    for (const char *const *id = (const char *const[]){"{}", "[1]", NULL}; *id != NULL; id++) {
        snprintf(request, sizeof request, "{'jsonrpc':'2.0','id':%s,'method':'eth_chainId'}", *id);
        assert_answer(request, INVALID);
    }
}

#define POOR "0x0000000000000000000000000000000000001234"
#define ALICE_CHECKED "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
#define NO_FUNDS "insufficient funds for gas * price + value: address "
static void test_refusals_name_their_numbers(void **unused)
{
    (void)unused;
    static const struct {
        const char *method, *parameters, *message;
    } cases[] = {
        /* What a call is held against. */
        {"eth_call", "{'from':'" POOR "','to':'" BOB "','value':'0x5'}",
         "err: " NO_FUNDS POOR " have 0 want 5 (supplied gas 50000000)"},
        {"eth_call", "{'from':'" POOR "','to':'" BOB "','gas':'0x5208','gasPrice':'0x77359400'}",
         "err: " NO_FUNDS POOR" have 0 want 42000000000000 (supplied gas 21000)"},
        {"eth_call", "{'from':'" ALICE "','to':'" BOB "','gasPrice':'0x1'}",
         "err: max fee per gas less than block base fee: address " ALICE_CHECKED
         ", maxFeePerGas: 1, baseFee: 1000000000 (supplied gas 50000000)"},
        {"eth_call", "{'from':'" ALICE "','to':'" BOB "','gas':'0x5000'}",
         "err: intrinsic gas too low: have 20480, want 21000 (supplied gas 20480)"},
        {"eth_estimateGas", "{'from':'" POOR "','to':'" BOB "','value':'0x5'}",
         "failed with 16777216 gas: " NO_FUNDS POOR " have 0 want 5"},
        {"eth_estimateGas", "{'from':'" POOR "','to':'" BOB "','value':'0x5','gasPrice':'0x77359400'}",
         "insufficient funds for transfer"},
        {"eth_estimateGas", "{'from':'" ALICE "','data':'0x5b5f56','gas':'0x100000'}",
         "gas required exceeds allowance (1048576)"},
        {"debug_traceCall", "{'from':'" POOR "','to':'" BOB "','value':'0x5'},'latest'",
         "err: " NO_FUNDS POOR " have 0 want 5 (supplied gas 50000000)"},
        /* What the mempool says. */
        {"eth_sendTransaction", "{'from':'" ALICE "','to':'" BOB "','gas':'0x5000'}",
         "intrinsic gas too low: gas 20480, minimum needed 21000"},
        {"eth_sendTransaction", "{'from':'" ALICE "','to':'" BOB "','gas':'0x5208','gasPrice':'0x8'}",
         "max fee per gas less than block base fee: address " ALICE_CHECKED
         ", maxFeePerGas: 8, baseFee: 875000000"},
        {"eth_sendTransaction", "{'from':'" ALICE "','to':'" BOB "','gas':'0x1000001'}",
         "transaction gas limit too high (cap: 16777216, tx: 16777217)"},
        {"eth_sendTransaction", "{'from':'" ALICE "','to':'" BOB "','gas':'0x5208','gasPrice':'0x77359400',"
                                "'value':'0x10000000000000000000000'}",
         "insufficient funds for gas * price + value: balance 10000000000000000000000, tx cost "
         "309485009821387068724781056, overshot 309475009821387068724781056"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_error(ask(cases[i].method, "%s", cases[i].parameters), cases[i].message);
    /* 131,072 bytes of data, 117 of all else. */
    const char *large = "{'from':'" ALICE "','to':'" BOB "','gas':'0xffffff','data':'0x%0262144d'}";
    assert_error(ask("eth_sendTransaction", large, 0),
                 "oversized data: transaction size 131189, limit 131072");
    json_decref(ask("eth_sendTransaction", "{'from':'" ALICE "','to':'" BOB "','value':'0x1'}"));
    assert_error(ask("eth_sendTransaction", "{'from':'" ALICE "','to':'" BOB "','nonce':'0x0'}"),
                 "nonce too low: next nonce 1, tx nonce 0");
}

static void test_calls_that_halt_say_at_what(void **unused)
{
    (void)unused;
    static const struct {
        const char *code, *message;
    } cases[] = {
        {"fe", "invalid opcode: INVALID"},
        {"0c", "invalid opcode: opcode 0xc not defined"},
        {"600101", "stack underflow (1 <=> 2)"},
        {"5b60016000565b", "stack limit reached 1024 (1023)"},
        {"600056", "invalid jump destination"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_error(ask("eth_call", "{'data':'0x%s'},'latest'", cases[i].code), cases[i].message);
    assert_error(ask("eth_estimateGas", "{'data':'0xfe'}"), "invalid opcode: INVALID");
    assert_error(ask("eth_call", "{'to':'" BOB "'},'latest',{'" BOB "':{'code':'0x5f0c'}}"),
                 "invalid opcode: opcode 0xc not defined");
}

static void test_names_whatever_their_case(void **unused)
{
    (void)unused;
    json_t *hash = ask("eth_sendTransaction", "{'FROM':'" ALICE "','To':'" BOB "','Value':'0x1'}");
    json_t *trace = ask("debug_traceTransaction", "'%s',{'Tracer':'callTracer'}", json_string_value(hash));
    assert_string_equal(text_at(trace, "type"), "CALL");
    json_decref(trace);
    trace = ask("debug_traceTransaction", "'%s',{'tracer':'callTracer','TRACER':'noopTracer'}",
                json_string_value(hash));
    assert_string_equal(text_at(trace, "type"), "CALL");
    json_decref(trace);
    json_decref(hash);
    /* A base fee that was chosen for the next block is the next one's here too. */
    json_decref(ask("hardhat_setNextBlockBaseFeePerGas", "'0x1234'"));
    json_t *history = ask("eth_feeHistory", "'0x1','latest',[]");
    const json_t *fees = json_object_get(history, "baseFeePerGas");
    assert_string_equal(json_string_value(json_array_get(fees, 1)), "0x1234");
    json_decref(history);
}

/* ---- what stands in a state ---- */

#define STORER "0x5fbdb2315678afecb367f032d93f642f64180aa3" /* ALICE's first */
#define STORER_CHECKED "0x5FbDB2315678afecb367f032d93F642f64180aa3"
#define SLOT_TEXT_2 "0x0000000000000000000000000000000000000000000000000000000000000002"
#define SLOT_0 "0x290decd9548b62a8d60345a988386fc84ba6bc95484008f6362f93160ef3e563"
#define SLOT_1 "0xb10e2d527612073b26eecdfd717e6a320cf44b4afac2b0732d9fcbe2b7fa0cf6"

/* The slots that the answer has, in order, as "key=value …" of their last digits, then the next key's
 * first. */
static void assert_slots(json_t *answer, const char *expected)
{
    char text[512] = "";
    const char *key;
    json_t *entry;
    json_object_foreach (json_object_get(answer, "storage"), key, entry) {
        const char *name = json_string_value(json_object_get(entry, "key"));
        assert_true(name != NULL && strlen(name) == 66 && strlen(key) == 66);
        const char *value = json_string_value(json_object_get(entry, "value"));
        assert_int_equal(strlen(value), 66);
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s=%s ", name + 64, value + 64);
    }
    const char *next = json_string_value(json_object_get(answer, "nextKey"));
    snprintf(text + strlen(text), sizeof text - strlen(text), "%.6s", next == NULL ? "end" : next);
    assert_string_equal(text, expected);
    json_decref(answer);
}

static void test_ranges_of_a_state(void **unused)
{
    (void)unused;
    json_decref(ask("evm_setAutomine", "false"));
    /* Its code: slot 0 is added to, slot 2 is set to what is given. Its creation sets slots 0 and 1. */
    json_decref(ask("eth_sendTransaction", "{'from':'" ALICE "','gas':'0x30000','data':"
                    "'0x60055f556006600155600d60135f39600d5ff3" "60015f54015f55600035600255'}"));
    for (int i = 7; i < 9; i++)
        json_decref(ask("eth_sendTransaction",
                        "{'from':'" ALICE "','to':'" STORER "','gas':'0x20000','data':'0x%064x'}", i));
    json_decref(ask("evm_mine", " "));
    assert_slots(ask("debug_storageRangeAt", "'0x1',0,'" STORER "','0x',9"), "end");
    assert_slots(ask("debug_storageRangeAt", "'0x1',1,'" STORER "','0x',9"), "00=05 01=06 end");
    assert_slots(ask("debug_storageRangeAt", "'0x1',2,'" STORER "','0x',9"), "00=06 02=07 01=06 end");
    json_decref(ask("evm_mine", " "));
    assert_slots(ask("debug_storageRangeAt", "'latest',0,'" STORER "','0x',9"), "00=07 02=08 01=06 end");
    assert_slots(ask("debug_storageRangeAt", "'latest',0,'" STORER "','" SLOT_0 "',1"), "00=07 0x4057");
    assert_slots(ask("debug_storageRangeAt", "'latest',0,'" STORER "','0x4057',1"), "02=08 0xb10e");
    assert_slots(ask("debug_storageRangeAt", "'latest',0,'" STORER "','" SLOT_1 "','0x5'"), "01=06 end");
    assert_slots(ask("debug_storageRangeAt", "'latest',0,'" STORER "','0xb2',5"), "end");
    assert_slots(ask("debug_storageRangeAt", "'latest',0,'" BOB "','0x',5"), "end");
    assert_error(ask("debug_storageRangeAt", "'0x0',0,'" STORER "','0x',5"), "no transaction in genesis");
    json_t *block = ask("eth_getBlockByNumber", "'0x1',false");
    char complaint[200];
    snprintf(complaint, sizeof complaint, "transaction index 3 out of range for block %s",
             text_at(block, "hash"));
    assert_error(ask("debug_storageRangeAt", "'%s',3,'" STORER "','0x',5", text_at(block, "hash")),
                 complaint);

    /* Accounts, two at a time, are those of the state, each once. */
    json_decref(block);
    block = ask("eth_getBlockByNumber", "'latest',false");
    char start[80] = "0x";
    size_t count = 0;
    bool seen = false;
    for (json_t *page; start[0] != 0; json_decref(page)) {
        page = ask("debug_accountRange", "'latest','%s',2,false,false,false", start);
        assert_string_equal(text_at(page, "root"), text_at(block, "stateRoot") + 2);
        json_t *accounts = json_object_get(page, "accounts"),
               *one = json_object_get(accounts, STORER_CHECKED);
        if (one != NULL) {
            seen = true;
            assert_string_equal(text_at(json_object_get(one, "storage"), SLOT_TEXT_2), "08");
            assert_string_equal(text_at(one, "code"), "0x60015f54015f55600035600255");
            assert_string_equal(text_at(one, "balance"), "0");
            assert_string_equal(text_at(one, "address"), STORER);
        }
        count += json_object_size(accounts);
        start[0] = 0;
        if (json_object_get(page, "next") != NULL) { /* base64, as Go writes bytes */
            const char *last_key = NULL;
            const char *name;
            json_object_foreach (accounts, name, one)
                last_key = text_at(one, "key");
            char after[80]; /* the next is anything behind the last of these */
            snprintf(after, sizeof after, "%s", last_key);
            for (size_t at = 65;; after[at--] = '0')
                if (after[at] != 'f') {
                    after[at] = after[at] == '9' ? 'a' : (char)(after[at] + 1);
                    break;
                }
            snprintf(start, sizeof start, "%s", after);
        }
    }
    assert_true(seen);
    assert_true(count >= 17); /* ten accounts, the protocol's four, three that tools expect, and this */
    json_decref(block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_ranges_of_a_state, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ids_come_back_as_they_came, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refusals_name_their_numbers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_calls_that_halt_say_at_what, setup, teardown),
        cmocka_unit_test_setup_teardown(test_names_whatever_their_case, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_call_ends_at_its_deadline, setup_impatient, teardown),
        cmocka_unit_test_setup_teardown(test_a_memory_bomb_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pending_sees_the_mempool, setup_patient, teardown),
        cmocka_unit_test_setup_teardown(test_old_states_are_gone, setup_three_states, teardown),
        cmocka_unit_test_setup_teardown(test_logs_of_the_whole_chain, setup, teardown),
        cmocka_unit_test_setup_teardown(test_log_queries_have_limits, setup_log_limit, teardown),
        cmocka_unit_test_setup_teardown(test_a_step_that_fails_says_why, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_step_costs_the_same_where_it_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(test_calls_and_creations_cost_their_own, setup, teardown),
        cmocka_unit_test_setup_teardown(test_options_of_prestate, setup, teardown),
        cmocka_unit_test_setup_teardown(test_other_tracers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_explorers_methods, setup, teardown),
        cmocka_unit_test_setup_teardown(test_traces_by_address, setup, teardown),
        cmocka_unit_test_setup_teardown(test_logs_that_leave_are_sent_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_geth_refuses_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_was_sent_is_sealed_before_sealing_stops, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_chain_has_another_id, setup, teardown),
        cmocka_unit_test_setup_teardown(test_methods_of_wallets, setup_patient, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
