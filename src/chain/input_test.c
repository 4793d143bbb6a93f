#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "abi/block_input.h"
#include "abi/block_output.h"
#include "chain/input.h"

static arena memory;

static bytes text(const char *s) { return (bytes){(const uint8_t *)s, strlen(s)}; }

static chain_input sample(bool with_headers)
{
    static bytes nodes[3], codes[2], headers[2];
    static hash256 root = {{1, 2, 3}}, hashes[2] = {{{4}}, {{5}}};
    nodes[0] = text("first node");
    nodes[1] = text("");
    nodes[2] = text("12345678");
    codes[0] = text("code");
    codes[1] = text("another");
    headers[0] = text("grandparent");
    headers[1] = text("parent");
    chain_input input = {.block = text("a block"), .nodes = nodes, .node_count = 3, .codes = codes,
                         .code_count = 2};
    if (with_headers) {
        input.headers = headers;
        input.header_count = 2;
    } else {
        input.pre_state_root = &root;
        input.block_hashes = hashes;
        input.block_hash_count = 2;
    }
    return input;
}

static void assert_same(bytes a, bytes b)
{
    assert_int_equal(a.size, b.size);
    if (a.size > 0)
        assert_memory_equal(a.data, b.data, a.size);
}

static void what_is_written_is_read(void **unused)
{
    (void)unused;
    for (int with_headers = 0; with_headers < 2; with_headers++) {
        chain_input input = sample(with_headers), read;
        chain_config config;
        const chain_config *mainnet = chain_config_by_id(1);
        bytes data = chain_input_write(&memory, mainnet, &input);
        assert_int_equal(data.size % 8, 0);
        assert_int_equal(chain_input_parse(&config, &read, &memory, data), OK);
        hash256 a, b;
        chain_config_hash(&a, mainnet);
        chain_config_hash(&b, &config);
        assert_memory_equal(&a, &b, 32);
        assert_same(read.block, input.block);
        assert_int_equal(read.node_count, 3);
        assert_int_equal(read.code_count, 2);
        for (size_t i = 0; i < 3; i++)
            assert_same(read.nodes[i], input.nodes[i]);
        for (size_t i = 0; i < 2; i++)
            assert_same(read.codes[i], input.codes[i]);
        assert_int_equal(read.header_count, input.header_count);
        for (size_t i = 0; i < input.header_count; i++)
            assert_same(read.headers[i], input.headers[i]);
        assert_int_equal(read.block_hash_count, input.block_hash_count);
        assert_int_equal(read.pre_state_root != NULL, input.pre_state_root != NULL);
        if (!with_headers) {
            assert_memory_equal(read.pre_state_root, input.pre_state_root, 32);
            assert_memory_equal(read.block_hashes, input.block_hashes, 64);
        }
    }
}

static void assert_inside(bytes whole, const uint8_t *data, size_t size)
{
    assert_true(data >= whole.data && size <= whole.size &&
                data - whole.data <= (ptrdiff_t)(whole.size - size));
}

/* Either refused, or all that came out lies inside the input. */
static void parse_hostile(bytes data)
{
    chain_config config;
    chain_input input;
    size_t mark = memory.used_bytes;
    status outcome = chain_input_parse(&config, &input, &memory, data);
    if (outcome == OK) {
        assert_inside(data, input.block.data, input.block.size);
        for (size_t i = 0; i < input.node_count; i++)
            assert_inside(data, input.nodes[i].data, input.nodes[i].size);
        assert_true(input.codes_are_padded);
        for (size_t i = 0; i < input.code_count; i++) {
            bytes code = input.codes[i];
            assert_inside(data, code.data, code.size + WITNESS_CODE_PADDING_BYTES);
            for (size_t k = 0; k < WITNESS_CODE_PADDING_BYTES; k++)
                assert_int_equal(code.data[code.size + k], 0);
        }
        for (size_t i = 0; i < input.header_count; i++)
            assert_inside(data, input.headers[i].data, input.headers[i].size);
        if (input.block_hash_count > 0)
            assert_inside(data, input.block_hashes->bytes, 32 * input.block_hash_count);
        if (input.pre_state_root)
            assert_inside(data, input.pre_state_root->bytes, 32);
    } else {
        assert_int_equal(outcome, INPUT_MALFORMED);
    }
    arena_rewind(&memory, mark);
}

