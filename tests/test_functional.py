"""Derivatives of functions to any order: against SymPy and mpmath, nested in all ways, in all shapes."""

from __future__ import annotations

import itertools
import math
import sys
import threading
from collections import namedtuple

import numpy as np
import pytest
import sympy
from exact import SYMBOLIC, Precise, Symbolic, meaning
from mpmath import mp
from processes import printed_by_processes
from programs import bits, holds_for, leaves, recorded, run, sizes_of_the_paths, wild_programs
from test_rules import EVERY_ROW

from autograd import (
    MLP,
    ValueNode,
    cos,
    dot,
    exp,
    expm1,
    log,
    log1p,
    maximum,
    minimum,
    relu,
    rules,
    sigmoid,
    sin,
    softplus,
    sqrt,
    tanh,
)
from autograd.functional import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from autograd.rules import SlopeError

inf, nan = math.inf, math.nan


def formula(f, *names):
    """The formula of a program: SymPy's, from the meaning of the rows, without any slope of ours."""
    y = f(*(Symbolic(name) for name in names))
    return y.thing if isinstance(y, Symbolic) else sympy.Rational(y)


def exactly(expression, names, point):
    """Its value at floats, with 60 digits."""
    return sympy.lambdify(names, expression, "mpmath")(*map(mp.mpf, point))


def near(got, want, relative=1e-12, absolute=0.0):
    return abs(mp.mpf(got) - want) <= relative * abs(want) + absolute


# To the fifth order


CURVES = {
    "polynomial": (lambda x: 3 * x**5 - x**4 / 2 + x * x * x - 7, 1.3),
    "divide": (lambda x: (x - 2) / (1 + x * x), 0.7),
    "exp": (lambda x: exp(-x * x), 0.4),
    "exp of sin": (lambda x: exp(sin(2 * x)), 0.3),
    "expm1": (lambda x: expm1(x / 4) * x, 0.9),
    "log": (lambda x: log(x) / x, 2.5),
    "log1p": (lambda x: log1p(x * x), 0.6),
    "sqrt": (lambda x: sqrt(1 + x**3), 1.1),
    "sin and cos": (lambda x: sin(x) * cos(3 * x), 0.8),
    "tanh": (tanh, 0.5),
    "tanh of tanh": (lambda x: tanh(x * tanh(x)), 0.8),
    "sigmoid": (sigmoid, -1.7),
    "softplus": (softplus, 0.6),
    "softplus of sin": (lambda x: softplus(sin(x) + x), 0.6),
    "a power": (lambda x: x**2.5, 1.7),
    "a negative power": (lambda x: (1 + x) ** -3, 0.7),
    "power from": (lambda x: 2**x, 1.5),
    "power of itself": (lambda x: x**x, 1.4),
    "power": (lambda x: (1 + x * x) ** sin(x), 0.9),
    "dot": (lambda x: dot(x, [x, 2.0, sin(x)], [x * x, exp(x), x]), 0.5),
    "negate": (lambda x: -(-x * exp(-x)), 1.2),
    "survey": (lambda x: log(x) + 5 * x - sin(x * x), 0.7),
    "kinks far away": (lambda x: abs(x) ** 3 + relu(sin(x)) * maximum(x, 3 * x) - minimum(x, 2.0), 0.7),
}
by_curve = pytest.mark.parametrize(("f", "x"), CURVES.values(), ids=CURVES)


def orders(f, n):
    """f and its derivatives to the order n, each the gradient of the one before."""
    return list(itertools.accumulate(range(n), lambda g, _: grad(g), initial=f))


@by_curve
def test_grad_of_grad_to_the_fifth_order_agrees_with_sympy(f, x):
    a = sympy.Symbol("a", positive=True)
    want = formula(f, a)
    for g in orders(f, 5):
        assert near(g(x), exactly(want, [a], [x]))
        want = sympy.diff(want, a)


