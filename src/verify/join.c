#include "verify/join.h"

#include "base/check.h"
#include "base/memory.h"
#include "crypto/keccak.h"
#include "verify/link.h"
#include "verify/words.h"

typedef struct {
    const verifier *v;
    word_cursor in;
    digest self;
    bool has_program_key;
    program_key *program_key;
    run_proof *child; /* a run of `join` whose key is that of self; NULL: the input has none */
    run_part part;
    boundary_record record;
    arena *scratch;
} node;

static status take_id(digest *id, node *n)
{
    const uint32_t *words;
    TRY(words_take(&words, &n->in, DIGEST_LENGTH));
    for (int i = 0; i < DIGEST_LENGTH; i++) {
        if (!fp_is_canonical(words[i]))
            return PROOF_MALFORMED;
        id->c[i] = fp_from_u32(words[i]);
    }
    return OK;
}

/* Hashed once; all children that are runs of this program take it as it is here. */
static status take_key_of(program_key *key, node *n, const digest *expected)
{
    digest id;
    TRY(words_take_key(key, &n->in, n->v));
    program_id(&id, n->v, key);
    return digest_equal(&id, expected) ? OK : PROOF_PROGRAM;
}

static status take_join_key(node *n)
{
    n->child = ARENA_NEW(n->scratch, run_proof, 1);
    n->child->segment_count = 1;
    n->child->ledger_count = 1;
    n->child->part_count = 1;
    n->child->records = &n->record;
    n->child->parts = &n->part;
    return take_key_of(&n->child->key, n, &n->self);
}

/* ---- children ------------------------------------------------------------------------------------- */

/* A complete run of the program with id self, of kind BOTH, whose output is the statement that is read here. */
static status take_inner(join_statement *said, node *n)
{
    if (n->child == NULL || n->in.left < DIGEST_LENGTH)
        return PROOF_MALFORMED;
    const uint32_t *words;
    uint32_t count = statement_words(n->in.words);
    if (count == 0)
        return PROOF_STATEMENT;
    TRY(words_take(&words, &n->in, count));
    TRY(statement_read(said, words, count));
    if (!digest_equal(&said->self, &n->self))
        return PROOF_PROGRAM;

    run_part *part = &n->part;
    memset(part, 0, sizeof *part);
    part->kind = VM_BOTH;
    part->index = 1;
    part->pc4_first = n->child->key.entry_pc4;
    part->pc4_last = RISCV_HALT;
    TRY(words_take_one(&n->child->shared_nonce, &n->in));
    TRY(words_take_one(&part->cycles, &n->in));
    TRY(words_take_one(&part->key_after_plus_1, &n->in));
    TRY(words_take_rows(part->rows, &n->in, n->v->machine.count));
    TRY(words_take_proof(part, &n->in, n->v, n->scratch));
    TRY(run_record_of_both(&n->record, n->v, part));

    /* What was parsed is what is hashed. */
    uint8_t statement[STATEMENT_BYTES_MAX];
    n->child->output = (bytes){statement, statement_write(statement, said)};
    run_statement ignored;
    return run_verify(&ignored, NULL, n->v, &n->self, n->child, n->scratch);
}

/* The part at the place that `state` has come to; makes it the state after. */
static status take_leaf(run_state *state, proof_outcome *outcome, node *n, const run_header *header,
                        const bus_challenge *shared)
{
    uint32_t segments = header->segment_count, ledgers = header->ledger_count, place = state->place;
    if (!n->has_program_key)
        return PROOF_MALFORMED;
    if (place >= segments + ledgers)
        return PROOF_CHAIN;
    run_part *part = &n->part;
    memset(part, 0, sizeof *part);
    TRY(words_take_one(&part->kind, &n->in));
    if (part->kind == VM_BOTH ? place != 0 || segments != 1 || ledgers != 1
                              : part->kind != (place < segments ? VM_SEGMENT : VM_LEDGER))
        return PROOF_SHAPE;
    part->index = place < segments ? place + 1 : place + 1 - segments;
    if (part->kind != VM_LEDGER)
        part->pc4_first = state->pc4;
    if (part->kind != VM_SEGMENT)
        part->key_before_plus_1 = state->key_plus_1;
    TRY(words_take_one(&part->pc4_last, &n->in));
    TRY(words_take_one(&part->cycles, &n->in));
    TRY(words_take_one(&part->key_after_plus_1, &n->in));
    TRY(words_take_rows(part->rows, &n->in, n->v->machine.count));
    TRY(words_take_proof(part, &n->in, n->v, n->scratch));
    TRY(run_verify_part(outcome, &n->record, n->v, &header->program, n->program_key, shared, segments, ledgers, part,
                         tree_check, n->scratch));

    state->place = place + (part->kind == VM_BOTH ? 2 : 1);
    if (part->kind != VM_LEDGER)
        state->pc4 = part->pc4_last;
    if (part->kind != VM_SEGMENT)
        state->key_plus_1 = part->key_after_plus_1;
    run_chain_add(&state->chain, &n->record);
    return OK;
}

