"""Recordings and their linear maps: against `backward`, against forward mode, and with other travellers."""

from __future__ import annotations

import gc
import math
import sys
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from exact import Precise
from hypothesis import assume
from hypothesis import strategies as st
from mpmath import mp
from programs import (
    BINARY,
    UNARY,
    WILD,
    bits,
    holds_for,
    leaves,
    recorded,
    run,
    sizes_of_the_paths,
    tame_float,
    wild_programs,
)
from test_rules import EVERY_POINT, ROWS

from autograd import MLP, ValueNode, dot, draw_dot, exp, log, maximum, relu, sin, sqrt, tanh
from autograd.count import Counted
from autograd.forward import Dual, jvp
from autograd.functional import grad, value_and_grad
from autograd.grad import topological_order
from autograd.reverse import LinearMap, Recorded, linearize, vjp
from autograd.rules import DOMAIN_ERRORS, SlopeError, as_value

inf, nan = math.inf, math.nan
four = st.lists(tame_float, min_size=4, max_size=4)


def value(node):
    return node.value


def plain(*xs):
    """Floats to the bit, but for the sign of a zero."""
    return bits(*(x + 0.0 for x in xs))


def test_the_random_programs_use_every_row():
    used = {f(*(ValueNode(0.5) for _ in range(n))) for n, fs in ((1, UNARY + WILD), (2, BINARY)) for f in fs}
    forms = {node.rule.form for node in topological_order(*used) if node.rule}
    assert forms >= set(ROWS)
    assert any(form.startswith("{} ** ") for form in forms - set(ROWS))
    assert any(form.endswith(" ** {}") for form in forms - set(ROWS))


# Against backward and forward


def outcome(f, *xs):
    """The value, or the type and sentence of the error."""
    try:
        y = f(*xs)
    except DOMAIN_ERRORS as error:
        return type(error), str(error)
    return bits(as_value(y))


@holds_for(wild_programs, st.lists(st.floats(), min_size=1, max_size=4))
def test_whatever_flows_has_the_value_of_nodes_or_their_domain_error(program, inputs):
    f = lambda *xs: run(program, xs)
    want = outcome(f, *map(ValueNode, inputs))
    for box in (
        Dual,  # with the tangent 0: no slope is missed
        lambda x: Recorded(x, 1),
        lambda x: Recorded(Dual(x), 1),
        lambda x: Recorded(ValueNode(x), 1),
        lambda x: Counted(x, Counter()),
        lambda x: Recorded(Counted(x, Counter()), 1),
    ):
        assert outcome(f, *map(box, inputs)) == want


@holds_for(wild_programs, leaves)
def test_a_linear_map_over_nodes_gives_the_bits_of_backward(program, inputs):
    nodes, root, order = recorded(program, inputs)
    root.backward()
    assume(all(math.isfinite(node.grad) for node in order))
    gradient = LinearMap([root], nodes, value).pull([1.0])
    assert plain(*gradient) == plain(*(node.grad for node in nodes))


@holds_for(wild_programs, leaves)
def test_a_recording_gives_the_bits_of_backward(program, inputs):
    nodes, root, order = recorded(program, inputs)
    root.backward()
    assume(all(math.isfinite(node.grad) for node in order))
    y, gradient = value_and_grad(lambda xs: run(program, xs))(inputs)
    assert bits(y) == bits(root.value)
    assert plain(*gradient) == plain(*(node.grad for node in nodes))


@holds_for(wild_programs, leaves, four, tame_float)
def test_the_adjoint_identity(program, inputs, direction, w):
    """<w, J v> = <J' w, v>, with many outputs: every intermediate result is one."""
    _, _, order = recorded(program, inputs)
    v = direction[: len(inputs)]

    def f(xs):
        outputs = [run(program[:n], xs) for n in range(len(program) + 1)]
        return [*outputs, outputs[0], xs, 5]

    (ys, pushed), (same, pull) = jvp(f, (inputs,), (v,)), vjp(f, inputs)
    assert ys == same
    flat = [*pushed[:-2], *pushed[-2], pushed[-1]]
    ws = [w / (k + 1) for k in range(len(flat))]
    (pulled,) = pull([*ws[: len(pushed) - 2], ws[len(pushed) - 2 : -1], ws[-1]])
    left = math.fsum(a * b for a, b in zip(ws, flat, strict=True))
    right = math.fsum(a * b for a, b in zip(pulled, v, strict=True))
    largest = max(sizes_of_the_paths(order).values())
    assert abs(left - right) <= 1e-12 * (1 + abs(left) + 100 * largest)


