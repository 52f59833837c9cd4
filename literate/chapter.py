"""A page of the book as a notebook: its text as Markdown, its programs as code, to be run at home.

A notebook has no notes at the side, no tabs and no listings. A note becomes a quotation under its title, a
listing becomes quoted code under the name of its file.
"""

from __future__ import annotations

import ast
import posixpath
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import nbformat

from literate import exercise_html
from literate.blocks import Block, without_comments
from literate.outcome import Outcome
from literate.passages import Passage

Resolve = Callable[[str], str | None]
"""From the target of a link to its address in the notebook; None where a notebook cannot lead there."""

_FRONT = re.compile(r"\A---[ \t]*\n.*?\n(?:---|\.\.\.)[ \t]*\n", re.DOTALL)
_OPENS = re.compile(r'(?P<mark>!!!|\?\?\?\+?|===)\+?!? +(?P<kind>[\w-]+)?[ \w-]*(?:"(?P<title>[^"]*)")?\s*$')
_LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)")
_STYLE = re.compile(r"[ \t]*\{ ?[:#.][^{}]*\}[ \t]*$")
_CODE = re.compile(r"(?<!`)(?P<ticks>`+)(?!`)(?:.|\n)*?(?<!`)(?P=ticks)(?!`)")
_PIP = {"scikit-learn": "scikit-learn", "SymPy": "sympy", "PyTorch": "torch", "Pillow": "pillow"}
_MODULES = {"sklearn": "scikit-learn", "PIL": "pillow"}
_OURS = {"autograd", "graphviz"}

INTRODUCTION = """\
> This notebook is {which} of *{book}*. Its programs run from top to bottom, with Python 3.11 or newer and
>
> ```bash
> pip install {packages}
> ```
"""


EXPLORE = "On the page, here is a picture that can be moved with sliders."


@dataclass(frozen=True)
class Chapter:
    """What a notebook is made of.

    Attributes:
        text: The page, as it stands in its file.
        blocks: Its fences.
        outcomes: What came of its programs, by the line of the fence.
        passages: What its listings print, by the line of the fence.
        which: How the introduction calls the page: `chapter 3`.
        book: The title of the book.
        resolve: Where links lead.
    """

    text: str
    blocks: Sequence[Block]
    outcomes: Mapping[int, Outcome]
    passages: Mapping[int, Sequence[Passage]]
    which: str
    book: str
    resolve: Resolve


def notebook(chapter: Chapter) -> str:
    """Give the notebook of a page, as the text of its file."""
    cells = _Cells(chapter.resolve)
    text = without_comments(chapter.text)
    front = _FRONT.match(text)
    blocks = {block.line: block for block in chapter.blocks}
    lines = text.split("\n")
    at = front[0].count("\n") if front else 0
    while at < len(lines):
        if block := blocks.get(at + 1):
            _fence(cells, block, chapter)
            at = block.end_line
            continue
        cells.line(lines[at])
        if lines[at].startswith("# ") and not (cells.introduced or cells.verbatim):
            cells.introduced = True
            packages = " ".join(['"autograd-engine[draw]"', *_packages(chapter)])
            said = INTRODUCTION.format(which=chapter.which, book=chapter.book, packages=packages)
            cells.text += ["", *said.split("\n")]
        at += 1
    cells.flush()
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    made = nbformat.v4.new_notebook(cells=cells.made, metadata={"kernelspec": kernel})  # type: ignore[no-untyped-call]
    nbformat.validate(made)
    return str(nbformat.writes(made)) + "\n"  # type: ignore[no-untyped-call]


@dataclass
class _Cells:
    """The cells so far, the text that waits for its cell, and the notes and lists that are open."""

    resolve: Resolve
    made: list[Any] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    inside: list[tuple[int, bool]] = field(default_factory=list)  # how far indented; whether quoted
    verbatim: str = ""  # the marks that end a fence of another language
    introduced: bool = False

    def line(self, line: str) -> None:
        """Take in a line of the page."""
        while line.strip() and self.inside and len(line) - len(line.lstrip()) < self.inside[-1][0]:
            self.inside.pop()
            self.text.append("")
        deep = self.inside[-1][0] if self.inside else 0
        line = line[deep:]
        found = None if self.verbatim else _OPENS.match(line.lstrip())
        if found is None:
            self.text.append(self.quoted(self.plain(line)))
            return
        title = _title(found)
        self.inside.append((deep + len(line) - len(line.lstrip()) + 4, True))
        self.text += ["", self.quoted(self.plain(f"**{title}**")) if title else "", self.quoted("")]

    def quoted(self, line: str) -> str:
        """A line as deep in quotations as the notes around it."""
        return ("> " * sum(quoted for _, quoted in self.inside) + line).rstrip()

    def plain(self, line: str) -> str:
        """A line in the Markdown that every notebook reads."""
        if mark := re.match(r"\s*(```+|~~~+)", line):
            self.verbatim = (
                "" if self.verbatim and mark[1].startswith(self.verbatim) else self.verbatim or mark[1]
            )
        return line if self.verbatim else _STYLE.sub("", line)

    def lead(self, link: re.Match[str]) -> str:
        """A link to where a notebook can lead, else its words alone."""
        address = self.resolve(link[2])
        return f"[{link[1]}]({address})" if address else link[1]

    def flush(self) -> None:
        """Make a cell of the text that waits."""
        text = re.sub(r"(?m)^[> ]+\n(?=\n)|\A(?:[> ]*\n)+|(?:\n[> ]*)+\Z", "", "\n".join(self.text))
        text = re.sub(r"\n{3,}", "\n\n", text)
        codes = [found[0] for found in _CODE.finditer(text)]  # they may hold brackets of their own
        text = _LINK.sub(self.lead, _CODE.sub("\0", text))
        text = re.sub("\0", lambda _: codes.pop(0), text)
        self.text = []
        if text.strip("> "):
            self.add(nbformat.v4.new_markdown_cell(text))  # type: ignore[no-untyped-call]

    def code(self, code: str, metadata: dict[str, Any]) -> None:
        """Add a program."""
        self.flush()
        self.add(nbformat.v4.new_code_cell(code.rstrip("\n"), metadata=metadata))  # type: ignore[no-untyped-call]

    def add(self, cell: Any) -> None:
        """Add a cell, called by its place, so that the same page gives the same file."""
        cell["id"] = f"cell-{len(self.made)}"
        self.made.append(cell)

    def come_to(self, indent: int) -> None:
        """Close the notes that end above a fence; a fence within a list opens the list's own depth."""
        while self.inside and self.inside[-1][0] > indent:
            self.inside.pop()
        if indent > (self.inside[-1][0] if self.inside else 0):
            self.inside.append((indent, False))


