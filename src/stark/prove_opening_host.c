#include "base/check.h"
#include "base/memory.h"
#include "field/simd.h"
#include "stark/multilinear.h"
#include "stark/opening_prover.h"
#include "stark/sumcheck.h"

enum {
    ALIGNMENT = 16,
    CHUNK = 4096, /* of a vector, for one thread at a time */
    /* Weights are multiples of eq(r_low, ·) on blocks of 2^8 cells, so a matrix is first summed up with that
     * over each block. Smaller pieces are few and stand at its end; they are treated apart. */
    LOG2_BLOCK = 8,
    STAGGER = 9 * 64 / sizeof(fp), /* columns a power of two apart would fall into the same few sets of a cache */
};

const opening_kernel_set *opening_kernels(void)
{
    simd_level level = simd_get();
    return level == SIMD_AVX512 ? &opening_kernel_set_avx512
           : level == SIMD_AVX2 ? &opening_kernel_set_avx2
                                : &opening_kernel_set_portable;
}

/* ---- vectors ---- */

static planes new_planes(arena *a, size_t count)
{
    planes p = {.stride = ((count + 15) & ~(size_t)15) + (count >= CHUNK ? STAGGER : 0)};
    p.data = arena_allocate(a, FP5_DEGREE * p.stride * sizeof(fp), 64);
    return p;
}

static size_t planes_bytes(size_t count)
{
    return FP5_DEGREE * (count + 16 + STAGGER) * sizeof(fp) + 64;
}

static void clear_planes(planes p, size_t count)
{
    for (size_t c = 0; c < FP5_DEGREE; c++)
        memset(p.data + c * p.stride, 0, count * sizeof(fp));
}

static planes planes_from(planes p, size_t first)
{
    return (planes){p.data + first, p.stride};
}

static fp5 get(planes p, size_t i)
{
    fp5 x;
    for (size_t c = 0; c < FP5_DEGREE; c++)
        x.c[c] = p.data[c * p.stride + i];
    return x;
}

static void put(planes p, size_t i, fp5 x)
{
    for (size_t c = 0; c < FP5_DEGREE; c++)
        p.data[c * p.stride + i] = x.c[c];
}

static void pair_sums(const opening_kernel_set *kernels, fp5 *s0, fp5 *s2, planes x, planes w, size_t half)
{
    *s0 = *s2 = FP5_ZERO;
    if (half % ALIGNMENT != 0) {
        for (size_t i = 0; i < half; i++) {
            fp5 x0 = get(x, i), w0 = get(w, i);
            *s0 = fp5_add(*s0, fp5_mul(x0, w0));
            *s2 = fp5_add(*s2, fp5_mul(fp5_sub(get(x, i + half), x0), fp5_sub(get(w, i + half), w0)));
        }
        return;
    }
#pragma omp parallel for schedule(static) if (half > CHUNK)
    for (size_t first = 0; first < half; first += CHUNK) {
        fp5 part0 = FP5_ZERO, part2 = FP5_ZERO;
        kernels->pair_sums(&part0, &part2, x, w, half, first, half < CHUNK ? half : CHUNK);
#pragma omp critical
        {
            *s0 = fp5_add(*s0, part0);
            *s2 = fp5_add(*s2, part2);
        }
    }
}

static void fold_pairs(const opening_kernel_set *kernels, planes x, fp5 challenge, size_t half)
{
    if (half % ALIGNMENT != 0) {
        for (size_t i = 0; i < half; i++)
            put(x, i, multilinear_line(get(x, i), get(x, i + half), challenge));
        return;
    }
#pragma omp parallel for schedule(static) if (half > CHUNK)
    for (size_t first = 0; first < half; first += CHUNK)
        kernels->fold_pairs(x, challenge, half, first, half < CHUNK ? half : CHUNK);
}

/* ---- commitments ---- */

