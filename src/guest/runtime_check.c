/* The runtime, tried out on the machine itself: exits with the number of the first thing that is wrong. The
 * input is echoed to the output. */
#include "abi/calls.h"
#include "abi/io.h"
#include "base/byte_order.h"
#include "base/memory.h"
#include "crypto/keccak.h"
#include "crypto/sha256.h"
#include "guest/heap.h"

enum { SPAN = 256 };

static uint8_t *actual, *expected;

static void fill(uint32_t seed)
{
    for (int i = 0; i < SPAN; i++) {
        seed = seed * 1664525 + 1013904223;
        actual[i] = expected[i] = (uint8_t)(seed >> 24);
    }
}

static bool same(void)
{
    volatile uint8_t *x = actual, *y = expected;
    for (int i = 0; i < SPAN; i++)
        if (x[i] != y[i])
            return false;
    return true;
}

/* What memmove means, byte by byte and not to be recognised as such. */
static void move_bytes(volatile uint8_t *to, const volatile uint8_t *from, size_t size)
{
    if (to < from)
        for (size_t i = 0; i < size; i++)
            to[i] = from[i];
    else
        for (size_t i = size; i-- > 0;)
            to[i] = from[i];
}

static int sign(int x) { return (x > 0) - (x < 0); }

static int compare_bytes(const volatile uint8_t *x, const volatile uint8_t *y, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (x[i] != y[i])
            return x[i] < y[i] ? -1 : 1;
    return 0;
}

static int check_memory_functions(void)
{
    for (size_t to = 0; to < 10; to++)
        for (size_t from = 0; from < 40; from += from < 12 ? 1 : 5)
            for (size_t size = 0; size <= 160; size += size < 40 ? 1 : 13) {
                fill((uint32_t)(to * 1000003 + from * 1009 + size));
                if (memmove(actual + to, actual + from, size) != actual + to)
                    return 1;
                move_bytes(expected + to, expected + from, size);
                if (!same())
                    return 2;
                if (memmove(actual + from, actual + to, size) != actual + from)
                    return 1;
                move_bytes(expected + from, expected + to, size);
                if (!same())
                    return 3;
            }
    for (size_t to = 0; to < 10; to++)
        for (size_t from = 128; from < 140; from++)
            for (size_t size = 0; size <= 100; size += size < 20 ? 1 : 7) {
                fill((uint32_t)(to * 77 + from * 1009 + size));
                if (memcpy(actual + to, actual + from, size) != actual + to)
                    return 4;
                move_bytes(expected + to, expected + from, size);
                if (!same())
                    return 5;
                if (memset(actual + to, (int)(0xABCD00 + from), size) != actual + to)
                    return 6;
                for (size_t i = 0; i < size; i++)
                    ((volatile uint8_t *)expected)[to + i] = (uint8_t)from;
                if (!same())
                    return 7;
            }
    for (size_t size = 0; size < 40; size++)
        for (size_t at = 0; at <= size; at++)
            for (int change = 0; change < 3; change++) {
                fill((uint32_t)size);
                actual[1 + at] = (uint8_t)(expected[at] = 0x80);
                move_bytes(actual + 1, expected, size);
                actual[1 + at] = (uint8_t)(0x80 + (change == 1 ? 0x7F : change == 2 ? -0x80 : 0));
                if (sign(memcmp(actual + 1, expected, size)) != compare_bytes(actual + 1, expected, size))
                    return 8;
            }
    return 0;
}

static int check_arithmetic(void)
{
    volatile uint64_t a = UINT64_C(0x123456789ABCDEF1), b = UINT64_C(0xFEDCBA987), zero = 0;
    unsigned __int128 product = (unsigned __int128)a * b;
    if ((uint64_t)(product / b) != a || (uint64_t)((product + 5) % b) != 5)
        return 20;
    if (__builtin_clzll(a) != 3 || __builtin_ctzll(b << 9) != 9 || __builtin_popcountll(a) != 33)
        return 21;
    if (__builtin_bswap64(a) != UINT64_C(0xF1DEBC9A78563412) || reverse_bytes(a) != UINT64_C(0xF1DEBC9A78563412))
        return 22;
    if (zero != 0 || a / b != UINT64_C(19173961))
        return 23;
    return 0;
}

