/* `ashlar node`: a chain with its RPC, until it is told to stop. */
#define _GNU_SOURCE
#include "base/check.h"
#include "base/clock.h"
#include "cli/block_program.h"
#include "cli/cli.h"
#include "cli/genesis.h"
#include "cli/node_options.h"
#include "cli/rollup_file.h"
#include "cli/rollup_tool.h"
#include "serve/explorer.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"
#include "serve/monitor.h"
#include "node/node.h"
#include "proving/proving.h"
#include "rpc/rpc.h"
#include "settle/settle.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define NODE_ARENA_BYTES ((size_t)64 << 30)

static volatile int stop;

/* The first one asks for an end in order, a second one ends at once. */
static void on_signal(int number)
{
    if (stop != 0)
        _exit(128 + number);
    stop = number;
}

static void open_log(const node_arguments *a)
{
    static const char *const levels[LOG_LEVELS] = {"debug", "info", "warn", "error"};
    unsigned level = 0;
    while (strcmp(levels[level], a->log_level) != 0)
        level++;
    log_format format = LOG_TEXT;
    if (a->log_format == NULL)
        format = a->dev && isatty(STDERR_FILENO) ? LOG_READABLE : LOG_TEXT;
    else if (strcmp(a->log_format, "json") == 0)
        format = LOG_JSON;
    log_open((log_level)level, format);
}

/* Each connection is a file: as many as the system lets this process have, within reason, since the server
 * keeps a table of all that there may be. */
static void raise_file_limit(void)
{
    enum { REASON = 65536 };
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max < REASON ? limit.rlim_max : REASON;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is a full disk, not an end */
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
    log_event(LOG_INFO, "imported", log_text("file", path), log_number("blocks", imported),
              log_real("seconds", clock_seconds() - start));
    if (s == OK)
        return EXIT_FINE;
    char where[64] = "";
    if (fault.transaction_index != SIZE_MAX)
        snprintf(where, sizeof where, "transaction %zu: ", fault.transaction_index);
    return fail(status_exit_code(s), "%s: the block after the %s new ones is refused: %s%s", path,
                grouped(imported), where, chain_fault_message(s, &fault));
}

static void print_url(char *out, size_t size_bytes, const char *address, unsigned port)
{
    bool is_ipv6 = strchr(address, ':') != NULL;
    snprintf(out, size_bytes, is_ipv6 ? "http://[%s]:%u" : "http://%s:%u", address, port);
}

static monitor monitor_for(const node_arguments *a)
{
    return (monitor){.block_time_seconds = a->block_time != OPTION_NOT_GIVEN ? a->block_time : 0,
                     .start = clock_seconds()};
}

/* What GET gets on the RPC port. */
typedef struct {
    monitor monitor;
    bool has_explorer;
} pages;

static bool find_page(void *context, const char *path, rpc_page *page)
{
    pages *p = context;
    return monitor_page(&p->monitor, path, page) || (p->has_explorer && explorer_page(NULL, path, page));
}

static int fail_port(const char *address, uint64_t port)
{
    return fail(EXIT_INPUT,
                "cannot listen on port %u of %s: the port is in use, or it is no address of this machine",
                (unsigned)port, address);
}

/* ---- a rollup ---- */

static void lock_rpc(void *r) { rpc_lock(r); }
static void unlock_rpc(void *r) { rpc_unlock(r); }

/* What the options say of it, and its keys. */
static int read_settle(settle_options *out, arena *memory, const node_arguments *a)
{
    u256 gwei = u256_from_u64(1000000000);
    *out = (settle_options){
        .l1_url = a->l1,
        .second_l1_url = a->l1_second,
        .is_sequencer = a->sequencer,
        .prover = strcmp(a->attest, "off") == 0     ? SETTLE_PROVER_OFF
                  : strcmp(a->attest, "proof") == 0 ? SETTLE_PROVER_PROOF
                                                    : SETTLE_PROVER_NATIVE,
        .block_seconds = a->block_time != OPTION_NOT_GIVEN ? a->block_time : 2,
        .batch_seconds = a->commit_seconds,
        .item_depth = a->item_depth,
        .poll_ms = a->l1_poll,
        .prover_seconds = a->attest_timeout,
        .anchor_seconds = a->anchor_seconds,
        .prover_memory_gib = a->prover_memory != OPTION_NOT_GIVEN ? a->prover_memory : 4,
        .sender = {.bump_seconds = 30, .max_fee = u256_mul(u256_from_u64(a->fee_cap), gwei)},
        .lock = lock_rpc,
        .unlock = unlock_rpc,
    };
    if (a->l1 == NULL)
        return fail_usage(&command_node, "--rollup needs --l1 URL");
    if (a->dev || a->genesis != NULL || strcmp(a->prover, "off") != 0)
        return fail_usage(&command_node, "--rollup goes without --dev, --genesis and --prover");
    int code = rollup_file_read(&out->rollup, memory, a->rollup);
    if (code == EXIT_FINE && (out->is_sequencer || out->prover != SETTLE_PROVER_OFF))
        code = key_read(&command_node, &out->key, a->key_file);
    if (code == EXIT_FINE && out->prover != SETTLE_PROVER_OFF)
        code = a->attester_key_file == NULL
                   ? fail_usage(&command_node, "--attest needs --attester-key-file FILE")
                   : key_file_read(&out->attester, a->attester_key_file);
    return code;
}

