/* The difficulties of blocks of proof of work: some of ethereum/tests' DifficultyTests, and all of them where
 * the fixtures have them; a seal; and what the DAO fork does. */
#include "tests/chain/fixture.h"

#include "chain/dao.h"
#include "chain/ethash.h"
#include "chain/header.h"
#include "crypto/keccak.h"
#include "state/witness.h"

typedef struct {
    fork_id fork;
    uint64_t number, parent_time, time;
    u256 parent_difficulty;
    bool parent_has_ommers;
    u256 difficulty;
} difficulty_case;

static bool holds(const difficulty_case *c)
{
    block_header parent = {
        .number = c->number - 1, .timestamp = c->parent_time, .difficulty = c->parent_difficulty};
    if (!c->parent_has_ommers)
        parent.ommers_hash = EMPTY_OMMERS_HASH;
    return u256_equal(header_next_difficulty(&parent, c->time, c->fork), c->difficulty);
}

static const struct {
    fork_id fork;
    uint64_t number, parent_time, time, parent_difficulty;
    bool parent_has_ommers;
    uint64_t difficulty;
} sample[] = {
    {FORK_FRONTIER, 1200000, 0x79850bfe1, 0x79850bfe7, 0x3ca97cc1d8bad6b0, 0, 0x3cb111f170f5f20a},
    {FORK_FRONTIER, 1100000, 0x5dd669bea, 0x5dd669bfa, 0x76bb4737f360d914, 1, 0x76ac6fcf0c626ef9},
    {FORK_FRONTIER, 4900000, 0x7e194b3b9, 0x7e194b3bf, 0x354bdd8ab6ba4085, 0, 0x35530706681117cd},
    {FORK_HOMESTEAD, 4500000, 0x8cf3f01d, 0x8cf3f01f, 0x67128b82aa455bb9, 0, 0x671f75d41a9aa464},
    {FORK_HOMESTEAD, 4100000, 0xb9f53c5c, 0xb9f53c84, 0xd8929196e97cda3, 0, 0xd84162a050e54b8},
    {FORK_HOMESTEAD, 3400000, 0x678e3038b, 0x678e3039d, 0x540816f2a953f846, 1, 0x540816f3a953f846},
    {FORK_BYZANTIUM, 900000, 0x1e0a0b703, 0x1e0a0b707, 0x67e7cf80747d519f, 0, 0x67f4cc7a648be149},
    {FORK_BYZANTIUM, 4400000, 0x3fba777ec, 0x3fba77812, 0x1bda849a1bd2d565, 1, 0x1bd38df8f54bf0b1},
    {FORK_BYZANTIUM, 4900000, 0x75226c13d, 0x75226c151, 0x7202995d022371be, 0, 0x71f45909d6852d50},
    {FORK_CONSTANTINOPLE, 100000, 0x17facacf8, 0x17facad00, 0x677f65799626a94, 1, 0x67994552f48c32e},
    {FORK_CONSTANTINOPLE, 4900000, 0x75f5a9856, 0x75f5a9874, 0x1e7573699db3486c, 0, 0x1e6dd60cc34bdb9a},
    {FORK_BERLIN, 3600000, 0x7986e2865, 0x7986e2891, 0x2ad9d2fcba47e996, 0, 0x2ac9c14d9b820e9f},
    {FORK_BERLIN, 4300000, 0x46c83b5db, 0x46c83b5f5, 0x60f45e5d864eb1b6, 1, 0x60f45e5d864eb1b6},
    {FORK_ARROW_GLACIER, 10899999, 0x0, 0x2e, 0x223a2d17232652, 0, 0x222910009794c2},
    {FORK_ARROW_GLACIER, 10900000, 0x0, 0x13, 0x223a2d17232652, 1, 0x223a2d17232653},
    {FORK_ARROW_GLACIER, 15000000, 0x0, 0x38c, 0x223a2d17232652, 1, 0x2098e46ec7b80a},
    {FORK_GRAY_GLACIER, 15600000, 0x0, 0x49, 0x223a2d17232652, 0, 0x221d3a2faee796},
    {FORK_GRAY_GLACIER, 15700000, 0x0, 0x38d, 0x223a2d17232652, 1, 0x20949d2924d3a6},
    {FORK_GRAY_GLACIER, 15050000, 0x0, 0xa, 0xd04fbe3b40541d98, 1, 0xd069c83707bc281b},
};

static void sample_of_the_tests(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof sample / sizeof sample[0]; i++) {
        difficulty_case c = {sample[i].fork, sample[i].number, sample[i].parent_time, sample[i].time,
                             u256_from_u64(sample[i].parent_difficulty), sample[i].parent_has_ommers,
                             u256_from_u64(sample[i].difficulty)};
        if (!holds(&c))
            fail_msg("case %zu", i);
    }
}

