/* EIP-8025's inputs with a schema's id, from Paris to BPO2: generated blocks as payloads, whose roots are
 * those that another implementation of SSZ has; and inputs that were tampered with. schema_test FOLDER writes
 * them there. */
#include "cli/block_program.h"
#include "tests/chain/differential_blocks.h"

#include "chain/header.h"
#include "chain/ssz.h"
#include "chain/stateless.h"
#include "crypto/sha256.h"
#include "riscv/emulator.h"

enum { SCHEMAS = 7, CHAIN_ID = 99999, MOST_INPUT_BYTES = 1 << 20 };

/* Of the first block of each that is made here, by remerkleable 0.1.31. */
static const char *const NAMES[SCHEMAS] = {"Paris", "Shanghai", "Cancun", "Prague", "Osaka", "BPO1", "BPO2"};
static const char *const ROOTS[SCHEMAS] = {
    "0x821d3e6761d5ab092d91574501d139326ec196555c22a3f6f9bcc23dfa84ddef",
    "0xe8c0ec6f57bb09d1d284b17ff45ca009bb6fbf7aed7cfbe63ad1f70d50c2d032",
    "0x28b74701e158e949e28b6e2ed7f85e7affbc046e52590d75025fede652c57d63",
    "0x4e89f624dc669580b98b651a7ece28821d8932dcd293fda62c906ae08ab0d6d5",
    "0xf67a6a8721526c58d55941495ff8621dd81d042557b1f07f7491924a7c077be7",
    "0x08d7960be262c54b4545287ed01c5a7ed2e2e97f9cb7435719b282bca4f54a88",
    "0x4041da2edf58010fe06256ddd0b31940adfcde778ddb3c465fbba0afd53a4e22",
};

/* x and y of the public keys of the secret keys 1 to 3. */
static const char *const KEYS[SIGNER_COUNT] = {
    "0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
    "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8",
    "0xc6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5"
    "1ae168fea63dc339a3c58419466ceaeef7f632653266d0e1236431a950cfe52a",
    "0xf9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9"
    "388f7b0f632de8140fe337e62a37f3566500a99934c2231b6cb9fd7584b8e672"};

/* ---- writing SSZ ---- */

typedef struct {
    uint8_t *data;
    size_t size;
} ssz_writer;

static void put(ssz_writer *w, const void *data, size_t size)
{
    CHECK(w->size + size <= MOST_INPUT_BYTES);
    if (size > 0)
        memcpy(w->data + w->size, data, size);
    w->size += size;
}

static void put_number(ssz_writer *w, uint64_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        put(w, &(uint8_t){(uint8_t)(value >> 8 * i)}, 1);
}

/* An offset that is filled in when what it points to begins; from the container's start. */
static size_t leave_offset(ssz_writer *w)
{
    put_number(w, 0, 4);
    return w->size - 4;
}

static void begin_part(ssz_writer *w, size_t offset, size_t container)
{
    size_t end = w->size;
    w->size = offset;
    put_number(w, end - container, 4);
    w->size = end;
}

static void put_items(ssz_writer *w, const bytes *items, size_t count)
{
    size_t at = 4 * count;
    for (size_t i = 0; i < count; at += items[i++].size)
        put_number(w, at, 4);
    for (size_t i = 0; i < count; i++)
        put(w, items[i].data, items[i].size);
}

/* ---- a payload of a block ---- */

static void put_hash(ssz_writer *w, const hash256 *hash) { put(w, hash->bytes, 32); }

