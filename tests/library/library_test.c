/* The library as its users have it, linked with what they link: on real proofs at the full parameters (proofs.c), on
 * changed ones, where its verdict is the verifier's own, and in exactly the memory that it asks for. Run from the
 * repository's root. */
#define _GNU_SOURCE
#include "tests/prover/flip.h"

#include "library/ashlar_verify.h"

#include "base/version.h"
#include "block_program_id.h"
#include "join_program_id.h"
#include "verify/joined.h"

static verifier full;
static uint8_t id[ASHLAR_ID_BYTES];
static const uint8_t join_id[ASHLAR_ID_BYTES] = JOIN_PROGRAM_ID;
static digest program, join;

static bytes read_file(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "build/test-proofs/%s", name);
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        fail_msg("%s is missing: make check-programs", path);
    uint8_t *data = arena_allocate(&kept, 4 << 20, 8);
    size_t size = fread(data, 1, 4 << 20, f);
    fclose(f);
    return (bytes){data, size};
}

/* File and scratch in memory of their own of just their sizes; the scratch full of anything, and with a guard behind it. */
static ashlar_verdict verify_by(ashlar_statement *statement, bytes file, const uint8_t *joiner)
{
    enum { GUARD = 64 };
    size_t scratch_size;
    uint8_t *copy = malloc(file.size + 4);
    assert_non_null(copy);
    memcpy(copy, file.data, file.size);
    ashlar_verdict of_head = ashlar_verify_scratch(&scratch_size, copy, file.size < ASHLAR_HEAD_BYTES ? file.size
                                                                                     : ASHLAR_HEAD_BYTES, file.size);
    size_t given = of_head == ASHLAR_VERIFIED ? scratch_size : (size_t)4 << 20;
    uint8_t *block = aligned_alloc(64, (given + GUARD + 63) / 64 * 64);
    assert_non_null(block);
    memset(block, 0xA5, given + GUARD);
    ashlar_expected expected = {.program = id, .join = joiner};
    ashlar_verdict v = ashlar_verify(statement, &expected, copy, file.size, block, given);
    for (int i = 0; i < GUARD; i++)
        assert_int_equal(block[given + i], 0xA5);
    if (of_head != ASHLAR_VERIFIED)
        assert_int_equal(v, of_head);
    if (v == ASHLAR_VERIFIED) /* borrowed of the copy */
        statement->output = file.data + (statement->output - copy);
    free(block);
    free(copy);
    return v;
}

static ashlar_verdict verify(ashlar_statement *statement, bytes file) { return verify_by(statement, file, join_id); }

static int open_all(void **state)
{
    (void)state;
    fixture_open();
    verifier_open(&full, &kept, &PROOF_FULL);
    bytes file = read_file("id");
    assert_int_equal(file.size, sizeof id);
    memcpy(id, file.data, sizeof id);
    assert_status(program_id_read(&join, join_id), OK);
    return program_id_read(&program, id);
}

static int close_all(void **state)
{
    (void)state;
    fixture_close();
    return 0;
}

static void real_proofs_hold(void **state)
{
    (void)state;
    ashlar_statement s;
    bytes both = read_file("both.proof"), split = read_file("split.proof");
    assert_int_equal(verify(&s, both), ASHLAR_VERIFIED);
    assert_memory_equal(s.program, id, sizeof id);
    assert_int_equal(s.output_size, 14 * 32);
    assert_memory_equal(s.output, "ASHLAR/block/3", 15);
    assert_int_equal(s.segment_count, 1);
    assert_int_equal(s.ledger_count, 1);
    assert_int_equal(s.form, 0);
    uint64_t cycles = s.cycles;
    assert_true(cycles > 600);
    assert_int_equal(verify(&s, split), ASHLAR_VERIFIED);
    assert_int_equal(s.segment_count, 2);
    assert_true(s.ledger_count >= 1);
    assert_true(s.cycles == cycles);
}

