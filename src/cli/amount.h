/* Amounts as people write them: "1.5", "20gwei", "1000wei". */
#ifndef ASHLAR_CLI_AMOUNT_H
#define ASHLAR_CLI_AMOUNT_H

#include "base/types.h"
#include "base/u256.h"

#define AMOUNT_MOST_GWEI (UINT64_MAX / 1000000000) /* 64 bits of wei */

/* Of a unit with so many digits behind the point; "wei", "gwei" and "ether" may stand behind where that
 * is 18. False where it is none, or has digits below the least. */
bool amount_read(u256 *out, const char *text, unsigned decimals);

/* "1.5" of a unit with so many digits, in one of a few static buffers. */
const char *amount_text(u256 value, unsigned decimals);

#endif