static void put_payload(ssz_writer *w, const proposal *p, const block_header *h, fork_id fork)
{
    size_t start = w->size, extra, transactions, withdrawals = 0;
    put_hash(w, &h->parent_hash);
    put(w, h->coinbase.bytes, 20);
    put_hash(w, &h->state_root);
    put_hash(w, &h->receipts_root);
    put(w, h->logs_bloom, LOGS_BLOOM_BYTES);
    put_hash(w, &h->mix_hash);
    put_number(w, h->number, 8);
    put_number(w, h->gas_limit, 8);
    put_number(w, h->gas_used, 8);
    put_number(w, h->timestamp, 8);
    extra = leave_offset(w);
    for (unsigned i = 0; i < 4; i++)
        put_number(w, h->base_fee.limb[i], 8);
    put_hash(w, &p->built.result.hash);
    transactions = leave_offset(w);
    if (fork >= FORK_SHANGHAI)
        withdrawals = leave_offset(w);
    if (fork >= FORK_CANCUN) {
        put_number(w, h->blob_gas_used, 8);
        put_number(w, h->excess_blob_gas, 8);
    }
    begin_part(w, extra, start);
    put(w, h->extra_data.data, h->extra_data.size);
    begin_part(w, transactions, start);
    bytes kept[MOST_TRANSACTIONS];
    for (size_t i = 0; i < p->kept_count; i++)
        kept[i] = p->all[p->kept[i]];
    put_items(w, kept, p->kept_count);
    if (fork < FORK_SHANGHAI)
        return;
    begin_part(w, withdrawals, start);
    for (size_t i = 0; i < p->choices.withdrawals.count; i++) {
        bytes item = p->choices.withdrawals.items[i], fields;
        uint64_t index, validator, amount;
        address to;
        CHECK(rlp_list(&fields, &item) == OK && rlp_u64(&index, &fields) == OK &&
              rlp_u64(&validator, &fields) == OK && rlp_address(&to, &fields) == OK &&
              rlp_u64(&amount, &fields) == OK);
        put_number(w, index, 8);
        put_number(w, validator, 8);
        put(w, to.bytes, 20);
        put_number(w, amount, 8);
    }
}

static void put_requests(ssz_writer *w, const bytes requests[REQUEST_TYPES])
{
    size_t start = w->size, offsets[REQUEST_TYPES];
    for (unsigned i = 0; i < REQUEST_TYPES; i++)
        offsets[i] = leave_offset(w);
    for (unsigned i = 0; i < REQUEST_TYPES; i++) {
        begin_part(w, offsets[i], start);
        put(w, requests[i].data, requests[i].size);
    }
}

static bytes write_input(arena *memory, const proposal *p, uint8_t schema_fork, fork_id fork)
{
    ssz_writer w = {.data = arena_allocate(memory, MOST_INPUT_BYTES, 8)};
    bytes block = p->built.input.block, body;
    rlp_item item;
    block_header header;
    CHECK(rlp_list(&body, &block) == OK && rlp_decode(&item, &body) == OK &&
          header_decode(&header, item.encoding) == OK);
    put(&w, &(uint8_t[]){schema_fork, 1}, 2);
    size_t start = w.size, request = leave_offset(&w), witness = leave_offset(&w), keys, parts[3];
    put_number(&w, p->genesis.config.chain_id, 8);
    keys = leave_offset(&w);

    begin_part(&w, request, start);
    size_t request_start = w.size, payload = leave_offset(&w), blobs = 0, requests = 0;
    if (fork >= FORK_CANCUN) {
        blobs = leave_offset(&w);
        put_hash(&w, &header.parent_beacon_block_root);
    }
    if (fork >= FORK_PRAGUE)
        requests = leave_offset(&w);
    begin_part(&w, payload, request_start);
    put_payload(&w, p, &header, fork);
    if (fork >= FORK_CANCUN)
        begin_part(&w, blobs, request_start);
    for (size_t i = 0; i < p->kept_count; i++) {
        transaction tx;
        CHECK(transaction_decode(&tx, memory, p->all[p->kept[i]]) == OK);
        for (size_t k = 0; k < tx.blob_hash_count; k++)
            put_hash(&w, &tx.blob_hashes[k]);
    }
    if (fork >= FORK_PRAGUE) {
        begin_part(&w, requests, request_start);
        put_requests(&w, p->built.requests);
    }

    begin_part(&w, witness, start);
    size_t witness_start = w.size;
    for (unsigned i = 0; i < 3; i++)
        parts[i] = leave_offset(&w);
    const chain_input *in = &p->built.input;
    begin_part(&w, parts[0], witness_start);
    put_items(&w, in->nodes, in->node_count);
    begin_part(&w, parts[1], witness_start);
    put_items(&w, in->codes, in->code_count);
    begin_part(&w, parts[2], witness_start);
    put_items(&w, in->headers, in->header_count);
    begin_part(&w, keys, start);
    for (size_t i = 0; i < p->kept_count; i++) {
        uint8_t key[65] = {4};
        CHECK(hex_decode_exact(key + 1, 64, KEYS[p->signers[p->kept[i]]], 130) == OK);
        put(&w, key, sizeof key);
    }
    return (bytes){w.data, w.size};
}

/* ---- tests ---- */

