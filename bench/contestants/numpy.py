"""numpy by hand: the gradient worked out on paper, every array made once, one vector of all parameters."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from bench.problems import L2, RATE


def split(flat: Any, sizes: list[int]) -> list[tuple[Any, Any]]:
    """Cuts a flat vector into (weights, bias) of each layer, as views; weights are (inputs, outputs)."""
    pieces, at = [], 0
    for n, m in pairwise(sizes):
        pieces.append((flat[at : at + n * m].reshape(n, m), flat[at + n * m : at + (n + 1) * m]))
        at += (n + 1) * m
    return pieces


def into(flat: Any, parameters: list[float], sizes: list[int]) -> None:
    """Fills a vector of this layout from the flat list of the problem."""
    left = np.array(parameters)
    for weights, bias in split(flat, sizes):
        n, m = weights.shape
        block, left = left[: m * (n + 1)].reshape(m, n + 1), left[m * (n + 1) :]
        weights[:], bias[:] = block[:, :n].T, block[:, n]


def back(flat: Any, sizes: list[int]) -> list[float]:
    """Returns the flat list of the problem's order."""
    blocks = [np.column_stack([weights.T, bias]).ravel() for weights, bias in split(flat, sizes)]
    return np.concatenate(blocks).tolist()


class ByHand:
    parts = ("step",)

    def __init__(self, kind: str, problem: Any) -> None:
        dtype = np.dtype(getattr(problem, "dtype", "float64"))
        self.kind, self.sizes = kind, problem.sizes
        self.decay = dtype.type(2 * L2 if kind == "moons" else 0.0)
        count = len(problem.parameters)
        self.theta, self.slope = np.empty(count, dtype), np.empty(count, dtype)
        self.spare = np.empty(count, dtype)
        into(self.theta, problem.parameters, problem.sizes)
        self.layers, self.slopes = split(self.theta, self.sizes), split(self.slope, self.sizes)
        self.points = np.array(problem.points, dtype)
        n = len(problem.points)
        self.rate, self.share = dtype.type(RATE), dtype.type(1.0 / n)
        self.outs = [np.empty((n, m), dtype) for m in self.sizes[1:]]
        self.adjoints = [np.empty((n, m), dtype) for m in self.sizes[1:]]
        self.alive = [np.empty((n, m), bool) for m in self.sizes[1:-1]]
        self.labels = np.array(problem.labels)
        if kind == "moons":
            self.signs = self.labels.astype(dtype)[:, None]
            self.shares = -self.signs * self.share
            self.margin = np.empty((n, 1), dtype)
        self.rows = np.arange(n)

    def forward(self) -> Any:
        x, last = self.points, len(self.layers) - 1
        for i, (weights, bias) in enumerate(self.layers):
            z = self.outs[i]
            np.matmul(x, weights, out=z)
            z += bias
            if i < last:
                np.greater(z, 0, out=self.alive[i])
                np.maximum(z, 0, out=z)
            x = z
        return x

    def scores(self, x: Any) -> Any:
        """The outputs for any number of points, in arrays of their own."""
        *hidden, (last, last_bias) = self.layers
        for weights, bias in hidden:
            x = np.maximum(x @ weights + bias, 0)
        return x @ last + last_bias

    def hinge(self, scores: Any) -> float:
        """The loss, and the slope of it towards the scores."""
        np.multiply(self.signs, scores, out=self.margin)
        np.subtract(1, self.margin, out=self.margin)
        np.maximum(self.margin, 0, out=self.margin)
        np.multiply(self.margin > 0, self.shares, out=self.adjoints[-1])
        return self.margin.sum() * self.share + self.theta @ self.theta * (self.decay / 2)

    def cross_entropy(self, scores: Any) -> float:
        adjoint = self.adjoints[-1]
        np.subtract(scores, scores.max(1, keepdims=True), out=scores)
        np.exp(scores, out=adjoint)
        totals = adjoint.sum(1, keepdims=True)
        loss = (np.log(totals[:, 0]) - scores[self.rows, self.labels]).sum() * self.share
        adjoint /= totals
        adjoint[self.rows, self.labels] -= 1
        adjoint *= self.share
        return loss

    def value_and_slope(self) -> float:
        scores = self.forward()
        loss = self.hinge(scores) if self.kind == "moons" else self.cross_entropy(scores)
        for i in reversed(range(len(self.layers))):
            x = self.outs[i - 1] if i else self.points
            adjoint, (weights, bias) = self.adjoints[i], self.slopes[i]
            np.matmul(x.T, adjoint, out=weights)
            np.add.reduce(adjoint, 0, out=bias)
            if i:
                before = self.adjoints[i - 1]
                np.matmul(adjoint, self.layers[i][0].T, out=before)
                before *= self.alive[i - 1]
        if self.decay:
            np.multiply(self.theta, self.decay, out=self.spare)
            self.slope += self.spare
        return loss

    def step(self) -> None:
        self.value_and_slope()
        np.multiply(self.slope, self.rate, out=self.spare)
        self.theta -= self.spare

    def loss_and_gradient(self) -> tuple[float, list[float]]:
        return float(self.value_and_slope()), back(self.slope, self.sizes)


by_hand = ByHand
