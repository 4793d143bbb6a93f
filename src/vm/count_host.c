/* Counts lookups: evaluates what each table sends on the lookup buses, and finds the provider's row. */
#include <omp.h>
#include <stdio.h>

#include "base/check.h"
#include "base/memory.h"
#include "vm/preprocess.h"
#include "vm/trace.h"

enum { BLOCK = 64 };

/* The part of a tape that lookups need: `operations` in rising order, and for each lookup where its values
 * are. */
typedef struct {
    uint32_t *operations, count;
    uint32_t *place; /* by operation of the tape: index into operations */
    const air_interaction **lookups;
    uint32_t lookup_count;
} program_part;

static program_part lookup_part(arena *a, const air_tape *t)
{
    program_part part = {
        .operations = ARENA_NEW(a, uint32_t, t->operation_count),
        .place = ARENA_NEW(a, uint32_t, t->operation_count),
        .lookups = ARENA_NEW(a, const air_interaction *, t->interaction_count),
    };
    bool *needed = ARENA_NEW(a, bool, t->operation_count);
    for (uint32_t i = 0; i < t->interaction_count; i++) {
        const air_interaction *lookup = &t->interactions[i];
        if (lookup->receive || !bus_infos[lookup->tag].lookup)
            continue;
        part.lookups[part.lookup_count++] = lookup;
        needed[lookup->multiplicity] = true;
        for (uint32_t j = 0; j < lookup->length; j++)
            needed[lookup->message[j]] = true;
    }
    for (uint32_t i = t->operation_count; i-- > 0;)
        if (needed[i] && t->operations[i].kind >= AIR_ADD)
            needed[t->operations[i].a] = needed[t->operations[i].b] = true;
    for (uint32_t i = 0; i < t->operation_count; i++)
        if (needed[i]) {
            part.place[i] = part.count;
            part.operations[part.count++] = i;
        }
    return part;
}

static void evaluate_block(fp (*values)[BLOCK], const program_part *part, const air_tape *t,
                           const air_table_view *table, uint64_t start, uint32_t rows)
{
    for (uint32_t k = 0; k < part->count; k++) {
        const air_operation *o = &t->operations[part->operations[k]];
        fp *out = values[k];
        const fp *a = o->kind >= AIR_ADD ? values[part->place[o->a]] : NULL;
        const fp *b = o->kind >= AIR_ADD ? values[part->place[o->b]] : NULL;
        switch ((air_operation_kind)o->kind) {
        case AIR_ADD:
            for (uint32_t i = 0; i < rows; i++)
                out[i] = fp_add(a[i], b[i]);
            break;
        case AIR_SUB:
            for (uint32_t i = 0; i < rows; i++)
                out[i] = fp_sub(a[i], b[i]);
            break;
        case AIR_MUL:
            for (uint32_t i = 0; i < rows; i++)
                out[i] = fp_mul(a[i], b[i]);
            break;
        case AIR_COLUMN:
            memcpy(out, table->columns[o->phase] + o->a * table->row_count + start, rows * sizeof(fp));
            break;
        case AIR_CONSTANT:
        case AIR_PUBLIC:
            for (uint32_t i = 0; i < rows; i++)
                out[i] = o->kind == AIR_CONSTANT ? fp_from_u32(o->a) : table->public_values[o->a];
            break;
        }
    }
}

/* ---- providers ---- */

typedef struct {
    const stark_table *table; /* NULL: absent */
    uint64_t base;            /* first counter of this provider */
    uint64_t height;
    fp first; /* preprocessed column 0 of row 0: where the program or image starts */
} provider;

/* One provider a tag. BYTE has a multiplicity for each operation, all others one. */
struct vm_providers {
    provider by_tag[BUS_TAGS];
    uint64_t counters;
    uint8_t small_rows[SMALL_CROSSES + 1][64]; /* row + 1 by table and key */
};

static const struct {
    bus_tag tag;
    vm_chip chip;
} provider_chips[] = {
    {BUS_PROGRAM, VM_CHIP_PROGRAM}, {BUS_RANGE, VM_CHIP_RANGE}, {BUS_BYTE, VM_CHIP_BYTE},
    {BUS_SMALL, VM_CHIP_SMALL},     {BUS_SPARSE, VM_CHIP_SPARSE}, {BUS_IMAGE, VM_CHIP_IMAGE},
    {BUS_REGION, VM_CHIP_REGION},
};
enum { PROVIDERS = sizeof provider_chips / sizeof *provider_chips };

static fp cell(const provider *p, uint32_t column, uint64_t row)
{
    return p->table->columns[AIR_PREPROCESSED][column * p->height + row];
}

