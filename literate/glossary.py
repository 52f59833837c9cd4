"""The glossary: its entries, and a link to each from the first use of the word on a page."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser

# An entry is a term with an id, and perhaps the forms it takes in a text; below it, what it means.
ENTRY = re.compile(
    r'^(?P<name>\S[^\n{]*?) *\{ *#(?P<key>[\w-]+)(?: +data-forms="(?P<forms>[^"]*)")? *\}\n'
    r":[ ]+(?P<text>.+?)(?=\n\n\S|\s*\Z)",
    re.MULTILINE | re.DOTALL,
)
SENTENCE = re.compile(r".+?[.!?](?=\s|$)", re.DOTALL)
LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")

PROSE = {"p", "li"}
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
SILENT = HEADINGS | {"a", "button", "code", "details", "figcaption", "pre", "svg", "table"}
SILENT_CLASSES = {"admonition-title", "aside", "aims", "arithmatex", "math"}
VOID = {"br", "hr", "img", "input", "wbr"}


@dataclass(frozen=True)
class Term:
    """An entry: its id, the words that call it (in lower case), and the first sentence of what it means."""

    key: str
    forms: tuple[str, ...]
    gist: str


def read(text: str) -> list[Term]:
    """The entries of a glossary in Markdown.

    Raises:
        ValueError: Two entries answer to the same word.
    """
    terms = [_term(found) for found in ENTRY.finditer(text)]
    owners: dict[str, str] = {}
    for term in terms:
        for form in term.forms:
            if owners.setdefault(form, term.key) != term.key:
                raise ValueError(f"{form!r} calls both #{owners[form]} and #{term.key}")
    return terms


def _term(found: re.Match[str]) -> Term:
    said = found["forms"]
    forms = _plurals(found["name"]) if said is None else re.split(r",\s*", said) if said else []
    plain = LINK.sub(r"\1", found["text"]).replace("*", "").replace("`", "")
    first = SENTENCE.match(plain)
    gist = " ".join((first[0] if first else plain).split())
    return Term(found["key"], tuple(form.lower() for form in forms), gist)


def _plurals(name: str) -> Iterator[str]:
    """A term in the singular and in the plural."""
    yield name
    if name.endswith("y") and name[-2:-1] not in "aeiou":
        yield f"{name[:-1]}ies"
    else:
        yield name + ("es" if name.endswith(("s", "x", "ch", "sh")) else "s")


def link(page_html: str, terms: list[Term], address: Callable[[str], str]) -> str:
    """The page with the first use of each term in its running text made a link.

    Args:
        page_html: What Markdown made of the page. All but the links stays as it is, to the letter.
        terms: The entries of the glossary.
        address: From an entry's id to its address.
    """
    if not terms:
        return page_html
    linker = _Linker({form: term for term in terms for form in term.forms}, address)
    linker.feed(page_html)
    linker.close()
    return "".join(linker.made)


class _Linker(HTMLParser):
    """It copies what it reads, and keeps in mind which elements it is in."""

    def __init__(self, wanted: Mapping[str, Term], address: Callable[[str], str]) -> None:
        super().__init__(convert_charrefs=False)
        self.made: list[str] = []
        self.open: list[tuple[str, bool]] = []
        self.wanted = dict(wanted)
        self.address = address
        # The longest first: "chain rule" is no rule.
        words = "|".join(map(_loose, sorted(wanted, key=len, reverse=True)))
        self.pattern = re.compile(rf"(?<![\w-])(?:{words})(?![\w-])", re.IGNORECASE)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.made.append(self.get_starttag_text() or "")
        if tag not in VOID:
            given = dict(attrs)
            classes = set((given.get("class") or "").split())
            silent = tag in SILENT or "data-fence" in given or bool(classes & SILENT_CLASSES)
            self.open.append((tag, silent))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.made.append(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        self.made.append(f"</{tag}>")
        if any(name == tag for name, _ in self.open):
            while self.open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        in_prose = any(tag in PROSE for tag, _ in self.open)
        if in_prose and not any(silent for _, silent in self.open):
            data = self.pattern.sub(self._linked, data)
        self.made.append(data)

    def _linked(self, found: re.Match[str]) -> str:
        term = self.wanted.get(" ".join(found[0].lower().split()))
        if term is None:
            return found[0]
        for form in term.forms:
            del self.wanted[form]
        there, gist = html.escape(self.address(term.key)), html.escape(term.gist)
        return f'<a class="term" href="{there}" title="{gist}">{found[0]}</a>'

    def handle_entityref(self, name: str) -> None:
        self.made.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.made.append(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        self.made.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.made.append(f"<!{decl}>")


def _loose(form: str) -> str:
    """A form as a pattern; a line may end between its words."""
    return r"\s+".join(map(re.escape, form.split()))
