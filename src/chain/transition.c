#include "chain/transition.h"

#include "base/check.h"
#include "base/memory.h"
#include "chain/dao.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"
#include "state/witness.h"

enum {
    MAXIMUM_TRANSACTION_BLOBS = 6,            /* EIP-7594 */
    BLOB_HASH_VERSION_KZG = 1,                /* EIP-4844 */
    REFUND_DIVISOR_FRONTIER = 2,
    REFUND_DIVISOR_LONDON = 5,                /* EIP-3529 */
    REFUND_EXISTING_AUTHORITY = 25000 - 12500, /* EIP-7702 */
    DELEGATION_BYTES = 23,
    SYSTEM_CALL_GAS = 30000000,
    ACCESS_LIST_ITEM_GAS = 2000,              /* EIP-7928 */
    MAXIMUM_ANCESTORS = 256,
};

static const address BEACON_ROOTS = {{0x00, 0x0f, 0x3d, 0xf6, 0xd7, 0x32, 0x80, 0x7e, 0xf1, 0x31,
                                      0x9f, 0xb7, 0xb8, 0xbb, 0x85, 0x22, 0xd0, 0xbe, 0xac, 0x02}};
const address TRANSITION_BLOCK_HASH_HISTORY = {{0x00, 0x00, 0xf9, 0x08, 0x27, 0xf1, 0xc5, 0x3a, 0x10, 0xcb,
                                                0x7a, 0x02, 0x33, 0x5b, 0x17, 0x53, 0x20, 0x00, 0x29, 0x35}};
static const address WITHDRAWAL_REQUESTS = {{0x00, 0x00, 0x09, 0x61, 0xef, 0x48, 0x0e, 0xb5, 0x5e, 0x80,
                                             0xd1, 0x9a, 0xd8, 0x35, 0x79, 0xa6, 0x4c, 0x00, 0x70, 0x02}};
static const address CONSOLIDATION_REQUESTS = {{0x00, 0x00, 0xbb, 0xdd, 0xc7, 0xce, 0x48, 0x86, 0x42, 0xfb,
                                                0x57, 0x9f, 0x8b, 0x00, 0xf3, 0xa5, 0x90, 0x00, 0x72, 0x51}};

/* ---- environment ---- */

static status ancestor_hash(void *context, hash256 *out, uint64_t number)
{
    ancestor_hashes *ancestors = context;
    memset(out, 0, sizeof *out);
    if (number >= ancestors->number || ancestors->number - number > MAXIMUM_ANCESTORS)
        return OK;
    uint64_t back = ancestors->number - number - 1;
    if (back >= ancestors->farthest_back)
        ancestors->farthest_back = back + 1;
    if (back < ancestors->proven_count) {
        *out = ancestors->proven[back];
        return OK;
    }
    if (back >= ancestors->claimed_count)
        return WITNESS_HEADER_MISSING;
    ancestors->used_claim = true;
    *out = ancestors->claimed[back];
    return OK;
}

void transition_environment(evm_block *block, const block_header *header, const chain_config *config,
                            fork_id fork, ancestor_hashes *ancestors)
{
    memset(block, 0, sizeof *block);
    block->fork = fork;
    block->chain_id = config->chain_id;
    block->coinbase = header->coinbase;
    block->number = header->number;
    block->timestamp = header->timestamp;
    block->gas_limit = header->gas_limit;
    if (fork >= FORK_PARIS)
        block->prev_randao = header->mix_hash;
    else
        u256_to_be(block->prev_randao.bytes, header->difficulty);
    block->base_fee = header->base_fee;
    block->slot_number = header->slot_number;
    const blob_parameters *blob = chain_blob_parameters_at(config, header->timestamp);
    if (fork >= FORK_CANCUN && blob != NULL)
        block->blob_base_fee = header_blob_base_fee(header->excess_blob_gas, blob);
    block->block_hash = ancestor_hash;
    block->block_hash_context = ancestors;
}

