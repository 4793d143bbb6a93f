/* The verifier in C, for those who compare: linked with what libashlar_verify is made of and nothing else,
 * with sanitizers too (mk/reference.mk).
 *
 *   verdict PARAMETERS ID [JOIN]   reads from stdin files, each a little-endian 32-bit size and that many bytes; for
 *                                  each prints the name of its status. ID and JOIN, of the program that joins, are
 *                                  files of 32 bytes
 *   verdict PARAMETERS shapes      reads kinds with the rows of each chip, words of 32 bits; for each prints how many
 *                                  words its proof has, 0 for none
 *   verdict PARAMETERS links       reads pairs of outputs, each as a file; for each pair prints in hex what they are
 *                                  joined to, or the name of the status
 *
 * PARAMETERS: small, tree or full (parameters.h). */
#include "base/check.h"
#include "tests/reference/parameters.h"
#include "verify/joined.h"
#include "verify/link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static verifier v;

_Noreturn void check_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "verdict: %s at %s:%d\n", condition, file != NULL ? file : "", line);
    abort();
}

/* A block of its own on the heap, so that a sanitizer sees what is beyond its end. */
static void arena_of(arena *a, size_t size)
{
    void *block = malloc(size);
    if (block == NULL)
        exit(1);
    arena_init(a, block, size);
}

static void check_head(bytes file)
{
    size_t size = (file.size < RUN_HEAD_BYTES_MAX ? file.size : RUN_HEAD_BYTES_MAX) / 4 * 4;
    uint8_t *data = malloc(size);
    uint64_t most = 0;
    if (data == NULL)
        exit(1);
    memcpy(data, file.data, size);
    bytes head = {data, size};
    status s = joined_proof_is(head) ? joined_proof_most_bytes(&most, &v, head) : run_proof_most_bytes(&most, &v, head);
    if (s != OK || file.size > most)
        check_failed("the head bounds the file", __FILE__, __LINE__);
    free(data);
}

/* With no more memory than the headers promise to do with. */
static status verdict_on(bytes file, const digest *id, const digest *join)
{
    bool is_joined = joined_proof_is(file);
    size_t for_file = is_joined ? 256 << 10 : file.size / 4 * 5 + (1 << 20);
    size_t for_verifying = (2 << 20) + 24 * (size_t)v.machine.constraints.block_count + (16 << 10);
    arena read, working;
    arena_of(&read, for_file < 96 << 20 ? for_file : 96 << 20);
    arena_of(&working, for_verifying);
    run_proof proof;
    joined_proof joined;
    run_statement statement;
    status s = is_joined ? joined_proof_read(&joined, &read, &v, file) : run_proof_read(&proof, &read, &v, file);
    if (s == OK)
        check_head(file);
    if (s == OK)
        s = is_joined ? joined_proof_verify(&statement, &v, id, join, &joined, tree_check, &working)
                      : run_verify(&statement, NULL, &v, id, &proof, &working);
    free(read.base);
    free(working.base);
    return s;
}

/* In a block of its own, which is the caller's. */
static bool read_one(bytes *file)
{
    uint32_t size;
    if (fread(&size, sizeof size, 1, stdin) != 1)
        return false;
    uint8_t *data = malloc(size);
    if ((data == NULL && size > 0) || fread(data, 1, size, stdin) != size)
        exit(1);
    *file = (bytes){data, size};
    return true;
}

static void answer(const digest *id, const digest *join)
{
    for (bytes file; read_one(&file);) {
        printf("%s\n", status_name(verdict_on(file, id, join)));
        fflush(stdout);
        free((void *)file.data);
    }
}

static status link_two(uint8_t *a, size_t a_size, bytes b)
{
    const link_format *format = a_size < LINK_WORD_BYTES ? NULL : link_format_of(a);
    uint32_t word;
    if (format == NULL || link_bytes(format) != a_size)
        return LINK_UNKNOWN;
    TRY(link_alone(format, &word, a));
    const link_format *other = b.size < LINK_WORD_BYTES ? NULL : link_format_of(b.data);
    if (other == NULL || link_bytes(other) != b.size)
        return LINK_UNKNOWN;
    TRY(link_alone(other, &word, b.data));
    return other != format ? LINK_BROKEN : link_join(format, &word, a, b.data);
}

static void answer_links(void)
{
    for (bytes a, b; read_one(&a) && read_one(&b);) {
        status s = link_two((uint8_t *)a.data, a.size, b);
        for (size_t i = 0; s == OK && i < a.size; i++)
            printf("%02x", a.data[i]);
        printf("%s\n", s == OK ? "" : status_name(s));
        fflush(stdout);
        free((void *)a.data);
        free((void *)b.data);
    }
}

static void answer_shapes(void)
{
    arena working;
    arena_of(&working, 1 << 20);
    run_part part = {0};
    while (fread(&part.kind, sizeof part.kind, 1, stdin) == 1 &&
           fread(part.rows, sizeof *part.rows, v.machine.count, stdin) == v.machine.count) {
        static const bus_challenge no_challenge;
        static const digest no_program;
        proof_claim claim;
        fp statement[RUN_STATEMENT];
        run_part_claim(&claim, statement, &v, &no_program, &no_challenge, 1, 1, &part);
        printf("%zu\n", proof_words(&v.machine, &v.parameters, &claim, &working));
        fflush(stdout);
    }
    free(working.base);
}

static digest read_id(const char *path)
{
    uint8_t bytes[PROGRAM_ID_BYTES];
    digest id;
    FILE *f = fopen(path, "rb");
    if (f == NULL || fread(bytes, 1, sizeof bytes, f) != sizeof bytes || program_id_read(&id, bytes) != OK) {
        fprintf(stderr, "verdict: %s is no program id\n", path);
        exit(1);
    }
    fclose(f);
    return id;
}

int main(int argc, char **argv)
{
    enum { MACHINE_BYTES = 64 << 20 };
    const proof_parameters *parameters = argc == 3 || argc == 4 ? parameters_by_name(argv[1]) : NULL;
    if (parameters == NULL) {
        fprintf(stderr, "use: verdict small|tree|full FILE-OF-ID [FILE-OF-ID]|shapes\n");
        return 2;
    }
    arena machine;
    arena_of(&machine, MACHINE_BYTES);
    verifier_open(&v, &machine, parameters);
    if (strcmp(argv[2], "shapes") == 0) {
        answer_shapes();
    } else if (strcmp(argv[2], "links") == 0) {
        answer_links();
    } else {
        digest id = read_id(argv[2]), join = argc == 4 ? read_id(argv[3]) : (digest){{0}};
        answer(&id, &join);
    }
    free(machine.base);
    return 0;
}
