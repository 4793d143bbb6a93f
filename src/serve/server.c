/* The thread that serves: sockets, their events, and from beginning to end. */
#define _GNU_SOURCE
#include "serve/internal.h"

#include "telemetry/metrics.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    SPARE_FILES = 64,        /* of the process, beside connections */
    EVENTS = 256,
    BACKLOG = 1024,
    FINISH_MILLISECONDS = 5000, /* a slow reader is not waited for without end */
};

server_options server_options_default(void)
{
    return (server_options){
        .listen_address = "127.0.0.1",
        .port = 8545,
        .workers = 4,
        .most_workers = 32,
        .most_heavy = 4,
        .most_connections = 1 << 14,
        .body_limit_bytes = 5 << 20,
        .answer_limit_bytes = (size_t)256 << 20,
        .push_limit_bytes = 4 << 20,
        .held_limit_bytes = (size_t)512 << 20,
    };
}

/* ---- answers ---- */

/* A worker's answer. */
static void deliver(connection *c, parcel *answer)
{
    server *s = c->server;
    c->jobs--;
    if (c->id == 0) {
        http_answer(c, answer);
        return;
    }
    if (answer == NULL) {
        connection_drop(c);
        return;
    }
    websocket_send(c, answer->data, answer->size_bytes, false);
    parcel_free(answer);
    s->handler.answered(s->handler.context, c->id);
    websocket_resume(c);
}

/* What workers finished goes to the connections it is for. */
static void collect(server *s)
{
    pthread_mutex_lock(&s->lock);
    job *done = s->done;
    s->done = NULL;
    struct pushed *pushes = s->pushes;
    s->pushes = s->pushes_last = NULL;
    pthread_mutex_unlock(&s->lock);
    while (done != NULL) {
        job *j = done;
        done = j->next;
        s->held_bytes -= j->held_bytes;
        /* An answer before may have ended a WebSocket connection, which then has no id. */
        if (j->from != NULL && j->from->id == j->id)
            deliver(j->from, j->answer);
        else if (j->answer != NULL)
            parcel_free(j->answer);
        free(j);
        s->unfinished--;
    }
    while (pushes != NULL) {
        struct pushed *p = pushes;
        pushes = p->next;
        connection *c = s->websockets[p->to % CONNECTION_BUCKETS];
        while (c != NULL && c->id != p->to)
            c = c->bucket_next;
        if (c != NULL)
            websocket_send(c, p->text, p->size_bytes, true);
        free(p);
    }
}

/* ---- the service thread ---- */

/* One too many: told before it is let go, without anything kept for it. */
static void refuse_socket(int socket)
{
    static const char text[] = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\n"
                               "Connection: close\r\n\r\ntoo many connections: try again later\n";
    ssize_t sent = send(socket, text, sizeof text - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)sent; /* who does not take it learns it by the connection's end */
    shutdown(socket, SHUT_WR);
    close(socket);
}

static void accept_all(server *s)
{
    for (int i = 0; i < EVENTS; i++) {
        struct sockaddr_storage from;
        socklen_t size = sizeof from;
        int socket = accept4(s->listener, (struct sockaddr *)&from, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (socket < 0)
            return;
        if (s->sockets >= s->most_sockets)
            refuse_socket(socket);
        else
            (void)MHD_add_connection(s->daemon, socket, (struct sockaddr *)&from, size); /* its to close */
    }
}

/* Those that have been silent for too long. */
static void sweep(server *s)
{
    uint64_t now = server_now_seconds();
    if (now == s->swept_seconds)
        return;
    s->swept_seconds = now;
    for (connection *c = s->connections, *next; c != NULL; c = next) {
        next = c->next;
        uint64_t age = now - c->since_seconds;
        if (c->is_dropped)
            continue;
        if (c->websocket != NULL)
            websocket_tick(c, now);
        else if ((c->state == CONNECTION_IDLE && age > IDLE_SECONDS) ||
                 (c->state == CONNECTION_READS && age > BODY_SECONDS))
            connection_drop(c);
    }
}

static void *service(void *argument)
{
    server *s = argument;
    enum { TICK_MS = 1000 };
    for (;;) {
        pthread_mutex_lock(&s->lock);
        bool stopping = s->stopping;
        pthread_mutex_unlock(&s->lock);
        if (stopping)
            return NULL;
        MHD_run(s->daemon);
        MHD_UNSIGNED_LONG_LONG wait_ms = TICK_MS;
        if (MHD_get_timeout(s->daemon, &wait_ms) != MHD_YES || wait_ms > TICK_MS)
            wait_ms = TICK_MS;
        if (wait_ms > 0 && s->half_closed > 0)
            http_end_half_closed(s);
        struct epoll_event events[EVENTS];
        int count = epoll_wait(s->epoll, events, EVENTS, (int)wait_ms);
        for (int i = 0; i < count; i++) {
            void *from = events[i].data.ptr;
            if (from == &s->listener) {
                accept_all(s);
            } else if (from == &s->bell) {
                eventfd_t rung;
                eventfd_read(s->bell, &rung);
            } else if (from != &s->daemon && ((connection *)from)->websocket != NULL) {
                websocket_event(from, events[i].events);
            }
        }
        collect(s);
        sweep(s);
    }
}

/* ---- from beginning to end ---- */

static bool listen_at(server *s)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(s->options.port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(s->options.port)};
    bool is_v6 = strchr(s->options.listen_address, ':') != NULL;
    if (inet_pton(is_v6 ? AF_INET6 : AF_INET, s->options.listen_address,
                  is_v6 ? (void *)&v6.sin6_addr : (void *)&v4.sin_addr) != 1)
        return false;
    const struct sockaddr *where = is_v6 ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4;
    socklen_t size = is_v6 ? sizeof v6 : sizeof v4;
    int yes = 1;
    s->listener = socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s->listener < 0)
        return false;
    setsockopt(s->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (is_v6)
        setsockopt(s->listener, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
    if (bind(s->listener, where, size) != 0 || listen(s->listener, BACKLOG) != 0)
        return false;
    struct sockaddr_storage bound;
    size = sizeof bound;
    if (getsockname(s->listener, (struct sockaddr *)&bound, &size) != 0)
        return false;
    s->port = ntohs(is_v6 ? ((struct sockaddr_in6 *)&bound)->sin6_port
                          : ((struct sockaddr_in *)&bound)->sin_port);
    return true;
}

static bool watch(server *s, int file, void *name)
{
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = name};
    return epoll_ctl(s->epoll, EPOLL_CTL_ADD, file, &e) == 0;
}

