"""A build of the site: every page's sheet, the ledger, the chapters' numbers, and the links between them."""

from __future__ import annotations

import ast
import copy
import functools
import html
import json
import posixpath
import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.nav import Navigation, Section
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import AnchorLink, TableOfContents
from mkdocs.utils import get_relative_url
from nbclient.exceptions import CellExecutionError

from literate import aims, assets, chapter, explore, glossary, listing, math, notebook, reference_html, sheet
from literate.blocks import Block, PageError
from literate.reference import FENCE, Reference
from literate.source import Fence, Ledger

SOURCE = "source/index.md"
GLOSSARY = "about/glossary.md"
LINK_IN_PICTURE = re.compile(r'(<a [^>]*?\bhref=")([^":]+\.md)(")')
SEARCHLESS = "---\ntitle: {title}\nsearch:\n  exclude: true\nhide: [toc]\n---\n\n# {title}\n"


class Press:
    """What one build knows."""

    files: Files
    run_files: assets.RunFiles | None = None

    def __init__(self, root: Path, config: MkDocsConfig) -> None:
        self.root = root
        self.config = config
        self.sheets: dict[str, sheet.Sheet] = {}
        self.numbers: dict[str, int] = {}
        self.other_problems: list[str] = []
        files = sorted((root / "autograd").rglob("*.py"))
        self.modules = [path.relative_to(root).as_posix() for path in files]
        try:
            self.ledger = Ledger.of(root)
            self.other_problems += self.ledger.problems()
        except PageError as error:
            self.other_problems.append(str(error))
            self.ledger = Ledger.of(root, [])
        self.terms = self._read_terms()

    def _read_terms(self) -> list[glossary.Term]:
        path = self.root / "docs" / GLOSSARY
        try:
            return glossary.read(path.read_text(encoding="utf-8")) if path.exists() else []
        except ValueError as error:
            self.other_problems.append(str(PageError(f"docs/{GLOSSARY}", 1, str(error))))
            return []

    def problems(self) -> list[str]:
        """Everything that is wrong with the book, page by page, then the ledger."""
        return [problem for page in self.sheets.values() for problem in page.problems] + self.other_problems

    # The source, a page for each module.

    def extend_nav(self) -> None:
        """Put a page for each module where the nav has the one page `source/index.md`."""
        pages: list[str | dict[str, str]] = [SOURCE, *({_module(path): _uri(path)} for path in self.modules)]
        for item in self.config.nav or []:
            for title, target in item.items() if isinstance(item, dict) else ():
                if target == SOURCE:
                    item[title] = pages

    def fold_source(self, page: Page, nav: Navigation) -> Navigation:
        """The nav with one entry for "The source" and none for its modules, but on their own pages."""
        if page.file.src_uri.startswith(posixpath.dirname(SOURCE)):
            return nav
        folded = copy.copy(nav)
        folded.items = [_folded(item) if _is_source(item) else item for item in nav.items]
        return folded

    def source_pages(self) -> Iterator[tuple[str, str]]:
        """The generated pages, as path and Markdown; their listings come when all chapters are read."""
        yield SOURCE, SEARCHLESS.format(title="The source")
        for path in self.modules:
            yield _uri(path), SEARCHLESS.format(title=_module(path))

    # The chapters.

    def number(self, nav: Navigation) -> None:
        """Count the chapters through all parts of the book."""
        parts = [item for item in nav.items if isinstance(item, Section) and item.title.startswith("Part ")]
        pages = [page for part in parts for page in part.children if isinstance(page, Page)]
        self.numbers = {page.file.src_uri: number for number, page in enumerate(pages, 1)}

    def take_in(self, page: Page, markdown: str) -> str:
        """Read and run a page of the book; give its Markdown with tokens for the fences."""
        uri = page.file.src_uri
        path = self.root / "docs" / uri
        if path.suffix != ".md" or not path.exists():
            return markdown
        self.sheets[uri] = sheet.read(self.root, path, self.ledger, self.numbers.get(uri))
        return self._with_reference(self.sheets[uri], sheet.with_tokens(self.sheets[uri], markdown))

    def _with_reference(self, current: sheet.Sheet, markdown: str) -> str:
        """The page's Markdown with the entries in the place of its reference fences, if it has some."""
        if not FENCE.search(markdown):
            return markdown
        reference = Reference(self.root, current.text, current.name)
        for line, problem in reference.problems:
            current.fail(line, problem)
        pieces = reference_html.Setter(reference).pieces()
        return FENCE.sub(lambda _: next(pieces), markdown)

    def mark(self, page: Page, page_html: str) -> str:
        """Give the page's HTML as the search index shall see it, and name the ids that links may lead to."""
        if (current := self.sheets.get(page.file.src_uri)) is None:
            return self._mark_lab(page, page_html) if page.file.src_uri.endswith(".py") else page_html
        anchors = {*current.anchors.values(), *(figure.key for figure in current.figures.values())}
        anchors |= {explore.key(block) for block in current.blocks if block.kind == "explore"}
        page.present_anchor_ids = (page.present_anchor_ids or set()) | anchors
        self._check_pictures(current)
        return sheet.with_marks(current, aims.framed(page_html))

    def _check_pictures(self, current: sheet.Sheet) -> None:
        """A picture may have links, to pages by their path from `docs/`."""
        for line, outcome in current.outcomes.items():
            wishes = [found[2] for _, data in outcome.pictures for found in LINK_IN_PICTURE.finditer(data)]
            for wish in wishes:
                if self.files.get_file_from_path(wish) is None:
                    current.fail(line, f"the picture has a link to '{wish}', which is not a page of the book")

    def _mark_lab(self, page: Page, page_html: str) -> str:
        page_html = notebook.chapterlike(page_html, self._lab(page))
        page.present_anchor_ids = set(re.findall(r'\bid="([^"]+)"', page_html))
        return page_html

    def guard(self, page: Page) -> None:
        """Let a lab that fails be one problem among the others."""
        if not page.file.src_uri.endswith(".py"):
            return
        run_cells, lab = page.render, self._lab(page)

        def render(config: MkDocsConfig, files: Files) -> None:
            try:
                run_cells(config, files)
            except CellExecutionError as error:
                lab.broke(error)
                page.content, page.toc = "", TableOfContents([])

        page.render = render  # type: ignore[method-assign]

    def _lab(self, page: Page) -> notebook.Lab:
        name = f"docs/{page.file.src_uri}"
        text = (self.root / name).read_text(encoding="utf-8")

        def fail(line: int, why: str) -> None:
            self.other_problems.append(str(PageError(name, line, why)))

        page.links_to_anchors = {}
        return notebook.Lab(text, fail, lambda wish: self._resolve(wish, page))

    def _resolve(self, wish: str, page: Page) -> str | None:
        """The address behind a lab's link; MkDocs sees none, but it checks the anchors that we note."""
        parts = urlsplit(wish)
        path = posixpath.normpath(posixpath.join(posixpath.dirname(page.file.src_uri), parts.path))
        file = self.files.get_file_from_path(path)
        if file is None or page.links_to_anchors is None:
            return None
        if not parts.fragment:
            return get_relative_url(file.url, page.url)
        page.links_to_anchors.setdefault(file, {})[parts.fragment] = wish
        return self._address(path, parts.fragment, page)

    def finish(self, page: Page) -> None:
        """Give the page its final HTML."""
        uri = page.file.src_uri
        if uri == SOURCE:
            page.content = (page.content or "") + self._contents(page)
        elif (path := next((path for path in self.modules if _uri(path) == uri), None)) is not None:
            told = functools.partial(self._told, page=page)
            page.content = (page.content or "") + listing.whole_file(self.root, path, self.ledger, told)
        elif (current := self.sheets.get(uri)) is not None:
            page.content = self._finished(current, page)
            _set_titles(page.toc)
        if number := self.numbers.get(uri):
            page.content = f'<p class="chapter">Chapter {number}</p>{page.content}'

    def _finished(self, current: sheet.Sheet, page: Page) -> str:
        content = page.content or ""
        if page.file.src_uri in self.numbers:
            content = glossary.link(content, self.terms, lambda key: self._address(GLOSSARY, key, page))
        content = sheet.finish(current, content, self.root, functools.partial(self._links, page))
        content += self._notebook_link(page) if current.outcomes else ""
        content = reference_html.WHERE.sub(functools.partial(self._where, page), content)
        return LINK_IN_PICTURE.sub(lambda found: found[1] + self._page(found[2], page) + found[3], content)

    def name_pages(self, files: Files) -> None:
        """Put the chapters' numbers into their titles, for the nav, the footer and the search."""
        for uri, number in self.numbers.items():
            file = files.get_file_from_path(uri)
            if file is not None and file.page is not None:
                file.page.title = f"{number}. {file.page.title}"

    # The notebooks.

    def notebooks(self) -> Iterator[tuple[str, str]]:
        """The notebook of every page that has programs: where it stands on the site, and its text."""
        places = {uri: _notebook(uri) for uri, current in self.sheets.items() if current.outcomes}
        for uri, place in places.items():
            current, number = self.sheets[uri], self.numbers.get(uri)
            made = chapter.Chapter(
                text=current.text,
                blocks=current.blocks,
                outcomes=current.outcomes,
                passages=current.passages,
                which=f"chapter {number}" if number else "a page",
                book=self.config.site_name,
                resolve=chapter.among(places, uri),
            )
            yield place, chapter.notebook(made)

    def _notebook_link(self, page: Page) -> str:
        uri = page.file.src_uri
        address = html.escape(get_relative_url(_notebook(uri), page.url))
        which = "chapter" if uri in self.numbers else "page"
        return f'<p class="notebook"><a href="{address}" download>This {which} as a notebook</a></p>'

    # Run.

    def run_places(self) -> Iterator[tuple[str, bytes | Path]]:
        """What Run loads: where it stands on the site, and its content or file."""
        for name, content in (self.run_files or {}).items():
            # A service worker rules only the folder that it lies in.
            yield (name if name == "sw.js" else f"{assets.PLACE}/{name}"), content

    def run_tags(self, page: Page) -> str:
        """What the head of a page says so that its programs can be run; nothing where they cannot."""
        current = self.sheets.get(page.file.src_uri)
        if self.run_files is None or current is None or not current.runs:
            return ""
        base = get_relative_url(f"{assets.PLACE}/", page.url)
        facts = json.dumps(
            {"base": base, "notebook": get_relative_url(_notebook(page.file.src_uri), page.url)}
        )
        script = f"{base}{assets.entry(self.run_files, 'book')}"
        return (
            f'<script type="application/json" id="book-run">{facts}</script>'
            f'<script type="module" src="{html.escape(script)}"></script>'
        )

    # Links between the chapters and "The source".

    def _links(self, page: Page, block: Block) -> listing.Links:
        return listing.Links(
            source=lambda path, line: self._address(_uri(path), f"L{line}", page),
            repository=self._in_repository if self.config.repo_url else None,
            first=self._first_shown(page, block) if block.kind == "quote" else None,
            told=lambda path, line: self._told_at(path, line, page),
            player=self._script("player", page),
            explore=self._script("explore", page),
        )

    def _script(self, entry: str, page: Page) -> str | None:
        name = assets.entry(self.run_files, entry) if self.run_files else ""
        return get_relative_url(f"{assets.PLACE}/{name}", page.url) if name else None

    def _told_at(self, path: str, line: int, page: Page) -> listing.Told | None:
        fence = self.ledger.owner(path, line)
        return self._told(fence, page) if fence else None

    def _where(self, page: Page, mark: re.Match[str]) -> str:
        """The links of an entry of the reference."""
        path, line, around = mark[1], int(mark[2]), int(mark[3])
        told = self._told_at(path, line, page)
        if around and told == self._told_at(path, around, page):
            told = None  # the class around it says so already
        return reference_html.where(told, path, line, self._address(_uri(path), f"L{line}", page))

    def _in_repository(self, path: str, first: int, last: int) -> str:
        form = self.config.extra.get("source_link", "blob/main/{path}#L{first}-L{last}")
        return f"{str(self.config.repo_url).rstrip('/')}/{form.format(path=path, first=first, last=last)}"

    def _first_shown(self, page: Page, block: Block) -> tuple[str, str] | None:
        """The listing that owns the first line of a repeat."""
        current = self.sheets[page.file.src_uri]
        passage = current.passages[block.line][0]
        fence = self.ledger.owner(passage.path, passage.lines[0])
        told = self._told(fence, page) if fence else None
        return (told.address, told.chapter) if told else None

    def _told(self, fence: Fence, page: Page) -> listing.Told | None:
        uri = PurePosixPath(fence.page).relative_to("docs").as_posix()
        current, file = self.sheets.get(uri), self.files.get_file_from_path(uri)
        if current is None or file is None or file.page is None or fence.line not in current.anchors:
            return None
        address = self._address(uri, current.anchors[fence.line], page)
        heading = math.plain_titles(current.headings.get(fence.line, ""))
        return listing.Told(address, str(file.page.title), heading)

    def _address(self, uri: str, anchor: str, page: Page) -> str:
        return f"{self._page(uri, page)}#{anchor}"

    def _page(self, uri: str, page: Page) -> str:
        file = self.files.get_file_from_path(uri)
        return get_relative_url(file.url if file is not None else "", page.url)

    def _contents(self, page: Page) -> str:
        """The table of modules: what each is for, how long it is."""
        rows = "".join(self._module_row(path, page) for path in self.modules)
        head = "<thead><tr><th>Module</th><th>What it is</th><th>Lines</th></tr></thead>"
        lead = "<p>The whole package. Beside every line stands a link to the paragraph that explains it.</p>"
        return f'{lead}<table class="modules">{head}<tbody>{rows}</tbody></table>'

    def _module_row(self, path: str, page: Page) -> str:
        text = (self.root / path).read_text(encoding="utf-8")
        first_sentence = (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]
        name = f'<a href="{self._page(_uri(path), page)}"><code>{_module(path)}</code></a>'
        what = re.sub("`(.+?)`", r"<code>\1</code>", html.escape(first_sentence))
        cells = (name, what, str(len(text.splitlines())))
        return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _is_source(item: Any) -> bool:
    return isinstance(item, Section) and any(
        isinstance(page, Page) and page.file.src_uri == SOURCE for page in item.children
    )


def _folded(section: Section) -> Section:
    """A section with nothing but its index page."""
    folded = copy.copy(section)
    folded.children = section.children[:1]
    return folded


def _set_titles(entries: Iterable[AnchorLink]) -> None:
    """Set the formulas in the table of contents."""
    for entry in entries:
        entry.title = math.plain_titles(entry.title)
        _set_titles(entry.children)


def _module(path: str) -> str:
    """`autograd.grad` for `autograd/grad.py`."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _notebook(uri: str) -> str:
    """The place of a page's notebook: `notebooks/part1/slopes.ipynb` for `part1/slopes.md`."""
    return f"notebooks/{PurePosixPath(uri).with_suffix('.ipynb')}"


def _uri(path: str) -> str:
    """The page of a module in the book: `source/grad.md` for `autograd/grad.py`."""
    inner = PurePosixPath(path).relative_to("autograd").with_suffix(".md").as_posix()
    return f"source/{inner.replace('__init__', 'package')}"