@holds_for(wild_programs, leaves, four)
def test_pushing_through_a_recording_is_forward_mode(program, inputs, direction):
    recorded(program, inputs)
    v = direction[: len(inputs)]
    y, derivative = linearize(lambda xs: run(program, xs), inputs)
    assert (y, *plain(*derivative.push(v))) == (
        y,
        *plain(jvp(lambda *xs: run(program, xs), inputs, v)[1]),
    )


@pytest.mark.parametrize(("rule", "point"), EVERY_POINT)
def test_the_gradient_of_a_row_is_its_slopes(rule, point):
    slopes = rule.slopes_at(rule.at(*point), *point)
    y, pull = vjp(rule, *point)
    assert (y, pull(1.0)) == (rule(*point), slopes)
    assert pull(0.5) == tuple(0.5 * s for s in slopes)


def test_a_pullback_is_linear_and_may_be_called_again():
    _, pull = vjp(lambda x, y: [x * y, sin(x)], 2.0, 3.0)
    assert pull([1.0, 0.0]) == (3.0, 2.0)
    assert pull([0.0, 1.0]) == (math.cos(2.0), 0.0)
    assert pull((10, Fraction(1, 2))) == (30 + math.cos(2.0) / 2, 20.0)
    assert pull([0.0, 0.0]) == (0.0, 0.0)


def test_pullbacks_have_the_shapes_of_the_arguments():
    y, pull = vjp(lambda x, ys: x * ys[0] + ys[1][0], 2.0, [3.0, (5.0, 7.0)])
    assert (y, pull(1.0)) == (11.0, (3.0, [2.0, (1.0, 0.0)]))


# Which nodes count as inputs


def test_what_does_not_come_from_the_inputs_is_a_constant():
    a, b = ValueNode(2.0), ValueNode(3.0)
    c = a * b
    d = c * a + sqrt(b - 3)
    assert LinearMap([d], [c], value).pull([1.0]) == [2.0]  # from c on, and past the slope that is missing
    assert LinearMap([d, c], [a], value).push([1.0]) == [12.0, 3.0]
    assert LinearMap([d], [c, a], value).pull([1.0]) == [2.0, 6.0 + 6.0]  # c is an input, and comes from one
    assert LinearMap([b], [a], value).pull([1.0]) == [0.0]
    with pytest.raises(SlopeError, match=r"sqrt\(0.0\) has a value but no slope"):
        LinearMap([d], [b], value).pull([1.0])


def test_an_output_may_be_an_input_or_stand_there_twice():
    a = ValueNode(2.0)
    b = a * a
    derivative = LinearMap([a, b, b, ValueNode(1.0)], [a], value)
    assert derivative.push([1.0]) == [1.0, 4.0, 4.0, 0.0]
    assert derivative.pull([1.0, 1.0, 1.0, 1.0]) == [9.0]


def test_pull_leaves_the_grads_of_nodes_alone():
    a = ValueNode(3.0)
    (a * a).backward()
    assert LinearMap([a**3], [a], value).pull([1.0]) == [27.0]
    assert a.grad == 6.0


def test_the_derivative_as_a_graph_can_be_drawn_and_differentiated_again():
    a, b = ValueNode(2.0, label="a"), ValueNode(5.0, label="b")
    y = log(a) + a * b - sin(b)
    slope_a, slope_b = LinearMap([y], [a, b], lambda node: node).pull([1.0])
    assert (slope_a.value, slope_b.value) == (5.5, 2.0 - math.cos(5.0))
    assert draw_dot(slope_b).source.count("->") > 0
    slope_b.backward()
    assert (a.grad, b.grad) == (1.0, math.sin(5.0))
    (second,) = LinearMap([slope_a], [a], lambda node: node).pull([1.0])
    (third,) = LinearMap([second], [a], value).pull([1.0])
    assert (second.value, third) == (-1 / 4, pytest.approx(2 / 8))


