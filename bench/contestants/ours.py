"""This package: eager, with and without its fused weighted sum, and compiled."""

from __future__ import annotations

from functools import reduce
from operator import mul
from typing import Any

from autograd import rules
from autograd.grad import ValueNode
from autograd.nn import MLP
from bench.contestants import scalars
from bench.problems import L2, RATE, Moons


class Unfused(scalars.Scalars):
    """Every product and every sum is an operation of its own."""

    leaf = ValueNode

    def data(self, node: ValueNode) -> float:
        return node.value

    def descend(self, parameters: list[ValueNode]) -> None:
        for p in parameters:
            p.value -= RATE * p.grad


class Fused(Unfused):
    """A weighted sum is one operation."""

    def __init__(self) -> None:
        self.zero = ValueNode(0.0)

    def neuron(self, weights: list[Any], bias: Any, inputs: list[Any]) -> Any:
        return rules.dot(bias, weights, inputs)

    def dot(self, weights: list[Any], inputs: list[Any]) -> Any:
        return rules.dot(self.zero, weights, inputs)


def unfused(kind: str, problem: Any) -> Any:
    return scalars.PROBLEMS[kind](Unfused(), problem)


def fused(kind: str, problem: Any) -> Any:
    return scalars.PROBLEMS[kind](Fused(), problem)


def network(problem: Any) -> MLP:
    """The package's own MLP, with the parameters of the problem."""
    model = MLP(problem.sizes[0], problem.sizes[1:], seed=0)
    for p, x in zip(model.parameters(), problem.parameters, strict=True):
        p.value = x
    return model


class MLPMoons(scalars.Training):
    """The package as its book uses it."""

    def __init__(self, problem: Moons) -> None:
        self.engine, self.problem = Unfused(), problem
        self.model = network(problem)
        self.parameters = self.model.parameters()

    def loss(self) -> ValueNode:
        scores = [self.model(list(map(ValueNode, point))) for point in self.problem.points]
        losses = [(1 + -y * score).relu() for y, score in zip(self.problem.labels, scores)]
        return sum(losses) * (1.0 / len(losses)) + L2 * sum(p * p for p in self.parameters)


def mlp(kind: str, problem: Moons) -> MLPMoons:
    if kind != "moons":
        raise NotImplementedError(kind)
    return MLPMoons(problem)


def compiler() -> Any:
    try:
        from autograd import compile
    except ImportError:
        raise ImportError("this version of the package has no compiler") from None
    return compile


class CompiledFloats:
    """Traced once, then straight-line Python on floats."""

    parts = ("step",)

    def __init__(self, kind: str, problem: Any) -> None:
        self.parameters = list(problem.parameters)
        trainings = scalars.PROBLEMS[kind]
        engine = Fused()

        def loss(parameters: list[Any]) -> Any:
            training = trainings(engine, problem, parameters)
            return training.loss()

        self.compiled = compiler().compile(loss, self.parameters)

    def step(self) -> None:
        _, (slopes,) = self.compiled.value_and_grad(self.parameters)
        self.parameters = [p - RATE * slope for p, slope in zip(self.parameters, slopes)]

    def loss_and_gradient(self) -> tuple[float, list[float]]:
        value, (slopes,) = self.compiled.value_and_grad(self.parameters)
        return value, list(slopes)


def compiled_floats(kind: str, problem: Any) -> CompiledFloats:
    return CompiledFloats(kind, problem)


class CompiledBatches:
    """Traced from one example, then numpy over all of them."""

    parts = ("step",)

    def __init__(self, kind: str, problem: Any) -> None:
        import numpy as np

        self.model = network(problem)
        self.parameters = self.model.parameters()
        dtype = getattr(problem, "dtype", "float64")
        self.points = np.array(problem.points, dtype)
        self.labels = np.array(problem.labels if kind == "moons" else one_hot(problem.labels), dtype)
        example = (self.points[0].tolist(), self.labels[0].tolist())
        self.compiled = compiler().compile(LOSSES[kind], self.model, *example, batched=(1, 2))

    def step(self) -> None:
        _, slopes = self.compiled.value_and_grad(self.model, self.points, self.labels)
        for p, slope in zip(self.parameters, slopes):
            p.value -= RATE * slope

    def loss_and_gradient(self) -> tuple[float, list[float]]:
        value, slopes = self.compiled.value_and_grad(self.model, self.points, self.labels)
        return float(value), [float(slope) for slope in slopes]


def one_hot(labels: list[int]) -> list[list[float]]:
    return [[float(y == i) for i in range(10)] for y in labels]


def hinge(model: MLP, point: Any, label: Any) -> Any:
    """The loss of one example; the mean over a batch is the loss of the batch."""
    return (1 + -label * model(point)).relu() + L2 * sum(p * p for p in model.parameters())


def cross_entropy(model: MLP, point: Any, chosen: Any) -> Any:
    """The same for ten classes; `chosen` is 1 at the right one, and 0 elsewhere."""
    outputs = model(point)
    largest = reduce(rules.maximum, outputs).detach()
    outputs = [z - largest for z in outputs]
    return sum(z.exp() for z in outputs).log() - sum(map(mul, chosen, outputs))


LOSSES = {"moons": hinge, "digits": cross_entropy}


def compiled_batches(kind: str, problem: Any) -> CompiledBatches:
    return CompiledBatches(kind, problem)
