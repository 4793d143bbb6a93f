#define _GNU_SOURCE
#include "settle/rpc_client.h"

#include "base/check.h"
#include "base/version.h"

#include <curl/curl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rpc_client {
    rpc_client_options options;
    CURL *curl;
    struct curl_slist *headers;
    char host[256];
    char *answer;
    size_t answer_bytes, capacity_bytes;
    bool too_large, too_slow, showed;
    const atomic_bool *stop; /* NULL: nobody gives up */
    long http_code;
    json_t *error; /* of the last answer; NULL: none */
    int code;
    char message[512], text[1024];
};

static status failed(rpc_client *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
static status failed(rpc_client *c, const char *format, ...)
{
    va_list arguments;
    int host = snprintf(c->text, sizeof c->text, "%s: ", c->host);
    va_start(arguments, format);
    vsnprintf(c->text + host, sizeof c->text - (size_t)host, format, arguments);
    va_end(arguments);
    return REMOTE_FAILED;
}

static size_t receive(char *data, size_t size, size_t count, void *context)
{
    rpc_client *c = context;
    size_t size_bytes = size * count, needed = c->answer_bytes + size_bytes;
    if (needed > c->options.most_bytes) {
        c->too_large = true;
        return 0;
    }
    if (needed > c->capacity_bytes) {
        size_t capacity = needed > 2 * c->capacity_bytes ? needed : 2 * c->capacity_bytes;
        char *larger = realloc(c->answer, capacity);
        if (larger == NULL)
            return 0;
        c->answer = larger;
        c->capacity_bytes = capacity;
    }
    memcpy(c->answer + c->answer_bytes, data, size_bytes);
    c->answer_bytes = needed;
    return size_bytes;
}

static bool gives_up(const rpc_client *c) { return c->stop != NULL && *c->stop; }

static int progress(void *context, curl_off_t all, curl_off_t come, curl_off_t up_all, curl_off_t up)
{
    rpc_client *c = context;
    (void)all;
    (void)up_all;
    (void)up;
    if (c->options.progress != NULL && come >= 1 << 20) {
        c->options.progress((uint64_t)come);
        c->showed = true;
    }
    return gives_up(c); /* called every second at least */
}

/* "https://host:port" of a URL that may carry a user and a key. */
static bool take_host(rpc_client *c, const char *url)
{
    CURLU *parts = curl_url();
    char *scheme = NULL, *host = NULL, *port = NULL;
    bool good = parts != NULL && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
                curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
                (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);
    if (good && curl_url_get(parts, CURLUPART_PORT, &port, 0) == CURLUE_OK)
        snprintf(c->host, sizeof c->host, "%s://%s:%s", scheme, host, port);
    else if (good)
        snprintf(c->host, sizeof c->host, "%s://%s", scheme, host);
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(parts);
    return good;
}

status rpc_client_open(rpc_client **out, const rpc_client_options *options)
{
    *out = NULL;
    rpc_client *c = calloc(1, sizeof *c);
    CHECK(c != NULL);
    CHECK((c->curl = curl_easy_init()) != NULL);
    c->options = *options;
    if (!take_host(c, options->url)) {
        rpc_client_close(c);
        return REMOTE_URL_WRONG;
    }
    c->headers = curl_slist_append(NULL, "Content-Type: application/json");
    curl_easy_setopt(c->curl, CURLOPT_URL, options->url);
    curl_easy_setopt(c->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, c->headers);
    curl_easy_setopt(c->curl, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(c->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c->curl, CURLOPT_CONNECTTIMEOUT, 10L);
    curl_easy_setopt(c->curl, CURLOPT_TIMEOUT, (long)options->timeout_seconds);
    curl_easy_setopt(c->curl, CURLOPT_USERAGENT, "ashlar/" ASHLAR_VERSION);
    curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, c);
    curl_easy_setopt(c->curl, CURLOPT_XFERINFOFUNCTION, progress);
    curl_easy_setopt(c->curl, CURLOPT_XFERINFODATA, c);
    curl_easy_setopt(c->curl, CURLOPT_NOPROGRESS, 0L);
    *out = c;
    return OK;
}

void rpc_client_close(rpc_client *c)
{
    if (c == NULL)
        return;
    curl_easy_cleanup(c->curl);
    curl_slist_free_all(c->headers);
    json_decref(c->error);
    free(c->answer);
    free(c);
}

void rpc_client_give_up_on(rpc_client *c, const atomic_bool *stop) { c->stop = stop; }

const char *rpc_client_host(const rpc_client *c) { return c->host; }

const char *rpc_client_error_text(const rpc_client *c) { return c->text; }

bool rpc_client_asked_too_much(const rpc_client *c) { return c->too_large || c->too_slow; }

/* By what the providers say; none of it stands in a specification. */
static bool is_for_now(const rpc_client *c)
{
    static const char *const words[] = {"rate limit", "rate exceeded",  "too many requests", "request limit",
                                        "per second", "requests per", "compute units",     "quota"};
    bool found = c->http_code == 429;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        found = found || strcasestr(c->message, words[i]) != NULL;
    return found;
}

rpc_client_refusal rpc_client_refused(const rpc_client *c)
{
    const json_t *data = json_object_get(c->error, "data");
    if (json_is_object(data)) /* some nodes put it a level deeper */
        data = json_object_get(data, "data");
    return (rpc_client_refusal){c->code, c->message, json_string_value(data), is_for_now(c)};
}

static status post(rpc_client *c, const char *method, const char *body)
{
    c->answer_bytes = 0;
    c->http_code = 0;
    c->too_large = c->too_slow = c->showed = false;
    if (gives_up(c))
        return failed(c, "is not asked any more");
    curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, body);
    CURLcode outcome = curl_easy_perform(c->curl);
    curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &c->http_code);
    if (c->showed)
        c->options.progress(UINT64_MAX);
    if (c->too_large)
        return failed(c, "the answer to %s is larger than %zu MiB", method, c->options.most_bytes >> 20);
    if (outcome == CURLE_ABORTED_BY_CALLBACK)
        return failed(c, "is not waited for any more");
    c->too_slow = outcome == CURLE_OPERATION_TIMEDOUT;
    if (c->too_slow)
        return failed(c, "no whole answer to %s in %u s", method, c->options.timeout_seconds);
    if (outcome == CURLE_PARTIAL_FILE || outcome == CURLE_GOT_NOTHING || outcome == CURLE_RECV_ERROR)
        return failed(c, "the answer to %s was cut off", method);
    if (outcome != CURLE_OK)
        return failed(c, "%s", curl_easy_strerror(outcome));
    /* Some nodes send errors of JSON-RPC with a code of HTTP; the text says more. */
    if (c->http_code != 200 && (c->answer_bytes == 0 || c->answer[0] != '{'))
        return failed(c, "answers %s with HTTP code %ld", method, c->http_code);
    return OK;
}

