/* What the commands that prove share. */
#ifndef ASHLAR_CLI_PROVER_H
#define ASHLAR_CLI_PROVER_H

#include "cli/cli.h"
#include "jobs/jobs.h"
#include "prover/tree.h"

/* Threads that wait for each other must not spin: where others use the cores too, that doubles the time. OpenMP reads this
 * before main, so the program starts itself again. Before anything else; `argv` is main's. */
void wait_without_spinning(char **argv);

/* This program with the arguments that wait_without_spinning was given, as if it was started now. */
void begin_anew(void);

/* What --threads and --memory say, NULL where they are not given: all cores, three quarters of the machine's memory. EXIT_USAGE
 * with a line. */
typedef struct {
    uint32_t threads;
    uint64_t memory_bytes;
} prover_resources;
int read_resources(prover_resources *r, const command *c, const char *threads, const char *memory_gib);

/* The guest programs that this build carries. Static. */
const jobs_build *build_of_command(void);

/* For joining, with the guest program `join` that this build carries; lives in the arena. Tells of each node on a terminal. */
int tree_of_command(tree_options *tree, arena *memory, const verifier *v, const prover_options *options);
/* A line about a tree that could not be made. */
int fail_tree(status s, const char *what);
/* A node more over a proof that is joined, for a smaller one; *all gets it too. */
status tree_add_pass(joined_proof *proof, tree_report *all, const tree_options *tree, arena *memory, arena *scratch);
void tree_report_add(tree_report *all, const tree_report *one);
/* What was joined, in a few lines. */
void print_joined(const joined_proof *proof, const tree_report *report, const verifier *v);
/* Into its file, once it has been verified. */
int write_joined(arena *memory, const char *path, const joined_proof *proof, const verifier *v);

#endif
