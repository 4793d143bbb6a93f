/* `ashlar deploy`: the contracts of a new rollup on L1, and the file that names it. */
#include "cli/amount.h"
#include "cli/options.h"
#include "cli/rollup_file.h"
#include "cli/rollup_tool.h"
#include "settle/contracts.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    const char *l1, *out, *key_file, *timeout, *fee_cap, *attester, *verifier, *governor;
    bool dry_run;
    uint64_t l2_chain_id, transaction_gas, item_gas, base_fee_target_gas;
    uint64_t bond_gwei, stake_gwei, slash_gwei, floor_price;
    uint64_t item_max_gas, queue_target_gas, queue_block_gas;
    uint64_t slot_time, max_lag, forced_delay, commit_timeout, prove_window, drop_delay, freeze_delay,
        stake_delay, upgrade_delay, unproven_max;
} deploy_arguments;

#define DAY "86400"
enum { AGES = 1 << 30 };
#define ROW(kind_, field, name_, value, fallback_, least_, most_, help_) \
    {.kind = kind_, \
     .name = name_, \
     .value_name = value, \
     .fallback = fallback_, \
     .least = least_, \
     .most = most_, \
     .help = help_, \
     .offset = offsetof(deploy_arguments, field)}
#define TEXT(field, name, value, help) ROW(OPTION_TEXT, field, name, value, NULL, 0, 0, help)
#define NUMBER(field, name, value, fallback, least, most, help) \
    ROW(OPTION_NUMBER, field, name, value, fallback, least, most, help)
static const option_row DEPLOY_OPTIONS[] = {
    TEXT(l1, "--l1", "URL", "a node of L1 (http:// or https://)"),
    TEXT(out, "--out", "FILE", "where the rollup's file goes, which all other commands want"),
    TEXT(key_file, "--key-file", "FILE",
         "the deploying account's secret key in hex, in a file that only its owner can read; without it the "
         "environment "
         "variable ASHLAR_KEY has the key"),
    ROW(OPTION_FLAG, dry_run, "--dry-run", NULL, NULL, 0, 0,
        "says what would be deployed and where, and sends nothing"),
    ROW(OPTION_TEXT, timeout, "--timeout", "SECONDS", "120", 0, 0, "how long to wait for each block"),
    ROW(OPTION_TEXT, fee_cap, "--fee-cap", "GWEI", FEE_CAP_GWEI, 0, 0,
        "what a gas may cost at most; where it costs more nothing is sent"),
    TEXT(attester, "--attester", "ADDRESS",
         "development: a DevVerifier is deployed, for which this account's word stands in place of a proof"),
    TEXT(verifier, "--verifier", "ADDRESS", "a verifier that is there already"),
    TEXT(governor, "--governor", "ADDRESS", "who may propose another verifier; without it nobody, ever"),
    NUMBER(l2_chain_id, "--l2-chain-id", "N", "1337", 1, INT64_MAX, "chain id of the rollup"),
    NUMBER(transaction_gas, "--transaction-gas", "GAS", "24000000", 100000, 1 << 30,
           "of a batch's transactions"),
    NUMBER(item_gas, "--item-gas", "GAS", "12000000", 100000, 1 << 30,
           "of what a batch takes from the queue"),
    NUMBER(base_fee_target_gas, "--base-fee-target", "GAS", "3000000", 1, 1 << 30,
           "gas of a block at which the base fee stays"),
    NUMBER(bond_gwei, "--batch-bond", "GWEI", "100000000", 1, AMOUNT_MOST_GWEI,
           "with each batch; a credit of the committer's (`ashlar operator payout`) once it is proven in "
           "time"),
    NUMBER(stake_gwei, "--stake", "GWEI", "1000000000", 1, AMOUNT_MOST_GWEI, "of an operator's seat"),
    NUMBER(slash_gwei, "--slash", "GWEI", "100000000", 0, AMOUNT_MOST_GWEI,
           "of a batch that breaks the rules"),
    NUMBER(floor_price, "--item-price", "WEI", "1000000000", 1, (uint64_t)1 << 60,
           "the least price of the queue's gas"),
    NUMBER(item_max_gas, "--item-max-gas", "GAS", "10000000", 100000, UINT32_MAX, "of one item of the queue"),
    NUMBER(queue_target_gas, "--queue-target", "GAS", "2500000", 1, UINT32_MAX,
           "gas bought in a block of L1 at which the price stays"),
    NUMBER(queue_block_gas, "--queue-block", "GAS", "10000000", 1, UINT32_MAX,
           "gas that a block of L1 sells at most"),
    NUMBER(slot_time, "--slot-time", "SECONDS", "3600", 2, AGES, "an operator's turn"),
    NUMBER(max_lag, "--max-lag", "SECONDS", "43200", 1, AGES, "how far a batch may lie back"),
    NUMBER(forced_delay, "--forced-delay", "SECONDS", DAY, 1, AGES, "until an item must be taken"),
    NUMBER(commit_timeout, "--commit-timeout", "SECONDS", DAY, 1, AGES,
           "without a batch until anybody may commit"),
    NUMBER(prove_window, "--prove-window", "SECONDS", DAY, 1, AGES, "for the bond to come back"),
    NUMBER(drop_delay, "--drop-delay", "SECONDS", "1209600", 1, AGES,
           "without a proof until batches are dropped"),
    NUMBER(upgrade_delay, "--upgrade-delay", "SECONDS", "3888000", 1, AGES, "until another verifier counts"),
    NUMBER(freeze_delay, "--freeze-delay", "SECONDS", "10368000", 1, AGES,
           "without a proof until the end; more than the upgrade's and twice the drop's"),
    NUMBER(stake_delay, "--stake-delay", "SECONDS", "2592000", 1, AGES, "until a stake comes back"),
    NUMBER(unproven_max, "--unproven-max", "N", "7936", 1, 1 << 20,
           "batches that are committed and not proven at most"),
    {.name = NULL},
};

