/* `ashlar join`: one proof of several that follow each other, or of the parts of one. */
#define _GNU_SOURCE
#include "base/check.h"
#include "cli/block_program.h"
#include "cli/execution.h"
#include "cli/follow.h"
#include "cli/prover.h"

#include <omp.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    joined_proof joined; /* once it is */
    run_proof parts;
    bool is_joined;
    run_statement statement;
} source;

/* A proof that holds, of whatever program. */
static int open_source(source *s, arena *memory, const verifier *v, const char *path)
{
    bytes file;
    int code = file_read_checked(&file, memory, path, check_proof_head, (void *)v);
    if (code != EXIT_FINE)
        return code;
    digest id, join;
    status read = program_id_read(&join, join_program_id);
    CHECK(read == OK);
    s->is_joined = joined_proof_is(file);
    status outcome = s->is_joined ? joined_proof_read(&s->joined, memory, v, file)
                                  : run_proof_read(&s->parts, memory, v, file);
    if (outcome == OK && s->is_joined) {
        outcome = joined_proof_verify(&s->statement, v, &s->joined.said.header.program, &join, &s->joined,
                                      tree_check_fast, memory);
    } else if (outcome == OK) {
        program_id(&id, v, &s->parts.key);
        outcome = run_verify_fast(&s->statement, NULL, v, &id, &s->parts, memory);
    }
    if (outcome == OK)
        return EXIT_FINE;
    return fail(status_exit_code(outcome), "%s: %s%s", path,
                status_exit_code(outcome) == EXIT_INVALID ? "invalid proof: " : "", status_message(outcome));
}

/* Before anything is proven. */
static int check_that_they_follow(source *sources, arena *memory, char **paths, size_t count)
{
    run_statement all = sources[0].statement;
    int code = count > 1 ? follow_start(&all, memory, paths[0], false) : EXIT_FINE;
    for (size_t i = 1; i < count && code == EXIT_FINE; i++)
        code = follow_next(&all, &sources[i].statement, paths[i], paths[i - 1], false);
    return code;
}

static int join(arena *memory, arena *scratch, char **paths, size_t count, const char *out, bool small,
                const prover_options *prover)
{
    verifier v;
    verifier_open(&v, memory, &PROOF_FULL);
    source *sources = ARENA_NEW(memory, source, count);
    int code = EXIT_FINE;
    for (size_t i = 0; i < count && code == EXIT_FINE; i++)
        code = open_source(&sources[i], memory, &v, paths[i]);
    if (code == EXIT_FINE)
        code = check_that_they_follow(sources, memory, paths, count);
    if (code == EXIT_FINE && count == 1 && sources[0].is_joined && !small)
        code = fail(EXIT_USAGE, "%s is one joined proof already; --small makes it smaller", paths[0]);
    tree_options tree;
    if (code == EXIT_FINE)
        code = tree_of_command(&tree, memory, &v, prover);
    if (code != EXIT_FINE)
        return code;

    tree_report all = {0}, report;
    joined_proof *proofs = ARENA_NEW(memory, joined_proof, count), proof;
    status s = OK;
    size_t at = 0;
    for (; at < count && s == OK; at++) {
        if (!sources[at].is_joined) {
            s = tree_join_parts(&sources[at].joined, &report, &tree, &sources[at].parts, memory, scratch);
            tree_report_add(&all, &report);
        }
        proofs[at] = sources[at].joined;
    }
    const char *what = paths[at - 1];
    proof = proofs[0];
    if (s == OK && count > 1) {
        what = "what these proofs make together";
        s = tree_link(&proof, &report, &tree, proofs, (uint32_t)count, memory, scratch);
        tree_report_add(&all, &report);
    }
    if (s == OK && small)
        s = tree_add_pass(&proof, &all, &tree, memory, scratch);
    if (tree.node != NULL)
        fputs("\r\033[K", stderr);
    if (s != OK)
        return fail_tree(s, what);
    if ((code = write_joined(memory, out, &proof, &v)) != EXIT_FINE)
        return code;
    print_joined(&proof, &all, &v);
    printf("memory           %s at the peak\n", size_text(peak_memory_bytes()));
    printf("written to       %s\n", out);
    return EXIT_FINE;
}

static int run(int argc, char **argv)
{
    const char *out = NULL, *threads = NULL, *memory_text = NULL;
    bool small = false;
    const option options[] = {{"-o", &out, NULL}, {"--threads", &threads, NULL}, {"--memory", &memory_text, NULL},
                              {"--small", NULL, &small}};
    int operands;
    wait_without_spinning(argv - 1);
    int code = options_parse(&command_join, argc, argv, options, sizeof options / sizeof *options, 1, 4096, &operands);
    if (code != EXIT_FINE)
        return code;
    if (out == NULL)
        return fail_usage(&command_join, "-o PROOF is needed");
    prover_resources resources;
    if ((code = read_resources(&resources, &command_join, threads, memory_text)) != EXIT_FINE)
        return code;
    omp_set_num_threads((int)resources.threads);
    prover_options prover = {.memory_bytes = resources.memory_bytes};
    arena memory, scratch;
    arena_open(&memory, BLOCK_ARENA_BYTES);
    arena_open(&scratch, BLOCK_ARENA_BYTES);
    code = join(&memory, &scratch, argv + 1, (size_t)operands, out, small, &prover);
    arena_close(&scratch);
    arena_close(&memory);
    return code;
}

const command command_join = {
    .name = "join",
    .usage = "PROOF… -o PROOF [--small] [--threads N] [--memory GIB]",
    .summary = "Makes one proof of bounded size of the parts of a proof, or of several proofs whose runs follow each other. "
               "Each is verified first; where two do not follow each other it says which, and by which word of their outputs.",
    .help = "  PROOF              in order; of parts or joined, from `ashlar prove` or from this command\n"
            "  -o PROOF           where the joined proof goes; `ashlar verify` takes it\n"
            "  --small            one proof more, over the joined one, which is smaller\n"
            "  --threads N        processor cores to use; all by default\n"
            "  --memory GIB       memory to stay under; three quarters of the machine's by default\n"
            "\nExample: ashlar join 100.proof 101.proof -o 100-101.proof\n",
    .run = run,
};
