/* The load of `make bench-node` on one node that has just been started as a development chain:
 *   load PORT TOKEN_INIT_CODE_FILE [TRANSFERS [SENDERS]]
 * prints a line "name value" for each figure. Everything that is sent has been signed before. */
#define _GNU_SOURCE
#include "bench/node/client.h"

#include "base/arena.h"
#include "base/check.h"
#include "base/hex.h"
#include "base/u256.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"

#include <secp256k1.h>
#include <secp256k1_recovery.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RECIPIENTS = 4096, READ_CONNECTIONS = 8, RECEIPTS_OF_REQUEST = 50 };

/* The first account of the customary test mnemonic. */
static const char funder_key[] = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

typedef struct {
    uint8_t key[32];
    address where;
    uint64_t nonce;
    /* Of the phase: requests that wait to be sent, and the hashes of their transactions. */
    char **requests;
    hash256 *hashes;
    size_t count, sent;
} sender;

typedef struct {
    arena memory;
    secp256k1_context *signing;
    uint16_t port;
    uint64_t chain_id;
    sender funder, *senders;
    unsigned sender_count;
    address token;
    char *answer; /* of the last single request */
} load;

static char *format(arena *memory, const char *text, ...)
{
    va_list arguments;
    va_start(arguments, text);
    int size = vsnprintf(NULL, 0, text, arguments);
    va_end(arguments);
    char *out = arena_allocate(memory, (size_t)size + 1, 1);
    va_start(arguments, text);
    vsnprintf(out, (size_t)size + 1, text, arguments);
    va_end(arguments);
    return out;
}

static const char *hex(arena *memory, const uint8_t *data, size_t size_bytes)
{
    char *out = arena_allocate(memory, 2 * size_bytes + 1, 1);
    hex_encode(out, data, size_bytes);
    return out;
}

static char *request(arena *memory, const char *method, const char *parameters)
{
    return format(memory, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":[%s]}", method,
                  parameters);
}

/* ---- single requests ---- */

typedef struct {
    load *l;
    const char *body;
} single;

static const char *next_single(void *context, unsigned connection)
{
    single *s = context;
    (void)connection;
    const char *body = s->body;
    s->body = NULL;
    return body;
}

static void keep_answer(void *context, unsigned connection, const char *body, size_t size_bytes)
{
    single *s = context;
    (void)connection;
    s->l->answer = arena_allocate(&s->l->memory, size_bytes + 1, 1);
    memcpy(s->l->answer, body, size_bytes);
    s->l->answer[size_bytes] = 0;
}

/* What follows "result":. */
static const char *ask(load *l, client *c, const char *body)
{
    single s = {l, body};
    client_run(c, &(client_load){&s, next_single, keep_answer});
    return strstr(l->answer, "\"result\":") + 9;
}

/* ---- signing ---- */

static void open_sender(load *l, sender *s)
{
    secp256k1_pubkey point;
    uint8_t text[65];
    size_t size = sizeof text;
    hash256 hash;
    CHECK(secp256k1_ec_pubkey_create(l->signing, &point, s->key));
    secp256k1_ec_pubkey_serialize(l->signing, text, &size, &point, SECP256K1_EC_UNCOMPRESSED);
    keccak256(&hash, text + 1, 64);
    memcpy(s->where.bytes, hash.bytes + 12, 20);
}

static void write_transaction(rlp_writer *w, const load *l, const sender *s, const address *to, u256 value,
                              bytes data, uint64_t gas)
{
    rlp_write_u64(w, l->chain_id);
    rlp_write_u64(w, s->nonce);
    rlp_write_u64(w, 1000000000);
    rlp_write_u64(w, 1000000000000);
    rlp_write_u64(w, gas);
    if (to != NULL)
        rlp_write_address(w, to);
    else
        rlp_write_bytes(w, NULL, 0);
    rlp_write_u256(w, value);
    rlp_write_bytes(w, data.data, data.size);
    rlp_write_list_header(w, 0);
}

