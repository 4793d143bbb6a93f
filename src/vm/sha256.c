#include "vm/sha256.h"

const uint32_t sha256_constants[64] = {
#include "crypto/sha256_constants.inc"
};

void sha256_limbs_of_bytes(air_tape *t, air_expr *limbs, const air_expr *bytes, uint32_t limb_count)
{
    for (uint32_t i = 0; i < limb_count; i++) {
        const air_expr *pair = bytes + 2 * (i ^ 1); /* the higher half of a word comes first */
        limbs[i] = row_join(t, pair[1], 8, pair[0]);
    }
}

static void hand_over(air_tape *t, bool receive, bus_tag tag, air_expr selector, const air_expr *message,
                      uint32_t length)
{
    if (receive)
        bus_receive(t, tag, selector, message, length);
    else
        bus_send(t, tag, selector, message, length);
}

static void chain(air_tape *t, bool receive, air_expr selector, const sha256_place *at,
                  const air_expr state[SHA256_LIMBS])
{
    air_expr message[6 + SHA256_LIMBS] = {at->time, at->ends, at->left, at->data, at->offset, at->tail};
    for (uint32_t i = 0; i < SHA256_LIMBS; i++)
        message[6 + i] = state[i];
    hand_over(t, receive, BUS_SHA256, selector, message, 6 + SHA256_LIMBS);
}

void sha256_send(air_tape *t, air_expr selector, const sha256_place *at, const air_expr state[SHA256_LIMBS])
{
    chain(t, false, selector, at, state);
}

void sha256_receive(air_tape *t, air_expr selector, const sha256_place *at,
                    const air_expr state[SHA256_LIMBS])
{
    chain(t, true, selector, at, state);
}

static void rounds(air_tape *t, bool receive, air_expr selector, air_expr time, air_expr row,
                   const air_expr state[SHA256_LIMBS])
{
    air_expr message[2 + SHA256_LIMBS] = {time, row};
    for (uint32_t i = 0; i < SHA256_LIMBS; i++)
        message[2 + i] = state[i];
    hand_over(t, receive, BUS_SHA256_ROUNDS, selector, message, 2 + SHA256_LIMBS);
}

void sha256_send_rounds(air_tape *t, air_expr selector, air_expr time, air_expr row,
                        const air_expr state[SHA256_LIMBS])
{
    rounds(t, false, selector, time, row, state);
}

void sha256_receive_rounds(air_tape *t, air_expr selector, air_expr time, air_expr row,
                           const air_expr state[SHA256_LIMBS])
{
    rounds(t, true, selector, time, row, state);
}

static void words(air_tape *t, bool receive, air_expr selector, sha256_source source, air_expr time,
                  air_expr row, const air_expr values[SHA256_GIVEN])
{
    air_expr message[3 + SHA256_GIVEN] = {air_constant(t, source), time, row};
    for (uint32_t i = 0; i < SHA256_GIVEN; i++)
        message[3 + i] = values[i];
    hand_over(t, receive, BUS_SHA256_WORDS, selector, message, 3 + SHA256_GIVEN);
}

void sha256_send_words(air_tape *t, air_expr selector, sha256_source source, air_expr time, air_expr row,
                       const air_expr values[SHA256_GIVEN])
{
    words(t, false, selector, source, time, row, values);
}

void sha256_receive_words(air_tape *t, air_expr selector, sha256_source source, air_expr time, air_expr row,
                          const air_expr values[SHA256_GIVEN])
{
    words(t, true, selector, source, time, row, values);
}