static void joined_proofs_hold(void **state)
{
    (void)state;
    ashlar_statement s;
    bytes joined = read_file("joined.proof"), linked = read_file("linked.proof"), both = read_file("both.proof");
    assert_int_equal(verify(&s, joined), ASHLAR_VERIFIED);
    assert_int_equal(s.form, ASHLAR_FORM_JOINED);
    assert_int_equal(s.is_linked, 0);
    assert_memory_equal(s.program, id, sizeof id);
    assert_int_equal(s.segment_count, 1);
    assert_int_equal(s.ledger_count, 1);
    assert_true(s.cycles > 100000); /* of `join` */
    assert_int_equal(s.output_size, 14 * 32);
    const uint8_t *output = s.output;
    assert_int_equal(verify(&s, both), ASHLAR_VERIFIED);
    assert_int_equal(s.form, ASHLAR_FORM_PARTS);
    assert_memory_equal(s.output, output, 14 * 32);
    assert_int_equal(verify_by(&s, linked, id), ASHLAR_VERIFIED);
    assert_int_equal(s.form, ASHLAR_FORM_JOINED);
    assert_int_equal(s.is_linked, 1);
    assert_int_equal(s.output[8 * 32 + 31], 9);
}

/* By whom is the caller's to say. */
static void joined_by_another(void **state)
{
    (void)state;
    ashlar_statement s;
    bytes joined = read_file("joined.proof"), linked = read_file("linked.proof");
    assert_int_equal(verify_by(&s, joined, id), ASHLAR_OTHER_PROGRAM);
    assert_int_equal(verify_by(&s, linked, join_id), ASHLAR_OTHER_PROGRAM);
    assert_int_equal(verify_by(&s, joined, NULL), ASHLAR_OTHER_VERSION);
    assert_int_equal(verify_by(&s, read_file("both.proof"), NULL), ASHLAR_VERIFIED);
    /* A statement of the right id beside a proof of another program, and the reverse. */
    uint32_t *copy = arena_allocate(&memory, joined.size, 8);
    memcpy(copy, joined.data, joined.size);
    memcpy(copy + 3 + 8, id, sizeof id);
    assert_int_equal(verify_by(&s, (bytes){(const uint8_t *)copy, joined.size}, join_id), ASHLAR_OTHER_PROGRAM);
    assert_int_equal(verify_by(&s, (bytes){(const uint8_t *)copy, joined.size}, id), ASHLAR_OTHER_PROGRAM);
}

/* What is wrong with the call is said before the file is looked at. */
static void wrong_calls(void **state)
{
    (void)state;
    ashlar_statement s;
    bytes both = read_file("both.proof");
    size_t size;
    assert_int_equal(ashlar_verify_scratch(&size, both.data, ASHLAR_HEAD_BYTES, both.size), ASHLAR_VERIFIED);
    uint8_t *scratch = aligned_alloc(64, size + 64), no_element[ASHLAR_ID_BYTES];
    memset(no_element, 0xFF, sizeof no_element);
    ashlar_expected right = {.program = id}, none = {0}, wrong = {.program = no_element},
                    wrong_join = {.program = id, .join = no_element}, wrong_last = {.program = id, .last = no_element};
    assert_int_equal(ashlar_verify(&s, &none, both.data, both.size, scratch, size), ASHLAR_ID_MALFORMED);
    assert_int_equal(ashlar_verify(&s, &wrong, both.data, both.size, scratch, size), ASHLAR_ID_MALFORMED);
    assert_int_equal(ashlar_verify(&s, &wrong_join, both.data, both.size, scratch, size), ASHLAR_ID_MALFORMED);
    assert_int_equal(ashlar_verify(&s, &wrong_last, both.data, both.size, scratch, size), ASHLAR_ID_MALFORMED);
    assert_int_equal(ashlar_verify(&s, &right, both.data + 1, both.size - 1, scratch, size), ASHLAR_MISALIGNED);
    assert_int_equal(ashlar_verify(&s, &right, both.data, both.size, scratch + 8, size), ASHLAR_MISALIGNED);
    assert_int_equal(ashlar_verify(&s, &right, both.data, both.size, scratch, size - 1), ASHLAR_SCRATCH_TOO_SMALL);
    assert_int_equal(ashlar_verify(&s, &right, both.data, both.size, scratch, 0), ASHLAR_SCRATCH_TOO_SMALL);
    assert_int_equal(ashlar_verify(&s, &right, both.data, both.size, scratch, size), ASHLAR_VERIFIED);
    free(scratch);
}

