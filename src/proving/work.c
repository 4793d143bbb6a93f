/* The directory where parts and nodes of an unfinished proof are kept: a folder for each batch, of which one is there. */
#define _GNU_SOURCE
#include "proving/internal.h"

#include "base/hex.h"
#include "telemetry/log.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { NAME_BYTES = 16, OPEN_FOLDERS_MAX = 8 }; /* of a folder: hex of the batch's last hash */

static int remove_entry(const char *path, const struct stat *about, int kind, struct FTW *place)
{
    (void)about;
    (void)kind;
    (void)place;
    return remove(path);
}

static bool remove_others(const char *directory, const char *name)
{
    DIR *d = opendir(directory);
    if (d == NULL)
        return errno == ENOENT;
    bool fine = true;
    for (struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
        char path[PATH_MAX];
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 || strcmp(e->d_name, name) == 0)
            continue;
        int size = snprintf(path, sizeof path, "%s/%s", directory, e->d_name);
        fine = fine && size < (int)sizeof path && nftw(path, remove_entry, OPEN_FOLDERS_MAX, FTW_DEPTH | FTW_PHYS) == 0;
    }
    closedir(d);
    return fine;
}

char *work_open(arena *memory, const proving_options *o, const batch *b)
{
    if (o->work == NULL)
        return NULL;
    char name[2 * NAME_BYTES + 1];
    hex_encode(name, b->last_hash.bytes, NAME_BYTES);
    name[2 * NAME_BYTES] = 0;
    size_t size = strlen(o->work) + 1 + sizeof name;
    char *path = arena_allocate(memory, size, 1);
    snprintf(path, size, "%s/%s", o->work, name);
    if (remove_others(o->work, name) && (mkdir(o->work, 0700) == 0 || errno == EEXIST))
        return path;
    log_event(LOG_WARN, "an unfinished proof is not kept", log_text("directory", o->work), log_text("error", strerror(errno)));
    return NULL;
}

void work_clear(const proving_options *o)
{
    if (o->work != NULL && !remove_others(o->work, "."))
        log_event(LOG_WARN, "what is left of a proof cannot be removed", log_text("directory", o->work),
                  log_text("error", strerror(errno)));
}
