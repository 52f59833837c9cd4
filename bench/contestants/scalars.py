"""The problems, written once for every engine of scalars, as one would write them for one example.

An engine says in a subclass of `Scalars` how it makes a leaf and takes a step. Nothing else differs between
the engines, except that ours may also record a whole weighted sum as one operation, and a matrix times a
list as such sums that share their inputs.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from bench.problems import GPT, L2, RATE, Chain, Digits, Moons, Powers


class Scalars:
    """An engine whose nodes hold `data` and `grad`, the names that most engines use."""

    def leaf(self, x: float) -> Any:
        raise NotImplementedError

    def data(self, node: Any) -> float:
        return node.data

    def grad(self, node: Any) -> float:
        return node.grad

    def exp(self, node: Any) -> Any:
        return node.exp()

    def log(self, node: Any) -> Any:
        return node.log()

    def neuron(self, weights: list[Any], bias: Any, inputs: list[Any]) -> Any:
        return sum((w * x for w, x in zip(weights, inputs)), bias)

    def dot(self, weights: list[Any], inputs: list[Any]) -> Any:
        return sum(w * x for w, x in zip(weights, inputs))

    def times(self, matrix: Sequence[list[Any]], inputs: list[Any]) -> list[Any]:
        return [self.dot(row, inputs) for row in matrix]

    def largest(self, scores: list[Any]) -> Any:
        return max(map(self.data, scores))

    def zero_grad(self, parameters: list[Any]) -> None:
        for p in parameters:
            p.grad = 0.0

    def descend(self, parameters: list[Any]) -> None:
        for p in parameters:
            p.data -= RATE * p.grad


class Training:
    """Forward, zero, backward, SGD; a subclass writes the loss."""

    parts = ("step",)

    def __init__(self, engine: Scalars, problem: Any, parameters: list[Any] | None = None) -> None:
        self.engine, self.problem = engine, problem
        self.parameters = parameters or [engine.leaf(x) for x in problem.parameters]

    def loss(self) -> Any:
        raise NotImplementedError

    def step(self) -> None:
        loss = self.loss()
        self.engine.zero_grad(self.parameters)
        loss.backward()
        self.engine.descend(self.parameters)

    def loss_and_gradient(self) -> tuple[float, list[float]]:
        loss = self.loss()
        self.engine.zero_grad(self.parameters)
        loss.backward()
        return self.engine.data(loss), [self.engine.grad(p) for p in self.parameters]


def layers_of(parameters: list[Any], sizes: list[int]) -> list[list[tuple[list[Any], Any]]]:
    """Cuts the flat list into layers of neurons: (weights, bias)."""
    left = iter(parameters)
    return [[([next(left) for _ in range(n)], next(left)) for _ in range(m)] for n, m in pairwise(sizes)]


class ScalarMLP(Training):
    def __init__(self, engine: Scalars, problem: Any, parameters: list[Any] | None = None) -> None:
        super().__init__(engine, problem, parameters)
        *self.hidden, self.last = layers_of(self.parameters, problem.sizes)

    def outputs(self, point: list[float]) -> list[Any]:
        neuron = self.engine.neuron
        x = list(map(self.engine.leaf, point))
        for layer in self.hidden:
            x = [neuron(weights, bias, x).relu() for weights, bias in layer]
        return [neuron(weights, bias, x) for weights, bias in self.last]


class ScalarMoons(ScalarMLP):
    """The loss as in micrograd's demo: hinge loss, and a little L2."""

    problem: Moons

    def loss(self) -> Any:
        scores = [self.outputs(point)[0] for point in self.problem.points]
        losses = [(1 + -y * score).relu() for y, score in zip(self.problem.labels, scores)]
        return sum(losses) * (1.0 / len(losses)) + L2 * sum(p * p for p in self.parameters)


class ScalarDigits(ScalarMLP):
    """Softmax cross-entropy, the largest output taken off first."""

    problem: Digits

    def loss(self) -> Any:
        losses = [self.of_one(point, y) for point, y in zip(self.problem.points, self.problem.labels)]
        return sum(losses) * (1.0 / len(losses))

    def of_one(self, point: list[float], y: int) -> Any:
        outputs = self.outputs(point)
        largest = self.engine.largest(outputs)
        outputs = [z - largest for z in outputs]
        return self.engine.log(sum(map(self.engine.exp, outputs))) - outputs[y]


