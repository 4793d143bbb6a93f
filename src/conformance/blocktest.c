/* Blockchain tests: blocks on a genesis, each executed from a witness of the whole state; invalid ones are
 * refused for the right reason, and the head is the one that the test names. */
#include "conformance/earlier_gas.h"
#include "conformance/fixture_run.h"

#include "chain/ethash.h"
#include "chain/header.h"
#include "chain/stateless.h"
#include "codec/rlp.h"
#include "base/check.h"
#include "crypto/keccak.h"

#include <stdio.h>
#include <string.h>

typedef struct {
    bytes encoding, header;
    hash256 hash;
    size_t parent;
    u256 total_difficulty;
} chain_block;

typedef struct {
    fixture_worker *w;
    fixture_network network;
    byte_store nodes, codes;
    chain_block *blocks; /* valid ones, the genesis first; there are side chains */
    size_t block_count;
    bool is_sealed; /* by proof of work; most tests do without */
} test_chain;

static void add_block(test_chain *chain, bytes encoding, bytes header_encoding, const block_header *header,
                      size_t parent)
{
    chain_block *block = &chain->blocks[chain->block_count];
    block->encoding = encoding;
    block->header = header_encoding;
    block->parent = parent;
    block->total_difficulty = header->difficulty;
    if (chain->block_count > 0)
        block->total_difficulty = u256_add(block->total_difficulty, chain->blocks[parent].total_difficulty);
    keccak256(&block->hash, header_encoding.data, header_encoding.size);
    chain->block_count++;
}

/* Where a block with this hash is; false where there is none, and then it is the last one. */
static bool find_block(const test_chain *chain, size_t *at, const hash256 *hash)
{
    for (*at = chain->block_count; (*at)-- > 0;)
        if (memcmp(&chain->blocks[*at].hash, hash, 32) == 0)
            return true;
    *at = chain->block_count - 1;
    return false;
}

/* The headers up to a block, at most 256, and the blocks, newest first. */
static void find_ancestors(test_chain *chain, chain_input *input, chain_keeper *keeper, size_t last)
{
    size_t length = 1;
    for (size_t i = last; i != 0 && length < 256; i = chain->blocks[i].parent)
        length++;
    bytes *headers = ARENA_NEW(&chain->w->memory, bytes, length),
          *blocks = ARENA_NEW(&chain->w->memory, bytes, length);
    for (size_t i = last, at = 0; at < length; i = chain->blocks[i].parent, at++) {
        headers[length - 1 - at] = chain->blocks[i].header;
        blocks[at] = chain->blocks[i].encoding;
    }
    input->headers = headers;
    input->header_count = length;
    keeper->ancestors = blocks;
}

/* The header and its parts, from a block's RLP. */
static status take_header(bytes *encoding, block_header *header, bytes block)
{
    bytes body;
    rlp_item item;
    TRY(rlp_list(&body, &block));
    TRY(rlp_decode(&item, &body));
    *encoding = item.encoding;
    return header_decode(header, item.encoding);
}

/* The oldest tests have the genesis of a Frontier chain by its fields alone. */
static bytes encode_genesis(fixture_reader *r, const json_t *fields)
{
    bytes bloom = fixture_bytes(r, fields, "bloom"), nonce = fixture_bytes(r, fields, "nonce");
    if (bloom.size != LOGS_BLOOM_BYTES || nonce.size != 8)
        r->malformed = "genesisBlockHeader";
    if (r->malformed != NULL)
        return (bytes){NULL, 0};
    block_header header = {
        .parent_hash = fixture_hash(r, fields, "parentHash"),
        .ommers_hash = fixture_hash(r, fields, "uncleHash"),
        .coinbase = fixture_address(r, fields, "coinbase"),
        .state_root = fixture_hash(r, fields, "stateRoot"),
        .transactions_root = fixture_hash(r, fields, "transactionsTrie"),
        .receipts_root = fixture_hash(r, fields, "receiptTrie"),
        .logs_bloom = bloom.data,
        .difficulty = fixture_u256(r, fields, "difficulty"),
        .number = fixture_u64(r, fields, "number"),
        .gas_limit = fixture_u64(r, fields, "gasLimit"),
        .gas_used = fixture_u64(r, fields, "gasUsed"),
        .timestamp = fixture_u64(r, fields, "timestamp"),
        .extra_data = fixture_bytes(r, fields, "extraData"),
        .mix_hash = fixture_hash(r, fields, "mixHash"),
        .nonce = u256_from_be(nonce.data, nonce.size).limb[0],
        .field_count = HEADER_FIELDS_FRONTIER,
    };
    bytes encoded = header_encode(r->memory, &header);
    size_t capacity = encoded.size + 16;
    rlp_writer w;
    rlp_writer_init(&w, arena_allocate(r->memory, capacity, 8), capacity);
    size_t block = rlp_begin_list(&w);
    rlp_write_raw(&w, encoded.data, encoded.size);
    rlp_end_list(&w, rlp_begin_list(&w));
    rlp_end_list(&w, rlp_begin_list(&w));
    rlp_end_list(&w, block);
    return rlp_written(&w);
}