static int serve(node *n, proving *p, const settle_options *rollup, const node_arguments *a)
{
    pages shown = {.monitor = monitor_for(a), .has_explorer = strcmp(a->explorer, "on") == 0};
    rpc_options options = rpc_options_default();
    options.proving = p;
    options.development_methods = a->dev;
    options.debug_methods = a->dev || a->enable_debug;
    options.testing_methods = a->testing;
    options.page = find_page;
    options.page_context = &shown;
    server_options where = server_options_default();
    where.listen_address = a->http_address;
    where.port = (uint16_t)a->http_port;
    where.cors_origin = a->cors;
    rpc *r = rpc_open(n, &options);
    if (r == NULL)
        return fail(EXIT_INPUT, "there is too little memory to serve the node");
    rpc_handler handler = rpc_handler_of(r);
    server *s = server_open(&where, &handler);
    if (s == NULL) {
        rpc_close(r);
        return fail_port(a->http_address, a->http_port);
    }
    settle *l1 = NULL;
    settle_options on_l1;
    if (rollup != NULL) {
        on_l1 = *rollup;
        on_l1.lock_context = r;
        if (!settle_open(&l1, n, &on_l1)) {
            server_close(s);
            rpc_close(r);
            return fail(EXIT_INPUT, "%s", settle_open_error());
        }
    }
    metrics_set(METRIC_serving, 1);
    if (a->dev)
        print_accounts(n);
    char url[128];
    print_url(url, sizeof url, where.listen_address, server_port(s));
    printf("Chain id  %llu\nData      %s%s\nRPC       %s\n",
           (unsigned long long)node_config(n)->chain_id, node_directory(n),
           a->datadir == NULL ? " (removed at the end)" : "", url);
    fflush(stdout);
    log_event(LOG_INFO, "started", log_text("version", ASHLAR_VERSION),
              log_number("chain_id", node_config(n)->chain_id), log_text("rpc", url),
              log_text("datadir", node_directory(n)));
    proving_start(p, n);
    settle_start(l1);
    rpc_run(r, &stop);
    log_event(LOG_INFO, "stopping", log_number("signal", (uint64_t)stop));
    settle_close(l1);
    proving_stop(p);
    metrics_set(METRIC_serving, 0);
    server_close(s);
    rpc_close(r);
    monitor_close(&shown.monitor);
    return EXIT_FINE;
}

/* "archive", or a number of states. */
static int read_history(uint64_t *out, const char *text)
{
    *out = STORE_HISTORY_ARCHIVE;
    if (text == NULL)
        *out = STORE_HISTORY_AS_IT_IS;
    else if (strcmp(text, "archive") != 0)
        return option_number(&command_node, out, "--history, unless it is archive,", text, 1, UINT32_MAX);
    return EXIT_FINE;
}

static node_options chosen(const node_arguments *a)
{
    bool has_block_time = a->block_time != OPTION_NOT_GIVEN;
    return (node_options){
        .directory = a->datadir,
        .is_development = a->dev,
        .seals = (a->dev || has_block_time) && a->rollup == NULL,
        .accepts_blobs = a->accept_blobs,
        .block_time_seconds = has_block_time ? a->block_time : 0,
        .stop = &stop,
        .gas_limit = a->gas_limit != OPTION_NOT_GIVEN ? a->gas_limit : 0,
    };
}

/* Its own port, from before the import until after the RPC's last answer. */
static int open_metrics(server **out, monitor *watched, const node_arguments *a)
{
    if (a->metrics_port == OPTION_NOT_GIVEN)
        return EXIT_FINE;
    watched->gives_metrics = true;
    rpc_handler handler = {.context = watched, .page = monitor_page};
    server_options options = server_options_default();
    options.listen_address = a->metrics_address;
    options.port = (uint16_t)a->metrics_port;
    options.workers = options.most_workers = 0;
    *out = server_open(&options, &handler);
    if (*out == NULL)
        return fail_port(a->metrics_address, a->metrics_port);
    char url[128];
    print_url(url, sizeof url, a->metrics_address, server_port(*out));
    log_event(LOG_INFO, "metrics", log_text("url", url));
    return EXIT_FINE;
}

