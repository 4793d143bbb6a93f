/* The verifier in C, for those who compare: linked with what libashlar_verify is made of and nothing else,
 * with sanitizers too (mk/reference.mk).
 *
 *   verdict small|full ID     reads from stdin files, each a little-endian 32-bit size and that many bytes;
 *                             for each prints the name of its status. ID is a file of 32 bytes.
 *   verdict small|full shapes reads kinds with the rows of each chip, words of 32 bits; for each prints how
 *                             many words its proof has, 0 for none */
#include "base/check.h"
#include "tests/reference/parameters.h"
#include "verify/run.h"

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

/* With no more memory than the headers promise to do with. */
static status verdict_on(bytes file, const digest *id)
{
    size_t for_file = file.size / 4 * 5 + (1 << 20);
    size_t for_verifying = (2 << 20) + 24 * (size_t)v.machine.constraints.block_count + (16 << 10);
    arena read, working;
    arena_of(&read, for_file < 96 << 20 ? for_file : 96 << 20);
    arena_of(&working, for_verifying);
    run_proof proof;
    run_statement statement;
    status s = run_proof_read(&proof, &read, &v, file);
    size_t head_size = (file.size < RUN_HEAD_BYTES_MAX ? file.size : RUN_HEAD_BYTES_MAX) / 4 * 4;
    uint8_t *head = malloc(head_size);
    uint64_t most = 0;
    if (head == NULL)
        exit(1);
    memcpy(head, file.data, head_size);
    status of_head = run_proof_most_bytes(&most, &v, (bytes){head, head_size});
    if (s == OK && (of_head != OK || file.size > most))
        check_failed("the head bounds the file", __FILE__, __LINE__);
    free(head);
    if (s == OK)
        s = run_verify(&statement, NULL, &v, id, &proof, &working);
    free(read.base);
    free(working.base);
    return s;
}

static void answer(const digest *id)
{
    uint32_t size;
    while (fread(&size, sizeof size, 1, stdin) == 1) {
        uint8_t *file = malloc(size);
        if ((file == NULL && size > 0) || fread(file, 1, size, stdin) != size)
            exit(1);
        printf("%s\n", status_name(verdict_on((bytes){file, size}, id)));
        fflush(stdout);
        free(file);
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

int main(int argc, char **argv)
{
    enum { MACHINE_BYTES = 64 << 20 };
    bool full = argc == 3 && strcmp(argv[1], "full") == 0;
    if (argc != 3 || (!full && strcmp(argv[1], "small") != 0)) {
        fprintf(stderr, "use: verdict small|full FILE-OF-ID|shapes\n");
        return 2;
    }
    arena machine;
    arena_of(&machine, MACHINE_BYTES);
    verifier_open(&v, &machine, full ? &PROOF_FULL : &small_parameters);
    if (strcmp(argv[2], "shapes") == 0) {
        answer_shapes();
        return 0;
    }
    uint8_t id_bytes[PROGRAM_ID_BYTES];
    digest id;
    FILE *f = fopen(argv[2], "rb");
    if (f == NULL || fread(id_bytes, 1, sizeof id_bytes, f) != sizeof id_bytes ||
        program_id_read(&id, id_bytes) != OK) {
        fprintf(stderr, "verdict: %s is no program id\n", argv[2]);
        return 1;
    }
    fclose(f);
    answer(&id);
    free(machine.base);
    return 0;
}
