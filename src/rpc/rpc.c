#define _GNU_SOURCE
#include "rpc/internal.h"

#include "base/clock.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

typedef struct {
    const char *name, *parameters, *result;
    unsigned flags;
    void (*run)(rpc_call *c);
} method;

static const method METHODS[] = {
#define RPC_METHOD(name, parameters, result, flags) {#name, parameters, result, flags, rpc_##name},
#include "rpc/methods.def"
#undef RPC_METHOD
};
enum { METHOD_COUNT = sizeof METHODS / sizeof METHODS[0] };
static const char *const METHOD_NAMES[METHOD_COUNT] = {
#define RPC_METHOD(name, parameters, result, flags) #name,
#include "rpc/methods.def"
#undef RPC_METHOD
};

rpc_options rpc_options_default(void)
{
    return (rpc_options){
        .call_timeout_ms = 5000,
        .log_limit = 100000,
        .batch_limit = 1000,
    };
}

/* ---- dispatch ---- */

/* How many parameters there may be, and how many there must be. */
static void count_parameters(const char *list, size_t *most, size_t *least)
{
    *most = *least = 0;
    while (*list != 0) {
        size_t size = strcspn(list, " ");
        ++*most;
        if (list[size - 1] != '?')
            *least = *most;
        list += size;
        list += *list == ' ';
    }
}

static bool is_served(const rpc *r, const method *m)
{
    return (!(m->flags & RPC_DEVELOPMENT) || r->options.development_methods) &&
           (!(m->flags & RPC_DEBUG) || r->options.debug_methods) &&
           (!(m->flags & RPC_TESTING) || r->options.testing_methods);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp((*(const method *const *)a)->name, (*(const method *const *)b)->name);
}

/* METHODS by name: a message is looked up twice. */
static const method *by_name[METHOD_COUNT];
static void sort_methods(void)
{
    for (size_t i = 0; i < METHOD_COUNT; i++)
        by_name[i] = &METHODS[i];
    qsort(by_name, METHOD_COUNT, sizeof by_name[0], compare_names);
}

/* NULL where there is none, or it is not served. */
static const method *find_method(const rpc *r, const char *name)
{
    const method key = {.name = name}, *wanted = &key;
    const method **found = bsearch(&wanted, by_name, METHOD_COUNT, sizeof by_name[0], compare_names);
    if (found != NULL)
        return is_served(r, *found) ? *found : NULL;
    if (strncmp(name, "anvil_", 6) != 0)
        return NULL;
    char other[64];
    snprintf(other, sizeof other, "hardhat_%s", name + 6);
    const method *m = find_method(r, other);
    snprintf(other, sizeof other, "evm_%s", name + 6);
    return m != NULL ? m : find_method(r, other);
}

static void run_method(rpc_call *c, const method *m)
{
    if (m == NULL) {
        rpc_error(c, RPC_METHOD_UNKNOWN, "the method %.200s does not exist/is not available", c->method);
        return;
    }
    if ((m->flags & RPC_SOCKET) && c->connection == 0) {
        rpc_error(c, RPC_METHOD_UNKNOWN, "notifications not supported");
        return;
    }
    size_t most, least, given = json_array_size(c->parameters);
    count_parameters(m->parameters, &most, &least);
    if (given > most) {
        rpc_error(c, RPC_INVALID_PARAMETERS, "too many arguments, want at most %zu", most);
        return;
    }
    for (size_t i = 0; i < least; i++)
        if (rpc_parameter(c, i) == NULL) {
            rpc_error(c, RPC_INVALID_PARAMETERS, "missing value for required argument %zu", i);
            return;
        }
    m->run(c);
}

/* Counts the call, and says what an operator should hear of: our own failures, and what takes long. What
 * clients do wrong is theirs. */
static void note_call(const rpc_call *c, const method *m, double start)
{
    const double SLOW_SECONDS = 1;
    double seconds = clock_seconds() - start;
    metrics_request(m == NULL ? METRICS_METHOD_UNKNOWN : (size_t)(m - METHODS), c->error != 0, seconds);
    if (c->error != 0)
        log_event(c->error == RPC_INTERNAL ? LOG_ERROR : LOG_DEBUG, "call failed",
                  log_text("method", c->method), log_text("error", c->message),
                  log_real("ms", 1000 * seconds));
    else if (seconds > SLOW_SECONDS)
        log_event(LOG_WARN, "slow call", log_text("method", c->method), log_real("ms", 1000 * seconds));
}

/* ---- ids ---- */

