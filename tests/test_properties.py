"""What must hold for every program and every number, tried on random ones."""

from __future__ import annotations

import math
import operator

import pytest
from exact import Precise
from hypothesis import assume
from hypothesis import strategies as st
from mpmath import mp
from programs import (
    any_float,
    bits,
    holds_for,
    leaves,
    near_a_kink,
    precise_slopes,
    programs,
    recorded,
    run,
    tame_float,
)

from autograd import ValueNode, dot, maximum, minimum, rules, sigmoid, softplus, tanh
from autograd.rules import DOMAIN_ERRORS, MissingSlope, Rule, power_from, power_of

# Random programs


@holds_for(programs, leaves)
def test_the_gradient_is_the_sum_over_paths_of_the_products_of_precise_slopes(program, inputs):
    """Every rounding is bounded: the paths are added once more with absolute values."""
    _, root, order = recorded(program, inputs)
    assume(not any(map(near_a_kink, order)))
    root.backward()
    adjoints = {root: mp.mpf(1)}
    sizes = {root: mp.mpf(1)}
    for node in reversed(order):
        for parent, slope in zip(node.parents, precise_slopes(node) if node.rule else (), strict=True):
            adjoints[parent] = adjoints.get(parent, 0) + adjoints[node] * slope
            sizes[parent] = sizes.get(parent, 0) + sizes[node] * (abs(slope) + mp.mpf(1e-15))
    for node in order:
        assert abs(node.grad - adjoints[node]) <= 1e-13 * sizes[node]


@holds_for(programs, leaves)
def test_the_gradient_agrees_with_central_differences_of_the_precise_program(program, inputs):
    nodes, root, order = recorded(program, inputs)
    assume(not any(map(near_a_kink, order)))
    root.backward()
    assume(all(abs(node.grad) < 1e4 for node in order))
    h = mp.mpf(10) ** -20
    for i, node in enumerate(nodes):
        above, below = (
            run(program, [Precise(mp.mpf(x) + s * (i == j)) for j, x in enumerate(inputs)]) for s in (h, -h)
        )
        if node in order:
            assert float((above.thing - below.thing) / (2 * h)) == pytest.approx(
                node.grad, rel=1e-8, abs=1e-8
            )
        else:
            assert node.grad == 0.0


@holds_for(programs, leaves)
def test_floats_and_nodes_give_the_same_bits(program, inputs):
    _, root, _ = recorded(program, inputs)
    assert bits(root.value) == bits(run(program, inputs))


@holds_for(programs, leaves)
def test_backward_adds_on_leaves_and_after_zeroing_gives_the_same_bits(program, inputs):
    nodes, root, order = recorded(program, inputs)
    root.backward()
    everywhere, once = bits(*(n.grad for n in order)), [n.grad for n in nodes]
    assume(all(abs(n.grad) < 1e4 for n in order))
    root.backward()
    assert [n.grad for n in nodes] == pytest.approx([2 * g for g in once], rel=1e-9, abs=1e-9)
    for node in order:
        if not node.parents:
            node.grad = 0.0
    root.backward()
    assert bits(*(n.grad for n in order)) == everywhere


def post_order(node, seen, order):
    """The order of `topological_order`, said with recursion."""
    if node not in seen:
        seen.add(node)
        for parent in node.parents:
            post_order(parent, seen, order)
        order.append(node)
    return order


@holds_for(programs, leaves)
def test_the_topological_order_is_depth_first_by_operands(program, inputs):
    _, root, order = recorded(program, inputs)
    place = {node: i for i, node in enumerate(order)}
    assert len(place) == len(order)
    assert all(place[parent] < place[node] for node in order for parent in node.parents)
    assert order == post_order(root, set(), [])


# Operators


def value_and_slopes(operation, *xs):
    """Value and gradient, or the error's type and sentence."""
    nodes = [ValueNode(x) for x in xs]
    try:
        y = operation(*nodes)
        y.backward()
    except DOMAIN_ERRORS as error:
        return type(error), str(error)
    return bits(y.value, *(node.grad for node in nodes))


@holds_for(any_float, any_float)
def test_a_minus_b_is_a_plus_minus_b(a, b):
    assert value_and_slopes(lambda a, b: a - b, a, b) == value_and_slopes(lambda a, b: a + -b, a, b)


