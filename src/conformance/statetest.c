/* State tests: one transaction on a state, alone, without a block around it.
 *
 * The guest knows only blocks, so that there the transaction is put into one: number, time, coinbase, gas
 * limit, base fee, RANDAO and excess blob gas are the test's, the roots are computed, the pre-state is
 * claimed and so are the hashes of the ancestors. From Prague on a block needs the contracts of EIP-7002
 * and 7251; where the test's state lacks them they are added with a code that stops at once. The block
 * must come natively to what the transaction came to alone (status, gas, logs), and in the guest to the
 * very same as natively. */
#include "conformance/fixture_run.h"
#include "conformance/statetest_trace.h"

#include "base/hex.h"
#include "chain/transition.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"
#include "state/witness.h"

#include <stdio.h>
#include <string.h>

enum { ANCESTORS = 256 };

typedef struct {
    fixture_network network;
    fork_id fork;
    block_header header;
    genesis_account *accounts;
    size_t account_count;
    hash256 ancestors[ANCESTORS];
    size_t ancestor_count;
    bytes transaction;
    const char *exception; /* NULL: valid */
    bool is_rewarded;      /* even if invalid: the coinbase gets a reward of nothing */
    hash256 root, logs;
} state_case;

typedef struct {
    status outcome;
    hash256 pre_root, root, logs;
    uint64_t gas_used;
    uint8_t logs_bloom[LOGS_BLOOM_BYTES];
} state_outcome;

static void read_header(state_case *c, fixture_reader *r, const json_t *env)
{
    static const uint8_t no_bloom[LOGS_BLOOM_BYTES];
    block_header *h = &c->header;
    h->ommers_hash = EMPTY_OMMERS_HASH;
    h->logs_bloom = no_bloom;
    h->coinbase = fixture_address(r, env, "currentCoinbase");
    u256 gas_limit = fixture_u256(r, env, "currentGasLimit");
    /* No header may have more, and no transaction can use more. */
    h->gas_limit = u256_fits_u64(gas_limit) && gas_limit.limb[0] <= INT64_MAX ? gas_limit.limb[0] : INT64_MAX;
    h->number = fixture_u64(r, env, "currentNumber");
    h->timestamp = fixture_u64(r, env, "currentTimestamp");
    if (json_object_get(env, "currentRandom") != NULL)
        u256_to_be(h->mix_hash.bytes, fixture_u256(r, env, "currentRandom"));
    if (c->fork < FORK_PARIS)
        h->difficulty = fixture_u256(r, env, "currentDifficulty");
    if (c->fork >= FORK_LONDON)
        h->base_fee = json_object_get(env, "currentBaseFee") != NULL ? fixture_u256(r, env, "currentBaseFee")
                                                                     : u256_from_u64(10);
    h->excess_blob_gas = fixture_u64_or(r, env, "currentExcessBlobGas", 0);
    /* There is no chain; by convention an ancestor's hash is that of its number in decimal. */
    for (uint64_t number = h->number; number-- > 0 && c->ancestor_count < ANCESTORS;) {
        char text[24];
        int length = snprintf(text, sizeof text, "%llu", (unsigned long long)number);
        keccak256(&c->ancestors[c->ancestor_count++], (const uint8_t *)text, (size_t)length);
    }
    if (c->ancestor_count > 0)
        h->parent_hash = c->ancestors[0];
}

static bool read_case(state_case *c, fixture_worker *w, const char *fork, const json_t *test,
                      const json_t *post)
{
    fixture_reader r = {.memory = &w->memory};
    c->fork = fixture_fork(fork);
    if (c->fork == FORK_COUNT || !fixture_network_read(&c->network, fork, json_object_get(test, "config"))) {
        fixture_unsupported(w, "the rules \"%s\" are not known", fork);
        return false;
    }
    read_header(c, &r, json_object_get(test, "env"));
    c->accounts = fixture_accounts(&r, &c->account_count, json_object_get(test, "pre"));
    /* So ethereum/tests were made; the execution-spec-tests, which say what they are, leave all as it was. */
    c->is_rewarded = json_object_get(json_object_get(test, "_info"), "fixture-format") == NULL;
    c->exception = json_string_value(json_object_get(post, "expectException"));
    c->root = fixture_hash(&r, post, "hash");
    c->logs = fixture_hash(&r, post, "logs");
    if (json_object_get(post, "txbytes") != NULL)
        c->transaction = fixture_bytes(&r, post, "txbytes");
    else
        c->transaction = fixture_transaction(&r, &c->network.config, c->fork,
                                             json_object_get(test, "transaction"),
                                             json_object_get(post, "indexes"));
    if (r.malformed != NULL)
        fixture_fail(w, "the test is malformed at \"%s\"", r.malformed);
    return r.malformed == NULL;
}

