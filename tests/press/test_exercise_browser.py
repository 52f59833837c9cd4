"""Check in a real browser: a right answer, a known mistake, an unknown one, an error, a loop without end."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import site_book
from chromium import MARKS, NEEDS_NPM, STARTING, Quiet
from playwright.sync_api import Browser, Page, expect
from test_exercise import ANSWER, CHECK, MISTAKE, STARTER
from test_run import program

from bench.chromium import served
from literate.serve import Handler

pytestmark = [*MARKS, NEEDS_NPM]


def inside(*fences: str) -> str:
    return "".join(f"    {line}\n" for line in "".join(fences).splitlines())


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small book with an exercise, and with all that Run needs."""
    book = site_book.make(tmp_path_factory.mktemp("book"))
    page = book / "docs/part1/one.md"
    above = program("factor = 2\ncalled = []")
    answer = ANSWER.replace("2 * x", "factor * x")
    text = f'## Try\n\n{above}{STARTER}??? success "Answer"\n\n{inside(answer, CHECK, MISTAKE)}'
    page.write_text(f"{page.read_text(encoding='utf-8')}\n{text}", encoding="utf-8")
    (book / "browser").symlink_to(site_book.ROOT / "browser", target_is_directory=True)
    site_book.build_with_run(book)
    return book / "site"


@pytest.fixture(scope="module", params=[Handler, Quiet], ids=["isolated", "plain"])
def address(request: pytest.FixtureRequest, site: Path) -> Iterator[str]:
    """The page, from a server that lets it share memory with its worker, and from one that does not."""
    with served(site, request.param) as host:
        yield f"{host}part1/one/"


@pytest.fixture(scope="module")
def reader(browser: Browser, address: str) -> Iterator[Page]:
    """A reader on the page, where Python has started."""
    page = browser.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(address)
    yield page
    assert faults == []
    page.close()


def write(page: Page, code: str) -> None:
    """Put a text into the exercise's editor."""
    exercise = page.locator('[data-exercise="double"]')
    exercise.get_by_role("button", name="Edit").click()
    exercise.locator(".cm-content").focus()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(code)


def check(page: Page, words: str) -> str:
    """Press Check; wait for these words, and give all that the tests say."""
    exercise = page.locator('[data-exercise="double"]')
    exercise.get_by_role("button", name="Check").click()
    verdict = exercise.get_by_role("status")
    expect(verdict).to_contain_text(words, timeout=STARTING)
    return verdict.inner_text()


def is_open(page: Page) -> bool:
    return bool(page.locator("details.success", has=page.locator("[data-check]")).evaluate("it => it.open"))


def test_the_starter_fails_with_the_sentence_of_the_tests(reader: Page) -> None:
    assert check(reader, "Return") == "Not yet. Return a number."
    assert not is_open(reader)


def test_a_known_mistake_is_recognized(reader: Page) -> None:
    write(reader, "def double(x):\n    return x * x")
    assert check(reader, "Not yet") == "Not yet. You squared."


def test_what_is_said_goes_when_the_program_changes(reader: Page) -> None:
    write(reader, "def double(x):\n    return x * x")
    check(reader, "Not yet")
    write(reader, "def double(x):\n    return 7")
    expect(reader.locator('[data-exercise="double"]').get_by_role("status")).to_be_empty()


def test_an_unknown_mistake_has_the_general_sentence_and_what_was_printed(reader: Page) -> None:
    write(reader, "def double(x):\n    print('at', x)\n    return 7")
    said = check(reader, "Not yet")
    assert said.startswith("Not yet. Not 7.")
    assert "at 3" in said


def test_an_error_shows_the_lines_of_the_reader_alone(reader: Page) -> None:
    write(reader, "def double(x):\n    return y * x")
    said = check(reader, "in an error")
    assert "line 2, in double\n    return y * x" in said
    assert "NameError: name 'y' is not defined" in said
    assert "worker" not in said
    write(reader, "def double(x)\n    return 2 * x")
    assert "SyntaxError" in check(reader, "the tests did not begin")


def test_a_loop_without_end_can_be_stopped(reader: Page) -> None:
    write(reader, "def double(x):\n    while True:\n        pass")
    exercise = reader.locator('[data-exercise="double"]')
    exercise.get_by_role("button", name="Check").click()
    expect(exercise.locator(".state")).to_have_text("Running…", timeout=STARTING)
    exercise.get_by_role("button", name="Stop").click()
    expect(exercise.get_by_role("status")).to_have_text("Stopped.", timeout=STARTING)
    assert not is_open(reader)


def test_nothing_stays_of_what_was_checked(reader: Page) -> None:
    write(reader, "factor = 5\ndef double(x):\n    return factor * x")
    assert check(reader, "Not yet") == "Not yet. Not 15."
    write(reader, "def double(x):\n    return factor * x")
    assert check(reader, "Passed").startswith("Passed")


def test_a_right_answer_opens_ours(reader: Page) -> None:
    write(reader, "def double(x):\n    return x + x")
    assert check(reader, "Passed").startswith("Passed: your program does what the tests ask.")
    assert is_open(reader)