static void the_head_bounds_file_and_scratch(void **state)
{
    (void)state;
    bytes split = read_file("split.proof");
    size_t size;
    assert_int_equal(ashlar_verify_scratch(&size, split.data, ASHLAR_HEAD_BYTES, split.size), ASHLAR_VERIFIED);
    assert_true(size <= (3 << 20) + split.size / 64);
    assert_int_equal(ashlar_verify_scratch(&size, split.data, ASHLAR_HEAD_BYTES, (uint64_t)1 << 40), ASHLAR_MALFORMED);
    assert_int_equal(size, 0);
    assert_int_equal(ashlar_verify_scratch(&size, split.data, ASHLAR_HEAD_BYTES, split.size + 1), ASHLAR_MALFORMED);
    assert_int_equal(ashlar_verify_scratch(&size, split.data, 100, split.size), ASHLAR_MALFORMED);
    assert_int_equal(ashlar_verify_scratch(&size, split.data, ASHLAR_HEAD_BYTES, 100), ASHLAR_MALFORMED);
    assert_int_equal(ashlar_verify_scratch(&size, NULL, 0, 0), ASHLAR_MALFORMED);
    assert_int_equal(ashlar_verify_scratch(&size, split.data + 2, 1000, split.size), ASHLAR_MISALIGNED);
    bytes joined = read_file("joined.proof");
    assert_int_equal(ashlar_verify_scratch(&size, joined.data, 200, joined.size), ASHLAR_VERIFIED);
    assert_true(size <= (3 << 20) + joined.size / 64);
    assert_int_equal(ashlar_verify_scratch(&size, joined.data, 200, 6 << 20), ASHLAR_MALFORMED);
    for (size_t head = 0; head < 12; head++) /* it is no joined one yet, and nothing else */
        assert_int_equal(ashlar_verify_scratch(&size, joined.data, head, joined.size), ASHLAR_MALFORMED);
    assert_int_equal(ashlar_verify_scratch(&size, joined.data, 100, joined.size), ASHLAR_MALFORMED);
}

/* The verdicts of two ways to read: status_name with PROOF_ cut off is the name here. */
static ashlar_verdict verdict_of(status s)
{
    static const struct {
        status s;
        ashlar_verdict v;
    } all[] = {{OK, ASHLAR_VERIFIED}, {PROOF_MALFORMED, ASHLAR_MALFORMED}, {PROOF_VERSION, ASHLAR_OTHER_VERSION},
               {PROOF_PROGRAM, ASHLAR_OTHER_PROGRAM}, {PROOF_SHAPE, ASHLAR_SHAPE}, {PROOF_CHAIN, ASHLAR_CHAIN},
               {PROOF_GRINDING, ASHLAR_GRINDING}, {PROOF_BUS, ASHLAR_BUS}, {PROOF_CONSTRAINTS, ASHLAR_CONSTRAINTS},
               {PROOF_OPENING, ASHLAR_OPENING}, {PROOF_FOLDING, ASHLAR_FOLDING}, {PROOF_STATEMENT, ASHLAR_STATEMENT}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i].s == s)
            return all[i].v;
    fail_msg("%s is no verdict", status_name(s));
    return ASHLAR_VERIFIED;
}

static status accept_either(bytes file)
{
    if (!joined_proof_is(file)) {
        proof_file f = {&full, &program, file.data, file.size};
        return accept(&f, file, &scratch);
    }
    size_t mark = scratch.used_bytes;
    joined_proof proof;
    run_statement statement;
    status s = joined_proof_read(&proof, &scratch, &full, file);
    if (s == OK)
        s = joined_proof_verify(&statement, &full, &program, &join, &proof, tree_check, &scratch);
    arena_rewind(&scratch, mark);
    return s;
}

