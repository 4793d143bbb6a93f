#include "library/ashlar_verify.h"

#include "base/check.h"
#include "base/memory.h"
#include "base/version.h"
#include "block_program_id.h"
#include "join_program_id.h"
#include "library/checker.h"
#include "verify/check.h"
#include "verify/joined.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "a proof's words are read where they lie");
_Static_assert((int)ASHLAR_ID_BYTES == (int)PROGRAM_ID_BYTES && (int)ASHLAR_HEAD_BYTES == (int)RUN_HEAD_BYTES_MAX,
               "the public header has the same sizes");

enum {
    FILE_ALIGNMENT = 4,
    SCRATCH_ALIGNMENT = 16,
    /* What run_verify takes, with 24 bytes for each block of the list of constraints, and run_proof. */
    BLOCKS_MOST = 16384,
    WORKING_BYTES = (2 << 20) + BLOCKS_MOST * 24 + (128 << 10),
    /* No part takes less of a file: two caps. */
    LEAST_PART_BYTES = 2 * sizeof(digest) << PROOF_LOG2_CAP_MAX
};

/* ---- verdicts ------------------------------------------------------------------------------------- */

static ashlar_verdict verdict_of(status s)
{
    switch (s) {
    case OK: return ASHLAR_VERIFIED;
    case PROOF_MALFORMED: return ASHLAR_MALFORMED;
    case PROOF_VERSION: return ASHLAR_OTHER_VERSION;
    case PROOF_PROGRAM: return ASHLAR_OTHER_PROGRAM;
    case PROOF_SHAPE: return ASHLAR_SHAPE;
    case PROOF_CHAIN: return ASHLAR_CHAIN;
    case PROOF_GRINDING: return ASHLAR_GRINDING;
    case PROOF_BUS: return ASHLAR_BUS;
    case PROOF_CONSTRAINTS: return ASHLAR_CONSTRAINTS;
    case PROOF_OPENING: return ASHLAR_OPENING;
    case PROOF_FOLDING: return ASHLAR_FOLDING;
    case PROOF_STATEMENT: return ASHLAR_STATEMENT;
    default: check_failed("the verifier gave a status that is not a proof's", __FILE__, __LINE__);
    }
}

const char *ashlar_verdict_message(ashlar_verdict verdict)
{
    switch (verdict) {
    case ASHLAR_VERIFIED: return "the proof holds";
    case ASHLAR_MALFORMED: return status_message(PROOF_MALFORMED);
    case ASHLAR_OTHER_VERSION: return status_message(PROOF_VERSION);
    case ASHLAR_OTHER_PROGRAM: return status_message(PROOF_PROGRAM);
    case ASHLAR_SHAPE: return status_message(PROOF_SHAPE);
    case ASHLAR_CHAIN: return status_message(PROOF_CHAIN);
    case ASHLAR_GRINDING: return status_message(PROOF_GRINDING);
    case ASHLAR_BUS: return status_message(PROOF_BUS);
    case ASHLAR_CONSTRAINTS: return status_message(PROOF_CONSTRAINTS);
    case ASHLAR_OPENING: return status_message(PROOF_OPENING);
    case ASHLAR_FOLDING: return status_message(PROOF_FOLDING);
    case ASHLAR_STATEMENT: return status_message(PROOF_STATEMENT);
    case ASHLAR_ID_MALFORMED: return "an expected id is missing or is no id";
    case ASHLAR_MISALIGNED: return "the file must be at a multiple of 4 bytes, the scratch at one of 16";
    case ASHLAR_SCRATCH_TOO_SMALL: return "the scratch is smaller than a file of this size takes";
    }
    return "unknown verdict";
}

/* ---- the library's own ---------------------------------------------------------------------------- */

const char *ashlar_verify_version(void) { return ASHLAR_VERSION; }

static const struct {
    const char *name;
    uint8_t id[PROGRAM_ID_BYTES];
} programs[] = {{"block", BLOCK_PROGRAM_ID},
                {"stateless", STATELESS_PROGRAM_ID},
                {"batch", BATCH_PROGRAM_ID},
                {"join", JOIN_PROGRAM_ID}};

static bool same_text(const char *a, const char *b)
{
    for (; *a == *b; a++, b++)
        if (*a == 0)
            return true;
    return false;
}

