"""The book in a real browser: nothing asked of other hosts, no error, nothing over anything else."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import site_book
from chromium import BELOW, MARKS, Quiet, listen
from playwright.sync_api import Browser, Page, TimeoutError

from bench.chromium import served

pytestmark = MARKS


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small book, under a path; beside it the real one, where BOOK_SITE says that it is built."""
    root = tmp_path_factory.mktemp("served")
    book = site_book.make(tmp_path_factory.mktemp("book"))
    done = site_book.build(book, "--site-dir", str(root / BELOW))
    assert done.returncode == 0, done.stderr
    if real := os.environ.get("BOOK_SITE"):
        shutil.copytree(real, root / "real")
    return root


@pytest.fixture(scope="module")
def host(folder: Path) -> Iterator[str]:
    with served(folder, Quiet) as host:
        yield host


@pytest.fixture(scope="module")
def address(host: str) -> str:
    return f"{host}{BELOW}/"


@pytest.fixture(scope="module")
def pages(folder: Path, host: str) -> list[str]:
    """Every page there is."""
    return sorted(
        f"{host}{page.parent.relative_to(folder).as_posix()}/" for page in folder.rglob("index.html")
    )


@pytest.fixture
def desk(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    yield page
    page.close()


def test_every_other_page_by_day_and_by_night(browser: Browser, host: str, pages: list[str]) -> None:
    # Two workers share the pages: one begins with this test, the other comes to the last one of the file.
    assert len(pages) >= 5
    assert _problems(browser, host, pages[0::2]) == []


def _problems(browser: Browser, host: str, pages: list[str]) -> list[str]:
    """Open each page once, and look at everything there."""
    context = browser.new_context(reduced_motion="reduce")
    desk = context.new_page()
    wrong = listen(desk, host)
    for page in pages:
        desk.emulate_media(color_scheme="light")
        desk.set_viewport_size({"width": 1280, "height": 900})
        desk.goto(page, wait_until="load")
        desk.wait_for_function("window.document$ && document.fonts.status === 'loaded'")
        problems = [*_read(desk, "default"), *desk.evaluate(WORDLESS), *_measured(desk)]
        desk.emulate_media(color_scheme="dark")
        problems += _read(desk, "slate")
        desk.wait_for_load_state("networkidle")  # what it asks for late has been asked for
        wrong += [f"{page} {problem}" for problem in problems]
    context.close()
    return wrong


def _read(desk: Page, scheme: str) -> list[str]:
    """What of the open page cannot be read well."""
    try:
        desk.wait_for_function(f"document.body.dataset.mdColorScheme === '{scheme}'", timeout=5000)
    except TimeoutError:
        return [f"is not {scheme}, as the system is"]
    contrasts = desk.evaluate(CONTRASTS)
    faint = [f"in {scheme}: {what} {contrast:.2f}" for what, contrast in contrasts if contrast < 4.5]
    return faint if contrasts else ["has no text"]


def _measured(desk: Page) -> list[str]:
    """What lies over something else, or is wider than the screen."""
    noted = desk.locator("article > .aside").count()
    found: list[str] = []
    for width in [1280, 1440, 1920, 390] if noted else [390]:
        desk.set_viewport_size({"width": width, "height": 900})
        found += [f"at {width}: {what}" for what in desk.evaluate(OVERLAPS)]
        if desk.evaluate(TOO_WIDE) > 0:
            found.append(f"is wider than {width}")
    return found


def test_a_note_stands_in_the_margin_where_there_is_room(desk: Page, address: str) -> None:
    desk.goto(address + "part1/one/")
    note = desk.locator("article > .aside")
    beside = note.locator("xpath=following-sibling::p[1]")
    for width, in_margin in [(390, False), (1024, False), (1280, True), (1440, True), (1920, True)]:
        desk.set_viewport_size({"width": width, "height": 900})
        here, there = note.bounding_box(), beside.bounding_box()
        assert here is not None
        assert there is not None
        assert (here["x"] >= there["x"] + there["width"]) == in_margin
        assert (abs(here["y"] - there["y"]) < 12) == in_margin


def test_who_moves_by_keyboard_can_skip_to_the_text_and_sees_where_they_are(desk: Page, address: str) -> None:
    desk.goto(address + "part1/one/", wait_until="networkidle")
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    for press in range(25):
        desk.keyboard.press("Tab")
        if press == 0:
            assert "md-skip" in str(desk.evaluate("document.activeElement.className"))
        assert desk.evaluate("document.activeElement !== document.body")
        assert desk.evaluate(outline) != "none", desk.evaluate("document.activeElement.outerHTML")


def test_on_paper_there_is_no_nav_and_every_answer_is_open(desk: Page, address: str) -> None:
    desk.goto(address + "part1/one/")
    desk.emulate_media(media="print")
    folded = desk.get_by_text("folded", exact=False).first
    assert folded.is_visible()
    assert desk.locator("details.fold code").is_visible()
    assert desk.locator("article > .aside").evaluate("e => getComputedStyle(e).float") == "none"
    for hidden in (".md-header", ".md-sidebar--primary", ".md-sidebar--secondary", ".md-footer"):
        assert not desk.locator(hidden).is_visible()


def test_the_search_finds_what_a_program_printed(desk: Page, address: str) -> None:
    desk.goto(address, wait_until="networkidle")
    desk.keyboard.press("/")
    desk.keyboard.type("counted")
    found = desk.locator(".md-search-result__link").first
    found.wait_for()
    assert "/part1/one/" in (found.get_attribute("href") or "")


def test_the_copy_button_copies_code_without_line_numbers(desk: Page, address: str) -> None:
    desk.goto(address + "part1/two/", wait_until="networkidle")
    # The theme copies through a text field of its own.
    listen = "() => window.copied = document.activeElement.value"
    desk.evaluate(f"document.addEventListener('copy', {listen}, true)")
    place = desk.locator("[id='autograd.small.Counter.up']")
    desk.locator(".listing", has=place).get_by_role("button").click()
    desk.wait_for_function("window.copied")
    copied = str(desk.evaluate("window.copied"))
    assert copied.rstrip("\n") == "    def up(self) -> int:\n        self.n += 1\n        return self.n"


def test_every_code_block_has_a_copy_button_and_no_output_has(desk: Page, address: str) -> None:
    desk.goto(address + "part1/one/", wait_until="networkidle")
    assert desk.locator("pre > code").count() == desk.locator(".program pre button").count()
    assert desk.locator(".output button").count() == 0


def test_the_pages_between_by_day_and_by_night(browser: Browser, host: str, pages: list[str]) -> None:
    assert _problems(browser, host, pages[1::2]) == []


TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

# Pictures that nobody described.
WORDLESS = """() => [
  ...[...document.querySelectorAll("article img:not([alt])")].map(e => `no alt: ${e.src}`),
  ...[...document.querySelectorAll("figure.picture svg:not(svg svg)")]
    .filter(e => !e.querySelector("desc")?.textContent)
    .map(e => `no description: ${e.parentElement.id}`),
]"""

# Margin notes that lie over anything else.
OVERLAPS = """() => {
  const box = e => e.getBoundingClientRect();
  const apart = (a, b) => a.right - 1 < b.left || a.bottom - 1 < b.top;
  const meet = (a, b) => !apart(a, b) && !apart(b, a);
  const others = [...document.querySelectorAll("article > *, .md-sidebar")].map(e => [e, box(e)]);
  return [...document.querySelectorAll("article > .aside")].flatMap(note => others
    .filter(([other, there]) => other !== note && meet(box(note), there))
    .map(([other]) => `the note ${note.textContent.slice(0, 30)} lies over ${other.outerHTML.slice(0, 60)}`));
}"""

# Each text of the article with the contrast to the ground that it stands on.
CONTRASTS = """() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const known = new Map();
  const rgba = colour => {
    if (known.has(colour)) return known.get(colour);
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    known.set(colour, canvas.getImageData(0, 0, 1, 1).data);
    return known.get(colour);
  };
  const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
    .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = e => {
    const shape = e.closest("svg .node")?.querySelector("path, polygon, ellipse");
    if (shape && getComputedStyle(shape).fill !== "none") return rgba(getComputedStyle(shape).fill);
    for (; e; e = e.parentElement) {
      const colour = rgba(getComputedStyle(e).backgroundColor);
      if (colour[3] > 250) return colour;
    }
    return [255, 255, 255];
  };
  const texts = document.createTreeWalker(document.querySelector("article"), NodeFilter.SHOW_TEXT);
  const found = [];
  while (texts.nextNode()) {
    const e = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !e.checkVisibility({opacityProperty: true})) continue;
    if (e.closest("math, title, desc, defs, .headerlink, button")) continue;
    const style = getComputedStyle(e);
    const ink = rgba(e.closest("svg") ? style.fill : style.color);
    const [a, b] = [light(ink), light(ground(e))].sort((x, y) => y - x);
    const name = `${e.tagName} ${e.getAttribute("class")} ${texts.currentNode.data.trim()}`;
    found.push([name, (a + 0.05) / (b + 0.05)]);
  }
  return found;
}"""
