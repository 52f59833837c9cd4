"""Who reads by keyboard, by ear or with weak eyes: axe-core looks at every page, by day and by night.

It needs the book, built with Run: `make test` names it in BOOK_SITE.
"""

from typing import Any

import pytest
from chromium import IN_CI, MARKS, NEEDS_BOOK, PHONE, SITE
from playwright.sync_api import Browser, Page
from site_book import ROOT

AXE = ROOT / "browser" / "node_modules" / "axe-core" / "axe.min.js"
PAGES = sorted(page.parent.relative_to(SITE).as_posix() for page in SITE.rglob("index.html"))

pytestmark = [
    *MARKS,
    NEEDS_BOOK,
    pytest.mark.skipif(not AXE.is_file() and not IN_CI, reason="npm did not bring axe-core: no Run"),
]

# Everything a reader can open is opened: what is folded has faults too.
OPEN_ALL = """() => {
  for (const folded of document.querySelectorAll("article details:not([open])")) folded.open = true;
}"""
FAULTS = """async () => {
  const found = await axe.run(document, { resultTypes: ["violations"] });
  return found.violations
    .filter(each => each.impact === "serious" || each.impact === "critical")
    .flatMap(each => each.nodes.slice(0, 3).map(node => [each.id, node]))
    .map(([rule, node]) => `${rule}: ${node.target} ${node.html.slice(0, 120)}`);
}"""


def faults(browser: Browser, address: str, **look: Any) -> list[str]:
    """What axe-core calls serious or critical on a page."""
    desk = browser.new_page(**look)
    desk.goto(address, wait_until="load")
    desk.evaluate(OPEN_ALL)
    found = checked(desk)
    desk.close()
    return found


def checked(desk: Page) -> list[str]:
    desk.add_script_tag(content=AXE.read_text(encoding="utf-8"))
    found: list[str] = desk.evaluate(FAULTS)
    return found


@pytest.mark.parametrize("page", PAGES)
def test_no_page_has_a_serious_fault(page: str, browser: Browser, book_host: str) -> None:
    for scheme in ("light", "dark"):
        assert faults(browser, f"{book_host}{page}/", color_scheme=scheme) == [], scheme


@pytest.mark.parametrize(
    "page", [".", "part1/slopes", "part2/networks", "about/benchmarks", "about/reference"]
)
def test_nor_has_it_on_a_phone(page: str, browser: Browser, book_host: str) -> None:
    assert faults(browser, f"{book_host}{page}/", viewport=PHONE) == []


def test_a_fault_is_found(browser: Browser, book_host: str) -> None:
    desk = browser.new_page()
    desk.goto(f"{book_host}part1/graph/", wait_until="load")
    desk.evaluate("""() => {
      const picture = document.createElement("img");
      picture.src = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";
      document.querySelector("article").append(picture);
    }""")
    assert [fault.partition(":")[0] for fault in checked(desk)] == ["image-alt"]
    desk.close()