void opening_fill(fp *cells, const layout *l, const fp *const *columns)
{
    size_t first_column[LAYOUT_MAX_TABLES], count = 0;
    for (uint32_t i = 0; i < l->table_count; i++) {
        first_column[i] = count;
        count += l->tables[i].columns;
    }
    for (uint32_t i = 0; i < l->run_count; i++) {
        const layout_run *run = &l->runs[i];
        size_t width = l->tables[run->table].columns, size = (size_t)1 << run->log2_size;
        const fp *const *from = columns + first_column[run->table];
#pragma omp parallel for schedule(static) if (width * run->places * size > CHUNK)
        for (size_t k = 0; k < width * run->places; k++)
            memcpy(cells + (run->first_block + k) * size, from[k % width] + (run->first_place + k / width) * size,
                   size * sizeof(fp));
    }
    memset(cells + l->cells, 0, (((size_t)l->slots << l->log2_slot) - l->cells) * sizeof(fp));
}

static size_t code_stride(unsigned log2_domain)
{
    return ((size_t)1 << log2_domain) + STAGGER;
}

/* Code and tree of columns of 2^log2_height coefficients. */
static void encode(tree *tree, const fp **code, const fp *const *columns, size_t count, unsigned log2_height,
                   unsigned log2_inverse_rate, unsigned log2_cap, const ntt_tables *ntt, arena *memory)
{
    size_t stride = code_stride(log2_height + log2_inverse_rate);
    fp *data = arena_allocate(memory, count * stride * sizeof(fp), 64);
    for (size_t c = 0; c < count; c++)
        code[c] = data + c * stride;
    ntt_forward_columns(ntt, (fp *const *)code, columns, count, log2_height, log2_inverse_rate);
    tree_build(tree, memory, code, count, log2_height, log2_inverse_rate, log2_cap);
}

static size_t encode_bytes(size_t count, unsigned log2_domain)
{
    return count * (code_stride(log2_domain) * sizeof(fp) + 2 * sizeof(fp *)) + tree_size_bytes(log2_domain) + 256;
}

void opening_commit(opening_commitment *c, const opening_parameters *parameters, uint32_t matrix, const fp *cells,
                    uint32_t slots, const ntt_tables *ntt, arena *memory)
{
    unsigned round = opening_matrix_round(matrix);
    *c = (opening_commitment){
        .slots = slots,
        .log2_height = parameters->rounds[round].log2_height,
        .log2_inverse_rate = parameters->rounds[round].log2_inverse_rate,
        .cells = cells,
        .code = ARENA_NEW(memory, const fp *, slots),
    };
    const fp **columns = ARENA_NEW(memory, const fp *, slots);
    for (uint32_t s = 0; s < slots; s++)
        columns[s] = cells + ((size_t)s << c->log2_height);
    encode(&c->tree, c->code, columns, slots, c->log2_height, c->log2_inverse_rate, parameters->log2_cap, ntt, memory);
}

size_t opening_commit_bytes(const opening_parameters *parameters, uint32_t matrix, uint32_t slots)
{
    unsigned round = opening_matrix_round(matrix);
    return encode_bytes(slots, parameters->rounds[round].log2_height + parameters->rounds[round].log2_inverse_rate);
}

unsigned opening_log2_ntt(const opening_parameters *parameters)
{
    unsigned most = 0;
    for (unsigned i = 0; i < OPENING_ROUNDS; i++) {
        unsigned log2_domain = parameters->rounds[i].log2_height + parameters->rounds[i].log2_inverse_rate;
        most = log2_domain > most ? log2_domain : most;
    }
    return most;
}

/* ---- the prover ---- */

typedef struct {
    const opening_shape *shape;
    transcript *transcript;
    const opening_commitment *const *matrices;
    const fp5 *powers; /* of θ */
    const fp5 *r;
    const ntt_tables *ntt;
    const opening_kernel_set *kernels;
    const opening_lies *lies;
    arena *memory;
    fp *next;
    unsigned log2_block;
    fp5 block_eq[1 << LOG2_BLOCK]; /* of the last log2_block coordinates of r */
    planes block_planes;
    fp5 gamma_last;
    /* what the round before committed to */
    const fp **folded_code;
    tree folded_tree;
} opening;

static void write(opening *o, const void *words, size_t count)
{
    memcpy(o->next, words, count * sizeof(fp));
    o->next += count;
}

