#include "verify/check.h"

#include "abi/memory_map.h"
#include "base/check.h"
#include "base/memory.h"
#include "crypto/keccak.h"

void verifier_open(verifier *v, arena *memory, const proof_parameters *parameters)
{
    v->parameters = *parameters;
    vm_machine_open(&v->machine, memory);
    CHECK(run_record_covers(&v->machine));
    proof_machine_id(&v->machine_id, &v->machine, parameters);
}

bool run_record_covers(const stark_machine *m)
{
    for (uint32_t chip = 0; chip < m->count; chip++)
        if (m->chip[chip]->width[AIR_BOUNDARY] > 0 && chip != VM_CHIP_MEMORY && chip != VM_CHIP_LEDGER)
            return false;
    return true;
}

/* ---- identity ------------------------------------------------------------------------------------- */

static void absorb_word(hash_sponge *s, uint32_t word)
{
    fp element = fp_from_u32(word);
    hash_absorb(s, &element, 1);
}

void program_id(digest *id, const verifier *v, const program_key *key)
{
    hash_sponge s;
    hash_start(&s, HASH_ID, DIGEST_LENGTH + 1 + v->machine.count + PROOF_KEY_MATRICES * DIGEST_LENGTH);
    hash_absorb(&s, v->machine_id.c, DIGEST_LENGTH);
    absorb_word(&s, key->entry_pc4);
    for (uint32_t i = 0; i < v->machine.count; i++)
        absorb_word(&s, key->proof.rows[i]);
    for (uint32_t k = 0; k < PROOF_KEY_MATRICES; k++)
        hash_absorb(&s, key->proof.root[k].c, DIGEST_LENGTH);
    hash_finish(&s, id);
}

static void write_word(uint8_t *out, uint32_t word)
{
    for (int i = 0; i < 4; i++)
        out[i] = (uint8_t)(word >> (8 * i));
}

static uint32_t read_word(const uint8_t *in)
{
    return (uint32_t)in[0] | (uint32_t)in[1] << 8 | (uint32_t)in[2] << 16 | (uint32_t)in[3] << 24;
}

void program_id_write(uint8_t out[PROGRAM_ID_BYTES], const digest *id)
{
    for (int i = 0; i < DIGEST_LENGTH; i++)
        write_word(out + 4 * i, fp_to_u32(id->c[i]));
}

status program_id_read(digest *id, const uint8_t in[PROGRAM_ID_BYTES])
{
    for (int i = 0; i < DIGEST_LENGTH; i++) {
        uint32_t word = read_word(in + 4 * i);
        if (!fp_is_canonical(word))
            return INPUT_MALFORMED;
        id->c[i] = fp_from_u32(word);
    }
    return OK;
}

/* ---- the shared challenge ------------------------------------------------------------------------- */

void run_chain_start(digest *chain, const verifier *v, const digest *program)
{
    hash_sponge s;
    hash_start(&s, HASH_CHAIN, 2 * DIGEST_LENGTH);
    hash_absorb(&s, v->machine_id.c, DIGEST_LENGTH);
    hash_absorb(&s, program->c, DIGEST_LENGTH);
    hash_finish(&s, chain);
}

void run_chain_add(digest *chain, const boundary_record *record)
{
    hash_sponge s;
    hash_start(&s, HASH_CHAIN, DIGEST_LENGTH + 3 + DIGEST_LENGTH);
    hash_absorb(&s, chain->c, DIGEST_LENGTH);
    absorb_word(&s, record->kind);
    absorb_word(&s, record->memory_rows);
    absorb_word(&s, record->ledger_rows);
    hash_absorb(&s, record->root.c, DIGEST_LENGTH);
    hash_finish(&s, chain);
}

status run_record_of_both(boundary_record *record, const verifier *v, const run_part *part)
{
    unsigned log2_cap = v->parameters.opening->log2_cap;
    size_t count = (size_t)DIGEST_LENGTH << log2_cap;
    *record = (boundary_record){.kind = VM_BOTH,
                                .memory_rows = part->rows[VM_CHIP_MEMORY],
                                .ledger_rows = part->rows[VM_CHIP_LEDGER]};
    if (part->kind != VM_BOTH || part->word_count < count || !hash_may_absorb(part->words, count))
        return PROOF_MALFORMED;
    tree_root(&record->root, (const digest *)part->words, log2_cap);
    return OK;
}

