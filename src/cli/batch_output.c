#include "cli/batch_output.h"

#include "cli/cli.h"

static const struct {
    const char *name, *words;
    size_t offset;
} hashes[] = {
    {"configHash", "configuration", offsetof(batch_output, config_hash)},
    {"batchHashBefore", "batch before", offsetof(batch_output, batch_hash_before)},
    {"batchHash", "batch", offsetof(batch_output, batch_hash)},
    {"outcomeBefore", "outcome before", offsetof(batch_output, outcome_before)},
    {"outcome", "outcome", offsetof(batch_output, outcome)},
    {"queueHashBefore", "queue before", offsetof(batch_output, queue_hash_before)},
    {"queueHash", "queue", offsetof(batch_output, queue_hash)},
};
enum { HASHES = sizeof hashes / sizeof hashes[0] };

static const uint8_t *hash_at(const batch_output *o, size_t i)
{
    return (const uint8_t *)o + hashes[i].offset;
}

void batch_output_print_json(const batch_output *o)
{
    char text[80];
    printf("\"l1ChainId\":%llu,\"chainId\":%llu", (unsigned long long)o->l1_chain_id,
           (unsigned long long)o->l2_chain_id);
    printf(",\"rollup\":\"%s\"", hex_text(text, o->rollup.bytes, 20));
    printf(",\"firstBatch\":%llu,\"lastBatch\":%llu", (unsigned long long)o->first,
           (unsigned long long)o->last);
    for (size_t i = 0; i < HASHES; i++)
        printf(",\"%s\":\"%s\"", hashes[i].name, hex_text(text, hash_at(o, i), 32));
    printf(",\"faults\":[");
    const char *comma = "";
    for (uint64_t i = 0; i <= o->last - o->first; i++)
        if (batch_output_has_fault(o, i)) {
            printf("%s%llu", comma, (unsigned long long)(o->first + i));
            comma = ",";
        }
    printf("],\"prover\":\"%s\"", hex_text(text, o->prover.bytes, 20));
}

void batch_output_print(const batch_output *o)
{
    char text[80];
    printf("rollup           chain %llu, contract %s on chain %llu\n", (unsigned long long)o->l2_chain_id,
           hex_text(text, o->rollup.bytes, 20), (unsigned long long)o->l1_chain_id);
    printf("%-16s %s\n", o->first == o->last ? "batch" : "batches", range_text(o->first, o->last));
    for (size_t i = 0; i < HASHES; i++)
        printf("%-16s %s\n", hashes[i].words, hex_text(text, hash_at(o, i), 32));
    printf("faults          ");
    bool any = false;
    for (uint64_t i = 0; i <= o->last - o->first; i++)
        if (batch_output_has_fault(o, i)) {
            printf("%s batch %llu", any ? "," : "", (unsigned long long)(o->first + i));
            any = true;
        }
    printf("%s\n", any ? "" : " none");
    printf("prover           %s\n", hex_text(text, o->prover.bytes, 20));
}
