"""micrograd 0.1.0 as shipped; exp and log, which it lacks, are added in its own manner."""

from __future__ import annotations

import math
from typing import Any

from micrograd.engine import Value
from micrograd.nn import MLP

from bench.contestants import scalars
from bench.problems import L2, Moons


class Micrograd(scalars.Scalars):
    leaf = Value

    def exp(self, node: Value) -> Value:
        out = Value(math.exp(node.data), (node,), "exp")

        def _backward() -> None:
            node.grad += out.data * out.grad

        out._backward = _backward
        return out

    def log(self, node: Value) -> Value:
        out = Value(math.log(node.data), (node,), "log")

        def _backward() -> None:
            node.grad += out.grad / node.data

        out._backward = _backward
        return out


class Demo(scalars.Training):
    """Its own MLP, and the loss of its demo."""

    def __init__(self, problem: Moons) -> None:
        self.engine, self.problem = Micrograd(), problem
        self.model = MLP(problem.sizes[0], problem.sizes[1:])
        self.parameters = self.model.parameters()
        for p, x in zip(self.parameters, problem.parameters, strict=True):
            p.data = x

    def loss(self) -> Value:
        inputs = [list(map(Value, point)) for point in self.problem.points]
        scores = list(map(self.model, inputs))
        losses = [(1 + -y * score).relu() for y, score in zip(self.problem.labels, scores)]
        data_loss = sum(losses) * (1.0 / len(losses))
        return data_loss + L2 * sum(p * p for p in self.model.parameters())


def shipped(kind: str, problem: Any) -> Any:
    return Demo(problem) if kind == "moons" else scalars.PROBLEMS[kind](Micrograd(), problem)
