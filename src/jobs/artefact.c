/* What is kept of a run, and whether it holds. A node of the tree over its parts is a run of `join` that is one proof: of its plan
 * the records are not known before it is proven, and its artefact is the nonce of its χ, zero, and its part.
 *
 * A plan, words of 32 bits, little-endian:
 *
 *     "ASHLARPL", version 1
 *     cut       cells of a segment (2), log2 of its cycles, rows of a ledger part, whether it is both
 *     run       N, K, nonce of χ, size of the output in bytes, the output, zeros up to a whole word
 *     records   by part: kind, rows of memory and of ledger, root
 *     the Keccak-256 of all of it, which tells accidents; lies are told by the parts
 */
#include "jobs/internal.h"

#include "base/check.h"
#include "base/hex.h"
#include "base/version.h"
#include "crypto/keccak.h"
#include "verify/words.h"

#include <string.h>

enum { PLAN_VERSION = 1, HEAD_WORDS = 2 + 1 + 5 + 4, RECORD_WORDS = 3 + DIGEST_LENGTH, OUTPUT_BYTES_MAX = 1 << 20,
       HASH_WORDS = 8 };

static const uint8_t magic[8] = {'A', 'S', 'H', 'L', 'A', 'R', 'P', 'L'};

run_name run_name_of(const prover_run *run)
{
    enum { VERSION_BYTES = 32, WORDS = 5 };
    uint8_t text[16 + VERSION_BYTES + PROGRAM_ID_BYTES + 32 + 4 * WORDS] = "ashlar jobs 1";
    hash256 input, name;
    uint8_t *at = text + 16;
    strncpy((char *)at, ASHLAR_VERSION, VERSION_BYTES - 1), at += VERSION_BYTES;
    program_id_write(at, &run->program->id), at += PROGRAM_ID_BYTES;
    keccak256(&input, run->input.data, run->input.size);
    memcpy(at, input.bytes, sizeof input.bytes), at += sizeof input.bytes;
    const prover_cut *cut = &run->cut;
    uint32_t words[WORDS] = {(uint32_t)cut->segment_cells, (uint32_t)(cut->segment_cells >> 32),
                             cut->segment_log2_cycles, cut->ledger_rows, cut->is_both};
    memcpy(at, words, sizeof words);
    keccak256(&name, text, sizeof text);
    run_name out;
    memcpy(out.bytes, name.bytes, sizeof out.bytes);
    return out;
}

bool same_run_name(const run_name *a, const run_name *b) { return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0; }

const char *run_name_text(char out[RUN_NAME_TEXT_BYTES], const run_name *name)
{
    hex_encode(out, name->bytes, sizeof name->bytes);
    return out;
}

/* ---- plans ---------------------------------------------------------------------------------------- */

/* N, K and nonce are those of the run; a node has one record, which is not written. */
static bytes write_plan(arena *memory, const prover_cut *cut, const uint32_t run[3], bytes output,
                        const boundary_record *records, uint32_t record_count)
{
    size_t output_words = (output.size + 3) / 4;
    size_t count = HEAD_WORDS + output_words + (size_t)RECORD_WORDS * record_count;
    uint32_t *words = ARENA_NEW(memory, uint32_t, count + HASH_WORDS), *at = words;
    CHECK(output.size <= OUTPUT_BYTES_MAX);
    memcpy(at, magic, sizeof magic), at += 2;
    *at++ = PLAN_VERSION;
    *at++ = (uint32_t)cut->segment_cells;
    *at++ = (uint32_t)(cut->segment_cells >> 32);
    *at++ = cut->segment_log2_cycles;
    *at++ = cut->ledger_rows;
    *at++ = cut->is_both;
    memcpy(at, run, 3 * sizeof *run), at += 3;
    *at++ = (uint32_t)output.size;
    if (output.size > 0)
        memcpy(at, output.data, output.size);
    at += output_words;
    for (uint32_t i = 0; i < record_count; i++) {
        const boundary_record *record = &records[i];
        *at++ = record->kind;
        *at++ = record->memory_rows;
        *at++ = record->ledger_rows;
        memcpy(at, record->root.c, sizeof record->root.c), at += DIGEST_LENGTH;
    }
    CHECK(at == words + count);
    hash256 hash;
    keccak256(&hash, (const uint8_t *)words, 4 * count);
    memcpy(at, hash.bytes, sizeof hash.bytes);
    return (bytes){(const uint8_t *)words, 4 * (count + HASH_WORDS)};
}

