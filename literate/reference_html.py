"""The reference as a reader sees it: a table of all names, and an entry for each."""

from __future__ import annotations

import ast
import html
import itertools
import json
import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import griffe

from literate import highlight
from literate.listing import Told
from literate.reference import PART, Entry, Group, Reference, Row, parameters, sections

WHERE = re.compile(r'<p class="where" data-path="([^"]+)" data-line="(\d+)" data-within="(\d+)"></p>')
CODE = re.compile(r"`([^`]+)`|\"([^\"\s]+)\"")
WORD = re.compile(r"[A-Za-z_]\w*")
SENTENCE = re.compile(r".+?[.;:](?=\s|$)", re.DOTALL)
WIDE = 72  # columns of a signature
KINDS = griffe.ParameterKind
STARS: dict[object, str] = {KINDS.var_positional: "*", KINDS.var_keyword: "**"}


class Setter:
    """Sets the entries of a page; it knows all their names, so that one can lead to another."""

    def __init__(self, reference: Reference) -> None:
        self.root, self.package = reference.root, reference.package
        self.groups, self.names = reference.groups, reference.names
        members = [each for entry in self.names.values() for each in entry.thing.members.values()]
        self.attributes = {each.name for each in members if isinstance(each, griffe.Attribute)}

    def pieces(self) -> Iterator[str]:
        """What stands in the place of each fence, in Markdown; the headings go into the contents."""
        for group in self.groups:
            yield self.group(group) if group.entries else self.table()

    # The table at the top.

    def table(self) -> str:
        """Every name with what it is, in one line each."""
        titles = dict.fromkeys(group.title for group in self.groups if group.entries)
        bodies = "".join(map(self._body, titles))
        return f'\n\n<table class="modules names">{bodies}</table>\n\n'

    def _body(self, title: str) -> str:
        head = f'<tr><th colspan="2" scope="rowgroup">{html.escape(title)}</th></tr>'
        entries = [entry for group in self.groups if group.title == title for entry in group.entries]
        return f"<tbody>{head}{''.join(map(self._line, entries))}</tbody>"

    def _line(self, entry: Entry) -> str:
        name = f'<a href="#{entry.name}"><code>{entry.name}</code></a>'
        return f"<tr><td>{name}</td><td>{self.gist(entry)}</td></tr>"

    def gist(self, entry: Entry) -> str:
        """The first sentence of what is told of a name."""
        if isinstance(entry.thing, griffe.Attribute) and not entry.prose:
            return self._gist_of_constant(entry.thing)
        found = SENTENCE.match(_text(entry.prose))
        return self.inline(found[0].rstrip(".;:")) if found else ""

    def _gist_of_constant(self, thing: griffe.Attribute) -> str:
        """What the comment above it says, or else which keys it has, or of which type it is."""
        if comment := " ".join(line.lstrip("# ") for line in self._comment(thing)):
            return self.inline(comment.rstrip("."))
        keys = [ast.literal_eval(str(key)) for key in getattr(thing.value, "keys", ())]
        return (
            ", ".join(f"<code>{key}</code>" for key in keys) or f"<code>{self.type(thing.annotation)}</code>"
        )

    def _comment(self, thing: griffe.Attribute) -> list[str]:
        above = reversed(self._file(thing)[: (thing.lineno or 1) - 1])
        return list(itertools.takewhile(lambda line: line.startswith("#"), above))[::-1]

    def _file(self, thing: griffe.Object) -> list[str]:
        return (self.root / _path(thing)).read_text(encoding="utf-8").split("\n")

    # The entries.

    def group(self, group: Group) -> str:
        """The entries of a group; rows of the table of rules stand together, in a table."""
        rows = [(entry, entry.row) for entry in group.entries]
        found = [(entry, row) for entry, row in rows if row]
        others = "".join(self.entry(entry) for entry, row in rows if row is None)
        return (self._rows(found) if found else "") + others

    def _rows(self, rows: Sequence[tuple[Entry, Row]]) -> str:
        module = rows[0][0].path.rpartition(".")[0]
        names = ", ".join(entry.name for entry, _ in rows)
        lead = f'<p class="import"><code>from {module} import {names}</code></p>'
        head = "<tr><th>Function</th><th>What it is</th><th>Slope</th><th>Where</th></tr>"
        body = "".join(self._row(entry, row) for entry, row in rows)
        table = f'<table class="modules rows"><thead>{head}</thead><tbody>{body}</tbody></table>'
        return f"\n\n{lead}\n\n{table}\n\n"

    def _row(self, entry: Entry, row: Row) -> str:
        call = f"<code>{entry.name}({', '.join(row.operands)})</code>"
        slopes = "<br>".join(f"<code>{html.escape(slope)}</code>" for slope in row.slopes)
        cells = [slopes, _mark(entry.thing)]
        lead = f'<td id="{entry.name}">{call}</td><td>{self.paragraphs(_text(entry.prose))}</td>'
        return f"<tr>{lead}{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"

    def entry(self, entry: Entry) -> str:
        """One name: its import and its links, how it is called, what its docstring says, its methods."""
        thing = entry.thing
        parts = [self._import(entry), _mark(thing)]
        if isinstance(thing, griffe.Attribute):
            parts.append(self._lines(thing))
        elif not entry.given and (parameters(thing) or not isinstance(thing, griffe.Class)):
            parts.append(highlight.block(signature(entry.name, thing)))
        parts += [self._bases(thing), self.prose(thing, entry), self._properties(entry)]
        parts += [self._method(entry, method) for method in entry.methods]
        body = "".join(parts)
        return f'\n\n### `{entry.name}` {{ #{entry.name} }}\n\n<div class="entry no-copy">{body}</div>\n\n'

    def _import(self, entry: Entry) -> str:
        module = entry.path.rpartition(".")[0]
        also = " or <code>from autograd</code>" if self.package.also_at_the_top(entry) else ""
        return f'<p class="import"><code>from {module} import {entry.name}</code>{also}</p>'

    def _lines(self, thing: griffe.Attribute) -> str:
        """A constant is told best by its own lines."""
        own = self._file(thing)[(thing.lineno or 1) - 1 : thing.endlineno]
        return highlight.block("\n".join([*self._comment(thing), *own]))

    def _bases(self, thing: griffe.Object) -> str:
        if not isinstance(thing, griffe.Class):
            return ""
        found = [str(base) for base in thing.bases if str(base) not in ("ABC", "Protocol")]
        if not found:
            return ""
        return f'<p class="bases">Inherits from {", ".join(map(self.type, found))}.</p>'

    def prose(self, thing: griffe.Object, entry: Entry) -> str:
        """A docstring, section by section."""
        starred = {
            each.name.lstrip("*"): STARS[each.kind] for each in parameters(thing) if each.kind in STARS
        }
        return "".join(self._section(part, entry, starred) for part in sections(thing.docstring))

    def _section(self, part: griffe.DocstringSection, entry: Entry, starred: dict[str, str]) -> str:
        if part.kind is PART.text:
            return self.paragraphs(str(part.value), entry)
        if part.kind is PART.returns:
            # "History: ..." is a sentence here, but griffe takes one word before a colon for a name.
            told = [f"{each.name}: {each.description}".removeprefix(": ") for each in part.value]
            return _labelled("Returns", "".join(self.paragraphs(each, entry) for each in told))
        if part.kind is PART.raises:
            pairs = [(self._errors(each.annotation), each.description) for each in part.value]
            return _labelled("Raises", self._pairs(pairs, entry))
        label = "Arguments" if part.kind is PART.parameters else "Attributes"
        pairs = [(self._declared(each, starred), each.description) for each in part.value]
        return _labelled(label, self._pairs(pairs, entry))

    def _declared(self, each: griffe.DocstringNamedElement, starred: dict[str, str]) -> str:
        stars = starred.get(each.name.lstrip("*"), "")
        return self.declared(stars + each.name.lstrip("*"), each.annotation, None if stars else each.value)

    def _pairs(self, pairs: Iterable[tuple[str, str]], entry: Entry) -> str:
        body = "".join(f"<dt>{name}</dt><dd>{self.inline(what, entry)}</dd>" for name, what in pairs)
        return f"<dl>{body}</dl>"

    def _errors(self, names: object) -> str:
        return ", ".join(f"<code>{self.type(name)}</code>" for name in str(names).strip("()").split(", "))

    def _properties(self, entry: Entry) -> str:
        """The properties that the docstring of the class has no line for."""
        known = {
            each.name for part in sections(entry.prose) if part.kind is PART.attributes for each in part.value
        }
        found = [
            (self.declared(each.name, each.annotation, None), _text(each.docstring))
            for each in entry.thing.members.values()
            if isinstance(each, griffe.Attribute) and "property" in each.labels
            if each.name not in known | entry.without and each.docstring
        ]
        return _labelled("Properties", self._pairs(found, entry)) if found else ""

    def _method(self, entry: Entry, method: griffe.Function) -> str:
        key = f"{entry.name}.{method.name}"
        shown = entry.name.lower() if method.name == "__call__" else f".{method.name}"
        call = html.escape(signature(shown, method))
        head = f'<h4 id="{key}"><code>{call}</code></h4>'
        return (
            f'<section class="method">{head}{self.prose(method, entry)}{_mark(method, entry.thing)}</section>'
        )

    # Words.

    def paragraphs(self, text: str, entry: Entry | None = None) -> str:
        """Text with a blank line between paragraphs."""
        return "".join(f"<p>{self.inline(part, entry)}</p>" for part in re.split(r"\n\s*\n", text.strip()))

    def inline(self, text: str, entry: Entry | None = None) -> str:
        """The words of a docstring: backticks and quotes make code, and names lead to their entries."""
        text, made = html.escape(text, quote=False), []
        last = 0
        for found in CODE.finditer(text):
            made += [text[last : found.start()], self._code(found, entry)]
            last = found.end()
        return "".join([*made, text[last:]])

    def _code(self, found: re.Match[str], entry: Entry | None) -> str:
        code = f"<code>{found[1] or found[0]}</code>"
        wish = (found[1] or "").removesuffix("()")
        if entry and wish in {method.name for method in entry.methods}:
            return f'<a href="#{entry.name}.{wish}">{code}</a>'
        owner, _, name = wish.rpartition(".")
        if owner in self.names and name in {method.name for method in self.names[owner].methods}:
            return f'<a href="#{wish}">{code}</a>'
        return f'<a href="#{name}">{code}</a>' if self._is_meant(owner, name, entry) else code

    def _is_meant(self, owner: str, name: str, entry: Entry | None) -> bool:
        """Whether a word is another entry: `grad` is the function in its own module, else an attribute."""
        if name not in self.names or (entry and entry.name == name):
            return False
        beside = entry is not None and self.names[name].thing.module is entry.thing.module
        return bool(owner) or beside or name not in self.attributes

    def declared(self, name: str, annotation: object, value: object) -> str:
        """`lr: float | None = None`; a type that allows anything is left out."""
        kind = "" if annotation is None or str(annotation) == "Any" else f": {self.type(annotation)}"
        default = "" if value is None else f" = {html.escape(_quoted(value))}"
        rest = f'<span class="type">{kind}{default}</span>' if kind or default else ""
        return f"<code><b>{html.escape(name)}</b>{rest}</code>"

    def type(self, annotation: object) -> str:
        """A type; names that stand in the reference lead there."""
        text = html.escape(_quoted(annotation))
        return WORD.sub(
            lambda found: f'<a href="#{found[0]}">{found[0]}</a>' if found[0] in self.names else found[0],
            text,
        )


