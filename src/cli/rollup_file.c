#include "cli/rollup_file.h"

#include "cli/cli.h"
#include "cli/json.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_VERSION = 1 };

/* Where a field stands: part, name, kind, place in the struct. */
static const struct {
    const char *part, *name;
    enum { NUMBER, ADDRESS, HASH } kind;
    size_t offset;
} fields[] = {
#define FIELD(part, name, kind, member) {part, name, kind, offsetof(rollup_deployment, member)}
    FIELD("l1", "chainId", NUMBER, l1_chain_id),
    FIELD("l1", "block", NUMBER, l1_block),
    FIELD("contracts", "deployer", ADDRESS, deployer),
    FIELD("contracts", "queue", ADDRESS, queue),
    FIELD("contracts", "verifiers", ADDRESS, verifiers),
    FIELD("contracts", "rollup", ADDRESS, rollup),
    FIELD("contracts", "bridge", ADDRESS, bridge),
    FIELD("contracts", "verifier", ADDRESS, verifier),
    FIELD("l2", "chainId", NUMBER, l2_chain_id),
    FIELD("l2", "genesisTime", NUMBER, genesis_time),
    FIELD("l2", "transactionGas", NUMBER, transaction_gas),
    FIELD("l2", "itemGas", NUMBER, item_gas),
    FIELD("l2", "baseFeeTargetGas", NUMBER, base_fee_target_gas),
    FIELD("l2", "genesisHash", HASH, genesis_hash),
    FIELD("l2", "configHash", HASH, config_hash),
#undef FIELD
};
enum { FIELDS = sizeof fields / sizeof *fields };

static void *member_of(const rollup_deployment *d, size_t i)
{
    return (uint8_t *)(uintptr_t)d + fields[i].offset;
}

static int read_fields(rollup_deployment *out, const json_t *file, const char *path)
{
    json_place top = {.file = path};
    for (size_t i = 0; i < FIELDS; i++) {
        const json_t *value = json_object_get(json_object_get(file, fields[i].part), fields[i].name);
        json_place part = json_place_of(&top, fields[i].part, SIZE_MAX),
                   at = json_place_of(&part, fields[i].name, SIZE_MAX);
        int code = fields[i].kind == NUMBER
                       ? json_u64(member_of(out, i), value, &at)
                       : json_exact(member_of(out, i), fields[i].kind == HASH ? 32 : 20, value, &at);
        if (code != EXIT_FINE)
            return code;
    }
    return EXIT_FINE;
}

int rollup_file_read(rollup_deployment *out, arena *memory, const char *path)
{
    json_t *file;
    *out = (rollup_deployment){0};
    int code = json_file_read(&file, memory, path);
    if (code != EXIT_FINE)
        return code;
    const json_t *version = json_object_get(file, "ashlarRollup");
    if (!json_is_integer(version))
        code = fail(EXIT_INPUT, "%s: is no rollup's file: \"ashlarRollup\" is missing", path);
    else if (json_integer_value(version) != FILE_VERSION)
        code = fail(EXIT_UNSUPPORTED, "%s: is of version %lld, which this version does not know", path,
                    (long long)json_integer_value(version));
    else
        code = read_fields(out, file, path);
    json_decref(file);
    if (code != EXIT_FINE)
        return code;
    chain_genesis genesis;
    rollup_deployment follows = *out;
    if (!chain_rollup_is_possible(&(rollup_parameters){.transaction_gas = out->transaction_gas,
                                                       .item_gas = out->item_gas,
                                                       .base_fee_target_gas = out->base_fee_target_gas}))
        return fail(EXIT_INPUT, "%s: l2: the limits of gas are out of bounds", path);
    status s = deployment_genesis(&genesis, NULL, &follows, memory);
    if (s != OK)
        return fail(status_exit_code(s), "%s: %s", path, status_message(s));
    if (memcmp(&follows.genesis_hash, &out->genesis_hash, 32) != 0)
        return fail(
            EXIT_INPUT,
            "%s: l2.genesisHash is not what follows: the file was changed, or another version made it", path);
    if (memcmp(&follows.config_hash, &out->config_hash, 32) != 0)
        return fail(EXIT_INPUT,
                    "%s: l2.configHash is not what follows: the file was changed, or another version made it",
                    path);
    return EXIT_FINE;
}

int rollup_file_write(const rollup_deployment *d, const char *path)
{
    json_t *file = json_pack("{s:i}", "ashlarRollup", FILE_VERSION);
    for (size_t i = 0; i < FIELDS; i++) {
        json_t *part = json_object_get(file, fields[i].part);
        char text[80];
        if (part == NULL) {
            json_object_set_new(file, fields[i].part, json_object());
            part = json_object_get(file, fields[i].part);
        }
        json_object_set_new(
            part, fields[i].name,
            fields[i].kind == NUMBER
                ? json_integer((json_int_t) * (const uint64_t *)member_of(d, i))
                : json_string(hex_text(text, member_of(d, i), fields[i].kind == HASH ? 32 : 20)));
    }
    char *text = json_dumps(file, JSON_INDENT(2));
    json_decref(file);
    if (text == NULL)
        return fail(EXIT_INPUT, "out of memory");
    size_t size = strlen(text);
    text[size] = '\n'; /* in place of the NUL */
    int code = file_write(path, text, size + 1);
    free(text);
    return code;
}
