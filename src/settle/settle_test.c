/* What is written for contracts, and what is signed. */
#include "base/hex.h"
#include "chain/transaction.h"
#include "settle/calldata.h"
#include "settle/contracts.h"
#include "settle/key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static arena memory;

static int open_arena(void **state)
{
    (void)state;
    arena_open(&memory, (size_t)1 << 26);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_close(&memory);
    return 0;
}

static void assert_hex(bytes got, const char *expected)
{
    char *text = arena_allocate(&memory, 2 * got.size + 1, 1);
    hex_encode(text, got.data, got.size);
    assert_string_equal(text, expected);
}

#define W(last) "00000000000000000000000000000000000000000000000000000000000000" last

static void test_calls(void **state)
{
    (void)state;
    calldata c;
    /* The example of the specification: sam("dave", true, …) but for its array of numbers, which nothing here
     * has. */
    calldata_begin(&c, &memory, "sam(bytes,bool)");
    calldata_bytes(&c, (bytes){(const uint8_t *)"dave", 4});
    calldata_u64(&c, 1);
    bytes call = calldata_end(&c);
    assert_int_equal(calldata_selector("transfer(address,uint256)"), 0xa9059cbb);
    assert_hex((bytes){call.data + 4, call.size - 4},
               W("40") W("01") W("04") "6461766500000000000000000000000000000000000000000000000000000000");
    bytes value;
    assert_true(calldata_read_bytes(&value, (bytes){call.data + 4, call.size - 4}, 0));
    assert_int_equal(value.size, 4);
    assert_memory_equal(value.data, "dave", 4);

    const bytes list[] = {{(const uint8_t *)"a", 1}, {NULL, 0}};
    calldata_begin_words(&c, &memory);
    calldata_bytes_list(&c, list, 2, false);
    calldata_u64(&c, 7);
    assert_hex(calldata_end(&c), W("40") W("07") W("02") W("40") W("80") W("01")
               "6100000000000000000000000000000000000000000000000000000000000000" W("00"));
    calldata_begin_words(&c, &memory);
    calldata_bytes_list(&c, list, 2, true);
    assert_hex(calldata_end(&c), W("20") W("40") W("80") W("01")
               "6100000000000000000000000000000000000000000000000000000000000000" W("00"));
}

/* Whatever the words say, nothing beyond the data is read. */
static void test_hostile_answers(void **state)
{
    (void)state;
    uint8_t *data = ARENA_NEW(&memory, uint8_t, 96);
    bytes value, all = {data, 96};
    uint64_t number;
    data[31] = 64; /* at its end, where a length stands … */
    data[95] = 1;  /* … for which there is no room */
    assert_false(calldata_read_bytes(&value, all, 0));
    data[95] = 0;
    assert_true(calldata_read_bytes(&value, all, 0));
    assert_int_equal(value.size, 0);
    data[31] = 65;
    assert_false(calldata_read_bytes(&value, all, 0));
    memset(data, 0xff, 32);
    assert_false(calldata_read_bytes(&value, all, 0));
    assert_false(calldata_read_u64(&number, all, 0));
    assert_false(calldata_read_u64(&number, all, 3));
    assert_false(calldata_read_u64(&number, (bytes){data, 31}, 0));
}

static void test_keys(void **state)
{
    (void)state;
    signing_key key;
    address expected, sender, to = {{1, 2, 3}};
    static const char text[] = " 0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80\n";
    assert_int_equal(key_from_text(&key, text, sizeof text - 1), OK);
    assert_int_equal(hex_decode_exact(expected.bytes, 20, "f39fd6e51aad88f6f4ce6ab8827279cfffb92266", 40),
                     OK);
    assert_memory_equal(&key.address, &expected, 20);
    signing_key other;
    static const char zero[] = "0000000000000000000000000000000000000000000000000000000000000000";
    assert_int_equal(key_from_text(&other, zero, 64), HEX_MALFORMED);
    assert_int_equal(key_from_text(&other, text, 20), HEX_MALFORMED);

    /* The chain's own decoder finds who signed what. */
    key_transaction tx = {.chain_id = 31337, .nonce = 5, .gas_limit = 21000, .max_fee = u256_from_u64(7),
                          .max_priority_fee = u256_from_u64(1), .to = &to, .value = u256_from_u64(9),
                          .data = {(const uint8_t *)"xyz", 3}};
    for (unsigned creates = 0; creates < 2; creates++) {
        hash256 hash, own;
        transaction decoded;
        tx.to = creates ? NULL : &to;
        bytes encoded = key_sign_transaction(&hash, &memory, &key, &tx);
        assert_int_equal(transaction_decode(&decoded, &memory, encoded), OK);
        assert_int_equal(transaction_sender(&sender, &memory, &decoded, FORK_OSAKA), OK);
        transaction_hash(&own, &decoded);
        assert_memory_equal(&sender, &key.address, 20);
        assert_memory_equal(&hash, &own, 32);
        assert_int_equal(decoded.nonce, 5);
        assert_int_equal(decoded.creates, creates);
        assert_int_equal(decoded.chain_id, 31337);
        assert_true(u256_equal(decoded.max_fee, tx.max_fee));
        assert_memory_equal(decoded.data.data, "xyz", 3);
    }
}

static void test_refusals(void **state)
{
    (void)state;
    char text[200];
    uint8_t data[36] = {0};
    uint32_t selector = calldata_selector("ItemOverdue(uint256)");
    for (unsigned i = 0; i < 4; i++)
        data[i] = (uint8_t)(selector >> (24 - 8 * i));
    data[35] = 12;
    assert_true(contract_error_text(text, sizeof text, (bytes){data, sizeof data}));
    assert_string_equal(text, "the batch leaves out an item that is overdue (ItemOverdue: 12)");
    assert_true(contract_error_text(text, sizeof text, (bytes){data, 4}));
    data[0] ^= 1;
    assert_false(contract_error_text(text, sizeof text, (bytes){data, sizeof data}));
    assert_false(contract_error_text(text, sizeof text, (bytes){data, 3}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls),
        cmocka_unit_test(test_hostile_answers),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