/* ---- SPAN ----------------------------------------------------------------------------------------- */

static status take_header(run_header *header, node *n)
{
    const uint32_t *output;
    TRY(take_id(&header->program, n));
    TRY(words_take(&output, &n->in, 8));
    memcpy(header->output.bytes, output, sizeof header->output.bytes);
    TRY(words_take_digests(&header->chain_end, &n->in, 1));
    TRY(words_take_one(&header->segment_count, &n->in));
    TRY(words_take_one(&header->ledger_count, &n->in));
    TRY(words_take_one(&header->shared_nonce, &n->in));
    return header->segment_count > 0 && header->segment_count <= UINT16_MAX && header->ledger_count > 0 &&
                   header->ledger_count <= UINT16_MAX
               ? OK
               : PROOF_MALFORMED;
}

static status take_state(run_state *state, node *n)
{
    TRY(words_take_one(&state->place, &n->in));
    TRY(words_take_one(&state->pc4, &n->in));
    TRY(words_take_one(&state->key_plus_1, &n->in));
    TRY(words_take_digests(&state->chain, &n->in, 1));
    return state->pc4 <= RISCV_HALT && state->key_plus_1 <= UINT32_C(1) << 30 ? OK : PROOF_MALFORMED;
}

/* Child `i` of a span: its states, sum and count are added to what is joined so far. */
static status add_child(join_statement *span, uint32_t i, node *n, const bus_challenge *shared)
{
    uint32_t sort;
    fp5 sum;
    uint64_t count;
    TRY(words_take_one(&sort, &n->in));
    if (sort == JOIN_LEAF) {
        proof_outcome outcome;
        if (i == 0) {
            TRY(take_state(&span->before, n));
            span->after = span->before;
        }
        TRY(take_leaf(&span->after, &outcome, n, &span->header, shared));
        sum = outcome.shared_sum;
        count = outcome.shared_count;
    } else if (sort == JOIN_INNER) {
        join_statement said;
        TRY(take_inner(&said, n));
        if (said.kind != STATEMENT_SPAN)
            return PROOF_STATEMENT;
        if (!run_header_equal(&said.header, &span->header))
            return PROOF_HEADER;
        if (i == 0)
            span->before = said.before;
        else if (!run_state_equal(&said.before, &span->after))
            return PROOF_CHAIN;
        span->after = said.after;
        sum = said.shared_sum;
        count = said.shared_count;
    } else {
        return PROOF_MALFORMED;
    }
    span->shared_sum = fp5_add(span->shared_sum, sum);
    return __builtin_add_overflow(span->shared_count, count, &span->shared_count) ? PROOF_SHAPE : OK;
}

/* All parts are there: everything that makes them a run. */
static status complete(join_statement *span, const node *n, const bus_challenge *shared)
{
    const run_header *h = &span->header;
    if (!n->has_program_key)
        return PROOF_MALFORMED;
    run_state start = {.place = 0, .pc4 = n->program_key->entry_pc4, .key_plus_1 = 0};
    run_chain_start(&start.chain, n->v, &h->program);
    if (!run_state_equal(&span->before, &start))
        return PROOF_CHAIN;
    if (span->after.pc4 != RISCV_HALT || !digest_equal(&span->after.chain, &h->chain_end))
        return PROOF_CHAIN;
    fp5 terms;
    if (!vm_output_terms(&terms, shared, &h->output) || !fp5_is_zero(fp5_add(span->shared_sum, terms)))
        return PROOF_BUS;
    if (span->shared_count >= FP_MODULUS - 4)
        return PROOF_SHAPE;
    *span = (join_statement){.kind = STATEMENT_RUN,
                             .self = span->self,
                             .header = {.program = h->program, .output = h->output}};
    return OK;
}

static status join_spans(join_statement *out, uint32_t children, node *n)
{
    run_header *header = &out->header;
    bus_challenge shared;
    out->kind = STATEMENT_SPAN;
    TRY(take_header(header, n));
    TRY(run_shared_challenge(&shared, n->v, header));
    if (n->has_program_key) {
        n->program_key = ARENA_NEW(n->scratch, program_key, 1);
        TRY(take_key_of(n->program_key, n, &header->program));
    }
    for (uint32_t i = 0; i < children; i++)
        TRY(add_child(out, i, n, &shared));
    if (out->before.place == 0 && out->after.place == header->segment_count + header->ledger_count)
        return complete(out, n, &shared);
    return OK;
}