@by_curve
def test_grad_of_grad_to_the_fifth_order_agrees_with_mpmath(f, x):
    wants = mp.taylor(lambda t: f(Precise(t)).thing, x, 5)
    for n, g in enumerate(orders(f, 5)):
        assert near(g(x), wants[n] * mp.factorial(n))


def every_mix(n):
    return list(itertools.product((forward, reverse, by_jacobian, by_pullback), repeat=n))


def forward(f):
    return lambda x: jvp(f, (x,), (1.0,))[1]


reverse = grad


def by_jacobian(f):
    return jacobian(f, mode="forward")


def by_pullback(f):
    return lambda x: vjp(f, x)[1](1.0)[0]


@by_curve
def test_third_derivatives_by_every_mix_of_modes_agree_with_sympy(f, x):
    a = sympy.Symbol("a", positive=True)
    want = exactly(sympy.diff(formula(f, a), a, 3), [a], [x])
    for inner, middle, outer in itertools.product((forward, reverse), repeat=3):
        assert near(outer(middle(inner(f)))(x), want)


@pytest.mark.parametrize("name", [name for name in CURVES if name != "power from"])  # log(2) is a float
def test_the_machinery_adds_no_error_to_numbers_of_60_digits(name):
    f, x = CURVES[name]
    wants = mp.taylor(lambda t: f(Precise(t)).thing, x, 4)
    for n, g in enumerate(orders(f, 4)):
        got = g(Precise(mp.mpf(x)))
        assert near(got.thing, wants[n] * mp.factorial(n), 1e-45, 1e-45)


@by_curve
def test_the_machinery_differentiates_formulas_as_sympy_does(f, x):
    a = sympy.Symbol("a", positive=True)
    want = formula(f, a)
    for g in orders(f, 2):
        got = g(Symbolic(a)).thing
        error = abs(exactly(got, [a], [x]) - exactly(want, [a], [x]))
        assert error <= mp.mpf(1e-15 if f is CURVES["power from"][0] else 1e-45)
        want = sympy.diff(want, a)


@pytest.mark.parametrize("name", ["polynomial", "divide", "tanh", "log", "a power", "power of itself"])
def test_formulas_from_the_machinery_simplify_to_those_of_sympy(name):
    a = sympy.Symbol("a", positive=True)
    f = CURVES[name][0]
    got = grad(grad(f))(Symbolic(a)).thing
    assert sympy.simplify(sympy.nsimplify(got - sympy.diff(formula(f, a), a, 2))) == 0


# Second derivatives of every row


SECOND = dict.fromkeys(("tanh", "expm1"), 2e-15)  # 1 - y * y and y + 1 round absolutely
TAME = [
    pytest.param(rule, p, id=f"{rule.form} at {p}")
    for rule, points in EVERY_ROW
    for p in points
    if all(1e-6 < abs(x) < 50 for x in p)
]


@pytest.mark.parametrize(("rule", "point"), TAME)
def test_second_and_mixed_derivatives_of_a_row_agree_with_sympy(rule, point):
    n = len(point)
    names = sympy.symbols(f"a:{n}", real=True)
    y = meaning(rule, SYMBOLIC, sympy.Rational)(*names) if rule is not rules.detach else sympy.Integer(0)
    got = hessian(rule, tuple(range(n)))(*point)
    for i, j in itertools.product(range(n), repeat=2):
        want = exactly(sympy.diff(y, names[i], names[j]), names, point)
        entries = {got[i][j], grad(grad(rule, i), j)(*point), grad(forward_at(rule, i, n), j)(*point)}
        for entry in entries:
            assert near(entry, want.real, 1e-12, SECOND.get(rule.form, 0.0))


def forward_at(f, i, n):
    return lambda *xs: jvp(f, xs, [float(k == i) for k in range(n)])[1]


# Perturbation confusion: each derivative has its own level


def siskind_and_pearlmutter(outer, inner):
    """d/dx of x times d/dy (x + y) at y = 1; who confuses x and y finds 2."""
    return outer(lambda x: x * inner(lambda y: x + y)(1.0))(1.0)


