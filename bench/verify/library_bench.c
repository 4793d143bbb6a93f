/* Milliseconds of the processor that libashlar_verify takes for a proof of one of its programs, the least of fifteen:
 *     library_bench PROOF */
#include "library/ashlar_verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(int argc, char **argv)
{
    static _Alignas(16) unsigned char file[64 << 20];
    FILE *in = argc == 2 ? fopen(argv[1], "rb") : NULL;
    size_t size = in != NULL ? fread(file, 1, sizeof file, in) : 0, scratch_size;
    ashlar_verdict verdict = ashlar_verify_scratch(&scratch_size, file, size, size);
    void *scratch = malloc(scratch_size);
    double least = 1e9;
    for (int i = 0; verdict == ASHLAR_VERIFIED && i < 15; i++) {
        ashlar_statement statement;
        ashlar_expected expected = {.program = ashlar_program_id("block"), .join = ashlar_program_id("join")};
        clock_t start = clock();
        verdict = ashlar_verify(&statement, &expected, file, size, scratch, scratch_size);
        double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
        least = seconds < least ? seconds : least;
    }
    if (verdict != ASHLAR_VERIFIED) {
        fprintf(stderr, "library_bench: %s\n", ashlar_verdict_message(verdict));
        return 1;
    }
    printf("%.1f\n", least * 1e3);
    free(scratch);
    return 0;
}