/* As geth has it, whatever is no list and no object. */
static bool is_id(const json_t *id) { return id != NULL && !json_is_object(id) && !json_is_array(id); }

/* A number that is no integer of 64 bits is answered with the same digits: they are kept in a member that is
 * set for exactly such ids. */
#define ID_AS_IT_CAME "id as it came"

static const char *end_of_string(const char *at, const char *end)
{
    for (at++; at < end && *at != '"'; at++)
        at += *at == '\\';
    return at < end ? at + 1 : end;
}

/* The text of a number that is the last member "id" of an object, or nothing; `message` is JSON that begins
 * with the object. *next: after it. */
static bytes find_id(const char **next, const char *message, const char *end)
{
    bytes id = {0};
    unsigned depth = 0;
    char before = 0; /* of what is no space */
    const char *at = message;
    do {
        const char *from = at;
        at = *at == '"' ? end_of_string(at, end) : at + 1;
        bool is_name = *from == '"' && depth == 1 && (before == '{' || before == ',');
        depth += *from == '{' || *from == '[';
        depth -= *from == '}' || *from == ']';
        if (strchr(" \t\r\n", *from) == NULL)
            before = *from;
        if (is_name && at - from == 4 && memcmp(from, "\"id\"", 4) == 0) {
            while (at < end && strchr(" \t\r\n:", *at) != NULL)
                at++;
            size_t size = 0;
            while (at + size < end && strchr("+-.0123456789eE", at[size]) != NULL)
                size++;
            id = (bytes){(const uint8_t *)at, size};
        }
    } while (at < end && depth > 0);
    *next = at;
    return id;
}

static void keep_id(json_t *request, bytes text)
{
    if (json_is_real(json_object_get(request, "id")))
        json_object_set_new(request, ID_AS_IT_CAME, json_stringn((const char *)text.data, text.size));
}

static void keep_ids(json_t *root, const char *message, size_t size_bytes)
{
    const char *at = message, *end = message + size_bytes;
    size_t i;
    json_t *request;
    if (json_is_object(root) && json_is_real(json_object_get(root, "id")))
        keep_id(root, find_id(&at, memchr(message, '{', size_bytes), end));
    bool is_wanted = false;
    json_array_foreach (root, i, request)
        is_wanted |= json_is_real(json_object_get(request, "id"));
    at = is_wanted ? (const char *)memchr(message, '[', size_bytes) + 1 : end;
    for (i = 0; at < end && i < json_array_size(root); i++) {
        while (strchr(", \t\r\n", *at) != NULL)
            at++;
        if (json_is_object(json_array_get(root, i)) || json_is_array(json_array_get(root, i)))
            keep_id(json_array_get(root, i), find_id(&at, at, end));
        else
            at = *at == '"' ? end_of_string(at, end) : at + strcspn(at, ",]");
    }
}

/* ---- one request ---- */

/* Of the request that is answered; NULL: of none. */
static void begin_response(rpc_writer *w, const json_t *request)
{
    const json_t *id = json_object_get(request, "id"), *text = json_object_get(request, ID_AS_IT_CAME);
    rpc_begin_object(w);
    RPC_MEMBER(w, "jsonrpc", string, "2.0");
    rpc_key(w, "id");
    if (!is_id(id))
        rpc_null(w);
    else if (json_is_real(id) && json_string_length(text) > 0)
        rpc_raw(w, json_string_value(text), json_string_length(text));
    else
        rpc_json(w, id);
}

static void respond_error(rpc_writer *w, const json_t *request, int code, const char *message,
                          const bytes *data)
{
    char number[16];
    begin_response(w, request);
    rpc_key(w, "error");
    rpc_begin_object(w);
    rpc_key(w, "code");
    rpc_raw(w, number, (size_t)snprintf(number, sizeof number, "%d", code));
    RPC_MEMBER(w, "message", string, message);
    if (data != NULL)
        RPC_MEMBER(w, "data", data, data->data, data->size);
    rpc_end_object(w);
    rpc_end_object(w);
}

static json_t *in_order(const method *m, const json_t *named)
{
    json_t *list = json_array();
    for (const char *at = m->parameters; *at != 0;) {
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(at, ":"), at);
        json_t *value = json_object_get(named, name);
        json_array_append_new(list, value != NULL ? json_incref(value) : json_null());
        at += strcspn(at, " ");
        at += *at == ' ';
    }
    return list;
}

