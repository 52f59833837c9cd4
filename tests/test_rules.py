"""The table of rules, row by row: values, slopes, kinks, tails, domains, and what counts as a number."""

from __future__ import annotations

import math
import operator
import re
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import sympy
from exact import PRECISE, SYMBOLIC, Precise, Symbolic, meaning
from mpmath import mp

import autograd
from autograd import ValueNode, rules
from autograd.check import gradcheck
from autograd.forward import Dual
from autograd.rules import (
    TABLE,
    MissingSlope,
    Rule,
    SlopeError,
    Traveller,
    Valued,
    as_value,
    dot,
    number,
    power_from,
    power_of,
    row,
    written,
)

inf, nan = math.inf, math.nan
ROWS = dict(TABLE)  # the built-in rows, whatever other tests add later

LINE = [(x,) for x in (-30.0, -2.5, -0.5, 1e-9, 0.3, 1.0, 4.0, 40.0)]
ABOVE_ZERO = [(x,) for x in (1e-300, 1e-9, 0.3, 1.0, 4.0, 1e9, 1e300)]
PAIRS = [(2.0, -3.0), (-0.7, 0.1), (1e-150, 3e150), (5.0, 5e-9), (-1e5, -2e-5)]
POWERS = [(2.0, 3.0), (0.5, -1.5), (9.0, 0.5), (1.0000001, 1e6), (1e-3, 2.0), (7.0, 0.0), (1e100, 3.0)]

POINTS = {
    "{} + {}": PAIRS,
    "{} - {}": PAIRS,
    "{} * {}": PAIRS,
    "{} / {}": PAIRS,
    "{} ** {}": POWERS,
    "-{}": LINE,
    "exp": [*LINE, (-745.0,), (709.0,)],
    "expm1": [*LINE, (1e-20,), (709.0,)],
    "log": ABOVE_ZERO,
    "log1p": [*ABOVE_ZERO, (-0.5,), (-1e-20,), (-0.99,)],
    "sqrt": ABOVE_ZERO,
    "sin": [*LINE, (1e6,)],
    "cos": [*LINE, (1e6,)],
    "tanh": LINE,
    "sigmoid": [*LINE, (-700.0,), (700.0,)],
    "softplus": [*LINE, (-700.0,), (700.0,)],
    "step": LINE,
    "sign": LINE,
    "relu": LINE,
    "abs": LINE,
    "maximum": PAIRS,
    "minimum": PAIRS,
    "detach": LINE,
    "dot": [(1.0,), (0.5, 2.0, 3.0), (0.25, 1.0, 2.0, 0.5, 3.0, 4.0, 5.0)],
}
EXPONENTS = {
    n: [(x,) for x in ((0.3, 1.0, 4.0) if n % 1 else (-2.5, -0.5, 0.3, 1.0, 4.0))]
    for n in (-2.0, -1.0, -0.5, 0.0, 1 / 3, 0.5, 1.0, 2.0, 2.5, 3.0, 10.0)
}
BASES = dict.fromkeys((0.5, 1.0, 2.0, math.e, 10.0), LINE)

EVERY_ROW = [
    *((ROWS[form], points) for form, points in POINTS.items()),
    *((power_of(n), points) for n, points in EXPONENTS.items()),
    *((power_from(b), points) for b, points in BASES.items()),
]
EVERY_POINT = [pytest.param(rule, p, id=f"{rule.form} at {p}") for rule, points in EVERY_ROW for p in points]
BY_FORM = [pytest.param(rule, points, id=rule.form) for rule, points in EVERY_ROW]

# 1 - y * y and y + 1 round to an absolute, not a relative, precision in the tails.
ABSOLUTE = {"tanh": 3e-16, "expm1": 3e-16}


def precise(rule):
    return meaning(rule, PRECISE, mp.mpf)


def precise_slopes(rule, point):
    if rule.form == "detach":
        return [0.0]
    f, at = precise(rule), tuple(map(mp.mpf, point))
    if len(at) == 1:
        return [mp.diff(f, at[0], h=abs(at[0]) * mp.mpf(10) ** -30)]
    orders = [tuple(int(i == j) for j in range(len(at))) for i in range(len(at))]
    return [mp.diff(f, at, order, h=mp.mpf(10) ** -200) for order in orders]


def in_nodes(point):
    return tuple(map(ValueNode, point))


def test_every_row_is_tested_here_and_has_an_exact_meaning():
    assert set(POINTS) == set(PRECISE) == set(SYMBOLIC) == set(ROWS)
    assert all(rule.form == form for form, rule in ROWS.items())


@pytest.mark.parametrize(("rule", "point"), EVERY_POINT)
def test_values_agree_with_mpmath(rule, point):
    want = precise(rule)(*map(mp.mpf, point))
    got = rule(*point)
    assert type(got) is float
    assert abs(mp.mpf(got) - want) <= 3 * math.ulp(float(want))


@pytest.mark.parametrize(("rule", "point"), EVERY_POINT)
def test_slopes_agree_with_mpmath(rule, point):
    with mp.workdps(500):
        wants = [+mp.mpf(x) for x in precise_slopes(rule, point)]
    gots = rule.slopes_at(rule.at(*point), *point)
    assert len(gots) == len(wants) == len(point)
    for got, want in zip(gots, wants, strict=True):
        assert abs(mp.mpf(got) - want) <= 1e-13 * abs(want) + ABSOLUTE.get(rule.form, 0.0) + mp.mpf(5e-324)


