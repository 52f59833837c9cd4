"""The losses: against mpmath, in derivatives of every order, and with travellers of every kind."""

import math
import random
from fractions import Fraction

import numpy as np
import pytest
from exact import Precise, Symbolic
from hypothesis import strategies as st
from mpmath import mp
from programs import holds_for

from autograd.check import gradcheck
from autograd.forward import Dual, jvp
from autograd.functional import grad, hessian, value_and_grad
from autograd.grad import ValueNode
from autograd.losses import binary_cross_entropy, cross_entropy, hinge, softmax, squared_error

# The definitions, in mpmath: no trick against overflow or cancellation, 60 digits instead.


def exact_softmax(scores):
    powers = [mp.exp(mp.mpf(s)) for s in scores]
    return [p / sum(powers) for p in powers]


def exact_cross_entropy(scores, targets):
    return -sum(mp.mpf(t) * mp.log(p) for t, p in zip(targets, exact_softmax(scores)) if t)


def exact_binary(score, target):
    with mp.workdps(500):  # 1 - p is 0 long before that
        p = 1 / (1 + mp.exp(-mp.mpf(score)))
        return +sum(-t * mp.log(q) for t, q in ((mp.mpf(target), p), (1 - mp.mpf(target), 1 - p)) if t)


def one_hot(i, n):
    return [float(k == i) for k in range(n)]


SCORES = [
    [0.0],
    [0.0, 0.0],
    [1.0, 2.0, 3.0],
    [-0.5, 0.25, 0.25, 0.1],
    [2.0, 2.0, 2.0],
    [1000.0, -1000.0],
    [1000.0, 999.0, 1000.0],
    [-1000.0, -1001.0, -1000.5],
    [1e6 + 1.0, 1e6, 1e6 - 1.0],
    [1e300, -1e300],
    [0.0, 40.0, -40.0],
]
BINARY_SCORES = [0.0, -0.0, 1e-9, 0.7, -3.0, 20.0, -20.0, 40.0, -40.0, 300.0, -300.0, 1000.0, -1000.0]
moderate = st.floats(-50.0, 50.0)
score_lists = st.lists(moderate, min_size=1, max_size=6)


def close(x, wanted, scale=1.0):
    return abs(mp.mpf(x) - wanted) <= 1e-14 * max(abs(wanted), scale)


# Values


@pytest.mark.parametrize("scores", SCORES)
def test_softmax_gives_the_probabilities_of_its_definition(scores):
    if max(scores) < 1e299:
        assert all(close(p, q) for p, q in zip(softmax(scores), exact_softmax(scores), strict=True))
    assert sum(softmax(scores)) == pytest.approx(1.0, rel=1e-15)


@pytest.mark.parametrize("scores", SCORES[:-2] + SCORES[-1:])
def test_cross_entropy_has_the_value_of_its_definition_also_in_the_tails(scores):
    for i in range(len(scores)):
        wanted = exact_cross_entropy(scores, one_hot(i, len(scores)))
        assert close(cross_entropy(scores, i), wanted)
        assert close(cross_entropy(scores, one_hot(i, len(scores))), wanted)


def test_cross_entropy_of_scores_beyond_all_exponentials_is_finite():
    assert cross_entropy([1000.0, -1000.0], 0) == 0.0
    assert cross_entropy([1000.0, -1000.0], 1) == 2000.0
    assert cross_entropy([1e300, -1e300], 1) == 2e300


@holds_for(score_lists, st.data())
def test_cross_entropy_with_probabilities_is_the_mean_surprise(scores, data):
    weights = data.draw(st.lists(st.floats(0.01, 1.0), min_size=len(scores), max_size=len(scores)))
    targets = [w / sum(weights) for w in weights]
    wanted = exact_cross_entropy(scores, targets)
    assert close(cross_entropy(scores, targets), wanted, scale=100.0)