/* The `number`-th block under the schema's rules. */
static bytes make_input(proposal *p, fixture_worker *w, unsigned schema, uint64_t number)
{
    guest_fuzz_source source = {.state = (number + 1) * 0x9e3779b97f4a7c15u ^ schema};
    fixture_network network;
    CHECK(fixture_network_read(&network, NAMES[schema], NULL));
    network.config.chain_id = CHAIN_ID;
    source.fork = fixture_fork(NAMES[schema]);
    *p = (proposal){.pre = NULL};
    propose(p, w, &source, &network);
    build(p, &w->memory);
    json_decref(p->pre);
    json_decref(p->withdrawals);
    return write_input(&w->memory, p, (uint8_t)(0x0e + schema), source.fork);
}

static stateless_result validate(fixture_worker *w, bytes input)
{
    stateless_result result;
    size_t mark = w->scratch.used_bytes;
    stateless_validate(&result, &w->scratch, input);
    arena_rewind(&w->scratch, mark);
    return result;
}

static fixture_worker worker;

static int open_worker(void **unused)
{
    (void)unused;
    static fixture_options options = {.guest = true};
    options.program = block_program_elf();
    options.stateless_program = stateless_program_elf();
    fixture_worker_open(&worker, &options);
    return 0;
}

static int close_worker(void **unused)
{
    (void)unused;
    fixture_worker_close(&worker);
    return 0;
}

static void expect(const char *name, const stateless_result *got, bool valid, unsigned schema)
{
    unsigned id = (0x0e + schema) << 8 | 1;
    if (got->successful_validation != valid || !got->has_schema || got->schema_id != id ||
        got->chain_id != CHAIN_ID)
        fail_msg("%s under %s: %s, schema 0x%04x, chain %llu", name, NAMES[schema],
                 got->successful_validation ? "valid" : "not valid", got->schema_id,
                 (unsigned long long)got->chain_id);
}

static void blocks_of_each_schema(void **unused)
{
    (void)unused;
    enum { BLOCKS = 12 };
    size_t requests = 0, blobs = 0;
    for (unsigned schema = 0; schema < SCHEMAS; schema++)
        for (unsigned number = 0; number < BLOCKS; number++) {
            proposal p;
            (void)fixture_begin(&worker, "%s %u", NAMES[schema], number);
            bytes input = make_input(&p, &worker, schema, number);
            stateless_result result = validate(&worker, input);
            expect("a block", &result, true, schema);
            char root[67] = "0x";
            hex_encode(root + 2, result.new_payload_request_root.bytes, 32);
            if (number == 0)
                assert_string_equal(root, ROOTS[schema]);
            for (unsigned i = 0; i < REQUEST_TYPES; i++)
                requests += p.built.requests[i].size > 0;
            uint8_t encoding[STATELESS_RESULT_BYTES];
            size_t size = stateless_result_write(encoding, &result);
            assert_int_equal(size, STATELESS_RESULT_BYTES);
            if (number == 0)
                fixture_compare_stateless_guest(&worker, input, (bytes){encoding, size});
            fixture_end(&worker);
            assert_false(worker.failed);
            blobs += p.kept_count;
        }
    printf("  %zu transactions, %zu lists of requests\n", blobs, requests);
    assert_true(requests > 0);
}