@pytest.mark.parametrize(("rule", "points"), BY_FORM)
def test_slopes_agree_with_central_differences_in_floats(rule, points):
    near = [p for p in points if all(0.01 < abs(x) < 35 for x in p)]
    assert near
    for point in near:
        if rule is not rules.detach:
            assert gradcheck(rule, point, rtol=1e-6)


@pytest.mark.parametrize(("rule", "point"), EVERY_POINT)
def test_a_node_records_the_slopes_of_its_row(rule, point):
    nodes = in_nodes(point)
    y = rule(*nodes)
    assert (y.value, y.rule, y.parents) == (rule(*point), rule, nodes)
    assert y.slopes == rule.slopes_at(y.value, *point)
    assert type(y.slopes) is tuple


# Closed under differentiation: what a rule says of a formula is the derivative of that formula.


def symbolic_slopes(rule, count):
    """The slopes in symbols, as the rule gives them to a traveller and as SymPy derives them."""
    names = sympy.symbols(f"a:{count}", real=True)
    if rule in (rules.power, rules.log, rules.sqrt) or rule.form.startswith("{} **"):
        names = sympy.symbols(f"a:{count}", positive=True)
    y = meaning(rule, SYMBOLIC, sympy.Rational)(*names)
    slopes = rule.slopes(Symbolic(y), *map(Symbolic, names))
    gots = [s.thing if isinstance(s, Symbolic) else sympy.Rational(s) for s in slopes]
    return names, gots, [sympy.diff(y, name) for name in names]


@pytest.mark.parametrize(("rule", "points"), BY_FORM)
def test_slopes_of_formulas_are_the_derivatives_that_sympy_finds(rule, points):
    """A rule which branched on what flows would fail in `Stranger.branched`."""
    for count in {len(point) for point in points}:
        names, gots, wants = symbolic_slopes(rule, count)
        if rule is rules.detach:
            wants = [sympy.Integer(0)]
        assert len(gots) == len(wants)
        exact = [tuple(map(sympy.Rational, p)) for p in points if len(p) == count and max(map(abs, p)) < 50]
        for got, want in zip(gots, wants, strict=True):
            for point in exact:
                at = dict(zip(names, point, strict=True))
                if all(x > 0 or not name.is_positive for name, x in at.items()):
                    difference, size = (sympy.N(e.subs(at), 40) for e in (got - want, want))
                    assert abs(difference) <= 1e-15 * (abs(size) + 1e-15)


ROUNDED = {"2 ** {}", "10 ** {}", "0.5 ** {}", f"{math.e} ** {{}}", f"{{}} ** {1 / 3}"}  # by log(2), n - 1
SMOOTH = [rule for rule, _ in EVERY_ROW if rule.form not in {"detach", "maximum", "minimum", *ROUNDED}]


@pytest.mark.parametrize("rule", SMOOTH, ids=lambda rule: rule.form)
def test_slopes_of_formulas_simplify_to_the_derivatives_that_sympy_finds(rule):
    _, gots, wants = symbolic_slopes(
        rule, {"{} ** {}": 2, "dot": 5}.get(rule.form, rule.form.count("{}") or 1)
    )
    for got, want in zip(gots, wants, strict=True):
        assert sympy.simplify(sympy.piecewise_fold(got - want)) == 0


# Kinks


@pytest.mark.parametrize(
    ("rule", "point", "slopes"),
    [
        (rules.relu, (0.0,), (0.0,)),
        (rules.relu, (-0.0,), (0.0,)),
        (rules.relu, (5e-324,), (1.0,)),
        (rules.absolute, (0.0,), (0.0,)),
        (rules.absolute, (-5e-324,), (-1.0,)),
        (rules.step, (0.0,), (0.0,)),
        (rules.sign, (0.0,), (0.0,)),
        (power_of(0.0), (0.0,), (0.0,)),
        (power_of(1.0), (0.0,), (1.0,)),
        (power_of(2.0), (0.0,), (0.0,)),
        (rules.maximum, (3.0, 3.0), (0.5, 0.5)),
        (rules.maximum, (0.0, -0.0), (0.5, 0.5)),
        (rules.maximum, (1e308, -1e308), (1.0, 0.0)),
        (rules.maximum, (5e-324, 0.0), (1.0, 0.0)),
        (rules.minimum, (3.0, 3.0), (0.5, 0.5)),
        (rules.minimum, (2.0, 3.0), (1.0, 0.0)),
    ],
    ids=lambda x: x.form if isinstance(x, Rule) else str(x),
)
def test_slopes_at_kinks_are_fixed(rule, point, slopes):
    assert rule.slopes_at(rule.at(*point), *point) == slopes


def test_values_at_kinks():
    assert [rules.step(x) for x in (-1.0, 0.0, 5e-324)] == [0.0, 0.0, 1.0]
    assert [rules.sign(x) for x in (-5e-324, 0.0, 2.0)] == [-1.0, 0.0, 1.0]
    assert [power_of(0.0)(x) for x in (-1.0, 0.0, 2.0, inf, nan)] == [1.0] * 5


def test_a_power_of_zero_and_a_first_power_have_their_slopes_at_zero():
    a = ValueNode(0.0)
    (a**0).backward()
    assert a.grad == 0.0
    (a**1).backward()
    assert a.grad == 1.0