bytes plan_write(arena *memory, const prover_run *run)
{
    const uint32_t words[3] = {run->segment_count, run->ledger_count, run->header.shared_nonce};
    return write_plan(memory, &run->cut, words, run->output, run->records, run->part_count);
}

bytes plan_write_node(arena *memory, const tree_node *node)
{
    static const uint32_t words[3] = {1, 1, 0};
    return write_plan(memory, &node->cut, words, node->output, NULL, 0);
}

typedef struct {
    prover_cut cut;
    uint32_t segment_count, ledger_count, shared_nonce;
    bytes output;
    word_cursor records;
} plan_head;

static status take_head(plan_head *head, bytes plan)
{
    if (plan.size % 4 != 0 || plan.size < 4 * (HEAD_WORDS + HASH_WORDS) || plan.size > PLAN_BYTES_MAX ||
        memcmp(plan.data, magic, sizeof magic) != 0)
        return PROOF_MALFORMED;
    CHECK((uintptr_t)plan.data % 4 == 0);
    hash256 hash;
    size_t size = plan.size - sizeof hash.bytes;
    keccak256(&hash, plan.data, size);
    if (memcmp(plan.data + size, hash.bytes, sizeof hash.bytes) != 0)
        return PROOF_MALFORMED;
    const uint32_t *words = (const uint32_t *)(const void *)plan.data;
    word_cursor c = {words + 2, size / 4 - 2, words};
    TRY(words_take(&words, &c, HEAD_WORDS - 2));
    if (words[0] != PLAN_VERSION || words[5] > 1)
        return PROOF_MALFORMED;
    head->cut = (prover_cut){.segment_cells = words[1] | (uint64_t)words[2] << 32,
                             .segment_log2_cycles = words[3],
                             .ledger_rows = words[4],
                             .is_both = words[5] == 1};
    head->segment_count = words[6];
    head->ledger_count = words[7];
    head->shared_nonce = words[8];
    uint32_t output_size = words[9];
    if (output_size > OUTPUT_BYTES_MAX)
        return PROOF_MALFORMED;
    TRY(words_take(&words, &c, (output_size + 3) / 4));
    head->output = (bytes){(const uint8_t *)words, output_size};
    head->records = c;
    return OK;
}

bool plan_read_cut(prover_cut *cut, bytes *output, bytes plan)
{
    plan_head head;
    if (take_head(&head, plan) != OK)
        return false;
    *cut = head.cut;
    *output = head.output;
    return true;
}

static status take_records(boundary_record *records, uint32_t count, word_cursor *c)
{
    for (uint32_t i = 0; i < count; i++) {
        TRY(words_take_one(&records[i].kind, c));
        TRY(words_take_one(&records[i].memory_rows, c));
        TRY(words_take_one(&records[i].ledger_rows, c));
        TRY(words_take_digests(&records[i].root, c, 1));
    }
    return c->left == 0 ? OK : PROOF_MALFORMED;
}

bool plan_read_records(prover_run *run, arena *memory, bytes plan)
{
    plan_head head;
    if (take_head(&head, plan) != OK)
        return false;
    const prover_cut *a = &head.cut, *b = &run->cut;
    bool fits = a->segment_cells == b->segment_cells && a->segment_log2_cycles == b->segment_log2_cycles &&
                a->ledger_rows == b->ledger_rows && a->is_both == b->is_both &&
                head.segment_count == run->segment_count && head.ledger_count == run->ledger_count &&
                head.output.size == run->output.size &&
                (run->output.size == 0 || memcmp(head.output.data, run->output.data, run->output.size) == 0) &&
                head.records.left == (size_t)RECORD_WORDS * run->part_count;
    if (!fits)
        return false;
    boundary_record *records = ARENA_NEW(memory, boundary_record, run->part_count);
    return take_records(records, run->part_count, &head.records) == OK &&
           prover_commit_as(run, records, head.shared_nonce) == OK;
}