void run_header_make(run_header *header, const verifier *v, const digest *program, const boundary_record *records,
                      uint32_t segment_count, uint32_t ledger_count, bytes output)
{
    *header = (run_header){.program = *program, .segment_count = segment_count, .ledger_count = ledger_count};
    keccak256(&header->output, output.data, output.size);
    run_chain_start(&header->chain_end, v, program);
    uint32_t record_count = records[0].kind == VM_BOTH ? 1 : segment_count + ledger_count;
    for (uint32_t i = 0; i < record_count; i++)
        run_chain_add(&header->chain_end, &records[i]);
}

/* Length and version first, as in the transcript of a proof: to who joins proofs the chain's end is a claim, and a claim
 * must not begin a transcript. */
void run_shared_transcript(transcript *t, const run_header *header)
{
    enum { LIMBS = 16, LENGTH = 1 + DIGEST_LENGTH + 2 + LIMBS };
    uint32_t limbs[LIMBS];
    vm_output_limbs(limbs, &header->output);
    transcript_start(t);
    transcript_absorb_number(t, LENGTH);
    transcript_absorb_number(t, PROOF_PROTOCOL_VERSION);
    transcript_absorb(t, header->chain_end.c, DIGEST_LENGTH);
    transcript_absorb_number(t, header->segment_count);
    transcript_absorb_number(t, header->ledger_count);
    for (int i = 0; i < LIMBS; i++)
        transcript_absorb_number(t, limbs[i]);
}

bus_challenge run_squeeze_shared(transcript *t)
{
    bus_challenge shared;
    shared.alpha = transcript_squeeze_fp5(t);
    shared.gamma = transcript_squeeze_fp5(t);
    return shared;
}

status run_shared_challenge(bus_challenge *shared, const verifier *v, const run_header *header)
{
    transcript t;
    run_shared_transcript(&t, header);
    if (!fp_is_canonical(header->shared_nonce) ||
        !transcript_check_nonce(&t, header->shared_nonce, v->parameters.shared_grinding_bits))
        return PROOF_GRINDING;
    *shared = run_squeeze_shared(&t);
    return OK;
}

/* ---- one part ------------------------------------------------------------------------------------- */

static bool has_segment(const run_part *part) { return part->kind != VM_LEDGER; }
static bool has_ledger(const run_part *part) { return part->kind != VM_SEGMENT; }
static fp key_before(const run_part *part) { return fp_sub(fp_from_u32(part->key_before_plus_1), FP_ONE); }
static fp key_after(const run_part *part) { return fp_sub(fp_from_u32(part->key_after_plus_1), FP_ONE); }

void run_part_claim(proof_claim *claim, fp statement[RUN_STATEMENT], const verifier *v, const digest *program,
                    const bus_challenge *shared, uint32_t segment_count, uint32_t ledger_count, const run_part *part)
{
    fp *at = statement;
    *at++ = fp_from_u32(PROOF_PROTOCOL_VERSION);
    memcpy(at, v->machine_id.c, sizeof v->machine_id.c), at += DIGEST_LENGTH;
    memcpy(at, program->c, sizeof program->c), at += DIGEST_LENGTH;
    memcpy(at, shared->alpha.c, sizeof shared->alpha.c), at += 5;
    memcpy(at, shared->gamma.c, sizeof shared->gamma.c), at += 5;
    *at++ = fp_from_u32(segment_count);
    *at++ = fp_from_u32(part->index);
    *at++ = fp_from_u32(part->kind);
    *at++ = fp_from_u32(part->pc4_first);
    *at++ = fp_from_u32(part->pc4_last);
    *at++ = fp_from_u32(part->cycles);
    *at++ = fp_from_u32(ledger_count);
    *at++ = has_ledger(part) ? key_before(part) : FP_ZERO;
    *at++ = has_ledger(part) ? key_after(part) : FP_ZERO;
    CHECK(at == statement + RUN_STATEMENT);

    memset(claim, 0, sizeof *claim);
    claim->statement = statement;
    claim->statement_count = RUN_STATEMENT;
    claim->shared = *shared;
    memcpy(claim->rows, part->rows, sizeof claim->rows);
    vm_claim_public(claim, &(vm_public){.kind = (vm_kind)part->kind, .segment = has_segment(part) ? part->index : 0});
}

/* The preprocessed tables are those of the key, at its heights; and a formula's table has the rows of the formula. */
static status check_heights(const verifier *v, const program_key *key, const run_part *part)
{
    for (uint32_t chip = 0; chip < v->machine.count; chip++)
        if (v->machine.chip[chip]->width[AIR_PREPROCESSED] > 0 && part->rows[chip] != 0 &&
            part->rows[chip] != key->proof.rows[chip])
            return PROOF_SHAPE;
    for (uint32_t chip = 0; chip < v->machine.count; chip++)
        if (v->machine.chip[chip]->formula != NULL && part->rows[chip] != 0 &&
            part->rows[chip] != UINT32_C(1) << v->machine.chip[chip]->formula_log2_rows)
            return PROOF_SHAPE;
    return OK;
}

