"""Reverse mode: numbers that remember how they were made, and the walk back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any

from autograd import rules
from autograd.draw import draw_dot
from autograd.rules import DOMAIN_ERRORS, Rule, Traveller, Valued, number, on_floats

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
    """Makes a method for a plain node; for all else it calls the general one."""
    value_of, slopes_of = rule.value, on_floats(rule.slopes)

    @wraps(general)
    def method(self: ValueNode) -> Any:
        if type(self) is not ValueNode or _paused:
            return general(self)
        a = self.value
        node = _new(ValueNode)  # without __init__: there is nothing to convert
        try:
            node.value = y = value_of(a)
            (node._to_one,) = slopes_of(y, a)
        except DOMAIN_ERRORS:
            return general(self)  # it finds the words
        node.grad, node.label, node.rule = 0.0, "", rule
        node._one, node._other = self, None
        return node

    return method


def binary(general: Callable[..., Any], rule: Rule) -> Callable[..., Any]:
    """Makes a method for a plain node, and a node or a number on its right.

    For all else it calls the general one.
    """
    value_of, slopes_of = rule.value, on_floats(rule.slopes)

    @wraps(general)
    def method(self: ValueNode, other: Any) -> Any:
        if type(self) is not ValueNode or _paused:
            return general(self, other)
        if type(other) is not ValueNode:
            if type(other) is not float and type(other) is not int:
                return general(self, other)
            other = ValueNode(other)
        a, b = self.value, other.value
        node = _new(ValueNode)
        try:
            node.value = y = value_of(a, b)
            node._to_one, node._to_other = slopes_of(y, a, b)
        except DOMAIN_ERRORS:
            return general(self, other)
        node.grad, node.label, node.rule = 0.0, "", rule
        node._one, node._other = self, other
        return node

    return method


def reflected(
    general: Callable[..., Any], method: Callable[..., Any]
) -> Callable[..., Any]:
    """Makes the method for a number on the left of a node: it becomes a node too."""

    @wraps(general)
    def swapped(self: ValueNode, other: Any) -> Any:
        if type(other) is float or type(other) is int:
            return method(ValueNode(other), self)
        return general(self, other)

    return swapped


class Bundle:
    """Nodes that go into an operation together, perhaps into several operations.

    Attributes:
        nodes: the nodes, in the order of the operands.
        grad: the mark of the last walk that came here.
    """

    __slots__ = ("grad", "nodes")

    def __init__(self, nodes: Sequence[ValueNode]) -> None:
        self.nodes, self.grad = nodes, 0.0

    def unmarked(self, mark: float) -> list[ValueNode]:
        """Takes the mark of a walk, and lists the nodes without it, the last first."""
        self.grad = mark
        return [node for node in reversed(self.nodes) if node.grad is not mark]


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

    # One or two parents and their slopes stand in the node itself, which saves two
    # tuples a node; more of them stand in a bundle, or in two, in the same places.
    __slots__ = (
        "_one",
        "_other",
        "_to_one",
        "_to_other",
        "grad",
        "label",
        "rule",
        "value",
    )

    value: float
    grad: float
    label: str
    rule: Rule | None
    _one: Any
    _other: Any
    _to_one: Any
    _to_other: Any

    def __init__(self, value: Any, label: str = "") -> None:
        self.value = number(value)
        self.grad = 0.0
        self.label = label
        self.rule = self._one = self._other = None

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        return f"ValueNode({self.value!r}{label}, grad={self.grad!r})"

    @property
    def parents(self) -> tuple[ValueNode, ...]:
        """The nodes that went into the operation, one for each operand, in order."""
        if type(self._one) is Bundle:
            return (*self._one.nodes, *(self._other.nodes if self._other else ()))
        if self._other is not None:
            return self._one, self._other
        return (self._one,) if self._one is not None else ()

    @property
    def slopes(self) -> tuple[Any, ...]:
        """The slope towards each parent, taken when the node was made."""
        if type(self._one) is Bundle:
            return (*self._to_one, *(self._to_other if self._other else ()))
        if self._other is not None:
            return self._to_one, self._to_other
        return (self._to_one,) if self._one is not None else ()

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
    __radd__ = reflected(Traveller.__radd__, __add__)
    __sub__ = binary(Traveller.__sub__, rules.subtract)
    __rsub__ = reflected(Traveller.__rsub__, __sub__)
    __mul__ = binary(Traveller.__mul__, rules.multiply)
    __rmul__ = reflected(Traveller.__rmul__, __mul__)
    __truediv__ = binary(Traveller.__truediv__, rules.divide)
    __rtruediv__ = reflected(Traveller.__rtruediv__, __truediv__)
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

    def weigh(self, operands: tuple[Any, ...]) -> Any:
        """Returns a weighted sum; plain nodes get there by a shorter way."""
        if type(operands[0]) is float:  # a bias that nobody learns
            operands = (ValueNode(operands[0]), *operands[1:])
        values = [x.value for x in operands if type(x) is ValueNode]
        if len(values) != len(operands):
            return Traveller.weigh(self, operands)
        n = 1 + len(values) // 2  # the bias and the weights
        ws, xs = values[1:n], values[n:]
        y, slopes = rules.fold(values[0], ws, xs), rules.fold_slopes(ws, xs)
        return linked(y, rules.weighted_sum, Bundle(operands), slopes)

    def weigh_all(self, matrix: Sequence[Sequence[Any]], inputs: Sequence[Any]) -> Any:
        """Returns a weighted sum for each row; plain nodes share what can be shared."""
        xs = [x.value for x in inputs if type(x) is ValueNode]
        n, start, slopes = len(xs), ValueNode(0.0), (1.0, *xs)
        if n != len(inputs):
            return Traveller.weigh_all(self, matrix, inputs)
        shared, sums = Bundle(tuple(inputs)), []
        for weights in matrix:
            ws = [w.value for w in weights if type(w) is ValueNode]
            if n == len(ws) == len(weights):
                own, y = Bundle((start, *weights)), rules.fold(0.0, ws, xs)
                sums.append(linked(y, rules.weighted_sum, own, slopes, shared, ws))
            else:  # other weights, or too many or too few
                sums.append(rules.dot(start, weights, inputs))
        return sums

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


def prepare(root: ValueNode, leaves: list[tuple[ValueNode, float]]) -> list[ValueNode]:
    """Lists the inner nodes behind the root, parents first, each with `grad` 0.0.

    Args:
        root: where the walk will begin.
        leaves: receives every leaf, and the `grad` it has.
    """
    order: list[ValueNode] = []
    mark = float("0")  # a zero of this walk alone: `is` tells it from all others
    stack: list[ValueNode] = []
    node: Any = root
    while True:
        one, other = node._one, node._other
        if other is not None and one.grad is mark:
            one = other  # the first is done
        if one is not None and one.grad is not mark:
            stack.append(node)  # until this parent is done
            if type(one) is Bundle:
                stack += one.unmarked(mark)
                one = stack.pop()
            node = one
            continue
        if node.grad is not mark:  # else it was done while it waited
            if one is not None:
                order.append(node)
            else:
                leaves.append((node, node.grad))
            node.grad = mark
        if not stack:
            break
        node = stack.pop()
    for leaf, grad in leaves:
        leaf.grad = grad
    return order


def hand_on(order: list[ValueNode]) -> None:
    """Lets every node hand its adjoint times slope to each parent, the last first."""
    for node in reversed(order):
        adjoint = node.grad
        if not adjoint:
            continue
        one, other = node._one, node._other
        if type(one) is Bundle:
            for parent, slope in zip(one.nodes, node._to_one):
                parent.grad += adjoint * slope
            if other is not None:
                for parent, slope in zip(other.nodes, node._to_other):
                    parent.grad += adjoint * slope
        else:
            one.grad += adjoint * node._to_one
            if other is not None:
                other.grad += adjoint * node._to_other


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
    if len(parents) > 2:
        return linked(value, rule, Bundle(parents), slopes)
    if len(parents) == 2:
        return linked(value, rule, parents[0], slopes[0], parents[1], slopes[1])
    return linked(value, rule, parents[0], slopes[0])


def linked(
    value: float,
    rule: Rule,
    one: Any,
    to_one: Any,
    other: Any = None,
    to_other: Any = None,
) -> ValueNode:
    """Returns a node with these in its slots; under `no_grad` a leaf."""
    node: ValueNode = _new(ValueNode)
    node.value, node.grad, node.label = value, 0.0, ""
    if _paused:
        node.rule = node._one = node._other = None
    else:
        node.rule, node._one, node._other = rule, one, other
        node._to_one, node._to_other = to_one, to_other
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