static deployment_terms terms_of(const deploy_arguments *a)
{
    return (deployment_terms){
        .batch_bond = a->bond_gwei * 1000000000,
        .stake = a->stake_gwei * 1000000000,
        .slash = a->slash_gwei * 1000000000,
        .slot_time = a->slot_time,
        .max_lag = a->max_lag,
        .forced_delay = a->forced_delay,
        .commit_timeout = a->commit_timeout,
        .prove_window = a->prove_window,
        .drop_delay = a->drop_delay,
        .freeze_delay = a->freeze_delay,
        .stake_delay = a->stake_delay,
        .unproven_max = a->unproven_max,
        .upgrade_delay = a->upgrade_delay,
        .item_max_gas = a->item_max_gas,
        .queue_target_gas = a->queue_target_gas,
        .queue_block_gas = a->queue_block_gas,
        .queue_floor_price = a->floor_price,
    };
}

static void print_deployment(const rollup_deployment *d)
{
    printf("contracts   Rollup %s\n            Queue %s\n            Bridge %s\n            Verifiers %s\n"
           "            verifier %s\n",
           address_text(&d->rollup), address_text(&d->queue), address_text(&d->bridge),
           address_text(&d->verifiers), address_text(&d->verifier));
    printf("L2          chain %llu, genesis %s\n            configuration %s\n",
           (unsigned long long)d->l2_chain_id, hash_text(&d->genesis_hash), hash_text(&d->config_hash));
}

/* The addresses follow from the nonce, the genesis from the addresses, and the constructors take the genesis.
 */
static int send_steps(rollup_tool *t, const deployment_step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        endpoint_receipt receipt;
        transact_order order = {.to = steps[i].creates ? NULL : &steps[i].to, .data = steps[i].data};
        if (t->dry_run) {
            printf("would send  %s, %s bytes\n", steps[i].what, grouped(steps[i].data.size));
            continue;
        }
        int code = rollup_tool_send(t, &receipt, t->l1, t->rollup.l1_chain_id, steps[i].what, &order);
        if (code != EXIT_FINE)
            return code;
        t->rollup.l1_block = receipt.block_number;
    }
    return EXIT_FINE;
}

static int write_new_file(const rollup_deployment *d, const char *path)
{
    if (access(path, F_OK) == 0)
        return fail(EXIT_INPUT, "%s: is there already, and names another rollup; nothing was sent", path);
    return rollup_file_write(d, path);
}

