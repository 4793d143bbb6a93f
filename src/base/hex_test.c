#include "base/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/crypto.h>

static arena memory;

static void decoding(void **unused)
{
    (void)unused;
    static const struct {
        const char *text, *bytes;
        size_t size;
    } good[] = {
        {"", "", 0},
        {"0x", "", 0},
        {"00", "\0", 1},
        {"0x00", "\0", 1},
        {"0xdeadBEEF", "\xde\xad\xbe\xef", 4},
        {"deadBEEF", "\xde\xad\xbe\xef", 4},
        {"0123456789abcdefABCDEF", "\x01\x23\x45\x67\x89\xab\xcd\xef\xab\xcd\xef", 11},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        bytes out;
        uint8_t exact[16];
        size_t length = strlen(good[i].text);
        assert_int_equal(hex_decode(&memory, &out, good[i].text, length), OK);
        assert_int_equal(out.size, good[i].size);
        assert_memory_equal(out.data, good[i].bytes, good[i].size);
        assert_int_equal(hex_decode_exact(exact, good[i].size, good[i].text, length), OK);
        assert_memory_equal(exact, good[i].bytes, good[i].size);
        assert_int_equal(hex_decode_exact(exact, good[i].size + 1, good[i].text, length), HEX_MALFORMED);
        if (good[i].size > 0)
            assert_int_equal(hex_decode_exact(exact, good[i].size - 1, good[i].text, length), HEX_MALFORMED);
    }
    static const char *const bad[] = {
        "0",      "0x0",  "0X00", "x0",   "0g",   "g0", " 00",        "00 ",
        "0x0x00", "0x/0", "0x:0", "0x@0", "0x`0", "-1", "0x\xff\xff",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        bytes out;
        uint8_t exact[16];
        size_t before = memory.used_bytes;
        assert_int_equal(hex_decode(&memory, &out, bad[i], strlen(bad[i])), HEX_MALFORMED);
        assert_int_equal(memory.used_bytes, before);
        for (size_t size = 0; size < 4; size++)
            assert_int_equal(hex_decode_exact(exact, size, bad[i], strlen(bad[i])), HEX_MALFORMED);
    }
}

/* Every pair of characters, against OpenSSL's decoder. */
static void all_pairs(void **unused)
{
    (void)unused;
    for (int high = 1; high < 256; high++)
        for (int low = 1; low < 256; low++) {
            char text[3] = {(char)high, (char)low, 0};
            if (high == ':' || low == ':')
                continue; /* a separator there */
            if (high == '0' && low == 'x')
                continue;
            uint8_t got = 0, want = 0;
            size_t size = 0;
            bool expected = OPENSSL_hexstr2buf_ex(&want, 1, &size, text, '\0') == 1 && size == 1;
            assert_int_equal(hex_decode_exact(&got, 1, text, 2) == OK, expected);
            assert_int_equal(got, expected ? want : 0);
        }
}

static void encoding(void **unused)
{
    (void)unused;
    uint8_t all[256], again[256];
    char text[513];
    for (int i = 0; i < 256; i++)
        all[i] = (uint8_t)i;
    hex_encode(text, all, 256);
    assert_int_equal(strlen(text), 512);
    assert_int_equal(strncmp(text, "000102030405060708090a0b0c0d0e0f10", 34), 0);
    assert_int_equal(hex_decode_exact(again, 256, text, 512), OK);
    assert_memory_equal(all, again, 256);
    hex_encode(text, all, 0);
    assert_string_equal(text, "");
}

int main(void)
{
    arena_open(&memory, 1 << 20);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decoding),
        cmocka_unit_test(all_pairs),
        cmocka_unit_test(encoding),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_close(&memory);
    return failed;
}
