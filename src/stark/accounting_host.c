#include <math.h>
#include <stdio.h>
#undef FP_ZERO /* fpclassify's; fp.h has its own */

#include "stark/accounting.h"

#include "base/check.h"

/* What a machine's proofs cannot exceed. */
typedef struct {
    double local_length, shared_length; /* of a message */
    double constraints, columns;
    unsigned log2_slots;
} limits;

static double greatest(double a, double b)
{
    return a > b ? a : b;
}

static limits limits_of(const stark_machine *m)
{
    if (m == NULL)
        return (limits){100, 8, 0x1p12, OPENING_VALUES_MAX, GKR_LOG2_SLOTS_MAX};
    limits l = {1, 1, 0, 1, 0};
    bus_slots slots;
    bus_slots_make(&slots, m);
    l.log2_slots = slots.log2_slots;
    for (uint32_t i = 0; i < m->count; i++) {
        const air_tape *tape = m->tape[i];
        l.constraints += tape->constraint_count;
        for (unsigned phase = 0; phase < AIR_PHASES; phase++)
            l.columns += m->chip[i]->width[phase];
        for (uint32_t k = 0; k < tape->interaction_count; k++) {
            const air_interaction *x = &tape->interactions[k];
            double *length = x->shared ? &l.shared_length : &l.local_length;
            *length = greatest(*length, x->length);
        }
    }
    return l;
}

/* In accounting.rounds; the one that counts once a run, however many proofs that has. */
enum { SHARED_ROUND = 0 };

static void add(accounting *a, const char *name, int number, const char *bound, double error_bits,
                uint32_t grinding_bits, uint32_t times)
{
    CHECK(a->count < ACCOUNTING_ROUNDS_MAX);
    accounting_round *r = &a->rounds[a->count++];
    snprintf(r->name, sizeof r->name, number < 0 ? "%s" : "%s %d", name, number);
    r->bound = bound;
    r->error_bits = error_bits;
    r->grinding_bits = grinding_bits;
    r->bits = error_bits + grinding_bits;
    r->times = times;
}

static void add_opening_round(accounting *a, const opening_parameters *p, int i, double field)
{
    unsigned log2_rate = p->rounds[i].log2_inverse_rate, log2_domain = p->rounds[i].log2_height + log2_rate;
    uint32_t queries = p->rounds[i].queries;
    /* The last round folds what the one before cut; the others at most as many slots as there may be. */
    uint32_t folds = i + 1 < OPENING_ROUNDS ? OPENING_LOG2_SLOTS_MAX
                                            : p->rounds[i - 1].log2_height - p->rounds[i].log2_height;
    double distance = (1 - ldexp(1, -(int)log2_rate)) / 2;
    add(a, "fold", i, "(domain + 2) / |F|, each variable", field - log2(ldexp(1, (int)log2_domain) + 2), 0, folds);
    add(a, "queries", i, "(1 − (1 − ρ)/2)^queries", -log2(1 - distance) * queries, p->query_grinding_bits, 1);
    add(a, "batch of queries", i, "(queries + 1) / |F|", field - log2(queries + 1.0), 0, 1);
}

void accounting_make(accounting *a, const stark_machine *m, const proof_parameters *parameters)
{
    limits l = limits_of(m);
    const opening_parameters *opening = parameters->opening;
    double field = FP5_DEGREE * log2(FP_MODULUS);
    uint32_t layers = l.log2_slots + LAYOUT_LOG2_ROWS_MAX; /* the input's variables */
    a->count = 0;
    add(a, "shared challenge", -1, "p messages of a run × length / |F|",
        field - log2(FP_MODULUS) - log2(l.shared_length), parameters->shared_grinding_bits, 1);
    add(a, "local buses", -1, "2^33 messages × length / |F|", field - 33 - log2(l.local_length),
        parameters->bus_grinding_bits, 1);
    add(a, "layers: rounds", -1, "2 / |F|", field - 1, 0, layers * (layers - 1) / 2);
    add(a, "layers: batch and line", -1, "1 / |F|", field, 0, 2 * layers - 1);
    add(a, "batch of constraints", -1, "(constraints + 1) / |F|", field - log2(l.constraints + 1), 0, 1);
    add(a, "point of constraints", -1, "1 / |F|, each coordinate", field, 0, LAYOUT_LOG2_ROWS_MAX);
    add(a, "constraints: rounds", -1, "3 / |F|", field - log2(3), 0, LAYOUT_LOG2_ROWS_MAX);
    add(a, "batch of columns", -1, "columns / |F|", field - log2(l.columns), 0, 1);
    for (int i = 0; i < OPENING_ROUNDS; i++)
        add_opening_round(a, opening, i, field);
    add(a, "last rounds", -1, "2 / |F|", field - 1, 0, opening->rounds[OPENING_ROUNDS - 1].log2_height);
    double sum = 0;
    a->weakest = 0;
    for (uint32_t i = 0; i < a->count; i++) {
        sum += a->rounds[i].times * exp2(-a->rounds[i].bits);
        if (a->rounds[i].bits < a->rounds[a->weakest].bits)
            a->weakest = i;
    }
    a->worst_bits = a->rounds[a->weakest].bits;
    a->sum_bits = -log2(sum);
    a->collision_bits = DIGEST_LENGTH * log2(FP_MODULUS) / 2;
    a->overall_bits = fmin(a->sum_bits, a->collision_bits);
}

void accounting_layers(accounting_layer layers[ACCOUNTING_LAYERS], const accounting *a)
{
    static const uint32_t parts[ACCOUNTING_LAYERS] = {1, 0, 1, 16, 256, 4096, ACCOUNTING_PARTS_MAX};
    double shared = exp2(-a->rounds[SHARED_ROUND].bits), rest = exp2(-a->sum_bits) - shared;
    for (int i = 0; i < ACCOUNTING_LAYERS; i++) {
        accounting_layer *l = &layers[i];
        uint64_t nodes = i == 0 ? 0 : parts[i] < 2 ? 1 : parts[i] - 1;
        *l = (accounting_layer){.parts = parts[i], .proofs = parts[i] + nodes, .runs = nodes + (parts[i] > 0)};
        l->sum_bits = -log2((double)l->proofs * rest + (double)l->runs * shared);
    }
}
