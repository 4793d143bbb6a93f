/* The reader of configuration files: what it takes means what Python's tomllib says, what tomllib refuses it
 * refuses, and what it refuses besides is named as not supported. Without tomllib only the fixed cases run. */
#define _GNU_SOURCE
#include "cli/toml.c"

#include <jansson.h>
#include <setjmp.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static arena memory;

static int setup(void **state)
{
    (void)state;
    arena_open(&memory, (size_t)1 << 32);
    return 0;
}

static status parse(toml_entry **entries, size_t *count, unsigned *line, char *why, const char *text)
{
    return toml_parse(entries, count, line, why, &memory, (bytes){(const uint8_t *)text, strlen(text)});
}

static void values(void **state)
{
    (void)state;
    static const char text[] = "# a node\n"
                               "dev = true # yes\n"
                               "\"quoted key\"='C:\\n'\r\n"
                               "\n"
                               "[ rpc ]\n"
                               "http-port = 1_000\n"
                               "dev=false\n"
                               "apis = [ \"eth\", # the first\n"
                               "  'net',\n"
                               "]\n"
                               "name = \"a\\t\\\"b\\\" \\u00e9\\U0001f600 #\"\n"
                               "least = -9223372036854775808";
    static const toml_entry expected[] = {
        {"", "dev", TOML_BOOLEAN, "true", 2},
        {"", "quoted key", TOML_STRING, "C:\\n", 3},
        {"rpc", "http-port", TOML_INTEGER, "1000", 6},
        {"rpc", "dev", TOML_BOOLEAN, "false", 7},
        {"rpc", "apis", TOML_ARRAY, "eth,net", 8},
        {"rpc", "name", TOML_STRING, "a\t\"b\" \xc3\xa9\xf0\x9f\x98\x80 #", 11},
        {"rpc", "least", TOML_INTEGER, "-9223372036854775808", 12},
    };
    toml_entry *entries;
    size_t count;
    unsigned line;
    char why[TOML_WHY_BYTES];
    assert_int_equal(parse(&entries, &count, &line, why, text), OK);
    assert_int_equal(count, sizeof expected / sizeof *expected);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(entries[i].table, expected[i].table);
        assert_string_equal(entries[i].key, expected[i].key);
        assert_string_equal(entries[i].text, expected[i].text);
        assert_int_equal(entries[i].kind, expected[i].kind);
        assert_int_equal(entries[i].line, expected[i].line);
    }
}

static void refusals(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned line;
        const char *why;
    } cases[] = {
        {"a", 1, "lacks its = and value"},
        {"\n= 1", 2, "a key is missing"},
        {"a = ", 1, "a value is missing"},
        {"a = 1 b = 2", 1, "something follows"},
        {"a = 'x\n'", 1, "does not end in its line"},
        {"a = \"\\x\"", 1, "escape that does not exist"},
        {"a = \"\\ud800\"", 1, "stands for no character"},
        {"a = \"\\u0000\"", 1, "stands for no character"},
        {"a = \"\\u12\"", 1, "4 hexadecimal digits"},
        {"a = '\x01'", 1, "control character"},
        {"# \x01", 1, "control character"},
        {"a = '\xff'", 1, "no UTF-8"},
        {"a = 1\na = 2", 2, "first in line 1"},
        {"[t]\n[t]", 2, "is there twice"},
        {"t = 1\n[t]", 2, "is a key already"},
        {"[t", 1, "lacks its ]"},
        {"[[t]]", 1, "not supported"},
        {"[t.u]", 1, "not supported"},
        {"t.u = 1", 1, "not supported"},
        {"a = {b = 1}", 1, "not supported"},
        {"a = '''b'''", 1, "not supported"},
        {"a = [1]", 1, "not supported"},
        {"a = ['b' 'c']", 1, "lacks a comma"},
        {"a = ['b',", 1, "lacks its ]"},
        {"a = ['b,c']", 1, "has a comma in it"},
        {"a = ['']", 1, "is empty"},
        {"a = 1.5", 1, "'1.5' is no"},
        {"a = 2026-01-01", 1, "is no"},
        {"a = 0x10", 1, "is no"},
        {"a = 01", 1, "is no"},
        {"a = 1__0", 1, "is no"},
        {"a = 9223372036854775808", 1, "beyond 64 bits"},
        {"a = yes", 1, "'yes' is no string in quotation marks"},
        {"a = truely", 1, "'truely' is no"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        toml_entry *entries;
        size_t count;
        unsigned line;
        char why[TOML_WHY_BYTES];
        if (parse(&entries, &count, &line, why, cases[i].text) != INPUT_MALFORMED || line != cases[i].line ||
            strstr(why, cases[i].why) == NULL)
            fail_msg("%s: line %u, %s", cases[i].text, line, why);
    }
}

/* ---- tomllib ---- */

/* Of each text in a JSON array: null, or what it means. */
static const char oracle[] =
    "import sys, json, tomllib\n"
    "def meaning(text):\n"
    "    try: document = tomllib.loads(text)\n"
    "    except (tomllib.TOMLDecodeError, RecursionError): return None\n"
    "    return document\n"
    "json.dump([meaning(t) for t in json.load(open(sys.argv[1]))], open(sys.argv[2], 'w'), default=str)\n";

