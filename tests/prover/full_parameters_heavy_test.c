/* One proof at full parameters: one word of each kind and a thousand others changed, each of which is
 * refused. */
#include "tests/prover/flip.h"

#include "stark/shape.h"

static test_code code;
static verifier full;
static prover_program program;
static proof_file file;
static run_proof proof;

static int open_file(void **state)
{
    (void)state;
    fixture_open();
    verifier_open(&full, &kept, &STARK_FULL);
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
    size_t words[4096], count, at; /* those to change; where the next section begins */
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
    assert_true(list->count < 4000);
    list->at += length;
}

enum { CAP_WORDS = 16 * DIGEST_LENGTH };

static void take_query(word_list *list, const stark_shape *s)
{
    size_t begin = list->at;
    for (uint32_t i = 0; i < s->tree_count; i++) {
        const shape_tree *tree = &s->trees[i];
        for (unsigned height = STARK_MAX_LOG2_ROWS; height >= STARK_MIN_LOG2_ROWS; height--)
            take(list, tree->width[height]);
        take(list, (size_t)DIGEST_LENGTH * merkle_path_length(tree->log2_leaves));
    }
    for (uint32_t i = 0; i < s->layer_count; i++) {
        unsigned log2_leaves = s->layer_log2_rows[i] + STARK_LOG2_BLOWUP - s->layer_log2_arity[i];
        take(list, (size_t)FP5_DEGREE << s->layer_log2_arity[i]);
        take(list, (size_t)DIGEST_LENGTH * merkle_path_length(log2_leaves));
    }
    assert_true(list->at - begin == s->query_words);
}

static void one_word_of_each_kind(void **state)
{
    (void)state;
    word_list *list = ARENA_NEW(&memory, word_list, 1);
    take(list, 2); /* magic */
    take(list, 1); /* version */
    take(list, 1); /* entry */
    take(list, VM_CHIPS);
    for (int tree = 0; tree < STARK_MAX_PREPROCESSED_TREES; tree++)
        take(list, CAP_WORDS);
    for (int i = 0; i < 4; i++) /* N, K, nonce, size */
        take(list, 1);
    take(list, (proof.output.size + 3) / 4);
    for (int i = 0; i < 3; i++)
        take(list, 1);
    take(list, CAP_WORDS); /* of the record */
    for (int i = 0; i < 7; i++)
        take(list, 1);
    take(list, VM_CHIPS);

    const run_part *part = &proof.parts[0];
    assert_true(list->at == file.size / 4 - part->word_count);
    stark_claim claim;
    stark_shape shape;
    fp statement[RUN_STATEMENT];
    static const bus_challenge any;
    run_part_claim(&claim, statement, &full, &program.id, &any, 1, 1, part);
    assert_status(stark_shape_make(&shape, &full.machine, &STARK_FULL, &claim), OK);
    take(list, CAP_WORDS); /* boundary */
    take(list, CAP_WORDS); /* main */
    take(list, 1);
    take(list, CAP_WORDS); /* bus */
    for (uint32_t i = 0; i < shape.table_count; i++)
        for (int group = 0; group < SHAPE_GROUPS; group++)
            take(list, shape.tables[i].interactions[group] > 0 ? FP5_DEGREE : 0);
    take(list, CAP_WORDS); /* quotient */
    take(list, 1);
    for (uint32_t i = 0; i < shape.table_count; i++) {
        take(list, (size_t)FP5_DEGREE * shape.tables[i].here_count);
        take(list, (size_t)FP5_DEGREE * shape.tables[i].next_count);
    }
    take(list, 1);
    for (uint32_t i = 0; i < shape.layer_count; i++) {
        take(list, CAP_WORDS);
        take(list, 1);
    }
    take(list, (size_t)FP5_DEGREE * FRI_FINAL_COUNT);
    take(list, 1);
    take_query(list, &shape);
    list->at += shape.query_words * (STARK_FULL.queries - 2);
    take_query(list, &shape);
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
