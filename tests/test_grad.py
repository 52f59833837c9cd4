"""ValueNode: what is recorded, what backward adds where, and what is refused."""

from __future__ import annotations

import copy
import gc
import math
import pickle
import random
import sys
import weakref
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from processes import printed_by_processes
from test_rules import POINTS

import autograd
from autograd import ValueNode, dot, matvec, rules
from autograd.forward import jvp
from autograd.grad import no_grad, prepare, topological_order
from autograd.nn import Layer, Neuron
from autograd.rules import (
    DOMAIN_ERRORS,
    TABLE,
    Rule,
    SlopeError,
    Traveller,
    Valued,
    on_floats,
    weighted_sum,
)

MILLION = 1_000_000


def gradients(root, *leaves):
    root.backward()
    return [leaf.grad for leaf in leaves]


# A leaf, and what a node remembers


def test_a_leaf_holds_a_float_a_label_and_no_past():
    a = ValueNode(2, label="a")
    assert (a.value, type(a.value), a.grad, a.label) == (2.0, float, 0.0, "a")
    assert (a.rule, a.op, a.parents, a.slopes) == (None, "", (), ())
    assert ValueNode(2).label == ""


def test_a_node_remembers_the_operation_the_parents_and_the_slopes():
    a, b = ValueNode(6.0), ValueNode(3.0)
    y = a / b
    assert (y.value, y.grad, y.label) == (2.0, 0.0, "")
    assert (y.rule, y.op, y.parents, y.slopes) == (rules.divide, "/", (a, b), (1 / 3, -2 / 3))
    y.label = "quotient"
    assert repr(y) == "ValueNode(2.0, label='quotient', grad=0.0)"
    assert repr(a) == "ValueNode(6.0, grad=0.0)"


def test_a_misspelt_attribute_is_an_error():
    with pytest.raises(AttributeError):
        ValueNode(1).gard = 0.0


def test_a_node_inside_a_node_is_refused():
    with pytest.raises(
        TypeError, match=r"got autograd.grad.ValueNode: use it as it is, or take its \.value$"
    ):
        ValueNode(ValueNode(1.0))


@pytest.mark.parametrize("label", ["", "a b", "<b>&", "é\n\"'", "n0"])
def test_a_label_is_any_text(label):
    assert ValueNode(1, label).label == ValueNode(1, label=label).label == label


# Arithmetic


@pytest.mark.parametrize(
    "x", [3, 3.0, True, Fraction(3, 4), np.float64(3), np.float32(3), np.int64(3), np.uint8(3)]
)
def test_numbers_stand_on_either_side_of_every_operator(x):
    f, a = float(x), 2.0
    for y, want, slope in (
        (lambda n: n + x, a + f, 1.0),
        (lambda n: x + n, f + a, 1.0),
        (lambda n: n - x, a - f, 1.0),
        (lambda n: x - n, f - a, -1.0),
        (lambda n: n * x, a * f, f),
        (lambda n: x * n, f * a, f),
        (lambda n: n / x, a / f, 1.0 / f),
        (lambda n: x / n, f / a, -f / a / a),
        (lambda n: n**x, a**f, f * a ** (f - 1.0)),
        (lambda n: x**n, f**a, f**a * math.log(f)),
    ):
        node = ValueNode(a)
        root = y(node)
        root.backward()
        assert (type(root), type(root.value), root.value, node.grad) == (ValueNode, float, want, slope)


def test_a_power_of_two_nodes_has_two_slopes():
    a, b = ValueNode(2.0), ValueNode(3.0)
    assert gradients(a**b, a, b) == [12.0, 8.0 * math.log(2.0)]


def test_signs_and_abs():
    a = ValueNode(-3.0)
    assert +a is a
    assert ((-a).value, abs(a).value) == (3.0, 3.0)
    assert gradients(-a + abs(a), a) == [-2.0]


def test_in_place_operators_bind_the_name_anew_and_leave_the_node_alone():
    a = x = ValueNode(2.0)
    x += 1
    x -= 2
    x *= 3
    x /= 4
    x **= 2
    assert (a.value, a.parents) == (2.0, ())
    assert (x.value, *gradients(x, a)) == (0.5625, 1.125)


def test_sum_starts_from_the_int_zero():
    a, b = ValueNode(2.0), ValueNode(3.0)
    total = sum([a, b, a])
    assert (total.value, *gradients(total, a, b)) == (7.0, 2.0, 1.0)
    assert sum([]) == 0


def test_detach_keeps_the_value_and_stops_the_gradient():
    a = ValueNode(3.0)
    y = a * a.detach()
    assert (y.value, *gradients(y, a)) == (9.0, 3.0)


