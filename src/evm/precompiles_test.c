/* The vectors of go-ethereum's precompiled contracts, with their gas, and prices at their borders. */
#include "evm/precompiles.h"

#include "base/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

static arena memory, scratch;

typedef struct {
    bool ok;
    uint64_t gas_left;
    bytes output;
} outcome;

static status run_with(outcome *o, arena *room, fork_id fork, unsigned number, bytes input, uint64_t gas)
{
    const address a = {{[18] = (uint8_t)(number >> 8), [19] = (uint8_t)number}};
    const precompile *p = precompile_find(fork, &a);
    assert_non_null(p);
    o->gas_left = gas;
    return precompile_run(&o->ok, &o->gas_left, &o->output, room, fork, p, input);
}

static outcome run(fork_id fork, unsigned number, bytes input, uint64_t gas)
{
    outcome o;
    scratch.used_bytes = 0;
    assert_int_equal(run_with(&o, &scratch, fork, number, input, gas), OK);
    return o;
}

static bytes from_hex(const char *text)
{
    bytes b;
    assert_int_equal(hex_decode(&memory, &b, text, strlen(text)), OK);
    return b;
}

static void vectors(const char *name, fork_id fork, unsigned number, size_t at_least)
{
    const char *folder = getenv("ASHLAR_FIXTURES");
    char path[512];
    snprintf(path, sizeof path, "%s/precompiles/%s.json", folder ? folder : "../shared/fixtures", name);
    json_t *cases = json_load_file(path, 0, NULL), *one;
    if (!cases) {
        printf("skipped: %s is not there; set ASHLAR_FIXTURES to the folder of test fixtures\n", path);
        skip();
    }
    size_t index;
    assert_true(json_array_size(cases) >= at_least);
    json_array_foreach(cases, index, one) {
        memory.used_bytes = 0;
        bytes input = from_hex(json_string_value(json_object_get(one, "Input")));
        const char *expected = json_string_value(json_object_get(one, "Expected"));
        uint64_t gas = expected ? (uint64_t)json_integer_value(json_object_get(one, "Gas")) : 100000000;
        outcome o = run(fork, number, input, gas);
        if (!expected) {
            assert_false(o.ok);
            continue;
        }
        const char *title = json_string_value(json_object_get(one, "Name"));
        bytes want = from_hex(expected);
        if (!o.ok || o.gas_left != 0 || o.output.size != want.size ||
            (want.size != 0 && memcmp(o.output.data, want.data, want.size) != 0))
            fail_msg("%s, %s", name, title);
        if (gas != 0)
            assert_false(run(fork, number, input, gas - 1).ok);
    }
    json_decref(cases);
}

static void modexp(void **unused)
{
    (void)unused;
    vectors("modexp", FORK_BYZANTIUM, 5, 10);
    vectors("modexp_eip2565", FORK_BERLIN, 5, 10);
    vectors("modexp_eip7883", FORK_OSAKA, 5, 10);
}

static void bn254(void **unused)
{
    (void)unused;
    vectors("bn256Add", FORK_ISTANBUL, 6, 10);
    vectors("bn256ScalarMul", FORK_ISTANBUL, 7, 10);
    vectors("bn256Pairing", FORK_ISTANBUL, 8, 10);
    const bytes none = {NULL, 0};
    assert_int_equal(run(FORK_BYZANTIUM, 6, none, 500).gas_left, 0);
    assert_int_equal(run(FORK_BYZANTIUM, 7, none, 40000).gas_left, 0);
    assert_int_equal(run(FORK_BYZANTIUM, 8, none, 100000).gas_left, 0);
    static const uint8_t zeros[193];
    assert_int_equal(run(FORK_BYZANTIUM, 8, (bytes){zeros, 192}, 180000).gas_left, 0);
    assert_true(run(FORK_BYZANTIUM, 8, (bytes){zeros, 192}, 180000).ok);
    assert_false(run(FORK_BYZANTIUM, 8, (bytes){zeros, 193}, 180000).ok);
}

