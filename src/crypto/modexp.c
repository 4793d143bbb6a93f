#include "crypto/modexp.h"

#include "abi/calls.h"
#include "base/memory.h"
#include "crypto/limbs.h"

/* Window of the exponent: a table of odd powers, at most 2^(MAX_WINDOW_BITS − 1). */
#define MAX_WINDOW_BITS 5

/* Numbers are words of 64 bits, least significant first; `n` counts words. */
typedef struct {
    const uint64_t *modulus; /* odd; NULL: the numbers are modulo 2^(64n) */
    size_t n;
    uint64_t negative_inverse; /* −1/modulus modulo 2^64 */
    uint64_t *product;         /* 2n words */
} ring;

/* t = t + a·b; returns the carry. */
static inline __attribute__((always_inline)) uint64_t add_row(uint64_t *t, const uint64_t *a, size_t n,
                                                              uint64_t b)
{
    uint64_t carry = 0;
    const uint64_t *end = a + (n & ~(size_t)3);
    for (; a != end; a += 4, t += 4) {
        t[0] = limbs_multiply_add(&carry, t[0], a[0], b);
        t[1] = limbs_multiply_add(&carry, t[1], a[1], b);
        t[2] = limbs_multiply_add(&carry, t[2], a[2], b);
        t[3] = limbs_multiply_add(&carry, t[3], a[3], b);
    }
    for (end += n & 3; a != end; a++, t++)
        *t = limbs_multiply_add(&carry, *t, *a, b);
    return carry;
}

/* top:t = t + a·(b0 + 2^64·b1) for n words of t, and two of `top`, which always suffice. Two rows at once:
 * half the loads and stores. */
static inline __attribute__((always_inline)) void
add_two_rows(uint64_t top[2], uint64_t *t, const uint64_t *a, size_t n, uint64_t b0, uint64_t b1)
{
    uint64_t carry0 = 0, carry1 = 0, before = a[0];
    t[0] = limbs_multiply_add(&carry0, t[0], before, b0);
    const uint64_t *end = a + n;
    a++, t++;
    if (!(n & 1)) {
        uint64_t s = limbs_multiply_add(&carry0, *t, *a, b0);
        *t = limbs_multiply_add(&carry1, s, before, b1);
        before = *a;
        a++, t++;
    }
    for (; a != end; a += 2, t += 2) {
        uint64_t a0 = a[0], a1 = a[1];
        uint64_t s = limbs_multiply_add(&carry0, t[0], a0, b0);
        t[0] = limbs_multiply_add(&carry1, s, before, b1);
        s = limbs_multiply_add(&carry0, t[1], a1, b0);
        t[1] = limbs_multiply_add(&carry1, s, a0, b1);
        before = a1;
    }
    top[0] = limbs_multiply_add(&carry1, carry0, before, b1);
    top[1] = carry1;
}

static bool less(const uint64_t *a, const uint64_t *b, size_t n)
{
    while (n-- != 0)
        if (a[n] != b[n])
            return a[n] < b[n];
    return false;
}

/* r = a − b; returns the borrow. */
static uint64_t subtract(uint64_t *r, const uint64_t *a, const uint64_t *b, size_t n)
{
    uint64_t borrow = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t d = a[i] - b[i], under = a[i] < b[i];
        r[i] = d - borrow;
        borrow = under | (d < borrow);
    }
    return borrow;
}

/* a = 2a; returns the bit shifted out. */
static uint64_t double_words(uint64_t *a, size_t n)
{
    uint64_t carry = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t word = a[i];
        a[i] = word << 1 | carry;
        carry = word >> 63;
    }
    return carry;
}

/* t[0..2n) = a·b */
static inline __attribute__((always_inline)) void wide_multiply(uint64_t *t, const uint64_t *a,
                                                                const uint64_t *b, size_t n)
{
    memset(t, 0, n * sizeof *t);
    size_t i = 0;
    for (; i + 2 <= n; i += 2)
        add_two_rows(t + i + n, t + i, a, n, b[i], b[i + 1]);
    if (i < n)
        t[i + n] = add_row(t + i, a, n, b[i]);
}

