"""Python set in colours: the classes are Pygments', the colours are the style sheet's."""

from __future__ import annotations

import functools

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

_LEXER = PythonLexer(stripnl=False)
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
