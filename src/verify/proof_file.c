/* The proof file. All words are 32 bits, little-endian; field elements stand as their Montgomery
 * words, which are unique below p. In order:
 *
 *     "ASHLARPF", version 2
 *     key       entry pc4, rows of each chip with preprocessed columns, else 0; the caps of the key's two matrices
 *     run       N, K, nonce of χ, size of the output in bytes, the output, zeros up to a whole word
 *     records   by part: kind, rows of memory and of ledger, root
 *     parts     by part: kind, index, pc4 first and last, cycles, ledger keys + 1, rows of each chip, the proof, whose
 *               length follows from these
 *
 * Parts, and proofs in them, begin at even words: after a zero where they would not.
 */
#include "verify/words.h"

#include "base/check.h"
#include "base/memory.h"

enum { FILE_VERSION = 2, OUTPUT_BYTES_MAX = 1 << 20, PART_HEADER_WORDS = 7, RECORD_WORDS = 3 + DIGEST_LENGTH };

static const uint8_t magic[8] = {'A', 'S', 'H', 'L', 'A', 'R', 'P', 'F'};

static status take_part(run_part *part, word_cursor *c, const verifier *v, arena *scratch)
{
    TRY(words_take_one(&part->kind, c));
    TRY(words_take_one(&part->index, c));
    TRY(words_take_one(&part->pc4_first, c));
    TRY(words_take_one(&part->pc4_last, c));
    TRY(words_take_one(&part->cycles, c));
    TRY(words_take_one(&part->key_before_plus_1, c));
    TRY(words_take_one(&part->key_after_plus_1, c));
    TRY(words_take_rows(part->rows, c, v->machine.count));
    return words_take_proof(part, c, v, scratch);
}

/* What stands before the output. */
static status take_head(run_proof *proof, uint32_t *output_size, word_cursor *c, const verifier *v, bytes file)
{
    if (file.size < sizeof magic || memcmp(file.data, magic, sizeof magic) != 0)
        return PROOF_MALFORMED;
    CHECK((uintptr_t)file.data % 4 == 0);
    const uint32_t *words = (const uint32_t *)(const void *)file.data;
    *c = (word_cursor){words + 2, file.size / 4 - 2, words};
    uint32_t version;
    TRY(words_take_one(&version, c));
    if (version != FILE_VERSION)
        return PROOF_VERSION;

    memset(&proof->key, 0, sizeof proof->key);
    TRY(words_take_key(&proof->key, c, v));

    TRY(words_take_one(&proof->segment_count, c));
    TRY(words_take_one(&proof->ledger_count, c));
    TRY(words_take_one(&proof->shared_nonce, c));
    TRY(words_take_one(output_size, c));
    bool counted = proof->segment_count > 0 && proof->segment_count <= UINT16_MAX && proof->ledger_count > 0 &&
                   proof->ledger_count <= UINT16_MAX;
    return counted && *output_size <= OUTPUT_BYTES_MAX ? OK : PROOF_MALFORMED;
}

static size_t head_words(const verifier *v)
{
    return 2 + 1 + words_of_key(v) + 4;
}

status run_proof_most_bytes(uint64_t *most_bytes, const verifier *v, bytes head)
{
    run_proof proof;
    uint32_t output_size;
    word_cursor c;
    CHECK(4 * head_words(v) <= RUN_HEAD_BYTES_MAX);
    TRY(take_head(&proof, &output_size, &c, v, head));
    uint64_t part_bytes = 4 * (RECORD_WORDS + PART_HEADER_WORDS + v->machine.count + 1) + RUN_PART_BYTES_MAX;
    *most_bytes = 4 * (head_words(v) + 1) + (output_size + 3) / 4 * 4 +
                  ((uint64_t)proof.segment_count + proof.ledger_count) * part_bytes;
    return OK;
}

