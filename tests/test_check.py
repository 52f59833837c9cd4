"""gradcheck: the gradient against central differences."""

import math
import random
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

import numpy
import pytest

from autograd import rules
from autograd.check import GradcheckError, GradcheckReport, gradcheck
from autograd.grad import ValueNode
from autograd.nn import ACTIVATIONS, MLP, Module, Neuron
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
    assert gradcheck(survey, (numpy.float32(2.0), Fraction(5)))
    assert gradcheck(survey, numpy.array([2.0, 5.0]))


# A point inside the domain of every row, away from its kinks.
POINTS = {1: [0.7], 2: [0.7, 1.3], 3: [0.7, 1.3, 0.4]}


@pytest.mark.parametrize("form", [f for f in TABLE if f != "detach"])
def test_every_row_of_the_table_has_the_slopes_that_differences_show(form):
    rule = TABLE[form]
    size = 3 if form == "dot" else rule.slopes.__code__.co_argcount - 1  # all but the output
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


# Lists and named tuples


class Point(NamedTuple):
    x: object
    y: object


def test_nested_lists_come_to_f_in_their_shape_with_a_name_for_each_number():
    def f(scale, rows, pair):
        assert (type(rows), type(rows[0]), type(rows[1]), type(pair)) == (list, tuple, list, tuple)
        (a, b), [c, []] = rows
        return scale * a * b + sin(c) * pair[0][0]

    report = gradcheck(f, [2.0, [(3, 5.0), [0.5, []]], ([Fraction(1, 4)],)])
    assert [r.name for r in report.rows] == [
        "input 1 = 2",
        "input 2[0][0] = 3",
        "input 2[0][1] = 5",
        "input 2[1][0] = 0.5",
        "input 3[0][0] = 0.25",
    ]
    assert [r.backward for r in report.rows] == [15, 10, 6, math.cos(0.5) / 4, math.sin(0.5)]


def test_a_named_tuple_keeps_its_names():
    report = gradcheck(lambda p, q: p.x * q.y - p.y * q.x, [Point(1.0, 2.0), Point(3.0, [5.0][0])])
    assert [r.backward for r in report.rows] == [5, -3, -2, 1]
    assert report.rows[3].name == "input 2[1] = 5"


def test_nodes_in_lists_lend_their_labels_and_stay_untouched():
    a, b = ValueNode(2.0, "speed"), ValueNode(5.0)
    report = gradcheck(lambda xs: xs[0] * xs[1], [[a, b]])
    assert [r.name for r in report.rows] == ["speed = 2", "input 1[1] = 5"]
    assert (a.value, a.grad, b.value, b.grad) == (2.0, 0.0, 5.0, 0.0)


def test_one_node_given_twice_makes_two_inputs():
    a = ValueNode(3.0)
    assert [r.backward for r in gradcheck(lambda x, y: x * x * y, [a, a]).rows] == [18.0, 9.0]


def test_the_lists_that_were_given_are_not_changed_even_if_f_changes_its_own():
    inputs = [[3.0, 4.0], [5.0]]

    def f(xs, ys):
        ys.append(xs.pop())
        return xs[0] * ys[0] * ys[1]

    assert gradcheck(f, inputs)
    assert inputs == [[3.0, 4.0], [5.0]]


def test_a_wrong_rule_is_found_through_lists(wrong_cube):
    with pytest.raises(GradcheckError, match=r"towards input 1\[1\]\[0\] = 2 .* of 'wrong_cube'"):
        gradcheck(lambda t: wrong_cube(t[1][0]) + t[0], [[1.0, [2.0]]])


# Modules


class Twins(Module):
    """Two names for one weight, and a parameter that no output depends on."""

    def __init__(self):
        self.here = ValueNode(0.5)
        self.parts = {"there": self.here, "idle": [ValueNode(-1.0)]}

    def __call__(self, x):
        return tanh(self.here * x) * self.parts["there"]

    def parameters(self):
        return [self.here, self.parts["there"], *self.parts["idle"]]


def small():
    """A network with a value and a gradient of its own in every parameter."""
    model = MLP(2, [2, 1], "tanh", seed=1)
    for i, parameter in enumerate(model.parameters()):
        parameter.grad = 0.25 * i - 1.0
    return model


def snapshot(module):
    return [(p, p.value.hex(), p.grad) for p in module.parameters()]


def square(model):
    return (model([0.5, -1.0]) - 1.0) ** 2


def test_every_parameter_of_a_module_is_checked_under_its_name():
    model = small()
    report = gradcheck(square, [model])
    assert [r.name.partition(" = ")[0] for r in report.rows] == [
        f"input 1.{name}" for name in model.state_dict()
    ]
    assert report.rows[5].name == f"input 1.layers.0.neurons.1.bias = {model.parameters()[5].value:.6g}"
    model.zero_grad()
    square(model).backward()
    assert [r.backward for r in report.rows] == [p.grad for p in model.parameters()]


