/* What `ashlar verify` says of proofs that hold: small programs make the bytes of a block's output public, so that every
 * kind of output is there without a block. The program is named by --program; what it says is what is looked at.
 *
 * Run from the repository's root after `make build/ashlar build/programs/proving/proving_test`. */
#define _GNU_SOURCE
#include "tests/prover/fixture.h"

#include "abi/block_output.h"
#include "chain/config.h"
#include "verify/joined.h"

#include <sys/wait.h>

static char work[] = "/tmp/ashlar_verify_XXXXXX";
static char said[4096];

/* build/ashlar with these arguments: both streams in `said`; returns the exit code. */
static int ashlar(const char *arguments, ...)
{
    char command[1024] = "build/ashlar ", *at = command + strlen(command);
    va_list list;
    va_start(list, arguments);
    vsnprintf(at, sizeof command - 32, arguments, list);
    va_end(list);
    strcat(command, " 2>&1");
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    said[fread(said, 1, sizeof said - 1, pipe)] = 0;
    int status = pclose(pipe);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void says(const char *text)
{
    if (strstr(said, text) == NULL)
        fail_msg("expected \"%s\" in:\n%s", text, said);
}

static test_code code;
static verifier full;
static prover_program program;

static void open_program(void)
{
    if (code.count != 0)
        return;
    verifier_open(&full, &kept, &PROOF_FULL);
    code_finish(&code);
    program_of(&program, &kept, &full, &code, (bytes){0});
}

static void id_text(char text[65])
{
    uint8_t id_bytes[PROGRAM_ID_BYTES];
    program_id_write(id_bytes, &program.id);
    for (int i = 0; i < PROGRAM_ID_BYTES; i++)
        snprintf(text + 2 * i, 3, "%02x", id_bytes[i]);
}

static void write_work_file(char path[64], const char *name, const uint8_t *data, size_t size)
{
    snprintf(path, 64, "%s/%s", work, name);
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(data, 1, size, out), size);
    fclose(out);
}

/* A run of the program that makes this public. */
static run_proof prove_public(bytes public)
{
    run_proof proof;
    open_program();
    assert_status(prove_run(&proof, NULL, &program, input_for(&memory, public, (bytes){0}), public, (cut){0}), OK);
    return proof;
}

/* Proves a program that makes it public; the id of the program in hex, and where the proof is. */
static void proof_that_says(char id[65], char path[64], const block_output *output)
{
    uint8_t encoding[BLOCK_OUTPUT_BYTES];
    char name[32];
    block_output_write(encoding, output);
    run_proof proof = prove_public((bytes){encoding, sizeof encoding});
    size_t size = run_proof_size_bytes(&proof, &full);
    uint8_t *file = arena_allocate(&memory, size, 8);
    run_proof_write(file, &proof, &full);
    snprintf(name, sizeof name, "%llu.proof", (unsigned long long)output->first_number);
    write_work_file(path, name, file, size);
    id_text(id);
}

/* A joined proof, whose `join` is that program: it makes public what it is told to. */
static void joined_proof_that_says(char id[65], char path[64], statement_kind kind, const block_output *output)
{
    uint8_t encoding[BLOCK_OUTPUT_BYTES], statement[STATEMENT_BYTES_MAX];
    open_program();
    block_output_write(encoding, output);
    joined_proof proof = {.said = {.kind = kind, .self = program.id, .header = {.program = program.id}},
                          .output = {encoding, sizeof encoding}};
    keccak256(&proof.said.header.output, encoding, sizeof encoding);
    proof.run = prove_public((bytes){statement, statement_write(statement, &proof.said)});
    size_t size = joined_proof_size_bytes(&proof, &full);
    uint8_t *file = arena_allocate(&memory, size, 8);
    joined_proof_write(file, &proof, &full);
    write_work_file(path, "joined.proof", file, size);
    id_text(id);
}

static block_output output_of(const chain_config *config, uint64_t number, bool held)
{
    block_output output = {.chain_id = config->chain_id, .first_number = number, .last_number = number,
                           .timestamp = 1700000000, .gas_used = 21000, .held_against_parent = held};
    chain_config_hash(&output.chain_config_hash, config);
    return output;
}

/* Without the parent's header number, timestamp, fork, gas limit and fees are the prover's choice, so it takes a word
 * of the user's to believe the rest. */
static void a_block_that_was_not_held_against_its_parent_is_refused(void **state)
{
    (void)state;
    char id[65], path[64];
    block_output output = output_of(chain_config_by_id(1), 7, false);
    proof_that_says(id, path, &output);
    assert_int_equal(ashlar("verify %s --program %s", path, id), 1);
    says("was not held against its parent");
    says("--without-parent");
    assert_int_equal(ashlar("verify %s --program %s --json", path, id), 1);
    says("{\"valid\":false,\"reason\":\"the proof holds, but its block was not held against its parent");
    assert_int_equal(ashlar("verify %s --program %s --without-parent", path, id), 0);
    says("nothing shows that the parent allows the block");
    says("parent held      no: pre-state root, number, timestamp and so fork, gas limit, base fee");
    assert_int_equal(ashlar("verify --without-parent %s --program %s --json", path, id), 0);
    says("{\"valid\":true,\"chainId\":1,\"chain\":\"mainnet\"");
    says("\"heldAgainstParent\":false");
}