@pytest.mark.parametrize(("outer", "inner"), every_mix(2))
def test_perturbations_are_not_confused(outer, inner):
    assert siskind_and_pearlmutter(outer, inner) == 1.0
    assert outer(lambda x: inner(lambda y: x * y)(x))(3.0) == 1.0
    assert outer(lambda x: inner(lambda y: y * y * x)(x))(3.0) == 12.0  # d/dx 2 x^2
    assert outer(lambda x: inner(lambda y: x * x * x)(x))(3.0) == 0.0
    assert outer(lambda x: inner(lambda y: y)(x) * x)(3.0) == 1.0
    f = lambda x: x * inner(lambda y: sin(x * y) / (x + y))(x * x)
    x, y = sympy.symbols("x y")
    first = sympy.diff(sympy.sin(x * y) / (x + y), y).subs(y, x * x)
    assert near(outer(f)(0.7), exactly(sympy.diff(x * first, x), [x], [0.7]))


@pytest.mark.parametrize(("outer", "middle", "inner"), every_mix(3))
def test_three_deep_perturbations_are_not_confused(outer, middle, inner):
    deepest = lambda x, y: inner(lambda z: exp(x * y * z) + z * z * x)(x + y)
    f = lambda x: x * middle(lambda y: y * deepest(x, y) * x)(x * x)
    x, y, z = sympy.symbols("x y z")
    g = sympy.diff(sympy.exp(x * y * z) + z * z * x, z).subs(z, x + y)
    h = sympy.diff(y * g * x, y).subs(y, x * x)
    assert near(outer(f)(0.6), exactly(sympy.diff(x * h, x), [x], [0.6]))


@pytest.mark.parametrize(("outer", "inner"), every_mix(2))
def test_a_direction_and_a_cotangent_may_depend_on_the_outer_variable(outer, inner):
    assert outer(lambda x: jvp(sin, (2.0,), (x * x,))[1])(3.0) == pytest.approx(6 * math.cos(2.0))
    assert outer(lambda x: vjp(sin, x)[1](x)[0])(3.0) == pytest.approx(math.cos(3.0) - 3 * math.sin(3.0))
    f = lambda x: inner(lambda y: jvp(lambda z: x * y * z, (y,), (x * y,))[1])(x)  # d/dy (x y)^2 = 2 x^2 y
    assert outer(f)(3.0) == 6 * 9.0


def test_a_pullback_made_outside_may_be_used_inside():
    _, pull = vjp(lambda x: x * x, 3.0)
    assert grad(lambda c: c * pull(c)[0])(5.0) == 60.0
    assert grad(lambda x: x * vjp(lambda y: x * y * y, x)[1](1.0)[0])(3.0) == 54.0  # of 2 x^3


# Nodes in, nodes out


def test_gradients_of_nodes_are_nodes_that_backward_goes_through():
    x, w = ValueNode(2.0), ValueNode(3.0)
    slope = grad(lambda x: w * x**3)(x)
    slope.backward()
    assert (slope.value, x.grad, w.grad) == (36.0, 36.0, 12.0)
    curvature = grad(grad(lambda x: w * x**3))(2.0)
    w.grad = 0.0
    curvature.backward()
    assert (curvature.value, w.grad) == (36.0, 12.0)


def network(weights, x):
    """u and u'' of a layer with tanh, by hand: the weights of the output, the others, the biases."""
    n = len(weights) // 3
    u = curvature = mp.mpf(0)
    for v, w, b in zip(weights[:n], weights[n : 2 * n], weights[2 * n :], strict=True):
        t = mp.tanh(w * x + b)
        u, curvature = u + v * t, curvature - 2 * v * w**2 * t * (1 - t**2)
    return u, curvature


