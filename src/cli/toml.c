#include "cli/toml.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    const char *at, *end;
    unsigned line;
    char *why;
    arena *memory;
    const char *table;
    const char **tables; /* those that were begun */
    size_t table_count;
    toml_entry *entries;
    size_t entry_count;
} parser;

static status refuse(parser *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
static status refuse(parser *p, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(p->why, TOML_WHY_BYTES, format, arguments);
    va_end(arguments);
    return INPUT_MALFORMED;
}

/* ---- characters ---- */

static int peek(const parser *p) { return p->at < p->end ? (unsigned char)*p->at : -1; }

static bool starts_with(const parser *p, const char *text)
{
    size_t size = strlen(text);
    return (size_t)(p->end - p->at) >= size && memcmp(p->at, text, size) == 0;
}

static bool take(parser *p, const char *text)
{
    bool there = starts_with(p, text);
    if (there)
        p->at += strlen(text);
    return there;
}

static void skip_blanks(parser *p)
{
    while (peek(p) == ' ' || peek(p) == '\t')
        p->at++;
}

static bool take_newline(parser *p)
{
    bool there = take(p, "\n") || take(p, "\r\n");
    p->line += there;
    return there;
}

/* Controls other than the tab stand nowhere. */
static bool is_control(int c) { return (c < 0x20 && c != '\t') || c == 0x7f; }

static status skip_comment(parser *p)
{
    if (peek(p) != '#')
        return OK;
    while (peek(p) >= 0 && !starts_with(p, "\n") && !starts_with(p, "\r\n")) {
        if (is_control(peek(p)))
            return refuse(p, "a comment has a control character");
        p->at++;
    }
    return OK;
}

static status end_line(parser *p)
{
    skip_blanks(p);
    TRY(skip_comment(p));
    return peek(p) < 0 || take_newline(p) ? OK : refuse(p, "something follows where the line should end");
}

/* Length of the sequence that begins here; 0 where it is none (overlong, surrogate, beyond 0x10ffff, cut). */
static size_t utf8_length(const unsigned char *at, const unsigned char *end)
{
    if (at[0] < 0x80)
        return 1;
    size_t length = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
    if (at[0] < 0xc2 || at[0] > 0xf4 || (size_t)(end - at) < length)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    bool is_overlong = (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xf0 && at[1] < 0x90);
    bool is_none = (at[0] == 0xed && at[1] > 0x9f) || (at[0] == 0xf4 && at[1] > 0x8f);
    return is_overlong || is_none ? 0 : length;
}

static status check_utf8(parser *p)
{
    const unsigned char *at = (const unsigned char *)p->at, *end = (const unsigned char *)p->end;
    while (at < end) {
        size_t length = utf8_length(at, end);
        if (length == 0)
            return refuse(p, "the text is no UTF-8");
        p->line += *at == '\n';
        at += length;
    }
    p->line = 1;
    return OK;
}

/* ---- strings ---- */

static size_t put_utf8(char *out, uint32_t code)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const uint32_t first[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = length; i-- > 1; code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3f));
    out[0] = (char)(first[length] | code);
    return length;
}

static status escape(parser *p, char *out, size_t *size)
{
    static const char letters[] = "btnfr\"\\", meant[] = "\b\t\n\f\r\"\\";
    int c = peek(p);
    const char *letter = c > 0 ? strchr(letters, c) : NULL;
    p->at++;
    if (letter != NULL) {
        out[(*size)++] = meant[letter - letters];
        return OK;
    }
    size_t digits = c == 'u' ? 4 : c == 'U' ? 8 : 0;
    uint32_t code = 0;
    if (digits == 0)
        return refuse(p, "a string has an escape that does not exist");
    for (size_t i = 0; i < digits; i++, p->at++) {
        static const char hex[] = "0123456789abcdef0123456789ABCDEF";
        const char *digit = peek(p) > 0 ? strchr(hex, peek(p)) : NULL;
        if (digit == NULL)
            return refuse(p, "\\%c takes %zu hexadecimal digits", c, digits);
        code = code << 4 | (uint32_t)((digit - hex) % 16);
    }
    if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        return refuse(p, "\\%c stands for no character that may be here", c);
    *size += put_utf8(out + *size, code);
    return OK;
}