def test_numpy_leaves_the_operation_to_the_node():
    a = ValueNode(2.0)
    assert type(-np.int64(1) * a) is type(1 + -np.int64(1) * a) is ValueNode
    assert (np.float64(1) < a, np.float64(1) == a) == (True, False)


@pytest.mark.parametrize(
    "bad", ["2", None, 2j, Decimal(2), [2.0], {}, np.array([1.0]), np.array(1.0), object()]
)
def test_what_is_no_number_is_refused_by_every_operator_on_either_side(bad):
    a = ValueNode(2.0)
    for use in (
        *(
            lambda: a + bad,
            lambda: bad + a,
            lambda: a - bad,
            lambda: bad - a,
            lambda: a * bad,
            lambda: bad * a,
        ),
        *(lambda: a / bad, lambda: bad / a, lambda: a**bad, lambda: bad**a, lambda: a.maximum(bad)),
        *(lambda: a < bad, lambda: a >= bad, lambda: bad <= a, lambda: bad > a),
    ):
        with pytest.raises(TypeError, match=rf"^expected a number, got .*{type(bad).__name__}: "):
            use()


def test_operators_without_a_rule_are_not_there():
    a = ValueNode(7.0)
    for use in (
        *(lambda: a // 2, lambda: a % 2, lambda: divmod(a, 2), lambda: a @ a, lambda: a & a, lambda: ~a),
        *(lambda: pow(a, 2, 3), lambda: round(a), lambda: int(a), lambda: range(a), lambda: list(a)),
        *(lambda: len(a), lambda: a[0], lambda: a(), lambda: np.exp(a), lambda: np.add(a, 1)),
    ):
        with pytest.raises(TypeError):
            use()


# Comparison, truth, identity


def test_order_compares_values():
    a, b = ValueNode(1.0), ValueNode(2.0)
    assert a < b and a <= b and b > a and b >= a and a <= 1 and a >= 1.0
    assert not (a > b or a >= b or b < a or b <= a or a < 1 or a > 1)
    assert 0 < a < np.float64(1.5) <= b
    assert not (a < math.nan or a >= math.nan)
    assert sorted([b, a], key=lambda n: n) == [a, b]
    assert max(a, b) is b


def test_equality_and_hash_are_identity():
    a, b = ValueNode(1.0), ValueNode(1.0)
    assert (a == a, a == b, a != b, a == 1.0, a != 1.0) == (True, False, True, False, True)
    assert len({a, b, a}) == 2
    assert a in [b, a]
    assert b not in [a]


def test_a_node_is_neither_true_nor_false():
    a = ValueNode(1.0)
    for use in (lambda: bool(a), lambda: not a, lambda: a and 1, lambda: 1 if a else 0, lambda: all([a])):
        with pytest.raises(TypeError, match=r"neither true nor false; ask its value: node.value != 0$"):
            use()


@pytest.mark.parametrize(
    "f", [float, complex, math.exp, math.log, math.floor, math.isnan, np.float64], ids=str
)
def test_a_node_does_not_become_a_float_in_silence(f):
    with pytest.raises(TypeError, match=r"node\.exp\(\).*node\.value"):
        f(ValueNode(2.0))


# backward


def test_backward_twice_adds_to_leaves_and_recomputes_inner_nodes():
    a, b, one = ValueNode(3.0), ValueNode(2.0), ValueNode(1.0)
    total = a + b
    y = total * one
    assert gradients(y, a, b, one) == [1.0, 1.0, 5.0]
    assert gradients(y, a, b, one) == [2.0, 2.0, 10.0]
    assert (total.grad, y.grad) == (1.0, 1.0)


def test_after_zeroing_only_the_leaf_backward_gives_the_same_again():
    x = ValueNode(3.0)
    for y in (x**3, x * x * x):
        for _ in range(3):
            x.grad = 0.0
            assert gradients(y, x) == [27.0]


def test_two_roots_over_one_graph_add_up_on_the_leaves():
    x = ValueNode(3.0)
    square = x * x
    assert gradients(square + x, x) == [7.0]
    assert gradients(square * 2, x) == [19.0]
    assert square.grad == 2.0
    assert gradients(square, x) == [25.0]


def test_backward_on_a_leaf_adds_one_to_it():
    a = ValueNode(5.0)
    assert [a.backward(), a.grad, a.backward(), a.grad] == [None, 1.0, None, 2.0]


def test_every_path_counts_once():
    a = ValueNode(2.0)
    b = a + a
    c = b + b
    assert gradients(c, a) == [4.0]


def test_a_node_used_before_and_after_another_waits_for_all_its_children():
    x = ValueNode(2.0)
    y = x * x
    assert gradients(y * x + y, x, y) == [16.0, 3.0]


def test_a_node_that_the_root_does_not_reach_keeps_its_gradient():
    a, b = ValueNode(1.0), ValueNode(2.0)
    aside = a * b
    a.grad, b.grad, aside.grad = 7.0, 8.0, 9.0
    (a * 2).backward()
    assert (a.grad, b.grad, aside.grad) == (9.0, 8.0, 9.0)


def test_nan_and_infinity_reach_the_gradient():
    a, b = ValueNode(math.inf), ValueNode(0.0)
    assert gradients(a * b, a, b) == [0.0, math.inf]
    x, y = ValueNode(math.nan), ValueNode(2.0)
    (x * y).backward()
    assert x.grad == 2.0
    assert math.isnan(y.grad)
    z = ValueNode(1.0)
    (z * 2 * math.nan).backward()
    assert math.isnan(z.grad)


def test_a_gradient_may_underflow_to_zero_and_overflow_to_infinity():
    a = ValueNode(1.0)
    assert gradients(a * 1e-200 * 1e-200, a) == [0.0]
    assert gradients(a * 1e200 * 1e200, a) == [math.inf]


# A missing slope


def test_backward_through_a_missing_slope_raises_and_building_does_not():
    a = ValueNode(0.0)
    y = a.sqrt() + 1
    assert y.value == 1.0
    with pytest.raises(SlopeError, match=r"^sqrt\(0.0\) has a value but no slope"):
        y.backward()


def test_a_missing_slope_that_no_gradient_reaches_does_no_harm():
    a = ValueNode(0.0)
    for y in (a.sqrt() * 0 + a, a.sqrt().detach() + a, (a.sqrt() - 1).relu() + a):
        a.grad = 0.0
        assert gradients(y, a) == [1.0]


def test_a_backward_that_fails_leaves_the_gradients_of_all_leaves_as_they_were():
    x, z = ValueNode(0.0), ValueNode(5.0)
    z.grad = 0.1
    y = x.sqrt() + 2 * z
    with pytest.raises(SlopeError):
        y.backward()
    assert (x.grad, z.grad) == (0.0, 0.1)


def test_ctrl_c_in_the_middle_of_backward_leaves_the_gradients_of_all_leaves_as_they_were():
    class Interrupting(float):
        def __rmul__(self, adjoint):
            raise KeyboardInterrupt

    x, z = ValueNode(1.0), ValueNode(5.0)
    z.grad = 0.1
    y = -x + 2 * z
    y.parents[0]._to_one = Interrupting(-1.0)
    with pytest.raises(KeyboardInterrupt):
        y.backward()
    assert (x.grad, z.grad) == (0.0, 0.1)


def test_ctrl_c_while_the_walk_is_prepared_leaves_no_marks_behind():
    class Interrupting(ValueNode):
        __slots__ = ("hurry",)

        @property
        def grad(self):
            if self.hurry:
                raise KeyboardInterrupt
            return ValueNode.grad.__get__(self)

        @grad.setter
        def grad(self, grad):
            ValueNode.grad.__set__(self, grad)

    x, z = ValueNode(3.0), Interrupting(5.0)
    x.grad, z.grad, z.hurry = 0.1, 0.2, True
    product = x * x
    y = product + z
    with pytest.raises(KeyboardInterrupt):
        y.backward()
    z.hurry = False
    assert (x.grad, z.grad, product.grad) == (0.1, 0.2, 0.0)
    assert gradients(y, x, z) == [6.1, 1.2]
    assert (type(product.grad), product.grad) == (float, 1.0)


def test_a_mark_is_told_from_every_other_zero():
    marks = [float("0") for _ in range(3)]
    assert marks == [0.0] * 3
    assert len({id(mark) for mark in [*marks, 0.0]}) == 4


def test_after_backward_every_gradient_is_a_plain_float():
    x = ValueNode(-1.0)
    y = (x * x).relu() * 0 + x.relu() * x
    for _ in range(2):
        y.backward()
        assert {type(node.grad) for node in y.topological_order()} == {float}


def test_a_missing_slope_towards_the_exponent_raises_even_if_the_base_has_one():
    a, b = ValueNode(-2.0), ValueNode(2.0)
    assert (a**b).value == 4.0
    with pytest.raises(ValueError, match="no slope towards operand 2"):
        (a**b).backward()
    assert gradients(a**2, a)[-1] == -4.0  # the failed walk had reached the base, and took it back


def test_after_an_error_in_the_middle_zeroing_the_leaves_makes_all_well():
    a, b = ValueNode(0.0), ValueNode(2.0)
    root, hurt = a.sqrt(), b * b
    y = root + hurt
    with pytest.raises(SlopeError):
        y.backward()
    a.grad = b.grad = 0.0
    assert gradients(hurt * 3, b) == [12.0]
    assert hurt.grad == 3.0


# A graph is a recording


def test_changing_a_leaf_afterwards_changes_nothing_that_was_recorded():
    a, b = ValueNode(6.0), ValueNode(3.0)
    graphs = [a / b, a * b, a.exp(), a**2, 2**b, dot(a, [b], [a]), (a - b).relu()]
    want = [(y.value, y.slopes) for y in graphs]
    a.value, b.value = -1.0, 0.0
    assert [(y.value, y.slopes) for y in graphs] == want
    assert gradients(graphs[0], a, b) == [1 / 3, -2 / 3]


def test_a_graph_built_after_a_change_sees_the_change():
    a = ValueNode(2.0)
    a.value = 5.0
    assert gradients(a * a, a) == [10.0]


def test_a_dead_relu_keeps_its_parents():
    a = ValueNode(-1.0)
    y = a.relu()
    assert (y.value, y.parents, y.slopes) == (0.0, (a,), (0.0,))
    assert (a * 0).parents[0] is a
    assert a.detach().parents == (a,)


def test_a_plus_a_has_two_edges():
    a = ValueNode(1.5)
    assert (a + a).parents == (a, a)
    assert (a * a).parents == (a, a)
    assert (1 + a).parents[1] is a
    assert [p.value for p in (a - 2).parents] == [1.5, 2.0]


# Order


def test_parents_come_before_children_in_the_order_of_the_operands():
    a, b = ValueNode(1.0, "a"), ValueNode(2.0, "b")
    c = a * b
    d = b - a
    root = c + d * c
    assert root.topological_order() == [a, b, c, d, root.parents[1], root]
    assert a.topological_order() == [a]
    assert (a + a).topological_order()[0] is a
    assert len((a + a).topological_order()) == 2


def test_several_roots_have_one_order_in_which_every_node_stands_once():
    a, b = ValueNode(1.0, "a"), ValueNode(2.0, "b")
    c = a * b
    d, e = c + a, c - b
    assert topological_order(d, e) == [a, b, c, d, e]
    assert topological_order(e, d) == [a, b, c, e, d]
    assert topological_order(e, c, e, a) == [a, b, c, e]
    assert topological_order(b, d) == [b, a, c, d]
    assert topological_order() == []


PROGRAM = """
import random
from autograd import ValueNode, dot, tanh
random.seed(7)
leaves = [ValueNode(random.uniform(-1, 1), f"x{i}") for i in range(40)]
nodes = list(leaves)
for _ in range(400):
    a, b, c = random.sample(nodes, 3)
    nodes.append(tanh(dot(a, [b, c, a], [c, a, b])) if random.random() < 0.5 else a * b - c)
root = sum(nodes)
root.backward()
print(root.value.hex(), *[x.grad.hex() for x in leaves])
order = root.topological_order()
number = {node: i for i, node in enumerate(order)}
print([(n.op, n.label, [number[p] for p in n.parents]) for n in order])
"""


def test_two_processes_with_one_seed_agree_bit_for_bit():
    outputs = printed_by_processes(PROGRAM, ("0", "1", "4242"))
    assert len(outputs) == 1
    assert outputs.pop().count("\n") == 2


# Size: depth, memory, cycles


class Flag:
    """Something that can be watched while a label holds it."""


def watched(node):
    node.label = Flag()
    return weakref.ref(node.label)


@pytest.fixture
def no_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collector")
def test_a_chain_of_a_million_operations_needs_no_recursion():
    assert sys.getrecursionlimit() <= 1000
    x = y = ValueNode(1.0)
    for _ in range(MILLION // 2):
        y = (y + x) * 0.5
    assert (y.value, *gradients(y, x)) == (1.0, pytest.approx(1.0))
    assert len(y.topological_order()) == MILLION + MILLION // 2 + 1


def test_a_million_terms_of_sum_and_of_dot():
    x = ValueNode(2.0)
    y = sum([x] * 100_000)
    assert (y.value, *gradients(y, x)) == (200_000.0, 100_000.0)
    z = dot(x, [x] * 100_000, [1.0] * 100_000)
    x.grad = 0.0
    assert (z.value, *gradients(z, x)) == (200_002.0, 100_001.0)


@pytest.mark.usefixtures("no_collector")
def test_dropping_the_root_frees_the_whole_graph_without_the_collector():
    x = ValueNode(0.5)
    y = x.sin() * x + 2
    z = dot(y, [y, x], [x, 3.0]).tanh() ** 2
    z.backward()
    flags = [watched(node) for node in z.topological_order() if node is not x]
    assert len(flags) == 8
    assert all(flag() for flag in flags)
    del y, z
    assert not any(flag() for flag in flags)


@pytest.mark.usefixtures("no_collector")
def test_a_failed_operation_or_backward_leaves_nothing_behind():
    def fail(flags):
        a = ValueNode(0.0)
        b = a + 1
        flags.append(watched(b))
        for f in (lambda: b / a, lambda: (b - 1).log(), lambda: (b - 1).sqrt().backward(), lambda: b + "1"):
            with pytest.raises((ValueError, ZeroDivisionError, TypeError)):
                f()

    flags = []
    fail(flags)
    assert flags[0]() is None


@pytest.mark.usefixtures("no_collector")
def test_a_million_nodes_are_freed_without_recursion():
    y = ValueNode(1.0)
    flag = watched(y)
    for _ in range(MILLION):
        y = -y
    assert flag() is not None
    del y
    assert flag() is None


# Copies


def test_a_leaf_survives_copy_and_pickle():
    a = ValueNode(2.5, label="a")
    a.grad = 3.0
    for b in (copy.copy(a), copy.deepcopy(a), pickle.loads(pickle.dumps(a))):
        assert b is not a
        assert (b.value, b.grad, b.label, b.parents, b.rule) == (2.5, 3.0, "a", (), None)
        assert gradients(b * b, b) == [8.0]
    assert a.grad == 3.0


def test_a_deep_copy_of_a_graph_is_a_graph_of_its_own():
    a = ValueNode(3.0)
    b, y = copy.deepcopy((a, a * a))
    y.backward()
    assert (y.parents[0] is b, b.grad, a.grad) == (True, 6.0, 0.0)


# The methods made to measure


METHODS = [
    name
    for name, method in vars(Traveller).items()
    if callable(method) and name not in ("flow", "weigh", "weigh_all")
]


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("point", [(0.5, 2.0), (-0.5, 3.0), (0.0, 0.0), (800.0, -1.0), (math.nan, math.inf)])
def test_a_method_made_to_measure_records_what_the_general_one_records(name, point):
    def outcome(method):
        try:
            y = method(*operands)
        except (ValueError, ZeroDivisionError, OverflowError) as error:
            return type(error), str(error), error.__suppress_context__
        return type(y), y.rule, y.parents, repr(y), repr(y.slopes), y.grad, y.label

    wide, made = getattr(Traveller, name), getattr(ValueNode, name)
    count = wide.__code__.co_argcount
    operands = [ValueNode(x) for x in point[:count]]
    assert outcome(made) == outcome(wide)
    assert (made.__name__, made.__doc__) == (wide.__name__, wide.__doc__)


@pytest.mark.parametrize("form", sorted(TABLE))
def test_slopes_on_floats_are_those_of_the_row_and_ask_no_row(form, monkeypatch):
    rule = TABLE[form]
    n = 5 if rule is weighted_sum else len(POINTS[form][0])
    points = [
        (0.7, -1.5, 2.0, 3.0, 0.5),
        (-0.7, 1.5, 2.0, 3.0, 0.5),
        (0.0,) * 5,
        (math.inf, math.nan, 1.0, 1.0, 1.0),
    ]

    def outcomes(slopes_of):
        for point in points:
            try:
                yield repr(slopes_of(rule.value(*point[:n]), *point[:n]))
            except DOMAIN_ERRORS as error:
                yield type(error)

    want = list(outcomes(rule.slopes))
    monkeypatch.setattr(Rule, "__call__", None)
    assert list(outcomes(on_floats(rule.slopes))) == want


@pytest.mark.parametrize(
    "name", ["add", "sub", "mul", "truediv", "neg", "abs", "exp", "relu", "tanh", "log", "sin", "sigmoid"]
)
def test_the_common_operations_of_two_nodes_do_without_flow_and_without_calling_a_row(name, monkeypatch):
    monkeypatch.setattr(ValueNode, "flow", None)
    monkeypatch.setattr(Rule, "__call__", None)
    method = getattr(ValueNode, name if hasattr(ValueNode, name) else f"__{name}__")
    operands = [ValueNode(2.0), ValueNode(3.0)][: method.__wrapped__.__code__.co_argcount]
    assert method(*operands).parents == tuple(operands)


def test_a_subclass_that_has_its_own_flow_is_asked_wherever_it_stands():
    class Quiet(ValueNode):
        def flow(self, rule, inputs):
            return rule.symbol

    q, a = Quiet(2.0), ValueNode(3.0)
    assert [q + a, q * q, -q, q.exp(), abs(q)] == ["+", "*", "-", "exp", "abs"]
    assert [type(y) for y in (a + q, a * q)] == [ValueNode, ValueNode]  # the left one decides


# Without recording


def test_no_grad_gives_leaves_with_the_right_values():
    a, b = ValueNode(2.0), ValueNode(3.0)

    def formulas():
        yield from (a + b, 1 - a, a * 2.0, b / a, a**b, a**2, 2**a, -a, abs(a), a.detach())
        yield from (a.exp(), a.tanh(), rules.log(a), rules.maximum(a, b), sum([a, b]), dot(a, [b], [a]))

    recorded = list(formulas())
    with no_grad():
        free = list(formulas())
        assert +a is a
    assert [y.value for y in free] == [y.value for y in recorded]
    assert all(type(y) is ValueNode for y in free)
    assert {(y.rule, y.op, y.parents, y.slopes, y.grad, y.label) for y in free} == {
        (None, "", (), (), 0.0, "")
    }
    assert all(y.parents for y in recorded)
    assert (a * b).parents == (a, b)


def test_what_was_recorded_before_can_be_walked_inside_no_grad():
    a = ValueNode(3.0)
    y = a * a
    with no_grad():
        assert gradients(y * 2, a) == [0.0]
        assert gradients(y, a) == [6.0]


def test_no_grad_nests_and_ends_with_an_exception():
    a = ValueNode(2.0)
    with no_grad():
        with pytest.raises(ZeroDivisionError, match=r"^2.0 / 0.0: division by zero$"), no_grad():
            a / 0
        assert not (a * a).parents
    with pytest.raises(KeyError), no_grad():
        raise KeyError
    assert (a * a).parents


def test_no_grad_decorates_a_function():
    @no_grad()
    def square(a):
        return a * a

    a = ValueNode(3.0)
    assert [square(a).parents, square(a).value, (a * a).parents] == [(), 9.0, (a, a)]


@pytest.mark.usefixtures("no_collector")
def test_no_grad_keeps_nothing_alive():
    with no_grad():
        y = ValueNode(2.0)
        flag = watched(y)
        y = y * y
        assert flag() is None


def test_no_grad_concerns_nodes_alone():
    class Text(Valued):
        def flow(self, rule, inputs):
            return rule.symbol

    with no_grad():
        assert Text() * ValueNode(2.0) == ValueNode(2.0) * Text() == "*"


# Kinds of nodes


class Named(ValueNode):
    """A user's own kind of node, with a place for one thing more."""

    def __init__(self, value, unit):
        super().__init__(value)
        self.unit = unit


def test_a_subclass_takes_part_as_a_node():
    a = Named(2.0, "m")
    y = 3 * a + a * a - a.exp() * 0
    assert type(y) is ValueNode
    assert a in y.topological_order()
    assert (gradients(y, a), a.unit) == ([7.0], "m")
    assert type(rules.maximum(a, 1)) is ValueNode
    with pytest.raises(TypeError, match="use it as it is"):
        ValueNode(a)


def test_a_number_beside_a_node_becomes_a_leaf_of_its_own():
    a = ValueNode(2.0)
    y = a * 3
    three = y.parents[1]
    assert (type(three), three.value, three.parents) == (ValueNode, 3.0, ())
    assert (a * 3).parents[1] is not three


def test_grad_train_and_compile_stay_modules():
    assert autograd.grad.__name__ == "autograd.grad"
    assert autograd.grad.ValueNode is ValueNode
    for name in ("grad", "train", "compile"):
        assert not callable(getattr(autograd, name, None))
        assert name not in autograd.__all__


def test_every_public_name_is_there_once():
    assert sorted(set(autograd.__all__)) == sorted(autograd.__all__)
    assert all(hasattr(autograd, name) for name in autograd.__all__)


# The fused sum


def test_dot_is_one_node_with_the_gradient_of_the_unfused_sum():
    bias, ws, xs = ValueNode(0.5), [ValueNode(2.0), ValueNode(-3.0)], [ValueNode(0.1), 4.0]
    y = dot(bias, ws, xs)
    assert y.value == 0.5 + 2.0 * 0.1 + -3.0 * 4.0
    assert [p.value for p in y.parents] == [0.5, 2.0, -3.0, 0.1, 4.0]
    assert gradients(y, bias, *ws, xs[0]) == [1.0, 0.1, 4.0, 2.0]


def test_dot_of_a_node_with_itself():
    a = ValueNode(3.0)
    assert gradients(dot(a, [a, a], [a, 2.0]), a) == [1.0 + 6.0 + 2.0]


def test_nodes_with_many_parents_are_walked_in_linear_time_and_in_order():
    leaves = [ValueNode(float(i)) for i in range(2000)]
    squares = [x * x for x in leaves]
    looked = 0

    class Counting(tuple):
        def __reversed__(self):
            nonlocal looked
            for node in self[::-1]:
                looked += 1
                yield node

    y = dot(0.5, [1.0] * 2000, squares)
    y._one.nodes = Counting(y._one.nodes)
    order = [node for node in y.topological_order() if node.parents]
    looked = 0
    assert prepare(y, []) == order
    assert looked == 4001
    y.backward()
    assert [x.grad for x in leaves] == [2.0 * i for i in range(2000)]


def test_neurons_that_share_their_inputs_share_one_bundle_and_one_walk():
    xs = [ValueNode(0.5) * 2, ValueNode(-1.0) * 3]
    layer = Layer(2, 3, "tanh", seed=0)
    one, two, _ = [y.parents[0] for y in layer(xs)]
    assert one._other is two._other
    assert one.parents == (layer.neurons[0].bias, *layer.neurons[0].weights, *xs)
    assert one.slopes == (1.0, 1.0, -3.0, *(w.value for w in layer.neurons[0].weights))
    again = layer(xs)[0].parents[0]
    assert again._one is one._one
    layer.neurons[0].weights[1] = other = ValueNode(0.1)
    y = layer(xs)[0]
    assert y.parents[0].parents[2] is other
    y.backward()
    assert other.grad == -3.0 * y.slopes[0] != 0.0


def test_a_weighted_sum_of_plain_nodes_records_what_the_row_records(monkeypatch):
    bias, *rest = nodes = [ValueNode(x) for x in (0.1, 0.2, 0.3, -0.4, math.inf)]
    want = weighted_sum(*nodes)
    monkeypatch.setattr(ValueNode, "flow", None)
    got = dot(bias, rest[:2], rest[2:])
    assert (got.value, got.rule, got.parents, got.slopes) == (
        want.value,
        want.rule,
        want.parents,
        want.slopes,
    )
    with no_grad():
        monkeypatch.undo()
        assert dot(bias, rest[:2], rest[2:]).parents == ()


def rows_and_inputs(rows=3, columns=4):
    rng = random.Random(0)
    numbers = [[ValueNode(rng.uniform(-1, 1)) for _ in range(columns)] for _ in range(rows + 1)]
    return numbers[:-1], numbers[-1]


def test_a_matrix_times_a_list_is_a_dot_for_each_row():
    matrix, inputs = rows_and_inputs()
    leaves = [*inputs, *(w for row in matrix for w in row)]
    found = []
    for sums in (matvec(matrix, inputs), [dot(0.0, row, inputs) for row in matrix]):
        for leaf in leaves:
            leaf.grad = 0.0
        sum(y.tanh() * (i + 1) for i, y in enumerate(sums)).backward()
        found.append([(y.value, y.rule, y.parents[1:], y.slopes) for y in sums])
        found[-1] += [leaf.grad for leaf in leaves]
        assert [y.parents[0].value for y in sums] == [0.0] * 3
    assert found[0] == found[1]


def test_the_rows_of_a_matrix_share_the_bundle_of_inputs():
    matrix, inputs = rows_and_inputs()
    one, two, _ = matvec(matrix, inputs)
    assert one._other is two._other
    inputs[0] = ValueNode(9.0)
    assert one.parents[5] is not inputs[0]


def test_rows_of_other_kinds_are_dots_too():
    (row, *_), inputs = rows_and_inputs()
    matrix = [row, [1, 2.0, row[0], True], np.array([1.0, 2.0, 3.0, 4.0])]
    assert [y.value for y in matvec(matrix, inputs)] == [dot(0.0, w, inputs).value for w in matrix]
    assert [y.value for y in matvec(matrix, [1, *inputs[1:]])] == [
        dot(0.0, w, [1, *inputs[1:]]).value for w in matrix
    ]
    assert matvec([[2.0, 3.0]], [4, 5]) == [23.0]
    assert matvec([], inputs) == []
    assert matvec([[], []], []) == [0.0, 0.0]
    for wrong in (row[:-1], [*row, 1.0]):
        with pytest.raises(ValueError, match="as many inputs as weights"):
            matvec([row, wrong], inputs)


def test_a_matrix_times_a_list_without_recording():
    matrix, inputs = rows_and_inputs()
    with no_grad():
        assert [y.parents for y in matvec(matrix, inputs)] == [()] * 3


def test_a_matrix_of_nodes_times_a_list_of_duals():
    matrix, inputs = rows_and_inputs()
    values, tangents = jvp(lambda *xs: matvec(matrix, xs), [x.value for x in inputs], [1.0, 0.0, 0.0, 0.0])
    assert [y.value for y in tangents] == [row[0].value for row in matrix]
    assert [y.value for y in values] == [y.value for y in matvec(matrix, inputs)]


def test_a_bias_that_is_a_number_is_a_leaf_and_goes_the_short_way_too(monkeypatch):
    monkeypatch.setattr(ValueNode, "flow", None)
    a, b = ValueNode(2.0), ValueNode(3.0)
    y = dot(0.5, [a], [b])
    assert (y.value, y.slopes) == (6.5, (1.0, 3.0, 2.0))
    assert y.parents[1:] == (a, b)
    assert (y.parents[0].value, y.parents[0].parents) == (0.5, ())


def test_dot_reads_weights_and_inputs_from_anything_that_has_a_length():
    a, b = ValueNode(2.0), ValueNode(3.0)
    for pair in ([a, b], (a, b), {"a": a, "b": b}.values(), np.array([2.0, 3.0])):
        assert dot(a, pair, pair).value == 2.0 + 4.0 + 9.0
    assert dot(a, [], []).value == 2.0


def test_a_subclass_with_its_own_flow_is_asked_for_a_weighted_sum_wherever_it_stands():
    class Quiet(ValueNode):
        def flow(self, rule, inputs):
            return rule.symbol

    nodes = [ValueNode(float(i)) for i in range(5)]
    assert dot(nodes[0], nodes[1:3], [nodes[3], Quiet(1.0)]).value == 3.0 + 2.0  # the first one decides
    assert dot(Quiet(1.0), nodes[1:3], nodes[3:]) == "dot"


def test_lists_changed_after_a_weighted_sum_change_nothing_that_was_recorded():
    bias, w, x, y = (ValueNode(float(i)) for i in range(4))
    weights, inputs = [w, x], [x, y]
    sums = [dot(bias, weights, inputs) for _ in range(2)]
    recorded = [(z.value, z.parents, z.slopes) for z in sums]
    weights[0], inputs[1] = ValueNode(9.0), ValueNode(9.0)
    weights.append(w)
    w.value = -1.0
    assert [(z.value, z.parents, z.slopes) for z in sums] == recorded
    assert dot(bias, weights[:2], inputs).parents == (bias, *weights[:2], *inputs)


def test_nodes_in_bundles_are_placed_in_topological_order():
    rng = random.Random(0)
    for _ in range(50):
        nodes = [ValueNode(rng.uniform(-1, 1)) for _ in range(4)]
        layers = [Layer(3, 2, "tanh", rng=rng) for _ in range(2)]
        for _ in range(12):
            chosen = rng.choices(nodes, k=3)  # with repetitions
            made = rng.choice(
                [rng.choice(layers)(chosen), [dot(chosen[0], chosen, nodes[-3:])], [chosen[0] * chosen[1]]]
            )
            nodes += made
        root = sum(nodes[-3:])
        order = root.topological_order()
        leaves = []
        assert prepare(root, leaves) == [node for node in order if node.parents]
        assert {leaf for leaf, _ in leaves} == {node for node in order if not node.parents}
        assert len(leaves) == sum(not node.parents for node in order)


def test_a_bundle_counts_repeated_nodes_and_uses_outside_of_it():
    a, b = ValueNode(3.0), ValueNode(-2.0)
    neuron = Neuron(3, "linear", seed=1)
    p, q, r = (weight.value for weight in neuron.weights)
    inner = a * b
    y = neuron([inner, inner, a]) * 2 + inner + dot(a, [b, inner], [inner, inner])
    d_inner = 2 * (p + q) + 1 + b.value + 2 * inner.value
    for times in (1, 2):  # leaves add, inner nodes do not
        y.backward()
        assert inner.grad == pytest.approx(d_inner)
        assert a.grad == pytest.approx(times * (d_inner * b.value + 2 * r + 1))
        assert b.grad == pytest.approx(times * (d_inner * a.value + inner.value))
    assert neuron.bias.grad == 4.0


def test_a_missing_slope_behind_a_bundle_leaves_all_leaves_as_they_were():
    x = ValueNode(0.0)
    layer = Layer(2, 2, "linear", seed=0)
    parameters = layer.parameters()
    for p in parameters:
        p.grad = 0.1
    root = x.sqrt()
    y = sum(layer([root, x]))
    with pytest.raises(SlopeError):
        y.backward()
    assert [p.grad for p in parameters] == [0.1] * 6
    assert x.grad == 0.0
    for neuron in layer.neurons:
        neuron.weights[0].value = 0.0  # an adjoint of 0 does not ask for the slope
    assert gradients(sum(layer([root, x])), x) == [sum(neuron.weights[1].value for neuron in layer.neurons)]


def test_ctrl_c_in_a_bundle_leaves_the_gradients_of_all_leaves_as_they_were():
    class Interrupting(float):
        def __rmul__(self, adjoint):
            raise KeyboardInterrupt

    xs = [ValueNode(1.0), ValueNode(2.0)]
    y = Neuron(2, "linear", seed=0)(xs)
    kept = y._to_other
    y._to_other = [kept[0], Interrupting(kept[1])]
    with pytest.raises(KeyboardInterrupt):
        y.backward()
    assert [leaf.grad for leaf in y.parents] == [0.0] * 5
    y._to_other = kept
    assert gradients(y, *xs) == kept
