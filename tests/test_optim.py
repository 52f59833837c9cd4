"""Optimisers against the formulas of their papers, written out a second time; schedules by their values."""

import math
import random

import pytest

from autograd.grad import ValueNode
from autograd.optim import (
    OPTIMIZERS,
    SGD,
    Adam,
    Nadam,
    RMSprop,
    clip_grad_norm,
    constant,
    cosine,
    linear,
    step_decay,
    warm_up,
)

GRADIENTS = [[random.Random(k).gauss(0.0, 2.0) for k in range(3 * t, 3 * t + 3)] for t in range(12)]


def walk(make):
    """The values after each step of three parameters that start at 1, -2 and 0.5."""
    parameters = [ValueNode(1.0), ValueNode(-2.0), ValueNode(0.5)]
    optimizer, seen = make(parameters), []
    for gradients in GRADIENTS:
        for parameter, g in zip(parameters, gradients):
            parameter.grad = g
        optimizer.step()
        seen.append([parameter.value for parameter in parameters])
    return seen


def reference(formula):
    """The same walk for `formula(gs)`: the change that all gradients of one parameter so far give."""
    seen, values = [], [1.0, -2.0, 0.5]
    for t in range(1, len(GRADIENTS) + 1):
        values = [x + formula([g[i] for g in GRADIENTS[:t]]) for i, x in enumerate(values)]
        seen.append(values)
    return seen


def same(seen, wanted):
    return [pytest.approx(row, rel=1e-12, abs=1e-13) for row in wanted] == seen


# The formulas, as sums over all gradients so far instead of running means.


def velocity(gs, mu):
    return sum(mu ** (len(gs) - 1 - k) * g for k, g in enumerate(gs))


def mean(xs, beta):
    return (1 - beta) * velocity(xs, beta)


def squares(gs):
    return [g**2 for g in gs]


def test_sgd_steps_against_the_gradient():
    assert same(walk(lambda p: SGD(p, lr=0.3)), reference(lambda gs: -0.3 * gs[-1]))


def test_sgd_with_momentum_adds_up_what_is_left_of_all_gradients():
    assert same(walk(lambda p: SGD(p, lr=0.3, momentum=0.9)), reference(lambda gs: -0.3 * velocity(gs, 0.9)))


def test_nesterov_looks_one_step_ahead_along_the_momentum():
    seen = walk(lambda p: SGD(p, lr=0.3, momentum=0.9, nesterov=True))
    assert same(seen, reference(lambda gs: -0.3 * (gs[-1] + 0.9 * velocity(gs, 0.9))))


def test_rmsprop_divides_by_the_recent_size():
    seen = walk(lambda p: RMSprop(p, lr=0.02, alpha=0.95, eps=1e-6))
    assert same(seen, reference(lambda gs: -0.02 * gs[-1] / (math.sqrt(mean(squares(gs), 0.95)) + 1e-6)))


def adam(gs, lr=0.05, b1=0.9, b2=0.99, eps=1e-8):
    t = len(gs)
    m, v = mean(gs, b1) / (1 - b1**t), mean(squares(gs), b2) / (1 - b2**t)
    return -lr * m / (math.sqrt(v) + eps)


def test_adam_follows_kingma_and_ba():
    assert same(walk(lambda p: Adam(p, lr=0.05, betas=(0.9, 0.99))), reference(adam))


def test_the_first_step_of_adam_is_the_learning_rate_whatever_the_gradient():
    for g in (1e-3, 1.0, -1e6):
        parameter = ValueNode(0.0)
        parameter.grad = g
        Adam([parameter], lr=0.1).step()
        assert parameter.value == pytest.approx(-math.copysign(0.1, g), rel=1e-4)


def nadam(gs, lr=0.05, b1=0.9, b2=0.99, eps=1e-8, psi=0.004):
    t = len(gs)
    mu = [b1 * (1 - 0.5 * 0.96 ** (k * psi)) for k in range(1, t + 2)]
    m, v = mean(gs, b1), mean(squares(gs), b2) / (1 - b2**t)
    ahead = mu[t] * m / (1 - math.prod(mu)) + (1 - mu[t - 1]) * gs[-1] / (1 - math.prod(mu[:t]))
    return -lr * ahead / (math.sqrt(v) + eps)


def test_nadam_follows_dozat_with_the_momentum_schedule():
    assert same(walk(lambda p: Nadam(p, lr=0.05, betas=(0.9, 0.99))), reference(nadam))