/* ---- alone ---- */

typedef struct {
    arena *memory;
    hash256 hash;
} log_hash;

static void hash_logs(void *context, const log_entry *logs, size_t count)
{
    log_hash *out = context;
    size_t capacity = 1024, mark = out->memory->used_bytes;
    for (size_t i = 0; i < count; i++)
        capacity += logs[i].data.size + 256;
    rlp_writer w;
    rlp_writer_init(&w, arena_allocate(out->memory, capacity, 8), capacity);
    size_t list = rlp_begin_list(&w);
    for (size_t i = 0; i < count; i++) {
        size_t entry = rlp_begin_list(&w);
        rlp_write_address(&w, &logs[i].emitter);
        size_t topics = rlp_begin_list(&w);
        for (unsigned k = 0; k < logs[i].topic_count; k++)
            rlp_write_hash(&w, &logs[i].topics[k]);
        rlp_end_list(&w, topics);
        rlp_write_bytes(&w, logs[i].data.data, logs[i].data.size);
        rlp_end_list(&w, entry);
    }
    rlp_end_list(&w, list);
    keccak256(&out->hash, w.data, w.used_bytes);
    arena_rewind(out->memory, mark);
}

/* A state over all its nodes, and what executes on it. */
typedef struct {
    witness *known;
    hash256 root;
    state *world;
    ancestor_hashes ancestors;
    evm_block environment;
    transition *t;
} stage;

static status set_stage(stage *s, arena *memory, const state_case *c, const genesis_account *accounts,
                        size_t count)
{
    byte_store nodes, codes;
    store_init(&nodes, memory);
    store_init(&codes, memory);
    TRY(genesis_state(&s->root, &nodes, &codes, memory, accounts, count));
    TRY(witness_open(&s->known, memory, store_items(&nodes), nodes.count, store_items(&codes), codes.count));
    s->ancestors = (ancestor_hashes){.number = c->header.number, .proven = c->ancestors,
                                     .proven_count = c->ancestor_count};
    transition_environment(&s->environment, &c->header, &c->network.config, c->fork, &s->ancestors);
    s->world = state_open(memory, s->known, &s->root);
    s->t = transition_open(memory, &c->network.config, &s->environment, s->world, 1);
    return OK;
}

static status run_transaction(stage *s, arena *memory, const state_case *c, log_hash *logs)
{
    transaction tx;
    address sender;
    TRY(transaction_decode(&tx, memory, c->transaction));
    TRY(transaction_sender(&sender, memory, &tx, c->fork));
    return transition_transaction(s->t, &tx, &sender, logs != NULL ? hash_logs : NULL, logs);
}

/* A reward of nothing: what a test's author had in place of the block's. */
static status touch_coinbase(stage *s, const state_case *c)
{
    account *coinbase;
    state_begin_transaction(s->world);
    TRY(state_account(s->world, &coinbase, &c->header.coinbase));
    state_touch(s->world, coinbase);
    return state_end_transaction(s->world, c->fork >= FORK_SPURIOUS_DRAGON);
}

static void run_alone(state_outcome *out, arena *memory, const state_case *c, bool trace)
{
    stage s = {0};
    statetest_trace tracer;
    log_hash logs = {.memory = memory};
    hash_logs(&logs, NULL, 0);
    memset(out, 0, sizeof *out);
    out->outcome = set_stage(&s, memory, c, c->accounts, c->account_count);
    if (out->outcome != OK)
        return;
    out->pre_root = s.root;
    if (trace) {
        statetest_trace_open(&tracer);
        evm_set_tracer(s.t->vm, &tracer.tracer);
    }
    out->outcome = run_transaction(&s, memory, c, &logs);
    out->gas_used = transition_gas_used(s.t);
    memcpy(out->logs_bloom, s.t->logs_bloom, sizeof out->logs_bloom);
    out->logs = logs.hash;
    bool rewards = c->fork < FORK_PARIS && (out->outcome == OK || c->is_rewarded);
    status rooted = rewards ? touch_coinbase(&s, c) : OK;
    if (rooted == OK)
        rooted = state_root(s.world, &out->root);
    if (out->outcome == OK)
        out->outcome = rooted;
    if (trace) {
        char text[65];
        hex_encode(text, out->root.bytes, 32);
        statetest_trace_close(&tracer, out->gas_used);
        fprintf(stderr, "{\"stateRoot\": \"0x%s\"}\n", text);
    }
}