transition *transition_open(arena *memory, const chain_config *config, const evm_block *block, state *world,
                            size_t transaction_count)
{
    transition *t = ARENA_NEW(memory, transition, 1);
    t->memory = memory;
    t->config = config;
    t->block = *block;
    if (block->fork >= FORK_CANCUN)
        t->blob = chain_blob_parameters_at(config, block->timestamp);
    t->world = world;
    t->vm = evm_open(memory, &t->block, world);
    t->receipts = ARENA_NEW(memory, bytes, transaction_count);
    t->origins = ARENA_NEW(memory, transaction_origin, transaction_count);
    t->receipt_capacity = transaction_count;
    address precompile;
    for (unsigned i = 0; evm_precompile_at(&precompile, block->fork, i); i++)
        state_keep_warm(state_account_entry(world, &precompile));
    t->state_byte_gas = evm_state_byte_gas(block->gas_limit);
    if (block->fork >= FORK_AMSTERDAM)
        state_set_change_index(world, 0);
    return t;
}

uint64_t transition_gas_used(const transition *t)
{
    if (t->block.fork < FORK_AMSTERDAM)
        return t->gas_used;
    return t->execution_gas_used > t->state_gas_used ? t->execution_gas_used : t->state_gas_used;
}

uint64_t transition_gas_left(const transition *t)
{
    uint64_t used = transition_gas_used(t);
    return used < t->block.gas_limit ? t->block.gas_limit - used : 0;
}

status transition_complete_header(transition *t, block_header *header)
{
    header->gas_used = transition_gas_used(t);
    header->blob_gas_used = t->blob_gas_used;
    if (t->block.fork >= FORK_PRAGUE)
        requests_hash(&header->requests_hash, t->memory, t->requests);
    if (t->block.fork < FORK_AMSTERDAM)
        return OK;
    size_t items;
    t->access_list = state_access_list(t->world, &items);
    keccak256(&header->access_list_hash, t->access_list.data, t->access_list.size);
    return items > t->block.gas_limit / ACCESS_LIST_ITEM_GAS ? ACCESS_LIST_TOO_LARGE : OK;
}

static bool deletes_empty_accounts(const transition *t) { return t->block.fork >= FORK_SPURIOUS_DRAGON; }

/* ---- system calls ---- */

/* Calls a system contract outside of any transaction's gas. *found says whether it has code. */
static status system_call(transition *t, bool *found, evm_result *result, const address *contract,
                          bytes input)
{
    account *callee;
    TRY(state_account(t->world, &callee, contract));
    *found = memcmp(account_code_hash(callee)->bytes, witness_empty_code_hash.bytes, 32) != 0;
    if (!*found)
        return OK;
    state_begin_transaction(t->world);
    evm_transaction transaction = {.origin = EVM_SYSTEM_ADDRESS};
    evm_message message = {
        .kind = EVM_CALL,
        .sender = EVM_SYSTEM_ADDRESS,
        .recipient = *contract,
        .input = input,
        .gas = SYSTEM_CALL_GAS,
    };
    TRY(evm_run(t->vm, result, &transaction, &message));
    return state_end_transaction(t->world, deletes_empty_accounts(t));
}

status transition_begin_block(transition *t, const hash256 *parent_hash,
                              const hash256 *parent_beacon_block_root)
{
    bool found;
    evm_result result;
    /* A genesis is not executed: that a chain has the fork from block 0 on means nothing. */
    if (t->block.number == t->config->fork_block[FORK_DAO] && t->block.number != 0)
        TRY(dao_move_balances(t->world));
    if (t->block.fork >= FORK_CANCUN && !chain_is_rollup(t->config))
        TRY(system_call(t, &found, &result, &BEACON_ROOTS, (bytes){parent_beacon_block_root->bytes, 32}));
    if (t->block.fork >= FORK_PRAGUE)
        TRY(system_call(t, &found, &result, &TRANSITION_BLOCK_HASH_HISTORY, (bytes){parent_hash->bytes, 32}));
    return OK;
}

