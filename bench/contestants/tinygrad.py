"""tinygrad on the CPU: operation by operation, and with its step recorded once and replayed."""

from __future__ import annotations

import os
from itertools import pairwise
from typing import Any

os.environ.setdefault("DEV", "CPU")

import numpy as np
from tinygrad import Tensor, TinyJit, dtypes

from bench.problems import L2, RATE

try:
    Tensor([1.0]).sum().item()
except Exception as error:
    raise ImportError("tinygrad compiles with clang, and finds none on this machine") from error


class Lazy:
    parts = ("step",)

    def __init__(self, kind: str, problem: Any, jit: bool) -> None:
        if kind != "moons":
            raise NotImplementedError(kind)
        self.arrays: list[Tensor] = []
        left = np.array(problem.parameters)
        for n, m in pairwise(problem.sizes):
            block, left = left[: m * (n + 1)].reshape(m, n + 1), left[m * (n + 1) :]
            for array in (block[:, :n].T.copy(), block[:, n].copy()):
                self.arrays.append(Tensor(array, dtype=dtypes.float64).realize())
        self.points = Tensor(np.array(problem.points), dtype=dtypes.float64).realize()
        self.labels = Tensor(np.array(problem.labels, float), dtype=dtypes.float64).realize()
        self.run = TinyJit(self.one_step) if jit else self.one_step

    def loss(self) -> Tensor:
        x = self.points
        for i in range(0, len(self.arrays), 2):
            x = x @ self.arrays[i] + self.arrays[i + 1]
            if i < len(self.arrays) - 2:
                x = x.relu()
        data_loss = (1 - self.labels * x[:, 0]).relu().mean()
        return data_loss + L2 * sum((p * p).sum() for p in self.arrays)

    def one_step(self) -> Tensor:
        loss = self.loss()
        slopes = loss.gradient(*self.arrays)
        for p, slope in zip(self.arrays, slopes):
            p.assign(p - RATE * slope)
        return loss.realize(*self.arrays)

    def step(self) -> None:
        self.run().item()

    def loss_and_gradient(self) -> tuple[float, list[float]]:
        loss = self.loss()
        slopes = [slope.numpy() for slope in loss.gradient(*self.arrays)]
        blocks = [np.column_stack([w.T, b]).ravel() for w, b in zip(slopes[::2], slopes[1::2])]
        return loss.item(), np.concatenate(blocks).tolist()


def eager(kind: str, problem: Any) -> Lazy:
    return Lazy(kind, problem, jit=False)


def jitted(kind: str, problem: Any) -> Lazy:
    return Lazy(kind, problem, jit=True)