static void blake2f(void **unused)
{
    (void)unused;
    vectors("blake2F", FORK_ISTANBUL, 9, 4);
    vectors("fail-blake2f", FORK_ISTANBUL, 9, 4);
}

static void p256(void **unused)
{
    (void)unused;
    vectors("p256Verify", FORK_OSAKA, 0x100, 100);
}

static void put_length(uint8_t *header, int which, uint64_t value, uint8_t top)
{
    memset(header + 32 * which, 0, 32);
    header[32 * which] = top;
    for (int i = 0; i < 8; i++)
        header[32 * which + 31 - i] = (uint8_t)(value >> 8 * i);
}

/* Lengths that no memory could hold, and moduli that reach past the input. */
static void modexp_lengths(void **unused)
{
    (void)unused;
    uint8_t input[100] = {0};
    const bytes all = {input, sizeof input}, header = {input, 96};
    const uint64_t plenty = 1000000000;
    put_length(input, 1, 0, 0x80);
    /* 0 bytes of base and modulus are free before Osaka, whatever the exponent. */
    assert_true(run(FORK_BYZANTIUM, 5, header, 0).ok);
    outcome o = run(FORK_PRAGUE, 5, header, plenty);
    assert_true(o.ok && o.output.size == 0 && o.gas_left == plenty - 200);
    assert_false(run(FORK_OSAKA, 5, header, plenty).ok);
    put_length(input, 2, 1, 0);
    assert_false(run(FORK_PRAGUE, 5, header, UINT64_MAX - 1).ok);
    put_length(input, 1, 1, 0);
    put_length(input, 0, 0, 1);
    assert_false(run(FORK_PRAGUE, 5, header, UINT64_MAX - 1).ok);

    /* 1024 bytes are the last that Osaka takes: EIP-7823. */
    for (int which = 0; which < 3; which++) {
        for (int k = 0; k < 3; k++)
            put_length(input, k, k == which ? 1024 : 1, 0);
        assert_true(run(FORK_OSAKA, 5, header, plenty).ok);
        put_length(input, which, 1025, 0);
        assert_false(run(FORK_OSAKA, 5, header, plenty).ok);
        assert_true(run(FORK_PRAGUE, 5, header, plenty).ok);
    }

    /* base 3, exponent 2, a modulus of 2000 bytes of which one is there: 1 and zeros. */
    put_length(input, 0, 1, 0);
    put_length(input, 1, 1, 0);
    put_length(input, 2, 2000, 0);
    input[96] = 3, input[97] = 2, input[98] = 1;
    o = run(FORK_PRAGUE, 5, all, plenty);
    assert_int_equal(o.output.size, 2000);
    for (size_t i = 0; i < 2000; i++)
        assert_int_equal(o.output.data[i], i == 1999 ? 9 : 0);
    /* 250² / 3 for each of 2 bits less one. */
    assert_int_equal(plenty - o.gas_left, 250 * 250 / 3);
    /* None of it there: 0. */
    o = run(FORK_PRAGUE, 5, (bytes){input, 98}, plenty);
    assert_true(o.ok && o.output.size == 2000 && o.output.data[1999] == 0);

    /* Without room for the output or for the numbers. */
    uint8_t little[4096];
    arena room;
    arena_init(&room, little, 100);
    assert_int_equal(run_with(&o, &room, FORK_PRAGUE, 5, all, plenty), MEMORY_EXHAUSTED);
    arena_init(&room, little, 4096);
    assert_int_equal(run_with(&o, &room, FORK_PRAGUE, 5, all, plenty), MEMORY_EXHAUSTED);
}

int main(void)
{
    arena_open(&memory, 1 << 24);
    arena_open(&scratch, 1 << 24);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(modexp), cmocka_unit_test(modexp_lengths), cmocka_unit_test(bn254),
        cmocka_unit_test(blake2f), cmocka_unit_test(p256),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_close(&memory);
    arena_close(&scratch);
    return failed;
}
