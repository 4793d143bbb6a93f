/* Rounds of the sumcheck protocol, in the three forms of protocol.md. A round takes what the prover sends as
 * it stands in the proof (words below p), absorbs it, draws the challenge and replaces the claim. A prover
 * writes the words and then calls the same function, so the two never differ. What a round sends can always
 * be met by some polynomial; the claim at the end is what must be checked. Freestanding. */
#ifndef ASHLAR_STARK_SUMCHECK_H
#define ASHLAR_STARK_SUMCHECK_H

#include "stark/list.h"
#include "stark/transcript.h"

enum {
    SUMCHECK_LAYER_DEGREE = 2,      /* section 5 */
    SUMCHECK_CONSTRAINT_DEGREE = 3, /* section 6 */
    SUMCHECK_PLAIN_WORDS = 2 * FP5_DEGREE,
};

/* Sections 5 and 6: claim = Σ_y eq(z, y)·g(y). With the bound variables' factors of eq and that of this
 * variable, of coordinate `coordinate`, left out, the round's polynomial is u = u_0 + u_1·X + …; sent are u_1
 * … u_degree, 5·degree words, and u_0 = claim − coordinate·(u_1 + … + u_degree). The new claim is
 * u(challenge). Returns the challenge. */
fp5 sumcheck_eq_round(transcript *t, fp5 *claim, fp5 coordinate, const fp *sent, unsigned degree);

/* k such rounds, variables from the last to the first; point[0 … k − 1] are the challenges in the variables'
 * order. `sent` has 5·degree·k words, in the order of the rounds; `point` may be `z`. A verifier's: a few multiplications of a
 * list (list.h) a round, on blocks of the caller's, where the claim is that of SUMCHECK_CLAIM; those from SUMCHECK_OWN on
 * are the caller's own. */
enum { SUMCHECK_CLAIM = LIST_OWN, SUMCHECK_COORDINATE, SUMCHECK_CHALLENGE, SUMCHECK_SENT, SUMCHECK_OWN = SUMCHECK_SENT + 4 };
void sumcheck_eq_in(list *l, transcript *t, fp5 *point, const fp5 *z, unsigned k, const fp *sent, unsigned degree);
/* The same with the claim by itself. */
void sumcheck_eq(transcript *t, fp5 *claim, fp5 *point, const fp5 *z, unsigned k, const fp *sent, unsigned degree);

/* Section 8: claim = s(0) + s(1) for s of degree 2; sent are s(0) and the coefficient of X²,
 * SUMCHECK_PLAIN_WORDS. */
fp5 sumcheck_plain_round(transcript *t, fp5 *claim, const fp *sent);

/* k such rounds, the first variable first. */
void sumcheck_plain(transcript *t, fp5 *claim, fp5 *point, unsigned k, const fp *sent);

#endif
