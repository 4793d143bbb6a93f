#define _GNU_SOURCE
#include "bench/node/client.h"

#include "base/check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

typedef struct {
    int socket;
    char *out, *in;
    size_t out_bytes, sent_bytes, out_capacity;
    size_t in_bytes, in_capacity;
    double since;
} connection;

struct client {
    int epoll;
    unsigned count;
    connection *connections;
    double *latencies;
    size_t latency_count, latency_capacity;
};

double client_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void fail(const char *what, const char *text)
{
    fprintf(stderr, "load: %s: %.600s\n", what, text);
    exit(1);
}

client *client_open(uint16_t port, unsigned connections)
{
    client *c = calloc(1, sizeof *c);
    CHECK(c != NULL);
    c->epoll = epoll_create1(0);
    c->count = connections;
    c->connections = calloc(connections, sizeof *c->connections);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (unsigned i = 0; i < connections; i++) {
        connection *at = &c->connections[i];
        at->socket = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(at->socket, (struct sockaddr *)&to, sizeof to) != 0)
            fail("connect", strerror(errno));
        setsockopt(at->socket, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
        epoll_ctl(c->epoll, EPOLL_CTL_ADD, at->socket, &event);
    }
    return c;
}

void client_close(client *c)
{
    for (unsigned i = 0; i < c->count; i++) {
        close(c->connections[i].socket);
        free(c->connections[i].out);
        free(c->connections[i].in);
    }
    close(c->epoll);
    free(c->connections);
    free(c->latencies);
    free(c);
}

static void *at_least(void *memory, size_t *capacity, size_t size_bytes)
{
    if (size_bytes <= *capacity)
        return memory;
    *capacity = 2 * size_bytes;
    memory = realloc(memory, *capacity);
    CHECK(memory != NULL);
    return memory;
}

/* A request is short and its connection has nothing else under way, so one write takes it. */
static void send_request(connection *at, const char *body)
{
    size_t size = strlen(body);
    at->out = at_least(at->out, &at->out_capacity, size + 256);
    int head = sprintf(at->out,
                       "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                       "Content-Length: %zu\r\n\r\n",
                       size);
    memcpy(at->out + head, body, size);
    at->out_bytes = (size_t)head + size;
    at->in_bytes = 0;
    at->since = client_now();
    for (size_t sent = 0; sent < at->out_bytes;) {
        ssize_t written = send(at->socket, at->out + sent, at->out_bytes - sent, MSG_NOSIGNAL);
        if (written < 0)
            fail("send", strerror(errno));
        sent += (size_t)written;
    }
}

/* The body once it is whole; NULL before. */
static char *whole_body(connection *at, size_t *size_bytes)
{
    at->in[at->in_bytes] = 0;
    char *end = strstr(at->in, "\r\n\r\n");
    if (end == NULL)
        return NULL;
    if (strncmp(at->in, "HTTP/1.1 200", 12) != 0)
        fail("answer", at->in);
    const char *length = strcasestr(at->in, "content-length:");
    if (length == NULL || length > end)
        fail("answer without a length", at->in);
    *size_bytes = strtoull(length + 15, NULL, 10);
    return at->in_bytes >= (size_t)(end + 4 - at->in) + *size_bytes ? end + 4 : NULL;
}

static char *receive(connection *at, size_t *size_bytes)
{
    enum { READ_BYTES = 1 << 16 };
    at->in = at_least(at->in, &at->in_capacity, at->in_bytes + READ_BYTES + 1);
    ssize_t got = recv(at->socket, at->in + at->in_bytes, at->in_capacity - at->in_bytes - 1, 0);
    if (got <= 0)
        fail("receive", got == 0 ? "the connection was closed" : strerror(errno));
    at->in_bytes += (size_t)got;
    char *body = whole_body(at, size_bytes);
    if (body != NULL && (strstr(body, "\"error\":") != NULL || strstr(body, "\"result\":") == NULL))
        fail("answer", body);
    return body;
}

static void note_latency(client *c, double seconds)
{
    if (c->latency_count == c->latency_capacity) {
        c->latency_capacity = c->latency_capacity == 0 ? 4096 : 2 * c->latency_capacity;
        c->latencies = realloc(c->latencies, c->latency_capacity * sizeof *c->latencies);
        CHECK(c->latencies != NULL);
    }
    c->latencies[c->latency_count++] = seconds;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static client_figures figures_of(client *c, double seconds)
{
    client_figures f = {.requests = c->latency_count, .seconds = seconds};
    if (c->latency_count > 0) {
        qsort(c->latencies, c->latency_count, sizeof *c->latencies, compare);
        f.p50_ms = 1000 * c->latencies[c->latency_count / 2];
        f.p99_ms = 1000 * c->latencies[c->latency_count * 99 / 100];
    }
    return f;
}

client_figures client_run(client *c, const client_load *load)
{
    enum { EVENTS = 256 };
    double start = client_now();
    unsigned busy = 0;
    c->latency_count = 0;
    for (unsigned i = 0; i < c->count; i++) {
        const char *body = load->next(load->context, i);
        if (body == NULL)
            continue;
        send_request(&c->connections[i], body);
        busy++;
    }
    while (busy > 0) {
        struct epoll_event events[EVENTS];
        int count = epoll_wait(c->epoll, events, EVENTS, -1);
        for (int i = 0; i < count; i++) {
            unsigned index = events[i].data.u32;
            connection *at = &c->connections[index];
            size_t size;
            char *body = receive(at, &size);
            if (body == NULL)
                continue;
            note_latency(c, client_now() - at->since);
            if (load->answered != NULL)
                load->answered(load->context, index, body, size);
            const char *next = load->next(load->context, index);
            if (next == NULL)
                busy--;
            else
                send_request(at, next);
        }
    }
    return figures_of(c, client_now() - start);
}