def _title(found: re.Match[str]) -> str:
    if found["title"] is not None:
        return str(found["title"])
    return str(found["kind"] or "").replace("-", " ").capitalize()


def _fence(cells: _Cells, block: Block, chapter: Chapter) -> None:
    """Set one fence: a program, a listing, an exercise's tests, or the output that a program is to have."""
    cells.come_to(len(block.prefix) - len(block.prefix.lstrip()))
    if block.kind == "mistake":
        return
    if block.kind == "explore":
        cells.text += ["", cells.quoted(f"*{EXPLORE} {block.attributes['caption']}*"), ""]
        return
    if block.kind in ("program", "exercise"):
        cells.code(block.code, _metadata(block))
        if caption := block.attributes.get("caption"):
            cells.text += [cells.quoted(f"*{caption}*"), ""]
        return
    if block.kind in ("source", "quote"):
        lines = [line for passage in chapter.passages[block.line] for line in _listing(passage)]
    else:
        marks = "`" * max([3, *(len(run) + 1 for run in re.findall("`+", block.code))])
        lines = [f"{marks}{block.language}", *block.code.rstrip("\n").split("\n"), marks, ""]
        if block.kind == "check":  # as text: run as a cell, it would leave its names behind
            lines = [f"{exercise_html.TESTS}:", "", *lines]
    cells.text += ["", *(cells.quoted(line) for line in lines)]


def _metadata(program: Block) -> dict[str, Any]:
    tags = ["raises-exception"] if "raises" in program.attributes else []
    if "fold" not in program.attributes:
        return {"tags": tags} if tags else {}
    return {"tags": [*tags, "hide-input"], "jupyter": {"source_hidden": True}}


def _listing(passage: Passage) -> Iterator[str]:
    """Lines of the package, quoted, under the name of their file; three dots where some were left out."""
    first, last = passage.lines[0], passage.lines[-1]
    where = f"line {first}" if first == last else f"lines {first}–{last}"
    context = f", {passage.context}" if passage.context else ""
    yield f"`{passage.path}`{context}, {where}:"
    yield ""
    yield "```python"
    before = first - 1
    for number, line in zip(passage.lines, passage.text, strict=True):
        if number != before + 1:
            yield "..."
        yield line
        before = number
    yield "```"
    yield ""


def _packages(chapter: Chapter) -> list[str]:
    """What pip has to bring for the programs of a page."""
    found = {_PIP.get(word, word.lower()) for each in chapter.outcomes.values() for word in each.needs}
    for block in chapter.blocks:
        if block.kind == "program":
            found |= {_MODULES.get(name, name) for name in _imported(block.code)}
    return sorted(found - {"processes", "threads", "the network"})


def _imported(code: str) -> Iterator[str]:
    try:
        tree = ast.parse(code)
    except SyntaxError:  # a program that shows one
        return
    for each in ast.walk(tree):
        names = [alias.name for alias in each.names] if isinstance(each, ast.Import) else []
        if isinstance(each, ast.ImportFrom) and not each.level and each.module:
            names = [each.module]
        for name in names:
            top = name.partition(".")[0]
            if top not in _OURS and top not in sys.stdlib_module_names:
                yield top


def among(pages: Mapping[str, str], page: str) -> Resolve:
    """Give a page's way with links: to other notebooks, and to addresses of other hosts.

    Args:
        pages: The notebook of each page that has one, by the page's path below `docs/`.
        page: The page that the links stand on.
    """
    here = posixpath.dirname(pages[page])

    def resolve(target: str) -> str | None:
        if re.match(r"[a-z]+:", target):
            return target
        path = posixpath.normpath(posixpath.join(posixpath.dirname(page), target.partition("#")[0]))
        return posixpath.relpath(pages[path], here) if path in pages and path != page else None

    return resolve
