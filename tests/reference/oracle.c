/* What the verifier in Python is held against: real proofs, and what the product says of its soundness.
 *
 *   oracle prove DIR COUNT    a small program at small parameters: DIR/both.proof, split.proof, id; and COUNT
 *                             proofs of a prover that lies in one place: DIR/lie0.proof …
 *   oracle join DIR           joined proofs, with few queries and room for a node: DIR/run.proof of a block of that
 *                             program, runs.proof that says it again as runs that follow each other, id, join
 *   oracle prove-full DIR     build/guest/fibonacci.elf at full parameters: DIR/full.proof, full.id
 *   oracle security           the soundness of the machine's proofs, and of any machine's, a round in each
 *                             line: its name, bits of error, of grinding, how often; then layers: parts (of a
 *                             node by itself 0), proofs, bits of all their rounds */
#include "tests/prover/fixture.h"

#include "abi/block_output.h"
#include "prover/tree.h"
#include "stark/accounting.h"
#include "tests/reference/parameters.h"

static verifier v;
static prover_program program;

static void write_file(const char *folder, const char *name, bytes data)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "wb");
    if (f == NULL || fwrite(data.data, 1, data.size, f) != data.size || fclose(f) != 0) {
        fprintf(stderr, "oracle: cannot write %s\n", path);
        exit(1);
    }
}

static void write_proof(const char *folder, const char *name, bytes input, bytes output, cut how)
{
    prover_options options = {.memory_bytes = MEMORY_BYTES,
                              .segment_log2_cycles = how.segment_log2_cycles,
                              .ledger_rows = how.ledger_rows,
                              .lies = how.lies};
    run_proof proof;
    prover_report report;
    prover_fault fault;
    status s = prover_prove(&proof, &report, &fault, &memory, &scratch, &program, input, output, &options);
    if (s != OK) {
        fprintf(stderr, "oracle: %s: %s\n", name, status_name(s));
        exit(1);
    }
    size_t size = run_proof_size_bytes(&proof, &v);
    uint8_t *file = arena_allocate(&memory, size, 8);
    run_proof_write(file, &proof, &v);
    write_file(folder, name, (bytes){file, size});
}

static void open_as(prover_program *p, const char *folder, const char *name, bytes elf)
{
    const char *reason = "";
    if (prover_program_open(p, &kept, &reason, &v, elf) != OK) {
        fprintf(stderr, "oracle: %s\n", reason);
        exit(1);
    }
    uint8_t id[PROGRAM_ID_BYTES];
    program_id_write(id, &p->id);
    write_file(folder, name, (bytes){id, sizeof id});
}

static void open_program(const char *folder, const char *name, bytes elf) { open_as(&program, folder, name, elf); }

/* ---- lies: after each all that follows is computed as if it were right ---- */

typedef struct {
    uint64_t seed;
    unsigned layer, round; /* of the buses, 0: of the constraints; of the opening */
} lie;

static fp5 beside(fp5 x) { return fp5_add(x, FP5_ONE); }

static void lie_at_the_top(void *context, fp5 top[4])
{
    const lie *l = context;
    top[l->seed % 4] = beside(top[l->seed % 4]);
}

static void lie_in_a_round(void *context, unsigned layer, unsigned round, fp5 *sent, unsigned degree)
{
    const lie *l = context;
    if (layer == l->layer && round == 1 + (layer == 0 ? l->round : l->round % layer)) /* they count from 1 */
        sent[l->seed % degree] = beside(sent[l->seed % degree]);
}

/* Values that give the claim, and are not those of the layer below. */
static void lie_between_layers(void *context, unsigned layer, fp5 claim, fp5 lambda, fp5 values[4])
{
    const lie *l = context;
    if (layer != l->layer)
        return;
    values[0] = beside(values[0]);
    fp5 rest = fp5_add(fp5_mul(values[0], values[3]), fp5_mul(lambda, fp5_mul(values[2], values[3])));
    values[1] = fp5_mul(fp5_sub(claim, rest), fp5_inverse(values[2]));
}

static void lie_of_values(void *context, const constraint_sum *sum, fp5 claim,
                          fp5 *const columns[STARK_MAX_CHIPS][AIR_PHASES])
{
    (void)sum, (void)claim;
    const lie *l = context;
    fp5 *column = columns[VM_CHIP_MEMORY][AIR_BOUNDARY] + l->seed % 12;
    *column = beside(*column);
}

static void lie_in_the_opening(void *context, unsigned round, unsigned k, fp sent[2 * FP5_DEGREE])
{
    const lie *l = context;
    if (round == l->seed % (OPENING_ROUNDS + 1) && k == 0)
        sent[l->seed % (2 * FP5_DEGREE)] = fp_add(sent[l->seed % (2 * FP5_DEGREE)], FP_ONE);
}

