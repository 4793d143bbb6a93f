#include "cli/genesis.h"

#include "cli/cli.h"
#include "cli/json.h"
#include "rollup/genesis.h"

#include <string.h>

/* Where geth's names for blocks and times stand in our table. */
static const struct {
    const char *name;
    fork_id fork;
} block_names[] = {
    {"homesteadBlock", FORK_HOMESTEAD},
    {"daoForkBlock", FORK_DAO},
    {"eip150Block", FORK_TANGERINE_WHISTLE},
    {"eip158Block", FORK_SPURIOUS_DRAGON},
    {"byzantiumBlock", FORK_BYZANTIUM},
    {"constantinopleBlock", FORK_CONSTANTINOPLE},
    {"petersburgBlock", FORK_PETERSBURG},
    {"istanbulBlock", FORK_ISTANBUL},
    {"muirGlacierBlock", FORK_MUIR_GLACIER},
    {"berlinBlock", FORK_BERLIN},
    {"londonBlock", FORK_LONDON},
    {"arrowGlacierBlock", FORK_ARROW_GLACIER},
    {"grayGlacierBlock", FORK_GRAY_GLACIER},
    {"mergeNetsplitBlock", FORK_PARIS},
};
static const struct {
    const char *name;
    fork_id fork;
} time_names[] = {{"shanghaiTime", FORK_SHANGHAI}, {"cancunTime", FORK_CANCUN}, {"pragueTime", FORK_PRAGUE},
                  {"osakaTime", FORK_OSAKA}, {"amsterdamTime", FORK_AMSTERDAM}};
/* Entries of blobSchedule, and the moment each begins. */
static const struct {
    const char *name, *time;
} blob_names[] = {{"cancun", "cancunTime"}, {"prague", "pragueTime"}, {"osaka", "osakaTime"},
                  {"bpo1", "bpo1Time"},     {"bpo2", "bpo2Time"},     {"bpo3", "bpo3Time"},
                  {"bpo4", "bpo4Time"},     {"bpo5", "bpo5Time"},     {"amsterdam", "amsterdamTime"}};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static int read_blob_schedule(chain_config *config, const json_t *object, const json_place *at)
{
    const json_t *schedule = json_object_get(object, "blobSchedule");
    for (size_t i = 0; i < COUNT(blob_names); i++) {
        const json_t *time = json_object_get(object, blob_names[i].time);
        const json_t *entry = json_object_get(schedule, blob_names[i].name);
        if (time == NULL || json_is_null(time) || entry == NULL)
            continue;
        blob_parameters parameters = {0};
        uint64_t target, max;
        json_place place = json_place_of(at, "blobSchedule", SIZE_MAX);
        place = json_place_of(&place, blob_names[i].name, SIZE_MAX);
        json_place target_at = json_place_of(&place, "target", SIZE_MAX),
                   max_at = json_place_of(&place, "max", SIZE_MAX),
                   fraction_at = json_place_of(&place, "baseFeeUpdateFraction", SIZE_MAX),
                   time_at = json_place_of(at, blob_names[i].time, SIZE_MAX);
        int code;
        if ((code = json_u64(&parameters.timestamp, time, &time_at)) != 0 ||
            (code = json_u64(&target, json_object_get(entry, "target"), &target_at)) != 0 ||
            (code = json_u64(&max, json_object_get(entry, "max"), &max_at)) != 0 ||
            (code = json_u64(&parameters.base_fee_update_fraction,
                             json_object_get(entry, "baseFeeUpdateFraction"), &fraction_at)) != 0)
            return code;
        if (max > CHAIN_MAX_BLOBS_PER_BLOCK || target > max || parameters.base_fee_update_fraction == 0)
            return fail(EXIT_INPUT, "%s: %s is no possible blob schedule", at->file, place.path);
        parameters.target_blobs = (uint32_t)target;
        parameters.max_blobs = (uint32_t)max;
        /* A later entry that begins at the same moment replaces the earlier one. */
        unsigned *count = &config->blob_schedule_count;
        if (*count > 0 && config->blob_schedule[*count - 1].timestamp >= parameters.timestamp) {
            if (config->blob_schedule[*count - 1].timestamp > parameters.timestamp)
                return fail(EXIT_INPUT, "%s: %s begins before the entry that it follows", at->file,
                            place.path);
            --*count;
        }
        config->blob_schedule[(*count)++] = parameters;
    }
    return EXIT_FINE;
}

