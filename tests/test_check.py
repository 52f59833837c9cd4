"""gradcheck: the gradient against central differences."""

import math
import random
from collections.abc import Iterator
from fractions import Fraction

import pytest

from autograd import rules
from autograd.check import GradcheckError, GradcheckReport, gradcheck
from autograd.grad import ValueNode
from autograd.rules import TABLE, Rule, dot, exp, log, row, sigmoid, sin, tanh


def survey(a: ValueNode, b: ValueNode) -> ValueNode:
    return log(a) + a * b - sin(b)


@pytest.fixture
def wrong_cube() -> Iterator[Rule]:
    yield row("wrong_cube", lambda a: a**3, lambda y, a: (2.0 * a * a,))
    del TABLE["wrong_cube"]


def test_a_right_gradient_passes_and_the_report_holds_both_numbers():
    report = gradcheck(survey, [2.0, 5.0])
    assert report
    assert report.passed
    assert [r.backward for r in report.rows] == [5.5, 5.0 * 0 + 2.0 - math.cos(5.0)]
    assert [r.difference for r in report.rows] == pytest.approx([5.5, 2.0 - math.cos(5.0)], rel=1e-9)
    assert all(r.error < 1e-9 for r in report.rows)


def test_the_report_prints_as_a_table():
    lines = repr(gradcheck(survey, [2.0, 5.0])).splitlines()
    assert lines[0].split() == ["input", "backward", "difference", "error", "allowed"]
    assert lines[1].startswith("input 1 = 2")
    assert lines[2].startswith("input 2 = 5")
    assert lines[2].count("1.716337815") == 2
    assert len(set(map(len, lines))) == 1


def test_nodes_lend_their_labels_and_stay_untouched():
    a, b = ValueNode(2.0, "speed"), ValueNode(5.0)
    report = gradcheck(survey, [a, b])
    assert [r.name for r in report.rows] == ["speed = 2", "input 2 = 5"]
    assert (a.grad, b.grad) == (0.0, 0.0)


def test_numbers_of_every_kind_make_a_point():
    numpy = pytest.importorskip("numpy")
    assert gradcheck(survey, (numpy.float32(2.0), Fraction(5)))
    assert gradcheck(survey, numpy.array([2.0, 5.0]))


# A point inside the domain of every row, away from its kinks.
POINTS = {1: [0.7], 2: [0.7, 1.3], 3: [0.7, 1.3, 0.4]}


@pytest.mark.parametrize("form", [f for f in TABLE if f != "detach"])
def test_every_row_of_the_table_has_the_slopes_that_differences_show(form):
    rule = TABLE[form]
    size = 3 if form == "dot" else rule.value.__code__.co_argcount if hasattr(rule.value, "__code__") else 1
    assert gradcheck(rule, POINTS[size])


@pytest.mark.parametrize("x", [-3.0, -0.5, 0.5, 3.0, 40.0])
def test_rows_hold_on_both_sides_of_zero(x):
    for f in (sigmoid, tanh, sin, exp, abs, rules.softplus, rules.relu, lambda a: a**3, lambda a: 2**a):
        assert gradcheck(f, [x])


def test_a_wrong_rule_is_caught_and_named_deep_inside_a_program(wrong_cube):
    def f(a, b, c):
        return tanh(dot(a, [b], [c])) + exp(-wrong_cube(b)) * c

    with pytest.raises(GradcheckError) as caught:
        gradcheck(f, [0.1, 0.7, -0.4])
    message = str(caught.value)
    assert message.startswith("towards input 2 = 0.7 the derivative is ")
    assert "but the central difference is" in message
    assert (
        "they part at one operation: towards operand 1 = 0.7 of 'wrong_cube' the derivative is 0.98"
        in message
    )


def test_the_error_carries_the_report_with_the_worst_input_marked(wrong_cube):
    with pytest.raises(GradcheckError) as caught:
        gradcheck(lambda a, b: a * a + wrong_cube(b), [2.0, 5.0])
    report = caught.value.report
    assert isinstance(report, GradcheckReport)
    assert not report
    assert report.worst is report.rows[1]
    assert (report.worst.backward, round(report.worst.difference)) == (50.0, 75)
    assert [line.endswith("differs") for line in repr(report).splitlines()] == [False, False, True]


def test_a_failed_check_is_an_assertion_that_failed(wrong_cube):
    with pytest.raises(AssertionError):
        gradcheck(wrong_cube, [2.0])


def test_a_graph_dropped_on_the_way_is_caught():
    with pytest.raises(GradcheckError, match="derivative is 0, but the central difference is 6"):
        gradcheck(lambda a: a.value * a.value, [3.0])


def test_detach_is_named_as_the_place_where_the_gradient_stops():
    with pytest.raises(GradcheckError, match="of 'detach' the derivative is 0"):
        gradcheck(lambda a: a * a.detach(), [3.0])