def signature(name: str, thing: griffe.Object) -> str:
    """How it is called: names and defaults, in lines that fit."""
    words = list(_words(parameters(thing)))
    back = _result(thing) if isinstance(thing, griffe.Function) else ""
    tail = f") -> {_quoted(back)}" if back not in ("", "Any", "None") else ")"
    line = f"{name}({', '.join(words)}{tail}"
    if len(line) <= WIDE:
        return line
    inner = textwrap.wrap(", ".join(word.replace(" ", "\0") for word in words) + ",", WIDE - 4)
    return "\n".join([f"{name}(", *(f"    {each}".replace("\0", " ") for each in inner), tail])


def _result(function: griffe.Function) -> str:
    """What it returns; a context manager is written as an iterator, and is none."""
    managed = any(str(each.value) == "contextmanager" for each in function.decorators)
    return "" if managed or function.returns is None else str(function.returns)


def _words(given: Sequence[griffe.Parameter]) -> Iterator[str]:
    starred = False
    for each in given:
        if each.kind is KINDS.keyword_only and not starred:
            yield "*"
        starred = starred or each.kind in (KINDS.keyword_only, KINDS.var_positional)
        default = "" if each.default is None or each.kind in STARS else f"={_quoted(each.default)}"
        yield STARS.get(each.kind, "") + each.name.lstrip("*") + default


