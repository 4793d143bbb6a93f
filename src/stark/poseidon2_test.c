#include "field/simd.h"
#include "stark/hash.h"
#include "stark/poseidon2_builds.h"
#include "stark/transcript.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

static uint64_t seed = 0x13198a2e03707344;

static fp random_fp(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    uint64_t r = seed * 0x2545f4914f6cdd1d;
    return (r & 31) == 0 ? FP_MODULUS - 1 : (r & 31) == 1 ? 0 : (fp)((r >> 8) % FP_MODULUS);
}

static const uint32_t vector_in[POSEIDON2_WIDTH] = {
    886409618, 1327899896, 1902407911, 591953491, 648428576, 1844789031, 1198336108, 355597330,
    1799586834, 59617783, 790334801, 1968791836, 559272107, 31054313, 1042221543, 474748436,
    135686258, 263665994, 1962340735, 1741539604, 2026927696, 449439011, 1131357108, 50869465,
};
static const uint32_t vector_out[POSEIDON2_WIDTH] = {
    382801106, 82839311, 1503190615, 1987418517, 854076995, 1862291425, 262755189, 1050814217,
    722724562, 741265943, 1026879332, 754316749, 1966025564, 1518878196, 502200188, 1368172258,
    845459257, 1711434837, 724453836, 171032289, 655223446, 1098636135, 407832555, 1707498914,
};

static void check_vector(const uint32_t in[POSEIDON2_WIDTH], const uint32_t out[POSEIDON2_WIDTH])
{
    fp state[POSEIDON2_WIDTH];
    for (int i = 0; i < POSEIDON2_WIDTH; i++)
        state[i] = fp_from_u32(in[i]);
    poseidon2_permute(state);
    for (int i = 0; i < POSEIDON2_WIDTH; i++)
        assert_int_equal(fp_to_u32(state[i]), out[i]);
}

static void published_vector(void **unused)
{
    (void)unused;
    check_vector(vector_in, vector_out);
}

static void published_file(void **unused)
{
    (void)unused;
    const char *folder = getenv("ASHLAR_FIXTURES");
    char path[4096];
    snprintf(path, sizeof(path), "%s/poseidon2/koalabear.json", folder != NULL ? folder : "../shared/fixtures");
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error);
    if (root == NULL) {
        print_message("skipped: set ASHLAR_FIXTURES to the folder that has poseidon2/koalabear.json\n");
        skip();
    }
    json_t *width = json_object_get(json_object_get(root, "widths"), "24");
    uint32_t in[POSEIDON2_WIDTH], out[POSEIDON2_WIDTH];
    for (size_t i = 0; i < POSEIDON2_WIDTH; i++) {
        in[i] = (uint32_t)json_integer_value(json_array_get(json_object_get(width, "test_input"), i));
        out[i] = (uint32_t)json_integer_value(json_array_get(json_object_get(width, "test_output"), i));
        assert_int_equal(fp_to_u32(poseidon2_diagonal[i]),
                         json_integer_value(json_array_get(json_object_get(width, "internal_diagonal"), i)));
        for (size_t r = 0; r < POSEIDON2_FULL_ROUNDS; r++) {
            json_t *rounds = json_object_get(width, r < 4 ? "external_initial" : "external_final");
            assert_int_equal(fp_to_u32(poseidon2_full_constants[r][i]),
                             json_integer_value(json_array_get(json_array_get(rounds, r % 4), i)));
        }
    }
    for (size_t r = 0; r < POSEIDON2_PARTIAL_ROUNDS; r++)
        assert_int_equal(fp_to_u32(poseidon2_partial_constants[r]),
                         json_integer_value(json_array_get(json_object_get(width, "internal"), r)));
    check_vector(in, out);
    json_decref(root);
}

/* The definition, with canonical elements and matrices written out. */
static void reference_external(fp s[POSEIDON2_WIDTH])
{
    static const unsigned circulant[4] = {2, 3, 1, 1};
    fp t[POSEIDON2_WIDTH];
    for (int i = 0; i < POSEIDON2_WIDTH; i++) {
        t[i] = 0;
        for (int j = 0; j < POSEIDON2_WIDTH; j++) {
            unsigned m = circulant[(j - i + POSEIDON2_WIDTH) % 4] * (i / 4 == j / 4 ? 2 : 1);
            t[i] = fp_add(t[i], fp_mul(fp_from_u32(m), s[j]));
        }
    }
    memcpy(s, t, sizeof(t));
}

static void reference_permute(fp s[POSEIDON2_WIDTH])
{
    reference_external(s);
    for (int r = 0; r < POSEIDON2_FULL_ROUNDS; r++) {
        for (int i = 0; i < POSEIDON2_WIDTH; i++)
            s[i] = fp_power(fp_add(s[i], poseidon2_full_constants[r][i]), 3);
        reference_external(s);
        for (int k = 0; r == 3 && k < POSEIDON2_PARTIAL_ROUNDS; k++) {
            s[0] = fp_power(fp_add(s[0], poseidon2_partial_constants[k]), 3);
            fp sum = 0;
            for (int i = 0; i < POSEIDON2_WIDTH; i++)
                sum = fp_add(sum, s[i]);
            for (int i = 0; i < POSEIDON2_WIDTH; i++)
                s[i] = fp_add(sum, fp_mul(poseidon2_diagonal[i], s[i]));
        }
    }
}

