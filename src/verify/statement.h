/* What a proof of the program `join` says (protocol.md, section 12): its public output, and nothing else of it. Freestanding. */
#ifndef ASHLAR_VERIFY_STATEMENT_H
#define ASHLAR_VERIFY_STATEMENT_H

#include "verify/run.h"

typedef enum {
    STATEMENT_SPAN, /* consecutive parts of a run with this header verify, from one state to another: for `join` alone */
    STATEMENT_RUN,  /* the program, run once, ends with this output */
    STATEMENT_RUNS, /* runs of the program that follow each other make this output together */
} statement_kind;

/* What stands between two parts of a run. */
typedef struct {
    uint32_t place; /* parts before it: segments, then ledger parts; kind BOTH counts as two */
    uint32_t pc4;
    uint32_t key_plus_1;
    digest chain; /* of the records of the parts before it */
} run_state;

typedef struct {
    statement_kind kind;
    digest self;       /* id of the `join` that made it */
    run_header header; /* of a RUN or RUNS the program and the output alone; the rest is 0, as is all that follows */
    uint64_t shared_count;
    run_state before, after;
    fp5 shared_sum;
} join_statement;

enum {
    STATEMENT_RUN_WORDS = 32, /* of 32 bits */
    STATEMENT_SPAN_WORDS = 88,
    STATEMENT_RUN_BYTES = 4 * STATEMENT_RUN_WORDS,
    STATEMENT_BYTES_MAX = 4 * STATEMENT_SPAN_WORDS,
};

/* The number of bytes written. */
size_t statement_write(uint8_t out[STATEMENT_BYTES_MAX], const join_statement *s);

/* Of `in`, a statement's first words; 0: no statement begins so. */
uint32_t statement_words(const uint32_t in[DIGEST_LENGTH]);
/* What is read is written the same. PROOF_STATEMENT: another tag, an element not below p, something where zero stands, N or
 * K not in 1 … 2^16 − 1, or a state that no run has. */
status statement_read(join_statement *s, const uint32_t *in, uint32_t words);

bool run_state_equal(const run_state *a, const run_state *b);
/* In all words. */
bool run_header_equal(const run_header *a, const run_header *b);

#endif
