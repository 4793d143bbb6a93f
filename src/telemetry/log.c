#define _GNU_SOURCE
#include "telemetry/log.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static _Atomic unsigned least_level = LOG_LEVELS;
static _Atomic unsigned chosen_format;

static const char *const LEVEL_NAMES[LOG_LEVELS] = {"debug", "info", "warn", "error"};

void log_open(log_level least, log_format format)
{
    atomic_store(&chosen_format, format);
    atomic_store(&least_level, least);
}

bool log_wants(log_level level) { return level >= atomic_load_explicit(&least_level, memory_order_relaxed); }

log_field log_text(const char *name, const char *value)
{
    return (log_field){.name = name, .kind = LOG_FIELD_TEXT, .value.text = value};
}

log_field log_number(const char *name, uint64_t value)
{
    return (log_field){.name = name, .kind = LOG_FIELD_NUMBER, .value.number = value};
}

log_field log_real(const char *name, double value)
{
    return (log_field){.name = name, .kind = LOG_FIELD_REAL, .value.real = value};
}

log_field log_hash(const char *name, const hash256 *value)
{
    return (log_field){.name = name, .kind = LOG_FIELD_HASH, .value.hash = value};
}

static void print_string(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text != 0; text++)
        if (*text == '"' || *text == '\\')
            fprintf(out, "\\%c", *text);
        else if ((unsigned char)*text < 0x20 || *text == 0x7f)
            fprintf(out, "\\u%04x", (unsigned)*text);
        else
            fputc(*text, out);
    fputc('"', out);
}

/* Outside of JSON a word stands without quotation marks. */
static void print_text(FILE *out, const char *text, bool json)
{
    bool is_word = text[0] != 0;
    for (const char *at = text; *at != 0; at++)
        is_word = is_word && *at > ' ' && *at != 0x7f && *at != '"' && *at != '\\' && *at != '=';
    if (is_word && !json)
        fputs(text, out);
    else
        print_string(out, text);
}

static void print_value(FILE *out, const log_field *field, bool json)
{
    switch (field->kind) {
    case LOG_FIELD_TEXT:
        print_text(out, field->value.text, json);
        return;
    case LOG_FIELD_NUMBER:
        fprintf(out, "%llu", (unsigned long long)field->value.number);
        return;
    case LOG_FIELD_REAL:
        fprintf(out, "%.3f", field->value.real);
        return;
    case LOG_FIELD_HASH:
        fputs(json ? "\"0x" : "0x", out);
        for (size_t i = 0; i < sizeof field->value.hash->bytes; i++)
            fprintf(out, "%02x", field->value.hash->bytes[i]);
        if (json)
            fputc('"', out);
        return;
    }
}

static void print_json(FILE *out, const char *time, log_level level, const char *event,
                       const log_field *fields)
{
    fprintf(out, "{\"time\":\"%s\",\"level\":\"%s\",\"event\":", time, LEVEL_NAMES[level]);
    print_string(out, event);
    for (; fields->name != NULL; fields++) {
        fprintf(out, ",\"%s\":", fields->name);
        print_value(out, fields, true);
    }
    fputs("}\n", out);
}

static void print_plain(FILE *out, const char *time, log_level level, const char *event,
                        const log_field *fields)
{
    fprintf(out, "time=%s level=%s event=", time, LEVEL_NAMES[level]);
    print_text(out, event, false);
    for (; fields->name != NULL; fields++) {
        fprintf(out, " %s=", fields->name);
        print_value(out, fields, false);
    }
    fputc('\n', out);
}

static void print_readable(FILE *out, const char *time, log_level level, const char *event,
                           const log_field *fields)
{
    static const char *const before[LOG_LEVELS] = {"\33[2m", "", "\33[33mwarning: ", "\33[31merror: "};
    fprintf(out, "%.8s %s%s\33[0m\33[2m ", time + strlen("2026-01-02T"), before[level], event);
    for (; fields->name != NULL; fields++) {
        fprintf(out, " %s ", fields->name);
        print_value(out, fields, false);
    }
    fputs("\33[0m\n", out);
}

static void write_time(char out[32])
{
    struct timespec now;
    struct tm utc;
    char seconds[24];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(out, 32, "%s.%03dZ", seconds, (int)(now.tv_nsec / 1000000));
}

void log_write(log_level level, const char *event, const log_field *fields)
{
    static void (*const printers[])(FILE *, const char *, log_level, const char *, const log_field *) = {
        [LOG_TEXT] = print_plain, [LOG_JSON] = print_json, [LOG_READABLE] = print_readable};
    char time[32], *line = NULL;
    size_t size_bytes = 0;
    FILE *out = open_memstream(&line, &size_bytes);
    if (out == NULL)
        return;
    write_time(time);
    printers[atomic_load(&chosen_format)](out, time, level, event, fields);
    /* One write a line, so that lines of several threads do not mix. What cannot be written is lost. */
    if (fclose(out) == 0) {
        ssize_t written = write(STDERR_FILENO, line, size_bytes);
        (void)written;
    }
    free(line);
}
