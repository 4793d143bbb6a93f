#include <math.h>
#undef FP_ZERO /* fpclassify's; fp.h has its own */

#include "stark/security.h"

#include "base/check.h"
#include "base/memory.h"
#include "stark/shape.h"

/* What a machine's proofs cannot exceed. */
typedef struct {
    double local_messages, shared_messages, message_length, constraints, openings;
} limits;

static limits general_limits(void)
{
    return (limits){0x1p33, 0x1p33, 64, 0x1p12, 0x1p14};
}

static double least(double a, double b)
{
    return a < b ? a : b;
}

static double greatest(double a, double b)
{
    return a > b ? a : b;
}

static limits limits_of(const stark_machine *m, unsigned log2_rows)
{
    limits l = {0, 0, 1, 1, 0};
    for (uint32_t i = 0; i < m->count; i++) {
        shape_table t;
        shape_table_make(&t, m, i);
        l.local_messages += ldexp(t.interactions[SHAPE_LOCAL], (int)log2_rows);
        if (t.interactions[SHAPE_SHARED] > 0)
            l.shared_messages = 0x1p33; /* of a whole run, which no one proof's heights bound */
        l.constraints = greatest(l.constraints, t.constraint_count);
        l.openings += t.here_count + t.next_count;
        for (uint32_t k = 0; k < m->tape[i]->interaction_count; k++)
            l.message_length = greatest(l.message_length, m->tape[i]->interactions[k].length);
    }
    l.local_messages = least(l.local_messages, 0x1p33);
    return l;
}

void security_assess(security_report *report, const stark_machine *m, const stark_parameters *parameters,
                     unsigned log2_rows)
{
    CHECK(log2_rows >= STARK_MIN_LOG2_ROWS && log2_rows <= STARK_MAX_LOG2_ROWS);
    limits l = m != NULL ? limits_of(m, log2_rows) : general_limits();
    double field = FP5_DEGREE * log2(FP_MODULUS);
    double rows = ldexp(1, (int)log2_rows), domain = ldexp(rows, STARK_LOG2_BLOWUP);
    double distance = (1 - 1.0 / (1 << STARK_LOG2_BLOWUP)) / 2;
    const security_term terms[SECURITY_TERMS] = {
        {"shared challenge", "messages of a run × length / |F|",
         field - log2(greatest(l.shared_messages, 1) * l.message_length), parameters->shared_grinding_bits, 0},
        {"buses", "messages × length / |F|", field - log2(greatest(l.local_messages, 1) * l.message_length),
         parameters->bus_grinding_bits, 0},
        {"constraints", "constraints of a table / |F|", field - log2(l.constraints), 0, 0},
        {"out-of-domain", "3 × rows / |F|", field - log2(3 * rows), parameters->point_grinding_bits, 0},
        {"batch", "opened values × domain / |F|", field - log2(l.openings * domain), parameters->batch_grinding_bits, 0},
        {"fold and join", "arity × domain / |F|", field - log2(domain) - SHAPE_MAX_LOG2_ARITY,
         parameters->fold_grinding_bits, 0},
        {"queries", "(1 − (1 − ρ)/2)^queries", -log2(1 - distance) * parameters->queries,
         parameters->query_grinding_bits, 0},
        {"hash collisions", "half of the digest", DIGEST_LENGTH * log2(FP_MODULUS) / 2, 0, 0},
    };
    memcpy(report->terms, terms, sizeof terms);
    report->interactive_bits = INFINITY;
    for (int i = 0; i < SECURITY_TERMS; i++) {
        security_term *t = &report->terms[i];
        t->bits = t->error_bits + t->grinding_bits;
        if (i < SECURITY_TERMS - 1 && t->bits < report->interactive_bits) {
            report->interactive_bits = t->bits;
            report->weakest = (uint32_t)i;
        }
    }
    report->hash_bits = report->terms[SECURITY_TERMS - 1].bits;
    report->overall_bits = least(report->interactive_bits, report->hash_bits);
}
