/* The call copy_words: n rows, one for each word. The first receives the call, each other the STEP that
 * the one before sent; steps count up from 0 to n − 1, and only that one is last. */
#ifndef ASHLAR_VM_COPY_WORDS_H
#define ASHLAR_VM_COPY_WORDS_H

#include "vm/columns.h"

#define COPY_WORDS_COLUMNS(ONE, MANY) \
    ONE(clk) ONE(real) ONE(is_first) ONE(is_last) \
    ONE(step) ONE(destination) ONE(source) ONE(n) /* the first words; how many */ \
    MANY(word, 4) MANY(read_age, 2) \
    MANY(old, 4) MANY(write_age, 2)

COLUMNS(copy_words, COPY_WORDS_COLUMNS);

#endif
