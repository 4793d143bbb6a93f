/* DEFLATE (RFC 1951), decoded as strictly as zlib does it: this accepts exactly the streams that zlib's
 * inflate accepts, and gives the same text. */
#ifndef ASHLAR_ROLLUP_INFLATE_H
#define ASHLAR_ROLLUP_INFLATE_H

#include "base/arena.h"
#include "base/status.h"
#include "base/types.h"

/* The text of the raw stream that `stream` begins with, in the arena; what follows the stream is not looked
 * at. Ends after a number of steps that grows with the length of stream and text together, whatever the
 * bytes.
 *
 * BATCH_STREAM_BROKEN: block type 3; LEN ≠ ~NLEN; more than 286 or 30 codes; a repeated length without one
 * before it or beyond the last; a code over-subscribed, or incomplete (one code of one bit may be, and none
 * for distances); no code for the end of the block; a code or symbol that means nothing; a distance before
 * the start; the stream's end missing. BATCH_TEXT_TOO_LONG: more than most_bytes. */
status rollup_inflate(bytes *text, arena *memory, size_t most_bytes, bytes stream);

#endif