/* Changes word `word` of a copy; the library and the verifier must say the same. */
static void compare(uint64_t seen[64], uint32_t *copy, size_t size, size_t word, uint32_t value)
{
    uint32_t was = copy[word];
    copy[word] = value;
    bytes file = {(const uint8_t *)copy, size};
    ashlar_statement s;
    ashlar_verdict v = verify(&s, file);
    assert_int_equal(v, verdict_of(accept_either(file)));
    if (v == ASHLAR_VERIFIED && value != was)
        fail_msg("word %zu may be changed", word);
    static const ashlar_statement zero;
    uint32_t bad_part = s.bad_part;
    s.bad_part = 0;
    if (v != ASHLAR_VERIFIED)
        assert_memory_equal(&s, &zero, sizeof s);
    assert_true(bad_part <= 8);
    seen[v]++;
    copy[word] = was;
}

static void changed_proofs_get_the_verifiers_verdict(void **state)
{
    (void)state;
    uint64_t seen[64] = {0}, seed = 7;
    bytes split = read_file("split.proof");
    uint32_t *copy = arena_allocate(&memory, split.size, 8);
    memcpy(copy, split.data, split.size);
    size_t words = split.size / 4, head = 4 + VM_CHIPS, after_caps = head + 2 * DIGEST_LENGTH * 512;
    static const uint32_t values[] = {0, 1, 2, 3, 64, 65536, 1 << 23, FP_MODULUS - 1, FP_MODULUS, UINT32_MAX};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        for (size_t word = i % 3; word < head; word += 3)
            compare(seen, copy, split.size, word, values[i]);
    for (size_t word = after_caps; word < after_caps + 200; word++)
        compare(seen, copy, split.size, word, flipped(copy[word], (flip)(word % FLIPS), (uint32_t)test_random(&seed)));
    for (int i = 0; i < 40; i++) {
        size_t word = test_random(&seed) % words;
        compare(seen, copy, split.size, word, flipped(copy[word], (flip)(i % FLIPS), (uint32_t)test_random(&seed)));
    }
    static const ashlar_verdict all[] = {ASHLAR_MALFORMED, ASHLAR_OTHER_VERSION, ASHLAR_OTHER_PROGRAM, ASHLAR_SHAPE,
                                         ASHLAR_CHAIN, ASHLAR_GRINDING, ASHLAR_OPENING};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (seen[all[i]] == 0)
            fail_msg("no file was refused with \"%s\"", ashlar_verdict_message(all[i]));
}

static void changed_joined_proofs_too(void **state)
{
    (void)state;
    uint64_t seen[64] = {0}, seed = 8;
    bytes joined = read_file("joined.proof");
    uint32_t *copy = arena_allocate(&memory, joined.size, 8);
    memcpy(copy, joined.data, joined.size);
    enum { STATEMENT = 3, OUTPUT = STATEMENT + 32, KEY = OUTPUT + 1 + 14 * 8, RUN = KEY + 1 + VM_CHIPS + 2 * DIGEST_LENGTH * 512 };
    static const uint32_t values[] = {0, 1, 64, FP_MODULUS - 1, FP_MODULUS, UINT32_MAX};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        for (size_t word = i % 2; word < KEY + 4; word += i < 2 ? 1 : 7)
            compare(seen, copy, joined.size, word, values[i]);
    for (size_t word = RUN; word < RUN + 2 + VM_CHIPS + 1; word++)
        compare(seen, copy, joined.size, word, flipped(copy[word], (flip)(word % FLIPS), (uint32_t)test_random(&seed)));
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        for (size_t word = RUN; word < RUN + 2; word++)
            compare(seen, copy, joined.size, word, values[i]);
    for (int i = 0; i < 60; i++) {
        size_t word = KEY + test_random(&seed) % (joined.size / 4 - KEY);
        compare(seen, copy, joined.size, word, flipped(copy[word], (flip)(i % FLIPS), (uint32_t)test_random(&seed)));
    }
    memcpy(copy + STATEMENT, "ASHLAR/span/1\0\0", 16); /* a span shown as a run */
    compare(seen, copy, joined.size, STATEMENT + 7, 1);
    static const ashlar_verdict all[] = {ASHLAR_MALFORMED, ASHLAR_OTHER_VERSION, ASHLAR_OTHER_PROGRAM, ASHLAR_SHAPE,
                                         ASHLAR_GRINDING, ASHLAR_OPENING, ASHLAR_STATEMENT};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (seen[all[i]] == 0)
            fail_msg("no file was refused with \"%s\"", ashlar_verdict_message(all[i]));
}