@pytest.mark.parametrize(("outer", "inner"), [*itertools.product((forward, reverse), repeat=2)])
def test_a_loss_of_second_derivatives_trains_the_weights_of_a_network(outer, inner):
    """u'' = -u at some points: the gradient towards the weights is a third derivative."""
    model, xs = MLP(1, [3, 1], "tanh", seed=3), (-1.0, 0.2, 0.9)
    model.layers[1].neurons[0].bias.value = 0.0
    u = lambda x: model([x])
    loss = sum((outer(inner(u))(x) + u(x)) ** 2 for x in xs)
    model.zero_grad()
    loss.backward()
    hidden, (last,) = model.layers[0].neurons, model.layers[1].neurons
    nodes = [*last.weights, *(h.weights[0] for h in hidden), *(h.bias for h in hidden)]
    exact = lambda *weights: sum(sum(network(weights, x)) ** 2 for x in xs)
    at = [mp.mpf(node.value) for node in nodes]
    assert near(loss.value, exact(*at))
    for i, node in enumerate(nodes):
        want = mp.diff(exact, at, [int(k == i) for k in range(len(nodes))])
        assert near(node.grad, want, 1e-12, 1e-13)


def test_the_hessian_of_a_network_towards_its_inputs_is_made_of_nodes():
    model = MLP(2, [4, 1], "tanh", seed=0)
    rows = hessian(model)([0.3, -0.5])
    h = 1e-5
    for i, j in itertools.product(range(2), repeat=2):
        shifted = [[0.3 + s * h * (j == 0), -0.5 + s * h * (j == 1)] for s in (1, -1)]
        above, below = (grad(model)(xs)[i].value for xs in shifted)
        assert rows[i][j].value == pytest.approx((above - below) / (2 * h), rel=1e-7, abs=1e-9)
    sum(map(sum, rows)).backward()
    assert all(math.isfinite(p.grad) for p in model.parameters())
    assert any(p.grad for p in model.parameters())


def test_relu_networks_have_the_curvature_0():
    model = MLP(2, [4, 4, 1], seed=0)
    assert [[x if type(x) is float else x.value for x in row] for row in hessian(model)([0.3, -0.5])] == [
        [0.0, 0.0],
        [0.0, 0.0],
    ]


# Jacobians

Point = namedtuple("Point", "x y")


def polar(r, angle):
    return [r * cos(angle), r * sin(angle)]


VECTORS = {
    "square": (lambda a, b: [a * b, sin(a) / b], 2),
    "wide": (lambda a, b, c: [a * b**c], 3),
    "tall": (lambda a, b: [a + b, a * exp(b), tanh(a * b), sqrt(a * a + b), log(a) ** 2], 2),
    "polar": (polar, 2),
    "with all sorts of outputs": (lambda a, b: [a, a * 0, 5, b, b, a * a], 2),
}


@pytest.mark.parametrize("mode", ["auto", "forward", "reverse"])
@pytest.mark.parametrize(("f", "n"), VECTORS.values(), ids=VECTORS)
def test_jacobians_by_both_modes_agree_with_sympy(f, n, mode):
    names = sympy.symbols(f"a:{n}", positive=True)
    outputs = [sympy.sympify(getattr(y, "thing", y)) for y in f(*map(Symbolic, names))]
    want = sympy.Matrix(outputs).jacobian(names)
    point = [1.3, 0.6, 2.2][:n]
    rows = jacobian(f, tuple(range(n)), mode=mode)(*point)
    in_a_list = jacobian(lambda xs: f(*xs), mode=mode)(point)
    assert [list(row) for row in rows] == in_a_list
    for i, j in itertools.product(range(len(outputs)), range(n)):
        assert type(rows[i][j]) is float
        assert near(rows[i][j], exactly(want[i, j], names, point))


