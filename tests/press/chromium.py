"""Chromium, for the tests that read the book as a reader does: served to it, and listened to."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from bench.chromium import CHROMIUM

IN_CI = bool(os.environ.get("CI"))
MARKS = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None and not IN_CI, reason="no Chromium on this machine"),
]
NEEDS_NPM = pytest.mark.skipif(
    shutil.which("npm") is None and not IN_CI, reason="no npm on this machine: no Run"
)

# The real book, built with Run: `make test` names its folder.
SITE = Path(os.environ.get("BOOK_SITE") or "nowhere")
NEEDS_BOOK = pytest.mark.skipif(
    not os.environ.get("BOOK_SITE"), reason="BOOK_SITE does not name the built book"
)

BELOW = "some/where"  # a path for a book, as a project's pages often have one
STARTING = 60_000  # milliseconds which Python may take to start
PHONE = {"width": 390, "height": 844}


class Quiet(SimpleHTTPRequestHandler):
    """A plain server, as most hosts are, that keeps its log to itself."""

    def log_message(self, format: str, *args: object) -> None:
        pass


def listen(page: Page, host: str) -> list[str]:
    """Give a list that fills with what is asked of other hosts, is missing, or makes the browser complain."""
    wrong: list[str] = []
    own = (host, "data:", "blob:")
    page.on("request", lambda asked: None if asked.url.startswith(own) else wrong.append(asked.url))
    page.on("response", lambda got: wrong.append(f"{got.status} {got.url}") if got.status >= 400 else None)
    page.on("console", lambda said: wrong.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    return wrong


@contextmanager
def opened(browser: Browser, host: str, path: str, **options: Any) -> Iterator[Page]:
    """Open a page in a window of its own; when all is done nothing may have gone wrong there."""
    page = browser.new_context(**options).new_page()
    wrong = listen(page, host)
    page.goto(f"{host}{path}", wait_until="networkidle")
    yield page
    page.context.close()
    assert wrong == []
