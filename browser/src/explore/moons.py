"""Two moons, and a network that learns to part them, an epoch at a time."""

import math
import random
from itertools import pairwise

from autograd.compile import compile
from autograd.nn import MLP
from autograd.optim import Adam
from literate.canvas import Canvas

RATES = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0]
CONTROLS = [
    {"name": "rate", "label": "Learning rate", "min": 0, "max": len(RATES) - 1, "step": 1, "value": 3},
    {"name": "width", "label": "Neurons in a layer", "min": 1, "max": 16, "step": 1, "value": 16},
]
MOVES = 40  # the picture in the book is the one after so many epochs
LAST = 200

ACROSS = [-1.6 + 4.3 * k / 42 for k in range(43)]
UP = [-1.2 + 2.8 * k / 28 for k in range(29)]


def moons(each=50, noise=0.1):
    """Two bows of points, labelled -1 and 1, that reach into each other."""
    rng = random.Random(1)
    for k in range(each):
        turn = math.pi * k / (each - 1)
        x, y = math.cos(turn), math.sin(turn)
        yield [x + rng.gauss(0, noise), y + rng.gauss(0, noise)], -1.0
        yield [1 - x + rng.gauss(0, noise), 0.5 - y + rng.gauss(0, noise)], 1.0


X, Y = map(list, zip(*moons(), strict=True))


def hinge(model, x, y):
    """The loss of one example: it wants a margin of 1."""
    return (1 - y * model(x)).relu()


def score(model, x):
    """What the model answers; its sign is the guess."""
    return model(x)


class Run:
    """A training run so far: the engine records loss and score once, and compiles both."""

    def __init__(self, width):
        self.width = width
        self.model = MLP(2, [width, width, 1], seed=1)
        self.optimizer = Adam(self.model.parameters(), lr=RATES[0])
        self.loss = compile(hinge, self.model, X[0], Y[0], batched=(1, 2))
        self.score = compile(score, self.model, X[0], batched=1)
        self.losses = []
        self.look()

    def look(self):
        """Note loss, gradient and accuracy as they are."""
        loss, (self.gradient,) = self.loss.value_and_grad(self.model, X, Y)
        self.losses.append(loss)
        right = [answer * y > 0 for answer, y in zip(self.score(self.model, X), Y, strict=True)]
        self.accuracy = sum(right) / len(right)

    def step(self, rate):
        """One step down."""
        for parameter, slope in zip(self.model.parameters(), self.gradient, strict=True):
            parameter.grad = slope
        self.optimizer.lr = rate
        self.optimizer.step()
        self.look()


run = None


def again(values):
    """Begin with fresh weights."""
    global run  # noqa: PLW0603
    run = Run(int(values["width"]))


def move(values):
    """Go on by one epoch."""
    if run is None or run.width != int(values["width"]):
        again(values)
    if len(run.losses) <= LAST:
        run.step(RATES[int(values["rate"])])


def cells():
    """Each cell of the grid: its corners with the score at each. Cells of one sign are joined along a row."""
    scores = iter(run.score(run.model, [[x, y] for y in UP for x in ACROSS]))
    rows = [[(x, y, next(scores)) for x in ACROSS] for y in UP]
    for low, high in pairwise(rows):
        start = 0
        for i in range(1, len(ACROSS)):
            signs = {corner[2] > 0 for corner in (*low[i - 1 : i + 2], *high[i - 1 : i + 2])}
            if len(signs) > 1 or i == len(ACROSS) - 1:
                yield low[start], low[i], high[i], high[start]
                start = i


def cut(corners):
    """The part of a cell with a positive score, and the points of its edge at which the score is 0."""
    shape, ends = [], []
    for (x, y, a), (u, v, b) in zip(corners, [*corners[1:], corners[0]], strict=True):
        if a > 0:
            shape.append((x, y))
        if (a > 0) != (b > 0):
            t = a / (a - b)
            ends.append((x + t * (u - x), y + t * (v - y)))
            shape.append(ends[-1])
    return shape, ends


def boundary():
    """The plane as the network sees it: a colour for each guess, a line between them, the points."""
    canvas = Canvas((ACROSS[0], ACROSS[-1]), (UP[0], UP[-1]))
    numbers = [(k, f"{k}".replace("-", "−")) for k in (-1, 0, 1, 2)]
    canvas.axes("x₁", "x₂", numbers, numbers[:3])
    canvas.polygon([(-9, -9), (9, -9), (9, 9), (-9, 9)], "ground one")
    cuts = [cut(corners) for corners in cells()]
    canvas.shapes([shape for shape, _ in cuts if shape], "ground two")
    canvas.segments([(ends[0], ends[1]) for _, ends in cuts if ends], "ink")
    for (x, y), label in zip(X, Y, strict=True):
        if label < 0:
            canvas.dot(x, y, "one", 3)
        else:
            canvas.triangle(x, y, "two", 3.4)
    return canvas.svg(
        f"Two moons of fifty points each, and the regions that the network gives to them after {epochs()}. "
        f"{run.accuracy:.0%} of the points lie in a region of their own colour."
    )


def curve():
    """The loss, epoch by epoch."""
    end = max(MOVES, len(run.losses) - 1)
    top = max(1.2, *run.losses[:2])
    canvas = Canvas((0, end), (0, top))
    numbers = [(x, str(x)) for x in (0, end // 2, end)]
    canvas.axes("epoch", "loss", numbers, [(0, "0"), (0.5, "0.5"), (1, "1")])
    canvas.line(list(enumerate(run.losses)), "three")
    canvas.dot(len(run.losses) - 1, run.losses[-1], "three", 5)
    return canvas.svg(f"The loss against the epoch: {run.losses[0]:.3f} at first, {run.losses[-1]:.3f} now.")


def epochs():
    """How many there were, in words."""
    count = len(run.losses) - 1
    return "1 epoch" if count == 1 else f"{count} epochs"


def view(values):
    """The pictures, the numbers and the words for the run as it stands."""
    if run is None or run.width != int(values["width"]):
        again(values)
    rate, loss = RATES[int(values["rate"])], f"{run.losses[-1]:.4f}"
    return {
        "pictures": [boundary(), curve()],
        "table": [
            ["", "epoch", "loss", "accuracy", "parameters"],
            ["", str(len(run.losses) - 1), loss, f"{run.accuracy:.0%}", str(len(run.gradient))],
        ],
        "texts": {"rate": f"{rate:g}", "width": f"{run.width}"},
        "says": f"After {epochs()}: loss {loss}, accuracy {run.accuracy:.0%}.",
        "done": len(run.losses) > LAST,
    }