@holds_for(wild_programs, leaves, examples=50)
def test_jacobians_by_both_modes_agree_on_random_programs(program, inputs):
    _, _, order = recorded(program, inputs)
    f = lambda xs: [run(program[:n], xs) for n in range(len(program) + 1)]
    by_rows, by_columns = (jacobian(f, mode=mode)(inputs) for mode in ("reverse", "forward"))
    largest = 10 * max(sizes_of_the_paths(order).values())
    for one, other in zip(by_rows, by_columns, strict=True):
        assert one == pytest.approx(other, rel=1e-12, abs=1e-12 * (1 + largest))


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_jacobians_have_the_shape_of_the_output_around_the_shape_of_the_argument(mode):
    f = lambda p, q: Point([p.x * q, (p.y,)], 3)
    J = jacobian(f, mode=mode)(Point(2.0, 5.0), 7.0)
    assert Point([Point(7.0, 0.0), (Point(0.0, 1.0),)], Point(0.0, 0.0)) == J
    assert isinstance(J, Point) and isinstance(J.y, Point) and isinstance(J.x[1], tuple)
    assert jacobian(f, (1, 0), mode=mode)(Point(2.0, 5.0), 7.0).x[0] == (2.0, Point(7.0, 0.0))
    assert jacobian(lambda x: x * x, mode=mode)(3.0) == 6.0
    assert jacobian(lambda x: [x * x], mode=mode)(3.0) == [6.0]
    assert jacobian(lambda xs: xs[0] * xs[1], mode=mode)([3.0, 4.0]) == [4.0, 3.0]
    assert jacobian(lambda xs: xs, mode=mode)([3.0, [4.0]]) == [[1.0, [0.0]], [[0.0, [1.0]]]]
    assert jacobian(lambda x: [], mode=mode)(3.0) == []
    assert jacobian(lambda x: 5.0, mode=mode)([]) == []


def test_auto_takes_the_mode_that_goes_less_often():
    """Forward mode never meets a missing slope that nothing goes into: so we can tell them apart."""
    f = lambda x: x * x + (-2.0) ** x.detach()
    assert jacobian(lambda x: [f(x), x])(2.0) == [4.0, 1.0]
    with pytest.raises(SlopeError):
        jacobian(f)(2.0)


def test_jacobians_of_jacobians():
    f = lambda xs: [xs[0] ** 2 * xs[1], xs[1] ** 3]
    want = [[[10.0, 4.0], [4.0, 0.0]], [[0.0, 0.0], [0.0, 30.0]]]
    for outer, inner in itertools.product(("forward", "reverse"), repeat=2):
        assert jacobian(jacobian(f, mode=inner), mode=outer)([2.0, 5.0]) == want


# Arguments


def test_argnums_and_options_reach_the_function():
    f = lambda x, ys, z=1.0, *, scale=1.0: scale * x * ys[0] ** 2 * ys[1] * z
    assert grad(f)(2.0, [3.0, 5.0]) == 45.0
    assert grad(f, 1)(2.0, (3.0, 5.0), scale=10) == (600.0, 180.0)
    assert grad(f, (1, 0))(2.0, [3.0, 5.0], 2.0) == ([120.0, 36.0], 90.0)
    assert value_and_grad(f, (2,))(2.0, [3.0, 5.0], 2.0, scale=0.5) == (90.0, (45.0,))
    assert grad(f, ())(2.0, [3.0, 5.0]) == ()
    assert jacobian(f, 1)(2.0, [3.0, 5.0], scale=2.0) == [120.0, 36.0]
    assert hessian(f, 1)(2.0, [3.0, 5.0], scale=1) == [[20.0, 12.0], [12.0, 0.0]]
    assert grad(lambda x, how: x * x if how == "square" else x)(3.0, "square") == 6.0


def test_arguments_are_not_changed_and_results_are_new():
    xs = [1.0, [2.0]]
    y, gradient = value_and_grad(lambda xs: xs[0] * xs[1][0])(xs)
    assert (xs, y, gradient) == ([1.0, [2.0]], 2.0, [2.0, [1.0]])
    assert [type(x) for x in grad(lambda a, b: a * b, (0, 1))(np.float32(2.0), True)] == [float, float]


