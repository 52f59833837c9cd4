"""One neuron over the plane: sliders for its weights and bias, and its gradient at a point."""

import math

from autograd.grad import ValueNode, no_grad
from autograd.nn import Neuron
from literate.canvas import Canvas


def slider(name, label, value):
    """One of three like each other."""
    return {"name": name, "label": label, "min": -3, "max": 3, "step": 0.1, "value": value}


CONTROLS = [
    slider("w1", "Weight w₁", 1.0),
    slider("w2", "Weight w₂", 0.5),
    slider("b", "Bias b", -0.5),
    {
        "name": "bend",
        "label": "Activation",
        "choices": ["linear", "relu", "sigmoid", "softplus", "tanh"],
        "value": "tanh",
    },
]

EDGE = 2.0
CELLS = 16
TICKS = [-EDGE + 2 * EDGE * k / CELLS for k in range(CELLS + 1)]
POINT = (1.0, 0.5)
TALL = {"sigmoid": 1.0, "tanh": 1.0}  # what is drawn as high as HEIGHT; the others have no such bound
ELSE = 6.0
HEIGHT = 1.9


def slant(x1, x2, y):
    """From a point of space to the paper, seen from the front and above."""
    return 0.87 * (x1 - x2), 0.4 * (x1 + x2) * -1 + y * HEIGHT


def tint(y):
    """How strongly a value of -1 to 1 is coloured, and in which colour."""
    return ("up" if y > 0 else "down"), f"--p:{min(abs(y), 1.0) * 75 + 8:.0f}%"


def quads(heights):
    """The cells of the grid from the back to the front: their four corners and the mean of their heights."""
    for i in range(CELLS):
        for j in range(CELLS):
            places = ((i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1))
            corners = [(TICKS[u], TICKS[v], heights[u][v]) for u, v in places]
            yield corners, sum(corner[2] for corner in corners) / 4


def surface(heights, y, neuron):
    """The output as a height above the plane."""
    canvas = Canvas((-3.6, 3.6), (-2.9, 2.9), bare=True)
    floor = [slant(u * EDGE, v * EDGE, 0) for u, v in ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))]
    for corners, mean in quads(heights):
        kind, style = tint(mean)
        canvas.polygon([slant(*corner) for corner in corners], f"cell {kind}", style)
    canvas.line(floor, "quiet")
    canvas.dot(*slant(*POINT, y), "ink", 5)
    canvas.word(*slant(0, -1.3 * EDGE, 0), "x₁ →")
    canvas.word(*slant(-1.3 * EDGE, 0, 0), "← x₂")
    low, high = min(map(min, heights)), max(map(max, heights))
    scale = TALL.get(neuron.activation, ELSE)
    return canvas.svg(
        "The output of the neuron as a surface above the plane of its two inputs, "
        f"from {low * scale:.1f} to {high * scale:.1f}; the dashed square is the height 0."
    )


def plane(heights, w1, w2, b):
    """The same from above, with the line on which the weighted sum is 0, and the arrow of the weights."""
    canvas = Canvas((-EDGE, EDGE), (-EDGE, EDGE), size=(340, 336))
    ticks = [(x, f"{x:g}".replace("-", "−")) for x in (-2, -1, 0, 1, 2)]
    canvas.axes("x₁", "x₂", ticks, ticks)
    for corners, mean in quads(heights):
        kind, style = tint(mean)
        canvas.polygon([corner[:2] for corner in corners], f"cell flat {kind}", style)
    length, marks = math.hypot(w1, w2), ""
    if length:
        marks = f"the line {w1:.1f} x1 + {w2:.1f} x2 + {b:.1f} = 0, an arrow across it, and "
        foot = -b * w1 / length**2, -b * w2 / length**2
        far = 9 / length
        canvas.line([(foot[0] - side * far * w2, foot[1] + side * far * w1) for side in (-1, 1)], "ink")
        arrow(canvas, foot, (w1, w2), length)
    canvas.dot(*POINT, "ink", 5)
    colours = "The same from above, coloured by the sign and size of the output"
    return canvas.svg(f"{colours}, with {marks}a dot at {POINT}.")


def arrow(canvas, foot, w, length):
    """The weights as an arrow that stands on the line."""
    tip = foot[0] + w[0], foot[1] + w[1]
    canvas.line([foot, tip], "arrow")
    head = min(0.16, length)
    for side in (-0.5, 0.5):
        back = [tip[i] - head * w[i] / length for i in (0, 1)]
        wing = back[0] - side * head * w[1] / length, back[1] + side * head * w[0] / length
        canvas.line([tip, wing], "arrow")


def view(values):
    """The pictures, the numbers and the words for these weights, this bias, this activation."""
    w1, w2, b = (float(values[name]) for name in ("w1", "w2", "b"))
    neuron = Neuron(2, values["bend"])
    for node, value in zip(neuron.parameters(), (w1, w2, b), strict=True):
        node.value = value
    scale = TALL.get(neuron.activation, ELSE)
    with no_grad():
        heights = [[neuron([x1, x2]).value / scale for x2 in TICKS] for x1 in TICKS]
    inputs = [ValueNode(x) for x in POINT]
    y = neuron(inputs)
    y.backward()
    named = zip(("w₁", "w₂", "b", "x₁", "x₂"), [*neuron.parameters(), *inputs], strict=True)
    rows = [["", name, f"{node.value:.1f}", f"{node.grad:.4f}"] for name, node in named]
    size = math.sqrt(sum(node.grad**2 for node in neuron.parameters()))
    return {
        "pictures": [surface(heights, y.value / scale, neuron), plane(heights, w1, w2, b)],
        "table": [
            ["", "at the dot", "value", "gradient"],
            *rows,
            ["ink", "output y", f"{y.value:.4f}", f"{y.grad:.4f}"],
        ],
        "texts": {"w1": f"{w1:.1f}", "w2": f"{w2:.1f}", "b": f"{b:.1f}"},
        "says": f"Output {y.value:.4f} at the dot; gradient towards weights and bias of length {size:.4f}.",
    }