static status request_call(transition *t, unsigned type, const address *contract)
{
    bool found;
    evm_result result;
    TRY(system_call(t, &found, &result, contract, (bytes){NULL, 0}));
    if (!found)
        return SYSTEM_CONTRACT_MISSING;
    if (result.halt != EVM_SUCCESS)
        return SYSTEM_CALL_FAILED;
    uint8_t *copy = arena_allocate(t->memory, result.output.size, 8);
    if (result.output.size > 0)
        memcpy(copy, result.output.data, result.output.size);
    t->requests[type] = (bytes){copy, result.output.size};
    return OK;
}

/* What comes before the transactions, each of them, and what comes after them are told apart in the block
 * access list. */
static void begin_changes(transition *t)
{
    if (t->block.fork >= FORK_AMSTERDAM)
        state_set_change_index(t->world, (uint32_t)t->receipt_count + 1);
}

status transition_requests(transition *t)
{
    if (t->block.fork < FORK_PRAGUE || chain_is_rollup(t->config))
        return OK;
    begin_changes(t);
    t->requests[REQUEST_DEPOSIT] = deposits_join(t->memory, &t->deposits);
    TRY(request_call(t, REQUEST_WITHDRAWAL, &WITHDRAWAL_REQUESTS));
    return request_call(t, REQUEST_CONSOLIDATION, &CONSOLIDATION_REQUESTS);
}

/* ---- transactions ---- */

typedef struct {
    transaction_gas gas;
    u256 gas_price; /* effective: what the sender pays for each gas */
    uint64_t blob_gas;
} transaction_terms;

static bool type_exists(const transition *t, transaction_type type)
{
    static const fork_id since[] = {FORK_FRONTIER, FORK_BERLIN, FORK_LONDON, FORK_CANCUN, FORK_PRAGUE};
    bool is_rollup = chain_is_rollup(t->config);
    if (type == TRANSACTION_QUEUED || type == TRANSACTION_BLOB)
        return is_rollup == (type == TRANSACTION_QUEUED) && t->block.fork >= FORK_CANCUN;
    return t->block.fork >= since[type];
}

static status check_blobs(const transition *t, transaction_terms *terms, const transaction *tx)
{
    if (t->blob == NULL)
        return UNSUPPORTED_FORK;
    if (tx->blob_hash_count == 0)
        return TRANSACTION_BLOBS_NONE;
    terms->blob_gas = tx->blob_hash_count * GAS_PER_BLOB;
    if (terms->blob_gas > (uint64_t)t->blob->max_blobs * GAS_PER_BLOB - t->blob_gas_used)
        return TRANSACTION_BLOB_GAS_ABOVE_BLOCK;
    if (t->block.fork >= FORK_OSAKA && tx->blob_hash_count > MAXIMUM_TRANSACTION_BLOBS)
        return TRANSACTION_BLOBS_TOO_MANY;
    for (size_t i = 0; i < tx->blob_hash_count; i++)
        if (tx->blob_hashes[i].bytes[0] != BLOB_HASH_VERSION_KZG)
            return TRANSACTION_BLOB_HASH_INVALID;
    if (u256_less(tx->max_blob_fee, t->block.blob_base_fee))
        return TRANSACTION_BLOB_FEE_TOO_LOW;
    return OK;
}

static uint64_t least(uint64_t a, uint64_t b) { return a < b ? a : b; }

/* Whether the block has room for the most gas that the transaction can use: of each kind (EIP-8037). */
static bool fits_block(const transition *t, const transaction *tx, const transaction_gas *gas)
{
    uint64_t limit = t->block.gas_limit;
    if (t->block.fork < FORK_AMSTERDAM)
        return tx->gas_limit <= limit - t->gas_used;
    /* Less than the intrinsic gas is refused for that. */
    uint64_t execution = tx->gas_limit - least(gas->state, tx->gas_limit);
    uint64_t state = tx->gas_limit - least(gas->intrinsic, tx->gas_limit);
    return t->execution_gas_used <= limit &&
           least(execution, TRANSACTION_GAS_CAP) <= limit - t->execution_gas_used &&
           t->state_gas_used <= limit && state <= limit - t->state_gas_used;
}

