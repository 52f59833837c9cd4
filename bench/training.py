"""Training on digits: how many steps plain SGD needs, and how long `fit` takes."""

from __future__ import annotations

import random
from time import perf_counter
from typing import Any

import numpy as np

from autograd.losses import cross_entropy
from autograd.nn import MLP
from bench.contestants.numpy import ByHand
from bench.contests import TRAINING
from bench.problems import digits, digits_table

RATE = 0.5
EPOCHS, LEARNING_RATE = 15, 0.01  # of fit, with Adam


def to_accuracy(batch: int, goal: float = 0.97, epochs: int = 200) -> dict[str, Any]:
    """Trains by hand-written numpy until that share of the images not seen is read rightly."""
    points, labels = map(np.array, digits_table())
    train, test = shares()
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


def by_fit(batch: int, goal: float = 0.97) -> dict[str, Any]:
    """Trains as a user would: one call, which compiles the network and then runs through all epochs."""
    points, labels = digits_table()
    train, test = shares()
    model = MLP(64, [32, 10], seed=0)
    start = perf_counter()
    model.fit(
        [points[i] for i in train],
        [labels[i] for i in train],
        loss=cross_entropy,
        epochs=EPOCHS,
        batch_size=batch,
        seed=0,
        progress=False,
        lr=LEARNING_RATE,
    )
    seconds = perf_counter() - start
    scores = model.predict([points[i] for i in test])
    accuracy = float((scores.argmax(1) == [labels[i] for i in test]).mean())
    return {
        "reached": accuracy >= goal,
        "accuracy": round(accuracy, 4),
        "goal": goal,
        "epochs": EPOCHS,
        "seconds": float(f"{seconds:.4g}"),
    }


def shares() -> tuple[list[int], list[int]]:
    """The places of the images to learn from, and of those to be tested with."""
    order = list(range(len(digits_table()[0])))
    random.Random(4).shuffle(order)
    return order[:TRAINING], order[TRAINING:]
