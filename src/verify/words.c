#include "verify/words.h"

#include "base/memory.h"

status words_take(const uint32_t **words, word_cursor *c, size_t count)
{
    if (count > c->left)
        return PROOF_MALFORMED;
    *words = c->words;
    c->words += count;
    c->left -= count;
    return OK;
}

status words_take_one(uint32_t *word, word_cursor *c)
{
    const uint32_t *words;
    TRY(words_take(&words, c, 1));
    *word = words[0];
    return OK;
}

status words_skip_to_even(word_cursor *c)
{
    uint32_t zero = 0;
    if ((c->words - c->start) % 2 != 0)
        TRY(words_take_one(&zero, c));
    return zero == 0 ? OK : PROOF_MALFORMED;
}

status words_take_digests(digest *out, word_cursor *c, size_t count)
{
    const uint32_t *words;
    TRY(words_take(&words, c, count * DIGEST_LENGTH));
    for (size_t i = 0; i < count * DIGEST_LENGTH; i++) {
        if (!fp_is_canonical(words[i]))
            return PROOF_MALFORMED;
        out[i / DIGEST_LENGTH].c[i % DIGEST_LENGTH] = words[i];
    }
    return OK;
}

status words_take_rows(uint32_t *rows, word_cursor *c, uint32_t count)
{
    const uint32_t *words;
    TRY(words_take(&words, c, count));
    for (uint32_t i = 0; i < count; i++) {
        if (!layout_rows_are_allowed(words[i]))
            return PROOF_MALFORMED;
        rows[i] = words[i];
    }
    return OK;
}

status words_take_key(program_key *key, word_cursor *c, const verifier *v)
{
    TRY(words_take_one(&key->entry_pc4, c));
    TRY(words_take_rows(key->proof.rows, c, v->machine.count));
    for (int k = 0; k < PROOF_KEY_MATRICES; k++) {
        const uint32_t *cap;
        size_t count = (size_t)DIGEST_LENGTH << v->parameters.opening->log2_cap;
        TRY(words_take(&cap, c, count));
        if (!hash_may_absorb(cap, count)) /* to its root, below */
            return PROOF_MALFORMED;
        memcpy(key->proof.cap[k], cap, count * sizeof *cap);
    }
    proof_key_roots(&key->proof, &v->parameters);
    return key->entry_pc4 < RISCV_HALT ? OK : PROOF_MALFORMED;
}

size_t words_of_key(const verifier *v)
{
    return 1 + v->machine.count + ((size_t)PROOF_KEY_MATRICES * DIGEST_LENGTH << v->parameters.opening->log2_cap);
}

status words_take_proof(run_part *part, word_cursor *c, const verifier *v, arena *scratch)
{
    /* The length depends on the shape alone; what the shape may be is checked when the part is verified. */
    static const bus_challenge no_challenge;
    static const digest no_program;
    proof_claim claim;
    fp statement[RUN_STATEMENT];
    if (part->kind != VM_SEGMENT && part->kind != VM_LEDGER && part->kind != VM_BOTH)
        return PROOF_MALFORMED;
    run_part_claim(&claim, statement, v, &no_program, &no_challenge, 0, 0, part);
    part->word_count = proof_words(&v->machine, &v->parameters, &claim, scratch);
    if (part->word_count == 0 || part->word_count > RUN_PART_BYTES_MAX / 4)
        return PROOF_MALFORMED;
    TRY(words_skip_to_even(c));
    return words_take(&part->words, c, part->word_count);
}
