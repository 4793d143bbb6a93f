/* Nanoseconds of each operation on this machine, beside libsecp256k1 and OpenSSL where they have it.
 * Instructions in the guest: make measure-crypto. */
#define _POSIX_C_SOURCE 200809L
#include "base/clock.h"
#include "base/hex.h"
#include "base/memory.h"
#include "crypto/keccak.h"
#include "crypto/modular_inverse.h"
#include "crypto/ripemd160.h"
#include "crypto/secp256k1.h"
#include "crypto/sha256.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>
#include <secp256k1.h>
#include <secp256k1_recovery.h>

static uint8_t input[1 << 16];
static alignas(8) uint8_t parts[96];
static uint8_t key[64];
static uint64_t state[25];
static u256 number = {{3, 5, 7, 11}};
static const u256 order = {{0xbfd25e8cd0364141, 0xbaaedce6af48a03b, 0xfffffffffffffffe, UINT64_MAX}};
static secp256k1_context *library;
static hash256 digest;

static void permutation(void) { keccak_f1600(state); }
static void keccak_32(void) { keccak256(&digest, input, 32); }
static void keccak_532(void) { keccak256(&digest, input, 532); }
static void keccak_64k(void) { keccak256(&digest, input, sizeof input); }
static void sha3_64k(void) { EVP_Digest(input, sizeof input, digest.bytes, NULL, EVP_sha3_256(), NULL); }
static void sha256_64k(void) { sha256(&digest, input, sizeof input); }
static void openssl_sha256_64k(void)
{
    EVP_Digest(input, sizeof input, digest.bytes, NULL, EVP_sha256(), NULL);
}
static void ripemd160_64k(void) { ripemd160(digest.bytes, input, sizeof input); }
static void inverse(void) { number = modular_inverse(number, &order); }
static void recover(void)
{
    (void)secp256k1_recover(key, (const hash256 *)(const void *)parts, parts + 32, parts + 64, 1);
}
static void verify(void)
{
    (void)secp256k1_verify(key, (const hash256 *)(const void *)parts, parts + 32, parts + 64);
}
static void library_recover(void)
{
    secp256k1_ecdsa_recoverable_signature signature;
    secp256k1_pubkey public_key;
    if (!secp256k1_ecdsa_recoverable_signature_parse_compact(library, &signature, parts + 32, 1) ||
        !secp256k1_ecdsa_recover(library, &public_key, &signature, parts))
        abort();
}

static const struct {
    const char *name;
    void (*operation)(void);
} operations[] = {
    {"Keccak-f[1600]", permutation},
    {"keccak256, 32 bytes", keccak_32},
    {"keccak256, 532 bytes", keccak_532},
    {"keccak256, 64 KiB", keccak_64k},
    {"OpenSSL SHA3-256, 64 KiB", sha3_64k},
    {"sha256, 64 KiB", sha256_64k},
    {"OpenSSL SHA-256, 64 KiB", openssl_sha256_64k},
    {"ripemd160, 64 KiB", ripemd160_64k},
    {"inverse modulo n", inverse},
    {"secp256k1 recover", recover},
    {"libsecp256k1 recover", library_recover},
    {"secp256k1 verify", verify},
};

static double now_ns(void) { return 1e9 * clock_seconds(); }

/* The best of several runs, each long enough for the clock. */
static double measure(void (*operation)(void))
{
    double best = 1e18;
    unsigned long times = 1;
    for (int run = 0; run < 7; run++) {
        double start = now_ns();
        for (unsigned long i = 0; i < times; i++)
            operation();
        double took = now_ns() - start;
        if (took < 1e7) {
            times *= 2;
            run--;
            continue;
        }
        if (took / (double)times < best)
            best = took / (double)times;
    }
    return best;
}

int main(void)
{
    static const char signature[] = "18c547e4f7b0f325ad1e56f57e26c745b09a3e503d86e00e5255ff7f715d3d1c"
                                    "73b1693892219d736caba55bdb67216e485557ea6b6af75f37096c9aa6a5a75f"
                                    "eeb940b1d03b21e36b0e47e79769f095fe2ab855bd91e3a38756b7d75a9c4549";
    if (hex_decode_exact(parts, 96, signature, 192) != OK)
        return 1;
    library = secp256k1_context_create(SECP256K1_CONTEXT_VERIFY);
    printf("| operation | ns |\n| --- | ---: |\n");
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        printf("| %s | %.0f |\n", operations[i].name, measure(operations[i].operation));
    secp256k1_context_destroy(library);
    return 0;
}
