/* Microseconds of precompiled contracts on this machine, and the gas that they charge for each. Cycles in the
 * guest: ASHLAR_MEASURE=<name of a vector> build/programs/tests/crypto/precompiles_guest_test. */
#define _POSIX_C_SOURCE 200809L
#include "base/clock.h"
#include "evm/precompiles.h"

#include "base/hex.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

static const struct {
    uint16_t number;
    const char *file, *vector;
} list[] = {
    {0x01, "ecRecover", "ValidKey"},
    {0x05, "modexp_eip7883", "nagydani-3-pow0x10001"},
    {0x05, "modexp_eip7883", "mod-32-exp-32"},
    {0x05, "modexp_eip7883", "guido-3-even"},
    {0x06, "bn256Add", "chfast2"},
    {0x07, "bn256ScalarMul", "cdetrio11"},
    {0x08, "bn256Pairing", "two_point_match_4"},
    {0x08, "bn256Pairing", "ten_point_match_1"},
    {0x09, "blake2F", "vector 5"},
    {0x0a, "pointEvaluation", "pointEvaluation1"},
    {0x100, "p256Verify", "CallP256Verify"},
};

static double now_us(void) { return 1e6 * clock_seconds(); }

static void measure(arena *memory, uint16_t number, const char *vector, bytes input)
{
    const address a = {{[18] = (uint8_t)(number >> 8), [19] = (uint8_t)number}};
    const precompile *p = precompile_find(FORK_OSAKA, &a);
    size_t mark = memory->used_bytes;
    double best = 1e18;
    const uint64_t plenty = 1000000000;
    uint64_t gas = plenty;
    for (int run = 0; run < 5; run++) {
        double start = now_us(), took = 0;
        unsigned times = 0;
        while (took < 2e4) {
            bool ok;
            bytes output;
            gas = plenty;
            if (precompile_run(&ok, &gas, &output, memory, FORK_OSAKA, p, input) != OK || !ok)
                abort();
            arena_rewind(memory, mark);
            times++;
            took = now_us() - start;
        }
        best = took / times < best ? took / times : best;
    }
    printf("| %s, %s | %.1f | %llu |\n", precompile_name(p), vector, best,
           (unsigned long long)(plenty - gas));
}

int main(void)
{
    const char *folder = getenv("ASHLAR_FIXTURES");
    arena memory;
    arena_open(&memory, 1 << 26);
    printf("| contract, vector | µs | gas |\n| --- | ---: | ---: |\n");
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/precompiles/%s.json", folder ? folder : "../shared/fixtures",
                 list[i].file);
        json_t *cases = json_load_file(path, 0, NULL), *one;
        if (!cases) {
            printf("%s is not there; set ASHLAR_FIXTURES to the folder of test fixtures\n", path);
            return 1;
        }
        size_t index;
        json_array_foreach(cases, index, one) {
            const char *text = json_string_value(json_object_get(one, "Input"));
            if (strcmp(json_string_value(json_object_get(one, "Name")), list[i].vector) != 0)
                continue;
            bytes input;
            if (hex_decode(&memory, &input, text, strlen(text)) != OK)
                return 1;
            measure(&memory, list[i].number, list[i].vector, input);
        }
        json_decref(cases);
    }
    arena_close(&memory);
    return 0;
}
