/* HTTP/1.1 by libmicrohttpd, which parses heads and bodies, chunked ones too, and answers the requests of a
 * connection in their order, one after another. */
#define _GNU_SOURCE
#include "serve/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    HEAD_BYTES = 1 << 14,         /* of a request */
    ANSWER_HEAD_BYTES = 1 << 12, /* the library has one room for both: what the answer's takes */
};

static const char *header_of(const connection *c, const char *name)
{
    return MHD_lookup_connection_value(c->http, MHD_HEADER_KIND, name);
}

static enum MHD_Result send_response(connection *c, unsigned code, struct MHD_Response *response)
{
    connection_enter(c, CONNECTION_WRITES);
    enum MHD_Result queued = MHD_queue_response(c->http, code, response);
    MHD_destroy_response(response); /* the connection's from now on */
    return queued;
}

static void add_headers(connection *c, struct MHD_Response *response, const char *content_type)
{
    const char *origin = c->server->options.cors_origin;
    MHD_add_response_header(response, "Content-Type", content_type);
    MHD_add_response_header(response, "Server", "ashlar");
    if (origin != NULL) {
        MHD_add_response_header(response, "Access-Control-Allow-Origin", origin);
        MHD_add_response_header(response, "Access-Control-Allow-Methods", "POST, GET, OPTIONS");
        MHD_add_response_header(response, "Access-Control-Allow-Headers", "Content-Type, Authorization");
        MHD_add_response_header(response, "Access-Control-Max-Age", "600");
        MHD_add_response_header(response, "Vary", "Origin");
    }
}

static enum MHD_Result reply_text(connection *c, unsigned code, const char *text)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_PERSISTENT);
    if (response == NULL)
        return MHD_NO;
    add_headers(c, response, "text/plain; charset=utf-8");
    if (code == 400)
        MHD_add_response_header(response, "Connection", "close");
    return send_response(c, code, response);
}

static enum MHD_Result reply_page(connection *c, const char *path)
{
    const rpc_handler *handler = &c->server->handler;
    rpc_page page = {0};
    if (handler->page == NULL || !handler->page(handler->context, path, &page))
        return strcmp(path, "/") == 0 ? reply_text(c, 200, "") : reply_text(c, 404, "not found\n");
    const char *known = header_of(c, "If-None-Match");
    bool is_known = page.etag[0] != 0 && known != NULL && strcmp(known, page.etag) == 0;
    struct MHD_Response *response = MHD_create_response_from_buffer(
        is_known ? 0 : page.body.size, (void *)(uintptr_t)page.body.data, MHD_RESPMEM_MUST_COPY);
    if (response == NULL)
        return MHD_NO;
    add_headers(c, response, page.content_type);
    const struct {
        const char *name, *value;
    } headers[] = {
        {"Content-Security-Policy", page.content_security_policy},
        {"ETag", page.etag[0] == 0 ? NULL : page.etag},
        {"Cache-Control", page.etag[0] == 0 ? "no-store" : "no-cache"}, /* asked again each time */
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"},
    };
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
        if (headers[i].value != NULL)
            MHD_add_response_header(response, headers[i].name, headers[i].value);
    return send_response(c, is_known ? 304 : page.code == 0 ? 200 : page.code, response);
}

static void free_answer(void *data)
{
    parcel *p = (parcel *)(void *)((char *)data - offsetof(parcel, data));
    parcel_free(p);
}

static enum MHD_Result reply_answer(connection *c, parcel *answer)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer_with_free_callback(answer->size_bytes, answer->data, free_answer);
    if (response == NULL) {
        parcel_free(answer);
        return MHD_NO;
    }
    add_headers(c, response, "application/json");
    connection_queue(c, answer->size_bytes);
    return send_response(c, 200, response);
}

/* ---- what is refused ---- */

