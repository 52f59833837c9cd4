"""JAX: the step as one compiled function, and operation by operation."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from bench.problems import L2, RATE

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_platforms", "cpu")


def scores_of(layers: Any, x: Any) -> Any:
    *hidden, (weights, bias) = layers
    for w, b in hidden:
        x = jax.nn.relu(x @ w + b)
    return x @ weights + bias


def hinge(layers: Any, points: Any, labels: Any) -> Any:
    scores = scores_of(layers, points)[:, 0]
    return jax.nn.relu(1 - labels * scores).mean() + L2 * sum(
        (w * w).sum() + (b * b).sum() for w, b in layers
    )


def cross_entropy(layers: Any, points: Any, labels: Any) -> Any:
    logs = jax.nn.log_softmax(scores_of(layers, points))
    return -jnp.take_along_axis(logs, labels[:, None], 1).mean()


LOSSES = {"moons": hinge, "digits": cross_entropy}


class Arrays:
    parts = ("step",)

    def __init__(self, kind: str, problem: Any, jit: bool) -> None:
        dtype = np.dtype(getattr(problem, "dtype", "float64"))
        self.both = jax.value_and_grad(LOSSES[kind])
        if jit:
            self.both = jax.jit(self.both)
        self.update = jax.jit(self.one_step) if jit else self.one_step
        self.layers, left = [], np.array(problem.parameters)
        for n, m in pairwise(problem.sizes):
            block, left = left[: m * (n + 1)].reshape(m, n + 1), left[m * (n + 1) :]
            self.layers.append((jnp.array(block[:, :n].T, dtype), jnp.array(block[:, n], dtype)))
        self.points = jnp.array(problem.points, dtype)
        self.labels = jnp.array(problem.labels, dtype if kind == "moons" else int)

    def one_step(self, layers: Any, points: Any, labels: Any) -> Any:
        loss, slopes = self.both(layers, points, labels)
        return loss, jax.tree.map(lambda p, slope: p - RATE * slope, layers, slopes)

    def step(self) -> None:
        loss, self.layers = self.update(self.layers, self.points, self.labels)
        jax.block_until_ready((loss, self.layers))

    def loss_and_gradient(self) -> tuple[float, list[float]]:
        loss, slopes = self.both(self.layers, self.points, self.labels)
        blocks = [np.column_stack([np.asarray(w).T, np.asarray(b)]).ravel() for w, b in slopes]
        return float(loss), np.concatenate(blocks).tolist()


def jitted(kind: str, problem: Any) -> Arrays:
    return Arrays(kind, problem, jit=True)


def eager(kind: str, problem: Any) -> Arrays:
    return Arrays(kind, problem, jit=False)