static void bounds(void **unused)
{
    (void)unused;
    const u256 largest = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}}, least = u256_from_u64(131072);
    difficulty_case low = {FORK_FRONTIER, 1, 0, 1000, least, false, least};
    difficulty_case high = {FORK_HOMESTEAD, 1, 0, 1, largest, false, largest};
    difficulty_case late = {FORK_BERLIN, UINT64_MAX, 0, 1, least, false, largest};
    assert_true(holds(&low) && holds(&high) && holds(&late));
}

static void all_difficulty_tests(void **unused)
{
    (void)unused;
    char path[4096];
    const char *root = fixture_root();
    if (root == NULL)
        skip();
    snprintf(path, sizeof path, "%s/difficulty_tests", root);
    if (access(path, R_OK) != 0) {
        printf("skipped: no difficulty_tests there\n");
        skip();
    }
    fixture_files files = list_files(root, "difficulty_tests");
    size_t count = 0;
    for (size_t i = 0; i < files.count; i++) {
        json_t *tests = load_json(files.paths[i]), *test, *cases, *fields;
        const char *name, *fork, *number;
        json_object_foreach(tests, name, test)
            json_object_foreach(test, fork, cases) {
                if (strcmp(fork, "_info") == 0)
                    continue;
                json_object_foreach(cases, number, fields) {
                    difficulty_case c = {
                        .fork = fixture_fork(fork),
                        .number = json_u64(json_object_get(fields, "currentBlockNumber")),
                        .parent_time = json_u64(json_object_get(fields, "parentTimestamp")),
                        .time = json_u64(json_object_get(fields, "currentTimestamp")),
                        .parent_difficulty = json_u256(json_object_get(fields, "parentDifficulty")),
                        .parent_has_ommers = json_u64(json_object_get(fields, "parentUncles")) != 0,
                        .difficulty = json_u256(json_object_get(fields, "currentDifficulty")),
                    };
                    if (!holds(&c))
                        fail_msg("%s, %s of %s", files.paths[i], number, fork);
                    count++;
                }
            }
        json_decref(tests);
    }
    fixture_files_free(&files);
    printf("  difficulty tests: %zu passed\n", count);
    assert_true(count > 0);
}

/* Block 1 of the mainnet. */
static void seal_of_the_first_block(void **unused)
{
    (void)unused;
    static const uint8_t no_bloom[LOGS_BLOOM_BYTES], extra_data[] = "Geth/v1.0.0/linux/go1.4.2";
    arena memory;
    arena_open(&memory, ARENA_RESERVED);
    block_header header = {
        .ommers_hash = EMPTY_OMMERS_HASH,
        .transactions_root = witness_empty_trie_root,
        .receipts_root = witness_empty_trie_root,
        .logs_bloom = no_bloom,
        .difficulty = u256_from_u64(17171480576),
        .number = 1,
        .gas_limit = 5000,
        .timestamp = 1438269988,
        .extra_data = {extra_data, sizeof extra_data - 1},
        .nonce = 0x539bd4979fef1ec4,
        .field_count = HEADER_FIELDS_FRONTIER,
    };
    const struct {
        void *out;
        const char *hex;
    } values[] = {
        {&header.parent_hash, "d4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3"},
        {&header.state_root, "d67e4d450343046425ae4271474353857ab860dbc0a1dde64b41b5cd3a532bf3"},
        {&header.mix_hash, "969b900de27b6ac6a67742365dd65f55a0526c41fd18e1b16f1a1215c2e66f59"},
    };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        assert_int_equal(hex_decode_exact(values[i].out, 32, values[i].hex, 64), OK);
    assert_int_equal(
        hex_decode_exact(header.coinbase.bytes, 20, "05a56e2d52c817161883f50c441c3228cfe54d9f", 40), OK);
    hash256 hash, expected;
    bytes encoding = header_encode(&memory, &header);
    keccak256(&hash, encoding.data, encoding.size);
    assert_int_equal(hex_decode_exact(expected.bytes, 32,
                                      "88e96d4537bea4d9c05d12549907b32561d3bf31f45aae734cdc119f13406cb6", 64),
                     OK);
    assert_memory_equal(&hash, &expected, 32);

    ethash *first_epoch = ethash_open(&memory, 1);
    assert_true(ethash_holds(first_epoch, &memory, encoding));
    for (unsigned lie = 0; lie < 5; lie++) {
        block_header changed = header;
        changed.nonce += lie == 0;
        changed.mix_hash.bytes[31] ^= lie == 1;
        changed.gas_used += lie == 2;
        changed.number += lie == 3 ? 30000 : 0;
        if (lie == 4) /* more than the work that was done */
            changed.difficulty = (u256){{0, 0, 0, 1}};
        assert_false(ethash_holds(first_epoch, &memory, header_encode(&memory, &changed)));
    }
    arena_close(&memory);
}

