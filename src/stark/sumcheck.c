#include "stark/sumcheck.h"

#include "base/check.h"
#include "base/memory.h"

static fp5 read(const fp *words, unsigned i)
{
    fp5 x;
    memcpy(x.c, words + FP5_DEGREE * i, sizeof x.c);
    return x;
}

fp5 sumcheck_eq_round(transcript *t, fp5 *claim, fp5 coordinate, const fp *sent, unsigned degree)
{
    fp5 challenge = transcript_exchange(t, sent, (size_t)FP5_DEGREE * degree);
    fp5 sum = FP5_ZERO, value = FP5_ZERO; /* of u_1 …; of u − u_0 at the challenge */
    for (unsigned i = degree; i-- > 0;) {
        fp5 u = read(sent, i);
        sum = fp5_add(sum, u);
        value = fp5_mul(fp5_add(value, u), challenge);
    }
    *claim = fp5_add(fp5_sub(*claim, fp5_mul(coordinate, sum)), value);
    return challenge;
}

/* claim ← claim + challenge·(u_1 + challenge·(u_2 + …)) − coordinate·(u_1 + u_2 + …) */
#define ITEM CALL_MULTIPLY_ADD_ITEM
enum { CLAIM = SUMCHECK_CLAIM, Z = SUMCHECK_COORDINATE, X = SUMCHECK_CHALLENGE, U1 = SUMCHECK_SENT, U2, U3, T };
_Static_assert(T + 1 == SUMCHECK_OWN, "the last block is the sum's");
static const uint64_t items_of_degree_2[] = {
    ITEM(U2, X, U1, T),
    ITEM(T, X, CLAIM, CLAIM),
    ITEM(U1, LIST_ONE, U2, T),
    ITEM(T, LIST_MINUS_ONE, LIST_ZERO, T),
    ITEM(T, Z, CLAIM, CLAIM),
};
static const uint64_t items_of_degree_3[] = {
    ITEM(U3, X, U2, T),
    ITEM(T, X, U1, T),
    ITEM(T, X, CLAIM, CLAIM),
    ITEM(U1, LIST_ONE, U2, T),
    ITEM(T, LIST_ONE, U3, T),
    ITEM(T, LIST_MINUS_ONE, LIST_ZERO, T),
    ITEM(T, Z, CLAIM, CLAIM),
};

void sumcheck_eq_in(list *l, transcript *t, fp5 *point, const fp5 *z, unsigned k, const fp *sent, unsigned degree)
{
    CHECK(degree == 2 || degree == 3);
    for (unsigned i = k; i-- > 0; sent += FP5_DEGREE * degree) {
        list_set(l, Z, &z[i]);
        list_set_all(l, U1, (const fp5 *)(const void *)sent, degree);
        point[i] = transcript_exchange(t, sent, (size_t)FP5_DEGREE * degree);
        list_set(l, X, &point[i]);
        if (degree == 2)
            list_run_items(l, items_of_degree_2, sizeof items_of_degree_2 / sizeof *items_of_degree_2);
        else
            list_run_items(l, items_of_degree_3, sizeof items_of_degree_3 / sizeof *items_of_degree_3);
    }
}

void sumcheck_eq(transcript *t, fp5 *claim, fp5 *point, const fp5 *z, unsigned k, const fp *sent, unsigned degree)
{
    uint64_t blocks[SUMCHECK_OWN * LIST_BLOCK_WORDS] = {0};
    list l;
    list_open_on(&l, blocks, NULL);
    list_set(&l, CLAIM, claim);
    sumcheck_eq_in(&l, t, point, z, k, sent, degree);
    *claim = list_get(&l, CLAIM);
}

fp5 sumcheck_plain_round(transcript *t, fp5 *claim, const fp *sent)
{
    fp5 challenge = transcript_exchange(t, sent, SUMCHECK_PLAIN_WORDS);
    fp5 s0 = read(sent, 0), s2 = read(sent, 1);
    fp5 s1 = fp5_sub(fp5_sub(*claim, fp5_double(s0)), s2);
    *claim = fp5_add(s0, fp5_mul(challenge, fp5_add(s1, fp5_mul(challenge, s2))));
    return challenge;
}

void sumcheck_plain(transcript *t, fp5 *claim, fp5 *point, unsigned k, const fp *sent)
{
    for (unsigned i = 0; i < k; i++, sent += SUMCHECK_PLAIN_WORDS)
        point[i] = sumcheck_plain_round(t, claim, sent);
}