static void lie_of_indices(void *context, unsigned round, uint32_t *indices, uint32_t count)
{
    const lie *l = context;
    if (round == l->seed % OPENING_ROUNDS)
        indices[l->seed % count] ^= 1;
}

static void lie_of_cells(void *context, unsigned matrix, fp *cells, size_t used, size_t count)
{
    (void)count;
    const lie *l = context;
    if (matrix == PROOF_MAIN)
        cells[l->seed % used] = fp_add(cells[l->seed % used], FP_ONE);
}

/* One cell of some table of the first part, before anything of its matrix is committed: all that follows is
 * computed as if it were right. The same cell when the boundary is committed alone. */
static void change_a_cell(void *context, uint32_t part, vm_tables *tables, bool boundary_only)
{
    uint64_t seed = *(uint64_t *)context;
    air_phase phase = test_random(&seed) % 4 == 0 ? AIR_BOUNDARY : AIR_MAIN;
    if (part != 0 || (boundary_only && phase != AIR_BOUNDARY))
        return;
    for (;;) {
        uint32_t chip = (uint32_t)(test_random(&seed) % VM_CHIPS);
        uint64_t column = test_random(&seed), row = test_random(&seed);
        uint32_t width = v.machine.chip[chip]->width[phase];
        for (uint32_t i = 0; i < tables->count; i++) {
            stark_table *t = &tables->tables[i];
            if (width > 0 && t->chip == chip && t->columns[phase] != NULL) {
                fp *cell = (fp *)t->columns[phase] + column % width * t->rows + row % t->rows;
                *cell = fp_add(*cell, FP_ONE);
                return;
            }
        }
    }
}

/* Lie number i: where it is follows from the number. */
static void write_lie(const char *folder, uint64_t i, bytes input, bytes output)
{
    enum { KINDS = 10 };
    uint64_t random = i;
    lie l = {.seed = test_random(&random)};
    unsigned last_layer = 26; /* slots of interactions and the tallest table's rows have 2^28 leaves */
    l.layer = 1 + (unsigned)(l.seed >> 8) % last_layer;
    l.round = (unsigned)(l.seed >> 16) % 17;
    proof_lies proof = {.rounds.context = &l, .opening.context = &l};
    prover_lies lies = {.context = &l.seed, .proof = &proof};
    switch (i % KINDS) {
    case 0: proof.rounds.change_top = lie_at_the_top; break;
    case 1: proof.rounds.change_round = lie_in_a_round; break;
    case 2: l.layer = 0, proof.rounds.change_round = lie_in_a_round; break;
    case 3: proof.rounds.change_layer = lie_between_layers; break;
    case 4: proof.rounds.change_values = lie_of_values; break;
    case 5: proof.opening.change_polynomial = lie_in_the_opening; break;
    case 6: proof.opening.change_indices = lie_of_indices; break;
    case 7: proof.change_cells = lie_of_cells; break;
    default: lies.change_tables = change_a_cell;
    }
    char name[32];
    snprintf(name, sizeof name, "lie%u.proof", (unsigned)i);
    write_proof(folder, name, input, output, (cut){.lies = &lies});
}

/* Loads, stores, a branch, a multiplication, shifts, calls of accelerators, a word of the image. */
static void prove(const char *folder, uint32_t lie_count)
{
    static test_code code;
    test_load(&code, 8, MAP_HEAP_BASE);
    test_load(&code, 9, 20);
    test_op(&code, OP_SD, 0, 8, 9, 0);
    test_op(&code, OP_LD, 7, 8, 0, 0);
    test_op(&code, OP_MUL, 6, 7, 9, 0);
    test_op(&code, OP_SLLI, 6, 6, 0, 3);
    test_op(&code, OP_ADDI, 8, 8, 0, 8);
    test_op(&code, OP_ADDI, 9, 9, 0, -1);
    test_op(&code, OP_BNE, 0, 9, 0, -24);
    test_load(&code, 10, MAP_HEAP_BASE + 512);
    test_load(&code, 11, MAP_HEAP_BASE);
    test_load(&code, 15, 5);
    test_load(&code, 17, CALL_COPY_WORDS);
    test_op(&code, OP_ECALL, 0, 0, 0, 0);
    test_load(&code, 11, MAP_HEAP_BASE + 3);
    test_load(&code, 12, MAP_HEAP_BASE + 8);
    test_load(&code, 15, 2);
    test_load(&code, 17, CALL_KECCAK256);
    test_op(&code, OP_ECALL, 0, 0, 0, 0);
    test_load(&code, 12, MAP_IMAGE_BASE);
    test_op(&code, OP_LD, 6, 12, 0, 16);
    code_finish(&code);
    static uint8_t image[4096] = {1, 2, 3};
    elf_segment segments[2] = {{5, MAP_TEXT_BASE, text_of(&kept, &code)},
                               {4, MAP_IMAGE_BASE, {image, sizeof image}}};
    open_program(folder, "id", elf_of(&kept, MAP_TEXT_BASE, segments, 2));
    bytes output = text_bytes("for a second pair of eyes");
    bytes input = input_for(&kept, output, (bytes){0});
    write_proof(folder, "both.proof", input, output, (cut){0});
    write_proof(folder, "split.proof", input, output, (cut){6, 40, NULL});
    for (uint64_t i = 0; i < lie_count; i++)
        write_lie(folder, i, input, output);
}

