"""F_p and its extension F = F_p[x]/(x^5 + x^2 - 1) (docs/protocol.md, section 1). An element of F_p is an
integer below P, never in Montgomery form; one of F is a tuple of five, that of x^0 first."""

P = 2**31 - 2**24 + 1
RADIX = 2**32 % P  # an element's word is x * 2^32 mod p
RADIX_INVERSE = pow(RADIX, -1, P)

ZERO = (0, 0, 0, 0, 0)
ONE = (1, 0, 0, 0, 0)


def from_word(word):
    return word * RADIX_INVERSE % P


def to_word(x):
    return x * RADIX % P


def root_of_unity(log2_order):
    return pow(3, (P - 1) >> log2_order, P)


def lift(x):
    return (x % P, 0, 0, 0, 0)


def add(a, b):
    return ((a[0] + b[0]) % P, (a[1] + b[1]) % P, (a[2] + b[2]) % P, (a[3] + b[3]) % P, (a[4] + b[4]) % P)


def sub(a, b):
    return ((a[0] - b[0]) % P, (a[1] - b[1]) % P, (a[2] - b[2]) % P, (a[3] - b[3]) % P, (a[4] - b[4]) % P)


def scale(a, x):
    """a * x for x of F_p."""
    return (a[0] * x % P, a[1] * x % P, a[2] * x % P, a[3] * x % P, a[4] * x % P)


def mul(a, b):
    a0, a1, a2, a3, a4 = a
    b0, b1, b2, b3, b4 = b
    c5 = a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1
    c6 = a2 * b4 + a3 * b3 + a4 * b2
    c7 = a3 * b4 + a4 * b3
    c8 = a4 * b4
    # x^5 = 1 - x^2, x^6 = x - x^3, x^7 = x^2 - x^4, x^8 = x^3 + x^2 - 1
    return (
        (a0 * b0 + c5 - c8) % P,
        (a0 * b1 + a1 * b0 + c6) % P,
        (a0 * b2 + a1 * b1 + a2 * b0 - c5 + c7 + c8) % P,
        (a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0 - c6 + c8) % P,
        (a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0 - c7) % P,
    )


def power(a, exponent):
    result = ONE
    while exponent:
        if exponent & 1:
            result = mul(result, a)
        a = mul(a, a)
        exponent >>= 1
    return result


ORDER = P**5


def inverse(a):
    assert a != ZERO
    return power(a, ORDER - 2)


def total(elements):
    return tuple(sum(x) % P for x in zip(ZERO, *elements))


def one_minus(a):
    return sub(ONE, a)


def eq_index(point, index):
    """eq(point, index): the first coordinate is that of the most significant bit."""
    result = ONE
    count = len(point)
    for i, z in enumerate(point):
        result = mul(result, z if index >> (count - 1 - i) & 1 else one_minus(z))
    return result


def eq_points(a, b):
    assert len(a) == len(b)
    result = ONE
    for x, y in zip(a, b):
        xy = mul(x, y)
        result = mul(result, add(sub(sub(ONE, x), y), add(xy, xy)))
    return result


def eq_table(point):
    """eq(point, b) for all b."""
    table = [ONE]
    for z in point:
        table = [x for entry in table for x in (sub(entry, mul(entry, z)), mul(entry, z))]
    return table


def evaluate(values, point):
    """The multilinear extension of 2^k values at a point of k coordinates."""
    assert len(values) == 1 << len(point)
    for z in reversed(point):
        values = [add(a, mul(z, sub(b, a))) for a, b in zip(values[::2], values[1::2])]
    return values[0]
