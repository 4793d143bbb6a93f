/* Each row about joining of the protocol's table of attacks (section 12), as a test of its own; and that what is true joins.
 *
 * Parts are proofs of a small program's runs. In the place of `join` stands a program that makes public whatever it reads: so
 * a test has a proof of any statement, true or not, and what refuses it is the node that it is shown to, with the code that
 * the guest program has. Run from the repository's root. */
#include "tests/soundness/join.h"

#include "verify/joined.h"
#include "verify/link.h"
#include "verify/words.h"

/* ---- what is true joins --------------------------------------------------------------------------- */

static void assert_is_run(const join_statement *said, bytes public)
{
    join_statement expected = run_said(STATEMENT_RUN, public);
    assert_memory_equal(said, &expected, sizeof expected);
}

static void parts_become_a_run(void **state)
{
    (void)state;
    join_statement out;
    join_child children[PARTS];
    join_job job = parts_of(children, 0, PARTS);
    assert_status(run_node(&out, &job), OK);
    assert_is_run(&out, output);

    join_child one = leaf(&whole.parts[0]);
    job = span_of(&one, 1, &states[0]);
    job.header = header_of(&program, &whole);
    assert_status(run_node(&out, &job), OK);
    assert_is_run(&out, output);
}

/* Every way to cut the parts in two and three, with nodes of nodes, comes to the same statement. */
static void trees_come_to_the_same(void **state)
{
    (void)state;
    join_statement out, a, b;
    for (uint32_t cut_at = 1; cut_at < PARTS; cut_at++) {
        a = span_said(0, cut_at);
        b = span_said(cut_at, PARTS);
        assert_true(run_state_equal(&a.before, &states[0]) && run_state_equal(&a.after, &states[cut_at]));
        assert_true(run_state_equal(&b.before, &states[cut_at]) && run_state_equal(&b.after, &states[PARTS]));
        fact left = fact_of(&a), right = fact_of(&b);
        join_child two[2] = {inner(&left), inner(&right)};
        join_job job = span_of(two, 2, &states[0]);
        assert_status(run_node(&out, &job), OK);
        assert_is_run(&out, output);

        /* A node over leaves and nodes in one list. */
        join_child mixed[PARTS] = {inner(&left)};
        for (uint32_t i = cut_at; i < PARTS; i++)
            mixed[1 + i - cut_at] = leaf(&split.parts[i]);
        job = span_of(mixed, 1 + PARTS - cut_at, &states[0]);
        assert_status(run_node(&out, &job), OK);
        assert_is_run(&out, output);
        fixture_clear(NULL);
    }
    /* A node over one node. */
    a = span_said(1, 3);
    fact f = fact_of(&a);
    join_child child = inner(&f);
    join_job job = span_of(&child, 1, &states[0]);
    assert_status(run_node(&out, &job), OK);
    assert_memory_equal(&out, &a, sizeof a);
}

static void statements_pass_on(void **state)
{
    (void)state;
    join_statement out, run = run_said(STATEMENT_RUN, output);
    fact f = fact_of(&run);
    join_child child = inner(&f);
    join_job job = runs_of(JOIN_PASS, &child, 1);
    assert_status(run_node(&out, &job), OK);
    assert_memory_equal(&out, &run, sizeof run);
    assert_status(run_last(&out, &f), OK);
    assert_memory_equal(&out, &run, sizeof run);
}

/* ---- places --------------------------------------------------------------------------------------- */

static void span_shown_as_run(void **state)
{
    (void)state;
    join_statement said = span_said(0, 3);
    fact f = fact_of(&said);
    is_no_run(&f);
    /* Nor the words of a run with a span's tag: RUN has 32 words, SPAN 88, and each tag its own number. */
    join_statement run = run_said(STATEMENT_RUN, output);
    uint32_t words[STATEMENT_SPAN_WORDS] = {0};
    statement_write((uint8_t *)words, &run);
    memcpy(words, "ASHLAR/span/1\0\0", 16);
    assert_int_equal(statement_words(words), STATEMENT_SPAN_WORDS);
    assert_status(statement_read(&run, words, STATEMENT_RUN_WORDS), PROOF_STATEMENT);
    assert_status(statement_read(&run, words, STATEMENT_SPAN_WORDS), PROOF_STATEMENT);
}

/* A statement over all places is either a run, with all that makes it one, or there is none: it is not asked for, and not
 * left as a span. */
static void complete_is_computed(void **state)
{
    (void)state;
    join_statement said = span_said(0, PARTS - 1), out;
    said.after = states[PARTS];
    for (int wrong = 0; wrong < 4; wrong++) {
        join_statement s = said;
        /* The sum is that of four parts; so at the latest that is wrong. */
        if (wrong == 1)
            s.before.chain.c[0] ^= 1;
        if (wrong == 2)
            s.after.pc4 = RISCV_HALT - 1;
        if (wrong == 3)
            s.after.chain.c[7] ^= 1;
        fact f = fact_of(&s);
        join_child child = inner(&f);
        join_job job = span_of(&child, 1, &states[0]);
        refused(&job, wrong == 0 ? PROOF_BUS : PROOF_CHAIN);
        job.program_key = NULL; /* who would not complete it leaves away what that takes */
        refused(&job, PROOF_MALFORMED);
    }
    /* A run is no child of a span, so that nothing can be put behind its end. */
    out = run_said(STATEMENT_RUN, output);
    fact f = fact_of(&out);
    join_child child = inner(&f);
    join_job job = span_of(&child, 1, &states[0]);
    refused(&job, PROOF_STATEMENT);
}

static void run_without_its_first_part(void **state)
{
    (void)state;
    join_child children[PARTS];
    join_statement said = span_said(1, PARTS); /* a span, and no more */
    fact f = fact_of(&said);
    is_no_run(&f);
    /* Part 2 at the place of part 1. */
    join_job job = parts_of(children, 1, PARTS);
    job.before = states[0];
    job.before.pc4 = split.parts[1].pc4_first;
    assert_true(verdict(&job) != OK);
    /* The same of a run that says to have a segment less. */
    job.header.segment_count--;
    for (job.header.shared_nonce = 0; verdict(&job) == PROOF_GRINDING; job.header.shared_nonce++)
        ;
    assert_true(verdict(&job) != OK);
    /* A span that begins with the run but says that it is at place 0. */
    said.before.place = 0;
    f = fact_of(&said);
    join_child child = inner(&f);
    job = span_of(&child, 1, &states[0]);
    refused(&job, PROOF_CHAIN);
}

static void run_without_its_last_part(void **state)
{
    (void)state;
    join_child children[PARTS];
    join_statement said = span_said(0, PARTS - 1);
    fact f = fact_of(&said);
    is_no_run(&f);
    join_job job = parts_of(children, 0, PARTS - 1);
    job.header.ledger_count--;
    for (job.header.shared_nonce = 0; verdict(&job) == PROOF_GRINDING; job.header.shared_nonce++)
        ;
    assert_true(verdict(&job) != OK);
    said.after.place++;
    f = fact_of(&said);
    join_child child = inner(&f);
    job = span_of(&child, 1, &states[0]);
    refused(&job, PROOF_CHAIN);
}

static void part_twice(void **state)
{
    (void)state;
    join_child children[PARTS + 1];
    for (uint32_t twice = 0; twice < PARTS; twice++) {
        for (uint32_t i = 0; i <= PARTS; i++)
            children[i] = leaf(&split.parts[i <= twice ? i : i - 1]);
        join_job job = span_of(children, PARTS + 1, &states[0]);
        assert_true(verdict(&job) != OK);
    }
}

static void part_left_out(void **state)
{
    (void)state;
    join_child children[PARTS];
    for (uint32_t out = 1; out + 1 < PARTS; out++) {
        for (uint32_t i = 0; i < PARTS - 1; i++)
            children[i] = leaf(&split.parts[i < out ? i : i + 1]);
        join_job job = span_of(children, PARTS - 1, &states[0]);
        assert_true(verdict(&job) != OK);
    }
    join_statement a = span_said(0, 2), b = span_said(3, PARTS);
    fact left = fact_of(&a), right = fact_of(&b);
    join_child two[] = {inner(&left), inner(&right)};
    join_job job = span_of(two, 2, &states[0]);
    refused(&job, PROOF_CHAIN);
}