/* EIP-1559. The request that sends it joins those that wait. */
static void add_transaction(load *l, sender *s, const address *to, u256 value, bytes data, uint64_t gas)
{
    size_t room = data.size + 512;
    uint8_t *buffer = arena_allocate(&l->memory, room, 8), compact[64];
    secp256k1_ecdsa_recoverable_signature signature;
    int recovery = 0;
    rlp_writer w;
    for (unsigned round = 0; round < 2; round++) {
        rlp_writer_init(&w, buffer, room);
        rlp_write_raw(&w, &(uint8_t){2}, 1);
        size_t list = rlp_begin_list(&w);
        write_transaction(&w, l, s, to, value, data, gas);
        if (round == 1) {
            rlp_write_u64(&w, (uint64_t)recovery);
            rlp_write_u256(&w, u256_from_be(compact, 32));
            rlp_write_u256(&w, u256_from_be(compact + 32, 32));
        }
        rlp_end_list(&w, list);
        hash256 *digest = &s->hashes[s->count];
        keccak256(digest, buffer, w.used_bytes);
        if (round == 0) {
            const secp256k1_context *c = l->signing;
            CHECK(secp256k1_ecdsa_sign_recoverable(c, &signature, digest->bytes, s->key, NULL, NULL));
            secp256k1_ecdsa_recoverable_signature_serialize_compact(c, compact, &recovery, &signature);
        }
    }
    const char *text = format(&l->memory, "\"0x%s\"", hex(&l->memory, buffer, w.used_bytes));
    s->requests[s->count++] = request(&l->memory, "eth_sendRawTransaction", text);
    s->nonce++;
}

static void begin_phase(load *l, sender *s, size_t most)
{
    s->requests = ARENA_NEW(&l->memory, char *, most);
    s->hashes = ARENA_NEW(&l->memory, hash256, most);
    s->count = s->sent = 0;
}

/* ---- sending ---- */

typedef struct {
    sender *senders;
} sending;

static const char *next_transaction(void *context, unsigned connection)
{
    sender *s = &((sending *)context)->senders[connection];
    return s->sent < s->count ? s->requests[s->sent++] : NULL;
}

static const char *receipt_request(load *l, const hash256 *hash)
{
    return request(&l->memory, "eth_getTransactionReceipt",
                   format(&l->memory, "\"0x%s\"", hex(&l->memory, hash->bytes, 32)));
}

/* A sender's transactions are executed in order, so its last receipt is there last. */
static void await_receipts(load *l, client *c, const sender *senders, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (senders[i].count == 0)
            continue;
        const char *body = receipt_request(l, &senders[i].hashes[senders[i].count - 1]);
        while (strncmp(ask(l, c, body), "null", 4) == 0)
            usleep(1000);
    }
}

static size_t count_text(const char *text, const char *what)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, what)) != NULL; at += strlen(what))
        count++;
    return count;
}

/* All succeeded. Not timed. */
static void check_receipts(load *l, client *c, const sender *senders, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        for (size_t j = 0; j < senders[i].count; j += RECEIPTS_OF_REQUEST) {
            size_t mark = l->memory.used_bytes, asked = 0;
            char *body = format(&l->memory, "[%s", receipt_request(l, &senders[i].hashes[j]));
            while (++asked < RECEIPTS_OF_REQUEST && j + asked < senders[i].count)
                body = format(&l->memory, "%s,%s", body, receipt_request(l, &senders[i].hashes[j + asked]));
            ask(l, c, format(&l->memory, "%s]", body));
            if (count_text(l->answer, "\"status\":\"0x1\"") != asked) {
                fprintf(stderr, "load: a transaction failed: %.1000s\n", l->answer);
                exit(1);
            }
            arena_rewind(&l->memory, mark);
        }
}

typedef struct {
    client_figures accepted;
    double executed_seconds;
} sent;