# Other travellers


def test_cotangents_of_precise_numbers_have_all_their_digits():
    y, pull = vjp(lambda a, b: tanh(a * b) ** b, Precise(mp.mpf("0.3")), Precise(mp.mpf("1.7")))
    f = lambda a, b: mp.tanh(a * b) ** b
    at = (mp.mpf("0.3"), mp.mpf("1.7"))
    assert abs(y.thing - f(*at)) < mp.mpf(10) ** -55
    for got, orders in zip(pull(1.0), [(1, 0), (0, 1)], strict=True):
        assert abs(got.thing - mp.diff(f, at, orders)) < mp.mpf(10) ** -45


def test_cotangents_may_be_nodes_and_duals():
    w = ValueNode(3.0)
    _, pull = vjp(lambda x: [x * x, 5 * x], 2.0)
    (node,) = pull([w, 1.0])
    node.backward()
    assert (node.value, w.grad) == (17.0, 4.0)
    assert jvp(lambda c: pull([c, c * c]), (3.0,), (1.0,)) == ((57.0,), (34.0,))


def test_nodes_that_f_holds_keep_their_graph():
    w = ValueNode(3.0)
    y, pull = vjp(lambda x: w * x * x, 2.0)
    (slope,) = pull(1.0)
    (y + slope).backward()
    assert (y.value, slope.value, w.grad) == (12.0, 12.0, 8.0)  # of w x^2 + 2 w x


def test_a_network_on_recordings_has_the_gradient_that_backward_gives():
    model = MLP(3, [4, 4, 1], "sigmoid", seed=2)
    xs = [0.5, -1.0, 2.0]
    nodes = [ValueNode(x) for x in xs]
    model(nodes).backward()
    gradient = grad(model)(xs)
    assert [g.value for g in gradient] == [node.grad for node in nodes]


@pytest.mark.parametrize(
    "constant", [3, True, Fraction(1, 3), np.float32(0.1), np.int64(3), np.int8(100), np.uint8(200)], ids=repr
)
def test_a_constant_of_any_kind_is_as_good_as_its_float(constant):
    """numpy's small integers would overflow in a sum of slopes, its short floats would round."""
    fs = [lambda x, c: c * x + x * c, lambda x, c: c / x - x / c, lambda x, c: (c + x) * (x - c), maximum]
    for f in [*fs, lambda x, c: dot(c, [c, x], [x, c]), lambda x, c: c**x * x**c]:
        for order in (grad, lambda f: grad(grad(f))):
            got = order(lambda x, f=f: f(x, constant))(1.5)
            assert got == order(lambda x, f=f: f(x, float(constant)))(1.5)
            assert type(got) is float


# Recordings by hand


def test_a_recording_knows_how_it_was_made():
    x = Recorded(2.0, 1)
    y = 3 * x
    assert repr(y) == "Recorded(6.0)"
    assert (y.rule.symbol, [p.primal for p in y.parents], y.parents[1], x.rule) == ("*", [3.0, 2.0], x, None)


def test_comparisons_look_at_values_and_equality_at_identity():
    x, y = Recorded(2.0, 1), Recorded(Recorded(3.0, 1), 2)
    assert x < y and x <= 2 and y > 2.5 and y >= x and max(x, y) is y
    assert x == x and x != Recorded(2.0, 1) and len({x, y, x}) == 2


@pytest.mark.parametrize("f", [bool, float, math.exp, lambda x: 1.0 if x else 0.0])
def test_a_recording_is_no_truth_and_no_float(f):
    with pytest.raises(TypeError, match=r"a Recorded .* recorded\.(value|exp)"):
        vjp(f, 2.0)


