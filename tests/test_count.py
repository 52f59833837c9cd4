"""Operations counted: by hand, by the rows, and the price of derivatives as n grows."""

from __future__ import annotations

import math
import operator
from collections import Counter
from functools import reduce

import numpy as np
import pytest
from programs import holds_for, leaves, recorded, run, wild_programs
from test_rules import EVERY_ROW

from autograd import MLP, ValueNode, dot, exp, log, sin, sqrt, tanh
from autograd.count import Counted, count
from autograd.forward import jvp
from autograd.functional import grad, hessian, hvp, value_and_grad, vjp
from autograd.rules import power_of


def survey(a, b):
    return log(a) + a * b - sin(b)


# By hand


def test_every_operation_counts_once_by_its_symbol():
    assert count(survey, 2.0, 5.0) == {"log": 1, "+": 1, "*": 1, "-": 1, "sin": 1}
    assert count(lambda x: [x**3, 2**x, -x, x / 2], 3.0) == {"** 3": 1, "2 **": 1, "-": 1, "/": 1}
    assert count(lambda x: sum([x, x, x]), 3.0) == {"+": 3}  # from the number 0 on
    assert count(lambda x: +x, 3.0) == count(lambda: 5.0) == Counter()


def test_a_dot_counts_as_its_multiplications_and_additions():
    for n in (0, 1, 2, 7):
        assert count(lambda xs: dot(1.0, [0.5] * len(xs), xs), [2.0] * n) == ({"dot": 2 * n} if n else {})
    assert count(lambda b: dot(b, [], []), 1.0) == {"dot": 1}


def test_operations_on_constants_are_not_counted():
    assert count(lambda x: x + math.sin(3.0) * 2.0 + sin(3.0), 1.0) == {"+": 2}
    assert count(lambda x: sin(3.0), 1.0) == {}


def test_a_network_counts_two_operations_for_each_weight():
    model = MLP(3, [5, 1], "tanh", seed=0)
    assert count(model, [1.0, 2.0, 3.0]) == {"dot": 2 * 15 + 2 * 5, "tanh": 5}
    assert count(grad(model), [1.0, 2.0, 3.0])["tanh"] == 5
    w = ValueNode(3.0)
    assert count(lambda x: w * x + x / w - w**x, 2.0) == {"*": 1, "/": 1, "+": 1, "-": 1, "**": 1}


def test_derivatives_count_their_operations_in_all_modes():
    assert count(grad(lambda x: x * x), 3.0) == {"*": 1, "+": 1}
    assert count(lambda x: jvp(lambda x: x * x, (x,), (1.0,)), 3.0) == {"*": 1, "+": 1}
    assert count(lambda x, v: jvp(lambda x: x * x, (x,), (v,)), 3.0, 1.0) == {"*": 3, "+": 1}
    assert count(grad(tanh), 3.0) == {"tanh": 1, "*": 1, "-": 1}
    assert count(grad(lambda x: exp(sin(x))), 3.0) == {"sin": 1, "exp": 1, "cos": 1, "*": 1}
    back = {"log": 1, "+": 3, "*": 1, "-": 1, "/": 1}  # sin(b) and cos(b) are of constants
    assert count(lambda a: vjp(survey, a, 5.0)[1](1.0), 2.0) == back


@pytest.mark.parametrize("derivative", [grad, lambda f: lambda y: jvp(f, (y,), (1.0,))[1]])
def test_a_counted_number_leaves_the_operation_to_the_boxes_of_a_derivative(derivative):
    assert count(lambda x: derivative(lambda y: x * y**2)(3.0), 2.0) == {"*": 2}  # x * 9, and x * 6
    assert count(lambda x: derivative(lambda y: dot(x, [x], [y]))(3.0), 2.0) == {"dot": 2}


def test_counting_changes_no_value():
    seen = []
    count(lambda a, b: seen.append((survey(a, b), grad(survey, (0, 1))(a, b))), 2.0, 5.0)
    ((y, (to_a, to_b)),) = seen
    assert (y.value, to_a.value, to_b.value) == (survey(2.0, 5.0), *grad(survey, (0, 1))(2.0, 5.0))


def test_arguments_may_be_nested_lists_of_numbers_of_all_kinds():
    f = lambda x, ys: x * ys[0] * ys[1][0]
    assert count(f, np.float32(2), [True, (ValueNode(3.0),)]) == {"*": 2}
    assert count(f, 2, [3, (4,)]).total() == 2


# Counted by hand


def test_a_counted_number_shares_its_tally_with_what_is_made_of_it():
    tally: Counter[str] = Counter()
    x = Counted(2, tally)
    y = sqrt(x) * 3 + x
    assert (repr(x), y.value, y.tally) == ("Counted(2.0)", math.sqrt(2.0) * 3 + 2, tally)
    assert tally == {"sqrt": 1, "*": 1, "+": 1}