/* All that can be said without the state. */
static status check_terms(const transition *t, transaction_terms *terms, const transaction *tx)
{
    fork_id fork = t->block.fork;
    memset(terms, 0, sizeof *terms);
    if (!type_exists(t, tx->type))
        return TRANSACTION_TYPE_UNKNOWN;
    if (tx->is_replay_protected && fork < FORK_SPURIOUS_DRAGON)
        return TRANSACTION_SIGNATURE_INVALID;
    if ((tx->type != TRANSACTION_LEGACY || tx->is_replay_protected) && tx->chain_id != t->config->chain_id)
        return TRANSACTION_CHAIN_ID_WRONG;
    if (!t->is_lenient && tx->nonce == UINT64_MAX)
        return TRANSACTION_NONCE_IS_MAX;
    terms->gas = transaction_intrinsic_gas(tx, fork, t->state_byte_gas);
    if (!t->is_lenient && !fits_block(t, tx, &terms->gas))
        return TRANSACTION_GAS_ABOVE_BLOCK;
    if (u256_less(tx->max_fee, tx->max_priority_fee))
        return TRANSACTION_TIP_ABOVE_FEE;
    if (u256_less(tx->max_fee, t->block.base_fee))
        return TRANSACTION_FEE_BELOW_BASE_FEE;
    if (tx->creates && fork >= FORK_SHANGHAI && tx->data.size > evm_max_init_code_bytes(fork))
        return TRANSACTION_INIT_CODE_TOO_LARGE;
    if (!t->is_lenient && fork >= FORK_OSAKA &&
        transaction_capped_gas(tx, &terms->gas, fork) > TRANSACTION_GAS_CAP)
        return TRANSACTION_GAS_ABOVE_CAP;
    if (tx->gas_limit < terms->gas.intrinsic + terms->gas.state)
        return TRANSACTION_GAS_BELOW_INTRINSIC;
    if (tx->gas_limit < terms->gas.floor)
        return TRANSACTION_GAS_BELOW_FLOOR;
    u256 tip = u256_sub(tx->max_fee, t->block.base_fee);
    if (u256_less(tx->max_priority_fee, tip))
        tip = tx->max_priority_fee;
    terms->gas_price = u256_add(t->block.base_fee, tip);
    if (tx->type == TRANSACTION_BLOB)
        TRY(check_blobs(t, terms, tx));
    if (tx->type == TRANSACTION_SET_CODE && tx->authorization_count == 0)
        return TRANSACTION_AUTHORIZATIONS_NONE;
    return OK;
}

bool transition_is_delegation(bytes code)
{
    return code.size == DELEGATION_BYTES && code.data[0] == 0xef && code.data[1] == 0x01 &&
           code.data[2] == 0x00;
}

/* Whether the account may sign: it has no code, or a delegation only. */
static status may_sign(const transition *t, bool *may, account *a)
{
    *may = memcmp(account_code_hash(a)->bytes, witness_empty_code_hash.bytes, 32) == 0;
    if (*may || t->block.fork < FORK_PRAGUE)
        return OK;
    const contract_code *code;
    TRY(state_code(t->world, &code, a));
    *may = transition_is_delegation(code->code);
    return OK;
}

/* sum += a·b; false where that leaves 256 bits. */
static bool add_product(u256 *sum, u256 a, uint64_t b)
{
    uint64_t above = 0;
    for (unsigned i = 0; i < 4 && b != 0; i++) {
        unsigned __int128 t = (unsigned __int128)a.limb[i] * b + sum->limb[i] + above;
        sum->limb[i] = (uint64_t)t;
        above = (uint64_t)(t >> 64);
    }
    return above == 0;
}

static status check_sender(const transition *t, const transaction *tx, account *sender)
{
    if (!t->is_lenient && tx->nonce < account_nonce(sender))
        return TRANSACTION_NONCE_TOO_LOW;
    if (!t->is_lenient && tx->nonce > account_nonce(sender))
        return TRANSACTION_NONCE_TOO_HIGH;
    u256 most = tx->value;
    if (!add_product(&most, tx->max_fee, tx->gas_limit) ||
        !add_product(&most, tx->max_blob_fee, tx->blob_hash_count * GAS_PER_BLOB) ||
        u256_less(*account_balance(sender), most))
        return TRANSACTION_FUNDS_INSUFFICIENT;
    if (t->is_lenient)
        return OK;
    /* EIP-3607; mainnet's history has no such transaction, so the rule may hold from the start. */
    bool may;
    TRY(may_sign(t, &may, sender));
    return may ? OK : TRANSACTION_SENDER_HAS_CODE;
}