/* ---- as a block ---- */

static const genesis_account *with_request_contracts(arena *memory, size_t *count, const state_case *c)
{
    static const uint8_t stop[] = {0x00};
    static const address contracts[] = {{{0x00, 0x00, 0x09, 0x61, 0xef, 0x48, 0x0e, 0xb5, 0x5e, 0x80,
                                          0xd1, 0x9a, 0xd8, 0x35, 0x79, 0xa6, 0x4c, 0x00, 0x70, 0x02}},
                                        {{0x00, 0x00, 0xbb, 0xdd, 0xc7, 0xce, 0x48, 0x86, 0x42, 0xfb,
                                          0x57, 0x9f, 0x8b, 0x00, 0xf3, 0xa5, 0x90, 0x00, 0x72, 0x51}}};
    *count = c->account_count;
    genesis_account *accounts = ARENA_NEW(memory, genesis_account, c->account_count + 2);
    memcpy(accounts, c->accounts, c->account_count * sizeof *accounts);
    for (unsigned i = 0; i < 2 && c->fork >= FORK_PRAGUE; i++) {
        size_t at = 0;
        while (at < *count && memcmp(&accounts[at].where, &contracts[i], sizeof contracts[i]) != 0)
            at++;
        if (at == *count)
            accounts[(*count)++].where = contracts[i];
        if (accounts[at].code.size == 0)
            accounts[at].code = (bytes){stop, sizeof stop};
    }
    return accounts;
}

static status fill_block(block_header *header, stage *s, arena *memory, const state_case *c)
{
    transition *t = s->t;
    TRY(transition_begin_block(t, &header->parent_hash, &header->parent_beacon_block_root));
    TRY(run_transaction(s, memory, c, NULL));
    TRY(transition_requests(t));
    TRY(transition_complete_header(t, header));
    TRY(index_trie_root(&header->receipts_root, memory, t->receipts, t->receipt_count));
    header->logs_bloom = t->logs_bloom;
    return state_root(s->world, &header->state_root);
}

static bytes encode_block(arena *memory, const block_header *header, bytes transaction)
{
    bytes encoded = header_encode(memory, header);
    size_t capacity = encoded.size + transaction.size + 64;
    rlp_writer w;
    rlp_writer_init(&w, arena_allocate(memory, capacity, 8), capacity);
    size_t block = rlp_begin_list(&w);
    rlp_write_raw(&w, encoded.data, encoded.size);
    size_t transactions = rlp_begin_list(&w);
    if (transaction.size > 0 && transaction.data[0] >= 0xc0)
        rlp_write_raw(&w, transaction.data, transaction.size);
    else
        rlp_write_bytes(&w, transaction.data, transaction.size);
    rlp_end_list(&w, transactions);
    rlp_end_list(&w, rlp_begin_list(&w));
    if (header->field_count >= HEADER_FIELDS_SHANGHAI)
        rlp_end_list(&w, rlp_begin_list(&w));
    rlp_end_list(&w, block);
    return rlp_written(&w);
}

static void run_as_block(fixture_worker *w, const state_case *c, const state_outcome *alone)
{
    arena *memory = &w->memory;
    static const uint8_t field_counts[] = {
#define FORK(symbol, name, header_fields, ...) header_fields,
#include "evm/fork.def"
    };
    size_t account_count;
    const genesis_account *accounts = with_request_contracts(memory, &account_count, c);
    stage s = {0};
    block_header header = c->header;
    header.field_count = field_counts[c->fork];
    header.withdrawals_root = witness_empty_trie_root;
    if (set_stage(&s, memory, c, accounts, account_count) != OK ||
        index_trie_root(&header.transactions_root, memory, &c->transaction, 1) != OK) {
        fixture_fail(w, "the block for the guest cannot be made");
        return;
    }
    /* Where it is refused, the roots stay zero: the transaction is looked at before them. */
    (void)fill_block(&header, &s, memory, c);

    chain_input input = {
        .block = encode_block(memory, &header, c->transaction),
        .node_count = witness_used_node_count(s.known),
        .code_count = witness_used_code_count(s.known),
        .pre_state_root = &s.root,
        .block_hashes = c->ancestors,
        .block_hash_count = c->ancestor_count,
    };
    bytes *nodes = ARENA_NEW(memory, bytes, input.node_count), *codes = ARENA_NEW(memory, bytes,
                                                                                  input.code_count);
    witness_used_nodes(s.known, nodes);
    witness_used_codes(s.known, codes);
    input.nodes = nodes;
    input.codes = codes;

    chain_result result;
    chain_fault fault;
    size_t mark = w->scratch.used_bytes;
    status outcome = chain_execute(&result, &fault, &w->scratch, &c->network.config, &input);
    arena_rewind(&w->scratch, mark);
    /* A test may have a gas limit that no block can have, and forks before Paris have no guest. */
    bool comparable = outcome != HEADER_GAS_LIMIT_WRONG && outcome != UNSUPPORTED_FORK;
    if (comparable && outcome != alone->outcome)
        fixture_fail(w, "in a block: %s, alone: %s", status_name(outcome), status_name(alone->outcome));
    else if (outcome == OK && result.gas_used != alone->gas_used)
        fixture_fail(w, "gas used in a block %llu, alone %llu", (unsigned long long)result.gas_used,
                     (unsigned long long)alone->gas_used);
    else if (outcome == OK && memcmp(result.logs_bloom, alone->logs_bloom, LOGS_BLOOM_BYTES) != 0)
        fixture_fail(w, "logs in a block differ from those alone");
    fixture_compare_guest(w, &c->network.config, &input, outcome, &result);
    if (w->options->tampers && outcome == OK)
        fixture_compare_tampered(w, &c->network.config, &input);
}

