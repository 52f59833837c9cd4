"""Compiled functions on arrays: traced from one example, equal to the engine on all of them."""

from __future__ import annotations

import importlib.util
import itertools
import math
import platform
import warnings

import numpy as np
import pytest
from compiled import as_function, calls, close, eager, flat, no_fallback
from lanes import lane_programs, run_lanes
from processes import printed_by_processes
from programs import holds_for, wild_programs

from autograd import dot, exp, tanh
from autograd.arrays import KEPT, Arrays
from autograd.compile import compile
from autograd.losses import softmax
from autograd.nn import MLP
from autograd.program import GATE
from autograd.rules import TABLE, power_from, power_of
from autograd.tree import leaves

POINTS = [0.0, -0.0, 0.3, 1.0, 2.5, 40.0, 800.0, 1e-9, 1e200, math.inf, math.nan]
POINTS += [-x for x in POINTS[2:]]
LIBRARIES = [
    pytest.param(
        name,
        marks=pytest.mark.skipif(not importlib.util.find_spec(name), reason=f"{name} is not installed"),
    )
    for name in ("numpy", "torch", "jax")
]
ELEMENTWISE = sorted(form for form in TABLE if form.isidentifier() and form != "dot")


# Random programs


def compare(f, call, dtype="float64"):
    values, value, gradient, size = eager(f, call)
    compiled = no_fallback(compile(f, *call.rows[0], batched=call.batched, arrays="numpy", dtype=dtype))
    rel = 1e-10 if dtype == "float64" else 3e-4
    assert close(flat(compiled(*call.args)), values, size, rel), compiled.source
    found, slopes = compiled.value_and_grad(*call.args)
    assert close([found, *flat(slopes)], [value, *gradient], size, rel), compiled.source
    return size


@holds_for(wild_programs, calls())
def test_programs_on_arrays_agree_with_backward(program, call):
    compare(as_function(program), call)


@holds_for(lane_programs, calls(), examples=120)
def test_lanes_that_are_woven_agree_with_backward(program, call):
    def f(*args):
        return run_lanes(program, [leaves(arg) for arg in args])

    def total(*args):
        return sum((i + 1) * tanh(y) for i, y in enumerate(leaves(f(*args))))

    size = compare(total, call)
    several = no_fallback(compile(f, *call.rows[0], batched=call.batched, arrays="numpy"))
    assert close(flat(several(*call.args)), flat([f(*row) for row in call.rows]), size)


@holds_for(lane_programs, calls(), examples=30)
def test_float32_agrees_to_its_precision(program, call):
    f = lambda *args: sum(tanh(y) for y in leaves(run_lanes(program, [leaves(arg) for arg in args])))
    compare(f, call, "float32")


# Rows


def value_of(rule, point):
    try:
        return rule.value(*point)
    except (ValueError, ZeroDivisionError, OverflowError):
        return None


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("form", ELEMENTWISE)
def test_rows_mean_for_arrays_what_they_mean_for_floats(form, library):
    rule = TABLE[form]
    arrays = Arrays(library, "float64")
    function = arrays.function(rule)
    n = 2 if form in ("maximum", "minimum") else 1
    for point in itertools.product(POINTS, repeat=n):
        wanted = value_of(rule, point)
        if wanted is None:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = np.asarray(function(*(arrays.array([x]) for x in point))).tolist()
        # A step of inf is nan there; numpy tells of it, and the engine is asked.
        if form != "step" or not math.isinf(point[0]):
            assert found == pytest.approx([wanted], rel=1e-14, nan_ok=True), point


@pytest.mark.parametrize(
    "rule", [*TABLE.values(), power_of(3.0), power_of(0.5), power_from(2.0), GATE], ids=repr
)
def test_whole_columns_go_through_a_row_or_are_handed_to_the_engine(rule):
    """At every point the answer of the compiled function is the value of the row, or its error."""
    n = 3 if rule.form == "dot" else len(flat_parameters(rule))
    f = lambda *xs: rule(*xs)
    compiled = compile(f, *[1.0] * n, batched=range(n), arrays="numpy")
    points = [p for p in itertools.product(POINTS[::2], repeat=n) if value_of(rule, p) is not None]
    found = compiled(*map(list, zip(*points))).tolist()
    wanted = [rule.value(*p) for p in points]
    assert found == pytest.approx(wanted, rel=1e-13, nan_ok=True)
    for point in itertools.product(POINTS[::3], repeat=n):
        if value_of(rule, point) is None:
            with pytest.raises((ValueError, ZeroDivisionError, OverflowError)):
                compiled(*([x] for x in point))


