#include "base/hex.h"

/* 0 to 15, or 16 for what is not a digit. */
static unsigned digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (unsigned)(c - 'a') + 10;
    if (c >= 'A' && c <= 'F')
        return (unsigned)(c - 'A') + 10;
    return 16;
}

static void skip_prefix(const char **text, size_t *text_size)
{
    if (*text_size >= 2 && (*text)[0] == '0' && (*text)[1] == 'x') {
        *text += 2;
        *text_size -= 2;
    }
}

static status decode_digits(uint8_t *out, const char *digits, size_t size_bytes)
{
    for (size_t i = 0; i < size_bytes; i++) {
        unsigned high = digit_value(digits[2 * i]), low = digit_value(digits[2 * i + 1]);
        if ((high | low) > 15)
            return HEX_MALFORMED;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return OK;
}

status hex_decode(arena *a, bytes *out, const char *text, size_t text_size)
{
    skip_prefix(&text, &text_size);
    if (text_size % 2 != 0)
        return HEX_MALFORMED;
    size_t size_bytes = text_size / 2;
    size_t mark = a->used_bytes;
    uint8_t *data = arena_allocate(a, size_bytes, 8);
    status s = decode_digits(data, text, size_bytes);
    if (s != OK) {
        arena_rewind(a, mark);
        return s;
    }
    *out = (bytes){data, size_bytes};
    return OK;
}

status hex_decode_exact(uint8_t *out, size_t size_bytes, const char *text, size_t text_size)
{
    skip_prefix(&text, &text_size);
    if (text_size % 2 != 0 || text_size / 2 != size_bytes)
        return HEX_MALFORMED;
    return decode_digits(out, text, size_bytes);
}

void hex_encode(char *out, const uint8_t *data, size_t size_bytes)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size_bytes; i++) {
        out[2 * i] = digits[data[i] >> 4];
        out[2 * i + 1] = digits[data[i] & 15];
    }
    out[2 * size_bytes] = '\0';
}
