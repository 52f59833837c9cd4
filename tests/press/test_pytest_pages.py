"""Every Python block of the book is a test, and one that is not well fails: no green that is not earned."""

from importlib.metadata import version

import pytest

pytest_plugins = ["pytester"]
OTHERS = ("hypothesispytest", "xdist", "pytest_cov")  # they take seconds to load, and have no part in this
OPTIONS = ("-p", "literate.pytest_plugin", *(f"-pno:{name}" for name in OTHERS), "-v", "-rf")

GOOD = """\
# Page

```python
x = 1
```

!!! note

    ```python
    x += 1
    ```

=== "Tab"

    ```{.python fold="Folded notest"}
    assert x == 2
    print(x)
    ```

    ```{.text .expect}
    2
    ```

> ```{.python source="autograd"}
> ```

<!--
```python
nonsense
```
-->
"""


@pytest.fixture
def pages(pytester):
    """A small book, run by pytest as the real one is."""
    pytester.makefile(".toml", pyproject="[tool.pytest.ini_options]\nfilterwarnings = ['error']\n")
    for folder in ("docs", "autograd"):
        pytester.mkdir(folder)
    (pytester.path / "autograd/__init__.py").write_text('"""A package."""\n')

    def run(*arguments, **texts):
        for name, text in texts.items():
            (pytester.path / f"docs/{name}.md").write_text(text)
        return pytester.runpytest_inprocess(*OPTIONS, *arguments)

    run.root = pytester.path
    return run


def program(code, header="python"):
    return f"```{header}\n{code}\n```\n\n"


def test_the_runner_of_pytest_markdown_docs_is_a_private_door_so_its_version_is_pinned():
    assert version("pytest-markdown-docs") == "0.9.2"


def test_every_block_is_a_test_named_by_its_page_and_line(pages):
    result = pages("docs", good=GOOD)
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines([f"docs/good.md::*[[]line:{line}[]] PASSED*" for line in (3, 9, 15, 24)])


def test_a_failing_block_reports_page_line_and_error_and_those_after_it_were_not_run(pages):
    result = pages("docs", x="# X\n\n" + program("1") + program("y = 2\n1 / 0") + program("2"))
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        [
            "docs/x.md:9: ZeroDivisionError: division by zero",
            '  File "docs/x.md", line 9, in <module>',
            "docs/x.md:12: not run: line 7 failed first",
        ]
    )
    result.stdout.no_fnmatch_line("*pytest_plugin.py*")


def test_a_block_that_raises_a_type_error_on_its_first_run_only_fails(pages):
    code = "from pathlib import Path\nflag = Path({!r})\nif not flag.exists():\n    flag.touch()\n    len(1)"
    result = pages("docs", x=program(code.format(str(pages.root / "flag"))))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["docs/x.md:6: TypeError: *"])


def test_a_type_error_of_the_press_itself_that_comes_only_once_fails_the_page(pages, monkeypatch):
    calls = []

    def results(page, **_):
        calls.append(page)
        if len(calls) == 1:
            raise TypeError("once")
        return []

    monkeypatch.setattr("literate.pytest_plugin.results", results)
    result = pages("docs", x=program("1") + program("2"))
    result.assert_outcomes(failed=2)
    assert len(calls) == 1


def test_a_block_of_which_nothing_is_known_fails(pages, monkeypatch):
    monkeypatch.setattr("literate.pytest_plugin.results", lambda page, **_: [])
    result = pages("docs", x=program("1"))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*x.md:1: this block did not run"])


def test_a_page_runs_once_and_afresh_in_every_session(pages):
    count = pages.root / "count"
    text = program(f"with open({str(count)!r}, 'a') as f:\n    f.write('x')") + program("1") + program("2")
    for session in (1, 2):
        pages("docs", x=text).assert_outcomes(passed=3)
        assert count.read_text() == "x" * session


def test_one_block_alone_runs_with_the_page_above_it(pages):
    pages("docs", x=program("x = 1") + program("assert x == 1"))
    pages("docs/x.md::[CodeFence#2][line:5]").assert_outcomes(passed=1)


def each_fails(pages, cases):
    """Run one page for each text: each has one test, which fails with the message that goes with it."""
    result = pages("docs", **{f"p{number}": text for number, (text, _) in enumerate(cases)})
    result.assert_outcomes(failed=len(cases))
    for number, (_, message) in enumerate(cases):
        result.stdout.fnmatch_lines([f"docs/p{number}.md:{message}*"])


def test_a_page_whose_fences_cannot_be_read_fails_and_is_never_empty(pages):
    each_fails(
        pages,
        [
            ("\n```python\n1\n", "2: this fence is never closed"),
            ("text\n\n    ```python\n    1\n    ```\n", "3: this fence is indented, yet"),
            ("\n```{.python\n1\n```\n", "2: the braces of the header are not closed"),
            ("\n```py\n1\n```\n", "2: write `python`"),
            ("\n```{.python notest}\n1\n```\n", "2: cannot read 'notest'"),
            ("<!--\n```python\n1\n```\n", "1: this comment is never closed"),
            ("- ```python\n  1\n  ```\n", "1: a fence must stand on a line of its own"),
            ("> ```python\n> 1\n", "1: this fence is never closed"),
        ],
    )


def test_what_is_not_as_it_should_be_fails(pages):
    each_fails(
        pages,
        [
            ("~~~python\n1 / 0\n~~~\n", "2: ZeroDivisionError"),
            ("> ```python\n> 1 / 0\n> ```\n", "2: ZeroDivisionError"),
            (program("1", '{.python raises="ValueError"}'), "1: this program should raise ValueError"),
            (program("1") + program("2", "{.text .expect}"), "5: the output is not the expected one"),
            (program("", '{.python source="autograd.none"}'), "1: there is no autograd.none"),
            (program("", '{.python quote="autograd.none"}'), "1: there is no autograd.none"),
            (program("raise SystemExit"), "2: SystemExit"),
            (program("import os\nos._exit(0)"), "1: the process of this page left before its end"),
            (program("import warnings\nwarnings.warn('w')"), "1: UserWarning: w"),
            (program("object()"), "1: the output shows a memory address"),
        ],
    )


def test_the_flags_of_pytest_markdown_docs_change_nothing(pages):
    (pages.root / "docs/labs").mkdir()
    (pages.root / "docs/labs/lab.py").write_text("raise RuntimeError('imported')\n")
    pages("--markdown-docs", "--markdown-docs-syntax=superfences", good=GOOD).assert_outcomes(passed=4)


def test_nothing_but_pages_is_collected_under_docs(pages):
    (pages.root / "docs/labs").mkdir()
    for name in ("lab.py", "test_lab.py", "lab_test.py"):
        (pages.root / "docs/labs" / name).write_text("raise RuntimeError('imported')\n")
    pages("--doctest-modules", "docs", good=GOOD).assert_outcomes(passed=4)


def test_pages_elsewhere_are_not_ours(pages):
    (pages.root / "README.md").write_text(program("1 / 0"))
    pages(good=GOOD).assert_outcomes(passed=4)


def test_a_page_of_words_has_no_tests(pages):
    pages("docs", words="# Words\n\n```bash\nls\n```\n").assert_outcomes()