/* Marks what costs less from the start (EIP-2929, 2930, 3651) without reading it. */
static status warm_up(transition *t, const transaction *tx, account *sender)
{
    if (t->block.fork < FORK_BERLIN)
        return OK;
    state_warm_kept(t->world);
    state_warm_account(t->world, sender);
    if (!tx->creates)
        state_warm_account(t->world, state_account_entry(t->world, &tx->to));
    if (t->block.fork >= FORK_SHANGHAI)
        state_warm_account(t->world, state_account_entry(t->world, &t->block.coinbase));
    bytes entries = tx->access_list;
    while (!rlp_at_end(entries)) {
        bytes entry, slots;
        address listed;
        TRY(rlp_list(&entry, &entries));
        TRY(rlp_address(&listed, &entry));
        TRY(rlp_list(&slots, &entry));
        account *a = state_account_entry(t->world, &listed);
        state_warm_account(t->world, a);
        for (; slots.size > 0; slots.data += RLP_HASH_SIZE, slots.size -= RLP_HASH_SIZE) {
            u256 key = u256_from_be(slots.data + 1, 32);
            state_warm_slot(t->world, state_slot_entry(t->world, a, &key));
        }
    }
    return OK;
}

/* EIP-7702: an authorization that does not hold is passed over. What was paid for an account that is there
 * already comes back: from Amsterdam on as state gas. */
static status apply_authorization(transition *t, uint64_t *state_gas,
                                  const transaction_authorization *authorization)
{
    if (!u256_is_zero(authorization->chain_id) &&
        !u256_equal(authorization->chain_id, u256_from_u64(t->config->chain_id)))
        return OK;
    if (authorization->nonce == UINT64_MAX)
        return OK;
    address signer;
    if (transaction_authority(&signer, authorization) != OK)
        return OK;
    account *authority;
    bool may;
    TRY(state_account(t->world, &authority, &signer));
    state_warm_account(t->world, authority);
    TRY(may_sign(t, &may, authority));
    if (!may || account_nonce(authority) != authorization->nonce)
        return OK;
    if (account_exists(authority)) {
        if (t->block.fork >= FORK_AMSTERDAM)
            *state_gas += STATE_BYTES_ACCOUNT * t->state_byte_gas;
        else
            state_add_refund(t->world, REFUND_EXISTING_AUTHORITY);
    }

    static const address nobody;
    bytes code = {NULL, 0};
    if (memcmp(authorization->target.bytes, nobody.bytes, sizeof nobody.bytes) != 0) {
        uint8_t *delegation = arena_allocate(t->memory, DELEGATION_BYTES, 8);
        memcpy(delegation, (uint8_t[]){0xef, 0x01, 0x00}, 3);
        memcpy(delegation + 3, authorization->target.bytes, sizeof authorization->target.bytes);
        code = (bytes){delegation, DELEGATION_BYTES};
    }
    state_set_code(t->world, authority, code);
    state_set_nonce(t->world, authority, authorization->nonce + 1);
    return OK;
}

static status apply_authorizations(transition *t, uint64_t *state_gas, const transaction *tx)
{
    bytes cursor = tx->authorizations;
    while (!rlp_at_end(cursor)) {
        transaction_authorization authorization;
        TRY(transaction_next_authorization(&authorization, &cursor));
        TRY(apply_authorization(t, state_gas, &authorization));
    }
    return OK;
}

static u256 times(u256 price, uint64_t gas) { return u256_mul(price, u256_from_u64(gas)); }

static void credit(transition *t, account *a, u256 amount)
{
    if (u256_is_zero(amount))
        state_touch(t->world, a);
    else
        state_set_balance(t->world, a, u256_add(*account_balance(a), amount));
}

