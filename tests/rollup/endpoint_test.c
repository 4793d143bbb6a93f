/* Asking for logs where a node gives few at once, wants fewer questions, or says nothing. */
#define _GNU_SOURCE
#include "base/arena.h"
#include "settle/endpoint.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* A node that answers as it is told, and counts. */
typedef enum { GIVES_ALL, GIVES_FEW_BLOCKS, REFUSES, SAYS_429, IS_SILENT } kind;
static struct {
    kind kind;
    const char *words; /* of a refusal */
    unsigned most_blocks, requests, stop_after;
    unsigned long long first, last; /* of the last request */
    int listening;
    pthread_t thread;
} server;
static atomic_bool stop;
static arena memory;
static endpoint *e;

static void answer(int connection)
{
    char request[4096], body[512], text[1024];
    size_t size = 0;
    while (size < sizeof request - 1) {
        ssize_t come = recv(connection, request + size, sizeof request - 1 - size, 0);
        if (come <= 0)
            return;
        size += (size_t)come;
        request[size] = 0;
        if (strstr(request, "\r\n\r\n{") != NULL && request[size - 1] == '}')
            break;
    }
    const char *from = strstr(request, "\"fromBlock\":\"0x"), *to = strstr(request, "\"toBlock\":\"0x");
    server.first = from == NULL ? 0 : strtoull(from + 15, NULL, 16);
    server.last = to == NULL ? 0 : strtoull(to + 13, NULL, 16);
    if (++server.requests == server.stop_after)
        stop = true;
    if (server.kind == IS_SILENT) {
        while (recv(connection, request, sizeof request, 0) > 0)
            continue;
        return;
    }
    bool refuses = server.kind == REFUSES ||
                   (server.kind == GIVES_FEW_BLOCKS && server.last - server.first + 1 > server.most_blocks);
    if (server.kind == SAYS_429)
        snprintf(body, sizeof body, "slower");
    else if (refuses)
        snprintf(body, sizeof body,
                 "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32005,\"message\":\"%s\"}}", server.words);
    else
        snprintf(body, sizeof body, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":[]}");
    int written = snprintf(text, sizeof text,
                           "HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n%s",
                           server.kind == SAYS_429 ? "429 Too Many Requests" : "200 OK", strlen(body), body);
    (void)!write(connection, text, (size_t)written);
}

static void *serve(void *context)
{
    for (int connection; (connection = accept(server.listening, NULL, NULL)) >= 0; close(connection))
        answer(connection);
    return context;
}

static int start(void **state)
{
    (void)state;
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof where;
    char url[64];
    server.listening = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(server.listening, (struct sockaddr *)&where, size) != 0 || listen(server.listening, 8) != 0 ||
        getsockname(server.listening, (struct sockaddr *)&where, &size) != 0)
        return -1;
    pthread_create(&server.thread, NULL, serve, NULL);
    snprintf(url, sizeof url, "http://127.0.0.1:%u", ntohs(where.sin_port));
    arena_open(&memory, 1 << 28);
    return endpoint_open(&e, url, 1) == OK ? 0 : -1;
}

static int finish(void **state)
{
    (void)state;
    endpoint_close(e);
    arena_close(&memory);
    shutdown(server.listening, SHUT_RDWR);
    pthread_join(server.thread, NULL);
    close(server.listening);
    return 0;
}

static status ask(uint64_t *first, uint64_t *last)
{
    endpoint_log *logs;
    size_t count;
    const address contract = {{1}};
    return endpoint_logs(e, &logs, &count, &memory, first, last, false, &contract, 1, NULL);
}

static void expect(kind k, const char *words, status expected, unsigned requests)
{
    uint64_t first = 1000, last = 1999;
    server.kind = k;
    server.words = words;
    server.requests = 0;
    assert_int_equal(ask(&first, &last), expected);
    assert_int_equal(server.requests, requests);
}

static status ask_of_block(const char *words)
{
    endpoint_log *logs;
    size_t count;
    const address contract = {{1}};
    const hash256 block = {{2}};
    server.kind = REFUSES;
    server.words = words;
    return endpoint_block_logs(e, &logs, &count, &memory, &block, &contract, 1);
}

/* What is refused for now is asked again later, as it was. */
static void test_fewer_questions(void **state)
{
    (void)state;
    static const char *const words[] = {
        "project ID request rate exceeded",
        "Too Many Requests",
        "Your app has exceeded its compute units per second capacity",
        "15/second request limit reached - reduce calls per second",
        "daily request count exceeded, request rate limited",
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        expect(REFUSES, words[i], REMOTE_REFUSED, 1);
    expect(SAYS_429, NULL, REMOTE_FAILED, 1);
    assert_int_equal(ask_of_block("Too Many Requests"), REMOTE_REFUSED);
    assert_int_equal(ask_of_block("unknown block"), BLOCK_UNKNOWN);
    expect(GIVES_ALL, NULL, OK, 1);
    assert_int_equal(server.last - server.first + 1, 1000);
}

static void test_fewer_blocks(void **state)
{
    (void)state;
    static const char *const words[] = {
        "query returned more than 10000 results. Try with this block range [0x3e8, 0x44c].",
        "exceed maximum block range: 100",
        "Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range and no "
        "limit on the response size",
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        uint64_t first = 1000, last = 1999;
        server.kind = GIVES_FEW_BLOCKS;
        server.words = words[i];
        server.most_blocks = 100;
        assert_int_equal(ask(&first, &last), OK);
        assert_int_equal(first, 1000);
        assert_in_range(last, 1000 + 49, 1000 + 99);
    }
}

/* Whoever waits for an answer is not held up by it. */
static void test_silence(void **state)
{
    (void)state;
    endpoint_give_up_on(e, &stop);
    server.stop_after = 2;
    expect(IS_SILENT, NULL, REMOTE_FAILED, 2);
    expect(GIVES_ALL, NULL, REMOTE_FAILED, 0); /* it has ended */
    stop = false;
    expect(GIVES_ALL, NULL, OK, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fewer_questions),
        cmocka_unit_test(test_fewer_blocks),
        cmocka_unit_test(test_silence),
    };
    return cmocka_run_group_tests(tests, start, finish);
}
