/* `ashlar security`: the soundness of the proofs, term by term, for the parameters in use. */
#include "cli/cli.h"
#include "stark/security.h"
#include "verify/run.h"

static int run(int argc, char **argv)
{
    bool json = false;
    const option options[] = {{"--json", NULL, &json}};
    int operands;
    int code = options_parse(&command_security, argc, argv, options, 1, 0, 0, &operands);
    if (code != EXIT_FINE)
        return code;
    arena memory;
    arena_open(&memory, (size_t)1 << 30);
    verifier v;
    security_report report;
    verifier_open(&v, &memory, &STARK_FULL);
    security_assess(&report, &v.machine, &v.parameters, STARK_MAX_LOG2_ROWS);
    if (json) {
        printf("{\"interactive_bits\":%.2f,\"hash_bits\":%.2f,\"overall_bits\":%.2f,"
               "\"assumes\":[\"Poseidon2 is a random oracle\"],\"terms\":[",
               report.interactive_bits, report.hash_bits, report.overall_bits);
        for (uint32_t i = 0; i < SECURITY_TERMS; i++)
            printf("%s{\"name\":\"%s\",\"bound\":\"%s\",\"bits\":%.2f,\"grinding_bits\":%u}", i == 0 ? "" : ",",
                   report.terms[i].name, report.terms[i].bound, report.terms[i].bits, report.terms[i].grinding_bits);
        printf("]}\n");
    } else {
        const security_term *weakest = &report.terms[report.weakest];
        printf("%-34s %7s  of which grinding  error\n", "term", "bits");
        for (uint32_t i = 0; i < SECURITY_TERMS; i++)
            printf("%-34s %7.2f  %17u  %s\n", report.terms[i].name, report.terms[i].bits, report.terms[i].grinding_bits,
                   report.terms[i].bound);
        printf("\ninteractive: %.1f bits, the least of the rounds; hash: %.2f bits against collisions; overall: %.2f bits\n"
               "Proven: each round's error, in the unique-decoding regime (BCIKS20, theorem 4.1), without a conjecture about\n"
               "codes. Assumed: that Poseidon2 is a random oracle. %u of the %.1f bits of the weakest round (%s) are\n"
               "grinding: work that each attempt costs.\n",
               report.interactive_bits, report.hash_bits, report.overall_bits, weakest->grinding_bits,
               weakest->bits, weakest->name);
    }
    arena_close(&memory);
    return EXIT_FINE;
}

const command command_security = {
    .name = "security",
    .usage = "[--json]",
    .summary = "Shows the soundness error of a proof, round by round, as bits of security.",
    .help = "  --json  print one line of JSON\n"
            "\nExample: ashlar security\n",
    .run = run,
};