def flat_parameters(rule):
    if rule.form in ("maximum", "minimum", "gate"):
        return "ab"
    return "a" * max(1, rule.form.count("{}"))


# Networks and shapes


def attention(w, x):
    """Softmax over products of weights and inputs, and dots whose weights vary."""
    scores = [dot(0.0, w[i : i + 2], x[:2]) for i in range(3)]
    mix = dot(w[0], softmax(scores), x)
    shared = [tanh(dot(w[1], w[2:4], [mix, x[i]])) for i in range(3)]
    return sum(s * s for s in shared) + dot(0.0, x, shared)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_attention_with_shared_weights(dtype):
    w, X = [0.3, -0.2, 0.5, 0.7], [[0.1, 0.9, -0.4], [1.0, -1.0, 0.2], [0.0, 0.5, 0.25]]
    one = no_fallback(compile(attention, w, X[0], batched=1))
    all_ = no_fallback(compile(attention, w, X[0], batched=1, arrays="numpy", dtype=dtype))
    rel = 1e-10 if dtype == "float64" else 1e-4
    assert flat(all_.value_and_grad(w, X)) == pytest.approx(flat(one.value_and_grad(w, X)), rel=rel)
    assert all_(w, X).dtype == dtype


def test_a_layer_is_one_matrix_product():
    model = MLP(3, [5, 4, 1], "tanh", seed=0)
    source = compile(lambda m, x: m(x), model, [1.0] * 3, batched=1, arrays="numpy").source
    assert source.split("\n\n\n")[0].count("dot(") == 3


def test_a_program_does_not_grow_with_the_width_of_its_lists():
    f = lambda w, x: sum(tanh(a * b) for a, b in zip(w, x))
    lengths = {
        len(compile(f, [0.1] * n, [0.2] * n, batched=1, arrays="numpy").source.splitlines()) for n in (20, 80)
    }
    assert len(lengths) == 1


@pytest.mark.parametrize("shape", [(2, 3), (3,), (2, 2, 2)])
def test_arrays_of_another_shape(shape):
    compiled = compile(lambda w, x: w * (x[0] + x[1]), 1.0, [1.0, 2.0], batched=1, arrays="numpy")
    with pytest.raises(ValueError, match="argument 'x' must hold 2 numbers for each example"):
        compiled(1.0, np.ones(shape))
    with pytest.raises(ValueError, match="at least one"):
        compiled(1.0, np.ones((0, 2)))


@pytest.mark.parametrize("dtype", ["float32", "int32", "bool", "object"])
def test_arrays_of_another_type(dtype):
    compiled = compile(lambda w, x: w * (x[0] + x[1]), 1.0, [1.0, 2.0], batched=1, arrays="numpy")
    found = compiled(2.0, np.ones((3, 2), dtype))
    assert (found.tolist(), found.dtype) == ([4.0] * 3, np.float64)


def test_what_is_too_large_for_float32_is_infinite():
    compiled = compile(lambda x: exp(x), 1.0, arrays="numpy", dtype="float32", batched=0)
    assert compiled([0.0, 100.0]).tolist() == [1.0, math.inf]


def test_nested_lists_of_uneven_length():
    f = lambda x, w: x[0][0] * x[1][0] * x[1][1] * w
    compiled = no_fallback(compile(f, [[1.0], [2.0, 3.0]], 2.0, batched=0, arrays="numpy"))
    assert compiled([[[1.0], [2.0, 3.0]], [[2.0], [2.0, 3.0]]], 2.0).tolist() == [12.0, 24.0]


