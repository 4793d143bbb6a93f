/* For tests with a development L1: npm's anvil on a port of its own, and databases. Both end with the test. */
#ifndef ASHLAR_TESTS_ROLLUP_ANVIL_H
#define ASHLAR_TESTS_ROLLUP_ANVIL_H

#include "base/check.h"
#include "settle/deployment.h"
#include "settle/key.h"
#include "store/database.h"
#include "settle/transact.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ANVIL "contracts/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil"

typedef struct {
    pid_t pid;
    char url[64];
    endpoint *l1;
    rpc_client *raw;
    arena memory;
    signing_key owner, attester; /* its first two accounts */
} anvil;

static inline void sleep_ms(long milliseconds)
{
    struct timespec t = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&t, NULL);
}

/* What only development nodes have; the parameters are JSON. */
static inline json_t *anvil_call(anvil *a, const char *method, const char *parameters)
{
    json_t *result;
    status s = rpc_client_call(a->raw, &result, method, json_loads(parameters, 0, NULL));
    if (s != OK)
        fprintf(stderr, "%s\n", rpc_client_error_text(a->raw));
    CHECK(s == OK);
    return result;
}
static inline void anvil_do(anvil *a, const char *method, const char *parameters)
{
    json_decref(anvil_call(a, method, parameters));
}

/* False where it is not installed. */
static inline bool anvil_start(anvil *a, const char *hardfork)
{
    static const char *const keys[] = {"ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
                                       "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"};
    memset(a, 0, sizeof *a);
    if (access(ANVIL, X_OK) != 0)
        return false;
    int port = 20000 + (int)(getpid() * 7 + time(NULL)) % 30000;
    char port_text[16];
    snprintf(port_text, sizeof port_text, "%d", port);
    snprintf(a->url, sizeof a->url, "http://127.0.0.1:%d", port);
    if ((a->pid = fork()) == 0) {
        int nowhere = open("/dev/null", O_WRONLY);
        dup2(nowhere, 1);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execl(ANVIL, ANVIL, "--port", port_text, "--hardfork", hardfork, "--slots-in-an-epoch", "40",
              "--silent", (char *)NULL);
        _exit(127);
    }
    arena_open(&a->memory, (size_t)1 << 32);
    CHECK(endpoint_open(&a->l1, a->url, 20) == OK);
    rpc_client_options options = {.url = a->url, .timeout_seconds = 20, .most_bytes = 1 << 28};
    CHECK(rpc_client_open(&a->raw, &options) == OK);
    CHECK(key_from_text(&a->owner, keys[0], 64) == OK && key_from_text(&a->attester, keys[1], 64) == OK);
    uint64_t chain_id;
    for (int i = 0; i < 200 && endpoint_chain_id(a->l1, &chain_id) != OK; i++)
        sleep_ms(50);
    return true;
}

static inline void anvil_stop(anvil *a)
{
    if (a->pid == 0)
        return;
    kill(a->pid, SIGKILL);
    waitpid(a->pid, NULL, 0);
    endpoint_close(a->l1);
    rpc_client_close(a->raw);
    arena_close(&a->memory);
}

static inline status anvil_send(anvil *a, endpoint_receipt *receipt, const address *to, u256 value,
                                bytes data)
{
    hash256 hash;
    transact_plan plan;
    transact_order order = {.to = to, .value = value, .data = data};
    status s = transact_prepare(&plan, a->l1, &a->owner.address, &order, 0, 0);
    if (s == OK)
        s = transact(receipt, &hash, a->l1, &a->memory, 31337, &a->owner, &order, &plan, 20);
    if (s != OK)
        fprintf(stderr, "%s\n", endpoint_error_text(a->l1));
    return s;
}

static inline deployment_terms anvil_terms(const anvil *a)
{
    return (deployment_terms){
        .batch_bond = 1000000000000000,
        .stake = 1000000000000000000,
        .slash = 100000000000000000,
        .slot_time = 3600,
        .max_lag = 43200,
        .forced_delay = 86400,
        .commit_timeout = 86400,
        .prove_window = 86400,
        .drop_delay = 1209600,
        .freeze_delay = 10368000,
        .stake_delay = 2592000,
        .unproven_max = 7936,
        .upgrade_delay = 3888000,
        .item_max_gas = 10000000,
        .queue_target_gas = 2500000,
        .queue_block_gas = 10000000,
        .queue_floor_price = 1000000000,
        .attester = a->attester.address,
    };
}

static inline void anvil_deploy(anvil *a, rollup_deployment *d, const deployment_terms *terms)
{
    deployment_step steps[DEPLOYMENT_STEPS];
    size_t count;
    uint64_t nonce;
    endpoint_block head;
    CHECK(endpoint_nonce(a->l1, &nonce, &a->owner.address, true) == OK);
    CHECK(endpoint_block_by_tag(a->l1, &head, "latest") == OK);
    *d = (rollup_deployment){.l1_chain_id = 31337,
                             .l2_chain_id = 1337,
                             .genesis_time = head.timestamp,
                             .transaction_gas = 24000000,
                             .item_gas = 12000000,
                             .base_fee_target_gas = 3000000};
    deployment_addresses(d, terms, &a->owner.address, nonce);
    CHECK(deployment_steps(steps, &count, d, terms, &a->memory) == OK);
    for (size_t i = 0; i < count; i++) {
        endpoint_receipt receipt;
        CHECK(anvil_send(a, &receipt, steps[i].creates ? NULL : &steps[i].to, U256_ZERO, steps[i].data) ==
              OK);
        d->l1_block = receipt.block_number;
    }
}

/* ---- databases ---- */

typedef struct {
    char directory[64];
    database *db;
} temporary_database;

static inline void temporary_database_open(temporary_database *d)
{
    snprintf(d->directory, sizeof d->directory, "/tmp/ashlar-test-XXXXXX");
    CHECK(mkdtemp(d->directory) != NULL && database_open(&d->db, d->directory, false) == OK);
}

static inline int remove_entry(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)about, (void)kind, (void)where;
    return remove(path);
}

static inline void temporary_database_close(temporary_database *d)
{
    if (d->db == NULL)
        return;
    database_close(d->db);
    nftw(d->directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    d->db = NULL;
}

#endif
