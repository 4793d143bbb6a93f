#include "chain/config.h"

#include "base/memory.h"
#include "crypto/keccak.h"

#define NEVER UINT64_MAX

/* Forks by block number that every chain here but mainnet has from its genesis on. */
#define FROM_GENESIS {[FORK_PARIS] = 0}

/* A fork's blob parameters from a moment on. */
enum {
#define FORK(symbol, name, header_fields, reward_ether, delay, target, max, fraction)                        \
    symbol##_TARGET = target, symbol##_MAX = max, symbol##_FRACTION = fraction,
#define BLOB_FORK(symbol, name, target, max, fraction) FORK(symbol, name, 0, 0, 0, target, max, fraction)
#include "evm/fork.def"
};
#define BLOBS(symbol, time) {time, symbol##_TARGET, symbol##_MAX, symbol##_FRACTION}

/* EIP-6110. */
#define MAINNET_DEPOSIT_CONTRACT                                                                             \
    {{0x00, 0x00, 0x00, 0x00, 0x21, 0x9a, 0xb5, 0x40, 0x35, 0x6c, 0xbb, 0x83, 0x9c, 0xbe, 0x05, 0x30, 0x3d, \
      0x77, 0x05, 0xfa}}

/* Times and blocks as the clients' published configurations have them. */
static const chain_config mainnet = {
    .chain_id = 1,
    .fork_block = {[FORK_HOMESTEAD] = 1150000,
                   [FORK_DAO] = 1920000,
                   [FORK_TANGERINE_WHISTLE] = 2463000,
                   [FORK_SPURIOUS_DRAGON] = 2675000,
                   [FORK_BYZANTIUM] = 4370000,
                   [FORK_CONSTANTINOPLE] = 7280000,
                   [FORK_PETERSBURG] = 7280000,
                   [FORK_ISTANBUL] = 9069000,
                   [FORK_MUIR_GLACIER] = 9200000,
                   [FORK_BERLIN] = 12244000,
                   [FORK_LONDON] = 12965000,
                   [FORK_ARROW_GLACIER] = 13773000,
                   [FORK_GRAY_GLACIER] = 15050000,
                   [FORK_PARIS] = 15537394},
    .fork_timestamp = {[FORK_SHANGHAI] = 1681338455,
                       [FORK_CANCUN] = 1710338135,
                       [FORK_PRAGUE] = 1746612311,
                       [FORK_OSAKA] = 1764798551, [FORK_AMSTERDAM] = NEVER},
    .blob_schedule_count = 4,
    .blob_schedule = {BLOBS(CANCUN, 1710338135), BLOBS(PRAGUE, 1746612311), BLOBS(BPO1, 1765290071),
                      BLOBS(BPO2, 1767747671)},
    .deposit_contract = MAINNET_DEPOSIT_CONTRACT,
};

static const chain_config holesky = {
    .chain_id = 17000,
    .fork_block = FROM_GENESIS,
    .fork_timestamp = {[FORK_SHANGHAI] = 1696000704,
                       [FORK_CANCUN] = 1707305664,
                       [FORK_PRAGUE] = 1740434112,
                       [FORK_OSAKA] = 1759308480, [FORK_AMSTERDAM] = NEVER},
    .blob_schedule_count = 4,
    .blob_schedule = {BLOBS(CANCUN, 1707305664), BLOBS(PRAGUE, 1740434112), BLOBS(BPO1, 1759800000),
                      BLOBS(BPO2, 1760389824)},
    .deposit_contract = {{0x42, 0x42, 0x42, 0x42, 0x42, 0x42, 0x42, 0x42, 0x42, 0x42,
                          0x42, 0x42, 0x42, 0x42, 0x42, 0x42, 0x42, 0x42, 0x42, 0x42}},
};

static const chain_config sepolia = {
    .chain_id = 11155111,
    /* The first block after the merge. */
    .fork_block = {[FORK_PARIS] = 1450409},
    .fork_timestamp = {[FORK_SHANGHAI] = 1677557088,
                       [FORK_CANCUN] = 1706655072,
                       [FORK_PRAGUE] = 1741159776,
                       [FORK_OSAKA] = 1760427360, [FORK_AMSTERDAM] = NEVER},
    .blob_schedule_count = 4,
    .blob_schedule = {BLOBS(CANCUN, 1706655072), BLOBS(PRAGUE, 1741159776), BLOBS(BPO1, 1761017184),
                      BLOBS(BPO2, 1761607008)},
    .deposit_contract = {{0x7f, 0x02, 0xc3, 0xe3, 0xc9, 0x8b, 0x13, 0x30, 0x55, 0xb8,
                          0xb3, 0x48, 0xb2, 0xac, 0x62, 0x56, 0x69, 0xed, 0x29, 0x5d}},
};