static void close_files(server *s)
{
    int files[] = {s->epoll, s->listener, s->bell};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        if (files[i] >= 0)
            close(files[i]);
}

static server *give_up(server *s)
{
    workers_close(s);
    if (s->daemon != NULL)
        MHD_stop_daemon(s->daemon);
    close_files(s);
    if (s->handler.carried != NULL)
        s->handler.carried(s->handler.context, NULL);
    workers_free(s);
    free(s);
    return NULL;
}

server *server_open(const server_options *options, const rpc_handler *handler)
{
    server *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->options = *options;
    s->handler = *handler;
    s->listener = -1;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->work, NULL);
    struct rlimit files = {.rlim_cur = 1024};
    getrlimit(RLIMIT_NOFILE, &files);
    rlim_t most = files.rlim_cur > 2 * SPARE_FILES ? files.rlim_cur - SPARE_FILES : SPARE_FILES;
    s->most_sockets = options->most_connections < most ? options->most_connections : (unsigned)most;
    /* Each room has a text of that size: together a fraction of what address space there is. */
    enum { TEXTS_SHARE = 64 };
    struct rlimit space;
    if (getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY &&
        s->options.answer_limit_bytes > space.rlim_cur / TEXTS_SHARE)
        s->options.answer_limit_bytes = space.rlim_cur / TEXTS_SHARE & ~(rlim_t)0xffff;
    s->epoll = epoll_create1(EPOLL_CLOEXEC);
    s->bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (s->epoll < 0 || s->bell < 0 || !listen_at(s))
        return give_up(s);
    s->daemon = http_open(s);
    const union MHD_DaemonInfo *info =
        s->daemon == NULL ? NULL : MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    if (handler->carried != NULL)
        handler->carried(handler->context,
                         &(rpc_carrier){.context = s, .wake = workers_wake, .push = workers_push});
    if (info == NULL || !watch(s, info->epoll_fd, &s->daemon) || !watch(s, s->listener, &s->listener) ||
        !watch(s, s->bell, &s->bell) || !workers_open(s) ||
        pthread_create(&s->thread, NULL, service, s) != 0)
        return give_up(s);
    return s;
}

uint16_t server_port(const server *s) { return s->port; }

void server_close(server *s)
{
    s->ending = true;
    for (int i = 0; i < FINISH_MILLISECONDS / 10 && s->unfinished > 0; i++)
        usleep(10000);
    workers_close(s);
    eventfd_write(s->bell, 1);
    pthread_join(s->thread, NULL);
    for (connection *c = s->connections, *next; c != NULL; c = next) {
        next = c->next;
        if (c->websocket != NULL)
            websocket_end(c);
        else if (c->state == CONNECTION_WAITS)
            http_answer(c, NULL);
    }
    MHD_run(s->daemon);
    MHD_stop_daemon(s->daemon);
    close_files(s);
    if (s->handler.carried != NULL)
        s->handler.carried(s->handler.context, NULL);
    workers_free(s);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->work);
    free(s);
}