def test_a_kink_is_named():
    with pytest.raises(GradcheckError, match=r"operand 1 = 0 of 'relu' .* central difference is 0\.5"):
        gradcheck(lambda a: (2.0 * a).relu(), [0.0])


def test_a_function_that_ignores_an_input_has_slope_zero_towards_it():
    report = gradcheck(lambda a, b: a * 2.0, [1.0, 1.0])
    assert (report.rows[1].backward, report.rows[1].difference) == (0.0, 0.0)
    assert gradcheck(lambda a: 7.0, [1.0])


def test_the_gradients_of_parameters_inside_f_stay_as_they_were():
    w = ValueNode(3.0, "w")
    w.grad = 0.25
    assert gradcheck(lambda a: a * w, [2.0])
    assert w.grad == 0.25
    with pytest.raises(rules.SlopeError):
        gradcheck(lambda a: (a * w).sqrt(), [0.0])
    assert w.grad == 0.25


def test_a_tiny_or_a_huge_input_gets_a_step_of_its_own_size():
    assert gradcheck(lambda a: a * a, [1e12])
    assert gradcheck(lambda a: a * a, [1e-12])
    assert gradcheck(lambda a: 1e9 + a * a, [3.0])
    assert gradcheck(log, [1e-7], step=1e-12)


def test_the_step_is_the_one_that_the_floats_really_take():
    # Around 1.0 the probes are not 2e-15 apart, yet the slope of a straight line is exactly 1.
    assert gradcheck(lambda a: a, [1.0], step=1e-15).rows[0].difference == 1.0


def test_the_edge_of_a_domain_is_told_as_such():
    with pytest.raises(
        GradcheckError, match=r"input 1 = 1e-07 is too close to an edge, .*log\(-5\.95.*above 0"
    ):
        gradcheck(log, [1e-7])


def test_outside_of_a_domain_the_error_of_the_operation_itself_is_seen():
    with pytest.raises(ValueError, match=r"log\(-1\.0\): the logarithm needs a number above 0"):
        gradcheck(log, [-1.0])
    with pytest.raises(ZeroDivisionError):
        gradcheck(lambda a: 1 / a, [0.0])


def test_a_slope_that_does_not_exist_is_told_by_the_engine():
    with pytest.raises(rules.SlopeError, match=r"sqrt\(0\.0\) has a value but no slope"):
        gradcheck(lambda a: a.sqrt(), [0.0])


def test_a_missing_slope_that_nothing_flows_through_is_passed_over_in_the_search(wrong_cube):
    with pytest.raises(GradcheckError, match="of 'wrong_cube'"):
        gradcheck(lambda a: (a * 0.0).sqrt() * 0.0 + wrong_cube(a), [2.0])


def test_an_operation_too_close_to_an_edge_to_tell_is_passed_over_in_the_search(wrong_cube):
    with pytest.raises(GradcheckError, match="of 'wrong_cube'"):
        gradcheck(lambda a: (a * 1e-7).log() + wrong_cube(a), [2.0])


@pytest.mark.parametrize("f", [lambda a: a * 10.0, lambda a: a * math.nan, lambda a: a - a * math.inf])
def test_what_is_not_finite_fails_and_says_so(f):
    with pytest.raises(GradcheckError, match="nothing to compare"):
        gradcheck(f, [1.7e308])


@pytest.mark.parametrize(
    ("point", "name"),
    [
        ([math.nan], "input 1 = nan"),
        ([1.0, math.inf], "input 2 = inf"),
        ([[2.0, -math.inf]], r"input 1\[1\] = -inf"),
    ],
)
def test_a_point_that_is_not_finite_is_refused_by_its_name(point, name):
    with pytest.raises(ValueError, match=f"^gradcheck needs finite inputs, got {name}$"):
        gradcheck(lambda *a: sum(a), point)


def test_a_single_number_is_no_list_of_inputs():
    with pytest.raises(
        TypeError, match=r"takes a list of inputs, such as \[2\.0, 5\.0\] or \[model\], got float"
    ):
        gradcheck(sin, 2.0)


def test_a_function_with_a_list_for_an_answer_is_refused():
    with pytest.raises(TypeError, match="got list"):
        gradcheck(lambda a: [a], [2.0])


def test_random_numbers_inside_f_are_found_out():
    with pytest.raises(GradcheckError, match="two values at one point"):
        gradcheck(lambda a: a * random.random(), [2.0])


@pytest.mark.parametrize("step", [0.0, 1e-30])
def test_a_step_too_small_to_change_the_input_is_refused(step):
    with pytest.raises(ValueError, match="too small: it does not change input 1 = 2"):
        gradcheck(sin, [2.0], step=step)


def test_tolerances_are_obeyed():
    assert gradcheck(sin, [1.0], rtol=1e-9, atol=0.0)
    with pytest.raises(GradcheckError):
        gradcheck(sin, [1.0], rtol=0.0, atol=0.0)
