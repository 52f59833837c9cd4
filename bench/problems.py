"""The problems: the same numbers for every contestant, from the standard library alone.

Parameters are one flat list, neuron by neuron: its weights, then its bias.
"""

from __future__ import annotations

import math
import random
from itertools import pairwise
from typing import Any, NamedTuple

L2 = 1e-4
# So small that every step of a run finds nearly the same network, and no step is easier than another.
RATE = 1e-3


class Moons(NamedTuple):
    """Two half circles, a network for them, and one full batch."""

    points: list[list[float]]
    labels: list[int]  # -1 or 1
    sizes: list[int]
    parameters: list[float]
    dtype: str


def moons(batch: int = 100, hidden: int = 16, dtype: str = "float64") -> Moons:
    """Draws the points as scikit-learn's `make_moons(noise=0.1)` does, and the parameters of an MLP."""
    rng = random.Random(1)
    points, labels = [], []
    for i in range(batch):
        outer = i < batch // 2
        angle = math.pi * (i if outer else i - batch // 2) / max(1, batch // 2 - 1)
        x, y = (math.cos(angle), math.sin(angle)) if outer else (1 - math.cos(angle), 0.5 - math.sin(angle))
        points.append([x + rng.gauss(0.0, 0.1), y + rng.gauss(0.0, 0.1)])
        labels.append(-1 if outer else 1)
    sizes = [2, hidden, hidden, 1]
    return Moons(points, labels, sizes, mlp_parameters(sizes), dtype)


def mlp_parameters(sizes: list[int]) -> list[float]:
    rng = random.Random(2)
    parameters = []
    for n, m in pairwise(sizes):
        bound = (6.0 / n) ** 0.5
        for _ in range(m):
            parameters += [rng.uniform(-bound, bound) for _ in range(n)] + [rng.uniform(-1.0, 1.0)]
    return parameters


class Digits(NamedTuple):
    """Images of digits, and a network with ten outputs."""

    points: list[list[float]]
    labels: list[int]  # 0 to 9
    sizes: list[int]
    parameters: list[float]


def digits(batch: int = 32) -> Digits:
    """The first images of `sklearn.datasets.load_digits`, scaled to 0..1."""
    points, labels = digits_table()
    sizes = [64, 32, 10]
    return Digits(points[:batch], labels[:batch], sizes, mlp_parameters(sizes))


def digits_table() -> tuple[list[list[float]], list[int]]:
    """All 1797 images, without an import of scikit-learn's whole (only its data file is read)."""
    import csv
    import gzip
    from importlib.util import find_spec
    from pathlib import Path

    (place,) = find_spec("sklearn").submodule_search_locations
    with gzip.open(Path(place) / "datasets" / "data" / "digits.csv.gz", "rt") as file:
        rows = [[float(x) for x in row] for row in csv.reader(file)]
    return [[x / 16.0 for x in row[:-1]] for row in rows], [int(row[-1]) for row in rows]


class Chain(NamedTuple):
    """y = y * a + b, over and over: half as many rounds as operations."""

    operations: int
    start: float
    a: float
    b: float


def chain(operations: int = 100_000) -> Chain:
    return Chain(operations, 0.5, 0.999, 0.002)


class Powers(NamedTuple):
    """y = y * x, over and over: one node an operation."""

    operations: int
    x: float


def powers(operations: int = 1_000_000) -> Powers:
    return Powers(operations, 1.0)


class GPT(NamedTuple):
    """A transformer of one layer; the matrices stand one after the other, row by row."""

    tokens: list[int]  # predict each from those before it
    vocabulary: int
    width: int
    heads: int
    block: int
    parameters: list[float]

    def shapes(self) -> dict[str, tuple[int, int]]:
        v, w = self.vocabulary, self.width
        square = (w, w)
        return {
            "tokens": (v, w),
            "places": (self.block, w),
            "query": square,
            "key": square,
            "value": square,
            "output": square,
            "up": (4 * w, w),
            "down": (w, 4 * w),
            "head": (v, w),
        }


def gpt(tokens: int = 8, vocabulary: int = 27, width: int = 16, heads: int = 4, block: int = 16) -> GPT:
    """4192 parameters as it stands; the text is `tokens` letters long, and one more to be predicted."""
    rng = random.Random(3)
    text = [rng.randrange(vocabulary) for _ in range(tokens + 1)]
    empty = GPT(text, vocabulary, width, heads, block, [])
    count = sum(rows * columns for rows, columns in empty.shapes().values())
    return empty._replace(parameters=[rng.gauss(0.0, 0.08) for _ in range(count)])


PROBLEMS: dict[str, Any] = {"moons": moons, "digits": digits, "chain": chain, "powers": powers, "gpt": gpt}
