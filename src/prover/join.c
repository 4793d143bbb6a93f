#include "prover/join.h"

#include "base/check.h"
#include "base/memory.h"
#include "verify/words.h"

static uint32_t *put(uint32_t *at, const void *words, size_t count)
{
    if (count > 0) /* of none there need not be a place */
        memcpy(at, words, 4 * count);
    return at + count;
}

static uint32_t *put_id(uint32_t *at, const digest *id)
{
    for (int i = 0; i < DIGEST_LENGTH; i++)
        *at++ = fp_to_u32(id->c[i]);
    return at;
}

static uint32_t *put_key(uint32_t *at, const verifier *v, const program_key *key)
{
    *at++ = key->entry_pc4;
    at = put(at, key->proof.rows, v->machine.count);
    for (int k = 0; k < PROOF_KEY_MATRICES; k++)
        at = put(at, key->proof.cap[k], (size_t)DIGEST_LENGTH << v->parameters.opening->log2_cap);
    return at;
}

/* Everything of a child but its proof. */
enum { CHILD_WORDS = 16 + STATEMENT_SPAN_WORDS + STARK_MAX_CHIPS, HEAD_WORDS = 64 };

/* At an even word; the input begins with one. */
static uint32_t *put_proof(uint32_t *at, const run_part *part)
{
    if ((uintptr_t)at % 8 != 0)
        *at++ = 0;
    return put(at, part->words, part->word_count);
}

static uint32_t *put_inner(uint32_t *at, const verifier *v, const join_child *child)
{
    uint8_t statement[STATEMENT_BYTES_MAX];
    at = put(at, statement, statement_write(statement, child->statement) / 4);
    *at++ = child->shared_nonce;
    *at++ = child->part->cycles;
    *at++ = child->part->key_after_plus_1;
    at = put(at, child->part->rows, v->machine.count);
    return put_proof(at, child->part);
}

static uint32_t *put_leaf(uint32_t *at, const verifier *v, const run_part *part)
{
    *at++ = part->kind;
    *at++ = part->pc4_last;
    *at++ = part->cycles;
    *at++ = part->key_after_plus_1;
    at = put(at, part->rows, v->machine.count);
    return put_proof(at, part);
}

static size_t most_words(const verifier *v, const join_job *job)
{
    size_t words = HEAD_WORDS + 2 * words_of_key(v);
    for (uint32_t i = 0; i < job->child_count; i++)
        words += CHILD_WORDS + job->children[i].part->word_count + job->children[i].preimage.size / 4;
    return words;
}

bytes join_input_write(arena *memory, const verifier *v, const join_job *job)
{
    size_t most = most_words(v, job);
    uint32_t *words = arena_allocate(memory, 4 * most, 8), *at = words;
    *at++ = job->operation;
    *at++ = job->child_count;
    at = put_id(at, &job->self);
    *at++ = (job->program_key != NULL ? JOIN_KEY_PROGRAM : 0) | (job->join_key != NULL ? JOIN_KEY_JOIN : 0);
    if (job->join_key != NULL)
        at = put_key(at, v, job->join_key);
    if (job->operation == JOIN_SPAN) {
        const run_header *h = &job->header;
        at = put_id(at, &h->program);
        at = put(at, h->output.bytes, sizeof h->output.bytes / 4);
        at = put(at, h->chain_end.c, DIGEST_LENGTH);
        *at++ = h->segment_count;
        *at++ = h->ledger_count;
        *at++ = h->shared_nonce;
    }
    if (job->program_key != NULL)
        at = put_key(at, v, job->program_key);
    for (uint32_t i = 0; i < job->child_count; i++) {
        const join_child *child = &job->children[i];
        if (job->operation == JOIN_SPAN)
            *at++ = child->statement != NULL ? JOIN_INNER : JOIN_LEAF;
        if (child->statement == NULL && i == 0) {
            *at++ = job->before.place;
            *at++ = job->before.pc4;
            *at++ = job->before.key_plus_1;
            at = put(at, job->before.chain.c, DIGEST_LENGTH);
        }
        at = child->statement != NULL ? put_inner(at, v, child) : put_leaf(at, v, child->part);
        at = put(at, child->preimage.data, child->preimage.size / 4);
    }
    CHECK((size_t)(at - words) <= most);
    return (bytes){(const uint8_t *)words, 4 * (size_t)(at - words)};
}

bytes last_input_write(arena *memory, const verifier *v, const join_job *job)
{
    uint32_t *words = arena_allocate(memory, 4 * most_words(v, job), 8);
    uint32_t *at = put_inner(put_key(words, v, job->join_key), v, &job->children[0]);
    return (bytes){(const uint8_t *)words, 4 * (size_t)(at - words)};
}

void join_start(run_state *state, const verifier *v, const digest *program, const program_key *key)
{
    *state = (run_state){.pc4 = key->entry_pc4};
    run_chain_start(&state->chain, v, program);
}

void join_advance(run_state *state, const run_part *part, const boundary_record *record)
{
    state->place += part->kind == VM_BOTH ? 2 : 1;
    if (part->kind != VM_LEDGER)
        state->pc4 = part->pc4_last;
    if (part->kind != VM_SEGMENT)
        state->key_plus_1 = part->key_after_plus_1;
    run_chain_add(&state->chain, record);
}