status run_proof_read(run_proof *proof, arena *memory, const verifier *v, bytes file)
{
    word_cursor c;
    uint32_t output_size;
    if (file.size % 4 != 0)
        return PROOF_MALFORMED;
    TRY(take_head(proof, &output_size, &c, v, file));
    const uint32_t *output;
    TRY(words_take(&output, &c, (output_size + 3) / 4));
    proof->output = (bytes){(const uint8_t *)output, output_size};
    for (size_t i = output_size; i % 4 != 0; i++)
        if (proof->output.data[i] != 0)
            return PROOF_MALFORMED;

    if (c.left == 0)
        return PROOF_MALFORMED;
    proof->part_count = c.words[0] == VM_BOTH ? 1 : proof->segment_count + proof->ledger_count;
    /* A part has two caps at least: what is allocated for the parts stays below what they must take in the file. */
    size_t least_words = RECORD_WORDS + PART_HEADER_WORDS + v->machine.count +
                         ((size_t)2 * DIGEST_LENGTH << v->parameters.opening->log2_cap);
    if (c.left / least_words < proof->part_count)
        return PROOF_MALFORMED;
    boundary_record *records = ARENA_NEW(memory, boundary_record, proof->part_count);
    for (uint32_t i = 0; i < proof->part_count; i++) {
        TRY(words_take_one(&records[i].kind, &c));
        TRY(words_take_one(&records[i].memory_rows, &c));
        TRY(words_take_one(&records[i].ledger_rows, &c));
        TRY(words_take_digests(&records[i].root, &c, 1));
        uint32_t kind = proof->part_count == 1      ? VM_BOTH
                        : i < proof->segment_count ? VM_SEGMENT
                                                   : VM_LEDGER;
        if (records[i].kind != kind || !layout_rows_are_allowed(records[i].memory_rows) ||
            !layout_rows_are_allowed(records[i].ledger_rows))
            return PROOF_MALFORMED;
    }
    TRY(words_skip_to_even(&c));
    run_part *parts = ARENA_NEW(memory, run_part, proof->part_count);
    for (uint32_t i = 0; i < proof->part_count; i++)
        TRY(take_part(&parts[i], &c, v, memory));
    proof->records = records;
    proof->parts = parts;
    return c.left == 0 ? OK : PROOF_MALFORMED;
}

status run_part_read(run_part *part, const verifier *v, bytes file, arena *scratch)
{
    if (file.size % 4 != 0)
        return PROOF_MALFORMED;
    CHECK((uintptr_t)file.data % 4 == 0);
    const uint32_t *words = (const uint32_t *)(const void *)file.data;
    word_cursor c = {words, file.size / 4, words};
    TRY(take_part(part, &c, v, scratch));
    return c.left == 0 ? OK : PROOF_MALFORMED;
}

size_t run_part_size_bytes(const run_part *part, const verifier *v)
{
    return 4 * (hash_even(PART_HEADER_WORDS + v->machine.count) + part->word_count);
}

void run_part_write(uint8_t *file, const run_part *part, const verifier *v)
{
    uint32_t *at = (uint32_t *)(void *)file;
    *at++ = part->kind;
    *at++ = part->index;
    *at++ = part->pc4_first;
    *at++ = part->pc4_last;
    *at++ = part->cycles;
    *at++ = part->key_before_plus_1;
    *at++ = part->key_after_plus_1;
    for (uint32_t k = 0; k < v->machine.count; k++)
        *at++ = part->rows[k];
    at = words_fill_to_even(at, (uint32_t *)(void *)file);
    memcpy(at, part->words, 4 * part->word_count);
}

size_t run_proof_size_bytes(const run_proof *proof, const verifier *v)
{
    size_t words = head_words(v);
    words += (proof->output.size + 3) / 4;
    for (uint32_t i = 0; i < proof->part_count; i++)
        words += RECORD_WORDS;
    words = hash_even(words);
    for (uint32_t i = 0; i < proof->part_count; i++)
        words += run_part_size_bytes(&proof->parts[i], v) / 4;
    return 4 * words;
}

static uint32_t *put_digests(uint32_t *at, const digest *digests, size_t count)
{
    memcpy(at, digests, count * sizeof *digests);
    return at + count * DIGEST_LENGTH;
}

void run_proof_write(uint8_t *file, const run_proof *proof, const verifier *v)
{
    memcpy(file, magic, sizeof magic);
    uint32_t *at = (uint32_t *)(void *)file + 2;
    *at++ = FILE_VERSION;
    *at++ = proof->key.entry_pc4;
    for (uint32_t i = 0; i < v->machine.count; i++)
        *at++ = proof->key.proof.rows[i];
    for (int k = 0; k < PROOF_KEY_MATRICES; k++)
        at = put_digests(at, proof->key.proof.cap[k], (size_t)1 << v->parameters.opening->log2_cap);
    *at++ = proof->segment_count;
    *at++ = proof->ledger_count;
    *at++ = proof->shared_nonce;
    *at++ = (uint32_t)proof->output.size;
    size_t output_words = (proof->output.size + 3) / 4;
    memset(at, 0, 4 * output_words);
    memcpy(at, proof->output.data, proof->output.size);
    at += output_words;
    for (uint32_t i = 0; i < proof->part_count; i++) {
        *at++ = proof->records[i].kind;
        *at++ = proof->records[i].memory_rows;
        *at++ = proof->records[i].ledger_rows;
        at = put_digests(at, &proof->records[i].root, 1);
    }
    at = words_fill_to_even(at, (uint32_t *)(void *)file);
    for (uint32_t i = 0; i < proof->part_count; i++) {
        run_part_write((uint8_t *)at, &proof->parts[i], v);
        at += run_part_size_bytes(&proof->parts[i], v) / 4;
    }
    CHECK((size_t)((uint8_t *)at - file) == run_proof_size_bytes(proof, v));
}
