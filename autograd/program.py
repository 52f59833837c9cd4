"""A recorded run, told in names: what flows through the rules leaves a program."""

from __future__ import annotations

import inspect
import itertools
import keyword
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograd.forward import is_number
from autograd.grad import ValueNode, as_node, topological_order
from autograd.rules import (
    TABLE,
    Rule,
    Traveller,
    add,
    as_value,
    kind,
    multiply,
    negate,
    number,
    step,
    subtract,
)
from autograd.tree import leaves, rebuild, remake

SAME = Rule("{}", lambda a: a, lambda y, a: (1.0,))
# The product with a step, in one operation that branches; not a row of the table.
GATE = Rule("gate", lambda a, b: b if a > 0.0 else 0.0, lambda y, a, b: (0.0, step(a)))


class Name(Traveller):
    """A variable of the program that is being written.

    Attributes:
        program: where its operation is written down.
        place: at which place there; operands stand before results.
        rule: the operation that computes it; None for an input or a running sum.
        operands: the names and numbers that go into the operation.
        text: what it is called in the source; empty until that is known.
        varies: whether it is another number for every example of a batch.
        width: how many columns it has, where it stands for an array.
    """

    __slots__ = ("operands", "place", "program", "rule", "text", "varies", "width")

    varies: bool
    width: int

    def __init__(
        self,
        program: Program,
        rule: Rule | None = None,
        operands: tuple[Any, ...] = (),
        *,
        text: str = "",
        varies: bool = False,
    ) -> None:
        self.program, self.place = program, len(program.lines)
        self.rule, self.operands, self.text = rule, operands, text
        names = [x for x in operands if isinstance(x, Name)]
        self.varies = varies or any(x.varies for x in names)
        self.width = max((x.width for x in names), default=1)

    def __repr__(self) -> str:
        return f"Name({self.text!r})"

    def flow(self, rule: Rule, inputs: tuple[Any, ...]) -> Any:
        """Writes the operation down, unless it stands there already."""
        return self.program.write(rule, inputs)


class Program:
    """Operations written down in order, none of them twice.

    Attributes:
        gates: whether a product with a step is written as a gate, which lets no inf
            through where it is closed; so it is on the way back.
    """

    def __init__(self) -> None:
        self.lines: dict[Any, Name] = {}
        self.count = 0
        self.gates = False

    def write(self, rule: Rule, inputs: tuple[Any, ...]) -> Any:
        """Returns the name of a result; the same operation has the same name."""
        rule, inputs = simpler(rule, inputs)
        if self.gates and rule is multiply:
            rule, inputs = gated(inputs)
        if rule is SAME:
            return inputs[0]
        operands = tuple(x if isinstance(x, Name) else number(x) for x in inputs)
        # Numbers are compared as text: 0.0 and -0.0 are equal, and nan is not.
        key = (rule, *(x if isinstance(x, Name) else repr(x) for x in operands))
        if key not in self.lines:
            self.lines[key] = Name(self, rule, operands)
        return self.lines[key]

    def fresh(self) -> str:
        """Returns a text that no name has."""
        self.count += 1
        return f"v{self.count}"


def simpler(rule: Rule, inputs: tuple[Any, ...]) -> tuple[Rule, tuple[Any, ...]]:
    """Returns an operation that gives the same, and is less to write and to compute."""
    if rule is negate and made_by(negate, inputs[0]):
        return SAME, inputs[0].operands
    orders = (inputs, inputs[::-1])
    if rule is add:
        for a, b in orders:
            if is_number(a, 0.0):
                return SAME, (b,)
            if made_by(negate, a):
                return subtract, (b, a.operands[0])
    if rule is multiply:
        for a, b in orders:
            if is_number(a, 1.0) or is_number(a, -1.0):
                return (SAME if a > 0.0 else negate), (b,)
    return (SAME if rule.form == "{} ** 1" else rule), inputs


