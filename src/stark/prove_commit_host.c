#include "stark/prover.h"

#include "base/check.h"
#include "base/memory.h"

void prove_extend_into(const ntt_tables *ntt, arena *scratch, fp *extended, const fp *columns, size_t count,
                       unsigned log2_rows)
{
    size_t mark = scratch->used_bytes;
    fp **out = ARENA_NEW(scratch, fp *, count + 1);
    const fp **in = ARENA_NEW(scratch, const fp *, count + 1);
    for (size_t c = 0; c < count; c++) {
        out[c] = extended + c * extension_stride(log2_rows);
        in[c] = columns + (c << log2_rows);
    }
    ntt_extend_columns(ntt, out, in, count, log2_rows);
    arena_rewind(scratch, mark);
}

static const fp *extend(const ntt_tables *ntt, arena *memory, const fp *columns, size_t count, unsigned log2_rows)
{
    fp *extended = prove_new_extension(memory, count, log2_rows);
    prove_extend_into(ntt, memory, extended, columns, count, log2_rows);
    return extended;
}

static merkle_matrix matrix_of(const fp *extended, size_t count, unsigned log2_rows)
{
    return (merkle_matrix){
        .data = extended,
        .column_stride = extension_stride(log2_rows),
        .column_count = count,
        .log2_rows = log2_rows + STARK_LOG2_BLOWUP,
        .log2_cosets = STARK_LOG2_BLOWUP,
    };
}

void prove_commit_phase(prover *p, unsigned phase)
{
    const stark_shape *s = &p->shape;
    for (uint32_t i = 0; i < s->tree_count; i++) {
        if (s->trees[i].phase != phase)
            continue;
        committed_tree *tree = &p->trees[i];
        for (uint32_t k = 0; k < s->table_count; k++)
            if (shape_in_tree(&s->trees[i], &s->tables[k], p->machine))
                tree->matrices[tree->matrix_count++] =
                    matrix_of(p->extended[k][phase], s->tables[k].width[phase], s->tables[k].log2_rows);
        if (phase == AIR_PREPROCESSED)
            tree->tree = p->key->trees[s->trees[i].preprocessed_tree];
        else
            merkle_build(&tree->tree, p->memory, tree->matrices, tree->matrix_count);
        CHECK(tree->tree.log2_leaves == s->trees[i].log2_leaves);
        if (phase != AIR_PREPROCESSED)
            prove_write_cap(p, merkle_cap(&tree->tree));
    }
}

void prove_extend_phase(prover *p, unsigned phase)
{
    for (uint32_t i = 0; i < p->shape.table_count; i++) {
        const shape_table *t = &p->shape.tables[i];
        if (t->width[phase] > 0)
            p->extended[i][phase] = extend(p->ntt, p->memory, p->traces[i][phase], t->width[phase], t->log2_rows);
    }
}

stark_proving_key *stark_setup(stark_key *key, arena *memory, const stark_machine *m, const stark_table *preprocessed,
                               uint32_t count)
{
    stark_proving_key *k = ARENA_NEW(memory, stark_proving_key, 1);
    unsigned log2_rows = FRI_FINAL_LOG2;
    for (uint32_t i = 0; i < count; i++) {
        const stark_table *t = &preprocessed[i];
        CHECK(t->chip < m->count && (i == 0 || t->chip > preprocessed[i - 1].chip));
        unsigned log2_table = stark_log2_rows(t);
        CHECK(t->rows == UINT32_C(1) << log2_table);
        CHECK(log2_table >= STARK_MIN_LOG2_ROWS && log2_table <= STARK_MAX_LOG2_ROWS);
        CHECK(m->chip[t->chip]->width[AIR_PREPROCESSED] > 0);
        k->key.log2_rows[t->chip] = (uint8_t)log2_table;
        if (log2_rows < log2_table)
            log2_rows = log2_table;
    }
    const ntt_tables *ntt = ntt_tables_new(memory, log2_rows);
    for (uint32_t i = 0; i < count; i++) {
        const stark_table *t = &preprocessed[i];
        size_t width = m->chip[t->chip]->width[AIR_PREPROCESSED], rows = t->rows;
        fp *copy = prove_new_columns(memory, width, rows);
        memcpy(copy, t->columns[AIR_PREPROCESSED], width * rows * sizeof(fp));
        k->columns[t->chip] = copy;
        k->extended[t->chip] = extend(ntt, memory, copy, width, stark_log2_rows(t));
    }
    for (unsigned tree = 0; tree < STARK_MAX_PREPROCESSED_TREES; tree++) {
        merkle_matrix matrices[STARK_MAX_CHIPS];
        uint32_t matrix_count = 0;
        for (uint32_t chip = 0; chip < m->count; chip++)
            if (k->extended[chip] != NULL && m->preprocessed_tree[chip] == tree)
                matrices[matrix_count++] =
                    matrix_of(k->extended[chip], m->chip[chip]->width[AIR_PREPROCESSED], k->key.log2_rows[chip]);
        if (matrix_count == 0)
            continue;
        merkle_build(&k->trees[tree], memory, matrices, matrix_count);
        memcpy(k->key.cap[tree], merkle_cap(&k->trees[tree]), sizeof k->key.cap[tree]);
    }
    *key = k->key;
    return k;
}

void stark_boundary_cap(digest cap[16], const stark_machine *m, const stark_table *tables, uint32_t count,
                        arena *scratch)
{
    size_t mark = scratch->used_bytes;
    unsigned log2_rows = FRI_FINAL_LOG2;
    for (uint32_t i = 0; i < count; i++)
        if (log2_rows < stark_log2_rows(&tables[i]))
            log2_rows = stark_log2_rows(&tables[i]);
    const ntt_tables *ntt = ntt_tables_new(scratch, log2_rows);
    merkle_matrix matrices[STARK_MAX_CHIPS];
    uint32_t matrix_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        size_t width = m->chip[tables[i].chip]->width[AIR_BOUNDARY];
        if (width == 0)
            continue;
        unsigned log2_table = stark_log2_rows(&tables[i]);
        const fp *extended = extend(ntt, scratch, tables[i].columns[AIR_BOUNDARY], width, log2_table);
        matrices[matrix_count++] = matrix_of(extended, width, log2_table);
    }
    memset(cap, 0, SHAPE_CAP_DIGESTS * sizeof *cap);
    if (matrix_count > 0) {
        merkle_tree tree;
        merkle_build(&tree, scratch, matrices, matrix_count);
        memcpy(cap, merkle_cap(&tree), SHAPE_CAP_DIGESTS * sizeof *cap);
    }
    arena_rewind(scratch, mark);
}