class ScalarGPT(Training):
    """One layer: attention over what came before, then a network, each beside a straight way past it."""

    problem: GPT

    def __init__(self, engine: Scalars, problem: GPT, parameters: list[Any] | None = None) -> None:
        super().__init__(engine, problem, parameters)
        left = iter(self.parameters)
        self.matrices = {
            name: [[next(left) for _ in range(columns)] for _ in range(rows)]
            for name, (rows, columns) in problem.shapes().items()
        }

    def loss(self) -> Any:
        keys: list[Any] = []
        values: list[Any] = []
        losses = []
        for place, (token, target) in enumerate(pairwise(self.problem.tokens)):
            chances = self.softmax(self.logits(token, place, keys, values))
            losses.append(-self.engine.log(chances[target]))
        return sum(losses) * (1.0 / len(losses))

    def logits(self, token: int, place: int, keys: list[Any], values: list[Any]) -> list[Any]:
        m = self.matrices
        x = self.norm(plus(m["tokens"][token], m["places"][place]))
        inside = self.norm(x)
        query = self.engine.times(m["query"], inside)
        keys.append(self.engine.times(m["key"], inside))
        values.append(self.engine.times(m["value"], inside))
        x = plus(x, self.engine.times(m["output"], self.attention(query, keys, values)))
        inside = [a.relu() for a in self.engine.times(m["up"], self.norm(x))]
        x = plus(x, self.engine.times(m["down"], inside))
        return self.engine.times(m["head"], x)

    def attention(self, query: list[Any], keys: list[Any], values: list[Any]) -> list[Any]:
        size = self.problem.width // self.problem.heads
        out = []
        for start in range(0, self.problem.width, size):
            head = slice(start, start + size)
            fits = self.engine.times([key[head] for key in keys], query[head])
            weights = self.softmax([fit * size**-0.5 for fit in fits])
            columns = [list(column) for column in zip(*(v[head] for v in values))]
            out += self.engine.times(columns, weights)
        return out

    def softmax(self, scores: list[Any]) -> list[Any]:
        largest = self.engine.largest(scores)
        powers = [self.engine.exp(s - largest) for s in scores]
        total = sum(powers)
        return [p / total for p in powers]

    def norm(self, x: list[Any]) -> list[Any]:
        scale = (self.engine.dot(x, x) * (1.0 / len(x)) + 1e-5) ** -0.5
        return [a * scale for a in x]


def plus(a: list[Any], b: list[Any]) -> list[Any]:
    return [x + y for x, y in zip(a, b)]


class ScalarChain:
    """Many operations in a row, forward and backward timed apart, and how long it takes to let go of them."""

    parts = ("forward", "backward", "release")

    def __init__(self, engine: Scalars, problem: Chain) -> None:
        self.engine, self.problem = engine, problem
        self.leaves = [engine.leaf(x) for x in (problem.start, problem.a, problem.b)]
        self.result: Any = None

    def forward(self) -> None:
        y, a, b = self.leaves
        for _ in range(self.problem.operations // 2):
            y = y * a + b
        self.result = y

    def backward(self) -> None:
        self.result.backward()

    def release(self) -> None:
        self.result = None

    def loss_and_gradient(self) -> tuple[float, list[float]]:
        self.engine.zero_grad(self.leaves)
        self.forward()
        self.backward()
        value = self.engine.data(self.result)
        self.release()
        return value, [self.engine.grad(leaf) for leaf in self.leaves]


class ScalarPowers(ScalarChain):
    """One node an operation, all of them alive at once: for the memory they take."""

    def __init__(self, engine: Scalars, problem: Powers) -> None:
        self.engine, self.problem = engine, problem
        self.leaves = [engine.leaf(problem.x)]
        self.result = None

    def forward(self) -> None:
        y = x = self.leaves[0]
        for _ in range(self.problem.operations):
            y = y * x
        self.result = y


PROBLEMS = {
    "moons": ScalarMoons,
    "digits": ScalarDigits,
    "gpt": ScalarGPT,
    "chain": ScalarChain,
    "powers": ScalarPowers,
}
