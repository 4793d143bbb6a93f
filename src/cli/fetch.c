/* `ashlar fetch`: a block with its witness from any node that serves debug_executionWitness, as geth and reth
 * do, into a file that execute and prove take. */
#define _GNU_SOURCE
#include "base/hex.h"
#include "cli/block_formats.h"
#include "cli/block_json.h"
#include "cli/cli.h"
#include "cli/json.h"
#include "settle/rpc_client.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_ANSWER_BYTES ((size_t)512 << 20)
#define ARENA_BYTES ((size_t)16 << 30)

typedef struct {
    rpc_client *client;
    arena memory;
    uint64_t chain_id;
    json_t *block; /* eth_getBlockBy…, with transactions */
    char number[24];
    hash256 hash;
    bytes encoding;
    json_t *witness; /* arrays of hex, headers ascending */
} fetch;

static int fail_answer(const fetch *f, const char *method, const char *wrong)
{
    return fail(EXIT_INPUT, "%s: the answer to %s is not as Ethereum nodes give it: %s",
                rpc_client_host(f->client), method, wrong);
}

/* An error of the node's ends it. */
static int call(fetch *f, json_t **result, const char *method, json_t *parameters)
{
    status s = rpc_client_call(f->client, result, method, parameters);
    return s == OK ? EXIT_FINE : fail(status_exit_code(s), "%s", rpc_client_error_text(f->client));
}

static int find_block(fetch *f, const char *which)
{
    bool is_hash = strlen(which) == 66;
    const char *method = is_hash ? "eth_getBlockByHash" : "eth_getBlockByNumber";
    int code = call(f, &f->block, method, json_pack("[s,b]", which, 1));
    if (code != EXIT_FINE)
        return code;
    if (json_is_null(f->block))
        return fail(EXIT_INPUT, "%s: has no block %s", rpc_client_host(f->client), which);
    const char *number = json_string_value(json_object_get(f->block, "number"));
    const json_t *hash = json_object_get(f->block, "hash");
    if (number == NULL || strlen(number) >= sizeof f->number || !json_is_string(hash) ||
        hex_decode_exact(f->hash.bytes, 32, json_string_value(hash), json_string_length(hash)) != OK)
        return fail_answer(f, method, "number and hash are missing");
    strcpy(f->number, number);
    hash256 asked;
    bool is_other =
        is_hash ? hex_decode_exact(asked.bytes, 32, which, 66) != OK || memcmp(&asked, &f->hash, 32) != 0
                : which[0] == '0' && strtoull(which, NULL, 16) != strtoull(number, NULL, 16);
    return is_other ? fail_answer(f, method, "it is another block") : EXIT_FINE;
}

static bool has_hash(const fetch *f, bytes block)
{
    bytes items;
    rlp_item header;
    hash256 hash;
    if (rlp_list(&items, &block) != OK || rlp_decode(&header, &items) != OK)
        return false;
    keccak256(&hash, header.encoding.data, header.encoding.size);
    return memcmp(hash.bytes, f->hash.bytes, 32) == 0;
}

/* As the node encodes it, or, where it does not serve that, made again from the JSON. */
static int take_block(fetch *f)
{
    json_t *raw;
    const char *field = NULL;
    status s = rpc_client_call(f->client, &raw, "debug_getRawBlock", json_pack("[s]", f->number));
    if (s == REMOTE_FAILED)
        return fail(EXIT_INPUT, "%s", rpc_client_error_text(f->client));
    if (s == OK) {
        bool good = json_is_string(raw) && hex_decode(&f->memory, &f->encoding, json_string_value(raw),
                                                      json_string_length(raw)) == OK;
        json_decref(raw);
        if (good && has_hash(f, f->encoding))
            return EXIT_FINE;
        return fail_answer(f, "debug_getRawBlock", good ? "its hash is another" : "no hex");
    }
    s = block_json_block(&f->encoding, &field, &f->memory, f->block);
    if (s == UNSUPPORTED_FORK)
        return fail(EXIT_UNSUPPORTED,
                    "%s: the block has ommers, and the node does not serve debug_getRawBlock",
                    rpc_client_host(f->client));
    if (s != OK)
        return fail_answer(f, "eth_getBlockByNumber", field != NULL ? field : status_message(s));
    if (!has_hash(f, f->encoding))
        return fail_answer(f, "eth_getBlockByNumber", "its fields do not give its hash");
    return EXIT_FINE;
}

/* ---- the witness ---- */

/* A node that gives no headers is asked for the parent. */
static int take_parent(fetch *f)
{
    if (json_array_size(json_object_get(f->witness, "headers")) > 0)
        return EXIT_FINE;
    json_t *parent = NULL;
    const char *hash = json_string_value(json_object_get(f->block, "parentHash"));
    int code = call(f, &parent, "eth_getBlockByHash", json_pack("[s,b]", hash != NULL ? hash : "0x", 0));
    if (code == EXIT_FINE)
        json_object_set_new(f->witness, "headers", json_pack("[o]", parent));
    return code;
}

static int take_witness(fetch *f)
{
    int code;
    status s = rpc_client_call(f->client, &f->witness, "debug_executionWitness", json_pack("[s]", f->number));
    if (s != OK)
        return fail(EXIT_INPUT, "%s%s", rpc_client_error_text(f->client),
                    s == REMOTE_REFUSED
                        ? "; it must serve debug_ methods and still have the state before that block"
                        : "");
    if (!json_is_object(f->witness) || json_object_get(f->witness, "state") == NULL)
        return fail_answer(f, "debug_executionWitness", "no \"state\"");
    if ((code = take_parent(f)) != EXIT_FINE)
        return code;
    const char *wrong;
    json_t *own = block_formats_witness(&wrong, &f->memory, f->witness);
    if (own == NULL)
        return fail_answer(f, "debug_executionWitness", wrong);
    json_decref(f->witness);
    f->witness = own;
    return EXIT_FINE;
}

