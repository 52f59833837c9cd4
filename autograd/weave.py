"""Numbers that are computed alike, woven into arrays: one column for each."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograd.forward import is_number, plus, times
from autograd.program import Name, Program
from autograd.rules import Rule, weighted_sum
from autograd.source import Shape

SUM = Rule("sum", lambda *terms: sum(terms), lambda y, *terms: (1.0,) * len(terms))
# Of a chain of maximum behind which everything is detached, so that no slope is asked.
LARGEST = Rule("largest", max, lambda y, *terms: (0.0,) * len(terms))
Places = list[int] | range
ADD_COLUMNS, ADD_ROWS = "{}.sum(1, keepdims=True)", "{}.sum(0, keepdims=True)"


@dataclass(eq=False)
class Block:
    """Numbers that stand side by side in the columns of one array.

    Attributes:
        name: the array; it has a row for every example, or one for all of them.
        back: hands the adjoint of the array on to what it was computed from.
        sums: (columns, share): parts of the adjoint, summed up over the examples.
        shares: (columns, share): parts of the adjoint as they are.
    """

    name: Name
    back: Callable[[Any], None] | None = None
    sums: list[tuple[Places, Any]] = field(default_factory=list)
    shares: list[tuple[Places, Any]] = field(default_factory=list)


@dataclass
class View:
    """Columns picked from blocks.

    Attributes:
        name: the array of these columns; a number where all of them are that number.
        width: how many columns are wanted; where the array has one, it serves for all.
        pieces: (block, columns) from left to right; no block for constants.
    """

    name: Any
    width: int
    pieces: list[tuple[Block | None, Places]]

    @property
    def constant(self) -> bool:
        """Whether no block is behind any column."""
        return all(block is None for block, _ in self.pieces)

    @property
    def single(self) -> bool:
        """Whether one column serves for several."""
        return sum(len(places) for _, places in self.pieces) == 1 < self.width


class Weaver:
    """Groups the names of single numbers into blocks, and goes back through these.

    Args:
        inputs: for each argument the names of its numbers, what it is called, and
            whether it has a row for every example.
    """

    def __init__(self, inputs: Sequence[tuple[Sequence[Name], str, bool]]) -> None:
        self.program = Program()
        self.place: dict[Name, tuple[Block, int]] = {}
        self.blocks: list[Block] = []
        self.inputs: list[Block] = []
        for lanes, text, varies in inputs:
            name = Name(self.program, text=text, varies=varies)
            name.width = len(lanes)
            self.inputs.append(self.settle(lanes, Block(name)))
        self.examples = next((b.name for b in self.inputs if b.name.varies), None)

    def settle(self, lanes: Sequence[Name], block: Block) -> Block:
        """Remembers in which column of which block each name stands."""
        self.place |= {lane: (block, i) for i, lane in enumerate(lanes)}
        self.blocks.append(block)
        return block

    def shaped(
        self, form: str, width: int, *operands: Name, varies: bool | None = None
    ) -> Name:
        """Writes an operation on the shape of arrays."""
        name: Name = self.program.write(Shape.of(form), operands)
        name.width = width
        if varies is not None:
            name.varies = varies
        return name

    # Picking columns.

    def view(self, wanted: Sequence[Any]) -> View:
        """Picks the columns of some names and numbers, in this order."""
        if not wanted:
            return View(self.shaped("row([])", 0), 0, [])
        first = wanted[0]
        if len(wanted) > 1 and all(same(x, first) for x in wanted):
            single = self.view([first])
            return View(single.name, len(wanted), single.pieces)
        if len(wanted) == 1 and not isinstance(first, Name):
            return View(float(first), 1, [])
        pieces = self.runs(wanted)
        names = [self.columns(block, places, wanted) for block, places in pieces]
        name = names[0] if len(names) == 1 else self.beside(names)
        return View(name, len(wanted), pieces)

    def runs(self, wanted: Sequence[Any]) -> list[tuple[Block | None, Places]]:
        """Splits names and numbers into runs that stand in one block."""
        pieces: list[tuple[Block | None, list[int]]] = []
        for i, x in enumerate(wanted):
            block, at = self.place[x] if isinstance(x, Name) else (None, i)
            if pieces and pieces[-1][0] is block:
                pieces[-1][1].append(at)
            else:
                pieces.append((block, [at]))
        return [(block, as_range(places)) for block, places in pieces]

    def columns(
        self, block: Block | None, places: Places, wanted: Sequence[Any]
    ) -> Name:
        """Writes the columns of one block, or of constants."""
        if block is None:
            values = [float(wanted[i]) for i in places]
            if values == [0.0] * (len(values) - 1) + [1.0]:
                return self.shaped(f"unit({len(values)})", len(values))
            return self.shaped(f"row({values})", len(places))
        if places == range(block.name.width):
            return block.name
        if isinstance(places, range):
            form = f"{{}}[:, {places.start}:{places.stop}]"
        else:
            form = f"{{}}[:, {places}]"
        return self.shaped(form, len(places), block.name)

    def beside(self, names: Sequence[Name]) -> Name:
        """Writes arrays side by side."""
        if any(x.varies for x in names):
            names = [x if x.varies else self.tall(x) for x in names]
        form = f"concatenate([{', '.join(['{}'] * len(names))}], 1)"
        return self.shaped(form, sum(x.width for x in names), *names)

    def tall(self, x: Name) -> Name:
        """Repeats the one row of an array for every example."""
        assert self.examples is not None
        return self.shaped("rows({}, {})", x.width, x, self.examples)

    def wide(self, x: Any, width: int) -> Name:
        """Repeats a number, or the one column of an array, to a width."""
        if not isinstance(x, Name):
            return self.shaped(f"full({x!r}, {width})", width)
        return (
            x
            if x.width == width
            else self.shaped(f"repeat({{}}, {width}, 1)", width, x)
        )

    # Forward.

    def weave(self, operations: Sequence[Any]) -> None:
        """Makes blocks of operations, which stand operands first."""
        level: dict[Any, int] = {}
        levels: dict[int, list[Any]] = defaultdict(list)
        for name, rule, operands in operations:
            level[name] = 1 + max((level.get(x, 0) for x in operands), default=0)
            levels[level[name]].append((name, rule, operands))
        for each in sorted(levels):
            groups: dict[Any, list[Any]] = defaultdict(list)
            for operation in levels[each]:
                groups[self.likeness(*operation)].append(operation)
            for key, members in groups.items():
                self.make(key, sorted(members, key=self.columns_of))

    def columns_of(self, operation: Any) -> list[float]:
        """Returns the columns in which the operands of an operation stand.

        Numbers stand in none, and come last.
        """
        operands = operation[2]
        return [self.place[x][1] if isinstance(x, Name) else math.inf for x in operands]

    def likeness(self, name: Name, rule: Rule, operands: tuple[Any, ...]) -> Any:
        """Returns what operations that can be computed together have in common."""
        if rule is weighted_sum:
            neuron = sides(operands)
            if neuron:
                return "product", neuron[1]
            return "dot", len(operands) // 2, name.varies
        if rule in (SUM, LARGEST):
            return rule.form, len(operands), name.varies
        blocks = (self.place[x][0] if isinstance(x, Name) else None for x in operands)
        return rule, name.varies, *map(id, blocks)

    def make(self, key: Any, members: Sequence[Any]) -> None:
        """Makes one block of operations that are alike."""
        lanes, _, operands = zip(*members)
        kind, common = key[0], key[1]
        if kind == "product":
            block = self.product(common, [turned(xs, common) for xs in operands])
        elif kind == "dot":
            weights = self.view([x for xs in operands for x in xs[1 : common + 1]])
            inputs = self.view([x for xs in operands for x in xs[common + 1 :]])
            bias = self.view([xs[0] for xs in operands])
            block = self.folded(common, [weights, inputs], bias)
        elif kind == "sum":
            block = self.folded(common, [self.view([x for xs in operands for x in xs])])
        elif kind == "largest":
            found = [self.largest(xs) for xs in operands]
            block = Block(found[0] if len(found) == 1 else self.beside(found))
        else:
            block = self.elementwise(kind, [self.view(lane) for lane in zip(*operands)])
        self.settle(lanes, block)

    def elementwise(self, rule: Rule, views: Sequence[View]) -> Block:
        """Sends whole arrays through a rule of the table."""
        operands = [view.name for view in views]
        y, width = rule(*operands), views[0].width

        def back(adjoint: Any) -> None:
            slopes = rule.slopes_at(y, *operands)
            for view, slope in zip(views, slopes, strict=True):
                self.give(view, times(slope, adjoint))

        return Block(y if y.width == width else self.wide(y, width), back)

    def largest(self, terms: Sequence[Any]) -> Name:
        """Returns the largest number in each row of some columns."""
        view = self.view(terms)
        return self.shaped("largest({})", 1, self.wide(view.name, view.width))

    def folded(
        self, n: int, factors: Sequence[View], bias: View | None = None
    ) -> Block:
        """Adds up each n columns of an array, or of the product of two."""
        k = factors[0].width // n
        names = [view.name for view in factors]
        product = self.wide(names[0] if len(names) == 1 else names[0] * names[1], k * n)
        several = f"{{}}.reshape(-1, {k}, {n}).sum(2)"
        total = self.shaped(several if k > 1 else ADD_COLUMNS, k, product)
        if len(names) > 1 == k and not product.varies:  # of rows, not of columns
            total = self.shaped("dot({}, {}.T)", 1, *(self.wide(x, n) for x in names))

        def back(adjoint: Any) -> None:
            if bias:
                self.give(bias, adjoint)
            spread = adjoint
            if isinstance(adjoint, Name) and k > 1:  # to each of its n columns
                adjoint = self.wide(adjoint, k)
                spread = self.shaped(f"repeat({{}}, {n}, 1)", k * n, adjoint)
            if len(names) > 1 and names[0] is names[1]:  # squares, with slopes 2 x
                self.give(factors[0], times(names[0], times(2.0, spread)))
                return
            for view, slope in zip(factors, names[::-1] if len(names) > 1 else [1.0]):
                self.give(view, times(slope, spread))

        return Block(plus(total, bias.name) if bias else total, back)

    def product(
        self, inputs: Sequence[Any], operands: Sequence[Sequence[Any]]
    ) -> Block:
        """Makes one matrix product of weighted sums that share their inputs."""
        k, n = len(operands), len(inputs)
        biases = [xs[0] for xs in operands]
        shift = self.view(biases if differ(biases) else [0.0])
        # The weights of a neuron and its bias are neighbours, as a rule.
        fixed = [0.0] * k if differ(biases) else biases
        # The bias is the weight of one more input, which is always 1.
        m = n if all(is_number(b, 0.0) for b in fixed) else n + 1
        rows = zip(operands, fixed, strict=True)
        joint = self.view([x for xs, b in rows for x in (*xs[1 : n + 1], b)[:m]])
        flat = self.wide(joint.name, k * m)
        table = self.shaped(f"{{}}.reshape({k}, {m})", m, flat)
        view = self.view(inputs)
        x = self.wide(view.name, n)
        x = x if m == n else self.shaped("with_one({})", m, x)
        y = self.shaped("dot({}, {}.T)", k, x, table)

        def back(adjoint: Any) -> None:
            self.give(shift, adjoint)
            d = self.wide(adjoint, k)
            d = d if d.varies else self.tall(d)
            if not view.constant:
                weights = table
                if m > n:
                    weights = self.shaped(f"{{}}[:, :{n}]", n, table)
                self.give(view, self.shaped("dot({}, {})", n, d, weights))
            share = self.shaped("dot({}.T, {})", m, d, x, varies=False)
            row = f"{{}}.reshape(1, {k * m})"
            self.give(joint, self.shaped(row, k * m, share), summed=True)

        y = plus(y, shift.name)
        y.width = k
        return Block(y, back)

    # Back.

    def give(self, view: View, share: Any, summed: bool = False) -> None:
        """Hands a share of the adjoint to the blocks behind a view.

        Args:
            view: what was picked.
            share: the share of its columns.
            summed: whether it has been summed up over the examples.
        """
        if view.constant or is_number(share, 0.0):
            return
        if view.single:
            share = self.added(share, view.width)
        at = 0
        for block, places in view.pieces:
            n = len(places)
            if block is not None:
                piece = share
                if isinstance(share, Name) and n < share.width:
                    piece = self.shaped(f"{{}}[:, {at}:{at + n}]", n, share)
                self.note(block, places, piece, summed)
            at += n

    def added(self, share: Any, width: int) -> Any:
        """Adds up the shares of all the columns that one column served for."""
        if isinstance(share, Name) and share.width > 1:
            return self.shaped(ADD_COLUMNS, 1, share)
        return times(float(width), share)

    def note(self, block: Block, places: Places, share: Any, summed: bool) -> None:
        """Notes down a share of the adjoint of a block, in the row or rows it has."""
        if isinstance(share, Name) and share.varies and not block.name.varies:
            share = self.shaped(ADD_ROWS, share.width, share, varies=False)
            summed = True
        (block.sums if summed else block.shares).append((places, share))

    def adjoint(self, block: Block) -> Any:
        """Adds up what a block was given; sums over the examples become means."""
        total = self.gathered(block, block.sums)
        if block.sums and self.examples is not None:
            mean = "{} / len({})"
            total = self.shaped(mean, total.width, total, self.examples, varies=False)
        return plus(total, self.gathered(block, block.shares))

    def gathered(self, block: Block, shares: Sequence[tuple[Places, Any]]) -> Any:
        """Adds up shares for some of the columns of a block."""
        width, parts = block.name.width, []
        total: Any = 0.0
        for places, share in shares:
            if places == range(width):
                total = plus(total, share)
            elif isinstance(places, range):
                parts.append((places, share))
            else:
                spread = f"dot({{}}, onehot({places}, {width}))"
                share_of_each = self.wide(share, len(places))
                total = plus(total, self.shaped(spread, width, share_of_each))
        parts.sort(key=lambda pair: pair[0][0])
        while parts:
            line, parts = next_line(parts, width)
            total = plus(total, self.line(line, width))
        return total

    def line(self, parts: Sequence[tuple[Places, Any]], width: int) -> Name:
        """Writes shares side by side, with zeros between them."""
        at, names = 0, []
        for places, share in parts:
            if places[0] > at:
                names.append(self.wide(0.0, places[0] - at))
            names.append(self.wide(share, len(places)))
            at = places[-1] + 1
        if at < width:
            names.append(self.wide(0.0, width - at))
        return self.beside(names)

    def sweep(self, root: Name) -> list[Any]:
        """Returns the adjoint of each argument."""
        self.program.gates = True
        block, at = self.place[root]
        block.shares.append((range(at, at + 1), 1.0))
        for each in reversed(self.blocks):
            if each.back and (each.sums or each.shares):
                each.back(self.adjoint(each))
        return [self.wide(self.adjoint(each), each.name.width) for each in self.inputs]


def same(x: Any, y: Any) -> bool:
    """Tells whether two names are one, or two numbers equal to the last bit."""
    if isinstance(x, Name) or isinstance(y, Name):
        return x is y
    return repr(x) == repr(y)


def sides(operands: tuple[Any, ...]) -> tuple[Any, Any] | None:
    """Returns the weights and the inputs of a weighted sum, if it is a neuron."""
    n = len(operands) // 2
    first, second = operands[1 : n + 1], operands[n + 1 :]
    for weights, inputs in ((first, second), (second, first)):
        if differ(inputs) and not differ(weights):
            return weights, inputs
    return None


def turned(operands: Sequence[Any], inputs: Sequence[Any]) -> Sequence[Any]:
    """Returns the operands of a weighted sum with these inputs in the second half."""
    n = len(inputs)
    bias, first, second = operands[0], operands[1 : n + 1], operands[n + 1 :]
    return operands if second == inputs else (bias, *second, *first)


def differ(xs: Iterable[Any]) -> bool:
    """Tells whether one of them is another number for every example."""
    return any(isinstance(x, Name) and x.varies for x in xs)


def as_range(places: list[int]) -> Places:
    """Returns neighbours from left to right as a range, others as they are."""
    run = range(places[0], places[0] + len(places))
    return run if places == list(run) else places


def next_line(
    parts: Sequence[tuple[Places, Any]], width: int
) -> tuple[list[Any], list[Any]]:
    """Splits sorted shares into some that do not overlap, and the rest."""
    line: list[Any] = []
    rest: list[Any] = []
    at = 0
    for places, share in parts:
        if places[0] < at:
            rest.append((places, share))
        else:
            line.append((places, share))
            at = places[-1] + 1
    return line, rest
