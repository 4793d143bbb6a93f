#include "crypto/hint.h"

#include "base/check.h"
#include "base/memory.h"
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
