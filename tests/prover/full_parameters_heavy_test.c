/* One proof at full parameters: one word of each kind and a thousand others changed, each of which is
 * refused. */
#include "tests/prover/flip.h"


static test_code code;
static verifier full;
static prover_program program;
static proof_file file;
static run_proof proof;

static int open_file(void **state)
{
    (void)state;
    fixture_open();
    verifier_open(&full, &kept, &PROOF_FULL);
    code_finish(&code);
    program_of(&program, &kept, &full, &code, (bytes){0});
    bytes output = text_bytes("at full parameters");
    run_proof made;
    assert_status(prove_run(&made, NULL, &program, input_for(&kept, output, (bytes){0}), output, (cut){0}),
                  OK);
    file = file_of(&kept, &program, &made);
    assert_status(run_proof_read(&proof, &kept, &full, (bytes){file.file, file.size}), OK);
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
    print_message("%zu bytes\n", file.size);
}

/* ---- one word of each kind ------------------------------------------------------------------------ */

typedef struct {
    size_t words[8192], count, at; /* those to change; where the next section begins */
} word_list;

/* A section of the file: its first word, its last, and one between. */
static void take(word_list *list, size_t length)
{
    if (length == 0)
        return;
    list->words[list->count++] = list->at;
    if (length > 2)
        list->words[list->count++] = list->at + length / 2;
    if (length > 1)
        list->words[list->count++] = list->at + length - 1;
    assert_true(list->count < 8000);
    list->at += length;
}

/* The zero before what begins at an even word. */
static void take_to_even(word_list *list)
{
    if (list->at % 2 != 0)
        take(list, 1);
}

/* All leaves and paths of a query. */
static void take_query(word_list *list, const opening_shape *s, unsigned round)
{
    size_t path = (size_t)DIGEST_LENGTH * (opening_log2_domain(s, round) - s->parameters.log2_cap);
    if (round > 0) {
        take(list, (size_t)FP5_DEGREE * opening_folded_slots(s, round - 1));
        take(list, path);
    }
    for (uint32_t k = 0; k < s->matrix_count; k++)
        if (opening_matrix_round(k) == round) {
            take(list, s->layouts[k].slots);
            take(list, path);
        }
}

static void take_opening(word_list *list, const opening_shape *s)
{
    unsigned log2_last = s->parameters.rounds[OPENING_ROUNDS - 1].log2_height;
    for (unsigned round = 0; round < OPENING_ROUNDS; round++) {
        for (unsigned k = 0; k < s->log2_slots[round]; k++)
            take(list, 2 * FP5_DEGREE);
        if (round + 1 < OPENING_ROUNDS)
            take(list, (size_t)DIGEST_LENGTH << s->parameters.log2_cap);
        else
            take(list, (size_t)FP5_DEGREE << log2_last);
        take(list, 1); /* nonce */
        take(list, 1); /* zero */
        size_t begin = list->at;
        take_query(list, s, round);
        size_t length = list->at - begin;
        list->at += length * (s->parameters.rounds[round].queries - 2);
        take_query(list, s, round);
    }
    for (unsigned k = 0; k < log2_last; k++)
        take(list, 2 * FP5_DEGREE);
}

static void one_word_of_each_kind(void **state)
{
    (void)state;
    word_list *list = ARENA_NEW(&memory, word_list, 1);
    size_t cap = (size_t)DIGEST_LENGTH << PROOF_FULL.opening->log2_cap;
    take(list, 2); /* magic */
    take(list, 1); /* version */
    take(list, 1); /* entry */
    take(list, VM_CHIPS);
    for (int k = 0; k < PROOF_KEY_MATRICES; k++)
        take(list, cap);
    for (int i = 0; i < 4; i++) /* N, K, nonce, size */
        take(list, 1);
    take(list, (proof.output.size + 3) / 4);
    for (int i = 0; i < 3; i++)
        take(list, 1);
    take(list, DIGEST_LENGTH); /* of the record */
    take_to_even(list);
    for (int i = 0; i < 7; i++)
        take(list, 1);
    take(list, VM_CHIPS);
    take_to_even(list);

    const run_part *part = &proof.parts[0];
    assert_true(list->at == file.size / 4 - part->word_count);
    proof_claim claim;
    proof_shape *shape = ARENA_NEW(&memory, proof_shape, 1);
    fp statement[RUN_STATEMENT];
    static const bus_challenge any;
    run_part_claim(&claim, statement, &full, &program.id, &any, 1, 1, part);
    assert_status(proof_shape_make(shape, &full.machine, &PROOF_FULL, &claim), OK);
    take(list, cap); /* boundary */
    take(list, cap); /* main */
    take(list, 1);
    take_to_even(list);
    take(list, GKR_TOP_WORDS);
    for (unsigned layer = 1; layer < shape->slots.log2_slots + shape->log2_rows; layer++) {
        for (unsigned round = 0; round < layer; round++)
            take(list, 2 * FP5_DEGREE);
        take(list, 4 * FP5_DEGREE);
    }
    for (unsigned round = 0; round < shape->log2_rows; round++)
        take(list, 3 * FP5_DEGREE);
    take_to_even(list);
    for (uint32_t chip = 0; chip < VM_CHIPS; chip++)
        for (unsigned phase = 0; phase < AIR_PHASES && part->rows[chip] > 0; phase++)
            if (phase != AIR_PREPROCESSED || full.machine.chip[chip]->formula == NULL)
                take(list, (size_t)FP5_DEGREE * full.machine.chip[chip]->width[phase]);
    take_to_even(list);
    take_opening(list, &shape->opening);
    assert_true(list->at == file.size / 4);

    uint64_t refusals[STATUS_COUNT];
    refuse_words(&file, list->words, NULL, list->count, refusals);
    print_message("%zu words, from every section:\n", list->count);
    print_refusals(refusals);
}

static void a_thousand_words(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    size_t *words = ARENA_NEW(&memory, size_t, COUNT);
    flip *how = ARENA_NEW(&memory, flip, COUNT);
    uint64_t refusals[STATUS_COUNT], seed = 2026;
    for (size_t i = 0; i < COUNT; i++) {
        words[i] = test_random(&seed) % (file.size / 4);
        how[i] = (flip)(test_random(&seed) % FLIPS);
    }
    refuse_words(&file, words, how, COUNT, refusals);
    print_refusals(refusals);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_file_is_accepted, fixture_clear),
        cmocka_unit_test_teardown(one_word_of_each_kind, fixture_clear),
        cmocka_unit_test_teardown(a_thousand_words, fixture_clear),
    };
    return cmocka_run_group_tests_name("full parameters", tests, open_file, close_file);
}
