/* `ashlar deposit` and `ashlar force`: items of the Queue on L1. */
#include "cli/amount.h"
#include "cli/rollup_tool.h"
#include "rollup/genesis.h"
#include "settle/calldata.h"
#include "settle/events.h"
#include "settle/rollup_state.h"

#include <string.h>

/* The Queue's market: of the last block in which gas was bought, and its constants. */
typedef struct {
    uint64_t price, sold_block, sold, target, block_gas, floor;
} market;

static status ask_market(rollup_tool *t, market *m)
{
    static const char *const constants[] = {"TARGET_GAS()", "BLOCK_GAS()", "FLOOR_PRICE()"};
    uint64_t *const values[] = {&m->target, &m->block_gas, &m->floor};
    bytes state;
    u256 price;
    TRY(rollup_get(t->l1, &state, &t->memory, &t->rollup.queue, "status()", NULL));
    TRY(rollup_get_u256(t->l1, &price, &t->memory, &t->rollup.queue, "fee(uint256)", &(uint64_t){1}));
    m->price = price.limb[0];
    if (!calldata_read_u64(&m->sold_block, state, 2) || !calldata_read_u64(&m->sold, state, 3))
        return REMOTE_FAILED;
    for (size_t i = 0; i < 3; i++) {
        u256 value;
        TRY(rollup_get_u256(t->l1, &value, &t->memory, &t->rollup.queue, constants[i], NULL));
        *values[i] = value.limb[0];
    }
    return m->target != 0 ? OK : REMOTE_FAILED;
}

/* After a block in which so much was bought. */
static u256 price_after(u256 price, const market *m, uint64_t sold)
{
    u256 more = U256_ZERO;
    if (sold > m->target) {
        u256_divide(&more, NULL, u256_mul(price, u256_from_u64(sold - m->target)), u256_from_u64(8 * m->target));
        more = u256_add(more, u256_from_u64(1));
    }
    return u256_add(price, more);
}

/* What the item's gas costs in the next block; and with `is_safe`, or where the price moves, what it can cost
 * at most in the one after that. Too little would be taken off what is minted, so that the item cannot send on
 * what it should; what is too much is minted for the sender. */
static int ask_fee(rollup_tool *t, u256 *fee, uint64_t gas, bool is_safe)
{
    endpoint_block head;
    market m;
    status s = endpoint_block_by_tag(t->l1, &head, "latest");
    if (s == OK)
        s = ask_market(t, &m);
    if (s != OK)
        return rollup_tool_fail(t->l1, s);
    u256 price = price_after(u256_from_u64(m.price), &m, m.sold_block == head.number ? m.sold : 0);
    if (is_safe || u256_less(u256_from_u64(m.floor), price))
        price = price_after(price, &m, m.block_gas);
    *fee = u256_mul(price, u256_from_u64(gas));
    return EXIT_FINE;
}

static void print_item(const rollup_tool *t, const endpoint_receipt *receipt)
{
    hash256 topic;
    calldata_topic(&topic, EVENT_ENQUEUED);
    for (size_t i = 0; i < receipt->log_count; i++) {
        const endpoint_log *log = &receipt->logs[i];
        u256 mint;
        if (memcmp(&log->where, &t->rollup.queue, 20) == 0 && memcmp(&log->topics[0], &topic, 32) == 0 &&
            calldata_read_u256(&mint, log->data, 2))
            printf("item        %s of the queue; %s ETH are minted on L2\n",
                   grouped(u256_from_be(log->topics[1].bytes, 32).limb[0]), amount_text(mint, 18));
    }
}

typedef struct {
    bool creates;
    bool is_safe; /* what is minted must not be less */
    address to;
    u256 mint, value;
    uint64_t gas;
    bytes data;
} item_order;

static int send_item(rollup_tool *t, const char *what, const item_order *o)
{
    u256 fee;
    int code = ask_fee(t, &fee, o->gas, o->is_safe);
    if (code != EXIT_FINE)
        return code;
    calldata *c = ARENA_NEW(&t->memory, calldata, 1);
    calldata_begin(c, &t->memory, CALL_SEND);
    calldata_address(c, &o->to);
    calldata_u64(c, o->creates);
    calldata_u256(c, &o->value);
    calldata_u64(c, o->gas);
    calldata_bytes(c, o->data);
    endpoint_receipt receipt;
    transact_order order = {.to = &t->rollup.queue, .value = u256_add(o->mint, fee), .data = calldata_end(c)};
    printf("fee         %s ETH for %s gas on L2\n", amount_text(fee, 18), grouped(o->gas));
    code = rollup_tool_send(t, &receipt, t->l1, t->rollup.l1_chain_id, what, &order);
    if (code == EXIT_FINE)
        print_item(t, &receipt);
    return code;
}

