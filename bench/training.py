"""How many steps of plain SGD the network for digits needs."""

from __future__ import annotations

import random
from time import perf_counter
from typing import Any

import numpy as np

from bench.contestants.numpy import ByHand
from bench.contests import TRAINING
from bench.problems import digits, digits_table

RATE = 0.5


def to_accuracy(batch: int, goal: float = 0.97, epochs: int = 200) -> dict[str, Any]:
    """Trains by hand-written numpy until that share of the images not seen is read rightly."""
    points, labels = map(np.array, digits_table())
    order = list(range(len(points)))
    random.Random(4).shuffle(order)
    train, test = order[:TRAINING], order[TRAINING:]
    network = ByHand("digits", digits(batch))
    network.rate = RATE
    images, wanted = points[test], labels[test]
    rng, steps, seconds, accuracy = np.random.default_rng(5), 0, 0.0, 0.0
    epoch = 0
    while accuracy < goal and epoch < epochs:
        epoch += 1
        start = perf_counter()
        mixed = rng.permutation(train)
        for at in range(0, TRAINING - batch + 1, batch):
            chosen = mixed[at : at + batch]
            network.points, network.labels = points[chosen], labels[chosen]
            network.step()
            steps += 1
        seconds += perf_counter() - start
        accuracy = float((network.scores(images).argmax(1) == wanted).mean())
    return {
        "reached": accuracy >= goal,
        "accuracy": round(accuracy, 4),
        "goal": goal,
        "rate": RATE,
        "epochs": epoch,
        "steps": steps,
        "seconds": float(f"{seconds:.4g}"),
    }
