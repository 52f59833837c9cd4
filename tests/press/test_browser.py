"""The book in a real browser: nothing asked of other hosts, no error, no page wider than a phone."""

import functools
import os
import shutil
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import site_book
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
OPTIONS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None and not os.environ.get("CI"), reason="no Chromium on this machine"),
]

# Under a path of its own, as a project's pages often are.
BELOW = "some/where"


class Quiet(SimpleHTTPRequestHandler):
    """A plain server that keeps its log to itself."""

    def log_message(self, format: str, *args: object) -> None:
        pass


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
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def address(host: str) -> str:
    return f"{host}{BELOW}/"


@pytest.fixture(scope="module")
def pages(folder: Path, host: str) -> list[str]:
    """Every page there is."""
    return [f"{host}{page.parent.relative_to(folder).as_posix()}/" for page in folder.rglob("index.html")]


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    started = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
    yield started
    started.close()


@pytest.fixture
def desk(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    yield page
    page.close()


def test_pages_ask_only_their_own_host_and_have_no_error(desk: Page, host: str, pages: list[str]) -> None:
    asked: list[str] = []
    wrong: list[str] = []
    desk.on("request", lambda request: asked.append(request.url))
    desk.on("console", lambda said: wrong.append(said.text) if said.type in {"error", "warning"} else None)
    desk.on("pageerror", lambda error: wrong.append(str(error)))
    desk.on("response", lambda got: wrong.append(f"{got.status} {got.url}") if got.status >= 400 else None)
    for page in pages:
        desk.goto(page, wait_until="networkidle")
    assert len(pages) >= 5
    assert [url for url in asked if not url.startswith((host, "data:", "blob:"))] == []
    assert wrong == []


def test_no_page_is_wider_than_a_phone(browser: Browser, pages: list[str]) -> None:
    phone = browser.new_page(viewport={"width": 390, "height": 844})
    too_much = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    wide = []
    for page in pages:
        phone.goto(page, wait_until="networkidle")
        wide += [page] if phone.evaluate(too_much) > 0 else []
    phone.close()
    assert wide == []


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


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_follow_the_system_and_every_text_can_be_read(
    browser: Browser, pages: list[str], scheme: str
) -> None:
    context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
    desk = context.new_page()
    faint: dict[str, float] = {}
    for page in pages:
        desk.goto(page, wait_until="networkidle")
        contrasts = desk.evaluate(CONTRASTS)
        faint |= {f"{page} {what}": contrast for what, contrast in contrasts if contrast < 4.5}
        assert contrasts
        assert (desk.evaluate("document.body.dataset.mdColorScheme") == "slate") == (scheme == "dark")
    context.close()
    assert faint == {}


# Each text of the article with the contrast to the ground that it stands on.
CONTRASTS = """() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgba = colour => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return canvas.getImageData(0, 0, 1, 1).data;
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