/* One request. A notification (without an id) gets no answer. False: it cannot be answered at once. */
static bool answer_one(rpc *r, rpc_exchange *exchange, json_t *request)
{
    rpc_writer *w = exchange->out;
    const json_t *id = json_object_get(request, "id");
    json_t *name = json_object_get(request, "method"), *parameters = json_object_get(request, "params");
    const char *version = json_string_value(json_object_get(request, "jsonrpc"));
    if (!json_is_object(request) || version == NULL || strcmp(version, "2.0") != 0 || !json_is_string(name) ||
        (id != NULL && !is_id(id))) {
        respond_error(w, request, RPC_INVALID_REQUEST, "invalid request", NULL);
        return true;
    }
    const method *m = find_method(r, json_string_value(name));
    if (m == NULL)
        parameters = NULL; /* unknown whatever it is given */
    bool is_named = m != NULL && (m->flags & RPC_NAMED) != 0 && json_is_object(parameters);
    if (parameters != NULL && !is_named && !json_is_array(parameters) && !json_is_null(parameters)) {
        respond_error(w, request, RPC_INVALID_PARAMETERS, "non-array args", NULL);
        return true;
    }
    rpc_call c = {
        .r = r,
        .chain = r->chain,
        .memory = exchange->memory,
        .out = w,
        .connection = exchange->connection,
        .arrived_ms = exchange->arrived_ms,
        .at_once = exchange->at_once,
        .method = json_string_value(name),
        .parameters = is_named                    ? in_order(m, parameters)
                      : json_is_array(parameters) ? json_incref(parameters)
                                                  : json_array(),
    };
    size_t begin = w->size_bytes, mark = exchange->memory->used_bytes;
    double start = clock_seconds();
    begin_response(w, request);
    rpc_key(w, "result");
    run_method(&c, m);
    rpc_end_object(w);
    if (c.error == 0 && w->full)
        rpc_error(&c, RPC_LIMIT, "response too large");
    if (c.at_once && c.error != 0 && c.view != NULL && store_view_is_late(c.view))
        c.is_late = true;
    if (!c.is_late)
        note_call(&c, m, start);
    if (c.error != 0) {
        w->size_bytes = begin;
        w->full = false;
        respond_error(w, request, c.error, c.message, c.has_error_data ? &c.error_data : NULL);
    }
    if (id == NULL)
        w->size_bytes = begin;
    if (c.view != NULL)
        store_view_close(c.view);
    json_decref(c.parameters);
    arena_rewind(exchange->memory, mark);
    return !c.is_late;
}

/* What asks for the pending block, whose transactions are under the lock. */
static bool asks_for_pending(const json_t *parameters)
{
    size_t i;
    json_t *value;
    json_array_foreach (parameters, i, value)
        if (json_is_string(value) && strcmp(json_string_value(value), "pending") == 0)
            return true;
    return false;
}

static rpc_cost cost_of(const rpc *r, const json_t *request)
{
    const char *name = json_string_value(json_object_get(request, "method"));
    const method *m = name == NULL ? NULL : find_method(r, name);
    if (m == NULL)
        return json_is_object(request) ? RPC_COST_LIGHT : RPC_COST_ORDINARY; /* refused */
    bool waits = asks_for_pending(json_object_get(request, "params"));
    if (m->flags & RPC_HEAVY)
        return (m->flags & RPC_TRIED) && !waits ? RPC_COST_UNKNOWN : RPC_COST_HEAVY;
    return (m->flags & RPC_LIGHT) && !waits ? RPC_COST_LIGHT : RPC_COST_ORDINARY;
}

/* NULL where it is no JSON. */
static void *parse(void *context, const char *message, size_t size_bytes, rpc_cost *cost)
{
    enum { MANY = 20 };
    json_error_t error;
    const size_t flags = JSON_DECODE_ANY | JSON_ALLOW_NUL;
    json_t *root = json_loadb(message, size_bytes, flags, &error);
    if (root == NULL && json_error_code(&error) == json_error_numeric_overflow)
        root = json_loadb(message, size_bytes, flags | JSON_DECODE_INT_AS_REAL, &error);
    keep_ids(root, message, size_bytes);
    if (!json_is_array(root)) {
        *cost = root == NULL ? RPC_COST_LIGHT : cost_of(context, root);
        return root;
    }
    *cost = RPC_COST_LIGHT;
    for (size_t i = 0; i < json_array_size(root); i++) {
        rpc_cost one = cost_of(context, json_array_get(root, i));
        one = one == RPC_COST_UNKNOWN ? RPC_COST_HEAVY : one;
        *cost = one > *cost ? one : *cost;
    }
    if (json_array_size(root) > MANY)
        *cost = RPC_COST_HEAVY;
    return root;
}