@holds_for(any_float, any_float)
def test_plus_and_times_commute(a, b):
    assert value_and_slopes(lambda a, b: a + b, a, b) == value_and_slopes(lambda a, b: b + a, a, b)
    assert value_and_slopes(lambda a, b: a * b, a, b) == value_and_slopes(lambda a, b: b * a, a, b)


@holds_for(any_float, any_float)
def test_maximum_and_minimum_mirror_each_other(a, b):
    high = value_and_slopes(maximum, a, b)
    low = value_and_slopes(lambda a, b: -minimum(-a, -b), a, b)
    assert [x.replace(bits(-0.0)[0], bits(0.0)[0]) for x in high] == [
        x.replace(bits(-0.0)[0], bits(0.0)[0]) for x in low
    ]


@pytest.mark.parametrize("operation", [operator.add, operator.sub, operator.mul, operator.truediv])
@holds_for(any_float, any_float)
def test_a_number_on_either_side_is_as_good_as_a_node_there(operation, a, b):
    both = value_and_slopes(operation, a, b)
    left = value_and_slopes(lambda x: operation(x, b), a)
    right = value_and_slopes(lambda x: operation(a, x), b)
    if isinstance(both[0], type):
        assert both == left == right
    else:
        assert (left, right) == (both[:2], [both[0], both[2]])


@holds_for(any_float, any_float)
def test_values_are_those_of_pythons_own_operators(a, b):
    for operation in (operator.add, operator.sub, operator.mul):
        assert bits(operation(ValueNode(a), b).value) == bits(operation(a, b))
    if b:
        assert bits((ValueNode(a) / b).value) == bits(a / b)


@holds_for(st.floats(1e-3, 1e3), st.floats(-20, 20))
def test_the_three_rows_for_powers_agree(a, b):
    assume(a**b < 1e300 and b != 0.0)
    value, to_base, to_exponent = value_and_slopes(lambda a, b: a**b, a, b)
    assert [value, to_base] == value_and_slopes(lambda x: x**b, a)
    assert [value, to_exponent] == value_and_slopes(lambda x: a**x, b)


@holds_for(any_float, any_float)
def test_powers_answer_with_a_float_or_a_domain_error_never_with_a_complex_number(a, b):
    for rule, inputs in ((rules.power, (a, b)), (power_of(b), (a,)), (power_from(a), (b,))):
        try:
            y = rule(*map(ValueNode, inputs))
        except DOMAIN_ERRORS as error:
            assert str(error).startswith(f"{rule.write(*inputs)}: ")
        else:
            assert type(y.value) is float
            assert all(type(slope) in (float, MissingSlope) for slope in y.slopes)


# dot

triples = st.lists(st.tuples(any_float, any_float), max_size=6)


@holds_for(any_float, triples, tame_float)
def test_dot_has_the_bits_of_the_unfused_left_fold_in_value_and_gradient(bias, pairs, scale):
    def graph(fused):
        b, ws, xs = ValueNode(bias), [ValueNode(w) for w, _ in pairs], [ValueNode(x) for _, x in pairs]
        y = b
        if fused:
            y = dot(b, ws, xs)
        else:
            for w, x in zip(ws, xs, strict=True):
                y = y + w * x
        (y * scale).backward()
        return bits(y.value, *(node.grad for node in (b, *ws, *xs)))

    assert graph(fused=True) == graph(fused=False)


# Rows


@pytest.mark.parametrize(
    "rule", [r for r in rules.TABLE.values() if r.form.isidentifier()], ids=lambda r: r.form
)
@holds_for(any_float, any_float)
def test_a_row_has_a_value_and_slopes_that_are_floats_or_a_domain_error_that_names_it(rule: Rule, a, b):
    inputs = (a, b) if rule.form in ("maximum", "minimum") else (a,)
    try:
        y = rule(*map(ValueNode, inputs))
    except DOMAIN_ERRORS as error:
        assert str(error).startswith(f"{rule.write(*inputs)}: ")
        assert any(map(math.isfinite, inputs)) or inputs == (-math.inf,)
    else:
        assert bits(y.value) == bits(rule(*inputs))
        assert all(type(slope) in (float, MissingSlope) for slope in y.slopes)


@holds_for(any_float)
def test_smooth_rows_rise_where_their_slope_says_so(a):
    for rule, low, high in ((tanh, -1.0, 1.0), (sigmoid, 0.0, 1.0), (softplus, 0.0, math.inf)):
        y = rule(ValueNode(a))
        if not math.isnan(a):
            assert low <= y.value <= high
            assert 0.0 <= y.slopes[0] <= 1.0
