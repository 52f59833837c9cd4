"""The axes of a plot: where a number stands, and which numbers stand beside it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Axis:
    """What is asked of an axis.

    Attributes:
        name: what is measured, and in which unit.
        limits: its two ends; without them it spans what is drawn, and a little more.
        log: whether equal ways are equal factors.
        ticks: the places of the ticks, or each place with its words; by default round
            numbers.
    """

    name: str = ""
    limits: tuple[float, float] | None = None
    log: bool = False
    ticks: Iterable[float] | Mapping[float, str] | None = None


class Scale:
    """An axis that knows its two ends.

    Args:
        axis: what is asked of it.
        values: all numbers that are drawn along it, if it has no limits.

    Raises:
        ValueError: the ends are not two finite numbers in rising order, or a
            logarithmic axis begins at 0 or below.
    """

    def __init__(self, axis: Axis, values: Iterable[float]) -> None:
        self.axis = axis
        if axis.limits is None:
            self.low, self.high = self.around(list(map(self.bent, values)))
        else:
            self.low, self.high = map(self.bent, axis.limits)
        if not 0 < self.high - self.low < math.inf:
            ends = f"{self.unbent(self.low)} to {self.unbent(self.high)}"
            raise ValueError(f"an axis rises between finite numbers, not from {ends}")

    def bent(self, value: float) -> float:
        """Returns the number whose steps are even on this axis."""
        if not self.axis.log or math.isinf(value):
            return value
        if value <= 0:
            raise ValueError(
                f"a logarithmic axis shows numbers above 0, and there is {value}: "
                "leave it out, or draw on an axis without log"
            )
        return math.log10(value)

    def unbent(self, value: float) -> float:
        """Returns the number at an even place; undoes `bent`."""
        return 10.0**value if self.axis.log else value

    def around(self, values: list[float]) -> tuple[float, float]:
        """Returns ends that leave some room on both sides."""
        low, high = min(values, default=0.0), max(values, default=1.0)
        room = 0.04 * (high - low) or 0.1 * abs(low) or 0.5
        return low - room, high + room

    def __call__(self, value: float) -> float:
        """Returns where a number stands: 0 is the low end, 1 the high end."""
        return (self.bent(value) - self.low) / (self.high - self.low)

    def ticks(self, most: int) -> dict[float, str]:
        """Returns the places of the ticks, and what is written there.

        Args:
            most: how many steps there is room for.
        """
        asked = self.axis.ticks
        if asked is None:
            return self.powers(most) if self.axis.log else self.even(most)
        if not isinstance(asked, Mapping):
            asked = {v: f"{v:g}".replace("-", "−") for v in asked}
        return {v: word for v, word in asked.items() if -1e-9 <= self(v) <= 1 + 1e-9}

    def even(self, most: int) -> dict[float, str]:
        """Returns the multiples of a round step."""
        low, high = self.unbent(self.low), self.unbent(self.high)
        factor, exponent = round_step((high - low) / most)
        found = list(multiples(low, high, factor, exponent))
        largest = max(abs(low), abs(high))
        short = largest < 1e6 and (exponent >= -4 or largest >= 1e-3)
        return {decimal(n, exponent): words(n, exponent, short) for n in found}

    def powers(self, most: int) -> dict[float, str]:
        """Returns powers of ten; where hardly one fits, 2 and 5 times powers too."""
        first, last = math.ceil(self.low - 1e-9), math.floor(self.high + 1e-9)
        short = max(abs(self.low), abs(self.high)) <= 4
        factors, every = [1, 2, 5], 1
        if last - first >= 2:
            factors, every = factors[:1], math.ceil((last - first) / most)
        pairs = [(n, e) for e in range(first - 1, last + 1) for n in factors]
        found = {decimal(n, e): words(n, e, short) for n, e in pairs if not e % every}
        ticks = {v: word for v, word in found.items() if -1e-9 <= self(v) <= 1 + 1e-9}
        return ticks if len(ticks) > 1 else self.even(most)


def round_step(least: float) -> tuple[int, int]:
    """Returns the smallest round step that is not below `least`.

    Returns:
        A factor, 1 or 2 or 5, and an exponent: the step is factor * 10**exponent.
    """
    exponent = math.floor(math.log10(least))
    for factor in (1, 2, 5):
        if decimal(factor, exponent) >= least * (1 - 1e-9):
            return factor, exponent
    return 1, exponent + 1


def multiples(low: float, high: float, factor: int, exponent: int) -> Iterator[int]:
    """Yields the multiples of a step from low to high, in units of 10**exponent."""
    step = decimal(factor, exponent)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    yield from (i * factor for i in range(first, last + 1))


def decimal(n: int, exponent: int) -> float:
    """Returns n * 10**exponent: the float that is written so."""
    return float(f"{n}e{exponent}")


def words(n: int, exponent: int, short: bool) -> str:
    """Returns n * 10**exponent as one writes it beside an axis."""
    if short or n == 0:
        text = f"{decimal(n, exponent):.{max(0, -exponent)}f}" if n else "0"
    else:
        zeros = len(str(n)) - len(str(n).rstrip("0"))
        head, power = n // 10**zeros, str(exponent + zeros).translate(RAISED)
        text = f"{head}·10{power}" if head != 1 else f"10{power}"
    return text.replace("-", "−")