static vm_providers find_providers(const vm_tables *tables)
{
    vm_providers all = {0};
    for (int k = 0; k < PROVIDERS; k++)
        for (uint32_t i = 0; i < tables->count; i++) {
            const stark_table *table = &tables->tables[i];
            if (table->chip != (uint32_t)provider_chips[k].chip)
                continue;
            provider *p = &all.by_tag[provider_chips[k].tag];
            *p = (provider){table, all.counters, table->rows,
                            table->columns[AIR_PREPROCESSED][0]};
            all.counters += p->height * vm_airs[table->chip]->width[AIR_MAIN];
        }
    const provider *small = &all.by_tag[BUS_SMALL];
    for (uint64_t row = 0; small->table != NULL && row < small->height; row++)
        if (cell(small, 0, row) != 0)
            all.small_rows[fp_to_u32(cell(small, 0, row))][fp_to_u32(cell(small, 1, row)) % 64] =
                (uint8_t)(row + 1);
    return all;
}

/* Whether columns first … of a row are the message's entries from `first` on. */
static bool row_is(const provider *p, uint64_t row, const fp *message, uint32_t first, uint32_t length)
{
    for (uint32_t c = first; c < length; c++)
        if (cell(p, c, row) != message[c])
            return false;
    return true;
}

const vm_providers *vm_providers_of(const vm_tables *tables, arena *a)
{
    vm_providers *all = ARENA_NEW(a, vm_providers, 1);
    *all = find_providers(tables);
    return all;
}

static inline int64_t find_range(const vm_providers *all, const fp *message)
{
    uint32_t bits = fp_to_u32(message[0]), x = fp_to_u32(message[1]);
    if (all->by_tag[BUS_RANGE].table == NULL || bits > 16 || x >> bits != 0)
        return -1;
    return (int64_t)(all->by_tag[BUS_RANGE].base + (1u << bits) + x);
}

/* Whether x has only digits of zeros and ones, `digits` of them; what they are the bits of. */
static inline bool gather(uint32_t *bits, uint32_t x, uint32_t digits)
{
    bool good = (x & ~(0x249249u & ((1u << 3 * digits) - 1))) == 0;
    x = (x | x >> 2) & 0x0C30C3; /* pairs, fours, all of them together */
    x = (x | x >> 4) & 0x00F00F;
    *bits = (x | x >> 8) & 0xFF;
    return good;
}

/* The bits of a byte at every second place. */
static inline uint32_t spread_by_two(uint32_t byte)
{
    uint32_t x = (byte | byte << 4) & 0x0F0F;
    x = (x | x << 2) & 0x3333;
    return (x | x << 1) & 0x5555;
}

/* What v of the kind's rows has these fields; false if none. */
static bool find_sparse(uint32_t *v, uint32_t kind, const uint32_t f[4])
{
    uint32_t a, b, c, d;
    switch (kind) {
    case SPARSE_UNSET:
    case SPARSE_EVEN: {
        uint32_t low = kind == SPARSE_UNSET ? f[0] : f[0] >> 1, mask = kind == SPARSE_UNSET ? 0xB6DB6D : 0xDB6DB6;
        (void)gather(&a, low & 0x249249, 8);
        (void)gather(&b, f[0] >> 2 & 0x249249, 8);
        *v = spread_by_two(a) | spread_by_two(b) << 1;
        return (f[0] & ~mask) == 0 && (f[1] | f[2] | f[3]) == 0;
    }
    case SPARSE_LIMB: {
        bool good = gather(&a, f[1], 8) & gather(&b, f[2], 8);
        *v = f[0];
        return good && f[0] == (a | b << 8) && f[3] == 0;
    }
    default: {
        uint32_t low = kind - SPARSE_CUT;
        if (kind < SPARSE_CUT || kind > SPARSE_UNSET)
            return false;
        bool good = gather(&a, f[0], low) & gather(&b, f[1], 8 - low) & gather(&c, f[2], low) & gather(&d, f[3], 8 - low);
        *v = a | b << low | c << 8 | d << (8 + low);
        return good;
    }
    }
}

int64_t vm_find_lookup(const vm_providers *all, uint32_t tag, const fp *message, uint32_t length)
{
    const provider *p = &all->by_tag[tag];
    if (p->table == NULL)
        return -1;
    uint64_t row = 0, column = 0;
    switch (tag) {
    case BUS_RANGE:
        return find_range(all, message);
    case BUS_BYTE: {
        uint32_t operation = fp_to_u32(message[0]), a = fp_to_u32(message[1]), b = fp_to_u32(message[2]);
        if (operation < BYTE_AND || operation > BYTE_PAIR || a > 0xFF || b > 0xFF)
            return -1;
        row = a + (b << 8);
        column = operation - BYTE_AND;
        fp result = operation == BYTE_PAIR ? 0 : cell(p, 2 + (uint32_t)column, row);
        if (result != message[3])
            return -1;
        break;
    }
    case BUS_SPARSE: {
        uint32_t kind = fp_to_u32(message[0]), v, fields[4];
        for (int i = 0; i < 4; i++)
            fields[i] = fp_to_u32(message[1 + i]);
        return find_sparse(&v, kind, fields) ? (int64_t)(p->base + ((kind - SPARSE_CUT) << 16) + v) : -1;
    }
    case BUS_SMALL: {
        uint32_t table = fp_to_u32(message[0]), key = fp_to_u32(message[1]);
        if (table > SMALL_CROSSES || key >= 64 || all->small_rows[table][key] == 0)
            return -1;
        row = all->small_rows[table][key] - 1u;
        break;
    }
    case BUS_PROGRAM:
    case BUS_IMAGE:
        row = fp_to_u32(fp_sub(message[0], p->first));
        break;
    case BUS_REGION:
        row = message[0] == 0 ? fp_to_u32(message[1]) : MAP_BLOCKS;
        break;
    default:
        return -1;
    }
    if (row >= p->height || (tag != BUS_BYTE && !row_is(p, row, message, 0, length)))
        return -1;
    return (int64_t)(p->base + column * p->height + row);
}

