"""Random arguments for random programs, and what a compiled function should answer to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st
from programs import near_a_kink, run, sizes_of_the_paths, tame_float

from autograd import ValueNode
from autograd.tree import leaves, rebuild


@dataclass
class Call:
    """A way to hand numbers to a program: nested lists, some of them batched."""

    shapes: list[Any]
    batched: tuple[int, ...]
    examples: list[list[float]]  # for each example all numbers, one after the other

    @property
    def rows(self):
        """The arguments of each example."""
        return [rebuild(self.shapes, numbers) for numbers in self.shared]

    @property
    def shared(self):
        """The examples, where what is not batched is as in the first."""
        fixed = [i for i in range(len(self.shapes)) if i not in self.batched]
        first = rebuild(self.shapes, self.examples[0])
        found = []
        for numbers in self.examples:
            args = rebuild(self.shapes, numbers)
            for i in fixed:
                args[i] = first[i]
            found.append(leaves(args))
        return found

    @property
    def args(self):
        rows = self.rows
        return [
            [row[i] for row in rows] if i in self.batched else rows[0][i] for i in range(len(self.shapes))
        ]


shapes = st.recursive(st.just(0.0), lambda parts: st.lists(parts, min_size=1, max_size=3), max_leaves=4)


@st.composite
def calls(draw):
    found = draw(st.lists(shapes, min_size=1, max_size=4))
    batched = tuple(sorted(draw(st.sets(st.sampled_from(range(len(found)))))))
    n = len(leaves(found))
    numbers = st.lists(tame_float, min_size=n, max_size=n)
    k = 4 if batched else 1
    return Call(found, batched, draw(st.lists(numbers, min_size=1, max_size=k)))


def as_function(program):
    return lambda *args: run(program, leaves(args))


def eager(f, call):
    """The mean of values and gradients, an allowance for their rounding, and all values."""
    values, gradients, size = [], [], 1.0
    for numbers in call.shared:
        nodes = [ValueNode(x) for x in numbers]
        root = f(*rebuild(call.shapes, nodes))
        root = root if isinstance(root, ValueNode) else ValueNode(root)
        order = root.topological_order()
        assume(all(abs(node.value) < 1e4 for node in order))
        assume(not any(map(near_a_kink, order)))
        root.backward()
        sizes = sizes_of_the_paths(order)
        size = max(size, *(s * max(1.0, abs(node.value)) for node, s in sizes.items()))
        assume(size < 1e8)
        values.append(root.value)
        gradients.append(rebuild(call.shapes, [node.grad for node in nodes]))
    n = len(values)
    chosen = [i for i in range(len(call.shapes)) if i not in call.batched]
    columns = zip(*(leaves([g[i] for i in chosen]) for g in gradients))
    return values, sum(values) / n, [sum(column) / n for column in columns], size


def close(found, wanted, size, rel=1e-10):
    """Whether two lists of floats agree, but for rounding of steps as large as the size."""
    return len(found) == len(wanted) and all(
        abs(a - b) <= rel * abs(b) + rel * 1e-3 * size for a, b in zip(found, wanted)
    )


def no_fallback(compiled):
    """The compiled function, which now may not run the recorded one."""

    def refuse(*_):
        raise AssertionError("the function itself was run")

    compiled.eager = refuse
    return compiled


def flat(x):
    """All numbers of nested lists, tuples and arrays."""
    if hasattr(x, "tolist"):
        x = x.tolist()
    return [leaf for part in x for leaf in flat(part)] if isinstance(x, list | tuple) else [x]