/* What was paid for state that a contract leaves behind which is gone with the transaction (EIP-8037). */
static status return_state_gas(transition *t, evm_result *result)
{
    size_t count;
    account **gone = state_self_destructed(t->world, &count);
    for (size_t i = 0; i < count; i++) {
        const contract_code *code;
        TRY(state_code(t->world, &code, gone[i]));
        uint64_t bytes_gone = STATE_BYTES_ACCOUNT + account_slots_in_use(gone[i]) * STATE_BYTES_SLOT +
                              code->code.size;
        uint64_t gas = least(bytes_gone * t->state_byte_gas, result->state_gas_used);
        result->state_gas_left += gas;
        result->state_gas_used -= gas;
    }
    return OK;
}

/* What accounts hold that are gone with the transaction (EIP-7708), after the coinbase was paid. */
static void log_burns(transition *t)
{
    size_t count;
    account **gone = state_self_destructed(t->world, &count);
    for (size_t i = 0; i < count; i++)
        evm_log_burn(t->vm, gone[i], account_balance(gone[i]));
}

/* Returns what is left of the gas, pays the coinbase, and gives the gas used. */
static status settle(transition *t, uint64_t *gas_used, const transaction *tx, const transaction_terms *terms,
                     uint64_t gas_left, account *sender)
{
    uint64_t used = tx->gas_limit - gas_left;
    uint64_t refund = state_refund(t->world);
    uint64_t most = used / (t->block.fork >= FORK_LONDON ? REFUND_DIVISOR_LONDON : REFUND_DIVISOR_FRONTIER);
    used -= refund < most ? refund : most;
    if (used < terms->gas.floor)
        used = terms->gas.floor;
    *gas_used = used;
    t->last.gas_used = used;
    t->last.gas_peak = tx->gas_limit - gas_left;
    if (t->last.gas_peak < terms->gas.floor)
        t->last.gas_peak = terms->gas.floor;

    if (tx->type == TRANSACTION_QUEUED)
        return OK;
    u256 returned = times(terms->gas_price, tx->gas_limit - used);
    state_set_balance(t->world, sender, u256_add(*account_balance(sender), returned));
    account *coinbase;
    TRY(state_account(t->world, &coinbase, &t->block.coinbase));
    u256 burned = chain_is_rollup(t->config) ? U256_ZERO : t->block.base_fee;
    credit(t, coinbase, times(u256_sub(terms->gas_price, burned), used));
    return OK;
}

static status keep_receipt(transition *t, const transaction *tx, bool succeeded, const log_entry *logs,
                           size_t log_count)
{
    uint8_t bloom[LOGS_BLOOM_BYTES];
    memset(bloom, 0, sizeof bloom);
    for (size_t i = 0; i < log_count; i++) {
        bloom_add(bloom, &t->bloom_bits, &logs[i]);
        if (t->block.fork >= FORK_PRAGUE && !chain_is_rollup(t->config) &&
            memcmp(logs[i].emitter.bytes, t->config->deposit_contract.bytes, sizeof(address)) == 0)
            TRY(deposits_add(&t->deposits, t->memory, &logs[i]));
    }
    if (log_count > 0)
        for (size_t i = 0; i < LOGS_BLOOM_BYTES; i += 8) {
            uint64_t all, own;
            memcpy(&all, t->logs_bloom + i, 8);
            memcpy(&own, bloom + i, 8);
            all |= own;
            memcpy(t->logs_bloom + i, &all, 8);
        }
    receipt r = {tx->type, succeeded, t->gas_used, bloom, logs, log_count, t->block.fork < FORK_BYZANTIUM};
    t->receipts[t->receipt_count++] = receipt_encode(t->memory, &r);
    return OK;
}

/* Keeps the receipt and ends the transaction. */
static status finish(transition *t, const transaction *tx, transaction_origin origin, uint64_t gas_used,
                     bool succeeded, transition_log_sink log_sink, void *context)
{
    CHECK(t->receipt_count < t->receipt_capacity);
    t->gas_used += gas_used;
    t->origins[t->receipt_count] = origin;
    size_t log_count;
    const log_entry *logs = state_logs(t->world, &log_count);
    if (log_sink)
        log_sink(context, logs, log_count);
    TRY(keep_receipt(t, tx, succeeded, logs, log_count));
    TRY(state_end_transaction(t->world, deletes_empty_accounts(t)));
    if (t->block.fork < FORK_BYZANTIUM) {
        hash256 root;
        TRY(state_root(t->world, &root));
        receipt_set_state_root(t->receipts[t->receipt_count - 1], &root);
    }
    return OK;
}

