#include "abi/calls.h"

const call_description call_descriptions[CALL_INDEX_COUNT] = {
#define CALL(NAME, name, number, flags, ...) {#name, number, flags, {__VA_ARGS__}},
#include "abi/calls.def"
#undef CALL
};

const hint_description hint_descriptions[HINT_COUNT] = {
#define HINT(NAME, name, argument_words, result_words) {argument_words, result_words},
#include "abi/hints.def"
#undef HINT
};

#define HINT(NAME, name, argument_words, result_words) \
    _Static_assert((argument_words) <= HINT_WORDS_MAX && (result_words) <= HINT_WORDS_MAX, #name);
#include "abi/hints.def"
#undef HINT
