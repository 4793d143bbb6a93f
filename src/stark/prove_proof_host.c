#include "stark/proof_prover.h"

#include "base/check.h"
#include "base/memory.h"

enum { CACHE_LINE = 64 };

struct proof_proving_key {
    const proof_key *key; /* the caller's */
    const fp *columns[STARK_MAX_CHIPS]; /* NULL where a chip has none */
    opening_commitment matrices[PROOF_KEY_MATRICES];
};

/* The cells of a matrix of the shape, filled from the tables' columns by chip; encoded and hashed. */
static void commit(opening_commitment *c, const proof_shape *s, uint32_t matrix, const fp *const *columns_of_chip,
                   const ntt_tables *ntt, const proof_lies *lies, arena *memory)
{
    const layout *l = &s->opening.layouts[matrix];
    size_t count = (size_t)l->slots << l->log2_slot, total = 0;
    fp *cells = arena_allocate(memory, count * sizeof(fp), CACHE_LINE);
    for (uint32_t i = 0; i < l->table_count; i++)
        total += l->tables[i].columns;
    const fp **columns = ARENA_NEW(memory, const fp *, total + 1);
    size_t next = 0;
    for (uint32_t i = 0; i < l->table_count; i++)
        for (uint32_t k = 0; k < l->tables[i].columns; k++)
            columns[next++] = columns_of_chip[s->matrices[matrix].chips[i]] + (size_t)k * l->tables[i].rows;
    opening_fill(cells, l, columns);
    if (lies != NULL && lies->change_cells != NULL)
        lies->change_cells(lies->rounds.context, matrix, cells, l->cells, count);
    opening_commit(c, &s->opening.parameters, matrix, cells, l->slots, ntt, memory);
}

proof_proving_key *proof_setup(proof_key *key, arena *memory, const stark_machine *m, const proof_parameters *parameters,
                               const stark_table *preprocessed, uint32_t count)
{
    proof_proving_key *k = ARENA_NEW(memory, proof_proving_key, 1);
    const ntt_tables *ntt = ntt_tables_new(memory, opening_log2_ntt(parameters->opening));
    memset(key, 0, sizeof *key);
    for (uint32_t i = 0; i < count; i++) {
        CHECK(preprocessed[i].chip < m->count && m->chip[preprocessed[i].chip]->width[AIR_PREPROCESSED] > 0);
        key->rows[preprocessed[i].chip] = preprocessed[i].rows;
        k->columns[preprocessed[i].chip] = preprocessed[i].columns[AIR_PREPROCESSED];
    }
    unsigned log2_slot = parameters->opening->rounds[1].log2_height;
    for (uint32_t tree = 1; tree <= PROOF_KEY_MATRICES; tree++) {
        layout_table tables[STARK_MAX_CHIPS];
        const fp **columns = ARENA_NEW(memory, const fp *, OPENING_VALUES_MAX);
        uint32_t table_count = 0, column_count = 0;
        for (uint32_t chip = 0; chip < m->count; chip++) {
            uint32_t width = m->chip[chip]->width[AIR_PREPROCESSED];
            if (width == 0 || m->chip[chip]->formula != NULL || m->preprocessed_tree[chip] != tree || key->rows[chip] == 0)
                continue;
            tables[table_count++] = (layout_table){key->rows[chip], width, column_count};
            for (uint32_t i = 0; i < width; i++)
                columns[column_count++] = k->columns[chip] + (size_t)i * key->rows[chip];
        }
        if (table_count == 0)
            continue;
        layout *l = ARENA_NEW(memory, layout, 1);
        CHECK(layout_make(l, log2_slot, tables, table_count) == OK);
        fp *cells = arena_allocate(memory, ((size_t)l->slots << log2_slot) * sizeof(fp), CACHE_LINE);
        opening_fill(cells, l, columns);
        opening_commit(&k->matrices[tree - 1], parameters->opening, PROOF_BOUNDARY, cells, l->slots, ntt, memory);
        memcpy(key->cap[tree - 1], tree_cap(&k->matrices[tree - 1].tree), sizeof(digest) << parameters->opening->log2_cap);
    }
    proof_key_roots(key, parameters);
    k->key = key;
    return k;
}