static const chain_config hoodi = {
    .chain_id = 560048,
    .fork_block = FROM_GENESIS,
    .fork_timestamp = {[FORK_PRAGUE] = 1742999832, [FORK_OSAKA] = 1761677592, [FORK_AMSTERDAM] = NEVER},
    .blob_schedule_count = 4,
    .blob_schedule = {BLOBS(CANCUN, 0), BLOBS(PRAGUE, 1742999832), BLOBS(BPO1, 1762365720),
                      BLOBS(BPO2, 1762955544)},
    .deposit_contract = MAINNET_DEPOSIT_CONTRACT,
};

static const chain_config development = {
    .chain_id = 1337,
    .fork_block = FROM_GENESIS,
    .fork_timestamp = {[FORK_OSAKA] = 0, [FORK_AMSTERDAM] = NEVER},
    .blob_schedule_count = 1,
    .blob_schedule = {BLOBS(PRAGUE, 0)},
    .deposit_contract = MAINNET_DEPOSIT_CONTRACT,
};

static const struct {
    const chain_config *config;
    const char *name;
} chains[] = {
    {&mainnet, "mainnet"}, {&holesky, "holesky"},         {&sepolia, "sepolia"},
    {&hoodi, "hoodi"},     {&development, "development"},
};

enum { CHAIN_COUNT = sizeof chains / sizeof chains[0] };

static bool text_equal(const char *a, const char *b)
{
    while (*a != 0 && *a == *b)
        a++, b++;
    return *a == *b;
}

const chain_config *chain_config_by_id(uint64_t chain_id)
{
    for (unsigned i = 0; i < CHAIN_COUNT; i++)
        if (chains[i].config->chain_id == chain_id)
            return chains[i].config;
    return NULL;
}

const char *chain_name(uint64_t chain_id)
{
    for (unsigned i = 0; i < CHAIN_COUNT; i++)
        if (chains[i].config->chain_id == chain_id)
            return chains[i].name;
    return NULL;
}

bool chain_blob_parameters_of(blob_parameters *out, const char *fork_name)
{
    static const struct {
        const char *name;
        blob_parameters parameters;
    } rows[] = {
#define FORK(symbol, name, header_fields, reward_ether, delay, target, max, fraction)                        \
    {name, {0, target, max, fraction}},
#define BLOB_FORK(symbol, name, target, max, fraction) {name, {0, target, max, fraction}},
#include "evm/fork.def"
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].parameters.max_blobs > 0 && text_equal(rows[i].name, fork_name)) {
            *out = rows[i].parameters;
            return true;
        }
    return false;
}

fork_id chain_fork_at(const chain_config *config, uint64_t number, uint64_t timestamp)
{
    if (number >= config->fork_block[FORK_PARIS])
        for (fork_id fork = FORK_COUNT - 1; fork > FORK_PARIS; fork--)
            if (config->fork_timestamp[fork] != NEVER && timestamp >= config->fork_timestamp[fork])
                return fork;
    for (fork_id fork = FORK_PARIS; fork > FORK_FRONTIER; fork--)
        if (config->fork_block[fork] != NEVER && number >= config->fork_block[fork])
            return fork;
    return FORK_FRONTIER;
}

const blob_parameters *chain_blob_parameters_at(const chain_config *config, uint64_t timestamp)
{
    for (unsigned i = config->blob_schedule_count; i-- > 0;)
        if (timestamp >= config->blob_schedule[i].timestamp)
            return &config->blob_schedule[i];
    return NULL;
}

static uint8_t *put_u64(uint8_t *out, uint64_t value)
{
    for (unsigned i = 0; i < 8; i++)
        out[i] = (uint8_t)(value >> 8 * i);
    return out + 8;
}

static const uint8_t *get_u64(uint64_t *value, const uint8_t *in)
{
    *value = 0;
    for (unsigned i = 0; i < 8; i++)
        *value |= (uint64_t)in[i] << 8 * i;
    return in + 8;
}

static void put_rollup(uint8_t *at, const rollup_parameters *rollup)
{
    at = put_u64(at, rollup->transaction_gas);
    at = put_u64(at, rollup->item_gas);
    at = put_u64(at, rollup->base_fee_target_gas);
    memcpy(at, rollup->queue.bytes, sizeof rollup->queue.bytes);
    memcpy(at + 24, rollup->bridge.bytes, sizeof rollup->bridge.bytes);
    memcpy(at + 48, rollup->predeploys.bytes, sizeof rollup->predeploys.bytes);
}