static const address THE_DAO = {{0xbb, 0x9b, 0xc2, 0x44, 0xd7, 0x98, 0x12, 0x3f, 0xde, 0x78,
                                 0x3f, 0xcc, 0x1c, 0x72, 0xd3, 0xbb, 0x8c, 0x18, 0x94, 0x13}};
static const address ITS_REST = {{0x80, 0x76, 0x40, 0xa1, 0x34, 0x83, 0xf8, 0xac, 0x78, 0x3c,
                                  0x55, 0x7f, 0xcd, 0xf2, 0x7b, 0xe1, 0x1e, 0xa4, 0xac, 0x7a}};
static const address WITHDRAWALS = {{0xbf, 0x4e, 0xd7, 0xb2, 0x7f, 0x1d, 0x66, 0x65, 0x46, 0xe3,
                                     0x0d, 0x74, 0xd5, 0x0d, 0x17, 0x3d, 0x20, 0xbc, 0xa7, 0x54}};
static const address ANOTHER = {{0xbb, 0x9b, 0xc2, 0x44, 0xd7, 0x98, 0x12, 0x3f, 0xde, 0x78,
                                 0x3f, 0xcc, 0x1c, 0x72, 0xd3, 0xbb, 0x8c, 0x18, 0x94, 0x14}};

static uint64_t balance_of(state *world, const address *who)
{
    account *a;
    assert_int_equal(state_account(world, &a, who), OK);
    return account_balance(a)->limb[0];
}

/* What the accounts hold goes to one; nobody else's moves. */
static void dao_balances(void **unused)
{
    (void)unused;
    arena memory;
    arena_open(&memory, ARENA_RESERVED);
    const genesis_account accounts[] = {{.where = THE_DAO, .balance = u256_from_u64(1000)},
                                        {.where = ITS_REST, .balance = u256_from_u64(30)},
                                        {.where = WITHDRAWALS, .balance = u256_from_u64(2)},
                                        {.where = ANOTHER, .balance = u256_from_u64(7)}};
    byte_store nodes, codes;
    store_init(&nodes, &memory);
    store_init(&codes, &memory);
    hash256 root;
    witness *known;
    assert_int_equal(genesis_state(&root, &nodes, &codes, &memory, accounts, 4), OK);
    assert_int_equal(witness_open(&known, &memory, store_items(&nodes), nodes.count, NULL, 0), OK);
    state *world = state_open(&memory, known, &root);
    assert_int_equal(dao_move_balances(world), OK);
    assert_int_equal(balance_of(world, &THE_DAO), 0);
    assert_int_equal(balance_of(world, &ITS_REST), 0);
    assert_int_equal(balance_of(world, &WITHDRAWALS), 1032);
    assert_int_equal(balance_of(world, &ANOTHER), 7);
    arena_close(&memory);
}

/* Ten blocks have the mark, no other block needs it. */
static void dao_extra_data(void **unused)
{
    (void)unused;
    const chain_config *mainnet = chain_config_by_id(1);
    static const uint8_t mark[] = "dao-hard-fork";
    const uint64_t first = 1920000;
    for (uint64_t number = first - 1; number <= first + 10; number++) {
        block_header header = {.number = number, .gas_limit = 4712388, .field_count = HEADER_FIELDS_FRONTIER};
        bool marked = number >= first && number < first + 10;
        fork_id fork = chain_fork_at(mainnet, number, 0);
        assert_int_equal(fork, number < first ? FORK_HOMESTEAD : FORK_DAO);
        assert_int_equal(header_check(&header, mainnet, fork), marked ? HEADER_EXTRA_DATA_NOT_DAO : OK);
        header.extra_data = (bytes){mark, 13};
        assert_int_equal(header_check(&header, mainnet, fork), OK);
        header.extra_data = (bytes){mark, 14};
        assert_int_equal(header_check(&header, mainnet, fork), marked ? HEADER_EXTRA_DATA_NOT_DAO : OK);
    }
    /* A chain whose genesis is behind the fork. */
    chain_config other = *mainnet;
    other.fork_block[FORK_DAO] = 0;
    block_header header = {.number = 1, .gas_limit = 4712388, .field_count = HEADER_FIELDS_FRONTIER};
    assert_int_equal(header_check(&header, &other, FORK_DAO), OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sample_of_the_tests),  cmocka_unit_test(bounds),
        cmocka_unit_test(all_difficulty_tests), cmocka_unit_test(seal_of_the_first_block),
        cmocka_unit_test(dao_balances),         cmocka_unit_test(dao_extra_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