/* Runs what the sender has been charged for. */
static status run(transition *t, const transaction *tx, const transaction_terms *terms, account *from,
                  uint64_t nonce, transition_log_sink log_sink, void *context)
{
    TRY(warm_up(t, tx, from));
    uint64_t gas = tx->gas_limit - terms->gas.intrinsic - terms->gas.state, state_gas = 0;
    if (t->block.fork >= FORK_AMSTERDAM) {
        uint64_t most = TRANSACTION_GAS_CAP - least(terms->gas.intrinsic, TRANSACTION_GAS_CAP);
        if (gas > most && !t->is_lenient) {
            state_gas = gas - most;
            gas = most;
        }
    }
    TRY(apply_authorizations(t, &state_gas, tx));

    evm_transaction environment = {
        .origin = *account_address(from),
        .gas_price = terms->gas_price,
        .blob_hashes = tx->blob_hashes,
        .blob_hash_count = tx->blob_hash_count,
    };
    evm_message message = {
        .kind = tx->creates ? EVM_CREATE : EVM_CALL,
        .sender = *account_address(from),
        .recipient = tx->to,
        .value = tx->value,
        .input = tx->data,
        .gas = gas,
        .state_gas = state_gas,
    };
    if (tx->creates)
        transaction_created_address(&message.recipient, account_address(from), nonce);
    evm_result result;
    TRY(evm_run(t->vm, &result, &environment, &message));

    t->last.result = result;
    uint64_t gas_used;
    if (t->block.fork >= FORK_AMSTERDAM) {
        uint64_t execution_gas = terms->gas.intrinsic + gas + state_gas - result.gas_left -
                                 result.state_gas_left - result.state_gas_used - result.state_gas_lost;
        t->execution_gas_used += execution_gas > terms->gas.floor ? execution_gas : terms->gas.floor;
        TRY(return_state_gas(t, &result));
        t->state_gas_used += terms->gas.state + result.state_gas_used;
    }
    TRY(settle(t, &gas_used, tx, terms, result.gas_left + result.state_gas_left, from));
    if (t->block.fork >= FORK_AMSTERDAM)
        log_burns(t);
    t->blob_gas_used += terms->blob_gas;
    return finish(t, tx, (transaction_origin){*account_address(from), nonce}, gas_used,
                  result.halt == EVM_SUCCESS, log_sink, context);
}

/* One that L1 sent. What was minted stays, and the nonce counts up, however it ends. */
static status queued_transaction(transition *t, const transaction *tx, transition_log_sink log_sink,
                                 void *context)
{
    fork_id fork = t->block.fork;
    if (!type_exists(t, tx->type))
        return TRANSACTION_TYPE_UNKNOWN;
    if (t->has_plain_transaction)
        return TRANSACTION_QUEUED_NOT_FIRST;
    transaction_terms terms = {.gas = transaction_intrinsic_gas(tx, fork, t->state_byte_gas)};
    uint64_t cost = terms.gas.intrinsic + terms.gas.state;
    if (cost < terms.gas.floor)
        cost = terms.gas.floor;
    if (!fits_block(t, tx, &terms.gas))
        return TRANSACTION_GAS_ABOVE_BLOCK;
    account *from;
    TRY(state_account(t->world, &from, &tx->from));

    begin_changes(t);
    state_begin_transaction(t->world);
    uint64_t nonce = account_nonce(from);
    u256 balance = u256_add(*account_balance(from), tx->mint);
    state_set_balance(t->world, from, balance);
    if (nonce < UINT64_MAX)
        state_set_nonce(t->world, from, nonce + 1);
    if (tx->gas_limit >= cost && nonce < UINT64_MAX && !u256_less(balance, tx->value) &&
        !(tx->creates && tx->data.size > evm_max_init_code_bytes(fork)))
        return run(t, tx, &terms, from, nonce, log_sink, context);
    t->last.result = (evm_result){.halt = tx->gas_limit < cost ? EVM_OUT_OF_GAS : EVM_INSUFFICIENT_BALANCE};
    t->last.gas_used = t->last.gas_peak = least(cost, tx->gas_limit);
    t->execution_gas_used += t->last.gas_used;
    return finish(t, tx, (transaction_origin){tx->from, nonce}, t->last.gas_used, false, log_sink, context);
}

