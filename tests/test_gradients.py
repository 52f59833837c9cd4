"""Every layer, loss and optimiser: the gradient against central differences, down to the parameters."""

import math
import random
from functools import reduce

import pytest

from autograd import ValueNode, dot, exp, log, maximum, relu, rules, softplus
from autograd.check import GradcheckError, gradcheck
from autograd.nn import ACTIVATIONS, MLP, Layer, Neuron
from autograd.optim import OPTIMIZERS, SGD

MAKERS = {
    "neuron": lambda activation, seed: Neuron(3, activation, seed=seed),
    "layer": lambda activation, seed: Layer(3, 4, activation, seed=seed),
    "network": lambda activation, seed: MLP(3, [4, 4, 2], activation, seed=seed),
    "output": lambda activation, seed: MLP(3, [3, 1], "tanh", output=activation, seed=seed),
}
EVERY_MAKER = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
EVERY_ACTIVATION = pytest.mark.parametrize("activation", ACTIVATIONS)
SEEDS = pytest.mark.parametrize("seed", range(4))


def together(outputs):
    """One number that rises with all outputs, with each in its own way."""
    outputs = outputs if isinstance(outputs, list) else [outputs]
    return sum((y + (i + 1.5) * y**3 for i, y in enumerate(outputs)), ValueNode(0.0))


def clear_of_kinks(root):
    """Whether every relu in a graph is further from its kink than the probes reach."""
    kinked = [node for node in root.topological_order() if node.rule is rules.relu]
    return all(abs(node.parents[0].value) > 1e-3 for node in kinked)


def telling_inputs(module, rng):
    """Three inputs clear of every kink, at which not all that comes out is a flat 0."""
    while True:
        inputs = [rng.uniform(-1.5, 1.5) for _ in range(3)]
        root = together(module(inputs))
        if root.value != 0.0 and clear_of_kinks(root):
            return inputs


# Layers


@SEEDS
@EVERY_ACTIVATION
@EVERY_MAKER
def test_modules_towards_their_parameters_and_their_inputs(make, activation, seed):
    module = make(activation, seed)
    inputs = telling_inputs(module, random.Random(seed))
    report = gradcheck(lambda m, xs: together(m(xs)), [module, inputs])
    assert len(report.rows) == len(module.parameters()) + 3
    assert any(abs(r.backward) > 1e-3 for r in report.rows)


@EVERY_ACTIVATION
def test_a_network_used_twice_in_one_program(activation):
    model = MLP(2, [3, 2], activation, seed=5)
    x = [0.4, -0.9]
    assert clear_of_kinks(together(model(model(x))))
    assert gradcheck(lambda m, xs: together(m(m(xs))) * m(xs)[0], [model, x])


@EVERY_ACTIVATION
def test_far_out_where_activations_are_flat_or_straight(activation):
    neuron = Neuron(1, activation)
    for z in (-30.0, 30.0):
        neuron.weights[0].value, neuron.bias.value = 1.0, z
        assert gradcheck(lambda m, x: m([x]), [neuron, 0.5])


def test_dot_towards_bias_weights_and_inputs_in_lists():
    report = gradcheck(dot, [0.3, [1.0, -2.0], [0.5, 4.0]])
    assert [r.backward for r in report.rows] == [1.0, 0.5, 4.0, 1.0, -2.0]


# Losses

POINTS = [([1.0, 0.2], 1), ([-0.7, 1.1], -1), ([0.3, -1.4], -1), ([-1.2, -0.5], 1)]


def mean(each):
    return sum(each) * (1.0 / len(each))


def squared_error(model):
    return mean([(model(x) - y) ** 2 for x, y in POINTS])


def hinge_with_l2(model):
    """The loss of the moons."""
    penalty = 1e-4 * sum(p * p for p in model.parameters())
    return mean([(1 + -y * model(x)).relu() for x, y in POINTS]) + penalty


def hinge_by_maximum(model):
    return mean([maximum(0.0, 1 - y * model(x)) for x, y in POINTS])


def logistic(model):
    return mean([softplus(-y * model(x)) for x, y in POINTS])


LOSSES = [squared_error, hinge_with_l2, hinge_by_maximum, logistic]


@SEEDS
@pytest.mark.parametrize("activation", ["relu", "tanh", "softplus"])
@pytest.mark.parametrize("loss", LOSSES)
def test_losses_towards_every_parameter_of_a_network(loss, activation, seed):
    model = MLP(2, [4, 3, 1], activation, seed=seed)
    assert clear_of_kinks(loss(model))
    report = gradcheck(loss, [model])
    assert len(report.rows) == 31
    assert any(abs(r.backward) > 1e-3 for r in report.rows)


