/* Against the vectors of ethereum/tests, and round trips of random trees. */
#include "codec/rlp.h"

#include "base/arena.h"
#include "base/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>
#include <openssl/bn.h>

static arena memory;

static json_t *load_fixture(const char *name)
{
    const char *folder = getenv("ASHLAR_FIXTURES");
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder ? folder : "../shared/fixtures", name);
    json_t *root = json_load_file(path, JSON_ALLOW_NUL, NULL);
    if (!root)
        printf("skipped: %s is not there; set ASHLAR_FIXTURES to the folder of test fixtures\n", path);
    return root;
}

/* Every item of the tree is well-formed: what callers do by reading all of it. */
static status check_tree(bytes input, size_t *items)
{
    bytes open[64];
    int depth = 0;
    open[0] = input;
    while (depth >= 0) {
        if (rlp_at_end(open[depth])) {
            depth--;
            continue;
        }
        rlp_item item;
        TRY(rlp_decode(&item, &open[depth]));
        assert_true(item.payload.data + item.payload.size == item.encoding.data + item.encoding.size);
        ++*items;
        if (item.is_list && depth < 63)
            open[++depth] = item.payload;
    }
    return OK;
}

/* One whole item, and nothing after it. */
static status check_whole(bytes input)
{
    rlp_item item;
    size_t items = 0;
    bytes rest = input;
    TRY(rlp_decode(&item, &rest));
    TRY(rlp_expect_end(rest));
    return check_tree(input, &items);
}

static void write_json(rlp_writer *w, const json_t *value)
{
    if (json_is_array(value)) {
        size_t begin = rlp_begin_list(w);
        for (size_t i = 0; i < json_array_size(value); i++)
            write_json(w, json_array_get(value, i));
        rlp_end_list(w, begin);
    } else if (json_is_integer(value)) {
        rlp_write_u64(w, (uint64_t)json_integer_value(value));
    } else if (json_string_value(value)[0] == '#') {
        BIGNUM *number = NULL;
        uint8_t be[32];
        assert_true(BN_dec2bn(&number, json_string_value(value) + 1) > 0);
        assert_true(BN_bn2binpad(number, be, 32) == 32);
        rlp_write_u256(w, u256_from_be(be, 32));
        BN_free(number);
    } else {
        rlp_write_bytes(w, (const uint8_t *)json_string_value(value), json_string_length(value));
    }
}

static void assert_matches_json(bytes *input, const json_t *value)
{
    bytes payload;
    if (json_is_array(value)) {
        size_t count;
        assert_int_equal(rlp_list(&payload, input), OK);
        assert_int_equal(rlp_count(&count, payload), OK);
        assert_int_equal(count, json_array_size(value));
        for (size_t i = 0; i < json_array_size(value); i++)
            assert_matches_json(&payload, json_array_get(value, i));
        assert_int_equal(rlp_expect_end(payload), OK);
    } else if (json_is_integer(value)) {
        uint64_t number;
        assert_int_equal(rlp_u64(&number, input), OK);
        assert_int_equal(number, json_integer_value(value));
    } else if (json_string_value(value)[0] == '#') {
        u256 number;
        uint8_t be[32];
        assert_int_equal(rlp_u256(&number, input), OK);
        u256_to_be(be, number);
        BIGNUM *n = BN_bin2bn(be, 32, NULL);
        char *text = BN_bn2dec(n);
        assert_string_equal(text, json_string_value(value) + 1);
        OPENSSL_free(text);
        BN_free(n);
    } else {
        assert_int_equal(rlp_bytes(&payload, input), OK);
        assert_int_equal(payload.size, json_string_length(value));
        assert_memory_equal(payload.data, json_string_value(value), payload.size);
    }
}

static void published(void **unused)
{
    (void)unused;
    json_t *root = load_fixture("rlp_tests/rlptest.json"), *test;
    if (!root)
        skip();
    const char *name;
    json_object_foreach(root, name, test) {
        const char *text = json_string_value(json_object_get(test, "out"));
        bytes want;
        assert_int_equal(hex_decode(&memory, &want, text, strlen(text)), OK);
        rlp_writer w;
        static uint8_t buffer[8192];
        rlp_writer_init(&w, buffer, sizeof buffer);
        write_json(&w, json_object_get(test, "in"));
        assert_int_equal(rlp_written(&w).size, want.size);
        assert_memory_equal(buffer, want.data, want.size);
        assert_int_equal(check_whole(want), OK);
        bytes input = want;
        assert_matches_json(&input, json_object_get(test, "in"));
        assert_int_equal(rlp_expect_end(input), OK);
        /* Every shorter or longer string is refused. */
        for (size_t size = 0; size < want.size; size++)
            assert_int_equal(check_whole((bytes){want.data, size}), RLP_MALFORMED);
        memcpy(buffer, want.data, want.size);
        buffer[want.size] = 0x01;
        assert_int_equal(check_whole((bytes){buffer, want.size + 1}), RLP_MALFORMED);
    }
    json_decref(root);
}

