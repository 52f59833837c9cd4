"""The book as a whole: its pages, and one check of them all without any site generator."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from literate.errors import PageError
from literate.outcome import Outcome
from literate.results import results
from literate.source import Ledger

Watch = Callable[[Path, list[Outcome]], None]


def pages(root: Path) -> list[Path]:
    """List every Markdown file below `docs/`, sorted."""
    return sorted((root / "docs").rglob("*.md"))


def check(
    root: Path, only: Iterable[Path] | None = None, *, fresh: bool = True, watch: Watch | None = None
) -> list[str]:
    """Run pages and say what is wrong, each problem with page and line; no problem, no entry.

    Args:
        root: The folder that has `docs/` and `autograd/`.
        only: The pages to run. Without it: every page, and the whole ledger too; with it only what these
            pages themselves get wrong.
        fresh: Run the pages in any case, and not only those whose outcome is not known.
        watch: Called with every page that ran and its outcomes.
    """
    chosen = pages(root) if only is None else list(only)
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # each page waits for a process of its own
        problems = [
            problem
            for page, found in zip(
                chosen, pool.map(lambda page: _run(page, root, fresh), chosen), strict=True
            )
            for problem in _problems(page, found, watch)
        ]
    ledger = Ledger.of(root, chosen)
    problems += ledger.problems() if only is None else ledger.mistakes()
    return list(dict.fromkeys(problems))  # a page that cannot be read is a problem of the ledger too


def problem(outcome: Outcome) -> str:
    """Give the error of an outcome with its traceback below it."""
    return f"{outcome.error}\n{outcome.traceback}".strip()


def _run(page: Path, root: Path, fresh: bool) -> list[Outcome] | PageError:
    try:
        return results(page, root=root, fresh=fresh)
    except PageError as error:
        return error


def _problems(page: Path, found: list[Outcome] | PageError, watch: Watch | None) -> list[str]:
    if isinstance(found, PageError):
        return [str(found)]
    if watch:
        watch(page, found)
    return [problem(outcome) for outcome in found if outcome.error]
