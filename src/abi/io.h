/* Input and output of a guest program, as the zkVM standard interface has them (C interface for zkVM guests,
 * github.com/eth-act/zkvm-standards). Defined in src/guest. */
#ifndef ASHLAR_ABI_IO_H
#define ASHLAR_ABI_IO_H

#include "base/types.h"

/* The private input, in place: it stays valid and 8-byte aligned. Nothing about it can be trusted; its size
 * is within the input region. */
void read_input(const uint8_t **data, size_t *size);

/* Appends to the public output. At exit 0 its Keccak-256 is stored in the four output words. */
void write_output(const uint8_t *data, size_t size);

/* What a guest program defines; the run exits with its value. */
int guest_main(void);

#endif
