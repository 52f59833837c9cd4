"""One page on its way through the press: from Markdown with fences to HTML with everything in its place.

Markdown never sees what the press makes. Each fence becomes a word of its own (a token). When Markdown is
done, the token gives way to plain code for the search index; when that is written, the code gives way to the
real thing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from literate import exercise_html, explore, listing, math, peers, record, render, step
from literate.blocks import RUN, Block, PageError, parse
from literate.results import results
from literate.run import Outcome
from literate.source import Ledger, Passage

HEADING = re.compile(r'<h[1-6][^>]*\bid="([^"]*)"[^>]*>(.*?)</h[1-6]>', re.DOTALL)
TAG = re.compile(r"<a class=\"headerlink\".*?</a>|<[^>]+>", re.DOTALL)


@dataclass
class Sheet:
    """A page of the book in the press.

    Attributes:
        name: The page by its path from the root, as errors call it (`docs/part1/x.md`).
        text: The whole file.
        blocks: Its fences in order, without those that Markdown sets by itself.
        outcomes: What came of its programs, by the line of the fence.
        passages: What its `source` and `quote` fences print, by the line of the fence.
        anchors: The id of each listing, by the line of the fence.
        headings: The heading above each listing, by the line of the fence.
        drawn: What its `explore` fences show, by the line of the fence.
        figures: The label of each program's picture, by the line of the fence.
        versions: What a page for the peers environment was recorded with; empty for any other page.
        problems: What is wrong with the page, each with page and line.
        marks: What to put in the place of each mark in the HTML.
    """

    name: str
    text: str
    blocks: list[Block] = field(default_factory=list)
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    passages: dict[int, list[Passage]] = field(default_factory=dict)
    anchors: dict[int, str] = field(default_factory=dict)
    headings: dict[int, str] = field(default_factory=dict)
    drawn: dict[int, explore.Drawn] = field(default_factory=dict)
    figures: dict[int, render.Figure] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    marks: dict[str, str] = field(default_factory=dict)

    @property
    def runs(self) -> bool:
        """Whether readers can run its programs: it has some, and it is known what each of them stands on."""
        return bool(self.outcomes) and all(each.after is not None for each in self.outcomes.values())

    def place(self, program: Block) -> int | None:
        """The place of a program among the programs of the page; None on a page without Run."""
        above = [block for block in self.blocks if block.kind in RUN and block.line < program.line]
        return len(above) if self.runs else None

    def fail(self, line: int, message: str) -> None:
        """Note a problem at a line of the page."""
        self.problems.append(str(PageError(self.name, line, message)))


def read(root: Path, path: Path, ledger: Ledger, chapter: int | None) -> Sheet:
    """Read a page, run it, look up its listings, number its figures."""
    sheet = Sheet(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))
    try:
        sheet.blocks = [block for block in parse(sheet.text, sheet.name) if block.kind != "other"]
        sheet.outcomes = {outcome.line: outcome for outcome in results(path, root=root)}
        if peers.wanted(sheet.text, sheet.name) and (kept := record.load(path)):
            sheet.versions = kept.versions
    except PageError as error:
        sheet.problems.append(str(error))
        return sheet
    sheet.problems += [_story(outcome) for outcome in sheet.outcomes.values() if outcome.error]
    _look_up(sheet, ledger)
    _draw(sheet, root)
    _number(sheet, chapter)
    _try_captions(sheet)
    return sheet


def _story(outcome: Outcome) -> str:
    return "\n".join(part.rstrip() for part in (outcome.error or "", outcome.traceback) if part)


def _look_up(sheet: Sheet, ledger: Ledger) -> None:
    """Find the lines behind each listing, and give it an id that tells what it shows."""
    taken: set[str] = set()
    for block in sheet.blocks:
        names = block.attributes.get("source") or block.attributes.get("quote")
        if names is None:
            continue
        try:
            sheet.passages[block.line] = ledger.passages(sheet.name, block.line)
        except PageError as error:
            sheet.problems.append(str(error))
        wish = names.split(",")[0].strip() + ("-repeat" if block.kind == "quote" else "")
        anchor = next(name for name in _variants(wish) if name not in taken)
        taken.add(anchor)
        sheet.anchors[block.line] = anchor


def _draw(sheet: Sheet, root: Path) -> None:
    """Draw the pictures that readers can take hold of."""
    for block in sheet.blocks:
        if block.kind == "explore":
            try:
                sheet.drawn[block.line] = explore.draw(root, block.attributes["picture"])
            except ValueError as error:
                sheet.fail(block.line, str(error))


def _variants(wish: str) -> list[str]:
    return [wish, *(f"{wish}-{count}" for count in range(2, 100))]


def _number(sheet: Sheet, chapter: int | None) -> None:
    """Number the captioned pictures: `Figure 3.2` in chapter 3, `Figure 2` outside of the chapters."""
    count = 0
    for block in sheet.blocks:
        outcome = sheet.outcomes.get(block.line)
        if outcome is None or not outcome.pictures:
            continue
        figure = render.Figure("Picture", f"picture-{block.index}")
        if "caption" in block.attributes:
            count += 1
            number = f"{chapter}.{count}" if chapter else f"{count}"
            figure = render.Figure(f"Figure {number}", f"figure-{number.replace('.', '-')}")
        sheet.figures[block.line] = figure


def _try_captions(sheet: Sheet) -> None:
    for block in sheet.blocks:
        try:
            math.in_text(block.attributes.get("caption", ""))
            math.in_text(block.attributes.get("look", ""))
        except math.TexError as error:
            sheet.fail(block.line, f"in the caption: {error}")


def _token(block: Block) -> str:
    return f"xfence{block.index:04}x"


def with_tokens(sheet: Sheet, markdown: str) -> str:
    """The page's Markdown with a token for every fence.

    Args:
        sheet: The page.
        markdown: Its text without the front matter, which is the end of the file.
    """
    lines = sheet.text.split("\n")
    for block in reversed(sheet.blocks):
        apart = block.prefix.rstrip() if ">" in block.prefix else ""
        lines[block.line - 1 : block.end_line] = [apart, block.prefix + _token(block), apart]
    front = sheet.text[: len(sheet.text) - len(markdown.lstrip("\n"))].count("\n")
    return "\n".join(lines[front:])


def with_marks(sheet: Sheet, page_html: str) -> str:
    """The page's HTML with marks, which the search index may read, for fences and formulas."""
    for block in sheet.blocks:
        token = _token(block)
        if token not in page_html:
            sheet.fail(block.line, "this fence got lost in Markdown; does it stand in raw HTML?")
        sheet.headings[block.line] = _heading_above(page_html, page_html.find(token))
        mark = f'<div data-fence="{block.index}">{_plain(sheet, block)}</div>'
        page_html = page_html.replace(f"<p>{token}</p>", mark).replace(token, mark)

    def bad_tex(tex: str, why: str) -> None:
        sheet.fail(math.line_of(tex, sheet.text), why)

    page_html, formulas = math.typeset(page_html, bad_tex)
    sheet.marks |= formulas
    return page_html


