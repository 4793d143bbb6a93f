/* Proving inside the node: groups sealed blocks into batches, proves them one after another in the
 * background, each as one joined proof, and joins those with each other (store/batches.h) while no batch waits. What proves is a process of its own, at the lowest priority, so that whatever happens to it
 * (no memory, a hang, a crash, a wrong proof) costs an attempt and nothing else. All that counts lies in
 * the database, and what an unfinished proof is made of, parts and nodes, in a directory: after an end at any moment, of the
 * node or of the process, it goes on where it was; only the part or node under way is begun anew. */
#ifndef ASHLAR_PROVING_PROVING_H
#define ASHLAR_PROVING_PROVING_H

#include "node/node.h"
#include "store/batches.h"

typedef struct proving_options {
    const char *program;       /* what runs `prove --job`; NULL: the program that this process runs */
    const char *queue;         /* postgres://…: the process has the parts proven by workers there; NULL: it proves */
    const uint8_t *program_id; /* 32 bytes: of the guest program that proofs must be of; borrowed */
    const uint8_t *join_id;    /* likewise of the program that joins them */
    const char *work;          /* a directory for what is made of an unfinished proof; NULL: it is not kept */
    batch_limits limits;
    uint64_t attempts;     /* for each batch; at least 1 */
    uint64_t memory_bytes; /* that a proof may take */
    uint64_t threads;      /* 0: as many as there are processors */
    uint64_t silence_ms;   /* a process that says nothing for so long is ended */
} proving_options;

proving_options proving_options_default(void);

typedef struct proving proving;

/* Before the node is opened, which is told of it (node_options.follower); closed after the node. The options
 * are copied, what they point to is borrowed. */
proving *proving_open(const proving_options *options);
void proving_close(proving *p); /* NULL: nothing */
node_follower proving_follower(proving *p); /* NULL: nobody */

/* Starts its threads; before, nothing is proven. Stops them and ends what they began: before the node is
 * closed. Between the two the node's listener stays as it is. NULL: nothing. */
void proving_start(proving *p, node *n);
void proving_stop(proving *p);

/* What is going on. Any thread. */
typedef struct {
    bool is_on;
    uint64_t batch; /* that is being proven; 0: none */
    uint64_t link_first, link_last; /* batches that are being joined; 0: none */
    char stage[32]; /* "commit", … */
    uint64_t part, parts, cycles_done, cycles; /* 0 where not known yet */
    uint64_t node, nodes;                      /* of the tree that joins the parts; 0 until it grows */
    double share_done;                         /* 0 to 1, by time */
    double seconds_left;                       /* below 0: not known yet */
    uint64_t started_ms;                       /* since 1970 */
    int process;
    uint64_t first_open;                       /* batches below it are proven or failed */
} proving_now;
void proving_read(proving *p, proving_now *out); /* NULL: nothing is on */

/* The other side: takes a job from standard input, a file, writes what it has to say to standard output
 * and the proof to descriptor 3. The first of the build's programs is the one that is proven. Returns the exit
 * code. */
struct jobs_build; /* jobs/jobs.h */
int proving_job(const struct jobs_build *build);

#endif