# Tails


@pytest.mark.parametrize("x", [1000.0, 1e308, inf])
def test_tanh_is_flat_in_its_tails(x):
    for a in (x, -x):
        node = ValueNode(a)
        y = node.tanh()
        y.backward()
        assert (y.value, node.grad) == (math.copysign(1.0, a), 0.0)


def test_the_slope_of_sigmoid_keeps_its_digits():
    for x in (-740.0, -50.0, -1.0, 0.0, 1.0, 50.0, 740.0):
        want = mp.exp(-abs(x)) / (1 + mp.exp(-abs(x))) ** 2
        (got,) = rules.sigmoid.slopes_at(rules.sigmoid(x), x)
        assert abs(got - want) <= 1e-14 * want + mp.mpf(5e-324)
    assert rules.sigmoid.slopes_at(1.0, 50.0)[0] == pytest.approx(1.9287498479639178e-22, rel=1e-14)


def test_sigmoid_and_softplus_do_not_overflow():
    assert [rules.sigmoid(x) for x in (-1e308, -1000.0, 1000.0, 1e308)] == [0.0, 0.0, 1.0, 1.0]
    assert [rules.softplus(x) for x in (-1e308, -1000.0, 1000.0, 1e308)] == [0.0, 0.0, 1000.0, 1e308]
    assert [rules.softplus.slopes_at(0.0, x)[0] for x in (-1000.0, 1000.0)] == [0.0, 1.0]


def test_log1p_and_expm1_keep_the_digits_of_small_numbers():
    assert rules.log1p(1e-20) == rules.expm1(1e-20) == 1e-20


def test_plus_minus_and_times_follow_ieee_754():
    big = ValueNode(1e308)
    assert (big * 10).value == (big + big).value == (big - -big).value == inf
    assert math.isnan((big * 10 - big * 10).value)
    assert math.isnan((ValueNode(0.0) * inf).value)
    assert (ValueNode(1e-200) * 1e-200).value == 0.0
    assert math.copysign(1.0, (ValueNode(-0.0) * 1).value) == -1.0


# nan and infinity are data


@pytest.mark.parametrize("rule", ROWS.values(), ids=ROWS)
def test_nan_flows_through_every_row_from_every_operand(rule):
    count = 5 if rule is rules.weighted_sum else len(POINTS[rule.form][0])
    for i in range(count):
        point = [0.5] * count
        point[i] = nan
        assert math.isnan(rule(*point))
        nodes = in_nodes(point)
        y = rule(*nodes)
        assert math.isnan(y.value)
        assert len(y.slopes) == count
        assert not any(isinstance(slope, MissingSlope) for slope in y.slopes)


@pytest.mark.parametrize(
    "rule", [rules.relu, rules.absolute, rules.sin, rules.tanh, rules.sigmoid, rules.exp]
)
def test_nan_is_seen_in_the_gradient_too(rule):
    a = ValueNode(nan)
    rule(a).backward()
    assert math.isnan(a.grad)


def test_one_to_the_power_of_nan_is_one_as_in_c():
    assert power_from(1.0)(nan) == rules.power(1.0, nan) == rules.power(nan, 0.0) == 1.0


@pytest.mark.parametrize(
    ("rule", "above", "below"),
    [  # at plus and at minus infinity: value and slope, or None for a domain error
        (rules.negate, (-inf, -1.0), (inf, -1.0)),
        (rules.exp, (inf, inf), (0.0, 0.0)),
        (rules.expm1, (inf, inf), (-1.0, 0.0)),
        (rules.log, (inf, 0.0), None),
        (rules.log1p, (inf, 0.0), None),
        (rules.sqrt, (inf, 0.0), None),
        (rules.sin, (nan, nan), (nan, nan)),
        (rules.cos, (nan, nan), (nan, nan)),
        (rules.tanh, (1.0, 0.0), (-1.0, 0.0)),
        (rules.sigmoid, (1.0, 0.0), (0.0, 0.0)),
        (rules.softplus, (inf, 1.0), (0.0, 0.0)),
        (rules.step, (1.0, 0.0), (0.0, 0.0)),
        (rules.sign, (1.0, 0.0), (-1.0, 0.0)),
        (rules.relu, (inf, 1.0), (0.0, 0.0)),
        (rules.absolute, (inf, 1.0), (inf, -1.0)),
        (rules.detach, (inf, 0.0), (-inf, 0.0)),
        (power_of(2.0), (inf, inf), (inf, -inf)),
        (power_of(-1.0), (0.0, 0.0), (0.0, 0.0)),
        (power_of(0.0), (1.0, 0.0), (1.0, 0.0)),
        (power_of(0.5), (inf, 0.0), (inf, 0.0)),
        (power_from(2.0), (inf, inf), (0.0, 0.0)),
        (power_from(0.5), (0.0, 0.0), (inf, -inf)),
    ],
    ids=lambda x: x.form if isinstance(x, Rule) else "",
)
def test_infinity_has_a_value_and_a_slope(rule, above, below):
    for x, want in ((inf, above), (-inf, below)):
        if want is None:
            with pytest.raises(ValueError, match="needs a number"):
                rule(x)
        else:
            got = (rule(x), *rule.slopes_at(rule(x), x))
            assert got == pytest.approx(want, abs=0.0, nan_ok=True)