static void parts_exchanged(void **state)
{
    (void)state;
    join_child children[PARTS];
    for (uint32_t at = 0; at + 1 < PARTS; at++) {
        for (uint32_t i = 0; i < PARTS; i++)
            children[i] = leaf(&split.parts[i == at ? at + 1 : i == at + 1 ? at : i]);
        join_job job = span_of(children, PARTS, &states[0]);
        assert_true(verdict(&job) != OK);
    }
    join_statement a = span_said(0, 2), b = span_said(2, PARTS);
    fact left = fact_of(&a), right = fact_of(&b);
    join_child two[] = {inner(&right), inner(&left)};
    join_job job = span_of(two, 2, &states[0]);
    refused(&job, PROOF_CHAIN);
}

static void spans_that_overlap(void **state)
{
    (void)state;
    join_statement a = span_said(0, 3), b = span_said(2, PARTS);
    fact left = fact_of(&a), right = fact_of(&b);
    join_child two[] = {inner(&left), inner(&right)};
    join_job job = span_of(two, 2, &states[0]);
    refused(&job, PROOF_CHAIN);
    join_child mixed[] = {inner(&left), leaf(&split.parts[2])};
    job = span_of(mixed, 2, &states[0]);
    assert_true(verdict(&job) != OK);
}

/* Kind and index follow from the place. */
static void segment_in_the_ledgers_place(void **state)
{
    (void)state;
    join_child children[2] = {leaf(&split.parts[0])};
    run_state before = states[SEGMENTS];
    before.pc4 = split.parts[0].pc4_first;
    join_job job = span_of(children, 1, &before);
    refused(&job, PROOF_SHAPE);
    children[0] = leaf(&split.parts[SEGMENTS]);
    before = states[0];
    job = span_of(children, 1, &before);
    refused(&job, PROOF_SHAPE);
}

static void both_among_others(void **state)
{
    (void)state;
    join_child child = leaf(&whole.parts[0]);
    join_job job = span_of(&child, 1, &states[0]);
    refused(&job, PROOF_SHAPE); /* three segments, two ledger parts */
    job.header = header_of(&program, &whole);
    job.before.place = 1;
    refused(&job, PROOF_SHAPE);
    job.before.place = 2;
    refused(&job, PROOF_CHAIN);
}

static void empty_node(void **state)
{
    (void)state;
    join_child children[PARTS];
    join_job job = parts_of(children, 0, 0);
    refused(&job, PROOF_MALFORMED);
    job = runs_of(JOIN_LINK, NULL, 0);
    refused(&job, PROOF_MALFORMED);
    job = runs_of(JOIN_PASS, NULL, 0);
    refused(&job, PROOF_MALFORMED);
    static const uint32_t counts[][2] = {{0, 2}, {3, 0}, {1 << 16, 2}, {3, 1 << 16}, {0, 0}};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        job = parts_of(children, 0, 1);
        job.header.segment_count = counts[i][0];
        job.header.ledger_count = counts[i][1];
        refused(&job, PROOF_MALFORMED);
    }
    join_child many[JOIN_CHILDREN_MAX + 1];
    for (int i = 0; i <= JOIN_CHILDREN_MAX; i++)
        many[i] = leaf(&split.parts[0]);
    job = span_of(many, JOIN_CHILDREN_MAX + 1, &states[0]);
    refused(&job, PROOF_MALFORMED);
}

static void pc_between_spans(void **state)
{
    (void)state;
    join_statement a = span_said(0, 1), b = span_said(1, 3);
    b.before.pc4++;
    fact left = fact_of(&a), right = fact_of(&b);
    join_child two[] = {inner(&left), inner(&right)};
    join_job job = span_of(two, 2, &states[0]);
    refused(&job, PROOF_CHAIN);
    /* A leaf begins where the one before ended: another pc is in no proof of it. */
    join_child children[PARTS];
    job = parts_of(children, 1, 2);
    job.before.pc4++;
    assert_true(verdict(&job) != OK);
}

static void keys_between_spans(void **state)
{
    (void)state;
    join_statement a = span_said(0, 4), b = span_said(4, PARTS);
    b.before.key_plus_1 = 0;
    fact left = fact_of(&a), right = fact_of(&b);
    join_child two[] = {inner(&left), inner(&right)};
    join_job job = span_of(two, 2, &states[0]);
    refused(&job, PROOF_CHAIN);
    join_child children[PARTS];
    job = parts_of(children, 4, PARTS);
    job.before.key_plus_1 = 0;
    assert_true(verdict(&job) != OK);
}

/* ---- headers, chain, χ ---------------------------------------------------------------------------- */

/* What a lying prover draws χ from. */
typedef struct {
    run_header header;
    bool chain_end, output;
} other_header;

static void change_header(void *context, run_header *h)
{
    other_header *o = context;
    if (o->chain_end)
        h->chain_end = o->header.chain_end;
    if (o->output)
        h->output = o->header.output;
}

/* The split run under another header; and that header, whole. */
static run_proof split_under(other_header *o)
{
    run_proof proof;
    prover_lies lies = {.context = o, .change_header = change_header};
    assert_status(prove_run(&proof, NULL, &program, input, output, (cut){6, 40, &lies}), OK);
    run_header h = header;
    change_header(o, &h);
    h.shared_nonce = proof.shared_nonce;
    o->header = h;
    return proof;
}

static void leaves_of(join_child children[PARTS], const run_proof *proof)
{
    for (uint32_t i = 0; i < PARTS; i++)
        children[i] = leaf(&proof->parts[i]);
}

static void challenge_of_its_own(void **state)
{
    (void)state;
    /* Parts that were made under the χ of another header. */
    other_header o = {.header = header, .chain_end = true};
    o.header.chain_end.c[0] ^= 1;
    run_proof proof = split_under(&o);
    join_child children[PARTS];
    leaves_of(children, &split);
    for (uint32_t i = 0; i < PARTS; i++) {
        join_child one = leaf(&proof.parts[i]);
        join_job job = span_of(&one, 1, &states[i]);
        assert_true(verdict(&job) != OK);
        children[i] = one;
        job = span_of(children, PARTS, &states[0]);
        assert_true(verdict(&job) != OK);
        children[i] = leaf(&split.parts[i]);
    }
    /* The nonce is the header's and grinds: another one gives another χ, or none. */
    join_job job = parts_of(children, 0, PARTS);
    for (uint32_t i = 1; i < 20; i++) {
        job.header.shared_nonce = fp_add(header.shared_nonce, fp_from_u32(i));
        assert_true(verdict(&job) != OK);
    }
    job.header.shared_nonce = FP_MODULUS;
    refused(&job, PROOF_GRINDING);
}

/* A nonce that grinds, other than the header's. */
static run_header other_nonce(void)
{
    run_header h = header;
    bus_challenge ignored;
    do
        h.shared_nonce = fp_add(h.shared_nonce, FP_ONE);
    while (run_shared_challenge(&ignored, &tiny, &h) != OK);
    return h;
}

static void two_headers(void **state)
{
    (void)state;
    join_statement a = span_said(0, 2), b = span_said(2, PARTS);
    fact left = fact_of(&a);
    for (int word = 0; word < 6; word++) {
        join_statement s = b;
        run_header *h = &s.header;
        switch (word) {
        case 0: h->program = other_program.id; break;
        case 1: h->output.bytes[31] ^= 1; break;
        case 2: h->chain_end.c[7] ^= 1; break;
        case 3: h->segment_count++; break;
        case 4: h->ledger_count++; break;
        default: *h = other_nonce();
        }
        fact right = fact_of(&s);
        join_child two[] = {inner(&left), inner(&right)};
        join_job job = span_of(two, 2, &states[0]);
        refused(&job, PROOF_HEADER);
    }
}