def test_a_bias_that_differs_between_examples_is_added_behind_the_matrix_product():
    def residual(w, x):
        return dot(x[0], w, x) + sum(a * b for a, b in zip(w, x)) * x[1]

    xs = [[0.5, -1.0], [2.0, 0.3], [-0.7, 0.9]]
    compiled = compile(residual, [0.1, 0.2], xs[0], batched=1, arrays="numpy")
    assert compiled.source.partition("\n\n\n")[0].count("dot(") == 1
    expected = [residual([0.4, -1.5], x) for x in xs]
    assert compiled([0.4, -1.5], xs) == pytest.approx(expected, rel=1e-12)
    _, (gradient,) = compiled.value_and_grad([0.4, -1.5], xs)
    wanted = [sum(x[i] * (1 + x[1]) for x in xs) / 3 for i in (0, 1)]
    assert gradient == pytest.approx(wanted, rel=1e-12)


@pytest.mark.skipif(not importlib.util.find_spec("jax"), reason="jax is not installed")
def test_jax_is_not_allowed_to_cut_digits_in_silence():
    import jax

    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", False)
    try:
        with pytest.raises(ValueError, match="JAX computes with float32 unless it is told otherwise"):
            Arrays("jax", "float64")
        assert Arrays("jax", "float32").array([0.1]).dtype == "float32"
    finally:
        jax.config.update("jax_enable_x64", before)


# What is kept between calls


def hinge(model, x, t):
    return (1.0 - t * model(x)).relu() + 0.01 * sum(p * p for p in model.parameters())


def training(f=hinge, seed=0):
    model = MLP(2, [5, 4, 1], seed=seed)
    program = no_fallback(compile(f, model, [0.5, -1.0], 1.0, batched=(1, 2), arrays="numpy"))
    return model, program


def batch_of(n, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 2)), np.where(rng.random(n) < 0.5, -1.0, 1.0)


def by_backward(model, X, t):
    model.zero_grad()
    losses = [hinge(model, x, y) for x, y in zip(X.tolist(), t.tolist())]
    mean = sum(losses) / len(losses)
    mean.backward()
    return mean.value, [p.grad for p in model.parameters()]


def test_the_ones_that_a_relu_hands_on_change_no_gradient():
    model, program = training()
    assert "unit(" in program.source
    for n in (7, 1, 100, 7, 3):  # one size after the other
        value, gradient = by_backward(model, *batch_of(n, n))
        found, (slopes,) = program.value_and_grad(model, *batch_of(n, n))
        assert found == pytest.approx(value, rel=1e-12)
        assert slopes == pytest.approx(gradient, rel=1e-10, abs=1e-14)


