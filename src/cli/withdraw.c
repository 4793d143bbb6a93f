/* `ashlar withdraw`, `claim` and `exit`: the ways out. */
#include "cli/amount.h"
#include "cli/rollup_tool.h"
#include "base/hex.h"
#include "crypto/keccak.h"
#include "rollup/genesis.h"
#include "settle/calldata.h"
#include "settle/events.h"
#include "settle/rollup_state.h"
#include "settle/withdrawal.h"

#include <string.h>

/* ---- withdraw ---- */

/* A value sent to that address on a chain that is no rollup of this kind would be lost. */
static int expect_message_passer(rollup_tool *t)
{
    const genesis_account *accounts;
    size_t count;
    bytes code;
    rollup_genesis_accounts(&accounts, &count, &t->memory, &ROLLUP_MESSAGE_PASSER, &ROLLUP_MESSAGE_PASSER);
    status s = endpoint_code(t->l2, &code, &t->memory, &ROLLUP_MESSAGE_PASSER);
    if (s != OK)
        return rollup_tool_fail(t->l2, s);
    for (size_t i = 0; i < count; i++)
        if (memcmp(&accounts[i].where, &ROLLUP_MESSAGE_PASSER, sizeof(address)) == 0 &&
            accounts[i].code.size == code.size && memcmp(accounts[i].code.data, code.data, code.size) == 0)
            return EXIT_FINE;
    return fail(EXIT_INPUT, "%s is no node of the rollup: there is no MessagePasser; nothing was sent",
                endpoint_host(t->l2));
}

/* In the unit of what is withdrawn. */
static int read_amount(rollup_tool *t, u256 *amount, const address *token, const char *words)
{
    address l2_token;
    bytes code;
    unsigned decimals = 18;
    if (token != NULL) {
        deployment_token(&l2_token, token);
        status s = endpoint_code(t->l2, &code, &t->memory, &l2_token);
        if (s != OK)
            return rollup_tool_fail(t->l2, s);
        if (code.size == 0)
            return fail(EXIT_INPUT, "%s: nothing of token %s ever came to L2", endpoint_host(t->l2),
                        address_text(token));
        int failed = ask_decimals(&decimals, t->l2, &t->memory, &l2_token);
        if (failed != EXIT_FINE)
            return failed;
    }
    return option_amount(t->command, amount, "AMOUNT", words, decimals);
}

static int send_withdrawal(rollup_tool *t, const address *to, const address *token, const char *words)
{
    uint64_t chain_id;
    u256 amount;
    status s = endpoint_chain_id(t->l2, &chain_id);
    if (s != OK)
        return rollup_tool_fail(t->l2, s);
    int code = expect_message_passer(t);
    if (code == EXIT_FINE)
        code = read_amount(t, &amount, token, words);
    if (code != EXIT_FINE)
        return code;
    calldata *c = ARENA_NEW(&t->memory, calldata, 1);
    transact_order order = {.to = &ROLLUP_MESSAGE_PASSER};
    if (token == NULL) {
        calldata_begin(c, &t->memory, "initiateWithdrawal(address,bytes)");
        calldata_address(c, to);
        calldata_bytes(c, (bytes){0});
        order.value = amount;
    } else {
        calldata_begin(c, &t->memory, "withdraw(address,address,uint256)");
        calldata_address(c, token);
        calldata_address(c, to);
        calldata_u256(c, &amount);
        order.to = &ROLLUP_L2_BRIDGE;
    }
    order.data = calldata_end(c);
    endpoint_receipt receipt;
    code = rollup_tool_send(t, &receipt, t->l2, chain_id, "withdrawal", &order);
    if (code != EXIT_FINE || t->dry_run)
        return code;
    withdrawal *found;
    size_t count;
    if (withdrawals_of_receipt(&found, &count, &t->memory, &receipt) != OK || count != 1)
        return fail(EXIT_INPUT, "%s: the receipt has no withdrawal", endpoint_host(t->l2));
    printf("message     %s; once block %s is proven on L1, `ashlar claim` with the hash above pays it\n",
           grouped(found->index), grouped(found->block_number));
    return EXIT_FINE;
}