/* "rollup": what makes the chain one (chain/config.h). */
static int read_rollup(rollup_parameters *rollup, const json_t *object, const json_place *at)
{
    json_place rollup_at = json_place_of(at, "rollup", SIZE_MAX), place;
    const struct {
        const char *name;
        uint64_t *number;
    } numbers[] = {{"transactionGas", &rollup->transaction_gas},
                   {"itemGas", &rollup->item_gas},
                   {"baseFeeTargetGas", &rollup->base_fee_target_gas}};
    const struct {
        const char *name;
        address *out;
    } contracts[] = {{"queue", &rollup->queue}, {"bridge", &rollup->bridge}};
    int code;
    for (size_t i = 0; i < COUNT(numbers); i++) {
        place = json_place_of(&rollup_at, numbers[i].name, SIZE_MAX);
        if ((code = json_u64(numbers[i].number, json_object_get(object, numbers[i].name), &place)) !=
            EXIT_FINE)
            return code;
    }
    for (size_t i = 0; i < COUNT(contracts); i++) {
        place = json_place_of(&rollup_at, contracts[i].name, SIZE_MAX);
        if ((code = json_exact(contracts[i].out->bytes, 20, json_object_get(object, contracts[i].name),
                               &place)) != EXIT_FINE)
            return code;
    }
    if (!chain_rollup_is_possible(rollup))
        return fail(EXIT_INPUT, "%s: %s has a limit of gas that is 0 or above %u", at->file, rollup_at.path,
                    CHAIN_MAX_ROLLUP_GAS);
    rollup_predeploys_hash(&rollup->predeploys);
    return EXIT_FINE;
}

static int read_config(chain_config *config, const json_t *genesis, const char *path)
{
    const json_t *object = json_object_get(genesis, "config");
    json_place top = {.file = path};
    json_place at = json_place_of(&top, "config", SIZE_MAX);
    if (!json_is_object(object))
        return fail(EXIT_INPUT, "%s: has no \"config\"", path);
    memset(config, 0, sizeof *config);

    int code;
    json_place place = json_place_of(&at, "chainId", SIZE_MAX);
    if ((code = json_u64(&config->chain_id, json_object_get(object, "chainId"), &place)) != EXIT_FINE)
        return code;

    /* A fork by block that is not named never comes, but for the merge: a chain without blocks of work is
     * merged from its genesis on. */
    for (size_t i = 0; i < COUNT(block_names); i++) {
        const json_t *value = json_object_get(object, block_names[i].name);
        uint64_t *block = &config->fork_block[block_names[i].fork];
        bool merged = json_object_get(object, "terminalTotalDifficulty") != NULL;
        *block = block_names[i].fork == FORK_PARIS && merged ? 0 : UINT64_MAX;
        place = json_place_of(&at, block_names[i].name, SIZE_MAX);
        if (value != NULL && !json_is_null(value) && (code = json_u64(block, value, &place)) != EXIT_FINE)
            return code;
    }
    /* Those who do not support the DAO fork have its block as the one where they part. */
    if (!json_is_true(json_object_get(object, "daoForkSupport")))
        config->fork_block[FORK_DAO] = UINT64_MAX;
    for (fork_id fork = FORK_SHANGHAI; fork < FORK_COUNT; fork++)
        config->fork_timestamp[fork] = UINT64_MAX;
    for (size_t i = 0; i < COUNT(time_names); i++) {
        const json_t *value = json_object_get(object, time_names[i].name);
        place = json_place_of(&at, time_names[i].name, SIZE_MAX);
        if (value != NULL && !json_is_null(value) &&
            (code = json_u64(&config->fork_timestamp[time_names[i].fork], value, &place)) != EXIT_FINE)
            return code;
    }
    if ((code = read_blob_schedule(config, object, &at)) != EXIT_FINE)
        return code;

    const json_t *rollup = json_object_get(object, "rollup");
    if (rollup != NULL && (code = read_rollup(&config->rollup, rollup, &at)) != EXIT_FINE)
        return code;
    /* There are no blobs, but forks ask for their parameters. */
    if (rollup != NULL && config->blob_schedule_count == 0 &&
        chain_blob_parameters_of(&config->blob_schedule[0], "Prague"))
        config->blob_schedule_count = 1;
    if (rollup != NULL && chain_fork_at(config, 0, 0) < FORK_PRAGUE)
        return fail(EXIT_INPUT, "%s: a rollup begins with Prague or a later fork", path);

    const json_t *deposit = json_object_get(object, "depositContractAddress");
    place = json_place_of(&at, "depositContractAddress", SIZE_MAX);
    config->deposit_contract = chain_config_by_id(1)->deposit_contract;
    return deposit == NULL ? EXIT_FINE : json_exact(config->deposit_contract.bytes, 20, deposit, &place);
}

