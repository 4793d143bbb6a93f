/* Recovery by the machine's call `point`, with a hint; the functions of secp256k1.h choose the way. */
#ifndef ASHLAR_CRYPTO_SECP256K1_RECOVER_H
#define ASHLAR_CRYPTO_SECP256K1_RECOVER_H

#include "base/types.h"
#include "base/u256.h"

/* With R the nonce's point, m the message, j = 0 or 1 the way:
 *
 *     −m/r = half_0 + half_1·λ,   s·λ^−j/r = half_2 + half_3·λ   mod n
 *
 * so that the key is half_0·G + half_1·λG + half_2·λ^j·R + half_3·λ^(j + 1)·R. Halves are odd and below
 * 2^129 in size.
 *
 * There are two ways, since additions of equal x, which the call refuses, cannot be excluded beforehand:
 * whoever makes a signature up may choose R as any sum of known points. No R meets them in both, or
 * somebody knows a logarithm: secp256k1_recover.c. */
typedef struct {
    /* bits 0, 1: j, or SECP256K1_PLAINLY; bit 8 + 2i: half i is negative; 9 + 2i: its bit 128 */
    uint64_t way;
    u256 root;            /* y of R, of any parity; or, where x is of no point, a root of −(x³ + 7) */
    uint64_t half[4][2];  /* size, but for bit 128 */
} secp256k1_recover_hint;

enum { SECP256K1_WAYS = 2, SECP256K1_PLAINLY = 2, SECP256K1_RECOVER_HINT_WORDS = 13 };

_Static_assert(sizeof(secp256k1_recover_hint) == 8 * SECP256K1_RECOVER_HINT_WORDS, "a hint is words");

/* What is asked: as secp256k1_recover has it, the recovery id in the first byte of the last word. */
typedef struct {
    hash256 message;
    uint8_t r[32], s[32];
    uint64_t recovery_id;
} secp256k1_recover_question;

enum { SECP256K1_RECOVER_QUESTION_WORDS = 13 };

_Static_assert(sizeof(secp256k1_recover_question) == 8 * SECP256K1_RECOVER_QUESTION_WORDS, "as words");

typedef enum { SECP256K1_NO_KEY, SECP256K1_KEY, SECP256K1_UNDECIDED } secp256k1_recovered;

/* The answer does not depend on the hint, but whether there is one does. SECP256K1_UNDECIDED: a hint that
 * does not hold, or of no way; natively also where the call refuses, which in the machine ends the run. */
secp256k1_recovered secp256k1_recover_by_points(uint8_t public_key_xy[64],
                                                const secp256k1_recover_question *question,
                                                const secp256k1_recover_hint *hint);

/* The hint for a question, of whatever bytes. The first way that is not refused. */
void secp256k1_recover_hint_make(secp256k1_recover_hint *hint, const secp256k1_recover_question *question);

#endif