status transition_transaction(transition *t, const transaction *tx, const address *sender,
                              transition_log_sink log_sink, void *context)
{
    if (tx->type == TRANSACTION_QUEUED)
        return queued_transaction(t, tx, log_sink, context);
    transaction_terms terms;
    TRY(check_terms(t, &terms, tx));
    account *from;
    TRY(state_account(t->world, &from, sender));
    TRY(check_sender(t, tx, from));

    begin_changes(t);
    state_begin_transaction(t->world);
    u256 cost = u256_add(times(terms.gas_price, tx->gas_limit),
                         times(t->block.blob_base_fee, terms.blob_gas));
    state_set_balance(t->world, from, u256_sub(*account_balance(from), cost));
    state_set_nonce(t->world, from, tx->nonce + 1);
    t->has_plain_transaction = true;
    return run(t, tx, &terms, from, tx->nonce, log_sink, context);
}

status transition_transactions(transition *t, chain_fault *fault, const bytes *encodings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        transaction tx;
        address sender;
        fault->transaction_index = i;
        TRY(transaction_decode(&tx, t->memory, encodings[i]));
        TRY(transaction_sender(&sender, t->memory, &tx, t->block.fork));
        status outcome = transition_transaction(t, &tx, &sender, NULL, NULL);
        if (outcome == UNSUPPORTED_PRECOMPILE) {
            uint16_t number = 0;
            (void)evm_unsupported_precompile(t->vm, &number);
            fault->precompile = number;
        }
        TRY(outcome);
    }
    fault->transaction_index = SIZE_MAX;
    return OK;
}

/* ---- rewards ---- */

static status reward(transition *t, const address *who, u256 wei)
{
    account *a;
    TRY(state_account(t->world, &a, who));
    state_set_balance(t->world, a, u256_add(*account_balance(a), wei));
    return OK;
}

status transition_rewards(transition *t, const ommer *ommers, size_t ommer_count)
{
    static const uint8_t ether[] = {
#define FORK(symbol, name, header_fields, reward_ether, ...) reward_ether,
#include "evm/fork.def"
    };
    u256 whole = times(u256_from_u64(1000000000000000000), ether[t->block.fork]), part;
    for (size_t i = 0; i < ommer_count; i++) {
        uint64_t eighths = 8 - (t->block.number - ommers[i].number);
        u256_divide(&part, NULL, times(whole, eighths), u256_from_u64(8));
        TRY(reward(t, &ommers[i].coinbase, part));
    }
    u256_divide(&part, NULL, times(whole, ommer_count), u256_from_u64(32));
    return reward(t, &t->block.coinbase, u256_add(whole, part));
}

/* ---- withdrawals ---- */

status transition_withdrawals(transition *t, bytes withdrawals)
{
    begin_changes(t);
    state_begin_transaction(t->world);
    while (!rlp_at_end(withdrawals)) {
        bytes fields;
        uint64_t index, validator, gwei;
        address recipient;
        TRY(rlp_list(&fields, &withdrawals));
        TRY(rlp_u64(&index, &fields));
        TRY(rlp_u64(&validator, &fields));
        TRY(rlp_address(&recipient, &fields));
        TRY(rlp_u64(&gwei, &fields));
        TRY(rlp_expect_end(fields));
        account *a;
        TRY(state_account(t->world, &a, &recipient));
        credit(t, a, times(u256_from_u64(1000000000), gwei));
    }
    return state_end_transaction(t->world, deletes_empty_accounts(t));
}
