#include "evm/precompiles.h"

#include "base/memory.h"
#include "crypto/zkvm_accelerators.h"
#include "evm/evm.h"

typedef uint64_t (*precompile_price)(fork_id fork, bytes input);
/* *ok and *output come in as false and empty. */
typedef status (*precompile_function)(bool *ok, bytes *output, arena *scratch, bytes input);

struct precompile {
    uint16_t number;
    uint8_t first_fork;
    const char *name;
    precompile_price price;
    precompile_function run;
};

/* `size_bytes` of scratch, 8-byte aligned; NULL where it has less. */
static uint8_t *take(arena *scratch, size_t size_bytes)
{
    size_t left = scratch->size_bytes - scratch->used_bytes;
    return left < 8 || size_bytes > left - 8 ? NULL : arena_allocate(scratch, size_bytes, 8);
}

/* The output: success with `size_bytes` of scratch to be filled, or NULL: MEMORY_EXHAUSTED. */
static uint8_t *succeed(bool *ok, bytes *output, arena *scratch, size_t size_bytes)
{
    uint8_t *place = take(scratch, size_bytes);
    *ok = place != NULL;
    *output = (bytes){place, place != NULL ? size_bytes : 0};
    return place;
}

static uint64_t words(bytes input) { return (input.size + 31) / 32; }

/* The input as if it had zeros without end: `size_bytes` of it from an offset. */
static void read_padded(uint8_t *out, bytes input, uint64_t offset, size_t size_bytes)
{
    size_t present = offset < input.size ? input.size - (size_t)offset : 0;
    present = present < size_bytes ? present : size_bytes;
    if (present != 0)
        memcpy(out, input.data + offset, present);
    memset(out + present, 0, size_bytes - present);
}

/* ---- Frontier ---- */

static uint64_t price_ecrecover(fork_id fork, bytes input)
{
    (void)fork, (void)input;
    return 3000;
}

static uint64_t price_sha256(fork_id fork, bytes input)
{
    (void)fork;
    return 60 + 12 * words(input);
}

static uint64_t price_ripemd160(fork_id fork, bytes input)
{
    (void)fork;
    return 600 + 120 * words(input);
}

static uint64_t price_identity(fork_id fork, bytes input)
{
    (void)fork;
    return 15 + 3 * words(input);
}

static status run_ecrecover(bool *ok, bytes *output, arena *scratch, bytes input)
{
    alignas(8) uint8_t padded[128];
    read_padded(padded, input, 0, sizeof padded);
    *ok = true;
    for (int i = 32; i < 63; i++)
        if (padded[i] != 0)
            return OK;
    uint8_t v = padded[63];
    if (v != 27 && v != 28)
        return OK;

    zkvm_secp256k1_hash message;
    zkvm_secp256k1_signature signature;
    zkvm_secp256k1_pubkey key;
    memcpy(message.data, padded, 32);
    memcpy(signature.data, padded + 64, 64);
    if (zkvm_secp256k1_ecrecover(&message, &signature, (uint8_t)(v - 27), &key) != ZKVM_EOK)
        return OK;
    zkvm_keccak256_hash digest;
    (void)zkvm_keccak256(key.data, 64, &digest);
    uint8_t *result = succeed(ok, output, scratch, 32);
    if (result == NULL)
        return MEMORY_EXHAUSTED;
    memset(result, 0, 12);
    memcpy(result + 12, digest.data + 12, 20);
    return OK;
}

static status run_sha256(bool *ok, bytes *output, arena *scratch, bytes input)
{
    uint8_t *result = succeed(ok, output, scratch, 32);
    if (result == NULL)
        return MEMORY_EXHAUSTED;
    (void)zkvm_sha256(input.data, input.size, (zkvm_sha256_hash *)(void *)result);
    return OK;
}

static status run_ripemd160(bool *ok, bytes *output, arena *scratch, bytes input)
{
    uint8_t *result = succeed(ok, output, scratch, 32);
    if (result == NULL)
        return MEMORY_EXHAUSTED;
    (void)zkvm_ripemd160(input.data, input.size, (zkvm_ripemd160_hash *)(void *)result);
    return OK;
}

static status run_identity(bool *ok, bytes *output, arena *scratch, bytes input)
{
    uint8_t *result = succeed(ok, output, scratch, input.size);
    if (result == NULL)
        return MEMORY_EXHAUSTED;
    if (input.size != 0)
        memcpy(result, input.data, input.size);
    return OK;
}

#define unsupported NULL
static const precompile precompiles[] = {
#define PRECOMPILE(number, name, fork, price, function) {number, FORK_##fork, name, price, function},
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

status precompile_run(bool *ok, uint64_t *gas, bytes *output, arena *scratch, fork_id fork, const precompile *p,
                      bytes input)
{
    if (p->run == NULL)
        return UNSUPPORTED_PRECOMPILE;
    *ok = false;
    *output = (bytes){NULL, 0};
    uint64_t cost = p->price(fork, input);
    if (*gas < cost)
        return OK;
    *gas -= cost;
    return p->run(ok, output, scratch, input);
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
