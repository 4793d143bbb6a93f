/* Prints the id of a guest program as C, for the command that carries it:
 *     program_id BLOCK block.elf > block_program_id.h */
#include "prover/run.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    FILE *file = argc == 3 ? fopen(argv[2], "rb") : NULL;
    if (file == NULL) {
        fprintf(stderr, "use: program_id NAME FILE.elf\n");
        return 2;
    }
    static uint8_t elf[1 << 24];
    size_t size_bytes = fread(elf, 1, sizeof elf, file);
    fclose(file);

    arena memory;
    arena_open(&memory, (size_t)8 << 30);
    verifier v;
    verifier_open(&v, &memory, &PROOF_FULL);
    prover_program program;
    const char *reason = "";
    if (prover_program_open(&program, &memory, &reason, &v, (bytes){elf, size_bytes}) != OK) {
        fprintf(stderr, "program_id: %s: %s\n", argv[2], reason);
        return 3;
    }
    uint8_t id[PROGRAM_ID_BYTES];
    program_id_write(id, &program.id);
    printf("/* Generated from the guest program. */\n#define %s_PROGRAM_ID {", argv[1]);
    for (int i = 0; i < PROGRAM_ID_BYTES; i++)
        printf("%s0x%02x", i == 0 ? "" : ", ", id[i]);
    printf("}\n");
    return 0;
}
