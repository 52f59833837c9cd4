"""Random programs on lists: what stands side by side is computed alike, or nearly so."""

from __future__ import annotations

from hypothesis import strategies as st

from autograd import cos, dot, maximum, minimum, relu, sigmoid, sin, softplus, tanh
from autograd.losses import softmax

ALONE = [tanh, sin, cos, relu, sigmoid, softplus, abs, lambda a: -a, lambda a: a * a, lambda a: 1.5 - a]
PAIRS = [
    *(lambda a, b: a + b, lambda a, b: a * b, lambda a, b: a - b, lambda a, b: a / (1 + b * b)),
    *(maximum, minimum, lambda a, b: relu(a) * b),
]


def each(f, a, b, i):
    """One operation in every lane."""
    return [f(x) for x in a]


def both(f, a, b, i):
    """One operation on the lanes of two lists, the second shifted; it may be shorter."""
    return [f(x, b[(i + j) % len(b)]) for j, x in enumerate(a)]


def with_one(f, a, b, i):
    """One operation with the same second operand in every lane."""
    return [f(x, b[i % len(b)]) for x in a]


def layer(f, a, b, i):
    """Dots with the same inputs; their weights are picked from the other list, and so is the bias."""
    n = len(a)
    return [dot(b[i % len(b)], [b[(i + j + k) % len(b)] for k in range(n)], a) for j in range(1 + i % 3)]


def written_out(f, a, b, i):
    """The same as sums of products."""
    n = len(a)
    return [sum((b[(i + j + k) % len(b)] * a[k] for k in range(n)), b[i % len(b)]) for j in range(1 + i % 3)]


def total(f, a, b, i):
    return [sum(a[1:], a[0]), *b[: i % 2]]


def shuffled(f, a, b, i):
    """A choice of lanes, some of them twice, and a constant."""
    return [a[i % len(a)], *reversed(a), *b[i % 3 :: 2], *[0.5] * (i % 2)][:6]


def attention(f, a, b, i):
    weights = softmax([tanh(x) * b[i % len(b)] for x in a])
    return [dot(0.0, weights, a), *a[: i % 3]]


def mixed(f, a, b, i):
    """Lanes that are not computed alike."""
    return [f(x) if (j + i) % 2 else x for j, x in enumerate(a)]


steps = st.one_of(
    st.tuples(st.sampled_from([each, mixed]), st.sampled_from(ALONE), *[st.integers(0, 9)] * 3),
    st.tuples(st.sampled_from([both, with_one]), st.sampled_from(PAIRS), *[st.integers(0, 9)] * 3),
    st.tuples(
        st.sampled_from([layer, written_out, total, shuffled, attention]), st.none(), *[st.integers(0, 9)] * 3
    ),
)
lane_programs = st.lists(steps, min_size=1, max_size=7)


def run_lanes(program, lists):
    """Each step makes a list of two earlier ones; the last few are returned."""
    results = list(lists)
    for step, f, i, j, k in program:
        results.append(step(f, results[-1 - i % len(results)], results[-1 - j % len(results)], k))
    return results[-2:]
