/* The `ashlar` command. */
#include "cli/options.h"

#include <string.h>

static const command *const commands[] = {
#define COMMAND(name, summary) &command_##name,
#include "cli/commands.def"
#undef COMMAND
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static void print_help(FILE *out)
{
    fprintf(
        out,
        "ashlar %s: executes Ethereum blocks, proves that they were executed right, and verifies the "
        "proofs\n\n",
        ASHLAR_VERSION);
    for (int i = 0; i < COMMANDS; i++)
        fprintf(out, "  ashlar %-9s %s\n", commands[i]->name, commands[i]->summary);
    fprintf(out,
            "\n`ashlar COMMAND --help` shows a command's options and an example.\n"
            "Exit codes: 0 fine, 1 invalid block or proof, 2 wrong use, 3 incomplete or malformed input,\n"
            "4 unsupported in this version.\n");
}

static void print_command_help(const command *c)
{
    printf("ashlar %s %s\n\n%s\n\n", c->name, c->usage, c->summary);
    options_print_help(stdout, c);
    fputs(c->help, stdout);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return EXIT_FINE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("ashlar %s\n", ASHLAR_VERSION);
        return EXIT_FINE;
    }
    for (int i = 0; i < COMMANDS; i++) {
        if (strcmp(argv[1], commands[i]->name) != 0)
            continue;
        for (int k = 2; k < argc; k++)
            if (strcmp(argv[k], "--help") == 0 || strcmp(argv[k], "-h") == 0) {
                print_command_help(commands[i]);
                return EXIT_FINE;
            }
        int code = commands[i]->run(argc - 1, argv + 1);
        if (fflush(stdout) != 0)
            return fail(EXIT_INPUT, "standard output cannot be written");
        return code;
    }
    return fail(EXIT_USAGE, "there is no command '%s'; `ashlar --help` lists them", argv[1]);
}
