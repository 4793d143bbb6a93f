/* Verifies a proof file, linked with libashlar_verify.a and nothing else of Ashlar:
 *     verify_alone PROOF PROGRAM_ID
 * Prints the size of the public output. Exits as `ashlar verify` does. */
#include "base/check.h"
#include "verify/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void check_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "verify_alone: bug: %s at %s:%d\n", condition, file, line);
    abort();
}

static uint8_t *read_file(size_t *size_bytes, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return NULL;
    fseek(file, 0, SEEK_END);
    *size_bytes = (size_t)ftell(file);
    rewind(file);
    uint8_t *data = malloc(*size_bytes + 1);
    bool whole = data != NULL && fread(data, 1, *size_bytes, file) == *size_bytes;
    fclose(file);
    return whole ? data : NULL;
}

/* Eight words of eight hex digits, after "0x" or not, as `ashlar verify` prints them. */
static bool read_id(digest *id, const char *text)
{
    uint8_t data[PROGRAM_ID_BYTES];
    if (text[0] == '0' && text[1] == 'x')
        text += 2;
    if (strlen(text) != 2 * sizeof data)
        return false;
    for (size_t i = 0; i < sizeof data; i++) {
        unsigned byte;
        if (sscanf(text + 2 * i, "%2x", &byte) != 1)
            return false;
        data[i] = (uint8_t)byte;
    }
    return program_id_read(id, data) == OK;
}

int main(int argc, char **argv)
{
    enum { MEMORY_BYTES = 1 << 28 };
    digest id;
    if (argc != 3 || !read_id(&id, argv[2])) {
        fprintf(stderr, "use: verify_alone PROOF PROGRAM_ID\n");
        return 2;
    }
    size_t size_bytes = 0;
    uint8_t *file = read_file(&size_bytes, argv[1]);
    void *block = malloc(MEMORY_BYTES);
    if (file == NULL || block == NULL) {
        fprintf(stderr, "verify_alone: %s cannot be read\n", argv[1]);
        return 3;
    }
    arena memory;
    arena_init(&memory, block, MEMORY_BYTES);
    verifier v;
    verifier_open(&v, &memory, &PROOF_FULL);
    run_proof proof;
    run_statement statement;
    status outcome = run_proof_read(&proof, &memory, &v, (bytes){file, size_bytes});
    if (outcome == OK)
        outcome = run_verify(&statement, NULL, &v, &id, &proof, &memory);
    if (outcome != OK)
        fprintf(stderr, "verify_alone: %s: %s\n", argv[1], status_message(outcome));
    else
        printf("%zu bytes of output\n", statement.output.size);
    free(block);
    free(file);
    return status_exit_code(outcome);
}
