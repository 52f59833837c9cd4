"""What a page weighs before anything on it is run, and whether it is there without a net.

It needs the book, built with Run: `make test` names it in BOOK_SITE.
"""

import gzip
import html
import re
import unicodedata

import pytest
from chromium import MARKS, NEEDS_BOOK, SITE, STARTING, opened
from playwright.sync_api import Browser, Page, Response

from bench.chromium import served
from literate.fonts import LETTERS

CHAPTERS = sorted(page.parent.relative_to(SITE).as_posix() for page in SITE.glob("part*/*/index.html"))
LONGEST = ["about/reference"]  # no chapter, but it has the most text
HEAVIEST = 300_000  # bytes
PACKED = (".woff2", ".png", ".jpg", ".gz", ".ico")  # no server packs these again
UNREAD = re.compile(r"(?s)<(script|style|math|svg)\b.*?</\1>|<[^>]+>")

pytestmark = [*MARKS, NEEDS_BOOK]


@pytest.mark.parametrize("page", [*CHAPTERS, *LONGEST])
def test_a_chapter_is_light_before_the_first_run(page: str, browser: Browser, book_host: str) -> None:
    desk = browser.new_page(service_workers="block")  # it may fetch ahead, but nobody waits for it
    came: list[Response] = []
    desk.on("response", lambda response: came.append(response))
    desk.goto(f"{book_host}{page}/", wait_until="networkidle")
    weights = {each.url: weight(each) for each in came}
    desk.close()
    assert len(weights) > 5
    assert sum(weights.values()) < HEAVIEST, weights


def weight(response: Response) -> int:
    """The bytes on the wire from a server that packs with gzip, as hosts of static pages do."""
    body = response.body()
    return len(body) if response.url.endswith(PACKED) else len(gzip.compress(body, 6))


def test_with_the_network_cut_the_page_and_run_are_there(browser: Browser) -> None:
    context = browser.new_context()
    desk = context.new_page()
    with served(SITE) as host:
        desk.goto(f"{host}part1/slopes/", wait_until="networkidle")
        run_the_first(desk)  # the service worker comes with it
        desk.evaluate("navigator.serviceWorker.ready.then(() => true)")
        desk.reload(wait_until="networkidle")
    context.set_offline(True)
    desk.reload(wait_until="load")
    run_the_first(desk)
    context.close()


def run_the_first(desk: Page) -> None:
    first = desk.locator(".program[data-program]:not([data-needs])").first
    first.get_by_role("button", name="Run").click()
    first.get_by_text("Ran here").wait_for(timeout=STARTING)


def test_the_search_finds_without_its_index_in_the_page(browser: Browser, book_host: str) -> None:
    with opened(browser, book_host, "part1/slopes/") as desk:
        asked: list[str] = []
        desk.on("request", lambda request: asked.append(request.url))
        desk.locator("[data-md-component=search-query]").focus()
        desk.keyboard.insert_text("adjoint")
        found = desk.locator(".md-search-result__link").first
        found.wait_for()
        assert found.inner_text()
        assert [url for url in asked if url.endswith("search_index.json")]


def test_every_letter_of_the_book_is_in_its_fonts() -> None:
    ranges = [letters.split("-") for each in LETTERS.values() for letters in each.split(",")]
    have = {chr(code) for each in ranges for code in range(int(each[0], 16), int(each[-1], 16) + 1)}
    missing = {}
    for page in SITE.rglob("index.html"):
        text = html.unescape(UNREAD.sub(" ", page.read_text(encoding="utf-8")))
        # The stroke through an equals sign has a private letter.
        used = {letter for letter in text if letter.isalpha() or unicodedata.category(letter) == "Co"}
        missing |= dict.fromkeys(used - have, page)
    assert missing == {}, "add them to LETTERS in literate/fonts.py"