@pytest.mark.parametrize("other", ["1.0", None, 1j, np.ones(2), [1.0]], ids=repr)
def test_operands_and_results_that_are_no_numbers_are_refused(other):
    for f in (lambda x: x + other, lambda x: other * x, lambda x: x**other, lambda x: x.maximum(other)):
        with pytest.raises(TypeError, match="expected a number, got "):
            vjp(f, 2.0)
    if not isinstance(other, list):
        for call in (lambda: vjp(lambda x: [x, other], 2.0), lambda: vjp(lambda x, y: x, 2.0, other)):
            with pytest.raises(TypeError, match="expected a number, got "):
                call()


def test_a_cotangent_of_another_shape_is_refused():
    _, pull = vjp(lambda x: [x, (x, x)], 2.0)
    for bad, shape in ((1.0, "."), ([1.0, 2.0, 3.0], "[., ., .]"), ([1.0, []], "[., []]")):
        with pytest.raises(ValueError) as caught:
            pull(bad)
        assert str(caught.value) == f"the cotangent must have the shape [., [., .]], got {shape}"
    with pytest.raises(TypeError, match="expected a number, got str"):
        pull([1.0, (1.0, "1")])


# Edges


def test_missing_slopes_are_missed_when_something_comes_back_to_them():
    _, pull = vjp(lambda x: [sqrt(x), x], 0.0)
    assert pull([0.0, 1.0]) == (1.0,)
    with pytest.raises(SlopeError) as caught:
        pull([1.0, 0.0])
    assert str(caught.value) == "sqrt(0.0) has a value but no slope (0.5 / 0.0: division by zero)"


def test_forward_mode_stops_at_a_slope_of_0_that_reverse_mode_meets_too_late():
    f = lambda a: a**2.0 + (-2.0) ** a.detach()
    assert jvp(f, (2.0,), (1.0,)) == (8.0, 4.0)
    _, pull = vjp(f, 2.0)
    for backward in (lambda: pull(1.0), f(ValueNode(2.0)).backward):
        with pytest.raises(SlopeError, match=r"\(-2\) \*\* 2.0 has a value but no slope"):
            backward()


@pytest.mark.parametrize("f", [lambda x: log(x), lambda x: log(x) + x, lambda x: 5 * log(x * x)])
def test_domain_errors_keep_their_sentences(f):
    with pytest.raises(ValueError) as caught:
        vjp(lambda x: vjp(f, x), 0.0)
    assert str(caught.value) == "log(0.0): the logarithm needs a number above 0"


def test_nan_and_inf_flow():
    for f, x, slope in ((sin, inf, nan), (relu, nan, nan), (tanh, inf, 0.0), (lambda x: x * x, inf, inf)):
        assert bits(*vjp(f, x)[1](1.0)) == bits(slope)
    assert vjp(lambda x: x * x, 2.0)[1](inf) == (inf,)
    assert math.isnan(vjp(lambda x: x * x, 2.0)[1](nan)[0])
    assert vjp(exp, 709.0)[1](1e300) == (inf,)


# Depth and memory


def chain(x):
    for _ in range(50_000):
        x = x * 0.99999 + 1e-9
    return x


def test_a_long_chain_needs_no_recursion():
    assert sys.getrecursionlimit() <= 1000
    assert vjp(chain, 1.0)[1](1.0) == (pytest.approx(0.99999**50_000, rel=1e-9),)


def fail(f):
    with pytest.raises(SlopeError):
        grad(lambda x: sqrt(f(x) * 0))(1.0)


@pytest.mark.parametrize(
    "work",
    [
        lambda f: vjp(f, 1.0)[1](1.0),
        lambda f: grad(grad(f))(1.0),
        lambda f: jvp(grad(f), (1.0,), (1.0,)),
        fail,
    ],
    ids=["vjp", "grad of grad", "jvp of grad", "after an error"],
)
def test_recordings_are_freed_at_once_without_the_collector(work):
    gc.collect()
    gc.disable()
    try:
        work(lambda x: sin(x) * tanh(x * x))
        assert not [x for x in gc.get_objects() if isinstance(x, Recorded | LinearMap)]
    finally:
        gc.enable()