static bool start_chain(test_chain *chain, fixture_reader *r, const json_t *test)
{
    fixture_worker *w = chain->w;
    store_init(&chain->nodes, &w->memory);
    store_init(&chain->codes, &w->memory);
    size_t account_count;
    genesis_account *accounts = fixture_accounts(r, &account_count, json_object_get(test, "pre"));
    bytes encoding, genesis = json_object_get(test, "genesisRLP") != NULL
                                  ? fixture_bytes(r, test, "genesisRLP")
                                  : encode_genesis(r, json_object_get(test, "genesisBlockHeader"));
    if (r->malformed != NULL) {
        fixture_fail(w, "the test is malformed at \"%s\"", r->malformed);
        return false;
    }
    hash256 root;
    block_header header;
    if (genesis_state(&root, &chain->nodes, &chain->codes, &w->memory, accounts, account_count) != OK ||
        take_header(&encoding, &header, genesis) != OK || memcmp(&header.state_root, &root, 32) != 0) {
        fixture_fail(w, "the genesis is not what its header says");
        return false;
    }
    bytes again = header_encode(&w->memory, &header);
    if (again.size != encoding.size || memcmp(again.data, encoding.data, again.size) != 0) {
        fixture_fail(w, "the genesis header encodes to other bytes than it was decoded from");
        return false;
    }
    add_block(chain, genesis, encoding, &header, 0);
    return true;
}

/* The merge comes where the parent's total difficulty has reached the terminal one. */
static void find_merge(test_chain *chain, size_t parent, const block_header *header)
{
    if (!chain->network.by_difficulty)
        return;
    bool merged = !u256_less(chain->blocks[parent].total_difficulty, chain->network.terminal_difficulty);
    chain->network.config.fork_block[FORK_PARIS] = merged ? header->number : UINT64_MAX;
}

/* What a block adds, kept apart until it turns out valid. */
typedef struct {
    byte_store nodes, codes;
    arena *memory;
} new_items;

static void keep_node(void *context, const hash256 *hash, bytes node)
{
    store_add(&((new_items *)context)->nodes, hash, node);
}

static void keep_code(void *context, const hash256 *hash, bytes code)
{
    store_add(&((new_items *)context)->codes, hash, code);
}

/* The tests are all of the first epoch, whose cache a process makes once. */
static bool seal_holds(void *context, bytes header)
{
    static arena memory;
    static ethash *first_epoch;
    if (first_epoch == NULL) {
        arena_open(&memory, (size_t)1 << 30);
        first_epoch = ethash_open(&memory, 0);
    }
    return ethash_holds(first_epoch, ((new_items *)context)->memory, header);
}

static bytes *list_of(fixture_reader *r, size_t *count, const json_t *witness, const char *name)
{
    return fixture_bytes_list(r, count, json_object_get(witness, name), name);
}

/* Whether what execution has used of the whole state and of all ancestors is the witness that a test gives:
 * its tests of witnesses show what that must be, while those of validators may leave out or add to it. */