/* Sends s(0) and the coefficient of X²; returns the challenge. */
static fp5 send_polynomial(opening *o, unsigned round, unsigned k, fp5 s0, fp5 s2)
{
    fp sent[SUMCHECK_PLAIN_WORDS];
    memcpy(sent, s0.c, sizeof s0.c);
    memcpy(sent + FP5_DEGREE, s2.c, sizeof s2.c);
    if (o->lies->change_polynomial != NULL)
        o->lies->change_polynomial(o->lies->context, round, k, sent);
    write(o, sent, SUMCHECK_PLAIN_WORDS);
    fp5 unused = FP5_ZERO; /* a prover needs no claim */
    return sumcheck_plain_round(o->transcript, &unused, sent);
}

/* ---- weights: those of section 7, from the layout ---- */

/* θ^c·eq(r_high, b) of a piece. */
static fp5 piece_factor(const opening *o, const layout *l, const layout_run *run, uint32_t place, uint32_t column)
{
    unsigned high = o->shape->log2_rows - run->log2_size;
    return fp5_mul(o->powers[l->tables[run->table].first_value + column],
                   multilinear_eq_index(o->r, high, run->first_place + place));
}

/* On each block of 2^log2_block cells the weight of the larger pieces is out[block]·eq(r_low, ·). With
 * slot_factors the slots are folded into one. */
static void weigh_blocks(const opening *o, fp5 *out, const layout *l, const fp5 *slot_factors)
{
    unsigned h = l->log2_slot, log2_rows = o->shape->log2_rows;
    size_t count = slot_factors != NULL ? 1 : l->slots;
    for (size_t i = 0; i < count; i++)
        out[i] = FP5_ZERO;
    uint32_t next = 0;
    for (unsigned a = h + 1; a-- > o->log2_block;) {
        if (a < h) {
            fp5 t = a < log2_rows ? o->r[log2_rows - 1 - a] : FP5_ZERO; /* no piece is that large */
            for (size_t b = count; b-- > 0;) {
                fp5 whole = out[b], one = fp5_mul(whole, t);
                out[2 * b] = fp5_sub(whole, one);
                out[2 * b + 1] = one;
            }
            count *= 2;
        }
        for (; next < l->run_count && l->runs[next].log2_size == a; next++) {
            const layout_run *run = &l->runs[next];
            size_t block = run->first_block;
            for (uint32_t place = 0; place < run->places; place++)
                for (uint32_t c = 0; c < l->tables[run->table].columns; c++, block++) {
                    fp5 factor = piece_factor(o, l, run, place, c);
                    size_t slot = block >> (h - a), index = block;
                    if (slot_factors != NULL) {
                        factor = fp5_mul(factor, slot_factors[slot]);
                        index = block & (((size_t)1 << (h - a)) - 1);
                    }
                    out[index] = fp5_add(out[index], factor);
                }
        }
    }
}

/* Of the pieces smaller than a block. */
static bool is_small(const opening *o, const layout_run *run)
{
    return run->log2_size < o->log2_block;
}

/* Adds their weights, times slot_factors[slot], at cell − first. With `fold` the slot is left out of the
 * cell's index. */
static void add_small_pieces(const opening *o, planes out, const layout *l, const fp5 *slot_factors, bool fold,
                             size_t first, size_t end)
{
    for (uint32_t i = 0; i < l->run_count; i++) {
        const layout_run *run = &l->runs[i];
        if (!is_small(o, run))
            continue;
        unsigned a = run->log2_size;
        fp5 eq[1 << LOG2_BLOCK];
        multilinear_eq_table(eq, FP5_ONE, o->r + (o->shape->log2_rows - a), a);
        size_t cell = (size_t)run->first_block << a;
        for (uint32_t place = 0; place < run->places; place++)
            for (uint32_t c = 0; c < l->tables[run->table].columns; c++, cell += (size_t)1 << a) {
                if (cell < first || cell >= end)
                    continue;
                fp5 factor = piece_factor(o, l, run, place, c);
                if (slot_factors != NULL)
                    factor = fp5_mul(factor, slot_factors[cell >> l->log2_slot]);
                size_t at = (fold ? cell & (((size_t)1 << l->log2_slot) - 1) : cell) - first;
                for (size_t x = 0; x < (size_t)1 << a; x++)
                    put(out, at + x, fp5_add(get(out, at + x), fp5_mul(eq[x], factor)));
            }
    }
}

