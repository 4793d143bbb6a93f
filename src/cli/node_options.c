#include "cli/node_options.h"

#include <stddef.h>

#define FIELD(field) .offset = offsetof(node_arguments, field)
const option_row NODE_OPTIONS[] = {
#define SECTION(section_) {.kind = OPTION_SECTION, .name = #section_},
#define FLAG(field, name_, help_) {.kind = OPTION_FLAG, .name = name_, .help = help_, FIELD(field)},
#define ROW(kind_, field, name_, value, fallback_, help_) \
    {.kind = kind_, .name = name_, .value_name = value, .fallback = fallback_, .help = help_, FIELD(field)},
#define TEXT(...) ROW(OPTION_TEXT, __VA_ARGS__)
#define LIST(...) ROW(OPTION_LIST, __VA_ARGS__)
#define CHOICE(...) ROW(OPTION_CHOICE, __VA_ARGS__)
#define NUMBER(field, name_, value, fallback_, least_, most_, help_)                                       \
    {.kind = OPTION_NUMBER, .name = name_, .value_name = value, .fallback = fallback_, .least = least_,    \
     .most = most_, .help = help_, FIELD(field)},
#include "cli/node_options.def"
    {0},
};