def test_a_module_is_given_to_f_itself():
    model, seen = small(), []
    gradcheck(lambda m: seen.append(m) or square(m), [model])
    assert all(m is model for m in seen)
    assert len(seen) == 2 * 9 + 3


def test_modules_mix_with_numbers_and_stand_in_lists():
    one, two = Neuron(2, "tanh", seed=1), Neuron(1, "softplus", seed=2)
    x = ValueNode(0.3, "x")
    before = snapshot(one) + snapshot(two)

    def f(scale, modules, inputs):
        first, [second] = modules
        return scale * second([first(inputs)])

    report = gradcheck(f, [2.0, (one, [two]), [x, -0.7]])
    assert [r.name.partition(" = ")[0] for r in report.rows] == [
        "input 1",
        "input 2[0].weights.0",
        "input 2[0].weights.1",
        "input 2[0].bias",
        "input 2[1][0].weights.0",
        "input 2[1][0].bias",
        "x",
        "input 3[1]",
    ]
    assert snapshot(one) + snapshot(two) == before
    assert (x.value, x.grad) == (0.3, 0.0)


def test_a_module_by_its_attributes_alone_will_do():
    class Line:
        def __init__(self):
            self.a, self.b = ValueNode(2.0, "slope"), ValueNode(-1.0)

        def parameters(self):
            return (p for p in (self.a, self.b))

        def __len__(self):
            return 2

    line = Line()
    report = gradcheck(lambda m, x: (m.a * x + m.b) ** 2, [line, 3.0])
    assert [r.name for r in report.rows] == ["input 1.a = 2", "input 1.b = -1", "input 2 = 3"]
    with pytest.raises(TypeError, match=r"such as \[2\.0, 5\.0\] or \[model\], got Line"):
        gradcheck(square, line)


def test_after_a_check_a_module_is_as_it_was():
    model = small()
    before = snapshot(model)
    assert gradcheck(square, [model])
    assert snapshot(model) == before


def test_after_a_failed_check_a_module_is_as_it_was(wrong_cube):
    model = small()
    before = snapshot(model)
    with pytest.raises(GradcheckError, match="of 'wrong_cube'"):
        gradcheck(lambda m: wrong_cube(m([0.5, -1.0])), [model])
    assert snapshot(model) == before


@pytest.mark.parametrize("at", [1, 2, 3, 4, 7, 21])
@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_after_an_exception_in_f_a_module_is_as_it_was(at, error):
    model, calls = small(), 0
    before = snapshot(model)

    def f(m):
        nonlocal calls
        calls += 1
        for parameter in m.parameters():
            parameter.grad = 99.0
        if calls == at:
            raise error("now")
        return square(m)

    with pytest.raises(error, match="now"):
        gradcheck(f, [model])
    assert (calls, snapshot(model)) == (at, before)


def test_after_an_exception_in_backward_a_module_is_as_it_was():
    model = small()
    before = snapshot(model)
    with pytest.raises(rules.SlopeError):
        gradcheck(lambda m: square(m) + (m.parameters()[0] * 0.0).sqrt(), [model])
    assert snapshot(model) == before


def test_after_a_probe_beyond_an_edge_a_module_is_as_it_was():
    twins = Twins()
    twins.here.value = 1e-7
    with pytest.raises(GradcheckError, match=r"^input 1\.here = 1e-07 is too close to an edge"):
        gradcheck(lambda m: m.here.log(), [twins])
    assert twins.here.value == 1e-7


def test_f_may_train_the_module_and_clear_its_gradients():
    model = small()
    before = snapshot(model)

    def f(m):
        m.zero_grad()
        square(m).backward()
        loss = square(m)
        for parameter in m.parameters():
            parameter.value -= 0.1
        return loss

    assert gradcheck(f, [model])
    assert snapshot(model) == before


def test_a_parameter_with_two_names_counts_once():
    twins = Twins()
    report = gradcheck(lambda m: m(0.7), [twins])
    assert [r.name for r in report.rows] == ["input 1.here = 0.5", "input 1.parts.idle.0 = -1"]
    y = math.tanh(0.35)
    assert report.rows[0].backward == pytest.approx(y + 0.5 * 0.7 * (1 - y * y))
    assert report.rows[1].backward == report.rows[1].difference == 0.0


def test_a_parameter_that_two_modules_share_counts_once():
    one, two = Neuron(2, "tanh", seed=1), Neuron(2, "tanh", seed=2)
    two.weights[0] = one.bias
    before = snapshot(one) + snapshot(two)
    report = gradcheck(lambda a, pair: a([0.5, 1.0]) * pair[0]([2.0, -1.0]) * pair[1], [one, [two, 3.0]])
    assert [r.name.partition(" = ")[0] for r in report.rows] == [
        "input 1.weights.0",
        "input 1.weights.1",
        "input 1.bias",
        "input 2[0].weights.1",
        "input 2[0].bias",
        "input 2[1]",
    ]
    assert snapshot(one) + snapshot(two) == before
    assert len(gradcheck(lambda a, b: a([1.0, 2.0]) * b([3.0, 4.0]), [one, one]).rows) == 3


