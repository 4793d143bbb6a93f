#include "stark/prover.h"

#include "base/check.h"
#include "base/memory.h"

/* ω^−(i reversed) for i below half the greatest domain; its beginning serves every smaller one. */
static const fp *make_twists(const prover *p)
{
    unsigned log2_half = p->shape.log2_rows;
    fp *twists = prove_new_columns(p->memory, 1, (size_t)1 << log2_half);
    twists[0] = FP_ONE;
    for (unsigned k = 0; k < log2_half; k++) {
        fp step = fp_root_of_unity_inverse(k + 2); /* ω^(2^(log2_half − 1 − k)), ω of order 2^(log2_half + 1) */
        for (size_t i = 0; i < (size_t)1 << k; i++)
            twists[((size_t)1 << k) + i] = fp_mul(twists[i], step);
    }
    return twists;
}

static void fold(const prover *p, fp5 *out, const fp5 *values, const fp *twists, fp5 beta, size_t count)
{
    size_t chunk = count < POINT_CHUNK_ROWS ? count : POINT_CHUNK_ROWS;
#pragma omp parallel for schedule(static)
    for (size_t first = 0; first < count; first += chunk)
        p->kernels->fold_halves(out + first, values + 2 * first, twists + first, beta, chunk);
}

static void write_final(prover *p, const fp5 *values)
{
    enum { COUNT = 2 * FRI_FINAL_COUNT };
    fp column[COUNT];
    fp5 coefficients[FRI_FINAL_COUNT];
    for (unsigned i = 0; i < FP5_DEGREE; i++) {
        for (uint32_t j = 0; j < COUNT; j++)
            column[j] = values[reverse_bits(j, FRI_FINAL_LOG2 + 1)].c[i];
        ntt_interpolate(p->ntt, column, FRI_FINAL_LOG2 + 1, FP_ONE);
        for (uint32_t j = 0; j < FRI_FINAL_COUNT; j++)
            coefficients[j].c[i] = column[j];
    }
    prove_write_fp5s(p, coefficients, FRI_FINAL_COUNT);
}

void prove_fold_all(prover *p)
{
    const stark_shape *s = &p->shape;
    unsigned height = s->log2_rows;
    fp5 *values = p->heights[height].deep;
    const fp *twists = make_twists(p);
    for (uint32_t layer = 0; layer < s->layer_count; layer++) {
        unsigned log2_arity = s->layer_log2_arity[layer];
        size_t count = (size_t)1 << (height + STARK_LOG2_BLOWUP);
        if (p->lies->change_fri_layer != NULL)
            p->lies->change_fri_layer(p->lies->context, layer, values, count);
        p->layers[layer] = values;
        merkle_build_rows(&p->layer_trees[layer], p->memory, values->c, (size_t)FP5_DEGREE << log2_arity,
                          height + STARK_LOG2_BLOWUP - log2_arity);
        prove_write_cap(p, merkle_cap(&p->layer_trees[layer]));
        prove_write_nonce(p, p->parameters->fold_grinding_bits);
        fp5 beta = transcript_squeeze_fp5(&p->transcript);
        fp5 *folded = arena_allocate(p->memory, count / 2 * sizeof(fp5), CACHE_LINE);
        fp5 *spare = arena_allocate(p->memory, count / 4 * sizeof(fp5), CACHE_LINE);
        for (unsigned k = 0; k < log2_arity; k++) {
            count /= 2;
            fp5 *out = values == folded ? spare : folded;
            fold(p, out, values, twists, beta, count);
            values = out;
            beta = fp5_square(beta);
        }
        height -= log2_arity;
        /* β, squared as often as there were halvings, is β^arity. */
        const fp5 *joining = p->heights[height].deep;
        if (s->height_tables[height] == 0)
            continue;
#pragma omp parallel for schedule(static)
        for (size_t i = 0; i < count; i++)
            values[i] = fp5_add(values[i], fp5_mul(beta, joining[i]));
    }
    if (p->lies->change_fri_layer != NULL)
        p->lies->change_fri_layer(p->lies->context, s->layer_count, values, 2 * FRI_FINAL_COUNT);
    write_final(p, values);
}

/* ---- queries ---- */

void prove_answer_query(prover *p, uint32_t index)
{
    const stark_shape *s = &p->shape;
    unsigned log2_domain = s->log2_rows + STARK_LOG2_BLOWUP;
    for (uint32_t i = 0; i < s->tree_count; i++) {
        const committed_tree *tree = &p->trees[i];
        for (unsigned height = STARK_MAX_LOG2_ROWS; height >= STARK_MIN_LOG2_ROWS; height--)
            for (uint32_t k = 0; k < tree->matrix_count; k++) {
                const merkle_matrix *matrix = &tree->matrices[k];
                if (matrix->log2_rows != height + STARK_LOG2_BLOWUP)
                    continue;
                merkle_read_row(p->next, matrix, index >> (log2_domain - matrix->log2_rows));
                p->next += matrix->column_count;
            }
        digest path[MERKLE_LOG2_ROWS_MAX];
        merkle_open(&tree->tree, path, index >> (log2_domain - tree->tree.log2_leaves));
        prove_write_words(p, path->c, merkle_path_length(tree->tree.log2_leaves) * (size_t)DIGEST_LENGTH);
    }
    for (uint32_t layer = 0; layer < s->layer_count; layer++) {
        unsigned log2_arity = s->layer_log2_arity[layer];
        index >>= log2_arity;
        prove_write_words(p, p->layers[layer][(size_t)index << log2_arity].c, (size_t)FP5_DEGREE << log2_arity);
        digest path[MERKLE_LOG2_ROWS_MAX];
        merkle_open(&p->layer_trees[layer], path, index);
        prove_write_words(p, path->c, merkle_path_length(p->layer_trees[layer].log2_leaves) * (size_t)DIGEST_LENGTH);
    }
}
