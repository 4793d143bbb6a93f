/* `ashlar verify`: verifies the proof of a block and prints what it establishes. */
#include "abi/batch_output.h"
#include "abi/block_output.h"
#include "abi/stateless_result.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/hex.h"
#include "block_program_id.h"
#include "chain/config.h"
#include "cli/batch_output.h"
#include "cli/block_program.h"
#include "cli/cli.h"
#include "cli/follow.h"
#include "join_program_id.h"
#include "stark/accounting.h"
#include "verify/joined.h"
#include "verify/link.h"

#include <string.h>

/* More are not verified at once. */
enum { PROOFS_MAX = 4096 };

const uint8_t block_program_id[32] = BLOCK_PROGRAM_ID;
const uint8_t stateless_program_id[32] = STATELESS_PROGRAM_ID;
const uint8_t batch_program_id[32] = BATCH_PROGRAM_ID;
const uint8_t join_program_id[32] = JOIN_PROGRAM_ID;

/* The chain whose rules the proof is about: by name where they are the known ones. */
static const char *rules_name(const block_output *output)
{
    const chain_config *known = chain_config_by_id(output->chain_id);
    hash256 hash;
    if (known == NULL)
        return NULL;
    chain_config_hash(&hash, known);
    return memcmp(hash.bytes, output->chain_config_hash.bytes, 32) == 0 ? chain_name(output->chain_id) : NULL;
}

/* What was verified: a run, or several that follow each other as if they were one. */
typedef struct {
    run_statement statement;
    uint32_t proofs, joined_proofs; /* the latter among the former */
    double seconds;
} verified;

static void print_verified(const verified *r)
{
    const run_statement *s = &r->statement;
    if (r->joined_proofs == r->proofs)
        printf("verified         %s cycles that verify the others, in %.0f ms\n", grouped(s->cycles), r->seconds * 1e3);
    else
        printf("verified         %u segments and %u ledger parts, %s cycles, in %.0f ms\n", s->segment_count,
               s->ledger_count, grouped(s->cycles), r->seconds * 1e3);
}

static void print_verified_json(const verified *r, const accounting *security)
{
    char text[80];
    uint8_t id[PROGRAM_ID_BYTES];
    const run_statement *s = &r->statement;
    program_id_write(id, &s->program);
    printf(",\"program\":\"%s\"", hex_text(text, id, sizeof id));
    printf(",\"joined\":%s", r->joined_proofs == r->proofs ? "true" : "false");
    printf(",\"cycles\":%llu,\"segments\":%u,\"ledgerParts\":%u", (unsigned long long)s->cycles,
           s->segment_count, s->ledger_count);
    printf(",\"securityBits\":%.2f}\n", security->overall_bits);
}

static void print_table(const block_output *o, const verified *r, const accounting *security)
{
    char text[80];
    const char *name = rules_name(o);
    bool one = o->first_number == o->last_number;
    printf("The proof holds: %s executed by the rules of %s chain%s.\n\n",
           one ? "this block was" : "these blocks were", one ? "its" : "their",
           o->held_against_parent ? "" : ", but nothing shows that the parent allows the block; see below");
    if (name != NULL)
        printf("chain            %s (chain id %llu)\n", name, (unsigned long long)o->chain_id);
    else
        printf("chain            none known: the prover's own rules, which say chain id %llu: configuration\n"
               "                 %s\n",
               (unsigned long long)o->chain_id, hex_text(text, o->chain_config_hash.bytes, 32));
    printf("%-16s %s\n", one ? "block" : "blocks", range_text(o->first_number, o->last_number));
    printf("hash             %s%s\n", hex_text(text, o->block_hash.bytes, 32), one ? "" : "  (of the last)");
    printf("parent hash      %s%s\n", hex_text(text, o->parent_hash.bytes, 32),
           one ? "" : "  (of the first)");
    printf("pre-state root   %s\n", hex_text(text, o->pre_state_root.bytes, 32));
    printf("post-state root  %s\n", hex_text(text, o->post_state_root.bytes, 32));
    printf("receipts before  %s\n", hex_text(text, o->receipts_before.bytes, 32));
    printf("receipts after   %s\n", hex_text(text, o->receipts_after.bytes, 32));
    printf("gas used         %s\n", grouped(o->gas_used));
    if (o->held_against_parent)
        printf(
            "parent held      yes: pre-state root, number, timestamp, gas limit and fees follow from the "
            "parent's header\n");
    else
        printf(
            "parent held      no: pre-state root, number, timestamp and so fork, gas limit, base fee, blob "
            "gas and older\n"
            "                 block hashes are what the prover says\n");
    uint8_t id[PROGRAM_ID_BYTES];
    program_id_write(id, &r->statement.program);
    printf("program          %s\n", hex_text(text, id, sizeof id));
    printf(
        "security         %.2f bits (interactive %.2f, %u of them grinding; hash %.2f), if Poseidon2 is a "
        "random oracle\n",
        security->overall_bits, security->sum_bits, security->rounds[security->weakest].grinding_bits,
        security->collision_bits);
    print_verified(r);
}