void proof_boundary_root(digest *root, const stark_machine *m, const proof_parameters *parameters,
                         const proof_claim *claim, const stark_table *tables, uint32_t count, arena *scratch)
{
    size_t mark = scratch->used_bytes;
    proof_shape *s = ARENA_NEW(scratch, proof_shape, 1);
    CHECK(proof_shape_make(s, m, parameters, claim) == OK);
    const fp *columns[STARK_MAX_CHIPS] = {NULL};
    for (uint32_t i = 0; i < count; i++)
        columns[tables[i].chip] = tables[i].columns[AIR_BOUNDARY];
    const ntt_tables *ntt = ntt_tables_new(scratch, opening_log2_ntt(parameters->opening));
    opening_commitment c;
    commit(&c, s, PROOF_BOUNDARY, columns, ntt, NULL, scratch);
    tree_root(root, tree_cap(&c.tree), parameters->opening->log2_cap);
    arena_rewind(scratch, mark);
}

typedef struct {
    rounds rounds;
    proof_shape shape;
    const proof_parameters *parameters;
    const proof_options *options;
    const ntt_tables *ntt;
    opening_commitment committed[2]; /* PROOF_MAIN, PROOF_BOUNDARY */
} proof_state;

static void report(const proof_state *p, const char *stage, double done)
{
    if (p->options != NULL && p->options->progress != NULL)
        p->options->progress(p->options->progress_context, stage, done);
}

static void open_tables(proof_state *p, const proof_proving_key *key, const proof_claim *claim,
                        const stark_table *tables, uint32_t count)
{
    rounds *r = &p->rounds;
    r->slots = p->shape.slots;
    r->log2_rows = p->shape.log2_rows;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t chip = tables[i].chip;
        CHECK(chip < r->machine->count && tables[i].rows == claim->rows[chip] && r->rows[chip] == 0);
        r->rows[chip] = tables[i].rows;
        for (unsigned phase = AIR_BOUNDARY; phase < AIR_PHASES; phase++)
            r->columns[chip][phase] = tables[i].columns[phase];
        if (r->machine->chip[chip]->width[AIR_PREPROCESSED] == 0)
            continue;
        CHECK(key != NULL && key->key->rows[chip] == tables[i].rows);
        r->columns[chip][AIR_PREPROCESSED] = key->columns[chip];
    }
    for (uint32_t chip = 0; chip < r->machine->count; chip++) {
        CHECK(r->rows[chip] == claim->rows[chip]);
        r->public_values[chip] = claim->public_values[chip];
    }
}

static void commit_phase(proof_state *p, unsigned matrix, const proof_lies *lies)
{
    rounds *r = &p->rounds;
    const fp *columns[STARK_MAX_CHIPS];
    for (uint32_t chip = 0; chip < r->machine->count; chip++)
        columns[chip] = r->columns[chip][p->shape.matrices[matrix].phase];
    commit(&p->committed[matrix], &p->shape, matrix, columns, p->ntt, lies, r->memory);
    unsigned log2_cap = p->parameters->opening->log2_cap;
    const digest *cap = tree_cap(&p->committed[matrix].tree);
    memcpy(r->next, cap, sizeof *cap << log2_cap);
    r->next += (size_t)DIGEST_LENGTH << log2_cap;
    digest root;
    tree_root(&root, cap, log2_cap);
    transcript_absorb_digests(&r->transcript, &root, 1);
}

static void fill_to_even(rounds *r, const fp *start)
{
    if ((r->next - start) % 2 != 0)
        *r->next++ = 0;
}

static void write_values(proof_state *p, const constraint_values *v, fp5 *values)
{
    rounds *r = &p->rounds;
    uint32_t next = 0;
    for (uint32_t chip = 0; chip < r->machine->count; chip++)
        for (unsigned phase = 0; phase < AIR_PHASES && r->rows[chip] > 0; phase++)
            for (uint32_t i = 0; i < r->machine->chip[chip]->width[phase]; i++)
                if (phase != AIR_PREPROCESSED || r->machine->chip[chip]->formula == NULL)
                    values[next++] = v->columns[chip][phase][i];
    CHECK(next == p->shape.value_count);
    memcpy(r->next, values, next * sizeof *values);
    r->next += (size_t)FP5_DEGREE * next;
}