/* ---- parts ---------------------------------------------------------------------------------------- */

bytes part_write(arena *memory, const prover_run *run, const run_part *part)
{
    const verifier *v = run->program->verifier;
    size_t size = run_part_size_bytes(part, v);
    uint8_t *out = arena_allocate(memory, size, 64);
    run_part_write(out, part, v);
    return (bytes){out, size};
}

/* Taller tables hold as well, but cost whoever joins them. */
static bool same_rows(const run_part *part, const uint32_t *rows, const verifier *v)
{
    return memcmp(part->rows, rows, v->machine.count * sizeof *rows) == 0;
}

status part_read(run_part *part, const prover_run *run, uint32_t i, bytes artefact, arena *scratch)
{
    const verifier *v = run->program->verifier;
    const run_part *place = &run->parts[i];
    const boundary_record *expected = &run->records[i];
    proof_outcome outcome;
    boundary_record record;
    *part = (run_part){0}; /* rows of chips that the machine has not */
    TRY(run_part_read(part, v, artefact, scratch));
    if (part->kind != place->kind || part->index != place->index || part->pc4_first != place->pc4_first ||
        part->pc4_last != place->pc4_last || part->cycles != place->cycles ||
        part->key_before_plus_1 != place->key_before_plus_1 || part->key_after_plus_1 != place->key_after_plus_1 ||
        !same_rows(part, place->rows, v))
        return PROOF_SHAPE;
    TRY(run_verify_part(&outcome, &record, v, &run->program->id, &run->program->key, &run->shared, run->segment_count,
                        run->ledger_count, part, tree_check_fast, scratch));
    bool same = record.kind == expected->kind && record.memory_rows == expected->memory_rows &&
                record.ledger_rows == expected->ledger_rows && digest_equal(&record.root, &expected->root);
    return same ? OK : PROOF_SHAPE;
}

status parts_assemble(run_proof *proof, const prover_run *run, const run_part *parts, arena *scratch)
{
    run_statement statement;
    size_t mark = scratch->used_bytes;
    prover_assemble(proof, run, parts);
    status s = run_verify_fast(&statement, NULL, run->program->verifier, &run->program->id, proof, scratch);
    arena_rewind(scratch, mark);
    return s;
}

/* ---- nodes ---------------------------------------------------------------------------------------- */

enum { NODE_HEAD_BYTES = 8 };

bytes node_write(arena *memory, const verifier *v, const run_proof *proof)
{
    size_t size = NODE_HEAD_BYTES + run_part_size_bytes(&proof->parts[0], v);
    uint8_t *out = arena_allocate_zeroed(memory, size, 64);
    memcpy(out, &proof->shared_nonce, sizeof proof->shared_nonce);
    run_part_write(out + NODE_HEAD_BYTES, &proof->parts[0], v);
    return (bytes){out, size};
}

status node_read(run_proof *proof, arena *memory, const prover_program *join, bytes output, const uint32_t *rows,
                 bytes artefact, arena *scratch)
{
    const verifier *v = join->verifier;
    run_part *part = ARENA_NEW(memory, run_part, 1);
    boundary_record *record = ARENA_NEW(memory, boundary_record, 1);
    run_statement statement;
    uint32_t head[2];
    if (artefact.size < sizeof head)
        return PROOF_MALFORMED;
    memcpy(head, artefact.data, sizeof head);
    if (head[1] != 0)
        return PROOF_MALFORMED;
    TRY(run_part_read(part, v, (bytes){artefact.data + sizeof head, artefact.size - sizeof head}, scratch));
    if (!same_rows(part, rows, v))
        return PROOF_SHAPE;
    TRY(run_record_of_both(record, v, part));
    *proof = (run_proof){.key = join->key,
                         .segment_count = 1,
                         .ledger_count = 1,
                         .part_count = 1,
                         .shared_nonce = head[0],
                         .output = output,
                         .records = record,
                         .parts = part};
    return run_verify_fast(&statement, NULL, v, &join->id, proof, scratch);
}
