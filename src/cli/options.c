#include "cli/options.h"

#include "base/check.h"
#include "cli/toml.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { OPTIONS_MAX = 128, HELP_COLUMN = 28, HELP_WIDTH = 110 };

#define CONFIG_OPTION "--config"

/* ---- reading ---- */

static bool is_choice(const char *choices, const char *word)
{
    size_t size = strlen(word);
    for (const char *at = choices;; at++) {
        size_t one = strcspn(at, "|");
        if (one == size && strncmp(at, word, size) == 0)
            return true;
        at += one;
        if (*at == 0)
            return false;
    }
}

/* What was given for a row. */
typedef struct {
    const char *text; /* NULL: nothing */
    char where[64];   /* "node.toml:3"; empty: the command line */
} setting;

/* Wrong use, or a wrong file. */
static int refuse(const command *c, const option_row *row, const setting *given, const char *expected)
{
    if (given->where[0] == 0)
        return fail_usage(c, "%s must be %s, not '%s'", row->name, expected, given->text);
    return fail(EXIT_INPUT, "%s: %s must be %s, not '%s'", given->where, row->name + 2, expected,
                given->text);
}

static int set_number(const command *c, const option_row *row, uint64_t *field, const setting *given)
{
    char *end, expected[80];
    errno = 0;
    unsigned long long number = strtoull(given->text, &end, 10);
    *field = number;
    if (given->text[0] >= '0' && given->text[0] <= '9' && *end == 0 && errno == 0 && number >= row->least &&
        number <= row->most)
        return EXIT_FINE;
    snprintf(expected, sizeof expected, "a whole number from %llu to %llu", (unsigned long long)row->least,
             (unsigned long long)row->most);
    return refuse(c, row, given, expected);
}

static int set_value(const command *c, const option_row *row, void *field, const setting *given)
{
    switch (row->kind) {
    case OPTION_FLAG:
        *(bool *)field = given->text != NULL && strcmp(given->text, "true") == 0;
        return EXIT_FINE;
    case OPTION_NUMBER:
        *(uint64_t *)field = OPTION_NOT_GIVEN;
        return given->text == NULL ? EXIT_FINE : set_number(c, row, field, given);
    case OPTION_CHOICE:
        if (given->text != NULL && !is_choice(row->value_name, given->text))
            return refuse(c, row, given, row->value_name);
        /* fallthrough */
    default:
        *(const char **)field = given->text;
        return EXIT_FINE;
    }
}

static int read_command_line(const command *c, setting *settings, int argc, char **argv)
{
    option options[OPTIONS_MAX];
    bool flags[OPTIONS_MAX] = {false};
    size_t count = 0;
    for (size_t i = 0; c->options[i].name != NULL; i++) {
        const option_row *row = &c->options[i];
        CHECK(i < OPTIONS_MAX);
        if (row->kind == OPTION_FLAG)
            options[count++] = (option){row->name, NULL, &flags[i]};
        else if (row->kind != OPTION_SECTION)
            options[count++] = (option){row->name, &settings[i].text, NULL};
    }
    int operands, code = options_parse(c, argc, argv, options, count, 0, 0, &operands);
    for (size_t i = 0; c->options[i].name != NULL; i++)
        if (flags[i])
            settings[i].text = "true";
    return code;
}

/* ---- the configuration file ---- */

enum { CONFIG_MOST_BYTES = 1 << 20 };

/* Dashes and underscores are the same in a key. */
static bool same_key(const char *name, const char *key)
{
    for (; *name != 0 && *key != 0; name++, key++)
        if (*name != *key && !(*name == '-' && *key == '_'))
            return false;
    return *name == *key;
}

/* How many characters have to be changed, added or left out to make one word of the other. */
static size_t distance(const char *a, const char *b)
{
    enum { LONGEST = 40 };
    size_t row[LONGEST + 1], size = strlen(b);
    if (size > LONGEST)
        return SIZE_MAX;
    for (size_t k = 0; k <= size; k++)
        row[k] = k;
    for (size_t i = 0; a[i] != 0; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t k = 1; k <= size; k++) {
            size_t least = row[k] < row[k - 1] ? row[k] + 1 : row[k - 1] + 1;
            size_t replaced = diagonal + (a[i] != b[k - 1]);
            diagonal = row[k];
            row[k] = replaced < least ? replaced : least;
        }
    }
    return row[size];
}

/* The name of a section, or of an option, that is most like the word; NULL where none is. */
static const char *most_like(const command *c, const char *word, bool is_section)
{
    const char *best = NULL;
    size_t least = 4; /* more than three slips are another word */
    for (const option_row *row = c->options; row->name != NULL; row++) {
        const char *name = is_section ? row->name : row->name + 2;
        if ((row->kind == OPTION_SECTION) != is_section)
            continue;
        size_t slips = distance(word, name);
        if (slips < least && slips < strlen(name)) {
            best = name;
            least = slips;
        }
    }
    return best;
}

static int refuse_name(const command *c, const char *where, const char *word, bool is_section)
{
    const char *best = most_like(c, word, is_section), *what = is_section ? "table" : "key";
    if (best == NULL)
        return fail(EXIT_INPUT, "%s: there is no %s '%s'; `ashlar %s --help` lists what there is", where,
                    what, word, c->name);
    return fail(EXIT_INPUT, "%s: there is no %s '%s'; is '%s' meant?", where, what, word, best);
}

