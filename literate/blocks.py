"""A page's code blocks, wherever they stand: in the text, in lists, admonitions, tabs and quotations."""

from dataclasses import dataclass
from typing import Literal

from literate import exercise
from literate.errors import PageError
from literate.headers import Header, read_header
from literate.scan import Comment, Fence, scan

__all__ = ["RUN", "Block", "Kind", "PageError", "parse", "without_comments"]

Kind = Literal["program", "exercise", "check", "mistake", "source", "quote", "explore", "expect", "other"]

RUN: tuple[Kind, ...] = ("program", *exercise.ROLES)
"""The kinds that run."""

_ALLOWED: dict[Kind, set[str]] = {
    "program": {"raises", "fold", "alt", "caption", "needs"},
    "exercise": {"exercise"},
    "check": {"check"},
    "mistake": {"mistake", "says"},
    "source": {"source", "from", "to"},
    "quote": {"quote", "from", "to"},
    "explore": {"picture", "caption", "look"},
}
_ALIASES = {"py", "py2", "py3", "python2", "python3", "pycon", "pyi", "ipython", "ipython3", "python-repl"}


@dataclass(frozen=True)
class Block:
    """One fence of a page.

    Attributes:
        kind: `program` (it runs), `exercise`, `check` and `mistake` (they are tried out, see `exercise`),
            `source` and `quote` (empty, they print real lines), `explore` (empty, a picture to take hold of),
            `expect` (the output of the program above it) or `other` (a fence in any other language: nobody
            runs it).
        code: The text between the fences, without the fence's own indentation, each line ended by a newline.
        language: The fence's language, `""` where it gives none.
        attributes: `raises`, `fold`, `alt`, `caption`, `needs`, `exercise`, `check`, `mistake`, `says`,
            `source`, `quote`, `from`, `to`, `picture`, `look`; whatever an `other` fence has.
        line: The line of the opening fence in the file, counted from 1, front matter included.
        end_line: The line of the closing fence.
        index: The block's place among the blocks of its page, counted from 0.
        prefix: What stands before the opening fence on its line: indentation and marks of quotation
            (`"    "`, `"> "`).
        classes: The classes after the language in a header (`{.text .expect}` has `expect`).
    """

    kind: Kind
    code: str
    language: str
    attributes: dict[str, str]
    line: int
    end_line: int
    index: int
    prefix: str = ""
    classes: tuple[str, ...] = ()


def parse(text: str, page: str = "page") -> list[Block]:
    """List the blocks of a page in order.

    Args:
        text: The whole file, with its front matter.
        page: The name by which errors call it, from the root of the repository (`docs/part1/x.md`).

    Raises:
        PageError: at the first fence which could be misread or silently skipped.
    """
    blocks: list[Block] = []
    for piece in scan(text.replace("\r\n", "\n"), page):
        if isinstance(piece, Fence):
            try:
                blocks.append(_block(piece, blocks))
            except ValueError as error:
                raise PageError(page, piece.line, str(error)) from None
    for line, fault in exercise.faults(blocks):
        raise PageError(page, line, fault)
    return blocks


def without_comments(text: str) -> str:
    """Take out every HTML comment that starts a line; line numbers stay what they were."""
    lines = text.replace("\r\n", "\n").split("\n")
    for piece in scan("\n".join(lines), "page"):
        if isinstance(piece, Comment):
            before, _, _ = lines[piece.line - 1].partition("<!--")
            after = lines[piece.end_line - 1].partition("-->")[2]
            lines[piece.line - 1 : piece.end_line] = [""] * (piece.end_line - piece.line) + [
                (before + after).rstrip()
            ]
    return "\n".join(lines)


def _block(fence: Fence, above: list[Block]) -> Block:
    header = read_header(fence.info)
    kind = _kind(header)
    code = "".join(f"{line}\n" for line in fence.body)
    if kind == "expect":
        _check_expect(header, above)
    elif kind == "explore":
        _check_explore(header, code)
    elif kind != "other":
        _check_python(kind, header, code)
    return Block(
        kind,
        code,
        header.language,
        header.attributes,
        fence.line,
        fence.end_line,
        len(above),
        fence.prefix,
        header.classes,
    )


def _kind(header: Header) -> Kind:
    if "expect" in header.classes:
        return "expect"
    if header.language == "python":
        if "source" in header.attributes:
            return "source"
        return "quote" if "quote" in header.attributes else exercise.role(header.attributes) or "program"
    if header.language == "explore":
        return "explore"
    names = {header.language.lower(), *(name.lower() for name in header.classes)}
    if names & {"python", *_ALIASES} or "expect" in names:
        raise ValueError("write `python` (as the first class in braces): only that is run")
    if found := sorted(header.attributes.keys() & {"source", "quote", "raises", "fold", *exercise.ROLES}):
        raise ValueError(f"only a python fence can have the attribute {found[0]!r}")
    return "other"


def _check_expect(header: Header, above: list[Block]) -> None:
    if (header.language, header.classes, header.attributes) != ("text", ("expect",), {}):
        raise ValueError("an expected output is written {.text .expect}, with nothing more")
    if not above or above[-1].kind != "program":
        raise ValueError("an expected output must follow the program that prints it")


def _check_explore(header: Header, code: str) -> None:
    wanted = _ALLOWED["explore"]
    if header.classes or set(header.attributes) != wanted or code.strip():
        raise ValueError(f"an explore fence is empty, and has the attributes {', '.join(sorted(wanted))}")
    if empty := sorted(key for key, value in header.attributes.items() if not value.strip()):
        raise ValueError(f"the attribute {empty[0]!r} is empty")


def _check_python(kind: Kind, header: Header, code: str) -> None:
    attributes = header.attributes
    if header.classes:
        raise ValueError(f"a python fence has no class {header.classes[0]!r}")
    for key, value in attributes.items():
        if key not in _ALLOWED[kind]:
            raise ValueError(f"a {kind} fence has no attribute {key!r}")
        if not value.strip():
            raise ValueError(f"the attribute {key!r} is empty")
    exercise.check_attributes(attributes)
    if kind in RUN:
        _check_program(attributes, code)
        return
    if code.strip():
        raise ValueError(f"a {kind} fence is empty: the press prints the lines")
    if "to" in attributes and "from" not in attributes:
        raise ValueError("`to` needs a `from`")
    if "from" in attributes and "," in attributes[kind]:
        raise ValueError("`from` needs one name, not several")


def _check_program(attributes: dict[str, str], code: str) -> None:
    if not code.strip():
        raise ValueError("this program is empty")
    if not attributes.get("raises", "Error").isidentifier():
        raise ValueError("`raises` takes the bare name of one exception")
    if "raises" in attributes and attributes.keys() & {"alt", "caption"}:
        raise ValueError("a program that raises shows no picture: no `alt`, no `caption`")
    if "caption" in attributes and "alt" not in attributes:
        raise ValueError("a picture with a `caption` needs an `alt` as well")