static int run_withdraw(int argc, char **argv)
{
    rollup_tool t = {.command = &command_withdraw};
    const char *to_text = NULL, *token_text = NULL;
    const option options[] = {ROLLUP_TOOL_OPTIONS(&t),
                              {"--to", &to_text, NULL},
                              {"--token", &token_text, NULL}};
    int operands, code = options_parse(&command_withdraw, argc, argv, options,
                                       sizeof options / sizeof *options, 1, 1, &operands);
    u256 ignored;
    address to, token;
    if (code == EXIT_FINE && token_text == NULL) /* before anybody is asked */
        code = option_amount(&command_withdraw, &ignored, "AMOUNT", argv[1], 18);
    if (code == EXIT_FINE && to_text != NULL)
        code = option_address(&command_withdraw, &to, "--to", to_text);
    if (code == EXIT_FINE && token_text != NULL)
        code = option_address(&command_withdraw, &token, "--token", token_text);
    if (code == EXIT_FINE && (code = rollup_tool_open(&t, TOOL_L2 | TOOL_KEY)) == EXIT_FINE)
        code = send_withdrawal(&t, to_text != NULL ? &to : &t.key.address, token_text != NULL ? &token : NULL,
                               argv[1]);
    rollup_tool_close(&t);
    return code;
}

const command command_withdraw = {
    .name = "withdraw",
    .usage = "AMOUNT --l2 URL [--to ADDRESS] [--token ADDRESS] [--dry-run]",
    .summary = "Sends ether, or tokens, from a rollup towards L1; `ashlar claim` gets it there.",
    .help = "  AMOUNT             of ether: 1.5, 20gwei, 1000wei; of a token: in its own unit\n"
            "  --to ADDRESS       who is paid on L1 (the account itself)\n"
            "  --token ADDRESS    the token's address on L1\n" ROLLUP_HELP_L2 ROLLUP_HELP_KEY
            ROLLUP_HELP_SENDING
            "\nExample: ashlar withdraw 0.4 --l2 http://127.0.0.1:8545 --key-file me.key\n",
    .run = run_withdraw,
};

/* ---- claim ---- */

/* Why it cannot be claimed yet. */
static int explain_wait(rollup_tool *t, const withdrawal *w, uint64_t batch, const rollup_outcome *outcome)
{
    rollup_now now;
    status s = rollup_now_read(&now, t->l1, &t->memory, &t->rollup);
    if (s != OK)
        return rollup_tool_fail(t->l1, s);
    uint64_t waiting = now.tip.index > batch ? now.tip.index - batch : 0;
    char rest[80] = "its batch is not on L1 yet";
    if (waiting > 0)
        snprintf(rest, sizeof rest, "%s more batch%s wait%s for a proof", grouped(waiting),
                 waiting == 1 ? "" : "es", waiting == 1 ? "s" : "");
    return fail(EXIT_INVALID,
                "not yet: the withdrawal is in block %s, what is proven on L1 ends with block %s (batch %s), "
                "and %s",
                grouped(w->block_number), grouped(outcome->last_block), grouped(batch), rest);
}

/* What a message pays, "1.5 ETH" or "7 of token 0x…", and to whom. */
static void print_paid(const rollup_tool *t, const withdrawal *w)
{
    address token, to;
    u256 amount;
    bool is_token = memcmp(&w->from, &ROLLUP_L2_BRIDGE, sizeof w->from) == 0 &&
                    memcmp(&w->to, &t->rollup.bridge, sizeof w->to) == 0 &&
                    calldata_read_address(&token, w->data, 0) && calldata_read_address(&to, w->data, 1) &&
                    calldata_read_u256(&amount, w->data, 2);
    if (is_token)
        printf("message     %s: %s of the smallest unit of token %s to %s\n", grouped(w->index),
               amount_text(amount, 0), address_text(&token), address_text(&to));
    else
        printf("message     %s: %s ETH to %s\n", grouped(w->index), amount_text(w->value, 18),
               address_text(&w->to));
}

static int claim_one(rollup_tool *t, const withdrawal *w, uint64_t batch, const rollup_outcome *outcome)
{
    hash256 path[ROLLUP_BATCHES_DEPTH];
    u256 claimed;
    status s = rollup_get_u256(t->l1, &claimed, &t->memory, &t->rollup.bridge, "isClaimed(uint256)",
                               &w->index);
    if (s != OK)
        return rollup_tool_fail(t->l1, s);
    if (!u256_is_zero(claimed)) {
        printf("message     %s was claimed already\n", grouped(w->index));
        return EXIT_FINE;
    }
    s = withdrawal_path(path, t->l2, &t->memory, w, outcome);
    if (s == WITNESS_INCOMPLETE || s == REMOTE_FAILED)
        return fail(EXIT_INPUT, "%s: gives other messages than those that are proven on L1",
                    endpoint_host(t->l2));
    if (s != OK)
        return rollup_tool_fail(t->l2, s);
    endpoint_receipt paid;
    transact_order order = {.to = &t->rollup.bridge,
                            .data = withdrawal_claim(&t->memory, batch, outcome, w, path)};
    int code = rollup_tool_send(t, &paid, t->l1, t->rollup.l1_chain_id, "claim", &order);
    if (code == EXIT_FINE && !t->dry_run)
        print_paid(t, w);
    return code;
}

