/* A proof file, word by word: whatever is changed, cut off or added, it is refused, and nothing worse
 * happens. The proof is a small one, with parameters for tests; the command line refuses it as it is. Run
 * from the repository's root. */
#define _GNU_SOURCE
#include "tests/prover/flip.h"

#include <sys/wait.h>
#include <unistd.h>

static test_code code;
/* Few queries, as each of them has words of the same kinds; and no grinding, which would refuse most
 * changes before the check is reached that they are about. */
static verifier few;
static const opening_parameters few_opening = {.rounds = {{15, 1, 2}, {11, 2, 2}, {7, 3, 2}}, .log2_cap = 3};
static const proof_parameters few_parameters = {.opening = &few_opening};
static prover_program program;
static proof_file file;
static run_proof proof;

static int open_file(void **state)
{
    (void)state;
    fixture_open();
    verifier_open(&few, &kept, &few_parameters);
    code_finish(&code);
    program_of(&program, &kept, &few, &code, (bytes){0});
    bytes output = text_bytes("public"); /* not whole words */
    bytes input = input_for(&kept, output, (bytes){0});
    run_proof made;
    assert_status(prove_run(&made, NULL, &program, input, output, (cut){0}), OK);
    file = file_of(&kept, &program, &made);
    assert_status(run_proof_read(&proof, &kept, &few, (bytes){file.file, file.size}), OK);
    fixture_clear(NULL);
    return 0;
}

static int close_file(void **state)
{
    (void)state;
    fixture_close();
    return 0;
}

static void the_file_is_accepted(void **state)
{
    (void)state;
    assert_status(accept(&file, (bytes){file.file, file.size}, &scratch), OK);
    assert_status(verify_run(&program, &proof), OK);
    assert_int_equal(proof.output.size, 6);
    assert_memory_equal(proof.output.data, "public", 6);
    assert_true(run_proof_size_bytes(&proof, &few) == file.size);
    uint8_t *again = arena_allocate(&memory, file.size, 8);
    run_proof_write(again, &proof, &few);
    assert_memory_equal(again, file.file, file.size);
}

static void every_word_counts(void **state)
{
    (void)state;
    size_t count = file.size / 4;
    size_t *words = ARENA_NEW(&memory, size_t, count);
    flip *how = ARENA_NEW(&memory, flip, count);
    uint64_t refusals[STATUS_COUNT];
    for (size_t i = 0; i < count; i++) {
        words[i] = i;
        how[i] = FLIP_NEXT;
    }
    refuse_words(&file, words, how, count, refusals);
    print_message("%zu words, each changed to another element:\n", count);
    print_refusals(refusals);
    assert_true(refusals[PROOF_OPENING] > 0 && refusals[PROOF_FOLDING] > 0 &&
                refusals[PROOF_CONSTRAINTS] > 0 &&
                refusals[PROOF_GRINDING] == 0 && refusals[PROOF_PROGRAM] > 0 && refusals[PROOF_SHAPE] > 0);
}

static void words_beyond_p_and_single_bits(void **state)
{
    (void)state;
    size_t all = file.size / 4, count = 0, *words = ARENA_NEW(&memory, size_t, all);
    flip *how = ARENA_NEW(&memory, flip, all);
    uint64_t refusals[STATUS_COUNT];
    for (size_t i = 0; i < all; i += i < 2000 ? 1 : 11) {
        words[count] = i;
        how[count++] = FLIP_BEYOND;
    }
    refuse_words(&file, words, how, count, refusals);
    count = 0;
    for (size_t i = 0; i < all; i += 23) {
        words[count] = i;
        how[count++] = FLIP_BIT;
    }
    refuse_words(&file, words, how, count, refusals);
}

