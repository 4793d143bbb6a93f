#include "verify/joined.h"

#include "base/check.h"
#include "base/memory.h"
#include "crypto/keccak.h"
#include "verify/check.h"
#include "verify/words.h"

/* The version of files of parts, and in the high half the form. */
enum { JOINED_VERSION = 1 << 16 | 2, OUTPUT_BYTES_MAX = 1 << 20, MAGIC_WORDS = 2 };

static const uint8_t magic[4 * MAGIC_WORDS] = {'A', 'S', 'H', 'L', 'A', 'R', 'P', 'F'};

bool joined_proof_is(bytes head)
{
    uint32_t version;
    if (head.size < sizeof magic + sizeof version || memcmp(head.data, magic, sizeof magic) != 0)
        return false;
    memcpy(&version, head.data + sizeof magic, sizeof version);
    return version == JOINED_VERSION;
}

/* What stands before the output. */
static status take_head(joined_proof *proof, uint32_t *output_size, word_cursor *c, bytes file)
{
    const uint32_t *words;
    if (!joined_proof_is(file))
        return PROOF_MALFORMED;
    CHECK((uintptr_t)file.data % 4 == 0);
    const uint32_t *all = (const uint32_t *)(const void *)file.data;
    *c = (word_cursor){all + MAGIC_WORDS + 1, file.size / 4 - MAGIC_WORDS - 1, all};
    TRY(words_take(&words, c, STATEMENT_RUN_WORDS));
    TRY(statement_read(&proof->said, words, STATEMENT_RUN_WORDS));
    proof->run.output = (bytes){(const uint8_t *)words, STATEMENT_RUN_BYTES};
    TRY(words_take_one(output_size, c));
    return *output_size <= OUTPUT_BYTES_MAX ? OK : PROOF_MALFORMED;
}

status joined_proof_most_bytes(uint64_t *most_bytes, const verifier *v, bytes head)
{
    joined_proof proof;
    uint32_t output_size;
    word_cursor c;
    TRY(take_head(&proof, &output_size, &c, head));
    *most_bytes = 4 * (uint64_t)(MAGIC_WORDS + 1 + STATEMENT_RUN_WORDS + 1 + words_of_key(v) + 2 + v->machine.count + 1 + 1) +
                  (output_size + 3) / 4 * 4 + RUN_PART_BYTES_MAX;
    return OK;
}

status joined_proof_read(joined_proof *proof, arena *memory, const verifier *v, bytes file)
{
    word_cursor c;
    uint32_t output_size;
    const uint32_t *output;
    memset(proof, 0, sizeof *proof);
    if (file.size % 4 != 0)
        return PROOF_MALFORMED;
    TRY(take_head(proof, &output_size, &c, file));
    TRY(words_take(&output, &c, (output_size + 3) / 4));
    proof->output = (bytes){(const uint8_t *)output, output_size};
    for (size_t i = output_size; i % 4 != 0; i++)
        if (proof->output.data[i] != 0)
            return PROOF_MALFORMED;

    run_proof *run = &proof->run;
    run_part *part = ARENA_NEW(memory, run_part, 1);
    boundary_record *record = ARENA_NEW(memory, boundary_record, 1);
    TRY(words_take_key(&run->key, &c, v));
    *part = (run_part){.kind = VM_BOTH, .index = 1, .pc4_first = run->key.entry_pc4, .pc4_last = RISCV_HALT};
    TRY(words_take_one(&part->cycles, &c));
    TRY(words_take_one(&part->key_after_plus_1, &c));
    TRY(words_take_rows(part->rows, &c, v->machine.count));
    TRY(words_take_one(&run->shared_nonce, &c));
    TRY(words_take_proof(part, &c, v, memory));
    TRY(run_record_of_both(record, v, part));
    run->segment_count = run->ledger_count = run->part_count = 1;
    run->records = record;
    run->parts = part;
    return c.left == 0 ? OK : PROOF_MALFORMED;
}

size_t joined_proof_size_bytes(const joined_proof *proof, const verifier *v)
{
    return 4 * (hash_even(MAGIC_WORDS + 1 + STATEMENT_RUN_WORDS + 1 + (proof->output.size + 3) / 4 + words_of_key(v) + 2 +
                          v->machine.count + 1) +
                proof->run.parts[0].word_count);
}

static uint32_t *put(uint32_t *at, const void *words, size_t count)
{
    memcpy(at, words, 4 * count);
    return at + count;
}

void joined_proof_write(uint8_t *file, const joined_proof *proof, const verifier *v)
{
    const run_part *part = &proof->run.parts[0];
    const program_key *key = &proof->run.key;
    uint8_t statement[STATEMENT_BYTES_MAX];
    uint32_t *at = put((uint32_t *)(void *)file, magic, MAGIC_WORDS);
    *at++ = JOINED_VERSION;
    at = put(at, statement, statement_write(statement, &proof->said) / 4);
    *at++ = (uint32_t)proof->output.size;
    size_t output_words = (proof->output.size + 3) / 4;
    memset(at, 0, 4 * output_words);
    memcpy(at, proof->output.data, proof->output.size);
    at += output_words;
    *at++ = key->entry_pc4;
    at = put(at, key->proof.rows, v->machine.count);
    for (int k = 0; k < PROOF_KEY_MATRICES; k++)
        at = put(at, key->proof.cap[k], (size_t)DIGEST_LENGTH << v->parameters.opening->log2_cap);
    *at++ = part->cycles;
    *at++ = part->key_after_plus_1;
    at = put(at, part->rows, v->machine.count);
    *at++ = proof->run.shared_nonce;
    at = words_fill_to_even(at, (uint32_t *)(void *)file);
    at = put(at, part->words, part->word_count);
    CHECK((size_t)((uint8_t *)at - file) == joined_proof_size_bytes(proof, v));
}

status joined_proof_verify(run_statement *statement, const verifier *v, const digest *expected_program,
                           const digest *expected_join, const joined_proof *proof, tree_checker checker, arena *scratch)
{
    hash256 output;
    keccak256(&output, proof->output.data, proof->output.size);
    if (!digest_equal(&proof->said.self, expected_join) || !digest_equal(&proof->said.header.program, expected_program))
        return PROOF_PROGRAM;
    if (proof->said.kind == STATEMENT_SPAN ||
        memcmp(output.bytes, proof->said.header.output.bytes, sizeof output.bytes) != 0)
        return PROOF_STATEMENT;
    uint32_t bad_part;
    TRY(run_verify_by(statement, &bad_part, v, expected_join, &proof->run, checker, scratch));
    statement->program = *expected_program;
    statement->output = proof->output;
    return OK;
}