static int read_slots(genesis_account *account, arena *memory, const json_t *storage, const json_place *at)
{
    genesis_slot *slots = ARENA_NEW(memory, genesis_slot, json_object_size(storage));
    size_t count = 0;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)storage, key, value)
    {
        json_place place = json_place_of(at, key, SIZE_MAX);
        json_t *key_text = json_sprintf("%s%s", strncmp(key, "0x", 2) == 0 ? "" : "0x", key);
        int code = json_u256(&slots[count].key, key_text, &place);
        json_decref(key_text);
        if (code == EXIT_FINE)
            code = json_u256(&slots[count].value, value, &place);
        if (code != EXIT_FINE)
            return code;
        count++;
    }
    account->slots = slots;
    account->slot_count = count;
    return EXIT_FINE;
}

/* Every rollup has them, and has no ether that L1 did not send. */
static int add_predeploys(chain_genesis *genesis, arena *memory, const char *path)
{
    const rollup_parameters *rollup = &genesis->config.rollup;
    const genesis_account *predeploys;
    size_t count, given = genesis->account_count;
    rollup_genesis_accounts(&predeploys, &count, memory, &rollup->queue, &rollup->bridge);
    genesis_account *accounts = ARENA_NEW(memory, genesis_account, given + count);
    for (size_t i = 0; i < given; i++) {
        accounts[i] = genesis->accounts[i];
        if (!u256_is_zero(accounts[i].balance))
            return fail(EXIT_INPUT, "%s: alloc[%zu] has ether: on a rollup it comes from L1 alone", path, i);
        for (size_t k = 0; k < count; k++)
            if (memcmp(accounts[i].where.bytes, predeploys[k].where.bytes, 20) == 0)
                return fail(EXIT_INPUT, "%s: alloc[%zu] is where every rollup has a contract of its own",
                            path, i);
    }
    memcpy(accounts + given, predeploys, count * sizeof *accounts);
    genesis->accounts = accounts;
    genesis->account_count = given + count;
    if (genesis->gas_limit != rollup->transaction_gas + rollup->item_gas)
        return fail(EXIT_INPUT, "%s: gasLimit is not the sum of transactionGas and itemGas", path);
    return EXIT_FINE;
}

static int read_alloc(chain_genesis *genesis, arena *memory, const json_t *alloc, const char *path)
{
    json_place top = {.file = path};
    json_place at = json_place_of(&top, "alloc", SIZE_MAX);
    if (!json_is_object(alloc))
        return fail(EXIT_INPUT, "%s: has no \"alloc\"", path);
    genesis_account *accounts = ARENA_NEW(memory, genesis_account, json_object_size(alloc));
    size_t count = 0;
    const char *name;
    json_t *entry;
    json_object_foreach((json_t *)(uintptr_t)alloc, name, entry)
    {
        genesis_account *account = &accounts[count++];
        json_place place = json_place_of(&at, name, SIZE_MAX);
        json_place balance_at = json_place_of(&place, "balance", SIZE_MAX),
                   nonce_at = json_place_of(&place, "nonce", SIZE_MAX),
                   code_at = json_place_of(&place, "code", SIZE_MAX),
                   storage_at = json_place_of(&place, "storage", SIZE_MAX);
        json_t *name_text = json_string(name);
        int code = json_exact(account->where.bytes, 20, name_text, &place);
        json_decref(name_text);
        const json_t *balance = json_object_get(entry, "balance"), *nonce = json_object_get(entry, "nonce"),
                     *contract = json_object_get(entry, "code"), *storage = json_object_get(entry, "storage");
        if (code == EXIT_FINE && balance != NULL)
            code = json_u256(&account->balance, balance, &balance_at);
        if (code == EXIT_FINE && nonce != NULL)
            code = json_u64(&account->nonce, nonce, &nonce_at);
        if (code == EXIT_FINE && contract != NULL)
            code = json_bytes(&account->code, memory, contract, &code_at);
        if (code == EXIT_FINE && storage != NULL)
            code = read_slots(account, memory, storage, &storage_at);
        if (code != EXIT_FINE)
            return code;
    }
    genesis->accounts = accounts;
    genesis->account_count = count;
    return chain_is_rollup(&genesis->config) ? add_predeploys(genesis, memory, path) : EXIT_FINE;
}

