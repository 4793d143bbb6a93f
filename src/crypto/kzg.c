/* The check of a KZG proof (EIP-4844: verify_kzg_proof) on blst's arithmetic. */
#include "crypto/bls12_381.h"

#include <blst.h>

/* g2_monomial[1] of trusted_setup_4096.json in ethereum/consensus-specs. */
const uint8_t kzg_setup_g2_tau[4][48] = {
    {0x18, 0x5c, 0xbf, 0xee, 0x53, 0x49, 0x27, 0x14, 0x73, 0x44, 0x29, 0xb7, 0xb3, 0x86, 0x08, 0xe2,
     0x39, 0x26, 0xc9, 0x11, 0xcc, 0xec, 0xea, 0xc9, 0xa3, 0x68, 0x51, 0x47, 0x7b, 0xa4, 0xc6, 0x0b,
     0x08, 0x70, 0x41, 0xde, 0x62, 0x10, 0x00, 0xed, 0xc9, 0x8e, 0xda, 0xda, 0x20, 0xc1, 0xde, 0xf2},
    {0x15, 0xbf, 0xd7, 0xdd, 0x8c, 0xde, 0xb1, 0x28, 0x84, 0x3b, 0xc2, 0x87, 0x23, 0x0a, 0xf3, 0x89,
     0x26, 0x18, 0x70, 0x75, 0xcb, 0xfb, 0xef, 0xa8, 0x10, 0x09, 0xa2, 0xce, 0x61, 0x5a, 0xc5, 0x3d,
     0x29, 0x14, 0xe5, 0x87, 0x0c, 0xb4, 0x52, 0xd2, 0xaf, 0xaa, 0xab, 0x24, 0xf3, 0x49, 0x9f, 0x72},
    {0x01, 0x43, 0x53, 0xbd, 0xb9, 0x6b, 0x62, 0x6d, 0xd7, 0xd5, 0xee, 0x85, 0x99, 0xd1, 0xfc, 0xa2,
     0x13, 0x15, 0x69, 0x49, 0x0e, 0x28, 0xde, 0x18, 0xe8, 0x24, 0x51, 0xa4, 0x96, 0xa9, 0xc9, 0x79,
     0x4c, 0xe2, 0x6d, 0x10, 0x59, 0x41, 0xf3, 0x83, 0xee, 0x68, 0x9b, 0xfb, 0xbb, 0x83, 0x2a, 0x99},
    {0x16, 0x66, 0xc5, 0x4b, 0x0a, 0x32, 0x52, 0x95, 0x03, 0x43, 0x2f, 0xca, 0xe0, 0x18, 0x1b, 0x4b,
     0xef, 0x79, 0xde, 0x09, 0xfc, 0x63, 0x67, 0x1f, 0xda, 0x5e, 0xd1, 0xba, 0x9b, 0xfa, 0x07, 0x89,
     0x94, 0x95, 0x34, 0x6f, 0x3d, 0x7a, 0xc9, 0xcd, 0x23, 0x04, 0x8e, 0xf3, 0x0d, 0x0a, 0x15, 0x4f},
};

static bool read_scalar(blst_scalar *out, const zkvm_kzg_field_element *in)
{
    blst_scalar_from_bendian(out, in->data);
    return blst_scalar_fr_check(out);
}

static bool read_point(blst_p1_affine *out, const zkvm_bytes_48 *in)
{
    return blst_p1_uncompress(out, in->data) == BLST_SUCCESS &&
           (blst_p1_affine_is_inf(out) || blst_p1_affine_in_g1(out));
}

static void negate(blst_p1_affine *point) { blst_fp_cneg(&point->y, &point->y, true); }

/* e(C − [y]₁, [1]₂) = e(π, [τ − z]₂), with z moved to the cheaper side:
 * e(C − [y]₁ + z·π, [1]₂) · e(−π, [τ]₂) = 1. */
zkvm_status bls12_381_kzg_plainly(const zkvm_kzg_commitment *commitment, const zkvm_kzg_field_element *z,
                                  const zkvm_kzg_field_element *y, const zkvm_kzg_proof *proof, bool *verified)
{
    blst_scalar scalars[2];
    blst_p1_affine c, w, points[2];
    if (!read_scalar(&scalars[0], y) || !read_scalar(&scalars[1], z) || !read_point(&c, commitment) ||
        !read_point(&w, proof))
        return ZKVM_EFAIL;

    points[0] = *blst_p1_affine_generator();
    negate(&points[0]);
    points[1] = w;
    bool has_proof = !blst_p1_affine_is_inf(&w);
    const blst_p1_affine *first_point[2] = {points, NULL};
    const uint8_t *first_scalar[2] = {scalars[0].b, NULL};
    blst_p1 left;
    /* So few points take no scratch. */
    blst_p1s_mult_pippenger(&left, first_point, has_proof ? 2 : 1, first_scalar, 255, NULL);
    blst_p1_add_or_double_affine(&left, &left, &c);

    /* Infinity pairs to 1, and blst's loop cannot take it. */
    blst_p1_affine p[2];
    blst_p2_affine q[2];
    size_t count = 0;
    if (!blst_p1_is_inf(&left)) {
        blst_p1_to_affine(&p[0], &left);
        q[count++] = *blst_p2_affine_generator();
    }
    if (has_proof) {
        p[count] = w;
        negate(&p[count]);
        for (int i = 0; i < 2; i++) {
            blst_fp_from_bendian(&q[count].x.fp[i], kzg_setup_g2_tau[i]);
            blst_fp_from_bendian(&q[count].y.fp[i], kzg_setup_g2_tau[2 + i]);
        }
        count++;
    }
    blst_fp12 product = *blst_fp12_one();
    if (count != 0) {
        const blst_p1_affine *first_p[2] = {p, NULL};
        const blst_p2_affine *first_q[2] = {q, NULL};
        blst_miller_loop_n(&product, first_q, first_p, count);
        blst_final_exp(&product, &product);
    }
    *verified = blst_fp12_is_one(&product);
    return ZKVM_EOK;
}