static void part_of_another_program(void **state)
{
    (void)state;
    run_proof proof;
    bytes other_input = input_for(&memory, output, (bytes){0});
    assert_status(prove_run(&proof, NULL, &other_program, other_input, output, (cut){0}), OK);
    /* The same chain of records, the other key: it is not that of the header's program. */
    join_child child = leaf(&proof.parts[0]);
    join_job job = span_of(&child, 1, &states[0]);
    job.header = header_of(&other_program, &proof);
    job.program_key = &other_program.key;
    join_start(&job.before, &tiny, &other_program.id, &other_program.key);
    assert_status(verdict(&job), OK); /* of the other program it is a run */
    job.header.program = program.id;
    refused(&job, PROOF_PROGRAM);
    job.program_key = &program.key;
    assert_true(verdict(&job) != OK);
}

static void chain_that_ends_elsewhere(void **state)
{
    (void)state;
    /* The chain's end is made up: true parts, true spans, and no run. */
    other_header o = {.header = header, .chain_end = true};
    for (int i = 0; i < DIGEST_LENGTH; i++)
        o.header.chain_end.c[i] = (uint32_t)i;
    run_proof proof = split_under(&o);
    join_child children[PARTS];
    leaves_of(children, &proof);
    join_job job = span_of(children, PARTS - 1, &states[0]);
    job.header = o.header;
    assert_status(verdict(&job), OK);
    job = span_of(children, PARTS, &states[0]);
    job.header = o.header;
    refused(&job, PROOF_CHAIN);
}

static void forge_last(void *context, uint32_t part, vm_tables *tables, bool boundary_only)
{
    (void)context;
    if (part != 0 || boundary_only)
        return;
    for (uint32_t i = 0; i < tables->count; i++)
        if (tables->tables[i].chip == VM_CHIP_MEMORY) {
            fp *column = (fp *)tables->tables[i].columns[AIR_BOUNDARY];
            column[0] = fp_add(column[0], FP_ONE); /* whatever it is: another root than what was committed before χ */
        }
}

/* χ was drawn from another boundary than the part's. */
static void record_beside_the_chain(void **state)
{
    (void)state;
    run_proof proof;
    prover_lies lies = {.change_tables = forge_last};
    assert_status(prove_run(&proof, NULL, &program, input, output, (cut){6, 40, &lies}), OK);
    join_child children[PARTS];
    leaves_of(children, &proof);
    join_job job = span_of(children, PARTS, &states[0]);
    job.header = header_of(&program, &proof);
    assert_true(verdict(&job) != OK);
    /* And where a part's own record is honest, but the chain has another. */
    other_header o = {.header = header, .chain_end = true};
    boundary_record records[PARTS];
    memcpy(records, split.records, sizeof records);
    records[1].root.c[0] ^= 1;
    run_header_make(&o.header, &tiny, &program.id, records, SEGMENTS, LEDGER_PARTS, output);
    proof = split_under(&o);
    leaves_of(children, &proof);
    job = span_of(children, PARTS, &states[0]);
    job.header = o.header;
    refused(&job, PROOF_CHAIN);
    /* A state that claims the false chain does not meet what is computed. */
    run_state claimed = states[1];
    run_chain_add(&claimed.chain, &records[1]);
    claimed.place = 2;
    claimed.pc4 = states[2].pc4;
    job = span_of(children, 2, &states[0]);
    job.header = o.header;
    join_statement a, b;
    assert_status(run_node(&a, &job), OK);
    job = span_of(children + 2, PARTS - 2, &claimed);
    job.header = o.header;
    assert_status(run_node(&b, &job), OK);
    fact left = fact_of(&a), right = fact_of(&b);
    join_child two[] = {inner(&left), inner(&right)};
    job = span_of(two, 2, &states[0]);
    job.header = o.header;
    refused(&job, PROOF_CHAIN);
}

static void entry_of_another_key(void **state)
{
    (void)state;
    /* From the second instruction on. */
    join_statement said = span_said(0, 1);
    said.before.pc4++;
    said.after = states[PARTS];
    fact f = fact_of(&said);
    join_child child = inner(&f);
    join_job job = span_of(&child, 1, &states[0]);
    refused(&job, PROOF_CHAIN);
    program_key key = program.key;
    key.entry_pc4++;
    job.program_key = &key;
    refused(&job, PROOF_PROGRAM);
}

static void output_of_another_run(void **state)
{
    (void)state;
    /* All parts under a header with another output: everything is true but the sum. */
    other_header o = {.header = header, .output = true};
    o.header.output.bytes[0] ^= 1;
    run_proof proof = split_under(&o);
    join_child children[PARTS];
    leaves_of(children, &proof);
    join_job job = span_of(children, PARTS - 1, &states[0]);
    job.header = o.header;
    assert_status(verdict(&job), OK);
    job = span_of(children, PARTS, &states[0]);
    job.header = o.header;
    refused(&job, PROOF_BUS);
}

static void sum_from_nowhere(void **state)
{
    (void)state;
    join_statement a = span_said(0, 2), b = span_said(2, PARTS);
    fact left = fact_of(&a);
    b.shared_sum.c[4] = fp_add(b.shared_sum.c[4], FP_ONE);
    fact right = fact_of(&b);
    join_child two[] = {inner(&left), inner(&right)};
    join_job job = span_of(two, 2, &states[0]);
    refused(&job, PROOF_BUS);
}

static void shared_messages_are_counted_over_nodes(void **state)
{
    (void)state;
    join_statement a = span_said(0, 2), b = span_said(2, PARTS), out;
    uint64_t count = b.shared_count;
    assert_true(a.shared_count > 0 && count > 0);
    fact left = fact_of(&a);
    static const status expected[] = {OK, PROOF_SHAPE, PROOF_SHAPE, PROOF_SHAPE};
    const uint64_t counts[] = {FP_MODULUS - 5 - a.shared_count, FP_MODULUS - 4 - a.shared_count,
                               UINT64_MAX - a.shared_count, UINT64_MAX - a.shared_count + 1};
    for (int i = 0; i < 4; i++) {
        b.shared_count = counts[i];
        fact right = fact_of(&b);
        join_child two[] = {inner(&left), inner(&right)};
        join_job job = span_of(two, 2, &states[0]);
        assert_status(run_node(&out, &job), expected[i]);
    }
}

static void challenge_is_no_proofs_transcript(void **state)
{
    (void)state;
    /* The end of a chain can be claimed to be anything; the transcript of a proof begins with the length of its statement,
     * and that of χ with another one. */
    enum { LENGTH = 27 };
    _Static_assert((int)LENGTH != (int)RUN_STATEMENT, "of another length than a part's statement");
    run_header h = header;
    h.chain_end = (digest){{fp_from_u32(RUN_STATEMENT), fp_from_u32(PROOF_PROTOCOL_VERSION)}};
    transcript of_header, expected;
    uint32_t limbs[16];
    run_shared_transcript(&of_header, &h);
    transcript_start(&expected);
    transcript_absorb_number(&expected, LENGTH);
    transcript_absorb_number(&expected, PROOF_PROTOCOL_VERSION);
    transcript_absorb(&expected, h.chain_end.c, DIGEST_LENGTH);
    transcript_absorb_number(&expected, h.segment_count);
    transcript_absorb_number(&expected, h.ledger_count);
    vm_output_limbs(limbs, &h.output);
    for (int i = 0; i < 16; i++)
        transcript_absorb_number(&expected, limbs[i]);
    for (int i = 0; i < 20; i++)
        assert_int_equal(transcript_squeeze(&of_header), transcript_squeeze(&expected));
}

/* A chip whose rows of B are in no record would have a boundary that χ is not drawn from. */
static void record_covers_the_boundary(void **state)
{
    (void)state;
    assert_true(run_record_covers(&tiny.machine));
    assert_true(run_record_covers(&verifier_full.machine));
    stark_machine *m = ARENA_NEW(&memory, stark_machine, 1);
    *m = tiny.machine;
    air third = *m->chip[VM_CHIP_ADD];
    third.width[AIR_BOUNDARY] = 1;
    m->chip[VM_CHIP_ADD] = &third;
    assert_false(run_record_covers(m));
}