/* The weights of a matrix in full: out has its slots, or with slot_factors and `fold` one slot. */
static void expand_weights(const opening *o, planes out, const layout *l, const fp5 *slot_factors, bool fold)
{
    size_t block = (size_t)1 << o->log2_block, mark = o->memory->used_bytes;
    size_t blocks = (fold ? 1 : (size_t)l->slots) << (l->log2_slot - o->log2_block);
    fp5 *factors = arena_allocate(o->memory, blocks * sizeof(fp5), 64);
    weigh_blocks(o, factors, l, fold ? slot_factors : NULL);
    size_t slot_blocks = (size_t)1 << (l->log2_slot - o->log2_block);
#pragma omp parallel for schedule(static) if (blocks >= 64)
    for (size_t b = 0; b < blocks; b++) {
        planes place = planes_from(out, b * block);
        fp5 factor = factors[b];
        if (!fold && slot_factors != NULL)
            factor = fp5_mul(factor, slot_factors[b / slot_blocks]);
        clear_planes(place, block);
        if (block % ALIGNMENT == 0)
            o->kernels->add_scaled(place, o->block_planes, factor, block);
        else
            for (size_t x = 0; x < block; x++)
                put(place, x, fp5_mul(factor, o->block_eq[x]));
    }
    add_small_pieces(o, out, l, slot_factors, fold, 0, SIZE_MAX);
    arena_rewind(o->memory, mark);
}

/* ---- round 0: the sumcheck over the slots of the first matrix ---- */

/* The small pieces of one slot, as inner products with every slot. */
typedef struct {
    uint32_t slot;
    fp5 factor;   /* eq of the challenges so far and the slot's bits */
    fp5 *products;
} small_slot;

static void weigh_range(const opening *o, fp5 *sums, planes weights, const fp *const *columns, size_t columns_count,
                        size_t count)
{
    if (count % 32 != 0) {
        for (size_t s = 0; s < columns_count; s++)
            for (size_t i = 0; i < count; i++)
                sums[s] = fp5_add_mul_fp(sums[s], get(weights, i), columns[s][i]);
        return;
    }
#pragma omp parallel for schedule(dynamic, 8)
    for (size_t s = 0; s < columns_count; s++)
        o->kernels->weigh(&sums[s], weights, columns + s, 1, 0, count);
}

static uint32_t prepare_small_slots(const opening *o, small_slot *small, uint32_t most)
{
    const layout *l = &o->shape->layouts[0];
    size_t first = l->cells, slot_cells = (size_t)1 << l->log2_slot;
    for (uint32_t i = l->run_count; i-- > 0 && is_small(o, &l->runs[i]);)
        first = (size_t)l->runs[i].first_block << l->runs[i].log2_size;
    if (first == l->cells)
        return 0;
    uint32_t slots = 1u << o->shape->log2_slots[0], count = 0;
    const fp **columns = ARENA_NEW(o->memory, const fp *, l->slots);
    for (uint32_t slot = (uint32_t)(first >> l->log2_slot); (size_t)slot << l->log2_slot < l->cells; slot++) {
        size_t start = (size_t)slot << l->log2_slot, end = start + slot_cells;
        start = start < first ? first : start;
        end = end > l->cells ? (size_t)l->cells : end;
        size_t aligned = slot_cells < 32 ? (size_t)slot << l->log2_slot : start & ~(size_t)31;
        size_t length = slot_cells < 32 ? slot_cells : (end - aligned + 31) & ~(size_t)31;
        CHECK(count < most);
        small_slot *s = &small[count++];
        *s = (small_slot){slot, FP5_ONE, ARENA_NEW(o->memory, fp5, slots)};
        size_t mark = o->memory->used_bytes;
        planes weights = new_planes(o->memory, length);
        clear_planes(weights, length);
        add_small_pieces(o, weights, l, NULL, false, aligned, end);
        for (uint32_t k = 0; k < l->slots; k++)
            columns[k] = o->matrices[0]->cells + ((size_t)k << l->log2_slot) + (aligned & (slot_cells - 1));
        weigh_range(o, s->products, weights, columns, l->slots, length);
        arena_rewind(o->memory, mark);
    }
    return count;
}

