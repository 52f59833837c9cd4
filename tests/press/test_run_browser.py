"""Run in a real browser: Stop at any time, edit, reset, stale marks, errors, and what might end Python.

Each test is done on a host that lets a page share memory with its worker, and on one that does not: there
Stop ends Python, and the next Run starts another.
"""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import site_book
from chromium import BELOW, MARKS, NEEDS_NPM, STARTING, Quiet, opened
from playwright.sync_api import Browser, Locator, Page, expect

from bench.chromium import served
from literate.serve import Handler

pytestmark = [*MARKS, NEEDS_NPM]

PAGE = """\
```python
factor = 2
print("the first", factor)
```

```python
print("the second", factor * 21)
```

```{.python raises="ValueError" alt="none"}
def halve(x):
    raise ValueError(f"cannot halve {x}")


halve(factor)
```

```{.python alt="A product." caption="A product."}
from autograd import ValueNode, draw_dot

a, b = ValueNode(2.0, "a"), ValueNode(3.0, "b")
y = a * b
y.backward()
draw_dot(y)
```
""".replace(' alt="none"', "")

SQUARE = """\
from autograd import ValueNode, draw_dot

c = ValueNode(7.0, "c")
y = c * c
y.backward()
draw_dot(y)
"""
MILLION = """\
from autograd import ValueNode

x = y = ValueNode(1.0)
for _ in range(1_000_000):
    y = y + 1.0
y.backward()
print(y.value, x.grad)
y = None
print("freed")
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small book with the real package, under a path."""
    root = tmp_path_factory.mktemp("served")
    book = site_book.make_whole(tmp_path_factory.mktemp("book"), PAGE)
    site_book.build_with_run(book, "--site-dir", str(root / BELOW))
    return root


@pytest.fixture(scope="module", params=[Handler, Quiet], ids=["isolated", "plain"])
def host(request: pytest.FixtureRequest, site: Path) -> Iterator[str]:
    with served(site, request.param) as address:
        yield f"{address}{BELOW}/"


@pytest.fixture(scope="module")
def shared(browser: Browser, host: str) -> Iterator[Page]:
    """One window for all tests of a host, so that Python need not start for each of them."""
    with opened(browser, host, "part1/one/") as page:
        yield page


@pytest.fixture
def page(shared: Page) -> Page:
    """The page as the build left it."""
    for place in range(4):
        button = program(shared, place).get_by_role("button", name="Reset")
        if button.is_visible():
            button.click()
    return shared


def program(page: Page, place: int) -> Locator:
    return page.locator(".program[data-program]").nth(place)


def write(page: Page, place: int, code: str) -> None:
    it = program(page, place)
    it.get_by_role("button", name="Edit").click()
    it.locator(".cm-content").focus()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(code)


def press(page: Page, place: int, button: str) -> None:
    program(page, place).get_by_role("button", name=button).click()


def state(page: Page, place: int, words: str) -> None:
    expect(program(page, place).locator(".state")).to_contain_text(words, timeout=STARTING)


def output(page: Page, place: int) -> str:
    return program(page, place).locator(".output").inner_text()


def test_stop_while_python_starts(browser: Browser, host: str) -> None:
    with opened(browser, host, "part1/one/") as page:
        press(page, 1, "Run")
        state(page, 1, "Loading Python")
        press(page, 1, "Stop")
        expect(program(page, 1).get_by_role("button", name="Stop")).to_be_hidden()
        state(page, 1, "Stopped.")
        press(page, 1, "Run")  # nothing is left of the first try
        state(page, 1, "Ran here")
        assert "the second 42" in output(page, 1)


def test_stop_in_a_loop_without_end(page: Page) -> None:
    write(page, 1, "while True:\n    pass")
    press(page, 1, "Run")
    state(page, 1, "Running…")
    press(page, 1, "Stop")
    state(page, 1, "Stopped.")
    press(page, 1, "Reset")
    press(page, 1, "Run")
    state(page, 1, "Ran here")
    assert "the second 42" in output(page, 1)


def test_stop_in_a_flood_of_prints(page: Page) -> None:
    write(page, 1, "n = 0\nwhile True:\n    n += 1\n    print('drop', n)")
    press(page, 1, "Run")
    expect(program(page, 1).locator(".output")).to_contain_text("drop 2", timeout=STARTING)
    began = time.monotonic()
    press(page, 1, "Stop")
    state(page, 1, "Stopped.")
    assert time.monotonic() - began < 10
    assert "drop 1\n" in output(page, 1)  # what came before stays
    press(page, 1, "Reset")
    press(page, 1, "Run")
    state(page, 1, "Ran here")
    assert output(page, 1).count("drop") == 0


def test_an_edit_marks_what_stands_below_as_stale_and_reset_takes_the_mark_away(page: Page) -> None:
    press(page, 1, "Run")
    state(page, 1, "Ran here")
    write(page, 0, "factor = 10")
    state(page, 0, "Edited: what stands below is of the text before.")
    state(page, 1, "Stale: program 1 above has changed since.")
    press(page, 1, "Run")
    state(page, 1, "Ran here")
    assert "the second 210" in output(page, 1)
    press(page, 0, "Reset")
    state(page, 1, "Stale")
    press(page, 1, "Reset")
    expect(program(page, 1).locator(".state")).to_be_empty()
    assert "the second 42" in output(page, 1)
    expect(program(page, 1)).not_to_have_class("stale")
    assert program(page, 0).locator("pre code").inner_text().startswith("factor = 2\n")


def test_an_error_has_the_lines_of_the_block_and_no_others(page: Page) -> None:
    write(page, 1, "def down(x):\n    return 1 / x\n\n\ndown(0)")
    press(page, 1, "Run")
    state(page, 1, "Ended in an error.")
    said = output(page, 1)
    assert "line 5" in said
    assert "line 2, in down" in said
    assert "ZeroDivisionError: division by zero" in said
    assert ".py" not in said


def test_an_error_that_is_meant_is_shown_as_at_build(page: Page) -> None:
    before = output(page, 2)
    press(page, 2, "Run")
    state(page, 2, "Ran here")
    assert output(page, 2) == before
    assert "cannot halve 2" in before


def test_an_error_above_is_told_below(page: Page) -> None:
    write(page, 0, "factor = 1 / 0")
    press(page, 1, "Run")
    state(page, 1, "Not run: program 1, on which it stands, ended in an error.")
    assert "ZeroDivisionError" in output(page, 0)


def test_a_graph_is_drawn_anew(page: Page) -> None:
    write(page, 3, SQUARE)
    press(page, 3, "Run")
    state(page, 3, "Ran here")
    picture = page.locator("figure svg.graph").last
    expect(picture).to_contain_text("14.0")
    assert picture.get_attribute("role") == "img"


def test_a_graph_of_a_million_nodes_is_made_walked_and_freed(page: Page) -> None:
    write(page, 1, MILLION)
    press(page, 1, "Run")
    expect(program(page, 1).locator(".state")).to_contain_text("Ran here", timeout=3 * STARTING)
    assert "1000001.0 1.0\nfreed" in output(page, 1)


def test_recursion_without_end_is_an_error_and_python_lives_on(page: Page) -> None:
    write(page, 1, "def deeper(x):\n    return deeper(x + 1)\n\n\ndeeper(0)")
    press(page, 1, "Run")
    state(page, 1, "Ended in an error.")
    assert "RecursionError" in output(page, 1)
    press(page, 1, "Reset")
    press(page, 1, "Run")
    state(page, 1, "Ran here")