static void cut_off_or_longer(void **state)
{
    (void)state;
    for (size_t size = 0; size < file.size; size += size < 4096 ? 1 : 97) {
        /* On memory of just that size, so that nothing beyond it can be read unnoticed. */
        uint8_t *copy = malloc(size + 8);
        assert_non_null(copy);
        memcpy(copy, file.file, size);
        status s = accept(&file, (bytes){copy, size}, &scratch);
        free(copy);
        assert_status(s, PROOF_MALFORMED);
    }
    static const size_t more[] = {1, 2, 3, 4, 8, 100, 4096};
    for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
        uint8_t *copy = arena_allocate_zeroed(&memory, file.size + more[i], 8);
        memcpy(copy, file.file, file.size);
        assert_status(accept(&file, (bytes){copy, file.size + more[i]}, &scratch), PROOF_MALFORMED);
    }
}

/* Counts, sizes and heights of all kinds: refused without reading further than the file. */
static void hostile_numbers(void **state)
{
    (void)state;
    static const uint32_t values[] = {0, 1, 2, 3, 5, 6, 7, 23, 24, 25, 64, 255, 256, 65535, 65536, 1 << 20,
                                      (1 << 20) + 1,
                                      1 << 30, (1 << 30) + 1, FP_MODULUS - 1, FP_MODULUS, 1u << 31, UINT32_MAX};
    uint32_t *copy = arena_allocate(&memory, file.size, 8);
    memcpy(copy, file.file, file.size);
    size_t caps = 4 + VM_CHIPS, after_caps = caps + ((size_t)PROOF_KEY_MATRICES * DIGEST_LENGTH << few_opening.log2_cap);
    size_t records = after_caps + 4 + 2, parts = records + 3 + DIGEST_LENGTH;
    for (size_t i = 0; i < parts + 7 + VM_CHIPS; i++) {
        if ((i >= caps && i < after_caps) || (i >= records + 3 && i < parts))
            continue; /* digests */
        uint32_t word = copy[i];
        for (size_t k = 0; k < sizeof values / sizeof *values; k++) {
            copy[i] = values[k];
            status s = accept(&file, (bytes){(const uint8_t *)copy, file.size}, &scratch);
            if ((s == OK) != (word == values[k]))
                fail_msg("word %zu as %u: %s", i, values[k], status_name(s));
        }
        copy[i] = word;
    }
    for (size_t i = 0; i < file.size / 4; i++)
        copy[i] = UINT32_MAX;
    assert_status(accept(&file, (bytes){(const uint8_t *)copy, file.size}, &scratch), PROOF_MALFORMED);
    memset(copy, 0, file.size);
    assert_status(accept(&file, (bytes){(const uint8_t *)copy, file.size}, &scratch), PROOF_MALFORMED);
    memcpy(copy, file.file, file.size);
    copy[2] = 1; /* the first format */
    assert_status(accept(&file, (bytes){(const uint8_t *)copy, file.size}, &scratch), PROOF_VERSION);
}

/* ---- parameters for tests are for tests ----------------------------------------------------------- */

/* A reader trusts the head to say how large the rest can be: at full parameters, with all tables as high as the slots allow,
 * a part stays within that. */
