/* What the commands that deal with a rollup share: its file, L1 and L2, a key, and one way to send. */
#ifndef ASHLAR_CLI_ROLLUP_TOOL_H
#define ASHLAR_CLI_ROLLUP_TOOL_H

#include "cli/cli.h"
#include "settle/deployment.h"
#include "settle/key.h"
#include "settle/transact.h"

typedef struct {
    const command *command;
    const char *l1_url, *l2_url, *rollup_path, *key_path, *timeout_text,
        *fee_cap_text; /* as they were given */
    bool dry_run;
    uint64_t timeout_seconds, fee_cap_gwei;
    arena memory;
    endpoint *l1, *l2;
    rollup_deployment rollup;
    signing_key key; /* in a dry run maybe none: has_key */
    bool has_key;
} rollup_tool;

#define ROLLUP_TOOL_OPTIONS(t)                                                                              \
    {"--l1", &(t)->l1_url, NULL}, {"--l2", &(t)->l2_url, NULL}, {"--rollup", &(t)->rollup_path, NULL},      \
        {"--key-file", &(t)->key_path, NULL}, {"--timeout", &(t)->timeout_text, NULL},                      \
        {"--fee-cap", &(t)->fee_cap_text, NULL}, {"--dry-run", NULL, &(t)->dry_run}

#define FEE_CAP_GWEI "200"

/* For the help text of each. */
#define ROLLUP_HELP_L1 "  --l1 URL           a node of L1 (http:// or https://)\n"
#define ROLLUP_HELP_L2 "  --l2 URL           a node of the rollup\n"
#define ROLLUP_HELP_FILE "  --rollup FILE      what `ashlar deploy` wrote\n"
#define ROLLUP_HELP_KEY                                                                                 \
    "  --key-file FILE    the account's secret key in hex, in a file that only its owner can read;\n"     \
    "                     without it the environment variable ASHLAR_KEY has the key\n"
#define ROLLUP_HELP_SENDING                                                                                 \
    "  --dry-run          says what would be sent and what it costs, and sends nothing\n"                   \
    "  --timeout SECONDS  how long to wait for the block, and for an answer (120)\n"                        \
    "  --fee-cap GWEI     what a gas may cost at most; where it costs more nothing is sent (" FEE_CAP_GWEI    \
    ")\n"

enum { TOOL_L1 = 1, TOOL_L2 = 2, TOOL_FILE = 4, TOOL_KEY = 8 };
/* Opens what is needed, and complains in a line about what is missing. Close it in any case. */
int rollup_tool_open(rollup_tool *t, unsigned needs);
void rollup_tool_close(rollup_tool *t);

/* The line about a failure of a node. */
int rollup_tool_fail(const endpoint *e, status s);

/* Prints what is sent and its cost; sends, unless it is a dry run, and prints the receipt. With a dry run
 * receipt->succeeded is false. */
int rollup_tool_send(rollup_tool *t, endpoint_receipt *receipt, endpoint *e, uint64_t chain_id,
                     const char *what, const transact_order *order);

/* A secret key from a file that only its owner can read; or from there, or where no file is named from
 * ASHLAR_KEY. EXIT_INPUT, EXIT_USAGE with a line. */
int key_file_read(signing_key *out, const char *path);
int key_read(const command *c, signing_key *out, const char *path);

/* EXIT_USAGE with a line. */
int option_address(const command *c, address *out, const char *name, const char *text);
int option_amount(const command *c, u256 *out, const char *name, const char *text, unsigned decimals);
int option_bytes(const command *c, bytes *out, arena *memory, const char *name, const char *text);

/* Of a token on that chain; EXIT_INPUT with a line where it says none. */
int ask_decimals(unsigned *decimals, endpoint *e, arena *memory, const address *token);

/* "0x…", in one of a few static buffers. */
const char *address_text(const address *a);
const char *hash_text(const hash256 *h);
/* Seconds as "3 d 4 h", likewise. */
const char *duration_text(uint64_t seconds);

#endif