static int claim(rollup_tool *t, const hash256 *transaction)
{
    endpoint_receipt receipt;
    withdrawal *found;
    size_t count;
    uint64_t batch;
    rollup_outcome outcome;
    status s = endpoint_receipt_of(t->l2, &receipt, &t->memory, transaction);
    if (s != OK)
        return rollup_tool_fail(t->l2, s);
    if (withdrawals_of_receipt(&found, &count, &t->memory, &receipt) != OK || count == 0)
        return fail(EXIT_INPUT, "%s: %s is no withdrawal", endpoint_host(t->l2), hash_text(transaction));
    s = rollup_last_outcome(&batch, &outcome, t->l1, &t->memory, &t->rollup);
    if (s != OK && s != BATCH_UNKNOWN)
        return rollup_tool_fail(t->l1, s);
    if (outcome.last_block < found[0].block_number)
        return explain_wait(t, &found[0], batch, &outcome);
    /* One whose recipient refuses the money is no matter of the others. */
    int code = EXIT_FINE;
    for (size_t i = 0; i < count; i++) {
        int one = claim_one(t, &found[i], batch, &outcome);
        if (one != EXIT_FINE && count > 1)
            fail(one, "message %s was not claimed", grouped(found[i].index));
        code = one != EXIT_FINE ? one : code;
    }
    return code;
}

static int run_claim(int argc, char **argv)
{
    rollup_tool t = {.command = &command_claim};
    const option options[] = {ROLLUP_TOOL_OPTIONS(&t)};
    int operands, code = options_parse(&command_claim, argc, argv, options, sizeof options / sizeof *options,
                                       1, 1, &operands);
    hash256 transaction;
    if (code == EXIT_FINE && hex_decode_exact(transaction.bytes, 32, argv[1], strlen(argv[1])) != OK)
        code = fail_usage(&command_claim, "'%s' is no hash of a transaction", argv[1]);
    if (code == EXIT_FINE &&
        (code = rollup_tool_open(&t, TOOL_L1 | TOOL_L2 | TOOL_FILE | TOOL_KEY)) == EXIT_FINE)
        code = claim(&t, &transaction);
    rollup_tool_close(&t);
    return code;
}

const command command_claim = {
    .name = "claim",
    .usage = "HASH --l1 URL --l2 URL --rollup FILE [--dry-run]",
    .summary = "Pays a withdrawal on L1, once it is proven; anybody may, and it goes to whom it names.",
    .help = "  HASH               of the transaction on L2 that withdrew\n" ROLLUP_HELP_L1 ROLLUP_HELP_L2
        ROLLUP_HELP_FILE ROLLUP_HELP_KEY ROLLUP_HELP_SENDING
            "\nExample: ashlar claim 0x5c04… --l1 http://127.0.0.1:8546 --l2 http://127.0.0.1:8545 --rollup "
            "rollup.json "
            "--key-file me.key\n",
    .run = run_claim,
};

/* ---- exit ---- */

/* Of the account after the outcome's block: its proof, and the code that it has there (EIP-7702). */
static status ask_own(rollup_tool *t, endpoint_proof *own, bytes *code, const rollup_outcome *outcome)
{
    TRY(endpoint_proof_of(t->l2, own, &t->memory, &t->key.address, NULL, outcome->last_block));
    return endpoint_code_at(t->l2, code, &t->memory, &t->key.address, outcome->last_block);
}

