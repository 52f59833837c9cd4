"""Forward mode: numbers that carry their derivative along."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from autograd.rules import (
    MissingSlope,
    Rule,
    SlopeError,
    Traveller,
    Valued,
    as_value,
    number,
)
from autograd.tree import leaves, leaves_like, rebuild

_levels = itertools.count(1)


class Box(Valued):
    """A traveller that carries another one, or a number, through the rules.

    Attributes:
        primal: what it carries: a number, or a traveller of an outer level.
        level: which derivative it works for. Derivatives that are taken later, inside
            of others, have higher levels.
    """

    __slots__ = ("level", "primal")

    primal: Any
    level: int

    @property
    def value(self) -> float:
        """The number at the bottom of all boxes."""
        return as_value(self.primal)

    def flow(self, rule: Rule, inputs: tuple[Any, ...]) -> Any:
        """Sends the primals through a rule; the innermost level decides the rest."""
        inner = max((x for x in inputs if isinstance(x, Box)), key=lambda x: x.level)
        level = inner.level
        primals = tuple(x.primal if is_at(level, x) else operand(x) for x in inputs)
        return inner.carry(rule, rule(*primals), inputs, primals)

    def carry(
        self, rule: Rule, y: Any, inputs: tuple[Any, ...], primals: tuple[Any, ...]
    ) -> Box:
        """Boxes y, which a rule made of the primals of these inputs."""
        raise NotImplementedError


class Dual(Box):
    """A number and its tangent: its derivative along a direction.

    Args:
        primal: the number, or a traveller.
        tangent: its derivative, also a number or a traveller.
        level: which derivative the tangent belongs to.
    """

    __slots__ = ("tangent",)
    noun: ClassVar[str] = "dual"

    tangent: Any

    def __init__(self, primal: Any, tangent: Any = 0.0, level: int = 0) -> None:
        self.primal, self.tangent = operand(primal), operand(tangent)
        self.level = level

    def __repr__(self) -> str:
        return f"Dual({self.primal!r}, {self.tangent!r})"

    def carry(
        self, rule: Rule, y: Any, inputs: tuple[Any, ...], primals: tuple[Any, ...]
    ) -> Dual:
        """Applies the chain rule: the tangent of y sums up slope times tangent."""
        slopes = rule.slopes_at(y, *primals)
        tangent: Any = 0.0
        for x, slope in zip(inputs, slopes, strict=True):
            if is_at(self.level, x):
                tangent = plus(tangent, times(slope, x.tangent))
        return Dual(y, tangent, self.level)


def is_at(level: int, x: Any) -> bool:
    """Tells whether x is a box of this level."""
    return isinstance(x, Box) and x.level == level


def operand(x: Any) -> Any:
    """Returns a traveller as it is, and a number as a float."""
    return x if isinstance(x, Traveller) else number(x)


def times(slope: Any, change: Any) -> Any:
    """Returns slope * change, without an operation where one is the number 0 or 1.

    Raises:
        SlopeError: the slope does not exist, and the change is not the number 0.
    """
    if is_number(change, 0.0):
        return 0.0
    if isinstance(slope, MissingSlope):
        raise SlopeError(slope.message)
    if is_number(slope, 0.0) or is_number(change, 1.0):
        return slope
    return change if is_number(slope, 1.0) else slope * change


def plus(a: Any, b: Any) -> Any:
    """Returns a + b, without an operation where one of them is the number 0."""
    if is_number(a, 0.0):
        return b
    return a if is_number(b, 0.0) else a + b


def is_number(x: Any, wanted: float) -> bool:
    """Tells whether x is this very number; a traveller of that value is not."""
    return type(x) is float and x == wanted


def next_level() -> int:
    """Returns a level that is inner to all before it."""
    return next(_levels)


def jvp(
    f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]
) -> tuple[Any, Any]:
    """Computes f and its derivative along a direction, in one run (forward mode).

    The name is short for Jacobian-vector product.

    Args:
        f: takes numbers and nested lists of them; returns a number or such lists.
        primals: the arguments of f.
        tangents: the direction; shaped like the primals.

    Returns:
        The value of f, and its derivative in the shape of the value.

    Raises:
        TypeError: the primals are no list or tuple, or something is no number.
        ValueError: the tangents have another shape.
    """
    level = next_level()
    points = leaves(arguments(primals))
    directions = leaves_like(tangents, primals, "tangents")
    duals = [Dual(x, v, level) for x, v in zip(points, directions)]
    output = f(*rebuild(primals, duals))
    ys = [y if is_at(level, y) else Dual(y, 0.0, level) for y in leaves(output)]
    values = rebuild(output, [y.primal for y in ys])
    return values, rebuild(output, [y.tangent for y in ys])


def arguments(primals: Any) -> Any:
    """Returns the arguments of a function, which must come in a list or tuple."""
    if not isinstance(primals, list | tuple):
        raise TypeError(
            "give the arguments of f in a tuple, such as (2.0, 5.0), or (x,) for one; "
            f"got {type(primals).__name__}"
        )
    return primals
