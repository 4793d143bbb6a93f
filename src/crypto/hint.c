#include "crypto/hint.h"

#include "base/check.h"
#include "base/memory.h"
#include "base/u384.h"
#include "crypto/modular_inverse.h"
#include "crypto/secp256k1_recover.h"

static u256 words_at(const uint64_t *words)
{
    return (u256){{words[0], words[1], words[2], words[3]}};
}

static void hint_inverse(uint64_t *results, const uint64_t *arguments)
{
    u256 a = words_at(arguments), m = words_at(arguments + 4), x = U256_ZERO;
    const u256 zero = U256_ZERO, one = u256_from_u64(1);
    if (m.limb[0] % 2 == 1 && !u256_equal(m, one)) {
        u256_divide(NULL, &a, a, m);
        u256 quotient, product, found = modular_inverse_plain(a, &m);
        if (u256_multiply_divide_limbs(quotient.limb, product.limb, a.limb, found.limb, zero.limb, m.limb) &&
            u256_equal(product, one))
            x = found;
    }
    memcpy(results, x.limb, sizeof x.limb);
}

static void hint_inverse_384(uint64_t *results, const uint64_t *arguments)
{
    const uint64_t *m = arguments + U384_LIMBS, zero[U384_LIMBS] = {0};
    uint64_t a[U384_LIMBS], x[U384_LIMBS] = {1}, exponent[U384_LIMBS], quotient[U384_LIMBS], borrow = 2;
    memset(results, 0, U384_LIMBS * sizeof *results);
    if (!u384_multiply_divide(quotient, a, arguments, x, zero, m))
        return;
    for (int i = 0; i < U384_LIMBS; i++) {
        exponent[i] = m[i] - borrow;
        borrow = m[i] < borrow;
    }
    if (borrow != 0)
        return;
    for (int bit = 64 * U384_LIMBS; bit-- > 0;) {
        if (!u384_multiply_divide(quotient, x, x, x, zero, m))
            return;
        if ((exponent[bit / 64] >> bit % 64 & 1) != 0 && !u384_multiply_divide(quotient, x, x, a, zero, m))
            return;
    }
    memcpy(results, x, sizeof x);
}

static void hint_recover(uint64_t *results, const uint64_t *arguments)
{
    secp256k1_recover_question question;
    secp256k1_recover_hint hint;
    memcpy(&question, arguments, sizeof question);
    secp256k1_recover_hint_make(&hint, &question);
    memcpy(results, &hint, sizeof hint);
}

void hint_compute(uint64_t *results, call_hint_kind kind, const uint64_t *arguments)
{
    CHECK(kind < HINT_COUNT);
    switch (kind) {
#define HINT(NAME, name, argument_words, result_words) \
    case HINT_##NAME:                                  \
        hint_##name(results, arguments);               \
        break;
#include "abi/hints.def"
#undef HINT
    case HINT_COUNT:
        break;
    }
}
