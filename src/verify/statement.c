#include "verify/statement.h"

#include "base/check.h"
#include "base/memory.h"

enum { STATE_WORDS = 16, HASH_WORDS = 8 };

static const char tags[][4 * HASH_WORDS] = {"ASHLAR/span/1", "ASHLAR/run/1", "ASHLAR/runs/1"};

/* ---- writing -------------------------------------------------------------------------------------- */

static uint32_t *put_digest(uint32_t *at, const digest *d)
{
    memcpy(at, d->c, sizeof d->c);
    return at + DIGEST_LENGTH;
}

/* Ids are canonical numbers wherever they leave the proof system. */
static uint32_t *put_id(uint32_t *at, const digest *id)
{
    for (int i = 0; i < DIGEST_LENGTH; i++)
        at[i] = fp_to_u32(id->c[i]);
    return at + DIGEST_LENGTH;
}

static void put_state(uint32_t *at, const run_state *s)
{
    at[0] = s->place;
    at[1] = s->pc4;
    at[2] = s->key_plus_1;
    put_digest(at + 8, &s->chain);
}

size_t statement_write(uint8_t out[STATEMENT_BYTES_MAX], const join_statement *s)
{
    uint32_t words[STATEMENT_SPAN_WORDS] = {0}, *at = words;
    const run_header *h = &s->header;
    memcpy(at, tags[s->kind], sizeof tags[0]);
    at = put_id(at + HASH_WORDS, &s->self);
    at = put_id(at, &h->program);
    memcpy(at, h->output.bytes, sizeof h->output.bytes);
    at += HASH_WORDS;
    if (s->kind == STATEMENT_SPAN) {
        at = put_digest(at, &h->chain_end);
        at[0] = h->segment_count;
        at[1] = h->ledger_count;
        at[2] = h->shared_nonce;
        at[3] = (uint32_t)s->shared_count;
        at[4] = (uint32_t)(s->shared_count >> 32);
        at += 8;
        put_state(at, &s->before);
        put_state(at + STATE_WORDS, &s->after);
        at += 2 * STATE_WORDS;
        memcpy(at, s->shared_sum.c, sizeof s->shared_sum.c);
        at += 8;
    }
    size_t size_bytes = (size_t)(at - words) * 4;
    memcpy(out, words, size_bytes); /* words are little-endian, as the machine is */
    return size_bytes;
}

/* ---- reading -------------------------------------------------------------------------------------- */

static bool get_elements(fp *out, const uint32_t *in, size_t count)
{
    bool fine = true;
    for (size_t i = 0; i < count; i++) {
        fine &= fp_is_canonical(in[i]);
        out[i] = in[i];
    }
    return fine;
}

static bool get_id(digest *id, const uint32_t *in)
{
    bool fine = true;
    for (int i = 0; i < DIGEST_LENGTH; i++) {
        fine &= fp_is_canonical(in[i]);
        id->c[i] = fp_is_canonical(in[i]) ? fp_from_u32(in[i]) : 0;
    }
    return fine;
}

static bool get_state(run_state *s, const uint32_t *in, uint32_t places)
{
    *s = (run_state){.place = in[0], .pc4 = in[1], .key_plus_1 = in[2]};
    return get_elements(s->chain.c, in + 8, DIGEST_LENGTH) && s->place <= places && s->pc4 <= RISCV_HALT &&
           s->key_plus_1 <= UINT32_C(1) << 30;
}

static bool get_span(join_statement *s, const uint32_t *in)
{
    run_header *h = &s->header;
    bool fine = get_elements(h->chain_end.c, in, DIGEST_LENGTH);
    h->segment_count = in[8];
    h->ledger_count = in[9];
    h->shared_nonce = in[10];
    s->shared_count = in[11] | (uint64_t)in[12] << 32;
    if (!fine || h->segment_count == 0 || h->segment_count > UINT16_MAX || h->ledger_count == 0 ||
        h->ledger_count > UINT16_MAX || !fp_is_canonical(h->shared_nonce))
        return false;
    uint32_t places = h->segment_count + h->ledger_count;
    return get_state(&s->before, in + 16, places) && get_state(&s->after, in + 16 + STATE_WORDS, places) &&
           get_elements(s->shared_sum.c, in + 16 + 2 * STATE_WORDS, FP5_DEGREE);
}

uint32_t statement_words(const uint32_t in[DIGEST_LENGTH])
{
    for (int kind = STATEMENT_SPAN; kind <= STATEMENT_RUNS; kind++)
        if (memcmp(in, tags[kind], sizeof tags[kind]) == 0)
            return kind == STATEMENT_SPAN ? STATEMENT_SPAN_WORDS : STATEMENT_RUN_WORDS;
    return 0;
}

status statement_read(join_statement *s, const uint32_t *in, uint32_t words)
{
    memset(s, 0, sizeof *s);
    if (words < DIGEST_LENGTH || statement_words(in) != words)
        return PROOF_STATEMENT;
    while (memcmp(in, tags[s->kind], sizeof tags[0]) != 0)
        s->kind++;
    memcpy(s->header.output.bytes, in + 24, sizeof s->header.output.bytes);
    if (!get_id(&s->self, in + 8) || !get_id(&s->header.program, in + 16) ||
        (s->kind == STATEMENT_SPAN && !get_span(s, in + STATEMENT_RUN_WORDS)))
        return PROOF_STATEMENT;
    /* Zeros between the fields, and everything else: what was read is what will be hashed. */
    uint32_t again[STATEMENT_SPAN_WORDS];
    CHECK(statement_write((uint8_t *)again, s) == 4 * (size_t)words);
    return memcmp(again, in, 4 * (size_t)words) == 0 ? OK : PROOF_STATEMENT;
}

/* ---- comparing ------------------------------------------------------------------------------------ */

bool run_state_equal(const run_state *a, const run_state *b)
{
    return a->place == b->place && a->pc4 == b->pc4 && a->key_plus_1 == b->key_plus_1 && digest_equal(&a->chain, &b->chain);
}

bool run_header_equal(const run_header *a, const run_header *b)
{
    return digest_equal(&a->program, &b->program) && memcmp(a->output.bytes, b->output.bytes, sizeof a->output.bytes) == 0 &&
           digest_equal(&a->chain_end, &b->chain_end) && a->segment_count == b->segment_count &&
           a->ledger_count == b->ledger_count && a->shared_nonce == b->shared_nonce;
}