/* Another fork's id, or another revision; keys that are not the senders'; bytes changed or missing. */
static void tampered_inputs(void **unused)
{
    (void)unused;
    for (unsigned schema = 0; schema < SCHEMAS; schema++) {
        proposal p;
        uint64_t number = 0;
        (void)fixture_begin(&worker, "%s", NAMES[schema]);
        bytes input = make_input(&p, &worker, schema, number);
        while (p.kept_count == 0)
            input = make_input(&p, &worker, schema, ++number);
        uint8_t *copy = arena_allocate(&worker.memory, input.size + 1, 8);
        memcpy(copy, input.data, input.size);
        bytes changed = {copy, input.size};

        stateless_result right = validate(&worker, changed);
        expect("a block", &right, true, schema);
        /* Prague to BPO2 are of one form and differ in little: what is valid says under which. */
        for (unsigned other = 0; other < SCHEMAS; other++) {
            copy[0] = (uint8_t)(0x0e + other);
            stateless_result result = validate(&worker, changed);
            if (other < 3 || schema < 3)
                assert_int_equal(result.successful_validation, other == schema);
            else
                assert_int_equal(result.schema_id, copy[0] << 8 | 1);
        }
        static const uint8_t unknown[][2] = {{0x0d, 1}, {0x15, 1}, {0x12, 0}, {0x12, 2}};
        for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
            memcpy(copy, unknown[i], 2);
            stateless_result result = validate(&worker, changed), none = {.has_schema = true};
            assert_memory_equal(&result.new_payload_request_root, &none.new_payload_request_root, 32);
            assert_false(result.successful_validation);
            assert_int_equal(result.schema_id, 0);
            assert_int_equal(stateless_form_of(changed), STATELESS_UNKNOWN_SCHEMA);
        }
        memcpy(copy, input.data, 2);
        assert_int_equal(stateless_form_of(changed), STATELESS_READ);

        /* The last key: its form, the key, one too few, one too many. */
        copy[input.size - 65] = 2;
        assert_false(validate(&worker, changed).successful_validation);
        copy[input.size - 65] = 4;
        copy[input.size - 1] ^= 1;
        stateless_result result = validate(&worker, changed);
        expect("another key", &result, false, schema);
        assert_memory_equal(&result.new_payload_request_root, &right.new_payload_request_root, 32);
        copy[input.size - 1] ^= 1;
        assert_false(validate(&worker, (bytes){copy, input.size - 65}).successful_validation);

        for (size_t size = 0; size < input.size; size += 1 + size / 16)
            assert_false(validate(&worker, (bytes){copy, size}).successful_validation);
        copy[input.size] = 0;
        assert_false(validate(&worker, (bytes){copy, input.size + 1}).successful_validation);
        /* The chain's id is part of every signature that is made here. */
        for (size_t at = 2; at < input.size; at += at < 800 ? 3 : 29) {
            copy[at] ^= (uint8_t)(1 + at % 255);
            if (validate(&worker, changed).successful_validation)
                fail_msg("%s: byte %zu of %zu changed, and valid", NAMES[schema], at, input.size);
            copy[at] = input.data[at];
        }
        fixture_end(&worker);
    }
}

/* Trees of every depth with few leaves, beside hashing all pairs. */
static void roots_of_trees(void **unused)
{
    (void)unused;
    enum { MOST = 40 };
    for (unsigned depth = 0; depth <= SSZ_MAX_DEPTH; depth++) {
        for (unsigned count = 0; count <= MOST && (depth > 5 || count <= 1u << depth); count++) {
            hash256 level[MOST + 2], root, behind = {{0}};
            ssz_tree t;
            ssz_open(&t, depth);
            for (unsigned i = 0; i < count; i++) {
                memset(level[i].bytes, (int)(i + 1), sizeof level[i].bytes);
                ssz_add(&t, &level[i]);
            }
            ssz_root(&t, &root);
            unsigned left = count;
            for (unsigned height = 0; height < depth; height++) {
                level[left] = behind;
                for (unsigned i = 0; i < left; i += 2) {
                    hash256 pair[2] = {level[i], level[i + 1]};
                    sha256(&level[i / 2], (const uint8_t *)pair, sizeof pair);
                }
                left = (left + 1) / 2;
                hash256 pair[2] = {behind, behind};
                sha256(&behind, (const uint8_t *)pair, sizeof pair);
            }
            assert_memory_equal(&root, count > 0 ? &level[0] : &behind, sizeof root);
        }
    }
}

static int write_all(const char *folder)
{
    (void)open_worker(NULL);
    for (unsigned schema = 0; schema < SCHEMAS; schema++)
        for (unsigned number = 0; number < 12; number++) {
            proposal p;
            char path[1024];
            (void)fixture_begin(&worker, "%s %u", NAMES[schema], number);
            bytes input = make_input(&p, &worker, schema, number);
            int length = snprintf(path, sizeof path, "%s/%s_%u.ssz", folder, NAMES[schema], number);
            CHECK((size_t)length < sizeof path);
            FILE *file = fopen(path, "wb");
            char root[65];
            stateless_result result = validate(&worker, input);
            hex_encode(root, result.new_payload_request_root.bytes, 32);
            printf("%s_%u.ssz 0x%s\n", NAMES[schema], number, root);
            CHECK(file != NULL && fwrite(input.data, 1, input.size, file) == input.size && fclose(file) == 0);
            fixture_end(&worker);
        }
    return close_worker(NULL);
}

int main(int argc, char **argv)
{
    if (argc == 2)
        return write_all(argv[1]);
    const struct CMUnitTest tests[] = {cmocka_unit_test(blocks_of_each_schema),
                                       cmocka_unit_test(tampered_inputs),
                                       cmocka_unit_test(roots_of_trees)};
    return cmocka_run_group_tests(tests, open_worker, close_worker);
}