/* ---- all of it ---- */

static int write_out(const fetch *f, const char *path)
{
    size_t nodes = json_array_size(json_object_get(f->witness, "state"));
    size_t code_count = json_array_size(json_object_get(f->witness, "codes"));
    size_t header_count = json_array_size(json_object_get(f->witness, "headers"));
    json_t *file = json_pack("{s:I,s:o,s:O}", "chainId", (json_int_t)f->chain_id, "block",
                             block_formats_hex(f->encoding), "witness", f->witness);
    char *text = json_dumps(file, JSON_INDENT(1)), hash[80];
    json_decref(file);
    if (text == NULL)
        return fail(EXIT_INPUT, "out of memory");
    size_t size_bytes = strlen(text);
    int code = file_write(path, text, size_bytes);
    free(text);
    if (code != EXIT_FINE)
        return code;
    printf("block      %s with %s transactions\nhash       %s\n", grouped(strtoull(f->number, NULL, 16)),
           grouped(json_array_size(json_object_get(f->block, "transactions"))),
           hex_text(hash, f->hash.bytes, 32));
    printf("witness    %s trie nodes, %s codes, %s headers\nfile       %s (%s)\n", grouped(nodes),
           grouped(code_count), grouped(header_count), path, size_text(size_bytes));
    return EXIT_FINE;
}

static int fetch_all(fetch *f, const char *which, const char *path)
{
    json_t *chain_id = NULL;
    int code = call(f, &chain_id, "eth_chainId", json_array());
    if (code == EXIT_FINE) {
        json_place place = {.file = rpc_client_host(f->client), .path = "eth_chainId"};
        code = json_u64(&f->chain_id, chain_id, &place);
    }
    json_decref(chain_id);
    if (code == EXIT_FINE && (code = find_block(f, which)) == EXIT_FINE &&
        (code = take_block(f)) == EXIT_FINE && (code = take_witness(f)) == EXIT_FINE)
        code = write_out(f, path);
    return code;
}

/* "latest", a hash, or a number, decimal or hex, as JSON-RPC takes it. */
static bool block_name(char out[72], const char *text)
{
    uint8_t hash[32];
    if (strcmp(text, "latest") == 0 ||
        (strlen(text) == 66 && hex_decode_exact(hash, 32, text, 66) == OK)) {
        snprintf(out, 72, "%s", text);
        return true;
    }
    char *end;
    bool is_hex = strncmp(text, "0x", 2) == 0;
    unsigned long long number = strtoull(text, &end, is_hex ? 16 : 10);
    snprintf(out, 72, "0x%llx", number);
    return text[0] >= '0' && text[0] <= '9' && *end == 0 && strlen(text) < 19;
}

static void show_progress(uint64_t come_bytes)
{
    if (come_bytes == UINT64_MAX)
        fputs("\r\33[K", stderr);
    else
        fprintf(stderr, "\r%s received ", size_text(come_bytes));
}

static int run(int argc, char **argv)
{
    const char *url = NULL, *path = NULL, *timeout_text = "120";
    const option options[] = {{"--rpc", &url, NULL}, {"-o", &path, NULL}, {"--timeout", &timeout_text, NULL}};
    int operands;
    uint64_t timeout;
    char which[72];
    int code =
        options_parse(&command_fetch, argc, argv, options, sizeof options / sizeof *options, 1, 1, &operands);
    if (code == EXIT_FINE && (url == NULL || path == NULL))
        code = fail_usage(&command_fetch, "--rpc URL and -o FILE are needed");
    if (code == EXIT_FINE)
        code = option_number(&command_fetch, &timeout, "--timeout", timeout_text, 1, 86400);
    if (code == EXIT_FINE && !block_name(which, argv[1]))
        code = fail_usage(&command_fetch, "'%s' is no block number, no hash and not 'latest'", argv[1]);
    if (code != EXIT_FINE)
        return code;
    fetch f = {0};
    rpc_client_options chosen = {url, (unsigned)timeout, MOST_ANSWER_BYTES,
                                 isatty(STDERR_FILENO) != 0 ? show_progress : NULL};
    if (rpc_client_open(&f.client, &chosen) != OK)
        return fail_usage(&command_fetch, "%s", status_message(REMOTE_URL_WRONG));
    arena_open(&f.memory, ARENA_BYTES);
    code = fetch_all(&f, which, path);
    json_decref(f.block);
    json_decref(f.witness);
    rpc_client_close(f.client);
    arena_close(&f.memory);
    return code;
}

const command command_fetch = {
    .name = "fetch",
    .usage = "--rpc URL NUMBER|HASH|latest -o FILE [--timeout SECONDS]",
    .summary = "Gets a block with its witness from a node, for execute and prove.",
    .help = "  --rpc URL          a node that serves debug_executionWitness (geth, reth, ashlar): http:// or "
            "https://\n"
            "  -o FILE            where the block goes\n"
            "  --timeout SECONDS  of one answer (120)\n\n"
            "Example: ashlar fetch --rpc http://127.0.0.1:8545 latest -o block.json && ashlar execute "
            "block.json\n",
    .run = run,
};