/* ---- deposit ---- */

static int approve(rollup_tool *t, const address *token, const u256 *amount)
{
    calldata *c = ARENA_NEW(&t->memory, calldata, 1);
    bytes answer;
    u256 allowed;
    static const address nobody;
    calldata_begin(c, &t->memory, "allowance(address,address)");
    calldata_address(c, t->has_key ? &t->key.address : &nobody);
    calldata_address(c, &t->rollup.bridge);
    endpoint_message m = {.to = token, .data = calldata_end(c)};
    status s = endpoint_call(t->l1, &answer, &t->memory, &m);
    if (s != OK)
        return rollup_tool_fail(t->l1, s);
    if (!calldata_read_u256(&allowed, answer, 0))
        return fail(EXIT_INPUT, "%s: %s is no token", endpoint_host(t->l1), address_text(token));
    if (!u256_less(allowed, *amount))
        return EXIT_FINE;
    calldata_begin(c, &t->memory, "approve(address,uint256)");
    calldata_address(c, &t->rollup.bridge);
    calldata_u256(c, amount);
    endpoint_receipt receipt;
    transact_order order = {.to = token, .data = calldata_end(c)};
    return rollup_tool_send(t, &receipt, t->l1, t->rollup.l1_chain_id, "approval", &order);
}

static int deposit_token(rollup_tool *t, const address *token, const address *to, const char *amount_words)
{
    u256 amount, gas, fee;
    unsigned decimals = 0;
    int code = ask_decimals(&decimals, t->l1, &t->memory, token);
    if (code == EXIT_FINE)
        code = option_amount(t->command, &amount, "AMOUNT", amount_words, decimals);
    if (code == EXIT_FINE)
        code = approve(t, token, &amount);
    if (code != EXIT_FINE)
        return code;
    status s = rollup_get_u256(t->l1, &gas, &t->memory, &t->rollup.bridge, "TOKEN_GAS()", NULL);
    if (s != OK)
        return rollup_tool_fail(t->l1, s);
    if ((code = ask_fee(t, &fee, gas.limb[0], true)) != EXIT_FINE)
        return code;
    if (t->dry_run) { /* without the allowance nobody can say what it takes */
        printf("would send  deposit of %s to %s; fee %s ETH for %s gas on L2\n", amount_words,
               address_text(to), amount_text(fee, 18), grouped(gas.limb[0]));
        return EXIT_FINE;
    }
    calldata *c = ARENA_NEW(&t->memory, calldata, 1);
    calldata_begin(c, &t->memory, "depositERC20(address,address,uint256)");
    calldata_address(c, token);
    calldata_address(c, to);
    calldata_u256(c, &amount);
    endpoint_receipt receipt;
    transact_order order = {.to = &t->rollup.bridge, .value = fee, .data = calldata_end(c)};
    code = rollup_tool_send(t, &receipt, t->l1, t->rollup.l1_chain_id, "deposit", &order);
    if (code == EXIT_FINE)
        print_item(t, &receipt);
    return code;
}

static int run_deposit(int argc, char **argv)
{
    rollup_tool t = {.command = &command_deposit};
    const char *to_text = NULL, *token_text = NULL, *gas_text = "100000";
    const option options[] = {ROLLUP_TOOL_OPTIONS(&t),
                              {"--to", &to_text, NULL},
                              {"--token", &token_text, NULL},
                              {"--gas", &gas_text, NULL}};
    int operands, code = options_parse(&command_deposit, argc, argv, options,
                                       sizeof options / sizeof *options, 1, 1, &operands);
    item_order o = {0};
    address token;
    if (code == EXIT_FINE)
        code = option_number(&command_deposit, &o.gas, "--gas", gas_text, 21000, 1 << 30);
    if (code == EXIT_FINE && token_text == NULL)
        code = option_amount(&command_deposit, &o.mint, "AMOUNT", argv[1], 18);
    if (code == EXIT_FINE && to_text != NULL)
        code = option_address(&command_deposit, &o.to, "--to", to_text);
    if (code == EXIT_FINE && token_text != NULL)
        code = option_address(&command_deposit, &token, "--token", token_text);
    if (code == EXIT_FINE && (code = rollup_tool_open(&t, TOOL_L1 | TOOL_FILE | TOOL_KEY)) == EXIT_FINE) {
        if (to_text == NULL)
            o.to = t.key.address;
        o.is_safe = memcmp(&o.to, &t.key.address, sizeof o.to) != 0;
        o.value = o.mint;
        code = token_text != NULL ? deposit_token(&t, &token, &o.to, argv[1]) : send_item(&t, "deposit", &o);
    }
    rollup_tool_close(&t);
    return code;
}

