#define _GNU_SOURCE
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

int fail(int exit_code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("ashlar: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    return exit_code;
}

int fail_usage(const command *c, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "ashlar %s: ", c->name);
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "; use: ashlar %s %s\n", c->name, c->usage);
    va_end(arguments);
    return EXIT_USAGE;
}

int options_parse(const command *c, int argc, char **argv, const option *options, size_t option_count,
                  int operands_min, int operands_max, int *operand_count)
{
    int operands = 0;
    bool only_operands = false;
    for (int i = 1; i < argc; i++) {
        char *argument = argv[i];
        if (only_operands || argument[0] != '-' || argument[1] == 0) {
            argv[++operands] = argument;
            continue;
        }
        if (strcmp(argument, "--") == 0) {
            only_operands = true;
            continue;
        }
        size_t name_length = strcspn(argument, "=");
        const option *match = NULL;
        for (size_t k = 0; k < option_count; k++)
            if (strlen(options[k].name) == name_length &&
                strncmp(options[k].name, argument, name_length) == 0)
                match = &options[k];
        if (match == NULL)
            return fail_usage(c, "there is no option '%.*s'", (int)name_length, argument);
        if (match->value == NULL) {
            if (argument[name_length] == '=')
                return fail_usage(c, "%s takes no value", match->name);
            *match->flag = true;
        } else if (argument[name_length] == '=') {
            *match->value = argument + name_length + 1;
        } else if (i + 1 < argc) {
            *match->value = argv[++i];
        } else {
            return fail_usage(c, "%s needs a value", match->name);
        }
    }
    if (operands < operands_min)
        return fail_usage(c, "an argument is missing");
    if (operands > operands_max)
        return fail_usage(c, "'%s' is one argument too many", argv[operands_max + 1]);
    *operand_count = operands;
    return EXIT_FINE;
}

int option_number(const command *c, uint64_t *out, const char *name, const char *text, uint64_t least,
                  uint64_t most)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != 0 || errno != 0 || number < least || number > most)
        return fail_usage(c, "%s must be a whole number from %llu to %llu, not '%s'", name,
                          (unsigned long long)least, (unsigned long long)most, text);
    *out = number;
    return EXIT_FINE;
}

/* Reads size_bytes, or says why not. */
static int read_exactly(uint8_t *out, int descriptor, size_t size_bytes, const char *path)
{
    for (size_t got = 0; got < size_bytes;) {
        ssize_t more = read(descriptor, out + got, size_bytes - got);
        if (more < 0 && errno == EINTR)
            continue;
        if (more < 0)
            return fail(EXIT_INPUT, "%s: %s", path, strerror(errno));
        if (more == 0)
            return fail(EXIT_INPUT, "%s: cannot be read to its end", path);
        got += (size_t)more;
    }
    return EXIT_FINE;
}

static int read_open_file(bytes *out, arena *memory, const char *path, int descriptor, file_check *check,
                          void *context)
{
    struct stat about;
    if (fstat(descriptor, &about) != 0 || !S_ISREG(about.st_mode))
        return fail(EXIT_INPUT, "%s: is not a file", path);
    size_t size_bytes = (size_t)about.st_size;
    size_t head_bytes = check == NULL ? 0 : size_bytes < FILE_HEAD_BYTES ? size_bytes : FILE_HEAD_BYTES;
    if (check != NULL) {
        uint8_t head[FILE_HEAD_BYTES];
        int code = read_exactly(head, descriptor, head_bytes, path), refusal = EXIT_INPUT;
        if (code != EXIT_FINE)
            return code;
        const char *reason = check(context, &refusal, (bytes){head, head_bytes}, size_bytes);
        if (reason != NULL)
            return fail(refusal, "%s: %s", path, reason);
    }
    /* A hole costs its maker nothing, and memory whoever reads it. */
    if (size_bytes > FILE_HOLES_BYTES && lseek(descriptor, 0, SEEK_HOLE) < about.st_size)
        return fail(EXIT_INPUT, "%s: has holes (%s): it was never written whole", path,
                    size_text(size_bytes));
    if (lseek(descriptor, 0, SEEK_SET) != 0)
        return fail(EXIT_INPUT, "%s: %s", path, strerror(errno));
    if (size_bytes > (memory->size_bytes - memory->used_bytes) / 2)
        return fail(EXIT_INPUT, "%s: is too large (%s)", path, size_text(size_bytes));
    uint8_t *data = arena_allocate(memory, size_bytes + 1, 64);
    data[size_bytes] = 0;
    *out = (bytes){data, size_bytes};
    return read_exactly(data, descriptor, size_bytes, path);
}