def gated(inputs: tuple[Any, ...]) -> tuple[Rule, tuple[Any, ...]]:
    """Returns a product as a gate, if one factor is a step: every relu leaves one."""
    for a, b in (inputs, inputs[::-1]):
        if made_by(step, a):
            return GATE, (a.operands[0], b)
        if made_by(negate, a) and made_by(step, a.operands[0]):
            return GATE, (a.operands[0].operands[0], -b)
    return multiply, inputs


def made_by(rule: Rule, x: Any) -> bool:
    """Tells whether something is the result of an operation."""
    return isinstance(x, Name) and x.rule is rule


def undefined(wanted: Iterable[Any], defined: Any = ()) -> list[Name]:
    """Lists what a program has to compute for some names, operands before results."""
    found: set[Name] = set()
    stack = [x for x in wanted if isinstance(x, Name)]
    while stack:
        name = stack.pop()
        if name.rule and name not in found and name not in defined:
            found.add(name)
            stack += [x for x in name.operands if isinstance(x, Name)]
    return sorted(found, key=lambda name: name.place)


class Trace:
    """One recorded run of a function, told in names.

    Args:
        f: takes numbers, nested lists of them and modules; returns a number or lists.
        args: where the run is recorded.
        batched: which arguments, counted from 0, differ from example to example.
        frozen: parameters of modules that count as constants.

    Attributes:
        words: what the source calls the arguments.
        patterns: the leaves of each argument, in nested lists.
        output: what f returned, with nodes for numbers.
        names: the name of each node, or its value where it is constant.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        args: Sequence[Any],
        batched: Sequence[int] = (),
        frozen: Iterable[ValueNode] = (),
    ) -> None:
        self.program, self.batched = Program(), tuple(batched)
        self.frozen = frozenset(frozen)
        entered = [enter(arg, self.frozen) for arg in args]
        self.patterns = [pattern for _, pattern in entered]
        self.words = words(f, len(args))
        output = f(*(arg for arg, _ in entered))
        self.output = rebuild(output, [as_node(y) for y in leaves(output)])
        self.names: dict[ValueNode, Any] = {}
        for i, (pattern, word) in enumerate(zip(self.patterns, self.words)):
            for leaf, text in labelled(pattern, word):
                if leaf in self.names:
                    raise ValueError(
                        "a parameter belongs to two of the modules that are passed: "
                        "make them one module, whose parameters() lists it once"
                    )
                name = Name(self.program, text=text, varies=i in self.batched)
                self.names[leaf] = name
        for node in topological_order(*leaves(self.output)):
            if node not in self.names:
                self.names[node] = self.result(node)

    def result(self, node: ValueNode) -> Any:
        """Sends the names of a node's parents through its rule."""
        if node.rule is None:
            return node.value
        return node.rule(*(self.names[parent] for parent in node.parents))

    @property
    def chosen(self) -> list[Any]:
        """The patterns of the arguments that are the same for every example."""
        return [p for i, p in enumerate(self.patterns) if i not in self.batched]

    @property
    def wanted(self) -> list[ValueNode]:
        """The leaves of these arguments."""
        return leaves(self.chosen)

    def floats(self, i: int, arg: Any) -> Any:
        """Returns an argument in lists of floats; a batched one, as a list of such.

        Raises:
            TypeError, ValueError: it is no number, or not of the shape that is wanted.
        """
        pattern, what = self.patterns[i], f"argument {self.words[i]!r}"
        if i not in self.batched:
            return fitted(arg, pattern, what)
        rows = arg.tolist() if hasattr(arg, "tolist") else arg
        if not isinstance(rows, Sequence):
            raise TypeError(f"{what} must be a list of examples, got {kind(rows)}")
        if are_floats(rows, pattern):
            return rows
        return [fitted(row, pattern, what) for row in rows]

    def pattern(self, pattern: Any) -> str:
        """Writes nested lists of nodes as Python does, by their names."""
        if isinstance(pattern, list):
            return f"[{', '.join(map(self.pattern, pattern))}]"
        return str(self.names[pattern].text)


