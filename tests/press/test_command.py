"""`python -m literate check`: what an author sees, without pytest and without a site."""

import pytest

from literate import __main__ as command
from literate.book import check, pages


def test_a_book_that_is_well_has_no_problems(book):
    book.module('"""Rules."""\n')
    book.page('```python\n1\n```\n\n```{.python source="autograd.rules"}\n```\n')
    assert check(book.root) == []


def test_every_page_is_found(book):
    for name in ("docs/index.md", "docs/part1/a.md", "docs/part1/deep/b.md"):
        book.page("", name)
    assert [page.relative_to(book.root).as_posix() for page in pages(book.root)] == [
        "docs/index.md",
        "docs/part1/a.md",
        "docs/part1/deep/b.md",
    ]


def test_all_problems_of_a_book_are_told_at_once(book):
    book.module("x = 1\n")
    book.page("```python\n1 / 0\n```\n", "docs/a.md")
    book.page("```python\n", "docs/b.md")
    book.page('```{.python source="autograd.rules.y"}\n```\n', "docs/c.md")
    assert [problem.split("\n")[0] for problem in check(book.root)] == [
        "docs/a.md:2: ZeroDivisionError: division by zero",
        "docs/b.md:1: this fence is never closed",
        "docs/c.md:1: there is no autograd.rules.y (did you mean autograd.rules.x?)",
        "autograd/rules.py:1: no page owns this (autograd.rules.x): x = 1",
    ]


def test_of_one_page_only_its_own_problems_are_told(book):
    book.module("x = 1\n")
    page = book.page("```python\n1\n```\n")
    assert check(book.root, [page]) == []


@pytest.fixture
def run(book, monkeypatch, capsys):
    def run(*arguments):
        monkeypatch.chdir(book.root)
        monkeypatch.setattr("sys.argv", ["literate", "check", *arguments])
        return command.main(), capsys.readouterr().out

    return run


def test_the_command_shows_what_readers_see_and_says_that_all_is_well(book, run):
    book.page("# X\n\n```python\nprint('hello')\n```\n")
    code, out = run("docs/part1/x.md")
    assert code == 0
    assert "docs/part1/x.md:3" in out
    assert "hello\n" in out
    assert out.endswith("All is well.\n")


def test_the_command_says_what_is_wrong(book, run):
    book.module("x = 1\n")
    book.page("```python\nprint('hello')\n1 / 0\n```\n")
    code, out = run()
    assert code == 1
    assert out.startswith("docs/part1/x.md:3: ZeroDivisionError: division by zero\nTraceback")
    assert out.endswith("autograd/rules.py:1: no page owns this (autograd.rules.x): x = 1\n")