@pytest.mark.parametrize("target", [1, -1])
@pytest.mark.parametrize("score", [-800.0, -3.0, -0.5, 0.5, 3.0, 800.0])
@pytest.mark.parametrize(
    "loss",
    [lambda y, s: (y - s) ** 2, lambda y, s: relu(1 - y * s), lambda y, s: softplus(-y * s)],
    ids=["squared", "hinge", "logistic"],
)
def test_losses_towards_the_score_far_and_near(loss, score, target):
    assert gradcheck(lambda s: loss(target, s), [score])


def cross_entropy(scores, target):
    """Softmax cross-entropy. The largest score is taken out of the exponentials, so none of them grows."""
    top = reduce(maximum, scores)
    return log(sum(exp(s - top) for s in scores)) + top - scores[target]


def cross_entropy_detached(scores, target):
    """The same with the largest score as a constant, which changes no derivative: it cancels."""
    top = reduce(maximum, scores).detach()
    return log(sum(exp(s - top) for s in scores)) + top - scores[target]


CROSS_ENTROPIES = pytest.mark.parametrize("loss", [cross_entropy, cross_entropy_detached])


@pytest.mark.parametrize("target", [0, 1, 2])
@pytest.mark.parametrize("scores", [[0.5, -1.0, 2.0], [-3.0, 4.0, 3.5], [1000.0, 990.0, -1000.0]], ids=str)
@CROSS_ENTROPIES
def test_cross_entropy_towards_the_scores_is_softmax_less_the_target(loss, scores, target):
    report = gradcheck(lambda s: loss(s, target), [scores])
    weights = [math.exp(s - max(scores)) for s in scores]
    wanted = [w / sum(weights) - (i == target) for i, w in enumerate(weights)]
    assert [r.backward for r in report.rows] == pytest.approx(wanted, abs=1e-14)


@SEEDS
@CROSS_ENTROPIES
def test_cross_entropy_towards_every_parameter_of_a_classifier(loss, seed):
    model = MLP(2, [4, 3], "tanh", seed=seed)

    def f(model, inputs):
        return mean([loss(model(x), k) for k, x in enumerate(inputs)])

    report = gradcheck(f, [model, [[1.0, 0.2], [-0.7, 1.1], [0.3, -1.4]]])
    assert len(report.rows) == len(model.parameters()) + 6


def test_losses_with_a_slip_are_caught():
    model = MLP(2, [3, 1], "tanh", seed=1)

    def forgotten(m):
        """The penalty is in the value and not in the graph."""
        return squared_error(m) + 1e-2 * sum(p.value * p.value for p in m.parameters())

    with pytest.raises(GradcheckError) as caught:
        gradcheck(forgotten, [model])
    assert not any(r.passed for r in caught.value.report.rows)
    assert "one operation" not in str(caught.value)


# Optimisers


def start():
    return MLP(2, [3, 1], "tanh", seed=3)


WALKERS = {**OPTIMIZERS, "nesterov": lambda p: SGD(p, lr=0.05, momentum=0.9, nesterov=True)}
EVERY_OPTIMISER = pytest.mark.parametrize("make", WALKERS.values(), ids=WALKERS)


@EVERY_OPTIMISER
@pytest.mark.parametrize("loss", [squared_error, logistic, hinge_with_l2])
def test_the_gradient_that_an_optimiser_is_handed_is_right_along_its_path(make, loss):
    model = start()
    optimizer, path = make(model.parameters()), []
    for _ in range(8):
        report = gradcheck(loss, [model])
        optimizer.zero_grad()
        loss(model).backward()
        assert [p.grad for p in model.parameters()] == [r.backward for r in report.rows]
        optimizer.step()
        path.append([p.value for p in model.parameters()])
    assert gradcheck(loss, [model])
    assert loss(model).value < loss(start()).value
    assert path == unchecked(make, loss, 8)  # looking has changed nothing


def unchecked(make, loss, steps):
    """The path of the same training, bit for bit, if nobody checks it."""
    model = start()
    optimizer, path = make(model.parameters()), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss(model).backward()
        optimizer.step()
        path.append([p.value for p in model.parameters()])
    return path


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_check_in_every_epoch_of_train_changes_nothing(name):
    def run(checked):
        model = start()

        def closure():
            if checked:
                assert gradcheck(logistic, [model])
            return logistic(model), None

        history = model.train(closure, epochs=6, optimizer=name, progress=False)
        return history.loss, model.state_dict()

    assert run(checked=True) == run(checked=False)
