#include "cli/amount.h"

#include <string.h>

enum { DIGITS_MAX = 78 }; /* of 2^256 */

static bool ends_with(const char *text, size_t *size, const char *end)
{
    size_t n = strlen(end);
    if (*size <= n || memcmp(text + *size - n, end, n) != 0)
        return false;
    *size -= n;
    return true;
}

bool amount_read(u256 *out, const char *text, unsigned decimals)
{
    size_t size = strlen(text);
    if (decimals == 18) {
        if (ends_with(text, &size, "gwei"))
            decimals = 9;
        else if (ends_with(text, &size, "wei"))
            decimals = 0;
        else
            ends_with(text, &size, "ether");
    }
    u256 value = U256_ZERO, ten = u256_from_u64(10);
    size_t digits = 0;
    unsigned behind = 0;
    bool has_point = false;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '.' && !has_point) {
            has_point = true;
            continue;
        }
        if (text[i] < '0' || text[i] > '9' || ++digits > DIGITS_MAX - 20 ||
            (has_point && ++behind > decimals))
            return false;
        value = u256_add(u256_mul(value, ten), u256_from_u64((uint64_t)(text[i] - '0')));
    }
    for (; behind < decimals; behind++)
        value = u256_mul(value, ten);
    *out = value;
    return digits != 0 && (!has_point || behind != 0);
}

const char *amount_text(u256 value, unsigned decimals)
{
    static char buffers[4][DIGITS_MAX + 4];
    static unsigned next;
    char *buffer = buffers[next++ % 4], *at = buffer + sizeof buffers[0] - 1;
    u256 ten = u256_from_u64(10);
    bool shows = false; /* trailing zeros behind the point are left out */
    *at = 0;
    for (unsigned i = 0; i <= decimals || !u256_is_zero(value); i++) {
        u256 digit;
        if (i == decimals && shows)
            *--at = '.';
        u256_divide(&value, &digit, value, ten);
        shows = shows || digit.limb[0] != 0;
        if (shows || i >= decimals)
            *--at = (char)('0' + digit.limb[0]);
    }
    return at;
}