/* t[0..2n) = a²: the products of two different words once, doubled, then the squares. */
static inline __attribute__((always_inline)) void wide_square(uint64_t *t, const uint64_t *a, size_t n)
{
    memset(t, 0, (n + 1) * sizeof *t);
    size_t i = 0;
    for (; i + 2 < n; i += 2) {
        /* Two rows at once start two words further, so the product of these two words comes alone. */
        uint64_t carry = 0, top[2];
        t[i + n] = 0;
        t[2 * i + 1] = limbs_multiply_add(&carry, t[2 * i + 1], a[i], a[i + 1]);
        t[2 * i + 2] += carry;
        carry = t[2 * i + 2] < carry;
        for (size_t j = 2 * i + 3; carry != 0; j++)
            carry = ++t[j] == 0;
        add_two_rows(top, t + 2 * i + 2, a + i + 2, n - i - 2, a[i], a[i + 1]);
        t[i + n] += top[0];
        t[i + n + 1] = top[1] + (t[i + n] < top[0]);
    }
    if (i + 1 < n) {
        uint64_t carry = 0;
        t[2 * i + 1] = limbs_multiply_add(&carry, t[2 * i + 1], a[i], a[i + 1]);
        t[2 * i + 2] = carry;
    }
    t[2 * n - 1] = 0;
    uint64_t carry = 0, bit = 0;
    for (i = 0; i < n; i++) {
        uint64_t low = t[2 * i] << 1 | bit, high = t[2 * i + 1] << 1 | t[2 * i] >> 63;
        bit = t[2 * i + 1] >> 63;
        t[2 * i] = limbs_multiply_add(&carry, low, a[i], a[i]);
        t[2 * i + 1] = high + carry;
        carry = t[2 * i + 1] < carry;
    }
}

/* r = t / 2^(64n) modulo the modulus, for t < modulus·2^(64n). */
static inline __attribute__((always_inline)) void montgomery_reduce(uint64_t *r, uint64_t *t,
                                                                    const uint64_t *m, size_t n,
                                                                    uint64_t negative_inverse)
{
    uint64_t over = 0;
    size_t i = 0;
    for (; i + 2 <= n; i += 2) {
        uint64_t k0 = t[i] * negative_inverse;
        unsigned __int128 first = (unsigned __int128)k0 * m[0] + t[i];
        uint64_t k1 = (t[i + 1] + k0 * m[1] + (uint64_t)(first >> 64)) * negative_inverse;
        uint64_t *top = t + i + n, more[2];
        add_two_rows(more, t + i, m, n, k0, k1);
        uint64_t s = top[0] + more[0], c = s < more[0];
        top[0] = s + over;
        c += top[0] < over;
        s = top[1] + more[1];
        over = s < more[1];
        top[1] = s + c;
        over |= top[1] < c;
    }
    if (i < n) {
        uint64_t carry = add_row(t + i, m, n, t[i] * negative_inverse);
        uint64_t *top = t + i + n;
        uint64_t s = *top + carry, c = s < carry;
        *top = s + over;
        over = c | (*top < over);
    }
    if (over || !less(t + n, m, n))
        (void)subtract(r, t + n, m, n);
    else
        memcpy(r, t + n, n * sizeof *r);
}

/* The lengths of 256 bits, which are by far the most common, get code of their own. */
static __attribute__((noinline)) void multiply_4(const ring *r, uint64_t *out, const uint64_t *a,
                                                 const uint64_t *b)
{
    uint64_t t[8];
    wide_multiply(t, a, b, 4);
    montgomery_reduce(out, t, r->modulus, 4, r->negative_inverse);
}

static __attribute__((noinline)) void multiply_any(const ring *r, uint64_t *out, const uint64_t *a,
                                                   const uint64_t *b)
{
    if (a == b)
        wide_square(r->product, a, r->n);
    else
        wide_multiply(r->product, a, b, r->n);
    montgomery_reduce(out, r->product, r->modulus, r->n, r->negative_inverse);
}

/* out = a·b, divided by 2^(64n) where the modulus is odd. The operands may be the output. */
static void multiply(const ring *r, uint64_t *out, const uint64_t *a, const uint64_t *b)
{
    if (r->modulus == NULL) {
        memset(r->product, 0, r->n * sizeof *out);
        for (size_t i = 0; i < r->n; i++)
            (void)add_row(r->product + i, a, r->n - i, b[i]);
        memcpy(out, r->product, r->n * sizeof *out);
    } else if (r->n == 4) {
        multiply_4(r, out, a, b);
    } else {
        multiply_any(r, out, a, b);
    }
}

/* −1/m modulo 2^64 for odd m: Newton's iteration from three right bits. */
static uint64_t negated_word_inverse(uint64_t m)
{
    uint64_t inverse = m;
    for (int i = 0; i < 5; i++)
        inverse *= 2 - m * inverse;
    return -inverse;
}

/* ---- bytes and bits ---- */

