"""Random programs: what Hypothesis draws, how they run, and what they record."""

from __future__ import annotations

import math
import operator
import struct
from functools import reduce

from exact import PRECISE, meaning
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from mpmath import mp

from autograd import (
    ValueNode,
    cos,
    detach,
    dot,
    exp,
    expm1,
    log,
    log1p,
    maximum,
    minimum,
    relu,
    sigmoid,
    sin,
    softplus,
    sqrt,
    tanh,
)
from autograd.rules import sign, step


def holds_for(*random_things, examples=100):
    """Tries a test on random things, the same ones in every run."""
    return lambda test: settings(deadline=None, derandomize=True, max_examples=examples)(
        given(*random_things)(test)
    )


any_float = st.floats()
tame_float = st.floats(-2.0, 2.0).filter(lambda x: abs(x) > 1e-3)


def bits(*xs):
    """The floats to the last bit, with all nans alike."""
    return [struct.pack("d", math.nan if math.isnan(x) else x) for x in xs]


UNARY = [
    *(sin, cos, tanh, sigmoid, softplus, relu, abs, operator.neg),
    *(lambda a: exp(-a * a), lambda a: log1p(a * a), lambda a: sqrt(1 + a * a), lambda a: 2 ** tanh(a)),
    *(lambda a: a**2, lambda a: 0.5 * a**3, lambda a: a**0, lambda a: (a * a + 1) ** -0.5),
    *(lambda a: 1 - a, lambda a: a - 0.25, lambda a: 3 / (1 + a**2), lambda a: expm1(a / 4)),
]
BINARY = [
    *(operator.add, operator.sub, operator.mul, maximum, minimum),
    *(lambda a, b: a / (1 + b * b), lambda a, b: sigmoid(a) ** b, lambda a, b: dot(a, [b, 0.5], [a, b])),
]
# With these no row is missing; the slopes of some of them are not what mathematics would say of their values.
WILD = [lambda a: log(2 + sin(a)), detach, lambda a: a * step(a), lambda a: sign(a) + a]


def programs_of(unary):
    one = st.tuples(st.sampled_from(unary), st.integers(0, 99))
    two = st.tuples(st.sampled_from(BINARY), st.integers(0, 99), st.integers(0, 99))
    return st.lists(one | two, min_size=1, max_size=12)


programs = programs_of(UNARY)
wild_programs = programs_of(UNARY + WILD)
leaves = st.lists(tame_float, min_size=1, max_size=4)


def run(program, inputs):
    """Each step takes results of earlier steps; the last few are added up."""
    results = list(inputs)
    for operation, *operands in program:
        results.append(operation(*(results[-1 - i % len(results)] for i in operands)))
    return reduce(operator.add, results[-3:])  # `sum` of floats rounds otherwise from Python 3.12 on


def recorded(program, inputs):
    nodes = [ValueNode(x) for x in inputs]
    root = run(program, nodes)
    order = root.topological_order()
    assume(all(abs(node.value) < 1e4 for node in order))
    return nodes, root, order


KINKS = {
    **dict.fromkeys(("relu", "abs", "step", "sign"), lambda a: a),
    **dict.fromkeys(("maximum", "minimum"), operator.sub),
}


def near_a_kink(node):
    distance = KINKS.get(node.rule.form) if node.rule else None
    return distance is not None and abs(distance(*(p.value for p in node.parents))) < 1e-6


def precise_slopes(node):
    """The slopes of one operation at the recorded point, found by mpmath from its meaning alone."""
    f, point = meaning(node.rule, PRECISE, mp.mpf), [mp.mpf(p.value) for p in node.parents]
    h = mp.mpf(10) ** -25
    for i, x in enumerate(point):
        yield (f(*point[:i], x + h, *point[i + 1 :]) - f(*point[:i], x - h, *point[i + 1 :])) / (2 * h)


def sizes_of_the_paths(order):
    """For each node, the sum over all paths to the root of the products of slopes without their signs.

    Times the rounding of one operation it bounds the rounding of the whole.
    """
    sizes = dict.fromkeys(order, 0.0)
    sizes[order[-1]] = 1.0
    for node in reversed(order):
        for parent, slope in zip(node.parents, node.slopes, strict=True):
            sizes[parent] += sizes[node] * abs(slope)
    return sizes
