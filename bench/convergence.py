"""How often, and how soon, the training program of the book reaches 100 % on two moons.

Every row trains the same networks on the same data: pair number i draws the moons with `random_state=i`, and
the network after `random.seed(i)`. "ends at 100 %" is the accuracy of the final parameters on all 100 points.
"first at 100 %" is the median, over all pairs, of the first epoch (counted from 1) whose accuracy was 100 %.

    python bench/convergence.py --pairs 100
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable
from functools import partial
from multiprocessing import Pool
from statistics import median
from typing import Any, NamedTuple

import numpy as np
from sklearn.datasets import make_moons

from autograd import optim
from autograd.grad import ValueNode
from autograd.nn import MLP

NEVER = float("inf")

WAYS: dict[str, dict[str, Any]] = {
    "the default: Adam 0.1, held, then linear": {},
    "Adam 0.1, constant": {"schedule": None},
    "Adam 0.1, betas 0.9 and 0.999": {"optimizer": partial(optim.Adam, betas=(0.9, 0.999))},
    "Nadam 0.1": {"optimizer": "nadam"},
    "RMSprop 0.05": {"optimizer": "rmsprop"},
    "SGD 0.3, Nesterov 0.9": {"optimizer": partial(optim.SGD, lr=0.3, momentum=0.9, nesterov=True)},
    "SGD 1.0, linear to 0.1": {"optimizer": "sgd", "lr": 1.0, "schedule": optim.linear(end=0.1)},
}


class Outcome(NamedTuple):
    """What one training run came to."""

    accuracy: float  # of the final parameters
    first: float  # the first epoch at 100 %
    loss: float


def closure(model: MLP, points: Any, labels: Any) -> Callable[..., Any]:
    """The loss of the contract: hinge loss of every score, and a little L2."""

    def loss(batch_size: int | None = None) -> tuple[ValueNode, float]:
        chosen = np.random.permutation(len(points))[:batch_size] if batch_size else range(len(points))
        scores = [model(list(map(ValueNode, points[i]))) for i in chosen]
        wanted = [labels[i] for i in chosen]
        losses = [(1 + -yi * scorei).relu() for yi, scorei in zip(wanted, scores)]
        data_loss = sum(losses) * (1.0 / len(losses))
        reg_loss = 1e-4 * sum(p * p for p in model.parameters())
        accuracy = [(yi > 0) == (scorei.value > 0) for yi, scorei in zip(wanted, scores)]
        return data_loss + reg_loss, sum(accuracy) / len(accuracy)

    return loss


def outcome(way: str, seed: int) -> Outcome:
    """Trains one pair of data and network in one way."""
    points, classes = make_moons(n_samples=100, noise=0.1, random_state=seed)
    random.seed(seed)
    model = MLP(2, [16, 16, 1])
    loss = closure(model, points, classes * 2 - 1)
    history = model.train(loss, **{"epochs": 50, "schedule": True, **WAYS[way]})
    node, accuracy = loss()
    full = (epoch for epoch, a in enumerate(history.accuracy, 1) if a == 1.0)
    return Outcome(float(accuracy), next(full, NEVER), node.value)


def row(way: str, runs: list[Outcome]) -> str:
    ended = sum(run.accuracy == 1.0 for run in runs) / len(runs)
    first = median(run.first for run in runs)
    worst = min(run.accuracy for run in runs)
    loss = median(run.loss for run in runs)
    return f"{way:42}{ended:10.0%}{first if first < NEVER else 'never':>12}{worst:10.0%}{loss:12.4f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0].replace("%", "%%"))
    parser.add_argument("--pairs", type=int, default=100, help="how many pairs of seeds (100)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (0)")
    parser.add_argument("--only", default="", help="only the ways whose name has this in it")
    arguments = parser.parse_args()
    print(f"{'way of training':42}{'ends at':>10}{'first at':>12}{'worst':>10}{'median':>12}")
    print(f"{'':42}{'100 %':>10}{'100 %':>12}{'end':>10}{'loss':>12}")
    seeds = range(arguments.first, arguments.first + arguments.pairs)
    with Pool(2) as pool:
        for way in (way for way in WAYS if arguments.only.lower() in way.lower()):
            print(row(way, pool.map(partial(outcome, way), seeds, chunksize=1)), flush=True)


if __name__ == "__main__":
    main()
