#include "settle/deployment.h"

#include "base/check.h"
#include "base/hex.h"
#include "bridged_token.h"
#include "chain/store.h"
#include "chain/transaction.h"
#include "crypto/keccak.h"
#include "rollup/genesis.h"
#include "settle/calldata.h"
#include "settle/contracts.h"

#include <string.h>

enum { TOKEN_GAS = 1500000 /* creates and initializes a bridged token, and more (rollup-contracts.md) */ };

static bool is_zero(const address *a)
{
    static const address zero;
    return memcmp(a, &zero, sizeof zero) == 0;
}

status deployment_genesis(chain_genesis *genesis, rollup_outcome *outcome, rollup_deployment *d,
                          arena *memory)
{
    chain_config config = *chain_config_by_id(1337); /* all forks from the start */
    config.chain_id = d->l2_chain_id;
    config.deposit_contract = (address){0};
    config.rollup = (rollup_parameters){
        .transaction_gas = d->transaction_gas,
        .item_gas = d->item_gas,
        .base_fee_target_gas = d->base_fee_target_gas,
        .queue = d->queue,
        .bridge = d->bridge,
    };
    rollup_predeploys_hash(&config.rollup.predeploys);
    *genesis = (chain_genesis){
        .config = config,
        .gas_limit = d->transaction_gas + d->item_gas,
        .timestamp = d->genesis_time,
    };
    rollup_genesis_accounts(&genesis->accounts, &genesis->account_count, memory, &d->queue, &d->bridge);
    hash256 state_root;
    bytes header;
    block_header parsed;
    byte_store nodes, codes;
    store_init(&nodes, memory);
    store_init(&codes, memory);
    TRY(genesis_state(&state_root, &nodes, &codes, memory, genesis->accounts, genesis->account_count));
    TRY(genesis_header(&header, &parsed, memory, genesis, &state_root));
    keccak256(&d->genesis_hash, header.data, header.size);
    chain_config_hash(&d->config_hash, &genesis->config);
    if (outcome != NULL) {
        rollup_position position;
        rollup_position_init(&position, &d->genesis_hash, &state_root, d->genesis_time);
        *outcome = position.outcome;
    }
    return OK;
}

/* CREATE2 by L2Bridge (EIP-1014). */
void deployment_token(address *out, const address *l1_token)
{
    uint8_t all[1 + 20 + 32 + 32] = {0xff};
    hash256 hash;
    memcpy(all + 1, ROLLUP_L2_BRIDGE.bytes, 20);
    memcpy(all + 1 + 20 + 12, l1_token->bytes, 20);
    CHECK(hex_decode_exact(all + 53, 32, BRIDGED_TOKEN_creationHash, 66) == OK);
    keccak256(&hash, all, sizeof all);
    memcpy(out->bytes, hash.bytes + 12, 20);
}

void deployment_addresses(rollup_deployment *d, const deployment_terms *t, const address *owner,
                          uint64_t nonce)
{
    transaction_created_address(&d->deployer, owner, nonce);
    if (!is_zero(&t->attester))
        transaction_created_address(&d->verifier, owner, nonce + 1);
    address *const made[] = {&d->queue, &d->verifiers, &d->rollup, &d->bridge};
    for (uint64_t i = 0; i < 4; i++)
        transaction_created_address(made[i], &d->deployer, i + 1);
}

static bytes queue_code(calldata *c, arena *memory, const rollup_deployment *d, const deployment_terms *t)
{
    calldata_begin_creation(c, memory, contract_init_code(CONTRACT_Queue));
    calldata_address(c, &d->rollup);
    calldata_address(c, &d->bridge);
    calldata_u64(c, t->item_max_gas);
    calldata_u64(c, t->queue_target_gas);
    calldata_u64(c, t->queue_block_gas);
    calldata_u64(c, t->queue_floor_price);
    return calldata_end(c);
}

static bytes verifiers_code(calldata *c, arena *memory, const rollup_deployment *d, const deployment_terms *t)
{
    calldata_begin_creation(c, memory, contract_init_code(CONTRACT_Verifiers));
    calldata_address(c, &t->governor);
    calldata_u64(c, t->upgrade_delay);
    calldata_address(c, &d->verifier);
    calldata_hash(c, &d->config_hash);
    return calldata_end(c);
}

static bytes rollup_code(calldata *c, arena *memory, const rollup_deployment *d, const deployment_terms *t,
                         const rollup_outcome *genesis)
{
    const uint64_t config[] = {d->l2_chain_id,    d->item_gas,       t->batch_bond, t->stake,        t->slash,
                               t->slot_time,      t->max_lag,        t->forced_delay, t->commit_timeout,
                               t->prove_window,   t->drop_delay,     t->freeze_delay, t->stake_delay,
                               t->unproven_max};
    calldata_begin_creation(c, memory, contract_init_code(CONTRACT_Rollup));
    calldata_address(c, &d->queue);
    calldata_address(c, &d->verifiers);
    calldata_address(c, &d->bridge);
    for (size_t i = 0; i < sizeof config / sizeof *config; i++)
        calldata_u64(c, config[i]);
    calldata_outcome(c, genesis);
    return calldata_end(c);
}