static void cap_of_another_key(void **state)
{
    (void)state;
    join_child children[PARTS];
    join_job job = parts_of(children, 0, PARTS);
    program_key key = program.key;
    job.program_key = &key;
    assert_status(verdict(&job), OK);
    key.proof.cap[1][3].c[2] = other_program.key.proof.cap[1][3].c[2] ^ 1;
    refused(&job, PROOF_PROGRAM);
    key = program.key;
    memcpy(key.proof.cap[0], other_program.key.proof.cap[0], sizeof key.proof.cap[0]);
    refused(&job, PROOF_PROGRAM);
    key = program.key;
    key.proof.rows[VM_CHIP_PROGRAM] *= 2;
    refused(&job, PROOF_PROGRAM);
    program_key join_key = stand_in.key;
    join_key.proof.cap[0][0].c[0] ^= 1;
    job = parts_of(children, 0, PARTS);
    job.join_key = &join_key;
    refused(&job, PROOF_PROGRAM);
}

/* ---- who made a child ----------------------------------------------------------------------------- */

static void root_of_another_self(void **state)
{
    (void)state;
    /* The honest program says what another self's node is worth; and it is shown to who expects the honest one. */
    join_statement said = run_said(STATEMENT_RUN, output), out;
    said.self = false_join.id;
    fact f = fact_of(&said);
    assert_status(run_last(&out, &f), PROOF_PROGRAM);
}

static void child_of_another_self(void **state)
{
    (void)state;
    join_statement said = span_said(0, 2);
    said.self = false_join.id;
    fact f = fact_of(&said);
    join_child child = inner(&f);
    join_job job = span_of(&child, 1, &states[0]);
    refused(&job, PROOF_PROGRAM);
    /* One level lower: the node is made with the other self, which is in its statement. */
    fact made = fact_cut(&false_join, &said, (cut){0});
    child = inner(&made);
    job = span_of(&child, 1, &states[0]);
    job.self = false_join.id;
    job.join_key = &false_join.key;
    join_statement out;
    assert_status(run_node(&out, &job), OK);
    assert_true(digest_equal(&out.self, &false_join.id));
    f = fact_of(&out);
    child = inner(&f);
    job = span_of(&child, 1, &states[0]);
    refused(&job, PROOF_PROGRAM);
}

static void child_of_another_program(void **state)
{
    (void)state;
    join_statement said = span_said(0, 2);
    fact f = fact_cut(&false_join, &said, (cut){0});
    join_child child = inner(&f);
    join_job job = span_of(&child, 1, &states[0]);
    assert_true(verdict(&job) != OK);
    job.join_key = &false_join.key;
    refused(&job, PROOF_PROGRAM);
    job.self = false_join.id;
    refused(&job, PROOF_PROGRAM);
    job = span_of(&child, 1, &states[0]);
    job.join_key = NULL;
    refused(&job, PROOF_MALFORMED);
}

static void join_of_another_version(void **state)
{
    (void)state;
    /* An old one, honest in its time: nothing carries over. */
    join_statement said = run_said(STATEMENT_RUN, output), out;
    said.self = false_join.id;
    fact f = fact_cut(&false_join, &said, (cut){0});
    join_child child = inner(&f);
    join_job job = runs_of(JOIN_PASS, &child, 1);
    refused(&job, PROOF_PROGRAM);
    job.join_key = &false_join.key;
    refused(&job, PROOF_PROGRAM);
    assert_status(run_last(&out, &f), PROOF_PROGRAM);
}

/* The same program proven with fewer queries. */
static void child_of_a_weak_machine(void **state)
{
    (void)state;
    static opening_parameters weak_opening;
    weak_opening = test_opening;
    weak_opening.rounds[0].queries = 1;
    const proof_parameters weak_parameters = {
        .opening = &weak_opening, .shared_grinding_bits = 1, .bus_grinding_bits = 1};
    verifier *weak = ARENA_NEW(&memory, verifier, 1);
    verifier_open(weak, &memory, &weak_parameters);
    prover_program weak_join;
    program_of(&weak_join, &memory, weak, &stand_in_code, (bytes){0});
    assert_false(digest_equal(&weak_join.id, &stand_in.id));
    join_statement said = run_said(STATEMENT_RUN, output), out;
    fact f = fact_cut(&weak_join, &said, (cut){0});
    join_child child = inner(&f);
    join_job job = runs_of(JOIN_PASS, &child, 1);
    assert_true(verdict(&job) != OK);
    job.join_key = &weak_join.key; /* the key is the same, the program's id is not */
    assert_true(verdict(&job) != OK);
    assert_true(run_last(&out, &f) != OK);
}

/* A proof of the cycles before an exit with another code than 0, and of the ledger: it stands before the exit. */
static void prove_until_exit(fact *f, const join_statement *said, test_code *c, const prover_program *p)
{
    static riscv_segment segment;
    static riscv_trace_data trace;
    uint8_t *statement = ARENA_NEW(&memory, uint8_t, STATEMENT_BYTES_MAX);
    bytes public = {statement, statement_write(statement, said)};
    bytes private = input_for(&memory, public, (bytes){0});
    riscv_machine machine;
    assert_status(riscv_open(&machine, &p->program, private), OK);
    assert_status(riscv_record(&machine, &segment, &memory,
                               &(riscv_limits){.cycles = c->count - 1, .words = 1 << 22, .call_words = 1 << 20}), OK);
    assert_true(machine.pc4 != RISCV_HALT);
    assert_int_equal(segment.cycles, c->count - 1);
    riscv_ledger_row *ledger;
    uint32_t ledger_count;
    riscv_ledger(&ledger, &ledger_count, &memory, &p->program, &segment, 1);
    riscv_close(&machine);
    assert_status(riscv_open(&machine, &p->program, private), OK);
    riscv_trace(&machine, &trace, &memory, &segment);
    riscv_close(&machine);
    vm_source source = {.kind = VM_BOTH,
                        .heights = VM_GRAINS,
                        .program = &p->program,
                        .segment = &segment,
                        .trace = &trace,
                        .ledger = ledger,
                        .ledger_count = ledger_count,
                        .key_before = vm_first_key_before()};
    vm_tables *tables = ARENA_NEW(&memory, vm_tables, 1);
    assert_int_equal(vm_fill(tables, &memory, &tiny.machine, &source, &p->preprocessed), 0);

    run_part *part = ARENA_NEW(&memory, run_part, 1);
    boundary_record *record = ARENA_NEW(&memory, boundary_record, 1);
    *part = (run_part){.kind = VM_BOTH,
                       .index = 1,
                       .pc4_first = segment.pc4_first,
                       .pc4_last = RISCV_HALT, /* what the node will take it for */
                       .cycles = segment.cycles,
                       .key_after_plus_1 = fp_to_u32(fp_add(vm_source_key_after(&source), FP_ONE))};
    for (uint32_t i = 0; i < tables->count; i++)
        part->rows[tables->tables[i].chip] = tables->tables[i].rows;
    *record = (boundary_record){.kind = VM_BOTH,
                                .memory_rows = part->rows[VM_CHIP_MEMORY],
                                .ledger_rows = part->rows[VM_CHIP_LEDGER]};
    proof_claim *claim = ARENA_NEW(&memory, proof_claim, 1);
    fp words_of_statement[RUN_STATEMENT];
    run_part_claim(claim, words_of_statement, &tiny, &p->id, &(bus_challenge){0}, 1, 1, part);
    proof_boundary_root(&record->root, &tiny.machine, &tiny.parameters, claim, tables->tables, tables->count, &scratch);
    *f = (fact){.said = *said};
    f->proof = (run_proof){.key = p->key, .segment_count = 1, .ledger_count = 1, .part_count = 1, .output = public,
                           .records = record, .parts = part};
    transcript t;
    shared_transcript(&t, &tiny, &p->id, &f->proof);
    f->proof.shared_nonce = transcript_grind(&t, tiny.parameters.shared_grinding_bits);
    bus_challenge shared = run_squeeze_shared(&t);
    run_part_claim(claim, words_of_statement, &tiny, &p->id, &shared, 1, 1, part);
    part->word_count = proof_words(&tiny.machine, &tiny.parameters, claim, &scratch);
    uint32_t *words = ARENA_NEW(&memory, uint32_t, part->word_count);
    proof_outcome outcome;
    proof_prove(words, &outcome, &tiny.machine, &tiny.parameters, p->proving_key, claim, tables->tables, tables->count,
                NULL, &scratch);
    part->words = words;
}