@pytest.mark.parametrize("score", BINARY_SCORES)
@pytest.mark.parametrize("target", [0, 1, 0.25, 0.5])
def test_binary_cross_entropy_keeps_its_digits_in_both_tails(score, target):
    assert close(binary_cross_entropy(score, target), exact_binary(score, target), scale=1e-300)


def test_two_classes_are_one_score():
    for score in (-3.0, 0.2, 50.0):
        for target in (0, 1):
            binary = binary_cross_entropy(score, target)
            assert cross_entropy([0.0, score], target) == pytest.approx(binary, abs=1e-15)


def test_squared_error_and_hinge():
    assert squared_error(3, 1) == 4.0
    assert squared_error(-0.5, 1.5) == 4.0
    assert [hinge(s, 1) for s in (-1.0, 0.0, 0.5, 1.0, 2.0)] == [2.0, 1.0, 0.5, 0.0, 0.0]
    assert [hinge(s, -1) for s in (-2.0, -1.0, 0.0, 1)] == [0.0, 0.0, 1.0, 2.0]


# Gradients


@pytest.mark.parametrize("scores", SCORES)
def test_the_gradient_of_cross_entropy_is_softmax_less_one_hot(scores):
    for i in range(len(scores)):
        for target in (i, one_hot(i, len(scores))):
            nodes = list(map(ValueNode, scores))
            cross_entropy(nodes, target).backward()
            wanted = [p - t for p, t in zip(softmax(scores), one_hot(i, len(scores)))]
            assert [node.grad for node in nodes] == pytest.approx(wanted, rel=1e-12, abs=1e-12)
            assert sum(node.grad for node in nodes) == pytest.approx(0.0, abs=1e-15)


@pytest.mark.parametrize("score", BINARY_SCORES)
@pytest.mark.parametrize("target", [0.0, 1.0, 0.25])
def test_the_gradient_of_binary_cross_entropy_is_sigmoid_less_target(score, target):
    with mp.workdps(500):
        wanted = 1 / (1 + mp.exp(-mp.mpf(score))) - target
    slope = grad(binary_cross_entropy)(score, target)
    assert close(slope, wanted, scale=1.0 if target == 0.25 else 1e-300)
    node = ValueNode(score)
    binary_cross_entropy(node, target).backward()
    assert node.grad == slope


@holds_for(score_lists, st.data())
def test_gradients_agree_with_differences(scores, data):
    i = data.draw(st.integers(0, len(scores) - 1))
    assert gradcheck(lambda s: cross_entropy(s, i), [scores])
    assert gradcheck(lambda s: softmax(s)[i], [scores])
    assert gradcheck(binary_cross_entropy, [scores[0], 0.3])
    assert gradcheck(squared_error, [scores[0], 1.5])


@holds_for(score_lists, st.data())
def test_gradients_towards_a_target_agree_with_differences(scores, data):
    targets = [ValueNode(1 / len(scores)) for _ in scores]
    assert gradcheck(lambda s, t: cross_entropy(s, t), [scores, targets])


def test_hinge_has_slope_0_at_its_kink():
    assert [grad(hinge)(s, 1) for s in (0.5, 1.0, 1.5)] == [-1.0, 0.0, 0.0]
    assert gradcheck(hinge, [0.3, ValueNode(-1.0)])


@pytest.mark.parametrize("scores", [SCORES[k] for k in (1, 2, 4, 5, 6)])
@pytest.mark.parametrize("target", [0, "one hot", "mixed"])
def test_second_derivatives_of_cross_entropy_are_right_also_where_scores_tie(scores, target):
    n = len(scores)
    target = {"one hot": one_hot(1, n), "mixed": [1 / n] * n}.get(target, target)
    p = softmax(scores)
    wanted = [[(i == j) * p[i] - p[i] * p[j] for j in range(n)] for i in range(n)]
    found = hessian(lambda s: cross_entropy(s, target))(scores)
    for row, wanted_row in zip(found, wanted, strict=True):
        assert row == pytest.approx(wanted_row, abs=1e-15)