static void print_json(const block_output *o, const verified *r, const accounting *security)
{
    char text[80];
    const char *name = rules_name(o);
    /* By rules of his own the prover chose the chain id as well. */
    if (name != NULL)
        printf("{\"valid\":true,\"chainId\":%llu,\"chain\":\"%s\"", (unsigned long long)o->chain_id, name);
    else
        printf("{\"valid\":true,\"chainId\":null,\"chain\":null");
    printf(",\"chainConfigHash\":\"%s\"", hex_text(text, o->chain_config_hash.bytes, 32));
    printf(",\"firstNumber\":%llu,\"number\":%llu", (unsigned long long)o->first_number,
           (unsigned long long)o->last_number);
    printf(",\"hash\":\"%s\"", hex_text(text, o->block_hash.bytes, 32));
    printf(",\"parentHash\":\"%s\"", hex_text(text, o->parent_hash.bytes, 32));
    printf(",\"preStateRoot\":\"%s\"", hex_text(text, o->pre_state_root.bytes, 32));
    printf(",\"postStateRoot\":\"%s\"", hex_text(text, o->post_state_root.bytes, 32));
    printf(",\"receiptsBefore\":\"%s\"", hex_text(text, o->receipts_before.bytes, 32));
    printf(",\"receiptsAfter\":\"%s\"", hex_text(text, o->receipts_after.bytes, 32));
    printf(",\"gasUsed\":%llu,\"timestamp\":%llu", (unsigned long long)o->gas_used,
           (unsigned long long)o->timestamp);
    printf(",\"heldAgainstParent\":%s", o->held_against_parent ? "true" : "false");
    print_verified_json(r, security);
}

const char *check_proof_head(void *context, int *exit_code, bytes head, uint64_t size_bytes)
{
    _Static_assert((int)RUN_HEAD_BYTES_MAX <= (int)FILE_HEAD_BYTES, "the head of a file holds a proof's");
    _Alignas(4) uint8_t aligned[FILE_HEAD_BYTES];
    uint64_t most;
    memcpy(aligned, head.data, head.size);
    head.data = aligned;
    status outcome = joined_proof_is(head) ? joined_proof_most_bytes(&most, context, head)
                                           : run_proof_most_bytes(&most, context, head);
    *exit_code = outcome == OK ? EXIT_INPUT : status_exit_code(outcome);
    return outcome != OK        ? status_message(outcome)
           : size_bytes > most ? "is larger than a proof of as many parts as it says can be"
                               : NULL;
}

static int refuse(bool json, int code, const char *path, const char *reason)
{
    if (json)
        printf("{\"valid\":false,\"reason\":\"%s\"}\n", reason);
    return fail(code, "%s: %s", path, reason);
}

