/* The contracts of EIP-2537 and EIP-4844 in each of the two ways that there are, with the same results: in a
 * guest the functions of zkvm_accelerators.h take lists of the machine's products, elsewhere blst. */
#ifndef ASHLAR_CRYPTO_BLS12_381_H
#define ASHLAR_CRYPTO_BLS12_381_H

#include "crypto/zkvm_accelerators.h"

#define BLS12_381_WAY(way)                                                                                   \
    zkvm_status bls12_381_g1_add_##way(const zkvm_bls12_381_g1_point *p1, const zkvm_bls12_381_g1_point *p2, \
                                       zkvm_bls12_381_g1_point *result);                                     \
    zkvm_status bls12_381_g2_add_##way(const zkvm_bls12_381_g2_point *p1, const zkvm_bls12_381_g2_point *p2, \
                                       zkvm_bls12_381_g2_point *result);                                     \
    zkvm_status bls12_381_g1_msm_##way(const zkvm_bls12_381_g1_msm_pair *pairs, size_t num_pairs,            \
                                       zkvm_bls12_381_g1_point *result);                                     \
    zkvm_status bls12_381_g2_msm_##way(const zkvm_bls12_381_g2_msm_pair *pairs, size_t num_pairs,            \
                                       zkvm_bls12_381_g2_point *result);                                     \
    zkvm_status bls12_381_pairing_##way(const zkvm_bls12_381_pairing_pair *pairs, size_t num_pairs,          \
                                        bool *verified);                                                     \
    zkvm_status bls12_381_kzg_##way(const zkvm_kzg_commitment *commitment, const zkvm_kzg_field_element *z,  \
                                    const zkvm_kzg_field_element *y, const zkvm_kzg_proof *proof,            \
                                    bool *verified);

BLS12_381_WAY(plainly)
BLS12_381_WAY(by_lists)
#undef BLS12_381_WAY

/* [τ]₂ of Ethereum's KZG ceremony, as x.c0 ‖ x.c1 ‖ y.c0 ‖ y.c1. */
extern const uint8_t kzg_setup_g2_tau[4][48];

#endif