@pytest.mark.parametrize("score", [0.0, 0.7, -30.0, 40.0])
def test_second_and_third_derivatives_of_binary_cross_entropy(score):
    p = 1 / (1 + mp.exp(-mp.mpf(score)))
    once = grad(grad(binary_cross_entropy))
    assert close(once(score, 1), p * (1 - p), scale=1e-30)
    assert close(grad(once)(score, 0), p * (1 - p) * (1 - 2 * p), scale=p * (1 - p))


# Travellers

CALLS = [
    (lambda s, t: squared_error(s[0], t[0])),
    (lambda s, t: hinge(s[0], 2 * t[0] - 1)),
    (lambda s, t: binary_cross_entropy(s[0], t[0])),
    cross_entropy,
    (lambda s, t: cross_entropy(s, 1)),
    (lambda s, t: softmax(s)[0]),
]
EXAMPLE = [0.3, -1.2, 0.8], [0.0, 1.0, 0.0]


@pytest.mark.parametrize("loss", CALLS)
def test_nodes_duals_and_recordings_give_what_floats_give(loss):
    scores, targets = EXAMPLE
    value = loss(scores, targets)
    assert type(value) is float
    nodes = [list(map(ValueNode, part)) for part in EXAMPLE]
    root = loss(*nodes)
    assert root.value == value
    assert loss(nodes[0], targets).value == value
    root.backward()
    recorded_value, gradient = value_and_grad(loss, (0, 1))(scores, targets)
    assert recorded_value == value
    assert gradient[0] == pytest.approx([node.grad for node in nodes[0]], abs=1e-15)
    assert gradient[1] == pytest.approx([node.grad for node in nodes[1]], abs=1e-15)
    direction = [1.0, -2.0, 0.5], [0.25, 0.0, -1.0]
    along = sum(g * v for g, v in zip(gradient[0] + gradient[1], direction[0] + direction[1]))
    assert jvp(loss, EXAMPLE, direction) == pytest.approx((value, along), abs=1e-15)
    assert loss([Dual(s, 1.0) for s in scores], targets).value == value


@pytest.mark.parametrize("loss", CALLS)
@pytest.mark.parametrize("kind", [Precise, Symbolic])
def test_no_loss_asks_a_traveller_what_only_a_float_can_answer(loss, kind):
    scores, targets = ([kind(kind.lift(x)) for x in part] for part in EXAMPLE)
    found = loss(scores, targets).thing
    assert float(found) == pytest.approx(loss(*EXAMPLE), rel=1e-14)


def test_scores_and_targets_may_be_travellers_of_different_kinds():
    nodes = list(map(ValueNode, EXAMPLE[0]))
    slopes = grad(lambda t: cross_entropy(nodes, t))(EXAMPLE[1])
    assert all(isinstance(slope, ValueNode) for slope in slopes)


def test_numbers_of_every_kind_are_taken():
    assert cross_entropy(np.array([1.0, 2.0]), np.int64(1)) == cross_entropy([1.0, 2.0], 1)
    assert cross_entropy((1, 2), np.array([0.0, 1.0])) == cross_entropy([1.0, 2.0], [0, 1])
    assert cross_entropy([Fraction(1, 2), 2], [Fraction(1, 3), Fraction(2, 3)]) > 0
    assert binary_cross_entropy(np.float32(0.5), True) == binary_cross_entropy(0.5, 1)
    assert hinge(0.5, np.int64(-1)) == 1.5
    assert cross_entropy((x for x in [1.0, 2.0]), 1) == cross_entropy([1.0, 2.0], 1)
    assert type(squared_error(3, 1)) is float


def test_nan_flows_through():
    assert math.isnan(cross_entropy([math.nan, 1.0], 0))
    assert math.isnan(binary_cross_entropy(math.nan, 1))
    assert all(map(math.isnan, softmax([1.0, math.nan])))