/* A payload that is not valid, or not shown to be, has a proof too. */
static int print_stateless(const stateless_result *result, const verified *r, const verifier *v, bool json)
{
    char text[80];
    uint8_t id[PROGRAM_ID_BYTES];
    accounting security;
    accounting_make(&security, &v->machine, &v->parameters);
    program_id_write(id, &r->statement.program);
    if (json) {
        printf("{\"valid\":true,\"newPayloadRequestRoot\":\"%s\"",
               hex_text(text, result->new_payload_request_root.bytes, 32));
        printf(",\"successfulValidation\":%s,\"chainId\":%llu", result->successful_validation ? "true" : "false",
               (unsigned long long)result->chain_id);
        if (result->has_schema)
            printf(",\"schemaId\":%u", result->schema_id);
        print_verified_json(r, &security);
    } else {
        printf(
            "The proof holds: %s.\n\n",
            result->successful_validation
                ? "this payload is valid by the rules of its schema (EIP-8025)"
                : "the stateless validator of EIP-8025 did not accept this payload with the witness it was "
                  "given");
        printf("payload request  %s\n", hex_text(text, result->new_payload_request_root.bytes, 32));
        printf("validation       %s\n", result->successful_validation ? "successful" : "not successful");
        printf("chain            chain id %llu\n", (unsigned long long)result->chain_id);
        if (result->has_schema)
            printf("schema           0x%04x\n", result->schema_id);
        else
            printf("schema           of zkevm@v0.3.3, Amsterdam\n");
        printf("program          %s\n", hex_text(text, id, sizeof id));
        printf("security         %.1f bits (interactive %.1f, hash %.1f), proven\n", security.overall_bits,
               security.sum_bits, security.collision_bits);
        print_verified(r);
    }
    return result->successful_validation ? EXIT_FINE : EXIT_INVALID;
}

/* Whether L1 has such batches is for L1 to say. */
static int print_batches(const batch_output *o, const verified *r, const verifier *v, bool json)
{
    char text[80];
    uint8_t id[PROGRAM_ID_BYTES];
    accounting security;
    accounting_make(&security, &v->machine, &v->parameters);
    program_id_write(id, &r->statement.program);
    if (json) {
        printf("{\"valid\":true,");
        batch_output_print_json(o);
        print_verified_json(r, &security);
        return EXIT_FINE;
    }
    printf(
        "The proof holds: after the outcome before, with this queue, %s to this outcome by the rules of "
        "this\n"
        "configuration. That L1 has all of them is for its contract to say.\n\n",
        o->first == o->last ? "this batch leads" : "these batches lead");
    batch_output_print(o);
    printf("program          %s\n", hex_text(text, id, sizeof id));
    printf("security         %.2f bits (interactive %.2f, hash %.2f)\n", security.overall_bits,
           security.sum_bits, security.collision_bits);
    print_verified(r);
    return EXIT_FINE;
}

/* What the proofs must be about. */
typedef struct {
    const verifier *v;
    const digest *program; /* NULL: this build's */
    digest join;
    bool json;
} expectation;

static digest own_program(size_t output_size)
{
    digest id;
    const uint8_t *own = block_program_id;
    if (output_size == STATELESS_RESULT_BYTES || output_size == STATELESS_RESULT_BYTES_OF_TESTS)
        own = stateless_program_id;
    if (output_size == BATCH_OUTPUT_BYTES)
        own = batch_program_id;
    CHECK(program_id_read(&id, own) == OK);
    return id;
}

static status verify_joined(run_statement *statement, const char **of, arena *memory, const expectation *e, bytes file)
{
    joined_proof proof;
    TRY(joined_proof_read(&proof, memory, e->v, file));
    digest program = e->program != NULL ? *e->program : own_program(proof.output.size);
    TRY(joined_proof_verify(statement, e->v, &program, &e->join, &proof, tree_check_fast, memory));
    *of = proof.said.kind == STATEMENT_RUN ? "one run" : "runs that follow each other";
    return OK;
}

static status verify_parts(run_statement *statement, uint32_t *bad_part, uint32_t *part_count, arena *memory,
                           const expectation *e, bytes file)
{
    run_proof proof;
    TRY(run_proof_read(&proof, memory, e->v, file));
    *part_count = proof.part_count;
    digest program = e->program != NULL ? *e->program : own_program(proof.output.size);
    return run_verify_fast(statement, bad_part, e->v, &program, &proof, memory);
}

