/* Joining proofs: one node of a tree (protocol.md, section 12). It verifies its children, which are parts of a run or proofs
 * of nodes, and says in one statement what they say together. The guest programs `join` and `last` do nothing else; natively
 * it does the same. Freestanding.
 *
 * The input is hostile: words of 32 bits, little-endian, elements as their Montgomery words, ids as canonical numbers. What
 * a node can compute is not in it.
 *
 *     operation (SPAN, LINK, PASS), number of children 1 … 16, self (8), which keys follow (bit 0: of the program, only
 *     with SPAN; bit 1: of `join`), those keys, the latter first
 *     SPAN: the header: P (8), digest of the output (8), end of the chain (8), N, K, nonce; it comes before P's key
 *     the children
 *
 *     a key is its entry pc4, rows of each chip with preprocessed columns, the caps of its two matrices
 *     a child of SPAN begins with its sort (LEAF, INNER); others are all INNER
 *     LEAF    if it is the first child, the state before: place, pc4, key + 1, chain (8); then kind, pc4 last, cycles,
 *             key after + 1 (0 where the kind has none), rows of each chip, the proof
 *     INNER   the statement (32 or 88), nonce of χ, cycles, key after + 1, rows of each chip, the proof; in LINK then the
 *             preimage of its output
 */
#ifndef ASHLAR_VERIFY_JOIN_H
#define ASHLAR_VERIFY_JOIN_H

#include "verify/statement.h"

enum { JOIN_SPAN = 1, JOIN_LINK = 2, JOIN_PASS = 3 };
enum { JOIN_LEAF = 1, JOIN_INNER = 2 };
enum { JOIN_KEY_PROGRAM = 1, JOIN_KEY_JOIN = 2 };
enum { JOIN_CHILDREN_MAX = 16 };

/* The verifier is that of the machine CORE with the parameters that this `join` was built for: a constant of the program, as
 * its id shows. Only where the status is OK may anybody be shown *out. Otherwise: PROOF_MALFORMED (of the input itself),
 * PROOF_STATEMENT (a child's), PROOF_PROGRAM (a key or a self that is not the node's), PROOF_HEADER, PROOF_CHAIN (states that
 * do not meet, or are no start or end), PROOF_SHAPE, PROOF_BUS, LINK_UNKNOWN, LINK_BROKEN, or what run_verify_part gives.
 * The input is 4-byte aligned; the scratch is given back, and takes 256 KiB more than what proof_verify takes. */
status join_node(join_statement *out, const verifier *v, bytes input, arena *scratch);

/* `last`: its one child is a RUN or RUNS of the program with the id `join`, and its statement is said again. The input is the
 * key of `join`, then the child as INNER. */
status last_node(join_statement *out, const verifier *v, const digest *join, bytes input, arena *scratch);

#endif
