/* The precompiled contracts on BLS12-381. Oracles: go-ethereum's vectors with their gas, c-kzg's tests of
 * proofs, and between sums, products and pairings the laws that hold for them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/hex.h"
#include "crypto/sha256.h"
#include "evm/precompiles.h"

enum { G1_ADD = 0x0b, G1_MSM, G2_ADD, G2_MSM, PAIRING, MAP_TO_G1, MAP_TO_G2, POINT_EVALUATION = 0x0a };
enum { GAS = 1 << 30 };

static arena memory;

/* Whether the contract takes the input; what it costs then, and all gas where it does not. */
static bool run(bytes *output, uint64_t *cost, uint8_t number, bytes input)
{
    address a = {{[19] = number}};
    const precompile *p = precompile_find(FORK_OSAKA, &a);
    assert_non_null(p);
    bool ok;
    uint64_t gas = GAS;
    assert_int_equal(precompile_run(&ok, &gas, output, &memory, FORK_OSAKA, p, input), OK);
    *cost = GAS - gas;
    return ok;
}

static json_t *fixture(const char *name)
{
    const char *root = getenv("ASHLAR_FIXTURES");
    char path[500];
    snprintf(path, sizeof path, "%s/%s", root != NULL ? root : "../shared/fixtures", name);
    json_error_t error;
    json_t *out = json_load_file(path, 0, &error);
    if (out == NULL)
        printf("skipped: no %s (%s); set ASHLAR_FIXTURES to the folder that has it\n", path, error.text);
    return out;
}

static bytes field(json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    assert_non_null(text);
    bytes out;
    assert_int_equal(hex_decode(&memory, &out, text, strlen(text)), OK);
    return out;
}

static void vectors(uint8_t number, const char *name)
{
    json_t *cases = fixture(name);
    if (cases == NULL)
        return;
    assert_true(json_array_size(cases) > 0);
    size_t index;
    json_t *one;
    json_array_foreach(cases, index, one)
    {
        bytes output, input = field(one, "Input");
        uint64_t cost;
        bool ok = run(&output, &cost, number, input);
        bool expected_ok = json_object_get(one, "ExpectedError") == NULL;
        if (ok != expected_ok)
            print_error("%s: %s\n", name, json_string_value(json_object_get(one, "Name")));
        assert_int_equal(ok, expected_ok);
        if (ok) {
            bytes expected = field(one, "Expected");
            assert_int_equal(cost, json_integer_value(json_object_get(one, "Gas")));
            assert_int_equal(output.size, expected.size);
            assert_memory_equal(output.data, expected.data, expected.size);
        }
        arena_rewind(&memory, 0);
    }
    json_decref(cases);
}

static void test_vectors(void **unused)
{
    (void)unused;
    static const struct {
        uint8_t number;
        const char *name;
    } list[] = {
        {G1_ADD, "blsG1Add"}, {G1_MSM, "blsG1Mul"},   {G1_MSM, "blsG1MultiExp"}, {G2_ADD, "blsG2Add"},
        {G2_MSM, "blsG2Mul"}, {G2_MSM, "blsG2MultiExp"}, {PAIRING, "blsPairing"}, {MAP_TO_G1, "blsMapG1"},
        {MAP_TO_G2, "blsMapG2"},
    };
    char path[100];
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        snprintf(path, sizeof path, "precompiles/%s.json", list[i].name);
        vectors(list[i].number, path);
        snprintf(path, sizeof path, "precompiles/fail-%s.json", list[i].name);
        vectors(list[i].number, path);
    }
    vectors(POINT_EVALUATION, "precompiles/pointEvaluation.json");
}

/* The fields of c-kzg's tests make the contract's input where they have the right sizes. */
static void test_kzg_proofs(void **unused)
{
    (void)unused;
    json_t *cases = fixture("kzg/verify_kzg_proof.json");
    if (cases == NULL)
        skip();
    size_t index, accepted = 0;
    json_t *one;
    json_array_foreach(cases, index, one)
    {
        static const char *const names[] = {"z", "y", "commitment", "proof"};
        uint8_t input[1000];
        size_t size = 32;
        for (int i = 0; i < 4; i++) {
            bytes part = field(one, names[i]);
            assert_true(size + part.size <= sizeof input);
            memcpy(input + size, part.data, part.size);
            size += part.size;
        }
        bytes commitment = field(one, "commitment");
        hash256 hash;
        sha256(&hash, commitment.data, commitment.size);
        memcpy(input, hash.bytes, 32);
        input[0] = 1;
        bytes output;
        uint64_t cost;
        bool expected = json_is_true(json_object_get(one, "output"));
        assert_int_equal(run(&output, &cost, POINT_EVALUATION, (bytes){input, size}), expected);
        accepted += expected;
        if (expected) {
            input[0] = 2;
            assert_false(run(&output, &cost, POINT_EVALUATION, (bytes){input, size}));
        }
        arena_rewind(&memory, 0);
    }
    assert_true(accepted > 0);
    json_decref(cases);
}

/* ---- laws ---- */

static bytes allocate(size_t size_bytes)
{
    return (bytes){ARENA_NEW(&memory, uint8_t, size_bytes), size_bytes};
}

