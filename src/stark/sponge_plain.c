/* The call sponge in plain C, for a program that runs without the machine. */
#include "abi/calls.h"
#include "base/check.h"
#include "base/memory.h"
#include "stark/hash.h"
#include "stark/poseidon2.h"

static void check_words(const fp *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        CHECK(fp_is_canonical(words[i]));
}

void call_sponge(uint64_t state[12], const uint64_t *data, size_t n)
{
    fp all[HASH_WIDTH];
    memcpy(all, state, sizeof all);
    check_words(all + HASH_RATE, HASH_WIDTH - HASH_RATE);
    for (size_t i = 0; i < n; i++) {
        memcpy(all, data + HASH_RATE / 2 * i, sizeof(fp[HASH_RATE]));
        check_words(all, HASH_RATE);
        poseidon2_permute(all);
    }
    memcpy(state, all, sizeof all);
}
