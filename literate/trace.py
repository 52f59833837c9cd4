"""A drawn graph's backward pass, recorded while the real engine makes it: what Step walks through.

The process of a page loads this from its file: it imports nothing of the press.
"""

from __future__ import annotations

import ast
import importlib.abc
import inspect
import json
import math
import re
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from importlib.machinery import ModuleSpec, PathFinder
from numbers import Real
from pathlib import Path
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

MIME = "application/x.autograd-trace+json"
LIMIT = 40  # nodes; nobody steps through more of them


class Drawn(NamedTuple):
    """A node as its picture shows it; it may have changed since."""

    node: Any
    value: float
    grad: float


class Tracer(importlib.abc.MetaPathFinder):
    """Knows the nodes behind each picture that `draw_dot` has made, as long as there is the picture.

    Put first into `sys.meta_path`, it listens to `autograd.draw` from its import on, and imports nothing by
    itself: a page may look at what was imported.
    """

    MIME = MIME

    def __init__(self, root: str) -> None:
        self.root = Path(root)
        self._drawn: WeakKeyDictionary[Any, list[Drawn]] = WeakKeyDictionary()

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Find `autograd.draw` where Python does, and listen to it once it has run."""
        spec = PathFinder.find_spec(name, path) if name == "autograd.draw" else None
        if spec is not None and spec.loader is not None:
            run = spec.loader.exec_module

            def exec_module(module: ModuleType) -> None:
                run(module)
                self._listen(module)

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec

    def _listen(self, draw: ModuleType) -> None:
        if (draw_value := getattr(draw, "draw_value", None)) is None:
            return

        @wraps(draw_value)
        def noted(picture: Any, name: str, node: Any, is_root: bool) -> None:
            self._drawn.setdefault(picture, []).append(Drawn(node, node.value, node.grad))
            draw_value(picture, name, node, is_root)

        draw.draw_value = noted  # type: ignore[attr-defined]

    def trace(self, value: Any) -> str | None:
        """Record the pass behind a picture, as JSON; None for anything else, and where there was none."""
        try:
            drawn = self._drawn.get(value)
        except TypeError:  # it cannot be hashed, so it is no picture
            return None
        found = record(drawn, self.root) if drawn else None
        return json.dumps(found, separators=(",", ":"), ensure_ascii=False) if found else None


def record(drawn: Sequence[Drawn], root: Path) -> dict[str, Any] | None:
    """Walk back from the last node as `backward` does, and write down every step.

    The gradients are put back as they were. A graph is left out if it is large, and if the gradients in its
    picture are not those of one pass from its last node: nobody had gone back, or twice, or by a walk that
    shows a mistake. It is left out as well if its values do not follow from each other: a leaf was changed.

    Args:
        drawn: What the picture shows, parents before their children.
        root: The folder that has `autograd/`; files are named by their path from there.
    """
    nodes = [each.node for each in drawn]
    if not 1 < len(drawn) <= LIMIT or drawn[-1].grad != 1.0 or not _is_plain(drawn):
        return None
    kept = [node.grad for node in nodes]
    try:
        for node in nodes:
            node.grad = 0.0
        walk = _Walk(nodes, type(nodes[-1]).backward)
        walk.run(nodes[-1])
        if any(not _same(each.node.grad, each.grad) for each in drawn):
            return None
    finally:
        for node, grad in zip(nodes, kept, strict=True):
            node.grad = grad
    file = Path(walk.file).relative_to(root).as_posix()
    found = {"nodes": list(_described(drawn, root)), "steps": walk.steps}
    return {**found, "file": file, "listing": walk.listing}


def _is_plain(drawn: Sequence[Drawn]) -> bool:
    """Whether there are numbers alone (a slope may be missing), and results that are still true."""
    values = {id(each.node): each.value for each in drawn}
    for node, value, _ in drawn:
        if not all(isinstance(x, Real) for x in (value, *node.slopes)):
            return False
        if node.parents:
            try:
                now = node.rule.value(*(values[id(parent)] for parent in node.parents))
            except (ArithmeticError, ValueError):
                return False
            if not _same(now, value):
                return False
    return True


def _same(one: float, other: float) -> bool:
    return one == other or (math.isnan(one) and math.isnan(other))


class _Walk:
    """One call of `backward`, watched line by line.

    What a line does is read from its own text: where it says `parent.grad += adjoint * slope`, these
    are looked up in the running function just before.
    """

    def __init__(self, nodes: Sequence[Any], backward: FunctionType) -> None:
        self.place = {id(node): place for place, node in enumerate(nodes)}
        self.steps: list[dict[str, Any]] = []
        self.file = backward.__code__.co_filename
        hand_on = backward.__globals__["hand_on"]
        self.lines = {each.__code__: _sums(each) for each in (backward, hand_on)}
        seed = min(self.lines[backward.__code__])
        text, first = inspect.getsourcelines(hand_on)
        self.listing = [seed, *range(first, first + len(text))]
        self.pending: tuple[Any, dict[str, Any]] | None = None

    def run(self, end: Any) -> None:
        before = sys.gettrace()
        sys.settrace(self._enter)
        try:
            end.backward()
        finally:
            sys.settrace(before)

    def _enter(self, frame: FrameType, event: str, argument: Any) -> Callable[..., Any] | None:
        return self._follow if frame.f_code in self.lines else None

    def _follow(self, frame: FrameType, event: str, argument: Any) -> Callable[..., Any]:
        if self.pending is not None:
            receiver, step = self.pending
            self.steps.append({**step, "after": receiver.grad})
            self.pending = None
        sums = self.lines[frame.f_code]
        if event == "line" and frame.f_lineno in sums:
            self._note(frame, sums[frame.f_lineno])
        return self._follow

    def _note(self, frame: FrameType, found: Sum | None) -> None:
        """Write down what the line will do which comes now."""
        names = {**frame.f_globals, **frame.f_locals}
        if found is None:  # `continue`: the node has nothing to hand on
            node = self.place[id(names["node"])]
            self.steps.append({"node": node, "line": frame.f_lineno})
            return
        receiver = eval(found.receiver, names)
        step = {"parent": self.place[id(receiver)], "before": receiver.grad, "line": frame.f_lineno}
        step["contribution"] = eval(found.contribution, names)
        if found.adjoint is not None and found.slope is not None:
            node = self.place[id(names["node"])]
            done = sum(each.get("node") == node for each in self.steps)
            step |= {"node": node, "operand": done, "adjoint": eval(found.adjoint, names)}
            step["slope"] = eval(found.slope, names)
        self.pending = receiver, step


class Sum:
    """A line `receiver.grad += adjoint * slope`, cut into pieces that can be evaluated."""

    def __init__(self, line: ast.AugAssign, file: str) -> None:
        assert isinstance(line.target, ast.Attribute)
        self.receiver = _code(line.target.value, file)
        self.contribution = _code(line.value, file)
        product = line.value if isinstance(line.value, ast.BinOp) else None
        self.adjoint = _code(product.left, file) if product else None
        self.slope = _code(product.right, file) if product else None


def _code(expression: ast.expr, file: str) -> CodeType:
    return compile(ast.Expression(expression), file, "eval")


def _sums(function: FunctionType) -> dict[int, Sum | None]:
    """The lines of a function that add to a `grad`, and (as None) those that pass a node over."""
    text, first = inspect.getsourcelines(function)
    tree = ast.parse(textwrap.dedent("".join(text)))
    ast.increment_lineno(tree, first - 1)
    found: dict[int, Sum | None] = {}
    for line in ast.walk(tree):
        if isinstance(line, ast.AugAssign) and ast.unparse(line.target).endswith(".grad"):
            found[line.lineno] = Sum(line, function.__code__.co_filename)
        elif isinstance(line, ast.Continue):
            found[line.lineno] = None
    return found


def _described(drawn: Sequence[Drawn], root: Path) -> Iterator[dict[str, Any]]:
    """Each node with its name, its value, and how it was made."""
    short = sys.modules["autograd.draw"].short
    place = {id(each.node): at for at, each in enumerate(drawn)}
    names = _names([each.node.label for each in drawn])
    for (node, value, _), name in zip(drawn, names, strict=True):
        facts = {"name": name, "labelled": name == node.label, "value": value}
        if node.parents:
            operands = [place[id(parent)] for parent in node.parents]
            facts |= {"operands": operands, "slopes": list(node.slopes)}
            facts["formula"] = node.rule.write(*(names[at] for at in operands))
            facts["worked"] = node.rule.write(*(short(drawn[at].value) for at in operands))
            facts["row"] = _row(node.rule, root)
        yield facts


def _names(labels: Sequence[str]) -> list[str]:
    """The labels; v1, v2 and so on for nodes that have none, or one that another node has too."""
    letter = next(x for x in "vutsrqpz" if not any(re.fullmatch(rf"{x}\d+", label) for label in labels))
    names: list[str] = []
    count = 0
    for label in labels:
        is_free = bool(label.strip()) and label not in names
        count += not is_free
        names.append(label if is_free else f"{letter}{count}")
    return names


def _row(rule: Any, root: Path) -> list[Any] | None:
    """File, first and last line of the row of the table that a rule is; None for a row of the page's own."""
    file = Path(rule.slopes.__code__.co_filename)
    if not file.is_relative_to(root / "autograd"):
        return None
    number = rule.slopes.__code__.co_firstlineno
    tree = ast.parse(file.read_text(encoding="utf-8"))
    around = [each for each in ast.walk(tree) if isinstance(each, (ast.Assign, ast.AnnAssign, ast.Return))]
    around = [each for each in around if each.lineno <= number <= (each.end_lineno or 0)]
    if not around:
        return None
    inner = max(around, key=lambda each: each.lineno)
    return [file.relative_to(root).as_posix(), inner.lineno, inner.end_lineno]
