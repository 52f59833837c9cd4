"""Dual numbers: against reverse mode and the slopes of the rows, at kinks and edges, and in the deep."""

from __future__ import annotations

import gc
import math
import sys
import threading
from fractions import Fraction

import numpy as np
import pytest
from exact import Precise
from hypothesis import assume
from hypothesis import strategies as st
from mpmath import mp
from programs import (
    bits,
    holds_for,
    leaves,
    near_a_kink,
    programs,
    recorded,
    run,
    sizes_of_the_paths,
    tame_float,
    wild_programs,
)
from test_rules import EVERY_POINT

from autograd import MLP, ValueNode, dot, exp, log, maximum, relu, rules, sin, sqrt, tanh
from autograd.forward import Dual, jvp
from autograd.functional import grad
from autograd.rules import SlopeError

inf, nan = math.inf, math.nan
directions = st.lists(tame_float, min_size=4, max_size=4)


# Against other ways


@holds_for(wild_programs, leaves, directions)
def test_forward_mode_is_reverse_mode_times_the_direction(program, inputs, direction):
    nodes, root, order = recorded(program, inputs)
    root.backward()
    sizes = sizes_of_the_paths(order)
    v = direction[: len(inputs)]
    value, slope = jvp(lambda *xs: run(program, xs), inputs, v)
    assert bits(value) == bits(root.value)
    bound = sum(sizes.get(node, 0.0) * abs(x) for node, x in zip(nodes, v, strict=True))
    assert abs(slope - sum(n.grad * x for n, x in zip(nodes, v, strict=True))) <= 1e-13 * bound


