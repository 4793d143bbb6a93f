/* Reads what cases.mjs writes. Hosted. */
#ifndef ASHLAR_BENCH_EVM_CASES_H
#define ASHLAR_BENCH_EVM_CASES_H

#include "base/hex.h"
#include "bench/evm/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BENCH_STEPS_MAX = 8, BENCH_COUNTS_MAX = 8 };

typedef struct {
    char name[64];
    double count;
} bench_count;

typedef struct {
    bool is_opcode;
    char name[64];
    bench_step steps[BENCH_STEPS_MAX]; /* the last one is the call that is measured; see bench_set_times */
    unsigned step_count;
    uint64_t native_times, guest_times;
    bench_count counts[BENCH_COUNTS_MAX];
    unsigned count_count;
} bench_case;

typedef struct {
    address sender;
    bench_case *cases;
    size_t count;
} bench_cases;

/* The last step's input ends in a number of 32 bytes: how often. */
static void bench_set_times(const bench_case *c, uint64_t times)
{
    bytes input = c->steps[c->step_count - 1].data;
    for (unsigned i = 0; i < 8; i++)
        ((uint8_t *)(uintptr_t)input.data)[input.size - 1 - i] = (uint8_t)(times >> 8 * i);
}

static void bench_read_counts(bench_case *c, char *text)
{
    char *rest = NULL;
    for (char *item = strtok_r(text, " \n", &rest); item != NULL; item = strtok_r(NULL, " \n", &rest)) {
        CHECK(c->count_count < BENCH_COUNTS_MAX);
        bench_count *count = &c->counts[c->count_count++];
        CHECK(sscanf(item, "%63[^=]=%lf", count->name, &count->count) == 2);
        for (char *p = count->name; *p != 0; p++)
            *p = *p == '_' ? ' ' : *p;
    }
}

static void bench_read(bench_cases *all, arena *memory, const char *path)
{
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        perror(path);
        exit(2);
    }
    enum { CASES_MAX = 256 };
    all->cases = ARENA_NEW(memory, bench_case, CASES_MAX);
    all->count = 0;
    char *line = NULL;
    size_t room = 0;
    bench_case *c = NULL;
    while (getline(&line, &room, file) > 0) {
        line[strcspn(line, "\n")] = 0;
        char *rest = NULL;
        const char *word = strtok_r(line, " ", &rest);
        if (strcmp(word, "sender") == 0) {
            CHECK(hex_decode_exact(all->sender.bytes, 20, rest, strlen(rest)) == OK);
        } else if (strcmp(word, "case") == 0) {
            CHECK(all->count < CASES_MAX);
            c = &all->cases[all->count++];
            c->is_opcode = strcmp(strtok_r(NULL, " ", &rest), "opcode") == 0;
            CHECK(strlen(rest) < sizeof c->name);
            strcpy(c->name, rest);
        } else if (strcmp(word, "counts") == 0) {
            bench_read_counts(c, rest);
        } else {
            bool is_run = strcmp(word, "run") == 0;
            CHECK(c->step_count < BENCH_STEPS_MAX);
            bench_step *step = &c->steps[c->step_count++];
            step->kind = is_run ? BENCH_CALL : strcmp(word, "create") == 0 ? BENCH_CREATE : BENCH_CODE;
            const char *where = strtok_r(NULL, " ", &rest), *data = strtok_r(NULL, " ", &rest);
            CHECK(hex_decode_exact(step->where.bytes, 20, where, strlen(where)) == OK);
            CHECK(hex_decode(memory, &step->data, data, strlen(data)) == OK);
            if (is_run) {
                uint8_t *input = arena_allocate_zeroed(memory, step->data.size + 32, 8);
                memcpy(input, step->data.data, step->data.size);
                step->data = (bytes){input, step->data.size + 32};
                CHECK(sscanf(rest, "%lu %lu", &c->native_times, &c->guest_times) == 2);
            }
        }
    }
    free(line);
    fclose(file);
}

#endif
