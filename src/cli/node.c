/* `ashlar node`: a chain with its RPC, until it is told to stop. */
#define _GNU_SOURCE
#include "cli/cli.h"
#include "cli/genesis.h"
#include "node/node.h"
#include "node/rpc.h"

#include <signal.h>
#include <string.h>

#define NODE_ARENA_BYTES ((size_t)64 << 30)

typedef struct {
    const char *directory, *genesis, *import, *address, *port, *block_time, *gas_limit, *coinbase, *cors;
    bool dev, accepts_blobs, testing;
} arguments;

static volatile int stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static int fail_node(status s)
{
    const char *text = node_error_text();
    return fail(status_exit_code(s), "%s", text[0] != 0 ? text : status_message(s));
}

static void print_accounts(const node *n)
{
    char text[80];
    printf("Accounts, each with 10000 ETH at the start; their keys are known to everyone, so use them for "
           "development alone\n");
    for (size_t i = 0; i < node_account_count(n); i++)
        printf("(%zu) %s\n", i, hex_text(text, node_account(n, i)->bytes, 20));
    printf("Private keys\n");
    for (size_t i = 0; i < node_account_count(n); i++)
        printf("(%zu) %s\n", i, hex_text(text, node_account_key(n, i), 32));
    printf("Mnemonic  test test test test test test test test test test test junk\n");
}

static int import_file(node *n, arena *memory, const char *path)
{
    bytes blocks;
    uint64_t imported;
    chain_fault fault = {.transaction_index = SIZE_MAX};
    size_t mark = memory->used_bytes;
    int code = file_read(&blocks, memory, path);
    if (code != EXIT_FINE)
        return code;
    double start = clock_seconds();
    status s = node_import_file(n, &imported, &fault, blocks);
    arena_rewind(memory, mark);
    printf("%s: %s blocks imported in %.1f s\n", path, grouped(imported), clock_seconds() - start);
    if (s == OK)
        return EXIT_FINE;
    char where[64] = "";
    if (fault.transaction_index != SIZE_MAX)
        snprintf(where, sizeof where, "transaction %zu: ", fault.transaction_index);
    return fail(status_exit_code(s), "%s: the block after the %s new ones is refused: %s%s", path,
                grouped(imported), where, chain_fault_message(s, &fault));
}

static int serve(node *n, const arguments *a, uint16_t port)
{
    rpc_options options = rpc_options_default();
    options.development_methods = a->dev;
    options.debug_methods = a->dev;
    options.testing_methods = a->testing;
    options.server.port = port;
    if (a->address != NULL)
        options.server.listen_address = a->address;
    if (a->cors != NULL)
        options.server.cors_origin = a->cors;
    rpc *server = rpc_open(n, &options);
    if (server == NULL)
        return EXIT_INPUT;
    if (a->dev)
        print_accounts(n);
    printf("Chain id  %llu\nData      %s%s\nRPC       http://%s:%u\n",
           (unsigned long long)node_config(n)->chain_id, node_directory(n),
           a->directory == NULL ? " (removed at the end)" : "", options.server.listen_address,
           rpc_port(server));
    fflush(stdout);
    rpc_run(server, &stop);
    rpc_close(server);
    printf("stopped\n");
    return EXIT_FINE;
}

static int open_and_serve(arena *memory, const arguments *a, const node_options *options, uint16_t port)
{
    node *n;
    chain_genesis genesis;
    node_options with_genesis = *options;
    if (a->genesis != NULL) {
        int code = genesis_read(&genesis, memory, a->genesis);
        if (code != EXIT_FINE)
            return code;
        with_genesis.genesis = &genesis;
    }
    status s = node_open(&n, &with_genesis);
    if (s != OK)
        return fail_node(s);
    int code = a->import != NULL ? import_file(n, memory, a->import) : EXIT_FINE;
    if (code == EXIT_FINE)
        code = serve(n, a, port);
    node_close(n);
    return code;
}

static int read_numbers(node_options *options, uint64_t *port, const arguments *a)
{
    int code;
    *port = 8545;
    if (a->port != NULL &&
        (code = option_number(&command_node, port, "--http-port", a->port, 0, 65535)) != EXIT_FINE)
        return code;
    if (a->block_time != NULL && (code = option_number(&command_node, &options->block_time_seconds,
                                                       "--block-time", a->block_time, 0, 86400)) != EXIT_FINE)
        return code;
    if (a->gas_limit != NULL && (code = option_number(&command_node, &options->gas_limit, "--gas-limit",
                                                      a->gas_limit, 5000, (uint64_t)1 << 40)) != EXIT_FINE)
        return code;
    return EXIT_FINE;
}

static int run(int argc, char **argv)
{
    arguments a = {0};
    const option options[] = {
        {"--dev", NULL, &a.dev},
        {"--datadir", &a.directory, NULL},
        {"--genesis", &a.genesis, NULL},
        {"--import", &a.import, NULL},
        {"--http-address", &a.address, NULL},
        {"--http-port", &a.port, NULL},
        {"--cors", &a.cors, NULL},
        {"--block-time", &a.block_time, NULL},
        {"--gas-limit", &a.gas_limit, NULL},
        {"--accept-blobs", NULL, &a.accepts_blobs},
        {"--testing", NULL, &a.testing},
    };
    int operands;
    int code =
        options_parse(&command_node, argc, argv, options, sizeof options / sizeof *options, 0, 0, &operands);
    if (code != EXIT_FINE)
        return code;
    if (!a.dev && a.directory == NULL)
        return fail_usage(&command_node, "--datadir is needed without --dev");
    node_options chosen = {.directory = a.directory,
                           .is_development = a.dev,
                           .seals = a.dev || a.block_time != NULL,
                           .accepts_blobs = a.accepts_blobs};
    uint64_t port;
    if ((code = read_numbers(&chosen, &port, &a)) != EXIT_FINE)
        return code;
    arena memory;
    arena_open(&memory, NODE_ARENA_BYTES);
    catch_signals();
    code = open_and_serve(&memory, &a, &chosen, (uint16_t)port);
    arena_close(&memory);
    return code;
}

const command command_node = {
    .name = "node",
    .usage = "--dev [--datadir DIR] [--http-port PORT] [--block-time SECONDS] [--genesis GENESIS] [--import "
             "BLOCKS]",
    .summary = "Runs a chain that wallets, libraries and tools connect to by JSON-RPC.",
    .help = "  --dev                 a development chain: ten funded accounts, unlocked; a block for each "
            "transaction;\n"
            "                        debug and development methods\n"
            "  --datadir DIR         where the database is; without it, with --dev, a temporary one\n"
            "  --genesis GENESIS     geth-style genesis.json; without it the chain of the database, or the "
            "development chain\n"
            "  --import BLOCKS       first executes the blocks of a file, RLP one after another, that are "
            "not there yet\n"
            "  --http-address ADDR   where it listens, HTTP and WebSocket (127.0.0.1)\n"
            "  --http-port PORT      (8545; 0: any that is free)\n"
            "  --cors ORIGIN         which web pages may ask: \"*\", or one origin\n"
            "  --block-time SECONDS  a block each so many seconds, also an empty one; 0: one for each "
            "transaction\n"
            "  --gas-limit GAS       what the blocks' gas limit moves towards\n"
            "  --accept-blobs        blob transactions are taken, as on a chain made from an L1 genesis\n"
            "  --testing             testing_ methods\n\n"
            "Example: ashlar node --dev --datadir chain\n",
    .run = run,
};