def test_maximum_and_minimum_with_infinities():
    assert rules.maximum(inf, 1.0) == inf
    assert rules.minimum(1.0, -inf) == -inf
    assert rules.maximum.slopes_at(inf, 1.0, inf) == (0.0, 1.0)
    assert rules.maximum(inf, inf) == inf


def test_two_equal_infinities_differ_by_nan_so_their_maximum_has_a_slope_of_nan():
    assert all(map(math.isnan, rules.maximum.slopes_at(inf, inf, inf)))


# Domain errors: our own sentences, the same for floats and nodes on every Python

REFUSED = [
    (rules.divide, (2.0, 0.0), ZeroDivisionError, "2.0 / 0.0: division by zero"),
    (rules.divide, (-2.0, -0.0), ZeroDivisionError, "(-2.0) / (-0.0): division by zero"),
    (rules.divide, (nan, 0.0), ZeroDivisionError, "nan / 0.0: division by zero"),
    (rules.power, (0.0, -1.0), ZeroDivisionError, "0.0 ** (-1.0): division by zero"),
    (rules.power, (-8.0, 1.5), ValueError, "(-8.0) ** 1.5: a negative base needs a whole exponent"),
    (rules.power, (1e200, 2.0), OverflowError, "1e+200 ** 2.0: the result is too large for a float"),
    (rules.exp, (1000.0,), OverflowError, "exp(1000.0): the result is too large for a float"),
    (rules.expm1, (1000.0,), OverflowError, "expm1(1000.0): the result is too large for a float"),
    (rules.log, (0.0,), ValueError, "log(0.0): the logarithm needs a number above 0"),
    (rules.log, (-0.0,), ValueError, "log(-0.0): the logarithm needs a number above 0"),
    (rules.log, (-1.5,), ValueError, "log(-1.5): the logarithm needs a number above 0"),
    (rules.log, (-inf,), ValueError, "log(-inf): the logarithm needs a number above 0"),
    (rules.log1p, (-1.0,), ValueError, "log1p(-1.0): log1p needs a number above -1"),
    (rules.log1p, (-inf,), ValueError, "log1p(-inf): log1p needs a number above -1"),
    (rules.sqrt, (-1.0,), ValueError, "sqrt(-1.0): the square root needs a number of at least 0"),
    (power_of(-1.0), (0.0,), ZeroDivisionError, "0.0 ** -1: division by zero"),
    (power_of(-0.5), (0.0,), ZeroDivisionError, "0.0 ** -0.5: division by zero"),
    (power_of(0.5), (-4.0,), ValueError, "(-4.0) ** 0.5: a negative base needs a whole exponent"),
    (power_of(-2.0), (1e-200,), OverflowError, "1e-200 ** -2: the result is too large for a float"),
    (power_from(0.0), (-1.0,), ZeroDivisionError, "0 ** (-1.0): division by zero"),
    (power_from(-8.0), (1.5,), ValueError, "(-8) ** 1.5: a negative base needs a whole exponent"),
    (power_from(2.0), (5000.0,), OverflowError, "2 ** 5000.0: the result is too large for a float"),
]
NEVER_REFUSE = {
    *("{} + {}", "{} - {}", "{} * {}", "-{}", "abs", "step", "sign", "relu", "maximum", "minimum", "detach"),
    *("sin", "cos", "tanh", "sigmoid", "softplus", "dot"),
}
EXTREME = [0.0, -0.0, 5e-324, -5e-324, 1.0, -1.0, 1e308, -1e308, 800.0, -800.0, inf, -inf, nan]


@pytest.mark.parametrize(("rule", "point", "error", "sentence"), REFUSED, ids=[case[3] for case in REFUSED])
def test_domain_errors_name_operation_and_operand(rule, point, error, sentence):
    for inputs in (point, in_nodes(point), tuple(map(np.float64, point))):
        with pytest.raises(error) as refusal:
            rule(*inputs)
        assert (type(refusal.value), str(refusal.value)) == (error, sentence)
        assert refusal.value.__suppress_context__


def test_all_other_rows_have_a_value_and_slopes_everywhere():
    assert NEVER_REFUSE | {rule.form for rule, *_ in REFUSED if rule.form in ROWS} == set(ROWS)
    for form in NEVER_REFUSE:
        for a in EXTREME:
            for b in EXTREME:
                point = (a, b, 1.5)[: len(POINTS[form][-1])] if form != "dot" else (a, b, 1.5)
                y = ROWS[form](*in_nodes(point))
                assert all(type(x) is float for x in (y.value, *y.slopes))


def test_the_operators_of_a_node_refuse_with_the_same_sentences():
    zero, a = ValueNode(0), ValueNode(-8)
    for make, sentence in (
        (lambda: a / 0, r"^\(-8.0\) / 0.0: division by zero$"),
        (lambda: 1 / zero, r"^1.0 / 0.0: division by zero$"),
        (lambda: zero**-1, r"^0.0 \*\* -1: division by zero$"),
        (lambda: a ** (1 / 3), "a negative base needs a whole exponent$"),
        (lambda: a ** ValueNode(0.5), r"^\(-8.0\) \*\* 0.5: a negative base needs a whole exponent$"),
        (lambda: a.log(), r"^log\(-8.0\): the logarithm needs a number above 0$"),
        (lambda: ValueNode(1000).exp(), r"^exp\(1000.0\): the result is too large for a float$"),
    ):
        with pytest.raises((ValueError, ZeroDivisionError, OverflowError), match=sentence):
            make()