@holds_for(programs, leaves, directions, examples=50)
def test_the_tangent_is_the_central_difference_of_the_precise_program(program, inputs, direction):
    _, _, order = recorded(program, inputs)
    assume(not any(map(near_a_kink, order)))
    _, slope = jvp(lambda *xs: run(program, xs), inputs, direction[: len(inputs)])
    h = mp.mpf(10) ** -20
    above, below = (
        run(program, [Precise(mp.mpf(x) + s * v) for x, v in zip(inputs, direction, strict=False)]).thing
        for s in (h, -h)
    )
    assert float((above - below) / (2 * h)) == pytest.approx(slope, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(("rule", "point"), EVERY_POINT)
def test_the_tangent_of_a_row_along_an_axis_is_its_slope(rule, point):
    slopes = rule.slopes_at(rule.at(*point), *point)
    for i, slope in enumerate(slopes):
        value, tangent = jvp(rule, point, [float(i == k) for k in range(len(point))])
        assert bits(value, abs(tangent)) == bits(rule(*point), abs(slope))
        assert tangent == slope
    everywhere = jvp(rule, point, [0.5] * len(point))[1]
    assert everywhere == pytest.approx(0.5 * sum(slopes), rel=1e-15)


def test_tangents_of_precise_numbers_have_all_their_digits():
    x, v = Precise(mp.mpf("0.3")), Precise(mp.mpf("1.7"))
    value, tangent = jvp(lambda a: exp(sin(a)) / sqrt(a), (x,), (v,))
    f = lambda a: mp.exp(mp.sin(a)) / mp.sqrt(a)
    assert abs(value.thing - f(x.thing)) < mp.mpf(10) ** -55
    assert abs(tangent.thing - mp.diff(f, x.thing) * v.thing) < mp.mpf(10) ** -50


# Shapes in and out


def test_the_survey_example():
    value, tangent = jvp(lambda a, b: log(a) + a * b - sin(b), (2.0, 5.0), (1.0, 0.0))
    assert (value, tangent) == (pytest.approx(11.652071455223084, rel=1e-15), 5.5)


def test_values_and_tangents_have_the_shape_of_the_output():
    f = lambda x, ys: [x * ys[0], (ys[1][0], 7)]
    value, tangent = jvp(f, (2.0, [3.0, [5.0]]), (1.0, [10.0, [100.0]]))
    assert (value, tangent) == ([6.0, (5.0, 7.0)], [23.0, (100.0, 0.0)])


def test_outputs_that_ignore_the_input_have_the_tangent_0():
    assert jvp(lambda x: 3, (2.0,), (1.0,)) == (3.0, 0.0)
    assert jvp(lambda x: [x, x, 1.0], (2.0,), (5.0,)) == ([2.0, 2.0, 1.0], [5.0, 5.0, 0.0])
    assert jvp(lambda x: [], (2.0,), (1.0,)) == ([], [])


@pytest.mark.parametrize(
    "constant",
    [3, True, Fraction(1, 3), np.float32(0.1), np.int64(3), np.int8(100)],
    ids=repr,
)
def test_a_constant_of_any_kind_is_as_good_as_its_float(constant):
    fs = [lambda x, c: c * x + x * c, lambda x, c: c / x - x / c, lambda x, c: (c + x) * (x - c), maximum]
    for f in [*fs, lambda x, c: dot(c, [c, x], [x, c]), lambda x, c: c**x * x**c]:
        got = jvp(lambda x, f=f: f(x, constant), (1.5,), (np.float32(0.7),))
        assert got == jvp(lambda x, f=f: f(x, float(constant)), (1.5,), (float(np.float32(0.7)),))
        assert [type(y) for y in got] == [float, float]


@pytest.mark.parametrize(
    ("primals", "tangents", "error", "sentence"),
    [
        (2.0, 1.0, TypeError, "give the arguments of f in a tuple, such as (2.0, 5.0), or (x,) for one; "),
        (np.ones(2), np.ones(2), TypeError, "give the arguments of f in a tuple"),
        ((2.0,), 1.0, ValueError, "the tangents must have the shape [.], got ."),
        ((2.0,), (1.0, 2.0), ValueError, "the tangents must have the shape [.], got [., .]"),
        ((2.0, [1.0]), (1.0, 2.0), ValueError, "the tangents must have the shape [., [.]], got [., .]"),
        ((2.0,), ("1",), TypeError, "expected a number, got str: convert it with float() first"),
        (("2",), (1.0,), TypeError, "expected a number, got str: convert it with float() first"),
        ((None,), (1.0,), TypeError, "expected a number, got NoneType: "),
        ((1j,), (1.0,), TypeError, "expected a number, got complex: the engine works on real numbers"),
        ((np.ones(2),), (1.0,), TypeError, "expected a number, got numpy.ndarray: the engine works on one"),
        (({"a": 1.0},), (1.0,), TypeError, "expected a number, got dict: "),
    ],
)
def test_bad_arguments_are_refused_with_a_sentence(primals, tangents, error, sentence):
    with pytest.raises(error) as caught:
        jvp(lambda *xs: xs[0], primals, tangents)
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize("output", ["1.0", None, 1j, np.ones(2), {"a": 1.0}, lambda y: y])
def test_bad_outputs_are_refused(output):
    with pytest.raises(TypeError, match="expected a number, got "):
        jvp(lambda x: [x, output], (2.0,), (1.0,))


@pytest.mark.parametrize("other", ["1.0", None, 1j, np.ones(2), [1.0]], ids=repr)
def test_operands_that_are_no_numbers_are_refused(other):
    for f in (lambda x: x + other, lambda x: other * x, lambda x: x**other, lambda x: x.maximum(other)):
        with pytest.raises(TypeError, match="expected a number, got "):
            jvp(f, (2.0,), (1.0,))


# Duals by hand


def test_a_dual_shows_its_primal_and_its_tangent():
    x = Dual(3, 1)
    assert repr(x * x) == "Dual(9.0, 6.0)"
    assert repr(Dual(2.0)) == "Dual(2.0, 0.0)"
    assert (+x, (x + 1).value, (2 - x).tangent) == (x, 4.0, -1.0)


def test_duals_by_hand_may_go_into_functions_that_take_derivatives():
    x = Dual(2.0, 1.0)
    slope = grad(lambda x: x**3)(x)
    assert (slope.primal, slope.tangent) == (12.0, 12.0)
    value, tangent = jvp(lambda y: x * y, (x,), (1.0,))
    assert (value.primal, value.tangent, tangent.primal, tangent.tangent) == (4.0, 4.0, 2.0, 1.0)


def test_numbers_of_numpy_on_the_left_leave_the_operation_to_the_dual():
    two = np.float64(2)
    value, slope = jvp(lambda x: two * x + two**x + two / x - two if two < x else 0.0, (4.0,), (1.0,))
    assert (value, slope) == (22.5, pytest.approx(2 + 16 * math.log(2.0) - 2 / 16))


def test_comparisons_look_at_values_and_equality_at_identity():
    x, y = Dual(2.0, 5.0), Dual(3.0, -5.0)
    assert x < y and x <= 2 and y > 2.5 and y >= x and Fraction(9, 2) > y
    assert x < ValueNode(2.5) and max(x, y) is y
    assert x == x and x != Dual(2.0, 5.0) and len({x, y, x}) == 2
    assert sorted([y, x]) == [x, y]


@pytest.mark.parametrize("f", [bool, float, math.exp, lambda x: 1.0 if x else 0.0])
def test_a_dual_is_no_truth_and_no_float(f):
    with pytest.raises(TypeError, match=r"a Dual .* dual\.(value|exp)"):
        jvp(f, (2.0,), (1.0,))


def test_branches_on_values_take_the_side_of_the_value():
    def collatz(x):
        while x > 1:
            x = x / 2 if x.value % 2 == 0 else 3 * x + 1
        return x

    assert jvp(collatz, (6.0,), (1.0,)) == (1.0, 3**2 / 2**6)
    f = lambda x: x * x if x >= 0 else -x
    assert [jvp(f, (x,), (1.0,)) for x in (3.0, -3.0)] == [(9.0, 6.0), (3.0, -1.0)]


# Edges


@pytest.mark.parametrize(
    ("f", "x", "slope"),
    [
        (relu, 0.0, 0.0),
        (abs, 0.0, 0.0),
        (lambda x: maximum(x, 0.0), 0.0, 0.5),
        (lambda x: x.minimum(-x), 0.0, 0.0),
        (lambda x: x**0, 0.0, 0.0),
        (lambda x: x**1, 0.0, 1.0),
        (lambda x: x.detach() * x, 3.0, 3.0),
        (lambda x: 0.0**x, 2.0, None),
        (sqrt, 0.0, None),
        (lambda x: x**0.5, 0.0, None),
        (lambda x: (-2.0) ** x, 2.0, None),
    ],
)
def test_slopes_at_kinks_are_those_of_the_rows(f, x, slope):
    if slope is None:
        with pytest.raises(SlopeError, match="has a value but no slope"):
            jvp(f, (x,), (1.0,))
        slope = 0.0  # where nothing comes in, nothing is missed
        assert jvp(f, (x,), (0.0,)) == (ValueNode(f(ValueNode(x)).value).value, 0.0)
    else:
        assert jvp(f, (x,), (1.0,))[1] == slope


def test_only_the_slope_that_is_missing_is_missed():
    power = lambda a, b: a**b
    assert jvp(power, (-2.0, 2.0), (1.0, 0.0)) == (4.0, -4.0)
    with pytest.raises(SlopeError) as caught:
        jvp(power, (-2.0, 2.0), (1.0, 1.0))
    assert str(caught.value) == (
        "(-2.0) ** 2.0 has a value but no slope towards operand 2 "
        "(log(-2.0): the logarithm needs a number above 0)"
    )


@pytest.mark.parametrize(
    ("f", "x", "error", "sentence"),
    [
        (log, 0.0, ValueError, "log(0.0): the logarithm needs a number above 0"),
        (lambda x: 1 / x, 0.0, ZeroDivisionError, "1.0 / 0.0: division by zero"),
        (exp, 1000.0, OverflowError, "exp(1000.0): the result is too large for a float"),
        (lambda x: x**0.5, -1.0, ValueError, "(-1.0) ** 0.5: a negative base needs a whole exponent"),
    ],
)
def test_domain_errors_keep_their_sentences(f, x, error, sentence):
    for g in (f, lambda x: jvp(f, (x,), (1.0,))[1]):
        with pytest.raises(error) as caught:
            jvp(g, (x,), (1.0,))
        assert str(caught.value) == sentence


def test_nan_and_inf_flow():
    assert bits(*jvp(sin, (inf,), (1.0,))) == bits(nan, nan)
    assert bits(*jvp(relu, (nan,), (1.0,))) == bits(nan, nan)
    assert bits(*jvp(tanh, (-inf,), (1.0,))) == bits(-1.0, 0.0)
    assert bits(*jvp(lambda x: x * x, (2.0,), (inf,))) == bits(4.0, inf)
    assert bits(*jvp(lambda x: x * x, (2.0,), (nan,))) == bits(4.0, nan)


# Other travellers


def test_nodes_flow_through_duals_and_keep_their_graph():
    w, x = ValueNode(3.0), ValueNode(2.0)
    value, tangent = jvp(lambda x: w * x * x, (x,), (1.0,))
    assert (value.value, tangent.value) == (12.0, 12.0)
    tangent.backward()
    assert (w.grad, x.grad) == (4.0, 6.0)  # of 2 w x


def test_nodes_are_constants_and_directions_too():
    w, v = ValueNode(3.0), ValueNode(0.5)
    for f in (lambda x: w * x, lambda x: x * w, lambda x: dot(0.0, [w], [x]), lambda x: x / (1 / w)):
        value, tangent = jvp(f, (2.0,), (v,))
        assert value.value == 6.0
        w.grad = v.grad = 0.0
        tangent.backward()
        assert (tangent.value, w.grad, v.grad) == pytest.approx((1.5, 0.5, 3.0))


def test_a_network_on_duals_has_the_tangent_that_backward_gives():
    model = MLP(3, [4, 4, 2], "tanh", seed=1)
    xs, v = [0.5, -1.0, 2.0], [1.0, 2.0, -0.5]
    values, tangents = jvp(model, (xs,), (v,))
    for k in range(2):
        nodes = [ValueNode(x) for x in xs]
        root = model(nodes)[k]
        root.backward()
        assert values[k].value == root.value
        assert tangents[k].value == pytest.approx(sum(n.grad * d for n, d in zip(nodes, v, strict=True)))


# Depth, memory, threads


def test_a_long_chain_needs_no_recursion_and_no_memory():
    assert sys.getrecursionlimit() <= 1000

    def chain(x):
        for _ in range(50_000):
            x = x * 0.99999 + 1e-9
        alive.append(sum(isinstance(thing, Dual) for thing in gc.get_objects()))
        return x

    alive: list[int] = []
    gc.collect()  # what other tests have left
    assert jvp(chain, (1.0,), (1.0,))[1] == pytest.approx(0.99999**50_000, rel=1e-9)
    assert alive[0] < 10  # a dual does not hold what it came from


def test_threads_do_not_disturb_each_other():
    def work(k):
        f = lambda x: jvp(lambda y: x * sin(x * y), (float(k),), (1.0,))[1]
        for _ in range(100):
            answers[k].add(jvp(f, (1.0,), (1.0,)))

    answers: list[set[object]] = [set() for _ in range(4)]
    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for k, seen in enumerate(answers):  # x * x * cos(x * k), and its derivative
        assert list(seen) == [(pytest.approx(math.cos(k)), pytest.approx(2 * math.cos(k) - k * math.sin(k)))]


def test_a_row_from_outside_has_its_tangent_at_once():
    cube = rules.Rule("cube", lambda a: a * a * a, lambda y, a: (3.0 * a * a,))
    assert jvp(cube, (2.0,), (1.0,)) == (8.0, 12.0)
    assert jvp(lambda x: jvp(cube, (x,), (1.0,)), (2.0,), (1.0,)) == ((8.0, 12.0), (12.0, 12.0))
