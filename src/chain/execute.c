#include "base/memory.h"
#include "chain/chain.h"
#include "chain/header.h"
#include "chain/receipt.h"
#include "chain/transition.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"
#include "state/state.h"
#include "state/witness.h"

enum { MAXIMUM_BLOCK_BYTES = (10 << 20) - (2 << 20) }; /* EIP-7934 */

/* A block taken apart; everything points into its RLP. */
typedef struct {
    block_header header;
    bytes header_encoding;
    hash256 hash;
    fork_id fork;
    const bytes *transactions; /* each as the transactions trie has it */
    size_t transaction_count;
    bytes withdrawals; /* a cursor */
    bytes ommers;      /* a cursor */
} parsed_block;

static bool same_hash(const hash256 *a, const hash256 *b) { return memcmp(a->bytes, b->bytes, 32) == 0; }

static status parse_transactions(parsed_block *block, arena *memory, bytes *body)
{
    bytes items;
    TRY(rlp_list(&items, body));
    TRY(rlp_count(&block->transaction_count, items));
    bytes *transactions = ARENA_NEW(memory, bytes, block->transaction_count);
    for (size_t i = 0; i < block->transaction_count; i++) {
        rlp_item item;
        TRY(rlp_decode(&item, &items));
        /* A typed transaction is a string around type byte and list; a string that holds a legacy one would
         * be a second encoding of it. */
        if (!item.is_list && (item.payload.size == 0 || item.payload.data[0] >= 0xc0))
            return RLP_MALFORMED;
        transactions[i] = item.is_list ? item.encoding : item.payload;
    }
    block->transactions = transactions;
    return OK;
}

static status parse_block(parsed_block *block, arena *memory, const chain_config *config, bytes encoding,
                          fork_id first_fork)
{
    memset(block, 0, sizeof *block);
    bytes input = encoding, body;
    rlp_item header, ommers;
    TRY(rlp_list(&body, &input));
    TRY(rlp_expect_end(input));
    TRY(rlp_decode(&header, &body));
    TRY(header_decode(&block->header, header.encoding));
    block->header_encoding = header.encoding;
    keccak256(&block->hash, header.encoding.data, header.encoding.size);
    block->fork = chain_fork_at(config, block->header.number, block->header.timestamp);
    if (block->fork < first_fork)
        return UNSUPPORTED_FORK;
    if (block->fork >= FORK_OSAKA && encoding.size > MAXIMUM_BLOCK_BYTES)
        return BLOCK_TOO_LARGE;

    TRY(parse_transactions(block, memory, &body));
    TRY(rlp_decode(&ommers, &body));
    if (!ommers.is_list)
        return RLP_MALFORMED;
    block->ommers = ommers.payload;
    if (block->fork >= FORK_PARIS) {
        if (!rlp_at_end(ommers.payload))
            return HEADER_OMMERS_NOT_EMPTY;
    } else {
        hash256 hash;
        keccak256(&hash, ommers.encoding.data, ommers.encoding.size);
        if (!same_hash(&hash, &block->header.ommers_hash))
            return OMMERS_HASH_MISMATCH;
    }
    if (block->fork >= FORK_SHANGHAI) {
        if (rlp_at_end(body))
            return BLOCK_FIELDS_WRONG;
        TRY(rlp_list(&block->withdrawals, &body));
    }
    return rlp_at_end(body) ? OK : BLOCK_FIELDS_WRONG;
}

/* Ancestors as far as the input proves or claims them. */
typedef struct {
    block_header parent; /* only with headers */
    hash256 pre_state_root;
    ancestor_hashes hashes;
} ancestry;

static status prove_by_headers(ancestry *a, arena *memory, const chain_input *input,
                               const parsed_block *block)
{
    size_t count = input->header_count;
    /* Each header proves its own hash, because its child names it, and names its parent's. */
    hash256 *hashes = ARENA_NEW(memory, hash256, count + 1);
    hashes[0] = block->header.parent_hash;
    uint64_t number = block->header.number;
    for (size_t i = 0; i < count; i++) {
        bytes encoding = input->headers[count - 1 - i];
        hash256 hash;
        keccak256(&hash, encoding.data, encoding.size);
        if (!same_hash(&hash, &hashes[i]))
            return WITNESS_HEADERS_BROKEN;
        block_header header;
        TRY(header_decode(&header, encoding));
        if (number == 0 || header.number != number - 1)
            return HEADER_NUMBER_WRONG;
        number = header.number;
        hashes[i + 1] = header.parent_hash;
        if (i == 0)
            a->parent = header;
    }
    a->pre_state_root = a->parent.state_root;
    a->hashes.proven = hashes;
    /* The oldest names its parent, if it is no genesis; but by EIP-8025 a witness has the header of each
     * block whose hash is asked for. */
    bool names_parent = number > 0 && block->fork < FORK_AMSTERDAM;
    a->hashes.proven_count = names_parent ? count + 1 : count;
    return OK;
}

