"""Real source by qualified name, read with `ast` and never imported; and the ledger: which fence owns which line."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


class SourceError(Exception):
    """A name, or a text in `from=` and `to=`, that the source does not have."""


@dataclass(frozen=True)
class Passage:
    """Lines of one file to print together.

    Attributes:
        name: What the fence named: `autograd.grad.ValueNode.backward`, `autograd.grad:imports`.
        path: The file, from the root of the repository, with `/`.
        lines: The line numbers, counted from 1, rising. Blank lines between two printed lines are among them; where
            the numbers jump, lines were left out (print "…" there).
        text: The text of each line, as it stands in the file, without the newline.
        context: Where the piece sits: `in class ValueNode`, `in function train`, or `""` at the top of a module.
    """

    name: str
    path: str
    lines: tuple[int, ...]
    text: tuple[str, ...]
    context: str


@dataclass(frozen=True)
class Fence:
    """A `source` or `quote` fence of the book: its page (`docs/part1/x.md`), its line, and what it names."""

    page: str
    line: int
    names: tuple[str, ...]
    start: str | None = None
    end: str | None = None


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
    raise NotImplementedError


class Ledger:
    """Which fence of the book owns which line of `autograd/`."""

    @classmethod
    def of(cls, root: Path, pages: Iterable[Path] | None = None) -> "Ledger":
        """Gather the source fences of the pages (of every page under `docs/` when none are given)."""
        raise NotImplementedError

    def problems(self) -> list[str]:
        """Say what is wrong, each with page and line: unknown names, lines owned twice, lines owned by nobody."""
        raise NotImplementedError

    def owner(self, path: str, line: int) -> Fence | None:
        """Find the fence that owns a line of a file (`autograd/grad.py`); None for a blank or unowned line."""
        raise NotImplementedError

    def passages(self, page: str, line: int) -> list[Passage]:
        """List what the source or quote fence at that line of that page prints.

        A source fence prints the lines it owns; a quote prints the whole piece, or, where a source fence of the
        same name stands elsewhere, the very lines which that fence prints.

        Raises:
            PageError: when the fence names what is not there.
        """
        raise NotImplementedError
