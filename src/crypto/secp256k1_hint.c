/* What the executor answers when a program recovers a key. */
#include "base/memory.h"
#include "crypto/modular_inverse.h"
#include "crypto/secp256k1_field.h"
#include "crypto/secp256k1_recover.h"
#include "crypto/secp256k1_scalar.h"
#include "crypto/secp256k1_table.h"

static bool is_negative(u256 a) { return a.limb[3] >> 63; }

static u256 size_of(u256 a) { return is_negative(a) ? u256_sub(U256_ZERO, a) : a; }

static u256 larger(u256 a, u256 b) { return u256_less(a, b) ? b : a; }

/* Halves of k that both are odd, as small as may be. Of the basis (a1, b1), (a2, b2) the numbers are odd,
 * odd, even and odd: one of the eight sums of one or both, ±, has the parities that are missing. The halves
 * of the split are below 2^127.5 in size, the sums below 2^128.4; where signs differ neither grows. */
static void split_odd(u256 half[2], u256 k)
{
    u256 from[2], best = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    secp256k1_scalar_split(&from[0], &from[1], k);
    for (int i = -1; i <= 1; i++)
        for (int j = -1; j <= 1; j++) {
            u256 a = from[0], b = from[1];
            if (i != 0) {
                a = i > 0 ? u256_add(a, lattice_a1) : u256_sub(a, lattice_a1);
                b = i > 0 ? u256_sub(b, lattice_minus_b1) : u256_add(b, lattice_minus_b1);
            }
            if (j != 0) {
                a = j > 0 ? u256_add(a, lattice_a2) : u256_sub(a, lattice_a2);
                b = j > 0 ? u256_add(b, lattice_b2) : u256_sub(b, lattice_b2);
            }
            u256 size = larger(size_of(a), size_of(b));
            if ((a.limb[0] & b.limb[0] & 1) == 0 || !u256_less(size, best))
                continue;
            best = size;
            half[0] = a;
            half[1] = b;
        }
}

static void put_halves(secp256k1_recover_hint *hint, int first, u256 k)
{
    u256 half[2];
    split_odd(half, k);
    for (int i = 0; i < 2; i++) {
        u256 size = size_of(half[i]);
        hint->half[first + i][0] = size.limb[0];
        hint->half[first + i][1] = size.limb[1];
        hint->way |= (uint64_t)is_negative(half[i]) << (8 + 2 * (first + i));
        hint->way |= (size.limb[2] & 1) << (9 + 2 * (first + i));
    }
}

void secp256k1_recover_hint_make(secp256k1_recover_hint *hint, const secp256k1_recover_question *question)
{
    u256 r, s, m = secp256k1_scalar_of_message(&question->message);
    field x, y_square;
    memset(hint, 0, sizeof *hint);
    hint->way = SECP256K1_PLAINLY;
    if (!secp256k1_scalar_read(&r, question->r) || !secp256k1_scalar_read(&s, question->s))
        return;
    x = question->recovery_id & 2 ? u256_add(r, secp256k1_order) : r;
    secp256k1_field_curve(&y_square, &x);
    if (!secp256k1_field_square_root(&hint->root, &y_square)) {
        field_negate(&y_square, &y_square);
        (void)secp256k1_field_square_root(&hint->root, &y_square);
        return;
    }
    u256 inverse = modular_inverse(r, &secp256k1_order);
    u256 u = secp256k1_scalar_negate(secp256k1_scalar_multiply(m, inverse));
    u256 k = secp256k1_scalar_multiply(s, inverse);
    for (unsigned way = 0; way < SECP256K1_WAYS; way++) {
        uint8_t key[64];
        hint->way = way;
        put_halves(hint, 0, u);
        put_halves(hint, 2, k);
        if (secp256k1_recover_by_points(key, question, hint) != SECP256K1_UNDECIDED)
            return;
        k = secp256k1_scalar_multiply(k, endomorphism_lambda_squared);
    }
    hint->way = SECP256K1_PLAINLY;
}