static status find_ancestors(ancestry *a, arena *memory, const chain_input *input, const parsed_block *block)
{
    memset(a, 0, sizeof *a);
    a->hashes.number = block->header.number;
    if (input->header_count > 0) {
        TRY(prove_by_headers(a, memory, input, block));
    } else {
        if (input->pre_state_root == NULL)
            return WITNESS_HEADER_MISSING;
        a->pre_state_root = *input->pre_state_root;
        a->hashes.proven = &block->header.parent_hash;
        a->hashes.proven_count = 1;
    }
    a->hashes.claimed = input->block_hashes;
    a->hashes.claimed_count = input->block_hash_count;
    for (size_t i = 0; i < a->hashes.claimed_count && i < a->hashes.proven_count; i++)
        if (!same_hash(&a->hashes.claimed[i], &a->hashes.proven[i]))
            return WITNESS_HEADERS_BROKEN;
    return OK;
}

enum { OMMER_GENERATIONS = 6 };

/* Whether one of the ancestors below the ommer's parent has named it; *found is false where they are not given. */
static status was_named(bool *found, const hash256 *ommer, uint64_t generations, const chain_input *input,
                        const bytes *ancestors)
{
    *found = false;
    for (size_t i = 0; ancestors != NULL && i + 1 < generations; i++) {
        block_header header;
        TRY(header_decode(&header, input->headers[input->header_count - 1 - i]));
        bytes block = ancestors[i], body;
        rlp_item item;
        TRY(rlp_list(&body, &block));
        for (unsigned part = 0; part < 3; part++) /* header, transactions, ommers */
            TRY(rlp_decode(&item, &body));
        hash256 hash;
        keccak256(&hash, item.encoding.data, item.encoding.size);
        if (!same_hash(&hash, &header.ommers_hash))
            return WITNESS_HEADERS_BROKEN;
        for (bytes list = item.payload; !rlp_at_end(list);) {
            TRY(rlp_decode(&item, &list));
            keccak256(&hash, item.encoding.data, item.encoding.size);
            *found |= same_hash(&hash, ommer);
        }
    }
    return OK;
}

/* Ommers are headers whose parents are ancestors of the block, at most six generations up, but which are no ancestors
 * themselves and were not named before (Yellow Paper, section 11.1). */
static status find_ommers(ommer ommers[2], size_t *count, const parsed_block *block, const chain_input *input,
                          const ancestor_hashes *ancestors, const chain_config *config,
                          const chain_keeper *keeper)
{
    *count = 0;
    hash256 hashes[2];
    for (bytes cursor = block->ommers; !rlp_at_end(cursor); ++*count) {
        rlp_item item;
        block_header header, parent;
        if (*count == 2)
            return OMMERS_INVALID;
        TRY(rlp_decode(&item, &cursor));
        TRY(header_decode(&header, item.encoding));
        keccak256(&hashes[*count], item.encoding.data, item.encoding.size);
        if (*count == 1 && same_hash(&hashes[0], &hashes[1]))
            return OMMERS_INVALID;
        uint64_t generations = block->header.number - header.number;
        if (header.number >= block->header.number || generations > OMMER_GENERATIONS || generations >= input->header_count)
            return OMMERS_INVALID;
        /* proven[i] is the hash of the ancestor i + 1 generations up. */
        if (same_hash(&hashes[*count], &ancestors->proven[generations - 1]) ||
            !same_hash(&header.parent_hash, &ancestors->proven[generations]))
            return OMMERS_INVALID;
        bool named;
        TRY(was_named(&named, &hashes[*count], generations, input, keeper->ancestors));
        if (named)
            return OMMERS_INVALID;
        TRY(header_decode(&parent, input->headers[input->header_count - 1 - generations]));
        fork_id fork = chain_fork_at(config, header.number, header.timestamp);
        if (header_check(&header, config, fork) != OK || header_check_parent(&header, &parent, config, fork) != OK)
            return OMMERS_INVALID;
        if (keeper->seal_holds != NULL && !keeper->seal_holds(keeper->context, item.encoding))
            return OMMERS_INVALID;
        ommers[*count] = (ommer){header.coinbase, header.number};
    }
    return OK;
}