def enter(arg: Any, frozen: frozenset[ValueNode]) -> tuple[Any, Any]:
    """Returns an argument with nodes in it, and these nodes in nested lists."""
    if hasattr(arg, "parameters"):
        return arg, [p for p in dict.fromkeys(arg.parameters()) if p not in frozen]
    if isinstance(arg, list | tuple):
        pairs = [enter(part, frozen) for part in arg]
        return remake(arg, [part for part, _ in pairs]), [nodes for _, nodes in pairs]
    node = ValueNode(as_value(arg))
    return node, node


def fitted(arg: Any, pattern: Any, what: str) -> Any:
    """Returns an argument with floats for its numbers, in the shape of nested lists.

    Raises:
        TypeError: something in it is no number.
        ValueError: it has another shape; the message calls it by what it is.
    """
    arg = arg.tolist() if hasattr(arg, "tolist") else arg
    if not isinstance(pattern, list):
        return arg if type(arg) is float else as_value(arg)
    if not isinstance(arg, Sequence) or len(arg) != len(pattern):
        got = len(arg) if isinstance(arg, Sequence) else kind(arg)
        raise ValueError(f"{what} must be a list of {len(pattern)}, got {got}")
    if {float} == set(map(type, arg)) and list not in map(type, pattern):
        return arg  # most lists, without a loop
    return [fitted(part, p, what) for part, p in zip(arg, pattern)]


def are_floats(rows: Any, pattern: Any) -> bool:
    """Tells at a glance whether examples are floats, or flat lists of floats."""
    if not isinstance(pattern, list):
        return {float} == set(map(type, rows))
    if list in map(type, pattern) or not {list, tuple}.issuperset(map(type, rows)):
        return False
    numbers = itertools.chain.from_iterable(rows)
    return {len(pattern)} == set(map(len, rows)) and {float} == set(map(type, numbers))


def labelled(pattern: Any, word: str) -> list[tuple[ValueNode, str]]:
    """Names every leaf of nested lists by its place in them."""
    if not isinstance(pattern, list):
        return [(pattern, word)]
    parts = enumerate(pattern)
    return [pair for i, part in parts for pair in labelled(part, f"{word}_{i}")]


def words(f: Callable[..., Any], n: int) -> list[str]:
    """Returns what a function calls its first n arguments, as far as that can be told.

    A name that a generated program needs for something else gets an underscore.
    """
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    named = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD][:n]
    found = [*named, *(f"x{i}" for i in range(len(named) + 1, n + 1))]
    for i in range(len(named)):
        found[i] = free(found[i], found[:i] + found[i + 1 :])
    return found


def free(word: str, others: Sequence[str]) -> str:
    """Returns a word with as many underscores as it needs beside others."""
    while is_taken(word) or any(clash(word, other) for other in others):
        word += "_"
    return word


def called(rule: Rule) -> str:
    """Returns what a generated program calls a rule: its name in the table, if it can.

    A row that somebody added may have a name that Python, or a program, needs itself.
    """
    name = rule.form
    free = name.isidentifier() and not keyword.iskeyword(name) and name not in TAKEN
    free = free and TABLE.get(name) is rule
    return name if free or rule is GATE else "rule"


def is_taken(word: str) -> bool:
    """Tells whether a generated program may use a name for something of its own."""
    return word in TABLE or word in TAKEN or bool(re.fullmatch(OWN, word))


def clash(one: str, other: str) -> bool:
    """Tells whether two arguments could have the name of a number in common.

    The numbers in a list `x` are called `x_0`, `x_1`; their running sums, `d_x_0`.
    """
    for pair in ((one, other), (f"d_{one}", other), (one, f"d_{other}")):
        short, long = sorted(pair, key=len)
        if long.startswith(short) and re.fullmatch(r"(_\d+)*", long[len(short) :]):
            return True
    return False


OWN = r"(d_)?v\d+|rule\d*"
TAKEN = {
    *("inf", "nan", "zip", "len", "n", "total", "outputs", "array", "where"),
    *("power", "gate", "rows", "concatenate", "repeat", "onehot", "full", "row"),
    *("with_one", "unit", "largest", "mean"),
}
