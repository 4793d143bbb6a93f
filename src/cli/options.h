/* The options of a command as a list of rows, for a command with many: from the rows come parsing, the help
 * text, the keys of its configuration file, completion and the manual page. */
#ifndef ASHLAR_CLI_OPTIONS_H
#define ASHLAR_CLI_OPTIONS_H

#include "cli/cli.h"

typedef enum {
    OPTION_SECTION, /* no option: what follows belongs to the section `name` */
    OPTION_FLAG,   /* bool; false where it is not given */
    OPTION_TEXT,   /* const char * */
    OPTION_LIST,   /* const char *: words with commas between them */
    OPTION_CHOICE, /* const char *: one of the words of value_name, "text|json" */
    OPTION_NUMBER, /* uint64_t */
} option_kind;

struct option_row {
    option_kind kind;
    const char *name;       /* "--http-port" */
    const char *value_name; /* "PORT"; of a flag NULL. DIR and FILE are completed as such */
    const char *fallback;   /* where it is not given, as one would write it; NULL: NULL or OPTION_NOT_GIVEN */
    uint64_t least, most;   /* of a number */
    const char *help;
    size_t offset;          /* of its value in the struct of all values */
};

/* Of a number without a fallback. */
#define OPTION_NOT_GIVEN UINT64_MAX

/* Fills the struct of values from the command line, and from the configuration file that it names with the
 * option --config, where the command has that: a key is an option's name without its dashes before it, with
 * dashes or underscores in it; it may stand in the table of its section. The command line wins. EXIT_USAGE
 * with a line, or EXIT_INPUT about the file. The texts are those of argv, or in the arena. */
int options_read(const command *c, void *values, arena *memory, int argc, char **argv);

/* Each row with its help, under the name of its section. */
void options_print_help(FILE *out, const command *c);

#endif