static void report_missing(stark_report report, void *context, uint32_t chip, uint64_t row,
                           const air_interaction *lookup, const fp *message)
{
    char sentence[256];
    int n = snprintf(sentence, sizeof sentence,
                     "%s row %llu looks up what %s does not have:", vm_airs[chip]->name,
                     (unsigned long long)row, bus_infos[lookup->tag].name);
    for (uint32_t i = 0; i < lookup->length && n < (int)sizeof sentence - 12; i++)
        n += snprintf(sentence + n, sizeof sentence - (size_t)n, " %u", fp_to_u32(message[i]));
    report(context, chip, sentence);
}

/* Adds a table's lookups to the counters; returns how many are missing. */
static uint64_t count_table(uint32_t *counters, const vm_providers *all, const program_part *part,
                            const air_tape *t, const air_table_view *view, uint32_t chip, uint64_t start,
                            fp (*values)[BLOCK], stark_report report, void *context)
{
    uint64_t missing = 0;
    uint32_t rows = view->row_count - start < BLOCK ? (uint32_t)(view->row_count - start) : BLOCK;
    evaluate_block(values, part, t, view, start, rows);
    for (uint32_t k = 0; k < part->lookup_count; k++) {
        const air_interaction *lookup = part->lookups[k];
        const fp *multiplicity = values[part->place[lookup->multiplicity]];
        for (uint32_t i = 0; i < rows; i++) {
            if (multiplicity[i] == 0)
                continue;
            fp message[AIR_MAX_MESSAGE];
            for (uint32_t j = 0; j < lookup->length; j++)
                message[j] = values[part->place[lookup->message[j]]][i];
            int64_t counter = lookup->tag == BUS_RANGE
                                  ? find_range(all, message)
                                  : vm_find_lookup(all, lookup->tag, message, lookup->length);
            if (counter >= 0) {
                counters[counter] += fp_to_u32(multiplicity[i]);
                continue;
            }
            missing++;
            if (report != NULL) {
#pragma omp critical
                report_missing(report, context, chip, start + i, lookup, message);
            }
        }
    }
    return missing;
}

uint64_t vm_count_lookups(const stark_machine *m, const vm_tables *tables, const proof_claim *claim,
                          stark_report report, void *context, arena *scratch)
{
    size_t mark = scratch->used_bytes;
    vm_providers all = find_providers(tables);
    int threads = omp_get_max_threads();
    uint32_t *counters = ARENA_NEW(scratch, uint32_t, all.counters * (uint64_t)threads);
    uint64_t missing = 0;
    for (uint32_t i = 0; i < tables->count; i++) {
        const stark_table *table = &tables->tables[i];
        const air_tape *t = m->tape[table->chip];
        program_part part = lookup_part(scratch, t);
        if (part.lookup_count == 0)
            continue;
        air_table_view view = {.row_count = table->rows,
                               .public_values = claim->public_values[table->chip]};
        memcpy(view.columns, table->columns, sizeof view.columns);
        fp(*values)[BLOCK] = arena_allocate(scratch, sizeof(fp[BLOCK]) * part.count * (size_t)threads, 64);
#pragma omp parallel for schedule(dynamic, 64) reduction(+ : missing)
        for (uint64_t start = 0; start < view.row_count; start += BLOCK) {
            int thread = omp_get_thread_num();
            missing += count_table(counters + (uint64_t)thread * all.counters, &all, &part, t, &view,
                                   table->chip, start, values + (size_t)thread * part.count, report, context);
        }
    }
    for (int k = 0; k < PROVIDERS; k++) {
        const provider *p = &all.by_tag[provider_chips[k].tag];
        if (p->table == NULL)
            continue;
        fp *multiplicities = (fp *)p->table->columns[AIR_MAIN];
        uint64_t cells = p->height * vm_airs[p->table->chip]->width[AIR_MAIN];
        for (uint64_t i = 0; i < cells; i++) {
            uint32_t sum = 0;
            for (int thread = 0; thread < threads; thread++)
                sum += counters[(uint64_t)thread * all.counters + p->base + i];
            multiplicities[i] = fp_from_u32(sum);
        }
    }
    arena_rewind(scratch, mark);
    return missing;
}