@pytest.mark.parametrize(
    ("argnums", "error", "sentence"),
    [
        (-1, ValueError, "argnums -1 asks for argument -1, but the function was called with 2 positional "),
        (2, ValueError, "argnums 2 asks for argument 2, but the function was called with 2 positional arg"),
        ((0, 5), ValueError, "argnums (0, 5) asks for argument 5, but the function was called with 2 posi"),
        ((0, 0), ValueError, "argnums (0, 0) names an argument twice"),
        (1.0, TypeError, "argnums takes an int or a tuple of them, got 1.0"),
        ([0, 1], TypeError, "argnums takes an int or a tuple of them, got [0, 1]"),
        ("0", TypeError, "argnums takes an int or a tuple of them, got '0'"),
        ((0, None), TypeError, "argnums takes an int or a tuple of them, got (0, None)"),
    ],
)
@pytest.mark.parametrize("derivative", [grad, value_and_grad, jacobian, hessian])
def test_bad_argnums_are_refused(derivative, argnums, error, sentence):
    with pytest.raises(error) as caught:
        derivative(lambda x, y: x * y, argnums)(2.0, 3.0)
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize("mode", ["Forward", "", None, 1, ["forward"]])
def test_a_bad_mode_is_refused(mode):
    with pytest.raises(ValueError) as caught:
        jacobian(sin, mode=mode)
    assert str(caught.value) == f"mode must be auto, forward or reverse, got {mode!r}"


@pytest.mark.parametrize("thing", ["2.0", None, 2j, np.ones(2), {"a": 2.0}, print], ids=repr)
def test_arguments_and_results_that_are_no_numbers_are_refused(thing):
    for call in (
        lambda: grad(lambda x: 1.0)(thing),
        lambda: jacobian(lambda x: x)(thing),
        lambda: hvp(lambda x: 1.0, (thing,), (1.0,)),
        lambda: grad(lambda x: thing)(2.0),
        lambda: jacobian(lambda x: [x, thing])(2.0),
    ):
        with pytest.raises(TypeError, match="expected a number, got "):
            call()


@pytest.mark.parametrize(
    ("f", "name"), [(lambda x: [x], "list"), (lambda x: (x, x), "tuple"), (lambda x: Point(x, x), "Point")]
)
def test_a_gradient_of_several_numbers_is_refused(f, name):
    for derivative in (grad, value_and_grad, hessian):
        with pytest.raises(TypeError) as caught:
            derivative(f)(2.0)
        assert str(caught.value) == (
            f"a gradient needs a function that returns one number, this one returned a {name}; use jacobian"
        )


def test_bad_vectors_of_an_hvp_are_refused():
    f = lambda xs: xs[0] * xs[1]
    with pytest.raises(ValueError, match=r"the tangents must have the shape \[\[., .\]\], got \[., .\]"):
        hvp(f, ([1.0, 2.0],), (1.0, 2.0))
    with pytest.raises(TypeError, match=r"give the arguments of f in a tuple, such as \(2.0, 5.0\)"):
        hvp(lambda x: x * x, 2.0, 1.0)


# Hessians


def rosenbrock(xs):
    return sum(100 * (b - a**2) ** 2 + (1 - a) ** 2 for a, b in itertools.pairwise(xs))


def woven(xs):
    a, b, c = xs
    return sin(a * b) / (1 + c**2) + exp(a - c) * b**3 + softplus(a * b * c) ** 1.5 + a**b


@pytest.mark.parametrize("f", [rosenbrock, woven], ids=["rosenbrock", "woven"])
def test_hessians_agree_with_sympy_and_are_symmetric(f):
    names, point = sympy.symbols("a b c", positive=True), [1.2, 0.7, 0.4]
    want = sympy.hessian(formula(lambda *xs: f(xs), *names), names)
    got = hessian(f)(point)
    exact = [[exactly(want[i, j], names, point) for j in range(3)] for i in range(3)]
    size = max(abs(x) for row in exact for x in row)
    for i, j in itertools.product(range(3), repeat=2):
        assert near(got[i][j], exact[i][j], 1e-12, 1e-14 * size)
        assert got[i][j] == pytest.approx(got[j][i], rel=1e-13, abs=1e-14 * float(size))
    for v in ([1.0, 0.0, 0.0], [0.3, -2.0, 1.0]):
        product = [sum(x * d for x, d in zip(row, v, strict=True)) for row in got]
        assert hvp(f, (point,), (v,))[0] == pytest.approx(product, rel=1e-12, abs=1e-13 * float(size))


