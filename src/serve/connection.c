/* Who is connected, and what is held for him. */
#include "serve/internal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

parcel *parcel_of(server *s, const char *text, size_t size_bytes)
{
    parcel *p = malloc(sizeof *p + size_bytes);
    if (p == NULL)
        return NULL;
    p->server = s;
    p->size_bytes = size_bytes;
    memcpy(p->data, text, size_bytes);
    s->unfinished++;
    return p;
}

void parcel_free(parcel *p)
{
    p->server->unfinished--;
    free(p);
}

connection *connection_open(server *s, int socket)
{
    connection *c = calloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    c->server = s;
    c->socket = socket;
    c->next = s->connections;
    if (c->next != NULL)
        c->next->before = c;
    s->connections = c;
    s->sockets++;
    connection_enter(c, CONNECTION_IDLE);
    return c;
}

void connection_forget_jobs(connection *c)
{
    server *s = c->server;
    pthread_mutex_lock(&s->lock);
    job *lists[] = {s->queue, s->heavy, s->running, s->done};
    for (size_t i = 0; i < 4 && c->jobs > 0; i++)
        for (job *j = lists[i]; j != NULL; j = j->next)
            if (j->from == c)
                j->from = NULL;
    pthread_mutex_unlock(&s->lock);
    c->jobs = 0;
}

void connection_close(connection *c)
{
    server *s = c->server;
    connection_forget_jobs(c);
    if (c->before != NULL)
        c->before->next = c->next;
    else
        s->connections = c->next;
    if (c->next != NULL)
        c->next->before = c->before;
    if (c->answer != NULL)
        parcel_free(c->answer);
    s->held_bytes -= c->queued_bytes + c->body_capacity_bytes;
    s->sockets--;
    s->half_closed -= c->is_half_closed;
    free(c->early_kept);
    free(c->body);
    free(c);
}

void connection_enter(connection *c, connection_state state)
{
    c->state = state;
    c->since_seconds = server_now_seconds();
}

void connection_drop(connection *c)
{
    c->is_dropped = true;
    shutdown(c->socket, SHUT_RDWR);
}

/* Where readers that are slow, or do not read at all, make too much wait: the one with most of it goes. */
static void drop_greediest(server *s)
{
    connection *most = NULL;
    for (connection *c = s->connections; c != NULL; c = c->next)
        if (!c->is_dropped && c->queued_bytes > (most == NULL ? 0 : most->queued_bytes))
            most = c;
    if (most != NULL)
        connection_drop(most);
}

void connection_queue(connection *c, size_t more_bytes)
{
    server *s = c->server;
    c->queued_bytes += more_bytes;
    s->held_bytes += more_bytes;
    if (s->held_bytes > s->options.held_limit_bytes)
        drop_greediest(s);
}

void connection_sent(connection *c, size_t bytes)
{
    c->queued_bytes -= bytes;
    c->server->held_bytes -= bytes;
}

unsigned connection_add(connection *c, const void *data, size_t size_bytes)
{
    server *s = c->server;
    size_t needed = c->body_bytes + size_bytes;
    if (needed > s->options.body_limit_bytes)
        return 413;
    if (needed > c->body_capacity_bytes) {
        size_t capacity = needed > 2 * c->body_capacity_bytes ? needed : 2 * c->body_capacity_bytes;
        size_t more = capacity - c->body_capacity_bytes;
        char *body = s->held_bytes + more > s->options.held_limit_bytes ? NULL : realloc(c->body, capacity);
        if (body == NULL)
            return 503;
        s->held_bytes += more;
        c->body = body;
        c->body_capacity_bytes = capacity;
    }
    memcpy(c->body + c->body_bytes, data, size_bytes);
    c->body_bytes = needed;
    return 0;
}