# A value without a slope

SLOPELESS = [
    (rules.sqrt, (0.0,), [0], "sqrt(0.0) has a value but no slope (0.5 / 0.0: division by zero)"),
    (
        power_of(0.5),
        (0.0,),
        [0],
        "0.0 ** 0.5 has a value but no slope (0.0 ** -0.5: division by zero)",
    ),
    (
        rules.power,
        (-2.0, 2.0),
        [1],
        (
            "(-2.0) ** 2.0 has a value but no slope towards operand 2 "
            "(log(-2.0): the logarithm needs a number above 0)"
        ),
    ),
    (
        rules.power,
        (0.0, 3.0),
        [1],
        (
            "0.0 ** 3.0 has a value but no slope towards operand 2 "
            "(log(0.0): the logarithm needs a number above 0)"
        ),
    ),
    (
        rules.power,
        (0.0, 0.5),
        [0, 1],
        "0.0 ** 0.5 has a value but no slope towards operand 1 (0.0 ** (-0.5): division by zero)",
    ),
    (
        power_from(0.0),
        (2.0,),
        [0],
        "0 ** 2.0 has a value but no slope (log(0.0): the logarithm needs a number above 0)",
    ),
    (
        power_from(-2.0),
        (3.0,),
        [0],
        "(-2) ** 3.0 has a value but no slope (log(-2.0): the logarithm needs a number above 0)",
    ),
    (
        power_of(-1.0),
        (1e-200,),
        [0],
        "1e-200 ** -1 has a value but no slope (1e-200 ** -2: the result is too large for a float)",
    ),
]


@pytest.mark.parametrize(
    ("rule", "point", "missing", "sentence"), SLOPELESS, ids=[case[3] for case in SLOPELESS]
)
def test_a_missing_slope_is_an_error_only_for_backward(rule, point, missing, sentence):
    y = rule(*in_nodes(point))
    assert y.value == rule(*point)
    assert [i for i, slope in enumerate(y.slopes) if isinstance(slope, MissingSlope)] == missing
    with pytest.raises(SlopeError) as refusal:
        y.backward()
    assert str(refusal.value) == sentence


def test_the_other_slopes_beside_a_missing_one_are_exact():
    for a, b in ((-2.0, 3.0), (-0.3, 7.0), (0.0, 2.0), (0.0, 1.0)):
        assert rules.power.slopes_at(a**b, a, b)[0] == b * a ** (b - 1.0)


def test_a_missing_slope_raises_on_whichever_side_it_is_multiplied():
    missing = MissingSlope("no slope")
    for product in (lambda: missing * 2.0, lambda: 2.0 * missing, lambda: np.float64(2.0) * missing):
        with pytest.raises(SlopeError, match=r"^no slope$"):
            product()
    assert repr(missing) == "MissingSlope('no slope')"


def test_a_slope_error_can_be_caught_as_either_domain_error():
    assert issubclass(SlopeError, ValueError)
    assert issubclass(SlopeError, ZeroDivisionError)


# Rows from outside


@pytest.fixture
def add_row():
    yield row
    for form in set(TABLE) - set(ROWS):
        del TABLE[form]


def test_a_row_from_outside_works_for_floats_nodes_and_formulas(add_row):
    logit = add_row(
        "logit",
        lambda a: math.log(a / (1.0 - a)),
        lambda y, a: (1.0 / (a * (1.0 - a)),),
        needs="the logit needs a number between 0 and 1",
    )
    a = ValueNode(0.25)
    y = logit(a)
    y.backward()
    assert (y.value, a.grad, y.op) == (logit(0.25), 1 / 0.1875, "logit")
    assert TABLE["logit"] is logit
    x = sympy.Symbol("x", positive=True)
    (slope,) = logit.slopes(Symbolic(sympy.log(x / (1 - x))), Symbolic(x))
    assert sympy.simplify(slope.thing - sympy.diff(sympy.log(x / (1 - x)), x)) == 0
    for z in (2.0, ValueNode(2.0)):
        with pytest.raises(ValueError, match=r"^logit\(2.0\): the logit needs a number between 0 and 1$"):
            logit(z)
    with pytest.raises(ZeroDivisionError, match=r"^logit\(1.0\): division by zero$"):
        logit(1.0)


def test_a_row_from_outside_without_a_sentence_keeps_its_own(add_row):
    def half(a):
        raise ValueError("only even numbers")

    with pytest.raises(ValueError, match=r"^half\(3.0\): only even numbers$"):
        add_row("half", half, lambda y, a: (0.5,))(ValueNode(3))


def test_an_error_of_another_kind_in_a_row_from_outside_passes_through(add_row):
    def broken(*_):
        raise KeyError("lost")

    for rule in (
        add_row("broken value", broken, lambda y, a: (1.0,)),
        add_row("broken slope", lambda a: a, broken),
    ):
        with pytest.raises(KeyError, match="lost"):
            rule(ValueNode(1))


