#include "stark/hash.h"

#include "abi/calls.h"
#include "base/check.h"
#include "base/memory.h"
#include "stark/poseidon2.h"

_Static_assert(HASH_WIDTH == POSEIDON2_WIDTH, "one permutation");

#ifdef ASHLAR_GUEST
/* The machine has the sponge as a call. Blocks are taken where they lie if that is a multiple of 8. */
static bool can_absorb_in_place(const fp *elements) { return (uintptr_t)elements % 8 == 0; }

bool hash_may_absorb(const uint32_t *words, size_t count)
{
    (void)words;
    (void)count;
    return true;
}

static void absorb_blocks(fp state[HASH_WIDTH], const fp *elements, size_t blocks)
{
    for (; blocks > CALL_ITEMS_MAX; blocks -= CALL_ITEMS_MAX, elements += (size_t)CALL_ITEMS_MAX * HASH_RATE)
        call_sponge((uint64_t *)(void *)state, (const uint64_t *)(const void *)elements, CALL_ITEMS_MAX);
    call_sponge((uint64_t *)(void *)state, (const uint64_t *)(const void *)elements, blocks);
}

void hash_permute(fp state[HASH_WIDTH])
{
    absorb_blocks(state, state, 1);
}
#else
static bool can_absorb_in_place(const fp *elements)
{
    (void)elements;
    return true;
}

bool hash_may_absorb(const uint32_t *words, size_t count)
{
    bool fine = true;
    for (size_t i = 0; i < count; i++)
        fine &= fp_is_canonical(words[i]);
    return fine;
}

static void absorb_blocks(fp state[HASH_WIDTH], const fp *elements, size_t blocks)
{
    for (; blocks > 0; blocks--, elements += HASH_RATE) {
        memcpy(state, elements, HASH_RATE * sizeof(fp));
        poseidon2_permute(state);
    }
}

void hash_permute(fp state[HASH_WIDTH])
{
    poseidon2_permute(state);
}
#endif

void hash_start(hash_sponge *s, hash_role role, size_t length)
{
    CHECK(length < FP_MODULUS);
    memset(s->state, 0, sizeof(s->state));
    s->state[HASH_RATE] = fp_from_u32((uint32_t)role);
    s->state[HASH_RATE + 1] = fp_from_u32((uint32_t)length);
    s->filled = 0;
    s->any = false;
}

void hash_absorb(hash_sponge *s, const fp *elements, size_t length)
{
    size_t blocks = length / HASH_RATE;
    if (s->filled == 0 && blocks > 0 && can_absorb_in_place(elements)) {
        absorb_blocks(s->state, elements, blocks);
        elements += blocks * HASH_RATE;
        length -= blocks * HASH_RATE;
        s->any = true;
    }
    while (length != 0) {
        size_t part = HASH_RATE - s->filled;
        if (part > length)
            part = length;
        memcpy(s->state + s->filled, elements, part * sizeof(fp));
        s->filled += (unsigned)part;
        elements += part;
        length -= part;
        s->any = true;
        if (s->filled == HASH_RATE) {
            hash_permute(s->state);
            s->filled = 0;
        }
    }
}

void hash_close(hash_sponge *s)
{
    if (s->filled != 0 || !s->any) {
        s->state[s->filled] = FP_ONE;
        for (unsigned i = s->filled + 1; i < HASH_RATE; i++)
            s->state[i] = FP_ZERO;
        hash_permute(s->state);
        s->filled = 0;
        s->any = true;
    }
}

void hash_absorb_last(hash_sponge *s, const fp *elements, size_t length)
{
    CHECK(s->filled == 0 && length < HASH_RATE);
    fp *at = s->state;
    size_t i = 0;
    for (; i + 2 <= length; i += 2)
        memcpy(at + i, elements + i, sizeof(fp[2]));
    if (i < length)
        at[i] = elements[i];
    at[length] = FP_ONE;
    for (i = length + 1; i < HASH_RATE; i++)
        at[i] = FP_ZERO;
    hash_permute(s->state);
    s->any = true;
}

void hash_finish(hash_sponge *s, digest *out)
{
    hash_close(s);
    memcpy(out->c, s->state, sizeof(out->c));
}

void hash_elements(digest *out, hash_role role, const fp *elements, size_t length)
{
    hash_sponge s;
    hash_start(&s, role, length);
    hash_absorb(&s, elements, length);
    hash_finish(&s, out);
}

void hash_compress(digest *out, hash_role role, const digest *left, const digest *right)
{
    alignas(8) fp state[HASH_WIDTH] = {0};
    memcpy(state, left->c, sizeof(left->c));
    memcpy(state + DIGEST_LENGTH, right->c, sizeof(right->c));
    state[HASH_RATE] = fp_from_u32((uint32_t)role);
    hash_permute(state);
    memcpy(out->c, state, sizeof(out->c));
}
