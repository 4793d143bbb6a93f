/* Whatever is sent to the RPC, it answers with JSON-RPC, and goes on. Valid requests of every method, made
 * from its own description (rpc_discover), are changed: values exchanged for others, members taken away or
 * doubled, text broken. The changes are the same each time.
 *
 * rpc_fuzz_test [REQUESTS [SEED]]; `make fuzz-rpc` runs many under the sanitizers. */
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

enum { ANSWER_BYTES = 64 << 20, MOST_METHODS = 256, REQUESTS_OF_A_CHAIN = 2000, TIMEOUT_MS = 100 };

static node *n;
static rpc *server;
static arena memory;
static char *answer;
static size_t request_count = 4000;
static uint64_t seed = 1;
static json_t *methods; /* of the description */
static const char *asked; /* for whoever looks why it ended */

static size_t random_below(size_t bound)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return bound == 0 ? 0 : (size_t)(seed >> 11) % bound;
}

static void open_chain(void)
{
    rpc_options options = rpc_options_default();
    options.call_timeout_ms = TIMEOUT_MS;
    options.development_methods = options.debug_methods = options.testing_methods = true;
    assert_int_equal(node_open(&n, &(node_options){.is_development = true, .seals = true}), OK);
    server = rpc_open(n, &options);
    assert_non_null(server);
}

static void close_chain(void)
{
    rpc_close(server);
    node_close(n);
}

static size_t answer_to(const char *request, size_t size)
{
    rpc_writer w;
    rpc_writer_init(&w, answer, ANSWER_BYTES);
    rpc_exchange exchange = {.memory = &memory, .out = &w};
    asked = request;
    rpc_answer(server, &exchange, request, size);
    assert_int_equal(memory.used_bytes, 0);
    return w.size_bytes;
}

/* ---- valid requests ---- */

#define ALICE "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"
#define CONTRACT "0x5fbdb2315678afecb367f032d93f642f64180aa3"

/* Values of each schema of the description; objects are those that methods take. */
static const struct {
    const char *schema, *json;
} values[] = {
    {"Quantity", "'0x1'"},
    {"Quantity", "'0x0'"},
    {"Data", "'0x5f545f5260205ff3'"},
    {"Data", "'0x02f86c8205398084b2d05e0084b2d05e00825208940000000000000000000000000000000000000000808080'"},
    {"Hash", "'0x0000000000000000000000000000000000000000000000000000000000000001'"},
    {"Slot", "'0x0'"},
    {"Address", "'" ALICE "'"},
    {"Address", "'" CONTRACT "'"},
    {"Block", "'latest'"},
    {"Block", "'pending'"},
    {"Block", "'0x1'"},
    {"Block", "'earliest'"},
    {"Block", "{'blockNumber':'0x1','requireCanonical':true}"},
    {"Batch", "'0x0'"},
    {"Batch", "'latest'"},
    {"Boolean", "true"},
    {"String", "'logs'"},
    {"String", "'newHeads'"},
    {"Array", "[]"},
    {"Array", "['0x0','0x1']"},
    {"Array", "[25,50,75]"},
    {"Any", "'0x1'"},
    {"Any", "{'timestamp':'0x70000000'}"},
    {"Object", "{}"},
    {"Object", "{'from':'" ALICE "','to':'" CONTRACT "','data':'0x','value':'0x1','gas':'0x20000'}"},
    {"Object", "{'from':'" ALICE "','data':'0x602a5f55675f545f5260205ff35f5260086018f3',"
               "'maxFeePerGas':'0x3b9aca00','maxPriorityFeePerGas':'0x1','nonce':'0x1',"
               "'accessList':[{'address':'" CONTRACT "','storageKeys':"
               "['0x0000000000000000000000000000000000000000000000000000000000000000']}]}"},
    {"Object", "{'to':'" CONTRACT "','data':'0x5b5f56','authorizationList':[{'chainId':'0x1',"
               "'address':'" ALICE "','nonce':'0x0','yParity':'0x0','r':'0x1','s':'0x1'}]}"},
    {"Object", "{'fromBlock':'0x0','toBlock':'latest','address':['" CONTRACT "'],'topics':[null,[]]}"},
    {"Object", "{'" CONTRACT "':{'balance':'0x1','nonce':'0x7','code':'0x5b5f56','stateDiff':"
               "{'0x0000000000000000000000000000000000000000000000000000000000000000':"
               "'0x0000000000000000000000000000000000000000000000000000000000000001'}}}"},
    {"Object", "{'0x0000000000000000000000000000000000000004':{'movePrecompileToAddress':'" ALICE "'}}"},
    {"Object", "{'number':'0x10','time':'0x70000000','gasLimit':'0x1000000','feeRecipient':'" ALICE
               "','baseFeePerGas':'0x1'}"},
    {"Object", "{'tracer':'callTracer','tracerConfig':{'withLog':true}}"},
    {"Object", "{'tracer':'prestateTracer','tracerConfig':{'diffMode':true}}"},
    {"Object", "{'enableMemory':true,'enableReturnData':true}"},
    {"Object", "{'blockStateCalls':[{'blockOverrides':{'number':'0x20'},'stateOverrides':{'" ALICE
               "':{'balance':'0xffff'}},'calls':[{'from':'" ALICE "','to':'" CONTRACT "','value':'0x1'}]}],"
               "'traceTransfers':true,'validation':true,'returnFullTransactions':true}"},
    {"Object", "{'types':{'EIP712Domain':[{'name':'name','type':'string'}],"
               "'M':[{'name':'a','type':'uint256[2]'},{'name':'m','type':'M[]'}]},"
               "'primaryType':'M','domain':{'name':'x'},"
               "'message':{'a':['0x1',2],'m':[]}}"},
    {"Object", "{'parentBeaconBlockRoot':"
               "'0x0000000000000000000000000000000000000000000000000000000000000000',"
               "'timestamp':'0x70000000','prevRandao':"
               "'0x0000000000000000000000000000000000000000000000000000000000000000',"
               "'suggestedFeeRecipient':'" ALICE "','withdrawals':[]}"},
};
enum { VALUE_COUNT = sizeof values / sizeof *values };

