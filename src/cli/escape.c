/* `ashlar escape`: commits what waits in the queue, where the operator does not. */
#include "cli/amount.h"
#include "cli/rollup_tool.h"
#include "settle/calldata.h"
#include "settle/events.h"
#include "settle/rollup_state.h"

/* How many items a batch may take: as many as ITEM_GAS allows. */
static status choose_items(rollup_tool *t, uint64_t *queue_index, const rollup_now *now)
{
    const address *queue = &t->rollup.queue;
    bytes before, after;
    uint64_t sum, upto;
    TRY(rollup_get(t->l1, &before, &t->memory, queue, "info(uint256)", &now->tip.queue_index));
    if (!calldata_read_u64(&sum, before, 1))
        return REMOTE_FAILED;
    *queue_index = now->tip.queue_index;
    while (*queue_index < now->queue_count) {
        uint64_t next = *queue_index + 1;
        TRY(rollup_get(t->l1, &after, &t->memory, queue, "info(uint256)", &next));
        if (!calldata_read_u64(&upto, after, 1))
            return REMOTE_FAILED;
        if (upto - sum > t->rollup.item_gas)
            break;
        *queue_index = next;
    }
    return OK;
}

static int escape(rollup_tool *t)
{
    /* A stream without text: no block is named, so one closing block takes the items. */
    static const uint8_t empty_stream[] = {0x03, 0x00};
    rollup_now now;
    uint64_t queue_index;
    hash256 previous, queue_hash;
    status s = rollup_now_read(&now, t->l1, &t->memory, &t->rollup);
    if (s != OK)
        return rollup_tool_fail(t->l1, s);
    if (now.tip.is_frozen)
        return fail(EXIT_INVALID, "the rollup is frozen: `ashlar exit` gets balances out");
    if (now.tip.queue_index == now.queue_count)
        return fail(EXIT_INVALID, "nothing waits in the queue; `ashlar force` puts a transaction there");
    if (!now.is_open && now.has_leader)
        return fail(EXIT_INVALID,
                    "it is the operators' turn: anybody may commit after %s without a batch, or once an item "
                    "is %s old",
                    duration_text(now.commit_timeout), duration_text(now.forced_delay + now.max_lag));
    s = choose_items(t, &queue_index, &now);
    if (s == OK)
        s = rollup_get_hash(t->l1, &previous, &t->memory, &t->rollup.rollup, "batch(uint256)", now.tip.index);
    if (s == OK)
        s = rollup_get_hash(t->l1, &queue_hash, &t->memory, &t->rollup.queue, "rolling(uint256)",
                            queue_index);
    if (s != OK)
        return rollup_tool_fail(t->l1, s);
    calldata *c = ARENA_NEW(&t->memory, calldata, 1);
    calldata_begin(c, &t->memory, CALL_COMMIT);
    calldata_hash(c, &previous);
    calldata_hash(c, &queue_hash);
    calldata_u64(c, now.l1.timestamp);
    calldata_u64(c, queue_index);
    calldata_bytes(c, (bytes){empty_stream, sizeof empty_stream});
    printf("batch       %s with items %s; the bond is %s ETH, a credit in Rollup once it is proven\n",
           grouped(now.tip.index + 1), range_text(now.tip.queue_index, queue_index - 1),
           amount_text(now.batch_bond, 18));
    endpoint_receipt receipt;
    transact_order order = {.to = &t->rollup.rollup, .value = now.batch_bond, .data = calldata_end(c)};
    int code = rollup_tool_send(t, &receipt, t->l1, t->rollup.l1_chain_id, "commit", &order);
    if (code == EXIT_FINE && !t->dry_run)
        printf("proof       anybody may bring it, and gets the items' fees\n");
    return code;
}

static int run(int argc, char **argv)
{
    rollup_tool t = {.command = &command_escape};
    const option options[] = {ROLLUP_TOOL_OPTIONS(&t)};
    int operands, code = options_parse(&command_escape, argc, argv, options, sizeof options / sizeof *options,
                                       0, 0, &operands);
    if (code == EXIT_FINE && (code = rollup_tool_open(&t, TOOL_L1 | TOOL_FILE | TOOL_KEY)) == EXIT_FINE)
        code = escape(&t);
    rollup_tool_close(&t);
    return code;
}

const command command_escape = {
    .name = "escape",
    .usage = "--l1 URL --rollup FILE [--dry-run]",
    .summary =
        "Commits a batch of what waits in the queue on L1, where the operators have not done it in time.",
    .help = ROLLUP_HELP_L1 ROLLUP_HELP_FILE ROLLUP_HELP_KEY ROLLUP_HELP_SENDING
    "\nExample: ashlar escape --l1 http://127.0.0.1:8546 --rollup rollup.json --key-file me.key\n",
    .run = run,
};
