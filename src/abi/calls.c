#include "abi/calls.h"

const call_description call_descriptions[CALL_INDEX_COUNT] = {
#define CALL(NAME, name, number, flags, ...) {#name, number, flags, {__VA_ARGS__}},
#include "abi/calls.def"
#undef CALL
};
