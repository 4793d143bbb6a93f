/* ECDSA over secp256k1 (SEC 2, section 2.4.1; SEC 1, sections 4.1.4 and 4.1.6): verification and
 * recovery of the public key. For public data only: the running time depends on the inputs, so no
 * secret may ever pass through here.
 *
 * All numbers are big-endian; a public key is x ‖ y, 64 bytes, affine. Low s (EIP-2) is the caller's
 * rule: here every r and s in [1, n − 1] is good. */
#ifndef ASHLAR_CRYPTO_SECP256K1_H
#define ASHLAR_CRYPTO_SECP256K1_H

#include "base/types.h"

/* The key that made the signature (r, s) of `message`. Bit 0 of recovery_id is the parity of the y of
 * the nonce's point, bit 1 says that its x is r + n. False, with public_key_xy unchanged, when r or s
 * is 0 or ≥ n, recovery_id > 3, x ≥ p, x is not on the curve, or the key would be infinity. */
bool secp256k1_recover(uint8_t public_key_xy[64], const hash256 *message, const uint8_t r[32],
                       const uint8_t s[32], unsigned recovery_id);

/* The same without the machine's calls: slowly in the machine, as fast as here elsewhere. */
bool secp256k1_recover_plainly(uint8_t public_key_xy[64], const hash256 *message, const uint8_t r[32],
                               const uint8_t s[32], unsigned recovery_id);

/* Whether (r, s) is a signature of `message` by the key. False also for a key whose coordinates are ≥ p
 * or not on the curve. */
bool secp256k1_verify(const uint8_t public_key_xy[64], const hash256 *message, const uint8_t r[32],
                      const uint8_t s[32]);

#endif