def test_hessians_of_60_digits():
    at = [mp.mpf("1.2"), mp.mpf("0.7"), mp.mpf("0.4")]
    got = hessian(woven)([Precise(x) for x in at])
    f = lambda *xs: woven([Precise(x) for x in xs]).thing
    for i, j in itertools.product(range(3), repeat=2):
        orders = [(k == i) + (k == j) for k in range(3)]
        assert near(got[i][j].thing, mp.diff(f, at, orders), 1e-40)


def test_hessians_and_their_products_in_all_shapes():
    f = lambda x, ys: x**2 * ys[0] * ys[1][0]
    second = hessian(f, (0, 1))(2.0, [3.0, (5.0,)])
    assert second == (
        (30.0, [20.0, (12.0,)]),
        [(20.0, [0.0, (4.0,)]), ((12.0, [4.0, (0.0,)]),)],
    )
    assert hvp(f, (2.0, [3.0, (5.0,)]), (1.0, [0.0, (0.0,)])) == (30.0, [20.0, (12.0,)])
    assert hvp(f, [2.0, [3.0, (5.0,)]], [0.0, [0.0, (1.0,)]]) == [12.0, [4.0, (0.0,)]]
    assert hessian(lambda x: 3 * x)(2.0) == 0.0
    assert hessian(lambda x: 7)(2.0) == 0.0
    assert hvp(lambda x: 3 * x, (2.0,), (1.0,)) == (0.0,)


@holds_for(wild_programs, leaves, examples=50)
def test_hessians_of_random_programs_are_symmetric_in_all_mixes_of_modes(program, inputs):
    _, _, order = recorded(program, inputs)
    f = lambda xs: run(program, xs)
    ways = [
        jacobian(jacobian(f, mode=inner), mode=outer)(inputs)
        for outer, inner in itertools.product(("forward", "reverse"), repeat=2)
    ]
    size = 1 + max(sizes_of_the_paths(order).values()) ** 2
    flat = [[x for row in way for x in row] for way in ways]
    flat.append([row[i] for i in range(len(inputs)) for row in ways[0]])
    for other in flat[1:]:
        assert other == pytest.approx(flat[0], rel=1e-11, abs=1e-12 * size)


# Edges


@pytest.mark.parametrize(
    ("f", "x", "first", "second"),
    [
        (relu, 0.0, 0.0, 0.0),
        (lambda x: relu(x) ** 2, 0.0, 0.0, 0.0),
        (lambda x: x * relu(x), 0.0, 0.0, 0.0),
        (abs, 0.0, 0.0, 0.0),
        (lambda x: x * abs(x), 0.0, 0.0, 0.0),
        (lambda x: maximum(x * x, x), 1.0, 1.5, 1.0),
        (lambda x: minimum(x * x, x), 1.0, 1.5, 1.0),
        (lambda x: x**0, 0.0, 0.0, 0.0),
        (lambda x: x**1, 0.0, 1.0, 0.0),
        (lambda x: x**2, 0.0, 0.0, 2.0),
        (lambda x: x.detach() * x, 3.0, 3.0, 0.0),
        (tanh, 1000.0, 0.0, 0.0),
        (sigmoid, -1000.0, 0.0, 0.0),
        (softplus, 1000.0, 1.0, 0.0),
    ],
)
def test_derivatives_at_kinks_and_in_tails_to_the_second_order(f, x, first, second):
    for inner, outer in itertools.product((forward, reverse), repeat=2):
        assert inner(f)(x) == first
        assert outer(inner(f))(x) == second