static status check_commitments_to_body(const parsed_block *block, arena *memory)
{
    hash256 root;
    TRY(index_trie_root(&root, memory, block->transactions, block->transaction_count));
    if (!same_hash(&root, &block->header.transactions_root))
        return TRANSACTIONS_ROOT_MISMATCH;
    if (block->fork < FORK_SHANGHAI)
        return OK;
    size_t count;
    TRY(rlp_count(&count, block->withdrawals));
    size_t mark = memory->used_bytes;
    bytes *withdrawals = ARENA_NEW(memory, bytes, count);
    bytes cursor = block->withdrawals;
    for (size_t i = 0; i < count; i++) {
        rlp_item item;
        TRY(rlp_decode(&item, &cursor));
        withdrawals[i] = item.encoding;
    }
    TRY(index_trie_root(&root, memory, withdrawals, count));
    arena_rewind(memory, mark);
    return same_hash(&root, &block->header.withdrawals_root) ? OK : WITHDRAWALS_ROOT_MISMATCH;
}

/* The codes without repeated delegations (EIP-7702): honest witnesses list a delegation once for each
 * account that has it. Any other code that comes twice is refused by the witness. */
static const bytes *distinct_codes(size_t *count, arena *memory, const chain_input *input)
{
    size_t place_count = 2;
    while (place_count < 2 * input->code_count)
        place_count *= 2;
    bytes *codes = arena_allocate(memory, input->code_count * sizeof *codes, alignof(bytes));
    const bytes **places = ARENA_NEW(memory, const bytes *, place_count);
    *count = 0;
    for (size_t i = 0; i < input->code_count; i++) {
        bytes code = input->codes[i];
        if (transition_is_delegation(code)) {
            uint64_t low;
            memcpy(&low, code.data + code.size - 8, sizeof low);
            size_t at = low & (place_count - 1);
            while (places[at] != NULL && memcmp(places[at]->data, code.data, code.size) != 0)
                at = (at + 1) & (place_count - 1);
            if (places[at] != NULL)
                continue;
            places[at] = &input->codes[i];
        }
        codes[(*count)++] = code;
    }
    return codes;
}

static status check_outcome(chain_result *result, transition *t, const parsed_block *block)
{
    const block_header *header = &block->header;
    TRY(check_commitments_to_body(block, t->memory));
    block_header done;
    status completed = transition_complete_header(t, &done);
    result->gas_used = done.gas_used;
    memcpy(result->logs_bloom, t->logs_bloom, LOGS_BLOOM_BYTES);
    if (result->gas_used != header->gas_used)
        return GAS_USED_MISMATCH;
    if (block->fork >= FORK_CANCUN && done.blob_gas_used != header->blob_gas_used)
        return BLOB_GAS_USED_MISMATCH;
    if (memcmp(t->logs_bloom, header->logs_bloom, LOGS_BLOOM_BYTES) != 0)
        return LOGS_BLOOM_MISMATCH;
    TRY(index_trie_root(&result->receipts_root, t->memory, t->receipts, t->receipt_count));
    if (!same_hash(&result->receipts_root, &header->receipts_root))
        return RECEIPTS_ROOT_MISMATCH;
    if (block->fork >= FORK_PRAGUE && !same_hash(&done.requests_hash, &header->requests_hash))
        return REQUESTS_HASH_MISMATCH;
    TRY(completed);
    if (block->fork >= FORK_AMSTERDAM && !same_hash(&done.access_list_hash, &header->access_list_hash))
        return ACCESS_LIST_HASH_MISMATCH;
    TRY(state_root(t->world, &result->state_root));
    return same_hash(&result->state_root, &header->state_root) ? OK : STATE_ROOT_MISMATCH;
}

/* Recovering them is what checks them: as hints they would not be believed. */
static bool has_senders(const transition *t, const address *senders)
{
    for (size_t i = 0; i < t->receipt_count; i++)
        if (memcmp(t->origins[i].sender.bytes, senders[i].bytes, sizeof(address)) != 0)
            return false;
    return true;
}

