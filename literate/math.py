"""Mathematics at build time: TeX in, HTML and MathML out, by KaTeX in a small JavaScript engine.

A reader's browser needs no script for a formula, and bad TeX stops the build with page and line.
"""

from __future__ import annotations

import functools
import html
import json
import re
from collections.abc import Callable
from pathlib import Path

import quickjs

KATEX = Path(__file__).parent / "vendor" / "katex"

# What pymdownx.arithmatex (generic) leaves behind for us; the TeX in it is escaped for HTML.
INLINE = re.compile(r'<span class="arithmatex">\\\((.*?)\\\)</span>([,.;:!?)]*)', re.DOTALL)
DISPLAY = re.compile(r'<div class="arithmatex">\s*\\\[(.*?)\\\]\s*</div>', re.DOTALL)
TAG = re.compile(r"<[^>]+>")
SHORT = 14  # letters; a browser would break a longer formula at its equals sign, and may
CODE = re.compile(r"<(code|pre|script|style|svg)\b.*?</\1>", re.DOTALL)


class TexError(ValueError):
    """TeX that KaTeX refuses, with KaTeX's own words."""


@functools.cache
def _engine() -> quickjs.Context:
    context = quickjs.Context()
    context.eval((KATEX / "katex.min.js").read_text(encoding="utf-8"))
    return context


@functools.cache
def render(tex: str, *, display: bool = False) -> str:
    """One formula as HTML for the eye and MathML for the ear.

    Raises:
        TexError: KaTeX does not understand the formula.
    """
    options = {"displayMode": display, "output": "htmlAndMathml", "strict": "error", "throwOnError": True}
    try:
        # As JSON: a string that the engine has in pieces (a rope) does not reach Python in any other way.
        call = f"JSON.stringify(katex.renderToString({json.dumps(tex)}, {json.dumps(options)}))"
        made = json.loads(_engine().eval(call))
    except quickjs.JSException as error:
        raise TexError(_first_words(str(error))) from None
    return str(made)


def _first_words(message: str) -> str:
    """KaTeX's message without the JavaScript stack below it."""
    first = message.strip().splitlines()[0]
    # KaTeX underlines the place with combining marks, which no terminal shows well.
    return re.sub(r"^\w*Error: (KaTeX parse error: )?", "", first).replace("\u0332", "")


def typeset(page_html: str, fail: Callable[[str, str], None]) -> tuple[str, dict[str, str]]:
    """Set every formula of a page.

    Args:
        page_html: what Markdown made of the page.
        fail: is told the TeX and the reason of each formula that cannot be set.

    Returns:
        The page with a mark in place of each formula (the mark's text is the TeX, for the search index),
        and what to put in the place of each mark.
    """
    marks: dict[str, str] = {}

    def mark(found: re.Match[str], *, display: bool) -> str:
        tex = html.unescape(found[1]).strip()
        try:
            formula = render(tex, display=display)
        except TexError as error:
            fail(tex, str(error))
            return found[0]
        tag = "div" if display else "span"
        after = "" if display else found[2]
        name = f'<{tag} class="math" data-tex="{len(marks)}">{html.escape(tex)}</{tag}>{after}'
        made = f'<{tag} class="math">{formula}</{tag}>'
        marks[name] = made if display else _with_its_comma(made, after)
        return name

    page_html = DISPLAY.sub(functools.partial(mark, display=True), page_html)
    page_html = INLINE.sub(functools.partial(mark, display=False), page_html)
    if "$$" in CODE.sub("", page_html):
        fail("$$", "a display formula that is not closed, or does not stand on lines of its own")
    return page_html, marks


def _with_its_comma(formula: str, after: str) -> str:
    """A short formula, and a formula of one piece and the comma after it, stay on one line."""
    short = len(TAG.sub("", formula.rpartition('class="katex-html"')[2])) <= SHORT
    if short or (after and formula.count('class="katex-base"') == 1):
        return f'<span class="unbroken">{formula}{after}</span>'
    return formula + after


def place(text: str, marks: dict[str, str]) -> str:
    """Put the formulas in the places of their marks."""
    for name, formula in marks.items():
        text = text.replace(name, formula)
    return text


def in_text(words: str) -> str:
    """A line of plain text, a caption, as HTML; its formulas stand between dollars.

    Raises:
        TexError: as `render`.
    """
    pieces = re.split(r"(?<!\\)\$", words)
    if len(pieces) % 2 == 0:
        raise TexError(f"a dollar has no partner: {words}")
    made = [render(piece) if place % 2 else html.escape(piece) for place, piece in enumerate(pieces)]
    return "".join(made).replace("\\$", "$")


def plain_titles(title: str) -> str:
    r"""A heading's text for the table of contents, where TeX stands raw as ``\(...\)``."""
    return re.sub(r"\\\((.*?)\\\)", lambda found: render(html.unescape(found[1]).strip()), title)


def line_of(tex: str, source: str) -> int:
    """The line of a page, from 1, on which a formula begins; white space is free, for notes indent."""
    words = r"[\s>]*".join(re.escape(word) for word in tex.split())
    found = re.search(rf"\$[\s>]*({words})", source) or re.search(f"({words})", source)
    return source.count("\n", 0, found.start(1)) + 1 if found else 1