/* What is made of an unfinished proof lies beside the database. */
static const char *work_directory(arena *memory, const char *datadir)
{
    static const char name[] = "/proving";
    size_t size = strlen(datadir) + sizeof name;
    char *path = arena_allocate(memory, size, 1);
    snprintf(path, size, "%s%s", datadir, name);
    return path;
}

static proving_options chosen_proving(arena *memory, const node_arguments *a)
{
    proving_options o = proving_options_default();
    o.program_id = block_program_id;
    o.join_id = join_program_id;
    o.limits = (batch_limits){.blocks = a->batch_blocks,
                              .gas = a->batch_gas,
                              .cells = a->batch_cells,
                              .wait_ms = 1000 * a->batch_seconds};
    o.attempts = a->prover_attempts;
    o.silence_ms = 1000 * a->prover_timeout;
    o.threads = a->prover_threads != OPTION_NOT_GIVEN ? a->prover_threads : 0;
    if (a->prover_memory != OPTION_NOT_GIVEN)
        o.memory_bytes = a->prover_memory << 30;
    if (strcmp(a->prover, "local") != 0)
        o.queue = a->prover;
    if (a->datadir != NULL)
        o.work = work_directory(memory, a->datadir);
    return o;
}

static int import_and_serve(node *n, proving *p, const settle_options *rollup, arena *memory,
                            const node_arguments *a)
{
    monitor watched = monitor_for(a);
    server *metrics = NULL;
    int code = open_metrics(&metrics, &watched, a);
    if (code == EXIT_FINE && a->import != NULL)
        code = import_file(n, memory, a->import);
    if (code == EXIT_FINE && stop == 0)
        code = serve(n, p, rollup, a);
    if (metrics != NULL)
        server_close(metrics);
    monitor_close(&watched);
    return code;
}

static int open_and_serve(arena *memory, const node_arguments *a)
{
    node *n;
    chain_genesis genesis;
    node_options options = chosen(a);
    int code = read_history(&options.history, a->history);
    if (code == EXIT_FINE && a->genesis != NULL) {
        code = genesis_read(&genesis, memory, a->genesis);
        options.genesis = &genesis;
    }
    settle_options rollup;
    if (code == EXIT_FINE && a->rollup != NULL && (code = read_settle(&rollup, memory, a)) == EXIT_FINE) {
        status made = deployment_genesis(&genesis, NULL, &rollup.rollup, memory);
        CHECK(made == OK);
        options.genesis = &genesis;
        options.coinbase = rollup.key.address;
    }
    if (code != EXIT_FINE)
        return code;
    proving *p = NULL;
    proving_options how = chosen_proving(memory, a);
    if (strcmp(a->prover, "off") != 0)
        p = proving_open(&how);
    options.follower = proving_follower(p);
    if (a->datadir != NULL)
        explain_faults(a->datadir);
    status s = node_open(&n, &options);
    code = s == OK ? import_and_serve(n, p, a->rollup != NULL ? &rollup : NULL, memory, a) : fail_node(s);
    node_close(n);
    proving_close(p);
    return code;
}

static int run(int argc, char **argv)
{
    node_arguments a = {0};
    arena memory;
    arena_open(&memory, NODE_ARENA_BYTES);
    int code = options_read(&command_node, &a, &memory, argc, argv);
    if (code == EXIT_FINE && !a.dev && a.datadir == NULL)
        code = fail_usage(&command_node, "--datadir is needed without --dev");
    if (code == EXIT_FINE && strcmp(a.prover, "off") != 0 && strcmp(a.prover, "local") != 0 &&
        strncmp(a.prover, "postgres://", 11) != 0 && strncmp(a.prover, "postgresql://", 13) != 0)
        code = fail_usage(&command_node, "--prover must be off, local or postgres://…");
    if (code == EXIT_FINE) {
        open_log(&a);
        raise_file_limit();
        catch_signals();
        code = open_and_serve(&memory, &a);
    }
    arena_close(&memory);
    return code;
}

const command command_node = {
    .name = "node",
    .usage = "[--dev] [--datadir DIR] [--genesis FILE] [--http-port PORT] [--block-time SECONDS] [OPTION…]",
    .summary = "Runs a chain that wallets, libraries and tools connect to by JSON-RPC.",
    .options = NODE_OPTIONS,
    .help = "\nExample: ashlar node --dev --datadir chain\n",
    .run = run,
};