static status run(const state **opened, ancestry *ancestors, chain_result *result, chain_fault *fault, arena *memory,
                  const chain_config *config, const chain_input *input, fork_id first_fork, chain_keeper *keeper)
{
    parsed_block block;
    TRY(parse_block(&block, memory, config, input->block, first_fork));
    const block_header *header = &block.header;
    result->number = header->number;
    result->timestamp = header->timestamp;
    result->hash = block.hash;
    result->parent_hash = header->parent_hash;
    result->transaction_count = block.transaction_count;
    TRY(header_check(header, config, block.fork));

    TRY(find_ancestors(ancestors, memory, input, &block));
    result->pre_state_root = ancestors->pre_state_root;
    if (input->header_count > 0)
        TRY(header_check_parent(header, &ancestors->parent, config, block.fork));
    if (block.fork < FORK_PARIS && keeper->seal_holds != NULL &&
        !keeper->seal_holds(keeper->context, block.header_encoding))
        return HEADER_SEAL_WRONG;
    result->follows_parent = input->header_count > 0;

    witness *known = keeper->known;
    if (known == NULL) {
        size_t code_count;
        const bytes *codes = distinct_codes(&code_count, memory, input);
        TRY(witness_open(&known, memory, input->nodes, input->node_count, codes, code_count));
        if (input->codes_are_padded)
            witness_set_codes_padded(known);
    }
    evm_block environment;
    transition_environment(&environment, header, config, block.fork, &ancestors->hashes);
    state *world = state_open(memory, known, &ancestors->pre_state_root);
    *opened = world;
    state_set_node_sink(world, keeper->node_sink, keeper->context);
    state_set_code_sink(world, keeper->code_sink, keeper->context);
    transition *t = transition_open(memory, config, &environment, world, block.transaction_count);
    TRY(transition_begin_block(t, &header->parent_hash, &header->parent_beacon_block_root));
    TRY(transition_transactions(t, fault, block.transactions, block.transaction_count));
    if (input->senders != NULL && !has_senders(t, input->senders))
        return PAYLOAD_KEYS_MISMATCH;
    if (block.fork >= FORK_SHANGHAI)
        TRY(transition_withdrawals(t, block.withdrawals));
    if (block.fork < FORK_PARIS) {
        ommer ommers[2];
        size_t ommer_count;
        TRY(find_ommers(ommers, &ommer_count, &block, input, &ancestors->hashes, config, keeper));
        TRY(transition_rewards(t, ommers, ommer_count));
    }
    TRY(transition_requests(t));
    result->held_against_parent = input->header_count > 0 && !ancestors->hashes.used_claim;
    keeper->receipts = t->receipts;
    keeper->receipt_count = t->receipt_count;
    keeper->origins = t->origins;
    keeper->headers_used = ancestors->hashes.farthest_back > 1 ? (size_t)ancestors->hashes.farthest_back : 1;
    status outcome = check_outcome(result, t, &block);
    keeper->access_list = t->access_list;
    return outcome;
}

static status execute(chain_result *result, chain_fault *fault, arena *memory, const chain_config *config,
                      const chain_input *input, fork_id first_fork, chain_keeper *keeper)
{
    memset(result, 0, sizeof *result);
    *fault = (chain_fault){.transaction_index = SIZE_MAX};
    const state *world = NULL;
    ancestry ancestors;
    status outcome = run(&world, &ancestors, result, fault, memory, config, input, first_fork, keeper);
    if (world != NULL && (outcome == WITNESS_INCOMPLETE || outcome == WITNESS_CODE_MISSING))
        fault->missing = *state_missing(world);
    if (outcome == WITNESS_HEADER_MISSING && result->number > 0)
        fault->missing_header = world != NULL ? result->number - ancestors.hashes.farthest_back : result->number - 1;
    return outcome;
}

status chain_execute(chain_result *result, chain_fault *fault, arena *memory, const chain_config *config,
                     const chain_input *input)
{
    chain_keeper keeper = {0};
    return execute(result, fault, memory, config, input, FORK_PARIS, &keeper);
}

status chain_execute_on(chain_result *result, chain_fault *fault, arena *memory, const chain_config *config,
                        const chain_input *input, chain_keeper *keeper)
{
    return execute(result, fault, memory, config, input, FORK_FRONTIER, keeper);
}