def test_comparisons_look_at_values():
    f = lambda x: x * x if 0 < x <= 3 else x
    assert [count(f, x).total() for x in (-1.0, 2.0, 4.0)] == [0, 1, 0]
    x = Counted(2.0, Counter())
    assert x == x and x != Counted(2.0, Counter()) and max(x, Counted(3.0, Counter())).value == 3.0


@pytest.mark.parametrize("f", [bool, float, math.exp], ids=str)
def test_a_counted_number_is_no_truth_and_no_float(f):
    with pytest.raises(TypeError, match=r"a Counted .* counted\.(value|exp)"):
        count(f, 2.0)


@pytest.mark.parametrize("thing", ["2.0", None, 2j, np.ones(2), {"a": 2.0}], ids=repr)
def test_what_is_no_number_is_refused(thing):
    for call in (lambda: count(sin, thing), lambda: count(lambda x: x * thing, 2.0)):
        with pytest.raises(TypeError, match="expected a number, got "):
            call()


def test_domain_errors_keep_their_sentences():
    for f in (log, grad(log), grad(grad(log))):
        with pytest.raises(ValueError) as caught:
            count(f, -1.0)
        assert str(caught.value) == "log(-1.0): the logarithm needs a number above 0"


# The cheap gradient


def price(rule, point):
    """What the value of a row costs; and its slopes, with a product and a sum for each of its edges."""
    value = count(rule, *point).total()
    slopes = count(lambda y, *xs: rule.slopes_at(y, *xs), rule.at(*point), *point).total()
    return value, value + slopes + 2 * len(point)


BOUND = max(whole / value for rule, points in EVERY_ROW for value, whole in [price(rule, points[0])])


def test_the_bound_comes_from_the_dearest_row():
    assert BOUND == 13  # maximum: 1 operation, 8 for its slopes, 4 for its edges
    assert price(power_of(3.0), (2.0,)) == (1, 1 + 2 + 2)


@holds_for(wild_programs, leaves)
def test_a_gradient_costs_at_most_a_fixed_multiple_of_the_value(program, inputs):
    _, _, order = recorded(program, inputs)
    f = lambda xs: run(program, xs)
    value, whole = count(f, inputs).total(), count(value_and_grad(f), inputs).total()
    assert whole <= BOUND * value
    on_the_way = [price(n.rule, [p.value for p in n.parents]) for n in order if n.rule]
    assert whole <= value + sum(both - alone for alone, both in on_the_way)


@holds_for(wild_programs, leaves)
def test_a_tangent_costs_at_most_the_same_multiple(program, inputs):
    recorded(program, inputs)
    f = lambda *xs: run(program, xs)
    value = count(f, *inputs).total()
    assert count(lambda *xs: jvp(f, xs, [0.5] * len(xs)), *inputs).total() <= BOUND * value


def product(xs):
    """Speelpenning's function."""
    return reduce(operator.mul, xs)


def helmholtz(xs):
    """The energy of a mixed fluid, from Griewank's book: of about n * n operations."""
    n = len(xs)
    b = [0.1 / (i + 1) for i in range(n)]
    bx = dot(0.0, b, xs)
    quadratic = dot(0.0, xs, [dot(0.0, [1 / (i + j + 1) for j in range(n)], xs) for i in range(n)])
    ideal = sum(x * log(x / (1 - bx)) for x in xs)
    return ideal - quadratic / (8**0.5 * bx) * log((1 + 2.4 * bx) / (1 - 0.4 * bx))


def point(n):
    return [0.5 / n + 0.1 * i / n**2 for i in range(n)]


def by_tangents(f):
    """The gradient in forward mode: a run for each input."""
    axes = lambda n: [[float(i == j) for j in range(n)] for i in range(n)]
    return lambda xs: [jvp(f, (xs,), (axis,))[1] for axis in axes(len(xs))]


@pytest.mark.parametrize(("f", "limit"), [(product, 3.0), (helmholtz, 3.0)])
def test_the_ratio_of_gradient_to_value_stays_while_that_of_forward_mode_grows(f, limit):
    for n in (4, 8, 16, 32):
        value = count(f, point(n)).total()
        assert count(value_and_grad(f), point(n)).total() <= limit * value
        assert count(by_tangents(f), point(n)).total() >= n * value


@pytest.mark.parametrize(("f", "limit"), [(product, 12.0), (helmholtz, 7.0)])
def test_the_ratio_of_an_hvp_to_the_value_stays_while_that_of_the_hessian_grows(f, limit):
    for n in (4, 8, 16, 32):
        value, v = count(f, point(n)).total(), [1.0 - 0.3 * i for i in range(n)]
        assert count(lambda xs, v=v: hvp(f, (xs,), (v,)), point(n)).total() <= limit * value
        if n <= 16:
            assert count(hessian(f), point(n)).total() >= n * value


def test_the_gradient_of_a_product_takes_about_three_operations_a_factor():
    n = 100
    assert count(product, point(n)) == {"*": n - 1}
    assert count(value_and_grad(product), point(n)) == {"*": 3 * (n - 1) - 2}
