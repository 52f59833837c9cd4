"""A small book in a temporary folder, to be broken."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from chromium import SITE
from playwright.sync_api import Browser

from bench.chromium import served, started
from literate.blocks import parse
from literate.run import LIMIT, Outcome, run
from literate.source import Ledger


@dataclass
class Book:
    root: Path

    def write(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def page(self, text: str, name: str = "docs/part1/x.md") -> Path:
        return self.write(name, text)

    def module(self, text: str, name: str = "rules") -> Path:
        return self.write(f"autograd/{name}.py", text)

    def run(self, text: str, limit: float = LIMIT) -> list[Outcome]:
        page = self.page(text)
        return run(page, parse(text, "docs/part1/x.md"), root=self.root, limit=limit)

    def ledger(self, **pages: str) -> Ledger:
        for name, text in pages.items():
            self.page(text, f"docs/{name}.md")
        return Ledger.of(self.root)


@pytest.fixture
def book(tmp_path: Path) -> Book:
    small = Book(tmp_path)
    small.write("autograd/__init__.py", "")
    (tmp_path / "docs").mkdir()
    return small


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as browser:
        yield browser


@pytest.fixture(scope="module")
def book_host() -> Iterator[str]:
    """The real book, served."""
    with served(SITE) as host:
        yield host