/* A `join` that found something wrong: its output words are written, but it did not end with 0. */
static void child_that_failed(void **state)
{
    (void)state;
    static test_code failing;
    if (failing.count == 0) {
        test_load(&failing, 30, MAP_INPUT_BASE + 8);
        test_load(&failing, 31, MAP_OUTPUT_BASE);
        for (int32_t i = 0; i < 4; i++) {
            test_op(&failing, OP_LD, 29, 30, 0, 8 * i);
            test_op(&failing, OP_SD, 0, 31, 29, 8 * i);
        }
        test_op(&failing, OP_ADDI, 17, 0, 0, CALL_EXIT);
        test_op(&failing, OP_ADDI, 10, 0, 0, 1);
        test_op(&failing, OP_ECALL, 0, 0, 0, 0);
    }
    prover_program p;
    program_of(&p, &memory, &tiny, &failing, (bytes){0});
    join_statement said = run_said(STATEMENT_RUN, output);
    said.self = p.id;
    uint8_t statement[STATEMENT_BYTES_MAX];
    bytes public = {statement, statement_write(statement, &said)};
    run_proof none;
    assert_status(prove_run(&none, NULL, &p, input_for(&memory, public, (bytes){0}), public, (cut){0}), GUEST_FAULT);

    fact f;
    prove_until_exit(&f, &said, &failing, &p);
    join_child child = inner(&f);
    join_job job = runs_of(JOIN_PASS, &child, 1);
    job.self = p.id;
    job.join_key = &p.key;
    refused(&job, PROOF_BUS); /* nothing sends HALT, and no child can say that it ended elsewhere */
}

static void statement_of_another_child(void **state)
{
    (void)state;
    join_statement a = span_said(0, 2), b = span_said(2, PARTS);
    fact f = fact_of(&a);
    f.said = b;
    join_child child = inner(&f);
    join_job job = span_of(&child, 1, &states[0]);
    assert_true(verdict(&job) != OK);
    /* One word of it is enough. */
    for (uint32_t i = 0; i < 5; i++) {
        f.said = a;
        switch (i) {
        case 0: f.said.after.place++; break;
        case 1: f.said.shared_count++; break;
        case 2: f.said.shared_sum.c[0] = fp_add(f.said.shared_sum.c[0], FP_ONE); break;
        case 3: f.said.after.chain.c[3] = fp_add(f.said.after.chain.c[3], FP_ONE); break;
        default: f.said.before.key_plus_1++;
        }
        assert_true(verdict(&job) != OK);
    }
}

static void statement_of_two_readings(void **state)
{
    (void)state;
    join_statement span = span_said(1, 3), run = run_said(STATEMENT_RUN, output), read;
    uint32_t words[STATEMENT_SPAN_WORDS], changed[STATEMENT_SPAN_WORDS];
    assert_int_equal(statement_write((uint8_t *)words, &span), STATEMENT_BYTES_MAX);
    assert_status(statement_read(&read, words, STATEMENT_SPAN_WORDS), OK);
    assert_memory_equal(&read, &span, sizeof span);
    /* Any word that is read is written the same, so no two strings mean one statement. */
    static const uint32_t values[] = {0, 1, 7, 255, FP_MODULUS - 1, FP_MODULUS, 1u << 30, (1u << 30) + 1, UINT32_MAX};
    uint32_t accepted = 0;
    for (uint32_t i = 0; i < STATEMENT_SPAN_WORDS; i++)
        for (uint32_t v = 0; v < 2 + sizeof values / sizeof *values; v++) {
            memcpy(changed, words, sizeof words);
            changed[i] = v == 0 ? words[i] + FP_MODULUS : v == 1 ? words[i] ^ 1u << 31 : values[v - 2];
            if (statement_words(changed) != STATEMENT_SPAN_WORDS ||
                statement_read(&read, changed, STATEMENT_SPAN_WORDS) != OK)
                continue;
            uint32_t again[STATEMENT_SPAN_WORDS];
            assert_int_equal(statement_write((uint8_t *)again, &read), STATEMENT_BYTES_MAX);
            assert_memory_equal(again, changed, sizeof changed);
            accepted++;
        }
    assert_true(accepted > 0);
    /* Zeros, elements, ids: by word. */
    static const uint32_t zeros[] = {4, 5, 6, 7, 45, 46, 47, 51, 55, 67, 71, 85, 87};
    for (size_t i = 0; i < sizeof zeros / sizeof *zeros; i++) {
        memcpy(changed, words, sizeof words);
        changed[zeros[i]] ^= 1;
        assert_status(statement_read(&read, changed, STATEMENT_SPAN_WORDS), PROOF_STATEMENT);
    }
    static const uint32_t elements[] = {8, 15, 16, 23, 32, 39, 42, 56, 63, 72, 79, 80, 84};
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++) {
        memcpy(changed, words, sizeof words);
        changed[elements[i]] = FP_MODULUS;
        assert_status(statement_read(&read, changed, STATEMENT_SPAN_WORDS), PROOF_STATEMENT);
    }
    /* States that no run has. */
    static const uint32_t beyond[][2] = {{48, PARTS + 1}, {64, PARTS + 1}, {49, RISCV_HALT + 1}, {65, RISCV_HALT + 1},
                                         {50, (1 << 30) + 1}, {66, (1 << 30) + 1}, {40, 0}, {41, 0}, {40, 1 << 16},
                                         {41, 1 << 16}};
    for (size_t i = 0; i < sizeof beyond / sizeof *beyond; i++) {
        memcpy(changed, words, sizeof words);
        changed[beyond[i][0]] = beyond[i][1];
        assert_status(statement_read(&read, changed, STATEMENT_SPAN_WORDS), PROOF_STATEMENT);
    }
    assert_int_equal(statement_write((uint8_t *)words, &run), STATEMENT_RUN_BYTES);
    assert_status(statement_read(&read, words, STATEMENT_RUN_WORDS), OK);
    assert_memory_equal(&read, &run, sizeof run);
    for (uint32_t count = 0; count < STATEMENT_RUN_WORDS; count++)
        assert_status(statement_read(&read, words, count), PROOF_STATEMENT);
}

/* *Below p* is exact: the greatest element is one. */
static void word_p_minus_1(void **state)
{
    (void)state;
    join_statement said = span_said(0, 1), read;
    said.after.chain.c[0] = FP_MODULUS - 1;
    said.header.program.c[0] = FP_MODULUS - 1;
    said.shared_sum.c[4] = FP_MODULUS - 1;
    uint32_t words[STATEMENT_SPAN_WORDS];
    statement_write((uint8_t *)words, &said);
    assert_status(statement_read(&read, words, STATEMENT_SPAN_WORDS), OK);
    assert_memory_equal(&read, &said, sizeof said);
    assert_int_equal(words[72], FP_MODULUS - 1);
    words[72]++;
    assert_status(statement_read(&read, words, STATEMENT_SPAN_WORDS), PROOF_STATEMENT);
    fact f = fact_of(&said);
    join_child child = inner(&f);
    join_job job = span_of(&child, 1, &states[0]);
    refused(&job, PROOF_HEADER); /* of another program: it was verified and read */
}

/* A child is one proof: neither part of a run of two is one. */
static void child_of_two_proofs(void **state)
{
    (void)state;
    join_statement said = span_said(0, 2);
    fact f = fact_cut(&stand_in, &said, (cut){4, 0, NULL});
    assert_true(f.proof.part_count >= 2);
    for (uint32_t i = 0; i < f.proof.part_count; i++) {
        join_child child = inner(&f);
        child.part = &f.proof.parts[i];
        join_job job = span_of(&child, 1, &states[0]);
        assert_true(verdict(&job) != OK);
    }
}

/* ---- links ---------------------------------------------------------------------------------------- */

