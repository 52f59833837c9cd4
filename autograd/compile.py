"""A compiler: a function is recorded once and becomes source code for its gradient."""

from __future__ import annotations

import builtins
import itertools
import linecache
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograd import floats
from autograd.grad import ValueNode, as_node
from autograd.program import Trace, enter
from autograd.reverse import LinearMap
from autograd.rules import DOMAIN_ERRORS, as_value
from autograd.tree import leaves, leaves_like, rebuild

Pair = tuple[Any, tuple[Any, ...]]
_serial = itertools.count(1)
FAILED = (*DOMAIN_ERRORS, FloatingPointError, TypeError, KeyError)


def compile(
    f: Callable[..., Any],
    *args: Any,
    batched: int | Sequence[int] = (),
    arrays: str | None = None,
    dtype: str = "float64",
    frozen: Iterable[ValueNode] = (),
) -> Compiled:
    """Records f once and writes straight-line source for its value and gradient.

    What is passed as an argument may be another one in each call, in the same shape.
    Every other number that f meets is a constant of the program, and so is the branch
    that an `if` took: see `Compiled.check`.

    Args:
        f: takes numbers, nested lists of them and modules; returns a number, or lists.
        args: arguments to record it with.
        batched: which arguments, counted from 0, come as a list of examples. The
            gradient is then that of the mean over the examples, towards the others.
        arrays: "numpy", "torch" or "jax", for programs on arrays, with all examples at
            once; None for pure Python on floats.
        dtype: the type of the numbers in arrays, "float64" or "float32".
        frozen: parameters of modules that count as constants.

    Returns:
        The program; its `source` can be read.

    Raises:
        TypeError, ValueError: f returned something that is no number, an argument is
            none, or an option is not known.
        ImportError: the library of arrays is not installed.
    """
    each = (batched,) if isinstance(batched, int) else tuple(sorted({*batched}))
    if any(not 0 <= i < len(args) for i in each):
        raise ValueError(
            f"batched {batched} asks for an argument that is not there: "
            f"f was recorded with {len(args)}"
        )
    trace = Trace(f, args, each, frozenset(frozen))
    if arrays is None:
        return Compiled(f, args, trace, floats.Writer(trace))
    from autograd import batch

    return Compiled(f, args, trace, batch.Writer(trace, arrays, dtype))


