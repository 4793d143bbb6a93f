/* The buses between chips: buses.def as types, and how a chip speaks on them. Freestanding. */
#ifndef ASHLAR_VM_BUS_H
#define ASHLAR_VM_BUS_H

#include "stark/air.h"

typedef enum {
#define BUS(NAME, tag, length, lookup, shared) BUS_##NAME = (tag),
#include "vm/buses.def"
#undef BUS
    BUS_TAGS
} bus_tag;

typedef struct {
    const char *name;
    uint32_t length; /* of a message, without the tag */
    bool lookup, shared;
} bus_info;

/* By tag; entry 0 is empty. */
extern const bus_info bus_infos[BUS_TAGS];

/* The operations of the BYTE bus. PAIR says only that a and b are bytes; its c is 0. */
typedef enum { BYTE_AND = 1, BYTE_OR, BYTE_XOR, BYTE_PAIR, BYTE_OPERATIONS } byte_operation;

/* The tables of the SMALL bus.
 *   SHIFT_LEFT   key u < 16: 16 − u, 2^(16 − u), 2^u
 *   SHIFT_RIGHT  key u < 16: u, 2^u, 2^(16 − u)
 *   CROSSES      key 8·log2(size) + offset, size 2, 4 or 8 bytes: 1 if offset + size > 8 else 0; 0; 0 */
typedef enum { SMALL_SHIFT_LEFT = 1, SMALL_SHIFT_RIGHT, SMALL_CROSSES } small_table;

/* The rows of the SPARSE bus: vm/sparse/sparse.h. */
typedef enum { SPARSE_CUT = 1, SPARSE_UNSET = 6, SPARSE_EVEN, SPARSE_LIMB, SPARSE_KINDS } sparse_kind;

/* Which accelerator a STEP belongs to. */
typedef enum { STEP_COPY_WORDS = 1, STEP_KECCAK_ABSORB, STEP_KECCAK_DIGEST, STEP_MULTIPLY_ADD = 16, STEP_OPEN_WEIGHT } step_chip;

enum { SPACE_MEMORY = 0, SPACE_REGISTERS = 1 };

/* The length of each message is CHECKed against buses.def. */
void bus_send(air_tape *t, bus_tag tag, air_expr multiplicity, const air_expr *message, uint32_t length);
void bus_receive(air_tape *t, bus_tag tag, air_expr multiplicity, const air_expr *message, uint32_t length);

/* Of a lookup: the user's side, where `selector` is 1; and the provider's. */
void bus_look_up(air_tape *t, bus_tag tag, air_expr selector, const air_expr *message, uint32_t length);
void bus_provide(air_tape *t, bus_tag tag, air_expr multiplicity, const air_expr *message, uint32_t length);

/* x < 2^bits */
void bus_range(air_tape *t, air_expr selector, uint32_t bits, air_expr x);
/* 0 ≤ x < 2^(16 + high_bits), given its low limb: x = low + 2^16·high. */
void bus_range_wide(air_tape *t, air_expr selector, uint32_t high_bits, air_expr x, air_expr low);
/* a and b are bytes. */
void bus_byte_pair(air_tape *t, air_expr selector, air_expr a, air_expr b);

#endif
