"""This package: eager, with and without its fused weighted sum, and compiled."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, reduce
from typing import Any

from autograd import rules
from autograd.compile import Compiled, compile
from autograd.grad import ValueNode
from autograd.losses import cross_entropy
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

    def times(self, matrix: Sequence[list[Any]], inputs: list[Any]) -> list[Any]:
        return rules.matvec(matrix, inputs)


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


def hinge(model: MLP, point: Any, label: Any) -> Any:
    """The loss of one example; the mean over a batch is the loss of the batch."""
    return (1 + -label * model(point)).relu() + L2 * sum(p * p for p in model.parameters())


def of_classes(model: MLP, point: Any, chosen: Any) -> Any:
    """The same for ten classes; `chosen` is 1 at the right one, and 0 elsewhere."""
    return cross_entropy(model(point), chosen)


LOSSES = {"moons": hinge, "digits": of_classes}


def targets(kind: str, labels: list[int]) -> list[Any]:
    if kind == "moons":
        return [float(y) for y in labels]
    return [[float(y == i) for i in range(10)] for y in labels]


@cache
def compiled(kind: str, sizes: tuple[int, ...], arrays: str | None, dtype: str) -> Compiled:
    """Recorded with one example, whose numbers do not matter; kept for batches of other sizes."""
    model = MLP(sizes[0], list(sizes[1:]), seed=0)
    example = [[0.5] * sizes[0], targets(kind, [1])[0]]
    return compile(LOSSES[kind], model, *example, batched=(1, 2), arrays=arrays, dtype=dtype)


class CompiledFloats:
    """Recorded once, then straight-line Python on floats."""

    parts = ("step",)

    def __init__(self, kind: str, problem: Any) -> None:
        self.parameters = list(problem.parameters)
        self.data = [problem.points, targets(kind, problem.labels)]
        self.compiled = compiled(kind, tuple(problem.sizes), None, "float64")

    def step(self) -> None:
        _, (slopes,) = self.compiled.value_and_grad(self.parameters, *self.data)
        self.parameters = [p - RATE * slope for p, slope in zip(self.parameters, slopes)]

    def loss_and_gradient(self) -> tuple[float, list[float]]:
        value, (slopes,) = self.compiled.value_and_grad(self.parameters, *self.data)
        return value, slopes


class Recorded(Fused):
    """What the largest of some scores is must be found out anew in every run of a program."""

    def largest(self, scores: list[Any]) -> Any:
        return reduce(rules.maximum, scores).detach()


class CompiledGPT(CompiledFloats):
    """Its text is a constant of the program; only the parameters are an argument."""

    def __init__(self, kind: str, problem: Any) -> None:
        self.parameters, self.data = list(problem.parameters), []

        def loss(parameters: list[Any]) -> Any:
            return scalars.PROBLEMS[kind](Recorded(), problem, parameters).loss()

        self.compiled = compile(loss, self.parameters)


def compiled_floats(kind: str, problem: Any) -> CompiledFloats:
    return (CompiledGPT if kind == "gpt" else CompiledFloats)(kind, problem)


class CompiledBatches:
    """Recorded with one example, then numpy over all of them."""

    parts = ("step",)

    def __init__(self, kind: str, problem: Any) -> None:
        import numpy as np

        dtype = getattr(problem, "dtype", "float64")
        self.parameters = np.array(problem.parameters, dtype)
        self.data = [np.array(x, dtype) for x in (problem.points, targets(kind, problem.labels))]
        self.compiled = compiled(kind, tuple(problem.sizes), "numpy", dtype)

    def step(self) -> None:
        _, (gradient,) = self.compiled.value_and_grad(self.parameters, *self.data)
        self.parameters -= RATE * gradient

    def loss_and_gradient(self) -> tuple[float, list[float]]:
        value, (gradient,) = self.compiled.value_and_grad(self.parameters, *self.data)
        return float(value), gradient.tolist()


compiled_batches = CompiledBatches
