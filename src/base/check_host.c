#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void check_failed(const char *condition, const char *file, int line)
{
    enum { EXIT_LIMIT = 4 };
    if (file == NULL) {
        fprintf(stderr, "ashlar: %s\n", condition);
        exit(EXIT_LIMIT);
    }
    fprintf(stderr, "ashlar: bug: %s does not hold at %s:%d; please report this\n", condition, file, line);
    abort();
}