static void the_head_bounds_the_size(void **state)
{
    (void)state;
    uint64_t most;
    uint8_t *head = arena_allocate(&memory, RUN_HEAD_BYTES_MAX, 8);
    size_t head_size = file.size < RUN_HEAD_BYTES_MAX ? file.size : RUN_HEAD_BYTES_MAX;
    memcpy(head, file.file, head_size);
    assert_status(run_proof_most_bytes(&most, &few, (bytes){head, head_size}), OK);
    assert_true(file.size <= most && most <= 2 * ((size_t)RUN_PART_BYTES_MAX + 4096) + 4096);
    for (size_t size = 0; size < head_size; size += 97) {
        status s = run_proof_most_bytes(&most, &few, (bytes){head, size});
        assert_true(s == OK || s == PROOF_MALFORMED);
    }
    verifier *full = ARENA_NEW(&memory, verifier, 1);
    verifier_open(full, &memory, &PROOF_FULL);
    size_t greatest = 0;
    for (uint32_t grains = 33; grains <= 64; grains++)
        for (uint32_t log2_grain = 0; log2_grain <= STARK_MAX_LOG2_ROWS - 6; log2_grain++) {
            run_part part = {.kind = VM_BOTH, .index = 1};
            static const bus_challenge no_challenge;
            static const digest no_program;
            proof_claim claim;
            fp statement[RUN_STATEMENT];
            for (uint32_t chip = 0; chip < full->machine.count; chip++)
                part.rows[chip] = full->machine.chip[chip]->formula != NULL
                                      ? UINT32_C(1) << full->machine.chip[chip]->formula_log2_rows
                                      : grains << log2_grain;
            run_part_claim(&claim, statement, full, &no_program, &no_challenge, 1, 1, &part);
            size_t words = proof_words(&full->machine, &full->parameters, &claim, &scratch);
            greatest = words > greatest ? words : greatest;
        }
    print_message("%zu bytes\n", 4 * greatest);
    assert_in_range(4 * greatest, 1 << 20, RUN_PART_BYTES_MAX / 2);
}

static void full_parameters_refuse_it(void **state)
{
    (void)state;
    verifier *full = ARENA_NEW(&memory, verifier, 1);
    verifier_open(full, &memory, &PROOF_FULL);
    run_proof read;
    assert_status(run_proof_read(&read, &memory, full, (bytes){file.file, file.size}), PROOF_MALFORMED);
    run_statement statement;
    assert_status(run_verify(&statement, NULL, full, &program.id, &proof, &scratch), PROOF_PROGRAM);
    /* Those of other tests, in the same way. */
    assert_status(run_proof_read(&read, &memory, &tiny, (bytes){file.file, file.size}), PROOF_MALFORMED);
}

static int verify_by_command(const char *path, const char *id)
{
    char command[512];
    snprintf(command, sizeof command, "build/ashlar verify %s %s%s >/dev/null 2>&1", path,
             id != NULL ? "--program " : "",
             id != NULL ? id : "");
    int outcome = system(command);
    return WIFEXITED(outcome) ? WEXITSTATUS(outcome) : -1;
}

static void the_command_line_refuses_it(void **state)
{
    (void)state;
    if (access("build/ashlar", X_OK) != 0) {
        print_message("skipped: build/ashlar is missing; make\n");
        skip();
    }
    char path[] = "/tmp/ashlar_proof_XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    assert_true(write(descriptor, file.file, file.size) == (ssize_t)file.size);
    close(descriptor);
    uint8_t id[PROGRAM_ID_BYTES];
    char text[2 * PROGRAM_ID_BYTES + 3] = "0x";
    program_id_write(id, &program.id);
    for (int i = 0; i < PROGRAM_ID_BYTES; i++)
        snprintf(text + 2 + 2 * i, 3, "%02x", id[i]);
    int plain = verify_by_command(path, NULL), with_id = verify_by_command(path, text);
    unlink(path);
    assert_int_equal(plain, status_exit_code(PROOF_MALFORMED));
    assert_int_equal(with_id, status_exit_code(PROOF_MALFORMED));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_file_is_accepted, fixture_clear),
        cmocka_unit_test_teardown(every_word_counts, fixture_clear),
        cmocka_unit_test_teardown(words_beyond_p_and_single_bits, fixture_clear),
        cmocka_unit_test_teardown(cut_off_or_longer, fixture_clear),
        cmocka_unit_test_teardown(hostile_numbers, fixture_clear),
        cmocka_unit_test_teardown(the_head_bounds_the_size, fixture_clear),
        cmocka_unit_test_teardown(full_parameters_refuse_it, fixture_clear),
        cmocka_unit_test_teardown(the_command_line_refuses_it, fixture_clear),
    };
    return cmocka_run_group_tests_name("proof files", tests, open_file, close_file);
}