@pytest.mark.parametrize(
    ("value", "slopes", "sentence"),
    [
        (
            float,
            lambda y, a: 2.0 * a,
            "the slopes of Rule('slip') must be a tuple of 1, one for each input; got float",
        ),
        (
            float,
            lambda y, a: (),
            "the slopes of Rule('slip') must be a tuple of 1, one for each input; got 0 of them",
        ),
        (
            float,
            lambda y, a: (1.0, 1.0),
            "the slopes of Rule('slip') must be a tuple of 1, one for each input; got 2 of them",
        ),
        (int, lambda y, a: (1.0,), "the value of Rule('slip') must be a float, got int: wrap it in float()"),
        (
            np.float64,
            lambda y, a: (1.0,),
            "the value of Rule('slip') must be a float, got numpy.float64: wrap it in float()",
        ),
    ],
)
def test_a_slip_in_a_row_from_outside_is_told_when_its_first_result_is_recorded(value, slopes, sentence):
    rule = Rule("slip", value, slopes)
    for _ in range(2):
        with pytest.raises(TypeError, match=f"^{re.escape(sentence)}$"):
            rule(ValueNode(2.0))


def test_a_row_from_outside_may_have_three_operands(add_row):
    fma = add_row("fma", lambda a, b, c: a * b + c, lambda y, a, b, c: (b, a, 1.0))
    a, b = ValueNode(2), ValueNode(3)
    y = fma(a, b, 4)
    y.backward()
    assert (y.value, a.grad, b.grad) == (10.0, 3.0, 2.0)


def test_no_row_can_replace_another():
    with pytest.raises(ValueError, match=r"^the table has a row 'exp' already; choose another name$"):
        row("exp", math.exp, lambda y, a: (y,))
    assert TABLE["exp"] is rules.exp is ROWS["exp"]


# Functions for floats, numpy's numbers and nodes alike

FUNCTIONS = [name for name in autograd.__all__ if isinstance(getattr(autograd, name), Rule)]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_generic_functions_take_floats_numpy_numbers_and_nodes(name):
    f = getattr(autograd, name)
    count = len(POINTS[f.form][0])
    want = f(*[2.0] * count)
    for two in (2, True + 1, Fraction(2), np.float64(2), np.float32(2), np.int64(2), np.longdouble(2)):
        got = f(*[two] * count)
        assert (type(got), got) == (float, want)
        mixed = f(ValueNode(2), *[two] * (count - 1))
        assert (type(mixed), mixed.value, mixed.rule) == (ValueNode, want, f)
    method = getattr(ValueNode(2), name)(*[2.0] * (count - 1))
    assert (method.value, method.rule) == (want, f)


def test_the_generic_functions_of_the_contract_are_there():
    assert {
        *("cos", "detach", "exp", "expm1", "log", "log1p", "maximum", "minimum", "relu", "sigmoid", "sin"),
        *("softplus", "sqrt", "tanh"),
    } <= set(FUNCTIONS)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("x", ["2", None, 2j, [2.0], np.array([2.0]), Decimal(2)], ids=repr)
def test_generic_functions_refuse_what_is_no_number(name, x):
    f = getattr(autograd, name)
    with pytest.raises(TypeError, match=r"^expected a number, got "):
        f(*[x] * len(POINTS[f.form][0]))


def test_a_row_gives_way_to_a_traveller_it_has_never_heard_of():
    a, two = ValueNode(3), Precise(mp.mpf(2))
    with pytest.raises(TypeError):  # Precise cannot lift a node: that it was asked is the point
        a * two

    class Polite(Traveller):
        def flow(self, rule, inputs):
            return rule.write(*("node" if x is a else "polite" for x in inputs))

    polite = Polite()
    assert [a + polite, polite + a, a - polite, polite - a] == [
        *("node + polite", "polite + node", "node - polite", "polite - node")
    ]
    assert [a * polite, polite * a, a / polite, polite / a] == [
        *("node * polite", "polite * node", "node / polite", "polite / node")
    ]
    assert [a**polite, polite**a] == ["node ** polite", "polite ** node"]
    assert [a.maximum(polite), polite.minimum(a)] == ["maximum(node, polite)", "minimum(polite, node)"]
    assert rules.maximum(a, polite) == "maximum(node, polite)"
    assert dot(a, [a], [polite]) == "dot(node, node, polite)"


def test_a_traveller_that_no_one_knows_how_to_use_is_refused():
    class Shy(Traveller):
        def flow(self, rule, inputs):
            return NotImplemented

    for product in (lambda: ValueNode(1) * Shy(), lambda: rules.maximum(ValueNode(1), Shy())):
        with pytest.raises(TypeError):
            product()


def test_a_traveller_without_flow_says_so():
    with pytest.raises(NotImplementedError):
        Traveller() + 1


def test_dot_wants_as_many_inputs_as_weights():
    with pytest.raises(ValueError, match=r"^dot needs as many inputs as weights: 2 weights, 1 inputs$"):
        dot(0.0, [1.0, 2.0], [3.0])
    assert dot(0.5, [1.0, 2.0], [3.0, 4.0]) == 11.5
    assert dot(0.5, [], []) == 0.5


def test_dot_rounds_from_left_to_right():
    """`sum` of floats rounds otherwise from Python 3.12 on."""
    assert dot(1e16, [1.0, 1.0, -1e16], [1.0, 1.0, 1.0]) == ((1e16 + 1.0) + 1.0) - 1e16 == 0.0


# How a row is written