static int check_copy_words(arena *heap)
{
    uint64_t *from = ARENA_NEW(heap, uint64_t, 100), *to = ARENA_NEW(heap, uint64_t, 100);
    for (uint64_t i = 0; i < 100; i++)
        from[i] = i * i;
    call_copy_words(to + 1, from, 98);
    if (to[0] != 0 || to[99] != 0)
        return 30;
    for (uint64_t i = 0; i < 98; i++)
        if (to[i + 1] != i * i)
            return 31;
    return 0;
}

/* Against the permutation in plain code, which the context uses. */
static int check_keccak256(void)
{
    for (size_t from = 0; from < 9; from++)
        for (size_t size = 0; size <= 7 * 136; size += size < 300 ? 1 : 17) {
            if (from + size > 4 * SPAN)
                break;
            hash256 plain, out;
            keccak256_context context;
            keccak256_init(&context);
            keccak256_absorb(&context, actual + from, size);
            keccak256_finish(&context, &plain);
            keccak256(&out, actual + from, size);
            if (memcmp(&out, &plain, sizeof out) != 0)
                return 50;
        }
    /* the digest over its own data */
    for (size_t at = 0; at < 34 * 8; at += 8) {
        fill((uint32_t)at);
        hash256 plain;
        keccak256(&plain, actual, 150);
        keccak256((hash256 *)(void *)(actual + at), actual, 150);
        if (memcmp(actual + at, &plain, sizeof plain) != 0)
            return 51;
    }
    return 0;
}

/* In plain code, by the compression function. */
static void plain_sha256(hash256 *out, const uint8_t *data, size_t size)
{
    uint8_t block[64];
    uint32_t state[8];
    memcpy(state, sha256_initial_state, sizeof state);
    for (size_t at = 0; at < size + 9; at += 64) {
        for (size_t i = at; i < at + 64; i++)
            block[i - at] = i < size ? data[i] : i == size ? 0x80 : 0;
        if (at + 64 >= size + 9)
            for (int i = 0; i < 8; i++)
                block[56 + i] = (uint8_t)((uint64_t)size << 3 >> (56 - 8 * i));
        sha256_compress(state, block);
    }
    for (size_t i = 0; i < 32; i++)
        out->bytes[i] = (uint8_t)(state[i / 4] >> (24 - 8 * (i % 4)));
}

static int check_sha256(arena *heap)
{
    hash256 plain, out;
    for (size_t from = 0; from < 9; from++)
        for (size_t size = 0; size <= 300; size += from % 3 == 1 ? 1 : 13) {
            plain_sha256(&plain, actual + from, size);
            sha256(&out, actual + from, size);
            if (memcmp(&out, &plain, sizeof out) != 0)
                return 80;
        }
    /* the digest over its own data, and what is too long for one call */
    for (size_t at = 0; at < 34 * 8; at += 8) {
        fill((uint32_t)at);
        plain_sha256(&plain, actual, 150);
        sha256((hash256 *)(void *)(actual + at), actual, 150);
        if (memcmp(actual + at, &plain, sizeof plain) != 0)
            return 81;
    }
    uint8_t *data = arena_allocate(heap, CALL_ITEMS_MAX * 64 + 100, 8);
    for (size_t i = 0; i < CALL_ITEMS_MAX * 64 + 100; i++)
        data[i] = (uint8_t)(i >> 6 ^ i);
    for (size_t k = 0; k < 4; k++) {
        size_t size = (CALL_ITEMS_MAX - 1) * 64 + 60 * k;
        plain_sha256(&plain, data + k, size);
        sha256(&out, data + k, size);
        if (memcmp(&out, &plain, sizeof out) != 0)
            return 82;
    }
    return 0;
}

static bool is_number(const uint64_t *words, uint64_t x)
{
    return words[0] == x && (words[1] | words[2] | words[3]) == 0;
}

