/* One piece of work for two machines: the same C for Ashlar and, with -DPEER_SP1, for SP1.
 * WORK is one of fibonacci, sha256, keccak; COUNT says how often. With -DPRECOMPILES SP1's own system calls do
 * SHA-256 and Keccak-f; Ashlar's Keccak is its call in any case, since crypto/keccak.c asks for it. */
#include "base/memory.h"
#include "base/types.h"
#include "crypto/keccak.h"
#include "crypto/sha256.h"

void program_work(void);

#define CONCATENATE(a, b) a##b
#define NAME(work) CONCATENATE(do_, work)

#ifdef PEER_SP1
[[maybe_unused]] static long sp1_call(long number, void *first, void *second)
{
    register long t0 __asm__("t0") = number;
    register void *a0 __asm__("a0") = first;
    register void *a1 __asm__("a1") = second;
    __asm__ volatile("ecall" : "+r"(t0) : "r"(a0), "r"(a1) : "memory");
    return t0;
}
#endif

[[maybe_unused]] static uint64_t do_fibonacci(void)
{
    uint64_t a = 0, b = 1;
    for (uint64_t i = 0; i < COUNT; i++) {
        uint64_t next = a + b;
        a = b;
        b = next;
        __asm__ volatile("" : "+r"(a), "+r"(b)); /* a step is a step, whatever the compiler knows */
    }
    return a;
}

/* h ← SHA-256(h), of 32 bytes: one block. */
[[maybe_unused]] static uint64_t do_sha256(void)
{
#if defined PEER_SP1 && defined PRECOMPILES
    uint64_t state[8], w[64];
    uint32_t message[8] = {0};
    for (uint64_t i = 0; i < COUNT; i++) {
        for (int k = 0; k < 8; k++) {
            state[k] = sha256_initial_state[k];
            w[k] = message[k];
        }
        w[8] = 0x80000000;
        for (int k = 9; k < 15; k++)
            w[k] = 0;
        w[15] = 256;
        sp1_call(0x00300105, w, NULL);
        sp1_call(0x00010106, w, state);
        for (int k = 0; k < 8; k++)
            message[k] = (uint32_t)state[k];
    }
    return (uint64_t)message[0] << 32 | message[1];
#else
    hash256 hash = {0};
    for (uint64_t i = 0; i < COUNT; i++)
        sha256(&hash, hash.bytes, sizeof hash.bytes);
    uint64_t first = 0;
    for (int k = 0; k < 8; k++)
        first = first << 8 | hash.bytes[k];
    return first;
#endif
}

/* h ← Keccak-256(h), of 32 bytes: one permutation. */
[[maybe_unused]] static uint64_t do_keccak(void)
{
    hash256 hash = {0};
    for (uint64_t i = 0; i < COUNT; i++) {
#if defined PEER_SP1 && defined PRECOMPILES
        uint64_t state[25] = {0};
        memcpy(state, hash.bytes, sizeof hash.bytes);
        state[4] = 1;
        state[16] = (uint64_t)1 << 63;
        sp1_call(0x00010109, state, NULL);
        memcpy(hash.bytes, state, sizeof hash.bytes);
#else
        keccak256(&hash, hash.bytes, sizeof hash.bytes);
#endif
    }
    uint64_t first;
    memcpy(&first, hash.bytes, sizeof first);
    return first;
}

/* So that the work is not left out; there is no public output. */
volatile uint64_t program_result;

void program_work(void) { program_result = NAME(WORK)(); }