static int deploy(rollup_tool *t, const deploy_arguments *a, deployment_terms *terms)
{
    static const address nobody;
    deployment_step steps[DEPLOYMENT_STEPS];
    size_t count;
    uint64_t nonce = 0;
    endpoint_block head;
    rollup_deployment *d = &t->rollup;
    *d = (rollup_deployment){
        .l2_chain_id = a->l2_chain_id,
        .transaction_gas = a->transaction_gas,
        .item_gas = a->item_gas,
        .base_fee_target_gas = a->base_fee_target_gas,
        .verifier = d->verifier,
    };
    status s = endpoint_chain_id(t->l1, &d->l1_chain_id);
    if (s == OK)
        s = endpoint_block_by_tag(t->l1, &head, "latest");
    if (s == OK && t->has_key)
        s = endpoint_nonce(t->l1, &nonce, &t->key.address, true);
    if (s != OK)
        return rollup_tool_fail(t->l1, s);
    if (a->attester != NULL && d->l1_chain_id != 1337 && d->l1_chain_id != 31337)
        return fail(EXIT_INPUT, "%s: is chain %llu; a DevVerifier works on chains 1337 and 31337 alone",
                    endpoint_host(t->l1), (unsigned long long)d->l1_chain_id);
    d->genesis_time = head.timestamp;
    deployment_addresses(d, terms, t->has_key ? &t->key.address : &nobody, nonce);
    if ((s = deployment_steps(steps, &count, d, terms, &t->memory)) != OK)
        return fail(status_exit_code(s), "%s", status_message(s));
    /* The file comes first, so that nothing is deployed that no file names. */
    d->l1_block = head.number;
    int code = t->dry_run ? EXIT_FINE : write_new_file(d, a->out);
    if (code != EXIT_FINE)
        return code;
    code = send_steps(t, steps, count);
    if (code != EXIT_FINE) {
        if (!t->dry_run)
            unlink(a->out);
        return code;
    }
    if (t->dry_run) {
        if (!t->has_key)
            printf("without a key the addresses are not known\n");
        else
            print_deployment(d);
        return EXIT_FINE;
    }
    const char *wrong;
    if ((s = deployment_check(&wrong, t->l1, &t->memory, d)) != OK)
        return rollup_tool_fail(t->l1, s);
    if (wrong != NULL)
        return fail(EXIT_INVALID, "%s: %s", endpoint_host(t->l1), wrong);
    print_deployment(d);
    printf("operators   none: until somebody has a seat (`ashlar operator join`), anybody may commit "
           "batches\n");
    return rollup_file_write(d, a->out);
}

static int run(int argc, char **argv)
{
    deploy_arguments a = {0};
    rollup_tool t = {.command = &command_deploy};
    arena words;
    arena_open(&words, (size_t)1 << 24);
    int code = options_read(&command_deploy, &a, &words, argc, argv);
    t.l1_url = a.l1, t.key_path = a.key_file, t.timeout_text = a.timeout, t.fee_cap_text = a.fee_cap;
    t.dry_run = a.dry_run;
    deployment_terms terms = terms_of(&a);
    if (code == EXIT_FINE && a.out == NULL && !a.dry_run)
        code = fail_usage(&command_deploy, "--out FILE is needed");
    if (code == EXIT_FINE && (a.attester == NULL) == (a.verifier == NULL))
        code = fail_usage(&command_deploy, "one of --attester and --verifier is needed");
    if (code == EXIT_FINE && a.attester != NULL)
        code = option_address(&command_deploy, &terms.attester, "--attester", a.attester);
    if (code == EXIT_FINE && a.verifier != NULL)
        code = option_address(&command_deploy, &t.rollup.verifier, "--verifier", a.verifier);
    if (code == EXIT_FINE && a.governor != NULL)
        code = option_address(&command_deploy, &terms.governor, "--governor", a.governor);
    if (code == EXIT_FINE && a.freeze_delay <= a.upgrade_delay + 2 * a.drop_delay)
        code = fail_usage(&command_deploy,
                          "--freeze-delay must be more than --upgrade-delay and twice --drop-delay");
    if (code == EXIT_FINE && (code = rollup_tool_open(&t, TOOL_L1 | TOOL_KEY)) == EXIT_FINE)
        code = deploy(&t, &a, &terms);
    rollup_tool_close(&t);
    arena_close(&words);
    return code;
}

const command command_deploy = {
    .name = "deploy",
    .usage = "--l1 URL --out FILE --attester ADDRESS [OPTION…]",
    .summary = "Deploys the contracts of a new rollup on L1. Development: no proof is verified on L1 yet.",
    .options = DEPLOY_OPTIONS,
    .help = "\nExample: ashlar deploy --l1 http://127.0.0.1:8546 --key-file owner.key --attester "
            "0x70997970c51812dc3a010c7d01b50e0d17dc79c8 --out rollup.json\n",
    .run = run,
};
