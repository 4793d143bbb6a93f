/* The guest's build of this folder, with its assembly, run by qemu: it must agree with the native one. */
#define _POSIX_C_SOURCE 200809L
#include "crypto/exercise_test.h"

#include "base/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void same_as_native(void **unused)
{
    (void)unused;
    const char *build = getenv("BUILD");
    char program[300], command[800], text[80] = "", want[80];
    snprintf(program, sizeof program, "%s/guest/crypto_qemu.elf", build ? build : "build");
    if (access(program, R_OK) != 0 || system("command -v qemu-riscv64 >/dev/null") != 0) {
        printf("skipped: needs qemu-riscv64 and %s (make %s)\n", program, program);
        skip();
    }
    /* Operation 0, once. */
    snprintf(command, sizeof command, "head -c 16 /dev/zero | qemu-riscv64 %s", program);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    assert_non_null(fgets(text, sizeof text, pipe));
    assert_int_equal(pclose(pipe), 0);

    hash256 digest;
    exercise(&digest);
    /* The program shows the digest of its output. */
    keccak256(&digest, digest.bytes, 32);
    hex_encode(want, digest.bytes, 32);
    strcat(want, "\n");
    assert_string_equal(text, want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(same_as_native)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