static status check_place(const run_part *part, uint32_t segment_count, uint32_t ledger_count)
{
    if (part->kind != VM_SEGMENT && part->kind != VM_LEDGER && part->kind != VM_BOTH)
        return PROOF_SHAPE;
    if (segment_count == 0 || segment_count > UINT16_MAX || ledger_count == 0 || ledger_count > UINT16_MAX)
        return PROOF_SHAPE;
    if (part->kind == VM_BOTH && (segment_count != 1 || ledger_count != 1))
        return PROOF_SHAPE;
    uint32_t count = part->kind == VM_LEDGER ? ledger_count : segment_count;
    if (part->index == 0 || part->index > count)
        return PROOF_SHAPE;
    if (has_segment(part)) {
        if (part->cycles > UINT32_C(1) << 23 || part->pc4_first >= RISCV_HALT || part->pc4_last > RISCV_HALT)
            return PROOF_SHAPE;
    } else if ((part->cycles | part->pc4_first | part->pc4_last) != 0) {
        return PROOF_SHAPE;
    }
    if (has_ledger(part)) {
        if (part->key_before_plus_1 > UINT32_C(1) << 30 || part->key_after_plus_1 > UINT32_C(1) << 30)
            return PROOF_SHAPE;
    } else if ((part->key_before_plus_1 | part->key_after_plus_1) != 0) {
        return PROOF_SHAPE;
    }
    return OK;
}

/* `root` NULL: what the boundary's is, the caller compares. */
static status check_part(proof_outcome *outcome, const digest *root, const verifier *v, const digest *program,
                         const program_key *key, const bus_challenge *shared, uint32_t segment_count,
                         uint32_t ledger_count, const run_part *part, tree_checker checker, arena *scratch)
{
    TRY(check_place(part, segment_count, ledger_count));
    TRY(vm_check_presence((vm_kind)part->kind, part->rows));
    TRY(check_heights(v, key, part));

    proof_claim *claim = ARENA_NEW(scratch, proof_claim, 1);
    fp statement[RUN_STATEMENT];
    run_part_claim(claim, statement, v, program, shared, segment_count, ledger_count, part);
    TRY(proof_verify_with(outcome, &v->machine, &v->parameters, &key->proof, claim, part->words, part->word_count, checker,
                          scratch));

    if (root != NULL && !digest_equal(&outcome->boundary_root, root))
        return PROOF_SHAPE;
    if (has_segment(part)) {
        fp5 terms;
        if (!vm_execution_terms(&terms, &outcome->local, part->pc4_first, part->pc4_last, part->cycles))
            return PROOF_BUS;
        outcome->local_sum = fp5_add(outcome->local_sum, terms);
    }
    if (has_ledger(part)) {
        fp5 terms;
        if (!vm_order_terms(&terms, &outcome->local, key_before(part), key_after(part)))
            return PROOF_BUS;
        outcome->local_sum = fp5_add(outcome->local_sum, terms);
    }
    return fp5_is_zero(outcome->local_sum) ? OK : PROOF_BUS;
}

status run_verify_part(proof_outcome *outcome, boundary_record *record, const verifier *v, const digest *program,
                        const program_key *key, const bus_challenge *shared, uint32_t segment_count,
                        uint32_t ledger_count, const run_part *part, tree_checker checker, arena *scratch)
{
    size_t mark = scratch->used_bytes;
    status s = check_part(outcome, NULL, v, program, key, shared, segment_count, ledger_count, part, checker, scratch);
    arena_rewind(scratch, mark);
    *record = (boundary_record){.kind = part->kind,
                                .memory_rows = part->rows[VM_CHIP_MEMORY],
                                .ledger_rows = part->rows[VM_CHIP_LEDGER],
                                .root = outcome->boundary_root};
    return s;
}

/* ---- the run -------------------------------------------------------------------------------------- */

