"""Pages for the peers environment: run where there is one, printed from the record where there is none."""

import json
import sys
import venv
from pathlib import Path

import pytest
import site_book
from bs4 import BeautifulSoup

from literate import __main__ as command
from literate import peers, record
from literate.blocks import PageError
from literate.book import check
from literate.results import renew, results

PAGE = """\
---
environment: peers
---

# Beyond

```python
import sys

print("so far", 1 + 1)
```

=== "A"

    ```{.python raises="ZeroDivisionError"}
    1 / 0
    ```
"""
RENEWAL = "`make peers` and then `.venv/bin/python -m literate record docs/part1/x.md`"


@pytest.fixture
def nowhere(monkeypatch):
    """A reader's machine."""
    monkeypatch.setenv("BOOK_PEERS", "")


@pytest.fixture
def somewhere(monkeypatch):
    """A machine with peers: the Python that runs the tests."""
    monkeypatch.setenv("BOOK_PEERS", sys.executable)


@pytest.fixture
def page(book, somewhere):
    """A page and its record."""
    path = book.page(PAGE)
    assert [outcome.error for outcome in renew(path, root=book.root)] == [None, None]
    return path


def errors(book, page, *, fresh=True):
    return [outcome.error for outcome in results(page, root=book.root, fresh=fresh)]


