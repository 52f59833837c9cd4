"""What one program of a page did, and whether that is what the page promises."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff

from literate.blocks import Block
from literate.trace import MIME

_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,}")


@dataclass(frozen=True)
class Outcome:
    """What one program did.

    Attributes:
        line: The line of the program's opening fence.
        stdout: What it printed.
        rich: What it showed, in order: pairs of MIME type and data. `image/svg+xml` and `text/html` are text,
            `image/png` is base64, `text/plain` is the repr of the last expression; after a graph with a
            backward pass comes its trace, which is JSON (`trace.MIME`).
        raised: For a program with `raises=`: the error's last line, `ValueError: message`.
        error: None, or what is wrong, with page and line: `docs/part1/x.md:14: NameError: ...`.
        traceback: The traceback of an unwanted error, in lines of the page; `""` when there is none.
        stderr: What it wrote to standard error; readers do not see it.
        seconds: How long it took.
        told: The sentence with which the check of an exercise failed here, as it should; else None.
        after: The programs above it that it stands on, in order, each by its place among the page's programs;
            None where nobody watched it, as in a record.
        needs: What it, or a program that it stands on, needs and a browser lacks: `numpy`, `processes`.
    """

    line: int
    stdout: str = ""
    rich: tuple[tuple[str, str], ...] = ()
    raised: str | None = None
    error: str | None = None
    traceback: str = ""
    stderr: str = ""
    seconds: float = 0.0
    told: str | None = None
    after: tuple[int, ...] | None = None
    needs: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The text below the program: what it printed, the repr of its value, the error it raised."""
        parts = [self.stdout, *(data for mime, data in self.rich if mime == "text/plain"), self.raised or ""]
        return "".join(part if part.endswith("\n") else f"{part}\n" for part in parts if part)

    @property
    def trace(self) -> str | None:
        """The recorded pass behind the graph among the pictures, if there is one."""
        return next((data for mime, data in self.rich if mime == MIME), None)

    @property
    def pictures(self) -> tuple[tuple[str, str], ...]:
        """The pictures among `rich`, SVG or PNG."""
        return tuple((mime, data) for mime, data in self.rich if mime.startswith("image/"))


def complaints(outcome: Outcome, program: Block, expected: Block | None) -> Iterator[tuple[int, str]]:
    """Say, with the line, where a program that ran does not keep what its page promises."""
    alt, shown = "alt" in program.attributes, outcome.pictures or _drawn_in_html(outcome)
    if shown and not alt:
        yield program.line, "this program shows a picture: give it an `alt`"
    if alt and not shown and not any(mime == "text/html" for mime, _ in outcome.rich):
        yield program.line, "this program has an `alt`, but shows no picture"
    visible = [outcome.text, *(data for mime, data in outcome.rich if mime == "text/html")]
    if found := _ADDRESS.search("".join(visible)):
        yield program.line, f"the output shows a memory address, new in every run: {found[0]}"
    if expected and outcome.text.rstrip("\n") != expected.code.rstrip("\n"):
        yield expected.line, f"the output is not the expected one\n{unified(expected.code, outcome.text)}"


def _drawn_in_html(outcome: Outcome) -> bool:
    return any(mime == "text/html" and re.search("<(svg|img)[ >]", data) for mime, data in outcome.rich)


def unified(expected: str, found: str, one: str = "expected", other: str = "printed") -> str:
    """Show where two texts differ, line by line."""
    sides = (expected.rstrip("\n").split("\n"), found.rstrip("\n").split("\n"))
    return "\n".join(unified_diff(*sides, one, other, lineterm=""))
