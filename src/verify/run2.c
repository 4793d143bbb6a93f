#include "verify/run2.h"

#include "abi/memory_map.h"
#include "base/check.h"
#include "base/memory.h"
#include "crypto/keccak.h"

void verifier2_open(verifier2 *v, arena *memory, const proof_parameters *parameters)
{
    v->parameters = *parameters;
    vm_machine_open(&v->machine, memory);
    proof_machine_id(&v->machine_id, &v->machine, parameters);
}

/* ---- identity ------------------------------------------------------------------------------------- */

static void absorb_word(hash_sponge *s, uint32_t word)
{
    fp element = fp_from_u32(word);
    hash_absorb(s, &element, 1);
}

void program_id2(digest *id, const verifier2 *v, const program_key2 *key)
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

/* ---- the shared challenge ------------------------------------------------------------------------- */

void run2_shared_transcript(transcript *t, const verifier2 *v, const digest *program, const boundary_record2 *records,
                            uint32_t segment_count, uint32_t ledger_count, bytes output)
{
    hash_sponge s;
    digest chain;
    hash_start(&s, HASH_CHAIN, 2 * DIGEST_LENGTH);
    hash_absorb(&s, v->machine_id.c, DIGEST_LENGTH);
    hash_absorb(&s, program->c, DIGEST_LENGTH);
    hash_finish(&s, &chain);

    uint32_t record_count = records[0].kind == VM_BOTH ? 1 : segment_count + ledger_count;
    for (uint32_t i = 0; i < record_count; i++) {
        const boundary_record2 *record = &records[i];
        hash_start(&s, HASH_CHAIN, DIGEST_LENGTH + 3 + DIGEST_LENGTH);
        hash_absorb(&s, chain.c, DIGEST_LENGTH);
        absorb_word(&s, record->kind);
        absorb_word(&s, record->memory_rows);
        absorb_word(&s, record->ledger_rows);
        hash_absorb(&s, record->root.c, DIGEST_LENGTH);
        hash_finish(&s, &chain);
    }

    transcript_start(t);
    transcript_absorb(t, chain.c, DIGEST_LENGTH);
    transcript_absorb_number(t, segment_count);
    transcript_absorb_number(t, ledger_count);
    hash256 hash;
    uint32_t limbs[16];
    keccak256(&hash, output.data, output.size);
    vm_output_limbs(limbs, &hash);
    for (int i = 0; i < 16; i++)
        transcript_absorb_number(t, limbs[i]);
}

/* ---- one part ------------------------------------------------------------------------------------- */

static bool has_segment(const run_part2 *part) { return part->kind != VM_LEDGER; }
static bool has_ledger(const run_part2 *part) { return part->kind != VM_SEGMENT; }
static fp key_before(const run_part2 *part) { return fp_sub(fp_from_u32(part->key_before_plus_1), FP_ONE); }
static fp key_after(const run_part2 *part) { return fp_sub(fp_from_u32(part->key_after_plus_1), FP_ONE); }

void run2_part_claim(proof_claim *claim, fp statement[RUN_STATEMENT], const verifier2 *v, const digest *program,
                    const bus_challenge *shared, uint32_t segment_count, uint32_t ledger_count, const run_part2 *part)
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
    claim->opens[VM_TREE_PROGRAM - 1] = has_segment(part);
    claim->opens[VM_TREE_IMAGE - 1] = has_ledger(part);
    if (has_segment(part))
        claim->public_values[VM_CHIP_MEMORY][0] = fp_from_u32(part->index);
}

/* The preprocessed tables are those of the key, at its heights; and a formula's table has the rows of the formula. */
static status check_heights(const verifier2 *v, const program_key2 *key, const run_part2 *part)
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

static status check_place(const run_part2 *part, uint32_t segment_count, uint32_t ledger_count)
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

static status check_presence(const run_part2 *part)
{
    uint8_t present[STARK_MAX_CHIPS];
    for (uint32_t chip = 0; chip < STARK_MAX_CHIPS; chip++)
        present[chip] = part->rows[chip] != 0;
    return vm_check_presence((vm_kind)part->kind, present);
}