def _heading_above(page_html: str, place: int) -> str:
    found = [heading[2] for heading in HEADING.finditer(page_html, 0, max(place, 0))]
    return TAG.sub("", found[-1]).strip() if found else ""


def _plain(sheet: Sheet, block: Block) -> str:
    if block.kind in ("program", "exercise"):
        return render.plain(block, sheet.outcomes.get(block.line))
    if block.kind in ("check", "mistake"):
        return ""  # nobody searches for a wrong answer
    if block.kind == "explore":
        return explore.plain(block)
    return listing.plain(sheet.passages.get(block.line, []))


def finish(sheet: Sheet, page_html: str, root: Path, links: Callable[[Block], listing.Links]) -> str:
    """The page's HTML with everything in its place."""
    for position, block in enumerate(sheet.blocks):
        mark = f'<div data-fence="{block.index}">{_plain(sheet, block)}</div>'
        sheet.marks[mark] = _final(sheet, position, root, links)
    page_html = math.place(page_html, sheet.marks)
    if traces := [outcome.trace for outcome in sheet.outcomes.values() if outcome.trace]:
        page_html += step.shared(traces, links(sheet.blocks[0]), root)
    if sheet.drawn:
        page_html += explore.scripted(links(sheet.blocks[0]).explore)
    if sheet.versions:
        page_html = page_html.replace("</h1>", f"</h1>\n{render.recorded(sheet.versions)}", 1)
    return page_html


def _final(sheet: Sheet, position: int, root: Path, links: Callable[[Block], listing.Links]) -> str:
    block = sheet.blocks[position]
    if block.kind == "program":
        below = sheet.blocks[position + 1 : position + 2]
        expected = bool(below) and below[0].kind == "expect" and not _follows(sheet, block, below[0])
        return _program(sheet, block, links(block), with_text=not expected)
    if block.kind == "expect":
        above = sheet.blocks[position - 1]
        return (
            ""
            if _follows(sheet, above, block)
            else render.output(sheet.outcomes[above.line], sheet.place(above))
        )
    if block.kind == "exercise":
        return _program(sheet, block, links(block), with_text=True)
    if block.kind in ("check", "mistake"):
        return exercise_html.aid(block, sheet.blocks)
    if block.kind == "explore":
        return explore.figure(block, sheet.drawn[block.line], links(block).explore)
    passages, anchor = sheet.passages[block.line], sheet.anchors[block.line]
    return listing.listing(passages, anchor, links(block), root, repeat=block.kind == "quote")


def _follows(sheet: Sheet, above: Block, below: Block) -> bool:
    """Whether an expected output stands right below its program, and so can be joined to it."""
    between = sheet.text.split("\n")[above.end_line : below.line - 1]
    return not any(line.strip(" \t>") for line in between)


def _program(sheet: Sheet, block: Block, links: listing.Links, *, with_text: bool) -> str:
    figure = sheet.figures.get(block.line, render.Figure("Picture", f"picture-{block.index}"))
    outcome, place = sheet.outcomes[block.line], sheet.place(block)
    made = render.program(block, outcome, figure, place, with_text=with_text)
    return made + (step.section(outcome.trace, figure, links) if outcome.trace else "")
