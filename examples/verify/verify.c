/* Verifies a proof with libashlar_verify and says what it proves.
 *
 *     verify PROOF [PROGRAM [JOIN]]   PROGRAM: block (the default), batch, stateless, or an id of 64 hex digits
 *                                     JOIN: of joined proofs, the program that made them: join (the default), or an id
 *
 *     cc verify.c $(pkg-config --cflags --libs ashlar_verify) -o verify
 *     cc verify.c $(pkg-config --cflags --libs-only-L ashlar_verify) -l:libashlar_verify.a -o verify
 *
 * Exits with 0 where the proof holds, 1 where it does not, 2 for wrong use, 3 where the file is no proof or cannot be read,
 * 4 for a proof of another version. */
#include <ashlar_verify.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INVALID = 1, USAGE = 2, INPUT = 3, UNSUPPORTED = 4 };

static int refuse(const char *path, ashlar_verdict verdict, uint32_t bad_part)
{
    fprintf(stderr, "verify: %s: %s", path, ashlar_verdict_message(verdict));
    if (bad_part != 0)
        fprintf(stderr, " (part %u)", (unsigned)bad_part);
    fprintf(stderr, "\n");
    return verdict == ASHLAR_MALFORMED ? INPUT : verdict == ASHLAR_OTHER_VERSION ? UNSUPPORTED : INVALID;
}

static int cannot_read(const char *path)
{
    fprintf(stderr, "verify: %s cannot be read\n", path);
    return INPUT;
}

/* The head says whether the rest is worth reading, and how much memory verifying takes: files of strangers cost no more
 * than they may. What is given is malloc's. */
static int read_proof(uint8_t **file, size_t *file_size, size_t *scratch_size, const char *path)
{
    static _Alignas(4) uint8_t head[ASHLAR_HEAD_BYTES];
    FILE *in = fopen(path, "rb");
    if (in == NULL || fseek(in, 0, SEEK_END) != 0)
        return cannot_read(path);
    long size = ftell(in);
    rewind(in);
    size_t head_size = fread(head, 1, sizeof head, in);
    if (size < 0)
        return cannot_read(path);
    ashlar_verdict verdict = ashlar_verify_scratch(scratch_size, head, head_size, (uint64_t)size);
    if (verdict != ASHLAR_VERIFIED) {
        fclose(in);
        return refuse(path, verdict, 0);
    }
    *file_size = (size_t)size;
    *file = malloc(*file_size);
    rewind(in);
    bool whole = *file != NULL && fread(*file, 1, *file_size, in) == *file_size;
    fclose(in);
    return whole ? 0 : cannot_read(path);
}

/* A name that the library knows, or an id. */
static bool read_program(uint8_t id[ASHLAR_ID_BYTES], const char *text)
{
    const uint8_t *known = ashlar_program_id(text);
    if (known != NULL) {
        memcpy(id, known, ASHLAR_ID_BYTES);
        return true;
    }
    if (strncmp(text, "0x", 2) == 0)
        text += 2;
    for (int i = 0; i < ASHLAR_ID_BYTES; i++, text += 2) {
        char digits[3] = {text[0], text[0] == 0 ? 0 : text[1], 0}, *end;
        id[i] = (uint8_t)strtoul(digits, &end, 16);
        if (digits[1] == 0 || end != digits + 2)
            return false;
    }
    return *text == 0;
}

/* ---- what `block` makes public: fourteen words of 32 bytes, numbers big-endian --------------------- */

static uint64_t number_at(const uint8_t *output, int word)
{
    uint64_t number = 0;
    for (int i = 24; i < 32; i++)
        number = number << 8 | output[32 * word + i];
    return number;
}

static void print_hash(const char *name, const uint8_t *bytes)
{
    printf("%-16s 0x", name);
    for (int i = 0; i < 32; i++)
        printf("%02x", bytes[i]);
    printf("\n");
}

static void print_block(const uint8_t *output)
{
    printf("%-16s %llu to %llu, chain id %llu\n", "blocks", (unsigned long long)number_at(output, 7),
           (unsigned long long)number_at(output, 8), (unsigned long long)number_at(output, 1));
    print_hash("rules", output + 32 * 2);
    print_hash("pre-state root", output + 32 * 3);
    print_hash("post-state root", output + 32 * 4);
    print_hash("parent hash", output + 32 * 5);
    print_hash("block hash", output + 32 * 6);
    /* Where it is not, the pre-state root, number, timestamp and fees are what the prover says. */
    printf("%-16s %s\n", "parent held", number_at(output, 13) == 1 ? "yes" : "no");
}

int main(int argc, char **argv)
{
    uint8_t program[ASHLAR_ID_BYTES], join[ASHLAR_ID_BYTES];
    if (argc < 2 || argc > 4 || !read_program(program, argc > 2 ? argv[2] : "block") ||
        !read_program(join, argc > 3 ? argv[3] : "join")) {
        fprintf(stderr, "use: verify PROOF [block | batch | stateless | ID [join | ID]]\n");
        return USAGE;
    }
    uint8_t *file = NULL;
    size_t file_size = 0, scratch_size = 0;
    int code = read_proof(&file, &file_size, &scratch_size, argv[1]);
    if (code != 0)
        return code;
    void *scratch = malloc(scratch_size);
    if (scratch == NULL)
        return cannot_read(argv[1]);

    ashlar_expected expected = {.program = program, .join = join};
    ashlar_statement statement;
    ashlar_verdict verdict = ashlar_verify(&statement, &expected, file, file_size, scratch, scratch_size);
    free(scratch);
    if (verdict != ASHLAR_VERIFIED) {
        free(file);
        return refuse(argv[1], verdict, statement.bad_part);
    }
    printf("The proof holds.\n");
    print_hash("program", statement.program);
    if (statement.form == ASHLAR_FORM_JOINED)
        printf("%-16s %s\n", "joined", statement.is_linked ? "runs that follow each other" : "one run");
    printf("%-16s %zu bytes\n", "output", statement.output_size);
    if (statement.output_size == 14 * 32 && memcmp(statement.output, "ASHLAR/block/3", 15) == 0)
        print_block(statement.output);
    free(file);
    return 0;
}