def test_a_score_of_minus_infinity_rules_a_class_out():
    assert softmax([0.0, -math.inf, 0.0]) == [0.5, 0.0, 0.5]
    assert cross_entropy([0.0, -math.inf, 0.0], 0) == math.log(2)
    nodes = [ValueNode(0.0), ValueNode(-math.inf), ValueNode(0.0)]
    cross_entropy(nodes, 0).backward()
    assert [node.grad for node in nodes] == [-0.5, 0.0, 0.5]


# What is refused

REFUSED = [
    (lambda: hinge(0.5, 0), ValueError, r"the target of hinge must be -1 or 1 \(2 \* y - 1 .*\), got 0"),
    (lambda: hinge(0.5, math.nan), ValueError, "must be -1 or 1"),
    (lambda: hinge(0.5, "1"), TypeError, "expected a number, got str"),
    (lambda: binary_cross_entropy(0.5, -1), ValueError, "a number from 0 to 1, got -1"),
    (lambda: binary_cross_entropy(0.5, math.nan), ValueError, "a number from 0 to 1, got nan"),
    (lambda: binary_cross_entropy([0.5], 1), TypeError, "got list.*one number at a time"),
    (lambda: squared_error(np.array([1.0, 2.0]), 1.0), TypeError, r"got numpy\.ndarray"),
    (lambda: squared_error(1.0, None), TypeError, "got NoneType"),
    (lambda: softmax([]), ValueError, "a score for each class, got an empty list"),
    (lambda: softmax(1.5), TypeError, "got float; for a single score there is binary_cross_entropy"),
    (
        lambda: cross_entropy(ValueNode(1.0), 0),
        TypeError,
        "ValueNode; for a single score",
    ),
    (lambda: cross_entropy([[1.0, 2.0]], 0), TypeError, "got list: .*take its elements"),
    (lambda: cross_entropy(["a", "b"], 0), TypeError, "got str"),
    (lambda: cross_entropy([1.0, 2.0], 2), ValueError, "must be below 2, the number of scores, got 2"),
    (lambda: cross_entropy([1.0, 2.0], -1), ValueError, "the target must be at least 0, got -1"),
    (
        lambda: cross_entropy([1.0, 2.0], 1.0),
        TypeError,
        "the index of a class, .* or a list .* got float",
    ),
    (
        lambda: cross_entropy([1.0, 2.0], ValueNode(1.0)),
        TypeError,
        "or a list .*ValueNode",
    ),
    (lambda: cross_entropy([1.0, 2.0], None), TypeError, "got NoneType"),
    (lambda: cross_entropy([1.0, 2.0], [1.0]), ValueError, "2 scores need 2 targets, got 1"),
    (lambda: cross_entropy([1.0, 2.0], [ValueNode(1.0)]), ValueError, "2 scores need 2 targets, got 1"),
    (lambda: cross_entropy([1.0, 2.0], [1.0, 1.0]), ValueError, r"must add up to 1, got 2\.0"),
    (lambda: cross_entropy([1.0, 2.0], [1.5, -0.5]), ValueError, "a number from 0 to 1, got 1.5"),
    (lambda: cross_entropy([1.0, 2.0], "ab"), TypeError, "got str"),
]


@pytest.mark.parametrize("call, error, message", REFUSED)
def test_a_bad_score_or_target_is_refused_with_what_was_wanted(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_network_learns_three_classes_from_cross_entropy():
    from autograd.nn import MLP

    rng = random.Random(1)
    centres = [(0.0, 1.0), (-1.0, -0.5), (1.0, -0.5)]
    points = [
        ([rng.gauss(x, 0.2), rng.gauss(y, 0.2)], c) for c, (x, y) in enumerate(centres) for _ in range(8)
    ]
    model = MLP(2, [6, 3], activation="tanh", seed=1)
    model.train(lambda: (sum(cross_entropy(model(x), c) for x, c in points) * (1 / 24), None), epochs=30)
    right = [max(range(3), key=model(x).__getitem__) == c for x, c in points]
    assert all(right)