enum { BLOCK_WORDS = 14, BATCH_WORDS = 16 };
enum { CONFIG = 2, PRE, POST, PARENT, HASH, NUMBER_FIRST, NUMBER_LAST, TIME, GAS, RECEIPTS_BEFORE, RECEIPTS_AFTER, HELD };
enum { BATCH_FIRST = 4, BATCH_LAST = 5, FAULTS = 14, PROVER = 15 };

typedef struct {
    uint8_t words[LINK_WORDS_MAX][32];
} outputs;

static void put_word(outputs *o, int word, uint64_t number)
{
    memset(o->words[word], 0, 32);
    for (int i = 0; i < 8; i++)
        o->words[word][31 - i] = (uint8_t)(number >> 8 * i);
}

static uint64_t word_of(const outputs *o, int word)
{
    uint64_t number = 0;
    for (int i = 24; i < 32; i++)
        number = number << 8 | o->words[word][i];
    return number;
}

/* Blocks first … last of a chain in which everything is called by its number. */
static outputs blocks(uint64_t first, uint64_t last)
{
    outputs o = {0};
    memcpy(o.words[0], "ASHLAR/block/3", 14);
    put_word(&o, 1, 1337);
    put_word(&o, CONFIG, 77);
    const uint64_t words[] = {first - 1, last, first - 1, last, first, last, last, 10 * (last - first + 1), first - 1, last};
    for (int i = 0; i < 10; i++)
        put_word(&o, PRE + i, words[i] + (i < 4 || i > 7 ? 1000 : 0));
    put_word(&o, HELD, 1);
    return o;
}

static outputs batches(uint64_t first, uint64_t last)
{
    outputs o = {0};
    memcpy(o.words[0], "ASHLAR/batch/1", 14);
    put_word(&o, 1, 5);
    put_word(&o, BATCH_FIRST, first);
    put_word(&o, BATCH_LAST, last);
    for (int i = 6; i < FAULTS; i += 2) {
        put_word(&o, i, 100 * (uint64_t)i + first - 1);
        put_word(&o, i + 1, 100 * (uint64_t)i + last);
    }
    put_word(&o, PROVER, 9);
    return o;
}

/* OK, or the word to blame in *word. */
static status link_of(outputs *joined, uint32_t *word, const outputs *a, const outputs *b)
{
    const link_format *f = link_format_of(a->words[0]);
    assert_non_null(f);
    *joined = *a;
    TRY(link_alone(f, word, a->words[0]));
    TRY(link_alone(f, word, b->words[0]));
    status s = link_join(f, word, joined->words[0], b->words[0]);
    assert_true(s == OK || memcmp(joined, a, sizeof *a) == 0);
    return s;
}

static void broken_at(const outputs *a, const outputs *b, uint32_t expected)
{
    outputs joined;
    uint32_t word = UINT32_MAX;
    assert_status(link_of(&joined, &word, a, b), LINK_BROKEN);
    assert_int_equal(word, expected);
}

/* A proof that a run of `of` made this public. */
static fact run_fact(statement_kind kind, const digest *of, const outputs *o, size_t size)
{
    join_statement said = run_said(kind, (bytes){o->words[0], size});
    said.header.program = *of;
    return fact_of(&said);
}

static status link_facts(join_statement *out, const fact *facts, const outputs *const *preimages, const size_t *sizes,
                         uint32_t count)
{
    join_child children[4];
    for (uint32_t i = 0; i < count; i++) {
        children[i] = inner(&facts[i]);
        children[i].preimage = (bytes){preimages[i]->words[0], sizes[i]};
    }
    join_job job = runs_of(JOIN_LINK, children, count);
    return run_node(out, &job);
}

static void runs_are_linked(void **state)
{
    (void)state;
    outputs a = blocks(5, 6), b = blocks(7, 7), c = blocks(8, 20), joined, all = blocks(5, 20);
    uint32_t word;
    assert_status(link_of(&joined, &word, &a, &b), OK);
    outputs two = blocks(5, 7);
    assert_memory_equal(&joined, &two, 32 * BLOCK_WORDS);
    assert_status(link_of(&joined, &word, &two, &c), OK);
    assert_memory_equal(&joined, &all, 32 * BLOCK_WORDS);

    const size_t size = 32 * BLOCK_WORDS, sizes[] = {size, size, size};
    fact facts[] = {run_fact(STATEMENT_RUN, &program.id, &a, size), run_fact(STATEMENT_RUN, &program.id, &b, size),
                    run_fact(STATEMENT_RUNS, &program.id, &c, size)};
    join_statement out, expected = run_said(STATEMENT_RUNS, (bytes){all.words[0], size});
    assert_status(link_facts(&out, facts, (const outputs *const[]){&a, &b, &c}, sizes, 3), OK);
    assert_memory_equal(&out, &expected, sizeof out);
    /* One becomes a link by itself. */
    assert_status(link_facts(&out, facts, (const outputs *const[]){&a}, sizes, 1), OK);
    expected = run_said(STATEMENT_RUNS, (bytes){a.words[0], size});
    assert_memory_equal(&out, &expected, sizeof out);
    fact link = fact_of(&out);
    assert_status(run_last(&out, &link), OK);
    assert_memory_equal(&out, &expected, sizeof out);
}

static void link_of_another_chain(void **state)
{
    (void)state;
    outputs a = blocks(5, 6), b = blocks(7, 7);
    for (uint32_t word = 1; word <= CONFIG; word++) {
        outputs c = b;
        c.words[word][31] ^= 1;
        broken_at(&a, &c, word);
    }
    outputs x = batches(1, 2), y = batches(3, 3);
    for (uint32_t word = 1; word <= 3; word++) {
        outputs z = y;
        z.words[word][0] ^= 1;
        broken_at(&x, &z, word);
    }
    outputs z = y;
    put_word(&z, PROVER, 8);
    broken_at(&x, &z, PROVER);
    /* Runs of two programs. */
    const size_t size = 32 * BLOCK_WORDS, sizes[] = {size, size};
    fact facts[] = {run_fact(STATEMENT_RUN, &program.id, &a, size), run_fact(STATEMENT_RUN, &other_program.id, &b, size)};
    join_statement out;
    assert_status(link_facts(&out, facts, (const outputs *const[]){&a, &b}, sizes, 2), PROOF_PROGRAM);
}

static void link_with_a_gap(void **state)
{
    (void)state;
    outputs a = blocks(5, 6), b = blocks(7, 7), joined;
    uint32_t word;
    for (int change = -2; change <= 2; change++) {
        outputs c = b;
        put_word(&c, NUMBER_FIRST, (uint64_t)(7 + change));
        put_word(&c, NUMBER_LAST, (uint64_t)(7 + change));
        status s = link_of(&joined, &word, &a, &c);
        assert_status(s, change == 0 ? OK : LINK_BROKEN);
        assert_true(change == 0 || word == NUMBER_FIRST);
    }
    outputs x = batches(1, 2), y = batches(4, 4);
    broken_at(&x, &y, BATCH_FIRST);
    /* By the node. */
    outputs c = b;
    put_word(&c, NUMBER_FIRST, 8);
    put_word(&c, NUMBER_LAST, 8);
    const size_t size = 32 * BLOCK_WORDS, sizes[] = {size, size};
    fact facts[] = {run_fact(STATEMENT_RUN, &program.id, &a, size), run_fact(STATEMENT_RUN, &program.id, &c, size)};
    join_statement out;
    assert_status(link_facts(&out, facts, (const outputs *const[]){&a, &c}, sizes, 2), LINK_BROKEN);
}

static void link_that_overflows(void **state)
{
    (void)state;
    outputs a = blocks(5, 6), b = blocks(7, 7), joined;
    uint32_t word;
    put_word(&a, GAS, UINT64_MAX - 10);
    assert_status(link_of(&joined, &word, &a, &b), OK);
    assert_true(word_of(&joined, GAS) == UINT64_MAX);
    put_word(&a, GAS, UINT64_MAX - 9);
    broken_at(&a, &b, GAS);
    /* After the greatest number comes none, not 0. */
    a = blocks(5, 6);
    put_word(&a, NUMBER_LAST, UINT64_MAX);
    put_word(&b, NUMBER_FIRST, 0);
    put_word(&b, NUMBER_LAST, 0);
    broken_at(&a, &b, NUMBER_FIRST);
}