@pytest.mark.parametrize("derivative", [forward, reverse, by_jacobian, by_pullback])
def test_missing_slopes_are_missed_at_the_order_where_they_are_missing(derivative):
    for f, sentence in (
        (lambda x: x**1.5, "0.0 ** 0.5 has a value but no slope (0.0 ** -0.5: division by zero)"),
        (lambda x: x * sqrt(x), "sqrt(0.0) has a value but no slope (0.5 / 0.0: division by zero)"),
    ):
        with pytest.raises(SlopeError) as caught:
            derivative(derivative(f))(0.0)
        assert sentence in str(caught.value)
    assert derivative(lambda x: x**1.5)(0.0) == 0.0
    assert derivative(derivative(lambda x: x**2.5))(0.0) == 0.0


@pytest.mark.parametrize(("outer", "inner"), every_mix(2))
def test_domain_errors_keep_their_sentences_under_all_boxes(outer, inner):
    for f, x, error, sentence in (
        (log, -1.0, ValueError, "log(-1.0): the logarithm needs a number above 0"),
        (lambda x: 1 / x, 0.0, ZeroDivisionError, "1.0 / 0.0: division by zero"),
        (exp, 1000.0, OverflowError, "exp(1000.0): the result is too large for a float"),
    ):
        for x_or_node in (x, ValueNode(x)):
            with pytest.raises(error) as caught:
                outer(inner(f))(x_or_node)
            assert str(caught.value) == sentence


def test_nan_and_inf_flow_to_the_second_order():
    second = grad(grad(lambda x: x * x * x))
    assert bits(second(nan), second(inf)) == bits(nan, inf)
    assert math.isnan(grad(grad(sin))(inf))
    assert grad(grad(exp))(-inf) == 0.0


def test_branches_on_values_work_at_every_level():
    def f(x):
        return x**3 if x > 1 else (x * x if x.value >= 0 else -x)

    for inner, outer in itertools.product((forward, reverse), repeat=2):
        assert [outer(inner(f))(x) for x in (2.0, 0.5, -1.0)] == [12.0, 2.0, 0.0]


# Depth, threads, determinism


def chain(x):
    for _ in range(50_000):
        x = x * 0.99999 + 1e-9
    return x


def test_long_chains_need_no_recursion():
    assert sys.getrecursionlimit() <= 1000
    assert jvp(grad(lambda x: chain(x * x)), (3.0,), (1.0,))[1] == pytest.approx(2 * 0.99999**50_000)


def test_threads_take_derivatives_at_the_same_time():
    f = lambda x, k: exp(sin(k * x)) * x
    point = 0.7

    def work(k):
        for _ in range(20):
            outer = grad(lambda x: x * grad(f)(x, k))(point)
            answers[k].add((outer, *hessian(rosenbrock)([point, k])[0]))

    ks = [1.0, 2.0, 3.0, 4.0]
    answers: dict[float, set[object]] = {k: set() for k in ks}
    for k in ks:
        work(k)
    alone, answers = answers, {k: set() for k in ks}
    threads = [threading.Thread(target=work, args=(k,)) for k in ks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == alone
    assert all(len(seen) == 1 for seen in answers.values())


PROGRAM = """
from autograd import MLP, sin
from autograd.count import count
from autograd.functional import grad, hessian, hvp, jacobian

model = MLP(3, [5, 5, 2], "tanh", seed=1)
f = lambda xs: sin(model(xs)[0] * model(xs)[1])
xs = [0.3, -0.7, 1.1]
print([[y.value.hex() for y in row] for row in hessian(f)(xs)], [y.value.hex() for y in grad(f)(xs)])
print([y.value.hex() for y in hvp(f, (xs,), ([1.0, 2.0, 3.0],))[0]])
print([[y.value.hex() for y in row] for row in jacobian(model)(xs)], list(count(grad(f), xs).items()))
"""


def test_two_processes_agree_bit_for_bit():
    outputs = printed_by_processes(PROGRAM, ("0", "4242"))
    assert len(outputs) == 1
    assert outputs.pop().count("\n") == 3