int file_read_checked(bytes *out, arena *memory, const char *path, file_check *check, void *context)
{
    /* Some devices do something when they are opened. O_NONBLOCK: a FIFO would be waited for. */
    struct stat about;
    if (stat(path, &about) == 0 && !S_ISREG(about.st_mode))
        return fail(EXIT_INPUT, "%s: is not a file", path);
    int descriptor = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (descriptor < 0)
        return fail(EXIT_INPUT, "%s: %s", path, strerror(errno));
    int code = read_open_file(out, memory, path, descriptor, check, context);
    close(descriptor);
    return code;
}

int file_read(bytes *out, arena *memory, const char *path)
{
    return file_read_checked(out, memory, path, NULL, NULL);
}

/* A name is on disk once its folder is. */
static bool keep_name(const char *path)
{
    char *copy = strdup(path);
    int folder = copy == NULL ? -1 : open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(copy);
    /* Some file systems know no syncing of folders (EINVAL), and some folders cannot be read. */
    bool good = folder < 0 || fsync(folder) == 0 || errno == EINVAL;
    if (folder >= 0)
        close(folder);
    return good;
}

int file_write(const char *path, const void *data, size_t size_bytes)
{
    char *beside = NULL;
    if (asprintf(&beside, "%s.part", path) < 0)
        return fail(EXIT_INPUT, "%s: out of memory", path);
    FILE *file = fopen(beside, "wb");
    bool good = file != NULL && fwrite(data, 1, size_bytes, file) == size_bytes;
    if (file != NULL)
        good = (fflush(file) == 0) & (fsync(fileno(file)) == 0) & (fclose(file) == 0) & good;
    int error = errno;
    good = good && rename(beside, path) == 0 && keep_name(path);
    if (!good) {
        error = error != 0 ? error : errno;
        unlink(beside);
    }
    free(beside);
    return good ? EXIT_FINE : fail(EXIT_INPUT, "%s: cannot be written: %s", path, strerror(error));
}

char *hex_text(char *buffer, const uint8_t *data, size_t size_bytes)
{
    static const char digits[] = "0123456789abcdef";
    char *out = buffer;
    *out++ = '0';
    *out++ = 'x';
    for (size_t i = 0; i < size_bytes; i++) {
        *out++ = digits[data[i] >> 4];
        *out++ = digits[data[i] & 15];
    }
    *out = 0;
    return buffer;
}

static char fault_text[4600];

static void on_fault(int number)
{
    (void)number;
    ssize_t written = write(STDERR_FILENO, fault_text, strlen(fault_text));
    (void)written;
    _exit(EXIT_INPUT);
}

void explain_faults(const char *directory)
{
    snprintf(
        fault_text, sizeof fault_text,
        "ashlar: the database in %s cannot be followed: it is corrupt, or this is a bug of ashlar; move the "
        "directory away and start anew, from an export or from the chain's blocks\n",
        directory);
    struct sigaction action = {.sa_handler = on_fault, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
}

size_t peak_memory_bytes(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (size_t)usage.ru_maxrss * 1024;
}

enum { TEXT_BUFFERS = 8, TEXT_BYTES = 64 };

static char *next_buffer(void)
{
    static char buffers[TEXT_BUFFERS][TEXT_BYTES];
    static int next;
    next = (next + 1) % TEXT_BUFFERS;
    return buffers[next];
}

const char *grouped(uint64_t number)
{
    char *buffer = next_buffer();
    char *out = buffer + TEXT_BYTES - 1;
    *out = 0;
    for (int digits = 0; digits == 0 || number > 0; digits++) {
        if (digits > 0 && digits % 3 == 0)
            *--out = ',';
        *--out = (char)('0' + number % 10);
        number /= 10;
    }
    return out;
}

const char *size_text(uint64_t size_bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    char *buffer = next_buffer();
    double size = (double)size_bytes;
    int unit = 0;
    while (size >= 1024 && unit < 4) {
        size /= 1024;
        unit++;
    }
    snprintf(buffer, TEXT_BYTES, unit == 0 || size >= 100 ? "%.0f %s" : "%.1f %s", size, units[unit]);
    return buffer;
}

const char *range_text(uint64_t first, uint64_t last)
{
    if (first == last)
        return grouped(first);
    const char *from = grouped(first), *to = grouped(last);
    char *buffer = next_buffer();
    snprintf(buffer, TEXT_BYTES, "%s to %s", from, to);
    return buffer;
}
