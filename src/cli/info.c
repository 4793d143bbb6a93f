/* `ashlar info`: what a proof file or a guest program is, without verifying anything. */
#include "abi/block_output.h"
#include "cli/cli.h"
#include "prover/run.h"
#include "stark/accounting.h"
#include "verify/joined.h"

#include <string.h>

/* Text and image fill 124 MiB at most; symbols and debugging information come on top. */
enum { ELF_BYTES_MAX = 512 << 20 };

static void print_id(const digest *id)
{
    char text[80];
    uint8_t bytes_of_id[PROGRAM_ID_BYTES];
    program_id_write(bytes_of_id, id);
    printf("program id       %s\n", hex_text(text, bytes_of_id, sizeof bytes_of_id));
}

static void print_output(bytes data)
{
    block_output output;
    if (block_output_read(&output, data) != OK) {
        printf("public output    %zu bytes, of no format known here\n", data.size);
        return;
    }
    char text[80];
    printf("public output    block%s %s of chain %llu, in words:\n",
           output.first_number == output.last_number ? "" : "s",
           range_text(output.first_number, output.last_number), (unsigned long long)output.chain_id);
    static const char *const names[BLOCK_OUTPUT_WORDS] = {
        "format",         "chain id",     "chain configuration hash",    "pre-state root",
        "post-state root", "parent hash", "block hash (of the last)",    "first number",
        "last number",    "timestamp",    "gas used",                    "receipts before (roots folded)",
        "receipts after (roots folded)",  "held against its parent"};
    for (int i = 0; i < BLOCK_OUTPUT_WORDS; i++)
        printf("  %2d  %s  %s\n", i, hex_text(text, data.data + 32 * i, 32), names[i]);
}

static int info_proof(arena *memory, const char *path, const verifier *v, bytes file)
{
    run_proof proof;
    status outcome = run_proof_read(&proof, memory, v, file);
    if (outcome != OK)
        return fail(status_exit_code(outcome), "%s: %s", path, status_message(outcome));
    digest id;
    program_id(&id, v, &proof.key);
    accounting security;
    accounting_make(&security, &v->machine, &v->parameters);
    printf("a proof of %s, not verified here\n", size_text(file.size));
    print_id(&id);
    printf("security         %.2f bits (interactive %.2f, hash %.2f)\n", security.overall_bits,
           security.sum_bits, security.collision_bits);
    print_output(proof.output);
    printf("\npart  kind         cycles  pc first    pc last      tallest rows  proof\n");
    for (uint32_t i = 0; i < proof.part_count; i++) {
        static const char *const kinds[] = {"", "segment", "ledger", "both"};
        const run_part *part = &proof.parts[i];
        uint32_t tallest = 0;
        for (uint32_t chip = 0; chip < v->machine.count; chip++)
            tallest = part->rows[chip] > tallest ? part->rows[chip] : tallest;
        printf("%4u  %-7s %11s  0x%08llx  0x%08llx  %13s  %s\n", i + 1, kinds[part->kind],
               grouped(part->cycles), 4ull * part->pc4_first, 4ull * part->pc4_last, grouped(tallest),
               size_text(4 * part->word_count));
    }
    return EXIT_FINE;
}

static int info_joined(arena *memory, const char *path, const verifier *v, bytes file)
{
    joined_proof proof;
    status outcome = joined_proof_read(&proof, memory, v, file);
    if (outcome != OK)
        return fail(status_exit_code(outcome), "%s: %s", path, status_message(outcome));
    char text[80];
    uint8_t join[PROGRAM_ID_BYTES];
    program_id_write(join, &proof.said.self);
    printf("a joined proof of %s, of %s, not verified here\n", size_text(file.size),
           proof.said.kind == STATEMENT_RUN ? "one run" : "runs that follow each other");
    print_id(&proof.said.header.program);
    printf("joined by        %s\n", hex_text(text, join, sizeof join));
    print_output(proof.output);
    return EXIT_FINE;
}

static int info_elf(arena *memory, const char *path, const verifier *v, bytes file)
{
    prover_program program;
    const char *reason = "";
    status outcome = prover_program_open(&program, memory, &reason, v, file);
    if (outcome != OK)
        return fail(status_exit_code(outcome), "%s: %s: %s", path, status_message(outcome), reason);
    printf("a guest program of %s\n", size_text(file.size));
    print_id(&program.id);
    printf("entry            0x%llx\n", 4ull * program.program.entry_pc4);
    printf("instructions     %s\n", grouped(program.program.instruction_count));
    printf("image            %u blocks of 512 KiB\n", program.program.image_blocks);
    return EXIT_FINE;
}

static bool is_elf(bytes head) { return head.size >= 4 && memcmp(head.data, "\177ELF", 4) == 0; }

static const char *check_head(void *context, int *exit_code, bytes head, uint64_t size_bytes)
{
    if (is_elf(head))
        return size_bytes > ELF_BYTES_MAX ? "is larger than a program for the machine can be" : NULL;
    if (head.size < 8 || memcmp(head.data, "ASHLARPF", 8) != 0)
        return "is neither a proof nor an ELF file";
    return check_proof_head(context, exit_code, head, size_bytes);
}

static int run(int argc, char **argv)
{
    int operands;
    int code = options_parse(&command_info, argc, argv, NULL, 0, 1, 1, &operands);
    if (code != EXIT_FINE)
        return code;
    arena memory;
    bytes file;
    verifier v;
    arena_open(&memory, (size_t)16 << 30);
    verifier_open(&v, &memory, &PROOF_FULL);
    code = file_read_checked(&file, &memory, argv[1], check_head, &v);
    if (code == EXIT_FINE && is_elf(file))
        code = info_elf(&memory, argv[1], &v, file);
    else if (code == EXIT_FINE && joined_proof_is(file))
        code = info_joined(&memory, argv[1], &v, file);
    else if (code == EXIT_FINE)
        code = info_proof(&memory, argv[1], &v, file);
    arena_close(&memory);
    return code;
}

const command command_info = {
    .name = "info",
    .usage = "PROOF | ELF",
    .summary = "Shows a proof's public output, program id, segments and security, or a guest program's id.",
    .help = "Nothing is verified: use `ashlar verify` for that.\n"
            "\nExample: ashlar info build/guest/block.elf\n",
    .run = run,
};
