"""Look up pieces of the package by name, and make passages of lines to print."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

from literate.pieces import File, Piece, read_package


class SourceError(Exception):
    """A name, or a text in `from=` and `to=`, that the source does not have."""


@dataclass(frozen=True)
class Passage:
    """Lines of one file to print together.

    Attributes:
        name: What the fence named: `autograd.grad.ValueNode.backward`, `autograd.grad:imports`.
        path: The file, from the root of the repository, with `/`.
        lines: The line numbers, counted from 1, rising. Blank lines between two printed lines are among them;
            where the numbers jump, lines were left out (print "…" there).
        text: The text of each line, as it stands in the file, without the newline.
        context: Where the piece sits: `in class ValueNode`, `in function train`, or `""` at the top of a
            module.
    """

    name: str
    path: str
    lines: tuple[int, ...]
    text: tuple[str, ...]
    context: str


class Source:
    """The package's files, and its pieces by name."""

    def __init__(self, files: Iterable[File]) -> None:
        self.files = {file.path: file for file in files}
        every = [piece for file in self.files.values() for piece in file.pieces.values()]
        self.pieces = {piece.name: piece for piece in sorted(every, key=lambda each: -each.depth)}

    @classmethod
    def of(cls, root: Path) -> "Source":
        """Read the package below a root.

        Raises:
            SourceError: when a file of it is not Python.
        """
        try:
            return cls(read_package(root))
        except SyntaxError as error:
            raise SourceError(f"{error.filename}:{error.lineno}: {error.msg}") from None

    def find(self, name: str, start: str | None = None, end: str | None = None) -> Piece:
        """Look up one piece, or the part of it from one text to another.

        Raises:
            SourceError: when there is no such piece, or no such line in it.
        """
        if name not in self.pieces:
            near = get_close_matches(name, self.pieces, 1)
            raise SourceError(f"there is no {name}" + (f" (did you mean {near[0]}?)" if near else ""))
        piece = self.pieces[name]
        return piece if start is None else self._part(piece, start, end)

    def _part(self, piece: Piece, start: str, end: str | None) -> Piece:
        text, lines = self.files[piece.path].text, sorted(piece.lines)
        first = next((line for line in lines if start in text[line - 1]), None)
        if first is None:
            raise SourceError(f"no line of {piece.name} contains {start!r}")
        last: int | None = first
        if end is not None:
            last = next((line for line in lines if line > first and end in text[line - 1]), None)
        if last is None:
            raise SourceError(f"no line of {piece.name} after the one with {start!r} contains {end!r}")
        inside = frozenset(line for line in lines if first <= line <= last)
        sits = f"in {piece.kind} {_local(piece)}" if piece.depth else ""
        return replace(piece, lines=inside, kind="part", context=sits)

    def passage(self, piece: Piece, lines: frozenset[int]) -> Passage:
        """Print these lines of a piece, and the blank lines between two of them."""
        file = self.files[piece.path]
        kept: list[int] = []
        blanks: list[int] = []
        for line in range(min(lines, default=1), max(lines, default=0) + 1):
            if file.is_blank(line):
                blanks.append(line)
            elif line in lines:
                between = kept and kept[-1] == line - 1 - len(blanks)
                kept += [*(blanks if between else ()), line]
                blanks = []
            else:
                blanks = []
        text = tuple(file.text[line - 1] for line in kept)
        return Passage(piece.name, piece.path, tuple(kept), text, piece.context)


def _local(piece: Piece) -> str:
    """The name of a piece inside its module."""
    module = piece.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return piece.name.removeprefix(f"{module}.")


def split_names(names: str) -> tuple[str, ...]:
    """Take the names of a fence apart: `autograd.rules.sin, autograd.rules.cos`."""
    return tuple(name.strip() for name in names.split(","))


def listing(root: Path, names: str, *, start: str | None = None, end: str | None = None) -> list[Passage]:
    """Look up whole pieces, whatever the ledger says: one passage for each of the comma-separated names.

    Args:
        root: The folder that holds `autograd/`.
        names: As in a fence: `autograd.rules.sin, autograd.rules.cos`.
        start: As `from=` in a fence: begin at the first line of the piece that contains this text.
        end: As `to=` in a fence: stop at the next line that contains this text.

    Raises:
        SourceError: when there is no such piece, or no such line.
    """
    source = Source.of(root)
    found = [source.find(name, start, end) for name in split_names(names)]
    return [source.passage(piece, piece.lines) for piece in found]