@pytest.mark.parametrize("make", OPTIMIZERS.values())
def test_every_optimiser_finds_the_bottom_of_a_bowl(make):
    x, y = ValueNode(3.0), ValueNode(-2.0)
    optimizer = make([x, y], lr=0.05)
    for _ in range(400):
        optimizer.lr = 0.05 * 0.99**optimizer.steps
        optimizer.zero_grad()
        ((x - 1) ** 2 + 3 * (y - 0.5) ** 2).backward()
        optimizer.step()
    assert (x.value, y.value) == pytest.approx((1.0, 0.5), abs=0.02)


@pytest.mark.parametrize("make", OPTIMIZERS.values())
def test_a_parameter_without_gradient_stays_where_it_is(make):
    parameter = ValueNode(3.0)
    make([parameter]).step()
    assert parameter.value == 3.0


def test_a_parameter_listed_twice_is_stepped_once():
    shared = ValueNode(1.0)
    shared.grad = 1.0
    optimizer = SGD([shared, shared], lr=0.5)
    optimizer.step()
    assert shared.value == 0.5
    assert optimizer.parameters == [shared]


def test_zero_grad_clears_every_gradient():
    parameters = [ValueNode(1.0), ValueNode(2.0)]
    optimizer = SGD(parameters)
    sum(parameters).backward()
    optimizer.zero_grad()
    assert [p.grad for p in parameters] == [0.0, 0.0]


def test_parameters_may_come_from_a_generator():
    assert len(Adam(ValueNode(x) for x in range(3)).means) == 3


@pytest.mark.parametrize("make", [*OPTIMIZERS.values(), lambda p: SGD(p, momentum=0.9)])
def test_a_frozen_parameter_keeps_its_value_and_what_is_remembered_of_it(make):
    kept, other = ValueNode(3.0), ValueNode(3.0)
    optimizer = make([kept, other])
    kept.grad = other.grad = 1.0
    optimizer.step()
    before, memory = kept.value, remembered(optimizer, 0)
    optimizer.frozen = {kept}
    optimizer.step()
    assert kept.value == before
    assert remembered(optimizer, 0) == memory
    assert other.value < before
    optimizer.frozen = ()
    optimizer.step()
    assert kept.value < before


def remembered(optimizer, i):
    return [
        memory[i]
        for name, memory in vars(optimizer).items()
        if isinstance(memory, list) and name != "parameters"
    ]


# Clipping


def with_gradients(*gradients):
    parameters = [ValueNode(0.0) for _ in gradients]
    for parameter, g in zip(parameters, gradients):
        parameter.grad = g
    return parameters


def gradients_of(parameters):
    return [parameter.grad for parameter in parameters]


def test_a_long_gradient_is_shortened_and_keeps_its_direction():
    parameters = with_gradients(3.0, -4.0, 0.0)
    assert clip_grad_norm(parameters, 1) == 5.0
    assert gradients_of(parameters) == pytest.approx([0.6, -0.8, 0.0], rel=1e-15)


@pytest.mark.parametrize("max_norm", [5.0, 6.0, 1e300])
def test_a_gradient_within_the_norm_is_left_to_the_bit(max_norm):
    parameters = with_gradients(3.0, -4.0)
    assert clip_grad_norm(parameters, max_norm) == 5.0
    assert gradients_of(parameters) == [3.0, -4.0]


def test_the_norm_of_very_large_and_very_small_gradients_neither_overflows_nor_vanishes():
    large = with_gradients(3e200, 4e200)
    assert clip_grad_norm(large, 10.0) == pytest.approx(5e200, rel=1e-15)
    assert gradients_of(large) == pytest.approx([6.0, 8.0], rel=1e-15)
    small = with_gradients(3e-200, 4e-200)
    assert clip_grad_norm(small, 1e-300) == pytest.approx(5e-200, rel=1e-15)
    assert gradients_of(small) == pytest.approx([6e-301, 8e-301], rel=1e-15, abs=0.0)


def test_a_norm_beyond_the_largest_float_is_clipped_too():
    parameters = with_gradients(1.5e308, -1.5e308)
    assert clip_grad_norm(parameters, 2.0) == math.inf
    assert gradients_of(parameters) == pytest.approx([math.sqrt(2), -math.sqrt(2)], rel=1e-15)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_gradient_that_is_not_finite_cannot_be_clipped(bad):
    parameters = with_gradients(3.0, bad, 1e9)
    with pytest.raises(ArithmeticError, match=f"a gradient is {bad}"):
        clip_grad_norm(parameters, 1.0)
    assert gradients_of(parameters)[::2] == [3.0, 1e9]


