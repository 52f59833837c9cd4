"""Reverse mode: numbers that remember how they were made, and the walk back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from autograd import rules
from autograd.draw import draw_dot
from autograd.rules import DOMAIN_ERRORS, Rule, Traveller, Valued, number

__all__ = ["ValueNode", "draw_dot", "no_grad"]

_new = object.__new__
_paused = 0  # how many blocks of no_grad are open


@contextmanager
def no_grad() -> Iterator[None]:
    """Switches recording off for a `with` block, or for every call of a function.

    Operations on nodes then give leaves: the value is right, and nothing remembers how
    it was computed, so nothing is kept alive. What was recorded before stays as it is.
    Blocks may be nested. An error that leaves the block switches recording on again.

    There is one switch for the whole program: while a block is open in one thread, no
    thread records.
    """
    global _paused  # noqa: PLW0603
    _paused += 1
    try:
        yield
    finally:
        _paused -= 1


def unary(general: Callable[..., Any], rule: Rule) -> Callable[..., Any]:
    """Makes a method for one plain node; for all else it calls the general one."""
    value_of, slopes_of = rule.value, rule.slopes

    @wraps(general)
    def method(self: ValueNode) -> Any:
        if type(self) is ValueNode:
            a = self.value
            try:
                y = value_of(a)
                return new_node(y, rule, (self,), slopes_of(y, a))
            except DOMAIN_ERRORS:
                pass  # the general method finds the words
        return general(self)

    return method


def binary(general: Callable[..., Any], rule: Rule) -> Callable[..., Any]:
    """Makes a method for two plain nodes; for all else it calls the general one."""
    value_of, slopes_of = rule.value, rule.slopes

    @wraps(general)
    def method(self: ValueNode, other: Any) -> Any:
        if type(self) is type(other) is ValueNode:
            a, b = self.value, other.value
            try:
                y = value_of(a, b)
                return new_node(y, rule, (self, other), slopes_of(y, a, b))
            except DOMAIN_ERRORS:
                pass  # the general method finds the words
        return general(self, other)

    return method


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
        for x in inputs:
            if type(x) is not ValueNode:
                if is_foreign(inputs):
                    return NotImplemented
                inputs = tuple(map(as_node, inputs))
                break
        return record(rule, inputs, [x.value for x in inputs])

    __add__ = binary(Traveller.__add__, rules.add)
    __sub__ = binary(Traveller.__sub__, rules.subtract)
    __mul__ = binary(Traveller.__mul__, rules.multiply)
    __truediv__ = binary(Traveller.__truediv__, rules.divide)
    __neg__ = unary(Traveller.__neg__, rules.negate)
    __abs__ = unary(Traveller.__abs__, rules.absolute)
    exp = unary(Traveller.exp, rules.exp)
    expm1 = unary(Traveller.expm1, rules.expm1)
    log = unary(Traveller.log, rules.log)
    log1p = unary(Traveller.log1p, rules.log1p)
    sqrt = unary(Traveller.sqrt, rules.sqrt)
    sin = unary(Traveller.sin, rules.sin)
    cos = unary(Traveller.cos, rules.cos)
    tanh = unary(Traveller.tanh, rules.tanh)
    sigmoid = unary(Traveller.sigmoid, rules.sigmoid)
    softplus = unary(Traveller.softplus, rules.softplus)
    relu = unary(Traveller.relu, rules.relu)

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
        leaves: list[tuple[ValueNode, float]] = []
        try:
            order = prepare(self, leaves)
            self.grad += 1.0
            hand_on(order)
        except BaseException:  # a slope that does not exist, or Ctrl-C
            for leaf, grad in leaves:
                leaf.grad = grad
            raise


class Mark(float):
    """A zero that is told from every other zero by `is`."""

    __slots__ = ()


def prepare(root: ValueNode, leaves: list[tuple[ValueNode, float]]) -> list[ValueNode]:
    """Lists the inner nodes behind the root, parents first, each with `grad` 0.0.

    Args:
        root: where the walk will begin.
        leaves: receives every leaf, and the `grad` it has.
    """
    order: list[ValueNode] = []
    mark = Mark()  # of this walk alone: what an interrupted one left behind is no mark
    stack: list[Any] = [root]
    while stack:
        node = stack.pop()
        if node is None:
            order.append(stack.pop())
        elif node.grad is not mark:
            if node.parents:
                node.grad = mark
                stack.append(node)
                stack.append(None)
                for parent in reversed(node.parents):
                    if parent.grad is not mark:
                        stack.append(parent)
            else:
                leaves.append((node, node.grad))
                node.grad = mark
    for node in order:
        node.grad = 0.0
    for leaf, grad in leaves:
        leaf.grad = grad
    return order


def hand_on(order: list[ValueNode]) -> None:
    """Lets every node hand its adjoint times slope to each parent, the last first."""
    for node in reversed(order):
        adjoint = node.grad
        if not adjoint:
            continue
        if len(node.parents) == 2:  # most nodes, without a loop
            one, other = node.parents
            to_one, to_other = node.slopes
            one.grad += adjoint * to_one
            other.grad += adjoint * to_other
        else:
            for parent, slope in zip(node.parents, node.slopes):
                parent.grad += adjoint * slope


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
    try:
        value = rule.value(*values)
    except DOMAIN_ERRORS as error:
        rule.refuse(error, *values)
    try:
        slopes = rule.slopes(value, *values)
    except DOMAIN_ERRORS as error:
        slopes = rule.careful_slopes(error, value, *values)
    if not rule.tried:
        rule.try_out(value, slopes, len(parents))
    return new_node(value, rule, parents, slopes)


def new_node(
    value: float, rule: Rule, parents: tuple[ValueNode, ...], slopes: tuple[Any, ...]
) -> ValueNode:
    """Returns the node of a result; under `no_grad` a leaf."""
    node: ValueNode = _new(ValueNode)  # without __init__: there is nothing to convert
    node.value = value
    node.grad = 0.0
    node.label = ""
    if _paused:
        node.rule, node.parents, node.slopes = None, (), ()
    else:
        node.rule, node.parents, node.slopes = rule, parents, slopes
    return node


def as_node(x: Any) -> ValueNode:
    """Returns a node as it is, and a number as a new leaf."""
    return x if isinstance(x, ValueNode) else ValueNode(x)


def is_foreign(inputs: tuple[Any, ...]) -> bool:
    """Tells whether another kind of traveller is among the inputs.

    The operation is then left to it.
    """
    for x in inputs:
        if isinstance(x, Traveller) and not isinstance(x, ValueNode):
            return True
    return False
