/* PostgreSQL, through libpq: statements with parameters, and what their outcome means. */
#define _GNU_SOURCE
#include "jobs/internal.h"

#include "base/hex.h"
#include "base/version.h"
#include "crypto/keccak.h"

#include <poll.h>
#include <postgresql/libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARAMETERS_MAX = 10 };
static const char NO_SCHEMA[] = "3F000", LOCK_NOT_AVAILABLE[] = "55P03";

queue_parameter queue_bytes(bytes b)
{
    static const uint8_t nothing;
    return (queue_parameter){b.data != NULL ? b.data : &nothing, (int)b.size, true};
}

queue_parameter queue_text(const char *text)
{
    return (queue_parameter){text, text != NULL ? (int)strlen(text) : 0, false};
}

/* Others wrote it, and it may go to a terminal. */
static void make_printable(char *text)
{
    for (; *text != 0; text++)
        if (*text < ' ' || *text > '~')
            *text = '?';
}

/* Its first line, without what libpq puts before it. */
static void say(char error[JOBS_ERROR_BYTES], const char *message)
{
    snprintf(error, JOBS_ERROR_BYTES, "the queue: %.300s", message);
    error[strcspn(error, "\n")] = 0;
    char *label = strstr(error, "ERROR:  ");
    if (label != NULL)
        memmove(label, label + 8, strlen(label + 8) + 1);
    make_printable(error);
}

static void ignore_notice(void *context, const char *message) { (void)context, (void)message; }

queue_outcome queue_connect(queue_connection **c, char error[JOBS_ERROR_BYTES], const char *url)
{
    static const char *const names[] = {"dbname", "fallback_application_name", "connect_timeout", "tcp_user_timeout", NULL};
    const char *const values[] = {url, "ashlar", "10", "30000", NULL};
    *c = NULL;
    PGconn *opened = PQconnectdbParams(names, values, 1);
    if (opened != NULL && PQstatus(opened) == CONNECTION_OK) {
        PQsetNoticeProcessor(opened, ignore_notice, NULL);
        *c = (queue_connection *)opened;
        return QUEUE_FINE;
    }
    say(error, opened != NULL ? PQerrorMessage(opened) : "no memory");
    PQfinish(opened);
    return QUEUE_AGAIN;
}

void queue_disconnect(queue_connection *c) { PQfinish((PGconn *)c); }

/* Of a statement that failed: whether the server, rather than the statement, is to blame. */
static queue_outcome judge(const PGconn *c, const PGresult *r)
{
    /* Connections; resources, among them a full disk; ends by the administrator, or of time; the system; conflicts with others. */
    static const char classes[][3] = {"08", "53", "57", "58", "40"};
    const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
    if (PQstatus(c) != CONNECTION_OK || state == NULL || strcmp(state, NO_SCHEMA) == 0 ||
        strcmp(state, LOCK_NOT_AVAILABLE) == 0)
        return QUEUE_AGAIN;
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (strncmp(state, classes[i], 2) == 0)
            return QUEUE_AGAIN;
    return QUEUE_REFUSED;
}

static queue_outcome finish(queue_result **result, char error[JOBS_ERROR_BYTES], PGconn *c, PGresult *r)
{
    ExecStatusType s = PQresultStatus(r);
    if (result != NULL)
        *result = NULL;
    queue_outcome outcome = QUEUE_FINE;
    if (s != PGRES_COMMAND_OK && s != PGRES_TUPLES_OK) {
        const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
        outcome = judge(c, r);
        if (state != NULL && strcmp(state, NO_SCHEMA) == 0)
            say(error, "this database has none yet: `ashlar prove --queue` makes it");
        else
            say(error, r != NULL ? PQresultErrorMessage(r) : PQerrorMessage(c));
    }
    if (outcome == QUEUE_FINE && result != NULL)
        *result = (queue_result *)r;
    else
        PQclear(r);
    return outcome;
}

