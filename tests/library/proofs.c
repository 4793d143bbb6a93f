/* Proofs for those who test a verifier from outside, at the full parameters: of a small program that makes public what
 * its input says.
 *
 *   proofs DIR
 *
 * writes DIR/id (the program's id, 32 bytes), and of a development chain's block 7 DIR/both.proof (one part), split.proof
 * (several), unheld.proof (not held against its parent); of batches 3 to 5 of a rollup batch.proof. Joined: joined.proof, of
 * both.proof by `join` itself; linked.proof, of blocks 7 to 9, by the small program as if it were `join`, which makes a
 * statement public and is faster. Run from the repository's root. */
#include "tests/prover/fixture.h"

#include "abi/batch_output.h"
#include "abi/block_output.h"
#include "chain/config.h"
#include "prover/tree.h"

static verifier full;
static prover_program program, join;
static const char *folder;

static void write_file(const char *name, bytes data)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "wb");
    if (f == NULL || fwrite(data.data, 1, data.size, f) != data.size || fclose(f) != 0)
        fail_msg("cannot write %s", path);
}

static void write_joined(const char *name, const joined_proof *proof)
{
    size_t size = joined_proof_size_bytes(proof, &full);
    uint8_t *file = arena_allocate(&memory, size, 8);
    joined_proof_write(file, proof, &full);
    write_file(name, (bytes){file, size});
}

/* And joined: by which name. */
static void write_proof(const char *name, const char *joined_name, bytes output, cut how)
{
    run_proof proof;
    assert_status(prove_run(&proof, NULL, &program, input_for(&memory, output, (bytes){0}), output, how), OK);
    size_t size = run_proof_size_bytes(&proof, &full);
    uint8_t *file = arena_allocate(&memory, size, 8);
    run_proof_write(file, &proof, &full);
    write_file(name, (bytes){file, size});
    if (joined_name != NULL) {
        prover_options options = {.memory_bytes = MEMORY_BYTES};
        tree_options tree = {.join = &join, .options = &options};
        joined_proof joined;
        tree_report report;
        assert_status(tree_join_parts(&joined, &report, &tree, &proof, &memory, &scratch), OK);
        write_joined(joined_name, &joined);
    }
    fixture_clear(NULL);
}

static void fill(uint8_t *hash, int byte) { memset(hash, byte, 32); }

static void block(uint8_t encoding[BLOCK_OUTPUT_BYTES], uint64_t last, bool held)
{
    const chain_config *config = chain_config_by_id(1337);
    block_output o = {.chain_id = 1337, .first_number = 7, .last_number = last, .timestamp = 1700000000, .gas_used = 21000,
                      .held_against_parent = held};
    chain_config_hash(&o.chain_config_hash, config);
    fill(o.pre_state_root.bytes, 0x11);
    fill(o.post_state_root.bytes, 0x22);
    fill(o.parent_hash.bytes, 0x33);
    fill(o.block_hash.bytes, 0x44);
    fill(o.receipts_after.bytes, 0x55);
    block_output_write(encoding, &o);
}

static void write_block(const char *name, const char *joined_name, bool held, cut how)
{
    uint8_t encoding[BLOCK_OUTPUT_BYTES];
    block(encoding, 7, held);
    write_proof(name, joined_name, (bytes){encoding, sizeof encoding}, how);
}

/* What `join` says of runs that follow each other. */
static void write_linked(const char *name, uint64_t last)
{
    uint8_t output[BLOCK_OUTPUT_BYTES], statement[STATEMENT_BYTES_MAX];
    joined_proof proof = {.said = {.kind = STATEMENT_RUNS, .self = program.id, .header.program = program.id},
                          .output = {output, sizeof output}};
    block(output, last, true);
    keccak256(&proof.said.header.output, output, sizeof output);
    bytes public = {statement, statement_write(statement, &proof.said)};
    assert_status(prove_run(&proof.run, NULL, &program, input_for(&memory, public, (bytes){0}), public, (cut){0}), OK);
    write_joined(name, &proof);
    fixture_clear(NULL);
}

static void write_batches(void)
{
    batch_output o = {.l1_chain_id = 31337, .l2_chain_id = 1337, .first = 3, .last = 5};
    fill(o.batch_hash.bytes, 0x66);
    fill(o.outcome.bytes, 0x77);
    o.faults.bytes[31] = 2; /* of batch 4 */
    uint8_t encoding[BATCH_OUTPUT_BYTES];
    batch_output_write(encoding, &o);
    write_proof("batch.proof", NULL, (bytes){encoding, sizeof encoding}, (cut){0});
}

/* Long enough to be cut into segments. */
static void write_program(test_code *code)
{
    test_load(code, 5, 300);
    test_op(code, OP_ADDI, 5, 5, 0, -1);
    test_op(code, OP_BNE, 0, 5, 0, -4);
    code_finish(code);
}

int main(int argc, char **argv)
{
    static test_code code;
    uint8_t id[PROGRAM_ID_BYTES];
    if (argc != 2) {
        fprintf(stderr, "use: proofs DIR\n");
        return 2;
    }
    folder = argv[1];
    fixture_open();
    verifier_open(&full, &kept, &PROOF_FULL);
    write_program(&code);
    program_of(&program, &kept, &full, &code, (bytes){0});
    program_open(&join, &kept, &full, guest_elf(&kept, "join"));
    program_id_write(id, &program.id);
    write_file("id", (bytes){id, sizeof id});
    write_block("both.proof", "joined.proof", true, (cut){0});
    write_block("unheld.proof", NULL, false, (cut){0});
    write_batches();
    write_linked("linked.proof", 9);
    write_block("split.proof", NULL, true, (cut){.segment_log2_cycles = 9, .ledger_rows = 64});
    fixture_close();
    return 0;
}
