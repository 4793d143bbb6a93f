/* The precompiled contracts of EIP-2537 on blst's arithmetic. What blst takes on trust is checked here: that
 * coordinates are below p, that points are on the curve, and where the EIP asks for it in the subgroup. */
#include "crypto/bls12_381.h"

#include "base/check.h"
#include "base/memory.h"

#include <blst.h>

enum { PAIRING_BATCH = 16, SCALAR_BITS = 255 };

static const uint8_t modulus[48] = {
    0x1a, 0x01, 0x11, 0xea, 0x39, 0x7f, 0xe6, 0x9a, 0x4b, 0x1b, 0xa7, 0xb6, 0x43, 0x4b, 0xac, 0xd7,
    0x64, 0x77, 0x4b, 0x84, 0xf3, 0x85, 0x12, 0xbf, 0x67, 0x30, 0xd2, 0xa0, 0xf6, 0xb0, 0xf6, 0x24,
    0x1e, 0xab, 0xff, 0xfe, 0xb1, 0x53, 0xff, 0xff, 0xb9, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xaa, 0xab,
};

static bool read_fp(blst_fp *out, const uint8_t in[48])
{
    if (memcmp(in, modulus, 48) >= 0)
        return false;
    blst_fp_from_bendian(out, in);
    return true;
}

static bool read_fp2(blst_fp2 *out, const uint8_t in[96])
{
    return read_fp(&out->fp[0], in) && read_fp(&out->fp[1], in + 48);
}

static void write_fp(uint8_t out[48], const blst_fp *in) { blst_bendian_from_fp(out, in); }

static void write_fp2(uint8_t out[96], const blst_fp2 *in)
{
    write_fp(out, &in->fp[0]);
    write_fp(out + 48, &in->fp[1]);
}

#define GROUP g1
#define POINT p1
#define FIELD fp
#define COORDINATE_BYTES 48
#define BATCH 512
#include "crypto/bls12_381_group.inc"

#define GROUP g2
#define POINT p2
#define FIELD fp2
#define COORDINATE_BYTES 96
#define BATCH 256
#include "crypto/bls12_381_group.inc"

static void multiply_miller_loops(blst_fp12 *product, const blst_p2_affine *q, const blst_p1_affine *p,
                                  size_t count)
{
    if (count == 0)
        return;
    const blst_p2_affine *first_q[2] = {q, NULL};
    const blst_p1_affine *first_p[2] = {p, NULL};
    blst_fp12 part;
    blst_miller_loop_n(&part, first_q, first_p, count);
    blst_fp12_mul(product, product, &part);
}

zkvm_status bls12_381_pairing_plainly(const zkvm_bls12_381_pairing_pair *pairs, size_t num_pairs,
                                      bool *verified)
{
    blst_p1_affine p[PAIRING_BATCH];
    blst_p2_affine q[PAIRING_BATCH];
    size_t used = 0;
    blst_fp12 product = *blst_fp12_one();
    for (size_t i = 0; i < num_pairs; i++) {
        if (!read_g1_of_subgroup(&p[used], &pairs[i].g1) || !read_g2_of_subgroup(&q[used], &pairs[i].g2))
            return ZKVM_EFAIL;
        /* e(P, ∞) = e(∞, Q) = 1. */
        if (blst_p1_affine_is_inf(&p[used]) || blst_p2_affine_is_inf(&q[used]))
            continue;
        if (++used == PAIRING_BATCH) {
            multiply_miller_loops(&product, q, p, used);
            used = 0;
        }
    }
    multiply_miller_loops(&product, q, p, used);
    blst_final_exp(&product, &product);
    *verified = blst_fp12_is_one(&product);
    return ZKVM_EOK;
}

zkvm_status zkvm_bls12_map_fp_to_g1(const zkvm_bls12_381_fp *field_element, zkvm_bls12_381_g1_point *result)
{
    blst_fp u;
    if (!read_fp(&u, field_element->data))
        return ZKVM_EFAIL;
    blst_p1 point;
    blst_map_to_g1(&point, &u, NULL);
    write_g1(result, &point);
    return ZKVM_EOK;
}

zkvm_status zkvm_bls12_map_fp2_to_g2(const zkvm_bls12_381_fp2 *field_element, zkvm_bls12_381_g2_point *result)
{
    blst_fp2 u;
    if (!read_fp2(&u, field_element->data))
        return ZKVM_EFAIL;
    blst_p2 point;
    blst_map_to_g2(&point, &u, NULL);
    write_g2(result, &point);
    return ZKVM_EOK;
}
