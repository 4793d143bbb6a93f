/* `ashlar db`: looks after a node's database while no node uses it. */
#include "cli/cli.h"
#include "cli/genesis.h"
#include "store/check.h"
#include "node/node.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int fail_node(status s)
{
    const char *text = node_error_text();
    return fail(status_exit_code(s), "%s", text[0] != 0 ? text : status_message(s));
}

static int check(node *n)
{
    store_check_report report;
    status s = store_check(node_store(n), &report);
    if (s != OK)
        return fail_node(s);
    printf("%s blocks with %s transactions; %s trie nodes and %s codes\n", grouped(report.blocks),
           grouped(report.transactions), grouped(report.nodes), grouped(report.codes));
    printf("newest state: %s accounts, %s slots\n", grouped(report.accounts), grouped(report.slots));
    printf("the database is whole\n");
    return EXIT_FINE;
}

/* One block after another as RLP, without the genesis: what --import and `db import` take. */
static int write_blocks(FILE *file, node *n, arena *memory, uint64_t *count)
{
    store_view *v;
    status s = node_view_open(&v, memory, n);
    if (s != OK)
        return fail_node(s);
    size_t mark = memory->used_bytes;
    bool good = true;
    *count = 0;
    for (uint64_t i = store_first_number(v) + 1; i <= store_head_number(v) && good && s == OK;
         i++, ++*count) {
        store_block block;
        if ((s = store_block_by_number(v, &block, i)) == OK)
            good = fwrite(block.encoding.data, 1, block.encoding.size, file) == block.encoding.size;
        arena_rewind(memory, mark);
    }
    store_view_close(v);
    if (s != OK)
        return fail_node(s);
    return good ? EXIT_FINE : fail(EXIT_INPUT, "the file cannot be written to its end");
}

static int export(node *n, arena *memory, const char *path)
{
    uint64_t count = 0;
    FILE *file = fopen(path, "wb");
    if (file == NULL)
        return fail(EXIT_INPUT, "%s: cannot be written", path);
    int code = write_blocks(file, n, memory, &count);
    if (fclose(file) != 0 && code == EXIT_FINE)
        code = fail(EXIT_INPUT, "%s: cannot be written to its end", path);
    if (code == EXIT_FINE)
        printf("%s: %s blocks\n", path, grouped(count));
    return code;
}

static int import(node *n, uint64_t *imported, const char *path, bytes blocks)
{
    chain_fault fault = {.transaction_index = SIZE_MAX};
    status s = node_import_file(n, imported, &fault, blocks);
    printf("%s: %s new blocks\n", path, grouped(*imported));
    return s == OK ? EXIT_FINE
                   : fail(status_exit_code(s), "%s: the block after them is refused: %s", path,
                          chain_fault_message(s, &fault));
}

static bool holds_database(const char *directory)
{
    char file[4200];
    snprintf(file, sizeof file, "%s/data.mdb", directory);
    return access(file, F_OK) == 0;
}

/* What was made for blocks that were all refused. */
static void remove_database(const char *directory, bool with_directory)
{
    static const char *const FILES[] = {"data.mdb", "lock.mdb", "lock", "mempool.rlp"};
    for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++) {
        char file[4200];
        snprintf(file, sizeof file, "%s/%s", directory, FILES[i]);
        unlink(file);
    }
    if (with_directory)
        rmdir(directory);
}

static int act(arena *memory, const char *action, const char *directory, const char *path,
               const char *genesis_path, bool dev)
{
    chain_genesis genesis;
    node_options options = {.directory = directory, .is_development = dev, .accepts_blobs = true};
    if (genesis_path != NULL) {
        int code = genesis_read(&genesis, memory, genesis_path);
        if (code != EXIT_FINE)
            return code;
        options.genesis = &genesis;
    }
    bool is_import = strcmp(action, "import") == 0;
    bytes blocks = {0};
    int code = is_import ? file_read(&blocks, memory, path) : EXIT_FINE;
    if (code != EXIT_FINE)
        return code;
    node *n;
    bool is_new = !holds_database(directory), makes_directory = access(directory, F_OK) != 0;
    explain_faults(directory);
    status s = node_open(&n, &options);
    if (s != OK) {
        code = fail_node(s);
        if (is_new)
            remove_database(directory, makes_directory);
        return code;
    }
    uint64_t imported = 0;
    code = strcmp(action, "check") == 0 ? check(n)
           : !is_import                 ? export(n, memory, path)
                                        : import(n, &imported, path, blocks);
    node_close(n);
    if (is_new && code != EXIT_FINE && imported == 0)
        remove_database(directory, makes_directory);
    return code;
}

static int run(int argc, char **argv)
{
    const char *genesis = NULL;
    bool dev = false;
    const option options[] = {{"--genesis", &genesis, NULL}, {"--dev", NULL, &dev}};
    int operands;
    int code =
        options_parse(&command_db, argc, argv, options, sizeof options / sizeof *options, 2, 3, &operands);
    if (code != EXIT_FINE)
        return code;
    bool is_check = strcmp(argv[1], "check") == 0, is_import = strcmp(argv[1], "import") == 0;
    if (!is_check && !is_import && strcmp(argv[1], "export") != 0)
        return fail_usage(&command_db, "'%s' is none of check, export and import", argv[1]);
    if (operands != (is_check ? 2 : 3))
        return fail_usage(&command_db, "%s takes %s", argv[1],
                          is_check ? "a directory" : "a directory and a file");
    bool is_there = holds_database(argv[2]);
    if (!is_import && !is_there)
        return fail(EXIT_INPUT, "%s: holds no database", argv[2]);
    if (is_import && !is_there && genesis == NULL && !dev)
        return fail_usage(&command_db,
                          "%s holds no database: say with --genesis or --dev which chain it is to be of",
                          argv[2]);
    arena memory;
    arena_open(&memory, STORE_VIEW_ARENA_BYTES);
    code = act(&memory, argv[1], argv[2], is_check ? NULL : argv[3], genesis, dev);
    arena_close(&memory);
    return code;
}

const command command_db = {
    .name = "db",
    .usage = "check DIR | export DIR FILE | import DIR FILE [--genesis GENESIS | --dev]",
    .actions = "check export import",
    .summary = "Checks a node's database, or moves its chain.",
    .help = "  check DIR        every hash, every block, and the newest state from the root down\n"
            "  export DIR FILE  all blocks but the genesis, RLP one after another\n"
            "  import DIR FILE  executes such blocks and adds those that are not there yet; makes the "
            "database where\n"
            "                   there is none yet, which then needs one of\n"
            "  --genesis FILE   this geth-style genesis.json\n"
            "  --dev            the development chain's\n\n"
            "Example: ashlar db export chain blocks.rlp && ashlar db import copy blocks.rlp --dev\n",
    .run = run,
};