static void prove(proof_state *p, proof_outcome *outcome, const proof_proving_key *key, const proof_claim *claim,
                  const proof_lies *lies)
{
    rounds *r = &p->rounds;
    static const proof_key no_key;
    const fp *start = r->next;
    transcript_start(&r->transcript);
    proof_absorb_claim(&r->transcript, r->machine, key != NULL ? key->key : &no_key, claim);
    report(p, "commit", 0);
    commit_phase(p, PROOF_BOUNDARY, lies);
    commit_phase(p, PROOF_MAIN, lies);
    if (lies->change_tables != NULL)
        lies->change_tables(lies->rounds.context, r);
    *r->next++ = transcript_grind(&r->transcript, p->parameters->bus_grinding_bits);
    fill_to_even(r, start);
    r->challenges[BUS_LOCAL].alpha = transcript_squeeze_fp5(&r->transcript);
    r->challenges[BUS_LOCAL].gamma = transcript_squeeze_fp5(&r->transcript);
    r->challenges[BUS_SHARED] = claim->shared;

    report(p, "buses", 0.45);
    gkr_claims *buses = ARENA_NEW(r->memory, gkr_claims, 1);
    prove_buses(r, buses);
    report(p, "constraints", 0.8);
    constraint_values *v = ARENA_NEW(r->memory, constraint_values, 1);
    prove_constraints(r, v, buses);
    fill_to_even(r, start);
    if (lies->rounds.change_values != NULL)
        lies->rounds.change_values(lies->rounds.context, &v->sum, v->claim, v->columns);
    fp5 *values = ARENA_NEW(r->memory, fp5, p->shape.value_count + 1);
    write_values(p, v, values);
    fill_to_even(r, start);

    report(p, "open", 0.9);
    const opening_commitment *matrices[OPENING_MAX_MATRICES];
    for (uint32_t k = 0; k < p->shape.matrix_count; k++)
        matrices[k] = k < 2 ? &p->committed[k] : &key->matrices[p->shape.matrices[k].tree - 1];
    opening_prove(r->next, &p->shape.opening, &r->transcript, matrices, values, v->point, p->ntt, &lies->opening,
                  r->memory);
    r->next += p->shape.opening.words;

    outcome->local = r->challenges[BUS_LOCAL];
    outcome->local_sum = fp5_mul(buses->p[BUS_LOCAL], fp5_inverse(buses->q[BUS_LOCAL]));
    outcome->shared_sum = fp5_mul(buses->p[BUS_SHARED], fp5_inverse(buses->q[BUS_SHARED]));
    tree_root(&outcome->boundary_root, tree_cap(&p->committed[PROOF_BOUNDARY].tree), p->parameters->opening->log2_cap);
    outcome->shared_count = p->shape.shared_count;
}

void proof_prove(uint32_t *words, proof_outcome *outcome, const stark_machine *m, const proof_parameters *parameters,
                 const proof_proving_key *key, const proof_claim *claim, const stark_table *tables, uint32_t count,
                 const proof_options *options, arena *memory)
{
    static const proof_lies no_lies;
    size_t mark = memory->used_bytes;
    memset(outcome, 0, sizeof *outcome);
    const proof_lies *lies = options != NULL && options->lies != NULL ? options->lies : &no_lies;
    proof_state *p = ARENA_NEW(memory, proof_state, 1);
    p->parameters = parameters;
    p->options = options;
    p->rounds.machine = m;
    p->rounds.lies = &lies->rounds;
    p->rounds.memory = memory;
    p->rounds.next = words;
    CHECK(proof_shape_make(&p->shape, m, parameters, claim) == OK);
    open_tables(p, key, claim, tables, count);
    p->ntt = ntt_tables_new(memory, opening_log2_ntt(parameters->opening));
    prove(p, outcome, key, claim, lies);
    CHECK(p->rounds.next == words + p->shape.words);
    if (lies->change_words != NULL)
        lies->change_words(lies->rounds.context, words, p->shape.words);
    arena_rewind(memory, mark);
}

size_t proof_prove_memory_bytes(const stark_machine *m, const proof_parameters *parameters, const proof_claim *claim,
                                arena *scratch)
{
    size_t mark = scratch->used_bytes, bytes = 0;
    proof_shape *s = ARENA_NEW(scratch, proof_shape, 1);
    if (proof_shape_make(s, m, parameters, claim) == OK) {
        bytes = sizeof(proof_state) + sizeof(gkr_claims) + sizeof(constraint_values) + ((size_t)1 << 20) +
                ntt_tables_size_bytes(opening_log2_ntt(parameters->opening)) + (size_t)s->value_count * 4 * sizeof(fp5);
        for (uint32_t k = 0; k < 2; k++)
            bytes += ((size_t)s->opening.layouts[k].slots << s->opening.layouts[k].log2_slot) * sizeof(fp) +
                     opening_commit_bytes(parameters->opening, k, s->opening.layouts[k].slots);
        size_t passing = opening_prove_bytes(&s->opening);
        size_t buses = prove_buses_bytes(m, &s->slots, claim->rows, s->log2_rows);
        size_t constraints = prove_constraints_bytes(m, &s->slots, claim->rows);
        passing = passing > buses ? passing : buses;
        bytes += passing > constraints ? passing : constraints;
    }
    arena_rewind(scratch, mark);
    return bytes;
}