static status refused(rpc_client *c, const char *method)
{
    const char *text = json_string_value(json_object_get(c->error, "message"));
    snprintf(c->message, sizeof c->message, "%s", text != NULL ? text : "without a message");
    for (char *at = c->message; *at != 0; at++) /* it goes to a terminal, and may be anything */
        *at = *at >= ' ' && *at <= '~' ? *at : '?';
    c->code = (int)json_integer_value(json_object_get(c->error, "code"));
    failed(c, "refuses %s: %s (%d)", method, c->message, c->code);
    return REMOTE_REFUSED;
}

status rpc_client_call(rpc_client *c, json_t **result, const char *method, json_t *parameters)
{
    *result = NULL;
    json_decref(c->error);
    c->error = NULL;
    json_t *request = json_pack("{s:s,s:i,s:s,s:o}", "jsonrpc", "2.0", "id", 1, "method", method, "params",
                                parameters);
    char *body = json_dumps(request, JSON_COMPACT);
    json_decref(request);
    status s = post(c, method, body);
    free(body);
    if (s != OK)
        return s;
    json_error_t wrong;
    json_t *answer = json_loadb(c->answer, c->answer_bytes, JSON_ALLOW_NUL, &wrong);
    if (answer == NULL)
        return failed(c, "the answer to %s is no JSON (%s)", method, wrong.text);
    json_t *error = json_object_get(answer, "error"), *got = json_object_get(answer, "result");
    if (json_is_object(error)) {
        c->error = json_incref(error);
        s = refused(c, method);
    } else if (got == NULL) {
        s = failed(c, "the answer to %s is no JSON-RPC", method);
    } else {
        *result = json_incref(got);
    }
    json_decref(answer);
    return s;
}