static size_t left_in_line(const parser *p)
{
    const char *newline = memchr(p->at, '\n', (size_t)(p->end - p->at));
    return (size_t)((newline != NULL ? newline : p->end) - p->at);
}

/* "…" with escapes, or '…' without. */
static status read_string(parser *p, const char **out)
{
    if (starts_with(p, "\"\"\"") || starts_with(p, "'''"))
        return refuse(p, "strings over several lines are not supported");
    int quote = *p->at++;
    /* No escape is shorter than what it stands for. */
    char *text = arena_allocate(p->memory, left_in_line(p) + 1, 1);
    size_t size = 0;
    while (peek(p) != quote) {
        int c = peek(p);
        if (c < 0 || c == '\n' || starts_with(p, "\r\n"))
            return refuse(p, "a string does not end in its line");
        if (is_control(c))
            return refuse(p, "a string has a control character: write it as an escape");
        p->at++;
        if (c == '\\' && quote == '"')
            TRY(escape(p, text, &size));
        else
            text[size++] = (char)c;
    }
    p->at++;
    text[size] = 0;
    *out = text;
    return OK;
}

/* ---- keys and values ---- */

static bool is_bare(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

static const char *copy(parser *p, const char *from, const char *to)
{
    size_t size = (size_t)(to - from);
    char *text = arena_allocate(p->memory, size + 1, 1);
    memcpy(text, from, size);
    text[size] = 0;
    return text;
}

static status read_key(parser *p, const char **out)
{
    if (peek(p) == '"' || peek(p) == '\'') {
        TRY(read_string(p, out));
    } else {
        const char *start = p->at;
        while (is_bare(peek(p)))
            p->at++;
        if (p->at == start)
            return refuse(p, "a key is missing: a line is `key = value`, [table] or a comment");
        *out = copy(p, start, p->at);
    }
    skip_blanks(p);
    return peek(p) == '.' ? refuse(p, "keys with dots are not supported: use a [table]") : OK;
}

static status read_array(parser *p, const char **out)
{
    char *text = arena_allocate(p->memory, (size_t)(p->end - p->at) + 1, 1);
    size_t size = 0;
    bool needs_comma = false;
    p->at++;
    for (;;) {
        skip_blanks(p);
        TRY(skip_comment(p));
        if (take_newline(p))
            continue;
        if (take(p, "]"))
            break;
        if (needs_comma) {
            if (!take(p, ","))
                return refuse(p, "an array lacks a comma or its ]");
            needs_comma = false;
            continue;
        }
        const char *item;
        if (peek(p) != '"' && peek(p) != '\'')
            return refuse(p, peek(p) < 0 ? "an array lacks its ]"
                                         : "arrays of other than strings are not supported");
        TRY(read_string(p, &item));
        if (item[0] == 0 || strchr(item, ',') != NULL)
            return refuse(p, "a string of an array is empty or has a comma in it");
        size += (size_t)sprintf(text + size, "%s%s", size > 0 ? "," : "", item);
        needs_comma = true;
    }
    text[size] = 0;
    *out = text;
    return OK;
}

/* Decimal, of 64 bits with a sign; underscores stand between digits. */
static status read_integer(parser *p, const char **out)
{
    const char *start = p->at;
    while (is_bare(peek(p)) || peek(p) == '+' || peek(p) == '.' || peek(p) == ':')
        p->at++;
    char *text = arena_allocate(p->memory, (size_t)(p->at - start) + 1, 1);
    size_t size = 0, digits = 0;
    const char *at = start;
    bool negative = at < p->at && *at == '-';
    if (at < p->at && (*at == '+' || *at == '-'))
        at++;
    if (negative)
        text[size++] = '-';
    uint64_t value = 0;
    bool good = at < p->at && (*at != '0' || at + 1 == p->at), fits = true;
    for (; at < p->at && good; at++) {
        if (*at == '_') {
            good = digits > 0 && at[-1] != '_' && at + 1 < p->at;
            continue;
        }
        good = *at >= '0' && *at <= '9';
        uint64_t digit = (uint64_t)(*at - '0');
        fits = fits && value <= ((uint64_t)INT64_MAX + negative - digit) / 10;
        value = value * 10 + digit;
        text[size++] = *at;
        digits++;
    }
    text[size] = 0;
    *out = text;
    if (!good)
        return refuse(p, "'%.*s' is no string in quotation marks, decimal integer, true or false",
                      (int)(p->at - start < 60 ? p->at - start : 60), start);
    return fits ? OK : refuse(p, "%.60s is beyond 64 bits", text);
}

static bool take_word(parser *p, const char *word)
{
    const char *before = p->at;
    if (take(p, word) && !is_bare(peek(p)))
        return true;
    p->at = before;
    return false;
}

static status read_value(parser *p, toml_entry *e)
{
    int c = peek(p);
    e->kind = TOML_STRING;
    if (c == '"' || c == '\'')
        return read_string(p, &e->text);
    e->kind = TOML_ARRAY;
    if (c == '[')
        return read_array(p, &e->text);
    e->kind = TOML_BOOLEAN;
    e->text = take_word(p, "true") ? "true" : take_word(p, "false") ? "false" : NULL;
    if (e->text != NULL)
        return OK;
    if (c == '{')
        return refuse(p, "inline tables are not supported");
    if (!is_bare(c) && c != '+')
        return refuse(p, "a value is missing");
    e->kind = TOML_INTEGER;
    return read_integer(p, &e->text);
}

/* ---- lines ---- */

static status read_table(parser *p)
{
    if (starts_with(p, "[["))
        return refuse(p, "arrays of tables are not supported");
    p->at++;
    skip_blanks(p);
    TRY(read_key(p, &p->table));
    if (!take(p, "]"))
        return refuse(p, "a table's name lacks its ]");
    if (p->table[0] == 0)
        return refuse(p, "tables without a name are not supported");
    for (size_t i = 0; i < p->table_count; i++)
        if (strcmp(p->tables[i], p->table) == 0)
            return refuse(p, "the table [%.60s] is there twice", p->table);
    /* A key of that name before the first table would be the same thing twice. */
    for (size_t i = 0; i < p->entry_count; i++)
        if (p->entries[i].table[0] == 0 && strcmp(p->entries[i].key, p->table) == 0)
            return refuse(p, "[%.60s] is a key already", p->table);
    p->tables[p->table_count++] = p->table;
    return OK;
}

static status read_entry(parser *p)
{
    toml_entry e = {.table = p->table, .line = p->line};
    TRY(read_key(p, &e.key));
    if (!take(p, "="))
        return refuse(p, "a key lacks its = and value");
    for (size_t i = 0; i < p->entry_count; i++)
        if (strcmp(p->entries[i].table, e.table) == 0 && strcmp(p->entries[i].key, e.key) == 0)
            return refuse(p, "'%.60s' is there twice, first in line %u", e.key, p->entries[i].line);
    skip_blanks(p);
    TRY(read_value(p, &e));
    p->entries[p->entry_count++] = e;
    return OK;
}

static status read_lines(parser *p)
{
    TRY(check_utf8(p));
    while (peek(p) >= 0) {
        skip_blanks(p);
        if (peek(p) == '[')
            TRY(read_table(p));
        else if (peek(p) >= 0 && peek(p) != '#' && peek(p) != '\n' && peek(p) != '\r')
            TRY(read_entry(p));
        TRY(end_line(p));
    }
    return OK;
}

status toml_parse(toml_entry **entries, size_t *count, unsigned *line, char *why, arena *memory, bytes text)
{
    size_t most = 1;
    for (size_t i = 0; i < text.size; i++)
        most += text.data[i] == '\n';
    parser p = {
        .at = (const char *)text.data,
        .end = (const char *)text.data + text.size,
        .line = 1,
        .why = why,
        .memory = memory,
        .table = "",
        .tables = ARENA_NEW(memory, const char *, most),
        .entries = ARENA_NEW(memory, toml_entry, most),
    };
    status s = read_lines(&p);
    *entries = p.entries;
    *count = p.entry_count;
    *line = p.line;
    return s;
}
