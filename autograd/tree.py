"""Numbers in nested lists: taken apart, and put together again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from autograd.rules import Traveller, number


def leaves(tree: Any) -> list[Any]:
    """Returns the numbers and travellers in nested lists and tuples, in their order.

    Raises:
        TypeError: something else stands there; the message names it and the way out.
    """
    if isinstance(tree, list | tuple):
        return [leaf for part in tree for leaf in leaves(part)]
    return [tree if isinstance(tree, Traveller) else number(tree)]


def rebuild(tree: Any, values: Sequence[Any]) -> Any:
    """Returns new lists of the same shape as the tree, with these values for leaves."""
    return _rebuild(tree, iter(values))


def _rebuild(tree: Any, values: Iterator[Any]) -> Any:
    if not isinstance(tree, list | tuple):
        return next(values)
    return remake(tree, [_rebuild(part, values) for part in tree])


def remake(tree: list[Any] | tuple[Any, ...], parts: list[Any]) -> Any:
    """Returns the parts as a list or tuple of the same type as the tree."""
    make = getattr(type(tree), "_make", type(tree))  # a named tuple keeps its names
    return make(parts)


def leaves_like(tree: Any, model: Any, what: str) -> list[Any]:
    """Returns the leaves of a tree that must have the shape of another.

    Raises:
        ValueError: it has not; the message calls the tree by what it is.
    """
    if shape(tree) != shape(model):
        raise ValueError(
            f"the {what} must have the shape {shape(model)}, got {shape(tree)}"
        )
    return leaves(tree)


def shape(tree: Any) -> str:
    """Writes nested lists with a dot for each number: `[., [., .]]`."""
    if not isinstance(tree, list | tuple):
        return "."
    return f"[{', '.join(map(shape, tree))}]"