/* Parts are in order and continue each other, from the entry to the exit and over all keys. */
static status check_chain(uint32_t *bad_part, const run_proof *proof)
{
    uint32_t pc4 = proof->key.entry_pc4;
    uint32_t key_plus_1 = 0;
    bool both = proof->records[0].kind == VM_BOTH;
    uint32_t expected = both ? 1 : proof->segment_count + proof->ledger_count;
    if (proof->part_count != expected)
        return PROOF_SHAPE;
    for (uint32_t i = 0; i < proof->part_count; i++) {
        const run_part *part = &proof->parts[i];
        *bad_part = i + 1;
        bool segment = both || i < proof->segment_count;
        bool ledger = both || i >= proof->segment_count;
        uint32_t kind = both ? VM_BOTH : segment ? VM_SEGMENT : VM_LEDGER;
        if (part->kind != kind || part->index != (segment ? i + 1 : i + 1 - proof->segment_count))
            return PROOF_SHAPE;
        if (segment) {
            if (part->pc4_first != pc4 || pc4 >= RISCV_HALT)
                return PROOF_CHAIN;
            pc4 = part->pc4_last;
            if (i + 1 == proof->segment_count && pc4 != RISCV_HALT)
                return PROOF_CHAIN;
        }
        if (ledger) {
            if (part->key_before_plus_1 != key_plus_1)
                return PROOF_CHAIN;
            key_plus_1 = part->key_after_plus_1;
        }
    }
    *bad_part = 0;
    return OK;
}

status run_check_start(run_check *c, run_statement *statement, uint32_t *bad_part, const verifier *v,
                        const digest *expected_program, const run_proof *proof)
{
    *bad_part = 0;
    program_id(&statement->program, v, &proof->key);
    if (!digest_equal(&statement->program, expected_program))
        return PROOF_PROGRAM;
    statement->output = proof->output;
    statement->segment_count = proof->segment_count;
    statement->ledger_count = proof->ledger_count;
    statement->cycles = 0;

    TRY(check_chain(bad_part, proof));
    run_header header;
    run_header_make(&header, v, &statement->program, proof->records, proof->segment_count, proof->ledger_count,
                     proof->output);
    header.shared_nonce = proof->shared_nonce;
    *c = (run_check){.verifier = v, .proof = proof, .statement = statement};
    TRY(run_shared_challenge(&c->shared, v, &header));
    c->shared_count = 4;
    return OK;
}

status run_check_part(proof_outcome *outcome, const run_check *c, uint32_t i, tree_checker checker, arena *scratch)
{
    const run_proof *proof = c->proof;
    const boundary_record *expected = &proof->records[i];
    const run_part *part = &proof->parts[i];
    if (expected->kind != part->kind || expected->memory_rows != part->rows[VM_CHIP_MEMORY] ||
        expected->ledger_rows != part->rows[VM_CHIP_LEDGER])
        return PROOF_SHAPE;
    size_t mark = scratch->used_bytes;
    status s = check_part(outcome, &expected->root, c->verifier, &c->statement->program, &proof->key, &c->shared,
                          proof->segment_count, proof->ledger_count, part, checker, scratch);
    arena_rewind(scratch, mark);
    return s;
}

void run_check_add(run_check *c, uint32_t i, const proof_outcome *outcome)
{
    c->shared_sum = fp5_add(c->shared_sum, outcome->shared_sum);
    c->shared_count += outcome->shared_count; /* each below p, at most 2^17 of them */
    c->statement->cycles += c->proof->parts[i].cycles;
}

status run_check_finish(const run_check *c)
{
    if (c->shared_count >= FP_MODULUS)
        return PROOF_SHAPE;
    hash256 output;
    fp5 terms;
    keccak256(&output, c->proof->output.data, c->proof->output.size);
    if (!vm_output_terms(&terms, &c->shared, &output))
        return PROOF_BUS;
    return fp5_is_zero(fp5_add(c->shared_sum, terms)) ? OK : PROOF_BUS;
}

status run_verify_by(run_statement *statement, uint32_t *bad_part, const verifier *v, const digest *expected_program,
                     const run_proof *proof, tree_checker checker, arena *scratch)
{
    run_check check;
    TRY(run_check_start(&check, statement, bad_part, v, expected_program, proof));
    for (uint32_t i = 0; i < proof->part_count; i++) {
        proof_outcome outcome;
        *bad_part = i + 1;
        TRY(run_check_part(&outcome, &check, i, checker, scratch));
        run_check_add(&check, i, &outcome);
    }
    *bad_part = 0;
    return run_check_finish(&check);
}

status run_verify(run_statement *statement, uint32_t *bad_part, const verifier *v, const digest *expected_program,
                   const run_proof *proof, arena *scratch)
{
    uint32_t ignored;
    return run_verify_by(statement, bad_part != NULL ? bad_part : &ignored, v, expected_program, proof, tree_check, scratch);
}