static void cut_off_and_empty(void **state)
{
    (void)state;
    ashlar_statement s;
    bytes both = read_file("both.proof");
    for (size_t size = 0; size < both.size; size += size < 64 ? 1 : 30011)
        assert_int_equal(verify(&s, (bytes){both.data, size}), ASHLAR_MALFORMED);
    uint8_t *longer = arena_allocate_zeroed(&memory, both.size + 4, 8);
    memcpy(longer, both.data, both.size);
    assert_int_equal(verify(&s, (bytes){longer, both.size + 4}), ASHLAR_MALFORMED);
    bytes joined = read_file("joined.proof");
    for (size_t size = 0; size < joined.size; size += size < 200 ? 1 : 30011)
        assert_int_equal(verify(&s, (bytes){joined.data, size}), ASHLAR_MALFORMED);
    longer = arena_allocate_zeroed(&memory, joined.size + 4, 8);
    memcpy(longer, joined.data, joined.size);
    assert_int_equal(verify(&s, (bytes){longer, joined.size + 4}), ASHLAR_MALFORMED);
}

/* As many parts as a file of this size can claim: what is set aside for them is all of what the bound allows. */
static void as_many_parts_as_fit(void **state)
{
    (void)state;
    enum { SIZE = 3 << 20, RECORD = 3 + DIGEST_LENGTH };
    ashlar_statement s;
    bytes both = read_file("both.proof");
    uint32_t *file = arena_allocate_zeroed(&memory, SIZE, 8);
    memcpy(file, both.data, 4 * (4 + VM_CHIPS + 2 * DIGEST_LENGTH * 512));
    uint32_t *run = file + 4 + VM_CHIPS + 2 * DIGEST_LENGTH * 512;
    for (uint32_t parts = 60; parts < 100; parts++) {
        run[0] = parts - 1;
        run[1] = 1;
        for (uint32_t i = 0; i < parts; i++)
            run[4 + RECORD * i] = i + 1 < parts ? VM_SEGMENT : VM_LEDGER;
        assert_int_equal(verify(&s, (bytes){(const uint8_t *)file, SIZE}), ASHLAR_MALFORMED);
    }
}

static void what_it_knows_by_name(void **state)
{
    (void)state;
    static const uint8_t block[] = BLOCK_PROGRAM_ID, stateless[] = STATELESS_PROGRAM_ID, batch[] = BATCH_PROGRAM_ID;
    assert_memory_equal(ashlar_program_id("block"), block, ASHLAR_ID_BYTES);
    assert_memory_equal(ashlar_program_id("stateless"), stateless, ASHLAR_ID_BYTES);
    assert_memory_equal(ashlar_program_id("batch"), batch, ASHLAR_ID_BYTES);
    assert_memory_equal(ashlar_program_id("join"), join_id, ASHLAR_ID_BYTES);
    assert_null(ashlar_program_id("blocks"));
    assert_null(ashlar_program_id(""));
    assert_null(ashlar_program_id(NULL));
    assert_string_equal(ashlar_verify_version(), ASHLAR_VERSION);
    for (int v = 0; v < 64; v++)
        assert_true(strlen(ashlar_verdict_message((ashlar_verdict)v)) > 8);
    assert_string_equal(ashlar_verdict_message((ashlar_verdict)63), "unknown verdict");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(real_proofs_hold, fixture_clear),
        cmocka_unit_test_teardown(joined_proofs_hold, fixture_clear),
        cmocka_unit_test_teardown(joined_by_another, fixture_clear),
        cmocka_unit_test_teardown(wrong_calls, fixture_clear),
        cmocka_unit_test_teardown(the_head_bounds_file_and_scratch, fixture_clear),
        cmocka_unit_test_teardown(changed_proofs_get_the_verifiers_verdict, fixture_clear),
        cmocka_unit_test_teardown(changed_joined_proofs_too, fixture_clear),
        cmocka_unit_test_teardown(cut_off_and_empty, fixture_clear),
        cmocka_unit_test_teardown(as_many_parts_as_fit, fixture_clear),
        cmocka_unit_test_teardown(what_it_knows_by_name, fixture_clear),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
