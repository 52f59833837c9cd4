"""PyTorch: one tensor a number, and tensors of whole batches."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch

from bench.contestants import scalars
from bench.problems import L2, RATE

torch.set_num_threads(1)


class ZeroDim(scalars.Scalars):
    """Tensors without dimensions, in the place of numbers."""

    def leaf(self, x: float) -> torch.Tensor:
        return torch.tensor(x, dtype=torch.float64, requires_grad=True)

    def data(self, node: torch.Tensor) -> float:
        return node.item()

    def grad(self, node: torch.Tensor) -> float:
        return 0.0 if node.grad is None else node.grad.item()

    def zero_grad(self, parameters: list[torch.Tensor]) -> None:
        for p in parameters:
            p.grad = None

    def descend(self, parameters: list[torch.Tensor]) -> None:
        with torch.no_grad():
            for p in parameters:
                if p.grad is not None:
                    p.sub_(RATE * p.grad)


class Tensors:
    """The network as one writes it in PyTorch; L2 in the loss, or as the optimiser's own weight decay."""

    parts = ("step",)

    def __init__(self, kind: str, problem: Any, fused: bool) -> None:
        dtype = getattr(torch, getattr(problem, "dtype", "float64"))
        layers: list[torch.nn.Module] = []
        for n, m in pairwise(problem.sizes):
            layers += [torch.nn.Linear(n, m, dtype=dtype), torch.nn.ReLU()]
        self.model = torch.nn.Sequential(*layers[:-1])
        self.linears = layers[::2]
        left = torch.tensor(problem.parameters, dtype=torch.float64)
        with torch.no_grad():
            for linear in self.linears:
                m, n = linear.weight.shape
                block, left = left[: m * (n + 1)].reshape(m, n + 1), left[m * (n + 1) :]
                linear.weight.copy_(block[:, :n])
                linear.bias.copy_(block[:, n])
        self.kind, self.decay = kind, kind == "moons"
        self.points = torch.tensor(problem.points, dtype=dtype)
        self.labels = torch.tensor(problem.labels, dtype=dtype if kind == "moons" else torch.long)
        self.fused = fused
        options = {"fused": True, "weight_decay": 2 * L2 * self.decay} if fused else {}
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=RATE, **options)

    def loss(self) -> torch.Tensor:
        if self.kind == "digits":
            return torch.nn.functional.cross_entropy(self.model(self.points), self.labels)
        scores = self.model(self.points)[:, 0]
        data_loss = (1 - self.labels * scores).relu().mean()
        if self.fused:
            return data_loss
        return data_loss + L2 * sum((p * p).sum() for p in self.model.parameters())

    def step(self) -> None:
        loss = self.loss()
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()

    def loss_and_gradient(self) -> tuple[float, list[float]]:
        loss = self.loss()
        self.optimizer.zero_grad()
        loss.backward()
        value, gradient = loss.item(), []
        for linear in self.linears:
            block = torch.cat([linear.weight.grad, linear.bias.grad[:, None]], 1)
            here = torch.cat([linear.weight, linear.bias[:, None]], 1).detach()
            if self.fused and self.decay:
                block = block + 2 * L2 * here
                value += L2 * (here * here).sum().item()
            gradient += block.flatten().tolist()
        return value, gradient


def zero_dim(kind: str, problem: Any) -> Any:
    return scalars.PROBLEMS[kind](ZeroDim(), problem)


def as_written(kind: str, problem: Any) -> Tensors:
    return Tensors(kind, problem, fused=False)


def fused(kind: str, problem: Any) -> Tensors:
    return Tensors(kind, problem, fused=True)
