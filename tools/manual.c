/* Writes what the lists of commands and options give besides the program itself:
 *     manual man | man-node | bash | config
 * the manual pages ashlar(1) and ashlar-node(1), completion for bash, an example of a configuration file. */
#include "cli/options.h"

#include <stdlib.h>
#include <string.h>

static const command *const commands[] = {
#define COMMAND(name, summary) &command_##name,
#include "cli/commands.def"
#undef COMMAND
};
enum { COMMANDS = sizeof commands / sizeof *commands };

/* ---- manual pages ---- */

/* Text as it is: no character of it is the formatter's. */
static void print_roff(const char *text)
{
    bool begins = true;
    for (; *text != 0; text++) {
        if (begins && (*text == '.' || *text == '\''))
            fputs("\\&", stdout);
        begins = *text == '\n';
        if (*text == '\\')
            fputs("\\e", stdout);
        else if (*text == '-')
            fputs("\\-", stdout);
        else if (*text == '`')
            fputs("\\(ga", stdout);
        else if (*text == '\'' || *text == '^' || *text == '~')
            printf("%s", *text == '\'' ? "\\(aq" : *text == '^' ? "\\(ha" : "\\(ti");
        else
            putchar(*text);
    }
}

static void print_title(const char *name, const char *section)
{
    printf(".\\\" Made from the program's lists by tools/manual.c.\n"
           ".TH %s 1 \"\" \"Ashlar %s\" \"%s\"\n.nh\n.ad l\n",
           name, ASHLAR_VERSION, section);
}

static void print_exit_codes(void)
{
    printf(".SH EXIT STATUS\n.TP\n.B 0\nall is fine\n.TP\n.B 1\nan invalid block or proof\n.TP\n.B 2\nwrong use\n"
           ".TP\n.B 3\ninput that is incomplete or malformed, or cannot be had\n"
           ".TP\n.B 4\nwhat this version does not support\n.PP\nAn error is one line on the error stream.\n");
}

static void print_man(void)
{
    print_title("ASHLAR", "User commands");
    printf(".SH NAME\nashlar \\- executes Ethereum blocks, proves that they were executed right, verifies proofs\n"
           ".SH SYNOPSIS\n.B ashlar\n.I COMMAND\n.RI [ ARGUMENTS ]\n.br\n.B ashlar\n.I COMMAND\n.B \\-\\-help\n"
           ".SH COMMANDS\n");
    for (int i = 0; i < COMMANDS; i++) {
        printf(".SS ");
        print_roff(commands[i]->name);
        printf("\n.B ashlar ");
        print_roff(commands[i]->name);
        printf("\n");
        print_roff(commands[i]->usage);
        printf("\n.PP\n");
        print_roff(commands[i]->summary);
        if (commands[i]->options != NULL)
            printf(" Its options are in\n.BR ashlar\\-%s (1).", commands[i]->name);
        printf("\n.PP\n.nf\n");
        print_roff(commands[i]->help[0] == '\n' ? commands[i]->help + 1 : commands[i]->help);
        printf(".fi\n");
    }
    print_exit_codes();
    printf(".SH SEE ALSO\n.BR ashlar\\-node (1)\n");
}

static void print_option(const option_row *row)
{
    printf(".TP\n.B ");
    print_roff(row->name);
    if (row->value_name != NULL) {
        printf(" \\fI");
        print_roff(row->value_name);
        printf("\\fR");
    }
    printf("\n");
    print_roff(row->help);
    if (row->fallback != NULL) {
        printf(" (");
        print_roff(row->fallback);
        printf(")");
    }
    printf("\n");
}

static void print_man_node(void)
{
    print_title("ASHLAR\\-NODE", "User commands");
    printf(".SH NAME\nashlar\\-node \\- runs a chain that tools connect to by JSON-RPC\n"
           ".SH SYNOPSIS\n.B ashlar node\n");
    print_roff(command_node.usage);
    printf("\n.SH DESCRIPTION\n");
    print_roff(command_node.summary);
    printf("\n.PP\nSIGINT and SIGTERM end it in order: running answers are sent, what waits is written to the "
           "journal. A second signal ends it at once; the chain stays whole either way.\n.SH OPTIONS\n");
    for (const option_row *row = command_node.options; row->name != NULL; row++)
        if (row->kind == OPTION_SECTION)
            printf(".SS %s\n", row->name);
        else
            print_option(row);
    printf(".SH CONFIGURATION FILE\nA TOML file, named by\n.BR \\-\\-config .\nA key is an option's name without "
           "the dashes before it; it stands at the top or in the table of its section. A flag is\n.B true\nor\n"
           ".BR false ;\nnumbers stand without quotation marks, texts with them. What the command line says "
           "wins. Of TOML there are comments, tables, strings in one line, decimal integers, booleans and arrays "
           "of strings.\n.PP\n.nf\ndatadir = \"/var/lib/ashlar\"\n\n[sequencer]\nblock\\-time = 2\n\n[rpc]\n"
           "http\\-port = 8545\n.fi\n");
    print_exit_codes();
    printf(".SH FILES\n.TP\n.I /etc/ashlar/node.toml\nwhat the systemd unit\n.B ashlar\\-node.service\nreads; an "
           "example with all keys is beside it\n.SH SEE ALSO\n.BR ashlar (1)\n");
}

/* ---- completion ---- */

