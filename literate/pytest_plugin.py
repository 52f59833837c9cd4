"""The thin side to pytest: each Python block under `docs/` is a test, through pytest-markdown-docs.

That plugin is told by its hook what the blocks are (its own parser misses those in admonitions and tabs), and
by its runner what became of them: the page runs once, as the site runs it, and each reports what it did.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pytest_markdown_docs._runners import _Runner, register_runner
from pytest_markdown_docs.definitions import FenceTestDefinition
from pytest_markdown_docs.plugin import MarkdownTextFile

from literate.blocks import RUN, PageError, parse
from literate.book import problem
from literate.results import results
from literate.source import Ledger

Verdicts = Mapping[int, str | None]
_verdicts: dict[Path, Verdicts | Exception] = {}
_ledgers: dict[Path, Ledger] = {}


class BlockError(Exception):
    """A block is not as it should be.

    Nothing else leaves the runner: pytest-markdown-docs runs a block again after a TypeError, and a block
    that fails only once would pass.
    """


@dataclass(frozen=True)
class FenceToken:
    """What pytest-markdown-docs reads off a token of markdown-it."""

    map: tuple[int, int]
    type: str = "fence"
    info: str = (
        "python runner:PageRunner"  # and not the page's own header, whose words it would take for orders
    )
    content: str = ""


class PageParser:
    """Stands in for markdown-it: one token for each Python block, wherever it stands."""

    def parse(self, text: str) -> list[FenceToken]:
        """List the blocks; a page that cannot be read has one, which fails."""
        try:
            lines = [block.line for block in parse(text) if block.kind in (*RUN, "source", "quote")]
        except PageError as error:
            lines = [error.line]
        return [FenceToken((line - 1, line)) for line in lines]


@register_runner()
class PageRunner(_Runner):
    """Reports what became of a block when its page ran."""

    def runtest(self, test: FenceTestDefinition, args: dict[str, Any], *, asyncio_runner: Any = None) -> None:
        """Fail when the block failed, or when nothing is known about it."""
        page = Path(test.source_path)
        try:
            verdict = _page(page).get(test.start_line, f"{page}:{test.start_line}: this block did not run")
        except Exception as error:
            raise BlockError(f"{page}: {error!r}") from error
        if verdict:
            raise BlockError(verdict)

    def repr_failure(
        self, test: FenceTestDefinition, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None
    ) -> str:
        """Show page, line and error; the traceback of the press helps nobody."""
        return str(excinfo.value)


def _page(page: Path) -> Verdicts:
    """Run a page, once in a session; say for the line of each block what is wrong with it, or None."""
    if page not in _verdicts:
        try:
            _verdicts[page] = _judge(page)
        except Exception as error:
            _verdicts[page] = error
    found = _verdicts[page]
    if isinstance(found, Exception):
        raise found
    return found


def _judge(page: Path) -> Verdicts:
    root = next(folder.parent for folder in page.parents if folder.name == "docs")
    name = page.relative_to(root).as_posix()
    try:
        blocks = parse(page.read_text(encoding="utf-8"), name)
    except PageError as error:
        return {error.line: str(error)}
    verdicts = {
        each.line: (problem(each) if each.error else None) for each in results(page, root=root, fresh=True)
    }
    for block in blocks:
        if block.kind in ("source", "quote"):
            verdicts[block.line] = _unprintable(root, name, block.line)
    return verdicts


def _unprintable(root: Path, page: str, line: int) -> str | None:
    if root not in _ledgers:
        _ledgers[root] = Ledger.of(root)
    try:
        _ledgers[root].passages(page, line)
    except PageError as error:
        return str(error)
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_markdown_docs_markdown_it() -> PageParser:
    """Give pytest-markdown-docs our reading of a page."""
    return PageParser()


def pytest_configure(config: pytest.Config) -> None:
    """Choose ourselves what is collected: with its flag, pytest-markdown-docs imports every Python file."""
    config.option.markdowndocs = False


def pytest_sessionstart() -> None:
    """Forget the pages of another session in this process."""
    _verdicts.clear()
    _ledgers.clear()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Under `docs/`, take pages and nothing else: the labs are notebooks, and must not be imported."""
    in_docs = config.rootpath / "docs" in collection_path.parents
    return True if in_docs and collection_path.is_file() and collection_path.suffix != ".md" else None


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Hand the pages to pytest-markdown-docs."""
    if file_path.suffix != ".md" or parent.config.rootpath / "docs" not in file_path.parents:
        return None
    collector: pytest.Collector = MarkdownTextFile.from_parent(parent, path=file_path)
    return collector
