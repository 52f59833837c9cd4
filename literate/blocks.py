"""A page's code blocks, wherever they stand: in the text, in lists, admonitions, tabs and quotations."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["program", "source", "quote", "expect", "other"]


class PageError(Exception):
    """A page breaks the rules of CONTRIBUTING; its text is `docs/part1/x.md:12: message`."""

    def __init__(self, page: str, line: int, message: str) -> None:
        super().__init__(f"{page}:{line}: {message}")
        self.page, self.line, self.message = page, line, message


@dataclass(frozen=True)
class Block:
    """One fence of a page.

    Attributes:
        kind: `program` (it runs), `source` and `quote` (empty, they print real lines), `expect` (the output of the
            program above it) or `other` (a fence in any other language, which nobody runs).
        code: The text between the fences, without the fence's own indentation, each line ended by a newline.
        language: The fence's language, `""` where it gives none.
        attributes: `raises`, `fold`, `alt`, `caption`, `source`, `quote`, `from`, `to`; whatever an `other` fence has.
        line: The line of the opening fence in the file, counted from 1, front matter included.
        end_line: The line of the closing fence.
        index: The block's place among the blocks of its page, counted from 0.
        prefix: What stands before the opening fence on its line: indentation and marks of quotation (`"    "`, `"> "`).
        classes: The classes after the first in a braced header (`{.text .expect}` has `expect`).
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
    raise NotImplementedError


def without_comments(text: str) -> str:
    """Empty every line of the page that stands in an HTML comment; line numbers stay what they were."""
    raise NotImplementedError