static const char *const seeds[] = {
    "dev = true\n[rpc]\nhttp-port = 8_545\ncors = \"*\"\napi = [\"eth\", 'net',]\n# end\n",
    "a = \"x\\n\\u00e9\\\\\" # c\nb = -17\n[t]\nc = ''\nd = []\n\"e f\" = false\r\n",
    "[\"q\"]\na_b = [ # c\n 'x' , # d\n\n \"y\"\n]\nn = 0\n[u]\nn = +9\n",
};

static const char pieces[] = "=[]\"'#\n\r\\ \t.,_-+0123456789abtruefalsxU{}:\x01\xc3\xa9\x7f";

static void mutate(char *out, size_t capacity, unsigned *random)
{
    snprintf(out, capacity, "%s", seeds[(unsigned)rand_r(random) % 3]);
    for (int changes = rand_r(random) % 4; changes > 0; changes--) {
        size_t size = strlen(out), at = (size_t)rand_r(random) % (size + 1);
        char piece = pieces[(unsigned)rand_r(random) % (sizeof pieces - 1)];
        switch (rand_r(random) % 3) {
        case 0:
            if (at < size)
                out[at] = piece;
            break;
        case 1:
            if (at < size)
                memmove(out + at, out + at + 1, size - at);
            break;
        default:
            if (size + 1 < capacity) {
                memmove(out + at + 1, out + at, size - at + 1);
                out[at] = piece;
            }
        }
    }
}

/* As tomllib would give it. */
static json_t *meaning(const toml_entry *entries, size_t count, json_t *begun)
{
    for (size_t i = 0; i < count; i++) {
        const toml_entry *e = &entries[i];
        json_t *value = e->kind == TOML_STRING    ? json_string(e->text)
                        : e->kind == TOML_INTEGER ? json_integer(strtoll(e->text, NULL, 10))
                        : e->kind == TOML_BOOLEAN ? json_boolean(strcmp(e->text, "true") == 0)
                                                  : json_array();
        char *text = strdup(e->text), *rest = text;
        for (char *item; e->kind == TOML_ARRAY && text[0] != 0 && (item = strsep(&rest, ",")) != NULL;)
            json_array_append_new(value, json_string(item));
        free(text);
        json_t *table = e->table[0] == 0 ? begun : json_object_get(begun, e->table);
        if (table == NULL)
            json_object_set_new(begun, e->table, table = json_object());
        json_object_set_new(table, e->key, value);
    }
    return begun;
}

/* Tables without keys are not in ours. */
static void drop_empty_tables(json_t *document)
{
    const char *key;
    json_t *value;
    void *next;
    json_object_foreach_safe(document, next, key, value)
        if (json_is_object(value) && json_object_size(value) == 0)
            json_object_del(document, key);
}

static bool may_be_refused(const char *why)
{
    return strstr(why, "not supported") != NULL || strstr(why, "beyond 64 bits") != NULL ||
           strstr(why, "has a comma in it") != NULL || strstr(why, "stands for no character") != NULL ||
           strstr(why, "is no string in quotation marks") != NULL;
}

static void compare(const char *text, json_t *theirs, unsigned *both)
{
    toml_entry *entries;
    size_t count, mark = memory.used_bytes;
    unsigned line;
    char why[TOML_WHY_BYTES];
    status s = parse(&entries, &count, &line, why, text);
    if (s != OK && !json_is_null(theirs) && !may_be_refused(why))
        fail_msg("refused (%s), but tomllib takes it:\n%s", why, text);
    if (s == OK && json_is_null(theirs))
        fail_msg("taken, but tomllib refuses it:\n%s", text);
    if (s == OK) {
        json_t *ours = meaning(entries, count, json_object());
        drop_empty_tables(theirs);
        if (!json_equal(ours, theirs))
            fail_msg("understood otherwise than by tomllib:\n%s", text);
        json_decref(ours);
        ++*both;
    }
    arena_rewind(&memory, mark);
}

static void tomllib_agrees(void **state)
{
    (void)state;
    enum { CASES = 20000 };
    if (system("python3 -c 'import tomllib' 2>/dev/null") != 0)
        skip();
    char in[] = "/tmp/ashlar-toml-XXXXXX", out[] = "/tmp/ashlar-toml-XXXXXX", command[2048];
    close(mkstemp(in));
    close(mkstemp(out));
    unsigned random = 7, both = 0;
    json_t *texts = json_array();
    while (json_array_size(texts) < CASES) {
        char text[512];
        mutate(text, sizeof text, &random);
        json_array_append_new(texts, json_string(text)); /* NULL, hence not added, where it is no UTF-8 */
    }
    assert_int_equal(json_dump_file(texts, in, 0), 0);
    snprintf(command, sizeof command, "python3 -c \"%s\" %s %s", oracle, in, out);
    assert_int_equal(system(command), 0);
    json_t *answers = json_load_file(out, 0, NULL);
    assert_int_equal(json_array_size(answers), CASES);
    for (size_t i = 0; i < CASES; i++)
        compare(json_string_value(json_array_get(texts, i)), json_array_get(answers, i), &both);
    assert_true(both > CASES / 10);
    assert_true(both < CASES);
    json_decref(texts);
    json_decref(answers);
    unlink(in);
    unlink(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),
        cmocka_unit_test(refusals),
        cmocka_unit_test(tomllib_agrees),
    };
    return cmocka_run_group_tests_name("toml", tests, setup, NULL);
}