def test_a_shared_parameter_counts_once_in_the_norm():
    a, b = with_gradients(3.0, 4.0)
    assert clip_grad_norm(iter([a, b, a]), 2.5) == 5.0
    assert [a.grad, b.grad] == pytest.approx([1.5, 2.0], rel=1e-15)


def test_no_parameters_have_no_length():
    assert clip_grad_norm([], 1.0) == 0.0


BAD = [
    *(
        (lambda p, n=n: clip_grad_norm(p, n), "max_norm must be a finite number above 0")
        for n in (0, -1, math.inf, math.nan)
    ),
    (lambda p: SGD([]), "at least one parameter"),
    (lambda p: SGD(p, lr=-0.1), "lr must be a finite number of at least 0, got -0.1"),
    (lambda p: SGD(p, lr=math.nan), "lr must be"),
    (lambda p: SGD(p, lr=math.inf), "lr must be"),
    (lambda p: SGD(p, momentum=1.0), "momentum must be at least 0 and below 1, got 1.0"),
    (lambda p: SGD(p, nesterov=True), "give a momentum above 0"),
    (lambda p: RMSprop(p, alpha=-0.5), "alpha must be"),
    (lambda p: RMSprop(p, eps=0.0), "eps must be a finite number above 0"),
    (lambda p: Adam(p, betas=(1.0, 0.9)), r"betas\[0\] must be"),
    (lambda p: Adam(p, betas=(0.9, 1.5)), r"betas\[1\] must be"),
    (lambda p: Nadam(p, decay=-1.0), "decay must be"),
    (lambda p: linear(end=1.5), "end must be"),
    (lambda p: linear(hold=1.0), "hold must be"),
    (lambda p: step_decay(0), "every must be at least 1, got 0"),
    (lambda p: step_decay(5, factor=2.0), "factor must be"),
    (lambda p: warm_up(0, constant()), "first must be at least 1"),
]


@pytest.mark.parametrize("make, message", BAD)
def test_a_bad_setting_is_refused_with_what_was_wanted(make, message):
    with pytest.raises(ValueError, match=message):
        make([ValueNode(1.0)])


def test_a_learning_rate_is_checked_when_it_is_set_later_too():
    optimizer = SGD([ValueNode(1.0)])
    with pytest.raises(ValueError, match="lr must be"):
        optimizer.lr = -1
    with pytest.raises(TypeError, match="expected a number, got str"):
        optimizer.lr = "fast"
    assert optimizer.lr == 0.1


# Schedules


def factors(schedule, epochs):
    return [schedule(epoch, epochs) for epoch in range(epochs)]


def test_constant_is_one():
    assert factors(constant(), 3) == [1.0, 1.0, 1.0]


def test_linear_falls_in_equal_steps_and_never_reaches_its_end():
    assert factors(linear(), 4) == [1.0, 0.75, 0.5, 0.25]
    assert factors(linear(end=0.5), 4) == [1.0, 0.875, 0.75, 0.625]


def test_linear_can_hold_before_it_falls():
    assert factors(linear(hold=0.5), 8) == [1.0] * 5 + [0.75, 0.5, 0.25]


def test_cosine_falls_slowly_then_fast_then_slowly():
    assert factors(cosine(), 4) == pytest.approx([1.0, 0.5 + math.sqrt(0.125), 0.5, 0.5 - math.sqrt(0.125)])
    assert cosine(end=0.2)(10, 10) == pytest.approx(0.2)


def test_step_decay_falls_in_stairs():
    assert factors(step_decay(2, factor=0.5), 6) == [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]


def test_warm_up_climbs_and_then_hands_over():
    assert factors(warm_up(3, linear()), 7) == [0.25, 0.5, 0.75, 1.0, 0.75, 0.5, 0.25]


@pytest.mark.parametrize("schedule", [constant(), linear(), linear(hold=0.7), cosine(), warm_up(5, cosine())])
@pytest.mark.parametrize("epochs", [1, 2, 50])
def test_every_schedule_stays_between_0_and_1_and_never_stops(schedule, epochs):
    assert all(0.0 < factor <= 1.0 for factor in factors(schedule, epochs))