/* *of: what a joined proof is of; NULL: it is one of the parts of a run. */
static int verify_file(run_statement *statement, const char **of, arena *memory, const expectation *e, const char *path)
{
    bytes file;
    int code = file_read_checked(&file, memory, path, check_proof_head, (void *)e->v);
    if (code != EXIT_FINE)
        return code;
    uint32_t bad_part = 0, part_count = 0;
    *of = NULL;
    status outcome = joined_proof_is(file) ? verify_joined(statement, of, memory, e, file)
                                           : verify_parts(statement, &bad_part, &part_count, memory, e, file);
    if (outcome == OK)
        return EXIT_FINE;
    bool invalid = status_exit_code(outcome) == EXIT_INVALID;
    if (invalid && e->json)
        printf("{\"valid\":false,\"reason\":\"%s\"}\n", status_message(outcome));
    if (bad_part != 0)
        return fail(status_exit_code(outcome), "%s: invalid proof: part %u of %u: %s", path, bad_part,
                    part_count, status_message(outcome));
    return fail(status_exit_code(outcome), "%s: %s%s", path, invalid ? "invalid proof: " : "",
                status_message(outcome));
}

int follow_start(run_statement *all, arena *memory, const char *path, bool json)
{
    const link_format *format = all->output.size < LINK_WORD_BYTES ? NULL : link_format_of(all->output.data);
    uint32_t word;
    if (format == NULL || link_bytes(format) != all->output.size ||
        link_alone(format, &word, all->output.data) != OK)
        return refuse(json, EXIT_UNSUPPORTED, path,
                      "the proof holds, but outputs of its kind are not joined");
    uint8_t *joined = arena_allocate(memory, all->output.size, 8);
    memcpy(joined, all->output.data, all->output.size);
    all->output.data = joined;
    return EXIT_FINE;
}

int follow_next(run_statement *all, const run_statement *next, const char *path, const char *path_before,
                bool json)
{
    const link_format *format = link_format_of(all->output.data);
    uint32_t word = 0;
    bool follows = digest_equal(&all->program, &next->program) && next->output.size == all->output.size &&
                   link_format_of(next->output.data) == format &&
                   link_alone(format, &word, next->output.data) == OK &&
                   link_join(format, &word, (uint8_t *)all->output.data, next->output.data) == OK;
    if (!follows && json)
        printf("{\"valid\":false,\"reason\":\"%s\",\"word\":%u}\n", status_message(LINK_BROKEN), word);
    if (!follows && !digest_equal(&all->program, &next->program))
        return fail(EXIT_INVALID, "%s does not follow %s: it is about another program", path, path_before);
    if (!follows)
        return fail(EXIT_INVALID, "%s does not follow %s: word %u, %s", path, path_before, word,
                    link_word_name(format, word));
    all->segment_count += next->segment_count;
    all->ledger_count += next->ledger_count;
    all->cycles += next->cycles;
    return EXIT_FINE;
}

static int read_id(digest *id, const char *option_name, const char *text)
{
    uint8_t id_bytes[PROGRAM_ID_BYTES];
    if (hex_decode_exact(id_bytes, sizeof id_bytes, text, strlen(text)) != OK)
        return fail_usage(&command_verify, "%s must be 32 bytes in hex", option_name);
    if (program_id_read(id, id_bytes) != OK)
        return fail_usage(&command_verify, "%s is no program id: a word is not below the field's modulus",
                          option_name);
    return EXIT_FINE;
}