/* ---- LINK and PASS -------------------------------------------------------------------------------- */

static status take_run(join_statement *said, node *n)
{
    TRY(take_inner(said, n));
    return said->kind == STATEMENT_RUN || said->kind == STATEMENT_RUNS ? OK : PROOF_STATEMENT;
}

static status join_runs(join_statement *out, uint32_t children, node *n)
{
    uint8_t joined[LINK_BYTES_MAX];
    const link_format *format = NULL;
    uint32_t ignored;
    for (uint32_t i = 0; i < children; i++) {
        join_statement said;
        const uint32_t *words;
        TRY(take_run(&said, n));
        if (i == 0)
            out->header.program = said.header.program;
        else if (!digest_equal(&said.header.program, &out->header.program))
            return PROOF_PROGRAM;

        if (n->in.left < DIGEST_LENGTH)
            return PROOF_MALFORMED;
        const link_format *own = link_format_of((const uint8_t *)n->in.words);
        if (own == NULL)
            return LINK_UNKNOWN;
        if (i > 0 && own != format)
            return LINK_BROKEN;
        format = own;
        size_t size_bytes = link_bytes(format);
        TRY(words_take(&words, &n->in, size_bytes / 4));
        const uint8_t *output = (const uint8_t *)words;
        hash256 hash;
        keccak256(&hash, output, size_bytes);
        if (memcmp(hash.bytes, said.header.output.bytes, sizeof hash.bytes) != 0)
            return PROOF_STATEMENT;
        TRY(link_alone(format, &ignored, output));
        if (i == 0)
            memcpy(joined, output, size_bytes);
        else
            TRY(link_join(format, &ignored, joined, output));
    }
    out->kind = STATEMENT_RUNS;
    keccak256(&out->header.output, joined, link_bytes(format));
    return OK;
}

/* ---- the node ------------------------------------------------------------------------------------- */

static status join(join_statement *out, node *n)
{
    uint32_t operation, children, keys;
    TRY(words_take_one(&operation, &n->in));
    TRY(words_take_one(&children, &n->in));
    TRY(take_id(&n->self, n));
    TRY(words_take_one(&keys, &n->in));
    if (children == 0 || children > JOIN_CHILDREN_MAX || keys > (JOIN_KEY_PROGRAM | JOIN_KEY_JOIN))
        return PROOF_MALFORMED;
    n->has_program_key = keys & JOIN_KEY_PROGRAM;
    if (keys & JOIN_KEY_JOIN)
        TRY(take_join_key(n));
    out->self = n->self;
    if (n->has_program_key && operation != JOIN_SPAN)
        return PROOF_MALFORMED;
    switch (operation) {
    case JOIN_SPAN:
        return join_spans(out, children, n);
    case JOIN_LINK:
        return join_runs(out, children, n);
    case JOIN_PASS:
        return children == 1 ? take_run(out, n) : PROOF_MALFORMED;
    default:
        return PROOF_MALFORMED;
    }
}

static node *node_open(const verifier *v, bytes input, arena *scratch)
{
    CHECK((uintptr_t)input.data % 4 == 0);
    node *n = ARENA_NEW(scratch, node, 1);
    n->v = v;
    const uint32_t *words = (const uint32_t *)(const void *)input.data;
    n->in = (word_cursor){words, input.size / 4, words};
    n->scratch = scratch;
    return n;
}

/* The input has nothing else, and a statement is given only where everything held. */
static status node_close(join_statement *out, node *n, bytes input, status s, size_t mark)
{
    if (s == OK && (n->in.left != 0 || input.size % 4 != 0))
        s = PROOF_MALFORMED;
    if (s != OK)
        memset(out, 0, sizeof *out);
    arena_rewind(n->scratch, mark);
    return s;
}

status join_node(join_statement *out, const verifier *v, bytes input, arena *scratch)
{
    size_t mark = scratch->used_bytes;
    memset(out, 0, sizeof *out);
    node *n = node_open(v, input, scratch);
    return node_close(out, n, input, join(out, n), mark);
}

status last_node(join_statement *out, const verifier *v, const digest *join_id, bytes input, arena *scratch)
{
    size_t mark = scratch->used_bytes;
    memset(out, 0, sizeof *out);
    node *n = node_open(v, input, scratch);
    n->self = *join_id;
    status s = take_join_key(n);
    if (s == OK)
        s = take_run(out, n);
    return node_close(out, n, input, s, mark);
}
