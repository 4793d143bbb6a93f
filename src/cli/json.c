#include "cli/json.h"

#include "base/hex.h"
#include "cli/cli.h"

#include <string.h>

int json_file_read(json_t **out, arena *memory, const char *path)
{
    bytes text;
    int code = file_read(&text, memory, path);
    return code == EXIT_FINE ? json_parse(out, text, path) : code;
}

/* Reals that are exactly an integer become one; others are left, and are no number to whoever wants an
 * integer. */
static json_t *as_integer(json_t *value)
{
    const double exact = 9007199254740992.0; /* 2^53 */
    double real = json_is_real(value) ? json_real_value(value) : exact;
    return real > -exact && real < exact && real == (double)(json_int_t)real ? json_integer((json_int_t)real)
                                                                             : NULL;
}

static void restore_integers(json_t *value)
{
    const char *name;
    json_t *item, *integer;
    size_t i;
    if (json_is_array(value)) {
        json_array_foreach(value, i, item) {
            if ((integer = as_integer(item)) != NULL)
                json_array_set_new(value, i, integer);
            else
                restore_integers(item);
        }
        return;
    }
    json_object_foreach(value, name, item) {
        if ((integer = as_integer(item)) != NULL)
            json_object_set_new(value, name, integer);
        else
            restore_integers(item);
    }
}

int json_parse(json_t **out, bytes text, const char *path)
{
    json_error_t error;
    *out = json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, &error);
    if (*out == NULL && json_error_code(&error) == json_error_numeric_overflow) {
        /* A number that no field read here has: total difficulties are such. */
        *out = json_loadb((const char *)text.data, text.size,
                          JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, &error);
        if (*out != NULL)
            restore_integers(*out);
    }
    if (*out == NULL)
        return fail(EXIT_INPUT, "%s: line %d, column %d: %s", path, error.line, error.column, error.text);
    return EXIT_FINE;
}

json_place json_place_of(const json_place *at, const char *name, size_t index)
{
    json_place place = {.file = at->file};
    const char *dot = at->path[0] != 0 && name[0] != 0 ? "." : "";
    int length;
    if (index == SIZE_MAX)
        length = snprintf(place.path, sizeof place.path, "%s%s%s", at->path, dot, name);
    else
        length = snprintf(place.path, sizeof place.path, "%s%s%s[%zu]", at->path, dot, name, index);
    (void)length; /* a place too long to print is cut */
    return place;
}

static int wrong(const json_place *at, const json_t *value, const char *expected)
{
    if (value == NULL)
        return fail(EXIT_INPUT, "%s: %s is missing; it must be %s", at->file, at->path, expected);
    return fail(EXIT_INPUT, "%s: %s must be %s", at->file, at->path, expected);
}

int json_bytes(bytes *out, arena *memory, const json_t *value, const json_place *at)
{
    if (!json_is_string(value) ||
        hex_decode(memory, out, json_string_value(value), json_string_length(value)) != OK)
        return wrong(at, value, "a string of whole bytes in hex");
    return EXIT_FINE;
}

int json_exact(uint8_t *out, size_t size_bytes, const json_t *value, const json_place *at)
{
    if (!json_is_string(value) ||
        hex_decode_exact(out, size_bytes, json_string_value(value), json_string_length(value)) != OK) {
        char expected[64];
        snprintf(expected, sizeof expected, "a string of %zu bytes in hex", size_bytes);
        return wrong(at, value, expected);
    }
    return EXIT_FINE;
}

int json_u256(u256 *out, const json_t *value, const json_place *at)
{
    const char *expected =
        "a number below 2^256, as hex after 0x, as decimal digits in a string, or as an integer";
    u256 number = U256_ZERO;
    if (json_is_integer(value) && json_integer_value(value) >= 0) {
        *out = u256_from_u64((uint64_t)json_integer_value(value));
        return EXIT_FINE;
    }
    if (!json_is_string(value))
        return wrong(at, value, expected);
    const char *text = json_string_value(value);
    bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    if (hex)
        text += 2;
    if (*text == 0)
        return wrong(at, value, expected);
    u256 base = u256_from_u64(hex ? 16 : 10);
    u256 limit;
    u256_divide(&limit, NULL, (u256){{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}}, base);
    for (; *text != 0; text++) {
        uint64_t digit;
        if (*text >= '0' && *text <= '9')
            digit = (uint64_t)(*text - '0');
        else if (hex && ((*text | 32) >= 'a' && (*text | 32) <= 'f'))
            digit = (uint64_t)((*text | 32) - 'a' + 10);
        else
            return wrong(at, value, expected);
        bool carry;
        if (u256_less(limit, number))
            return wrong(at, value, expected);
        number = u256_add_carry(&carry, u256_mul(number, base), u256_from_u64(digit));
        if (carry)
            return wrong(at, value, expected);
    }
    *out = number;
    return EXIT_FINE;
}

int json_u64(uint64_t *out, const json_t *value, const json_place *at)
{
    u256 number;
    int code = json_u256(&number, value, at);
    if (code != EXIT_FINE)
        return code;
    if (!u256_fits_u64(number))
        return wrong(at, value, "a number below 2^64");
    *out = number.limb[0];
    return EXIT_FINE;
}

int json_bytes_list(bytes **out, size_t *count, arena *memory, const json_t *value, const json_place *at)
{
    *out = NULL;
    *count = 0;
    if (value == NULL || json_is_null(value))
        return EXIT_FINE;
    if (!json_is_array(value))
        return wrong(at, value, "an array of hex strings");
    *count = json_array_size(value);
    *out = ARENA_NEW(memory, bytes, *count);
    for (size_t i = 0; i < *count; i++) {
        json_place place = json_place_of(at, "", i);
        int code = json_bytes(&(*out)[i], memory, json_array_get(value, i), &place);
        if (code != EXIT_FINE)
            return code;
    }
    return EXIT_FINE;
}