static void builds_agree_with_the_definition(void **unused)
{
    (void)unused;
    static void (*const builds[])(fp[POSEIDON2_WIDTH][POSEIDON2_BATCH]) = {
        poseidon2_permute_batch_portable, poseidon2_permute_batch_avx2, poseidon2_permute_batch_avx512};
    simd_level best = simd_get();
    for (int round = 0; round < 40; round++) {
        static fp in[POSEIDON2_WIDTH][POSEIDON2_BATCH], expected[POSEIDON2_WIDTH][POSEIDON2_BATCH];
        for (int j = 0; j < POSEIDON2_BATCH; j++) {
            fp state[POSEIDON2_WIDTH];
            for (int i = 0; i < POSEIDON2_WIDTH; i++)
                state[i] = in[i][j] = round == 0 ? (j & 1 ? FP_MODULUS - 1 : 0) : random_fp();
            reference_permute(state);
            for (int i = 0; i < POSEIDON2_WIDTH; i++)
                expected[i][j] = state[i];
        }
        for (int level = 0; level < 3; level++) {
            fp out[POSEIDON2_WIDTH][POSEIDON2_BATCH];
            if (!simd_set((simd_level)level))
                continue;
            memcpy(out, in, sizeof(in));
            builds[level](out);
            assert_memory_equal(out, expected, sizeof(out));
            memcpy(out, in, sizeof(in));
            poseidon2_permute_batch(out);
            assert_memory_equal(out, expected, sizeof(out));
        }
    }
    assert_true(simd_set(best));
}

static void sponge_follows_the_protocol(void **unused)
{
    (void)unused;
    fp message[40];
    for (int i = 0; i < 40; i++)
        message[i] = random_fp();
    for (size_t length = 0; length <= 40; length++) {
        fp state[HASH_WIDTH] = {0};
        state[16] = fp_from_u32(HASH_LEAF);
        state[17] = fp_from_u32((uint32_t)length);
        size_t blocks = length == 0 ? 1 : (length + 15) / 16;
        for (size_t b = 0; b < blocks; b++) {
            for (size_t i = 0; i < 16; i++) {
                size_t at = 16 * b + i;
                state[i] = at < length ? message[at] : at == length ? FP_ONE : FP_ZERO;
            }
            reference_permute(state);
        }
        digest whole, parts;
        hash_elements(&whole, HASH_LEAF, message, length);
        assert_memory_equal(whole.c, state, sizeof(whole.c));
        hash_sponge s;
        hash_start(&s, HASH_LEAF, length);
        size_t cut = length * 3 / 7;
        hash_absorb(&s, message, cut);
        hash_absorb(&s, message + cut, length - cut);
        hash_finish(&s, &parts);
        assert_true(digest_equal(&whole, &parts));
        digest other;
        hash_elements(&other, HASH_ID, message, length);
        assert_false(digest_equal(&whole, &other));
    }
    /* A full block and the same with its padding spelled out differ by the length. */
    digest a, b;
    message[15] = FP_ONE;
    hash_elements(&a, HASH_LEAF, message, 15);
    hash_elements(&b, HASH_LEAF, message, 16);
    assert_false(digest_equal(&a, &b));

    digest left, right, node, cap;
    hash_elements(&left, HASH_ID, message, 3);
    hash_elements(&right, HASH_ID, message, 4);
    hash_compress(&node, HASH_NODE, &left, &right);
    hash_compress(&cap, HASH_CAP, &left, &right);
    fp state[HASH_WIDTH] = {0};
    memcpy(state, left.c, sizeof(left.c));
    memcpy(state + 8, right.c, sizeof(right.c));
    state[16] = fp_from_u32(HASH_NODE);
    reference_permute(state);
    assert_memory_equal(node.c, state, sizeof(node.c));
    assert_false(digest_equal(&node, &cap));

    /* No role's hash is another's. */
    static const hash_role roles[] = {HASH_LEAF, HASH_NODE, HASH_TRANSCRIPT, HASH_CHAIN, HASH_ID, HASH_CAP};
    for (int i = 0; i < 6; i++)
        for (int k = 0; k < i; k++) {
            hash_elements(&a, roles[i], message, 16);
            hash_elements(&b, roles[k], message, 16);
            assert_false(digest_equal(&a, &b));
        }
}

/* An exchange is an absorption and a squeeze, whatever was before. */
static void exchange_is_absorb_and_squeeze(void **unused)
{
    (void)unused;
    fp message[48];
    for (int i = 0; i < 48; i++)
        message[i] = random_fp();
    for (size_t before = 0; before <= 33; before++)
        for (size_t squeezed = 0; squeezed <= 4; squeezed++)
            for (size_t count = 0; count <= 33; count += count < 17 ? 1 : 8) {
                transcript a, b;
                transcript_start(&a);
                transcript_absorb(&a, message, before);
                for (size_t i = 0; i < squeezed; i++)
                    transcript_squeeze_fp5(&a);
                b = a;
                fp5 one = transcript_exchange(&a, message + 7, count), other;
                transcript_absorb(&b, message + 7, count);
                for (int i = 0; i < FP5_DEGREE; i++)
                    other.c[i] = transcript_squeeze(&b);
                assert_memory_equal(&one, &other, sizeof one);
                for (int i = 0; i < HASH_RATE; i++)
                    assert_int_equal(transcript_squeeze(&a), transcript_squeeze(&b));
                assert_int_equal(a.sponge.filled, b.sponge.filled);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_vector),
        cmocka_unit_test(published_file),
        cmocka_unit_test(builds_agree_with_the_definition),
        cmocka_unit_test(sponge_follows_the_protocol),
        cmocka_unit_test(exchange_is_absorb_and_squeeze),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