/* A page elsewhere whose name an attacker points at this machine must not be able to use the node. */
static bool host_allowed(const connection *c)
{
    const char *given = header_of(c, "Host");
    char host[256];
    if (c->server->options.any_host || given == NULL)
        return true;
    if (strlen(given) >= sizeof host)
        return false;
    strcpy(host, given);
    if (host[0] == '[')
        return true;
    char *colon = strchr(host, ':');
    if (colon != NULL)
        *colon = 0;
    return strcmp(host, "localhost") == 0 || strspn(host, "0123456789.") == strlen(host);
}

static bool origin_allowed(const connection *c)
{
    const char *origin = header_of(c, "Origin"), *host = header_of(c, "Host");
    const char *allowed = c->server->options.cors_origin;
    if (origin == NULL)
        return true; /* not a browser */
    if (allowed != NULL && (strcmp(allowed, "*") == 0 || strcmp(allowed, origin) == 0))
        return true;
    /* A page that this server itself gave. */
    const char *name = strstr(origin, "://");
    return name != NULL && host != NULL && strcmp(name + 3, host) == 0;
}

typedef struct {
    unsigned hosts, lengths, encodings;
    const char *length;
    bool differ, is_not_chunked, has_spaced_name;
} head_counts;

static enum MHD_Result count_header(void *context, enum MHD_ValueKind kind, const char *name,
                                    const char *value)
{
    (void)kind;
    head_counts *counts = context;
    counts->has_spaced_name |= strpbrk(name, " \t") != NULL;
    counts->hosts += strcasecmp(name, "Host") == 0;
    if (strcasecmp(name, "Transfer-Encoding") == 0) {
        counts->encodings++;
        counts->is_not_chunked |= value == NULL || strcasecmp(value, "chunked") != 0;
    }
    if (strcasecmp(name, "Content-Length") == 0) {
        counts->lengths++;
        counts->differ |= value == NULL || value[0] == 0 || strspn(value, "0123456789") != strlen(value) ||
                          (counts->length != NULL && strcmp(counts->length, value) != 0);
        counts->length = value;
    }
    return MHD_YES;
}

/* Where a message ends must be said once (RFC 9112, section 6.3): two who read it differently can be played
 * against each other. NULL: it is. */
static const char *head_fault(const connection *c, const char *version)
{
    head_counts counts = {0};
    MHD_get_connection_values(c->http, MHD_HEADER_KIND, count_header, &counts);
    if (counts.has_spaced_name)
        return "white space in the name of a header\n";
    if (counts.hosts == 0 && strcmp(version, "HTTP/1.0") != 0)
        return "missing Host\n";
    if (counts.differ)
        return "invalid or contradictory Content-Length\n";
    if (counts.is_not_chunked || counts.encodings > 1)
        return "no transfer encoding but chunked is supported\n";
    if (counts.lengths > 0 && counts.encodings > 0)
        return "Content-Length beside Transfer-Encoding\n";
    return counts.hosts > 1 ? "more than one Host\n" : NULL;
}

/* Where the library takes no answer, in the middle of a body, or has no room for one, it is written past
 * it. */
static enum MHD_Result refuse_now(const connection *c, unsigned code)
{
    const char *phrase = code == 413   ? "413 Content Too Large"
                         : code == 431 ? "431 Request Header Fields Too Large"
                                       : "503 Service Unavailable";
    const char *why = code == 413   ? "content length too large"
                      : code == 431 ? "the request's head is too large"
                                    : "too much is waiting to be answered: try again later";
    char text[256];
    int size = snprintf(text, sizeof text,
                        "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n"
                        "Connection: close\r\n\r\n%s\n",
                        phrase, strlen(why) + 1, why);
    ssize_t sent = send(c->socket, text, (size_t)size, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)sent; /* who does not take it learns it by the connection's end */
    return MHD_NO;
}

/* ---- a request ---- */

static bool has_token(const char *list, const char *token)
{
    return list != NULL && strcasestr(list, token) != NULL;
}