static void hostile_input_is_refused(void **unused)
{
    (void)unused;
    static const uint64_t values[] = {0, 1, 2, 7, 8, 9, 31, 1 << 20, UINT64_C(1) << 32, UINT64_C(1) << 59,
                                      UINT64_C(1) << 60, UINT64_C(1) << 61, UINT64_C(1) << 63, UINT64_MAX - 7,
                                      UINT64_MAX - 6, UINT64_MAX};
    for (int with_headers = 0; with_headers < 2; with_headers++) {
        chain_input input = sample(with_headers);
        bytes good = chain_input_write(&memory, chain_config_by_id(17000), &input);
        /* Allocated to size, so that a sanitizer sees any read past the end. */
        for (size_t size = 0; size < good.size; size++) {
            uint8_t *cut = aligned_alloc(8, (size + 8) & ~(size_t)7);
            memcpy(cut, good.data, size);
            chain_config config;
            chain_input read;
            assert_int_equal(chain_input_parse(&config, &read, &memory, (bytes){cut, size}), INPUT_MALFORMED);
            free(cut);
        }
        /* What stands behind a code is zero, each bit of it. */
        uint8_t *copy = aligned_alloc(8, good.size);
        memcpy(copy, good.data, good.size);
        chain_config good_config;
        chain_input good_read;
        assert_int_equal(chain_input_parse(&good_config, &good_read, &memory, (bytes){copy, good.size}), OK);
        assert_true(good_read.code_count > 0);
        for (size_t i = 0; i < good_read.code_count; i++)
            for (size_t bit = 0; bit < 8 * WITNESS_CODE_PADDING_BYTES; bit++) {
                uint8_t *byte = copy + (good_read.codes[i].data - copy) + good_read.codes[i].size + bit / 8;
                chain_input read;
                *byte = (uint8_t)(1u << bit % 8);
                assert_int_equal(chain_input_parse(&good_config, &read, &memory, (bytes){copy, good.size}),
                                 INPUT_MALFORMED);
                *byte = 0;
            }
        for (size_t at = 0; at + 8 <= good.size; at += 8)
            for (size_t v = 0; v < sizeof values / sizeof values[0]; v++) {
                memcpy(copy, good.data, good.size);
                memcpy(copy + at, &values[v], 8);
                parse_hostile((bytes){copy, good.size});
            }
        srand(1);
        for (int round = 0; round < 20000; round++) {
            memcpy(copy, good.data, good.size);
            for (int change = 0; change < 3; change++)
                copy[(size_t)rand() % good.size] = (uint8_t)rand();
            parse_hostile((bytes){copy, good.size});
        }
        free(copy);
    }
}

static void output_reads_back(void **unused)
{
    (void)unused;
    block_output output = {.chain_id = 1, .first_number = 2, .last_number = 7, .timestamp = UINT64_MAX, .gas_used = 3,
                           .held_against_parent = true};
    output.block_hash.bytes[0] = 9;
    output.receipts_before.bytes[0] = 7;
    output.receipts_after.bytes[31] = 8;
    uint8_t encoding[BLOCK_OUTPUT_BYTES], again[BLOCK_OUTPUT_BYTES];
    block_output_write(encoding, &output);
    block_output read;
    assert_int_equal(block_output_read(&read, (bytes){encoding, sizeof encoding}), OK);
    block_output_write(again, &read);
    assert_memory_equal(encoding, again, sizeof encoding);

    /* No two byte strings mean the same: each change is refused or read as something else. */
    for (size_t i = 0; i < sizeof encoding; i++) {
        uint8_t changed[BLOCK_OUTPUT_BYTES];
        memcpy(changed, encoding, sizeof encoding);
        changed[i] ^= 0x10;
        if (block_output_read(&read, (bytes){changed, sizeof changed}) == OK) {
            block_output_write(again, &read);
            assert_memory_equal(changed, again, sizeof changed);
        }
    }
    assert_int_equal(block_output_read(&read, (bytes){encoding, sizeof encoding - 1}), INPUT_MALFORMED);
}

static void configurations(void **unused)
{
    (void)unused;
    const chain_config *mainnet = chain_config_by_id(1);
    assert_int_equal(chain_fork_at(mainnet, 0, 0), FORK_FRONTIER);
    assert_int_equal(chain_fork_at(mainnet, 1919999, 1469020838), FORK_HOMESTEAD);
    assert_int_equal(chain_fork_at(mainnet, 1920000, 1469020840), FORK_DAO);
    assert_int_equal(chain_fork_at(mainnet, 12965000, 1628166822), FORK_LONDON);
    assert_int_equal(chain_fork_at(mainnet, 15537393, 1663224162), FORK_GRAY_GLACIER);
    assert_int_equal(chain_fork_at(mainnet, 15537394, 1663224179), FORK_PARIS);
    assert_int_equal(chain_fork_at(mainnet, 17034870, 1681338455), FORK_SHANGHAI);
    assert_int_equal(chain_fork_at(mainnet, 22615247, 1748846099), FORK_PRAGUE);
    assert_int_equal(chain_blob_parameters_at(mainnet, 1748846099)->max_blobs, 9);
    assert_int_equal(chain_blob_parameters_at(mainnet, 1767747671)->max_blobs, 21);
    assert_null(chain_blob_parameters_at(mainnet, 1681338455));
    assert_int_equal(chain_fork_at(chain_config_by_id(1337), 0, 0), FORK_OSAKA);
    assert_int_equal(chain_blob_parameters_at(chain_config_by_id(1337), 0)->max_blobs, 9);
    assert_null(chain_config_by_id(2));
    assert_string_equal(chain_name(560048), "hoodi");
    hash256 a, b;
    chain_config_hash(&a, mainnet);
    chain_config changed = *mainnet;
    changed.blob_schedule[3].target_blobs++;
    chain_config_hash(&b, &changed);
    assert_memory_not_equal(&a, &b, 32);
}

int main(void)
{
    arena_open(&memory, (size_t)1 << 30);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read), cmocka_unit_test(hostile_input_is_refused),
        cmocka_unit_test(output_reads_back),       cmocka_unit_test(configurations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
