#include "evm/precompiles.h"

#include "base/memory.h"
#include "crypto/zkvm_accelerators.h"
#include "evm/evm.h"

/* The price is taken before: it needs only the input's length for all that run so far. */
typedef bool (*precompile_function)(uint8_t *output, size_t *output_size, bytes input);

struct precompile {
    uint16_t number;
    uint8_t first_fork;
    const char *name;
    precompile_function run;
};

static bool run_ecrecover(uint8_t *output, size_t *output_size, bytes input)
{
    alignas(8) uint8_t padded[128] = {0};
    memcpy(padded, input.data ? input.data : padded + 64, input.size < 128 ? input.size : 128);
    *output_size = 0;
    for (int i = 32; i < 63; i++)
        if (padded[i] != 0)
            return true;
    uint8_t v = padded[63];
    if (v != 27 && v != 28)
        return true;

    zkvm_secp256k1_hash message;
    zkvm_secp256k1_signature signature;
    zkvm_secp256k1_pubkey key;
    memcpy(message.data, padded, 32);
    memcpy(signature.data, padded + 64, 64);
    if (zkvm_secp256k1_ecrecover(&message, &signature, (uint8_t)(v - 27), &key) != ZKVM_EOK)
        return true;
    zkvm_keccak256_hash digest;
    (void)zkvm_keccak256(key.data, 64, &digest);
    memset(output, 0, 12);
    memcpy(output + 12, digest.data + 12, 20);
    *output_size = 32;
    return true;
}

static bool run_sha256(uint8_t *output, size_t *output_size, bytes input)
{
    zkvm_sha256_hash digest;
    (void)zkvm_sha256(input.data, input.size, &digest);
    memcpy(output, digest.data, 32);
    *output_size = 32;
    return true;
}

static bool run_ripemd160(uint8_t *output, size_t *output_size, bytes input)
{
    zkvm_ripemd160_hash digest;
    (void)zkvm_ripemd160(input.data, input.size, &digest);
    memcpy(output, digest.data, 32);
    *output_size = 32;
    return true;
}

static bool run_identity(uint8_t *output, size_t *output_size, bytes input)
{
    if (input.size != 0)
        memcpy(output, input.data, input.size);
    *output_size = input.size;
    return true;
}

#define unsupported NULL
static const precompile precompiles[] = {
#define PRECOMPILE(number, name, fork, function) {number, FORK_##fork, name, function},
#include "evm/precompiles.def"
#undef PRECOMPILE
};
#undef unsupported
enum { PRECOMPILE_COUNT = sizeof precompiles / sizeof precompiles[0] };

const precompile *precompile_find(fork_id fork, const address *a)
{
    uint8_t others = 0;
    for (int i = 0; i < 18; i++)
        others |= a->bytes[i];
    unsigned number = (unsigned)a->bytes[18] << 8 | a->bytes[19];
    if (others != 0 || number == 0 || number > 0x100)
        return NULL;
    for (unsigned i = 0; i < PRECOMPILE_COUNT; i++)
        if (precompiles[i].number == number)
            return precompiles[i].first_fork <= fork ? &precompiles[i] : NULL;
    return NULL;
}

/* The four of Frontier: a price, and a price for each word of input. */
static uint64_t price(const precompile *p, size_t input_size)
{
    uint64_t words = (input_size + 31) / 32;
    switch (p->number) {
    case 0x01: return 3000;
    case 0x02: return 60 + 12 * words;
    case 0x03: return 600 + 120 * words;
    default: return 15 + 3 * words;
    }
}

size_t precompile_output_bound(const precompile *p, size_t input_size)
{
    return p->run == run_identity ? input_size : 32;
}

status precompile_run(bool *ok, uint64_t *gas, uint8_t *output, size_t *output_size, const precompile *p,
                      bytes input)
{
    if (p->run == NULL)
        return UNSUPPORTED_PRECOMPILE;
    *ok = false;
    *output_size = 0;
    uint64_t cost = price(p, input.size);
    if (*gas < cost)
        return OK;
    *gas -= cost;
    *ok = p->run(output, output_size, input);
    return OK;
}

const char *precompile_name(const precompile *p) { return p->name; }
uint16_t precompile_number(const precompile *p) { return p->number; }

bool evm_is_precompile(fork_id fork, const address *a) { return precompile_find(fork, a) != NULL; }

bool evm_precompile_at(address *out, fork_id fork, unsigned i)
{
    for (unsigned k = 0; k < PRECOMPILE_COUNT; k++) {
        if (precompiles[k].first_fork > fork || i-- != 0)
            continue;
        memset(out->bytes, 0, sizeof out->bytes);
        out->bytes[18] = (uint8_t)(precompiles[k].number >> 8);
        out->bytes[19] = (uint8_t)precompiles[k].number;
        return true;
    }
    return false;
}
