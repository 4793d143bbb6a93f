/* `ashlar drop` and `ashlar freeze`: what time allows anybody to call. */
#include "cli/rollup_tool.h"
#include "settle/calldata.h"
#include "settle/rollup_state.h"

static int call_rollup(const command *c, int argc, char **argv, const char *what, const char *signature)
{
    rollup_tool t = {.command = c};
    const option options[] = {ROLLUP_TOOL_OPTIONS(&t)};
    int operands,
        code = options_parse(c, argc, argv, options, sizeof options / sizeof *options, 0, 0, &operands);
    if (code == EXIT_FINE && (code = rollup_tool_open(&t, TOOL_L1 | TOOL_FILE | TOOL_KEY)) == EXIT_FINE) {
        calldata *call = ARENA_NEW(&t.memory, calldata, 1);
        endpoint_receipt receipt;
        calldata_begin(call, &t.memory, signature);
        transact_order order = {.to = &t.rollup.rollup, .data = calldata_end(call)};
        code = rollup_tool_send(&t, &receipt, t.l1, t.rollup.l1_chain_id, what, &order);
    }
    rollup_tool_close(&t);
    return code;
}

static int run_drop(int argc, char **argv)
{
    return call_rollup(&command_drop, argc, argv, "drop", "drop()");
}
static int run_freeze(int argc, char **argv)
{
    return call_rollup(&command_freeze, argc, argv, "freeze", "freeze()");
}

const command command_drop = {
    .name = "drop",
    .usage = "--l1 URL --rollup FILE [--dry-run]",
    .summary = "Removes batches that nobody proved in time; what they took from the queue comes again.",
    .help = ROLLUP_HELP_L1 ROLLUP_HELP_FILE ROLLUP_HELP_KEY ROLLUP_HELP_SENDING
            "\nExample: ashlar drop --l1 http://127.0.0.1:8546 --rollup rollup.json --key-file me.key\n",
    .run = run_drop,
};

const command command_freeze = {
    .name = "freeze",
    .usage = "--l1 URL --rollup FILE [--dry-run]",
    .summary = "Ends a rollup for ever in which nobody proved for long and an item waits; then balances "
               "leave by `ashlar exit`.",
    .help = ROLLUP_HELP_L1 ROLLUP_HELP_FILE ROLLUP_HELP_KEY ROLLUP_HELP_SENDING
    "\nExample: ashlar freeze --l1 http://127.0.0.1:8546 --rollup rollup.json --key-file me.key\n",
    .run = run_freeze,
};
