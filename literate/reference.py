"""The reference: which names of the package a reader may use, as its source and its docstrings tell of them.

A page names them in fences: `{.reference}` and below it a name on each line, as it is imported. `given` after
a name says that readers get such objects and make none; `without` leaves methods out that are the engine's
own. Nothing is imported: griffe reads the files.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import griffe

from literate.blocks import parse

FENCE = re.compile(r"^```\{\.reference\}\n.*?^```$", re.MULTILINE | re.DOTALL)
LINE = re.compile(r"(?P<path>[\w.]+)(?P<given> given)?(?: without (?P<without>[\w, ]+))?")
STYLE = {"returns_multiple_items": False, "warnings": False}
PART = griffe.DocstringSectionKind


@dataclass(frozen=True)
class Row:
    """A row of the table of rules, as its line in the source has it.

    Attributes:
        operands: What goes in, by the names in its slopes: `a, b`.
        slopes: The slope towards each operand, in Python.
    """

    operands: tuple[str, ...]
    slopes: tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """A name of the reference.

    Attributes:
        path: How it is imported: `autograd.nn.MLP`.
        thing: What griffe has read.
        given: Whether readers get such an object and make none.
        without: The methods that are left out.
        prose: The docstring that tells of it.
    """

    path: str
    thing: griffe.Object
    given: bool
    without: frozenset[str]
    prose: griffe.Docstring | None

    @property
    def name(self) -> str:
        """The name alone, which is its anchor on the page too."""
        return self.path.rpartition(".")[2]

    @property
    def methods(self) -> list[griffe.Function]:
        """The methods that readers call, in the order of the source."""
        if not isinstance(self.thing, griffe.Class):
            return []
        members = [each for each in self.thing.members.values() if isinstance(each, griffe.Function)]
        shown = [each for each in members if each.name == "__call__" or not each.name.startswith("_")]
        return [each for each in shown if each.name not in self.without]

    @property
    def row(self) -> Row | None:
        """What the entry says as a row of the table; None where it is none."""
        value = ast.parse(str(getattr(self.thing, "value", None)), mode="eval").body
        if not (isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "row"):
            return None
        slopes = value.args[2]
        if not (isinstance(slopes, ast.Lambda) and isinstance(slopes.body, ast.Tuple)):
            return None
        operands = [each.arg for each in slopes.args.args[1:]]
        return Row(tuple(operands), tuple(map(ast.unparse, slopes.body.elts)))


@dataclass(frozen=True)
class Group:
    """A fence of the page: the heading above it, and its entries; none where the table of all is to stand."""

    title: str
    entries: tuple[Entry, ...]


class Package:
    """The package below a root, as griffe reads it."""

    def __init__(self, root: Path) -> None:
        self._package = griffe.load(
            "autograd",
            search_paths=[root],
            try_relative_path=False,
            allow_inspection=False,
            docstring_parser="google",
            docstring_options=STYLE,  # type: ignore[arg-type]
        )

    def find(self, path: str) -> griffe.Object | None:
        """What a name stands for, where it was made; None where nothing does."""
        try:
            found = self._package[path.removeprefix("autograd.")]
            return found.final_target if isinstance(found, griffe.Alias) else found
        except (KeyError, griffe.AliasResolutionError):
            return None

    def also_at_the_top(self, entry: Entry) -> bool:
        """Whether `autograd` itself hands on a name that is imported from a module of it."""
        top = f"autograd.{entry.name}"
        return entry.path != top and self.find(top) is entry.thing

    def entry(self, line: str) -> Entry:
        """Read a line of a fence.

        Raises:
            ValueError: there is no such name, or no such method to leave out.
        """
        said = LINE.fullmatch(line)
        thing = self.find(said["path"]) if said else None
        if said is None or thing is None:
            raise ValueError(f"the package has no {line.partition(' ')[0]}")
        without = frozenset(re.findall(r"\w+", said["without"] or ""))
        if unknown := without - thing.members.keys():
            raise ValueError(f"{said['path']} has no {', '.join(sorted(unknown))} to leave out")
        return Entry(said["path"], thing, bool(said["given"]), without, self._prose(thing))

    def _prose(self, thing: griffe.Object) -> griffe.Docstring | None:
        """A row has no docstring of its own; the method of its name tells what it is."""
        if isinstance(thing, griffe.Attribute) and thing.docstring is None:
            method = self.find(f"{thing.module.path}.Traveller.{thing.name}")
            return method.docstring if method else None
        return thing.docstring


class Reference:
    """The reference of a page.

    Attributes:
        groups: What its fences name, in order.
        names: All its entries, by their names.
        problems: What is wrong with it, each with the line of the page.
    """

    def __init__(self, root: Path, text: str, page: str) -> None:
        self.root, self.package = root, Package(root)
        self.groups: list[Group] = []
        self.names: dict[str, Entry] = {}
        self.problems: list[tuple[int, str]] = []
        for block in parse(text, page):
            if block.language == "reference":
                lines = enumerate(block.code.splitlines(), block.line + 1)
                entries = [entry for number, line in lines for entry in self._entry(number, line)]
                self.groups.append(Group(_heading(text, block.line), tuple(entries)))

    def _entry(self, number: int, line: str) -> Iterator[Entry]:
        try:
            entry = self.package.entry(line)
        except ValueError as error:
            self.problems.append((number, str(error)))
            return
        if entry.name in self.names:
            self.problems.append((number, f"{entry.name} stands in the reference already"))
        self.problems += [(number, gap) for gap in gaps(entry)]
        self.names[entry.name] = entry
        yield entry


def _heading(text: str, line: int) -> str:
    above = [each for each in text.split("\n")[: line - 1] if each.startswith("## ")]
    return above[-1].removeprefix("## ").strip() if above else ""


def parameters(thing: griffe.Object) -> list[griffe.Parameter]:
    """What a function or a class is called with."""
    if not isinstance(thing, griffe.Function | griffe.Class):
        return []
    return [each for each in thing.parameters if each.name not in ("self", "cls")]


def sections(prose: griffe.Docstring | None) -> list[griffe.DocstringSection]:
    """The sections of a docstring."""
    return list(prose.parsed) if prose else []


def told(prose: griffe.Docstring | None) -> set[str]:
    """The arguments that a docstring has a line for; those of a dataclass are its attributes."""
    kinds = (PART.parameters, PART.attributes)
    found = [each for part in sections(prose) if part.kind in kinds for each in part.value]
    return {each.name.lstrip("*") for each in found}


def gaps(entry: Entry) -> Iterator[str]:
    """What a reader would miss: a docstring, or a line on an argument."""
    if entry.prose is None and (entry.row or not isinstance(entry.thing, griffe.Attribute)):
        yield f"{entry.path} has no docstring"
    if not entry.given:
        yield from _untold(entry.path, entry.thing)
    for method in entry.methods:
        if method.docstring is None:
            yield f"{entry.path}.{method.name} has no docstring"
        elif not _hands_on(method):
            yield from _untold(f"{entry.path}.{method.name}", method)


def _hands_on(method: griffe.Function) -> bool:
    """Whether a sentence is enough: for one or two arguments, or where it names who takes the same."""
    few = len(parameters(method)) <= 2
    return few or (method.docstring is not None and "`" in method.docstring.value)


def _untold(path: str, thing: griffe.Object) -> Iterator[str]:
    known = told(thing.docstring)
    for each in parameters(thing):
        if each.name.lstrip("*") not in known:
            yield f"the docstring of {path} has no line for its argument {each.name!r}"
