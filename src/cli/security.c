/* `ashlar security`: the soundness of the proofs, term by term, for the parameters in use. */
#include "cli/cli.h"
#include "stark/accounting.h"
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
    accounting a;
    verifier_open(&v, &memory, &PROOF_FULL);
    accounting_make(&a, &v.machine, &v.parameters);
    if (json) {
        printf(
            "{\"interactive_bits\":%.2f,\"worst_round_bits\":%.2f,\"hash_bits\":%.2f,\"overall_bits\":%.2f,"
            "\"assumes\":[\"Poseidon2 is a random oracle\"],\"terms\":[",
            a.sum_bits, a.worst_bits, a.collision_bits, a.overall_bits);
        for (uint32_t i = 0; i < a.count; i++) {
            const accounting_round *r = &a.rounds[i];
            printf("%s{\"name\":\"%s\",\"bound\":\"%s\",\"bits\":%.2f,\"grinding_bits\":%u,\"times\":%u}",
                   i == 0 ? "" : ",", r->name, r->bound, r->bits, r->grinding_bits, r->times);
        }
        printf("]}\n");
    } else {
        const accounting_round *weakest = &a.rounds[a.weakest];
        printf("%-22s %7s  of which grinding  times  error\n", "round", "bits");
        for (uint32_t i = 0; i < a.count; i++) {
            const accounting_round *r = &a.rounds[i];
            printf("%-22s %7.2f  %17u  %5u  %s\n", r->name, r->bits, r->grinding_bits, r->times, r->bound);
        }
        printf("%-22s %7.2f  %17u  %5s  collisions of %d elements\n", "hash", a.collision_bits, 0, "",
               DIGEST_LENGTH);
        printf(
            "\ninteractive: %.1f bits, the sum of all rounds of a proof; hash: %.2f bits against collisions; "
            "overall: %.2f bits\n"
            "Proven: each round's error, in the unique-decoding regime (BCIKS20, theorem 4.1), without a "
            "conjecture about\n"
            "codes. Assumed: that Poseidon2 is a random oracle. %u of the %.1f bits of the weakest round "
            "(%s) are\n"
            "grinding: work that each attempt costs.\n",
            a.sum_bits, a.collision_bits, a.overall_bits, weakest->grinding_bits, weakest->bits,
            weakest->name);
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
