"""Programs on arrays: all examples of a batch at once."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograd.arrays import Arrays
from autograd.floats import rows_of
from autograd.program import Name, Trace, undefined
from autograd.rules import (
    Rule,
    add,
    detach,
    maximum,
    multiply,
    relu,
    weighted_sum,
)
from autograd.source import CONSTANTS, Functions, Source
from autograd.tree import leaves, rebuild
from autograd.weave import LARGEST, SUM, Weaver, differ, sides

# A part of a large batch has so many numbers in its widest array: it then stays in the
# cache of a core. Where that makes fewer than the least rows, calling numpy so often
# would cost more than the cache gives, and a part has more rows.
PART = 32_768
LEAST_ROWS, MORE_ROWS = 512, 1024


# A table of so many weights is rather copied than a batch of inputs.
SMALL = 16_384

Operation = tuple[Name, Rule, tuple[Any, ...]]
Operations = dict[Name, tuple[Rule, Any]]


class Chains:
    """Operations by their names, in which chains are being made one operation.

    Args:
        names: operations, operands before results.
        kept: results that are wanted for themselves, and stay as they are.
    """

    def __init__(self, names: Sequence[Name], kept: Iterable[Any]) -> None:
        self.found: Operations = {}
        used = [x for name in names for x in name.operands] + [*kept, *kept]
        self.uses = Counter(x for x in used if isinstance(x, Name))

    def inside(self, x: Any, rule: Rule) -> bool:
        """Tells whether x is made by a rule, and used by one operation alone."""
        found = self.found
        return x in found and found[x][0] is rule and self.uses[x] == 1

    def added(self, operands: Sequence[Any]) -> list[Any]:
        """Returns the terms of an addition, with those of the sums inside it."""
        first, second = (
            self.found.pop(x)[1] if self.inside(x, SUM) else [x] for x in operands
        )
        first += second  # in place: a long chain is not copied at every link
        return first

    def compared(self, operands: Sequence[Any]) -> list[Any]:
        """Returns the terms of a chain of maximum."""
        terms, stack = [], [*operands]
        while stack:
            x = stack.pop()
            if self.inside(x, maximum):
                stack += self.found.pop(x)[1][::-1]
            else:
                terms.append(x)
        return terms

    def summed(self, terms: Sequence[Any]) -> tuple[Rule, Sequence[Any]]:
        """Returns a sum as a dot, if it can be one."""
        products = [x for x in terms if self.inside(x, multiply)]
        if dot := as_dot(terms, products):
            for x in products:
                del self.found[x]
            return dot
        return (add if len(terms) == 2 else SUM), terms


def fused(names: Sequence[Name], kept: Iterable[Any]) -> list[Operation]:
    """Turns chains of additions into one sum, and sums of products into dots."""
    chains = Chains(names, kept)
    found = chains.found
    for name in names:
        assert name.rule
        found[name] = name.rule, name.operands
        if name.rule is add:
            found[name] = SUM, chains.added(name.operands)
        elif name.rule is detach and chains.inside(name.operands[0], maximum):
            found[name] = LARGEST, chains.compared(name.operands)
    for name, (rule, terms) in list(found.items()):
        if rule is SUM:
            found[name] = chains.summed(terms)
    left = [name for name in names if name in found]
    return [(name, found[name][0], tuple(found[name][1])) for name in left]


def as_dot(
    terms: Sequence[Any], products: Sequence[Name]
) -> tuple[Rule, tuple[Any, ...]] | None:
    """Returns a sum of products as a weighted sum, if one factor of each is fixed."""
    among = set(products)
    rest = [x for x in terms if x not in among]
    pairs = [sorted(x.operands, key=lambda x: differ([x])) for x in products]
    differing = {(differ([w]), differ([x])) for w, x in pairs}
    alike = differing in ({(False, True)}, {(False, False)})
    if len(rest) > 1 or len(products) < 2 or not alike:
        return None
    weights, inputs = zip(*pairs)
    return weighted_sum, (*(rest or (0.0,)), *weights, *inputs)


def with_units(operations: Sequence[Operation]) -> list[Operation]:
    """Gives neurons behind a relu one more input, a 1, with the bias for its weight."""
    done: Operations = {}
    units: dict[Any, Any] = {}  # by the inputs beside which they stand
    for name, rule, given in operations:
        operands = given
        neuron = sides(operands) if rule is weighted_sum else None
        if neuron and not differ(operands[:1]):
            weights, inputs = neuron
            if inputs not in units:
                units[inputs] = unit(inputs, done, set(units.values()))
            if units[inputs] is not None:
                operands = (0.0, *weights, operands[0], *inputs, units[inputs])
        done[name] = rule, operands
    return [(name, *made) for name, made in done.items()]


def unit(inputs: Sequence[Any], done: Operations, ones: set[Any]) -> Name | None:
    """Writes a 1 beside the inputs of neurons, if they come from a layer with relu.

    A relu leaves a 1 as it is. So it comes from one more neuron of that layer, whose
    weights are 0 and its bias 1; or whose weight is 1 where that layer has a 1 itself.
    """
    shared = behind(inputs, done)
    if not shared or len(inputs) * len(shared) > SMALL:
        return None
    weights = [1.0 if x in ones else 0.0 for x in shared]
    operands = 1.0 - sum(weights), *weights, *shared
    one: Name = weighted_sum(*operands)
    done[one] = weighted_sum, operands
    after: Name = relu(one)
    done[after] = relu, (one,)
    return after


def behind(inputs: Sequence[Any], done: Operations) -> Sequence[Any]:
    """Returns what the neurons read whose relu these inputs are, all the same list."""
    relus = [done[x][1][0] for x in inputs if x in done and done[x][0] is relu]
    sums = [done[x][1] for x in relus if x in done and done[x][0] is weighted_sum]
    before = {neuron[1] if neuron else () for neuron in map(sides, sums)}
    alike = len(sums) == len(inputs) and len(before) == 1
    return before.pop() if alike else ()


class Writer(Functions):
    """Writes the functions of a trace, for arrays."""

    def __init__(self, trace: Trace, library: str, dtype: str) -> None:
        self.arrays = Arrays(library, dtype)
        self.library, self.dtype = library, dtype
        self.rows = 0  # of the parts of a large batch
        self.widths = [len(leaves(pattern)) for pattern in trace.patterns]
        self.rowed = [(n, i in trace.batched) for i, n in enumerate(self.widths)]
        self.several = [isinstance(pattern, list) for pattern in trace.chosen]
        super().__init__(trace)

    def again(self, trace: Trace) -> Writer:
        """Writes another trace in the same manner."""
        return Writer(trace, self.library, self.dtype)

    def woven(self, outputs: Sequence[Any]) -> Weaver:
        """Groups what the outputs need."""
        trace = self.trace
        inputs = [
            ([trace.names[leaf] for leaf in leaves(pattern)], word, i in trace.batched)
            for i, (pattern, word) in enumerate(zip(trace.patterns, trace.words))
        ]
        weaver = Weaver(inputs)
        weaver.weave(with_units(fused(undefined(outputs), outputs)))
        return weaver

    def value_body(self) -> Source:
        """Writes what computes the outputs, as the columns of an array."""
        outputs = [self.trace.names[node] for node in leaves(self.trace.output)]
        weaver = self.woven(outputs)
        view = weaver.view(outputs)
        name = weaver.wide(view.name, len(outputs))
        if weaver.examples is not None and not name.varies:
            name = weaver.tall(name)
        source = Source([name], {}, self.rules)
        source.define(name)
        source.add(f"return {source.operand(name)}")
        return source

    def gradient_body(self) -> Source:
        """Writes what computes value and gradient; for a batch, their means."""
        root = self.trace.names[self.trace.output]
        weaver = self.woven([root])
        value = weaver.wide(weaver.view([root]).name, 1)
        if isinstance(root, Name):
            found = weaver.sweep(root)
        else:
            found = [weaver.wide(0.0, each.name.width) for each in weaver.inputs]
        widths = [block.name.width for block in weaver.blocks if block.name.varies]
        rows = PART // max(widths, default=1)
        self.rows = rows if rows >= LEAST_ROWS else MORE_ROWS
        chosen = [x for i, x in enumerate(found) if i not in self.trace.batched]
        value = weaver.shaped("mean({})" if value.varies else "{}.sum()", 1, value)
        source = Source([value, *chosen], {}, self.rules)
        source.define(value, *chosen)
        gradients = "".join(f"{source.operand(x)}, " for x in chosen)
        source.add(f"return {source.operand(value)}, ({gradients.rstrip()})")
        return source

    def known(self) -> dict[str, Any]:
        """Returns what the source calls by name."""
        called = {name: self.arrays.function(rule) for name, rule in self.rules.items()}
        return CONSTANTS | self.arrays.shapes() | called

    def ready(self, args: Sequence[Any]) -> list[Any] | None:
        """Returns arguments as rows, if they are arrays and nothing is to be done.

        All others are for `pack`, which asks more questions and has the answers.
        """
        if len(args) != len(self.rowed):
            return None
        packed, count = [], 0
        for x, (width, batched) in zip(args, self.rowed):
            if not self.arrays.is_own(x) or not x.size:
                return None
            n = len(x) if batched and x.ndim else 1
            count = count or n if batched else count
            if x.size != n * width or (batched and n != count):
                return None
            packed.append(x if x.shape == (n, width) else x.reshape(n, width))
        return packed

    def pack(self, i: int, arg: Any) -> Any:
        """Returns an argument as the program takes it: a row for every example."""
        width, batched = self.widths[i], i in self.trace.batched
        if not self.arrays.is_plain(arg):
            arg = self.listed(i, arg)
        array = self.arrays.array(arg)
        shape = array.shape
        if batched and not shape:
            raise TypeError(
                f"argument {self.trace.words[i]!r} must be an array of examples, "
                "got a number"
            )
        rows = shape[0] if batched else 1
        if math.prod(shape) != rows * width:
            raise ValueError(
                f"argument {self.trace.words[i]!r} must hold {width} numbers"
                f"{' for each example' * batched}, got an array of shape {tuple(shape)}"
            )
        return array.reshape(rows, width)

    def listed(self, i: int, arg: Any) -> Any:
        """Returns an argument in lists, flat for each example."""
        arg = self.trace.floats(i, arg)
        pattern = self.trace.patterns[i]
        if not isinstance(pattern, list) or list not in map(type, pattern):
            return arg
        return [leaves(row) for row in arg] if i in self.trace.batched else leaves(arg)

    def run(self, function: Callable[..., Any], args: Sequence[Any]) -> Any:
        """Calls a function of the program."""
        y = self.arrays.strictly(function, *args)
        # inf / 0.0 is an error of floats, of which no library tells.
        if not math.isfinite(self.arrays.strictly(y.sum)):
            raise FloatingPointError
        return y

    def run_gradient(self, function: Callable[..., Any], args: Sequence[Any]) -> Any:
        """Calls the function that computes value and gradient."""
        return self.arrays.strictly(self.finite, function, args)

    def finite(self, function: Callable[..., Any], args: Sequence[Any]) -> Any:
        """Returns value and gradient, or raises an error if they are not finite."""
        value, gradient = self.gradient(*self.in_parts(function, args))
        # Where infinity met a zero the engine may know better.
        if not (math.isfinite(value) and all(map(self.arrays.is_finite, gradient))):
            raise FloatingPointError
        return value, gradient

    def in_parts(self, function: Callable[..., Any], args: Sequence[Any]) -> Any:
        """Calls a function on parts of a large batch, which stay in the cache."""
        batched = self.trace.batched
        n = len(args[batched[0]]) if batched else 0
        if self.library != "numpy" or n < 1.5 * self.rows:
            return function(*args)
        value: Any = 0.0
        total = [0.0] * len(self.several)
        for i in range(0, n, self.rows):
            part = slice(i, min(i + self.rows, n))
            rows = [x[part] if k in batched else x for k, x in enumerate(args)]
            share = (part.stop - i) / n
            mean, gradient = function(*rows)
            value += share * mean
            total = [t + share * g for t, g in zip(total, gradient)]
        return value, total

    def output(self, y: Any) -> Any:
        """Returns outputs in the shape of what the function returns."""
        y = self.arrays.array(y)
        rows = (len(y),) if self.trace.batched else ()
        columns = (
            (y.reshape(len(y), -1).shape[1],)
            if isinstance(self.trace.output, list | tuple)
            else ()
        )
        return y.reshape(rows + columns) if rows + columns else y.reshape(-1)[0]

    def gradient(self, value: Any, gradient: Sequence[Any]) -> Any:
        """Returns value and gradient, a flat array for each argument."""
        shaped = []
        for several, g in zip(self.several, gradient):
            flat = self.arrays.array(g).reshape(-1)
            shaped.append(flat if several else flat[0])
        return value, tuple(shaped)

    def examples(self, args: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Returns the arguments of every example by itself, in nested lists."""
        lists = []
        for i, (arg, pattern) in enumerate(zip(args, self.trace.patterns)):
            rows = self.pack(i, arg).tolist()
            lists.append([rebuild(pattern, row) for row in rows])
        plain = [x if i in self.trace.batched else x[0] for i, x in enumerate(lists)]
        return rows_of(plain, self.trace.batched)