static void must(status s, const char *name)
{
    if (s == OK)
        return;
    fprintf(stderr, "oracle: %s: %s\n", name, status_name(s));
    exit(1);
}

static void write_joined(const char *folder, const char *name, const joined_proof *proof)
{
    size_t size = joined_proof_size_bytes(proof, &v);
    uint8_t *file = arena_allocate(&memory, size, 8);
    joined_proof_write(file, proof, &v);
    write_file(folder, name, (bytes){file, size});
}

static void join(const char *folder)
{
    static test_code code;
    code_finish(&code);
    elf_segment text = {5, MAP_TEXT_BASE, text_of(&kept, &code)};
    open_program(folder, "id", elf_of(&kept, MAP_TEXT_BASE, &text, 1));
    prover_program by;
    open_as(&by, folder, "join", guest_elf(&kept, "join_tree"));
    block_output block = {.chain_id = 1, .first_number = 7, .last_number = 8, .gas_used = 21000, .held_against_parent = true};
    uint8_t encoding[BLOCK_OUTPUT_BYTES];
    block_output_write(encoding, &block);
    bytes output = {encoding, sizeof encoding};
    run_proof proof;
    must(prove_run(&proof, NULL, &program, input_for(&memory, output, (bytes){0}), output, (cut){0}), "a run");
    prover_options options = {.memory_bytes = MEMORY_BYTES};
    tree_options tree = {.join = &by, .options = &options};
    tree_report report;
    joined_proof run, runs;
    must(tree_join_parts(&run, &report, &tree, &proof, &memory, &scratch), "run.proof");
    write_joined(folder, "run.proof", &run);
    must(tree_link(&runs, &report, &tree, &run, 1, &memory, &scratch), "runs.proof");
    write_joined(folder, "runs.proof", &runs);
}

static void prove_full(const char *folder)
{
    open_program(folder, "full.id", guest_elf(&kept, "fibonacci"));
    static const uint64_t n = 20, result[2] = {20, 6765};
    write_proof(folder, "full.proof", (bytes){(const uint8_t *)&n, sizeof n},
                (bytes){(const uint8_t *)result, sizeof result}, (cut){0});
}

static void print_security(const stark_machine *m)
{
    accounting a;
    accounting_make(&a, m, &PROOF_FULL);
    for (uint32_t i = 0; i < a.count; i++)
        printf("%s\t%.9f\t%u\t%u\n", a.rounds[i].name, a.rounds[i].error_bits, a.rounds[i].grinding_bits,
               a.rounds[i].times);
    printf("worst\t%.9f\nsum\t%.9f\nhash\t%.9f\n", a.worst_bits, a.sum_bits, a.collision_bits);
    accounting_layer layers[ACCOUNTING_LAYERS];
    accounting_layers(layers, &a);
    for (int i = 0; i < ACCOUNTING_LAYERS; i++)
        printf("layer\t%u\t%llu\t%.9f\n", layers[i].parts, (unsigned long long)layers[i].proofs, layers[i].sum_bits);
}

int main(int argc, char **argv)
{
    const char *command = argc > 1 ? argv[1] : "";
    bool is_small = strcmp(command, "prove") == 0, joins = strcmp(command, "join") == 0;
    fixture_open();
    verifier_open(&v, &kept, parameters_by_name(is_small ? "small" : joins ? "tree" : "full"));
    if (argc == 4 && is_small) {
        prove(argv[2], (uint32_t)atoi(argv[3]));
    } else if (argc == 3 && joins) {
        join(argv[2]);
    } else if (argc == 3 && strcmp(command, "prove-full") == 0) {
        prove_full(argv[2]);
    } else if (argc == 2 && strcmp(command, "security") == 0) {
        print_security(&v.machine);
        print_security(NULL);
    } else {
        fprintf(stderr, "use: oracle prove DIR COUNT | join DIR | prove-full DIR | security\n");
        return 2;
    }
    fixture_close();
    return 0;
}