const uint8_t *ashlar_program_id(const char *name)
{
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
        if (name != NULL && same_text(programs[i].name, name))
            return programs[i].id;
    return NULL;
}

/* ---- verifying ------------------------------------------------------------------------------------ */

static bool is_aligned(const void *place, size_t alignment) { return ((uintptr_t)place & (alignment - 1)) == 0; }

/* Of a file of more bytes than can be addressed SIZE_MAX, which no scratch has. */
static size_t scratch_for(uint64_t file_size)
{
    uint64_t parts = file_size / LEAST_PART_BYTES + 1;
    uint64_t size = WORKING_BYTES + parts * (sizeof(run_part) + sizeof(boundary_record));
    return file_size > SIZE_MAX || size > SIZE_MAX ? SIZE_MAX : (size_t)size;
}

ashlar_verdict ashlar_verify_scratch(size_t *scratch_size, const void *head, size_t head_size, uint64_t file_size)
{
    *scratch_size = 0;
    if (!is_aligned(head, FILE_ALIGNMENT))
        return ASHLAR_MISALIGNED;
    uint64_t most;
    bytes known = {head, head_size < file_size ? head_size : (size_t)file_size};
    status s = joined_proof_is(known) ? joined_proof_most_bytes(&most, &verifier_full, known)
                                      : run_proof_most_bytes(&most, &verifier_full, known);
    if (s != OK)
        return verdict_of(s);
    if (file_size > most || file_size % 4 != 0)
        return ASHLAR_MALFORMED;
    *scratch_size = scratch_for(file_size);
    return ASHLAR_VERIFIED;
}

static bool id_is_element(digest *id, const uint8_t *bytes) { return program_id_read(id, bytes) == OK; }

static status verify_parts(run_statement *run, ashlar_statement *statement, const digest *program, bytes file, arena *memory)
{
    run_proof *proof = ARENA_NEW(memory, run_proof, 1);
    TRY(run_proof_read(proof, memory, &verifier_full, file));
    return run_verify_by(run, &statement->bad_part, &verifier_full, program, proof, checker_for_processor(), memory);
}

static status verify_joined(run_statement *run, ashlar_statement *statement, const digest *program, const digest *join,
                            bytes file, arena *memory)
{
    joined_proof *proof = ARENA_NEW(memory, joined_proof, 1);
    TRY(joined_proof_read(proof, memory, &verifier_full, file));
    TRY(joined_proof_verify(run, &verifier_full, program, join, proof, checker_for_processor(), memory));
    statement->form = ASHLAR_FORM_JOINED;
    statement->is_linked = proof->said.kind == STATEMENT_RUNS;
    return OK;
}

ashlar_verdict ashlar_verify(ashlar_statement *statement, const ashlar_expected *expected, const void *file,
                             size_t file_size, void *scratch, size_t scratch_size)
{
    digest program, join, last;
    memset(statement, 0, sizeof *statement);
    if (expected->program == NULL || !id_is_element(&program, expected->program) ||
        (expected->join != NULL && !id_is_element(&join, expected->join)) ||
        (expected->last != NULL && !id_is_element(&last, expected->last)))
        return ASHLAR_ID_MALFORMED;
    if (!is_aligned(file, FILE_ALIGNMENT) || !is_aligned(scratch, SCRATCH_ALIGNMENT))
        return ASHLAR_MISALIGNED;
    if (scratch_size < scratch_for(file_size))
        return ASHLAR_SCRATCH_TOO_SMALL;

    arena memory;
    arena_init(&memory, scratch, scratch_size);
    CHECK(verifier_full.machine.constraints.block_count <= BLOCKS_MOST);
    CHECK(verifier_full.parameters.opening->log2_cap == PROOF_LOG2_CAP_MAX);
    bytes whole = {file, file_size};
    bool is_joined = joined_proof_is(whole);
    if (is_joined && expected->join == NULL)
        return ASHLAR_OTHER_VERSION;
    run_statement run;
    status s = is_joined ? verify_joined(&run, statement, &program, &join, whole, &memory)
                         : verify_parts(&run, statement, &program, whole, &memory);
    if (s != OK)
        return verdict_of(s);
    program_id_write(statement->program, &run.program);
    statement->output = run.output.data;
    statement->output_size = run.output.size;
    statement->cycles = run.cycles;
    statement->segment_count = run.segment_count;
    statement->ledger_count = run.ledger_count;
    return ASHLAR_VERIFIED;
}
