/* Runs a folder of the fixtures through the runner of `ashlar statetest` and `ashlar blocktest`. */
#ifndef ASHLAR_TESTS_CHAIN_SUITE_H
#define ASHLAR_TESTS_CHAIN_SUITE_H

#include "tests/chain/fixture.h"

static inline fixture_tally run_suite(const char *folder, fixture_runner runner,
                                      const fixture_options *options)
{
    fixture_tally tally = {0};
    fixture_files files = list_files(fixture_root(), folder);
    fixture_run(&tally, &files, runner, options);
    fixture_files_free(&files);
    return tally;
}

/* Natively; every case has to pass. ASHLAR_ONLY: only those whose name contains it. */
static inline bool suite_wants(void *only, const char *id) { return strstr(id, only) != NULL; }

static inline fixture_tally all_pass(const char *folder, fixture_runner runner)
{
    fixture_options options = {0};
    options.wants_context = getenv("ASHLAR_ONLY");
    options.wants = options.wants_context != NULL ? suite_wants : NULL;
    fixture_tally tally = run_suite(folder, runner, &options);
    printf("  %s: %llu passed, %llu failed\n", folder, (unsigned long long)tally.passed,
           (unsigned long long)tally.failed);
    assert_int_equal(tally.failed, 0);
    assert_true(tally.passed > 0);
    return tally;
}

/* The genesis of a blockchain test, for those who build on it. */
static inline chain_genesis suite_genesis(fixture_reader *r, const json_t *test)
{
    const json_t *header = json_object_get(test, "genesisBlockHeader");
    const char *name = json_string_value(json_object_get(test, "network"));
    fixture_network network;
    assert_true(fixture_network_read(&network, name, json_object_get(test, "config")));
    chain_genesis genesis = {
        .config = network.config,
        .coinbase = fixture_address(r, header, "coinbase"),
        .gas_limit = fixture_u64(r, header, "gasLimit"),
        .timestamp = fixture_u64(r, header, "timestamp"),
        .extra_data = fixture_bytes(r, header, "extraData"),
        .mix_hash = fixture_hash(r, header, "mixHash"),
        .has_base_fee = true,
        .base_fee = fixture_u256(r, header, "baseFeePerGas"),
        .excess_blob_gas = fixture_u64(r, header, "excessBlobGas"),
        .blob_gas_used = fixture_u64(r, header, "blobGasUsed"),
        .parent_beacon_block_root = fixture_hash(r, header, "parentBeaconBlockRoot"),
    };
    genesis.accounts = fixture_accounts(r, &genesis.account_count, json_object_get(test, "pre"));
    assert_null(r->malformed);
    return genesis;
}

#define SUITE(name, runner)                                                                                  \
    static void name(void **unused)                                                                          \
    {                                                                                                        \
        (void)unused;                                                                                        \
        if (fixture_root() == NULL)                                                                          \
            skip();                                                                                          \
        all_pass(#name, runner);                                                                             \
    }

#endif