class Compiled:
    """A compiled function.

    Attributes:
        source: the text of its functions `value` and `value_and_grad`.
    """

    def __init__(
        self, f: Callable[..., Any], args: Sequence[Any], trace: Trace, writer: Any
    ) -> None:
        self.f, self.args, self.trace, self.writer = f, args, trace, writer
        self.lists = isinstance(trace.output, list | tuple)
        self.moduled = [bool(modules(arg)) for arg in args]
        self.source: str = writer.text
        self.functions = load(self.source, writer.known())

    def __call__(self, *args: Any) -> Any:
        """Returns what f returns; for a batch, a list or an array of it."""
        packed = self.pack(args)
        try:
            output = self.writer.run(self.functions["value"], packed)
        except FAILED:
            found = [y for y, _ in self.eager(args)]
            output = found if self.trace.batched else found[0]
        return self.writer.output(output)

    def value_and_grad(self, *args: Any) -> tuple[Any, tuple[Any, ...]]:
        """Returns the value of f and its gradient, or their means over a batch.

        Returns:
            The value, and a tuple with the gradient towards each argument that is not
            batched, in its shape; for a module a list, in the order of `parameters()`.
            On arrays it is a flat array, or for a number a number.

        Raises:
            TypeError: f returns lists.
            ValueError, ZeroDivisionError, OverflowError: as f itself would raise them.
        """
        if self.lists:
            raise TypeError(
                "a gradient needs a function that returns one number; "
                "this one returns lists"
            )
        packed = self.pack(args)
        try:
            function = self.functions["value_and_grad"]
            found: Pair = self.writer.run_gradient(function, packed)
        except FAILED:
            found = self.mean(self.eager(args))
        return found

    def check(self, *args: Any) -> None:
        """Records f again with these arguments, and compares the programs.

        Raises:
            ValueError: f takes another branch here, or computes with other constants.
        """
        again = Trace(self.f, args, self.trace.batched, self.trace.frozen)
        if self.writer.again(again).text != self.source:
            raise ValueError(
                "with these arguments the function does something else than with those "
                "it was compiled with: it took another branch, or met other constants; "
                "write the branch with maximum, relu or abs, or compile it again"
            )

    def pack(self, args: Sequence[Any]) -> list[Any]:
        """Returns the arguments as the program takes them.

        Raises:
            TypeError, ValueError: their number, or a shape, is another.
        """
        ready: list[Any] | None = self.writer.ready(args)
        if ready:
            return ready
        if len(args) != len(self.trace.words):
            raise TypeError(
                f"the function was compiled with {len(self.trace.words)} arguments, "
                f"got {len(args)}"
            )
        packed = [self.writer.pack(i, self.numbers(i, x)) for i, x in enumerate(args)]
        counts = [len(packed[i]) for i in self.trace.batched]
        if len(set(counts)) > 1 or 0 in counts:
            raise ValueError(
                "batched arguments must hold equally many examples, at least one; "
                f"got {', '.join(map(str, counts))}"
            )
        return packed

    def numbers(self, i: int, arg: Any) -> Any:
        """Returns an argument, for modules in it the values of their parameters."""
        if not (self.moduled[i] or hasattr(arg, "parameters")) or is_flat(arg):
            return arg
        return values(arg, self.trace.frozen)

    def eager(self, args: Sequence[Any]) -> list[tuple[Any, list[float]]]:
        """Runs f itself, for each example: its errors are told best by itself.

        Returns:
            For each example the output, and the gradient if there is one.
        """
        rows = self.writer.examples(
            [self.numbers(i, arg) for i, arg in enumerate(args)]
        )
        parameters = [leaf for m in modules(self.args) for leaf in m.parameters()]
        before = [(leaf, leaf.value) for leaf in parameters]
        found = []
        try:
            for i, row in enumerate(rows):
                try:
                    found.append(self.one(row))
                except Exception as error:
                    if self.trace.batched:
                        error.add_note(f"in example {i} of the batch, counted from 0")
                    raise
        finally:
            for leaf, value in before:
                leaf.value = value
        return found

    def one(self, numbers: Sequence[Any]) -> tuple[Any, list[float]]:
        """Runs f itself on the numbers of one example."""
        entered = [enter(arg, self.trace.frozen) for arg in self.args]
        patterns = [pattern for _, pattern in entered]
        wanted: list[ValueNode] = []
        for i, (pattern, given) in enumerate(zip(patterns, numbers)):
            what = f"argument {self.trace.words[i]!r}"
            for leaf, x in zip(leaves(pattern), leaves_like(given, pattern, what)):
                leaf.value = as_value(x)
            wanted += [] if i in self.trace.batched else leaves(pattern)
        output = self.f(*(arg for arg, _ in entered))
        roots = [as_node(y) for y in leaves(output)]
        if len(roots) > 1 or isinstance(output, list | tuple):
            return rebuild(output, [root.value for root in roots]), []
        derivative = LinearMap(roots, wanted, lambda node: node.value)
        return roots[0].value, derivative.pull([1.0])

    def mean(self, found: Sequence[tuple[float, list[float]]]) -> Any:
        """Returns value and gradient, their means for a batch, as the program does."""
        n = len(found)
        value = sum(y for y, _ in found) / n
        flat = [sum(column) / n for column in zip(*(g for _, g in found))]
        chosen = self.trace.chosen
        return self.writer.gradient(value, rebuild(tuple(chosen), flat))


def modules(arg: Any) -> list[Any]:
    """Returns the modules in nested lists."""
    if isinstance(arg, list | tuple):
        return [module for part in arg for module in modules(part)]
    return [arg] if hasattr(arg, "parameters") else []


def values(arg: Any, frozen: frozenset[ValueNode]) -> Any:
    """Returns nested lists with the values of parameters for modules."""
    if isinstance(arg, list | tuple):
        return [values(part, frozen) for part in arg]
    if not hasattr(arg, "parameters"):
        return arg
    return [p.value for p in enter(arg, frozen)[1]]


def is_flat(arg: Any) -> bool:
    """Tells at a glance whether an argument is a list of floats."""
    return isinstance(arg, list) and {float} == set(map(type, arg))


def load(source: str, known: dict[str, Any]) -> dict[str, Callable[..., Any]]:
    """Makes functions of a source; tracebacks show its lines."""
    file = f"<compiled {next(_serial)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(True), file)
    namespace = dict(known)
    exec(builtins.compile(source, file, "exec"), namespace)
    return {
        name: namespace[name]
        for name in ("value", "value_and_grad")
        if name in namespace
    }
