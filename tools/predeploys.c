/* Prints contracts/l2/predeploys.json as C, for the genesis of rollups:
 *     predeploys contracts/l2/predeploys.json > predeploys.inc */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    if (text == NULL || strncmp(text, "0x", 2) != 0 || strlen(text) % 2 != 0) {
        fprintf(stderr, "predeploys: an entry has no hex in \"%s\"\n", name);
        exit(3);
    }
    return text + 2;
}

static void print_bytes(const char *hex)
{
    for (size_t i = 0; hex[i] != 0; i += 2)
        printf("0x%.2s,%s", hex + i, i % 40 == 38 ? "\n" : " ");
}

int main(int argc, char **argv)
{
    json_error_t why;
    json_t *file = argc == 2 ? json_load_file(argv[1], 0, &why) : NULL;
    const json_t *list = json_object_get(file, "predeploys");
    if (json_array_size(list) == 0) {
        fprintf(stderr, argc == 2 ? "predeploys: no list in the file\n" : "use: predeploys FILE.json\n");
        return 3;
    }
    size_t i;
    const json_t *entry;
    json_array_foreach(list, i, entry)
    {
        printf("static const uint8_t code_%zu[] = {", i);
        print_bytes(text_of(entry, "code"));
        printf("};\n");
    }
    printf("static const predeploy predeploys[] = {\n");
    json_array_foreach(list, i, entry)
    {
        json_t *storage = json_object_get(entry, "storage"), *owner = json_object_get(storage, "0");
        const char *name = owner == NULL ? "NOBODY" : json_string_value(owner);
        /* One slot, slot 0, is all that there is. */
        if (json_object_size(storage) != (owner != NULL) || name == NULL) {
            fprintf(stderr, "predeploys: storage of entry %zu is not understood\n", i);
            return 3;
        }
        printf("{{{");
        print_bytes(text_of(entry, "address"));
        printf("}}, {{");
        print_bytes(text_of(entry, "codeHash"));
        printf("}}, %s, code_%zu, sizeof code_%zu},\n", name, i, i);
    }
    printf("};\n");
    json_decref(file);
    return 0;
}
