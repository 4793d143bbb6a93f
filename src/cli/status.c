/* `ashlar status`: what the contracts on L1 say of a rollup, in words. */
#include "cli/amount.h"
#include "cli/rollup_tool.h"
#include "settle/rollup_state.h"

static const char *ago(const rollup_now *now, uint64_t time)
{
    return duration_text(now->l1.timestamp > time ? now->l1.timestamp - time : 0);
}

static void print_until(const rollup_now *now, const char *what, uint64_t time)
{
    if (now->l1.timestamp >= time)
        printf("%s now\n", what);
    else
        printf("%s in %s\n", what, duration_text(time - now->l1.timestamp));
}

static void print_status(const rollup_tool *t, const rollup_now *now)
{
    printf("L1          block %s, chain %llu\n", grouped(now->l1.number),
           (unsigned long long)t->rollup.l1_chain_id);
    printf("rollup      %s, L2 chain %llu%s\n", address_text(&t->rollup.rollup),
           (unsigned long long)t->rollup.l2_chain_id, now->tip.is_frozen ? ", FROZEN" : "");
    printf("committed   batch %s, %s ago\n", grouped(now->tip.index), ago(now, now->tip.at));
    printf("proven      batch %s, %s ago\n", grouped(now->proven.index), ago(now, now->proven.at));
    printf("queue       %s items, %s taken; gas costs %s gwei\n", grouped(now->queue_count),
           grouped(now->tip.queue_index), amount_text(u256_from_u64(now->item_price), 9));
    printf("ether       %s ETH\n", amount_text(now->ether, 18));
    if (now->tip.is_frozen) {
        printf("frozen      claims of what is proven and exits go on\n");
        return;
    }
    printf("turn        %s\n", now->is_open          ? "anybody's"
                               : now->has_leader     ? address_text(&now->leader)
                                                     : "anybody's: there are no operators");
    if (now->next_item_time != 0)
        print_until(now, "forced      the next item must be taken", now->next_item_time + now->forced_delay);
    if (now->tip.index > now->proven.index)
        print_until(now, "drop        without a proof batches may be dropped",
                    now->proven.at + now->drop_delay);
}

static int run(int argc, char **argv)
{
    rollup_tool t = {.command = &command_status};
    bool json = false;
    const option options[] = {ROLLUP_TOOL_OPTIONS(&t), {"--json", NULL, &json}};
    int operands, code = options_parse(&command_status, argc, argv, options, sizeof options / sizeof *options,
                                       0, 0, &operands);
    rollup_now now;
    if (code == EXIT_FINE && (code = rollup_tool_open(&t, TOOL_L1 | TOOL_FILE)) == EXIT_FINE) {
        status s = rollup_now_read(&now, t.l1, &t.memory, &t.rollup);
        if (s != OK)
            code = rollup_tool_fail(t.l1, s);
        else if (json)
            printf("{\"l1Block\":%llu,\"frozen\":%s,\"committed\":%llu,\"proven\":%llu,\"items\":%llu,"
                   "\"itemsTaken\":%llu,"
                   "\"itemsProven\":%llu,\"open\":%s}\n",
                   (unsigned long long)now.l1.number, now.tip.is_frozen ? "true" : "false",
                   (unsigned long long)now.tip.index, (unsigned long long)now.proven.index,
                   (unsigned long long)now.queue_count, (unsigned long long)now.tip.queue_index,
                   (unsigned long long)now.proven.queue_index, now.is_open ? "true" : "false");
        else
            print_status(&t, &now);
    }
    rollup_tool_close(&t);
    return code;
}

const command command_status = {
    .name = "status",
    .usage = "--l1 URL --rollup FILE [--json]",
    .summary = "Shows what L1 says of a rollup: batches, proofs, the queue, whose turn it is.",
    .help = ROLLUP_HELP_L1 ROLLUP_HELP_FILE "  --json             the same for programs\n\n"
            "Example: ashlar status --l1 http://127.0.0.1:8546 --rollup rollup.json\n",
    .run = run,
};