static bool wants_websocket(const connection *c)
{
    const char *upgrade = header_of(c, "Upgrade");
    return upgrade != NULL && strcasecmp(upgrade, "websocket") == 0 &&
           has_token(header_of(c, "Connection"), "upgrade");
}

/* The other side has said its last word, and nothing more of it is to be read. */
static bool is_half_closed(const connection *c)
{
    char next;
    return recv(c->socket, &next, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

static void on_upgrade(void *context, struct MHD_Connection *http, void *request, const char *early,
                       size_t early_bytes, MHD_socket socket, struct MHD_UpgradeResponseHandle *upgrade)
{
    (void)http, (void)request, (void)socket;
    websocket_begin(context, upgrade, early, early_bytes);
}

/* RFC 6455, section 4.2. */
static enum MHD_Result upgrade(connection *c)
{
    const char *key = header_of(c, "Sec-WebSocket-Key"), *version = header_of(c, "Sec-WebSocket-Version");
    if (c->server->handler.answer == NULL || !origin_allowed(c))
        return reply_text(c, 403, "origin not allowed\n");
    if (key == NULL || strlen(key) != 24)
        return reply_text(c, 400, "invalid Sec-WebSocket-Key\n");
    if (c->server->ending)
        return reply_text(c, 503, "the node is stopping\n");
    struct MHD_Response *response;
    if (version == NULL || strcmp(version, "13") != 0) {
        response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
        if (response == NULL)
            return MHD_NO;
        MHD_add_response_header(response, "Sec-WebSocket-Version", "13");
        return send_response(c, 426, response);
    }
    char accept[32];
    websocket_accept_value(accept, key);
    response = MHD_create_response_for_upgrade(on_upgrade, c);
    if (response == NULL)
        return MHD_NO;
    MHD_add_response_header(response, "Upgrade", "websocket");
    MHD_add_response_header(response, "Sec-WebSocket-Accept", accept);
    return send_response(c, 101, response);
}

static bool is_get(const char *method) { return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0; }

/* The head is there: what is refused now ends the connection, since its body is not read. */
static enum MHD_Result begin(connection *c, const char *method, const char *version)
{
    server *s = c->server;
    bool is_post = strcmp(method, "POST") == 0;
    connection_enter(c, CONNECTION_READS);
    if (MHD_get_connection_info(c->http, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)->header_size > HEAD_BYTES)
        return refuse_now(c, 431);
    const char *fault = head_fault(c, version);
    if (fault != NULL)
        return reply_text(c, 400, fault);
    if (!host_allowed(c))
        return reply_text(c, 403, "invalid host specified\n");
    if (is_get(method) || strcmp(method, "OPTIONS") == 0)
        return MHD_YES;
    if (!is_post || s->handler.answer == NULL)
        return reply_text(c, 405, "method not allowed\n");
    if (s->ending)
        return reply_text(c, 503, "the node is stopping\n");
    /* Pages elsewhere may post without asking first where the type is none, or a plain one. */
    const char *type = header_of(c, "Content-Type"), *length = header_of(c, "Content-Length");
    if (type == NULL || strncasecmp(type, "application/json", 16) != 0)
        return reply_text(c, 415, "invalid content type, only application/json is supported\n");
    if (length != NULL && (strlen(length) > 18 || strtoull(length, NULL, 10) > s->options.body_limit_bytes))
        return reply_text(c, 413, "content length too large\n");
    return MHD_YES;
}

static enum MHD_Result answer_post(connection *c)
{
    parcel *answer = c->answer;
    c->answer = NULL;
    if (answer != NULL)
        return reply_answer(c, answer);
    if (c->is_dropped || c->state == CONNECTION_WAITS)
        return MHD_NO;
    bool is_with_worker = false;
    answer = workers_answer(c, &is_with_worker);
    if (is_with_worker) {
        connection_enter(c, CONNECTION_WAITS);
        MHD_suspend_connection(c->http);
        return MHD_YES;
    }
    return answer == NULL ? MHD_NO : reply_answer(c, answer);
}

/* The whole request is there, or the worker's answer to it. */
static enum MHD_Result end(connection *c, const char *path, const char *method)
{
    if (strcmp(method, "POST") == 0)
        return answer_post(c);
    if (is_get(method))
        return wants_websocket(c) ? upgrade(c) : reply_page(c, path);
    return c->server->options.cors_origin != NULL ? reply_text(c, 200, "")
                                                  : reply_text(c, 405, "method not allowed\n");
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *http, const char *path,
                                  const char *method, const char *version, const char *data,
                                  size_t *size_bytes, void **request)
{
    (void)context;
    connection *c =
        MHD_get_connection_info(http, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    if (c == NULL)
        return MHD_NO;
    if (*request == NULL) {
        *request = c;
        return begin(c, method, version);
    }
    if (*size_bytes == 0)
        return end(c, path, method);
    unsigned refused = connection_add(c, data, *size_bytes);
    *size_bytes = 0;
    return refused == 0 ? MHD_YES : refuse_now(c, refused);
}

static void on_completed(void *context, struct MHD_Connection *http, void **request,
                         enum MHD_RequestTerminationCode why)
{
    (void)context, (void)http, (void)why;
    connection *c = *request;
    *request = NULL;
    if (c == NULL || c->websocket != NULL)
        return;
    connection_sent(c, c->queued_bytes);
    c->body_bytes = 0;
    connection_enter(c, CONNECTION_IDLE);
    if (!c->is_dropped && !c->is_half_closed && is_half_closed(c)) {
        c->is_half_closed = true;
        c->server->half_closed++;
    }
}

void http_end_half_closed(server *s)
{
    for (connection *c = s->connections; c != NULL && s->half_closed > 0; c = c->next)
        if (c->is_half_closed && c->state == CONNECTION_IDLE && !c->is_dropped)
            connection_drop(c);
}

static void on_connection(void *context, struct MHD_Connection *http, void **socket_context,
                          enum MHD_ConnectionNotificationCode what)
{
    server *s = context;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        int socket = MHD_get_connection_info(http, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        connection *c = connection_open(s, socket);
        if (c != NULL)
            c->http = http;
        *socket_context = c;
    } else if (*socket_context != NULL) {
        connection_close(*socket_context);
        *socket_context = NULL;
    }
}

/* Who has closed his half: the library would give up on him without a word, so the answer is written past it;
 * one that does not fit into the socket's buffer is lost. */
static void answer_half_closed(const connection *c, const parcel *answer)
{
    char head[256];
    int size = snprintf(head, sizeof head,
                        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
                        "Connection: close\r\n\r\n",
                        answer->size_bytes);
    struct iovec parts[] = {{head, (size_t)size}, {(void *)(uintptr_t)answer->data, answer->size_bytes}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    ssize_t sent = sendmsg(c->socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)sent;
}

void http_answer(connection *c, parcel *answer)
{
    if (answer != NULL && is_half_closed(c)) {
        answer_half_closed(c, answer);
        parcel_free(answer);
        answer = NULL;
    }
    c->answer = answer;
    c->is_dropped = answer == NULL;
    MHD_resume_connection(c->http);
}

/* Paths are taken as they are sent: none that is served has an escape, and %00 would cut it short. */
static size_t keep_escapes(void *context, struct MHD_Connection *c, char *text)
{
    (void)context, (void)c;
    return strlen(text);
}

struct MHD_Daemon *http_open(server *s)
{
    return MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_UPGRADE |
                                MHD_ALLOW_SUSPEND_RESUME,
                            0, NULL, NULL, on_request, s,
                            MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
                            MHD_OPTION_NOTIFY_CONNECTION, on_connection, s,
                            MHD_OPTION_NOTIFY_COMPLETED, on_completed, s,
                            MHD_OPTION_CONNECTION_LIMIT, s->most_sockets + 16,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEAD_BYTES + ANSWER_HEAD_BYTES,
                            MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS,
                            MHD_OPTION_END);
}