const command command_deposit = {
    .name = "deposit",
    .usage = "AMOUNT --l1 URL --rollup FILE [--to ADDRESS] [--token ADDRESS] [--gas GAS] [--dry-run]",
    .summary = "Brings ether, or tokens, from L1 to a rollup.",
    .help =
        "  AMOUNT             of ether: 1.5, 20gwei, 1000wei; of a token: in its own unit\n"
        "  --to ADDRESS       who gets it on L2 (the account itself)\n"
        "  --token ADDRESS    a token on L1 (ERC-20); the Bridge is allowed to take as much, first\n"
        "  --gas GAS          on L2, for a recipient with code (100000)\n" ROLLUP_HELP_L1 ROLLUP_HELP_FILE
            ROLLUP_HELP_KEY ROLLUP_HELP_SENDING
        "\nExample: ashlar deposit 1.5 --l1 http://127.0.0.1:8546 --rollup rollup.json --key-file me.key\n",
    .run = run_deposit,
};

/* ---- force ---- */

static int run_force(int argc, char **argv)
{
    rollup_tool t = {.command = &command_force};
    const char *to_text = NULL, *value_text = "0", *data_text = "", *gas_text = "200000",
               *withdraw_text = NULL;
    const option options[] = {ROLLUP_TOOL_OPTIONS(&t),        {"--to", &to_text, NULL},
                              {"--value", &value_text, NULL}, {"--data", &data_text, NULL},
                              {"--gas", &gas_text, NULL},     {"--withdraw", &withdraw_text, NULL}};
    int operands, code = options_parse(&command_force, argc, argv, options, sizeof options / sizeof *options,
                                       0, 0, &operands);
    item_order o = {0};
    if (code == EXIT_FINE && withdraw_text != NULL && (to_text != NULL || data_text[0] != 0))
        code = fail_usage(&command_force, "--withdraw goes without --to and --data");
    if (code == EXIT_FINE)
        code = option_number(&command_force, &o.gas, "--gas", gas_text, 21000, 1 << 30);
    if (code == EXIT_FINE)
        code = option_amount(&command_force, &o.value, withdraw_text != NULL ? "--withdraw" : "--value",
                             withdraw_text != NULL ? withdraw_text : value_text, 18);
    if (code == EXIT_FINE && to_text != NULL)
        code = option_address(&command_force, &o.to, "--to", to_text);
    if (code == EXIT_FINE && (code = rollup_tool_open(&t, TOOL_L1 | TOOL_FILE | TOOL_KEY)) == EXIT_FINE)
        code = option_bytes(&command_force, &o.data, &t.memory, "--data", data_text);
    if (code == EXIT_FINE) {
        o.creates = to_text == NULL && withdraw_text == NULL;
        if (o.creates && o.data.size == 0)
            code = fail_usage(&command_force,
                              "--to ADDRESS, --withdraw AMOUNT, or --data with init code is needed");
    }
    if (code == EXIT_FINE && withdraw_text != NULL) {
        calldata *c = ARENA_NEW(&t.memory, calldata, 1);
        calldata_begin(c, &t.memory, "initiateWithdrawal(address,bytes)");
        calldata_address(c, &t.key.address);
        calldata_bytes(c, (bytes){0});
        o.to = ROLLUP_MESSAGE_PASSER;
        o.data = calldata_end(c);
    }
    if (code == EXIT_FINE)
        code = send_item(&t, "forced", &o);
    rollup_tool_close(&t);
    return code;
}

const command command_force = {
    .name = "force",
    .usage = "--to ADDRESS [--value AMOUNT] [--data HEX] | --withdraw AMOUNT  --l1 URL --rollup FILE [--gas "
             "GAS] [--dry-run]",
    .summary = "Sends a transaction to a rollup over L1: no operator can leave it out.",
    .help = "  --to ADDRESS       whom it calls on L2; without it --data is the init code of a contract\n"
            "  --value AMOUNT     ether of the account on L2 that it sends on (0)\n"
            "  --data HEX         calldata\n"
            "  --withdraw AMOUNT  a withdrawal of that much ether of the account on L2\n"
            "  --gas GAS          on L2 (200000)\n" ROLLUP_HELP_L1 ROLLUP_HELP_FILE
                ROLLUP_HELP_KEY ROLLUP_HELP_SENDING
            "\nExample: ashlar force --withdraw 0.4 --l1 http://127.0.0.1:8546 --rollup rollup.json "
            "--key-file me.key\n",
    .run = run_force,
};
