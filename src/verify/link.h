/* Public outputs of runs that follow each other, joined into one of the same format by the operators of abi/link.def.
 * Freestanding. */
#ifndef ASHLAR_VERIFY_LINK_H
#define ASHLAR_VERIFY_LINK_H

#include "base/status.h"
#include "base/types.h"

enum { LINK_WORD_BYTES = 32, LINK_WORDS_MAX = 16, LINK_BYTES_MAX = LINK_WORDS_MAX * LINK_WORD_BYTES };

typedef struct link_format link_format;

/* The format of outputs whose first word this is; NULL: they are never joined. */
const link_format *link_format_of(const uint8_t tag[LINK_WORD_BYTES]);
size_t link_bytes(const link_format *f);
const char *link_word_name(const link_format *f, uint32_t word);

/* Of link_bytes(f) bytes each. LINK_BROKEN: *word is the one to blame.
 * What must hold of one output by itself: */
status link_alone(const link_format *f, uint32_t *word, const uint8_t *output);
/* `a` becomes both together; where they do not follow each other it stays as it was. CHECKs that both hold alone. */
status link_join(const link_format *f, uint32_t *word, uint8_t *a, const uint8_t *b);

#endif