/* Σ eq(r_low, ·)·cell over each block. */
static void sum_blocks(const opening *o, planes out, const fp *cells, size_t blocks)
{
    size_t block = (size_t)1 << o->log2_block;
#pragma omp parallel for schedule(static)
    for (size_t first = 0; first < blocks; first += 64) {
        size_t count = blocks - first < 64 ? blocks - first : 64;
        fp5 sums[64] = {FP5_ZERO};
        const fp *columns[64];
        for (size_t k = 0; k < count; k++) {
            columns[k] = cells + (first + k) * block;
            if (block % 32 != 0)
                sums[k] = multilinear_evaluate_fp(columns[k], o->block_eq, block);
        }
        if (block % 32 == 0)
            o->kernels->weigh(sums, o->block_planes, columns, count, 0, block);
        for (size_t k = 0; k < count; k++)
            put(out, first + k, sums[k]);
    }
}

/* Gives the challenges. */
static void fold_slots(opening *o, fp5 *challenges)
{
    enum { MOST = 1 << OPENING_LOG2_SLOTS_MAX };
    const layout *l = &o->shape->layouts[0];
    unsigned rounds = o->shape->log2_slots[0];
    size_t mark = o->memory->used_bytes;
    size_t slot_blocks = (size_t)1 << (l->log2_slot - o->log2_block), blocks = l->slots * slot_blocks;
    size_t all = slot_blocks << rounds;
    planes x = new_planes(o->memory, all), w = new_planes(o->memory, all);
    small_slot *small = ARENA_NEW(o->memory, small_slot, MOST);
    clear_planes(x, all);
    clear_planes(w, all);
    sum_blocks(o, x, o->matrices[0]->cells, blocks);
    size_t inner = o->memory->used_bytes;
    fp5 *factors = arena_allocate(o->memory, blocks * sizeof(fp5), 64);
    weigh_blocks(o, factors, l, NULL);
    for (size_t b = 0; b < blocks; b++)
        put(w, b, factors[b]);
    arena_rewind(o->memory, inner);
    uint32_t small_count = prepare_small_slots(o, small, MOST);
    for (unsigned k = 0; k < rounds; k++) {
        unsigned bit = rounds - 1 - k;
        size_t half = (size_t)1 << bit;
        fp5 s0, s2;
        pair_sums(o->kernels, &s0, &s2, x, w, half * slot_blocks);
        for (uint32_t i = 0; i < small_count; i++) {
            const small_slot *s = &small[i];
            size_t low = s->slot & (half - 1);
            bool set = s->slot >> bit & 1;
            fp5 here = fp5_mul(s->factor, s->products[low]);
            fp5 slope = fp5_sub(fp5_mul(s->factor, s->products[low + half]), here);
            s0 = set ? s0 : fp5_add(s0, here);
            s2 = set ? fp5_add(s2, slope) : fp5_sub(s2, slope);
        }
        fp5 challenge = challenges[k] = send_polynomial(o, 0, k, s0, s2);
        fold_pairs(o->kernels, x, challenge, half * slot_blocks);
        fold_pairs(o->kernels, w, challenge, half * slot_blocks);
        for (uint32_t i = 0; i < small_count; i++) {
            small_slot *s = &small[i];
            bool set = s->slot >> bit & 1;
            s->factor = fp5_mul(s->factor, set ? challenge : fp5_sub(FP5_ONE, challenge));
            for (size_t j = 0; j < half; j++)
                s->products[j] = multilinear_line(s->products[j], s->products[j + half], challenge);
        }
    }
    arena_rewind(o->memory, mark);
}