static int read_fields(chain_genesis *genesis, arena *memory, const json_t *object, const char *path)
{
    json_place top = {.file = path};
    const struct {
        const char *name;
        uint64_t *number;
    } numbers[] = {{"number", &genesis->number},
                   {"gasLimit", &genesis->gas_limit},
                   {"gasUsed", &genesis->gas_used},
                   {"timestamp", &genesis->timestamp},
                   {"nonce", &genesis->nonce},
                   {"excessBlobGas", &genesis->excess_blob_gas},
                   {"blobGasUsed", &genesis->blob_gas_used}};
    const struct {
        const char *name;
        uint8_t *out;
        size_t size_bytes;
    } fixed[] = {{"parentHash", genesis->parent_hash.bytes, 32},
                 {"coinbase", genesis->coinbase.bytes, 20},
                 {"mixHash", genesis->mix_hash.bytes, 32},
                 {"parentBeaconBlockRoot", genesis->parent_beacon_block_root.bytes, 32}};
    int code;
    for (size_t i = 0; i < COUNT(numbers); i++) {
        const json_t *value = json_object_get(object, numbers[i].name);
        json_place place = json_place_of(&top, numbers[i].name, SIZE_MAX);
        if (value != NULL && !json_is_null(value) &&
            (code = json_u64(numbers[i].number, value, &place)) != EXIT_FINE)
            return code;
    }
    for (size_t i = 0; i < COUNT(fixed); i++) {
        const json_t *value = json_object_get(object, fixed[i].name);
        json_place place = json_place_of(&top, fixed[i].name, SIZE_MAX);
        if (value != NULL && !json_is_null(value) &&
            (code = json_exact(fixed[i].out, fixed[i].size_bytes, value, &place)) != EXIT_FINE)
            return code;
    }
    const json_t *difficulty = json_object_get(object, "difficulty"),
                 *extra = json_object_get(object, "extraData"),
                 *base_fee = json_object_get(object, "baseFeePerGas");
    json_place difficulty_at = json_place_of(&top, "difficulty", SIZE_MAX),
               extra_at = json_place_of(&top, "extraData", SIZE_MAX),
               base_fee_at = json_place_of(&top, "baseFeePerGas", SIZE_MAX);
    if (difficulty != NULL &&
        (code = json_u256(&genesis->difficulty, difficulty, &difficulty_at)) != EXIT_FINE)
        return code;
    if (extra != NULL && (code = json_bytes(&genesis->extra_data, memory, extra, &extra_at)) != EXIT_FINE)
        return code;
    genesis->has_base_fee = base_fee != NULL && !json_is_null(base_fee);
    if (genesis->has_base_fee && (code = json_u256(&genesis->base_fee, base_fee, &base_fee_at)) != EXIT_FINE)
        return code;
    return EXIT_FINE;
}

int genesis_read(chain_genesis *genesis, arena *memory, const char *path)
{
    json_t *file = NULL;
    *genesis = (chain_genesis){0};
    int code = json_file_read(&file, memory, path);
    if (code == EXIT_FINE)
        code = read_config(&genesis->config, file, path);
    if (code == EXIT_FINE)
        code = read_fields(genesis, memory, file, path);
    if (code == EXIT_FINE)
        code = read_alloc(genesis, memory, json_object_get(file, "alloc"), path);
    json_decref(file);
    return code;
}

int genesis_read_config(chain_config *config, arena *memory, const char *path)
{
    json_t *file = NULL;
    int code = json_file_read(&file, memory, path);
    if (code == EXIT_FINE)
        code = read_config(config, file, path);
    json_decref(file);
    return code;
}
