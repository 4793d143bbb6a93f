/* `ashlar operator`: an operator's seat, and what the contracts owe an account. */
#include "cli/amount.h"
#include "cli/rollup_tool.h"
#include "settle/calldata.h"
#include "settle/rollup_state.h"

#include <string.h>

/* A getter of Rollup with the account as its argument. */
static status ask_of_account(rollup_tool *t, bytes *out, const char *signature)
{
    calldata *c = ARENA_NEW(&t->memory, calldata, 1);
    calldata_begin(c, &t->memory, signature);
    calldata_address(c, &t->key.address);
    endpoint_message m = {.to = &t->rollup.rollup, .data = calldata_end(c)};
    return endpoint_call(t->l1, out, &t->memory, &m);
}

/* Of the account, in wei. */
typedef struct {
    u256 bonds, fees;
    u256 stake;
    uint64_t released_at, seats;
    uint64_t now; /* of L1 */
} dues;

static int ask_dues(rollup_tool *t, dues *out)
{
    bytes credit, stake;
    endpoint_block head;
    status s = endpoint_block_by_tag(t->l1, &head, "latest");
    if (s == OK)
        s = ask_of_account(t, &credit, "credit(address)");
    if (s == OK)
        s = ask_of_account(t, &stake, "stake(address)");
    if (s != OK)
        return rollup_tool_fail(t->l1, s);
    if (!calldata_read_u256(&out->bonds, credit, 0) || !calldata_read_u256(&out->fees, credit, 1) ||
        !calldata_read_u256(&out->stake, stake, 0) || !calldata_read_u64(&out->released_at, stake, 1) ||
        !calldata_read_u64(&out->seats, stake, 2))
        return fail(EXIT_INPUT, "%s: the contracts answer otherwise than they should", endpoint_host(t->l1));
    out->now = head.timestamp;
    return EXIT_FINE;
}

static int call(rollup_tool *t, const char *what, const address *contract, const char *signature, u256 value)
{
    calldata *c = ARENA_NEW(&t->memory, calldata, 1);
    endpoint_receipt receipt;
    calldata_begin(c, &t->memory, signature);
    transact_order order = {.to = contract, .value = value, .data = calldata_end(c)};
    return rollup_tool_send(t, &receipt, t->l1, t->rollup.l1_chain_id, what, &order);
}

static int join(rollup_tool *t)
{
    u256 stake, slot;
    status s = rollup_get_u256(t->l1, &stake, &t->memory, &t->rollup.rollup, "STAKE()", NULL);
    if (s == OK)
        s = rollup_get_u256(t->l1, &slot, &t->memory, &t->rollup.rollup, "SLOT_TIME()", NULL);
    if (s != OK)
        return rollup_tool_fail(t->l1, s);
    printf("stake       %s ETH; a batch that breaks the rules costs some of it\n", amount_text(stake, 18));
    printf("seat        from the next turn on; a turn is %s\n", duration_text(slot.limb[0]));
    return call(t, "join", &t->rollup.rollup, "join()", stake);
}

static int leave(rollup_tool *t)
{
    dues d;
    int code = call(t, "leave", &t->rollup.rollup, "leave()", U256_ZERO);
    if (code != EXIT_FINE || t->dry_run || (code = ask_dues(t, &d)) != EXIT_FINE)
        return code;
    printf("stake       %s ETH, for `ashlar operator payout` in %s\n", amount_text(d.stake, 18),
           duration_text(d.released_at > d.now ? d.released_at - d.now : 0));
    return EXIT_FINE;
}

static int pay_out(rollup_tool *t)
{
    dues d;
    rollup_now now;
    if (!t->has_key)
        return fail_usage(t->command, "a key is needed: it says whose dues they are");
    int code = ask_dues(t, &d);
    if (code != EXIT_FINE)
        return code;
    status s = rollup_now_read(&now, t->l1, &t->memory, &t->rollup);
    if (s != OK)
        return rollup_tool_fail(t->l1, s);
    bool is_released = d.seats == 0 && (d.now >= d.released_at || now.tip.is_frozen);
    printf("bonds       %s ETH\nfees        %s ETH\n", amount_text(d.bonds, 18), amount_text(d.fees, 18));
    if (d.seats > 0)
        printf("stake       %s ETH, of %s seats; `ashlar operator leave` first\n", amount_text(d.stake, 18),
               grouped(d.seats));
    else if (!u256_is_zero(d.stake) && !is_released)
        printf("stake       %s ETH, in %s\n", amount_text(d.stake, 18),
               duration_text(d.released_at - d.now));
    else
        printf("stake       %s ETH\n", amount_text(d.stake, 18));
    bool has_stake = is_released && !u256_is_zero(d.stake);
    if (u256_is_zero(d.bonds) && u256_is_zero(d.fees) && !has_stake)
        return fail(EXIT_INVALID, "there is nothing to pay out now");
    if (!u256_is_zero(d.bonds))
        code = call(t, "bonds", &t->rollup.rollup, "withdrawCredit()", U256_ZERO);
    if (code == EXIT_FINE && !u256_is_zero(d.fees))
        code = call(t, "fees", &t->rollup.bridge, "withdrawFees()", U256_ZERO);
    if (code == EXIT_FINE && has_stake)
        code = call(t, "stake", &t->rollup.rollup, "withdrawStake()", U256_ZERO);
    return code;
}

static int run(int argc, char **argv)
{
    const struct {
        const char *name;
        int (*act)(rollup_tool *t);
    } actions[] = {{"join", join}, {"leave", leave}, {"payout", pay_out}};
    rollup_tool t = {.command = &command_operator};
    const option options[] = {ROLLUP_TOOL_OPTIONS(&t)};
    int operands, code = options_parse(&command_operator, argc, argv, options,
                                       sizeof options / sizeof *options, 1, 1, &operands);
    if (code != EXIT_FINE)
        return code;
    int (*act)(rollup_tool *t) = NULL;
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (strcmp(argv[1], actions[i].name) == 0)
            act = actions[i].act;
    if (act == NULL)
        return fail_usage(&command_operator, "'%s' is none of join, leave and payout", argv[1]);
    if ((code = rollup_tool_open(&t, TOOL_L1 | TOOL_FILE | TOOL_KEY)) == EXIT_FINE)
        code = act(&t);
    rollup_tool_close(&t);
    return code;
}

const command command_operator = {
    .name = "operator",
    .usage = "join | leave | payout --l1 URL --rollup FILE [--dry-run]",
    .actions = "join leave payout",
    .summary = "Buys an operator's seat of a rollup, gives it back, or pays out what the contracts owe the "
               "account.",
    .help = "  join               buys a seat for the stake: the account commits batches in its turns;\n"
            "                     several seats are several turns\n"
            "  leave              gives all seats back with this turn; the stake can be paid out later\n"
            "  payout             bonds of proven batches, fees of proven items, a stake that is free\n"
            ROLLUP_HELP_L1 ROLLUP_HELP_FILE ROLLUP_HELP_KEY ROLLUP_HELP_SENDING
            "\nExample: ashlar operator join --l1 http://127.0.0.1:8546 --rollup rollup.json --key-file "
            "operator.key\n",
    .run = run,
};