static int take_entry(const command *c, setting *settings, const toml_entry *e, const char *path)
{
    static const char *const names[] = {"a string", "a whole number", "true or false", "an array"};
    const char *section = "", *its_section = NULL, *slash = strrchr(path, '/');
    size_t row = 0;
    bool section_exists = e->table[0] == 0;
    for (size_t i = 0; c->options[i].name != NULL; i++) {
        bool begins = c->options[i].kind == OPTION_SECTION;
        section = begins ? c->options[i].name : section;
        section_exists = section_exists || (begins && strcmp(section, e->table) == 0);
        if (!begins && same_key(c->options[i].name + 2, e->key)) {
            row = i;
            its_section = section;
        }
    }
    setting given = {.text = e->text};
    snprintf(given.where, sizeof given.where, "%.40s:%u", slash != NULL ? slash + 1 : path, e->line);
    if (!section_exists)
        return refuse_name(c, given.where, e->table, true);
    const option_row *found = &c->options[row];
    if (its_section == NULL || strcmp(found->name, CONFIG_OPTION) == 0)
        return refuse_name(c, given.where, e->key, false);
    if (e->table[0] != 0 && strcmp(its_section, e->table) != 0)
        return fail(EXIT_INPUT, "%s: '%s' belongs to [%s], not to [%s]", given.where, e->key, its_section,
                    e->table);
    if (settings[row].where[0] != 0)
        return fail(EXIT_INPUT, "%s: '%s' is there twice, first in %s", given.where, e->key,
                    settings[row].where);
    toml_kind expected = found->kind == OPTION_FLAG     ? TOML_BOOLEAN
                         : found->kind == OPTION_NUMBER ? TOML_INTEGER
                         : found->kind == OPTION_LIST   ? TOML_ARRAY
                                                        : TOML_STRING;
    if (e->kind != expected)
        return fail(EXIT_INPUT, "%s: '%s' must be %s, not %s", given.where, e->key, names[expected],
                    names[e->kind]);
    settings[row] = given;
    return EXIT_FINE;
}

static const char *check_size(void *context, int *exit_code, bytes head, uint64_t size_bytes)
{
    (void)context;
    (void)exit_code;
    (void)head;
    return size_bytes > CONFIG_MOST_BYTES ? "is too large for a configuration file" : NULL;
}

static int read_file(const command *c, setting *settings, arena *memory, const char *path)
{
    bytes text;
    toml_entry *entries;
    size_t count;
    unsigned line;
    char why[TOML_WHY_BYTES];
    int code = file_read_checked(&text, memory, path, check_size, NULL);
    if (code != EXIT_FINE)
        return code;
    if (toml_parse(&entries, &count, &line, why, memory, text) != OK)
        return fail(EXIT_INPUT, "%s:%u: %s", path, line, why);
    for (size_t i = 0; i < count && code == EXIT_FINE; i++)
        code = take_entry(c, settings, &entries[i], path);
    return code;
}

int options_read(const command *c, void *values, arena *memory, int argc, char **argv)
{
    setting given[OPTIONS_MAX] = {0}, file[OPTIONS_MAX] = {0};
    int code = read_command_line(c, given, argc, argv);
    for (size_t i = 0; code == EXIT_FINE && c->options[i].name != NULL; i++)
        if (strcmp(c->options[i].name, CONFIG_OPTION) == 0 && given[i].text != NULL)
            code = read_file(c, file, memory, given[i].text);
    for (size_t i = 0; code == EXIT_FINE && c->options[i].name != NULL; i++) {
        const option_row *row = &c->options[i];
        setting fallback = {.text = row->fallback};
        const setting *chosen = given[i].text != NULL  ? &given[i]
                                : file[i].text != NULL ? &file[i]
                                                       : &fallback;
        if (row->kind != OPTION_SECTION)
            code = set_value(c, row, (char *)values + row->offset, chosen);
    }
    return code;
}

/* ---- help ---- */

/* Words from column HELP_COLUMN on, in lines of HELP_WIDTH. */
static void print_wrapped(FILE *out, const char *text)
{
    int column = HELP_COLUMN;
    while (*text != 0) {
        int size = (int)strcspn(text, " ");
        if (column > HELP_COLUMN && column + 1 + size > HELP_WIDTH) {
            fprintf(out, "\n%*s", HELP_COLUMN, "");
            column = HELP_COLUMN;
        }
        column += fprintf(out, "%s%.*s", column > HELP_COLUMN ? " " : "", size, text);
        text += size;
        text += *text == ' ';
    }
}

static void print_row(FILE *out, const option_row *row)
{
    char left[64], help[1024];
    snprintf(left, sizeof left, "  %s%s%s", row->name, row->value_name != NULL ? " " : "",
             row->value_name != NULL ? row->value_name : "");
    snprintf(help, sizeof help, row->fallback != NULL ? "%s (%s)" : "%s", row->help, row->fallback);
    if (strlen(left) + 2 > HELP_COLUMN)
        fprintf(out, "%s\n%*s", left, HELP_COLUMN, "");
    else
        fprintf(out, "%-*s", HELP_COLUMN, left);
    print_wrapped(out, help);
    fputc('\n', out);
}

void options_print_help(FILE *out, const command *c)
{
    for (size_t i = 0; c->options != NULL && c->options[i].name != NULL; i++)
        if (c->options[i].kind == OPTION_SECTION)
            fprintf(out, "%s%s\n", i == 0 ? "" : "\n", c->options[i].name);
        else
            print_row(out, &c->options[i]);
}