queue_outcome queue_do(queue_result **result, char error[JOBS_ERROR_BYTES], queue_connection *connection,
                       const char *statement, const queue_parameter *parameters, int count)
{
    PGconn *c = (PGconn *)connection;
    const char *values[PARAMETERS_MAX];
    int lengths[PARAMETERS_MAX], formats[PARAMETERS_MAX];
    for (int i = 0; i < count; i++) {
        values[i] = parameters[i].data;
        lengths[i] = parameters[i].size_bytes;
        formats[i] = parameters[i].is_binary;
    }
    return finish(result, error, c, PQexecParams(c, statement, count, NULL, values, lengths, formats, 1));
}

queue_outcome queue_script(char error[JOBS_ERROR_BYTES], queue_connection *connection, const char *text)
{
    PGconn *c = (PGconn *)connection;
    return finish(NULL, error, c, PQexec(c, text));
}

void queue_wait(queue_connection *connection, int milliseconds)
{
    PGconn *c = (PGconn *)connection;
    PGnotify *notice = PQnotifies(c);
    if (notice == NULL) {
        struct pollfd wait = {.fd = PQsocket(c), .events = POLLIN};
        poll(&wait, wait.fd >= 0, milliseconds);
        PQconsumeInput(c);
        notice = PQnotifies(c);
    }
    for (; notice != NULL; notice = PQnotifies(c))
        PQfreemem(notice);
}

/* ---- results, in the binary form: numbers have their high byte first ------------------------------ */

static const PGresult *of(const queue_result *r) { return (const PGresult *)r; }

int queue_rows(const queue_result *r) { return PQntuples(of(r)); }
bool queue_is_null(const queue_result *r, int row, int column) { return PQgetisnull(of(r), row, column); }

int64_t queue_number(const queue_result *r, int row, int column)
{
    const uint8_t *at = (const uint8_t *)PQgetvalue(of(r), row, column);
    int size = PQgetlength(of(r), row, column);
    uint64_t value = size > 1 && at[0] >> 7 ? UINT64_MAX : 0;
    for (int i = 0; i < size; i++)
        value = value << 8 | at[i];
    return (int64_t)value;
}

double queue_real(const queue_result *r, int row, int column)
{
    uint64_t bits = (uint64_t)queue_number(r, row, column);
    double value;
    memcpy(&value, &bits, sizeof value);
    return PQgetlength(of(r), row, column) == sizeof value ? value : 0;
}

const char *queue_string(const queue_result *r, int row, int column)
{
    char *text = PQgetvalue(of(r), row, column);
    make_printable(text);
    return text;
}

bytes queue_data(const queue_result *r, int row, int column)
{
    return (bytes){(const uint8_t *)PQgetvalue(of(r), row, column), (size_t)PQgetlength(of(r), row, column)};
}

void queue_free(queue_result *r) { PQclear((PGresult *)r); }

/* ---- builds --------------------------------------------------------------------------------------- */

const char *build_text(char out[BUILD_TEXT_BYTES], const verifier *v, const jobs_build *build)
{
    enum { PROGRAMS_MAX = 16 };
    uint8_t all[PROGRAM_ID_BYTES * (2 + PROGRAMS_MAX)];
    size_t size = 2 * PROGRAM_ID_BYTES;
    hash256 hash;
    program_id_write(all, &v->machine_id);
    memcpy(all + PROGRAM_ID_BYTES, build->join.id, PROGRAM_ID_BYTES);
    for (uint32_t i = 0; i < build->program_count && i < PROGRAMS_MAX; i++, size += PROGRAM_ID_BYTES)
        memcpy(all + size, build->programs[i].id, PROGRAM_ID_BYTES);
    keccak256(&hash, all, size);
    int version_length = snprintf(out, BUILD_TEXT_BYTES, "%.20s-", ASHLAR_VERSION);
    hex_encode(out + version_length, hash.bytes, 8);
    return out;
}