static bytes bridge_code(calldata *c, arena *memory, const rollup_deployment *d)
{
    hash256 creation, code;
    CHECK(hex_decode_exact(creation.bytes, 32, BRIDGED_TOKEN_creationHash, 66) == OK);
    CHECK(hex_decode_exact(code.bytes, 32, BRIDGED_TOKEN_codeHash, 66) == OK);
    calldata_begin_creation(c, memory, contract_init_code(CONTRACT_Bridge));
    calldata_address(c, &d->rollup);
    calldata_address(c, &d->queue);
    calldata_u64(c, TOKEN_GAS);
    calldata_hash(c, &creation);
    calldata_hash(c, &code);
    return calldata_end(c);
}

status deployment_steps(deployment_step steps[DEPLOYMENT_STEPS], size_t *count, rollup_deployment *d,
                        const deployment_terms *t, arena *memory)
{
    chain_genesis genesis;
    rollup_outcome outcome;
    calldata *c = ARENA_NEW(memory, calldata, 1);
    *count = 0;
    TRY(deployment_genesis(&genesis, &outcome, d, memory));
    steps[(*count)++] =
        (deployment_step){.what = "Deployer", .creates = true, .data = contract_init_code(CONTRACT_Deployer)};
    if (!is_zero(&t->attester)) {
        calldata_begin_creation(c, memory, contract_init_code(CONTRACT_DevVerifier));
        calldata_address(c, &t->attester);
        steps[(*count)++] =
            (deployment_step){.what = "DevVerifier", .creates = true, .data = calldata_end(c)};
    }
    const bytes codes[4] = {queue_code(c, memory, d, t), verifiers_code(c, memory, d, t),
                            rollup_code(c, memory, d, t, &outcome), bridge_code(c, memory, d)};
    calldata_begin(c, memory, "deploy(bytes[4])");
    calldata_bytes_list(c, codes, 4, true);
    steps[(*count)++] = (deployment_step){
        .what = "Queue, Verifiers, Rollup, Bridge", .to = d->deployer, .data = calldata_end(c)};
    return OK;
}

/* ---- what stands on L1 ---- */

static status ask(endpoint *e, bytes *out, arena *memory, const address *to, const char *signature)
{
    calldata *c = ARENA_NEW(memory, calldata, 1);
    calldata_begin(c, memory, signature);
    endpoint_message m = {.to = to, .data = calldata_end(c)};
    return endpoint_call(e, out, memory, &m);
}

static status ask_indexed(endpoint *e, bytes *out, arena *memory, const address *to, const char *signature)
{
    calldata *c = ARENA_NEW(memory, calldata, 1);
    calldata_begin(c, memory, signature);
    calldata_u64(c, 0);
    endpoint_message m = {.to = to, .data = calldata_end(c)};
    return endpoint_call(e, out, memory, &m);
}

status deployment_check(const char **wrong, endpoint *e, arena *memory, const rollup_deployment *d)
{
    const struct {
        const address *at;
        const char *getter;
        const address *expected;
    } links[] = {{&d->rollup, "QUEUE()", &d->queue},         {&d->rollup, "BRIDGE()", &d->bridge},
                 {&d->rollup, "VERIFIERS()", &d->verifiers}, {&d->queue, "ROLLUP()", &d->rollup},
                 {&d->queue, "BRIDGE()", &d->bridge},        {&d->bridge, "ROLLUP()", &d->rollup}};
    uint64_t chain_id;
    bytes answer;
    address found;
    hash256 hash, expected;
    *wrong = NULL;
    TRY(endpoint_chain_id(e, &chain_id));
    if (chain_id != d->l1_chain_id) {
        *wrong = "L1 has another chain id";
        return OK;
    }
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        TRY(ask(e, &answer, memory, links[i].at, links[i].getter));
        if (!calldata_read_address(&found, answer, 0) || memcmp(&found, links[i].expected, 20) != 0) {
            *wrong = "L1 has other contracts at these addresses, or none";
            return OK;
        }
    }
    chain_genesis genesis;
    rollup_outcome outcome;
    rollup_deployment copy = *d;
    TRY(deployment_genesis(&genesis, &outcome, &copy, memory));
    rollup_outcome_hash(&expected, &outcome);
    TRY(ask_indexed(e, &answer, memory, &d->rollup, "outcome(uint256)"));
    if (!calldata_read_hash(&hash, answer, 0) || memcmp(&hash, &expected, 32) != 0)
        *wrong = "the rollup on L1 has another genesis";
    TRY(ask_indexed(e, &answer, memory, &d->verifiers, "epochs(uint256)"));
    if (*wrong == NULL &&
        (!calldata_read_hash(&hash, answer, 2) || memcmp(&hash, &copy.config_hash, 32) != 0))
        *wrong = "the rollup on L1 has another configuration";
    return OK;
}
