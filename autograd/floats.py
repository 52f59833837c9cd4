"""Programs on floats: pure Python, one example after the other."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from autograd.forward import plus, times
from autograd.grad import ValueNode
from autograd.program import GATE, Name, Trace, free, made_by, undefined
from autograd.reverse import LinearMap
from autograd.source import CONSTANTS, LINE, Functions, Source
from autograd.tree import leaves, rebuild

# Rows that Python says by an expression of its own, faster than by a call.
SPELLED = {
    "relu": "0.0 if {0} <= 0.0 else {0}",
    "step": "1.0 if {0} > 0.0 else 0.0 if {0} <= 0.0 else {0}",
    "gate": "{1} if {0} > 0.0 else 0.0",
}
NEAR = 256  # so many variables of a function Python reaches by one instruction


@dataclass
class Additions:
    """Shares that are added to running sums, unless the adjoint behind them is 0.

    Without shares, nothing at all is left to do where the adjoint is 0.
    """

    adjoint: Name | None
    shares: list[tuple[Name, Any]]  # a sum, and what is added to it


class Sweep:
    """The way back through a trace, in names.

    Attributes:
        inside: the additions that are made for every example.
        outside: those that are made once.
        sums: the nodes whose adjoint is a running sum.
    """

    def __init__(self, trace: Trace, root: ValueNode) -> None:
        self.names, self.program = trace.names, trace.program
        self.inside: list[Additions] = []
        self.outside: list[Additions] = []
        self.sums: dict[ValueNode, Name] = {}
        self.shares: dict[ValueNode, Any] = {root: 1.0}
        self.waiting: set[ValueNode] = set()  # have a share, and pass it on later
        self.asked: set[Name] = set()  # are not 0 in what follows
        self.program.gates = True
        steps = LinearMap([root], trace.wanted, self.names.__getitem__).steps
        for looped in (True, False):  # what differs between examples is the later part
            for node, edges in reversed(steps):
                if varies(self.names[node]) == looped:
                    self.step(node, edges)
        self.gradient = [self.adjoint(leaf) for leaf in trace.wanted]

    def step(self, node: ValueNode, edges: list[tuple[ValueNode, Any]]) -> None:
        """Gives each parent its share of the adjoint of a node."""
        adjoint = self.adjoint(node)
        self.waiting.discard(node)
        self.ask(adjoint)
        # A node with many parents is worth a question: a zero passes nothing on.
        guarded = len(edges) > 2 and isinstance(adjoint, Name)
        added = []
        for parent, slope in edges:
            share = times(slope, adjoint)
            kept = varies(share) and not varies(self.names[parent])
            if kept or (guarded and parent.rule is None):
                added.append((self.sum_of(parent), share))
            else:
                self.give(parent, share)
        if added:
            where = self.inside if varies(self.names[node]) else self.outside
            doubtful = guarded and adjoint not in self.asked
            where.append(Additions(adjoint if doubtful else None, added))

    def give(self, node: ValueNode, share: Any) -> None:
        """Adds a share, which the node is to pass on."""
        self.shares[node] = plus(self.shares.get(node, 0.0), share)
        if varies(self.names[node]):
            self.waiting.add(node)

    def ask(self, adjoint: Any) -> None:
        """Notes that the example may end here, if nothing else is left to pass on."""
        gate = made_by(GATE, adjoint) and varies(adjoint)
        if gate and not self.waiting and adjoint not in self.asked:
            self.asked.add(adjoint)
            self.inside.append(Additions(adjoint, []))

    def sum_of(self, node: ValueNode) -> Name:
        """Returns the running sum of the adjoint of a node."""
        if node not in self.sums:
            text = self.names[node].text
            self.sums[node] = Name(self.program, text=text and f"d_{text}")
        return self.sums[node]

    def adjoint(self, node: ValueNode) -> Any:
        """Returns all that a node was given."""
        share = self.shares.get(node, 0.0)
        return plus(self.sums[node], share) if node in self.sums else share


def plurals(trace: Trace) -> dict[int, str]:
    """Returns what a program calls the lists of examples: those of each `x`, `xs`."""
    found: dict[int, str] = {}
    for i in trace.batched:
        others = [*trace.words, *found.values()]
        found[i] = free(f"{trace.words[i]}s", others)
    return found


def varies(x: Any) -> bool:
    """Tells whether something is another number for every example."""
    return isinstance(x, Name) and x.varies


class Writer(Functions):
    """Writes the functions of a trace, for floats."""

    def __init__(self, trace: Trace) -> None:
        self.lists = plurals(trace)
        kinds = {type(part) for part in parts(trace.output)}
        self.named = bool(kinds - {list, tuple, ValueNode})
        super().__init__(trace)

    def known(self) -> dict[str, Any]:
        """Returns what the source calls by name."""
        return CONSTANTS | {name: rule.value for name, rule in self.rules.items()}

    def again(self, trace: Trace) -> Writer:
        """Writes another trace in the same manner."""
        return Writer(trace)

    def pack(self, i: int, arg: Any) -> Any:
        """Returns an argument as the program takes it."""
        return self.trace.floats(i, arg)

    def examples(self, args: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Returns the arguments of every example by itself."""
        return rows_of(
            [self.pack(i, arg) for i, arg in enumerate(args)], self.trace.batched
        )

    def run(self, function: Callable[..., Any], args: Sequence[Any]) -> Any:
        """Calls a function of the program."""
        return function(*args)

    def run_gradient(self, function: Callable[..., Any], args: Sequence[Any]) -> Any:
        """Calls the function that computes value and gradient."""
        value, gradient = function(*args)
        # Where infinity met a zero the engine may know better.
        if math.isnan(value + summed(gradient)):
            raise FloatingPointError
        return value, gradient

    def output(self, y: Any) -> Any:
        """Returns what the function returned; a named tuple has its names again."""
        pattern = self.trace.output
        if not self.named:
            return y
        if self.trace.batched:
            return [rebuild(pattern, leaves(row)) for row in y]
        return rebuild(pattern, leaves(y))

    def gradient(self, value: float, gradient: tuple[Any, ...]) -> Any:
        """Returns value and gradient, as they are."""
        return value, gradient

    def words(self) -> list[str]:
        """Returns what the functions call their arguments, plurals for batched ones."""
        return [self.lists.get(i, word) for i, word in enumerate(self.trace.words)]

    def value_body(self) -> Source:
        """Writes what computes the output, or a list of outputs for a batch."""
        trace = self.trace
        nodes = leaves(trace.output)
        outputs = [trace.names[node] for node in nodes]
        source = Source(outputs, SPELLED, self.rules)
        self.unpack(source)
        if trace.batched:
            self.hoist(source, outputs)
            source.add("outputs = []")
            self.loop(source)
        source.define(*outputs)
        texts = {node: source.operand(trace.names[node]) for node in nodes}
        result = nested(trace.output, texts)
        if trace.batched:
            source.add(f"outputs.append({result})")
            self.close(source)
            result = "outputs"
        source.add(f"return {result}")
        return source

    def gradient_body(self) -> Source:
        """Writes what computes value and gradient; for a batch, their means."""
        trace, value = self.trace, self.trace.names[self.trace.output]
        sweep = Sweep(trace, trace.output)
        every = [*sweep.inside, *sweep.outside]
        shares = [share for additions in every for _, share in additions.shares]
        guards = [additions.adjoint for additions in every] * 2
        source = Source([value, *sweep.gradient, *shares, *guards], SPELLED, self.rules)
        self.unpack(source)
        for name in sweep.sums.values():
            name.text = name.text or f"d_{self.trace.program.fresh()}"
        self.start(source, [name.text for name in sweep.sums.values()])
        if trace.batched:
            inside = [share for a in sweep.inside for _, share in a.shares]
            self.hoist(source, [value, *inside])
            source.add("total = 0.0")
            self.loop(source)
        source.define(value)
        text = source.operand(value)
        if trace.batched:
            source.add(f"total += {text}")
            self.additions(source, sweep.inside)
            self.close(source)
            text = self.means(source, sweep)
        self.additions(source, sweep.outside)
        source.define(*sweep.gradient)
        found = dict(zip(trace.wanted, map(source.operand, sweep.gradient)))
        source.add(f"return {text}, {nested(tuple(trace.chosen), found)}")
        return source

    def unpack(self, source: Source) -> None:
        """Gives a name to each number in the arguments that are lists."""
        trace = self.trace
        for i, (word, pattern) in enumerate(zip(trace.words, trace.patterns)):
            if isinstance(pattern, list) and i not in trace.batched:
                source.add(f"{trace.pattern(pattern)} = {word}")

    def loop(self, source: Source) -> None:
        """Opens the loop over the examples."""
        trace = self.trace
        parts = [trace.pattern(trace.patterns[i]) for i in trace.batched]
        lists = [self.lists[i] for i in trace.batched]
        targets, examples = ", ".join(parts), f"zip({', '.join(lists)})"
        if len(targets) > LINE // 2:
            targets = f"({targets})"
        source.add(f"for {targets} in {examples if len(parts) > 1 else lists[0]}:")
        source.indent = "        "
        source.named.clear()

    def close(self, source: Source) -> None:
        """Closes the loop; its variables come first where a function has many.

        Python reaches a variable beyond the first 256 by two instructions.
        """
        source.indent = "    "
        trace = self.trace
        if len(trace.wanted) + len(source.named) > NEAR:
            examples = [trace.patterns[i] for i in trace.batched]
            names = [trace.names[leaf].text for leaf in leaves(examples)]
            lines, source.lines = source.lines, []
            self.start(source, [*source.named, *names][:NEAR])
            source.lines += lines

    def hoist(self, source: Source, wanted: Sequence[Any]) -> None:
        """Computes before the loop what is the same for every example."""
        inner = [name for name in undefined(wanted) if name.varies]
        source.define(*wanted_outside(inner), *(x for x in wanted if not varies(x)))

    def start(self, source: Source, names: Sequence[str]) -> None:
        """Sets variables to 0, as many in a line as fit."""
        width = max(map(len, names), default=0) + len(" = ")
        n = max(1, (LINE - len("0.0")) // width)
        for i in range(0, len(names), n):
            source.add(f"{' = '.join(names[i : i + n])} = 0.0")

    def means(self, source: Source, sweep: Sweep) -> str:
        """Divides the sums by the number of examples."""
        source.add(f"n = len({self.lists[self.trace.batched[0]]})")
        summed = {name: None for a in sweep.inside for name, _ in a.shares}
        for name in summed:
            if not name.varies:
                source.add(f"{name.text} /= n")
        return "total / n"

    def additions(self, source: Source, every: Sequence[Additions]) -> None:
        """Writes additions to running sums, under the question whether any is due."""
        indent = source.indent
        for each in every:
            if each.adjoint:
                source.define(each.adjoint)
                guard = source.operand(each.adjoint)
                source.add(f"if {guard}:" if each.shares else f"if not {guard}:")
                known, source.indent = len(source.texts), indent + "    "
            for name, share in each.shares:
                source.define(share)
                source.add(f"{name.text} += {source.operand(share)}")
            if not each.shares:
                source.add("continue")
            if each.adjoint:  # what was computed in there is not known outside
                source.indent = indent
                while len(source.texts) > known:
                    source.texts.popitem()


def wanted_outside(inner: Sequence[Name]) -> list[Name]:
    """Lists what operations of the loop need of the names that do not vary."""
    operands = [x for name in inner for x in name.operands]
    return [x for x in operands if isinstance(x, Name) and not x.varies]


def nested(pattern: Any, texts: dict[ValueNode, str]) -> str:
    """Writes nested lists and tuples, with a text for each leaf."""
    if not isinstance(pattern, list | tuple):
        return texts[pattern]
    parts = ", ".join(nested(part, texts) for part in pattern)
    if isinstance(pattern, list):
        return f"[{parts}]"
    return f"({parts},)" if len(pattern) == 1 else f"({parts})"


def summed(tree: Any) -> float:
    """Returns the sum of the numbers in nested lists and tuples."""
    if isinstance(tree, float):
        return tree
    try:
        return sum(tree, 0.0)
    except TypeError:  # a list is among them
        return sum(map(summed, tree))


def parts(tree: Any) -> Iterator[Any]:
    """Yields nested lists, all that is in them, and so on."""
    yield tree
    if isinstance(tree, list | tuple):
        for part in tree:
            yield from parts(part)


def rows_of(args: Sequence[Any], batched: Sequence[int]) -> list[tuple[Any, ...]]:
    """Returns the arguments of every example; those not batched are in each row."""
    if not batched:
        return [tuple(args)]
    n = len(args[batched[0]])
    return [
        tuple(arg[k] if i in batched else arg for i, arg in enumerate(args))
        for k in range(n)
    ]