static int verify(arena *memory, char **paths, int count, const char *program_text, const char *join_text,
                  bool without_parent, bool json)
{
    verifier v;
    digest id;
    expectation expected = {.v = &v, .program = program_text != NULL ? &id : NULL, .json = json};
    int code = program_text != NULL ? read_id(&id, "--program", program_text) : EXIT_FINE;
    if (code == EXIT_FINE && join_text != NULL)
        code = read_id(&expected.join, "--joiner", join_text);
    if (code != EXIT_FINE)
        return code;
    if (join_text == NULL)
        CHECK(program_id_read(&expected.join, join_program_id) == OK);
    verifier_open(&v, memory, &PROOF_FULL);
    double start = clock_seconds();
    verified r = {.proofs = (uint32_t)count};
    const char *of = NULL;
    for (int i = 0; i < count; i++) {
        run_statement next;
        code = verify_file(i == 0 ? &r.statement : &next, &of, memory, &expected, paths[i]);
        r.joined_proofs += of != NULL;
        if (code == EXIT_FINE && count > 1)
            code = i == 0 ? follow_start(&r.statement, memory, paths[i], json)
                          : follow_next(&r.statement, &next, paths[i], paths[i - 1], json);
        if (code != EXIT_FINE)
            return code;
    }
    r.seconds = clock_seconds() - start;
    if (count > 1 && !json)
        printf("%d proofs hold, and their runs follow each other. Of all together:\n\n", count);
    if (count == 1 && of != NULL && !json)
        printf("One proof that others were verified: of %s.\n\n", of);

    const char *path = paths[0];
    block_output output;
    stateless_result result;
    batch_output batches;
    if (batch_output_read(&batches, r.statement.output) == OK)
        return print_batches(&batches, &r, &v, json);
    if (stateless_result_read(&result, r.statement.output) == OK)
        return print_stateless(&result, &r, &v, json);
    if (block_output_read(&output, r.statement.output) != OK)
        return fail(EXIT_UNSUPPORTED,
                    "%s: the proof holds, but its program makes public something else than a block", path);
    if (!output.held_against_parent && !without_parent)
        return refuse(
            json, EXIT_INVALID, path,
            "the proof holds, but its block was not held against its parent: pre-state root, number, "
            "timestamp, "
            "gas limit, base fee and blob gas are what the prover says (--without-parent accepts that)");
    accounting security;
    accounting_make(&security, &v.machine, &v.parameters);
    if (json)
        print_json(&output, &r, &security);
    else
        print_table(&output, &r, &security);
    return EXIT_FINE;
}

static int run(int argc, char **argv)
{
    const char *program = NULL, *joiner = NULL;
    bool json = false, without_parent = false;
    const option options[] = {{"--program", &program, NULL},
                              {"--joiner", &joiner, NULL},
                              {"--without-parent", NULL, &without_parent},
                              {"--json", NULL, &json}};
    int operands;
    int code = options_parse(&command_verify, argc, argv, options, sizeof options / sizeof *options, 1,
                             PROOFS_MAX, &operands);
    if (code != EXIT_FINE)
        return code;
    arena memory;
    arena_open(&memory, (size_t)16 << 30);
    code = verify(&memory, argv + 1, operands, program, joiner, without_parent, json);
    arena_close(&memory);
    return code;
}

const command command_verify = {
    .name = "verify",
    .usage = "PROOF… [--program ID] [--joiner ID] [--without-parent] [--json]",
    .summary = "Verifies a proof, from the proof alone, and prints what it establishes; of several also "
               "that their runs follow each other.",
    .help =
        "  PROOF…            files that `ashlar prove` wrote, in the order of the chain: each must go on\n"
            "                    from the one before it in every word of its output\n"
        "  --program ID      the program that the proof must be about, 32 bytes in hex; by default the one "
        "that\n"
        "                    this build carries for outputs of its kind: `block`, `stateless` for EIP-8025, "
        "or\n"
        "                    `batch` for batches of a rollup\n"
        "  --joiner ID       of a joined proof: the program `join` that made it; by default this build's\n"
            "  --without-parent  accept a block that was not held against its parent: its pre-state root, "
        "number, timestamp\n"
        "                    and so fork, gas limit, base fee and blob gas are then what the prover says\n"
        "  --json            print one line of JSON\n"
        "\nExample: ashlar verify block.proof\n",
    .run = run,
};