static sent send_all(load *l, sender *senders, unsigned count)
{
    client *all = client_open(l->port, count), *one = client_open(l->port, 1);
    sending s = {senders};
    double start = client_now();
    sent f = {.accepted = client_run(all, &(client_load){&s, next_transaction, NULL})};
    await_receipts(l, one, senders, count);
    f.executed_seconds = client_now() - start;
    check_receipts(l, one, senders, count);
    client_close(all);
    client_close(one);
    return f;
}

static void report(const char *name, const sent *f)
{
    double count = (double)f->accepted.requests;
    printf("%s_accepted_per_s %.1f\n", name, count / f->accepted.seconds);
    printf("%s_executed_per_s %.1f\n", name, count / f->executed_seconds);
    printf("%s_p50_ms %.3f\n%s_p99_ms %.3f\n", name, f->accepted.p50_ms, name, f->accepted.p99_ms);
    fflush(stdout);
}

/* ---- the phases ---- */

static bytes read_file(load *l, const char *path)
{
    FILE *file = fopen(path, "rb");
    CHECK(file != NULL);
    char *text = arena_allocate(&l->memory, 1 << 20, 8);
    size_t size = fread(text, 1, 1 << 20, file);
    fclose(file);
    while (size > 0 && text[size - 1] == '\n')
        size--;
    bytes out;
    CHECK(hex_decode(&l->memory, &out, text, size) == OK);
    return out;
}

static bytes token_transfer(load *l, const address *to, uint64_t amount)
{
    uint8_t *data = arena_allocate_zeroed(&l->memory, 68, 8);
    memcpy(data, "\xa9\x05\x9c\xbb", 4);
    memcpy(data + 16, to->bytes, 20);
    u256_to_be(data + 36, u256_from_u64(amount));
    return (bytes){data, 68};
}

/* The token, and for each sender ether and tokens. */
static void prepare(load *l, const char *token_path)
{
    client *one = client_open(l->port, 1);
    l->chain_id = strtoull(ask(l, one, request(&l->memory, "eth_chainId", "")) + 1, NULL, 16);
    client_close(one);
    sender *f = &l->funder;
    CHECK(hex_decode_exact(f->key, 32, funder_key, 64) == OK);
    open_sender(l, f);
    begin_phase(l, f, 2 * l->sender_count + 1);
    bytes code = read_file(l, token_path);
    uint8_t *init = arena_allocate_zeroed(&l->memory, code.size + 32, 8);
    memcpy(init, code.data, code.size);
    memcpy(init + code.size + 12, f->where.bytes, 20);
    uint8_t named[23] = {0xd6, 0x94};
    hash256 hash;
    memcpy(named + 2, f->where.bytes, 20);
    named[22] = 0x80;
    keccak256(&hash, named, sizeof named);
    memcpy(l->token.bytes, hash.bytes + 12, 20);
    add_transaction(l, f, NULL, U256_ZERO, (bytes){init, code.size + 32}, 3000000);
    u256 funds = u256_mul(u256_from_u64(50), u256_from_u64(1000000000000000000));
    for (unsigned i = 0; i < l->sender_count; i++) {
        sender *s = &l->senders[i];
        keccak256((hash256 *)(void *)s->key, (const uint8_t *)&i, sizeof i);
        open_sender(l, s);
        add_transaction(l, f, &s->where, funds, (bytes){0}, 21000);
        add_transaction(l, f, &l->token, U256_ZERO, token_transfer(l, &s->where, UINT64_MAX), 200000);
    }
    (void)send_all(l, f, 1);
}

static address recipient(uint64_t i)
{
    hash256 hash;
    address out;
    uint64_t seed = 1000000 + i % RECIPIENTS;
    keccak256(&hash, (const uint8_t *)&seed, sizeof seed);
    memcpy(out.bytes, hash.bytes, 20);
    return out;
}

