"""Derivatives checked: the gradient that backward finds against the slope that two nearby values show."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from autograd.grad import ValueNode, as_node, as_value
from autograd.rules import DOMAIN_ERRORS

# Truncation grows with step**2 and rounding with epsilon / step; their sum is least about here, at 6e-6.
STEP = sys.float_info.epsilon ** (1 / 3)


@dataclass(frozen=True)
class Comparison:
    """One derivative, found in two ways.

    Attributes:
        name: the input towards which it was taken, and where.
        backward: the derivative by the chain rule.
        difference: the same by a central difference.
        tolerance: by how much the two may differ.
    """

    name: str
    backward: float
    difference: float
    tolerance: float

    @property
    def error(self) -> float:
        """The absolute difference between the two; nan where one of them is."""
        return abs(self.backward - self.difference)

    @property
    def passed(self) -> bool:
        """Whether the two agree; false where either is nan or infinite."""
        return self.error <= self.tolerance < math.inf

    @property
    def badness(self) -> float:
        """The error as a multiple of the tolerance; infinite where there is nothing to compare."""
        ratio = self.error / self.tolerance if self.tolerance else math.inf * self.error
        return math.inf if math.isnan(ratio) else ratio

    def __str__(self) -> str:
        return (
            f"towards {self.name} backward says {self.backward!r}, the central difference says "
            f"{self.difference!r}; they differ by {self.error:.1e}, allowed is {self.tolerance:.1e}"
        )


@dataclass(frozen=True)
class GradcheckReport:
    """What `gradcheck` compared: one row for each input. True if all of them passed."""

    rows: tuple[Comparison, ...]

    @property
    def worst(self) -> Comparison:
        """The row with the largest error, measured in tolerances."""
        return max(self.rows, key=lambda row: row.badness)

    @property
    def passed(self) -> bool:
        """Whether every row passed."""
        return all(row.passed for row in self.rows)

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        head = f"{'input':<20} {'backward':>20} {'difference':>20} {'error':>9} {'allowed':>9}"
        lines = [
            f"{r.name:<20} {r.backward:>20.12g} {r.difference:>20.12g} {r.error:>9.1e} {r.tolerance:>9.1e}"
            + ("" if r.passed else "  <-- differs")
            for r in self.rows
        ]
        return "\n".join([head, *lines])


class GradcheckError(AssertionError):
    """The gradient and the differences disagree.

    Attributes:
        report: all that was compared; None where a probe could not be computed.
    """

    def __init__(self, message: str, report: GradcheckReport | None = None) -> None:
        super().__init__(message)
        self.report = report


def gradcheck(
    f: Callable[..., Any],
    inputs: Sequence[Any],
    *,
    rtol: float = 1e-5,
    atol: float = 1e-8,
    step: float = STEP,
) -> GradcheckReport:
    """Checks the gradient of f at a point against central differences.

    f is called once for the gradient and twice for each input, each time on new nodes. It must be smooth
    around the point and give the same value every time. No gradient outside of f changes.

    Args:
        f: takes the inputs as separate arguments and returns one node.
        inputs: the point; numbers or nodes. A node's label names it in the report.
        rtol: the error allowed for each unit of the derivative.
        atol: the error allowed on top, for each unit of the value of f where that is above 1.
        step: the distance of the probes, for each unit of an input where that is above 1.

    Returns:
        The report: both numbers for each input.

    Raises:
        GradcheckError: they differ, or f has no value at a probe; the message names the worst input.
        TypeError, ValueError: the inputs are no sequence of finite numbers.
    """
    point, names = read_point(inputs)
    root, gradient = gradient_at(f, point)

    def value(*xs: float) -> float:
        return as_value(f(*map(ValueNode, xs)))

    allowed = atol * max(1.0, abs(root.value))
    report = GradcheckReport(tuple(compare(value, point, gradient, names, rtol, allowed, step)))
    if not report.passed:
        raise GradcheckError(explain(report, root, rtol, atol, step), report)
    return report


def read_point(inputs: Sequence[Any]) -> tuple[list[float], list[str]]:
    """Returns the inputs as floats, and their names; a derivative needs a finite point."""
    if not hasattr(inputs, "__len__"):
        raise TypeError(f"gradcheck takes a sequence of inputs, got {type(inputs).__name__}: write [x]")
    if not len(inputs):
        raise ValueError("gradcheck needs at least one input")
    point = [as_value(x) for x in inputs]
    labels = [getattr(x, "label", "") or f"input {i}" for i, x in enumerate(inputs, 1)]
    names = [f"{label} = {x:.6g}" for label, x in zip(labels, point)]
    for name, x in zip(names, point):
        if not math.isfinite(x):
            raise ValueError(f"gradcheck needs a finite point; {name}")
    return point, names


def gradient_at(f: Callable[..., Any], point: Sequence[float]) -> tuple[ValueNode, list[float]]:
    """Returns the node that f makes of the point, and its gradient."""
    leaves = [ValueNode(x) for x in point]
    root = as_node(f(*leaves))
    before = [(node, node.grad) for node in root.topological_order()]
    root.backward()
    gradient = [leaf.grad for leaf in leaves]
    for node, grad in before:
        node.grad = grad
    return root, gradient


def compare(
    f: Callable[..., float],
    point: Sequence[float],
    gradient: Sequence[float],
    names: Sequence[str],
    rtol: float,
    atol: float,
    step: float,
) -> Iterator[Comparison]:
    """Yields each entry of a gradient beside the central difference of f along that input."""
    for i, name in enumerate(names):
        difference = central_difference(f, point, i, step, name)
        yield Comparison(name, gradient[i], difference, atol + rtol * abs(difference))


def central_difference(
    f: Callable[..., float], point: Sequence[float], i: int, step: float, name: str
) -> float:
    """Returns the slope of f along input i between two probes, one step to either side of the point.

    Raises:
        GradcheckError: f has no value at a probe.
    """
    h = step * max(1.0, abs(point[i]))
    up, down = point[i] + h, point[i] - h
    try:
        rise = f(*point[:i], up, *point[i + 1 :]) - f(*point[:i], down, *point[i + 1 :])
    except DOMAIN_ERRORS as error:
        raise GradcheckError(
            f"f has a value at {name}, but not at both probes, {down!r} and {up!r}: {error}; "
            "move the point away from the edge, or take a smaller step"
        ) from error
    return rise / (up - down)  # the distance as the floats have it, which is not quite 2 * h


def explain(report: GradcheckReport, root: ValueNode, rtol: float, atol: float, step: float) -> str:
    """Says what is wrong in a sentence, and which operation is at fault, if one is."""
    text = f"gradcheck failed: {report.worst}"
    if not math.isfinite(report.worst.error):
        return f"{text}; nothing can be checked where f or its slope is not finite"
    for node in root.topological_order():
        if node.rule and not (own := check_operation(node, rtol, atol, step)):
            return f"{text}. The slope of {own.worst.name.partition(':')[0]} is at fault: {own.worst}"
    return text


def check_operation(node: ValueNode, rtol: float, atol: float, step: float) -> GradcheckReport:
    """Checks the slopes that one node recorded against differences of its own rule."""
    rule, point = node.rule, [parent.value for parent in node.parents]
    assert rule is not None
    names = [f"operand {i} of {rule.write(*point)}" for i in range(1, len(point) + 1)]
    allowed = atol * max(1.0, abs(node.value))
    return GradcheckReport(tuple(compare(rule.at, point, node.slopes, names, rtol, allowed, step)))
