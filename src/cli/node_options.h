/* The options of `ashlar node` as values and as rows. */
#ifndef ASHLAR_CLI_NODE_OPTIONS_H
#define ASHLAR_CLI_NODE_OPTIONS_H

#include "cli/options.h"

typedef struct {
#define SECTION(name)
#define FLAG(field, ...) bool field;
#define TEXT(field, ...) const char *field;
#define LIST TEXT
#define CHOICE TEXT
#define NUMBER(field, ...) uint64_t field;
#include "cli/node_options.def"
#undef SECTION
#undef FLAG
#undef TEXT
#undef LIST
#undef CHOICE
#undef NUMBER
} node_arguments;

extern const option_row NODE_OPTIONS[];

#endif
