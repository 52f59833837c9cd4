"""HIPS autograd: numpy with a tape. Its import name is ours too, so its process does not see ours."""

from __future__ import annotations

from typing import Any

import autograd.numpy as np

from autograd import value_and_grad
from bench.contestants.numpy import back, into, split
from bench.problems import L2, RATE


class Tape:
    parts = ("step",)

    def __init__(self, kind: str, problem: Any) -> None:
        if kind != "moons":
            raise NotImplementedError(kind)
        self.sizes = problem.sizes
        self.points, self.labels = np.array(problem.points), np.array(problem.labels)
        self.theta = np.empty(len(problem.parameters))
        into(self.theta, problem.parameters, problem.sizes)
        self.layers = [tuple(layer) for layer in split(self.theta, self.sizes)]
        self.both = value_and_grad(self.loss)

    def loss(self, layers: Any) -> Any:
        x = self.points
        for i, (weights, bias) in enumerate(layers):
            x = x @ weights + bias
            if i < len(layers) - 1:
                x = np.maximum(x, 0.0)
        data_loss = np.mean(np.maximum(1 - self.labels * x[:, 0], 0.0))
        return data_loss + L2 * sum(np.sum(w * w) + np.sum(b * b) for w, b in layers)

    def step(self) -> None:
        _, slopes = self.both(self.layers)
        for layer, slope in zip(self.layers, slopes):
            for array, change in zip(layer, slope):
                array[:] -= RATE * change

    def loss_and_gradient(self) -> tuple[float, list[float]]:
        loss, slopes = self.both(self.layers)
        flat = np.concatenate([np.concatenate([w.ravel(), b]) for w, b in slopes])
        return float(loss), back(flat, self.sizes)


tape = Tape
