/* libFuzzer: inputs of `join` that were valid, changed in places. What the fuzzer makes up is the changes: the first byte says of
 * which input, then eight bytes each are how, where and what. Whatever is accepted must be an input as it was: nothing in one
 * can be changed. The inputs lie in $ASHLAR_JOIN_BASES, made by tests/soundness/join_bases.c. */
#include "base/check.h"
#include "base/memory.h"
#include "verify/join.h"
#include "verify/words.h"
#include "vm/parameters_test.h"

#include <stdio.h>
#include <stdlib.h>

enum { BASES_MAX = 16, BASE_BYTES_MAX = 1 << 20, CHANGE_BYTES = 8, CHANGES_MAX = 24, SCRATCH_BYTES = 4 << 20 };
enum { SET, ADD, FLIP, BEYOND, COPY, SPLICE, CUT, LONGER, HOWS };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t *bases[BASES_MAX];
static size_t words[BASES_MAX], base_count;
static verifier v;
static arena memory, scratch;

static void open_bases(void)
{
    const char *folder = getenv("ASHLAR_JOIN_BASES");
    arena_open(&memory, (size_t)1 << 30);
    verifier_open(&v, &memory, &test_parameters);
    void *scratch_memory = malloc(SCRATCH_BYTES);
    CHECK(scratch_memory != NULL);
    arena_init(&scratch, scratch_memory, SCRATCH_BYTES);
    for (base_count = 0; base_count < BASES_MAX; base_count++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%zu", folder != NULL ? folder : "build/fuzz/join_bases", base_count);
        FILE *f = fopen(path, "rb");
        if (f == NULL)
            break;
        bases[base_count] = arena_allocate(&memory, BASE_BYTES_MAX, 8);
        words[base_count] = fread(bases[base_count], 1, BASE_BYTES_MAX, f) / 4;
        fclose(f);
    }
    if (base_count == 0) {
        fprintf(stderr, "join_fuzz: no inputs to begin with: make fuzz, or set ASHLAR_JOIN_BASES\n");
        exit(3);
    }
}

static uint32_t number_at(const uint8_t *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* The new number of words; there is room for 256 more. */
static size_t change(uint32_t *input, size_t count, const uint8_t *how)
{
    size_t at = (how[1] | (size_t)how[2] << 8 | (size_t)how[3] << 16) % (count + 1), length = how[4] + 1u;
    uint32_t value = number_at(how + 4);
    if (how[0] % HOWS == CUT)
        return at;
    if (how[0] % HOWS == LONGER) {
        memset(input + count, how[5], 4 * length);
        return count + length;
    }
    if (at == count)
        return count;
    switch (how[0] % HOWS) {
    case SET:
        input[at] = value;
        break;
    case ADD:
        input[at] += (uint32_t)(int32_t)(int8_t)how[4];
        break;
    case FLIP:
        input[at] ^= 1u << how[4] % 32;
        break;
    case BEYOND:
        input[at] += FP_MODULUS;
        break;
    case COPY: /* from elsewhere in it */
        length = length < count - at ? length : count - at;
        for (size_t i = 0, from = value % count; i < length; i++)
            input[at + i] = input[(from + i) % count];
        break;
    default: { /* from another input */
        const size_t other = how[5] % base_count, from = number_at(how + 4) % words[other];
        for (size_t i = 0; i < length && at + i < count && from + i < words[other]; i++)
            input[at + i] = bases[other][from + i];
    }
    }
    return count;
}

/* But for the state before a span, which is a claim that stands in its statement: what its parts do not concern goes through
 * them unchanged. All spans here have both keys and a leaf as their first child. */
static bool is_a_base(const uint32_t *input, size_t count, bool is_span)
{
    enum { HEAD = 11, HEADER = 27, SORT = 1, STATE = 11 };
    size_t claims = is_span ? HEAD + HEADER + SORT + 2 * words_of_key(&v) : count;
    size_t rest = claims + STATE < count ? claims + STATE : count;
    for (size_t i = 0; i < base_count; i++)
        if (count == words[i] && memcmp(input, bases[i], 4 * claims) == 0 &&
            memcmp(input + rest, bases[i] + rest, 4 * (count - rest)) == 0)
            return true;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (base_count == 0)
        open_bases();
    if (size == 0)
        return 0;
    size_t base = data[0] % base_count, count = words[base];
    uint32_t *room = malloc(4 * (count + (size_t)CHANGES_MAX * 256));
    CHECK(room != NULL);
    memcpy(room, bases[base], 4 * count);
    for (size_t at = 1, n = 0; at + CHANGE_BYTES <= size && n < CHANGES_MAX; at += CHANGE_BYTES, n++)
        count = change(room, count, data + at);

    /* On memory of just that size, so that nothing beyond is read unnoticed; the scratch is one too. */
    uint32_t *input = malloc(4 * count + 1);
    CHECK(input != NULL);
    memcpy(input, room, 4 * count);
    join_statement said;
    status s = join_node(&said, &v, (bytes){(const uint8_t *)input, 4 * count}, &scratch);
    CHECK(scratch.used_bytes == 0);
    CHECK(s != OK || is_a_base(input, count, said.kind == STATEMENT_SPAN));
    free(input);
    free(room);
    return 0;
}