static void forget(void *context, void *request)
{
    (void)context;
    json_decref(request);
}

static bool answer(void *context, rpc_exchange *exchange, void *request)
{
    rpc *r = context;
    rpc_writer *w = exchange->out;
    json_t *root = request;
    if (root == NULL) {
        respond_error(w, NULL, RPC_PARSE_ERROR, "parse error", NULL);
        return true;
    }
    if (!json_is_array(root)) {
        if (!answer_one(r, exchange, root))
            return false;
    } else if (json_array_size(root) == 0) {
        respond_error(w, NULL, RPC_INVALID_REQUEST, "empty batch", NULL);
    } else if (json_array_size(root) > r->options.batch_limit) {
        respond_error(w, NULL, RPC_INVALID_REQUEST, "batch too large", NULL);
    } else {
        size_t begin = w->size_bytes;
        rpc_begin_array(w);
        size_t empty = w->size_bytes;
        for (size_t i = 0; i < json_array_size(root); i++)
            if (!answer_one(r, exchange, json_array_get(root, i)))
                return false; /* what is light has changed nothing */
        if (w->size_bytes == empty)
            w->size_bytes = begin; /* notifications only */
        else
            rpc_end_array(w);
    }
    json_decref(root);
    return true;
}

void rpc_answer(rpc *r, rpc_exchange *exchange, const char *message, size_t size_bytes)
{
    rpc_cost cost;
    exchange->at_once = false;
    (void)answer(r, exchange, parse(r, message, size_bytes, &cost));
}

/* ---- the node under it ---- */

static bool page(void *context, const char *path, rpc_page *out)
{
    rpc *r = context;
    return rpc_proof_page(r, path, out) ||
           (r->options.page != NULL && r->options.page(r->options.page_context, path, out));
}

static void carried(void *context, const rpc_carrier *carrier)
{
    rpc *r = context;
    r->carrier = carrier != NULL ? *carrier : (rpc_carrier){0};
}

rpc *rpc_open(node *n, const rpc_options *options)
{
    rpc *r = calloc(1, sizeof *r);
    if (r == NULL)
        return NULL;
    r->chain = n;
    if (getrandom(r->instance.bytes, sizeof r->instance.bytes, 0) != sizeof r->instance.bytes) {
        free(r);
        return NULL;
    }
    r->options = *options;
    pthread_mutex_init(&r->lock, NULL);
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&r->tick, &clock);
    pthread_condattr_destroy(&clock);
    static pthread_once_t sorted = PTHREAD_ONCE_INIT;
    pthread_once(&sorted, sort_methods);
    metrics_name_methods(METHOD_NAMES, METHOD_COUNT);
    r->filters = rpc_filters_open(r);
    rpc_filters_listen(r->filters);
    return r;
}

void rpc_close(rpc *r)
{
    node_set_listener(r->chain, NULL);
    rpc_filters_close(r->filters);
    if (r->page_memory.base != NULL)
        arena_close(&r->page_memory);
    pthread_mutex_destroy(&r->lock);
    pthread_cond_destroy(&r->tick);
    free(r);
}

rpc_handler rpc_handler_of(rpc *r)
{
    return (rpc_handler){
        .context = r,
        .carried = carried,
        .parse = parse,
        .answer = answer,
        .forget = forget,
        .answered = rpc_filters_answered,
        .closed = rpc_filters_closed,
        .publish = rpc_filters_publish,
        .page = page,
    };
}

void rpc_run(rpc *r, volatile int *stop)
{
    enum { LONGEST_WAIT_MS = 100 }; /* how late a stop may be seen */
    while (!*stop) {
        rpc_lock(r);
        status s = node_tick(r->chain);
        if (s != OK)
            log_event(LOG_ERROR, "block not made", log_text("why", node_error_text()));
        int wait_ms = node_next_tick_ms(r->chain);
        if (wait_ms < 0 || wait_ms > LONGEST_WAIT_MS)
            wait_ms = LONGEST_WAIT_MS;
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += (wait_ms < 1 ? 1 : wait_ms) * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&r->tick, &r->lock, &until);
        rpc_unlock(r);
    }
}

/* ---- what is served ---- */

static void write_schema(rpc_writer *w, const char *name, size_t size)
{
    char reference[64];
    snprintf(reference, sizeof reference, "#/components/schemas/%.*s", (int)size, name);
    rpc_key(w, "schema");
    rpc_begin_object(w);
    RPC_MEMBER(w, "$ref", string, reference);
    rpc_end_object(w);
}

