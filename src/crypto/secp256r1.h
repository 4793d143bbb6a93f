/* ECDSA verification over secp256r1, also called P-256 (FIPS 186-5, section 6.4.2; SP 800-186, section
 * 3.2.1.3; EIP-7951). For public data only: the running time depends on the inputs. All numbers are
 * big-endian. */
#ifndef ASHLAR_CRYPTO_SECP256R1_H
#define ASHLAR_CRYPTO_SECP256R1_H

#include "base/types.h"

/* Whether (r, s) is a signature of `message` by the key x ‖ y. False also where r or s is 0 or ≥ n, or the
 * key has a coordinate ≥ p or is not on the curve. */
bool secp256r1_verify(const uint8_t public_key_xy[64], const hash256 *message, const uint8_t r[32],
                      const uint8_t s[32]);

/* That takes one of two ways, with the same results: in a guest lists of the machine's products, elsewhere
 * plain C. */
bool secp256r1_verify_by_lists(const uint8_t public_key_xy[64], const hash256 *message, const uint8_t r[32],
                               const uint8_t s[32]);
bool secp256r1_verify_plainly(const uint8_t public_key_xy[64], const hash256 *message, const uint8_t r[32],
                              const uint8_t s[32]);

#endif
