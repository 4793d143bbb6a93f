/* One piece of work for two machines: the same C for Ashlar and, with -DPEER_SP1, for SP1.
 * WORK is one of fibonacci, sha256, keccak, recover; COUNT says how often. With -DPRECOMPILES the machine's own calls do
 * SHA-256, Keccak and points of secp256k1: Ashlar's are asked for by src/crypto. */
#include "base/check.h"
#include "base/memory.h"
#include "base/types.h"
#include "crypto/keccak.h"
#include "crypto/secp256k1.h"
#include "crypto/sha256.h"
#include "signature.h"

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
#if !defined PRECOMPILES
    uint8_t block[64] = {[32] = 0x80, [62] = 1};
    for (uint64_t i = 0; i < COUNT; i++) {
        uint32_t state[8];
        memcpy(state, sha256_initial_state, sizeof state);
        sha256_compress(state, block);
        for (int k = 0; k < 8; k++) {
            uint32_t big_endian = __builtin_bswap32(state[k]);
            memcpy(block + 4 * k, &big_endian, 4);
        }
    }
    return block[0];
#elif defined PEER_SP1
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
    return message[0];
#else
    hash256 hash = {0};
    for (uint64_t i = 0; i < COUNT; i++)
        sha256(&hash, hash.bytes, sizeof hash.bytes);
    return hash.bytes[0];
#endif
}

/* h ← Keccak-256(h), of 32 bytes: one permutation. */
[[maybe_unused]] static uint64_t do_keccak(void)
{
    hash256 hash = {0};
    for (uint64_t i = 0; i < COUNT; i++) {
#ifdef PEER_SP1
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
    return hash.bytes[0];
}

/* The key of a signature. For SP1 only what its system calls do of it: the sum of two multiples, bit by bit with the sum of
 * both points at hand; neither scalars nor the square root. */
[[maybe_unused]] static uint64_t do_recover(void)
{
#ifdef PEER_SP1
    uint64_t sum[8], *table[] = {(uint64_t *)point_G, (uint64_t *)point_R, (uint64_t *)point_G_plus_R};
    for (uint64_t i = 0; i < COUNT; i++) {
        bool is_zero = true;
        for (uint64_t places = 256; places > 0; places--) {
            uint64_t bit = places - 1;
            if (!is_zero)
                sp1_call(0x0000010B, sum, NULL);
            uint64_t pick = (signature_u1[bit / 64] >> bit % 64 & 1) + 2 * (signature_u2[bit / 64] >> bit % 64 & 1);
            if (pick == 0)
                continue;
            if (is_zero)
                memcpy(sum, table[pick - 1], sizeof sum);
            else
                sp1_call(0x0001010A, sum, table[pick - 1]);
            is_zero = false;
        }
        for (int k = 0; k < 8; k++)
            CHECK(sum[k] == point_Q[k]);
    }
    return sum[0];
#else
    hash256 message;
    uint8_t r[32], s[32], key[64];
    for (unsigned i = 0; i < 32; i++) {
        message.bytes[31 - i] = (uint8_t)(signature_message[i / 8] >> 8 * (i % 8));
        r[31 - i] = (uint8_t)(signature_r[i / 8] >> 8 * (i % 8));
        s[31 - i] = (uint8_t)(signature_s[i / 8] >> 8 * (i % 8));
    }
    for (uint64_t i = 0; i < COUNT; i++) {
        CHECK(secp256k1_recover(key, &message, r, s, RECOVERY_ID));
        for (unsigned k = 0; k < 64; k++)
            CHECK(key[k] == (uint8_t)(point_Q[k / 32 * 4 + (31 - k % 32) / 8] >> 8 * ((31 - k % 32) % 8)));
    }
    return key[0];
#endif
}

/* So that the work is not left out; there is no public output. */
volatile uint64_t program_result;

void program_work(void) { program_result = NAME(WORK)(); }