def test_a_wrong_rule_inside_a_module_is_found_and_the_parameter_named(monkeypatch, wrong_cube):
    monkeypatch.setitem(ACTIVATIONS, "wrong_cube", wrong_cube)
    model = MLP(2, [2, 1], "tanh", seed=1)
    model.layers[0].neurons[1].activation = "wrong_cube"
    with pytest.raises(GradcheckError) as caught:
        gradcheck(square, [model])
    differing = [r.name.partition(" = ")[0] for r in caught.value.report.rows if not r.passed]
    assert differing == [f"input 1.layers.0.neurons.1.{p}" for p in ("weights.0", "weights.1", "bias")]
    assert str(caught.value).startswith("towards input 1.layers.0.neurons.1.")
    z = model.layers[0].neurons[1].bias + 0.5 * model.layers[0].neurons[1].weights[0]
    z = z - 1.0 * model.layers[0].neurons[1].weights[1]
    assert f"they part at one operation: towards operand 1 = {z.value:.6g} of 'wrong_cube'" in str(
        caught.value
    )


def test_the_whole_network_is_checked_at_the_point_of_its_parameters_not_another():
    model = small()
    model.parameters()[4].value = 30.0  # the tanh behind it is flat here
    report = gradcheck(square, [model])
    assert abs(report.rows[4].backward) < 1e-12


class Empty(Module):
    def parameters(self):
        return []


@pytest.mark.parametrize(
    "inputs",
    [[], (), [[]], [[], [()]], [Empty()], [[Empty()], []]],
    ids=["nothing", "tuple", "list", "lists", "module", "modules"],
)
def test_inputs_without_a_number_are_refused(inputs):
    with pytest.raises(ValueError, match="nothing to check: no number in the inputs and no parameter"):
        gradcheck(lambda *a: 1.0, inputs)


def test_a_parameter_that_is_not_finite_is_refused_by_its_name():
    model = small()
    model.parameters()[5].value = math.nan
    with pytest.raises(ValueError, match=r"finite inputs, got input 1\.layers\.0\.neurons\.1\.bias = nan"):
        gradcheck(square, [model])


def test_a_module_that_hides_a_parameter_is_told_so():
    class Hidden(Module):
        def parameters(self):
            return [ValueNode(1.0)]

    with pytest.raises(ValueError, match="of this Hidden have no name"):
        gradcheck(lambda m: 1.0, [Hidden()])


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (["2.0"], r"^input 1: expected a number, got str: convert it with float\(\) first$"),
        ("2.0", r"^input 1: expected a number, got str"),
        ([1.0, [2.0, "3"]], r"^input 2\[1\]: expected a number, got str"),
        ([[1.0], None], "^input 2: expected a number, got NoneType"),
        ([{"a": 1.0}], "^input 1: expected a number, got dict: .* one by one$"),
        ([1.0, 1j], "^input 2: expected a number, got complex: .* first$"),
        ([numpy.complex128(1)], "^input 1: expected a number, got numpy.complex128: .* first$"),
        ([numpy.eye(2)], r"^input 1: .* numpy\.ndarray: .* \(\.tolist\(\) makes lists of an array\)$"),
        (numpy.eye(2), r"^input 1: expected a number, got numpy\.ndarray"),
        (ValueNode(1.0), r"such as \[2\.0, 5\.0\] or \[model\], got ValueNode"),
        (Neuron(1), r"such as \[2\.0, 5\.0\] or \[model\], got Neuron"),
        ((x for x in [1.0]), r"such as \[2\.0, 5\.0\] or \[model\], got generator"),
    ],
)
def test_what_cannot_be_an_input_is_refused_with_the_way_out(inputs, message):
    with pytest.raises(TypeError, match=message):
        gradcheck(lambda *a: 1.0, inputs)


def test_a_number_too_large_is_refused_by_its_name():
    with pytest.raises(OverflowError, match=r"^input 2: this int is too large for a float$"):
        gradcheck(lambda a, b: a, [1.0, 10**400])


@pytest.mark.parametrize(
    ("result", "name"),
    [([1.0], "list"), ((ValueNode(1.0), 0.5), "tuple"), (None, "NoneType"), (numpy.ones(2), "numpy.ndarray")],
    ids=["list", "tuple", "nothing", "array"],
)
def test_a_result_that_is_no_number_is_refused_with_the_way_out(result, name):
    message = "f must return one number or node, such as one element of a list or their sum; got "
    with pytest.raises(TypeError, match=f"^{message}{name}$"):
        gradcheck(lambda a: result, [1.0])
