"""Compiled functions on floats: equal to the engine, readable, and as clear about errors."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from collections import namedtuple
from fractions import Fraction

import numpy as np
import pytest
from compiled import as_function, calls, close, eager, flat, no_fallback
from hypothesis import assume
from hypothesis import strategies as st
from lanes import lane_programs, run_lanes
from programs import holds_for, wild_programs

from autograd import (
    ValueNode,
    cos,
    dot,
    exp,
    log,
    maximum,
    relu,
    sigmoid,
    sin,
    softplus,
    sqrt,
    tanh,
)
from autograd.compile import compile
from autograd.forward import jvp
from autograd.nn import ACTIVATIONS, MLP, Layer, Neuron
from autograd.rules import TABLE, Rule, SlopeError, row, sign, step
from autograd.tree import leaves

INF, NAN = math.inf, math.nan
MODES = pytest.mark.parametrize("arrays", [None, "numpy"])


def survey(x1, x2):
    return log(x1) + x1 * x2 - sin(x2)


def squared(w, x, y):
    return (w * x - y) ** 2


# Random programs


@holds_for(wild_programs, calls())
def test_programs_on_floats_agree_with_backward(program, call):
    f = as_function(program)
    values, value, gradient, size = eager(f, call)
    compiled = no_fallback(compile(f, *call.rows[0], batched=call.batched))
    assert close(flat(compiled(*call.args)), values, size)
    found, slopes = compiled.value_and_grad(*call.args)
    assert close([found], [value], size)
    assert close(flat(slopes), gradient, size)


@holds_for(lane_programs, calls(), examples=40)
def test_lists_in_and_lists_out(program, call):
    def f(*args):
        return run_lanes(program, [leaves(arg) for arg in args])

    def total(*args):
        return sum((i + 1) * tanh(y) for i, y in enumerate(leaves(f(*args))))

    values, value, gradient, size = eager(total, call)
    compiled = no_fallback(compile(total, *call.rows[0], batched=call.batched))
    assert close(flat(compiled(*call.args)), values, size)
    found, slopes = compiled.value_and_grad(*call.args)
    assert close([found, *flat(slopes)], [value, *gradient], size)
    several = no_fallback(compile(f, *call.rows[0], batched=call.batched))
    assert close(flat(several(*call.args)), flat([f(*row) for row in call.rows]), size)


@holds_for(wild_programs, st.lists(st.floats(-2, 2).filter(lambda x: abs(x) > 1e-3), min_size=1, max_size=4))
def test_the_gradient_times_a_direction_is_the_tangent_of_forward_mode(program, inputs):
    f = as_function(program)
    try:
        value, tangent = jvp(f, inputs, [1.0] * len(inputs))
        found, slopes = compile(f, *inputs).value_and_grad(*inputs)
    except (ValueError, ZeroDivisionError, OverflowError):
        return
    assume(max(map(abs, [value, tangent, *slopes])) < 1e6)
    assert found == pytest.approx(value, rel=1e-10, abs=1e-10)
    assert sum(slopes) == pytest.approx(tangent, rel=1e-9, abs=1e-7)


@pytest.mark.parametrize("form", sorted(TABLE))
def test_central_differences_of_the_compiled_value_give_the_compiled_gradient(form):
    rule = TABLE[form]
    n = {"dot": 5}.get(form, max(1, form.count("{}"), 2 if form in ("maximum", "minimum") else 1))
    inputs = [0.7 + 0.21 * i for i in range(n)]
    compiled = no_fallback(compile(lambda *xs: rule(*xs), *inputs))
    _, slopes = compiled.value_and_grad(*inputs)
    if form == "detach":
        assert slopes == (0.0,)
        return
    h = 1e-6
    for i, slope in enumerate(slopes):
        above, below = ([x + s * (i == j) for j, x in enumerate(inputs)] for s in (h, -h))
        assert (compiled(*above) - compiled(*below)) / (2 * h) == pytest.approx(slope, abs=1e-8)


# Networks


@MODES
@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_networks_with_every_activation(activation, arrays):
    model = MLP(3, [4, 4, 1], activation, activation, seed=1)
    X = [[0.3 * i - 1.0, 0.1 * i, math.sin(i)] for i in range(5)]

    def loss(model, x, y):
        return (model(x) - y) ** 2

    y = [0.5 * i for i in range(5)]
    values = [loss(model, x, t) for x, t in zip(X, y)]
    total = sum(values) / 5
    total.backward()
    compiled = no_fallback(compile(loss, model, X[0], y[0], batched=(1, 2), arrays=arrays))
    value, (gradient,) = compiled.value_and_grad(model, X, y)
    assert value == pytest.approx(total.value, rel=1e-10)
    wanted = [p.grad for p in model.parameters()]
    assert list(gradient) == pytest.approx(wanted, rel=1e-10, abs=1e-12)
    assert list(compiled(model, X, y)) == pytest.approx([v.value for v in values], rel=1e-10)


@MODES
@pytest.mark.parametrize("make", [lambda: Neuron(2, "tanh", seed=0), lambda: Layer(2, 3, "sigmoid", seed=0)])
def test_neurons_and_layers_written_out_and_fused(make, arrays):
    module = make()
    neurons = getattr(module, "neurons", [module])

    def written_out(w, x):
        n = len(x) + 1
        rows = [w[i : i + n] for i in range(0, len(w), n)]
        act = ACTIVATIONS[neurons[0].activation]
        return sum(act(sum((a * b for a, b in zip(row, x)), row[-1])) for row in rows)

    def fused(module, x):
        return sum(leaves(module(x)))

    values = [p.value for p in module.parameters()]
    X = [[0.5, -1.0], [2.0, 0.25]]
    one = no_fallback(compile(fused, module, X[0], batched=1, arrays=arrays))
    other = no_fallback(compile(written_out, values, X[0], batched=1, arrays=arrays))
    a, b = one.value_and_grad(module, X), other.value_and_grad(values, X)
    assert a[0] == pytest.approx(b[0], rel=1e-12)
    assert list(a[1][0]) == pytest.approx(list(b[1][0]), rel=1e-10)


# Source


def test_the_source_of_the_example_of_the_survey():
    c = compile(survey, 2.0, 5.0)
    body = "log(x1) + x1 * x2 - sin(x2)"
    assert c.source == (
        f"def value(x1, x2):\n    return {body}\n\n\n"
        f"def value_and_grad(x1, x2):\n    return {body}, (x2 + 1.0 / x1, x1 - cos(x2))\n"
    )


def test_dead_code_is_dropped_constants_are_folded_and_common_parts_are_shared():
    def f(x):
        exp(x)
        y = sin(x) * (2.0 + 3.0)
        return y + sin(x) * (2.0 + 3.0)

    source = compile(f, 1.0).source.split("\n\n\n")[0]
    assert "exp" not in source
    assert source.count("sin") == 1
    assert "5.0" in source


def test_what_does_not_vary_stands_before_the_loop():
    lines = compile(lambda w, x: exp(w) * x, 1.0, 2.0, batched=1).source.splitlines()
    assert lines.index("    v1 = exp(w)") < lines.index("    for x in xs:")


def losses_with_a_choice():
    return {
        "hinge": lambda w, x, y: relu(1.0 - y * (w[0] * x + w[1])),
        "hinge by a sum": lambda w, x, y: relu(1.0 + -y * (w[0] * x + w[1])),
        "squared": lambda w, x, y: relu(1.0 - y * (w[0] * x + w[1])) ** 2,
        "beside another": lambda w, x, y: y * relu(w[0] * x - y) + w[1] * x,
        "beside a later one": lambda w, x, y: relu(w[0] * x - y) * y + sin(w[1] * x) * w[0],
        "twice the same": lambda w, x, y: relu(w[0] * x - y) * x + relu(w[0] * x - y) * w[1],
        "inside of another": lambda w, x, y: y * relu(relu(w[0] * x - y) * x + w[1]),
        "with a penalty": lambda w, x, y: y * relu(w[0] * x - y) + 0.1 * w[0] ** 2 * w[1],
        "with a dot": lambda w, x, y: y * relu(dot(w[1], [w[0], w[1]], [x, y])) + dot(w[0], w, [x, x]),
    }


@pytest.mark.parametrize("name", losses_with_a_choice())
def test_an_example_ends_early_only_where_nothing_is_left(name):
    loss = losses_with_a_choice()[name]
    X, Y = [0.5, -2.0, 3.0, 0.0, 1.0], [1.0, -1.0, 2.0, 1.0, 1.0]
    for w in ([0.7, -0.2], [5.0, 0.3], [-0.5, 1.5]):
        compiled = no_fallback(compile(loss, w, X[0], Y[0], batched=(1, 2)))
        nodes = [ValueNode(v) for v in w]
        total = sum(loss(nodes, x, y) for x, y in zip(X, Y)) / len(X)
        total.backward()
        value, (slopes,) = compiled.value_and_grad(w, X, Y)
        assert value == pytest.approx(total.value, rel=1e-12)
        assert slopes == pytest.approx([v.grad for v in nodes], rel=1e-12, abs=1e-15)


def test_a_hinge_that_is_off_ends_the_example():
    c = compile(lambda w, x, y: relu(1.0 + -y * (w * x)), 0.5, 1.0, 1.0, batched=(1, 2))
    assert "            continue\n" in c.source


def test_an_example_goes_on_where_another_share_waits():
    def loss(w, x, y):
        z = w * x
        return relu(1.0 + -y * z) + z

    assert "continue" not in compile(loss, 0.5, 1.0, 1.0, batched=(1, 2)).source


@pytest.mark.parametrize("n", [300, 3000])
@pytest.mark.parametrize("order", ["left", "right"])
def test_long_sums_are_few_lines_and_can_be_compiled(order, n):
    def f(xs):
        y = 0.0
        for x in xs:
            y = y + x * x if order == "left" else x * x + y
        return y

    X = [1.0 / (i + 1) for i in range(n)]
    compiled = no_fallback(compile(f, X))
    value, (slopes,) = compiled.value_and_grad(X)
    assert value == pytest.approx(sum(x * x for x in X), rel=1e-12)
    assert slopes == pytest.approx([2.0 * x for x in X])


def test_a_function_of_many_variables_names_those_of_the_loop_first():
    model = MLP(2, [16, 16, 1], seed=0)
    c = compile(lambda m, x: relu(m(x)), model, [0.5, 0.5], batched=1)
    near = c.functions["value_and_grad"].__code__.co_varnames[:256]
    body = c.source[c.source.rindex("for [") : c.source.rindex("n = len")]
    assert {word for word in near if word.startswith("v")} >= set(re.findall(r"\bv\d+", body))
    value, _ = no_fallback(c).value_and_grad(model, [[0.5, 0.5], [1.0, -1.0]])
    assert value == pytest.approx(sum(model(x).relu().value for x in ([0.5, 0.5], [1.0, -1.0])) / 2)


@pytest.mark.parametrize("words", ["x, xs", "xs, x", "x, x_, xs", "x, xs, xs_", "n, ns", "x, v1"])
def test_lists_of_examples_are_called_by_a_plural(words):
    names = words.split(", ")
    n = len(names)
    f = eval(f"lambda {words}: {' + '.join(f'{i + 1} * {w} ** 2' for i, w in enumerate(names))}")
    for batched in ((0,), tuple(range(n)), tuple(range(1, n))):
        args = [[1.0 + i, 2.0 + i] if i in batched else 0.5 for i in range(n)]
        rows = [[a[k] if i in batched else a for i, a in enumerate(args)] for k in (0, 1)]
        compiled = no_fallback(compile(f, *rows[0], batched=batched))
        assert compiled(*args) == [f(*row) for row in rows]
    source = compile(lambda w, x, y: (w * x - y) ** 2, 1.0, 2.0, 3.0, batched=(1, 2)).source
    assert "for x, y in zip(xs, ys):" in source


@pytest.mark.parametrize("batched", [(), (0,), (0, 1)])
@pytest.mark.parametrize("n", [1, 5, 9, 10, 11, 12, 13, 20, 64])
@pytest.mark.parametrize("name", ["x", "x" * 10, "parameters_of_the_network"])
def test_long_lines_break_where_python_lets_them(name, n, batched):
    f = eval(f"lambda {name}, y, w: sum(({name}[i] * w for i in range({n})), y) * w")
    X = [0.5] * n
    compiled = no_fallback(compile(f, X, 2.0, 1.5, batched=batched))
    args = [[X] if 0 in batched else X, [2.0] if 1 in batched else 2.0, 1.5]
    assert compiled.value_and_grad(*args)[0] == pytest.approx((0.75 * n + 2.0) * 1.5)


def test_names_that_could_clash():
    def f(log, log_, x, x_0, d_x, v1, n, total, zip, row, inf, d_log):
        return log * log_ + sum(x) * x_0 + d_x * v1 + n * total + zip * row + inf * d_log + exp(log)

    args = [1.0, 2.0, [3.0, 4.0], 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0]
    for batched in ((), (0,), (2, 6)):
        rows = [[arg] if i in batched else arg for i, arg in enumerate(args)]
        for arrays in (None, "numpy"):
            value, gradient = no_fallback(compile(f, *args, batched=batched, arrays=arrays)).value_and_grad(
                *rows
            )
            assert value == pytest.approx(f(*args))
            assert len(gradient) == 12 - len(batched)
    no_fallback(compile(lambda x2, *rest: x2 - rest[0], 3.0, 1.0))(3.0, 1.0)
    no_fallback(compile(eval("lambda größe, λ: größe * λ"), 3.0, 1.0))(3.0, 1.0)
    assert no_fallback(compile(max, 3.0, 1.0))(3.0, 1.0) == 3.0


def test_infinities_nan_and_minus_zero_are_constants():
    c = compile(lambda x: maximum(x, -INF) * -0.0, 1.0)
    assert math.copysign(1.0, c(1.0)) == -1.0
    assert compile(lambda x: x + INF, 1.0)(1.0) == INF
    assert math.isnan(compile(lambda x: x + NAN, 1.0)(1.0))


def test_the_source_is_the_same_in_every_process():
    program = (
        "from autograd.compile import compile; from autograd.nn import MLP\n"
        "for a in (None, 'numpy'):\n"
        "    m = MLP(2, [3, 1], seed=1)\n"
        "    print(compile(lambda m, x: m(x), m, [1.0, 2.0], batched=1, arrays=a).source)"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1


def test_deep_and_broad_programs():
    def chain(x):
        y = x
        for i in range(20_000):
            y = y * x + 0.5 if i % 2 else sin(y)
        return y

    x = ValueNode(0.9)
    y = chain(x)
    y.backward()
    found = no_fallback(compile(chain, 0.9)).value_and_grad(0.9)
    assert flat(found) == pytest.approx([y.value, x.grad])
    w = [0.1] * 5000
    value, gradient = no_fallback(compile(lambda w, x: dot(0.0, w, x), w, w)).value_and_grad(w, w)
    assert (value, len(gradient[0])) == (pytest.approx(50.0), 5000)


# Errors


def answer(run):
    """What was returned, or the type and the sentence of what was raised."""
    try:
        return run()
    except Exception as error:
        return type(error), str(error)


EDGES = [
    (lambda x, y: sqrt(x) * y, [(0.0, 0.0), (0.0, 1.0), (-1.0, 0.0)]),
    (lambda x, y: x * y, [(INF, 0.0), (NAN, 1.0)]),
    (lambda x, y: x * step(y), [(1.0, NAN), (1.0, INF)]),
    (lambda x, y: relu(x) * y, [(NAN, 1.0), (-1.0, 1.0)]),
    (lambda x, y: exp(x) * y, [(1000.0, 0.0), (INF, 1.0)]),
    (lambda x, y: x * y * y, [(1e300, 1e300)]),
    (lambda x, y: x / y, [(1.0, 0.0), (0.0, 0.0)]),
    (lambda x, y: relu(-1 - abs(y)) * log(x), [(0.0, 1.0)]),
    (lambda x, y: x**y, [(0.0, 0.0), (-1.0, 0.5), (-2.0, 2.0), (0.0, -1.0), (1e10, 100.0)]),
    (lambda x, y: x**0.5 * y, [(0.0, 0.0), (0.0, 1.0), (-1.0, 1.0)]),
    (lambda x, y: 0.0**x * y, [(2.0, 0.0), (2.0, 1.0)]),
    (lambda x, y: maximum(x, y) + sign(x), [(NAN, 2.0), (2.0, NAN), (1.0, 1.0), (INF, -INF)]),
    (lambda x, y: sigmoid(x) + softplus(y), [(1e3, -1e3), (-1e3, 1e3), (-INF, INF), (NAN, 0.0)]),
]


@MODES
@pytest.mark.parametrize(("f", "point"), [(f, p) for f, points in EDGES for p in points])
def test_at_the_edges_the_answer_is_that_of_the_engine(f, point, arrays):
    def value():
        return f(*map(ValueNode, point)).value

    def slopes():
        nodes = [ValueNode(x) for x in point]
        y = f(*nodes)
        y.backward()
        return [y.value, *(node.grad for node in nodes)]

    compiled = compile(f, 1.0, 2.0, arrays=arrays)
    for wanted, found in (
        (answer(value), answer(lambda: float(compiled(*point)))),
        (answer(slopes), answer(lambda: flat(compiled.value_and_grad(*point)))),
    ):
        if isinstance(wanted, tuple):
            assert found == wanted
        else:
            assert found == pytest.approx(wanted, rel=1e-12, nan_ok=True)


@MODES
def test_an_error_names_the_example(arrays):
    compiled = compile(lambda w, x: w * log(x), 1.0, 2.0, batched=1, arrays=arrays)
    for call in (compiled, compiled.value_and_grad):
        with pytest.raises(ValueError, match=r"log\(-1\.0\): the logarithm needs") as caught:
            call(1.0, [1.0, 2.0, -1.0])
        assert "in example 2 of the batch" in caught.value.__notes__[0]


@MODES
@pytest.mark.parametrize(
    ("args", "error"),
    [
        ((1.0, [1.0, 2.0], [1.0]), "equally many examples, at least one; got 2, 1"),
        ((1.0, [], []), "at least one; got 0, 0"),
        ((1.0, [1.0]), "compiled with 3 arguments, got 2"),
        (("a", [1.0], [1.0]), "expected a number, got str"),
        ((1.0, ["1.5"], [1.0]), "expected a number, got str"),
        ((1.0, [None], [1.0]), "expected a number, got NoneType"),
        ((1.0, [1j], [1.0]), "expected a number, got complex"),
        ((1.0, np.array([1j]), [1.0]), "expected a number, got complex"),
        ((1.0, [[1.0, 2.0]], [1.0]), "expected a number, got list"),
        ((1.0, 5.0, [1.0]), "must be a list of examples, got float"),
    ],
)
def test_wrong_arguments(args, error, arrays):
    compiled = compile(squared, 1.0, 2.0, 3.0, batched=(1, 2), arrays=arrays)
    for call in (compiled, compiled.value_and_grad):
        with pytest.raises((TypeError, ValueError), match=error):
            call(*args)


@MODES
def test_whatever_is_a_number_will_do(arrays):
    compiled = compile(lambda x, y: x[0] * y + x[1], [1.0, 2.0], 3.0, arrays=arrays)
    for x, y in [
        ([1, Fraction(1, 2)], True),
        ((np.float32(1.0), np.int64(0) + 0.5), 1),
        (np.array([1.0, 0.5]), np.float64(1.0)),
        ([ValueNode(1.0), 0.5], 1.0),
    ]:
        assert compiled(x, y) == 1.5
        assert type(float(compiled(x, y))) is float
    with pytest.raises(ValueError, match="argument 'x' must"):
        compiled([1.0, 2.0, 3.0], 1.0)


# Branches, constants, modules


@MODES
def test_check_tells_of_another_branch_and_of_another_constant(arrays):
    scale = [2.0]

    def f(x):
        return x * scale[0] if x > 0 else -x

    compiled = compile(f, 1.0, arrays=arrays)
    compiled.check(5.0)
    with pytest.raises(ValueError, match="another branch"):
        compiled.check(-5.0)
    scale[0] = 3.0
    with pytest.raises(ValueError, match="other constants"):
        compiled.check(5.0)


@MODES
def test_parameters_come_as_a_module_a_list_or_an_array(arrays):
    model = MLP(2, [3, 1], seed=0)
    numbers = [p.value for p in model.parameters()]
    compiled = no_fallback(compile(lambda m, x: m(x), model, [1.0, 2.0], arrays=arrays))
    for given in (model, numbers, np.array(numbers)):
        assert compiled(given, [1.0, 2.0]) == pytest.approx(model([1.0, 2.0]).value)
    with pytest.raises(ValueError, match="argument 'm' must"):
        compiled(MLP(2, [4, 1], seed=0), [1.0, 2.0])


@MODES
def test_modules_in_a_list(arrays):
    models = [MLP(2, [2, 1], seed=1), MLP(2, [2, 1], seed=2)]
    f = lambda models, x: models[0](x) * models[1](x)
    value, (gradient, _) = compile(f, models, [1.0, 2.0], arrays=arrays).value_and_grad(models, [1.0, 2.0])
    y = f(models, [1.0, 2.0])
    y.backward()
    wanted = [p.grad for m in models for p in m.parameters()]
    assert value == pytest.approx(y.value)
    assert flat(gradient) == pytest.approx(wanted, abs=1e-12)
    with pytest.raises(ValueError, match="two of the modules"):
        compile(f, [models[0]] * 2, [1.0, 2.0], arrays=arrays)


@MODES
def test_frozen_parameters_and_captured_modules_are_constants(arrays):
    model = MLP(2, [2, 1], seed=0)
    parameters = model.parameters()
    compiled = compile(lambda m, x: m(x), model, [1.0, 2.0], arrays=arrays, frozen=parameters[:2])
    assert len(compiled.value_and_grad(model, [1.0, 2.0])[1][0]) == len(parameters) - 2
    captured = compile(lambda x: model(x), [1.0, 2.0], arrays=arrays)
    before = captured([1.0, 2.0])
    parameters[-1].value += 1.0
    assert captured([1.0, 2.0]) == before
    with pytest.raises(ValueError, match="other constants"):
        captured.check([1.0, 2.0])


@MODES
def test_an_error_leaves_a_module_as_it_was(arrays):
    model = MLP(2, [2, 1], seed=0)
    for p in model.parameters():
        p.grad = 7.0
    before = [(p.value, p.grad) for p in model.parameters()]
    compiled = compile(lambda m, x: log(abs(m(x)) - 1e3), model, [1e4, 1e4], arrays=arrays)
    with pytest.raises(ValueError, match="logarithm"):
        compiled.value_and_grad([0.0] * len(before), [1.0, 2.0])
    assert [(p.value, p.grad) for p in model.parameters()] == before


# Rows and outputs


@MODES
def test_rows_that_somebody_added(arrays):
    double = Rule("rows", lambda a: 2 * a, lambda y, a: (2.0,))
    cube = row("lambda", lambda a: a**3, lambda y, a: (3.0 * a**2,))
    try:
        f = lambda rule, exp: double(rule) * cube(exp) + rule
        value, gradient = no_fallback(compile(f, 1.0, 2.0, arrays=arrays)).value_and_grad(1.5, 2.0)
    finally:
        del TABLE["lambda"]
    assert (value, *gradient) == (25.5, 17.0, 36.0)


def test_a_slope_that_exists_nowhere_is_told_when_asked_for():
    compiled = compile(lambda x: 0.0**x, 1.0)
    assert compiled(2.0) == 0.0
    with pytest.raises(SlopeError, match=r"0 \*\* 2\.0 has a value but no slope"):
        compiled.value_and_grad(2.0)


Pair = namedtuple("Pair", "a b")


@pytest.mark.parametrize(
    "f", [lambda x: [x], lambda x: x, lambda x: 3.0, lambda x: (x, [x, [2.0]]), lambda x: []]
)
def test_outputs_have_the_shape_of_what_is_returned(f):
    assert compile(f, 1.0)(2.0) == f(2.0)
    assert compile(f, 1.0, batched=0)([2.0, 3.0]) == [f(2.0), f(3.0)]
    for batched, x in ((), 2.0), ((0,), [2.0, 3.0]):
        found = compile(f, 1.0, batched=batched, arrays="numpy")(x)
        assert flat(found) == flat([f(2.0), f(3.0)] if batched else f(2.0))
        assert not batched or len(found) == 2


def test_named_tuples_and_lists_that_have_no_gradient():
    f = lambda x: Pair(x, [cos(x)])
    assert compile(f, 1.0)(2.0).a == 2.0
    assert compile(f, 1.0, batched=0)([2.0])[0].b == [math.cos(2.0)]
    with pytest.raises(TypeError, match="needs a function that returns one number"):
        compile(f, 1.0).value_and_grad(2.0)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"arrays": "foo"}, "arrays must be"),
        ({"arrays": "numpy", "dtype": "int"}, "dtype"),
        ({"batched": 1}, "batched"),
    ],
)
def test_options(options, error):
    with pytest.raises(ValueError, match=error):
        compile(sin, 1.0, **options)