status run2_verify_part(proof_outcome *outcome, const verifier2 *v, const digest *program, const program_key2 *key,
                         const bus_challenge *shared, uint32_t segment_count, uint32_t ledger_count,
                         const boundary_record2 *record, const run_part2 *part, arena *scratch)
{
    TRY(check_place(part, segment_count, ledger_count));
    TRY(check_presence(part));
    TRY(check_heights(v, key, part));
    if (record->kind != part->kind || record->memory_rows != part->rows[VM_CHIP_MEMORY] ||
        record->ledger_rows != part->rows[VM_CHIP_LEDGER])
        return PROOF_SHAPE;

    proof_claim *claim = ARENA_NEW(scratch, proof_claim, 1);
    fp statement[RUN_STATEMENT];
    run2_part_claim(claim, statement, v, program, shared, segment_count, ledger_count, part);
    TRY(proof_verify(outcome, &v->machine, &v->parameters, &key->proof, claim, part->words, part->word_count, scratch));

    if (!digest_equal(&outcome->boundary_root, &record->root))
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

/* ---- the run -------------------------------------------------------------------------------------- */

/* Parts are in order and continue each other, from the entry to the exit and over all keys. */
static status check_chain(uint32_t *bad_part, const run_proof2 *proof)
{
    uint32_t pc4 = proof->key.entry_pc4;
    uint32_t key_plus_1 = 0;
    bool both = proof->records[0].kind == VM_BOTH;
    uint32_t expected = both ? 1 : proof->segment_count + proof->ledger_count;
    if (proof->part_count != expected)
        return PROOF_SHAPE;
    for (uint32_t i = 0; i < proof->part_count; i++) {
        const run_part2 *part = &proof->parts[i];
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

status run2_verify(run_statement *statement, uint32_t *bad_part, const verifier2 *v, const digest *expected_program,
                   const run_proof2 *proof, arena *scratch)
{
    uint32_t ignored;
    bad_part = bad_part != NULL ? bad_part : &ignored;
    *bad_part = 0;
    program_id2(&statement->program, v, &proof->key);
    if (!digest_equal(&statement->program, expected_program))
        return PROOF_PROGRAM;
    statement->output = proof->output;
    statement->segment_count = proof->segment_count;
    statement->ledger_count = proof->ledger_count;
    statement->cycles = 0;

    TRY(check_chain(bad_part, proof));
    transcript t;
    run2_shared_transcript(&t, v, &statement->program, proof->records, proof->segment_count, proof->ledger_count,
                           proof->output);
    if (!fp_is_canonical(proof->shared_nonce) ||
        !transcript_check_nonce(&t, proof->shared_nonce, v->parameters.shared_grinding_bits))
        return PROOF_GRINDING;
    bus_challenge shared = run_squeeze_shared(&t);

    hash256 output;
    fp5 shared_sum;
    keccak256(&output, proof->output.data, proof->output.size);
    if (!vm_output_terms(&shared_sum, &shared, &output))
        return PROOF_BUS;
    uint64_t shared_count = 4; /* each part's is below p, and there are at most 2^17 parts */
    for (uint32_t i = 0; i < proof->part_count; i++) {
        proof_outcome outcome;
        size_t mark = scratch->used_bytes;
        *bad_part = i + 1;
        status s = run2_verify_part(&outcome, v, &statement->program, &proof->key, &shared, proof->segment_count,
                                    proof->ledger_count, &proof->records[i], &proof->parts[i], scratch);
        arena_rewind(scratch, mark);
        TRY(s);
        shared_sum = fp5_add(shared_sum, outcome.shared_sum);
        shared_count += outcome.shared_count;
        statement->cycles += proof->parts[i].cycles;
    }
    *bad_part = 0;
    if (shared_count >= FP_MODULUS)
        return PROOF_SHAPE;
    return fp5_is_zero(shared_sum) ? OK : PROOF_BUS;
}