static json_t *parse(const char *text)
{
    char copy[2048];
    snprintf(copy, sizeof copy, "%s", text);
    for (char *at = copy; *at != 0; at++)
        if (*at == '\'')
            *at = '"';
    json_t *value = json_loads(copy, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    assert_non_null(value);
    return value;
}

/* One that fits, mostly. */
static json_t *value_of(const char *schema)
{
    if (random_below(16) == 0)
        return parse(values[random_below(VALUE_COUNT)].json);
    for (size_t start = random_below(VALUE_COUNT), i = 0; i < VALUE_COUNT; i++) {
        size_t at = (start + i) % VALUE_COUNT;
        if (strcmp(values[at].schema, schema) == 0)
            return parse(values[at].json);
    }
    return parse(values[random_below(VALUE_COUNT)].json);
}

static json_t *make_request(void)
{
    json_t *method = json_array_get(methods, random_below(json_array_size(methods)));
    json_t *request = json_object(), *parameters = json_array();
    const json_t *described = json_object_get(method, "params");
    json_object_set_new(request, "jsonrpc", json_string("2.0"));
    json_object_set_new(request, "id", json_integer(1));
    json_object_set(request, "method", json_object_get(method, "name"));
    for (size_t i = 0; i < json_array_size(described); i++) {
        const json_t *one = json_array_get(described, i);
        if (!json_is_true(json_object_get(one, "required")) && random_below(4) == 0)
            break;
        const char *reference = json_string_value(json_object_get(json_object_get(one, "schema"), "$ref"));
        assert_non_null(reference);
        json_array_append_new(parameters, value_of(strrchr(reference, '/') + 1));
    }
    json_object_set_new(request, "params", parameters);
    return request;
}

/* ---- changes ---- */

static json_t *strange_value(void)
{
    static const char *const strange[] = {
        "null", "true", "0", "-1", "1e308", "9007199254740993", "''", "'0x'", "'0x00'", "'0xg'",
        "'0x1'", "[]", "{}",
        "'latest'", "'pending'", "[[[[[[[[[[]]]]]]]]]]", "{'':{'':{'':null}}}", "'0xffffffffffffffff'",
        "'0x10000000000000000'", "'\\u0000'",
        "'0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff'",
        "'0x10000000000000000000000000000000000000000000000000000000000000000'", "'0x7fffffffffffffff'",
        "{'blockHash':'0x0000000000000000000000000000000000000000000000000000000000000001'}",
    };
    if (random_below(3) == 0)
        return parse(values[random_below(VALUE_COUNT)].json);
    if (random_below(40) == 0) { /* long data */
        size_t size = 2 + 2 * random_below(100000);
        char *text = malloc(size + 1);
        memset(text, "0f5b"[random_below(4)], size);
        memcpy(text, "0x", 2);
        text[size] = 0;
        json_t *value = json_string(text);
        free(text);
        return value;
    }
    return parse(strange[random_below(sizeof strange / sizeof *strange)]);
}

/* Exchanges, drops or adds one value somewhere below; the value itself where there is nothing below. */
static json_t *change(json_t *value)
{
    size_t count = json_is_object(value) ? json_object_size(value) : json_array_size(value);
    if (count == 0 || random_below(8) == 0) {
        json_decref(value);
        return strange_value();
    }
    size_t at = random_below(count), act = random_below(8);
    if (json_is_array(value)) {
        if (act == 0)
            json_array_remove(value, at);
        else if (act == 1)
            json_array_insert_new(value, at, json_deep_copy(json_array_get(value, at)));
        else
            json_array_set_new(value, at, change(json_deep_copy(json_array_get(value, at))));
        return value;
    }
    void *member = json_object_iter(value);
    while (at-- > 0)
        member = json_object_iter_next(value, member);
    if (act == 0)
        json_object_del(value, json_object_iter_key(member));
    else if (act == 1)
        json_object_set_new(value, random_below(2) ? "from" : ALICE, strange_value());
    else
        json_object_iter_set_new(value, member, change(json_deep_copy(json_object_iter_value(member))));
    return value;
}

/* A bit, a byte, a run removed or doubled, the end cut. */
static size_t break_text(char *text, size_t size, size_t capacity)
{
    for (size_t changes = 1 + random_below(3); changes > 0 && size > 0; changes--) {
        size_t at = random_below(size), length = 1 + random_below(size - at < 64 ? size - at : 64);
        switch (random_below(5)) {
        case 0: text[at] = (char)(text[at] ^ (1 << random_below(8))); break;
        case 1: text[at] = "\"{}[],:0x\\\0\xff"[random_below(12)]; break;
        case 2:
            memmove(text + at, text + at + length, size - at - length);
            size -= length;
            break;
        case 3:
            if (size + length <= capacity) {
                memmove(text + at + length, text + at, size - at);
                size += length;
            }
            break;
        default: size = random_below(3) ? size : at; break;
        }
    }
    return size;
}

/* ---- answers ---- */

static void check_one(const json_t *one)
{
    const json_t *error = json_object_get(one, "error"), *result = json_object_get(one, "result");
    const char *version = json_string_value(json_object_get(one, "jsonrpc"));
    assert_true(json_is_object(one));
    assert_true(version != NULL && strcmp(version, "2.0") == 0);
    assert_non_null(json_object_get(one, "id"));
    assert_true((error == NULL) != (result == NULL));
    if (error != NULL) {
        assert_true(json_is_number(json_object_get(error, "code")));
        assert_true(json_is_string(json_object_get(error, "message")));
    }
}

static void check_answer(size_t size)
{
    if (size == 0)
        return; /* to a notification */
    json_error_t why;
    json_t *root = json_loadb(answer, size, JSON_ALLOW_NUL, &why);
    if (root == NULL && json_error_code(&why) == json_error_numeric_overflow) /* ids come back as they came */
        root = json_loadb(answer, size, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, &why);
    if (root == NULL)
        fail_msg("%s: %.*s\nto %.2000s", why.text, (int)(size < 2000 ? size : 2000), answer, asked);
    if (!json_is_array(root))
        check_one(root);
    size_t i;
    json_t *one;
    json_array_foreach(root, i, one) check_one(one);
    json_decref(root);
}

static void fuzz_once(void)
{
    json_t *request = make_request();
    for (size_t changes = random_below(4); changes > 0; changes--)
        request = change(request);
    if (random_below(20) == 0) { /* a batch */
        json_t *batch = json_array();
        for (size_t i = 1 + random_below(4); i > 0; i--)
            json_array_append(batch, request);
        json_decref(request);
        request = batch;
    }
    char *text = json_dumps(request, JSON_ENCODE_ANY | JSON_COMPACT);
    assert_non_null(text);
    size_t size = strlen(text), capacity = 2 * size + 1024;
    text = realloc(text, capacity);
    assert_non_null(text);
    if (random_below(3) == 0)
        size = break_text(text, size, capacity - 1);
    text[size] = 0;
    if (getenv("FUZZ_SHOW") != NULL)
        fprintf(stderr, "%.*s\n", (int)(size < 4000 ? size : 4000), text);
    check_answer(answer_to(text, size));
    json_decref(request);
    free(text);
}

static void test_changed_requests(void **unused)
{
    (void)unused;
    arena_open(&memory, (size_t)8 << 30);
    answer = malloc(ANSWER_BYTES);
    assert_non_null(answer);
    open_chain();
    static const char discover[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"rpc_discover\",\"params\":[]}";
    json_t *description = json_loadb(answer, answer_to(discover, sizeof discover - 1), 0, NULL);
    methods = json_object_get(json_object_get(description, "result"), "methods");
    assert_true(json_array_size(methods) > 50);
    for (size_t i = 0; i < request_count; i++) {
        if (i % REQUESTS_OF_A_CHAIN == REQUESTS_OF_A_CHAIN - 1) {
            close_chain();
            open_chain();
        }
        fuzz_once();
    }
    close_chain();
    json_decref(description);
    free(answer);
    arena_close(&memory);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        request_count = strtoull(argv[1], NULL, 10);
    if (argc > 2)
        seed = strtoull(argv[2], NULL, 10) | 1;
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_changed_requests)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
