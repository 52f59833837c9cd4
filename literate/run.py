"""Run a page: its programs in order, in one namespace, in a process of its own; keep what each printed and showed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from literate.blocks import Block

LIMIT = 120.0
"""Seconds which a page may take."""


@dataclass(frozen=True)
class Outcome:
    """What one program did.

    Attributes:
        line: The line of the program's opening fence.
        stdout: What it printed.
        rich: What it showed, in order: pairs of MIME type and data. `image/svg+xml` and `text/html` are text,
            `image/png` is base64, `text/plain` is the repr of the last expression.
        raised: For a program with `raises=`: the error's last line, `ValueError: message`.
        error: None, or what is wrong, with page and line: `docs/part1/x.md:14: NameError: ...`.
        traceback: The traceback of an unwanted error, in lines of the page; `""` when there is none.
        stderr: What it wrote to standard error; readers do not see it.
        seconds: How long it took.
    """

    line: int
    stdout: str = ""
    rich: tuple[tuple[str, str], ...] = ()
    raised: str | None = None
    error: str | None = None
    traceback: str = ""
    stderr: str = ""
    seconds: float = 0.0

    @property
    def text(self) -> str:
        """The text a reader sees below the program: what it printed, the repr of its value, the error it raised."""
        raise NotImplementedError

    @property
    def pictures(self) -> tuple[tuple[str, str], ...]:
        """The pictures among `rich`, SVG or PNG."""
        raise NotImplementedError


def run(page: Path, blocks: Sequence[Block], *, root: Path, limit: float = LIMIT) -> list[Outcome]:
    """Run the programs among the blocks; one outcome for each of them, in order.

    Args:
        page: The file, below `root`; errors call it by its path from there.
        blocks: All blocks of the page, as `parse` gives them (expected outputs are compared).
        root: The folder that has `docs/` and `autograd/`.
        limit: Seconds which the page may take.
    """
    raise NotImplementedError


def results(page: Path, *, root: Path, fresh: bool = False) -> list[Outcome]:
    """Give the outcomes of a page, from `.cache/literate/` where they are known, else by running it.

    Only a page without any error is kept.

    Args:
        page: The file, below `root`.
        root: The folder that has `docs/` and `autograd/`.
        fresh: Run the page in any case and keep what comes.

    Raises:
        PageError: when the page cannot be parsed.
    """
    raise NotImplementedError