/* ---- verdicts ---- */

static void judge(fixture_worker *w, const state_case *c, const state_outcome *got)
{
    char expected_text[65], got_text[65];
    if (c->exception != NULL ? !fixture_exception_covers(c->exception, got->outcome) : got->outcome != OK) {
        fixture_fail(w, "expected %s, got %s", c->exception != NULL ? c->exception : "success",
                     status_name(got->outcome));
        return;
    }
    if (memcmp(&c->root, &got->root, 32) != 0) {
        hex_encode(expected_text, c->root.bytes, 32);
        hex_encode(got_text, got->root.bytes, 32);
        fixture_fail(w, "expected state root 0x%s, got 0x%s", expected_text, got_text);
    } else if (c->exception == NULL && memcmp(&c->logs, &got->logs, 32) != 0) {
        hex_encode(expected_text, c->logs.bytes, 32);
        hex_encode(got_text, got->logs.bytes, 32);
        fixture_fail(w, "expected logs hash 0x%s, got 0x%s", expected_text, got_text);
    }
}

static void run_case(fixture_worker *w, const char *fork, const json_t *test, const json_t *post)
{
    state_case *c = ARENA_NEW(&w->memory, state_case, 1);
    if (!read_case(c, w, fork, test, post))
        return;
    state_outcome alone;
    run_alone(&alone, &w->scratch, c, w->options->trace);
    arena_rewind(&w->scratch, 0);
    if (!w->options->unjudged)
        judge(w, c, &alone);
    if (w->options->guest && !w->failed)
        run_as_block(w, c, &alone);
}

bool statetest_outcome(fixture_worker *w, status *outcome, hash256 *root, hash256 *logs, const char *fork,
                       const json_t *test, const json_t *post)
{
    (void)fixture_begin(w, "[%s]", fork);
    state_case *c = ARENA_NEW(&w->memory, state_case, 1);
    bool read = read_case(c, w, fork, test, post);
    if (read) {
        state_outcome alone;
        run_alone(&alone, &w->scratch, c, false);
        *outcome = alone.outcome;
        *root = alone.root;
        *logs = alone.logs;
    }
    fixture_end(w);
    return read;
}

bool statetest_run(fixture_worker *w, const char *fork, const json_t *test, const json_t *post)
{
    (void)fixture_begin(w, "[%s]", fork);
    run_case(w, fork, test, post);
    fixture_end(w);
    return !w->failed;
}

void statetest_file(fixture_worker *w, json_t *tests)
{
    const char *name, *fork;
    json_t *test, *entries, *post;
    json_object_foreach(tests, name, test) {
        json_t *posts = json_object_get(test, "post");
        if (!json_is_object(posts) && fixture_begin(w, "%s", name)) {
            fixture_fail(w, "is no state test: there is no \"post\"");
            fixture_end(w);
        }
        json_object_foreach(posts, fork, entries) {
            if (w->options->fork != NULL && strcmp(w->options->fork, fork) != 0)
                continue;
            size_t i;
            json_array_foreach(entries, i, post) {
                if (!fixture_begin(w, "%s [%s %zu]", name, fork, i))
                    continue;
                run_case(w, fork, test, post);
                fixture_end(w);
            }
        }
    }
}