static void compare_witness(fixture_worker *w, const json_t *expected, const witness *known,
                            const chain_input *all, const chain_keeper *keeper)
{
    if (strstr(w->id, "::test_witness_") == NULL || strstr(w->id, "_extra_unused_") != NULL)
        return;
    fixture_reader r = {.memory = &w->memory};
    size_t count, used = witness_used_node_count(known);
    bytes *items = ARENA_NEW(&w->memory, bytes, used), *right = list_of(&r, &count, expected, "state");
    witness_used_nodes(known, items);
    if (!fixture_same_items(items, used, right, count))
        fixture_fail(w, "execution uses %zu trie nodes that are not the %zu of the witness", used, count);
    used = witness_used_code_count(known);
    items = ARENA_NEW(&w->memory, bytes, used);
    right = list_of(&r, &count, expected, "codes");
    witness_used_codes(known, items);
    if (!fixture_same_items(items, used, right, count))
        fixture_fail(w, "execution uses %zu codes that are not the %zu of the witness", used, count);
    right = list_of(&r, &count, expected, "headers");
    used = keeper->headers_used;
    if (used > all->header_count ||
        !fixture_same_items(all->headers + all->header_count - used, used, right, count))
        fixture_fail(w, "execution uses %zu headers that are not the %zu of the witness", used, count);
}

/* The status of a block; a valid one joins the chain. */
static status try_block(test_chain *chain, bytes block, const json_t *witness_wanted)
{
    fixture_worker *w = chain->w;
    /* The header is the first item of the first item; its first is the parent's hash. */
    hash256 parent_hash = {{0}};
    bytes rest = block, body, fields, encoding;
    if (rlp_list(&body, &rest) == OK && rlp_list(&fields, &body) == OK)
        (void)rlp_hash(&parent_hash, &fields);
    block_header header;
    size_t parent;
    (void)find_block(chain, &parent, &parent_hash);
    bool decoded = take_header(&encoding, &header, block) == OK;
    if (decoded)
        find_merge(chain, parent, &header);
    chain_input input = {
        .block = block,
        .nodes = store_items(&chain->nodes),
        .node_count = chain->nodes.count,
        .codes = store_items(&chain->codes),
        .code_count = chain->codes.count,
    };
    new_items made = {.memory = &w->memory};
    store_init(&made.nodes, &w->memory);
    store_init(&made.codes, &w->memory);
    chain_keeper keeper = {.node_sink = keep_node, .code_sink = keep_code, .context = &made};
    if (chain->is_sealed)
        keeper.seal_holds = seal_holds;
    find_ancestors(chain, &input, &keeper, parent);
    chain_result result;
    chain_fault fault;
    const chain_config *config = &chain->network.config;
    CHECK(witness_open(&keeper.known, &w->scratch, input.nodes, input.node_count, input.codes,
                       input.code_count) == OK);
    status outcome = chain_execute_on(&result, &fault, &w->scratch, config, &input, &keeper);
    if (outcome == OK && witness_wanted != NULL)
        compare_witness(w, witness_wanted, keeper.known, &input, &keeper);
    arena_rewind(&w->scratch, 0);
    if (w->options->guest) {
        bool provable = !decoded || chain_fork_at(config, header.number, header.timestamp) >= FORK_PARIS;
        fixture_compare_guest(w, config, &input, provable ? outcome : UNSUPPORTED_FORK, &result);
    }
    if (outcome != OK)
        return outcome;
    store_add_all(&chain->nodes, &made.nodes);
    store_add_all(&chain->codes, &made.codes);
    add_block(chain, block, encoding, &header, parent);
    return OK;
}

