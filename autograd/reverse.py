"""Reverse mode for every traveller: a recording, and its derivative as a linear map."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from autograd.forward import Box, is_at, next_level, plus, times
from autograd.grad import topological_order
from autograd.rules import Rule
from autograd.tree import leaves, leaves_like, rebuild


class Recorded(Box):
    """A number, or any traveller, that remembers how it was made.

    A `ValueNode` does the same for floats alone, and faster. This one keeps no slopes.

    Attributes:
        rule: the operation that made it; None for an input or a constant.
        parents: what went into the operation, one entry for each operand.
    """

    __slots__ = ("parents", "rule")
    noun: ClassVar[str] = "recorded"

    def __init__(
        self,
        primal: Any,
        level: int,
        rule: Rule | None = None,
        parents: tuple[Recorded, ...] = (),
    ) -> None:
        self.primal, self.level, self.rule, self.parents = primal, level, rule, parents

    def __repr__(self) -> str:
        return f"Recorded({self.primal!r})"

    def carry(
        self, rule: Rule, y: Any, inputs: tuple[Any, ...], primals: tuple[Any, ...]
    ) -> Recorded:
        """Records the operation, and constants among its operands too."""
        level = self.level
        parents = tuple(
            x if is_at(level, x) else Recorded(primal, level)
            for x, primal in zip(inputs, primals)
        )
        return Recorded(y, level, rule, parents)


class LinearMap:
    """The derivative of a recording: its graph, with a slope on every edge.

    Args:
        outputs: nodes of the graph.
        inputs: leaves of the graph. What does not come from them counts as constant.
        read: gives what stands for a node in the rules, say its value.

    Attributes:
        steps: each node between inputs and outputs, parents first, with its edges: the
            parents that come from the inputs, and the slopes towards them.
    """

    def __init__(
        self, outputs: Sequence[Any], inputs: Sequence[Any], read: Callable[[Any], Any]
    ) -> None:
        self.outputs, self.inputs = list(outputs), list(inputs)
        self.steps: list[tuple[Any, list[tuple[Any, Any]]]] = []
        reached = set(inputs)
        for node in topological_order(*outputs):
            if reached.isdisjoint(node.parents):
                continue
            reached.add(node)
            slopes = node.rule.slopes_at(read(node), *map(read, node.parents))
            pairs = zip(node.parents, slopes, strict=True)
            self.steps.append((node, [(p, s) for p, s in pairs if p in reached]))

    def push(self, tangents: Sequence[Any]) -> list[Any]:
        """Carries one tangent for each input forward to the outputs."""
        moved = dict(zip(self.inputs, tangents, strict=True))
        for node, edges in self.steps:
            total: Any = 0.0
            for parent, slope in edges:
                total = plus(total, times(slope, moved[parent]))
            moved[node] = total
        return [moved.get(output, 0.0) for output in self.outputs]

    def adjoints(self, cotangents: Sequence[Any]) -> dict[Any, Any]:
        """Carries one cotangent for each output back to every node on the way."""
        found: dict[Any, Any] = {}
        for output, cotangent in zip(self.outputs, cotangents, strict=True):
            found[output] = plus(found.get(output, 0.0), cotangent)
        for node, edges in reversed(self.steps):
            adjoint = found.get(node, 0.0)
            for parent, slope in edges:
                share = times(slope, adjoint)
                found[parent] = plus(found.get(parent, 0.0), share)
        return found

    def pull(self, cotangents: Sequence[Any]) -> list[Any]:
        """Carries one cotangent for each output back to the inputs."""
        found = self.adjoints(cotangents)
        return [found.get(leaf, 0.0) for leaf in self.inputs]


def linearize(f: Callable[[Any], Any], point: Any) -> tuple[Any, LinearMap]:
    """Records f at a point.

    Args:
        f: takes one number, or nested lists of them, and returns such.
        point: what f is called with.

    Returns:
        The value of f, and its derivative there.
    """
    level = next_level()
    inputs = [Recorded(x, level) for x in leaves(point)]
    output = f(rebuild(point, inputs))
    nodes = [y if is_at(level, y) else Recorded(y, level) for y in leaves(output)]
    value = rebuild(output, [node.primal for node in nodes])
    return value, LinearMap(nodes, inputs, lambda node: node.primal)


def vjp(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], Any]]:
    """Computes f, and a function that carries cotangents back (reverse mode).

    The name is short for vector-Jacobian product.

    Args:
        f: takes numbers and nested lists of them; returns a number or such lists.
        primals: the arguments of f.

    Returns:
        The value of f, and the pullback. The pullback takes a cotangent in the shape of
        the value, and returns a tuple of cotangents in the shapes of the arguments. It
        may be called as often as you like.

    Raises:
        TypeError: an argument, or what f returns, holds something that is no number.
        ValueError: a cotangent has another shape than the value.
    """
    value, derivative = linearize(lambda args: f(*args), primals)

    def pullback(cotangent: Any) -> Any:
        cotangents = leaves_like(cotangent, value, "cotangent")
        return rebuild(primals, derivative.pull(cotangents))

    return value, pullback
