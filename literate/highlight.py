"""Python set in colours: the classes are Pygments', the colours are the style sheet's."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from typing import Any

from pygments import highlight
from pygments.filter import Filter
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from pygments.token import Name, Operator, Punctuation, Text, Whitespace


class Plain(Filter):  # type: ignore[misc]
    """Leaves unmarked what has the colour of plain text: half of all tokens, and of the page's weight."""

    def filter(self, lexer: Any, stream: Iterable[tuple[Any, str]]) -> Iterator[tuple[Any, str]]:
        """Give the tokens on."""
        plain = {Name, Operator, Punctuation, Whitespace}
        yield from ((Text if kind in plain else kind, word) for kind, word in stream)


_LEXER = PythonLexer(stripnl=False, filters=[Plain()])
_FORMATTER = HtmlFormatter(nowrap=True)


@functools.cache
def lines(code: str) -> tuple[str, ...]:
    """A whole file or program as HTML, line by line; every tag that opens in a line closes in it.

    A part of a file is cut from the whole, so that a line within a docstring knows that it is one.
    """
    return tuple(str(highlight(code, _LEXER, _FORMATTER)).removesuffix("\n").split("\n"))


def block(code: str) -> str:
    """A program as a block of code, in the form that the theme gives its copy button to."""
    return framed("\n".join(lines(code.rstrip("\n"))))


def framed(body: str) -> str:
    """Lines of HTML as a block of code."""
    return f'<div class="language-python highlight"><pre><code>{body}\n</code></pre></div>'