static int exit_token(rollup_tool *t, bytes *out, const address *token, const rollup_outcome *outcome)
{
    calldata *c = ARENA_NEW(&t->memory, calldata, 1);
    endpoint_proof own, held;
    hash256 words[2] = {0}, slot;
    bytes own_code;
    address l2_token;
    deployment_token(&l2_token, token);
    memcpy(words[0].bytes + 12, t->key.address.bytes, 20);
    keccak256(&slot, words[0].bytes, sizeof words);
    status s = ask_own(t, &own, &own_code, outcome);
    if (s == OK)
        s = endpoint_proof_of(t->l2, &held, &t->memory, &l2_token, &slot, outcome->last_block);
    if (s != OK)
        return rollup_tool_fail(t->l2, s);
    printf("balance     %s of the token's smallest unit\n", amount_text(held.value, 0));
    calldata_begin(c, &t->memory, CALL_EXIT_ERC20);
    calldata_outcome(c, outcome);
    calldata_address(c, token);
    calldata_address(c, &t->key.address);
    calldata_bytes(c, own_code);
    calldata_bytes_list(c, own.nodes, own.node_count, false);
    calldata_bytes_list(c, held.nodes, held.node_count, false);
    calldata_bytes_list(c, held.slot_nodes, held.slot_node_count, false);
    *out = calldata_end(c);
    return EXIT_FINE;
}

static int exit_ether(rollup_tool *t, bytes *out, const rollup_outcome *outcome)
{
    calldata *c = ARENA_NEW(&t->memory, calldata, 1);
    endpoint_proof own;
    bytes own_code;
    status s = ask_own(t, &own, &own_code, outcome);
    if (s != OK)
        return rollup_tool_fail(t->l2, s);
    printf("balance     %s ETH\n", amount_text(own.balance, 18));
    calldata_begin(c, &t->memory, CALL_EXIT_ETH);
    calldata_outcome(c, outcome);
    calldata_address(c, &t->key.address);
    calldata_bytes(c, own_code);
    calldata_bytes_list(c, own.nodes, own.node_count, false);
    *out = calldata_end(c);
    return EXIT_FINE;
}

static int leave(rollup_tool *t, const address *token)
{
    uint64_t batch;
    rollup_outcome outcome;
    rollup_now now;
    status s = rollup_now_read(&now, t->l1, &t->memory, &t->rollup);
    if (s == OK && !now.tip.is_frozen)
        return fail(EXIT_INVALID, "the rollup is not frozen: withdraw and claim; where nobody includes that, "
                                  "`ashlar force --withdraw`");
    if (s == OK)
        s = rollup_last_outcome(&batch, &outcome, t->l1, &t->memory, &t->rollup);
    if (s != OK && s != BATCH_UNKNOWN)
        return rollup_tool_fail(t->l1, s);
    bytes data;
    int code = token != NULL ? exit_token(t, &data, token, &outcome) : exit_ether(t, &data, &outcome);
    if (code != EXIT_FINE)
        return code;
    endpoint_receipt receipt;
    transact_order order = {.to = &t->rollup.bridge, .data = data};
    return rollup_tool_send(t, &receipt, t->l1, t->rollup.l1_chain_id, "exit", &order);
}

static int run_exit(int argc, char **argv)
{
    rollup_tool t = {.command = &command_exit};
    const char *token_text = NULL;
    const option options[] = {ROLLUP_TOOL_OPTIONS(&t), {"--token", &token_text, NULL}};
    int operands, code = options_parse(&command_exit, argc, argv, options, sizeof options / sizeof *options,
                                       0, 0, &operands);
    address token;
    if (code == EXIT_FINE && token_text != NULL)
        code = option_address(&command_exit, &token, "--token", token_text);
    if (code == EXIT_FINE &&
        (code = rollup_tool_open(&t, TOOL_L1 | TOOL_L2 | TOOL_FILE | TOOL_KEY)) == EXIT_FINE)
        code = leave(&t, token_text != NULL ? &token : NULL);
    rollup_tool_close(&t);
    return code;
}

const command command_exit = {
    .name = "exit",
    .usage = "--l1 URL --l2 URL --rollup FILE [--token ADDRESS] [--dry-run]",
    .summary = "Gets an account's balance out of a rollup that is frozen, by a proof of its last state.",
    .help = "  --token ADDRESS    a token on L1, instead of ether\n" ROLLUP_HELP_L1
            "  --l2 URL           a node that has the last proven state; what it says is checked by "
            "L1\n" ROLLUP_HELP_FILE ROLLUP_HELP_KEY ROLLUP_HELP_SENDING
            "\nExample: ashlar exit --l1 http://127.0.0.1:8546 --l2 http://127.0.0.1:8545 --rollup "
            "rollup.json --key-file "
            "me.key\n",
    .run = run_exit,
};