/* ---- rounds over vectors of F ---- */

static void fold_vectors(opening *o, unsigned round, planes x, planes w, unsigned log2_size, unsigned rounds)
{
    for (unsigned k = 0; k < rounds; k++) {
        size_t half = (size_t)1 << (log2_size - 1 - k);
        fp5 s0, s2;
        pair_sums(o->kernels, &s0, &s2, x, w, half);
        fp5 challenge = send_polynomial(o, round, k, s0, s2);
        fold_pairs(o->kernels, x, challenge, half);
        fold_pairs(o->kernels, w, challenge, half);
    }
}

/* Adds Σ_j γ^(j+1)·y_j^x, y_j = ω^index_j: with index = 2^cosets·i + c and n the height this is ω^(c·x) times
 * a transform of what stands at the i. */
static void add_query_weights(const opening *o, planes w, unsigned round, const uint32_t *indices, uint32_t count,
                              fp5 gamma)
{
    unsigned h = o->shape->parameters.rounds[round].log2_height;
    unsigned log2_cosets = o->shape->parameters.rounds[round].log2_inverse_rate;
    size_t n = (size_t)1 << h, mark = o->memory->used_bytes;
    planes sums = new_planes(o->memory, n);
    fp root = fp_root_of_unity(h + log2_cosets);
    for (uint32_t coset = 0; coset < 1u << log2_cosets; coset++) {
        clear_planes(sums, n);
        fp5 power = gamma;
        for (uint32_t j = 0; j < count; j++, power = fp5_mul(power, gamma))
            if ((indices[j] & ((1u << log2_cosets) - 1)) == coset) {
                size_t place = ntt_forward_position(indices[j] >> log2_cosets, h, 0); /* with its bits reversed */
                put(sums, place, fp5_add(get(sums, place), power));
            }
        fp step = fp_power(root, coset);
#pragma omp parallel for schedule(dynamic, 1)
        for (size_t c = 0; c < FP5_DEGREE; c++) {
            fp *column = sums.data + c * sums.stride, *out = w.data + c * w.stride, x = FP_ONE;
            ntt_evaluate_reversed(o->ntt, column, h);
            for (size_t i = 0; i < n; i++, x = fp_mul(x, step))
                out[i] = fp_add(out[i], fp_mul(column[i], x));
        }
    }
    arena_rewind(o->memory, mark);
}

static void write_leaf(opening *o, const fp *const *code, size_t width, const tree *tree, unsigned round,
                       uint32_t index)
{
    const opening_parameters *p = &o->shape->parameters;
    size_t position =
        ntt_forward_position(index, p->rounds[round].log2_height, p->rounds[round].log2_inverse_rate);
    for (size_t c = 0; c < width; c++)
        *o->next++ = code[c][position];
    digest path[TREE_LOG2_LEAVES_MAX];
    tree_open(tree, path, index);
    write(o, path, (size_t)(tree->log2_leaves - tree->log2_cap) * DIGEST_LENGTH);
}

