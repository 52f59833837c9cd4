"""Reverse mode: numbers that remember how they were made, and the walk back."""

from __future__ import annotations

from typing import Any

from autograd.draw import draw_dot
from autograd.rules import DOMAIN_ERRORS, Rule, Traveller, Valued, number

__all__ = ["ValueNode", "draw_dot"]

_new = object.__new__


class ValueNode(Valued):
    """A number in a graph: its value, and how it was computed.

    Args:
        value: any real number; it is kept as a float.
        label: a name for drawings.

    Attributes:
        value: the number, a float.
        grad: the derivative of the root of the last `backward` towards this node; on a
            leaf, the sum over all calls since it was last set to 0.0.
        label: the name; may be set at any time.
        rule: the operation that made this node; None for a leaf.
        parents: the nodes that went into the operation, one entry for each operand, in
            their order.
        slopes: the slope of the operation towards each parent, taken when the node was
            made.

    Raises:
        TypeError: the value is not a real number; the message names the way out.
    """

    __slots__ = ("grad", "label", "parents", "rule", "slopes", "value")

    value: float
    grad: float
    label: str
    rule: Rule | None
    parents: tuple[ValueNode, ...]
    slopes: tuple[Any, ...]

    def __init__(self, value: Any, label: str = "") -> None:
        self.value = number(value)
        self.grad = 0.0
        self.label = label
        self.rule = None
        self.parents = ()
        self.slopes = ()

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        return f"ValueNode({self.value!r}{label}, grad={self.grad!r})"

    @property
    def op(self) -> str:
        """The symbol of the operation that made this node; empty for a leaf."""
        return self.rule.symbol if self.rule else ""

    def flow(self, rule: Rule, inputs: tuple[Any, ...]) -> Any:
        """Computes a rule on the values of its inputs; the result is a new node.

        Raises:
            ValueError, ZeroDivisionError, OverflowError: the operation has no value
                here.
        """
        if len(inputs) == 2 and type(inputs[0]) is type(inputs[1]) is ValueNode:
            # Most calls, without a loop.
            values = [inputs[0].value, inputs[1].value]
        else:
            for x in inputs:
                if type(x) is not ValueNode:
                    if is_foreign(inputs):
                        return NotImplemented
                    inputs = tuple(map(as_node, inputs))
                    break
            values = [x.value for x in inputs]
        return record(rule, inputs, values)

    def topological_order(self) -> list[ValueNode]:
        """Lists every node that went into this one.

        Parents stand before their children, and this node last.
        """
        return topological_order(self)

    def backward(self) -> None:
        """Adds the derivative of this node towards every leaf to the leaf's `grad`.

        The `grad` of inner nodes is computed afresh. A node whose own derivative is
        exactly 0 passes nothing on. After an error the leaves are as they were.

        Raises:
            SlopeError: on the way lies an operation that has a value but no slope where
                it was recorded.
        """
        order = self.topological_order()
        leaves = [(node, node.grad) for node in order if not node.parents]
        for node in order:
            if node.parents:
                node.grad = 0.0
        try:
            self.grad += 1.0
            for node in reversed(order):
                adjoint = node.grad
                if adjoint:
                    for parent, slope in zip(node.parents, node.slopes):
                        parent.grad += adjoint * slope
        except BaseException:  # a slope that does not exist, or Ctrl-C
            for leaf, grad in leaves:
                leaf.grad = grad
            raise


def topological_order(*roots: Any) -> list[Any]:
    """Lists every node that went into the roots, parents before their children."""
    order: list[Any] = []
    seen: set[Any] = set()
    stack: list[Any] = list(reversed(roots))
    while stack:
        node = stack.pop()
        if node is None:  # a mark: all parents of the node below it are placed
            order.append(stack.pop())
        elif node not in seen:
            seen.add(node)
            stack.append(node)
            stack.append(None)
            for parent in reversed(node.parents):
                if parent not in seen:
                    stack.append(parent)
    return order


def record(
    rule: Rule, parents: tuple[ValueNode, ...], values: list[float]
) -> ValueNode:
    """Returns a new node: the value and slopes of a rule at its parents' values."""
    node: ValueNode = _new(ValueNode)  # without __init__, which is for leaves
    try:
        node.value = value = rule.value(*values)
    except DOMAIN_ERRORS as error:
        rule.refuse(error, *values)
    try:
        node.slopes = rule.slopes(value, *values)
    except DOMAIN_ERRORS as error:
        node.slopes = rule.careful_slopes(error, value, *values)
    if not rule.tried:
        rule.try_out(value, node.slopes, len(parents))
    node.grad = 0.0
    node.label = ""
    node.rule = rule
    node.parents = parents
    return node


def as_node(x: Any) -> ValueNode:
    """Returns a node as it is, and a number as a new leaf."""
    return x if isinstance(x, ValueNode) else ValueNode(x)


def is_foreign(inputs: tuple[Any, ...]) -> bool:
    """Tells whether another kind of traveller is among the inputs.

    The operation is then left to it.
    """
    return any(
        isinstance(x, Traveller) and not isinstance(x, ValueNode) for x in inputs
    )