/* 3^(2^64) mod 1000003 by squaring, where each item reads what the one before wrote; and quotients. */
static int check_arithmetic_calls(arena *heap)
{
    uint64_t *block = ARENA_NEW(heap, uint64_t, 16), list[64], m[4] = {1000003, 0, 0, 0}, q[4], r[4];
    block[0] = 3;
    for (int i = 0; i < 64; i++)
        list[i] = call_muladd_item(0, 0, 1, 0);
    call_muladd(block, list, m, 64);
    uint64_t expected = 3;
    for (int i = 0; i < 64; i++)
        expected = expected * expected % 1000003;
    if (!is_number(block, expected))
        return 60;
    uint64_t *wide = ARENA_NEW(heap, uint64_t, 24), wide_m[6] = {0, 0, 0, 0, 0, 1}; /* 2^320 */
    wide[0] = 3;
    wide[12] = 1;
    list[0] = call_muladd_item(0, 0, 1, 0);
    list[1] = call_muladd_item(0, 2, 1, 3);
    for (int i = 2; i < 64; i++)
        list[i] = list[0];
    call_muladd_384(wide, list, wide_m, 6); /* 3^2, then that to the power 2^4 */
    if (wide[18] != 9 || wide[0] != 1853020188851841 || (wide[1] | wide[2] | wide[3] | wide[4] | wide[5]) != 0)
        return 64;
    call_muladd_384(wide, list, wide_m, 64);
    if (wide[5] != 0 || wide[0] % 8 != 1)
        return 65;
    const uint64_t all[4] = {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};
    const uint64_t zero[4] = {0}, ten[4] = {10, 0, 0, 0};
    call_divide(q, r, all, all, all, zero); /* (2^256 − 1)·2^256 */
    if (!is_number(r, 0) || memcmp(q, all, sizeof q) != 0)
        return 61;
    call_divide(q, r, all, ten, zero, ten);
    if (!is_number(r, 0) || memcmp(q, all, sizeof q) != 0)
        return 62;
    call_divide(q, r, ten, ten, all, all); /* 100 + 2^256 − 1 */
    if (!is_number(q, 1) || !is_number(r, 100))
        return 63;
    return 0;
}

static int check_hints(void)
{
    uint64_t arguments[8] = {5, 0, 0, 0, 1000003, 0, 0, 0}, x[4];
    for (int i = 0; i < 3; i++) {
        call_hint(x, HINT_INVERSE, arguments);
        if ((x[1] | x[2] | x[3]) != 0 || x[0] * arguments[0] % 1000003 != 1)
            return 70;
        arguments[0] = x[0] + 1;
    }
    arguments[4] = 10; /* even */
    call_hint(x, HINT_INVERSE, arguments);
    return is_number(x, 0) ? 0 : 71;
}

int guest_main(void)
{
    arena heap;
    guest_heap(&heap);
    uint8_t *probe = ARENA_NEW(&heap, uint8_t, 1 << 20);
    if (probe[0] != 0 || probe[(1 << 20) - 1] != 0)
        return 40;
    actual = arena_allocate(&heap, 4 * SPAN, 8);
    expected = ARENA_NEW(&heap, uint8_t, SPAN);
    for (int i = 0; i < 4 * SPAN; i++)
        actual[i] = (uint8_t)(i * i * 37 >> 3);
    int wrong = check_memory_functions();
    if (wrong == 0)
        wrong = check_arithmetic();
    if (wrong == 0)
        wrong = check_copy_words(&heap);
    if (wrong == 0)
        wrong = check_keccak256();
    if (wrong == 0)
        wrong = check_sha256(&heap);
    if (wrong == 0)
        wrong = check_arithmetic_calls(&heap);
    if (wrong == 0)
        wrong = check_hints();
    if (wrong != 0)
        return wrong;
    const uint8_t *input;
    size_t size;
    read_input(&input, &size);
    for (size_t i = 0; i < size; i += 7)
        write_output(input + i, size - i < 7 ? size - i : 7);
    return 0;
}