def alter(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


# Which Python.


def test_the_page_runs_with_the_python_of_the_peers(book, tmp_path, monkeypatch):
    venv.create(tmp_path / "other", symlinks=True)
    there = tmp_path / "other/bin/python"
    monkeypatch.setenv("BOOK_PEERS", str(there))
    shown = renew(book.page(PAGE.replace('"so far", 1 + 1', "sys.prefix")), root=book.root)
    assert shown[0].stdout == f"{tmp_path / 'other'}\n"


def test_the_peers_are_in_their_folder_or_where_the_environment_says(book, monkeypatch):
    monkeypatch.delenv("BOOK_PEERS", raising=False)
    assert peers.python(book.root) is None
    inside = book.write(".venv-peers/bin/python", "")
    assert peers.python(book.root) == inside
    monkeypatch.setenv("BOOK_PEERS", "")
    assert peers.python(book.root) is None
    monkeypatch.setenv("BOOK_PEERS", sys.executable)
    assert peers.python(book.root) == Path(sys.executable)


def test_a_python_that_is_not_there_is_not_taken_for_none(book, page, monkeypatch):
    monkeypatch.setenv("BOOK_PEERS", "/no/such/python")
    assert check(book.root, [page]) == [
        "docs/part1/x.md:1: BOOK_PEERS names /no/such/python, which is not there"
    ]


def test_no_other_environment_can_be_asked_for(book):
    page = book.page(PAGE.replace("peers", "pears"))
    with pytest.raises(PageError, match=r"x\.md:2: there is no environment 'pears'"):
        results(page, root=book.root)


def test_the_words_in_the_text_of_a_page_ask_for_nothing():
    assert not peers.wanted("# X\n\nenvironment: peers\n", "x.md")
    assert not peers.wanted("---\ntitle: X\n---\n\nenvironment: peers\n---\n", "x.md")
    assert peers.wanted("---\r\ntitle: X\r\nenvironment: peers\r\n---\r\n", "x.md")


# Where there are no peers.


def test_what_was_recorded_is_told_where_there_are_no_peers(book, page, nowhere):
    for fresh in (True, False):
        printed, raised = results(page, root=book.root, fresh=fresh)
        assert (printed.error, printed.text, printed.line) == (None, "so far 2\n", 7)
        assert (raised.error, raised.raised) == (None, "ZeroDivisionError: division by zero")


def test_it_is_not_run_there(book, page, nowhere):
    alter(record.place(page), "so far 2", "so far 3")
    assert results(page, root=book.root, fresh=True)[0].text == "so far 3\n"


def test_words_around_the_programs_may_change(book, page, nowhere):
    alter(page, "# Beyond\n", "# Beyond\n\nNew words.\n")
    assert [outcome.line for outcome in results(page, root=book.root)] == [9, 17]
    assert errors(book, page) == [None, None]


@pytest.mark.parametrize(
    ("file", "old", "new", "why"),
    [
        ("docs/part1/x.md", "1 + 1", "1 + 2", "its programs have changed since its output was recorded"),
        ("docs/part1/x.md", "ZeroDivision", "Arithmetic", "its programs have changed since its output was"),
        ("autograd/__init__.py", "", "x = 1\n", "the package has changed since its output was recorded"),
        ("docs/part1/x.recorded.json", "{", "", "there is no record of this page"),
    ],
)
def test_a_record_out_of_date_fails_and_says_how_to_renew_it(book, page, nowhere, file, old, new, why):
    alter(book.root / file, old, new)
    for fresh in (True, False):
        first, second = errors(book, page, fresh=fresh)
        assert first.startswith(f"docs/part1/x.md:7: {why}")
        assert first.endswith(f"; renew the record with {RENEWAL}")
        assert second == "docs/part1/x.md:15: not run: line 7 failed first"


def test_a_record_of_other_versions_than_those_that_are_asked_for_is_out_of_date(book, page, nowhere):
    alter(record.place(page), '"versions": {', '"versions": {"torch": "2.13.0",')
    book.write("bench/peers.txt", "# peers\ntorch==2.13.0\njax==1.0\n")
    assert errors(book, page) == [None, None]
    book.write("bench/peers.txt", "torch==2.14.0\n")
    why = "its output was recorded with torch 2.13.0, and bench/peers.txt asks for 2.14.0"
    assert errors(book, page)[0].startswith(f"docs/part1/x.md:7: {why}; renew the record with `make peers`")


def test_what_the_page_promises_is_held_against_the_record_too(book, page, nowhere):
    alter(page, "1 + 1)\n```\n", "1 + 1)\n```\n\n```{.text .expect}\nso far 3\n```\n")
    assert errors(book, page)[0].startswith("docs/part1/x.md:13: the output is not the expected one")


# Where there are.


def test_a_page_that_prints_what_was_recorded_is_well(book, page):
    assert errors(book, page) == [None, None]


def test_a_page_that_prints_something_else_fails_there(book, page):
    alter(record.place(page), "so far 2", "so far 3")
    first, second = errors(book, page)
    assert first.startswith(
        "docs/part1/x.md:7: this is not what was recorded; if it is right, renew the record"
    )
    assert first.endswith("-so far 3\n+so far 2")
    assert second is None


def test_a_picture_where_there_was_none_fails_there(book, page):
    kept = json.loads(record.place(page).read_text())
    kept["outcomes"][0]["rich"] = [["image/svg+xml", "<svg/>"]]
    record.place(page).write_text(json.dumps(kept))
    assert "this is not what was recorded" in errors(book, page)[0]


def test_a_record_out_of_date_fails_there_too_though_the_page_has_run(book, page):
    book.module("x = 1\n")
    first, second = results(page, root=book.root, fresh=True)
    assert (first.text, first.error.count("the package has changed")) == ("so far 2\n", 1)
    assert second.error is None


def test_a_program_that_fails_there_is_told_first(book, page):
    alter(page, "1 + 1", "1 / 0")
    assert errors(book, page)[0] == "docs/part1/x.md:10: ZeroDivisionError: division by zero"


# The command.


@pytest.fixture
def run(book, monkeypatch, capsys):
    def run(*arguments):
        monkeypatch.chdir(book.root)
        monkeypatch.setattr("sys.argv", ["literate", *arguments])
        return command.main(), capsys.readouterr().out

    return run


def test_the_command_records_and_shows_what_it_has_recorded(book, run, somewhere):
    page = book.page(PAGE)
    code, out = run("record", "docs/part1/x.md")
    assert code == 0
    assert "so far 2\n" in out
    assert out.endswith("Recorded in docs/part1/x.recorded.json.\n")
    assert errors(book, page) == [None, None]


def test_the_record_names_the_versions_of_what_the_page_imports(book, run, somewhere):
    page = book.page(PAGE.replace("import sys", "import autograd\nimport sys\nfrom markdown_it import token"))
    run("record", "docs/part1/x.md")
    assert list(record.load(page).versions) == ["Python", "markdown-it-py"]
    assert record.load(page).versions["Python"] == sys.version.split()[0]


def test_a_page_that_fails_is_not_recorded(book, run, page):
    before = record.place(page).read_text()
    alter(page, "1 + 1", "1 / 0")
    code, out = run("record", "docs/part1/x.md")
    assert code == 1
    assert "!!! docs/part1/x.md:10: ZeroDivisionError" in out
    assert out.endswith("Nothing was recorded in docs/part1/x.recorded.json.\n")
    assert record.place(page).read_text() == before


def test_nothing_is_recorded_without_peers(book, run, nowhere):
    book.page(PAGE)
    code, out = run("record", "docs/part1/x.md")
    assert (code, out) == (
        1,
        "docs/part1/x.md:1: there is no peers environment; make one with `make peers`\n",
    )


def test_no_other_page_is_recorded(book, run, somewhere):
    book.page("```python\n1\n```\n")
    code, out = run("record", "docs/part1/x.md")
    assert code == 1
    assert out.startswith("docs/part1/x.md:1: only a page with `environment: peers`")


# The site.


def test_the_site_shows_the_record_and_says_so(tmp_path, somewhere, monkeypatch):
    root = site_book.make(tmp_path)
    page = root / "docs/part1/two.md"
    page.write_text(
        "---\nenvironment: peers\n---\n\n" + page.read_text() + "\n```python\nprint(6 * 7)\n```\n"
    )
    renew(page, root=root)
    monkeypatch.setenv("BOOK_PEERS", "")
    done = site_book.build(root)
    assert done.returncode == 0, done.stderr
    soup = BeautifulSoup((root / "site/part1/two/index.html").read_text(encoding="utf-8"), "html.parser")
    assert soup.select(".program .output samp")[-1].get_text() == "42\n"
    said = soup.select_one("h1 + p.recorded").get_text()
    assert said == f"The outputs on this page were recorded with Python {sys.version.split()[0]}."
    other = (root / "site/part1/one/index.html").read_text(encoding="utf-8")
    assert "recorded with" not in other
    assert not list((root / "site").rglob("*.recorded.json"))


def test_a_record_out_of_date_stops_the_build(tmp_path, nowhere):
    root = site_book.make(tmp_path)
    page = root / "docs/part1/two.md"
    page.write_text(
        "---\nenvironment: peers\n---\n\n" + page.read_text() + "\n```python\nprint(6 * 7)\n```\n"
    )
    done = site_book.build(root)
    assert done.returncode != 0
    assert "there is no record of this page; renew the record with `make peers` and then" in done.stderr
    assert "literate record docs/part1/two.md`" in done.stderr
    assert not (root / "site").exists()