static const struct {
    const char *name, *json;
} SCHEMAS[] = {
    {"Any", "{}"},
    {"Object", "{\"type\":[\"object\",\"null\"]}"},
    {"Array", "{\"type\":[\"array\",\"null\"]}"},
    {"String", "{\"type\":\"string\"}"},
    {"Boolean", "{\"type\":\"boolean\"}"},
    {"Quantity", "{\"type\":\"string\",\"pattern\":\"^0x(0|[1-9a-f][0-9a-f]*)$\"}"},
    {"Data", "{\"type\":\"string\",\"pattern\":\"^0x([0-9a-fA-F]{2})*$\"}"},
    {"Slot", "{\"type\":\"string\",\"pattern\":\"^0x[0-9a-fA-F]{0,64}$\"}"},
    {"Hash", "{\"type\":\"string\",\"pattern\":\"^0x[0-9a-fA-F]{64}$\"}"},
    {"Address", "{\"type\":\"string\",\"pattern\":\"^0x[0-9a-fA-F]{40}$\"}"},
    {"Batch", "{\"oneOf\":[{\"enum\":[\"latest\",\"proven\"]},"
              "{\"type\":\"string\",\"pattern\":\"^0x[0-9a-fA-F]+$\"}]}"},
    {"Block", "{\"oneOf\":[{\"enum\":[\"latest\",\"earliest\",\"pending\",\"safe\",\"finalized\"]},"
              "{\"type\":\"string\",\"pattern\":\"^0x[0-9a-fA-F]+$\"},{\"type\":\"object\"}]}"},
};

static void describe(rpc_writer *w, const method *m)
{
    rpc_begin_object(w);
    RPC_MEMBER(w, "name", string, m->name);
    rpc_key(w, "params");
    rpc_begin_array(w);
    for (const char *at = m->parameters; *at != 0;) {
        size_t name = strcspn(at, ":"), all = strcspn(at, " ");
        bool optional = at[all - 1] == '?';
        rpc_begin_object(w);
        rpc_key(w, "name");
        rpc_text(w, at, name);
        RPC_MEMBER(w, "required", bool, !optional);
        write_schema(w, at + name + 1, all - name - 1 - optional);
        rpc_end_object(w);
        at += all;
        at += *at == ' ';
    }
    rpc_end_array(w);
    rpc_key(w, "result");
    rpc_begin_object(w);
    RPC_MEMBER(w, "name", string, "result");
    write_schema(w, m->result, strlen(m->result));
    rpc_end_object(w);
    rpc_end_object(w);
}

void rpc_rpc_discover(rpc_call *c)
{
    rpc_writer *w = c->out;
    rpc_begin_object(w);
    RPC_MEMBER(w, "openrpc", string, "1.3.2");
    rpc_key(w, "info");
    rpc_begin_object(w);
    RPC_MEMBER(w, "title", string, "Ashlar");
    RPC_MEMBER(w, "version", string, ASHLAR_VERSION);
    rpc_end_object(w);
    rpc_key(w, "methods");
    rpc_begin_array(w);
    for (size_t i = 0; i < METHOD_COUNT; i++)
        if (is_served(c->r, &METHODS[i]))
            describe(w, &METHODS[i]);
    rpc_end_array(w);
    rpc_key(w, "components");
    rpc_begin_object(w);
    rpc_key(w, "schemas");
    rpc_begin_object(w);
    for (size_t i = 0; i < sizeof SCHEMAS / sizeof SCHEMAS[0]; i++) {
        rpc_key(w, SCHEMAS[i].name);
        rpc_raw(w, SCHEMAS[i].json, strlen(SCHEMAS[i].json));
    }
    rpc_end_object(w);
    rpc_end_object(w);
    rpc_end_object(w);
}

/* Of "eth_call" the "eth_". */
static size_t module_size(const method *m) { return strcspn(m->name, "_") + 1; }

static bool is_first_of_module(const rpc *r, const method *m)
{
    for (const method *earlier = METHODS; earlier < m; earlier++)
        if (is_served(r, earlier) && strncmp(earlier->name, m->name, module_size(m)) == 0)
            return false;
    return is_served(r, m);
}

void rpc_rpc_modules(rpc_call *c)
{
    rpc_writer *w = c->out;
    rpc_begin_object(w);
    for (const method *m = METHODS; m < METHODS + METHOD_COUNT; m++) {
        if (!is_first_of_module(c->r, m))
            continue;
        char module[32];
        snprintf(module, sizeof module, "%.*s", (int)module_size(m) - 1, m->name);
        RPC_MEMBER(w, module, string, "1.0");
    }
    rpc_end_object(w);
}
