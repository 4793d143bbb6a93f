#define _GNU_SOURCE
#include "telemetry/log.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* What `log_write` puts on the error stream. */
static const char *heard(log_format format, const char *event, const log_field *fields)
{
    static char text[4096];
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    int before = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    log_open(LOG_INFO, format);
    log_write(LOG_WARN, event, fields);
    dup2(before, STDERR_FILENO);
    close(before);
    close(ends[1]);
    ssize_t size = read(ends[0], text, sizeof text - 1);
    close(ends[0]);
    assert_true(size > 0);
    text[size] = 0;
    return text;
}

static const char awkward[] = "a \"b\"\\c\n\x01=d";

static void fields_as_json(void **state)
{
    (void)state;
    hash256 hash = {{0xab, [31] = 0x0c}};
    json_error_t error;
    const log_field fields[] = {log_text("text", awkward),
                                log_number("most", INT64_MAX),
                                log_real("real", 1.5),
                                log_hash("hash", &hash),
                                {.name = NULL}};
    json_t *line = json_loads(heard(LOG_JSON, awkward, fields), 0, &error);
    assert_non_null(line);
    assert_string_equal(json_string_value(json_object_get(line, "event")), awkward);
    assert_string_equal(json_string_value(json_object_get(line, "level")), "warn");
    assert_string_equal(json_string_value(json_object_get(line, "text")), awkward);
    assert_true(json_integer_value(json_object_get(line, "most")) == INT64_MAX);
    assert_true(json_real_value(json_object_get(line, "real")) == 1.5);
    assert_string_equal(json_string_value(json_object_get(line, "hash")),
                        "0xab0000000000000000000000000000000000000000000000000000000000000c");
    int year, month, day, hour, minute, second, millisecond;
    int read = sscanf(json_string_value(json_object_get(line, "time")), "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ", &year,
                      &month, &day, &hour, &minute, &second, &millisecond);
    assert_int_equal(read, 7);
    json_decref(line);
}

static void fields_as_text(void **state)
{
    (void)state;
    const log_field fields[] = {log_text("word", "http://127.0.0.1:1"), log_text("empty", ""),
                                log_text("text", awkward), log_number("number", 7), log_real("ms", 0.25),
                                {.name = NULL}};
    const char *line = heard(LOG_TEXT, "block sealed", fields);
    assert_non_null(strstr(line, "level=warn event=\"block sealed\" word=http://127.0.0.1:1 empty=\"\" "
                                 "text=\"a \\\"b\\\"\\\\c\\u000a\\u0001=d\" number=7 ms=0.250\n"));
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

static void levels_below_are_left_out(void **state)
{
    (void)state;
    log_open(LOG_WARN, LOG_TEXT);
    assert_false(log_wants(LOG_INFO));
    assert_true(log_wants(LOG_WARN));
    assert_true(log_wants(LOG_ERROR));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_as_json),
        cmocka_unit_test(fields_as_text),
        cmocka_unit_test(levels_below_are_left_out),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
