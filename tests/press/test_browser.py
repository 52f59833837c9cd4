"""The book in a real browser: nothing asked of other hosts, no error, no page wider than a phone."""

import functools
import os
import shutil
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

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
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    root = tmp_path_factory.mktemp("served")
    book = site_book.make(tmp_path_factory.mktemp("book"))
    done = site_book.build(book, "--site-dir", str(root / BELOW))
    assert done.returncode == 0, done.stderr
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(root)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/{BELOW}/"
    server.shutdown()
    server.server_close()


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


PAGES = ["", "part1/one/", "part1/two/", "source/", "source/small/"]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_only_its_own_host_and_has_no_error(desk: Page, address: str, name: str) -> None:
    asked: list[str] = []
    wrong: list[str] = []
    desk.on("request", lambda request: asked.append(request.url))
    desk.on("console", lambda said: wrong.append(said.text) if said.type in {"error", "warning"} else None)
    desk.on("pageerror", lambda error: wrong.append(str(error)))
    desk.on("response", lambda got: wrong.append(f"{got.status} {got.url}") if got.status >= 400 else None)
    desk.goto(address + name, wait_until="networkidle")
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []
    assert wrong == []


@pytest.mark.parametrize("name", PAGES)
def test_no_page_is_wider_than_a_phone(browser: Browser, address: str, name: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(address + name, wait_until="networkidle")
    too_much = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    page.close()
    assert too_much <= 0


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
def test_the_page_follows_the_system_and_every_text_can_be_read(
    browser: Browser, address: str, scheme: str
) -> None:
    context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
    page = context.new_page()
    page.goto(address + "part1/one/", wait_until="networkidle")
    contrasts = page.evaluate(CONTRASTS)
    dark = page.evaluate("document.body.dataset.mdColorScheme") == "slate"
    context.close()
    assert dark == (scheme == "dark")
    assert len(contrasts) > 40
    assert {what: contrast for what, contrast in contrasts if contrast < 4.5} == {}


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