def _quoted(expression: object) -> str:
    """An expression as the source has it: with double quotes."""
    return re.sub(r"'([^'\"\\]*)'", lambda found: json.dumps(found[1]), str(expression))


def _text(prose: griffe.Docstring | None) -> str:
    return prose.value if prose else ""


def _labelled(label: str, body: str) -> str:
    return f'<p class="label">{label}</p>{body}'


def _path(thing: griffe.Object) -> str:
    """The file of a piece of the package, from the root of the repository."""
    return Path(str(thing.filepath)).relative_to(Path(str(thing.package.filepath)).parent.parent).as_posix()


def _mark(thing: griffe.Object, within: griffe.Object | None = None) -> str:
    """Where the links go; they are known when every page has been read."""
    around = within.lineno if within else 0
    return (
        f'<p class="where" data-path="{_path(thing)}" data-line="{thing.lineno}" data-within="{around}"></p>'
    )


def where(told: Told | None, path: str, line: int, source: str) -> str:
    """The links of an entry: to the passage that explains its lines, and to the lines."""
    parts = [f'<a href="{html.escape(source)}">{path}, line {line}</a>']
    if told is not None:
        heading = f", {told.heading}" if told.heading else ""
        chapter = html.escape(told.chapter)
        parts.insert(0, f'Explained in <a href="{html.escape(told.address)}">{chapter}{heading}</a>')
    return f'<p class="where">{" · ".join(parts)}</p>'