/* EIP-8025: the block from its own witness alone, and the input and result of a stateless validator. */
static void try_stateless(test_chain *chain, fixture_reader *r, const json_t *test)
{
    const json_t *witness = json_object_get(test, "executionWitness");
    if (witness == NULL)
        return;
    fixture_worker *w = chain->w;
    bytes ssz = fixture_bytes(r, test, "statelessInputBytes"),
          expected = fixture_bytes(r, test, "statelessOutputBytes");
    stateless_result right, result;
    if (r->malformed != NULL || stateless_result_read(&right, expected) != OK) {
        fixture_fail(w, "the test is malformed at \"statelessOutputBytes\"");
        return;
    }
    bytes *nodes, *codes, *headers;
    chain_input input = {.block = fixture_bytes(r, test, "rlp")};
    nodes = fixture_bytes_list(r, &input.node_count, json_object_get(witness, "state"), "state");
    codes = fixture_bytes_list(r, &input.code_count, json_object_get(witness, "codes"), "codes");
    headers = fixture_bytes_list(r, &input.header_count, json_object_get(witness, "headers"), "headers");
    input.nodes = nodes;
    input.codes = codes;
    input.headers = headers;
    chain_result executed;
    chain_fault fault;
    status alone = chain_execute(&executed, &fault, &w->scratch, &chain->network.config, &input);
    arena_rewind(&w->scratch, 0);
    if ((alone == OK) != right.successful_validation)
        fixture_fail(w, "from its own witness: expected it %s, got %s",
                     right.successful_validation ? "valid" : "refused", status_name(alone));
    if (stateless_form_of(ssz) == STATELESS_UNKNOWN_SCHEMA) {
        fixture_unsupported(w, "the stateless input is of the schema 0x%02x%02x", ssz.data[0], ssz.data[1]);
        return;
    }
    stateless_validate(&result, &w->scratch, ssz);
    arena_rewind(&w->scratch, 0);
    uint8_t got[STATELESS_RESULT_BYTES];
    size_t size = stateless_result_write(got, &result);
    if (size != expected.size || memcmp(got, expected.data, size) != 0)
        fixture_fail(w, "stateless: %s", result.successful_validation != right.successful_validation
                                             ? "the other verdict" : "another root, chain id or schema");
    if (w->options->guest)
        fixture_compare_stateless_guest(w, ssz, expected);
}

/* What the tests call the reason to refuse the block; NULL where it is valid. */
static const char *expected_exception(json_t *block, const char *network)
{
    static const char prefix[] = "expectException";
    const char *name;
    json_t *value;
    json_object_foreach(block, name, value) {
        const char *rest = name + sizeof prefix - 1;
        if (strncmp(name, prefix, sizeof prefix - 1) == 0 &&
            (*rest == 0 || strcmp(rest, "ALL") == 0 || strcmp(rest, network) == 0))
            return json_string_value(value);
    }
    return json_object_get(block, "blockHeader") == NULL ? FIXTURE_ANY_EXCEPTION : NULL;
}

static void run_case(fixture_worker *w, const json_t *test)
{
    fixture_reader r = {.memory = &w->memory};
    test_chain *chain = ARENA_NEW(&w->memory, test_chain, 1);
    chain->w = w;
    const char *network = json_string_value(json_object_get(test, "network"));
    if (!fixture_network_read(&chain->network, network, json_object_get(test, "config"))) {
        fixture_unsupported(w, "the rules \"%s\" are not known", network != NULL ? network : "");
        return;
    }
    if (!json_is_array(json_object_get(test, "blocks"))) {
        fixture_unsupported(w, "is no blockchain test: it has no \"blocks\"");
        return;
    }
    const char *engine = json_string_value(json_object_get(test, "sealEngine"));
    chain->is_sealed = engine != NULL && strcmp(engine, "Ethash") == 0;
    const json_t *blocks = json_object_get(test, "blocks");
    chain->blocks = ARENA_NEW(&w->memory, chain_block, json_array_size(blocks) + 1);
    if (!start_chain(chain, &r, test))
        return;
    size_t index;
    json_t *block;
    json_array_foreach(blocks, index, block) {
        const char *expected = expected_exception(block, network);
        status outcome = try_block(chain, fixture_bytes(&r, block, "rlp"),
                                   json_object_get(block, "executionWitness"));
        if (expected == NULL && earlier_gas_explains(&r, block, outcome)) {
            earlier_gas_judge(w, test);
            return;
        }
        if (expected != NULL ? !fixture_exception_covers(expected, outcome) : outcome != OK) {
            fixture_fail(w, "block %zu: expected %s, got %s", index, expected != NULL ? expected : "success",
                         status_name(outcome));
            return;
        }
        if (outcome != OK)
            fixture_count_refused_block(w);
        try_stateless(chain, &r, block);
    }
    hash256 last = fixture_hash(&r, test, "lastblockhash");
    size_t at;
    if (r.malformed != NULL)
        fixture_fail(w, "the test is malformed at \"%s\"", r.malformed);
    else if (!find_block(chain, &at, &last))
        fixture_fail(w, "expected the head %s, got other blocks",
                     json_string_value(json_object_get(test, "lastblockhash")));
}

void blocktest_file(fixture_worker *w, json_t *tests)
{
    const char *name;
    json_t *test;
    json_object_foreach(tests, name, test) {
        if (!fixture_begin(w, "%s", name))
            continue;
        run_case(w, test);
        fixture_end(w);
    }
}