@pytest.mark.parametrize(
    ("rule", "operands", "symbol", "written"),
    [
        (rules.add, ("a", "b"), "+", "a + b"),
        (rules.subtract, (1.0, -2.0), "-", "1.0 - (-2.0)"),
        (rules.negate, ("a",), "-", "-a"),
        (rules.negate, (-1.0,), "-", "-(-1.0)"),
        (rules.power, (-2.0, 0.5), "**", "(-2.0) ** 0.5"),
        (rules.tanh, (-2.0,), "tanh", "tanh(-2.0)"),
        (rules.maximum, ("a", "b"), "maximum", "maximum(a, b)"),
        (rules.weighted_sum, ("b", "w", "x"), "dot", "dot(b, w, x)"),
        (power_of(2.0), ("a",), "** 2", "a ** 2"),
        (power_of(0.0), ("a",), "** 0", "a ** 0"),
        (power_of(-0.5), (-1.0,), "** -0.5", "(-1.0) ** -0.5"),
        (power_of(1e300), ("a",), "** 1e+300", "a ** 1e+300"),
        (power_of(inf), ("a",), "** inf", "a ** inf"),
        (power_of(nan), ("a",), "** nan", "a ** nan"),
        (power_from(2.0), ("a",), "2 **", "2 ** a"),
        (power_from(-2.0), ("a",), "(-2) **", "(-2) ** a"),
    ],
)
def test_how_a_row_is_written(rule, operands, symbol, written):
    assert (rule.symbol, rule.write(*operands)) == (symbol, written)
    assert repr(rule) == f"Rule({rule.form!r})"


def test_the_number_in_a_row_is_written_without_a_useless_fraction():
    assert [written(x) for x in (2.0, -2.0, 0.5, 1e16, inf)] == ["2", "-2", "0.5", "1e+16", "inf"]
    assert written(9e15) == "9000000000000000"


def test_one_exponent_is_one_row():
    assert power_of(2.0) is power_of(number(2))
    assert (ValueNode(3) ** 2).rule is (ValueNode(4) ** np.int64(2)).rule


# What a number is


@pytest.mark.parametrize(
    ("x", "want"),
    [
        (3, 3.0),
        (-0.0, -0.0),
        (5e-324, 5e-324),
        (2**53 + 1, 2.0**53),
        (True, 1.0),
        (False, 0.0),
        (Fraction(1, 3), 1 / 3),
        (np.float64(0.1), 0.1),
        (np.float32(0.1), 0.10000000149011612),
        (np.float16(0.1), 0.0999755859375),
        (np.longdouble(2), 2.0),
        (np.int64(-7), -7.0),
        (np.uint8(255), 255.0),
        (inf, inf),
        (-inf, -inf),
        (sympy.Rational(1, 2), 0.5),
    ],
    ids=lambda x: f"{type(x).__module__}.{type(x).__name__} {x}",
)
def test_real_numbers_become_floats(x, want):
    for got in (number(x), ValueNode(x).value, (ValueNode(0) * 0 + x).value, rules.detach(x)):
        assert type(got) is float
        assert got == want
    assert math.copysign(1.0, number(x)) == math.copysign(1.0, want)


ONE_BY_ONE = "the engine works on one number at a time; take its elements one by one"
REAL_ONLY = "the engine works on real numbers; take .real, .imag or abs() of it first"
CONVERT = "convert it with float() first"


@pytest.mark.parametrize(
    ("x", "kind", "way_out"),
    [
        ("2", "str", CONVERT),
        (np.str_("2"), "numpy.str_", CONVERT),
        (Decimal("0.1"), "decimal.Decimal", CONVERT),
        (np.bool_(True), "numpy.bool", CONVERT),
        (2j, "complex", REAL_ONLY),
        (np.complex128(2), "numpy.complex128", REAL_ONLY),
        (np.complex64(2), "numpy.complex64", REAL_ONLY),
        ([1.0], "list", ONE_BY_ONE),
        ((1.0,), "tuple", ONE_BY_ONE),
        ({1.0}, "set", ONE_BY_ONE),
        ({}, "dict", ONE_BY_ONE),
        (range(2), "range", ONE_BY_ONE),
        (iter([1.0]), "list_iterator", ONE_BY_ONE),
        (b"2", "bytes", ONE_BY_ONE),
        (np.array([1.0]), "numpy.ndarray", ONE_BY_ONE),
        (np.array(1.0), "numpy.ndarray", ONE_BY_ONE),
        (None, "NoneType", "only real numbers and nodes can take part in arithmetic"),
        (object(), "object", "only real numbers and nodes can take part in arithmetic"),
        (ValueNode(1), "autograd.grad.ValueNode", "use it as it is, or take its .value"),
    ],
    ids=lambda x: type(x).__name__,
)
def test_what_is_no_number_is_refused_by_its_type_with_the_way_out(x, kind, way_out):
    for use in (number, ValueNode, lambda x: power_of(number(x))):
        with pytest.raises(TypeError) as refusal:
            use(x)
        assert str(refusal.value) == f"expected a number, got {kind}: {way_out}"


@pytest.mark.parametrize("x", [10**400, -(10**400), Fraction(10**400)], ids=["int", "-int", "Fraction"])
def test_a_number_too_large_for_a_float_is_refused(x):
    sentence = rf"^this {type(x).__name__} is too large for a float$"
    for use in (number, ValueNode, ValueNode(1).__add__, ValueNode(1).__rpow__, ValueNode(1).__lt__):
        with pytest.raises(OverflowError, match=sentence):
            use(x)


