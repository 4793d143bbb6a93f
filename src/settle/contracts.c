#include "settle/contracts.h"

#include "base/hex.h"
#include "settle/calldata.h"

#include <stdio.h>
#include <string.h>

#define CONTRACT(name) extern const uint8_t contract_##name##_begin[], contract_##name##_end[];
#include "settle/contracts.def"
#undef CONTRACT

static const struct {
    const char *name;
    const uint8_t *begin, *end;
} contracts[CONTRACT_COUNT] = {
#define CONTRACT(name) {#name, contract_##name##_begin, contract_##name##_end},
#include "settle/contracts.def"
#undef CONTRACT
};

const char *contract_name(contract c) { return contracts[c].name; }

bytes contract_init_code(contract c)
{
    return (bytes){contracts[c].begin, (size_t)(contracts[c].end - contracts[c].begin)};
}

static const struct {
    const char *signature, *meaning;
} reverts[] = {
#define REVERT(signature, meaning) {signature, meaning},
#include "settle/reverts.def"
#undef REVERT
    {"Panic(uint256)", "it panics"},
};

/* The one argument behind, by its type in the signature; nothing where there is none. */
static void print_argument(char *out, size_t size_bytes, const char *signature, bytes arguments)
{
    const char *type = strchr(signature, '(') + 1;
    char digits[65];
    uint64_t number;
    out[0] = 0;
    if (arguments.size < 32)
        return;
    if (strncmp(type, "uint", 4) == 0 && calldata_read_u64(&number, arguments, 0)) {
        snprintf(out, size_bytes, ": %llu", (unsigned long long)number);
    } else if (*type != ')') {
        bool is_address = strncmp(type, "address", 7) == 0;
        hex_encode(digits, arguments.data + (is_address ? 12 : 0), is_address ? 20 : 32);
        snprintf(out, size_bytes, ": 0x%s", digits);
    }
}

bool contract_error_text(char *out, size_t size_bytes, bytes data)
{
    if (data.size < 4)
        return false;
    uint32_t selector = (uint32_t)data.data[0] << 24 | (uint32_t)data.data[1] << 16 |
                        (uint32_t)data.data[2] << 8 | data.data[3];
    bytes arguments = {data.data + 4, data.size - 4}, text;
    if (selector == calldata_selector("Error(string)") && calldata_read_bytes(&text, arguments, 0)) {
        size_t used = 0;
        for (size_t i = 0; i < text.size && used + 1 < size_bytes; i++)
            out[used++] = text.data[i] >= ' ' && text.data[i] <= '~' ? (char)text.data[i] : '?';
        out[used] = 0;
        return true;
    }
    for (size_t i = 0; i < sizeof reverts / sizeof *reverts; i++)
        if (selector == calldata_selector(reverts[i].signature)) {
            char argument[80];
            print_argument(argument, sizeof argument, reverts[i].signature, arguments);
            snprintf(out, size_bytes, "%s (%.*s%s)", reverts[i].meaning,
                     (int)strcspn(reverts[i].signature, "("), reverts[i].signature, argument);
            return true;
        }
    return false;
}