static status get_rollup(rollup_parameters *rollup, const uint8_t *at)
{
    at = get_u64(&rollup->transaction_gas, at);
    at = get_u64(&rollup->item_gas, at);
    at = get_u64(&rollup->base_fee_target_gas, at);
    memcpy(rollup->queue.bytes, at, sizeof rollup->queue.bytes);
    memcpy(rollup->bridge.bytes, at + 24, sizeof rollup->bridge.bytes);
    memcpy(rollup->predeploys.bytes, at + 48, sizeof rollup->predeploys.bytes);
    return chain_rollup_is_possible(rollup) ? OK : INPUT_MALFORMED;
}

bool chain_rollup_is_possible(const rollup_parameters *rollup)
{
    return rollup->transaction_gas > 0 && rollup->transaction_gas <= CHAIN_MAX_ROLLUP_GAS &&
           rollup->item_gas > 0 && rollup->item_gas <= CHAIN_MAX_ROLLUP_GAS &&
           rollup->base_fee_target_gas > 0 && rollup->base_fee_target_gas <= CHAIN_MAX_ROLLUP_GAS;
}

size_t chain_config_write(uint8_t out[CHAIN_CONFIG_MAX_BYTES], const chain_config *config)
{
    memset(out, 0, CHAIN_CONFIG_MAX_BYTES);
    uint8_t *at = put_u64(out, config->chain_id);
    for (unsigned i = 0; i <= FORK_PARIS; i++)
        at = put_u64(at, config->fork_block[i]);
    for (unsigned i = 0; i < FORK_COUNT; i++)
        at = put_u64(at, config->fork_timestamp[i]);
    at = put_u64(at, config->blob_schedule_count);
    for (unsigned i = 0; i < config->blob_schedule_count; i++) {
        const blob_parameters *blob = &config->blob_schedule[i];
        at = put_u64(at, blob->timestamp);
        at = put_u64(at, (uint64_t)blob->max_blobs << 32 | blob->target_blobs);
        at = put_u64(at, blob->base_fee_update_fraction);
    }
    memcpy(out + CHAIN_CONFIG_BYTES - 24, config->deposit_contract.bytes,
           sizeof config->deposit_contract.bytes);
    if (!chain_is_rollup(config))
        return CHAIN_CONFIG_BYTES;
    put_rollup(out + CHAIN_CONFIG_BYTES, &config->rollup);
    return CHAIN_CONFIG_MAX_BYTES;
}

status chain_config_read(chain_config *config, bytes input)
{
    if (input.size != CHAIN_CONFIG_BYTES && input.size != CHAIN_CONFIG_MAX_BYTES)
        return INPUT_MALFORMED;
    memset(config, 0, sizeof *config);
    const uint8_t *at = get_u64(&config->chain_id, input.data);
    for (unsigned i = 0; i <= FORK_PARIS; i++)
        at = get_u64(&config->fork_block[i], at);
    for (unsigned i = 0; i < FORK_COUNT; i++)
        at = get_u64(&config->fork_timestamp[i], at);
    uint64_t count;
    at = get_u64(&count, at);
    if (count > CHAIN_MAX_BLOB_SCHEDULE)
        return INPUT_MALFORMED;
    config->blob_schedule_count = (unsigned)count;
    uint64_t previous = 0;
    for (unsigned i = 0; i < count; i++) {
        blob_parameters *blob = &config->blob_schedule[i];
        uint64_t limits;
        at = get_u64(&blob->timestamp, at);
        at = get_u64(&limits, at);
        at = get_u64(&blob->base_fee_update_fraction, at);
        blob->target_blobs = (uint32_t)limits;
        blob->max_blobs = (uint32_t)(limits >> 32);
        if (blob->timestamp < previous || blob->base_fee_update_fraction == 0 ||
            blob->max_blobs > CHAIN_MAX_BLOBS_PER_BLOCK || blob->target_blobs > blob->max_blobs)
            return INPUT_MALFORMED;
        previous = blob->timestamp;
    }
    memcpy(config->deposit_contract.bytes, input.data + CHAIN_CONFIG_BYTES - 24,
           sizeof config->deposit_contract.bytes);
    return input.size == CHAIN_CONFIG_BYTES ? OK
                                            : get_rollup(&config->rollup, input.data + CHAIN_CONFIG_BYTES);
}

void chain_config_hash(hash256 *out, const chain_config *config)
{
    uint8_t serialised[CHAIN_CONFIG_MAX_BYTES];
    keccak256(out, serialised, chain_config_write(serialised, config));
}