/* The options that a text speaks of, each once. */
static void print_options_in(const char *text)
{
    for (const char *at = text; (at = strstr(at, "--")) != NULL;) {
        size_t size = 2 + strspn(at + 2, "abcdefghijklmnopqrstuvwxyz-");
        bool seen = size == 2;
        for (const char *before = text; before < at && !seen; before++)
            seen = strncmp(before, at, size) == 0 && strspn(before + size, "abcdefghijklmnopqrstuvwxyz-") == 0;
        if (!seen)
            printf(" %.*s", (int)size, at);
        at += size;
    }
}

static void print_words(const command *c)
{
    printf("        %s) words=\"--help", c->name);
    for (const option_row *row = c->options; row != NULL && row->name != NULL; row++)
        if (row->kind != OPTION_SECTION)
            printf(" %s", row->name);
    if (c->options == NULL)
        print_options_in(c->help);
    printf("\" ;;\n");
}

/* What the first operand of a command may be. */
static void print_actions(const command *c)
{
    if (c->actions != NULL)
        printf("        %s:2:[!-]*|%s:2:) words=\"%s\" ;;\n", c->name, c->name, c->actions);
}

/* What comes after an option: words, folders, files, or what nobody can guess. */
static void print_values(const command *c)
{
    for (const option_row *row = c->options; row != NULL && row->name != NULL; row++) {
        bool is_file = row->value_name != NULL && strcmp(row->value_name, "FILE") == 0;
        if (row->kind == OPTION_SECTION || row->kind == OPTION_FLAG || is_file)
            continue;
        printf("    %s:%s) ", c->name, row->name);
        if (row->kind == OPTION_CHOICE) {
            printf("words=\"");
            for (const char *at = row->value_name; *at != 0; at++)
                putchar(*at == '|' ? ' ' : *at);
            printf("\" ;;\n");
        } else if (strcmp(row->value_name, "DIR") == 0) {
            printf("mapfile -t COMPREPLY < <(compgen -d -- \"$current\"); return ;;\n");
        } else {
            printf("return ;;\n");
        }
    }
}

static void print_bash(void)
{
    printf("# Completion of ashlar for bash. Made from the program's lists by tools/manual.c.\n"
           "_ashlar()\n{\n"
           "    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
           "    local command=${COMP_WORDS[1]} words=\n    COMPREPLY=()\n"
           "    [ \"$COMP_CWORD\" -gt 1 ] || command=\n"
           "    case $command:$before in\n");
    for (int i = 0; i < COMMANDS; i++)
        print_values(commands[i]);
    printf("    :*) words=\"--help --version");
    for (int i = 0; i < COMMANDS; i++)
        printf(" %s", commands[i]->name);
    printf("\" ;;\n    *)\n        case $command:$COMP_CWORD:$current in\n");
    for (int i = 0; i < COMMANDS; i++)
        print_actions(commands[i]);
    printf("        *:-*) ;;\n"
           "        *) mapfile -t COMPREPLY < <(compgen -f -- \"$current\"); return ;;\n        esac\n"
           "        [ -n \"$words\" ] || case $command in\n");
    for (int i = 0; i < COMMANDS; i++)
        print_words(commands[i]);
    printf("        esac ;;\n    esac\n"
           "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n}\n"
           "complete -o filenames -F _ashlar ashlar\n");
}

/* ---- the example of a configuration file ---- */

static void print_comment(const char *text)
{
    enum { WIDTH = 100 };
    int column = printf("#");
    while (*text != 0) {
        int size = (int)strcspn(text, " ");
        if (column + 1 + size > WIDTH)
            column = printf("\n#") - 1;
        column += printf(" %.*s", size, text);
        text += size;
        text += *text == ' ';
    }
    putchar('\n');
}

static void print_config(void)
{
    printf("# Options of `ashlar node`, as ashlar-node(1) has them. What is commented out is as the program has it,\n"
           "# or an example where it has nothing.\n");
    for (const option_row *row = command_node.options; row->name != NULL; row++) {
        if (row->kind == OPTION_SECTION) {
            printf("\n[%s]\n", row->name);
            continue;
        }
        if (strcmp(row->name, "--config") == 0)
            continue;
        print_comment(row->help);
        printf("#%s = ", row->name + 2);
        const char *value = row->fallback != NULL ? row->fallback : row->value_name;
        if (row->kind == OPTION_FLAG)
            printf("false\n");
        else if (row->kind == OPTION_NUMBER)
            printf("%llu\n", row->fallback != NULL ? strtoull(value, NULL, 10) : (unsigned long long)row->least);
        else /* of "archive|N" the first word */
            printf(row->kind == OPTION_LIST ? "[\"%.*s\"]\n" : "\"%.*s\"\n", (int)strcspn(value, "|"), value);
    }
}

int main(int argc, char **argv)
{
    const struct {
        const char *name;
        void (*print)(void);
    } kinds[] = {{"man", print_man}, {"man-node", print_man_node}, {"bash", print_bash}, {"config", print_config}};
    for (size_t i = 0; argc == 2 && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(argv[1], kinds[i].name) == 0) {
            kinds[i].print();
            return fflush(stdout) == 0 ? EXIT_FINE : EXIT_INPUT;
        }
    fprintf(stderr, "use: manual man | man-node | bash | config\n");
    return EXIT_USAGE;
}