/* Commits to the folded vector or sends it, answers the queries and adds their weights. */
static void commit_and_answer(opening *o, unsigned round, planes g, planes w)
{
    const opening_shape *s = o->shape;
    const opening_parameters *p = &s->parameters;
    unsigned log2_height = p->rounds[round].log2_height;
    if (o->lies->change_folded != NULL)
        o->lies->change_folded(o->lies->context, round, g, w, (size_t)1 << log2_height);
    const fp **old_code = o->folded_code;
    tree old_tree = o->folded_tree;
    size_t old_width = round > 0 ? (size_t)opening_folded_slots(s, round - 1) * FP5_DEGREE : 0;
    if (round + 1 < OPENING_ROUNDS) {
        unsigned h = p->rounds[round + 1].log2_height;
        size_t count = (size_t)opening_folded_slots(s, round) * FP5_DEGREE;
        const fp **columns = ARENA_NEW(o->memory, const fp *, count);
        for (size_t c = 0; c < count; c++)
            columns[c] = g.data + c % FP5_DEGREE * g.stride + (c / FP5_DEGREE << h);
        o->folded_code = ARENA_NEW(o->memory, const fp *, count);
        encode(&o->folded_tree, o->folded_code, columns, count, h, p->rounds[round + 1].log2_inverse_rate, p->log2_cap,
               o->ntt, o->memory);
        const digest *cap = tree_cap(&o->folded_tree);
        digest root;
        tree_root(&root, cap, p->log2_cap);
        write(o, cap, (size_t)DIGEST_LENGTH << p->log2_cap);
        transcript_absorb_digests(o->transcript, &root, 1);
    } else {
        for (size_t i = 0; i < (size_t)1 << log2_height; i++) {
            fp5 x = get(g, i);
            write(o, x.c, FP5_DEGREE);
            transcript_absorb_fp5(o->transcript, x);
        }
    }
    *o->next++ = transcript_grind(o->transcript, p->query_grinding_bits);
    *o->next++ = 0;
    uint32_t queries = p->rounds[round].queries;
    uint32_t *indices = ARENA_NEW(o->memory, uint32_t, queries);
    for (uint32_t j = 0; j < queries; j++)
        indices[j] = transcript_squeeze_bits(o->transcript, opening_log2_domain(s, round));
    fp5 gamma = transcript_squeeze_fp5(o->transcript);
    if (round == 0)
        o->gamma_last = fp5_power(gamma, queries + 1);
    add_query_weights(o, w, round, indices, queries, gamma);
    if (o->lies->change_indices != NULL)
        o->lies->change_indices(o->lies->context, round, indices, queries);
    for (uint32_t j = 0; j < queries; j++) {
        if (round > 0)
            write_leaf(o, old_code, old_width, &old_tree, round, indices[j]);
        for (uint32_t k = 0; k < s->matrix_count; k++)
            if (opening_matrix_round(k) == round)
                write_leaf(o, o->matrices[k]->code, o->matrices[k]->slots, &o->matrices[k]->tree, round, indices[j]);
    }
}

/* The folded first matrix, and its weights. */
static void make_folded(opening *o, planes g, planes w, const fp5 *challenges)
{
    const layout *l = &o->shape->layouts[0];
    size_t n = (size_t)1 << l->log2_slot, part = n < CHUNK ? n : CHUNK;
    fp5 eq[1 << OPENING_LOG2_SLOTS_MAX];
    multilinear_eq_table(eq, FP5_ONE, challenges, o->shape->log2_slots[0]);
    const fp **columns = ARENA_NEW(o->memory, const fp *, l->slots);
    for (uint32_t s = 0; s < l->slots; s++)
        columns[s] = o->matrices[0]->cells + ((size_t)s << l->log2_slot);
#pragma omp parallel for schedule(dynamic, 1)
    for (size_t first = 0; first < n; first += part)
        o->kernels->combine(planes_from(g, first), eq, columns, l->slots, first, part);
    expand_weights(o, w, l, eq, true);
}

/* The slots of round 1: those of F_1, then the matrices that join. */
static void join(opening *o, planes x, planes w, planes g, planes g_weights)
{
    const opening_shape *s = o->shape;
    unsigned h = s->parameters.rounds[1].log2_height;
    size_t n = (size_t)1 << s->parameters.rounds[0].log2_height, all = (size_t)1 << (s->log2_slots[1] + h);
    for (size_t c = 0; c < FP5_DEGREE; c++) {
        memcpy(x.data + c * x.stride, g.data + c * g.stride, n * sizeof(fp));
        memcpy(w.data + c * w.stride, g_weights.data + c * g_weights.stride, n * sizeof(fp));
    }
    clear_planes(planes_from(x, n), all - n);
    clear_planes(planes_from(w, n), all - n);
    for (uint32_t k = 1; k < s->matrix_count; k++) {
        const layout *l = &s->layouts[k];
        size_t first = (size_t)s->first_slot[k] << h;
        memcpy(x.data + first, o->matrices[k]->cells, ((size_t)l->slots << h) * sizeof(fp));
        fp5 factors[1 << OPENING_LOG2_SLOTS_MAX];
        for (uint32_t i = 0; i < l->slots; i++)
            factors[i] = o->gamma_last;
        expand_weights(o, planes_from(w, first), l, factors, false);
    }
}