static void published_invalid(void **unused)
{
    (void)unused;
    json_t *root = load_fixture("rlp_tests/invalidRLPTest.json"), *test;
    if (!root)
        skip();
    const char *name;
    json_object_foreach(root, name, test) {
        const char *text = json_string_value(json_object_get(test, "out"));
        bytes input;
        assert_int_equal(hex_decode(&memory, &input, text, strlen(text)), OK);
        if (check_whole(input) != RLP_MALFORMED)
            fail_msg("%s was accepted", name);
    }
    json_decref(root);
}

static bytes text_bytes(const char *data, size_t size) { return (bytes){(const uint8_t *)data, size}; }

static void kinds(void **unused)
{
    (void)unused;
    static const struct {
        const char *data;
        size_t size;
        bool fits_u64, fits_u256;
    } integers[] = {
        {"\x80", 1, true, true},
        {"\x01", 1, true, true},
        {"\x7f", 1, true, true},
        {"\x81\x80", 2, true, true},
        {"\x88\xff\xff\xff\xff\xff\xff\xff\xff", 9, true, true},
        {"\x89\x01\0\0\0\0\0\0\0\0", 10, false, true},
        {"\xa0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 33, false, true},
        {"\xa1\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 34, false, false},
        {"\x00", 1, false, false},
        {"\x82\x00\x01", 3, false, false},
        {"\x81\x01", 2, false, false},
        {"\xc0", 1, false, false},
        {"\x88\x01", 2, false, false},
        {"", 0, false, false},
    };
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++) {
        bytes input = text_bytes(integers[i].data, integers[i].size), before = input;
        uint64_t small;
        u256 big;
        assert_int_equal(rlp_u64(&small, &input), integers[i].fits_u64 ? OK : RLP_MALFORMED);
        assert_int_equal(input.size, integers[i].fits_u64 ? 0 : before.size);
        input = before;
        assert_int_equal(rlp_u256(&big, &input), integers[i].fits_u256 ? OK : RLP_MALFORMED);
        assert_int_equal(input.size, integers[i].fits_u256 ? 0 : before.size);
        if (integers[i].fits_u64)
            assert_true(u256_equal(big, u256_from_u64(small)));
    }
    hash256 hash;
    address account;
    bytes empty = text_bytes("\x80", 1), list = text_bytes("\xc0", 1), payload;
    assert_int_equal(rlp_hash(&hash, &empty), RLP_MALFORMED);
    assert_int_equal(rlp_address(&account, &empty), RLP_MALFORMED);
    assert_int_equal(rlp_list(&payload, &empty), RLP_MALFORMED);
    assert_int_equal(rlp_bytes(&payload, &list), RLP_MALFORMED);
    assert_true(empty.size == 1 && list.size == 1);
    size_t count;
    bytes broken = text_bytes("\x01\x02\x83\x01", 4);
    assert_int_equal(rlp_count(&count, broken), RLP_MALFORMED);
    assert_int_equal(rlp_bytes(&payload, &empty), OK);
    assert_int_equal(payload.size, 0);
}

/* ---- random trees ----------------------------------------------------------------------------------- */

static uint64_t random_state = 1;

static uint64_t random_u64(void)
{
    random_state += 0x9e3779b97f4a7c15;
    uint64_t z = random_state;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static void write_random(rlp_writer *w, int depth)
{
    static const size_t sizes[] = {0, 1, 1, 2, 20, 32, 54, 55, 56, 57, 255, 256, 257, 300};
    size_t before = w->used_bytes;
    uint8_t data[300];
    switch (random_u64() % (depth > 0 ? 6 : 4)) {
    case 0: {
        uint64_t value = random_u64() >> random_u64() % 64;
        rlp_write_u64(w, random_u64() % 8 ? value : 0);
        break;
    }
    case 1: {
        u256 value = {{random_u64(), random_u64(), random_u64(), random_u64()}};
        for (uint64_t i = random_u64() % 5; i < 4; i++)
            value.limb[i] = 0;
        rlp_write_u256(w, value);
        assert_int_equal(w->used_bytes - before, rlp_u256_size(value));
        break;
    }
    case 2:
    case 3: {
        size_t size = sizes[random_u64() % (sizeof sizes / sizeof *sizes)];
        for (size_t i = 0; i < size; i++)
            data[i] = (uint8_t)random_u64();
        rlp_write_bytes(w, data, size);
        assert_int_equal(w->used_bytes - before, rlp_bytes_size(data, size));
        break;
    }
    default: {
        size_t begin = rlp_begin_list(w);
        for (uint64_t i = random_u64() % 5; i > 0; i--)
            write_random(w, depth - 1);
        size_t payload = w->used_bytes - begin;
        rlp_end_list(w, begin);
        assert_int_equal(w->used_bytes - before, rlp_list_size(payload));
    }
    }
}

/* Writes a decoded tree again, lists by their known lengths. */
static void write_again(rlp_writer *w, bytes input)
{
    while (!rlp_at_end(input)) {
        rlp_item item;
        assert_int_equal(rlp_decode(&item, &input), OK);
        if (item.is_list) {
            rlp_write_list_header(w, item.payload.size);
            write_again(w, item.payload);
        } else {
            rlp_write_bytes(w, item.payload.data, item.payload.size);
        }
    }
}

static void round_trips(void **unused)
{
    (void)unused;
    static uint8_t first[1 << 20], second[1 << 20];
    for (int i = 0; i < 3000; i++) {
        rlp_writer w, again;
        rlp_writer_init(&w, first, sizeof first);
        rlp_writer_init(&again, second, sizeof second);
        write_random(&w, 5);
        write_again(&again, rlp_written(&w));
        assert_int_equal(again.used_bytes, w.used_bytes);
        assert_memory_equal(first, second, w.used_bytes);

        /* What a changed byte still leaves readable has this one encoding. */
        if (w.used_bytes == 0)
            continue;
        first[random_u64() % w.used_bytes] ^= (uint8_t)(1u << random_u64() % 8);
        size_t items = 0;
        if (check_tree(rlp_written(&w), &items) == OK) {
            again.used_bytes = 0;
            write_again(&again, rlp_written(&w));
            assert_memory_equal(first, second, w.used_bytes);
        }
    }
}

static void writing_values(void **unused)
{
    (void)unused;
    uint8_t buffer[64], digits[129];
    rlp_writer w;
    hash256 hash = {{0xaa}};
    address account = {{0xbb}};
    rlp_writer_init(&w, buffer, sizeof buffer);
    rlp_write_hash(&w, &hash);
    assert_int_equal(w.used_bytes, RLP_HASH_SIZE);
    rlp_write_address(&w, &account);
    assert_int_equal(w.used_bytes, RLP_HASH_SIZE + RLP_ADDRESS_SIZE);
    rlp_write_raw(&w, (const uint8_t *)"\xc1\x05", 2);
    bytes input = rlp_written(&w), items;
    hash256 hash_again;
    address account_again;
    uint64_t five;
    assert_int_equal(rlp_hash(&hash_again, &input), OK);
    assert_memory_equal(&hash_again, &hash, 32);
    assert_int_equal(rlp_address(&account_again, &input), OK);
    assert_memory_equal(&account_again, &account, 20);
    assert_int_equal(rlp_list(&items, &input), OK);
    assert_int_equal(rlp_u64(&five, &items), OK);
    assert_int_equal(five, 5);
    assert_int_equal(rlp_expect_end(input), OK);
    hex_encode((char *)digits, buffer, 2);
    assert_string_equal((char *)digits, "a0aa");
    for (unsigned i = 0; i < 64; i++)
        for (int j = -1; j <= 1; j++) {
            uint64_t value = ((uint64_t)1 << i) + (uint64_t)(int64_t)j;
            w.used_bytes = 0;
            rlp_write_u64(&w, value);
            assert_int_equal(w.used_bytes, rlp_u64_size(value));
            assert_int_equal(w.used_bytes, rlp_u256_size(u256_from_u64(value)));
            uint64_t again = 1;
            input = rlp_written(&w);
            assert_int_equal(rlp_u64(&again, &input), OK);
            assert_true(again == value);
        }
}

int main(void)
{
    arena_open(&memory, 1 << 24);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published),   cmocka_unit_test(published_invalid), cmocka_unit_test(kinds),
        cmocka_unit_test(round_trips), cmocka_unit_test(writing_values),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_close(&memory);
    return failed;
}
