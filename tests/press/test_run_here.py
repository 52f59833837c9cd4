"""Every program of the book that a browser can run, run in one: the page shows then what the build showed.

It needs the book, built with Run: `make test` names it in BOOK_SITE.
"""

import re
from pathlib import Path
from typing import Any

import pytest
from chromium import MARKS, NEEDS_BOOK, SITE, opened
from playwright.sync_api import Browser

PAGES = sorted(
    page.parent.relative_to(SITE).as_posix()
    for page in SITE.rglob("index.html")
    if "data-program=" in page.read_text(encoding="utf-8")
)

pytestmark = [*MARKS, NEEDS_BOOK]

# Two machines compute sines and exponentials alike but for the last digit, and some programs subtract what is
# nearly equal: a number may differ by a part in a million, or by less than rounding can tell from 0.
RELATIVE, ABSOLUTE = 1e-6, 1e-12
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")

# What is not the same on every Python, and why. Such a program has to run; what it says may differ.
VARYING = {
    ("about/checks", "sys.version_info"): "it prints the version of Python",
    ("part1/graph", ".gard"): "Python's own sentence, which says more from version to version",
}

READY = """() => [...document.querySelectorAll(".program[data-program]:not([data-needs])")]
    .every(program => program.querySelector("[data-action=run]"))"""
RUN_ALL = (Path(__file__).parent / "run_all.js").read_text(encoding="utf-8")


def test_the_book_has_programs_to_run() -> None:
    assert len(PAGES) > 15


@pytest.mark.parametrize("page", PAGES)
def test_every_program_shows_in_the_browser_what_it_showed_at_build(
    page: str, browser: Browser, book_host: str
) -> None:
    with opened(browser, book_host, f"{page}/") as desk:
        desk.wait_for_function(READY)
        ran: list[dict[str, Any]] = desk.evaluate(RUN_ALL)
    varying = [place for place in VARYING if place[0] == page]
    for place in varying:
        found = [each for each in ran if place[1] in each["code"]]
        assert len(found) == 1, f"no such program: {place[1]}"
        found[0]["built"] = found[0]["now"]
    assert [said for each in ran if (said := difference(each))] == []


def difference(program: dict[str, Any]) -> str:
    """Say where what a program shows is not what it showed; nothing where it is."""
    line, built, now = f"line {program['line']}", program["built"], program["now"]
    if not program["state"].startswith("Ran here") or program["stale"]:
        return f"{line}: {program['state']}\n{now['text']}"
    if not alike(built["text"], now["text"]):
        return f"{line}: built\n{built['text']}\nnow\n{now['text']}"
    for kind in ("tables", "pictures", "words"):
        if not alike("\n".join(built[kind]), "\n".join(now[kind])):
            return f"{line}: {kind} {built[kind]} are now {now[kind]}"
    return ""


def alike(one: str, other: str) -> bool:
    """Whether two texts have the same words, and numbers within the tolerance."""
    words = [re.sub(r"\s+", " ", NUMBER.sub("0", text)).strip() for text in (one, other)]
    numbers = zip(NUMBER.findall(one), NUMBER.findall(other))
    return words[0] == words[1] and all(a == b or close(float(a), float(b)) for a, b in numbers)


def close(a: float, b: float) -> bool:
    return abs(a - b) <= ABSOLUTE + RELATIVE * max(abs(a), abs(b))