static const opening_lies honest;

void opening_prove(fp *words, const opening_shape *shape, transcript *t, const opening_commitment *const *matrices,
                   const fp5 *values, const fp5 *r, const ntt_tables *ntt, const opening_lies *lies, arena *memory)
{
    size_t mark = memory->used_bytes;
    for (uint32_t c = 0; c < shape->value_count; c++)
        transcript_absorb_fp5(t, values[c]);
    fp5 theta = transcript_squeeze_fp5(t);
    fp5 *powers = ARENA_NEW(memory, fp5, shape->value_count + 1);
    powers[0] = FP5_ONE;
    for (uint32_t c = 1; c < shape->value_count; c++)
        powers[c] = fp5_mul(powers[c - 1], theta);
    unsigned log2_block = LOG2_BLOCK, heights[OPENING_ROUNDS], first_height = shape->parameters.rounds[1].log2_height;
    for (unsigned i = 0; i < OPENING_ROUNDS; i++)
        heights[i] = shape->parameters.rounds[i].log2_height;
    log2_block = log2_block < first_height ? log2_block : first_height;
    log2_block = log2_block < shape->log2_rows ? log2_block : shape->log2_rows;
    opening *o = ARENA_NEW(memory, opening, 1);
    *o = (opening){
        .shape = shape,
        .transcript = t,
        .matrices = matrices,
        .powers = powers,
        .r = r,
        .ntt = ntt,
        .kernels = opening_kernels(),
        .lies = lies != NULL ? lies : &honest,
        .memory = memory,
        .next = words,
        .log2_block = log2_block,
        .block_planes = new_planes(memory, (size_t)1 << log2_block),
    };
    multilinear_eq_table(o->block_eq, FP5_ONE, r + (shape->log2_rows - log2_block), log2_block);
    for (size_t i = 0; i < (size_t)1 << log2_block; i++)
        put(o->block_planes, i, o->block_eq[i]);

    fp5 challenges[OPENING_LOG2_SLOTS_MAX];
    fold_slots(o, challenges);
    planes g = new_planes(memory, (size_t)1 << heights[0]), g_weights = new_planes(memory, (size_t)1 << heights[0]);
    make_folded(o, g, g_weights, challenges);
    commit_and_answer(o, 0, g, g_weights);
    unsigned log2_size = heights[1] + shape->log2_slots[1];
    planes x = new_planes(memory, (size_t)1 << log2_size), w = new_planes(memory, (size_t)1 << log2_size);
    join(o, x, w, g, g_weights);
    fold_vectors(o, 1, x, w, log2_size, shape->log2_slots[1]);
    commit_and_answer(o, 1, x, w);
    fold_vectors(o, 2, x, w, heights[1], shape->log2_slots[2]);
    commit_and_answer(o, 2, x, w);
    fold_vectors(o, OPENING_ROUNDS, x, w, heights[2], heights[2]);
    CHECK(o->next == words + shape->words);
    arena_rewind(memory, mark);
}

size_t opening_prove_bytes(const opening_shape *s)
{
    unsigned h0 = s->parameters.rounds[0].log2_height, h1 = s->parameters.rounds[1].log2_height;
    size_t blocks = ((size_t)1 << s->log2_slots[0]) << h0 >> (LOG2_BLOCK < h1 ? LOG2_BLOCK : h1);
    size_t folding = 2 * planes_bytes(blocks) + blocks * sizeof(fp5) + planes_bytes((size_t)1 << h0);
    size_t rest = 3 * planes_bytes((size_t)1 << h0) + 2 * planes_bytes((size_t)1 << (h1 + s->log2_slots[1]));
    rest += encode_bytes((size_t)opening_folded_slots(s, 0) * FP5_DEGREE, opening_log2_domain(s, 1));
    rest += encode_bytes((size_t)opening_folded_slots(s, 1) * FP5_DEGREE, opening_log2_domain(s, 2));
    return folding + rest + (4 << 20);
}
