/* Proofs for those who test a verifier from outside, at the full parameters: of a small program that makes public what
 * its input says.
 *
 *   proofs DIR
 *
 * writes DIR/id (the program's id, 32 bytes), and of a development chain's block 7 DIR/both.proof (one part), split.proof
 * (several), unheld.proof (not held against its parent); of batches 3 to 5 of a rollup batch.proof. */
#include "tests/prover/fixture.h"

#include "abi/batch_output.h"
#include "abi/block_output.h"
#include "chain/config.h"

static verifier full;
static prover_program program;
static const char *folder;

static void write_file(const char *name, bytes data)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "wb");
    if (f == NULL || fwrite(data.data, 1, data.size, f) != data.size || fclose(f) != 0)
        fail_msg("cannot write %s", path);
}

static void write_proof(const char *name, bytes output, cut how)
{
    run_proof proof;
    assert_status(prove_run(&proof, NULL, &program, input_for(&memory, output, (bytes){0}), output, how), OK);
    size_t size = run_proof_size_bytes(&proof, &full);
    uint8_t *file = arena_allocate(&memory, size, 8);
    run_proof_write(file, &proof, &full);
    write_file(name, (bytes){file, size});
    fixture_clear(NULL);
}

static void fill(uint8_t *hash, int byte) { memset(hash, byte, 32); }

static void write_block(const char *name, bool held, cut how)
{
    const chain_config *config = chain_config_by_id(1337);
    block_output o = {.chain_id = 1337, .first_number = 7, .last_number = 7, .timestamp = 1700000000, .gas_used = 21000,
                      .held_against_parent = held};
    chain_config_hash(&o.chain_config_hash, config);
    fill(o.pre_state_root.bytes, 0x11);
    fill(o.post_state_root.bytes, 0x22);
    fill(o.parent_hash.bytes, 0x33);
    fill(o.block_hash.bytes, 0x44);
    fill(o.receipts_after.bytes, 0x55);
    uint8_t encoding[BLOCK_OUTPUT_BYTES];
    block_output_write(encoding, &o);
    write_proof(name, (bytes){encoding, sizeof encoding}, how);
}

static void write_batches(void)
{
    batch_output o = {.l1_chain_id = 31337, .l2_chain_id = 1337, .first = 3, .last = 5};
    fill(o.batch_hash.bytes, 0x66);
    fill(o.outcome.bytes, 0x77);
    o.faults.bytes[31] = 2; /* of batch 4 */
    uint8_t encoding[BATCH_OUTPUT_BYTES];
    batch_output_write(encoding, &o);
    write_proof("batch.proof", (bytes){encoding, sizeof encoding}, (cut){0});
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
    program_id_write(id, &program.id);
    write_file("id", (bytes){id, sizeof id});
    write_block("both.proof", true, (cut){0});
    write_block("unheld.proof", false, (cut){0});
    write_batches();
    write_block("split.proof", true, (cut){.segment_log2_cycles = 9, .ledger_rows = 64});
    fixture_close();
    return 0;
}
