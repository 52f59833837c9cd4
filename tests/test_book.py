"""The book itself: every line of the package is in it once, and every fence that speaks Python is run."""

import os
import re
from pathlib import Path

import pytest

from literate import peers
from literate.blocks import parse, without_comments
from literate.book import pages
from literate.source import Ledger

ROOT = Path(__file__).resolve().parents[1]
OTHER_ENDINGS = {".markdown", ".mdown", ".mkdn", ".mkd", ".mdx"}
PYTHONISH = re.compile(r"^[\s>*+\-\d.):]*(```+|~~~+)[\s{.]*py", re.IGNORECASE)


def test_every_line_of_the_package_belongs_to_exactly_one_source_fence():
    assert "\n".join(Ledger.of(ROOT).problems()) == ""


def test_every_page_ends_in_md():
    """MkDocs would print pages with these endings too, but nobody would run them."""
    assert [path for path in (ROOT / "docs").rglob("*") if path.suffix in OTHER_ENDINGS] == []


@pytest.mark.parametrize("page", pages(ROOT), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_python_fence_of_a_page_is_passed_over(page):
    """A second opinion, by the simplest of means, on what the press takes for a block."""
    text = page.read_text(encoding="utf-8")
    inside = {line for block in parse(text) for line in range(block.line, block.end_line + 1)}
    lines = enumerate(without_comments(text).split("\n"), start=1)
    assert [number for number, line in lines if PYTHONISH.match(line) and number not in inside] == []


def test_the_map_has_every_chapter_and_leads_forward():
    home = (ROOT / "docs/index.md").read_text(encoding="utf-8")
    drawing = next(block for block in parse(home) if "builds_on" in block.code)
    made = {}
    exec(drawing.code, made)
    lines = made["chart"].source.replace('"', "").splitlines()
    drawn = re.findall(r'label="?(\d+)\..*URL="(.*?)"', made["chart"].source)
    chapters = re.findall(r"- (part\d/\w+\.md)", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    assert drawn == [(str(number), page) for number, page in enumerate(chapters, 1)]
    order = [Path(page).stem for page in chapters]
    edges = [line.split() for line in lines if "->" in line]
    assert all(order.index(before) < order.index(after) for before, _, after, *_ in edges)
    assert {after for _, _, after, *_ in edges} == set(order[1:])


@pytest.mark.skipif("CI" not in os.environ, reason="a reader's machine may take the record for it")
def test_in_ci_the_pages_for_the_peers_run_anew():
    assert peers.python(ROOT) is not None
