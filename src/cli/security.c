/* `ashlar security`: the soundness of the proofs, term by term, and of trees of them, for the parameters in use. */
#include "cli/cli.h"
#include "stark/accounting.h"
#include "verify/run.h"

static const char *layer_name(char text[48], const accounting_layer *l, uint32_t number)
{
    if (number == 0)
        return "a part";
    if (l->parts == 0)
        return "a node of join";
    snprintf(text, 48, "a tree over %s part%s", grouped(l->parts), l->parts == 1 ? "" : "s");
    return text;
}

static void print_json(const accounting *a, const accounting_layer layers[ACCOUNTING_LAYERS])
{
    char name[48];
    printf(
        "{\"interactive_bits\":%.2f,\"worst_round_bits\":%.2f,\"hash_bits\":%.2f,\"overall_bits\":%.2f,"
        "\"assumes\":[\"Poseidon2 is a random oracle\"],\"terms\":[",
        a->sum_bits, a->worst_bits, a->collision_bits, a->overall_bits);
    for (uint32_t i = 0; i < a->count; i++) {
        const accounting_round *r = &a->rounds[i];
        printf("%s{\"name\":\"%s\",\"bound\":\"%s\",\"bits\":%.2f,\"grinding_bits\":%u,\"times\":%u}",
               i == 0 ? "" : ",", r->name, r->bound, r->bits, r->grinding_bits, r->times);
    }
    printf("],\"layers\":[");
    for (uint32_t i = 0; i < ACCOUNTING_LAYERS; i++)
        printf("%s{\"name\":\"%s\",\"parts\":%u,\"proofs\":%llu,\"worst_round_bits\":%.2f,\"interactive_bits\":%.2f}",
               i == 0 ? "" : ",", layer_name(name, &layers[i], i), layers[i].parts, (unsigned long long)layers[i].proofs,
               a->worst_bits, layers[i].sum_bits);
    printf("]}\n");
}

static void print_tables(const accounting *a, const accounting_layer layers[ACCOUNTING_LAYERS])
{
    char name[48];
    const accounting_round *weakest = &a->rounds[a->weakest];
    printf("%-22s %7s  of which grinding  times  error\n", "round", "bits");
    for (uint32_t i = 0; i < a->count; i++) {
        const accounting_round *r = &a->rounds[i];
        printf("%-22s %7.2f  %17u  %5u  %s\n", r->name, r->bits, r->grinding_bits, r->times, r->bound);
    }
    printf("%-22s %7.2f  %17u  %5s  collisions of %d elements\n", "hash", a->collision_bits, 0, "", DIGEST_LENGTH);
    printf("\n%-28s %9s  %11s  %13s\n", "layer", "proofs", "worst round", "all rounds");
    for (uint32_t i = 0; i < ACCOUNTING_LAYERS; i++)
        printf("%-28s %9s  %11.2f  %13.2f\n", layer_name(name, &layers[i], i), grouped(layers[i].proofs), a->worst_bits,
               layers[i].sum_bits);
    printf(
        "\ninteractive: %.1f bits, the sum of all rounds of a proof; hash: %.2f bits against collisions; "
        "overall: %.2f bits\n"
        "Layers: an interactive prover may err in any round of any proof of a tree, so all rounds of all of them add up; "
        "who\n"
        "hashes tries one round of one of them with each hash, so for him it is the worst round, however many proofs there "
        "are.\n"
        "Proven: each round's error, in the unique-decoding regime (BCIKS20, theorem 4.1), without a "
        "conjecture about\n"
        "codes. Assumed: that Poseidon2 is a random oracle. %u of the %.1f bits of the weakest round "
        "(%s) are\n"
        "grinding: work that each attempt costs. Assumed of joined proofs besides: that who makes a node's proof has those "
        "that\n"
        "it verified, level by level, although the oracle is computed in it.\n",
        a->sum_bits, a->collision_bits, a->overall_bits, weakest->grinding_bits, weakest->bits, weakest->name);
}

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
    accounting_layer layers[ACCOUNTING_LAYERS];
    verifier_open(&v, &memory, &PROOF_FULL);
    accounting_make(&a, &v.machine, &v.parameters);
    accounting_layers(layers, &a);
    if (json)
        print_json(&a, layers);
    else
        print_tables(&a, layers);
    arena_close(&memory);
    return EXIT_FINE;
}

const command command_security = {
    .name = "security",
    .usage = "[--json]",
    .summary = "Shows the soundness error of a proof, round by round, and of joined proofs, as bits of security.",
    .help = "  --json  print one line of JSON\n"
            "\nExample: ashlar security\n",
    .run = run,
};