/* Who is not held against a parent chooses number, time and fees: true by itself, and in no chain but as its first. */
static void link_not_anchored(void **state)
{
    (void)state;
    outputs a = blocks(5, 6), b = blocks(7, 7), joined;
    uint32_t word;
    put_word(&b, HELD, 0);
    broken_at(&a, &b, HELD);
    put_word(&b, HELD, 1);
    put_word(&a, HELD, 0);
    assert_status(link_of(&joined, &word, &a, &b), OK);
    assert_int_equal(word_of(&joined, HELD), 0);
}

static void link_by_state_alone(void **state)
{
    (void)state;
    outputs a = blocks(5, 6), b = blocks(7, 7);
    for (int word = PRE; word <= RECEIPTS_BEFORE; word++)
        if (word == PRE || word == PARENT || word == RECEIPTS_BEFORE) {
            outputs c = b;
            c.words[word][7] ^= 1;
            broken_at(&a, &c, (uint32_t)word);
        }
    outputs x = batches(1, 2), y = batches(3, 3);
    for (uint32_t word = 6; word < FAULTS; word += 2) {
        outputs z = y;
        z.words[word][0] ^= 1;
        broken_at(&x, &z, word);
    }
}

/* What must hold of each output alone is looked at where there is but one. */
static void link_of_one(void **state)
{
    (void)state;
    const size_t size = 32 * BLOCK_WORDS;
    struct {
        int word, byte;
        uint8_t value;
    } changes[] = {{NUMBER_LAST, 31, 4}, {HELD, 31, 2}, {HELD, 0, 1}, {GAS, 23, 1}, {TIME, 0, 1}, {NUMBER_FIRST, 23, 1}};
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        outputs a = blocks(5, 6);
        a.words[changes[i].word][changes[i].byte] = changes[i].value;
        fact f = run_fact(STATEMENT_RUN, &program.id, &a, size);
        join_statement out;
        assert_status(link_facts(&out, &f, (const outputs *const[]){&a}, &size, 1), LINK_BROKEN);
        /* As the second of two it is refused as well. */
        outputs first = blocks(4, 4);
        uint32_t word;
        outputs joined;
        assert_status(link_of(&joined, &word, &first, &a), LINK_BROKEN);
    }
}

static void faults_that_fall_off(void **state)
{
    (void)state;
    outputs a = batches(1, 200), b = batches(201, 256), joined;
    uint32_t word;
    a.words[FAULTS][31] = 1;              /* batch 1 */
    a.words[FAULTS][31 - 199 / 8] |= 0x80; /* batch 200 */
    b.words[FAULTS][31] = 1;              /* batch 201 */
    b.words[FAULTS][31 - 55 / 8] |= 0x80;  /* batch 256 */
    assert_status(link_of(&joined, &word, &a, &b), OK);
    uint8_t expected[32] = {0};
    expected[31] = 1;
    expected[31 - 199 / 8] |= 0x80;
    expected[31 - 200 / 8] |= 1;
    expected[0] |= 0x80;
    assert_memory_equal(joined.words[FAULTS], expected, 32);
    /* One more has no bit. */
    b = batches(201, 257);
    broken_at(&a, &b, FAULTS);
    /* A bit of none of its batches; more batches than bits; all numbers that there are, which are none as a number. */
    a = batches(1, 2);
    a.words[FAULTS][31] = 4;
    b = batches(3, 3);
    broken_at(&a, &b, FAULTS);
    a = batches(1, 257);
    broken_at(&a, &b, FAULTS);
    a = batches(0, UINT64_MAX);
    broken_at(&a, &b, FAULTS);
}

static void link_of_an_unknown_format(void **state)
{
    (void)state;
    const size_t size = 32 * BLOCK_WORDS;
    outputs a = blocks(5, 6), b = blocks(7, 7);
    join_statement out;
    outputs unknown = a;
    unknown.words[0][13] = '2';
    assert_null(link_format_of(unknown.words[0]));
    unknown.words[0][13] = '3';
    unknown.words[0][31] = 1;
    assert_null(link_format_of(unknown.words[0]));
    fact f = run_fact(STATEMENT_RUN, &program.id, &unknown, size);
    assert_status(link_facts(&out, &f, (const outputs *const[]){&unknown}, &size, 1), LINK_UNKNOWN);
    /* A shorter or longer output of the format's name. */
    static const size_t sizes[] = {32 * (BLOCK_WORDS - 1), 32 * BLOCK_WORDS + 32};
    for (int i = 0; i < 2; i++) {
        fact other = run_fact(STATEMENT_RUN, &program.id, &a, sizes[i]);
        assert_true(link_facts(&out, &other, (const outputs *const[]){&a}, &sizes[i], 1) != OK);
        assert_status(link_facts(&out, &other, (const outputs *const[]){&a}, &size, 1), PROOF_STATEMENT);
    }
    /* A preimage of another output. */
    f = run_fact(STATEMENT_RUN, &program.id, &a, size);
    assert_status(link_facts(&out, &f, (const outputs *const[]){&b}, &size, 1), PROOF_STATEMENT);
    /* Two formats. */
    outputs x = batches(7, 7);
    fact facts[] = {f, run_fact(STATEMENT_RUN, &program.id, &x, 32 * BATCH_WORDS)};
    assert_status(link_facts(&out, facts, (const outputs *const[]){&a, &x}, (size_t[]){size, 32 * BATCH_WORDS}, 2),
                  LINK_BROKEN);
}

/* ---- last ----------------------------------------------------------------------------------------- */

static void last_over_a_span(void **state)
{
    (void)state;
    join_statement said = span_said(0, 2), out;
    fact f = fact_of(&said);
    assert_status(run_last(&out, &f), PROOF_STATEMENT);
    said = run_said(STATEMENT_RUN, output);
    said.self = false_join.id;
    f = fact_of(&said);
    assert_status(run_last(&out, &f), PROOF_PROGRAM);
    f = fact_cut(&false_join, &said, (cut){0});
    join_child child = inner(&f);
    join_job job = runs_of(JOIN_PASS, &child, 1);
    job.join_key = &false_join.key;
    assert_status(last_node(&out, &tiny, &stand_in.id, last_input_write(&memory, &tiny, &job), &scratch), PROOF_PROGRAM);
}

/* ---- files ---------------------------------------------------------------------------------------- */

static bytes file_of_fact(const fact *f, bytes public)
{
    joined_proof proof = {.said = f->said, .output = public, .run = f->proof};
    size_t size = joined_proof_size_bytes(&proof, &tiny);
    uint8_t *file = arena_allocate(&memory, size + 8, 8);
    joined_proof_write(file, &proof, &tiny);
    return (bytes){file, size};
}

/* As the command does. */
static status accept_file(bytes file)
{
    joined_proof proof;
    run_statement statement;
    uint64_t most;
    size_t mark = scratch.used_bytes;
    bytes head = {file.data, file.size < RUN_HEAD_BYTES_MAX ? file.size : RUN_HEAD_BYTES_MAX};
    status s = joined_proof_most_bytes(&most, &tiny, head);
    if (s == OK && file.size > most)
        s = PROOF_MALFORMED;
    if (s == OK)
        s = joined_proof_read(&proof, &scratch, &tiny, file);
    if (s == OK)
        s = joined_proof_verify(&statement, &tiny, &program.id, &stand_in.id, &proof, tree_check, &scratch);
    assert_true(s != OK || (digest_equal(&statement.program, &program.id) &&
                            statement.output.size == proof.output.size));
    arena_rewind(&scratch, mark);
    return s;
}

