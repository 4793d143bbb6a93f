/* Prints the id of the machine with the parameters of tests, for join_few.c. */
#include "verify/run.h"
#include "vm/parameters_test.h"

#include <stdio.h>

int main(void)
{
    arena memory;
    arena_open(&memory, (size_t)1 << 32);
    verifier v;
    verifier_open(&v, &memory, &test_parameters);
    printf("#define JOIN_FEW_ID ");
    for (int i = 0; i < DIGEST_LENGTH; i++)
        printf("%u, ", v.machine_id.c[i]);
    printf("\n");
    arena_close(&memory);
    return 0;
}
