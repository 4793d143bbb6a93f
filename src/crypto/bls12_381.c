/* The precompiled contracts of EIP-2537 on blst's arithmetic. What blst takes on trust is checked here: that
 * coordinates are below p, that points are on the curve, and where the EIP asks for it in the subgroup. */
#include "crypto/zkvm_accelerators.h"

#include "base/check.h"
#include "base/memory.h"

#include <blst.h>

/* Bounds what a sum takes of the stack. */
enum { G1_BATCH = 512, G2_BATCH = 256, PAIRING_BATCH = 16, SCALAR_BITS = 255 };

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

static void write_fp2(uint8_t out[96], const blst_fp2 *in)
{
    blst_bendian_from_fp(out, &in->fp[0]);
    blst_bendian_from_fp(out + 48, &in->fp[1]);
}

/* Infinity is all zeros here and in blst; (0, 0) is not on either curve. */
static bool read_g1(blst_p1_affine *out, const zkvm_bls12_381_g1_point *in)
{
    return read_fp(&out->x, in->data) && read_fp(&out->y, in->data + 48) &&
           (blst_p1_affine_is_inf(out) || blst_p1_affine_on_curve(out));
}

static bool read_g2(blst_p2_affine *out, const zkvm_bls12_381_g2_point *in)
{
    return read_fp2(&out->x, in->data) && read_fp2(&out->y, in->data + 96) &&
           (blst_p2_affine_is_inf(out) || blst_p2_affine_on_curve(out));
}

static bool read_g1_of_subgroup(blst_p1_affine *out, const zkvm_bls12_381_g1_point *in)
{
    return read_g1(out, in) && (blst_p1_affine_is_inf(out) || blst_p1_affine_in_g1(out));
}

static bool read_g2_of_subgroup(blst_p2_affine *out, const zkvm_bls12_381_g2_point *in)
{
    return read_g2(out, in) && (blst_p2_affine_is_inf(out) || blst_p2_affine_in_g2(out));
}

static void write_g1(zkvm_bls12_381_g1_point *out, const blst_p1 *in)
{
    blst_p1_affine affine = {0};
    if (!blst_p1_is_inf(in))
        blst_p1_to_affine(&affine, in);
    blst_bendian_from_fp(out->data, &affine.x);
    blst_bendian_from_fp(out->data + 48, &affine.y);
}

static void write_g2(zkvm_bls12_381_g2_point *out, const blst_p2 *in)
{
    blst_p2_affine affine = {0};
    if (!blst_p2_is_inf(in))
        blst_p2_to_affine(&affine, in);
    write_fp2(out->data, &affine.x);
    write_fp2(out->data + 96, &affine.y);
}

zkvm_status zkvm_bls12_g1_add(const zkvm_bls12_381_g1_point *p1, const zkvm_bls12_381_g1_point *p2,
                              zkvm_bls12_381_g1_point *result)
{
    blst_p1_affine a, b;
    if (!read_g1(&a, p1) || !read_g1(&b, p2))
        return ZKVM_EFAIL;
    blst_p1 sum;
    blst_p1_from_affine(&sum, &a);
    blst_p1_add_or_double_affine(&sum, &sum, &b);
    write_g1(result, &sum);
    return ZKVM_EOK;
}

zkvm_status zkvm_bls12_g2_add(const zkvm_bls12_381_g2_point *p1, const zkvm_bls12_381_g2_point *p2,
                              zkvm_bls12_381_g2_point *result)
{
    blst_p2_affine a, b;
    if (!read_g2(&a, p1) || !read_g2(&b, p2))
        return ZKVM_EFAIL;
    blst_p2 sum;
    blst_p2_from_affine(&sum, &a);
    blst_p2_add_or_double_affine(&sum, &sum, &b);
    write_g2(result, &sum);
    return ZKVM_EOK;
}

/* Infinity is left out of the sums: blst's tables of multiples cannot hold it. */

static bool add_g1_batch(blst_p1 *sum, const zkvm_bls12_381_g1_msm_pair *pairs, size_t count)
{
    blst_p1_affine points[G1_BATCH];
    blst_scalar scalars[G1_BATCH];
    limb_t scratch[64 * 4 * sizeof(blst_fp) / sizeof(limb_t)];
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        if (!read_g1_of_subgroup(&points[used], &pairs[i].point))
            return false;
        if (blst_p1_affine_is_inf(&points[used]))
            continue;
        (void)blst_scalar_from_be_bytes(&scalars[used++], pairs[i].scalar.data, 32);
    }
    if (used == 0)
        return true;
    const blst_p1_affine *first_point[2] = {points, NULL};
    const uint8_t *first_scalar[2] = {scalars[0].b, NULL};
    CHECK(blst_p1s_mult_pippenger_scratch_sizeof(used) <= sizeof scratch);
    blst_p1 part;
    blst_p1s_mult_pippenger(&part, first_point, used, first_scalar, SCALAR_BITS, scratch);
    blst_p1_add_or_double(sum, sum, &part);
    return true;
}

static bool add_g2_batch(blst_p2 *sum, const zkvm_bls12_381_g2_msm_pair *pairs, size_t count)
{
    blst_p2_affine points[G2_BATCH];
    blst_scalar scalars[G2_BATCH];
    limb_t scratch[32 * 4 * sizeof(blst_fp2) / sizeof(limb_t)];
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        if (!read_g2_of_subgroup(&points[used], &pairs[i].point))
            return false;
        if (blst_p2_affine_is_inf(&points[used]))
            continue;
        (void)blst_scalar_from_be_bytes(&scalars[used++], pairs[i].scalar.data, 32);
    }
    if (used == 0)
        return true;
    const blst_p2_affine *first_point[2] = {points, NULL};
    const uint8_t *first_scalar[2] = {scalars[0].b, NULL};
    CHECK(blst_p2s_mult_pippenger_scratch_sizeof(used) <= sizeof scratch);
    blst_p2 part;
    blst_p2s_mult_pippenger(&part, first_point, used, first_scalar, SCALAR_BITS, scratch);
    blst_p2_add_or_double(sum, sum, &part);
    return true;
}

zkvm_status zkvm_bls12_g1_msm(const zkvm_bls12_381_g1_msm_pair *pairs, size_t num_pairs,
                              zkvm_bls12_381_g1_point *result)
{
    blst_p1 sum = {0};
    for (size_t i = 0; i < num_pairs; i += G1_BATCH)
        if (!add_g1_batch(&sum, pairs + i, num_pairs - i < G1_BATCH ? num_pairs - i : G1_BATCH))
            return ZKVM_EFAIL;
    write_g1(result, &sum);
    return ZKVM_EOK;
}

zkvm_status zkvm_bls12_g2_msm(const zkvm_bls12_381_g2_msm_pair *pairs, size_t num_pairs,
                              zkvm_bls12_381_g2_point *result)
{
    blst_p2 sum = {0};
    for (size_t i = 0; i < num_pairs; i += G2_BATCH)
        if (!add_g2_batch(&sum, pairs + i, num_pairs - i < G2_BATCH ? num_pairs - i : G2_BATCH))
            return ZKVM_EFAIL;
    write_g2(result, &sum);
    return ZKVM_EOK;
}

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

zkvm_status zkvm_bls12_pairing(const zkvm_bls12_381_pairing_pair *pairs, size_t num_pairs, bool *verified)
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
