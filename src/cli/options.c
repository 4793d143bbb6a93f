#include "cli/options.h"

#include "base/check.h"

#include <string.h>

enum { OPTIONS_MAX = 128, HELP_COLUMN = 28, HELP_WIDTH = 110 };

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

static int set_value(const command *c, const option_row *row, void *field, const char *text)
{
    if (row->kind == OPTION_NUMBER) {
        *(uint64_t *)field = OPTION_NOT_GIVEN;
        return text == NULL ? EXIT_FINE : option_number(c, field, row->name, text, row->least, row->most);
    }
    if (row->kind == OPTION_CHOICE && text != NULL && !is_choice(row->value_name, text))
        return fail_usage(c, "%s must be %s, not '%s'", row->name, row->value_name, text);
    *(const char **)field = text;
    return EXIT_FINE;
}

int options_read(const command *c, void *values, int argc, char **argv)
{
    option options[OPTIONS_MAX];
    const char *texts[OPTIONS_MAX] = {0};
    size_t count = 0;
    for (size_t i = 0; c->options[i].name != NULL; i++) {
        const option_row *row = &c->options[i];
        CHECK(i < OPTIONS_MAX);
        if (row->kind == OPTION_FLAG)
            options[count++] = (option){row->name, NULL, (bool *)((char *)values + row->offset)};
        else if (row->kind != OPTION_SECTION)
            options[count++] = (option){row->name, &texts[i], NULL};
    }
    int operands;
    int code = options_parse(c, argc, argv, options, count, 0, 0, &operands);
    for (size_t i = 0; code == EXIT_FINE && c->options[i].name != NULL; i++) {
        const option_row *row = &c->options[i];
        if (row->kind != OPTION_FLAG && row->kind != OPTION_SECTION)
            code = set_value(c, row, (char *)values + row->offset,
                             texts[i] != NULL ? texts[i] : row->fallback);
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