static bytes join(bytes a, bytes b)
{
    bytes out = allocate(a.size + b.size);
    memcpy((uint8_t *)out.data, a.data, a.size);
    memcpy((uint8_t *)out.data + a.size, b.data, b.size);
    return out;
}

static bytes result_of(uint8_t number, bytes input)
{
    bytes output;
    uint64_t cost;
    assert_true(run(&output, &cost, number, input));
    return output;
}

static void expect_equal(bytes a, bytes b)
{
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.data, b.data, a.size);
}

static bytes scalar(uint64_t top, uint64_t low)
{
    bytes out = allocate(32);
    for (int i = 0; i < 8; i++) {
        ((uint8_t *)out.data)[i] = (uint8_t)(top >> (56 - 8 * i));
        ((uint8_t *)out.data)[24 + i] = (uint8_t)(low >> (56 - 8 * i));
    }
    return out;
}

/* Some point of the subgroup, by the map. */
static bytes point(uint8_t map, uint8_t seed)
{
    bytes u = allocate(map == MAP_TO_G1 ? 64 : 128);
    ((uint8_t *)u.data)[63] = seed;
    return result_of(map, u);
}

/* Σ kᵢ·Pᵢ in one call is the sum of single products, over the borders of the batches, with infinity and
 * scalars of 0 and of 256 bits among them. */
static void sums(uint8_t map, uint8_t msm, uint8_t add, size_t count)
{
    bytes base = point(map, 7), input = {NULL, 0}, total = allocate(base.size);
    for (size_t i = 0; i < count; i++) {
        bytes factor = scalar(i % 5 == 1 ? UINT64_MAX : 0, i % 7 == 3 ? 0 : 1 + i * i);
        bytes p = i % 11 == 6 ? allocate(base.size) : base;
        bytes pair = join(p, factor);
        input = i == 0 ? pair : join(input, pair);
        total = result_of(add, join(total, result_of(msm, pair)));
        base = result_of(add, join(base, base));
    }
    expect_equal(result_of(msm, input), total);
}

static void test_sums(void **unused)
{
    (void)unused;
    static const size_t g1[] = {1, 2, 3, 20, 64, 65, 513}, g2[] = {1, 2, 3, 20, 32, 33, 257};
    for (size_t i = 0; i < sizeof g1 / sizeof g1[0]; i++) {
        sums(MAP_TO_G1, G1_MSM, G1_ADD, g1[i]);
        sums(MAP_TO_G2, G2_MSM, G2_ADD, g2[i]);
        arena_rewind(&memory, 0);
    }
}

/* e(3·P, 5·Q) · e(−15·P, Q) = 1 as often as one likes, also with infinities between, but not with half of
 * it. */
static void test_pairings(void **unused)
{
    (void)unused;
    bytes p = point(MAP_TO_G1, 1), q = point(MAP_TO_G2, 2);
    bytes order, minus_15;
#define ORDER_HIGH "73eda753299d7d483339d80809a1d80553bda402fffe5bfe"
    assert_int_equal(hex_decode(&memory, &order, ORDER_HIGH "ffffffff00000001", 64), OK);
    assert_int_equal(hex_decode(&memory, &minus_15, ORDER_HIGH "fffffffefffffff2", 64), OK);
    expect_equal(result_of(G1_MSM, join(p, order)), allocate(128));
    expect_equal(result_of(G2_MSM, join(q, order)), allocate(256));
    bytes left = join(result_of(G1_MSM, join(p, scalar(0, 3))), result_of(G2_MSM, join(q, scalar(0, 5))));
    bytes right = join(result_of(G1_MSM, join(p, minus_15)), q);
    bytes one = join(left, right), many = one, infinities = join(allocate(128), q);
    for (int i = 0; i < 18; i++) {
        many = join(many, i % 4 == 1 ? infinities : i % 4 == 2 ? join(p, allocate(256)) : one);
        assert_int_equal(result_of(PAIRING, many).data[31], 1);
    }
    assert_int_equal(result_of(PAIRING, join(many, left)).data[31], 0);
    arena_rewind(&memory, 0);
}

/* EIP-2537 asks for the subgroup in products and pairings, but not in sums. */
static void test_subgroups(void **unused)
{
    (void)unused;
    /* (0, 2) is on y² = x³ + 4 and has order 3. */
    bytes outside = allocate(128), output;
    uint64_t cost;
    ((uint8_t *)outside.data)[127] = 2;
    bytes twice = result_of(G1_ADD, join(outside, outside));
    expect_equal(result_of(G1_ADD, join(twice, outside)), allocate(128));
    assert_false(run(&output, &cost, G1_MSM, join(outside, scalar(0, 3))));
    assert_false(run(&output, &cost, PAIRING, join(outside, allocate(256))));
    ((uint8_t *)outside.data)[127] = 3;
    assert_false(run(&output, &cost, G1_ADD, join(outside, allocate(128))));
    arena_rewind(&memory, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),  cmocka_unit_test(test_kzg_proofs), cmocka_unit_test(test_sums),
        cmocka_unit_test(test_pairings), cmocka_unit_test(test_subgroups),
    };
    arena_open(&memory, (size_t)1 << 30);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