static void transfers(load *l, const char *name, size_t count, bool of_tokens)
{
    size_t each = count / l->sender_count;
    for (unsigned i = 0; i < l->sender_count; i++) {
        sender *s = &l->senders[i];
        begin_phase(l, s, each);
        for (size_t j = 0; j < each; j++) {
            address to = recipient(i * each + j);
            if (of_tokens)
                add_transaction(l, s, &l->token, U256_ZERO, token_transfer(l, &to, 1 + j), 100000);
            else
                add_transaction(l, s, &to, u256_from_u64(1 + j), (bytes){0}, 21000);
        }
    }
    sent f = send_all(l, l->senders, l->sender_count);
    report(name, &f);
}

typedef struct {
    const char **bodies;
    size_t body_count, asked, all;
} reading;

static const char *next_read(void *context, unsigned connection)
{
    reading *r = context;
    (void)connection;
    return r->asked < r->all ? r->bodies[r->asked++ % r->body_count] : NULL;
}

static void reads(load *l, const char *name, const char **bodies, size_t body_count, size_t all)
{
    client *c = client_open(l->port, READ_CONNECTIONS);
    reading r = {bodies, body_count, 0, all};
    client_figures f = client_run(c, &(client_load){&r, next_read, NULL});
    client_close(c);
    printf("%s_per_s %.1f\n", name, (double)f.requests / f.seconds);
    printf("%s_p50_ms %.3f\n%s_p99_ms %.3f\n", name, f.p50_ms, name, f.p99_ms);
    fflush(stdout);
}

static void read_phases(load *l, size_t scale)
{
    const char **calls = ARENA_NEW(&l->memory, const char *, RECIPIENTS);
    const char **balances = ARENA_NEW(&l->memory, const char *, RECIPIENTS);
    const char **logs = ARENA_NEW(&l->memory, const char *, l->sender_count);
    const char *token = hex(&l->memory, l->token.bytes, 20);
    for (unsigned i = 0; i < RECIPIENTS; i++) {
        address who = recipient(i);
        const char *text = hex(&l->memory, who.bytes, 20);
        calls[i] = request(&l->memory, "eth_call",
                           format(&l->memory,
                                  "{\"to\":\"0x%s\",\"data\":\"0x70a08231%024d%s\"},\"latest\"", token, 0,
                                  text));
        balances[i] = request(&l->memory, "eth_getBalance", format(&l->memory, "\"0x%s\",\"latest\"", text));
    }
    for (unsigned i = 0; i < l->sender_count; i++)
        logs[i] = request(&l->memory, "eth_getLogs",
                          format(&l->memory,
                                 "{\"fromBlock\":\"0x0\",\"toBlock\":\"latest\",\"address\":\"0x%s\","
                                 "\"topics\":[null,\"0x%024d%s\"]}",
                                 token, 0, hex(&l->memory, l->senders[i].where.bytes, 20)));
    reads(l, "call", calls, RECIPIENTS, scale);
    reads(l, "balance", balances, RECIPIENTS, scale);
    reads(l, "logs", logs, l->sender_count, 4 * l->sender_count);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: load PORT TOKEN_INIT_CODE_FILE [TRANSFERS [SENDERS]]\n");
        return 2;
    }
    load l = {.port = (uint16_t)atoi(argv[1])};
    size_t count = argc > 3 ? strtoull(argv[3], NULL, 10) : 20000;
    l.sender_count = argc > 4 ? (unsigned)atoi(argv[4]) : 50;
    arena_open(&l.memory, (size_t)16 << 30);
    l.signing = secp256k1_context_create(SECP256K1_CONTEXT_SIGN | SECP256K1_CONTEXT_VERIFY);
    l.senders = ARENA_NEW(&l.memory, sender, l.sender_count);
    prepare(&l, argv[2]);
    transfers(&l, "transfer", count, false);
    transfers(&l, "token", count, true);
    read_phases(&l, count);
    arena_close(&l.memory);
    secp256k1_context_destroy(l.signing);
    return 0;
}