/* Nor does the node take it from its prover. */
static void the_node_refuses_it(void **state)
{
    (void)state;
    char id[65], path[64], command[512];
    block_output output = output_of(chain_config_by_id(1337), 7, false);
    proof_that_says(id, path, &output);
    snprintf(command, sizeof command,
             "ASHLAR_PROOF=%s ASHLAR_PROGRAM=%s "
             "ASHLAR_PROOF_REASON='proof is wrong: its blocks were not held against their parent' "
             "build/programs/proving/proving_test >%s/said 2>&1", path, id, work);
    if (system(command) != 0) {
        snprintf(command, sizeof command, "cat %s/said", work);
        assert_int_equal(system(command), 0);
        fail();
    }
}

static void one_that_was_is_accepted(void **state)
{
    (void)state;
    char id[65], path[64];
    block_output output = output_of(chain_config_by_id(1337), 8, true);
    proof_that_says(id, path, &output);
    assert_int_equal(ashlar("verify %s --program %s", path, id), 0);
    says("executed by the rules of its chain.\n");
    says("parent held      yes");
    says("20 of them grinding; hash 123.95), if Poseidon2 is a random oracle");
    assert_int_equal(ashlar("verify %s --program %s --json", path, id), 0);
    says("\"chainId\":1337,\"chain\":\"development\"");
    says("\"heldAgainstParent\":true");
}

/* Whoever chooses the rules chooses the number that they call their chain id: it names no chain. */
static void rules_of_the_provers_own_have_no_chain_id(void **state)
{
    (void)state;
    char id[65], path[64];
    chain_config config = *chain_config_by_id(1);
    config.chain_id = 5;
    block_output output = output_of(&config, 9, true);
    output.chain_id = 1; /* the hash is of other rules than mainnet's */
    proof_that_says(id, path, &output);
    assert_int_equal(ashlar("verify %s --program %s --json", path, id), 0);
    says("{\"valid\":true,\"chainId\":null,\"chain\":null,\"chainConfigHash\":\"0x");
    assert_int_equal(ashlar("verify %s --program %s", path, id), 0);
    says("the prover's own rules, which say chain id 1");
}

/* Proofs of runs that follow each other are told apart from those that do not, by the word in which they do not meet. */
static void proofs_that_follow_each_other(void **state)
{
    (void)state;
    char id[65], first[64], second[64], other[64];
    block_output a = output_of(chain_config_by_id(1337), 5, true), b = output_of(chain_config_by_id(1337), 6, true);
    a.block_hash.bytes[0] = b.parent_hash.bytes[0] = 1;
    a.post_state_root.bytes[0] = b.pre_state_root.bytes[0] = 2;
    a.receipts_after.bytes[0] = b.receipts_before.bytes[0] = 3;
    b.block_hash.bytes[0] = 4;
    proof_that_says(id, first, &a);
    proof_that_says(id, second, &b);
    b.first_number = b.last_number = 7;
    proof_that_says(id, other, &b);
    assert_int_equal(ashlar("verify %s %s --program %s", first, second, id), 0);
    says("2 proofs hold, and their runs follow each other");
    says("blocks           5 to 6");
    says("gas used         42,000");
    assert_int_equal(ashlar("verify %s %s --program %s --json", first, second, id), 0);
    says("\"firstNumber\":5,\"number\":6,\"hash\":\"0x04");
    says("\"receiptsBefore\":\"0x00");
    assert_int_equal(ashlar("verify %s %s --program %s", second, first, id), 1);
    says("does not follow");
    says("word 5, parent hash");
    assert_int_equal(ashlar("verify %s %s --program %s", first, other, id), 1);
    says("7.proof does not follow");
    says("word 7, first number");
    assert_int_equal(ashlar("verify %s %s --program %s --json", first, other, id), 1);
    says("\"word\":7}");
}

/* A joined proof says what its statement does, for who expects that `join`; this build's is another. */
static void joined_proofs(void **state)
{
    (void)state;
    char id[65], path[64];
    block_output output = output_of(chain_config_by_id(1337), 8, true);
    joined_proof_that_says(id, path, STATEMENT_RUN, &output);
    assert_int_equal(ashlar("verify %s --program %s --joiner %s", path, id, id), 0);
    says("One proof that others were verified: of one run.");
    says("block            8");
    assert_int_equal(ashlar("verify %s --program %s --joiner %s --json", path, id, id), 0);
    says("{\"valid\":true,\"chainId\":1337");
    assert_int_equal(ashlar("verify %s --program %s", path, id), 1);
    says("another program than the one expected");
    assert_int_equal(ashlar("verify %s --joiner %s", path, id), 1);
    says("another program than the one expected");
    assert_int_equal(ashlar("info %s", path), 0);
    says("of one run, not verified here");
    says("held against its parent");
    output.last_number = 9;
    joined_proof_that_says(id, path, STATEMENT_RUNS, &output);
    assert_int_equal(ashlar("verify %s --program %s --joiner %s", path, id, id), 0);
    says("of runs that follow each other.");
}

static int open_work(void **state)
{
    (void)state;
    fixture_open();
    return mkdtemp(work) == NULL;
}

static int close_work(void **state)
{
    (void)state;
    fixture_close();
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", work);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_block_that_was_not_held_against_its_parent_is_refused, fixture_clear),
        cmocka_unit_test_teardown(the_node_refuses_it, fixture_clear),
        cmocka_unit_test_teardown(one_that_was_is_accepted, fixture_clear),
        cmocka_unit_test_teardown(rules_of_the_provers_own_have_no_chain_id, fixture_clear),
        cmocka_unit_test_teardown(proofs_that_follow_each_other, fixture_clear),
        cmocka_unit_test_teardown(joined_proofs, fixture_clear),
    };
    return cmocka_run_group_tests(tests, open_work, close_work);
}
