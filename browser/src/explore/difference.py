"""The slope of the sine at 1 by differences: a slider for the step, and the error that it leaves."""

import math

from autograd.grad import ValueNode
from autograd.rules import sin
from literate.canvas import Canvas, power

CONTROLS = [{"name": "k", "label": "Step h, a power of 2", "min": -52, "max": 0, "step": 1, "value": -1}]

X = 1.0
POINTS = [X + k / 2**16 for k in range(64)]
STEPS = [2.0**k for k in range(-52, 1)]
FLOOR = 1e-14  # the picture ends there; an error of 0 has no logarithm


def backward(x):
    """The slope as the engine finds it, by one walk back."""
    node = ValueNode(x)
    sin(node).backward()
    return node.grad


def forward(x, h):
    """A step to one side."""
    return (sin(x + h) - sin(x)) / h


def central(x, h):
    """A step to both sides."""
    return (sin(x + h) - sin(x - h)) / (2 * h)


EXACT = [backward(x) for x in POINTS]
WAYS = {"forward": (forward, "one"), "central": (central, "two")}


def worst(way, h):
    """The largest error among the points near 1."""
    return max(abs(way(x, h) - exact) for x, exact in zip(POINTS, EXACT, strict=True))


WORST = {name: [worst(way, h) for h in STEPS] for name, (way, _) in WAYS.items()}


def lines(slopes, h):
    """The curve, and the straight line that each way takes for its tangent."""
    canvas = Canvas((-0.5, 2.5), (-0.6, 1.8))
    ticks = [(x, f"{x:g}") for x in (0, 1, 2)]
    canvas.axes("x", "sin x", ticks, [(0, "0"), (1, "1")])
    canvas.line([(x / 50, math.sin(x / 50)) for x in range(-25, 126)], "curve")
    for name, (_, ink) in WAYS.items():
        left = X if name == "forward" else X - h
        start, slope = math.sin(left), slopes[name]
        canvas.line([(x, start + slope * (x - left)) for x in (-0.5, 2.5)], ink)
        for x in (left, X + h):
            canvas.dot(x, math.sin(x), ink)
    canvas.dot(X, math.sin(X), "ink")
    return canvas.svg(
        f"The sine around 1, and two lines through points at distance {h:.1e}: the forward "
        f"line has slope {slopes['forward']:.4f}, the central one {slopes['central']:.4f}."
    )


def errors(found, h):
    """The V: worst error against step; the dots are the errors at 1 with this step."""
    canvas = Canvas((-16.0, 0.3), (math.log10(FLOOR), 0.6))
    canvas.axes(
        "step h",
        "error of the slope",
        [(k, power(k)) for k in (-15, -10, -5, 0)],
        [(k, power(k)) for k in (-12, -8, -4, 0)],
    )
    at = math.log10(h)
    canvas.line([(at, -99), (at, 99)], "quiet")
    for name, (_, ink) in WAYS.items():
        canvas.line([(math.log10(s), log(e)) for s, e in zip(STEPS, WORST[name], strict=True)], ink)
    for name, (_, ink) in WAYS.items():
        canvas.dot(at, log(found[name]), ink, 5)
    return canvas.svg(
        "Error against step on logarithmic axes: a V for each difference, the central one deeper. "
        f"At this step, {h:.1e}, the dots stand at {found['forward']:.1e} and {found['central']:.1e}."
    )


def log(error):
    """The height of an error in the picture."""
    return math.log10(max(error, FLOOR))


def view(values):
    """The pictures, the numbers and the words for a step of 2 to the power k."""
    h = 2.0 ** values["k"]
    exact = backward(X)
    slopes = {name: way(X, h) for name, (way, _) in WAYS.items()}
    found = {name: abs(slope - exact) for name, slope in slopes.items()}
    rows = [[ink, name, f"{slopes[name]:.15f}", f"{found[name]:.1e}"] for name, (_, ink) in WAYS.items()]
    return {
        "pictures": [lines(slopes, h), errors(found, h)],
        "table": [
            ["", "", "slope at 1", "off by"],
            *rows,
            ["", "backward", f"{exact:.15f}", ""],
        ],
        "texts": {"k": f"h = {h:.1e}"},
        "says": f"Step {h:.1e}: forward is off by {found['forward']:.1e}, central by {found['central']:.1e}.",
    }