# Travellers that stand for one number


class Weight(Valued):
    """A number of its own kind, which goes through rules as a float."""

    noun = "weight"

    def __init__(self, value):
        self.value = value

    def flow(self, rule, inputs):
        return Weight(rule(*map(as_value, inputs)))


class Wordless(Traveller):
    """A traveller that stands for no number."""


def test_the_value_of_anything_that_has_one():
    for x in (2.5, Fraction(5, 2), np.float32(2.5), ValueNode(2.5), Weight(2.5), Dual(2.5, 1.0, 1)):
        assert as_value(x) == 2.5
        assert type(as_value(x)) is float
    assert as_value(Dual(ValueNode(2.5), ValueNode(1.0), 1)) == 2.5  # what a box holds may be a node


@pytest.mark.parametrize(
    "x", ["2", None, 2j, [2.0], Wordless(), rules.Careful(2.0)], ids=lambda x: type(x).__name__
)
def test_what_has_no_value_is_refused_as_no_number(x):
    with pytest.raises(TypeError, match=r"^expected a number, got "):
        as_value(x)
    for compare in (operator.lt, operator.le, operator.gt, operator.ge):
        with pytest.raises(TypeError):
            compare(Weight(2.0), x)


def test_travellers_of_different_kinds_compare_by_value():
    for small in (1, 1.0, np.float64(1.0), Fraction(1), ValueNode(1.0), Weight(1.0), Dual(1.0, 5.0, 1)):
        for large in (ValueNode(2.0), Weight(2.0), Dual(2.0, -5.0, 1)):
            assert (small < large, small <= large, small > large, small >= large) == (
                True,
                True,
                False,
                False,
            )
            assert (large < small, large <= small, large > small, large >= small) == (
                False,
                False,
                True,
                True,
            )
            assert max(small, large) is max(large, small) is large
    assert all(type(Weight(1.0) < x) is bool for x in (2, np.float64(2.0), ValueNode(2.0)))
    assert not (Weight(nan) < 1 or Weight(nan) >= 1)


def test_travellers_are_equal_if_they_are_the_same():
    one, other = Weight(2.0), Weight(2.0)
    assert (one == one, one == other, one == 2.0, one != other) == (True, False, False, True)
    assert len({one, other, one}) == 2


def test_a_traveller_says_by_its_own_names_that_it_is_no_truth_value_and_no_float():
    with pytest.raises(TypeError) as refusal:
        bool(Weight(0.0))
    assert str(refusal.value) == "a Weight is neither true nor false; ask its value: weight.value != 0"
    with pytest.raises(TypeError) as refusal:
        math.exp(Weight(0.0))
    assert str(refusal.value) == (
        "a Weight does not turn into a float by itself, for that would drop its derivative: "
        "call weight.exp() or autograd.exp(weight) instead of math.exp(weight), or take weight.value"
    )
    with pytest.raises(TypeError, match=r"^a ValueNode is neither .*: node\.value != 0$"):
        bool(ValueNode(0.0))


def test_a_traveller_without_one_number_does_not_compare():
    for use in (lambda x: x < 1, lambda x: x <= 1, lambda x: x <= ValueNode(1.0)):
        with pytest.raises(TypeError):
            use(Wordless())


# Slopes at travellers


@pytest.mark.parametrize(("rule", "point", "missing", "sentence"), SLOPELESS, ids=[c[3] for c in SLOPELESS])
@pytest.mark.parametrize(
    "carry", [ValueNode, Weight, lambda x: Dual(x, 0.0, 1)], ids=["node", "weight", "dual"]
)
def test_slopes_at_travellers_miss_where_those_at_floats_miss(rule, point, missing, sentence, carry):
    floats = rule.slopes_at(rule.at(*point), *point)
    slopes = rule.slopes_at(carry(rule.at(*point)), *map(carry, point))
    assert [i for i, slope in enumerate(slopes) if isinstance(slope, MissingSlope)] == missing
    assert slopes[missing[0]].message == sentence
    for slope, wanted in zip(slopes, floats, strict=True):
        if not isinstance(slope, MissingSlope):
            assert as_value(slope) == wanted


def test_a_slope_beside_a_missing_one_is_still_a_graph():
    a, b = ValueNode(-3.0), ValueNode(2.0)
    towards_a, towards_b = rules.power.slopes_at(a**2, a, b)
    assert isinstance(towards_b, MissingSlope)
    assert towards_a.value == -6.0  # b * a ** (b - 1)
    assert {a, b} <= set(towards_a.topological_order())


def test_a_careful_number_computes_as_what_it_holds_until_the_first_error():
    x, held = rules.Careful(2.0), ValueNode(3.0)
    y = rules.Careful(held) * x + 1
    assert (type(y.value), y.value.value, y.error) == (ValueNode, 7.0, "")
    bad = ((0.0 - x).log() + held).exp()
    assert bad.error == "log(-2.0): the logarithm needs a number above 0"
    assert (1 / bad + (x - 2.0) ** -1).error == bad.error  # the first error, not the second
    assert y.result("never said").value == 7.0
    assert isinstance(bad.result("no slope"), MissingSlope)
    assert bad.result("no slope").message == f"no slope ({bad.error})"