static void joined_files(void **state)
{
    (void)state;
    join_statement said = run_said(STATEMENT_RUN, output);
    fact f = fact_of(&said);
    bytes good = file_of_fact(&f, output);
    assert_true(joined_proof_is(good));
    assert_status(accept_file(good), OK);
    run_proof parts;
    assert_status(run_proof_read(&parts, &memory, &tiny, good), PROOF_VERSION);
    said.kind = STATEMENT_RUNS;
    fact runs = fact_of(&said);
    assert_status(accept_file(file_of_fact(&runs, output)), OK);

    /* Every word of what stands before the proof, and a sample of it. */
    uint32_t *words = (uint32_t *)(void *)good.data;
    size_t count = good.size / 4, head = count - f.proof.parts[0].word_count;
    for (size_t i = 0; i < count; i += i < head ? 1 : 61)
        for (int how = 0; how < 3; how++) {
            uint32_t word = words[i];
            words[i] = how == 0 ? word + 1 : how == 1 ? word + FP_MODULUS : 0;
            if (words[i] != word && accept_file(good) == OK)
                fail_msg("word %zu as %x is accepted", i, words[i]);
            words[i] = word;
        }
    assert_status(accept_file(good), OK);
    for (size_t size = 0; size < good.size; size += size < 400 ? 1 : 4 * 97) {
        uint8_t *copy = malloc(size + 8); /* on memory of just that size */
        assert_non_null(copy);
        memcpy(copy, good.data, size);
        status s = accept_file((bytes){copy, size});
        free(copy);
        assert_true(s != OK);
    }
    memset(words + count, 0, 8);
    assert_status(accept_file((bytes){good.data, good.size + 4}), PROOF_MALFORMED);

    /* Of what other statements say. */
    said = span_said(0, 3);
    join_statement wrong[4];
    for (int i = 0; i < 4; i++)
        wrong[i] = run_said(STATEMENT_RUN, output);
    wrong[0].self = false_join.id;
    wrong[1].header.program = other_program.id;
    wrong[2].header.output.bytes[3] ^= 1;
    static const status expected[] = {PROOF_PROGRAM, PROOF_PROGRAM, PROOF_STATEMENT, PROOF_PROGRAM};
    for (int i = 0; i < 4; i++) {
        f = i < 3 ? fact_of(&wrong[i]) : fact_cut(&false_join, &wrong[i], (cut){0});
        assert_status(accept_file(file_of_fact(&f, output)), expected[i]);
    }
}

/* ---- hostile input -------------------------------------------------------------------------------- */

/* On memory of just that size, so that nothing beyond it is read unnoticed. */
static status node_of(const uint32_t *words, size_t size_bytes)
{
    uint8_t *copy = malloc(size_bytes + 1);
    assert_non_null(copy);
    memcpy(copy, words, size_bytes);
    join_statement out;
    status s = join_node(&out, &tiny, (bytes){copy, size_bytes}, &scratch);
    free(copy);
    return s;
}

static void hostile_join_input(void **state)
{
    (void)state;
    join_statement a = span_said(0, 2), r = run_said(STATEMENT_RUN, output);
    outputs o = blocks(5, 6);
    fact span = fact_of(&a), run = fact_of(&r), block = run_fact(STATEMENT_RUN, &program.id, &o, 32 * BLOCK_WORDS);
    join_child mixed[] = {inner(&span), leaf(&split.parts[2])}, pass[] = {inner(&run)}, link[] = {inner(&block)},
               leaves[] = {leaf(&split.parts[0]), leaf(&split.parts[1])};
    link[0].preimage = (bytes){o.words[0], 32 * BLOCK_WORDS};
    join_job jobs[] = {span_of(mixed, 2, &states[0]), runs_of(JOIN_PASS, pass, 1), runs_of(JOIN_LINK, link, 1),
                       span_of(leaves, 2, &states[0])};
    uint64_t refusals[STATUS_COUNT] = {0};
    for (size_t j = 0; j < sizeof jobs / sizeof *jobs; j++) {
        bytes good = join_input_write(&memory, &tiny, &jobs[j]);
        assert_status(node_of((const uint32_t *)(const void *)good.data, good.size), OK);
        uint32_t *words = arena_allocate(&memory, good.size + 64, 8);
        size_t count = good.size / 4;
        memcpy(words, good.data, good.size);
        memset(words + count, 0, 64);
        /* Cut off, and longer. */
        for (size_t size = 0; size < good.size; size += size < 200 ? 1 : good.size / 40)
            assert_true(node_of(words, size) != OK);
        for (size_t more = 1; more < 16; more++)
            assert_true(node_of(words, good.size + more) != OK);
        /* All that is said of sizes, and a sample of the rest, as numbers of all kinds. */
        static const uint32_t values[] = {0, 1, 2, 3, 4, 16, 17, 63, 64, 65535, 65536, 1 << 23, 1 << 30, (1 << 30) + 1,
                                          FP_MODULUS - 1, FP_MODULUS, 1u << 31, UINT32_MAX};
        size_t key = (size_t)(1 + VM_CHIPS), caps = (size_t)PROOF_KEY_MATRICES * DIGEST_LENGTH << test_opening.log2_cap;
        size_t claims = 11 + 27 + 2 * words_of_key(&tiny); /* the first child's sort */
        for (size_t i = 0; i < count; i++) {
            bool dense = i < 11 + key || (i >= 11 + key + caps && i < 11 + key + caps + 40 + key);
            if (!dense && i % 97 != j)
                continue;
            uint32_t word = words[i];
            for (size_t v = 0; v < sizeof values / sizeof *values; v += dense ? 1 : 5) {
                words[i] = values[(v + i) % (sizeof values / sizeof *values)];
                status s = node_of(words, good.size);
                refusals[s]++;
                /* What a span says of the state before it is a claim, which stands in its statement: keys and chain go through
                 * segments unchanged. Nothing else is free. */
                bool is_claim = j == 3 && i > claims && i <= claims + 11;
                if (s == OK && words[i] != word && !is_claim)
                    fail_msg("job %zu accepts word %zu as %x", j, i, words[i]);
            }
            words[i] = word;
        }
    }
    for (int s = 0; s < STATUS_COUNT; s++)
        if (refusals[s] > 0)
            print_message("%8llu %s\n", (unsigned long long)refusals[s], status_name((status)s));
    assert_true(refusals[PROOF_MALFORMED] > 0 && refusals[PROOF_STATEMENT] > 0 && refusals[PROOF_PROGRAM] > 0);
}

#define TEST(name) cmocka_unit_test_teardown(name, fixture_clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(parts_become_a_run),
        TEST(trees_come_to_the_same),
        TEST(statements_pass_on),
        TEST(runs_are_linked),
        TEST(span_shown_as_run),
        TEST(complete_is_computed),
        TEST(run_without_its_first_part),
        TEST(run_without_its_last_part),
        TEST(root_of_another_self),
        TEST(child_of_another_self),
        TEST(child_of_another_program),
        TEST(child_of_a_weak_machine),
        TEST(child_that_failed),
        TEST(statement_of_another_child),
        TEST(statement_of_two_readings),
        TEST(child_of_two_proofs),
        TEST(part_twice),
        TEST(part_left_out),
        TEST(parts_exchanged),
        TEST(spans_that_overlap),
        TEST(segment_in_the_ledgers_place),
        TEST(challenge_of_its_own),
        TEST(two_headers),
        TEST(part_of_another_program),
        TEST(chain_that_ends_elsewhere),
        TEST(record_beside_the_chain),
        TEST(pc_between_spans),
        TEST(keys_between_spans),
        TEST(entry_of_another_key),
        TEST(empty_node),
        TEST(shared_messages_are_counted_over_nodes),
        TEST(sum_from_nowhere),
        TEST(output_of_another_run),
        TEST(both_among_others),
        TEST(record_covers_the_boundary),
        TEST(cap_of_another_key),
        TEST(word_p_minus_1),
        TEST(challenge_is_no_proofs_transcript),
        TEST(link_of_another_chain),
        TEST(link_with_a_gap),
        TEST(link_that_overflows),
        TEST(link_not_anchored),
        TEST(link_by_state_alone),
        TEST(link_of_one),
        TEST(faults_that_fall_off),
        TEST(link_of_an_unknown_format),
        TEST(last_over_a_span),
        TEST(join_of_another_version),
        TEST(joined_files),
        TEST(hostile_join_input),
    };
    return cmocka_run_group_tests_name("join", tests, open_all, close_all);
}
