"""Derivatives checked: what `backward` finds, against the slope of a small step."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from autograd.grad import ValueNode, as_node
from autograd.rules import DOMAIN_ERRORS, MissingSlope, as_value, kind
from autograd.state import named_parameters
from autograd.tree import remake

# The error of a central difference is about step**2 (what the straight line misses)
# plus epsilon / step (what rounding costs). The sum is smallest near here, at 6e-6.
STEP = sys.float_info.epsilon ** (1 / 3)


@dataclass(frozen=True)
class Comparison:
    """One derivative, found in two ways.

    Attributes:
        name: the input towards which the derivative was taken, and where.
        backward: the derivative by the chain rule.
        difference: the same by a central difference.
        allowed: how far apart the two may be.
    """

    name: str
    backward: float
    difference: float
    allowed: float

    @property
    def error(self) -> float:
        """How far apart the two are; nan where there is nothing to compare."""
        return abs(self.backward - self.difference)

    @property
    def passed(self) -> bool:
        """Whether the two agree; never where one of them is nan or infinite."""
        return self.error <= self.allowed < math.inf

    @property
    def severity(self) -> float:
        """The error as a multiple of what is allowed.

        It is infinite where there is nothing to compare.
        """
        if not math.isfinite(self.error):
            return math.inf
        return self.error / max(self.allowed, sys.float_info.min)

    def __str__(self) -> str:
        size = f"error {self.error:.1e}, allowed {self.allowed:.1e}"
        if not math.isfinite(self.error):
            size = "nothing to compare"
        return (
            f"towards {self.name} the derivative is {self.backward:.10g}, "
            f"but the central difference is {self.difference:.10g} ({size})"
        )


@dataclass(frozen=True, repr=False)
class GradcheckReport:
    """What was compared, one row for each input.

    The report is true if every row passed.
    """

    rows: tuple[Comparison, ...]

    @property
    def passed(self) -> bool:
        """Whether every row passed."""
        return all(row.passed for row in self.rows)

    @property
    def worst(self) -> Comparison:
        """The row with the largest error, measured by what is allowed."""
        return max(self.rows, key=lambda row: row.severity)

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        width = max(len("input"), *(len(row.name) for row in self.rows))
        head = f"{'backward':>16}  {'difference':>16}  {'error':>8}  {'allowed':>8}"
        lines = [f"{'input':<{width}}  {head}"]
        for row in self.rows:
            slopes = f"{row.backward:>16.10g}  {row.difference:>16.10g}"
            errors = f"{row.error:>8.1e}  {row.allowed:>8.1e}"
            verdict = "" if row.passed else "  differs"
            lines.append(f"{row.name:<{width}}  {slopes}  {errors}{verdict}")
        return "\n".join(lines)


class GradcheckError(AssertionError):
    """The gradient and the differences disagree, or there was no way to compare them.

    Attributes:
        report: all that was compared; None where f could not be computed at a probe.
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

    f is called many times, with new nodes for the numbers and with other values in the
    parameters of the modules, and must give the same value each time for the same
    point. Afterwards all parameters are as they were, also the `grad` of those that f
    brings along.

    Args:
        f: takes the inputs as separate arguments and returns one node; smooth around
            the point.
        inputs: the point: numbers or nodes, nested lists of them, and modules. A node
            lends its label to the report. Of a module every parameter is checked.
        rtol: the error allowed, as a part of the derivative.
        atol: the error allowed besides, as a part of the value of f, or of 1 where that
            is smaller.
        step: how far from the point to look, as a part of the input, or of 1 where that
            is smaller.

    Returns:
        The report, with both numbers for each input and each parameter.

    Raises:
        GradcheckError: the two differ, or f has no value near the point; the message
            names the worst input.
        TypeError: the inputs are no list of such things, or f does not return a number.
        ValueError: there is no input, one is nan or infinite, or the step is too small.
    """
    place = Place(inputs)
    point = place.point
    check = Differences(rtol, atol, step)
    try:
        root, gradient = place.gradient_of(f)

        def value(*xs: float) -> float:
            arguments, _ = place.arguments(xs)
            return as_value(f(*arguments))

        # Compared as text, for nan is not equal to itself.
        if repr(value(*point)) != repr(root.value):
            raise GradcheckError(
                "f gives two values at one point: "
                "fix its random numbers, if it draws any"
            )
        report = check.compare(value, point, gradient, place.names)
    finally:
        place.restore()
    if not report:
        raise GradcheckError(f"{report.worst}{check.blame(root)}", report)
    return report


class Place:
    """Where a function is checked: its inputs, and every number in them.

    A parameter that two inputs share counts once.

    Attributes:
        inputs: as they were given.
        point: the numbers.
        names: what the report calls them.
        kept: the parameters among them, with the values and gradients that they had.
    """

    def __init__(self, inputs: Sequence[Any]) -> None:
        if not hasattr(inputs, "__len__") or hasattr(inputs, "parameters"):
            raise TypeError(
                "gradcheck takes a list of inputs, such as [2.0, 5.0] or [model], "
                f"got {type(inputs).__name__}"
            )
        self.inputs = inputs
        parameters: set[ValueNode] = set()
        found = [
            each
            for i, x in enumerate(inputs, 1)
            for each in spread(x, f"input {i}", parameters)
        ]
        if not found:
            raise ValueError(
                "there is nothing to check: no number in the inputs and no parameter"
            )
        self.point = [finite_value(name, x) for name, x in found]
        self.names = [f"{name} = {x:.6g}" for (name, _), x in zip(found, self.point)]
        self.kept = [(x, x.value, x.grad) for _, x in found if x in parameters]

    def arguments(self, xs: Iterable[float]) -> tuple[list[Any], list[ValueNode]]:
        """Returns the inputs with other numbers in them, and the leaves of these.

        Numbers become new nodes. Parameters stay, and change their values.
        """
        values, leaves = iter(xs), dict[ValueNode, float]()
        return [fill(x, values, leaves) for x in self.inputs], list(leaves)

    def restore(self) -> None:
        """Gives the parameters back the values and gradients that they had."""
        for parameter, value, grad in self.kept:
            parameter.value, parameter.grad = value, grad

    def gradient_of(self, f: Callable[..., Any]) -> tuple[ValueNode, list[float]]:
        """Returns the node that f makes here, and its gradient."""
        arguments, leaves = self.arguments(self.point)
        root = one_node(f(*arguments))
        # Some of the nodes may belong to others.
        before = [(node, node.grad) for node in root.topological_order()]
        try:
            for leaf in leaves:
                leaf.grad = 0.0
            root.backward()
            return root, [leaf.grad for leaf in leaves]
        finally:
            for node, grad in before:
                node.grad = grad


def spread(x: Any, name: str, seen: set[ValueNode]) -> Iterator[tuple[str, Any]]:
    """Yields the numbers in an input with their names: labels, indices, attributes.

    Parameters of modules that are in seen are left out, the others are added to it.
    """
    if hasattr(x, "parameters"):
        paths = {parameter: path for path, parameter in named_parameters(x).items()}
        for parameter in x.parameters():
            if parameter not in seen:
                seen.add(parameter)
                yield f"{name}.{paths[parameter]}", parameter
    elif isinstance(x, list | tuple):
        for i, part in enumerate(x):
            yield from spread(part, f"{name}[{i}]", seen)
    else:
        yield getattr(x, "label", "") or name, x


def fill(x: Any, values: Iterator[float], leaves: dict[ValueNode, float]) -> Any:
    """Returns an input with the next values in it, and notes which leaf has which.

    The order is that of `spread`.
    """
    if hasattr(x, "parameters"):
        for parameter in x.parameters():
            if parameter not in leaves:
                leaves[parameter] = parameter.value = next(values)
        return x
    if isinstance(x, list | tuple):
        return remake(x, [fill(part, values, leaves) for part in x])
    leaf = ValueNode(next(values))
    leaves[leaf] = leaf.value
    return leaf


def finite_value(name: str, x: Any) -> float:
    """Returns the value of an input; one that is no finite number is refused."""
    try:
        value = as_value(x)
    except (TypeError, OverflowError) as error:
        array = hasattr(x, "tolist") and hasattr(x, "__len__")
        hint = " (.tolist() makes lists of an array)" if array else ""
        raise type(error)(f"{name}: {error}{hint}") from None
    if not math.isfinite(value):
        raise ValueError(f"gradcheck needs finite inputs, got {name} = {value}")
    return value


def one_node(y: Any) -> ValueNode:
    """Returns the result of f as a node; a list of results is refused."""
    try:
        return as_node(y)
    except TypeError:
        raise TypeError(
            "f must return one number or node, "
            f"such as one element of a list or their sum; got {kind(y)}"
        ) from None


@dataclass(frozen=True)
class Differences:
    """Central differences of one step size, and tolerances by which to compare them."""

    rtol: float
    atol: float
    step: float

    def compare(
        self,
        f: Callable[..., float],
        point: Sequence[float],
        gradient: Sequence[float],
        names: Sequence[str],
    ) -> GradcheckReport:
        """Compares a gradient with the central difference of f along each input."""
        scale = self.atol * max(1.0, abs(f(*point)))
        rows = []
        for i, name in enumerate(names):
            slope = self.along(i, f, point, name)
            allowed = scale + self.rtol * abs(slope)
            rows.append(Comparison(name, gradient[i], slope, allowed))
        return GradcheckReport(tuple(rows))

    def along(
        self, i: int, f: Callable[..., float], point: Sequence[float], name: str
    ) -> float:
        """Returns the slope of f between two probes along input i.

        They lie one step to either side of the point.
        """
        h = self.step * max(1.0, abs(point[i]))
        up, down = point[i] + h, point[i] - h
        if up == down:
            raise ValueError(
                f"the step {self.step} is too small: it does not change {name}"
            )
        left, right = point[:i], point[i + 1 :]
        try:
            rise = f(*left, up, *right) - f(*left, down, *right)
        except DOMAIN_ERRORS as error:
            raise GradcheckError(
                f"{name} is too close to an edge, "
                f"no value at {down:.10g} or at {up:.10g}: {error}"
            ) from error
        # Divided by the distance after rounding, which is not quite 2 * h.
        return rise / (up - down)

    def blame(self, root: ValueNode) -> str:
        """Returns a sentence on the first operation whose own slope differs.

        It is empty if there is none.
        """
        for node in root.topological_order():
            missing = any(isinstance(slope, MissingSlope) for slope in node.slopes)
            if node.rule and not missing:
                point = [parent.value for parent in node.parents]
                names = [
                    f"operand {i} = {x:.6g} of {node.op!r}"
                    for i, x in enumerate(point, 1)
                ]
                try:
                    report = self.compare(node.rule.at, point, node.slopes, names)
                except GradcheckError:
                    continue  # too close to an edge to tell
                if not report:
                    return f"; they part at one operation: {report.worst}"
        return ""
