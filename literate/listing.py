"""Real source on the page: listings in the chapters, and whole files in "The source"."""

from __future__ import annotations

import html
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from literate import highlight
from literate.source import Fence, Ledger, Passage


@dataclass(frozen=True)
class Links:
    """Where a listing leads.

    Attributes:
        source: From a file and a line to that line in "The source".
        repository: From a file, its first and its last line to the same lines in the repository; None where
            the book names no repository.
        first: For a repeat, the address and the name of the chapter that explains the lines.
        told: From a file and a line to where the book explains them.
        player: The script that steps through graphs; None where it was not built.
        explore: The script that moves the pictures; None where it was not built.
    """

    source: Callable[[str, int], str]
    repository: Callable[[str, int, int], str] | None = None
    first: tuple[str, str] | None = None
    told: Callable[[str, int], Told | None] | None = None
    player: str | None = None
    explore: str | None = None


def listing(passages: Iterable[Passage], anchor: str, links: Links, root: Path, *, repeat: bool) -> str:
    """All passages of one fence, in a box for each stretch of one file."""
    boxes = itertools.groupby(passages, key=lambda passage: (passage.path, passage.context))
    made = [_box(list(group), links, root, repeat=repeat) for _, group in boxes]
    kind = "listing repeat" if repeat else "listing"
    # The id has an element of its own: from any id around the code the theme makes a selector for its button.
    place = f'<span class="place" id="{html.escape(anchor)}"></span>'
    return f'<div class="{kind}">{place}{"".join(made)}</div>'


def _box(passages: Sequence[Passage], links: Links, root: Path, *, repeat: bool) -> str:
    path = passages[0].path
    numbers = sorted({number for passage in passages for number in passage.lines})
    rows = "\n".join(_rows(numbers, _file(root / path)))
    head = _head(passages[0], numbers, links, repeat=repeat)
    return f"<figure>{head}{highlight.framed(rows)}</figure>"


def lines(path: Path, numbers: Sequence[int]) -> str:
    """Some lines of a file as a block of code."""
    return highlight.framed("\n".join(_rows(numbers, _file(path))))


def _file(path: Path) -> tuple[str, ...]:
    return highlight.lines(path.read_text(encoding="utf-8"))


def _rows(numbers: Sequence[int], coloured: Sequence[str]) -> Iterator[str]:
    """The lines with their numbers; where lines that say something were left out, an ellipsis."""
    previous = numbers[0] - 1
    for number in numbers:
        between = range(previous + 1, number)
        if any(coloured[left_out - 1].strip() for left_out in between):
            yield '<span class="gap" data-gap="⋯"></span>'
        else:
            yield from (_row(blank, coloured) for blank in between)
        yield _row(number, coloured)
        previous = number


def _row(number: int, coloured: Sequence[str], attributes: str = "") -> str:
    return f'<span class="line" data-n="{number}"{attributes}>{coloured[number - 1]}</span>'


def _head(passage: Passage, numbers: Sequence[int], links: Links, *, repeat: bool) -> str:
    first, last = numbers[0], numbers[-1]
    span = f"line {first}" if first == last else f"lines {first}–{last}"
    address = html.escape(links.source(passage.path, first))
    parts = [f'<a class="file" href="{address}">{html.escape(passage.path)}</a>']
    if passage.context:
        parts.append(f'<span class="context">{_code_names(passage.context)}</span>')
    parts.append(f'<span class="lines">{span}</span>')
    if links.repository:
        there = html.escape(links.repository(passage.path, first, last))
        parts.append(f'<a class="repository" href="{there}">repository</a>')
    if repeat:
        parts.append(_repeat(links))
    return f"<figcaption>{' '.join(parts)}</figcaption>"


def _repeat(links: Links) -> str:
    if links.first is None:
        return '<span class="mark">repeat</span>'
    address, name = map(html.escape, links.first)
    return f'<span class="mark">repeat</span> <a class="first" href="{address}">first in {name}</a>'


def _code_names(context: str) -> str:
    """`in class ValueNode` with the name, its last word, in the letters of code."""
    words, _, name = html.escape(context).rpartition(" ")
    return f"{words} <code>{name}</code>"


def plain(passages: Iterable[Passage]) -> str:
    """A listing for the search index."""
    text = "\n".join(line for passage in passages for line in passage.text)
    return f"<pre><code>{html.escape(text)}</code></pre>"


@dataclass(frozen=True)
class Told:
    """Where lines are explained: the address of their listing, its chapter, the heading above it (HTML)."""

    address: str
    chapter: str
    heading: str


def whole_file(root: Path, path: str, ledger: Ledger, told: Callable[[Fence], Told | None]) -> str:
    """A file from first line to last; beside each stretch of lines, a link to what explains it."""
    coloured = _file(root / path)
    stretches = _runs(path, len(coloured), ledger)
    runs = [_run(coloured, numbers, told(fence) if fence else None) for fence, numbers in stretches]
    return f'<div class="whole-file no-copy">{"".join(runs)}</div>'


def _runs(path: str, length: int, ledger: Ledger) -> Iterator[tuple[Fence | None, list[int]]]:
    """Stretches of lines with one owner; a blank line goes with the lines above it."""
    stretch: list[int] = []
    fence: Fence | None = None
    for number in range(1, length + 1):
        owner = ledger.owner(path, number)
        if owner is not None and owner != fence:
            if stretch:
                yield fence, stretch
            fence, stretch = owner, []
        stretch.append(number)
    if stretch:
        yield fence, stretch


def _run(coloured: Sequence[str], numbers: Sequence[int], told: Told | None) -> str:
    rows = "\n".join(_row(number, coloured, f' id="L{number}"') for number in numbers)
    note = ""
    if told is not None:
        heading = f"<span>{told.heading}</span>" if told.heading else ""
        note = f'<a href="{html.escape(told.address)}"><b>{html.escape(told.chapter)}</b> {heading}</a>'
    return f'<div class="run"><p class="told">{note}</p>{highlight.framed(rows)}</div>'
