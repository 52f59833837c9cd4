"""What a page of the book costs before anything on it is run, and how soon Python answers there.

    python -m bench.pages [--quick] [FOLDER]    # FOLDER holds the built book: site, unless told otherwise

Every chapter is opened in Chromium by a reader who has nothing of it yet, on a machine and a line that are
slowed down. The server packs what it sends, as hosts of static pages do. Results go to `results/pages.json`.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from pathlib import Path
from time import perf_counter
from typing import Any, BinaryIO

from playwright.sync_api import Browser, Page

from bench.__main__ import write
from bench.arena import ROOT, summary
from bench.chromium import served, started
from literate.serve import Handler

CONDITIONS = {"cpu_slowdown": 4, "megabits_per_second": 10, "latency_ms": 40}
PACKED = (".gz", ".ico", ".png", ".whl", ".woff2")  # no server packs these again
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
PATIENCE = 120_000  # milliseconds


class Packing(Handler):
    """Sends what can be packed as gzip."""

    def send_head(self) -> BytesIO | BinaryIO | None:
        """Send the head of a file, and give what comes after it."""
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file() or path.suffix in PACKED:
            return super().send_head()
        body = packed(path)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return BytesIO(body)


@cache
def packed(path: Path) -> bytes:
    return gzip.compress(path.read_bytes(), 6)


@contextmanager
def reader(browser: Browser, slow: bool = True) -> Iterator[tuple[Page, list[float]]]:
    """A reader who comes for the first time, and the bytes of each answer that they get."""
    context = browser.new_context(service_workers="block")
    page = context.new_page()
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    came: list[float] = []
    line.on("Network.loadingFinished", lambda event: came.append(event["encodedDataLength"]))
    if slow:
        rate = CONDITIONS["megabits_per_second"] * 1e6 / 8
        limits = {"latency": CONDITIONS["latency_ms"], "downloadThroughput": rate, "uploadThroughput": rate}
        line.send("Network.emulateNetworkConditions", {"offline": False, **limits})
        line.send("Emulation.setCPUThrottlingRate", {"rate": CONDITIONS["cpu_slowdown"]})
    yield page, came
    context.close()


def look(browser: Browser, address: str) -> tuple[float, float]:
    """Opens a page; gives its kilobytes, and the seconds until something of it is seen."""
    with reader(browser) as (page, came):
        page.goto(address, wait_until="networkidle", timeout=PATIENCE)
        painted = page.wait_for_function(PAINTED, timeout=PATIENCE).json_value()
        return sum(came) / 1e3, painted / 1e3


def run(browser: Browser, address: str) -> tuple[float, float]:
    """Runs the first program of a page twice; gives the seconds until each answer."""
    with reader(browser, slow=False) as (page, _):
        page.goto(address, wait_until="networkidle", timeout=PATIENCE)
        program = page.locator(".program[data-program]:not([data-needs])").first
        return press(program), press(program)


def press(program: Any) -> float:
    """Presses Run; gives the seconds until the program has run."""
    start = perf_counter()
    program.get_by_role("button", name="Run").click()
    program.locator("css=:scope:not(.busy) .state", has_text="Ran here").wait_for(timeout=PATIENCE)
    return perf_counter() - start


def measure(folder: Path, rounds: int) -> dict[str, Any]:
    """Opens every chapter in turn, round after round, and runs a program of the first one."""
    chapters = sorted(
        page.parent.relative_to(folder).as_posix() for page in folder.glob("part*/*/index.html")
    )
    seen: dict[str, list[tuple[float, float]]] = {chapter: [] for chapter in chapters}
    with served(folder, Packing) as host, started() as browser:
        version = browser.version
        for n in range(rounds + 1):  # in the first the server packs, and it does not count
            for chapter, found in seen.items():
                found[n:] = [look(browser, f"{host}{chapter}/")]
        answers = [run(browser, f"{host}part1/slopes/") for _ in range(rounds)]
    return {
        "title": "What a chapter weighs, how soon it is seen, and how soon Python answers.",
        "versions": {"chromium": version, "pyodide": pyodide()},
        "unit": "kilobytes and seconds",
        "conditions": CONDITIONS,
        "results": [entry(chapter, found[1:]) for chapter, found in seen.items()],
        "python": {which: summary(list(times)) for which, times in zip(("first", "again"), zip(*answers))},
        "absent": {},
    }


def entry(chapter: str, found: Sequence[tuple[float, float]]) -> dict[str, Any]:
    weights, paints = zip(*found)
    return {"page": chapter, "kilobytes": summary(weights)["median"], "paint": summary(paints)}


def told(times: dict[str, float]) -> str:
    return f"{times['median']:.2f} s ({times['min']:.2f} to {times['max']:.2f})"


def pyodide() -> str:
    """The version that the book brings along."""
    lock = json.loads((ROOT / "browser" / "package-lock.json").read_text(encoding="utf-8"))
    return str(lock["packages"]["node_modules/pyodide"]["version"])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.pages", description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "site")
    parser.add_argument("--quick", action="store_true", help="one round; writes nothing")
    parser.add_argument("--rehearsal", action="store_true", help="mark the results as not to be quoted")
    arguments = parser.parse_args()
    found = measure(arguments.folder, 1 if arguments.quick else 5)
    for each in found["results"]:
        paint = each["paint"]
        print(
            f"{each['page']:22}{each['kilobytes']:8.0f} kB{paint['median']:8.2f} s  (max {paint['max']:.2f})"
        )
    for which, times in found["python"].items():
        print(f"{which:22}{times['median']:16.2f} s  (max {times['max']:.2f})")
    if arguments.rehearsal or not arguments.quick:
        write("pages", found, arguments.rehearsal)


if __name__ == "__main__":
    main()
