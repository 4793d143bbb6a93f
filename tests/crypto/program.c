/* A guest program for tests and measurements of src/crypto. Input: an operation and how often to do it,
 * two numbers of 8 bytes. Output: 32 bytes that depend on the operation's result. Two runs that differ in
 * the second number differ in cycles by the operation's own: tools/measure_crypto. */
#include "abi/io.h"
#include "base/hex.h"
#include "crypto/exercise_test.h"

enum {
    EXERCISE,
    NOTHING,
    KECCAK_F1600,
    KECCAK_32,
    KECCAK_532,
    KECCAK_532_MISALIGNED,
    SHA256_BLOCK,
    RIPEMD160_32,
    RECOVER,
    VERIFY,
    INVERSE,
    RECOVER_PLAINLY,
    SHA256_64, /* two blocks; not by tools/measure_crypto */
};

static const char signature[] = "18c547e4f7b0f325ad1e56f57e26c745b09a3e503d86e00e5255ff7f715d3d1c"
                                "73b1693892219d736caba55bdb67216e485557ea6b6af75f37096c9aa6a5a75f"
                                "eeb940b1d03b21e36b0e47e79769f095fe2ab855bd91e3a38756b7d75a9c4549";

static void operate(hash256 *out, uint64_t operation, uint64_t times)
{
    static const u256 order = {{0xbfd25e8cd0364141, 0xbaaedce6af48a03b, 0xfffffffffffffffe, UINT64_MAX}};
    static uint8_t input[600];
    alignas(8) uint8_t parts[96], key[64] = {0};
    uint64_t state[25] = {0};
    u256 x = {{3, 5, 7, 11}};
    if (hex_decode_exact(parts, 96, signature, 192) != OK)
        return;
    const hash256 *message = (const hash256 *)(const void *)parts;
    for (uint64_t i = 0; i < times; i++) {
        switch (operation) {
        case KECCAK_F1600:
            keccak_f1600(state);
            break;
        case KECCAK_32:
            keccak256(out, input, 32);
            break;
        case KECCAK_532:
            keccak256(out, input, 532);
            break;
        case KECCAK_532_MISALIGNED:
            keccak256(out, input + 1, 532);
            break;
        case SHA256_BLOCK:
            sha256_compress((uint32_t *)state, input);
            break;
        case SHA256_64:
            sha256(out, input, 64);
            break;
        case RIPEMD160_32:
            ripemd160(out->bytes, input, 32);
            break;
        case RECOVER:
        case VERIFY:
            if (i == 0 || operation == RECOVER)
                (void)secp256k1_recover(key, message, parts + 32, parts + 64, 1);
            if (operation == VERIFY)
                state[0] += secp256k1_verify(key, message, parts + 32, parts + 64);
            break;
        case RECOVER_PLAINLY:
            (void)secp256k1_recover_plainly(key, message, parts + 32, parts + 64, 1);
            break;
        case INVERSE:
            x = modular_inverse(x, &order);
            break;
        default:
            break;
        }
    }
    for (int i = 0; i < 25; i++)
        out->bytes[i] ^= (uint8_t)state[i];
    for (int i = 0; i < 32; i++)
        out->bytes[i] ^= (uint8_t)(key[i] ^ x.limb[i / 8] >> 8 * (i % 8));
}

int guest_main(void)
{
    const uint8_t *input;
    size_t size;
    read_input(&input, &size);
    if (size != 16)
        return 1;
    uint64_t operation, times;
    memcpy(&operation, input, 8);
    memcpy(&times, input + 8, 8);
    hash256 out = {{0}};
    if (operation == EXERCISE)
        exercise(&out);
    else
        operate(&out, operation, times);
    write_output(out.bytes, sizeof out.bytes);
    return 0;
}
