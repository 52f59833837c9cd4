"""Operations counted, by the rows of the table: a cost that no clock disturbs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar

from autograd.grad import ValueNode
from autograd.rules import Rule, Traveller, Valued, as_value, number
from autograd.tree import leaves, rebuild


class Counted(Valued):
    """A number that counts the operations it goes through.

    Attributes:
        value: the number.
        tally: how often each row was used, by its symbol; shared with all results.
    """

    __slots__ = ("tally", "value")
    noun: ClassVar[str] = "counted"

    def __init__(self, value: Any, tally: Counter[str]) -> None:
        self.value, self.tally = number(value), tally

    def __repr__(self) -> str:
        return f"Counted({self.value!r})"

    def flow(self, rule: Rule, inputs: tuple[Any, ...]) -> Any:
        """Computes a rule and counts it; one that folds n + 1 inputs counts for n."""
        for x in inputs:
            if isinstance(x, Traveller) and not isinstance(x, Counted | ValueNode):
                return NotImplemented
        y = rule(*map(as_value, inputs))
        self.tally[rule.symbol] += max(1, len(inputs) - 1)
        return Counted(y, self.tally)


def count(f: Callable[..., Any], *args: Any) -> Counter[str]:
    """Counts the operations that f performs on the numbers in its arguments.

    An operation that no number from the arguments goes into is not counted: it is the
    same for all of them. Nodes that f holds, the weights of a network say, count as
    constants.

    Args:
        f: takes numbers and nested lists of them. It may be a derivative, say the
            result of `grad`.
        args: where to run it.

    Returns:
        How often each row was used, by its symbol; `.total()` is the sum. A `dot` of n
        weights counts as its 2 n operations.

    Raises:
        TypeError: an argument holds something that is no number.
    """
    tally: Counter[str] = Counter()
    f(*rebuild(args, [Counted(as_value(x), tally) for x in leaves(args)]))
    return tally
