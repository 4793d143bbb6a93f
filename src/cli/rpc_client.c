#define _GNU_SOURCE
#include "cli/rpc_client.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

struct rpc_client {
    rpc_client_options options;
    CURL *curl;
    struct curl_slist *headers;
    char host[256];
    char *answer;
    size_t answer_bytes, capacity_bytes;
    bool too_large, showed;
    char message[512];
};

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

static int progress(void *context, curl_off_t all, curl_off_t come, curl_off_t up_all, curl_off_t up)
{
    rpc_client *c = context;
    (void)all;
    (void)up_all;
    (void)up;
    if (come >= 1 << 20) {
        fprintf(stderr, "\r%s received ", size_text((uint64_t)come));
        c->showed = true;
    }
    return 0;
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

int rpc_client_open(rpc_client **out, const command *command, const rpc_client_options *options)
{
    *out = NULL;
    rpc_client *c = calloc(1, sizeof *c);
    if (c == NULL || (c->curl = curl_easy_init()) == NULL) {
        free(c);
        return fail(EXIT_INPUT, "out of memory");
    }
    c->options = *options;
    if (!take_host(c, options->url)) {
        rpc_client_close(c);
        return fail_usage(command, "the URL must be http://… or https://…");
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
    curl_easy_setopt(c->curl, CURLOPT_NOPROGRESS, options->shows_progress ? 0L : 1L);
    *out = c;
    return EXIT_FINE;
}

void rpc_client_close(rpc_client *c)
{
    if (c == NULL)
        return;
    curl_easy_cleanup(c->curl);
    curl_slist_free_all(c->headers);
    free(c->answer);
    free(c);
}

const char *rpc_client_host(const rpc_client *c) { return c->host; }

static int post(rpc_client *c, const char *method, const char *body)
{
    long http_code = 0;
    c->answer_bytes = 0;
    c->too_large = c->showed = false;
    curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, body);
    CURLcode outcome = curl_easy_perform(c->curl);
    curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &http_code);
    if (c->showed)
        fputs("\r\33[K", stderr);
    if (c->too_large)
        return fail(EXIT_INPUT, "%s: the answer to %s is larger than %s", c->host, method,
                    size_text(c->options.most_bytes));
    if (outcome == CURLE_OPERATION_TIMEDOUT)
        return fail(EXIT_INPUT, "%s: no whole answer to %s in time (--timeout, now %u s)", c->host, method,
                    c->options.timeout_seconds);
    if (outcome == CURLE_PARTIAL_FILE || outcome == CURLE_GOT_NOTHING || outcome == CURLE_RECV_ERROR)
        return fail(EXIT_INPUT, "%s: the answer to %s was cut off", c->host, method);
    if (outcome != CURLE_OK)
        return fail(EXIT_INPUT, "%s: %s", c->host, curl_easy_strerror(outcome));
    /* Some nodes send errors of JSON-RPC with a code of HTTP; the text says more. */
    if (http_code != 200 && (c->answer_bytes == 0 || c->answer[0] != '{'))
        return fail(EXIT_INPUT, "%s: answers %s with HTTP code %ld", c->host, method, http_code);
    return EXIT_FINE;
}

int rpc_client_call(rpc_client *c, json_t **result, int *code, const char **message, const char *method,
                    json_t *parameters)
{
    *result = NULL;
    json_t *request = json_pack("{s:s,s:i,s:s,s:o}", "jsonrpc", "2.0", "id", 1, "method", method, "params",
                                parameters);
    char *body = json_dumps(request, JSON_COMPACT);
    json_decref(request);
    int failed = post(c, method, body);
    free(body);
    if (failed != EXIT_FINE)
        return failed;
    json_error_t wrong;
    json_t *answer = json_loadb(c->answer, c->answer_bytes, 0, &wrong);
    if (answer == NULL)
        return fail(EXIT_INPUT, "%s: the answer to %s is no JSON (%s)", c->host, method, wrong.text);
    const json_t *error = json_object_get(answer, "error");
    json_t *got = json_object_get(answer, "result");
    if (json_is_object(error)) {
        const char *text = json_string_value(json_object_get(error, "message"));
        snprintf(c->message, sizeof c->message, "%s", text != NULL ? text : "without a message");
        for (char *at = c->message; *at != 0; at++) /* it goes to a terminal, and may be anything */
            *at = *at >= ' ' && *at <= '~' ? *at : '?';
        *code = (int)json_integer_value(json_object_get(error, "code"));
        *message = c->message;
    } else if (got == NULL) {
        failed = fail(EXIT_INPUT, "%s: the answer to %s is no JSON-RPC", c->host, method);
    } else {
        *result = json_incref(got);
    }
    json_decref(answer);
    return failed;
}