def test_results_are_not_overwritten_by_a_later_call_and_may_be_written_on():
    model, program = training()
    theta = np.array([p.value for p in model.parameters()])
    _, (first,) = program.value_and_grad(theta, *batch_of(9))
    answers = program(theta, *batch_of(9))
    before = first.copy(), answers.copy()
    program.value_and_grad(2.0 * theta, *batch_of(9, 1))
    program(2.0 * theta, *batch_of(9, 1))
    assert first.tolist() == before[0].tolist() and answers.tolist() == before[1].tolist()
    first[:], answers[:] = math.nan, math.nan
    assert program.value_and_grad(theta, *batch_of(9))[1][0].tolist() == before[0].tolist()
    assert theta.tolist() == [p.value for p in model.parameters()]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_relu_and_its_gate_are_the_same_for_large_arrays_as_for_small_ones(dtype):
    arrays = Arrays("numpy", dtype)
    relu, gate = arrays.functions["relu"], arrays.functions["gate"]
    few = arrays.array([[-2.0, -0.0, 0.0, 3.0, -math.inf, math.inf, math.nan, 1e-30]])
    many = np.repeat(few, 1 + KEPT // few.size, 0)
    assert few.size <= KEPT < many.size
    for x in (few, many):
        ones = np.ones_like(x)
        assert relu(x).dtype == gate(x, ones).dtype == dtype
        wanted = [0.0, 0.0, 0.0, 3.0, 0.0, math.inf, math.nan, few[0, -1]]
        assert relu(x)[-1].tolist() == pytest.approx(wanted, abs=0, nan_ok=True)
        assert gate(x, ones)[-1].tolist() == [0, 0, 0, 1, 0, 1, 0, 1]
    assert arrays.zeros.cache_info().currsize == 1


def test_zeros_and_ones_that_are_kept_cannot_be_written_on():
    arrays = Arrays("numpy", "float64")
    for kept, x in ((arrays.zeros((2, 3)), 0.0), (arrays.ones(4), 1.0)):
        assert set(kept.ravel()) == {x}
        with pytest.raises(ValueError, match="read-only"):
            kept += 1.0


def test_the_mean_over_a_batch_is_that_of_its_examples_in_any_number():
    model, program = training()
    for n in (1, 2, 1000, 20_000):
        X, t = batch_of(n, n)
        value, _ = program.value_and_grad(model, X, t)
        assert value == pytest.approx(math.fsum(program(model, X, t).tolist()) / n, rel=1e-12)


def test_threads_may_call_one_program_at_a_time_or_all_at_once():
    from concurrent.futures import ThreadPoolExecutor

    model, program = training()
    theta = np.array([p.value for p in model.parameters()])
    batches = [batch_of(50 + i % 3, i) for i in range(40)]
    one_by_one = [program.value_and_grad(theta, *b)[1][0].tolist() for b in batches]
    with ThreadPoolExecutor(4) as pool:
        at_once = list(pool.map(lambda b: program.value_and_grad(theta, *b)[1][0].tolist(), batches))
    assert at_once == one_by_one


def test_strictness_may_be_asked_for_inside_of_itself_and_ends_with_the_call():
    arrays = Arrays("numpy", "float64")
    large = np.array([1e300])
    overflow = lambda: large * large
    for _ in range(2):
        with pytest.raises(FloatingPointError):
            arrays.strictly(lambda: arrays.strictly(overflow))
    with np.errstate(over="ignore"):
        assert overflow().tolist() == [math.inf]
    assert len(arrays.strict) == 2


def test_the_largest_of_many_is_one_call_and_passes_no_gradient():
    def f(w, x):
        scores = [w[i] * x[i] for i in range(4)]
        top = scores[0]
        for score in scores[1:]:
            top = top.maximum(score)
        return sum(exp(s - top.detach()) for s in scores)

    w, X = [0.5, -1.0, 2.0, 0.5], [[1.0, 2.0, 3.0, 1.0], [-1.0, 0.5, 0.1, -1.0]]
    program = no_fallback(compile(f, w, X[0], batched=1, arrays="numpy"))
    assert "largest(" in program.source and "maximum" not in program.source
    one = compile(f, w, X[0], batched=1)
    assert flat(program.value_and_grad(w, X)) == pytest.approx(flat(one.value_and_grad(w, X)), rel=1e-12)


def test_ties_in_a_chain_of_maximum_share_the_slope_as_the_engine_says():
    def f(w, x):
        return (w[0] * x).maximum(w[1] * x).maximum(w[2] * x)

    w, X = [1.0, 1.0, 1.0], [2.0, -3.0]
    program = no_fallback(compile(f, w, 1.0, batched=1, arrays="numpy"))
    one = compile(f, w, 1.0, batched=1)
    assert flat(program.value_and_grad(w, X)) == flat(one.value_and_grad(w, X))


PAGES = """
import resource
import numpy as np
from autograd.compile import compile
from autograd.nn import MLP

model = MLP(2, [64, 64, 1], seed=0)
net = compile(lambda m, x: m(x) ** 2, model, [0.5, 0.5], batched=1, arrays="numpy", dtype="float32")
numbers = np.array([p.value for p in model.parameters()], "float32")
points = np.random.default_rng(0).uniform(-1, 1, (1000, 2)).astype("float32")


def pages():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


for _ in range(10):
    net.value_and_grad(numbers, points)
before = pages()
for _ in range(20):
    net.value_and_grad(numbers, points)
print((pages() - before) / 20 < 20)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="speaks of the C library of Linux")
def test_a_program_that_runs_again_finds_its_memory_where_it_left_it():
    assert printed_by_processes(PAGES, ["0"]) == {"True\n"}
    wiped = PAGES.replace(
        "model = MLP", "import autograd.arrays\nautograd.arrays.keep_memory = id\nmodel = MLP"
    )
    assert printed_by_processes(wiped, ["0"]) == {"False\n"}
