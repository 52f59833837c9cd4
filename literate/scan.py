"""Find the fences and comments of a page, line by line.

The scanner is stricter than Markdown: where two Markdown parsers could disagree about whether something is
a fence, it stops with an error. So nothing that looks like a fence can be passed over in silence.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from literate.errors import PageError

_FENCE = re.compile(r"(?P<prefix>[ \t>]*)(?P<marks>`{3,}|~{3,})(?P<info>.*)")
_FENCE_BESIDE_TEXT = re.compile(
    r"[ \t>]*(?:(?:[-*+:]|\d+[.)]|\[\^[^]]+\]:)[ \t]+[ \t>]*)+(?:`{3,}|~{3,})[^`]*$"
)
_COMMENT = re.compile(r"[ \t>]*<!--")
_CODE_SPAN = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")
_OPENER = re.compile(r'[-*+][ ]|\d+[.)][ ]|!!![ ]|\?\?\?\+?[ ]|===[!+]*[ ]"|\[\^[^]]+\]:|:[ ]')


@dataclass(frozen=True)
class Fence:
    """A fence as it stands in the file: its lines (counted from 1), prefix, header and body."""

    line: int
    end_line: int
    prefix: str
    info: str
    body: tuple[str, ...]


@dataclass(frozen=True)
class Comment:
    """The lines of an HTML comment that starts a line, counted from 1."""

    line: int
    end_line: int


def scan(text: str, page: str) -> Iterator[Fence | Comment]:
    """List the fences and comments of a page in order."""
    lines = text.split("\n")
    at = _after_front_matter(lines)
    while at < len(lines):
        piece = _comment(lines, at, page) or _fence(lines, at, page)
        if piece:
            yield piece
        at = piece.end_line if piece else at + 1


def _after_front_matter(lines: list[str]) -> int:
    if lines[0].rstrip() == "---":
        for at, line in enumerate(lines[1:], start=2):
            if line.rstrip() in ("---", "..."):
                return at
    return 0


def _comment(lines: list[str], at: int, page: str) -> Comment | None:
    if not _COMMENT.match(lines[at]):
        opened = _CODE_SPAN.sub("", lines[at]).rpartition("<!--")
        if opened[1] and "-->" not in opened[2] and not _FENCE.match(lines[at]):
            raise PageError(page, at + 1, "a comment over several lines must begin on a line of its own")
        return None
    rest = lines[at].partition("<!--")[2]
    if "-->" in rest:
        return Comment(at + 1, at + 1)
    for end in range(at + 1, len(lines)):
        _, closed, after = lines[end].partition("-->")
        if closed and after.strip():
            raise PageError(page, end + 1, "nothing may follow a comment on its last line")
        if closed:
            return Comment(at + 1, end + 1)
    raise PageError(page, at + 1, "this comment is never closed")


def _fence(lines: list[str], at: int, page: str) -> Fence | None:
    found = _FENCE.match(lines[at])
    if not found:
        if _FENCE_BESIDE_TEXT.match(lines[at]):
            raise PageError(page, at + 1, "a fence must stand on a line of its own")
        return None
    prefix, marks, info = found["prefix"], found["marks"], found["info"]
    if marks[0] == "`" and "`" in info:
        if marks in re.findall("`+", info):  # a span of code that begins its line
            return None
        raise PageError(page, at + 1, "the header of a fence cannot hold a backtick")
    if complaint := _misplaced(lines, at, prefix):
        raise PageError(page, at + 1, complaint)
    end = _end(lines, at, prefix, marks, page)
    body = tuple(line[len(prefix) :] for line in lines[at + 1 : end])
    return Fence(at + 1, end + 1, prefix, info.strip(), body)


def _end(lines: list[str], at: int, prefix: str, marks: str, page: str) -> int:
    """Find the closing line; a fence that swallows the next one is a fence somebody forgot to close."""
    opener = re.compile(rf"\s*{marks}{marks[0]}*\s*[^{marks[0]}\s][^{marks[0]}]*$")
    for end in range(at + 1, len(lines)):
        line = lines[end]
        if not line.startswith(prefix) and not prefix.startswith(line.rstrip()):
            raise PageError(page, at + 1, f"this fence is never closed: line {end + 1} leaves its place")
        body = line[len(prefix) :].rstrip()
        if len(body) >= len(marks) and not body.strip(marks[0]):
            return end
        if opener.match(body):
            raise PageError(page, at + 1, f"this fence is not closed before the one at line {end + 1} opens")
    raise PageError(page, at + 1, "this fence is never closed")


def _misplaced(lines: list[str], at: int, prefix: str) -> str | None:
    """Say why a fence behind this prefix would not be a fence for Markdown; None when all is well."""
    if "\t" in prefix:
        return "indent a fence with spaces, not with tabs"
    outer, mark, indent = prefix.rpartition(">")
    if mark and not indent.startswith(" "):
        return "write a space between the mark of quotation and the fence"
    width = len(indent) - len(mark)
    if width % 4:
        return "indent a fence by 4 spaces for each list, admonition or tab it stands in"
    lead = f"{outer}{mark} " if mark else ""
    while width:
        found = _holder(lines, at, lead, width)
        if found is None:
            return "this fence is indented, yet it stands in no list, admonition or tab"
        at, width = found, width - 4
    return _misplaced(lines, at, outer) if outer else None


def _holder(lines: list[str], at: int, lead: str, width: int) -> int | None:
    """Walk up to the line that opens the list item, admonition or tab around something this far indented."""
    lazy = False  # in a paragraph whose first line may be a list item
    for above in range(at - 1, -1, -1):
        if not lines[above].startswith(lead.rstrip()):
            return None
        body = lines[above][len(lead) :]
        indent = len(body) - len(body.lstrip())
        if not body.strip():
            if lazy:
                return None
        elif indent < width:
            if _OPENER.match(body.lstrip() + " "):
                return above if indent >= width - 4 else None
            lazy = True
    return None