/* Words `first`, … of a big-endian number, zeros beyond its end. */
static void read_words(uint64_t *out, size_t n, bytes number, size_t first)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t word = 0;
        size_t low = (first + i) * 8;
        if (low + 8 <= number.size) {
            const uint8_t *place = number.data + number.size - low - 8;
            for (int k = 0; k < 8; k++)
                word = word << 8 | place[k];
        } else if (low < number.size) {
            for (size_t k = 0; k < number.size - low; k++)
                word = word << 8 | number.data[k];
        }
        out[i] = word;
    }
}

static void write_words(uint8_t *out, size_t size_bytes, const uint64_t *a)
{
    for (size_t i = 0; i < size_bytes; i++)
        out[size_bytes - 1 - i] = (uint8_t)(a[i / 8] >> 8 * (i % 8));
}

static bytes without_leading_zeros(bytes number)
{
    while (number.size != 0 && number.data[0] == 0) {
        number.data++;
        number.size--;
    }
    return number;
}

static unsigned bit_at(bytes number, size_t position)
{
    return number.data[number.size - 1 - position / 8] >> position % 8 & 1;
}

/* ---- powers ---- */

static void square_times(const ring *r, uint64_t *a, size_t times)
{
    for (size_t i = 0; i < times; i++)
        multiply(r, a, a, a);
}

static unsigned window_bits_for(size_t exponent_bits)
{
    /* From here on the next width saves more products than its table costs. */
    static const uint16_t borders[MAX_WINDOW_BITS - 1] = {8, 36, 140, 450};
    unsigned width = 1;
    while (width < MAX_WINDOW_BITS && exponent_bits >= borders[width - 1])
        width++;
    return width;
}

/* out = base^exponent by sliding windows, for an exponent without leading zeros, of at least one byte.
 * `table` has room for the odd powers and one number more. */
static void power(const ring *r, uint64_t *out, const uint64_t *base, bytes exponent, uint64_t *table)
{
    size_t n = r->n, size = n * sizeof *out;
    size_t bits = 8 * exponent.size;
    while (bit_at(exponent, bits - 1) == 0)
        bits--;
    unsigned width = window_bits_for(bits), entries = 1u << (width - 1);
    memcpy(table, base, size);
    if (entries > 1) {
        uint64_t *square = table + entries * n;
        multiply(r, square, base, base);
        for (unsigned i = 1; i < entries; i++)
            multiply(r, table + i * n, table + (i - 1) * n, square);
    }
    bool started = false;
    size_t left = bits;
    while (left != 0) {
        if (bit_at(exponent, left - 1) == 0) {
            square_times(r, out, 1);
            left--;
            continue;
        }
        unsigned taken = left < width ? (unsigned)left : width, value = 0;
        while (bit_at(exponent, left - taken) == 0)
            taken--;
        for (unsigned i = 1; i <= taken; i++)
            value = value << 1 | bit_at(exponent, left - i);
        if (started) {
            square_times(r, out, taken);
            multiply(r, out, out, table + (value >> 1) * n);
        } else {
            memcpy(out, table + (value >> 1) * n, size);
            started = true;
        }
        left -= taken;
    }
}

/* a = 2a modulo the modulus, for a below it. */
static void double_modular(const ring *r, uint64_t *a)
{
    if (double_words(a, r->n) || !less(a, r->modulus, r->n))
        (void)subtract(a, a, r->modulus, r->n);
}

/* out = base^exponent modulo an odd number > 1 whose highest word is not zero. `work` has 4n words and
 * room for a table. */
static void power_odd(const ring *r, uint64_t *out, bytes base, bytes exponent, uint64_t *work)
{
    size_t n = r->n, size = n * sizeof *out;
    uint64_t *one = work, *shift = work + n, *value = work + 2 * n, *chunk = work + 3 * n;
    uint64_t *table = work + 4 * n;

    /* 2^(64n) from the highest power of two below the modulus. */
    unsigned top = 63;
    while (!(r->modulus[n - 1] >> top))
        top--;
    memset(one, 0, size);
    one[n - 1] = (uint64_t)1 << top;
    for (unsigned i = top; i < 64; i++)
        double_modular(r, one);
    /* 2^(64n) in Montgomery's form, which is 2^(128n): the exponent 64n bit by bit. */
    memcpy(shift, one, size);
    unsigned bits = 0;
    while ((size_t)64 * n >> bits)
        bits++;
    while (bits-- != 0) {
        multiply(r, shift, shift, shift);
        if ((size_t)64 * n >> bits & 1)
            double_modular(r, shift);
    }

    if (exponent.size == 0) {
        memset(chunk, 0, size);
        chunk[0] = 1;
        multiply(r, out, one, chunk);
        return;
    }
    /* The base, n words at a time from the highest on. */
    size_t words = (base.size + 7) / 8, chunks = (words + n - 1) / n;
    memset(value, 0, size);
    for (size_t i = chunks; i-- != 0;) {
        read_words(chunk, n, base, i * n);
        multiply(r, chunk, shift, chunk);
        if (i + 1 != chunks) {
            multiply(r, value, value, shift);
            uint64_t carry = 0;
            for (size_t k = 0; k < n; k++) {
                uint64_t s = value[k] + carry;
                carry = s < carry;
                value[k] = s + chunk[k];
                carry += value[k] < s;
            }
            if (carry || !less(value, r->modulus, n))
                (void)subtract(value, value, r->modulus, n);
        } else {
            memcpy(value, chunk, size);
        }
    }
    power(r, out, value, exponent, table);
    memset(chunk, 0, size);
    chunk[0] = 1;
    multiply(r, out, out, chunk);
}

