/* WebSockets (RFC 6455): frames by wslay, on the sockets that HTTP gave away. */
#define _GNU_SOURCE
#include "serve/internal.h"

#include "telemetry/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

void websocket_accept_value(char out[32], const char *key)
{
    char text[64];
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_bytes = 0;
    size_t size = 0;
    for (const char *part = key; *part != 0 && size < 24; part++)
        text[size++] = *part;
    static const char GUID[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    memcpy(text + size, GUID, sizeof GUID - 1);
    size += sizeof GUID - 1;
    out[0] = 0;
    if (EVP_Digest(text, size, digest, &digest_bytes, EVP_sha1(), NULL) == 1)
        EVP_EncodeBlock((unsigned char *)out, digest, (int)digest_bytes);
}

/* ---- what wslay asks for ---- */

static ssize_t on_receive(wslay_event_context_ptr w, uint8_t *data, size_t size, int flags, void *context)
{
    (void)flags;
    connection *c = context;
    if (c->jobs >= MAX_JOBS_OF_CONNECTION) {
        wslay_event_set_error(w, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    if (c->early_bytes > 0) {
        size_t given = c->early_bytes < size ? c->early_bytes : size;
        memcpy(data, c->early, given);
        c->early += given;
        c->early_bytes -= given;
        return (ssize_t)given;
    }
    ssize_t got;
    do
        got = recv(c->socket, data, size, 0);
    while (got < 0 && errno == EINTR);
    if (got > 0) {
        c->heard_seconds = server_now_seconds();
        c->is_pinged = false;
        return got;
    }
    bool waits = got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    c->is_gone = !waits;
    wslay_event_set_error(w, waits ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
}

static ssize_t on_send(wslay_event_context_ptr w, const uint8_t *data, size_t size, int flags, void *context)
{
    connection *c = context;
    ssize_t sent;
    do
        sent = send(c->socket, data, size, MSG_NOSIGNAL | (flags & WSLAY_MSG_MORE ? MSG_MORE : 0));
    while (sent < 0 && errno == EINTR);
    if (sent >= 0) {
        c->since_seconds = server_now_seconds();
        return sent;
    }
    bool waits = errno == EAGAIN || errno == EWOULDBLOCK;
    wslay_event_set_error(w, waits ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
}

static void on_frame(wslay_event_context_ptr w, const struct wslay_event_on_frame_recv_start_arg *frame,
                     void *context)
{
    (void)w;
    connection *c = context;
    c->is_control = wslay_is_ctrl_frame(frame->opcode);
}

static void on_chunk(wslay_event_context_ptr w, const struct wslay_event_on_frame_recv_chunk_arg *chunk,
                     void *context)
{
    connection *c = context;
    if (c->is_control || chunk->data_length == 0)
        return;
    unsigned refused = connection_add(c, chunk->data, chunk->data_length);
    if (refused != 0) {
        wslay_event_queue_close(w, refused == 413 ? WSLAY_CODE_MESSAGE_TOO_BIG : WSLAY_CODE_POLICY_VIOLATION,
                                NULL, 0);
        wslay_event_shutdown_read(w);
    }
}

static void on_message(wslay_event_context_ptr w, const struct wslay_event_on_msg_recv_arg *message,
                       void *context)
{
    (void)w;
    connection *c = context;
    if (wslay_is_ctrl_frame(message->opcode) || !wslay_event_get_read_enabled(w) || c->server->ending)
        return;
    bool is_with_worker;
    parcel *answer = workers_answer(c, &is_with_worker);
    if (answer == NULL)
        return;
    if (answer->size_bytes > 0)
        websocket_send(c, answer->data, answer->size_bytes, false);
    parcel_free(answer);
    c->server->handler.answered(c->server->handler.context, c->id);
}

/* ---- a connection ---- */

/* Sends what can be sent, waits for what cannot; false: it has ended. */
static bool settle(connection *c)
{
    server *s = c->server;
    wslay_event_context_ptr w = c->websocket;
    if (wslay_event_want_write(w) && wslay_event_send(w) != 0)
        return false;
    if (!wslay_event_want_read(w) && !wslay_event_want_write(w))
        return false;
    size_t queued = wslay_event_get_queued_msg_length(w);
    if (queued < c->queued_bytes)
        connection_sent(c, c->queued_bytes - queued);
    bool is_paused = c->jobs >= MAX_JOBS_OF_CONNECTION;
    uint32_t events = (wslay_event_want_read(w) && !is_paused ? (uint32_t)EPOLLIN : 0) |
                      (wslay_event_want_write(w) ? (uint32_t)EPOLLOUT : 0);
    if (events != c->epoll_events) {
        bool was_waiting = c->epoll_events & EPOLLOUT, is_waiting = events & EPOLLOUT;
        s->unfinished += (unsigned)is_waiting - (unsigned)was_waiting;
        if (is_waiting && !was_waiting)
            c->since_seconds = server_now_seconds();
        struct epoll_event e = {.events = events, .data.ptr = c};
        epoll_ctl(s->epoll, EPOLL_CTL_MOD, c->socket, &e);
        c->epoll_events = events;
    }
    return true;
}

static void settle_or_end(connection *c)
{
    if (!settle(c))
        websocket_end(c);
}

/* What is wrong with a frame's head ends the library's reading without a word to the other side, so its code
 * is written past it, unless half of an answer is on its way. */
static void say_protocol_error(const connection *c)
{
    static const uint8_t CLOSE[] = {0x88, 2, WSLAY_CODE_PROTOCOL_ERROR >> 8,
                                    WSLAY_CODE_PROTOCOL_ERROR & 0xff};
    if (!c->is_gone && c->queued_bytes == 0)
        (void)!send(c->socket, CLOSE, sizeof CLOSE, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static bool receive(connection *c)
{
    do
        if (wslay_event_recv(c->websocket) != 0) {
            say_protocol_error(c);
            return false;
        }
    while (c->early_bytes > 0 && c->jobs < MAX_JOBS_OF_CONNECTION && wslay_event_want_read(c->websocket));
    return true;
}

/* What has to wait until jobs are answered is copied: it lies in the library's memory. */
static bool keep_early(connection *c)
{
    if (c->early_bytes == 0)
        return true;
    c->early_kept = malloc(c->early_bytes);
    if (c->early_kept == NULL)
        return false;
    memcpy(c->early_kept, c->early, c->early_bytes);
    c->early = c->early_kept;
    return true;
}

void websocket_begin(connection *c, struct MHD_UpgradeResponseHandle *upgrade, const void *early,
                     size_t early_bytes)
{
    static const struct wslay_event_callbacks CALLBACKS = {
        .recv_callback = on_receive,
        .send_callback = on_send,
        .on_frame_recv_start_callback = on_frame,
        .on_frame_recv_chunk_callback = on_chunk,
        .on_msg_recv_callback = on_message,
    };
    server *s = c->server;
    c->upgrade = upgrade;
    if (wslay_event_context_server_init(&c->websocket, &CALLBACKS, c) != 0) {
        c->websocket = NULL;
        MHD_upgrade_action(upgrade, MHD_UPGRADE_ACTION_CLOSE);
        return;
    }
    wslay_event_config_set_no_buffering(c->websocket, 1);
    wslay_event_config_set_max_recv_msg_length(c->websocket, s->options.body_limit_bytes);
    fcntl(c->socket, F_SETFL, fcntl(c->socket, F_GETFL) | O_NONBLOCK);
    c->body_bytes = 0;
    c->heard_seconds = c->since_seconds = server_now_seconds();
    c->id = ++s->last_id;
    c->bucket_next = s->websockets[c->id % CONNECTION_BUCKETS];
    s->websockets[c->id % CONNECTION_BUCKETS] = c;
    metrics_add(METRIC_websockets, 1);
    c->epoll_events = EPOLLIN;
    struct epoll_event e = {.events = c->epoll_events, .data.ptr = c};
    epoll_ctl(s->epoll, EPOLL_CTL_ADD, c->socket, &e);
    c->early = early;
    c->early_bytes = early_bytes;
    if ((early_bytes > 0 && !receive(c)) || !keep_early(c) || !settle(c))
        websocket_end(c);
}

void websocket_resume(connection *c)
{
    if (c->websocket != NULL && c->early_bytes > 0 && c->jobs < MAX_JOBS_OF_CONNECTION)
        websocket_event(c, EPOLLIN);
}

void websocket_event(connection *c, uint32_t events)
{
    if ((events & (EPOLLHUP | EPOLLERR)) || ((events & EPOLLIN) && !receive(c)))
        websocket_end(c);
    else
        settle_or_end(c);
}

void websocket_send(connection *c, const char *text, size_t size_bytes, bool is_pushed)
{
    server *s = c->server;
    if (c->is_dropped)
        return;
    struct wslay_event_msg message = {WSLAY_TEXT_FRAME, (const uint8_t *)text, size_bytes};
    bool is_slow = is_pushed && c->queued_bytes + size_bytes > s->options.push_limit_bytes;
    if (is_slow || wslay_event_queue_msg(c->websocket, &message) != 0) {
        connection_drop(c);
        return;
    }
    connection_queue(c, size_bytes);
    if (!(c->epoll_events & EPOLLOUT) && !settle(c))
        connection_drop(c);
}

void websocket_tick(connection *c, uint64_t now_seconds)
{
    uint64_t silent = now_seconds - c->heard_seconds;
    bool is_stuck = (c->epoll_events & EPOLLOUT) && now_seconds - c->since_seconds > SILENCE_SECONDS;
    if (is_stuck || (silent > HANGUP_SECONDS && c->is_pinged)) {
        connection_drop(c);
    } else if (silent > PING_SECONDS && !c->is_pinged) {
        struct wslay_event_msg ping = {WSLAY_PING, NULL, 0};
        c->is_pinged = true;
        if (wslay_event_queue_msg(c->websocket, &ping) != 0 || !settle(c))
            connection_drop(c);
    } else if (c->epoll_events == 0 && c->jobs < MAX_JOBS_OF_CONNECTION && !settle(c)) {
        connection_drop(c);
    }
}

void websocket_end(connection *c)
{
    server *s = c->server;
    connection **at = &s->websockets[c->id % CONNECTION_BUCKETS];
    while (*at != c)
        at = &(*at)->bucket_next;
    *at = c->bucket_next;
    epoll_ctl(s->epoll, EPOLL_CTL_DEL, c->socket, NULL);
    s->unfinished -= (c->epoll_events & EPOLLOUT) != 0;
    c->epoll_events = 0;
    metrics_add(METRIC_websockets, -1);
    rpc_connection id = c->id;
    c->id = 0;
    wslay_event_context_free(c->websocket);
    c->websocket = NULL;
    connection_sent(c, c->queued_bytes);
    connection_forget_jobs(c);
    MHD_upgrade_action(c->upgrade, MHD_UPGRADE_ACTION_CLOSE); /* closes the connection, in its time */
    s->handler.closed(s->handler.context, id);
}