/* out = 1/a modulo 2^(64n) for odd a: Newton's iteration, each step doubles the words that are right. */
static void inverse_power_of_two(const ring *r, uint64_t *out, const uint64_t *a, uint64_t *work)
{
    ring part = *r;
    memset(out, 0, r->n * sizeof *out);
    out[0] = -negated_word_inverse(a[0]);
    for (size_t right = 1; right < r->n;) {
        right = 2 * right < r->n ? 2 * right : r->n;
        part.n = right;
        /* out·(2 − a·out) */
        multiply(&part, work, a, out);
        for (size_t i = 0; i < right; i++)
            work[i] = ~work[i];
        for (size_t i = 0, carry = 3; carry != 0 && i < right; i++) {
            work[i] += carry;
            carry = work[i] < carry;
        }
        multiply(&part, out, out, work);
    }
}

void modexp(uint8_t *result, uint64_t *scratch, bytes base, bytes exponent, bytes modulus)
{
#ifdef ASHLAR_CALLS
    if (modexp_by_lists(result, base, exponent, modulus))
        return;
#endif
    size_t result_bytes = modulus.size;
    memset(result, 0, result_bytes);
    result += result_bytes;
    modulus = without_leading_zeros(modulus);
    if (modulus.size == 0)
        return;
    result -= modulus.size;
    base = without_leading_zeros(base);
    exponent = without_leading_zeros(exponent);

    size_t n = (modulus.size + 7) / 8;
    uint64_t *odd = scratch, *product = odd + n, *from_odd = product + 2 * n + 2, *work = from_odd + n + 1;
    read_words(odd, n, modulus, 0);

    /* modulus = odd·2^zeros */
    size_t zero_words = 0, odd_words = n;
    while (odd[zero_words] == 0)
        zero_words++;
    unsigned zero_bits = 0;
    while (!(odd[zero_words] >> zero_bits & 1))
        zero_bits++;
    for (size_t i = 0; i < n; i++) {
        size_t from = i + zero_words;
        uint64_t low = from < n ? odd[from] : 0, high = from + 1 < n ? odd[from + 1] : 0;
        odd[i] = zero_bits == 0 ? low : low >> zero_bits | high << (64 - zero_bits);
    }
    while (odd[odd_words - 1] == 0)
        odd_words--;
    size_t even_words = zero_words + (zero_bits != 0);

    memset(from_odd, 0, (n + 1) * sizeof *from_odd);
    if (odd_words > 1 || odd[0] > 1) {
        const ring r = {odd, odd_words, negated_word_inverse(odd[0]), product};
        power_odd(&r, from_odd, base, exponent, work);
    }
    if (even_words != 0) {
        const ring r = {NULL, even_words, 0, product};
        uint64_t *value = work, *from_even = work + even_words, *rest = work + 2 * even_words;
        if (exponent.size == 0) {
            memset(from_even, 0, even_words * sizeof *from_even);
            from_even[0] = 1;
        } else {
            read_words(value, even_words, base, 0);
            power(&r, from_even, value, exponent, rest);
        }
        /* from_odd + odd·((from_even − from_odd)/odd mod 2^zeros) */
        (void)subtract(from_even, from_even, from_odd, even_words);
        inverse_power_of_two(&r, value, odd, rest);
        multiply(&r, from_even, from_even, value);
        if (zero_bits != 0)
            from_even[even_words - 1] &= ((uint64_t)1 << zero_bits) - 1;
        for (size_t i = 0; i < even_words; i++) {
            uint64_t carry = add_row(from_odd + i, odd, odd_words, from_even[i]);
            for (size_t k = i + odd_words; carry != 0; k++) {
                from_odd[k] += carry;
                carry = from_odd[k] < carry;
            }
        }
    }
    write_words(result, modulus.size, from_odd);
}
